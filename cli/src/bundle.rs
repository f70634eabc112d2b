//! A package with what it uses: `zt.toml`, the files beside it, and the packages that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use zt_lang::check::package::{CheckedPackage, Located};
use zt_lang::data::path_mistake;
use zt_lang::db::{DataFile, Database, Library, Package, SourceFile, data_paths, standard};
use zt_lang::diagnostic::{Code, Diagnostic};
use zt_lang::manifest::{self, Dependency, Manifest, Settings};
use zt_lang::render::Sources;
use zt_lang::span::Span;

use crate::data;
use crate::exit::Stop;
use crate::folder::{MANIFEST, policies, shown, text, tidy};

/// A package in the database.
pub struct Loaded {
    /// Its folder, as the user would name it.
    pub folder: PathBuf,
    /// Its name.
    pub name: Arc<str>,
    /// The database that holds it.
    pub db: Database,
    /// Its place there.
    pub package: Package,
    /// Its texts.
    pub sources: Sources,
    /// How many files it has.
    pub files: usize,
    /// What is wrong with its `zt.toml`, or with that of a package that it uses. Then nothing else was read.
    pub misconfigured: Vec<Located>,
}

impl Loaded {
    /// Checks it.
    ///
    /// # Errors
    /// Its mistakes.
    pub fn check(&self) -> Result<CheckedPackage, Vec<Located>> {
        if !self.misconfigured.is_empty() {
            return Err(self.misconfigured.clone());
        }
        zt_lang::check::package::package(&self.db, self.package)
    }

    /// Its mistakes.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Located> {
        if !self.misconfigured.is_empty() {
            return self.misconfigured.clone();
        }
        zt_lang::check::package::diagnostics(&self.db, self.package)
    }
}

/// A manifest and where it was found.
struct Found {
    manifest: Manifest,
    /// The file, as messages show it.
    file: Arc<str>,
}

/// What was found so far of the packages that one uses.
#[derive(Default)]
struct Bundle {
    /// By folder: what each is called, its texts, and how it is checked.
    used: BTreeMap<PathBuf, Used>,
    /// The folders whose manifests were read.
    seen: BTreeSet<PathBuf>,
    /// Every manifest, for reports.
    manifests: Vec<(Arc<str>, String)>,
    mistakes: Vec<Located>,
}

struct Used {
    name: Arc<str>,
    /// Its folder, as the user would name it.
    folder: PathBuf,
    texts: Vec<(Arc<str>, String)>,
    settings: Settings,
}

/// Loads the package of a folder and those that it uses.
///
/// # Errors
/// If a file cannot be read, or there is no policy. What is wrong with a manifest is told by the package.
pub(crate) fn load(folder: &Path) -> Result<Loaded, Stop> {
    let mut bundle = Bundle::default();
    let root = bundle.open(folder)?;
    let texts = texts(folder)?;
    if texts.is_empty() && bundle.mistakes.is_empty() {
        return Err(Stop::nothing(format!("package {} has no .zt files", folder.display())));
    }
    let name: Arc<str> = root.manifest.name.clone().unwrap_or_else(|| shown(folder).into());
    if bundle.mistakes.is_empty() {
        let mut within = vec![(real(folder)?, name.clone())];
        bundle.gather(&root, folder, &mut within)?;
    }

    let db = Database::default();
    let file = |(path, text): &(Arc<str>, String)| SourceFile::new(&db, path.clone(), text.clone());
    let all = texts.iter().chain(bundle.used.values().flat_map(|used| &used.texts));
    let mut libraries = standard(&db, all.map(|(_, text)| text.as_str()));
    let mut used: Vec<&Used> = bundle.used.values().collect();
    used.sort_by(|a, b| a.name.cmp(&b.name));
    for Used { name, folder, texts, settings } in used {
        let files: Vec<SourceFile> = texts.iter().map(file).collect();
        let data = facts(&db, folder, &files);
        libraries.push(Library::builder(name.clone(), files).data(data).settings(settings.clone()).new(&db));
    }
    let files: Vec<SourceFile> = texts.iter().map(file).collect();
    let count = files.len();
    let data = facts(&db, folder, &files);
    let package = Package::builder(name.clone(), files, libraries).data(data).settings(root.manifest.settings).new(&db);
    let mut sources = Sources::of(&db, package);
    bundle.manifests.iter().for_each(|(file, text)| sources.add(file, text));
    let mut misconfigured = bundle.mistakes;
    misconfigured.sort_by(|a, b| (&a.file, a.diagnostic.span.start).cmp(&(&b.file, b.diagnostic.span.start)));
    Ok(Loaded { folder: folder.to_owned(), name, db, package, sources, files: count, misconfigured })
}

/// The policies of a folder, each with its path as messages show it.
fn texts(folder: &Path) -> Result<Vec<(Arc<str>, String)>, Stop> {
    policies(folder)?.iter().map(|path| Ok((Arc::from(shown(path)), text(path)?))).collect()
}

/// The data files that some files of a package's folder name.
fn facts(db: &Database, folder: &Path, files: &[SourceFile]) -> Vec<DataFile> {
    let named = data_paths(db, files).into_iter().filter(|path| path_mistake(path).is_none());
    let read = named.map(|path| {
        let text = data::read(folder, &path, MANIFEST);
        DataFile::new(db, path.clone(), Arc::from(shown(&folder.join(&*path))), text)
    });
    read.collect()
}

/// Which folder it is, however it is named.
fn real(folder: &Path) -> Result<PathBuf, Stop> {
    folder.canonicalize().map_err(|e| crate::folder::unreadable(folder, &e))
}

impl Bundle {
    /// Reads the manifest of a folder; its mistakes are the bundle's.
    fn open(&mut self, folder: &Path) -> Result<Found, Stop> {
        let path = folder.join(MANIFEST);
        let text = text(&path)?;
        let file: Arc<str> = shown(&path).into();
        let mut manifest = manifest::parse(&text);
        self.manifests.push((file.clone(), text));
        let mistakes = std::mem::take(&mut manifest.diagnostics);
        let located = |diagnostic| Located { file: file.clone(), offset: 0, diagnostic };
        self.mistakes.extend(mistakes.into_iter().map(located));
        Ok(Found { manifest, file })
    }

    /// Reads what a package uses, and what that uses. `within` are the packages on the way here.
    fn gather(&mut self, of: &Found, folder: &Path, within: &mut Vec<(PathBuf, Arc<str>)>) -> Result<(), Stop> {
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
    ) -> Result<Option<Arc<str>>, Stop> {
        let before = self.mistakes.len();
        let found = self.open(path)?;
        let Some(name) = found.manifest.name.clone().filter(|_| self.mistakes.len() == before) else {
            return Ok(None);
        };
        let texts = texts(path)?;
        let used =
            Used { name: name.clone(), folder: path.to_owned(), texts, settings: found.manifest.settings.clone() };
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
