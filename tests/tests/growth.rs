//! What a package of many rules takes: twice as much for twice as many, and on many cores what one core makes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use allocation_counter::measure;
use zt_lang::check::ahead::ahead;
use zt_lang::check::package;
use zt_lang::db::{Database, Package, SourceFile};
use zt_lang::lint;
use zt_lang::syntax::parse::parse;
use zt_tests::front::PACKAGE;

const WORLD: &str = "package example

enum Level ordered { low, high, top }
entity Agent from pep { role : Ident, level : Level, shift : Ident }
entity Item from pep { kind : Ident, size : Int }
define large(amount : Int) = amount > 500
approvers leads
";

/// How many rules there are for an action.
const RULES: usize = 5;
/// The most bytes that a rule takes with its share of an action, from its text to what is checked.
const MOST_BYTES: u64 = 6_000;

/// Some actions and the policies for them, every so many with mistakes.
fn items(actions: usize, broken: Option<usize>) -> Vec<String> {
    let mut out = vec![];
    for at in 0..actions {
        out.push(format!("action act{at} {{ by Agent on Item input {{ amount : Int, region : Ident }} }}\n"));
        let mut text = format!("policy p{at} for act{at} {{\n");
        let member = if broken.is_some_and(|every| at % every == 0) { "higher" } else { "high" };
        for line in [
            format!("allow small when principal.role == \"role{}\" and input.amount <= {at}", at % 7),
            format!(
                "allow near when principal.level >= {member} and (input.region == \"r{at}\" or resource.size < {at})"
            ),
            format!("deny late when principal.shift != \"day\" and resource.kind in [\"a\", \"k{}\"]", at % 9),
            "deny far when input.region == \"x\"".to_owned(),
            "require approval big when large(input.amount) from leads".to_owned(),
        ] {
            writeln!(text, "  {line}").expect("a text takes all");
        }
        out.push(text + "}\n");
    }
    out
}

/// A database with a package of so many actions in files of twenty each, and what is executed in it.
fn loaded(actions: usize, broken: Option<usize>) -> (Database, Package, Arc<Mutex<BTreeMap<String, usize>>>) {
    let counts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let seen = counts.clone();
    let db = Database::observed(move |query| {
        let name = query.split(['(', '{']).next().unwrap_or_default().trim().to_owned();
        *seen.lock().expect("no panic before").entry(name).or_default() += 1;
    });
    let mut files = vec![SourceFile::new(&db, "a.zt".into(), WORLD.to_owned())];
    for (at, part) in items(actions, broken).chunks(40).enumerate() {
        files.push(SourceFile::new(&db, format!("b{at:03}.zt").into(), format!("package example\n{}", part.concat())));
    }
    let package = Package::new(&db, PACKAGE.into(), files, vec![]);
    (db, package, counts)
}

#[test]
fn twice_the_rules_take_twice_the_work() {
    const FEW: usize = 150;
    let of = |actions: usize| {
        let (db, package, counts) = loaded(actions, None);
        let checked = measure(|| assert_eq!(package::diagnostics(&db, package), vec![]));
        let linted = measure(|| drop(lint::lints(&db, package)));
        drop(db);
        let counts = counts.lock().expect("no panic before").clone();
        (checked, linted, counts)
    };
    let (few, many) = (of(FEW), of(2 * FEW));
    for (what, few, many) in [("the check", few.0, many.0), ("the lints", few.1, many.1)] {
        assert!(few.count_total > 0, "{what} allocates");
        let twice = |few: u64| few * 21 / 10;
        assert!(many.count_total <= twice(few.count_total), "{what}: {many:?} after {few:?}");
        assert!(many.bytes_total <= twice(few.bytes_total), "{what}: {many:?} after {few:?}");
    }
    let each = few.0.bytes_max / (FEW * RULES) as u64;
    assert!(each < MOST_BYTES, "{each} bytes for each rule");
    for (query, count) in &many.2 {
        let before = few.2.get(query).copied().unwrap_or(0);
        assert!(*count <= 2 * before, "{query}: {count} after {before}");
    }
}

#[test]
fn many_cores_find_what_one_does() {
    let (alone, package, counts) = loaded(300, Some(7));
    let expected = package::diagnostics(&alone, package);
    assert!(expected.len() > 40);
    let executed = counts.lock().expect("no panic before").clone();
    for _ in 0..3 {
        let (db, package, counts) = loaded(300, Some(7));
        ahead(&db, package);
        assert_eq!(package::diagnostics(&db, package), expected);
        // Nothing is asked twice, nor for nothing.
        assert_eq!(*counts.lock().expect("no panic before"), executed);
    }
    let (alone, package, _) = loaded(300, None);
    let expected = lint::lints(&alone, package);
    let (db, package, _) = loaded(300, None);
    ahead(&db, package);
    lint::ahead(&db, package);
    assert_eq!(lint::lints(&db, package), expected);
}

#[test]
fn items_of_a_long_file_are_what_each_of_them_is() {
    let file = "policy.zt".into();
    let mut all = items(400, None);
    // Broken ones, text between items, and names that come again.
    all.insert(3, "policy broken for act1 {\n  allow x when (input.amount <\n}\n".to_owned());
    all.insert(5, "what is this\n".to_owned());
    all.push(all[1].clone());
    all.push("pub define more(n : Int) = n > 1\n".to_owned());
    let whole = parse(&file, &all.concat());
    let mut offset = 0;
    let mut found = whole.items.iter();
    for text in &all {
        for one in parse(&file, text).items {
            let item = found.next().expect("as many items");
            assert_eq!((&item.item, item.offset), (&one.item, offset + one.offset), "{text}");
            assert_eq!(item.key.name, one.key.name);
        }
        offset += u32::try_from(text.len()).expect("a short text");
    }
    assert_eq!(found.next(), None);
    let again: Vec<u32> = whole.items.iter().filter(|i| &*i.key.name == "policy p0").map(|i| i.key.nth).collect();
    assert_eq!(again, [0, 1]);
}
