//! Compares native code and the interpreter with the reference evaluator on random packages and what happens there.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use zt_tests::differential::campaign::{Plan, run};
use zt_tests::faults::hunt::hunt;
use zt_tests::laws::{self, Law};

/// Compares native code and the interpreter with the reference evaluator on random packages and what happens there.
#[derive(Debug, Parser)]
struct Args {
    /// How many steps: requests, attestations.
    #[arg(long, default_value_t = 1_000_000)]
    cases: u64,
    /// How many packages; one for 50 steps unless said.
    #[arg(long)]
    policies: Option<u64>,
    /// What all choices follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads.
    #[arg(long)]
    jobs: Option<usize>,
    /// End with the totals as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Instead, seed faults into compiled packages and tell how each was found.
    #[arg(long)]
    faults: bool,
    /// Of the faults only those whose names have this in them.
    #[arg(long, requires = "faults", default_value = "")]
    named: String,
    /// Instead, ask the laws of the decision, so many times as there are cases.
    #[arg(long)]
    laws: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.faults {
        return faults(&args);
    }
    if args.laws {
        return judge(&args);
    }
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let policies = args.policies.unwrap_or(args.cases / 50).clamp(1, args.cases.max(1));
    let terminal = std::io::stderr().is_terminal();
    let plan = Plan { cases: args.cases, policies, seed: args.seed, jobs };
    let totals = run(plan, |done| {
        if terminal {
            eprint!("\r{done} of {} cases", args.cases);
        }
    });
    if terminal {
        eprintln!();
    }
    for (text, problem) in &totals.problems {
        println!("a package could not be asked\n\n{text}\n{problem}\n");
    }
    for difference in &totals.differences {
        println!("{difference}");
    }
    println!("{}", totals.tally.table());
    let outcomes = totals.tally.outcomes;
    let decided = outcomes.decided().max(1);
    for (name, count) in outcomes.named() {
        println!("{name:<12} {count:>12} {:>5}.{}%", count * 100 / decided, count * 1000 / decided % 10);
    }
    println!("{:<12} {:>12}\n", "refused", outcomes.refused);
    for (kind, way, count) in totals.tally.rare(1000) {
        println!("rare: `{kind}` was {way} only {count} times");
    }
    if args.json {
        println!("{}", totals.json());
    } else {
        let differences = totals.differences.len() + totals.problems.len();
        println!("{} packages, {} cases, {differences} differences", totals.policies, totals.cases);
    }
    if totals.agree() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Asks the laws.
fn judge(args: &Args) -> ExitCode {
    let terminal = std::io::stderr().is_terminal();
    let judged = laws::judge(args.seed, args.cases, |done| {
        if terminal {
            eprint!("\r{done} of {} cases", args.cases);
        }
    });
    let judged = match judged {
        Ok(judged) => judged,
        Err(problem) => {
            println!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(broken) = &judged.broken {
        println!("{broken}");
    }
    for (law, what) in Law::ALL {
        println!("{:>12}  {what}", judged.asked.get(law).copied().unwrap_or_default());
    }
    println!(
        "\n{} cases, {}",
        judged.cases(),
        if judged.broken.is_none() { "every law holds" } else { "a law is broken" }
    );
    if judged.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Hunts the seeded faults.
fn faults(args: &Args) -> ExitCode {
    let packages = args.policies.unwrap_or(5_000);
    let hunted = match hunt(args.seed, packages, 50, &args.named) {
        Ok(hunted) => hunted,
        Err(problem) => {
            println!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    println!("{:<36} {:>8} {:>9}  {:<8}  what is wrong", "fault", "cases", "packages", "examples");
    for h in &hunted {
        let cases = if h.found { h.cases.to_string() } else { "never".to_owned() };
        let tests = if h.survives { "pass" } else { "fail" };
        println!("{:<36} {cases:>8} {:>9}  {tests:<8}  {}", h.fault.name, h.policies, h.fault.what);
    }
    let found = hunted.iter().filter(|h| h.found).count();
    let survive = hunted.iter().filter(|h| h.survives).count();
    println!("\n{found} of {} faults found; with {survive} of them the tests of the examples pass", hunted.len());
    if args.json {
        println!("{{\"faults\":{},\"found\":{found},\"survive_examples\":{survive}}}", hunted.len());
    }
    if found == hunted.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
