//! Hints: the values that the conditions of a package speak of.

use std::collections::BTreeMap;

use zt_lang::hir::{Expr, ExprKind, Path};

/// Values that the policies speak of.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Numbers, those in ten-thousandths among them, by the last name of the path that they stand beside.
    pub(super) numbers: BTreeMap<String, Vec<i64>>,
    /// Texts.
    pub(super) texts: BTreeMap<String, Vec<String>>,
}

/// The key of hints that belong to no path.
pub(super) const ANYWHERE: &str = "";

impl Hints {
    pub(super) fn collect(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare(_, left, right) => {
                self.beside(left, right);
                self.beside(right, left);
            }
            ExprKind::InList(value, list) => list.iter().for_each(|item| self.beside(value, item)),
            ExprKind::In(value, set) => self.add(&last(set), value),
            ExprKind::Else(path, other) => self.add(&last(path), other),
            _ => {}
        }
        self.add(ANYWHERE, expr);
        for inner in parts(expr) {
            self.collect(inner);
        }
    }

    fn beside(&mut self, read: &Expr, literal: &Expr) {
        if let ExprKind::Path(path) | ExprKind::Else(path, _) = &read.kind {
            self.add(&last(path), literal);
        }
    }

    fn add(&mut self, name: &str, literal: &Expr) {
        match &literal.kind {
            ExprKind::Int(value) | ExprKind::Decimal(value) => {
                self.numbers.entry(name.to_owned()).or_default().push(*value);
            }
            ExprKind::Text(text) => self.texts.entry(name.to_owned()).or_default().push(text.to_string()),
            _ => {}
        }
    }
}

fn last(path: &Path) -> String {
    path.fields.last().map_or_else(|| "id".to_owned(), ToString::to_string)
}

/// The expressions directly inside of one.
#[must_use]
pub fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Not(x) | ExprKind::Neg(x) | ExprKind::In(x, _) | ExprKind::Else(_, x) | ExprKind::Matches(x, _) => {
            vec![x]
        }
        ExprKind::And(xs) | ExprKind::Or(xs) | ExprKind::Call(_, xs) => xs.iter().collect(),
        ExprKind::Compare(_, a, b) | ExprKind::Arith(_, a, b) => vec![a, b],
        ExprKind::InList(x, xs) => std::iter::once(&**x).chain(xs).collect(),
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Member(_)
        | ExprKind::Path(_)
        | ExprKind::Has(_) => vec![],
    }
}
