//! A part of the keys of every window, under one lock.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::hash::RandomState;
use std::sync::Arc;

use super::Capacity;
use crate::store::history::{History, item_bytes};
use crate::store::live::Live;
use crate::store::{Access, Aggregate, Entries, Failure, Item};

/// What a key is taken to need in bytes besides its own and its entries: its places in table and queue, and what
/// tables, deques and allocations keep in reserve.
const KEY_BYTES: usize = 320;

#[derive(Debug)]
pub(super) struct Shard {
    windows: BTreeMap<u32, Window>,
    share: Capacity,
    hasher: RandomState,
    keys: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Window {
    histories: HashMap<Arc<[u8]>, History>,
    /// Every key once, by an instant before which its entries are not all over. Appending makes it later; that is
    /// looked up when its turn has come.
    queue: BinaryHeap<Reverse<(i64, Arc<[u8]>)>>,
    /// When the entries of the last dropped key were over. Keys without a history stand at it, lest a clock that
    /// jumps back finds them empty at an instant at which they were not.
    floor: i64,
    /// The clock of the last access that appended, as it was given.
    clock: i64,
}

/// What one transaction appends to one key.
#[derive(Debug)]
pub(super) struct Write<'t> {
    pub(super) place: usize,
    pub(super) window: u32,
    pub(super) key: &'t [u8],
    pub(super) aggregate: Aggregate,
    pub(super) clock: i64,
    pub(super) live: Live,
    pub(super) items: Vec<Item<'t>>,
}

impl<'t> Write<'t> {
    pub(super) fn new(place: usize, access: &Access<'t>, live: Live) -> Self {
        let Access { window, key, aggregate, clock, .. } = *access;
        Self { place, window, key, aggregate, clock, live, items: vec![] }
    }
}

impl Shard {
    pub(super) fn new(share: Capacity, hasher: RandomState) -> Self {
        Self { windows: BTreeMap::new(), share, hasher, keys: 0, bytes: 0 }
    }

    pub(super) fn keys(&self) -> usize {
        self.keys
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn read(&self, access: &Access<'_>) -> Result<Entries<'_>, Failure> {
        let window = self.windows.get(&access.window);
        match window.and_then(|window| window.histories.get(access.key)) {
            Some(history) => history.read(access),
            None => Entries::of(None, access, Live::of(access, window.map_or(i64::MIN, |window| window.floor))?),
        }
    }

    /// Makes room for writes by dropping keys whose entries are all over, as many as are needed.
    pub(super) fn make_room(&mut self, writes: &[&Write<'_>]) -> Result<(), Failure> {
        let new: Vec<u32> = writes.iter().filter(|w| self.history(w).is_none()).map(|w| w.window).collect();
        for number in &new {
            let more = new.iter().filter(|n| *n == number).count();
            while self.keys_of(*number).saturating_add(more) > self.share.keys_per_window {
                if !self.drop_of(*number, writes) {
                    return Err(Failure::Keys);
                }
            }
        }
        while self.keys.saturating_add(new.len()) > self.share.keys {
            if !self.drop_any(writes) {
                return Err(Failure::Keys);
            }
        }
        let more = self.new_bytes(writes);
        while self.bytes.saturating_add(more) > self.share.bytes {
            if !self.drop_any(writes) {
                return Err(Failure::Space);
            }
        }
        Ok(())
    }

    /// Appends what was read as fitting and has room.
    pub(super) fn append(&mut self, write: &Write<'_>) {
        let window = self.windows.entry(write.window).or_insert_with(|| Window {
            histories: HashMap::with_hasher(self.hasher.clone()),
            queue: BinaryHeap::new(),
            floor: i64::MIN,
            clock: write.clock,
        });
        window.clock = write.clock;
        if let Some(history) = window.histories.get_mut(write.key) {
            let before = history.bytes();
            history.append(write.live, &write.items);
            self.bytes = self.bytes.saturating_sub(before).saturating_add(history.bytes());
            return;
        }
        let mut history = History::new(write.aggregate);
        history.append(write.live, &write.items);
        self.keys = self.keys.saturating_add(1);
        self.bytes = self.bytes.saturating_add(key_bytes(write.key)).saturating_add(history.bytes());
        let key: Arc<[u8]> = Arc::from(write.key);
        window.queue.push(Reverse((history.over(), Arc::clone(&key))));
        window.histories.insert(key, history);
    }

    fn history(&self, write: &Write<'_>) -> Option<&History> {
        self.windows.get(&write.window)?.histories.get(write.key)
    }

    fn keys_of(&self, window: u32) -> usize {
        self.windows.get(&window).map_or(0, |window| window.histories.len())
    }

    fn new_bytes(&self, writes: &[&Write<'_>]) -> usize {
        writes.iter().fold(0, |sum, write| {
            let items = write.items.iter().fold(0_usize, |sum, item| sum.saturating_add(item_bytes(*item)));
            sum.saturating_add(match self.history(write) {
                Some(history) => items.saturating_sub(history.freed(write.live)),
                None => items.saturating_add(key_bytes(write.key)),
            })
        })
    }

    /// Drops one key of any window; says whether there was one.
    fn drop_any(&mut self, writes: &[&Write<'_>]) -> bool {
        let numbers: Vec<u32> = self.windows.keys().copied().collect();
        numbers.into_iter().any(|number| self.drop_of(number, writes))
    }

    /// Drops one key of a window all of whose entries are over; says whether there was one.
    ///
    /// What is over tells the clock at which this window is appended to, now or the last time: the clocks of different
    /// windows need not be the same, and a key that was once ahead of them says nothing of the others. A key that is
    /// written to stays, as it would come back at once.
    ///
    /// A key that turns out to live longer goes back into the queue. That happens at most once for each time that
    /// something was appended to it, so dropping costs each append the logarithm of the number of keys.
    fn drop_of(&mut self, number: u32, writes: &[&Write<'_>]) -> bool {
        let Some(window) = self.windows.get_mut(&number) else { return false };
        let written = || writes.iter().filter(|write| write.window == number);
        let at = written().map(|write| write.clock).min().unwrap_or(window.clock);
        let mut kept = vec![];
        let mut dropped = false;
        while let Some(mut first) = window.queue.peek_mut() {
            let Reverse((over, key)) = &mut *first;
            // Entries that are never over say so by the greatest instant.
            if *over > at || *over == i64::MAX {
                break;
            }
            let now = window.histories.get(key).map_or(*over, History::over);
            if now > *over {
                *over = now;
                continue;
            }
            let Reverse((over, key)) = PeekMut::pop(first);
            if written().any(|write| *write.key == *key) {
                kept.push(Reverse((over, key)));
                continue;
            }
            window.floor = window.floor.max(over);
            if let Some(history) = window.histories.remove(&key) {
                self.keys = self.keys.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(history.bytes()).saturating_sub(key_bytes(&key));
            }
            dropped = true;
            break;
        }
        window.queue.extend(kept);
        dropped
    }
}

fn key_bytes(key: &[u8]) -> usize {
    key.len().saturating_add(KEY_BYTES)
}
