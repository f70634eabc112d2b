//! Exit codes. Scripts rely on them.

use zt_packages::failure::Failure;

/// All is well.
pub const OK: u8 = 0;
/// There are findings: diagnostics, failed tests.
pub const FINDINGS: u8 = 1;
/// The command was used in a wrong way, or a file cannot be read.
pub const USAGE: u8 = 2;
/// The package does not compile.
pub const DOES_NOT_COMPILE: u8 = 3;
/// Nothing matched, nothing ran, or there is no package.
pub const NOTHING: u8 = 4;
/// With `--exit-status`: the strictest decision is a deny.
pub const DENY: u8 = 10;
/// With `--exit-status`: the strictest decision asks for an approval.
pub const APPROVAL: u8 = 11;
/// A bug of ours.
pub const BUG: u8 = 70;

/// Why a command stops early: what to say on stderr, and the exit code.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Stop {
    /// The package holds something that is not compiled.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Stop { code: DOES_NOT_COMPILE, message: message.into() }
    }

    /// The command was used in a wrong way.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Stop { code: USAGE, message: message.into() }
    }

    /// There is nothing to work on.
    #[must_use]
    pub fn nothing(message: impl Into<String>) -> Self {
        Stop { code: NOTHING, message: message.into() }
    }

    /// A bug of ours.
    #[must_use]
    pub fn bug(message: impl std::fmt::Display) -> Self {
        Stop {
            code: BUG,
            message: format!(
                "this is a bug in zt, not in your policy: {message}\n\
                 please report it with the command, the package and the request that led to it"
            ),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        if failure.nothing { Stop::nothing(failure.message) } else { Stop::usage(failure.message) }
    }
}
