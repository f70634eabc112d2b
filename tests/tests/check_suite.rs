//! Programs with the mistakes that the front end finds in them.
//!
//! `check/*.zt` holds sections, each opened by a line `==== name-in-kebab-case`. A section is a file of the
//! package `example`; the text before the first section is a second file that all of them see.
//! A line `---- path` within a section opens a data file of the package; what is expected of it stands in it likewise.
//! What is expected stands in comments at the end of the line on which a mistake starts:
//!
//! ```text
//! allow small when input.amont < 50   // error[ZT0203] 24-29: the input of `pay` has no `amont` | did you mean
//! ```
//!
//! The numbers are the first column and the column after the last, from 1, in characters; a mistake that runs
//! over several lines ends with its first. Then come the start of the message and, after ` | `, the start of
//! the help. The comments are taken off before the text is checked. Both ways: whatever is found is expected,
//! whatever is expected is found. What lints say is asked for in the folder `check/lints` only, and stands in comments
//! that begin with `warning`. `ZT_BLESS=1` writes what was found into the files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use zt_lang::check::package;
use zt_lang::diagnostic::Severity;
use zt_lang::lint;
use zt_tests::front::{FILE, Found, load_with, place};

/// What every comment with an expectation starts with, by how serious it is.
const MARKS: &[(&str, Severity)] = &[("// error[", Severity::Error), ("// warning[", Severity::Warning)];

/// What every line starts with that opens a data file.
const DATA: &str = "---- ";

struct Section {
    name: String,
    /// Whether lints are asked, too: the file is in the folder `lints`.
    linted: bool,
    /// The policy file, then the data files.
    files: Vec<(String, Vec<Line>)>,
}

struct Line {
    text: String,
    expected: Vec<Expected>,
}

#[derive(Clone)]
struct Expected {
    severity: Severity,
    code: String,
    columns: (usize, usize),
    message: String,
    help: String,
}

impl Expected {
    fn parse(severity: Severity, text: &str) -> Option<Expected> {
        let (code, rest) = text.split_once(']')?;
        let (columns, rest) = rest.trim_start().split_once(':')?;
        let (from, to) = columns.split_once('-')?;
        let (message, help) = rest.split_once(" | ").unwrap_or((rest, ""));
        Some(Expected {
            severity,
            code: code.to_owned(),
            columns: (from.parse().ok()?, to.parse().ok()?),
            message: message.trim().to_owned(),
            help: help.trim().to_owned(),
        })
    }

    fn meets(&self, found: &Found) -> bool {
        let d = &found.located.diagnostic;
        self.code == found.code()
            && self.severity == d.severity
            && self.columns == (found.from, found.to)
            && d.message.starts_with(&self.message)
            && d.help.as_deref().unwrap_or_default().starts_with(&self.help)
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("check");
    let entries = [folder.clone(), folder.join("lints")]
        .map(|folder| std::fs::read_dir(folder).expect("the folder with the programs"));
    let mut files: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "zt"))
        .collect();
    files.sort();
    files
}

/// The shared text, and the sections.
fn read(path: &Path) -> (String, Vec<Section>) {
    let text = std::fs::read_to_string(path).expect("a file of the folder");
    let linted = path.parent().is_some_and(|folder| folder.ends_with("lints"));
    let mut shared = String::new();
    let mut sections: Vec<Section> = vec![];
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("==== ") {
            let name = name.trim().to_owned();
            sections.push(Section { name, linted, files: vec![(FILE.to_owned(), vec![])] });
            continue;
        }
        let Some(section) = sections.last_mut() else {
            shared.push_str(line);
            shared.push('\n');
            continue;
        };
        if let Some(path) = line.strip_prefix(DATA) {
            section.files.push((path.trim().to_owned(), vec![]));
            continue;
        }
        let mut starts: Vec<(usize, &str, Severity)> =
            MARKS.iter().flat_map(|(mark, of)| line.match_indices(mark).map(|(at, _)| (at, *mark, *of))).collect();
        starts.sort_unstable_by_key(|(at, ..)| *at);
        let text = &line[..starts.first().map_or(line.len(), |(at, ..)| *at)];
        let ends = starts.iter().skip(1).map(|(at, ..)| *at).chain([line.len()]);
        let expected: Vec<Expected> = starts
            .iter()
            .zip(ends)
            .map(|((at, mark, severity), end)| {
                let said = Expected::parse(*severity, &line[at + mark.len()..end]);
                said.unwrap_or_else(|| panic!("an expectation in `{line}`"))
            })
            .collect();
        let text = if expected.is_empty() { text } else { text.trim_end() };
        let (_, lines) = section.files.last_mut().expect("the policy file");
        lines.push(Line { text: text.to_owned(), expected });
    }
    (shared, sections)
}

