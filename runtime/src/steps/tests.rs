//! Steps say what the interpreter says.

use proptest::prelude::*;

use super::*;
use crate::abi::literal;
use crate::frame::Frame;
use crate::index::Group;
use crate::interpret;
use crate::ir::{Cmp, EntryRule, Expr, LiteralId, Program};
use crate::pattern::Patterns;
use crate::schema::Slot;

/// Numbers; behind them two texts, a set of numbers and one of texts, and a flag.
const NUMBERS: u32 = 3;
const TEXTS: [u32; 2] = [3, 4];
const SETS: [u32; 2] = [5, 6];
const FLAG: u32 = 7;
const LITERALS: [&str; 3] = ["a", "b", "c"];

/// A constant that has no mark, and what it says.
const UNMARKED: LiteralId = LiteralId(70);
const LAST: &str = "d";

fn boxed(slot: u32) -> Box<Expr> {
    Box::new(Expr::Load(Slot(slot)))
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -2..4_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => Just(i64::MIN + 1)]
}

fn value() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        4 => (0..NUMBERS).prop_map(|slot| Expr::Load(Slot(slot))),
        2 => number().prop_map(Expr::Const),
    ];
    let failing = (0..NUMBERS, leaf.clone())
        .prop_map(|(slot, value)| Expr::Failing { failed: boxed(slot), value: Box::new(value) });
    let choice =
        (leaf.clone(), leaf.clone()).prop_map(|(then, other)| Expr::If(boxed(FLAG), Box::new(then), Box::new(other)));
    prop_oneof![8 => leaf, 1 => failing, 1 => choice]
}

fn condition() -> impl Strategy<Value = Expr> {
    let cmp = prop::sample::select(vec![Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge]);
    let text = || {
        prop_oneof![
            prop::sample::select(&TEXTS[..]).prop_map(|slot| Expr::Load(Slot(slot))),
            (0..3_u32).prop_map(|id| Expr::Literal(LiteralId(id))),
            Just(Expr::Literal(UNMARKED)),
        ]
    };
    let contains = |set: u32, text, element| Expr::Contains { set: boxed(set), text, element: Box::new(element) };
    let leaf = prop_oneof![
        6 => (cmp, value(), value()).prop_map(|(cmp, a, b)| Expr::Compare(cmp, Box::new(a), Box::new(b))),
        1 => Just(Expr::Present(Slot(FLAG))),
        1 => (0..2_i64).prop_map(Expr::Const),
        1 => (text(), text()).prop_map(|(a, b)| Expr::TextEq(Box::new(a), Box::new(b))),
        1 => value().prop_filter_map("a set is asked for a word", move |of| match of {
            Expr::If(..) => None,
            of => Some(contains(SETS[0], false, of)),
        }),
        1 => text().prop_map(move |of| contains(SETS[1], true, of)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let all = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => all.clone().prop_map(Expr::And),
            3 => all.prop_map(Expr::Or),
            2 => inner.clone().prop_map(|of| Expr::Not(Box::new(of))),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| Expr::If(Box::new(a), Box::new(b), Box::new(c))),
            2 => (0..NUMBERS, inner).prop_map(|(slot, of)| Expr::Failing { failed: boxed(slot), value: Box::new(of) }),
        ]
    })
}

fn program() -> Program {
    let mut literals: Vec<String> = (0..=UNMARKED.0).map(|id| format!("text {id}")).collect();
    literals.splice(..LITERALS.len(), LITERALS.map(str::to_owned));
    literals[UNMARKED.0 as usize] = LAST.into();
    Program { literals, ..Program::default() }
}

/// A frame with these numbers, texts, elements of sets, and flag.
fn frame(numbers: &[i64], texts: [usize; 2], elements: &[i64], flag: bool) -> Frame {
    let literal = |text: &str| {
        let found = LITERALS.iter().position(|known| *known == text)?;
        Some(LiteralId(u32::try_from(found).unwrap()))
    };
    let mut frame = Frame::default();
    frame.clear(8);
    for (slot, number) in (0..).map(Slot).zip(numbers) {
        frame.store(Some(slot), number.cast_unsigned());
    }
    for (slot, text) in TEXTS.map(Slot).into_iter().zip(texts) {
        let word = frame.push_text(LITERALS.get(text).unwrap_or(&LAST)).unwrap();
        frame.store(Some(slot), word);
    }
    elements.iter().for_each(|element| frame.push_element(element.cast_unsigned()));
    let set = frame.finish_set(None).unwrap();
    frame.store(Some(Slot(SETS[0])), set);
    for text in texts {
        let word = frame.push_text(LITERALS.get(text).unwrap_or(&LAST)).unwrap();
        frame.push_element(word);
    }
    let set = frame.finish_set(Some(&literal)).unwrap();
    frame.store(Some(Slot(SETS[1])), set);
    frame.store(Some(Slot(FLAG)), flag.into());
    frame
}

