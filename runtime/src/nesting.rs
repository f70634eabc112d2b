//! Bounds on trees: how deep an expression may be, and reading trees no deeper than that.

use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

/// Deepest expression of a program, and deepest nesting of reads.
pub(crate) const MAX_NESTING: usize = 512;

thread_local! {
    /// How many trees are being read around the one that is read now, on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Stands for one level of nesting while it lives.
struct Level;

impl Level {
    fn enter() -> Option<Self> {
        DEPTH.with(|depth| {
            let inside = depth.get().checked_add(1).filter(|&d| d <= MAX_NESTING)?;
            depth.set(inside);
            Some(Self)
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// Reads a tree by `read`, which comes back here for each subtree, unless it is too deep.
///
/// A serialised tree of a few bytes a level would otherwise overflow the stack of its reader.
pub(crate) fn bounded<'de, D, T>(deserializer: D, read: impl FnOnce(D) -> Result<T, D::Error>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let _level = Level::enter().ok_or_else(|| D::Error::custom("nested too deep"))?;
    read(deserializer)
}
