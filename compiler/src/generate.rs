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
use zt_runtime::image::{Automata, DATA, Image, Parts};
use zt_runtime::index::{Group, Index};
use zt_runtime::ir::{Entry, Expr, Program};
use zt_runtime::steps::is_data;

use self::function::Compiler;
use crate::Bug;

/// Deepest expression that the runtime accepts, and that recursion here is meant for.
const DEPTH: usize = 512;

/// So many functions are worth a thread of their own.
const SHARE: usize = 8;

/// Up to so many rules all are machine code. Of more those are data that can be: that takes next to nothing to make, and
/// little to hold.
const CODE_RULES: usize = 256;

/// Bytes of a thread's stack: enough for the deepest expression.
const STACK: usize = 64 << 20;

/// Compiles a program. The same program and target give the same bytes, on however many threads.
///
/// # Errors
/// Only by a mistake in the compiler.
pub fn generate(program: &Program, automata: &Automata, target: &Target) -> Result<Image, Bug> {
    generate_with(program, automata, target, CODE_RULES)
}

/// Compiles a program, all of whose rules are machine code if there are no more than so many.
///
/// # Errors
/// Only by a mistake in the compiler.
pub fn generate_with(program: &Program, automata: &Automata, target: &Target, code_rules: usize) -> Result<Image, Bug> {
    let is_code = program.entries.iter().map(|entry| entry.rules.len()).sum::<usize>() <= code_rules;
    let mut tasks = Vec::new();
    let mut functions = Vec::with_capacity(program.entries.len());
    for entry in &program.entries {
        check(entry)?;
        let groups = Index::of(entry, !is_code).into_groups();
        let mut places = vec![DATA; groups.len()];
        for (place, group) in groups.into_iter().enumerate() {
            // All rules of a group can be data, or none can.
            let is_data = |position: &u32| is_data(&entry.rules[*position as usize].condition);
            if is_code || !group.rules.first().is_some_and(is_data) {
                // Filled in when there is code.
                places[place] = 0;
                tasks.push((functions.len(), place, entry, group));
            }
        }
        functions.push(places);
    }
    let mut code: Vec<u8> = Vec::new();
    for ((entry, place, ..), function) in tasks.iter().zip(compile_all(&tasks, target, !is_code)?) {
        code.resize(code.len().next_multiple_of(abi::FUNCTION_ALIGN), target.padding());
        functions[*entry][*place] = u32::try_from(code.len()).map_err(|_| Bug::new("the code exceeds 4 GiB"))?;
        code.extend_from_slice(&function);
    }
    let automata = automata.clone();
    let parts = Parts { target: target.name(), program, automata, code, functions };
    Image::write(&parts).map_err(|error| Bug::new(format!("the image cannot be written: {error}")))
}

/// Checks what an entry has to be to be compiled.
fn check(entry: &Entry) -> Result<(), Bug> {
    if entry.slots > abi::MAX_SLOTS {
        return Err(Bug::new(format!("the frame of `{}` has too many slots", entry.action)));
    }
    if entry.rules.iter().any(|rule| rule.condition.depth_exceeds(DEPTH)) {
        return Err(Bug::new(format!("a condition of `{}` is nested too deeply", entry.action)));
    }
    if entry.rules.iter().any(|rule| reads_beyond(&rule.condition)) {
        return Err(Bug::new(format!("a row of `{}` has too many words", entry.action)));
    }
    Ok(())
}

/// A function to compile: the numbers of its entry and of its group, the entry, and the rules.
type Task<'p> = (usize, usize, &'p Entry, Group);

/// The code of all functions, in their order.
fn compile_all(tasks: &[Task<'_>], target: &Target, is_hasty: bool) -> Result<Vec<Vec<u8>>, Bug> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = tasks.len().div_ceil(threads).max(SHARE);
    let compile = &|tasks: &[Task<'_>]| -> Result<Vec<Vec<u8>>, Bug> {
        let mut compiler = Compiler::new(target, is_hasty);
        tasks.iter().map(|(_, _, entry, group)| compiler.compile(entry, group).map(<[u8]>::to_vec)).collect()
    };
    if tasks.len() <= share {
        return compile(tasks);
    }
    let compiled: Vec<Result<_, Bug>> = std::thread::scope(|scope| {
        let spawn = |tasks| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || compile(tasks));
        let threads: Vec<_> = tasks.chunks(share).map(spawn).collect();
        let failed = || Err(Bug::new("a thread of the code generator ended"));
        let join = |thread: std::io::Result<std::thread::ScopedJoinHandle<'_, _>>| match thread.map(|t| t.join()) {
            Ok(Ok(compiled)) => compiled,
            _ => failed(),
        };
        threads.into_iter().map(join).collect()
    });
    compiled.into_iter().collect::<Result<Vec<_>, Bug>>().map(|all| all.concat())
}

/// Whether it reads a word that no row has.
fn reads_beyond(expr: &Expr) -> bool {
    matches!(expr, Expr::Row { word, .. } if *word >= abi::MAX_WIDTH) || expr.operands().any(reads_beyond)
}

#[cfg(test)]
mod tests;
