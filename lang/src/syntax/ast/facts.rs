//! Tables as written, and rows of cells.

use super::{Channel, Effect, Expr, Field, Ident, TypeExpr};
use crate::span::Span;

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
