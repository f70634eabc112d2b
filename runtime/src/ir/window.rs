//! Windows: what is remembered of calls and events, and what an entry does with it.

use serde::{Deserialize, Serialize};
use zt_values::civil::Unit;
use zt_values::zone::Zone;

use super::{Expr, Gather, Lookup, TableId};
use crate::schema::{Reads, Slot, Syntax, TypeId};
use crate::store::Aggregate;

/// A window: what is remembered of calls or events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its name; of a limit the rule's full name.
    pub name: String,
    /// Whether it is the window of a limit.
    pub limit: bool,
    /// What is made of what it holds.
    pub aggregate: Aggregate,
    /// What it holds.
    pub of: Recorded,
    /// Over which time.
    pub over: Over,
    /// The most entries of one key.
    pub bound: u32,
    /// Of a sum whether it is of decimals, of a set what its elements are.
    pub kind: Kind,
    /// Whether an enforced rule of the package reads it: then a call that cannot be recorded is denied.
    pub enforced: bool,
    /// Whether a shadow rule of the package reads it. What neither reads may still be shown in messages.
    pub shadow: bool,
}

/// What a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recorded {
    /// Calls that were allowed.
    Admitted,
    /// Calls, whatever came of them.
    Attempted,
    /// Calls that were denied.
    Denied,
    /// Calls that were allowed and attested to have failed.
    Failed,
    /// Calls that were allowed and attested to have succeeded.
    Succeeded,
    /// Events.
    Event,
}

/// Over which time a window remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Over {
    /// The last so many microseconds, by the clock that only runs forward.
    Sliding(i64),
    /// The calendar's unit that holds the instant, by the wall clock.
    Calendar(Unit, Zone),
}

/// What a word stands for, apart from its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Truth.
    Bool,
    /// A whole number, whatever it counts.
    Int,
    /// A number of bytes.
    Size,
    /// A number in ten-thousandths.
    Decimal,
    /// A text.
    Text,
    /// Microseconds since 1970.
    Instant,
    /// Microseconds.
    Duration,
    /// A member of this enum.
    Member(TypeId),
    /// The id of an entity of the type of this name.
    Entity(String),
}

/// A value with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What it stands for.
    pub kind: Kind,
    /// The value.
    pub expr: Expr,
}

/// What a call or an event brings to a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Brought {
    /// That it happened.
    Once,
    /// A number.
    Number(Expr),
    /// A value.
    Value(Component),
    /// Elements, all of the same kind.
    Elements {
        /// What they stand for.
        kind: Kind,
        /// Which they are.
        of: Vec<Gather>,
    },
    /// The parts of texts that are of a syntax of their own.
    Parts {
        /// Which parts.
        sought: Sought,
        /// The texts.
        of: Vec<Gather>,
    },
}

/// Which parts of a text are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sought {
    /// Those of a syntax, in their canonical form.
    Syntax(Syntax),
    /// The whole text if it is an identifier, otherwise its parts that are.
    Ident,
}

/// What an entry or an event has to do with a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryWindow {
    /// Which: index into [`super::Program::windows`].
    pub window: u32,
    /// What it is keyed by.
    pub key: Vec<Component>,
    /// How calls are recorded in it, if they are.
    pub records: Option<Recording>,
    /// Where the reading looking back goes, if a rule reads it.
    pub past: Option<Reading>,
    /// Where the reading as if this call were admitted goes, if a rule reads it.
    pub counting: Option<Reading>,
    /// The greatest reading that the window's limit leaves room for.
    pub max: Option<i64>,
    /// Whether the decision tells the reading looking back: some rule in scope reads it, and it is no limit's.
    pub shown: bool,
}

/// How calls are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Which of them count.
    pub condition: Expr,
    /// What they bring.
    pub brought: Brought,
}

/// Where a reading goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The reading; of a set, its elements.
    pub value: Slot,
    /// Why there is none; 0 where there is one.
    pub failed: Slot,
}

/// An event that a gateway may report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The record of what it tells.
    pub fields: TypeId,
    /// The record of its context, if it has one.
    pub context: Option<TypeId>,
    /// What is read of what it tells.
    pub reads_fields: Reads,
    /// What is read of its context.
    pub reads_context: Reads,
    /// Where the instant goes, if something reads it.
    pub now: Option<Slot>,
    /// What is looked up, an entity before those that are its attributes.
    pub lookups: Vec<Lookup>,
    /// The tables of which sources are asked for rows that something reads, in ascending order.
    pub tables: Vec<TableId>,
    /// Number of slots in the frame.
    pub slots: u32,
    /// The windows over it.
    pub windows: Vec<EntryWindow>,
}

impl EntryWindow {
    /// For each of some windows whether it has the key of the one before it, as most of one action have.
    pub(crate) fn keyed_alike(windows: &[Self]) -> Vec<bool> {
        let same = windows.iter().zip(windows.iter().skip(1)).map(|(before, of)| before.key == of.key);
        windows.iter().take(1).map(|_| false).chain(same).collect()
    }

    /// Its expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let recording = self.records.iter().flat_map(|recording| {
            let (single, gathered): (Option<&Expr>, &[Gather]) = match &recording.brought {
                Brought::Once => (None, &[]),
                Brought::Number(expr) => (Some(expr), &[]),
                Brought::Value(of) => (Some(&of.expr), &[]),
                Brought::Elements { of, .. } | Brought::Parts { of, .. } => (None, of),
            };
            single.into_iter().chain(gathered.iter().flat_map(Gather::expressions)).chain([&recording.condition])
        });
        self.key.iter().map(|component| &component.expr).chain(recording)
    }
}
