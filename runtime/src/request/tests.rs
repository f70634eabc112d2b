//! Every refusal, and what an accepted request leaves in the frame.

mod kinds;
mod quick;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Actions, Plan, Way, decode, shown};
use crate::abi::{Set, Text};
use crate::fixture::{self, AGENT, CONTEXT, INPUT, ORDER, accepted, request};
use crate::frame::Frame;
use crate::ir::{Channel, Cmp, Entry, Expr, Program, Split};
use crate::pattern::Patterns;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Slot, TypeId};

struct World {
    program: Program,
    patterns: Patterns,
    actions: Actions,
}

impl World {
    fn new() -> Self {
        let program = fixture::program();
        crate::validate::validate(&program).unwrap();
        let patterns = Patterns::read(&program, &fixture::automata()).unwrap();
        let actions = Actions::new(&program);
        Self { program, patterns, actions }
    }

    fn decode(&self, request: &[u8], frame: &mut Frame) -> Result<usize, Refusal> {
        let plan = Plan::new(&self.program);
        let prepared = (&plan, &self.actions);
        let read = |way, frame: &mut Frame| decode(&self.program, &self.patterns, prepared, request, frame, way);
        let plain = read(Way::Plain, frame).unwrap();
        let seen = |index: usize, frame: &Frame| shown(&self.program, &self.program.entries[index], frame);
        for way in [Way::Quick, Way::Portable, Way::Fastest] {
            let mut other = Frame::default();
            // One that was used before is no worse.
            let _ = read(way, &mut other);
            match (read(way, &mut other), &plain) {
                (None, _) => assert_ne!(way, Way::Fastest),
                (Some(Ok(index)), Ok(entry)) => {
                    assert_eq!(index, *entry);
                    assert_eq!(seen(index, &other), seen(*entry, frame), "{way:?}");
                }
                (Some(read), plain) => assert_eq!(read, *plain, "{way:?}"),
            }
        }
        plain
    }

    /// Whether a request is read in one pass.
    fn is_quick(&self, request: &str) -> bool {
        let plan = Plan::new(&self.program);
        let prepared = (&plan, &self.actions);
        let ways = [Way::Quick, Way::Portable].map(|way| {
            let frame = &mut Frame::default();
            decode(&self.program, &self.patterns, prepared, request.as_bytes(), frame, way).is_some()
        });
        assert_eq!(ways[0], ways[1]);
        ways[0]
    }

