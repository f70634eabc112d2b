//! The intermediate representation: a package as data, ready for machine code or interpretation.
//!
//! A [`Program`] is made by the compiler's `lower`, printed by [`Program`]'s `Display`, compiled to a
//! native image, and carried in it. Every value is a 64-bit slot: `Bool` is 0 or 1, `Int` is itself,
//! `Decimal` is in ten-thousandths, an enum member is its index, text and sets are packed references.

mod text;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::nesting;
use crate::schema::{PatternId, Reads, Slot, Type, TypeId};

/// Index of a literal in [`Program::literals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LiteralId(pub u32);

/// Index of a rule in [`Program::rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub u32);

/// A whole package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The package's name.
    pub package: String,
    /// The tiers' names, lowest first; empty where the package declares none.
    pub tiers: Vec<String>,
    /// Every type that a request may hold.
    pub types: Vec<Type>,
    /// Sources of the patterns, for reading; their automata stand beside the program in the image.
    pub patterns: Vec<String>,
    /// Text constants, each once.
    pub literals: Vec<String>,
    /// Every rule, in the order in which decisions name them: by file, then as written.
    pub rules: Vec<Rule>,
    /// One for each action and each type of principal that may call it.
    pub entries: Vec<Entry>,
}

/// What is known of a rule whatever the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its full name: `package/policy.rule`.
    pub name: String,
    /// What it does when it holds.
    pub effect: Effect,
    /// Whether it is only reported.
    pub shadow: bool,
    /// For a rule that asks: whom, how many, how long.
    pub ask: Option<Ask>,
}

/// What a rule does when its condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Asks for an approval.
    RequireApproval,
    /// Denies.
    Deny,
}

/// The approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The group of approvers.
    pub from: String,
    /// How many different people must approve, at least 1.
    pub quorum: u32,
    /// How long an approval lasts, in seconds; unlimited where the rule does not say.
    pub expires: Option<u64>,
}

/// The decision function of one action for one type of principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The action's name on the wire.
    pub action: String,
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
    /// Number of slots in the frame.
    pub slots: u32,
    /// The rules in scope, in ascending order of [`RuleId`].
    pub rules: Vec<EntryRule>,
}

/// A rule as it applies to one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRule {
    /// Which rule.
    pub rule: RuleId,
    /// The policy's guard and the rule's condition in one.
    pub condition: Expr,
    /// Its message, if it has one.
    pub because: Option<Vec<Piece>>,
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
        /// How it prints.
        show: Show,
    },
    /// A value that this entry can never have; it prints as `?`.
    Absent,
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
    /// Quoted, escaped and cut.
    Text,
    /// The member's name in this enum type.
    Enum(TypeId),
}

/// A condition or a value. Conditions are true, false or failed; values are there or failed.
///
/// A failed operand fails every operator but `And` (a false operand wins) and `Or` (a true one wins).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Expr {
    /// A constant: Bool, Int, Decimal or the index of an enum's member.
    Const(i64),
    /// A text constant.
    Literal(LiteralId),
    /// A slot of the frame.
    Load(Slot),
    /// Whether an optional value is there: its presence slot.
    Present(Slot),
    /// True for false, false for true.
    Not(Box<Expr>),
    /// False if any operand is false, else failed if any failed, else true. Never empty.
    And(Vec<Expr>),
    /// True if any operand is true, else failed if any failed, else false. Never empty.
    Or(Vec<Expr>),
    /// Compares two slots as signed integers.
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
    /// Whether a value is an element of a set.
    Contains {
        /// The set's slot.
        set: Slot,
        /// Whether its elements are texts.
        text: bool,
        /// The value.
        element: Box<Expr>,
    },
    /// Whether a whole text matches a pattern.
    Matches {
        /// The pattern.
        pattern: PatternId,
        /// The text.
        text: Box<Expr>,
    },
    /// One of two expressions, by the presence of an optional value. Only the chosen one is evaluated.
    IfPresent {
        /// The presence slot.
        slot: Slot,
        /// Where it is there.
        then: Box<Expr>,
        /// Where it is not.
        otherwise: Box<Expr>,
    },
}

// By hand around the derived ones, so that reading bounds the depth.
impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        nesting::bounded(deserializer, Self::deserialize)
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

    /// Its direct parts, in the order in which they are written.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        let (listed, left, right): (&[Expr], Option<&Expr>, Option<&Expr>) = match self {
            Self::Const(_) | Self::Literal(_) | Self::Load(_) | Self::Present(_) => (&[], None, None),
            Self::And(operands) | Self::Or(operands) => (operands, None, None),
            Self::Not(operand) => (&[], Some(operand), None),
            Self::Contains { element, .. } => (&[], Some(element), None),
            Self::Matches { text, .. } => (&[], Some(text), None),
            Self::Compare(_, left, right) | Self::TextEq(left, right) => (&[], Some(left), Some(right)),
            Self::Arith { left, right, .. } => (&[], Some(left), Some(right)),
            Self::IfPresent { then, otherwise, .. } => (&[], Some(then), Some(otherwise)),
        };
        listed.iter().chain(left).chain(right)
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
