//! Test results for programs.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use zt_lang::render::Sources;

use super::explain::Explained;
use super::{PackageResult, TestResult, totals};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    engine: &'a str,
    passed: usize,
    failed: usize,
    packages: Vec<Package<'a>>,
}

#[derive(Serialize)]
struct Package<'a> {
    name: &'a str,
    path: String,
    tests: Vec<Test<'a>>,
}

/// One test, as reports show it.
#[derive(Serialize)]
pub struct Test<'a> {
    id: &'a str,
    suite: &'a str,
    name: &'a str,
    file: &'a str,
    line: Option<usize>,
    outcome: &'static str,
    calls: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_up: Option<usize>,
    microseconds: u64,
    failures: Vec<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    call: usize,
    at: String,
    differences: Vec<Difference<'a>>,
    why: &'a [String],
    decision: &'a Value,
    reference_decision: Option<&'a Value>,
    /// As it was decided: read as numbers of JSON, amounts would lose digits.
    request: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Difference<'a> {
    what: &'a str,
    expected: &'a str,
    actual: &'a str,
}

/// One test.
#[must_use]
pub fn test<'a>(test: &'a TestResult, sources: &Sources, explained: &'a [Explained]) -> Test<'a> {
    let at = |span| sources.absolute(&test.item, span).map(|s| sources.position(&test.item.file, s.start));
    let failures = test.failures.iter().zip(explained).map(|(f, e)| {
        let at = at(f.span);
        let differences = f.differences.iter();
        Failure {
            file: &test.item.file,
            line: at.map(|p| p.line),
            column: at.map(|p| p.column),
            differences: differences
                .map(|d| Difference { what: d.what, expected: &d.expected, actual: &d.actual })
                .collect(),
            call: f.moment.call,
            at: zt_values::time::format_instant(f.moment.at),
            why: &e.why,
            decision: &f.decision,
            reference_decision: e.reference.as_ref(),
            request: serde_json::from_str(&f.request).ok(),
        }
    });
    Test {
        id: &test.id,
        suite: &test.suite,
        name: &test.name,
        file: &test.item.file,
        line: at(test.span).map(|p| p.line),
        outcome: if test.passed() { "passed" } else { "failed" },
        calls: test.calls,
        made_up: test.tried.map(|tried| tried.made),
        microseconds: u64::try_from(test.took.as_micros()).unwrap_or(u64::MAX),
        failures: failures.collect(),
    }
}

/// The whole report.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn report(results: Vec<(&PackageResult, Vec<Test<'_>>)>, engine: &str) -> Result<String, String> {
    let (mut passed, mut failed) = (0, 0);
    for (p, _) in &results {
        let (a, b) = totals(std::slice::from_ref(*p));
        passed += a;
        failed += b;
    }
    let packages = results
        .into_iter()
        .map(|(p, tests)| Package { name: &p.name, path: p.folder.display().to_string(), tests })
        .collect();
    serde_json::to_string(&Report { version: 1, engine, passed, failed, packages }).map_err(|e| e.to_string())
}
