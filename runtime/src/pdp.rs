//! The policy decision point: holds a package, decides requests.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use crate::abi::FUNCTION_ALIGN;
use crate::combine::Groups;
use crate::decision::Decision;
use crate::effect::Effect;
use crate::frame::Frame;
use crate::host::{Clock, Facts, Host};
use crate::image::{self, DATA, Image, ImageError, Parts};
use crate::index::Leaf;
use crate::interpret;
use crate::ir::{Entry, Program, RuleId};
use crate::judge::Case;
use crate::lookups::{Question, look_up, rows_asked};
use crate::native::{EntryCode, Native};
use crate::obligations::Obligation;
use crate::operands::Operands;
use crate::pattern::{Patterns, Unusable};
use crate::recording::observe;
use crate::refusal::{Refusal, RefusalCode};
use crate::report::{self, Message, Report};
use crate::request::{self, Actions, Plan, Way};
use crate::steps::Steps;
use crate::validate::validate;

/// A loaded package. Any number of threads may share one, each with its own [`Frame`].
pub struct Pdp {
    /// Tells frames of this PDP from those of others.
    number: u64,
    program: Program,
    patterns: Patterns,
    actions: Actions,
    plan: Plan,
    /// For each entry, its rules.
    groups: Vec<Groups>,
    native: Native,
    /// The rules that are no native code.
    steps: Steps,
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
    /// An automaton of the table of patterns of this index cannot be used, or is not for its patterns.
    Detector(usize),
    /// A pattern in the list of patterns of commands of this index cannot be used.
    Commands(usize),
    /// Its code does not go with its program.
    Code(&'static str),
    /// The system did not let its code be mapped; the number is the system's error.
    Mapping(i32),
}

/// Why an attestation was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttestError {
    /// The call was not allowed.
    NotAllowed,
    /// The frame holds another request by now.
    AnotherRequest,
    /// Some window does not take it.
    Unrecorded,
    /// What the call gave back is not what its action declares.
    Output(Refusal),
}

impl fmt::Display for AttestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAllowed => "the call was not allowed",
            Self::AnotherRequest => "the frame holds another request",
            Self::Unrecorded => "the end of the call could not be recorded",
            Self::Output(refusal) => return write!(f, "the output is refused: {refusal}"),
        })
    }
}

impl std::error::Error for AttestError {}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => write!(f, "{error}"),
            Self::Target(target) => write!(f, "the code is for `{target}`, not for this machine"),
            Self::Program(problem) => write!(f, "the program does not hold together: {problem}"),
            Self::Pattern(index) => write!(f, "the automaton of pattern {index} cannot be used"),
            Self::Detector(index) => write!(f, "the automata of detector {index} cannot be used"),
            Self::Commands(index) => write!(f, "a pattern of the commands {index} cannot be used"),
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

