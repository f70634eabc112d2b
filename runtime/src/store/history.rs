//! What is recorded of one key, oldest first.
//!
//! Reading changes nothing: what is over is skipped, and only appending removes it. Entries may therefore be read at
//! any clock not before the last recorded one, in any order, with the same result as from a full log.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::live::Live;
use super::{Access, Aggregate, Entries, Failure, Item};

/// The entries of one key of one window.
#[derive(Debug)]
pub struct History {
    /// The greatest clock recorded.
    clock: i64,
    /// When the last entry is over.
    over: i64,
    log: Log,
}

#[derive(Debug)]
pub(super) enum Log {
    Units(VecDeque<i64>),
    Numbers(Numbers),
    /// In a box, as most keys are counted, and they should be small.
    Values(Box<Values>),
}

/// Numbers with running totals, so that the sum of the last entries is a difference.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    entries: VecDeque<Number>,
    /// The total before the first entry.
    base: u64,
}

/// Totals are of all that was ever recorded, modulo 2⁶⁴. The sum of what is stored always fits an `i64`, so differences
/// are exact.
#[derive(Debug)]
struct Number {
    at: i64,
    total: u64,
}

/// Values with the last instant of each.
#[derive(Debug, Default)]
pub(super) struct Values {
    by_value: BTreeMap<Arc<[u8]>, i64>,
    by_instant: BTreeSet<(i64, Arc<[u8]>)>,
    bytes: usize,
}

/// What an entry is taken to need in bytes: deques and trees keep up to about as much again in reserve.
const UNIT_BYTES: usize = 16;
const NUMBER_BYTES: usize = 32;
const VALUE_BYTES: usize = 160;

impl History {
    /// Nothing recorded.
    #[must_use]
    pub fn new(aggregate: Aggregate) -> Self {
        let log = match aggregate {
            Aggregate::Count => Log::Units(VecDeque::new()),
            Aggregate::Sum => Log::Numbers(Numbers::default()),
            Aggregate::Distinct | Aggregate::Set => Log::Values(Box::default()),
        };
        Self { clock: i64::MIN, over: i64::MIN, log }
    }

    /// What an access sees.
    ///
    /// # Errors
    /// If the window is full, the calendar does not answer, or the history is of another aggregate.
    pub fn read(&self, access: &Access<'_>) -> Result<Entries<'_>, Failure> {
        Entries::of(Some(self), access, Live::of(access, self.clock)?)
    }

    /// Appends, at the access's clock or the greatest recorded, whichever is later; all of it or nothing.
    ///
    /// # Errors
    /// If it cannot be read, or not hold the items.
    pub fn record(&mut self, access: &Access<'_>, items: &[Item<'_>]) -> Result<(), Failure> {
        let entries = self.read(access)?;
        entries.with(items)?;
        let live = entries.live();
        if !items.is_empty() {
            self.append(live, items);
        }
        Ok(())
    }

    /// The greatest clock recorded, or the least possible one.
    #[must_use]
    pub fn clock(&self) -> i64 {
        self.clock
    }

    /// When all entries are over.
    pub(super) fn over(&self) -> i64 {
        self.over
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// What the entries need, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.log {
            Log::Units(units) => units.len().saturating_mul(UNIT_BYTES),
            Log::Numbers(numbers) => numbers.entries.len().saturating_mul(NUMBER_BYTES),
            Log::Values(values) => values.bytes,
        }
    }

    /// What appending at an instant would give back.
    pub(super) fn freed(&self, live: Live) -> usize {
        match &self.log {
            Log::Units(units) => units.partition_point(|at| *at < live.from).saturating_mul(UNIT_BYTES),
            Log::Numbers(numbers) => numbers.over(live.from).saturating_mul(NUMBER_BYTES),
            Log::Values(values) => values.over(live.from).map(value_bytes).fold(0, usize::saturating_add),
        }
    }

    /// Removes what is over at an instant and appends what [`Entries::with`] has accepted.
    pub(super) fn append(&mut self, live: Live, items: &[Item<'_>]) {
        self.log.prune(live.from);
        for item in items {
            self.log.push(live.at, *item);
        }
        self.clock = self.clock.max(live.at);
        self.over = self.over.max(live.over(live.at));
    }
}

/// At most what an item adds, in bytes.
pub(super) fn item_bytes(item: Item<'_>) -> usize {
    match item {
        Item::Unit => UNIT_BYTES,
        Item::Number(_) => NUMBER_BYTES,
        Item::Bytes(value) => value_bytes(value),
    }
}

fn value_bytes(value: &[u8]) -> usize {
    value.len().saturating_add(VALUE_BYTES)
}

impl Log {
    pub(super) fn is_of(&self, aggregate: Aggregate) -> bool {
        matches!(
            (self, aggregate),
            (Self::Units(_), Aggregate::Count)
                | (Self::Numbers(_), Aggregate::Sum)
                | (Self::Values(_), Aggregate::Distinct | Aggregate::Set)
        )
    }

