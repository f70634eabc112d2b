//! The checked tree: names are resolved, every expression has a type, nothing is left to refuse.
//!
//! The evaluator reads it, the compiler lowers it, the editor asks it. References between items are by
//! name, so that an edit inside one item leaves the others equal. Spans are relative to the item.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::span::{ItemKey, Span};

/// A name, shared cheaply.
pub type Name = Arc<str>;

/// A package without an error in it. Only a clean check makes one (see [`crate::check::package`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The package's name, `acme.support`.
    pub name: Name,
    /// The tiers, lowest first; empty if none are declared.
    pub tiers: Vec<Name>,
    /// Enums by name.
    pub enums: BTreeMap<Name, Arc<Enum>>,
    /// Records by name.
    pub records: BTreeMap<Name, Arc<Record>>,
    /// Entities by name.
    pub entities: BTreeMap<Name, Arc<Entity>>,
    /// Actions by name.
    pub actions: BTreeMap<Name, Arc<Action>>,
    /// Definitions by name.
    pub defines: BTreeMap<Name, Arc<Define>>,
    /// Policies in order: by file, then as written. Decisions name rules in this order.
    pub policies: Vec<Arc<Policy>>,
    /// Test suites in order.
    pub suites: Vec<Arc<Suite>>,
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Whether `<` compares its members, the first being the lowest.
    pub ordered: bool,
    /// Its members, in order.
    pub members: Vec<Member>,
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in zt.
    pub name: Name,
    /// Its spelling in requests.
    pub wire: Name,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

/// An entity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its name, which is also its `type` in requests.
    pub name: Name,
    /// Its attributes, in order. `id` is not among them: every entity has one, a `String`.
    pub fields: Vec<Field>,
}

/// A field of a record, an attribute of an entity, an argument of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in zt.
    pub name: Name,
    /// Its spelling in requests.
    pub wire: Name,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
}

/// A declared type: what it is, and what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub ty: Ty,
    /// What it refuses: its own refinements and those of the named type together.
    pub bounds: Bounds,
}

/// A type, without refinements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    /// `Bool`
    Bool,
    /// `Int`: i64
    Int,
    /// `Decimal`: i64 of ten-thousandths
    Decimal,
    /// `String`
    String,
    /// `Ident`
    Ident,
    /// An enum
    Enum(Name),
    /// A record
    Record(Name),
    /// An entity
    Entity(Name),
    /// `Set<T>`; the element is none of record, entity and set
    Set(Box<Ty>),
    /// A named type and what stands under it: `Bool`, `Int`, `Decimal`, `String`, `Ident` or a set of them.
    Named(Name, Box<Ty>),
}

impl Ty {
    /// The type without its name: `Usd` is `Decimal`.
    #[must_use]
    pub fn base(&self) -> &Ty {
        match self {
            Ty::Named(_, base) => base.base(),
            other => other,
        }
    }
}

/// What a declared type refuses. Each bound means something for some types only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Least value of an `Int`, or of a `Decimal` in ten-thousandths.
    pub min: i64,
    /// Greatest value of an `Int`, or of a `Decimal` in ten-thousandths.
    pub max: i64,
    /// Digits after the point of a `Decimal`, 0 to 4.
    pub places: u8,
    /// Bytes of a `String` or `Ident`, elements of a `Set` (repetitions included).
    pub length: u32,
    /// Patterns that a whole `String` or `Ident` matches.
    pub patterns: Vec<Pattern>,
    /// The bounds of a set's elements.
    pub element: Option<Box<Bounds>>,
}

/// A regular expression that compiles within its limits.
#[derive(Clone)]
pub struct Pattern {
    /// As written.
    pub source: Name,
    /// The same with ASCII classes spelled out, anchored at both ends; any regex engine may run it.
    pub anchored: Name,
    /// Its automaton: a sparse or dense DFA of regex-automata in little-endian bytes.
    pub dfa: Arc<Dfa>,
}

/// An automaton in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dfa {
    /// Whether the bytes are those of a sparse DFA (otherwise dense).
    pub sparse: bool,
    /// As written by regex-automata's `to_bytes_little_endian`, without the initial padding.
    pub bytes: Vec<u8>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        // The automaton follows from the source.
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "re{:?}", self.source)
    }
}

/// An action: something that a principal may ask to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its name in zt, `stripe.refund.create`.
    pub name: Name,
    /// Its name in requests.
    pub wire: Name,
    /// Entity types that may call it, in the order written; at least one.
    pub principals: Vec<Name>,
    /// Entity type that it acts on.
    pub resource: Option<Name>,
    /// Index into [`Package::tiers`]. An action that names none has the highest.
    pub tier: Option<u32>,
    /// Record of its context.
    pub context: Option<Name>,
    /// Its arguments.
    pub input: Vec<Field>,
}

