//! The standard library: each of its packages is checked like anybody's.

use std::sync::Arc;

use zt_lang::check::package;
use zt_lang::db::{Database, Package, SourceFile, standard};
use zt_lang::hir::{Search, Sought};
use zt_lang::pattern;
use zt_tests::front::load;
use zt_values::finder::finder_digest;

#[test]
fn every_package_has_no_mistake() {
    assert!(!zt_stdlib::PACKAGES.is_empty());
    for own in zt_stdlib::PACKAGES {
        let db = Database::default();
        let libraries =
            standard(&db, [own.text]).into_iter().filter(|library| **library.name(&db) != *own.name).collect();
        let file = SourceFile::new(&db, Arc::from("own.zt"), own.text.to_owned());
        let package = Package::new(&db, own.name.into(), vec![file], libraries);
        let mistakes = package::diagnostics(&db, package);
        // The others miss this one, which stands here as a package of its own.
        let said: Vec<String> = mistakes
            .iter()
            .filter(|m| &*m.file == "own.zt")
            .map(|m| format!("{} {}", m.diagnostic.code.as_str(), m.diagnostic.message))
            .collect();
        assert!(said.is_empty(), "{}: {said:#?}", own.name);
    }
}

/// In a bundle its names are others than by itself.
#[test]
fn no_package_has_a_mistake_where_it_is_used() {
    let uses: String = zt_stdlib::PACKAGES.iter().map(|own| format!("use {}\n", own.name)).collect();
    let text = format!(
        "package example\n\n{uses}\nuse std.tier.standard\n\nentity Agent from pep\n\naction orders.read {{\n  by Agent\n  \
         tier T0\n}}\n\npolicy reads for orders.read {{\n  allow everybody when true\n}}\n"
    );
    let db = Database::default();
    let libraries = standard(&db, [&*text]);
    assert_eq!(libraries.len(), zt_stdlib::PACKAGES.len());
    let file = SourceFile::new(&db, Arc::from("root.zt"), text.clone());
    let package = Package::new(&db, "example".into(), vec![file], libraries);
    let mistakes = package::diagnostics(&db, package);
    let said: Vec<String> = mistakes.iter().map(|m| format!("{} {}", m.file, m.diagnostic.message)).collect();
    assert!(said.is_empty(), "{said:#?}");
    let checked = package::package(&db, package).unwrap_or_else(|m| panic!("{m:#?}"));
    let obligations: Vec<usize> = checked.hir().tiers.iter().map(|tier| tier.obligations.len()).collect();
    assert_eq!(obligations, [0, 1, 3, 2]);
}

#[test]
fn every_item_for_others_is_documented() {
    for own in zt_stdlib::PACKAGES {
        let mut before = "";
        for line in own.text.lines() {
            assert!(!line.starts_with("pub ") || before.starts_with("///"), "{}: {line}", own.name);
            before = line;
        }
    }
}

/// They are told by their rows, and are what would be built for these; for any others there are none.
#[test]
fn the_automata_of_the_library_were_built_with_zt() {
    const RISKS: [&str; 5] = ["prompt_injection", "jailbreak", "sql_injection", "secrets", "pii"];
    const TRUTHS: [&str; 2] = ["path_traversal", "shell_metacharacters"];
    let risks = RISKS.map(|name| format!("  deny {name} when inspect.{name}(input) == high\n")).concat();
    let truths = TRUTHS.map(|name| format!("  deny {name} when inspect.{name}(input)\n")).concat();
    let text = format!(
        "package example\nuse std.inspect\nentity Agent from pep\naction search {{\n  by Agent\n  input {{ text : String }}\n}}\n\
         policy p for search {{\n{risks}{truths}}}\n"
    );
    let (db, input) = load(&[("a.zt", &text)]);
    let checked = package::package(&db, input).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let detectors = &checked.hir().detectors;
    assert_eq!(detectors.len(), RISKS.len() + TRUTHS.len());
    for (name, detector) in detectors {
        let digest = |rows: &[Sought]| finder_digest(rows.iter().map(|row| (&*row.source, row.says)));
        let own =
            zt_stdlib::automata(&digest(&detector.rows)).unwrap_or_else(|| panic!("{name} was not built with zt"));
        let built = pattern::built(&detector.rows).expect("not too large");
        let own: Vec<_> = own.map(|(rows, bytes)| Search { rows, bytes: bytes.to_vec() }).collect();
        assert!(own == built, "{name} is not what would be built");
        assert_eq!(detector.automata.as_deref(), Some(&built), "{name}");
        let mut other = detector.rows.to_vec();
        other[0].says = if other[0].says == 1 { 2 } else { 1 };
        assert!(zt_stdlib::automata(&digest(&other)).is_none(), "{name}");
        other.remove(0);
        assert!(zt_stdlib::automata(&digest(&other)).is_none(), "{name}");
    }
}
