//! Differences between the evaluators that were found once: each stays away.

use serde_json::Value;
use zt_lang::eval::{Host, World};
use zt_tests::differential::{Subject, run_case};
use zt_tests::front;
use zt_tests::generate::step::{Call, Step, What};

/// Decides the same call so many times, a second apart, on all three; what the last decision is.
fn repeated(text: &str, times: i64, request: &str) -> Value {
    let first = Step::call(request.as_bytes());
    let at = |n: i64| Step { now: first.now + n * 1_000_000, mono: first.mono + n * 1_000_000, ..first.clone() };
    let steps: Vec<Step> = (0..times).map(at).collect();
    let report = run_case(text, &steps).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    if let Some(difference) = report.differences.first() {
        panic!("{difference}");
    }
    let subject = Subject::new(text).unwrap_or_else(|problem| panic!("{problem}"));
    let mut world = World::new();
    let mut last = Value::Null;
    for step in &steps {
        let What::Call(Call { request, .. }) = &step.what else { continue };
        let host = Host::at(step.now);
        last = subject.evaluator().decide(&mut world, &host, request).decision.to_json();
    }
    last
}

/// A report of an event about which no source says anything.
fn told_of(report: &str) -> Call {
    Call { request: report.as_bytes().to_vec(), ..Call::default() }
}

const WORLD: &str = "package example
entity Clerk
action stamp {
  by Clerk
  input { n : Int, wait : Duration in 0s .., size : Size }
}
";

const REQUEST: &str = r#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp","properties":{"n":1,"wait":"PT90M","size":1024}}}"#;

#[test]
fn a_window_that_only_messages_show_is_recorded() {
    let text = format!(
        "{WORLD}window stamps = count of stamp over 1h\npolicy p for stamp {{\n  allow some when input.n == 1 because \
         \"{{stamps}} before\"\n}}\n"
    );
    assert_eq!(repeated(&text, 3, REQUEST)["messages"][0]["because"], "2 before");
}

#[test]
fn what_a_limit_counts_may_ask_a_window() {
    let text = format!(
        "{WORLD}window stamps = count of stamp over 1h\npolicy p for stamp {{\n  allow some when input.n == 1\n  \
         limit few 1 per 1h when stamps counting this > 1\n}}\n"
    );
    // The first is not counted, the second is, the third is one too many.
    assert_eq!(repeated(&text, 2, REQUEST)["effect"], "allow");
    assert_eq!(repeated(&text, 3, REQUEST)["determined_by"][0], "example/p.few");
}

#[test]
fn sums_of_durations_and_sizes_are_told_as_such() {
    let text = format!(
        "{WORLD}window waited = sum input.wait of stamp over 1d\nwindow sent = sum input.size of stamp over 1d\n\
         policy p for stamp {{\n  allow some when waited <= 30d and sent <= 1GB because \"{{waited}} {{sent}}\"\n}}\n"
    );
    let decision = repeated(&text, 3, REQUEST);
    assert_eq!(decision["messages"][0]["because"], "3h 2KiB");
    let readings: Vec<&Value> = decision["readings"].as_array().into_iter().flatten().map(|r| &r["value"]).collect();
    assert_eq!(readings, [&Value::from(2048), &Value::from("PT3H")]);
}

#[test]
fn sums_are_told_with_the_places_that_are_declared() {
    let world =
        WORLD.replace("n : Int", "n : Int, usd : Usd, eur : Decimal places 1 in 0.0 .., raw : Decimal in 0.0 ..");
    let text = format!(
        "{world}type Usd = Decimal places 2 in 0.00 ..
window a = sum input.usd of stamp over 1d
window b = sum input.eur of stamp over 1d
window c = sum input.raw of stamp over 1d
window d = sum input.usd + input.usd of stamp over 1d
window e = sum input.eur + input.eur of stamp over 1d
window f = set of Usd in input.usd of stamp over 1d
policy p for stamp {{
  allow some when a >= 0.00 and b >= 0.0 and c >= 0.0 and d >= 0.00 and e >= 0.0 and count(f) < 9
    because \"{{a}} {{b}} {{c}} {{d}} {{e}} {{f}}\"
}}\n"
    );
    let request = REQUEST.replace("\"n\":1", "\"n\":1,\"usd\":2,\"eur\":1.5,\"raw\":0.25");
    let decision = repeated(&text, 4, &request);
    assert_eq!(decision["messages"][0]["because"], "6.00 4.5 0.7500 12.00 9.0 [2.00]", "{decision}");
}

#[test]
fn what_is_asked_for_may_stand_under_the_guard_of_the_policy_alone() {
    let text = format!(
        "{WORLD}approvers leads\npolicy p for stamp when input.n > 0 {{\n  allow asked with approval from leads\n  allow small \
         when input.n == 2\n}}\n"
    );
    for (n, effect) in [("0", "deny"), ("1", "require_approval"), ("2", "allow")] {
        let decision = repeated(&text, 1, &REQUEST.replace("\"n\":1", &format!("\"n\":{n}")));
        assert_eq!(decision["effect"], effect, "{decision}");
    }
}

