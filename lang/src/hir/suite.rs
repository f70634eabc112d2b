//! Test suites.

use super::{Effect, Expr, Name};
use crate::span::{ItemKey, Span};

/// A test suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Where it stands.
    pub key: ItemKey,
    /// Its name.
    pub name: Name,
    /// Its tests in order.
    pub tests: Vec<Test>,
    /// Its laws in order.
    pub laws: Vec<Law>,
}

/// What is expected of every request of an action, or of those that meet a condition, each with nothing before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// What reports call it: `forall r : orders.refund`.
    pub name: Name,
    /// When the requests are made: microseconds since 1970.
    pub at: i64,
    /// The actions, by their zt names: one, or the parts of one.
    pub actions: Vec<Name>,
    /// What sources would answer about tables, as [`Test::tables`].
    pub tables: Name,
    /// Of which requests; reads no windows.
    pub condition: Option<Expr>,
    /// What is expected of each; at least one.
    pub expects: Vec<Expect>,
    /// The whole.
    pub span: Span,
}

/// A test: steps in order. It starts with nothing remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: Name,
    /// When it starts: microseconds since 1970.
    pub at: i64,
    /// What sources would answer about tables: `[{"source", "table", "rows", "whole"}]`.
    pub tables: Name,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The whole test.
    pub span: Span,
}

impl Test {
    /// The calls in it, each once, whether repeated or not.
    #[must_use]
    pub fn calls(&self) -> Vec<&Call> {
        fn within<'t>(steps: &'t [Step], out: &mut Vec<&'t Call>) {
            for step in steps {
                match step {
                    Step::Call(call) => out.push(call),
                    Step::Repeat(_, _, steps) => within(steps, out),
                    Step::Advance(_) | Step::Approve(..) | Step::Observe(_) | Step::Attest(_) | Step::Outage(_) => {}
                }
            }
        }
        let mut out = vec![];
        within(&self.steps, &mut out);
        out
    }
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A call, and what is expected of it.
    Call(Call),
    /// Steps done so many times, so many microseconds apart.
    Repeat(u32, i64, Vec<Step>),
    /// So many microseconds pass.
    Advance(i64),
    /// Somebody approves the call before: the group or `principal.acts_for`, the id, and where it stands.
    Approve(Name, Name, Span),
    /// An event is reported.
    Observe(Observe),
    /// The call before ended.
    Attest(Attest),
    /// A source, or the windows' store under the name `windows`, answers no more.
    Outage(Name),
}

/// How a call in a test ended that was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attest {
    /// Whether it succeeded.
    pub ok: bool,
    /// What it gave back, as a gateway would send it; where it failed, or its action declares none, there is none.
    pub output: Option<Name>,
    /// What sources would answer about the entities that it gave back, as of a call.
    pub answers: Name,
    /// Where it stands.
    pub span: Span,
}

/// An event in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observe {
    /// Which, by its name.
    pub event: Name,
    /// What it tells, as a gateway would send it: `{"event": …, "fields": {…}, "context": {…}}`.
    pub report: Name,
    /// Where it stands.
    pub span: Span,
}

/// A call in a test, with every fixture filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which action, by its zt name.
    pub action: Name,
    /// The request, as a gateway would send it: AuthZEN JSON.
    pub request: Name,
    /// What sources would answer: `[{"source", "type", "id", "properties"}]`.
    pub answers: Name,
    /// The call in the text.
    pub span: Span,
    /// What is expected; none inside a `repeat` whose end says it, or before an `approve`.
    pub expects: Vec<Expect>,
}

/// What a test expects of a decision; every part given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// The effect.
    pub effect: Effect,
    /// Whether any other effect than that is expected.
    pub not: bool,
    /// Full names of rules that must be among those that determined it; or `default`.
    pub rules: Vec<Name>,
    /// The tier.
    pub tier: Option<Name>,
    /// Who must be asked.
    pub from: Option<Name>,
    /// Obligations that must be among those of the decision: name and arguments as JSON.
    pub obligations: Vec<(Name, Name)>,
    /// The message of some determining rule, in full.
    pub message: Option<Name>,
    /// What is told to the agent, in full.
    pub tell: Option<Name>,
    /// A part of what whoever is asked is shown, in full.
    pub showing: Option<Name>,
    /// After how many microseconds there is room.
    pub retry: Option<i64>,
    /// What the decision would have been with the shadow rules.
    pub shadow: Option<(Effect, Vec<Name>)>,
    /// The expectation in the text.
    pub span: Span,
}
