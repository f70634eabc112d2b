//! `zt fmt`: the same again, the same meaning, every comment once; and how it looks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use zt_lang::check::package;
use zt_lang::diagnostic::Code;
use zt_lang::format::{Unformatted, format};
use zt_lang::syntax::parse::parse;
use zt_lang::syntax::token::{Spanned, Token, lex};
use zt_tests::command::root;
use zt_tests::front::{FILE, load};
use zt_tests::generate;
use zt_tests::generate::source::Source;

fn formatted(text: &str) -> Result<String, Unformatted> {
    format(&Arc::from(FILE), text)
}

/// Every `.zt` file below some folders of the project.
fn files(folders: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("readable").flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "zt") {
                let text = std::fs::read_to_string(&path).expect("readable");
                out.push((path, text));
            }
        }
    }
    let mut out = vec![];
    folders.iter().for_each(|f| walk(&root().join(f), &mut out));
    out
}

/// Every text of the project: files, the sections of tests, the programs of pages.
fn texts() -> Vec<(String, String)> {
    let mut out = vec![];
    for (path, text) in files(&["examples", "stdlib", "tests"]) {
        for (i, section) in text.split("\n==== ").enumerate() {
            let section = if i == 0 { section } else { section.split_once('\n').map_or("", |(_, rest)| rest) };
            out.push((format!("{} {i}", path.display()), section.to_owned()));
        }
    }
    for code in Code::ALL {
        for (i, block) in code.page().split("```zt\n").skip(1).enumerate() {
            let block = block.split("```").next().unwrap_or_default();
            out.push((format!("{} {i}", code.as_str()), block.to_owned()));
        }
    }
    out
}

/// A text's tree without places, lengths, commas and the order of clauses.
fn tree(text: &str) -> String {
    let parsed = parse(&Arc::from(FILE), text);
    assert!(parsed.diagnostics.is_empty(), "{:?}\n{text}", parsed.diagnostics);
    let mut out = String::new();
    for item in &parsed.items {
        assert!(item.item.diagnostics.is_empty(), "{:?}\n{text}", item.item.diagnostics);
        let debug = format!("{} {:?}\n", item.item.public, item.item.kind);
        out.push_str(&without_places(&debug));
    }
    out
}

/// Spans and commas out of a value's debug text, the elements of `clauses` in one order.
fn without_places(debug: &str) -> String {
    let spans = regex::Regex::new(r"Span \{ start: \d+, end: \d+ \}|comma: (true|false)").expect("a pattern");
    sort_clauses(&spans.replace_all(debug, "_"))
}

fn sort_clauses(text: &str) -> String {
    const WORD: &str = "clauses: [";
    let (mut out, mut text) = (String::new(), text);
    // One list after the other; only lists within lists need recursion.
    while let Some((before, rest)) = text.split_once(WORD) {
        // Splits at commas outside of brackets and strings, up to the bracket that closes the list.
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        let (mut parts, mut start, mut end) = (vec![], 0, rest.len());
        for (i, c) in rest.char_indices() {
            if quoted {
                quoted = escaped || c != '"';
                escaped = c == '\\' && !escaped;
                continue;
            }
            match c {
                '"' => quoted = true,
                '[' | '(' | '{' => depth += 1,
                ']' if depth == 0 => {
                    parts.push(sort_clauses(rest[start..i].trim()));
                    end = i;
                    break;
                }
                ']' | ')' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(sort_clauses(rest[start..i].trim()));
                    start = i + 1;
                }
                _ => {}
            }
        }
        parts.sort();
        let _ = write!(out, "{before}clauses [{}", parts.join("\n"));
        text = &rest[end..];
    }
    out + text
}

/// How often each token but commas, and each comment stands in a text.
fn parts(text: &str) -> BTreeMap<String, usize> {
    let lexed = lex(text);
    let tokens = lexed.tokens.iter().filter(|t| t.token != Token::Comma).map(|t| t.span);
    let mut out = BTreeMap::new();
    for span in tokens.chain(lexed.comments) {
        *out.entry(text[span.start as usize..span.end as usize].trim_end().to_owned()).or_default() += 1;
    }
    out
}

