//! The JSON form of what a host says.

use crate::eval::{Answer, Approval, Host, TableAnswer};

#[test]
fn a_host_is_read_as_it_is_written() {
    let text = r#"{ "now": "2026-03-27T14:00:00Z", "bundle": "b",
        "answers": [ {"source": "s", "type": "T", "id": "1", "properties": {"a": 1.50}, "age_seconds": 3},
                     {"source": "s", "type": "T", "id": "2", "failure": "timeout"} ],
        "tables": [ {"source": "s", "table": "t", "rows": [{"key": ["a", 1.50], "value": null}], "whole": true},
                    {"source": "s", "table": "t", "failure": "timeout", "age_seconds": 2} ],
        "members": [ {"approvers": "g", "id": "ann", "age_seconds": 3}, {"approvers": "g", "id": "ann"} ],
        "approvals": [ {"id": "a1", "by": {"type": "User", "id": "ann"}, "from": "g", "at": "1970-01-01T00:00:01Z",
                        "binding": "ff"}, {"id": "a2", "by": {"id": "bo"}, "from": "g", "at": "1970-01-01T00:00:00Z",
                        "binding": ""} ],
        "supported": ["audit"] }"#;
    let host = Host::from_json(text.as_bytes()).unwrap();
    let answer = |id: &str, properties: Option<&str>, age| Answer {
        source: "s".into(),
        ty: "T".into(),
        id: id.into(),
        properties: properties.map(Into::into),
        age,
    };
    let approval = |id: &str, by_type: Option<&str>, by: &str, at, binding: &str| Approval {
        id: id.into(),
        by_type: by_type.map(Into::into),
        by: by.into(),
        from: "g".into(),
        at,
        binding: binding.into(),
    };
    let expected = Host {
        now: 1_774_620_000_000_000,
        mono: None,
        bundle: Some("b".into()),
        answers: vec![answer("1", Some(r#"{"a":1.50}"#), 3_000_000), answer("2", None, i64::MAX)],
        tables: vec![
            TableAnswer {
                source: "s".into(),
                table: "t".into(),
                rows: Some(vec![(r#"["a",1.50]"#.into(), "null".into())]),
                whole: true,
                age: i64::MAX,
            },
            TableAnswer { source: "s".into(), table: "t".into(), rows: None, whole: false, age: 2_000_000 },
        ],
        // The older of the two, of which one does not say how old it is.
        members: [(("g".into(), "ann".into()), i64::MAX)].into(),
        approvals: vec![approval("a1", Some("User"), "ann", 1_000_000, "ff"), approval("a2", None, "bo", 0, "")],
        supported: Some(["audit".into()].into()),
        outages: [].into(),
    };
    assert_eq!(host, expected);
    assert_eq!(Host::from_json(b"{}"), Ok(Host::default()));
    assert_eq!(Host::from_json(br#"{"supported": []}"#).unwrap().supported, Some([].into()));
}

#[test]
fn what_is_not_such_a_host_is_refused() {
    for (text, why) in [
        ("", "not one well-formed JSON value of small depth"),
        ("[]", ": wrong_type"),
        (r#"{"mono": 1}"#, "/mono: unknown_field"),
        (r#"{"now": 1}"#, "/now: wrong_type"),
        (r#"{"now": "today"}"#, "/now: not an instant"),
        (r#"{"now": "1970-01-01T00:00:00Z", "now": "1970-01-01T00:00:00Z"}"#, "/now: duplicate_field"),
        (r#"{"answers": {}}"#, "/answers: wrong_type"),
        (r#"{"answers": [{}]}"#, "/answers/0: an answer has either properties or a failure"),
        (r#"{"answers": [{"properties": {}}]}"#, "/answers/0/source: missing_field"),
        (r#"{"answers": [{"properties": []}]}"#, "/answers/0: properties are an object, a failure is a text"),
        (r#"{"answers": [{"failure": {}}]}"#, "/answers/0: properties are an object, a failure is a text"),
        (
            r#"{"answers": [{"properties": {}, "failure": ""}]}"#,
            "/answers/0: an answer has either properties or a failure",
        ),
        (
            r#"{"answers": [{"properties": {}, "age_seconds": -1}]}"#,
            "/answers/0/age_seconds: not a whole number of seconds",
        ),
        (
            r#"{"answers": [{"source": "s", "type": "T", "id": "1", "failure": ""},
                            {"source": "s", "type": "T", "id": "1", "properties": {}}]}"#,
            "/answers/1: another answer is about the same entity",
        ),
        (r#"{"tables": [{"source": "s", "table": "t"}]}"#, "/tables/0: an answer has either rows or a failure"),
        (
            r#"{"tables": [{"source": "s", "table": "t", "rows": [], "failure": ""}]}"#,
            "/tables/0: an answer has either rows or a failure",
        ),
        (
            r#"{"tables": [{"source": "s", "table": "t", "rows": {}}]}"#,
            "/tables/0: rows are an array, a failure is a text",
        ),
        (
            r#"{"tables": [{"source": "s", "table": "t", "rows": [{"value": 1}]}]}"#,
            "/tables/0/rows/0: a key is an array",
        ),
        (
            r#"{"tables": [{"source": "s", "table": "t", "rows": [{"key": []}]}]}"#,
            "/tables/0/rows/0/value: missing_field",
        ),
        (r#"{"tables": [{"source": "s", "table": "t", "rows": [], "whole": 1}]}"#, "/tables/0/whole: wrong_type"),
        (r#"{"tables": [{"source": "s", "rows": []}]}"#, "/tables/0/table: missing_field"),
        (r#"{"members": [{"approvers": "g"}]}"#, "/members/0/id: missing_field"),
        (r#"{"approvals": [{"id": "a"}]}"#, "/approvals/0/by: missing_field"),
        (r#"{"approvals": [{"id": "a", "by": {"id": 1}}]}"#, "/approvals/0/by/id: wrong_type"),
        (r#"{"supported": [1]}"#, "/supported/0: wrong_type"),
        (r#"{"supported": null}"#, "/supported: wrong_type"),
    ] {
        assert_eq!(Host::from_json(text.as_bytes()), Err(why.to_owned()), "{text}");
    }
}
