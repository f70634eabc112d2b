//! What an entry reads of a request, and the slots of its frame.
//!
//! A slot is given out when a rule first asks for it; what no rule reads has none.

use std::collections::BTreeMap;

use zt_lang::hir::{self, Field, Name, Path, Root, Ty};
use zt_runtime::schema::{Reads, Slot};

use super::interval::Interval;

/// Whose request it is: one action, one type of principal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) package: &'a hir::Package,
    pub(super) action: &'a hir::Action,
    pub(super) principal: &'a Name,
}

/// Where a path leads within an entry.
#[derive(Debug, Clone)]
pub(super) struct Place {
    root: Root,
    /// Indices of the fields on the way.
    steps: Vec<u32>,
    /// How many of the steps lead to the last optional field; none where there is none. Where that field is
    /// there, so are those before it, and those after it are required.
    optional: Option<usize>,
    /// Between which values it lies, if it is a number.
    pub(super) interval: Interval,
    /// The type of the entity that is there, if it is one.
    pub(super) entity: Option<Name>,
}

impl Scope<'_> {
    /// Finds where a path leads; nowhere if this entry lacks a part of it, as may happen to a rule that covers
    /// several actions or types of principal.
    pub(super) fn place(&self, path: &Path) -> Option<Place> {
        enum At<'a> {
            Entity(&'a Name, &'a [Field]),
            Record(&'a [Field]),
            Value,
        }
        let entity = |name| {
            let entity = &self.package.entities[name];
            At::Entity(&entity.name, &entity.fields)
        };
        let record = |name: &Name| At::Record(&self.package.records[name].fields);

        let mut at = match path.root {
            Root::Principal => entity(self.principal),
            Root::Resource => entity(self.action.resource.as_ref()?),
            Root::Context => record(self.action.context.as_ref()?),
            Root::Input => At::Record(&self.action.input),
            Root::Now => At::Value,
            Root::Param(_) | Root::Tag | Root::Event | Root::Output | Root::Var(_) => return None,
        };
        let mut place =
            Place { root: path.root, steps: Vec::new(), optional: None, interval: Interval::ANY, entity: None };
        for name in &path.fields {
            let fields = match at {
                // An entity's value is its id.
                At::Entity(..) if &**name == "id" => {
                    at = At::Value;
                    continue;
                }
                At::Entity(_, fields) | At::Record(fields) => fields,
                At::Value => return None,
            };
            let (index, field) = (0..).zip(fields).find(|(_, field)| field.name == *name)?;
            place.steps.push(index);
            if field.optional {
                place.optional = Some(place.steps.len());
            }
            at = match field.ty.ty.base() {
                Ty::Entity(name) => entity(name),
                Ty::Record(name) => record(name),
                Ty::Int | Ty::Decimal => {
                    place.interval = Interval::slot(&field.ty.bounds);
                    At::Value
                }
                _ => At::Value,
            };
        }
        if let At::Entity(name, _) = at {
            place.entity = Some(name.clone());
        }
        Some(place)
    }
}

/// A frame while it grows.
#[derive(Debug, Default)]
pub(super) struct Frame {
    slots: u32,
    roots: BTreeMap<Root, Node>,
}

/// What is read at one place, and below it by field.
#[derive(Debug, Default)]
struct Node {
    present: Option<Slot>,
    value: Option<Slot>,
    fields: BTreeMap<u32, Node>,
}

/// A finished frame.
pub(super) struct Layout {
    pub(super) slots: u32,
    pub(super) principal: Reads,
    pub(super) resource: Reads,
    pub(super) input: Reads,
    pub(super) context: Reads,
    /// Where the instant goes.
    pub(super) now: Option<Slot>,
}

impl Frame {
    /// The slot of the value at a place.
    pub(super) fn value(&mut self, place: &Place) -> Slot {
        let next = Slot(self.slots);
        let slot = *self.node(place, place.steps.len()).value.get_or_insert(next);
        self.taken(slot);
        slot
    }

    /// The slot that tells whether the value at a place is there; none if it always is.
    pub(super) fn present(&mut self, place: &Place) -> Option<Slot> {
        let next = Slot(self.slots);
        let slot = *self.node(place, place.optional?).present.get_or_insert(next);
        self.taken(slot);
        Some(slot)
    }

    /// A slot that nothing else has.
    pub(super) fn fresh(&mut self) -> Slot {
        let slot = Slot(self.slots);
        self.slots += 1;
        slot
    }

    pub(super) fn finish(mut self) -> Layout {
        let mut reads = |root| self.roots.remove(&root).unwrap_or_default().finish();
        Layout {
            principal: reads(Root::Principal),
            resource: reads(Root::Resource),
            input: reads(Root::Input),
            context: reads(Root::Context),
            now: reads(Root::Now).value,
            slots: self.slots,
        }
    }

    fn node(&mut self, place: &Place, depth: usize) -> &mut Node {
        let root = self.roots.entry(place.root).or_default();
        place.steps.iter().take(depth).fold(root, |node, step| node.fields.entry(*step).or_default())
    }

    fn taken(&mut self, slot: Slot) {
        if slot.0 == self.slots {
            self.slots += 1;
        }
    }
}

impl Node {
    fn finish(self) -> Reads {
        let fields = self.fields.into_iter().map(|(index, node)| (index, node.finish())).collect();
        Reads { present: self.present, value: self.value, fields, ..Reads::default() }
    }
}
