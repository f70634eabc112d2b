//! Events: read as strictly as requests, and recorded or refused.

use super::windows::window;
use super::*;
use crate::fixture::{field, inside, reads};
use crate::ir::{Brought, Component, EntryWindow, Event, Gather, Kind, Recording, Sought};
use crate::recording::observe;
use crate::schema::Syntax;
use crate::store::{Access, Aggregate, Horizon, Records};

/// `told`, with a text and a context, in a set of addresses by session; and `seen`, without either.
fn program() -> Program {
    let record = |fields| Type::Record { fields, open: false };
    let text = |ident| Type::Text { ident, max: 40, patterns: vec![] };
    let recording = Recording {
        condition: Expr::Const(1),
        brought: Brought::Parts { sought: Sought::Syntax(Syntax::Email), of: vec![Gather::one(Expr::Load(Slot(0)))] },
    };
    let named = EntryWindow {
        window: 0,
        key: vec![Component { kind: Kind::Text, expr: Expr::Load(Slot(1)) }],
        records: Some(recording),
        past: None,
        counting: None,
        max: None,
        shown: false,
    };
    let seen = Event { name: "seen".into(), fields: TypeId(2), ..Event::default() };
    let told = Event {
        name: "told".into(),
        fields: TypeId(3),
        context: Some(TypeId(4)),
        reads_fields: inside([(0, reads(0))]),
        reads_context: inside([(0, reads(1))]),
        slots: 2,
        windows: vec![named],
        ..Event::default()
    };
    let mut window = window("named", Aggregate::Set, Recorded::Event, 3);
    window.kind = Kind::Text;
    Program {
        types: vec![
            text(false),
            text(true),
            record(vec![]),
            record(vec![field("text", 0)]),
            record(vec![field("session", 1)]),
        ],
        windows: vec![window],
        events: vec![seen, told],
        ..Program::default()
    }
}

fn report(program: &Program, store: &dyn Store, report: &str) -> String {
    let facts = Facts::default();
    let host = Host { clock: Clock { now: 0, mono: 0 }, facts: &facts, store };
    match observe(program, &Patterns::default(), report.as_bytes(), &mut Frame::default(), &host) {
        Ok(()) => "ok".into(),
        Err(refusal) => format!("{} {}", refusal.code.as_str(), refusal.path),
    }
}

fn told(text: &str) -> String {
    format!(r#"{{"event":"told","fields":{{"text":"{text}"}},"context":{{"session":"s"}}}}"#)
}

/// The values of the window in a session.
fn values(store: &dyn Store, session: &str) -> Vec<String> {
    let mut key = vec![];
    crate::key::encode_into(&[crate::key::Component::Text(session)], &mut key);
    let horizon = Horizon::Sliding { span: MINUTE };
    let access = Access { window: 0, key: &key, horizon, aggregate: Aggregate::Set, bound: 3, clock: 0 };
    let mut found = vec![];
    let read = store.transact(&[access], &mut |readings| {
        let entries = readings[0].iter().flat_map(|entries| entries.values());
        found = entries.map(|value| format!("{:?}", crate::key::decode(value).unwrap())).collect();
        Records::new()
    });
    read.unwrap();
    found
}

#[test]
fn reports_are_read_strictly() {
    let program = program();
    crate::validate::validate(&program).unwrap();
    let store = Memory::default();
    for (text, expected) in [
        (told("a"), "ok"),
        (r#"{"event":"seen"}"#.into(), "ok"),
        (r#"{"event":"seen","fields":{},"context":{}}"#.into(), "ok"),
        ("{".into(), "bad_json "),
        ("[]".into(), "wrong_type "),
        ("{}".into(), "missing_field /event"),
        (r#"{"event":5}"#.into(), "wrong_type /event"),
        (r#"{"event":"lost"}"#.into(), "unknown_event /event"),
        (r#"{"event":"seen","more":1}"#.into(), "unknown_field /more"),
        (r#"{"event":"seen","event":"seen"}"#.into(), "duplicate_field /event"),
        (r#"{"event":"seen","fields":{"text":"a"}}"#.into(), "unknown_field /fields/text"),
        (r#"{"event":"seen","context":{"session":"s"}}"#.into(), "unknown_field /context/session"),
        (r#"{"event":"seen","context":null}"#.into(), "null_value /context"),
        (r#"{"event":"told"}"#.into(), "missing_field /fields/text"),
        (r#"{"event":"told","fields":{"text":"a"}}"#.into(), "missing_field /context/session"),
        (r#"{"event":"told","fields":{"text":"a"},"context":{"session":"s t"}}"#.into(), "bad_ident /context/session"),
        (r#"{"event":"told","fields":{"text":5},"context":{"session":5}}"#.into(), "wrong_type /fields/text"),
    ] {
        assert_eq!(report(&program, &store, &text), expected, "{text}");
    }
}

#[test]
fn every_address_in_a_text_is_recorded_or_none() {
    let (mut program, store) = (program(), Memory::default());
    assert_eq!(report(&program, &store, &told("a@example.com, (B@EXAMPLE.com) c@")), "ok");
    let both = [r#"Text("B@example.com")"#, r#"Text("a@example.com")"#];
    assert_eq!(values(&store, "s"), both);
    assert!(values(&store, "t").is_empty());
    // There is room for one more.
    assert_eq!(report(&program, &store, &told("c@example.com d@example.com")), "unrecorded ");
    assert_eq!(values(&store, "s"), both);
    assert_eq!(report(&program, &store, &told("a@example.com")), "ok");
    // Without an address there is nothing to record, whatever the store says.
    assert_eq!(report(&program, &Outage, &told("nobody")), "ok");
    assert_eq!(report(&program, &Outage, &told("a@example.com")), "unrecorded ");
    // What only shadow rules read never stands in the way.
    (program.windows[0].enforced, program.windows[0].shadow) = (false, true);
    assert_eq!(report(&program, &Outage, &told("a@example.com")), "ok");
    assert_eq!(report(&program, &store, &told("c@example.com d@example.com")), "ok");
    assert_eq!(values(&store, "s"), both);
}
