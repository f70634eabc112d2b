//! Patterns: regular expressions with ASCII classes that match whole texts in linear time, and those that are sought in texts.

use std::sync::Arc;

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use zt_patterns::Row;
use zt_stdlib::automata;
use zt_values::finder::finder_digest;

use crate::hir::{Dfa, Name, Pattern, Search, Sought};

pub use zt_patterns::PatternError;

/// A dense table is faster, a sparse one smaller; up to this many bytes a table stays dense.
const DENSE_BYTES: usize = 64 << 10;
/// The most memory that building one automaton may take, in bytes.
const BUILD_BYTES: usize = 8 << 20;
/// The most bytes that one automaton may have when it is stored.
const STORED_BYTES: usize = 1 << 20;

/// Compiles a pattern.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or is too large.
pub fn compile(source: &str) -> Result<Pattern, PatternError> {
    let anchored = zt_patterns::anchored(source)?;
    let dfa = automaton(&anchored).ok_or(PatternError::TooLarge)?;
    Ok(Pattern { source: source.into(), anchored: anchored.into(), dfa: Arc::new(dfa) })
}

/// A pattern that is sought anywhere in a text that was folded ([`zt_values::fold()`]), as the engines understand it. One
/// without a capital letter finds any case.
///
/// # Errors
/// If it is not a regular expression, uses what zt leaves out, or finds something in every text.
pub fn sought(source: &str) -> Result<Name, PatternError> {
    if let Some(known) = zt_stdlib::sought(source) {
        return Ok(known.into());
    }
    zt_patterns::sought(source).map(Name::from)
}

/// The automata that find all of these patterns, wherever they are in a text; nothing if they would be too large. Those of the
/// standard library were built with zt, for exactly the rows that they are asked for.
#[must_use]
pub fn search(rows: &[Sought]) -> Option<Vec<Search>> {
    let digest = finder_digest(rows.iter().map(|row| (&*row.source, row.says)));
    if let Some(built) = automata(&digest) {
        return Some(built.map(|(rows, bytes)| Search { rows, bytes: bytes.to_vec() }).collect());
    }
    built(rows)
}

/// The same, built anew.
#[must_use]
pub fn built(rows: &[Sought]) -> Option<Vec<Search>> {
    let rows: Vec<Row<'_>> =
        rows.iter().map(|Sought { source, pattern, says }| Row { source, pattern, says: *says }).collect();
    let found = zt_patterns::search(&rows)?;
    Some(found.into_iter().map(|search| Search { rows: search.rows, bytes: search.bytes }).collect())
}

/// An automaton for whole matches, within the limits.
fn automaton(anchored: &str) -> Option<Dfa> {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::LeftmostFirst)
        .minimize(false)
        .dfa_size_limit(Some(BUILD_BYTES))
        .determinize_size_limit(Some(BUILD_BYTES));
    let dense = dense::Builder::new()
        .syntax(syntax::Config::new().nest_limit(zt_patterns::NESTED))
        .thompson(thompson::Config::new().nfa_size_limit(Some(BUILD_BYTES)).shrink(false))
        .configure(config)
        .build(anchored)
        .ok()?;
    let dfa = if dense.memory_usage() <= DENSE_BYTES {
        let (bytes, padding) = dense.to_bytes_little_endian();
        Dfa { sparse: false, bytes: bytes.get(padding..).unwrap_or_default().to_vec() }
    } else {
        Dfa { sparse: true, bytes: dense.to_sparse().ok()?.to_bytes_little_endian() }
    };
    (dfa.bytes.len() <= STORED_BYTES).then_some(dfa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_and_matches_are_whole() {
        for (pattern, text, expected) in [
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"[\w-]+", "a_b-c", true),
            (r"[\w-]+", "é", false),
            ("pi_[a-z0-9]+", "xpi_1", false),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            (".", "é", true),
            ("", "", true),
        ] {
            let p = compile(pattern).expect(pattern);
            let regex = regex::Regex::new(&p.anchored).expect(pattern);
            assert_eq!(regex.is_match(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_sought_is_anywhere_and_of_any_case_without_a_capital() {
        for (pattern, text, expected) in [
            ("ignore (all )?previous", "please Ignore all PREVIOUS ones", true),
            ("AKIA[0-9A-Z]{4}", "key AKIA12AB.", true),
            ("AKIA[0-9A-Z]{4}", "key akia12ab.", false),
            (r"\bsudo\b", "pseudo", false),
            (r"[^a-z]\Sudo", "x SUDO", true),
            ("^start", "a start", false),
            ("\u{456}gnore", "ignore", true),
        ] {
            let sought = sought(pattern).expect(pattern);
            let regex = regex::Regex::new(&sought).expect(pattern);
            assert_eq!(regex.is_match(text), expected, "{pattern} {text}");
            assert!(search(&[Sought { source: pattern.into(), pattern: sought, says: 1 }]).is_some());
        }
        for pattern in ["", "a*", "a|", "(?i)a", "("] {
            assert!(sought(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_ship_with_zt_are_what_they_would_be() {
        assert!(zt_stdlib::PATTERNS.len() > 100);
        for (source, pattern) in zt_stdlib::PATTERNS {
            assert_eq!(zt_patterns::sought(source).as_deref(), Ok(*pattern));
            assert_eq!(sought(source).as_deref(), Ok(*pattern));
        }
    }

    #[test]
    fn what_zt_leaves_out_is_refused() {
        for pattern in ["(?i)a", "(?i:a)", "(", "a{1001}{1001}", r"\B", r"\p{Nope}"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
