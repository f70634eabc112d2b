//! Which entries of a key are live at one access.

use super::{Access, Failure, Horizon};

/// The instant at which a key is read, and what is live then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Live {
    /// The access's clock, or the greatest recorded for the key if that is later.
    pub(super) at: i64,
    /// Entries before this are over.
    pub(super) from: i64,
    end: End,
}

/// When an entry is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// So long after it was recorded.
    After(i64),
    /// At this instant, as every other live one.
    At(i64),
}

impl Live {
    /// What an access sees of a key whose greatest recorded clock is `recorded`.
    pub(super) fn of(access: &Access<'_>, recorded: i64) -> Result<Self, Failure> {
        let at = access.clock.max(recorded);
        match access.horizon {
            Horizon::Sliding { span } => {
                if span <= 0 {
                    return Err(Failure::Misuse);
                }
                // The window is open at its start. Where there is no such instant, nothing is over yet.
                let from = at.checked_sub(span).map_or(i64::MIN, |start| start.saturating_add(1));
                Ok(Self { at, from, end: End::After(span) })
            }
            Horizon::Calendar { unit } => {
                let (start, end) =
                    unit.unit(at).filter(|(start, end)| (*start..*end).contains(&at)).ok_or(Failure::Calendar)?;
                Ok(Self { at, from: start, end: End::At(end) })
            }
        }
    }

    /// The first instant at which a live entry is over; the greatest one where it never is.
    pub(super) fn over(self, entry: i64) -> i64 {
        match self.end {
            End::After(span) => entry.saturating_add(span),
            End::At(end) => end,
        }
    }
}
