//! The hunt: random packages compiled with each fault, until some decision gives it away.
//!
//! A fault is in the program, so native code and the interpreter must both have it, and agree.

use std::path::PathBuf;

use serde_json::Value;
use zt_cli::load;
use zt_cli::testing::run::{plan, run};
use zt_compiler::generate::{Target, generate};
use zt_compiler::lower::{Lowered, lower};
use zt_lang::check::package::CheckedPackage;
use zt_lang::eval::Evaluator;
use zt_lang::hir;
use zt_runtime::{Frame, Pdp};

use super::{FAULTS, Fault};
use crate::differential::{campaign, caught, check};
use crate::generate as random;
use crate::generate::request::Requests;

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

/// Hunts every fault on at most so many packages, with so many requests for each.
///
/// # Errors
/// What went wrong apart from the faults.
pub fn hunt(seed: u64, packages: u64, requests: usize) -> Result<Vec<Hunted>, String> {
    let target = Target::host().map_err(|bug| bug.to_string())?;
    let mut all = vec![];
    let examples = example_packages()?;
    for fault in FAULTS {
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
    let text = random::package(&mut source);
    let checked = check(&text).map_err(|problem| format!("{text}\n{problem}"))?;
    let sound = lower(checked.hir()).map_err(|bug| bug.to_string())?;
    let requests = Requests::new(checked.hir());
    let requests: Vec<Vec<u8>> = (0..count).map(|_| campaign::request(&requests, &mut source)).collect();
    let evaluator = Evaluator::new(checked.hir());
    let mut expected: Vec<String> = vec![];
    let mut frame = Frame::default();
    for hunted in all.iter_mut().filter(|hunted| !hunted.found) {
        let Some(pdp) = faulty(hunted.fault, checked.hir(), &sound, target)? else { continue };
        hunted.policies += 1;
        for (index, request) in requests.iter().enumerate() {
            if index == expected.len() {
                let decision = evaluator.evaluate(request).decision;
                expected.push(serde_json::to_string(&decision).unwrap_or_default());
            }
            hunted.cases += 1;
            let decision = pdp.evaluate(request, &mut frame);
            let portable = pdp.decide_portably(&frame);
            if portable != decision {
                let request = String::from_utf8_lossy(request);
                let differ = format!("native code and the interpreter differ on {request}: {decision:?}, {portable:?}");
                return Err(format!("{text}\nfault {}: {differ}", hunted.fault.name));
            }
            let native = pdp.to_json(&decision, &frame);
            let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
            if native != expected[index] && parsed(&native) != parsed(&expected[index]) {
                hunted.found = true;
                break;
            }
        }
    }
    Ok(())
}

/// A decision point with a fault in it, if the fault changes anything.
fn faulty(fault: &Fault, package: &hir::Package, sound: &Lowered, target: &Target) -> Result<Option<Pdp>, String> {
    let Some(lowered) = fault.lower(package, sound) else { return Ok(None) };
    let loaded = caught("a faulty program", || {
        let bug = |error: &dyn std::fmt::Display| crate::differential::Problem::Bug(error.to_string());
        let image = generate(&lowered.program, &lowered.patterns, target).map_err(|error| bug(&error))?;
        Pdp::load(&image).map_err(|error| bug(&error))
    });
    loaded.map(Some).map_err(|problem| format!("fault {}: {problem}", fault.name))
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
