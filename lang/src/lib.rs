//! The zt language: text to typed policy, every diagnostic a policy can cause, and the reference meaning.
//!
//! The modules stand in the order of the flow, each using only those above it.

#![forbid(unsafe_code)]

pub mod span;
mod threads;
mod members;
pub mod diagnostic;
pub mod syntax;
pub mod hir;
pub mod manifest;
pub mod pattern;
pub mod zone;
pub mod data;
pub mod naming;
pub mod resolve;
pub mod db;
pub mod check;
pub mod point;
pub mod needs;
pub mod lint;
pub mod eval;
pub mod render;
pub mod format;
