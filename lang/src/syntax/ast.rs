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
    /// Whether `pub` stands in front of it: other packages may use it.
    pub public: bool,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant holds the struct of its name")]
pub enum ItemKind {
    Package(Ident),
    Use(Use),
    Enforce(Enforce),
    Enum(Enum),
    Type(TypeItem),
    Record(Record),
    Entity(Entity),
    Action(Action),
    Extend(Extend),
    Tag(Tag),
    Tiers(Tiers),
    Approvers(Approvers),
    Obligation(Obligation),
    Window(Window),
    Event(Event),
    Table(Table),
    Policy(Policy),
    Define(Define),
    Suite(Suite),
}

impl ItemKind {
    /// The item's name.
    #[must_use]
    pub fn name(&self) -> &Ident {
        match self {
            ItemKind::Package(name) => name,
            ItemKind::Use(x) => &x.path,
            ItemKind::Enforce(x) => &x.policy,
            ItemKind::Extend(x) => &x.name,
            ItemKind::Tag(x) => &x.name,
            ItemKind::Approvers(x) => &x.name,
            ItemKind::Obligation(x) => &x.name,
            ItemKind::Window(x) => &x.name,
            ItemKind::Event(x) => &x.name,
            ItemKind::Table(x) => &x.name,
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

/// `use a.b` or `use a.b.{c, d}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What stands before the braces; a name of its own without them.
    pub path: Ident,
    /// What stands between the braces.
    pub names: Option<Vec<Ident>>,
}

/// `enforce a.b.policy`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforce {
    /// The policy, with its package.
    pub policy: Ident,
    /// `with allows`
    pub allows: bool,
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
    /// What stands after a comma there.
    pub second: Option<Box<TypeExpr>>,
    /// What else it may be: `A or B`.
    pub or: Vec<TypeExpr>,
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
    /// `accepts ["…"]`
    Accepts(Vec<Expr>),
    /// `refuses ["…"]`
    Refuses(Vec<Expr>),
    /// `free`
    Free,
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
    /// Whether it says `open`.
    pub open: bool,
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
    /// `= value`: what it is where it is absent.
    pub default: Option<Expr>,
    /// `merge max`, of an obligation's parameter.
    pub merge: Option<(Merge, Span)>,
    /// Whether a comma follows.
    pub comma: bool,
}

/// How several values of an obligation's parameter become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum Merge {
    Min,
    Max,
    Union,
    Intersect,
}

/// Who vouches for attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Which.
    pub kind: ChannelKind,
    /// Where it stands, without `from`.
    pub span: Span,
}

/// Kinds of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelKind {
    /// A word: `pep` is the only one that means something.
    Word(Ident),
    /// `source orders by Key fresh 5min`
    Source {
        /// Its name.
        name: Ident,
        /// The type of the id by which it is asked.
        by: Option<TypeExpr>,
        /// The greatest age of an answer.
        fresh: Option<Number>,
    },
    /// `file "orders.csv"`
    File(Text),
}

/// `entity E from pep { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub name: Ident,
    /// The entities that can be above it.
    pub parents: Vec<Ident>,
    /// The channel that vouches for its attributes.
    pub from: Option<Channel>,
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
    /// `= parent when …`
    pub part_of: Option<(Ident, Expr)>,
    /// Its clauses, in any order.
    pub clauses: Vec<ActionClause>,
}

/// `extend a.b { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extend {
    /// The first selector, as written.
    pub name: Ident,
    /// Which actions.
    pub selectors: Vec<Selector>,
    /// Its clauses, in any order.
    pub clauses: Vec<ActionClause>,
}

/// `tag t in u { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: Ident,
    /// The tags that whoever carries it carries too.
    pub parents: Vec<Ident>,
    /// Whether every action must carry it or one in it.
    pub required: Option<Span>,
    /// What an action that carries it must say.
    pub fields: Vec<Field>,
}

/// A tag on an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagUse {
    /// Which.
    pub name: Ident,
    /// What its fields are here.
    pub fields: Vec<Argument>,
    /// The whole.
    pub span: Span,
}

/// `name : expression`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: Ident,
    /// The value.
    pub value: Expr,
    /// Whether a comma follows.
    pub comma: bool,
}

/// `obligation(name: value)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apply {
    /// Which obligation.
    pub name: Ident,
    /// Its parameters.
    pub args: Vec<Argument>,
    /// The whole.
    pub span: Span,
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
    /// The entity, and what its id is computed from.
    On(Ident, Option<Expr>),
    Tier(Ident),
    Tags(Vec<TagUse>),
    Context(Ident),
    Input(Vec<Field>),
    Output(Vec<Field>),
    /// What an approver is shown.
    Ask {
        clauses: Vec<AskPart>,
    },
}

/// `summary "…"`: a part of what an approver is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskPart {
    /// Which.
    pub name: Ident,
    /// What it says.
    pub text: Text,
}

/// `tiers t { T0 { … } T1 { … } }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    /// Its name.
    pub name: Ident,
    /// Lowest first.
    pub tiers: Vec<Tier>,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: Ident,
    /// Its clauses, in any order.
    pub clauses: Vec<TierClause>,
}

/// A clause of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierClause {
    /// Which.
    pub kind: TierClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum TierClauseKind {
    Warrant(Number),
    Approval(TierApproval),
    From(Ident),
    Quorum(Number),
    Expires(Number),
    With(Vec<Apply>),
}

/// Whether a tier asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum TierApproval {
    Never,
    Conditional,
    Always,
}

