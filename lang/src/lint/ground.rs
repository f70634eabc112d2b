//! What is declared of the values that a condition reads: their types, what these refuse, and whether reading them can
//! fail.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::domain::Domain;
use crate::check::declare::{field, find_action, find_entity, members};
use crate::check::types::unbounded;
use crate::check::{HirItem, check_item};
use crate::db::{Db, Namespace, Package, find};
use crate::hir::{Bounds, Channel, Define, Expr, Field, Name, Path, Root, Table, Ty};

/// A declared type with what it refuses.
pub(super) type Slot = (Ty, Bounds);

/// Calls that a condition is about: actions with types of principals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Calls {
    /// The actions.
    pub(super) actions: Vec<Name>,
    /// The types of principals.
    pub(super) principals: Vec<Name>,
}

impl Calls {
    /// Of these pairs.
    pub(super) fn of(scope: &[(Name, Name)]) -> Self {
        let mut out = Calls { actions: vec![], principals: vec![] };
        for (action, principal) in scope {
            if !out.actions.contains(action) {
                out.actions.push(action.clone());
            }
            if !out.principals.contains(principal) {
                out.principals.push(principal.clone());
            }
        }
        out
    }
}

/// What may stand at a path, and whether reading it can fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// What is declared, by action and principal; nothing where that is not known.
    pub(super) slots: Vec<Slot>,
    /// Whether reading it can fail.
    pub(super) fails: bool,
}

/// What declarations say. Who asks of one item does not notice when others change.
pub(super) struct Ground<'db> {
    db: &'db dyn Db,
    package: Package,
    paths: RefCell<BTreeMap<Path, Rc<Seen>>>,
    calls: Calls,
}

/// Where a step of a path leads from.
enum From {
    Arguments(Name),
    Value(Ty, Bounds),
}

impl<'db> Ground<'db> {
    /// For conditions about these calls.
    pub(super) fn new(db: &'db dyn Db, package: Package, calls: Calls) -> Self {
        Ground { db, package, paths: RefCell::default(), calls }
    }

    /// The types that the principal may have.
    pub(super) fn principals(&self) -> &[Name] {
        &self.calls.principals
    }

