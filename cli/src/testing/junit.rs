//! Test results as JUnit XML, which CI systems read.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::explain::Explained;
use super::{PackageResult, TestResult};

/// A package's tests, each with what its failures are explained by.
pub type Explanations<'a> = (&'a PackageResult, Vec<(&'a TestResult, Vec<Explained>)>);

/// The whole report.
///
/// # Errors
/// If it cannot be written as XML.
pub fn report(results: &[Explanations<'_>]) -> Result<String, String> {
    let mut report = Report::new("zt test");
    for (package, tests) in results {
        let mut suite = TestSuite::new(package.name.to_string());
        for (test, explained) in tests {
            let status = if test.passed() {
                TestCaseStatus::success()
            } else {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let message: Vec<String> = test
                    .failures
                    .iter()
                    .flat_map(|f| &f.differences)
                    .map(|d| format!("expected {} {}, decided {}", d.what, d.expected, d.actual))
                    .collect();
                status.set_message(message.join("; "));
                let why: Vec<&str> = explained.iter().flat_map(|e| e.why.iter().map(String::as_str)).collect();
                status.set_description(why.join("\n"));
                status
            };
            let mut case = TestCase::new(test.name.to_string(), status);
            case.set_classname(format!("{}.{}", package.name, test.suite));
            case.set_time(test.took);
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|e| e.to_string())
}
