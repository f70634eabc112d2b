//! Paths: absolute, `/`-separated, of files and of URLs. A path is taken as it is written or refused.
//!
//! Nothing is rewritten: what was judged is what is forwarded, and no reader further on may see another path.
//! So whatever some reader would resolve, decode, strip or fold is refused:
//!
//! - `.`, `..`, empty segments and a trailing `/` (one text for one place; `/` itself stays);
//! - `\`, `;`, `?`, `#`, which are separators to some; controls and what cannot be seen;
//! - spaces at the ends of a segment and dots at its end, which some file systems strip (`.. ` becomes `..`);
//! - a `%` other than that of an escape in upper case of a character that a URL cannot hold as it is and that a
//!   path may have: a space, `"<>[]^{|}`, the backtick, and UTF-8. So `%2E`, `%2F`, `%5C`, `%00`, `%25` and `%69`
//!   are refused, and nothing decodes to another path, be it decoded once or twice;
//! - text that is not NFC, and words that mix scripts whose letters look alike.
//!
//! Comparison is of bytes: there is no folding of case, and `/a b` is not `/a%20b`.

use std::borrow::Cow;

use crate::reason::{EMPTY, Reason};
use crate::unicode;

const RELATIVE: Reason = Reason::new("does not begin with `/`");
const TRAILING: Reason = Reason::new("ends with `/`");
const DOUBLE: Reason = Reason::new("has an empty segment (`//`)");
const DOTS: Reason = Reason::new("has a segment of dots, such as `..`");
const EDGE: Reason = Reason::new("has a segment that begins or ends with a space, or ends with a dot");
const BACKSLASH: Reason = Reason::new("has a backslash");
const SEMICOLON: Reason = Reason::new("has a `;`");
const QUERY: Reason = Reason::new("has a `?`; the query stands apart");
const FRAGMENT: Reason = Reason::new("has a `#`");
const PERCENT: Reason = Reason::new("has a `%` that no two upper case hexadecimal digits follow");
const ESCAPE: Reason = Reason::new("escapes a character that is written as it is, or may not be there at all");
const UTF8: Reason = Reason::new("has escapes that are no UTF-8");

/// The one text of a path, which is always the text itself.
///
/// # Errors
/// If it is none.
pub fn canonical(text: &str) -> Result<Cow<'_, str>, Reason> {
    check(text).map(|()| Cow::Borrowed(text))
}

fn check(text: &str) -> Result<(), Reason> {
    let Some(rest) = text.strip_prefix('/') else { return Err(if text.is_empty() { EMPTY } else { RELATIVE }) };
    if rest.is_empty() {
        return Ok(());
    }
    text.chars().try_for_each(|c| match c {
        '\\' => Err(BACKSLASH),
        ';' => Err(SEMICOLON),
        '?' => Err(QUERY),
        '#' => Err(FRAGMENT),
        _ => unicode::check_char(c),
    })?;
    let decoded = unescape(rest)?;
    unicode::check_text(&decoded)?;
    if decoded.split('/').rev().skip(1).any(str::is_empty) {
        return Err(DOUBLE);
    }
    for segment in decoded.split('/') {
        if segment.is_empty() {
            return Err(TRAILING);
        }
        if segment.trim_end_matches([' ', '.']).is_empty() {
            return Err(DOTS);
        }
        if segment.starts_with(' ') || segment.ends_with([' ', '.']) {
            return Err(EDGE);
        }
    }
    Ok(())
}

/// The text with its escapes decoded; only those that may be there.
fn unescape(text: &str) -> Result<Cow<'_, str>, Reason> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (bytes.next().and_then(hex), bytes.next().and_then(hex)) else {
            return Err(PERCENT);
        };
        let byte = (high << 4) | low;
        if byte.is_ascii() && !b" \"<>[]^`{|}".contains(&byte) {
            return Err(ESCAPE);
        }
        decoded.push(byte);
    }
    let decoded = String::from_utf8(decoded).map_err(|_| UTF8)?;
    decoded.chars().try_for_each(unicode::check_char)?;
    Ok(Cow::Owned(decoded))
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'A'..=b'F' => digit.checked_sub(b'A')?.checked_add(10),
        _ => None,
    }
}

