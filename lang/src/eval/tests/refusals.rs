//! Every code, its path, and which of several mistakes is reported.

use super::*;
use crate::eval::Refusal;

fn refusal(request: impl AsRef<[u8]>) -> Option<Refusal> {
    Evaluator::new(&package(None, vec![])).evaluate(request.as_ref()).decision.refusal
}

#[track_caller]
fn refused(request: impl AsRef<[u8]>, code: &str, path: &str) {
    let found = refusal(request).expect("refused");
    assert_eq!((found.code, found.path.as_str()), (code, path));
}

/// Checks further members of the arguments of `pay`.
#[track_caller]
fn argument(more: &str, code: &str, path: &str) {
    refused(pay(more), code, &format!("/action/properties{path}"));
}

#[track_caller]
fn accepted(request: impl AsRef<[u8]>) {
    assert_eq!(refusal(request), None);
}

#[test]
fn bytes() {
    refused(vec![b' '; 1_048_577], "too_large", "");
    refused(vec![b' '; 1_048_576], "bad_json", "");
    refused([0xff], "bad_json", "");
    refused("", "bad_json", "");
    refused("\u{feff}{}", "bad_json", "");
    refused("{} {}", "bad_json", "");
    refused(pay(r#", "note": "\ud800""#), "bad_json", "");
    refused("[".repeat(33) + &"]".repeat(33), "too_deep", "");
    refused("[".repeat(32) + &"]".repeat(32), "wrong_type", "");
    refused("[".repeat(33), "bad_json", "");
}

#[test]
fn envelope() {
    refused("null", "wrong_type", "");
    refused("[]", "wrong_type", "");
    refused(r#"{"x/~y": 1, "subject": 1, "subject": 1}"#, "unknown_field", "/x~1~0y");
    refused(r#"{"subject": 1, "subj\u0065ct": 1, "x": 1}"#, "duplicate_field", "/subject");
    refused(r#"{"context": 1}"#, "missing_field", "/subject");
    refused(r#"{"subject": 1}"#, "missing_field", "/action");
    let long = format!("{}…", "ä".repeat(64));
    refused(format!(r#"{{"{}": 1}}"#, "ä".repeat(65)), "unknown_field", &format!("/{long}"));
}

#[test]
fn actions() {
    let action = |action: &str| format!(r#"{{"subject": 1, "action": {action}}}"#);
    refused(action("1"), "wrong_type", "/action");
    refused(action("null"), "wrong_type", "/action");
    refused(action(r#"{"name": 1, "id": 1}"#), "unknown_field", "/action/id");
    refused(action(r#"{"name": 1, "name": 1}"#), "duplicate_field", "/action/name");
    refused(action(r#"{"properties": 1}"#), "missing_field", "/action/name");
    refused(action(r#"{"name": null}"#), "wrong_type", "/action/name");
    // The name in requests is another than that in policies.
    refused(action(r#"{"name": "pay"}"#), "unknown_action", "/action/name");
    refused(action(r#"{"name": "wire-pay", "properties": 1}"#), "wrong_type", "/subject");
}

#[test]
fn subjects_and_resources() {
    let subject = |subject: &str| format!(r#"{{"subject": {subject}, "action": {{"name": "wire-pay"}}}}"#);
    refused(subject("null"), "wrong_type", "/subject");
    refused(subject(r#"{"x": 1}"#), "unknown_field", "/subject/x");
    refused(subject(r#"{"type": 1, "type": 1}"#), "duplicate_field", "/subject/type");
    refused(subject("{}"), "missing_field", "/subject/type");
    refused(subject(r#"{"type": 1}"#), "missing_field", "/subject/id");
    refused(subject(r#"{"type": 1, "id": 1}"#), "wrong_type", "/subject/type");
    refused(subject(r#"{"type": "Order", "id": 1}"#), "unexpected_type", "/subject/type");
    refused(subject(r#"{"type": "Agent", "id": 1}"#), "wrong_type", "/subject/id");
    refused(subject(r#"{"type": "Agent", "id": ""}"#), "empty", "/subject/id");
    refused(subject(r#"{"type": "Agent", "id": "\u0000"}"#), "bad_character", "/subject/id");
    let long = "x".repeat(257);
    refused(subject(&format!(r#"{{"type": "Agent", "id": "{long}"}}"#)), "too_long", "/subject/id");
    refused(subject(r#"{"type": "User", "id": "u", "properties": 1}"#), "missing_field", "/resource");

    let resource = |resource: &str| {
        format!(
            r#"{{"subject": {{"type": "User", "id": "u"}}, "action": {{"name": "wire-pay", "properties": []}},
                "resource": {resource}}}"#
        )
    };
    refused(resource("1"), "wrong_type", "/resource");
    refused(resource(r#"{"type": "Team", "id": 1}"#), "unexpected_type", "/resource/type");
    refused(resource(r#"{"type": "Order", "id": ""}"#), "empty", "/resource/id");
    refused(resource(r#"{"type": "Order", "id": "o", "properties": 1}"#), "wrong_type", "/action/properties");
}

#[test]
fn an_action_without_resource_and_context() {
    let count = |more: &str| {
        format!(
            r#"{{"subject": {{"type": "User", "id": "u", "properties": {{}}}},
                "action": {{"name": "wire-count", "properties": {{"a": 1, "b": 1}}}}{more}}}"#
        )
    };
    accepted(count(""));
    accepted(count(r#", "context": {}"#));
    refused(count(r#", "resource": null"#), "unknown_field", "/resource");
    refused(count(r#", "context": null"#), "wrong_type", "/context");
    refused(count(r#", "context": {"b": 1, "a": 1}"#), "unknown_field", "/context/b");
}

#[test]
fn objects_of_values() {
    accepted(pay(""));
    argument(r#", "x": 1, "amount": 1"#, "unknown_field", "/x");
    argument(r#", "amount": 1"#, "duplicate_field", "/amount");
    argument(r#", "n": null, "n": 1"#, "duplicate_field", "/n");
    accepted(pay(r#", "n": null"#));
    // Members are checked in the order in which they stand.
    argument(r#", "n": "", "amount": 1"#, "wrong_type", "/n");
    let request = pay("");
    refused(request.replace("60.00", "null"), "null_value", "/action/properties/amount");
    refused(request.replace("\"amount\": 60.00", ""), "missing_field", "/action/properties/amount");
    refused(request.replace("{\"amount\": 60.00}", "null"), "null_value", "/action/properties");
    refused(request.replace("\"total\"", "\"amount\""), "unknown_field", "/resource/properties/amount");
    refused(request.replace("\"session-id\"", "\"session\""), "unknown_field", "/context/session");
    refused(request.replace("{\"session-id\": \"s\"}", "null"), "null_value", "/context");
    refused(request.replace("{\"session-id\": \"s\"}", "[]"), "wrong_type", "/context");
    refused(request.replace("\"clerk\"", "1"), "wrong_type", "/subject/properties/role");
    // Arguments come before the subject's properties, these before the resource's, these before the context.
    let wrong = request.replace("60.00", "-1").replace("\"clerk\"", "1").replace("75.5", "\"\"");
    refused(&wrong, "out_of_range", "/action/properties/amount");
    refused(wrong.replace("-1", "1"), "wrong_type", "/subject/properties/role");
}

#[test]
fn numbers_and_truth() {
    argument(r#", "flag": 1"#, "wrong_type", "/flag");
    argument(r#", "n": "1""#, "wrong_type", "/n");
    for n in ["1.0", "1e2", "-0", "1E400", "0.5"] {
        argument(&format!(r#", "n": {n}"#), "not_an_integer", "/n");
    }
    for n in ["-6", "9223372036854775808", "18446744073709551616"] {
        argument(&format!(r#", "n": {n}"#), "out_of_range", "/n");
    }
    accepted(pay(r#", "n": -5"#));
    accepted(pay(r#", "n": 9223372036854775807"#));
    argument(r#", "big": true"#, "wrong_type", "/big");
    for big in ["1e2", "-0", "-0.00", "1E-2"] {
        argument(&format!(r#", "big": {big}"#), "not_a_decimal", "/big");
    }
    argument(r#", "big": 1.000"#, "too_precise", "/big");
    argument(r#", "big": 922337203685478"#, "out_of_range", "/big");
    refused(pay("").replace("60.00", "1000.01"), "out_of_range", "/action/properties/amount");
    accepted(pay("").replace("60.00", "1000.00"));
}

#[test]
fn texts() {
    argument(r#", "note": 1"#, "wrong_type", "/note");
    accepted(pay(r#", "note": """#));
    accepted(pay(r#", "note": "ääää""#));
    argument(r#", "note": "ääää.""#, "too_long", "/note");
    argument(r#", "note": "\u0000""#, "bad_character", "/note");
    argument(r#", "note": "\u0000........""#, "too_long", "/note");
    accepted(pay(r#", "code": "aa""#));
    for code in ["aaa", "b", "", "aab"] {
        argument(&format!(r#", "code": "{code}""#), "no_match", "/code");
    }
    argument(r#", "key": """#, "bad_ident", "/key");
    argument(r#", "key": "ä""#, "bad_ident", "/key");
    argument(r#", "key": "a b c d e f""#, "too_long", "/key");
    argument(r#", "key": "A""#, "no_match", "/key");
    argument(r#", "level": 1"#, "wrong_type", "/level");
    argument(r#", "level": "low""#, "unknown_member", "/level");
    accepted(pay(r#", "level": "LOW""#));
}

#[test]
fn sets_records_and_entities() {
    argument(r#", "ids": {}"#, "wrong_type", "/ids");
    accepted(pay(r#", "ids": [1, 1, 1]"#));
    argument(r#", "ids": [1, 2, 3, "x"]"#, "too_many", "/ids");
    argument(r#", "ids": [1, 2, 10, 4]"#, "out_of_range", "/ids/2");
    argument(r#", "ids": [1, null]"#, "null_value", "/ids/1");
    argument(r#", "spot": []"#, "wrong_type", "/spot");
    argument(r#", "spot": {}"#, "missing_field", "/spot/x");
    argument(r#", "spot": {"x": null}"#, "null_value", "/spot/x");
    argument(r#", "owner": "a""#, "wrong_type", "/owner");
    argument(r#", "owner": {"properties": 1, "x": 1}"#, "unknown_field", "/owner/x");
    argument(r#", "owner": {"id": 1, "id": 1}"#, "duplicate_field", "/owner/id");
    argument(r#", "owner": {"id": "a"}"#, "missing_field", "/owner/type");
    argument(r#", "owner": {"id": null, "type": null}"#, "wrong_type", "/owner/type");
    argument(r#", "owner": {"id": "a", "type": "User"}"#, "unexpected_type", "/owner/type");
    argument(r#", "owner": {"properties": 1, "id": "", "type": "Agent"}"#, "empty", "/owner/id");
    argument(r#", "owner": {"properties": 1, "id": "a", "type": "Agent"}"#, "wrong_type", "/owner/properties");
    let boss = r#", "owner": {"id": "a", "type": "Agent", "properties": {"boss": {"type": "Agent", "id": "b",
                   "properties": {"role": "?"}}}}"#;
    argument(boss, "bad_ident", "/owner/properties/boss/properties/role");
}

#[test]
fn a_refusal_is_a_deny_without_the_rest() {
    let evaluation = evaluate(vec![rule(Effect::Allow, "a", yes())], "{}");
    assert_eq!(
        serde_json::to_string(&evaluation.decision).unwrap(),
        r#"{"version":1,"effect":"deny","determined_by":["refused"],"refusal":{"code":"missing_field","path":"/subject"}}"#
    );
    assert!(evaluation.trace.rules.is_empty());
}

/// Requests with random damage: none may panic, and whatever is decided is decided twice the same.
#[test]
fn any_bytes_give_a_decision() {
    let evaluator = Evaluator::new(&package(None, vec![rule(Effect::Allow, "a", yes())]));
    let whole = pay(r#", "n": 1, "note": "\u00e4\\", "ids": [1, 2], "level": "LOW", "spot": {"x": 1},
            "owner": {"type": "Agent", "id": "b", "properties": {"boss": null}}"#);
    accepted(&whole);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let tokens =
        ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "null", "-", "0", "1e9", ".", "\0", "é", " "];
    for _ in 0..4000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=random(3) {
            let start = random(bytes.len());
            let end = (start + random(4)).min(bytes.len());
            let token: Vec<u8> = match random(3) {
                0 => vec![],
                1 => tokens[random(tokens.len())].into(),
                _ => vec![u8::try_from(random(256)).unwrap()],
            };
            bytes.splice(start..end, token);
        }
        assert_eq!(evaluator.evaluate(&bytes), evaluator.evaluate(&bytes));
    }
}
