//! Machine code: from a program to an image whose rules run natively.
//!
//! Cranelift is used here and nowhere else. The code needs no relocation and cannot trap, which
//! [`generate`] proves of every function before it goes into an image.

mod target;
mod function;
mod value;
mod condition;
mod fold;

pub use self::target::Target;

use zt_runtime::abi;
use zt_runtime::image::{Automata, Image, Parts};
use zt_runtime::index::Index;
use zt_runtime::ir::{Expr, Program};

use self::function::Compiler;
use crate::Bug;

/// Deepest expression that the runtime accepts, and that recursion here is meant for.
const DEPTH: usize = 512;

/// Compiles a program. The same program and target give the same bytes.
///
/// # Errors
/// Only by a mistake in the compiler.
pub fn generate(program: &Program, automata: &Automata, target: &Target) -> Result<Image, Bug> {
    let mut compiler = Compiler::new(target);
    let mut code: Vec<u8> = Vec::new();
    let mut functions = Vec::with_capacity(program.entries.len());
    for entry in &program.entries {
        if entry.slots > abi::MAX_SLOTS {
            return Err(Bug::new(format!("the frame of `{}` has too many slots", entry.action)));
        }
        if entry.rules.iter().any(|rule| rule.condition.depth_exceeds(DEPTH)) {
            return Err(Bug::new(format!("a condition of `{}` is nested too deeply", entry.action)));
        }
        if entry.rules.iter().any(|rule| reads_beyond(&rule.condition)) {
            return Err(Bug::new(format!("a row of `{}` has too many words", entry.action)));
        }
        let mut groups = Vec::new();
        for group in Index::of(entry).groups() {
            code.resize(code.len().next_multiple_of(abi::FUNCTION_ALIGN), target.padding());
            let offset = u32::try_from(code.len()).map_err(|_| Bug::new("the code exceeds 4 GiB"))?;
            code.extend_from_slice(compiler.compile(entry, group)?);
            groups.push(offset);
        }
        functions.push(groups);
    }
    let automata = automata.clone();
    let parts = Parts { target: target.name(), program: program.clone(), automata, code, functions };
    Image::write(&parts).map_err(|error| Bug::new(format!("the image cannot be written: {error}")))
}

/// Whether it reads a word that no row has.
fn reads_beyond(expr: &Expr) -> bool {
    matches!(expr, Expr::Row { word, .. } if *word >= abi::MAX_WIDTH) || expr.operands().any(reads_beyond)
}

#[cfg(test)]
mod tests;
