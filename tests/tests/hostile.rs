//! What somebody who wants more than the policy gives might send: paths, JSON, numbers and texts of many spellings,
//! bursts, clocks, colliding keys, approvals. Each is refused or denied, with its reason, by every evaluator alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use zt_runtime::store::Memory;
use zt_runtime::{Clock, Effect, Facts, Frame, Host};
use zt_tests::three::Three;

const PACKAGE: &str = r#"
package example

entity User from pep {}

entity Agent from pep {
  role     : Ident
  labels   : Set<Ident> max 4
  acts_for : User?
}

record Gateway { session : Ident }

approvers leads

action files.read { by Agent  input { path : Path } }

action web.fetch { by Agent  input { url : Url, host : Host? } }

action orders.refund {
  by Agent
  context Gateway
  input {
    order  : Ident
    amount : Int in 0 .. 9_007_199_254_740_993
    share  : Decimal? places 2
    note   : String? max 40
    lines  : List<String max 8>? max 4
  }
}

action pairs.take { by Agent  input { a : String max 8, b : String max 8, all : Set<String max 8> max 4 } }

action office.open { by Agent }

window tries = count of attempted orders.refund by principal over 1h

policy files for files.read {
  allow public when input.path under "/public" or input.path matches glob"/process/*"
  deny admin when input.path under "/admin"
}

policy web for web.fetch {
  allow known when input.url.host under "example.com" and (input.host ?? "a.example") under "example"
}

policy refunds for orders.refund {
  allow small when input.amount <= 10 and principal.role == "refund"
  require approval large when input.amount > 5 from leads expires 30min
  limit rate 3 per 1h by principal
  deny busy when tries > 50
}

policy pairs for pairs.take {
  allow once when true
  limit pair 1 per 1h by (input.a, input.b)
}

policy office for office.open {
  allow hours when now at "America/New_York" in 01:30 .. 02:30
}
"#;

const NOON: &str = "2026-03-27T12:00:00Z";

