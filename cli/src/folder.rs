//! Folders and files of packages: which are read, and what stands in them.

use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::exit::Stop;

/// The name of the file that makes a folder a package.
pub(crate) const MANIFEST: &str = "zt.toml";

/// Whether a path names a policy. One that cannot be read still does: a missing deny must not go unnoticed.
/// Names with a dot in front are editors' own.
pub(crate) fn is_policy(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zt")) && !hidden
}

/// Links to folders and to manifests are refused: what they lead to would be left out by one reader and taken in by
/// another, and nobody would see that a `deny` or a test is missing.
pub(crate) fn linked(entry: &DirEntry) -> Result<(), Stop> {
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

/// The policies of a package, in the order of their paths: those of packages within it are their own.
pub(crate) fn policies(folder: &Path) -> Result<Vec<PathBuf>, Stop> {
    let mut paths: Vec<PathBuf> = vec![];
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|e| Stop::usage(format!("cannot read: {e}")))?;
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
    Ok(paths)
}

/// A file as text. What is not UTF-8 becomes U+FFFD, which neither a policy nor a manifest may hold.
pub(crate) fn text(path: &Path) -> Result<String, Stop> {
    Ok(String::from_utf8_lossy(&read(path)?).into_owned())
}

/// A path without `.` and, as far as names stand before them, without `..`.
pub(crate) fn tidy(path: &Path) -> PathBuf {
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
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.strip_prefix("./").unwrap_or(&text).to_owned()
}