    /// How many entries there are from an instant on.
    pub(super) fn count(&self, from: i64) -> usize {
        let (all, over) = match self {
            Self::Units(units) => (units.len(), units.partition_point(|at| *at < from)),
            Self::Numbers(numbers) => (numbers.entries.len(), numbers.over(from)),
            Self::Values(values) => (values.by_value.len(), values.over(from).count()),
        };
        all.saturating_sub(over)
    }

    /// The instant of the `n`th entry from an instant on, from 0.
    pub(super) fn nth(&self, from: i64, n: usize) -> Option<i64> {
        match self {
            Self::Units(units) => units.get(units.partition_point(|at| *at < from).saturating_add(n)).copied(),
            _ => None,
        }
    }

    pub(super) fn numbers(&self) -> Option<&Numbers> {
        if let Self::Numbers(numbers) = self { Some(numbers) } else { None }
    }

    pub(super) fn values(&self) -> Option<&Values> {
        if let Self::Values(values) = self { Some(values) } else { None }
    }

    fn prune(&mut self, from: i64) {
        match self {
            Self::Units(units) => {
                units.drain(..units.partition_point(|at| *at < from));
                give_back(units);
            }
            Self::Numbers(numbers) => {
                let over = numbers.over(from);
                numbers.base = numbers.before(over);
                numbers.entries.drain(..over);
                give_back(&mut numbers.entries);
            }
            Self::Values(values) => values.prune(from),
        }
    }

    fn push(&mut self, at: i64, item: Item<'_>) {
        match (self, item) {
            (Self::Units(units), Item::Unit) => units.push_back(at),
            (Self::Numbers(numbers), Item::Number(number)) => {
                let total = numbers.last().wrapping_add(number.unsigned_abs());
                numbers.entries.push_back(Number { at, total });
            }
            (Self::Values(values), Item::Bytes(value)) => values.push(at, value),
            // `Entries::with` accepts no such item.
            _ => {}
        }
    }
}

/// A burst must not keep its storage for ever.
fn give_back<T>(entries: &mut VecDeque<T>) {
    if entries.capacity() > 16 && entries.capacity() / 4 > entries.len() {
        entries.shrink_to(entries.len().saturating_mul(2));
    }
}

impl Numbers {
    /// How many entries are over.
    fn over(&self, from: i64) -> usize {
        self.entries.partition_point(|n| n.at < from)
    }

    fn last(&self) -> u64 {
        self.entries.back().map_or(self.base, |n| n.total)
    }

    /// The total before the entry of an index.
    fn before(&self, index: usize) -> u64 {
        index.checked_sub(1).and_then(|i| self.entries.get(i)).map_or(self.base, |n| n.total)
    }

    /// The sum from an instant on.
    pub(super) fn sum(&self, from: i64) -> u64 {
        self.last().wrapping_sub(self.before(self.over(from)))
    }

    /// The instant of the entry, from an instant on, at which the sum reaches `amount`.
    pub(super) fn reaches(&self, from: i64, amount: u64) -> Option<i64> {
        let skipped = self.before(self.over(from)).wrapping_sub(self.base);
        let wanted = skipped.saturating_add(amount);
        let index = self.entries.partition_point(|n| n.at < from || n.total.wrapping_sub(self.base) < wanted);
        self.entries.get(index).map(|n| n.at)
    }
}

impl Values {
    /// What is over, oldest first.
    fn over(&self, from: i64) -> impl Iterator<Item = &[u8]> {
        self.by_instant.iter().take_while(move |(at, _)| *at < from).map(|(_, value)| &**value)
    }

    pub(super) fn contains(&self, from: i64, value: &[u8]) -> bool {
        self.by_value.get(value).is_some_and(|at| *at >= from)
    }

    /// What is there from an instant on, sorted.
    pub(super) fn iter(&self, from: i64) -> impl Iterator<Item = &[u8]> {
        self.by_value.iter().filter(move |(_, at)| **at >= from).map(|(value, _)| &**value)
    }

    fn prune(&mut self, from: i64) {
        while self.by_instant.first().is_some_and(|(at, _)| *at < from) {
            if let Some((_, value)) = self.by_instant.pop_first() {
                self.by_value.remove(&*value);
                self.bytes = self.bytes.saturating_sub(value_bytes(&value));
            }
        }
    }

    fn push(&mut self, at: i64, value: &[u8]) {
        let known = self.by_value.get_key_value(value).map(|(value, last)| (*last, Arc::clone(value)));
        let value = match known {
            Some(entry) => {
                self.by_instant.remove(&entry);
                entry.1
            }
            None => {
                self.bytes = self.bytes.saturating_add(value_bytes(value));
                Arc::from(value)
            }
        };
        self.by_value.insert(Arc::clone(&value), at);
        self.by_instant.insert((at, value));
    }
}
