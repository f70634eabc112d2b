//! Many rules as a person would hold them in Rust: nobody writes ten thousand by hand, so they are data, by action, and
//! what they ask is a tree over strings.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Condition, Number, Rank, Rule, Text};
use crate::outcome::{Effect, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    subject: Entity<Agent>,
    action: Action,
    resource: Entity<Item>,
    #[expect(dead_code, reason = "read by no rule")]
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
pub(crate) enum Level {
    Open,
    Internal,
    Confidential,
    Secret,
    Sealed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some attributes are read by no rule")]
struct Agent {
    role: String,
    department: String,
    clearance: Level,
    permissions: Vec<String>,
    score: i64,
    team: String,
    tenant: String,
    model: String,
    version: String,
    device: String,
    locale: String,
    shift: String,
    owner: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    name: String,
    properties: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    region: String,
    amount: i64,
    #[expect(dead_code, reason = "read by no rule")]
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some attributes are read by no rule")]
struct Item {
    kind: String,
    label: Level,
    size: i64,
    owner: String,
    country: String,
    warehouse: String,
    carrier: String,
    made: String,
    parts: i64,
    gift: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by no rule")]
struct Gateway {
    session: String,
    request: String,
    address: String,
    client: String,
    node: String,
    zone: String,
    trace: String,
    retries: i64,
}

/// `None` is a request that is refused.
pub(crate) fn decode(bytes: &[u8]) -> Option<Request> {
    let request: Request = serde_json::from_slice(bytes).ok()?;
    (request.subject.r#type == "Agent" && request.resource.r#type == "Item").then_some(request)
}

/// The record of a decision.
#[derive(Debug)]
pub(crate) struct Decision<'p> {
    pub(crate) allows: bool,
    determined_by: Vec<&'p str>,
}

/// The rules of each action.
pub(crate) struct Policy {
    rules: HashMap<String, Vec<Rule>>,
}

impl Policy {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut by_action: HashMap<String, Vec<Rule>> = HashMap::new();
        for rule in rules {
            by_action.entry(format!("op_{}", rule.action)).or_default().push(rule.clone());
        }
        Self { rules: by_action }
    }

    pub(crate) fn decide(&self, request: &Request) -> Decision<'_> {
        let rules = self.rules.get(&request.action.name).map_or(&[][..], Vec::as_slice);
        let (mut allows, mut denies) = (vec![], vec![]);
        for rule in rules {
            if holds(&rule.when, request) {
                if rule.denies { denies.push(rule.name.as_str()) } else { allows.push(rule.name.as_str()) }
            }
        }
        decision(allows, denies)
    }
}

fn decision<'p>(allows: Vec<&'p str>, denies: Vec<&'p str>) -> Decision<'p> {
    if !denies.is_empty() {
        Decision { allows: false, determined_by: denies }
    } else if allows.is_empty() {
        Decision { allows: false, determined_by: vec!["default"] }
    } else {
        Decision { allows: true, determined_by: allows }
    }
}

fn holds(when: &Condition, request: &Request) -> bool {
    match when {
        Condition::Is(field, value) => {
            let text = match field {
                Text::Role => &request.subject.properties.role,
                Text::Department => &request.subject.properties.department,
                Text::Kind => &request.resource.properties.kind,
                Text::Region => &request.action.properties.region,
            };
            text == value
        }
        Condition::AtLeast(field, level) => {
            let held = match field {
                Rank::Clearance => request.subject.properties.clearance,
                Rank::Label => request.resource.properties.label,
            };
            held as u8 >= *level
        }
        Condition::Over(field, value) => number(*field, request) > *value,
        Condition::UpTo(field, value) => number(*field, request) <= *value,
        Condition::Holds(value) => request.subject.properties.permissions.contains(value),
        Condition::Not(inner) => !holds(inner, request),
        Condition::All(all) => all.iter().all(|one| holds(one, request)),
        Condition::Any(all) => all.iter().any(|one| holds(one, request)),
    }
}

const fn number(field: Number, request: &Request) -> i64 {
    match field {
        Number::Score => request.subject.properties.score,
        Number::Size => request.resource.properties.size,
        Number::Amount => request.action.properties.amount,
    }
}

/// A thousand rules of one form, as a person would write them down: a list, looked through from one end to the other.
pub(crate) struct List {
    rules: Vec<Line>,
}

struct Line {
    name: String,
    department: String,
    /// Allows up to it, or denies beyond it.
    amount: i64,
    denies: bool,
}

impl List {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let line = |rule: &Rule| {
            let Condition::All(both) = &rule.when else { panic!("the rule has another form") };
            let [Condition::Is(Text::Department, department), amount] = &both[..] else {
                panic!("the rule has another form")
            };
            let (Condition::Over(_, amount) | Condition::UpTo(_, amount)) = amount else {
                panic!("the rule has another form")
            };
            Line { name: rule.name.clone(), department: department.clone(), amount: *amount, denies: rule.denies }
        };
        Self { rules: rules.iter().map(line).collect() }
    }

    pub(crate) fn decide(&self, request: &Request) -> Decision<'_> {
        let department = request.subject.properties.department.as_str();
        let amount = request.action.properties.amount;
        let (mut allows, mut denies) = (vec![], vec![]);
        for line in &self.rules {
            if line.department != department {
                continue;
            }
            if line.denies && amount > line.amount {
                denies.push(line.name.as_str());
            } else if !line.denies && amount <= line.amount {
                allows.push(line.name.as_str());
            }
        }
        decision(allows, denies)
    }
}

pub(crate) fn outcome(decision: &Decision<'_>) -> Outcome {
    let effect = if decision.allows { Effect::Allow } else { Effect::Deny };
    Outcome::new(effect, decision.determined_by.iter().copied())
}
