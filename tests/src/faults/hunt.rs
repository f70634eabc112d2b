//! The hunt: random packages compiled with each fault, until some decision gives it away.
//!
//! A fault is in the program, so native code and the interpreter must both have it, and agree.

use std::path::PathBuf;

use zt_cli::load;
use zt_cli::testing::run::{plan, run};
use zt_compiler::generate::{Target, generate};
use zt_compiler::lower::{Lowered, lower};
use zt_lang::check::package::CheckedPackage;
use zt_lang::hir;
use zt_runtime::Pdp;

use super::{FAULTS, Fault};
use crate::differential::tally::Tally;
use crate::differential::{Difference, Problem, Subject, campaign, caught, drawn};
use crate::generate::request::Requests;
use crate::generate::sequence::sequence;

/// How the hunt for one fault went.
#[derive(Debug)]
pub struct Hunted {
    /// The fault.
    pub fault: &'static Fault,
    /// Whether some decision gave it away.
    pub found: bool,
    /// How many requests were decided with it, on packages that it changes.
    pub cases: u64,
    /// How many packages it changed.
    pub policies: u64,
    /// Whether the tests of all examples pass with it.
    pub survives: bool,
}

/// Where the examples are.
#[must_use]
pub fn examples() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"))
}

/// Hunts every fault, or those whose names have this in them, on at most so many packages, with so many requests for each.
///
/// # Errors
/// What went wrong apart from the faults.
pub fn hunt(seed: u64, packages: u64, requests: usize, named: &str) -> Result<Vec<Hunted>, String> {
    let target = Target::host().map_err(|bug| bug.to_string())?;
    let mut all = vec![];
    let examples = example_packages()?;
    for fault in FAULTS.iter().filter(|fault| fault.name.contains(named)) {
        let survives = survives(fault, &examples, &target)?;
        all.push(Hunted { fault, found: false, cases: 0, policies: 0, survives });
    }
    for number in 0..packages {
        if all.iter().all(|hunted| hunted.found) {
            break;
        }
        one_package(seed, number, requests, &target, &mut all)?;
    }
    Ok(all)
}

fn one_package(seed: u64, number: u64, count: usize, target: &Target, all: &mut [Hunted]) -> Result<(), String> {
    let mut source = campaign::source(seed, number);
    let (bundle, checked) = drawn(&mut source).map_err(|(text, problem)| format!("{text}\n{problem}"))?;
    let text = bundle.text;
    let subject = Subject::of(checked).map_err(|problem| format!("{text}\n{problem}"))?;
    let sound = lower(subject.package()).map_err(|bug| bug.to_string())?;
    let requests = Requests::new(subject.package());
    let mut sequences = vec![];
    for _ in 0..count.div_ceil(campaign::LENGTH) {
        sequences.push(sequence(subject.package(), &requests, &mut source, campaign::LENGTH, campaign::SPOILT));
    }
    for hunted in all.iter_mut().filter(|hunted| !hunted.found) {
        let Some(pdp) = faulty(hunted.fault, subject.package(), &sound, target)? else { continue };
        hunted.policies += 1;
        for steps in &sequences {
            hunted.cases += u64::try_from(steps.len()).unwrap_or(0);
            let Some((at, answers)) = subject.walk_with(&pdp, steps, &mut Tally::default()) else { continue };
            if answers.native != answers.portable {
                let steps = steps.iter().take(at + 1).cloned().collect();
                let difference = Difference { text, steps, answers };
                return Err(format!("fault {}: {difference}", hunted.fault.name));
            }
            hunted.found = true;
            break;
        }
    }
    Ok(())
}

/// A decision point with a fault in it, if the fault changes anything.
fn faulty(fault: &Fault, package: &hir::Package, sound: &Lowered, target: &Target) -> Result<Option<Pdp>, String> {
    let Some(lowered) = fault.lower(package, sound) else { return Ok(None) };
    let loaded = caught("a faulty program", || {
        let bug = |error: &dyn std::fmt::Display| crate::differential::Problem::Bug(error.to_string());
        let image = generate(&lowered.program, &lowered.automata, target).map_err(|error| bug(&error))?;
        Pdp::load(&image).map_err(|error| bug(&error))
    });
    match loaded {
        Ok(pdp) => Ok(Some(pdp)),
        // What the loader refuses decides nothing.
        Err(Problem::Bug(bug)) if bug.contains("does not hold together") => Ok(None),
        Err(problem) => Err(format!("fault {}: {problem}", fault.name)),
    }
}

fn example_packages() -> Result<Vec<CheckedPackage>, String> {
    let loaded = load::packages(&[examples()]).map_err(|stop| stop.message)?;
    loaded.iter().map(|p| p.check().map_err(|_| format!("{} has mistakes", p.name))).collect()
}

/// Whether the tests of the examples do not notice a fault.
fn survives(fault: &Fault, examples: &[CheckedPackage], target: &Target) -> Result<bool, String> {
    for example in examples {
        let sound = lower(example.hir()).map_err(|bug| bug.to_string())?;
        let Some(pdp) = faulty(fault, example.hir(), &sound, target)? else { continue };
        let tests = run(&pdp, &plan(example.hir(), &[]), 1);
        if tests.iter().any(|test| !test.passed()) {
            return Ok(false);
        }
    }
    Ok(true)
}
