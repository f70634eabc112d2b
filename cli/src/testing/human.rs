//! Test results for people.

use std::fmt::Write as _;

use super::explain::Explained;
use super::{PackageResult, TestResult, totals};
use crate::output::{Style, plural};

/// The tests of a package, suite by suite.
#[must_use]
pub fn package(result: &PackageResult, style: Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", style.bold(&result.name), style.dim(&format!("({})", result.folder.display())));
    let mut suite = None;
    for test in &result.tests {
        if suite != Some(&test.suite) {
            let _ = writeln!(out, "  {}", test.suite);
            suite = Some(&test.suite);
        }
        let mark = if test.passed() { style.green("✓") } else { style.red("✗") };
        let _ = write!(out, "    {mark} {}", test.name);
        if let Some(tried) = test.tried.filter(|_| test.passed()) {
            let on = if tried.is_rare() {
                format!(" (only {} of {} requests meet the condition)", tried.met, tried.made)
            } else {
                format!(" ({})", plural(tried.met, "request"))
            };
            let _ = write!(out, "{}", style.dim(&on));
        }
        out.push('\n');
    }
    out
}

/// A failed test with its reasons.
#[must_use]
pub fn failure(test: &TestResult, explained: &[(Explained, String)], path: &str, style: Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}\n", style.red("failed"), style.bold(&test.id));
    for (e, source) in explained {
        out.push_str(source);
        for line in &e.unplaced {
            let _ = writeln!(out, "  {line}");
        }
        out.push('\n');
    }
    let _ = writeln!(out, "  rerun: zt test {} --filter {}\n", shell(path), shell(&test.id));
    out
}

/// A word for a shell, quoted only if it must be.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The last lines: what ran, and how it went.
#[must_use]
pub fn summary(results: &[PackageResult], engine: &str, took: std::time::Duration, style: Style) -> String {
    let (passed, failed) = totals(results);
    let verdict = if failed == 0 { style.green("ok") } else { style.red("failed") };
    let packages = results.iter().filter(|p| !p.tests.is_empty()).count();
    format!(
        "{verdict}: {} on {engine}, in {:.0?}\n{passed} passed, {failed} failed\n",
        plural(packages, "package"),
        took
    )
}
