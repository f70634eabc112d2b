//! Sequences: what happens one after the other, by clocks that move, with what hosts say at each step.

use serde_json::Value;
use zt_lang::hir::{CalendarUnit, Channel, Effect, Over, Package, Recorded};
use zt_values::civil::Unit;
use zt_values::time::{INSTANTS, SECOND, parse_instant};

use super::request::Requests;
use super::samples;
use super::source::Source;
use super::step::{Approval, Call, Step, What};

/// What of a package sequences go by.
struct Plan {
    /// Spans of windows and how long approvals last, in microseconds.
    spans: Vec<i64>,
    calendars: Vec<(Unit, zt_values::zone::Zone)>,
    groups: Vec<String>,
    vouched: Vec<String>,
    obligations: Vec<String>,
    entities: Vec<String>,
    asks: bool,
    attested: bool,
    told: bool,
}

impl Plan {
    fn new(package: &Package) -> Plan {
        let mut plan = Plan {
            spans: vec![],
            calendars: vec![],
            groups: package.approvers.keys().map(ToString::to_string).collect(),
            vouched: vec![],
            obligations: package.obligations.keys().map(ToString::to_string).collect(),
            entities: package.entities.keys().map(ToString::to_string).collect(),
            asks: false,
            attested: false,
            told: !package.events.is_empty(),
        };
        for (name, group) in &package.approvers {
            if let Channel::Source { .. } = group.channel {
                plan.vouched.push(name.to_string());
            }
        }
        for window in package.windows.values() {
            match &window.over {
                Over::Sliding(span) => plan.spans.push(*span),
                Over::Calendar(unit, zone) => {
                    let unit = match unit {
                        CalendarUnit::Day => Unit::Day,
                        CalendarUnit::Week => Unit::Week,
                        CalendarUnit::Month => Unit::Month,
                    };
                    plan.calendars.push((unit, (*zone.rules).clone()));
                }
            }
            use zt_lang::hir::Outcome::{Failed, Succeeded};
            plan.attested |= matches!(&window.of, Recorded::Calls(Failed | Succeeded, _));
        }
        let rules = package.policies.iter().flat_map(|policy| &policy.rules);
        let asks = rules.filter_map(|rule| {
            plan.asks |= rule.effect == Effect::RequireApproval;
            rule.ask.as_ref()
        });
        for ask in asks.chain(package.tiers.iter().filter_map(|tier| tier.ask.as_ref())) {
            plan.spans.extend(i64::try_from(ask.expires).ok().map(|s| s.saturating_mul(SECOND)));
        }
        plan.asks |= package.tiers.iter().any(|tier| tier.ask.is_some())
            || package.policies.iter().flat_map(|p| &p.rules).any(|rule| rule.ask.is_some());
        plan
    }

    /// How far the wall clock moves.
    fn delta(&self, source: &mut Source, now: i64) -> i64 {
        let off = [0, 0, -1, 1][source.below(4)];
        match source.weighted(&[25, 8, 20, 22, 12, 8, 5]) {
            0 => 0,
            1 => i64::try_from(source.below(2_000_000)).unwrap_or(0),
            2 => 60 * SECOND,
            3 if !self.spans.is_empty() => *source.pick(&self.spans) + off,
            4 if !self.calendars.is_empty() => {
                let (unit, zone) = source.pick(&self.calendars);
                zone.start_of_next(*unit, now).map_or(0, |next| next - now + off)
            }
            5 => -[1, SECOND, 3_600 * SECOND, 86_400 * SECOND][source.below(4)],
            6 => [3_600, 86_400, 7 * 86_400, 31 * 86_400][source.below(4)] * SECOND,
            _ => 1000,
        }
    }
}

