//! The command line: what each command prints, where, and how it exits.
//!
//! `transcripts/*.txt` hold files, commands and all that came of them, word for word. `UPDATE=1` writes what does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;
use zt_tests::command::{Outcome, copy, root, steady, words, zt};

fn transcripts() -> PathBuf {
    root().join("tests/transcripts")
}

/// The sections of a transcript: `== what` and the lines under it.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = vec![];
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("== "), out.last_mut()) {
            (Some(head), _) => out.push((head.trim_end().to_owned(), String::new())),
            (None, Some((_, body))) => body.push_str(line),
            (None, None) => out.push(("about".to_owned(), line.to_owned())),
        }
    }
    out
}

/// Runs a transcript in a folder of its own; gives it back with what really came of its commands.
fn replay(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut out = String::new();
    let mut stdin = String::new();
    for (head, body) in sections(text) {
        let (what, rest) = head.split_once(' ').unwrap_or((&head, ""));
        match what {
            // These come of the commands.
            "stdout" | "stderr" | "exit" => continue,
            "about" => {
                out.push_str(&body);
                continue;
            }
            _ => {
                let _ = write!(out, "== {head}\n{body}");
            }
        }
        match what {
            "file" => {
                let path = folder.path().join(rest);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
                std::fs::write(path, body.trim_end_matches('\n').to_owned() + "\n").expect("the file can be written");
            }
            "folder" => std::fs::create_dir_all(folder.path().join(rest)).expect("the folder can be made"),
            "example" => copy(&root().join("examples").join(rest), &folder.path().join(rest)),
            // A small package that changes only with the language.
            "package" => copy(&root().join("tests/packages").join(rest), &folder.path().join(rest)),
            "stdin" => stdin.clone_from(&body),
            "run" => {
                let words = words(rest);
                let args: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
                assert_eq!(words.first().map(String::as_str), Some("zt"), "{head}");
                let done = zt(folder.path(), &args, std::mem::take(&mut stdin).as_bytes(), &[]);
                // Standard output and error are told apart; what is empty says nothing.
                for (name, text) in [("stdout", steady(&done.stdout)), ("stderr", steady(&done.stderr))] {
                    if !text.is_empty() {
                        assert!(text.ends_with('\n'), "{head}: {name} does not end its last line: {text:?}");
                        let _ = write!(out, "== {name}\n{text}");
                    }
                }
                let code = done.code.map_or_else(|| "none".to_owned(), |c| c.to_string());
                let _ = write!(out, "== exit {code}\n\n");
            }
            _ => panic!("a transcript has no `== {head}`"),
        }
    }
    out
}

#[test]
fn commands_print_what_the_transcripts_hold() {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(transcripts()).expect("readable").flatten().map(|e| e.path()).collect();
    all.sort();
    assert!(all.len() >= 5, "transcripts are missing: {all:?}");
    let mut different = String::new();
    for path in all {
        let expected = std::fs::read_to_string(&path).expect("readable");
        let actual = replay(&expected);
        if expected == actual {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &actual).expect("writable");
        } else {
            let at = expected.lines().zip(actual.lines()).take_while(|(e, a)| e == a).count();
            let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
            let _ = writeln!(
                different,
                "{}:{}\n  expected  {}\n  printed   {}",
                path.display(),
                at + 1,
                line(&expected),
                line(&actual)
            );
        }
    }
    assert!(different.is_empty(), "\n{different}`UPDATE=1 cargo test -p zt-tests --test cli` takes what is printed\n");
}

fn examples(args: &[&str]) -> Outcome {
    zt(&root(), args, b"", &[])
}

/// A copy of a package of `tests/packages`, with a text in one of its files replaced.
fn broken(package: &str, file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/packages").join(package), &folder.path().join(package));
    let path = folder.path().join(package).join(file);
    let text = std::fs::read_to_string(&path).expect("readable");
    assert!(text.contains(from), "{from} is not in {}", path.display());
    std::fs::write(path, text.replace(from, to)).expect("writable");
    folder
}

