//! Rules beside other rules: covered by a wider one, always denied, never asked, or with nothing to take away from.
//!
//! Whether one rule holds wherever another does is found by taking the one's condition to be true and asking the other's.
//! Not every pair is asked: a condition follows only from one that speaks of the same, so each rule is kept under the
//! rarest thing that its condition speaks of, and a rule looks only among those that are kept under what its own
//! condition speaks of, at a bounded number of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::conditions::conjuncts;
use super::ground::{Calls, Ground};
use super::reason::{Known, Reasoner, is_constant};
use super::term::{key, path_key};
use super::whole::{Counted, Pairs};
use crate::check::declare::{find_action, tiers_declared};
use crate::check::{HirItem, check_item};
use crate::db::{Db, Namespace, Package, find};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Cmp, Due, Effect, Expr, ExprKind, Merge, Obligation};
use crate::span::ItemKey;

/// The most rules that one rule is held against, of one list and in all.
const MOST: (usize, usize) = (24, 96);

/// Finds what one rule makes of another.
pub(super) fn beside(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let index = Index::new(rules);
    let mut reasoners: BTreeMap<Arc<Pairs>, Reasoner<'_>> = BTreeMap::new();
    for (at, one) in rules.iter().enumerate().filter(|(_, one)| one.own && !one.rule().shadow) {
        let candidates: Vec<(&Counted, Kind)> = index
            .candidates(one)
            .into_iter()
            .filter(|other| *other != at)
            .filter_map(|other| Some((other, rules.get(other)?)))
            .filter(|(_, other)| !other.rule().shadow && one.pairs.is_subset(&other.pairs))
            .filter_map(|(place, other)| Some((other, kind(db, package, one, other, place < at)?)))
            .collect();
        if candidates.is_empty() {
            continue;
        }
        let reasoner = reasoners.entry(one.pairs.clone()).or_insert_with(|| {
            let pairs: Vec<_> = one.pairs.iter().cloned().collect();
            Reasoner::new(Ground::new(db, package, Calls::of(&pairs)))
        });
        reasoner.refuel();
        let parts: Vec<&Expr> = one.policy.guard.iter().chain([&one.rule().condition]).flat_map(conjuncts).collect();
        let known = reasoner.assuming(parts.iter().map(|part| (*part, true)), &Known::default());
        // Of a rule that never holds that is said.
        if known.is_dead() || parts.iter().any(|part| !reasoner.truth(part, &known).yes) {
            continue;
        }
        let follows = |other: &Counted| {
            let mut asked = other.policy.guard.iter().chain([&other.rule().condition]).flat_map(conjuncts);
            asked.all(|part| reasoner.truth(part, &known).constant() == Some(true))
        };
        if let Some((other, kind)) = candidates.into_iter().find(|(other, _)| follows(other)) {
            out.push((one.item().clone(), kind.diagnostic(one, other)));
        }
    }
}

/// What one rule makes of another that holds only where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Covered,
    Denied,
    Bypassed,
    Repeated,
}

impl Kind {
    fn diagnostic(self, one: &Counted, other: &Counted) -> Diagnostic {
        let (rule, by) = (one.rule(), other.rule());
        let (code, message, label, there, help) = match self {
            Kind::Covered => (
                Code::CoveredRule,
                format!("rule `{}` is covered by `{}`", rule.name, by.name),
                "says nothing more",
                "holds wherever it does",
                "remove it, or narrow the other",
            ),
            Kind::Denied => (
                Code::IdleRule,
                format!("rule `{}` can never matter: `{}` always denies", rule.name, by.name),
                "denied wherever it holds",
                "holds wherever it does",
                "change the condition of one of them, or remove this rule",
            ),
            Kind::Bypassed => (
                Code::BypassedApproval,
                format!("the approval of `{}` is never asked for: `{}` grants without one", rule.name, by.name),
                "nobody is asked",
                "grants wherever it does",
                "narrow the other rule, or make this a `require approval`",
            ),
            Kind::Repeated => (
                Code::RepeatedObligation,
                format!("`{}` obliges to nothing that `{}` does not oblige to", rule.name, by.name),
                "demanded already",
                "demands as much wherever it holds",
                "remove it, or demand more",
            ),
        };
        let item = (one.item() != other.item()).then(|| other.item().clone());
        Diagnostic::new(code, rule.name_span, message).label(label).related(item, by.name_span, there).help(help)
    }
}

