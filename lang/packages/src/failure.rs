//! Why packages could not be read.

/// Why packages could not be read: a sentence for the user, help included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whether nothing is wrong but that there is no package, or nothing in it.
    pub nothing: bool,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Failure {
    /// Something cannot be read, or may not be where it is.
    #[must_use]
    pub fn unreadable(message: impl Into<String>) -> Self {
        Failure { nothing: false, message: message.into() }
    }

    /// There is nothing to read.
    #[must_use]
    pub fn nothing(message: impl Into<String>) -> Self {
        Failure { nothing: true, message: message.into() }
    }
}
