//! Tables: facts by key, written out or in a file, and the relations that files hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cells::Cells;
use super::collections::is_literal;
use super::expr::Want;
use super::facts::{Facts, columns, lacking, located};
use super::path::{Env, ROOTS};
use super::types::show;
use super::{Cx, HirItem, check_item};
use crate::data::{Datum, MAX_MISTAKES, MAX_ROWS, Member, Row, Spot};
use crate::db::{Db, Item, Namespace, Package, sheet};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Constant, ExprKind, Key, Name, Syntax, Table, TableRows, Ty, Type};
use crate::span::Span;
use crate::syntax::ast::{self, CellKind, ChannelKind, TableShape};

/// The most columns of a key.
const MAX_KEYS: usize = 8;
/// How many of the keys that lack a row are named.
const SHOWN_KEYS: usize = 3;

pub(crate) fn table(cx: &mut Cx<'_>, x: &ast::Table) -> Option<Table> {
    let name = &x.name;
    cx.name_of_table(name);
    let (keys, value) = match &x.shape {
        TableShape::Function(keys, value) => {
            let keys: Vec<Option<Key>> =
                keys.iter().zip(1..).map(|(t, n)| cx.table_key(&format!("key {n}"), None, t)).collect();
            (keys.into_iter().collect::<Option<Vec<Key>>>()?, Some(cx.table_value(value)?))
        }
        TableShape::Relation(fields) => (cx.relation(fields, name)?, None),
    };
    if keys.is_empty() || keys.len() > MAX_KEYS {
        let d = Diagnostic::new(
            Code::BadTableItem,
            name.span,
            format!("`{}` has {} columns to look up by", name.text, keys.len()),
        )
        .label(format!("from 1 to {MAX_KEYS}"))
        .help("name what rows are looked up by: `table limits (Region, Tier) -> Usd`");
        cx.report(d);
        return None;
    }
    let mut out = Table { name: name.text.clone(), keys, value, total: false, source: None, rows: Arc::default() };
    match (&x.from, &x.rows) {
        (Some(from), None) => match &from.kind {
            ChannelKind::File(path) => {
                if out.value.is_some() && path.value.ends_with(".json") {
                    let d = Diagnostic::new(Code::BadTableItem, path.span, "the keys of this table have no names, as JSON needs them")
                            .label("a JSON file")
                            .help("keep it in CSV, or make it a relation, whose columns have names: `table t { region : Region }`");
                    cx.report(d);
                } else {
                    cx.data_file(path);
                }
            }
            ChannelKind::Source { .. } => out.source = cx.asked_for_rows(from),
            ChannelKind::Word(_) => {
                let d = Diagnostic::new(Code::UnknownChannel, from.span, "a table does not come with a request")
                    .label("not a channel of tables")
                    .help("keep it in a file, `from file \"limits.csv\"`, ask a source, `from source NAME`, or write it out, `= { … }`");
                cx.report(d);
            }
        },
        (None, Some(rows)) => {
            let Some(rows) = cx.written(&out, rows) else { return Some(out) };
            out.total = cx.covers_all(&out, &rows, x.name.span);
            out.rows = Arc::new(rows);
        }
        (from, _) => {
            let (said, label) = if from.is_some() {
                ("rows are in a file or written out, not both", "twice")
            } else {
                ("the table has no rows", "where are they?")
            };
            let d = Diagnostic::new(Code::BadTableItem, name.span, said).label(label).help(
                "write them out, `= { emea | standard => 50.00 }`, or keep them in a file, `from file \"limits.csv\"`",
            );
            cx.report(d);
        }
    }
    Some(out)
}

