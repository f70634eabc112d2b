//! Native code and the interpreter against the reference evaluator: one package, one thing after the other, every field
//! of every decision.

pub mod tally;
mod walk;
pub mod shrink;
pub mod campaign;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use zt_compiler::generate::{Target, generate_with};
use zt_lang::check::package::CheckedPackage;
use zt_lang::eval::Evaluator;
use zt_lang::hir;
use zt_runtime::Pdp;
use zt_runtime::image::Image;

use self::tally::{Kinds, Tally};
pub(crate) use self::walk::host;
use crate::front;
use crate::generate;
use crate::generate::source::Source;
use crate::generate::spread::Bundle;
use crate::generate::step::Step;

/// A package, ready to be asked in all three ways.
pub struct Subject {
    checked: CheckedPackage,
    evaluator: Evaluator,
    kinds: Kinds,
    pdp: Pdp,
}

/// Why there is nothing to compare.
#[derive(Debug, Clone)]
pub enum Problem {
    /// The text has mistakes.
    Mistakes(Vec<String>),
    /// The compiler or the loader gave up, or something panicked.
    Bug(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Mistakes(all) => write!(f, "the text has mistakes:\n{}", all.join("\n")),
            Problem::Bug(text) => f.write_str(text),
        }
    }
}

/// What each evaluator decided, or how it failed to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Native code.
    pub native: Value,
    /// The interpreter of the program that native code is made of.
    pub portable: Value,
    /// The reference.
    pub reference: Value,
}

impl Answers {
    /// Which evaluators do not decide as the reference does.
    #[must_use]
    pub fn differing(&self) -> Vec<&'static str> {
        let all = [("native", &self.native), ("portable", &self.portable)];
        all.into_iter().filter(|(_, answer)| **answer != self.reference).map(|(name, _)| name).collect()
    }
}

/// Steps after the last of which the three do not agree.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The package.
    pub text: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// What each made of the last.
    pub answers: Answers,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answers { native, portable, reference } = &self.answers;
        let who = self.answers.differing().join(" and ");
        writeln!(f, "not as the reference: {who}\n\n{}\n", self.text.trim_end())?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "step {index:<4} {step}")?;
        }
        writeln!(f, "native:    {native}\nportable:  {portable}\nreference: {reference}")
    }
}

/// What came of some requests.
#[derive(Debug, Default)]
pub struct Report {
    /// How often what happened.
    pub tally: Tally,
    /// Where the three do not agree.
    pub differences: Vec<Difference>,
}

/// Checks a text: a package, and behind it those that it uses.
///
/// # Errors
/// If it has mistakes.
pub fn check(text: &str) -> Result<CheckedPackage, Problem> {
    let (db, package) = front::load_bundle(text);
    zt_lang::check::package::package(&db, package).map_err(|mistakes| {
        Problem::Mistakes(front::place_in_bundle(text, mistakes).iter().map(ToString::to_string).collect())
    })
}

/// How often a package that costs too much is drawn again.
const DRAWS: usize = 20;

/// A random package without mistakes, and what it means. How much something costs is only estimated while it is made: what
/// turns out to cost more than a package may is drawn again.
///
/// # Errors
/// If it has other mistakes; with its text.
pub fn drawn(source: &mut Source) -> Result<(Bundle, CheckedPackage), (String, Problem)> {
    let costly = |mistake: &String| mistake.contains(" ZT0416 ") || mistake.contains(" ZT0706 ");
    let mut draws = 0;
    loop {
        let bundle = generate::bundle(source);
        draws += 1;
        match caught("the check", || check(&bundle.text)) {
            Ok(checked) => return Ok((bundle, checked)),
            Err(Problem::Mistakes(all)) if draws < DRAWS && all.iter().all(costly) => {}
            Err(problem) => return Err((bundle.text, problem)),
        }
    }
}

/// Runs something of zt; a panic becomes a problem.
///
/// # Errors
/// Its own, and a panic.
pub fn caught<T>(what: &str, run: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("something");
        Err(Problem::Bug(format!("{what} panicked: {text}")))
    })
}

/// The image of a package: of every other one, by the number of its rules, with all rules as data that can be, as in
/// packages of many.
fn image(checked: &CheckedPackage) -> Result<Image, zt_compiler::Bug> {
    let zt_compiler::lower::Lowered { program, automata } = zt_compiler::lower::lower(checked.hir())?;
    let code_rules = if program.rules.len() % 2 == 0 { usize::MAX } else { 0 };
    generate_with(&program, &automata, &Target::host()?, code_rules)
}

impl Subject {
    /// Checks and compiles a text.
    ///
    /// # Errors
    /// If it has mistakes, or there is a bug on the way.
    pub fn new(text: &str) -> Result<Self, Problem> {
        Self::of(caught("the check", || check(text))?)
    }

    /// Compiles a checked package.
    ///
    /// # Errors
    /// If there is a bug on the way.
    pub fn of(checked: CheckedPackage) -> Result<Self, Problem> {
        let image = caught("the compiler", || image(&checked).map_err(|bug| Problem::Bug(bug.to_string())))?;
        Self::with_image(checked, &image)
    }

    /// A checked package with an image that is said to be of it.
    ///
    /// # Errors
    /// If the image cannot be loaded.
    pub fn with_image(checked: CheckedPackage, image: &Image) -> Result<Self, Problem> {
        caught("the loader", || {
            let pdp = Pdp::load(image).map_err(|error| Problem::Bug(error.to_string()))?;
            Ok(Subject { evaluator: Evaluator::new(checked.hir()), kinds: Kinds::new(checked.hir()), checked, pdp })
        })
    }

    /// The package.
    #[must_use]
    pub fn package(&self) -> &hir::Package {
        self.checked.hir()
    }

    /// The reference evaluator.
    #[must_use]
    pub fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }
}

/// Compares the three evaluators on one package and one sequence.
///
/// # Errors
/// If the text has mistakes, or there is a bug before anything is decided.
pub fn run_case(text: &str, steps: &[Step]) -> Result<Report, Problem> {
    let subject = Subject::new(text)?;
    let mut report = Report::default();
    if let Some((at, answers)) = subject.walk(steps, &mut report.tally) {
        let steps = steps.iter().take(at + 1).cloned().collect();
        report.differences.push(Difference { text: text.to_owned(), steps, answers });
    }
    Ok(report)
}
