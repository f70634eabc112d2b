//! The interpreter: expressions of a program, evaluated over a frame on any machine.
//!
//! It gives what native code gives, word for word: [`case`] stands in for a native function, and
//! [`value`] and [`condition`] take any expression, whether or not it is a rule's.

mod ask;

pub(crate) use ask::{asked, asked_by_gather};

use crate::abi::{self, Set, literal};
use crate::cause::Cause;
use crate::index::Group;
use crate::ir::{Arith, Entry, Expr, Fold, Gather, LocalPart, Search, TableId, Under, VarId};
use crate::operands::Operands;

/// The value of an expression, as a slot would hold it; nothing if it failed.
///
/// Once a value has referred to nothing, every expression on these operands fails: no valid program does
/// that on a frame of its own. Recursion is as deep as the expression, which validation bounds.
pub(crate) fn value(expr: &Expr, operands: &Operands<'_>) -> Option<u64> {
    let word = match expr {
        Expr::Const(value) => Some(value.cast_unsigned()),
        _ => Evaluation::new(operands).word(expr),
    };
    word.filter(|_| !operands.is_faulty())
}

/// Whether a condition is true; nothing if it failed.
pub(crate) fn condition(expr: &Expr, operands: &Operands<'_>) -> Option<bool> {
    value(expr, operands).map(holds)
}

/// Why an expression failed: the first failure, as it is written, among those that made it fail. Nothing if it did not.
pub(crate) fn cause(expr: &Expr, operands: &Operands<'_>) -> Option<Cause> {
    let mut evaluation = Evaluation::new(operands);
    match evaluation.word(expr) {
        Some(_) => None,
        None => Some(evaluation.cause),
    }
}

/// Some elements of a collection; nothing if it failed.
pub(crate) fn gather(gather: &Gather, operands: &Operands<'_>) -> Option<Vec<u64>> {
    let mut evaluation = Evaluation::new(operands);
    for need in &gather.needs {
        evaluation.word(need)?;
    }
    let mut words = Vec::new();
    let mut add = |evaluation: &mut Evaluation<'_, '_>| {
        if evaluation.holds(&gather.when)? {
            words.push(evaluation.word(&gather.value)?);
        }
        Some(())
    };
    match &gather.rows {
        None => add(&mut evaluation)?,
        Some((row, list)) => {
            let list = Set::unpack(evaluation.word(list)?);
            for index in 0..list.count {
                evaluation.names.0.push((*row, Named::Row(list, index)));
                let added = add(&mut evaluation);
                evaluation.names.0.pop();
                added?;
            }
        }
    }
    (!operands.is_faulty()).then_some(words)
}

/// What native code stores for a case of a group: the bits of those rules that hold and of those that failed.
pub(crate) fn case(entry: &Entry, group: &Group, case: u32, operands: &Operands<'_>) -> [u64; 2] {
    let (mut held, mut failed) = (0_u64, 0_u64);
    for place in group.case(case) {
        let bit = 1_u64.checked_shl(place).unwrap_or_default();
        let position = usize::try_from(place).ok().and_then(|place| group.rules.get(place)).copied();
        let rule = position.and_then(|position| entry.rules.get(usize::try_from(position).ok()?));
        match rule.and_then(|rule| condition(&rule.condition, operands)) {
            Some(true) => held |= bit,
            Some(false) => {}
            None => failed |= bit,
        }
    }
    [held, failed]
}

/// What names stand for.
#[derive(Debug, Default)]
struct Names(Vec<(VarId, Named)>);

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
enum Named {
    Value(u64),
    /// Something that failed.
    Nothing,
    Row(Set, u32),
}

impl Names {
    fn get(&self, name: VarId) -> Option<Named> {
        self.0.iter().rev().find(|(known, _)| *known == name).map(|(_, named)| *named)
    }
}

/// An evaluation: what values refer to, and the names around.
struct Evaluation<'e, 'a> {
    operands: &'e Operands<'a>,
    names: Names,
    /// Why the last operand failed that did.
    cause: Cause,
}

impl<'e, 'a> Evaluation<'e, 'a> {
    fn new(operands: &'e Operands<'a>) -> Self {
        Self { operands, names: Names::default(), cause: Cause::Overflow }
    }