impl Cx<'_> {
    /// A table stands where definitions and windows do.
    pub(crate) fn name_of_table(&mut self, name: &ast::Ident) {
        if ROOTS.contains(&&*name.text) {
            let d =
                Diagnostic::new(Code::ReservedName, name.span, format!("`{}` is a name of the language", name.text))
                    .label("taken")
                    .help("choose another name");
            self.report(d);
        }
        for namespace in [Namespace::Define, Namespace::Window] {
            if let Some(other) = self.find(namespace, &name.text)
                && other.ast(self.db).kind.is_some()
            {
                let at = other.ast(self.db).kind.as_ref().map_or(Span::default(), |k| k.name().span);
                let d = Diagnostic::new(Code::Shadowing, name.span, format!("`{}` can be read in two ways", name.text))
                    .label("a table, and a definition or window")
                    .related(Some(other.key(self.db).clone()), at, "the other")
                    .help("give one of them another name");
                self.report(d);
            }
        }
    }

    /// A column of a key: single values of one type, or entities of several.
    fn table_key(&mut self, name: &str, wire: Option<&Name>, t: &ast::TypeExpr) -> Option<Key> {
        if let Some(at) = t.absent() {
            let d = Diagnostic::new(Code::BadElement, at, "what rows are looked up by is never absent")
                .label("says that it may be")
                .help("remove `?`")
                .fix("remove `?`", at, "");
            self.report(d);
        }
        let key = |types| Key { name: name.into(), wire: wire.cloned().unwrap_or_else(|| name.into()), types };
        if t.or.is_empty() {
            let ty = self.resolve(t)?;
            if ty.ty.is_composite() || matches!(ty.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Json) {
                self.no_cell(&ty.ty, t.span, "a row is looked up by single values and entities");
                return None;
            }
            return Some(key(vec![ty]));
        }
        let mut types: Vec<Type> = vec![];
        let first = ast::TypeExpr { or: vec![], ..t.clone() };
        for one in std::iter::once(&first).chain(&t.or) {
            let ty = self.resolve(one)?;
            if !matches!(ty.ty, Ty::Entity(_)) {
                let d =
                    Diagnostic::new(Code::BadElement, one.span, "only entities can be of one of several types here")
                        .label(format!("`{}` is no entity", show(&ty.ty)))
                        .help("give the column one type; for values of another, make another table");
                self.report(d);
                return None;
            }
            if types.iter().any(|known| known.ty == ty.ty) {
                let d = Diagnostic::new(Code::DuplicateName, one.span, format!("`{}` stands twice", show(&ty.ty)))
                    .label("the second")
                    .help("remove it");
                self.report(d);
            } else {
                types.push(ty);
            }
        }
        Some(key(types))
    }

    fn table_value(&mut self, t: &ast::TypeExpr) -> Option<Type> {
        if let Some(at) = t.absent() {
            let d = Diagnostic::new(Code::BadElement, at, "a row that has nothing to say is left out")
                .label("says that it may be absent")
                .help("remove `?`; a look-up without a row is absent by itself")
                .fix("remove `?`", at, "");
            self.report(d);
        }
        let ty = self.resolve(t)?;
        if ty.ty.is_composite() || matches!(ty.ty.base(), Ty::Set(_) | Ty::List(_) | Ty::Entity(_) | Ty::Json) {
            self.no_cell(&ty.ty, t.span, "a row says a single value");
            return None;
        }
        Some(ty)
    }

    fn no_cell(&mut self, ty: &Ty, at: Span, why: &str) {
        let d = Diagnostic::new(Code::BadElement, at, format!("{} `{}` has no place in a table", article(&show(ty)), show(ty)))
            .label(why)
            .help("for several values, make a relation with a row for each: `table t { k : K, v : V }`, asked by `(k, v) in t`");
        self.report(d);
    }

    /// The columns of a relation.
    fn relation(&mut self, fields: &[ast::Field], name: &ast::Ident) -> Option<Vec<Key>> {
        if fields.is_empty() {
            let d = Diagnostic::new(Code::Empty, name.span, format!("`{}` has no columns", name.text))
                .label("relates nothing")
                .help("name them: `table grants { who : User, role : Role }`");
            self.report(d);
            return None;
        }
        // Names, spellings and defaults are those of any fields; a choice of types is a key's own.
        let plain: Vec<ast::Field> = fields
            .iter()
            .map(|f| ast::Field { ty: ast::TypeExpr { or: vec![], optional: None, ..f.ty.clone() }, ..f.clone() })
            .collect();
        let known = self.fields(&plain, "column");
        let mut keys = vec![];
        for field in &known {
            let written = fields.iter().find(|f| f.name.text == field.name)?;
            let told = self.diagnostics.len();
            let key = self.table_key(&field.name, Some(&field.wire), &written.ty);
            // What `fields` said of the type it need not hear again.
            if key.is_none() && told == self.diagnostics.len() {
                return None;
            }
            keys.push(key?);
        }
        (known.len() == fields.len()).then_some(keys)
    }

    /// The rows that are written out; nothing after a mistake.
    fn written(&mut self, table: &Table, rows: &ast::Rows) -> Option<TableRows> {
        let Some(value) = &table.value else {
            let d = Diagnostic::new(Code::BadTableItem, rows.span, "the rows of a relation are in a file")
                .label("written out")
                .help("name one, `from file \"grants.csv\"`, or give the rows a value: `table t (K) -> Bool = { … }`");
            self.report(d);
            return None;
        };
        let told = self.diagnostics.len();
        let mut out = TableRows::new();
        let mut places: BTreeMap<Vec<Constant>, Span> = BTreeMap::new();
        for (left, right) in &rows.rows {
            let at = left.iter().chain(right).map(|c| c.span).reduce(|a, b| a.to(b)).unwrap_or(rows.span);
            if left.len() != table.keys.len() || right.len() != 1 {
                let d = Diagnostic::new(
                    Code::BadTableItem,
                    at,
                    format!(
                        "the row has {} and {} cells, the table {} and 1",
                        left.len(),
                        right.len(),
                        table.keys.len()
                    ),
                )
                .label("another number of cells")
                .help("before `=>` stands what is looked up by, divided by `|`, after it what is found");
                self.report(d);
                continue;
            }
            let key: Vec<Option<Constant>> =
                left.iter().zip(&table.keys).map(|(c, k)| self.table_cell(c, &k.types)).collect();
            let said = right.first().and_then(|c| self.table_cell(c, std::slice::from_ref(value)));
            let (Some(key), Some(said)) = (key.into_iter().collect::<Option<Vec<_>>>(), said) else { continue };
            if let Some(first) = places.insert(key.clone(), at) {
                let d = Diagnostic::new(Code::DuplicateRow, at, "two rows have the same key")
                    .label("the second")
                    .related(None, first, "the first")
                    .help("keep one of them: order never matters, so neither would win");
                self.report(d);
                continue;
            }
            out.insert(key, said);
        }
        (self.diagnostics.len() == told).then_some(out)
    }

    /// A value written in a cell.
    fn table_cell(&mut self, cell: &ast::Cell, types: &[Type]) -> Option<Constant> {
        let CellKind::Value(e) = &cell.kind else {
            let d = Diagnostic::new(Code::BadTableItem, cell.span, "this is no value")
                .label("a word of the language")
                .help("a cell holds a literal or a member of an enum; what has no row is given by `??` where it is looked up");
            self.report(d);
            return None;
        };
        let [ty] = types else {
            let d = Diagnostic::new(Code::BadTableItem, cell.span, "an entity of several types cannot be written out")
                .label("of which type?")
                .help("keep the rows in a file, where it is written `Type:id`");
            self.report(d);
            return None;
        };
        if let Ty::Entity(name) = &ty.ty {
            let ast::ExprKind::Text(id) = &e.kind else {
                let d = Diagnostic::new(Code::TypeMismatch, e.span, "an entity is written by its id")
                    .label("not a text")
                    .help("write the id in double quotes");
                self.report(d);
                return None;
            };
            if id.value.is_empty() || id.value.len() > zt_values::limits::ID_BYTES {
                let d = Diagnostic::new(Code::TypeMismatch, e.span, "an `id` is a text of 1 to 256 bytes")
                    .label("not an id")
                    .help("write it in double quotes");
                self.report(d);
                return None;
            }
            return Some(Constant::Entity(name.clone(), id.value.clone()));
        }
        let want = Want { ty: ty.ty.clone(), bounds: Some(ty.bounds.clone()), exact: true };
        let x = self.expr(&Env { params: Some(Arc::default()), ..Env::default() }, e, Some(&want)).expr?;
        if x.ty != ty.ty || !is_literal(&x) {
            let d = Diagnostic::new(Code::TypeMismatch, e.span, format!("the column holds `{}`", show(&ty.ty)))
                .label(if is_literal(&x) { format!("`{}`", show(&x.ty)) } else { "not a value written out".to_owned() })
                .help("write a value of the column's type");
            self.report(d);
            return None;
        }
        constant(&x.kind)
    }

    /// Whether the keys are of enums and `Bool` alone, so that every key must have a row; reports those that have none.
    fn covers_all(&mut self, table: &Table, rows: &TableRows, at: Span) -> bool {
        let mut sizes = vec![];
        for key in &table.keys {
            match key.types.as_slice() {
                [Type { ty: Ty::Bool, .. }] => sizes.push(2),
                [Type { ty: Ty::Enum(name), .. }] => match self.enumeration(name) {
                    Some(e) => sizes.push(e.members.len()),
                    None => return true,
                },
                _ => return false,
            }
        }
        let all = sizes.iter().try_fold(1_usize, |product, n| product.checked_mul(*n)).unwrap_or(usize::MAX);
        if all == rows.len() {
            return true;
        }
        if all > MAX_ROWS {
            let d =
                Diagnostic::new(Code::MissingRow, at, format!("`{}` would need more than {MAX_ROWS} rows", table.name))
                    .label("too many keys")
                    .help("keep the rows that matter in a file, `from file \"…\"`; look-ups of others are absent");
            self.report(d);
            return true;
        }
        let missing = (0..all).map(|n| key_at(n, &sizes, table)).filter(|key| !rows.contains_key(key)).take(SHOWN_KEYS);
        let missing: Vec<String> = missing.map(|key| self.show_key(table, &key)).collect();
        let count = all - rows.len();
        let more = if count > missing.len() { format!(" and {} more", count - missing.len()) } else { String::new() };
        let d = Diagnostic::new(Code::MissingRow, at, format!("`{}` lacks {}{more}", table.name, missing.join(", ")))
            .label(if count == 1 { "1 key has no row".to_owned() } else { format!("{count} keys have no row") })
            .help(
                "a table that is written out over enums alone says something for each of their members; add the rows",
            );
        self.report(d);
        true
    }

    fn show_key(&self, table: &Table, key: &[Constant]) -> String {
        let shown =
            key.iter().zip(&table.keys).map(|(constant, key)| match (constant, key.types.first().map(|t| &t.ty)) {
                (Constant::Member(index), Some(Ty::Enum(name))) => {
                    let e = self.enumeration(name);
                    e.and_then(|e| e.members.get(*index as usize).map(|m| m.name.to_string())).unwrap_or_default()
                }
                (Constant::Bool(value), _) => value.to_string(),
                _ => String::new(),
            });
        format!("`({})`", shown.collect::<Vec<_>>().join(", "))
    }
}

