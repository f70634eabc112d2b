//! What sources answer about tables in a suite: the rows that its fixtures say, and no others.

use std::collections::BTreeMap;

use super::declare::find_entity;
use super::fixtures::{Fixtures, unknown_fixture};
use super::literal::quoted;
use super::types::show;
use super::value::Wanted;
use super::{Cx, HirItem, check_item};
use crate::db::{Namespace, find, names};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Key, Name, Table, Ty};
use crate::span::Span;
use crate::syntax::ast::{self, Ident, Value, ValueKind};

/// The rows that a suite says, by table and key as JSON: what each says as JSON, and where it stands.
#[derive(Debug, Default)]
pub(crate) struct Answered(BTreeMap<Name, BTreeMap<String, (String, Span)>>);

impl Cx<'_> {
    /// Adds the row that a fixture says.
    pub(crate) fn row_fixture(
        &mut self,
        fixtures: Fixtures<'_>,
        (name, key, says): (&Ident, &[Value], Option<&Value>),
        answered: &mut Answered,
    ) {
        let Some(item) = self.find(Namespace::Table, &name.text) else {
            let d = Diagnostic::new(Code::BadCall, name.span, format!("no table is called `{}`", name.text))
                .label("unknown")
                .help("`fixture t(key) = value` says what a source answers about the table `t`");
            let d = self.suggest(d, name, &[Namespace::Table], &[]);
            self.report(d);
            return;
        };
        let Some(HirItem::Table(table)) = &check_item(self.db, self.package, item).hir else { return };
        if table.source.is_none() {
            let d =
                Diagnostic::new(Code::BadCall, name.span, format!("the rows of `{}` are in the package", name.text))
                    .label("a test cannot say otherwise")
                    .help("only rows of tables `from source` are said in a suite");
            self.report(d);
            return;
        }
        if key.len() != table.keys.len() {
            let at = key.iter().map(|v| v.span).reduce(Span::to).unwrap_or(name.span);
            let columns = if table.keys.len() == 1 { "column" } else { "columns" };
            let said = format!("`{}` is looked up by {} {columns}, not {}", name.text, table.keys.len(), key.len());
            let d = Diagnostic::new(Code::WrongArguments, at, said)
                .label("the wrong number")
                .help("say a value for each column of the key");
            self.report(d);
            return;
        }
        let parts: Vec<Option<String>> =
            key.iter().zip(&table.keys).map(|(v, key)| self.key_value(fixtures, v, key)).collect();
        let value = match (&table.value, says) {
            (Some(ty), Some(v)) => self.value(fixtures, v, &Wanted { ty: &ty.ty, bounds: &ty.bounds }),
            (None, None) => Some("true".to_owned()),
            (Some(ty), None) => {
                let d = Diagnostic::new(Code::BadCall, name.span, "it is not said what the row says")
                    .label("incomplete")
                    .help(format!("add it: `= …`, {} `{}`", crate::diagnostic::article(&show(&ty.ty)), show(&ty.ty)));
                self.report(d);
                None
            }
            (None, Some(v)) => {
                let d = Diagnostic::new(
                    Code::BadCall,
                    v.span,
                    format!("`{}` is a relation: a row says nothing", name.text),
                )
                .label("no value")
                .help("remove it, and the `=`");
                self.report(d);
                None
            }
        };
        let (Some(parts), Some(value)) = (parts.into_iter().collect::<Option<Vec<_>>>(), value) else { return };
        let key = format!("[{}]", parts.join(","));
        let rows = answered.0.entry(table.name.clone()).or_default();
        if let Some((_, first)) = rows.get(&key) {
            let d = Diagnostic::new(Code::DuplicateRow, name.span, "two rows have the same key")
                .label("the second")
                .related(None, *first, "the first")
                .help("keep one of them: order never matters, so neither would win");
            self.report(d);
            return;
        }
        rows.insert(key, (value, name.span));
    }

    /// A value in a column of a key, as JSON; of an entity its type and its id.
    fn key_value(&mut self, fixtures: Fixtures<'_>, v: &Value, key: &Key) -> Option<String> {
        if let [ty] = key.types.as_slice()
            && !matches!(ty.ty, Ty::Entity(_))
        {
            return self.value(fixtures, v, &Wanted { ty: &ty.ty, bounds: &ty.bounds });
        }
        let named = self.diagnostics.len();
        let known = self.entity_of(fixtures, v);
        if known.is_none() && self.diagnostics.len() > named {
            return None;
        }
        if let (None, ValueKind::Literal(ast::Expr { kind: ast::ExprKind::Name(name), .. })) = (&known, &v.kind) {
            let d = unknown_fixture(name, fixtures);
            self.report(d);
            return None;
        }
        let Some(ty) = known.filter(|ty| key.types.iter().any(|t| t.ty == Ty::Entity(ty.clone()))) else {
            let choice = key.types.iter().map(|t| format!("`{}`", show(&t.ty))).collect::<Vec<_>>().join(" or ");
            let d = Diagnostic::new(
                Code::TypeMismatch,
                v.span,
                format!("the column holds {choice}, this is something else"),
            )
            .label("not one of these entities")
            .help("name an entity by its id: `User(\"ann\")`");
            self.report(d);
            return None;
        };
        let entity = find_entity(self.db, self.package, &ty)?;
        let (_, entries) = self.written_out(fixtures, v)?;
        let id = entries.iter().find(|e| &*e.name.text == "id").map(|e| &e.value);
        let Some(Value { kind: ValueKind::Literal(ast::Expr { kind: ast::ExprKind::Text(id), .. }), span, .. }) = id
        else {
            let d = Diagnostic::new(Code::MissingField, v.span, format!("the `{ty}` lacks its `id`"))
                .label("incomplete")
                .help(format!("name it by its id: `{ty}(\"…\")`"));
            self.report(d);
            return None;
        };
        let id = self.id(id, &entity, *span)?;
        Some(format!("{{\"type\":{},\"id\":{}}}", quoted(&ty), quoted(&id)))
    }

    /// What sources answer about every table that is asked of one: all the rows that there are.
    pub(crate) fn answers_about_tables(&self, answered: &Answered) -> String {
        let of = |name: &Name| -> Option<String> {
            let item = find(self.db, self.package, Namespace::Table, name)?;
            let Some(HirItem::Table(table)) = &check_item(self.db, self.package, item).hir else { return None };
            let Table { name, source: Some(source), .. } = &**table else { return None };
            let rows = answered.0.get(name).into_iter().flatten();
            let rows: Vec<String> =
                rows.map(|(key, (value, _))| format!("{{\"key\":{key},\"value\":{value}}}")).collect();
            let (source, name, rows) = (quoted(&source.name), quoted(name), rows.join(","));
            Some(format!("{{\"source\":{source},\"table\":{name},\"rows\":[{rows}],\"whole\":true}}"))
        };
        let all = names(self.db, self.package, Namespace::Table);
        format!("[{}]", all.iter().filter_map(of).collect::<Vec<_>>().join(","))
    }
}
