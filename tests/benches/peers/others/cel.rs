//! CEL by cel-rust. It decides a condition; which rules there are, what becomes of those that hold, and their obligations are
//! the host's. Programs are compiled once and what does not change stands in a context around that of the request.
//!
//! `cel` matches patterns by its own `matches`, which compiles them each time. `cel-cached` calls functions of the host that
//! have their patterns compiled.

use std::sync::LazyLock;

use cel::{Context, Program, Value};
use regex::Regex;
use serde_json::Value as Json;

use crate::outcome::{Effect, Outcome};

/// A rule: name, effect, condition, obligation.
pub(crate) type Rule<'a> = (&'a str, Effect, &'a str, Option<&'static str>);

struct Compiled {
    name: String,
    effect: Effect,
    when: Program,
    obligation: Option<&'static str>,
}

/// The rules of a policy.
pub(crate) struct Cel {
    rules: Vec<Compiled>,
}

/// The record of a decision.
pub(crate) struct Decided<'p> {
    effect: Effect,
    rules: Vec<&'p str>,
    obligations: Vec<&'static str>,
}

/// What stands around all requests: the standard library, and the host's functions for the patterns, `pattern_NAME(text)`.
pub(crate) fn around(patterns: &'static [(&'static str, LazyLock<Regex>)]) -> Context<'static, 'static> {
    let mut context = Context::default();
    for (name, pattern) in patterns {
        let matches = move |text: std::sync::Arc<String>| -> bool { pattern.is_match(&text) };
        context.add_function(name, matches).expect("the name is free");
    }
    context
}

impl Cel {
    pub(crate) fn new(rules: &[Rule<'_>]) -> Self {
        let compiled = |(name, effect, when, obligation): &Rule<'_>| {
            let when = Program::compile(when).unwrap_or_else(|error| panic!("{name}: {error}"));
            Compiled { name: (*name).to_owned(), effect: *effect, when, obligation: *obligation }
        };
        Self { rules: rules.iter().map(compiled).collect() }
    }

    /// Decides, to the record.
    pub(crate) fn decide(&self, context: &Context<'_, '_>) -> Decided<'_> {
        let (mut allows, mut asks, mut denies, mut obligations) = (vec![], vec![], vec![], vec![]);
        for rule in &self.rules {
            match rule.when.execute(context) {
                Ok(Value::Bool(true)) => {
                    let held = match rule.effect {
                        Effect::Allow => &mut allows,
                        Effect::Ask => &mut asks,
                        Effect::Deny => &mut denies,
                    };
                    held.push(&rule.name[..]);
                    obligations.extend(rule.obligation);
                }
                Ok(Value::Bool(false)) => {}
                other => panic!("{} gives {other:?}", rule.name),
            }
        }
        if !denies.is_empty() {
            Decided { effect: Effect::Deny, rules: denies, obligations: vec![] }
        } else if allows.is_empty() {
            Decided { effect: Effect::Deny, rules: vec!["default"], obligations: vec![] }
        } else if !asks.is_empty() {
            Decided { effect: Effect::Ask, rules: asks, obligations: vec![] }
        } else {
            Decided { effect: Effect::Allow, rules: allows, obligations }
        }
    }
}

/// Reads a request into a context.
pub(crate) fn decode<'p>(around: &'p Context<'static, 'static>, request: &str) -> Context<'p, 'static> {
    let json: Json = serde_json::from_str(request).expect("the request is JSON");
    let mut context = around.new_inner_scope();
    let mut add = |name: &str, value: &Json| {
        context.add_variable_from_value(name, cel::to_value(value).expect("JSON is a value"));
    };
    add("subject", &json["subject"]);
    add("principal", &json["subject"]["properties"]);
    add("action", &json["action"]["name"]);
    add("args", &json["action"]["properties"]);
    add("resource", json.get("resource").map_or(&Json::Null, |resource| &resource["properties"]));
    add("context", &json["context"]);
    if let Some(now) = json["now"].as_i64() {
        // From Monday.
        let weekday = (now.div_euclid(86_400_000_000_000) + 3).rem_euclid(7);
        context.add_variable_from_value("weekday", weekday);
        context.add_variable_from_value("hour", now.div_euclid(3_600_000_000_000).rem_euclid(24));
    }
    context
}

pub(crate) fn outcome(decided: &Decided<'_>) -> Outcome {
    Outcome::new(decided.effect, decided.rules.iter().copied()).with(decided.obligations.iter().copied())
}
