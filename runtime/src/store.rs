//! The store behind windows: what earlier decisions recorded, by key.
//!
//! A decision touches a few windows, each at one key. It is one transaction: it reads what is live there, decides, and
//! appends; transactions that share a key behave as if taken one at a time. [`Memory`] is the store of one process.
//!
//! **Clocks never run back for a key.** An access at a clock before the greatest one recorded for its key is judged at
//! that one, so a clock that jumps back admits nothing more; the key stands still until the clock has caught up. A
//! clock that jumps forward lets entries go, as it says that their time is over, and once a call is recorded there,
//! the key stands still at it. Reading and denying move no clock.

mod failure;
mod live;
mod history;
mod entries;
mod memory;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

pub use entries::{Entries, Room};
pub use failure::Failure;
pub use history::History;
pub use memory::{Capacity, Memory};

/// One window at one key, as one decision touches it.
///
/// For the life of a store a window's number stands for one horizon, one aggregate and one bound.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// Which window.
    pub window: u32,
    /// Canonical encoding of the key, see [`crate::key::encode`].
    pub key: &'a [u8],
    /// What is remembered.
    pub horizon: Horizon<'a>,
    /// What is read.
    pub aggregate: Aggregate,
    /// Most live entries of the key. With so many the window can neither be read nor appended to.
    pub bound: u32,
    /// When the decision is taken, in microseconds: of a clock that only runs forward for sliding windows, of the wall
    /// clock for those of a calendar.
    pub clock: i64,
}

/// Which entries are live at an instant `t`.
#[derive(Clone, Copy)]
pub enum Horizon<'a> {
    /// Those in `(t − span, t]`.
    Sliding {
        /// In microseconds, positive.
        span: i64,
    },
    /// Those in the same unit of the calendar as `t`.
    Calendar {
        /// Which units there are; none where that cannot be told. It must not use the store.
        unit: &'a dyn Calendar,
    },
}

/// What cuts time into units.
pub trait Calendar {
    /// The unit that holds an instant: its first instant and the first one after it.
    fn unit(&self, at: i64) -> Option<(i64, i64)>;
}

impl<F: Fn(i64) -> Option<(i64, i64)>> Calendar for F {
    fn unit(&self, at: i64) -> Option<(i64, i64)> {
        self(at)
    }
}

/// What a window reads from its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregate {
    /// How many there are. Entries are [`Item::Unit`].
    Count,
    /// Their sum. Entries are [`Item::Number`].
    Sum,
    /// How many different values there are. Entries are [`Item::Bytes`]; one is a value, with the last instant at
    /// which it was recorded.
    Distinct,
    /// Which values there are. Entries are as for [`Aggregate::Distinct`].
    Set,
}

/// What is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// That it happened.
    Unit,
    /// A number, not negative.
    Number(i64),
    /// A value, in its canonical encoding.
    Bytes(&'a [u8]),
}

/// What a decision appends to one window, at the instant at which it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Index into the accesses of the transaction.
    pub access: usize,
    /// Nothing, or several where the window takes a list by element.
    pub items: &'a [Item<'a>],
}

/// What a decision appends. Few windows need no memory of their own.
pub type Records<'a> = SmallVec<[Record<'a>; FEW]>;

/// So many windows of one decision are handled without taking memory.
pub(crate) const FEW: usize = 8;

/// What an access sees, or why it sees nothing.
pub type Reading<'s> = Result<Entries<'s>, Failure>;

/// Where windows are kept.
pub trait Store: Send + Sync {
    /// Reads the entries of every access, lets `decide` judge them, and appends what it returned: all or nothing.
    ///
    /// `decide` is called at least once, so that there is a decision to report in any case: whatever could not be read
    /// is a failure among its arguments, in the order of the accesses. A store may have to try again and call it
    /// several times; only what the last call returned counts. It must not use the store.
    ///
    /// # Errors
    /// Nothing was recorded, and what the last call decided must not stand if it is an allow. A transaction that
    /// appends nothing cannot fail.
    fn transact<'r>(
        &self,
        accesses: &[Access<'_>],
        decide: &mut dyn FnMut(&[Reading<'_>]) -> Records<'r>,
    ) -> Result<(), Failure>;
}

/// A store that never answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outage;

impl Store for Outage {
    fn transact<'r>(
        &self,
        accesses: &[Access<'_>],
        decide: &mut dyn FnMut(&[Reading<'_>]) -> Records<'r>,
    ) -> Result<(), Failure> {
        let readings: SmallVec<[_; FEW]> = accesses.iter().map(|_| Err(Failure::Unavailable)).collect();
        let records = decide(&readings);
        if records.iter().all(|r| r.items.is_empty()) { Ok(()) } else { Err(Failure::Unavailable) }
    }
}
