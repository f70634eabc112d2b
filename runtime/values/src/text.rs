//! Text: what an identifier is, how a message quotes, how a refusal points into a request.

use std::fmt::Write;

use crate::limits::{POINTER_MEMBER_CHARS, QUOTE_CHARS};

/// Whether a text is an `Ident`: not empty, and nothing but `A`–`Z`, `a`–`z`, `0`–`9` and `_.:/@+-`.
///
/// Its length is the type's matter, not looked at here.
#[must_use]
pub fn is_ident(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| IDENT.get(usize::from(byte)) == Some(&true))
}

/// Which bytes an identifier may have.
static IDENT: [bool; 256] = ident_bytes();

const fn ident_bytes() -> [bool; 256] {
    let mut is = [false; 256];
    let mut rest: &mut [bool] = &mut is;
    let mut byte = 0_u8;
    while let Some((first, others)) = rest.split_first_mut() {
        *first = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'/' | b'@' | b'+' | b'-');
        byte = byte.wrapping_add(1);
        rest = others;
    }
    is
}

/// Puts a text in double quotes for a message: escaped, so that it can neither end its quotes nor
/// change how the message around it looks, and cut if it is long.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().min(QUOTE_CHARS).saturating_add(2));
    quoted.push('"');
    let mut chars = text.chars();
    for c in chars.by_ref().take(QUOTE_CHARS) {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => push_visibly(&mut quoted, c),
        }
    }
    if chars.next().is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

/// Puts together what is shown of a list's or set's elements for a message: the first of them, already printed, and how
/// many there are in all.
#[must_use]
pub fn enumerate(shown: &[String], count: usize) -> String {
    let mut list = format!("[{}", shown.join(", "));
    let more = count.saturating_sub(shown.len());
    if more > 0 {
        // Writing to a String cannot fail.
        let _ = write!(list, "{}… and {more} more", if shown.is_empty() { "" } else { ", " });
    }
    list.push(']');
    list
}

/// Whether a character is not seen, or moves, hides or reorders what is printed around it: controls, marks of
/// direction, joiners, line separators, tags, and U+FFFD, which stands for bytes that were no text.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fffd}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Appends a character, written out as `\u{…}` if it is hidden.
pub fn push_visibly(text: &mut String, c: char) {
    if is_hidden(c) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
    } else {
        text.push(c);
    }
}

/// Appends a member's name to a JSON Pointer (RFC 6901): a slash, then the name, cut if it is long and
/// with `~` and `/` escaped. Hidden characters are written out: pointers are read by people, on terminals and in logs.
pub fn pointer_push(pointer: &mut String, member: &str) {
    pointer.push('/');
    let mut chars = member.chars();
    for c in chars.by_ref().take(POINTER_MEMBER_CHARS) {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => push_visibly(pointer, c),
        }
    }
    if chars.next().is_some() {
        pointer.push('…');
    }
}

/// The same without a cut and with nothing but `~` and `/` escaped: a pointer by which a member is found again.
pub fn pointer_push_exactly(pointer: &mut String, member: &str) {
    pointer.push('/');
    for c in member.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifiers_are_plain_ascii() {
        for text in ["a", "A-1", "user:ann@example.com", "a/b+c_d.e", "0", "-"] {
            assert!(is_ident(text), "{text}");
        }
        // Among them: Kelvin sign, fullwidth a, dotless i, zero-width joiner, decomposed e acute.
        for text in ["", " ", "a b", "a*", "\u{212a}", "\u{ff41}", "ı", "a\u{200d}", "e\u{301}", "a\0", "a\n"] {
            assert!(!is_ident(text), "{text:?}");
        }
    }

    #[test]
    fn quoting_escapes_and_cuts() {
        assert_eq!(quote(""), r#""""#);
        assert_eq!(quote("plain é"), r#""plain é""#);
        assert_eq!(quote(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quote("a\nb\u{7f}\u{85}\0"), r#""a\u{a}b\u{7f}\u{85}\u{0}""#);
        assert_eq!(
            quote("\u{200b}\u{200f}\u{202a}\u{202e}\u{2060}\u{2069}\u{feff}"),
            r#""\u{200b}\u{200f}\u{202a}\u{202e}\u{2060}\u{2069}\u{feff}""#
        );
        assert_eq!(quote("\u{200a}\u{2010}\u{2070}"), "\"\u{200a}\u{2010}\u{2070}\"");
        assert_eq!(quote(&"é".repeat(64)), format!("\"{}\"", "é".repeat(64)));
        assert_eq!(quote(&"é".repeat(65)), format!("\"{}…\"", "é".repeat(64)));
        // The cut counts characters of the source, not of what is printed.
        assert_eq!(quote(&"\"".repeat(65)), format!("\"{}…\"", "\\\"".repeat(64)));
    }

    #[test]
    fn pointers_escape_and_cut() {
        let mut pointer = String::new();
        pointer_push(&mut pointer, "a/b~c");
        pointer_push(&mut pointer, "");
        pointer_push(&mut pointer, &"/".repeat(65));
        assert_eq!(pointer, format!("/a~1b~0c//{}…", "~1".repeat(64)));
        let mut exact = String::new();
        pointer_push_exactly(&mut exact, &format!("~{}\u{200b}", "/".repeat(65)));
        assert_eq!(exact, format!("/~0{}\u{200b}", "~1".repeat(65)));
    }

    proptest! {
        #[test]
        fn a_quoted_text_cannot_leave_its_quotes(text: String) {
            let quoted = quote(&text);
            let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap();
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                prop_assert!(c != '"' && !is_hidden(c));
                if c == '\\' {
                    prop_assert!(matches!(chars.next(), Some('"' | '\\' | 'u')));
                }
            }
        }

        #[test]
        fn identifiers_agree_with_their_pattern(text in "[A-Za-z0-9_.:/@+-]{1,20}", other: String) {
            prop_assert!(is_ident(&text));
            let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@+-";
            prop_assert_eq!(is_ident(&other), !other.is_empty() && other.chars().all(|c| allowed.contains(c)));
        }
    }
}
