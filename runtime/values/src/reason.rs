//! Reasons: why a text is none of a type.

use std::fmt;

/// Why a text was refused: a clause about the text, in lower case and without a full stop, such as
/// ``has a segment `..` ``.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason(&'static str);

impl Reason {
    pub(crate) const fn new(clause: &'static str) -> Self {
        Self(clause)
    }

    /// The clause.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Reason {}

/// Nothing is there.
pub(crate) const EMPTY: Reason = Reason::new("is empty");
