//! Tiers and rules that disagree about whether somebody is asked.
//!
//! `approval conditional` expects a rule that asks about some call of the tier, not one for each action: of many an action the
//! others in its tier are what is asked about. `approval never` expects none that takes away from a grant; a grant that asks is
//! an exception where others grant without.

use std::collections::BTreeMap;

use super::whole::{Counted, Pairs};
use crate::check::declare::{find_action, ladders};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Package, index};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Action, Effect, Name};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{ActionClauseKind, ItemKind, TierApproval, TierClauseKind};

/// Finds tiers that expect rules about approval and have none, and rules that ask for calls of tiers for which
/// nobody is asked.
pub(super) fn disagree(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    // What each tier says, in the order of the ladder.
    let ladder = ladders(db, package).first().map(|item| item.ast(db));
    let Some(Some(ItemKind::Tiers(ladder))) = ladder.map(|tree| &tree.kind) else { return };
    let says: Vec<(Name, Option<TierApproval>)> = ladder
        .tiers
        .iter()
        .map(|tier| {
            let said = tier.clauses.iter().find_map(|c| match c.kind {
                TierClauseKind::Approval(kind) => Some(kind),
                _ => None,
            });
            (tier.name.text.clone(), said)
        })
        .collect();
    let of = |action: &Action| {
        let at = action.tier.map_or(says.len().checked_sub(1), |tier| usize::try_from(tier).ok())?;
        says.get(at)
    };
    let enforced = || rules.iter().filter(|one| !one.rule().shadow);
    let raised = |pairs: &Pairs| enforced().any(|one| one.rule().effect == Effect::Raise && one.covers_any(pairs));
    let asks = |one: &Counted| one.rule().effect == Effect::RequireApproval || one.rule().ask.is_some();
    let mut places: BTreeMap<Name, (ItemKey, Span)> = BTreeMap::new();
    for item in index(db, package).all.iter().filter(|item| item.home(db) == package.name(db)) {
        let clauses = match &item.ast(db).kind {
            Some(ItemKind::Action(x)) => &x.clauses,
            Some(ItemKind::Extend(x)) => &x.clauses,
            _ => continue,
        };
        let tier = clauses.iter().find(|c| matches!(c.kind, ActionClauseKind::Tier(_)));
        let Some(tier) = tier else { continue };
        let actions = match &check_item(db, package, *item).hir {
            Some(HirItem::Action(x)) => vec![x.name.clone()],
            Some(HirItem::Extend(x)) => x.actions.clone(),
            _ => vec![],
        };
        for action in actions {
            places.entry(action).or_insert((item.key(db).clone(), tier.span));
        }
    }
    for (at, (tier, said)) in says.iter().enumerate() {
        // Whom a tier below asks is asked here, too.
        let below = says.iter().take(at).any(|(_, said)| *said == Some(TierApproval::Always));
        if *said != Some(TierApproval::Conditional) || below {
            continue;
        }
        let here = |name: &Name| {
            let action = find_action(db, package, name);
            action.is_some_and(|action| of(&action).is_some_and(|(of, _)| of == tier))
        };
        let comes = |pairs: &Pairs| {
            let to = u32::try_from(at).ok();
            enforced().any(|one| one.rule().raise.is_some() && one.rule().raise == to && one.covers_any(pairs))
        };
        let asked = |one: &Counted| one.pairs.iter().any(|(action, _)| here(action)) || comes(&one.pairs);
        if enforced().any(|one| asks(one) && asked(one)) {
            continue;
        }
        let allowed = places.iter().filter(|(name, _)| here(name)).filter(|(name, _)| {
            let principals = find_action(db, package, name).map(|action| action.principals.clone()).unwrap_or_default();
            let pairs: Pairs = principals.into_iter().map(|p| ((*name).clone(), p)).collect();
            !raised(&pairs) && enforced().any(|one| one.rule().effect == Effect::Allow && one.covers_any(&pairs))
        });
        let Some((key, span)) = allowed.map(|(_, place)| place).min() else { continue };
        let message = format!("no rule asks anybody about calls of `{tier}`, which expects that");
        let d = Diagnostic::new(Code::TierApproval, *span, message)
            .label(format!("`{tier}` says `approval conditional`"))
            .help("add a `require approval`, or choose a tier that says `approval never`");
        out.push((key.clone(), d));
    }
    for one in enforced().filter(|one| one.own && asks(one)) {
        let never = one.pairs.iter().all(|(action, _)| {
            let action = find_action(db, package, action);
            action.is_some_and(|action| matches!(of(&action), Some((_, Some(TierApproval::Never)))))
        });
        if !never || one.pairs.is_empty() || raised(&one.pairs) {
            continue;
        }
        let rule = one.rule();
        // Who is asked where nothing else grants is asked for an exception.
        let grants = |other: &Counted| other.rule().effect == Effect::Allow && other.rule().ask.is_none();
        let of_action = |other: &Counted, action: &Name| other.pairs.iter().any(|(of, _)| of == action);
        let granted = |action: &Name| enforced().any(|other| grants(other) && of_action(other, action));
        if rule.effect == Effect::Allow && one.pairs.iter().all(|(action, _)| granted(action)) {
            continue;
        }
        let message = format!("`{}` asks about actions whose tier says that nobody is asked", rule.name);
        let d = Diagnostic::new(Code::TierApproval, rule.name_span, message)
            .label("their tiers say `approval never`")
            .help("give the actions a higher tier, or remove the rule");
        out.push((one.item().clone(), d));
    }
}
