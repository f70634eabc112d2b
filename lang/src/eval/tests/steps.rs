//! What is remembered: windows, limits, attestations, events, and what happens where nothing can be recorded.

use serde_json::json;
use zt_values::time::parse_instant;

use super::*;
use crate::check;
use crate::db::{Database, Package as Sources, SourceFile};
use crate::eval::{Host, World};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// A package from its text.
pub(super) fn checked(text: &str) -> Package {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), text.to_owned());
    let sources = Sources::new(&db, "acme.support".into(), vec![file], vec![]);
    let package = check::package::package(&db, sources);
    package.unwrap_or_else(|mistakes| panic!("{mistakes:#?}")).hir().clone()
}

/// An evaluator and the world that it changes.
pub(super) struct Run {
    pub(super) evaluator: Evaluator,
    pub(super) world: World,
    pub(super) host: Host,
}

impl Run {
    pub(super) fn new(text: &str) -> Self {
        let now = parse_instant("2026-03-27T14:00:00Z").unwrap();
        Run { evaluator: Evaluator::new(&checked(text)), world: World::new(), host: Host::at(now) }
    }

    pub(super) fn decide(&mut self, request: &str) -> Document {
        self.evaluator.decide(&mut self.world, &self.host, request.as_bytes()).decision.to_json()
    }

    /// What is decided, and by what: `deny refunds.rate`.
    pub(super) fn says(&mut self, request: &str) -> String {
        said(&self.decide(request))
    }
}

pub(super) fn said(decision: &Document) -> String {
    assert_eq!(decision["refusal"], Document::Null);
    let by: Vec<&str> = decision["determined_by"].as_array().unwrap().iter().map(|by| by.as_str().unwrap()).collect();
    let by: Vec<&str> = by.into_iter().map(|by| by.trim_start_matches("acme.support/")).collect();
    format!("{} {}", decision["effect"].as_str().unwrap(), by.join(" "))
}

const REFUNDS: &str = r#"
package acme.support
record Gateway { session : Ident }
entity Agent from pep { role : Ident, region : Ident? }
action refund { by Agent context Gateway input { amount : Decimal places 2 in 0.00 .. 1_000.00, to : List<String>, n : Int } }
action look { by Agent context Gateway }
"#;

fn refunds(rest: &str) -> Run {
    Run::new(&format!("{REFUNDS}{rest}"))
}

pub(super) fn refund_by(agent: &str, amount: &str, more: &str) -> String {
    let to = if more.contains("\"to\"") { "" } else { r#", "to": []"# };
    let n = if more.contains("\"n\"") { "" } else { r#", "n": 0"# };
    format!(
        r#"{{"subject": {{"type": "Agent", "id": "{agent}", "properties": {{"role": "support"}}}},
            "action": {{"name": "refund", "properties": {{"amount": {amount}{more}{to}{n}}}}},
            "context": {{"session": "s-1"}}}}"#
    )
}

fn refund(amount: &str) -> String {
    refund_by("bot", amount, "")
}

fn look() -> String {
    r#"{"subject": {"type": "Agent", "id": "bot", "properties": {"role": "support"}}, "action": {"name": "look"},
        "context": {"session": "s-1"}}"#
        .to_owned()
}

#[test]
fn a_limit_leaves_room_for_so_many() {
    let mut run = refunds(
        "policy m for refund { allow granted when true\n limit rate 2 per 1h by principal\n because \"slow down\" }",
    );
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    run.host.now += 600 * SECOND;
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    run.host.now += 600 * SECOND;
    let third = run.decide(&refund("1"));
    assert_eq!(said(&third), "deny m.rate");
    assert_eq!(third["retry_after_ms"], 2_400_000);
    assert_eq!(third["messages"], json!([{"rule": "acme.support/m.rate", "because": "slow down"}]));
    assert_eq!(third.get("readings"), None);
    // A denial takes no room, and others have their own.
    assert_eq!(run.says(&refund_by("other", "1", "")), "allow m.granted");
    // The first is over exactly after an hour.
    run.host.now += 2_400 * SECOND - 1;
    let early = run.decide(&refund("1"));
    assert_eq!(said(&early), "deny m.rate");
    assert_eq!(early["retry_after_ms"], 1);
    run.host.now += 1;
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    assert_eq!(run.says(&refund("1")), "deny m.rate");
}

