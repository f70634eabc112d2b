//! Threads that race for the same keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use smallvec::smallvec;

use super::super::{Aggregate, Capacity, Failure, Horizon, Item, Memory, Record, Room, Store};
use super::{Access, counting, limited, reading};

const THREADS: usize = 64;
const ROUNDS: usize = 10_000;

/// All but one slot of a limit are taken; of 64 threads exactly one gets the last.
#[test]
fn the_last_slot_is_taken_once() {
    const LIMIT: usize = 5;
    let store = Memory::default();
    let admitted: Vec<AtomicUsize> = (0..ROUNDS).map(|_| AtomicUsize::new(0)).collect();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, barrier, admitted) = (&store, &barrier, &admitted);
            scope.spawn(move || {
                for (round, admitted) in admitted.iter().enumerate() {
                    let key = round.to_le_bytes();
                    let access = counting(0, &key, 1_000_000, 0);
                    if thread == round % THREADS {
                        for _ in 1..LIMIT {
                            assert_eq!(limited(store, access, LIMIT as i64, Item::Unit), Ok(Room::Now));
                        }
                    }
                    barrier.wait();
                    if limited(store, access, LIMIT as i64, Item::Unit) == Ok(Room::Now) {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(
        admitted.iter().all(|n| n.load(Ordering::Relaxed) == 1),
        "{:?}",
        admitted.iter().max_by_key(|n| n.load(Ordering::Relaxed))
    );
}

/// A sum and a count together: what is admitted has room in both, or is in neither.
#[test]
fn several_limits_have_room_together() {
    let store = Memory::default();
    let admitted = AtomicUsize::new(0);
    let horizon = Horizon::Sliding { span: 1_000 };
    let count = Access { window: 1, key: b"k", horizon, aggregate: Aggregate::Count, bound: 100_000, clock: 0 };
    let sum = Access { window: 2, key: b"k", aggregate: Aggregate::Sum, ..count };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..500 {
                    let amount = [Item::Number(3)];
                    let mut allowed = false;
                    let accesses = [
                        Access { horizon: Horizon::Sliding { span: 1_000 }, ..count },
                        Access { horizon: Horizon::Sliding { span: 1_000 }, ..sum },
                    ];
                    let said = store.transact(&accesses, &mut |readings| {
                        let by_count = readings[0].and_then(|e| e.room(20_000, &[Item::Unit]));
                        let by_sum = readings[1].and_then(|e| e.room(30_000, &amount));
                        allowed = by_count == Ok(Room::Now) && by_sum == Ok(Room::Now);
                        let records =
                            smallvec![Record { access: 0, items: &[Item::Unit] }, Record { access: 1, items: &amount }];
                        if allowed { records } else { smallvec![] }
                    });
                    assert_eq!(said, Ok(()));
                    if allowed {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 10_000);
    assert_eq!(reading(&store, count), Ok(10_000));
    assert_eq!(reading(&store, sum), Ok(30_000));
}

/// Accesses that overlap, in every order, also one key twice and many keys in one shard.
#[test]
fn overlapping_transactions_end() {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        // One store with many shards, and one with a single one.
        for capacity in [Capacity::default(), Capacity { keys: 100, ..Capacity::default() }] {
            let store = Memory::new(capacity);
            thread::scope(|scope| {
                for thread in 0..16_usize {
                    let store = &store;
                    scope.spawn(move || {
                        for round in 0..2_000_usize {
                            let mut keys: Vec<[u8; 1]> = (0..12_u8).map(|k| [k % 10]).collect();
                            let places = keys.len();
                            keys.rotate_left((thread + round) % places);
                            if thread % 2 == 0 {
                                keys.reverse();
                            }
                            keys.swap(round % places, thread % places);
                            let accesses: Vec<_> =
                                keys.iter().map(|k| counting(u32::from(k[0] % 3), k, 1 << 40, 0)).collect();
                            let said = store.transact(&accesses, &mut |readings| {
                                if readings.iter().any(Result::is_err) {
                                    return smallvec![];
                                }
                                (0..accesses.len())
                                    .step_by(5)
                                    .map(|access| Record { access, items: &[Item::Unit] })
                                    .collect()
                            });
                            assert!(matches!(said, Ok(()) | Err(Failure::Bound)), "{said:?}");
                        }
                    });
                }
            });
        }
        done.send(()).expect("somebody waits");
    });
    ended.recv_timeout(Duration::from_secs(60)).expect("some transactions wait for each other");
}
