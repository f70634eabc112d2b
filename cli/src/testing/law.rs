//! Laws: many requests are made up; the smallest that shows a law to be wrong becomes a test.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use zt_lang::eval::{Evaluator, Host};
use zt_lang::hir::{Action, Call, Expect, Expr, Law, Name, Package, Step, Test};

use super::requests::{Request, requests};
use super::walk::{Happening, Judge, walk};

/// How many requests that meet its condition a law is tried on.
pub const CASES: usize = 1_000;
/// How many are made up at most to find them.
const TRIES: usize = 40 * CASES;
/// How often one that shows a law to be wrong is made smaller.
const STEPS: usize = 2_000;

/// How many requests a law was tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// How many met its condition.
    pub met: usize,
    /// How many were made up.
    pub made: usize,
}

impl Tried {
    /// Whether so few met the condition that the search ended before there were enough.
    #[must_use]
    pub fn is_rare(self) -> bool {
        self.met < CASES
    }
}

/// What became of a law.
pub enum Shown {
    /// It held on so many requests.
    Held(Tried),
    /// It did not hold on this one; how many were tried.
    Broken(Test, Tried),
    /// No request met its condition, so that nothing was shown: why, for people.
    Nothing(String),
}

/// A judge that leaves out requests that do not meet a condition.
struct Sieve<'a> {
    judge: &'a mut dyn Judge,
    evaluator: &'a Evaluator,
    law: &'a Law,
    actions: &'a [&'a Action],
    met: Met,
}

/// Whether a request meets a condition.
enum Met {
    Yes,
    No,
    Refused(String),
}

impl Judge for Sieve<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        let decision = self.judge.decide(request, facts);
        if let Some(refusal) = decision.get("refusal") {
            let text = |name: &str| refusal.get(name).and_then(Value::as_str).unwrap_or_default();
            self.met = Met::Refused(format!("{} at {}", text("code"), text("path")));
            return decision;
        }
        // What is made up for one part of an action may be another.
        let is = decision.get("action").and_then(Value::as_str);
        let meant = self.actions.iter().any(|action| is == Some(action.shown()));
        let meets = |condition: &Expr| {
            let host = Host::from_json(facts.as_bytes()).unwrap_or_default();
            self.evaluator.holds(&host, request.as_bytes(), condition).unwrap_or(true)
        };
        self.met = if meant && self.law.condition.as_ref().is_none_or(meets) { Met::Yes } else { Met::No };
        decision
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        self.judge.observe(report, facts)
    }

    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        self.judge.attest(request, facts, ok, output)
    }

    fn lose_windows(&mut self) {
        self.judge.lose_windows();
    }
}

/// What is done with a judge.
pub type With<'a> = &'a mut dyn FnMut(&mut dyn Judge);

/// Tries a law. Each request is judged by a judge of its own, for nothing is before it; `wrong` says whether a
/// decision is not as expected. The same law of the same package is tried on the same requests.
pub fn tried(
    package: &Package,
    evaluator: &Evaluator,
    law: &Law,
    judge: &mut dyn FnMut(With<'_>),
    wrong: &dyn Fn(&Expect, &Value) -> bool,
) -> Shown {
    let actions: Vec<&Action> = law.actions.iter().filter_map(|name| package.actions.get(name)).map(|a| &**a).collect();
    let Some(strategy) = requests(package, &actions, law.condition.as_ref()) else {
        return Shown::Nothing("no request can be made up for this action".to_owned());
    };
    let mut once = |request: &Request| -> (Met, bool) {
        let test = test(law, request);
        let mut out = (Met::No, false);
        judge(&mut |judge| {
            let mut sieve = Sieve { judge, evaluator, law, actions: &actions, met: Met::No };
            let mut bad = false;
            walk(package, &test, &mut sieve, &mut |_, happening| {
                if let Happening::Decided(call, decision) = happening {
                    bad = call.expects.iter().any(|e| wrong(e, decision));
                }
            });
            out = (std::mem::replace(&mut sieve.met, Met::No), bad);
        });
        out
    };
    let seed = seed(&law.name);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    let (mut tried, mut refused) = (Tried { met: 0, made: 0 }, None);
    for _ in 0..TRIES {
        // Filters within a strategy can give up: then the next is tried.
        let Ok(mut tree) = strategy.new_tree(&mut runner) else { continue };
        tried.made += 1;
        match once(&tree.current()) {
            (Met::No, _) => continue,
            (Met::Refused(why), _) => {
                refused = refused.or(Some(why));
                continue;
            }
            (Met::Yes, false) => {
                tried.met += 1;
                if tried.met == CASES {
                    break;
                }
                continue;
            }
            (Met::Yes, true) => {}
        }
        let mut smallest = tree.current();
        for _ in 0..STEPS {
            let moved = if matches!(once(&tree.current()), (Met::Yes, true)) {
                smallest = tree.current();
                tree.simplify()
            } else {
                tree.complicate()
            };
            if !moved {
                break;
            }
        }
        return Shown::Broken(test(law, &smallest), Tried { met: tried.met + 1, ..tried });
    }
    let made = tried.made;
    match (tried.met, refused) {
        (0, Some(why)) => {
            Shown::Nothing(format!("of {made} requests that were made up each was refused ({why}) or left out"))
        }
        (0, None) => Shown::Nothing(format!("none of {made} requests that were made up meets the condition")),
        _ => Shown::Held(tried),
    }
}

/// A law on one request.
fn test(law: &Law, request: &Request) -> Test {
    let call = Call {
        action: request.action.clone(),
        request: request.request.as_str().into(),
        answers: request.answers.as_str().into(),
        span: law.span,
        expects: law.expects.clone(),
    };
    Test {
        name: law.name.clone(),
        at: law.at,
        tables: law.tables.clone(),
        steps: vec![Step::Call(call)],
        span: law.span,
    }
}

/// Where the random numbers of a law begin: its name, folded (FNV-1a) and spread over 32 bytes.
fn seed(name: &Name) -> [u8; 32] {
    let mut out = [0; 32];
    for (i, chunk) in (0_u64..).zip(out.chunks_mut(8)) {
        let fold = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        chunk.copy_from_slice(&name.bytes().fold(0xcbf2_9ce4_8422_2325 ^ i, fold).to_le_bytes());
    }
    out
}
