//! The index leaves out only rules that are false.

use proptest::prelude::*;

use super::*;
use crate::frame::Frame;
use crate::interpret;
use crate::ir::Program;
use crate::operands::Operands;
use crate::pattern::Patterns;

const SLOTS: u32 = 4;

fn operand() -> impl Strategy<Value = Expr> {
    let load = (0..SLOTS).prop_map(|slot| Box::new(Expr::Load(Slot(slot))));
    let cmp = prop::sample::select(vec![Cmp::Eq, Cmp::Eq, Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge]);
    let number = prop_oneof![6 => 0..12_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
    let compare = (load.clone(), cmp, number, any::<bool>()).prop_map(|(load, cmp, number, turned)| {
        let number = Box::new(Expr::Const(number));
        if turned { Expr::Compare(cmp, number, load) } else { Expr::Compare(cmp, load, number) }
    });
    let one_of = (0..SLOTS, prop::collection::vec(0..12_i64, 1..4)).prop_map(|(slot, numbers)| {
        let is = |number| Expr::Compare(Cmp::Eq, Box::new(Expr::Load(Slot(slot))), Box::new(Expr::Const(number)));
        Expr::Or(numbers.into_iter().map(is).collect())
    });
    let mixed = prop::collection::vec(compare.clone(), 1..3).prop_map(Expr::Or);
    let failing = (0..SLOTS)
        .prop_map(|slot| Expr::Failing { failed: Box::new(Expr::Load(Slot(slot))), value: Box::new(Expr::Const(1)) });
    prop_oneof![8 => compare, 4 => one_of, 1 => mixed, 1 => failing]
}

fn condition() -> impl Strategy<Value = Expr> {
    let all = prop::collection::vec(operand(), 1..4).prop_map(Expr::And).boxed();
    let nested = prop::collection::vec(all.clone(), 1..3).prop_map(Expr::And);
    prop_oneof![1 => operand(), 6 => all, 1 => nested]
}

fn entry(conditions: Vec<Expr>) -> Entry {
    let rules = conditions.into_iter().map(|condition| EntryRule { condition, ..EntryRule::default() }).collect();
    Entry { rules, slots: SLOTS, ..Entry::default() }
}

fn request() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![-1..13_i64, Just(i64::MAX), Just(i64::MIN)], 4)
}

/// What an index does wrong on a request: it visits a rule twice, or leaves one out that is not false.
fn wrong(entry: &Entry, index: &Index, request: &[i64]) -> Option<&'static str> {
    let (program, patterns) = (Program::default(), Patterns::default());
    let mut frame = Frame::default();
    frame.clear(SLOTS as usize);
    for (slot, word) in (0..).zip(request) {
        frame.store(Some(Slot(slot)), word.cast_unsigned());
    }
    let mut visited = Vec::new();
    index.visit(frame.slots(), &mut |leaf| {
        let group = &index.groups()[leaf.group as usize];
        visited.extend(group.case(leaf.case).map(|place| group.rules[place as usize]));
    });
    let count = visited.len();
    visited.sort_unstable();
    visited.dedup();
    if visited.len() != count {
        return Some("a rule is visited twice");
    }
    let operands = Operands::new(&program, &patterns, &frame);
    let left_out = |position: &u32| visited.binary_search(position).is_err();
    let is_false = |rule: &EntryRule| interpret::condition(&rule.condition, &operands) == Some(false);
    let lost = (0..).zip(&entry.rules).any(|(position, rule)| left_out(&position) && !is_false(rule));
    lost.then_some("a rule is left out that is not false")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_left_out_is_false(
        apart: bool,
        conditions in prop::collection::vec(condition(), 0..300),
        requests in prop::collection::vec(request(), 8),
    ) {
        let entry = entry(conditions);
        let index = Index::of(&entry, apart);
        let mut all: Vec<u32> = index.groups().iter().flat_map(|group| group.rules.clone()).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..u32::try_from(entry.rules.len()).unwrap()).collect::<Vec<_>>());
        if apart {
            let data = |position: &u32| is_data(&entry.rules[*position as usize].condition);
            let mixed = |group: &Group| group.rules.iter().any(data) && !group.rules.iter().all(data);
            prop_assert!(!index.groups().iter().any(mixed));
        }
        for request in requests {
            prop_assert_eq!(wrong(&entry, &index, &request), None);
        }
    }
}

