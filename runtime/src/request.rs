//! Requests: AuthZEN JSON, read strictly into a frame.
//!
//! What is not declared is refused, with a code and the path of the culprit. The order of the checks is
//! part of the contract: of several things wrong, every implementation names the same one.

mod json;
mod path;
mod values;
mod scalars;
mod collections;
mod envelope;
mod event;
mod row;

#[cfg(test)]
mod tests;

pub(crate) use envelope::{Actions, attributes, decode, output};
pub(crate) use event::event;
pub(crate) use row::row;
pub(crate) use scalars::canonical;
