//! What a decision costs, in zt, by hand in Rust and in other engines: the same policies, the same requests, the same
//! answers. `cargo bench -p zt-tests --bench peers`, with `-- --quick` in about a minute; figures go to `target/peers.json`.

mod allocations;
mod outcome;
mod measure;
mod interned;
#[cfg(feature = "peers")]
mod others;
mod zt;
mod refunds;
mod reports;
mod rules;
mod sharing;
mod exports;
mod goals;
mod loads;
mod instructions;
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;

use measure::{Figure, Settings};

/// Leaves out other engines, and what it takes to build them.
const OWN: &str = "--own";

/// Builds the bench once more, with other engines, and runs that.
#[expect(clippy::print_stdout, reason = "a bench says what it waits for")]
fn with_others(options: &[String], wanted: &[String]) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    println!("building the other engines, which takes some minutes the first time; `-- {OWN}` leaves them out");
    let status = std::process::Command::new(cargo)
        .args(["bench", "-p", env!("CARGO_PKG_NAME"), "--bench", "peers", "--features", "peers", "--locked", "--"])
        .args(options)
        .args(wanted)
        .status()
        .expect("cargo runs");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Engines that people compare with and that are not here.
const NOT_MEASURED: &str = "OPA and its WebAssembly, Cerbos, OpenFGA, SpiceDB, Topaz, Permify, Oso, cel-go, cel-cpp, Cedar in \
                            Go and in Java, Casbin in Go, XACML engines";

/// Keeps everything that follows on one core: the last, as the first has most of the machine's own work.
fn pin() -> Option<usize> {
    let core = core_affinity::get_core_ids()?.into_iter().max_by_key(|core| core.id)?;
    core_affinity::set_for_current(core).then_some(core.id)
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn main() -> ExitCode {
    // `cargo bench` adds `--bench`; what else stands there names workloads.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (options, wanted): (Vec<String>, Vec<String>) = args.into_iter().partition(|arg| arg.starts_with("--"));
    if let Some(rules) = options.iter().find_map(|option| option.strip_prefix(loads::OPTION)) {
        loads::child(rules);
        return ExitCode::SUCCESS;
    }
    if let Some(figure) = options.iter().find_map(|option| option.strip_prefix(instructions::CHILD)) {
        instructions::child(figure);
        return ExitCode::SUCCESS;
    }
    if options.iter().any(|option| option == instructions::OPTION) {
        return instructions::guard();
    }
    // Other engines take minutes to build, so no other build has them.
    if !cfg!(feature = "peers") && !options.iter().any(|option| option == OWN) {
        return with_others(&options, &wanted);
    }
    let settings = Settings::new(options.iter().any(|option| option == "--quick"));
    match pin() {
        Some(core) => println!("on core {core}"),
        None => println!("on any core: this system does not pin"),
    }
    println!("times are those that this thread had the core; other work on the machine still shows in its caches");
    let (figures, loads) = workloads::all(settings, &wanted);
    goals::print(&figures, &loads);
    println!("\nNot measured, as they are no libraries of Rust: {NOT_MEASURED}");
    write(&figures);
    ExitCode::SUCCESS
}

/// Where cargo puts what it makes; the bench stands in `target/PROFILE/deps`.
fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a program has a path");
    own.ancestors().nth(3).expect("a bench stands in a target folder").to_owned()
}

#[expect(clippy::print_stdout, reason = "a bench says where its figures are")]
fn write(figures: &[Figure]) {
    let path = target().join("peers.json");
    let json = serde_json::to_string_pretty(figures).expect("figures are plain numbers");
    std::fs::write(&path, json).expect("the target folder can be written");
    println!("\n{}", path.display());
}
