//! Tables: rows sorted by key, and the search for one, column by column.

use serde::{Deserialize, Serialize};

use crate::ir::LiteralId;
use crate::schema::TypeId;

/// Index of a table in [`super::Program::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub u32);

/// Most tables of a program.
pub const MAX_TABLES: usize = 1 << 16;
/// Most rows of a table.
pub const MAX_TABLE_ROWS: usize = 1 << 16;
/// Most columns of a table's key.
pub const MAX_TABLE_COLUMNS: usize = 31;

/// A table. Its rows are sorted by their keys, of which no two are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name, for reading.
    pub name: String,
    /// The columns of the key, each with one value for each row; at least one.
    pub key: Vec<Column>,
    /// What the rows say; nothing if it only matters whether there is one.
    pub says: Option<Cells>,
    /// Who is asked for the rows, if they are not here.
    pub asked: Option<Asked>,
}

/// A table of which a source is asked for rows. Its columns are empty, and tell only what they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which source: index into [`super::Program::sources`].
    pub source: u32,
    /// The greatest age of an answer in microseconds; any where it is not said.
    pub fresh: Option<i64>,
    /// How the parts of a key are read, in order.
    pub key: Vec<KeyPart>,
    /// The type of what a row says; nothing if it only matters whether there is one.
    pub says: Option<TypeId>,
}

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPart {
    /// A single value of a type: one column.
    Value(TypeId),
    /// An entity of one of these types. Of several, the number among them is a column before that of its id.
    Entity(Vec<TypeId>),
}

/// What a search finds in a table of which a source is asked: that nothing is known, that there is no such row, or the
/// number of a row on top of this one.
pub const NO_ROW: u64 = 1;

/// A column of a table's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// Numbers, members of an enum, or Bool.
    Numbers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

/// What the rows of a table say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cells {
    /// True or false.
    Truths(Vec<bool>),
    /// Numbers or members of an enum.
    Numbers(Vec<i64>),
    /// Texts.
    Texts(Vec<LiteralId>),
}

impl Column {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(all) => all.len(),
            Self::Texts(all) => all.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Cells {
    /// How many rows they are of.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Truths(all) => all.len(),
            Self::Numbers(all) => all.len(),
            Self::Texts(all) => all.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.key.first().map_or(0, Column::len)
    }
}

/// A search under way: the rows that have the values that were asked for in the columns before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Which table.
    pub table: u32,
    /// The column to look at next.
    pub column: u32,
    /// The first row.
    pub from: u32,
    /// The row after the last, or more.
    pub to: u32,
}

/// How many bits hold the number of a row, and one past the last.
const ROW_BITS: u32 = 17;
/// How many bits hold the number of a column.
const COLUMN_BITS: u32 = 5;

impl Search {
    /// The search of a table before its first column.
    #[must_use]
    pub const fn of(table: TableId) -> Self {
        Self { table: table.0, column: 0, from: 0, to: (1 << ROW_BITS) - 1 }
    }

    /// As a word. A valid program's tables are small enough for that.
    #[must_use]
    pub const fn pack(self) -> u64 {
        let rows = (self.to as u64) << ROW_BITS | self.from as u64;
        let place = (self.table as u64) << COLUMN_BITS | self.column as u64;
        place << (2 * ROW_BITS) | rows
    }

    /// The reverse of [`Search::pack`]; every word is some search.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the bits that are meant")]
    pub fn unpack(word: u64) -> Self {
        let bits = |from: u32, count: u32| (word >> from & 1_u64.wrapping_shl(count).wrapping_sub(1)) as u32;
        Self {
            table: (word >> (2 * ROW_BITS + COLUMN_BITS)) as u32,
            column: bits(2 * ROW_BITS, COLUMN_BITS),
            from: bits(0, ROW_BITS),
            to: bits(ROW_BITS, ROW_BITS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_pack() {
        for (table, column, from, to) in [(0, 0, 0, 0), (65_535, 31, 65_535, 65_536), (1, 2, 3, 4)] {
            let search = Search { table, column, from, to };
            assert_eq!(Search::unpack(search.pack()), search);
        }
    }
}
