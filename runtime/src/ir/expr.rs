//! Expressions: conditions and values, as they are compiled and interpreted.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ir::{CommandsId, DetectorId, HoursId, LiteralId, TableId, ZoneId};
use crate::nesting;
use crate::schema::{Part, PatternId, Slot};

/// A name given within an expression: to a value, or to the row that a loop is at. Within the parts where a name
/// stands for something it is not given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VarId(pub u32);

impl VarId {
    /// The name so many further on.
    #[must_use]
    pub const fn after(self, count: u32) -> Self {
        Self(self.0.saturating_add(count))
    }
}

/// A condition or a value. Conditions are true, false or failed; values are there or failed.
///
/// A failed operand fails every operator but `And` (a false operand wins), `Or` (a true one wins) and the loops
/// that ask for any or all rows, which are an `Or` or `And` over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Expr {
    /// A constant: a number, Bool or the index of an enum's member.
    Const(i64),
    /// A text constant.
    Literal(LiteralId),
    /// A slot of the frame.
    Load(Slot),
    /// Whether an optional value is there: its presence slot.
    Present(Slot),
    /// A word of the row that a loop around is at.
    Row {
        /// The row's name.
        row: VarId,
        /// Which of its words.
        word: u32,
    },
    /// A value that a `Let` around has given a name to.
    Var(VarId),
    /// Values with names, the first of which is `first` and the others follow, and what is made of them. It fails if
    /// one of them does, whether it is used or not.
    Let {
        /// Name of the first value.
        first: VarId,
        /// The values, in the order in which they are evaluated. None sees the others.
        values: Vec<Expr>,
        /// What is made of them.
        body: Box<Expr>,
    },
    /// True for false, false for true.
    Not(Box<Expr>),
    /// False if any operand is false, else failed if any failed, else true. Never empty.
    And(Vec<Expr>),
    /// True if any operand is true, else failed if any failed, else false. Never empty.
    Or(Vec<Expr>),
    /// One of two expressions, by a condition. Only the chosen one is evaluated; neither if the condition failed.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Compares two words as signed integers.
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// Byte equality of two texts.
    TextEq(Box<Expr>, Box<Expr>),
    /// Integer arithmetic.
    Arith {
        /// The operation.
        op: Arith,
        /// Whether a result outside of 64 bits fails. False only where the operands' ranges exclude it.
        checked: bool,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// Whether a value is an element of a set, which is sorted.
    Contains {
        /// The set.
        set: Box<Expr>,
        /// Whether its elements are texts.
        text: bool,
        /// The value.
        element: Box<Expr>,
    },
    /// What is asked of the rows of a list or set.
    Fold {
        /// What is asked.
        kind: Fold,
        /// The name of the row at hand, within the body.
        row: VarId,
        /// The list or set.
        list: Box<Expr>,
        /// What is asked of each row.
        body: Box<Expr>,
    },
    /// How many rows a list or set has.
    Length(Box<Expr>),
    /// Whether a whole text matches a pattern.
    Matches {
        /// The pattern.
        pattern: PatternId,
        /// The text.
        text: Box<Expr>,
    },
    /// What a table of patterns finds in a text.
    Detect {
        /// The table.
        detector: DetectorId,
        /// Whether the text is JSON, and what is searched are the strings in it and the names of members.
        whole: bool,
        /// The text.
        text: Box<Expr>,
    },
    /// Whether a text is at or below another one. Both are canonical.
    Under {
        /// By which order.
        kind: Under,
        /// What may be below.
        left: Box<Expr>,
        /// What it may be below of.
        right: Box<Expr>,
    },
    /// A part of a canonical text.
    Part {
        /// Which part.
        part: Part,
        /// The text.
        text: Box<Expr>,
    },
    /// Whether a command, a text that can be split, runs only what a list of patterns says, or any of it.
    Runs {
        /// Whether it may run nothing else.
        only: bool,
        /// The patterns.
        patterns: CommandsId,
        /// The command.
        command: Box<Expr>,
    },
    /// Whether an instant is within times of the week. It fails for one outside of the zone's table.
    Hours {
        /// The times.
        hours: HoursId,
        /// The instant.
        instant: Box<Expr>,
    },
    /// What the clocks and calendars of a zone show at an instant. It fails for one outside of the zone's table.
    Local {
        /// What of it.
        part: LocalPart,
        /// The zone.
        zone: ZoneId,
        /// The instant.
        instant: Box<Expr>,
    },
    /// The number of the row that a table has under a key, counted from 1; 0 if it has none.
    Find {
        /// The table.
        table: TableId,
        /// A value for each column of its key.
        key: Vec<Expr>,
    },
    /// What a row of a table says, by its number.
    Cell {
        /// The table.
        table: TableId,
        /// The number of the row, which is not 0.
        row: Box<Expr>,
    },
    /// A value that somebody else had to come up with. It fails unless `failed` is 0; then the value is there.
    Failing {
        /// A slot or a word of a row: 0, or a number that says why there is no value.
        failed: Box<Expr>,
        /// The value.
        value: Box<Expr>,
    },
}

