//! The frame: a request as native code reads it, flat and already checked.
//!
//! One frame serves many requests, one after another; its buffers are kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::abi::{Set, Text, mark};
use crate::ir::{LiteralId, TableId};
use crate::refusal::{Refusal, RefusalCode};
use crate::rows::Rows;
use crate::schema::Slot;

/// A decoded request. Made empty by `Frame::default()` and filled by [`crate::Pdp::decode`].
#[derive(Debug, Default)]
pub struct Frame {
    state: State,
    serial: Serial,
    slots: Vec<u64>,
    text: String,
    elements: Vec<u64>,
    /// The set that is being read.
    set: Vec<u64>,
    /// Rows of the lists that are being read, those of an inner one behind the outer one's.
    rows: Vec<u64>,
    /// Where the row begins that is being read.
    row: Option<usize>,
    /// How long the texts and elements of the request itself are.
    request: (usize, usize),
    /// The defaults that were applied to the arguments: where in the request, and what, as JSON. What is behind the first
    /// `defaulted` of them is room.
    defaults: Vec<(String, String)>,
    defaulted: usize,
    /// What sources said of tables, by the table's number.
    tables: BTreeMap<u32, Rows>,
    /// Members of the arguments that are `null` and mean absence: where in the request. What is behind the first `lacking`
    /// of them is room.
    absent: Vec<String>,
    lacking: usize,
    /// Room for a reader.
    pub(crate) room: Room,
}

/// Says which literal a text is.
type Recognise<'a> = &'a dyn Fn(&str) -> Option<LiteralId>;

/// What a reader needs while it reads, kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// A text without its escapes.
    pub(crate) text: String,
    /// Members that were seen, of records with many of them.
    pub(crate) seen: Vec<u64>,
    /// Names of members, as words or as places in the request.
    pub(crate) names: Vec<u64>,
}

/// A list that is being read.
#[derive(Debug)]
pub(crate) struct List {
    /// The row around it.
    pub(crate) outer: Option<usize>,
    /// Where its rows begin.
    start: usize,
    /// Words of a row.
    width: usize,
    /// How many rows there are.
    count: usize,
}

/// Which request a frame holds: no two requests in one process have the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Serial {
    /// Of the frame; 0 before its first request.
    frame: u64,
    request: u64,
}

impl Serial {
    /// Of no request.
    pub(crate) const NONE: Self = Self { frame: 0, request: 0 };

    /// That of the frame's next request.
    fn next(self) -> Self {
        static FRAMES: AtomicU64 = AtomicU64::new(1);
        let frame = if self.frame == 0 { FRAMES.fetch_add(1, Ordering::Relaxed) } else { self.frame };
        Self { frame, request: self.request.wrapping_add(1) }
    }
}

/// What a frame holds.
#[derive(Debug, Default)]
enum State {
    /// Nothing yet, or half a request.
    #[default]
    Empty,
    /// A request that was refused.
    Refused(Refusal),
    /// A request to the entry of this index of the PDP of this number.
    Decoded { pdp: u64, entry: usize },
}

impl Frame {
    /// Forgets the request and makes room for slots, all 0.
    pub(crate) fn clear(&mut self, slots: usize) {
        self.state = State::Empty;
        self.slots.clear();
        self.slots.resize(slots, 0);
        self.text.clear();
        self.elements.clear();
        // What stands behind the set that nobody has filled: it holds no literal.
        self.elements.push(0);
        self.set.clear();
        self.rows.clear();
        self.row = None;
        self.tables.clear();
        self.defaulted = 0;
        self.lacking = 0;
    }

    /// Marks the request as complete.
    pub(crate) fn finish(&mut self, pdp: u64, entry: usize) {
        self.serial = self.serial.next();
        self.state = State::Decoded { pdp, entry };
        self.keep();
    }

    /// Remembers how much there is of texts and elements, for [`Frame::rewind`].
    pub(crate) fn keep(&mut self) {
        self.request = (self.text.len(), self.elements.len());
    }

    /// Drops the texts and elements that came after the request itself.
    pub(crate) fn rewind(&mut self) {
        let (text, elements) = self.request;
        // Texts are appended whole, so this is no place within a character.
        self.text.truncate(text);
        self.elements.truncate(elements);
        self.tables.clear();
    }

    /// Holds no request any more; what was decided on it is not shown from here.
    pub(crate) fn forget(&mut self) {
        self.clear(0);
        self.serial = self.serial.next();
    }

