//! What is timed: requests, each with what a host knows and what came before it.

use std::rc::Rc;

use serde_json::Value;
use zt_lang::hir;
use zt_lang::span::Span;
use zt_runtime::store::Store;
use zt_runtime::{Clock, Facts, Frame, Pdp};

use crate::eval::{Known, split};
use crate::testing::run::Native;
use crate::testing::walk::{Happening, Judge, walk};

/// A request to be decided.
pub(super) struct Case {
    pub(super) request: Vec<u8>,
    pub(super) facts: Facts,
    pub(super) clock: Clock,
    /// What its test did, of which so much came before it.
    test: Rc<[Step]>,
    before: usize,
}

/// What a test did.
enum Step {
    Decided { request: String, facts: String },
    Observed { report: String, facts: String },
    Attested { request: String, facts: String, ok: bool, output: Option<String> },
    LostWindows,
}

/// The requests of a file, with nothing before each.
pub(super) fn of_file(bytes: &[u8], known: Known) -> Vec<Case> {
    let clock = Clock { now: known.now, mono: known.now };
    let case = |request: &[u8]| Case {
        request: request.to_owned(),
        facts: known.native.clone(),
        clock,
        test: Rc::default(),
        before: 0,
    };
    split(bytes).into_iter().map(case).collect()
}

/// The calls of a package's tests: each that is written, where it stands the last time.
pub(super) fn of_tests(pdp: &Pdp, package: &hir::Package) -> Vec<Case> {
    let mut frame = Frame::default();
    let mut cases = vec![];
    for test in package.suites.iter().flat_map(|suite| &suite.tests) {
        let mut recorder = Recorder { native: Native::new(pdp, &mut frame), steps: vec![] };
        let mut calls: Vec<Span> = vec![];
        walk(package, test, &mut recorder, &mut |_, happening| {
            if let Happening::Decided(call, _) = happening {
                calls.push(call.span);
            }
        });
        let steps: Rc<[Step]> = recorder.steps.into();
        let decided = steps.iter().enumerate().filter_map(|(before, step)| match step {
            Step::Decided { request, facts } => Some((before, request, facts)),
            _ => None,
        });
        for (at, (before, request, facts)) in decided.enumerate() {
            let again = calls.get(at).is_some_and(|call| calls.iter().skip(at + 1).any(|later| later == call));
            let Some(facts) = Facts::from_json(facts.as_bytes()).ok().filter(|_| !again) else { continue };
            let now = facts.now.unwrap_or_default();
            let clock = Clock { now, mono: now };
            cases.push(Case { request: request.clone().into_bytes(), facts, clock, test: Rc::clone(&steps), before });
        }
    }
    cases
}

impl Case {
    /// How much came before it.
    pub(super) const fn before(&self) -> usize {
        self.before
    }

    /// A store that remembers what came before.
    pub(super) fn store(&self, pdp: &Pdp) -> Box<dyn Store> {
        let mut frame = Frame::default();
        let mut native = Native::new(pdp, &mut frame);
        for step in self.test.iter().take(self.before) {
            match step {
                Step::Decided { request, facts } => drop(native.decide(request, facts)),
                // What was refused in the test is refused again.
                Step::Observed { report, facts } => drop(native.observe(report, facts)),
                Step::Attested { request, facts, ok, output } => {
                    drop(native.attest(request, facts, *ok, output.as_deref()));
                }
                Step::LostWindows => native.lose_windows(),
            }
        }
        native.store
    }
}

/// Runs a test, and remembers what it did.
struct Recorder<'a> {
    native: Native<'a>,
    steps: Vec<Step>,
}

impl Judge for Recorder<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        self.steps.push(Step::Decided { request: request.to_owned(), facts: facts.to_owned() });
        self.native.decide(request, facts)
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        self.steps.push(Step::Observed { report: report.to_owned(), facts: facts.to_owned() });
        self.native.observe(report, facts)
    }

    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        let (request, facts, output) = (request.to_owned(), facts.to_owned(), output.map(str::to_owned));
        let taken = self.native.attest(&request, &facts, ok, output.as_deref());
        self.steps.push(Step::Attested { request, facts, ok, output });
        taken
    }

    fn lose_windows(&mut self) {
        self.steps.push(Step::LostWindows);
        self.native.lose_windows();
    }
}
