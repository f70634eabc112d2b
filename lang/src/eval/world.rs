//! The world: everything that was ever recorded, as one log for each window. It is read by looking at all of it.

use std::collections::BTreeMap;

use zt_values::civil::Unit;

use super::civil::Clock;
use super::host::Host;
use super::value::Value;
use crate::hir::{Aggregate, CalendarUnit, Name, Over, Package, Window};

/// What earlier decisions, attestations and events have left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    log: BTreeMap<Name, Vec<Entry>>,
    /// Approvals that were used, by id: the latest instant.
    used: BTreeMap<String, i64>,
    /// Whether the store does not answer: then nothing can be read, and nothing recorded.
    pub outage: bool,
}

/// One thing that was recorded in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: Vec<Value>,
    at: i64,
    item: Value,
}

/// What is to be appended to one window: with a count the same item each time.
#[derive(Debug, Clone)]
pub(super) struct Record<'p> {
    pub(super) window: &'p Window,
    pub(super) key: Vec<Value>,
    pub(super) items: Vec<Value>,
}

/// The store did not answer, the window is full, or its zone is unknown then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// What is live in a window at a key.
#[derive(Debug, Clone)]
pub(super) struct Live {
    /// The instant at which it was looked at: never before the latest entry.
    at: i64,
    /// The items with their instants, oldest first. Of `distinct` and `set` each value once, with its latest instant.
    items: Vec<(i64, Value)>,
}

impl World {
    /// A world in which nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        World::default()
    }

    /// Whether an approval has been used, by its id. Where the store does not answer, it may have been. That it was is
    /// known for as long as any approval lasts: by then it is over, and one under the same id is another.
    pub(super) fn is_used(&self, approval: &str, package: &Package, now: i64) -> bool {
        let used = |at: &i64| now.max(*at).saturating_sub(lasting(package)) < *at;
        self.outage || self.used.get(approval).is_some_and(used)
    }

    /// What is live in a window at a key.
    pub(super) fn live(&self, window: &Window, key: &[Value], host: &Host) -> Result<Live, Unreadable> {
        if self.outage {
            return Err(Unreadable);
        }
        let log = self.log.get(&window.name).map_or(&[][..], |log| log);
        let own: Vec<&Entry> = log.iter().filter(|entry| entry.key == key).collect();
        // A clock never runs back for a key.
        let at = own.iter().map(|entry| entry.at).fold(clock(window, host), i64::max);
        let mut items: Vec<(i64, Value)> = Vec::new();
        for entry in own {
            if over(window, entry.at)? > at {
                if collects(window) {
                    items.retain(|(_, item)| *item != entry.item);
                }
                items.push((entry.at, entry.item.clone()));
            }
        }
        // Whether or not there is an entry, it must be known which would count.
        over(window, at)?;
        let live = Live { at, items };
        if live.items.len() >= bound(window) { Err(Unreadable) } else { Ok(live) }
    }

    /// Whether a record would fit.
    pub(super) fn fits(&self, record: &Record<'_>, host: &Host) -> bool {
        if record.items.is_empty() {
            return true;
        }
        let live = self.live(record.window, &record.key, host);
        live.is_ok_and(|live| live.with(record.window, &record.items).is_ok())
    }

    /// Appends a record that fits.
    pub(super) fn append(&mut self, record: Record<'_>, host: &Host) {
        let Ok(live) = self.live(record.window, &record.key, host) else { return };
        let log = self.log.entry(record.window.name.clone()).or_default();
        log.extend(record.items.into_iter().map(|item| Entry { key: record.key.clone(), at: live.at, item }));
    }

    /// Marks approvals as used, by their ids.
    pub(super) fn mark_used(&mut self, approvals: impl IntoIterator<Item = String>, now: i64) {
        for id in approvals {
            let latest = self.used.entry(id).or_insert(now);
            *latest = now.max(*latest);
        }
    }
}

impl Live {
    /// The items alone.
    pub(super) fn items(&self) -> Vec<Value> {
        self.items.iter().map(|(_, item)| item.clone()).collect()
    }

    /// The items with these as well, if the window can hold them and they make no sum that overflows.
    pub(super) fn with(&self, window: &Window, more: &[Value]) -> Result<Vec<Value>, Unreadable> {
        let mut items = self.items();
        for item in more {
            if !collects(window) || !items.contains(item) {
                items.push(item.clone());
            }
        }
        let sums = window.aggregate == Aggregate::Sum;
        if items.len() > bound(window) || (sums && sum(&items).is_none()) {
            return Err(Unreadable);
        }
        Ok(items)
    }

    /// How long until so much of the oldest is over that with these items there is not more than `most`, in
    /// microseconds of the host's clock. `None` if that never comes.
    pub(super) fn wait(&self, window: &Window, more: &[Value], most: i64, host: &Host) -> Option<i64> {
        let amount = |items: &[Value]| match window.aggregate {
            Aggregate::Sum => sum(items),
            _ => i64::try_from(items.len()).ok(),
        };
        let own = amount(more)?;
        let mut last = None;
        for gone in 0..=self.items.len() {
            let (over_by_then, rest) = self.items.split_at_checked(gone)?;
            last = over_by_then.last().map(|(at, _)| *at).or(last);
            let rest: Vec<Value> = rest.iter().map(|(_, item)| item.clone()).collect();
            if amount(&rest)?.checked_add(own)? <= most {
                let until = match last {
                    Some(at) => over(window, at).ok()?,
                    None => return Some(0),
                };
                return Some(until.saturating_sub(clock(window, host)));
            }
        }
        None
    }
}

/// Whether equal items are one.
fn collects(window: &Window) -> bool {
    matches!(window.aggregate, Aggregate::Distinct | Aggregate::Set)
}

fn bound(window: &Window) -> usize {
    usize::try_from(window.bound).unwrap_or(usize::MAX)
}

/// The sum of numbers; `None` where it has no place in 64 bits.
pub(super) fn sum(items: &[Value]) -> Option<i64> {
    items.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.as_number()?))
}

/// The clock that a window goes by.
fn clock(window: &Window, host: &Host) -> i64 {
    match window.over {
        Over::Sliding(_) => host.mono(),
        Over::Calendar(..) => host.now,
    }
}

/// The longest time that an approval lasts for anything that asks, in microseconds.
fn lasting(package: &Package) -> i64 {
    let rules = package.policies.iter().flat_map(|policy| &policy.rules).filter_map(|rule| rule.ask.as_ref());
    let asks = rules.chain(package.tiers.iter().filter_map(|tier| tier.ask.as_ref()));
    let micros = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000));
    asks.map(|ask| micros(ask.expires).unwrap_or(i64::MAX)).max().unwrap_or(i64::MAX)
}

/// The first instant at which an entry does not count any more.
fn over(window: &Window, at: i64) -> Result<i64, Unreadable> {
    match &window.over {
        Over::Sliding(span) => Ok(at.saturating_add(*span)),
        Over::Calendar(unit, zone) => {
            let unit = match unit {
                CalendarUnit::Day => Unit::Day,
                CalendarUnit::Week => Unit::Week,
                CalendarUnit::Month => Unit::Month,
            };
            let clock = Clock::new(&zone.name).map_err(|_| Unreadable)?;
            clock.start_of(unit, at).and_then(|_| clock.start_of_next(unit, at)).map_err(|_| Unreadable)
        }
    }
}
