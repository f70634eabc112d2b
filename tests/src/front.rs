//! A text through the front end, its mistakes with lines and columns.

use std::fmt;
use std::ops::Range;

use zt_lang::check::package::{self, Located};
use zt_lang::db::{DataFile, Database, Library, Package, SourceFile, standard};
use zt_lang::diagnostic::Diagnostic;
use zt_lang::span::Span;

/// The name of the file in tests of one file.
pub const FILE: &str = "policy.zt";
/// The name of the package in tests.
pub const PACKAGE: &str = "example";

/// What stands before the name and the content of a data file, in comments of generated texts.
pub const DATA: &str = "// data: ";

/// The data files that stand in comments of a text: names and contents.
#[must_use]
pub fn data_in(text: &str) -> Vec<(String, String)> {
    let file = |line: &str| {
        let (name, content) = line.trim().strip_prefix(DATA)?.split_once(' ')?;
        Some((name.to_owned(), serde_json::from_str(content).ok()?))
    };
    text.lines().filter_map(file).collect()
}

/// The packages of one text: the first is the root, each begins with its `package`. Names and where they stand.
#[must_use]
pub fn packages_in(text: &str) -> Vec<(&str, Range<usize>)> {
    const WORD: &str = "package ";
    let mut starts: Vec<usize> = text.match_indices(&format!("\n{WORD}")).map(|(at, _)| at + 1).collect();
    if starts.is_empty() || text.starts_with(WORD) {
        starts.insert(0, 0);
    }
    // What stands before the first of them belongs to it.
    starts[0] = 0;
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let named = |part: &Range<usize>| {
        let at = text[part.clone()].find(WORD).map_or(part.end, |at| part.start + at + WORD.len());
        text[at..part.end].lines().next().unwrap_or_default().trim()
    };
    starts.iter().zip(ends).map(|(start, end)| *start..end).map(|part| (named(&part), part)).collect()
}

/// A database and the packages of one text, with the data files that stand in it. The root is called `example`; the file of
/// a package has its name.
#[must_use]
pub fn load_bundle(text: &str) -> (Database, Package) {
    let db = Database::default();
    let file = |path: &str, text: &str| SourceFile::new(&db, path.into(), text.to_owned());
    let data = |path: &str, text: &str| {
        let found = data_in(text).into_iter();
        found
            .map(|(name, content)| {
                DataFile::new(&db, name.as_str().into(), format!("{path}/{name}").into(), Ok(content))
            })
            .collect()
    };
    let mut libraries: Vec<Library> = standard(&db, [text]);
    let all = packages_in(text);
    for (name, part) in all.iter().skip(1) {
        let text = &text[part.clone()];
        let library = Library::builder((*name).into(), vec![file(name, text)]).data(data(name, text)).new(&db);
        libraries.push(library);
    }
    let text = all.first().map_or(text, |(_, part)| &text[part.clone()]);
    let package =
        Package::builder(PACKAGE.into(), vec![file(PACKAGE, text)], libraries).data(data(PACKAGE, text)).new(&db);
    (db, package)
}

/// Gives mistakes of packages that stand in one text their lines and columns in it.
#[must_use]
pub fn place_in_bundle(text: &str, mistakes: Vec<Located>) -> Vec<Found> {
    let all = packages_in(text);
    let found = |located: Located| {
        let named = |(at, (name, _)): &(usize, &(&str, Range<usize>))| *at > 0 && *name == &*located.file;
        let at = all.iter().enumerate().find(named).map_or(0, |(at, _)| at);
        let start = all.get(at).map_or(0, |(_, part)| part.start);
        let in_data = located.file.contains('/');
        let offset = located.offset.saturating_add(u32::try_from(start).unwrap_or(u32::MAX));
        // What is wrong in a data file has its place in that.
        if in_data {
            place("", vec![Located { offset: 0, diagnostic: unplaced(located.diagnostic), ..located }])
        } else {
            place(text, vec![Located { offset, ..located }])
        }
    };
    mistakes.into_iter().flat_map(found).collect()
}

fn unplaced(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { span: Span::default(), ..diagnostic }
}

/// A mistake, placed as an editor shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line on which it starts, from 1.
    pub line: usize,
    /// Its first column, from 1, counted in characters.
    pub from: usize,
    /// The column after its last, on the line on which it starts.
    pub to: usize,
    /// All that is known of it.
    pub located: Located,
}

