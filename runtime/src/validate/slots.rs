//! Slots: what they hold, as the reads of an entry say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, type_of};
use crate::ir::Program;
use crate::schema::{Reads, Slot, Type, TypeId};

/// What a slot holds. One that nothing writes holds nothing and may not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Presence,
    Bool,
    Int,
    Decimal,
    Enum,
    Text,
    Numbers,
    Texts,
}

/// What the slots of an entry hold.
#[derive(Debug)]
pub(super) struct Slots {
    count: u32,
    held: BTreeMap<Slot, Held>,
}

impl Slots {
    /// So many slots, of which nothing is known.
    pub(super) fn new(count: u32) -> Self {
        Self { count, held: BTreeMap::new() }
    }

    /// What a slot holds.
    pub(super) fn get(&self, slot: Slot) -> Result<Held, Problem> {
        self.held.get(&slot).copied().ok_or_else(|| format!("nothing writes slot {slot}"))
    }

    /// Checks that a slot tells a presence.
    pub(super) fn presence(&self, slot: Slot) -> Result<(), Problem> {
        match self.get(slot)? {
            Held::Presence => Ok(()),
            _ => Err(format!("slot {slot} is no presence")),
        }
    }

    fn add(&mut self, slot: Slot, held: Held) -> Result<(), Problem> {
        if slot.0 >= self.count {
            return Err(format!("there is no slot {slot}"));
        }
        match self.held.insert(slot, held) {
            None => Ok(()),
            Some(_) => Err(format!("slot {slot} is written twice")),
        }
    }

    /// Adds what is read of a value. Recursion is bounded by the depth of the reads.
    pub(super) fn read(&mut self, program: &Program, id: TypeId, reads: &Reads, optional: bool) -> Result<(), Problem> {
        if let Some(slot) = reads.present {
            if !optional {
                return Err(format!("slot {slot} is the presence of what is always there"));
            }
            self.add(slot, Held::Presence)?;
        }
        let ty = type_of(program, id)?;
        if let Some(slot) = reads.value {
            self.add(slot, held(program, ty)?)?;
        }
        let (Type::Record { fields } | Type::Entity { fields, .. }) = ty else {
            return match reads.fields.first() {
                None => Ok(()),
                Some(_) => Err(format!("type {id} has no fields to read")),
            };
        };
        let mut seen = BTreeSet::new();
        for (index, inner) in &reads.fields {
            let field = usize::try_from(*index).ok().and_then(|index| fields.get(index));
            let field = field.ok_or_else(|| format!("type {id} has no field {index}"))?;
            if !seen.insert(index) {
                return Err(format!("field {index} of type {id} is read twice"));
            }
            self.read(program, field.ty, inner, field.optional)?;
        }
        Ok(())
    }
}

fn held(program: &Program, ty: &Type) -> Result<Held, Problem> {
    Ok(match ty {
        Type::Bool => Held::Bool,
        Type::Int { .. } => Held::Int,
        Type::Decimal { .. } => Held::Decimal,
        Type::Enum { .. } => Held::Enum,
        Type::Text { .. } | Type::Entity { .. } => Held::Text,
        Type::Set { element, .. } => match type_of(program, *element)? {
            Type::Text { .. } => Held::Texts,
            _ => Held::Numbers,
        },
        Type::Record { .. } => return Err("a record has no value of its own".to_owned()),
    })
}
