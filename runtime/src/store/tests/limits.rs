//! Limits hold at the edges of windows, and whatever clocks do.

use proptest::prelude::*;
use smallvec::smallvec;

use super::super::{Access, Aggregate, Calendar, Capacity, Failure, Horizon, Item, Memory, Room};
use super::{append, counting, limited, reading};

const SPAN: i64 = 1_000;

/// Arrivals that fall just before, at and after the ends of windows that earlier ones opened.
fn arrivals() -> impl Strategy<Value = Vec<i64>> {
    let step = prop_oneof![
        4 => Just(0_i64),
        2 => Just(1),
        2 => Just(SPAN - 1),
        2 => Just(SPAN),
        2 => Just(SPAN + 1),
        2 => Just(SPAN / 3),
        1 => Just(2 * SPAN),
        1 => 0..SPAN,
    ];
    let back = prop_oneof![8 => Just(0_usize), 2 => 0..6_usize];
    prop::collection::vec((step, back), 1..120).prop_map(|steps| {
        let mut at: Vec<i64> = vec![0];
        for (step, back) in steps {
            // From an earlier arrival, so that several windows end near each other; never before the last.
            let base = at[at.len() - 1 - back.min(at.len() - 1)];
            at.push((base + step).max(at[at.len() - 1]));
        }
        at
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Never one too many in any window, and never one turned away that had room; waits are exact.
    #[test]
    fn never_one_too_many(arrivals in arrivals(), limit in 1..6_i64) {
        let store = Memory::default();
        let mut admitted: Vec<i64> = vec![];
        for at in arrivals {
            let there = admitted.iter().filter(|u| **u > at - SPAN).count();
            match limited(&store, counting(1, b"k", SPAN, at), limit, Item::Unit).expect("a reading") {
                Room::Now => admitted.push(at),
                Room::After(wait) => {
                    prop_assert_eq!(there, limit as usize);
                    let within = |t: i64| admitted.iter().filter(|u| **u > t - SPAN).count();
                    prop_assert!(within(at + wait) < limit as usize && within(at + wait - 1) == limit as usize);
                }
                Room::Never => prop_assert!(false, "one call is within any limit"),
            }
            // Any window with most entries in it ends at an entry.
            for t in &admitted {
                prop_assert!(admitted.iter().filter(|u| *t - SPAN < **u && *u <= t).count() <= limit as usize);
            }
        }
    }

    /// The same under clocks that jump, by the instants at which calls were recorded, in a store that has to drop keys.
    #[test]
    fn clocks_that_jump_admit_no_more(steps in prop::collection::vec((-3000..3000_i64, 0..4_u8), 1..200), limit in 1..4_i64) {
        let store = Memory::new(Capacity { keys: 2, ..Capacity::default() });
        let mut admitted = vec![vec![]; 4];
        for (at, key) in steps {
            let access = counting(1, std::slice::from_ref(&key), SPAN, at);
            let mut clock = 0;
            super::Store::transact(&store, &[access], &mut |r| { clock = r[0].expect("a reading").clock(); smallvec![] }).expect("nothing is appended");
            let log: &mut Vec<i64> = &mut admitted[usize::from(key)];
            prop_assert!(clock >= at && log.last().is_none_or(|last| clock >= *last));
            if limited(&store, access, limit, Item::Unit) == Ok(Room::Now) {
                log.push(clock);
            }
            for t in &*log {
                prop_assert!(log.iter().filter(|u| *t - SPAN < **u && *u <= t).count() <= limit as usize);
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_back_admits_nothing_more() {
    let store = Memory::default();
    let hour = 3_600_000_000;
    for _ in 0..3 {
        assert_eq!(limited(&store, counting(1, b"k", hour, 10 * hour), 3, Item::Unit), Ok(Room::Now));
    }
    for back in [9 * hour, 0, -10 * hour, i64::MIN] {
        let said = limited(&store, counting(1, b"k", hour, back), 3, Item::Unit).expect("a reading");
        // The wait is of the clock that asks.
        assert_eq!(said, Room::After((11 * hour).saturating_sub(back)), "{back}");
    }
    assert_eq!(limited(&store, counting(1, b"k", hour, 11 * hour - 1), 3, Item::Unit), Ok(Room::After(1)));
    assert_eq!(limited(&store, counting(1, b"k", hour, 11 * hour), 3, Item::Unit), Ok(Room::Now));
}

#[test]
fn denied_calls_move_no_clock() {
    let store = Memory::default();
    assert_eq!(append(&store, counting(1, b"k", SPAN, 0), &[Item::Unit]), Ok(()));
    assert_eq!(reading(&store, counting(1, b"k", SPAN, i64::MAX)), Ok(0));
    assert_eq!(reading(&store, counting(1, b"k", SPAN, SPAN - 1)), Ok(1));
}

#[test]
fn the_ends_of_time() {
    for at in [i64::MIN, i64::MIN + 1, -1, i64::MAX - 1, i64::MAX] {
        for span in [1, SPAN, i64::MAX] {
            let store = Memory::default();
            let access = counting(1, b"k", span, at);
            assert_eq!(limited(&store, access, 1, Item::Unit), Ok(Room::Now));
            assert_eq!(reading(&store, access), Ok(1), "{at} {span}");
            let Ok(Room::After(wait)) = limited(&store, access, 1, Item::Unit) else { panic!("{at} {span}") };
            assert_eq!(wait, at.saturating_add(span).saturating_sub(at));
        }
    }
    let store = Memory::default();
    for span in [0, -1, i64::MIN] {
        assert_eq!(reading(&store, counting(1, b"k", span, 0)), Err(Failure::Misuse));
    }
}

#[test]
fn calendar_units_start_empty() {
    let day = |at: i64| Some((at.div_euclid(24) * 24, at.div_euclid(24) * 24 + 24));
    let store = Memory::default();
    let access = |clock| Access { horizon: Horizon::Calendar { unit: &day }, ..counting(1, b"k", 1, clock) };
    assert_eq!(limited(&store, access(23), 1, Item::Unit), Ok(Room::Now));
    assert_eq!(limited(&store, access(23), 1, Item::Unit), Ok(Room::After(1)));
    assert_eq!(limited(&store, access(24), 1, Item::Unit), Ok(Room::Now));
    assert_eq!(limited(&store, access(25), 1, Item::Unit), Ok(Room::After(23)));
    // Back to yesterday: the day stays the one that was seen last.
    assert_eq!(limited(&store, access(5), 1, Item::Unit), Ok(Room::After(43)));

    let broken = |at: i64| Some((at + 1, at + 24));
    let empty = |at: i64| Some((at, at));
    let silent = |_: i64| None;
    for unit in [&broken as &dyn Calendar, &empty, &silent] {
        let access = Access { horizon: Horizon::Calendar { unit }, ..access(0) };
        assert_eq!(reading(&store, access), Err(Failure::Calendar));
        assert_eq!(append(&store, access, &[Item::Unit]), Err(Failure::Calendar));
    }
}

#[test]
fn sums_wait_for_as_much_as_they_need() {
    let store = Memory::default();
    let access = |clock| Access { aggregate: Aggregate::Sum, ..counting(1, b"k", SPAN, clock) };
    for (at, amount) in [(0, 10), (10, 0), (20, 5), (30, 20)] {
        assert_eq!(limited(&store, access(at), 40, Item::Number(amount)), Ok(Room::Now));
    }
    let ask = |amount| limited(&store, access(100), 40, Item::Number(amount));
    assert_eq!(reading(&store, access(100)), Ok(35));
    assert_eq!(ask(6), Ok(Room::After(SPAN - 100)));
    assert_eq!(ask(15), Ok(Room::After(SPAN - 100)));
    assert_eq!(ask(16), Ok(Room::After(SPAN + 20 - 100)));
    assert_eq!(ask(40), Ok(Room::After(SPAN + 30 - 100)));
    assert_eq!(ask(41), Ok(Room::Never));
    assert_eq!(ask(i64::MAX), Ok(Room::Never));
    assert_eq!(ask(-1), Err(Failure::Negative));
    assert_eq!(ask(5), Ok(Room::Now));
}
