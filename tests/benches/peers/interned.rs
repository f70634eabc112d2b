//! What the best hand-written code shares: words that become bits while they are read, and dense automata.

use std::fmt;

use regex_automata::dfa::Automaton;
use regex_automata::dfa::dense::{Builder, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};

/// An automaton for texts that a pattern matches as a whole.
pub(crate) fn dense(pattern: &str) -> DFA<Vec<u32>> {
    Builder::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .configure(
            Config::new()
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .match_kind(MatchKind::All)
                .minimize(true),
        )
        .build(&format!(r"(?:{pattern})\z"))
        .expect("the pattern is right")
}

/// Whether an automaton matches the whole text.
pub(crate) fn is_whole(dfa: &DFA<Vec<u32>>, text: &str) -> bool {
    let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
    matches!(dfa.try_search_fwd(&input), Ok(Some(_)))
}

/// Reads a list of texts as the bits of those among them that some rule asks for.
pub(crate) fn bits<'de, D: Deserializer<'de>>(
    deserializer: D,
    asked: &'static [&'static str],
) -> Result<u64, D::Error> {
    struct Bits(&'static [&'static str]);

    impl<'de> Visitor<'de> for Bits {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
            let mut bits = 0;
            while let Some(text) = seq.next_element::<&str>()? {
                if let Some(at) = self.0.iter().position(|asked| *asked == text) {
                    bits |= 1 << at;
                }
            }
            Ok(bits)
        }
    }

    deserializer.deserialize_seq(Bits(asked))
}
