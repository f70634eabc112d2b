//! Fixtures: what names stand for in a suite, and how far they may build on each other.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::Cx;
use super::given::{Given, World};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::syntax::ast::{self, ExprKind, FixtureKind, Ident, Value, ValueKind};

/// How many fixtures may build on each other.
pub(crate) const MAX_LEVELS: usize = 32;

/// How many values and bytes, in units of 64, the requests of a suite may have when written out.
const MAX_VALUES: usize = 1_000_000;

/// The fixtures of a suite.
pub(crate) struct Table<'a> {
    pub(crate) fixtures: &'a [ast::Fixture],
    /// By name, the latest last.
    pub(crate) names: BTreeMap<&'a str, Vec<usize>>,
    /// For each, whether it builds on too many others.
    pub(crate) tall: Vec<bool>,
    /// For each, whether it has a mistake, which has been reported.
    pub(crate) bad: Vec<Cell<bool>>,
    /// Whether some of the suite was not understood: what is not found may be there.
    pub(crate) broken: bool,
    /// What is left of [`MAX_VALUES`].
    pub(crate) left: Cell<usize>,
    /// What is known of the entities of the value at hand.
    pub(crate) given: RefCell<Given>,
    /// What fixtures say of entities that sources answer for.
    pub(crate) world: RefCell<World>,
    /// The columns of the test at hand.
    pub(crate) columns: RefCell<Vec<Name>>,
}

/// What fixtures a value may use: those declared before it.
#[derive(Clone, Copy)]
pub(crate) struct Fixtures<'a> {
    pub(crate) table: &'a Table<'a>,
    pub(crate) before: usize,
}

/// What a name stands for in a suite.
pub(crate) enum Known<'a> {
    Value(&'a Value, Fixtures<'a>),
    Request(&'a ast::Call, Fixtures<'a>),
    /// A mistake that has been reported.
    Poison,
    Nothing,
}

/// A name without the package of which an item is called so as well: fixtures have no dots in their names.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl<'a> Table<'a> {
    pub(crate) fn new(fixtures: &'a [ast::Fixture], broken: bool) -> Self {
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut levels: Vec<usize> = vec![];
        for (i, f) in fixtures.iter().enumerate() {
            let mut level = 0;
            let mut visit = |name: &str| {
                if let Some(used) = names.get(short(name)).and_then(|at| at.last()).and_then(|at| levels.get(*at)) {
                    level = level.max(used + 1);
                }
            };
            match &f.kind {
                FixtureKind::Value(v) => uses(v, &mut visit),
                FixtureKind::Request(call) => {
                    uses(&call.principal, &mut visit);
                    [&call.resource, &call.input, &call.context]
                        .into_iter()
                        .flatten()
                        .for_each(|v| uses(v, &mut visit));
                }
                FixtureKind::Row(..) => {}
            }
            levels.push(level);
            // A row is no fixture of its table's name.
            if !matches!(f.kind, FixtureKind::Row(..)) {
                names.entry(&f.name.text).or_default().push(i);
            }
        }
        let tall = levels.into_iter().map(|level| level >= MAX_LEVELS).collect();
        let bad = fixtures.iter().map(|_| Cell::new(false)).collect();
        Table {
            fixtures,
            names,
            tall,
            bad,
            broken,
            left: Cell::new(MAX_VALUES),
            given: RefCell::default(),
            world: RefCell::default(),
            columns: RefCell::default(),
        }
    }

    pub(crate) fn before(&'a self, before: usize) -> Fixtures<'a> {
        Fixtures { table: self, before }
    }
}

impl<'a> Fixtures<'a> {
    pub(crate) fn find(self, name: &str) -> Known<'a> {
        let at = self.table.names.get(short(name)).and_then(|all| {
            let later = all.partition_point(|at| *at < self.before);
            all.get(later.checked_sub(1)?).copied()
        });
        let Some(at) = at else { return if self.table.broken { Known::Poison } else { Known::Nothing } };
        let bad = self.table.bad.get(at).is_some_and(Cell::get);
        if bad || self.table.tall.get(at) == Some(&true) || self.table.left.get() == 0 {
            return Known::Poison;
        }
        let before = Fixtures { before: at, ..self };
        match self.table.fixtures.get(at).map(|f| &f.kind) {
            Some(FixtureKind::Value(v)) => Known::Value(v, before),
            Some(FixtureKind::Request(call)) => Known::Request(call, before),
            Some(FixtureKind::Row(..)) | None => Known::Nothing,
        }
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        let values = self.table.fixtures.iter().take(self.before).filter(|f| !matches!(f.kind, FixtureKind::Row(..)));
        values.map(|f| &*f.name.text)
    }

    /// Counts what is written out; `false` when it is too much.
    pub(crate) fn spend(self, units: usize) -> bool {
        let left = self.table.left.get().saturating_sub(units);
        self.table.left.set(left);
        left > 0
    }
}

