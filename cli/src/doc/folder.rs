//! The folder that pages are put into: what `zt doc` wrote there before is replaced, anything else stays as it is.
//!
//! A list in the folder says which files are its own, by what they hold. A file that it does not list, or that holds
//! something else by now, is somebody's; a link is, too. Files are replaced by renaming, so that no link is followed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::html::Page;
use crate::exit::Stop;
use crate::output::harmless;

/// The file that lists what was written.
pub(crate) const LIST: &str = ".zt-doc";

/// Its first line.
const HEAD: &str = "What zt doc wrote into this folder. It replaces these files as long as they hold what they held.";

/// The name of a file while it is written.
const NEW: &str = ".zt-doc.new";

/// What a listed file may hold: one text, or two where writing was cut short.
type Listed = BTreeMap<String, BTreeSet<String>>;

/// Puts pages into a folder, and takes away those of an earlier run that there are no more. Gives the number of these.
///
/// # Errors
/// If there is something in the folder that is in the way and was not written here; then nothing is written. If a file
/// cannot be read or written.
pub(crate) fn write(folder: &Path, pages: &[Page]) -> Result<usize, Stop> {
    let listed = known(folder)?;
    let new: BTreeMap<&str, String> = pages.iter().map(|page| (&*page.name, digest(page.text.as_bytes()))).collect();
    let mut gone = vec![];
    for name in listed.keys().map(String::as_str).chain(new.keys().copied()).collect::<BTreeSet<_>>() {
        let there = ours(folder, name, &listed)?;
        if there && !new.contains_key(name) {
            gone.push(name);
        }
    }
    fs::create_dir_all(folder).map_err(|e| failed("make", folder, &e))?;
    // While pages change, the list has both what they held and what they will.
    let mut both = listed.clone();
    for (name, digest) in &new {
        both.entry((*name).to_owned()).or_default().insert(digest.clone());
    }
    put(folder, LIST, &list(&both))?;
    for page in pages {
        put(folder, &page.name, &page.text)?;
    }
    for name in &gone {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|e| failed("remove", &path, &e))?;
    }
    let now = new.into_iter().map(|(name, digest)| (name.to_owned(), BTreeSet::from([digest]))).collect();
    put(folder, LIST, &list(&now))?;
    Ok(gone.len())
}

/// What an earlier run wrote into the folder.
fn known(folder: &Path) -> Result<Listed, Stop> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            // A link that leads nowhere is not followed to where it would make a folder.
            return match fs::symlink_metadata(folder) {
                Err(_) => Ok(Listed::new()),
                Ok(_) => {
                    Err(Stop::usage(format!("{} is a link that leads nowhere; nothing was written", shown(folder))))
                }
            };
        }
        Err(e) if e.kind() == ErrorKind::NotADirectory => {
            return Err(Stop::usage(format!("{} is a file; pages are put into a folder", shown(folder))));
        }
        Err(e) => return Err(failed("read", folder, &e)),
    };
    let path = folder.join(LIST);
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_file() => {
            let text = fs::read_to_string(&path).map_err(|e| failed("read", &path, &e))?;
            parse(&text).ok_or_else(|| foreign(&path, "is not a list that zt doc wrote"))
        }
        Ok(_) => Err(foreign(&path, "is no file")),
        Err(_) if entries.next().is_none() => Ok(Listed::new()),
        Err(_) => Err(Stop::usage(format!(
            "{} is not empty, and zt doc did not write what is in it; nothing was written\n\
             help: name another folder with `-o DIR`, or empty this one",
            shown(folder)
        ))),
    }
}

/// Whether there is a file of this name that was written here. What was not is in the way.
fn ours(folder: &Path, name: &str, listed: &Listed) -> Result<bool, Stop> {
    let path = folder.join(name);
    let meta = match fs::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(failed("read", &path, &e)),
    };
    let Some(held) = listed.get(name) else { return Err(foreign(&path, "was not written by zt doc")) };
    if !meta.is_file() {
        return Err(foreign(&path, if meta.is_symlink() { "is a link by now" } else { "is no file by now" }));
    }
    let bytes = fs::read(&path).map_err(|e| failed("read", &path, &e))?;
    if !held.contains(&digest(&bytes)) {
        return Err(foreign(&path, "was changed since zt doc wrote it"));
    }
    Ok(true)
}

/// Writes a file beside its place and moves it there.
fn put(folder: &Path, name: &str, text: &str) -> Result<(), Stop> {
    let (new, path) = (folder.join(NEW), folder.join(name));
    let write = || {
        // One that a run left behind which was cut short; a link is removed, not followed.
        match fs::remove_file(&new) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        drop(file);
        fs::rename(&new, &path)
    };
    write().map_err(|e| failed("write", &path, &e))
}

fn list(all: &Listed) -> String {
    let mut out = format!("{HEAD}\n");
    for (name, digests) in all {
        digests.iter().for_each(|digest| out.push_str(&format!("{digest} {name}\n")));
    }
    out
}

/// A list; none of a text that is not one. Names lead to nothing but files in the folder.
fn parse(text: &str) -> Option<Listed> {
    let mut lines = text.lines();
    if lines.next() != Some(HEAD) {
        return None;
    }
    let mut out = Listed::new();
    for line in lines {
        let (digest, name) = line.split_once(' ')?;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let named = name.ends_with(".html") && !name.starts_with('.') && name.bytes().all(plain);
        if digest.len() != 64 || !digest.bytes().all(hex) || !named {
            return None;
        }
        out.entry(name.to_owned()).or_default().insert(digest.to_owned());
    }
    Some(out)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shown(path: &Path) -> String {
    harmless(&path.display().to_string())
}

fn foreign(path: &Path, what: &str) -> Stop {
    Stop::usage(format!(
        "{} {what}; nothing was written\nhelp: move it away, or name another folder with `-o DIR`",
        shown(path)
    ))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Stop {
    Stop::usage(format!("cannot {what} {}: {error}", shown(path)))
}
