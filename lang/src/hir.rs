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
    pub tiers: Vec<Tier>,
    /// Obligations by name.
    pub obligations: BTreeMap<Name, Arc<Obligation>>,
    /// Groups of approvers by name.
    pub approvers: BTreeMap<Name, Arc<Approvers>>,
    /// Windows by name: those that are declared, and one for each `limit`, under the rule's full name.
    pub windows: BTreeMap<Name, Arc<Window>>,
    /// Events by name.
    pub events: BTreeMap<Name, Arc<Event>>,
    /// Enums by name.
    pub enums: BTreeMap<Name, Arc<Enum>>,
    /// Records by name.
    pub records: BTreeMap<Name, Arc<Record>>,
    /// Entities by name.
    pub entities: BTreeMap<Name, Arc<Entity>>,
    /// Tags by name.
    pub tags: BTreeMap<Name, Arc<Tag>>,
    /// Actions by name; none that is judged as its parts.
    pub actions: BTreeMap<Name, Arc<Action>>,
    /// What approvers of calls of an action are shown, for every action.
    pub notices: BTreeMap<Name, Arc<Notice>>,
    /// Definitions by name.
    pub defines: BTreeMap<Name, Arc<Define>>,
    /// Tables by name.
    pub tables: BTreeMap<Name, Arc<Table>>,
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

impl Enum {
    /// The place of a member. What an expression calls by a short name may stand there as the item of another package
    /// that has the same: the member is the last part.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        let short = name.rsplit('.').next().unwrap_or(name);
        self.members.iter().position(|m| *m.name == *short).and_then(|i| u32::try_from(i).ok())
    }
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
    /// Whether it may hold more than these: nobody reads the rest, and approvals are bound to it.
    pub open: bool,
}

/// An entity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its name, which is also its `type` in requests.
    pub name: Name,
    /// The entities that can be above it, directly or not. Requests (or answers) list those of one entity as `in`.
    pub parents: Vec<Name>,
    /// Who vouches for its attributes and for what is above it.
    pub channel: Channel,
    /// The type of its ids, where the channel says one: a `String` or `Ident`.
    pub id: Option<Type>,
    /// Its attributes, in order. `id` is not among them: every entity has one, a `String`.
    pub fields: Vec<Field>,
}

/// Who vouches for attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// The enforcement point sends them with the request.
    Pep,
    /// A source is asked by id.
    Source {
        /// Its name.
        name: Name,
        /// The greatest age of an answer in microseconds; any where it is not said.
        fresh: Option<i64>,
    },
    /// They stand in the package: by id, the values by the fields' names in requests, as JSON.
    File(Arc<BTreeMap<Name, Name>>),
}

/// A value written out, in a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constant {
    /// A `Bool`.
    Bool(bool),
    /// A value of a type that counts, as the number that it is held as.
    Number(i64),
    /// A text, in its canonical form.
    Text(Name),
    /// A member of the enum that is the type: its index.
    Member(u32),
    /// An entity: type and id.
    Entity(Name, Name),
}

/// A table: facts by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// What rows are looked up by, in order; at least one column.
    pub keys: Vec<Key>,
    /// The type of what a row says; none of a relation, of which it is only known whether there is a row.
    pub value: Option<Type>,
    /// Whether every key has a row: it is written out over enums and `Bool` alone.
    pub total: bool,
    /// The rows.
    pub rows: Arc<TableRows>,
}

/// The rows of a table: what they say, by key. A relation's say `true`.
pub type TableRows = BTreeMap<Vec<Constant>, Constant>;

/// A column of a table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, of a relation's columns.
    pub name: Name,
    /// Its spelling in files.
    pub wire: Name,
    /// One type of single values or entities, or several entity types: which one a value has is part of the key.
    pub types: Vec<Type>,
}

/// A tier of risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: Name,
    /// The longest time that an allow may be used, in seconds.
    pub warrant: Option<u64>,
    /// What is always asked of a call of this tier or a higher one.
    pub ask: Option<Ask>,
    /// What a call of this tier or a higher one obliges to. The arguments are constants.
    pub obligations: Vec<Due>,
}

