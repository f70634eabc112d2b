//! The store of one process: histories in memory, spread over shards with a lock each.
//!
//! A transaction locks every shard that it touches, lowest first, before it reads, and keeps them until it has
//! appended. So two transactions that share a key never overlap, and none can wait for another in a circle.
//!
//! Memory is bounded by [`Capacity`]. Live entries are never evicted: what does not fit is not recorded, and the
//! decision is a denial. When something new needs room, keys whose entries are all over are dropped.

mod shard;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::shard::{Shard, Write};
use super::{Access, Failure, Reading, Record, Store};

/// How much a [`Memory`] may hold.
///
/// Each of its shards has an equal share. Keys spread by a hash, so one share can be used up a few in a hundred before
/// all are. There are fewer shards where shares would be small, and one where a limit is below 2,048 keys: then it is
/// exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Most keys of one window, by default 1,000,000. So a flood of keys in one window leaves room in the others.
    pub keys_per_window: usize,
    /// Most keys of all windows, by default 2,000,000.
    pub keys: usize,
    /// Most bytes of all keys and entries, by default 1 GiB. They are estimated, and rather too high than too low.
    pub bytes: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { keys_per_window: 1_000_000, keys: 2_000_000, bytes: 1 << 30 }
    }
}

const MOST_SHARDS: usize = 64;

/// Fewest keys that a shard's share may be, where there are several.
const LEAST_SHARE: usize = 1024;

/// Windows in memory.
///
/// The clock of a key that was dropped is remembered in common with others: a window's keys without entries stand at
/// the latest instant at which the entries of a dropped one were over. Only a clock that jumps back makes it felt.
#[derive(Debug)]
pub struct Memory {
    /// Keyed at random in each process, so that nobody can make keys that collide.
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(Capacity::default())
    }
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        let keys = capacity.keys.min(capacity.keys_per_window);
        let shards = (keys / LEAST_SHARE).clamp(1, MOST_SHARDS);
        let share = |all: usize| all.checked_div(shards).unwrap_or(all);
        let share = Capacity {
            keys_per_window: share(capacity.keys_per_window),
            keys: share(capacity.keys),
            bytes: share(capacity.bytes),
        };
        let hasher = RandomState::new();
        let shards = (0..shards).map(|_| Mutex::new(Shard::new(share, hasher.clone()))).collect();
        Self { hasher, shards }
    }

    /// How many keys there are, of all windows, and how many bytes they are estimated to need.
    #[must_use]
    pub fn used(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(keys, bytes), shard| {
            let shard = lock(shard);
            (shard.keys().saturating_add(keys), shard.bytes().saturating_add(bytes))
        })
    }

    /// The shard of a key.
    fn place(&self, access: &Access<'_>) -> usize {
        let hash = self.hasher.hash_one((access.window, access.key));
        usize::try_from(hash >> 32).unwrap_or(0).checked_rem(self.shards.len()).unwrap_or(0)
    }
}

/// Locks a shard. A panic elsewhere leaves nothing half done: nothing is changed before `decide` has returned.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shards of one transaction, locked, lowest first.
struct Locked<'m>(Vec<(usize, MutexGuard<'m, Shard>)>);

impl<'m> Locked<'m> {
    fn new(shards: &'m [Mutex<Shard>], places: &[usize]) -> Self {
        let mut order = places.to_vec();
        order.sort_unstable();
        order.dedup();
        Self(order.into_iter().filter_map(|place| Some((place, lock(shards.get(place)?)))).collect())
    }

    fn get(&self, place: usize) -> Option<&Shard> {
        let index = self.0.binary_search_by_key(&place, |(p, _)| *p).ok()?;
        self.0.get(index).map(|(_, shard)| &**shard)
    }
}

impl Store for Memory {
    fn transact<'r>(
        &self,
        accesses: &[Access<'_>],
        decide: &mut dyn FnMut(&[Reading<'_>]) -> Vec<Record<'r>>,
    ) -> Result<(), Failure> {
        let places: Vec<usize> = accesses.iter().map(|access| self.place(access)).collect();
        let mut locked = Locked::new(&self.shards, &places);
        let readings: Vec<Reading<'_>> = accesses
            .iter()
            .zip(&places)
            .map(|(access, place)| locked.get(*place).ok_or(Failure::Unavailable)?.read(access))
            .collect();
        let records = decide(&readings);

        let mut writes: Vec<Write<'_>> = Vec::with_capacity(records.len());
        for record in records.iter().filter(|record| !record.items.is_empty()) {
            let access = accesses.get(record.access).ok_or(Failure::Misuse)?;
            let entries = (*readings.get(record.access).ok_or(Failure::Misuse)?)?;
            let place = *places.get(record.access).ok_or(Failure::Misuse)?;
            // One key may be there several times; what is appended to it is judged together.
            let known = writes.iter().position(|w| w.window == access.window && w.key == access.key);
            let mut write = known.map_or_else(|| Write::new(place, access, entries.live()), |i| writes.swap_remove(i));
            if entries.live().at > write.live.at {
                write.live = entries.live();
            }
            write.items.extend_from_slice(record.items);
            entries.with(&write.items)?;
            writes.push(write);
        }
        drop(readings);

        // Whatever can fail comes before anything is appended.
        let of = |place: usize| writes.iter().filter(move |write| write.place == place);
        for (place, shard) in &mut locked.0 {
            shard.make_room(&of(*place).collect::<Vec<_>>())?;
        }
        for (place, shard) in &mut locked.0 {
            for write in of(*place) {
                shard.append(write);
            }
        }
        Ok(())
    }
}
