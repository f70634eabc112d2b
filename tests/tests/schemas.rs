//! What the tools print for programs is what the schemas in `docs/schemas` say, judged by an independent validator.

use std::path::PathBuf;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use zt_lang::db::{Database, Package, SourceFile};
use zt_lang::eval::{Approval, Evaluator, Host, World};
use zt_tests::command::{root, zt};

fn schema(name: &str) -> (Schemas, SchemaIndex) {
    let path = root().join("docs/schemas").join(name);
    let mut schemas = Schemas::new();
    let index = Compiler::new()
        .compile(path.to_str().expect("a path in UTF-8"), &mut schemas)
        .unwrap_or_else(|e| panic!("{e:#}"));
    (schemas, index)
}

fn valid((schemas, index): &(Schemas, SchemaIndex), text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    schemas.validate(&value, *index).unwrap_or_else(|e| panic!("{e}\n{text}"));
    value
}

/// Every folder in `examples/` is a package.
fn examples() -> Vec<PathBuf> {
    let read = std::fs::read_dir(root().join("examples")).expect("examples");
    read.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

#[test]
fn diagnostics() {
    let schema = schema("diagnostics.schema.json");
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("zt.toml"), "[package]\nname = \"example\"\nedition = \"2026\"\n").expect("written");
    // With a label, a help, a fix and a related place.
    let policy = "package example\nentity Agent from pep { role : Ident, role : Ident }\nentity Agent\n\
                  action go { by Agent }\npolicy p for go { allow a when principal.rloe == \"x\" }\n";
    std::fs::write(dir.path().join("p.zt"), policy).expect("written");
    let out = zt(dir.path(), &["check", "--format", "json"], b"", &[]);
    let report = valid(&schema, &out.stdout);
    let all = report["diagnostics"].as_array().expect("a list");
    assert!(all.iter().any(|d| d["fix"].is_object()) && all.iter().any(|d| d["related"][0].is_object()), "{report:#}");
}

#[test]
fn costs_and_facts() {
    let (diagnostics, facts) = (schema("diagnostics.schema.json"), schema("facts.schema.json"));
    let packages = examples();
    assert!(!packages.is_empty());
    for package in packages {
        let package = package.to_string_lossy().into_owned();
        let out = zt(&root(), &["check", &package, "--costs", "--format", "json"], b"", &[]);
        assert!(valid(&diagnostics, &out.stdout)["costs"][0]["steps"].is_u64(), "{package}");
        let out = zt(&root(), &["facts", &package, "--format", "json"], b"", &[]);
        assert!(valid(&facts, &out.stdout)["calls"][0]["send"][0].is_object(), "{package}: {}", out.stderr);
    }
}

#[test]
fn bench() {
    let schema = schema("bench.schema.json");
    // Calls with approvals and windows, and without.
    for package in ["examples/risk_tier_gate", "examples/email_agent"] {
        let out = zt(&root(), &["bench", package, "--json"], b"", &[]);
        assert_eq!(out.code, Some(0), "{}", out.stderr);
        let report = valid(&schema, &out.stdout);
        let all = report["bench"].as_array().expect("a list");
        assert!(all.iter().any(|entry| entry["requests"].as_u64() > Some(1)), "{report:#}");
        for entry in all {
            let timed = entry["requests"].as_u64() > Some(0);
            // How long it takes is not asked, but that it takes some time.
            assert_eq!(entry["prepared_ns"].as_f64() > Some(0.0), timed, "{entry}");
            assert_eq!(entry["json_ns"].as_f64() > Some(0.0), timed, "{entry}");
            assert_eq!(entry["rules_asked"].is_u64(), timed, "{entry}");
            assert!(entry["rules_asked"].as_u64() <= entry["rules"].as_u64(), "{entry}");
            assert!(entry["rules"] == 0 || entry["code_bytes"].as_u64() > Some(0), "{entry}");
        }
    }
}

#[test]
fn imports() {
    let schema = schema("import.schema.json");
    let list =
        r#"{"tools":[{"name":"t","inputSchema":{"type":"object","properties":{"x":{},"y":{"type":"string"}}}}]}"#;
    let out = zt(&root(), &["import", "mcp", "-", "--format", "json"], list.as_bytes(), &[]);
    let report = valid(&schema, &out.stdout);
    assert!(report["text"].is_string() && report["findings"][0]["pointers"][0].is_string(), "{report:#}");
    let out = zt(&root(), &["import", "mcp", "-", "--format", "json"], b"{}", &[]);
    assert!(valid(&schema, &out.stdout)["text"].is_null(), "{}", out.stdout);
}

