//! Batches, and decisions that remember: what they decide, and that they take no memory once they have some.

use zt_runtime::store::Memory;
use zt_runtime::{Batch, Clock, Decision, Facts, Frame, Host, Pdp};
use zt_tests::front::load_bundle;

/// A limit, an ask, and windows of every kind that a call is recorded in.
const POLICY: &str = "package example
entity Agent from pep { role : Ident }
approvers leads
action send {
  by Agent
  input { size : Int in 0 .. 1_000, to : String max 40 }
}
window sent  = count of send by principal over 1h
window bytes = sum input.size of send by principal over 1d
window to    = distinct input.to of send by principal over 1h
window calls = count of attempted send by principal over day at \"Europe/Berlin\"
policy mail for send {
  allow small when input.size < 500 and to counting this <= 50
  require approval large when input.size > 900 from leads
  deny heavy when bytes counting this > 1_000_000
  deny busy when sent counting this > 100_000 or calls counting this > 90_000
  limit rate 4 per 10min by (principal, input.to)
}";

const START: i64 = 1_774_620_000_000_000;

fn load() -> Pdp {
    let (db, package) = load_bundle(POLICY);
    let checked = zt_lang::check::package::package(&db, package).unwrap_or_else(|all| panic!("{all:#?}"));
    Pdp::load(&zt_compiler::compile(&checked).expect("it compiles")).expect("it loads")
}

fn request(size: i64, to: &str) -> String {
    format!(
        r#"{{"subject":{{"type":"Agent","id":"a","properties":{{"role":"r"}}}},"action":{{"name":"send","properties":{{"size":{size},"to":"{to}"}}}}}}"#
    )
}

/// Allowed, refused, denied by a limit that others have filled, asked.
fn requests() -> Vec<String> {
    let mut all: Vec<String> = (0..7).map(|_| request(10, "x")).collect();
    all.insert(2, "{".to_owned());
    all.push(request(600, "y"));
    all.push(request(950, "y"));
    all.push(request(1_001, "y"));
    all
}

#[test]
fn a_batch_is_its_requests_one_after_the_other() {
    let pdp = load();
    let facts = Facts::default();
    let (alone, together) = (Memory::default(), Memory::default());
    let mut batch = Batch::default();
    let mut frame = Frame::default();
    // The second time there is less in it, the third time more, and windows are fuller.
    for (turn, taken) in [(0, 11), (1, 4), (2, 11)] {
        let requests = &requests()[..taken];
        let clock = Clock { now: START + turn * 60_000_000, mono: START + turn * 60_000_000 };
        pdp.evaluate_batch_with(requests, &Host { clock, facts: &facts, store: &together }, &mut batch);
        assert_eq!((batch.len(), batch.iter().len()), (taken, taken));
        let mut effects = vec![];
        for (request, (of, decision)) in requests.iter().zip(batch.iter()) {
            let host = Host { clock, facts: &facts, store: &alone };
            let one = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
            assert_eq!(pdp.to_json(decision, of), pdp.to_json(&one, &frame), "{request}");
            effects.push(decision.effect().as_str());
        }
        if turn == 0 {
            let expected = ["allow", "allow", "deny", "allow", "allow", "deny", "deny", "deny"];
            assert_eq!(effects[..8], expected);
            assert!(batch.iter().any(|(_, decision)| decision.refusal().is_some()));
        }
    }
    assert_eq!(alone.used(), together.used());
    // Without a host, as without a batch.
    pdp.evaluate_batch(requests(), &mut batch);
    for (request, (of, decision)) in requests().iter().zip(batch.iter()) {
        let one = pdp.evaluate(request.as_bytes(), &mut frame);
        assert_eq!(pdp.to_json(decision, of), pdp.to_json(&one, &frame), "{request}");
    }
    pdp.evaluate_batch([""; 0], &mut batch);
    assert!(batch.is_empty() && batch.iter().next().is_none());
}

/// What is read and not decided yet denies, whatever was decided there before.
#[test]
fn what_is_not_decided_yet_is_denied() {
    let pdp = load();
    let facts = Facts::default();
    let store = Memory::default();
    let host = Host { clock: Clock { now: START, mono: START }, facts: &facts, store: &store };
    let mut batch = Batch::default();
    pdp.evaluate_batch_with([request(1, "x")], &host, &mut batch);
    let effect = |batch: &Batch| batch.iter().map(|(_, decision)| decision.effect().as_str()).collect::<Vec<_>>();
    assert_eq!(effect(&batch), ["allow"]);
    pdp.decode_batch([request(1, "x")], &mut batch);
    assert_eq!(effect(&batch), ["deny"]);
    pdp.decide_batch_with(&mut batch, &host);
    assert_eq!(effect(&batch), ["allow"]);
}

#[test]
fn deciding_and_recording_takes_no_memory_once_there_is_some() {
    let pdp = load();
    let facts = Facts::default();
    let store = Memory::default();
    let requests: Vec<String> = (0..8).map(|n| request(n * 100, &format!("to-{}", n % 3))).collect();
    let mut frames: Vec<Frame> = requests
        .iter()
        .map(|request| {
            let mut frame = Frame::default();
            pdp.decode(request.as_bytes(), &mut frame).expect("it is right");
            frame
        })
        .collect();
    let mut decision = Decision::default();
    let mut now = START;
    let mut decide = |frame: &mut Frame| {
        now += 60_000_000;
        let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &store };
        pdp.decide_with_into(frame, &host, &mut decision);
        decision.effect()
    };
    // More than a day, until windows are as full as they get.
    let allowed = (0..400).flat_map(|_| frames.iter_mut().map(&mut decide).collect::<Vec<_>>());
    assert!(allowed.filter(|effect| effect.as_str() == "allow").count() > 1_000);
    let taken = allocation_counter::measure(|| {
        for _ in 0..10 {
            frames.iter_mut().for_each(|frame| assert_ne!(decide(frame).as_str(), "require_approval"));
        }
    });
    assert_eq!(taken.count_total, 0, "{taken:?}");
}
