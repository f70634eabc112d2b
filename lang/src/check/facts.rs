//! Facts in files: which file is meant, and the rows of entities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cells::{Cells, has_wire, member};
use super::literal::quoted;
use super::{Cx, HirItem, check_item};
use crate::data::{Datum, MAX_BYTES, MAX_MISTAKES, Row, Sheet, Spot, Unread, path_mistake};
use crate::db::{DataFile, Db, Item, Package, find_data, sheet};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::span::Span;
use crate::syntax::ast::{self, ChannelKind};

/// The rows of an entity: by id, the values by the fields' names in requests, as JSON.
pub type EntityRows = BTreeMap<Name, Name>;

/// What a data file says of an item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts<T> {
    /// Its rows, as far as they were understood.
    pub rows: Arc<T>,
    /// Whether they all were.
    pub whole: bool,
    /// What is wrong with them, by the file as messages show it.
    pub mistakes: Vec<(Arc<str>, Diagnostic)>,
}

impl<'db> Cx<'db> {
    /// The data file that is meant; reports one that cannot be read.
    pub(crate) fn data_file(&mut self, path: &ast::Text) -> Option<DataFile> {
        let told = |message: String, label: &str, help: &str| {
            Diagnostic::new(Code::DataFile, path.span, message).label(label).help(help)
        };
        let shown = &path.value;
        if let Some(why) = path_mistake(shown) {
            let d = told(format!("{} names no data file", zt_values::quote(shown)), "not a path to a data file", why);
            self.report(d);
            return None;
        }
        let found = find_data(self.db, self.package, self.item.home(self.db), shown);
        let unread = match found.map(|file| file.text(self.db)) {
            Some(Ok(_)) => return found,
            Some(Err(unread)) => unread.clone(),
            None => Unread::Missing,
        };
        let d = match unread {
            Unread::Missing => told(
                format!("there is no data file `{shown}`"),
                "not found",
                "the path starts at the package's folder, the one with `zt.toml`",
            ),
            Unread::Link => told(
                format!("`{shown}` is a link, or within one"),
                "may lead out of the package",
                "copy the file into the package's folder",
            ),
            Unread::Foreign => told(
                format!("`{shown}` belongs to a package within this one"),
                "not this package's",
                "copy the file to this package's own folders",
            ),
            Unread::NotAFile => told(format!("`{shown}` is no file"), "something else", "name a CSV or JSON file"),
            Unread::TooLarge(bytes) => told(
                format!("`{shown}` has {bytes} bytes, and a data file at most {MAX_BYTES}"),
                "too large",
                "facts that are many come from a source: `from source NAME`",
            ),
            Unread::NotText(at) => told(
                format!("`{shown}` is not UTF-8, from its byte {at} on"),
                "not a text",
                "save it as UTF-8, without a byte order mark",
            ),
            Unread::Refused(why) => {
                told(format!("`{shown}` cannot be read: {why}"), "unreadable", "see to it that zt may read it")
            }
        };
        self.report(d);
        None
    }
}

/// The rows of an entity that comes from a file, and what is wrong with them.
#[salsa::tracked]
pub fn entity_rows<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Facts<EntityRows> {
    let mut cx = Cx::new(db, package, item);
    let Some(ast::ItemKind::Entity(x)) = &item.ast(db).kind else { return Facts::default() };
    let Some(HirItem::Entity(entity)) = &check_item(db, package, item).hir else { return Facts::default() };
    let Some(ast::Channel { kind: ChannelKind::File(path), span }) = &x.from else { return Facts::default() };
    let Some(file) = cx.data_file(path) else { return Facts::default() };
    let sheet = sheet(db, file);
    let mut cells = Cells::new(&cx);
    cells.mistakes.extend(sheet.mistakes.iter().cloned());
    let possible: Vec<Name> = cx.ancestor_types(entity).into_iter().collect();
    let known = columns(&mut cells, sheet, |name| {
        name == "id" || has_wire(&entity.fields, name) || name == "in" && !possible.is_empty()
    });
    if let Some(header) = &sheet.header {
        let required = entity.fields.iter().filter(|f| !f.optional).map(|f| &*f.wire);
        lacking(&mut cells, header, std::iter::once("id").chain(required));
    }
    let mut out = EntityRows::new();
    let mut places: BTreeMap<Name, Span> = BTreeMap::new();
    // What is wrong with the columns is wrong with every row.
    for row in sheet.rows.iter().filter(|_| known) {
        if cells.mistakes.len() >= MAX_MISTAKES {
            break;
        }
        let Some(id) = row_id(&mut cells, row) else { continue };
        if let Some(first) = places.insert(id.clone(), row.span) {
            cells.mistakes.push(
                Diagnostic::new(
                    Code::DuplicateRow,
                    row.span,
                    format!("two rows have the id {}", zt_values::quote(&id)),
                )
                .label("the second")
                .related(None, first, "the first")
                .help("keep one of them: of an entity there is one truth"),
            );
            continue;
        }
        let others = row.members.iter().filter(|m| &*m.name != "id" && (&*m.name != "in" || possible.is_empty()));
        let others: Vec<_> = others.collect();
        let mut fields = cells.fields(&entity.fields, &others, row.span, "the row");
        if !possible.is_empty()
            && let Some(above) = member(row, "in")
        {
            fields.extend(cells.above(&possible, &above.value).map(|list| format!("{}:{list}", quoted("in"))));
        }
        out.insert(id, format!("{{{}}}", fields.join(",")).into());
    }
    let whole = cells.mistakes.is_empty();
    let mistakes = located(&cx, file, cells.mistakes, *span);
    Facts { rows: Arc::new(out), whole, mistakes }
}

