//! Grants that reach into what a neighbour asks about.
//!
//! One rule grants up to an amount, another one asks from an amount on, and the two overlap: in between nobody is asked. Said
//! only where the rules differ in nothing else, so that what they share is not empty: a grant that asks about everything is
//! the rule for what is left, and overlaps by intent.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::parts;
use super::ground::{Calls, Ground};
use super::reason::{Known, Reasoner, is_constant};
use super::term::key;
use super::whole::{Counted, Pairs};
use crate::db::{Db, Package};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Cmp, Effect, Expr, ExprKind, Name};
use crate::span::ItemKey;

/// The most grants of an action that one that asks is held against.
const MOST: usize = 24;

/// Finds grants that ask nobody about some of what another one asks about.
pub(super) fn wider(db: &dyn Db, package: Package, rules: &[Counted], out: &mut Vec<(ItemKey, Diagnostic)>) {
    let allows = || rules.iter().filter(|one| one.rule().effect == Effect::Allow && !one.rule().shadow);
    let mut plain: BTreeMap<&Name, Vec<&Counted>> = BTreeMap::new();
    for one in allows().filter(|one| one.rule().ask.is_none()) {
        for action in one.pairs.iter().map(|(action, _)| action).collect::<BTreeSet<_>>() {
            plain.entry(action).or_default().push(one);
        }
    }
    for asking in allows().filter(|one| one.rule().ask.is_some()) {
        let Some((action, _)) = asking.pairs.first() else { continue };
        let near = plain.get(action).into_iter().flatten().take(MOST);
        let near = near.filter(|other| (asking.own || other.own) && asking.pairs.is_subset(&other.pairs));
        for other in near {
            let Some((from, _)) = overlap(asking, other) else { continue };
            if !partly(db, package, asking, other) {
                continue;
            }
            let (asks, grants) = (&asking.rule().name, &other.rule().name);
            let message = format!("`{grants}` grants without approval some of what `{asks}` asks about");
            let beside = (asking.item() != other.item()).then(|| asking.item().clone());
            let d =
                if other.own {
                    Diagnostic::new(Code::BypassedApproval, other.rule().name_span, message)
                        .label("asks nobody")
                        .related(beside, from.span, "asks from here on")
                } else {
                    let there = (asking.item() != other.item()).then(|| other.item().clone());
                    Diagnostic::new(Code::BypassedApproval, asking.rule().name_span, message)
                        .label("not asked for all of it")
                        .related(there, other.rule().name_span, "asks nobody")
                };
            let help = format!("narrow it to what `{asks}` leaves, or make that a `require approval`");
            out.push((if other.own { other.item() } else { asking.item() }.clone(), d.help(help)));
        }
    }
}

/// One end of a range that a condition leaves.
struct End {
    /// Of which term.
    term: String,
    /// Whether it is the least that is left; otherwise it is the greatest.
    least: bool,
    /// The value itself included.
    value: i64,
}

fn end(part: &Expr) -> Option<End> {
    let ExprKind::Compare(cmp, a, b) = &part.kind else { return None };
    let (cmp, term, bound) = match (is_constant(a), is_constant(b)) {
        (false, true) => (*cmp, a, b),
        (true, false) => (turned(*cmp), b, a),
        _ => return None,
    };
    let (ExprKind::Int(n) | ExprKind::Decimal(n)) = bound.kind else { return None };
    let (least, value) = match cmp {
        Cmp::Gt => (true, n.checked_add(1)?),
        Cmp::Ge => (true, n),
        Cmp::Lt => (false, n.checked_sub(1)?),
        Cmp::Le => (false, n),
        Cmp::Eq | Cmp::Ne => return None,
    };
    Some(End { term: key(term), least, value })
}

/// The comparison that says the same with its sides changed.
fn turned(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
        same => same,
    }
}

/// If one rule holds from a value on, the other one up to a value, both hold in between, and one of them asks all that the
/// other asks: the two conditions.
fn overlap<'c>(asking: &'c Counted, other: &'c Counted) -> Option<(&'c Expr, &'c Expr)> {
    let (asked, granted) = (parts(asking), parts(other));
    let rest = |parts: &[&Expr], without: &Expr| -> BTreeSet<String> {
        parts.iter().filter(|part| !std::ptr::eq(**part, without)).map(|part| key(part)).collect()
    };
    let ends = |parts: &[&'c Expr]| -> Vec<(&'c Expr, End)> {
        parts.iter().filter_map(|part| Some((*part, end(part)?))).collect()
    };
    for (from, a) in ends(&asked) {
        for (to, b) in ends(&granted) {
            let apart = if a.least { a.value > b.value } else { b.value > a.value };
            if a.term != b.term || a.least == b.least || apart {
                continue;
            }
            let (x, y) = (rest(&asked, from), rest(&granted, to));
            if x.is_subset(&y) || y.is_subset(&x) {
                return Some((from, to));
            }
        }
    }
    None
}

/// Whether neither rule holds wherever the other one does: of these other things are said, or nothing.
fn partly(db: &dyn Db, package: Package, asking: &Counted, other: &Counted) -> bool {
    let pairs: Pairs = asking.pairs.intersection(&other.pairs).cloned().collect();
    let pairs: Vec<_> = pairs.into_iter().collect();
    let reasoner = Reasoner::new(Ground::new(db, package, Calls::of(&pairs)));
    let (asked, granted) = (parts(asking), parts(other));
    let within = |one: &[&Expr], other: &[&Expr]| {
        let known = reasoner.assuming(one.iter().map(|part| (*part, true)), &Known::default());
        known.is_dead() || other.iter().all(|part| reasoner.truth(part, &known).constant() == Some(true))
    };
    !within(&asked, &granted) && !within(&granted, &asked) && reasoner.has_fuel()
}
