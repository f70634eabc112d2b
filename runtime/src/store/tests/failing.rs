//! What goes wrong records nothing, and says so.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use smallvec::smallvec;

use super::super::{Access, Aggregate, Capacity, Failure, History, Horizon, Item, Memory, Outage, Record, Store};
use super::{append, counting, reading};

#[test]
fn a_panic_records_nothing_and_poisons_nothing() {
    // A single shard, so that everything after it meets the same lock.
    let store = Memory::new(Capacity { keys: 10, ..Capacity::default() });
    let access = counting(1, b"k", 100, 0);
    append(&store, access, &[Item::Unit]).expect("room");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transact(&[access, counting(2, b"k", 100, 0)], &mut |_| panic!("a decision went wrong"))
    }));
    assert!(panicked.is_err());
    let unit = |_: i64| -> Option<(i64, i64)> { panic!("a calendar went wrong") };
    let calendar = Access { horizon: Horizon::Calendar { unit: &unit }, ..counting(3, b"k", 1, 0) };
    assert!(catch_unwind(AssertUnwindSafe(|| append(&store, calendar, &[Item::Unit]))).is_err());
    assert_eq!(reading(&store, access), Ok(1));
    assert_eq!(append(&store, access, &[Item::Unit]), Ok(()));
    assert_eq!(reading(&store, access), Ok(2));
    assert_eq!(store.used().0, 1);
}

#[test]
fn one_failing_append_undoes_the_others() {
    let store = Memory::new(Capacity { keys_per_window: 1, keys: 3, ..Capacity::default() });
    append(&store, counting(2, b"there", 100, 0), &[Item::Unit]).expect("room");
    let count = counting(1, b"k", 100, 0);
    let unit: &[Item<'_>] = &[Item::Unit];
    let silent = |_: i64| None;
    let bad: &[(Access<'_>, &[Item<'_>], Failure)] = &[
        (Access { bound: 0, ..counting(3, b"k", 100, 0) }, unit, Failure::Bound),
        (Access { bound: 2, ..counting(3, b"k", 100, 0) }, &[Item::Unit; 3], Failure::Bound),
        (counting(2, b"new", 100, 0), unit, Failure::Keys),
        (counting(3, b"k", 0, 0), unit, Failure::Misuse),
        (counting(3, b"k", 100, 0), &[Item::Number(1)], Failure::Misuse),
        (Access { aggregate: Aggregate::Sum, ..counting(2, b"there", 100, 0) }, &[Item::Number(1)], Failure::Misuse),
        (Access { aggregate: Aggregate::Sum, ..counting(3, b"k", 100, 0) }, &[Item::Number(-1)], Failure::Negative),
        (
            Access { aggregate: Aggregate::Sum, ..counting(3, b"k", 100, 0) },
            &[Item::Number(i64::MAX), Item::Number(1)],
            Failure::Overflow,
        ),
        (Access { aggregate: Aggregate::Set, ..counting(3, b"k", 100, 0) }, unit, Failure::Misuse),
        (Access { horizon: Horizon::Calendar { unit: &silent }, ..counting(3, b"k", 1, 0) }, unit, Failure::Calendar),
    ];
    for (access, items, failure) in bad {
        for accesses in [[count, *access], [*access, count]] {
            let first = accesses[0].window == count.window;
            let said = store.transact(&accesses, &mut |_| {
                let (a, b) = if first { (unit, *items) } else { (*items, unit) };
                smallvec![Record { access: 0, items: a }, Record { access: 1, items: b }]
            });
            assert_eq!(said, Err(*failure));
            assert_eq!(reading(&store, count), Ok(0), "{failure:?}");
            assert_eq!(store.used().0, 1);
        }
    }
    let said = store
        .transact(&[count], &mut |_| smallvec![Record { access: 0, items: unit }, Record { access: 1, items: unit }]);
    assert_eq!(said, Err(Failure::Misuse));
    assert_eq!(reading(&store, count), Ok(0));
    assert_eq!(append(&store, count, unit), Ok(()));
}

