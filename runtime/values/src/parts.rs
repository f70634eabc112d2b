//! The parts of a text that may be something by themselves: an address in a message, a link, a path.

/// What a sentence puts after a part without meaning it.
const AFTER: &[char] = &['.', ',', ';', ':', '!', '?'];

/// The parts of a text, in order: what stands between blanks, brackets, quotes and the like, without the punctuation
/// that follows it. Each may or may not be of the type that is looked for: that is for the type's own reader to say.
///
/// Nothing is put together or decoded: a part is a piece of the text as it stands.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_between).map(|part| part.trim_end_matches(AFTER)).filter(|part| !part.is_empty())
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '`' | '|')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_stand_by_themselves() {
        let all = |text| parts(text).collect::<Vec<_>>();
        assert_eq!(all(""), Vec::<&str>::new());
        assert_eq!(all(" \n.,!"), Vec::<&str>::new());
        assert_eq!(
            all("Write to Ann <ann@example.com>, or (bo@example.com)."),
            ["Write", "to", "Ann", "ann@example.com", "or", "bo@example.com"]
        );
        assert_eq!(all("see https://example.com/a?b=1,2."), ["see", "https://example.com/a?b=1,2"]);
        // What is no address in the text does not become one.
        assert_eq!(all("ann at example.com; o'ann@example.com"), ["ann", "at", "example.com", "o'ann@example.com"]);
        assert_eq!(all("a@example.com,b@example.com"), ["a@example.com,b@example.com"]);
    }

    proptest! {
        #[test]
        fn a_part_is_a_piece_of_the_text(text: String) {
            for part in parts(&text) {
                prop_assert!(text.contains(part) && !part.is_empty() && !part.contains(is_between));
                prop_assert_eq!(parts(part).collect::<Vec<_>>(), [part]);
            }
        }
    }
}
