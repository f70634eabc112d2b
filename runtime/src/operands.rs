//! Operands: what helpers do, on values as native code and the interpreter hand them over.

use std::cell::Cell;

use crate::abi::{Set, Text};
use crate::frame::Frame;
use crate::ir::LiteralId;
use crate::pattern::Pattern;
use crate::schema::Slot;

/// What the values of one decision refer to.
#[derive(Debug)]
pub(crate) struct Operands<'a> {
    literals: &'a [String],
    patterns: &'a [Pattern],
    frame: &'a Frame,
    /// Set once a value refers to nothing: then no answer since can be trusted.
    fault: Cell<bool>,
}

impl<'a> Operands<'a> {
    pub(crate) const fn new(literals: &'a [String], patterns: &'a [Pattern], frame: &'a Frame) -> Self {
        Self { literals, patterns, frame, fault: Cell::new(false) }
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
            let pattern = self.patterns.get(usize::try_from(pattern).ok()?)?;
            pattern.matches(self.text(text)?)
        })
    }

    fn text(&self, value: u64) -> Option<&'a str> {
        match Text::unpack(value) {
            Text::Literal(LiteralId(id)) => self.literals.get(usize::try_from(id).ok()?).map(String::as_str),
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

    #[test]
    fn helpers_answer_and_notice_nonsense() {
        let mut frame = Frame::default();
        let [a, b, b2] = ["a", "b", "b"].map(|text| frame.push_text(text).unwrap());
        frame.push_element(b);
        frame.push_element(a);
        let texts = frame.finish_set(true).unwrap();
        for number in [5_i64, -7] {
            frame.push_element(number.cast_unsigned());
        }
        let numbers = frame.finish_set(false).unwrap();
        let pattern = Pattern::read(&crate::pattern::tests::table("b+", true)).unwrap();
        let (literals, patterns) = (["b".to_owned(), "é".to_owned()], [pattern]);
        let operands = Operands::new(&literals, &patterns, &frame);
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
}
