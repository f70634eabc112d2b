//! The store of one process: histories in memory, spread over shards with a lock each.
//!
//! A transaction locks every shard that it touches, lowest first, before it reads, and keeps them until it has
//! appended. So two transactions that share a key never overlap, and none can wait for another in a circle.
//!
//! Memory is bounded by [`Capacity`]. Live entries are never evicted: what does not fit is not recorded, and the
//! decision is a denial. When something new needs room, keys whose entries are all over are dropped.

mod shard;

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use self::shard::{Shard, Write};
use super::{Access, FEW, Failure, Reading, Records, Store};

/// How much a [`Memory`] may hold.
///
/// Each of its shards has an equal share, of 64 where there is nothing against it. What one key has in all windows is in one shard:
/// a key that alone needs more than the share of a shard finds no room, although there is some elsewhere. Keys spread
/// by a hash, so where each has much in many windows, one share can be used up when two thirds of all are. There are fewer
/// shards where shares would be small, and one where a limit is below 2,048 keys: then it is exact.
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
    shards: Box<[Place]>,
}

/// A shard with its lock, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Place(Mutex<Shard>);

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
        let shards = (0..shards).map(|number| Place(Mutex::new(Shard::new(number, share)))).collect();
        Self { hasher: RandomState::new(), shards }
    }

    /// How many keys there are, of all windows, and how many bytes they are estimated to need.
    #[must_use]
    pub fn used(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(keys, bytes), shard| {
            let shard = lock(shard);
            (shard.keys().saturating_add(keys), shard.bytes().saturating_add(bytes))
        })
    }

    /// The shard and the hash of a key. It is in the same shard in every window, as most decisions have one key for several.
    fn place(&self, key: &[u8]) -> (usize, u64) {
        let hash = self.hasher.hash_one(key);
        let shard = usize::try_from(hash >> 32).unwrap_or(0).checked_rem(self.shards.len()).unwrap_or(0);
        (shard, hash)
    }
}

/// Where the key of an access is.
#[derive(Debug, Clone, Copy)]
struct Sought<'a> {
    key: &'a [u8],
    shard: usize,
    hash: u64,
    slot: Option<usize>,
}

impl Sought<'_> {
    fn is_of(&self, key: &[u8]) -> bool {
        std::ptr::eq(self.key, key) || self.key == key
    }
}

/// Locks a shard. A panic elsewhere leaves nothing half done: nothing is changed before `decide` has returned.
fn lock(Place(shard): &Place) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shards of one transaction, locked, lowest first.
struct Locked<'m>(SmallVec<[(usize, MutexGuard<'m, Shard>); FEW]>);

impl<'m> Locked<'m> {
    fn new(shards: &'m [Place], sought: &[Sought<'_>]) -> Self {
        let mut order: SmallVec<[usize; FEW]> = SmallVec::new();
        for sought in sought {
            if order.last() != Some(&sought.shard) {
                order.push(sought.shard);
            }
        }
        if order.len() > 1 {
            order.sort_unstable();
            order.dedup();
        }
        Self(order.into_iter().filter_map(|place| Some((place, lock(shards.get(place)?)))).collect())
    }

    fn get(&self, place: usize) -> Option<&Shard> {
        self.0.iter().find(|(p, _)| *p == place).map(|(_, shard)| &**shard)
    }
}

impl Store for Memory {
    fn transact<'r>(
        &self,
        accesses: &[Access<'_>],
        decide: &mut dyn FnMut(&[Reading<'_>]) -> Records<'r>,
    ) -> Result<(), Failure> {
        let mut sought: SmallVec<[Sought<'_>; FEW]> = SmallVec::new();
        for Access { key, .. } in accesses {
            let again = sought.last().filter(|before| before.is_of(key)).copied();
            sought.push(again.unwrap_or_else(|| {
                let (shard, hash) = self.place(key);
                Sought { key, shard, hash, slot: None }
            }));
        }
        let mut locked = Locked::new(&self.shards, &sought);
        let mut readings: SmallVec<[Reading<'_>; FEW]> = SmallVec::new();
        let mut before: Option<Sought<'_>> = None;
        for (access, sought) in accesses.iter().zip(&mut sought) {
            let shard = locked.get(sought.shard);
            sought.slot = match before {
                Some(before) if before.is_of(sought.key) => before.slot,
                _ => shard.and_then(|shard| shard.find(sought.hash, sought.key)),
            };
            before = Some(*sought);
            readings.push(shard.ok_or(Failure::Unavailable).and_then(|shard| shard.read(sought.slot, access)));
        }
        let records = decide(&readings);

        let mut writes: SmallVec<[Write<'_>; FEW]> = SmallVec::new();
        for record in records.iter().filter(|record| !record.items.is_empty()) {
            let access = accesses.get(record.access).ok_or(Failure::Misuse)?;
            let entries = (*readings.get(record.access).ok_or(Failure::Misuse)?)?;
            let Sought { shard, hash, slot, .. } = *sought.get(record.access).ok_or(Failure::Misuse)?;
            // One key may be there several times; what is appended to it is judged together.
            let known = writes.iter_mut().find(|w| w.access.window == access.window && w.access.key == access.key);
            if let Some(write) = known {
                if entries.live().at > write.live.at {
                    write.live = entries.live();
                }
                write.items.to_mut().extend_from_slice(record.items);
                entries.with(&write.items)?;
            } else {
                entries.with(record.items)?;
                let items = Cow::Borrowed(record.items);
                writes.push(Write { shard, hash, slot, access, live: entries.live(), items });
            }
        }
        drop(readings);

        // Whatever can fail comes before anything is appended.
        for (_, shard) in &mut locked.0 {
            shard.make_room(&writes)?;
        }
        for (_, shard) in &mut locked.0 {
            shard.append(&writes);
        }
        Ok(())
    }
}
