//! What a decision sees of a window at a key.

use std::collections::BTreeSet;

use super::history::{History, Log};
use super::live::Live;
use super::{Access, Aggregate, FEW, Failure, Item};

/// The live entries of one key, at one access.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'s> {
    log: Option<&'s Log>,
    live: Live,
    /// How many entries are over, which stand before those that are live.
    over: usize,
    count: usize,
    aggregate: Aggregate,
    bound: usize,
    asked: i64,
}

/// Whether a call fits within a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Now,
    /// It does after so many microseconds of the access's clock, and not before, if nothing else is recorded.
    After(i64),
    /// It is more than the limit by itself.
    Never,
}

impl<'s> Entries<'s> {
    /// What an access sees of a history, or of a key without one.
    pub(super) fn of(history: Option<&'s History>, access: &Access<'_>, live: Live) -> Result<Self, Failure> {
        let log = history.map(History::log);
        if log.is_some_and(|log| !log.is_of(access.aggregate)) {
            return Err(Failure::Misuse);
        }
        let (over, count) = log.map_or((0, 0), |log| log.split(live.from));
        let bound = usize::try_from(access.bound).unwrap_or(usize::MAX);
        if count >= bound {
            return Err(Failure::Bound);
        }
        Ok(Self { log, live, over, count, aggregate: access.aggregate, bound, asked: access.clock })
    }

    /// The clock at which the entries are read: the access's, or the greatest recorded for the key if that is later.
    #[must_use]
    pub fn clock(&self) -> i64 {
        self.live.at
    }

    /// How many entries are live.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The window's reading: how many entries there are, or their sum, or how many different values.
    ///
    /// # Errors
    /// If a sum overflows, which no history lets happen: it takes no item that would make it.
    pub fn reading(&self) -> Result<i64, Failure> {
        match self.aggregate {
            Aggregate::Sum => i64::try_from(self.sum()).map_err(|_| Failure::Overflow),
            Aggregate::Count | Aggregate::Distinct | Aggregate::Set => self.fits(0),
        }
    }

    /// The same if these items were appended.
    ///
    /// # Errors
    /// Exactly if the history of this key cannot hold them: its bound, a sum that overflows, a negative number, or an
    /// item that the aggregate does not take.
    pub fn with(&self, items: &[Item<'_>]) -> Result<i64, Failure> {
        match self.aggregate {
            Aggregate::Count => self.fits(units(items)?),
            Aggregate::Sum => {
                self.fits(items.len())?;
                let sum = u128::from(self.sum()).saturating_add(amount(items)?);
                i64::try_from(sum).map_err(|_| Failure::Overflow)
            }
            Aggregate::Distinct | Aggregate::Set => self.fits(self.unknown(items)?),
        }
    }

    /// How many values among some items are not there.
    fn unknown(&self, items: &[Item<'_>]) -> Result<usize, Failure> {
        if let [Item::Bytes(value)] = items {
            return Ok((!self.contains(value)).into());
        }
        let mut new = 0_usize;
        let mut seen = BTreeSet::new();
        for (position, item) in items.iter().enumerate() {
            let Item::Bytes(value) = *item else { return Err(Failure::Misuse) };
            // Few are compared with each other, which takes no memory.
            let again = || match items.get(..position) {
                Some(before) if position < FEW => before.contains(item),
                _ => false,
            };
            if self.contains(value) || again() {
                continue;
            }
            if items.len() <= FEW || seen.insert(value) {
                new = new.saturating_add(1);
            }
        }
        Ok(new)
    }

    /// Whether a value is among those of a [`Aggregate::Distinct`] or [`Aggregate::Set`] window.
    #[must_use]
    pub fn contains(&self, value: &[u8]) -> bool {
        self.log.and_then(Log::values).is_some_and(|values| values.contains(self.live.from, value))
    }

    /// The values of a [`Aggregate::Distinct`] or [`Aggregate::Set`] window, sorted, each once.
    pub fn values(&self) -> impl Iterator<Item = &'s [u8]> {
        let from = self.live.from;
        self.log.and_then(Log::values).into_iter().flat_map(move |values| values.iter(from))
    }

    /// Whether a window that counts or sums stays within a limit with these items, and if not, how long it would have
    /// to wait. It says nothing of the window's bound.
    ///
    /// # Errors
    /// If the window neither counts nor sums, or an item is not of its kind or negative.
    pub fn room(&self, limit: i64, items: &[Item<'_>]) -> Result<Room, Failure> {
        let (there, this) = match self.aggregate {
            Aggregate::Count => (self.count as u128, units(items)? as u128),
            Aggregate::Sum => (u128::from(self.sum()), amount(items)?),
            Aggregate::Distinct | Aggregate::Set => return Err(Failure::Misuse),
        };
        let Some(free) = u128::try_from(limit).ok().and_then(|limit| limit.checked_sub(this)) else {
            return Ok(Room::Never);
        };
        let excess = there.saturating_sub(free);
        if excess == 0 {
            return Ok(Room::Now);
        }
        // So much of the oldest has to be over: the entry is there, as `excess` is not more than `there`.
        let last = match self.log {
            Some(Log::Numbers(numbers)) => u64::try_from(excess).ok().and_then(|e| numbers.reaches(self.over, e)),
            Some(log) => usize::try_from(excess.saturating_sub(1)).ok().and_then(|n| log.nth(self.over, n)),
            None => None,
        };
        let over = last.map_or(i64::MAX, |at| self.live.over(at));
        Ok(Room::After(over.saturating_sub(self.asked)))
    }

    pub(super) fn live(&self) -> Live {
        self.live
    }

    fn sum(&self) -> u64 {
        self.log.and_then(Log::numbers).map_or(0, |numbers| numbers.sum(self.over))
    }

    /// How many entries there are with so many more.
    fn fits(&self, more: usize) -> Result<i64, Failure> {
        let count = self.count.saturating_add(more);
        if count > self.bound { Err(Failure::Bound) } else { i64::try_from(count).map_err(|_| Failure::Bound) }
    }
}

/// How many items there are, if they are what a count takes.
fn units(items: &[Item<'_>]) -> Result<usize, Failure> {
    if let [Item::Unit] = items {
        return Ok(1);
    }
    if items.iter().all(|item| *item == Item::Unit) { Ok(items.len()) } else { Err(Failure::Misuse) }
}

/// The sum of items, if they are what a sum takes.
fn amount(items: &[Item<'_>]) -> Result<u128, Failure> {
    if let [Item::Number(number)] = items {
        return u128::try_from(*number).map_err(|_| Failure::Negative);
    }
    items.iter().try_fold(0_u128, |sum, item| {
        let Item::Number(number) = *item else { return Err(Failure::Misuse) };
        let number = u128::try_from(number).map_err(|_| Failure::Negative)?;
        Ok(sum.saturating_add(number))
    })
}
