//! Rules as data: conditions that hold a request against constants, as rows of a table instead of machine code.
//!
//! Where a package has many rules, most of them are alike: they compare attributes with words of their own. To compile each
//! would take most of the time that loading takes, and most of the memory. Such a condition becomes a row of numbers
//! instead.
//!
//! Every comparison of a word with a constant is of one kind: `word - low <= span`, taken modulo 2⁶⁴ and without sign.
//! `word >= low` has the distance to the greatest number as its span, `word == low` has 0, and what they are not is the
//! range around the other way. A row begins with two of these that must hold, so that all rules of a case are tried without
//! a branch. What is left is a list of steps, walked for those rules alone for which both hold: a step asks one
//! thing and says where to go on if it is so and where if it is not.
//!
//! Like the index the steps follow from the conditions alone: they are derived when a package is loaded, and no image can
//! carry wrong ones. A step leads forward only, so walking ends.

mod write;

pub use self::write::is_data;

use crate::abi::Set;
use crate::ir::Entry;
use crate::operands::Operands;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    /// What must hold, or the rule does not.
    tests: [Test; 2],
    /// Whose words are tested.
    slots: [u16; 2],
    /// Its first step; [`NO_STEPS`] if it holds then.
    steps: u32,
}

/// Whether a word lies within numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Test {
    low: u64,
    span: u64,
}

impl Test {
    /// Everything does.
    const ALL: Self = Self { low: 0, span: u64::MAX };

    const fn holds(self, word: u64) -> bool {
        word.wrapping_sub(self.low) <= self.span
    }
}

const NO_STEPS: u32 = u32::MAX;

/// One step of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// From what number on, or what is asked about.
    low: u64,
    /// How many numbers further it is still so, or what it is asked with.
    span: u64,
    /// Whose word is looked at, or which of what is asked about and with are slots.
    slot: u16,
    /// The step to go on with if it is so, counted from the rule's first one, or a way out.
    yes: u16,
    /// The same if it is not.
    no: u16,
    ask: Ask,
    /// Which of the answers that its group remembers it is; [`FORGOTTEN`] where nobody else asks.
    memory: u8,
}

/// What a step asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// Whether a slot's word lies within numbers.
    Within,
    /// Whether two slots hold the same word.
    Same,
    /// Whether the number in a slot is less than that in another one.
    Less,
    /// Nothing: it is so.
    Nothing,
    /// Takes note that an operand failed, in the note of this number. It is so.
    Fail,
    /// Forgets that one failed. It is so.
    Forget,
    /// Whether one failed.
    Failed,
    /// Whether a set of texts has a constant, by the [`mark`](crate::abi::mark) of that.
    Has,
    TextEq,
    ContainsInt,
    ContainsText,
    Matches,
    UnderPath,
    UnderHost,
    UnderNet,
    RunsOnly,
    RunsAny,
}

/// The first of these is a slot.
const FIRST: u16 = 1;

/// The second of these is a slot.
const SECOND: u16 = 2;

/// Ways out: the rule holds, does not hold, failed.
const HELD: u16 = u16::MAX;
const NOT: u16 = u16::MAX - 1;
const FAILED: u16 = u16::MAX - 2;

/// So many steps a rule may have.
const MAX_STEPS: usize = 1_000;

/// So many notes and answers are remembered at most; what is beyond is asked again.
const MEMORIES: u8 = 64;

const FORGOTTEN: u8 = u8::MAX;

/// The rules of a package that are data.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    rules: Vec<Row>,
    /// For each group of each entry, its first rule; nothing where it is machine code.
    groups: Vec<Option<u32>>,
    /// For each entry, its first group.
    entries: Vec<u32>,
}

/// What rules of a case asked the runtime, one bit for each thing that several ask.
#[derive(Debug, Default)]
struct Answers {
    known: u64,
    answers: u64,
}

