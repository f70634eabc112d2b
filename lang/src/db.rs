//! The queries: what is asked of a package, and what is asked again after an edit.
//!
//! A file's text is cut into items; each item is checked by itself, reading of the others only what they
//! declare. Spans are relative to the item, so that an edit above it changes nothing in it.

#![expect(missing_docs, reason = "salsa's macros generate constructors and setters without documentation")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::data::{self, Sheet, Unread};
use crate::hir::Name;
use crate::manifest::Settings;
use crate::naming::Names;
pub use crate::naming::Namespace;
use crate::resolve::resolved;
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

/// A file of facts that an item of a package names.
#[salsa::input]
pub struct DataFile {
    /// Its path from the package's folder, as items name it.
    pub path: Arc<str>,
    /// Its path, as messages show it.
    pub shown: Arc<str>,
    /// Its text, or why there is none.
    pub text: Result<String, Unread>,
}

/// What a data file says.
#[salsa::tracked(no_eq)]
pub fn sheet(db: &dyn Db, file: DataFile) -> Sheet {
    match file.text(db) {
        Ok(text) => data::read(file.path(db), text),
        Err(_) => Sheet::default(),
    }
}

/// A package: a name and files.
#[salsa::input]
pub struct Package {
    /// The name that `zt.toml` gives it; every file repeats it.
    pub name: Name,
    /// Its files, in the order of their paths.
    pub files: Vec<SourceFile>,
    /// The packages that it may use, and those that they may use.
    pub libraries: Vec<Library>,
    /// The data files that its items name.
    #[default]
    pub data: Vec<DataFile>,
    /// How it is checked.
    #[default]
    pub settings: Settings,
}

/// A package that others use.
#[salsa::input]
pub struct Library {
    /// Its name; every file repeats it.
    pub name: Name,
    /// Its files, in the order of their paths.
    pub files: Vec<SourceFile>,
    /// The data files that its items name.
    #[default]
    pub data: Vec<DataFile>,
    /// How it is checked.
    #[default]
    pub settings: Settings,
}

/// What the paths of files begin with that ship with zt.
pub const STANDARD: &str = "<zt>/";

/// The packages that ship with zt, if one of these texts speaks of them.
#[must_use]
pub fn standard<'t>(db: &Database, texts: impl IntoIterator<Item = &'t str>) -> Vec<Library> {
    if !texts.into_iter().any(|text| text.contains("std.")) {
        return vec![];
    }
    zt_stdlib::PACKAGES
        .iter()
        .map(|package| {
            let path = format!("{STANDARD}{}.zt", package.name);
            let file = SourceFile::new(db, path.into(), package.text.to_owned());
            Library::new(db, package.name.into(), vec![file])
        })
        .collect()
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
    /// The package that it belongs to.
    #[tracked]
    pub home: Name,
}

/// A file, parsed. It differs after any edit; what follows reads its items one by one.
#[salsa::tracked(no_eq)]
pub fn parsed(db: &dyn Db, file: SourceFile) -> Parse {
    parse(file.path(db), file.text(db))
}

/// The items of a file of the package, or of the library at this place, names resolved.
#[salsa::tracked]
pub fn items<'db>(db: &'db dyn Db, package: Package, library: Option<Library>, file: SourceFile) -> Vec<Item<'db>> {
    let names = local_names(db, package, library);
    let home = library.map_or_else(|| package.name(db).clone(), |l| l.name(db).clone());
    parsed(db, file)
        .items
        .iter()
        .map(|p| Item::new(db, p.key.clone(), resolved(names, &p.item), p.offset, home.clone()))
        .collect()
}

