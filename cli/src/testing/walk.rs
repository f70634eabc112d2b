//! The steps of a test, one after the other: a clock, what sources answer, approvals, outages.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use zt_lang::hir::{Attest, Call, Channel, Name, Observe, Package, Step, Test, Ty};
use zt_lang::span::Span;
use zt_values::time::format_instant;

/// What decides the calls of a test. It remembers them.
pub trait Judge {
    /// Decides a call with what the gateway knows beside it, as JSON; the decision as JSON.
    fn decide(&mut self, request: &str, facts: &str) -> Value;

    /// Takes the report of an event.
    ///
    /// # Errors
    /// Why it was refused.
    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String>;

    /// Takes the report of how the call ended that was decided last, and what it gave back.
    ///
    /// # Errors
    /// Why it was refused.
    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String>;

    /// From now on the store of the windows does not answer.
    fn lose_windows(&mut self);
}

/// Where in a test a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The how manieth call it is, from 1.
    pub call: usize,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// How many microseconds the test has run.
    pub passed: i64,
}

/// What a test tells while it runs.
pub enum Happening<'t> {
    /// A call was decided.
    Decided(&'t Call, &'t Value),
    /// An event was refused.
    Refused(&'t Observe, String),
    /// How a call ended was not taken.
    Unattested(&'t Call, &'t Attest, String),
    /// Somebody approves, at this place, what nobody was asked about: the call before and what was decided.
    Unasked(&'t Call, Span, &'t Decided),
}

/// Runs a test, telling what happens.
pub fn walk(package: &Package, test: &Test, judge: &mut dyn Judge, tell: &mut dyn FnMut(Moment, Happening<'_>)) {
    let mut stage = Stage {
        package,
        judge,
        tell,
        moment: Moment { call: 0, at: test.at, passed: 0 },
        tables: &test.tables,
        outages: BTreeSet::new(),
        members: BTreeSet::new(),
        approvals: vec![],
        last: None,
    };
    stage.steps(&test.steps);
}

struct Stage<'a, 't> {
    package: &'a Package,
    judge: &'a mut dyn Judge,
    tell: &'a mut dyn FnMut(Moment, Happening<'_>),
    moment: Moment,
    tables: &'t str,
    outages: BTreeSet<Name>,
    members: BTreeSet<(Name, Name)>,
    approvals: Vec<Approval>,
    /// The call before.
    last: Option<(&'t Call, Decided)>,
}

/// How the call before was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The effect, as decisions spell it.
    pub effect: String,
    /// What determined it.
    pub by: Vec<String>,
    /// Its principal's type.
    principal: String,
    /// What an approval of it is bound to, if it asks.
    binding: Option<String>,
}

/// What a gateway knows beside a request.
#[derive(Serialize)]
struct Facts<'f> {
    now: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answers: Vec<Answer<'f>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<TableAnswer<'f>>,
    members: Vec<Member<'f>>,
    approvals: &'f [Approval],
}

#[derive(Serialize, Deserialize)]
struct Answer<'f> {
    source: String,
    #[serde(rename = "type")]
    kind: String,
    id: String,
    /// As it was written: read as numbers of JSON, amounts would lose digits.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    properties: Option<&'f RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// What a test says of the world is new.
    #[serde(default)]
    age_seconds: u32,
}

#[derive(Serialize, Deserialize)]
struct TableAnswer<'f> {
    source: String,
    table: String,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    rows: Option<&'f RawValue>,
    whole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// What a test says of the world is new.
    #[serde(default)]
    age_seconds: u32,
}

#[derive(Serialize)]
struct Member<'f> {
    approvers: &'f str,
    id: &'f str,
    age_seconds: u32,
}

#[derive(Serialize)]
struct Approval {
    id: String,
    by: Approver,
    from: String,
    at: String,
    binding: String,
}

#[derive(Serialize)]
struct Approver {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    id: String,
}

