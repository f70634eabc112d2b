//! Policies and their rules; tiers, approvers and obligations, with the rules that ask for them.

use std::collections::BTreeSet;

use zt_lang::check::declare::ladders;
use zt_lang::db::{find, split};
use zt_lang::hir::{self, Aggregate, CalendarUnit, Due, Effect, From, Merge, Name, Over};
use zt_lang::needs::number;
use zt_lang::point::Owner;
use zt_lang::point::written::{self, Written};
use zt_lang::syntax::ast;

use super::{Build, Namespace, fresh, seconds};
use crate::doc::model::{
    Action, Approvers, Ask, Item, Limit, Obligation, Part, Phrase, Policy, Reading, Rule, Target, Tier,
};
use crate::doc::reading::Reader;

impl Build<'_> {
    /// The policies that are enforced.
    pub(super) fn policies(&mut self) -> Vec<Policy> {
        let hir = self.hir;
        hir.policies.iter().map(|policy| self.policy(policy)).collect()
    }

    fn policy(&mut self, policy: &hir::Policy) -> Policy {
        let written = self.written(Namespace::Policy, &policy.name);
        let page = self.pages.page("policy", &policy.name);
        let item = self.as_item(&policy.name, written.clone());
        let head = item.text.split('{').next().unwrap_or_default().trim_end().to_owned();
        let guard = policy.guard.as_ref().map(|e| self.read(written.as_ref(), vec![], |r| r.condition(e)));
        // What another package grants counts only where `enforce` says so.
        let declared = find(&self.loaded.db, self.loaded.package, Namespace::Policy, &policy.name);
        let grants = |rule: &ast::Rule| rule.effect == Effect::Allow;
        let declared = match declared.map(|item| item.ast(&self.loaded.db).kind.as_ref()) {
            Some(Some(ast::ItemKind::Policy(declared))) => declared.rules.iter().filter(|rule| grants(rule)).count(),
            _ => 0,
        };
        let kept = policy.rules.iter().filter(|rule| rule.effect == Effect::Allow).count();
        Policy {
            page,
            head,
            scope: grouped(&policy.scope),
            guard: guard.filter(|guard| *guard != Reading::Always),
            rules: policy.rules.iter().map(|rule| self.rule(policy, rule, written.as_ref())).collect(),
            restricts_only: declared > kept,
            item,
        }
    }

    fn rule(&self, policy: &hir::Policy, rule: &hir::Rule, home: Option<&Written>) -> Rule {
        let (db, package) = (&self.loaded.db, self.loaded.package);
        let item = self.as_item(&rule.name, written::part(db, package, Namespace::Policy, &policy.name, rule.span));
        let window = rule.limit.as_ref().and_then(|(name, most)| Some((self.hir.windows.get(name)?, *most)));
        let condition = match &window {
            // That there is no room is said apart.
            Some((window, _)) => {
                window.condition.as_ref().map_or(Reading::Always, |e| self.read(home, vec![], |r| r.condition(e)))
            }
            None => self.read(home, vec![], |r| r.condition(&rule.condition)),
        };
        Rule {
            item,
            full: rule.full_name.clone(),
            effect: rule.effect,
            shadow: rule.shadow,
            scope: rule.scope.as_ref().map(|scope| grouped(scope)),
            condition,
            ask: rule.ask.as_ref().map(|ask| self.ask(ask)),
            limit: window.map(|(window, most)| self.read(home, vec![], |r| self.limit(r, window, most))),
            raise: rule.raise.and_then(|to| self.tier(to)),
            obligations: rule.obligations.iter().map(|due| self.due(due, home)).collect(),
            because: rule.because.as_ref().map(|pieces| self.message(pieces)),
            tell: rule.tell.as_ref().map(|pieces| self.message(pieces)),
            windows: self.windows.get(&rule.full_name).into_iter().flatten().map(|name| (*name).clone()).collect(),
            tests: self.tests.get(&rule.full_name).cloned().unwrap_or_default(),
        }
    }

    /// The name of a tier.
    pub(super) fn tier(&self, index: u32) -> Option<Name> {
        self.hir.tiers.get(index as usize).map(|tier| tier.name.clone())
    }

    pub(super) fn ask(&self, ask: &hir::Ask) -> Ask {
        let from = match &ask.from {
            From::Group(name) => vec![Part::Link(name.to_string(), Target::Approvers(name.clone()))],
            From::ActsFor(_) => vec![
                Part::Words("whoever the principal acts for (".to_owned()),
                Part::Code(ask.from.show().to_string()),
                Part::Words(")".to_owned()),
            ],
        };
        Ask { from, quorum: ask.quorum, expires: seconds(ask.expires) }
    }

    fn limit(&self, reader: &mut Reader<'_>, window: &hir::Window, most: i64) -> Limit {
        let most = match (window.aggregate, &window.value) {
            (Aggregate::Count, _) | (_, None) => {
                vec![Part::Words(format!("{most} {}", if most == 1 { "call" } else { "calls" }))]
            }
            (aggregate, Some(value)) => {
                let different = if aggregate == Aggregate::Sum { "" } else { "different " };
                let most = number(window.ty.base(), most, 2);
                let mut out = vec![Part::Code(most), Part::Words(format!(" of {different}"))];
                out.extend(reader.value(value));
                out
            }
        };
        Limit { most, over: over(&window.over), keys: window.key.iter().map(|key| reader.value(key)).collect() }
    }

    fn due(&self, due: &Due, home: Option<&Written>) -> Phrase {
        let mut out = vec![Part::Link(due.obligation.to_string(), Target::Obligation(due.obligation.clone()))];
        let params = self.hir.obligations.get(&due.obligation).map_or(&[][..], |o| &o.params);
        for (i, (param, arg)) in params.iter().zip(&due.args).enumerate() {
            out.push(Part::Words(if i == 0 { " (".to_owned() } else { ", ".to_owned() }));
            out.push(Part::Words(format!("{}: ", param.name)));
            out.extend(self.read(home, vec![], |r| r.value(arg)));
        }
        if !due.args.is_empty() {
            out.push(Part::Words(")".to_owned()));
        }
        out
    }

    /// The tiers, and their declaration.
    pub(super) fn tiers(&self, actions: &[Action]) -> (Vec<Tier>, Option<Item>) {
        let (db, package) = (&self.loaded.db, self.loaded.package);
        let ladder = ladders(db, package).first().map(|item| {
            let (_, name) = split(item.key(db));
            let home = item.home(db);
            if *home == self.hir.name { Name::from(name) } else { format!("{home}.{name}").into() }
        });
        let comments = ladder.as_ref().map(|name| written::tiers(db, package, name)).unwrap_or_default();
        let tiers = self.hir.tiers.iter().enumerate().map(|(i, tier)| {
            let raised = self.hir.policies.iter().flat_map(|policy| &policy.rules);
            let raised = raised.filter(|rule| rule.raise.is_some_and(|to| to as usize == i));
            let of = |action: &&Action| action.tier.as_ref().is_some_and(|(name, _)| *name == tier.name);
            Tier {
                name: tier.name.clone(),
                warrant: tier.warrant.map(seconds),
                ask: tier.ask.as_ref().map(|ask| self.ask(ask)),
                obligations: tier.obligations.iter().map(|due| self.due(due, None)).collect(),
                doc: comments.iter().find(|(name, _)| *name == tier.name).map(|(_, c)| c.clone()).unwrap_or_default(),
                actions: actions.iter().filter(of).map(|action| action.item.name.clone()).collect(),
                raised: raised.map(|rule| rule.full_name.clone()).collect(),
            }
        });
        (tiers.collect(), ladder.map(|name| self.item(Namespace::Tiers, &name)))
    }

    /// The groups of approvers that may be asked, and those of the package.
    pub(super) fn approvers(&self) -> Vec<Approvers> {
        let asks = |ask: &Option<hir::Ask>, group: &Name| {
            ask.as_ref().is_some_and(|ask| matches!(&ask.from, From::Group(name) if name == group))
        };
        let all = self.hir.approvers.values().map(|group| {
            let rules = self.hir.policies.iter().flat_map(|policy| &policy.rules);
            let source = match &group.channel {
                hir::Channel::Source { name, fresh: age } => Some((name.clone(), fresh(*age))),
                _ => None,
            };
            let tiers = self.hir.tiers.iter().filter(|tier| asks(&tier.ask, &group.name));
            Approvers {
                item: self.item(Namespace::Approvers, &group.name),
                source,
                rules: rules.filter(|rule| asks(&rule.ask, &group.name)).map(|rule| rule.full_name.clone()).collect(),
                tiers: tiers.map(|tier| tier.name.clone()).collect(),
            }
        });
        all.filter(|group| group.item.home.is_none() || !group.rules.is_empty() || !group.tiers.is_empty()).collect()
    }

    /// The obligations that decisions may carry, and those of the package.
    pub(super) fn obligations(&self) -> Vec<Obligation> {
        let all = self.hir.obligations.values().map(|obligation| {
            let owner = Owner::Obligation(obligation.name.clone());
            let has = |dues: &[Due]| dues.iter().any(|due| due.obligation == obligation.name);
            let rules = self.hir.policies.iter().flat_map(|policy| &policy.rules);
            let params = obligation.params.iter().map(|param| {
                let field = hir::Field {
                    name: param.name.clone(),
                    wire: param.name.clone(),
                    ty: param.ty.clone(),
                    optional: false,
                    free: false,
                    default: None,
                };
                (self.field(&owner, &field), param.merge.map(merged))
            });
            let tiers = self.hir.tiers.iter().filter(|tier| has(&tier.obligations));
            Obligation {
                item: self.item(Namespace::Obligation, &obligation.name),
                params: params.collect(),
                rules: rules.filter(|rule| has(&rule.obligations)).map(|rule| rule.full_name.clone()).collect(),
                tiers: tiers.map(|tier| tier.name.clone()).collect(),
            }
        });
        all.filter(|o| o.item.home.is_none() || !o.rules.is_empty() || !o.tiers.is_empty()).collect()
    }
}

