//! What several tests of zt share.

#![forbid(unsafe_code)]

pub mod command;
pub mod front;
pub mod three;
pub mod generate;
pub mod differential;
pub mod faults;