/// Mistakes in a data file, those of its values with the place that wants them otherwise.
pub(crate) fn located(
    cx: &Cx<'_>,
    file: DataFile,
    all: Vec<Diagnostic>,
    declared: Span,
) -> Vec<(Arc<str>, Diagnostic)> {
    let (shown, key) = (file.shown(cx.db), cx.item.key(cx.db));
    let known = |d: Diagnostic| match d.code {
        Code::DataColumn | Code::DataCell => d.related(Some(key.clone()), declared, "declared here"),
        _ => d,
    };
    all.into_iter().take(MAX_MISTAKES).map(|d| (shown.clone(), known(d))).collect()
}

/// Whether a header has only columns that are known, each once.
pub(crate) fn columns(cells: &mut Cells<'_, '_>, sheet: &Sheet, known: impl Fn(&str) -> bool) -> bool {
    let names: BTreeSet<&Name> = sheet.header.iter().flatten().map(|(name, _)| name).collect();
    let mut all = sheet.header.as_ref().is_none_or(|header| header.len() == names.len());
    for (name, at) in sheet.header.iter().flatten().filter(|(name, _)| !known(name)) {
        all = false;
        cells.mistakes.push(
            Diagnostic::new(Code::DataColumn, *at, format!("nothing is declared for {}", zt_values::quote(name)))
                .label("unknown column")
                .help("declare it where the file is named, or remove the column"),
        );
    }
    all
}

/// Says which columns a header lacks. Then every row lacks them.
pub(crate) fn lacking<'a>(cells: &mut Cells<'_, '_>, header: &[(Name, Span)], required: impl Iterator<Item = &'a str>) {
    let whole = match (header.first(), header.last()) {
        (Some((_, first)), Some((_, last))) => first.to(*last),
        _ => Span::default(),
    };
    for name in required.filter(|name| header.iter().all(|(known, _)| **known != **name)) {
        cells.mistakes.push(
            Diagnostic::new(Code::DataColumn, whole, format!("the column `{name}` is missing"))
                .label("the columns")
                .help("add it; the first line of the file names the columns"),
        );
    }
}

/// The id in a row.
fn row_id(cells: &mut Cells<'_, '_>, row: &Row) -> Option<Name> {
    let mut ids = row.members.iter().filter(|m| &*m.name == "id");
    match (ids.next().map(|m| &m.value), ids.next()) {
        (Some(spot @ Spot { datum: Datum::Cell(text) | Datum::Text(text), .. }), None) => cells.id(text, spot),
        (Some(spot), None) => {
            let nothing = Spot { datum: Datum::Cell(String::new()), ..spot.clone() };
            cells.id("", &nothing)
        }
        (_, Some(again)) => {
            cells.mistakes.push(
                Diagnostic::new(Code::DataSyntax, again.at, "`id` stands here twice")
                    .label("the second")
                    .help("remove one of them"),
            );
            None
        }
        (None, None) => {
            cells.mistakes.push(
                Diagnostic::new(Code::DataColumn, row.span, "the row lacks its `id`")
                    .label("incomplete")
                    .help("give every row its own: `{ \"id\": \"…\", … }`"),
            );
            None
        }
    }
}
