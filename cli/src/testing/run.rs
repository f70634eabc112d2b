//! Running tests: every call goes as JSON through the decoder into native code, as a gateway's would.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use zt_lang::eval::Evaluator;
use zt_lang::hir::{self, Effect, Expect};
use zt_lang::span::Span;
use zt_runtime::store::{Memory, Outage, Store};
use zt_runtime::{Clock, Decision, Facts, Frame, Host, Pdp};
use zt_values::quantity::format_duration_quantity;

use super::law::{Shown, With, tried};
use super::walk::{Happening, Judge, Moment, walk};
use super::{
    APPROVERS, Difference, EFFECT, ENDED, EVENT, Failure, MESSAGE, NOTHING, REFUSED, SHOWN, TELL, TestResult, UNASKED,
};

/// One test to run.
pub struct Planned<'a> {
    /// `package/suite/test`
    pub id: String,
    package: &'a hir::Package,
    suite: &'a hir::Suite,
    what: What<'a>,
}

/// What is planned: steps that are written down, or a law.
#[derive(Clone, Copy)]
enum What<'a> {
    Test(&'a hir::Test),
    Law(&'a hir::Law),
}

impl What<'_> {
    fn name(&self) -> &hir::Name {
        match self {
            What::Test(test) => &test.name,
            What::Law(law) => &law.name,
        }
    }
}

/// The tests of a package whose id holds one of some texts; all of them without any.
#[must_use]
pub fn plan<'a>(package: &'a hir::Package, filters: &[String]) -> Vec<Planned<'a>> {
    let mut out = vec![];
    for suite in &package.suites {
        for what in suite.tests.iter().map(What::Test).chain(suite.laws.iter().map(What::Law)) {
            let id = format!("{}/{}/{}", package.name, suite.name, what.name());
            if filters.is_empty() || filters.iter().any(|f| id.contains(f.as_str())) {
                out.push(Planned { id, package, suite, what });
            }
        }
    }
    out
}

/// Runs some tests on as many threads, in whatever order; the results are in the order of the plan.
#[must_use]
pub fn run(pdp: &Pdp, plan: &[Planned<'_>], jobs: usize) -> Vec<TestResult> {
    let next = AtomicUsize::new(0);
    let evaluator: OnceLock<Evaluator> = OnceLock::new();
    let done: Mutex<Vec<(usize, TestResult)>> = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, plan.len().max(1)) {
            scope.spawn(|| {
                let mut frame = Frame::default();
                while let Some((i, planned)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    plan.get(i).map(|p| (i, p))
                } {
                    let result = match planned.what {
                        What::Test(test) => one(pdp, planned, test, &mut frame),
                        What::Law(law) => {
                            let evaluator = evaluator.get_or_init(|| Evaluator::new(planned.package));
                            lawful(pdp, planned, law, evaluator, &mut frame)
                        }
                    };
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, r)| r).collect()
}

/// Native code, with a store that only this test has.
pub(crate) struct Native<'a> {
    pdp: &'a Pdp,
    frame: &'a mut Frame,
    pub(crate) store: Box<dyn Store>,
    /// The decision before: the frame holds its request.
    last: Option<Decision>,
}

impl<'a> Native<'a> {
    /// With nothing before.
    pub(crate) fn new(pdp: &'a Pdp, frame: &'a mut Frame) -> Self {
        Native { pdp, frame, store: Box::new(Memory::default()), last: None }
    }
}

impl Judge for Native<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        let facts = match Facts::from_json(facts.as_bytes()) {
            Ok(facts) => facts,
            // No expectation is met by this.
            Err(why) => return json!({ "effect": "nothing", "determined_by": [why] }),
        };
        let now = facts.now.unwrap_or_default();
        let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &*self.store };
        let decision = self.pdp.evaluate_with(request.as_bytes(), self.frame, &host);
        let json = serde_json::from_str(&self.pdp.to_json(&decision, self.frame)).unwrap_or(Value::Null);
        self.last = Some(decision);
        json
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        let facts = Facts::from_json(facts.as_bytes())?;
        let now = facts.now.unwrap_or_default();
        let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &*self.store };
        // The frame holds the request before, which may still have to be said how it ended.
        self.pdp.observe(report.as_bytes(), &mut Frame::default(), &host).map_err(|refusal| refusal.to_string())
    }

    fn attest(&mut self, _request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        let Some(decision) = &self.last else { return Err("nothing was decided".to_owned()) };
        let facts = Facts::from_json(facts.as_bytes())?;
        let now = facts.now.unwrap_or_default();
        let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &*self.store };
        self.pdp.attest(self.frame, decision, &host, ok, output.map(str::as_bytes)).map_err(|why| why.to_string())
    }

    fn lose_windows(&mut self) {
        self.store = Box::new(Outage);
    }
}

