//! What is known of terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lint::domain::Domain;

#[derive(Debug, Clone, Default)]
pub(in crate::lint) struct Known {
    terms: BTreeMap<Arc<str>, Domain>,
    /// Whether no request is left.
    pub(super) dead: bool,
}

impl Known {
    /// Whether no request is left of which this is known.
    pub(in crate::lint) fn is_dead(&self) -> bool {
        self.dead
    }

    /// What is known of a term.
    pub(in crate::lint) fn get(&self, key: &str) -> Option<&Domain> {
        self.terms.get(key)
    }

    /// Takes a term to be one of these, too.
    pub(super) fn set(&mut self, key: &str, domain: Domain) {
        let next = match self.terms.get(key) {
            Some(old) => old.meet(&domain),
            None => domain,
        };
        self.dead |= next.is_empty();
        self.terms.insert(key.into(), next);
    }

    /// What both know.
    pub(super) fn join(self, other: Known) -> Known {
        match (self.dead, other.dead) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                let both = self.terms.into_iter().filter_map(|(key, a)| {
                    let joined = a.join(other.terms.get(&key)?);
                    Some((key, joined))
                });
                Known { terms: both.collect(), dead: false }
            }
        }
    }
}
