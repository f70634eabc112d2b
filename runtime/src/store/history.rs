//! What is recorded of one key, oldest first.
//!
//! Reading changes nothing: what is over is skipped, and only appending removes it. Entries may therefore be read at
//! any clock not before the last recorded one, in any order, with the same result as from a full log.

use std::collections::{BTreeMap, VecDeque};
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

/// Values with the last instant of each. Instants only grow, so that a value that is seen again goes to the end.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Where each value stands.
    by_value: BTreeMap<Arc<[u8]>, usize>,
    entries: Vec<Value>,
    /// Places among the entries that are free.
    free: Vec<usize>,
    /// The entries with the least and the greatest instant.
    first: Option<usize>,
    last: Option<usize>,
    bytes: usize,
}

#[derive(Debug)]
struct Value {
    at: i64,
    value: Arc<[u8]>,
    before: Option<usize>,
    after: Option<usize>,
}

/// What an entry is taken to need in bytes: deques and trees keep up to about as much again in reserve.
const UNIT_BYTES: usize = 16;
const NUMBER_BYTES: usize = 32;
const VALUE_BYTES: usize = 256;

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
            Log::Units(units) => over(units, |at| *at < live.from).saturating_mul(UNIT_BYTES),
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

    /// How many entries are over at an instant, and how many are not.
    pub(super) fn split(&self, from: i64) -> (usize, usize) {
        let (all, over) = match self {
            Self::Units(units) => (units.len(), over(units, |at| *at < from)),
            Self::Numbers(numbers) => (numbers.entries.len(), numbers.over(from)),
            Self::Values(values) => (values.by_value.len(), values.over(from).count()),
        };
        (over, all.saturating_sub(over))
    }

    /// The instant of the `n`th entry behind so many, from 0.
    pub(super) fn nth(&self, over: usize, n: usize) -> Option<i64> {
        match self {
            Self::Units(units) => units.get(over.saturating_add(n)).copied(),
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
                drop_first(units, over(units, |at| *at < from));
            }
            Self::Numbers(numbers) => {
                let over = numbers.over(from);
                numbers.base = numbers.before(over);
                drop_first(&mut numbers.entries, over);
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

/// How many entries at the start are over. Most of what is over was removed when something was appended last, so there are
/// few, which are found from the start in steps that double.
fn over<T>(entries: &VecDeque<T>, is_over: impl Fn(&T) -> bool) -> usize {
    let is_over = |at: usize| entries.get(at).is_some_and(&is_over);
    let (mut known, mut step) = (0_usize, 1_usize);
    while is_over(known.saturating_add(step).saturating_sub(1)) {
        known = known.saturating_add(step);
        step = step.saturating_mul(2);
    }
    let mut end = known.saturating_add(step).saturating_sub(1).min(entries.len());
    while known < end {
        let middle = known.midpoint(end);
        if is_over(middle) {
            known = middle.saturating_add(1);
        } else {
            end = middle;
        }
    }
    known
}

fn drop_first<T>(entries: &mut VecDeque<T>, count: usize) {
    match count {
        0 => {}
        1 => drop(entries.pop_front()),
        _ => drop(entries.drain(..count)),
    }
    if is_spacious(entries.capacity(), entries.len()) {
        entries.shrink_to(entries.len().saturating_mul(2));
    }
}

/// Whether so few entries have so much room that some is given back: a burst must not keep its storage for ever.
const fn is_spacious(room: usize, entries: usize) -> bool {
    room > 16 && room / 4 > entries
}

impl Numbers {
    /// How many entries are over.
    fn over(&self, from: i64) -> usize {
        over(&self.entries, |n| n.at < from)
    }

    fn last(&self) -> u64 {
        self.entries.back().map_or(self.base, |n| n.total)
    }

    /// The total before the entry of an index.
    fn before(&self, index: usize) -> u64 {
        index.checked_sub(1).and_then(|i| self.entries.get(i)).map_or(self.base, |n| n.total)
    }

    /// The sum of what stands behind so many entries.
    pub(super) fn sum(&self, over: usize) -> u64 {
        self.last().wrapping_sub(self.before(over))
    }

    /// The instant of the entry, behind so many, at which the sum reaches `amount`.
    pub(super) fn reaches(&self, over: usize, amount: u64) -> Option<i64> {
        let wanted = self.before(over).wrapping_sub(self.base).saturating_add(amount);
        let index = self.entries.partition_point(|n| n.total.wrapping_sub(self.base) < wanted);
        self.entries.get(index.max(over)).map(|n| n.at)
    }
}

impl Values {
    /// What is over, oldest first.
    fn over(&self, from: i64) -> impl Iterator<Item = &[u8]> {
        let get = |place: usize| self.entries.get(place);
        let all = std::iter::successors(self.first.and_then(get), move |value| value.after.and_then(get));
        all.take_while(move |value| value.at < from).map(|value| &*value.value)
    }

    pub(super) fn contains(&self, from: i64, value: &[u8]) -> bool {
        self.find(value).is_some_and(|value| value.at >= from)
    }

    fn find(&self, value: &[u8]) -> Option<&Value> {
        self.entries.get(*self.by_value.get(value)?)
    }

    /// What is there from an instant on, sorted.
    pub(super) fn iter(&self, from: i64) -> impl Iterator<Item = &[u8]> {
        let is_live = move |place: usize| self.entries.get(place).is_some_and(|value| value.at >= from);
        self.by_value.iter().filter(move |(_, place)| is_live(**place)).map(|(value, _)| &**value)
    }

    fn prune(&mut self, from: i64) {
        while let Some(first) = self.first
            && let Some(value) = self.entries.get_mut(first).filter(|value| value.at < from)
        {
            let value = std::mem::take(&mut value.value);
            self.by_value.remove(&value);
            self.bytes = self.bytes.saturating_sub(value_bytes(&value));
            self.unlink(first);
            self.free.push(first);
        }
        if is_spacious(self.entries.len(), self.by_value.len()) {
            self.compact();
        }
    }

    fn push(&mut self, at: i64, value: &[u8]) {
        if let Some(&place) = self.by_value.get(value) {
            if self.last != Some(place) {
                self.unlink(place);
                self.link(place);
            }
            if let Some(value) = self.entries.get_mut(place) {
                value.at = at;
            }
            return;
        }
        let new = Value { at, value: Arc::from(value), before: None, after: None };
        self.bytes = self.bytes.saturating_add(value_bytes(value));
        let (place, known) = match self.free.pop() {
            Some(place) => (place, self.entries.get_mut(place)),
            None => (self.entries.len(), None),
        };
        self.by_value.insert(Arc::clone(&new.value), place);
        match known {
            Some(known) => *known = new,
            None => self.entries.push(new),
        }
        self.link(place);
    }

    /// Takes an entry out of the order of instants.
    fn unlink(&mut self, place: usize) {
        let Some(Value { before, after, .. }) = self.entries.get_mut(place) else { return };
        let (before, after) = (before.take(), after.take());
        match before.and_then(|before| self.entries.get_mut(before)) {
            Some(before) => before.after = after,
            None => self.first = after,
        }
        match after.and_then(|after| self.entries.get_mut(after)) {
            Some(after) => after.before = before,
            None => self.last = before,
        }
    }

    /// Puts an entry that stands nowhere at the end of that order.
    fn link(&mut self, place: usize) {
        let last = self.last.replace(place);
        match last.and_then(|last| self.entries.get_mut(last)) {
            Some(last) => last.after = Some(place),
            None => self.first = Some(place),
        }
        if let Some(entry) = self.entries.get_mut(place) {
            entry.before = last;
        }
    }

    /// Moves entries together, and gives back what is free.
    fn compact(&mut self) {
        let mut all = std::mem::take(self);
        let mut next = all.first;
        while let Some(value) = next.and_then(|place| all.entries.get_mut(place)) {
            next = value.after;
            let (at, value) = (value.at, std::mem::take(&mut value.value));
            self.push(at, &value);
        }
    }
}
