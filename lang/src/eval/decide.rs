//! From the results of the rules in scope to the decision.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::expr::{Ground, Scope};
use super::read::Refusal;
use super::request::Request;
use super::trace::{Place, RuleResult, RuleTrace, Trace};
use super::value::{Cause, Outcome};
use crate::hir::{Effect, Package, Piece, Policy, Rule};

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub effect: Effect,
    /// Full names of the rules that determined it, in rule order; or `default`, or `refused`, alone.
    pub determined_by: Vec<String>,
    /// Why the request was refused, if it was. Then all that follows is empty.
    pub refusal: Option<Refusal>,
    /// The action's name in requests.
    pub action: Option<String>,
    /// The action's tier, if the package has tiers.
    pub tier: Option<String>,
    /// What the asking rules among those that determined it ask for.
    pub requirements: Vec<Requirement>,
    /// Messages of the determining rules that held.
    pub messages: Vec<Message>,
    /// Enforced rules in scope that failed, even where that changed nothing.
    pub errors: Vec<RuleError>,
    /// What the decision would have been with the shadow rules, if one is in scope.
    pub shadow: Option<ShadowDecision>,
}

/// An approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Requirement {
    /// Full name of the rule that asks.
    pub rule: String,
    /// The group of approvers.
    pub from: String,
    /// How many different people of it.
    pub quorum: u32,
    /// How long an approval lasts, in seconds.
    #[serde(rename = "expires_seconds", skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// The message of a rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    /// Full name of the rule.
    pub rule: String,
    /// The message, its values filled in.
    pub because: String,
}

/// The failure of a rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RuleError {
    /// Full name of the rule.
    pub rule: String,
    /// What went wrong.
    pub error: String,
}

/// A decision as it would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDecision {
    /// What would have been decided.
    pub effect: Effect,
    /// Full names of the rules that would have determined it, or `default`.
    pub determined_by: Vec<String>,
    /// Shadow rules in scope that failed.
    pub errors: Vec<RuleError>,
}

impl Decision {
    /// The decision on a request that was refused.
    pub(super) fn refused(refusal: Refusal) -> Self {
        Decision {
            effect: Effect::Deny,
            determined_by: vec!["refused".into()],
            refusal: Some(refusal),
            action: None,
            tier: None,
            requirements: Vec::new(),
            messages: Vec::new(),
            errors: Vec::new(),
            shadow: None,
        }
    }

    /// The decision as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        // Strings, numbers and lists of them under fixed names: nothing that JSON could not hold.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("effect", self.effect.as_str())?;
        map.serialize_entry("determined_by", &self.determined_by)?;
        if let Some(refusal) = &self.refusal {
            map.serialize_entry("refusal", refusal)?;
            return map.end();
        }
        if let Some(action) = &self.action {
            map.serialize_entry("action", action)?;
        }
        if let Some(tier) = &self.tier {
            map.serialize_entry("tier", tier)?;
        }
        map.serialize_entry("requirements", &self.requirements)?;
        map.serialize_entry("messages", &self.messages)?;
        map.serialize_entry("errors", &self.errors)?;
        if let Some(shadow) = &self.shadow {
            map.serialize_entry("shadow", shadow)?;
        }
        map.end()
    }
}

impl Serialize for ShadowDecision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("effect", self.effect.as_str())?;
        map.serialize_entry("determined_by", &self.determined_by)?;
        map.serialize_entry("errors", &self.errors)?;
        map.end()
    }
}

/// A rule in scope and its result.
#[derive(Clone)]
struct Judged<'p> {
    rule: &'p Rule,
    result: RuleResult,
    cause: Option<Cause>,
}

/// Decides a request that was read.
pub(super) fn decide(ground: Ground<'_>, request: &Request) -> (Decision, Trace) {
    let package = ground.package;
    let mut judged = Vec::new();
    let mut trace = Trace::default();
    for policy in &package.policies {
        if !policy.scope.contains(&request.pair()) {
            continue;
        }
        for rule in &policy.rules {
            if rule.scope.as_ref().is_some_and(|scope| !scope.contains(&request.pair())) {
                continue;
            }
            let (why, cause) = judge(ground, request, policy, rule);
            judged.push(Judged { rule, result: why.result, cause });
            trace.rules.push(why);
        }
    }

    let enforced: Vec<Judged<'_>> = judged.iter().filter(|judged| !judged.rule.shadow).cloned().collect();
    let (effect, determining) = verdict(&enforced);
    let shadow = (enforced.len() < judged.len()).then(|| {
        let (effect, determining) = verdict(&judged);
        let errors = errors(judged.iter().filter(|judged| judged.rule.shadow));
        ShadowDecision { effect, determined_by: names(&determining), errors }
    });
    let scope = Scope { ground, roots: request.roots(), place: Place::Rule };
    let decision = Decision {
        effect,
        determined_by: names(&determining),
        refusal: None,
        action: Some(request.action.wire.to_string()),
        tier: tier(package, request),
        // Where the answer is no, no approval would change it.
        requirements: if effect == Effect::RequireApproval { requirements(&determining) } else { Vec::new() },
        messages: messages(&determining, &scope),
        errors: errors(&enforced),
        shadow,
    };
    (decision, trace)
}

