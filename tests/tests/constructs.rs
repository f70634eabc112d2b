//! `examples/CONSTRUCTS.md` says where everything is shown that can be said: each pointer exists, its test ran, and without
//! the rule that it points to that test fails.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;
use zt_lang::syntax::ast::{ItemKind, RuleClauseKind};
use zt_lang::syntax::parse::parse;
use zt_tests::command::{copy, root, zt};

/// How many rows there are.
const ROWS: usize = 95;

/// The rows whose mechanism comes with warrants, attestations and the audit log.
const LATER: &[usize] = &[70, 71, 72, 73, 74, 77, 79, 80, 81, 82];

/// A row of the page.
#[derive(Debug)]
struct Row {
    number: usize,
    later: bool,
    package: String,
    file: String,
    rule: String,
    test: String,
}

fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(root().join("examples/CONSTRUCTS.md")).expect("the page can be read");
    let cells = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| N |"));
    cells.map(|line| row(line).unwrap_or_else(|| panic!("not a row: {line}"))).collect()
}

fn row(line: &str) -> Option<Row> {
    let [number, _, shown] = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect::<Vec<_>>()[..] else {
        return None;
    };
    let (later, shown) = shown.strip_prefix("later; ").map_or((false, shown), |shown| (true, shown));
    let (file, rest) = shown.strip_prefix('`')?.split_once("`, `")?;
    let (rule, test) = rest.split_once("`, \"")?;
    let (package, file) = file.split_once('/')?;
    Some(Row {
        number: number.parse().ok()?,
        later,
        package: package.into(),
        file: file.into(),
        rule: rule.into(),
        test: test.strip_suffix('"')?.into(),
    })
}

/// How every test of a package ended, by name.
fn tests(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let out = zt(folder, &["test", "--format", "json", "."], b"", &[]);
    let report: Value = serde_json::from_str(&out.stdout).map_err(|_| format!("{}{}", out.stdout, out.stderr))?;
    let packages = report["packages"].as_array().cloned().unwrap_or_default();
    let all = packages.iter().flat_map(|package| package["tests"].as_array().cloned().unwrap_or_default());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(all.map(|test| (text(&test["name"]), text(&test["outcome"]))).collect())
}

/// Those of a name: a table's rows have the name of the table and their own.
fn named<'t>(all: &'t BTreeMap<String, String>, name: &str) -> Vec<(&'t String, &'t String)> {
    let of_table = format!("{name} [");
    all.iter().filter(|(test, _)| *test == name || test.starts_with(&of_table)).collect()
}

/// A file in which a rule never holds, or a policy of another package is no longer enforced.
fn without(text: &str, rule: &str) -> Option<String> {
    if rule.starts_with("enforce ") {
        let line = text.lines().find(|line| line.starts_with(rule))?;
        return Some(text.replacen(line, "", 1));
    }
    let (policy, name) = rule.split_once('.')?;
    let parse = parse(&"a.zt".into(), text);
    let (offset, rule) = parse.items.iter().find_map(|item| match &item.item.kind {
        Some(ItemKind::Policy(x)) if *x.name.text == *policy => {
            Some((item.offset, x.rules.iter().find(|rule| *rule.name.text == *name)?))
        }
        _ => None,
    })?;
    // What it reads it still reads, so that nothing else changes.
    let unless = rule.clauses.iter().find_map(|clause| match &clause.kind {
        RuleClauseKind::Unless(e) => Some(e.span),
        _ => None,
    });
    let at = |place: u32| (offset + place) as usize;
    Some(match unless {
        Some(span) => {
            let (start, end) = (at(span.start), at(span.end));
            format!("{}({}) or true{}", &text[..start], &text[start..end], &text[end..])
        }
        None => format!("{}\n    unless true{}", &text[..at(rule.span.end)], &text[at(rule.span.end)..]),
    })
}

#[test]
fn every_row_is_there_once_and_in_order() {
    let numbers: Vec<usize> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
    let later: Vec<usize> = rows().iter().filter(|row| row.later).map(|row| row.number).collect();
    assert_eq!(later, LATER);
}

#[test]
fn without_its_rule_the_test_of_each_row_fails() {
    let rows = rows();
    let mut by_rule: BTreeMap<(&str, &str, &str), Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        by_rule.entry((&row.package, &row.file, &row.rule)).or_default().push(row);
    }
    let packages: std::collections::BTreeSet<&str> = rows.iter().map(|row| &*row.package).collect();
    let examples = root().join("examples");
    let whole: BTreeMap<&str, BTreeMap<String, String>> = packages
        .into_iter()
        .map(|package| (package, tests(&examples.join(package)).unwrap_or_else(|said| panic!("{package}: {said}"))))
        .collect();
    let problems = Mutex::new(vec![]);
    let todo: Mutex<Vec<_>> = Mutex::new(by_rule.into_iter().collect());
    let work = || {
        while let Some(((package, file, rule), rows)) = todo.lock().expect("no panic").pop() {
            let report =
                |said: String| problems.lock().expect("no panic").push(format!("{package}/{file} {rule}: {said}"));
            let folder = tempfile::tempdir().expect("a folder");
            // Beside its neighbours, so that packages that it uses are found.
            copy(&examples, folder.path());
            let file = folder.path().join(package).join(file);
            let Some(changed) = std::fs::read_to_string(&file).ok().and_then(|text| without(&text, rule)) else {
                report("there is no such rule".to_owned());
                continue;
            };
            std::fs::write(&file, changed).expect("the file can be written");
            let after = match tests(&folder.path().join(package)) {
                Ok(after) => after,
                Err(said) => {
                    report(format!("without it the package does not compile:\n{said}"));
                    continue;
                }
            };
            for row in rows {
                let before = named(&whole[package], &row.test);
                if before.is_empty() || before.iter().any(|(_, outcome)| *outcome != "passed") {
                    report(format!("row {}: no test {:?} passes", row.number, row.test));
                }
                if named(&after, &row.test).iter().all(|(_, outcome)| *outcome == "passed") {
                    report(format!("row {}: {:?} passes without it", row.number, row.test));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let problems = problems.into_inner().expect("no panic");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
