//! Names, texts and patterns that generated packages and requests are made of.

use std::sync::OnceLock;

use regex::Regex;

/// Names of attributes. Many are words of the language, which may stand here.
pub const FIELDS: &[&str] = &[
    "amount", "role", "limit", "note", "level", "tags", "from", "in", "when", "type", "not", "boss", "owner", "size",
    "deny", "max", "input", "has", "active", "region", "count", "kind", "as", "total",
];

/// Spellings in requests that a name cannot have.
pub const WIRES: &[&str] = &[
    "user-id",
    "a/b~c",
    "caf\u{e9}",
    "two words",
    "say \"hi\"",
    "back\\slash",
    "a_name_that_is_much_longer_than_any_that_a_refusal_repeats_in_full_so_it_is_cut",
    "\u{1f600}",
    "properties",
    "null",
];

/// Names of enum members.
pub const MEMBERS: &[&str] =
    &["low", "medium", "high", "red", "green", "blue", "emea", "apac", "amer", "basic", "gold", "monthly"];

/// Names of actions; a dot makes them of two words.
pub const ACTIONS: &[&str] = &["orders.refund", "pay", "files.read", "mail.send_all", "test", "policy.change"];

/// Names of records, of entities, of enums, of types.
pub const RECORDS: &[&str] = &["Gateway", "Place", "Origin", "Card", "Cash"];
/// Names of entities.
pub const ENTITIES: &[&str] = &["Agent", "Order", "User", "Dataset"];
/// Names of enums.
pub const ENUMS: &[&str] = &["Level", "Colour", "Period", "Method", "Means"];
/// Names of named types.
pub const TYPES: &[&str] = &["Usd", "Code", "Quantity", "Flag"];

/// Names of tiers, lowest first.
pub const TIERS: &[&str] = &["T0", "T1", "T2", "T3"];

/// Patterns. Of each there are texts below that match and texts that do not.
pub const PATTERNS: &[&str] = &[
    "[a-z]+",
    r"pi_[a-z0-9]+",
    r"\d{2,4}",
    "(red|green|blue)-[0-9]",
    ".*",
    r"[^ ]*@example\.com",
    r"\w+([./]\w+)*",
    "a|ab|abc",
    "[A-Za-z0-9]{1,8}",
];

/// Texts: short ones, long ones, empty, invisible, quoted, of other scripts.
pub const TEXTS: &[&str] = &[
    "a",
    "ab",
    "abc",
    "refund",
    "read",
    "write",
    "pi_1",
    "pi_abc9",
    "12",
    "2024",
    "red-1",
    "blue-9",
    "ann@example.com",
    "bob@example.com",
    "eve@evil.example",
    "x.y/z",
    "A1",
    "Refund",
    "user:1+2-3",
    "",
    "two words",
    "caf\u{e9}",
    "\u{5317}\u{4eac}",
    "say \"hi\" \\ there",
    "line\nbreak\tand tab",
    "hidden\u{200b}space\u{202e}turned",
    "null",
    "this text is longer than the sixty-four characters that a message repeats of it, so it is cut",
    "\u{7f}\u{1b}[31m",
];

/// Whether a text of [`TEXTS`] matches a pattern of [`PATTERNS`], both by index.
#[must_use]
pub fn matches(pattern: usize, text: &str) -> bool {
    static COMPILED: OnceLock<Vec<Regex>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let of = |source: &&str| {
            // The classes of zt are ASCII.
            let ascii = source.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
            Regex::new(&format!(r"\A(?:{ascii})\z")).expect("a pattern of the list")
        };
        PATTERNS.iter().map(of).collect()
    });
    compiled[pattern].is_match(text)
}

/// Whether a text is an `Ident`.
#[must_use]
pub fn is_ident(text: &str) -> bool {
    zt_values::is_ident(text)
}

/// A text as a literal of the language.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}') => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_takes_and_refuses_texts() {
        for (pattern, source) in PATTERNS.iter().enumerate() {
            let taken = TEXTS.iter().filter(|text| matches(pattern, text)).count();
            assert!(taken >= 2 && taken < TEXTS.len(), "{source} takes {taken}");
        }
    }
}