/// What is asked about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Index into [`Program::entries`].
    pub entry: usize,
    /// How many of its rules.
    pub rules: usize,
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

        let Parts { target, program, automata, code, functions } = image::read(image.bytes())?;
        if !is_this_machine(&target) {
            return Err(LoadError::Target(target));
        }
        validate(&program).map_err(LoadError::Program)?;
        if automata.patterns.len() != program.patterns.len() {
            return Err(LoadError::Code("it has not one automaton for each pattern"));
        }
        let searches: usize = program.detectors.iter().map(|detector| detector.automata.len()).sum();
        if automata.finders.len() != searches {
            return Err(LoadError::Code("it has not the automata that find its tables of patterns"));
        }
        let patterns = Patterns::read(&program, &automata).map_err(|unusable| match unusable {
            Unusable::Text(index) => LoadError::Pattern(index),
            Unusable::Detector(index) => LoadError::Detector(index),
            Unusable::Commands(index) => LoadError::Commands(index),
            Unusable::Constants => LoadError::Program("a text constant is there twice".to_owned()),
            Unusable::Hours => LoadError::Program("times of the week are those of no zone".to_owned()),
        })?;
        let apart = functions.iter().flatten().any(|offset| *offset == DATA);
        let groups: Vec<Groups> = program.entries.iter().map(|entry| Groups::of(&program, entry, apart)).collect();
        let entries = entry_code(&program, &groups, &functions, code.len())?;
        let steps = if apart { entry_steps(&program, &groups, &functions)? } else { Steps::default() };
        let native = Native::load(&code, entries).map_err(|error| LoadError::Mapping(error.raw_os_error()))?;
        Ok(Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            actions: Actions::new(&program),
            plan: Plan::new(&program),
            program,
            patterns,
            groups,
            native,
            steps,
        })
    }

    /// The package.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// How many bytes the rules are held in: machine code, rows of data, and the index that leads to them. The program, by
    /// which rules are interpreted and explained, is not among them.
    #[must_use]
    pub fn bytes(&self) -> [usize; 3] {
        let index = self.groups.iter().map(|groups| groups.index.bytes()).fold(0, usize::saturating_add);
        [self.native.bytes(), self.steps.bytes(), index]
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
        self.decode_in(Way::Fastest, request, frame).unwrap_or_else(|| Err(Refusal::whole(RefusalCode::BadJson)))
    }

    /// Reads a request like [`Pdp::decode`], with the same outcome, in one of the ways there are. Nothing if it cannot be
    /// read that way; then the frame holds no request.
    pub fn decode_in(&self, way: Way, request: &[u8], frame: &mut Frame) -> Option<Result<(), Refusal>> {
        let prepared = (&self.plan, &self.actions);
        let Some(read) = request::decode(&self.program, &self.patterns, prepared, request, frame, way) else {
            frame.forget();
            return None;
        };
        Some(match read {
            Ok(entry) => {
                frame.finish(self.number, entry);
                Ok(())
            }
            Err(refusal) => {
                frame.refuse(refusal.clone());
                Err(refusal)
            }
        })
    }

    /// What was read of the request in a frame, value by value, to be compared with what another [`Way`] reads.
    ///
    /// # Errors
    ///
    /// If the frame holds no request of this PDP.
    pub fn read_as(&self, frame: &Frame) -> Result<Vec<String>, Refusal> {
        Ok(request::shown(&self.program, self.case(frame)?.entry, frame))
    }

    /// Which entry decides the request in a frame, and how many of its rules are asked: what leads to the others says that
    /// they do not hold. What was read of windows and answered by sources is that of the decision before.
    ///
    /// # Errors
    ///
    /// If the frame holds no request of this PDP.
    pub fn asked(&self, frame: &Frame) -> Result<Asked, Refusal> {
        let case = self.case(frame)?;
        let mut rules = 0_usize;
        case.groups.index.visit(frame.slots(), &mut |leaf| {
            let group = usize::try_from(leaf.group).ok().and_then(|group| case.groups.index.groups().get(group));
            rules = rules.saturating_add(group.map_or(0, |group| group.case(leaf.case).len()));
        });
        Ok(Asked { entry: case.index, rules })
    }

    /// Decides the request in a frame by nothing else: no approval, no window, no source answers. A frame that holds
    /// no request of this PDP is refused.
    #[must_use]
    pub fn decide(&self, frame: &Frame) -> Decision {
        let mut decision = Decision::default();
        self.decide_into(frame, &mut decision);
        decision
    }

    /// Decides like [`Pdp::decide`], into a decision whose memory is used again.
    pub fn decide_into(&self, frame: &Frame, decision: &mut Decision) {
        match self.known(frame) {
            Some(case) => case.decide(frame, &self.native(case.index), decision),
            None => decision.refuse(frame.refusal()),
        }
    }

    /// Decides like [`Pdp::decide`], with the same outcome, but runs no native code: the program is
    /// interpreted, in time that grows with the expressions evaluated.
    #[must_use]
    pub fn decide_portably(&self, frame: &Frame) -> Decision {
        let mut decision = Decision::default();
        match self.case(frame) {
            Ok(case) => case.decide(frame, &portable(&case), &mut decision),
            Err(refusal) => decision.refuse(refusal),
        }
        decision
    }

    /// Decides the request in a frame with what a host hands over, and records it.
    #[must_use]
    pub fn decide_with(&self, frame: &mut Frame, host: &Host<'_>) -> Decision {
        let mut decision = Decision::default();
        self.decide_with_into(frame, host, &mut decision);
        decision
    }

    /// Decides like [`Pdp::decide_with`], into a decision whose memory is used again.
    pub fn decide_with_into(&self, frame: &mut Frame, host: &Host<'_>, decision: &mut Decision) {
        match self.known(frame) {
            Some(case) => case.decide_with(frame, host, &self.native(case.index), decision),
            None => decision.refuse(frame.refusal()),
        }
    }

    /// Decides like [`Pdp::decide_with`], with the same outcome, but runs no native code.
    #[must_use]
    pub fn decide_portably_with(&self, frame: &mut Frame, host: &Host<'_>) -> Decision {
        let mut decision = Decision::default();
        match self.case(frame) {
            Ok(case) => case.decide_with(frame, host, &portable(&case), &mut decision),
            Err(refusal) => decision.refuse(refusal),
        }
        decision
    }

    /// The questions that sources have to answer before the request in a frame is decided at an instant, as far as they can
    /// be told from the answers that are there already: an answer may lead to another question.
    ///
    /// # Errors
    ///
    /// If the frame holds no request of this PDP.
    pub fn questions(&self, frame: &mut Frame, clock: Clock, facts: &Facts) -> Result<Vec<Question>, Refusal> {
        let entry = self.case(frame)?.entry;
        frame.store(entry.now, clock.now.cast_unsigned());
        let mut questions = look_up(&self.program, &self.patterns, (&entry.lookups, &entry.tables), frame, facts);
        questions.extend(rows_asked(&self.program, &self.patterns, entry, frame, facts));
        questions.sort_unstable();
        questions.dedup();
        Ok(questions)
    }

    /// Records how a call ended that was allowed: in the windows of calls that succeeded, or of those that failed. The
    /// frame must still hold the request as it was decided. `output` is what the call gave back, as JSON: if it succeeded
    /// and its action declares an output, that is read as strictly as a request.
    ///
    /// # Errors
    ///
    /// Nothing was recorded, see [`AttestError`].
    pub fn attest(
        &self,
        frame: &mut Frame,
        decision: &Decision,
        host: &Host<'_>,
        ok: bool,
        output: Option<&[u8]>,
    ) -> Result<(), AttestError> {
        if decision.effect() != Effect::Allow {
            return Err(AttestError::NotAllowed);
        }
        if decision.serial != frame.serial() {
            return Err(AttestError::AnotherRequest);
        }
        let case = self.case(frame).map_err(|_| AttestError::AnotherRequest)?;
        match case.attest(frame, host, ok, output) {
            Ok(true) => Ok(()),
            Ok(false) => Err(AttestError::Unrecorded),
            Err(refusal) => Err(AttestError::Output(refusal)),
        }
    }

    /// Records an event that a gateway reports as JSON, `{"event": …, "fields": {…}, "context": {…}}`, in every window over
    /// it. The frame holds no request afterwards.
    ///
    /// # Errors
    ///
    /// What is wrong with the report, as of a request; [`RefusalCode::Unrecorded`] if some window does not take it on
    /// which a rule relies. Then nothing was recorded, and the gateway must not go on.
    pub fn observe(&self, report: &[u8], frame: &mut Frame, host: &Host<'_>) -> Result<(), Refusal> {
        let observed = observe(&self.program, &self.patterns, report, frame, host);
        frame.forget();
        observed
    }

    /// Reads a request and decides it by nothing else. A request that is refused is denied.
    #[must_use]
    pub fn evaluate(&self, request: &[u8], frame: &mut Frame) -> Decision {
        let mut decision = Decision::default();
        self.evaluate_into(request, frame, &mut decision);
        decision
    }

    /// Reads and decides like [`Pdp::evaluate`], into a decision whose memory is used again.
    pub fn evaluate_into(&self, request: &[u8], frame: &mut Frame, decision: &mut Decision) {
        match self.decode(request, frame) {
            Ok(()) => self.decide_into(frame, decision),
            Err(refusal) => decision.refuse(refusal),
        }
    }

    /// Reads a request and decides it with what a host hands over. A request that is refused is denied.
    #[must_use]
    pub fn evaluate_with(&self, request: &[u8], frame: &mut Frame, host: &Host<'_>) -> Decision {
        let mut decision = Decision::default();
        self.evaluate_with_into(request, frame, host, &mut decision);
        decision
    }

    /// Reads and decides like [`Pdp::evaluate_with`], into a decision whose memory is used again.
    pub fn evaluate_with_into(&self, request: &[u8], frame: &mut Frame, host: &Host<'_>, decision: &mut Decision) {
        match self.decode(request, frame) {
            Ok(()) => self.decide_with_into(frame, host, decision),
            Err(refusal) => decision.refuse(refusal),
        }
    }

    /// Spells out a decision that was made on this frame. Where the frame holds another request by now, messages
    /// show `?` for every value. One that another PDP made is a denial here that says nothing: what it names is not known.
    #[must_use]
    pub fn report<'a>(&'a self, decision: &'a Decision, frame: &Frame) -> Report<'a> {
        if !self.is_own(decision) {
            return report::unknown();
        }
        report::report(&self.program, &self.patterns, decision, frame)
    }

    /// What a decision obliges the enforcement point to. Nothing if another PDP made it, which has to be asked instead: then
    /// it is not known, and the call must not go on.
    #[must_use]
    pub fn obligations<'a>(&'a self, decision: &'a Decision) -> Option<Vec<Obligation<'a>>> {
        self.is_own(decision).then(|| report::obligations(&self.program, decision))
    }

    /// Whether a decision is this PDP's, or nobody's.
    fn is_own(&self, decision: &Decision) -> bool {
        let maker = |entry: usize| self.groups.get(entry).map(|groups| groups.number);
        decision.entry.is_none_or(|entry| maker(entry) == Some(decision.maker))
    }

    /// The messages of the rules that determined a decision that was made on this frame.
    #[must_use]
    pub fn messages<'a>(&'a self, decision: &'a Decision, frame: &Frame) -> Vec<Message<'a>> {
        report::messages(&self.program, &self.patterns, decision, frame)
    }

    /// The JSON of a decision that was made on this frame.
    #[must_use]
    pub fn to_json(&self, decision: &Decision, frame: &Frame) -> String {
        // Strings, numbers and lists of them: there is nothing that JSON cannot say.
        serde_json::to_string(&self.report(decision, frame)).unwrap_or_default()
    }

    /// What is known of the request in a frame.
    fn case(&self, frame: &Frame) -> Result<Case<'_>, Refusal> {
        self.known(frame).ok_or_else(|| frame.refusal())
    }

    #[inline]
    fn known(&self, frame: &Frame) -> Option<Case<'_>> {
        let index = frame.entry(self.number)?;
        let (entry, groups) = (self.program.entries.get(index)?, self.groups.get(index)?);
        Some(Case { program: &self.program, patterns: &self.patterns, entry, index, groups })
    }

    /// What native code and data say of the cases of an entry.
    fn native(&self, entry: usize) -> impl Fn(Leaf, &Operands<'_>, &Frame) -> Option<[u64; 2]> {
        move |leaf, operands, frame| match self.steps.first(entry, leaf.group) {
            None => self.native.call(entry, leaf, operands, frame.slots()),
            Some(first) => {
                let group = self.groups.get(entry)?.index.groups().get(usize::try_from(leaf.group).ok()?)?;
                self.steps.case(first, group.case(leaf.case), frame.slots(), operands)
            }
        }
    }
}