    /// `code path` of a refused request, or the index of the entry.
    fn answer(&self, request: &[u8]) -> String {
        match self.decode(request, &mut Frame::default()) {
            Ok(entry) => format!("entry {entry}"),
            Err(Refusal { code, path }) => format!("{code} {path}").trim_end().to_owned(),
        }
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let world = World::new();
    for (request, expected) in cases {
        assert_eq!(world.answer(request.as_bytes()), *expected, "{request}");
    }
}

/// Each case is a request's input.
#[track_caller]
fn check_input(cases: &[(&str, &str)]) {
    let world = World::new();
    for (input, expected) in cases {
        let answer = world.answer(request(AGENT, input, ORDER, CONTEXT).as_bytes());
        assert_eq!(answer, *expected, "{input}");
    }
}

/// Each case is the value of one member of a request's input.
#[track_caller]
fn check_member(name: &str, cases: &[(&str, &str)]) {
    let world = World::new();
    for (value, expected) in cases {
        let mut members: Vec<String> = [("payment", r#""pi_1""#), ("amount", "1"), ("count", "1")]
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(other, value)| format!(r#""{other}":{value}"#))
            .collect();
        members.push(format!(r#""{name}":{value}"#));
        let input = format!("{{{}}}", members.join(","));
        let answer = world.answer(request(AGENT, &input, ORDER, CONTEXT).as_bytes());
        let expected = match expected.split_once(' ') {
            None if *expected == "ok" => "entry 0".to_owned(),
            None => format!("{expected} /action/properties/{name}"),
            Some((code, inner)) => format!("{code} /action/properties/{name}{inner}"),
        };
        assert_eq!(answer, expected, "{name} {value}");
    }
}

#[test]
fn the_whole_request() {
    let world = World::new();
    let accepted = accepted();
    let fill = |length: usize| format!("{accepted}{}", " ".repeat(length - accepted.len()));
    assert_eq!(world.answer(fill(1_048_576).as_bytes()), "entry 0");
    assert_eq!(world.answer(fill(1_048_577).as_bytes()), "too_large");
    assert_eq!(world.answer(b"\xff"), "bad_json");
    assert_eq!(world.answer(accepted.replace("s-1", "s\u{0}").as_bytes()), "bad_json");
    assert_eq!(world.answer(format!("\u{feff}{accepted}").as_bytes()), "bad_json");
    let deep = |depth| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    check(&[
        (&deep(31), "unknown_field /x"),
        (&deep(32), "too_deep"),
        ("", "bad_json"),
        (" \t\r\n", "bad_json"),
        (&format!("{accepted}x"), "bad_json"),
        (&format!("{accepted}{accepted}"), "bad_json"),
        (&format!("{accepted}// comment"), "bad_json"),
        (r#"{"x":NaN}"#, "bad_json"),
        (r#"{"x":01}"#, "bad_json"),
        (r#"{"x":"\ud800"}"#, "bad_json"),
        (r#"{"\udc00":1}"#, "bad_json"),
        (&"[".repeat(1_048_576), "bad_json"),
    ]);
}

#[test]
fn the_envelope() {
    check(&[
        (&accepted(), "entry 0"),
        ("null", "wrong_type"),
        ("[]", "wrong_type"),
        ("{}", "missing_field /subject"),
        (r#"{"action":1}"#, "missing_field /subject"),
        (r#"{"subject":1}"#, "missing_field /action"),
        (r#"{"subject":1,"Subject":1}"#, "unknown_field /Subject"),
        (r#"{"subject":1,"subject":1,"x":1}"#, "duplicate_field /subject"),
        (r#"{"subject":1,"\u0073ubject":1}"#, "duplicate_field /subject"),
        (r#"{"x":1,"x":1,"subject":1}"#, "unknown_field /x"),
        (r#"{"a/b~c":1}"#, "unknown_field /a~1b~0c"),
        (&format!(r#"{{"{}":1}}"#, "é".repeat(65)), &format!("unknown_field /{}…", "é".repeat(64))),
        (&format!(r#"{{"{}":1}}"#, "é".repeat(64)), &format!("unknown_field /{}", "é".repeat(64))),
    ]);
}

#[test]
fn the_action() {
    let with = |action: &str| format!(r#"{{"subject":0,"action":{action}}}"#);
    check(&[
        (&with("null"), "wrong_type /action"),
        (&with(r#"{"x":0}"#), "unknown_field /action/x"),
        (&with(r#"{"name":0,"name":0}"#), "duplicate_field /action/name"),
        (&with(r#"{"properties":0}"#), "missing_field /action/name"),
        (&with(r#"{"name":null}"#), "wrong_type /action/name"),
        (&with(r#"{"name":"Refund"}"#), "unknown_action /action/name"),
        (&with(r#"{"name":"refund"}"#), "wrong_type /subject"),
    ]);
}

#[test]
fn the_subject() {
    let with = |subject: &str| format!(r#"{{"subject":{subject},"action":{{"name":"refund"}}}}"#);
    let id = |id: &str| with(&format!(r#"{{"type":"Agent","id":"{id}"}}"#));
    check(&[
        (&with("null"), "wrong_type /subject"),
        (&with(r#"{"roles":0}"#), "unknown_field /subject/roles"),
        (&with(r#"{"id":0,"id":0}"#), "duplicate_field /subject/id"),
        (&with(r#"{"id":0}"#), "missing_field /subject/type"),
        (&with(r#"{"type":0}"#), "missing_field /subject/id"),
        (&with(r#"{"type":0,"id":0}"#), "wrong_type /subject/type"),
        (&with(r#"{"type":"User","id":0}"#), "unexpected_type /subject/type"),
        (&with(r#"{"type":"agent","id":0}"#), "unexpected_type /subject/type"),
        (&with(r#"{"type":"Agent","id":0}"#), "wrong_type /subject/id"),
        (&id(&"é".repeat(129)), "too_long /subject/id"),
        (&id(""), "empty /subject/id"),
        (&id(r"a\u0000"), "bad_character /subject/id"),
        (&id(&"é".repeat(128)), "missing_field /resource"),
    ]);
}

#[test]
fn the_resource_and_the_context() {
    let resource = |resource: &str| request(AGENT, "0", resource, "0");
    let ping = |rest: &str| {
        format!(
            r#"{{"subject":{{"type":"User","id":"u","properties":{{"size":"small"}}}},"action":{{"name":"ping"}}{rest}}}"#
        )
    };
    check(&[
        (&resource("null"), "wrong_type /resource"),
        (&resource(r#"{"x":0}"#), "unknown_field /resource/x"),
        (&resource(r#"{"type":"Order","type":"Order"}"#), "duplicate_field /resource/type"),
        (&resource("{}"), "missing_field /resource/type"),
        (&resource(r#"{"type":0}"#), "missing_field /resource/id"),
        (&resource(r#"{"type":0,"id":0}"#), "wrong_type /resource/type"),
        (&resource(r#"{"type":"Agent","id":0}"#), "unexpected_type /resource/type"),
        (&resource(r#"{"type":"Order","id":""}"#), "empty /resource/id"),
        (&resource(ORDER), "wrong_type /action/properties"),
        (&ping(""), "entry 2"),
        (&ping(r#","resource":null"#), "unknown_field /resource"),
        (&ping(r#","context":{}"#), "entry 2"),
        (&ping(r#","context":{"a":1,"b":2}"#), "unknown_field /context/a"),
        (&ping(r#","context":null"#), "wrong_type /context"),
        (&ping(r#","context":[1]"#), "wrong_type /context"),
        (&ping("").replace(r#""ping""#, r#""ping","properties":{}"#), "entry 2"),
        (&ping("").replace(r#""ping""#, r#""ping","properties":{"x":1}"#), "unknown_field /action/properties/x"),
    ]);
}

#[test]
fn values_come_in_their_order() {
    let agent = r#"{"type":"Agent","id":"a"}"#;
    let order = r#"{"type":"Order","id":"o"}"#;
    check(&[
        (&request(agent, "{}", order, "null"), "missing_field /action/properties/payment"),
        (&request(agent, INPUT, order, "null"), "missing_field /subject/properties/role"),
        (&request(AGENT, INPUT, order, "null"), "missing_field /resource/properties/amount"),
        (&request(AGENT, INPUT, ORDER, "null"), "null_value /context"),
        (&request(AGENT, INPUT, ORDER, "[]"), "wrong_type /context"),
        (&request(AGENT, INPUT, ORDER, "{}"), "missing_field /context/session"),
        (&accepted().replace(r#","context":{"session":"s-1"}"#, ""), "missing_field /context/session"),
    ]);
}

#[test]
fn records() {
    check_input(&[
        ("null", "null_value /action/properties"),
        ("[]", "wrong_type /action/properties"),
        (r#"{"amount":1,"x":0,"count":"x"}"#, "unknown_field /action/properties/x"),
        (r#"{"amount":1,"count":"x","x":0}"#, "wrong_type /action/properties/count"),
        (r#"{"count":1,"count":1}"#, "duplicate_field /action/properties/count"),
        (r#"{"size":null,"size":null}"#, "duplicate_field /action/properties/size"),
        (r#"{"count":null}"#, "null_value /action/properties/count"),
        (r#"{"count":1}"#, "missing_field /action/properties/payment"),
    ]);
    check_member(
        "nested",
        &[
            ("null", "ok"),
            (r#"{"flag":true}"#, "ok"),
            (r#"{"flag":true,"inner":{"flag":false,"inner":null}}"#, "ok"),
            (r#"{"flag":true,"inner":{}}"#, "missing_field /inner/flag"),
            (r#"{"flag":true,"inner":{"flag":null}}"#, "null_value /inner/flag"),
            ("{}", "missing_field /flag"),
            ("0", "wrong_type"),
        ],
    );
}

#[test]
fn booleans_and_numbers() {
    check_member("urgent", &[("true", "ok"), ("null", "ok"), ("1", "wrong_type"), (r#""true""#, "wrong_type")]);
    check_member(
        "count",
        &[
            ("-5", "ok"),
            ("100", "ok"),
            ("-6", "out_of_range"),
            ("101", "out_of_range"),
            ("9223372036854775808", "out_of_range"),
            ("-0", "not_an_integer"),
            ("1.0", "not_an_integer"),
            ("1e2", "not_an_integer"),
            ("1E400", "not_an_integer"),
            (r#""1""#, "wrong_type"),
            ("true", "wrong_type"),
            ("null", "null_value"),
        ],
    );
    check_member(
        "amount",
        &[
            ("0.01", "ok"),
            ("1000.00", "ok"),
            ("1000.01", "out_of_range"),
            ("0", "out_of_range"),
            ("99999999999999999999", "out_of_range"),
            ("1.000", "too_precise"),
            ("1e0", "not_a_decimal"),
            ("-0.00", "not_a_decimal"),
            (r#""1""#, "wrong_type"),
        ],
    );
}

#[test]
fn texts() {
    check_member(
        "payment",
        &[
            (r#""pi_0123456789abcdef0""#, "ok"),
            (r#""pi_0123456789abcdef01""#, "too_long"),
            (r#""pi_\u0000""#, "bad_character"),
            (r#""""#, "no_match"),
            (r#""xpi_1""#, "no_match"),
            (r#""pi_1\n""#, "no_match"),
            (r#""\u0070i_1""#, "ok"),
            ("1", "wrong_type"),
        ],
    );
    check_member("note", &[(r#""""#, "ok"), (r#""\u0000""#, "bad_character"), (r#""…!\ud83d\ude00""#, "ok")]);
    check_member(
        "size",
        &[
            (r#""small""#, "ok"),
            (r#""x-large""#, "ok"),
            (r#""x_large""#, "unknown_member"),
            (r#""Small""#, "unknown_member"),
            ("0", "wrong_type"),
        ],
    );
    let session = |session: &str| request(AGENT, INPUT, ORDER, &format!(r#"{{"session":"{session}"}}"#));
    check(&[
        (&session("0123456789"), "entry 0"),
        (&session("0123456789!"), "too_long /context/session"),
        (&session(""), "bad_ident /context/session"),
        (&session("a b"), "bad_ident /context/session"),
        (&session(r"a\u0000"), "bad_ident /context/session"),
        (&session("\u{212a}"), "bad_ident /context/session"),
    ]);
}

#[test]
fn sets() {
    check_member(
        "numbers",
        &[
            ("[]", "ok"),
            ("[1,1,1]", "ok"),
            ("[1,1,1,1]", "too_many"),
            (r#"[1,1,1,"x"]"#, "too_many"),
            (r#"[1,"x",1,1]"#, "wrong_type /1"),
            ("[1,101]", "out_of_range /1"),
            ("[null]", "null_value /0"),
            ("[[1]]", "wrong_type /0"),
            ("{}", "wrong_type"),
            ("1", "wrong_type"),
        ],
    );
}

#[test]
fn entities_as_values() {
    let with = |value: &str| {
        let agent = AGENT.replace(r#""role""#, &format!(r#""acts_for":{value},"role""#));
        request(&agent, INPUT, ORDER, CONTEXT)
    };
    let at = "/subject/properties/acts_for";
    check(&[
        (&with(r#"{"type":"User","id":"u","properties":{"size":"small"}}"#), "entry 0"),
        (&with(r#"{"properties":{"size":"small"},"id":"u","type":"User"}"#), "entry 0"),
        (&with("null"), "entry 0"),
        (&with("[]"), &format!("wrong_type {at}")),
        (&with(r#"{"properties":0,"x":0}"#), &format!("unknown_field {at}/x")),
        (&with(r#"{"properties":0,"properties":0}"#), &format!("duplicate_field {at}/properties")),
        (&with(r#"{"properties":0}"#), &format!("missing_field {at}/type")),
        (&with(r#"{"properties":0,"type":0}"#), &format!("missing_field {at}/id")),
        (&with(r#"{"properties":0,"type":0,"id":0}"#), &format!("wrong_type {at}/type")),
        (&with(r#"{"properties":0,"type":"Agent","id":0}"#), &format!("unexpected_type {at}/type")),
        (&with(r#"{"properties":0,"type":"User","id":""}"#), &format!("empty {at}/id")),
        (&with(r#"{"properties":0,"type":"User","id":"u"}"#), &format!("wrong_type {at}/properties")),
        (&with(r#"{"properties":null,"type":"User","id":"u"}"#), &format!("null_value {at}/properties")),
        (&with(r#"{"type":"User","id":"u"}"#), &format!("missing_field {at}/properties/size")),
    ]);
}

#[test]
fn others_vouch_for_an_entity_that_the_arguments_may_name() {
    let mut program = fixture::program();
    let order = TypeId(11);
    program.channels = [(order, Channel::File([].into()))].into();
    let entry = &mut program.entries[0];
    // The payment is in slot 8, the resource's id in slot 6.
    entry.resource_id = Some(Expr::Load(Slot(8)));
    entry.reads_resource.fields.clear();
    let (actions, patterns) = (Actions::new(&program), Patterns::read(&program, &fixture::automata()).unwrap());
    let world = World { program, patterns, actions };
    let mut frame = Frame::default();
    let mut answer = |resource: &str| {
        let request = fixture::request(fixture::AGENT, fixture::INPUT, resource, fixture::CONTEXT);
        let request = request.replace(r#","resource":none"#, "");
        match world.decode(request.as_bytes(), &mut frame) {
            Ok(_) => {
                let Text::Arena { start, length } = Text::unpack(frame.slot(Slot(6)).unwrap()) else { unreachable!() };
                format!("named {}", frame.text(start, length).unwrap())
            }
            Err(Refusal { code, path }) => format!("{code} {path}"),
        }
    };
    for (resource, expected) in [
        ("none", "named pi_1"),
        (r#"{"type":"Order","id":"pi_1"}"#, "named pi_1"),
        (r#"{"type":"Order","id":"pi_1","properties":{}}"#, "named pi_1"),
        (r#"{"type":"Order","id":"pi_1","properties":{"amount":20}}"#, "wrong_channel /resource/properties"),
        (r#"{"type":"Order","id":"pi_1","properties":null}"#, "null_value /resource/properties"),
        (r#"{"type":"Order","id":"pi_1","properties":[]}"#, "wrong_type /resource/properties"),
        (r#"{"type":"Order","id":"pi_2"}"#, "other_resource /resource/id"),
        (r#"{"type":"Agent","id":"pi_1"}"#, "unexpected_type /resource/type"),
    ] {
        assert_eq!(answer(resource), expected, "{resource}");
    }
}

#[test]
fn a_call_is_the_part_of_its_action_that_its_arguments_say() {
    let mut world = World::new();
    let count = || Box::new(Expr::Load(Slot(0)));
    let number = |n| Box::new(Expr::Const(n));
    world.program.splits = vec![Split {
        action: "refund".into(),
        input: world.program.entries[0].input,
        reads: fixture::inside([(2, fixture::reads(0))]),
        slots: 1,
        parts: vec![
            ("refund.few".into(), Expr::Compare(Cmp::Lt, count(), number(2))),
            ("refund.many".into(), Expr::Compare(Cmp::Gt, count(), number(5))),
        ],
    }];
    world.program.entries[0].part = Some("refund.few".into());
    let many = Entry { part: Some("refund.many".into()), ..world.program.entries[0].clone() };
    world.program.entries.push(many);
    crate::validate::validate(&world.program).unwrap();
    world.actions = Actions::new(&world.program);
    let last = world.program.entries.len() - 1;
    for (count, expected) in [
        ("1", "entry 0".to_owned()),
        ("6", format!("entry {last}")),
        ("3", "no_part /action/properties".to_owned()),
        ("101", "out_of_range /action/properties/count".to_owned()),
    ] {
        let input = INPUT.replace("\"count\":3", &format!("\"count\":{count}"));
        assert_eq!(world.answer(request(AGENT, &input, ORDER, CONTEXT).as_bytes()), expected, "{count}");
    }
}

#[test]
fn every_code_is_tested() {
    let events = include_str!("../judge/tests/events.rs");
    let tests = [include_str!("tests.rs"), include_str!("tests/kinds.rs"), events].concat();
    let untested: Vec<_> = RefusalCode::ALL.iter().filter(|code| !tests.contains(&format!("\"{code}"))).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// A request with everything in it.
fn full() -> String {
    let agent = r#"{"type":"Agent","id":"a\u002d1","properties":{"role":"r","names":["b","a","b"],
        "acts_for":{"id":"u","type":"User","properties":{"size":"x-large"}},
        "boss":{"type":"Agent","id":"z","properties":{"role":"q","names":[],"boss":null}}}}"#;
    let input = r#"{ "payment" : "pi_1" , "amount" : 12.5 , "count" : -3, "size": "x-large",
        "nested": {"flag": true}, "numbers": [7, -1, 7], "urgent": false, "note": "n" }"#;
    request(agent, input, ORDER, CONTEXT)
}

#[test]
fn an_accepted_request_is_in_the_frame() {
    let world = World::new();
    let mut frame = Frame::default();
    // A frame that held something else holds nothing of it.
    assert_eq!(world.decode(full().as_bytes(), &mut frame), Ok(0));
    assert_eq!(world.decode(accepted().as_bytes(), &mut frame), Ok(0));
    let slot = |frame: &Frame, slot| frame.slot(Slot(slot)).unwrap();
    for absent in [3, 4, 5, 11, 12, 13, 14, 15, 16, 17, 18] {
        assert_eq!(slot(&frame, absent), 0, "s{absent}");
    }
    assert_eq!(Set::unpack(slot(&frame, 2)).count, 0);

    assert_eq!(world.decode(full().as_bytes(), &mut frame), Ok(0));
    let text = |value| match Text::unpack(value) {
        Text::Arena { start, length } => frame.text(start, length).unwrap(),
        Text::Literal(_) => panic!("a literal from a request"),
    };
    let texts: Vec<&str> = [0, 1, 4, 6, 8, 19].map(|s| text(slot(&frame, s))).into();
    assert_eq!(texts, ["a-1", "r", "u", "o-1", "pi_1", "s-1"]);
    let numbers: Vec<i64> = [3, 5, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18].map(|s| slot(&frame, s).cast_signed()).into();
    assert_eq!(numbers, [1, 1, 200_000, 125_000, -3, 1, 1, 1, 1, 1, 1, 0]);
    let names = frame.elements(Set::unpack(slot(&frame, 2))).unwrap();
    assert_eq!(names.iter().map(|&name| text(name)).collect::<Vec<_>>(), ["a", "b"]);
    let numbers = frame.elements(Set::unpack(slot(&frame, 16))).unwrap();
    assert_eq!(numbers.iter().map(|n| n.cast_signed()).collect::<Vec<_>>(), [-1, 7]);
}

#[test]
fn many_fields_are_told_apart() {
    let mut world = World::new();
    let names: Vec<String> = (0..200).map(|i| format!("f{i}")).collect();
    world.program.types[15] =
        crate::schema::Type::Record { open: false, fields: names.iter().map(|name| fixture::field(name, 0)).collect() };
    let with = |names: &[String]| {
        let members: Vec<String> = names.iter().map(|name| format!(r#""{name}":true"#)).collect();
        let members = members.join(",");
        format!(
            r#"{{"subject":{{"type":"User","id":"u","properties":{{"size":"small"}}}},"action":{{"name":"ping","properties":{{{members}}}}}}}"#
        )
    };
    assert_eq!(world.answer(with(&names).as_bytes()), "entry 2");
    assert_eq!(world.answer(with(&names[..199]).as_bytes()), "missing_field /action/properties/f199");
    assert_eq!(world.answer(with(&names[1..]).as_bytes()), "missing_field /action/properties/f0");
    for twice in [3, 63, 64, 199] {
        let mut names = names.clone();
        names.push(format!("f{twice}"));
        let expected = format!("duplicate_field /action/properties/f{twice}");
        assert_eq!(world.answer(with(&names).as_bytes()), expected);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, text: String) {
        let world = World::new();
        world.answer(&bytes);
        world.answer(text.as_bytes());
    }

    #[test]
    fn any_change_of_a_request_is_answered(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..12, "[\\[\\]{}\",:\\\\ue0-9.trnE -]{0,3}"),
            1..4,
        ),
    ) {
        let world = World::new();
        let mut request = full().into_bytes();
        for (place, length, insert) in changes {
            let start = place.index(request.len());
            let end = (start + length).min(request.len());
            request.splice(start..end, insert.bytes());
        }
        let mut frame = Frame::default();
        let first = world.decode(&request, &mut frame);
        // And it is answered the same way again, whatever the frame held.
        prop_assert_eq!(world.decode(&request, &mut frame), first);
    }

    #[test]
    fn any_value_in_any_place_is_answered(
        place in 0_usize..30,
        value in "null|true|-?[0-9]{1,20}(\\.[0-9]{1,5})?|\"[a-z!\\\\/]{0,12}\"|\\[(1,){0,4}2\\]|\\{\"type\":\"User\"\\}",
    ) {
        // Puts the value in place of one of the request's own.
        let full = full();
        let places: Vec<usize> = full.match_indices(':').map(|(at, _)| at + 1).collect();
        let start = places[place % places.len()];
        let end = full[start..].find([',', '}']).map_or(full.len(), |length| start + length);
        let request = format!("{}{value}{}", &full[..start], &full[end..]);
        let world = World::new();
        let known: BTreeSet<&str> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        let answer = world.answer(request.as_bytes());
        prop_assert!(answer.starts_with("entry ") || known.contains(answer.split(' ').next().unwrap()));
    }
}
