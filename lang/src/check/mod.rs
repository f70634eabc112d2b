//! Items to checked items: names resolved, types known, every mistake found.

pub(crate) mod graph;
pub(crate) mod literal;
pub mod types;
pub(crate) mod channel;
pub mod declare;
pub mod tag;
pub mod scope;
pub(crate) mod path;
pub mod note;
pub(crate) mod choice;
pub(crate) mod placed;
pub(crate) mod unknown;
pub(crate) mod late;
pub(crate) mod expr;
pub(crate) mod operators;
pub(crate) mod default;
pub(crate) mod computed;
pub(crate) mod bare;
pub(crate) mod collections;
pub(crate) mod times;
pub(crate) mod texts;
pub(crate) mod message;
pub(crate) mod obligation;
pub(crate) mod readers;
pub(crate) mod stricter;
pub mod action;
pub(crate) mod part;
pub(crate) mod tier;
pub(crate) mod window;
pub mod define;
pub mod cost;
pub(crate) mod rule;
pub(crate) mod policy;
pub(crate) mod cells;
pub mod facts;
pub mod table;
pub mod detector;
pub(crate) mod lookup;
pub(crate) mod given;
pub(crate) mod fixtures;
pub(crate) mod value;
pub(crate) mod answered;
pub(crate) mod call;
pub(crate) mod expect;
pub(crate) mod rows;
pub(crate) mod steps;
pub(crate) mod law;
pub(crate) mod suite;
pub(crate) mod bundle;
pub mod judged;
pub mod budget;
pub mod notice;
pub mod ahead;
pub mod package;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::{Db, Item, Library, Namespace, Package, find, local_names, nameless, names};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::manifest::Settings;
use crate::naming::Names;
use crate::syntax::ast;

/// An item, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// What it means; `None` if a mistake left nothing to hold on to.
    pub hir: Option<HirItem>,
    /// Its mistakes, those of its syntax first.
    pub diagnostics: Vec<Diagnostic>,
    /// What a definition costs; nothing of other items.
    pub cost: cost::Cost,
}

/// What an item means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant holds the struct of its name")]
pub enum HirItem {
    Package(hir::Name),
    Enum(Arc<hir::Enum>),
    Type(Arc<hir::Type>),
    Record(Arc<hir::Record>),
    Entity(Arc<hir::Entity>),
    Action(Arc<hir::Action>),
    Tiers(Vec<hir::Tier>),
    Approvers(Arc<hir::Approvers>),
    Use,
    Extend(Arc<hir::Extend>),
    Tag(Arc<hir::Tag>),
    Obligation(Arc<hir::Obligation>),
    Window(Arc<hir::Window>),
    Event(Arc<hir::Event>),
    Define(Arc<hir::Define>),
    Table(Arc<hir::Table>),
    Detector(Arc<hir::Detector>),
    Policy(Arc<hir::Policy>),
    Suite(Arc<hir::Suite>),
}

/// The most mistakes that are told of one item. Who has more will not read them all at once.
const MAX_MISTAKES: usize = 100;

/// Checks one item. It reads of other items only what they declare.
#[salsa::tracked]
pub fn check_item<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Checked {
    let tree = item.ast(db);
    let mut out = Checked { diagnostics: tree.diagnostics.clone(), ..Checked::default() };
    let Some(kind) = &tree.kind else { return out };
    // What an item's definitions mean is asked before its expressions are walked, so that the stack holds
    // the one or the other.
    for used in define::uses(db, package, item) {
        if define::standing(db, package, *used) == define::Standing::Sound {
            check_item(db, package, *used);
        }
    }
    let mut cx = Cx::new(db, package, item);
    out.hir = meaning(&mut cx, kind);
    out.cost = cx.cost;
    out.diagnostics.append(&mut cx.diagnostics);
    out.diagnostics.truncate(MAX_MISTAKES);
    out
}

