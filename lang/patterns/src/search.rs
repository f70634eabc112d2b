//! Automata that find the patterns of a table, all at once, wherever they are in a text.
//!
//! What matters of a text is the highest that any pattern says, not which one says it. So a state has a level and no
//! patterns, states that will find the same are one, and what cannot find more than was found already is left out: an
//! automaton of forty phrases has some thousand states, where one that tells them apart does not fit into memory.

mod anchored;
mod cover;
mod floating;
mod pack;

use zt_values::finder::{Finder, finder_digest};

/// The most automata of one table.
const MAX_AUTOMATA: usize = 16;
/// The most automata that are tried for one table.
const MAX_TRIES: usize = 48;

/// A row of a table of patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The pattern as its author wrote it: the automaton says that it is the one for this.
    pub source: &'a str,
    /// As [`crate::sought`] gives it.
    pub pattern: &'a str,
    /// What finding it says, above 0.
    pub says: u32,
}

/// An automaton and what it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The rows of the table, by their numbers, in order.
    pub rows: Vec<u32>,
    /// The automaton, for [`Finder::read`].
    pub bytes: Vec<u8>,
}

/// The automata that find these rows; each row is one of one automaton. Nothing if they would be too large.
///
/// All rows are one automaton if that stays within its limits. If not, those whose matches have no greatest length are
/// parted from the others, since they stay underway through all that the others begin; then they are halved.
#[must_use]
pub fn search(rows: &[Row<'_>]) -> Option<Vec<Search>> {
    let mut ahead = vec![(0..u32::try_from(rows.len()).ok()?).collect::<Vec<u32>>()];
    let (mut built, mut tries) = (vec![], 0);
    let mut work = cover::Work::new();
    while let Some(group) = ahead.pop() {
        tries += 1;
        let some: Vec<Row<'_>> =
            group.iter().filter_map(|row| rows.get(usize::try_from(*row).ok()?)).copied().collect();
        if let Some(bytes) = automaton(&some, &mut work) {
            built.push(Search { rows: group, bytes });
            if built.len() > MAX_AUTOMATA {
                return None;
            }
            continue;
        }
        if group.len() < 2 || tries > MAX_TRIES || work.is_over() {
            return None;
        }
        let (left, right) = divided(rows, &group);
        ahead.extend([right, left]);
    }
    Some(built)
}

/// Two parts of a group of rows, neither of them empty.
fn divided(rows: &[Row<'_>], group: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let endless = |row: &u32| {
        let pattern = usize::try_from(*row).ok().and_then(|row| rows.get(row)).map(|row| row.pattern);
        pattern
            .and_then(|pattern| regex_syntax::parse(pattern).ok())
            .is_none_or(|hir| hir.properties().maximum_len().is_none())
    };
    let (long, short): (Vec<u32>, Vec<u32>) = group.iter().partition(|row| endless(row));
    if long.is_empty() || short.is_empty() {
        let (left, right) = group.split_at(group.len() / 2);
        return (left.to_vec(), right.to_vec());
    }
    (short, long)
}

/// One automaton for all of these rows, if it is not too large.
fn automaton(rows: &[Row<'_>], work: &mut cover::Work) -> Option<Vec<u8>> {
    let anchored = anchored::Anchored::of(rows)?.reduced();
    let floating = floating::Floating::of(&anchored, work)?;
    let digest = finder_digest(rows.iter().map(|row| (row.source, row.says)));
    let tables = pack::packed(&floating, digest)?;
    let bytes = tables.write();
    Finder::of(tables).map(|_| bytes)
}

#[cfg(test)]
mod tests;
