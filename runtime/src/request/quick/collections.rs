//! Sets, lists, maps, what is above an entity, and any JSON, in one pass.

use zt_values::limits::SET_ELEMENTS;

use super::super::collections::{ANCESTOR_ID, ANCESTOR_WORDS};
use super::super::names::Token;
use super::super::path::Path;
use super::super::plan::Kind;
use super::super::reader::Place;
use super::super::scalars::Keep;
use super::super::scan::Scan;
use super::super::values::{NOTHING, read_at};
use super::Quick;
use crate::frame::List;
use crate::schema::{Reads, Shape, Slot, Type, TypeId};

const TYPE: Token = Token::new("type", ":");
const ID: Token = Token::new("id", ":");

/// Up to so many names are compared with each other, more are sorted.
const FEW_NAMES: usize = 8;

impl<'p: 'a, 'a, S: Scan> Quick<'p, '_, 'a, S> {
    pub(super) fn set(&mut self, element: TypeId, max: u32, reads: &Reads) -> Option<()> {
        let read = reads.value.is_some();
        let keep = if read { Keep::Copied } else { Keep::No };
        let kind = self.plan.kind(element);
        let mut count = 0_u32;
        let mut first = true;
        self.reader.open(b'[')?;
        while self.reader.more(&mut first, b']')? {
            if count == max {
                return None;
            }
            count = count.wrapping_add(1);
            let value = self.single(&kind, element, keep)?;
            if read {
                self.decoder.frame.push_element(value);
            }
        }
        if read {
            let texts = self.decoder.ty(element).ok()?.is_text();
            let set = self.decoder.finish_set(texts)?;
            self.decoder.frame.store(reads.value, set);
        }
        Some(())
    }

    pub(super) fn list(&mut self, element: TypeId, max: u32, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let rows = reads.rows.as_deref();
        let inner = rows.map_or(&NOTHING, |rows| &rows.element);
        let kind = self.plan.kind(element);
        let mut list = self.decoder.frame.begin_list(rows.map_or(0, |rows| rows.width));
        let (mut index, mut first) = (0_usize, true);
        self.reader.open(b'[')?;
        while self.reader.more(&mut first, b']')? {
            if u32::try_from(index).ok()? == max {
                return None;
            }
            self.decoder.frame.begin_row(&mut list);
            let start = self.reader.place();
            self.value(kind, element, inner, &path.element(index))?;
            let asked = reads.fields.iter().find(|(at, _)| usize::try_from(*at) == Ok(index));
            if let Some((_, inner)) = asked {
                self.reader.go(start);
                self.again(&list, (kind, element), inner)?;
            }
            index = index.wrapping_add(1);
        }
        let list = self.decoder.frame.finish_list(&list)?;
        self.decoder.frame.store(reads.value, list);
        Some(())
    }

    pub(super) fn map(
        &mut self,
        (key, value): (TypeId, TypeId),
        max: u32,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Option<()> {
        let rows = reads.rows.as_deref();
        let element = rows.map_or(&NOTHING, |rows| &rows.element);
        let (of_name, of_value) = (read_at(element, 0), read_at(element, 1));
        let (key_kind, kind) = (self.plan.kind(key), self.plan.kind(value));
        let key_type = self.decoder.ty(key).ok()?;
        let mut list = self.decoder.frame.begin_list(rows.map_or(0, |rows| rows.width));
        let names = self.room.names.len();
        let (mut count, mut first) = (0_u32, true);
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            if count == max {
                return None;
            }
            count = count.wrapping_add(1);
            let start = self.reader.place();
            // An enum's name is read twice: as what a row holds, and as it is written.
            let raw = self.reader.plain()?;
            self.reader.go(start);
            let word = self.single(&key_kind, key, Keep::Interned)?;
            self.reader.eat(b':')?;
            self.reader.next()?;
            self.room.names.push(word);
            self.decoder.frame.begin_row(&mut list);
            self.decoder.keep(word, of_name).ok()?;
            let start = self.reader.place();
            self.value(kind, value, of_value, &path.member(raw))?;
            if !reads.members.is_empty() {
                let held = if key_type.is_text() { self.decoder.kept(word)? } else { raw };
                if let Some((_, inner)) = reads.members.iter().find(|(name, _)| name == held) {
                    self.reader.go(start);
                    self.again(&list, (kind, value), inner)?;
                }
            }
        }
        let decoder = &self.decoder;
        let words = self.room.names.get_mut(names..)?;
        let different =
            if key_type.is_text() { distinct(words, |word| decoder.kept(word)) } else { distinct(words, Some) };
        self.room.names.truncate(names);
        if !different {
            return None;
        }
        let list = self.decoder.frame.finish_list(&list)?;
        self.decoder.frame.store(reads.value, list);
        Some(())
    }

    /// Reads a value of a list or a map once more, into where the list itself goes: what is asked for by its place.
    fn again(&mut self, list: &List, (kind, ty): (Kind, TypeId), reads: &Reads) -> Option<()> {
        let row = self.decoder.frame.turn_to(list.outer);
        let forwarded = std::mem::replace(&mut self.decoder.forwarded, false);
        self.value(kind, ty, reads, &Path::Root)?;
        self.decoder.frame.store(reads.present, 1);
        self.decoder.forwarded = forwarded;
        self.decoder.frame.turn_to(row);
        Some(())
    }

