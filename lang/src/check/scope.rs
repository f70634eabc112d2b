//! Scopes: what a policy covers, and what others need to know of its rules.

use std::collections::{BTreeMap, BTreeSet};

use super::Cx;
use super::declare::{find_action, judged_actions, parts_by_whole};
use crate::db::{Db, Item, Namespace, Package, find, index, names, split};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Effect, Name};
use crate::span::{ItemKey, Span};
use crate::syntax::ast::{self, Ident, PolicyClauseKind, Selector};

/// What others need to know of a policy: its scope and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Its name.
    pub name: Name,
    /// Pairs of action and principal type.
    pub scope: Vec<(Name, Name)>,
    /// The tags that every action in its scope carries by its selectors.
    pub tags: Vec<Name>,
    /// Its rules.
    pub rules: Vec<RuleHead>,
    /// Whether all its rules were understood, and what it is for.
    pub whole: bool,
    /// Mistakes in the scope.
    pub diagnostics: Vec<Diagnostic>,
}

/// The actions that selectors name.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) actions: Vec<Name>,
    /// The tags that each of them carries, as the selectors say.
    pub(crate) tags: Vec<Name>,
    /// Whether one that was named is unknown; it has been reported.
    pub(crate) lost: bool,
    /// Whether one has a mistake in it and may cover more than it seems.
    pub(crate) vague: bool,
}

/// What others need to know of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHead {
    /// Its name.
    pub name: Name,
    /// What it does.
    pub effect: Effect,
    /// Whether it is a shadow.
    pub shadow: bool,
    /// The actions that it covers, if those are fewer than its policy's.
    pub actions: Option<Vec<Name>>,
    /// Whom it asks, as it is written.
    pub from: Option<Name>,
    /// The tier that it raises to.
    pub to: Option<Name>,
    /// The obligations that it brings.
    pub obligations: Vec<Name>,
    /// Whether it tells the agent something.
    pub tells: bool,
}

/// The signature of a policy. It stays the same while its conditions are edited.
#[salsa::tracked]
pub fn signature<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Signature {
    let tree = item.ast(db);
    let Some(ast::ItemKind::Policy(policy)) = &tree.kind else { return Signature::default() };
    let mut cx = Cx::new(db, package, item);
    let (scope, tags, whole) = cx.scope(policy);
    let diagnostics = std::mem::take(&mut cx.diagnostics);
    let allows = allows(db, package, item);
    let counts = |r: &&ast::Rule| r.effect != Effect::Allow || allows;
    let mut rules: Vec<RuleHead> = policy.rules.iter().filter(counts).map(|r| cx.rule_head(r)).collect();
    rules.shrink_to_fit();
    let whole = whole && tree.diagnostics.is_empty();
    Signature { name: policy.name.text.clone(), scope, tags, rules, whole, diagnostics }
}

