//! Every code has a page, and the programs on it are as wrong and as right as it says.

use std::fmt::Write as _;

use zt_cli::import::{Kind, Origin, import};
use zt_lang::check::package;
use zt_lang::db::{Database, Package, SourceFile};
use zt_lang::diagnostic::Code;
use zt_lang::lint;
use zt_lang::manifest;
use zt_lang::syntax::parse::MAX_FILE;
use zt_tests::front::{FILE, PACKAGE, findings_with, load_with, mistakes_with};

/// The block of zt under a heading of a page.
fn program(page: &str, heading: &str) -> Option<String> {
    block(page, heading, "zt")
}

/// The block of a kind under a heading of a page.
fn block(page: &str, heading: &str, kind: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    let rest = rest.split("\n## ").next()?;
    let (_, rest) = rest.split_once(&format!("```{kind}\n"))?;
    Some(rest.split_once("```")?.0.to_owned())
}

/// The data files under a heading of a page: blocks with a path after the language.
fn data<'p>(page: &'p str, heading: &str) -> Vec<(&'p str, &'p str)> {
    let Some((_, rest)) = page.split_once(&format!("\n## {heading}\n")) else { return vec![] };
    let blocks = rest.split("\n## ").next().unwrap_or_default().split("```").skip(1).step_by(2);
    let named = blocks.filter_map(|block| {
        let (head, text) = block.split_once('\n')?;
        Some((head.split_once(' ')?.1, text))
    });
    named.collect()
}

/// The codes of the mistakes under a heading of a page that is about `zt.toml`, which may have a policy beside it.
fn of_manifest(code: Code, heading: &str) -> Option<Vec<Code>> {
    let page = code.page();
    let manifest = manifest::parse(&block(page, heading, "toml")?);
    let mut found: Vec<Code> = manifest.diagnostics.iter().map(|d| d.code).collect();
    if let Some(text) = program(page, heading) {
        let db = Database::default();
        let file = SourceFile::new(&db, FILE.into(), text);
        let name = manifest.name.unwrap_or_else(|| PACKAGE.into());
        let package = Package::builder(name, vec![file], vec![]).settings(manifest.settings).new(&db);
        let linted = code.lint().is_some() || heading == "Right";
        let of = if linted { lint::findings } else { package::diagnostics };
        found.extend(of(&db, package).iter().map(|l| l.diagnostic.code));
    }
    Some(found)
}

/// The codes of what is found in a page's block of JSON, which is imported as the tools of a server. Limits that are the
/// same for all are on no page.
fn of_import(page: &str, heading: &str) -> Option<Vec<Code>> {
    let list = block(page, heading, "json")?;
    let origin = Origin { file: "tools.json", package: "tools.example", server: None };
    let found = import(Kind::Mcp, &list, &origin).expect("it is written").findings;
    Some(found.iter().filter(|f| !f.general).map(|f| f.code).collect())
}

/// Programs that nobody would write out.
fn generated(code: Code) -> Option<String> {
    Some(match code {
        Code::TooLarge => format!("package example\n{}", "/".repeat(MAX_FILE)),
        Code::NestedTooDeep => {
            format!("package example\ndefine deep(a : Int) = {}a > 1{}", "(".repeat(100), ")".repeat(100))
        }
        _ => return None,
    })
}

#[test]
fn pages_have_one_form() {
    for code in Code::ALL {
        let page = code.page();
        let name = code.as_str();
        assert_eq!(page.lines().next(), Some(&*format!("# {name}: {}", code.title())));
        let words = page.split("\n## ").next().unwrap_or_default();
        assert!(words.lines().count() >= 4, "{name} explains itself");
        assert!(page.lines().all(|l| l.chars().count() <= 120), "{name}: a line is too long");
        if block(page, "Wrong", "toml").is_some() || block(page, "Wrong", "json").is_some() {
            continue;
        }
        let right = program(page, "Right").unwrap_or_else(|| panic!("{name} has no right program"));
        let wrong = program(page, "Wrong");
        assert_eq!(wrong.is_none(), generated(*code).is_some(), "{name}: one wrong program, written or generated");
        for text in [Some(right), wrong].into_iter().flatten() {
            assert!(text.starts_with("package "), "{name}: a program is a whole file");
        }
    }
}

#[test]
fn wrong_programs_have_one_mistake_and_right_ones_none() {
    let mut wrong = String::new();
    for code in Code::ALL {
        if let Some(found) = of_manifest(*code, "Wrong") {
            assert_eq!(found, [*code], "{}, wrong", code.as_str());
            assert_eq!(of_manifest(*code, "Right"), Some(vec![]), "{}, right", code.as_str());
            continue;
        }
        if let Some(found) = of_import(code.page(), "Wrong") {
            assert_eq!(found, [*code], "{}, wrong", code.as_str());
            assert_eq!(of_import(code.page(), "Right"), Some(vec![]), "{}, right", code.as_str());
            continue;
        }
        let text = generated(*code).or_else(|| program(code.page(), "Wrong")).unwrap_or_default();
        // Of what is wrong lints are asked only where it is about them; what is right has nothing to be warned of either.
        let of = if code.lint().is_some() { findings_with } else { mistakes_with };
        let found = of(&text, &data(code.page(), "Wrong"));
        let named = |(name, _): (&str, _)| code.page().contains(&format!("\nLint `{name}`"));
        assert!(code.lint().is_none_or(named), "{} says the name of its lint", code.as_str());
        if found.len() != 1 || found[0].located.diagnostic.code != *code {
            let _ = writeln!(wrong, "{}, wrong program: {} mistakes", code.as_str(), found.len());
            for f in found {
                let _ = writeln!(wrong, "  {f}");
            }
        }
        let text = program(code.page(), "Right").unwrap_or_default();
        let facts = data(code.page(), "Right");
        for f in findings_with(&text, &facts) {
            let _ = writeln!(wrong, "{}, right program: {f}", code.as_str());
        }
        let (db, files) = load_with(&[(FILE, &text)], &facts);
        if package::package(&db, files).is_err() {
            let _ = writeln!(wrong, "{}: the right program has no meaning", code.as_str());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn codes_are_found_by_their_names() {
    for code in Code::ALL {
        assert_eq!(Code::find(code.as_str()), Some(*code));
        assert_eq!(Code::find(&code.as_str().to_lowercase()), Some(*code));
    }
    assert_eq!(Code::find("ZT9999"), None);
}
