//! The intermediate representation: a package as data, ready for machine code or interpretation.
//!
//! A [`Program`] is made by the compiler's `lower`, printed by [`Program`]'s `Display`, compiled to a
//! native image, and carried in it. Every value is a 64-bit slot: `Bool` is 0 or 1, `Int` is itself,
//! `Decimal` is in ten-thousandths, an enum member is its index, text and sets are packed references.

mod due;
mod expr;
mod source;
mod table;
mod text;
mod window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zt_values::ranges::Weekdays;
use zt_values::zone::Zone;

pub use self::due::{Approvers, Arg, Ask, Due, Evidence, From, Merge, Obligation, Param, Party, Tier};
pub use self::expr::{Arith, Cmp, Expr, Fold, Gather, LocalPart, Under, VarId};
pub use self::source::{Channel, Lookup, Within};
pub use self::table::{
    Asked, Cells, Column, KeyPart, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, MAX_TABLES, NO_ROW, Search, Table, TableId,
};
pub use self::window::{
    Brought, Component, EntryWindow, Event, Kind, Over, Reading, Recorded, Recording, Sought, Window,
};
use crate::schema::{Quantity, Reads, Slot, Type, TypeId};

/// Index of a literal in [`Program::literals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LiteralId(pub u32);

/// Index of a rule in [`Program::rules`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub u32);

/// Index of a zone in [`Program::zones`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneId(pub u32);

/// Index of a table of patterns in [`Program::detectors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DetectorId(pub u32);

/// Index of times of the week in [`Program::hours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HoursId(pub u32);

/// Index of a list of patterns in [`Program::commands`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandsId(pub u32);

/// A whole package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The package's name.
    pub package: String,
    /// The tiers, lowest first; empty where the package declares none.
    pub tiers: Vec<Tier>,
    /// Every kind of obligation, by name.
    pub obligations: Vec<Obligation>,
    /// Every group of approvers, by name.
    pub approvers: Vec<Approvers>,
    /// Every window, by name.
    pub windows: Vec<Window>,
    /// Every event, by name.
    pub events: Vec<Event>,
    /// The names of the sources.
    pub sources: Vec<String>,
    /// Who vouches for attributes of entities of these types. Of all others it is the enforcement point.
    pub channels: BTreeMap<TypeId, Channel>,
    /// Every type that a request may hold.
    pub types: Vec<Type>,
    /// Sources of the patterns, for reading; their automata stand beside the program in the image.
    pub patterns: Vec<String>,
    /// Tables of patterns that are sought in texts, each once. Their automata stand behind those of the patterns.
    pub detectors: Vec<Detector>,
    /// Text constants, each once.
    pub literals: Vec<String>,
    /// Time zones, each once.
    pub zones: Vec<Zone>,
    /// Times of the week, each once.
    pub hours: Vec<Hours>,
    /// Lists of patterns that commands are held against, each list once.
    pub commands: Vec<Vec<String>>,
    /// Tables, each once.
    pub tables: Vec<Table>,
    /// Every rule, in the order in which decisions name them: by file, then as written.
    pub rules: Vec<Rule>,
    /// Actions that are judged as one of their parts, by name.
    pub splits: Vec<Split>,
    /// One for each action and each type of principal that may call it.
    pub entries: Vec<Entry>,
}

/// A table of patterns that are sought in texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detector {
    /// Its name.
    pub name: String,
    /// Whether it says true or false, rather than a number.
    pub truth: bool,
    /// How many values it may say: the members of its enum, or 2.
    pub members: u32,
    /// What is sought, as its author wrote it, and what finding it says: more than 0. Of what is found the greatest counts,
    /// and nothing found is 0.
    pub rows: Vec<(String, u32)>,
    /// For each of its automata, the rows that it finds, by their numbers. Every row is one of exactly one automaton.
    pub automata: Vec<Vec<u32>>,
}