    /// Takes note of why there is no value.
    fn known<T>(&mut self, value: Option<T>, cause: Cause) -> Option<T> {
        if value.is_none() {
            self.cause = cause;
        }
        value
    }

    fn word(&mut self, expr: &Expr) -> Option<u64> {
        let operands = self.operands;
        Some(match expr {
            Expr::Const(value) => value.cast_unsigned(),
            Expr::Literal(id) => literal(*id),
            Expr::Load(slot) | Expr::Present(slot) => operands.slot(*slot)?,
            Expr::Row { row, word } => match self.names.get(*row) {
                Some(Named::Row(list, index)) => operands.row(list, index, *word)?,
                _ => return self.unknown(),
            },
            Expr::Var(name) => match self.names.get(*name) {
                Some(Named::Value(value)) => value,
                Some(Named::Nothing) => return None,
                _ => return self.unknown(),
            },
            Expr::Let { first, values, body } => {
                let around = self.names.0.len();
                // A value does not see the others: their names are not given to anything within it.
                for (value, index) in values.iter().zip(0..) {
                    let value = self.word(value);
                    match value {
                        Some(value) => self.names.0.push((first.after(index), Named::Value(value))),
                        None => {
                            self.names.0.truncate(around);
                            return None;
                        }
                    }
                }
                let result = self.word(body);
                self.names.0.truncate(around);
                result?
            }
            Expr::Not(operand) => (!self.holds(operand)?).into(),
            Expr::And(parts) => self.all(parts, true)?.into(),
            Expr::Or(parts) => (!self.all(parts, false)?).into(),
            Expr::If(condition, then, otherwise) => {
                let chosen = if self.holds(condition)? { then } else { otherwise };
                self.word(chosen)?
            }
            Expr::Compare(cmp, left, right) => {
                let (left, right) = self.both(left, right)?;
                cmp.holds(left.cast_signed(), right.cast_signed()).into()
            }
            Expr::TextEq(left, right) => {
                let (left, right) = self.both(left, right)?;
                operands.text_eq(left, right).into()
            }
            Expr::Arith { op, checked, left, right } => {
                let (left, right) = self.both(left, right)?;
                let (left, right) = (left.cast_signed(), right.cast_signed());
                let result = if *checked {
                    self.known(calculate(*op, left, right), Cause::Overflow)?
                } else {
                    wrap(*op, left, right)
                };
                result.cast_unsigned()
            }
            Expr::Contains { set, text, element } => {
                let (element, set) = self.both(element, set)?;
                if *text { operands.contains_text(set, element) } else { operands.contains_int(set, element) }.into()
            }
            Expr::Fold { kind, row, list, body } => {
                let list = Set::unpack(self.word(list)?);
                self.fold(*kind, *row, list, body)?
            }
            Expr::Length(list) => Set::unpack(self.word(list)?).count.into(),
            Expr::Matches { pattern, text } => operands.matches(self.word(text)?, pattern.0.into()).into(),
            Expr::Detect { detector, whole, text } => {
                operands.detect(self.word(text)?, abi::detection(*detector, *whole))
            }
            Expr::Under { kind, left, right } => {
                let (left, right) = self.both(left, right)?;
                match kind {
                    Under::Path => operands.under_path(left, right),
                    Under::Host => operands.under_host(left, right),
                    Under::Net => operands.under_net(left, right),
                }
                .into()
            }
            Expr::Part { part, text } => operands.part(self.word(text)?, part.index().into()),
            Expr::Runs { only, patterns, command } => {
                let (command, patterns) = (self.word(command)?, patterns.0.into());
                if *only { operands.runs_only(command, patterns) } else { operands.runs_any(command, patterns) }.into()
            }
            Expr::Hours { hours, instant } => {
                let within = operands.within_hours(self.word(instant)?, hours.0.into());
                self.known(within, Cause::Zone)?.into()
            }
            Expr::Local { part, zone, instant } => {
                let (instant, zone) = (self.word(instant)?, zone.0.into());
                let shown = match part {
                    LocalPart::Date => operands.local_date(instant, zone),
                    LocalPart::Time => operands.local_time(instant, zone),
                    LocalPart::Weekday => operands.local_weekday(instant, zone),
                };
                self.known(shown, Cause::Zone)?
            }
            Expr::Find { table, key } => self.find(*table, key)?,
            Expr::Cell { table, row } => operands.table_cell(self.word(row)?, table.0.into()),
            Expr::Failing { failed, value } => {
                if let Some(cause) = Cause::unpack(self.word(failed)?) {
                    self.cause = cause;
                    return None;
                }
                self.word(value)?
            }
        })
    }

