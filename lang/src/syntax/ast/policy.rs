//! Policies, definitions and what rules oblige to, as written.

use super::{Apply, Channel, Effect, Expr, Field, Ident, Number, Over, Text, TypeExpr};
use crate::span::Span;

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