impl Cx<'_> {
    /// The pairs of action and principal type that a policy covers, and whether they are all that it means;
    /// no pair at all if that cannot be said.
    fn scope(&mut self, policy: &ast::Policy) -> (Vec<(Name, Name)>, Vec<Name>, bool) {
        let (mut selectors, mut by): (Option<&Vec<Selector>>, Option<&Vec<Ident>>) = (None, None);
        for c in &policy.clauses {
            let repeated = match &c.kind {
                PolicyClauseKind::For(s) => selectors.replace(s).is_some(),
                PolicyClauseKind::By(t) => by.replace(t).is_some(),
                _ => false,
            };
            if repeated {
                let d = Diagnostic::new(Code::Clauses, c.span, "a policy has one `for` and one `by`")
                    .label("the second")
                    .help("separate actions by commas, entity types by `or`");
                self.report(d);
            }
        }
        let Some(selectors) = selectors else {
            let d = Diagnostic::new(
                Code::Clauses,
                policy.name.span,
                format!("policy `{}` does not say what it is for", policy.name.text),
            )
            .label("`for` is missing")
            .help("name its actions, as in `for orders.refund`, or say `for any`");
            self.report(d);
            return (vec![], vec![], false);
        };
        if too_wide(self.db, self.package).is_some() {
            // Reported once, for the package; scopes that large are not even written down.
            return (vec![], vec![], false);
        }
        let Selected { actions, tags, mut lost, vague } = self.select(selectors);
        let by: Option<Vec<(Name, Span)>> = by.map(|by| {
            let found: Vec<_> = by.iter().filter_map(|t| self.entity(t).map(|n| (n, t.span))).collect();
            lost |= found.len() != by.len();
            found
        });
        let wanted: Option<BTreeSet<&Name>> = by.as_ref().map(|by| by.iter().map(|(n, _)| n).collect());
        let mut scope: Vec<(Name, Name)> = vec![];
        let mut covered: BTreeSet<Name> = BTreeSet::new();
        for action in actions {
            let Some(a) = find_action(self.db, self.package, &action) else {
                lost = true;
                continue;
            };
            for p in a.principals.iter().filter(|p| wanted.as_ref().is_none_or(|w| w.contains(p))) {
                scope.push((action.clone(), p.clone()));
                covered.insert(p.clone());
            }
        }
        // A package that others use is for actions that they may not have.
        if !vague && !lost && !self.is_for_others() {
            let mut empty = false;
            for (name, span) in by.iter().flatten().filter(|(n, _)| !covered.contains(n)) {
                empty = true;
                let d = Diagnostic::new(
                    Code::EmptyScope,
                    *span,
                    format!("no action of the policy may be asked for by `{name}`"),
                )
                .label("covers nothing")
                .help(format!("remove it, or add `{name}` to the `by` of an action"));
                self.report(d);
            }
            if scope.is_empty() && !empty {
                let d = Diagnostic::new(
                    Code::EmptyScope,
                    policy.name.span,
                    format!("policy `{}` covers nothing", policy.name.text),
                )
                .label("there is no action that it could be for")
                .help("declare an action: `action orders.refund { by … }`");
                self.report(d);
            }
        }
        (if lost { vec![] } else { scope }, tags, !vague && !lost)
    }

    /// The actions that some selectors name, each once; instead of one that has parts these.
    pub(crate) fn select(&mut self, selectors: &[Selector]) -> Selected {
        let mut out = self.select_declared(selectors);
        let wholes = parts_by_whole(self.db, self.package);
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        let all = out.actions.iter().flat_map(|name| {
            wholes.get(name).map_or_else(|| std::slice::from_ref(name), Vec::as_slice).iter().cloned()
        });
        let actions = all.filter(|name| seen.insert(name.clone())).collect::<Vec<_>>();
        out.vague |= actions.iter().any(|name| self.broken(Namespace::Action, name));
        out.actions = actions;
        out
    }

    /// The actions that some selectors name, as they are declared, each once.
    pub(crate) fn select_declared(&mut self, selectors: &[Selector]) -> Selected {
        let mut out = Selected::default();
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        let mut common: Option<BTreeSet<Name>> = None;
        for s in selectors {
            let mut tags = BTreeSet::new();
            let found: Vec<Name> = match s {
                Selector::Any(_) => judged_actions(self.db, self.package).clone(),
                Selector::Action(name) if self.find(Namespace::Action, &name.text).is_some() => {
                    vec![name.text.clone()]
                }
                Selector::Action(name) => {
                    out.lost = true;
                    self.report_unknown_action(name);
                    vec![]
                }
                Selector::Prefix(name) => {
                    let all = names(self.db, self.package, Namespace::Action);
                    let found: Vec<Name> =
                        all.iter().filter(|a| self.local_names().selects(&name.text, a)).cloned().collect();
                    if found.is_empty() {
                        out.lost = true;
                        if !self.excused(Namespace::Action) {
                            let d = Diagnostic::new(
                                Code::UnknownAction,
                                name.span,
                                format!("no action's name starts with `{}`", name.text),
                            )
                            .label("selects nothing")
                            .help(self.how_to_select(&name.text).unwrap_or_else(|| {
                                "a selector that matches no action is a mistake; check its spelling".to_owned()
                            }));
                            self.report(d);
                        }
                    }
                    found
                }
                Selector::Tag(name) => {
                    let found = self.tagged(name);
                    out.lost |= found.is_none();
                    tags = self.tag_and_above(&name.text);
                    found.unwrap_or_default()
                }
            };
            common = Some(match common {
                None => tags,
                Some(before) => before.intersection(&tags).cloned().collect(),
            });
            for name in found {
                if seen.insert(name.clone()) {
                    out.vague |= self.broken(Namespace::Action, &name);
                    out.actions.push(name);
                }
            }
        }
        out.tags = common.unwrap_or_default().into_iter().collect();
        out
    }

    /// How to select actions of another package whose names in the bundle start so.
    fn how_to_select(&self, start: &str) -> Option<String> {
        let local = self.local_names();
        let actions = local.others.iter().filter(|((kind, _), public)| *kind == Namespace::Action && **public);
        let of = |name: &Name| local.packages.iter().find(|package| name.starts_with(&format!("{package}."))).cloned();
        let package = actions.filter(|((_, name), _)| name.starts_with(start)).find_map(|((_, name), _)| of(name))?;
        let module = package.rsplit('.').next()?;
        Some(format!("those of another package are selected with `use {package}` and `{module}.*`"))
    }

    /// What others need to know of a rule; mistakes in it are reported where it is checked.
    fn rule_head(&mut self, r: &ast::Rule) -> RuleHead {
        let mut head = RuleHead {
            name: r.name.text.clone(),
            effect: r.effect,
            shadow: r.shadow,
            actions: None,
            from: None,
            to: None,
            obligations: vec![],
            tells: false,
        };
        for c in &r.clauses {
            match &c.kind {
                ast::RuleClauseKind::For(selectors) => {
                    head.actions = Some(self.select(selectors).actions);
                    self.diagnostics.clear();
                }
                ast::RuleClauseKind::With(all) => head.obligations.extend(all.iter().map(|x| x.name.text.clone())),
                ast::RuleClauseKind::Tell(_) => head.tells = true,
                ast::RuleClauseKind::From(from) => head.from = Some(from.text.clone()),
                ast::RuleClauseKind::To(to) => head.to = Some(to.text.clone()),
                _ => {}
            }
        }
        head
    }

    /// Reports an action that is not declared, unless it may be one that has lost its name.
    pub(crate) fn report_unknown_action(&mut self, name: &Ident) {
        if !self.excused(Namespace::Action) {
            let d = self.unknown_action(name);
            self.report(d);
        }
    }

    fn unknown_action(&self, name: &Ident) -> Diagnostic {
        let d = Diagnostic::new(Code::UnknownAction, name.span, format!("no action is called `{}`", name.text))
            .label("not declared in this package")
            .help(format!("declare it: `action {} {{ by … }}`", name.text));
        // What requests call it is no name of it in policies.
        let called = requested_as(self.db, self.package).get(&name.text).into_iter().flatten();
        if let Some(action) = called.into_iter().find(|own| self.find(Namespace::Action, own).is_some()) {
            return d.help(format!("requests call it so; here its name is `{action}`")).fix(
                format!("write `{action}`"),
                name.span,
                &**action,
            );
        }
        self.suggest(d, name, &[Namespace::Action], &[])
    }
}

