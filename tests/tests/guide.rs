//! The guide, `docs/**/*.md`: every snippet is checked or run, and what it prints is what the page shows.
//!
//! What is done with a block is said by its language and by an HTML comment on the line before it; `CONTRIBUTING.md` has the
//! whole list. Each page has an empty folder of its own. `UPDATE=1` writes the list of mistakes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zt_lang::diagnostic::Code;
use zt_lang::manifest;
use zt_tests::command::{root, steady, words, zt};
use zt_tests::markdown::{Block, anchors, blocks, links};

/// The languages of other tools: shown, and not run.
const FOREIGN: &[&str] = &["cedar", "rego", "cel", "yaml", "text"];

/// The pages of the guide, by their paths from the root.
fn pages() -> Vec<PathBuf> {
    fn below(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                out.push(path);
            }
        }
    }
    let mut out = vec![];
    below(&root().join("docs"), &mut out);
    out.sort();
    out
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A package that the blocks of a page make up.
struct Growing {
    folder: tempfile::TempDir,
    name: String,
    line: usize,
    tested: bool,
}

/// A page that is followed.
struct Run<'p> {
    /// How the page is called in what is reported.
    page: &'p str,
    /// Where its commands run.
    folder: tempfile::TempDir,
    package: Option<Growing>,
    /// The commands that ran.
    commands: Vec<String>,
    wrong: String,
}

impl<'p> Run<'p> {
    fn of(page: &'p str, text: &str) -> Run<'p> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut run = Run { page, folder, package: None, commands: vec![], wrong: String::new() };
        for block in blocks(text) {
            run.block(&block);
        }
        run.settle();
        run.leave();
        run
    }

    fn report(&mut self, line: usize, what: &str) {
        let _ = writeln!(self.wrong, "{}:{line}: {what}", self.page);
    }

    fn block(&mut self, block: &Block<'_>) {
        match block.mark.map(|mark| mark.split_once(": ").unwrap_or((mark, ""))) {
            Some(("file", path)) => return self.file(path, block.text),
            Some(("edit", path)) => return self.edit(path, block),
            Some(("wrong", codes)) if block.language == "zt" => return self.refused(codes, block),
            Some((other, _)) => self.report(block.line, &format!("nobody knows what `{other}` is to do")),
            None => {}
        }
        match block.language {
            "console" => self.console(block),
            "zt" => self.part(block),
            "json" => {
                if let Err(e) = serde_json::from_str::<Value>(block.text) {
                    self.report(block.line, &format!("no JSON: {e}"));
                }
            }
            "toml" => {
                for d in manifest::parse(block.text).diagnostics {
                    self.report(block.line, &d.message);
                }
            }
            other if FOREIGN.contains(&other) => {}
            other => self.report(block.line, &format!("nobody checks a block of `{other}`")),
        }
    }

