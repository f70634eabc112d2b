//! A package with what it uses, as texts: `zt.toml`, the files beside it, and the packages that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use zt_lang::check::package::Located;
use zt_lang::diagnostic::{Code, Diagnostic};
use zt_lang::manifest::{self, Dependency, Manifest, Settings};
use zt_lang::span::Span;

use crate::failure::Failure;
use crate::folder::{MANIFEST, Open, policies, shown, text, tidy, unreadable};

/// A package and those that it uses, as they stand in their folders.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The package itself.
    pub root: Part,
    /// What it uses, by name.
    pub used: Vec<Part>,
    /// Every manifest that was read, for reports: its path as messages show it, and its text.
    pub manifests: Vec<(Arc<str>, String)>,
    /// What is wrong with them. Then what is used may be missing.
    pub mistakes: Vec<Located>,
}

/// The texts of one package.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub name: Arc<str>,
    /// Its folder, as the user would name it.
    pub folder: PathBuf,
    /// Its policies in the order of their paths, each with its path as messages show it.
    pub texts: Vec<(Arc<str>, String)>,
    /// How it is checked.
    pub settings: Settings,
}

/// A manifest and where it was found.
struct Found {
    manifest: Manifest,
    /// The file, as messages show it.
    file: Arc<str>,
}

/// What was found so far of the packages that one uses.
struct Bundle<'o> {
    open: &'o Open,
    /// By folder.
    used: BTreeMap<PathBuf, Part>,
    /// The folders whose manifests were read.
    seen: BTreeSet<PathBuf>,
    manifests: Vec<(Arc<str>, String)>,
    mistakes: Vec<Located>,
}

/// Reads the package of a folder and those that it uses.
///
/// # Errors
/// If a file cannot be read, or there is no policy. What is wrong with a manifest is among the mistakes.
pub fn gather(folder: &Path, open: &Open) -> Result<Gathered, Failure> {
    let mut bundle = Bundle { open, used: BTreeMap::new(), seen: BTreeSet::new(), manifests: vec![], mistakes: vec![] };
    let root = bundle.open(folder)?;
    let texts = texts(folder, open)?;
    if texts.is_empty() && bundle.mistakes.is_empty() {
        return Err(Failure::nothing(format!("package {} has no .zt files", folder.display())));
    }
    let name: Arc<str> = root.manifest.name.clone().unwrap_or_else(|| shown(folder).into());
    if bundle.mistakes.is_empty() {
        let mut within = vec![(real(folder)?, name.clone())];
        bundle.gather(&root, folder, &mut within)?;
    }
    let mut used: Vec<Part> = bundle.used.into_values().collect();
    used.sort_by(|a, b| a.name.cmp(&b.name));
    let mut mistakes = bundle.mistakes;
    mistakes.sort_by(|a, b| (&a.file, a.diagnostic.span.start).cmp(&(&b.file, b.diagnostic.span.start)));
    let root = Part { name, folder: folder.to_owned(), texts, settings: root.manifest.settings };
    Ok(Gathered { root, used, manifests: bundle.manifests, mistakes })
}

/// The policies of a folder, each with its path as messages show it.
fn texts(folder: &Path, open: &Open) -> Result<Vec<(Arc<str>, String)>, Failure> {
    policies(folder, open)?.iter().map(|path| Ok((Arc::from(shown(path)), text(path, open)?))).collect()
}

/// Which folder it is, however it is named.
fn real(folder: &Path) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|e| unreadable(folder, &e))
}

