//! Quantities, texts of a syntax, lists, and what is above an entity.

use super::*;
use crate::fixture::{field, inside, reads};
use crate::schema::{Field, Part, Quantity, Reads, Rows, Syntax, Type, TypeId};

/// `ping` by `User`, with one of each kind: optional arguments, and slots for their values.
///
/// Slots: 0 to 12 the arguments in their order, 13 the ancestors of the principal, 14 and 15 host and port of the URL.
fn world() -> World {
    let mut world = World::new();
    let types = &mut world.program.types;
    let mut next = |ty| {
        types.push(ty);
        TypeId(u32::try_from(types.len()).unwrap() - 1)
    };
    let quantity = |kind, min, max| Type::Quantity { kind, min, max };
    let syntax = |syntax| Type::Syntax { syntax, max: 20, patterns: vec![] };
    let pair =
        next(Type::Record { open: false, fields: vec![field("a", 1), Field { optional: true, ..field("b", 14) }] });
    let row = next(Type::Record {
        open: false,
        fields: vec![field("n", 1), Field { ty: TypeId(pair.0 + 2), optional: true, ..field("inner", 0) }],
    });
    let pairs = next(Type::List { element: pair, max: 3 });
    let emails = next(syntax(Syntax::Email));
    let arguments = [
        ("at", quantity(Quantity::Instant, 0, i64::MAX)),
        ("for", quantity(Quantity::Duration, 0, 3_600_000_000)),
        ("on", quantity(Quantity::Date, i64::MIN, i64::MAX)),
        ("clock", quantity(Quantity::Time, i64::MIN, i64::MAX)),
        ("size", quantity(Quantity::Size, i64::MIN, 1_000_000)),
        ("path", syntax(Syntax::Path)),
        ("url", syntax(Syntax::Url)),
        ("host", syntax(Syntax::Host)),
        ("address", syntax(Syntax::IpAddr)),
        ("net", syntax(Syntax::IpNet)),
        ("shell", syntax(Syntax::Command)),
        ("emails", Type::Set { element: emails, max: 3 }),
        ("rows", Type::List { element: row, max: 3 }),
        ("team", Type::Entity { id: None, name: "Team".into(), fields: vec![], ancestors: vec![] }),
    ];
    let arguments = arguments.map(|(name, ty)| Field { ty: next(ty), optional: true, ..field(name, 0) });
    let (team, input) = (arguments[13].ty, next(Type::Record { open: false, fields: arguments.into() }));
    types[10] = Type::Entity { id: None, name: "User".into(), fields: vec![], ancestors: vec![team, TypeId(10)] };

    // A row: n, the inner list. An inner row: presence of b, b, a.
    let inner = Rows {
        width: 3,
        element: inside([
            (0, reads(2)),
            (1, Reads { present: Some(Slot(0)), value: Some(Slot(1)), ..Reads::default() }),
        ]),
    };
    let inner = Reads { value: Some(Slot(1)), rows: Some(Box::new(inner)), ..Reads::default() };
    let rows = Rows { width: 2, element: inside([(0, reads(0)), (1, inner)]) };
    let rows = Reads { value: Some(Slot(12)), rows: Some(Box::new(rows)), ..Reads::default() };
    world.program.entries.drain(..2);
    world.actions = Actions::new(&world.program);
    let entry = &mut world.program.entries[0];
    entry.input = input;
    entry.slots = 16;
    entry.reads_input =
        Reads { fields: (0..12).map(|index| (index, reads(index))).chain([(12, rows)]).collect(), ..Reads::default() };
    entry.reads_input.fields[6].1.parts = vec![(Part::UrlHost, Slot(14)), (Part::UrlPort, Slot(15))];
    entry.reads_principal = Reads { ancestors: Some(Slot(13)), ..Reads::default() };
    assert_eq!(pairs.0, pair.0 + 2);
    crate::validate::validate(&world.program).unwrap();
    world
}

fn ping(user: &str, input: &str) -> String {
    format!(
        r#"{{"subject":{{"type":"User","id":"u","properties":{user}}},"action":{{"name":"ping","properties":{input}}}}}"#
    )
}

