//! What sources said of a table: its rows sorted by key, as those are that stand in the program.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Column, NO_ROW};

/// A value in a column, or what a row says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Number(i64),
    Text(String),
}

/// What an answer says by key. Nothing is that there is no such row.
pub(crate) type Said = BTreeMap<Vec<Word>, BTreeSet<Option<Word>>>;

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// What it says.
    Says(u64),
    /// That there is none.
    Absent,
    /// Several things, so that none counts.
    Doubtful,
}

/// The rows of a table, as far as they are known.
#[derive(Debug)]
pub(crate) struct Rows {
    key: Vec<Column>,
    known: Vec<Known>,
    /// Whether there are no others.
    whole: bool,
}

impl Rows {
    /// Makes one of several answers, each with whether there are no rows but those in it. `word` keeps what a row says.
    pub(crate) fn new(
        columns: &[Column],
        answers: &[(bool, Said)],
        mut word: impl FnMut(&Word) -> Option<u64>,
    ) -> Option<Self> {
        let mut all = Said::new();
        for (_, said) in answers {
            for (key, says) in said {
                all.entry(key.clone()).or_default().extend(says.iter().cloned());
            }
        }
        for (_, said) in answers.iter().filter(|(whole, _)| *whole) {
            for (_, says) in all.iter_mut().filter(|(key, _)| !said.contains_key(*key)) {
                says.insert(None);
            }
        }
        let empty = |column: &Column| match column {
            Column::Numbers(_) => Column::Numbers(Vec::new()),
            Column::Texts(_) => Column::Texts(Vec::new()),
        };
        let mut rows = Self {
            key: columns.iter().map(empty).collect(),
            known: Vec::new(),
            whole: answers.iter().any(|(whole, _)| *whole),
        };
        for (key, says) in all {
            for (column, part) in rows.key.iter_mut().zip(key) {
                match (column, part) {
                    (Column::Numbers(all), Word::Number(number)) => all.push(number),
                    (Column::Texts(all), Word::Text(text)) => all.push(text),
                    _ => return None,
                }
            }
            let mut says = says.iter();
            rows.known.push(match (says.next(), says.next()) {
                (Some(Some(value)), None) => Known::Says(word(value)?),
                (Some(None), None) => Known::Absent,
                _ => Known::Doubtful,
            });
        }
        Some(rows)
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.known.len()
    }

    /// A column of their keys.
    pub(crate) fn column(&self, index: usize) -> Option<&Column> {
        self.key.get(index)
    }

    /// What a search has found that ended at a row, or at none.
    pub(crate) fn found(&self, row: Option<usize>) -> Option<u64> {
        Some(match row {
            None => {
                if self.whole {
                    NO_ROW
                } else {
                    0
                }
            }
            Some(row) => match self.known.get(row)? {
                Known::Doubtful => 0,
                Known::Absent => NO_ROW,
                Known::Says(_) => NO_ROW.checked_add(1)?.checked_add(u64::try_from(row).ok()?)?,
            },
        })
    }

    /// What a row says, by what a search has found.
    pub(crate) fn cell(&self, found: u64) -> Option<u64> {
        let row = found.checked_sub(NO_ROW)?.checked_sub(1)?;
        match self.known.get(usize::try_from(row).ok()?)? {
            Known::Says(word) => Some(*word),
            Known::Absent | Known::Doubtful => None,
        }
    }
}
