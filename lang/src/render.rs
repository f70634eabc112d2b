//! Mistakes and findings as people and programs read them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind};
use serde_json::{Value, json};

use crate::check::package::Located;
use crate::db::{Database, Package, all_files, items};
use crate::diagnostic::Severity;
use crate::span::{ItemKey, Span};

/// The texts of a package, its data files among them, and where its items stand in them.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: BTreeMap<Arc<str>, Arc<SourceText>>,
    offsets: BTreeMap<ItemKey, u32>,
}

/// A text, and what was found out about it when it was first asked for.
#[derive(Debug)]
struct SourceText {
    text: String,
    /// Where its lines start, in bytes.
    lines: OnceLock<Vec<usize>>,
    /// As it is shown.
    shown: OnceLock<ariadne::Source<String>>,
}

impl SourceText {
    fn new(text: &str) -> Arc<Self> {
        Arc::new(Self { text: text.to_owned(), lines: OnceLock::new(), shown: OnceLock::new() })
    }

    /// The number of the line that a byte is on, from 0, and where that starts.
    fn line(&self, at: usize) -> (usize, usize) {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = lines.partition_point(|start| *start <= at).saturating_sub(1);
        (line, lines[line])
    }

    /// How many characters stand before a byte of what is shown.
    fn chars_before(&self, at: usize) -> usize {
        let shown = self.shown();
        let Some((line, _, column)) = shown.get_byte_line(at) else { return 0 };
        let before =
            shown.get_line_text(line).and_then(|text| text.get(..column)).map_or(column, |t| t.chars().count());
        line.offset() + before
    }

    fn shown(&self) -> &ariadne::Source<String> {
        self.shown.get_or_init(|| ariadne::Source::from(shown_source(&self.text)))
    }
}

/// The texts that a finding shows parts of.
struct Shown<'a>(&'a Sources, ariadne::Source<String>);

impl ariadne::Cache<String> for Shown<'_> {
    type Storage = String;

    fn fetch(&mut self, file: &String) -> Result<&ariadne::Source<String>, impl std::fmt::Debug> {
        Ok::<_, std::convert::Infallible>(self.0.texts.get(file.as_str()).map_or(&self.1, |text| text.shown()))
    }

    fn display<'a>(&self, file: &'a String) -> Option<impl std::fmt::Display + 'a> {
        Some(Box::new(file))
    }
}

/// A line and a column, both from 1. Columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Something to show in a text.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `ZT0203`, or nothing for a finding that is no diagnostic.
    pub code: Option<&'static str>,
    /// How seriously it is taken.
    pub severity: Severity,
    /// The sentence on top.
    pub message: String,
    /// The places that matter, the first being where it is.
    pub places: Vec<PlaceNote>,
    /// What to do about it.
    pub help: Option<String>,
    /// More to know.
    pub notes: Vec<String>,
}

/// A place that matters to a finding.
#[derive(Debug, Clone)]
pub struct PlaceNote {
    /// The file.
    pub file: Arc<str>,
    /// Where in the file.
    pub span: Span,
    /// What stands there.
    pub text: Option<String>,
}

impl Sources {
    /// The texts of a package.
    #[must_use]
    pub fn of(db: &Database, package: Package) -> Self {
        let mut out = Sources::default();
        for (library, file) in all_files(db, package) {
            out.texts.insert(file.path(db).clone(), SourceText::new(file.text(db)));
            for item in items(db, package, library, file) {
                out.offsets.insert(item.key(db).clone(), item.offset(db));
            }
        }
        let used = package.libraries(db).iter().flat_map(|library| library.data(db));
        for file in package.data(db).iter().chain(used) {
            if let Ok(text) = file.text(db) {
                out.texts.insert(file.shown(db).clone(), SourceText::new(text));
            }
        }
        out
    }

    /// Adds a text that holds no items.
    pub fn add(&mut self, file: &str, text: &str) {
        self.texts.insert(file.into(), SourceText::new(text));
    }

    /// A place in an item as a place in its file.
    #[must_use]
    pub fn absolute(&self, item: &ItemKey, span: Span) -> Option<Span> {
        self.offsets.get(item).map(|offset| span.shifted(*offset))
    }

    /// The key of the item that starts with this word and name.
    #[must_use]
    pub fn item(&self, word: &str, name: &str) -> Option<&ItemKey> {
        self.offsets.keys().find(|k| k.name.split_once(' ') == Some((word, name)))
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, file: &str, span: Span) -> &str {
        self.texts.get(file).and_then(|t| t.text.get(span.start as usize..span.end as usize)).unwrap_or_default()
    }

    /// Where a byte of a file stands.
    #[must_use]
    pub fn position(&self, file: &str, offset: u32) -> Position {
        let Some(source) = self.texts.get(file) else { return Position { line: 1, column: 1 } };
        let mut at = (offset as usize).min(source.text.len());
        while !source.text.is_char_boundary(at) {
            at -= 1;
        }
        let (line, start) = source.line(at);
        let before = source.text.get(start..at).unwrap_or_default();
        Position { line: line + 1, column: before.chars().count() + 1 }
    }

    /// A mistake as a finding.
    #[must_use]
    pub fn finding(&self, located: &Located) -> Finding {
        let d = &located.diagnostic;
        let mut places =
            vec![PlaceNote { file: located.file.clone(), span: d.span.shifted(located.offset), text: d.label.clone() }];
        for r in &d.related {
            let (file, span) = match &r.item {
                None => (located.file.clone(), r.span.shifted(located.offset)),
                Some(key) => match self.absolute(key, r.span) {
                    Some(span) => (key.file.clone(), span),
                    None => continue,
                },
            };
            places.push(PlaceNote { file, span, text: Some(r.text.clone()) });
        }
        let mut notes = vec![];
        if let Some(fix) = d.fix.as_ref().filter(|_| d.help.is_none()) {
            notes.push(fix.title.clone());
        }
        Finding {
            code: Some(d.code.as_str()),
            severity: d.severity,
            message: d.message.clone(),
            places,
            help: d.help.clone(),
            notes,
        }
    }

