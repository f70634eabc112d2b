//! From the results of the rules in scope to the decision.

use std::collections::{BTreeMap, BTreeSet};

use super::approvals::{Approvals, Counted};
use super::decision::{
    Decision, Exact, Message, RequiredBy, Requirement, RuleError, ShadowDecision, Tell, WindowReading,
};
use super::expr::{Ground, Scope, Seen};
use super::host::Host;
use super::obligations::{Given, given, merged};
use super::request::Request;
use super::trace::{Place, RuleResult, RuleTrace, Trace};
use super::value::{Cause, Outcome, Value};
use super::windows::{Share, Touched, read_by};
use super::world::World;
use crate::hir::{self, Ask, Aspect, Effect, Name, Piece, Policy, Recorded, Rule};

/// Everything that a decision depends on.
pub(super) struct Case<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) host: &'a Host,
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    /// Every window, as far as this call touches it.
    pub(super) touched: &'a [Touched<'a>],
}

/// What is decided, why, and which approvals an allow uses up.
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) trace: Trace,
    pub(super) used: BTreeSet<String>,
}

/// A rule in scope and its result.
struct Judged<'p> {
    /// Its place in the order of rules.
    at: usize,
    rule: &'p Rule,
    result: RuleResult,
    /// Why it failed, if it did.
    cause: Option<Cause>,
    /// What it obliges to, if it held.
    given: Vec<Given>,
    /// The windows that it reads.
    reads: BTreeSet<&'p Name>,
}

impl Judged<'_> {
    fn held(&self, effect: Effect) -> bool {
        self.rule.effect == effect && self.result == RuleResult::Held
    }
}

/// Somebody who asks for an approval, and what came of it.
struct Asked<'a> {
    by: By<'a>,
    ask: &'a Ask,
    counted: Counted,
}

#[derive(Clone, Copy)]
enum By<'a> {
    Rule(usize, &'a Rule),
    Tier(&'a hir::Tier),
}

/// A decision over some rules.
struct Verdict<'a> {
    effect: Effect,
    why: Why<'a>,
    tier: Option<&'a hir::Tier>,
    obligations: Vec<&'a Given>,
    /// The approvals that it rests on.
    used: BTreeSet<String>,
}

/// What determines a decision.
enum Why<'a> {
    /// These rules deny, or grant.
    Rules(Vec<&'a Judged<'a>>),
    /// No rule does.
    Code(&'static str),
    /// Approvals are missing: any one of the first, and all of the second.
    Asks(Vec<Asked<'a>>, Vec<Asked<'a>>),
}

/// Which rules count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Those that are enforced.
    Enforced,
    /// All, shadow rules as if they were enforced.
    All,
}

impl Rules {
    fn has(self, rule: &Rule) -> bool {
        self == Rules::All || !rule.shadow
    }
}

