//! From a condition to its steps.

use std::collections::BTreeMap;

use super::{Ask, FAILED, FIRST, FORGOTTEN, HELD, MAX_STEPS, MEMORIES, NO_STEPS, NOT, Row, SECOND, Step, Test};
use crate::abi::{literal, mark};
use crate::ir::{Cmp, Expr, Under};
use crate::schema::Slot;

/// Whether a condition can be data.
#[must_use]
pub fn is_data(condition: &Expr) -> bool {
    write(condition, &mut Vec::new()).is_some()
}

/// The row of a condition, its steps appended; nothing if it cannot be data, then what was appended means nothing.
pub(super) fn write(condition: &Expr, steps: &mut Vec<Step>) -> Option<Row> {
    let operands: &[Expr] = match condition {
        Expr::And(operands) => operands,
        other => std::slice::from_ref(other),
    };
    let mut rest: Vec<&Expr> = operands.iter().collect();
    let mut row = Row { tests: [Test::ALL; 2], slots: [0; 2], steps: NO_STEPS };
    for place in 0..row.tests.len() {
        // Few words are equal to a constant, many are less.
        let equal = rest.iter().position(|operand| test(operand).is_some_and(|(_, test)| test.span == 0));
        let any = || rest.iter().position(|operand| test(operand).is_some());
        let Some(found) = equal.or_else(any) else { break };
        let (slot, test) = test(rest.remove(found))?;
        *row.tests.get_mut(place)? = test;
        // What tests all is of a slot that is read anyway.
        row.slots.get_mut(place..)?.fill(slot);
    }
    if rest.is_empty() {
        return Some(row);
    }
    let start = steps.len();
    row.steps = u32::try_from(start).ok().filter(|start| *start != NO_STEPS)?;
    let mut writer = Writer { steps, start, labels: Vec::new(), notes: 0 };
    writer.chain(true, &rest, Exits { yes: HELD, no: NOT, failed: FAILED })?;
    writer.finish()?;
    Some(row)
}

/// The slot and the test that a condition is, if it is one.
fn test(expr: &Expr) -> Option<(u16, Test)> {
    let turned = |test: Test| {
        let span = u64::MAX.checked_sub(test.span)?.checked_sub(1)?;
        Some(Test { low: test.low.wrapping_add(test.span).wrapping_add(1), span })
    };
    match expr {
        Expr::Load(slot) | Expr::Present(slot) => {
            Some((u16::try_from(slot.0).ok()?, turned(Test { low: 0, span: 0 })?))
        }
        Expr::Not(inner) => {
            let (slot, test) = test(inner)?;
            Some((slot, turned(test)?))
        }
        Expr::Compare(cmp, left, right) => {
            let (cmp, slot, word) = match (operand(left)?, operand(right)?) {
                (Operand::Slot(slot), Operand::Word(word)) => (*cmp, slot, word),
                (Operand::Word(word), Operand::Slot(slot)) => (cmp.mirrored(), slot, word),
                _ => return None,
            };
            let (test, is_turned) = against(cmp, word)?;
            Some((slot, if is_turned { turned(test)? } else { test }))
        }
        _ => None,
    }
}

/// What compares with a constant, or what it is not; nothing for a constant that nothing is beyond.
fn against(cmp: Cmp, word: u64) -> Option<(Test, bool)> {
    let from = |low: u64| Test { low, span: i64::MAX.cast_unsigned().wrapping_sub(low) };
    let after = || word.cast_signed().checked_add(1).map(i64::cast_unsigned);
    Some(match cmp {
        Cmp::Eq => (Test { low: word, span: 0 }, false),
        Cmp::Ne => (Test { low: word, span: 0 }, true),
        Cmp::Ge => (from(word), false),
        Cmp::Lt => (from(word), true),
        Cmp::Gt => (from(after()?), false),
        Cmp::Le => (from(after()?), true),
    })
}

/// Numbers what several steps of a group ask, so that it is asked once.
pub(super) fn remember(steps: &mut [Step]) {
    let question = |step: &Step| match step.ask {
        Ask::Within | Ask::Same | Ask::Less | Ask::Nothing | Ask::Fail | Ask::Forget | Ask::Failed | Ask::Has => None,
        ask => Some((ask as u8, step.slot, step.low, step.span)),
    };
    let mut memories = BTreeMap::new();
    for question in steps.iter().filter_map(question) {
        let count: &mut u8 = memories.entry(question).or_default();
        *count = count.saturating_add(1);
    }
    let mut next = 0;
    for memory in memories.values_mut() {
        let is_asked_again = *memory > 1 && next < MEMORIES;
        *memory = if is_asked_again { next } else { FORGOTTEN };
        next = next.saturating_add(u8::from(is_asked_again));
    }
    for step in steps {
        step.memory = question(step).and_then(|question| memories.get(&question).copied()).unwrap_or(FORGOTTEN);
    }
}

