//! The reference evaluator: what a package means, walked step by step over the checked tree.
//!
//! It is as plain as it can be, because every faster evaluator is measured against it. It has its own
//! reading of requests, its own values and its own decision; with the others it shares only how
//! numbers and names are spelled. It folds nothing and skips nothing: every condition of every rule
//! in scope is evaluated, and the trace says what came of it.

pub mod civil;
mod json;
mod patterns;
mod value;
mod show;
mod read;
mod host;
mod facts;
mod trace;
mod operators;
mod expr;
mod defaults;
mod request;
mod world;
mod windows;
mod approvals;
mod decision;
mod obligations;
mod decide;
mod step;

#[cfg(test)]
mod tests;

use self::patterns::Patterns;
use self::step::Stage;
use crate::hir::{Expr, Package};

pub use decision::{
    Decision, Exact, Message, Obligation, RequiredBy, Requirement, RuleError, ShadowDecision, Tell, WindowReading,
};
pub use host::{Answer, Approval, Host, TableAnswer};
pub use read::Refusal;
pub use trace::{Kind, Nearest, Node, Operand, Outcome, Place, RuleResult, RuleTrace, Trace};
pub use world::World;

/// Evaluates requests against one package.
#[derive(Debug)]
pub struct Evaluator {
    package: Package,
    patterns: Patterns,
}

/// What came of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// How each rule in scope came to its result; empty for a refused request.
    pub trace: Trace,
}

impl Evaluator {
    /// An evaluator of this package.
    #[must_use]
    pub fn new(package: &Package) -> Self {
        Evaluator { package: package.clone(), patterns: Patterns::default() }
    }

    /// Decides a request: AuthZEN JSON in bytes. Any bytes give a decision. The host says nothing, it is 1970, nothing
    /// has happened before, and nobody could approve: an ask says no binding.
    #[must_use]
    pub fn evaluate(&self, request: &[u8]) -> Evaluation {
        let mut evaluation = self.evaluate_with(&Host::default(), request);
        evaluation.decision.binding = None;
        evaluation
    }

    /// The same with what a host says, but with nothing recorded.
    #[must_use]
    pub fn evaluate_with(&self, host: &Host, request: &[u8]) -> Evaluation {
        self.decide(&mut World::new(), host, request)
    }

    /// Decides a request in a world, and records there what came of it. Any bytes give a decision.
    #[must_use]
    pub fn decide(&self, world: &mut World, host: &Host, request: &[u8]) -> Evaluation {
        let (decision, trace) = self.stage(host).decide(world, request);
        Evaluation { decision, trace }
    }

    /// Records whether a call that was allowed succeeded, at the host's clocks, and what it gave back, as JSON: if it
    /// succeeded and its action declares an `output`, that is read as strictly as a request. What windows read of the
    /// call, `now` included, is as it was when the call was decided.
    ///
    /// # Errors
    ///
    /// `not_allowed` if the decision is not an allow, `unrecorded` if a window that rules rely on cannot hold it,
    /// and whatever is wrong with the request. Then nothing is recorded.
    pub fn attest(
        &self,
        world: &mut World,
        host: &Host,
        request: &[u8],
        decision: &Decision,
        ok: bool,
        output: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        step::attestable(decision)?;
        self.stage(host).attest(world, (request, decision.now), ok, output)
    }

    /// Records an event, `{"event": …, "fields": {…}, "context": {…}}`, at the host's clocks.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as of a request; `unknown_event`; `unrecorded` if a window that rules rely on cannot hold
    /// it. Then nothing is recorded, and the gateway must not go on.
    pub fn observe(&self, world: &mut World, host: &Host, event: &[u8]) -> Result<(), Refusal> {
        self.stage(host).observe(world, event)
    }

    /// Whether a condition that reads no window is true of a request. One that fails is not.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the request.
    pub fn holds(&self, host: &Host, request: &[u8], condition: &Expr) -> Result<bool, Refusal> {
        self.stage(host).holds(request, condition)
    }

    fn stage<'a>(&'a self, host: &'a Host) -> Stage<'a> {
        Stage { package: &self.package, patterns: &self.patterns, host }
    }
}
