//! What lints say of random packages, held against what the reference evaluator makes of random requests.
//!
//! A rule of which it is said that it never holds must not hold, a part of a condition that is said to be always true or
//! never must come out so wherever it is asked, a part that is said to follow from its neighbours must not be false where
//! all of these are true, a rule that is said to hold wherever another one does must do so, and where a rule that is said to
//! hold beside no grant holds or fails, no `allow` may hold.

use std::collections::BTreeMap;
use std::fmt;

use zt_lang::diagnostic::Code;
use zt_lang::eval::{Evaluator, Kind, Node, Outcome, Place, RuleResult, RuleTrace, Trace, World};
use zt_lang::hir::Effect;
use zt_lang::lint::lints;
use zt_lang::span::{ItemKey, Span};

use crate::differential::campaign::{self, LENGTH};
use crate::differential::{Problem, drawn, host};
use crate::front;
use crate::generate::request::Requests;
use crate::generate::sequence::sequence;
use crate::generate::step::{Call, What};

/// Something that a lint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which lint.
    pub code: Code,
    /// In which item.
    pub item: ItemKey,
    /// Where in it.
    pub span: Span,
    /// What stands there.
    pub text: String,
    /// What it says.
    pub message: String,
    /// The other place that it speaks of.
    pub other: Option<(Option<ItemKey>, Span)>,
}

/// What was asked.
#[derive(Debug, Default)]
pub struct Asked {
    /// How many packages.
    pub packages: u64,
    /// How often each lint said something.
    pub claims: BTreeMap<Code, u64>,
    /// How often what each said was held against a decision that had to do with it.
    pub held: BTreeMap<Code, u64>,
    /// The first that is wrong.
    pub wrong: Option<Wrong>,
}

/// A claim that is not true.
#[derive(Debug)]
pub struct Wrong {
    /// The package.
    pub text: String,
    /// What is said.
    pub claim: Claim,
    /// The request that shows it to be wrong.
    pub request: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim { code, item, message, text, .. } = &self.claim;
        writeln!(f, "{}\n{} in {}, of `{text}`: {message}", self.text, code.as_str(), item.name)?;
        write!(f, "{}", self.request)
    }
}

