//! Test suites as written.

use super::{Apply, Effect, Expr, Ident, Number, Rows, Text};
use crate::span::Span;

/// `suite "…" { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: Ident,
    /// When its tests begin.
    pub at: Option<Number>,
    /// Values and requests to be used by its tests.
    pub fixtures: Vec<Fixture>,
    /// Its tests, as far as they were understood.
    pub tests: Vec<Test>,
    /// What holds for every request.
    pub laws: Vec<Forall>,
}

/// `forall r : a.b where … { expect … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forall {
    /// What a request is called.
    pub name: Ident,
    /// Of which action.
    pub action: Ident,
    /// Of which requests.
    pub condition: Option<Expr>,
    /// What is expected.
    pub expects: Vec<Expect>,
    /// The whole.
    pub span: Span,
}

/// `fixture f = …`, `request r = …` or `fixture t(k) = …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// Its name.
    pub name: Ident,
    /// What it stands for.
    pub kind: FixtureKind,
}

/// What a fixture stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixtureKind {
    /// A value
    Value(Value),
    /// A request
    Request(Box<Call>),
    /// A row of the table of this name: its key, and what it says
    Row(Vec<Value>, Option<Value>),
}

/// A value in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
    /// How deep it is nested; the parser refuses more than [`crate::syntax::ast::MAX_DEPTH`].
    pub depth: u16,
}

/// Kinds of value in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the constructs of the language")]
pub enum ValueKind {
    Literal(Expr),
    List(Vec<Value>),
    Record(Option<Ident>, Vec<Entry>),
    With(Ident, Vec<Entry>),
    /// `Team("support")`
    Reference(Ident, Text),
}

/// `name : value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name; in a map or JSON it may be written as a text.
    pub name: Ident,
    /// The value.
    pub value: Value,
    /// Whether a comma follows.
    pub comma: bool,
}

/// `test "…" { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: Text,
    /// The rows that it is run for, the first naming the columns.
    pub table: Option<Rows>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The whole.
    pub span: Span,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `call …`
    Call(Box<Call>),
    /// `expect …`
    Expect(Expect),
    /// `repeat 5 every 1min { … }`
    Repeat(Number, Option<Number>, Vec<Step>, Span),
    /// `advance 1h`
    Advance(Number),
    /// `approve from leads as "ann"`
    Approve(Ident, Text, Span),
    /// `observe user.message { … } context { … }`
    Observe(Ident, Option<Value>, Option<Value>, Span),
    /// `then succeeded { … }` or `then failed`: how the call before ended, and what it gave back.
    Attest(bool, Option<Value>, Span),
    /// `outage orders`
    Outage(Ident),
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls; or, without an action, which request.
    pub principal: Value,
    /// What is called.
    pub action: Option<Ident>,
    /// On what.
    pub resource: Option<Value>,
    /// With which arguments.
    pub input: Option<Value>,
    /// In which context.
    pub context: Option<Value>,
    /// The whole.
    pub span: Span,
}

/// `expect …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// The effect.
    pub effect: ExpectEffect,
    /// The clauses.
    pub clauses: Vec<ExpectClause>,
    /// The whole.
    pub span: Span,
}

/// Which effect is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectEffect {
    /// This one.
    Is(Effect),
    /// Any but this one.
    Not(Effect),
    /// What the column of this name says.
    Column(Ident),
}

/// A clause of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectClause {
    /// Which.
    pub kind: ExpectClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum ExpectClauseKind {
    By(Vec<RuleName>),
    Tier(Ident),
    From(Ident),
    With(Vec<Apply>),
    Message(Text),
    Tell(Text),
    Showing(Text),
    Retry(Number),
    Shadow(Effect, Vec<RuleName>),
}

/// The name of a rule in an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleName {
    /// `default`
    Default(Span),
    /// `rule` or `policy.rule`
    Rule(Ident),
    /// `tier T`: one that asks
    Tier(Ident),
}
