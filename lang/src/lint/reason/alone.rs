//! Conditions whose parts have nothing to do with each other: what one of them comes out as says nothing of another.
//!
//! Most rules ask each attribute once. What each part may be by itself is then all that there is to know, and nothing has
//! to be taken to hold beside anything else.

use super::Reasoner;
use super::known::Known;
use super::value::is_constant;
use crate::hir::{Expr, ExprKind, Path};

/// What conditions ask: tests that are not made of others, each of one term.
#[derive(Debug, Default)]
pub(in crate::lint) struct Terms<'e> {
    tests: Vec<&'e Expr>,
    /// The place that each test reads, and whether it asks only if something is there.
    read: Vec<(&'e Path, bool)>,
}

impl<'e> Terms<'e> {
    /// Those of some conditions; `None` if one asks anything that is not told apart here.
    pub(in crate::lint) fn of(conditions: impl IntoIterator<Item = &'e Expr>) -> Option<Self> {
        let mut out = Terms::default();
        conditions.into_iter().all(|e| out.take(e)).then_some(out)
    }

    fn take(&mut self, e: &'e Expr) -> bool {
        let read = match &e.kind {
            ExprKind::Not(x) => return self.take(x),
            ExprKind::And(xs) | ExprKind::Or(xs) => return xs.iter().all(|x| self.take(x)),
            ExprKind::Path(path) => Some((path, false)),
            ExprKind::Has(path) => Some((path, true)),
            ExprKind::Compare(_, a, b) if is_constant(b) => read(a),
            ExprKind::Compare(_, a, b) if is_constant(a) => read(b),
            ExprKind::In(a, b) if is_constant(a) => place(b),
            ExprKind::Under(a, b) if is_constant(b) => place(a),
            ExprKind::InList(x, all) if all.iter().all(is_constant) => read(x),
            ExprKind::Matches(x, _) | ExprKind::Glob(x, _) | ExprKind::Runs(x, ..) => place(x),
            _ => None,
        };
        let Some(read) = read else { return false };
        self.tests.push(e);
        self.read.push(read);
        true
    }

    /// Whether each test is about something else.
    fn are_apart(&self) -> bool {
        let others = |at: usize| self.read.iter().skip(at + 1);
        self.read.iter().enumerate().all(|(at, one)| others(at).all(|other| other != one))
    }

    /// Whether no test is about what one of the others is about.
    pub(in crate::lint) fn are_apart_from(&self, others: &Terms<'_>) -> bool {
        self.read.iter().all(|one| !others.read.contains(one))
    }
}

/// The place that a value is, or is made of alone.
fn read(e: &Expr) -> Option<(&Path, bool)> {
    match &e.kind {
        ExprKind::Else(path, other) if is_constant(other) => Some((path, false)),
        ExprKind::Count(over) => place(over),
        _ => place(e),
    }
}

fn place(e: &Expr) -> Option<(&Path, bool)> {
    if let ExprKind::Path(path) = &e.kind { Some((path, false)) } else { None }
}

impl Reasoner<'_> {
    /// Whether conditions have nothing to do with each other, and may come out as they please: each of their tests may be
    /// true and may be false, whatever the others are. Then every part of them may be true and may be false as well,
    /// beside whatever is known of the others.
    pub(in crate::lint) fn are_free(&self, terms: &Terms<'_>) -> bool {
        let none = Known::default();
        let free = |test: &&Expr| {
            let truth = self.truth(test, &none);
            truth.yes && truth.no
        };
        terms.are_apart() && terms.tests.iter().all(free)
    }
}
