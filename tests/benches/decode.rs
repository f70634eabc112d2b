//! What reading a request costs: a kilobyte of JSON with forty members, of which eight are read, in each way there is,
//! against `serde_json` with the same members by hand.
//!
//! With a way and a number as arguments it only reads so often in that way, for a profiler.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use zt_lang::db::{Database, Package, SourceFile};
use zt_runtime::{Effect, Frame, Pdp, Way};

const POLICY: &str = include_str!("tickets.zt");
const REQUEST: &str = r#"{"subject":{"type":"Agent","id":"agent-17","properties":{"role":"support","team":"emea","name":"Ann Example","email":"ann@example.com","site":"Hamburg","active":true,"level":4,"hired":"2021-03-01"}},"action":{"name":"tickets.update","properties":{"subject":"Parcel has not arrived","body":"The customer writes that the parcel has been on its way for two weeks.","priority":"high","assignee":"agent-17","amount":120.50,"notify":true,"due":"2026-04-02","category":"delivery","parent":"t-1","watchers":["agent-3","agent-9"],"internal":false,"estimate":30}},"resource":{"type":"Ticket","id":"t-4711","properties":{"owner":"agent-3","team":"emea","status":"open","priority":"normal","channel":"email","created":"2026-03-27T12:00:00Z","customer":"c-99","country":"DE","language":"de","tags":["parcel","late"],"score":0.75,"reopened":1}},"context":{"session":"s-0001","request":"r-0001","region":"eu-central","client":"gateway/1.0","at":"2026-03-27T12:05:00Z","tls":true,"attempts":1,"trace":"abcdef0123456789"}}"#;

/// The same as a person would write it in Rust, with everything checked that is cheap to check.
#[expect(dead_code, reason = "most members are only checked")]
mod by_hand {
    use super::Deserialize;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Request {
        pub(crate) subject: Entity<Agent>,
        pub(crate) action: Action,
        pub(crate) resource: Entity<Ticket>,
        pub(crate) context: Gateway,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Entity<P> {
        r#type: String,
        id: String,
        pub(crate) properties: P,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Agent {
        pub(crate) role: String,
        pub(crate) team: String,
        name: String,
        email: String,
        site: String,
        pub(crate) active: bool,
        pub(crate) level: i64,
        hired: String,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Action {
        name: String,
        pub(crate) properties: Input,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Input {
        subject: String,
        body: String,
        pub(crate) priority: Priority,
        assignee: String,
        pub(crate) amount: f64,
        notify: bool,
        due: String,
        category: String,
        parent: String,
        watchers: Vec<String>,
        internal: bool,
        estimate: i64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Ticket {
        pub(crate) owner: String,
        pub(crate) team: String,
        status: String,
        priority: Priority,
        channel: Channel,
        created: String,
        customer: String,
        country: String,
        language: String,
        tags: Vec<String>,
        score: f64,
        pub(crate) reopened: i64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Gateway {
        session: String,
        request: String,
        region: String,
        client: String,
        at: String,
        tls: bool,
        attempts: i64,
        trace: String,
    }

    #[derive(Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Priority {
        Low,
        Normal,
        High,
        Urgent,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Channel {
        Email,
        Chat,
        Phone,
        Portal,
    }

    pub(crate) fn allows(bytes: &[u8]) -> bool {
        let Ok(r) = serde_json::from_slice::<Request>(bytes) else { return false };
        let (agent, ticket, input) = (&r.subject.properties, &r.resource.properties, &r.action.properties);
        (ticket.owner == agent.role || agent.team == ticket.team)
            && !(input.amount > 500.0 && agent.level < 5)
            && !(input.priority == Priority::Urgent && ticket.reopened > 3)
            && agent.active
    }
}

/// Reads a request so often.
type Contender<'a> = (&'static str, Box<dyn FnMut(usize) + 'a>);

const ROUNDS: usize = 200;
const READS: usize = 1000;

/// The median time of each, in nanoseconds. They take turns, so that a noisy machine is noisy for all of them.
fn race(contenders: &mut [Contender<'_>]) -> Vec<f64> {
    let mut rounds: Vec<Vec<f64>> = contenders.iter().map(|_| vec![]).collect();
    for _ in 0..ROUNDS {
        for ((_, read), all) in contenders.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            read(READS);
            #[expect(clippy::cast_precision_loss, reason = "a few digits are enough")]
            all.push(start.elapsed().as_nanos() as f64 / READS as f64);
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
fn main() {
    let db = Database::default();
    let file = SourceFile::new(&db, Arc::from("tickets.zt"), POLICY.to_owned());
    let package = Package::new(&db, Arc::from("example"), vec![file], vec![]);
    let checked = zt_lang::check::package::package(&db, package).expect("the policy is right");
    let image = zt_compiler::compile(&checked).expect("a checked package compiles");
    let pdp = Pdp::load(&image).expect("an image of this process loads");
    let bytes = REQUEST.as_bytes();
    let mut frame = Frame::default();
    let read = |way: Way, n: usize, frame: &mut Frame| {
        for _ in 0..n {
            let read = pdp.decode_in(way, black_box(bytes), frame);
            assert!(matches!(black_box(read), Some(Ok(()))), "{way:?}");
        }
    };
    read(Way::Plain, 1, &mut frame);
    assert_eq!(pdp.decide(&frame).effect(), Effect::Allow);
    assert!(by_hand::allows(bytes));

    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    if let (Some(way), Some(n)) = (args.next(), args.next()) {
        let n = n.parse().expect("how often");
        match way.as_str() {
            "vectors" => read(Way::Quick, n, &mut frame),
            "words" => read(Way::Portable, n, &mut frame),
            "plainly" => read(Way::Plain, n, &mut frame),
            "decide" => (0..n).for_each(|_| drop(black_box(pdp.evaluate(black_box(bytes), &mut frame)))),
            _ => (0..n).for_each(|_| assert!(black_box(by_hand::allows(black_box(bytes))))),
        }
        return;
    }
    let [mut a, mut b, mut c, mut d] = [(); 4].map(|()| Frame::default());
    let mut contenders: Vec<Contender<'_>> = vec![
        (
            "serde_json, by hand in Rust",
            Box::new(|n| (0..n).for_each(|_| assert!(black_box(by_hand::allows(black_box(bytes)))))),
        ),
        ("read in one pass, by vectors", Box::new(|n| read(Way::Quick, n, &mut a))),
        ("read in one pass, by words", Box::new(|n| read(Way::Portable, n, &mut b))),
        ("read plainly", Box::new(|n| read(Way::Plain, n, &mut c))),
        (
            "read and decided",
            Box::new(|n| (0..n).for_each(|_| drop(black_box(pdp.evaluate(black_box(bytes), &mut d))))),
        ),
    ];
    let figures = race(&mut contenders);
    println!("{} bytes", bytes.len());
    for ((name, _), ns) in contenders.iter().zip(&figures) {
        println!("  {name:<30} {ns:>8.0} ns   {:>5.2} × by hand", ns / figures[0]);
    }
}