/// Decides a request that was read.
pub(super) fn decide(case: &Case<'_>) -> Decided {
    let package = case.ground.package;
    let pair = case.request.pair();
    let mut judged = Vec::new();
    let mut trace = Trace::default();
    for policy in package.policies.iter().filter(|policy| policy.scope.contains(&pair)) {
        for rule in &policy.rules {
            if rule.scope.as_ref().is_none_or(|scope| scope.contains(&pair)) {
                let (one, why) = case.judge(judged.len(), policy, rule);
                judged.push(one);
                trace.rules.push(why);
            }
        }
    }
    // Tiers are constant: what they oblige to cannot fail.
    let scope = case.scope(Place::Rule);
    let of_tiers: Vec<Vec<Given>> =
        package.tiers.iter().map(|tier| given(&scope, &tier.obligations).unwrap_or_default()).collect();
    let binding = case.request.binding(case.host.bundle.as_deref().unwrap_or(&package.name));
    let approvals = Approvals {
        ground: case.ground,
        host: case.host,
        world: case.world,
        request: case.request,
        binding: binding.clone(),
    };

    let verdict = case.settled(&judged, &of_tiers, &approvals, Rules::Enforced);
    let shadow = judged.iter().any(|judged| judged.rule.shadow).then(|| {
        let verdict = case.settled(&judged, &of_tiers, &approvals, Rules::All);
        ShadowDecision {
            effect: verdict.effect,
            determined_by: verdict.why.names(),
            errors: errors(judged.iter().filter(|judged| judged.rule.shadow)),
        }
    });
    let (alternatives, requirements) = match &verdict.why {
        Why::Asks(any, all) => (any.iter().map(requirement).collect(), all.iter().map(requirement).collect()),
        _ => (vec![], vec![]),
    };
    if let Why::Asks(any, all) = &verdict.why {
        let asks: Vec<&Ask> = any.iter().chain(all).map(|asked| asked.ask).collect();
        trace.unheeded = approvals.unheeded(&asks);
    }
    let said = verdict.why.rules_that_held();
    let texts = |pieces: fn(&Rule) -> Option<&Vec<Piece>>| -> Vec<(String, String)> {
        let said = said.iter().filter_map(|rule| Some((rule.full_name.to_string(), case.fill(pieces(rule)?))));
        said.collect()
    };
    let obligations: Vec<Given> = verdict.obligations.iter().copied().cloned().collect();
    let decision = Decision {
        determined_by: verdict.why.names(),
        action: Some(case.request.action.shown().to_string()),
        input_defaults: case
            .request
            .defaults
            .iter()
            .map(|(path, value)| (path.clone(), Exact(value.clone())))
            .collect(),
        tier: verdict.tier.map(|tier| tier.name.to_string()),
        warrant: verdict.tier.filter(|_| verdict.effect == Effect::Allow).and_then(|tier| tier.warrant),
        requirements,
        alternatives,
        ask: if verdict.effect == Effect::RequireApproval { case.ask() } else { vec![] },
        binding: binding.filter(|_| verdict.effect == Effect::RequireApproval),
        obligations: merged(package, &obligations),
        messages: texts(|rule| rule.because.as_ref())
            .into_iter()
            .map(|(rule, because)| Message { rule, because })
            .collect(),
        tells: texts(|rule| rule.tell.as_ref()).into_iter().map(|(rule, tell)| Tell { rule, tell }).collect(),
        retry_after_ms: case.retry(&verdict),
        readings: case.readings(&judged),
        errors: errors(judged.iter().filter(|judged| !judged.rule.shadow)),
        shadow,
        ..Decision::of(verdict.effect)
    };
    Decided { decision, trace, used: verdict.used }
}

/// The names of the windows that rules of a package rely on.
pub(super) fn relied_on(package: &hir::Package, rules: Rules) -> BTreeSet<&Name> {
    let all = package.policies.iter().flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)));
    all.filter(|(_, rule)| rules.has(rule))
        .flat_map(|(policy, rule)| read_by(package, policy.guard.as_ref(), rule))
        .collect()
}

/// Into which windows a call goes that ended so.
pub(super) fn outcomes(effect: Effect) -> &'static [hir::Outcome] {
    match effect {
        Effect::Allow => &[hir::Outcome::Admitted, hir::Outcome::Attempted],
        Effect::RequireApproval => &[hir::Outcome::Attempted],
        _ => &[hir::Outcome::Denied, hir::Outcome::Attempted],
    }
}

