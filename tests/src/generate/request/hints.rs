//! Hints: the values that the conditions of a package speak of.

use std::collections::BTreeMap;

use zt_lang::hir::{Constant, Expr, ExprKind, Name, Package, Path};

/// Values that the policies speak of.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Numbers, those in ten-thousandths among them, by the last name of the path that they stand beside.
    pub(super) numbers: BTreeMap<String, Vec<i64>>,
    /// Texts.
    pub(super) texts: BTreeMap<String, Vec<String>>,
    /// The columns of tables.
    columns: BTreeMap<Name, Vec<Column>>,
}

/// A row of a table that is looked up: what stands in one of its columns.
type Column = Vec<Constant>;

/// The key of hints that belong to no path.
pub(super) const ANYWHERE: &str = "";

impl Hints {
    /// None yet.
    pub(super) fn of(package: &Package) -> Self {
        let columns = package.tables.values().map(|table| {
            let column = |at: usize| table.rows.keys().filter_map(|key| key.get(at).cloned()).collect();
            (table.name.clone(), (0..table.keys.len()).map(column).collect())
        });
        Hints { columns: columns.collect(), ..Hints::default() }
    }

    /// What stands in the columns of a table beside the paths by which it is looked up.
    fn looked_up(&mut self, table: &Name, key: &[Expr]) {
        let columns = self.columns.get(table).cloned().unwrap_or_default();
        for (part, column) in key.iter().zip(columns) {
            let ExprKind::Path(path) = &part.kind else { continue };
            for constant in column {
                match constant {
                    Constant::Number(number) => self.numbers.entry(last(path)).or_default().push(number),
                    Constant::Text(text) => self.texts.entry(last(path)).or_default().push(text.to_string()),
                    Constant::Entity(_, id) => self.texts.entry("id".to_owned()).or_default().push(id.to_string()),
                    Constant::Bool(_) | Constant::Member(_) => {}
                }
            }
        }
    }

    pub(super) fn collect(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare(_, left, right) => {
                self.beside(left, right);
                self.beside(right, left);
            }
            ExprKind::InList(value, list) => list.iter().for_each(|item| self.beside(value, item)),
            ExprKind::In(value, set) => {
                if let ExprKind::Path(path) = &set.kind {
                    self.add(&last(path), value);
                }
            }
            ExprKind::Else(path, other) => self.add(&last(path), other),
            ExprKind::Lookup(table, key, _) | ExprKind::InTable(table, key) => self.looked_up(table, key),
            _ => {}
        }
        self.add(ANYWHERE, expr);
        for inner in expr.parts() {
            self.collect(inner);
        }
    }

    fn beside(&mut self, read: &Expr, literal: &Expr) {
        if let ExprKind::Path(path) | ExprKind::Else(path, _) = &read.kind {
            self.add(&last(path), literal);
        }
    }

    fn add(&mut self, name: &str, literal: &Expr) {
        match &literal.kind {
            ExprKind::Int(value) | ExprKind::Decimal(value) => {
                self.numbers.entry(name.to_owned()).or_default().push(*value);
            }
            ExprKind::Text(text) => self.texts.entry(name.to_owned()).or_default().push(text.to_string()),
            _ => {}
        }
    }
}

fn last(path: &Path) -> String {
    path.fields.last().map_or_else(|| "id".to_owned(), ToString::to_string)
}
