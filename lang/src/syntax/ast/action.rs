//! Actions, tags and tiers as written.

use super::{Expr, Field, Ident, Number, Selector, Text};
use crate::span::Span;

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
