//! What native code calls for: one list, from which the compiler takes offsets and the runtime its table.

/// Hands the list of helpers, in the order of the table, to another macro.
///
/// Each has the signature `extern "C" fn(context: *const NativeContext, a: u64, b: u64) -> u64` and
/// answers 0 or 1.
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
        let offsets: Vec<_> = Helper::ALL.iter().map(|h| (h.name(), h.offset())).collect();
        assert_eq!(offsets, [("text_eq", 0), ("contains_int", 8), ("contains_text", 16), ("matches", 24)]);
    }
}
