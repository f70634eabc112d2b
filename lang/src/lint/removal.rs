//! What may be removed from a condition without changing what comes of it.
//!
//! A part of an `and` that is always true and never fails may go, and of an `or` one that never is. One that only follows from
//! its neighbours may go where none of them fails: of a failed and a false condition the false one would be missed. What proves
//! that something is there stays, and so does the only place at which an argument is read, for it may have to be.

use std::collections::BTreeSet;

use super::reason::{Known, Reasoner};
use super::term::path_key;
use crate::hir::{Expr, ExprKind, Inspected, Policy, Root, Rule};
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp, RuleClauseKind};

/// A part that says nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Idle {
    /// Where it stands.
    pub(super) span: Span,
    /// What it always is, or is wherever its neighbours let it matter.
    pub(super) value: bool,
    /// Whether it is that only beside its neighbours.
    pub(super) beside: bool,
}

/// Which of some idle parts of a rule's condition may be removed, each with the text that goes with it.
pub(super) fn removable(
    reasoner: &Reasoner<'_>,
    policy: &Policy,
    rule: &Rule,
    tree: &ast::Rule,
    idle: &[Idle],
) -> Vec<(Span, Span)> {
    let none = Known::default();
    let mut parts = policy.guard.iter().chain([&rule.condition]).flat_map(conjuncts);
    let sound = parts.all(|part| !reasoner.truth(part, &none).fails) && reasoner.has_fuel();
    let is_idle = |span: Span| idle.iter().any(|idle| idle.span == span);
    let mut read = BTreeSet::new();
    policy.guard.iter().chain([&rule.condition]).for_each(|e| reads(e, &is_idle, &mut read));
    let mut out = vec![];
    // Two parts may each say nothing only because of the other: of these one is removed, and then it is looked again.
    let mut one = false;
    for clause in &tree.clauses {
        let (RuleClauseKind::When(condition) | RuleClauseKind::Unless(condition)) = &clause.kind else { continue };
        let ast::ExprKind::Logic(op, xs) = &stripped(condition).kind else { continue };
        for (at, x) in xs.iter().enumerate() {
            let span = stripped(x).span;
            let Some(found) = idle.iter().find(|idle| idle.span == span) else { continue };
            if found.value != (*op == BinaryOp::And) || found.beside && !sound {
                continue;
            }
            let Some(part) = at_span(&rule.condition, span) else { continue };
            let mut own = BTreeSet::new();
            reads(part, &|_| false, &mut own);
            if proves(part) || remembers(part) || !own.is_subset(&read) {
                continue;
            }
            if found.beside && std::mem::replace(&mut one, true) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|at| xs.get(at));
            let text = match (before, xs.get(at.saturating_add(1))) {
                (Some(before), _) => Span::new(before.span.end, x.span.end),
                (None, Some(after)) => Span::new(x.span.start, after.span.start),
                (None, None) => continue,
            };
            out.push((span, text));
        }
    }
    out
}

/// The parts of a condition that must all be true.
pub(super) fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::And(xs) => xs.iter().flat_map(conjuncts).collect(),
        _ => vec![e],
    }
}

/// An expression without the parentheses around it.
fn stripped(e: &ast::Expr) -> &ast::Expr {
    match &e.kind {
        ast::ExprKind::Paren(inner) => stripped(inner),
        _ => e,
    }
}

/// The condition that stands at a place.
fn at_span(e: &Expr, span: Span) -> Option<&Expr> {
    if e.span == span && !matches!(e.kind, ExprKind::Not(_)) {
        return Some(e);
    }
    e.parts().into_iter().find_map(|part| at_span(part, span))
}

/// Whether what stands beside a condition may need what it proves.
fn proves(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Has(_) | ExprKind::Is(..)) || e.parts().into_iter().any(proves)
}

/// Whether it may read a window. A decision tells what it read, and a call that a window on which a rule relies does not take
/// is denied, whatever the rule makes of it.
fn remembers(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Reading { .. } | ExprKind::Call(..)) || e.parts().into_iter().any(remembers)
}

/// The arguments, and the fields of tags, that an expression reads but for some parts of it.
fn reads(e: &Expr, without: &dyn Fn(Span) -> bool, out: &mut BTreeSet<String>) {
    if without(e.span) {
        return;
    }
    match &e.kind {
        ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Is(path, _) | ExprKind::Else(path, _)
            if matches!(path.root, Root::Input | Root::Tag) =>
        {
            out.insert(path_key(path));
        }
        ExprKind::Detect(_, Inspected::Input) => drop(out.insert("input".to_owned())),
        _ => {}
    }
    e.parts().into_iter().for_each(|part| reads(part, without, out));
}
