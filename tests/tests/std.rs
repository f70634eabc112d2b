//! The standard library: each of its packages is checked like anybody's.

use std::sync::Arc;

use zt_lang::check::package;
use zt_lang::db::{Database, Package, SourceFile, standard};

#[test]
fn every_package_has_no_mistake_and_a_meaning() {
    assert!(!zt_stdlib::PACKAGES.is_empty());
    for own in zt_stdlib::PACKAGES {
        let db = Database::default();
        let libraries =
            standard(&db, [own.text]).into_iter().filter(|library| **library.name(&db) != *own.name).collect();
        let file = SourceFile::new(&db, Arc::from("own.zt"), own.text.to_owned());
        let package = Package::new(&db, own.name.into(), vec![file], libraries);
        let mistakes = package::diagnostics(&db, package);
        let said: Vec<String> =
            mistakes.iter().map(|m| format!("{} {}", m.diagnostic.code.as_str(), m.diagnostic.message)).collect();
        assert!(said.is_empty(), "{}: {said:#?}", own.name);
        assert!(package::package(&db, package).is_ok(), "{} has a meaning", own.name);
    }
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