#[test]
fn the_json_report_holds_every_test() {
    let listed = examples(&["test", "examples", "--list"]);
    assert_eq!((listed.code, &*listed.stderr), (Some(0), ""));
    let out = examples(&["test", "examples", "--format", "json"]);
    assert_eq!((out.code, &*out.stderr), (Some(0), ""));
    let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(report["version"], 1);
    assert_eq!(report["engine"], "native");
    let tests: Vec<&Value> = report["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|p| p["tests"].as_array().into_iter().flatten())
        .collect();
    let ids: Vec<&str> = tests.iter().filter_map(|t| t["id"].as_str()).collect();
    assert_eq!(ids, listed.stdout.lines().collect::<Vec<_>>());
    assert_eq!(report["passed"], ids.len());
    for t in tests {
        assert_eq!(t["outcome"], "passed", "{t}");
        assert!(t["calls"].as_u64().is_some_and(|n| n > 0), "{t}");
        assert!(t["line"].as_u64().is_some_and(|n| n > 0), "{t}");
        assert!(t["microseconds"].is_u64(), "{t}");
    }
}

#[test]
fn a_failure_in_the_json_report_can_be_acted_on() {
    let folder = broken("refunds", "refunds.zt", "input.amount > limit\n", "input.amount >= limit\n");
    let out = zt(folder.path(), &["test", "--format", "json"], b"", &[]);
    assert_eq!((out.code, &*out.stderr), (Some(1), ""));
    let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
    assert_eq!(report["failed"], 1);
    let tests = report.pointer("/packages/0/tests").and_then(Value::as_array).expect("tests");
    let failed = tests.iter().find(|t| t["outcome"] == "failed").expect("one failed");
    let failure = &failed["failures"][0];
    assert_eq!(failure["file"], "refunds/tests.zt");
    assert_eq!(failure["differences"][0]["what"], "effect");
    assert_eq!(failure["decision"]["effect"], "require_approval");
    assert_eq!(failure["reference_decision"], Value::Null);
    // The request is what was decided, to the digit.
    assert!(out.stdout.contains(r#""amount":50.00"#), "{}", out.stdout);

    // It can be sent again.
    let request = serde_json::to_vec(&failure["request"]).expect("JSON");
    let again = zt(folder.path(), &["eval", "refunds", "--request", "-"], &request, &[]);
    let decision: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(decision, failure["decision"]);
}

#[test]
fn the_junit_report_is_one() {
    let folder = broken("refunds", "refunds.zt", "input.amount > limit\n", "input.amount >= limit\n");
    let out = zt(folder.path(), &["test", "--format", "junit"], b"", &[]);
    assert_eq!((out.code, &*out.stderr), (Some(1), ""));
    let report = Report::deserialize_from_str(&out.stdout).expect("JUnit XML");
    assert_eq!(report.failures, 1);
    let suite = report.test_suites.first().expect("a package");
    assert_eq!(suite.name.as_str(), "example.refunds");
    assert_eq!(report.tests, suite.test_cases.len());
    for case in &suite.test_cases {
        assert!(case.classname.as_ref().is_some_and(|c| c.as_str().starts_with("example.refunds.")), "{case:?}");
        match &case.status {
            TestCaseStatus::Success { .. } => {}
            TestCaseStatus::NonSuccess { message, description, .. } => {
                assert_eq!(case.name.as_str(), "fifty is still small");
                let message = message.as_ref().expect("a message").as_str();
                assert!(message.contains("expected effect allow, decided require approval"), "{message}");
                let why = description.as_ref().expect("a reason").as_str();
                assert!(why.contains("input.amount >= limit  is true: 50.00 against 50.00"), "{why}");
            }
            TestCaseStatus::Skipped { .. } => panic!("nothing is skipped: {case:?}"),
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_a_denial() {
    for bad in [&b"\xff\xfe\x00"[..], b"{}{}", b"{\"subject\":\"\xc3\x28\"}", b"\xef\xbb\xbf{}", b"{}}"] {
        let out = zt(&root(), &["eval", "tests/packages/refunds", "--request", "-", "--exit-status"], bad, &[]);
        assert_eq!((out.code, &*out.stderr), (Some(10), ""), "{bad:?}");
        let decision: Value = serde_json::from_str(&out.stdout).expect("JSON");
        assert_eq!(decision["effect"], "deny", "{bad:?}");
        assert_eq!(decision["determined_by"][0], "refused");
        let why = zt(&root(), &["eval", "tests/packages/refunds", "--request", "-", "--why"], bad, &[]);
        assert_eq!(why.code, Some(0), "{bad:?}: {}", why.stderr);
    }
}

/// Whatever was to write the request has failed: this is no decision about anything.
#[test]
fn no_request_is_no_decision() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.json");
    std::fs::write(&empty, "\n").expect("writable");
    for (bytes, more) in [(&b""[..], &[][..]), (b" \n\n", &["--exit-status"]), (b"", &["--why"])] {
        for from in ["-", empty.to_str().expect("a path")] {
            let args = [&["eval", "tests/packages/refunds", "--request", from], more].concat();
            let out = zt(&root(), &args, bytes, &[]);
            assert_eq!((out.code, &*out.stdout), (Some(4), ""), "{bytes:?} {from}");
            assert!(out.stderr.contains("there is no request in "), "{}", out.stderr);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_bench_times_what_is_decided() {
    let package = root().join("tests/packages/refunds");
    let package = package.to_string_lossy();
    let table = zt(&root(), &["bench", &package], b"", &[]);
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""), "{}", table.stdout);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert!(lines[0].ends_with(": nanoseconds for one decision") && lines[1].contains("from JSON"), "{}", table.stdout);
    assert!(lines[2].contains(" by ") && lines[2].contains(" of "), "{}", table.stdout);

    let request = std::fs::read(root().join("tests/packages/refunds/requests/large.json")).expect("a request");
    let line = String::from_utf8(request).expect("text").replace('\n', " ");
    let from_file = |text: &str, more: &[&str]| {
        let args = [&["bench", &package, "--requests", "-", "--json"], more].concat();
        zt(&root(), &args, text.as_bytes(), &[])
    };
    let timed = |out: &Outcome| {
        let report: Value = serde_json::from_str(&out.stdout).expect("JSON");
        report["bench"].as_array().expect("a list").iter().filter_map(|entry| entry["requests"].as_u64()).sum::<u64>()
    };
    let out = from_file(&format!("{line}\n{line}\n{{}}\n"), &["--now", "2026-03-27T14:00:00Z"]);
    assert_eq!((out.code, timed(&out)), (Some(0), 2), "{}", out.stderr);
    assert!(out.stderr.starts_with("1 request is refused, and not timed"), "{}", out.stderr);

    // Nothing to decide: no request, none that is not refused, no test.
    assert_eq!(from_file(" \n", &[]).code, Some(4));
    assert_eq!(from_file("{}", &[]).code, Some(4));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("zt.toml"), "[package]\nname = \"p\"\nedition = \"2026\"\n").expect("written");
    std::fs::write(folder.path().join("p.zt"), "package p\nentity A from pep {}\naction go { by A }\n")
        .expect("written");
    let out = zt(folder.path(), &["bench"], b"", &[]);
    assert_eq!((out.code, out.stdout.as_str()), (Some(4), ""), "{}", out.stderr);
    // What only a file of requests can use, a package that is not there, one that does not compile.
    assert_eq!(zt(&root(), &["bench", &package, "--now", "2026-03-27T14:00:00Z"], b"", &[]).code, Some(2));
    assert_eq!(from_file(&line, &["--now", "yesterday"]).code, Some(2));
    assert_eq!(zt(&root(), &["bench", "examples/nothing"], b"", &[]).code, Some(2));
    std::fs::write(folder.path().join("p.zt"), "package p\naction go { by B }\n").expect("written");
    assert_eq!(zt(folder.path(), &["bench"], b"", &[]).code, Some(3));
}

#[test]
fn a_policy_that_cannot_be_read_is_not_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/packages/refunds"), &folder.path().join("refunds"));
    std::os::unix::fs::symlink("nowhere.zt", folder.path().join("refunds/more.zt")).expect("a link");
    for command in ["check", "test"] {
        let out = zt(folder.path(), &[command, "refunds"], b"", &[]);
        assert_eq!((out.code, &*out.stdout), (Some(2), ""), "{command}");
        assert!(out.stderr.contains("refunds/more.zt"), "{}", out.stderr);
    }
}

#[test]
fn a_new_package_passes_check_and_test() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for dir in ["fresh", "empty", "deep/er/2nd-Package.v1"] {
        let made = zt(folder.path(), &["init", dir], b"", &[]);
        assert_eq!((made.code, &*made.stderr), (Some(0), ""), "{dir}");
        for command in [&["check"][..], &["test"], &["fmt", "--check"]] {
            let out = zt(folder.path(), &[command, &[dir]].concat(), b"", &[]);
            assert_eq!(out.code, Some(0), "{command:?} {dir}: {}{}", out.stdout, out.stderr);
        }
        let again = zt(folder.path(), &["init", dir], b"", &[]);
        assert_eq!((again.code, &*again.stdout), (Some(2), ""), "{dir}");
    }
}

/// What is printed for a shell knows every command; bash runs it, and completes by it.
#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let out = examples(&["completions", shell]);
        assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{shell}");
        for command in commands() {
            assert!(out.stdout.contains(&command), "{shell} does not know `{command}`");
        }
        assert!(out.stdout.contains("deny-warnings"), "{shell}");
    }
    let script = examples(&["completions", "bash"]).stdout;
    let asked = "\nCOMP_WORDS=(zt eval refunds --exi); COMP_CWORD=3; _zt zt --exi refunds; printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let done = std::process::Command::new("bash").args(["-c", &format!("{script}{asked}")]).output();
    let done = done.expect("bash is there");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "--exit-status\n", "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(examples(&["completions", "tcsh"]).code, Some(2));
}

/// Every command, from the help of `zt` itself.
fn commands() -> BTreeSet<String> {
    let help = examples(&["--help"]);
    let list = help.stdout.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|l| !l.is_empty());
    lines.filter_map(|l| l.split_whitespace().next()).filter(|w| *w != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_explains_itself_by_examples() {
    let commands = commands();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in &commands {
        let out = examples(&[command, "--help"]);
        assert_eq!((out.code, &*out.stderr), (Some(0), ""), "{command}");
        assert!(out.stdout.contains("Examples:\n"), "{command} shows no example:\n{}", out.stdout);
        assert!(out.stdout.contains(&format!("  zt {command}")), "{command}: {}", out.stdout);
        // Nobody reads past the edge.
        assert!(out.stdout.lines().all(|l| l.chars().count() <= 120), "{command}: {}", out.stdout);
    }
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let folder = broken("refunds", "refunds.zt", "input.amount > limit\n", "input.amount >= limit\n");
    std::fs::create_dir(folder.path().join("wrong")).expect("a folder");
    let wrong = folder.path().join("wrong");
    std::fs::write(wrong.join("zt.toml"), "[package]\nname = \"wrong\"\nedition = \"2026\"\n").expect("writable");
    std::fs::write(wrong.join("a.zt"), "package wrong\nenum E { a, a }\n").expect("writable");
    let small = folder.path().join("refunds/requests/small.json");
    let small = small.to_str().expect("a path");
    let runs: [&[&str]; 6] = [
        &["check", "wrong"],
        &["test", "wrong"],
        &["test", "refunds"],
        &["eval", "refunds", "--request", small, "--why"],
        &["eval", "refunds", "--request", small, "--format", "human"],
        &["check", "missing"],
    ];
    for args in runs {
        let text = |o: &Outcome| format!("{}{}", o.stdout, o.stderr);
        for variables in [&[("NO_COLOR", "1")][..], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[]] {
            let out = text(&zt(folder.path(), args, b"", variables));
            assert!(!out.contains('\x1b'), "{args:?} {variables:?} has colours: {out:?}");
        }
        let forced = text(&zt(folder.path(), args, b"", &[("CLICOLOR_FORCE", "1")]));
        assert!(forced.contains('\x1b'), "{args:?} has no colours: {forced:?}");
    }
}

#[test]
fn text_from_a_request_cannot_steer_a_terminal() {
    let request = r#"{"subject":{"type":"Agent","id":"\u001b[2J\u0007","properties":{"permissions":["refund"]}},
        "action":{"name":"orders.refund","properties":{"amount":60,"reason":"\u001b]0;x\u0007\u202e"}},
        "resource":{"type":"Order","id":"order-7","properties":{"amount":80}}}"#;
    // The path of a refusal has the name of the culprit.
    let refused = r#"{"subject":{"type":"Agent","id":"a","properties":{"permissions":[]}},
        "action":{"name":"orders.refund","properties":{"amount":60,"reason":"x","\u001b[2J\u202e\u009b/~\"\u0000":1}},
        "resource":{"type":"Order","id":"order-7","properties":{"amount":80}}}"#;
    for (request, at) in [(request, None), (refused, Some("/action/properties/"))] {
        for more in [&["--why"][..], &["--format", "human"], &["--format", "json"]] {
            let args = [&["eval", "tests/packages/refunds", "--request", "-"], more].concat();
            let out = zt(&root(), &args, request.as_bytes(), &[]);
            assert_eq!(out.code, Some(0), "{}", out.stderr);
            assert!(at.is_none_or(|at| out.stdout.contains(at)), "{}", out.stdout);
            let bad = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
            let bad: Vec<char> = out.stdout.chars().filter(bad).collect();
            assert!(bad.is_empty(), "{more:?}: {bad:?} in {}", out.stdout);
        }
    }
}

