//! The example packages: requests as a gateway sends them, with the decisions that stand beside them; their tests
//! name every rule; and a condition that is broken is found and shown.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zt_lang::check::package::{CheckedPackage, package};
use zt_lang::db::{Database, Package, SourceFile, standard};
use zt_tests::command::{Outcome, copy, root, zt};

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all: Vec<PathBuf> = read.map(|e| e.expect("readable").path()).collect();
    all.sort();
    all
}

/// Every direct child of `examples/` is a package.
fn examples() -> Vec<PathBuf> {
    entries(&root().join("examples"))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A package through the front end, without the command line.
fn checked(folder: &Path) -> CheckedPackage {
    let db = Database::default();
    let files: Vec<_> = entries(folder)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "zt"))
        .map(|p| SourceFile::new(&db, shown(&p).into(), std::fs::read_to_string(&p).expect("readable")))
        .collect();
    let libraries = standard(&db, files.iter().map(|file| &**file.text(&db)));
    let name = format!("example.{}", folder.file_name().expect("a name").to_string_lossy());
    package(&db, Package::new(&db, name.into(), files, libraries))
        .unwrap_or_else(|m| panic!("{}: {m:?}", shown(folder)))
}

fn run(args: &[&str]) -> Outcome {
    zt(&root(), args, b"", &[])
}

fn eval(folder: &Path, request: &Path, more: &[&str]) -> Outcome {
    let (folder, request) = (shown(folder), shown(request));
    run(&[&["eval", &folder, "--request", &request], more].concat())
}

fn json(text: &str, of: &Path) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", shown(of)))
}

/// The requests of a package with the decisions expected of them.
fn requests(folder: &Path) -> Vec<(PathBuf, Value)> {
    let all = entries(&folder.join("requests"));
    let (expected, requests): (Vec<&PathBuf>, Vec<&PathBuf>) =
        all.iter().partition(|p| p.to_string_lossy().ends_with(".decision.json"));
    assert_eq!(expected.len(), requests.len(), "{}: a request or its decision is missing", shown(folder));
    let read = |p: &PathBuf| json(&std::fs::read_to_string(p).expect("readable"), p);
    requests.into_iter().map(|p| (p.clone(), read(&p.with_extension("decision.json")))).collect()
}

#[test]
fn every_request_is_decided_as_the_file_beside_it_says() {
    for folder in examples() {
        for (request, expected) in requests(&folder) {
            let out = eval(&folder, &request, &[]);
            assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{}", shown(&request));
            assert_eq!(json(&out.stdout, &request), expected, "{}", shown(&request));
        }
    }
}

#[test]
fn both_evaluators_decide_every_request_alike() {
    for folder in examples() {
        for (request, expected) in requests(&folder) {
            // A difference between them is exit 70.
            let out = eval(&folder, &request, &["--why", "--format", "json"]);
            assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{}", shown(&request));
            let mut decision = json(&out.stdout, &request);
            let why = decision.as_object_mut().and_then(|d| d.remove("why"));
            assert_eq!(decision, expected, "{}", shown(&request));
            let why = why.expect("`--why` says why");
            let asked = why.as_array().map_or(0, Vec::len);
            assert_eq!(asked == 0, expected.get("refusal").is_some(), "{}: {why}", shown(&request));
        }
    }
}

#[test]
fn requests_show_every_effect_and_the_usual_refusals() {
    for folder in examples() {
        let all = requests(&folder);
        let seen: BTreeSet<&str> = all
            .iter()
            .filter_map(|(_, d)| d.pointer("/refusal/code").or_else(|| d.get("effect")).and_then(Value::as_str))
            .collect();
        for wanted in ["allow", "require_approval", "deny", "unknown_field", "duplicate_field", "missing_field"] {
            assert!(seen.contains(wanted), "{}: no request shows {wanted}", shown(&folder));
        }
        let of_another_type = ["wrong_type", "unexpected_type"];
        assert!(of_another_type.iter().any(|t| seen.contains(t)), "{}: every type is right", shown(&folder));
    }
}