/// Where a condition goes on: ways out, or labels.
#[derive(Debug, Clone, Copy)]
struct Exits {
    yes: u16,
    no: u16,
    failed: u16,
}

impl Exits {
    const fn exchanged(self) -> Self {
        Self { yes: self.no, no: self.yes, failed: self.failed }
    }
}

/// What a step looks at.
#[derive(Debug, Clone, Copy)]
enum Operand {
    Slot(u16),
    Word(u64),
}

struct Writer<'s> {
    steps: &'s mut Vec<Step>,
    /// Where those of this condition begin.
    start: usize,
    /// For each label, the step that it stands at.
    labels: Vec<u16>,
    /// How many notes there are.
    notes: u8,
}

impl Writer<'_> {
    /// Writes a condition. Recursion is as deep as the condition, which validation bounds.
    fn condition(&mut self, expr: &Expr, exits: Exits) -> Option<()> {
        match expr {
            Expr::Const(value) => self.go(if *value == 0 { exits.no } else { exits.yes }),
            Expr::Load(slot) | Expr::Present(slot) => self.within(*slot, 0, 0, exits.exchanged()),
            Expr::Not(inner) => self.condition(inner, exits.exchanged()),
            Expr::And(operands) => self.chain(true, &operands.iter().collect::<Vec<_>>(), exits),
            Expr::Or(operands) => self.chain(false, &operands.iter().collect::<Vec<_>>(), exits),
            Expr::If(condition, then, otherwise) => {
                let (yes, no) = (self.label(), self.label());
                self.condition(condition, Exits { yes, no, failed: exits.failed })?;
                self.place(yes)?;
                self.condition(then, exits)?;
                self.place(no)?;
                self.condition(otherwise, exits)
            }
            Expr::Failing { failed, value } => {
                self.unless(failed, exits.failed)?;
                self.condition(value, exits)
            }
            Expr::Compare(cmp, left, right) => self.compare(*cmp, left, right, exits),
            Expr::TextEq(left, right) => self.ask(Ask::TextEq, left, right, exits),
            Expr::Contains { set, text, element } => {
                if let Some(mark) = marked(*text, element) {
                    let Operand::Slot(set) = self.settled(set, exits.failed)? else { return None };
                    return self.step(Step { ask: Ask::Has, ..step(set.into(), mark, exits.yes, exits.no) });
                }
                self.ask(if *text { Ask::ContainsText } else { Ask::ContainsInt }, set, element, exits)
            }
            Expr::Under { kind, left, right } => {
                let ask = match kind {
                    Under::Path => Ask::UnderPath,
                    Under::Host => Ask::UnderHost,
                    Under::Net => Ask::UnderNet,
                };
                self.ask(ask, left, right, exits)
            }
            Expr::Matches { pattern, text } => self.ask_number(Ask::Matches, text, pattern.0, exits),
            Expr::Runs { only, patterns, command } => {
                self.ask_number(if *only { Ask::RunsOnly } else { Ask::RunsAny }, command, patterns.0, exits)
            }
            // What is computed is machine code.
            Expr::Literal(_)
            | Expr::Row { .. }
            | Expr::Var(_)
            | Expr::Let { .. }
            | Expr::Arith { .. }
            | Expr::Fold { .. }
            | Expr::Length(_)
            | Expr::Detect { .. }
            | Expr::Part { .. }
            | Expr::Hours { .. }
            | Expr::Local { .. }
            | Expr::Find { .. }
            | Expr::Cell { .. } => None,
        }
    }

    /// The operands of an `and`, or of an `or`: one that is not `passes` decides, even beside one that failed.
    fn chain(&mut self, passes: bool, operands: &[&Expr], exits: Exits) -> Option<()> {
        let turned = |exits: Exits| if passes { exits } else { exits.exchanged() };
        let Exits { yes: passed, no: decided, failed } = turned(exits);
        // What costs next to nothing comes first; which of the operands decides makes no difference.
        let (cheap, dear): (Vec<&Expr>, Vec<&Expr>) = operands.iter().copied().partition(|operand| is_cheap(operand));
        let all: Vec<&Expr> = cheap.into_iter().chain(dear).collect();
        let (last, others) = all.split_last()?;
        if failed == decided || failed == passed || !others.iter().any(|operand| can_fail(operand)) {
            for operand in others {
                let next = self.label();
                let failed = if failed == passed { next } else { failed };
                self.condition(operand, turned(Exits { yes: next, no: decided, failed }))?;
                self.place(next)?;
            }
            return self.condition(last, exits);
        }
        let note = 1_u64.checked_shl(self.notes.into())?;
        self.notes = self.notes.checked_add(1)?;
        self.note(Ask::Forget, note)?;
        for operand in others {
            let next = self.label();
            let failed = if can_fail(operand) { self.label() } else { failed };
            self.condition(operand, turned(Exits { yes: next, no: decided, failed }))?;
            if can_fail(operand) {
                self.place(failed)?;
                self.note(Ask::Fail, note)?;
            }
            self.place(next)?;
        }
        let end = self.label();
        self.condition(last, turned(Exits { yes: end, no: decided, failed }))?;
        self.place(end)?;
        self.step(Step { ask: Ask::Failed, ..step(note, 0, failed, passed) })
    }

    fn compare(&mut self, cmp: Cmp, left: &Expr, right: &Expr, exits: Exits) -> Option<()> {
        match (left, right) {
            (Expr::Failing { failed, value }, other) => {
                self.unless(failed, exits.failed)?;
                self.compare(cmp, value, other, exits)
            }
            (other, Expr::Failing { failed, value }) => {
                self.unless(failed, exits.failed)?;
                self.compare(cmp, other, value, exits)
            }
            (Expr::If(condition, then, otherwise), other) => {
                let (yes, no) = (self.label(), self.label());
                self.condition(condition, Exits { yes, no, failed: exits.failed })?;
                self.place(yes)?;
                self.compare(cmp, then, other, exits)?;
                self.place(no)?;
                self.compare(cmp, otherwise, other, exits)
            }
            (other, Expr::If(..)) => self.compare(cmp.mirrored(), right, other, exits),
            _ => match (operand(left)?, operand(right)?) {
                (Operand::Slot(slot), Operand::Word(word)) => self.against(cmp, slot, word, exits),
                (Operand::Word(word), Operand::Slot(slot)) => self.against(cmp.mirrored(), slot, word, exits),
                (Operand::Slot(left), Operand::Slot(right)) => {
                    let (ask, low, span, exits) = match cmp {
                        Cmp::Eq => (Ask::Same, left, right, exits),
                        Cmp::Ne => (Ask::Same, left, right, exits.exchanged()),
                        Cmp::Lt => (Ask::Less, left, right, exits),
                        Cmp::Ge => (Ask::Less, left, right, exits.exchanged()),
                        Cmp::Gt => (Ask::Less, right, left, exits),
                        Cmp::Le => (Ask::Less, right, left, exits.exchanged()),
                    };
                    self.step(Step { ask, ..step(low.into(), span.into(), exits.yes, exits.no) })
                }
                (Operand::Word(left), Operand::Word(right)) => {
                    let holds = cmp.holds(left.cast_signed(), right.cast_signed());
                    self.go(if holds { exits.yes } else { exits.no })
                }
            },
        }
    }

    /// A slot against a constant.
    fn against(&mut self, cmp: Cmp, slot: u16, word: u64, exits: Exits) -> Option<()> {
        match against(cmp, word) {
            Some((Test { low, span }, is_turned)) => {
                let exits = if is_turned { exits.exchanged() } else { exits };
                self.within(Slot(slot.into()), low, span, exits)
            }
            // Nothing is beyond the greatest number.
            None => self.go(if cmp == Cmp::Gt { exits.no } else { exits.yes }),
        }
    }

    fn within(&mut self, slot: Slot, low: u64, span: u64, exits: Exits) -> Option<()> {
        let slot = u16::try_from(slot.0).ok()?;
        self.step(Step { slot, ..step(low, span, exits.yes, exits.no) })
    }

    /// Leaves for `failed` unless an expression is 0.
    fn unless(&mut self, expr: &Expr, failed: u16) -> Option<()> {
        let next = self.label();
        self.condition(expr, Exits { yes: failed, no: next, failed })?;
        self.place(next)
    }

    /// Asks the runtime about two values.
    fn ask(&mut self, ask: Ask, first: &Expr, second: &Expr, exits: Exits) -> Option<()> {
        let first = self.settled(first, exits.failed)?;
        let second = self.settled(second, exits.failed)?;
        self.asked(ask, first, second, exits)
    }

    /// Asks the runtime about a value by the number of something.
    fn ask_number(&mut self, ask: Ask, first: &Expr, number: u32, exits: Exits) -> Option<()> {
        let first = self.settled(first, exits.failed)?;
        self.asked(ask, first, Operand::Word(number.into()), exits)
    }

    fn asked(&mut self, ask: Ask, first: Operand, second: Operand, exits: Exits) -> Option<()> {
        let told = |operand, flag| match operand {
            Operand::Slot(slot) => (u64::from(slot), flag),
            Operand::Word(word) => (word, 0),
        };
        let ((low, is_first), (span, is_second)) = (told(first, FIRST), told(second, SECOND));
        self.step(Step { ask, slot: is_first | is_second, ..step(low, span, exits.yes, exits.no) })
    }

    /// An operand that may fail, after what it fails by.
    fn settled(&mut self, expr: &Expr, failed: u16) -> Option<Operand> {
        match expr {
            Expr::Failing { failed: reason, value } => {
                self.unless(reason, failed)?;
                self.settled(value, failed)
            }
            _ => operand(expr),
        }
    }

    fn note(&mut self, ask: Ask, note: u64) -> Option<()> {
        let next = self.label();
        self.step(Step { ask, ..step(note, 0, next, next) })?;
        self.place(next)
    }

    fn go(&mut self, to: u16) -> Option<()> {
        self.step(Step { ask: Ask::Nothing, ..step(0, 0, to, to) })
    }

    fn step(&mut self, step: Step) -> Option<()> {
        self.steps.push(step);
        (self.steps.len().checked_sub(self.start)? <= MAX_STEPS).then_some(())
    }

    fn label(&mut self) -> u16 {
        self.labels.push(FAILED);
        // There are never as many labels as there are numbers: a step has two at most.
        u16::try_from(self.labels.len()).unwrap_or(FAILED).wrapping_sub(1)
    }

    /// Puts a label at the next step.
    fn place(&mut self, label: u16) -> Option<()> {
        let next = u16::try_from(self.steps.len().checked_sub(self.start)?).ok()?;
        *self.labels.get_mut(usize::from(label))? = next;
        Some(())
    }

    /// Gives labels their places, and leaves out steps that ask nothing.
    fn finish(self) -> Option<()> {
        let Self { steps, start, labels, .. } = self;
        let own = steps.get_mut(start..)?;
        // From behind, so that what is led to is settled.
        for at in (0..own.len()).rev() {
            let led = |label: u16, own: &[Step]| {
                if label >= FAILED {
                    return Some(label);
                }
                let to = *labels.get(usize::from(label))?;
                let step = own.get(usize::from(to))?;
                Some(if step.ask == Ask::Nothing { step.yes } else { to })
            };
            let Step { yes, no, .. } = *own.get(at)?;
            let (yes, no) = (led(yes, own)?, led(no, own)?);
            let step = own.get_mut(at)?;
            (step.yes, step.no) = (yes, no);
        }
        Some(())
    }
}

