//! Patterns of JSON Schema (ECMA-262, found anywhere in a text) as patterns of the language (of the whole text).

use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// As it stands between the quotes of `re"…"`.
    pub(crate) source: String,
    /// Whether it takes nothing but ASCII, so that characters are bytes.
    pub(crate) ascii: bool,
}

/// Any text.
const ANYTHING: &str = r"[\s\S]*";
/// What ECMA-262 calls a blank.
const BLANKS: &str = r"\t\n\x0B\x0C\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";
/// What `.` stands for in ECMA-262.
const DOT: &str = r"[^\n\r\u{2028}\u{2029}]";
/// The most characters that are counted by a pattern: its automaton has some ten states for each.
pub(crate) const COUNTED: u64 = 200;

/// The pattern that takes the texts in which another one finds something.
///
/// # Errors
/// Why the language has no such pattern.
pub(crate) fn translate(ecma: &str) -> Result<Pattern, String> {
    let body = respell(ecma)?;
    let source = whole(&body);
    match zt_lang::pattern::compile(&source) {
        Ok(_) => {}
        Err(zt_lang::pattern::PatternError::Syntax(_, why)) => {
            let why = why.split(" at ").next().unwrap_or_default().trim_end_matches('.').to_owned();
            return Err(if why.contains("look-around") {
                "look-around is left out".to_owned()
            } else if why.contains("backreference") {
                "references back are left out".to_owned()
            } else {
                why
            });
        }
        Err(zt_lang::pattern::PatternError::TooLarge | zt_lang::pattern::PatternError::Everywhere) => {
            return Err("its automaton would not fit".to_owned());
        }
    }
    let ascii = regex_syntax::parse(&source).is_ok_and(|hir| is_ascii(&hir));
    Ok(Pattern { source, ascii })
}

/// The pattern that counts characters; nothing where no more is asked than that there be any number of them.
pub(crate) fn length(min: u64, max: Option<u64>) -> Option<String> {
    match (min, max) {
        (0, None) => None,
        (1, None) => Some(r"[\s\S]+".to_owned()),
        (min, None) => Some(format!(r"[\s\S]{{{min},}}")),
        (min, Some(max)) if min == max => Some(format!(r"[\s\S]{{{min}}}")),
        (min, Some(max)) => Some(format!(r"[\s\S]{{{min},{max}}}")),
    }
}

/// A pattern that is found somewhere as one of the whole text: anchors at its ends go, elsewhere they stay.
fn whole(body: &str) -> String {
    if body.is_empty() {
        return ANYTHING.to_owned();
    }
    if alternates(body) {
        return format!("{ANYTHING}(?:{body}){ANYTHING}");
    }
    let (head, rest) = match body.strip_prefix('^') {
        Some(rest) => ("", rest),
        None => (ANYTHING, body),
    };
    let (rest, tail) = match rest.strip_suffix('$') {
        // A sign that is escaped is no anchor.
        Some(inner) if inner.chars().rev().take_while(|c| *c == '\\').count() % 2 == 0 => (inner, ""),
        _ => (rest, ANYTHING),
    };
    format!("{head}{rest}{tail}")
}

/// Whether a pattern has alternatives that stand in no group.
fn alternates(body: &str) -> bool {
    let (mut groups, mut class, mut escaped) = (0_i32, false, false);
    for c in body.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => groups += 1,
            ')' if !class => groups -= 1,
            '|' if !class && groups == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The same pattern in the spelling of the language: what ECMA-262 means by `.`, `\s` and by brackets in classes.
fn respell(ecma: &str) -> Result<String, String> {
    let mut out = String::with_capacity(ecma.len() + 16);
    let mut chars = ecma.chars().peekable();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                None => return Err("it ends with a backslash".to_owned()),
                Some('s') if class => out.push_str(BLANKS),
                Some('s') => out.push_str(&format!("[{BLANKS}]")),
                Some('S') => out.push_str(&format!("[^{BLANKS}]")),
                Some('b') if class => out.push_str(r"\x08"),
                Some('0') if !chars.peek().is_some_and(char::is_ascii_digit) => out.push_str(r"\x00"),
                Some('c') => return Err("control characters by letters are left out".to_owned()),
                Some(n @ '1'..='9') if !class => return Err(format!("references back are left out, as in `\\{n}`")),
                // Only classes, places and marks are escaped otherwise; a letter that means nothing is itself.
                Some(other) if other.is_ascii_alphanumeric() && !"dDwWBbtnrvfxupPk".contains(other) => {
                    return Err(format!("`\\{other}` is not in JSON Schema's patterns"));
                }
                Some('v') => out.push_str(r"\x0B"),
                Some('f') => out.push_str(r"\x0C"),
                Some(other) if other.is_ascii_alphanumeric() => {
                    out.push('\\');
                    out.push(other);
                }
                Some(other) if other.is_ascii_punctuation() && !"\"<>".contains(other) => {
                    out.push('\\');
                    out.push(other);
                }
                Some(other) => literal(&mut out, other),
            },
            '[' if class => out.push_str(r"\["),
            '[' => {
                class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.extend(chars.next());
                }
                if chars.peek() == Some(&']') {
                    return Err("an empty class is left out".to_owned());
                }
            }
            ']' if class => {
                class = false;
                out.push(']');
            }
            // Two of them are an operation on classes.
            '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            '-' if class && chars.peek() == Some(&'-') => out.push_str(r"\-"),
            '.' if !class => out.push_str(DOT),
            ']' => out.push_str(r"\]"),
            c => literal(&mut out, c),
        }
    }
    if class { Err("a class has no end".to_owned()) } else { Ok(out) }
}

