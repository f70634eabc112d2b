//! A part of the keys of every window, under one lock.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

use hashbrown::HashTable;

use super::Capacity;
use crate::store::history::{History, item_bytes};
use crate::store::live::Live;
use crate::store::{Access, Entries, Failure, Item};

/// What a key of a window is taken to need in bytes besides its own and its entries: its places in table and queue, and
/// what tables, deques and allocations keep in reserve.
const KEY_BYTES: usize = 320;

#[derive(Debug)]
pub(super) struct Shard {
    /// Which of all.
    number: usize,
    /// Where each key stands, by its hash.
    table: HashTable<usize>,
    slots: Vec<Option<Key>>,
    /// Slots that are free.
    free: Vec<usize>,
    windows: BTreeMap<u32, Window>,
    share: Capacity,
    /// Whether a slot was given up since room was last asked for.
    vacated: bool,
    /// How many keys there are of all windows.
    keys: usize,
    bytes: usize,
}

/// A key with what is remembered of it, in one window at least.
#[derive(Debug)]
struct Key {
    hash: u64,
    bytes: Box<[u8]>,
    histories: Vec<(u32, History)>,
}

#[derive(Debug)]
struct Window {
    /// How many keys it has.
    keys: usize,
    /// Every key once, as its slot, by an instant before which its entries are not all over. Appending makes it later;
    /// that is looked up when its turn has come.
    queue: BinaryHeap<Reverse<(i64, usize)>>,
    /// When the entries of the last dropped key were over. Keys without a history stand at it, lest a clock that
    /// jumps back finds them empty at an instant at which they were not.
    floor: i64,
    /// The clock of the last access that appended, as it was given.
    clock: i64,
}

/// What one transaction appends to one key.
pub(super) struct Write<'t> {
    pub(super) shard: usize,
    pub(super) hash: u64,
    /// Where the key stood when it was read.
    pub(super) slot: Option<usize>,
    pub(super) access: &'t Access<'t>,
    pub(super) live: Live,
    pub(super) items: Cow<'t, [Item<'t>]>,
}

impl Key {
    fn history(&self, window: u32) -> Option<&History> {
        self.histories.iter().find(|(number, _)| *number == window).map(|(_, history)| history)
    }
}

impl Shard {
    pub(super) const fn new(number: usize, share: Capacity) -> Self {
        Self {
            number,
            table: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            windows: BTreeMap::new(),
            share,
            vacated: false,
            keys: 0,
            bytes: 0,
        }
    }

