//! What the server knows: the files that are open, and the packages that they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zt_lang::db::{Database, Package, SourceFile, all_files};
use zt_lang::manifest::Settings;
use zt_lang::point::{self, Place};
use zt_lang::syntax::ast::ItemKind;
use zt_lang::syntax::parse::parse;
use zt_packages::folder::{MANIFEST, Open, home, is_policy, shown, text};
use zt_packages::gather::{Gathered, Part, gather};
use zt_packages::store::{Placed, Store};

use crate::document::{Document, Edit};
use crate::position::{Encoding, Lines, Position, Range};
use crate::report::{Project, text_of};
use crate::standard::Shelf;

/// The most files that are looked at beside one that belongs to no package.
const MAX_BESIDE: usize = 200;

/// Which package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// That of a folder with a manifest.
    Package(PathBuf),
    /// Files of this folder that name this package, where nothing says that it is one.
    Lone(PathBuf, Arc<str>),
}

/// What is said of a place, and from where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) range: Range,
    pub(crate) text: String,
}

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// As the editor names it, if it is open there.
    pub(crate) uri: Option<String>,
    pub(crate) path: PathBuf,
    pub(crate) name: Range,
    pub(crate) whole: Range,
}

/// What the server knows.
pub(crate) struct World {
    store: Store,
    shelf: Shelf,
    encoding: Encoding,
    documents: BTreeMap<PathBuf, Document>,
    /// Their texts.
    open: Open,
    projects: BTreeMap<Key, (Project, Option<Placed>)>,
    /// Where packages were that are not looked at any more.
    left: BTreeMap<Key, Placed>,
    /// Whether folders have to be read again.
    stale: bool,
}

impl World {
    pub(crate) fn new(db: Database, encoding: Encoding, shelf: Shelf) -> Self {
        World {
            store: Store::on(db),
            shelf,
            encoding,
            documents: BTreeMap::new(),
            open: Open::new(),
            projects: BTreeMap::new(),
            left: BTreeMap::new(),
            stale: false,
        }
    }

    /// The database, to look at on another thread.
    pub(crate) fn snapshot(&self) -> Database {
        self.store.db.clone()
    }

    /// The packages that files are open of.
    pub(crate) fn projects(&self) -> Vec<Project> {
        self.projects.values().map(|(project, _)| project.clone()).collect()
    }

    /// The file that is open at a path.
    pub(crate) fn document(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    /// The files that are open, as messages show them.
    pub(crate) fn open_files(&self) -> impl Iterator<Item = Arc<str>> + '_ {
        self.documents.keys().map(|path| Arc::from(shown(path)))
    }

    /// Reads everything again before the next answer.
    pub(crate) fn doubt(&mut self) {
        self.stale = true;
    }

    /// A file is open from now on: what the editor says of it holds, whatever is on the disk.
    pub(crate) fn open(&mut self, path: PathBuf, document: Document) {
        let text = document.text.clone();
        self.open.insert(path.clone(), text.clone());
        self.documents.insert(path.clone(), document);
        let known = self.key(&path).is_none_or(|key| self.projects.contains_key(&key));
        if !known || !self.take(&path, &text) {
            self.stale = true;
        }
    }

    /// An open file was edited; one that is not open is none of ours.
    pub(crate) fn change(&mut self, path: &Path, version: i32, edits: Vec<Edit>) {
        let Some(document) = self.documents.get_mut(path) else { return };
        document.edit(version, edits, self.encoding);
        let text = document.text.clone();
        self.open.insert(path.to_owned(), text.clone());
        let known = self.key(path).is_none_or(|key| self.projects.contains_key(&key));
        if !known || !self.take(path, &text) {
            self.stale = true;
        }
    }

    /// A file is no longer open: what is on the disk holds.
    pub(crate) fn close(&mut self, path: &Path) {
        if self.documents.remove(path).is_some() {
            self.open.remove(path);
            self.stale = true;
        }
    }

    /// Puts a text where packages know the file; `false` if none does.
    fn take(&mut self, path: &Path, text: &str) -> bool {
        let shown = shown(path);
        if path.file_name().is_some_and(|name| name == MANIFEST) || !self.store.edit(&shown, text) {
            return false;
        }
        let Some(file) = self.store.file(&shown) else { return true };
        for (_, placed) in self.projects.values() {
            if let Some(placed) = placed.as_ref().filter(|placed| placed.holds(file)) {
                self.store.refresh(placed, &self.open);
            }
        }
        true
    }

    /// The package that an open file belongs to.
    fn key(&self, path: &Path) -> Option<Key> {
        if self.shelf.shown(path).is_some() {
            return None;
        }
        if path.is_absolute() {
            if path.file_name().is_some_and(|name| name == MANIFEST) {
                return path.parent().map(|folder| Key::Package(folder.to_owned()));
            }
            if let Some(folder) = home(path) {
                return Some(Key::Package(folder));
            }
            if !is_policy(path) {
                return None;
            }
        }
        let folder = if path.is_absolute() { path.parent()? } else { path };
        Some(Key::Lone(folder.to_owned(), package_name(path, self.open.get(path)?)))
    }