    /// A finding with its lines of text.
    #[must_use]
    pub fn human(&self, finding: &Finding, color: bool) -> String {
        let Some(first) = finding.places.first() else { return finding.message.clone() };
        let id = |p: &PlaceNote| (p.file.to_string(), self.range(p));
        let tone = if finding.severity == Severity::Error { Color::Red } else { Color::Yellow };
        let kind = ReportKind::Custom(finding.severity.as_str(), tone);
        let mut report = Report::build(kind, id(first))
            .with_config(
                // Counted in bytes, a second file's head would name another place.
                Config::default().with_color(color).with_index_type(IndexType::Char).with_char_set(CharSet::Unicode),
            )
            .with_message(shown(&finding.message));
        if let Some(code) = finding.code {
            report = report.with_code(code);
        }
        // The renderer begins a block, and heads it with the first place, where a line is above the one before.
        let mut places: Vec<(usize, &PlaceNote)> = finding.places.iter().enumerate().collect();
        let file = |p: &PlaceNote| finding.places.iter().position(|other| other.file == p.file);
        places.sort_by_key(|(_, p)| (file(p), p.span.end));
        for (i, p) in places {
            let mut label = Label::new(id(p)).with_color(if i == 0 { tone } else { Color::Cyan });
            if let Some(text) = &p.text {
                label = label.with_message(shown(text));
            }
            report = report.with_label(label);
        }
        if let Some(help) = &finding.help {
            report = report.with_help(shown(help));
        }
        for note in &finding.notes {
            report = report.with_note(shown(note));
        }
        let mut out = Vec::new();
        let cache = Shown(self, ariadne::Source::from(String::new()));
        if report.finish().write(cache, &mut out).is_err() {
            return finding.message.clone();
        }
        let text = String::from_utf8_lossy(&out);
        // The renderer colours the word "error" whatever it is told.
        let text = if color { text.into_owned() } else { plain(&text) };
        // The renderer pads line ends.
        let mut trimmed = String::with_capacity(text.len());
        for line in text.lines() {
            trimmed.push_str(line.trim_end());
            trimmed.push('\n');
        }
        if let Some(code) = finding.code {
            trimmed.push_str("  more: zt explain ");
            trimmed.push_str(code);
            trimmed.push('\n');
        }
        trimmed
    }

    /// The characters of a place, never none and never across the end: the renderer wants something to mark.
    fn range(&self, p: &PlaceNote) -> std::ops::Range<usize> {
        let Some(source) = self.texts.get(&p.file) else { return 0..0 };
        let text = &source.text;
        let start = (p.span.start as usize).min(text.len());
        let end = (p.span.end as usize).min(text.len()).max(start);
        let (from, to) = (source.chars_before(start), source.chars_before(end));
        from..if from == to && end < text.len() { to + 1 } else { to }
    }

    /// A mistake on one line: `file:line:column: error[ZT0203]: message`.
    #[must_use]
    pub fn short(&self, located: &Located) -> String {
        let d = &located.diagnostic;
        let at = self.position(&located.file, d.span.shifted(located.offset).start);
        let (severity, code) = (d.severity.as_str(), d.code.as_str());
        format!("{}:{}:{}: {severity}[{code}]: {}", located.file, at.line, at.column, shown(&d.message))
    }

    /// A mistake for programs.
    #[must_use]
    pub fn json(&self, located: &Located) -> Value {
        let d = &located.diagnostic;
        let place = |file: &Arc<str>, span: Span| {
            let (start, end) = (self.position(file, span.start), self.position(file, span.end));
            json!({"file": &**file, "line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column})
        };
        let mut out = json!({"code": d.code.as_str(), "severity": d.severity.as_str(), "message": d.message});
        let span = d.span.shifted(located.offset);
        merge(&mut out, place(&located.file, span));
        merge(&mut out, json!({"label": d.label, "help": d.help}));
        let related: Vec<Value> = self
            .finding(located)
            .places
            .iter()
            .skip(1)
            .map(|p| {
                let mut r = place(&p.file, p.span);
                merge(&mut r, json!({"message": p.text}));
                r
            })
            .collect();
        let fix = d.fix.as_ref().map(|f| {
            let mut edit = place(&located.file, f.span.shifted(located.offset));
            merge(&mut edit, json!({"title": f.title, "replacement": f.text, "safe": f.safe}));
            edit
        });
        merge(&mut out, json!({"related": related, "fix": fix}));
        out
    }
}

/// A text without its colours: `ESC [`, digits and semicolons, `m`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("\x1b[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        out.push_str(rest.strip_prefix('m').unwrap_or(rest));
    }
    out
}

/// A source as it may be shown: a hidden character gives way to signs of the same length, so that places stay right.
fn shown_source(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if chars.peek() == Some(&'\n') => out.push(' '),
            c if zt_values::is_hidden(c) => match c.len_utf8() {
                3 => out.push('\u{fffd}'),
                n => out.extend(std::iter::repeat_n('?', n)),
            },
            c => out.push(c),
        }
    }
    out
}

/// A sentence as it may be shown: hidden characters are written out, line ends stay.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' { out.push(c) } else { zt_values::push_visibly(&mut out, c) }
    }
    out
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
