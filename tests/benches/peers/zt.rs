//! zt as a gateway uses it: a package is loaded once, a frame serves many requests.

use std::time::{Duration, Instant};

use zt_runtime::{Clock, Facts, Frame, Host, Pdp};
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

/// The same, and how long it took.
pub(crate) fn load_timed(text: &str) -> (Pdp, Duration) {
    let start = Instant::now();
    let pdp = load(text);
    (pdp, start.elapsed())
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
    let outcome = |frame: &Frame, decision| Outcome::of_json(&pdp.to_json(&decision, frame));
    match now {
        None => vec![
            Contender::new("zt", DECODED, frames(), timed, |frame| pdp.decide(frame), outcome),
            Contender::new("zt-portable", DECODED, frames(), timed, |frame| pdp.decide_portably(frame), outcome),
        ],
        Some(now) => vec![
            Contender::new("zt", DECODED, frames(), timed, |frame| pdp.decide_with(frame, &now.host()), outcome),
            Contender::new(
                "zt-portable",
                DECODED,
                frames(),
                timed,
                |frame| pdp.decide_portably_with(frame, &now.host()),
                outcome,
            ),
        ],
    }
}

/// From JSON, all requests through one frame.
pub(crate) fn json<'a>(pdp: &'a Pdp, now: Option<&'a Now>, requests: &[String], timed: usize) -> Vec<Contender<'a>> {
    let bytes = || requests.iter().map(|request| request.clone().into_bytes()).collect::<Vec<Vec<u8>>>();
    let outcome = |_: &Vec<u8>, decision| Outcome::of_json(&pdp.to_json(&decision, &Frame::default()));
    let mut frame = Frame::default();
    let mut other = Frame::default();
    let native = Contender::new(
        "zt",
        NOTHING,
        bytes(),
        timed,
        move |request| match now {
            None => pdp.evaluate(request, &mut frame),
            Some(now) => pdp.evaluate_with(request, &mut frame, &now.host()),
        },
        outcome,
    );
    let portable = Contender::new(
        "zt-portable",
        NOTHING,
        bytes(),
        timed,
        move |request| {
            pdp.decode(request, &mut other).expect("the request is right");
            match now {
                None => pdp.decide_portably(&other),
                Some(now) => pdp.decide_portably_with(&mut other, &now.host()),
            }
        },
        outcome,
    );
    vec![native, portable]
}
