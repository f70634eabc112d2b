//! What `zt facts` says that sources are asked, beside what the compiler looks up, entry by entry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use zt_lang::hir::Package;
use zt_lang::needs::needs;
use zt_runtime::Pdp;
use zt_runtime::ir::{Channel, Entry, Lookup, Program};
use zt_runtime::schema::{Reads, Type, TypeId};
use zt_tests::command::root;
use zt_tests::differential::check;
use zt_tests::generate;
use zt_tests::generate::source::Source;

/// A source, the type of what it is asked about, and the attributes that are read.
type Asked = (String, String, BTreeSet<String>);

/// What a call asks sources: of entities with how often each question stands there, one for each place; of tables which.
type Questions = (BTreeMap<Asked, usize>, BTreeSet<(String, String)>);

fn entity(program: &Program, ty: TypeId) -> (&str, Vec<&str>) {
    match &program.types[ty.0 as usize] {
        Type::Entity { name, fields, .. } => (name, fields.iter().map(|field| field.name.as_str()).collect()),
        other => panic!("{other:?} is looked up"),
    }
}

/// The attributes that a lookup puts somewhere.
fn attributes(program: &Program, lookup: &Lookup) -> BTreeSet<String> {
    let (_, fields) = entity(program, lookup.ty);
    let Reads { fields: read, ancestors, .. } = &lookup.reads;
    let mut all: BTreeSet<String> = read.iter().map(|(index, _)| fields[*index as usize].to_owned()).collect();
    if ancestors.is_some() {
        all.insert("in".to_owned());
    }
    all
}

fn looked_up(program: &Program, entry: &Entry) -> Questions {
    let mut all = BTreeMap::new();
    for lookup in &entry.lookups {
        if let Some(Channel::Source { source, .. }) = program.channels.get(&lookup.ty) {
            let source = program.sources[*source as usize].clone();
            let asked = (source, entity(program, lookup.ty).0.to_owned(), attributes(program, lookup));
            *all.entry(asked).or_default() += 1;
        }
    }
    let of = |id: &zt_runtime::ir::TableId| {
        let table = &program.tables[id.0 as usize];
        let source = table.asked.as_ref().expect("a source is asked").source;
        (program.sources[source as usize].clone(), table.name.clone())
    };
    (all, entry.tables.iter().map(of).collect())
}

/// Compares the two for every entry of a package; gives how many questions there are. What is said may be more than is looked
/// up, where a condition can never come to it.
fn compare(name: &str, hir: &Package, program: &Program, exactly: bool) -> (usize, usize) {
    let needs = needs(hir);
    assert_eq!(needs.len(), program.entries.len(), "{name}");
    let (mut entities, mut tables) = (0, 0);
    for (needs, entry) in needs.iter().zip(&program.entries) {
        let (action, principal) = (&*needs.action, &*needs.principal);
        assert_eq!((action, principal), (entry.action.as_str(), entity(program, entry.principal).0), "{name}");
        let mut said: Questions = Default::default();
        for q in &needs.ask {
            let attributes = q.attributes.iter().map(ToString::to_string).collect();
            *said.0.entry((q.source.to_string(), q.ty.to_string(), attributes)).or_default() += 1;
        }
        said.1 = needs.rows.iter().map(|row| (row.source.to_string(), row.table.to_string())).collect();
        let found = looked_up(program, entry);
        if exactly {
            assert_eq!(said, found, "{name}: {action} by {principal}");
        }
        // Each question that is looked up is one that is said, with no fewer attributes.
        let flat = |all: &BTreeMap<Asked, usize>| -> Vec<Asked> {
            all.iter().flat_map(|(asked, times)| vec![asked.clone(); *times]).collect()
        };
        let (mut left, mut wanted) = (flat(&said.0), flat(&found.0));
        left.sort_by_key(|(_, _, attributes)| attributes.len());
        wanted.sort_by_key(|(_, _, attributes)| std::cmp::Reverse(attributes.len()));
        for (source, ty, attributes) in wanted {
            let fits = |of: &Asked| of.0 == source && of.1 == ty && of.2.is_superset(&attributes);
            let place = left.iter().position(fits);
            let place = place.unwrap_or_else(|| panic!("{name}: {action} by {principal}: {ty} {attributes:?}"));
            left.remove(place);
        }
        assert!(found.1.is_subset(&said.1), "{name}: {action} by {principal}");
        entities += found.0.values().sum::<usize>();
        tables += found.1.len();
    }
    (entities, tables)
}

#[test]
fn facts_are_what_is_looked_up_in_every_package_of_the_project() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("examples"))
        .expect("readable")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.push(root().join("tests/worlds/support"));
    let (mut entities, mut tables) = (0, 0);
    for folder in folders {
        let package = zt_cli::load::one(&folder).unwrap_or_else(|stop| panic!("{}", stop.message));
        let checked = package.check().unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let image = zt_compiler::compile(&checked).expect("an image");
        let pdp = Pdp::load(&image).expect("a decision point");
        let (of, rows) = compare(&folder.display().to_string(), checked.hir(), pdp.program(), true);
        entities += of;
        tables += rows;
    }
    assert!(entities >= 5 && tables >= 3, "{entities} questions about entities, {tables} about tables");
}

/// A tag may say a list that is written out: whoever reads its elements reads what stands in it.
#[test]
fn facts_are_what_is_looked_up_where_tags_write_lists_out() {
    let text = r#"package example
entity File from source files { owner : Ident }
entity Agent from pep { role : Ident }
tag touches { paths : List<String> max 10, files : List<File> max 5 }
table known { path : String } from source registry
action read {
  by Agent
  tags [touches { paths: [input.path], files: [input.file] }]
  input { path : String, file : File }
}
action move {
  by Agent
  tags [touches { paths: [input.from, input.to], files: input.files }]
  input { from : String, to : String, files : List<File> max 5 }
}
policy touching for #touches {
  allow known_ones when all(p in touches.paths: p in known) and count(touches.paths) > 0
  allow own when any(f in touches.files: f.owner == principal.role)
}
"#;
    let checked = check(text).unwrap_or_else(|problem| panic!("{problem}"));
    let image = zt_compiler::compile(&checked).expect("an image");
    let pdp = Pdp::load(&image).expect("a decision point");
    assert_eq!(compare("lists", checked.hir(), pdp.program(), true), (2, 2));
    let by: Vec<(String, Vec<String>)> = needs(checked.hir())
        .into_iter()
        .map(|of| (of.ask[0].by.clone(), of.rows.iter().flat_map(|row| row.by.clone()).collect()))
        .collect();
    let said = |ask: &str, row: &str| (ask.to_owned(), vec![row.to_owned()]);
    assert_eq!(by, [said("input.files[]", "input.from or input.to"), said("input.file", "input.path")]);
}

#[test]
fn facts_miss_nothing_that_is_looked_up_in_random_packages() {
    let mut entities = 0;
    for seed in 0..150 {
        let text = generate::package(&mut Source::seeded(seed));
        let checked = check(&text).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
        let image = zt_compiler::compile(&checked).expect("an image");
        let pdp = Pdp::load(&image).expect("a decision point");
        entities += compare(&format!("seed {seed}"), checked.hir(), pdp.program(), false).0;
    }
    assert!(entities > 100, "{entities} questions");
}