/// A request of an agent.
fn request(action: &str, input: &str) -> String {
    let context = if action == "orders.refund" { r#","context":{"session":"s"}"# } else { "" };
    format!(
        r#"{{"subject":{{"type":"Agent","id":"bot","properties":{{"role":"refund","labels":[]}}}},"action":{{"name":"{action}","properties":{input}}}{context}}}"#
    )
}

/// `allow`, `deny by …`, or the code and path of the refusal.
fn said(decision: &Value) -> String {
    if let Some(refusal) = decision.get("refusal") {
        assert_eq!(decision["effect"], "deny");
        let text = |name: &str| refusal[name].as_str().unwrap_or_default();
        return format!("{} {}", text("code"), text("path")).trim_end().to_owned();
    }
    let by: Vec<&str> = decision["determined_by"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match decision["effect"].as_str() {
        Some("allow") => "allow".to_owned(),
        effect => format!("{} by {}", effect.unwrap_or("?"), by.join(" ")).replace("example/", ""),
    }
}

fn at(now: &str) -> String {
    json!({ "now": now }).to_string()
}

/// Each case is judged for itself, with nothing before it.
#[track_caller]
fn each(cases: &[(String, &str)]) {
    for (request, expected) in cases {
        let mut three = Three::of(PACKAGE);
        assert_eq!(said(&three.decide(request.as_bytes(), &at(NOON))), *expected, "{request:.400}");
    }
}

fn reading(path: &str) -> String {
    request("files.read", &format!(r#"{{"path":"{path}"}}"#))
}

/// Paths that all mean the same place, or seem to lie where they do not: each is refused.
#[track_caller]
fn no_path(paths: &[&str]) {
    let cases: Vec<_> = paths.iter().map(|p| (reading(p), "not_a_path /action/properties/path")).collect();
    each(&cases);
}

#[test]
fn a_path_is_taken_as_it_stands_or_not_at_all() {
    each(&[
        (reading("/public/a"), "allow"),
        (reading("/public"), "allow"),
        (reading("/admin"), "deny by files.admin"),
        (reading("/publicity"), "deny by default"),
    ]);
}

#[test]
fn double_slashes_do_not_hide_a_path() {
    no_path(&["//admin", "/public//a", "//"]);
}

#[test]
fn dot_segments_do_not_lead_out_of_a_folder() {
    no_path(&["/public/../admin", "/./admin", "/public/..", "/.", ".."]);
}

#[test]
fn dot_segments_do_not_hide_in_escapes() {
    no_path(&["/public/%2e%2e/admin", "/public/%2E%2e/admin", "/public/%252e%252e/admin"]);
}

#[test]
fn slashes_do_not_hide_in_escapes_or_lean_backwards() {
    no_path(&["/a%2Fb", "/a%5Cb", r"/a\\b", "/a%2fb"]);
}

#[test]
fn parameters_and_trailing_slashes_are_no_part_of_a_path() {
    no_path(&["/..;/admin", "/admin;x=1", "/admin/"]);
}

#[test]
fn queries_and_fragments_are_no_part_of_a_path() {
    no_path(&["/admin?x=1", "/users/?x=1", "/admin#x"]);
}

#[test]
fn other_forms_of_targets_are_no_paths() {
    no_path(&["http://example.com/admin", "*", "example.com:443", "admin", ""]);
}

#[test]
fn controls_are_no_part_of_a_path() {
    no_path(&["/a%00", "/a%0a", "/a%0D", r"/a\n", r"/a\u007f", r"/a\u0000"]);
}

#[test]
fn escapes_that_are_not_utf8_are_no_part_of_a_path() {
    no_path(&["/%C0%AF", "/%ff", "/%", "/%4"]);
}

#[test]
fn case_and_escaped_letters_make_another_path_or_none() {
    each(&[(reading("/ADMIN"), "deny by default")]);
    no_path(&["/adm%69n"]);
}

#[test]
fn segments_are_matched_whole() {
    each(&[
        (reading("/process/x"), "allow"),
        (reading("/process"), "deny by default"),
        (reading("/process/x/y"), "deny by default"),
        (reading("/publi"), "deny by default"),
    ]);
}

#[test]
fn a_host_has_one_spelling() {
    let fetch = |url: &str| request("web.fetch", &format!(r#"{{"url":"{url}"}}"#));
    each(&[
        (fetch("https://example.com/"), "allow"),
        (fetch("https://EXAMPLE.com/"), "allow"),
        (fetch("https://example.com:443/"), "allow"),
        (fetch("https://notexample.com/"), "deny by default"),
        (fetch("https://example.com.evil.example/"), "deny by default"),
    ]);
    for url in [
        "https://example.com./",
        "https://user@example.com/",
        "https://example.com@evil.example/",
        "https://evil.example\\\\@example.com/",
        "https://example.com%2eevil.example/",
        "https://2130706433/",
        "https://0x7f.1/",
        "//example.com/",
        "https:/example.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://example.com/../admin",
    ] {
        each(&[(fetch(url), "not_a_url /action/properties/url")]);
    }
    for host in ["example.com:443", "EXAMPLE..com", "example.com.", "a b", "ex\u{430}mple.com", "example.com,evil"] {
        let input = format!(r#"{{"url":"https://example.com/","host":"{host}"}}"#);
        each(&[(request("web.fetch", &input), "not_a_host /action/properties/host")]);
    }
}

#[test]
fn a_member_stands_once_however_it_is_spelled() {
    let refund = |input: &str| request("orders.refund", input);
    each(&[
        (refund(r#"{"order":"o","amount":1,"amount":2}"#), "duplicate_field /action/properties/amount"),
        (refund(r#"{"order":"o","amount":1,"\u0061mount":2}"#), "duplicate_field /action/properties/amount"),
        (
            refund(r#"{"order":"o","amount":1}"#).replace(r#""labels":[]"#, r#""labels":[],"l\u0061bels":["a"]"#),
            "duplicate_field /subject/properties/labels",
        ),
        (
            refund(r#"{"order":"o","amount":1}"#).replacen('{', r#"{"action":{"name":"office.open"},"#, 1),
            "duplicate_field /action",
        ),
    ]);
}

#[test]
fn a_member_of_another_case_or_name_is_not_there() {
    let refund = |input: &str| request("orders.refund", input);
    each(&[
        (refund(r#"{"order":"o","Amount":1}"#), "unknown_field /action/properties/Amount"),
        (refund(r#"{"order":"o","amount":1,"admin":true}"#), "unknown_field /action/properties/admin"),
        (
            refund(r#"{"order":"o","amount":1}"#).replace("orders.refund", "Orders.refund"),
            "unknown_action /action/name",
        ),
        (refund(r#"{"order":"o","amount":1}"#).replace("Agent", "agent"), "unexpected_type /subject/type"),
    ]);
}

#[test]
fn evidence_and_facts_do_not_come_with_a_request() {
    let whole = |member: &str| {
        request("orders.refund", r#"{"order":"o","amount":1}"#).replacen('{', &format!("{{{member},"), 1)
    };
    each(&[
        (whole(r#""approvals":[]"#), "unknown_field /approvals"),
        (whole(r#""facts":{}"#), "unknown_field /facts"),
        (whole(r#""now":"2026-03-27T12:00:00Z""#), "unknown_field /now"),
        (whole(r#""supported":[]"#), "unknown_field /supported"),
        (whole(r#""answers":[]"#), "unknown_field /answers"),
        (whole(r#""tables":[]"#), "unknown_field /tables"),
    ]);
}

#[test]
fn an_integer_is_exact_or_refused() {
    let refund = |amount: &str| request("orders.refund", &format!(r#"{{"order":"o","amount":{amount}}}"#));
    each(&[
        (refund("9007199254740993"), "deny by default"),
        (refund("9007199254740994"), "out_of_range /action/properties/amount"),
        (refund("9223372036854775808"), "out_of_range /action/properties/amount"),
        (refund("18446744073709551616"), "out_of_range /action/properties/amount"),
        (refund("-1"), "out_of_range /action/properties/amount"),
        (refund("-0"), "not_an_integer /action/properties/amount"),
        (refund("1.0"), "not_an_integer /action/properties/amount"),
        (refund("1e2"), "not_an_integer /action/properties/amount"),
        (refund("1E400"), "not_an_integer /action/properties/amount"),
        (refund("\"1\""), "wrong_type /action/properties/amount"),
        (refund("true"), "wrong_type /action/properties/amount"),
        (refund("[1]"), "wrong_type /action/properties/amount"),
        (refund("01"), "bad_json"),
        (refund("+1"), "bad_json"),
        (refund("0x1"), "bad_json"),
        (refund("NaN"), "bad_json"),
    ]);
    let share = |share: &str| request("orders.refund", &format!(r#"{{"order":"o","amount":1,"share":{share}}}"#));
    each(&[
        (share("0.99"), "allow"),
        (share("0.999"), "too_precise /action/properties/share"),
        (share("1e-1"), "not_a_decimal /action/properties/share"),
        (share("-0"), "not_a_decimal /action/properties/share"),
        (share("922337203685477.59"), "out_of_range /action/properties/share"),
    ]);
}

#[test]
fn bytes_that_are_not_one_json_value_are_refused() {
    let sound = request("orders.refund", r#"{"order":"o","amount":1}"#);
    let note = |text: &str| request("orders.refund", &format!(r#"{{"order":"o","amount":1,"note":"{text}"}}"#));
    each(&[
        (sound.clone(), "allow"),
        (format!("{sound}{sound}"), "bad_json"),
        (format!("{sound}x"), "bad_json"),
        (format!("\u{feff}{sound}"), "bad_json"),
        (format!("{sound}// ok"), "bad_json"),
        (sound.replace(r#""o""#, "'o'"), "bad_json"),
        (sound.replace("}}", ",}}"), "bad_json"),
        (note(r"\ud800"), "bad_json"),
        (note(r"\udc00\ud800"), "bad_json"),
        (note("a\u{1}b"), "bad_json"),
        (note(r"a\u0000b"), "bad_character /action/properties/note"),
        (String::new(), "bad_json"),
        ("null".to_owned(), "wrong_type"),
        ("[]".to_owned(), "wrong_type"),
    ]);
    let mut three = Three::of(PACKAGE);
    let mut bytes = sound.into_bytes();
    let place = bytes.windows(3).position(|w| w == b"bot").expect("the id");
    bytes[place] = 0xff;
    assert_eq!(said(&three.decide(&bytes, &at(NOON))), "bad_json");
}

#[test]
fn what_is_too_deep_too_long_or_too_many_is_refused() {
    let deep = |n: usize| request("orders.refund", &format!(r#"{{"order":{}{}}}"#, "[".repeat(n), "]".repeat(n)));
    let text =
        |n: usize| request("orders.refund", &format!(r#"{{"order":"o","amount":1,"note":"{}"}}"#, "n".repeat(n)));
    let lines = |n: usize| {
        let lines = vec![r#""l""#; n].join(",");
        request("orders.refund", &format!(r#"{{"order":"o","amount":1,"lines":[{lines}]}}"#))
    };
    let labels = |n: usize| {
        let labels = vec![r#""l""#; n].join(",");
        request("orders.refund", r#"{"order":"o","amount":1}"#)
            .replace(r#""labels":[]"#, &format!(r#""labels":[{labels}]"#))
    };
    let wide = (0..50_000).map(|i| format!(r#""x{i}":0"#)).collect::<Vec<_>>().join(",");
    each(&[
        (deep(40), "too_deep"),
        (deep(100_000), "too_deep"),
        (text(40), "allow"),
        (text(41), "too_long /action/properties/note"),
        (text(1_100_000), "too_large"),
        (lines(4), "allow"),
        (lines(5), "too_many /action/properties/lines"),
        (lines(100_000), "too_many /action/properties/lines"),
        // Repeating an element does not make a set longer than it may be sent.
        (labels(4), "allow"),
        (labels(5), "too_many /subject/properties/labels"),
        (request("orders.refund", &format!("{{{wide}}}")), "unknown_field /action/properties/x0"),
    ]);
}

#[test]
fn what_is_missing_null_or_empty_is_not_filled_in() {
    let refund = |input: &str| request("orders.refund", input);
    each(&[
        (refund(r#"{"order":"o"}"#), "missing_field /action/properties/amount"),
        (refund(r#"{"order":"o","amount":null}"#), "null_value /action/properties/amount"),
        (refund(r#"{"order":"","amount":1}"#), "bad_ident /action/properties/order"),
        (refund(r#"{"order":"o","amount":1,"note":null}"#), "allow"),
        (refund(r#"{"order":"o","amount":1,"note":""}"#), "allow"),
        (refund(r#"{"order":"o","amount":1,"lines":[null]}"#), "null_value /action/properties/lines/0"),
        (refund(r#"{"order":"o","amount":1}"#).replace("bot", ""), "empty /subject/id"),
    ]);
}

#[test]
fn identifiers_have_no_doubles() {
    let order = |order: &str| request("orders.refund", &format!(r#"{{"order":"{order}","amount":1}}"#));
    // The Kelvin sign, a fullwidth letter, a dotless i, a joiner, a mark that turns the text, a letter with an accent in
    // one and in two characters.
    for text in
        ["\u{212a}", "\u{ff41}", "\u{131}d", "a\u{200d}b", "a\u{202e}b", "\u{e9}", "e\u{301}", "a\u{a0}b", "a\\u200bb"]
    {
        each(&[(order(text), "bad_ident /action/properties/order")]);
    }
}

#[test]
fn values_of_a_request_are_never_patterns() {
    let role = |role: &str| {
        request("orders.refund", r#"{"order":"o","amount":1}"#).replace(r#""refund""#, &format!(r#""{role}""#))
    };
    each(&[
        (role("*"), "bad_ident /subject/properties/role"),
        (role(".*"), "bad_ident /subject/properties/role"),
        (role("refun."), "deny by default"),
        (reading("/*"), "deny by default"),
        (reading("/process/*"), "allow"),
        (reading("/public*"), "deny by default"),
    ]);
}

#[test]
fn hidden_characters_of_a_request_are_written_out_in_what_zt_says() {
    let mut three = Three::of(PACKAGE);
    let odd = request("orders.refund", "{\"order\":\"o\",\"amount\":1,\"\u{202e}\\u001b[31m\":1}");
    let decision = three.decide(odd.as_bytes(), &at(NOON));
    let path = decision["refusal"]["path"].as_str().expect("a path");
    assert!(path.chars().all(|c| c == '/' || c.is_ascii_graphic()), "{path:?}");
}

#[test]
fn after_a_limit_nothing_more_is_admitted_in_its_time() {
    let mut three = Three::of(PACKAGE);
    let small = request("orders.refund", r#"{"order":"o","amount":1}"#);
    let mut decide = |now: &str| said(&three.decide(small.as_bytes(), &at(now)));
    // A burst at the end of an hour of the clock, and one at the beginning of the next.
    for _ in 0..3 {
        assert_eq!(decide("2026-03-27T12:59:59.999999Z"), "allow");
    }
    for now in ["2026-03-27T12:59:59.999999Z", "2026-03-27T13:00:00Z", "2026-03-27T13:59:59.999998Z"] {
        assert_eq!(decide(now), "deny by refunds.rate");
    }
    // Back an hour, a day, a year: there is no more room.
    for now in ["2026-03-27T12:00:00Z", "2026-03-26T12:00:00Z", "2025-03-27T12:00:00Z"] {
        assert_eq!(decide(now), "deny by refunds.rate");
    }
    assert_eq!(decide("2026-03-27T13:59:59.999999Z"), "allow");
}

#[test]
fn another_spelling_of_a_key_is_another_key() {
    let take = |a: &str, b: &str, all: &str| request("pairs.take", &format!(r#"{{"a":"{a}","b":"{b}","all":{all}}}"#));
    let mut three = Three::of(PACKAGE);
    let mut decide = |request: String| said(&three.decide(request.as_bytes(), &at(NOON)));
    for (a, b) in
        [("a:b", "c"), ("a", "b:c"), ("a,b", ""), ("a", "b"), ("", "a,b"), ("ab", ""), ("", "ab"), ("a\\\"", "b")]
    {
        assert_eq!(decide(take(a, b, "[]")), "allow", "{a} {b}");
        assert_eq!(decide(take(a, b, "[\"x\"]")), "deny by pairs.pair", "{a} {b}");
    }
    // The same texts in other escapes are the same key.
    assert_eq!(decide(take("\\u0061", "\\u0062", "[]")), "deny by pairs.pair");
}

#[test]
fn without_the_store_of_windows_nothing_is_allowed_that_they_limit() {
    let mut three = Three::of(PACKAGE);
    let small = request("orders.refund", r#"{"order":"o","amount":1}"#);
    assert_eq!(said(&three.decide(small.as_bytes(), &at(NOON))), "allow");
    three.lose_windows();
    assert_eq!(said(&three.decide(small.as_bytes(), &at(NOON))), "deny by refunds.rate refunds.busy");
    // What no window limits goes on.
    assert_eq!(said(&three.decide(reading("/public/a").as_bytes(), &at(NOON))), "allow");
}

#[test]
fn an_hour_that_comes_twice_or_never_is_the_clocks_on_the_wall() {
    let mut three = Three::of(PACKAGE);
    let open = request("office.open", "{}");
    let mut decide = |now: &str| said(&three.decide(open.as_bytes(), &at(now)));
    // On 2026-03-08 New York's clocks go from 02:00 to 03:00.
    assert_eq!(decide("2026-03-08T06:29:59.999999Z"), "deny by default");
    assert_eq!(decide("2026-03-08T06:30:00Z"), "allow");
    assert_eq!(decide("2026-03-08T06:59:59.999999Z"), "allow");
    assert_eq!(decide("2026-03-08T07:00:00Z"), "deny by default");
    // On 2026-11-01 they go from 02:00 back to 01:00: 01:30 to 02:00 comes twice.
    assert_eq!(decide("2026-11-01T05:29:59Z"), "deny by default");
    assert_eq!(decide("2026-11-01T05:30:00Z"), "allow");
    assert_eq!(decide("2026-11-01T06:00:00Z"), "deny by default");
    assert_eq!(decide("2026-11-01T06:29:59Z"), "deny by default");
    assert_eq!(decide("2026-11-01T06:30:00Z"), "allow");
    assert_eq!(decide("2026-11-01T07:29:59.999999Z"), "allow");
    assert_eq!(decide("2026-11-01T07:30:00Z"), "deny by default");
}

/// The facts of a host with one approval.
fn approved(now: &str, change: impl FnOnce(&mut Value), binding: &str) -> String {
    let mut approval = json!({
        "id": "a1", "by": { "type": "User", "id": "ann" }, "from": "leads", "at": "2026-03-27T12:00:00Z", "binding": binding,
    });
    change(&mut approval);
    json!({ "now": now, "approvals": [approval] }).to_string()
}

#[test]
fn an_approval_is_for_one_call_by_another_person_in_its_time_and_once() {
    let large = |amount: i64| request("orders.refund", &format!(r#"{{"order":"o","amount":{amount}}}"#));
    let asked = "require_approval by refunds.large";
    let mut three = Three::of(PACKAGE);
    let ask = three.decide(large(7).as_bytes(), &at(NOON));
    assert_eq!(said(&ask), asked);
    let binding = ask["binding"].as_str().expect("a binding").to_owned();
    let later = "2026-03-27T12:10:00Z";
    let mut decide = |request: String, facts: String| said(&three.decide(request.as_bytes(), &facts));

    // Given for other arguments, by another principal's request, to another action, or for another bundle.
    assert_eq!(decide(large(8), approved(later, |_| {}, &binding)), asked);
    assert_eq!(decide(large(7).replace("bot", "bot2"), approved(later, |_| {}, &binding)), asked);
    let other = json!({ "now": later, "bundle": "example 2", "approvals": [
        { "id": "a1", "by": { "type": "User", "id": "ann" }, "from": "leads", "at": NOON, "binding": binding } ] });
    assert_eq!(decide(large(7), other.to_string()), asked);
    // By the principal itself, by another group, before it was asked for, after it expired.
    assert_eq!(
        decide(large(7), approved(later, |a| a["by"] = json!({ "type": "Agent", "id": "bot" }), &binding)),
        asked
    );
    assert_eq!(decide(large(7), approved(later, |a| a["by"] = json!({ "id": "bot" }), &binding)), asked);
    assert_eq!(decide(large(7), approved(later, |a| a["from"] = json!("owners"), &binding)), asked);
    assert_eq!(decide(large(7), approved("2026-03-27T11:59:59Z", |_| {}, &binding)), asked);
    assert_eq!(decide(large(7), approved("2026-03-27T12:30:00Z", |_| {}, &binding)), asked);
    // The right one: once.
    assert_eq!(decide(large(7), approved(later, |_| {}, &binding)), "allow");
    assert_eq!(decide(large(7), approved(later, |_| {}, &binding)), asked);
    assert_eq!(decide(large(7), approved(later, |a| a["id"] = json!("a2"), &binding)), "allow");
    // Approvals do not outrun a limit.
    assert_eq!(decide(large(7), approved(later, |a| a["id"] = json!("a3"), &binding)), "allow");
    assert_eq!(decide(large(7), approved(later, |a| a["id"] = json!("a4"), &binding)), "deny by refunds.rate");
}

#[test]
fn an_approval_stays_used_for_as_long_as_any_approval_lasts() {
    let large = request("orders.refund", r#"{"order":"o","amount":7}"#);
    let mut three = Three::of(PACKAGE);
    let ask = three.decide(large.as_bytes(), &at(NOON));
    let binding = ask["binding"].as_str().expect("a binding").to_owned();
    let mut decide = |now: &str, given: &str| {
        let facts = approved(now, |a| a["at"] = json!(given), &binding);
        said(&three.decide(large.as_bytes(), &facts))
    };
    assert_eq!(decide("2026-03-27T12:10:00Z", NOON), "allow");
    // Given anew under the same id: nobody could tell it from the one that was used until that one is over.
    let asked = "require_approval by refunds.large";
    assert_eq!(decide("2026-03-27T12:39:59.999999Z", "2026-03-27T12:39:00Z"), asked);
    assert_eq!(decide("2026-03-27T12:10:00Z", NOON), asked);
    assert_eq!(decide("2026-03-27T12:40:00Z", NOON), asked);
    assert_eq!(decide("2026-03-27T12:40:00Z", "2026-03-27T12:39:00Z"), "allow");
}

#[test]
fn the_last_slot_of_a_limit_is_taken_once_whoever_comes_at_the_same_time() {
    const THREADS: usize = 64;
    let rounds = if zt_tests::full() { 10_000 } else { 200 };
    let three = Three::of(PACKAGE);
    let small =
        |round: usize| request("orders.refund", r#"{"order":"o","amount":1}"#).replace("bot", &format!("bot-{round}"));
    let facts = Facts::from_json(at(NOON).as_bytes()).expect("facts");
    let barrier = Arc::new(std::sync::Barrier::new(THREADS));
    let store = Memory::default();
    let admitted: Vec<AtomicUsize> = (0..rounds).map(|_| AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (barrier, three, small, facts, store, admitted) = (&barrier, &three, &small, &facts, &store, &admitted);
            scope.spawn(move || {
                let mut frame = Frame::default();
                for (round, admitted) in admitted.iter().enumerate() {
                    let small = small(round);
                    barrier.wait();
                    let now = facts.now.unwrap_or_default() + i64::try_from(thread).unwrap_or(0);
                    let host = Host { clock: Clock { now, mono: now }, facts, store };
                    let decision = three.pdp.evaluate_with(small.as_bytes(), &mut frame, &host);
                    if decision.effect() == Effect::Allow {
                        admitted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    for count in admitted {
        assert_eq!(count.into_inner(), 3);
    }
}