const fn step(low: u64, span: u64, yes: u16, no: u16) -> Step {
    Step { low, span, slot: 0, yes, no, ask: Ask::Within, memory: FORGOTTEN }
}

/// A slot or a constant.
fn operand(expr: &Expr) -> Option<Operand> {
    Some(match expr {
        Expr::Const(value) => Operand::Word(value.cast_unsigned()),
        Expr::Literal(id) => Operand::Word(literal(*id)),
        Expr::Load(slot) | Expr::Present(slot) => Operand::Slot(u16::try_from(slot.0).ok()?),
        _ => return None,
    })
}

/// What is behind a set that has an element, if that is told there.
fn marked(text: bool, element: &Expr) -> Option<u64> {
    match element {
        Expr::Literal(id) if text => mark(*id),
        _ => None,
    }
}

/// Whether it is made of words of the frame, comparisons of them, and what is behind sets alone.
fn is_cheap(expr: &Expr) -> bool {
    match expr {
        Expr::Const(_) | Expr::Literal(_) | Expr::Load(_) | Expr::Present(_) => true,
        Expr::Not(_) | Expr::And(_) | Expr::Or(_) | Expr::Compare(..) => expr.operands().all(is_cheap),
        Expr::Contains { set, text, element } => marked(*text, element).is_some() && is_cheap(set),
        _ => false,
    }
}

/// Whether something of it can fail that can be steps.
fn can_fail(expr: &Expr) -> bool {
    matches!(expr, Expr::Failing { .. }) || expr.operands().any(can_fail)
}
