//! What a decision may ask for beside the call itself: tiers, approvals and obligations.

use serde::{Deserialize, Serialize};

use super::{Expr, Gather};
use crate::schema::{Slot, TypeId};

/// A tier of risk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// The longest time that an allow may be used, in seconds.
    pub warrant: Option<u64>,
    /// What is always asked of a call of this tier or a higher one.
    pub ask: Option<Ask>,
    /// What a call of this tier or a higher one obliges to. The arguments are constants.
    pub obligations: Vec<Due>,
}

/// The approval that a rule or a tier asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Whom.
    pub from: From,
    /// How many different people must approve, at least 1.
    pub quorum: u32,
    /// How long an approval lasts, in seconds.
    pub expires: u64,
}

/// Whom an approval must come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum From {
    /// A group: index into [`super::Program::approvers`].
    Group(u32),
    /// The entity for whom the principal acts, which is the asking rule's [`Party`]; spelled as it is written.
    ActsFor(String),
}

/// A group of approvers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvers {
    /// Its name.
    pub name: String,
    /// Whether a source says who belongs to it, rather than whoever hands over an approval.
    pub asked: bool,
    /// How old what the source says may be, in microseconds, if it may not be of any age.
    pub fresh: Option<i64>,
}

/// An entity as a frame holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The name of its type.
    pub kind: String,
    /// Where its presence is, if it may be absent.
    pub present: Option<Slot>,
    /// Where it says that it could not be read, if that can be.
    pub failed: Option<Slot>,
    /// Where its id is.
    pub id: Slot,
}

/// What approvals of a call are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The principal's id.
    pub principal: Slot,
    /// The resource's id, if the action has a resource.
    pub resource: Option<Slot>,
    /// For whom the principal acts, if its type can say so.
    pub acts_for: Option<Party>,
}

/// A kind of obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Its name.
    pub name: String,
    /// Its parameters, in order.
    pub params: Vec<Param>,
}

/// A parameter of an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type: a scalar, or a set of scalars.
    pub ty: TypeId,
    /// How several values become one; those without tell instances apart.
    pub merge: Option<Merge>,
}

/// How several values of a parameter become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Merge {
    /// The least; of Bool `false < true`.
    Min,
    /// The greatest.
    Max,
    /// All elements of all sets.
    Union,
    /// The elements that all sets have.
    Intersect,
}

/// An obligation with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Which: index into [`super::Program::obligations`].
    pub obligation: u32,
    /// One for each parameter, in their order.
    pub args: Vec<Arg>,
}

/// An argument of an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arg {
    /// A value that a slot can hold.
    Value(Expr),
    /// A set.
    Elements(Vec<Gather>),
}

impl Arg {
    /// Its expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let (value, gathers): (Option<&Expr>, &[Gather]) = match self {
            Arg::Value(expr) => (Some(expr), &[]),
            Arg::Elements(gathers) => (None, gathers),
        };
        value.into_iter().chain(gathers.iter().flat_map(Gather::expressions))
    }
}
