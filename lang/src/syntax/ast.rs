//! The tree as written: nothing is resolved yet. Spans count from the start of the item.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name; dotted for packages and actions.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// An item with everything the parser has to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What was understood; `None` if nothing was.
    pub kind: Option<ItemKind>,
    /// Its length in bytes.
    pub len: u32,
    /// Mistakes in its syntax.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether its name is beyond doubt: the first mistake comes after it.
    pub named: bool,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant holds the struct of its name")]
pub enum ItemKind {
    Package(Ident),
    Enum(Enum),
    Type(TypeItem),
    Record(Record),
    Entity(Entity),
    Action(Action),
    Tiers(Tiers),
    Approvers(Ident),
    Policy(Policy),
    Define(Define),
    Suite(Suite),
}

impl ItemKind {
    /// The item's name.
    #[must_use]
    pub fn name(&self) -> &Ident {
        match self {
            ItemKind::Package(name) | ItemKind::Approvers(name) => name,
            ItemKind::Enum(x) => &x.name,
            ItemKind::Type(x) => &x.name,
            ItemKind::Record(x) => &x.name,
            ItemKind::Entity(x) => &x.name,
            ItemKind::Action(x) => &x.name,
            ItemKind::Tiers(x) => &x.name,
            ItemKind::Policy(x) => &x.name,
            ItemKind::Define(x) => &x.name,
            ItemKind::Suite(x) => &x.name,
        }
    }
}

/// `enum E ordered { a, b }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Its name.
    pub name: Ident,
    /// Whether it says `ordered`.
    pub ordered: bool,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of an enum, or a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Ident,
    /// `as "…"`
    pub wire: Option<Text>,
    /// Whether a comma follows.
    pub comma: bool,
}

/// A string with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: Arc<str>,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// `type T = …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeItem {
    /// Its name.
    pub name: Ident,
    /// What it stands for.
    pub ty: TypeExpr,
}

/// A type with its refinements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeExpr {
    /// Its name.
    pub name: Ident,
    /// What stands between `<` and `>`.
    pub argument: Option<Box<TypeExpr>>,
    /// Where its `?` stands, if it has one.
    pub optional: Option<Span>,
    /// What it refuses.
    pub refinements: Vec<Refinement>,
    /// The whole.
    pub span: Span,
    /// How deep it is nested.
    pub depth: u16,
}

/// A refinement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refinement {
    /// Which.
    pub kind: RefinementKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of refinement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefinementKind {
    /// `in a .. b`, either end open
    Range(Option<Expr>, Option<Expr>),
    /// `max n`
    Max(Number),
    /// `places n`
    Places(Number),
    /// `matching re"…"`
    Matching(Text),
}

/// A number as written, without `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its digits.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// `record R { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: Ident,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// `name : Type`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Ident,
    /// `as "…"`
    pub wire: Option<Text>,
    /// Its type.
    pub ty: TypeExpr,
    /// Whether a comma follows.
    pub comma: bool,
}

/// `entity E from pep { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub name: Ident,
    /// The channel that vouches for its attributes.
    pub from: Option<Ident>,
    /// Its attributes.
    pub fields: Vec<Field>,
}

/// `action a.b { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its name.
    pub name: Ident,
    /// `as "…"`
    pub wire: Option<Text>,
    /// Its clauses, in any order.
    pub clauses: Vec<ActionClause>,
}

/// A clause of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionClause {
    /// Which.
    pub kind: ActionClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum ActionClauseKind {
    By(Vec<Ident>),
    On(Ident),
    Tier(Ident),
    Context(Ident),
    Input(Vec<Field>),
}

/// `tiers t { T0 {} T1 {} }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    /// Its name.
    pub name: Ident,
    /// Lowest first.
    pub tiers: Vec<Ident>,
}

/// `define d(a : T) : U = …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Define {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Field>,
    /// The type it says it has.
    pub ty: Option<TypeExpr>,
    /// What it says.
    pub body: Expr,
}

/// `policy p for … by … when … { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: Ident,
    /// Its scope and guard.
    pub clauses: Vec<PolicyClause>,
    /// Its rules, as far as they were understood.
    pub rules: Vec<Rule>,
}

/// A clause before a policy's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyClause {
    /// Which.
    pub kind: PolicyClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause before a policy's body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum PolicyClauseKind {
    For(Vec<Selector>),
    By(Vec<Ident>),
    When(Expr),
    Unless(Expr),
}

/// What a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `any`
    Any(Span),
    /// An action
    Action(Ident),
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum Effect {
    Allow,
    Deny,
    RequireApproval,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whether it says `shadow`.
    pub shadow: bool,
    /// What it does.
    pub effect: Effect,
    /// Its name.
    pub name: Ident,
    /// Its clauses, in any order.
    pub clauses: Vec<RuleClause>,
    /// The whole.
    pub span: Span,
}

/// A clause of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleClause {
    /// Which.
    pub kind: RuleClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum RuleClauseKind {
    When(Expr),
    Unless(Expr),
    Because(Text),
    From(Ident),
    Quorum(Number),
    Expires(Number),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
    /// How deep it is nested; the parser refuses more than [`MAX_DEPTH`].
    pub depth: u16,
}

/// How deep an expression may be nested.
pub const MAX_DEPTH: u16 = 96;

/// Kinds of expression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the constructs of the language")]
pub enum ExprKind {
    Bool(bool),
    Int(Number),
    Decimal(Number),
    Text(Text),
    Regex(Text),
    Name(Ident),
    Member(Box<Expr>, Ident),
    Call(Ident, Vec<Expr>),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// `and` or `or` of two or more.
    Logic(BinaryOp, Vec<Expr>),
    Has(Box<Expr>, Ident, Option<Ident>),
    List(Vec<Expr>),
    Paren(Box<Expr>),
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the operators of the language")]
pub enum BinaryOp {
    And,
    Or,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Matches,
    Coalesce,
    Add,
    Sub,
    Mul,
}

impl BinaryOp {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::In => "in",
            BinaryOp::Matches => "matches",
            BinaryOp::Coalesce => "??",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
        }
    }

    /// Whether it compares.
    #[must_use]
    pub fn compares(self) -> bool {
        use BinaryOp::{Eq, Ge, Gt, In, Le, Lt, Matches, Ne};
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge | In | Matches)
    }
}

/// `suite "…" { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: Ident,
    /// Values and requests to be used by its tests.
    pub fixtures: Vec<Fixture>,
    /// Its tests, as far as they were understood.
    pub tests: Vec<Test>,
}

/// `fixture f = …` or `request r = …`
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
}

/// A value in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
    /// How deep it is nested; the parser refuses more than [`MAX_DEPTH`].
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
}

/// `name : value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
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
    pub effect: Effect,
    /// The clauses.
    pub clauses: Vec<ExpectClause>,
    /// The whole.
    pub span: Span,
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
    Message(Text),
    Shadow(Effect, Vec<RuleName>),
}

/// The name of a rule in an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleName {
    /// `default`
    Default(Span),
    /// `rule` or `policy.rule`
    Rule(Ident),
}