/// What the second rule would make of the first, if it held wherever that does. `before` says that it stands before it.
fn kind(db: &dyn Db, package: Package, one: &Counted, other: &Counted, before: bool) -> Option<Kind> {
    let (rule, by) = (one.rule(), other.rule());
    // What has to be computed for an obligation may fail.
    if by.obligations.iter().flat_map(|due| &due.args).any(|arg| !is_plain(arg)) {
        return None;
    }
    let within = |a: &[Due], b: &[Due]| a.iter().all(|due| b.iter().any(|other| same(due, other)));
    let alike = within(&rule.obligations, &by.obligations) && within(&by.obligations, &rule.obligations);
    // Whoever gives a message of its own wants it to be read.
    let silent = |a: &Option<Vec<crate::hir::Piece>>, b: &Option<Vec<crate::hir::Piece>>| a.is_none() || a == b;
    let silent = silent(&rule.because, &by.because) && silent(&rule.tell, &by.tell);
    let covered = match (rule.effect, by.effect) {
        (Effect::Allow | Effect::RequireApproval, Effect::Deny) => return Some(Kind::Denied),
        (Effect::Allow, Effect::Allow) => {
            if rule.ask.is_some() && by.ask.is_none() {
                let known =
                    by.obligations.iter().all(|d| rule.obligations.iter().any(|o| o.obligation == d.obligation));
                return known.then_some(Kind::Bypassed);
            }
            alike && rule.ask == by.ask
        }
        (Effect::Deny, Effect::Deny) => within(&rule.obligations, &by.obligations),
        (Effect::RequireApproval, Effect::RequireApproval) => {
            rule.ask == by.ask && within(&rule.obligations, &by.obligations)
        }
        (Effect::Raise, Effect::Raise) => rule.raise <= by.raise,
        (Effect::Oblige, Effect::Oblige) => {
            let weaker = rule.obligations.iter().all(|due| by.obligations.iter().any(|o| demands(db, package, o, due)));
            if !weaker || !before && one.rule().obligations.len() == by.obligations.len() && alike {
                return None;
            }
            return Some(Kind::Repeated);
        }
        _ => false,
    };
    // Of two that cover each other the later one says nothing.
    let mutual = before || !may_cover(one, other);
    (covered && silent && mutual).then_some(Kind::Covered)
}

/// Whether two rules may cover each other: then they have the same scope and as many conditions.
fn may_cover(one: &Counted, other: &Counted) -> bool {
    let keys = |c: &Counted| -> BTreeSet<String> {
        c.policy.guard.iter().chain([&c.rule().condition]).flat_map(conjuncts).map(key).collect()
    };
    one.pairs == other.pairs && keys(one) == keys(other)
}

/// Whether an argument of an obligation is written out.
fn is_plain(e: &Expr) -> bool {
    is_constant(e) || matches!(&e.kind, ExprKind::List(all) if all.iter().all(is_constant))
}

/// Whether two obligations are the same, with the same arguments.
fn same(a: &Due, b: &Due) -> bool {
    a.obligation == b.obligation
        && a.args.len() == b.args.len()
        && a.args.iter().zip(&b.args).all(|(a, b)| key(a) == key(b))
}

/// Whether an obligation demands at least what another does.
fn demands(db: &dyn Db, package: Package, strong: &Due, weak: &Due) -> bool {
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
        _ => false,
    })
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

