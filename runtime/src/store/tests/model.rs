//! The store against a log that keeps everything and filters it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::{Access, Aggregate, Entries, Failure, Horizon, Item, Memory, Record, Room, Store};

/// The window of an access in these tests: its number, and all that the number stands for.
const WINDOWS: &[(Aggregate, Option<i64>, u32)] = &[
    (Aggregate::Count, Some(10), 100),
    (Aggregate::Count, Some(25), 4),
    (Aggregate::Count, None, 6),
    (Aggregate::Sum, Some(10), 100),
    (Aggregate::Sum, Some(30), 5),
    (Aggregate::Sum, None, 100),
    (Aggregate::Distinct, Some(12), 3),
    (Aggregate::Set, Some(20), 100),
    (Aggregate::Set, None, 5),
];

/// Units of a calendar are seven long, and from 91 on there is no calendar.
fn unit(at: i64) -> Option<(i64, i64)> {
    let start = at.div_euclid(7) * 7;
    (at < 91).then_some((start, start + 7))
}

#[derive(Debug, Clone, PartialEq)]
enum Thing {
    Unit,
    Number(i64),
    Bytes(Vec<u8>),
}

impl Thing {
    fn item(&self) -> Item<'_> {
        match self {
            Self::Unit => Item::Unit,
            Self::Number(n) => Item::Number(*n),
            Self::Bytes(b) => Item::Bytes(b),
        }
    }
}

/// Everything that was ever recorded, by window and key.
#[derive(Default)]
struct Logs(BTreeMap<(usize, u8), Vec<(i64, Thing)>>);

struct Seen {
    at: i64,
    live: Vec<Thing>,
}

impl Logs {
    /// What is live at a clock, or why that cannot be told; the window's bound is not looked at.
    fn live(&self, window: usize, key: u8, clock: i64) -> Result<Seen, Failure> {
        let log = self.0.get(&(window, key)).map_or(&[][..], |log| log);
        let at = log.iter().map(|(at, _)| *at).chain([clock]).max().expect("a clock");
        let from = match WINDOWS[window].1 {
            Some(span) => at - span + 1,
            None => unit(at).ok_or(Failure::Calendar)?.0,
        };
        Ok(Seen { at, live: log.iter().filter(|(u, _)| *u >= from).map(|(_, thing)| thing.clone()).collect() })
    }
}

/// Entries and reading of a window with these things in it.
fn reads(aggregate: Aggregate, things: &[Thing]) -> Result<(usize, i64), Failure> {
    match aggregate {
        Aggregate::Count if things.iter().all(|t| *t == Thing::Unit) => Ok((things.len(), things.len() as i64)),
        Aggregate::Sum => {
            let mut sum = 0_i128;
            for thing in things {
                let Thing::Number(n) = thing else { return Err(Failure::Misuse) };
                if *n < 0 {
                    return Err(Failure::Negative);
                }
                sum += i128::from(*n);
            }
            Ok((things.len(), i64::try_from(sum).map_err(|_| Failure::Overflow)?))
        }
        Aggregate::Distinct | Aggregate::Set if things.iter().all(|t| matches!(t, Thing::Bytes(_))) => {
            let count = values(things).len();
            Ok((count, count as i64))
        }
        _ => Err(Failure::Misuse),
    }
}

fn values(things: &[Thing]) -> BTreeSet<Vec<u8>> {
    things.iter().filter_map(|t| if let Thing::Bytes(b) = t { Some(b.clone()) } else { None }).collect()
}

/// The shortest wait, by trying every one.
fn wait(logs: &Logs, window: usize, key: u8, clock: i64, limit: i64, things: &[Thing]) -> Result<Room, Failure> {
    let (aggregate, ..) = WINDOWS[window];
    for wait in 0..400 {
        let live = match logs.live(window, key, clock + wait) {
            Ok(seen) => seen.live,
            // The end of the last unit is known, although what comes after it is not.
            Err(_) if wait > 0 => vec![],
            Err(failure) => return Err(failure),
        };
        let with = reads(aggregate, &[live, things.to_vec()].concat());
        match with {
            Ok((_, reading)) if reading <= limit => return Ok(if wait == 0 { Room::Now } else { Room::After(wait) }),
            Err(failure @ (Failure::Negative | Failure::Misuse)) => return Err(failure),
            _ => {}
        }
    }
    Ok(Room::Never)
}

#[derive(Debug, Clone)]
struct Touch {
    window: usize,
    key: u8,
    ahead: i64,
    things: Vec<Thing>,
    limit: i64,
    append: bool,
}

fn thing(aggregate: Aggregate) -> BoxedStrategy<Thing> {
    let number = prop_oneof![
        20 => 0..6_i64,
        1 => Just(i64::MAX),
        1 => Just(i64::MAX - 3),
        1 => Just(-1_i64),
    ];
    let bytes = prop::collection::vec(prop::sample::select(vec![b'a', b'b', b'c']), 0..3).prop_map(Thing::Bytes);
    match aggregate {
        Aggregate::Count => Just(Thing::Unit).boxed(),
        Aggregate::Sum => number.prop_map(Thing::Number).boxed(),
        Aggregate::Distinct | Aggregate::Set => bytes.boxed(),
    }
}

fn touch() -> impl Strategy<Value = Touch> {
    (0..WINDOWS.len()).prop_flat_map(|window| {
        let good = thing(WINDOWS[window].0);
        let any = prop_oneof![
            60 => good,
            1 => Just(Thing::Unit),
            1 => Just(Thing::Number(1)),
            1 => Just(Thing::Bytes(vec![])),
        ];
        let clock = prop_oneof![6 => Just(0_i64), 1 => -3..4_i64];
        (0..2_u8, clock, prop::collection::vec(any, 0..4), -1..12_i64, prop::bool::weighted(0.7))
            .prop_map(move |(key, ahead, things, limit, append)| Touch { window, key, ahead, things, limit, append })
    })
}

