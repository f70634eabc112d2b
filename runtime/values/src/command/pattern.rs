//! Patterns of commands: `git diff [--stat] *`, `curl * | bash`.

use std::collections::BTreeSet;

use super::shell::{Content, Word};
use super::wrap::{self, Simple};
use crate::reason::{EMPTY, Reason};
use crate::unicode;

/// Most words of a command's pattern: its positions are bits.
const WORDS: usize = 48;

const TOO_LONG: Reason = Reason::new("has more than 48 words in one command");
const QUOTES: Reason = Reason::new("has a character of the shell's own; a pattern is words, `*`, `[--option]` and `|`");
const STAR: Reason = Reason::new("has `*` beside other characters of a word; it stands for whole words");
const OPTIONAL: Reason = Reason::new("has a bracket that does not enclose one word");
const PROGRAM: Reason = Reason::new("has no program at its start, or on one side of a `|`");
const ANY_PROGRAM: Reason = Reason::new("would let any program run");
const WRAPPED: Reason = Reason::new("has `*` for the words of a program that runs other commands");

const APPENDED: Reason = Reason::new("is of a program that runs words which are not in its text");

/// A pattern of a command, or of commands that are piped one into the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    commands: Vec<Form>,
}

/// A pattern of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// As written; the program first.
    items: Vec<Item>,
    /// The items that are no options, the program first.
    operands: Vec<Item>,
    /// The letters of the short options that must be there.
    letters: BTreeSet<char>,
    /// The names of the long options that must be there, without value.
    longs: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Word(String),
    Optional(String),
    Star,
}

impl Pattern {
    /// Reads a pattern: words, `*` for any number of words, `[word]` for one that may be there, and `|`.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if text.trim().is_empty() {
            return Err(EMPTY);
        }
        text.chars().filter(|c| *c != '\t').try_for_each(unicode::check_seen)?;
        let mut commands = vec![];
        let mut items = vec![];
        for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
            if word == "|" {
                commands.push(Form::new(std::mem::take(&mut items))?);
            } else {
                items.push(item(word)?);
            }
        }
        commands.push(Form::new(items)?);
        Ok(Self { commands })
    }

    /// Whether the pattern may be used with `runs only`, where it could otherwise never hold.
    ///
    /// # Errors
    /// If any program would match, or `*` stands for the command that a wrapper such as `sudo` runs.
    pub fn check_only(&self) -> Result<(), Reason> {
        self.commands.iter().try_for_each(|form| match form.items.first() {
            Some(Item::Word(program)) => {
                let name = wrap::last_segment(program);
                if wrap::appends(&name) {
                    return Err(APPENDED);
                }
                let runs = |item: &Item| matches!(item, Item::Word(w) | Item::Optional(w) if wrap::is_exec(w));
                let wraps = wrap::runs_arguments(&name) || form.items.iter().any(runs);
                if wraps && form.items.contains(&Item::Star) { Err(WRAPPED) } else { Ok(()) }
            }
            _ => Err(ANY_PROGRAM),
        })
    }

    pub(super) fn forms(&self) -> &[Form] {
        &self.commands
    }
}

fn item(word: &str) -> Result<Item, Reason> {
    if word == "*" {
        return Ok(Item::Star);
    }
    let (optional, word) = match word.strip_prefix('[') {
        Some(rest) => (true, rest.strip_suffix(']').ok_or(OPTIONAL)?),
        None => (false, word),
    };
    if word.is_empty() || word.contains(['[', ']']) {
        return Err(OPTIONAL);
    }
    if word.contains('*') {
        return Err(STAR);
    }
    if word.contains(['\'', '"', '\\', '`', '$', ';', '&', '|', '<', '>', '(', ')', '?', '#', '!']) {
        return Err(QUOTES);
    }
    Ok(if optional { Item::Optional(word.to_owned()) } else { Item::Word(word.to_owned()) })
}

