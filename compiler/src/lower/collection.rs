//! Collections as they are lowered: never built, only asked.

use zt_lang::hir::{Collect, Ty};
use zt_runtime::ir::Expr;

use super::place::Place;
use super::value::{Value, is_text};

/// A list or a set.
#[derive(Debug, Clone)]
pub(super) enum Collection<'a> {
    /// A list or set of the request.
    Place(Place<'a>),
    /// A set of scalars that is remembered.
    Set(Expr),
    /// These elements; of a set, some may be equal.
    Items(Vec<Value>),
    /// Made of two.
    Both(Collect, Box<Collection<'a>>, Box<Collection<'a>>),
    /// One of two.
    If(Expr, Box<Collection<'a>>, Box<Collection<'a>>),
    /// One that is there only where these have not failed.
    Needs(Vec<Expr>, Box<Collection<'a>>),
}

/// What its elements are, and how they are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Whether an element is there once.
    pub(super) set: bool,
    /// Whether elements are texts, or entities.
    pub(super) text: bool,
}

impl Kind {
    /// Of a list or set type.
    pub(super) fn of(ty: &Ty) -> Kind {
        match ty.base() {
            Ty::Set(element) => Kind { set: true, text: is_text(element) },
            Ty::List(element) => Kind { set: false, text: is_text(element) },
            other => unreachable!("no collection: {other:?}"),
        }
    }
}