/// A kind of obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub name: Name,
    /// Its parameters, in order.
    pub params: Vec<ObligationParam>,
}

/// A parameter of an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationParam {
    /// Its name.
    pub name: Name,
    /// Its type: Bool, a number, a text, an enum, or a set of these.
    pub ty: Type,
    /// How several values become one; those without tell instances apart.
    pub merge: Option<Merge>,
}

/// How several values of a parameter become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The least; of Bool `false < true`.
    Min,
    /// The greatest.
    Max,
    /// All elements of all sets.
    Union,
    /// The elements that all sets have.
    Intersect,
}

/// An obligation with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which obligation.
    pub obligation: Name,
    /// One for each parameter, in their order.
    pub args: Vec<Expr>,
    /// Where it stands, relative to the item.
    pub span: Span,
}

/// A group of approvers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// Its name.
    pub name: Name,
    /// Who vouches for membership: the host that hands over an approval, or a source that is asked.
    pub channel: Channel,
}

/// A window: what is remembered of calls or events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its name; of a limit the rule's full name.
    pub name: Name,
    /// What is made of what it holds.
    pub aggregate: Aggregate,
    /// What it holds.
    pub of: Recorded,
    /// What each call or event brings: of a sum a number, of `distinct` and `set` a value or a collection of them.
    pub value: Option<Expr>,
    /// The type of a reading: `Int` of count and distinct, a number of a sum, a set of `set`.
    pub ty: Ty,
    /// Which of the calls or events count.
    pub condition: Option<Expr>,
    /// What it is keyed by; each is a scalar or an entity. Read under the recorded call as under the one that asks.
    pub key: Vec<Expr>,
    /// Over which time.
    pub over: Over,
    /// The most entries of one key.
    pub bound: u32,
    /// The most steps that its key, its `where` and its value take, and reading and recording it.
    pub cost: u64,
    /// The rule that a limit's window belongs to: its spans are that policy's.
    pub limit: bool,
}

/// What is made of what a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many.
    Count,
    /// Their sum.
    Sum,
    /// How many different ones.
    Distinct,
    /// The set of them.
    Set,
}

/// What a window holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Calls of these pairs of action and principal type that ended so.
    Calls(Outcome, Vec<(Name, Name)>),
    /// Events.
    Events(Name),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was allowed.
    Admitted,
    /// It was judged, whatever came of it.
    Attempted,
    /// It was denied.
    Denied,
    /// It was allowed, and attested to have failed.
    Failed,
    /// It was allowed, and attested to have succeeded.
    Succeeded,
}

/// Over which time a window remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The last so many microseconds: an entry at `u` is in it at `t` if `t - span < u`.
    Sliding(i64),
    /// The calendar's unit that holds `now`.
    Calendar(CalendarUnit, Arc<Zone>),
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}

/// An event that a gateway may report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: Name,
    /// Record of its context.
    pub context: Option<Name>,
    /// What it tells.
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
    /// Whether it is declared that nobody judges it.
    pub free: bool,
    /// What it is where it is absent: a constant of its type. Then it is not optional.
    pub default: Option<Expr>,
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
    /// `Set<T>`; the element is a scalar.
    Set(Box<Ty>),
    /// `List<T>`; the element is a scalar, a record or an entity.
    List(Box<Ty>),
    /// `Json`: any JSON value; nobody reads it.
    Json,
    /// `Instant`: microseconds since 1970-01-01T00:00:00Z
    Instant,
    /// `Duration`: microseconds
    Duration,
    /// `Date`: days since 1970-01-01
    Date,
    /// `Time`: microseconds since midnight
    Time,
    /// `Size`: bytes
    Size,
    /// A text of a syntax of its own, held in its canonical form.
    Syntax(Syntax),
    /// A named type and what stands under it: a scalar or a set of scalars.
    Named(Name, Box<Ty>),
}

/// A syntax that texts can have. Each has one canonical form, in which it is held, compared and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Syntax {
    /// `Path`
    Path,
    /// `Url`
    Url,
    /// `Host`
    Host,
    /// `Email`
    Email,
    /// `IpAddr`
    IpAddr,
    /// `IpNet`
    IpNet,
    /// `Command`
    Command,
}

