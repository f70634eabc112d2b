//! From paths to packages, and from packages to decision points.

use std::path::{Path, PathBuf};

use zt_compiler::Bug;
use zt_lang::check::package::CheckedPackage;
use zt_runtime::Pdp;
use zt_runtime::image::Image;

use crate::exit::Stop;

pub use zt_packages::load::Loaded;

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
    let image = image(&checked)?;
    let pdp = Pdp::load(&image).map_err(Stop::bug)?;
    Ok(Compiled { checked, pdp })
}

/// Compiles a package to native code.
///
/// # Errors
/// Only by a bug of ours.
pub fn image(checked: &CheckedPackage) -> Result<Image, Stop> {
    zt_compiler::compile(checked).map_err(|bug: Bug| Stop::bug(bug))
}

/// Finds and loads the packages at some paths.
///
/// # Errors
/// If a path is missing or unreadable, a manifest is wrong, or there is no package.
pub fn packages(paths: &[PathBuf]) -> Result<Vec<Loaded>, Stop> {
    Ok(zt_packages::load::packages(paths)?)
}

/// Loads the one package at a path.
///
/// # Errors
/// As [`packages`], and if there are several.
pub fn one(path: &Path) -> Result<Loaded, Stop> {
    Ok(zt_packages::load::one(path)?)
}

/// The time of this machine, in microseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
