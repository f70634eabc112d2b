//! Obligations that are demanded anyway.

use super::reason::is_constant;
use super::term::key;
use super::whole::Counted;
use crate::check::declare::{find_action, tiers_declared};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Due, Effect, Expr, ExprKind, Merge, Obligation};
use crate::span::{ItemKey, Span};

/// Whether an argument of an obligation is written out.
pub(super) fn is_plain(e: &Expr) -> bool {
    is_constant(e) || matches!(&e.kind, ExprKind::List(all) if all.iter().all(is_constant))
}

/// Whether two obligations are the same, with the same arguments.
pub(super) fn same(a: &Due, b: &Due) -> bool {
    a.obligation == b.obligation
        && a.args.len() == b.args.len()
        && a.args.iter().zip(&b.args).all(|(a, b)| key(a) == key(b))
}

/// Whether an obligation demands at least what another does.
pub(super) fn demands(db: &dyn Db, package: Package, strong: &Due, weak: &Due) -> bool {
    if strong.obligation != weak.obligation {
        return false;
    }
    if same(strong, weak) {
        return true;
    }
    let item = find(db, package, Namespace::Obligation, &weak.obligation);
    let Some(Some(HirItem::Obligation(declared))) = item.map(|item| &check_item(db, package, item).hir) else {
        return false;
    };
    let declared: &Obligation = declared;
    let number = |e: &Expr| match e.kind {
        ExprKind::Bool(b) => Some(i64::from(b)),
        ExprKind::Int(n) | ExprKind::Decimal(n) => Some(n),
        ExprKind::Member(at) => Some(i64::from(at)),
        _ => None,
    };
    declared.params.iter().zip(strong.args.iter().zip(&weak.args)).all(|(param, (a, b))| match param.merge {
        _ if key(a) == key(b) => true,
        Some(Merge::Max) => number(a).zip(number(b)).is_some_and(|(a, b)| a >= b),
        Some(Merge::Min) => number(a).zip(number(b)).is_some_and(|(a, b)| a <= b),
        Some(Merge::Union) => has_all(a, b),
        Some(Merge::Intersect) => has_all(b, a),
        _ => false,
    })
}

/// The text that goes with one of several obligations, if nothing has to be computed for it.
pub(super) fn without(all: &[Due], at: usize) -> Option<Span> {
    let due = all.get(at).filter(|due| due.args.iter().all(is_plain))?;
    match (at.checked_sub(1).and_then(|at| all.get(at)), all.get(at.checked_add(1)?)) {
        (Some(before), _) => Some(Span::new(before.span.end, due.span.end)),
        (None, Some(after)) => Some(Span::new(due.span.start, after.span.start)),
        (None, None) => None,
    }
}

/// Whether a list that is written out has all elements of another one.
fn has_all(all: &Expr, some: &Expr) -> bool {
    match (&all.kind, &some.kind) {
        (ExprKind::List(all), ExprKind::List(some)) => some.iter().all(|one| all.iter().any(|x| key(x) == key(one))),
        _ => false,
    }
}

/// Obligations that are demanded anyway: twice in one rule, or by the tier of every call in scope.
pub(super) fn obligations(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let tiers = tiers_declared(db, package);
    for one in rules.iter().filter(|one| one.own && !one.rule().shadow) {
        let rule = one.rule();
        for (at, due) in rule.obligations.iter().enumerate() {
            let mut others = rule.obligations.iter().enumerate().filter(|(other, _)| *other != at);
            let again = others
                .find(|(other, o)| demands(db, package, o, due) && (*other < at || !demands(db, package, due, o)));
            if let Some((_, first)) = again {
                let message = format!("`{}` is demanded twice by `{}`", due.obligation, rule.name);
                let d = Diagnostic::new(Code::RepeatedObligation, due.span, message)
                    .label("demanded already")
                    .related(None, first.span, "demands as much")
                    .help("remove it");
                let d = without(&rule.obligations, at).map_or(d.clone(), |text| d.safe_fix("remove it", text, ""));
                out.push((one.item().clone(), d));
            }
        }
        if rule.effect != Effect::Oblige {
            continue;
        }
        let of_tiers = |due: &Due| {
            one.pairs.iter().all(|(action, _)| {
                let Some(action) = find_action(db, package, action) else { return false };
                let top = action.tier.map_or(tiers.len(), |tier| tier as usize + 1);
                tiers.iter().take(top).flat_map(|tier| &tier.obligations).any(|o| demands(db, package, o, due))
            })
        };
        if rule.obligations.iter().all(of_tiers) {
            let message = format!("`{}` obliges to what the tiers of its actions oblige to", rule.name);
            let d = Diagnostic::new(Code::RepeatedObligation, rule.name_span, message)
                .label("demanded already")
                .help("remove it, or demand more");
            out.push((one.item().clone(), d));
        }
    }
}
