//! Packages in a database, and kept there as their files change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use salsa::Setter as _;
use zt_lang::data::{MAX_BYTES, Unread, path_mistake};
use zt_lang::db::{DataFile, Database, Library, Package, SourceFile, data_paths, standard};

use crate::data;
use crate::folder::{MANIFEST, Open, shown};
use crate::gather::{Gathered, Part};

/// A database and what was put into it. A file that several packages use stands there once.
#[derive(Default)]
pub struct Store {
    /// The database.
    pub db: Database,
    /// By their paths, as messages show them.
    files: BTreeMap<Arc<str>, SourceFile>,
    data: BTreeMap<Arc<str>, DataFile>,
    /// By folder.
    libraries: BTreeMap<PathBuf, Library>,
    /// The packages that ship with zt, once one of them is used.
    standard: Vec<Library>,
}

/// A package in the database of a [`Store`].
#[derive(Clone)]
pub struct Placed {
    /// The package.
    pub package: Package,
    /// Its own folder and files.
    root: Place,
    /// The packages that it uses, but for those of zt.
    used: Vec<(Library, Place)>,
}

impl Placed {
    /// Whether a file is the package's own, or of one that it uses.
    #[must_use]
    pub fn holds(&self, file: SourceFile) -> bool {
        let used = self.used.iter().map(|(_, place)| place);
        std::iter::once(&self.root).chain(used).any(|place| place.files.contains(&file))
    }
}

/// The files of a package.
#[derive(Clone)]
struct Place {
    folder: PathBuf,
    files: Vec<SourceFile>,
}

impl Place {
    fn data(&self, store: &mut Store, open: &Open, read: Read) -> Vec<DataFile> {
        let named = data_paths(&store.db, &self.files);
        named.iter().filter(|p| path_mistake(p).is_none()).map(|p| store.facts(&self.folder, p, open, read)).collect()
    }
}

/// Which data files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// All that are named.
    All,
    /// Those that were not read before.
    New,
}

impl Store {
    /// A store on a database that was made elsewhere.
    #[must_use]
    pub fn on(db: Database) -> Self {
        Store { db, ..Store::default() }
    }

    /// Puts a package and what it uses into the database. What is there already and says the same stays as it is, so
    /// that nothing is checked again which did not change. `before` is where the package was.
    pub fn place(&mut self, gathered: &Gathered, open: &Open, before: Option<Placed>) -> Placed {
        let root = self.part(&gathered.root);
        let used = gathered.used.iter().map(|part| {
            let place = self.part(part);
            let library = match self.libraries.get(&part.folder) {
                Some(library) => *library,
                None => {
                    let new = Library::new(&self.db, part.name.clone(), place.files.clone());
                    self.libraries.insert(part.folder.clone(), new);
                    new
                }
            };
            if *library.name(&self.db) != part.name {
                library.set_name(&mut self.db).to(part.name.clone());
            }
            if *library.files(&self.db) != place.files {
                library.set_files(&mut self.db).to(place.files.clone());
            }
            if *library.settings(&self.db) != part.settings {
                library.set_settings(&mut self.db).to(part.settings.clone());
            }
            (library, place)
        });
        let used = used.collect();
        let package = match before {
            Some(before) => before.package,
            None => Package::new(&self.db, gathered.root.name.clone(), root.files.clone(), vec![]),
        };
        if *package.name(&self.db) != gathered.root.name {
            package.set_name(&mut self.db).to(gathered.root.name.clone());
        }
        if *package.files(&self.db) != root.files {
            package.set_files(&mut self.db).to(root.files.clone());
        }
        if *package.settings(&self.db) != gathered.root.settings {
            package.set_settings(&mut self.db).to(gathered.root.settings.clone());
        }
        let placed = Placed { package, root, used };
        self.follow(&placed, open, Read::All);
        placed
    }

    /// Replaces the text of a file, policy or data, wherever it is used; `false` if no package here has such a file.
    pub fn edit(&mut self, file: &str, text: &str) -> bool {
        let source = self.files.get(file).copied();
        if let Some(source) = source
            && source.text(&self.db) != text
        {
            source.set_text(&mut self.db).to(text.to_owned());
        }
        let data = self.data.get(file).copied();
        let said = if text.len() > MAX_BYTES { Err(Unread::TooLarge(text.len() as u64)) } else { Ok(text.to_owned()) };
        if let Some(data) = data
            && *data.text(&self.db) != said
        {
            let _before = data.set_text(&mut self.db).to(said);
        }
        source.is_some() || data.is_some()
    }

    /// Takes in what a package's texts newly speak of, after an edit: data files, packages that ship with zt.
    pub fn refresh(&mut self, placed: &Placed, open: &Open) {
        self.follow(placed, open, Read::New);
    }

    /// The source file at a path, as messages show it.
    #[must_use]
    pub fn file(&self, shown: &str) -> Option<SourceFile> {
        self.files.get(shown).copied()
    }

    fn part(&mut self, part: &Part) -> Place {
        let files = part.texts.iter().map(|(path, text)| match self.files.get(path) {
            Some(known) => {
                if known.text(&self.db) != text {
                    known.set_text(&mut self.db).to(text.clone());
                }
                *known
            }
            None => {
                let new = SourceFile::new(&self.db, path.clone(), text.clone());
                self.files.insert(path.clone(), new);
                new
            }
        });
        Place { files: files.collect(), folder: part.folder.clone() }
    }

    fn follow(&mut self, placed: &Placed, open: &Open, read: Read) {
        let mut libraries = self.standard(placed);
        for (library, place) in &placed.used {
            let data = place.data(self, open, read);
            if *library.data(&self.db) != data {
                library.set_data(&mut self.db).to(data);
            }
            libraries.push(*library);
        }
        let data = placed.root.data(self, open, read);
        if *placed.package.data(&self.db) != data {
            placed.package.set_data(&mut self.db).to(data);
        }
        if *placed.package.libraries(&self.db) != libraries {
            placed.package.set_libraries(&mut self.db).to(libraries);
        }
    }

    fn standard(&mut self, placed: &Placed) -> Vec<Library> {
        let all = placed.root.files.iter().chain(placed.used.iter().flat_map(|(_, place)| &place.files));
        let texts: Vec<&str> = all.map(|file| file.text(&self.db).as_str()).collect();
        if self.standard.is_empty() {
            self.standard = standard(&self.db, texts);
            return self.standard.clone();
        }
        if texts.iter().any(|text| text.contains("std.")) { self.standard.clone() } else { vec![] }
    }

    fn facts(&mut self, folder: &Path, path: &Arc<str>, open: &Open, read: Read) -> DataFile {
        let at: Arc<str> = shown(&folder.join(&**path)).into();
        let known = self.data.get(&at).copied();
        if let Some(known) = known
            && read == Read::New
        {
            return known;
        }
        let text = data::read(folder, path, MANIFEST, open);
        if let Some(known) = known {
            if *known.text(&self.db) != text {
                let _before = known.set_text(&mut self.db).to(text);
            }
            return known;
        }
        let new = DataFile::new(&self.db, path.clone(), at.clone(), text);
        self.data.insert(at, new);
        new
    }
}
