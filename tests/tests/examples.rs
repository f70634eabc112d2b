//! The example packages: requests as a gateway sends them, with the decisions that stand beside them; their tests
//! hit every rule and miss it; and a condition that is broken is found and shown.
//!
//! `requests/NAME.json` is decided with what `NAME.facts.json` says a host knows, if that is there, and at
//! 2026-03-27T14:00:00Z if not. `NAME.decision.json` is what comes of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zt_cli::testing::walk::{Judge, walk};
use zt_lang::check::package::CheckedPackage;
use zt_lang::eval::{Decision, Evaluator, Host, RuleResult, World};
use zt_lang::hir::{Effect, ExprKind, Name};
use zt_tests::command::{Outcome, copy, root, zt};

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all: Vec<PathBuf> = read.map(|e| e.expect("readable").path()).collect();
    all.sort();
    all
}

/// Every folder in `examples/` is a package.
fn examples() -> Vec<PathBuf> {
    entries(&root().join("examples")).into_iter().filter(|path| path.is_dir()).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A package through the front end.
fn checked(folder: &Path) -> CheckedPackage {
    let loaded = zt_cli::load::packages(&[folder.to_owned()]).unwrap_or_else(|stop| panic!("{}", stop.message));
    let [package] = loaded.as_slice() else { panic!("{} is one package", shown(folder)) };
    package.check().unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", shown(folder)))
}

fn run(args: &[&str]) -> Outcome {
    zt(&root(), args, b"", &[])
}

/// When requests are decided whose facts do not say it: a Friday, 10:00 in New York.
const NOW: &str = "2026-03-27T14:00:00Z";

fn eval(folder: &Path, request: &Path, more: &[&str]) -> Outcome {
    let facts = request.with_extension("facts.json");
    let known = match facts.exists() {
        true => ["--facts".to_owned(), shown(&facts)],
        false => ["--now".to_owned(), NOW.to_owned()],
    };
    let (folder, request) = (shown(folder), shown(request));
    run(&[&["eval", &folder, "--request", &request, &known[0], &known[1]], more].concat())
}

fn json(text: &str, of: &Path) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", shown(of)))
}

/// The requests of a package with the decisions expected of them.
fn requests(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut all = entries(&folder.join("requests"));
    let taken = |all: &mut Vec<PathBuf>, end: &str| {
        let (taken, left) = std::mem::take(all).into_iter().partition(|p| p.to_string_lossy().ends_with(end));
        *all = left;
        taken
    };
    let expected: Vec<PathBuf> = taken(&mut all, ".decision.json");
    let facts: Vec<PathBuf> = taken(&mut all, ".facts.json");
    let requests = all;
    assert_eq!(expected.len(), requests.len(), "{}: a request or its decision is missing", shown(folder));
    for facts in facts {
        let of = facts.with_extension("").with_extension("json");
        assert!(requests.contains(&of), "{} belongs to no request", shown(&facts));
    }
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
            decision.as_object_mut().and_then(|d| d.remove("unheeded"));
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
    assert!(report["passed"].as_u64().is_some_and(|n| n >= 250), "{}", report["passed"]);
    let packages = report["packages"].as_array().map_or(0, Vec::len);
    assert_eq!(packages, examples().len(), "a package was not tested");
}

/// The reference evaluator as judge, noting which rules held and which did not.
struct Noting<'a> {
    evaluator: &'a Evaluator,
    world: World,
    last: Option<Decision>,
    held: BTreeSet<Name>,
    missed: BTreeSet<Name>,
    reasons: BTreeSet<String>,
}

impl Judge for Noting<'_> {
    fn decide(&mut self, request: &str, facts: &str) -> Value {
        let host = Host::from_json(facts.as_bytes()).expect("facts");
        let evaluation = self.evaluator.decide(&mut self.world, &host, request.as_bytes());
        for rule in &evaluation.trace.rules {
            match rule.result {
                RuleResult::Held => drop(self.held.insert(rule.name.clone())),
                RuleResult::Not => drop(self.missed.insert(rule.name.clone())),
                RuleResult::Failed => {}
            }
        }
        let json = evaluation.decision.to_json();
        let by = [&json["determined_by"], &json["shadow"]["determined_by"]];
        let by = by.into_iter().filter_map(Value::as_array).flatten();
        self.reasons.extend(by.filter_map(Value::as_str).map(str::to_owned));
        self.last = Some(evaluation.decision);
        json
    }

    fn observe(&mut self, report: &str, facts: &str) -> Result<(), String> {
        let host = Host::from_json(facts.as_bytes()).expect("facts");
        self.evaluator.observe(&mut self.world, &host, report.as_bytes()).map_err(|refusal| refusal.code.to_string())
    }

    fn attest(&mut self, request: &str, facts: &str, ok: bool, output: Option<&str>) -> Result<(), String> {
        let host = Host::from_json(facts.as_bytes()).expect("facts");
        let decision = self.last.as_ref().expect("a call before");
        let done =
            self.evaluator.attest(&mut self.world, &host, request.as_bytes(), decision, ok, output.map(str::as_bytes));
        done.map_err(|refusal| refusal.code.to_string())
    }

    fn lose_windows(&mut self) {
        self.world.outage = true;
    }
}

