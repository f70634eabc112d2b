//! Folders with what `zt import` generates, and with packages that use it.

use std::path::Path;

use tempfile::TempDir;
use zt_cli::import::Imported;

use crate::command::{Outcome, zt};

/// Runs `zt` in a folder.
///
/// # Panics
/// If the binary cannot be run.
#[must_use]
pub fn run(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    zt(folder, args, stdin.as_bytes(), &[])
}

/// Writes a file in a folder, and the folders on the way to it.
///
/// # Panics
/// If it cannot be written.
pub fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
    std::fs::write(path, text).expect("the file can be written");
}

/// A package of what is generated, and one of one's own that uses it.
///
/// # Panics
/// If they cannot be written.
#[must_use]
pub fn packages(name: &str, own: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let tools = format!("[package]\nname = \"tools.{name}\"\nedition = \"2026\"\n");
    write(folder.path(), "tools/zt.toml", &tools);
    let own_manifest = format!(
        "[package]\nname = \"example.own\"\nedition = \"2026\"\n\n[dependencies]\n\"tools.{name}\" = {{ path = \"../tools\" }}\n"
    );
    write(folder.path(), "own/zt.toml", &own_manifest);
    write(folder.path(), "own/own.zt", own);
    folder
}

/// The text that came of an import, which has no mistakes.
///
/// # Panics
/// If it has some.
pub fn checked(done: &Imported) -> String {
    let text = done.text.clone().unwrap_or_else(|| panic!("{:?}", done.findings));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "p/zt.toml", "[package]\nname = \"tools.example\"\nedition = \"2026\"\n");
    write(folder.path(), "p/tools.zt", &text);
    for args in [["check", "p"].as_slice(), &["fmt", "--check", "p"]] {
        let out = run(folder.path(), args, "");
        let shown: String = text.chars().take(3_000).collect();
        assert_eq!(out.code, Some(0), "{args:?}\n{shown}\n{}{}", out.stdout, out.stderr);
    }
    text
}
