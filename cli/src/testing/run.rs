//! Running tests: every call goes as JSON through the decoder into native code, as a gateway's would.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;
use zt_lang::hir::{self, Effect, Expect};
use zt_runtime::{Frame, Pdp};

use super::{APPROVERS, Difference, EFFECT, Failure, MESSAGE, TestResult};

/// One test to run.
pub struct Planned<'a> {
    /// `package/suite/test`
    pub id: String,
    suite: &'a hir::Suite,
    test: &'a hir::Test,
}

/// The tests of a package whose id holds one of some texts; all of them without any.
#[must_use]
pub fn plan<'a>(package: &'a hir::Package, filters: &[String]) -> Vec<Planned<'a>> {
    let mut out = vec![];
    for suite in &package.suites {
        for test in &suite.tests {
            let id = format!("{}/{}/{}", package.name, suite.name, test.name);
            if filters.is_empty() || filters.iter().any(|f| id.contains(f.as_str())) {
                out.push(Planned { id, suite, test });
            }
        }
    }
    out
}

/// Runs some tests on as many threads, in whatever order; the results are in the order of the plan.
#[must_use]
pub fn run(pdp: &Pdp, plan: &[Planned<'_>], jobs: usize) -> Vec<TestResult> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, TestResult)>> = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, plan.len().max(1)) {
            scope.spawn(|| {
                let mut frame = Frame::default();
                while let Some((i, planned)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    plan.get(i).map(|p| (i, p))
                } {
                    let result = one(pdp, planned, &mut frame);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, r)| r).collect()
}

fn one(pdp: &Pdp, planned: &Planned<'_>, frame: &mut Frame) -> TestResult {
    let started = Instant::now();
    let mut failures = vec![];
    for call in planned.test.calls() {
        let decision = pdp.evaluate(call.request.as_bytes(), frame);
        let decision: Value = serde_json::from_str(&pdp.to_json(&decision, frame)).unwrap_or(Value::Null);
        for expect in &call.expects {
            let differences = compare(expect, &decision);
            if !differences.is_empty() {
                failures.push(Failure {
                    request: call.request.clone(),
                    expect: expect.clone(),
                    differences,
                    decision: decision.clone(),
                });
            }
        }
    }
    TestResult {
        id: planned.id.clone(),
        suite: planned.suite.name.clone(),
        name: planned.test.name.clone(),
        item: planned.suite.key.clone(),
        span: planned.test.span,
        calls: planned.test.calls().len(),
        failures,
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
    let mut out = vec![];
    let mut verdict = |what_effect, what_rule, effect: Effect, rules: &[hir::Name], actual: &Value| {
        let is = actual.get("effect").and_then(Value::as_str).unwrap_or("no decision");
        let by = strings(actual.get("determined_by").unwrap_or(&Value::Null));
        if is != effect.as_str() {
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
    if decision.get("effect").and_then(Value::as_str) != Some(expect.effect.as_str()) {
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
    contains(APPROVERS, &expect.from, listed("requirements", "from"));
    contains(MESSAGE, &expect.message, listed("messages", "because"));
    out
}
