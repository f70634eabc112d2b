//! Expressions: every operand is there and of the right shape.

use super::Problem;
use super::slots::{Held, Slots};
use crate::ir::{Expr, Program};
use crate::nesting::MAX_NESTING;

/// What an expression gives, as far as native code can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// True or false.
    Truth,
    /// An integer, a decimal or a member of an enum.
    Number,
    /// A constant 0 or 1, which may be meant as either.
    TruthOrNumber,
    /// A text.
    Text,
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
}

/// Checks that an expression gives what is wanted, and is not nested too deep.
pub(super) fn check(program: &Program, slots: &Slots, expr: &Expr, wanted: Shape) -> Result<(), Problem> {
    if expr.depth_exceeds(MAX_NESTING) {
        return Err("its condition is nested too deep".to_owned());
    }
    Checker { program, slots }.expect(expr, wanted)
}

struct Checker<'a> {
    program: &'a Program,
    slots: &'a Slots,
}

impl Checker<'_> {
    fn expect(&self, expr: &Expr, wanted: Shape) -> Result<(), Problem> {
        let shape = self.shape(expr)?;
        match shape.meet(wanted) {
            Some(_) => Ok(()),
            None => Err(format!("{expr} is not of shape {wanted:?}")),
        }
    }

    /// Recursion is bounded by the depth that was checked before.
    fn shape(&self, expr: &Expr) -> Result<Shape, Problem> {
        match expr {
            Expr::Const(0 | 1) => Ok(Shape::TruthOrNumber),
            Expr::Const(_) => Ok(Shape::Number),
            Expr::Literal(id) => self.known(id.0, self.program.literals.len(), expr, Shape::Text),
            Expr::Load(slot) => match self.slots.get(*slot)? {
                Held::Presence | Held::Bool => Ok(Shape::Truth),
                Held::Int | Held::Decimal | Held::Enum => Ok(Shape::Number),
                Held::Text => Ok(Shape::Text),
                Held::Numbers | Held::Texts => Err(format!("slot {slot} is a set")),
            },
            Expr::Present(slot) => self.slots.presence(*slot).map(|()| Shape::Truth),
            Expr::Not(operand) => self.expect(operand, Shape::Truth).map(|()| Shape::Truth),
            Expr::And(operands) | Expr::Or(operands) => {
                if operands.is_empty() {
                    return Err("an operator has no operands".to_owned());
                }
                operands.iter().try_for_each(|operand| self.expect(operand, Shape::Truth))?;
                Ok(Shape::Truth)
            }
            Expr::Compare(_, left, right) => match self.both(left, right)? {
                Shape::Text => Err(format!("{expr} compares texts as numbers")),
                _ => Ok(Shape::Truth),
            },
            Expr::TextEq(left, right) => {
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
                match (self.slots.get(*set)?, text, element) {
                    (Held::Texts, true, Shape::Text) => Ok(Shape::Truth),
                    (Held::Numbers, false, Shape::Truth | Shape::Number | Shape::TruthOrNumber) => Ok(Shape::Truth),
                    _ => Err(format!("{expr} asks a set for what it cannot hold")),
                }
            }
            Expr::Matches { pattern, text } => {
                self.expect(text, Shape::Text)?;
                self.known(pattern.0, self.program.patterns.len(), expr, Shape::Truth)
            }
            Expr::IfPresent { slot, then, otherwise } => {
                self.slots.presence(*slot)?;
                self.both(then, otherwise)
            }
        }
    }

    fn both(&self, left: &Expr, right: &Expr) -> Result<Shape, Problem> {
        let (left_shape, right_shape) = (self.shape(left)?, self.shape(right)?);
        left_shape.meet(right_shape).ok_or_else(|| format!("{left} and {right} are not of the same shape"))
    }

    fn known(&self, id: u32, count: usize, expr: &Expr, shape: Shape) -> Result<Shape, Problem> {
        if usize::try_from(id).is_ok_and(|id| id < count) {
            Ok(shape)
        } else {
            Err(format!("{expr} refers to nothing"))
        }
    }
}
