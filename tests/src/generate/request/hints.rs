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
            ExprKind::In(value, set) => {
                if let ExprKind::Path(path) = &set.kind {
                    self.add(&last(path), value);
                }
            }
            ExprKind::Else(path, other) => self.add(&last(path), other),
            _ => {}
        }
        self.add(ANYWHERE, expr);
        for inner in expr.parts() {
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