impl Form {
    fn new(items: Vec<Item>) -> Result<Self, Reason> {
        match items.first() {
            // `A=1 program` is no program.
            Some(Item::Word(program)) if !program.contains('=') && !is_option(program) => {}
            Some(Item::Star) => {}
            _ => return Err(PROGRAM),
        }
        if items.len() > WORDS {
            return Err(TOO_LONG);
        }
        let mut operands = vec![];
        let (mut letters, mut longs) = (BTreeSet::new(), BTreeSet::new());
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Word(word) if is_option(word) => match word.strip_prefix("--") {
                    Some(long) => {
                        longs.insert(name(long).to_owned());
                    }
                    None => letters.extend(word.chars().filter(char::is_ascii_alphanumeric)),
                },
                Item::Optional(word) if is_option(word) => {}
                Item::Star if at == 0 => {
                    // Any program, with any arguments.
                    operands.push(Item::Star);
                    operands.push(Item::Star);
                }
                item => operands.push(item.clone()),
            }
        }
        Ok(Self { items, operands, letters, longs })
    }

    /// Whether a command is what is written, word by word.
    pub(super) fn matches_exactly(&self, simple: &Simple) -> bool {
        if !matches!(self.items.first(), Some(Item::Word(_))) {
            return false;
        }
        // Bit n: the words so far match the first n items.
        let mut states = close(1, &self.items);
        for word in &simple.words {
            if word.content != Content::Known {
                return false;
            }
            let mut next = 0_u64;
            for (at, item) in self.items.iter().enumerate().filter(|(at, _)| states & bit(*at) != 0) {
                match item {
                    Item::Word(w) | Item::Optional(w) if *w == word.text => next |= bit(at.saturating_add(1)),
                    Item::Star if !word.text.starts_with('-') => next |= bit(at),
                    _ => {}
                }
            }
            states = close(next, &self.items);
        }
        states & bit(self.items.len()) != 0
    }

    /// Whether a command may be what is written, or may run it: whatever is in doubt matches.
    pub(super) fn may_match(&self, simple: &Simple) -> bool {
        let any = |may: &dyn Fn(&Word) -> bool| simple.words.iter().any(may);
        if !self.letters.iter().all(|letter| any(&|word| may_have_letter(word, *letter)))
            || !self.longs.iter().all(|long| any(&|word| may_have_long(word, long)))
        {
            return false;
        }
        // Bit n: the words so far, from some word on, match the first n operands.
        let mut states = 0_u64;
        let mut after_option = false;
        for (at, word) in simple.words.iter().enumerate() {
            let begins = simple.may_begin(at);
            let mut next = self.step(states & !1, word, after_option);
            if begins {
                next |= self.program(word);
            }
            states = close(next, &self.operands);
            after_option = word.known().is_some_and(|text| is_option(text) && !text.contains('='));
        }
        states & bit(self.operands.len()) != 0
    }

    /// States after a word where the program stands.
    fn program(&self, word: &Word) -> u64 {
        match (self.operands.first(), word.known()) {
            // It may be this program with all its arguments.
            (_, None) => from(1),
            (Some(Item::Word(name)), Some(text)) if wrap::last_segment(name) != wrap::last_segment(text) => 0,
            (_, Some(_)) => bit(1),
        }
    }

    /// States after a word that is an argument.
    fn step(&self, states: u64, word: &Word, after_option: bool) -> u64 {
        let text = word.text.as_str();
        // Options are looked for apart. What follows one may be its value, so it may be passed over.
        if is_option(text) && word.content != Content::Split {
            return states;
        }
        let mut next = if after_option { states } else { 0 };
        let operands = || self.operands.iter().enumerate().skip(1);
        match word.content {
            Content::Known | Content::Home => {
                for (at, item) in operands().filter(|(at, _)| states & bit(*at) != 0) {
                    next |= match item {
                        Item::Star => bit(at),
                        Item::Word(w) | Item::Optional(w) if w == text => bit(at.saturating_add(1)),
                        _ => 0,
                    };
                }
            }
            // Any words.
            _ if text.is_empty() || is_option(text) => next |= from_least(states),
            Content::Prefix => {
                // No word, or several in a row that begin alike.
                next |= states;
                for (at, item) in operands() {
                    if next & bit(at) != 0 && begins_with(item, text) {
                        next |= bit(at.saturating_add(1));
                    }
                }
            }
            Content::Split => {
                // One word that begins so, then any words.
                let fits = operands().filter(|(at, item)| states & bit(*at) != 0 && begins_with(item, text));
                for (at, item) in fits {
                    next |= if *item == Item::Star { bit(at) } else { bit(at.saturating_add(1)) };
                }
                next = from_least(next);
            }
        }
        next
    }
}

fn begins_with(item: &Item, text: &str) -> bool {
    match item {
        Item::Star => true,
        Item::Word(w) | Item::Optional(w) => w.starts_with(text),
    }
}

/// Whether a word may be, or may bring, an option with this letter: letters may be combined and come in either case,
/// and a long option that begins with the letter is taken for its long form.
fn may_have_letter(word: &Word, letter: char) -> bool {
    let has = |text: &str| text.chars().any(|c| c.eq_ignore_ascii_case(&letter));
    match word.text.strip_prefix("--") {
        _ if brings_options(word) => true,
        Some(long) => long.chars().next().is_some_and(|c| c.eq_ignore_ascii_case(&letter)),
        None => is_option(&word.text) && has(&word.text),
    }
}

/// Whether a word may be, or may bring, this long option: abbreviated, with a value, or as the letter that it begins
/// with.
fn may_have_long(word: &Word, long: &str) -> bool {
    match word.text.strip_prefix("--") {
        _ if brings_options(word) => true,
        Some(text) => !name(text).is_empty() && long.starts_with(name(text)),
        None => {
            let letter = long.chars().next().unwrap_or_default();
            is_option(&word.text) && word.text.chars().any(|c| c.eq_ignore_ascii_case(&letter))
        }
    }
}

/// Whether options of any name may come of a word.
fn brings_options(word: &Word) -> bool {
    match word.content {
        Content::Known | Content::Home => false,
        Content::Prefix => word.text.is_empty() || word.text.starts_with('-'),
        Content::Split => true,
    }
}

/// The name of a long option, without its value.
fn name(long: &str) -> &str {
    long.split('=').next().unwrap_or_default()
}

fn is_option(text: &str) -> bool {
    text.len() > 1 && text.starts_with('-')
}

/// Adds the states that are reached without a word.
fn close(mut states: u64, items: &[Item]) -> u64 {
    for (at, item) in items.iter().enumerate() {
        // The first item is the program, which cannot be left out.
        if at > 0 && states & bit(at) != 0 && !matches!(item, Item::Word(_)) {
            states |= bit(at.saturating_add(1));
        }
    }
    states
}

fn bit(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or_default()
}

/// All states from the least of some on.
fn from_least(states: u64) -> u64 {
    if states == 0 { 0 } else { u64::MAX.checked_shl(states.trailing_zeros()).unwrap_or_default() }
}

/// All states from one on.
fn from(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| u64::MAX.checked_shl(at)).unwrap_or_default()
}