/// The key of this number, where all keys are counted through.
fn key_at(mut number: usize, sizes: &[usize], table: &Table) -> Vec<Constant> {
    let mut out = vec![];
    for (size, key) in sizes.iter().zip(&table.keys).rev() {
        let (digit, bool) = (number % size, matches!(key.types.first().map(|t| &t.ty), Some(Ty::Bool)));
        number /= size;
        out.push(if bool { Constant::Bool(digit == 1) } else { Constant::Member(u32::try_from(digit).unwrap_or(0)) });
    }
    out.reverse();
    out
}

/// A literal as a table holds it.
fn constant(kind: &ExprKind) -> Option<Constant> {
    Some(match kind {
        ExprKind::Bool(value) => Constant::Bool(*value),
        ExprKind::Int(value) | ExprKind::Decimal(value) => Constant::Number(*value),
        ExprKind::Text(text) => Constant::Text(text.clone()),
        ExprKind::Member(index) => Constant::Member(*index),
        _ => return None,
    })
}

/// The names of columns, as if they were values.
fn header_as_row(header: &[(Name, Span)]) -> Row {
    let member = |(name, at): &(Name, Span)| Member {
        name: name.clone(),
        at: *at,
        value: Spot { span: *at, datum: Datum::Cell(name.to_string()) },
    };
    Row {
        span: header.iter().map(|(_, at)| *at).reduce(Span::to).unwrap_or_default(),
        members: header.iter().map(member).collect(),
    }
}

