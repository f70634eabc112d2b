//! Actions: tags, tiers, parts, and what approvers are shown.

use std::sync::Arc;

use super::{Ask, Due, Expr, Field, Name, Path, Ty};

/// A tier of risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: Name,
    /// The longest time that an allow may be used, in seconds.
    pub warrant: Option<u64>,
    /// What is always asked of a call of this tier or a higher one.
    pub ask: Option<Ask>,
    /// What a call of this tier or a higher one obliges to. The arguments are constants.
    pub obligations: Vec<Due>,
}

/// An action: something that a principal may ask to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its name in zt, `stripe.refund.create`.
    pub name: Name,
    /// Its name in requests.
    pub wire: Name,
    /// Entity types that may call it, in the order written; at least one.
    pub principals: Vec<Name>,
    /// Entity type that it acts on.
    pub resource: Option<Name>,
    /// What the resource's id is computed from; then a request that names another is refused.
    pub resource_id: Option<Expr>,
    /// The tags that it says it carries, with what their fields are.
    pub tags: Vec<TagUse>,
    /// Index into [`crate::hir::Package::tiers`]. An action that names none has the highest.
    pub tier: Option<u32>,
    /// Record of its context.
    pub context: Option<Name>,
    /// Its arguments.
    pub input: Vec<Field>,
    /// What it gives back, as whoever forwarded the call attests. Nothing declared is nothing looked at.
    pub output: Option<Vec<Field>>,
    /// Which calls it is, where another action is judged as its parts.
    pub part_of: Option<Arc<Part>>,
}

impl Action {
    /// What decisions call it: its name in requests, or of a part its own.
    #[must_use]
    pub fn shown(&self) -> &Name {
        if self.part_of.is_some() { &self.name } else { &self.wire }
    }
}

/// A part of an action: a call names the whole on the wire, and is judged as the part whose condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The whole, which is no action of the package. A call's arguments are first read as it declares them.
    pub whole: Arc<Action>,
    /// Which calls: compares arguments of the whole with constants, and cannot fail. No two parts take the same call.
    pub when: Expr,
}

/// A tag on an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagUse {
    /// Which tag.
    pub name: Name,
    /// What its fields, and those of the tags that it is in, are here: read of `input` and `principal`.
    pub fields: Vec<(Name, Expr)>,
}

/// A tag: what some actions have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: Name,
    /// The tags that whoever carries it carries too.
    pub parents: Vec<Name>,
    /// Whether every action carries it or one in it.
    pub required: bool,
    /// What an action that carries it says.
    pub fields: Vec<Field>,
}

/// What is added to actions declared elsewhere; they hold it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extend {
    /// Which actions.
    pub actions: Vec<Name>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Fixed text.
    Text(Name),
    /// A value: a scalar, an enum's member, an entity (its id), or a list or set of these. `?` where it is absent.
    Path {
        /// What is read.
        path: Path,
        /// Its type.
        ty: Ty,
        /// Digits after the point of a `Decimal`.
        places: u8,
    },
    /// The reading of a window looking back; `?` where it fails.
    Reading {
        /// Which window.
        window: Name,
        /// The type of its reading.
        ty: Ty,
        /// Digits after the point of a `Decimal`.
        places: u8,
    },
    /// The first of these that is there: a value of one of several types. `?` where none is.
    OneOf(Vec<Piece>),
}

/// What whoever is asked to approve a call of an action is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notice {
    /// Its parts in the order of [`Aspect::ALL`]; the summary is always among them.
    pub parts: Vec<(Aspect, Vec<Piece>)>,
}

/// A part of what an approver is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Every one, with its name in policies and decisions.
    pub const ALL: &[(&str, Aspect)] = &[
        ("summary", Aspect::Summary),
        ("blast_radius", Aspect::BlastRadius),
        ("rollback", Aspect::Rollback),
        ("confidence", Aspect::Confidence),
    ];

    /// Its name in policies and decisions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, aspect)| *aspect == self).map_or("", |(name, _)| name)
    }
}
