//! Conditions that are settled before any request is there: rules that never hold, parts that are always true or never,
//! parts that say nothing beside their neighbours, and `all` of what may be empty.

use super::reason::{Known, Reasoner, Terms};
use super::removal::{Idle, conjuncts, removable};
use super::whole::Counted;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Effect, Expr, ExprKind, Policy, Quantifier, Rule, Ty};
use crate::span::Span;
use crate::syntax::ast;

/// What is found in a policy's own condition.
pub(super) fn guard(reasoner: &Reasoner<'_>, policy: &Policy, out: &mut Vec<Diagnostic>) {
    let Some(guard) = &policy.guard else { return };
    if Terms::of([guard]).is_some_and(|terms| reasoner.are_free(&terms)) {
        return;
    }
    let mut walk = Walk::new(reasoner);
    walk.walk(guard, &Known::default(), &Known::default());
    out.extend(walk.found.iter().map(Found::diagnostic));
}

/// What is found in the condition of a rule.
pub(super) fn rule(
    reasoner: &Reasoner<'_>,
    policy: &Policy,
    rule: &Rule,
    tree: Option<&ast::Rule>,
    out: &mut Vec<Diagnostic>,
) {
    let parts: Vec<&Expr> = policy.guard.iter().chain([&rule.condition]).flat_map(conjuncts).collect();
    // Of conditions that may come out as they please there is nothing to say.
    if Terms::of(parts.iter().copied()).is_some_and(|terms| reasoner.are_free(&terms)) {
        return;
    }
    if let Some(culprit) = impossible(reasoner, &parts) {
        let none = Known::default();
        let d = Diagnostic::new(Code::NeverHolds, rule.name_span, format!("rule `{}` can never hold", rule.name))
            .label("no request makes its condition true")
            .related(
                None,
                culprit.span,
                if reasoner.truth(culprit, &none).yes { "this and the rest exclude each other" } else { "never true" },
            )
            .help("change the condition, or remove the rule");
        out.push(d);
        return;
    }
    let none = Known::default();
    let around = reasoner.assuming(policy.guard.iter().map(|guard| (guard, true)), &none);
    let mut walk = Walk::new(reasoner);
    walk.walk(&rule.condition, &none, &around);
    let idle: Vec<Idle> = walk
        .found
        .iter()
        .map(|found| Idle { span: found.span, value: found.value, beside: found.beside.is_some() })
        .collect();
    let removable = tree.map(|tree| removable(reasoner, policy, rule, tree, &idle)).unwrap_or_default();
    for found in &walk.found {
        let d = found.diagnostic();
        let fix = removable.iter().find(|(span, _)| *span == found.span);
        out.push(match fix {
            Some((_, text)) => d.safe_fix("remove it", *text, ""),
            None => d,
        });
    }
    if rule.effect == Effect::Allow {
        empty(reasoner, &parts, out);
    }
}

/// The conditions of a rule that counts, those of its policy included.
pub(super) fn parts(one: &Counted) -> Vec<&Expr> {
    one.policy.guard.iter().chain([&one.rule().condition]).flat_map(conjuncts).collect()
}

/// If conditions can never be true together, one of them that is in the way.
fn impossible<'e>(reasoner: &Reasoner<'_>, parts: &[&'e Expr]) -> Option<&'e Expr> {
    let none = Known::default();
    if let Some(never) = parts.iter().find(|part| !reasoner.truth(part, &none).yes) {
        return Some(never);
    }
    let together = reasoner.assuming(parts.iter().map(|part| (*part, true)), &none);
    let sound = !together.is_dead() && parts.iter().all(|part| reasoner.truth(part, &together).yes);
    if sound {
        return None;
    }
    // The first that what stands before it excludes.
    let excluded = |at: usize| {
        let before = reasoner.assuming(parts.iter().take(at).map(|part| (*part, true)), &none);
        !before.is_dead()
            && parts.get(at).is_some_and(|part| {
                let mut with = before.clone();
                reasoner.assume(part, true, &mut with);
                with.is_dead() || !reasoner.truth(part, &before).yes
            })
    };
    (1..parts.len()).find(|at| excluded(*at)).and_then(|at| parts.get(at)).or(parts.last()).copied()
}

/// What was found of a part of a condition.
struct Found {
    span: Span,
    /// What it always is.
    value: bool,
    /// How it is joined to the neighbours beside which that is so; nothing where it is so by itself.
    beside: Option<Joined>,
}

/// How conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    All,
    Any,
}

