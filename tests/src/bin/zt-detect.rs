//! Counts what the detectors of `std.inspect` find in texts: lines of JSON in, a table of sources out.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use serde::Deserialize;
use zt_lang::check::package::package;
use zt_lang::hir::Search;
use zt_lang::pattern;
use zt_runtime::{Frame, Pdp};
use zt_tests::front::{FILE, load};
use zt_values::finder::Finder;

/// Reads lines of `{source, detector, attack, text}` and decides a call with each text by a compiled policy.
#[derive(Debug, Parser)]
struct Args {
    /// Tell of each table how large its automaton is, how long it takes to build, and how fast it searches.
    #[arg(long)]
    automata: bool,
    /// Print texts that were found or missed wrongly, with what was found, of sources whose name begins so.
    #[arg(long)]
    show: Option<String>,
    /// The file with the tables, instead of those that were built in.
    #[arg(long)]
    tables: Option<PathBuf>,
}

/// A text of a source.
#[derive(Debug, Deserialize)]
struct Line {
    source: String,
    detector: String,
    /// Whether it is to be found.
    attack: bool,
    text: String,
}

/// Texts by the highest that was found in them: none, low, medium, high.
#[derive(Debug, Default)]
struct Count {
    found: [u64; 4],
    /// Texts that were refused, and so not searched.
    refused: u64,
}

/// The detectors, and whether each says more than whether.
const DETECTORS: &[(&str, bool)] = &[
    ("jailbreak", true),
    ("path_traversal", false),
    ("pii", true),
    ("prompt_injection", true),
    ("secrets", true),
    ("shell_metacharacters", false),
    ("sql_injection", true),
];

fn policy(detector: &str, risk: bool, tables: Option<&Path>) -> Result<String, String> {
    // The tables of a file are the package's own.
    let (own, prefix) = match tables {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
            (text.replacen("package std.inspect", "", 1), "")
        }
        None => ("use std.inspect\n".to_owned(), "inspect."),
    };
    let rules = if risk {
        ["low", "medium", "high"]
            .map(|level| format!("  shadow deny {level} when {prefix}{detector}(input) >= {level}\n"))
            .concat()
    } else {
        format!("  shadow deny high when {prefix}{detector}(input)\n")
    };
    Ok(format!(
        "package example\n{own}\nentity Agent from pep\n\naction search {{\n  by Agent\n  input {{ text : String max \
         65_536 }}\n}}\n\npolicy p for search {{\n{rules}}}\n"
    ))
}

/// What a compiled policy finds with one detector.
struct Judge {
    pdp: Pdp,
    frame: Frame,
}

impl Judge {
    fn of(detector: &str, risk: bool, tables: Option<&Path>) -> Result<Self, String> {
        let (db, input) = load(&[(FILE, &policy(detector, risk, tables)?)]);
        let checked = package(&db, input).map_err(|mistakes| format!("{detector}: {mistakes:#?}"))?;
        let image = zt_compiler::compile(&checked).map_err(|e| format!("{detector}: {e:?}"))?;
        let pdp = Pdp::load(&image).map_err(|e| format!("{detector}: {e:?}"))?;
        Ok(Self { pdp, frame: Frame::default() })
    }

    /// The index of the highest that is found; nothing if the request is refused.
    fn find(&mut self, text: &str) -> Option<usize> {
        let request = format!(
            r#"{{"subject":{{"type":"Agent","id":"a"}},"action":{{"name":"search","properties":{{"text":{}}}}}}}"#,
            serde_json::Value::from(text)
        );
        let decision = self.pdp.evaluate(request.as_bytes(), &mut self.frame);
        if decision.refusal().is_some() {
            return None;
        }
        let json = self.pdp.to_json(&decision, &self.frame);
        let said = |level: &str| json.contains(&format!("example/p.{level}\""));
        Some(["low", "medium", "high"].iter().rposition(|level| said(level)).map_or(0, |at| at + 1))
    }
}

/// Texts that are all begun matches, and texts that must be folded: 64 KiB each, all that a text of the measured policies takes.
fn hostile() -> Vec<(&'static str, String)> {
    let whole = |piece: &str| piece.repeat((64 << 10) / piece.len());
    vec![
        ("beginnings", whole("ignore all the your previous and or ignore all ")),
        ("letters", whole("a")),
        ("digits", whole("0123456789abcdef")),
        ("quotes", whole("' or ")),
        ("blanks", whole("\u{a0}\t ")),
        ("look-alikes", whole("іgnоrе \u{200b}")),
        ("marks", whole("a\u{301}\u{316}\u{301}\u{316}")),
        ("ideographs", whole("日本語한국어")),
    ]
}

