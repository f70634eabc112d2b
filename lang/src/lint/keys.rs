//! Limits and windows that are kept by what the agent may choose: another value is another count.

use super::ground::{Calls, Ground};
use super::whole::{Counted, Pairs};
use crate::check::declare::{find_action, find_entity};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Item, Package, index};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Aggregate, Channel, Effect, Expr, ExprKind, Name, Recorded, Root, Ty, Window};
use crate::span::ItemKey;

/// Up to so many values of a key limit what can be done by changing it.
const FEW: i64 = 100;

/// Finds limits and windows that are evaded by choosing another key.
pub(super) fn evadable(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let windows: Vec<(Item<'_>, &Window)> = index(db, package)
        .all
        .iter()
        .filter_map(|item| match &check_item(db, package, *item).hir {
            Some(HirItem::Window(window)) => Some((*item, &**window)),
            _ => None,
        })
        .collect();
    let mut found: Vec<(ItemKey, crate::span::Span, Name, Pairs)> = vec![];
    // The calls that something counts by what the agent cannot choose.
    let mut held: Vec<Pairs> = vec![];
    for one in rules.iter().filter(|one| one.rule().effect == Effect::Limit && !one.rule().shadow) {
        let rule = one.rule();
        let Some(window) = one.policy.limits.iter().find(|w| w.name == rule.full_name) else { continue };
        if !chosen(db, package, window, &one.pairs) {
            held.push((*one.pairs).clone());
        } else if one.own {
            found.push((one.item().clone(), rule.name_span, rule.name.clone(), (*one.pairs).clone()));
        }
    }
    for (item, window) in &windows {
        let Recorded::Calls(_, pairs) = &window.of else { continue };
        let pairs: Pairs = pairs.iter().cloned().collect();
        if window.aggregate == Aggregate::Set {
            continue;
        }
        if !chosen(db, package, window, &pairs) {
            held.push(pairs);
        } else if item.home(db) == package.name(db)
            && let Some(kind) = &item.ast(db).kind
        {
            found.push((item.key(db).clone(), kind.name().span, window.name.clone(), pairs));
        }
    }
    for (item, span, name, pairs) in found {
        // Beside another count a count for each thing says something more.
        if held.iter().any(|others| pairs.is_subset(others)) {
            continue;
        }
        let d = Diagnostic::new(Code::EvadableLimit, span, format!("`{name}` counts by what the agent chooses"))
            .label("with another value it begins anew")
            .help("count by `principal`, or by what the gateway says in `context`; or add a count that does");
        out.push((item, d));
    }
}

/// Whether every part of a window's key is what the agent may choose freely.
fn chosen(db: &dyn Db, package: Package, window: &Window, pairs: &Pairs) -> bool {
    let pairs: Vec<(Name, Name)> = pairs.iter().cloned().collect();
    let calls = Calls::of(&pairs);
    let computed = calls.actions.iter().all(|name| {
        let Some(action) = find_action(db, package, name) else { return false };
        // Of what somebody else vouches for there is only so much.
        let sent = action.resource.as_ref().and_then(|of| find_entity(db, package, of));
        action.resource_id.is_some() && sent.is_some_and(|entity| entity.channel == Channel::Pep)
    });
    let ground = Ground::new(db, package, calls);
    !window.key.is_empty() && window.key.iter().all(|part| freely(&ground, part, computed))
}

fn freely(ground: &Ground<'_>, e: &Expr, computed: bool) -> bool {
    let ExprKind::Path(path) = &e.kind else {
        let parts = e.parts();
        return !parts.is_empty() && parts.into_iter().all(|part| freely(ground, part, computed));
    };
    match path.root {
        Root::Resource => computed,
        Root::Input => {
            let many = match e.ty.base() {
                Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => {
                    let ends = ground.domain(&ground.read(path, &[]).slots).ends();
                    ends.is_none_or(|(least, most)| most.saturating_sub(least) >= FEW)
                }
                Ty::String | Ty::Ident | Ty::Syntax(_) => true,
                _ => false,
            };
            many
        }
        _ => false,
    }
}
