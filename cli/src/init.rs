//! `zt init`: a package to start from.

use std::path::Path;

use zt_lang::manifest::EDITION;
use zt_stdlib::TEMPLATES;

use crate::args::InitArgs;
use crate::exit::{self, Stop};
use crate::output::print;
use zt_packages::folder::MANIFEST;

/// The file with a request to try.
const REQUEST: &str = "request.json";

pub(crate) fn run(args: &InitArgs) -> Result<u8, Stop> {
    let template = match &args.template {
        None => TEMPLATES.first(),
        Some(name) => TEMPLATES.iter().find(|t| t.name == name),
    };
    let Some(template) = template else {
        let known: Vec<String> = TEMPLATES.iter().map(|t| format!("  {}: {}", t.name, t.summary)).collect();
        return Err(Stop::usage(format!(
            "there is no template `{}`; the templates are\n{}",
            args.template.as_deref().unwrap_or_default(),
            known.join("\n")
        )));
    };
    let dir = &args.dir;
    let occupied = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
            return Err(Stop::usage(format!("{} is a file; a package is a folder", dir.display())));
        }
        Err(e) => return Err(Stop::usage(format!("cannot make a package in {}: {e}", dir.display()))),
    };
    if occupied {
        return Err(Stop::usage(format!("{} is not empty; nothing was written", dir.display())));
    }
    let name = package_name(dir);
    let manifest = format!("[package]\nname = \"{name}\"\nedition = \"{EDITION}\"\n");
    let file = format!("{}.zt", template.name);
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).map_err(|e| Stop::usage(format!("cannot write {}: {e}", path.display())))
    };
    std::fs::create_dir_all(dir).map_err(|e| Stop::usage(format!("cannot make {}: {e}", dir.display())))?;
    write(&dir.join(MANIFEST), &manifest)?;
    write(&dir.join(&file), &template.policy.replace("PACKAGE", &name))?;
    write(&dir.join(REQUEST), template.request)?;
    let shown = dir.display();
    print(&format!(
        "made package {name} in {shown}\n\n  {shown}/{MANIFEST}\n  {shown}/{file}\n  {shown}/{REQUEST}\n\nNext:\n  zt test {shown}      runs its tests on the compiled policy\n  zt check {shown}     looks for mistakes\n  zt eval {shown} --request {shown}/{REQUEST} --why\n"
    ));
    Ok(exit::OK)
}

/// A package's name from its folder's: what cannot stand in one becomes `_`.
fn package_name(dir: &Path) -> String {
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let folder = full.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words: Vec<String> = folder
        .split('.')
        .map(|w| w.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>())
        .map(|w| if w.starts_with(|c: char| c.is_ascii_lowercase()) { w } else { format!("p{w}") })
        .collect();
    words.join(".")
}
