//! The standard library: each of its packages is checked like anybody's.

use std::sync::Arc;

use zt_lang::check::package;
use zt_lang::db::{Database, Package, SourceFile, standard};

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
