//! Data files: only those that items name, and only within the package's own folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zt_lang::data::{MAX_BYTES, Unread};

use crate::folder::Open;

/// Reads the data file at a path that can name one, or says why not. A folder with a file of the name `manifest` in it is
/// another package's. One that is open in an editor is as it stands there.
pub(crate) fn read(folder: &Path, path: &str, manifest: &str, open: &Open) -> Result<String, Unread> {
    let mut at = folder.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        // No link on the way: what is read lies where it is named.
        let kind = fs::symlink_metadata(&at).map_err(|e| refused(&e))?.file_type();
        if kind.is_symlink() {
            return Err(Unread::Link);
        }
        let last = parts.peek().is_none();
        if last != kind.is_file() {
            return Err(if last { Unread::NotAFile } else { Unread::Missing });
        }
        if !last && at.join(manifest).symlink_metadata().is_ok() {
            return Err(Unread::Foreign);
        }
    }
    if let Some(text) = open.get(&at) {
        return if text.len() > MAX_BYTES { Err(Unread::TooLarge(text.len() as u64)) } else { Ok(text.to_string()) };
    }
    let file = File::open(&at).map_err(|e| refused(&e))?;
    let size = file.metadata().map_err(|e| refused(&e))?.len();
    let most = MAX_BYTES as u64;
    if size > most {
        return Err(Unread::TooLarge(size));
    }
    let mut bytes = vec![];
    // A file may grow while it is read.
    let read = file.take(most + 1).read_to_end(&mut bytes).map_err(|e| refused(&e))?;
    if read as u64 > most {
        return Err(Unread::TooLarge(read as u64));
    }
    String::from_utf8(bytes).map_err(|e| Unread::NotText(e.utf8_error().valid_up_to()))
}

fn refused(error: &io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::NotFound => Unread::Missing,
        io::ErrorKind::PermissionDenied => Unread::Refused("permission denied".to_owned()),
        _ => Unread::Refused(error.to_string()),
    }
}