#[test]
fn decisions() {
    let schema = schema("decision.schema.json");
    let mut seen = 0;
    for folder in examples() {
        for request in std::fs::read_dir(folder.join("requests")).expect("requests").flatten() {
            let path = request.path();
            let name = path.to_string_lossy().into_owned();
            if !name.ends_with(".json") || name.ends_with(".decision.json") || name.ends_with(".facts.json") {
                continue;
            }
            let package = folder.to_string_lossy().into_owned();
            let facts = path.with_extension("facts.json");
            let known = match facts.exists() {
                true => ["--facts".to_owned(), facts.to_string_lossy().into_owned()],
                false => ["--now".to_owned(), "2026-03-27T14:00:00Z".to_owned()],
            };
            for format in [&[][..], &["--why", "--format", "json"]] {
                let args = [&["eval", &package, "--request", &name, &known[0], &known[1]], format].concat();
                let out = zt(&root(), &args, b"", &[]);
                assert_eq!(out.code, Some(0), "{}", out.stderr);
                for line in out.stdout.lines() {
                    valid(&schema, line);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 32, "only {seen} decisions");
}

const EVERYTHING: &str = r#"
package example
entity User from source directory { region : String }
entity Agent from pep { acts_for : User? }
obligation note { limit : Decimal, names : Set<Ident> merge union }
approvers leads
tiers standard {
  T0 { warrant 1h approval never }
  T1 { approval always from leads quorum 2 expires 15min }
}
action pay { by Agent tier T0 ask { summary "pay {input.amount}" blast_radius "{paid}" rollback "no" confidence "{input.n}" } input { amount : Decimal places 4 in 0 .. 100, n : Int } }
window paid = sum input.amount of pay by principal over 1h
policy m for pay {
  allow granted when paid >= 0 with approval from leads because "{paid} before" tell "{input.amount} asks"
  raise high to T1 when input.n == 1
  oblige noted when true with note(limit: 12.50, names: ["a", "b"])
  limit rate 1 per 1h by principal when input.n == 2
  deny gone when input.n + 1 < 0 or (principal has acts_for and principal.acts_for.region == "x")
  shadow deny never when input.n == 4
}
"#;

/// Every member that a decision can have, at least once.
#[test]
fn decisions_that_have_more_to_say() {
    let schema = schema("decision.schema.json");
    let db = Database::default();
    let file = SourceFile::new(&db, "a.zt".into(), EVERYTHING.to_owned());
    let package = zt_lang::check::package::package(&db, Package::new(&db, "example".into(), vec![file], vec![]));
    let package = package.unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let evaluator = Evaluator::new(package.hir());
    let (mut world, mut host) = (World::new(), Host::at(1_000_000_000));
    let decide = |world: &mut World, host: &Host, n: i64, properties: &str| {
        let request = format!(
            r#"{{"subject": {{"type": "Agent", "id": "bot", "properties": {{{properties}}}}},
                "action": {{"name": "pay", "properties": {{"amount": 12.5, "n": {n}}}}}}}"#
        );
        let decision = evaluator.decide(world, host, request.as_bytes()).decision;
        valid(&schema, &serde_json::to_string(&decision).expect("JSON"))
    };
    let mut all = vec![decide(&mut world, &host, 1, "")];
    for n in [1, 2, 2, 3] {
        let binding = decide(&mut world, &host, n, "")["binding"].as_str().unwrap_or_default().to_owned();
        for by in ["ann", "bo"] {
            let id = format!("{by} {}", host.approvals.len());
            let (by, from) = (by.to_owned(), "leads".to_owned());
            host.approvals.push(Approval { id, by_type: None, by, from, at: host.now, binding: binding.clone() });
            all.push(decide(&mut world, &host, n, ""));
        }
    }
    host.supported = Some([].into());
    all.push(decide(&mut world, &host, 3, ""));
    host.supported = None;
    all.push(decide(&mut world, &host, i64::MAX, ""));
    all.push(decide(&mut world, &host, 3, r#""acts_for": {"type": "User", "id": "u"}"#));
    world.outage = true;
    all.push(decide(&mut world, &host, 3, ""));

    let texts: Vec<String> = all.iter().map(Value::to_string).collect();
    let text = texts.join("\n");
    for said in [
        "warrant_seconds",
        "alternatives",
        "binding",
        "obligations",
        "tells",
        "retry_after_ms",
        "readings",
        "approved_by",
        "tier T1",
        r#""tier":"T1""#,
        "unsupported",
        r#""error":true"#,
        r#""error":"window paid""#,
        r#""error":"source directory""#,
        r#""error":"overflow""#,
        "shadow",
        "12.5",
    ] {
        assert!(text.contains(said), "nothing says {said}:\n{text}");
    }
}

#[test]
fn tests() {
    let schema = schema("tests.schema.json");
    let out = zt(&root(), &["test", "examples", "--format", "json"], b"", &[]);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    valid(&schema, &out.stdout);
    // And with a failure in it.
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("refunds");
    let folder = path.to_str().expect("a path in UTF-8");
    assert_eq!(zt(&root(), &["init", folder], b"", &[]).code, Some(0));
    let file = path.join("refunds.zt");
    let text = std::fs::read_to_string(&file).expect("a policy").replace("> 50.00", "> 70.00");
    std::fs::write(&file, text).expect("written");
    let out = zt(&root(), &["test", folder, "--format", "json"], b"", &[]);
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    let report = valid(&schema, &out.stdout);
    assert_eq!(report["failed"], 1);
}
