//! zt as a gateway uses it: a package is loaded once, a frame serves many requests.

use zt_runtime::store::{Capacity, Memory};
use zt_runtime::{Batch, Clock, Decision, Facts, Frame, Host, Pdp};
use zt_tests::front::load_bundle;

use crate::measure::Contender;
use crate::outcome::Outcome;

/// What is done before a prepared request is timed.
const DECODED: &str = "JSON read, checked against the schema, laid out in a frame";
const NOTHING: &str = "nothing";

/// A package from its text to what decides.
pub(crate) fn load(text: &str) -> Pdp {
    let (db, package) = load_bundle(text);
    let checked = zt_lang::check::package::package(&db, package);
    let checked = checked.unwrap_or_else(|mistakes| {
        let first: Vec<_> = mistakes.iter().take(5).collect();
        panic!("the policy is wrong: {first:#?}")
    });
    let image = zt_compiler::compile(&checked).expect("a checked package compiles");
    Pdp::load(&image).expect("an image of this process loads")
}

/// The same, telling when each of its phases ends: its name.
pub(crate) fn load_by_phases(text: &str, mut ended: impl FnMut(&'static str)) -> Pdp {
    let (db, package) = load_bundle(text);
    let checked = zt_lang::check::package::package(&db, package).expect("the policy is right");
    // What is checked holds all that is needed.
    drop(db);
    ended("checked");
    let zt_compiler::lower::Lowered { program, automata } =
        zt_compiler::lower::lower(checked.hir()).expect("a checked package is lowered");
    drop(checked);
    ended("lowered");
    let target = zt_compiler::generate::Target::host().expect("this machine has a code generator");
    let image = zt_compiler::generate::generate(&program, &automata, &target).expect("a program compiles");
    drop((program, automata));
    ended("generated");
    let pdp = Pdp::load(&image).expect("an image of this process loads");
    ended("loaded");
    pdp
}

/// What a gateway hands over with each request: the clock alone.
pub(crate) struct Now {
    facts: Facts,
    clock: Clock,
}

impl Now {
    /// The instant of all decisions, in microseconds since 1970.
    pub(crate) fn new(now: i64) -> Self {
        Self { facts: Facts::default(), clock: Clock { now, mono: now } }
    }

    fn host(&self) -> Host<'_> {
        Host::without_store(self.clock, &self.facts)
    }
}

fn decode(pdp: &Pdp, request: &str) -> Frame {
    let mut frame = Frame::default();
    pdp.decode(request.as_bytes(), &mut frame).unwrap_or_else(|refusal| panic!("refused: {refusal}: {request}"));
    frame
}

/// From frames. With a clock decisions go by `decide_with`, as rules that read it want it.
pub(crate) fn prepared<'a>(
    pdp: &'a Pdp,
    now: Option<&'a Now>,
    requests: &[String],
    timed: usize,
) -> Vec<Contender<'a>> {
    let frames = || requests.iter().map(|request| decode(pdp, request)).collect::<Vec<Frame>>();
    let outcome = |frame: &Frame, decision: &Decision| Outcome::of_json(&pdp.to_json(decision, frame));
    let native = move |frame: &mut Frame, decision: &mut Decision| match now {
        None => pdp.decide_into(frame, decision),
        Some(now) => pdp.decide_with_into(frame, &now.host(), decision),
    };
    let portable = move |frame: &mut Frame, decision: &mut Decision| {
        *decision = match now {
            None => pdp.decide_portably(frame),
            Some(now) => pdp.decide_portably_with(frame, &now.host()),
        };
    };
    vec![
        Contender::rewriting("zt", DECODED, frames(), timed, native, outcome),
        Contender::rewriting("zt-portable", DECODED, frames(), timed, portable, outcome),
    ]
}

/// From JSON, all requests through one frame.
pub(crate) fn json<'a>(pdp: &'a Pdp, now: Option<&'a Now>, requests: &[String], timed: usize) -> Vec<Contender<'a>> {
    let bytes = || requests.iter().map(|request| request.clone().into_bytes()).collect::<Vec<Vec<u8>>>();
    let outcome = |_: &Vec<u8>, decision: &Decision| Outcome::of_json(&pdp.to_json(decision, &Frame::default()));
    let (mut frame, mut other) = (Frame::default(), Frame::default());
    let native = move |request: &mut Vec<u8>, decision: &mut Decision| match now {
        None => pdp.evaluate_into(request, &mut frame, decision),
        Some(now) => pdp.evaluate_with_into(request, &mut frame, &now.host(), decision),
    };
    let portable = move |request: &mut Vec<u8>, decision: &mut Decision| {
        pdp.decode(request, &mut other).expect("the request is right");
        *decision = match now {
            None => pdp.decide_portably(&other),
            Some(now) => pdp.decide_portably_with(&mut other, &now.host()),
        };
    };
    vec![
        Contender::rewriting("zt", NOTHING, bytes(), timed, native, outcome),
        Contender::rewriting("zt-portable", NOTHING, bytes(), timed, portable, outcome),
    ]
}

/// All requests of a list by one call, from frames that it holds already.
pub(crate) fn listed<'a>(pdp: &'a Pdp, now: &'a Now, requests: &[String]) -> Contender<'a> {
    let mut batch = Batch::default();
    pdp.decode_batch(requests, &mut batch);
    let decide = move |_: &[String], batch: &mut Batch| pdp.decide_batch_with(batch, &now.host());
    Contender::together("zt", DECODED, requests.to_vec(), batch, decide, move |batch| spelled(pdp, batch))
}

/// The same from JSON.
pub(crate) fn listed_json<'a>(pdp: &'a Pdp, now: &'a Now, requests: &[String]) -> Contender<'a> {
    let decide = move |requests: &[String], batch: &mut Batch| pdp.evaluate_batch_with(requests, &now.host(), batch);
    Contender::together("zt", NOTHING, requests.to_vec(), Batch::default(), decide, move |batch| spelled(pdp, batch))
}

fn spelled(pdp: &Pdp, batch: &Batch) -> Vec<Outcome> {
    batch.iter().map(|(frame, decision)| Outcome::of_json(&pdp.to_json(decision, frame))).collect()
}

/// From frames, with a memory of their own, by a clock that goes on with each decision; microseconds.
pub(crate) fn remembering<'a>(
    pdp: &'a Pdp,
    facts: &'a Facts,
    start: i64,
    step: i64,
    requests: &[String],
) -> Vec<Contender<'a>> {
    let frames = || requests.iter().map(|request| decode(pdp, request)).collect::<Vec<Frame>>();
    let outcome = |frame: &Frame, decision: &Decision| Outcome::of_json(&pdp.to_json(decision, frame));
    let ticking = move |is_native: bool| {
        let store = Memory::new(Capacity::default());
        let mut now = start;
        move |frame: &mut Frame, decision: &mut Decision| {
            now += step;
            let host = Host { clock: Clock { now, mono: now }, facts, store: &store };
            if is_native {
                pdp.decide_with_into(frame, &host, decision);
            } else {
                *decision = pdp.decide_portably_with(frame, &host);
            }
        }
    };
    let timed = requests.len();
    vec![
        Contender::rewriting("zt", DECODED, frames(), timed, ticking(true), outcome),
        Contender::rewriting("zt-portable", DECODED, frames(), timed, ticking(false), outcome),
    ]
}
