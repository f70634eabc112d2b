//! Tables: facts by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Name, Ty, Type};

/// A value written out, in a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constant {
    /// A `Bool`.
    Bool(bool),
    /// A value of a type that counts, as the number that it is held as.
    Number(i64),
    /// A text, in its canonical form.
    Text(Name),
    /// A member of the enum that is the type: its index.
    Member(u32),
    /// An entity: type and id.
    Entity(Name, Name),
}

/// A table: facts by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// What rows are looked up by, in order; at least one column.
    pub keys: Vec<Key>,
    /// The type of what a row says; none of a relation, of which it is only known whether there is a row.
    pub value: Option<Type>,
    /// Whether every key has a row: it is written out over enums and `Bool` alone.
    pub total: bool,
    /// Who is asked for a row by its key, if the rows are not in the package.
    pub source: Option<Source>,
    /// The rows; none where a source is asked.
    pub rows: Arc<TableRows>,
}

/// Who is asked for rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: Name,
    /// The greatest age of an answer in microseconds; any where it is not said.
    pub fresh: Option<i64>,
}

/// A table of patterns: what is sought in texts, and what it means to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detector {
    /// Its name.
    pub name: Name,
    /// What it says: `Bool` or an ordered enum. Of what it finds it says the highest; of a text in which it finds
    /// nothing, `false` or the lowest member.
    pub ty: Ty,
    /// What is sought and what that says, as an index into the enum, 1 for `true`.
    pub rows: Arc<Vec<Sought>>,
    /// The automata that find all of it. Only what some rule asks has them.
    pub automata: Option<Arc<Vec<Search>>>,
}

/// An automaton that finds some rows of a table. Every row is one of exactly one automaton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Their numbers, in order.
    pub rows: Vec<u32>,
    /// What finds them, for [`zt_values::finder::Finder::read`].
    pub bytes: Vec<u8>,
}

/// A pattern that is sought.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sought {
    /// As it was written.
    pub source: Name,
    /// As engines understand it, to be found anywhere in a folded text ([`zt_values::fold()`]).
    pub pattern: Name,
    /// What finding it says.
    pub says: u32,
}

/// The rows of a table: what they say, by key. A relation's say `true`.
pub type TableRows = BTreeMap<Vec<Constant>, Constant>;

/// A column of a table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, of a relation's columns.
    pub name: Name,
    /// Its spelling in files.
    pub wire: Name,
    /// One type of single values or entities, or several entity types: which one a value has is part of the key.
    pub types: Vec<Type>,
}
