//! The checked tree: names are resolved, every expression has a type, nothing is left to refuse.
//!
//! The evaluator reads it, the compiler lowers it, the editor asks it. References between items are by
//! name, so that an edit inside one item leaves the others equal. Spans are relative to the item.

use std::collections::BTreeMap;
use std::sync::Arc;

mod action;
pub(crate) mod choice;
mod expr;
mod facts;
mod policy;
mod suite;
mod types;
mod window;

pub use crate::syntax::ast::{Effect, Merge, Outcome, Quantifier};
pub use action::{Action, Aspect, Extend, Notice, Part, Piece, Tag, TagUse, Tier};
pub use choice::Distinction;
pub use expr::{Arith, Cmp, Collect, Define, Expr, ExprKind, Hours, Inspected, LocalPart, Path, Root, Zone};
pub use facts::{Constant, Detector, Key, Search, Sought, Source, Table, TableRows};
pub use policy::{Approvers, Ask, Due, From, Obligation, ObligationParam, Policy, Rule};
pub use suite::{Attest, Call, Expect, Law, Observe, Step, Suite, Test};
pub use types::{Bounds, Channel, Dfa, Entity, Enum, Event, Field, Member, Pattern, Record, Syntax, Ty, Type};
pub use window::{Aggregate, CalendarUnit, Over, Recorded, Window};
pub use zt_values::Shape;

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
    /// Tables of patterns by name: those that a rule, a window or a message asks.
    pub detectors: BTreeMap<Name, Arc<Detector>>,
    /// Policies in order: by file, then as written. Decisions name rules in this order.
    pub policies: Vec<Arc<Policy>>,
    /// Test suites in order.
    pub suites: Vec<Arc<Suite>>,
}
