//! The automaton that matches the patterns of a table where a text begins.

use std::collections::{BTreeMap, HashMap, VecDeque};

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored as Place, MatchKind};

use super::Row;
use crate::source::NESTED;

/// The most memory that building it may take, in bytes.
const BUILD_BYTES: usize = 16 << 20;

/// What follows a state: classes and states, by class. What leads nowhere is left out.
pub(super) type Follows = Vec<(u8, u32)>;

/// An automaton by its states.
#[derive(Debug)]
pub(super) struct Anchored {
    /// The class of each byte.
    pub(super) classes: Vec<u8>,
    /// For each class, the state that begins after one of its bytes.
    pub(super) starts: Vec<u32>,
    /// The state that begins at the beginning.
    pub(super) start: u32,
    pub(super) states: Vec<State>,
}

/// A state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The level of what has been found; 0 if nothing.
    pub(super) level: u32,
    /// The level of what is found if the text ends here, if that is higher.
    pub(super) end: u32,
    pub(super) follows: Follows,
}

impl Anchored {
    /// The automaton of these rows, if it is not too large. Its states are found breadth first.
    pub(super) fn of(rows: &[Row<'_>]) -> Option<Self> {
        let patterns: Vec<&str> = rows.iter().map(|row| row.pattern).collect();
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .minimize(false)
            .dfa_size_limit(Some(BUILD_BYTES))
            .determinize_size_limit(Some(BUILD_BYTES));
        let dfa = dense::Builder::new()
            .syntax(syntax::Config::new().nest_limit(NESTED))
            .thompson(thompson::Config::new().nfa_size_limit(Some(BUILD_BYTES)).shrink(false))
            .configure(config)
            .build_many(&patterns)
            .ok()?;
        let level = |id: StateID| {
            let matches = if dfa.is_match_state(id) { dfa.match_len(id) } else { 0 };
            let says = |n| rows.get(dfa.match_pattern(id, n).as_usize()).map_or(0, |row| row.says);
            (0..matches).map(says).max().unwrap_or(0)
        };
        let of_byte: Vec<u8> = (0..=u8::MAX).map(|byte| dfa.byte_classes().get(byte)).collect();
        let bytes: BTreeMap<u8, u8> = of_byte.iter().copied().zip(0..=u8::MAX).collect();
        let mut found = Found::default();
        let mut begin = |before| {
            let config = start::Config::new().anchored(Place::Yes).look_behind(before);
            Some(found.number(dfa.start_state(&config).ok()?))
        };
        let start = begin(None)?;
        let after: Vec<u32> = (0..=u8::MAX).map(|byte| begin(Some(byte))).collect::<Option<_>>()?;
        // Bytes are of one class if no state tells them apart, and no beginning after them.
        let mut known: BTreeMap<(u8, u32), u8> = BTreeMap::new();
        let (mut classes, mut starts, mut classed) = (vec![], vec![], vec![]);
        for (class, start) in of_byte.iter().zip(&after) {
            let next = u8::try_from(known.len()).ok()?;
            let number = *known.entry((*class, *start)).or_insert(next);
            if number == next && usize::from(number) == starts.len() {
                starts.push(*start);
                classed.push(*bytes.get(class)?);
            }
            classes.push(number);
        }
        let mut states = vec![];
        while let Some(id) = found.ahead.pop_front() {
            let mut follows = vec![];
            for (class, byte) in (0..).zip(&classed) {
                let next = dfa.next_state(id, *byte);
                if dfa.is_quit_state(next) {
                    return None;
                }
                if !dfa.is_dead_state(next) {
                    follows.push((class, found.number(next)));
                }
            }
            states.push(State { level: level(id), end: level(dfa.next_eoi_state(id)), follows });
        }
        Some(Self { classes, starts, start, states })
    }

    /// The same without states that find the same as others, and without what finds no more than was found.
    pub(super) fn reduced(mut self) -> Self {
        // The library tells a match one byte late. If it does whatever follows, it is certain before.
        let all = self.starts.len();
        let levels: Vec<u32> = self.states.iter().map(|state| state.level).collect();
        let level = |state: &u32| levels.get(place(*state)).copied().unwrap_or(0);
        for state in self.states.iter_mut().filter(|state| state.follows.len() == all) {
            let certain = state.follows.iter().map(|(_, next)| level(next)).min().unwrap_or(0);
            state.level = state.level.max(certain.min(state.end));
        }
        let ahead = self.ahead();
        let ahead = |state: u32| ahead.get(place(state)).copied().unwrap_or(0);
        for state in &mut self.states {
            let level = state.level;
            state.follows.retain(|(_, next)| ahead(*next) > level);
            if state.end <= level {
                state.end = 0;
            }
        }
        let order = self.by_depth();
        self.merged(&order)
    }

    /// The states, those after which a search comes to nothing new first.
    fn by_depth(&self) -> Vec<u32> {
        let mut seen = vec![false; self.states.len()];
        let mut order = vec![];
        for start in self.starts.iter().chain([&self.start]) {
            let mut path = vec![(*start, 0)];
            while let Some((state, next)) = path.pop() {
                if next == 0 && std::mem::replace(&mut seen[place(state)], true) {
                    continue;
                }
                match self.states[place(state)].follows.get(next) {
                    Some((_, to)) => path.extend([(state, next + 1), (*to, 0)]),
                    None => order.push(state),
                }
            }
        }
        order
    }

    /// The highest level that each state has or comes to.
    pub(super) fn ahead(&self) -> Vec<u32> {
        let order = self.by_depth();
        let mut ahead: Vec<u32> = self.states.iter().map(|state| state.level.max(state.end)).collect();
        loop {
            let mut changed = false;
            for state in &order {
                let next = self.states[place(*state)].follows.iter().map(|(_, next)| ahead[place(*next)]).max();
                let known = &mut ahead[place(*state)];
                if next.is_some_and(|next| next > *known) {
                    *known = next.unwrap_or(*known);
                    changed = true;
                }
            }
            if !changed {
                return ahead;
            }
        }
    }

    /// The same with one state for those whose level is the same and which lead to the same: all that no circle but that
    /// of one state comes between.
    fn merged(mut self, order: &[u32]) -> Self {
        /// A state that leads to itself.
        const ITSELF: u32 = u32::MAX;
        let mut kept: Vec<u32> = (0..).take(self.states.len()).collect();
        let mut known: HashMap<State, u32> = HashMap::new();
        for state in order {
            let mut own = std::mem::take(&mut self.states[place(*state)]);
            for (_, next) in &mut own.follows {
                *next = if next == state { ITSELF } else { kept[place(*next)] };
            }
            kept[place(*state)] = *known.entry(own.clone()).or_insert(*state);
            own.follows.iter_mut().filter(|(_, next)| *next == ITSELF).for_each(|(_, next)| *next = *state);
            self.states[place(*state)] = own;
        }
        for state in &mut self.states {
            state.follows.iter_mut().for_each(|(_, next)| *next = kept[place(*next)]);
        }
        self.starts.iter_mut().chain([&mut self.start]).for_each(|start| *start = kept[place(*start)]);
        self
    }
}

/// A state's number as a place.
pub(super) fn place(state: u32) -> usize {
    usize::try_from(state).unwrap_or(usize::MAX)
}

/// States by their names in the library, numbered as they are met.
#[derive(Default)]
struct Found {
    known: HashMap<StateID, u32>,
    ahead: VecDeque<StateID>,
}

impl Found {
    fn number(&mut self, id: StateID) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(id).or_insert_with(|| {
            self.ahead.push_back(id);
            next
        })
    }
}