/// A path is shown as it was given.
#[test]
fn paths_are_relative_to_where_one_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("tests/packages/refunds"), &folder.path().join("policies/refunds"));
    std::fs::write(folder.path().join("policies/refunds/more.zt"), "package example.refunds\nentity Agent\n")
        .expect("writable");
    let from = |at: &str, args: &[&str]| zt(&folder.path().join(Path::new(at)), args, b"", &[]).stdout;
    assert!(from("", &["check", "--format", "short"]).starts_with("policies/refunds/"));
    assert!(from("policies", &["check", "refunds", "--format", "short"]).starts_with("refunds/"));
    let inside = from("policies/refunds", &["check", "--format", "short"]);
    assert!(
        !inside.is_empty() && inside.lines().all(|l| l.split(':').next().is_some_and(|p| !p.contains('/'))),
        "{inside}"
    );
}

/// What a link leads to would be left out by one reader and taken in by another.
#[cfg(unix)]
#[test]
fn links_are_refused_and_editors_locks_are_not() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| zt(folder.path(), args, b"", &[]);
    assert_eq!(run(&["init", "all/refunds"]).code, Some(0));
    symlink("somebody@host.1", folder.path().join("all/refunds/.#refunds.zt")).expect("a lock");
    assert_eq!(run(&["test", "all"]).code, Some(0));
    for (at, to) in [("all/refunds/more", "../.."), ("all/other", "refunds"), ("all/refunds/zt.toml.d", "nowhere")] {
        let link = folder.path().join(at);
        symlink(to, &link).expect("a link");
        let out = run(&["test", "all"]);
        assert_eq!(out.code, Some(2), "{at}\n{}{}", out.stdout, out.stderr);
        assert!(out.stderr.contains("is a link"), "{}", out.stderr);
        std::fs::remove_file(&link).expect("removed");
    }
    assert_eq!(run(&["test", "all"]).code, Some(0));
}