/// Whether the name of a column is hardly ever a value of these types.
fn tells_names_from_values(types: &[Type]) -> bool {
    let may_be_a_name = |ty: &Ty| match ty.base() {
        Ty::String | Ty::Ident | Ty::Entity(_) => true,
        Ty::Syntax(syntax) => matches!(syntax, Syntax::Host | Syntax::Command),
        _ => false,
    };
    !types.iter().any(|ty| may_be_a_name(&ty.ty))
}

/// The rows of a table that comes from a file, and what is wrong with them.
#[salsa::tracked]
pub fn table_rows<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Facts<TableRows> {
    let mut cx = Cx::new(db, package, item);
    let Some(ast::ItemKind::Table(x)) = &item.ast(db).kind else { return Facts::default() };
    let Some(HirItem::Table(table)) = &check_item(db, package, item).hir else { return Facts::default() };
    let Some(ast::Channel { kind: ChannelKind::File(path), span }) = &x.from else { return Facts::default() };
    let Some(file) = cx.data_file(path) else { return Facts::default() };
    let sheet = sheet(db, file);
    let mut cells = Cells::new(&cx);
    cells.mistakes.extend(sheet.mistakes.iter().cloned());
    let wires: Vec<Name> = table.keys.iter().map(|k| k.wire.clone()).collect();
    let known = match (&table.value, &sheet.header) {
        (None, header) => {
            let known = columns(&mut cells, sheet, |name| wires.iter().any(|w| **w == *name));
            if let Some(header) = header {
                lacking(&mut cells, header, wires.iter().map(|w| &**w));
            }
            known
        }
        // The keys have no names: the columns stand in their order, the value last.
        (Some(_), Some(header)) if header.len() != wires.len() + 1 => {
            let at = header.iter().map(|(_, at)| *at).reduce(Span::to).unwrap_or_default();
            cells.mistakes.push(
                Diagnostic::new(
                    Code::DataColumn,
                    at,
                    format!("the table has {} columns with what it says, the file {}", wires.len() + 1, header.len()),
                )
                .label("another number of columns")
                .help("the columns stand in the order of the table's types, whatever they are called"),
            );
            false
        }
        (Some(value), Some(header)) => {
            let row = header_as_row(header);
            let read = by_place(&mut Cells::new(&cx), table, value, &row).is_some();
            let told = table.keys.iter().any(|key| tells_names_from_values(&key.types));
            if read && (told || tells_names_from_values(std::slice::from_ref(value))) {
                cells.mistakes.push(
                    Diagnostic::new(Code::DataColumn, row.span, "the first line looks like a row")
                        .label("every cell is a value of its column")
                        .help("write a line with the names of the columns before it: the first line is never read as a row"),
                );
            }
            true
        }
        (Some(_), None) => true,
    };
    let mut out = TableRows::new();
    let mut places: BTreeMap<Vec<Constant>, Span> = BTreeMap::new();
    for row in sheet.rows.iter().filter(|_| known) {
        if cells.mistakes.len() >= MAX_MISTAKES {
            break;
        }
        let Some((key, value)) = (match &table.value {
            Some(value) => by_place(&mut cells, table, value, row),
            None => by_name(&mut cells, table, row).map(|key| (key, Constant::Bool(true))),
        }) else {
            continue;
        };
        if let Some(first) = places.insert(key.clone(), row.span) {
            cells.mistakes.push(
                Diagnostic::new(Code::DuplicateRow, row.span, "two rows have the same key")
                    .label("the second")
                    .related(None, first, "the first")
                    .help("keep one of them: order never matters, so neither would win"),
            );
            continue;
        }
        out.insert(key, value);
    }
    let whole = cells.mistakes.is_empty();
    let mistakes = located(&cx, file, cells.mistakes, *span);
    Facts { rows: Arc::new(out), whole, mistakes }
}