#[test]
fn no_window_asks_another_one() {
    let windows = "window a = count of stamp over 1h\nwindow b = count of stamp over 1h where a < 1\n";
    let mistakes = front::mistakes(&format!("{WORLD}{windows}"));
    assert_eq!(mistakes.iter().map(front::Found::code).collect::<Vec<_>>(), ["ZT0313"], "{mistakes:?}");
    let limit = "window a = count of stamp over 1h\npolicy p for stamp {\n  limit few 5 per 1h of a\n}\n";
    let mistakes = front::mistakes(&format!("{WORLD}{limit}"));
    assert_eq!(mistakes.iter().map(front::Found::code).collect::<Vec<_>>(), ["ZT0313"], "{mistakes:?}");
}

#[test]
fn the_order_of_clauses_of_a_policy_changes_nothing() {
    let policy = |clauses: &str| format!("{WORLD}policy p for stamp {clauses} {{\n  deny few when true\n}}\n");
    let [first, second] =
        ["when input.n + 1 > 0 unless now at \"UTC\" in sat", "unless now at \"UTC\" in sat when input.n + 1 > 0"].map(
            |clauses| {
                let checked =
                    zt_tests::differential::check(&policy(clauses)).unwrap_or_else(|problem| panic!("{problem}"));
                zt_tests::spanless::spanless(checked.hir())
            },
        );
    assert_eq!(first, second);
}

#[test]
fn messages_show_what_the_fields_of_tags_are() {
    let text = "package example
entity Clerk
tag send { what : Int, to : Host }
action stamp {
  by Clerk
  tags [send { what: input.n + 1, to: input.to.domain }]
  input { n : Int, to : Email }
}
policy p for #send {
  deny every because \"{send.what} {send.to}\"
}
";
    let request = |n: &str| {
        format!(
            r#"{{"subject":{{"type":"Clerk","id":"c"}},"action":{{"name":"stamp","properties":{{"n":{n},"to":"a@example.com"}}}}}}"#
        )
    };
    assert_eq!(repeated(text, 1, &request("1"))["messages"][0]["because"], "2 \"example.com\"");
    // What fails is shown like what is absent.
    assert_eq!(repeated(text, 1, &request("9223372036854775807"))["messages"][0]["because"], "? \"example.com\"");
}

#[test]
fn what_brings_nothing_to_a_window_needs_no_store() {
    let text = "package example
entity Clerk
action stamp {
  by Clerk
  input { names : Set<Ident> max 3 }
}
window seen = distinct input.names of stamp over 1h
policy p for stamp {
  allow some when true
  shadow deny many when seen > 3
  allow few when seen < 3
}
";
    let empty = r#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp","properties":{"names":[]}}}"#;
    let call = Step::call(empty.as_bytes());
    let report =
        run_case(text, &[Step { what: What::Outage(true), ..call.clone() }, call]).unwrap_or_else(|p| panic!("{p}"));
    assert!(report.differences.is_empty(), "{}", report.differences[0]);
    assert_eq!(report.tally.outcomes.allow, 1);
}

