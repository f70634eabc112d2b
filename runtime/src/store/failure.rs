//! What goes wrong with windows. Whatever it is, it is a failure of the condition that reads, and a denial.

use std::fmt;

/// Why a window could not be read or appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The store does not answer.
    Unavailable,
    /// The window has, or would have, too many entries of this key.
    Bound,
    /// The store has as many keys as it may.
    Keys,
    /// The store has used the memory that it may.
    Space,
    /// The sum is, or would be, beyond what a number holds.
    Overflow,
    /// A number to be summed is negative.
    Negative,
    /// Which unit of the calendar it is cannot be told.
    Calendar,
    /// The window is used in a way that contradicts how it is kept.
    Misuse,
}

impl Failure {
    /// Every failure.
    pub const ALL: &[Self] = &[
        Self::Unavailable,
        Self::Bound,
        Self::Keys,
        Self::Space,
        Self::Overflow,
        Self::Negative,
        Self::Calendar,
        Self::Misuse,
    ];

    /// Its code, which stays.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "store_unavailable",
            Self::Bound => "window_full",
            Self::Keys => "too_many_keys",
            Self::Space => "store_full",
            Self::Overflow => "sum_overflow",
            Self::Negative => "negative_number",
            Self::Calendar => "unknown_calendar_unit",
            Self::Misuse => "window_misused",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "The store of windows does not answer.",
            Self::Bound => "The window has as many entries of this key as it may hold.",
            Self::Keys => "The store of windows has as many keys as it may hold.",
            Self::Space => "The store of windows has used the memory that it may.",
            Self::Overflow => "The sum is beyond what a number can hold.",
            Self::Negative => "A window sums numbers that are not negative, and this one is.",
            Self::Calendar => "The calendar cannot tell the day, week or month of this instant.",
            Self::Misuse => "The window is used in another way than it is kept.",
        })
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_sentences_are_sentences() {
        let mut codes: Vec<_> = Failure::ALL.iter().map(|f| f.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Failure::ALL.len());
        for failure in Failure::ALL {
            assert!(failure.to_string().ends_with('.'), "{failure}");
            assert!(failure.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{failure:?}");
        }
    }
}
