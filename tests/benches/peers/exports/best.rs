//! The counters as fast as a person can make them for one thread: agents and destinations are numbers, queues are rings of a
//! fixed size, and the record of a decision is two bytes.

use super::{DAY, HOUR, MINUTE};
use crate::outcome::{Effect, Outcome};

/// A request, interned.
pub(crate) struct Request {
    agent: usize,
    rows: i64,
    destination: usize,
}

const AGENTS: usize = 4;
const PLACES: usize = 3;

pub(crate) fn intern(request: &serde_json::Value) -> Request {
    let last = |text: &serde_json::Value| {
        let text = text.as_str().expect("a text");
        text.rsplit('-').next().and_then(|number| number.parse().ok()).expect("it ends in a number")
    };
    Request {
        agent: last(&request["subject"]["id"]),
        rows: request["action"]["properties"]["rows"].as_i64().expect("a number"),
        destination: last(&request["action"]["properties"]["destination"]),
    }
}

/// Instants, oldest first, in a ring that is large enough; its size is a power of two.
struct Ring<const N: usize> {
    at: Box<[i64; N]>,
    first: usize,
    next: usize,
}

impl<const N: usize> Ring<N> {
    fn new() -> Self {
        Self { at: Box::new([0; N]), first: 0, next: 0 }
    }

    const fn len(&self) -> usize {
        self.next - self.first
    }

    fn push(&mut self, at: i64) {
        self.at[self.next % N] = at;
        self.next += 1;
    }

    /// Drops what is not after an instant; how many that were.
    fn forget(&mut self, before: i64) -> usize {
        let first = self.first;
        while self.first < self.next && self.at[self.first % N] <= before {
            self.first += 1;
        }
        self.first - first
    }
}

struct Windows {
    exports: Ring<1_024>,
    rows: Ring<8_192>,
    counts: Ring<8_192>,
    rows_sum: i64,
    places: [i64; PLACES],
    calls: Ring<128>,
    refused: Ring<1_024>,
}

/// The record of a decision: bits of the rules that deny, and whether it allows.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    allows: bool,
    denies: u8,
}

const RULES: [&str; 5] = ["many", "bulk", "spread", "fast", "probing"];

pub(crate) struct Policy {
    windows: [Windows; AGENTS],
}

impl Policy {
    pub(crate) fn new() -> Self {
        let windows = || Windows {
            exports: Ring::new(),
            rows: Ring::new(),
            counts: Ring::new(),
            rows_sum: 0,
            places: [i64::MIN; PLACES],
            calls: Ring::new(),
            refused: Ring::new(),
        };
        Self { windows: [windows(), windows(), windows(), windows()] }
    }

    /// Decides at an instant, in microseconds since 1970, and records the decision.
    pub(crate) fn decide(&mut self, request: &Request, now: i64) -> Decision {
        let windows = &mut self.windows[request.agent];
        windows.exports.forget(now - HOUR);
        windows.calls.forget(now - 10 * MINUTE);
        windows.refused.forget(now - HOUR);
        for _ in 0..windows.rows.forget(now - DAY) {
            windows.rows_sum -= windows.counts.at[windows.counts.first % 8_192];
            windows.counts.first += 1;
        }
        let others = (0..PLACES).filter(|at| *at != request.destination && windows.places[*at] > now - HOUR).count();
        let bit = |holds: bool, at: u8| u8::from(holds) << at;
        let denies = bit(windows.exports.len() + 1 > 500, 0)
            | bit(windows.rows_sum + request.rows > 100_000_000, 1)
            | bit(others + 1 > 5, 2)
            | bit(windows.calls.len() + 1 > 60, 3)
            | bit(windows.refused.len() > 100, 4);
        windows.calls.push(now);
        let allows = denies == 0 && request.rows <= 10_000;
        if allows {
            windows.exports.push(now);
            windows.rows.push(now);
            windows.counts.push(request.rows);
            windows.rows_sum += request.rows;
            windows.places[request.destination] = now;
        } else {
            windows.refused.push(now);
        }
        Decision { allows, denies }
    }
}

pub(crate) fn outcome(Decision { allows, denies }: Decision) -> Outcome {
    let names: Vec<&str> = (0..RULES.len()).filter(|at| denies & (1 << at) != 0).map(|at| RULES[at]).collect();
    match (allows, names.is_empty()) {
        (true, _) => Outcome::new(Effect::Allow, ["some"]),
        (false, true) => Outcome::new(Effect::Deny, ["default"]),
        (false, false) => Outcome::new(Effect::Deny, names),
    }
}