/// `approvers leads from source directory`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// Its name.
    pub name: Ident,
    /// Who vouches for membership.
    pub from: Option<Channel>,
}

/// `obligation audit { level : Level merge max }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub fields: Vec<Field>,
}

/// `window w = count of a.b by principal over 1h`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its name.
    pub name: Ident,
    /// What is made of what it holds.
    pub aggregate: Aggregate,
    /// Of calls that ended how; admitted ones where nothing is said.
    pub outcome: Option<(Outcome, Span)>,
    /// Of which actions; none where the value is an event's.
    pub selectors: Vec<Selector>,
    /// Its clauses, in any order.
    pub clauses: Vec<WindowClause>,
}

/// What is made of what a window holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aggregate {
    /// `count of`
    Count,
    /// `sum e of`
    Sum(Expr),
    /// `distinct e of`
    Distinct(Expr),
    /// `set of T in e`
    Set(Ident, Expr),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum Outcome {
    Admitted,
    Attempted,
    Denied,
    Failed,
    Succeeded,
}

/// A clause of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowClause {
    /// Which.
    pub kind: WindowClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of clause of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum WindowClauseKind {
    By(Vec<Expr>),
    Over(Over),
    Where(Expr),
    Max(Number),
}

/// Over which time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// `1h`: it slides.
    Sliding(Number),
    /// `day at "Europe/Paris"`
    Calendar(Ident, Text),
}

/// `event user.message context Gateway { text : String }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: Ident,
    /// Record of its context.
    pub context: Option<Ident>,
    /// What it tells.
    pub fields: Vec<Field>,
}

/// `table t (K1, K2) -> V from file "t.csv"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Ident,
    /// What it maps to what, or relates.
    pub shape: TableShape,
    /// Where its rows come from.
    pub from: Option<Channel>,
    /// Its rows, where they are written out.
    pub rows: Option<Rows>,
}

/// What a table maps to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableShape {
    /// `(K1, K2) -> V`
    Function(Vec<TypeExpr>, TypeExpr),
    /// `{ who : User, role : Role }`
    Relation(Vec<Field>),
}

/// `a | b => c | d`, several of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Each a row: what stands before and after the arrow.
    pub rows: Vec<(Vec<Cell>, Vec<Cell>)>,
    /// The whole.
    pub span: Span,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub kind: CellKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of cell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants say what stands there")]
pub enum CellKind {
    Value(Expr),
    /// `refunds.granted`, where one word would not say which.
    Rule(Ident),
    Effect(Effect),
    Default,
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
    /// `mail.get_*`: what the names begin with
    Prefix(Ident),
    /// `#tag`
    Tag(Ident),
}

impl Selector {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Selector::Any(span) => *span,
            Selector::Action(x) | Selector::Prefix(x) | Selector::Tag(x) => x.span,
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum Effect {
    Allow,
    Deny,
    RequireApproval,
    Limit,
    Raise,
    Oblige,
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
    For(Vec<Selector>),
    Because(Text),
    Tell(Text),
    With(Vec<Apply>),
    /// `with approval`
    WithApproval,
    From(Ident),
    Quorum(Number),
    Expires(Number),
    /// `10 per 1h`, of a limit
    Rate(Expr, Over),
    /// `of e`, of a limit
    Of(Expr),
    /// `by k`, of a limit
    By(Vec<Expr>),
    /// `to T`, of a raise
    To(Ident),
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
    /// `30min`, `10MiB`
    Quantity(Number),
    /// `2026-03-27T14:00:00Z`
    Instant(Number),
    /// `2026-03-27`
    Date(Number),
    /// `09:00`
    Time(Number),
    Regex(Text),
    Glob(Text),
    Name(Ident),
    Member(Box<Expr>, Ident),
    /// `m[key]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a)`; the name may have dots.
    Call(Ident, Vec<Expr>),
    /// `any(x in xs: c)` and its kin
    Quantifier(Quantifier, Ident, Box<Expr>, Box<Expr>),
    /// `count(xs)`
    Count(Box<Expr>),
    /// `w counting this`
    Counting(Box<Expr>),
    /// `e is T as x`
    Is(Box<Expr>, Ident, Option<Ident>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `t at "Europe/Paris"`
    At(Box<Expr>, Text),
    /// `a .. b`, after `in`
    Range(Box<Expr>, Box<Expr>),
    /// `mon..fri 09:00..17:00`, after `in`
    Hours(Box<Expr>, Number, Number),
    /// `(a, b)`, before `in`
    Tuple(Vec<Expr>),
    /// `c runs only ["…"]`; true for `only`
    Runs(Box<Expr>, bool, Vec<Expr>),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// `and` or `or` of two or more.
    Logic(BinaryOp, Vec<Expr>),
    Has(Box<Expr>, Ident, Option<Ident>),
    List(Vec<Expr>),
    Paren(Box<Expr>),
}

/// What is asked of the elements of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the words of the language")]
pub enum Quantifier {
    Any,
    All,
    Count,
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
    Under,
    Coalesce,
    Add,
    Sub,
    Mul,
    Intersect,
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
            BinaryOp::Under => "under",
            BinaryOp::Intersect => "&",
            BinaryOp::Coalesce => "??",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
        }
    }

    /// Whether it compares.
    #[must_use]
    pub fn compares(self) -> bool {
        use BinaryOp::{Eq, Ge, Gt, In, Le, Lt, Matches, Ne, Under};
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge | In | Matches | Under)
    }
}

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
    /// `Team("support")`
    Reference(Ident, Text),
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
    /// `then succeeded` or `then failed`: how the call before ended.
    Attest(bool, Span),
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
