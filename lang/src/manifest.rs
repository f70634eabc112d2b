//! `zt.toml`: what makes a folder a package, what it uses, and what it allows itself.
//!
//! Total: any text gives a manifest and its mistakes. What is not known is refused, for nothing is read and ignored.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zt_values::limits;

use crate::diagnostic::{Code, Diagnostic, LINTS, Level};
use crate::hir::Name;
use crate::span::Span;

/// The edition of the language that this zt knows.
pub const EDITION: &str = "2026";

/// A manifest, as far as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The package's name.
    pub name: Option<Name>,
    /// The packages that it uses.
    pub dependencies: Vec<Dependency>,
    /// How it is checked.
    pub settings: Settings,
    /// Its mistakes; places count from the start of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// `tools = { path = "../tools" }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name by which it is used, which is its own.
    pub name: Name,
    /// Where that stands.
    pub name_span: Span,
    /// Where its folder is, from the folder of the manifest.
    pub path: String,
    /// Where that stands.
    pub path_span: Span,
}

/// How a package is checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Settings {
    /// What types hold that declare no `max`.
    pub limits: Limits,
    /// The most steps that the decision on one call may take, see [`crate::check::budget`]; where it is not said, there is
    /// a bound all the same.
    pub budget: Option<u64>,
    /// The packages that it may use beside those of zt; any where nobody said which.
    pub uses: Option<BTreeSet<Name>>,
    /// What becomes of what lints find, where that is said.
    pub lints: BTreeMap<Code, Level>,
}

/// What types hold that declare no `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Most bytes of a text.
    pub text: u32,
    /// Most elements of a set or list.
    pub items: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { text: limits::STRING_BYTES, items: limits::SET_ELEMENTS }
    }
}

/// The most mistakes in its spelling that are told of one manifest.
const MAX_MISTAKES: usize = 10;

const SECTIONS: &[&str] = &["package", "dependencies", "limits", "budget", "lints"];

/// Reads a manifest.
#[must_use]
pub fn parse(text: &str) -> Manifest {
    let mut out = Manifest::default();
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors.iter().take(MAX_MISTAKES) {
            let span = error.span().map_or_else(Span::default, place);
            let message = error.message().trim().trim_end_matches('.').replace('\n', ", ");
            let d = Diagnostic::new(Code::BadManifest, span, format!("this is no TOML: {message}"))
                .label("not understood")
                .help("`zt.toml` holds lines like `name = \"example.refunds\"` below headings like `[package]`");
            out.diagnostics.push(d);
        }
        return out;
    }
    let mut reader = Reader { out };
    let sections = document.get_ref();
    for (key, _) in sections {
        reader.known(key, SECTIONS, "`zt.toml`");
    }
    reader.package(sections);
    reader.out.settings.uses = Some(BTreeSet::new());
    if let Some((_, table)) = reader.section(sections, "dependencies") {
        reader.dependencies("", table);
    }
    if let Some((_, table)) = reader.section(sections, "limits") {
        reader.limits(table);
    }
    if let Some((_, table)) = reader.section(sections, "budget") {
        reader.budget(table);
    }
    if let Some((_, table)) = reader.section(sections, "lints") {
        reader.lints(table);
    }
    // TOML keeps its keys by name; people read from top to bottom.
    reader.out.dependencies.sort_by_key(|d| d.name_span.start);
    reader.out.diagnostics.sort_by_key(|d| d.span.start);
    reader.out
}