/// A sequence of so many steps. Of so many requests in a hundred something is wrong.
#[must_use]
pub fn sequence(
    package: &Package,
    requests: &Requests<'_>,
    source: &mut Source,
    length: usize,
    spoilt: usize,
) -> Vec<Step> {
    let plan = Plan::new(package);
    let starts = if source.chance(80) { &samples::INSTANTS[..10] } else { samples::INSTANTS };
    let mut now = parse_instant(*source.pick::<&str>(starts)).unwrap_or(0);
    let mut mono = now;
    let mut steps: Vec<Step> = vec![];
    let mut pool: Vec<Call> = (0..source.between(1, 3)).map(|_| requests.call(source)).collect();
    // For each of the pool the step that was it last.
    let mut last: Vec<Option<usize>> = vec![None; pool.len()];
    let mut given: Vec<Approval> = vec![];
    let mut lost = false;
    while steps.len() < length {
        let delta = plan.delta(source, now);
        now = now.saturating_add(delta).clamp(*INSTANTS.start(), *INSTANTS.end());
        mono = mono.saturating_add(match source.below(100) {
            0..84 => delta.max(0),
            84..97 => plan.delta(source, now).max(0),
            _ => delta,
        });
        let what = if lost && source.chance(50) || !lost && source.chance(3) {
            lost = !lost;
            What::Outage(lost)
        } else if !steps.is_empty() && source.chance(if plan.attested { 35 } else { 3 }) {
            let call = source.below(steps.len());
            let request = match &steps[call].what {
                What::Call(call) => &*call.request,
                _ => &[],
            };
            let ok = source.chance(60);
            let output = if ok || source.chance(10) { requests.output(source, request) } else { None };
            What::Attest { call, ok, output }
        } else if plan.told && source.chance(22) {
            let beside = source.pick(&pool).request.clone();
            requests.report(source, &beside, spoilt).map_or(What::Outage(lost), What::Observe)
        } else {
            let own = source.below(pool.len());
            if source.chance(18) {
                pool[own] = requests.call(source);
                last[own] = None;
            }
            let wrong = source.chance(spoilt);
            let mut call = if wrong { requests.wrong(source) } else { pool[own].clone() };
            if plan.asks && source.chance(60) {
                approve(&plan, source, &mut call, now, last[own].or(steps.len().checked_sub(1)), &mut given);
            }
            for group in &plan.vouched {
                for who in PEOPLE {
                    if source.chance(75) {
                        let age = *source.pick(&[0, 0, 59, 60, 61]);
                        call.members.push((group.clone(), (*who).to_owned(), age));
                    }
                }
            }
            if source.chance(15) {
                let mut known = plan.obligations.clone();
                if !known.is_empty() {
                    known.remove(source.below(known.len()));
                }
                call.supported = Some(known);
            }
            if !wrong {
                last[own] = Some(steps.len());
            }
            What::Call(call)
        };
        steps.push(Step { now, mono, what });
    }
    steps
}

const PEOPLE: &[&str] = &["ann", "bob", "cho", "u1"];

/// Adds approvals to a call: right ones as a rule, for what the step `of` asked.
fn approve(plan: &Plan, source: &mut Source, call: &mut Call, now: i64, of: Option<usize>, given: &mut Vec<Approval>) {
    let request: Value = serde_json::from_slice(&call.request).unwrap_or(Value::Null);
    let person = |value: &Value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("type")?, text("id")?))
    };
    let subject = request.get("subject").unwrap_or(&Value::Null);
    let answered = |ty: &str, id: &str| {
        let all = call.answers.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
        all.filter(|a| a["type"] == *ty && a["id"] == *id).find_map(|a| person(&a["properties"]["acts_for"]))
    };
    let own = person(subject);
    let acts_for =
        person(&subject["properties"]["acts_for"]).or_else(|| own.as_ref().and_then(|(ty, id)| answered(ty, id)));
    let mut approvals = vec![];
    if source.chance(30) && !given.is_empty() {
        approvals.push(source.pick(given).clone());
    }
    let at = |source: &mut Source| {
        let ago = match source.below(10) {
            0..6 => 0,
            6 => -1,
            7 => 1,
            _ if !plan.spans.is_empty() => *source.pick(&plan.spans) - i64::try_from(source.below(2)).unwrap_or(0),
            _ => SECOND,
        };
        now.saturating_sub(ago).clamp(*INSTANTS.start(), *INSTANTS.end())
    };
    let mut add = |source: &mut Source, from: &str, by: (Option<String>, String)| {
        let id = if source.chance(4) { "a0".to_owned() } else { format!("a{}", given.len()) };
        let of = match source.below(20) {
            0 => None,
            1 => of.and_then(|of| of.checked_sub(1)),
            _ => of,
        };
        let from = if source.chance(3) { "nobody".to_owned() } else { from.to_owned() };
        let approval = Approval { id, by, from, at: at(source), of };
        given.push(approval.clone());
        approvals.push(approval);
    };
    for group in &plan.groups {
        if source.chance(20) {
            continue;
        }
        let mut people: Vec<&str> = PEOPLE.to_vec();
        source.shuffle(&mut people);
        for who in people.into_iter().take(source.between(1, 4)) {
            let ty = source.chance(75).then(|| source.pick(&plan.entities).clone());
            let by = match (&own, &acts_for, source.below(14)) {
                (Some((ty, id)), _, 0) => (Some(ty.clone()), id.clone()),
                (_, Some((ty, id)), 1) => (Some(ty.clone()), id.clone()),
                (_, Some((_, id)), 2) => (None, id.clone()),
                _ => (ty, who.to_owned()),
            };
            add(source, group, by);
        }
    }
    if let Some((ty, id)) = acts_for
        && source.chance(75)
    {
        let ty = source.chance(92).then_some(ty);
        add(source, "principal.acts_for", (ty, id));
    }
    source.shuffle(&mut approvals);
    call.approvals = approvals;
}
