//! Words that need no check: the checked tree has the same.

/// What a rule does when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Asks.
    RequireApproval,
    /// Denies.
    Deny,
    /// Denies where there is no room.
    Limit,
    /// Puts the call into a higher tier.
    Raise,
    /// Adds obligations.
    Oblige,
}

impl Effect {
    /// As it stands in a decision: `allow`, `require_approval`, `deny`, `limit`, `raise`, `oblige`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::RequireApproval => "require_approval",
            Effect::Deny => "deny",
            Effect::Limit => "limit",
            Effect::Raise => "raise",
            Effect::Oblige => "oblige",
        }
    }
}

/// How several values of a parameter become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was allowed.
    Admitted,
    /// It was judged, whatever came of it.
    Attempted,
    /// It was denied.
    Denied,
    /// It was allowed, and attested to have failed.
    Failed,
    /// It was allowed, and attested to have succeeded.
    Succeeded,
}

/// What is asked of the elements of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Whether it is true of one; false of none.
    Any,
    /// Whether it is true of all; true of none.
    All,
    /// Of how many it is true; one that fails fails the whole.
    Count,
}
