//! Patterns, run by an engine of their own: the automata that decide in production are not looked at.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

use crate::hir::{Name, Pattern};

/// Compiled patterns, by their anchored source. Each is compiled when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    compiled: Mutex<BTreeMap<Name, Option<Regex>>>,
}

impl Patterns {
    /// Whether the whole text matches; nothing if that cannot be told.
    pub(super) fn matches(&self, pattern: &Pattern, text: &str) -> Option<bool> {
        self.finds(&pattern.anchored, text)
    }

    /// Whether a pattern, as engines understand it, is somewhere in a text; nothing if that cannot be told.
    pub(super) fn finds(&self, pattern: &Name, text: &str) -> Option<bool> {
        let regex = {
            let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            compiled
                .entry(pattern.clone())
                // The check has bounded the pattern already; a second limit could only disagree with it.
                .or_insert_with(|| RegexBuilder::new(pattern).size_limit(usize::MAX).build().ok())
                .clone()
        };
        regex.map(|regex| regex.is_match(text))
    }
}
