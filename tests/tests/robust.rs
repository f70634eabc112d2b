//! Any text gives diagnostics, soon and without a panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use zt_lang::check::package;
use zt_lang::data::{self, Datum};
use zt_lang::syntax::token::WORDS;
use zt_tests::command::zt;
use zt_tests::front::{FILE, load, mistakes, mistakes_with};

const GOOD: &str = include_str!("../good.zt");

/// Checks a text; where mistakes stand is looked up, so that a place outside of the text is noticed.
fn survives(text: &str) {
    for f in mistakes(text) {
        assert!(!f.located.diagnostic.message.is_empty());
    }
}

fn word() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = WORDS.iter().map(|(w, _)| *w).collect();
    prop_oneof![
        4 => prop::sample::select(words).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["a", "b", "Int", "Set", "String", "principal", "resource", "Agent"]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", "<", ">", "==", "=", "->", "??", "?", "..", ".", ",", ":", "+", "-", "*", "&&", "!",
            "\n",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["1", "0.5", "30min", "\"x\"", "\"{a}\"", "re\"a\"", "'x'", "\"", "re\"", "//", "#", "é"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 300 } else { 3_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survives(&text);
    }

    /// Whatever is accepted of a text as CSV, another reader takes for the same.
    #[test]
    fn csv_is_read_as_others_read_it(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["a", "b c", "\"", "\"\"", ",", "\n", "\r\n", "\r", " ", "\"x\"", "\"x,\"\"y\"", "é", "1"]),
            0..14,
        ),
    ) {
        let text = format!("id,n\n{}", pieces.concat());
        let sheet = data::read("a.csv", &text);
        if sheet.mistakes.is_empty() {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|r| r.expect("a row").iter().map(str::to_owned).collect()).collect();
            let cell = |datum: &Datum| match datum {
                Datum::Cell(text) => text.clone(),
                _ => String::new(),
            };
            let ours: Vec<Vec<String>> =
                sheet.rows.iter().map(|row| row.members.iter().map(|m| cell(&m.value.datum)).collect()).collect();
            prop_assert_eq!(ours, theirs);
        }
    }

    /// Any text in a data file gives mistakes with places in it.
    #[test]
    fn any_data_file_is_survived(
        text in any::<String>(),
        which in 0..4_usize,
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", "{", "}", "\"id\"", "\"level\"", ":", ",", "\"low\"", "null", "1", "\"\\u200b\"", "\n", "id,level", "a,low", "\"",
                "é", "\\ud800",
            ]),
            0..24,
        ),
    ) {
        const POLICY: &str = "package example\nenum Level { low, high }\n\
            entity A from file \"a.csv\" { level : Level, note : String? }\nentity B from file \"b.json\" { level : Level? }\n\
            table t (Level) -> Int from file \"a.csv\"\ntable r { id : Level } from file \"b.json\"";
        let text = match which {
            0 => text,
            1 => pieces.concat(),
            2 => format!("id,level\n{}", pieces.join(",")),
            _ => format!("[{{{}}}]", pieces.join(" ")),
        };
        for found in mistakes_with(POLICY, &[("a.csv", &text), ("b.json", &text)]) {
            assert!(!found.located.diagnostic.message.is_empty());
        }
    }

    #[test]
    fn any_soup_of_tokens_is_survived(words in prop::collection::vec(word(), 0..80)) {
        survives(&words.join(" "));
        survives(&format!("package example\npolicy p for a {{ {} }}", words.join(" ")));
        survives(&format!("package example\nsuite \"s\" {{ {} }}", words.join(" ")));
    }

    #[test]
    fn a_good_file_with_a_piece_replaced_is_survived(
        from in 0..GOOD.len(),
        length in 0_usize..40,
        words in prop::collection::vec(word(), 0..6),
    ) {
        let from = (0..=from).rev().find(|i| GOOD.is_char_boundary(*i)).unwrap_or(0);
        let to = (from + length..GOOD.len()).find(|i| GOOD.is_char_boundary(*i)).unwrap_or(GOOD.len());
        survives(&format!("{} {} {}", &GOOD[..from], words.join(" "), &GOOD[to..]));
    }
}