#[test]
fn every_rule_holds_in_some_test_and_does_not_in_another() {
    for folder in examples() {
        let checked = checked(&folder);
        let hir = checked.hir();
        let evaluator = Evaluator::new(hir);
        let none = || Noting {
            evaluator: &evaluator,
            world: World::new(),
            last: None,
            held: BTreeSet::new(),
            missed: BTreeSet::new(),
            reasons: BTreeSet::new(),
        };
        let mut all = none();
        for test in hir.suites.iter().flat_map(|s| &s.tests) {
            let mut judge = none();
            walk(hir, test, &mut judge, &mut |_, _| {});
            all.held.extend(judge.held);
            all.missed.extend(judge.missed);
            all.reasons.extend(judge.reasons);
        }
        for (policy, rule) in hir.policies.iter().flat_map(|p| p.rules.iter().map(move |r| (p, r))) {
            let name = &rule.full_name;
            assert!(all.held.contains(name), "{name} never holds in a test");
            let always = policy.guard.is_none() && rule.condition.kind == ExprKind::Bool(true);
            assert!(always || all.missed.contains(name), "{name} always holds in tests");
            let decides = !matches!(rule.effect, Effect::Raise | Effect::Oblige);
            assert!(!decides || all.reasons.contains(&**name), "{name} is never the reason in a test");
        }
    }
}

/// A condition, broken: what stands in the policy, what stands there then, the rule that is named, the condition with
/// the values that it meets.
struct Broken {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    rule: &'static str,
    condition: &'static str,
    values: &'static str,
}

const BROKEN: &[Broken] = &[
    Broken {
        file: "customer_support/refunds.zt",
        from: "when input.amount > small\n",
        to: "when input.amount >= small\n",
        rule: "example.customer_support/refunds.large",
        condition: "input.amount >= small",
        values: "true: 50.00 against 50.00",
    },
    Broken {
        file: "customer_support/customers.zt",
        from: "principal.tenant == resource.tenant",
        to: "principal.tenant != resource.tenant",
        rule: "example.customer_support/customer_data.other_tenant",
        condition: "principal.tenant != resource.tenant",
        values: "false: \"shop\" against \"shop\"",
    },
    Broken {
        file: "reporting_agent/reporting.zt",
        from: "input.date_range_days <= 90",
        to: "input.date_range_days < 90",
        rule: "example.reporting_agent/sales.regional",
        condition: "input.date_range_days < 90",
        values: "false: 90 against 90",
    },
    Broken {
        file: "risk_tier_gate/risk_tier_gate.zt",
        from: "resource.sensitivity > public",
        to: "resource.sensitivity >= public",
        rule: "example.risk_tier_gate/public_tools.misrouted",
        condition: "resource.sensitivity >= public",
        values: "true: public against public",
    },
    Broken {
        file: "shell_guard/guard.zt",
        from: "mistakes >= 3",
        to: "mistakes > 3",
        rule: "example.shell_guard/limits.breaker",
        condition: "mistakes > 3",
        values: "false: mistakes by \"s-1\": 3 against 3",
    },
    Broken {
        file: "email_agent/mail.zt",
        from: "recipients counting this > 20",
        to: "recipients counting this >= 20",
        rule: "example.email_agent/receivers.many",
        condition: "recipients counting this >= 20",
        values: "true: recipients counting this by \"agent-1\": 20 against 20",
    },
    Broken {
        file: "document_sharing/sharing.zt",
        from: "now < resource.link.until",
        to: "now <= resource.link.until",
        rule: "example.document_sharing/reading.by_link",
        condition: "now <= resource.link.until",
        values: "true: 2026-03-27T16:00:00Z against 2026-03-27T16:00:00Z",
    },
];

#[test]
fn a_broken_condition_fails_a_test_and_is_shown() {
    for broken in BROKEN {
        let folder = tempfile::tempdir().expect("a folder");
        let package = broken.file.split('/').next().expect("a folder");
        copy(&root().join("examples").join(package), &folder.path().join(package));
        let file = folder.path().join(broken.file);
        let text = std::fs::read_to_string(&file).expect("readable");
        assert_eq!(text.matches(broken.from).count(), 1, "{} stands once", broken.from);
        std::fs::write(&file, text.replace(broken.from, broken.to)).expect("writable");

        let out = zt(folder.path(), &["test", package], b"", &[]);
        assert_eq!(out.code, Some(1), "{}\n{}", out.stdout, out.stderr);
        for wanted in [broken.rule, broken.condition, broken.values] {
            assert!(out.stdout.contains(wanted), "{wanted} is missing:\n{}", out.stdout);
        }
        let report = zt(folder.path(), &["test", package, "--format", "json"], b"", &[]);
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
