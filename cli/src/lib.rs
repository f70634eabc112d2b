//! The command line. Each command is a function from its arguments to an exit code.
//!
//! It is a library too, so that tests can run packages as `zt test` does.

#![forbid(unsafe_code)]

pub mod exit;
pub mod output;
mod data;
pub mod load;
pub mod testing;
mod args;
mod check;
mod fmt;
mod test;
mod why;
mod eval;
mod explain;
mod init;
pub mod command;
