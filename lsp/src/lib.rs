//! The language server: what editors are told of packages while they are written.
//!
//! One thread owns the database and takes messages in the order in which they came; [`server`] speaks the protocol and
//! knows nothing of packages, everything else knows nothing of the protocol.

#![forbid(unsafe_code)]

mod position;
mod document;
mod standard;
mod report;
mod world;
mod worker;
mod frames;
pub mod server;
