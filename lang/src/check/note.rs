//! What the check learns of places in an item, for whoever points at one.
//!
//! An item is checked once more with its notes taken: what is stored of a check stays as small as it is.

use super::path::{Alternative, View};
use super::{Cx, meaning};
use crate::db::{Db, Item, Package};
use crate::hir::{Field, Name, Root, Ty};
use crate::span::Span;
use crate::syntax::ast;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The place, relative to the item.
    pub span: Span,
    /// What stands there.
    pub meaning: Meaning,
}

/// What a place means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// A value of a type.
    Value(Ty),
    /// What attributes are read from: `principal`, `input` and their kin, and whose attributes these are.
    Root(Vec<Owner>),
    /// An attribute.
    Field(Owner, Field),
    /// The member of an enum of this name.
    Member(Name, Name),
}

/// What declares attributes, by its name in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A record or an entity.
    Type(Name),
    /// The arguments of an action.
    Input(Name),
    /// What an action gives back.
    Output(Name),
    /// A tag, or one that it is in.
    Tag(Name),
    /// An event.
    Event(Name),
    /// An obligation.
    Obligation(Name),
}

/// What the check learns of the places in an item. Of several notes on one place the last is the nearest.
#[must_use]
pub fn notes<'db>(db: &'db dyn Db, package: Package, item: Item<'db>) -> Vec<Note> {
    let tree = item.ast(db);
    let Some(kind) = &tree.kind else { return vec![] };
    let mut cx = Cx::new(db, package, item);
    cx.notes = Some(vec![]);
    let _ = meaning(&mut cx, kind);
    let mut out: Vec<Note> = vec![];
    for note in cx.notes.unwrap_or_default() {
        // What is said of one fixture is said wherever it is used.
        if out.last() != Some(&note) {
            out.push(note);
        }
    }
    out
}

impl Cx<'_> {
    pub(crate) fn note(&mut self, span: Span, meaning: impl FnOnce() -> Meaning) {
        if let Some(notes) = &mut self.notes {
            notes.push(Note { span, meaning: meaning() });
        }
    }

    /// Notes what a path begins with.
    pub(crate) fn note_root(&mut self, view: &View) {
        if self.notes.is_none() {
            return;
        }
        let owners: Vec<Owner> = view.alternatives.iter().filter_map(|a| self.owner(view, a)).collect();
        let named = matches!(view.path.root, Root::Param(_) | Root::Var(_));
        match view.alternatives.as_slice() {
            [Alternative::Value(ty, _)] if named || owners.is_empty() => {
                self.note(view.span, || Meaning::Value(ty.clone()));
            }
            _ => self.note(view.span, || Meaning::Root(owners)),
        }
    }

    /// Notes an attribute that is read of something.
    pub(crate) fn note_step(&mut self, view: &View, of: &Alternative, field: &Field, span: Span) {
        if self.notes.is_none() {
            return;
        }
        match self.owner(view, of) {
            Some(owner) => self.note(span, || Meaning::Field(owner, field.clone())),
            None => self.note(span, || Meaning::Value(field.ty.ty.clone())),
        }
    }

    fn owner(&self, view: &View, of: &Alternative) -> Option<Owner> {
        Some(match of {
            Alternative::Value(ty, _) => match ty.base() {
                Ty::Record(name) | Ty::Entity(name) => Owner::Type(name.clone()),
                _ => return None,
            },
            Alternative::Arguments(action) => Owner::Input(action.clone()),
            Alternative::Returned(action) => Owner::Output(action.clone()),
            Alternative::Told(event) => Owner::Event(event.clone()),
            Alternative::Fields(_) if view.path.root == Root::Tag => Owner::Tag(view.path.fields.first()?.clone()),
            // What an action declares of itself.
            Alternative::Fields(_) => match &self.item.ast(self.db).kind {
                Some(ast::ItemKind::Action(action)) => Owner::Input(action.name.text.clone()),
                _ => return None,
            },
            Alternative::Nothing => return None,
        })
    }
}