/// Whether a text can name a package.
#[must_use]
pub fn is_package_name(name: &str) -> bool {
    let word = |w: &str| {
        w.chars().next().is_some_and(|c| c.is_ascii_lowercase())
            && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    name.split('.').all(word)
}

fn place(range: std::ops::Range<usize>) -> Span {
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span::new(at(range.start), at(range.end))
}

struct Reader {
    out: Manifest,
}

impl Reader {
    fn report(&mut self, d: Diagnostic) {
        self.out.diagnostics.push(d);
    }

    /// Refuses a key that means nothing.
    fn known(&mut self, key: &Spanned<impl AsRef<str>>, known: &[&str], within: &str) {
        let name = key.get_ref().as_ref();
        if !known.contains(&name) {
            let all = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
            let d = Diagnostic::new(Code::BadManifest, place(key.span()), format!("{within} has no `{name}`"))
                .label("means nothing")
                .help(format!("it has {all}"))
                .did_you_mean(place(key.span()), name, known.iter().copied());
            self.report(d);
        }
    }

    /// A section, with where its heading stands.
    fn section<'t, 'i>(&mut self, all: &'t DeTable<'i>, name: &str) -> Option<(Span, &'t DeTable<'i>)> {
        let (key, value) = all.iter().find(|(key, _)| key.get_ref() == name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((place(key.span()), table)),
            other => {
                self.wrong(
                    value,
                    &format!("`{name}` is a section, this is {}", article(other)),
                    &format!("write `[{name}]`"),
                );
                None
            }
        }
    }

    fn wrong(&mut self, value: &Spanned<DeValue<'_>>, message: &str, help: &str) {
        let d = Diagnostic::new(Code::BadManifest, place(value.span()), message).label("of another kind").help(help);
        self.report(d);
    }

    fn text<'t>(&mut self, key: &str, value: &'t Spanned<DeValue<'_>>) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let message = format!("`{key}` is a text, this is {}", article(value.get_ref()));
            self.wrong(value, &message, "write it in double quotes");
        }
        text
    }

    /// A number within bounds.
    fn number(&mut self, key: &str, value: &Spanned<DeValue<'_>>, most: u64) -> Option<u64> {
        let Some(number) = value.get_ref().as_integer() else {
            let message = format!("`{key}` is a whole number, this is {}", article(value.get_ref()));
            self.wrong(value, &message, "write its digits");
            return None;
        };
        let parsed = i128::from_str_radix(number.as_str(), number.radix()).ok().and_then(|n| u64::try_from(n).ok());
        if let Some(n) = parsed.filter(|n| (1..=most).contains(n)) {
            return Some(n);
        }
        let d = Diagnostic::new(Code::BadLimit, place(value.span()), format!("`{key}` is out of bounds"))
            .label(format!("from 1 to {most}"))
            .help("choose a number within these");
        self.report(d);
        None
    }

    fn package(&mut self, sections: &DeTable<'_>) {
        let declared = sections.iter().any(|(key, _)| key.get_ref() == "package");
        let Some((heading, table)) = self.section(sections, "package") else {
            if !declared {
                let d =
                    Diagnostic::new(Code::BadManifest, Span::default(), "`zt.toml` does not say which package this is")
                        .label("`[package]` is missing")
                        .help(format!(
                            "write `[package]`, and below it `name = \"example.refunds\"` and `edition = \"{EDITION}\"`"
                        ));
                self.report(d);
            }
            return;
        };
        for (key, value) in table {
            self.known(key, &["name", "edition"], "`[package]`");
            let span = place(value.span());
            match &**key.get_ref() {
                "name" => {
                    let Some(name) = self.text("name", value) else { continue };
                    if !is_package_name(name) {
                        let d = Diagnostic::new(Code::BadPackageName, span, format!("`{name}` cannot name a package"))
                            .label("not such a name")
                            .help("lower-case words of letters, digits and `_`, joined by dots: `example.refunds`");
                        self.report(d);
                    } else if name == "std" || name.starts_with("std.") {
                        let d = Diagnostic::new(Code::BadPackageName, span, format!("`{name}` is what ships with zt"))
                            .label("taken")
                            .help("begin with a name of your own: `example.refunds`");
                        self.report(d);
                    } else {
                        self.out.name = Some(name.into());
                    }
                }
                "edition" => {
                    let Some(edition) = self.text("edition", value) else { continue };
                    if edition != EDITION {
                        let d = Diagnostic::new(Code::UnknownEdition, span, format!("there is no edition `{edition}`"))
                            .label("not known to this zt")
                            .help(format!("write `edition = \"{EDITION}\"`"))
                            .fix(format!("write `\"{EDITION}\"`"), span, format!("\"{EDITION}\""));
                        self.report(d);
                    }
                }
                _ => {}
            }
        }
        for (missing, line) in [("name", "name = \"example.refunds\""), ("edition", "edition = \"2026\"")] {
            if !table.iter().any(|(key, _)| key.get_ref() == missing) {
                let d = Diagnostic::new(Code::BadManifest, heading, format!("`[package]` has no `{missing}`"))
                    .label("it is missing below this")
                    .help(format!("add `{line}`"));
                self.report(d);
            }
        }
    }

    /// The dependencies in a table. Without quotes TOML takes the dots of a name for tables within tables.
    fn dependencies(&mut self, before: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{before}{}", key.get_ref());
            let span = place(key.span());
            let DeValue::Table(inner) = value.get_ref() else {
                let message = format!("`{name}` does not say where it is");
                self.wrong(value, &message, &format!("write `{name} = {{ path = \"../{}\" }}`", last(&name)));
                continue;
            };
            let path = inner.iter().find(|(key, _)| key.get_ref() == "path");
            match path.filter(|(_, path)| !path.get_ref().is_table()) {
                Some((_, path)) => {
                    for (key, _) in inner {
                        self.known(key, &["path"], "a dependency");
                    }
                    self.dependency(name.into(), span, path);
                }
                // Tables within it are dependencies whose names begin like this.
                None if !inner.values().any(|v| v.get_ref().is_table()) => {
                    for (key, _) in inner {
                        self.known(key, &["path"], "a dependency");
                    }
                    if inner.is_empty() {
                        let d =
                            Diagnostic::new(Code::BadDependency, span, format!("`{name}` does not say where it is"))
                                .label("`path` is missing")
                                .help(format!("write `{name} = {{ path = \"../{}\" }}`", last(&name)));
                        self.report(d);
                    }
                }
                None => self.dependencies(&format!("{name}."), inner),
            }
        }
    }

    fn dependency(&mut self, name: Name, name_span: Span, path: &Spanned<DeValue<'_>>) {
        let Some(text) = self.text("path", path) else { return };
        let path_span = place(path.span());
        let (span, message, label, help) = if &*name == "std" || name.starts_with("std.") {
            let help = "remove it; what ships with zt is always there";
            (name_span, format!("`{name}` is what ships with zt"), "taken", help)
        } else if !is_package_name(&name) {
            let help = "lower-case words of letters, digits and `_`, joined by dots: `example.tools`";
            (name_span, format!("`{name}` cannot name a package"), "not such a name", help)
        } else if text.starts_with('/') || text.contains('\\') || text.get(1..2) == Some(":") || text.is_empty() {
            let help = "write it as seen from this folder, with `/`: `../tools`";
            (path_span, "a dependency's path is relative".to_owned(), "the same on every machine", help)
        } else {
            self.out.settings.uses.get_or_insert_default().insert(name.clone());
            self.out.dependencies.push(Dependency { name, name_span, path: text.to_owned(), path_span });
            return;
        };
        let d = Diagnostic::new(Code::BadDependency, span, message).label(label).help(help);
        self.report(d);
    }

    fn limits(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.known(key, &["text", "items"], "`[limits]`");
            match &**key.get_ref() {
                "text" => {
                    if let Some(n) = self.number("text", value, u64::from(limits::MAX_TEXT)) {
                        self.out.settings.limits.text = u32::try_from(n).unwrap_or(limits::MAX_TEXT);
                    }
                }
                "items" => {
                    if let Some(n) = self.number("items", value, u64::from(limits::MAX_ITEMS)) {
                        self.out.settings.limits.items = u32::try_from(n).unwrap_or(limits::MAX_ITEMS);
                    }
                }
                _ => {}
            }
        }
    }

    fn budget(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            self.known(key, &["steps"], "`[budget]`");
            if key.get_ref() == "steps" {
                self.out.settings.budget = self.number("steps", value, MAX_BUDGET);
            }
        }
    }
}