/// Formats a text that parses; everything that must hold of what comes out.
fn check(name: &str, text: &str) -> String {
    let once = formatted(text).unwrap_or_else(|e| panic!("{name}: {e:?}\n{text}"));
    let twice = formatted(&once).unwrap_or_else(|e| panic!("{name}: {e:?}\n{once}"));
    assert_eq!(once, twice, "{name} is not settled");
    assert_eq!(parts(text), parts(&once), "{name}");
    assert_eq!(tree(text), tree(&once), "{name}\n{text}\n{once}");
    for line in once.lines() {
        assert_eq!(line.trim_end(), line, "{name}: blanks at the end of a line");
    }
    assert!(!once.contains("\n\n\n") && !once.starts_with('\n') && !once.ends_with("\n\n"), "{name}\n{once}");
    assert!(once.is_empty() || once.ends_with('\n'), "{name}");
    once
}

fn parses(text: &str) -> bool {
    let parsed = parse(&Arc::from(FILE), text);
    parsed.diagnostics.is_empty() && parsed.items.iter().all(|i| i.item.diagnostics.is_empty())
}

#[test]
fn every_text_of_the_project_keeps_its_meaning() {
    let (mut good, mut bad) = (0, 0);
    for (name, text) in texts() {
        if parses(&text) {
            good += 1;
            check(&name, &text);
            // Other systems end lines otherwise.
            assert_eq!(formatted(&text.replace('\n', "\r\n")), formatted(&text), "{name}");
        } else {
            bad += 1;
            match formatted(&text) {
                Err(Unformatted::Mistakes(mistakes)) => assert!(!mistakes.is_empty(), "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    assert!(good > 200 && bad > 50, "{good} {bad}");
}

#[test]
fn what_ships_has_the_layout() {
    for (path, text) in files(&["examples", "stdlib"]) {
        let after = formatted(&text).expect("it parses");
        assert_eq!(after, text, "`zt fmt {}` changes it", path.display());
    }
}

#[test]
fn the_meaning_of_what_is_checked_stays() {
    let mut checked = 0;
    for (name, text) in texts() {
        let hir = |text: &str| {
            let (db, files) = load(&[(FILE, text)]);
            package::package(&db, files).ok().map(|p| without_places(&format!("{:?}", p.hir())))
        };
        let Some(before) = hir(&text) else { continue };
        let after = hir(&formatted(&text).expect("it parses"));
        assert_eq!(Some(before), after, "{name}");
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}

#[test]
fn the_layout_of_every_construct() {
    let folder = root().join("tests/format");
    let written = std::fs::read_to_string(folder.join("written.zt")).expect("readable");
    let after = check("written.zt", &written);
    let path = folder.join("formatted.zt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &after).expect("writable");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), after, "`UPDATE=1` takes what is printed");
}

/// Where comments go in places where nobody puts them.
#[test]
fn comments_stand_where_they_stood() {
    for (text, expected) in [
        ("", ""),
        ("\n\n// a\n\n\n// b", "// a\n\n// b\n"),
        ("enum A {a,// one\nb// two\n}", "enum A {\n  a  // one\n  b  // two\n}\n"),
        ("enum A { a // one\n, // two\nb }", "enum A {\n  a  // one\n  // two\n  b\n}\n"),
        ("enum A {\n// none\n}", "enum A {\n  // none\n}\n"),
        ("enum A // name\n{ a }", "enum A {  // name\n  a\n}\n"),
        ("enum A { a } // last\n// end", "enum A { a }  // last\n// end\n"),
        ("enum A { a\n\n// end\n\n}", "enum A {\n  a\n\n  // end\n}\n"),
        (
            "define a = [ 1 // one\n, 2 // two\n ] // three",
            "define a = [\n  1,  // one\n  2,  // two\n]     // three\n",
        ),
        (
            "policy p for any { deny d because \"b\" // because\n // when\n when true }",
            "policy p for any {\n  deny d\n    // when\n    when true\n    because \"b\"  // because\n}\n",
        ),
    ] {
        assert_eq!(check(text, text), expected, "{text}");
    }
}

#[test]
fn much_of_it_takes_no_time() {
    // The tree of a test, unlike the formatter, is walked by recursion.
    let much = std::thread::Builder::new().stack_size(16 << 20).spawn(much_of_it).expect("a thread");
    assert!(much.join().is_ok());
}

fn much_of_it() {
    let start = std::time::Instant::now();
    let size = if cfg!(debug_assertions) { 400 } else { 4_000 };
    let many = |before: &str, piece: &str, after: &str| format!("{before}{}{after}", piece.repeat(size));
    check("items", &many("package example\n", "enum E { a, b }// c\n", ""));
    check("list", &many("define a = [1", ", 2 // two\n", "]"));
    check("rules", &many("policy p for any {", " deny d when a and b because \"c\"", "}"));
    check("calls", &many("suite \"s\" { test \"t\" {", " call a -> b { c: 1 } expect allow", "}}"));
    check("and", &many("define a = b", " and b", ""));
    let deep = |n: usize| format!("suite \"s\" {{ test \"t\" {{ {}{} }}}}", "repeat 1 {".repeat(n), "}".repeat(n));
    check("deep", &deep(300));
    assert!(matches!(formatted(&deep(1_000)), Err(Unformatted::Mistakes(_))));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// The same tokens with other gaps between them, and comments in the gaps.
fn respaced(text: &str, source: &mut Source) -> String {
    let lexed = lex(text);
    let mut out = String::new();
    let mut last: Option<Spanned> = None;
    for (i, token) in lexed.tokens.iter().enumerate() {
        let from = last.map_or(0, |l| l.span.end);
        let gap = &text[from as usize..token.span.start as usize];
        // A word is a name on the line of a dot; a line end may separate.
        let stuck = last.is_some_and(|l| matches!(l.token, Token::Dot | Token::Has));
        let star = token.token == Token::Star && gap.is_empty();
        if stuck || star || last.is_none() {
            out.push_str(gap);
        } else {
            let commented = gap.contains("//") || source.chance(6);
            let ended = gap.contains('\n');
            if commented {
                out.push_str(["", " ", "\n", "\n\n"][source.below(4)]);
                out.push_str(&format!("// {i}\n"));
            }
            let blanks = if ended { ["\n", "\n ", "\n\n\n", "\n\t"] } else { [" ", "  ", "\t", " \n"] };
            out.push_str(blanks[source.below(4)]);
        }
        out.push_str(&text[token.span.start as usize..token.span.end as usize]);
        last = Some(*token);
    }
    out
}

#[test]
fn generated_programs_mean_the_same_when_they_are_formatted() {
    let meaning = |text: &str| {
        let checked = zt_tests::differential::check(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
        zt_tests::spanless::spanless(checked.hir())
    };
    let one = |number: u64| {
        let text = generate::package(&mut zt_tests::differential::campaign::source(5, number));
        let once = formatted(&text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
        assert_eq!(formatted(&once).as_deref(), Ok(once.as_str()), "{text}");
        assert!(meaning(&text) == meaning(&once), "{text}\n{once}");
    };
    // Ten milliseconds each, on two threads: well below a minute.
    let count = if cfg!(debug_assertions) { 200 } else { 8_000 };
    std::thread::scope(|scope| {
        let odd = scope.spawn(|| (1..count).step_by(2).for_each(one));
        (0..count).step_by(2).for_each(one);
        odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 30 } else { 200 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn generated_programs_keep_their_meaning(choices in generate::choices(), seed in any::<u64>()) {
        let text = generate::package(&mut Source::given(choices));
        check("generated", &text);
        let spaced = respaced(&text, &mut Source::seeded(seed));
        prop_assert!(parses(&spaced), "{spaced}");
        check("respaced", &spaced);
    }

    #[test]
    fn respaced_texts_keep_their_meaning(seed in any::<u64>()) {
        let mut source = Source::seeded(seed);
        let all: Vec<(String, String)> = texts().into_iter().filter(|(_, t)| parses(t)).collect();
        let (name, text) = &all[source.below(all.len())];
        for (name, text) in [(name.as_str(), text.as_str()), ("written", include_str!("../format/written.zt"))] {
            let spaced = respaced(text, &mut source);
            if parses(&spaced) {
                check(name, &spaced);
            }
        }
    }
}
