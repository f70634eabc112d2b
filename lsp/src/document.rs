//! Files that are open in the editor, and the edits made in them.

use std::sync::Arc;

use crate::position::{Encoding, Lines, Range};

/// A file that is open in the editor.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// As the editor names it.
    pub(crate) uri: String,
    /// Its version, counted by the editor.
    pub(crate) version: i32,
    /// Its text.
    pub(crate) text: Arc<str>,
}

/// An edit: what stands in a range, or the whole text, gives way to another text.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) range: Option<Range>,
    pub(crate) text: String,
}

impl Document {
    /// Makes some edits, each in what the one before left. A range that lies beyond the text is cut to it, and one whose
    /// end comes before its start is empty.
    pub(crate) fn edit(&mut self, version: i32, edits: Vec<Edit>, encoding: Encoding) {
        let mut text = self.text.to_string();
        for edit in edits {
            match edit.range {
                None => text = edit.text,
                Some(range) => {
                    let lines = Lines::new(&text, encoding);
                    let start = lines.offset(range.start);
                    let end = lines.offset(range.end).max(start);
                    text.replace_range(start..end, &edit.text);
                }
            }
        }
        self.version = version;
        self.text = text.into();
    }
}
