//! From folders to packages: which files belong to one, what it uses, and how both stand in a database.
//!
//! The command line and the language server read packages here, so that neither sees another package than the other.

#![forbid(unsafe_code)]

pub mod failure;
pub mod folder;
mod data;
pub mod gather;
pub mod store;
pub mod load;