/// A character as it stands, or written out where it would not be seen.
fn literal(out: &mut String, c: char) {
    if zt_values::is_hidden(c) {
        out.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
    } else {
        out.push(c);
    }
}

fn is_ascii(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(text) => text.0.is_ascii(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().all(|range| range.end().is_ascii()),
        HirKind::Class(Class::Bytes(class)) => class.ranges().iter().all(|range| range.end() < 0x80),
        HirKind::Repetition(of) => is_ascii(&of.sub),
        HirKind::Capture(of) => is_ascii(&of.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(is_ascii),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the language makes of a pattern.
    fn matches(pattern: &Pattern, text: &str) -> bool {
        let compiled = zt_lang::pattern::compile(&pattern.source).expect("a pattern");
        regex::Regex::new(&compiled.anchored).expect("the same").is_match(text)
    }

    #[test]
    fn it_takes_what_is_found_anywhere() {
        for (ecma, source, taken, refused) in [
            ("^[a-z]+$", "[a-z]+", "abc", "abc1"),
            ("[a-z]", r"[\s\S]*[a-z][\s\S]*", "1a1\n", "11"),
            ("^a|b$", r"[\s\S]*(?:^a|b$)[\s\S]*", "xb", "ba"),
            ("^(a|b)$", "(a|b)", "b", "ab"),
            ("^pi_", r"pi_[\s\S]*", "pi_1", "xpi_1"),
            (r"\$$", r"[\s\S]*\$", "1$", "1$ "),
            (r"^a\\$", r"a\\", "a\\", "a"),
            (r"^\/x$", r"\/x", "/x", "x"),
            (r"^[^\/#\?]+$", r"[^\/#\?]+", "a b", "a/b"),
            (r"^[[\]&&]+$", r"[\[\]\&\&]+", "[&]", "a"),
            (r"^\d{4}-\d{2}$", r"\d{4}-\d{2}", "2026-01", "٢٠٢٦-٠١"),
            ("^.$", r"[^\n\r\u{2028}\u{2029}]", "é", "\r"),
            ("^\\s$", &format!("[{BLANKS}]"), "\u{a0}", "a"),
            ("^\u{200b}$", r"\u{200B}", "\u{200b}", "a"),
        ] {
            let pattern = translate(ecma).unwrap_or_else(|e| panic!("{ecma}: {e}"));
            assert_eq!(pattern.source, source, "{ecma}");
            assert!(matches(&pattern, taken), "{ecma} {taken:?}");
            assert!(!matches(&pattern, refused), "{ecma} {refused:?}");
        }
    }

    #[test]
    fn what_the_language_does_not_have_is_told() {
        for (ecma, why) in [
            ("^(?=a)b", "look-around"),
            ("^(?!a)b", "look-around"),
            ("(?<!a)b", "look-around"),
            (r"(a)\1", "back"),
            (r"a\", "backslash"),
            ("[a", "no end"),
            ("(", ""),
            ("(?i)a", "flags"),
            (r"\Aa\Z", r"\A"),
            ("(a{1000}){1000}", ""),
        ] {
            let told = translate(ecma).expect_err(ecma);
            assert!(told.contains(why), "{ecma}: {told}");
        }
    }

    #[test]
    fn characters_are_bytes_where_all_are_ascii() {
        for (ecma, ascii) in
            [("^[a-z0-9]+$", true), ("^[^a]$", false), ("a", false), ("^é$", false), ("^(a|b)?$", true)]
        {
            assert_eq!(translate(ecma).expect(ecma).ascii, ascii, "{ecma}");
        }
    }
}
