//! The queries: what is asked of a package, and what is asked again after an edit.
//!
//! A file's text is cut into items; each item is checked by itself, reading of the others only what they
//! declare. Spans are relative to the item, so that an edit above it changes nothing in it.

#![expect(missing_docs, reason = "salsa's macros generate constructors and setters without documentation")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hir::Name;
use crate::span::ItemKey;
use crate::syntax::ast;
use crate::syntax::parse::{Parse, parse};

/// The database that the queries run on.
#[salsa::db]
pub trait Db: salsa::Database {}

/// The database.
#[salsa::db]
#[derive(Clone, Default)]
pub struct Database {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {}

impl Database {
    /// A database that tells of every query it executes, by its name and key, as salsa prints them.
    #[must_use]
    pub fn observed(observer: impl Fn(String) + Send + Sync + 'static) -> Self {
        Database {
            storage: salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    observer(format!("{database_key:?}"));
                }
            }))),
        }
    }
}

/// A policy file.
#[salsa::input]
pub struct SourceFile {
    /// Its path, as messages show it.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
}

/// A package: a name and files.
#[salsa::input]
pub struct Package {
    /// The name that `zt.toml` gives it; every file repeats it.
    pub name: Name,
    /// Its files, in the order of their paths.
    pub files: Vec<SourceFile>,
}

/// An item of a file. It is the same item after an edit as long as its word and name are.
#[salsa::tracked(debug)]
pub struct Item<'db> {
    /// Which one.
    pub key: ItemKey,
    /// What it says.
    #[tracked]
    pub ast: Arc<ast::Item>,
    /// Where it starts in its file.
    #[tracked]
    #[returns(copy)]
    pub offset: u32,
}

/// A file, parsed. It differs after any edit; what follows reads its items one by one.
#[salsa::tracked(no_eq)]
pub fn parsed(db: &dyn Db, file: SourceFile) -> Parse {
    parse(file.path(db), file.text(db))
}

/// The items of a file.
#[salsa::tracked]
pub fn items<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Item<'db>> {
    parsed(db, file).items.iter().map(|p| Item::new(db, p.key.clone(), p.item.clone(), p.offset)).collect()
}

/// The kinds of name. Each kind is a world of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, salsa::SalsaValue)]
pub enum Namespace {
    /// Enums, named types, records, entities.
    Type,
    /// Actions.
    Action,
    /// Definitions.
    Define,
    /// Policies.
    Policy,
    /// Groups of approvers.
    Approvers,
    /// Ladders of tiers.
    Tiers,
    /// Suites.
    Suite,
    /// The package's own name.
    Package,
    /// Tags.
    Tag,
    /// Kinds of obligation.
    Obligation,
    /// Windows.
    Window,
    /// Events.
    Event,
    /// Tables.
    Table,
    /// What other packages are used for.
    Use,
    /// Policies of other packages that are enforced.
    Enforce,
    /// What is added to actions declared elsewhere.
    Extend,
    /// What has a name and a mistake where the word should be that says what it is.
    Unknown,
}

impl Namespace {
    /// The namespace of items that start with this word.
    #[must_use]
    pub fn of(word: &str) -> Namespace {
        match word {
            "enum" | "type" | "record" | "entity" => Namespace::Type,
            "action" => Namespace::Action,
            "define" => Namespace::Define,
            "policy" => Namespace::Policy,
            "approvers" => Namespace::Approvers,
            "tiers" => Namespace::Tiers,
            "suite" => Namespace::Suite,
            "package" => Namespace::Package,
            "tag" => Namespace::Tag,
            "obligation" => Namespace::Obligation,
            "window" => Namespace::Window,
            "event" => Namespace::Event,
            "table" => Namespace::Table,
            "use" => Namespace::Use,
            "enforce" => Namespace::Enforce,
            "extend" => Namespace::Extend,
            _ => Namespace::Unknown,
        }
    }
}

/// The items of a package by name, all that claim it, in order.
#[derive(Debug, Clone, PartialEq, Eq, salsa::SalsaValue)]
pub struct Index<'db> {
    /// By namespace and name.
    pub names: BTreeMap<(Namespace, Name), Vec<Item<'db>>>,
    /// In order.
    pub all: Vec<Item<'db>>,
}

/// The items of a package. It stays the same while items keep their names.
#[salsa::tracked]
pub fn index<'db>(db: &'db dyn Db, package: Package) -> Index<'db> {
    let mut index = Index { names: BTreeMap::new(), all: vec![] };
    for file in package.files(db) {
        for item in items(db, *file) {
            let (word, name) = split(item.key(db));
            index.names.entry((Namespace::of(word), Arc::from(name))).or_default().push(*item);
            index.all.push(*item);
        }
    }
    index
}

/// The opening word and the name of an item.
#[must_use]
pub fn split(key: &ItemKey) -> (&str, &str) {
    key.name.split_once(' ').unwrap_or((&key.name, ""))
}

/// A name to look up.
#[salsa::interned]
pub struct Symbol<'db> {
    /// Its kind.
    #[returns(copy)]
    pub namespace: Namespace,
    /// Its text.
    pub text: Name,
}

/// The first item with a name. Who asks for one name does not notice when others come and go.
#[salsa::tracked(returns(copy))]
pub fn lookup<'db>(db: &'db dyn Db, package: Package, symbol: Symbol<'db>) -> Option<Item<'db>> {
    let names = &index(db, package).names;
    let first = |namespace| names.get(&(namespace, symbol.text(db).clone())).and_then(|items| items.first()).copied();
    // What lost the word in front of it may be what is meant; it says itself what is wrong with it.
    first(symbol.namespace(db)).or_else(|| first(Namespace::Unknown))
}

/// The first item with a name.
pub fn find<'db>(db: &'db dyn Db, package: Package, namespace: Namespace, name: &str) -> Option<Item<'db>> {
    lookup(db, package, Symbol::new(db, namespace, Arc::<str>::from(name)))
}

/// All names of a kind, in alphabetical order. It stays the same while items of other kinds come and go.
#[salsa::tracked]
pub fn names(db: &dyn Db, package: Package, namespace: Namespace) -> Vec<Name> {
    let of_kind = index(db, package).names.range((namespace, Name::from(""))..);
    of_kind
        .take_while(|((n, _), _)| *n == namespace)
        .map(|((_, name), _)| name.clone())
        .filter(|n| !n.is_empty())
        .collect()
}

/// Whether an item of this kind has lost its name, so that a name that nothing has may be its own.
#[salsa::tracked(returns(copy))]
pub fn nameless(db: &dyn Db, package: Package, namespace: Namespace) -> bool {
    index(db, package).all.iter().any(|item| {
        let (word, name) = split(item.key(db));
        Namespace::of(word) == namespace && (name.is_empty() || !item.ast(db).named)
    })
}