    /// A definition.
    pub(super) fn define(&self, name: &Name) -> Option<Arc<Define>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Define, name)?).hir {
            Some(HirItem::Define(define)) => Some(define.clone()),
            _ => None,
        }
    }

    /// A table, but for its rows where they stand in a file.
    pub(super) fn table(&self, name: &Name) -> Option<Arc<Table>> {
        match &check_item(self.db, self.package, find(self.db, self.package, Namespace::Table, name)?).hir {
            Some(HirItem::Table(table)) => Some(table.clone()),
            _ => None,
        }
    }

    /// What each action says of the field of a tag that a path leads to; `None` where it leads further, or elsewhere.
    pub(super) fn tagged(&self, path: &Path) -> Option<Vec<Expr>> {
        let (Root::Tag, [_, field]) = (path.root, path.fields.as_slice()) else { return None };
        let actions = self.calls.actions.iter();
        let says = actions.map(|name| {
            let action = find_action(self.db, self.package, name)?;
            let mut all = action.tags.iter().flat_map(|tag| &tag.fields);
            all.find(|(name, _)| name == field).map(|(_, says)| says.clone())
        });
        says.collect()
    }

    /// What may stand at a path; `vars` are the elements of the quantifiers around.
    pub(super) fn read(&self, path: &Path, vars: &[Vec<Slot>]) -> Rc<Seen> {
        // What a variable is depends on where it stands.
        if matches!(path.root, Root::Var(_)) {
            return Rc::new(self.walk(path, vars));
        }
        if let Some(seen) = self.paths.borrow().get(path) {
            return seen.clone();
        }
        let seen = Rc::new(self.walk(path, vars));
        self.paths.borrow_mut().insert(path.clone(), seen.clone());
        seen
    }

    fn walk(&self, path: &Path, vars: &[Vec<Slot>]) -> Seen {
        let value = |ty: Ty| From::Value(ty.clone(), unbounded(&ty));
        let actions = || self.calls.actions.iter().filter_map(|name| find_action(self.db, self.package, name));
        // Nothing vouches for what these hold beyond ids, or it is computed.
        let mut fails = false;
        let mut vague = false;
        let start: Vec<From> = match path.root {
            Root::Principal => self.calls.principals.iter().map(|p| value(Ty::Entity(p.clone()))).collect(),
            Root::Input => self.calls.actions.iter().map(|a| From::Arguments(a.clone())).collect(),
            Root::Resource => {
                // A request may leave out what is computed, and then only its id is known.
                vague = actions().any(|action| action.resource_id.is_some());
                actions().filter_map(|action| action.resource.clone().map(Ty::Entity)).map(value).collect()
            }
            Root::Context => actions().filter_map(|action| action.context.clone().map(Ty::Record)).map(value).collect(),
            // A host may have any clock.
            Root::Now => {
                let any = Bounds { min: i64::MIN, max: i64::MAX, ..unbounded(&Ty::Instant) };
                vec![From::Value(Ty::Instant, any)]
            }
            Root::Var(n) => {
                vague = true;
                let known = usize::try_from(n).ok().and_then(|n| vars.get(n)).filter(|slots| !slots.is_empty());
                let Some(slots) = known else { return Seen { slots: vec![], fails: true } };
                slots.iter().map(|(ty, bounds)| From::Value(ty.clone(), bounds.clone())).collect()
            }
            Root::Tag | Root::Event | Root::Output | Root::Param(_) => return Seen { slots: vec![], fails: true },
        };
        let mut at = start;
        for step in &path.fields {
            let mut next: Vec<From> = vec![];
            for from in &at {
                let (fields, entity): (Cow<'_, [Field]>, Option<&Name>) = match from {
                    From::Arguments(action) => {
                        let input = find_action(self.db, self.package, action).map(|a| Cow::Borrowed(&*a.input));
                        (input.unwrap_or_default(), None)
                    }
                    From::Value(ty, bounds) => {
                        if step.starts_with('[') {
                            next.extend(indexed(ty, bounds).map(|(ty, bounds)| From::Value(ty, bounds)));
                            vague = true;
                            continue;
                        }
                        let entity = if let Ty::Entity(name) = ty.base() { Some(name) } else { None };
                        (members(self.db, self.package, ty).unwrap_or_default(), entity)
                    }
                };
                if entity.is_some() && &**step == "id" {
                    next.push(value(Ty::String));
                    continue;
                }
                if let Some(name) = entity {
                    let sent = find_entity(self.db, self.package, name).is_some_and(|e| e.channel == Channel::Pep);
                    fails |= vague || !sent;
                }
                let found = field(&fields, step);
                next.extend(found.map(|f| From::Value(f.ty.ty.clone(), f.ty.bounds.clone())));
            }
            at = next;
        }
        let slots = at.into_iter().filter_map(|from| match from {
            From::Value(ty, bounds) => Some((ty, bounds)),
            From::Arguments(_) => None,
        });
        Seen { slots: slots.collect(), fails }
    }

    /// What a value of a declared type may be.
    pub(super) fn domain(&self, slots: &[Slot]) -> Domain {
        let one = |(ty, bounds): &Slot| self.of_type(ty, bounds);
        slots.iter().map(one).reduce(|a, b| a.join(&b)).unwrap_or(Domain::Any)
    }

    /// What a value of a type may be that refuses so much.
    pub(super) fn of_type(&self, ty: &Ty, bounds: &Bounds) -> Domain {
        match ty.base() {
            Ty::Bool => Domain::range(0, 1),
            Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size => {
                Domain::range(bounds.min, bounds.max)
            }
            Ty::Enum(name) => {
                let item = find(self.db, self.package, Namespace::Type, name);
                match item.map(|item| &check_item(self.db, self.package, item).hir) {
                    Some(Some(HirItem::Enum(e))) => {
                        Domain::range(0, i64::try_from(e.members.len()).unwrap_or(i64::MAX).saturating_sub(1))
                    }
                    _ => Domain::range(0, i64::MAX),
                }
            }
            Ty::String | Ty::Ident | Ty::Syntax(_) => Domain::NoneOf(Default::default()),
            _ => Domain::Any,
        }
    }
}

/// What is read by its place or name.
fn indexed(ty: &Ty, bounds: &Bounds) -> Option<Slot> {
    let (of, bounds) = element(ty, bounds)?;
    match &of {
        Ty::Entry(fields) => field(fields, "value").map(|f| (f.ty.ty.clone(), f.ty.bounds.clone())),
        _ => Some((of, bounds)),
    }
}

/// The elements of a collection of a declared type.
pub(super) fn element(ty: &Ty, bounds: &Bounds) -> Option<Slot> {
    match ty.base() {
        Ty::Set(of) | Ty::List(of) => {
            let bounds = bounds.element.as_deref().cloned().unwrap_or_else(|| unbounded(of));
            Some(((**of).clone(), bounds))
        }
        // The members of a map have bounds of their own.
        Ty::Map(of) => Some(((**of).clone(), unbounded(of))),
        _ => None,
    }
}