/// What an item means; its mistakes are reported.
fn meaning(cx: &mut Cx<'_>, kind: &ast::ItemKind) -> Option<HirItem> {
    match kind {
        ast::ItemKind::Package(name) => package::declaration(cx, name),
        ast::ItemKind::Enum(x) => Some(HirItem::Enum(Arc::new(declare::enumeration(cx, x)))),
        ast::ItemKind::Type(x) => declare::named_type(cx, x).map(|t| HirItem::Type(Arc::new(t))),
        ast::ItemKind::Record(x) => Some(HirItem::Record(Arc::new(declare::record(cx, x)))),
        ast::ItemKind::Entity(x) => Some(HirItem::Entity(Arc::new(declare::entity(cx, x)))),
        ast::ItemKind::Action(x) => Some(HirItem::Action(Arc::new(action::action(cx, x)))),
        ast::ItemKind::Tiers(x) => Some(HirItem::Tiers(tier::tiers(cx, x))),
        ast::ItemKind::Approvers(x) => Some(HirItem::Approvers(Arc::new(tier::approvers(cx, x)))),
        ast::ItemKind::Obligation(x) => obligation::obligation(cx, x).map(|o| HirItem::Obligation(Arc::new(o))),
        ast::ItemKind::Extend(x) => action::extend(cx, x).map(|e| HirItem::Extend(Arc::new(e))),
        ast::ItemKind::Tag(x) => Some(HirItem::Tag(Arc::new(tag::tag(cx, x)))),
        ast::ItemKind::Window(x) => window::window(cx, x).map(|w| HirItem::Window(Arc::new(w))),
        ast::ItemKind::Event(x) => Some(HirItem::Event(Arc::new(window::event(cx, x)))),
        ast::ItemKind::Use(x) => {
            bundle::used(cx, x);
            Some(HirItem::Use)
        }
        ast::ItemKind::Enforce(x) => {
            bundle::enforce(cx, x);
            Some(HirItem::Use)
        }
        ast::ItemKind::Table(x) if detector::is_detector(x) => {
            detector::detector(cx, x).map(|d| HirItem::Detector(Arc::new(d)))
        }
        ast::ItemKind::Table(x) => table::table(cx, x).map(|t| HirItem::Table(Arc::new(t))),
        ast::ItemKind::Define(x) => define::define(cx, x).map(|d| HirItem::Define(Arc::new(d))),
        ast::ItemKind::Policy(x) => policy::policy(cx, x).map(|p| HirItem::Policy(Arc::new(p))),
        ast::ItemKind::Suite(x) => suite::suite(cx, x).map(|s| HirItem::Suite(Arc::new(s))),
    }
}

/// What every check can see.
pub(crate) struct Cx<'db> {
    pub(crate) db: &'db dyn Db,
    pub(crate) package: Package,
    pub(crate) item: Item<'db>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The most elements of the collections that were read.
    pub(crate) sizes: BTreeMap<hir::Path, u32>,
    /// What the definition costs.
    pub(crate) cost: cost::Cost,
    /// What is learned of places, if somebody wants to know.
    pub(crate) notes: Option<Vec<note::Note>>,
}

impl<'db> Cx<'db> {
    pub(crate) fn new(db: &'db dyn Db, package: Package, item: Item<'db>) -> Self {
        Cx { db, package, item, diagnostics: vec![], sizes: BTreeMap::new(), cost: cost::Cost::default(), notes: None }
    }

    /// Whether the item is of the root package: one that it uses declares for actions that may not be there.
    pub(crate) fn of_root(&self) -> bool {
        *self.item.home(self.db) == *self.package.name(self.db)
    }

    /// Whether a policy is for actions that may not be there: that of a package that is used, or one that a package
    /// without any action offers to others.
    pub(crate) fn is_for_others(&self) -> bool {
        let offers = self.item.ast(self.db).public && names(self.db, self.package, Namespace::Action).is_empty();
        !self.of_root() || offers && !self.excused(Namespace::Action)
    }

