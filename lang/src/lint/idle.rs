//! Rules that take away where nothing is granted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::conditions::parts;
use super::ground::{Calls, Ground};
use super::reason::{Known, Reasoner, Terms};
use super::whole::{Counted, Pair, Pairs};
use crate::db::{Db, Package};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Effect;
use crate::span::ItemKey;

/// The most grants that a rule is held against.
const MOST: usize = 24;

/// Rules that take away where nothing is granted.
pub(super) fn idle(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let mut grants: BTreeMap<&Pair, Vec<usize>> = BTreeMap::new();
    for (index, one) in rules.iter().enumerate() {
        if one.rule().effect == Effect::Allow && !one.rule().shadow {
            one.pairs.iter().for_each(|pair| grants.entry(pair).or_default().push(index));
        }
    }
    // What only restricts is for others to use.
    if grants.is_empty() {
        return;
    }
    let mut apart = Apart { db, package, rules, grants, known: BTreeMap::new() };
    for one in rules.iter().filter(|one| one.own) {
        let rule = one.rule();
        let speaks = rule.because.is_some() || rule.tell.is_some() || !rule.obligations.is_empty();
        let matters = match rule.effect {
            Effect::Allow => true,
            // What a denial says and obliges to is heard even where it would be denied anyway.
            Effect::Deny | Effect::Limit => speaks,
            _ => false,
        };
        if matters || rule.shadow {
            continue;
        }
        if !one.pairs.iter().any(|pair| apart.grants.contains_key(pair)) {
            let message = format!("rule `{}` can never matter: nothing is allowed in its scope", rule.name);
            let d = Diagnostic::new(Code::IdleRule, rule.name_span, message)
                .label("there is nothing to take away from")
                .help("add an `allow` for these actions, or remove the rule: what nobody allows is denied");
            out.push((one.item().clone(), d));
        } else if apart.from_all(one) {
            let message = format!("rule `{}` can never matter: no `allow` holds where it does", rule.name);
            let help = match rule.effect {
                Effect::Deny | Effect::Limit => {
                    "change its condition, or remove the rule: what nobody allows is denied; a `because` says that it is meant"
                }
                _ => "change its condition, or that of an `allow`, or remove the rule: what nobody allows is denied",
            };
            let d = Diagnostic::new(Code::IdleRule, rule.name_span, message)
                .label("denied wherever it holds, with or without it")
                .help(help);
            out.push((one.item().clone(), d));
        }
    }
}

/// Finds rules that hold nowhere where something is granted.
struct Apart<'r, 'db> {
    db: &'db dyn Db,
    package: Package,
    rules: &'r [Counted],
    /// The rules that allow calls of a pair.
    grants: BTreeMap<&'r Pair, Vec<usize>>,
    /// For calls of these pairs.
    known: BTreeMap<Arc<Pairs>, Reasoner<'db>>,
}

impl<'r> Apart<'r, '_> {
    /// Whether a rule neither holds nor fails where an `allow` holds. Of one that never holds something else is said.
    fn from_all(&mut self, one: &Counted) -> bool {
        let asked = parts(one);
        let mut grants: BTreeSet<usize> = BTreeSet::new();
        for granted in one.pairs.iter().filter_map(|pair| self.grants.get(pair)) {
            if granted.len() > MOST {
                return false;
            }
            grants.extend(granted);
            if grants.len() > MOST {
                return false;
            }
        }
        let grants: Vec<&'r Counted> = grants.into_iter().map(|index| &self.rules[index]).collect();
        // What has nothing to do with an `allow` may well hold where that does.
        if let Some(terms) = Terms::of(asked.iter().copied()) {
            for grant in &grants {
                let granted = Terms::of(parts(grant)).filter(|granted| terms.are_apart_from(granted));
                let reasoner = self.reasoner(&both(one, grant));
                if granted.is_some_and(|granted| reasoner.are_free(&terms) && reasoner.are_free(&granted)) {
                    return false;
                }
            }
        }
        let alone = self.reasoner(&one.pairs);
        let known = alone.assuming(asked.iter().map(|part| (*part, true)), &Known::default());
        if known.is_dead() || asked.iter().any(|part| !alone.truth(part, &known).yes) || !alone.has_fuel() {
            return false;
        }
        grants.into_iter().all(|grant| {
            let reasoner = self.reasoner(&both(one, grant));
            let granted = parts(grant);
            let known = reasoner.assuming(granted.iter().map(|part| (*part, true)), &Known::default());
            if known.is_dead() {
                return reasoner.has_fuel();
            }
            let each: Vec<_> = asked.iter().map(|part| reasoner.truth(part, &known)).collect();
            let never = each.iter().any(|truth| !truth.yes && !truth.fails);
            let together = reasoner.assuming(asked.iter().map(|part| (*part, true)), &known);
            let apart = never || together.is_dead() && each.iter().all(|truth| !truth.fails);
            apart && reasoner.has_fuel()
        })
    }

    /// What answers questions about calls of some pairs, with all of its fuel.
    fn reasoner(&mut self, pairs: &Arc<Pairs>) -> &Reasoner<'_> {
        let (db, package) = (self.db, self.package);
        let reasoner = self.known.entry(pairs.clone()).or_insert_with(|| {
            let pairs: Vec<_> = pairs.iter().cloned().collect();
            Reasoner::new(Ground::new(db, package, Calls::of(&pairs)))
        });
        reasoner.refuel();
        reasoner
    }
}

/// The calls in the scope of both.
fn both(one: &Counted, other: &Counted) -> Arc<Pairs> {
    if one.pairs == other.pairs {
        return one.pairs.clone();
    }
    Arc::new(one.pairs.intersection(&other.pairs).cloned().collect())
}
