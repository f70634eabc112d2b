//! The race: contenders take turns in short rounds, on one core, so that a noisy machine is noisy for all of them.
//! The figure of each is its median round; a ratio is the median of the ratios of rounds that stood side by side.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use serde::Serialize;

use crate::allocations::counted;
use crate::outcome::Outcome;

/// From where a decision is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// The request is there as the engine wants it.
    Prepared,
    /// The request is bytes of JSON.
    Json,
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "it leaves out other engines"))]
    pub(crate) is_quick: bool,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    /// What one contender may take in one race.
    pub(crate) budget: Duration,
}

impl Settings {
    pub(crate) const fn new(is_quick: bool) -> Self {
        if is_quick {
            Self { is_quick, rounds: 21, round: Duration::from_micros(700), budget: Duration::from_millis(1_500) }
        } else {
            Self { is_quick, rounds: 61, round: Duration::from_millis(3), budget: Duration::from_secs(15) }
        }
    }
}

/// One engine in one race.
pub(crate) struct Contender<'a> {
    pub(crate) engine: &'static str,
    /// What was done before the clock starts, in words.
    left_out: &'static str,
    work: Box<dyn Work + 'a>,
}

/// All requests of a race, decided by one engine.
trait Work {
    /// Decides each request that is timed so many times.
    fn sweep(&mut self, times: usize);
    /// What becomes of each request, those included that are not timed.
    fn outcomes(&mut self) -> Vec<Outcome>;
    /// How many requests are timed.
    fn timed(&self) -> usize;
}

struct Each<T, D, O> {
    requests: Vec<T>,
    timed: usize,
    decide: D,
    outcome: O,
}

impl<T, R, D: FnMut(&mut T) -> R, O: Fn(&T, R) -> Outcome> Work for Each<T, D, O> {
    fn sweep(&mut self, times: usize) {
        for _ in 0..times {
            for request in self.requests.iter_mut().take(self.timed) {
                black_box((self.decide)(black_box(request)));
            }
        }
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        let Self { requests, decide, outcome, .. } = self;
        requests
            .iter_mut()
            .map(|request| {
                let record = decide(request);
                outcome(request, record)
            })
            .collect()
    }

    fn timed(&self) -> usize {
        self.timed
    }
}

/// The same, of an engine that writes its record into memory that is used again.
struct Rewriting<T, R, D, O> {
    requests: Vec<T>,
    timed: usize,
    record: R,
    decide: D,
    outcome: O,
}

impl<T, R, D: FnMut(&mut T, &mut R), O: Fn(&T, &R) -> Outcome> Work for Rewriting<T, R, D, O> {
    fn sweep(&mut self, times: usize) {
        for _ in 0..times {
            for request in self.requests.iter_mut().take(self.timed) {
                (self.decide)(black_box(request), &mut self.record);
                black_box(&mut self.record);
            }
        }
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        let Self { requests, record, decide, outcome, .. } = self;
        requests
            .iter_mut()
            .map(|request| {
                decide(request, record);
                outcome(request, record)
            })
            .collect()
    }

    fn timed(&self) -> usize {
        self.timed
    }
}

/// All requests, decided by one call.
struct Together<T, S, D, O> {
    requests: Vec<T>,
    state: S,
    decide: D,
    outcomes: O,
}

impl<T, S, D: FnMut(&[T], &mut S), O: Fn(&S) -> Vec<Outcome>> Work for Together<T, S, D, O> {
    fn sweep(&mut self, times: usize) {
        for _ in 0..times {
            (self.decide)(black_box(&self.requests), &mut self.state);
            black_box(&mut self.state);
        }
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        (self.decide)(&self.requests, &mut self.state);
        (self.outcomes)(&self.state)
    }

    fn timed(&self) -> usize {
        self.requests.len()
    }
}

