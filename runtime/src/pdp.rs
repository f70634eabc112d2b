//! The policy decision point: holds a package, decides requests.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use crate::abi::{FUNCTION_ALIGN, GROUP_RULES, groups};
use crate::combine::{Masks, Outcome, Results, Scope};
use crate::decision::{Decision, Shadow};
use crate::frame::Frame;
use crate::image::{self, Image, ImageError, Parts};
use crate::interpret;
use crate::ir::{Entry, Program, RuleId};
use crate::native::{EntryCode, Native};
use crate::operands::Operands;
use crate::pattern::Pattern;
use crate::refusal::Refusal;
use crate::report::{self, Message, Report};
use crate::request::{self, Actions};
use crate::validate::validate;

/// A loaded package. Any number of threads may share one, each with its own [`Frame`].
pub struct Pdp {
    /// Tells frames of this PDP from those of others.
    number: u64,
    program: Program,
    patterns: Vec<Pattern>,
    actions: Actions,
    /// For each entry, for each group of its rules.
    masks: Vec<Vec<Masks>>,
    native: Native,
}

/// Why an image could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// It cannot be read.
    Image(ImageError),
    /// Its code is for another target, this one.
    Target(String),
    /// Its program does not hold together.
    Program(String),
    /// The automaton of the pattern of this index cannot be used.
    Pattern(usize),
    /// Its code does not go with its program.
    Code(&'static str),
    /// The system did not let its code be mapped; the number is the system's error.
    Mapping(i32),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => write!(f, "{error}"),
            Self::Target(target) => write!(f, "the code is for `{target}`, not for this machine"),
            Self::Program(problem) => write!(f, "the program does not hold together: {problem}"),
            Self::Pattern(index) => write!(f, "the automaton of pattern {index} cannot be used"),
            Self::Code(problem) => write!(f, "the code does not go with the program: {problem}"),
            Self::Mapping(error) => {
                write!(f, "the code cannot be mapped: {}", Errno::from_raw_os_error(*error))
            }
        }
    }
}

impl std::error::Error for LoadError {}

impl From<ImageError> for LoadError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl fmt::Debug for Pdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pdp").field("package", &self.program.package).finish_non_exhaustive()
    }
}

