//! A sequence, walked by all three evaluators, each with its own memory of what was.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use zt_lang::eval::{self, Evaluation, World};
use zt_runtime::store::{Memory, Outage, Store};
use zt_runtime::{AttestError, Clock, Decision, Facts, Frame, Host, Pdp, Way};

use super::tally::Tally;
use super::{Answers, Problem, Subject, caught};
use crate::generate::step::{Call, Step, What};

/// One of the evaluators of the runtime.
struct Side<'a> {
    name: &'static str,
    pdp: &'a Pdp,
    portable: bool,
    store: Memory,
    /// Calls that are attested later, by step.
    kept: BTreeMap<usize, (Frame, Decision)>,
    /// What one decision after another is made in.
    frame: Frame,
    decision: Decision,
}

impl<'a> Side<'a> {
    fn new(name: &'static str, pdp: &'a Pdp, portable: bool) -> Self {
        Side {
            name,
            pdp,
            portable,
            store: Memory::default(),
            kept: BTreeMap::new(),
            frame: Frame::default(),
            decision: Decision::default(),
        }
    }

    fn store(&self, lost: bool) -> &dyn Store {
        if lost { &Outage } else { &self.store }
    }

    fn decide(&mut self, at: usize, step: &Step, call: &Call, facts: &str, lost: bool, keep: bool) -> String {
        let mut frame = if keep { Frame::default() } else { std::mem::take(&mut self.frame) };
        let mut decision = if keep { Decision::default() } else { std::mem::take(&mut self.decision) };
        let said = caught(self.name, || {
            let facts = Facts::from_json(facts.as_bytes()).map_err(Problem::Bug)?;
            let clock = Clock { now: step.now, mono: step.mono };
            let host = Host { clock, facts: &facts, store: self.store(lost) };
            if self.portable {
                // By the other reader, too. A frame that holds no request tells why.
                let _ = self.pdp.decode_in(Way::Plain, &call.request, &mut frame);
                decision = self.pdp.decide_portably_with(&mut frame, &host);
            } else {
                self.pdp.evaluate_with_into(&call.request, &mut frame, &host, &mut decision);
            }
            let json = self.pdp.to_json(&decision, &frame);
            Ok(json)
        });
        match said {
            Ok(json) => {
                if keep {
                    self.kept.insert(at, (frame, decision));
                } else {
                    (self.frame, self.decision) = (frame, decision);
                }
                json
            }
            Err(problem) => problem.to_string(),
        }
    }

    fn observe(&mut self, step: &Step, report: &[u8], facts: &str, lost: bool) -> String {
        let clock = Clock { now: step.now, mono: step.mono };
        let said = caught(self.name, || {
            let facts = Facts::from_json(facts.as_bytes()).map_err(Problem::Bug)?;
            let host = Host { clock, facts: &facts, store: self.store(lost) };
            let done = self.pdp.observe(report, &mut Frame::default(), &host);
            Ok(done.map_or_else(|refusal| refusal.to_string(), |()| "observed".to_owned()))
        });
        said.unwrap_or_else(|problem| problem.to_string())
    }

    fn attest(&mut self, step: &Step, of: usize, facts: &str, ending: Ending<'_>, lost: bool) -> String {
        let Some((mut frame, decision)) = self.kept.remove(&of) else { return "nothing".to_owned() };
        let Ending { ok, output } = ending;
        let facts = Facts::from_json(facts.as_bytes()).unwrap_or_default();
        let clock = Clock { now: step.now, mono: step.mono };
        let said = caught(self.name, || {
            let host = Host { clock, facts: &facts, store: self.store(lost) };
            Ok(match self.pdp.attest(&mut frame, &decision, &host, ok, output) {
                Ok(()) => "attested",
                Err(AttestError::NotAllowed) => "not_allowed",
                Err(AttestError::AnotherRequest) => "another_request",
                Err(AttestError::Unrecorded) => "unrecorded",
                Err(AttestError::Output(refusal)) => refusal.code.as_str(),
            })
        });
        self.kept.insert(of, (frame, decision));
        said.map_or_else(|problem| problem.to_string(), str::to_owned)
    }
}

/// How a call ended.
#[derive(Clone, Copy)]
struct Ending<'a> {
    ok: bool,
    output: Option<&'a [u8]>,
}

/// What the reference decided of a call.
struct Known {
    facts: String,
    decision: eval::Decision,
}