#[test]
fn a_clock_that_jumps_back_makes_no_room() {
    let mut run = refunds("policy m for refund { allow granted when true\n limit rate 1 per 1h by principal }");
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    run.host.mono = Some(run.host.now - 10 * HOUR);
    let back = run.decide(&refund("1"));
    assert_eq!(said(&back), "deny m.rate");
    // As the caller's own clock counts.
    assert_eq!(back["retry_after_ms"], 11 * 3_600_000);
    run.host.mono = Some(run.host.now + HOUR);
    assert_eq!(run.says(&refund("1")), "allow m.granted");
}

#[test]
fn a_limit_of_amounts_counts_what_was_admitted() {
    let mut run = refunds(
        "policy m for refund {\n allow granted when true\n deny odd when input.n == 1\n
         limit total 100 per 1h by principal of input.amount }",
    );
    assert_eq!(run.says(&refund_by("bot", "60.00", r#", "n": 1"#)), "deny m.odd");
    assert_eq!(run.says(&refund("60.00")), "allow m.granted");
    run.host.now += SECOND;
    assert_eq!(run.says(&refund("40.00")), "allow m.granted");
    let over = run.decide(&refund("0.01"));
    assert_eq!(said(&over), "deny m.total");
    assert_eq!(over["retry_after_ms"], 3_599_000);
    assert_eq!(run.decide(&refund("60.01"))["retry_after_ms"], 3_600_000);
    // More than the limit by itself never fits, and another denial does not wait.
    assert_eq!(run.decide(&refund("100.01")).get("retry_after_ms"), None);
    let both = run.decide(&refund_by("bot", "1.00", r#", "n": 1"#));
    assert_eq!(said(&both), "deny m.odd m.total");
    assert_eq!(both.get("retry_after_ms"), None);
}

#[test]
fn windows_say_what_was_before_and_with_this() {
    let mut run = refunds(
        "window refunds = count of refund by principal over 1h
         window spent = sum input.amount of refund by principal over day at \"Europe/Paris\"
         window named = distinct input.to of refund by principal over 1h
         policy m for refund {
           allow granted when spent counting this <= 100.00 and refunds < 5
           deny strangers when named counting this > 2
             because \"{refunds} before, {spent} spent\"
         }
         policy other for look { allow looked when refunds >= 0 }",
    );
    let first = run.decide(&refund_by("bot", "99.99", r#", "to": ["a", "b", "a"]"#));
    assert_eq!(said(&first), "allow m.granted");
    let reading = |window: &str, value: Document| json!({"window": window, "value": value});
    assert_eq!(
        first["readings"],
        json!([reading("named", 0.into()), reading("refunds", 0.into()), reading("spent", 0.into())])
    );
    assert_eq!(run.says(&refund("0.02")), "deny default");
    let denied = run.decide(&refund_by("bot", "0.01", r#", "to": ["c"]"#));
    assert_eq!(said(&denied), "deny m.strangers");
    assert_eq!(denied["messages"][0]["because"], "1 before, 99.99 spent");
    assert_eq!(
        denied["readings"],
        json!([reading("named", 2.into()), reading("refunds", 1.into()), reading("spent", json!(99.99))])
    );
    assert_eq!(run.says(&refund_by("bot", "0.01", r#", "to": ["b"]"#)), "allow m.granted");
    assert_eq!(run.decide(&look())["readings"], json!([reading("refunds", 2.into())]));
    // In Paris the day ends ten hours later; the hour is over before.
    run.host.now = parse_instant("2026-03-27T22:59:59Z").unwrap();
    assert_eq!(run.says(&refund("0.01")), "deny default");
    run.host.now += SECOND;
    assert_eq!(run.says(&refund("100.00")), "allow m.granted");
}

#[test]
fn each_outcome_has_its_windows() {
    let mut run = refunds(
        "window tried = count of attempted refund by principal over 1h
         window refused = count of denied refund by principal over 1h
         window done = count of succeeded refund by principal over 1h
         window broken = count of failed refund by principal over 1h
         approvers leads
         policy m for refund {
           allow granted when input.n >= 0
           require approval big when input.amount > 10.00 from leads
           deny bad when input.n == 1
         }
         policy other for look { allow looked when tried >= 0 and refused >= 0 and done >= 0 and broken >= 0 }",
    );
    let readings = |run: &mut Run| {
        let all = run.decide(&look());
        let all: Vec<(&str, i64)> = all["readings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reading| (reading["window"].as_str().unwrap(), reading["value"].as_i64().unwrap()))
            .collect();
        format!("{all:?}").replace('"', "")
    };
    run.says(&refund("1"));
    assert_eq!(readings(&mut run), "[(broken, 0), (done, 0), (refused, 0), (tried, 1)]");
    assert_eq!(run.says(&refund_by("bot", "1", r#", "n": 1"#)), "deny m.bad");
    assert_eq!(readings(&mut run), "[(broken, 0), (done, 0), (refused, 1), (tried, 2)]");
    assert_eq!(run.says(&refund("11")), "require_approval m.big");
    assert_eq!(readings(&mut run), "[(broken, 0), (done, 0), (refused, 1), (tried, 3)]");
    // What is refused is not recorded.
    assert_eq!(run.decide(&refund("-1"))["determined_by"], json!(["refused"]));
    assert_eq!(readings(&mut run), "[(broken, 0), (done, 0), (refused, 1), (tried, 3)]");
    let allowed = run.evaluator.decide(&mut run.world, &run.host, refund("1").as_bytes()).decision;
    let asked = run.evaluator.decide(&mut run.world, &run.host, refund("11").as_bytes()).decision;
    let mut attest =
        |decision, ok| run.evaluator.attest(&mut run.world, &run.host, refund("1").as_bytes(), decision, ok, None);
    assert_eq!(attest(&allowed, true), Ok(()));
    assert_eq!(attest(&allowed, false), Ok(()));
    assert_eq!(attest(&asked, true).map_err(|refusal| refusal.code), Err("not_allowed"));
    assert_eq!(readings(&mut run), "[(broken, 1), (done, 1), (refused, 1), (tried, 5)]");
}

#[test]
fn what_cannot_be_recorded_is_denied() {
    let rules = "policy m for refund { allow granted when true }
         policy other for look { allow looked when refunds >= 0 }";
    let full = format!("window refunds = count of refund by principal over 1h max 2\n{rules}");
    let mut run = refunds(&full);
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    assert_eq!(run.says(&look()), "allow other.looked");
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    // At the bound nothing can be read any more.
    let unread = run.decide(&look());
    assert_eq!(said(&unread), "deny default");
    assert_eq!(unread["errors"], json!([{"rule": "acme.support/other.looked", "error": "window refunds"}]));
    assert_eq!(unread["readings"], json!([{"window": "refunds", "error": true}]));
    assert_eq!(run.says(&refund("1")), "deny unrecorded");
    run.host.now += HOUR;
    assert_eq!(run.says(&refund("1")), "allow m.granted");
    run.world.outage = true;
    assert_eq!(run.says(&refund("1")), "deny unrecorded");
    assert_eq!(run.says(&look()), "deny default");
    run.world.outage = false;
    assert_eq!(run.decide(&look())["readings"][0]["value"], 1);

    // If only a shadow rule reads it, nothing is denied for it.
    let mut run = refunds(&full.replace("{ allow looked", "{ shadow allow looked"));
    for _ in 0..4 {
        assert_eq!(run.says(&refund("1")), "allow m.granted");
    }
    // If nothing reads it, it is not in the way either.
    let mut run = refunds(&full.replace("when refunds >= 0", "when true"));
    run.world.outage = true;
    assert_eq!(run.says(&refund("1")), "allow m.granted");
}

#[test]
fn a_value_that_fails_cannot_be_recorded() {
    let window = "window big = count of refund where input.n + 1 > 0 by principal over 1h
         policy m for refund { allow granted when true }
         policy other for look { deny seen when big > 5\n allow looked when true }";
    let mut run = refunds(window);
    let n = |n: i64| refund_by("bot", "1", &format!(r#", "n": {n}"#));
    assert_eq!(run.says(&n(0)), "allow m.granted");
    assert_eq!(run.says(&n(i64::MAX)), "deny unrecorded");
    assert_eq!(run.decide(&look())["readings"][0]["value"], 1);
    let mut run = refunds(&window.replace("deny seen", "shadow deny seen"));
    assert_eq!(run.says(&n(i64::MAX)), "allow m.granted");
}

#[test]
fn shadow_limits_count_what_was_admitted() {
    let mut run = refunds("policy m for refund { allow granted when true\n shadow limit rate 2 per 1h by principal }");
    let mut shadow = || run.decide(&refund("1"))["shadow"]["determined_by"].clone();
    assert_eq!(shadow(), json!(["acme.support/m.granted"]));
    assert_eq!(shadow(), json!(["acme.support/m.granted"]));
    assert_eq!(shadow(), json!(["acme.support/m.rate"]));
    assert_eq!(shadow(), json!(["acme.support/m.rate"]));
}

#[test]
fn events_tell_what_the_user_named() {
    let mut run = Run::new(
        r#"
package acme.support
record Gateway { session : Ident }
entity Agent from pep { role : Ident }
action send { by Agent context Gateway input { to : List<Email> } }
event user.message context Gateway { text : String }
window named = set of Email in user.message.text by context.session over 8h
policy m for send {
  allow known when all(m in input.to: m in named)
}
"#,
    );
    let send = |session: &str, to: &str| {
        format!(
            r#"{{"subject": {{"type": "Agent", "id": "bot", "properties": {{"role": "x"}}}},
                "action": {{"name": "send", "properties": {{"to": [{to}]}}}}, "context": {{"session": "{session}"}}}}"#
        )
    };
    let to = r#""ann@example.com", "bo@example.com""#;
    assert_eq!(run.says(&send("s", to)), "deny default");
    let report = |session: &str| {
        format!(
            r#"{{"event": "user.message", "fields": {{"text": "To Ann <ann@Example.com>, and bo@example.com."}},
                "context": {{"session": "{session}"}}}}"#
        )
    };
    assert_eq!(run.evaluator.observe(&mut run.world, &run.host, report("s").as_bytes()), Ok(()));
    let known = run.decide(&send("s", to));
    assert_eq!(said(&known), "allow m.known");
    assert_eq!(known["readings"], json!([{"window": "named", "value": 2}]));
    assert_eq!(run.says(&send("s", r#""eve@example.com""#)), "deny default");
    assert_eq!(run.says(&send("other", to)), "deny default");
    run.host.now += 8 * HOUR;
    assert_eq!(run.says(&send("s", to)), "deny default");

    let mut refused = |text: &str| {
        let refusal = run.evaluator.observe(&mut run.world, &run.host, text.as_bytes()).unwrap_err();
        format!("{} {}", refusal.code, refusal.path)
    };
    assert_eq!(refused("{"), "bad_json ");
    assert_eq!(refused("{}"), "missing_field /event");
    assert_eq!(refused(r#"{"event": "user.mail"}"#), "unknown_event /event");
    assert_eq!(refused(r#"{"event": "user.message"}"#), "missing_field /fields/text");
    assert_eq!(refused(r#"{"event": "user.message", "fields": {"text": ""}}"#), "missing_field /context/session");
    assert_eq!(refused(r#"{"event": "user.message", "more": 1}"#), "unknown_field /more");
    run.world.outage = true;
    let unrecorded = run.evaluator.observe(&mut run.world, &run.host, report("s").as_bytes()).unwrap_err();
    assert_eq!((unrecorded.code, unrecorded.path.as_str()), ("unrecorded", ""));
}