impl<'a> Case<'a> {
    fn scope(&self, place: Place) -> Scope<'a> {
        Scope { ground: self.ground, roots: self.request.roots(), place }
    }

    /// Evaluates one rule: its policy's guard, its own condition, and if they hold its obligations.
    fn judge(&self, at: usize, policy: &'a Policy, rule: &'a Rule) -> (Judged<'a>, RuleTrace) {
        let guard = policy.guard.as_ref().map(|guard| self.scope(Place::Guard).eval(guard));
        let (outcome, condition) = self.scope(Place::Rule).eval(&rule.condition);
        let (mut outcomes, guard) = guard.map_or((vec![], None), |(outcome, node)| (vec![outcome], Some(node)));
        outcomes.push(outcome);
        let all = Outcome::all(&outcomes);
        let (result, cause, given) = if all.is(true) {
            match given(&self.scope(Place::Rule), &rule.obligations) {
                Ok(given) => (RuleResult::Held, None, given),
                Err(cause) => (RuleResult::Failed, Some(cause), vec![]),
            }
        } else if all.is(false) {
            (RuleResult::Not, None, vec![])
        } else if let Outcome::Failed(cause) = all {
            (RuleResult::Failed, Some(cause), vec![])
        } else {
            // A checked condition is never skipped as a whole; were it so, failing is the closed way out.
            (RuleResult::Failed, Some(Cause::Overflow), vec![])
        };
        let trace = RuleTrace {
            name: rule.full_name.clone(),
            item: policy.key.clone(),
            effect: rule.effect,
            shadow: rule.shadow,
            span: rule.span,
            name_span: rule.name_span,
            result,
            guard,
            condition,
        };
        let reads = read_by(self.ground.package, policy.guard.as_ref(), rule);
        (Judged { at, rule, result, cause, given, reads }, trace)
    }

    /// The verdict, if what it records can be recorded; otherwise a denial.
    fn settled<'v>(
        &'v self,
        judged: &'v [Judged<'v>],
        of_tiers: &'v [Vec<Given>],
        approvals: &Approvals<'_>,
        rules: Rules,
    ) -> Verdict<'v> {
        let verdict = self.verdict(judged, of_tiers, approvals, rules);
        let relied = relied_on(self.ground.package, rules);
        let unfit = |touched: &&Touched<'_>| {
            let record = touched.record();
            touched.goes_into(outcomes(verdict.effect))
                && relied.contains(&touched.window.name)
                && record.is_some_and(|record| !self.world.fits(&record, self.host))
        };
        if verdict.effect != Effect::Deny && self.touched.iter().any(|touched| unfit(&touched)) {
            return Verdict { obligations: vec![], used: BTreeSet::new(), ..denied("unrecorded", verdict.tier) };
        }
        verdict
    }

    /// The first line of the table that applies.
    fn verdict<'v>(
        &'v self,
        judged: &'v [Judged<'v>],
        of_tiers: &'v [Vec<Given>],
        approvals: &Approvals<'_>,
        rules: Rules,
    ) -> Verdict<'v> {
        let package = self.ground.package;
        let enforced = || judged.iter().filter(|judged| rules.has(judged.rule));
        let held = |effect: Effect| enforced().filter(move |judged| judged.held(effect));

        // The ladder: the action's step or the highest, and whatever it is raised to.
        let named = self.request.action.tier.or(u32::try_from(package.tiers.len()).ok().and_then(|n| n.checked_sub(1)));
        let raised = held(Effect::Raise).filter_map(|judged| judged.rule.raise);
        let top = named.into_iter().chain(raised).max().and_then(|tier| usize::try_from(tier).ok());
        let tier = top.and_then(|top| package.tiers.get(top));
        let steps = top.map_or(0, |top| top.saturating_add(1));
        let below = || package.tiers.iter().take(steps);

        let denying: Vec<&Judged<'_>> = enforced()
            .filter(|judged| judged.held(Effect::Deny) || judged.held(Effect::Limit) || is_closed(judged))
            .collect();
        if !denying.is_empty() {
            let obligations = denying.iter().flat_map(|judged| &judged.given).collect();
            let why = Why::Rules(denying);
            return Verdict { effect: Effect::Deny, why, tier, obligations, used: BTreeSet::new() };
        }
        let allowing: Vec<&Judged<'_>> = held(Effect::Allow).collect();
        if allowing.is_empty() {
            return denied("default", tier);
        }
        let known = |given: &&Given| self.host.supports(&given.obligation);
        let supported: Vec<&Judged<'_>> =
            allowing.into_iter().filter(|judged| judged.given.iter().all(|given| known(&given))).collect();
        let of_rules = held(Effect::RequireApproval).chain(held(Effect::Oblige)).flat_map(|judged| &judged.given);
        let mut obligations: Vec<&Given> = of_rules.chain(of_tiers.iter().take(steps).flatten()).collect();
        if supported.is_empty() || !obligations.iter().all(known) {
            return denied("unsupported", tier);
        }
        if !self.recordable(rules) {
            return denied("unrecorded", tier);
        }

        let asked = |by: By<'v>, ask: &'v Ask| Asked { by, ask, counted: approvals.counted(ask) };
        let (mut granting, mut waiting, mut used) = (vec![], vec![], BTreeSet::new());
        for judged in supported {
            match judged.rule.ask.as_ref().map(|ask| asked(By::Rule(judged.at, judged.rule), ask)) {
                Some(asked) if !asked.counted.meet(asked.ask) => waiting.push((judged, asked)),
                Some(asked) => {
                    used.extend(asked.counted.ids);
                    granting.push(judged);
                }
                None => granting.push(judged),
            }
        }
        if !granting.is_empty() {
            waiting.clear();
        }
        let by_rules = held(Effect::RequireApproval)
            .filter_map(|judged| judged.rule.ask.as_ref().map(|ask| asked(By::Rule(judged.at, judged.rule), ask)));
        let by_tiers = below().filter_map(|tier| tier.ask.as_ref().map(|ask| asked(By::Tier(tier), ask)));
        let (met, missing): (Vec<_>, Vec<_>) =
            by_rules.chain(by_tiers).partition(|asked| asked.counted.meet(asked.ask));
        if waiting.is_empty() && missing.is_empty() {
            used.extend(met.into_iter().flat_map(|asked| asked.counted.ids));
            obligations.extend(granting.iter().flat_map(|judged| &judged.given));
            return Verdict { effect: Effect::Allow, why: Why::Rules(granting), tier, obligations, used };
        }
        obligations.extend(waiting.iter().flat_map(|(judged, _)| &judged.given));
        let why = Why::Asks(waiting.into_iter().map(|(_, asked)| asked).collect(), missing);
        Verdict { effect: Effect::RequireApproval, why, tier, obligations, used: BTreeSet::new() }
    }

    /// Whether it is known what the call would bring to every window that these rules rely on. What an attestation
    /// brings is asked when it comes.
    fn recordable(&self, rules: Rules) -> bool {
        let relied = relied_on(self.ground.package, rules);
        self.touched.iter().all(|touched| {
            let later = matches!(touched.window.of, Recorded::Calls(hir::Outcome::Failed | hir::Outcome::Succeeded, _));
            later || touched.share != Share::Failed || !relied.contains(&touched.window.name)
        })
    }

    /// After how many milliseconds there is room, if limits alone deny and waiting helps.
    fn retry(&self, verdict: &Verdict<'_>) -> Option<i64> {
        let Why::Rules(denying) = &verdict.why else { return None };
        if verdict.effect != Effect::Deny {
            return None;
        }
        let wait = |judged: &&Judged<'_>| {
            let (window, most) = judged.rule.limit.as_ref().filter(|_| judged.held(Effect::Limit))?;
            let touched = self.touched.iter().find(|touched| touched.window.name == *window)?;
            let own = if let Share::Items(items) = &touched.share { &items[..] } else { &[] };
            let live = self.world.live(touched.window, touched.key.as_ref()?, self.host).ok()?;
            live.wait(touched.window, own, *most, self.host)
        };
        let waits: Vec<i64> = denying.iter().map(wait).collect::<Option<_>>()?;
        waits.into_iter().max().map(|micros| micros.saturating_add(999).div_euclid(1000))
    }

    /// What the windows say that rules in scope read, but for those of limits.
    fn readings(&self, judged: &[Judged<'_>]) -> Vec<WindowReading> {
        let read: BTreeSet<&Name> = judged.iter().flat_map(|judged| judged.reads.iter().copied()).collect();
        let declared = |name: &&&Name| self.ground.package.windows.get(&***name).is_some_and(|window| !window.limit);
        let shown = read.iter().filter(declared).map(|name| {
            let seen = self.ground.readings.get(&***name);
            let value = seen.and_then(|seen| seen.past.as_ref().ok()).map(|reading| match &reading.value {
                Value::Set(elements) => elements.len().to_string(),
                value => value.json(self.ground.package),
            });
            WindowReading { window: name.to_string(), value: value.map(Exact) }
        });
        shown.collect()
    }

    /// What whoever is asked is shown.
    fn ask(&self) -> Vec<(Aspect, String)> {
        let notice = self.ground.package.notices.get(&self.request.action.name);
        let parts = notice.into_iter().flat_map(|notice| &notice.parts);
        parts.map(|(aspect, pieces)| (*aspect, self.fill(pieces))).collect()
    }

    /// A message, its values filled in.
    fn fill(&self, pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| self.shown(piece).unwrap_or_else(|| "?".to_owned())).collect()
    }

    /// A part of a message, if what it shows is there.
    fn shown(&self, piece: &Piece) -> Option<String> {
        let package = self.ground.package;
        match piece {
            Piece::Text(text) => Some(text.to_string()),
            Piece::Path { path, places, .. } => match self.scope(Place::Rule).read(path) {
                Ok(Some(reading)) => Some(reading.value.message(package, *places)),
                _ => None,
            },
            Piece::Reading { window, places, .. } => match self.ground.readings.get(window) {
                Some(Seen { past: Ok(reading), .. }) => Some(reading.value.message(package, *places)),
                _ => None,
            },
            Piece::OneOf(variants) => variants.iter().find_map(|piece| self.shown(piece)),
        }
    }
}

