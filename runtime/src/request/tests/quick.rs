//! What is read in one pass, and whether these tests would notice if it were read wrongly.

use super::*;
use crate::request::plan::{Kind, Plan};

#[test]
fn usual_requests_are_read_in_one_pass() {
    let world = World::new();
    let full = full();
    for request in [&full, &accepted(), &full.replace(":", " :\t"), &full.replace(',', "\r\n,  ")] {
        assert!(world.is_quick(request), "{request}");
    }
    for (from, to) in [
        (r#""note": "n""#, r#""note": "\u00e9\n\"\ud83d\ude00""#),
        (r#""note": "n""#, r#""note": null"#),
        (r#""note": "n""#, r#""note": "é — 報告""#),
        (r#""amount" : 12.5"#, r#""amount" : 1000.00"#),
        (r#""numbers": [7, -1, 7]"#, r#""numbers": []"#),
    ] {
        let request = full.replace(from, to);
        assert!(request != full && world.is_quick(&request), "{request}");
    }
    // What hardly anybody sends is read plainly.
    let escaped = full.replace("\"note\"", r#""n\u006fte""#);
    assert!(!world.is_quick(&escaped));
    assert_eq!(world.answer(escaped.as_bytes()), "entry 0");
}

#[test]
fn members_in_any_order_are_read_in_one_pass() {
    let world = World::new();
    let inputs = [
        r#"{"note":"n","payment":"pi_1","urgent":true,"amount":12.5,"count":3,"size":"small"}"#,
        r#"{"count":3,"amount":12.5,"payment":"pi_1"}"#,
        r#"{"nested":{"inner":{"flag":true},"flag":false},"count":3,"payment":"pi_1","amount":12.5}"#,
    ];
    for input in inputs {
        let request = request(AGENT, input, ORDER, CONTEXT);
        assert!(world.is_quick(&request), "{input}");
        assert_eq!(world.answer(request.as_bytes()), "entry 0");
    }
    let members = [
        format!(r#""context":{CONTEXT}"#),
        format!(r#""resource":{ORDER}"#),
        format!(r#""action":{{"properties":{INPUT},"name":"refund"}}"#),
        format!(r#""subject":{AGENT}"#),
    ];
    for turn in 0..4 {
        let mut members = members.clone();
        members.rotate_left(turn);
        let request = format!("{{{}}}", members.join(","));
        assert!(world.is_quick(&request), "{request}");
        assert_eq!(world.answer(request.as_bytes()), "entry 0");
    }
}

/// A mistake in what is prepared.
type Fault = (&'static str, fn(&mut Plan));

fn member(plan: &mut Plan, ty: u32, index: usize) -> &mut crate::request::plan::Member {
    let Kind::Object(place) = plan.kind(TypeId(ty)) else { unreachable!() };
    &mut plan.objects[usize::try_from(place).unwrap()].members[index]
}

const FAULTS: &[Fault] = &[
    ("no member is needed", |plan| plan.objects.iter_mut().for_each(|object| object.needed = [0].into())),
    ("the first needed member is not needed", |plan| {
        plan.objects.iter_mut().for_each(|object| object.needed[0] &= object.needed[0].wrapping_sub(1));
    }),
    ("a needed argument may be null", |plan| member(plan, 12, 2).lacks = true),
    ("an optional argument may not be null", |plan| member(plan, 12, 7).lacks = false),
    ("the bound of an Int that is read is one too large", |plan| {
        member(plan, 12, 2).kind = Kind::Int { min: -5, max: 101 };
    }),
    ("the bound of a text that nobody reads is one too large", |plan| {
        member(plan, 12, 7).kind = Kind::Text { max: 4097 };
    }),
    ("a decimal has a place more", |plan| {
        member(plan, 12, 1).kind = Kind::Decimal { places: 3, min: 100, max: 10_000_000 };
    }),
    ("patterns are not looked at", |plan| member(plan, 12, 0).kind = Kind::Text { max: 20 }),
    ("an identifier is any text", |plan| member(plan, 13, 0).kind = Kind::Text { max: 10 }),
    ("two arguments are exchanged", |plan| {
        let first = member(plan, 12, 1).token;
        let second = std::mem::replace(&mut member(plan, 12, 2).token, first);
        member(plan, 12, 1).token = second;
    }),
    ("members of an enum are exchanged", |plan| plan.enums[0].tokens.reverse()),
    ("somebody else vouches for everybody", |plan| {
        plan.objects.iter_mut().for_each(|object| object.elsewhere = true);
    }),
    ("a type has another name", |plan| {
        let Kind::Object(place) = plan.kind(TypeId(11)) else { unreachable!() };
        plan.objects[usize::try_from(place).unwrap()].token = crate::request::names::Token::new("User", "");
    }),
];

/// Requests of which many have something wrong: other values in every place, members left out or twice.
fn requests() -> Vec<String> {
    let full = full().replace(" : ", ":").replace(": ", ":");
    let places: Vec<usize> = full.match_indices(':').map(|(at, _)| at + 1).collect();
    let long = format!("\"{}\"", "x".repeat(4097));
    let values = [
        "null",
        "true",
        "0",
        "101",
        "-6",
        "1.125",
        "1000.125",
        "\"\"",
        "\"a b\"",
        "\"small\"",
        "\"User\"",
        "{}",
        "[]",
        "[1,1,1,1]",
        r#"{"flag":null}"#,
        &long,
    ];
    let mut all = vec![full.clone(), full.replace(r#""payment":"pi_1" ,"#, "")];
    all.push(full.replace(r#""amount":12.5 , "count":-3"#, r#""count":3,"amount":12"#));
    for start in places {
        let end = full[start..].find([',', '}']).map_or(full.len(), |length| start + length);
        all.extend(values.iter().map(|value| format!("{}{value}{}", &full[..start], &full[end..])));
    }
    for (at, _) in full.match_indices(',') {
        let end = full[at + 1..].find([',', '}']).map_or(full.len(), |length| at + 1 + length);
        all.push(format!("{}{}", &full[..at], &full[end..]));
        all.push(format!("{}{}", &full[..end], &full[at..]));
    }
    for name in ["payment", "amount", "count", "type", "id", "properties", "session", "flag"] {
        all.push(full.replace(&format!("\"{name}\""), "\"other\""));
    }
    all
}

#[test]
fn mistakes_in_what_is_prepared_are_found() {
    let world = World::new();
    let requests = requests();
    let differs = |plan: &Plan| {
        requests.iter().any(|request| {
            let read = |way| {
                let mut frame = Frame::default();
                let prepared = (plan, &world.actions);
                let read = decode(&world.program, &world.patterns, prepared, request.as_bytes(), &mut frame, way)?;
                read.ok().map(|index| shown(&world.program, &world.program.entries[index], &frame))
            };
            let (quick, plain) = (read(Way::Quick), read(Way::Plain));
            // That it gives up on a request that is right is no mistake, unless on the plainest.
            if quick.is_none() { plain.is_some() && *request == requests[0] } else { quick != plain }
        })
    };
    assert!(!differs(&Plan::new(&world.program)));
    for (what, change) in FAULTS {
        let mut plan = Plan::new(&world.program);
        change(&mut plan);
        let found = differs(&plan);
        // This one only gives up where it need not.
        assert_eq!(found, *what != "an optional argument may not be null", "{what}");
    }
}

#[test]
fn one_pass_takes_nothing_that_is_wrong() {
    use crate::schema::Type;

    let mut world = World::new();
    world.program.types[14] = Type::Json;
    if let Type::Record { open, .. } = &mut world.program.types[8] {
        *open = true;
    }
    let full = full().replace(" : ", ":").replace(": ", ":");
    assert_eq!(world.answer(full.as_bytes()), "entry 0");
    assert!(world.is_quick(&full));
    let with = |from: &str, to: &str| {
        let request = full.replacen(from, to, 1);
        assert_ne!(request, full);
        request
    };
    let note = |json: &str| with(r#""note":"n""#, &format!(r#""note":{json}"#));
    for json in ["[]", "{}", "-1", "0.5", "[{\"a\":null}]", "\"\\u0000\"", "{\"a\":1,\"b\":{\"a\":1}}", "false"] {
        assert!(world.is_quick(&note(json)), "{json}");
        assert_eq!(world.answer(note(json).as_bytes()), "entry 0", "{json}");
    }
    let deep = |depth: usize| note(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(world.is_quick(&deep(29)));
    let many = r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"c":1}"#;
    let mut wrong = vec![deep(30), format!("{full}}}"), format!("{full} x"), full.replace('\n', "\u{c}")];
    for json in [
        r#"{"a":1,"a":2}"#,
        r#"[{"b":{"a":1,"a":1}}]"#,
        many,
        "-0",
        "-0.00",
        "1e2",
        "1E2",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "+1",
        "-",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "nul",
        "truex",
        "\"\\u0041\nn\"",
        "\"\\u0041\n\"",
        "\"a\tb\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\u00g0\"",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "{\"a\" 1}",
    ] {
        wrong.push(note(json));
    }
    wrong.extend([
        with(r#""nested":{"flag":true}"#, r#""nested":{"flag":true,"x":1,"x":1}"#),
        with(r#""nested":{"flag":true}"#, r#""nested":{"flag":true,"x":-0}"#),
        with(r#""id":"u""#, r#""id":"u\u0000""#),
        with(r#""id":"u""#, r#""id":"""#),
        with(r#""id":"u""#, r#""id":"u","id":"u""#),
        with(r#""count":-3"#, r#""count":-03"#),
        with(r#""count":-3"#, r#""count":03"#),
        with(r#""count":-3"#, r#""count":-0"#),
        with(r#""count":-3"#, r#""count":3.0"#),
        with(r#""count":-3"#, r#""count":"3""#),
        with(r#""amount":12.5"#, r#""amount":012.5"#),
        with(r#""amount":12.5"#, r#""amount":12."#),
        with(r#""amount":12.5"#, r#""amount":12.500"#),
        with(r#""amount":12.5"#, r#""amount":1.25e1"#),
        with(r#""payment":"pi_1""#, "\"payment\":\"pi\\u005f\n1\""),
        with(r#""payment":"pi_1""#, r#""payment":"pi_\u0000""#),
        with(r#""subject":"#, r#""subject":{"type":"Agent"},"subject":"#),
        with(r#""context":"#, r#""context":{},"context":"#),
        with(r#""context":"#, &format!(r#""context":{CONTEXT},"context":"#)),
        with(r#""context":"#, r#""conteXt":"#),
        with(r#""name":"refund""#, r#""name":"refund","name":"refund""#),
        with(r#""name":"refund""#, r#""name":"refund","properties":{}"#),
        full.replace("\"resource\"", "\"resourcE\""),
    ]);
    for request in wrong {
        // The ways of reading are compared there.
        assert!(!world.answer(request.as_bytes()).starts_with("entry"), "{request}");
        assert!(!world.is_quick(&request), "{request}");
    }
}
