//! Patterns as their authors write them, and as engines understand them: ASCII classes, no flags, linear time.

use std::ops::Range;

use regex_syntax::ast::{self, AssertionKind, Ast, ClassPerlKind, Visitor};
use regex_syntax::hir::{Class, Hir, HirKind};

/// How deep a pattern may be nested, to whatever parses it.
pub const NESTED: u32 = 64;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// It is not understood: where in the pattern (bytes), and why.
    Syntax(Range<usize>, String),
    /// Its automaton would be too large.
    TooLarge,
    /// It is sought, and found in every text.
    Everywhere,
}

/// A pattern that matches whole texts, as engines understand it.
///
/// # Errors
/// If it is not a regular expression or uses what zt leaves out.
pub fn anchored(source: &str) -> Result<String, PatternError> {
    let anchored = format!(r"\A(?:{})\z", translated(source)?.source);
    // The second parser resolves classes, which the first does not: `\p{…}`, empty ranges.
    resolved(&anchored, source)?;
    Ok(anchored)
}

/// A pattern that is sought anywhere in a text that was folded ([`zt_values::fold()`]), as engines understand it. One
/// without a capital letter finds any case.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or finds something in every text.
pub fn sought(source: &str) -> Result<String, PatternError> {
    whole_ranges(source)?;
    let folded = zt_values::fold_pattern(source);
    // Places in what was folded are none in the source.
    let whole = |why| match why {
        PatternError::Syntax(_, said) if folded != source => PatternError::Syntax(0..source.len(), said),
        why => why,
    };
    let translated = translated(&folded).map_err(whole)?;
    let flags = if translated.capital { "" } else { "i" };
    let sought = format!("(?{flags}:{})", translated.source);
    let hir = resolved(&sought, source)?;
    match hir.properties().minimum_len() {
        None => return Err(PatternError::Syntax(0..source.len(), "no text matches it".to_owned())),
        Some(0) => return Err(PatternError::Everywhere),
        Some(_) => {}
    }
    if let Some(said) = never_read(&hir) {
        return Err(PatternError::Syntax(0..source.len(), said));
    }
    Ok(sought)
}

/// What of a pattern no text has that was folded, so that it would never be found.
fn never_read(hir: &Hir) -> Option<String> {
    let is_read = |c: char| *zt_values::fold(c.encode_utf8(&mut [0; 4])) == *c.encode_utf8(&mut [0; 4]);
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            // Between two letters, so that blanks and marks meet what may stand beside them.
            let between = format!("x{text}x");
            let read = zt_values::fold(&between);
            (*read != between).then(|| {
                format!("no text has {text:?} as it is searched: blanks and ends of lines are one blank, and letters are as they look")
            })
        }
        HirKind::Class(Class::Unicode(class)) => {
            let found = class.iter().any(|range| (range.start()..=range.end()).any(is_read));
            (!found)
                .then(|| "no text has any of these characters as it is searched: letters are as they look".to_owned())
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Repetition(repetition) => never_read(&repetition.sub),
        HirKind::Capture(capture) => never_read(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(never_read),
    }
}

/// Refuses ranges whose ends are read as other characters: what lies between is not what was meant.
fn whole_ranges(source: &str) -> Result<(), PatternError> {
    struct Ranges;
    impl Visitor for Ranges {
        type Output = ();
        type Err = PatternError;

        fn finish(self) -> Result<(), PatternError> {
            Ok(())
        }

        fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), PatternError> {
            let ast::ClassSetItem::Range(range_of) = item else { return Ok(()) };
            for end in [&range_of.start, &range_of.end] {
                let mut utf8 = [0; 4];
                let written = &*end.c.encode_utf8(&mut utf8);
                if !end.c.is_ascii() && *zt_values::fold(written) != *written {
                    let said = "a range begins and ends with letters that are read as they are; write the others out";
                    return Err(PatternError::Syntax(range(&range_of.span), said.to_owned()));
                }
            }
            Ok(())
        }
    }
    match ast::parse::ParserBuilder::new().nest_limit(NESTED).build().parse(source) {
        Ok(parsed) => ast::visit(&parsed, Ranges),
        // That is told of the pattern as it is read.
        Err(_) => Ok(()),
    }
}

/// A pattern without what zt leaves out.
struct Translated {
    source: String,
    /// Whether it asks for a capital letter somewhere.
    capital: bool,
}

fn translated(source: &str) -> Result<Translated, PatternError> {
    let parsed = ast::parse::ParserBuilder::new()
        .nest_limit(NESTED)
        .build()
        .parse(source)
        .map_err(|e| PatternError::Syntax(range(e.span()), e.kind().to_string()))?;
    let (edits, capital) = ast::visit(&parsed, Ascii::default())?;
    let mut ascii = String::with_capacity(source.len() + 16);
    let mut done = 0;
    for (at, text) in edits {
        ascii.push_str(source.get(done..at.start).unwrap_or_default());
        ascii.push_str(text);
        done = at.end;
    }
    ascii.push_str(source.get(done..).unwrap_or_default());
    Ok(Translated { source: ascii, capital })
}

