//! Types as written: enums, records, entities, events, and who vouches for what.

use super::{Expr, Ident, Merge, Number, Text};
use crate::span::Span;

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

impl TypeExpr {
    /// Where it says that what is of the type may be absent: `A or B?` is optional as a whole.
    #[must_use]
    pub fn absent(&self) -> Option<Span> {
        self.or.iter().rev().chain([self]).find_map(|one| one.optional)
    }

    /// Whether it says that nobody judges what is of the type.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let free = |r: &Refinement| matches!(r.kind, RefinementKind::Free);
        self.or.iter().chain([self]).any(|one| one.refinements.iter().any(free))
    }
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