/// Times of the week by the clocks of a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Whose clocks.
    pub zone: ZoneId,
    /// On which days it opens.
    pub days: Weekdays,
    /// From this time of day, in microseconds since midnight.
    pub start: i64,
    /// To this one, which is out; before the start it is on the next day.
    pub end: i64,
}

/// What is known of a rule whatever the request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its full name: `package/policy.rule`.
    pub name: String,
    /// What it does when it holds.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// For a rule that asks: whom, how many, how long. Always of [`Effect::RequireApproval`], sometimes of
    /// [`Effect::Allow`].
    pub ask: Option<Ask>,
    /// Of [`Effect::Raise`], the tier: index into [`Program::tiers`].
    pub raise: Option<u32>,
}

/// What a rule does when its condition holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Grants.
    #[default]
    Allow,
    /// Asks for an approval.
    RequireApproval,
    /// Denies.
    Deny,
    /// Denies, as there is no room in its window.
    Limit,
    /// Puts the call into a higher tier.
    Raise,
    /// Adds obligations.
    Oblige,
}

/// An action that is judged as one of its parts. These take the same principals, resources and contexts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The action's name on the wire.
    pub action: String,
    /// The record of its arguments, as they are read to tell its parts apart.
    pub input: TypeId,
    /// What is read of them.
    pub reads: Reads,
    /// Number of slots in the frame.
    pub slots: u32,
    /// Its parts, each with the condition of its calls. No call is two of them.
    pub parts: Vec<(String, Expr)>,
}

/// The decision function of one action for one type of principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The action's name on the wire.
    pub action: String,
    /// Of a part of it, the name of that in [`Split::parts`].
    pub part: Option<String>,
    /// The principal's entity type.
    pub principal: TypeId,
    /// The resource's entity type, if the action has a resource.
    pub resource: Option<TypeId>,
    /// The record of the action's arguments.
    pub input: TypeId,
    /// The record of the context, if the action has one.
    pub context: Option<TypeId>,
    /// Index into [`Program::tiers`].
    pub tier: Option<u32>,
    /// What is read of the principal.
    pub reads_principal: Reads,
    /// What is read of the resource.
    pub reads_resource: Reads,
    /// What is read of the arguments.
    pub reads_input: Reads,
    /// What is read of the context.
    pub reads_context: Reads,
    /// The record of what an allowed call gave back, if the action says what that is.
    pub output: Option<TypeId>,
    /// What is read of it, by windows of calls that succeeded.
    pub reads_output: Reads,
    /// Where the instant of the decision goes, if something reads it.
    pub now: Option<Slot>,
    /// Receives the arguments as they were sent, with every default, as a text.
    pub sent: Option<Slot>,
    /// What the resource's id is computed from; then a request need not name the resource, and may name no other.
    pub resource_id: Option<Expr>,
    /// What is looked up, an entity before those that are its attributes.
    pub lookups: Vec<Lookup>,
    /// The tables of which sources are asked for rows that something reads, in ascending order.
    pub tables: Vec<TableId>,
    /// The windows that calls are recorded in, or that some rule reads.
    pub windows: Vec<EntryWindow>,
    /// What whoever is asked to approve a call is shown, each part once; only where some rule or tier asks.
    pub notice: Vec<(Aspect, Vec<Piece>)>,
    /// Where approvals of a call find what they are compared with; only where some rule or tier asks.
    pub evidence: Option<Evidence>,
    /// Number of slots in the frame.
    pub slots: u32,
    /// The rules in scope, in ascending order of [`RuleId`].
    pub rules: Vec<EntryRule>,
}

/// A rule as it applies to one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRule {
    /// Which rule.
    pub rule: RuleId,
    /// The policy's guard, the rule's condition, and that no argument of its obligations fails, in one.
    pub condition: Expr,
    /// Of a limit its window: index into [`Program::windows`].
    pub limit: Option<u32>,
    /// Whom it asks, if that is the entity for whom the principal acts.
    pub party: Option<Party>,
    /// What it obliges to. Where its condition holds, no argument fails.
    pub obligations: Vec<Due>,
    /// Its message for those who approve and audit, if it has one.
    pub because: Option<Vec<Piece>>,
    /// Its message for the agent, if it has one.
    pub tell: Option<Vec<Piece>>,
}

