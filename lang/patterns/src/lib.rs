//! Patterns: regular expressions that match in linear time, translated and compiled to automata.
//!
//! It stands below the front end, so that the tables of the standard library are compiled once, when zt is built.
#![forbid(unsafe_code)]

mod source;
mod search;

pub use search::{Row, Search, search};
pub use source::{NESTED, PatternError, anchored, sought};