    /// Reads what is above an entity, directly or not.
    pub(super) fn ancestors(&mut self, above: &'p [TypeId], reads: &Reads) -> Option<()> {
        if self.reader.null() {
            return Some(());
        }
        let keep = reads.ancestors.is_some();
        let of_id = if keep { &ANCESTOR_ID } else { &NOTHING };
        let mut list = self.decoder.frame.begin_list(if keep { ANCESTOR_WORDS } else { 0 });
        let (mut count, mut first) = (0_u32, true);
        self.reader.open(b'[')?;
        while self.reader.more(&mut first, b']')? {
            if count >= SET_ELEMENTS {
                return None;
            }
            count = count.wrapping_add(1);
            self.decoder.frame.begin_row(&mut list);
            let mut first = true;
            self.reader.open(b'{')?;
            // The type tells what an id may be. Where it comes second, one goes back.
            if !self.reader.more(&mut first, b'}')? {
                return None;
            }
            let before = if self.named(ID, "id") { Some(self.behind()?) } else { None };
            if before.is_some() && !self.reader.more(&mut first, b'}')? || !self.named(TYPE, "type") {
                return None;
            }
            self.reader.next()?;
            let name = self.reader.plain()?;
            let is_it =
                |ty: &&TypeId| matches!(self.decoder.ty(**ty), Ok(Type::Entity { name: known, .. }) if known == name);
            let ty = *above.iter().find(is_it)?;
            let Ok(Type::Entity { id, .. }) = self.decoder.ty(ty) else { return None };
            self.decoder.frame.store(keep.then_some(Slot(0)), ty.0.into());
            match before {
                Some(place) => {
                    let after = self.reader.place();
                    self.reader.go(place);
                    self.id(*id, of_id)?;
                    self.reader.go(after);
                }
                None => {
                    if !self.reader.more(&mut first, b'}')? || !self.named(ID, "id") {
                        return None;
                    }
                    self.reader.next()?;
                    self.id(*id, of_id)?;
                }
            }
            if self.reader.more(&mut first, b'}')? {
                return None;
            }
        }
        let list = self.decoder.frame.finish_list(&list)?;
        self.decoder.frame.store(reads.ancestors, list);
        Some(())
    }

    /// Whether the next member has this name; its value comes next then. Else nothing was read.
    fn named(&mut self, token: Token, name: &str) -> bool {
        let start = self.reader.place();
        if self.reader.token(token) || self.reader.name() == Some(name) {
            return true;
        }
        self.reader.go(start);
        false
    }

    /// Goes behind the value of a member, and gives where it is.
    fn behind(&mut self) -> Option<Place> {
        self.reader.next()?;
        let place = self.reader.place();
        self.reader.pass()?;
        Some(place)
    }

    /// Goes behind any JSON that every reader takes for the same. Recursion is bounded by the depth of the request.
    pub(super) fn json(&mut self) -> Option<()> {
        let mut first = true;
        match self.reader.shape()? {
            Shape::Object => {
                let names = self.room.names.len();
                self.reader.open(b'{')?;
                while self.reader.more(&mut first, b'}')? {
                    let name = self.reader.name()?;
                    self.note(name)?;
                    self.json()?;
                }
                self.distinct(names)
            }
            Shape::Array => {
                self.reader.open(b'[')?;
                while self.reader.more(&mut first, b']')? {
                    self.json()?;
                }
                Some(())
            }
            Shape::Number => self.reader.number(),
            Shape::String => self.string(|_, _, _| Some(())),
            Shape::Bool => self.reader.bool().map(|_| ()),
            Shape::Null => self.reader.null().then_some(()),
        }
    }

    /// Notes the name of a member that was read last, among those of its object.
    pub(super) fn note(&mut self, name: &'a str) -> Option<()> {
        self.room.names.push(self.reader.word(name)?);
        Some(())
    }

    /// Sees that the names noted from here on are all different, and forgets them.
    pub(super) fn distinct(&mut self, from: usize) -> Option<()> {
        let words = self.room.names.get_mut(from..)?;
        if words.is_empty() {
            return Some(());
        }
        let reader = &self.reader;
        let different = distinct(words, |word| reader.spelled(word));
        self.room.names.truncate(from);
        different.then_some(())
    }
}

/// Whether words mean different things, all of them something. They may be sorted.
fn distinct<T: Ord>(words: &mut [u64], means: impl Fn(u64) -> Option<T>) -> bool {
    if words.iter().any(|&word| means(word).is_none()) {
        return false;
    }
    if words.len() > FEW_NAMES {
        words.sort_unstable_by_key(|word| means(*word));
        return words.array_windows().all(|[a, b]| means(*a) != means(*b));
    }
    let mut rest = &*words;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| means(*other) == means(*first)) {
            return false;
        }
        rest = others;
    }
    true
}
