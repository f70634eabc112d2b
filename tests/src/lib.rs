//! What several tests of zt share.

#![forbid(unsafe_code)]

pub mod command;
pub mod front;