impl<'a> Contender<'a> {
    /// An engine with requests as it takes them, of which the first so many are timed; `decide` gives the whole record of
    /// a decision, and `outcome` spells that out.
    pub(crate) fn new<T: 'a, R>(
        engine: &'static str,
        left_out: &'static str,
        requests: Vec<T>,
        timed: usize,
        decide: impl FnMut(&mut T) -> R + 'a,
        outcome: impl Fn(&T, R) -> Outcome + 'a,
    ) -> Self {
        assert!((1..=requests.len()).contains(&timed), "{engine} has no requests");
        Self { engine, left_out, work: Box::new(Each { requests, timed, decide, outcome }) }
    }

    /// An engine that decides all requests by one call.
    pub(crate) fn together<T: 'a, S: 'a>(
        engine: &'static str,
        left_out: &'static str,
        requests: Vec<T>,
        state: S,
        decide: impl FnMut(&[T], &mut S) + 'a,
        outcomes: impl Fn(&S) -> Vec<Outcome> + 'a,
    ) -> Self {
        assert!(!requests.is_empty(), "{engine} has no requests");
        Self { engine, left_out, work: Box::new(Together { requests, state, decide, outcomes }) }
    }

    /// Gives it another name.
    pub(crate) fn rename(&mut self, engine: &'static str) {
        self.engine = engine;
    }

    /// Decides all requests so many times before the race.
    pub(crate) fn warm(&mut self, times: usize) {
        self.work.sweep(times);
    }

    /// An engine that writes its record into the memory of the one before.
    pub(crate) fn rewriting<T: 'a, R: Default + 'a>(
        engine: &'static str,
        left_out: &'static str,
        requests: Vec<T>,
        timed: usize,
        decide: impl FnMut(&mut T, &mut R) + 'a,
        outcome: impl Fn(&T, &R) -> Outcome + 'a,
    ) -> Self {
        assert!((1..=requests.len()).contains(&timed), "{engine} has no requests");
        Self { engine, left_out, work: Box::new(Rewriting { requests, timed, record: R::default(), decide, outcome }) }
    }
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    pub(crate) workload: String,
    pub(crate) mode: Mode,
    pub(crate) engine: &'static str,
    /// Nanoseconds a decision.
    pub(crate) ns: f64,
    /// Allocations a decision.
    pub(crate) allocs: f64,
    /// To the first contender's, which is zt's native code.
    pub(crate) ratio: f64,
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// For how long this thread had the core meanwhile: what others did on it does not count.
fn seconds(work: impl FnOnce()) -> f64 {
    let start = ThreadTime::now();
    work();
    start.elapsed().as_secs_f64()
}

/// How often a contender sweeps in a round, and in how many rounds it takes part.
fn pace(contender: &mut Contender<'_>, settings: Settings) -> (usize, usize) {
    let mut times = 1;
    let took = loop {
        let took = seconds(|| contender.work.sweep(times));
        if took >= settings.round.as_secs_f64() || took >= 0.25 {
            break took;
        }
        times *= 2;
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rounds is small")]
    let rounds = (settings.budget.as_secs_f64() / took) as usize;
    (times, rounds.clamp(3, settings.rounds))
}

/// Compares the answers of all contenders, then races them. The first is what the others are compared with.
#[expect(clippy::cast_precision_loss, reason = "a few digits are enough")]
pub(crate) fn race(workload: &str, mode: Mode, mut contenders: Vec<Contender<'_>>, settings: Settings) -> Vec<Figure> {
    let expected = contenders[0].work.outcomes();
    for contender in &mut contenders[1..] {
        let outcomes = contender.work.outcomes();
        assert!(outcomes.len() <= expected.len(), "{workload}: {} has other requests", contender.engine);
        for (at, (expected, outcome)) in expected.iter().zip(&outcomes).enumerate() {
            assert_eq!(outcome, expected, "{workload}, request {at}: {} decides otherwise", contender.engine);
        }
    }
    // The first look fills caches and buffers that are kept.
    let paces: Vec<(usize, usize)> = contenders.iter_mut().map(|one| pace(one, settings)).collect();
    let most = paces.iter().map(|(_, rounds)| *rounds).max().unwrap_or(0);
    let mut times: Vec<Vec<f64>> = contenders.iter().map(|_| vec![]).collect();
    let mut ratios = times.clone();
    for round in 0..most {
        let mut first = f64::NAN;
        for (at, (one, (sweeps, rounds))) in contenders.iter_mut().zip(&paces).enumerate() {
            // Who takes part in fewer rounds does so evenly.
            if (round * rounds) / most == ((round + 1) * rounds) / most {
                continue;
            }
            let decisions = (sweeps * one.work.timed()) as f64;
            let took = seconds(|| one.work.sweep(*sweeps)) * 1e9 / decisions;
            first = if at == 0 { took } else { first };
            times[at].push(took);
            ratios[at].push(took / first);
        }
    }
    let figures = contenders.iter_mut().zip(times.into_iter().zip(ratios)).map(|(one, (times, ratios))| {
        let timed = one.work.timed() as f64;
        let allocs = counted(|| one.work.sweep(1)) as f64 / timed;
        let (ns, ratio) = (median(times), median(ratios));
        Figure { workload: workload.to_owned(), mode, engine: one.engine, ns, allocs, ratio }
    });
    let figures: Vec<Figure> = figures.collect();
    table(&figures, &contenders, expected.len());
    figures
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn table(figures: &[Figure], contenders: &[Contender<'_>], compared: usize) {
    let Some(first) = figures.first() else { return };
    let timed = contenders[0].work.timed();
    let mode = match first.mode {
        Mode::Prepared => "prepared",
        Mode::Json => "from JSON",
    };
    println!("\n{}, {mode} ({compared} requests compared, {timed} of them timed)", first.workload);
    println!("  {:<14} {:>14} {:>12} {:>10}  before the clock starts", "engine", "ns/decision", "× zt", "allocs");
    for (figure, contender) in figures.iter().zip(contenders) {
        let Figure { engine, ns, allocs, ratio, .. } = figure;
        println!("  {engine:<14} {ns:>14.1} {ratio:>12.2} {allocs:>10.1}  {}", contender.left_out);
    }
}
