//! Symbols: the text constants of a package, so that a text of a request is recognised as one of them.
//!
//! Such a text is held by the constant's word. Two texts that are held so are equal exactly if their words are, and no
//! text that is held otherwise equals a constant.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::ir::LiteralId;

/// The text constants of a package, by what they say.
///
/// What a request can choose is what is looked up, never what is in the table: a search takes no longer than the
/// constants make it.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    table: HashTable<u32>,
    hasher: RandomState,
    /// Lengths in bytes that constants have, one bit each; all that are longer have the last one.
    lengths: u64,
}

impl Symbols {
    /// Those of a package; nothing if one is there twice.
    pub(crate) fn new(literals: &[String]) -> Option<Self> {
        let hasher = RandomState::default();
        let mut symbols = Self { table: HashTable::with_capacity(literals.len()), hasher, lengths: 0 };
        for (index, text) in (0_u32..).zip(literals) {
            let hash = symbols.hasher.hash_one(text.as_str());
            if symbols.position(literals, text, hash).is_some() {
                return None;
            }
            let rehash = |index: &u32| symbols.hasher.hash_one(at(literals, *index));
            symbols.table.insert_unique(hash, index, rehash);
            symbols.lengths |= length(text);
        }
        Some(symbols)
    }

    /// The constant that a text is.
    pub(crate) fn find(&self, literals: &[String], text: &str) -> Option<LiteralId> {
        if self.lengths & length(text) == 0 {
            return None;
        }
        self.position(literals, text, self.hasher.hash_one(text)).map(LiteralId)
    }

    fn position(&self, literals: &[String], text: &str, hash: u64) -> Option<u32> {
        self.table.find(hash, |index| at(literals, *index) == Some(text)).copied()
    }
}

fn at(literals: &[String], index: u32) -> Option<&str> {
    literals.get(usize::try_from(index).ok()?).map(String::as_str)
}

fn length(text: &str) -> u64 {
    let last = u64::BITS.saturating_sub(1);
    1_u64.checked_shl(u32::try_from(text.len()).unwrap_or(last).min(last)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constant_is_found_and_nothing_else() {
        let long = "x".repeat(100);
        let literals: Vec<String> = ["", "a", "b", "ab", &long].map(str::to_owned).into();
        let symbols = Symbols::new(&literals).unwrap();
        for (index, text) in (0..).zip(&literals) {
            assert_eq!(symbols.find(&literals, text), Some(LiteralId(index)));
        }
        let other = "x".repeat(99);
        for text in ["c", "ba", "abc", "A", "\0", &other] {
            assert_eq!(symbols.find(&literals, text), None);
        }
        assert!(Symbols::new(&["a".to_owned(), "a".to_owned()]).is_none());
    }
}
