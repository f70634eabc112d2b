//! The places that rules read, by the definitions, tags, windows and messages through which they read them.

use std::collections::BTreeSet;

use super::Row;
use super::limits::number;
use super::places::{LISTED, Place, further, joined, keyed_by};
use crate::hir::{Action, Expr, ExprKind, Name, Package, Path, Piece, Root, Ty, Window};

/// What parameters and variables stand for: any of these places.
#[derive(Clone, Default)]
pub(super) struct Places {
    params: Vec<Vec<Place>>,
    vars: Vec<Vec<Place>>,
}

/// The places that expressions read.
pub(super) struct Reads<'p> {
    package: &'p Package,
    /// The action at hand, for the fields of its tags.
    action: Option<&'p Action>,
    pub(super) found: BTreeSet<Place>,
    pub(super) rows: BTreeSet<Row>,
    /// The windows that messages show.
    pub(super) shown: BTreeSet<Name>,
}

impl<'p> Reads<'p> {
    pub(super) fn new(package: &'p Package, action: Option<&'p Action>) -> Self {
        Reads { package, action, found: BTreeSet::new(), rows: BTreeSet::new(), shown: BTreeSet::new() }
    }

    pub(super) fn window(&mut self, window: &Window) {
        let none = Places::default();
        window.value.iter().chain(&window.condition).chain(&window.key).for_each(|e| self.expr(e, &none));
    }

    pub(super) fn message(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Path { path, .. } => self.path(path, &Places::default()),
                Piece::OneOf(variants) => self.message(variants),
                Piece::Reading { window, .. } => drop(self.shown.insert(window.clone())),
                Piece::Text(_) => {}
            }
        }
    }

    pub(super) fn path(&mut self, path: &Path, env: &Places) {
        if let Some(says) = self.tag(path) {
            self.expr(says, &Places::default());
        }
        let read = self.resolve(path, env);
        // A list written out is read where its elements are.
        self.found.extend(read.into_iter().map(|place| match place.1.last() {
            Some(last) if **last == *LISTED => further(place, "[]".into()),
            _ => place,
        }));
    }

    /// Takes note of a row that a source is asked for.
    fn row(&mut self, table: &Name, key: &[Expr], env: &Places) {
        let Some(source) = self.package.tables.get(table).and_then(|table| table.source.as_ref()) else { return };
        let by = key.iter().map(|part| self.key_part(part, env)).collect();
        let row = Row { source: source.name.clone(), table: table.clone(), by, fresh: source.fresh };
        self.rows.insert(row);
    }

    /// Where a part of a key is.
    fn key_part(&self, part: &Expr, env: &Places) -> String {
        match &part.kind {
            ExprKind::Path(path) => {
                let places: BTreeSet<String> = self
                    .resolve(path, env)
                    .iter()
                    .map(|(root, fields)| match self.action {
                        Some(action) => keyed_by(action, *root, fields),
                        None => joined(*root, fields),
                    })
                    .collect();
                if places.is_empty() { "…".to_owned() } else { places.into_iter().collect::<Vec<_>>().join(" or ") }
            }
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Int(value) | ExprKind::Decimal(value) => number(part.ty.base(), *value, 0),
            ExprKind::Text(text) | ExprKind::Entity(text) => format!("\"{}\"", text.escape_debug()),
            ExprKind::Member(index) => match part.ty.base() {
                Ty::Enum(name) => {
                    let members = self.package.enums.get(name).map(|e| &e.members);
                    let member = members.and_then(|all| all.get(usize::try_from(*index).ok()?));
                    member.map_or_else(|| "…".to_owned(), |member| member.name.to_string())
                }
                _ => "…".to_owned(),
            },
            _ => "…".to_owned(),
        }
    }

    /// What the action at hand says of the field of a tag.
    fn tag(&self, path: &Path) -> Option<&'p Expr> {
        let (Root::Tag, [_, field, ..]) = (path.root, path.fields.as_slice()) else { return None };
        let mut says = self.action?.tags.iter().flat_map(|used| &used.fields);
        says.find(|(name, _)| name == field).map(|(_, says)| says)
    }

    /// The places that a path may lead to.
    fn resolve(&self, path: &Path, env: &Places) -> Vec<Place> {
        let at = |list: &[Vec<Place>], i: u32| {
            usize::try_from(i).ok().and_then(|i| list.get(i).cloned()).unwrap_or_default()
        };
        let (from, rest) = match path.root {
            Root::Param(i) => (at(&env.params, i), path.fields.as_slice()),
            Root::Var(i) => (at(&env.vars, i), path.fields.as_slice()),
            Root::Tag => {
                let from = self.tag(path).map(|says| self.places(says, &Places::default())).unwrap_or_default();
                (from, path.fields.get(2..).unwrap_or_default())
            }
            root => (vec![(root, vec![])], path.fields.as_slice()),
        };
        // Whichever element is read by its place, or member by its name, is one of them.
        let any = |step: &Name| -> Vec<Name> {
            match step.strip_prefix('[') {
                Some(name) if name.starts_with('"') => vec!["[]".into(), "value".into()],
                Some(_) => vec!["[]".into()],
                None => vec![step.clone()],
            }
        };
        let rest: Vec<Name> = rest.iter().flat_map(any).collect();
        from.into_iter().map(|place| rest.iter().cloned().fold(place, further)).collect()
    }

    /// The places that an expression may stand for.
    fn places(&self, e: &Expr, env: &Places) -> Vec<Place> {
        match &e.kind {
            ExprKind::Path(path) => self.resolve(path, env),
            ExprKind::Else(path, other) => [self.resolve(path, env), self.places(other, env)].concat(),
            ExprKind::Collect(_, a, b) | ExprKind::If(_, a, b) => [self.places(a, env), self.places(b, env)].concat(),
            ExprKind::List(all) => {
                let elements = all.iter().flat_map(|one| self.places(one, env));
                elements.map(|place| further(place, LISTED.into())).collect()
            }
            _ => vec![],
        }
    }

    pub(super) fn expr(&mut self, e: &Expr, env: &Places) {
        match &e.kind {
            ExprKind::Path(path) | ExprKind::Has(path) => self.path(path, env),
            ExprKind::Else(path, other) => {
                self.path(path, env);
                self.expr(other, env);
            }
            ExprKind::Under(a, b) => {
                if matches!(a.ty.base(), Ty::Entity(_)) {
                    let above = self.places(a, env).into_iter().map(|(root, mut fields)| {
                        fields.push("in".into());
                        (root, fields)
                    });
                    self.found.extend(above);
                }
                self.expr(a, env);
                self.expr(b, env);
            }
            ExprKind::Call(name, args) => {
                args.iter().for_each(|arg| self.expr(arg, env));
                let params = args.iter().map(|arg| self.places(arg, env)).collect();
                if let Some(define) = self.package.defines.get(name) {
                    self.expr(&define.body, &Places { params, vars: vec![] });
                }
            }
            ExprKind::Quantifier { over, var, body, .. } => {
                self.expr(over, env);
                let elements = self.places(over, env).into_iter().map(|place| further(place, "[]".into())).collect();
                let mut inner = env.clone();
                inner.vars.truncate(usize::try_from(*var).unwrap_or(usize::MAX));
                inner.vars.push(elements);
                self.expr(body, &inner);
            }
            ExprKind::Lookup(table, key, _) | ExprKind::InTable(table, key) => {
                self.row(table, key, env);
                e.parts().into_iter().for_each(|part| self.expr(part, env));
            }
            _ => e.parts().into_iter().for_each(|part| self.expr(part, env)),
        }
    }
}
