//! Windows: what is remembered of calls and events.

use std::sync::Arc;

use super::{Expr, Name, Outcome, Ty, Zone};

/// A window: what is remembered of calls or events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its name; of a limit the rule's full name.
    pub name: Name,
    /// What is made of what it holds.
    pub aggregate: Aggregate,
    /// What it holds.
    pub of: Recorded,
    /// What each call or event brings: of a sum a number, of `distinct` and `set` a value or a collection of them.
    pub value: Option<Expr>,
    /// The type of a reading: `Int` of count and distinct, a number of a sum, a set of `set`.
    pub ty: Ty,
    /// Digits after the point that messages show of a sum or a set of `Decimal`s.
    pub places: u8,
    /// Which of the calls or events count.
    pub condition: Option<Expr>,
    /// What it is keyed by; each is a scalar or an entity. Read under the recorded call as under the one that asks.
    pub key: Vec<Expr>,
    /// Over which time.
    pub over: Over,
    /// The most entries of one key.
    pub bound: u32,
    /// The most steps that its key, its `where` and its value take, and reading and recording it.
    pub cost: u64,
    /// The rule that a limit's window belongs to: its spans are that policy's.
    pub limit: bool,
}

/// What is made of what a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many.
    Count,
    /// Their sum.
    Sum,
    /// How many different ones.
    Distinct,
    /// The set of them.
    Set,
}

/// What a window holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Calls of these pairs of action and principal type that ended so.
    Calls(Outcome, Vec<(Name, Name)>),
    /// Events.
    Events(Name),
}

/// Over which time a window remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The last so many microseconds: an entry at `u` is in it at `t` if `t - span < u`.
    Sliding(i64),
    /// The calendar's unit that holds `now`.
    Calendar(CalendarUnit, Arc<Zone>),
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}
