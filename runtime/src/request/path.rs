//! Where the decoder is in a request: kept on the stack, spelled out only for a refusal.

use std::fmt::Write;

use zt_values::{pointer_push, pointer_push_exactly};

use crate::refusal::{Refusal, RefusalCode};

/// A path into a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The request itself.
    Root,
    /// A member of an object.
    Member(&'a Path<'a>, &'a str),
    /// An element of an array.
    Element(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// A member of what is here.
    pub(crate) const fn member(&'a self, name: &'a str) -> Self {
        Path::Member(self, name)
    }

    /// An element of what is here.
    pub(crate) const fn element(&'a self, index: usize) -> Self {
        Path::Element(self, index)
    }

    /// A refusal of what is here.
    pub(crate) fn refuse(&self, code: RefusalCode) -> Refusal {
        Refusal { code, path: self.pointer() }
    }

    /// Where it is, as a JSON Pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut path = String::new();
        self.write(&mut path, pointer_push);
        path
    }

    /// Writes the same without cuts: by it members are found again.
    pub(crate) fn write_exactly(&self, pointer: &mut String) {
        self.write(pointer, pointer_push_exactly);
    }

    /// Recursion is bounded by the depth of the request.
    fn write(&self, pointer: &mut String, push: fn(&mut String, &str)) {
        match self {
            Self::Root => {}
            Self::Member(parent, name) => {
                parent.write(pointer, push);
                push(pointer, name);
            }
            Self::Element(parent, index) => {
                parent.write(pointer, push);
                // Writing to a String cannot fail.
                let _ = write!(pointer, "/{index}");
            }
        }
    }
}
