//! Rules beside other rules: covered by a wider one, always denied, never asked, or with nothing to take away from.
//!
//! Whether one rule holds wherever another does is found by taking the one's condition to be true and asking the other's.
//! Not every pair is asked: a condition follows only from one that speaks of the same, so each rule is kept under the
//! rarest thing that its condition speaks of, and a rule looks only among those that are kept under what its own
//! condition speaks of, at a bounded number of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::conditions::parts;
use super::dues::{demands, is_plain, same, without};
use super::ground::{Calls, Ground};
use super::reason::{Known, Reasoner, Terms, is_constant};
use super::term::{key, path_key};
use super::whole::{Counted, Pairs};
use crate::db::{Db, Package};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Cmp, Due, Effect, Expr, ExprKind};
use crate::span::ItemKey;

/// The most rules that one rule is held against, of one list and in all.
const MOST: (usize, usize) = (24, 96);

/// Finds what one rule makes of another.
pub(super) fn beside(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let index = Index::new(rules);
    let mut reasoners: BTreeMap<Arc<Pairs>, Reasoner<'_>> = BTreeMap::new();
    for (at, one) in rules.iter().enumerate().filter(|(_, one)| one.own && !one.rule().shadow) {
        let near: Vec<(usize, &Counted)> = index
            .candidates(one)
            .into_iter()
            .filter(|other| *other != at)
            .filter_map(|other| Some((other, rules.get(other)?)))
            .filter(|(_, other)| !other.rule().shadow && one.pairs.is_subset(&other.pairs))
            .collect();
        let candidates: Vec<(&Counted, Kind)> = near
            .iter()
            .filter_map(|(place, other)| Some((*other, kind(db, package, one, other, *place < at)?)))
            .collect();
        let obliges: Vec<(usize, &Counted)> = near
            .iter()
            .filter(|(_, other)| one.rule().effect == Effect::Oblige && other.rule().effect == Effect::Oblige)
            .copied()
            .collect();
        if candidates.is_empty() && obliges.is_empty() {
            continue;
        }
        let reasoner = reasoners.entry(one.pairs.clone()).or_insert_with(|| {
            let pairs: Vec<_> = one.pairs.iter().cloned().collect();
            Reasoner::new(Ground::new(db, package, Calls::of(&pairs)))
        });
        reasoner.refuel();
        let own = parts(one);
        // What a part of another rule asks of something else does not follow.
        let terms = Terms::of(own.iter().copied());
        let asks_more = |other: &Counted| {
            let Some(terms) = &terms else { return false };
            parts(other).into_iter().any(|part| {
                let asked = Terms::of([part]).filter(|asked| asked.are_apart_from(terms));
                asked.is_some_and(|asked| reasoner.are_free(&asked))
            })
        };
        let candidates: Vec<_> = candidates.into_iter().filter(|(other, _)| !asks_more(other)).collect();
        let obliges: Vec<_> = obliges.into_iter().filter(|(_, other)| !asks_more(other)).collect();
        if candidates.is_empty() && obliges.is_empty() {
            continue;
        }
        let known = reasoner.assuming(own.iter().map(|part| (*part, true)), &Known::default());
        // Of a rule that never holds that is said.
        if known.is_dead() || own.iter().any(|part| !reasoner.truth(part, &known).yes) {
            continue;
        }
        let follows = |other: &Counted| {
            let mut asked = parts(other).into_iter();
            asked.all(|part| reasoner.truth(part, &known).constant() == Some(true))
        };
        if let Some((other, kind)) = candidates.into_iter().find(|(other, _)| follows(other)) {
            out.push((one.item().clone(), kind.diagnostic(one, other)));
            continue;
        }
        // Of several obligations some may be demanded by another rule.
        for (nth, due) in one.rule().obligations.iter().enumerate() {
            let again = obliges.iter().find_map(|(place, other)| {
                let strong = other.rule().obligations.iter().find(|strong| demands(db, package, strong, due))?;
                let first = *place < at || !demands(db, package, due, strong) || !may_cover(one, other);
                let plain = other.rule().obligations.iter().flat_map(|due| &due.args).all(is_plain);
                (first && plain && follows(other)).then_some((*other, strong, *place < at))
            });
            if let Some((other, strong, before)) = again {
                let by = &other.rule().name;
                let message =
                    format!("`{}` is demanded by `{by}` wherever `{}` holds", due.obligation, one.rule().name);
                let item = (one.item() != other.item()).then(|| other.item().clone());
                let d = Diagnostic::new(Code::RepeatedObligation, due.span, message)
                    .label("demanded already")
                    .related(item, strong.span, "demands as much")
                    .help("remove it, or demand more");
                // Of two rules that hold at the same time each makes the other's superfluous: only what a rule before this
                // one demands may be left out here, so that one of them always stays.
                let text = without(&one.rule().obligations, nth).filter(|_| before);
                out.push((one.item().clone(), text.map_or(d.clone(), |text| d.safe_fix("remove it", text, ""))));
            }
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
    (covered && silent && (before || !may_cover(one, other))).then_some(Kind::Covered)
}

/// Whether two rules may cover each other: then they have the same scope and as many conditions.
fn may_cover(one: &Counted, other: &Counted) -> bool {
    let keys = |c: &Counted| -> BTreeSet<String> { parts(c).into_iter().map(key).collect() };
    one.pairs == other.pairs && keys(one) == keys(other)
}

/// Rules by what their conditions speak of.
struct Index {
    by_feature: BTreeMap<String, Vec<usize>>,
    /// Those that hold always, as far as can be seen.
    plain: Vec<usize>,
}

impl Index {
    fn new(rules: &[Counted]) -> Self {
        let all: Vec<Vec<BTreeSet<String>>> = rules.iter().map(asked).collect();
        let mut often: BTreeMap<&String, usize> = BTreeMap::new();
        for feature in all.iter().flatten().flatten() {
            *often.entry(feature).or_default() += 1;
        }
        let mut index = Index { by_feature: BTreeMap::new(), plain: vec![] };
        for (at, parts) in all.iter().enumerate() {
            let often = |features: &BTreeSet<String>| features.iter().filter_map(|f| often.get(f)).sum::<usize>();
            match parts.iter().min_by_key(|features| (often(features), *features)) {
                Some(rarest) => rarest.iter().for_each(|f| index.by_feature.entry(f.clone()).or_default().push(at)),
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
/// reads; of an `or` that of each of its parts, since any of them may be what follows.
fn asked(one: &Counted) -> Vec<BTreeSet<String>> {
    let of = |part: &Expr| equality(part).or_else(|| paths(part).into_iter().next());
    let features = |part: &Expr| -> Option<BTreeSet<String>> {
        match &part.kind {
            ExprKind::Or(xs) => xs.iter().map(of).collect(),
            _ => of(part).map(|feature| BTreeSet::from([feature])),
        }
    };
    parts(one).into_iter().filter_map(features).collect()
}

/// What a rule's condition speaks of.
fn said(one: &Counted) -> BTreeSet<String> {
    let alternatives = |part: &'_ Expr| match &part.kind {
        ExprKind::Or(xs) => xs.iter().filter_map(equality).collect(),
        _ => equality(part).into_iter().collect::<Vec<_>>(),
    };
    parts(one).into_iter().flat_map(|part| alternatives(part).into_iter().chain(paths(part))).collect()
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