/// A denial that no rule makes.
fn denied<'v>(code: &'static str, tier: Option<&'v hir::Tier>) -> Verdict<'v> {
    Verdict { effect: Effect::Deny, why: Why::Code(code), tier, obligations: vec![], used: BTreeSet::new() }
}

/// Whether a failure denies: that of everything but a grant.
fn is_closed(judged: &Judged<'_>) -> bool {
    judged.rule.effect != Effect::Allow && judged.result == RuleResult::Failed
}

fn errors<'j, 'p: 'j>(judged: impl Iterator<Item = &'j Judged<'p>>) -> Vec<RuleError> {
    let error = |judged: &Judged<'_>| {
        let cause = judged.cause.as_ref()?;
        Some(RuleError { rule: judged.rule.full_name.to_string(), error: cause.to_string() })
    };
    judged.filter_map(error).collect()
}

fn requirement(asked: &Asked<'_>) -> Requirement {
    Requirement {
        by: match asked.by {
            By::Rule(_, rule) => RequiredBy::Rule(rule.full_name.to_string()),
            By::Tier(tier) => RequiredBy::Tier(tier.name.to_string()),
        },
        from: asked.ask.from.show().to_string(),
        quorum: asked.ask.quorum,
        expires: asked.ask.expires,
        approved_by: asked.counted.people.iter().cloned().collect(),
    }
}