    /// Marks the request as refused.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.serial = self.serial.next();
        self.state = State::Refused(refusal);
    }

    /// Which request it holds.
    pub(crate) const fn serial(&self) -> Serial {
        self.serial
    }

    /// The entry that a request decoded by this PDP is to.
    ///
    /// A frame that this PDP has not filled is no request at all: [`Frame::refusal`] says why.
    #[inline]
    pub(crate) const fn entry(&self, pdp: u64) -> Option<usize> {
        match self.state {
            State::Decoded { pdp: decoder, entry } if decoder == pdp => Some(entry),
            _ => None,
        }
    }

    /// Why it holds no request.
    pub(crate) fn refusal(&self) -> Refusal {
        match &self.state {
            State::Refused(refusal) => refusal.clone(),
            State::Decoded { .. } | State::Empty => Refusal::whole(RefusalCode::BadJson),
        }
    }

    /// All slots.
    pub(crate) fn slots(&self) -> &[u64] {
        &self.slots
    }

    /// Puts all slots back as they were.
    pub(crate) fn restore(&mut self, slots: Vec<u64>) {
        self.slots = slots;
    }

    /// The value of a slot.
    pub(crate) fn slot(&self, slot: Slot) -> Option<u64> {
        self.slots.get(usize::try_from(slot.0).ok()?).copied()
    }

    /// Stores a value, if it has a slot: in the frame, or in the row of a list that is being read.
    pub(crate) fn store(&mut self, slot: Option<Slot>, value: u64) {
        let place = slot.and_then(|s| {
            let slot = usize::try_from(s.0).ok()?;
            match self.row {
                None => self.slots.get_mut(slot),
                Some(row) => self.rows.get_mut(row.checked_add(slot)?),
            }
        });
        if let Some(place) = place {
            *place = value;
        }
    }

    /// Stores a value in the frame itself, whichever row is being read.
    pub(crate) fn put(&mut self, slot: Slot, value: u64) {
        if let Some(place) = usize::try_from(slot.0).ok().and_then(|slot| self.slots.get_mut(slot)) {
            *place = value;
        }
    }

    /// The bytes of an arena text.
    pub(crate) fn text(&self, start: u32, length: u32) -> Option<&str> {
        slice_text(&self.text, start, length)
    }

    /// Copies a text into the arena; nothing if the arena is full.
    pub(crate) fn push_text(&mut self, text: &str) -> Option<u64> {
        let start = u32::try_from(self.text.len()).ok().filter(|s| s.cast_signed() >= 0)?;
        let length = u32::try_from(text.len()).ok()?;
        self.text.push_str(text);
        Some(Text::Arena { start, length }.pack())
    }

    /// The elements of a set, or the first words of a list's rows.
    pub(crate) fn elements(&self, set: Set) -> Option<&[u64]> {
        let start = usize::try_from(set.start).ok()?;
        let end = start.checked_add(usize::try_from(set.count).ok()?)?;
        self.elements.get(start..end)
    }

    /// Every word that sets and lists refer to.
    pub(crate) fn all_elements(&self) -> &[u64] {
        &self.elements
    }

    /// A word of a row of a set or list.
    pub(crate) fn row(&self, list: Set, row: u32, word: u32) -> Option<u64> {
        if row >= list.count {
            return None;
        }
        let column = list.count.checked_mul(word)?.checked_add(list.start)?;
        self.elements.get(usize::try_from(column.checked_add(row)?).ok()?).copied()
    }

    /// Begins a list's rows, of so many words each. What is stored from now on goes into the row that is begun last.
    pub(crate) fn begin_list(&mut self, width: u32) -> List {
        let width = usize::try_from(width).unwrap_or_default();
        List { outer: self.row, start: self.rows.len(), width, count: 0 }
    }

    /// Begins the next row, all of whose words are 0.
    pub(crate) fn begin_row(&mut self, list: &mut List) {
        let start = self.rows.len();
        self.row = Some(start);
        self.rows.resize(start.saturating_add(list.width), 0);
        list.count = list.count.saturating_add(1);
    }

    /// Ends a list; nothing if there is no room. What is stored from now on goes where it went before.
    pub(crate) fn finish_list(&mut self, list: &List) -> Option<u64> {
        self.row = list.outer;
        let rows = self.rows.get(list.start..)?;
        let start = u32::try_from(self.elements.len()).ok()?;
        for word in 0..list.width {
            self.elements.extend(rows.iter().skip(word).step_by(list.width));
        }
        // Rows are addressed in 32 bits.
        u32::try_from(self.elements.len()).ok()?;
        self.rows.truncate(list.start);
        Some(Set { start, count: u32::try_from(list.count).ok()? }.pack())
    }

    /// Begins to change a row of a list that was read before: what is stored from now on goes there.
    pub(crate) fn open_row(&mut self, list: Set, row: u32, width: u32) {
        let words = (0..width).map(|word| self.row(list, row, word).unwrap_or_default()).collect::<Vec<_>>();
        self.row = Some(self.rows.len());
        self.rows.extend(words);
    }

    /// Ends the change of a row.
    pub(crate) fn close_row(&mut self, list: Set, row: u32, width: u32) {
        let words = self.row.take().and_then(|start| self.rows.get(start..)).unwrap_or_default();
        for (word, value) in (0..width).zip(words) {
            let column =
                list.count.checked_mul(word).and_then(|before| before.checked_add(list.start)?.checked_add(row));
            let place = column.and_then(|at| self.elements.get_mut(usize::try_from(at).ok()?));
            if let Some(place) = place {
                *place = *value;
            }
        }
        self.rows.clear();
    }

    /// Gives up what is being read, but for `row`, which is where it begins that may have been opened before.
    pub(crate) fn give_up(&mut self, row: Option<usize>) {
        self.set.clear();
        self.row = row;
        if row.is_none() {
            self.rows.clear();
        }
    }

    /// Where the row begins that is being read.
    pub(crate) const fn at_row(&self) -> Option<usize> {
        self.row
    }

    /// Takes what sources said of a table.
    pub(crate) fn put_rows(&mut self, table: TableId, rows: Rows) {
        self.tables.insert(table.0, rows);
    }

    /// What sources said of a table, if anybody asked.
    pub(crate) fn rows_of(&self, table: u32) -> Option<&Rows> {
        self.tables.get(&table)
    }

    /// Adds a default that was applied, at a place that is written.
    pub(crate) fn push_default(&mut self, place: impl FnOnce(&mut String), value: &str) {
        if self.defaulted == self.defaults.len() {
            self.defaults.push(<(String, String)>::default());
        }
        if let Some((path, json)) = self.defaults.get_mut(self.defaulted) {
            path.clear();
            place(path);
            json.clear();
            json.push_str(value);
        }
        self.defaulted = self.defaulted.saturating_add(1);
    }

    /// Adds a member that is `null` and means absence, at a place that is written.
    pub(crate) fn push_absent(&mut self, place: impl FnOnce(&mut String)) {
        if self.lacking == self.absent.len() {
            self.absent.push(String::new());
        }
        if let Some(path) = self.absent.get_mut(self.lacking) {
            path.clear();
            place(path);
        }
        self.lacking = self.lacking.saturating_add(1);
    }

    /// Members of the arguments that are `null` and mean absence: where in the request.
    pub(crate) fn absent(&self) -> &[String] {
        self.absent.get(..self.lacking).unwrap_or_default()
    }

    /// Whether defaults were applied to the arguments.
    #[inline]
    pub(crate) const fn has_defaults(&self) -> bool {
        self.defaulted != 0
    }

    /// The defaults that were applied to the arguments: where in the request, and what, as JSON.
    pub(crate) fn defaults(&self) -> &[(String, String)] {
        self.defaults.get(..self.defaulted).unwrap_or_default()
    }

    /// Stores into another row from now on, or into none, and gives where that was.
    pub(crate) fn turn_to(&mut self, row: Option<usize>) -> Option<usize> {
        std::mem::replace(&mut self.row, row)
    }

    /// Adds an element to the set that is being read.
    pub(crate) fn push_element(&mut self, element: u64) {
        self.set.push(element);
    }

    /// Ends the set that is being read: sorts it, each element once; nothing if there is no room. Its elements are texts if
    /// it is said which of them are literals; which ones it has is noted behind them, as [`Set`] says.
    pub(crate) fn finish_set(&mut self, texts: Option<Recognise<'_>>) -> Option<u64> {
        let mut marks = 0;
        if let Some(literal) = texts {
            let arena = &self.text;
            let text = |element: &u64| match Text::unpack(*element) {
                Text::Arena { start, length } => slice_text(arena, start, length),
                Text::Literal(_) => None,
            };
            self.set.sort_unstable_by(|a, b| text(a).cmp(&text(b)));
            self.set.dedup_by(|a, b| text(a) == text(b));
            let literals = self.set.iter().filter_map(|element| literal(text(element)?));
            marks = literals.fold(0, |marks, literal| marks | mark(literal).unwrap_or_default());
        } else {
            self.set.sort_unstable_by_key(|element| element.cast_signed());
            self.set.dedup();
        }
        let start = u32::try_from(self.elements.len()).ok()?;
        let count = u32::try_from(self.set.len()).ok()?;
        self.elements.append(&mut self.set);
        self.elements.push(marks);
        // What stands behind a set is addressed in 32 bits as well.
        u32::try_from(self.elements.len()).ok()?;
        Some(Set { start, count }.pack())
    }
}

fn slice_text(arena: &str, start: u32, length: u32) -> Option<&str> {
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    arena.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sorted_and_each_element_is_there_once() {
        let mut frame = Frame::default();
        for number in [3_i64, -1, 3, i64::MIN, 0] {
            frame.push_element(number.cast_unsigned());
        }
        let numbers = frame.finish_set(None).unwrap();
        for text in ["b", "", "ab", "b", "a"] {
            let element = frame.push_text(text).unwrap();
            frame.push_element(element);
        }
        let texts = frame.finish_set(Some(&|_| None)).unwrap();
        let numbers: Vec<i64> = frame.elements(Set::unpack(numbers)).unwrap().iter().map(|n| n.cast_signed()).collect();
        assert_eq!(numbers, [i64::MIN, -1, 0, 3]);
        let texts: Vec<&str> = frame
            .elements(Set::unpack(texts))
            .unwrap()
            .iter()
            .map(|&text| match Text::unpack(text) {
                Text::Arena { start, length } => frame.text(start, length).unwrap(),
                Text::Literal(_) => unreachable!(),
            })
            .collect();
        assert_eq!(texts, ["", "a", "ab", "b"]);
    }
}