    pub(super) fn keys(&self) -> usize {
        self.keys
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where a key stands.
    pub(super) fn find(&self, hash: u64, key: &[u8]) -> Option<usize> {
        let is_it = |slot: &usize| self.key(*slot).is_some_and(|known| *known.bytes == *key);
        self.table.find(hash, is_it).copied()
    }

    /// What an access sees whose key stands there.
    pub(super) fn read(&self, slot: Option<usize>, access: &Access<'_>) -> Result<Entries<'_>, Failure> {
        match slot.and_then(|slot| self.key(slot)).and_then(|key| key.history(access.window)) {
            Some(history) => history.read(access),
            None => {
                let floor = self.windows.get(&access.window).map_or(i64::MIN, |window| window.floor);
                Entries::of(None, access, Live::of(access, floor)?)
            }
        }
    }

    /// Makes room for those writes that are to this shard, by dropping keys whose entries are all over, as many as are
    /// needed.
    pub(super) fn make_room(&mut self, writes: &[Write<'_>]) -> Result<(), Failure> {
        self.vacated = false;
        let number = self.number;
        let of_shard = || writes.iter().filter(move |write| write.shard == number);
        // What is dropped is of no write, so this stays as it is.
        let is_new = |shard: &Self, write: &Write<'_>| shard.history(write).is_none();
        let new = of_shard().filter(|write| is_new(self, write)).count();
        if new > 0 {
            for write in of_shard() {
                let window = write.access.window;
                let more = of_shard().filter(|w| w.access.window == window && is_new(self, w)).count();
                while more > 0 && self.keys_of(window).saturating_add(more) > self.share.keys_per_window {
                    if !self.drop_of(window, writes) {
                        return Err(Failure::Keys);
                    }
                }
            }
        }
        while self.keys.saturating_add(new) > self.share.keys {
            if !self.drop_any(writes) {
                return Err(Failure::Keys);
            }
        }
        // Mostly there is room, whatever appending gives back.
        let most = of_shard().map(|write| {
            let key = if new > 0 { key_bytes(write.access.key) } else { 0 };
            key.saturating_add(items_bytes(write))
        });
        if self.bytes.saturating_add(most.fold(0, usize::saturating_add)) <= self.share.bytes {
            return Ok(());
        }
        let more = of_shard().map(|write| self.new_bytes(write)).fold(0, usize::saturating_add);
        while self.bytes.saturating_add(more) > self.share.bytes {
            if !self.drop_any(writes) {
                return Err(Failure::Space);
            }
        }
        Ok(())
    }

    /// Appends what was read as fitting and has room.
    pub(super) fn append(&mut self, writes: &[Write<'_>]) {
        let number = self.number;
        for write in writes.iter().filter(|write| write.shard == number) {
            self.append_one(write);
        }
    }

    fn append_one(&mut self, write: &Write<'_>) {
        let Access { window: number, key, aggregate, clock, .. } = *write.access;
        let slot = match self.slot(write) {
            Some(slot) => slot,
            None => self.insert(write.hash, key),
        };
        let Some(Some(known)) = self.slots.get_mut(slot) else { return };
        let window = self.windows.entry(number).or_insert_with(|| Window {
            keys: 0,
            queue: BinaryHeap::new(),
            floor: i64::MIN,
            clock,
        });
        window.clock = clock;
        if let Some((_, history)) = known.histories.iter_mut().find(|(known, _)| *known == number) {
            let before = history.bytes();
            history.append(write.live, &write.items);
            self.bytes = self.bytes.saturating_sub(before).saturating_add(history.bytes());
            return;
        }
        let mut history = History::new(aggregate);
        history.append(write.live, &write.items);
        self.keys = self.keys.saturating_add(1);
        self.bytes = self.bytes.saturating_add(key_bytes(key)).saturating_add(history.bytes());
        window.keys = window.keys.saturating_add(1);
        window.queue.push(Reverse((history.over(), slot)));
        // Most keys are there in one window or in all of a few, so there is nothing in reserve.
        known.histories.reserve_exact(1);
        known.histories.push((number, history));
    }

    fn key(&self, slot: usize) -> Option<&Key> {
        self.slots.get(slot)?.as_ref()
    }

    /// Where the key of a write stands now.
    fn slot(&self, write: &Write<'_>) -> Option<usize> {
        write.slot.filter(|_| !self.vacated).or_else(|| self.find(write.hash, write.access.key))
    }

    /// Gives a new key a slot.
    fn insert(&mut self, hash: u64, key: &[u8]) -> usize {
        let new = Some(Key { hash, bytes: Box::from(key), histories: Vec::new() });
        let slot = self.free.pop().unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(free) => *free = new,
            None => self.slots.push(new),
        }
        let slots = &self.slots;
        let hash_of = |slot: &usize| slots.get(*slot).and_then(Option::as_ref).map_or(0, |key| key.hash);
        self.table.insert_unique(hash, slot, hash_of);
        slot
    }

    fn history(&self, write: &Write<'_>) -> Option<&History> {
        self.key(self.slot(write)?)?.history(write.access.window)
    }

    fn keys_of(&self, window: u32) -> usize {
        self.windows.get(&window).map_or(0, |window| window.keys)
    }

    fn new_bytes(&self, write: &Write<'_>) -> usize {
        let items = items_bytes(write);
        match self.history(write) {
            Some(history) => items.saturating_sub(history.freed(write.live)),
            None => items.saturating_add(key_bytes(write.access.key)),
        }
    }

    /// Drops one key of any window; says whether there was one.
    fn drop_any(&mut self, writes: &[Write<'_>]) -> bool {
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
    fn drop_of(&mut self, number: u32, writes: &[Write<'_>]) -> bool {
        let Some(window) = self.windows.get_mut(&number) else { return false };
        let shard = self.number;
        let written = || writes.iter().filter(|write| write.shard == shard && write.access.window == number);
        let at = written().map(|write| write.access.clock).min().unwrap_or(window.clock);
        let mut kept = vec![];
        let mut dropped = false;
        while let Some(mut first) = window.queue.peek_mut() {
            let Reverse((over, slot)) = &mut *first;
            // Entries that are never over say so by the greatest instant.
            if *over > at || *over == i64::MAX {
                break;
            }
            let key = self.slots.get_mut(*slot).and_then(Option::as_mut);
            let now = key.as_ref().and_then(|key| key.history(number)).map_or(*over, History::over);
            if now > *over {
                *over = now;
                continue;
            }
            let Reverse((over, slot)) = PeekMut::pop(first);
            if key.as_ref().is_some_and(|key| written().any(|write| *write.access.key == *key.bytes)) {
                kept.push(Reverse((over, slot)));
                continue;
            }
            window.floor = window.floor.max(over);
            if let Some(key) = key
                && let Some(index) = key.histories.iter().position(|(known, _)| *known == number)
            {
                let (_, history) = key.histories.swap_remove(index);
                // Room of histories that are gone is not counted any more, so it is given back.
                if key.histories.capacity() / 2 > key.histories.len() {
                    key.histories.shrink_to_fit();
                }
                window.keys = window.keys.saturating_sub(1);
                self.keys = self.keys.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(history.bytes()).saturating_sub(key_bytes(&key.bytes));
                if key.histories.is_empty() {
                    if let Ok(entry) = self.table.find_entry(key.hash, |known| *known == slot) {
                        entry.remove();
                    }
                    if let Some(place) = self.slots.get_mut(slot) {
                        *place = None;
                    }
                    self.free.push(slot);
                    self.vacated = true;
                }
            }
            dropped = true;
            break;
        }
        window.queue.extend(kept);
        dropped
    }
}

/// At most what a write's items need.
fn items_bytes(write: &Write<'_>) -> usize {
    write.items.iter().map(|item| item_bytes(*item)).fold(0, usize::saturating_add)
}

fn key_bytes(key: &[u8]) -> usize {
    key.len().saturating_add(KEY_BYTES)
}
