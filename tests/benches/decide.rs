//! What a decision costs: native code against the interpreter, the reference evaluator and the same policy
//! written by hand in Rust, from a decoded request and from JSON bytes.
//!
//! The contenders take turns in short rounds, so that a noisy machine is noisy for all of them; the figure of
//! each is its median round, and what counts is the ratio.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use zt_lang::db::{Database, Package, SourceFile};
use zt_lang::eval::Evaluator;
use zt_runtime::{Decision, Effect, Frame, Pdp};

const POLICY: &str = include_str!("refunds.zt");
const REQUEST: &str = r#"{"subject":{"type":"Agent","id":"agent-1","properties":{"role":"support","permissions":["read","refund","reply"],"daily_limit":500.00}},"action":{"name":"orders.refund","properties":{"amount":20.00,"reason":"damaged"}},"resource":{"type":"Order","id":"order-7","properties":{"amount":80.00,"customer_tier":"premium"}}}"#;

/// The same policy as a person would write it in Rust.
mod by_hand {
    use super::{BTreeSet, Deserialize};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Request {
        subject: Entity<Agent>,
        action: Action,
        resource: Entity<Order>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entity<P> {
        r#type: String,
        id: String,
        properties: P,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Agent {
        role: String,
        permissions: BTreeSet<String>,
        daily_limit: Option<f64>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Action {
        name: String,
        properties: Input,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        amount: f64,
        reason: String,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        amount: f64,
        customer_tier: Tier,
    }

    #[derive(Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Tier {
        Standard,
        Premium,
    }

    /// What is kept of a request: cents, and everything checked.
    pub(crate) struct Prepared {
        role: String,
        permissions: BTreeSet<String>,
        daily_limit: Option<i64>,
        amount: i64,
        reason: String,
        order_amount: i64,
        tier: Tier,
    }

    #[derive(Debug, PartialEq, Eq, Clone, Copy)]
    pub(crate) enum Effect {
        Allow,
        Ask,
        Deny,
    }

    #[derive(Debug)]
    pub(crate) struct Decision {
        pub(crate) effect: Effect,
        pub(crate) determined_by: Vec<&'static str>,
        pub(crate) errors: Vec<&'static str>,
    }

    /// Floats are what serde gives; the conversion is as exact as they are.
    #[expect(clippy::cast_possible_truncation, reason = "amounts in this bench are small")]
    fn cents(amount: f64) -> i64 {
        (amount * 100.0).round() as i64
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Prepared> {
        let r: Request = serde_json::from_slice(bytes).ok()?;
        if r.subject.r#type != "Agent" || r.resource.r#type != "Order" || r.action.name != "orders.refund" {
            return None;
        }
        if r.subject.id.is_empty() || r.resource.id.is_empty() || r.subject.properties.permissions.len() > 32 {
            return None;
        }
        let reason = r.action.properties.reason;
        let amount = cents(r.action.properties.amount);
        let plain =
            !reason.is_empty() && reason.len() <= 64 && reason.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if amount < 1 || !plain {
            return None;
        }
        Some(Prepared {
            role: r.subject.properties.role,
            permissions: r.subject.properties.permissions,
            daily_limit: r.subject.properties.daily_limit.map(cents),
            amount,
            reason,
            order_amount: cents(r.resource.properties.amount),
            tier: r.resource.properties.customer_tier,
        })
    }

    pub(crate) fn decide(p: &Prepared) -> Decision {
        let (mut denies, mut asks, mut allows, mut errors) = (vec![], vec![], vec![], vec![]);
        if p.permissions.contains("refund") && p.role == "support" {
            allows.push("granted");
        }
        if p.role == "supervisor" {
            allows.push("supervisor");
        }
        if p.amount > 5_000 {
            asks.push("large");
        }
        if p.tier == Tier::Premium {
            match p.amount.checked_add(1_000) {
                Some(sum) if sum > p.order_amount => asks.push("premium"),
                Some(_) => {}
                None => {
                    errors.push("premium");
                    denies.push("premium");
                }
            }
        }
        if p.amount > p.order_amount || p.amount > p.daily_limit.unwrap_or(100_000) {
            denies.push("excessive");
        }
        let odd = p.reason.bytes().all(|b| b == b'x') || p.reason.starts_with("qa_");
        if matches!(p.reason.as_str(), "test" | "debug" | "todo") || odd {
            denies.push("suspicious");
        }
        let (effect, determined_by) = if !denies.is_empty() {
            (Effect::Deny, denies)
        } else if allows.is_empty() {
            (Effect::Deny, vec!["default"])
        } else if !asks.is_empty() {
            (Effect::Ask, asks)
        } else {
            (Effect::Allow, allows)
        };
        Decision { effect, determined_by, errors }
    }
}

/// A contender: its name, and a function that decides so many times.
type Contender<'a> = (&'a str, Box<dyn FnMut(usize) + 'a>);

/// Nanoseconds a decision, the median of rounds in which the contenders take turns.
fn race(contenders: &mut [Contender<'_>]) -> Vec<f64> {
    const ROUNDS: usize = 41;
    const ROUND_NANOS: u128 = 3_000_000;
    // How many decisions fill a round.
    let counts: Vec<usize> = contenders
        .iter_mut()
        .map(|(_, f)| {
            let mut n = 8;
            loop {
                let start = Instant::now();
                f(n);
                if start.elapsed().as_nanos() > ROUND_NANOS {
                    return n;
                }
                n *= 2;
            }
        })
        .collect();
    let mut rounds: Vec<Vec<f64>> = contenders.iter().map(|_| vec![]).collect();
    for _ in 0..ROUNDS {
        for (((_, f), n), all) in contenders.iter_mut().zip(&counts).zip(&mut rounds) {
            let start = Instant::now();
            f(*n);
            #[expect(clippy::cast_precision_loss, reason = "a few digits are enough")]
            all.push(start.elapsed().as_nanos() as f64 / *n as f64);
        }
    }
    rounds
        .iter_mut()
        .map(|all| {
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn table(title: &str, mut contenders: Vec<Contender<'_>>) {
    let figures = race(&mut contenders);
    println!("{title}");
    for ((name, _), ns) in contenders.iter().zip(&figures) {
        println!("  {name:<28} {ns:>10.1} ns   {:>8.2} × native", ns / figures[0]);
    }
}

fn main() {
    let db = Database::default();
    let file = SourceFile::new(&db, Arc::from("refunds.zt"), POLICY.to_owned());
    let package = Package::new(&db, Arc::from("example"), vec![file], vec![]);
    let checked = zt_lang::check::package::package(&db, package).expect("the policy is right");
    let image = zt_compiler::compile(&checked).expect("a checked package compiles");
    let pdp = Pdp::load(&image).expect("an image of this process loads");
    let evaluator = Evaluator::new(checked.hir());
    let bytes = REQUEST.as_bytes();

    let mut frame = Frame::default();
    pdp.decode(bytes, &mut frame).expect("the request is right");
    assert_eq!(pdp.decide(&frame).effect(), Effect::Allow);
    let prepared = by_hand::decode(bytes).expect("the request is right");
    let by_hand = by_hand::decide(&prepared);
    assert_eq!(
        (by_hand.effect, by_hand.determined_by, by_hand.errors),
        (by_hand::Effect::Allow, vec!["granted"], vec![])
    );
    assert_eq!(evaluator.evaluate(bytes).decision.to_json()["effect"], "allow");

    let mut decision = Decision::default();
    table(
        "from a decoded request, to the decision record",
        vec![
            (
                "native",
                Box::new(|n| {
                    for _ in 0..n {
                        pdp.decide_into(black_box(&frame), &mut decision);
                        black_box(&decision);
                    }
                }),
            ),
            ("interpreted", Box::new(|n| (0..n).for_each(|_| drop(black_box(pdp.decide_portably(black_box(&frame))))))),
            (
                "by hand in Rust",
                Box::new(|n| (0..n).for_each(|_| drop(black_box(by_hand::decide(black_box(&prepared)))))),
            ),
        ],
    );
    let mut again = Frame::default();
    let mut decided = Decision::default();
    table(
        "from JSON bytes, to the decision record",
        vec![
            (
                "native",
                Box::new(|n| {
                    for _ in 0..n {
                        pdp.evaluate_into(black_box(bytes), &mut again, &mut decided);
                        black_box(&decided);
                    }
                }),
            ),
            (
                "serde_json, by hand in Rust",
                Box::new(|n| {
                    (0..n).for_each(|_| drop(black_box(by_hand::decode(black_box(bytes)).map(|p| by_hand::decide(&p)))))
                }),
            ),
            (
                "reference evaluator",
                Box::new(|n| (0..n).for_each(|_| drop(black_box(evaluator.evaluate(black_box(bytes)))))),
            ),
        ],
    );
}
