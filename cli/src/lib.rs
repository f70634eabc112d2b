//! The command line. Each command is a function from its arguments to an exit code.
//!
//! It is a library too, so that tests can run packages as `zt test` does.

#![forbid(unsafe_code)]

pub mod exit;
pub mod output;
pub mod load;
pub mod testing;
mod args;
mod costs;
mod fmt;
mod fix;
mod check;
mod test;
mod why;
mod eval;
mod bench;
mod facts;
mod doc;
pub mod import;
mod explain;
mod init;
mod lsp;
mod completions;
pub mod command;
