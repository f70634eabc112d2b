//! Why a condition or a value failed.

use crate::ir::Program;

/// Why a condition or a value failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A number beyond 64 bits.
    Overflow,
    /// A source that gave no answer to use, by its index.
    Source(u32),
    /// An entity that its file does not have.
    File,
    /// A window that could not be read, by its index.
    Window(u32),
    /// An instant outside of the years that a zone's table covers.
    Zone,
    /// Nobody said what time it is.
    Clock,
}

impl Cause {
    /// As a slot holds it that says why something failed. Zero means that nothing did.
    #[must_use]
    pub const fn pack(self) -> u64 {
        let (kind, index) = match self {
            Self::Overflow => (1, 0),
            Self::Source(index) => (2, index),
            Self::File => (3, 0),
            Self::Window(index) => (4, index),
            Self::Zone => (5, 0),
            Self::Clock => (6, 0),
        };
        (kind << 32) | index as u64
    }

    /// The reverse of [`Cause::pack`]; none for zero. Any other number is some failure.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is meant")]
    pub const fn unpack(value: u64) -> Option<Self> {
        Some(match value >> 32 {
            0 if value == 0 => return None,
            2 => Self::Source(value as u32),
            3 => Self::File,
            4 => Self::Window(value as u32),
            5 => Self::Zone,
            6 => Self::Clock,
            _ => Self::Overflow,
        })
    }

    /// As it stands in a decision: `overflow`, `source orders`, `file`, `window refunds`, `zone`, `clock`.
    #[must_use]
    pub fn show(self, program: &Program) -> String {
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        match self {
            Self::Overflow => "overflow".into(),
            Self::Source(index) => format!("source {}", program.sources.get(at(index)).map_or("?", |name| name)),
            Self::File => "file".into(),
            Self::Window(index) => {
                format!("window {}", program.windows.get(at(index)).map_or("?", |window| window.name.as_str()))
            }
            Self::Zone => "zone".into(),
            Self::Clock => "clock".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_pack_and_zero_is_none() {
        let all = [Cause::Overflow, Cause::Source(7), Cause::File, Cause::Window(u32::MAX), Cause::Zone, Cause::Clock];
        for cause in all {
            assert_eq!(Cause::unpack(cause.pack()), Some(cause));
        }
        assert_eq!(Cause::unpack(0), None);
        // What cannot be told apart has failed all the same.
        assert!(Cause::unpack(1).is_some() && Cause::unpack(u64::MAX).is_some());
    }
}
