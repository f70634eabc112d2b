//! Bounds on trees: how deep an expression may be, and reading trees no deeper than that.

use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

/// Deepest expression of a program.
pub(crate) const MAX_NESTING: usize = 512;

/// How many levels of an expression one of reads counts for: it takes as much of the stack, and requests are far less
/// deep than expressions.
pub(crate) const READS: usize = 8;

thread_local! {
    /// How many trees are being read around the one that is read now, on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Stands for one level of nesting while it lives.
struct Level(usize);

impl Level {
    fn enter(levels: usize) -> Option<Self> {
        DEPTH.with(|depth| {
            let inside = depth.get().checked_add(levels).filter(|&d| d <= MAX_NESTING)?;
            depth.set(inside);
            Some(Self(levels))
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(self.0)));
    }
}

/// Reads a tree by `read`, which comes back here for each subtree, unless it is too deep. Each counts for so many levels.
///
/// A serialised tree of a few bytes a level would otherwise overflow the stack of its reader.
pub(crate) fn bounded<'de, D, T>(
    deserializer: D,
    levels: usize,
    read: impl FnOnce(D) -> Result<T, D::Error>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let _level = Level::enter(levels).ok_or_else(|| D::Error::custom("nested too deep"))?;
    read(deserializer)
}