impl Syntax {
    /// Every one, with its name in the language.
    pub const ALL: &[(&str, Syntax)] = &[
        ("Path", Syntax::Path),
        ("Url", Syntax::Url),
        ("Host", Syntax::Host),
        ("Email", Syntax::Email),
        ("IpAddr", Syntax::IpAddr),
        ("IpNet", Syntax::IpNet),
        ("Command", Syntax::Command),
    ];

    /// Its name in the language.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, s)| *s == self).map_or("", |(name, _)| name)
    }
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
    /// What the resource's id is computed from; then a request that names another is refused.
    pub resource_id: Option<Expr>,
    /// The tags that it says it carries, with what their fields are.
    pub tags: Vec<TagUse>,
    /// Index into [`Package::tiers`]. An action that names none has the highest.
    pub tier: Option<u32>,
    /// Record of its context.
    pub context: Option<Name>,
    /// Its arguments.
    pub input: Vec<Field>,
    /// What it gives back, as whoever forwarded the call attests. Nothing declared is nothing looked at.
    pub output: Option<Vec<Field>>,
    /// Which calls it is, where another action is judged as its parts.
    pub part_of: Option<Arc<Part>>,
}

impl Action {
    /// What decisions call it: its name in requests, or of a part its own.
    #[must_use]
    pub fn shown(&self) -> &Name {
        if self.part_of.is_some() { &self.name } else { &self.wire }
    }
}

/// A part of an action: a call names the whole on the wire, and is judged as the part whose condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The whole, which is no action of the package. A call's arguments are first read as it declares them.
    pub whole: Arc<Action>,
    /// Which calls: compares arguments of the whole with constants, and cannot fail. No two parts take the same call.
    pub when: Expr,
}

/// A tag on an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagUse {
    /// Which tag.
    pub name: Name,
    /// What its fields, and those of the tags that it is in, are here: read of `input` and `principal`.
    pub fields: Vec<(Name, Expr)>,
}

/// A tag: what some actions have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: Name,
    /// The tags that whoever carries it carries too.
    pub parents: Vec<Name>,
    /// Whether every action carries it or one in it.
    pub required: bool,
    /// What an action that carries it says.
    pub fields: Vec<Field>,
}

/// What is added to actions declared elsewhere; they hold it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extend {
    /// Which actions.
    pub actions: Vec<Name>,
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
    /// The windows of its limits.
    pub limits: Vec<Arc<Window>>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name within the policy.
    pub name: Name,
    /// Its full name, `package/policy.rule`.
    pub full_name: Name,
    /// What it covers, if that is less than its policy does.
    pub scope: Option<Vec<(Name, Name)>>,
    /// What it does.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// `when A unless B` is `A and not B`; without either it is `true`. Of a limit also that there is no room.
    pub condition: Expr,
    /// Whom to ask: always of [`Effect::RequireApproval`], sometimes of [`Effect::Allow`].
    pub ask: Option<Ask>,
    /// Of a limit, its window and the greatest reading `counting this` that it leaves room for.
    pub limit: Option<(Name, i64)>,
    /// Of a raise, the tier: an index into [`Package::tiers`].
    pub raise: Option<u32>,
    /// What it obliges to.
    pub obligations: Vec<Due>,
    /// The most steps that its condition, its policy's guard and the arguments of its obligations take.
    pub cost: u64,
    /// Its message for those who approve and audit.
    pub because: Option<Vec<Piece>>,
    /// Its message for the agent.
    pub tell: Option<Vec<Piece>>,
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
    /// Denies where there is no room.
    Limit,
    /// Puts the call into a higher tier.
    Raise,
    /// Adds obligations.
    Oblige,
}

impl Effect {
    /// As it stands in a decision: `allow`, `require_approval`, `deny`, `limit`, `raise`, `oblige`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::RequireApproval => "require_approval",
            Effect::Deny => "deny",
            Effect::Limit => "limit",
            Effect::Raise => "raise",
            Effect::Oblige => "oblige",
        }
    }
}

/// The approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whom.
    pub from: From,
    /// How many different people, at least 1.
    pub quorum: u32,
    /// How long an approval lasts, in seconds.
    pub expires: Option<u64>,
}