fn by_place(cells: &mut Cells<'_, '_>, table: &Table, value: &Type, row: &Row) -> Option<(Vec<Constant>, Constant)> {
    let key: Vec<Option<Constant>> =
        row.members.iter().zip(&table.keys).map(|(member, key)| cells.key(&key.types, &member.value)).collect();
    let value = row.members.last().and_then(|last| cells.scalar(&value.ty, &value.bounds, &last.value));
    Some((key.into_iter().collect::<Option<_>>()?, value?))
}

fn by_name(cells: &mut Cells<'_, '_>, table: &Table, row: &Row) -> Option<Vec<Constant>> {
    let told = cells.mistakes.len();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    let mut key: Vec<Option<Constant>> = vec![None; table.keys.len()];
    let wires: BTreeSet<&str> = table.keys.iter().map(|k| &*k.wire).collect();
    for member in &row.members {
        if !cells.once(&mut seen, member) {
            continue;
        }
        let column = table.keys.iter().zip(&mut key).find(|(k, _)| k.wire == member.name);
        match column {
            Some((column, place)) => *place = cells.key(&column.types, &member.value),
            None => unknown(cells, member, &wires),
        }
    }
    if told == cells.mistakes.len() {
        for column in table.keys.iter().filter(|k| !seen.contains_key(&*k.wire)) {
            cells.mistakes.push(
                Diagnostic::new(Code::DataColumn, row.span, format!("the row lacks `{}`", column.wire))
                    .label("incomplete")
                    .help("a row says something in every column"),
            );
        }
    }
    key.into_iter().collect()
}

fn unknown(cells: &mut Cells<'_, '_>, member: &Member, wires: &BTreeSet<&str>) {
    let known: Vec<String> = wires.iter().map(|w| format!("`{w}`")).collect();
    cells.unknown(member, format!("it has {}", known.join(", ")));
}
