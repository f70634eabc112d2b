//! What paths lead to and names stand for; and collections, which are never built, only asked.

use zt_lang::hir::{self, Collect, Ty};
use zt_runtime::Cause;
use zt_runtime::ir::Expr;

use super::place::Place;
use super::value::{Value, is_text};

/// What a parameter or variable stands for, or a path leads to.
#[derive(Debug, Clone)]
pub(super) enum Bound<'a> {
    /// A place in the request, or in what is looked up. More fields may follow it.
    Place(Place<'a>),
    /// Something that this entry can never have.
    Nowhere,
    /// A value, which is always there.
    Value(Value),
    /// An entity of which nothing is known but its id.
    Bare(&'a hir::Entity, Value),
    /// Something that cannot be known.
    Lost(Cause),
    /// One of two, by a condition.
    If(Expr, Box<Bound<'a>>, Box<Bound<'a>>),
    /// A collection.
    Collection(Collection<'a>),
}

/// What parameters and variables stand for.
#[derive(Debug, Default)]
pub(super) struct Env<'a> {
    pub(super) arguments: Vec<Bound<'a>>,
    pub(super) vars: Vec<Bound<'a>>,
}

/// A list or a set.
#[derive(Debug, Clone)]
pub(super) enum Collection<'a> {
    /// A list or set of the request, or of what is looked up.
    Place(Place<'a>),
    /// A set of scalars that is remembered.
    Set(Expr),
    /// These elements; of a set, some may be equal. Of a list of entities or records more is known than their values.
    Items(Vec<Bound<'a>>),
    /// Made of two.
    Both(Collect, Box<Collection<'a>>, Box<Collection<'a>>),
    /// One of two.
    If(Expr, Box<Collection<'a>>, Box<Collection<'a>>),
    /// One that is there only where these have not failed.
    Needs(Vec<Expr>, Box<Collection<'a>>),
}

/// What its elements are, and how they are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind<'a> {
    /// Whether an element is there once.
    pub(super) set: bool,
    /// Whether elements are texts, or entities.
    pub(super) text: bool,
    /// Of which type, if they are entities.
    pub(super) entity: Option<&'a hir::Entity>,
}

impl<'a> Kind<'a> {
    /// Of a list or set type.
    pub(super) fn of(ty: &Ty, package: &'a hir::Package) -> Self {
        let (set, element) = match ty.base() {
            Ty::Set(element) => (true, element),
            Ty::List(element) | Ty::Map(element) => (false, element),
            other => unreachable!("no collection: {other:?}"),
        };
        let entity = match element.base() {
            Ty::Entity(name) => Some(&*package.entities[name]),
            _ => None,
        };
        Kind { set, text: is_text(element), entity }
    }

    /// An element of which there is only its value.
    pub(super) fn element(&self, value: Value) -> Bound<'a> {
        match self.entity {
            Some(entity) => Bound::Bare(entity, value),
            None => Bound::Value(value),
        }
    }
}
