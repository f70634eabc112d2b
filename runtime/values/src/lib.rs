//! Values as requests spell them: exact numbers, times, identifiers, texts that mean something, and limits.
//!
//! The reference evaluator and the runtime know nothing of each other; what both must read and print
//! alike stands here, once. Nothing here depends on another crate of zt.
//!
//! A text that means something (a path, a host, a URL) is read into one canonical text or refused with a
//! [`Reason`]. Afterwards equality is of bytes, and reading the canonical text again changes nothing.
#![forbid(unsafe_code)]
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

pub mod limits;
mod number;
mod text;
pub mod civil;
pub mod time;
pub mod quantity;
pub mod zone;
pub mod ranges;
mod reason;
mod shape;
mod unicode;
mod respelt;
pub mod ip;
pub mod host;
pub mod email;
pub mod path;
pub mod glob;
pub mod url;
pub mod command;
pub mod finder;
mod fold;
mod parts;
pub mod binding;

pub use binding::{EntityRef, binding, canonical_json};
pub use fold::{fold, fold_pattern};
pub use number::{NumberError, format_decimal, parse_decimal, parse_int};
pub use parts::parts;
pub use reason::Reason;
pub use shape::Shape;
pub use text::{enumerate, is_hidden, is_ident, pointer_push, pointer_push_exactly, push_visibly, quote};
