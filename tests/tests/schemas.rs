//! What the tools print for programs is what the schemas in `docs/schemas` say, judged by an independent validator.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
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
fn decisions() {
    let schema = schema("decision.schema.json");
    let mut seen = 0;
    for package in std::fs::read_dir(root().join("examples")).expect("examples").flatten() {
        let folder = package.path();
        for request in std::fs::read_dir(folder.join("requests")).expect("requests").flatten() {
            let path = request.path();
            let name = path.to_string_lossy().into_owned();
            if !name.ends_with(".json") || name.ends_with(".decision.json") {
                continue;
            }
            let package = folder.to_string_lossy().into_owned();
            for format in [
                &["eval", &package, "--request", &name][..],
                &["eval", &package, "--request", &name, "--why", "--format", "json"],
            ] {
                let out = zt(&root(), format, b"", &[]);
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
