//! What several tests of zt share.

#![forbid(unsafe_code)]

pub mod markdown;
pub mod html;
pub mod browser;
pub mod command;
pub mod site;
pub mod imported;
pub mod editor;
pub mod servers;
pub mod front;
pub mod three;
pub mod spanless;
pub mod generate;
pub mod differential;
pub mod faults;
pub mod laws;
pub mod fixes;
pub mod lints;

/// Whether tests take the time that they need to look at very many cases: `tests/run` without `--quick` asks for that.
#[must_use]
pub fn full() -> bool {
    std::env::var_os("ZT_FULL").is_some()
}
