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

    /// What is known of a term, the key of which is asked for only if something is known at all.
    pub(super) fn get(&self, key: impl FnOnce() -> String) -> Option<&Domain> {
        if self.terms.is_empty() { None } else { self.terms.get(&*key()) }
    }

    /// Takes a term to be one of these, too.
    pub(super) fn set(&mut self, key: &str, domain: Domain) {
        if let Some(old) = self.terms.get_mut(key) {
            *old = old.meet(&domain);
            self.dead |= old.is_empty();
            return;
        }
        self.dead |= domain.is_empty();
        self.terms.insert(key.into(), domain);
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
