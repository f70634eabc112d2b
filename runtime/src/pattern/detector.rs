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
    automaton: Pattern,
    /// What finding each pattern says.
    says: Vec<u32>,
    /// The greatest of these: who has found it need not go on.
    most: u32,
}

impl Detector {
    /// Reads and checks an automaton; nothing if it is none, or not one of these patterns.
    pub(crate) fn read(detector: &ir::Detector, table: &PatternTable) -> Option<Self> {
        let automaton = Pattern::of(table)?;
        let says: Vec<u32> = detector.rows.iter().map(|(_, says)| *says).collect();
        let most = says.iter().copied().max()?;
        let known = match &automaton {
            Pattern::Dense(dfa) => dfa.pattern_len(),
            Pattern::Sparse(dfa) => dfa.pattern_len(),
        };
        let detector = Self { automaton, says, most };
        // An automaton built for other searches refuses ours; better now than at the first request.
        (known == detector.says.len()).then_some(())?;
        detector.find("").filter(|found| *found == 0).map(|_| detector)
    }

    /// What is found in a text: the greatest of what its patterns say, or 0. Nothing if the automaton gives up.
    pub(crate) fn find(&self, text: &str) -> Option<u64> {
        let folded = fold(text);
        match &self.automaton {
            Pattern::Dense(dfa) => self.search(dfa, &folded),
            Pattern::Sparse(dfa) => self.search(dfa, &folded),
        }
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

    fn search(&self, dfa: &impl Automaton, text: &str) -> Option<u64> {
        let input = Input::new(text).anchored(Anchored::No);
        let mut state = OverlappingState::start();
        let mut found = 0;
        loop {
            dfa.try_search_overlapping_fwd(&input, &mut state).ok()?;
            let Some(at) = state.get_match() else { return Some(found.into()) };
            found = found.max(*self.says.get(at.pattern().as_usize())?);
            if found == self.most {
                return Some(found.into());
            }
        }
    }
}
