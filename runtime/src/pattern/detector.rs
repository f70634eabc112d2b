//! Detectors: what the automata of tables of patterns find in texts.

use std::borrow::Cow;

use regex_automata::dfa::{Automaton, OverlappingState};
use regex_automata::{Anchored, Input};
use zt_values::fold;

use super::Pattern;
use crate::image::PatternTable;
use crate::ir;

/// Where the string ends whose opening quote is before this text.
fn closing_quote(string: &str) -> Option<usize> {
    let mut escaped = false;
    string.bytes().position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })
}

/// A table of patterns, ready to search.
#[derive(Debug)]
pub(crate) struct Detector {
    searches: Vec<Search>,
    /// The greatest that finding a pattern says: who has found it need not go on.
    most: u32,
}

/// An automaton that finds some patterns of a table.
#[derive(Debug)]
struct Search {
    automaton: Pattern,
    /// What finding each of them says.
    says: Vec<u32>,
}

impl Detector {
    /// Reads and checks automata; nothing if one is none, or if they are not those of these patterns.
    pub(crate) fn read(detector: &ir::Detector, tables: &[PatternTable]) -> Option<Self> {
        let mut rest = detector.rows.as_slice();
        let mut searches = vec![];
        for (rows, table) in detector.automata.iter().zip(tables) {
            let (rows, others) = rest.split_at_checked(*rows)?;
            rest = others;
            let automaton = Pattern::of(table)?;
            let known = match &automaton {
                Pattern::Dense(dfa) => dfa.pattern_len(),
                Pattern::Sparse(dfa) => dfa.pattern_len(),
            };
            (known == rows.len()).then_some(())?;
            searches.push(Search { automaton, says: rows.iter().map(|(_, says)| *says).collect() });
        }
        rest.is_empty().then_some(())?;
        let most = detector.rows.iter().map(|(_, says)| *says).max()?;
        let detector = Self { searches, most };
        // An automaton built for other searches refuses ours; better now than at the first request.
        detector.find("").filter(|found| *found == 0).map(|_| detector)
    }

    /// What is found in a text: the greatest of what its patterns say, or 0. Nothing if the automaton gives up.
    pub(crate) fn find(&self, text: &str) -> Option<u64> {
        let folded = fold(text);
        let mut found = 0;
        for search in &self.searches {
            found = found.max(match &search.automaton {
                Pattern::Dense(dfa) => search.find(dfa, &folded, self.most),
                Pattern::Sparse(dfa) => search.find(dfa, &folded, self.most),
            }?);
            if found == self.most {
                break;
            }
        }
        Some(found.into())
    }

    /// What is found in the strings and names of a text of JSON.
    pub(crate) fn find_all(&self, json: &str) -> Option<u64> {
        let mut found = 0;
        let mut rest = json;
        // What is outside of strings has no quotes.
        while let Some((_, string)) = rest.split_once('"') {
            let end = closing_quote(string)?;
            let (raw, after) = string.split_at_checked(end)?;
            let text = if raw.contains('\\') {
                Cow::Owned(serde_json::from_str(&format!("\"{raw}\"")).ok()?)
            } else {
                Cow::Borrowed(raw)
            };
            found = found.max(self.find(&text)?);
            if found == u64::from(self.most) {
                break;
            }
            rest = after.strip_prefix('"')?;
        }
        Some(found)
    }
}

impl Search {
    /// What is found: the greatest, and not more than is needed. Nothing if the automaton gives up.
    fn find(&self, dfa: &impl Automaton, text: &str, most: u32) -> Option<u32> {
        let input = Input::new(text).anchored(Anchored::No);
        let mut state = OverlappingState::start();
        let mut found = 0;
        loop {
            dfa.try_search_overlapping_fwd(&input, &mut state).ok()?;
            let Some(at) = state.get_match() else { return Some(found) };
            found = found.max(*self.says.get(at.pattern().as_usize())?);
            if found == most {
                return Some(found);
            }
        }
    }
}