impl Reader {
    /// `never-holds = "deny"`; a lint has a name and a code.
    fn lints(&mut self, table: &DeTable<'_>) {
        let mut said: BTreeSet<Code> = BTreeSet::new();
        for (key, value) in table {
            let (name, at) = (&**key.get_ref(), place(key.span()));
            let Some((code, ..)) = LINTS.iter().find(|(code, own, _)| *own == name || code.as_str() == name) else {
                let d = Diagnostic::new(Code::UnknownLint, at, format!("there is no lint `{name}`"))
                    .label("no lint of this name")
                    .help("`zt explain` lists them: their codes begin with `ZT09`")
                    .did_you_mean(at, name, LINTS.iter().map(|(_, own, _)| *own));
                self.report(d);
                continue;
            };
            if !said.insert(*code) {
                let d = Diagnostic::new(Code::BadManifest, at, format!("`{name}` is said twice"))
                    .label("by its name and by its code")
                    .help("keep one of them");
                self.report(d);
            }
            let Some(level) = self.text(name, value) else { continue };
            match Level::ALL.iter().find(|(word, _)| *word == level) {
                Some((_, level)) => drop(self.out.settings.lints.insert(*code, *level)),
                None => {
                    let span = place(value.span());
                    let d = Diagnostic::new(Code::BadManifest, span, format!("there is no level `{level}`"))
                        .label("not a level")
                        .help("write `\"allow\"`, `\"warn\"` or `\"deny\"`");
                    self.report(d);
                }
            }
        }
    }
}

/// More steps than any budget is for.
const MAX_BUDGET: u64 = 1_000_000_000;

/// The last word of a name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// What a value is, in words.
fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
