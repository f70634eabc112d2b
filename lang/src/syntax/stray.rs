//! What is said about text that is no token, or stands outside of every item.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::token::{Spanned, Token, WORDS, hidden};

/// Text outside of every item; places are counted from `base`.
pub(crate) fn outside(text: &str, stray: &[Spanned], base: u32) -> Diagnostic {
    let (Some(first), Some(last)) = (stray.first(), stray.last()) else {
        return Diagnostic::new(Code::OutsideItem, Span::default(), "text stands outside of every item");
    };
    let word = text.get(first.span.start as usize..first.span.end as usize).unwrap_or_default();
    let words = WORDS.iter().filter(|(_, t)| t.opens_item()).map(|(w, _)| *w);
    let mut d = Diagnostic::new(Code::OutsideItem, first.span, "no item starts like this")
        .did_you_mean(first.span, word, words);
    if d.help.is_none() {
        // Without a suggestion the whole line is as good a place as its first word.
        let line = text.get(first.span.start as usize..last.span.end as usize).unwrap_or_default();
        let line = line.find('\n').map_or(line, |n| line.get(..n).unwrap_or(line));
        let line = line.find("//").map_or(line, |n| line.get(..n).unwrap_or(line)).trim_end();
        let length = u32::try_from(line.len()).unwrap_or(0).max(first.span.end - first.span.start);
        d.span = Span::new(first.span.start, first.span.start + length);
        let usual = match word {
            "import" | "include" => "zt writes `use`, and the name that is used: `use std.audit.audit`",
            "rule" | "allow" | "deny" | "require" | "permit" | "forbid" | "shadow" | "limit" | "raise" | "oblige" => {
                "a rule stands between the braces of a policy: `policy refunds for orders.refund { … }`"
            }
            "test" | "fixture" | "request" => "tests stand between the braces of a suite: `suite \"refunds\" { … }`",
            "const" | "let" | "def" | "fn" | "function" | "var" => "a value or a condition gets a name with `define`",
            "struct" | "interface" | "class" => {
                "use `record` for a group of values, `entity` for who acts or is acted on"
            }
            _ => {
                "an item starts with a word such as `type`, `entity`, `action`, `define`, `window`, `policy` or `suite`, and its name"
            }
        };
        d = d.help(usual);
    }
    d.move_back(base);
    d.label("outside of every item")
}

/// A character in a string or a comment that a reader would not see.
pub(crate) fn hidden_character(text: &str, span: Span, place: &str) -> Option<Diagnostic> {
    let (at, c) = hidden(text, span)?;
    let d = if c == '\u{fffd}' {
        Diagnostic::new(Code::UnknownCharacter, at, format!("{place} has bytes that are not UTF-8"))
            .label("not a character")
            .help("save the file as UTF-8")
    } else {
        Diagnostic::new(
            Code::UnknownCharacter,
            at,
            format!("{place} has a character that cannot be seen, U+{:04X}", u32::from(c)),
        )
        .label("invisible, or moves what stands around it")
        .help(if place == "a string" {
            format!("where it is meant, write `\\u{{{:x}}}`", u32::from(c))
        } else {
            "remove it".to_owned()
        })
    };
    Some(d)
}

/// A mistake of spelling: the first.
pub(crate) fn lexical(text: &str, tokens: &[Spanned]) -> Option<Diagnostic> {
    let bad = tokens
        .iter()
        .find(|t| matches!(t.token, Token::Error | Token::Unterminated | Token::SingleQuoted | Token::Hidden))?;
    let source = text.get(bad.span.start as usize..bad.span.end as usize).unwrap_or_default();
    Some(match bad.token {
        Token::Hidden => return hidden_character(text, bad.span, "a string"),
        Token::Unterminated => {
            // The end of the line belongs to the string as far as anyone knows; its blanks do not.
            let end = bad.span.start + u32::try_from(source.trim_end().len()).unwrap_or(0);
            Diagnostic::new(Code::UnterminatedString, Span::new(bad.span.start, end), "a string has no end")
                .label("opened here, and not closed on this line")
                .help("close it with `\"`; a line break inside a string is written `\\n`")
        }
        Token::SingleQuoted => {
            let inner = source.trim_matches('\'');
            Diagnostic::new(Code::UnknownCharacter, bad.span, "strings stand in double quotes")
                .label("single quotes")
                .help("write it in double quotes")
                .fix("use double quotes", bad.span, format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\"")))
        }
        _ => {
            let shown: String = source.chars().take(8).flat_map(char::escape_debug).collect();
            let help = match source.chars().next() {
                Some('#') => "a comment starts with `//`",
                Some('%') => "zt does not divide; write the limit itself",
                Some('&') => "zt writes `and`",
                Some('|') => "zt writes `or`",
                Some('\'' | '`' | '“' | '”' | '‘' | '’' | '„' | '«') => {
                    "strings stand in straight double quotes: `\"…\"`"
                }
                Some('\u{feff}') => "save the file as UTF-8 without a byte order mark",
                Some('\u{a0}' | '\u{200b}' | '\u{3000}') => {
                    "an invisible character came with a copy; write a plain blank"
                }
                Some(c) if c.is_ascii() => "remove it",
                _ => "names are made of ASCII letters, digits and `_`; other text stands in strings",
            };
            Diagnostic::new(Code::UnknownCharacter, bad.span, format!("zt does not use `{shown}`"))
                .label("not part of the language")
                .help(help)
        }
    })
}
