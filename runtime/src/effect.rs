//! Effects: what is to become of a request.

use serde::Serialize;

/// What is to become of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It may go ahead.
    Allow,
    /// It waits for people to approve it.
    RequireApproval,
    /// It may not.
    #[default]
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
