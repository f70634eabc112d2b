//! What is told about an import: what was left out, widened or narrowed, and how many fields got their precise type.

use std::collections::HashMap;

use zt_lang::diagnostic::Code;

/// Something that was found, with every place that it was found at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// What it is, in a sentence without a full stop.
    pub message: String,
    /// Where it stands, as JSON Pointers into the description.
    pub pointers: Vec<String>,
    /// Whether it is a limit of the language that is the same for all fields of a kind, and says nothing of one schema.
    pub general: bool,
}

/// Everything that was found, each kind of thing once.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    by: HashMap<(Code, String), usize>,
    marks: Vec<Mark>,
    pub(crate) tally: Tally,
}

/// What was found while a field is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    untyped: bool,
    wider: bool,
    narrower: bool,
}

/// How many fields there are, and of what precision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Arguments and fields of records, each where it is declared.
    pub fields: usize,
    /// Those with `Json` in their type.
    pub untyped: usize,
    /// Those whose type takes more than the schema, but for the untyped.
    pub wider: usize,
    /// Those whose type refuses what the schema takes, whatever else is said of them.
    pub narrower: usize,
}

impl Tally {
    /// Those whose type says all that the schema says: no `Json` in it, and nothing of the schema left out.
    #[must_use]
    pub fn precise(&self) -> usize {
        self.fields - self.untyped - self.wider
    }

    /// The share of the precise ones in tenths of a percent, rounded down; all of none.
    #[must_use]
    pub fn share(&self) -> usize {
        (self.precise() * 1_000).checked_div(self.fields).unwrap_or(1_000)
    }
}

impl Findings {
    /// Tells of something.
    pub(crate) fn tell(&mut self, code: Code, at: &str, message: impl Into<String>) {
        if let Some(mark) = self.marks.last_mut() {
            match code {
                Code::ImportUntyped | Code::ImportReference | Code::ImportSchema => mark.untyped = true,
                Code::ImportWider => mark.wider = true,
                Code::ImportNarrower => mark.narrower = true,
                _ => {}
            }
        }
        self.add(code, at, message.into(), false);
    }

    /// Tells of a limit of the language.
    pub(crate) fn limit(&mut self, at: &str, message: &str) {
        self.add(Code::ImportNarrower, at, message.to_owned(), true);
    }

    fn add(&mut self, code: Code, at: &str, message: String, general: bool) {
        let place = *self.by.entry((code, message.clone())).or_insert_with(|| {
            self.all.push(Finding { code, message, pointers: vec![], general });
            self.all.len() - 1
        });
        if let Some(found) = self.all.get_mut(place)
            && found.pointers.last().is_none_or(|last| last != at)
        {
            found.pointers.push(at.to_owned());
        }
    }

    /// A field is read from here on.
    pub(crate) fn open(&mut self) {
        self.marks.push(Mark::default());
    }

    /// The field has been read; `json` if its type has `Json` in it.
    pub(crate) fn close(&mut self, json: bool) {
        let mark = self.marks.pop().unwrap_or_default();
        self.tally.fields += 1;
        self.tally.narrower += usize::from(mark.narrower);
        if json {
            self.tally.untyped += 1;
        } else if mark.wider || mark.untyped {
            self.tally.wider += 1;
        }
    }

    /// Takes out what was found since [`Findings::open`].
    pub(crate) fn take(&mut self) -> Mark {
        self.marks.pop().unwrap_or_default()
    }

    /// What was found elsewhere counts for the field at hand.
    pub(crate) fn apply(&mut self, found: Mark) {
        if let Some(mark) = self.marks.last_mut() {
            mark.untyped |= found.untyped;
            mark.wider |= found.wider;
            mark.narrower |= found.narrower;
        }
    }

    /// What was found, by codes, limits of the language last.
    pub(crate) fn into_all(self) -> Vec<Finding> {
        let mut all = self.all;
        all.sort_by_key(|f| (f.general, f.code));
        all
    }
}
