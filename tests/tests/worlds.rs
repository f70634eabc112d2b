//! What was before a call: windows, limits, approvals, tiers and obligations, step by step, on every evaluator.

use std::path::Path;

use serde_json::Value;
use zt_cli::testing::walk::{Happening, Judge, walk};
use zt_lang::check::package::{CheckedPackage, package};
use zt_lang::db::{DataFile, Database, Package, SourceFile, standard};
use zt_tests::command::{root, zt};
use zt_tests::three::Three;

/// A package of `tests/worlds`, which has two files, and a third with data.
fn checked(name: &str, files: &str) -> CheckedPackage {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    let db = Database::default();
    let texts: Vec<(String, String)> = [format!("{files}.zt"), format!("{files}_tests.zt")]
        .map(|name| (name.clone(), std::fs::read_to_string(folder.join(name)).expect("readable")))
        .into();
    let libraries = standard(&db, texts.iter().map(|(_, text)| &**text));
    let files = texts.into_iter().map(|(name, text)| SourceFile::new(&db, name.into(), text)).collect();
    let data = std::fs::read_to_string(folder.join("regions.csv")).expect("readable");
    let data = DataFile::new(&db, "regions.csv".into(), "regions.csv".into(), Ok(data));
    let package_of = Package::builder(name.into(), files, libraries).data(vec![data]).new(&db);
    package(&db, package_of).unwrap_or_else(|m| panic!("{m:#?}"))
}

/// All three, and how much they decided.
struct Counted {
    three: Three,
    decided: usize,
}

impl Judge for Counted {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        self.decided += 1;
        self.three.decide(request.as_bytes(), facts)
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        self.three.observe(report.as_bytes(), facts)
    }

    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        self.three.attest(request.as_bytes(), facts, ok, output.map(str::as_bytes))
    }

    fn lose_windows(&mut self) {
        self.three.lose_windows();
    }
}

/// Runs every test of a package on all three, and gives how many calls were decided.
fn run(checked: &CheckedPackage) -> usize {
    let mut decided = 0;
    for test in checked.hir().suites.iter().flat_map(|s| &s.tests) {
        let mut judge = Counted { three: Three::new(checked), decided: 0 };
        walk(checked.hir(), test, &mut judge, &mut |moment, happening| match happening {
            Happening::Decided(call, decision) => {
                for expect in call.expects.iter().filter(|e| !e.not) {
                    let effect = decision.get("effect").and_then(Value::as_str);
                    assert_eq!(effect, Some(expect.effect.as_str()), "{}: call {}: {decision}", test.name, moment.call);
                    for rule in &expect.rules {
                        let by = decision.get("determined_by").and_then(Value::as_array);
                        let by = by.is_some_and(|by| by.iter().any(|name| name.as_str() == Some(&**rule)));
                        assert!(by, "{}: call {}: {decision}", test.name, moment.call);
                    }
                }
            }
            Happening::Unasked(_, _, decided) => panic!("{}: after call {}: {decided:?}", test.name, moment.call),
            Happening::Refused(_, why) | Happening::Unattested(_, _, why) => {
                panic!("{}: after call {}: {why}", test.name, moment.call)
            }
        });
        decided += judge.decided;
    }
    decided
}

#[test]
fn every_evaluator_decides_every_step_alike_and_as_expected() {
    let decided = run(&checked("world", "refunds"));
    assert!(decided > 40, "{decided} decisions");
}

#[test]
fn what_sources_answer_and_events_tell_is_the_same_everywhere() {
    let decided = run(&checked("mailbox", "mailbox"));
    assert!(decided > 30, "{decided} decisions");
}

/// A package of `tests/worlds` with a folder of its own is decided alike everywhere, in at least so many calls, and passes its
/// tests.
fn whole(name: &str, calls: usize) {
    let folder = format!("tests/worlds/{name}");
    let package = zt_cli::load::one(&root().join(&folder)).expect("a package");
    let decided = run(&package.check().expect("no mistake"));
    assert!(decided > calls, "{decided} decisions");
    let tested = zt(&root(), &["test", &folder], b"", &[]);
    assert_eq!(tested.code, Some(0), "{}", tested.stdout);
}

/// A package with everything in it: another that it uses and extends, sources, data files, events, laws.
#[test]
fn a_whole_package_is_decided_alike_everywhere_and_passes_its_tests() {
    whole("support", 30);
}

/// Tools as they are: arguments that are one thing or a list of it, objects of several kinds, members of any names.
#[test]
fn arguments_of_several_types_are_decided_alike_everywhere_and_pass_their_tests() {
    whole("tool_arguments", 15);
}

/// What the library seeks, in a package that enforces what it offers.
#[test]
fn what_is_inspected_is_decided_alike_everywhere_and_passes_its_tests() {
    whole("inspected", 80);
}

/// What is said of the whole is shown of its parts, wherever it is said, unless a part says it itself.
#[test]
fn approvers_of_a_part_are_shown_what_is_said_of_the_whole() {
    let text = |whole: &str, part: &str, extend: &str| {
        format!(
            "package example\n\nenum Method {{ read, clear }}\n\nentity Agent\n\napprovers leads\n\naction logs.run {{\n  by Agent\n  \
             {whole}\n  input {{ method : Method }}\n}}\n\naction logs.clear = logs.run when input.method == clear {{ {part} }}\n\n\
             {extend}\n\npolicy p for logs.clear {{\n  allow any_of_it when true\n  require approval always_asked when true from leads\n}}\n"
        )
    };
    let request =
        br#"{"subject":{"type":"Agent","id":"a"},"action":{"name":"logs.run","properties":{"method":"clear"}}}"#;
    let summary =
        |text: &str| Three::of(text).decide(request, r#"{"now":"2026-03-27T12:00:00Z"}"#)["ask"]["summary"].clone();
    let ask = |what: &str| format!("ask {{ summary \"{what}\" }}");
    assert_eq!(summary(&text("", "", "")), "logs.run");
    assert_eq!(summary(&text(&ask("whole"), "", "")), "whole");
    assert_eq!(summary(&text("", "", &format!("extend logs.run {{ {} }}", ask("added")))), "added");
    assert_eq!(summary(&text(&ask("whole"), &ask("part"), "")), "part");
}
