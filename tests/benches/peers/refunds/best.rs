//! The refund policy as fast as a person can make it: what is compared is interned while it is read, sets are bits, patterns
//! are dense automata, and the record of a decision is three small numbers.

use regex_automata::dfa::dense::DFA;
use serde::{Deserialize, Deserializer};

use super::hand::{Clearance, Tier, working_hours};
use crate::interned::{bits, dense, is_whole};
use crate::outcome::{Effect, Outcome};

/// What is read of a request. Its texts are those of the bytes that it was read from.
pub(crate) struct Request<'a> {
    amount: i64,
    paid: i64,
    ticket: &'a str,
    reason: &'a str,
    /// `test`, `debug` or `todo`.
    idle: bool,
    may_refund: bool,
    role: Role,
    clearance: Clearance,
    tier: Tier,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Role {
    Support,
    Billing,
    Supervisor,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    subject: Entity<'a, Agent<'a>>,
    #[serde(borrow)]
    action: Action<'a>,
    #[serde(borrow)]
    resource: Entity<'a, Order<'a>>,
    #[serde(borrow, rename = "context")]
    _context: Gateway<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity<'a, P> {
    r#type: &'a str,
    #[serde(rename = "id")]
    _id: &'a str,
    properties: P,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Agent<'a> {
    role: Role,
    #[serde(deserialize_with = "refund")]
    permissions: u64,
    clearance: Clearance,
    team: &'a str,
    tenant: &'a str,
    region: &'a str,
    locale: &'a str,
    shift: &'a str,
    model: &'a str,
    model_version: &'a str,
    device: &'a str,
}

fn refund<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    bits(deserializer, &["refund"])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action<'a> {
    name: &'a str,
    #[serde(borrow)]
    properties: Input<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most arguments are read by no rule")]
struct Input<'a> {
    amount: i64,
    reason: &'a str,
    ticket: &'a str,
    currency: &'a str,
    note: &'a str,
    intent: &'a str,
    channel: &'a str,
    notify: bool,
    key: &'a str,
    line_count: i64,
    first: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most attributes are read by no rule")]
struct Order<'a> {
    amount: i64,
    refunded: i64,
    tier: Tier,
    customer: &'a str,
    country: &'a str,
    warehouse: &'a str,
    carrier: &'a str,
    item_count: i64,
    gift: bool,
    placed: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by no rule")]
struct Gateway<'a> {
    session: &'a str,
    request: &'a str,
    address: &'a str,
    client: &'a str,
}

/// The record of a decision: bits of the rules that determined it, none for the default, and the level of the audit.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    effect: Effect,
    rules: u8,
    /// 0 is none.
    audit: u8,
}

const RULES: [&str; 7] = ["granted", "supervisor", "large", "after_hours", "excessive", "pretended", "above_clearance"];
const GRANTED: u8 = 1;
const SUPERVISOR: u8 = 1 << 1;
const LARGE: u8 = 1 << 2;
const AFTER_HOURS: u8 = 1 << 3;
const EXCESSIVE: u8 = 1 << 4;
const PRETENDED: u8 = 1 << 5;
const ABOVE_CLEARANCE: u8 = 1 << 6;

const fn bit(holds: bool, bit: u8) -> u8 {
    if holds { bit } else { 0 }
}

/// The policy.
pub(crate) struct Policy {
    ticket: DFA<Vec<u32>>,
    pretended: DFA<Vec<u32>>,
}

impl Policy {
    pub(crate) fn new() -> Self {
        Self { ticket: dense("[A-Z]{2,5}-[0-9]{1,6}"), pretended: dense("x+|qa_.*") }
    }

    /// `None` is a request that is refused.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Request<'_>> {
        let wire: Wire<'_> = serde_json::from_slice(bytes).ok()?;
        let Wire { subject, action, resource, .. } = wire;
        if subject.r#type != "Agent" || resource.r#type != "Order" || action.name != "orders.refund" {
            return None;
        }
        let (agent, input, order) = (subject.properties, action.properties, resource.properties);
        Some(Request {
            amount: input.amount,
            paid: order.amount,
            ticket: input.ticket,
            reason: input.reason,
            idle: matches!(input.reason, "test" | "debug" | "todo"),
            may_refund: agent.permissions != 0,
            role: agent.role,
            clearance: agent.clearance,
            tier: order.tier,
        })
    }

    /// Decides at an instant, in microseconds since 1970.
    pub(crate) fn decide(&self, request: &Request<'_>, now: i64) -> Decision {
        let denies = bit(request.amount > request.paid, EXCESSIVE)
            | bit(request.tier >= Tier::Gold && request.clearance < Clearance::Senior, ABOVE_CLEARANCE)
            | bit(request.idle || is_whole(&self.pretended, request.reason), PRETENDED);
        if denies != 0 {
            return Decision { effect: Effect::Deny, rules: denies, audit: 0 };
        }
        let granted = request.may_refund
            && matches!(request.role, Role::Support | Role::Billing)
            && is_whole(&self.ticket, request.ticket);
        let allows = bit(granted, GRANTED) | bit(request.role == Role::Supervisor, SUPERVISOR);
        if allows == 0 {
            return Decision { effect: Effect::Deny, rules: 0, audit: 0 };
        }
        let asks = bit(request.amount > 5_000, LARGE) | bit(!working_hours(now), AFTER_HOURS);
        if asks == 0 {
            Decision { effect: Effect::Allow, rules: allows, audit: 1 + u8::from(granted) }
        } else {
            Decision { effect: Effect::Ask, rules: asks, audit: 0 }
        }
    }
}

pub(crate) fn outcome(decision: Decision) -> Outcome {
    let Decision { effect, rules, audit } = decision;
    let names: Vec<&str> = (0..RULES.len()).filter(|at| rules & (1 << at) != 0).map(|at| RULES[at]).collect();
    let names = if names.is_empty() { vec!["default"] } else { names };
    let audit = match audit {
        0 => None,
        1 => Some("audit(level=standard)"),
        _ => Some("audit(level=detailed)"),
    };
    Outcome::new(effect, names).with(audit)
}