impl Program {
    /// Every expression that is not within another one.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let tiers = self.tiers.iter().flat_map(|tier| &tier.obligations);
        let rules = || self.entries.iter().flat_map(|entry| &entry.rules);
        let dues = tiers.chain(rules().flat_map(|rule| &rule.obligations));
        let windows = self.entries.iter().flat_map(|entry| &entry.windows);
        let windows = windows.chain(self.events.iter().flat_map(|event| &event.windows));
        rules()
            .map(|rule| &rule.condition)
            .chain(dues.flat_map(|due| due.args.iter().flat_map(Arg::expressions)))
            .chain(windows.flat_map(EntryWindow::expressions))
            .chain(self.entries.iter().filter_map(|entry| entry.resource_id.as_ref()))
            .chain(
                rules().flat_map(|rule| rule.because.iter().chain(&rule.tell).flatten()).flat_map(Piece::expressions),
            )
            .chain(self.splits.iter().flat_map(|split| split.parts.iter().map(|(_, when)| when)))
    }
}

/// A part of what an approver is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// What would be done.
    Summary,
    /// What it can touch if it goes wrong.
    BlastRadius,
    /// How it is taken back.
    Rollback,
    /// How sure whoever asks is of it.
    Confidence,
}

impl Aspect {
    /// Its name in policies and decisions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::BlastRadius => "blast_radius",
            Self::Rollback => "rollback",
            Self::Confidence => "confidence",
        }
    }
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Fixed text.
    Text(String),
    /// A value from the frame.
    Value {
        /// Where it is.
        slot: Slot,
        /// Where its presence is, if it may be absent; then it prints as `?`.
        present: Vec<Slot>,
        /// Where it is said that it could not be looked up, if that may be; then it prints as `?`.
        failed: Option<Slot>,
        /// How it prints.
        show: Show,
    },
    /// A value that is computed; it prints as `?` where it fails.
    Computed {
        /// The value.
        value: Expr,
        /// How it prints.
        show: Show,
    },
    /// The reading of a window looking back; it prints as `?` where it failed.
    Reading {
        /// Where it is.
        reading: Reading,
        /// How it prints.
        show: Show,
    },
    /// The elements of a list or a set, the first of them and the number of the others; it prints as `?` where it is
    /// not there or fails.
    Elements {
        /// Whether it is there.
        there: Expr,
        /// What its elements are.
        of: Vec<Gather>,
        /// Whether an element counts once, in the order of the elements.
        set: bool,
        /// How an element prints.
        show: Show,
    },
    /// The first of these that is there, as one of the types of a choice is; it prints as `?` where none is.
    OneOf(Vec<Piece>),
    /// A value that this entry can never have; it prints as `?`.
    Absent,
}

impl Piece {
    /// The expressions in it.
    fn expressions(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        match self {
            Self::Computed { value, .. } => Box::new(std::iter::once(value)),
            Self::Elements { there, of, .. } => {
                Box::new(std::iter::once(there).chain(of.iter().flat_map(Gather::expressions)))
            }
            Self::OneOf(variants) => Box::new(variants.iter().flat_map(Self::expressions)),
            Self::Text(_) | Self::Value { .. } | Self::Reading { .. } | Self::Absent => Box::new(std::iter::empty()),
        }
    }
}

/// How a slot prints in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Show {
    /// `true` or `false`.
    Bool,
    /// Digits.
    Int,
    /// Digits with exactly this many places after the point.
    Decimal(u8),
    /// As the language writes it.
    Quantity(Quantity),
    /// Quoted, escaped and cut.
    Text,
    /// The member's name in this enum type.
    Enum(TypeId),
}