impl Found {
    /// `ZT0203`
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.located.diagnostic.code.as_str()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = &self.located.diagnostic;
        write!(f, "{}:{}-{} {} {}", self.line, self.from, self.to, d.code.as_str(), d.message)?;
        if let Some(label) = &d.label {
            write!(f, "\n    here: {label}")?;
        }
        for r in &d.related {
            write!(f, "\n    there: {}", r.text)?;
        }
        if let Some(help) = &d.help {
            write!(f, "\n    help: {help}")?;
        }
        if let Some(fix) = &d.fix {
            write!(f, "\n    fix: {}: {:?}", fix.title, fix.text)?;
        }
        Ok(())
    }
}

/// A database and the package `example` with these files in it.
#[must_use]
pub fn load(files: &[(&str, &str)]) -> (Database, Package) {
    load_with(files, &[])
}

/// The same with data files.
#[must_use]
pub fn load_with(files: &[(&str, &str)], data: &[(&str, &str)]) -> (Database, Package) {
    let db = Database::default();
    let libraries = standard(&db, files.iter().map(|(_, text)| *text));
    let files = files.iter().map(|(path, text)| SourceFile::new(&db, (*path).into(), (*text).to_owned())).collect();
    let data =
        data.iter().map(|(path, text)| DataFile::new(&db, (*path).into(), (*path).into(), Ok((*text).to_owned())));
    let package = Package::builder(PACKAGE.into(), files, libraries).data(data.collect()).new(&db);
    (db, package)
}

/// A database and the package `example` of one file, with packages of one file each that it uses: names and texts.
#[must_use]
pub fn bundle(root: &str, libraries: &[(&str, &str)]) -> (Database, Package) {
    let db = Database::default();
    let file = |name: &str, text: &str| SourceFile::new(&db, format!("{name}.zt").into(), text.to_owned());
    let libraries =
        libraries.iter().map(|(name, text)| Library::new(&db, (*name).into(), vec![file(name, text)])).collect();
    let package = Package::new(&db, PACKAGE.into(), vec![file("root", root)], libraries);
    (db, package)
}

/// The mistakes of such a package, each as its code and its message.
#[must_use]
pub fn mistakes_of_bundle(root: &str, libraries: &[(&str, &str)]) -> Vec<String> {
    let (db, package) = bundle(root, libraries);
    let said = |l: Located| format!("{} {}", l.diagnostic.code.as_str(), l.diagnostic.message);
    package::diagnostics(&db, package).into_iter().map(said).collect()
}

/// The mistakes of a package of one file.
#[must_use]
pub fn mistakes(text: &str) -> Vec<Found> {
    mistakes_with(text, &[])
}

/// The mistakes of a package of one file and data files. Those in the latter have their places in them.
#[must_use]
pub fn mistakes_with(text: &str, data: &[(&str, &str)]) -> Vec<Found> {
    let (db, package) = load_with(&[(FILE, text)], data);
    let text_of = |file: &str| data.iter().find(|(path, _)| *path == file).map_or(text, |(_, text)| *text);
    let all = package::diagnostics(&db, package).into_iter();
    all.flat_map(|located| place(text_of(&located.file.clone()), vec![located])).collect()
}

/// What is found in a package of one file and data files: its mistakes, or what lints say.
#[must_use]
pub fn findings_with(text: &str, data: &[(&str, &str)]) -> Vec<Found> {
    let (db, package) = load_with(&[(FILE, text)], data);
    place(text, zt_lang::lint::findings(&db, package))
}

/// Gives mistakes their lines and columns.
#[must_use]
pub fn place(text: &str, mistakes: Vec<Located>) -> Vec<Found> {
    mistakes
        .into_iter()
        .map(|located| {
            let span = located.diagnostic.span.shifted(located.offset);
            let (start, end) = (span.start as usize, span.end as usize);
            let line_start = text[..start].rfind('\n').map_or(0, |n| n + 1);
            let line_end = text[start..].find('\n').map_or(text.len(), |n| start + n);
            Found {
                line: text[..start].matches('\n').count() + 1,
                from: text[line_start..start].chars().count() + 1,
                to: text[line_start..end.min(line_end)].chars().count() + 1,
                located,
            }
        })
        .collect()
}
