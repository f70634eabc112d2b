//! Patterns: the automata of a package's regular expressions, its patterns of commands, its text constants and its times of
//! the week, all ready to be held against values.

pub(crate) mod detector;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, dense, sparse};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use zt_values::command;
use zt_values::ranges::Weekly;

pub(crate) use self::detector::{Detector, Folded};
use crate::image::{Automata, PatternTable};
use crate::ir::{self, Hours, LiteralId, Program};
use crate::made::Made;
use crate::symbols::Symbols;

/// All patterns, text constants and times of the week of a package, ready to match.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    /// Of texts.
    texts: Vec<Pattern>,
    /// Tables of patterns.
    detectors: Vec<Detector>,
    /// Of commands, list by list.
    commands: Vec<Vec<command::Pattern>>,
    /// Text constants.
    symbols: Symbols,
    /// Times of the week.
    hours: Vec<Weekly>,
    /// For each tier, what its obligations are known by once they are made.
    made: Vec<Vec<Option<Made>>>,
}

impl Patterns {
    /// Reads all automata and all patterns of commands.
    pub(crate) fn read(program: &Program, automata: &Automata) -> Result<Self, Unusable> {
        let text = |(index, table)| Pattern::read(table).ok_or(Unusable::Text(index));
        let texts = automata.patterns.iter().enumerate().map(text).collect::<Result<_, _>>()?;
        let mut rest = automata.finders.as_slice();
        let detector = |(index, detector): (usize, &ir::Detector)| {
            let (own, others) = rest.split_at_checked(detector.automata.len()).ok_or(Unusable::Detector(index))?;
            rest = others;
            Detector::read(detector, own).ok_or(Unusable::Detector(index))
        };
        let detectors = program.detectors.iter().enumerate().map(detector).collect::<Result<_, _>>()?;
        let list = |(index, list): (usize, &Vec<String>)| {
            let list: Result<_, _> = list.iter().map(|pattern| command::Pattern::parse(pattern)).collect();
            list.map_err(|_| Unusable::Commands(index))
        };
        let commands = program.commands.iter().enumerate().map(list).collect::<Result<_, _>>()?;
        let symbols = Symbols::new(&program.literals).ok_or(Unusable::Constants)?;
        let weekly = |of: &Hours| {
            let zone = usize::try_from(of.zone.0).ok().and_then(|zone| program.zones.get(zone));
            zone.map(|zone| Weekly::new(zone, of.days, of.start, of.end)).ok_or(Unusable::Hours)
        };
        let hours = program.hours.iter().map(weekly).collect::<Result<_, _>>()?;
        let made = program.tiers.iter().map(|tier| tier.obligations.iter().map(Made::of).collect()).collect();
        Ok(Self { texts, detectors, commands, symbols, hours, made })
    }

    /// Patterns of texts alone.
    #[cfg(test)]
    pub(crate) fn of(texts: Vec<Pattern>) -> Self {
        Self { texts, ..Self::default() }
    }

    /// Tables of patterns alone.
    #[cfg(test)]
    pub(crate) fn seeking(detectors: Vec<Detector>) -> Self {
        Self { detectors, ..Self::default() }
    }

    /// A pattern of texts.
    pub(crate) fn text(&self, index: u32) -> Option<&Pattern> {
        self.texts.get(usize::try_from(index).ok()?)
    }

    /// A table of patterns.
    pub(crate) fn detector(&self, index: u32) -> Option<&Detector> {
        self.detectors.get(usize::try_from(index).ok()?)
    }

    /// The constant of a program that a text is.
    pub(crate) fn literal(&self, program: &Program, text: &str) -> Option<LiteralId> {
        self.symbols.find(&program.literals, text)
    }

    /// Times of the week.
    pub(crate) fn hours(&self, index: u64) -> Option<&Weekly> {
        self.hours.get(usize::try_from(index).ok()?)
    }

    /// What an obligation of a tier is known by once it is made, if it is the same each time.
    pub(crate) fn made(&self, tier: u32, obligation: usize) -> Option<Made> {
        *self.made.get(usize::try_from(tier).ok()?)?.get(obligation)?
    }

    /// A list of patterns of commands.
    pub(crate) fn commands(&self, index: u32) -> Option<&[command::Pattern]> {
        self.commands.get(usize::try_from(index).ok()?).map(Vec::as_slice)
    }
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The automaton of this index.
    Text(usize),
    /// Some automaton of the table of patterns of this index.
    Detector(usize),
    /// A pattern in the list of commands of this index.
    Commands(usize),
    /// Some text constant is there twice.
    Constants,
    /// Some times of the week are those of no zone.
    Hours,
}

