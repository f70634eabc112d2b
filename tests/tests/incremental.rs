//! After an edit, only what the edit touches is asked again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use salsa::Setter as _;
use zt_lang::check::package;
use zt_lang::db::{DataFile, Database, Library, Package, SourceFile};
use zt_tests::front::PACKAGE;

const POLICIES: usize = 1_000;

const WORLD: &str = "entity Agent from pep { role : Ident }
record Gateway { session : Ident }
tiers risk { T0 {} T1 {} }
approvers leads
define large(amount : Int) = amount > 50
action pay { by Agent tier T1 context Gateway input { amount : Int } }
action look { by Agent tier T0 context Gateway input { amount : Int } }
";

fn policy(i: usize) -> String {
    format!(
        "policy p{i} for {} {{
  allow small when input.amount < {i} and principal.role == \"support\"
  require approval big when large(input.amount) from leads
}}
",
        if i.is_multiple_of(3) { "any" } else { "pay" }
    )
}

const SUITE: &str = "suite \"s\" {
  test \"t\" {
    call Agent { id: \"a\", role: \"support\" } -> pay { amount: 3 } context { session: \"s\" }
    expect allow by p10.small
  }
}
";

/// A database that counts what it executes, and a package of 1,000 policies in some files.
struct Bench {
    db: Database,
    package: Package,
    files: Vec<SourceFile>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new(files: usize) -> Self {
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = log.clone();
        let db = Database::observed(move |query| seen.lock().expect("no panic before").push(query));
        let files: Vec<SourceFile> = (0..files)
            .map(|f| {
                let mut text = format!("package {PACKAGE}\n");
                if f == 0 {
                    text.push_str(WORLD);
                    text.push_str(SUITE);
                }
                let each = POLICIES / files;
                text.extend((f * each..(f + 1) * each).map(policy));
                SourceFile::new(&db, format!("f{f:03}.zt").into(), text)
            })
            .collect();
        let package = Package::new(&db, PACKAGE.into(), files.clone(), vec![]);
        let mut bench = Bench { db, package, files, log };
        let counts = bench.counts();
        assert_eq!(counts.get("check_item"), Some(&(POLICIES + 8 + files_of(&bench))), "{counts:?}");
        bench
    }

    fn edit(&mut self, file: usize, change: impl FnOnce(&str) -> String) {
        let file = self.files[file];
        let text = change(file.text(&self.db));
        file.set_text(&mut self.db).to(text);
    }

    /// How often each query was executed while the package was checked.
    fn counts(&mut self) -> BTreeMap<String, usize> {
        self.log.lock().expect("no panic before").clear();
        let found = package::diagnostics(&self.db, self.package);
        assert!(found.is_empty(), "{found:#?}");
        let mut counts = BTreeMap::new();
        for query in self.log.lock().expect("no panic before").iter() {
            let name = query.split(['(', '{']).next().unwrap_or_default().trim().to_owned();
            *counts.entry(name).or_insert(0) += 1;
        }
        counts
    }
}

fn files_of(bench: &Bench) -> usize {
    bench.files.len()
}

fn count(counts: &BTreeMap<String, usize>, query: &str) -> usize {
    counts.get(query).copied().unwrap_or(0)
}

#[test]
fn an_edited_condition_is_checked_alone() {
    for files in [1, 100] {
        let mut bench = Bench::new(files);
        let file = files / 2;
        let i = file * (POLICIES / files) + 5;
        bench.edit(file, |text| text.replace(&format!("input.amount < {i} and"), "input.amount < 7 and"));
        let counts = bench.counts();
        assert_eq!(count(&counts, "parsed"), 1, "{counts:?}");
        assert_eq!(count(&counts, "items"), 1, "{counts:?}");
        assert_eq!(count(&counts, "check_item"), 1, "{counts:?}");
        assert_eq!(count(&counts, "index"), 0, "{counts:?}");
    }
}

#[test]
fn a_comment_before_the_items_checks_nothing_again() {
    for files in [1, 100] {
        let mut bench = Bench::new(files);
        bench.edit(0, |text| format!("// A comment moves everything.\n{text}"));
        let counts = bench.counts();
        assert_eq!(count(&counts, "parsed"), 1, "{counts:?}");
        assert_eq!(count(&counts, "check_item"), 0, "{counts:?}");
        assert_eq!(count(&counts, "index"), 0, "{counts:?}");
        // What the file uses of other packages is read again, and is what it was.
        assert_eq!(count(&counts, "local_names"), 1, "{counts:?}");
        assert_eq!(counts.values().sum::<usize>(), 3, "{counts:?}");
    }
}

#[test]
fn a_comment_inside_of_an_item_checks_it_alone() {
    let mut bench = Bench::new(1);
    bench.edit(0, |text| text.replace("policy p500 for", "policy p500 // here\n for"));
    let counts = bench.counts();
    assert_eq!(count(&counts, "check_item"), 1, "{counts:?}");
}

#[test]
fn a_new_policy_is_checked_alone() {
    for files in [1, 100] {
        let mut bench = Bench::new(files);
        bench.edit(0, |text| format!("{text}{}", policy(POLICIES)));
        let counts = bench.counts();
        assert_eq!(count(&counts, "parsed"), 1, "{counts:?}");
        assert_eq!(count(&counts, "index"), 1, "{counts:?}");
        assert_eq!(count(&counts, "across"), 1, "{counts:?}");
        assert_eq!(count(&counts, "check_item"), 1, "{counts:?}");
    }
}

