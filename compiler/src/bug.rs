//! A mistake in the compiler, told instead of panicking.

use std::fmt;

/// The compiler broke one of its own promises. Nothing in a policy causes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    /// What went wrong, for whoever mends it.
    pub message: String,
}

impl Bug {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Bug { message: message.into() }
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a bug in the compiler: {}", self.message)
    }
}

impl std::error::Error for Bug {}