/// Only the text changes.
#[cfg(unix)]
#[test]
fn a_formatted_file_keeps_its_link_and_its_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("real.txt"), "enum  E{a}").expect("writable");
    std::fs::set_permissions(at("real.txt"), std::fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink("real.txt", at("a.zt")).expect("a link");
    let out = zt(folder.path(), &["fmt", "a.zt"], b"", &[]);
    assert_eq!((out.code, &*out.stdout), (Some(0), "a.zt\n"), "{}", out.stderr);
    assert!(at("a.zt").is_symlink());
    assert_eq!(std::fs::read_to_string(at("real.txt")).expect("readable"), "enum E { a }\n");
    let mode = std::fs::metadata(at("real.txt")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 2, "something was left behind");

    // Who may not write the file does not get it replaced either.
    std::fs::write(at("b.zt"), "enum  E{a}").expect("writable");
    std::fs::set_permissions(at("b.zt"), std::fs::Permissions::from_mode(0o440)).expect("permissions");
    assert_eq!(zt(folder.path(), &["fmt", "b.zt"], b"", &[]).code, Some(2));
    assert_eq!(std::fs::read_to_string(at("b.zt")).expect("readable"), "enum  E{a}");
}

/// Bytes that are no text are left as they are.
#[test]
fn a_file_that_is_no_text_is_not_formatted() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = b"enum  E{a} // \xff\n";
    std::fs::write(folder.path().join("a.zt"), bytes).expect("writable");
    let out = zt(folder.path(), &["fmt", "a.zt"], b"", &[]);
    assert_eq!((out.code, &*out.stdout), (Some(1), ""), "{}", out.stderr);
    assert_eq!(std::fs::read(folder.path().join("a.zt")).expect("readable"), bytes);
}
