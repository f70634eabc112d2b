//! Texts as detectors read them: what looks alike is spelled alike, and what is not seen is gone.
//!
//! Compatibility forms are resolved (NFKC of UAX #15), accents and strokes taken from what looks Latin, characters that are
//! not seen removed, those that are confused with ASCII replaced by it (UTS #39, small capitals, and letters in boxes and
//! flags), and blanks made one, those included that only look blank. Characters of the tag block, which are not seen but
//! spell ASCII, become what they spell. Case stays.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::text::is_hidden;
use crate::unicode::is_ignorable;

/// A text as detectors read it.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.iter().all(|b| matches!(b, b' '..=b'~')) && bytes.array_windows().all(|pair| *pair != [b' ', b' ']) {
        return Cow::Borrowed(text);
    }
    let mut folding = Folding { out: String::with_capacity(text.len()), known: [('\0', 0); KNOWN] };
    let mut rest = text;
    while !rest.is_empty() {
        // No form of normalization joins ASCII to what stands before it, and marks after it are left out.
        let ascii = rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        let (plain, after) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
        folding.plain(plain);
        let other = after.bytes().position(|b| b.is_ascii()).unwrap_or(after.len());
        let (other, after) = after.split_at_checked(other).unwrap_or((after, ""));
        other.nfkc().for_each(|c| folding.push(c));
        rest = after;
    }
    Cow::Owned(folding.out)
}

/// A pattern's text with the characters that [`fold`] replaces by others replaced as well. What becomes a sign that patterns
/// give a meaning to stands for itself.
#[must_use]
pub fn fold_pattern(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for c in source.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        if is_combining_mark(c) && out.ends_with(|last: char| last.is_ascii_alphanumeric()) {
            continue;
        }
        let mut utf8 = [0; 4];
        match &*fold(c.encode_utf8(&mut utf8)) {
            "" => out.push(c),
            folded => folded.chars().for_each(|c| {
                if c.is_ascii_punctuation() {
                    out.push('\\');
                }
                out.push(c);
            }),
        }
    }
    out
}

/// How many characters are remembered with what they look like.
const KNOWN: usize = 64;

/// A text that is being folded.
struct Folding {
    out: String,
    /// Characters and the ASCII that each looks like; 0 if it is itself.
    known: [(char, u8); KNOWN],
}

impl Folding {
    /// Appends ASCII.
    fn plain(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let odd = rest.bytes().position(|b| !matches!(b, b'!'..=b'~')).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(odd).unwrap_or((rest, ""));
            self.out.push_str(word);
            let mut after = after.chars();
            if let Some(c) = after.next() {
                self.push(c);
            }
            rest = after.as_str();
        }
    }

    fn blank(&mut self) {
        if !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// Appends a character, or what it is read as.
    fn push(&mut self, c: char) {
        if c.is_whitespace() || is_blank(c) {
            self.blank();
        } else if let Some(spelled) = tagged(c) {
            if spelled == ' ' {
                self.blank();
            } else {
                self.out.push(spelled);
            }
        } else if is_hidden(c) || is_ignorable(c) {
            // It is not seen.
        } else if c.is_ascii() {
            self.out.push(c);
        } else if is_combining_mark(c) {
            // Of what is Latin, or looks so, marks are left out. Other scripts mean something by them.
            if self.out.ends_with(|last: char| !last.is_ascii()) {
                self.out.push(c);
            }
        } else {
            self.push_alike(c);
        }
    }

    /// Appends what a character is confused with, if that is ASCII, else itself.
    fn push_alike(&mut self, c: char) {
        let place = usize::try_from(u32::from(c)).unwrap_or(0) % KNOWN;
        if let Some((known, alike)) = self.known.get(place)
            && *known == c
        {
            self.out.push(if *alike == 0 { c } else { char::from(*alike) });
            return;
        }
        let alike = alike(c);
        let single = match alike.as_bytes() {
            [] => Some(0),
            [one] => Some(*one),
            _ => None,
        };
        if let (Some(single), Some(known)) = (single, self.known.get_mut(place)) {
            *known = (c, single);
        }
        if alike.is_empty() {
            self.out.push(c);
        } else {
            self.out.push_str(&alike);
        }
    }
}

/// Whether a character is shown as a blank, though Unicode calls it none: fillers of Hangul, and the empty cell of Braille.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// The ASCII character that one of the tag block spells.
fn tagged(c: char) -> Option<char> {
    let code = u32::from(c).checked_sub(0xe_0000)?;
    u8::try_from(code).ok().filter(|code| matches!(code, b' '..=b'~')).map(char::from)
}

