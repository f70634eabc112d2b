//! The rules of the house: which crate may use which, in what order modules stand, where unsafe code lives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").to_owned()
}

/// Each crate and the crates of the house that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("zt-values", &[]),
    ("zt-patterns", &["zt-values"]),
    ("zt-stdlib", &["zt-patterns", "zt-values"]),
    ("zt-runtime", &["zt-values"]),
    ("zt-lang", &["zt-values", "zt-patterns", "zt-stdlib"]),
    ("zt-compiler", &["zt-lang", "zt-runtime", "zt-values"]),
    ("zt-packages", &["zt-lang"]),
    ("zt-lsp", &["zt-lang", "zt-packages"]),
    ("zt-cli", &["zt-values", "zt-stdlib", "zt-runtime", "zt-lang", "zt-packages", "zt-lsp", "zt-compiler"]),
    ("zt-tests", &["zt-values", "zt-stdlib", "zt-runtime", "zt-lang", "zt-packages", "zt-compiler", "zt-cli"]),
];

/// What a gateway must never get with the runtime.
const NOT_IN_RUNTIME: &[&str] =
    &["salsa", "lalrpop", "lalrpop-util", "logos", "ariadne", "cranelift-codegen", "tokio", "clap", "regex-syntax"];

fn metadata() -> serde_json::Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("cargo prints JSON")
}

fn text<'a>(v: &'a serde_json::Value, key: &str) -> &'a str {
    v[key].as_str().unwrap_or_else(|| panic!("no {key} in {v}"))
}

#[test]
fn crates_use_only_what_stands_below_them() {
    let metadata = metadata();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let packages = metadata["packages"].as_array().expect("packages");
    let mut seen = BTreeSet::new();
    for p in packages.iter().filter(|p| p["source"].is_null()) {
        let name = text(p, "name");
        let allowed = arrows.get(name).unwrap_or_else(|| panic!("{name} has no place in the house"));
        seen.insert(name);
        for d in p["dependencies"].as_array().expect("dependencies").iter().filter(|d| !d["path"].is_null()) {
            let on = text(d, "name");
            assert!(allowed.contains(&on), "{name} may not use {on}");
        }
    }
    assert_eq!(seen.len(), ARROWS.len(), "a crate is missing: {seen:?}");
}

#[test]
fn the_runtime_links_little() {
    let out = Command::new(env!("CARGO"))
        .args(["tree", "-p", "zt-runtime", "-e", "normal", "--prefix", "none", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&out.stdout);
    let names: BTreeSet<&str> = tree.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.contains("zt-runtime"), "{tree}");
    for bad in NOT_IN_RUNTIME {
        assert!(!names.contains(bad), "zt-runtime links {bad}");
    }
    assert!(names.len() <= 40, "zt-runtime links {} crates: {names:?}", names.len());
}

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).expect("readable").flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

const CRATES: &[&str] =
    &["runtime/values", "runtime", "lang/patterns", "stdlib", "lang", "lang/packages", "lsp", "compiler", "cli"];

/// The modules that a `lib.rs` declares, in order.
fn modules(lib: &str) -> Vec<String> {
    lib.lines()
        .filter_map(|l| l.trim_start_matches("pub ").trim_start_matches("pub(crate) ").strip_prefix("mod "))
        .filter_map(|l| l.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn modules_stand_from_ground_to_roof() {
    let mut checked = 0;
    for krate in CRATES {
        let src = root().join(krate).join("src");
        let order = modules(&std::fs::read_to_string(src.join("lib.rs")).expect("a lib.rs"));
        let mut files = vec![];
        rust_files(&src, &mut files);
        for file in files {
            let inside = file.strip_prefix(&src).expect("inside src");
            let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
            let module = first.trim_end_matches(".rs").to_owned();
            let Some(own) = order.iter().position(|m| *m == module) else { continue };
            let is_test = inside.to_string_lossy().contains("test") || module == "fixture";
            let text = std::fs::read_to_string(&file).expect("readable");
            // Tests may look at the whole crate.
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (used, name) in order.iter().enumerate().filter(|(used, _)| *used > own && !is_test) {
                for start in [format!("crate::{name}::"), format!("crate::{name};")] {
                    let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
                    assert!(
                        !code.clone().any(|l| l.contains(&start) && !l.contains("///")),
                        "{} uses {name}, which stands above it ({own} < {used})",
                        file.display()
                    );
                }
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} files were looked at");
}

/// The only files with unsafe code.
const UNSAFE: &[&str] = &["runtime/src/native"];

#[test]
fn unsafe_code_has_an_address() {
    let mut found = 0;
    for krate in CRATES.iter().chain(&["tests"]) {
        let src = root().join(krate).join("src");
        let mut files = vec![];
        rust_files(&src, &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).expect("readable");
            let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
            let any = code.clone().any(|l| l.contains("unsafe ") && !l.contains("unsafe_code"));
            let at = file.strip_prefix(root()).expect("inside").to_string_lossy().into_owned();
            if any {
                found += 1;
                assert!(UNSAFE.iter().any(|u| at.starts_with(u)), "{at} has unsafe code");
            }
        }
        let lib = std::fs::read_to_string(src.join("lib.rs")).expect("a lib.rs");
        assert!(*krate == "runtime" || lib.contains("forbid(unsafe_code)"), "{krate} does not forbid unsafe code");
    }
    assert!(found > 0, "the native loader has gone: take it off the list");
}

#[test]
fn nothing_names_what_the_project_does_not_have() {
    // Addresses in texts are examples, and say so.
    let mut files = vec![];
    for dir in ["examples", "stdlib", "lang/pages"] {
        collect(&root().join(dir), &mut files);
    }
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for part in text.split("://").skip(1) {
            let host: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
            // That of a cloud's own service is the same everywhere, and what calls must not reach.
            // A pattern of addresses names none.
            let known = host.is_empty() || ["schemas.xmlsoap.org", "169.254.169.254"].contains(&&*host);
            assert!(known || host.ends_with("example.com"), "{} names {host}", file.display());
        }
    }
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, out) } else { out.push(path) }
    }
}

#[test]
fn the_top_level_holds_the_rooms_and_nothing_else() {
    const ROOMS: &[&str] =
        &["cli", "compiler", "docs", "editors", "examples", "lang", "lsp", "runtime", "stdlib", "tests"];
    const AROUND: &[&str] = &[".cargo", ".ci", ".git", ".github", "target"];
    for entry in std::fs::read_dir(root()).expect("the root can be read").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = entry.path().is_dir();
        assert!(!folder || ROOMS.contains(&&*name) || AROUND.contains(&&*name), "{name} is no room");
    }
}