/// The actions that requests call by another name than policies, by that name.
#[salsa::tracked]
fn requested_as(db: &dyn Db, package: Package) -> BTreeMap<Name, Vec<Name>> {
    let mut out: BTreeMap<Name, Vec<Name>> = BTreeMap::new();
    for item in &index(db, package).all {
        if let Some(ast::ItemKind::Action(ast::Action { name, wire: Some(wire), .. })) = &item.ast(db).kind {
            out.entry(wire.value.clone()).or_default().push(name.text.clone());
        }
    }
    out
}

/// A rule as a suite sees it.
#[derive(Debug, Clone, PartialEq, Eq, salsa::SalsaValue)]
pub struct Covering {
    /// Its policy.
    pub policy: Name,
    /// Its name.
    pub rule: Name,
    /// What it does.
    pub effect: Effect,
    /// Whether it is a shadow.
    pub shadow: bool,
    /// Whom it asks, as it is written.
    pub from: Option<Name>,
    /// The tier that it raises to.
    pub to: Option<Name>,
    /// The obligations that it brings.
    pub obligations: Vec<Name>,
    /// Whether it tells the agent something.
    pub tells: bool,
}

/// The rules that cover an action asked for by a principal type, in order.
#[salsa::tracked]
pub fn covering(db: &dyn Db, package: Package, action: Name, principal: Name) -> Vec<Covering> {
    // A call of an action that has parts is judged as one of them.
    let judged = parts_by_whole(db, package).get(&action).cloned().unwrap_or_else(|| vec![action]);
    let mut out = vec![];
    for s in signatures(db, package) {
        let in_scope = |a: &&Name| s.scope.iter().any(|(of, by)| of == *a && *by == principal);
        let here: Vec<&Name> = judged.iter().filter(in_scope).collect();
        if here.is_empty() {
            continue;
        }
        let covers =
            |r: &&RuleHead| r.actions.as_ref().is_none_or(|actions| here.iter().any(|action| actions.contains(action)));
        out.extend(s.rules.iter().filter(covers).map(|r| Covering {
            policy: s.name.clone(),
            rule: r.name.clone(),
            effect: r.effect,
            shadow: r.shadow,
            from: r.from.clone(),
            to: r.to.clone(),
            obligations: r.obligations.clone(),
            tells: r.tells,
        }));
    }
    out
}

/// Those of them that `rule` or `policy.rule` names: who asks for one does not notice when others come and go. A policy of
/// another package is named by its whole name, or by how that ends if nothing else is called so.
#[salsa::tracked]
pub fn covering_named(db: &dyn Db, package: Package, action: Name, principal: Name, rule: Name) -> Vec<Covering> {
    let (policy, rule) = policy_and_rule(&rule);
    let all = covering(db, package, action, principal).iter().filter(|c| *c.rule == *rule);
    let Some(policy) = policy else { return all.cloned().collect() };
    let all: Vec<&Covering> = all.filter(|c| ends_with(&c.policy, policy)).collect();
    let exact: Vec<Covering> = all.iter().filter(|c| *c.policy == *policy).copied().cloned().collect();
    if exact.is_empty() { all.into_iter().cloned().collect() } else { exact }
}

