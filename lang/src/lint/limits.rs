//! Limits without a key, where one caller takes the room of all others, and limits that leave no room.

use super::whole::{Counted, Pairs};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Package, index};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Aggregate, Effect, Expr, ExprKind, Name, Recorded, Window};
use crate::span::ItemKey;

/// Finds limits that all callers share beside no count of each, and limits of nothing.
pub(super) fn limits(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let limits: Vec<(&Counted, &Window)> = rules
        .iter()
        .filter(|one| one.rule().effect == Effect::Limit && !one.rule().shadow)
        .filter_map(|one| Some((one, &**one.policy.limits.iter().find(|w| w.name == one.rule().full_name)?)))
        .collect();
    let mut shared: Vec<&Counted> = vec![];
    // The calls that something counts by a key.
    let mut keyed: Vec<Pairs> = vec![];
    for (one, window) in &limits {
        if !window.key.is_empty() {
            keyed.push((*one.pairs).clone());
        } else if one.own {
            shared.push(one);
        }
        if one.own && window.aggregate == Aggregate::Count && is_closed(&one.rule().condition, &window.name) {
            let rule = one.rule();
            let d = Diagnostic::new(
                Code::ClosedLimit,
                rule.name_span,
                format!("limit `{}` lets nothing pass: it is a denial", rule.name),
            )
            .label("no room for any call")
            .help("write a `deny`, which says so, or a number of calls that may be");
            out.push((one.item().clone(), d));
        }
    }
    if shared.is_empty() {
        return;
    }
    for item in &index(db, package).all {
        if let Some(HirItem::Window(window)) = &check_item(db, package, *item).hir
            && let Recorded::Calls(_, pairs) = &window.of
            && !window.key.is_empty()
        {
            keyed.push(pairs.iter().cloned().collect());
        }
    }
    for one in shared {
        // Beside a count of each caller one of all together says something more.
        if keyed.iter().any(|others| one.pairs.is_subset(others)) {
            continue;
        }
        let rule = one.rule();
        let d = Diagnostic::new(
            Code::SharedLimit,
            rule.name_span,
            format!("`{}` counts the calls of all callers together", rule.name),
        )
        .label("one caller can use it up for all others")
        .help("add `by principal`; if all together are meant, add a limit for each of them beside it");
        out.push((one.item().clone(), d));
    }
}

/// Whether a limit's own comparison leaves room for no call.
fn is_closed(e: &Expr, window: &Name) -> bool {
    match &e.kind {
        ExprKind::Compare(_, reading, most) => {
            let own = matches!(&reading.kind, ExprKind::Reading { window: read, .. } if read == window);
            own && matches!(most.kind, ExprKind::Int(0))
        }
        _ => e.parts().into_iter().any(|part| is_closed(part, window)),
    }
}
