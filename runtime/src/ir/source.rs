//! Sources and files: who else than the request says what an entity is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::schema::{Reads, Slot, TypeId};

/// Who vouches for the attributes of entities of a type, if not the enforcement point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// A source is asked by id.
    Source {
        /// Which: index into [`super::Program::sources`].
        source: u32,
        /// The greatest age of an answer in microseconds; any where it is not said.
        fresh: Option<i64>,
    },
    /// A file of the package: by id, the attributes as the JSON that a source would answer.
    File(BTreeMap<String, String>),
}

/// An entity whose attributes are looked up before a decision.
///
/// One in the rows of lists is looked up for each row; then its slots are words of the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// Its type, which has a [`Channel`].
    pub ty: TypeId,
    /// The lists in whose rows it stands, the outermost first; none for one that is there once.
    pub within: Vec<Within>,
    /// Where its id is.
    pub id: Slot,
    /// Where its presence is, if it may be absent.
    pub present: Option<Slot>,
    /// Where it is said that the entity could not be looked up which this one is an attribute of.
    pub outer: Option<Slot>,
    /// Where its attributes go.
    pub reads: Reads,
    /// Receives why it could not be looked up, or 0.
    pub failed: Slot,
}

/// A list in whose rows entities are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// Where the list is: a slot of the frame, or a word of a row of the list before.
    pub list: Slot,
    /// How many words a row has.
    pub width: u32,
}