    /// How the package of the item is checked.
    pub(crate) fn settings(&self) -> &'db Settings {
        self.home_library().map_or_else(|| self.package.settings(self.db), |library| library.settings(self.db))
    }

    /// The package of the item, if it is not the root package.
    pub(crate) fn home_library(&self) -> Option<Library> {
        let home = self.item.home(self.db);
        self.package.libraries(self.db).iter().find(|l| l.name(self.db) == home).copied()
    }

    /// The name by which the bundle knows what the item's own package calls so.
    pub(crate) fn at_home(&self, name: &str) -> String {
        if self.of_root() { name.to_owned() } else { format!("{}.{name}", self.item.home(self.db)) }
    }

    /// What the item's own package calls something that the bundle knows by this name.
    pub(crate) fn called(&self, name: &str) -> hir::Name {
        self.local_names().called(None, name).unwrap_or_else(|| name.into())
    }

    /// What the names in the item's package stand for.
    pub(crate) fn local_names(&self) -> &'db Names {
        local_names(self.db, self.package, self.home_library())
    }

    /// The item that a name stands for which is written in this one. A library knows nothing of who uses it.
    pub(crate) fn find(&self, namespace: Namespace, name: &str) -> Option<Item<'db>> {
        let found = find(self.db, self.package, namespace, name)?;
        (self.of_root() || *found.home(self.db) != *self.package.name(self.db)).then_some(found)
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether an item has a mistake, so that what it lacks may be only that mistake.
    pub(crate) fn broken(&self, namespace: Namespace, name: &str) -> bool {
        let Some(item) = find(self.db, self.package, namespace, name) else { return true };
        if namespace == Namespace::Action
            && let Some((whole, _)) = declare::part_of(self.db, self.package, name)
        {
            // A part has what the whole declares.
            let own = &check_item(self.db, self.package, item).diagnostics;
            return !own.is_empty() || *whole == *name || self.broken(namespace, &whole);
        }
        let checked = check_item(self.db, self.package, item);
        let declared = match &item.ast(self.db).kind {
            Some(ast::ItemKind::Record(r)) => r.fields.len(),
            Some(ast::ItemKind::Entity(e)) => e.fields.len(),
            Some(ast::ItemKind::Action(a)) => {
                let added = action::extensions(self.db, self.package, a.name.text.clone());
                let added = added.iter().filter_map(|item| match &item.ast(self.db).kind {
                    Some(ast::ItemKind::Extend(extend)) => Some(&extend.clauses),
                    _ => None,
                });
                let added = added.flatten().filter(|c| !matches!(c.kind, ast::ActionClauseKind::Input(_)));
                let parts = a.clauses.iter().chain(added).map(|c| match &c.kind {
                    ast::ActionClauseKind::Input(fields) | ast::ActionClauseKind::Output(fields) => fields.len(),
                    ast::ActionClauseKind::By(types) => types.len(),
                    ast::ActionClauseKind::On(..) | ast::ActionClauseKind::Context(_) => 1,
                    ast::ActionClauseKind::Tier(_)
                    | ast::ActionClauseKind::Tags(_)
                    | ast::ActionClauseKind::Ask { .. } => 0,
                });
                parts.sum()
            }
            _ => 0,
        };
        let known = match &checked.hir {
            Some(HirItem::Record(r)) => r.fields.len(),
            Some(HirItem::Entity(e)) => e.fields.len(),
            Some(HirItem::Action(a)) => {
                a.input.len()
                    + a.output.as_ref().map_or(0, Vec::len)
                    + a.principals.len()
                    + usize::from(a.resource.is_some())
                    + usize::from(a.context.is_some())
            }
            _ => 0,
        };
        // What names a type is lost if the type has a mistake, in whichever item.
        !checked.diagnostics.is_empty() || known != declared
    }

    /// Whether an unknown name may be that of an item which has lost its own.
    pub(crate) fn excused(&self, namespace: Namespace) -> bool {
        nameless(self.db, self.package, namespace)
    }
}
