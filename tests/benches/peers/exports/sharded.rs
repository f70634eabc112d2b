//! The counters over hash maps in shards, one for each window, as an engine that knows no agents would keep them. A decision
//! holds the shards of all its keys while it reads, decides and records, so it is as exact as zt's.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use super::hand::{Decision, Request};
use super::{DAY, HOUR, MINUTE};

const SHARDS: usize = 64;

/// Values by key, spread over shards with a lock each.
struct Sharded<V> {
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<String, V, RandomState>>>,
}

impl<V: Default> Sharded<V> {
    fn new() -> Self {
        let hasher = RandomState::default();
        Self { shards: (0..SHARDS).map(|_| Mutex::new(HashMap::with_hasher(hasher.clone()))).collect(), hasher }
    }

    fn lock(&self, key: &str) -> MutexGuard<'_, HashMap<String, V, RandomState>> {
        let hash = usize::try_from(self.hasher.hash_one(key) >> 32).expect("32 bits");
        self.shards[hash % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of a key, which is put there where it is not.
fn get<'m, V: Default>(map: &'m mut HashMap<String, V, RandomState>, key: &str) -> &'m mut V {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), V::default());
    }
    map.get_mut(key).expect("it was put there")
}

/// Numbers with their instants, and their sum.
#[derive(Default)]
struct Sum {
    entries: VecDeque<(i64, i64)>,
    sum: i64,
}

fn forget(queue: &mut VecDeque<i64>, before: i64) {
    while queue.front().is_some_and(|at| *at <= before) {
        queue.pop_front();
    }
}

pub(crate) struct Policy {
    exports: Sharded<VecDeque<i64>>,
    rows: Sharded<Sum>,
    /// Each destination with its last export.
    places: Sharded<HashMap<String, i64, RandomState>>,
    calls: Sharded<VecDeque<i64>>,
    refused: Sharded<VecDeque<i64>>,
}

impl Policy {
    pub(crate) fn new() -> Self {
        Self {
            exports: Sharded::new(),
            rows: Sharded::new(),
            places: Sharded::new(),
            calls: Sharded::new(),
            refused: Sharded::new(),
        }
    }

    /// Decides at an instant, in microseconds since 1970, and records the decision.
    pub(crate) fn decide(&self, request: &Request, now: i64) -> Decision {
        let (id, input) = (request.subject.id.as_str(), &request.action.properties);
        // Everybody locks in this order.
        let (mut exports, mut rows, mut places) = (self.exports.lock(id), self.rows.lock(id), self.places.lock(id));
        let (mut calls, mut refused) = (self.calls.lock(id), self.refused.lock(id));
        let (exports, rows, places) = (get(&mut exports, id), get(&mut rows, id), get(&mut places, id));
        let (calls, refused) = (get(&mut calls, id), get(&mut refused, id));

        forget(exports, now - HOUR);
        forget(calls, now - 10 * MINUTE);
        forget(refused, now - HOUR);
        while let Some((_, number)) = rows.entries.pop_front_if(|(at, _)| *at <= now - DAY) {
            rows.sum -= number;
        }
        places.retain(|_, last| *last > now - HOUR);

        let mut denies = vec![];
        if exports.len() + 1 > 500 {
            denies.push("many");
        }
        if rows.sum + input.rows > 100_000_000 {
            denies.push("bulk");
        }
        if places.len() + usize::from(!places.contains_key(&input.destination)) > 5 {
            denies.push("spread");
        }
        if calls.len() + 1 > 60 {
            denies.push("fast");
        }
        if refused.len() > 100 {
            denies.push("probing");
        }

        calls.push_back(now);
        let allows = denies.is_empty() && input.rows <= 10_000;
        if !allows {
            refused.push_back(now);
            let determined_by = if denies.is_empty() { vec!["default"] } else { denies };
            return Decision { allows, determined_by };
        }
        exports.push_back(now);
        rows.entries.push_back((now, input.rows));
        rows.sum += input.rows;
        match places.get_mut(&input.destination) {
            Some(last) => *last = now,
            None => drop(places.insert(input.destination.clone(), now)),
        }
        Decision { allows, determined_by: vec!["some"] }
    }
}

/// Five numbers that only grow, in maps of the same kind: what none of the others can do without.
pub(crate) struct Increments([Sharded<u64>; 5]);

impl Increments {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Sharded::new()))
    }

    pub(crate) fn add(&self, request: &Request) -> u64 {
        let id = request.subject.id.as_str();
        self.0.iter().fold(0, |sum, counter| {
            let mut counter = counter.lock(id);
            let count = get(&mut counter, id);
            *count += 1;
            sum + *count
        })
    }
}
