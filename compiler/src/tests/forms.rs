//! What arguments can be made of, and actions of parts: all three evaluators over every combination of some members.

use std::collections::{BTreeMap, BTreeSet};

use zt_lang::eval;
use zt_runtime::{Clock, Facts, Host};

use super::*;

/// A package that the check has nothing to say about.
fn checked(text: &str) -> check::package::CheckedPackage {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), text.to_owned());
    let package = Package::new(&db, "acme".into(), vec![file], vec![]);
    check::package::package(&db, package).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}

/// Every choice of one of each.
pub(super) fn combinations(of: &[&[&str]]) -> Vec<String> {
    of.iter().fold(vec![String::new()], |before, choices| {
        let longer = |text: &String| choices.iter().map(|choice| format!("{text}{choice}")).collect::<Vec<_>>();
        before.iter().flat_map(longer).collect()
    })
}

/// What comes of requests, each kind once, after all three evaluators have said the same.
pub(super) fn agree(text: &str, requests: &[String]) -> String {
    let checked = checked(text);
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let mut frame = Frame::default();
    let mut seen = BTreeSet::new();
    for request in requests {
        let decision = pdp.evaluate(request.as_bytes(), &mut frame);
        if decision.refusal().is_none() {
            assert_eq!(pdp.decide_portably(&frame), decision, "{request}");
        }
        let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
        let expected = reference.evaluate(request.as_bytes()).decision.to_json();
        assert_eq!(native, expected, "{request}");
        let of = |value: &serde_json::Value| value.to_string().replace("acme/", "").replace('"', "");
        match native.get("refusal") {
            Some(refusal) => {
                seen.insert(format!("refused {} {}", of(&refusal["code"]), of(&refusal["path"])));
            }
            None => {
                let shadow = native.get("shadow").unwrap_or(&native);
                for rule in shadow["determined_by"].as_array().into_iter().flatten() {
                    seen.insert(format!("{}: {}", of(&native["action"]), of(rule)));
                }
                for default in native.get("input_defaults").and_then(|all| all.as_array()).into_iter().flatten() {
                    seen.insert(format!("default {} {}", of(&default["path"]), of(&default["value"])));
                }
            }
        }
    }
    seen.into_iter().collect::<Vec<_>>().join("\n")
}

/// How many random requests are decided.
const REQUESTS: usize = 4_000;

