//! Actions: what may be asked, by whom, what comes of it, and what has to be known for that.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::hir::{self, Effect, ExprKind, From, Name};
use zt_lang::needs::{Needs, needs};
use zt_lang::point::{Owner, written};

use super::{Build, Namespace, fresh};
use crate::doc::model::{Action, Approvers, Asked, Call, Field, Part, Source, Target, Verdict};
use crate::facts::said;

impl Build<'_> {
    /// The actions of the bundle, by name.
    pub(super) fn actions(&mut self) -> Vec<Action> {
        let hir = self.hir;
        // What is needed comes in the order of actions and their principals.
        let mut needed = needs(hir).into_iter();
        let scopes = scopes(hir);
        let mut out = vec![];
        for action in hir.actions.values() {
            let mut calls = vec![];
            for principal in &action.principals {
                let Some(needs) = needed.next() else { continue };
                let rules = scopes.get(&(&action.name, principal)).cloned().unwrap_or_default();
                let verdict = verdict(hir, action, &rules);
                calls.push(Call { principal: principal.clone(), verdict, rules, needs });
            }
            out.push(self.action(action, calls));
        }
        out
    }

    fn action(&mut self, action: &hir::Action, calls: Vec<Call>) -> Action {
        let page = self.pages.page("action", &action.name);
        let written = self.written(Namespace::Action, &action.name);
        let rules: BTreeSet<(usize, usize)> = calls.iter().flat_map(|call| call.rules.iter().copied()).collect();
        let own = action.tier.and_then(|tier| self.tier(tier));
        let highest = self.hir.tiers.last().map(|tier| tier.name.clone());
        let tags = action.tags.iter().map(|tag| {
            let fields = tag.fields.iter().map(|(name, e)| (name.clone(), self.read(None, vec![], |r| r.value(e))));
            (tag.name.clone(), fields.collect())
        });
        let resource = action.resource.as_ref().map(|resource| {
            (resource.clone(), action.resource_id.as_ref().map(|e| self.read(None, vec![], |r| r.value(e))))
        });
        let notice = self.hir.notices.get(&action.name).into_iter().flat_map(|notice| &notice.parts);
        let asks = self.hir.tiers.iter().any(|tier| tier.ask.is_some())
            || rules
                .iter()
                .any(|(p, r)| self.hir.policies.get(*p).and_then(|p| p.rules.get(*r)).is_some_and(|r| r.ask.is_some()));
        let mut input = self.fields(&Owner::Input(action.name.clone()), &action.input);
        for field in &mut input {
            known(field, calls.iter().map(|call| &call.needs));
        }
        let (db, package) = (&self.loaded.db, self.loaded.package);
        let whole = action.part_of.iter().flat_map(|part| written::extensions(db, package, &part.whole.name));
        let extensions = whole.chain(written::extensions(db, package, &action.name));
        Action {
            page,
            extensions: extensions.map(|extension| self.as_item(&action.name, Some(extension))).collect(),
            wire: (*action.wire != *action.name).then(|| action.wire.clone()),
            part_of: action.part_of.as_ref().map(|part| {
                let when = self.read(written.as_ref(), vec![], |r| r.condition(&part.when));
                (self.item(Namespace::Action, &part.whole.name), when)
            }),
            resource,
            context: action.context.clone(),
            tier: own.map(|tier| (tier, true)).or(highest.map(|tier| (tier, false))),
            tags: tags.collect(),
            input,
            output: action.output.as_ref().map(|fields| self.fields(&Owner::Output(action.name.clone()), fields)),
            notice: notice
                .filter(|_| asks)
                .map(|(aspect, pieces)| (aspect_in_words(aspect.as_str()), self.message(pieces)))
                .collect(),
            rules: rules.into_iter().collect(),
            calls,
            item: self.as_item(&action.name, written),
        }
    }

    /// Who is asked, and what.
    pub(super) fn sources(&self, actions: &[Action], approvers: &[Approvers]) -> Vec<Source> {
        let mut out: BTreeMap<Name, Vec<Asked>> = BTreeMap::new();
        let mut add = |source: &Name, asked: Asked, action: Option<&Name>| {
            let all = out.entry(source.clone()).or_default();
            let same = |known: &&mut Asked| known.about == asked.about && known.fresh == asked.fresh;
            let known = match all.iter_mut().find(same) {
                Some(known) => {
                    let words = known.what.split(", ").chain(asked.what.split(", ")).collect::<BTreeSet<_>>();
                    known.what = words.into_iter().collect::<Vec<_>>().join(", ");
                    let by = known.by.iter().chain(&asked.by).cloned().collect::<BTreeSet<_>>();
                    known.by = by.into_iter().collect();
                    known
                }
                None => {
                    all.push(asked);
                    let Some(last) = all.last_mut() else { return };
                    last
                }
            };
            known.actions.extend(action.filter(|action| !known.actions.contains(action)).cloned());
        };
        for action in actions {
            for call in &action.calls {
                for question in &call.needs.ask {
                    let about = Part::Link(question.ty.to_string(), Target::Type(question.ty.clone()));
                    let what = question.attributes.iter().map(|a| &**a).collect::<Vec<_>>().join(", ");
                    let by = vec![question.by.clone()];
                    let asked = Asked { about, what, by, fresh: fresh(question.fresh), actions: vec![] };
                    add(&question.source, asked, Some(&action.item.name));
                }
                for row in &call.needs.rows {
                    let about = Part::Link(row.table.to_string(), Target::Table(row.table.clone()));
                    let by = vec![row.by.join(", ")];
                    let asked = Asked { about, what: "a row".to_owned(), by, fresh: fresh(row.fresh), actions: vec![] };
                    add(&row.source, asked, Some(&action.item.name));
                }
            }
        }
        for group in approvers {
            let Some((source, age)) = &group.source else { continue };
            let name = &group.item.name;
            let about = Part::Link(name.to_string(), Target::Approvers(name.clone()));
            let by = vec!["who approved".to_owned()];
            let asked = Asked { about, what: "members".to_owned(), by, fresh: age.clone(), actions: vec![] };
            let asks = |action: &&Action| {
                action.calls.iter().any(|call| call.needs.approvers.iter().any(|group| group.name == *name))
            };
            let of: Vec<&Name> = actions.iter().filter(asks).map(|action| &action.item.name).collect();
            if of.is_empty() {
                add(source, asked, None);
            } else {
                of.into_iter().for_each(|action| add(source, asked.clone(), Some(action)));
            }
        }
        out.into_iter().map(|(name, asked)| Source { name, asked }).collect()
    }
}

