//! Text outside of ASCII that reads as it is spelled: nothing unseen, one spelling, no look-alikes by mixture.

use unicode_normalization::is_nfc;

use crate::reason::Reason;
use crate::text::is_hidden;

const HIDDEN: Reason = Reason::new("has a character that is not seen");
const SPACE: Reason = Reason::new("has a space other than the plain one");
const FOLDS: Reason = Reason::new("has a character that some systems turn into plain ASCII");
const NOT_NFC: Reason = Reason::new("is not in Unicode's composed form (NFC)");
const MIXED: Reason =
    Reason::new("has a word that mixes Latin letters with Greek, Cyrillic, Armenian or Cherokee ones");

/// Checks that a character is seen, and is no space that looks like the plain one.
///
/// # Errors
/// The reason, if it is not so.
pub(crate) fn check_seen(c: char) -> Result<(), Reason> {
    if is_hidden(c) || is_ignorable(c) {
        return Err(HIDDEN);
    }
    if c != ' ' && c.is_whitespace() { Err(SPACE) } else { Ok(()) }
}

/// Checks that a character is seen, and that no system that folds texts turns it into a separator.
///
/// # Errors
/// The reason, if it is not so.
pub(crate) fn check_char(c: char) -> Result<(), Reason> {
    check_seen(c)?;
    if folds_to_ascii(c) { Err(FOLDS) } else { Ok(()) }
}

/// Checks a text whose characters were checked: it is composed, and no word of it mixes letters that
/// look alike.
///
/// # Errors
/// The reason, if it is not so.
pub(crate) fn check_text(text: &str) -> Result<(), Reason> {
    if text.is_ascii() {
        return Ok(());
    }
    // One spelling for each text: a decomposed letter would be another name that looks the same.
    if !is_nfc(text) {
        return Err(NOT_NFC);
    }
    if text.split(|c: char| !c.is_alphabetic()).any(is_mixed) { Err(MIXED) } else { Ok(()) }
}

/// Whether a run of letters has Latin ones beside ones of a script with letters that look Latin.
fn is_mixed(word: &str) -> bool {
    let latin = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let alike = |c: char| {
        matches!(c,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' // Greek
            | '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' // Cyrillic
            | '\u{530}'..='\u{58f}' // Armenian
            | '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' // Cherokee
        )
    };
    word.chars().any(latin) && word.chars().any(alike)
}

/// Default-ignorable code points that [`is_hidden`] does not name, blanks that are letters, and non-characters.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Characters that compatibility folding or best-fit code pages turn into ASCII: full-width and small forms,
/// leaders that become dots, other slashes, abbreviations, letters in mathematical or enclosed styles.
fn folds_to_ascii(c: char) -> bool {
    matches!(c,
        '\u{2024}'..='\u{2026}' | '\u{2044}' | '\u{2047}'..='\u{2049}' | '\u{2100}'..='\u{214f}' | '\u{2160}'..='\u{2188}'
        | '\u{2215}' | '\u{2216}' | '\u{2460}'..='\u{24ff}' | '\u{29f5}' | '\u{29f8}' | '\u{29f9}' | '\u{2a74}'
        | '\u{3300}'..='\u{33ff}' | '\u{fe10}'..='\u{fe19}' | '\u{fe30}' | '\u{fe50}'..='\u{fe6b}' | '\u{ff01}'..='\u{ff5e}' | '\u{ff61}'
        | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f16f}'
    )
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn what_is_written_in_many_scripts_passes() {
        for text in
            ["plain", "Größe", "отчёт", "αβγ", "報告書", "보고서", "ภาษาไทย", "تقرير", "বাংলা", "தமிழ்", "отчёт-v2"]
        {
            assert_eq!(text.chars().try_for_each(check_char), Ok(()), "{text}");
            assert_eq!(check_text(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_not_seen_is_refused() {
        for c in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{202e}',
            '\u{2066}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fffd}',
            '\u{ffff}',
            '\u{1fffe}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert_eq!(check_char(c), Err(HIDDEN), "{c:?}");
        }
        for c in ['\u{a0}', '\u{2003}', '\u{3000}', '\u{205f}'] {
            assert_eq!(check_char(c), Err(SPACE), "{c:?}");
        }
    }

    #[test]
    fn nothing_that_passes_folds_into_a_separator() {
        let mut looked_at = 0;
        for c in ('\u{80}'..=char::MAX).filter(|c| check_char(*c).is_ok()) {
            let text = c.to_string();
            if check_text(&text).is_err() {
                continue;
            }
            looked_at += 1;
            let folded: String = text.nfkc().collect();
            assert!(!folded.contains(['/', '\\', '.', '%', ';', '?', '#', ':', '*']), "{c:?} folds to {folded}");
        }
        assert!(looked_at > 100_000);
    }

    #[test]
    fn kelvin_sign_fullwidth_and_decomposed_letters_are_refused() {
        for text in ["\u{212a}", "\u{ff41}", "\u{ff0f}", "\u{2024}", "\u{1d41a}"] {
            assert!(text.chars().try_for_each(check_char).is_err(), "{text}");
        }
        for text in ["e\u{301}", "\u{37e}", "\u{1100}\u{1161}", "\u{5d0}\u{5bc}\u{5b0}", "\u{f900}"] {
            assert_eq!(check_text(text), Err(NOT_NFC), "{text}");
        }
    }

    #[test]
    fn a_word_in_two_scripts_that_look_alike_is_refused() {
        for text in ["\u{430}dmin", "p\u{430}ge", "\u{3bf}k", "\u{13aa}o", "x-\u{430}b"] {
            assert_eq!(check_text(text), Err(MIXED), "{text}");
        }
    }
}
