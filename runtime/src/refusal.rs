//! Refusals: why a request is not judged at all.

use std::fmt;

use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $sentence:literal;)*) => {
        /// What is wrong with a refused request. The codes are stable: clients may depend on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalCode {
            $($(#[$doc])* $variant,)*
        }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as it stands in a decision.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// The same for people.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)*
                }
            }
        }
    };
}

codes! {
    /// Longer than a request may be.
    TooLarge = "too_large", "The request is longer than 1 MiB.";
    /// Not one well-formed JSON value.
    BadJson = "bad_json", "The request is not exactly one well-formed JSON value in UTF-8.";
    /// Nested deeper than a request may be.
    TooDeep = "too_deep", "The request is nested deeper than 32 levels.";
    /// A value of another JSON type than the declared one.
    WrongType = "wrong_type", "The value is of another type than the declared one.";
    /// A member that is not declared.
    UnknownField = "unknown_field", "There is no such member here.";
    /// A member twice in the same object.
    DuplicateField = "duplicate_field", "The member is there twice.";
    /// A required member that is not there.
    MissingField = "missing_field", "The member is required and is not there.";
    /// An action that the package does not declare.
    UnknownAction = "unknown_action", "There is no action of this name.";
    /// An event that the package does not declare.
    UnknownEvent = "unknown_event", "There is no event of this name.";
    /// An event that a window does not take.
    Unrecorded = "unrecorded", "The event cannot be recorded, and what depends on it must not go on.";
    /// A call of an action that is judged as one of its parts, and is none of them.
    NoPart = "no_part", "The action is judged by its parts, and with these arguments it is none of them.";
    /// An entity of a type that may not stand here.
    UnexpectedType = "unexpected_type", "An entity of this type may not stand here.";
    /// Attributes of an entity for which somebody else vouches.
    WrongChannel = "wrong_channel", "The attributes of this entity come from elsewhere; a request may not carry them.";
    /// Another resource than the one that the arguments say.
    OtherResource = "other_resource", "The arguments say which resource it is, and it is not this one.";
    /// A `null` where the value is required.
    NullValue = "null_value", "The value is null and nothing optional stands here.";
    /// A number that is not an integer as integers are written.
    NotAnInteger = "not_an_integer", "The number is not an integer, written without fraction or exponent.";
    /// A number outside of its type's range.
    OutOfRange = "out_of_range", "The number is outside of the declared range.";
    /// A number that is not a decimal as decimals are written.
    NotADecimal = "not_a_decimal", "The number is not a decimal, written without exponent; zero has no sign.";
    /// A decimal with more digits after the point than its type accepts.
    TooPrecise = "too_precise", "The number has more digits after the point than declared.";
    /// A text of more bytes than its type accepts.
    TooLong = "too_long", "The text is longer than declared.";
    /// A text with a character that no text may have.
    BadCharacter = "bad_character", "The text contains the character U+0000.";
    /// A text that does not match its type's pattern.
    NoMatch = "no_match", "The text does not match the declared pattern.";
    /// A text that is not an identifier.
    BadIdent = "bad_ident", "The text is not an identifier: only letters A to Z, digits and _ . : / @ + - may stand in one.";
    /// A text that is not an instant, or one with an unknown day, time or precision.
    NotAnInstant = "not_an_instant", "The text is not an instant as RFC 3339 writes it, such as 2026-03-27T14:00:00Z.";
    /// A text that is not a date.
    NotADate = "not_a_date", "The text is not a date such as 2026-03-27.";
    /// A text that is not a time of day.
    NotATime = "not_a_time", "The text is not a time of day such as 09:00 or 09:00:30.";
    /// A text that is not a duration.
    NotADuration = "not_a_duration", "The text is not a duration of days, hours, minutes and seconds such as P1DT2H.";
    /// A text that is not a path of one spelling.
    NotAPath = "not_a_path", "The text is not an absolute path without empty, dot or hidden parts.";
    /// A text that is not a URL.
    NotAUrl = "not_a_url", "The text is not an absolute http, https, ws or wss URL of one spelling.";
    /// A text that is not a host.
    NotAHost = "not_a_host", "The text is neither a DNS name nor an IP address in its usual form.";
    /// A text that is not an e-mail address.
    NotAnEmail = "not_an_email", "The text is not an e-mail address.";
    /// A text that is not an IP address.
    NotAnAddress = "not_an_address", "The text is not an IP address in its usual form.";
    /// A text that is not a network.
    NotANet = "not_a_net", "The text is not a network of IP addresses such as 10.0.0.0/8.";
    /// A text that cannot be split into commands.
    NotACommand = "not_a_command", "The text cannot be split into commands with certainty.";
    /// An entity's id without a character in it.
    Empty = "empty", "The id is empty.";
    /// A text that is not a member of its enum.
    UnknownMember = "unknown_member", "The text is not a member of the declared enum.";
    /// More elements than the type of a set or list accepts.
    TooMany = "too_many", "The set or list has more elements than declared.";
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RefusalCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Why a request was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub code: RefusalCode,
    /// Where: a JSON Pointer into the request; empty for the request as a whole.
    pub path: String,
}

impl Refusal {
    /// A refusal of the request as a whole.
    pub(crate) const fn whole(code: RefusalCode) -> Self {
        Self { code, path: String::new() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}", self.code),
            path => write!(f, "{} at {path}", self.code),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_sentences_are_sentences() {
        let mut codes: Vec<_> = RefusalCode::ALL.iter().map(|c| c.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            assert!(code.sentence().ends_with('.'), "{code}");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
        }
    }
}