/// What is said of an argument by what calls need.
fn known<'n>(field: &mut Field, calls: impl Iterator<Item = &'n Needs>) {
    let wire = field.wire.as_ref().unwrap_or(&field.name);
    let path = format!("action.properties.{wire}");
    for member in calls.filter_map(|call| call.send.iter().find(|member| member.path == path)) {
        field.limits = said(&member.limits);
        *field.read.get_or_insert(false) |= member.read;
    }
}

/// The rules in scope of each pair of action and type of principal, by policy and rule.
fn scopes(hir: &hir::Package) -> BTreeMap<(&Name, &Name), Vec<(usize, usize)>> {
    let mut out: BTreeMap<(&Name, &Name), Vec<(usize, usize)>> = BTreeMap::new();
    for (i, policy) in hir.policies.iter().enumerate() {
        for (j, rule) in policy.rules.iter().enumerate() {
            for (action, principal) in rule.scope.as_ref().unwrap_or(&policy.scope) {
                out.entry((action, principal)).or_default().push((i, j));
            }
        }
    }
    out
}

/// What can come of a call, as far as rules say it whatever the request holds.
fn verdict(hir: &hir::Package, action: &hir::Action, rules: &[(usize, usize)]) -> Verdict {
    let enforced: Vec<(&hir::Policy, &hir::Rule)> = rules
        .iter()
        .filter_map(|(p, r)| hir.policies.get(*p).and_then(|policy| Some((&**policy, policy.rules.get(*r)?))))
        .filter(|(_, rule)| !rule.shadow)
        .collect();
    let always = |(policy, rule): &(&hir::Policy, &hir::Rule)| {
        let certain = |e: &hir::Expr| matches!(e.kind, ExprKind::Bool(true));
        policy.guard.as_ref().is_none_or(certain) && certain(&rule.condition)
    };
    let of = |effect: Effect| enforced.iter().filter(move |(_, rule)| rule.effect == effect);
    if of(Effect::Allow).next().is_none() {
        return Verdict::Ungranted;
    }
    if let Some((_, rule)) = of(Effect::Deny).find(|rule| always(rule)) {
        return Verdict::Denied(rule.full_name.clone());
    }
    let shown = |ask: &hir::Ask| match &ask.from {
        From::Group(name) => name.clone(),
        From::ActsFor(_) => ask.from.show(),
    };
    // A tier asks for what those below it ask for; one that no action names is the highest.
    let top = action.tier.map_or(hir.tiers.len(), |tier| tier as usize + 1);
    let tiers = hir.tiers.iter().take(top).filter_map(|tier| tier.ask.as_ref());
    let rules = of(Effect::RequireApproval).filter(|rule| always(rule)).filter_map(|(_, rule)| rule.ask.as_ref());
    let mut asks: Vec<Name> = tiers.chain(rules).map(shown).collect();
    if of(Effect::Allow).all(|(_, rule)| rule.ask.is_some()) {
        asks.extend(of(Effect::Allow).filter_map(|(_, rule)| rule.ask.as_ref()).map(shown));
    }
    if !asks.is_empty() {
        let asks: BTreeSet<Name> = asks.into_iter().collect();
        return Verdict::Approved(asks.into_iter().collect());
    }
    let takes = |rule: &hir::Rule| {
        matches!(rule.effect, Effect::Deny | Effect::Limit | Effect::RequireApproval | Effect::Raise)
    };
    let granted = of(Effect::Allow).any(always);
    if granted && !enforced.iter().any(|(_, rule)| takes(rule)) { Verdict::Granted } else { Verdict::Conditional }
}

fn aspect_in_words(aspect: &'static str) -> &'static str {
    match aspect {
        "blast_radius" => "what it can touch",
        "rollback" => "how it is taken back",
        "confidence" => "how sure whoever asks is",
        _ => "what would be done",
    }
}
