//! Values as requests spell them: exact numbers, times, identifiers, quoted text, paths, and their limits.
//!
//! The reference evaluator and the runtime know nothing of each other; what both must read and print
//! alike stands here, once. Nothing here depends on anything else of the house.
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

pub use number::{NumberError, format_decimal, parse_decimal, parse_int};
pub use text::{is_hidden, is_ident, pointer_push, push_visibly, quote};
