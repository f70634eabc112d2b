//! What a package means, whatever its layout: the checked tree with every span at the same place.

use std::sync::Arc;

use zt_lang::hir::{Action, Due, Expr, ExprKind, Field, Inspected, Package, Window};
use zt_lang::span::Span;

/// The package with no span in it. Test suites are left out.
#[must_use]
pub fn spanless(package: &Package) -> Package {
    let mut package = package.clone();
    package.suites.clear();
    for tier in &mut package.tiers {
        tier.obligations.iter_mut().for_each(due);
    }
    package.windows.values_mut().for_each(window);
    package.actions.values_mut().for_each(action);
    for record in package.records.values_mut().map(Arc::make_mut) {
        fields(&mut record.fields);
    }
    for define in package.defines.values_mut() {
        expr(&mut Arc::make_mut(define).body);
    }
    for policy in package.policies.iter_mut().map(Arc::make_mut) {
        policy.guard.iter_mut().for_each(expr);
        policy.limits.iter_mut().for_each(window);
        for rule in &mut policy.rules {
            (rule.span, rule.name_span) = (Span::default(), Span::default());
            expr(&mut rule.condition);
            rule.obligations.iter_mut().for_each(due);
        }
    }
    package
}

fn action(action: &mut Arc<Action>) {
    let action = Arc::make_mut(action);
    action.resource_id.iter_mut().for_each(expr);
    action.tags.iter_mut().flat_map(|tag| &mut tag.fields).for_each(|(_, said)| expr(said));
    fields(&mut action.input);
    if let Some(part) = action.part_of.as_mut().map(Arc::make_mut) {
        expr(&mut part.when);
        self::action(&mut part.whole);
    }
}

fn fields(fields: &mut [Field]) {
    fields.iter_mut().filter_map(|field| field.default.as_mut()).for_each(expr);
}

fn due(due: &mut Due) {
    due.span = Span::default();
    due.args.iter_mut().for_each(expr);
}

fn window(window: &mut Arc<Window>) {
    let window = Arc::make_mut(window);
    window.value.iter_mut().chain(&mut window.condition).chain(&mut window.key).for_each(expr);
}

fn expr(e: &mut Expr) {
    e.span = Span::default();
    match &mut e.kind {
        ExprKind::Not(x)
        | ExprKind::Neg(x)
        | ExprKind::Else(_, x)
        | ExprKind::Matches(x, _)
        | ExprKind::Glob(x, _)
        | ExprKind::Runs(x, ..)
        | ExprKind::Count(x)
        | ExprKind::Hours(x, _)
        | ExprKind::Detect(_, Inspected::Text(x))
        | ExprKind::Local(x, ..) => expr(x),
        ExprKind::And(xs)
        | ExprKind::Or(xs)
        | ExprKind::Call(_, xs)
        | ExprKind::List(xs)
        | ExprKind::InTable(_, xs) => {
            xs.iter_mut().for_each(expr);
        }
        ExprKind::Compare(_, a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Under(a, b)
        | ExprKind::Collect(_, a, b)
        | ExprKind::Quantifier { over: a, body: b, .. } => {
            expr(a);
            expr(b);
        }
        ExprKind::Lookup(_, key, other) => {
            key.iter_mut().for_each(expr);
            other.iter_mut().for_each(|other| expr(other));
        }
        ExprKind::If(a, b, c) => {
            expr(a);
            expr(b);
            expr(c);
        }
        ExprKind::InList(x, xs) => {
            expr(x);
            xs.iter_mut().for_each(expr);
        }
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Member(_)
        | ExprKind::Entity(_)
        | ExprKind::Path(_)
        | ExprKind::Has(_)
        | ExprKind::Is(..)
        | ExprKind::Detect(_, Inspected::Input)
        | ExprKind::Reading { .. } => {}
    }
}
