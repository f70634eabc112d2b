//! What is told of a package: its mistakes, each in the units of the editor.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use zt_lang::check::package::Located;
use zt_lang::db::{Database, Package, STANDARD, all_files, items};
use zt_lang::diagnostic::{Code, Severity};
use zt_lang::lint::findings;
use zt_lang::span::{ItemKey, Span};

use crate::position::{Encoding, Lines, Position, Range};

/// Something to tell of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) range: Range,
    /// How seriously it is to be taken; what has none is good to know.
    pub(crate) severity: Option<Severity>,
    pub(crate) code: Option<Code>,
    pub(crate) message: String,
    /// Other places that matter.
    pub(crate) related: Vec<Related>,
    /// An edit that mends it.
    pub(crate) fix: Option<Fix>,
}

/// Another place that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Related {
    pub(crate) file: Arc<str>,
    pub(crate) range: Range,
    pub(crate) text: String,
}

/// An edit that mends a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fix {
    pub(crate) title: String,
    pub(crate) range: Range,
    pub(crate) text: String,
}

/// By file, as messages show it.
pub(crate) type Reports = BTreeMap<Arc<str>, Vec<Report>>;

/// A package as it is looked at: by its own folder, or for want of one by the file that is open.
#[derive(Clone)]
pub(crate) struct Project {
    /// Where its manifest is or would be.
    pub(crate) folder: PathBuf,
    /// Its place in the database, unless it could not be read at all.
    pub(crate) package: Option<Package>,
    /// What was read of manifests, and what is wrong with them.
    pub(crate) manifests: Arc<Vec<(Arc<str>, String)>>,
    pub(crate) mistakes: Arc<Vec<Located>>,
    /// Why it could not be read: told at this file.
    pub(crate) failure: Option<(Arc<str>, String)>,
    /// Whether nothing says that it is a package.
    pub(crate) lone: bool,
}

/// What there is to tell of some packages. What is wrong with a file is told by its own package first; another one that
/// uses it adds only what it alone knows.
pub(crate) fn reports(db: &Database, projects: &[Project], encoding: Encoding) -> Reports {
    let mut out = Reports::new();
    let each: Vec<(&Project, Reports)> = projects.iter().map(|p| (p, own(db, p, encoding))).collect();
    for at_home in [true, false] {
        for (project, reports) in &each {
            for (file, found) in reports {
                let inside = std::path::Path::new(&**file).starts_with(&project.folder);
                if inside != at_home {
                    continue;
                }
                let told = out.entry(file.clone()).or_default();
                let before = told.len();
                for report in found {
                    let known = |r: &Report| r.range == report.range && r.code == report.code;
                    // One package may say several things of one place.
                    if !told.iter().take(before).any(known) {
                        told.push(report.clone());
                    }
                }
            }
        }
    }
    for told in out.values_mut() {
        told.sort_by(|a, b| (a.range, a.code, &a.message).cmp(&(b.range, b.code, &b.message)));
        told.dedup();
    }
    out
}

fn own(db: &Database, project: &Project, encoding: Encoding) -> Reports {
    let mut out = Reports::new();
    if let Some((file, message)) = &project.failure {
        let report = Report {
            range: Range::default(),
            severity: Some(Severity::Error),
            code: None,
            message: message.clone(),
            related: vec![],
            fix: None,
        };
        out.entry(file.clone()).or_default().push(report);
        return out;
    }
    let Some(package) = project.package else { return out };
    let desk = Desk { db, package, project, encoding };
    let mistakes = if project.mistakes.is_empty() { findings(db, package) } else { project.mistakes.to_vec() };
    let mut by_file: BTreeMap<Arc<str>, Vec<Located>> = BTreeMap::new();
    for located in mistakes {
        by_file.entry(located.file.clone()).or_default().push(located);
    }
    for (file, mistakes) in by_file {
        // What ships with zt is not the user's to mend.
        if file.starts_with(STANDARD) {
            continue;
        }
        let lines = Lines::new(desk.text(&file).unwrap_or_default(), encoding);
        let all = mistakes.iter().map(|located| desk.report(located, &lines)).collect();
        out.insert(file, all);
    }
    if project.lone {
        for file in package.files(db) {
            let first = file.text(db).lines().next().unwrap_or_default();
            let lines = Lines::new(file.text(db), encoding);
            let report = Report {
                range: lines.range(0, first.len()),
                severity: None,
                code: None,
                message: "this file belongs to no package: no folder above it has a `zt.toml`; it is checked with the \
                          files beside it that name the same package"
                    .to_owned(),
                related: vec![],
                fix: None,
            };
            out.entry(file.path(db).clone()).or_default().push(report);
        }
    }
    out
}

/// Texts and places of a package.
struct Desk<'a> {
    db: &'a Database,
    package: Package,
    project: &'a Project,
    encoding: Encoding,
}

impl Desk<'_> {
    fn text(&self, shown: &str) -> Option<&str> {
        text_of(self.db, self.package, shown)
            .or_else(|| self.project.manifests.iter().find(|(file, _)| **file == *shown).map(|(_, text)| text.as_str()))
    }

    fn report(&self, located: &Located, lines: &Lines<'_>) -> Report {
        let d = &located.diagnostic;
        let at = |span: Span| {
            let span = span.shifted(located.offset);
            lines.range(span.start as usize, span.end as usize)
        };
        let mut message = d.message.clone();
        for (what, more) in [("", &d.label), ("help: ", &d.help)] {
            if let Some(more) = more {
                message.push_str(&format!("\n{what}{more}"));
            }
        }
        let range = visible(at(d.span), lines);
        let related = d.related.iter().filter_map(|r| {
            let (file, span) = match &r.item {
                None => (located.file.clone(), r.span.shifted(located.offset)),
                Some(key) => (key.file.clone(), r.span.shifted(self.offset(key)?)),
            };
            let text = self.text(&file)?;
            let range = Lines::new(text, self.encoding).range(span.start as usize, span.end as usize);
            Some(Related { file, range, text: r.text.clone() })
        });
        let fix = d.fix.as_ref().map(|f| Fix { title: f.title.clone(), range: at(f.span), text: f.text.clone() });
        Report { range, severity: Some(d.severity), code: Some(d.code), message, related: related.collect(), fix }
    }

    fn offset(&self, key: &ItemKey) -> Option<u32> {
        let (library, file) = all_files(self.db, self.package).find(|(_, f)| *f.path(self.db) == key.file)?;
        let mut all = items(self.db, self.package, library, file).iter();
        all.find(|item| item.key(self.db) == key).map(|item| item.offset(self.db))
    }
}

/// The text of a file of a package, policy or data.
pub(crate) fn text_of<'db>(db: &'db Database, package: Package, shown: &str) -> Option<&'db str> {
    if let Some((_, file)) = all_files(db, package).find(|(_, f)| **f.path(db) == *shown) {
        return Some(file.text(db));
    }
    let used = package.libraries(db).iter().flat_map(|library| library.data(db));
    let mut data = package.data(db).iter().chain(used);
    data.find(|file| **file.shown(db) == *shown).and_then(|file| file.text(db).as_deref().ok())
}

/// An empty range marks nothing in most editors: it takes in the character that follows.
fn visible(range: Range, lines: &Lines<'_>) -> Range {
    if range.start != range.end {
        return range;
    }
    let next = Position { line: range.start.line, unit: range.start.unit.saturating_add(2) };
    let end = lines.position(lines.offset(next));
    Range { start: range.start, end: end.max(range.start) }
}