    fn file(&mut self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    /// Replaces the lines with `-` by those with `+`; what stands behind neither is there before and after.
    fn edit(&mut self, path: &str, block: &Block<'_>) {
        let side = |kept: [char; 2]| {
            let lines = block.text.lines().filter_map(|l| l.strip_prefix(kept));
            lines.fold(String::new(), |text, line| text + line + "\n")
        };
        let (old, new) = (side(['-', ' ']), side(['+', ' ']));
        let file = self.folder.path().join(path);
        let text = read(&file);
        if text.matches(&old).count() != 1 {
            return self.report(block.line, &format!("these lines do not stand in {path} once"));
        }
        std::fs::write(file, text.replace(&old, &new)).expect("writable");
    }

    /// Runs the commands of a block and compares what they print.
    fn console(&mut self, block: &Block<'_>) {
        let mut commands: Vec<(&str, Vec<&str>)> = vec![];
        for line in block.text.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, vec![])),
                (None, Some((_, shown))) => shown.push(line),
                (None, None) => self.report(block.line, "no command prints this"),
            }
        }
        for (line, mut shown) in commands {
            let (command, code) = match line.split_once("# exits with ") {
                Some((command, code)) => (command.trim(), code.parse().ok()),
                None => (line, Some(0)),
            };
            let words = words(command);
            if words.first().map(String::as_str) != Some("zt") {
                self.report(block.line, &format!("`{command}` is not zt"));
                continue;
            }
            let args: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            let done = zt(self.folder.path(), &args, b"", &[]);
            self.commands.push(command.to_owned());
            let printed = steady(&format!("{}{}", done.stdout, done.stderr));
            while shown.last().is_some_and(|l| l.is_empty()) {
                shown.pop();
            }
            let shown: Vec<String> = shown.iter().map(|l| steady(&format!("{l}\n")).trim_end().to_owned()).collect();
            let lines: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
            if done.code != code || !alike(&shown, &lines) {
                let code = done.code.map_or_else(|| "none".to_owned(), |c| c.to_string());
                self.report(block.line, &format!("`{command}` exits with {code} and prints\n{printed}"));
            }
        }
    }

    /// Takes a block of zt into the package above it, or begins one.
    fn part(&mut self, block: &Block<'_>) {
        if let Some(name) = block.text.strip_prefix("package ").and_then(|rest| rest.lines().next()) {
            self.settle();
            let folder = tempfile::tempdir().expect("a folder");
            manifest_of(folder.path(), name);
            self.package = Some(Growing { folder, name: name.to_owned(), line: block.line, tested: false });
        }
        let Some(package) = &mut self.package else { return self.report(block.line, "no package begins above this") };
        package.tested |= block.text.lines().any(|l| l.starts_with("suite "));
        let text = whole(&package.name, block.text);
        std::fs::write(package.folder.path().join(format!("line{}.zt", block.line)), text).expect("writable");
    }

    /// Checks that a block has just these mistakes, beside what stands above it.
    fn refused(&mut self, codes: &str, block: &Block<'_>) {
        let folder = tempfile::tempdir().expect("a folder");
        let text = match (&self.package, block.text.strip_prefix("package ").and_then(|rest| rest.lines().next())) {
            (_, Some(name)) => {
                manifest_of(folder.path(), name);
                block.text.to_owned()
            }
            (Some(package), None) => {
                zt_tests::command::copy(package.folder.path(), folder.path());
                whole(&package.name, block.text)
            }
            (None, None) => return self.report(block.line, "no package begins above this"),
        };
        std::fs::write(folder.path().join("wrong.zt"), text).expect("writable");
        let done = zt(folder.path(), &["check", ".", "--format", "json"], b"", &[]);
        let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
        let found: Vec<&str> =
            report["diagnostics"].as_array().into_iter().flatten().filter_map(|d| d["code"].as_str()).collect();
        if found.is_empty() || found != codes.split_whitespace().collect::<Vec<_>>() {
            self.report(block.line, &format!("these are its mistakes: {}", report["diagnostics"]));
        }
    }

    /// Checks the package that the blocks so far make up, and runs its tests.
    fn settle(&mut self) {
        let Some(package) = self.package.take() else { return };
        self.sound(package.folder.path(), package.line);
        if package.tested {
            let done = zt(package.folder.path(), &["test", "."], b"", &[]);
            if done.code != Some(0) {
                self.report(package.line, &format!("its tests fail:\n{}{}", done.stdout, done.stderr));
            }
        }
    }

    /// Checks what the commands of the page leave behind.
    fn leave(&mut self) {
        let folder = self.folder.path().to_owned();
        if std::fs::read_dir(&folder).expect("readable").next().is_some() {
            self.sound(&folder, 1);
            // What whoever followed the page has in the end does not warn either.
            let done = zt(&folder, &["check", ".", "--deny-warnings", "--format", "short"], b"", &[]);
            if done.code != Some(0) {
                self.report(1, &format!("warnings:\n{}{}", done.stdout, done.stderr));
            }
        }
    }

    fn sound(&mut self, folder: &Path, line: usize) {
        for args in [&["check", ".", "--format", "short"][..], &["fmt", "--check", "."]] {
            let done = zt(folder, args, b"", &[]);
            if done.code != Some(0) {
                self.report(line, &format!("zt {}:\n{}{}", args.join(" "), done.stdout, done.stderr));
            }
        }
    }
}

fn manifest_of(folder: &Path, name: &str) {
    let text = format!("[package]\nname = \"{name}\"\nedition = \"{}\"\n", manifest::EDITION);
    std::fs::write(folder.join("zt.toml"), text).expect("writable");
}

/// A block as a file of its package.
fn whole(name: &str, text: &str) -> String {
    if text.starts_with("package ") { text.to_owned() } else { format!("package {name}\n\n{text}") }
}

/// Whether lines are those that are shown: `…` stands for any lines, and at the end of one for the rest of it.
fn alike(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=printed.len()).any(|n| alike(rest, printed.get(n..).unwrap_or_default()))
        }
        Some((first, rest)) => printed.split_first().is_some_and(|(line, after)| {
            let same = match first.strip_suffix('…') {
                Some(start) => line.starts_with(start),
                None => line == first,
            };
            same && alike(rest, after)
        }),
    }
}

