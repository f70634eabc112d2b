//! One package on every evaluator, each with its own memory of what was; whoever differs fails the test.

use serde_json::Value;
use zt_lang::check::package::{CheckedPackage, package};
use zt_lang::eval::{self, Evaluator, World};
use zt_runtime::store::{Memory, Outage, Store};
use zt_runtime::{Clock, Decision, Facts, Frame, Host, Pdp, Way};

use crate::front::{FILE, load};

/// Whether a request is read in one pass.
///
/// # Panics
///
/// If the ways to read it differ.
pub fn read_alike(pdp: &Pdp, request: &[u8]) -> bool {
    let mut frame = Frame::default();
    let mut read = |way| {
        let read = pdp.decode_in(way, request, &mut frame)?;
        // What was read must be there even where the frame held another request before.
        let again = pdp.decode_in(way, request, &mut frame);
        assert_eq!(again.as_ref(), Some(&read), "{way:?} reads {} twice", String::from_utf8_lossy(request));
        Some(read.map(|()| pdp.read_as(&frame).expect("a request")))
    };
    let plain = read(Way::Plain).expect("what defines the meaning of requests reads them all");
    assert_eq!(read(Way::Fastest).as_ref(), Some(&plain), "{}", String::from_utf8_lossy(request));
    let quick = read(Way::Quick);
    assert_eq!(quick, read(Way::Portable), "vectors and words on {}", String::from_utf8_lossy(request));
    if let Some(quick) = &quick {
        assert_eq!(quick, &plain, "in one pass and plainly: {}", String::from_utf8_lossy(request));
    }
    quick.is_some()
}

/// Native code, the portable interpreter and the reference evaluator, side by side.
pub struct Three {
    /// The decision point that runs the first two.
    pub pdp: Pdp,
    evaluator: Evaluator,
    /// Of native code, and of the interpreter: each holds the request that was decided last.
    frames: [Frame; 2],
    native: Box<dyn Store>,
    portable: Box<dyn Store>,
    world: World,
    /// What native code, the interpreter and the reference evaluator decided last.
    last: Option<(Decision, Option<Decision>, eval::Decision)>,
}

impl Three {
    /// Of a package without mistakes.
    ///
    /// # Panics
    ///
    /// If it does not compile.
    #[must_use]
    pub fn new(checked: &CheckedPackage) -> Self {
        let image = zt_compiler::compile(checked).expect("an image");
        Self {
            pdp: Pdp::load(&image).expect("a decision point"),
            evaluator: Evaluator::new(checked.hir()),
            frames: [Frame::default(), Frame::default()],
            native: Box::new(Memory::default()),
            portable: Box::new(Memory::default()),
            world: World::new(),
            last: None,
        }
    }

    /// Of the text of a package, which is called `example`.
    ///
    /// # Panics
    ///
    /// If it has a mistake.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (db, input) = load(&[(FILE, text)]);
        Self::new(&package(&db, input).unwrap_or_else(|mistakes| panic!("{mistakes:#?}")))
    }

    /// What all of them decide. `facts` are those of a host, with its clock as `now`; sliding windows run by it as well.
    ///
    /// # Panics
    ///
    /// If they differ, or the facts are not such.
    pub fn decide(&mut self, request: &[u8], facts: &str) -> Value {
        let known = Facts::from_json(facts.as_bytes()).expect("facts");
        let now = known.now.expect("the clock");
        let clock = Clock { now, mono: now };
        let json = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
        let shown = String::from_utf8_lossy(request);

        let host = Host { clock, facts: &known, store: &*self.native };
        let [frame, other] = &mut self.frames;
        // In the memory of the decision before.
        let mut by_code = self.last.take().map(|(by_code, ..)| by_code).unwrap_or_default();
        self.pdp.evaluate_with_into(request, frame, &host, &mut by_code);
        let native = json(self.pdp.to_json(&by_code, frame));

        let host = eval::Host::from_json(facts.as_bytes()).expect("facts");
        let by_reference = self.evaluator.decide(&mut self.world, &host, request).decision;
        let reference = by_reference.to_json();
        assert_eq!(native, reference, "native code and the reference evaluator on {shown}");

        read_alike(&self.pdp, request);
        // A request that is refused reaches no code.
        let portable = self.pdp.decode_in(Way::Plain, request, other).is_some_and(|read| read.is_ok()).then(|| {
            let host = Host { clock, facts: &known, store: &*self.portable };
            let decision = self.pdp.decide_portably_with(other, &host);
            let portable = json(self.pdp.to_json(&decision, other));
            assert_eq!(portable, reference, "the interpreter and the reference evaluator on {shown}");
            decision
        });
        self.last = Some((by_code, portable, by_reference));
        native
    }

    /// What all of them say of an event that is reported: nothing, or why it is refused.
    ///
    /// # Errors
    ///
    /// That they refuse it.
    ///
    /// # Panics
    ///
    /// If they differ, or the facts are not such.
    pub fn observe(&mut self, report: &[u8], facts: &str) -> Result<(), String> {
        let known = Facts::from_json(facts.as_bytes()).expect("facts");
        let now = known.now.expect("the clock");
        let clock = Clock { now, mono: now };
        let [native, portable] = [&self.native, &self.portable].map(|store| {
            let host = Host { clock, facts: &known, store: &**store };
            self.pdp.observe(report, &mut Frame::default(), &host).map_err(|refusal| refusal.to_string())
        });
        let host = eval::Host::from_json(facts.as_bytes()).expect("facts");
        let reference =
            self.evaluator.observe(&mut self.world, &host, report).map_err(|refusal| match &*refusal.path {
                "" => refusal.code.to_owned(),
                path => format!("{} at {path}", refusal.code),
            });
        let shown = String::from_utf8_lossy(report);
        assert_eq!([&native, &portable], [&reference; 2], "the decision point and the reference evaluator on {shown}");
        native
    }

    /// What all of them say of how the call before ended: nothing, or why it is refused.
    ///
    /// # Errors
    ///
    /// That they refuse it.
    ///
    /// # Panics
    ///
    /// If they differ, there was no call before, or the facts are not such.
    pub fn attest(&mut self, request: &[u8], facts: &str, ok: bool, output: Option<&[u8]>) -> Result<(), String> {
        let known = Facts::from_json(facts.as_bytes()).expect("facts");
        let now = known.now.expect("the clock");
        let clock = Clock { now, mono: now };
        let shown = String::from_utf8_lossy(request);
        let [frame, other] = &mut self.frames;
        let (by_code, portable, by_reference) = self.last.as_ref().expect("a call before");
        let host = Host { clock, facts: &known, store: &*self.native };
        let native = self.pdp.attest(frame, by_code, &host, ok, output);
        if let Some(decision) = portable {
            let host = Host { clock, facts: &known, store: &*self.portable };
            let portable = self.pdp.attest(other, decision, &host, ok, output);
            assert_eq!(portable, native, "the interpreter and native code on {shown}");
        }
        let host = eval::Host::from_json(facts.as_bytes()).expect("facts");
        let reference = self.evaluator.attest(&mut self.world, &host, request, by_reference, ok, output);
        assert_eq!(native.is_ok(), reference.is_ok(), "native code and the reference evaluator on {shown}");
        native.map_err(|why| why.to_string())
    }

    /// From now on no store of windows answers.
    pub fn lose_windows(&mut self) {
        self.native = Box::new(Outage);
        self.portable = Box::new(Outage);
        self.world.outage = true;
    }
}