impl Why<'_> {
    /// The rules among what determines a decision that held, in rule order.
    fn rules_that_held(&self) -> Vec<&Rule> {
        match self {
            Why::Rules(rules) => {
                rules.iter().filter(|judged| judged.result == RuleResult::Held).map(|judged| judged.rule).collect()
            }
            Why::Code(_) => vec![],
            Why::Asks(any, all) => {
                let rules = any.iter().chain(all).filter_map(|asked| match asked.by {
                    By::Rule(at, rule) => Some((at, rule)),
                    By::Tier(_) => None,
                });
                let in_order: BTreeMap<usize, &Rule> = rules.collect();
                in_order.into_values().collect()
            }
        }
    }

    /// As a decision names it.
    fn names(&self) -> Vec<String> {
        match self {
            Why::Code(code) => vec![(*code).to_owned()],
            Why::Rules(rules) => rules.iter().map(|judged| judged.rule.full_name.to_string()).collect(),
            Why::Asks(_, all) => {
                let tiers = all.iter().filter_map(|asked| match asked.by {
                    By::Rule(..) => None,
                    By::Tier(tier) => Some(format!("tier {}", tier.name)),
                });
                self.rules_that_held().iter().map(|rule| rule.full_name.to_string()).chain(tiers).collect()
            }
        }
    }
}
