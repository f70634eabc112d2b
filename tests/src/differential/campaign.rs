//! Many random packages, many requests for each, on several threads. The totals follow from the seed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::shrink::shrink;
use super::tally::Tally;
use super::{Answers, Difference, Problem, Subject, drawn};
use crate::generate::request::Requests;
use crate::generate::sequence::sequence;
use crate::generate::source::Source;
use crate::generate::step::Step;

/// Of so many requests in a hundred something is wrong.
pub const SPOILT: usize = 10;
/// How many steps a sequence has.
pub const LENGTH: usize = 10;
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
    let drawn = drawn(&mut source);
    totals.policies += 1;
    let drawn = drawn.and_then(|(bundle, checked)| match Subject::of(checked) {
        Ok(subject) => Ok((bundle.text, subject)),
        Err(problem) => Err((bundle.text, problem)),
    });
    let (text, subject) = match drawn {
        Ok(drawn) => drawn,
        Err((text, problem)) => {
            totals.problems.push(narrowed(text, problem));
            return;
        }
    };
    let requests = Requests::new(subject.package());
    let mut left = usize::try_from(cases).unwrap_or(usize::MAX);
    while left > 0 {
        let steps = sequence(subject.package(), &requests, &mut source, left.min(LENGTH), SPOILT);
        left -= steps.len();
        totals.cases += u64::try_from(steps.len()).unwrap_or(0);
        if let Some((at, answers)) = subject.walk(&steps, &mut totals.tally) {
            let steps = steps.into_iter().take(at + 1).collect();
            totals.differences.push(shrunk(Difference { text: text.clone(), steps, answers }));
            // One difference of a package says enough.
            return;
        }
    }
}

/// The same problem in the smallest package that still has it.
fn narrowed(text: String, problem: Problem) -> (String, Problem) {
    let Problem::Bug(wanted) = &problem else { return (text, problem) };
    // Numbers and names are others in another text.
    let kind = |bug: &str| bug.split_whitespace().filter(|w| w.chars().all(char::is_alphabetic)).collect::<String>();
    let wanted = kind(wanted);
    let (text, _) =
        shrink(&text, &[], |text, _| matches!(Subject::new(text), Err(Problem::Bug(bug)) if kind(&bug) == wanted));
    match Subject::new(&text) {
        Err(problem) => (text, problem),
        Ok(_) => (text, problem),
    }
}

/// The same difference on the smallest package and the fewest steps that still show one.
#[must_use]
pub fn shrunk(found: Difference) -> Difference {
    // It is always the last step that shows it.
    let answers = |text: &str, steps: &[Step]| {
        let subject = Subject::new(text).ok()?;
        let (at, answers) = subject.walk(steps, &mut Tally::default())?;
        (at + 1 == steps.len()).then_some(answers)
    };
    // A request that is refused shows less than one that is decided, and another evaluator is another bug.
    let kind = |answers: &Answers| (answers.reference.get("refusal").is_some(), answers.differing());
    let wanted = kind(&found.answers);
    let (text, steps) = shrink(&found.text, &found.steps, |text, steps| {
        answers(text, steps).is_some_and(|answers| kind(&answers) == wanted)
    });
    match answers(&text, &steps) {
        Some(answers) => Difference { text, steps, answers },
        None => found,
    }
}
