//! Slots: what they hold, as the reads of an entry say.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Problem, type_of};
use crate::abi::MAX_WIDTH;
use crate::ir::{Program, Within};
use crate::schema::{Part, Quantity, Reads, Rows, Slot, Syntax, Type, TypeId};

/// What a slot holds. One that nothing writes holds nothing and may not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    Presence,
    Bool,
    Int,
    Decimal,
    Quantity(Quantity),
    Enum,
    Text,
    Numbers,
    Texts,
    /// Why something could not be looked up or read, or 0.
    Cause,
    /// Rows, and what their words hold.
    Rows(Rc<Slots>),
}

/// What the slots of an entry hold, or the words of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        self.held.get(&slot).cloned().ok_or_else(|| format!("nothing writes slot {slot}"))
    }

    /// Checks that a slot tells a presence.
    pub(super) fn presence(&self, slot: Slot) -> Result<(), Problem> {
        match self.get(slot)? {
            Held::Presence => Ok(()),
            _ => Err(format!("slot {slot} is no presence")),
        }
    }

    /// Checks that a slot says why something is not known.
    pub(super) fn cause(&self, slot: Slot) -> Result<(), Problem> {
        match self.get(slot)? {
            Held::Cause => Ok(()),
            _ => Err(format!("slot {slot} does not say why something failed")),
        }
    }

    /// What the words of an ancestor's row hold: the number of its type, and its id.
    fn ancestors() -> Self {
        Self { count: 2, held: BTreeMap::from([(Slot(0), Held::Int), (Slot(1), Held::Text)]) }
    }

    /// Checks that a slot holds a text.
    pub(super) fn text(&self, slot: Slot) -> Result<(), Problem> {
        match self.get(slot)? {
            Held::Text => Ok(()),
            _ => Err(format!("slot {slot} is no text")),
        }
    }

    /// The words of the rows of lists within lists.
    pub(super) fn rows(&mut self, within: &[Within]) -> Result<&mut Self, Problem> {
        let Some((list, inner)) = within.split_first() else { return Ok(self) };
        match self.held.get_mut(&list.list) {
            Some(Held::Rows(words)) if words.count == list.width => Rc::make_mut(words).rows(inner),
            _ => Err(format!("slot {} is no list of rows of {} words", list.list, list.width)),
        }
    }

    /// Says what a slot holds.
    pub(super) fn add(&mut self, slot: Slot, held: Held) -> Result<(), Problem> {
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
            let held = match ty {
                Type::List { element, .. } => rows(program, &[*element], reads.rows.as_deref())?,
                Type::Map { key, value, .. } => rows(program, &[*key, *value], reads.rows.as_deref())?,
                _ => held(program, ty)?,
            };
            self.add(slot, held)?;
        }
        for (part, slot) in &reads.parts {
            let has = match ty {
                Type::Syntax { syntax: Syntax::Email, .. } => matches!(part, Part::EmailLocal | Part::EmailDomain),
                Type::Syntax { syntax: Syntax::Url, .. } => !matches!(part, Part::EmailLocal | Part::EmailDomain),
                _ => false,
            };
            if !has {
                return Err(format!("type {id} has no {}", part.name()));
            }
            self.add(*slot, if *part == Part::UrlPort { Held::Int } else { Held::Text })?;
        }
        if reads.rows.is_some() && !(matches!(ty, Type::List { .. } | Type::Map { .. }) && reads.value.is_some()) {
            return Err(format!("type {id} has no rows to read"));
        }
        if let Some(slot) = reads.ancestors {
            if !matches!(ty, Type::Entity { .. }) {
                return Err(format!("nothing is above type {id}"));
            }
            self.add(slot, Held::Rows(Rc::new(Slots::ancestors())))?;
        }
        let mut named = BTreeSet::new();
        for (name, inner) in &reads.members {
            let Type::Map { value, .. } = ty else { return Err(format!("type {id} has no members to read")) };
            if !named.insert(name) {
                return Err(format!("{name:?} of type {id} is read twice"));
            }
            self.read(program, *value, inner, true)?;
        }
        let mut next = 0;
        for (index, inner) in &reads.fields {
            let at = usize::try_from(*index).ok();
            let field = match ty {
                Type::Record { fields, .. } | Type::Entity { fields, .. } => {
                    at.and_then(|at| fields.get(at)).map(|field| (field.ty, field.optional))
                }
                Type::Choice { variants, .. } => at.and_then(|at| variants.get(at)).map(|variant| (*variant, true)),
                // A list need not be so long.
                Type::List { element, .. } => Some((*element, true)),
                _ => None,
            };
            let (field, optional) = field.ok_or_else(|| format!("type {id} has no field {index}"))?;
            // The decoder relies on it.
            if *index < next {
                return Err(format!("field {index} of type {id} is read twice or after a later one"));
            }
            next = index.saturating_add(1);
            self.read(program, field, inner, optional)?;
        }
        Ok(())
    }
}

/// What the slot of a list or a map holds, given what is read of its elements, or of names and members.
fn rows(program: &Program, of: &[TypeId], rows: Option<&Rows>) -> Result<Held, Problem> {
    let mut slots = Slots::new(rows.map_or(0, |rows| rows.width));
    if slots.count > MAX_WIDTH {
        return Err(format!("{} words are too many", slots.count));
    }
    match (rows, of) {
        (None, _) => {}
        (Some(rows), [element]) => slots.read(program, *element, &rows.element, false)?,
        (Some(Rows { element, .. }), both) => {
            let own = Reads { fields: element.fields.clone(), ..Reads::default() };
            if own != *element {
                return Err("an entry of a map has a name and a value, and is none itself".to_owned());
            }
            for (index, inner) in &element.fields {
                let ty = usize::try_from(*index).ok().and_then(|index| both.get(index));
                slots.read(program, *ty.ok_or("an entry of a map has nothing more")?, inner, false)?;
            }
        }
    }
    Ok(Held::Rows(Rc::new(slots)))
}

/// What a slot holds that has a value of a type.
pub(super) fn held(program: &Program, ty: &Type) -> Result<Held, Problem> {
    Ok(match ty {
        Type::Bool => Held::Bool,
        Type::Int { .. } => Held::Int,
        Type::Decimal { .. } => Held::Decimal,
        Type::Quantity { kind, .. } => Held::Quantity(*kind),
        Type::Enum { .. } => Held::Enum,
        Type::Text { .. } | Type::Syntax { .. } | Type::Entity { .. } => Held::Text,
        Type::Set { element, .. } if type_of(program, *element)?.is_text() => Held::Texts,
        Type::Set { .. } => Held::Numbers,
        Type::Record { .. } | Type::Choice { .. } => {
            return Err("a record or choice has no value of its own".to_owned());
        }
        Type::Json | Type::Null => return Err("JSON has no value".to_owned()),
        Type::List { .. } | Type::Map { .. } => return Err("a list's rows are not said".to_owned()),
    })
}
