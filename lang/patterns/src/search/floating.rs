//! The automaton that matches the patterns of a table wherever they begin: its states are sets of those of the other.

use std::collections::{BTreeMap, HashMap};

use super::anchored::{Anchored, place};
use super::cover::{Covers, Work};

/// The most states.
const MAX_STATES: usize = 16_384;
/// The most entries of all states.
const MAX_ENTRIES: usize = 100_000;

/// An automaton by its states.
#[derive(Debug)]
pub(super) struct Floating {
    /// The class of each byte.
    pub(super) classes: Vec<u8>,
    /// For each class, the state that a search is taken for that has read one of its bytes: a number of `fresh`.
    pub(super) contexts: Vec<u8>,
    /// The same of a search that has read nothing; it is where a search begins.
    pub(super) context: u8,
    /// For each context its state.
    pub(super) fresh: Vec<u32>,
    /// For each class, the state in which nothing is underway after one of its bytes.
    pub(super) idle: Vec<u32>,
    pub(super) states: Vec<State>,
}

/// A state.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The level of what has been found.
    pub(super) level: u32,
    /// The level of what is found if the text ends here.
    pub(super) end: u32,
    /// What follows, by class, where that is not `idle`.
    pub(super) follows: Vec<(u8, u32)>,
    /// What follows, by class, where that is not what follows the context.
    pub(super) entries: Vec<(u8, u32)>,
}

/// What a state stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Underway {
    /// The matches that may be underway, that which begins here included: states of the other automaton, in order.
    states: Vec<u32>,
    /// The level of what was found by coming here.
    level: u32,
}

/// States by what they stand for, numbered as they are met.
#[derive(Default)]
struct Numbers {
    known: HashMap<(Underway, u8), u32>,
    ahead: Vec<(Underway, u8)>,
}

impl Numbers {
    fn number(&mut self, underway: Underway, context: u8) -> Option<u32> {
        let next = u32::try_from(self.ahead.len()).ok()?;
        let ahead = &mut self.ahead;
        Some(*self.known.entry((underway, context)).or_insert_with_key(|state| {
            ahead.push(state.clone());
            next
        }))
    }
}

/// What a search that is here comes to, by class, where it does not come to nothing.
fn next(anchored: &Anchored, covers: &mut Covers<'_>, most: u32, states: &[u32]) -> BTreeMap<u8, Underway> {
    let mut next: BTreeMap<u8, Underway> = BTreeMap::new();
    for state in states {
        for (class, to) in &anchored.states[place(*state)].follows {
            let underway = next.entry(*class).or_default();
            let state = &anchored.states[place(*to)];
            underway.level = underway.level.max(state.level);
            // What finds nothing more is not underway.
            if !state.follows.is_empty() || state.end > 0 {
                underway.states.push(*to);
            }
        }
    }
    for (class, underway) in &mut next {
        if underway.level == most {
            // The search ends.
            underway.states.clear();
        }
        underway.states.sort_unstable();
        underway.states.dedup();
        covers.reduce(&mut underway.states);
        underway.states.push(anchored.starts[usize::from(*class)]);
        underway.states.sort_unstable();
        underway.states.dedup();
    }
    next
}

impl Floating {
    /// The automaton, if it is not too large.
    pub(super) fn of(anchored: &Anchored, work: &mut Work) -> Option<Self> {
        let most = anchored.states.iter().map(|state| state.level.max(state.end)).max()?;
        let mut covers = Covers::new(anchored, work);
        let begun = |class: usize| Underway { states: vec![anchored.starts[class]], level: 0 };
        let mut numbers = Numbers::default();
        // A search is taken for one that began a byte ago, within a word if that matters: what follows most states is
        // what follows that.
        let within = *anchored.starts.get(usize::from(anchored.classes[usize::from(b'a')]))?;
        let mut contexts = vec![];
        let mut fresh = vec![];
        let mut rows: Vec<Underway> = vec![];
        let mut first = next(anchored, &mut covers, most, &[within]);
        for class in 0..anchored.starts.len() {
            let underway = first.remove(&u8::try_from(class).ok()?).unwrap_or_else(|| begun(class));
            let row = rows.iter().position(|row| *row == underway).unwrap_or(rows.len());
            let context = u8::try_from(row).ok()?;
            if row == rows.len() {
                rows.push(underway.clone());
                fresh.push(numbers.number(underway, context)?);
            }
            contexts.push(context);
        }
        let context = u8::try_from(rows.len()).ok()?;
        fresh.push(numbers.number(Underway { states: vec![anchored.start], level: 0 }, context)?);
        let idle: Vec<u32> = (0..)
            .zip(&contexts)
            .map(|(class, context)| numbers.number(begun(class), *context))
            .collect::<Option<_>>()?;
        let mut states: Vec<State> = vec![];
        let mut entries = 0;
        while let Some((Underway { states: underway, level }, context)) = numbers.ahead.get(states.len()).cloned() {
            let mut follows = vec![];
            for (class, underway) in next(anchored, &mut covers, most, &underway) {
                follows.push((class, numbers.number(underway, contexts[usize::from(class)])?));
            }
            // Those of the contexts are the first states, so it is known what follows them.
            let mut own = vec![];
            if states.len() >= fresh.len() {
                let usual = &states[place(fresh[usize::from(context)])].follows;
                own = differing(&follows, usual, &idle);
                entries += own.len();
            }
            let end = underway.iter().map(|state| anchored.states[place(*state)].end).max().unwrap_or(0);
            states.push(State { level, end, follows, entries: own });
            if covers.gave_up() || numbers.ahead.len() > MAX_STATES || entries > MAX_ENTRIES {
                return None;
            }
        }
        Some(Self { classes: anchored.classes.clone(), contexts, context, fresh, idle, states })
    }
}

/// What follows a state and not another one, both by class.
fn differing(own: &[(u8, u32)], other: &[(u8, u32)], idle: &[u32]) -> Vec<(u8, u32)> {
    let of = |follows: &[(u8, u32)], class: u8| {
        let known = follows.binary_search_by_key(&class, |(class, _)| *class);
        known.map_or(idle[usize::from(class)], |at| follows[at].1)
    };
    let mut classes: Vec<u8> = own.iter().chain(other).map(|(class, _)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    classes.retain(|class| of(own, *class) != of(other, *class));
    classes.into_iter().map(|class| (class, of(own, class))).collect()
}
