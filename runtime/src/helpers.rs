//! What native code calls for: one list, from which the compiler takes offsets and the runtime its table.

use crate::abi::FAILED;

/// Hands the list of helpers, in the order of the table, to another macro.
///
/// Each has the signature `extern "C" fn(context: *const NativeContext, a: u64, b: u64) -> u64`. Questions are
/// answered by 0 or 1; who can fail answers [`crate::abi::FAILED`] then.
macro_rules! for_each_helper {
    ($expand:ident) => {
        $expand! {
            /// Whether two texts are equal, byte by byte: (text, text).
            TextEq = text_eq,
            /// Whether a set of integers, decimals, enum members or booleans has an element: (set, value).
            ContainsInt = contains_int,
            /// Whether a set of texts has an element: (set, text).
            ContainsText = contains_text,
            /// Whether a whole text matches a pattern: (text, index of the pattern).
            Matches = matches,
            /// What a table of patterns finds: (text, which table and whether the text is JSON: [`crate::abi::detection`]).
            Detect = detect,
            /// Whether a path is at or below another one: (text, text).
            UnderPath = under_path,
            /// Whether a host is at or below another one: (text, text).
            UnderHost = under_host,
            /// Whether an address or network is in a network: (text, text).
            UnderNet = under_net,
            /// A part of a text: (text, index of the part).
            Part = part,
            /// Whether a command runs only what is allowed: (text, index of the patterns).
            RunsOnly = runs_only,
            /// Whether a command runs any of something: (text, index of the patterns).
            RunsAny = runs_any,
            /// Whether an instant is within times of the week, or a failure: (instant, index of the times).
            WithinHours = within_hours,
            /// The date at an instant, or a failure: (instant, index of the zone).
            LocalDate = local_date,
            /// The time of day at an instant, or a failure: (instant, index of the zone).
            LocalTime = local_time,
            /// The day of the week at an instant, or a failure: (instant, index of the zone).
            LocalWeekday = local_weekday,
            /// Goes on in a table by the value of the next column: (search, value). A search that has found nothing is
            /// 0; after the last column it is the row's number, counted from 1.
            TableFind = table_find,
            /// What a row says: (number of the row, index of the table).
            TableCell = table_cell,
            /// Takes note that a list reaches outside of the frame's elements: (list, 0).
            NoRows = no_rows,
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $variant:ident = $name:ident,)*) => {
        /// A function that native code calls through the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Helper {
            $($(#[$doc])* $variant,)*
        }

        impl Helper {
            /// Every helper, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }
        }
    };
}

/// What a helper gives, as native code gets it.
pub(crate) trait Answer {
    /// The word in a register.
    fn word(self) -> u64;
}

impl Answer for bool {
    fn word(self) -> u64 {
        self.into()
    }
}

impl Answer for u64 {
    fn word(self) -> u64 {
        self
    }
}

impl Answer for Option<u64> {
    fn word(self) -> u64 {
        self.unwrap_or(FAILED)
    }
}

impl Answer for Option<bool> {
    fn word(self) -> u64 {
        self.map_or(FAILED, u64::from)
    }
}

for_each_helper!(declare);

impl Helper {
    /// Offset of its pointer in the table, in bytes.
    #[must_use]
    pub const fn offset(self) -> i32 {
        (self as i32).saturating_mul(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_the_list() {
        let offsets: Vec<_> = Helper::ALL.iter().take(4).map(|h| (h.name(), h.offset())).collect();
        assert_eq!(offsets, [("text_eq", 0), ("contains_int", 8), ("contains_text", 16), ("matches", 24)]);
        assert!(Helper::ALL.iter().zip(0..).all(|(helper, index)| helper.offset() == index * 8));
        assert_eq!([None, Some(7)].map(Answer::word), [FAILED, 7]);
        assert_eq!([None, Some(false), Some(true)].map(Answer::word), [FAILED, 0, 1]);
    }
}