/// False.
impl Default for Expr {
    fn default() -> Self {
        Self::Const(0)
    }
}

// By hand around the derived ones, so that reading bounds the depth.
impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        nesting::bounded(deserializer, 1, Self::deserialize)
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl Expr {
    /// Whether it is nested deeper than `limit`; a constant is at depth 1.
    #[must_use]
    pub fn depth_exceeds(&self, limit: usize) -> bool {
        let Some(below) = limit.checked_sub(1) else {
            return true;
        };
        self.operands().any(|operand| operand.depth_exceeds(below))
    }

    /// Its direct parts, in the order in which they are evaluated.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        let (listed, others): (&[Expr], [Option<&Expr>; 3]) = match self {
            Self::Const(_) | Self::Literal(_) | Self::Load(_) | Self::Present(_) | Self::Row { .. } | Self::Var(_) => {
                (&[], [None; 3])
            }
            Self::And(operands) | Self::Or(operands) | Self::Find { key: operands, .. } => (operands, [None; 3]),
            Self::Let { values, body, .. } => (values, [Some(body), None, None]),
            Self::Not(operand)
            | Self::Length(operand)
            | Self::Matches { text: operand, .. }
            | Self::Detect { text: operand, .. }
            | Self::Part { text: operand, .. }
            | Self::Runs { command: operand, .. }
            | Self::Hours { instant: operand, .. }
            | Self::Local { instant: operand, .. }
            | Self::Cell { row: operand, .. } => (&[], [Some(operand), None, None]),
            Self::Compare(_, left, right)
            | Self::TextEq(left, right)
            | Self::Arith { left, right, .. }
            | Self::Under { left, right, .. }
            | Self::Contains { element: left, set: right, .. }
            | Self::Fold { list: left, body: right, .. }
            | Self::Failing { failed: left, value: right } => (&[], [Some(left), Some(right), None]),
            Self::If(condition, then, otherwise) => (&[], [Some(condition), Some(then), Some(otherwise)]),
        };
        listed.iter().chain(others.into_iter().flatten())
    }

    /// The same parts, to be changed.
    pub fn operands_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let (listed, others): (&mut [Expr], [Option<&mut Expr>; 3]) = match self {
            Self::Const(_) | Self::Literal(_) | Self::Load(_) | Self::Present(_) | Self::Row { .. } | Self::Var(_) => {
                (&mut [], [None, None, None])
            }
            Self::And(operands) | Self::Or(operands) | Self::Find { key: operands, .. } => {
                (operands, [None, None, None])
            }
            Self::Let { values, body, .. } => (values, [Some(body), None, None]),
            Self::Not(operand)
            | Self::Length(operand)
            | Self::Matches { text: operand, .. }
            | Self::Detect { text: operand, .. }
            | Self::Part { text: operand, .. }
            | Self::Runs { command: operand, .. }
            | Self::Hours { instant: operand, .. }
            | Self::Local { instant: operand, .. }
            | Self::Cell { row: operand, .. } => (&mut [], [Some(operand), None, None]),
            Self::Compare(_, left, right)
            | Self::TextEq(left, right)
            | Self::Arith { left, right, .. }
            | Self::Under { left, right, .. }
            | Self::Contains { element: left, set: right, .. }
            | Self::Fold { list: left, body: right, .. }
            | Self::Failing { failed: left, value: right } => (&mut [], [Some(left), Some(right), None]),
            Self::If(condition, then, otherwise) => (&mut [], [Some(condition), Some(then), Some(otherwise)]),
        };
        listed.iter_mut().chain(others.into_iter().flatten())
    }
}

/// Some of the elements of a collection: of the rows of a list, or a single value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// What must not fail, or the whole collection does.
    pub needs: Vec<Expr>,
    /// The rows, and their name in what follows.
    pub rows: Option<(VarId, Expr)>,
    /// Whether it is an element.
    pub when: Expr,
    /// The element.
    pub value: Expr,
}

impl Gather {
    /// A single element.
    #[must_use]
    pub const fn one(value: Expr) -> Self {
        Self { needs: Vec::new(), rows: None, when: Expr::Const(1), value }
    }

    /// Its expressions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let list = self.rows.iter().map(|(_, list)| list);
        self.needs.iter().chain(list).chain([&self.when, &self.value])
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cmp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Cmp {
    /// Whether it holds between two numbers.
    #[must_use]
    pub const fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }

    /// The comparison with its sides changed.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
}

/// An arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// What is asked of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fold {
    /// Whether the body is true of one; false of none. As by `Or`, a failed row does not end it.
    Any,
    /// Whether the body is true of all; true of none. As by `And`, a failed row does not end it.
    All,
    /// Of how many rows the body is true. It fails if the body fails on one.
    Count,
}

/// By which order a text is below another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Under {
    /// Paths, by segments.
    Path,
    /// Hosts, by labels.
    Host,
    /// An address or a network, in a network.
    Net,
}

/// What clocks and calendars show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LocalPart {
    /// The date, in days since 1970-01-01.
    Date,
    /// The time of day, in microseconds since midnight.
    Time,
    /// The day of the week, 1 for Monday.
    Weekday,
}