/// Two accesses to one key, each of which has room alone.
#[test]
fn one_key_twice_is_judged_together() {
    let store = Memory::default();
    let access = Access { bound: 3, ..counting(1, b"k", 100, 0) };
    let twice = |n: usize| {
        store.transact(&[access, access], &mut |_| {
            let items: &[Item<'_>] = if n == 1 { &[Item::Unit] } else { &[Item::Unit; 2] };
            smallvec![Record { access: 0, items }, Record { access: 1, items }]
        })
    };
    assert_eq!(twice(2), Err(Failure::Bound));
    assert_eq!(reading(&store, access), Ok(0));
    assert_eq!(twice(1), Ok(()));
    assert_eq!(reading(&store, access), Ok(2));
    assert_eq!(twice(1), Err(Failure::Bound));
    assert_eq!(append(&store, access, &[Item::Unit]), Ok(()));
    assert_eq!(reading(&store, access), Err(Failure::Bound));
    assert_eq!(reading(&store, Access { clock: 100, ..access }), Ok(0));
}

/// A value that is seen again is no further entry, and is remembered from then on.
#[test]
fn a_value_seen_again_stays() {
    let store = Memory::default();
    let set = |clock| Access { aggregate: Aggregate::Set, bound: 2, ..counting(1, b"k", 100, clock) };
    for clock in 0..50 {
        assert_eq!(append(&store, set(clock), &[Item::Bytes(b"a"), Item::Bytes(b"a")]), Ok(()));
    }
    assert_eq!(reading(&store, set(149 - 1)), Ok(1));
    assert_eq!(reading(&store, set(149)), Ok(0));
}

#[test]
fn an_outage_is_a_failure_of_every_reading() {
    let calls = Cell::new(0);
    let decide = |items: &'static [Item<'static>]| {
        Outage.transact(&[counting(1, b"a", 1, 0), counting(2, b"b", 1, 0)], &mut |readings| {
            calls.set(calls.get() + 1);
            assert_eq!(readings.len(), 2);
            assert!(readings.iter().all(|r| r.is_err_and(|f| f == Failure::Unavailable)));
            smallvec![Record { access: 0, items }]
        })
    };
    assert_eq!(decide(&[Item::Unit]), Err(Failure::Unavailable));
    assert_eq!(decide(&[]), Ok(()));
    assert_eq!(calls.get(), 2);
}

#[test]
fn a_history_alone_takes_all_or_nothing() {
    let mut history = History::new(Aggregate::Sum);
    let access = |clock| Access { aggregate: Aggregate::Sum, bound: 3, ..counting(1, b"k", 10, clock) };
    let sum = |history: &History, clock| history.read(&access(clock)).and_then(|entries| entries.reading());
    assert_eq!(history.record(&access(5), &[Item::Number(1), Item::Number(2)]), Ok(()));
    assert_eq!(history.record(&access(6), &[Item::Number(1), Item::Number(2)]), Err(Failure::Bound));
    assert_eq!(history.record(&access(6), &[Item::Number(1), Item::Number(-2)]), Err(Failure::Bound));
    assert_eq!(history.record(&access(6), &[Item::Number(-2)]), Err(Failure::Negative));
    assert_eq!(history.record(&access(90), &[]), Ok(()));
    assert_eq!(history.clock(), 5);
    assert_eq!(sum(&history, 14), Ok(3));
    assert_eq!(history.record(&access(15), &[Item::Number(i64::MAX)]), Ok(()));
    assert_eq!(history.record(&access(16), &[Item::Number(1)]), Err(Failure::Overflow));
    assert_eq!((sum(&history, 0), history.clock()), (Ok(i64::MAX), 15));
    assert_eq!(history.record(&access(25), &[Item::Number(7)]), Ok(()));
    assert_eq!(sum(&history, 0), Ok(7));
}