/// A definition: a pure function of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Define {
    /// Its name.
    pub name: Name,
    /// Parameters.
    pub params: Vec<(Name, Ty)>,
    /// What it says; reads only `Root::Param`.
    pub body: Expr,
}

/// A policy: rules with one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Where it stands.
    pub key: ItemKey,
    /// Its name.
    pub name: Name,
    /// What it covers: pairs of action and principal type, never empty.
    pub scope: Vec<(Name, Name)>,
    /// What must hold for any of its rules to hold.
    pub guard: Option<Expr>,
    /// Its rules in order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name within the policy.
    pub name: Name,
    /// Its full name, `package/policy.rule`.
    pub full_name: Name,
    /// What it does.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// `when A unless B` is `A and not B`; without either it is `true`.
    pub condition: Expr,
    /// Whom to ask; only with [`Effect::RequireApproval`], and always there.
    pub ask: Option<Ask>,
    /// Its message.
    pub because: Option<Vec<Piece>>,
    /// The whole rule.
    pub span: Span,
    /// Its name in the text.
    pub name_span: Span,
}

/// What a rule does when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Asks.
    RequireApproval,
    /// Denies.
    Deny,
}

impl Effect {
    /// As it stands in a decision: `allow`, `require_approval`, `deny`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::RequireApproval => "require_approval",
            Effect::Deny => "deny",
        }
    }
}

/// The approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The group of approvers.
    pub from: Name,
    /// How many different people, at least 1.
    pub quorum: u32,
    /// How long an approval lasts, in seconds.
    pub expires: Option<u64>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Fixed text.
    Text(Name),
    /// A value: Bool, Int, Decimal, String, Ident, enum, or an entity (its id). `?` where it is absent.
    Path {
        /// What is read.
        path: Path,
        /// Its type.
        ty: Ty,
        /// Digits after the point of a `Decimal`.
        places: u8,
    },
}

/// An expression with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Where it stands, relative to the item.
    pub span: Span,
}

/// Kinds of expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// A whole number, its type being `Int` or named on it.
    Int(i64),
    /// A number in ten-thousandths, its type being `Decimal` or named on it.
    Decimal(i64),
    /// A text, its type being `String`, `Ident` or named on them.
    Text(Name),
    /// A member of the enum that is the type: its index.
    Member(u32),
    /// A value read from the request or a parameter; known to be present here.
    Path(Path),
    /// `not`
    Not(Box<Expr>),
    /// `and` of two or more.
    And(Vec<Expr>),
    /// `or` of two or more.
    Or(Vec<Expr>),
    /// `==`, `!=` on equal types (Bool, Int, Decimal, texts, enums, entities); `<` and its kin on numbers
    /// and ordered enums.
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// `+`, `-` on two of one number type; `*` with an `Int` constant on one side.
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// `-x`
    Neg(Box<Expr>),
    /// `x in set`; the set is a path.
    In(Box<Expr>, Path),
    /// `x in [a, b]`; the elements are literals.
    InList(Box<Expr>, Vec<Expr>),
    /// `path has name`: whether the whole path is there.
    Has(Path),
    /// `path ?? other`
    Else(Path, Box<Expr>),
    /// `text matches re"…"`
    Matches(Box<Expr>, Pattern),
    /// A definition applied to arguments. An argument of entity or record type is a path.
    Call(Name, Vec<Expr>),
}

/// A value read step by step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// Where it starts.
    pub root: Root,
    /// Fields by their zt names; `id` on an entity is its id. Empty: the root itself.
    pub fields: Vec<Name>,
}

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// `principal`
    Principal,
    /// `resource`
    Resource,
    /// `context`
    Context,
    /// `input`
    Input,
    /// A parameter of the definition around it, by index.
    Param(u32),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cmp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// An arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// A test suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Where it stands.
    pub key: ItemKey,
    /// Its name.
    pub name: Name,
    /// Its tests in order.
    pub tests: Vec<Test>,
}

/// A test: calls, each with what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: Name,
    /// The calls in order.
    pub calls: Vec<Call>,
    /// The whole test.
    pub span: Span,
}

/// A call in a test, with every fixture filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which action, by its zt name.
    pub action: Name,
    /// The request, as a gateway would send it: AuthZEN JSON.
    pub request: Name,
    /// The call in the text.
    pub span: Span,
    /// What is expected, one or more.
    pub expects: Vec<Expect>,
}

/// What a test expects of a decision; every part given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// The effect.
    pub effect: Effect,
    /// Full names of rules that must be among those that determined it; or `default`.
    pub rules: Vec<Name>,
    /// The tier.
    pub tier: Option<Name>,
    /// Who must be asked.
    pub from: Option<Name>,
    /// The message of some determining rule, in full.
    pub message: Option<Name>,
    /// What the decision would have been with the shadow rules.
    pub shadow: Option<(Effect, Vec<Name>)>,
    /// The expectation in the text.
    pub span: Span,
}
