//! Expressions: every operand is there and of the right shape.

use std::rc::Rc;

use super::Problem;
use super::slots::{Held, Slots};
use crate::ir::{Cells, Cmp, Column, Expr, Fold, Gather, Program, Table, TableId, VarId};
use crate::nesting::MAX_NESTING;
use crate::schema::{Part, Slot};

/// What an expression gives, as far as native code can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// True or false.
    Truth,
    /// A number or a member of an enum.
    Number,
    /// A constant 0 or 1, which may be meant as either.
    TruthOrNumber,
    /// A text.
    Text,
    /// A sorted set of numbers.
    Numbers,
    /// A sorted set of texts.
    Texts,
    /// A list, and what the words of its rows hold.
    Rows(Rc<Slots>),
}

impl Shape {
    /// The shape of two values of which either may come; nothing if they do not go together.
    fn meet(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::TruthOrNumber, known @ (Self::Truth | Self::Number))
            | (known @ (Self::Truth | Self::Number), Self::TruthOrNumber) => Some(known),
            _ => None,
        }
    }

    pub(super) fn of(held: Held) -> Self {
        match held {
            Held::Presence | Held::Bool => Self::Truth,
            Held::Int | Held::Decimal | Held::Quantity(_) | Held::Enum | Held::Cause => Self::Number,
            Held::Text => Self::Text,
            Held::Numbers => Self::Numbers,
            Held::Texts => Self::Texts,
            Held::Rows(words) => Self::Rows(words),
        }
    }
}

/// Checks that an expression gives what is wanted, and is not nested too deep.
pub(super) fn check(program: &Program, slots: &Slots, expr: &Expr, wanted: Shape) -> Result<(), Problem> {
    if expr.depth_exceeds(MAX_NESTING) {
        return Err("its condition is nested too deep".to_owned());
    }
    Checker { program, slots, names: Vec::new() }.expect(expr, wanted)
}

/// Checks what elements of a collection are: conditions, and values of this shape.
pub(super) fn check_gather(program: &Program, slots: &Slots, of: &Gather, value: &Shape) -> Result<(), Problem> {
    let list = of.rows.as_ref().map(|(_, list)| list);
    if of.needs.iter().chain(list).chain([&of.when, &of.value]).any(|expr| expr.depth_exceeds(MAX_NESTING)) {
        return Err("its elements are nested too deep".to_owned());
    }
    let mut checker = Checker { program, slots, names: Vec::new() };
    of.needs.iter().try_for_each(|need| checker.shape(need).map(|_| ()))?;
    if let Some((row, list)) = &of.rows {
        let list = checker.list(list)?;
        checker.name(*row, Named::Row(list))?;
    }
    checker.expect(&of.when, Shape::Truth)?;
    checker.expect(&of.value, value.clone())
}

const fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_))
}

struct Checker<'a> {
    program: &'a Program,
    slots: &'a Slots,
    /// The names around, the nearest last: what a value gives, or a list of which there is a row.
    names: Vec<(VarId, Named)>,
}

#[derive(Debug, Clone)]
enum Named {
    Value(Shape),
    Row(Shape),
}

