//! Decisions: what the PDP answers.

use serde::Serialize;

use crate::ir::RuleId;
use crate::refusal::Refusal;

/// What is to become of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It may go ahead.
    Allow,
    /// It waits for people to approve it.
    RequireApproval,
    /// It may not.
    Deny,
}

impl Effect {
    /// The effect as it stands in a decision.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::RequireApproval => "require_approval",
            Self::Deny => "deny",
        }
    }
}

/// What a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeterminedBy {
    /// These rules, in order.
    Rules(Vec<RuleId>),
    /// No rule granted, and none denied.
    Default,
    /// The request was refused.
    Refused,
}

/// A decision. It names rules by their ids; [`crate::Pdp::report`] spells it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub(crate) effect: Effect,
    pub(crate) determined_by: DeterminedBy,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) entry: Option<usize>,
    pub(crate) errors: Vec<RuleId>,
    pub(crate) shadow: Option<Shadow>,
}

/// What the decision would be if shadow rules were enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The effect with them.
    pub effect: Effect,
    /// What it would rest on.
    pub determined_by: DeterminedBy,
    /// The shadow rules that failed.
    pub errors: Vec<RuleId>,
}

impl Decision {
    /// The answer to a request that is not judged.
    pub(crate) const fn refused(refusal: Refusal) -> Self {
        Self {
            effect: Effect::Deny,
            determined_by: DeterminedBy::Refused,
            refusal: Some(refusal),
            entry: None,
            errors: Vec::new(),
            shadow: None,
        }
    }

    /// What is to become of the request.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// What the decision rests on.
    #[must_use]
    pub const fn determined_by(&self) -> &DeterminedBy {
        &self.determined_by
    }

    /// Why the request was not judged, if it was not.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Every enforced rule in scope that failed, even if that changed nothing.
    #[must_use]
    pub fn errors(&self) -> &[RuleId] {
        &self.errors
    }

    /// The decision with shadow rules enforced, if there are any in scope.
    #[must_use]
    pub const fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }
}