impl<'t> Stage<'_, 't> {
    fn steps(&mut self, steps: &'t [Step]) {
        for step in steps {
            match step {
                Step::Call(call) => self.call(call),
                Step::Repeat(times, every, steps) => {
                    for time in 0..*times {
                        // So long apart: nothing passes before the first or after the last.
                        if time > 0 {
                            self.pass(*every);
                        }
                        self.steps(steps);
                    }
                }
                Step::Advance(micros) => self.pass(*micros),
                Step::Approve(from, who, span) => self.approve(from, who, *span),
                Step::Observe(observe) => {
                    let facts = self.facts(&[]);
                    if let Err(why) = self.judge.observe(&observe.report, &facts) {
                        (self.tell)(self.moment, Happening::Refused(observe, why));
                    }
                }
                Step::Attest(attest) => {
                    // The check has seen to it that there is one.
                    let Some((call, _)) = self.last else { continue };
                    let facts = self.facts(&[&call.answers, &attest.answers]);
                    if let Err(why) = self.judge.attest(&call.request, &facts, attest.ok, attest.output.as_deref()) {
                        (self.tell)(self.moment, Happening::Unattested(call, attest, why));
                    }
                }
                Step::Outage(name) if &**name == "windows" => self.judge.lose_windows(),
                Step::Outage(name) => drop(self.outages.insert(name.clone())),
            }
        }
    }

    fn pass(&mut self, micros: i64) {
        self.moment.at = self.moment.at.saturating_add(micros);
        self.moment.passed = self.moment.passed.saturating_add(micros);
    }

    fn call(&mut self, call: &'t Call) {
        self.moment.call += 1;
        let facts = self.facts(&[&call.answers]);
        let decision = self.judge.decide(&call.request, &facts);
        let request: Value = serde_json::from_str(&call.request).unwrap_or_default();
        let text = |v: Option<&Value>| v.and_then(Value::as_str).map(str::to_owned);
        let by = decision.get("determined_by").and_then(Value::as_array).into_iter().flatten();
        let decided = Decided {
            effect: text(decision.get("effect")).unwrap_or_default(),
            by: by.filter_map(|rule| text(Some(rule))).collect(),
            principal: text(request.pointer("/subject/type")).unwrap_or_default(),
            binding: text(decision.get("binding")),
        };
        self.last = Some((call, decided));
        (self.tell)(self.moment, Happening::Decided(call, &decision));
    }

    /// Somebody approves the call before, if it asked; a group that a source vouches for has them in it.
    fn approve(&mut self, from: &Name, who: &Name, span: Span) {
        // The check has seen to it that there is a call before.
        let Some((call, decided)) = &self.last else { return };
        let Some(binding) = decided.binding.clone() else {
            (self.tell)(self.moment, Happening::Unasked(call, span, decided));
            return;
        };
        let kind = match self.package.approvers.get(from) {
            Some(group) => {
                if let Channel::Source { .. } = group.channel {
                    self.members.insert((from.clone(), who.clone()));
                }
                None
            }
            None => self.stands_for(&decided.principal, from),
        };
        self.approvals.push(Approval {
            id: format!("approval-{}", self.approvals.len() + 1),
            by: Approver { kind: kind.map(|k| k.to_string()), id: who.to_string() },
            from: from.to_string(),
            at: format_instant(self.moment.at),
            binding,
        });
    }

    /// The type of the entity that a path from the principal names, such as `principal.acts_for`.
    fn stands_for(&self, principal: &str, from: &str) -> Option<Name> {
        let mut ty = Ty::Entity(principal.into());
        for name in from.split('.').skip(1) {
            let fields = match &ty {
                Ty::Entity(name) => &self.package.entities.get(name)?.fields,
                Ty::Record(name) => &self.package.records.get(name)?.fields,
                _ => return None,
            };
            ty = fields.iter().find(|f| *f.name == *name)?.ty.ty.clone();
        }
        match ty {
            Ty::Entity(name) => Some(name),
            _ => None,
        }
    }

    /// What the gateway knows now, given what sources would answer.
    fn facts(&self, answers: &[&str]) -> String {
        let read = |answers| serde_json::from_str::<Vec<Answer<'_>>>(answers).unwrap_or_default();
        let mut answers: Vec<Answer<'_>> = answers.iter().copied().flat_map(read).collect();
        for answer in answers.iter_mut().filter(|a| self.outages.contains(a.source.as_str())) {
            answer.properties = None;
            answer.failure = Some("outage".to_owned());
        }
        let mut tables: Vec<TableAnswer<'_>> = serde_json::from_str(self.tables).unwrap_or_default();
        for answer in tables.iter_mut().filter(|a| self.outages.contains(a.source.as_str())) {
            answer.rows = None;
            answer.failure = Some("outage".to_owned());
        }
        let fails = |group: &Name| match self.package.approvers.get(group).map(|g| &g.channel) {
            Some(Channel::Source { name, .. }) => self.outages.contains(name),
            _ => false,
        };
        let members = self.members.iter().filter(|(group, _)| !fails(group));
        let facts = Facts {
            now: format_instant(self.moment.at),
            answers,
            tables,
            members: members.map(|(group, id)| Member { approvers: group, id, age_seconds: 0 }).collect(),
            approvals: &self.approvals,
        };
        serde_json::to_string(&facts).unwrap_or_default()
    }
}