#[test]
fn an_edited_definition_is_checked_with_its_users() {
    let mut bench = Bench::new(1);
    bench.edit(0, |text| text.replace("amount > 50", "amount > 60"));
    let counts = bench.counts();
    assert_eq!(count(&counts, "check_item"), POLICIES + 1, "{counts:?}");
}

#[test]
fn a_mistake_comes_and_goes() {
    let mut bench = Bench::new(100);
    bench.edit(50, |text| text.replace("input.amount < 505", "input.amont < 505"));
    assert_eq!(package::diagnostics(&bench.db, bench.package).len(), 1);
    bench.edit(50, |text| text.replace("input.amont < 505", "input.amount < 505"));
    let counts = bench.counts();
    assert_eq!(count(&counts, "check_item"), 1, "{counts:?}");
}

#[test]
fn an_edited_data_file_checks_no_policy_again() {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = log.clone();
    let mut db = Database::observed(move |query| seen.lock().expect("no panic before").push(query));
    let policies: String = (0..50)
        .map(|i| {
            format!(
                "policy q{i} for pay {{ allow a when (limits(input.amount) ?? {i}) > 5 and resource.level == low }}\n"
            )
        })
        .collect();
    let text = format!(
        "package {PACKAGE}\n{}enum Level {{ low, high }}\n\
         entity Dataset from file \"sets.csv\" {{ level : Level }}\n\
         table limits (Int) -> Int from file \"limits.csv\"\n{policies}",
        WORLD.replace("by Agent tier T1", "by Agent on Dataset tier T1")
    );
    let file = SourceFile::new(&db, "a.zt".into(), text);
    let data = |path: &str, text: &str| DataFile::new(&db, path.into(), path.into(), Ok(text.to_owned()));
    let sets = data("sets.csv", "id,level\na,low\n");
    let limits = data("limits.csv", "n,limit\n1,2\n");
    let package = Package::builder(PACKAGE.into(), vec![file], vec![]).data(vec![sets, limits]).new(&db);
    assert_eq!(package::diagnostics(&db, package), []);
    for (file, text, query) in
        [(sets, "id,level\na,high\nb,low\n", "entity_rows"), (limits, "n,limit\n1,3\n", "table_rows")]
    {
        drop(file.set_text(&mut db).to(Ok(text.to_owned())));
        log.lock().expect("no panic before").clear();
        assert_eq!(package::diagnostics(&db, package), []);
        let ran = log.lock().expect("no panic before").clone();
        let times = |name: &str| ran.iter().filter(|q| q.split('(').next() == Some(name)).count();
        assert_eq!((times("sheet"), times(query)), (1, 1), "{ran:?}");
        // The item that names the file is looked at again, and says what it said.
        assert_eq!(times("check_item"), 1, "{ran:?}");
    }
}

#[test]
fn a_rule_within_one_package_is_checked_alone() {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = log.clone();
    let mut db = Database::observed(move |query| seen.lock().expect("no panic before").push(query));
    let own: String = (0..20).map(policy).collect();
    let root = format!("package {PACKAGE}\nuse house.post\nuse house.shop.small\n{WORLD}{own}");
    let root =
        root.replace("principal.role ==", "small(input.amount) and post.tiny(input.amount) and principal.role ==");
    let root = SourceFile::new(&db, "a.zt".into(), root);
    let library = |name: &str, define: &str| {
        let text = format!(
            "package {name}\npub define {define}(n : Int) = n < 5\ndefine kept(n : Int) = n < 2\n\
             pub policy p for any {{ deny a when kept(3) }}\n"
        );
        SourceFile::new(&db, format!("{name}.zt").into(), text)
    };
    let (post, shop) = (library("house.post", "tiny"), library("house.shop", "small"));
    let libraries =
        vec![Library::new(&db, "house.post".into(), vec![post]), Library::new(&db, "house.shop".into(), vec![shop])];
    let package = Package::new(&db, PACKAGE.into(), vec![root], libraries);
    assert_eq!(package::diagnostics(&db, package), []);
    let mut after = |file: SourceFile, from: &str, to: &str| {
        let text = file.text(&db).replace(from, to);
        file.set_text(&mut db).to(text);
        log.lock().expect("no panic before").clear();
        let mistakes = package::diagnostics(&db, package).len();
        let ran = log.lock().expect("no panic before").clone();
        (ran.iter().filter(|q| q.split('(').next() == Some("check_item")).count(), mistakes)
    };
    assert_eq!(after(post, "kept(3)", "kept(4)"), (1, 0), "a rule of a library");
    assert_eq!(after(root, "input.amount < 7 ", "input.amount < 70 "), (1, 0), "a rule of the root package");
    assert_eq!(after(post, "define kept", "define held").1, 1, "what was called so is not there");
    assert_eq!(after(post, "when kept", "when held").1, 0);
    // What is no longer offered is a mistake wherever it is named, and nowhere else.
    let (again, mistakes) = after(post, "pub define tiny", "define tiny");
    assert!(again <= 22 && mistakes == 20, "{again} {mistakes}");
}
