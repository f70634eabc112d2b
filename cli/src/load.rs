//! From paths to packages, and from packages to decision points.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use zt_compiler::Bug;
use zt_lang::check::package::CheckedPackage;
use zt_lang::manifest::EDITION;
use zt_runtime::Pdp;

use crate::bundle;
use crate::exit::Stop;
use crate::folder::{MANIFEST, is_policy, linked, skipped, unreadable};

pub use crate::bundle::Loaded;

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
    folders.iter().map(|folder| bundle::load(folder)).collect()
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

/// The time of this machine, in microseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
