//! The test engine: the calls of a package's tests, decided by the compiled policy.

pub mod walk;
pub mod requests;
pub mod law;
pub mod run;
pub mod explain;
pub mod human;
pub mod json;
pub mod junit;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use zt_lang::hir;
use zt_lang::span::ItemKey;

/// What became of the tests of one package.
pub struct PackageResult {
    /// The package's name.
    pub name: Arc<str>,
    /// Its folder.
    pub folder: PathBuf,
    /// Its tests in order.
    pub tests: Vec<TestResult>,
}

/// What became of one test.
pub struct TestResult {
    /// `package/suite/test`: what `--filter` looks in.
    pub id: String,
    /// The suite's name.
    pub suite: hir::Name,
    /// The test's name.
    pub name: hir::Name,
    /// The suite's item; spans count from its start.
    pub item: ItemKey,
    /// The test in its suite.
    pub span: zt_lang::span::Span,
    /// Whether it does more than call, so that it matters which call it was.
    pub steps: bool,
    /// How many calls were decided.
    pub calls: usize,
    /// Expectations that were not met; none in a test that passed.
    pub failures: Vec<Failure>,
    /// Of a law, how many requests it was tried on.
    pub tried: Option<law::Tried>,
    /// Of a law that is wrong, a request that shows it.
    pub found: Option<hir::Test>,
    /// How long it took.
    pub took: Duration,
}

impl TestResult {
    /// Whether every expectation was met.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// An expectation that was not met.
pub struct Failure {
    /// At which call, and when.
    pub moment: walk::Moment,
    /// The request that was decided, or the event that was reported.
    pub request: hir::Name,
    /// Where the expectation stands, or the event.
    pub span: zt_lang::span::Span,
    /// What was expected; nothing of an event but that it is taken.
    pub expect: Option<hir::Expect>,
    /// In which respects the decision differs: what was expected, and what is.
    pub differences: Vec<Difference>,
    /// The decision, as JSON.
    pub decision: Value,
}

/// One respect in which a decision is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which respect: `request`, `effect`, `rule`, `tier`, `approvers`, `message`, `tell`, `obligation`, `retry after`,
    /// `shadow effect`, `shadow rule`, `event`, `end of the call`, `approval`, `nothing`.
    pub what: &'static str,
    /// What was expected.
    pub expected: String,
    /// What is.
    pub actual: String,
}

/// The difference in the effect.
pub(crate) const EFFECT: &str = "effect";
/// A request that was refused, whatever is expected of it.
pub(crate) const REFUSED: &str = "request";
/// The difference in who is asked.
pub(crate) const APPROVERS: &str = "approvers";
/// The difference in what is said.
pub(crate) const MESSAGE: &str = "message";
/// The difference in what is told to the agent.
pub(crate) const TELL: &str = "tell";
/// The difference in what an approver is shown.
pub(crate) const SHOWN: &str = "shown";
/// An event that was not taken.
pub(crate) const EVENT: &str = "event";
/// How a call ended, which was not taken.
pub(crate) const ENDED: &str = "end of the call";

/// An approval of what nobody was asked about.
pub(crate) const UNASKED: &str = "approval";
/// A law for which no request was found.
pub(crate) const NOTHING: &str = "nothing";

/// How many tests passed and failed.
#[must_use]
pub fn totals(results: &[PackageResult]) -> (usize, usize) {
    let all = results.iter().flat_map(|p| &p.tests);
    let passed = all.clone().filter(|t| t.passed()).count();
    (passed, all.count() - passed)
}