impl Subject {
    /// Walks a sequence. Where the three differ first: at which step, and their answers.
    pub fn walk(&self, steps: &[Step], tally: &mut Tally) -> Option<(usize, Answers)> {
        self.walk_with(&self.pdp, steps, tally)
    }

    /// The same with another decision point, that is said to be of the package.
    pub fn walk_with(&self, pdp: &Pdp, steps: &[Step], tally: &mut Tally) -> Option<(usize, Answers)> {
        let attested: BTreeSet<usize> = steps.iter().filter_map(attests).collect();
        let mut native = Side::new("native code", pdp, false);
        let mut portable = Side::new("the interpreter", pdp, true);
        let mut world = World::new();
        let mut known: BTreeMap<usize, Known> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            let lost = world.outage;
            let [a, b, c] = match &step.what {
                What::Outage(on) => {
                    world.outage = *on;
                    continue;
                }
                What::Observe(call) => {
                    let facts = call.facts(step.now, |_| None);
                    let report = &*call.request;
                    let reference = caught("the reference", || {
                        let host = host(step, &facts)?;
                        let done = self.evaluator.observe(&mut world, &host, report);
                        Ok(done.map_or_else(|refusal| told(&refusal), |()| "observed".to_owned()))
                    });
                    let reference = reference.unwrap_or_else(|problem| problem.to_string());
                    tally.observed(&reference);
                    [
                        native.observe(step, report, &facts, lost),
                        portable.observe(step, report, &facts, lost),
                        reference,
                    ]
                }
                What::Attest { call, ok, output } => {
                    let output = output.as_deref().map(str::as_bytes);
                    // What was no call, or comes later, cannot be attested.
                    let Some(Call { request, .. }) = steps.get(*call).and_then(called) else { continue };
                    let Some(of) = known.get(call) else { continue };
                    let reference = caught("the reference", || {
                        let host = host(step, &of.facts)?;
                        let done = self.evaluator.attest(&mut world, &host, request, &of.decision, *ok, output);
                        Ok(done.map_or_else(|refusal| refusal.code.to_owned(), |()| "attested".to_owned()))
                    });
                    let reference = reference.unwrap_or_else(|problem| problem.to_string());
                    tally.attested(&reference);
                    let ending = Ending { ok: *ok, output };
                    [
                        native.attest(step, *call, &of.facts, ending, lost),
                        portable.attest(step, *call, &of.facts, ending, lost),
                        reference,
                    ]
                }
                What::Call(call) => {
                    let binding = |of: usize| known.get(&of).and_then(|known| known.decision.binding.clone());
                    let facts = call.facts(step.now, binding);
                    let keep = attested.contains(&at);
                    let decided = caught("the reference", || {
                        let host = host(step, &facts)?;
                        Ok(self.evaluator.decide(&mut world, &host, &call.request))
                    });
                    let reference = match decided {
                        Ok(evaluation) => {
                            tally.add(&evaluation, &self.kinds);
                            let Evaluation { decision, .. } = evaluation;
                            let json = serde_json::to_string(&decision).unwrap_or_default();
                            known.insert(at, Known { facts: facts.clone(), decision });
                            json
                        }
                        Err(problem) => problem.to_string(),
                    };
                    [
                        native.decide(at, step, call, &facts, lost, keep),
                        portable.decide(at, step, call, &facts, lost, keep),
                        reference,
                    ]
                }
            };
            // Equal texts are equal values; only others need a closer look.
            if a == c && b == c {
                continue;
            }
            let [native, portable, reference] = [a, b, c].map(|json| parsed(&json));
            let answers = Answers { native, portable, reference };
            if !answers.differing().is_empty() {
                return Some((at, answers));
            }
        }
        None
    }
}

/// What the reference is told of the host of a step.
pub(crate) fn host(step: &Step, facts: &str) -> Result<eval::Host, Problem> {
    let mut host = eval::Host::from_json(facts.as_bytes()).map_err(Problem::Bug)?;
    (host.now, host.mono) = (step.now, Some(step.mono));
    Ok(host)
}

/// A refusal as the decision point tells it.
fn told(refusal: &eval::Refusal) -> String {
    match &*refusal.path {
        "" => refusal.code.to_owned(),
        path => format!("{} at {path}", refusal.code),
    }
}

/// The step whose call a step attests.
fn attests(step: &Step) -> Option<usize> {
    match &step.what {
        What::Attest { call, .. } => Some(*call),
        _ => None,
    }
}

fn called(step: &Step) -> Option<&Call> {
    match &step.what {
        What::Call(call) => Some(call),
        _ => None,
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}