/// Evaluates one rule: its policy's guard and its own condition.
fn judge(ground: Ground<'_>, request: &Request, policy: &Policy, rule: &Rule) -> (RuleTrace, Option<Cause>) {
    let scope = |place| Scope { ground, roots: request.roots(), place };
    let guard = policy.guard.as_ref().map(|guard| scope(Place::Guard).eval(guard));
    let (outcome, condition) = scope(Place::Rule).eval(&rule.condition);
    let (mut outcomes, guard) = guard.map_or((vec![], None), |(outcome, node)| (vec![outcome], Some(node)));
    outcomes.push(outcome);
    let all = Outcome::all(&outcomes);
    let result = if all.is(true) {
        RuleResult::Held
    } else if all.is(false) {
        RuleResult::Not
    } else {
        // A checked condition is never skipped as a whole; were it so, failing is the closed way out.
        RuleResult::Failed
    };
    let cause = if let Outcome::Failed(cause) = all { Some(cause) } else { None };
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
    (trace, cause)
}

/// The effect of these rules, and those that determine it; none of them is the default deny.
fn verdict<'p>(rules: &[Judged<'p>]) -> (Effect, Vec<Judged<'p>>) {
    let held =
        |effect: Effect| move |judged: &Judged<'_>| judged.rule.effect == effect && judged.result == RuleResult::Held;
    let those = |test: &dyn Fn(&Judged<'_>) -> bool| -> Vec<Judged<'p>> {
        rules.iter().filter(|judged| test(judged)).cloned().collect()
    };
    let failed = |judged: &Judged<'_>| judged.rule.effect != Effect::Allow && judged.result == RuleResult::Failed;

    let denying = those(&|judged| held(Effect::Deny)(judged) || failed(judged));
    if !denying.is_empty() {
        return (Effect::Deny, denying);
    }
    let granting = those(&held(Effect::Allow));
    if granting.is_empty() {
        return (Effect::Deny, Vec::new());
    }
    // Nobody can have approved yet, so every rule that asks is unmet.
    let asking = those(&held(Effect::RequireApproval));
    if !asking.is_empty() {
        return (Effect::RequireApproval, asking);
    }
    (Effect::Allow, granting)
}

fn names(determining: &[Judged<'_>]) -> Vec<String> {
    if determining.is_empty() {
        return vec!["default".into()];
    }
    determining.iter().map(|judged| judged.rule.full_name.to_string()).collect()
}

fn errors<'j, 'p: 'j>(judged: impl IntoIterator<Item = &'j Judged<'p>>) -> Vec<RuleError> {
    let failed = judged.into_iter().filter(|judged| judged.result == RuleResult::Failed);
    let error = |judged: &Judged<'_>| judged.cause.clone().unwrap_or(Cause::Overflow).to_string();
    failed.map(|judged| RuleError { rule: judged.rule.full_name.to_string(), error: error(judged) }).collect()
}

fn requirements(determining: &[Judged<'_>]) -> Vec<Requirement> {
    let asks = determining.iter().filter_map(|judged| Some((judged.rule, judged.rule.ask.as_ref()?)));
    let requirement = |(rule, ask): (&Rule, &crate::hir::Ask)| Requirement {
        rule: rule.full_name.to_string(),
        from: ask.from.show().to_string(),
        quorum: ask.quorum,
        expires: ask.expires,
    };
    asks.map(requirement).collect()
}

/// The action's tier; an action that names none has the highest.
fn tier(package: &Package, request: &Request) -> Option<String> {
    let named = request.action.tier.and_then(|tier| package.tiers.get(usize::try_from(tier).ok()?));
    named.or(package.tiers.last()).map(|tier| tier.name.to_string())
}

fn messages(determining: &[Judged<'_>], scope: &Scope<'_>) -> Vec<Message> {
    let held = determining.iter().filter(|judged| judged.result == RuleResult::Held);
    let message = |judged: &Judged<'_>| {
        let pieces = judged.rule.because.as_ref()?;
        let because = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Path { path, places, .. } => match scope.read(path) {
                Ok(Some(reading)) => reading.value.message(scope.ground.package, *places),
                _ => "?".to_owned(),
            },
            Piece::Reading { .. } => "?".to_owned(),
        });
        Some(Message { rule: judged.rule.full_name.to_string(), because: because.collect() })
    };
    held.filter_map(message).collect()
}
