//! Packages from paths, each in a database of its own: for commands, which look at them once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;
use zt_lang::check::ahead::ahead;
use zt_lang::check::package::{CheckedPackage, Located, diagnostics};
use zt_lang::db::{Database, Package};
use zt_lang::lint;
use zt_lang::manifest::EDITION;
use zt_lang::render::Sources;

use crate::failure::Failure;
use crate::folder::{MANIFEST, Open, is_policy, linked, skipped, unreadable};
use crate::gather::gather;
use crate::store::Store;

/// A package in the database.
pub struct Loaded {
    /// Its folder, as the user would name it.
    pub folder: PathBuf,
    /// Its name.
    pub name: Arc<str>,
    /// The database that holds it.
    pub db: Database,
    /// Its place there.
    pub package: Package,
    /// Its texts.
    pub sources: Sources,
    /// How many files it has.
    pub files: usize,
    /// The packages that it uses, by name, with their folders; not those that ship with zt.
    pub used: Vec<(Arc<str>, PathBuf)>,
    /// What is wrong with its `zt.toml`, or with that of a package that it uses. Then nothing else was read.
    pub misconfigured: Vec<Located>,
}

impl Loaded {
    /// Checks it.
    ///
    /// # Errors
    /// Its mistakes.
    pub fn check(&self) -> Result<CheckedPackage, Vec<Located>> {
        if !self.misconfigured.is_empty() {
            return Err(self.misconfigured.clone());
        }
        zt_lang::check::package::package(&self.db, self.package)
    }

    /// Its mistakes.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Located> {
        if !self.misconfigured.is_empty() {
            return self.misconfigured.clone();
        }
        ahead(&self.db, self.package);
        diagnostics(&self.db, self.package)
    }

    /// Its mistakes; if it has none, what lints say.
    #[must_use]
    pub fn findings(&self) -> Vec<Located> {
        if !self.misconfigured.is_empty() {
            return self.misconfigured.clone();
        }
        let mistakes = self.diagnostics();
        if !mistakes.is_empty() {
            return mistakes;
        }
        lint::ahead(&self.db, self.package);
        lint::lints(&self.db, self.package)
    }
}

/// Loads the package of a folder and those that it uses.
///
/// # Errors
/// If a file cannot be read, or there is no policy. What is wrong with a manifest is told by the package.
pub fn load(folder: &Path) -> Result<Loaded, Failure> {
    let open = Open::new();
    let gathered = gather(folder, &open)?;
    let mut store = Store::default();
    let package = store.place(&gathered, &open, None).package;
    let db = store.db;
    let mut sources = Sources::of(&db, package);
    gathered.manifests.iter().for_each(|(file, text)| sources.add(file, text));
    Ok(Loaded {
        folder: folder.to_owned(),
        name: gathered.root.name,
        files: gathered.root.texts.len(),
        used: gathered.used.into_iter().map(|part| (part.name, part.folder)).collect(),
        db,
        package,
        sources,
        misconfigured: gathered.mistakes,
    })
}

/// Finds and loads the packages at some paths.
///
/// # Errors
/// If a path is missing or unreadable, a manifest is wrong, or there is no package.
pub fn packages(paths: &[PathBuf]) -> Result<Vec<Loaded>, Failure> {
    let mut folders: Vec<PathBuf> = vec![];
    for path in paths {
        let before = folders.len();
        find(path, &mut folders)?;
        if folders.len() == before {
            return Err(none_at(path));
        }
    }
    folders.sort();
    folders.dedup();
    folders.iter().map(|folder| load(folder)).collect()
}

/// Loads the one package at a path.
///
/// # Errors
/// As [`packages`], and if there are several.
pub fn one(path: &Path) -> Result<Loaded, Failure> {
    // Others may stand below it, which it uses.
    if path.join(MANIFEST).is_file() {
        return load(path);
    }
    let mut all = packages(&[path.to_owned()])?;
    match (all.pop(), all.first()) {
        (Some(last), None) => Ok(last),
        (Some(last), Some(first)) => Err(Failure::unreadable(format!(
            "{} holds several packages, among them {} and {}; name one of them",
            path.display(),
            first.folder.display(),
            last.folder.display()
        ))),
        (None, _) => Err(none_at(path)),
    }
}

fn none_at(path: &Path) -> Failure {
    let policies = WalkDir::new(path).into_iter().flatten().any(|e| is_policy(e.path()) && e.path().is_file());
    Failure::nothing(if policies {
        format!(
            "{} has .zt files but no {MANIFEST}, which makes a folder a package\n\
             help: write one:\n\n    [package]\n    name = \"example.policies\"\n    edition = \"{EDITION}\"",
            path.display()
        )
    } else {
        format!(
            "no package at {}: a package is a folder with a {MANIFEST}\nhelp: `zt init DIR` makes one",
            path.display()
        )
    })
}

fn find(path: &Path, folders: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let meta = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    if !meta.is_dir() {
        return Err(Failure::unreadable(format!(
            "{} is a file; name the folder of its package, the one with {MANIFEST}",
            path.display()
        )));
    }
    let mut walk = WalkDir::new(path).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|e| Failure::unreadable(format!("cannot read: {e}")))?;
        if entry.depth() > 0 && entry.file_type().is_dir() && skipped(entry.path()) {
            walk.skip_current_dir();
            continue;
        }
        linked(&entry)?;
        if entry.file_name() == MANIFEST {
            folders.extend(entry.path().parent().map(Path::to_owned));
        }
    }
    Ok(())
}