/// One MiB of a piece; less where nothing is optimised.
fn filled(before: &str, piece: impl Fn(usize) -> String, after: &str) -> String {
    let size = if cfg!(debug_assertions) { 128 << 10 } else { 1 << 20 };
    let mut text = before.to_owned();
    let mut i = 0;
    while text.len() < size {
        text.push_str(&piece(i));
        i += 1;
    }
    text.push_str(after);
    text
}

#[test]
fn large_texts_take_no_time() {
    let same = |s: &'static str| move |_: usize| s.to_owned();
    let p = "package example\nentity A from pep { a : Int, b : A? }\naction x { by A input { a : Int } }\n";
    let policy = format!("{p}policy p for x {{ allow r when ");
    let mut random = 1_u64;
    let bytes: String = (0..1 << 20)
        .map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from((random >> 33) as u8)
        })
        .collect();
    let mut texts: Vec<(String, String)> = [
        "(",
        ")",
        "[",
        "{",
        "}",
        "<",
        "a.",
        "a ",
        "not ",
        "-",
        "\"",
        "'",
        "re\"",
        "\\",
        "/",
        "//",
        "\n",
        "&&",
        "=",
        ".",
        "..",
        ",",
        "policy a for x {",
        "policy a for x {}",
        "policy a for x { allow b when true }\n",
        "enum X {",
        "enum X { a }\n",
        "enum X",
        "x { }\n",
        "x\n",
        "enm X { a }\n",
        "entiy A\n",
        "action {",
        "action\n",
        "package ",
        "package example\n",
        "suite \"s\" {",
        "test \"a\" {",
        "allow ",
        "when ",
        "type T = Set<",
        "Set<",
        "record R { a : ",
        "define a = ",
        "define a = a + a\n",
        "{a}",
        "é",
        "\u{0}",
        "a = ",
        "tiers t { a {} }\n",
    ]
    .into_iter()
    .map(|piece| (format!("{piece:?}"), filled("", same(piece), "")))
    .collect();
    texts.push(("random bytes".into(), bytes));
    for (before, piece, after) in [
        ("", "(", "a == 1"),
        ("", "not ", "true"),
        ("", "-", "1 == 1"),
        ("", "a.", "a == 1"),
        ("principal.", "b.", "a == 1"),
        ("", "true and ", "true"),
        ("", "true or true and ", "true"),
        ("", "(true or true and true) and ", "true"),
        ("", "1 + ", "1 == 1"),
        ("", "1 < ", "1"),
        ("", "1 == ", "1"),
        ("", "input.a ?? ", "1 == 1"),
        ("", "principal has b and ", "true"),
        ("", "principal has b as n and ", "true"),
        ("", "input.b == 1 or ", "true"),
        ("", "amount == 1 or ", "true"),
        ("", "f(", "1"),
        ("", "f(1) or ", "true"),
        ("input.a in [", "1, ", "1]"),
        ("", "[", "1"),
        ("", "\"a\" == ", "\"b\""),
        ("true because \"", "{principal.b", "}\""),
        ("true because \"{principal", ".b", "}\""),
        ("true because \"", "{principal.b.b.b.b.a} ", "\""),
        ("true because \"", "\\q", "\""),
        ("input.a matches re\"", "(", "\""),
        ("input.a matches re\"", "a", "\""),
        ("input.a matches re\"", "[a-z]*", "\""),
        ("input.a matches re\"", "(a*)*", "\""),
        ("true ", "unless true ", ""),
        ("true ", "allow r when true ", ""),
        ("true ", "alow r when true ", ""),
        ("true ", "allow r whn true ", ""),
    ] {
        texts.push((
            format!("{before}{piece}…"),
            filled(&format!("{policy}{before}"), same(piece), &format!("{after} }}")),
        ));
    }
    type Numbered = (&'static str, &'static str, fn(usize) -> String, &'static str);
    let numbered: [Numbered; 22] = [
        ("members", "enum E { ", |i| format!("m{i}, "), "}"),
        ("fields", "record R { ", |i| format!("f{i} : Int, "), "}"),
        ("wires", "record R { ", |i| format!("f{i} as \"w{i}\" : Int, "), "}"),
        ("unknown types", "record R { ", |i| format!("f{i} : T{i}, "), "}"),
        ("tiers", "tiers t { ", |i| format!("t{i} {{}} "), "}"),
        ("chain of records", "", |i| format!("record R{i} {{ r : R{} }}\n", i + 1), ""),
        ("chain of definitions", "", |i| format!("define d{i} = d{} or true\n", i + 1), ""),
        ("tree of definitions", "", |i| format!("define d{i} = d{} or d{}\n", 2 * i + 1, 2 * i + 2), ""),
        (
            "circle of definitions",
            "define d1 = d0\n",
            |i| format!("define d{} = d{i}\n", if i > 1 { i + 1 } else { 0 }),
            "",
        ),
        ("definitions of one", "define d = 1 == 1\n", |i| format!("define d{i} = d or d\n"), ""),
        ("parameters", "define d(", |i| format!("p{i} : Int, "), ") = true"),
        ("rules", "policy p for x { ", |i| format!("deny r{i} when input.a == {i}\n"), "}"),
        ("policies", "", |i| format!("policy p{i} for any {{ deny r when input.a == 1 }}\n"), ""),
        ("policies for unknown actions", "", |i| format!("policy p{i} for y{i} {{ deny r when true }}\n"), ""),
        (
            "actions",
            "policy p for any { deny r when input.q == 1 }\n",
            |i| format!("action a{i} {{ by A input {{ q : Int }} }}\n"),
            "",
        ),
        ("selectors", "policy p for ", |i| format!("x{i}, "), "x { deny r when true }"),
        ("guards", "policy p for x when true ", |_| "unless false ".to_owned(), "{ deny r when true }"),
        ("fixtures", "suite \"s\" { ", |i| format!("fixture f{i} = A {{ id: \"i\", a: 1 }}\n"), "}"),
        (
            "chain of fixtures",
            "suite \"s\" { fixture f0 = A { id: \"i\", a: 1 }\n",
            |i| format!("fixture f{} = f{i}\n", i + 1),
            "}",
        ),
        (
            "doubling fixtures",
            "suite \"s\" { fixture f0 = A { id: \"i\", a: 1 }\n",
            |i| {
                format!(
                    "fixture f{} = A {{ id: \"i\", a: 1, b: f{i} }}\nfixture g{i} = A {{ id: \"i\", a: 1, b: f{i} }}\n",
                    i + 1
                )
            },
            "}",
        ),
        (
            "calls",
            "policy p for x { allow r when true }\nsuite \"s\" { request q = A { id: \"i\", a: 1 } -> x { a: 1 }\n",
            |i| format!("test \"t{i}\" {{ call q expect allow by r expect deny by s }}\n"),
            "}",
        ),
        ("brackets in a value", "suite \"s\" { fixture f = ", |_| "[".to_owned(), "}"),
    ];
    let parameters: String = (0..20_000).map(|i| format!("p{i} : Int, ")).collect();
    let uses: String = (0..20_000).map(|i| format!("p{i} == 1 or ")).collect();
    texts.push(("parameters used".into(), format!("{p}define d({parameters}) = {uses} true")));
    for (name, before, piece, after) in numbered {
        texts.push((name.to_owned(), filled(&format!("{p}{before}"), piece, after)));
    }
    // Each takes a second or two on an idle machine; what grows with the square of the size takes minutes.
    let limit = Duration::from_secs(30);
    let mut slow = vec![];
    for (name, text) in texts {
        let (db, package) = load(&[(FILE, &text)]);
        let start = Instant::now();
        let found = package::diagnostics(&db, package);
        let took = start.elapsed();
        if took > limit {
            slow.push(format!("{name}: {took:?}, {} mistakes", found.len()));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

/// What is nested as deep as it may be fits on the stack of a thread, with nothing optimised.
#[test]
fn the_deepest_that_is_allowed_is_checked() {
    let nested = |open: &str, core: &str, close: &str, n: usize| format!("{}{core}{}", open.repeat(n), close.repeat(n));
    for body in [
        nested("(", "a == 1", ")", 90),
        nested("not ", "(a == 1)", "", 90),
        nested("not (a == 1 and ", "a == 2", ")", 30),
        nested("(a == 1 or (a == 2 and ", "a == 3", "))", 22),
        format!("{} == 1", nested("(a + ", "a", ")", 45)),
        format!("{} == 1", nested("-", "a", "", 90)),
    ] {
        let mut text = format!("package example\ndefine d0(a : Int) = {body}\n");
        for i in 1..60 {
            text.push_str(&format!("define d{i}(a : Int) = (a == {i} or d{}(a))\n", i - 1));
        }
        text.push_str("entity A\naction x { by A input { n : Int } }\npolicy p for x { allow r when d59(input.n) }\n");
        let found = mistakes(&text);
        assert!(found.is_empty(), "{body}: {}", found[0]);
    }
    let deep = nested("[", "1", "]", 90);
    assert_eq!(mistakes(&format!("package example\nsuite \"s\" {{ fixture f = {deep} test \"t\" {{ }} }}")).len(), 1);
}

/// Rules for any action, times actions: a short file could ask for days of work. It is told so instead.
#[test]
fn a_short_file_cannot_ask_for_days() {
    let mut text = String::from("package example\nentity A\n");
    for i in 0..3_000 {
        text.push_str(&format!("action a{i} {{ by A }}\npolicy p{i} for any {{ allow r when true }}\n"));
    }
    let started = Instant::now();
    let found = mistakes(&text);
    assert_eq!(found.len(), 1, "{:#?}", found.get(..3));
    assert!(found[0].to_string().contains("ZT0416"), "{}", found[0]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Types that hold each other in many ways have more members than anybody could write out: what a gateway sends is listed
/// once for each type, and requests that are made up of them stay small.
#[test]
fn types_that_hold_each_other_stop_neither_facts_nor_laws() {
    let dir = tempfile::TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    write("zt.toml", "[package]\nname = \"example.knot\"\nedition = \"2026\"\n");
    let chain: String =
        (0..12).map(|i| format!("record R{i} {{ a : List<R{0}>, b : R{0} or Int }}\n", i + 1)).collect();
    write(
        "knot.zt",
        &format!(
            "package example.knot\n\nentity Agent from pep {{ knot : Knot? }}\n\n\
             record Knot {{ a : Knot?, b : List<Knot> max 3, c : Knot or null, d : Map<Ident, Knot>, e : Knot?, f : Knot? }}\n\n\
             {chain}record R12 {{ a : Int }}\n\n\
             action tie {{ by Agent  input {{ knot : Knot?, chain : R0?, count : Int }} }}\n\n\
             policy ties for tie {{ allow some when input.count > 1 and not (input has knot) }}\n\n\
             suite \"ties\" {{ forall r : tie where r.input.count < 1 {{ expect not allow }} }}\n"
        ),
    );
    let facts = zt(dir.path(), &["facts", "."], b"", &[]);
    assert_eq!(facts.code, Some(0), "{}", facts.stderr);
    assert!(facts.stdout.lines().count() < 100, "{}", facts.stdout);
    let tested = zt(dir.path(), &["test", "."], b"", &[]);
    assert_eq!(tested.code, Some(0), "{}{}", tested.stdout, tested.stderr);
}
