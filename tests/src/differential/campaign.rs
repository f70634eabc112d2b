//! Many random packages, many requests for each, on several threads. The totals follow from the seed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use zt_runtime::Frame;

use super::shrink::shrink;
use super::tally::Tally;
use super::{Answers, Difference, Problem, Subject};
use crate::generate;
use crate::generate::request::Requests;
use crate::generate::source::Source;

/// Of so many requests in a hundred something is wrong.
const SPOILT: usize = 12;
/// How many differences are enough to stop.
const ENOUGH: usize = 5;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many requests in all.
    pub cases: u64,
    /// How many packages.
    pub policies: u64,
    /// What all choices follow from.
    pub seed: u64,
    /// How many threads.
    pub jobs: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Totals {
    /// How many packages were compiled.
    pub policies: u64,
    /// How many requests were decided.
    pub cases: u64,
    /// What happened.
    pub tally: Tally,
    /// Where the three do not agree, shrunk.
    pub differences: Vec<Difference>,
    /// Packages that could not be asked at all, and why.
    pub problems: Vec<(String, Problem)>,
}

impl Totals {
    /// Whether all went well.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.differences.is_empty() && self.problems.is_empty()
    }

    /// The totals for programs, in one line.
    #[must_use]
    pub fn json(&self) -> String {
        let o = &self.tally.outcomes;
        let outcomes: Vec<String> = o
            .named()
            .into_iter()
            .chain([("refused", o.refused)])
            .map(|(name, count)| format!("\"{name}\":{count}"))
            .collect();
        format!(
            "{{\"policies\":{},\"cases\":{},\"differences\":{},\"outcomes\":{{{}}}}}",
            self.policies,
            self.cases,
            self.differences.len() + self.problems.len(),
            outcomes.join(",")
        )
    }

    fn merge(&mut self, other: Totals) {
        self.policies += other.policies;
        self.cases += other.cases;
        self.tally.merge(&other.tally);
        self.differences.extend(other.differences);
        self.problems.extend(other.problems);
    }
}

/// The choices of the package of this number.
#[must_use]
pub fn source(seed: u64, number: u64) -> Source {
    Source::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number))
}

/// A request for a package: now and then a spoilt one.
pub fn request(requests: &Requests<'_>, source: &mut Source) -> Vec<u8> {
    if source.chance(SPOILT) { requests.spoilt(source) } else { requests.well_formed(source) }
}

/// Runs a plan. `progress` is told how many cases are done.
pub fn run(plan: Plan, progress: impl Fn(u64) + Sync) -> Totals {
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let stop = AtomicBool::new(false);
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(|| {
                let mut own = Totals::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= plan.policies || stop.load(Ordering::Relaxed) {
                        break;
                    }
                    // What does not divide evenly goes to the first ones.
                    let cases = plan.cases / plan.policies + u64::from(number < plan.cases % plan.policies);
                    package(plan.seed, number, cases, &mut own);
                    progress(done.fetch_add(cases, Ordering::Relaxed) + cases);
                    if own.differences.len() + own.problems.len() >= ENOUGH {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                totals.lock().unwrap_or_else(PoisonError::into_inner).merge(own);
            });
        }
    });
    totals.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn package(seed: u64, number: u64, cases: u64, totals: &mut Totals) {
    let mut source = source(seed, number);
    let text = generate::package(&mut source);
    totals.policies += 1;
    let subject = match Subject::new(&text) {
        Ok(subject) => subject,
        Err(problem) => {
            totals.problems.push((text, problem));
            return;
        }
    };
    let requests = Requests::new(subject.package());
    let mut frame = Frame::default();
    for _ in 0..cases {
        let request = request(&requests, &mut source);
        totals.cases += 1;
        if let Some(answers) = subject.ask(&request, &mut frame, &mut totals.tally) {
            totals.differences.push(shrunk(Difference { text: text.clone(), request, answers }));
            // One difference of a package says enough.
            return;
        }
    }
}

/// The same difference on the smallest package and request that still show one.
#[must_use]
pub fn shrunk(found: Difference) -> Difference {
    let answers = |text: &str, request: &[u8]| {
        let subject = Subject::new(text).ok()?;
        subject.ask(request, &mut Frame::default(), &mut Tally::default())
    };
    // A request that is refused shows less than one that is decided, and another evaluator is another bug.
    let kind = |answers: &Answers| (answers.reference.get("refusal").is_some(), answers.differing());
    let wanted = kind(&found.answers);
    let (text, request) = shrink(&found.text, &found.request, |text, request| {
        answers(text, request).is_some_and(|answers| kind(&answers) == wanted)
    });
    match answers(&text, &request) {
        Some(answers) => Difference { text, request, answers },
        None => found,
    }
}
