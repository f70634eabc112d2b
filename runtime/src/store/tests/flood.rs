//! Floods: more keys, entries and bytes than there is room for.

use std::collections::BTreeMap;

use proptest::prelude::*;
use smallvec::smallvec;

use super::super::{Access, Aggregate, Capacity, Failure, Item, Memory, Record, Store};
use super::{append, counting, reading};

const FOREVER: i64 = 1 << 60;

fn key(n: u64) -> [u8; 8] {
    n.to_le_bytes()
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number") * 4096
}

#[test]
fn ten_million_keys_stay_within_bounds() {
    let before = resident();
    let capacity = Capacity { keys_per_window: 200_000, keys: 300_000, bytes: 1 << 30 };
    let store = Memory::new(capacity);
    let mut denied = 0;
    for n in 0..10_000_000_u64 {
        match append(&store, counting(1, &key(n), FOREVER, 0), &[Item::Unit]) {
            Ok(()) => {}
            Err(Failure::Keys) => denied += 1,
            other => panic!("{other:?}"),
        }
    }
    let (keys, bytes) = store.used();
    assert!(keys <= capacity.keys_per_window && keys > capacity.keys_per_window * 95 / 100, "{keys}");
    assert_eq!(keys as u64 + denied, 10_000_000);
    // Other tests run beside this one; the estimate is meant to be above what is used.
    let used = resident().saturating_sub(before);
    assert!(used < 2 * bytes, "{used} bytes are used, {bytes} are counted");

    // Whoever was there is still served, and so is another window.
    assert_eq!(reading(&store, counting(1, &key(0), FOREVER, 1)), Ok(1));
    assert_eq!(append(&store, counting(1, &key(0), FOREVER, 1), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(2, b"k", FOREVER, 1), &[Item::Unit]), Ok(()));
}

#[test]
fn keys_that_are_over_make_room() {
    let store = Memory::new(Capacity { keys_per_window: 100, keys: 150, ..Capacity::default() });
    for n in 0..100 {
        assert_eq!(append(&store, counting(1, &key(n), 1_000, n as i64), &[Item::Unit]), Ok(()));
    }
    // One of them lives on.
    assert_eq!(append(&store, counting(1, &key(0), 1_000, 500), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(1, &key(100), 1_000, 1_000), &[Item::Unit]), Err(Failure::Keys));
    assert_eq!(append(&store, counting(1, &key(100), 1_000, 1_001), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(1, &key(101), 1_000, 1_001), &[Item::Unit]), Err(Failure::Keys));
    assert_eq!(reading(&store, counting(1, &key(0), 1_000, 1_001)), Ok(1));
    assert_eq!(store.used().0, 100);

    // The second window is bounded by what is left of all, then takes the place of what is over in the first.
    for n in 0..50 {
        assert_eq!(append(&store, counting(2, &key(n), FOREVER, 0), &[Item::Unit]), Ok(()));
    }
    assert_eq!(append(&store, counting(1, &key(100), 1_000, 1_040), &[Item::Unit]), Ok(()));
    let mut taken = 0;
    while append(&store, counting(2, &key(50 + taken), FOREVER, 0), &[Item::Unit]) == Ok(()) {
        taken += 1;
    }
    // Those of clocks 2 to 40.
    assert_eq!(taken, 39);
    assert_eq!(store.used().0, 150);
}

/// A key is dropped at a clock that then jumps back: its time stays over.
#[test]
fn a_dropped_key_does_not_come_back_empty_in_its_own_time() {
    let store = Memory::new(Capacity { keys: 1, ..Capacity::default() });
    for _ in 0..3 {
        assert_eq!(append(&store, counting(1, b"a", 1_000, 0), &[Item::Unit]), Ok(()));
    }
    assert_eq!(append(&store, counting(1, b"b", 1_000, 5_000), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(1, b"c", 1_000, 7_000), &[Item::Unit]), Ok(()));
    let mut clock = 0;
    let access = counting(1, b"a", 1_000, 10);
    super::Store::transact(&store, &[access], &mut |readings| {
        clock = readings[0].expect("a reading").clock();
        smallvec![]
    })
    .expect("nothing is appended");
    assert_eq!(clock, 6_000);
}