/// What the interpreter says of the cases of an entry.
fn portable<'a>(case: &Case<'a>) -> impl Fn(Leaf, &Operands<'_>, &Frame) -> Option<[u64; 2]> + use<'a> {
    let Case { entry, groups, .. } = *case;
    move |leaf, operands, _| {
        let group = groups.index.groups().get(usize::try_from(leaf.group).ok()?)?;
        Some(interpret::case(entry, group, leaf.case, operands))
    }
}

/// Checks where the functions are: one for each group of each entry that is not data, inside the code and aligned.
fn entry_code(
    program: &Program,
    groups: &[Groups],
    functions: &[Vec<u32>],
    code: usize,
) -> Result<Vec<EntryCode>, LoadError> {
    if functions.len() != program.entries.len() {
        return Err(LoadError::Code("it has not one list of functions for each entry"));
    }
    let of_entry = |((entry, groups), offsets): ((&Entry, &Groups), &Vec<u32>)| {
        if offsets.len() != groups.index.groups().len() {
            return Err(LoadError::Code("it has not one function for each group of rules"));
        }
        let offsets = offsets.iter().map(|&offset| match usize::try_from(offset) {
            _ if offset == DATA => Ok(None),
            Ok(place) if place < code && place.is_multiple_of(FUNCTION_ALIGN) => Ok(Some(offset)),
            _ => Err(LoadError::Code("a function is not where one can be")),
        });
        let slots = usize::try_from(entry.slots).map_err(|_| LoadError::Code("a frame is too large"))?;
        Ok(EntryCode { slots, functions: offsets.collect::<Result<_, _>>()? })
    };
    program.entries.iter().zip(groups).zip(functions).map(of_entry).collect()
}

/// The groups that are no code.
fn entry_steps(program: &Program, groups: &[Groups], functions: &[Vec<u32>]) -> Result<Steps, LoadError> {
    let mut steps = Steps::default();
    for ((entry, groups), offsets) in program.entries.iter().zip(groups).zip(functions) {
        steps.entry();
        for (group, offset) in groups.index.groups().iter().zip(offsets) {
            let added = steps.group(entry, &group.rules, *offset != DATA);
            added.ok_or(LoadError::Code("a group of rules that is no data has no function"))?;
        }
    }
    steps.shrink();
    Ok(steps)
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
