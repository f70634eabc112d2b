//! Requests: AuthZEN JSON, read strictly into a frame.
//!
//! What is not declared is refused, with a code and the path of the culprit. The order of the checks is
//! part of the contract: of several things wrong, every implementation names the same one.
//!
//! There are two readers. What a request means, and what is wrong with it, is said by the one in [`envelope`]. The one in
//! [`quick`] goes over the bytes once, and takes most requests that the other one takes.

mod json;
mod path;
mod scan;
mod names;
mod values;
mod scalars;
mod collections;
mod envelope;
mod event;
mod row;
mod plan;
mod reader;
mod quick;
mod shown;

#[cfg(test)]
mod tests;

use crate::frame::Frame;
use crate::ir::Program;
use crate::pattern::Patterns;
use crate::refusal::Refusal;

pub(crate) use envelope::{Actions, attributes, output};
pub(crate) use event::event;
pub(crate) use plan::Plan;
pub(crate) use row::row;
pub(crate) use scalars::canonical;
pub(crate) use shown::shown;

/// How a request is read. All ways have one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In one pass where that does, and else plainly.
    Fastest,
    /// In one pass by plain words, and not at all where that does not do.
    Portable,
    /// In one pass by vectors, and not at all where that does not do.
    Quick,
    /// By the reader that defines what a request means.
    Plain,
}

/// Reads a request into a frame and gives the index of the entry that decides it; nothing if this way does not do.
pub(crate) fn decode(
    program: &Program,
    patterns: &Patterns,
    (plan, actions): (&Plan, &Actions),
    request: &[u8],
    frame: &mut Frame,
    way: Way,
) -> Option<Result<usize, Refusal>> {
    let read = match way {
        Way::Fastest | Way::Quick => quick::read::<scan::Vector>(program, patterns, (plan, actions), request, frame),
        Way::Portable => quick::read::<scan::Portable>(program, patterns, (plan, actions), request, frame),
        Way::Plain => None,
    };
    match (read, way) {
        (Some(entry), _) => Some(Ok(entry)),
        (None, Way::Quick | Way::Portable) => None,
        (None, Way::Fastest | Way::Plain) => Some(envelope::decode(program, patterns, actions, request, frame)),
    }
}
