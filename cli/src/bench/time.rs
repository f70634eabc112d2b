//! The clock: rounds, and what stands in the middle of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use zt_runtime::store::{Memory, Store};
use zt_runtime::{Decision, Frame, Host, Pdp};

use super::cases::Case;

/// How many rounds, and for how long about.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_micros(300);

/// Nanoseconds of one decision.
pub(super) struct Time {
    /// From a frame that holds the request.
    pub(super) prepared: f64,
    /// From the bytes of the request.
    pub(super) from_json: f64,
}

/// Times a case. The frame holds its request, and does so afterwards.
pub(super) fn time(pdp: &Pdp, case: &Case, frame: &mut Frame) -> Time {
    let entry = pdp.asked(frame).ok().and_then(|asked| pdp.program().entries.get(asked.entry));
    // What a decision records changes the next one, so each has a store of its own that knows what came before.
    let remembers = entry.is_none_or(|entry| !entry.windows.is_empty()) || !case.facts.approvals.is_empty();
    let mut decision = Decision::default();
    let mut prepared = |store: &dyn Store| {
        let host = Host { clock: case.clock, facts: &case.facts, store };
        pdp.decide_with_into(black_box(&mut *frame), &host, &mut decision);
        black_box(&mut decision);
    };
    let prepared = if remembers { apart(pdp, case, &mut prepared) } else { together(&mut prepared) };
    let (mut other, mut decision) = (Frame::default(), Decision::default());
    let mut from_json = |store: &dyn Store| {
        let host = Host { clock: case.clock, facts: &case.facts, store };
        pdp.evaluate_with_into(black_box(&case.request), &mut other, &host, &mut decision);
        black_box(&mut decision);
    };
    let from_json = if remembers { apart(pdp, case, &mut from_json) } else { together(&mut from_json) };
    Time { prepared, from_json }
}

/// Nanoseconds of what is done so many times.
#[expect(clippy::cast_precision_loss, reason = "a few digits are enough")]
fn nanoseconds(took: Duration, times: usize) -> f64 {
    took.as_secs_f64() * 1e9 / times as f64
}

/// The figure in the middle, in tenths.
pub(super) fn median(all: impl Iterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).map(|ns| (ns * 10.0).round() / 10.0)
}

/// Many decisions on one store, which none of them touches.
fn together(decide: &mut dyn FnMut(&dyn Store)) -> f64 {
    let store = Memory::default();
    let mut round = |times: usize| {
        let start = Instant::now();
        (0..times).for_each(|_| decide(&store));
        start.elapsed()
    };
    let mut times = 1;
    while round(times) < ROUND && times < 1 << 20 {
        times *= 2;
    }
    median((0..ROUNDS).map(|_| nanoseconds(round(times), times))).unwrap_or_default()
}

/// As many decisions as there are stores.
fn apart(pdp: &Pdp, case: &Case, decide: &mut dyn FnMut(&dyn Store)) -> f64 {
    let times = (128 / (case.before() + 1)).clamp(2, 16);
    let round = |_| {
        let stores: Vec<Box<dyn Store>> = (0..times).map(|_| case.store(pdp)).collect();
        let start = Instant::now();
        stores.iter().for_each(|store| decide(&**store));
        nanoseconds(start.elapsed(), times)
    };
    median((0..ROUNDS / 2).map(round)).unwrap_or_default()
}