/// Whom an approval must come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// Members of a group of approvers.
    Group(Name),
    /// The entity that `principal.acts_for` is: a path to an entity, known to be present where the rule holds.
    ActsFor(Path),
}

impl From {
    /// As it stands in a decision: the group's name, or the path as it is written.
    #[must_use]
    pub fn show(&self) -> Name {
        match self {
            From::Group(name) => name.clone(),
            From::ActsFor(path) => {
                path.fields.iter().fold("principal".to_owned(), |text, field| format!("{text}.{field}")).into()
            }
        }
    }
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
    /// The reading of a window looking back; `?` where it fails.
    Reading {
        /// Which window.
        window: Name,
        /// The type of its reading.
        ty: Ty,
        /// Digits after the point of a `Decimal`.
        places: u8,
    },
}

/// What whoever is asked to approve a call of an action is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notice {
    /// Its parts in the order of [`Aspect::ALL`]; the summary is always among them.
    pub parts: Vec<(Aspect, Vec<Piece>)>,
}

/// A part of what an approver is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// What would be done.
    Summary,
    /// What it can touch if it goes wrong.
    BlastRadius,
    /// How it is taken back.
    Rollback,
    /// How sure whoever asks is of it.
    Confidence,
}

impl Aspect {
    /// Every one, with its name in policies and decisions.
    pub const ALL: &[(&str, Aspect)] = &[
        ("summary", Aspect::Summary),
        ("blast_radius", Aspect::BlastRadius),
        ("rollback", Aspect::Rollback),
        ("confidence", Aspect::Confidence),
    ];

    /// Its name in policies and decisions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, aspect)| *aspect == self).map_or("", |(name, _)| name)
    }
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

impl Expr {
    /// The expressions directly inside of it, in the order in which they are written.
    #[must_use]
    pub fn parts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Not(x)
            | ExprKind::Neg(x)
            | ExprKind::Else(_, x)
            | ExprKind::Matches(x, _)
            | ExprKind::Glob(x, _)
            | ExprKind::Runs(x, ..)
            | ExprKind::Count(x)
            | ExprKind::Hours(x, _)
            | ExprKind::Local(x, ..) => vec![x],
            ExprKind::And(xs) | ExprKind::Or(xs) | ExprKind::Call(_, xs) | ExprKind::List(xs) => xs.iter().collect(),
            ExprKind::Compare(_, a, b)
            | ExprKind::Arith(_, a, b)
            | ExprKind::In(a, b)
            | ExprKind::Under(a, b)
            | ExprKind::Collect(_, a, b)
            | ExprKind::Quantifier { over: a, body: b, .. } => vec![a, b],
            ExprKind::If(a, b, c) => vec![a, b, c],
            ExprKind::InList(x, xs) => std::iter::once(&**x).chain(xs).collect(),
            ExprKind::Lookup(_, key, other) => key.iter().chain(other.as_deref()).collect(),
            ExprKind::InTable(_, key) => key.iter().collect(),
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Member(_)
            | ExprKind::Entity(_)
            | ExprKind::Path(_)
            | ExprKind::Has(_)
            | ExprKind::Is(..)
            | ExprKind::Reading { .. } => vec![],
        }
    }
}

