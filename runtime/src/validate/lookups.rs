//! Lookups: who is asked, by which id, and where the answer goes.

use super::slots::{Held, Slots};
use super::{Problem, type_of};
use crate::ir::{Lookup, Program};
use crate::schema::Type;

/// Checks what is looked up, and adds the slots of the answers.
pub(super) fn check(program: &Program, slots: &mut Slots, lookups: &[Lookup]) -> Result<(), Problem> {
    lookups.iter().try_for_each(|lookup| check_one(program, slots.rows(&lookup.within)?, lookup))
}

fn check_one(program: &Program, slots: &mut Slots, lookup: &Lookup) -> Result<(), Problem> {
    let known = matches!(type_of(program, lookup.ty)?, Type::Entity { .. });
    if !known || !program.channels.contains_key(&lookup.ty) || lookup.reads.value.or(lookup.reads.present).is_some() {
        return Err("what is looked up is no entity of another channel".to_owned());
    }
    slots.text(lookup.id)?;
    lookup.present.iter().try_for_each(|slot| slots.presence(*slot))?;
    lookup.outer.iter().try_for_each(|slot| slots.cause(*slot))?;
    slots.read(program, lookup.ty, &lookup.reads, false)?;
    slots.add(lookup.failed, Held::Cause)
}
