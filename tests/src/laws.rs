//! The laws of the decision, as properties of random packages and what happens there: the order of rules does not
//! matter, whatever is no grant only takes away, failures only take away, grants and approvals never do; and of packages that
//! use each other, that it does not matter which of them an item stands in.
//!
//! An allow that cannot be recorded is a denial. So what turns it into an ask, of which less is recorded, seems to lower
//! the effect; the laws are about the decision before it is recorded.
//!
//! Each is asked of the reference evaluator at the same moment of the same world, with a package or a host that differs
//! in one thing. What the other evaluators decide is compared with the reference elsewhere.

pub mod packages;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use zt_lang::eval::{Decision, Evaluator, Host, World};
use zt_lang::hir::{Arith, Cmp, Effect, Expr, ExprKind, Package, Policy, Rule, Ty};
use zt_lang::span::Span;

use crate::differential::campaign::{self, LENGTH};
use crate::differential::{Problem, drawn, host};
use crate::generate::request::Requests;
use crate::generate::sequence::sequence;
use crate::generate::source::Source;
use crate::generate::step::{Call, Step, What};

/// How many rules of a package are changed, for each law about single rules.
const RULES: usize = 3;

/// What must hold between two decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// The order of rules does not matter.
    Order,
    /// A rule that is no `allow` never lowers effect or tier.
    Restriction,
    /// A failure never lowers the effect.
    Failure,
    /// An `allow` never raises the effect.
    Grant,
    /// An approval never raises the effect.
    Approval,
    /// Shadow rules change nothing.
    Shadow,
    /// Where an item stands changes nothing but its name.
    Packages,
}

impl Law {
    /// Every one, and what it says.
    pub const ALL: &[(Law, &str)] = &[
        (Law::Order, "the order of rules does not matter"),
        (Law::Restriction, "a rule that is no `allow` lowers neither effect nor tier"),
        (Law::Failure, "a failure does not lower the effect"),
        (Law::Grant, "an `allow` does not raise the effect"),
        (Law::Approval, "an approval does not raise the effect"),
        (Law::Shadow, "shadow rules change nothing"),
        (Law::Packages, "in which package an item stands does not matter"),
    ];
}

/// A law that does not hold.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Which.
    pub law: Law,
    /// What was changed.
    pub change: String,
    /// The package as it was.
    pub text: String,
    /// What happened, up to the call.
    pub steps: Vec<Step>,
    /// The decision as it was, and with the change.
    pub decisions: [Value; 2],
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} does not hold: {}\n\n{}\n", self.law, self.change, self.text.trim_end())?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "step {index:<4} {step}")?;
        }
        writeln!(f, "before: {}\nafter:  {}", self.decisions[0], self.decisions[1])
    }
}

/// A package that differs in one thing.
struct Variant {
    law: Law,
    change: String,
    evaluator: Evaluator,
}

/// How often each law was asked, and where one does not hold.
#[derive(Debug, Default)]
pub struct Judged {
    /// How often.
    pub asked: BTreeMap<Law, u64>,
    /// The first that does not hold.
    pub broken: Option<Broken>,
}

impl Judged {
    /// How often in all.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.asked.values().sum()
    }
}

/// Asks the laws of random packages until so many cases are done.
///
/// # Errors
/// If a package has mistakes.
pub fn judge(seed: u64, cases: u64, progress: impl Fn(u64)) -> Result<Judged, Problem> {
    let mut judged = Judged::default();
    let mut number = 0;
    while judged.cases() < cases && judged.broken.is_none() {
        let mut source = campaign::source(seed, number);
        number += 1;
        let (bundle, checked) = drawn(&mut source).map_err(|(_, problem)| problem)?;
        let text = bundle.text.clone();
        let spread = bundle.text != bundle.whole;
        let whole = if spread { Some(Evaluator::new(&packages::together(&bundle)?)) } else { None };
        let variants = variants(checked.hir(), &mut source);
        let evaluator = Evaluator::new(checked.hir());
        let requests = Requests::new(checked.hir());
        for _ in 0..4 {
            let steps = sequence(checked.hir(), &requests, &mut source, LENGTH, 2);
            if let Some(whole) = &whole {
                *judged.asked.entry(Law::Packages).or_default() += u64::try_from(steps.len()).unwrap_or(0);
                if let Some((at, decisions)) = packages::differ(&bundle, &evaluator, whole, &steps)? {
                    judged.broken = Some(Broken {
                        law: Law::Packages,
                        change: "as one package".to_owned(),
                        text: text.clone(),
                        steps: steps[..=at].to_vec(),
                        decisions,
                    });
                    break;
                }
            }
            walk(checked.hir(), &evaluator, &variants, &steps, &mut judged)?;
            if let Some(broken) = &mut judged.broken {
                broken.text.clone_from(&text);
                break;
            }
        }
        progress(judged.cases());
    }
    Ok(judged)
}

