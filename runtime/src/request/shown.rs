//! What a frame holds of a request, spelled out: two readers read a request alike if this is the same.

use std::fmt::Write;

use crate::abi::{Set, Text};
use crate::frame::Frame;
use crate::ir::{Entry, Program};
use crate::schema::{Part, Reads, Slot, Type, TypeId};

/// Every value that some rule reads, each with where it is in the request; then defaults and what is absent.
pub(crate) fn shown(program: &Program, entry: &Entry, frame: &Frame) -> Vec<String> {
    let mut shown = Shown { program, frame, lines: Vec::new() };
    let slot = |slot: Slot| frame.slot(slot);
    shown.reads("principal", Some(entry.principal), &entry.reads_principal, &slot);
    shown.reads("resource", entry.resource, &entry.reads_resource, &slot);
    shown.reads("input", Some(entry.input), &entry.reads_input, &slot);
    shown.reads("context", entry.context, &entry.reads_context, &slot);
    if let Some(sent) = entry.sent {
        let text = shown.text(slot(sent));
        shown.lines.push(format!("sent {text}"));
    }
    let defaults = frame.defaults().iter().map(|(path, value)| format!("default {path} {value}"));
    shown.lines.extend(defaults.chain(frame.absent().iter().map(|path| format!("absent {path}"))));
    shown.lines
}

struct Shown<'p> {
    program: &'p Program,
    frame: &'p Frame,
    lines: Vec<String>,
}

impl<'p> Shown<'p> {
    /// Shows what is read of a value. Recursion is bounded by the depth of the reads.
    fn reads(&mut self, at: &str, ty: Option<TypeId>, reads: &Reads, slot: &dyn Fn(Slot) -> Option<u64>) {
        let Some(ty) = ty.and_then(|ty| self.ty(ty)) else { return };
        if let Some(present) = reads.present {
            self.lines.push(format!("{at} is there: {:?}", slot(present)));
        }
        if let Some(value) = reads.value {
            let word = slot(value);
            match ty {
                Type::List { element, .. } => self.rows(at, &[*element], reads, word),
                Type::Map { key, value, .. } => self.rows(at, &[*key, *value], reads, word),
                Type::Set { element, .. } => {
                    let texts = self.ty(*element).is_some_and(Type::is_text);
                    let elements = word.and_then(|word| self.frame.elements(Set::unpack(word))).unwrap_or_default();
                    let shown: Vec<String> = elements.iter().map(|word| self.word(texts, Some(*word))).collect();
                    self.lines.push(format!("{at} {{{}}}", shown.join(" ")));
                }
                _ => {
                    let word = self.word(ty.is_text(), word);
                    self.lines.push(format!("{at} {word}"));
                }
            }
        }
        for (part, at_part) in &reads.parts {
            let word = self.word(*part != Part::UrlPort, slot(*at_part));
            self.lines.push(format!("{at}.{} {word}", part.name()));
        }
        if let Some(above) = reads.ancestors {
            let set = slot(above).map(Set::unpack);
            for row in 0..set.map_or(0, |set| set.count) {
                let word = |word| self.frame.row(set?, row, word);
                let line = format!("{at} in {:?} {}", word(0), self.text(word(1)));
                self.lines.push(line);
            }
        }
        for (index, inner) in &reads.fields {
            let place = usize::try_from(*index).ok();
            let (name, ty) = match ty {
                Type::Record { fields, .. } | Type::Entity { fields, .. } => {
                    let field = place.and_then(|place| fields.get(place));
                    (field.map_or("?", |field| &field.name), field.map(|field| field.ty))
                }
                Type::Choice { variants, .. } => ("|", place.and_then(|place| variants.get(place)).copied()),
                Type::List { element, .. } => ("#", Some(*element)),
                _ => ("?", None),
            };
            self.reads(&format!("{at}/{name}{index}"), ty, inner, slot);
        }
        for (name, inner) in &reads.members {
            let Type::Map { value, .. } = ty else { continue };
            self.reads(&format!("{at}/{name:?}"), Some(*value), inner, slot);
        }
    }

    /// Shows the rows of a list or a map.
    fn rows(&mut self, at: &str, of: &[TypeId], reads: &Reads, word: Option<u64>) {
        let set = word.map(Set::unpack);
        let count = set.map_or(0, |set| set.count);
        self.lines.push(format!("{at} of {count}"));
        let Some(rows) = &reads.rows else { return };
        let frame = self.frame;
        for row in 0..count {
            let at = format!("{at}[{row}]");
            let slot = |slot: Slot| frame.row(set?, row, slot.0);
            match of {
                [element] => self.reads(&at, Some(*element), &rows.element, &slot),
                _ => {
                    for (index, inner) in &rows.element.fields {
                        let ty = usize::try_from(*index).ok().and_then(|index| of.get(index)).copied();
                        self.reads(&format!("{at}/{index}"), ty, inner, &slot);
                    }
                }
            }
        }
    }

    fn ty(&self, id: TypeId) -> Option<&'p Type> {
        self.program.types.get(usize::try_from(id.0).ok()?)
    }

    fn word(&self, text: bool, word: Option<u64>) -> String {
        if text {
            return self.text(word);
        }
        word.map_or_else(|| "?".to_owned(), |word| word.cast_signed().to_string())
    }

    fn text(&self, word: Option<u64>) -> String {
        let mut shown = String::new();
        // Writing to a String cannot fail.
        let _ = match word.map(Text::unpack) {
            Some(Text::Arena { start, length }) => write!(shown, "{:?}", self.frame.text(start, length)),
            Some(Text::Literal(id)) => {
                let constant = usize::try_from(id.0).ok().and_then(|index| self.program.literals.get(index));
                write!(shown, "constant {constant:?}")
            }
            None => write!(shown, "?"),
        };
        shown
    }
}