fn told(conditions: Vec<Expr>) -> (Entry, Group, Option<Steps>) {
    let rules: Vec<EntryRule> =
        conditions.into_iter().map(|condition| EntryRule { condition, ..EntryRule::default() }).collect();
    let count = u32::try_from(rules.len()).unwrap();
    let entry = Entry { rules, slots: 8, ..Entry::default() };
    let group = Group { rules: (0..count).collect(), cases: vec![count / 2, count] };
    let mut steps = Steps::default();
    steps.entry();
    let added = steps.group(&entry, &group.rules, false);
    (entry, group, added.map(|()| steps))
}

/// Numbers, texts, elements of the set, the flag.
type Given = (Vec<i64>, [usize; 2], Vec<i64>, bool);

fn given() -> impl Strategy<Value = Given> {
    let texts = prop::array::uniform2(0..=LITERALS.len());
    (prop::collection::vec(number(), 3), texts, prop::collection::vec(number(), 0..3), any::<bool>())
}

/// Whether steps say what the interpreter says.
fn agree(entry: &Entry, group: &Group, steps: &Steps, (numbers, texts, elements, flag): &Given) -> bool {
    let (program, patterns) = (program(), Patterns::default());
    let frame = frame(numbers, *texts, elements, *flag);
    let operands = Operands::new(&program, &patterns, &frame);
    (0..2).all(|case| {
        let first = steps.first(0, 0).unwrap();
        let said = steps.case(first, group.case(case), frame.slots(), &operands);
        said == Some(interpret::case(entry, group, case, &operands))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn steps_and_interpreter_agree(
        conditions in prop::collection::vec(condition(), 1..12),
        requests in prop::collection::vec(given(), 6),
    ) {
        let (entry, group, steps) = told(conditions);
        let steps = steps.unwrap();
        for given in requests {
            prop_assert!(agree(&entry, &group, &steps, &given), "{:?}", given);
        }
    }
}

/// Changes the first step for which something can be changed.
fn change(steps: &mut Steps, mut change: impl FnMut(&mut Step) -> Option<()>) {
    let _ = steps.steps.iter_mut().find_map(|step| change(step));
}

/// A name, and what it changes if there is something to change.
type Fault = (&'static str, fn(&mut Steps));

/// Changes the first row for which something can be changed.
fn change_row(steps: &mut Steps, mut change: impl FnMut(&mut Row) -> Option<()>) {
    let _ = steps.rules.iter_mut().find_map(|row| change(row));
}

const FAULTS: &[Fault] = &[
    ("the row of the next rule", |steps| steps.rules.rotate_left(1)),
    ("a row's bound that includes one more", |steps| {
        change_row(steps, |Row { tests: [test, _], .. }| {
            let is_bound = (2..u64::MAX - 2).contains(&test.span);
            is_bound.then(|| *test = Test { low: test.low.wrapping_sub(1), span: test.span + 1 })
        });
    }),
    ("a row's other constant", |steps| {
        change_row(steps, |Row { tests: [_, test], .. }| (*test != Test::ALL).then(|| test.low ^= 1));
    }),
    ("a row's other slot", |steps| change_row(steps, |row| (row.tests[0] != Test::ALL).then(|| row.slots[0] ^= 1))),
    ("a row without its second test", |steps| {
        change_row(steps, |row| (row.tests[1] != Test::ALL).then(|| row.tests[1] = Test::ALL));
    }),
    ("a row without its steps", |steps| {
        change_row(steps, |row| (row.steps != NO_STEPS).then(|| row.steps = NO_STEPS));
    }),
    ("the steps of another row", |steps| {
        let [.., last] = steps.rules.as_slice() else { return };
        let other = last.steps;
        change_row(steps, |row| (row.steps != NO_STEPS && other != NO_STEPS).then(|| row.steps = other));
    }),
    ("a step's bound that includes one more", |steps| {
        change(steps, |step| {
            let is_bound = step.ask == Ask::Within && step.low > 0 && (2..u64::MAX - 2).contains(&step.span);
            is_bound.then(|| (step.low, step.span) = (step.low - 1, step.span + 1))
        });
    }),
    ("a step's other constant", |steps| change(steps, |step| (step.ask == Ask::Within).then(|| step.low ^= 1))),
    ("a step's other slot", |steps| change(steps, |step| (step.ask == Ask::Within).then(|| step.slot ^= 1))),
    ("ways out exchanged", |steps| {
        change(steps, |step| (step.yes != step.no).then(|| (step.yes, step.no) = (step.no, step.yes)));
    }),
    ("a failure is a no", |steps| change(steps, |step| (step.yes == FAILED).then(|| step.yes = NOT))),
    ("a failure is not noted", |steps| {
        change(steps, |step| (step.ask == Ask::Fail).then(|| step.ask = Ask::Nothing));
    }),
    ("a failure is noted for good", |steps| {
        change(steps, |step| (step.ask == Ask::Forget).then(|| step.ask = Ask::Fail));
    }),
    ("less is greater", |steps| {
        change(steps, |step| (step.ask == Ask::Less).then(|| (step.low, step.span) = (step.span, step.low)));
    }),
    ("the word of another text", |steps| {
        change(steps, |step| (step.ask == Ask::ContainsText).then(|| step.span = literal(LiteralId(1))));
    }),
    ("the mark of another text", |steps| {
        change(steps, |step| (step.ask == Ask::Has).then(|| step.span ^= 3));
    }),
    ("one answer for all questions", |steps| {
        steps.steps.iter_mut().filter(|step| step.memory != FORGOTTEN).for_each(|step| step.memory = 0);
    }),
];

#[test]
fn faults_are_found() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut missing: Vec<&Fault> = FAULTS.iter().collect();
    for _ in 0..3_000 {
        let conditions = prop::collection::vec(condition(), 2..12).new_tree(&mut runner).unwrap().current();
        let requests = prop::collection::vec(given(), 6).new_tree(&mut runner).unwrap().current();
        missing.retain(|(_, fault)| {
            let (entry, group, steps) = told(conditions.clone());
            let mut steps = steps.unwrap();
            fault(&mut steps);
            requests.iter().all(|given| agree(&entry, &group, &steps, given))
        });
        if missing.is_empty() {
            return;
        }
    }
    panic!("not found: {:?}", missing.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

fn is(slot: u32, number: i64) -> Expr {
    Expr::Compare(Cmp::Eq, boxed(slot), Box::new(Expr::Const(number)))
}

#[test]
fn what_is_computed_is_no_data() {
    let length = Expr::Compare(Cmp::Gt, Box::new(Expr::Length(boxed(5))), Box::new(Expr::Const(1)));
    assert!(is_data(&is(0, 1)) && !is_data(&length));
    assert!(told(vec![is(0, 1), length]).2.is_none());
    // Neither is what is too long.
    let many = |count| Expr::Or((0..count).map(|number| is(0, number)).collect());
    assert!(is_data(&many(1_000)) && !is_data(&many(1_001)));
    let deep = (0..200).fold(is(0, 1), |inner, level| {
        let failing = Expr::Failing { failed: boxed(1), value: Box::new(is(0, level)) };
        if level % 2 == 0 { Expr::And(vec![failing, inner]) } else { Expr::Or(vec![failing, inner]) }
    });
    // There are only so many notes.
    assert!(!is_data(&deep));
}

#[test]
fn groups_have_places_of_their_own() {
    let rule = |number| EntryRule { condition: is(0, number), ..EntryRule::default() };
    let entry = Entry { rules: (0..6).map(rule).collect(), slots: 8, ..Entry::default() };
    let mut steps = Steps::default();
    for _ in 0..2 {
        steps.entry();
        steps.group(&entry, &[0, 1], false).unwrap();
        steps.group(&entry, &[2], true).unwrap();
        steps.group(&entry, &[5, 4, 3], false).unwrap();
    }
    steps.shrink();
    let (program, patterns) = (program(), Patterns::default());
    for of in 0..2 {
        assert_eq!(steps.first(of, 1), None);
        for (number, in_first, in_last) in [(0, 1, 0), (1, 2, 0), (2, 0, 0), (3, 0, 4), (4, 0, 2), (5, 0, 1)] {
            let frame = frame(&[number, 0, 0], [0, 0], &[], false);
            let operands = Operands::new(&program, &patterns, &frame);
            for (place, count, expected) in [(0, 2, in_first), (2, 3, in_last)] {
                let first = steps.first(of, place).unwrap();
                let said = steps.case(first, 0..count, frame.slots(), &operands);
                assert_eq!(said, Some([expected, 0]), "{number}");
            }
        }
    }
    assert_eq!(steps.first(2, 0), None);
    // A slot that is not there answers nothing.
    let mut frame = Frame::default();
    frame.clear(0);
    steps.entry();
    let rules = vec![EntryRule { condition: is(1, 1), ..EntryRule::default() }];
    steps.group(&Entry { rules, ..Entry::default() }, &[0], false).unwrap();
    let operands = Operands::new(&program, &patterns, &frame);
    let first = steps.first(2, 0).unwrap();
    assert_eq!(steps.case(first, 0..1, frame.slots(), &operands), None);
    // Neither does a rule that there is not.
    assert_eq!(steps.case(first, 0..2, frame.slots(), &operands), None);
}

#[test]
fn rows_and_steps_are_small() {
    assert_eq!((size_of::<Row>(), size_of::<Step>()), (40, 24));
}