/// The names that a value uses.
fn uses(v: &Value, visit: &mut impl FnMut(&str)) {
    match &v.kind {
        ValueKind::Literal(ast::Expr { kind: ExprKind::Name(n), .. }) => visit(&n.text),
        ValueKind::Literal(_) | ValueKind::Reference(..) => {}
        ValueKind::List(values) => values.iter().for_each(|v| uses(v, visit)),
        ValueKind::Record(_, entries) => entries.iter().for_each(|e| uses(&e.value, visit)),
        ValueKind::With(n, entries) => {
            visit(&n.text);
            entries.iter().for_each(|e| uses(&e.value, visit));
        }
    }
}

pub(crate) fn builds_on_tall(table: &Table<'_>, before: usize, v: &Value) -> bool {
    let mut tall = false;
    uses(v, &mut |name| {
        let at = table.names.get(short(name)).and_then(|all| all.iter().rev().find(|at| **at < before));
        tall |= at.is_some_and(|at| table.tall.get(*at) == Some(&true));
    });
    tall
}

impl Cx<'_> {
    /// The entity type that a value says it has.
    pub(crate) fn entity_of(&mut self, fixtures: Fixtures<'_>, v: &Value) -> Option<Name> {
        let name = match &v.kind {
            ValueKind::Record(Some(name), _) | ValueKind::Reference(name, _) => return self.entity(name),
            ValueKind::With(name, _) | ValueKind::Literal(ast::Expr { kind: ExprKind::Name(name), .. }) => name,
            _ => return None,
        };
        match fixtures.find(&name.text) {
            Known::Value(v, before) => self.entity_of(before, v),
            _ => None,
        }
    }

    /// The members of a record, its fixtures followed.
    pub(crate) fn written_out(
        &mut self,
        fixtures: Fixtures<'_>,
        v: &Value,
    ) -> Option<(Option<Ident>, Vec<ast::Entry>)> {
        let (name, changes) = match &v.kind {
            ValueKind::Record(ty, entries) => return Some((ty.clone(), entries.clone())),
            ValueKind::Reference(ty, id) => return Some((Some(ty.clone()), vec![id_entry(id)])),
            ValueKind::With(name, changes) => (name, changes.as_slice()),
            ValueKind::Literal(ast::Expr { kind: ExprKind::Name(name), .. }) => (name, &[][..]),
            _ => return None,
        };
        match fixtures.find(&name.text) {
            Known::Value(base, before) => {
                let (ty, entries) = self.written_out(before, base)?;
                Some((ty, merged(&entries, changes)))
            }
            _ => None,
        }
    }
}

/// `id: "…"`, as it stands between braces.
fn id_entry(id: &ast::Text) -> ast::Entry {
    let literal = ast::Expr { kind: ExprKind::Text(id.clone()), span: id.span, depth: 1 };
    ast::Entry {
        name: Ident { text: "id".into(), span: id.span },
        value: Value { kind: ValueKind::Literal(literal), span: id.span, depth: 1 },
        comma: true,
    }
}

pub(crate) fn merged(base: &[ast::Entry], changes: &[ast::Entry]) -> Vec<ast::Entry> {
    let changed: BTreeSet<&Name> = changes.iter().map(|c| &c.name.text).collect();
    base.iter().filter(|e| !changed.contains(&e.name.text)).chain(changes).cloned().collect()
}

pub(crate) fn unknown_fixture(name: &Ident, fixtures: Fixtures<'_>) -> Diagnostic {
    let columns = fixtures.table.columns.borrow();
    let known = fixtures.names().chain(columns.iter().map(|c| &**c));
    Diagnostic::new(Code::UnknownFixture, name.span, format!("no fixture is called `{}`", name.text))
        .label("not declared before this")
        .help(format!("declare it in the suite, before it is used: `fixture {} = …`", name.text))
        .did_you_mean(name.span, &name.text, known)
}