/// The prose of this project in which automata find nothing, as detectors read it.
fn prose(searches: &[Search]) -> Result<String, String> {
    const PROSE: &str = concat!(include_str!("../../../README.md"), include_str!("../../../ARCHITECTURE.md"));
    let finders = finders(searches)?;
    let sentences = PROSE.split_inclusive(". ").map(zt_values::fold);
    Ok(sentences.filter(|text| finders.iter().all(|finder| finder.find(text) == Some(0))).collect())
}

fn finders(searches: &[Search]) -> Result<Vec<Finder>, String> {
    searches.iter().map(|search| Finder::read(&search.bytes).ok_or_else(|| "no automaton".to_owned())).collect()
}

/// What automata find in a text, searched a hundred times.
fn search(searches: &[Search], text: &str) -> Result<u32, String> {
    let mut highest = 0;
    for finder in finders(searches)?.iter().cycle().take(searches.len() * 100) {
        highest = highest.max(finder.find(std::hint::black_box(text)).ok_or("the automaton gives up")?);
    }
    Ok(highest)
}

/// Millions of bytes a second, where a text was searched a hundred times.
fn millions(bytes: usize, took: Duration) -> f64 {
    bytes as f64 * 100.0 / 1e6 / took.as_secs_f64()
}

fn automata(tables: Option<&Path>) -> Result<(), String> {
    println!(
        "| table | patterns | automata | bytes | built in ms | prose | slowest text |\n|---|---:|---:|---:|---:|---:|---|"
    );
    for (detector, risk) in DETECTORS {
        let (db, input) = load(&[(FILE, &policy(detector, *risk, tables)?)]);
        let checked = package(&db, input).map_err(|mistakes| format!("{detector}: {mistakes:#?}"))?;
        let table = checked.hir().detectors.values().next().ok_or("no table is asked")?;
        let begun = Instant::now();
        let built = pattern::built(&table.rows).ok_or("too large")?;
        let took = begun.elapsed();
        let prose = prose(&built)?;
        let begun = Instant::now();
        search(&built, &prose)?;
        let ordinary = millions(prose.len(), begun.elapsed());
        let mut slowest = (f64::MAX, "");
        for (name, text) in hostile() {
            let begun = Instant::now();
            for _ in 0..100 {
                std::hint::black_box(zt_values::fold(std::hint::black_box(&text)));
            }
            let folding = begun.elapsed();
            let begun = Instant::now();
            search(&built, &zt_values::fold(&text))?;
            let speed = millions(text.len(), folding + begun.elapsed());
            if speed < slowest.0 {
                slowest = (speed, name);
            }
        }
        println!(
            "| `{detector}` | {} | {} | {} | {:.0} | {ordinary:.0} MB/s | {:.0} MB/s ({}) |",
            table.rows.len(),
            built.len(),
            built.iter().map(|search| search.bytes.len()).sum::<usize>(),
            took.as_secs_f64() * 1e3,
            slowest.0,
            slowest.1,
        );
    }
    Ok(())
}

fn count(show: Option<&str>, tables: Option<&Path>) -> Result<(), String> {
    let mut judges: BTreeMap<String, Judge> = BTreeMap::new();
    let mut counts: BTreeMap<(String, bool, String), Count> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let line: Line = serde_json::from_str(&line).map_err(|e| format!("{e}: {line}"))?;
        if !judges.contains_key(&line.detector) {
            let risk = DETECTORS.iter().find(|(name, _)| *name == line.detector).ok_or("no such detector")?.1;
            judges.insert(line.detector.clone(), Judge::of(&line.detector, risk, tables)?);
        }
        let judge = judges.get_mut(&line.detector).ok_or("no judge")?;
        let found = judge.find(&line.text);
        if show.is_some_and(|prefix| line.source.starts_with(prefix)) && line.attack != found.is_some_and(|f| f > 1) {
            eprintln!("{} {} {found:?} {:?}", line.source, line.detector, line.text);
        }
        let count = counts.entry((line.detector, !line.attack, line.source)).or_default();
        match found.and_then(|found| count.found.get_mut(found)) {
            Some(count) => *count += 1,
            None => count.refused += 1,
        }
    }
    for ((detector, harmless, source), Count { found: [none, low, medium, high], refused }) in counts {
        let kind = if harmless { "harmless" } else { "attacks" };
        println!("{detector}\t{source}\t{kind}\t{none}\t{low}\t{medium}\t{high}\t{refused}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.automata {
        automata(args.tables.as_deref())
    } else {
        count(args.show.as_deref(), args.tables.as_deref())
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
