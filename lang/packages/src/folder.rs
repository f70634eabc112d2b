//! Folders and files of packages: which are read, and what stands in them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use crate::failure::Failure;

/// The name of the file that makes a folder a package.
pub const MANIFEST: &str = "zt.toml";

/// Whether a path names a policy. One that cannot be read still does: a missing deny must not go unnoticed.
/// Names with a dot in front are editors' own.
#[must_use]
pub fn is_policy(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zt")) && !hidden
}

/// Links to folders and to manifests are refused: what they lead to would be left out by one reader and taken in by
/// another, and nobody would see that a `deny` or a test is missing.
///
/// # Errors
/// If an entry is such a link.
pub fn linked(entry: &DirEntry) -> Result<(), Failure> {
    let path = entry.path();
    // Names with a dot in front are never read, whatever they are: editors keep their locks as broken links.
    let hidden = entry.file_name().to_string_lossy().starts_with('.');
    if entry.depth() > 0
        && !hidden
        && entry.path_is_symlink()
        && (path.is_dir() || entry.file_name() == MANIFEST || !path.exists())
    {
        return Err(Failure::unreadable(format!(
            "{} is a link; packages and their folders are real ones\nhelp: copy what it leads to, or name that path instead",
            path.display()
        )));
    }
    Ok(())
}

/// Folders that never hold packages of the user's.
#[must_use]
pub fn skipped(path: &Path) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| n.starts_with('.') || n == "target" || n == "node_modules")
}

/// Why a path cannot be read, in words.
#[must_use]
pub fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    Failure::unreadable(format!("cannot read {}: {why}", path.display()))
}

/// Reads a file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| unreadable(path, &e))
}

/// The folder of the package that a file would belong to: the nearest one above it with a manifest. What lies in a folder
/// whose name begins with a dot belongs to none beyond that.
#[must_use]
pub fn home(path: &Path) -> Option<PathBuf> {
    for folder in path.ancestors().skip(1) {
        if folder.join(MANIFEST).symlink_metadata().is_ok() {
            return Some(folder.to_owned());
        }
        if folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            return None;
        }
    }
    None
}

/// The policies of a package, in the order of their paths: those of packages within it are their own. One that is open
/// in an editor and not yet on the disk is among them.
///
/// # Errors
/// If a folder cannot be read, or there is a link where none may be.
pub fn policies(folder: &Path, open: &Open) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = vec![];
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|e| Failure::unreadable(format!("cannot read: {e}")))?;
        let inside = entry.depth() > 0 && entry.file_type().is_dir();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if inside && (hidden || entry.path().join(MANIFEST).symlink_metadata().is_ok()) {
            walk.skip_current_dir();
            continue;
        }
        linked(&entry)?;
        if is_policy(entry.path()) && !entry.file_type().is_dir() {
            paths.push(entry.into_path());
        }
    }
    let new = open.keys().filter(|path| is_policy(path) && home(path).as_deref() == Some(folder));
    let new: Vec<PathBuf> = new.filter(|path| path.symlink_metadata().is_err()).cloned().collect();
    if !new.is_empty() {
        paths.extend(new);
        paths.sort();
    }
    Ok(paths)
}

/// What editors hold of files that are open in them, by path: it stands in the place of what the disk says.
pub type Open = BTreeMap<PathBuf, Arc<str>>;

/// A file as text. What is not UTF-8 becomes U+FFFD, which neither a policy nor a manifest may hold.
///
/// # Errors
/// If it cannot be read.
pub fn text(path: &Path, open: &Open) -> Result<String, Failure> {
    match open.get(path) {
        Some(text) => Ok(text.to_string()),
        None => Ok(String::from_utf8_lossy(&read(path)?).into_owned()),
    }
}

/// A path without `.` and, as far as names stand before them, without `..`.
#[must_use]
pub fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// A path as messages show it.
#[must_use]
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
