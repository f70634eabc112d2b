//! Rules that no test expects.
//!
//! An expectation reaches a rule if it names it, or if the effect that it expects can come of no other rule: the one `allow` of
//! an action, the one rule that asks, the tier that one rule raises to, an obligation that the rule demands, a message that only
//! rules with a message have. A denial without a name may be the default and reaches no rule.

use std::collections::BTreeSet;

use super::whole::Counted;
use crate::check::declare::{find_action, tiers_declared};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Package, index};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Effect, Expect, Name};
use crate::span::ItemKey;

/// Finds rules that no expectation reaches, in a package that has tests.
pub(super) fn untested(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let mut expected: Vec<(BTreeSet<Name>, &Expect)> = vec![];
    let judged: BTreeSet<&Name> = rules.iter().flat_map(|one| one.pairs.iter().map(|(action, _)| action)).collect();
    let parts = |name: &Name| -> BTreeSet<Name> {
        let of = |action: &&&Name| {
            let part = find_action(db, package, action).and_then(|action| action.part_of.clone());
            ***action == *name || part.is_some_and(|part| part.whole.name == *name)
        };
        judged.iter().filter(of).map(|name| (*name).clone()).collect()
    };
    for item in &index(db, package).all {
        if let Some(HirItem::Suite(suite)) = &check_item(db, package, *item).hir {
            for call in suite.tests.iter().flat_map(|test| test.calls()) {
                let actions = parts(&call.action);
                expected.extend(call.expects.iter().map(|expect| (actions.clone(), expect)));
            }
            for law in &suite.laws {
                let actions: BTreeSet<Name> = law.actions.iter().flat_map(parts).collect();
                expected.extend(law.expects.iter().map(|expect| (actions.clone(), expect)));
            }
        }
    }
    if expected.is_empty() {
        return;
    }
    let tiers = tiers_declared(db, package);
    let of_effect = |one: &Counted, effect: Effect| match effect {
        Effect::Allow => one.rule().effect == Effect::Allow,
        Effect::RequireApproval => one.rule().effect == Effect::RequireApproval || one.rule().ask.is_some(),
        _ => false,
    };
    // Of an effect the only rule of an action from which it can come.
    let only = |one: &Counted, actions: &BTreeSet<Name>, effect: Effect| {
        let for_any = |other: &&Counted| other.pairs.iter().any(|(action, _)| actions.contains(action));
        let mut all = rules.iter().filter(|other| !other.rule().shadow && of_effect(other, effect)).filter(for_any);
        all.next().is_some_and(|first| std::ptr::eq(first, one)) && all.next().is_none()
    };
    for one in rules.iter().filter(|one| one.own) {
        let rule = one.rule();
        let reached = expected.iter().any(|(actions, expect)| {
            let named = |names: &[Name]| names.contains(&rule.full_name);
            if named(&expect.rules) || expect.shadow.as_ref().is_some_and(|(_, names)| named(names)) {
                return true;
            }
            if !one.pairs.iter().any(|(action, _)| actions.contains(action)) {
                return false;
            }
            if rule.shadow {
                return expect.shadow.as_ref().is_some_and(|(_, names)| names.is_empty());
            }
            let spoken =
                expect.message.is_some() && rule.because.is_some() || expect.tell.is_some() && rule.tell.is_some();
            let raised = rule.raise.and_then(|to| tiers.get(usize::try_from(to).ok()?)).map(|tier| &tier.name);
            let demanded = |(name, _): &(Name, Name)| rule.obligations.iter().any(|due| due.obligation == *name);
            match rule.effect {
                Effect::Oblige => expect.obligations.iter().any(demanded),
                Effect::Raise => raised.is_some() && expect.tier.as_ref() == raised,
                Effect::Limit => spoken || expect.retry.is_some(),
                Effect::Deny => spoken,
                Effect::Allow | Effect::RequireApproval => {
                    spoken
                        || !expect.not
                            && expect.rules.is_empty()
                            && of_effect(one, expect.effect)
                            && only(one, actions, expect.effect)
                }
            }
        });
        if reached {
            continue;
        }
        let d = Diagnostic::new(Code::UntestedRule, rule.name_span, format!("no test expects rule `{}`", rule.name))
            .label("named by no expectation")
            .help(format!("add a test with `expect … by {}`", rule.name));
        out.push((one.item().clone(), d));
    }
}