/// Tries a law; a request that shows it to be wrong is run as a test.
fn lawful(pdp: &Pdp, planned: &Planned<'_>, law: &hir::Law, evaluator: &Evaluator, frame: &mut Frame) -> TestResult {
    let started = Instant::now();
    let mut judge = |with: With<'_>| {
        with(&mut Native::new(pdp, &mut *frame));
    };
    let wrong = |expect: &Expect, decision: &Value| !compare(expect, decision).is_empty();
    match tried(planned.package, evaluator, law, &mut judge, &wrong) {
        Shown::Broken(test, tried) => {
            let mut result = one(pdp, planned, &test, frame);
            result.found = Some(test);
            TestResult { calls: tried.met, tried: Some(tried), took: started.elapsed(), ..result }
        }
        shown => {
            let (tried, why) = match shown {
                Shown::Nothing(why) => (None, Some(why)),
                Shown::Held(tried) | Shown::Broken(_, tried) => (Some(tried), None),
            };
            let nothing = |actual| Failure {
                moment: Moment { call: 0, at: law.at, passed: 0 },
                request: "null".into(),
                span: law.span,
                expect: None,
                differences: vec![Difference { what: NOTHING, expected: "a request to try".to_owned(), actual }],
                decision: Value::Object(serde_json::Map::new()),
            };
            TestResult {
                id: planned.id.clone(),
                suite: planned.suite.name.clone(),
                name: law.name.clone(),
                item: planned.suite.key.clone(),
                span: law.span,
                steps: false,
                calls: tried.map_or(0, |tried| tried.met),
                failures: why.map(nothing).into_iter().collect(),
                tried,
                found: None,
                took: started.elapsed(),
            }
        }
    }
}

fn one(pdp: &Pdp, planned: &Planned<'_>, test: &hir::Test, frame: &mut Frame) -> TestResult {
    let started = Instant::now();
    let mut failures: Vec<Failure> = vec![];
    let mut calls = 0;
    // What fails in every turn of a `repeat` is told of the first.
    let mut told: BTreeSet<Span> = BTreeSet::new();
    let mut judge = Native::new(pdp, frame);
    walk(planned.package, test, &mut judge, &mut |moment, happening| {
        calls = moment.call;
        match happening {
            Happening::Decided(call, decision) => {
                for expect in &call.expects {
                    let differences = compare(expect, decision);
                    if !differences.is_empty() && told.insert(expect.span) {
                        failures.push(Failure {
                            moment,
                            request: call.request.clone(),
                            span: expect.span,
                            expect: Some(expect.clone()),
                            differences,
                            decision: decision.clone(),
                        });
                    }
                }
            }
            Happening::Unattested(call, attest, why) => {
                if told.insert(attest.span) {
                    failures.push(Failure {
                        moment,
                        request: call.request.clone(),
                        span: attest.span,
                        expect: None,
                        differences: vec![Difference { what: ENDED, expected: "to be taken".to_owned(), actual: why }],
                        decision: Value::Object(serde_json::Map::new()),
                    });
                }
            }
            Happening::Unasked(call, span, decided) => {
                if told.insert(span) {
                    let by = decided.by.join(", ");
                    let actual = format!("{} by {by}", effect_words(&decided.effect));
                    failures.push(Failure {
                        moment,
                        request: call.request.clone(),
                        span,
                        expect: None,
                        differences: vec![Difference {
                            what: UNASKED,
                            expected: "a call that asks".to_owned(),
                            actual,
                        }],
                        decision: Value::Object(serde_json::Map::new()),
                    });
                }
            }
            Happening::Refused(observe, why) => {
                if told.insert(observe.span) {
                    failures.push(Failure {
                        moment,
                        request: observe.report.clone(),
                        span: observe.span,
                        expect: None,
                        differences: vec![Difference { what: EVENT, expected: "to be taken".to_owned(), actual: why }],
                        decision: Value::Object(serde_json::Map::new()),
                    });
                }
            }
        }
    });
    TestResult {
        id: planned.id.clone(),
        suite: planned.suite.name.clone(),
        name: test.name.clone(),
        item: planned.suite.key.clone(),
        span: test.span,
        steps: !test.steps.iter().all(|s| matches!(s, hir::Step::Call(_))),
        calls,
        failures,
        tried: None,
        found: None,
        took: started.elapsed(),
    }
}

/// The effect as policies write it.
#[must_use]
pub fn effect_words(effect: &str) -> &str {
    if effect == Effect::RequireApproval.as_str() { "require approval" } else { effect }
}

