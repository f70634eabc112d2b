//! An automaton as the tables that search: states are places in one array, where what follows them fits between others.

use std::collections::{HashMap, HashSet};

use zt_values::finder::{MAX_CLASSES, Tables, entry, no_entry};

use super::anchored::place;
use super::floating::Floating;

/// The tables of an automaton, if it is not too large for them.
pub(super) fn packed(floating: &Floating, digest: [u8; 32]) -> Option<Tables> {
    let classes = floating.contexts.len();
    if classes > MAX_CLASSES {
        return None;
    }
    let mut order: Vec<usize> = (0..floating.states.len()).collect();
    // Those that need the most room first; the order is one, so the same automaton gives the same tables.
    order.sort_by_key(|state| std::cmp::Reverse(floating.states[*state].entries.len()));
    let mut room = Room::default();
    let mut places = vec![0; floating.states.len()];
    for state in order {
        let own = &floating.states[state].entries;
        places[state] = room.taken_by(own.iter().map(|(class, _)| usize::from(*class)).collect());
    }
    let to = |class: u8, state: u32| {
        let level = floating.states.get(place(state))?.level;
        entry(class, u32::try_from(*places.get(place(state))?).ok()?, level > 0)
    };
    let mut fresh = vec![];
    for state in &floating.fresh {
        let mut row = floating.idle.clone();
        for (class, next) in &floating.states.get(place(*state))?.follows {
            row[usize::from(*class)] = *next;
        }
        for next in row {
            fresh.push(to(0, next)?);
        }
    }
    let mut entries = vec![no_entry(); places.iter().max()? + classes];
    for (state, at) in floating.states.iter().zip(&places) {
        for (class, next) in &state.entries {
            entries[at + usize::from(*class)] = to(*class, *next)?;
        }
    }
    let mut found = vec![];
    let mut ends = vec![];
    for (state, at) in floating.states.iter().zip(&places) {
        let at = u32::try_from(*at).ok()?;
        found.extend((state.level > 0).then_some((at, state.level)));
        ends.extend((state.end > 0).then_some((at, state.end)));
    }
    found.sort_unstable();
    ends.sort_unstable();
    let first = u32::try_from(places[place(*floating.fresh.get(usize::from(floating.context))?)]).ok()?;
    Some(Tables {
        digest,
        classes: floating.classes.clone(),
        contexts: floating.contexts.clone(),
        context: floating.context,
        fresh,
        entries,
        first,
        found,
        ends,
    })
}

/// How many places are tried for one state before it stands behind all others.
const MAX_TRIES: usize = 1_024;

/// What is taken of the array.
#[derive(Default)]
struct Room {
    taken: Vec<bool>,
    /// Before this nothing is free.
    full: usize,
    /// The places of states: no two have the same.
    places: HashSet<usize>,
    /// Before this every place is one of a state.
    placed: usize,
    /// For some classes, the place that was found last: before it there is none.
    last: HashMap<Vec<usize>, usize>,
}

impl Room {
    /// A place at which these classes are free, which they are not after.
    fn taken_by(&mut self, classes: Vec<usize>) -> usize {
        let Some(first) = classes.first().copied() else {
            while !self.places.insert(self.placed) {
                self.placed += 1;
            }
            return self.placed;
        };
        while self.taken.get(self.full).is_some_and(|taken| *taken) {
            self.full += 1;
        }
        let from = self.last.get(&classes).copied().unwrap_or_default().max(self.full.saturating_sub(first));
        let is_taken = |at: usize| self.taken.get(at).is_some_and(|taken| *taken);
        let fits = |at: &usize| !self.places.contains(at) && !classes.iter().any(|class| is_taken(at + class));
        let behind = self.taken.len();
        let tried = (from..behind).filter(|at| !is_taken(at + first)).take(MAX_TRIES);
        let at = tried.chain(behind..).find(fits).unwrap_or(behind);
        self.places.insert(at);
        for class in &classes {
            if self.taken.len() <= at + class {
                self.taken.resize(at + class + 1, false);
            }
            self.taken[at + class] = true;
        }
        self.last.insert(classes, at);
        at
    }
}