/// How several values of a parameter become one.
fn merged(merge: Merge) -> &'static str {
    match merge {
        Merge::Min => "the least of all counts",
        Merge::Max => "the greatest of all counts",
        Merge::Union => "all elements of all count",
        Merge::Intersect => "the elements that all have count",
    }
}

/// Over which time something is remembered.
pub(super) fn over(over: &Over) -> Phrase {
    match over {
        Over::Sliding(micros) => vec![
            Part::Words("the last ".to_owned()),
            Part::Code(zt_values::quantity::format_duration_quantity(*micros)),
        ],
        Over::Calendar(unit, zone) => {
            let unit = match unit {
                CalendarUnit::Day => "day",
                CalendarUnit::Week => "week",
                CalendarUnit::Month => "month",
            };
            vec![Part::Words(format!("the {unit} at hand in ")), Part::Code(zone.name.to_string())]
        }
    }
}

/// Pairs by action, in the order of the actions.
fn grouped(pairs: &[(Name, Name)]) -> Vec<(Name, Vec<Name>)> {
    let mut out: Vec<(Name, Vec<Name>)> = vec![];
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for (action, principal) in pairs {
        if seen.insert(action) {
            out.push((action.clone(), vec![]));
        }
        // Pairs of an action stand together, or nearly so.
        if let Some((_, principals)) = out.iter_mut().rev().find(|(name, _)| name == action) {
            principals.push(principal.clone());
        }
    }
    out
}
