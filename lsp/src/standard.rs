//! The packages that ship with zt as files, for editors that jump to what these declare.
//!
//! They are written into the user's cache when somebody first asks for one. An editor that opens one is told what it is,
//! and nobody checks it: what zt goes by is what is compiled into it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zt_lang::db::STANDARD;

/// The folder for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    folder: Option<PathBuf>,
}

impl Shelf {
    /// In the user's cache, if there is one.
    pub(crate) fn of_the_user() -> Self {
        let own = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = own("XDG_CACHE_HOME").or_else(|| own("HOME").map(|home| home.join(".cache")));
        Shelf { folder: cache.map(|cache| cache.join("zt").join(concat!("std-", env!("CARGO_PKG_VERSION")))) }
    }

    /// A file with the text of a package that ships with zt, by the path that messages show; nothing if it is not one,
    /// or cannot be written.
    pub(crate) fn file(&self, shown: &str, text: &str) -> Option<PathBuf> {
        let name = shown.strip_prefix(STANDARD)?;
        let folder = self.folder.as_deref()?;
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Some(path);
        }
        fs::create_dir_all(folder).ok()?;
        // Whole or not at all: another server may read it at the same time.
        let half = folder.join(format!(".{name}.{}", std::process::id()));
        write(&half, text).and_then(|()| fs::rename(&half, &path)).ok()?;
        Some(path)
    }

    /// What messages call a file on the shelf.
    pub(crate) fn shown(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(self.folder.as_deref()?).ok()?;
        Some(format!("{STANDARD}{}", name.to_str()?))
    }
}

/// Writes a file that an editor opens for reading only.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}