impl Found {
    fn diagnostic(&self) -> Diagnostic {
        if let Some(joined) = self.beside {
            let (message, label) = match (joined, self.value) {
                (Joined::All, true) => ("this follows from what stands beside it", "true wherever the rest is"),
                (Joined::All, false) => ("this contradicts what stands beside it", "never true where the rest is"),
                (Joined::Any, true) => {
                    ("this or what stands beside it is always true", "true wherever the rest is not")
                }
                (Joined::Any, false) => {
                    ("this adds nothing to what stands beside it", "never true where the rest is not")
                }
            };
            Diagnostic::new(Code::RedundantCondition, self.span, message)
                .label(label)
                .help("remove it, or write what was meant")
        } else {
            let (message, label) = if self.value {
                ("this is always true", "true for every value that the types leave")
            } else {
                ("this is never true", "false for every value that the types leave")
            };
            Diagnostic::new(Code::ConstantCondition, self.span, message)
                .label(label)
                .help("remove it, or write what was meant")
        }
    }
}

struct Walk<'r, 'db> {
    reasoner: &'r Reasoner<'db>,
    found: Vec<Found>,
    /// How what is looked at is joined to its neighbours.
    joined: Joined,
}

impl<'r, 'db> Walk<'r, 'db> {
    fn new(reasoner: &'r Reasoner<'db>) -> Self {
        Walk { reasoner, found: vec![], joined: Joined::All }
    }

    /// Looks for parts that are settled: by themselves, or by what is known around them. Of what is made of settled parts
    /// only these are told.
    fn walk(&mut self, e: &Expr, none: &Known, around: &Known) {
        if around.is_dead() || !self.reasoner.has_fuel() {
            return;
        }
        let before = self.found.len();
        // What is settled by itself is so whatever stands around it.
        let settled = if *e.ty.base() == Ty::Bool { self.reasoner.truth(e, none).constant() } else { None };
        let around = if settled.is_some() { none } else { around };
        match &e.kind {
            // Who writes it means it.
            ExprKind::Bool(_) => return,
            ExprKind::Not(x) if matches!(x.kind, ExprKind::Bool(_)) => return,
            ExprKind::And(xs) | ExprKind::Or(xs) if !is_range(e) => {
                let value = matches!(e.kind, ExprKind::And(_));
                let outer = std::mem::replace(&mut self.joined, if value { Joined::All } else { Joined::Any });
                let mut left: Vec<&Expr> = xs.iter().collect();
                // Of two that say the same the later one says nothing.
                for at in (0..xs.len()).rev() {
                    let Some(x) = xs.get(at) else { continue };
                    let others = left.iter().filter(|other| !std::ptr::eq(**other, x)).map(|other| (*other, value));
                    let beside = if settled.is_some() { none.clone() } else { self.reasoner.assuming(others, around) };
                    let found = self.found.len();
                    self.walk(x, none, &beside);
                    if self.found.get(found..).is_some_and(|new| new.iter().any(|f| f.span == x.span)) {
                        left.retain(|other| !std::ptr::eq(*other, x));
                    }
                }
                self.joined = outer;
            }
            ExprKind::Not(x) => self.walk(x, none, around),
            ExprKind::If(c, a, b) => {
                self.walk(c, none, around);
                for (value, branch) in [(true, a), (false, b)] {
                    if *branch.ty.base() == Ty::Bool {
                        let inside = self.reasoner.assuming([(&**c, value)].into_iter(), around);
                        self.walk(branch, none, &inside);
                    }
                }
            }
            ExprKind::Quantifier { over, body, .. } => {
                let reasoner = self.reasoner;
                reasoner.within(over, || self.walk(body, none, around));
            }
            _ => {}
        }
        if self.found.len() > before || *e.ty.base() != Ty::Bool {
            return;
        }
        if let Some(value) = settled {
            self.found.push(Found { span: e.span, value, beside: None });
            return;
        }
        // What proves that something is there is needed, whatever it says; what is made of parts is told by them.
        let proves = matches!(e.kind, ExprKind::Has(_) | ExprKind::Is(..));
        let made = matches!(e.kind, ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_)) && !is_range(e);
        if !proves
            && !made
            && let Some(value) = self.reasoner.truth(e, around).constant()
        {
            self.found.push(Found { span: e.span, value, beside: Some(self.joined) });
        }
    }
}

