//! Globs: patterns of paths, such as `/reports/*.pdf`, written as regular expressions.
//!
//! `*` is any number of characters of one segment, `?` one character; neither matches a `/`. A segment that is `*`
//! has at least one character. `**` stands for whole segments: for none or more of them before a further segment,
//! for one or more at the end, so that `/a/**` is what is below `/a` without `/a` itself. There are no classes,
//! alternatives or escapes: `[`, `]`, `{` and `}` are refused, since a reader would take them for such.

use crate::path;
use crate::reason::Reason;

const CLASS: Reason = Reason::new("has a bracket or brace; a glob has `*`, `**` and `?` only");
const STARS: Reason = Reason::new("has `**` beside other characters of a segment");
const TWICE: Reason = Reason::new("has `**` twice in a row");

/// The regular expression of a glob: anchored at both ends, without captures and flags.
///
/// # Errors
/// If it is none, or is one that no path can match.
pub fn to_regex(glob: &str) -> Result<String, Reason> {
    if glob.contains(['[', ']', '{', '}']) {
        return Err(CLASS);
    }
    // `_` is a character that changes nothing about those around it: no letter, no digit of an escape.
    path::canonical(&glob.replace(['*', '?'], "_"))?;
    let mut regex = String::from(r"\A");
    let mut segments = glob.split('/').skip(1).peekable();
    let mut stars_before = false;
    while let Some(segment) = segments.next() {
        if segment == "**" {
            if stars_before {
                return Err(TWICE);
            }
            stars_before = true;
            regex.push_str(if segments.peek().is_some() { "(?:/[^/]+)*" } else { "(?:/[^/]+)+" });
            continue;
        }
        if segment.contains("**") {
            return Err(STARS);
        }
        stars_before = false;
        regex.push('/');
        if segment == "*" {
            regex.push_str("[^/]+");
            continue;
        }
        for c in segment.chars() {
            match c {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                _ => push_literal(&mut regex, c),
            }
        }
    }
    regex.push_str(r"\z");
    Ok(regex)
}

fn push_literal(regex: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        regex.push('\\');
    }
    regex.push(c);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn matches(glob: &str, text: &str) -> bool {
        Regex::new(&to_regex(glob).unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn stars_stay_within_a_segment() {
        for (glob, text, expected) in [
            ("/reports/*.pdf", "/reports/q1.pdf", true),
            ("/reports/*.pdf", "/reports/.pdf", true),
            ("/reports/*.pdf", "/reports/a/q1.pdf", false),
            ("/reports/*.pdf", "/reports/q1xpdf", false),
            ("/reports/*.pdf", "/x/reports/q1.pdf", false),
            ("/reports/*.pdf", "/reports/q1.pdf\n", false),
            ("/reports/*", "/reports", false),
            ("/reports/*", "/reports/a", true),
            ("/reports/*", "/reports/", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/aéc", true),
            ("/a?c", "/a/c", false),
            ("/a?c", "/ac", false),
            ("/", "/", true),
            ("/*", "/", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn double_stars_are_whole_segments() {
        for (glob, text, expected) in [
            ("/a/**/b", "/a/b", true),
            ("/a/**/b", "/a/x/b", true),
            ("/a/**/b", "/a/x/y/b", true),
            ("/a/**/b", "/a/xb", false),
            ("/a/**/b", "/ab", false),
            ("/a/**", "/a/b", true),
            ("/a/**", "/a/b/c", true),
            ("/a/**", "/a", false),
            ("/a/**", "/ab", false),
            ("/**", "/", false),
            ("/**", "/a/b", true),
            ("/**/*.pdf", "/a.pdf", true),
            ("/project/1/**", "/project/10/x", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn all_else_is_literal() {
        assert!(matches("/a.b+(c)$^|", "/a.b+(c)$^|"));
        assert!(!matches("/a.b", "/axb"));
        assert!(matches("/é*", "/éa"));
        assert!(matches("/отчёт*", "/отчёт-1"));
        // A star of the value is a character.
        assert!(!matches("/a", "/*"));
        assert!(matches("/*", "/*"));
    }

    #[test]
    fn globs_that_are_none_or_match_nothing_are_refused() {
        for (glob, reason) in [
            ("/[ab]", CLASS),
            ("/{a,b}", CLASS),
            ("/a**", STARS),
            ("/***", STARS),
            ("/**a/b", STARS),
            ("/**/**/a", TWICE),
        ] {
            assert_eq!(to_regex(glob), Err(reason), "{glob}");
        }
        for glob in ["", "*", "reports/*", "/a/", "/a//b", "/../*", "/a\\*", "/a;*", "/%2*", "/*.", "/*\u{200b}", "/* "]
        {
            assert!(to_regex(glob).is_err(), "{glob}");
        }
    }

    /// The meaning, as plainly as it can be said.
    fn oracle(glob: &[&str], path: &[&str]) -> bool {
        match glob {
            [] => path.is_empty(),
            ["**"] => !path.is_empty(),
            ["**", rest @ ..] => (0..=path.len()).any(|n| oracle(rest, &path[n..])),
            [first, rest @ ..] => {
                !path.is_empty() && segment(first, path[0], *first == "*") && oracle(rest, &path[1..])
            }
        }
    }

    fn segment(glob: &str, text: &str, alone: bool) -> bool {
        if alone {
            return !text.is_empty();
        }
        let mut rest = text.chars();
        match glob.chars().next() {
            None => text.is_empty(),
            Some('*') => {
                segment(&glob[1..], text, false) || rest.next().is_some() && segment(glob, rest.as_str(), false)
            }
            Some('?') => rest.next().is_some() && segment(&glob[1..], rest.as_str(), false),
            Some(c) => rest.next() == Some(c) && segment(&glob[c.len_utf8()..], rest.as_str(), false),
        }
    }

    proptest! {
        #[test]
        fn the_expression_agrees_with_the_meaning(glob in "(/([ab*?]{1,3}|\\*\\*)){1,4}", path in "(/[ab]{1,3}){1,4}") {
            if let Ok(source) = to_regex(&glob) {
                let globs: Vec<&str> = glob.split('/').skip(1).collect();
                let paths: Vec<&str> = path.split('/').skip(1).collect();
                prop_assert_eq!(Regex::new(&source).unwrap().is_match(&path), oracle(&globs, &paths), "{}", source);
            }
        }

        #[test]
        fn what_is_taken_compiles(glob: String) {
            if let Ok(source) = to_regex(&format!("/{glob}")) {
                prop_assert!(Regex::new(&source).is_ok(), "{}", source);
            }
        }
    }
}