/// Holds what lints say of random packages against decisions.
///
/// # Errors
/// If a package has mistakes.
pub fn judge(seed: u64, packages: u64) -> Result<Asked, Problem> {
    let mut asked = Asked::default();
    for number in 0..packages {
        let mut source = campaign::source(seed, number);
        let (bundle, checked) = drawn(&mut source).map_err(|(_, problem)| problem)?;
        let text = bundle.text;
        let (db, loaded) = front::load_bundle(&text);
        asked.packages += 1;
        let claims = claims(&db, loaded);
        for claim in &claims {
            *asked.claims.entry(claim.code).or_default() += 1;
        }
        if claims.is_empty() {
            continue;
        }
        let evaluator = Evaluator::new(checked.hir());
        let requests = Requests::new(checked.hir());
        for _ in 0..8 {
            let steps = sequence(checked.hir(), &requests, &mut source, LENGTH, 0);
            let mut world = World::new();
            let mut bindings = BTreeMap::new();
            for (at, step) in steps.iter().enumerate() {
                match &step.what {
                    What::Outage(on) => world.outage = *on,
                    What::Observe(call) => {
                        // A refusal of an event says nothing here.
                        let said = host(step, &call.facts(step.now, |_| None))?;
                        let _ = evaluator.observe(&mut world, &said, &call.request);
                    }
                    What::Attest { .. } => {}
                    What::Call(Call { request, .. }) => {
                        let What::Call(call) = &step.what else { continue };
                        let facts = call.facts(step.now, |of| bindings.get(&of).cloned().flatten());
                        let said = host(step, &facts)?;
                        let evaluation = evaluator.decide(&mut world, &said, request);
                        bindings.insert(at, evaluation.decision.binding.clone());
                        for claim in &claims {
                            match holds(claim, &evaluation.trace) {
                                None => {}
                                Some(true) => *asked.held.entry(claim.code).or_default() += 1,
                                Some(false) => {
                                    let request = format!("{}\n{facts}", String::from_utf8_lossy(request));
                                    asked.wrong = Some(Wrong { text, claim: claim.clone(), request });
                                    return Ok(asked);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(asked)
}

/// What lints say of a package.
fn claims(db: &zt_lang::db::Database, package: zt_lang::db::Package) -> Vec<Claim> {
    let sources = zt_lang::render::Sources::of(db, package);
    let items: Vec<(ItemKey, u32)> =
        zt_lang::db::index(db, package).all.iter().map(|item| (item.key(db).clone(), item.offset(db))).collect();
    let located = lints(db, package).into_iter();
    located
        .filter_map(|l| {
            let (item, _) = items.iter().find(|(key, offset)| key.file == l.file && *offset == l.offset)?;
            let other = l.diagnostic.related.first().map(|r| (r.item.clone(), r.span));
            let text = sources.text(&l.file, l.diagnostic.span.shifted(l.offset)).to_owned();
            let d = l.diagnostic;
            Some(Claim { code: d.code, item: item.clone(), span: d.span, text, message: d.message, other })
        })
        .collect()
}

/// Whether a decision bears a claim out; `None` if it has nothing to do with it.
fn holds(claim: &Claim, trace: &Trace) -> Option<bool> {
    let own = || trace.rules.iter().filter(|rule| rule.item == claim.item);
    match claim.code {
        Code::NeverHolds => {
            let rule = own().find(|rule| rule.name_span == claim.span)?;
            Some(rule.result != RuleResult::Held)
        }
        Code::ConstantCondition => {
            let value = claim.message.contains("always");
            let wanted = if value { Outcome::True } else { Outcome::False };
            let mut nodes: Vec<&Node> = vec![];
            for rule in own() {
                rule.guard.iter().chain([&rule.condition]).for_each(|node| at(node, claim.span, &mut nodes));
            }
            let said: Vec<&Outcome> =
                nodes.iter().map(|n| &n.outcome).filter(|o| **o != Outcome::NotEvaluated).collect();
            (!said.is_empty()).then(|| said.iter().all(|o| **o == wanted))
        }
        Code::RedundantCondition => {
            // Only what stands beside others directly can be seen in a trace.
            let value = claim.message.contains("follows");
            if !value && !claim.message.contains("adds nothing") {
                return None;
            }
            let mut verdict = None;
            for rule in own() {
                let conjoined = rule.condition.kind == Kind::And && value;
                let disjoined = rule.condition.kind == Kind::Or && !value;
                if !conjoined && !disjoined {
                    continue;
                }
                // The policy's condition is a neighbour, too.
                if rule.guard.as_ref().is_some_and(|guard| guard.outcome != Outcome::True) {
                    continue;
                }
                let beside = if conjoined { Outcome::True } else { Outcome::False };
                let (own, others): (Vec<&Node>, Vec<&Node>) =
                    rule.condition.children.iter().partition(|node| node.span == claim.span);
                if own.is_empty() || others.iter().any(|node| node.outcome != beside) {
                    continue;
                }
                verdict = Some(verdict.unwrap_or(true) && own.iter().all(|node| node.outcome == beside));
            }
            verdict
        }
        // Where it holds or fails, nothing grants.
        Code::IdleRule if claim.message.contains("no `allow` holds") => {
            let one = own().find(|rule| rule.name_span == claim.span && rule.result != RuleResult::Not)?;
            let grants = |rule: &&RuleTrace| rule.effect == Effect::Allow && !rule.shadow && rule.name != one.name;
            Some(trace.rules.iter().filter(grants).all(|rule| rule.result != RuleResult::Held))
        }
        // That two share something is shown by some request, not by every one.
        Code::BypassedApproval if claim.message.contains("some of what") => None,
        // One rule holds wherever another does.
        Code::CoveredRule | Code::IdleRule | Code::BypassedApproval | Code::RepeatedObligation => {
            let (item, span) = claim.other.as_ref()?;
            let item = item.as_ref().unwrap_or(&claim.item);
            let one = own().find(|rule| rule.name_span == claim.span && rule.result == RuleResult::Held)?;
            let other = trace.rules.iter().find(|rule| rule.item == *item && rule.name_span == *span);
            Some(one.result == RuleResult::Held && other.is_some_and(|other| other.result == RuleResult::Held))
        }
        _ => None,
    }
}

/// The nodes at a place of the item itself.
fn at<'n>(node: &'n Node, span: Span, out: &mut Vec<&'n Node>) {
    if matches!(node.place, Place::Define(_)) {
        return;
    }
    // The ends of a range stand where the range does, and an `unless` where what it denies does.
    if node.span == span
        && node.kind != Kind::Not
        && matches!(node.outcome, Outcome::True | Outcome::False | Outcome::Failed)
    {
        out.push(node);
        return;
    }
    node.children.iter().for_each(|child| at(child, span, out));
}