    /// The number of a table's row under a key.
    #[inline(never)] // What it keeps on the stack is not to be kept at every level of an expression.
    fn find(&mut self, table: TableId, key: &[Expr]) -> Option<u64> {
        let words: Vec<u64> = key.iter().map(|part| self.word(part)).collect::<Option<_>>()?;
        let start = Search::of(table).pack();
        Some(words.into_iter().fold(start, |search, value| self.operands.table_find(search, value)))
    }

    fn holds(&mut self, expr: &Expr) -> Option<bool> {
        self.word(expr).map(holds)
    }

    fn both(&mut self, left: &Expr, right: &Expr) -> Option<(u64, u64)> {
        let left = self.word(left)?;
        Some((left, self.word(right)?))
    }

    /// Whether every operand is `wanted`: an operand that is not decides, also after one that failed.
    fn all(&mut self, parts: &[Expr], wanted: bool) -> Option<bool> {
        let mut failed = None;
        for part in parts {
            match self.holds(part) {
                Some(truth) if truth == wanted => {}
                Some(_) => return Some(false),
                None => failed = failed.or(Some(self.cause)),
            }
        }
        self.unless(failed).then_some(true)
    }

    fn fold(&mut self, kind: Fold, row: VarId, list: Set, body: &Expr) -> Option<u64> {
        let around = self.names.0.len();
        let mut failed = None;
        let mut count = 0_u64;
        for index in 0..list.count {
            self.names.0.push((row, Named::Row(list, index)));
            let truth = self.holds(body);
            self.names.0.truncate(around);
            match (kind, truth) {
                (Fold::Any, Some(true)) => return Some(1),
                (Fold::All, Some(false)) => return Some(0),
                (Fold::Count, Some(truth)) => count = count.saturating_add(truth.into()),
                (_, Some(_)) => {}
                // No row is worth looking at after a fault; and a list that the frame does not have may be long.
                (_, None) if self.operands.is_faulty() => return None,
                (Fold::Count, None) => return None,
                (_, None) => failed = failed.or(Some(self.cause)),
            }
        }
        self.unless(failed).then_some(())?;
        Some(match kind {
            Fold::Any => 0,
            Fold::All => 1,
            Fold::Count => count,
        })
    }

    /// Whether nothing failed; otherwise the first failure is the cause.
    fn unless(&mut self, failed: Option<Cause>) -> bool {
        self.cause = failed.unwrap_or(self.cause);
        failed.is_none()
    }

    /// A name that stands for nothing: no valid program has one.
    fn unknown(&self) -> Option<u64> {
        self.operands.no_rows(0, 0);
        None
    }
}

/// What a word says where a condition is asked for.
const fn holds(word: u64) -> bool {
    word != 0
}

const fn calculate(op: Arith, left: i64, right: i64) -> Option<i64> {
    match op {
        Arith::Add => left.checked_add(right),
        Arith::Sub => left.checked_sub(right),
        Arith::Mul => left.checked_mul(right),
    }
}