/// A key whose entries are over makes no room if the same transaction writes to it.
#[test]
fn a_key_that_is_written_to_makes_no_room() {
    let store = Memory::new(Capacity { keys: 1, ..Capacity::default() });
    assert_eq!(append(&store, counting(1, b"a", 1_000, 0), &[Item::Unit]), Ok(()));
    let both = [counting(1, b"a", 1_000, 5_000), counting(1, b"b", 1_000, 5_000)];
    let said = super::Store::transact(&store, &both, &mut |_| {
        smallvec![super::Record { access: 0, items: &[Item::Unit] }, super::Record { access: 1, items: &[Item::Unit] }]
    });
    assert_eq!((said, store.used().0), (Err(Failure::Keys), 1));
    assert_eq!(append(&store, both[1], &[Item::Unit]), Ok(()));
    assert_eq!((reading(&store, both[0]), reading(&store, both[1]), store.used().0), (Ok(0), Ok(1), 1));
}

/// A key of two windows is dropped from one of them, and comes back where it was.
#[test]
fn a_key_is_dropped_window_by_window() {
    let store = Memory::new(Capacity { keys: 3, ..Capacity::default() });
    let (short, long) = (|key, clock| counting(1, key, 10, clock), |key, clock| counting(2, key, 1_000, clock));
    let both = |clock| {
        store.transact(&[short(b"a", clock), long(b"a", clock)], &mut |_| {
            smallvec![Record { access: 0, items: &[Item::Unit] }, Record { access: 1, items: &[Item::Unit] }]
        })
    };
    assert_eq!((both(0), store.used().0), (Ok(()), 2));
    // One of the short window makes room, and what the long one has of it stays.
    for key in [b"b", b"c"] {
        assert_eq!(append(&store, short(key, 20), &[Item::Unit]), Ok(()));
    }
    assert_eq!((reading(&store, short(b"a", 20)), reading(&store, long(b"a", 20)), store.used().0), (Ok(0), Ok(1), 3));
    assert_eq!(append(&store, short(b"a", 20), &[Item::Unit]), Err(Failure::Keys));
    assert_eq!(append(&store, short(b"a", 1_020), &[Item::Unit]), Ok(()));
    // Now it is the long one's that is over, and the short one's that stays.
    for key in [b"b", b"c"] {
        assert_eq!(append(&store, long(key, 1_020), &[Item::Unit]), Ok(()));
    }
    let of_a = (reading(&store, short(b"a", 1_020)), reading(&store, long(b"a", 1_020)));
    assert_eq!((of_a, store.used().0), ((Ok(1), Ok(0)), 3));
    // A write to both puts the one back that was dropped, and stops at what is live.
    assert_eq!(both(1_020), Err(Failure::Keys));
    assert_eq!((both(2_020), store.used().0), (Ok(()), 3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// In a store that has to drop keys all the time, what is live is read as it was recorded.
    #[test]
    fn nothing_live_is_dropped(steps in prop::collection::vec((0..6_i64, 0..4_u8, 0..8_u8), 1..200)) {
        let store = Memory::new(Capacity { keys_per_window: 3, keys: 6, ..Capacity::default() });
        let spans = [5, 20, 60];
        let mut logs: BTreeMap<(usize, u8), Vec<i64>> = BTreeMap::new();
        let mut clock = 0;
        for (tick, key, windows) in steps {
            clock += tick;
            let keys = [key];
            let accesses = [0, 1, 2].map(|window| counting(window, &keys, spans[window as usize], clock));
            let mut read = vec![];
            let said = store.transact(&accesses, &mut |readings| {
                read = readings.iter().map(|entries| entries.expect("a reading").count()).collect();
                let wanted = (0..3).filter(|window| windows & (1 << window) != 0);
                wanted.map(|access| Record { access, items: &[Item::Unit] }).collect()
            });
            for window in 0..3 {
                let log = logs.entry((window, key)).or_default();
                prop_assert_eq!(read[window], log.iter().filter(|at| **at > clock - spans[window]).count());
                if said.is_ok() && windows & (1 << window) != 0 {
                    log.push(clock);
                }
            }
            let live = |window: usize| {
                let is_live = |at: &i64| *at > clock - spans[window];
                logs.iter().filter(|((of, _), log)| *of == window && log.iter().any(is_live)).count()
            };
            let all = (0..3).map(live).sum::<usize>();
            let (keys, bytes) = store.used();
            prop_assert!((all..=6).contains(&keys), "{keys} keys for {all} that are live");
            prop_assert!(keys == 0 || bytes > 0);
        }
    }
}

/// A key far ahead of the clock does not make others look as if they were over.
#[test]
fn one_key_ahead_of_time_drops_no_other() {
    let store = Memory::new(Capacity { keys: 3, ..Capacity::default() });
    assert_eq!(append(&store, counting(1, b"live", 1_000, 0), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(1, b"ahead", 1_000, 1 << 50), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(1, b"ahead", 1_000, 10), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(2, b"other", 1_000, 10), &[Item::Unit]), Ok(()));
    assert_eq!(append(&store, counting(2, b"new", 1_000, 11), &[Item::Unit]), Err(Failure::Keys));
    let both = [counting(1, b"ahead", 1_000, 11), counting(1, b"new", 1_000, 11)];
    let said = super::Store::transact(&store, &both, &mut |_| {
        smallvec![super::Record { access: 0, items: &[Item::Unit] }, super::Record { access: 1, items: &[Item::Unit] }]
    });
    assert_eq!(said, Err(Failure::Keys));
    assert_eq!(reading(&store, counting(1, b"live", 1_000, 12)), Ok(1));
    assert_eq!(reading(&store, counting(1, b"ahead", 1_000, 12)), Ok(2));
}

#[test]
fn bytes_are_bounded_and_given_back() {
    let store = Memory::new(Capacity { keys: 1_000, bytes: 100_000, ..Capacity::default() });
    let set = |key: &'static [u8], clock| Access { aggregate: Aggregate::Set, ..counting(1, key, 1_000, clock) };
    let mut held = 0_u64;
    let big = |n: u64| [&n.to_le_bytes()[..], &[0; 5_000]].concat();
    while append(&store, set(b"a", 0), &[Item::Bytes(&big(held))]) == Ok(()) {
        held += 1;
        assert!(store.used().1 <= 100_000);
    }
    assert_eq!(append(&store, set(b"a", 0), &[Item::Bytes(&big(held))]), Err(Failure::Space));
    assert!((15..20).contains(&held), "{held}");
    assert_eq!(append(&store, set(b"b", 999), &[Item::Bytes(&big(0))]), Err(Failure::Space));
    // What appending itself gives back counts: so does a key that is over.
    assert_eq!(append(&store, set(b"a", 1_000), &[Item::Bytes(&big(0))]), Ok(()));
    assert!(store.used().1 < 10_000);
    assert_eq!(append(&store, set(b"b", 1_000), &[Item::Bytes(b"x"); 3]), Ok(()));
    assert_eq!(append(&store, counting(2, &[1; 200_000], 1_000, 0), &[Item::Unit]), Err(Failure::Space));
    assert_eq!(store.used().0, 2);
}

/// A burst's storage is not kept by what comes after it.
#[test]
fn bursts_shrink() {
    let before = resident();
    let store = Memory::default();
    for n in 0..2_000_u64 {
        append(&store, counting(1, &key(n), 10, 0), &vec![Item::Unit; 9_000]).expect("room");
        append(&store, counting(1, &key(n), 10, 10), &[Item::Unit]).expect("room");
    }
    assert_eq!(store.used().0, 2_000);
    assert!(store.used().1 < 2_000 * 1_000);
    let used = resident().saturating_sub(before);
    assert!(used < 100_000_000, "{used} bytes for 2,000 entries");
}
