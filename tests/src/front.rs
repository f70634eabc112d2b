//! A text through the front end, its mistakes with lines and columns.

use std::fmt;

use zt_lang::check::package::{self, Located};
use zt_lang::db::{DataFile, Database, Package, SourceFile, standard};

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
