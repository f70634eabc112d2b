//! Data files: facts beside the policies, read strictly and with the place of everything in them.
//!
//! A file is CSV with a header, or JSON, an array of objects. Both become rows of named values; what types they
//! have to fit is the check's to say.

mod csv;
mod json;

use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::span::Span;

/// The most bytes of a data file.
pub const MAX_BYTES: usize = 16 << 20;
/// The most rows of a data file.
pub const MAX_ROWS: usize = 1 << 16;
/// How many mistakes are told of one data file. Who has more has made the same one over and over.
pub const MAX_MISTAKES: usize = 20;

/// Why a file that an item names could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is none.
    Missing,
    /// It is a link, or in a folder that is one: it may lead out of the package.
    Link,
    /// It is in the folder of a package within the package.
    Foreign,
    /// It is no file.
    NotAFile,
    /// It has more than [`MAX_BYTES`]: so many.
    TooLarge(u64),
    /// It is not UTF-8, from this byte on.
    NotText(usize),
    /// The system says this.
    Refused(String),
}

/// The rows of a data file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The columns, if the file names them once for all rows: names and places.
    pub header: Option<Vec<(Name, Span)>>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// What is wrong with the file itself. The rows are those that were understood.
    pub mistakes: Vec<Diagnostic>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The whole row.
    pub span: Span,
    /// What it says, in order. Of JSON a name may stand there twice.
    pub members: Vec<Member>,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub at: Span,
    /// The value.
    pub value: Spot,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Where it stands; never empty but at the end of a file.
    pub span: Span,
    /// The value.
    pub datum: Datum,
}

/// A value in a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datum {
    /// A cell of CSV: what it is, only its type can tell.
    Cell(String),
    /// A cell of CSV with nothing in it, not even quotes; `null` in JSON.
    Nothing,
    /// `true`, `false` in JSON.
    Bool(bool),
    /// A number in JSON, as it is spelled.
    Number(String),
    /// A string in JSON.
    Text(String),
    /// An array in JSON.
    List(Vec<Spot>),
    /// An object in JSON.
    Object(Vec<Member>),
}

/// Why a path cannot name a data file. One that can has folders and a file divided by `/`, all within the package, none
/// hidden, and ends in `.csv` or `.json`.
#[must_use]
pub fn path_mistake(path: &str) -> Option<&'static str> {
    if path.starts_with('/') || path.contains(['\\', ':']) {
        return Some("a data file is named by the way to it from the package's folder");
    }
    if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Some("a data file lies in the package's folder or below it, and is not hidden");
    }
    if path.chars().any(zt_values::is_hidden) {
        return Some("the name has a character that cannot be seen");
    }
    let known = [".csv", ".json"].iter().any(|end| path.len() > end.len() && path.ends_with(end));
    (!known).then_some("data files are CSV or JSON, and their names end in `.csv` or `.json`")
}

/// Reads a data file; the end of its name says how. Any text gives a sheet.
#[must_use]
pub fn read(path: &str, text: &str) -> Sheet {
    if let Some(mistake) = unreadable(text) {
        return Sheet { mistakes: vec![mistake], ..Sheet::default() };
    }
    let mut sheet = if path.ends_with(".json") { json::read(text) } else { csv::read(text) };
    sheet.mistakes.truncate(MAX_MISTAKES);
    sheet
}

/// What is wrong with a text in either language.
fn unreadable(text: &str) -> Option<Diagnostic> {
    if text.len() > MAX_BYTES {
        return Some(
            Diagnostic::new(Code::DataFile, Span::default(), format!("the data file has {} bytes", text.len()))
                .label(format!("at most {MAX_BYTES}"))
                .help("facts that are many come from a source: `from source NAME`"),
        );
    }
    text.starts_with('\u{feff}').then(|| {
        Diagnostic::new(Code::DataSyntax, Span::new(0, 3), "the data file starts with a mark that cannot be seen")
            .label("U+FEFF")
            .help("save it as UTF-8 without a byte order mark")
    })
}

/// Says that there are too many rows, at the first of them.
fn too_many_rows(span: Span) -> Diagnostic {
    Diagnostic::new(Code::DataFile, span, format!("the data file has more than {MAX_ROWS} rows"))
        .label("one too many")
        .help("facts that are many come from a source: `from source NAME`")
}

/// A range of bytes as a span; files are far smaller than 4 GiB.
fn span(start: usize, end: usize) -> Span {
    Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// The first character in a text that cannot be seen, and its place.
pub(crate) fn hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| zt_values::is_hidden(*c))
}

/// A character that cannot be seen, at its place.
fn unprintable(at: usize, c: char) -> Diagnostic {
    Diagnostic::new(
        Code::DataSyntax,
        span(at, at + c.len_utf8()),
        format!("the data file has the character U+{:04X}, which cannot be seen", u32::from(c)),
    )
    .label("here")
    .help("remove it: what nobody sees nobody has read")
}