impl Pdp {
    /// Loads an image.
    ///
    /// # Errors
    ///
    /// If the image is for another machine, or some part of it does not go with the others.
    pub fn load(image: &Image) -> Result<Self, LoadError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        let Parts { target, program, patterns, code, functions } = image::read(image.bytes())?;
        if !is_this_machine(&target) {
            return Err(LoadError::Target(target));
        }
        validate(&program).map_err(LoadError::Program)?;
        if patterns.len() != program.patterns.len() {
            return Err(LoadError::Code("it has not one automaton for each pattern"));
        }
        let patterns = patterns
            .iter()
            .enumerate()
            .map(|(index, table)| Pattern::read(table).ok_or(LoadError::Pattern(index)))
            .collect::<Result<_, _>>()?;
        let entries = entry_code(&program, &functions, code.len())?;
        let native = Native::load(&code, entries).map_err(|error| LoadError::Mapping(error.raw_os_error()))?;
        Ok(Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            actions: Actions::new(&program),
            masks: program.entries.iter().map(|entry| Masks::of(&program, entry)).collect(),
            program,
            patterns,
            native,
        })
    }

    /// The package.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// A rule's full name.
    #[must_use]
    pub fn rule_name(&self, rule: RuleId) -> &str {
        report::name(&self.program, rule)
    }

    /// Reads a request into a frame, whatever the frame held before.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with the request.
    pub fn decode(&self, request: &[u8], frame: &mut Frame) -> Result<(), Refusal> {
        match request::decode(&self.program, &self.patterns, &self.actions, request, frame) {
            Ok(entry) => {
                frame.finish(self.number, entry);
                Ok(())
            }
            Err(refusal) => {
                frame.refuse(refusal.clone());
                Err(refusal)
            }
        }
    }

    /// Decides the request in a frame. A frame that holds none of this PDP's is refused.
    #[must_use]
    pub fn decide(&self, frame: &Frame) -> Decision {
        self.judge(frame, |entry, group, operands| self.native.call(entry, group, operands, frame.slots()))
    }

    /// Decides like [`Pdp::decide`], with the same outcome, but runs no native code: the program is
    /// interpreted, in time that grows with the expressions evaluated.
    #[must_use]
    pub fn decide_portably(&self, frame: &Frame) -> Decision {
        self.judge(frame, |entry, group, operands| {
            let rules = self.program.entries.get(entry)?.rules.chunks(GROUP_RULES).nth(group)?;
            Some(interpret::group(rules, operands))
        })
    }

    /// Reads a request and decides it. A request that is refused is denied.
    #[must_use]
    pub fn evaluate(&self, request: &[u8], frame: &mut Frame) -> Decision {
        match self.decode(request, frame) {
            Ok(()) => self.decide(frame),
            Err(refusal) => Decision::refused(refusal),
        }
    }

    /// Spells out a decision that was made on this frame.
    #[must_use]
    pub fn report<'a>(&'a self, decision: &'a Decision, frame: &Frame) -> Report<'a> {
        report::report(&self.program, decision, frame)
    }

    /// The messages of the rules that determined a decision that was made on this frame.
    #[must_use]
    pub fn messages(&self, decision: &Decision, frame: &Frame) -> Vec<Message<'_>> {
        report::messages(&self.program, decision, frame)
    }

    /// The JSON of a decision that was made on this frame.
    #[must_use]
    pub fn to_json(&self, decision: &Decision, frame: &Frame) -> String {
        // Strings, numbers and lists of them: there is nothing that JSON cannot say.
        serde_json::to_string(&self.report(decision, frame)).unwrap_or_default()
    }

    /// Decides by what `answer` says of each group of an entry's rules: the bits of those that hold and of
    /// those that failed.
    fn judge(&self, frame: &Frame, answer: impl Fn(usize, usize, &Operands<'_>) -> Option<[u64; 2]>) -> Decision {
        let index = match frame.entry(self.number) {
            Ok(index) => index,
            Err(refusal) => return Decision::refused(refusal),
        };
        let rules = self.program.entries.get(index).map_or(&[][..], |entry| &entry.rules);
        let masks = self.masks.get(index).map_or(&[][..], Vec::as_slice);
        let mut few = [Results::default(); FEW_GROUPS];
        let mut many = Vec::new();
        let results = if let Some(few) = few.get_mut(..masks.len()) {
            few
        } else {
            many.resize(masks.len(), Results::default());
            many.as_mut_slice()
        };
        let operands = Operands::new(&self.program, &self.patterns, frame);
        for (group, (result, masks)) in results.iter_mut().zip(masks).enumerate() {
            let answer = answer(index, group, &operands);
            let sound = !operands.take_fault();
            *result = Results::new(*masks, answer.filter(|_| sound));
        }
        let outcome = Outcome { rules, masks, results };
        let (effect, determined_by) = outcome.decide(Scope::Enforced);
        let shadow = outcome.has_shadow().then(|| {
            let (effect, determined_by) = outcome.decide(Scope::All);
            Shadow { effect, determined_by, errors: outcome.shadow_errors() }
        });
        Decision { effect, determined_by, refusal: None, entry: Some(index), errors: outcome.errors(), shadow }
    }
}

/// Most groups whose results stand on the stack.
const FEW_GROUPS: usize = 8;

/// Checks where the functions are: one for each group of each entry, inside the code and aligned.
fn entry_code(program: &Program, functions: &[Vec<u32>], code: usize) -> Result<Vec<EntryCode>, LoadError> {
    if functions.len() != program.entries.len() {
        return Err(LoadError::Code("it has not one list of functions for each entry"));
    }
    let of_entry = |(entry, offsets): (&Entry, &Vec<u32>)| {
        if offsets.len() != groups(entry.rules.len()) {
            return Err(LoadError::Code("it has not one function for each group of rules"));
        }
        let offsets = offsets.iter().map(|&offset| {
            usize::try_from(offset)
                .ok()
                .filter(|&offset| offset < code && offset.is_multiple_of(FUNCTION_ALIGN))
                .ok_or(LoadError::Code("a function is not where one can be"))
        });
        let slots = usize::try_from(entry.slots).map_err(|_| LoadError::Code("a frame is too large"))?;
        Ok(EntryCode { slots, functions: offsets.collect::<Result<_, _>>()? })
    };
    program.entries.iter().zip(functions).map(of_entry).collect()
}

/// Whether code for a target triple runs here.
fn is_this_machine(target: &str) -> bool {
    let mut parts = target.split('-');
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    parts.next() == Some(std::env::consts::ARCH) && parts.any(|part| part.starts_with(os))
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