impl Steps {
    /// Begins with the groups of the next entry.
    pub(crate) fn entry(&mut self) {
        self.entries.push(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
    }

    /// Adds a group of the entry's rules, by their positions: as data if it is not code. Nothing if it can only be code.
    pub(crate) fn group(&mut self, entry: &Entry, rules: &[u32], is_code: bool) -> Option<()> {
        if is_code {
            self.groups.push(None);
            return Some(());
        }
        let first = self.rules.len();
        let steps = self.steps.len();
        for position in rules {
            let rule = entry.rules.get(usize::try_from(*position).ok()?)?;
            self.rules.push(write::write(&rule.condition, &mut self.steps)?);
        }
        write::remember(self.steps.get_mut(steps..)?);
        self.groups.push(Some(u32::try_from(first).ok()?));
        Some(())
    }

    /// Gives back what was set aside for more.
    pub(crate) fn shrink(&mut self) {
        self.steps.shrink_to_fit();
        self.rules.shrink_to_fit();
        self.groups.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let [rows, steps] = [size_of_val(self.rules.as_slice()), size_of_val(self.steps.as_slice())];
        let [groups, entries] = [size_of_val(self.groups.as_slice()), size_of_val(self.entries.as_slice())];
        rows.saturating_add(steps).saturating_add(groups).saturating_add(entries)
    }

    /// The number of the first rule of a group, if it is data.
    pub(crate) fn first(&self, entry: usize, group: u32) -> Option<usize> {
        let first = self.entries.get(entry)?.checked_add(group)?;
        let rule = (*self.groups.get(usize::try_from(first).ok()?)?)?;
        usize::try_from(rule).ok()
    }

    /// The bits of the rules of a case that hold and of those that failed, given the number of its group's first rule and
    /// the places of its own in the group.
    pub(crate) fn case(
        &self,
        first: usize,
        places: std::ops::Range<u32>,
        slots: &[u64],
        operands: &Operands<'_>,
    ) -> Option<[u64; 2]> {
        // A test that everything passes is of some slot, too.
        let slots = if slots.is_empty() { &[0] } else { slots };
        let place = |place: u32| first.checked_add(usize::try_from(place).ok()?);
        let (mut held, mut left) = (0_u64, 0_u64);
        let rows = self.rules.get(place(places.start)?..place(places.end)?)?;
        for (at, row) in (places.start..).zip(rows) {
            let [first, second] = row.slots.map(|slot| slots.get(usize::from(slot)));
            let [one, other] = row.tests;
            // Shifted rather than chosen, or the compiler makes branches of it.
            let holds = u64::from(one.holds(*first?)) & u64::from(other.holds(*second?));
            held |= holds.wrapping_shl(at);
            left |= u64::from(row.steps != NO_STEPS).wrapping_shl(at);
        }
        left &= held;
        held ^= left;
        let mut failed = 0;
        let mut answers = Answers::default();
        while left != 0 {
            let row = self.rules.get(place(left.trailing_zeros())?)?;
            let steps = self.steps.get(usize::try_from(row.steps).ok()?..)?;
            // The lowest bit.
            let bit = left & left.wrapping_neg();
            match walk(steps, slots, operands, &mut answers)? {
                HELD => held |= bit,
                NOT => {}
                _ => failed |= bit,
            }
            left ^= bit;
        }
        Some([held, failed])
    }
}

/// Where the steps of a rule lead out.
#[inline]
fn walk(steps: &[Step], slots: &[u64], operands: &Operands<'_>, answers: &mut Answers) -> Option<u16> {
    let mut notes = 0;
    let mut at = 0_u16;
    loop {
        let step = steps.get(usize::from(at))?;
        let is = match step.ask {
            Ask::Within => Test { low: step.low, span: step.span }.holds(*slots.get(usize::from(step.slot))?),
            _ => ask(step, slots, operands, answers, &mut notes)?,
        };
        at = if is { step.yes } else { step.no };
        if at >= FAILED {
            return Some(at);
        }
    }
}

/// The answer to a step that is no comparison with constants.
#[inline(never)]
fn ask(step: &Step, slots: &[u64], operands: &Operands<'_>, answers: &mut Answers, notes: &mut u64) -> Option<bool> {
    let slot = |slot: u64| slots.get(usize::try_from(slot).ok()?).copied();
    match step.ask {
        Ask::Same => return Some(slot(step.low)? == slot(step.span)?),
        Ask::Less => return Some(slot(step.low)?.cast_signed() < slot(step.span)?.cast_signed()),
        Ask::Nothing => return Some(true),
        Ask::Fail => *notes |= step.low,
        Ask::Forget => *notes &= !step.low,
        Ask::Failed => return Some(*notes & step.low != 0),
        Ask::Has => {
            let Set { start, count } = Set::unpack(slot(step.low)?);
            let marks = usize::try_from(start.checked_add(count)?).ok()?;
            return Some(operands.elements().get(marks)? & step.span != 0);
        }
        _ => {
            let bit = 1_u64.checked_shl(step.memory.into()).unwrap_or_default();
            if answers.known & bit != 0 {
                return Some(answers.answers & bit != 0);
            }
            let first = if step.slot & FIRST == 0 { step.low } else { slot(step.low)? };
            let second = if step.slot & SECOND == 0 { step.span } else { slot(step.span)? };
            let answer = helper(step.ask, first, second, operands);
            answers.known |= bit;
            answers.answers |= if answer { bit } else { 0 };
            return Some(answer);
        }
    }
    Some(true)
}

fn helper(ask: Ask, first: u64, second: u64, operands: &Operands<'_>) -> bool {
    match ask {
        Ask::TextEq => operands.text_eq(first, second),
        // Most sets of a request are there and empty, or not there.
        Ask::ContainsInt => Set::unpack(first).count != 0 && operands.contains_int(first, second),
        Ask::ContainsText => Set::unpack(first).count != 0 && operands.contains_text(first, second),
        Ask::Matches => operands.matches(first, second),
        Ask::UnderPath => operands.under_path(first, second),
        Ask::UnderHost => operands.under_host(first, second),
        Ask::UnderNet => operands.under_net(first, second),
        Ask::RunsOnly => operands.runs_only(first, second),
        Ask::RunsAny => operands.runs_any(first, second),
        Ask::Within | Ask::Same | Ask::Less | Ask::Nothing | Ask::Fail | Ask::Forget | Ask::Failed | Ask::Has => false,
    }
}

#[cfg(test)]
mod tests;
