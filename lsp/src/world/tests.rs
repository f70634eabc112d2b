//! What is asked again after an edit, on the way that edits take.

use std::collections::BTreeMap;
use std::sync::Mutex;

use zt_lang::diagnostic::Severity;

use super::*;
use crate::report::reports;

const POLICIES: usize = 200;
const FILES: usize = 4;

const WORLD: &str = "package example.many
entity Agent from pep { role : Ident }
record Gateway { session : Ident }
action pay { by Agent context Gateway input { amount : Int } }
";

fn policies(file: usize) -> String {
    let each = POLICIES / FILES;
    let policy = |i: usize| {
        format!("policy p{i} for pay {{\n  allow small when input.amount < {i} and principal.role == \"x\"\n}}\n")
    };
    let all: String = (file * each..(file + 1) * each).map(policy).collect();
    format!("package example.many\n{all}")
}

struct Bench {
    folder: tempfile::TempDir,
    world: World,
    log: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = "[package]\nname = \"example.many\"\nedition = \"2026\"\n";
        fs::write(folder.path().join(MANIFEST), manifest).expect("writable");
        fs::write(folder.path().join("world.zt"), WORLD).expect("writable");
        for file in 0..FILES {
            fs::write(folder.path().join(format!("p{file}.zt")), policies(file)).expect("writable");
        }
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = log.clone();
        let db = Database::observed(move |query| seen.lock().expect("no panic before").push(query));
        let world = World::new(db, Encoding::Utf16, Shelf::default());
        Bench { folder, world, log }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn open(&mut self, file: &str, text: &str) {
        let document = Document { uri: format!("file:///{file}"), version: 1, text: text.into() };
        self.world.open(self.path(file), document);
    }

    /// How often each query was run while everything was looked at; how many mistakes there are.
    fn look(&mut self) -> (BTreeMap<String, usize>, usize) {
        self.log.lock().expect("no panic before").clear();
        self.world.settle();
        let found = reports(&self.world.snapshot(), &self.world.projects(), Encoding::Utf16);
        let mut counts = BTreeMap::new();
        for query in self.log.lock().expect("no panic before").iter() {
            let name = query.split(['(', '{']).next().unwrap_or_default().trim().to_owned();
            *counts.entry(name).or_insert(0) += 1;
        }
        let errors = found.values().flatten().filter(|report| report.severity == Some(Severity::Error));
        (counts, errors.count())
    }
}

fn count(counts: &BTreeMap<String, usize>, query: &str) -> usize {
    counts.get(query).copied().unwrap_or(0)
}

/// An edit of the number in the first condition of a text.
fn edit(text: &str) -> Edit {
    let at = text.find("< ").expect("a condition") + 2;
    let line = u32::try_from(text[..at].matches('\n').count()).expect("short");
    let unit = u32::try_from(at - text[..at].rfind('\n').map_or(0, |n| n + 1)).expect("short");
    let start = Position { line, unit };
    Edit { range: Some(Range { start, end: start }), text: "7".to_owned() }
}

#[test]
fn an_edited_condition_is_checked_alone() {
    let mut bench = Bench::new();
    let text = policies(2);
    bench.open("p2.zt", &text);
    let (first, mistakes) = bench.look();
    assert_eq!(mistakes, 0);
    assert!(count(&first, "check_item") > POLICIES, "{first:?}");
    let path = bench.path("p2.zt");
    bench.world.change(&path, 2, vec![edit(&text)]);
    let (counts, mistakes) = bench.look();
    // The file may have been parsed where the edit arrived, before anything was looked at.
    assert!(count(&counts, "parsed") <= 1 && count(&counts, "items") == 1, "{counts:?}");
    assert_eq!(count(&counts, "check_item"), 1, "{counts:?}");
    assert_eq!(mistakes, 0);
}

#[test]
fn what_says_the_same_as_before_is_not_asked_again() {
    let mut bench = Bench::new();
    let text = policies(1);
    bench.open("p1.zt", &text);
    bench.look();
    // Another file is opened as it is, one is closed as it was, and folders are read again.
    bench.open("p2.zt", &policies(2));
    let (counts, _) = bench.look();
    assert_eq!((count(&counts, "parsed"), count(&counts, "check_item")), (0, 0), "{counts:?}");
    let path = bench.path("p1.zt");
    bench.world.close(&path);
    bench.world.doubt();
    let (counts, _) = bench.look();
    assert_eq!((count(&counts, "parsed"), count(&counts, "check_item")), (0, 0), "{counts:?}");
    // A question is answered from what is known.
    let path = bench.path("p2.zt");
    let told = bench.world.told(&path, Position { line: 1, unit: 16 });
    assert!(told.is_some_and(|told| told.text.contains("action pay")));
    let (counts, _) = bench.look();
    assert_eq!(count(&counts, "check_item"), 0, "{counts:?}");
    // A package that is opened again is where it was.
    bench.world.close(&path);
    bench.look();
    bench.open("p2.zt", &policies(2));
    let (counts, mistakes) = bench.look();
    assert_eq!((count(&counts, "parsed"), mistakes), (0, 0), "{counts:?}");
}