/// A rule's own name, and what stands before it of its policy's.
pub(crate) fn policy_and_rule(written: &str) -> (Option<&str>, &str) {
    written.rsplit_once('.').map_or((None, written), |(policy, rule)| (Some(policy), rule))
}

/// Whether the name of a policy is this, or ends with it.
pub(crate) fn ends_with(policy: &str, written: &str) -> bool {
    policy.strip_suffix(written).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether every policy was understood, so that a rule which is not found is not there.
#[salsa::tracked(returns(copy))]
pub fn policies_whole(db: &dyn Db, package: Package) -> bool {
    names(db, package, Namespace::Unknown).is_empty() && signatures(db, package).all(|s| s.whole)
}

/// The signatures of all policies, in order.
pub(crate) fn signatures(db: &dyn Db, package: Package) -> impl Iterator<Item = &Signature> {
    enforced(db, package).iter().map(move |(item, _)| signature(db, package, *item))
}

/// The policies that count, in order: those of the root package, and those that it names with `enforce`, each with
/// whether its allows count.
#[salsa::tracked]
pub fn enforced<'db>(db: &'db dyn Db, package: Package) -> Vec<(Item<'db>, bool)> {
    let mut out = vec![];
    let own = |item: &Item<'db>| *item.home(db) == *package.name(db);
    for item in &index(db, package).all {
        match (split(item.key(db)).0, &item.ast(db).kind) {
            ("policy", _) if own(item) => out.push((*item, true)),
            ("enforce", Some(ast::ItemKind::Enforce(enforce))) if own(item) => {
                if let Some(policy) = find(db, package, Namespace::Policy, &enforce.policy.text) {
                    out.push((policy, enforce.allows));
                }
            }
            _ => {}
        }
    }
    out
}

/// Whether the allows of a policy count.
fn allows(db: &dyn Db, package: Package, item: Item<'_>) -> bool {
    // Those of the root package always do; of others few are named.
    *item.home(db) == *package.name(db) || enforced(db, package).iter().any(|(i, allows)| *i == item && *allows)
}

/// The full name of a rule, `package/policy.rule`, by the policy's name in the bundle.
pub(crate) fn full_rule_name(db: &dyn Db, package: Package, policy: &str, rule: &str) -> Name {
    format!("{}{rule}", before_rule(db, package, policy)).into()
}

/// What stands in the full names of a policy's rules before their own.
pub(crate) fn before_rule(db: &dyn Db, package: Package, policy: &str) -> String {
    let home = find(db, package, Namespace::Policy, policy).map_or_else(|| package.name(db), |item| item.home(db));
    let short = policy.strip_prefix(&**home).and_then(|rest| rest.strip_prefix('.'));
    // The root's policies have no package in front.
    let short = short.filter(|_| *home != *package.name(db)).unwrap_or(policy);
    format!("{home}/{short}.")
}

/// The most times that a rule is compiled, summed over the rules of a package: once for each action that it covers.
/// It bounds what a short file full of `for any` can cost.
pub(crate) const MAX_RULES_BY_ACTIONS: usize = 2_000_000;

/// The first policy with which the package has more rules by actions than that.
#[salsa::tracked]
pub fn too_wide(db: &dyn Db, package: Package) -> Option<ItemKey> {
    let all = &index(db, package).all;
    let actions = all.iter().filter(|i| matches!(i.ast(db).kind, Some(ast::ItemKind::Action(_)))).count();
    let wholes = parts_by_whole(db, package);
    let mut sum = 0_usize;
    for (item, _) in enforced(db, package) {
        let tree = item.ast(db);
        let Some(ast::ItemKind::Policy(policy)) = &tree.kind else { continue };
        let covered = policy.clauses.iter().map(|c| match &c.kind {
            PolicyClauseKind::For(selectors) if selectors.iter().any(|s| !matches!(s, Selector::Action(_))) => actions,
            PolicyClauseKind::For(selectors) => selectors
                .iter()
                .map(|s| match s {
                    Selector::Action(name) => wholes.get(&name.text).map_or(1, Vec::len),
                    _ => 1,
                })
                .sum(),
            _ => 0,
        });
        sum = sum.saturating_add(covered.sum::<usize>().saturating_mul(policy.rules.len().max(1)));
        if sum > MAX_RULES_BY_ACTIONS {
            return Some(item.key(db).clone());
        }
    }
    None
}
