//! Windows as written.

use super::{Expr, Ident, Number, Outcome, Selector, Text};
use crate::span::Span;

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