fn walk(
    package: &Package,
    evaluator: &Evaluator,
    variants: &[Variant],
    steps: &[Step],
    judged: &mut Judged,
) -> Result<(), Problem> {
    let mut world = World::new();
    let mut known: BTreeMap<usize, (String, Decision)> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        match &step.what {
            What::Outage(on) => world.outage = *on,
            What::Observe(call) => {
                // Neither does one of an event.
                let _ = evaluator.observe(&mut world, &host(step, &call.facts(step.now, |_| None))?, &call.request);
            }
            What::Attest { call, ok, output } => {
                let Some(What::Call(Call { request, .. })) = steps.get(*call).map(|step| &step.what) else { continue };
                let Some((facts, decision)) = known.get(call) else { continue };
                // A refusal of an attestation says nothing here.
                let _ = evaluator.attest(
                    &mut world,
                    &host(step, facts)?,
                    request,
                    decision,
                    *ok,
                    output.as_deref().map(str::as_bytes),
                );
            }
            What::Call(call) => {
                let facts = call.facts(step.now, |of| known.get(&of).and_then(|(_, d)| d.binding.clone()));
                let said = host(step, &facts)?;
                let before = world.clone();
                let decision = evaluator.decide(&mut world, &said, &call.request).decision;
                let broken = |law: Law, change: &str, after: &Decision| Broken {
                    law,
                    change: change.to_owned(),
                    text: String::new(),
                    steps: steps[..=at].to_vec(),
                    decisions: [decision.to_json(), after.to_json()],
                };
                for variant in variants {
                    let after = variant.evaluator.decide(&mut before.clone(), &said, &call.request).decision;
                    *judged.asked.entry(variant.law).or_default() += 1;
                    if !holds(package, variant.law, &decision, &after) {
                        judged.broken = Some(broken(variant.law, &variant.change, &after));
                        return Ok(());
                    }
                }
                for gone in 0..said.approvals.len() {
                    let mut less: Host = said.clone();
                    let id = less.approvals.remove(gone).id;
                    if less.approvals.iter().any(|other| other.id == id) {
                        // Of several under one id the first counts; without it, it is another that is there.
                        continue;
                    }
                    let after = evaluator.decide(&mut before.clone(), &less, &call.request).decision;
                    *judged.asked.entry(Law::Approval).or_default() += 1;
                    if !holds(package, Law::Approval, &decision, &after) {
                        judged.broken = Some(broken(Law::Approval, &format!("without approval {id}"), &after));
                        return Ok(());
                    }
                }
                known.insert(at, (facts, decision));
            }
        }
    }
    Ok(())
}

/// Whether a law holds between a decision and the one with the change: without the rule, where a law is about a rule or
/// an approval that is there.
#[must_use]
pub fn holds(package: &Package, law: Law, before: &Decision, after: &Decision) -> bool {
    let tier = |decision: &Decision| {
        decision.tier.as_ref().map(|name| package.tiers.iter().position(|tier| *tier.name == **name))
    };
    // With the same windows relied on, the one that asks was recordable as far as anybody can tell beforehand.
    let only_recorded = |denied: &Decision, asks: &Decision| rank(asks) == 1 && denied.determined_by == ["unrecorded"];
    match law {
        Law::Order => sorted(before) == sorted(after),
        Law::Restriction => {
            (rank(after) <= rank(before) || only_recorded(after, before)) && tier(after) <= tier(before)
        }
        Law::Failure => rank(after) >= rank(before) || only_recorded(before, after),
        Law::Grant | Law::Approval => rank(after) >= rank(before) || before.determined_by == ["unrecorded"],
        Law::Shadow => unshadowed(before) == unshadowed(after),
        // Of two packages, each with a world of its own.
        Law::Packages => sorted(before) == sorted(after),
    }
}

