//! Operands: what helpers do, on values as native code and the interpreter hand them over.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use zt_values::command::{self, Command};
use zt_values::zone::{self, Local};
use zt_values::{host, ip, path};

use crate::abi::{self, Set, Text};
use crate::frame::Frame;
use crate::ir::{Cells, Column, LiteralId, Program, Search, Table, TableId};
use crate::parts::{self, Found};
use crate::pattern::{Folded, Patterns};
use crate::schema::{Part, Slot};

/// The most answers of tables of patterns that are kept.
const MAX_FOUND: usize = 1_024;

/// What was found out about texts: several rules ask about the same ones.
#[derive(Debug, Default)]
struct Memo {
    /// The command that was split last, by the word that refers to it.
    command: Option<(u64, Rc<Command>)>,
    /// The text that was folded last, by the word that refers to it and whether it was read as JSON.
    folded: Option<((u64, bool), Option<Rc<Folded>>)>,
    /// What tables found, by the words of text and search; nothing where it failed.
    found: BTreeMap<(u64, u64), Option<u64>>,
}

/// What the values of one decision refer to.
#[derive(Debug)]
pub(crate) struct Operands<'a> {
    program: &'a Program,
    patterns: &'a Patterns,
    frame: &'a Frame,
    /// Set once a value refers to nothing: then no answer since can be trusted.
    fault: Cell<bool>,
    /// Nothing as long as nobody needs it: most decisions do not.
    memo: RefCell<Option<Box<Memo>>>,
}

impl<'a> Operands<'a> {
    pub(crate) const fn new(program: &'a Program, patterns: &'a Patterns, frame: &'a Frame) -> Self {
        Self { program, patterns, frame, fault: Cell::new(false), memo: RefCell::new(None) }
    }

    /// Whether something went wrong, and forgets it.
    pub(crate) fn take_fault(&self) -> bool {
        self.fault.take()
    }

    /// Whether something went wrong since it was last forgotten.
    pub(crate) const fn is_faulty(&self) -> bool {
        self.fault.get()
    }

    /// The value of a slot. One that the frame does not have is a fault.
    pub(crate) fn slot(&self, slot: Slot) -> Option<u64> {
        let value = self.frame.slot(slot);
        if value.is_none() {
            self.fault.set(true);
        }
        value
    }

    /// Byte equality of two texts.
    pub(crate) fn text_eq(&self, left: u64, right: u64) -> bool {
        self.settle(|| Some(self.text(left)? == self.text(right)?))
    }

    /// Whether a set of numbers has an element.
    pub(crate) fn contains_int(&self, set: u64, element: u64) -> bool {
        self.settle(|| {
            let elements = self.frame.elements(Set::unpack(set))?;
            let key = element.cast_signed();
            Some(elements.binary_search_by_key(&key, |e| e.cast_signed()).is_ok())
        })
    }

    /// Whether a set of texts has an element.
    pub(crate) fn contains_text(&self, set: u64, element: u64) -> bool {
        self.settle(|| {
            let elements = self.frame.elements(Set::unpack(set))?;
            let wanted = self.text(element)?;
            let mut whole = true;
            let found = elements.binary_search_by(|&e| {
                let text = self.text(e);
                whole &= text.is_some();
                text.unwrap_or_default().cmp(wanted)
            });
            whole.then_some(found.is_ok())
        })
    }

    /// Whether a whole text matches a pattern.
    pub(crate) fn matches(&self, text: u64, pattern: u64) -> bool {
        self.settle(|| {
            let pattern = self.patterns.text(u32::try_from(pattern).ok()?)?;
            pattern.matches(self.text(text)?)
        })
    }

    /// What a table of patterns finds in a text: 0 if nothing.
    pub(crate) fn detect(&self, text: u64, detection: u64) -> u64 {
        self.known(self.found(text, detection)).unwrap_or(0)
    }

    /// What was found before, or what is found now. Words refer to the same texts as long as this is about one frame.
    fn found(&self, text: u64, detection: u64) -> Option<u64> {
        let mut memo = self.memo.try_borrow_mut().ok()?;
        let searched = memo.get_or_insert_default();
        if let Some(found) = searched.found.get(&(text, detection)) {
            return *found;
        }
        let (detector, whole) = abi::detector(detection)?;
        let all = self.text(text)?;
        let folded = match &searched.folded {
            Some((of, folded)) if *of == (text, whole) => folded.clone(),
            _ => {
                let folded = if whole { Folded::json(all) } else { Some(Folded::text(all)) }.map(Rc::new);
                searched.folded = Some(((text, whole), folded.clone()));
                folded
            }
        };
        let found = self.patterns.detector(detector.0).zip(folded).and_then(|(table, folded)| table.find(all, &folded));
        if searched.found.len() < MAX_FOUND {
            searched.found.insert((text, detection), found);
        }
        found
    }

