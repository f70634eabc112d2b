//! Short ways to write conditions, and the values at the edges.

use zt_runtime::ir::{Arith, Cmp, Expr};
use zt_runtime::schema::Slot;

use super::run::{Failed, Given, Held, Not, Outcome};

pub(super) fn load(slot: Slot) -> Expr {
    Expr::Load(slot)
}

pub(super) fn compare(cmp: Cmp, left: Expr, right: Expr) -> Expr {
    Expr::Compare(cmp, Box::new(left), Box::new(right))
}

pub(super) fn arith(op: Arith, left: Expr, right: Expr) -> Expr {
    Expr::Arith { op, checked: true, left: Box::new(left), right: Box::new(right) }
}

pub(super) fn not(inner: Expr) -> Expr {
    Expr::Not(Box::new(inner))
}

pub(super) fn choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::If(Box::new(condition), Box::new(then), Box::new(otherwise))
}

/// A condition with this outcome whatever the request.
pub(super) fn with(outcome: Outcome) -> Expr {
    match outcome {
        Held => Expr::Const(1),
        Not => Expr::Const(0),
        Failed => compare(Cmp::Eq, arith(Arith::Add, Expr::Const(i64::MAX), Expr::Const(1)), Expr::Const(0)),
    }
}

pub(super) const ALL: [Outcome; 3] = [Not, Failed, Held];
pub(super) const CMPS: [Cmp; 6] = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];
pub(super) const OPS: [Arith; 3] = [Arith::Add, Arith::Sub, Arith::Mul];
pub(super) const EDGES: [i64; 9] = [i64::MIN, i64::MIN + 1, -2, -1, 0, 1, 2, i64::MAX - 1, i64::MAX];

pub(super) fn holds(condition: bool) -> Outcome {
    if condition { Held } else { Not }
}

pub(super) fn compared(cmp: Cmp, a: i64, b: i64) -> bool {
    match cmp {
        Cmp::Eq => a == b,
        Cmp::Ne => a != b,
        Cmp::Lt => a < b,
        Cmp::Le => a <= b,
        Cmp::Gt => a > b,
        Cmp::Ge => a >= b,
    }
}

pub(super) fn calculated(op: Arith, a: i64, b: i64) -> Option<i64> {
    match op {
        Arith::Add => a.checked_add(b),
        Arith::Sub => a.checked_sub(b),
        Arith::Mul => a.checked_mul(b),
    }
}

/// Requests with every pair of edge values.
pub(super) fn pairs() -> Vec<Given> {
    EDGES.iter().flat_map(|&a| EDGES.map(|b| Given { a, b, ..Given::default() })).collect()
}