/// A pattern, ready to match.
#[derive(Debug)]
pub(crate) struct Pattern {
    automaton: Either,
    /// Where a search of a whole text starts.
    start: StateID,
}

#[derive(Debug)]
enum Either {
    Dense(dense::DFA<Vec<u32>>),
    Sparse(sparse::DFA<Vec<u8>>),
}

impl Pattern {
    /// Reads and checks an automaton; nothing if it is none, or cannot be asked what we ask.
    pub(crate) fn read(table: &PatternTable) -> Option<Self> {
        let automaton = if table.sparse {
            let (dfa, length) = sparse::DFA::from_bytes(&table.bytes).ok()?;
            (length == table.bytes.len()).then(|| Either::Sparse(dfa.to_owned()))?
        } else {
            // A dense automaton is read in words, so its bytes must begin where a word may.
            let mut room = vec![0_u8; table.bytes.len().checked_add(WORD)?];
            let start = room.as_ptr().align_offset(WORD);
            let aligned = room.get_mut(start..start.checked_add(table.bytes.len())?)?;
            aligned.copy_from_slice(&table.bytes);
            let (dfa, length) = dense::DFA::from_bytes(aligned).ok()?;
            (length == aligned.len()).then(|| Either::Dense(dfa.to_owned()))?
        };
        // An automaton built for other searches refuses ours; better now than at the first request.
        let config = start::Config::new().anchored(Anchored::Yes);
        let start = match &automaton {
            Either::Dense(dfa) => dfa.start_state(&config),
            Either::Sparse(dfa) => dfa.start_state(&config),
        };
        Some(Self { automaton, start: start.ok()? })
    }

    /// Whether the whole text matches; nothing if the automaton gives up.
    pub(crate) fn matches(&self, text: &str) -> Option<bool> {
        match &self.automaton {
            Either::Dense(dfa) => whole(dfa, self.start, text),
            Either::Sparse(dfa) => whole(dfa, self.start, text),
        }
    }
}

/// Bytes of a word of a dense automaton.
const WORD: usize = 4;

/// Whether all of a text matches, by the states alone: a pattern of ours ends with the text, so a match is seen there and
/// nowhere before.
fn whole(dfa: &impl Automaton, start: StateID, text: &str) -> Option<bool> {
    let mut state = start;
    for byte in text.bytes() {
        state = dfa.next_state(state, byte);
        if dfa.is_special_state(state) {
            if dfa.is_dead_state(state) {
                return Some(false);
            }
            if dfa.is_quit_state(state) {
                return None;
            }
        }
    }
    Some(dfa.is_match_state(dfa.next_eoi_state(state)))
}

#[cfg(test)]
pub(crate) mod tests {
    use regex_automata::MatchKind;
    use regex_automata::dfa::StartKind;

    use super::*;

    /// An automaton for a whole match of `source`.
    pub(crate) fn table(source: &str, sparse: bool) -> PatternTable {
        let dfa = dense::Builder::new()
            .configure(dense::Config::new().start_kind(StartKind::Anchored).match_kind(MatchKind::LeftmostFirst))
            .build(&format!(r"\A(?:{source})\z"))
            .unwrap();
        let bytes = if sparse {
            dfa.to_sparse().unwrap().to_bytes_native_endian()
        } else {
            let (bytes, padding) = dfa.to_bytes_native_endian();
            bytes[padding..].to_vec()
        };
        PatternTable { sparse, bytes }
    }

    #[test]
    fn whole_texts_match() {
        for sparse in [false, true] {
            let pattern = Pattern::read(&table("pi_[a-z0-9]+|é", sparse)).unwrap();
            for (text, expected) in
                [("pi_1", true), ("é", true), ("", false), ("pi_", false), ("xpi_1", false), ("pi_1\n", false)]
            {
                assert_eq!(pattern.matches(text), Some(expected), "{text:?}");
            }
            let empty = Pattern::read(&table("a*", sparse)).unwrap();
            assert_eq!(empty.matches(""), Some(true));
        }
    }

    #[test]
    fn other_automata_are_refused() {
        for sparse in [false, true] {
            assert!(Pattern::read(&PatternTable { sparse, bytes: vec![] }).is_none());
            let mut long = table("a", sparse);
            long.bytes.push(0);
            assert!(Pattern::read(&long).is_none());
            let mut short = table("a", sparse);
            short.bytes.pop();
            assert!(Pattern::read(&short).is_none());
        }
        let config = dense::Config::new().start_kind(StartKind::Unanchored);
        let dfa = dense::Builder::new().configure(config).build("a").unwrap();
        let (bytes, padding) = dfa.to_bytes_native_endian();
        assert!(Pattern::read(&PatternTable { sparse: false, bytes: bytes[padding..].to_vec() }).is_none());
    }
}
