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
mod request;
mod decide;

#[cfg(test)]
mod tests;

use self::expr::{Ground, Readings};
use self::facts::Facts;
use self::patterns::Patterns;
use self::read::Reader;
use crate::hir::Package;

pub use decide::{Decision, Message, Requirement, RuleError, ShadowDecision};
pub use host::{Answer, Approval, Host};
pub use read::Refusal;
pub use trace::{Kind, Nearest, Node, Operand, Outcome, Place, RuleResult, RuleTrace, Trace};

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

    /// Decides a request: AuthZEN JSON in bytes. Any bytes give a decision. The host says nothing, and it is 1970.
    #[must_use]
    pub fn evaluate(&self, request: &[u8]) -> Evaluation {
        self.evaluate_with(&Host::default(), request)
    }

    /// The same with what a host says, but with nothing recorded.
    #[must_use]
    pub fn evaluate_with(&self, host: &Host, request: &[u8]) -> Evaluation {
        let reader = Reader { package: &self.package, patterns: &self.patterns };
        let facts = Facts::new(reader, host);
        let readings = Readings::new();
        let ground = Ground {
            package: &self.package,
            patterns: &self.patterns,
            facts: &facts,
            now: host.now,
            readings: &readings,
        };
        match request::read(ground, request) {
            Ok(request) => {
                let (decision, trace) = decide::decide(ground, &request);
                Evaluation { decision, trace }
            }
            Err(refusal) => Evaluation { decision: Decision::refused(refusal), trace: Trace::default() },
        }
    }
}