/// allow < ask < deny
fn rank(decision: &Decision) -> u8 {
    match decision.effect {
        Effect::Allow => 0,
        Effect::RequireApproval => 1,
        _ => 2,
    }
}

/// A decision without the order in which it tells of rules.
fn sorted(decision: &Decision) -> Value {
    let mut json = decision.to_json();
    sort(&mut json);
    json
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(all) => {
            all.iter_mut().for_each(sort);
            all.sort_by_key(ToString::to_string);
        }
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

/// A decision without what shadow rules add: their own decision, and the windows that only they read.
fn unshadowed(decision: &Decision) -> Value {
    let mut json = decision.to_json();
    if let Some(members) = json.as_object_mut() {
        members.remove("shadow");
        members.remove("readings");
    }
    json
}

fn variants(package: &Package, source: &mut Source) -> Vec<Variant> {
    let mut out = vec![];
    let mut add = |law: Law, change: String, package: Package| {
        out.push(Variant { law, change, evaluator: Evaluator::new(&package) });
    };
    let mut shuffled = package.clone();
    for policy in &mut shuffled.policies {
        source.shuffle(&mut Arc::make_mut(policy).rules);
    }
    source.shuffle(&mut shuffled.policies);
    add(Law::Order, "rules in another order".to_owned(), shuffled);
    let places: Vec<(usize, usize)> = package
        .policies
        .iter()
        .enumerate()
        .flat_map(|(p, policy)| (0..policy.rules.len()).map(move |r| (p, r)))
        .collect();
    let rule = |(p, r): &(usize, usize)| &package.policies[*p].rules[*r];
    if places.iter().any(|at| rule(at).shadow) {
        let mut bare = package.clone();
        for policy in &mut bare.policies {
            Arc::make_mut(policy).rules.retain(|rule| !rule.shadow);
        }
        add(Law::Shadow, "without shadow rules".to_owned(), bare);
    }
    let mut enforced: Vec<(usize, usize)> = places.into_iter().filter(|at| !rule(at).shadow).collect();
    source.shuffle(&mut enforced);
    for grants in [false, true] {
        for at in enforced.iter().filter(|at| (rule(at).effect == Effect::Allow) == grants).take(RULES) {
            let name = &rule(at).full_name;
            let law = if grants { Law::Grant } else { Law::Restriction };
            add(law, format!("without {name}"), without(package, *at));
            add(Law::Failure, format!("{name} fails"), failing(package, *at));
        }
    }
    out
}

fn without(package: &Package, (policy, rule): (usize, usize)) -> Package {
    let mut package = package.clone();
    Arc::make_mut(&mut package.policies[policy]).rules.remove(rule);
    package
}

/// The package with a rule that always fails, and still reads what it read.
fn failing(package: &Package, at: (usize, usize)) -> Package {
    let mut package = package.clone();
    let policy = Arc::make_mut(&mut package.policies[at.0]);
    let mut rule: Rule = policy.rules.remove(at.1);
    let span = Span::default();
    let of = |kind: ExprKind, ty: Ty| Expr { kind, ty, span };
    let number = |n: i64| Box::new(of(ExprKind::Int(n), Ty::Int));
    let sum = of(ExprKind::Arith(Arith::Add, number(i64::MAX), number(1)), Ty::Int);
    let fails = of(ExprKind::Compare(Cmp::Gt, Box::new(sum), number(0)), Ty::Bool);
    let own = match &policy.guard {
        Some(guard) => of(ExprKind::And(vec![guard.clone(), rule.condition.clone()]), Ty::Bool),
        None => rule.condition.clone(),
    };
    // A comparison fails where a side does, whatever the other says.
    rule.condition = of(ExprKind::Compare(Cmp::Eq, Box::new(own), Box::new(fails)), Ty::Bool);
    let alone = Policy { guard: None, rules: vec![rule], limits: vec![], ..policy.clone() };
    package.policies.insert(at.0 + 1, Arc::new(alone));
    package
}