impl Bundle<'_> {
    /// Reads the manifest of a folder; its mistakes are the bundle's.
    fn open(&mut self, folder: &Path) -> Result<Found, Failure> {
        let path = folder.join(MANIFEST);
        let text = text(&path, self.open)?;
        let file: Arc<str> = shown(&path).into();
        let mut manifest = manifest::parse(&text);
        self.manifests.push((file.clone(), text));
        let mistakes = std::mem::take(&mut manifest.diagnostics);
        let located = |diagnostic| Located { file: file.clone(), offset: 0, diagnostic };
        self.mistakes.extend(mistakes.into_iter().map(located));
        Ok(Found { manifest, file })
    }

    /// Reads what a package uses, and what that uses. `within` are the packages on the way here.
    fn gather(&mut self, of: &Found, folder: &Path, within: &mut Vec<(PathBuf, Arc<str>)>) -> Result<(), Failure> {
        for dependency in &of.manifest.dependencies {
            let path = tidy(&folder.join(&dependency.path));
            if let Some((message, label, help)) = unusable(dependency, folder, &path) {
                self.report(of, dependency.path_span, message, label, &help);
                continue;
            }
            let real = real(&path)?;
            if let Some(at) = within.iter().position(|(known, _)| *known == real) {
                let names = within.get(at..).unwrap_or_default().iter().map(|(_, name)| &**name);
                let circle: Vec<&str> = names.chain([&*dependency.name]).collect();
                let message = format!("packages use each other in a circle: {}", circle.join(", "));
                let help = "put what both need into a package of its own";
                self.report(of, dependency.name_span, message, "leads back", help);
                continue;
            }
            let known = self.used.get(&real).map(|used| used.name.clone());
            let name = match known {
                Some(name) => name,
                // What is wrong with it is told once, wherever it is used.
                None if !self.seen.insert(real.clone()) => continue,
                None => match self.add(&path, &real, within)? {
                    Some(name) => name,
                    None => continue,
                },
            };
            let all = self.used.iter().map(|(folder, used)| (folder, &used.name));
            let twice = all.chain(within.iter().map(|(folder, name)| (folder, name)));
            let twice = twice.into_iter().any(|(folder, other)| *other == name && *folder != real);
            let bare = self.used.get(&real).is_some_and(|used| used.texts.is_empty());
            if twice {
                let message = format!("two packages are called `{name}`");
                self.report(
                    of,
                    dependency.path_span,
                    message,
                    "one of them",
                    "give each a name of its own in its `zt.toml`",
                );
            } else if bare {
                let message = format!("`{}` has no .zt files", dependency.path);
                self.report(of, dependency.path_span, message, "nothing to use", "remove it, or name another folder");
            } else if name != dependency.name {
                let message = format!("the package at `{}` is called `{name}`", dependency.path);
                let help = format!("write `{name} = {{ path = \"{}\" }}`", dependency.path);
                self.report(of, dependency.name_span, message, "another name", &help);
            }
        }
        Ok(())
    }

    /// Adds the package of a folder and what it uses; gives its name, unless its manifest is wrong.
    fn add(
        &mut self,
        path: &Path,
        real: &Path,
        within: &mut Vec<(PathBuf, Arc<str>)>,
    ) -> Result<Option<Arc<str>>, Failure> {
        let before = self.mistakes.len();
        let found = self.open(path)?;
        let Some(name) = found.manifest.name.clone().filter(|_| self.mistakes.len() == before) else {
            return Ok(None);
        };
        let texts = texts(path, self.open)?;
        let used =
            Part { name: name.clone(), folder: path.to_owned(), texts, settings: found.manifest.settings.clone() };
        self.used.insert(real.to_owned(), used);
        within.push((real.to_owned(), name.clone()));
        self.gather(&found, path, within)?;
        within.pop();
        Ok(Some(name))
    }

    fn report(&mut self, of: &Found, span: Span, message: String, label: &str, help: &str) {
        let diagnostic = Diagnostic::new(Code::BadDependency, span, message).label(label).help(help);
        self.mistakes.push(Located { file: of.file.clone(), offset: 0, diagnostic });
    }
}

/// Why a dependency's folder cannot be one: what is wrong, what stands there, what to do.
fn unusable(dependency: &Dependency, folder: &Path, path: &Path) -> Option<(String, &'static str, String)> {
    let named = &dependency.path;
    let package = format!("name the folder of `{}`, the one with {MANIFEST}", dependency.name);
    let mut at = folder.to_owned();
    let link = Path::new(named).components().any(|part| {
        at.push(part);
        matches!(part, Component::Normal(_)) && at.is_symlink()
    });
    if link {
        let help = format!("name the folder that {} leads to", shown(&tidy(&at)));
        return Some((format!("`{named}` leads through a link"), "folders of packages are real ones", help));
    }
    if !path.is_dir() {
        return Some((format!("there is no folder `{named}`"), "not found", package));
    }
    let manifest = path.join(MANIFEST);
    if manifest.is_symlink() || !manifest.is_file() {
        return Some((format!("`{named}` is no package"), "it has no `zt.toml`", package));
    }
    None
}
