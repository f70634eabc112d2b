//! From paths to packages: `zt.toml`, the files beside it, and what the check says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use walkdir::{DirEntry, WalkDir};
use zt_compiler::Bug;
use zt_lang::check::package::{CheckedPackage, Located};
use zt_lang::data::path_mistake;
use zt_lang::db::{DataFile, Database, Package, SourceFile, data_paths, standard};
use zt_lang::render::Sources;
use zt_runtime::Pdp;

use crate::data;
use crate::exit::Stop;

/// The name of the file that makes a folder a package.
pub const MANIFEST: &str = "zt.toml";
/// The edition of the language.
pub const EDITION: &str = "2026";

/// `zt.toml`. What is not known is refused: nothing is read and ignored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    package: ManifestPackage,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestPackage {
    name: String,
    edition: String,
}

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
}

impl Loaded {
    /// Checks it.
    ///
    /// # Errors
    /// Its mistakes.
    pub fn check(&self) -> Result<CheckedPackage, Vec<Located>> {
        zt_lang::check::package::package(&self.db, self.package)
    }
}

/// A package, compiled to native code and ready to decide.
pub struct Compiled {
    /// Its meaning.
    pub checked: CheckedPackage,
    /// The decision point.
    pub pdp: Pdp,
}

/// Compiles a package and loads its image.
///
/// # Errors
/// Only by a bug of ours.
pub fn compile(checked: CheckedPackage) -> Result<Compiled, Stop> {
    let image = zt_compiler::compile(&checked).map_err(|bug: Bug| Stop::bug(bug))?;
    let pdp = Pdp::load(&image).map_err(Stop::bug)?;
    Ok(Compiled { checked, pdp })
}

/// Finds and loads the packages at some paths.
///
/// # Errors
/// If a path is missing or unreadable, a manifest is wrong, or there is no package.
pub fn packages(paths: &[PathBuf]) -> Result<Vec<Loaded>, Stop> {
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
    folders.into_iter().map(|folder| load(&folder)).collect()
}

/// Loads the one package at a path.
///
/// # Errors
/// As [`packages`], and if there are several.
pub fn one(path: &Path) -> Result<Loaded, Stop> {
    let mut all = packages(&[path.to_owned()])?;
    match (all.pop(), all.first()) {
        (Some(last), None) => Ok(last),
        (Some(last), Some(first)) => Err(Stop::usage(format!(
            "{} holds several packages, among them {} and {}; name one of them",
            path.display(),
            first.folder.display(),
            last.folder.display()
        ))),
        (None, _) => Err(none_at(path)),
    }
}

fn none_at(path: &Path) -> Stop {
    let policies = WalkDir::new(path).into_iter().flatten().any(|e| is_policy(e.path()) && e.path().is_file());
    Stop::nothing(if policies {
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

/// Whether a path names a policy. One that cannot be read still does: a missing deny must not go unnoticed.
/// Names with a dot in front are editors' own.
pub(crate) fn is_policy(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zt")) && !hidden
}

fn find(path: &Path, folders: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let meta = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    if !meta.is_dir() {
        return Err(Stop::usage(format!(
            "{} is a file; name the folder of its package, the one with {MANIFEST}",
            path.display()
        )));
    }
    let mut walk = WalkDir::new(path).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|e| Stop::usage(format!("cannot read: {e}")))?;
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

/// Links to folders and to manifests are refused: what they lead to would be left out by one reader and taken in by
/// another, and nobody would see that a `deny` or a test is missing.
fn linked(entry: &DirEntry) -> Result<(), Stop> {
    let path = entry.path();
    // Names with a dot in front are never read, whatever they are: editors keep their locks as broken links.
    let hidden = entry.file_name().to_string_lossy().starts_with('.');
    if entry.depth() > 0
        && !hidden
        && entry.path_is_symlink()
        && (path.is_dir() || entry.file_name() == MANIFEST || !path.exists())
    {
        return Err(Stop::usage(format!(
            "{} is a link; packages and their folders are real ones\nhelp: copy what it leads to, or name that path instead",
            path.display()
        )));
    }
    Ok(())
}

/// Folders that never hold packages of the user's.
pub(crate) fn skipped(path: &Path) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| n.starts_with('.') || n == "target" || n == "node_modules")
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Stop {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    Stop::usage(format!("cannot read {}: {why}", path.display()))
}

/// Reads a file as text. What is not UTF-8 becomes U+FFFD, which no policy may hold.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    std::fs::read(path).map_err(|e| unreadable(path, &e))
}

fn load(folder: &Path) -> Result<Loaded, Stop> {
    let manifest_path = folder.join(MANIFEST);
    let text = String::from_utf8_lossy(&read(&manifest_path)?).into_owned();
    let manifest: Manifest = toml::from_str(&text).map_err(|e| {
        Stop::usage(format!("{} is not understood: {}", shown(&manifest_path), e.to_string().trim_end()))
    })?;
    let name = &manifest.package.name;
    let word = |w: &str| {
        w.chars().next().is_some_and(|c| c.is_ascii_lowercase())
            && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !name.split('.').all(word) {
        return Err(Stop::usage(format!(
            "{}: `{name}` cannot name a package\nhelp: lower-case words of letters, digits and `_`, joined by dots: `example.refunds`",
            shown(&manifest_path)
        )));
    }
    if manifest.package.edition != EDITION {
        return Err(Stop::usage(format!(
            "{}: there is no edition `{}`\nhelp: this zt knows edition = \"{EDITION}\"",
            shown(&manifest_path),
            manifest.package.edition
        )));
    }
    let mut paths: Vec<PathBuf> = vec![];
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|e| Stop::usage(format!("cannot read: {e}")))?;
        let inside = entry.depth() > 0 && entry.file_type().is_dir();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if inside && (hidden || entry.path().join(MANIFEST).symlink_metadata().is_ok()) {
            // A package inside of a package is one of its own.
            walk.skip_current_dir();
            continue;
        }
        linked(&entry)?;
        if is_policy(entry.path()) && !entry.file_type().is_dir() {
            paths.push(entry.into_path());
        }
    }
    if paths.is_empty() {
        return Err(Stop::nothing(format!("package {} has no .zt files", folder.display())));
    }
    let db = Database::default();
    let mut files: Vec<SourceFile> = vec![];
    for path in &paths {
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        files.push(SourceFile::new(&db, Arc::from(shown(path)), text));
    }
    let name: Arc<str> = Arc::from(name.as_str());
    let libraries = standard(&db, files.iter().map(|file| file.text(&db).as_str()));
    let facts: Vec<DataFile> = data_paths(&db, &files)
        .into_iter()
        .filter(|path| path_mistake(path).is_none())
        .map(|path| {
            let text = data::read(folder, &path, MANIFEST);
            DataFile::new(&db, path.clone(), Arc::from(shown(&folder.join(&*path))), text)
        })
        .collect();
    let package = Package::builder(name.clone(), files, libraries).data(facts).new(&db);
    let sources = Sources::of(&db, package);
    Ok(Loaded { folder: folder.to_owned(), name, db, package, sources, files: paths.len() })
}

/// The time of this machine, in microseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A path as messages show it.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