impl Checker<'_> {
    fn expect(&mut self, expr: &Expr, wanted: Shape) -> Result<(), Problem> {
        match self.shape(expr)?.meet(wanted.clone()) {
            Some(_) => Ok(()),
            None => Err(format!("{expr} is not of shape {wanted:?}")),
        }
    }

    /// Recursion is bounded by the depth that was checked before.
    fn shape(&mut self, expr: &Expr) -> Result<Shape, Problem> {
        match expr {
            Expr::Const(0 | 1) => Ok(Shape::TruthOrNumber),
            Expr::Const(_) => Ok(Shape::Number),
            Expr::Literal(id) => self.known(id.0, self.program.literals.len(), expr, Shape::Text),
            Expr::Load(slot) => self.slots.get(*slot).map(Shape::of),
            Expr::Present(slot) => self.slots.presence(*slot).map(|()| Shape::Truth),
            Expr::Row { row, word } => self.word(*row, *word),
            Expr::Var(name) => match self.named(*name)? {
                Named::Value(shape) => Ok(shape),
                Named::Row(_) => Err(format!("{name} is a row")),
            },
            Expr::Let { first, values, body } => {
                let shapes: Vec<Shape> = values.iter().map(|value| self.shape(value)).collect::<Result<_, _>>()?;
                let around = self.names.len();
                for (shape, index) in shapes.into_iter().zip(0..) {
                    self.name(first.after(index), Named::Value(shape))?;
                }
                let shape = self.shape(body);
                self.names.truncate(around);
                shape
            }
            Expr::Not(operand) => self.expect(operand, Shape::Truth).map(|()| Shape::Truth),
            Expr::And(operands) | Expr::Or(operands) => {
                if operands.is_empty() {
                    return Err("an operator has no operands".to_owned());
                }
                operands.iter().try_for_each(|operand| self.expect(operand, Shape::Truth))?;
                Ok(Shape::Truth)
            }
            Expr::If(condition, then, otherwise) => {
                self.expect(condition, Shape::Truth)?;
                self.both(then, otherwise)
            }
            Expr::Compare(cmp, left, right) => match self.both(left, right)? {
                Shape::Truth | Shape::Number | Shape::TruthOrNumber => Ok(Shape::Truth),
                // A text that is held as the constant that it is.
                Shape::Text if matches!(cmp, Cmp::Eq | Cmp::Ne) && (is_literal(left) || is_literal(right)) => {
                    Ok(Shape::Truth)
                }
                _ => Err(format!("{expr} compares as numbers what is none")),
            },
            Expr::TextEq(left, right) | Expr::Under { left, right, .. } => {
                self.expect(left, Shape::Text)?;
                self.expect(right, Shape::Text)?;
                Ok(Shape::Truth)
            }
            Expr::Arith { left, right, .. } => {
                self.expect(left, Shape::Number)?;
                self.expect(right, Shape::Number)?;
                Ok(Shape::Number)
            }
            Expr::Contains { set, text, element } => {
                let element = self.shape(element)?;
                match (self.shape(set)?, text, element) {
                    (Shape::Texts, true, Shape::Text) => Ok(Shape::Truth),
                    (Shape::Numbers, false, Shape::Truth | Shape::Number | Shape::TruthOrNumber) => Ok(Shape::Truth),
                    _ => Err(format!("{expr} asks a set for what it cannot hold")),
                }
            }
            Expr::Fold { kind, row, list, body } => {
                let list = self.list(list)?;
                let around = self.names.len();
                self.name(*row, Named::Row(list))?;
                let checked = self.expect(body, Shape::Truth);
                self.names.truncate(around);
                checked.map(|()| if *kind == Fold::Count { Shape::Number } else { Shape::Truth })
            }
            Expr::Length(list) => self.list(list).map(|_| Shape::Number),
            Expr::Matches { pattern, text } => {
                self.expect(text, Shape::Text)?;
                self.known(pattern.0, self.program.patterns.len(), expr, Shape::Truth)
            }
            Expr::Detect { detector, text, .. } => {
                self.expect(text, Shape::Text)?;
                let index = usize::try_from(detector.0).ok();
                match index.and_then(|index| self.program.detectors.get(index)) {
                    Some(detector) => Ok(if detector.truth { Shape::Truth } else { Shape::Number }),
                    None => Err(format!("{expr} refers to nothing")),
                }
            }
            Expr::Part { part, text } => {
                self.expect(text, Shape::Text)?;
                Ok(if *part == Part::UrlPort { Shape::Number } else { Shape::Text })
            }
            Expr::Runs { patterns, command, .. } => {
                self.expect(command, Shape::Text)?;
                self.known(patterns.0, self.program.commands.len(), expr, Shape::Truth)
            }
            Expr::Hours { hours, instant } => {
                self.expect(instant, Shape::Number)?;
                self.known(hours.0, self.program.hours.len(), expr, Shape::Truth)
            }
            Expr::Local { zone, instant, .. } => {
                self.expect(instant, Shape::Number)?;
                self.known(zone.0, self.program.zones.len(), expr, Shape::Number)
            }
            Expr::Find { table, key } => self.find(*table, key, expr),
            Expr::Cell { table, row } => {
                self.expect(row, Shape::Number)?;
                self.cell(*table, expr)
            }
            Expr::Failing { failed, value } => {
                self.expect(failed, Shape::Number)?;
                self.shape(value)
            }
        }
    }

    fn both(&mut self, left: &Expr, right: &Expr) -> Result<Shape, Problem> {
        let (left_shape, right_shape) = (self.shape(left)?, self.shape(right)?);
        left_shape.meet(right_shape).ok_or_else(|| format!("{left} and {right} are not of the same shape"))
    }

    fn list(&mut self, list: &Expr) -> Result<Shape, Problem> {
        match self.shape(list)? {
            shape @ (Shape::Numbers | Shape::Texts | Shape::Rows(_)) => Ok(shape),
            _ => Err(format!("{list} is no list")),
        }
    }

    /// What a word of a row holds.
    fn word(&self, row: VarId, word: u32) -> Result<Shape, Problem> {
        match (self.named(row)?, word) {
            (Named::Row(Shape::Rows(words)), word) => words.get(Slot(word)).map(Shape::of),
            // Of a set of Bool, what it is depends on who asks.
            (Named::Row(Shape::Numbers), 0) => Ok(Shape::TruthOrNumber),
            (Named::Row(Shape::Texts), 0) => Ok(Shape::Text),
            _ => Err(format!("{row} has no word {word}")),
        }
    }

    /// Gives a name to something. One that is taken would hide what it stood for.
    fn name(&mut self, name: VarId, named: Named) -> Result<(), Problem> {
        if self.names.iter().any(|(known, _)| *known == name) {
            return Err(format!("{name} is given twice"));
        }
        self.names.push((name, named));
        Ok(())
    }

    fn named(&self, name: VarId) -> Result<Named, Problem> {
        let found = self.names.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, named)| named.clone()).ok_or_else(|| format!("{name} stands for nothing"))
    }

    #[inline(never)] // What it keeps on the stack is not to be kept at every level of an expression.
    fn find(&mut self, table: TableId, key: &[Expr], expr: &Expr) -> Result<Shape, Problem> {
        let columns = self.table(table, expr)?.key.iter().map(|column| matches!(column, Column::Texts(_)));
        let texts: Vec<bool> = columns.collect();
        if texts.len() != key.len() {
            return Err(format!("{expr} has another number of columns"));
        }
        for (part, text) in key.iter().zip(texts) {
            match (self.shape(part)?, text) {
                (Shape::Text, true) | (Shape::Truth | Shape::Number | Shape::TruthOrNumber, false) => {}
                _ => return Err(format!("{expr} looks for {part} in a column of another shape")),
            }
        }
        Ok(Shape::Number)
    }

    fn cell(&self, table: TableId, expr: &Expr) -> Result<Shape, Problem> {
        match &self.table(table, expr)?.says {
            Some(Cells::Truths(_)) => Ok(Shape::Truth),
            Some(Cells::Numbers(_)) => Ok(Shape::Number),
            Some(Cells::Texts(_)) => Ok(Shape::Text),
            None => Err(format!("{expr} asks a table that says nothing")),
        }
    }

    fn table(&self, id: TableId, expr: &Expr) -> Result<&Table, Problem> {
        let table = usize::try_from(id.0).ok().and_then(|id| self.program.tables.get(id));
        table.ok_or_else(|| format!("{expr} refers to nothing"))
    }

    fn known(&self, id: u32, count: usize, expr: &Expr, shape: Shape) -> Result<Shape, Problem> {
        if usize::try_from(id).is_ok_and(|id| id < count) {
            Ok(shape)
        } else {
            Err(format!("{expr} refers to nothing"))
        }
    }
}