    /// Reads folders again if that is due, and forgets packages of which nothing is open.
    pub(crate) fn settle(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let keys: BTreeMap<Key, PathBuf> =
            self.documents.keys().filter_map(|path| Some((self.key(path)?, path.clone()))).collect();
        let before = std::mem::take(&mut self.projects);
        for (key, (_, placed)) in before {
            self.left.extend(placed.map(|placed| (key, placed)));
        }
        for (key, path) in keys {
            let (folder, gathered) = match &key {
                Key::Package(folder) => (folder.clone(), gather(folder, &self.open)),
                Key::Lone(folder, name) => (folder.clone(), Ok(lone(folder, name, &path, &self.open))),
            };
            let lone = matches!(key, Key::Lone(..));
            let mut project = Project {
                folder: folder.clone(),
                package: None,
                manifests: Arc::default(),
                mistakes: Arc::default(),
                failure: None,
                lone,
            };
            let placed = match gathered {
                Ok(gathered) => {
                    let placed = self.store.place(&gathered, &self.open, self.left.remove(&key));
                    project.package = Some(placed.package);
                    project.manifests = Arc::new(gathered.manifests);
                    project.mistakes = Arc::new(gathered.mistakes);
                    Some(placed)
                }
                Err(failure) => {
                    project.failure = Some((shown(&folder.join(MANIFEST)).into(), failure.message));
                    None
                }
            };
            self.projects.insert(key, (project, placed));
        }
    }

    /// What stands at a place of an open file.
    pub(crate) fn told(&mut self, path: &Path, at: Position) -> Option<Told> {
        self.settle();
        let (package, file) = self.find(path)?;
        let db = &self.store.db;
        let lines = Lines::new(file.text(db), self.encoding);
        let told = point::told(db, package, file, offset(&lines, at))?;
        Some(Told { range: lines.range(told.span.start as usize, told.span.end as usize), text: told.text })
    }

    /// Where what stands at a place of an open file is declared, and from where to where it stands there.
    pub(crate) fn declared(&mut self, path: &Path, at: Position) -> Option<(Range, Vec<Target>)> {
        self.settle();
        let (package, file) = self.find(path)?;
        let db = &self.store.db;
        let lines = Lines::new(file.text(db), self.encoding);
        let (span, places) = point::declared(db, package, file, offset(&lines, at))?;
        let targets: Vec<Target> = places.iter().filter_map(|place| self.target(package, place)).collect();
        (!targets.is_empty()).then(|| (lines.range(span.start as usize, span.end as usize), targets))
    }

    fn target(&self, package: Package, place: &Place) -> Option<Target> {
        let text = text_of(&self.store.db, package, &place.file)?;
        let path = match self.shelf.file(&place.file, text) {
            Some(path) => path,
            // What ships with zt has no file where nothing can be written.
            None if place.file.starts_with(zt_lang::db::STANDARD) => return None,
            None => PathBuf::from(&*place.file),
        };
        let lines = Lines::new(text, self.encoding);
        let range = |span: zt_lang::span::Span| lines.range(span.start as usize, span.end as usize);
        let uri = self.documents.get(&path).map(|document| document.uri.clone());
        Some(Target { uri, path, name: range(place.name), whole: range(place.whole) })
    }

    /// A file in a package: its own one before those that use it.
    fn find(&self, path: &Path) -> Option<(Package, SourceFile)> {
        let shown = self.shelf.shown(path).unwrap_or_else(|| shown(path));
        let own = self.key(path).and_then(|key| self.projects.get(&key)).into_iter();
        let mut packages = own.chain(self.projects.values()).filter_map(|(project, _)| project.package);
        packages.find_map(|package| {
            let (_, file) = all_files(&self.store.db, package).find(|(_, f)| **f.path(&self.store.db) == *shown)?;
            Some((package, file))
        })
    }
}

fn offset(lines: &Lines<'_>, at: Position) -> u32 {
    u32::try_from(lines.offset(at)).unwrap_or(u32::MAX)
}

/// The package that a text says it belongs to; if it says none, one that is called like the file.
fn package_name(path: &Path, text: &str) -> Arc<str> {
    // What names the package stands in front, and nobody writes so much before it.
    let mut end = text.len().min(1 << 16);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let items = parse(&Arc::from(""), text.get(..end).unwrap_or_default()).items;
    let named = items.iter().find_map(|item| match &item.item.kind {
        Some(ItemKind::Package(name)) => Some(name.text.clone()),
        _ => None,
    });
    named.unwrap_or_else(|| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let word: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if word.starts_with(|c: char| c.is_ascii_lowercase()) { word.into() } else { Arc::from("example") }
    })
}

/// A package of files of which nothing says that they are one: those of a folder that name it.
fn lone(folder: &Path, name: &Arc<str>, path: &Path, open: &Open) -> Gathered {
    let mut paths: BTreeSet<PathBuf> = open.keys().filter(|p| p.parent() == Some(folder)).cloned().collect();
    if folder.is_absolute() {
        let beside = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_BESIDE);
        paths.extend(beside.filter(|e| e.file_type().is_ok_and(|kind| kind.is_file())).map(|e| e.path()));
    }
    paths.retain(|p| is_policy(p));
    paths.insert(path.to_owned());
    let texts = paths.into_iter().filter_map(|p| {
        let text = text(&p, open).ok()?;
        (p == path || package_name(&p, &text) == *name).then(|| (Arc::from(shown(&p)), text))
    });
    let root =
        Part { name: name.clone(), folder: folder.to_owned(), texts: texts.collect(), settings: Settings::default() };
    Gathered { root, used: vec![], manifests: vec![], mistakes: vec![] }
}

#[cfg(test)]
mod tests;
