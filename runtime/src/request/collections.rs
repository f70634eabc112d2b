//! Collections: sets, lists and maps as a request spells them, and what is above an entity.

use std::collections::BTreeSet;

use zt_values::limits::SET_ELEMENTS;

use super::json::{Cursor, NotJson};
use super::path::Path;
use super::scalars::Keep;
use super::values::{Decoder, NOTHING, object, read_at, string, too_large};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Reads, Rows, Shape, Slot, Type, TypeId};

/// Where an ancestor's id goes in its row.
pub(super) static ANCESTOR_ID: Reads = Reads {
    present: None,
    value: Some(Slot(1)),
    parts: Vec::new(),
    fields: Vec::new(),
    members: Vec::new(),
    rows: None,
    ancestors: None,
};

/// Words of an ancestor's row: the number of its type, and its id.
pub(super) const ANCESTOR_WORDS: u32 = 2;

impl<'p> Decoder<'p, '_> {
    pub(super) fn set(
        &mut self,
        cursor: &mut Cursor<'_>,
        element: TypeId,
        max: u32,
        keep: bool,
        path: &Path<'_>,
    ) -> Result<u64, Refusal> {
        if cursor.shape() != Shape::Array {
            return Err(path.refuse(RefusalCode::WrongType));
        }
        cursor.open()?;
        let ty = self.ty(element)?;
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut index = 0_usize;
        while cursor.element()? {
            if index == max {
                return Err(path.refuse(RefusalCode::TooMany));
            }
            let here = path.element(index);
            if cursor.shape() == Shape::Null {
                return Err(here.refuse(RefusalCode::NullValue));
            }
            let value = self.scalar(cursor, ty, if keep { Keep::Copied } else { Keep::No }, &here)?;
            if keep {
                self.frame.push_element(value);
            }
            index = index.saturating_add(1);
        }
        self.finish_set(ty.is_text()).ok_or_else(too_large)
    }

    pub(super) fn list(
        &mut self,
        cursor: &mut Cursor<'_>,
        element: TypeId,
        max: u32,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<u64, Refusal> {
        if cursor.shape() != Shape::Array {
            return Err(path.refuse(RefusalCode::WrongType));
        }
        cursor.open()?;
        let rows = reads.rows.as_deref();
        let inner = rows.map_or(&NOTHING, |rows| &rows.element);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut list = self.frame.begin_list(rows.map_or(0, |rows| rows.width));
        let mut index = 0_usize;
        while cursor.element()? {
            if index == max {
                return Err(path.refuse(RefusalCode::TooMany));
            }
            self.frame.begin_row(&mut list);
            self.value(cursor, element, inner, &path.element(index))?;
            index = index.saturating_add(1);
        }
        self.frame.finish_list(&list).ok_or_else(too_large)
    }

    /// Reads the elements of a list again that are asked for by their places. It was read before: nothing is wrong.
    pub(super) fn placed(
        &mut self,
        mut cursor: Cursor<'_>,
        element: TypeId,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        if reads.fields.is_empty() {
            return Ok(());
        }
        let forwarded = std::mem::replace(&mut self.forwarded, false);
        cursor.open()?;
        let mut index = 0_usize;
        while cursor.element()? {
            let inner = reads.fields.iter().find(|(read, _)| usize::try_from(*read) == Ok(index));
            match inner {
                Some((_, inner)) => {
                    self.value(&mut cursor, element, inner, &path.element(index))?;
                    self.frame.store(inner.present, 1);
                }
                None => cursor.skip()?,
            }
            index = index.saturating_add(1);
        }
        self.forwarded = forwarded;
        Ok(())
    }

    /// Reads an object whose members have any names.
    pub(super) fn map(
        &mut self,
        cursor: &mut Cursor<'_>,
        (key, value): (TypeId, TypeId),
        max: u32,
        rows: Option<&Rows>,
        path: &Path<'_>,
    ) -> Result<u64, Refusal> {
        if cursor.shape() != Shape::Object {
            return Err(path.refuse(RefusalCode::WrongType));
        }
        cursor.open()?;
        let element = rows.map_or(&NOTHING, |rows| &rows.element);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut list = self.frame.begin_list(rows.map_or(0, |rows| rows.width));
        let mut name = *cursor;
        while let Some(raw) = cursor.member()? {
            if seen.len() == max {
                return Err(path.refuse(RefusalCode::TooMany));
            }
            let here = path.member(&raw);
            let (word, held) = self.key(name, key, &raw, &here)?;
            if !seen.insert(held) {
                return Err(here.refuse(RefusalCode::DuplicateField));
            }
            self.frame.begin_row(&mut list);
            self.keep(word, read_at(element, 0))?;
            self.value(cursor, value, read_at(element, 1), &here)?;
            name = *cursor;
        }
        self.frame.finish_list(&list).ok_or_else(too_large)
    }

    /// Reads the members of a map again that are asked for by their names. It was read before: nothing is wrong.
    pub(super) fn named(
        &mut self,
        mut cursor: Cursor<'_>,
        (key, value): (TypeId, TypeId),
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        if reads.members.is_empty() {
            return Ok(());
        }
        let forwarded = std::mem::replace(&mut self.forwarded, false);
        cursor.open()?;
        let mut name = cursor;
        while let Some(raw) = cursor.member()? {
            let here = path.member(&raw);
            let (_, held) = self.key(name, key, &raw, &here)?;
            match reads.members.iter().find(|(read, _)| *read == held) {
                Some((_, inner)) => {
                    self.value(&mut cursor, value, inner, &here)?;
                    self.frame.store(inner.present, 1);
                }
                None => cursor.skip()?,
            }
            name = cursor;
        }
        self.forwarded = forwarded;
        Ok(())
    }

    /// The name of a map's member, before which the cursor stands: its word, and its text as it is held.
    fn key(
        &mut self,
        mut cursor: Cursor<'_>,
        ty: TypeId,
        raw: &str,
        path: &Path<'_>,
    ) -> Result<(u64, String), Refusal> {
        cursor.element()?;
        let ty = self.ty(ty)?;
        let word = self.scalar(&mut cursor, ty, Keep::Interned, path)?;
        let held = if ty.is_text() { self.kept(word).ok_or(NotJson)? } else { raw }.to_owned();
        Ok((word, held))
    }

    /// Reads what is above an entity, directly or not.
    pub(super) fn ancestors(
        &mut self,
        cursor: &mut Cursor<'_>,
        above: &'p [TypeId],
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        match cursor.shape() {
            Shape::Array => cursor.open()?,
            Shape::Null => return Ok(cursor.skip()?),
            _ => return Err(path.refuse(RefusalCode::WrongType)),
        }
        let keep = reads.ancestors.is_some();
        let mut list = self.frame.begin_list(if keep { ANCESTOR_WORDS } else { 0 });
        let mut index = 0_usize;
        while cursor.element()? {
            if u32::try_from(index).is_ok_and(|index| index >= SET_ELEMENTS) {
                return Err(path.refuse(RefusalCode::TooMany));
            }
            let here = path.element(index);
            let [ty, id] = object(cursor, ["type", "id"], &here)?;
            let missing = |name| here.member(name).refuse(RefusalCode::MissingField);
            let mut ty = ty.ok_or_else(|| missing("type"))?;
            let mut id = id.ok_or_else(|| missing("id"))?;
            let at_type = here.member("type");
            let name = string(&mut ty, &at_type)?;
            let is_it = |id: &&TypeId| matches!(self.ty(**id), Ok(Type::Entity { name: known, .. }) if *known == name);
            let ty = above.iter().find(is_it).ok_or_else(|| at_type.refuse(RefusalCode::WrongType))?;
            self.frame.begin_row(&mut list);
            self.frame.store(keep.then_some(Slot(0)), ty.0.into());
            self.id(&mut id, *ty, if keep { &ANCESTOR_ID } else { &NOTHING }, &here)?;
            index = index.saturating_add(1);
        }
        let list = self.frame.finish_list(&list).ok_or_else(too_large)?;
        self.frame.store(reads.ancestors, list);
        Ok(())
    }
}
