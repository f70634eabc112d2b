//! Expressions, each with its type.

use std::sync::Arc;

use super::{Name, Pattern, Quantifier, Ty};
use crate::span::Span;

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
            | ExprKind::Detect(_, Inspected::Text(x))
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
            | ExprKind::Detect(_, Inspected::Input)
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
    /// `t(text)`, `t(input)`: what a table of patterns finds in a text, or in all texts of the arguments: names of
    /// members and strings, wherever they are, defaults included.
    Detect(Name, Inspected),
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

/// What is searched by a table of patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspected {
    /// A text.
    Text(Box<Expr>),
    /// All texts of the arguments.
    Input,
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

impl Path {
    /// What a step leads to.
    #[must_use]
    pub fn then(&self, step: Name) -> Path {
        // There are many paths, and none of them grows.
        let mut fields = Vec::with_capacity(self.fields.len() + 1);
        fields.extend_from_slice(&self.fields);
        fields.push(step);
        Path { root: self.root, fields }
    }

    /// As it is written, after what stands for its root. What a value turned out to be is no word of it.
    #[must_use]
    pub fn written(&self, root: &str) -> String {
        let mut out = root.to_owned();
        for field in self.fields.iter().filter(|field| !field.starts_with("is ")) {
            if !field.starts_with('[') && !out.is_empty() {
                out.push('.');
            }
            out.push_str(field);
        }
        out
    }
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
    /// hand says of it, in [`crate::hir::Action::tags`]: that tag's or one in it.
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

impl Root {
    /// The word that it is written as; none of what has a name of its own: a tag, a parameter, a variable.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::Principal => "principal",
            Self::Resource => "resource",
            Self::Context => "context",
            Self::Input => "input",
            Self::Now => "now",
            Self::Event => "event",
            Self::Output => "output",
            Self::Tag | Self::Param(_) | Self::Var(_) => return None,
        })
    }
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