/// Whether two comparisons are what was written as one range: either end alone may well say nothing.
fn is_range(e: &Expr) -> bool {
    let (ExprKind::And(ends) | ExprKind::Or(ends)) = &e.kind else { return false };
    matches!(ends.as_slice(), [a, b] if a.span == e.span && b.span == e.span)
}

/// `all` among what an `allow` asks for, of a collection that may be empty.
fn empty(reasoner: &Reasoner<'_>, parts: &[&Expr], out: &mut Vec<Diagnostic>) {
    let mut found = vec![];
    each_empty(reasoner, parts, &Known::default(), &[], &mut found);
    found.dedup();
    for span in found {
        let d = Diagnostic::new(Code::AllOfNothing, span, "this is true where there is no element at all")
            .label("`all` of nothing holds")
            .help("ask also for one, as in `count(…) > 0 and all(…)`");
        out.push(d);
    }
}

/// Where among conditions that are all true an `all` may be so because there is no element; `beside` are others that are true.
fn each_empty(reasoner: &Reasoner<'_>, parts: &[&Expr], known: &Known, beside: &[&Expr], out: &mut Vec<Span>) {
    for part in parts {
        let others: Vec<&Expr> = parts.iter().filter(|other| !std::ptr::eq(**other, *part)).copied().collect();
        let known = reasoner.assuming(others.iter().map(|other| (*other, true)), known);
        if known.is_dead() || !reasoner.has_fuel() {
            continue;
        }
        let beside: Vec<&Expr> = beside.iter().chain(&others).copied().collect();
        match &part.kind {
            ExprKind::Quantifier { kind: Quantifier::All, over, .. } => {
                let asked = beside.iter().any(|other| asks_for_one(reasoner, other, over));
                if !asked && !reasoner.is_filled(over, &known) && reasoner.has_fuel() {
                    out.push(part.span);
                }
            }
            ExprKind::And(xs) => each_empty(reasoner, &xs.iter().collect::<Vec<_>>(), &known, &beside, out),
            // One of them alone may be what is true.
            ExprKind::Or(xs) => {
                for x in xs {
                    let rest = xs.iter().filter(|other| !std::ptr::eq(*other, x)).map(|other| (other, false));
                    each_empty(reasoner, &[x], &reasoner.assuming(rest, &known), &beside, out);
                }
            }
            ExprKind::If(condition, yes, no) => {
                for (value, branch) in [(true, yes), (false, no)] {
                    let inside = reasoner.assuming([(&**condition, value)].into_iter(), &known);
                    each_empty(reasoner, &[branch], &inside, &beside, out);
                }
            }
            // What a definition asks is told where it is called: there it is known of what.
            ExprKind::Call(..) => {
                if let Some(body) = reasoner.written_out(part) {
                    let mut inside = vec![];
                    each_empty(reasoner, &[&body], &known, &beside, &mut inside);
                    out.extend(inside.first().map(|_| part.span));
                }
            }
            _ => {}
        }
    }
}

/// Whether a condition that is true shows that a collection has an element.
fn asks_for_one(reasoner: &Reasoner<'_>, e: &Expr, over: &Expr) -> bool {
    match &e.kind {
        ExprKind::Quantifier { kind: Quantifier::Any, over: of, .. } => super::term::key(of) == super::term::key(over),
        ExprKind::In(_, of) => super::term::key(of) == super::term::key(over),
        ExprKind::Or(xs) => xs.iter().all(|x| asks_for_one(reasoner, x, over)),
        ExprKind::And(xs) => xs.iter().any(|x| asks_for_one(reasoner, x, over)),
        ExprKind::Call(..) => reasoner.written_out(e).is_some_and(|body| asks_for_one(reasoner, &body, over)),
        _ => false,
    }
}