/// A name, and what it changes if there is something to change.
type Fault = (&'static str, fn(&mut Index));

fn change(index: &mut Index, change: impl FnMut(&mut Node) -> Option<()>) {
    let _ = index.nodes.iter_mut().find_map(change);
}

const FAULTS: &[Fault] = &[
    ("a lower bound that is out", |index| {
        change(index, |node| match node {
            Node::From(_, bounds) => bounds.iter_mut().find(|(bound, _)| *bound < 12).map(|(bound, _)| *bound += 1),
            _ => None,
        });
    }),
    ("an upper bound that is out", |index| {
        change(index, |node| match node {
            Node::UpTo(_, bounds) => bounds.iter_mut().rfind(|(bound, _)| *bound > 0).map(|(bound, _)| *bound -= 1),
            _ => None,
        });
    }),
    ("a word that was forgotten", |index| {
        change(index, |node| match node {
            Node::Word(_, table) => table.remove(&5).map(drop),
            _ => None,
        });
    }),
    ("the table of another slot", |index| {
        change(index, |node| match node {
            Node::Word(slot, _) => Some(slot.0 ^= 1),
            _ => None,
        });
    }),
    ("the case of another group", |index| {
        change(index, |node| match node {
            Node::Leaf(leaf) if leaf.group > 0 => Some(leaf.group -= 1),
            _ => None,
        });
    }),
    ("the next case", |index| {
        change(index, |node| match node {
            Node::Leaf(leaf) => Some(leaf.case += 1),
            _ => None,
        });
    }),
];

#[test]
fn faults_are_found() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut missing: Vec<&Fault> = FAULTS.iter().collect();
    for _ in 0..500 {
        let conditions = prop::collection::vec(condition(), 60..300).new_tree(&mut runner).unwrap().current();
        let requests = prop::collection::vec(request(), 20).new_tree(&mut runner).unwrap().current();
        let entry = entry(conditions);
        missing.retain(|(_, fault)| {
            let mut index = Index::of(&entry, false);
            fault(&mut index);
            requests.iter().all(|request| wrong(&entry, &index, request).is_none())
        });
        if missing.is_empty() {
            return;
        }
    }
    panic!("not found: {:?}", missing.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

fn is(slot: u32, number: i64) -> Expr {
    Expr::Compare(Cmp::Eq, Box::new(Expr::Load(Slot(slot))), Box::new(Expr::Const(number)))
}

fn visited(index: &Index, slots: &[u64]) -> usize {
    let mut count = 0;
    index.visit(slots, &mut |leaf| count += index.groups()[leaf.group as usize].case(leaf.case).len());
    count
}

#[test]
fn few_rules_are_visited_of_many() {
    let above = |number| Expr::Compare(Cmp::Gt, Box::new(Expr::Load(Slot(1))), Box::new(Expr::Const(number)));
    let both = |number: i64| Expr::And(vec![is(0, number / 4), above(number)]);
    let index = Index::of(&entry((0..10_000).map(both).collect()), false);
    assert_eq!(visited(&index, &[17, 1_000_000]), 4);
    assert_eq!(visited(&index, &[2_500, 0]), 0);
    let index = Index::of(&entry((0..10_000).map(above).collect()), false);
    assert_eq!(visited(&index, &[0, 40]), 48);
    assert_eq!(visited(&index, &[0, 1]), 16);
    assert_eq!(visited(&index, &[0, 0]), 0);
    let same = |number: i64| Expr::And(vec![is(0, number % 2), is(1, number)]);
    let index = Index::of(&entry((0..10_000).map(same).collect()), false);
    assert!(visited(&index, &[1, 4_321]) <= 1);
    // A slot that is not there excludes nothing.
    assert_eq!(visited(&index, &[]), 10_000);
}

#[test]
fn it_is_the_same_each_time() {
    let conditions: Vec<Expr> = (0..500).map(|number| Expr::And(vec![is(0, number % 7), is(1, number % 70)])).collect();
    let entry = entry(conditions);
    assert_eq!(Index::of(&entry, false).groups(), Index::of(&entry, false).groups());
}
