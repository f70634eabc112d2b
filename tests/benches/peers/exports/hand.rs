//! The counters as a person would write them in Rust: queues by agent, behind a lock.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::{DAY, HOUR, MINUTE};
use crate::outcome::{Effect, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(super) subject: Subject,
    pub(super) action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "some of it is read by no rule")]
pub(super) struct Subject {
    r#type: String,
    pub(super) id: String,
    properties: Agent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by no rule")]
struct Agent {
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "there is one action")]
pub(super) struct Action {
    name: String,
    pub(super) properties: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) rows: i64,
    pub(super) destination: String,
}

pub(crate) fn decode(bytes: &[u8]) -> Option<Request> {
    serde_json::from_slice(bytes).ok()
}

/// The record of a decision.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(super) allows: bool,
    pub(super) determined_by: Vec<&'static str>,
}

#[derive(Default)]
struct Windows {
    exports: VecDeque<i64>,
    rows: VecDeque<(i64, i64)>,
    rows_sum: i64,
    /// Each destination with its last export.
    places: HashMap<String, i64>,
    calls: VecDeque<i64>,
    refused: VecDeque<i64>,
}

fn forget(queue: &mut VecDeque<i64>, before: i64) {
    while queue.front().is_some_and(|at| *at <= before) {
        queue.pop_front();
    }
}

#[derive(Default)]
pub(crate) struct Policy {
    windows: Mutex<HashMap<String, Windows>>,
}

impl Policy {
    /// Decides at an instant, in microseconds since 1970, and records the decision.
    pub(crate) fn decide(&self, request: &Request, now: i64) -> Decision {
        let mut all = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(&request.subject.id) {
            all.insert(request.subject.id.clone(), Windows::default());
        }
        let windows = all.get_mut(&request.subject.id).expect("it was put there");
        let input = &request.action.properties;

        forget(&mut windows.exports, now - HOUR);
        forget(&mut windows.calls, now - 10 * MINUTE);
        forget(&mut windows.refused, now - HOUR);
        while let Some((_, rows)) = windows.rows.pop_front_if(|(at, _)| *at <= now - DAY) {
            windows.rows_sum -= rows;
        }
        windows.places.retain(|_, last| *last > now - HOUR);

        let mut denies = vec![];
        if windows.exports.len() + 1 > 500 {
            denies.push("many");
        }
        if windows.rows_sum + input.rows > 100_000_000 {
            denies.push("bulk");
        }
        if windows.places.len() + usize::from(!windows.places.contains_key(&input.destination)) > 5 {
            denies.push("spread");
        }
        if windows.calls.len() + 1 > 60 {
            denies.push("fast");
        }
        if windows.refused.len() > 100 {
            denies.push("probing");
        }

        windows.calls.push_back(now);
        let allows = denies.is_empty() && input.rows <= 10_000;
        if !allows {
            windows.refused.push_back(now);
            let determined_by = if denies.is_empty() { vec!["default"] } else { denies };
            return Decision { allows, determined_by };
        }
        windows.exports.push_back(now);
        windows.rows.push_back((now, input.rows));
        windows.rows_sum += input.rows;
        match windows.places.get_mut(&input.destination) {
            Some(last) => *last = now,
            None => drop(windows.places.insert(input.destination.clone(), now)),
        }
        Decision { allows, determined_by: vec!["some"] }
    }
}

pub(crate) fn outcome(decision: &Decision) -> Outcome {
    let effect = if decision.allows { Effect::Allow } else { Effect::Deny };
    Outcome::new(effect, decision.determined_by.iter().copied())
}