/// A translated pattern with its classes resolved; `source` is as the author wrote it.
fn resolved(translated: &str, source: &str) -> Result<Hir, PatternError> {
    regex_syntax::ParserBuilder::new().nest_limit(NESTED).build().parse(translated).map_err(|e| {
        let text = e.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        PatternError::Syntax(0..source.len(), last)
    })
}

/// Finds classes to be replaced by their ASCII meaning, and what zt leaves out.
#[derive(Default)]
struct Ascii {
    edits: Vec<(Range<usize>, &'static str)>,
    /// Whether a capital letter stands somewhere.
    capital: bool,
}

impl Ascii {
    fn perl(&mut self, class: &ast::ClassPerl) {
        // With Unicode classes `\d` would match digits of forty scripts, and their tables are huge.
        self.edits.push((
            range(&class.span),
            match (&class.kind, class.negated) {
                (ClassPerlKind::Digit, false) => "[0-9]",
                (ClassPerlKind::Digit, true) => "[^0-9]",
                (ClassPerlKind::Space, false) => r"[\t\n\x0B\x0C\r ]",
                (ClassPerlKind::Space, true) => r"[^\t\n\x0B\x0C\r ]",
                (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
                (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
            },
        ));
    }
}

impl Visitor for Ascii {
    type Output = (Vec<(Range<usize>, &'static str)>, bool);
    type Err = PatternError;

    fn finish(mut self) -> Result<Self::Output, Self::Err> {
        self.edits.sort_by_key(|(at, _)| at.start);
        Ok((self.edits, self.capital))
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), PatternError> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            Ast::ClassUnicode(class) => self.capital |= asks_for_case(class),
            // Case folding would make `k` match the Kelvin sign.
            Ast::Flags(flags) => return Err(flags_refused(&flags.span)),
            Ast::Group(group) => {
                if let ast::GroupKind::NonCapturing(flags) = &group.kind
                    && !flags.items.is_empty()
                {
                    return Err(flags_refused(&flags.span));
                }
            }
            Ast::Assertion(a) => match a.kind {
                AssertionKind::WordBoundary => self.edits.push((range(&a.span), r"(?-u:\b)")),
                AssertionKind::NotWordBoundary
                | AssertionKind::WordBoundaryStart
                | AssertionKind::WordBoundaryEnd
                | AssertionKind::WordBoundaryStartAngle
                | AssertionKind::WordBoundaryEndAngle
                | AssertionKind::WordBoundaryStartHalf
                | AssertionKind::WordBoundaryEndHalf => {
                    return Err(PatternError::Syntax(
                        range(&a.span),
                        "of the word boundaries, zt has `\\b` only".to_owned(),
                    ));
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), PatternError> {
        match item {
            ast::ClassSetItem::Perl(class) => self.perl(class),
            ast::ClassSetItem::Unicode(class) => self.capital |= asks_for_case(class),
            ast::ClassSetItem::Ascii(class) => {
                self.capital |= matches!(class.kind, ast::ClassAsciiKind::Upper | ast::ClassAsciiKind::Lower);
            }
            ast::ClassSetItem::Literal(literal) => self.capital |= literal.c.is_uppercase(),
            ast::ClassSetItem::Range(range) => {
                self.capital |= range.start.c.is_uppercase() || range.end.c.is_uppercase();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a class is one of letters by their case: found in any case, the letters that it leaves out would be none.
fn asks_for_case(class: &ast::ClassUnicode) -> bool {
    let name = match &class.kind {
        ast::ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
        ast::ClassUnicodeKind::Named(name) => name.clone(),
        ast::ClassUnicodeKind::NamedValue { value, .. } => value.clone(),
    };
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ["lu", "ll", "lt", "lc"].contains(&&*plain)
        || ["upper", "lower", "title", "case"].iter().any(|part| plain.contains(part))
}

fn flags_refused(span: &ast::Span) -> PatternError {
    PatternError::Syntax(range(span), "flags are left out; write both cases, as in `[Aa]`".to_owned())
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_found_is_no_pattern() {
        for dead in [
            "[а-о]{3}",
            r"\x{430}xyz",
            r"\p{Cyrillic}?[\u{200b}]x",
            r"a\nb",
            "a  b",
            "и\u{306}y",
            "a\u{200b}b",
            "a[x&&y]",
            "a\tb",
        ] {
            assert!(matches!(sought(dead), Err(PatternError::Syntax(..))), "{dead}");
        }
        for alive in ["a b", "соре", r"\p{Cyrillic}{4}x", "[^a]b", r"a\s+b", "й", "[a-zа]x", "café", "北京", "[一-龠]x"]
        {
            assert!(sought(alive).is_ok(), "{alive}: {:?}", sought(alive));
        }
    }

    #[test]
    fn classes_of_letters_by_their_case_keep_it() {
        for (pattern, any_case) in
            [(r"x\P{Lu}y", false), (r"x[[:^upper:]]y", false), (r"x\p{Ll}", false), (r"x\p{Greek}", true)]
        {
            assert_eq!(sought(pattern).unwrap().starts_with("(?i:"), any_case, "{pattern}");
        }
    }
}
