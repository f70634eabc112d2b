//! Expressions as written.

use super::{Ident, Number, Quantifier, Text};
use crate::span::Span;

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

impl Expr {
    /// The expressions directly inside of it, in the order in which they are written.
    #[must_use]
    pub fn parts(&self) -> Vec<&Expr> {
        self.kind.parts()
    }
}

impl ExprKind {
    /// The expressions directly inside of it, in the order in which they are written.
    #[must_use]
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            ExprKind::Member(x, _)
            | ExprKind::Not(x)
            | ExprKind::Neg(x)
            | ExprKind::Paren(x)
            | ExprKind::Count(x)
            | ExprKind::Counting(x)
            | ExprKind::Is(x, ..)
            | ExprKind::At(x, _)
            | ExprKind::Hours(x, ..)
            | ExprKind::Has(x, ..) => vec![x],
            ExprKind::Binary(_, _, a, b)
            | ExprKind::Index(a, b)
            | ExprKind::Range(a, b)
            | ExprKind::Quantifier(_, _, a, b) => vec![a, b],
            ExprKind::If(a, b, c) => vec![a, b, c],
            ExprKind::Runs(x, _, xs) => std::iter::once(&**x).chain(xs).collect(),
            ExprKind::Logic(_, xs) | ExprKind::List(xs) | ExprKind::Tuple(xs) | ExprKind::Call(_, xs) => {
                xs.iter().collect()
            }
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Text(_)
            | ExprKind::Quantity(_)
            | ExprKind::Instant(_)
            | ExprKind::Date(_)
            | ExprKind::Time(_)
            | ExprKind::Regex(_)
            | ExprKind::Glob(_)
            | ExprKind::Name(_) => vec![],
        }
    }
}

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