/// Whether a canonical path is a canonical base or below it, segment by segment.
#[must_use]
pub fn under(path: &str, base: &str) -> bool {
    if base == "/" {
        return path.starts_with('/');
    }
    !base.is_empty() && path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn refused(text: &str, reason: Reason) {
        assert_eq!(canonical(text), Err(reason), "{text:?}");
    }

    #[test]
    fn plain_paths_stay_as_they_are() {
        for text in [
            "/",
            "/a",
            "/reports/q1.pdf",
            "/ADMIN",
            "/a b",
            "/a%20b",
            "/%C3%A9",
            "/é",
            "/.hidden",
            "/a..b",
            "/..a",
            "/users/ann@example.com",
            "/v1/x:cancel",
            "/[id]/*",
            "/a%7Bb%7D",
            "/報告/отчёт",
            "/a=b&c,d+e'(f)!$~_-",
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_path_with_two_slashes_is_refused() {
        refused("//admin", DOUBLE);
        refused("/a//b", DOUBLE);
        refused("//", DOUBLE);
        refused("/a//", DOUBLE);
    }

    #[test]
    fn a_path_that_walks_is_refused() {
        for text in
            ["/public/../admin", "/./admin", "/..", "/.", "/a/..", "/a/.", "/...", "/a/.. /b", "/a/.. . /b", "/ "]
        {
            refused(text, DOTS);
        }
        refused("/admin.", EDGE);
        refused("/admin /x", EDGE);
        refused("/ admin", EDGE);
    }

    #[test]
    fn dots_escaped_once_or_twice_are_refused() {
        refused("/public/%2E%2E/admin", ESCAPE);
        refused("/public/%2E./admin", ESCAPE);
        refused("/public/%252E%252E/admin", ESCAPE);
        refused("/public/%25252E/admin", ESCAPE);
        refused("/public/%2e%2e/admin", PERCENT);
        refused("/public/%2E%2e%2f", ESCAPE);
        refused("/public/%u002e", PERCENT);
        refused("/public/%%32%65", PERCENT);
        refused("/public/..%20/admin", DOTS);
    }

    #[test]
    fn slashes_escaped_or_backwards_are_refused() {
        refused("/a%2Fb", ESCAPE);
        refused("/a%2fb", PERCENT);
        refused("/a%5Cb", ESCAPE);
        refused("/a\\b", BACKSLASH);
        refused("/a%252Fb", ESCAPE);
        assert!(canonical("/a\u{2215}b").is_err());
        assert!(canonical("/a\u{ff0f}b").is_err());
        assert!(canonical("/a%EF%BC%8Fb").is_err());
    }

    #[test]
    fn parameters_in_segments_and_trailing_slashes_are_refused() {
        refused("/..;/admin", SEMICOLON);
        refused("/admin;x=1", SEMICOLON);
        refused("/admin%3Bx=1", ESCAPE);
        refused("/admin/", TRAILING);
    }

    #[test]
    fn a_query_is_no_part_of_a_path() {
        refused("/admin?x=1", QUERY);
        refused("/users/?x=1", QUERY);
        refused("/admin%3Fx=1", ESCAPE);
    }

    #[test]
    fn a_fragment_is_refused() {
        refused("/admin#x", FRAGMENT);
        refused("/admin%23x", ESCAPE);
    }

    #[test]
    fn whole_urls_stars_and_relative_paths_are_no_paths() {
        for text in
            ["http://other.example.com/admin", "example.com:443", "*", "admin", "./a", "../a", "~/a", "C:/a", " /a"]
        {
            refused(text, RELATIVE);
        }
        refused("", EMPTY);
    }

    #[test]
    fn control_characters_are_refused_escaped_or_not() {
        for text in ["/a%00", "/a%0A", "/a%0D", "/a%7F"] {
            refused(text, ESCAPE);
        }
        for text in ["/a\0", "/a\n", "/a\r", "/a\t", "/a\u{7f}", "/a\u{85}", "/a%C2%85"] {
            assert!(canonical(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn escapes_that_are_no_utf8_are_refused() {
        for text in ["/%C0%AF", "/%FF", "/%C3", "/%C3/%A9", "/%ED%A0%80", "/%E0%80%AF", "/%C3\u{a9}"] {
            refused(text, UTF8);
        }
        for text in ["/%", "/%4", "/%G0", "/a%", "/100%.pdf", "/%é"] {
            refused(text, PERCENT);
        }
    }

    #[test]
    fn case_is_not_folded_and_letters_are_not_escaped() {
        assert_ne!(canonical("/ADMIN"), canonical("/admin"));
        refused("/adm%69n", ESCAPE);
        refused("/%7Euser", ESCAPE);
        refused("/ann%40example.com", ESCAPE);
    }

    #[test]
    fn letters_that_look_like_others_or_are_not_seen_are_refused_in_paths() {
        for text in [
            "/\u{212a}",
            "/\u{ff41}dmin",
            "/a\u{200d}b",
            "/a\u{202e}b",
            "/\u{200f}a",
            "/e\u{301}",
            "/\u{430}dmin",
            "/a\u{a0}",
            "/a%E2%80%8D",
            "/e%CC%81",
            "/%D0%B0dmin",
            "/%EF%BB%BFa",
        ] {
            assert!(canonical(text).is_err(), "{text:?}");
        }
        // A dotless i is a letter of its own, and no reader takes it for another.
        assert_ne!(canonical("/adm\u{131}n"), canonical("/admin"));
    }

    #[test]
    fn under_counts_segments_not_letters() {
        for (path, base, expected) in [
            ("/project/1", "/project/1", true),
            ("/project/1/x", "/project/1", true),
            ("/project/10", "/project/1", false),
            ("/process", "/process/x", false),
            ("/processes", "/process", false),
            ("/a", "/", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("/A/b", "/a", false),
            ("/a", "", false),
        ] {
            assert_eq!(under(path, base), expected, "{path} {base}");
        }
    }

    #[test]
    fn what_looks_like_a_pattern_in_a_path_is_text() {
        assert_eq!(canonical("/*").as_deref(), Ok("/*"));
        assert!(!under("/admin", "/*"));
        assert!(!under("/a.b/c", "/a_b"));
    }

    fn pathlike() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "/", "/", "a", "B", ".", "..", " ", "%", "%2E", "%20", "%C3%A9", "é", "e\u{301}", "\\", ";", "x-1", "%25",
            "*",
        ]);
        prop::collection::vec(piece, 0..8).prop_map(|p| format!("/{}", p.concat()))
    }

    proptest! {
        #[test]
        fn what_is_taken_means_the_same_decoded_twice(text in pathlike()) {
            if canonical(&text).is_ok() {
                prop_assert_eq!(canonical(&text), Ok(Cow::Borrowed(text.as_str())));
                let once = unescape(&text).unwrap();
                prop_assert!(!once.contains('%'));
                prop_assert_eq!(once.split('/').count(), text.split('/').count());
                let closed = format!("{once}/");
                prop_assert!(["//", "/../", "/./"].iter().all(|walk| text == "/" || !closed.contains(walk)), "{}", once);
                // A resolver finds nothing to do.
                let resolved: std::path::PathBuf = std::path::Path::new(&*once).components().collect();
                prop_assert_eq!(resolved.to_str(), Some(&*once));
            }
        }

        #[test]
        fn under_agrees_with_comparing_segments(path in "(/[ab]{1,2}){0,3}", base in "(/[ab]{1,2}){0,3}") {
            let path = if path.is_empty() { "/".to_owned() } else { path };
            let base = if base.is_empty() { "/".to_owned() } else { base };
            let segments = |t: &str| t.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(under(&path, &base), segments(&path).starts_with(&segments(&base)));
        }

        #[test]
        fn any_text_has_an_answer(text: String, base: String) {
            let _ = canonical(&text);
            let _ = under(&text, &base);
        }
    }
}
