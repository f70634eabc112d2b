//! Every safe edit of a lint: the program still checks, nothing more is said of the place, the layout is kept, and no decision
//! changes.

use zt_lang::diagnostic::Code;
use zt_tests::command::zt;
use zt_tests::differential::check;
use zt_tests::fixes::{compare, judge};
use zt_tests::generate::source::Source;

/// What all programs begin with.
const WORLD: &str = r#"package example

entity Agent from pep { role : Ident, acts_for : Agent? }
entity Order from source orders { amount : Int in 0 .. }

obligation audit { level : Int in 0 .. 9 merge max }
obligation log {}

approvers leads

action pay { by Agent input { amount : Int in 0 .. 1_000, to : List<Email> max 5, note : String?, order : Order } }

policy every for pay {
  allow small when input.amount < 500 and principal.role != "x" with log()
  require approval large when input.amount > 100 from leads
  oblige traced with audit(level: 3)
}
"#;

/// What is added, the lint that says something of it, and how many edits it makes.
const PROGRAMS: &[(&str, Code, usize)] = &[
    ("window paid = count of pay by principal over 1h", Code::Unused, 1),
    ("/// How many are few.\ndefine few(n : Int) = n < 3", Code::Unused, 1),
    ("tag odd\n\ntag strange { to : List<Email> }", Code::Unused, 2),
    ("obligation mfa { level : Int in 0 .. 3 merge max }", Code::Unused, 1),
    ("approvers chiefs", Code::Unused, 1),
    ("enum Extent { small, big }\n\ntable most (Extent) -> Int = {\n  small => 1\n  big   => 2\n}", Code::Unused, 1),
    // A source may say something of these.
    ("approvers chiefs from source directory", Code::Unused, 0),
    ("table most (Ident) -> Int from source orders", Code::Unused, 0),
    (
        "policy more for pay {\n  deny a when input.amount >= 0 and input.amount > 7 because \"a\"\n}",
        Code::ConstantCondition,
        1,
    ),
    (
        "policy more for pay {\n  deny a\n    when input.amount > 7\n     and (input.amount <= 1_000)\n     and principal.role != \"z\"\n    because \"a\"\n}",
        Code::ConstantCondition,
        1,
    ),
    (
        "policy more for pay {\n  deny a when input.amount < 0 or input.amount > 7 because \"a\"\n}",
        Code::ConstantCondition,
        1,
    ),
    (
        "policy more for pay {\n  deny a unless input.amount < 0 or input.amount > 7 because \"a\"\n}",
        Code::ConstantCondition,
        1,
    ),
    // The only place at which an argument is read may be needed.
    (
        "policy more for pay {\n  deny a when count(input.to) >= 0 and input.amount > 7 because \"a\"\n}",
        Code::ConstantCondition,
        0,
    ),
    (
        "policy more for pay {\n  deny a when input.amount > 9 and input.amount > 7 because \"a\"\n}",
        Code::RedundantCondition,
        1,
    ),
    (
        "policy more for pay {\n  deny a when input.amount > 9 or input.amount > 11 because \"a\"\n}",
        Code::RedundantCondition,
        1,
    ),
    // Each of two parts follows from the other, in two clauses: one of them stays.
    (
        "policy more for pay {\n  deny a\n    when input.amount > 9 and input.amount < 400\n    unless input.amount < 10 or input.amount == 50\n    because \"a\"\n}",
        Code::RedundantCondition,
        1,
    ),
    // A decision tells what it read of a window.
    (
        "window paid = count of pay by principal over 1h\n\npolicy more for pay {\n  deny a when paid > 9 and paid > 7 because \"a\"\n}",
        Code::RedundantCondition,
        0,
    ),
    // The source may have no answer: then the false one decides.
    (
        "policy more for pay {\n  deny a\n    when input.order.amount > 5 and input.amount > 9 and input.amount > 7\n    because \"a\"\n}",
        Code::RedundantCondition,
        0,
    ),
    // A comment is not thrown away.
    (
        "policy more for pay {\n  deny a\n    when input.amount > 9  // more than nine\n     and input.amount > 7\n    because \"a\"\n}",
        Code::RedundantCondition,
        0,
    ),
    (
        "policy more for pay {\n  allow a when input.amount < 50 with audit(level: 2), log(), audit(level: 3)\n}",
        Code::RepeatedObligation,
        1,
    ),
    (
        "policy more for pay {\n  oblige a when input.amount > 5 with audit(level: 2), log()\n}",
        Code::RepeatedObligation,
        1,
    ),
    (SAME_WHEN, Code::RepeatedObligation, 1),
];

/// Two rules that hold at the same time, which is said in two ways: each demands what the other does.
const SAME_WHEN: &str = "obligation note {}\n\npolicy more for pay {\n  oblige first when input.amount > 5 with log(), audit(level: 4)\n  oblige second unless input.amount <= 5 with log(), note()\n}";

#[test]
fn every_edit_keeps_what_is_decided() {
    for (added, code, edits) in PROGRAMS {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |args: &[&str]| zt(folder.path(), args, b"", &[]);
        let manifest = "[package]\nname = \"example\"\nedition = \"2026\"\n\n[lints]\nuntested-rule = \"allow\"\n";
        std::fs::write(folder.path().join("zt.toml"), manifest).expect("writable");
        let file = folder.path().join("policy.zt");
        std::fs::write(&file, format!("{WORLD}\n{added}\n")).expect("writable");
        assert_eq!(at(&["fmt", "."]).code, Some(0), "{added}");
        let before = std::fs::read_to_string(&file).expect("readable");
        let said = at(&["check", ".", "--format", "short"]);
        assert!(said.stdout.contains(code.as_str()), "{added}: {}{}", said.stdout, said.stderr);

        let out = at(&["check", ".", "--fix", "--format", "short"]);
        assert_eq!(out.code, Some(0), "{added}: {}{}", out.stdout, out.stderr);
        assert_eq!(out.stderr.matches("fixed: ").count(), *edits, "{added}: {}{}", out.stdout, out.stderr);
        assert_eq!(out.stdout.contains(code.as_str()), *edits == 0, "{added}: {}", out.stdout);
        let after = std::fs::read_to_string(&file).expect("readable");
        assert_eq!(after == before, *edits == 0, "{after}");
        let laid = at(&["fmt", "--check", "."]);
        assert_eq!(laid.code, Some(0), "{added}: {}\n{after}", laid.stdout);

        if *added == SAME_WHEN {
            assert!(after.contains("input.amount > 5 with log(), audit(level: 4)\n"), "{after}");
            assert!(after.contains("input.amount <= 5 with note()\n"), "{after}");
        }

        let (one, other) = (check(&before).expect("it checks"), check(&after).expect("it checks"));
        let (compared, wrong) = compare(one.hir(), other.hir(), &mut Source::seeded(7), 3).expect("facts");
        assert!(wrong.is_none(), "{added}: {}", wrong.unwrap_or_default());
        assert!(compared > 0, "{added}");
    }
}

#[test]
fn edits_of_random_packages_change_no_decision() {
    let packages = if zt_tests::full() { 4_000 } else { 100 };
    let tried = judge(11, packages).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(tried.wrong.is_none(), "{}", tried.wrong.unwrap_or_default());
    for code in [Code::Unused, Code::ConstantCondition, Code::RedundantCondition, Code::RepeatedObligation] {
        assert!(tried.edits.get(&code).copied().unwrap_or(0) >= packages / 25, "{code:?}: {:?}", tried.edits);
    }
    assert!(tried.decisions > packages, "{} decisions", tried.decisions);
}