/// The ASCII that a character looks like, without marks; nothing if it looks like none.
fn alike(c: char) -> String {
    if let Some(letter) = boxed(c).or_else(|| small_capital(c)) {
        return letter.into();
    }
    let bare = |c: &char| !is_combining_mark(*c);
    let base: String = std::iter::once(c).nfd().filter(bare).collect();
    let alike = if base.is_ascii() {
        base
    } else {
        let mut utf8 = [0; 4];
        skeleton(c.encode_utf8(&mut utf8)).filter(bare).collect()
    };
    match &*alike {
        // The prototype of every stroke is `l`, capitals of other scripts included, and that of `m` is `rn`.
        "l" if c.is_uppercase() => "I".to_owned(),
        "rn" => "m".to_owned(),
        _ if alike.is_ascii() => alike,
        _ => String::new(),
    }
}

/// The letter of a filled circle or box, or of a pair that shows a flag.
fn boxed(c: char) -> Option<char> {
    let first = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1_f150,
        '\u{1f170}'..='\u{1f189}' => 0x1_f170,
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1_f1e6,
        _ => return None,
    };
    let letter = u32::from(c).checked_sub(first)?.checked_add(u32::from('A'))?;
    char::from_u32(letter)
}

/// The letter of a small capital.
fn small_capital(c: char) -> Option<char> {
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ";
    SMALL.chars().zip('a'..='z').find(|(small, _)| *small == c).map(|(_, letter)| letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_alike_is_spelled_alike() {
        for (text, folded) in [
            ("ignore previous instructions", "ignore previous instructions"),
            ("ignore  previous\n\tinstructions", "ignore previous instructions"),
            // Full width, mathematical bold, ligatures.
            ("ｉｇｎｏｒｅ", "ignore"),
            ("𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"),
            ("ﬁle", "file"),
            // Cyrillic and Greek letters that look Latin.
            ("іgnоrе", "ignore"),
            ("Іgnore ΑΒΕ", "Ignore ABE"),
            // Zero-width space and joiner, soft hyphen, direction marks, variation selectors.
            ("ig\u{200b}no\u{200d}re\u{ad} \u{202e}all\u{2069}\u{fe0f}", "ignore all"),
            // Tags, which no one sees.
            ("ok\u{e0069}\u{e0067}\u{e006e}", "okign"),
            ("ìgñoré", "ignore"),
            ("\u{0}\u{8}a\u{7f}", "a"),
            ("no\u{a0}break\u{3000}wide", "no break wide"),
            ("a‐b–c", "a-b-c"),
            ("日本語 한국어", "日本語 한국어"),
            // Not Latin, so its marks are its own.
            ("йод", "йoд"),
            ("が한", "が한"),
            // What looks Latin has no marks and no strokes, whatever script it and they are of.
            ("іgnо\u{301}rе \u{438}\u{301}", "ignore \u{438}\u{301}"),
            ("i\u{64b}g\u{20dd}n\u{1ab0}o\u{e31}r\u{fe20}e", "ignore"),
            ("ё ѐ ø ł đ ħ ɱ Í ḿ", "e e o l d h m I m"),
            ("o\u{200d}\u{301}k", "ok"),
            ("\u{e0069}\u{301}\u{e0067}", "ig"),
            ("ɪɢɴᴏʀᴇ ᴀʟʟ", "ignore all"),
            ("🅸🅶🅝🇴", "IGNO"),
            // What only looks blank.
            ("a\u{2800}\u{3164}b\u{ffa0}c\u{e0020}\u{e0020}d", "a b c d"),
            ("a\r\n\t b\u{b}c\u{1f}d", "a b cd"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
        }
        assert_eq!(fold_pattern("йод[а-я]+\\s"), "йoд[a-я]+\\s");
        assert_eq!(fold_pattern("всё（a|[ø])？…"), "вce\\(a|[o])\\?\\.\\.\\.");
    }

    /// What is folded twice is as if folded once: a detector may be asked for what another one was.
    #[test]
    fn every_character_is_folded_for_good() {
        for c in '\0'..=char::MAX {
            let text = format!("x{c}y");
            let folded = fold(&text).into_owned();
            assert_eq!(fold(&folded), folded, "{c:?}");
            // A pattern that has the character finds the text that has it.
            if let Some(inner) = folded.strip_prefix('x').and_then(|folded| folded.strip_suffix('y'))
                && !c.is_ascii()
                && !is_combining_mark(c)
                && !inner.is_empty()
            {
                assert_eq!(fold_pattern(&c.to_string()).replace('\\', ""), inner.replace('\\', ""), "{c:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_folded_has_one_blank_at_a_time_and_nothing_unseen(text in "\\PC*|[\\x00-\\x{10FFFF}]{0,24}") {
            let folded = fold(&text);
            prop_assert!(!folded.contains("  "));
            prop_assert!(!folded.chars().any(|c| is_hidden(c) || (c.is_whitespace() && c != ' ')));
        }

        #[test]
        fn plain_text_stays(text in "[!-~]{1,8}( [!-~]{1,8}){0,4}") {
            prop_assert_eq!(fold(&text), text.as_str());
        }
    }
}