#[test]
fn the_tests_in_the_examples_pass_on_native_code() {
    let out = run(&["test", "examples", "--format", "json"]);
    assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{}", out.stdout);
    let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(report["engine"], "native");
    assert_eq!(report["failed"], 0);
    assert!(report["passed"].as_u64().is_some_and(|n| n >= 45), "{}", report["passed"]);
    let packages = report["packages"].as_array().map_or(0, Vec::len);
    assert_eq!(packages, examples().len(), "a package was not tested");
}

#[test]
fn every_rule_is_the_reason_in_some_test() {
    for folder in examples() {
        let checked = checked(&folder);
        let hir = checked.hir();
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for e in hir.suites.iter().flat_map(|s| &s.tests).flat_map(|t| t.calls()).flat_map(|c| &c.expects) {
            assert!(!e.rules.is_empty(), "{}: an expectation of {} names no rule", shown(&folder), e.effect.as_str());
            named.extend(e.rules.iter().map(|r| &**r));
            named.extend(e.shadow.iter().flat_map(|(_, rules)| rules).map(|r| &**r));
        }
        for rule in hir.policies.iter().flat_map(|p| &p.rules) {
            assert!(named.contains(&*rule.full_name), "no test expects {}", rule.full_name);
        }
    }
}

/// A condition, broken: what stands in the policy, what stands there then, the rule that is named, the condition with
/// the values that it meets.
struct Broken {
    package: &'static str,
    from: &'static str,
    to: &'static str,
    rule: &'static str,
    condition: &'static str,
    values: &'static str,
}

const BROKEN: &[Broken] = &[
    Broken {
        package: "refunds",
        from: "when input.amount > limit\n",
        to: "when input.amount >= limit\n",
        rule: "example.refunds/refunds.large",
        condition: "input.amount >= limit",
        values: "true: 50.00 against 50.00",
    },
    Broken {
        package: "reporting_agent",
        from: "input.date_range_days <= 90",
        to: "input.date_range_days < 90",
        rule: "example.reporting_agent/sales.regional",
        condition: "input.date_range_days < 90",
        values: "false: 90 against 90",
    },
    Broken {
        package: "risk_tier_gate",
        from: "resource.sensitivity > public",
        to: "resource.sensitivity >= public",
        rule: "example.risk_tier_gate/public_tools.misrouted",
        condition: "resource.sensitivity >= public",
        values: "true: public against public",
    },
    Broken {
        package: "customer_data_update",
        from: "principal.tenant == resource.tenant",
        to: "principal.tenant != resource.tenant",
        rule: "example.customer_data_update/customer_data.other_tenant",
        condition: "principal.tenant != resource.tenant",
        values: "false: \"example\" against \"example\"",
    },
];

#[test]
fn a_broken_condition_fails_a_test_and_is_shown() {
    for broken in BROKEN {
        let folder = tempfile::tempdir().expect("a folder");
        let copied = folder.path().join(broken.package);
        copy(&root().join("examples").join(broken.package), &copied);
        let file = copied.join(format!("{}.zt", broken.package));
        let text = std::fs::read_to_string(&file).expect("readable");
        assert_eq!(text.matches(broken.from).count(), 1, "{} stands once", broken.from);
        std::fs::write(&file, text.replace(broken.from, broken.to)).expect("writable");

        let out = zt(folder.path(), &["test", broken.package], b"", &[]);
        assert_eq!(out.code, Some(1), "{}\n{}", out.stdout, out.stderr);
        for wanted in [broken.rule, broken.condition, broken.values] {
            assert!(out.stdout.contains(wanted), "{wanted} is missing:\n{}", out.stdout);
        }
        let report = zt(folder.path(), &["test", broken.package, "--format", "json"], b"", &[]);
        assert_eq!(report.code, Some(1));
        let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
        let lines: Vec<&str> = report
            .pointer("/packages/0/tests")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .flat_map(|t| t["failures"].as_array().into_iter().flatten())
            .flat_map(|f| f["why"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let why = format!("  {}  is {}", broken.condition, broken.values);
        assert!(lines.contains(&&*why), "{why} is not among {lines:?}");
    }
}
