//! Lowered values, and what is made of them.

use zt_lang::hir::{self, Ty};
use zt_runtime::ir::{Arith, Cmp, Expr};
use zt_runtime::schema::{PatternId, Slot};

use super::interval::Interval;
use crate::failure::can_fail;

/// An expression with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) expr: Expr,
    /// Between which values it lies, if it is a number.
    pub(super) interval: Interval,
    /// Conditions that are true or failed; where one failed there is no value. The first condition made of
    /// the value takes them over, so a `Bool` has none.
    needs: Vec<Expr>,
}

impl Value {
    pub(super) fn new(expr: Expr) -> Self {
        Value { expr, interval: Interval::ANY, needs: Vec::new() }
    }

    pub(super) fn constant(value: i64) -> Self {
        Value { interval: Interval::constant(value), ..Value::new(Expr::Const(value)) }
    }

    pub(super) fn slot(slot: Slot, interval: Interval) -> Self {
        Value { interval, ..Value::new(Expr::Load(slot)) }
    }

    /// This value where the slot says that it is there, another one where not.
    pub(super) fn or(self, slot: Slot, other: Value) -> Value {
        let choose = |then, otherwise| Expr::If(Box::new(Expr::Present(slot)), Box::new(then), Box::new(otherwise));
        let mut needs: Vec<Expr> = self.needs.into_iter().map(|need| choose(need, Expr::Const(1))).collect();
        needs.extend(other.needs.into_iter().map(|need| choose(Expr::Const(1), need)));
        Value { expr: choose(self.expr, other.expr), interval: self.interval.join(other.interval), needs }
    }

    pub(super) fn arith(op: Arith, left: Value, right: Value) -> Value {
        let (interval, checked) = Interval::arith(op, left.interval, right.interval);
        let expr = Expr::Arith { op, checked, left: Box::new(left.expr), right: Box::new(right.expr) };
        let mut needs = left.needs;
        needs.extend(right.needs);
        Value { expr, interval, needs }
    }

    /// The same, but failed where another one is.
    pub(super) fn strict(mut self, ty: &Ty, other: &Value, other_ty: &Ty) -> Value {
        self.needs.extend_from_slice(&other.needs);
        // A text or a member of an enum does not fail but by its needs.
        if can_fail(&other.expr) {
            let least = if *other_ty.base() == Ty::Bool { 0 } else { i64::MIN };
            let there = Expr::Compare(Cmp::Ge, Box::new(other.expr.clone()), Box::new(Expr::Const(least)));
            self.needs.push(there);
        }
        if *ty.base() == Ty::Bool { Value::new(needing(self.expr, self.needs)) } else { self }
    }

    /// Conditions that are true where there is a value, and failed where there is none.
    pub(super) fn defined(&self, text: bool) -> Vec<Expr> {
        let mut conditions = self.needs.clone();
        if can_fail(&self.expr) {
            let both = [self.expr.clone(), self.expr.clone()].map(Box::new);
            let [left, right] = both;
            conditions.push(if text { Expr::TextEq(left, right) } else { Expr::Compare(Cmp::Eq, left, right) });
        }
        conditions
    }

    /// How many expressions it is made of.
    pub(super) fn size(&self) -> usize {
        fn size(expr: &Expr) -> usize {
            1 + expr.operands().map(size).sum::<usize>()
        }
        size(&self.expr) + self.needs.iter().map(size).sum::<usize>()
    }

    /// Whether a part of it is nested deeper than this.
    pub(super) fn depth_exceeds(&self, limit: usize) -> bool {
        self.expr.depth_exceeds(limit) || self.needs.iter().any(|need| need.depth_exceeds(limit))
    }
}

/// Whether values of a type are compared as texts. An entity is its id.
pub(super) fn is_text(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::String | Ty::Ident | Ty::Entity(_))
}

pub(super) fn compare(cmp: Cmp, text: bool, left: Value, right: Value) -> Expr {
    let mut needs = left.needs;
    needs.extend(right.needs);
    let (left, right) = (Box::new(left.expr), Box::new(right.expr));
    let expr = match (text, cmp) {
        (false, _) => Expr::Compare(cmp, left, right),
        (true, Cmp::Ne) => Expr::Not(Box::new(Expr::TextEq(left, right))),
        // Texts have no order; the check lets no other comparison through.
        (true, _) => Expr::TextEq(left, right),
    };
    needing(expr, needs)
}

pub(super) fn matches(text: Value, pattern: PatternId) -> Expr {
    needing(Expr::Matches { pattern, text: Box::new(text.expr) }, text.needs)
}

/// Whether a value is in a set, which is a path or a choice of paths.
pub(super) fn contains(text: bool, element: Value, set: Value) -> Expr {
    fn within(text: bool, element: &Expr, set: Expr) -> Expr {
        match set {
            Expr::Load(_) => Expr::Contains { set: Box::new(set), text, element: Box::new(element.clone()) },
            Expr::If(condition, then, otherwise) => {
                Expr::If(condition, Box::new(within(text, element, *then)), Box::new(within(text, element, *otherwise)))
            }
            // A set that this entry lacks, behind a presence that is false.
            _ => Expr::Const(0),
        }
    }
    let mut needs = element.needs;
    needs.extend(set.needs);
    needing(within(text, &element.expr, set.expr), needs)
}

/// A condition that fails where its needs do, whatever it says itself.
fn needing(condition: Expr, needs: Vec<Expr>) -> Expr {
    if needs.is_empty() {
        return condition;
    }
    // Needs that have not failed are true, and comparing with that changes nothing.
    Expr::Compare(Cmp::Eq, Box::new(condition), Box::new(one_or(Expr::And, needs)))
}

/// The only operand, or an operator over all of them.
pub(super) fn one_or(operator: fn(Vec<Expr>) -> Expr, mut operands: Vec<Expr>) -> Expr {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        Some(last) => {
            operands.push(last);
            operator(operands)
        }
        None => operator(operands),
    }
}

pub(super) fn lower_op(op: hir::Arith) -> Arith {
    match op {
        hir::Arith::Add => Arith::Add,
        hir::Arith::Sub => Arith::Sub,
        hir::Arith::Mul => Arith::Mul,
    }
}

pub(super) fn lower_cmp(cmp: hir::Cmp) -> Cmp {
    match cmp {
        hir::Cmp::Eq => Cmp::Eq,
        hir::Cmp::Ne => Cmp::Ne,
        hir::Cmp::Lt => Cmp::Lt,
        hir::Cmp::Le => Cmp::Le,
        hir::Cmp::Gt => Cmp::Gt,
        hir::Cmp::Ge => Cmp::Ge,
    }
}