/// Clocks that go on, stand, jump forward, and jump back.
fn steps() -> impl Strategy<Value = Vec<(i64, Vec<Touch>)>> {
    let tick = prop_oneof![8 => 0..4_i64, 1 => 5..40_i64, 1 => -30..0_i64];
    prop::collection::vec((tick, prop::collection::vec(touch(), 0..5)), 1..60)
}

/// What the store must say of one access, and what it says.
fn compare(logs: &Logs, touch: &Touch, clock: i64, said: Result<Entries<'_>, Failure>) -> Result<(), TestCaseError> {
    let (aggregate, _, bound) = WINDOWS[touch.window];
    let seen = logs.live(touch.window, touch.key, clock);
    let expected = seen.and_then(|seen| {
        let (entries, reading) = reads(aggregate, &seen.live).expect("what is recorded can be read");
        if entries >= bound as usize { Err(Failure::Bound) } else { Ok((seen, entries, reading)) }
    });
    let (entries, (seen, count, reading)) = match (said, expected) {
        (Ok(entries), Ok(expected)) => (entries, expected),
        (said, expected) => {
            prop_assert_eq!(said.map(|_| ()), expected.map(|_| ()));
            return Ok(());
        }
    };
    prop_assert_eq!(entries.clock(), seen.at);
    prop_assert_eq!(entries.count(), count);
    prop_assert_eq!(entries.reading(), Ok(reading));
    let there = values(&seen.live);
    prop_assert_eq!(
        entries.values().map(<[u8]>::to_vec).collect::<Vec<_>>(),
        there.iter().cloned().collect::<Vec<_>>()
    );
    for value in ["", "a", "b", "c", "aa", "ab", "cc"] {
        prop_assert_eq!(entries.contains(value.as_bytes()), there.contains(value.as_bytes()));
    }
    let items: Vec<_> = touch.things.iter().map(Thing::item).collect();
    prop_assert_eq!(
        entries.with(&items).map_err(|_| ()),
        fits(touch.window, &seen.live, &touch.things).map_err(|_| ())
    );
    if matches!(aggregate, Aggregate::Count | Aggregate::Sum) {
        let expected = wait(logs, touch.window, touch.key, clock, touch.limit, &touch.things);
        prop_assert_eq!(entries.room(touch.limit, &items).map_err(|_| ()), expected.map_err(|_| ()));
    } else {
        prop_assert_eq!(entries.room(touch.limit, &items), Err(Failure::Misuse));
    }
    Ok(())
}

/// The reading with these things, if they can be recorded.
fn fits(window: usize, live: &[Thing], things: &[Thing]) -> Result<i64, Failure> {
    let (aggregate, _, bound) = WINDOWS[window];
    let (entries, reading) = reads(aggregate, &[live, things].concat())?;
    if entries > bound as usize { Err(Failure::Bound) } else { Ok(reading) }
}

/// What the transaction must come to; appended to the logs if it succeeds.
///
/// An access that nothing is appended to cannot make it fail. What is appended to one key by several is one list, at
/// the latest of their instants.
fn append(logs: &mut Logs, clock: i64, touches: &[Touch]) -> Result<(), ()> {
    let mut all: BTreeMap<(usize, u8), (i64, Vec<Thing>)> = BTreeMap::new();
    for touch in touches.iter().filter(|t| t.append && !t.things.is_empty()) {
        let seen = logs.live(touch.window, touch.key, clock + touch.ahead).map_err(|_| ())?;
        let (entries, _) = reads(WINDOWS[touch.window].0, &seen.live).map_err(|_| ())?;
        if entries >= WINDOWS[touch.window].2 as usize {
            return Err(());
        }
        let (at, things) = all.entry((touch.window, touch.key)).or_insert((seen.at, vec![]));
        *at = seen.at.max(*at);
        things.extend(touch.things.iter().cloned());
        // Judged at this access's instant, each with what came before it.
        fits(touch.window, &seen.live, things).map_err(|_| ())?;
    }
    for (key, (at, things)) in all {
        logs.0.entry(key).or_default().extend(things.into_iter().map(|thing| (at, thing)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_store_is_a_log_that_forgets_only_what_is_over(steps in steps()) {
        let store = Memory::default();
        let mut logs = Logs::default();
        let mut clock = 0;
        for (tick, touches) in &steps {
            clock += tick;
            let accesses: Vec<Access<'_>> = touches
                .iter()
                .map(|touch| {
                    let (aggregate, span, bound) = WINDOWS[touch.window];
                    let horizon = span.map_or(Horizon::Calendar { unit: &unit }, |span| Horizon::Sliding { span });
                    let (window, key) = (touch.window as u32, std::slice::from_ref(&touch.key));
                    Access { window, key, horizon, aggregate, bound, clock: clock + touch.ahead }
                })
                .collect();
            let items: Vec<Vec<Item<'_>>> = touches.iter().map(|t| t.things.iter().map(Thing::item).collect()).collect();
            let mut compared = Ok(());
            let mut calls = 0;
            let said = store.transact(&accesses, &mut |readings| {
                calls += 1;
                compared = touches.iter().zip(readings).try_for_each(|(t, r)| compare(&logs, t, clock + t.ahead, *r));
                let appending = touches.iter().zip(&items).enumerate().filter(|(_, (touch, _))| touch.append);
                appending.map(|(access, (_, items))| Record { access, items }).collect()
            });
            compared?;
            prop_assert_eq!(calls, 1);
            prop_assert_eq!(said.map_err(|_| ()), append(&mut logs, clock, touches));
        }
    }
}
