//! The tree as written: nothing is resolved yet. Spans count from the start of the item.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::span::Span;

mod action;
mod expr;
mod facts;
mod policy;
mod suite;
mod types;
mod window;
mod words;

pub use action::{
    Action, ActionClause, ActionClauseKind, Apply, Argument, AskPart, Extend, Tag, TagUse, Tier, TierApproval,
    TierClause, TierClauseKind, Tiers,
};
pub use expr::{BinaryOp, Expr, ExprKind, MAX_DEPTH};
pub use facts::{Cell, CellKind, Rows, Table, TableShape};
pub use policy::{
    Approvers, Define, Obligation, Policy, PolicyClause, PolicyClauseKind, Rule, RuleClause, RuleClauseKind, Selector,
};
pub use suite::{
    Call, Entry, Expect, ExpectClause, ExpectClauseKind, ExpectEffect, Fixture, FixtureKind, Forall, RuleName, Step,
    Suite, Test, Value, ValueKind,
};
pub use types::{
    Channel, ChannelKind, Entity, Enum, Event, Field, Member, Record, Refinement, RefinementKind, TypeExpr, TypeItem,
};
pub use window::{Aggregate, Over, Window, WindowClause, WindowClauseKind};
pub use words::{Effect, Merge, Outcome, Quantifier};

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

/// A string with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: Arc<str>,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// A number as written, without `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its digits.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}
