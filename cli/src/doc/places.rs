//! Where things stand: files by names that are the same on every machine, and lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use zt_lang::db::{STANDARD, all_files};
use zt_lang::point::written::opening_comment;
use zt_lang::span::Span;
use zt_packages::folder::shown;

use super::names::PageNames;
use crate::load::Loaded;

/// A file of policies.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// What it is called: from its package's folder, behind the package's name unless it is the root's.
    pub(crate) name: String,
    /// The name of the page that shows it.
    pub(crate) page: String,
    /// What it says.
    pub(crate) text: String,
    /// The comment that it begins with.
    pub(crate) about: String,
    /// Whether it belongs to the package itself.
    pub(crate) own: bool,
    /// Where its lines begin.
    lines: Vec<usize>,
}

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which file.
    pub(crate) file: usize,
    /// Its first line, from 1.
    pub(crate) line: usize,
    /// Its last line.
    pub(crate) last: usize,
}

/// The files of a bundle.
#[derive(Debug)]
pub(crate) struct Files {
    all: Vec<File>,
    by_path: BTreeMap<Arc<str>, usize>,
}

impl Files {
    /// The files of a package and of those that it uses.
    pub(crate) fn of(loaded: &Loaded, pages: &mut PageNames) -> Self {
        let mut out = Files { all: vec![], by_path: BTreeMap::new() };
        for (library, file) in all_files(&loaded.db, loaded.package) {
            let path = file.path(&loaded.db);
            let name = match library {
                None => below(path, &loaded.folder).to_owned(),
                Some(library) => {
                    let package = library.name(&loaded.db);
                    let folder = loaded.used.iter().find(|(name, _)| name == package).map(|(_, folder)| folder);
                    match (path.strip_prefix(STANDARD), folder) {
                        (Some(standard), _) => standard.to_owned(),
                        (None, Some(folder)) => format!("{package}/{}", below(path, folder)),
                        (None, None) => package.to_string(),
                    }
                }
            };
            let text = file.text(&loaded.db).clone();
            let about = opening_comment(&text);
            let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            out.by_path.insert(path.clone(), out.all.len());
            out.all.push(File { page: pages.page("source", &name), name, text, about, own: library.is_none(), lines });
        }
        out
    }

    /// The place of a span of a file.
    pub(crate) fn place(&self, path: &str, span: Span) -> Option<Place> {
        let file = *self.by_path.get(path)?;
        let lines = &self.all.get(file)?.lines;
        let line = |offset: u32| lines.partition_point(|start| *start <= offset as usize).max(1);
        let first = line(span.start);
        Some(Place { file, line: first, last: line(span.end.saturating_sub(1)).max(first) })
    }

    /// A file by its place.
    pub(crate) fn get(&self, file: usize) -> Option<&File> {
        self.all.get(file)
    }

    /// What is written at a span of a file.
    pub(crate) fn text(&self, path: &str, span: Span) -> &str {
        let file = self.by_path.get(path).and_then(|file| self.all.get(*file));
        file.and_then(|file| file.text.get(span.start as usize..span.end as usize)).unwrap_or_default()
    }

    /// The package's own files, and those of others in which one of these places is.
    pub(crate) fn with(&self, places: impl Iterator<Item = Place>) -> Vec<&File> {
        let named: BTreeSet<usize> = places.map(|place| place.file).collect();
        self.all.iter().enumerate().filter(|(i, file)| file.own || named.contains(i)).map(|(_, file)| file).collect()
    }
}

/// A path from a folder, however both are named.
fn below<'p>(path: &'p str, folder: &Path) -> &'p str {
    let folder = shown(folder);
    path.strip_prefix(&folder).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}
