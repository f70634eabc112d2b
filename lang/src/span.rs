//! Places in a text, relative to the item around them.

use std::sync::Arc;

/// A range of bytes, the end excluded. In an item it counts from the item's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`.
    #[must_use]
    pub fn new(start: u32, end: u32) -> Self {
        Span { start, end }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range counted from a place `offset` bytes earlier.
    #[must_use]
    pub fn shifted(self, offset: u32) -> Span {
        Span { start: self.start.saturating_add(offset), end: self.end.saturating_add(offset) }
    }
}

/// Which item of which file. It stays the same when other items are edited.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey {
    /// Path of the file, as the package names it.
    pub file: Arc<str>,
    /// The word that opens the item, and its name: `policy refunds`.
    pub name: Arc<str>,
    /// How many items of that word and name stand before it in the file; 0 in a correct package.
    pub nth: u32,
}
