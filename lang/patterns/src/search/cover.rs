//! Which match that is underway makes another one superfluous: whatever the other finds, it finds as much, and no later.

use std::collections::{HashMap, HashSet};

use super::anchored::{Anchored, place};

/// The most pairs that are looked at for one answer.
const MAX_PAIRS: usize = 512;

/// How much work a table's automata may be: pairs of states that are looked at, and what follows them. It is some seconds.
/// The largest table of `std.inspect` needs 6.3 million, and all seven together 19 million.
#[derive(Debug)]
pub(super) struct Work(u64);

impl Work {
    pub(super) const fn new() -> Self {
        Self(400_000_000)
    }

    fn spend(&mut self, steps: usize) {
        self.0 = self.0.saturating_sub(u64::try_from(steps).unwrap_or(u64::MAX));
    }

    /// Whether all of it is done.
    pub(super) const fn is_over(&self) -> bool {
        self.0 == 0
    }
}

/// What is known of pairs of states.
#[derive(Debug)]
pub(super) struct Covers<'a> {
    anchored: &'a Anchored,
    work: &'a mut Work,
    /// The highest level that each state has or comes to.
    ahead: Vec<u32>,
    known: HashMap<(u32, u32), bool>,
}

impl<'a> Covers<'a> {
    pub(super) fn new(anchored: &'a Anchored, work: &'a mut Work) -> Self {
        Self { anchored, work, ahead: anchored.ahead(), known: HashMap::new() }
    }

    /// Whether there was too much to look at, so that nothing more is said.
    pub(super) const fn gave_up(&self) -> bool {
        self.work.is_over()
    }

    /// Leaves out what something else in the list makes superfluous. Of two that are the same, one stays.
    pub(super) fn reduce(&mut self, states: &mut Vec<u32>) {
        let mut at = 0;
        while let Some(other) = states.get(at).copied() {
            if self.gave_up() {
                return;
            }
            self.work.spend(states.len());
            if states.iter().any(|state| *state != other && self.covers(*state, other)) {
                states.remove(at);
            } else {
                at += 1;
            }
        }
    }

    /// Whether a state finds whatever another one does, and no later: there is a simulation that holds the pair (Milner
    /// 1971). One that is too large to be looked through counts as none.
    fn covers(&mut self, state: u32, other: u32) -> bool {
        if let Some(known) = self.known.get(&(state, other)) {
            return *known;
        }
        let mut pairs = HashSet::from([(state, other)]);
        let mut ahead = vec![(state, other)];
        let mut holds = true;
        while let Some((state, other)) = ahead.pop() {
            self.work.spend(self.anchored.states[place(other)].follows.len().saturating_add(8));
            holds = self.step(state, other, &mut pairs, &mut ahead) && pairs.len() <= MAX_PAIRS;
            if !holds {
                break;
            }
        }
        if holds {
            // All of them together are a simulation.
            self.known.extend(pairs.into_iter().map(|pair| (pair, true)));
        } else {
            self.known.insert((state, other), false);
        }
        holds
    }

    /// Whether a pair may be one of a simulation, by what is found now and next; what it depends on is put ahead.
    fn step(&self, state: u32, other: u32, pairs: &mut HashSet<(u32, u32)>, ahead: &mut Vec<(u32, u32)>) -> bool {
        let (state, other) = (&self.anchored.states[place(state)], &self.anchored.states[place(other)]);
        if state.end < other.end {
            return false;
        }
        for (class, to) in &other.follows {
            let Ok(at) = state.follows.binary_search_by_key(class, |(class, _)| *class) else { return false };
            let mine = state.follows[at].1;
            let level = self.anchored.states[place(mine)].level;
            // Nothing that comes is more than what is found already.
            if level >= self.ahead[place(*to)] || mine == *to {
                continue;
            }
            if level < self.anchored.states[place(*to)].level {
                return false;
            }
            match self.known.get(&(mine, *to)) {
                Some(true) => {}
                Some(false) => return false,
                None => {
                    if pairs.insert((mine, *to)) {
                        ahead.push((mine, *to));
                    }
                }
            }
        }
        true
    }
}