/// Each case is a value of one argument, and what is refused about it.
#[track_caller]
fn check_argument(name: &str, cases: &[(&str, &str)]) {
    let world = world();
    for (value, expected) in cases {
        let answer = world.answer(ping("{}", &format!(r#"{{"{name}":{value}}}"#)).as_bytes());
        let expected = match expected.split_once(' ') {
            None if *expected == "ok" => "entry 0".to_owned(),
            None => format!("{expected} /action/properties/{name}"),
            Some((code, inner)) => format!("{code} /action/properties/{name}{inner}"),
        };
        assert_eq!(answer, expected, "{name} {value}");
    }
}

#[test]
fn quantities() {
    check_argument(
        "at",
        &[
            (r#""2026-03-27T14:00:00Z""#, "ok"),
            (r#""2026-03-27T15:00:00.5+01:00""#, "ok"),
            (r#""2026-03-27""#, "not_an_instant"),
            (r#""2026-02-30T14:00:00Z""#, "not_an_instant"),
            (r#""2026-03-27T14:00:00.1234567Z""#, "not_an_instant"),
            (r#""1969-12-31T23:59:59Z""#, "out_of_range"),
            ("1774620000", "wrong_type"),
            ("null", "ok"),
        ],
    );
    check_argument(
        "for",
        &[
            (r#""PT1H""#, "ok"),
            (r#""PT1H1S""#, "out_of_range"),
            (r#""-PT1S""#, "out_of_range"),
            (r#""1h""#, "not_a_duration"),
            (r#""P1W""#, "not_a_duration"),
        ],
    );
    check_argument("on", &[(r#""2026-03-27""#, "ok"), (r#""2026-3-27""#, "not_a_date")]);
    check_argument("clock", &[(r#""09:00""#, "ok"), (r#""24:00""#, "not_a_time"), ("9", "wrong_type")]);
    check_argument(
        "size",
        &[
            ("0", "ok"),
            ("1000000", "ok"),
            ("1000001", "out_of_range"),
            ("-1", "out_of_range"),
            ("1.0", "not_an_integer"),
            (r#""1kB""#, "wrong_type"),
        ],
    );
}

#[test]
fn texts_of_a_syntax() {
    check_argument(
        "path",
        &[
            (r#""/a/b""#, "ok"),
            (r#""/a/../b""#, "not_a_path"),
            (r#""a""#, "not_a_path"),
            (r#""/012345678901234567""#, "ok"),
            (r#""/0123456789012345678""#, "ok"),
            (r#""/01234567890123456789""#, "too_long"),
            ("[]", "wrong_type"),
        ],
    );
    check_argument("url", &[(r#""https://a.example/""#, "ok"), (r#""javascript:alert(1)""#, "not_a_url")]);
    check_argument("host", &[(r#""EXAMPLE.com""#, "ok"), (r#""a_b""#, "not_a_host")]);
    check_argument("address", &[(r#""::1""#, "ok"), (r#""127.1""#, "not_an_address")]);
    check_argument("net", &[(r#""10.0.0.0/8""#, "ok"), (r#""10.0.0.1/8""#, "not_a_net")]);
    check_argument("shell", &[(r#""ls | wc""#, "ok"), (r#""ls 'a""#, "not_a_command")]);
    check_argument("emails", &[(r#"["a@b.example"]"#, "ok"), (r#"["a@b.example","b"]"#, "not_an_email /1")]);
}

#[test]
fn lists() {
    check_argument(
        "rows",
        &[
            ("[]", "ok"),
            ("{}", "wrong_type"),
            (r#"[{"n":1},{"n":1},{"n":1}]"#, "ok"),
            (r#"[{"n":1},{"n":1},{"n":1},{"n":1}]"#, "too_many"),
            (r#"[{"n":1},null]"#, "null_value /1"),
            (r#"[{"n":1},{}]"#, "missing_field /1/n"),
            (r#"[{"n":1,"inner":[{"a":1,"b":2}]}]"#, "wrong_type /0/inner/0/b"),
        ],
    );
}

#[test]
fn what_is_above_an_entity() {
    let above = |ancestors: &str, expected: &str| {
        let answer = world().answer(ping(&format!(r#"{{"in":{ancestors}}}"#), "{}").as_bytes());
        let expected = match expected.split_once(' ') {
            None => "entry 0".to_owned(),
            Some((code, inner)) => format!("{code} /subject/properties/in{inner}"),
        };
        assert_eq!(answer, expected, "{ancestors}");
    };
    above("[]", "ok");
    above("null", "ok");
    above(r#"[{"type":"Team","id":"a"},{"id":"b","type":"User"}]"#, "ok");
    above("{}", "wrong_type ");
    above(r#"[{"type":"Agent","id":"a"}]"#, "wrong_type /0/type");
    above(r#"[{"type":"Team","id":""}]"#, "empty /0/id");
    above(r#"[{"type":"Team"}]"#, "missing_field /0/id");
    above(r#"[{"type":"Team","id":"a","properties":{}}]"#, "unknown_field /0/properties");
    let twice = world().answer(ping(r#"{"in":[],"in":[]}"#, "{}").as_bytes());
    assert_eq!(twice, "duplicate_field /subject/properties/in");
    let many = |count| format!("[{}]", vec![r#"{"type":"Team","id":"a"}"#; count].join(","));
    above(&many(1024), "ok");
    above(&many(1025), "too_many ");
    // Nothing can be above a team, and a record is no entity.
    let team = r#"{"team":{"type":"Team","id":"t","properties":{"in":[]}}}"#;
    let at = "/action/properties/team/properties/in";
    assert_eq!(world().answer(ping("{}", team).as_bytes()), format!("unknown_field {at}"));
    assert_eq!(world().answer(ping("{}", r#"{"in":[]}"#).as_bytes()), "unknown_field /action/properties/in");
}

#[test]
fn they_are_in_the_frame() {
    let world = world();
    let mut frame = Frame::default();
    let input = r#"{"at":"1970-01-01T00:00:01Z","for":"PT1M","on":"1970-01-02","clock":"00:01","size":7,
        "path":"/a","url":"HTTP://A.example:80/","host":"A.example","address":"::FFFF:10.0.0.1","net":"10.0.0.0/8","shell":"ls",
        "emails":["b@B.example","a@b.example"],
        "rows":[{"n":1,"inner":[{"a":5},{"b":"x","a":6}]},{"n":2},{"n":1,"inner":[{"a":7,"b":""}]}]}"#;
    let user = r#"{"in":[{"type":"Team","id":"t"},{"type":"User","id":"v"}]}"#;
    assert_eq!(world.decode(ping(user, input).as_bytes(), &mut frame), Ok(0));
    let slot = |slot| frame.slot(Slot(slot)).unwrap();
    let text = |value| match Text::unpack(value) {
        Text::Arena { start, length } => frame.text(start, length).unwrap(),
        Text::Literal(_) => panic!("a literal from a request"),
    };
    assert_eq!([0, 1, 2, 3, 4].map(slot), [1_000_000, 60_000_000, 1, 60_000_000, 7]);
    let texts = [5, 6, 7, 8, 9].map(|s| text(slot(s)));
    assert_eq!(texts, ["/a", "http://a.example/", "a.example", "10.0.0.1", "10.0.0.0/8"]);
    assert_eq!((text(slot(14)), slot(15), text(slot(10))), ("a.example", 80, "ls"));
    let emails = frame.elements(Set::unpack(slot(11))).unwrap();
    assert_eq!(emails.iter().map(|&email| text(email)).collect::<Vec<_>>(), ["a@b.example", "b@b.example"]);

    let rows = Set::unpack(slot(12));
    assert_eq!(rows.count, 3);
    let word = |list, row, word| frame.row(list, row, word).unwrap();
    assert_eq!([0, 1, 2].map(|row| word(rows, row, 0)), [1, 2, 1]);
    let inner = [0, 1, 2].map(|row| Set::unpack(word(rows, row, 1)));
    assert_eq!(inner.map(|list| list.count), [2, 0, 1]);
    assert_eq!([0, 1].map(|row| word(inner[0], row, 2)), [5, 6]);
    assert_eq!([0, 1].map(|row| word(inner[0], row, 0)), [0, 1]);
    assert_eq!(text(word(inner[0], 1, 1)), "x");
    assert_eq!((word(inner[2], 0, 2), text(word(inner[2], 0, 1))), (7, ""));
    assert_eq!((frame.row(rows, 3, 0), frame.row(inner[2], 0, 1000)), (None, None));

    let above = Set::unpack(slot(13));
    let Type::Entity { ancestors, .. } = &world.program.types[10] else { unreachable!() };
    assert_eq!([0, 1].map(|row| word(above, row, 0)), [ancestors[0].0, 10].map(u64::from));
    assert_eq!([0, 1].map(|row| text(word(above, row, 1))), ["t", "v"]);
}
