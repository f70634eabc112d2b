//! The back end: from a checked package to a native image.
//!
//! [`lower`] turns the checked tree into an [`zt_runtime::ir::Program`], [`generate`] turns the program
//! into machine code. Neither refuses anything: whatever a policy author can do wrong was told by the
//! check. What is left is [`Bug`], a mistake of ours.

#![forbid(unsafe_code)]

// From ground to roof: a module uses only those above it.
mod bug;
mod failure;
pub mod generate;
pub mod lower;

pub use bug::Bug;

use zt_lang::check::package::CheckedPackage;
use zt_runtime::image::Image;

/// Compiles a package for this machine.
///
/// # Errors
/// Only by a mistake in the compiler, or on a machine for which it has no code generator.
pub fn compile(package: &CheckedPackage) -> Result<Image, Bug> {
    let lowered = lower::lower(package.hir())?;
    generate::generate(&lowered.program, &lowered.automata, &generate::Target::host()?)
}

#[cfg(test)]
mod tests;