#[test]
fn what_a_type_does_not_have_is_absent_whether_or_not_its_source_answers() {
    let text = "package example
entity Agent from source directory { acts_for : Agent? }
entity Clerk from source orders { grade : Int }
approvers leads
action stamp {
  by Agent or Clerk
}
policy p for any {
  allow some when not (principal has acts_for)
  require approval other when true from leads
}
";
    let decide = |who: &str| {
        repeated(text, 1, &format!(r#"{{"subject":{{"type":"{who}","id":"c"}},"action":{{"name":"stamp"}}}}"#))
    };
    assert_eq!(decide("Clerk")["effect"], "require_approval");
    assert_eq!(decide("Agent")["errors"][0]["error"], "source directory");
}

#[test]
fn a_default_that_is_a_set_is_told_in_the_order_of_its_values() {
    let text = "package example
enum Level { low, high }
entity Clerk
approvers leads
action stamp {
  by Clerk
  input { n : Set<Int> max 4 = [10, -1, 10], l : Set<Level> max 3 = [high, low], t : Set<Ident> max 3 = [\"b\", \"a\"] }
}
policy p for stamp {
  allow some when 10 in input.n and count(input.n) == 2
  require approval other when true from leads
}
";
    let said = repeated(text, 1, r#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp"}}"#);
    assert_eq!(said["effect"], "require_approval");
    let values: Vec<String> = (0..3).map(|at| said["input_defaults"][at]["value"].to_string()).collect();
    assert_eq!(values, [r#"["low","high"]"#, "[-1,10]", r#"["a","b"]"#]);
}

/// Its place is where a gateway writes it, however long the name.
#[test]
fn the_place_of_a_default_is_whole() {
    let long = "n".repeat(70);
    let text = format!(
        "package example\nentity Clerk\napprovers leads\naction stamp {{\n  by Clerk\n  input {{ n as \"{long}/1\" : Int = 1, m as \
         \"{long}/2\" : Int = 2, k as \"{long}/3\" : Int? }}\n}}\npolicy p for stamp {{\n  allow some when input.n == 1\n  \
         require approval other when true from leads\n}}\n"
    );
    let ask = |input: &str| {
        let request = format!(
            r#"{{"subject":{{"type":"Clerk","id":"c"}},"action":{{"name":"stamp","properties":{{{input}}}}}}}"#
        );
        repeated(&text, 1, &request)
    };
    let said = ask(&format!(r#""{long}/2":null,"{long}/3":null"#));
    assert_eq!(said["input_defaults"][0]["path"], format!("/action/properties/{long}~11"));
    assert_eq!(said["input_defaults"][1]["path"], format!("/action/properties/{long}~12"));
    assert_eq!(said["binding"], ask(&format!(r#""{long}/2":2,"{long}/1":1"#))["binding"]);
}

#[test]
fn an_event_is_recorded_in_a_window_that_only_messages_show() {
    let text = "package example
entity Clerk
event alarm {}
window alarms = count of alarm over 1h
action stamp {
  by Clerk
}
policy p for stamp {
  allow some when true because \"{alarms} before\"
}
";
    let call = Step::call(br#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp"}}"#);
    let told = Step { what: What::Observe(told_of(r#"{"event":"alarm"}"#)), ..call.clone() };
    let report = run_case(text, &[told, call]).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(report.differences.is_empty(), "{}", report.differences[0]);
    assert_eq!(report.tally.events["observed"], 1);
}

/// What is tested of an event, or of a tag's field, may have a name like anything else.
#[test]
fn what_is_present_of_an_event_or_a_tag_may_have_a_name() {
    let text = "package example
entity Note from pep { grade : Int? }
entity Clerk
event alarm { grade : Int? }
tag noted { note : Note }
window alarms = count of alarm over 1h where alarm has grade as g and g > 1
action stamp {
  by Clerk
  tags [noted { note: input.note }]
  input { note : Note }
}
policy p for #noted {
  allow some when noted.note has grade as g and g == alarms
}
";
    let request =
        br#"{"subject":{"type":"Clerk","id":"c"},"action":{"name":"stamp","properties":{"note":{"type":"Note","id":"n","properties":{"grade":1}}}}}"#;
    let call = Step::call(request);
    let told = |grade: i64| Step {
        what: What::Observe(told_of(&format!(r#"{{"event":"alarm","fields":{{"grade":{grade}}}}}"#))),
        ..call.clone()
    };
    let report = run_case(text, &[told(1), told(2), call.clone()]).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(report.differences.is_empty(), "{}", report.differences[0]);
    assert_eq!(report.tally.outcomes.allow, 1);
}

/// What a tag says may be written out: then nothing stands at a place of a request.
#[test]
fn what_a_tag_says_is_not_read_by_place() {
    let text = "package example
entity Clerk
tag noted { all : List<Int> max 4 }
action stamp {
  by Clerk
  tags [noted { all: [input.n] }]
  input { n : Int }
}
policy p for #noted {
  allow some when (noted.all[0] ?? 0) == 1
}
";
    let found = front::mistakes(text);
    assert!(found.iter().any(|mistake| mistake.to_string().contains("by name or place")), "{found:?}");
}

#[test]
fn windows_of_calls_that_succeeded_read_the_clock_of_the_decision() {
    let text = format!(
        "{WORLD}window early = count of succeeded stamp over 1d where now < 2026-03-27T14:00:30Z\npolicy p for stamp \
         {{\n  allow some when early < 1\n}}\n"
    );
    // The call is decided before that instant and attested after it: it counts.
    let called = Step::call(REQUEST.as_bytes());
    let call = Step { now: 1_774_620_000_000_000, ..called };
    let later = |what: What| Step { now: call.now + 60_000_000, mono: call.mono + 60_000_000, what };
    let attested = later(What::Attest { call: 0, ok: true, output: None });
    let steps = [call.clone(), attested, later(call.what.clone())];
    let report = run_case(&text, &steps).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    assert!(report.differences.is_empty(), "{}", report.differences[0]);

    let subject = Subject::new(&text).unwrap_or_else(|problem| panic!("{problem}"));
    let (mut world, at) = (World::new(), Host::at);
    let first = subject.evaluator().decide(&mut world, &at(call.now), REQUEST.as_bytes()).decision;
    assert_eq!(first.to_json()["effect"], "allow");
    let attested =
        subject.evaluator().attest(&mut world, &at(call.now + 60_000_000), REQUEST.as_bytes(), &first, true, None);
    assert!(attested.is_ok(), "{attested:?}");
    let second = subject.evaluator().decide(&mut world, &at(call.now + 60_000_000), REQUEST.as_bytes()).decision;
    assert_eq!(second.to_json()["effect"], "deny");
}