/// The data files that the items of these files name, each once, in the order of their paths.
#[must_use]
pub fn data_paths(db: &dyn Db, files: &[SourceFile]) -> Vec<Arc<str>> {
    let files = files.iter().flat_map(|file| &parsed(db, *file).items);
    let channels = files.filter_map(|item| match item.item.kind.as_ref()? {
        ast::ItemKind::Entity(x) => x.from.as_ref(),
        ast::ItemKind::Table(x) => x.from.as_ref(),
        _ => None,
    });
    let paths = channels.filter_map(|from| match &from.kind {
        ast::ChannelKind::File(path) => Some(path.value.clone()),
        _ => None,
    });
    paths.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The data file at a path from the folder of the package of this name.
#[must_use]
pub fn find_data(db: &dyn Db, package: Package, home: &str, path: &str) -> Option<DataFile> {
    let library = package.libraries(db).iter().find(|l| **l.name(db) == *home);
    let data = library.map_or_else(|| package.data(db), |library| library.data(db));
    data.iter().find(|file| **file.path(db) == *path).copied()
}

/// The files of a bundle, each with the library that it belongs to.
pub fn all_files(db: &dyn Db, package: Package) -> impl Iterator<Item = (Option<Library>, SourceFile)> + '_ {
    let own = package.files(db).iter().map(|file| (None, *file));
    let used = package.libraries(db).iter();
    own.chain(used.flat_map(|library| library.files(db).iter().map(|file| (Some(*library), *file))))
}

/// The items of a package by kind and name, and whether others may use them.
#[salsa::tracked]
pub fn offered(db: &dyn Db, library: Library) -> BTreeMap<(Namespace, Name), bool> {
    let mut out: BTreeMap<(Namespace, Name), bool> = BTreeMap::new();
    for file in library.files(db) {
        for item in &parsed(db, *file).items {
            let (word, name) = split(&item.key);
            if !matches!(word, "package" | "use" | "enforce" | "extend" | "suite") {
                *out.entry((Namespace::of(word), name.into())).or_default() |= item.item.public;
            }
        }
    }
    out
}

/// What the names in the files of a package stand for. It stays the same while items keep their names.
#[salsa::tracked]
pub fn local_names(db: &dyn Db, package: Package, library: Option<Library>) -> Names {
    let mut out = Names::default();
    let mut others = BTreeMap::new();
    for other in package.libraries(db).iter().filter(|l| Some(**l) != library) {
        for ((namespace, name), public) in offered(db, *other) {
            others.insert((*namespace, format!("{}.{name}", other.name(db)).into()), *public);
        }
    }
    out.others = others.into();
    out.packages = package.libraries(db).iter().filter(|l| Some(**l) != library).map(|l| l.name(db).clone()).collect();
    if let Some(library) = library {
        out.prefix = Some(format!("{}.", library.name(db)).into());
        out.own = offered(db, library).keys().cloned().collect();
    }
    let is_package = |name: &str| package.libraries(db).iter().any(|l| **l.name(db) == *name);
    let files = library.map_or_else(|| package.files(db), |l| l.files(db));
    for file in files {
        for item in &parsed(db, *file).items {
            let Some(ast::ItemKind::Use(used)) = &item.item.kind else { continue };
            match &used.names {
                Some(names) => {
                    for name in names {
                        out.used.insert(name.text.clone(), format!("{}.{}", used.path.text, name.text).into());
                    }
                }
                None => {
                    let Some((before, last)) = used.path.text.rsplit_once('.') else { continue };
                    if is_package(&used.path.text) {
                        out.modules.insert(last.into(), used.path.text.clone());
                    } else if is_package(before) {
                        out.used.insert(last.into(), used.path.text.clone());
                    }
                }
            }
        }
    }
    out
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
    for (library, file) in all_files(db, package) {
        for item in items(db, package, library, file) {
            let (word, name) = split(item.key(db));
            let name = match library {
                Some(library) => format!("{}.{name}", library.name(db)).into(),
                None => Arc::from(name),
            };
            index.names.entry((Namespace::of(word), name)).or_default().push(*item);
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
    lookup(db, package, Symbol::new(db, namespace, name))
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