/// What is found in each of the section's files.
fn check(shared: &str, section: &Section) -> Vec<Vec<Found>> {
    let whole = |lines: &[Line]| lines.iter().map(|l| format!("{}\n", l.text)).collect::<String>();
    let texts: Vec<(&str, String)> = section.files.iter().map(|(path, lines)| (&**path, whole(lines))).collect();
    let ((_, policy), data) = texts.split_first().expect("the policy file");
    let data: Vec<(&str, &str)> = data.iter().map(|(path, text)| (*path, &**text)).collect();
    let (db, package) = load_with(&[("base.zt", shared), (FILE, policy)], &data);
    let mut all = if section.linted { lint::findings(&db, package) } else { package::diagnostics(&db, package) };
    let found = texts.iter().map(|(path, text)| {
        let (own, others) = std::mem::take(&mut all).into_iter().partition(|located| &*located.file == *path);
        all = others;
        place(text, own)
    });
    let found = found.collect();
    // A section need not use all that is there for it.
    all.retain(|located| located.diagnostic.severity == Severity::Error);
    assert!(all.is_empty(), "{}: a mistake in the shared text: {all:#?}", section.name);
    found
}

#[test]
fn every_mistake_is_told_once_at_its_place() {
    let mut wrong = String::new();
    for path in files() {
        let (shared, sections) = read(&path);
        for section in &sections {
            for (mut found, (file, lines)) in check(&shared, section).into_iter().zip(&section.files) {
                for (i, line) in lines.iter().enumerate() {
                    for expected in &line.expected {
                        match found.iter().position(|f| f.line == i + 1 && expected.meets(f)) {
                            Some(at) => drop(found.remove(at)),
                            None => {
                                let _ = writeln!(
                                    wrong,
                                    "{}: {file} line {} expects {} {:?} {}",
                                    section.name,
                                    i + 1,
                                    expected.code,
                                    expected.columns,
                                    expected.message
                                );
                            }
                        }
                    }
                }
                for f in found {
                    let _ = writeln!(wrong, "{}: {file} found {f}", section.name);
                }
            }
        }
        if std::env::var_os("ZT_BLESS").is_some() {
            std::fs::write(&path, bless(&shared, &sections)).expect("the file can be written");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn bless(shared: &str, sections: &[Section]) -> String {
    let mut out = shared.to_owned();
    for section in sections {
        let _ = writeln!(out, "==== {}", section.name);
        for (found, (file, lines)) in check(shared, section).into_iter().zip(&section.files) {
            if file != FILE {
                let _ = writeln!(out, "{DATA}{file}");
            }
            for (i, line) in lines.iter().enumerate() {
                out.push_str(&line.text);
                for f in found.iter().filter(|f| f.line == i + 1) {
                    let d = &f.located.diagnostic;
                    let (severity, code) = (d.severity.as_str(), f.code());
                    let _ = write!(out, "   // {severity}[{code}] {}-{}: {}", f.from, f.to, d.message);
                    if let Some(help) = &d.help {
                        let _ = write!(out, " | {help}");
                    }
                }
                out.push('\n');
            }
        }
    }
    out
}

#[test]
fn sections_have_names_of_their_own() {
    let mut names: Vec<String> = vec![];
    for path in files() {
        names.extend(read(&path).1.into_iter().map(|s| s.name));
    }
    for name in &names {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 60, "{count} sections");
}

/// The voice of messages: lower case, no full stop, user text in backticks, and something to do.
#[test]
fn messages_have_one_voice() {
    let mut wrong = String::new();
    for path in files() {
        let (shared, sections) = read(&path);
        for section in &sections {
            for f in check(&shared, section).into_iter().flatten() {
                let d = &f.located.diagnostic;
                let texts = [Some(&d.message), d.label.as_ref(), d.help.as_ref(), d.fix.as_ref().map(|x| &x.title)];
                for text in texts.into_iter().flatten() {
                    let good = !text.ends_with('.')
                        && !text.ends_with(' ')
                        && !text.starts_with(char::is_uppercase)
                        && text.matches('`').count() % 2 == 0
                        && !text.contains("Some(")
                        && !text.contains("  ");
                    if !good {
                        let _ = writeln!(wrong, "{}: {text}", section.name);
                    }
                }
                if d.help.is_none() || d.label.is_none() {
                    let _ = writeln!(wrong, "{}: no help or label: {f}", section.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