/// Rules that take away where nothing is granted.
pub(super) fn idle(rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let granted: Pairs = rules
        .iter()
        .filter(|one| one.rule().effect == Effect::Allow && !one.rule().shadow)
        .flat_map(|one| one.pairs.iter().cloned())
        .collect();
    // What only restricts is for others to use.
    if granted.is_empty() {
        return;
    }
    for one in rules.iter().filter(|one| one.own) {
        let rule = one.rule();
        let speaks = rule.because.is_some() || rule.tell.is_some() || !rule.obligations.is_empty();
        let matters = match rule.effect {
            Effect::Allow => true,
            // What a denial says and obliges to is heard even where it would be denied anyway.
            Effect::Deny | Effect::Limit => speaks,
            _ => false,
        };
        if matters || rule.shadow || one.covers_any(&granted) {
            continue;
        }
        let message = format!("rule `{}` can never matter: nothing is allowed in its scope", rule.name);
        let d = Diagnostic::new(Code::IdleRule, rule.name_span, message)
            .label("there is nothing to take away from")
            .help("add an `allow` for these actions, or remove the rule: what nobody allows is denied");
        out.push((one.item().clone(), d));
    }
}

/// Rules by what their conditions speak of.
struct Index {
    by_feature: BTreeMap<String, Vec<usize>>,
    /// Those that hold always, as far as can be seen.
    plain: Vec<usize>,
}

impl Index {
    fn new(rules: &[Counted]) -> Self {
        let all: Vec<BTreeSet<String>> = rules.iter().map(asked).collect();
        let mut often: BTreeMap<&String, usize> = BTreeMap::new();
        for feature in all.iter().flatten() {
            *often.entry(feature).or_default() += 1;
        }
        let mut index = Index { by_feature: BTreeMap::new(), plain: vec![] };
        for (at, features) in all.iter().enumerate() {
            match features.iter().min_by_key(|f| (often.get(f).copied().unwrap_or(0), *f)) {
                Some(rarest) => index.by_feature.entry(rarest.clone()).or_default().push(at),
                None => index.plain.push(at),
            }
        }
        index
    }

    /// The rules that may hold wherever one does.
    fn candidates(&self, one: &Counted) -> Vec<usize> {
        let said = said(one);
        let lists = said.iter().filter_map(|feature| self.by_feature.get(feature)).chain([&self.plain]);
        lists.flat_map(|list| list.iter().take(MOST.0)).copied().take(MOST.1).collect()
    }
}

/// What a rule's condition asks for: of each part that is an equality with a constant that, of any other one path that it
/// reads.
fn asked(one: &Counted) -> BTreeSet<String> {
    let parts = one.policy.guard.iter().chain([&one.rule().condition]).flat_map(conjuncts);
    parts.filter_map(|part| equality(part).or_else(|| paths(part).into_iter().next())).collect()
}

/// What a rule's condition speaks of.
fn said(one: &Counted) -> BTreeSet<String> {
    let parts = one.policy.guard.iter().chain([&one.rule().condition]).flat_map(conjuncts);
    parts.flat_map(|part| equality(part).into_iter().chain(paths(part))).collect()
}

fn equality(part: &Expr) -> Option<String> {
    match &part.kind {
        ExprKind::Compare(Cmp::Eq, a, b) if is_constant(b) && !is_constant(a) => {
            Some(format!("{} == {}", key(a), key(b)))
        }
        ExprKind::Compare(Cmp::Eq, a, b) if is_constant(a) && !is_constant(b) => {
            Some(format!("{} == {}", key(b), key(a)))
        }
        _ => None,
    }
}

fn paths(e: &Expr) -> Vec<String> {
    let mut out = vec![];
    let mut ahead = vec![e];
    while let Some(e) = ahead.pop() {
        match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) | ExprKind::Is(path, _) | ExprKind::Else(path, _) => {
                out.push(path_key(path));
            }
            ExprKind::Reading { window, .. } => out.push(format!("reading {window}")),
            _ => {}
        }
        ahead.extend(e.parts());
    }
    out.sort();
    out.dedup();
    out
}