#[test]
fn every_snippet_does_what_its_page_says() {
    let pages = pages();
    assert!(pages.len() >= 7, "pages are missing: {pages:?}");
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = pages
            .iter()
            .filter(|path| !path.ends_with("docs/tour.md"))
            .map(|path| {
                scope.spawn(move || {
                    let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
                    Run::of(&name, &read(path)).wrong
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().expect("a page is followed")).collect()
    });
    assert!(wrong.concat().is_empty(), "\n{}", wrong.concat());
}

#[test]
fn a_newcomer_gets_from_nothing_to_a_tested_policy() {
    let tour = read(&root().join("docs/tour.md"));
    let run = Run::of("docs/tour.md", &tour);
    assert!(run.wrong.is_empty(), "\n{}", run.wrong);
    assert_eq!(run.commands.first().map(String::as_str), Some("zt init refunds"));
    let steps = tour.lines().filter(|l| l.starts_with("## ") && l.contains(". ")).count();
    assert_eq!(steps, 10, "it is said to have ten steps");
    // What is there in the end: every test passes, and each of these has one.
    let done = zt(run.folder.path(), &["test", "."], b"", &[]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    for suite in ["refunds", "reading", "approvals", "often", "tiers", "outage", "laws", "sending"] {
        assert!(done.stdout.lines().any(|l| l.trim() == suite), "no tests of {suite}\n{}", done.stdout);
    }
}

#[test]
fn what_is_shown_is_what_is_printed() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(alike(&lines("a\n…\nd"), &["a", "b", "c", "d"]));
    assert!(alike(&lines("a\n…\nd"), &["a", "d"]));
    assert!(alike(&lines("a…"), &["abc"]));
    assert!(!alike(&lines("a\n…\nd"), &["a", "b", "c"]));
    assert!(!alike(&lines("a"), &["a", "b"]));
    assert!(!alike(&lines("b…"), &["abc"]));
    // A page whose snippets do something else is found out.
    let wrong = |page: &str| !Run::of("a page", page).wrong.is_empty();
    assert!(wrong("```console\n$ zt explain ZT0310\nsomething else\n```\n"));
    assert!(wrong("```console\n$ zt explain ZT9999\n…\n```\n"));
    assert!(wrong("```zt\npackage a\n\npolicy p for any { allow all }\n```\n"));
    assert!(wrong("<!-- wrong: ZT0310 -->\n```zt\npackage a\n\nenum E { a }\n```\n"));
    assert!(wrong("```zt\nenum E { a }\n```\n"));
    assert!(wrong("```python\nprint()\n```\n"));
    assert!(wrong("<!-- fiel: a.zt -->\n```zt\npackage a\n```\n"));
    assert!(!wrong("```zt\npackage a\n\nenum E { a }\n```\n\n```zt\ntype T = Int in 0 ..\n```\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = String::new();
    let others = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"];
    for path in pages().into_iter().chain(others.map(|name| root().join(name))) {
        let text = read(&path);
        let lost = |target: &str| {
            if target.starts_with("https://") {
                return false;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap_or(&path).join(file) };
            !to.exists() || !anchor.is_empty() && !anchors(&read(&to)).contains(&anchor.to_owned())
        };
        for target in links(&text).into_iter().filter(|target| lost(target)) {
            let _ = writeln!(wrong, "{}: {target}", path.display());
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{wrong}");
    let readme = read(&root().join("README.md"));
    let linked = links(&readme);
    for page in ["docs/tour.md", "docs/reference.md", "docs/diagnostics.md"] {
        assert!(linked.contains(&page), "the README does not link {page}");
    }
}

#[test]
fn the_grammar_has_every_word() {
    let grammar = read(&root().join("lang/src/syntax/grammar.lalrpop"));
    let page = read(&root().join("docs/reference/grammar.md"));
    // `"deny" => Token::Deny`, but not what stands for a class of tokens: those have values.
    let classes = ["name", "int", "decimal", "quantity", "string", "regex", "instant", "date", "time", "glob"];
    let mut words = 0;
    for part in grammar.split(',') {
        let Some((word, _)) = part.trim().split_once(" => Token::") else { continue };
        let plain = word.trim_matches('"');
        if plain.chars().all(|c| c.is_ascii_lowercase()) && !classes.contains(&plain) {
            assert!(page.contains(word), "docs/reference/grammar.md has no {word}");
            words += 1;
        }
    }
    assert!(words > 100, "only {words} words were found");
}

#[test]
fn every_mistake_is_listed() {
    let mut page = String::from(
        "# Every mistake that zt finds\n\nA code never changes its meaning. `zt explain CODE` prints its page: what it means, why zt refuses it, a wrong and a\nright program. How to read one is in [the reference](reference.md#mistakes).\n\n| code | means |\n|---|---|\n",
    );
    for code in Code::ALL {
        let (name, title) = (code.as_str(), code.title());
        let _ = writeln!(page, "| [{name}](../lang/pages/{name}.md) | {title} |");
    }
    let path = root().join("docs/diagnostics.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).expect("writable");
    }
    assert!(read(&path) == page, "docs/diagnostics.md: `UPDATE=1 cargo test -p zt-tests --test guide` writes it");
}
