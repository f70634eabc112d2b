//! The refund policy as a person would write it in Rust: strings, `serde_json`, `regex`.

use regex::Regex;
use serde::Deserialize;

use crate::outcome::{self, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    subject: Entity<Agent>,
    action: Action,
    resource: Entity<Order>,
    #[expect(dead_code, reason = "read from JSON as the schema wants it, by no rule")]
    context: Gateway,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<P> {
    r#type: String,
    #[expect(dead_code, reason = "read by no rule")]
    id: String,
    properties: P,
}

#[derive(Deserialize, PartialEq, PartialOrd, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clearance {
    Trainee,
    Regular,
    Senior,
    Lead,
}

#[derive(Deserialize, PartialEq, PartialOrd, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    Bronze,
    Silver,
    Gold,
    Platinum,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Agent {
    role: String,
    permissions: Vec<String>,
    clearance: Clearance,
    team: String,
    tenant: String,
    region: String,
    locale: String,
    shift: String,
    model: String,
    model_version: String,
    device: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    name: String,
    properties: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most arguments are read by no rule")]
struct Input {
    amount: i64,
    reason: String,
    ticket: String,
    currency: String,
    note: String,
    intent: String,
    channel: String,
    notify: bool,
    key: String,
    line_count: i64,
    first: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Order {
    amount: i64,
    refunded: i64,
    tier: Tier,
    customer: String,
    country: String,
    warehouse: String,
    carrier: String,
    item_count: i64,
    gift: bool,
    placed: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by no rule")]
struct Gateway {
    session: String,
    request: String,
    address: String,
    client: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Standard,
    Detailed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    RequireApproval,
    Deny,
}

#[derive(Debug)]
pub(crate) enum Obligation {
    Audit { level: Level },
}

/// The record of a decision.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) effect: Effect,
    pub(crate) determined_by: Vec<&'static str>,
    pub(crate) obligations: Vec<Obligation>,
}

/// The policy: its patterns are compiled once.
pub(crate) struct Policy {
    ticket: Regex,
    pretended: Regex,
}

impl Policy {
    pub(crate) fn new() -> Self {
        let regex = |text: &str| Regex::new(text).expect("the pattern is right");
        Self { ticket: regex("^[A-Z]{2,5}-[0-9]{1,6}$"), pretended: regex("^(?:x+|qa_.*)$") }
    }

    /// `None` is a request that is refused.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Request> {
        let request: Request = serde_json::from_slice(bytes).ok()?;
        let known = request.subject.r#type == "Agent"
            && request.resource.r#type == "Order"
            && request.action.name == "orders.refund";
        known.then_some(request)
    }

    /// Decides at an instant, in microseconds since 1970.
    pub(crate) fn decide(&self, request: &Request, now: i64) -> Decision {
        let (agent, input, order) =
            (&request.subject.properties, &request.action.properties, &request.resource.properties);

        let mut denies = vec![];
        if input.amount > order.amount {
            denies.push("excessive");
        }
        if matches!(input.reason.as_str(), "test" | "debug" | "todo") || self.pretended.is_match(&input.reason) {
            denies.push("pretended");
        }
        if order.tier >= Tier::Gold && agent.clearance < Clearance::Senior {
            denies.push("above_clearance");
        }
        if !denies.is_empty() {
            return Decision { effect: Effect::Deny, determined_by: denies, obligations: vec![] };
        }

        let mut allows = vec![];
        let mut level = Level::Standard;
        if agent.permissions.iter().any(|permission| permission == "refund")
            && matches!(agent.role.as_str(), "support" | "billing")
            && self.ticket.is_match(&input.ticket)
        {
            allows.push("granted");
            level = Level::Detailed;
        }
        if agent.role == "supervisor" {
            allows.push("supervisor");
        }
        if allows.is_empty() {
            return Decision { effect: Effect::Deny, determined_by: vec!["default"], obligations: vec![] };
        }

        let mut asks = vec![];
        if input.amount > 5_000 {
            asks.push("large");
        }
        if !working_hours(now) {
            asks.push("after_hours");
        }
        if asks.is_empty() {
            let obligations = vec![Obligation::Audit { level }];
            Decision { effect: Effect::Allow, determined_by: allows, obligations }
        } else {
            Decision { effect: Effect::RequireApproval, determined_by: asks, obligations: vec![] }
        }
    }
}

/// Monday to Friday, 06:00 to 22:00 UTC.
pub(crate) const fn working_hours(now: i64) -> bool {
    let seconds = now.div_euclid(1_000_000);
    // 1970 began on a Thursday.
    let weekday = (seconds.div_euclid(86_400) + 3).rem_euclid(7);
    let hour = seconds.rem_euclid(86_400) / 3_600;
    weekday < 5 && hour >= 6 && hour < 22
}

pub(crate) fn outcome(decision: &Decision) -> Outcome {
    let effect = match decision.effect {
        Effect::Allow => outcome::Effect::Allow,
        Effect::RequireApproval => outcome::Effect::Ask,
        Effect::Deny => outcome::Effect::Deny,
    };
    let spelled = |Obligation::Audit { level }: &Obligation| match level {
        Level::Standard => "audit(level=standard)",
        Level::Detailed => "audit(level=detailed)",
    };
    Outcome::new(effect, decision.determined_by.iter().copied()).with(decision.obligations.iter().map(spelled))
}