/// Kinds of expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// A whole number, its type being `Int`, `Instant`, `Duration`, `Date`, `Time`, `Size` or named on one.
    Int(i64),
    /// A number in ten-thousandths, its type being `Decimal` or named on it.
    Decimal(i64),
    /// A text, its type being `String`, `Ident`, a syntax (then in its canonical form) or named on one.
    Text(Name),
    /// An entity by its id, its type being an entity.
    Entity(Name),
    /// A list of values, its type being a list or a set.
    List(Vec<Expr>),
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
    /// `==`, `!=` on equal types (all but records and collections); `<` and its kin on numbers, times, sizes and
    /// ordered enums. A range after `in` is two of these.
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// `+`, `-` on two of one number type, two durations or two sizes; an instant less an instant is a duration, and
    /// an instant and a duration give an instant. `*` with an `Int` constant on one side.
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// `-x`
    Neg(Box<Expr>),
    /// `x in xs`: a set or a list.
    In(Box<Expr>, Box<Expr>),
    /// `x in [a, b]`; the elements are literals.
    InList(Box<Expr>, Vec<Expr>),
    /// `path has name`: whether the whole path is there.
    Has(Path),
    /// `principal is N`: whether the entity there is of this type.
    Is(Path, Name),
    /// `path ?? other`
    Else(Path, Box<Expr>),
    /// `text matches re"…"`
    Matches(Box<Expr>, Pattern),
    /// `text matches glob"…"`: the pattern that it was translated to.
    Glob(Box<Expr>, Pattern),
    /// `a under b`: at or below. Of paths, hosts, and an address in a net or a net in a net; of entities, whether the
    /// one on the right is the one on the left or above it.
    Under(Box<Expr>, Box<Expr>),
    /// `command runs only ["…"]`, `runs any`: true for `only`.
    Runs(Box<Expr>, bool, Arc<[Name]>),
    /// A definition applied to arguments. An argument of entity or record type is a path.
    Call(Name, Vec<Expr>),
    /// `any(x in xs: c)`, `all(…)`, `count(…)`
    Quantifier {
        /// What is asked.
        kind: Quantifier,
        /// The collection.
        over: Box<Expr>,
        /// The number of the variable: how many quantifiers stand around this one. It is read as [`Root::Var`].
        var: u32,
        /// What is asked of each element.
        body: Box<Expr>,
    },
    /// `count(xs)`
    Count(Box<Expr>),
    /// `a + b`, `a - b`, `a & b` of two collections: of lists only `+`, which joins them.
    Collect(Collect, Box<Expr>, Box<Expr>),
    /// `if c then a else b`. A condition that fails fails the whole.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `t(a, b)`: what the row of a table says under a key of paths and constants. `?? other` where there is none; only
    /// a table that has every row stands without it. Where the table's column may be one of several entity types, the
    /// type of a path in it is that of the request at hand.
    Lookup(Name, Vec<Expr>, Option<Box<Expr>>),
    /// `(a, b) in t`: whether a table has a row under a key.
    InTable(Name, Vec<Expr>),
    /// What a window says: looking back, or `counting this` call as if it were admitted.
    Reading {
        /// Which window.
        window: Name,
        /// `counting this`
        counting: bool,
    },
    /// `t at "Zone" in mon..fri 09:00..17:00`
    Hours(Box<Expr>, Arc<Hours>),
    /// `(t at "Zone").date`: a part of the local time.
    Local(Box<Expr>, Arc<Zone>, LocalPart),
}

/// What is asked of the elements of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Whether it is true of one; false of none.
    Any,
    /// Whether it is true of all; true of none.
    All,
    /// Of how many it is true; one that fails fails the whole.
    Count,
}

/// What is made of two collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collect {
    /// What either has; of lists, one after the other.
    Join,
    /// What the first has and the second has not.
    Without,
    /// What both have.
    Common,
}

/// Times of the week in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The zone.
    pub zone: Arc<Zone>,
    /// On which days it opens, bit 0 for Monday.
    pub days: u8,
    /// From this time of day, in microseconds since midnight.
    pub start: i64,
    /// To this one, which is out; at or before the start it is on the next day.
    pub end: i64,
}

/// A zone, by the name that the policy gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `America/New_York`
    pub name: Name,
    /// Its rules, pinned.
    pub rules: Arc<zt_values::zone::Zone>,
}

/// A part of a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocalPart {
    /// `Date`
    Date,
    /// `Time`
    Time,
    /// `Int`, 1 for Monday
    Weekday,
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
    /// The instant of the decision.
    Now,
    /// A field of a tag: the first two fields of the path are the tag and its field. It stands for what the action at
    /// hand says of it, in [`Action::tags`]: that tag's or one in it.
    Tag,
    /// What an event tells, within a window over it.
    Event,
    /// What an attested call gave back, within a window over such.
    Output,
    /// A parameter of the definition around it, by index.
    Param(u32),
    /// The variable of a quantifier around it, by its number.
    Var(u32),
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
    /// The action, by its zt name.
    pub action: Name,
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