/// Strings of a JSON array.
#[must_use]
pub fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// In which respects a decision is not as expected.
fn compare(expect: &Expect, decision: &Value) -> Vec<Difference> {
    // No rule was asked, so that nothing is shown of any, whatever is expected.
    if let Some(refusal) = decision.get("refusal") {
        let text = |name| refusal.get(name).and_then(Value::as_str).unwrap_or_default();
        let actual = format!("refused: {} at {}", text("code"), text("path"));
        return vec![Difference { what: REFUSED, expected: "a request that is decided".to_owned(), actual }];
    }
    let mut out = vec![];
    let mut verdict = |what_effect, what_rule, effect: Effect, rules: &[hir::Name], actual: &Value| {
        let is = actual.get("effect").and_then(Value::as_str).unwrap_or("no decision");
        let by = strings(actual.get("determined_by").unwrap_or(&Value::Null));
        let not = expect.not && what_effect == EFFECT;
        if not && is == effect.as_str() {
            out.push(Difference {
                what: what_effect,
                expected: format!("anything but {}", effect_words(effect.as_str())),
                actual: format!("{} by {}", effect_words(is), by.join(", ")),
            });
        } else if not {
            // Which of the other effects it is does not matter.
        } else if is != effect.as_str() {
            out.push(Difference {
                what: what_effect,
                expected: effect_words(effect.as_str()).to_owned(),
                actual: format!("{} by {}", effect_words(is), by.join(", ")),
            });
        } else if rules.iter().any(|r| !by.contains(&&**r)) {
            out.push(Difference { what: what_rule, expected: rules.join(", "), actual: by.join(", ") });
        }
    };
    verdict(EFFECT, "rule", expect.effect, &expect.rules, decision);
    // Another effect comes with other approvers and messages; one difference says it all.
    if (decision.get("effect").and_then(Value::as_str) == Some(expect.effect.as_str())) == expect.not {
        return out;
    }
    if let Some((effect, rules)) = &expect.shadow {
        verdict("shadow effect", "shadow rule", *effect, rules, decision.get("shadow").unwrap_or(&Value::Null));
    }
    if let Some(tier) = &expect.tier {
        let is = decision.get("tier").and_then(Value::as_str);
        if is != Some(&**tier) {
            out.push(Difference { what: "tier", expected: tier.to_string(), actual: is.unwrap_or("none").to_owned() });
        }
    }
    let listed = |list: &str, field: &str| -> Vec<String> {
        let all = decision.get(list).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|v| v.get(field).and_then(Value::as_str).map(str::to_owned)).collect()
    };
    let mut contains = |what, expected: &Option<hir::Name>, actual: Vec<String>| {
        if let Some(expected) = expected.as_ref().filter(|e| !actual.iter().any(|a| **a == ***e)) {
            let actual = if actual.is_empty() { "none".to_owned() } else { actual.join("; ") };
            out.push(Difference { what, expected: expected.to_string(), actual });
        }
    };
    contains(APPROVERS, &expect.from, [listed("requirements", "from"), listed("alternatives", "from")].concat());
    contains(MESSAGE, &expect.message, listed("messages", "because"));
    contains(TELL, &expect.tell, listed("tells", "tell"));
    let shown = decision.get("ask").and_then(Value::as_object).into_iter().flatten();
    contains(SHOWN, &expect.showing, shown.filter_map(|(_, v)| v.as_str().map(str::to_owned)).collect());
    for (name, args) in &expect.obligations {
        let wanted: Value = serde_json::from_str(args).unwrap_or_default();
        let all: Vec<&Value> = decision.get("obligations").and_then(Value::as_array).into_iter().flatten().collect();
        let named = |o: &&&Value| o.get("name").and_then(Value::as_str) == Some(&**name);
        if !all.iter().filter(named).any(|o| agrees(&wanted, o.get("args").unwrap_or(&Value::Null))) {
            let shown = |o: &&Value| {
                let args = o.get("args").map(Value::to_string).unwrap_or_default();
                format!("{} {args}", o.get("name").and_then(Value::as_str).unwrap_or_default())
            };
            let actual = all.iter().map(shown).collect::<Vec<_>>().join("; ");
            out.push(Difference {
                what: "obligation",
                expected: format!("{name} {args}"),
                actual: if actual.is_empty() { "none".to_owned() } else { actual },
            });
        }
    }
    if let Some(micros) = expect.retry {
        let is = decision.get("retry_after_ms").and_then(Value::as_i64);
        // Milliseconds, rounded up, as decisions say it.
        let wanted = micros.saturating_add(999) / 1_000;
        if is != Some(wanted) {
            let shown = |ms: i64| format_duration_quantity(ms.saturating_mul(1_000));
            out.push(Difference {
                what: "retry after",
                expected: shown(wanted),
                actual: is.map_or("never".to_owned(), shown),
            });
        }
    }
    out
}

/// Whether what is expected of parameters is so; a set has no order.
fn agrees(wanted: &Value, actual: &Value) -> bool {
    match (wanted, actual) {
        (Value::Object(wanted), Value::Object(actual)) => {
            wanted.iter().all(|(name, w)| actual.get(name).is_some_and(|a| agrees(w, a)))
        }
        (Value::Array(wanted), Value::Array(actual)) => {
            let within = |xs: &[Value], ys: &[Value]| xs.iter().all(|x| ys.iter().any(|y| agrees(x, y)));
            within(wanted, actual) && within(actual, wanted)
        }
        (Value::Number(wanted), Value::Number(actual)) => {
            let read = |n: &serde_json::Number| zt_values::parse_decimal(&n.to_string(), 4);
            read(wanted).is_ok_and(|w| read(actual) == Ok(w))
        }
        (wanted, actual) => wanted == actual,
    }
}
