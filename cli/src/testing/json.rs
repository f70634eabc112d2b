//! Test results for programs.

use serde_json::{Value, json};
use zt_lang::render::Sources;

use super::explain::Explained;
use super::{PackageResult, TestResult, totals};

/// One test.
#[must_use]
pub fn test(test: &TestResult, sources: &Sources, explained: &[Explained]) -> Value {
    let at = sources.absolute(&test.item, test.span).map(|s| sources.position(&test.item.file, s.start));
    let failures: Vec<Value> = test
        .failures
        .iter()
        .zip(explained)
        .map(|(f, e)| {
            let at = sources.absolute(&test.item, f.expect.span).map(|s| sources.position(&test.item.file, s.start));
            let differences: Vec<Value> = f
                .differences
                .iter()
                .map(|d| json!({"what": d.what, "expected": d.expected, "actual": d.actual}))
                .collect();
            json!({
                "file": &*test.item.file,
                "line": at.map(|p| p.line),
                "column": at.map(|p| p.column),
                "differences": differences,
                "why": e.why,
                "decision": f.decision,
                "reference_decision": e.reference,
                "request": serde_json::from_str::<Value>(&f.request).unwrap_or(Value::Null),
            })
        })
        .collect();
    json!({
        "id": test.id,
        "suite": &*test.suite,
        "name": &*test.name,
        "file": &*test.item.file,
        "line": at.map(|p| p.line),
        "outcome": if test.passed() { "passed" } else { "failed" },
        "calls": test.calls,
        "microseconds": u64::try_from(test.took.as_micros()).unwrap_or(u64::MAX),
        "failures": failures,
    })
}

/// The whole report.
#[must_use]
pub fn report(results: &[(&PackageResult, Vec<Value>)], engine: &str) -> Value {
    let packages: Vec<Value> = results
        .iter()
        .map(|(p, tests)| json!({"name": &*p.name, "path": p.folder.display().to_string(), "tests": tests}))
        .collect();
    let all: Vec<&PackageResult> = results.iter().map(|(p, _)| *p).collect();
    let (mut passed, mut failed) = (0, 0);
    for p in all {
        let (a, b) = totals(std::slice::from_ref(p));
        passed += a;
        failed += b;
    }
    json!({"version": 1, "engine": engine, "packages": packages, "passed": passed, "failed": failed})
}