/// All three evaluators say the same of random requests, of which each rule holds for some and not for others, and fails for
/// some if it may.
pub(super) fn agree_at_random(
    checked: &check::package::CheckedPackage,
    mut request: impl FnMut() -> String,
    may_fail: impl Fn(&str) -> bool,
) {
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(checked).unwrap()).unwrap();
    let (mut frame, facts) = (Frame::default(), Facts::default());
    // Of every rule, how often it held and failed.
    let mut seen = BTreeMap::<String, [usize; 2]>::new();
    for _ in 0..REQUESTS {
        let request = request();
        let host = Host::without_store(Clock { now: 0, mono: 0 }, &facts);
        let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
        assert!(decision.refusal().is_none(), "{request} {:?}", decision.refusal());
        assert_eq!(pdp.decide_portably_with(&mut frame, &host), decision, "{request}");
        let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
        let expected = reference.evaluate_with(&eval::Host::at(0), request.as_bytes()).decision.to_json();
        assert_eq!(native, expected, "{request}");
        for rule in native["shadow"]["determined_by"].as_array().into_iter().flatten() {
            seen.entry(rule.as_str().unwrap().to_owned()).or_default()[0] += 1;
        }
        for error in native["shadow"]["errors"].as_array().into_iter().flatten() {
            seen.entry(error["rule"].as_str().unwrap().to_owned()).or_default()[1] += 1;
        }
    }
    let mut odd = vec![];
    for rule in checked.hir().policies.iter().flat_map(|policy| &policy.rules) {
        let [held, failed] = seen.get(&*rule.full_name).copied().unwrap_or_default();
        if held < 20 || held > REQUESTS - 20 || (failed > 0) != may_fail(&rule.full_name) {
            odd.push(format!("{} held {held} and failed {failed} times", rule.full_name));
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn a_call_is_judged_as_the_part_that_it_is() {
    let text = r#"
package acme

tag acting
tag risky { what : String }
enum Method { read, list, clear, drop_all as "drop" }
entity Agent from pep { role : Ident }
entity Log

action logs.run as "logs_run" {
  by Agent  on Log(input.name)  tags [risky { what: input.name }]
  input { method : Method, name : String, count : Int in 0 .. 10, force : Bool?, note : String? free }
}
action logs.look = logs.run when input.method in [read, list] { input { count : Int in 0 .. 5 } }
action logs.clear = logs.run when input.method == clear and not (input has force and input.force) { tags [acting] }
action logs.drop = logs.run when (input.method == clear and input has force and input.force) or (input.method == drop_all and input.name != "audit") {}

policy looks for logs.look { allow few when input.count < 3 }
policy every for logs.run { deny many when input.count > 4 because "{input.count}" }
policy acts for #acting { allow a when input.count > 1 }
policy risks for #risky { deny named when risky.what == "x" and resource.id == "x" }
policy drops for logs.drop { allow noted when input has force or input.name in ["a", "audit"] }
policy wide for any { deny nobody when principal.role == "z" }
"#;
    let of = combinations(&[
        &[r#"{"subject":{"type":"Agent","id":"b","properties":{"role":"r"}},"#],
        &["", r#""resource":{"type":"Log","id":"x"},"#],
        &[r#""action":{"name":"logs_run","properties":{"#],
        &[r#""method":"read""#, r#""method":"clear""#, r#""method":"drop""#, r#""method":"list""#, r#""method":"x""#],
        &[r#","name":"a""#, r#","name":"x""#, r#","name":"audit""#],
        &[r#","count":2"#, r#","count":5"#, r#","count":6"#, r#","count":11"#],
        &["", r#","force":true"#, r#","force":false"#, r#","force":null"#],
        &["", r#","note":"n""#],
        &["}}}"],
    ]);
    insta::assert_snapshot!(agree(text, &of), @"
    logs.clear: acts.a
    logs.clear: every.many
    logs.clear: risks.named
    logs.drop: drops.noted
    logs.drop: every.many
    logs.drop: risks.named
    logs.look: every.many
    logs.look: looks.few
    logs.look: risks.named
    refused no_part /action/properties
    refused other_resource /resource/id
    refused out_of_range /action/properties/count
    refused unknown_member /action/properties/method
    ");
}

#[test]
fn what_is_left_out_is_applied_and_told() {
    let text = r#"
package acme

enum Mode { slow, fast as "f" }
type Usd = Decimal places 2 in 0.00 ..
record Options { limit : Int in 1 .. 9 = 5, mode as "m~/" : Mode = fast, tags : Set<Ident> max 3 = ["a", "b"] }
record Line { sku : Ident, note : String = "n", options : Options }
entity Team from pep { options : Options }
entity Agent from pep { options : Options? }
approvers leads

action pay {
  by Agent
  input {
    amount : Usd = 1.5, wait : Duration = 90min, at : Time = 09:00, size : Size = 1KiB, url : Url = "HTTP://example.com"
    lines : List<Line> max 3 = [], team : Team?, options : Options?, flag : Bool = false, note : String?, day : Date = 2026-03-27
  }
}

policy p for pay {
  allow all_of when true
  require approval asked when input.amount >= 2.00 from leads
  shadow deny a when input.amount == 1.50 and input.wait == 90min and input.at == 09:00 and input.size == 1024B
  shadow deny b when input.url.host == "example.com" and input.day == 2026-03-27 and not input.flag
  shadow deny c when any(l in input.lines: l.note == "n" and l.options.limit == 5)
  shadow deny d when input has team and input.team.options.mode == fast
  shadow deny e when input has options and "b" in input.options.tags and count(input.options.tags) == 2
  shadow deny f when principal has options and principal.options.limit == 5
  shadow deny g when count(input.lines) == 0
}
"#;
    let of = combinations(&[
        &[r#"{"subject":{"type":"Agent","id":"b""#],
        &["", r#","properties":{"options":{}}"#],
        &[r#"},"action":{"name":"pay","properties":{"note":null"#],
        &["", r#","amount":null"#, r#","amount":2.50"#, r#","amount":-1"#],
        &["", r#","lines":[{"sku":"a","options":{}},{"options":{"tags":[]},"sku":"b","note":null}]"#],
        &["", r#","team":{"type":"Team","id":"t","properties":{"options":{"m~/":null}}}"#],
        &["", r#","options":{"limit":5,"m~/":"slow"}"#, r#","options":{"limit":0}"#],
        &["", r#","url":"http://example.org/","wait":"PT1H","at":"10:00","size":1,"day":"2026-01-01""#],
        &["}}}"],
    ]);
    insta::assert_snapshot!(agree(text, &of), @"
    default /action/properties/amount 1.5
    default /action/properties/at 09:00
    default /action/properties/day 2026-03-27
    default /action/properties/flag false
    default /action/properties/lines []
    default /action/properties/lines/0/note n
    default /action/properties/lines/0/options/limit 5
    default /action/properties/lines/0/options/m~0~1 f
    default /action/properties/lines/0/options/tags [a,b]
    default /action/properties/lines/1/note n
    default /action/properties/lines/1/options/limit 5
    default /action/properties/lines/1/options/m~0~1 f
    default /action/properties/options/tags [a,b]
    default /action/properties/size 1024
    default /action/properties/team/properties/options/limit 5
    default /action/properties/team/properties/options/m~0~1 f
    default /action/properties/team/properties/options/tags [a,b]
    default /action/properties/url http://example.com/
    default /action/properties/wait PT1H30M
    pay: p.a
    pay: p.b
    pay: p.c
    pay: p.d
    pay: p.e
    pay: p.f
    pay: p.g
    refused out_of_range /action/properties/amount
    refused out_of_range /action/properties/options/limit
    ");
}

#[test]
fn a_default_is_what_an_approval_is_bound_to() {
    let text = r#"
package acme

record Line { note : String = "n", more : Int? }
entity Agent
approvers leads

action pay {
  by Agent
  input { amount : Int = 5, lines : List<Line> max 3 = [], extra : Json?, note : Ident? }
}

policy p for pay { require approval asked when input.amount > 1 from leads  allow known when true }
"#;
    let checked = checked(text);
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let (mut frame, facts) = (Frame::default(), zt_runtime::Facts::default());
    let mut binding = |input: &str| {
        let request =
            format!(r#"{{"subject":{{"type":"Agent","id":"b"}},"action":{{"name":"pay","properties":{input}}}}}"#);
        let host = zt_runtime::Host::without_store(zt_runtime::Clock { now: 0, mono: 0 }, &facts);
        let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
        let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
        let expected = reference.evaluate_with(&zt_lang::eval::Host::at(0), request.as_bytes()).decision.to_json();
        assert_eq!(native, expected, "{request}");
        native["binding"].as_str().expect("an ask has a binding").to_owned()
    };
    let whole = binding(r#"{"amount":5,"lines":[{"note":"n"}]}"#);
    for same in [
        r#"{"lines":[{}]}"#,
        r#"{"lines":[{"note":null,"more":null}],"amount":null,"extra":null}"#,
        r#"{"note":null,"lines":[{"note":"n"}]}"#,
    ] {
        assert_eq!(binding(same), whole, "{same}");
    }
    let opaque = binding(r#"{"extra":{"a":null}}"#);
    for other in [r#"{"extra":{}}"#, r#"{"extra":{"a":[null]}}"#, r#"{"extra":[]}"#, "{}", r#"{"amount":6}"#] {
        assert_ne!(binding(other), opaque, "{other}");
    }
}

#[test]
fn what_nobody_reads_is_still_looked_at() {
    let text = r#"
package acme

record Options open { limit : Int, note : String?, inner : Inner? }
record Inner { n : Int }
entity Order from pep { note : Json }
entity Agent from pep { options : Options }

action pay {
  by Agent  on Order
  input { any_of : Json, some : Json?, list : List<Json> max 2, options : Options? }
}

policy p for pay {
  shadow deny a when input has some
  shadow deny b when count(input.list) == 2
  shadow deny c when input has options and input.options.limit == 1 and input.options has inner
  shadow deny d when principal.options.limit == 1
}
"#;
    let values = [
        "null",
        "true",
        "1.5",
        "-1",
        "-0",
        "0.0",
        "-0.0",
        "1e3",
        r#""x""#,
        "[]",
        "[1,[null,{}]]",
        r#"{"a":null}"#,
        r#"{"a":1,"b":{"a":1,"\u0061":2}}"#,
        r#"{"a":[{"x/~y":-0.00}]}"#,
        r#"{"limit":1}"#,
        r#"{"n":1}"#,
        r#"{"limit":1,"x":{"y":[1]}}"#,
        r#"{"limit":1,"x":1,"x":2}"#,
        r#"{"limit":1,"x":{"y":1,"y":1}}"#,
        r#"{"limit":1,"inner":{"n":1,"more":1}}"#,
        r#"{"inner":{"n":1},"limit":1}"#,
        r#"{"x":1}"#,
        r#"{"limit":1,"x":1E3}"#,
        r#"[{}, 1, 2]"#,
        r#"[{"a":1,"a":1}]"#,
    ];
    let mut of = vec![];
    for value in values {
        for name in ["any_of", "some", "list", "options"] {
            let mut input = vec![format!(r#""{name}":{value}"#)];
            input.extend((name != "any_of").then(|| r#""any_of":1"#.to_owned()));
            input.extend((name != "list").then(|| r#""list":[1,{}]"#.to_owned()));
            for options in ["{\"limit\":1,\"z\":null}", value] {
                of.push(format!(
                    r#"{{"subject":{{"type":"Agent","id":"b","properties":{{"options":{options}}}}},"resource":{{"type":"Order","id":"o","properties":{{"note":{value}}}}},"action":{{"name":"pay","properties":{{{}}}}}}}"#,
                    input.join(",")
                ));
                of.push(of[of.len() - 1].replace(&format!(r#""note":{value}"#), r#""note":{}"#));
            }
        }
    }
    insta::assert_snapshot!(agree(text, &of), @"
    pay: p.a
    pay: p.b
    pay: p.c
    pay: p.d
    refused duplicate_field /action/properties/any_of/0/a
    refused duplicate_field /action/properties/any_of/b/a
    refused duplicate_field /action/properties/any_of/x
    refused duplicate_field /action/properties/any_of/x/y
    refused duplicate_field /action/properties/list/0/a
    refused duplicate_field /action/properties/options/b/a
    refused duplicate_field /action/properties/options/x
    refused duplicate_field /action/properties/options/x/y
    refused duplicate_field /action/properties/some/0/a
    refused duplicate_field /action/properties/some/b/a
    refused duplicate_field /action/properties/some/x
    refused duplicate_field /action/properties/some/x/y
    refused missing_field /action/properties/options/limit
    refused missing_field /subject/properties/options/limit
    refused not_a_decimal /action/properties/any_of
    refused not_a_decimal /action/properties/any_of/a/0/x~1~0y
    refused not_a_decimal /action/properties/any_of/x
    refused not_a_decimal /action/properties/options/a/0/x~1~0y
    refused not_a_decimal /action/properties/options/x
    refused not_a_decimal /action/properties/some
    refused not_a_decimal /action/properties/some/a/0/x~1~0y
    refused not_a_decimal /action/properties/some/x
    refused null_value /action/properties/any_of
    refused null_value /action/properties/list
    refused null_value /resource/properties/note
    refused null_value /subject/properties/options
    refused too_many /action/properties/list
    refused unknown_field /action/properties/options/inner/more
    refused unknown_field /subject/properties/options/inner/more
    refused wrong_type /action/properties/list
    refused wrong_type /action/properties/options
    refused wrong_type /subject/properties/options
    ");
}

#[test]
fn a_rule_is_for_each_type_of_principal() {
    let text = r#"
package acme

entity User from pep { level : Int }
entity Agent from pep { level : Int, role : Ident, acts_for : User? }
entity Service

action pay { by Agent or User or Service  input { n : Int } }

policy p for pay {
  shadow deny a when principal is Agent as bot and bot.role == "r" and bot has acts_for and bot.acts_for.level > input.n
  shadow deny b when not (principal is Service) and principal.level == input.n
  shadow deny c when principal is Service or principal.level > input.n
  shadow deny d unless principal is Agent and principal.role == "r"
}
policy q for pay by User or Agent {
  shadow deny a when principal is Agent or input.n == 2
}
"#;
    let of = combinations(&[
        &[
            r#"{"subject":{"type":"Service","id":"s"}"#,
            r#"{"subject":{"type":"User","id":"u","properties":{"level":1}}"#,
            r#"{"subject":{"type":"User","id":"u","properties":{"level":2}}"#,
            r#"{"subject":{"type":"Agent","id":"u","properties":{"level":2,"role":"r"}}"#,
            r#"{"subject":{"type":"Agent","id":"u","properties":{"level":1,"role":"x"}}"#,
            r#"{"subject":{"type":"Agent","id":"u","properties":{"level":1,"role":"r","acts_for":{"type":"User","id":"u","properties":{"level":3}}}}"#,
        ],
        &[r#","action":{"name":"pay","properties":{"n":"#],
        &["1", "2", "9223372036854775807"],
        &["}}}"],
    ]);
    insta::assert_snapshot!(agree(text, &of), @"
    pay: p.a
    pay: p.b
    pay: p.c
    pay: p.d
    pay: q.a
    ");
}

#[test]
fn what_a_call_gave_back_is_attested() {
    use zt_lang::eval::{self, World};
    use zt_runtime::store::Memory;
    use zt_runtime::{AttestError, Clock, Facts, Host};

    let text = r#"
package acme

record Item { id : Ident, to : Email? }
entity Agent

action look { by Agent  input { n : Int }  output { items : List<Item> max 3, next : Ident?, total : Int in 0 .. 9 } }
action take { by Agent  input { id : Ident, to : Email }  output { done : Bool } }

window seen = set of Email in output.to of succeeded mail by principal over 1h
window totals = sum output.total of succeeded look by principal over 1h where output.total > 1
window pages = distinct output.next of succeeded look by principal over 1h where output has next
window ends = count of failed look by principal over 1h
action mail { by Agent  output { to : List<Email> max 3 } }

policy p for any { allow always when true  shadow deny one when totals > 3 or pages == 1 or ends > 1 }
policy q for take { shadow deny known when input.to in seen }
"#;
    let checked = checked(text);
    let reference = Evaluator::new(checked.hir());
    let pdp = Pdp::load(&compile(&checked).unwrap()).unwrap();
    let (mut frame, facts, store, mut world) = (Frame::default(), Facts::default(), Memory::default(), World::new());
    let look = r#"{"subject":{"type":"Agent","id":"b"},"action":{"name":"look","properties":{"n":1}}}"#;
    let mail = r#"{"subject":{"type":"Agent","id":"b"},"action":{"name":"mail"}}"#;
    let take = r#"{"subject":{"type":"Agent","id":"b"},"action":{"name":"take","properties":{"id":"x","to":"a@example.com"}}}"#;
    let outputs: &[(&str, bool, Option<&str>)] = &[
        (look, true, Some(r#"{"items":[],"total":3}"#)),
        (look, true, Some(r#"{"items":[{"id":"a","to":"b@EXAMPLE.com"}],"total":1,"next":"p2"}"#)),
        (look, true, Some(r#"{"items":[{"id":"a","to":"b"}],"total":1}"#)),
        (look, true, Some(r#"{"items":[],"total":10}"#)),
        (look, true, Some(r#"{"items":[],"total":1,"more":1}"#)),
        (look, true, Some(r#"{"items":[{"id":"a"},{"id":"a"},{"id":"a"},{"id":"a"}],"total":1}"#)),
        (look, true, Some("{")),
        (look, true, None),
        (look, false, Some("{")),
        (look, false, None),
        (look, true, Some(r#"{"items":[],"total":2,"next":"p2"}"#)),
        (mail, true, Some(r#"{"to":["b@example.com","c@example.com"]}"#)),
        (mail, true, Some(r#"{"to":["a@EXAMPLE.com"]}"#)),
        (take, true, Some("true")),
        (take, true, Some(r#"{"done":true}"#)),
    ];
    let mut seen = vec![];
    for (round, (request, ok, output)) in outputs.iter().enumerate() {
        let now = 1_000_000 * i64::try_from(round).unwrap();
        let host = Host { clock: Clock { now, mono: now }, facts: &facts, store: &store };
        let decision = pdp.evaluate_with(request.as_bytes(), &mut frame, &host);
        let native: serde_json::Value = serde_json::from_str(&pdp.to_json(&decision, &frame)).unwrap();
        let their_host = eval::Host::at(now);
        let theirs = reference.decide(&mut world, &their_host, request.as_bytes()).decision;
        assert_eq!(native, theirs.to_json(), "{round}");
        let output = output.map(str::as_bytes);
        let ours = pdp.attest(&mut frame, &decision, &host, *ok, output).map_err(|error| match error {
            AttestError::Output(refusal) => (refusal.code.as_str(), refusal.path),
            other => panic!("{other}"),
        });
        let theirs = reference.attest(&mut world, &their_host, request.as_bytes(), &theirs, *ok, output);
        assert_eq!(ours, theirs.map_err(|refusal| (refusal.code, refusal.path)), "{round}");
        let readings =
            native["readings"].as_array().unwrap().iter().map(|r| r["value"].to_string()).collect::<Vec<_>>();
        let what =
            ours.map_or_else(|(code, path)| format!("{code} {path}").trim_end().to_owned(), |()| "recorded".to_owned());
        seen.push(format!("{} {} {what}", readings.join(" "), native["shadow"]["effect"].as_str().unwrap()));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    0 0 0 allow recorded
    0 0 3 allow recorded
    0 1 3 deny not_an_email /items/0/to
    0 1 3 deny out_of_range /total
    0 1 3 deny unknown_field /more
    0 1 3 deny too_many /items
    0 1 3 deny bad_json
    0 1 3 deny missing_field /items
    0 1 3 deny recorded
    1 1 3 deny recorded
    2 1 3 deny recorded
    2 1 5 deny recorded
    2 1 5 deny recorded
    2 1 3 5 deny wrong_type
    2 1 3 5 deny recorded
    ");
}