const fn wrap(op: Arith, left: i64, right: i64) -> i64 {
    match op {
        Arith::Add => left.wrapping_add(right),
        Arith::Sub => left.wrapping_sub(right),
        Arith::Mul => left.wrapping_mul(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::ir::{Cmp, EntryRule, LiteralId, Program, RuleId};
    use crate::nesting::MAX_NESTING;
    use crate::pattern::{self, Pattern, Patterns};
    use crate::schema::{PatternId, Slot};

    /// Slots: 0 a number, 1 a text, 2 a set of numbers, 3 a set of texts, 4 present, 5 absent, 6 reaches
    /// outside of the frame's texts. There is no slot 9.
    fn with_operands(number: i64, check: impl FnOnce(&Operands<'_>)) {
        let mut frame = Frame::default();
        frame.clear(7);
        let text = frame.push_text("pi_1").unwrap();
        frame.push_element(3);
        frame.push_element((-2_i64).cast_unsigned());
        let numbers = frame.finish_set(None).unwrap();
        frame.push_element(text);
        let texts = frame.finish_set(Some(&|_| None)).unwrap();
        let values = [number.cast_unsigned(), text, numbers, texts, 1, 0, 0x7fff_ffff_ffff_ffff];
        for (slot, value) in (0..).zip(values) {
            frame.store(Some(Slot(slot)), value);
        }
        let patterns = Patterns::of(vec![Pattern::read(&pattern::tests::table("pi_[0-9]+", true)).unwrap()]);
        let program = Program { literals: vec!["pi_1".to_owned(), "x".to_owned()], ..Program::default() };
        check(&Operands::new(&program, &patterns, &frame));
    }

    fn load(slot: u32) -> Box<Expr> {
        Box::new(Expr::Load(Slot(slot)))
    }

    fn constant(value: i64) -> Box<Expr> {
        Box::new(Expr::Const(value))
    }

    fn arith(op: Arith, checked: bool, left: i64, right: i64) -> Expr {
        Expr::Arith { op, checked, left: constant(left), right: constant(right) }
    }

    /// A condition of each outcome.
    fn with(outcome: Option<bool>) -> Expr {
        match outcome {
            Some(truth) => Expr::Const(truth.into()),
            None => Expr::Compare(Cmp::Eq, Box::new(arith(Arith::Add, true, i64::MAX, 1)), constant(0)),
        }
    }

    const ALL: [Option<bool>; 3] = [Some(false), None, Some(true)];

    #[test]
    fn operators_over_every_combination_of_outcomes() {
        with_operands(0, |operands| {
            for (a, first) in ALL.into_iter().enumerate() {
                assert_eq!(condition(&Expr::Not(Box::new(with(first))), operands), ALL[2 - a]);
                for (b, second) in ALL.into_iter().enumerate() {
                    for (c, third) in ALL.into_iter().enumerate() {
                        let parts = || vec![with(first), with(second), with(third)];
                        assert_eq!(condition(&Expr::And(parts()), operands), ALL[a.min(b).min(c)]);
                        assert_eq!(condition(&Expr::Or(parts()), operands), ALL[a.max(b).max(c)]);
                    }
                    for cmp in [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge] {
                        let both = Expr::Compare(cmp, Box::new(with(first)), Box::new(with(second)));
                        let expected = first.zip(second).map(|(a, b)| cmp.holds(a.into(), b.into()));
                        assert_eq!(condition(&both, operands), expected);
                    }
                }
            }
        });
    }

    #[test]
    fn numbers_are_signed_and_checked_where_they_are_said_to_be() {
        use Arith::{Add, Mul, Sub};
        with_operands(-7, |operands| {
            let number = |expr: &Expr| value(expr, operands).map(u64::cast_signed);
            assert_eq!(number(&load(0)), Some(-7));
            assert_eq!(condition(&Expr::Compare(Cmp::Lt, load(0), constant(3)), operands), Some(true));
            assert_eq!(condition(&Expr::Compare(Cmp::Ge, load(0), constant(i64::MIN)), operands), Some(true));
            for (op, left, right, wrapped, overflows) in [
                (Add, i64::MAX, 1, i64::MIN, true),
                (Add, i64::MAX, -1, i64::MAX - 1, false),
                (Sub, i64::MIN, 1, i64::MAX, true),
                (Sub, 0, i64::MIN, i64::MIN, true),
                (Sub, -1, i64::MIN, i64::MAX, false),
                (Mul, i64::MIN, -1, i64::MIN, true),
                (Mul, i64::MAX, 2, -2, true),
                (Mul, -6, 7, -42, false),
            ] {
                assert_eq!(number(&arith(op, false, left, right)), Some(wrapped));
                assert_eq!(number(&arith(op, true, left, right)), (!overflows).then_some(wrapped));
            }
        });
    }

    #[test]
    fn texts_sets_and_patterns() {
        with_operands(3, |operands| {
            let literal = |id| Box::new(Expr::Literal(LiteralId(id)));
            let contains = |set, text, element| Expr::Contains { set: load(set), text, element };
            let matches = |text| Expr::Matches { pattern: PatternId(0), text };
            for (expr, expected) in [
                (Expr::TextEq(load(1), literal(0)), true),
                (Expr::TextEq(literal(1), load(1)), false),
                (contains(2, false, load(0)), true),
                (contains(2, false, constant(-2)), true),
                (contains(2, false, constant(2)), false),
                (contains(3, true, literal(0)), true),
                (contains(3, true, literal(1)), false),
                (matches(load(1)), true),
                (matches(literal(1)), false),
                (Expr::Present(Slot(4)), true),
                (Expr::Present(Slot(5)), false),
            ] {
                assert_eq!(condition(&expr, operands), Some(expected), "{expr}");
            }
            let failed = arith(Arith::Mul, true, i64::MAX, 2);
            assert_eq!(condition(&contains(2, false, Box::new(failed)), operands), None);
        });
    }

    #[test]
    fn only_the_chosen_branch_is_evaluated() {
        with_operands(0, |operands| {
            let failed = || Box::new(arith(Arith::Add, true, i64::MAX, 1));
            let choice = |slot, then, otherwise| Expr::If(Box::new(Expr::Present(Slot(slot))), then, otherwise);
            assert_eq!(value(&choice(4, constant(8), failed()), operands), Some(8));
            assert_eq!(value(&choice(5, failed(), constant(9)), operands), Some(9));
            assert_eq!(value(&choice(4, failed(), constant(9)), operands), None);
            assert_eq!(value(&choice(5, constant(8), failed()), operands), None);
        });
    }

    #[test]
    fn what_refers_to_nothing_fails_and_so_does_all_after_it() {
        for nonsense in [
            Expr::TextEq(load(6), load(1)),
            Expr::TextEq(load(1), Box::new(Expr::Literal(LiteralId(2)))),
            Expr::Contains { set: load(6), text: true, element: load(1) },
            Expr::Matches { pattern: PatternId(1), text: load(1) },
            Expr::Present(Slot(9)),
            Expr::Contains { set: load(9), text: false, element: load(0) },
            Expr::If(Box::new(Expr::Present(Slot(9))), constant(1), constant(1)),
        ] {
            with_operands(0, |operands| {
                // Not even an operand that would decide alone helps.
                let hidden = Expr::Or(vec![nonsense, Expr::Const(1)]);
                assert_eq!(condition(&hidden, operands), None);
                assert_eq!(value(&Expr::Const(1), operands), None);
                assert!(operands.take_fault());
                assert_eq!(value(&Expr::Const(1), operands), Some(1));
            });
        }
    }

    #[test]
    fn a_group_gives_one_bit_for_each_rule() {
        with_operands(0, |operands| {
            let rules: Vec<EntryRule> = (0..64)
                .map(|id| {
                    let outcome = if id == 63 { None } else { Some(id % 5 == 0) };
                    EntryRule { rule: RuleId(id), condition: with(outcome), ..EntryRule::default() }
                })
                .collect();
            let held: u64 = (0..63).filter(|id| id % 5 == 0).map(|id| 1_u64 << id).sum();
            let entry = Entry { rules, ..Entry::default() };
            let group = Group { rules: (0..64).collect(), cases: vec![1, 1, 64] };
            assert_eq!(case(&entry, &group, 0, operands), [1, 0]);
            assert_eq!(case(&entry, &group, 1, operands), [0, 0]);
            assert_eq!(case(&entry, &group, 2, operands), [held & !1, 1 << 63]);
            assert_eq!(case(&entry, &group, 3, operands), [0, 0]);
        });
    }

    #[test]
    fn the_deepest_expression_is_evaluated() {
        let deepest = (1..MAX_NESTING).fold(Expr::Const(1), |inner, level| match level % 3 {
            0 => Expr::Not(Box::new(inner)),
            1 => Expr::And(vec![inner]),
            _ => Expr::Compare(Cmp::Eq, Box::new(inner), constant(1)),
        });
        assert!(deepest.depth_exceeds(MAX_NESTING - 1) && !deepest.depth_exceeds(MAX_NESTING));
        // Level 3, 6, 9 and so on negate.
        let expected = ((MAX_NESTING - 1) / 3).is_multiple_of(2);
        with_operands(0, |operands| assert_eq!(condition(&deepest, operands), Some(expected)));
    }
}