    /// Every word that lists and sets refer to.
    pub(crate) fn elements(&self) -> &'a [u64] {
        self.frame.all_elements()
    }

    /// A word of a row.
    pub(crate) fn row(&self, list: Set, row: u32, word: u32) -> Option<u64> {
        let value = self.frame.row(list, row, word);
        if value.is_none() {
            self.fault.set(true);
        }
        value
    }

    /// Takes note of a list that the frame does not have.
    pub(crate) fn no_rows(&self, _list: u64, _: u64) -> bool {
        self.fault.set(true);
        false
    }

    /// Whether a path is at or below another one.
    pub(crate) fn under_path(&self, text: u64, base: u64) -> bool {
        self.settle(|| Some(path::under(self.text(text)?, self.text(base)?)))
    }

    /// Whether a host is at or below another one.
    pub(crate) fn under_host(&self, text: u64, base: u64) -> bool {
        self.settle(|| Some(host::under(self.text(text)?, self.text(base)?)))
    }

    /// Whether an address or a network is in a network.
    pub(crate) fn under_net(&self, text: u64, base: u64) -> bool {
        self.settle(|| Some(ip::under(self.text(text)?, self.text(base)?)))
    }

    /// A part of a canonical text.
    pub(crate) fn part(&self, text: u64, part: u64) -> u64 {
        let answer = || {
            let part = *Part::ALL.get(usize::try_from(part).ok()?)?;
            let whole = self.text(text)?;
            let range = match parts::find(whole, part)? {
                Found::Number(number) => return Some(number),
                Found::Text(range) => range,
            };
            match Text::unpack(text) {
                arena @ Text::Arena { .. } => Some(arena.within(&range)?.pack()),
                // The compiler lists the parts of such texts among the literals, too.
                Text::Literal(_) => {
                    let wanted = whole.get(range)?;
                    let found = self.program.literals.iter().position(|literal| literal == wanted)?;
                    Some(Text::Literal(LiteralId(u32::try_from(found).ok()?)).pack())
                }
            }
        };
        answer().unwrap_or_else(|| {
            self.fault.set(true);
            0
        })
    }

    /// Whether a command runs only what a list of patterns says.
    pub(crate) fn runs_only(&self, command: u64, patterns: u64) -> bool {
        self.runs(command, patterns, command::runs_only)
    }

    /// Whether a command runs any of what a list of patterns says.
    pub(crate) fn runs_any(&self, command: u64, patterns: u64) -> bool {
        self.runs(command, patterns, command::runs_any)
    }

    fn runs(&self, command: u64, patterns: u64, ask: fn(&Command, &[command::Pattern]) -> bool) -> bool {
        self.settle(|| {
            let patterns = self.patterns.commands(u32::try_from(patterns).ok()?)?;
            Some(ask(&*self.command(command)?, patterns))
        })
    }

    /// A command, split.
    fn command(&self, word: u64) -> Option<Rc<Command>> {
        let mut memo = self.memo.try_borrow_mut().ok()?;
        let last = &mut memo.get_or_insert_default().command;
        if let Some((known, command)) = &*last
            && *known == word
        {
            return Some(Rc::clone(command));
        }
        let command = Rc::new(Command::parse(self.text(word)?).ok()?);
        *last = Some((word, Rc::clone(&command)));
        Some(command)
    }

    /// Whether an instant is within times of the week; nothing outside of the zone's table.
    pub(crate) fn within_hours(&self, instant: u64, hours: u64) -> Option<bool> {
        self.known(self.patterns.hours(hours))?.holds(instant.cast_signed()).ok()
    }

    /// The date at an instant; nothing outside of the zone's table.
    pub(crate) fn local_date(&self, instant: u64, zone: u64) -> Option<u64> {
        Some(self.local(instant, zone)?.days.cast_unsigned())
    }

    /// The time of day at an instant; nothing outside of the zone's table.
    pub(crate) fn local_time(&self, instant: u64, zone: u64) -> Option<u64> {
        Some(self.local(instant, zone)?.time.cast_unsigned())
    }

    /// The day of the week at an instant; nothing outside of the zone's table.
    pub(crate) fn local_weekday(&self, instant: u64, zone: u64) -> Option<u64> {
        Some(self.local(instant, zone)?.weekday.iso().into())
    }

    fn local(&self, instant: u64, zone: u64) -> Option<Local> {
        let zone: &zone::Zone = self.known(self.program.zones.get(usize::try_from(zone).ok()?))?;
        zone.local(instant.cast_signed()).ok()
    }

    /// Goes on in a table by the value of its next column.
    pub(crate) fn table_find(&self, search: u64, value: u64) -> u64 {
        let search = Search::unpack(search);
        // One in the rows of the program that has found nothing is 0. One in those that sources said goes on.
        if search.from >= search.to && search.column == 0 {
            return 0;
        }
        let next = || {
            let table = self.table(search.table.into())?;
            if table.asked.is_some() {
                return self.rows_find(search, table.key.len(), value);
            }
            let (index, from) = (usize::try_from(search.column).ok()?, usize::try_from(search.from).ok()?);
            let (column, to) = (table.key.get(index)?, table.rows().min(usize::try_from(search.to).ok()?));
            let (first, end) = self.narrowed(column, from..to, value)?;
            let place = |n: usize| search.from.checked_add(u32::try_from(n).ok()?);
            if first >= end {
                return Some(0);
            }
            if index.checked_add(1)? == table.key.len() {
                return Some(place(first)?.checked_add(1)?.into());
            }
            let column = search.column.checked_add(1)?;
            Some(Search { column, from: place(first)?, to: place(end)?, ..search }.pack())
        };
        self.known(next()).unwrap_or(0)
    }

    /// Goes on in what sources said of a table with so many columns.
    fn rows_find(&self, search: Search, columns: usize, value: u64) -> Option<u64> {
        let last = usize::try_from(search.column).ok()?.checked_add(1)? == columns;
        let (mut from, mut to) = (0, 0);
        let rows = self.frame.rows_of(search.table);
        if let Some(rows) = rows {
            let start = usize::try_from(search.from).ok()?;
            let end = rows.len().min(usize::try_from(search.to).ok()?);
            if start < end {
                let column = rows.column(usize::try_from(search.column).ok()?)?;
                let (first, after) = self.narrowed(column, start..end, value)?;
                (from, to) = (start.checked_add(first)?, start.checked_add(after)?);
            }
        }
        if last {
            return rows.map_or(Some(0), |rows| rows.found((from < to).then_some(from)));
        }
        let place = |n: usize| u32::try_from(n).ok();
        Some(Search { column: search.column.checked_add(1)?, from: place(from)?, to: place(to)?, ..search }.pack())
    }

    /// The rows among some that have a value in a column, counted from the first of these.
    fn narrowed(&self, column: &Column, among: Range<usize>, value: u64) -> Option<(usize, usize)> {
        Some(match column {
            Column::Numbers(all) => {
                let (rows, value) = (all.get(among)?, value.cast_signed());
                (rows.partition_point(|v| *v < value), rows.partition_point(|v| *v <= value))
            }
            Column::Texts(all) => {
                let (rows, value) = (all.get(among)?, self.text(value)?);
                (rows.partition_point(|v| v.as_str() < value), rows.partition_point(|v| v.as_str() <= value))
            }
        })
    }

    /// What a row of a table says, by its number from 1, or by what a search found in what sources said.
    pub(crate) fn table_cell(&self, row: u64, table: u64) -> u64 {
        let says = || {
            if self.table(table)?.asked.is_some() {
                return self.frame.rows_of(u32::try_from(table).ok()?)?.cell(row);
            }
            let row = usize::try_from(row).ok()?.checked_sub(1)?;
            Some(match self.table(table)?.says.as_ref()? {
                Cells::Truths(all) => u64::from(*all.get(row)?),
                Cells::Numbers(all) => all.get(row)?.cast_unsigned(),
                Cells::Texts(all) => Text::Literal(*all.get(row)?).pack(),
            })
        };
        self.known(says()).unwrap_or(0)
    }

    /// Whether a source is asked for the rows of a table.
    pub(crate) fn is_asked(&self, id: TableId) -> bool {
        self.table(id.0.into()).is_some_and(|table| table.asked.is_some())
    }

    fn table(&self, id: u64) -> Option<&'a Table> {
        self.program.tables.get(usize::try_from(id).ok()?)
    }

    /// What a valid program has.
    fn known<T>(&self, thing: Option<T>) -> Option<T> {
        if thing.is_none() {
            self.fault.set(true);
        }
        thing
    }

    /// A text.
    pub(crate) fn text(&self, value: u64) -> Option<&'a str> {
        match Text::unpack(value) {
            Text::Literal(LiteralId(id)) => self.program.literals.get(usize::try_from(id).ok()?).map(String::as_str),
            Text::Arena { start, length } => self.frame.text(start, length),
        }
    }

    fn settle(&self, answer: impl FnOnce() -> Option<bool>) -> bool {
        answer().unwrap_or_else(|| {
            self.fault.set(true);
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::literal;
    use crate::ir::DetectorId;
    use crate::pattern::{Detector, Pattern};

    #[test]
    fn helpers_answer_and_notice_nonsense() {
        let mut frame = Frame::default();
        let [a, b, b2] = ["a", "b", "b"].map(|text| frame.push_text(text).unwrap());
        frame.push_element(b);
        frame.push_element(a);
        let texts = frame.finish_set(Some(&|_| None)).unwrap();
        for number in [5_i64, -7] {
            frame.push_element(number.cast_unsigned());
        }
        let numbers = frame.finish_set(None).unwrap();
        let pattern = Pattern::read(&crate::pattern::tests::table("b+", true)).unwrap();
        let program = Program { literals: vec!["b".to_owned(), "é".to_owned()], ..Program::default() };
        let patterns = Patterns::of(vec![pattern]);
        let operands = Operands::new(&program, &patterns, &frame);
        let l = |id| literal(LiteralId(id));

        assert!(operands.text_eq(b, b2) && operands.text_eq(b, l(0)) && operands.text_eq(l(0), b));
        assert!(!operands.text_eq(a, b) && !operands.text_eq(l(0), l(1)));
        assert!(operands.contains_text(texts, l(0)) && operands.contains_text(texts, a));
        assert!(!operands.contains_text(texts, l(1)) && !operands.contains_text(0, a));
        assert!(operands.contains_int(numbers, 5) && operands.contains_int(numbers, (-7_i64).cast_unsigned()));
        assert!(!operands.contains_int(numbers, 7) && !operands.contains_int(0, 0));
        assert!(operands.matches(b, 0) && !operands.matches(a, 0) && !operands.matches(0, 0));
        assert!(!operands.take_fault());

        let far = 0x7fff_ffff_ffff_ffff;
        assert!(!operands.text_eq(far, a) && operands.take_fault());
        assert!(!operands.text_eq(a, l(2)) && operands.take_fault());
        assert!(!operands.contains_int(far, 5) && operands.take_fault());
        assert!(!operands.contains_text(far, a) && operands.take_fault());
        assert!(!operands.contains_text(texts, far) && operands.take_fault());
        // A set of numbers is no set of texts.
        assert!(!operands.contains_text(numbers, a) && operands.take_fault());
        assert!(!operands.matches(a, 1) && operands.take_fault());
        assert!(!operands.take_fault());
    }

    #[test]
    fn what_was_searched_is_remembered_for_its_text_alone() {
        let (of, bytes) = crate::pattern::detector::tests::table(1);
        let detector = Detector::read(&of, &[bytes]).unwrap();
        let mut frame = Frame::default();
        let texts = ["ab", "b", "c", "[\"c\",\"ab\"]", "[\"ab"].map(|text| frame.push_text(text).unwrap());
        let program = Program { literals: vec!["xab".to_owned()], ..Program::default() };
        let patterns = Patterns::seeking(vec![detector]);
        let operands = Operands::new(&program, &patterns, &frame);
        let (one, all) = (abi::detection(DetectorId(0), false), abi::detection(DetectorId(0), true));
        for _ in 0..3 {
            let found = texts.map(|text| operands.detect(text, one));
            assert_eq!(found, [2, 1, 0, 2, 2]);
            assert_eq!(operands.detect(texts[3], all), 2);
            // Outside of strings there is nothing.
            assert_eq!([texts[0], texts[1]].map(|text| operands.detect(text, all)), [0, 0]);
            assert_eq!(operands.detect(literal(LiteralId(0)), one), 2);
            assert!(!operands.take_fault());
            // What cannot be searched is a fault each time it is asked.
            for (text, search) in
                [(texts[4], all), (texts[0], abi::detection(DetectorId(1), false)), (literal(LiteralId(1)), one)]
            {
                assert_eq!(operands.detect(text, search), 0);
                assert!(operands.take_fault());
            }
        }
    }
}
