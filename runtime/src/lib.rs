//! The policy decision point: a request in, a decision out.
//!
//! A compiled package arrives as an [`image::Image`]: its [`ir::Program`] and machine code for it. A
//! [`Pdp`] holds one, decodes requests strictly into a [`Frame`], and decides: by the machine code, or by
//! interpreting the program, with the same outcome. Whatever goes wrong, the
//! answer is a deny; nothing here panics, reads files or asks the clock.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

// From ground to roof: a module uses only those above it.
mod nesting;
pub mod key;
pub mod store;
pub mod host;
pub mod schema;
pub mod ir;
pub mod abi;
#[macro_use]
pub mod helpers;
pub mod image;
mod cause;
mod symbols;
mod made;
mod pattern;
mod refusal;
mod rows;
mod frame;
mod parts;
mod operands;
pub mod steps;
pub mod index;
mod interpret;
mod request;
mod obligations;
mod lookups;
mod approvals;
mod effect;
mod combine;
mod windows;
mod decision;
mod recording;
mod judge;
mod report;
mod validate;
mod native;
mod pdp;
mod batch;

#[cfg(test)]
mod fixture;

pub use batch::Batch;
pub use cause::Cause;
pub use decision::{Decision, DeterminedBy, RuleError, Shadow};
pub use effect::Effect;
pub use frame::Frame;
pub use host::{Clock, Facts, Host};
pub use lookups::{About, Question};
pub use obligations::Obligation;
pub use pdp::{Asked, AttestError, LoadError, Pdp};
pub use refusal::{Refusal, RefusalCode};
pub use report::{Message, Report};
pub use request::Way;
