//! Lowered values, and what is made of them.

use zt_lang::hir::{self, Ty};
use zt_runtime::ir::{Arith, Cmp, Expr};

use super::interval::Interval;

/// An expression with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) expr: Expr,
    /// Between which values it lies, if it is a number.
    pub(super) interval: Interval,
    /// Whether it is a text that is held as the constant that it is, if it is one.
    pub(super) interned: bool,
}

impl Value {
    pub(super) fn new(expr: Expr) -> Self {
        Value::number(expr, Interval::ANY)
    }

    pub(super) fn number(expr: Expr, interval: Interval) -> Self {
        Value { expr, interval, interned: false }
    }

    pub(super) fn constant(value: i64) -> Self {
        Value::number(Expr::Const(value), Interval::constant(value))
    }

    /// This value where a condition is true, another one where not.
    pub(super) fn choose(condition: Expr, then: Value, otherwise: Value) -> Value {
        let interval = then.interval.join(otherwise.interval);
        let interned = then.is_interned() && otherwise.is_interned();
        Value { expr: choose(condition, then.expr, otherwise.expr), interval, interned }
    }

    pub(super) fn arith(op: Arith, left: Value, right: Value) -> Value {
        let (interval, checked) = Interval::arith(op, left.interval, right.interval);
        let expr = Expr::Arith { op, checked, left: Box::new(left.expr), right: Box::new(right.expr) };
        Value::number(expr, interval)
    }

    /// Whether it is the same text as a constant exactly if it is the same word.
    const fn has_word_of(&self, constant: &Value) -> bool {
        self.is_interned() && matches!(constant.expr, Expr::Literal(_))
    }

    const fn is_interned(&self) -> bool {
        self.interned || matches!(self.expr, Expr::Literal(_))
    }

    /// Whether it can stand in several places at no cost.
    pub(super) fn is_plain(&self) -> bool {
        matches!(
            self.expr,
            Expr::Const(_) | Expr::Literal(_) | Expr::Load(_) | Expr::Present(_) | Expr::Row { .. } | Expr::Var(_)
        )
    }
}

impl From<Expr> for Value {
    fn from(expr: Expr) -> Self {
        Value::new(expr)
    }
}

/// Whether values of a type are held as texts. An entity is its id.
pub(super) fn is_text(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::String | Ty::Ident | Ty::Syntax(_) | Ty::Entity(_))
}

/// Whether values of a type are collections.
pub(super) fn is_collection(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Map(_))
}

pub(super) fn choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    match condition {
        Expr::Const(0) => otherwise,
        Expr::Const(_) => then,
        condition => Expr::If(Box::new(condition), Box::new(then), Box::new(otherwise)),
    }
}

pub(super) fn compare(cmp: Cmp, text: bool, left: impl Into<Value>, right: impl Into<Value>) -> Expr {
    let (left, right) = (left.into(), right.into());
    let by_word = !text || left.has_word_of(&right) || right.has_word_of(&left);
    let (left, right) = (Box::new(left.expr), Box::new(right.expr));
    match (by_word, cmp) {
        (true, _) => Expr::Compare(cmp, left, right),
        (false, Cmp::Ne) => Expr::Not(Box::new(Expr::TextEq(left, right))),
        // Texts have no order; the check lets no other comparison through.
        (false, _) => Expr::TextEq(left, right),
    }
}

pub(super) fn not(condition: Expr) -> Expr {
    match condition {
        Expr::Const(value) => Expr::Const((value == 0).into()),
        Expr::Not(inner) => *inner,
        condition => Expr::Not(Box::new(condition)),
    }
}

/// `and`. Nested ones become one; a false constant decides at once, failures or not.
pub(super) fn all(operands: impl IntoIterator<Item = Expr>) -> Expr {
    let operands = operands.into_iter();
    // Of many rules, room that nothing is in adds up.
    let mut parts = Vec::with_capacity(operands.size_hint().0);
    for operand in operands {
        match operand {
            Expr::Const(0) => return Expr::Const(0),
            Expr::Const(_) => {}
            Expr::And(inner) if parts.is_empty() => parts = inner,
            Expr::And(inner) => parts.extend(inner),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Expr::Const(1) } else { one_or(Expr::And, parts) }
}

/// `or`. Nested ones become one; a true constant decides at once, failures or not.
pub(super) fn any(operands: impl IntoIterator<Item = Expr>) -> Expr {
    let operands = operands.into_iter();
    let mut parts = Vec::with_capacity(operands.size_hint().0);
    for operand in operands {
        match operand {
            Expr::Const(0) => {}
            Expr::Const(_) => return Expr::Const(1),
            Expr::Or(inner) if parts.is_empty() => parts = inner,
            Expr::Or(inner) => parts.extend(inner),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Expr::Const(0) } else { one_or(Expr::Or, parts) }
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
