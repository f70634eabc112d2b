//! Records, entities and choices in one pass.

use zt_values::limits::ID_BYTES;

use super::super::names::Token;
use super::super::path::Path;
use super::super::plan::{Kind, Member, Object};
use super::super::reader::Reader;
use super::super::scalars::Keep;
use super::super::scan::Scan;
use super::super::values::{ANCESTORS, NOTHING, read_at};
use super::Quick;
use super::whole::PROPERTIES;
use crate::schema::{Field, Reads, Shape, Tag, Type, TypeId};

const TYPE: Token = Token::new("type", ":");
const ID: Token = Token::new("id", ":");

/// Which members of an object were there.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// The first 64 of them, and those of them that were `null` and so are not there.
    first: u64,
    nulls: u64,
    /// Where the words of the others begin, first those that were there, then those that were `null`.
    more: usize,
    /// How many words these are each.
    words: usize,
}

/// Members that one word tells of.
const WORD: usize = 64;

impl Seen {
    /// Of an object with so many members, with room for the words that it needs.
    #[inline]
    fn new(members: usize, room: &mut Vec<u64>) -> Self {
        let words = members.saturating_sub(1) / WORD;
        let more = room.len();
        if words > 0 {
            room.resize(more.saturating_add(words.saturating_mul(2)), 0);
        }
        Self { first: 0, nulls: 0, more, words }
    }

    /// Notes a member, and tells whether it is new.
    #[inline]
    fn insert(&mut self, index: usize, room: &mut [u64]) -> bool {
        let bit = bit(index);
        let word = match index / WORD {
            0 => Some(&mut self.first),
            word => room.get_mut(self.more.wrapping_add(word).wrapping_sub(1)),
        };
        // Where there is no room the member counts as seen before: nothing is let through.
        word.is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }

    /// Notes that a member was `null`.
    fn lacks(&mut self, index: usize, room: &mut [u64]) {
        let word = match index / WORD {
            0 => Some(&mut self.nulls),
            word => room.get_mut(self.more.wrapping_add(self.words).wrapping_add(word).wrapping_sub(1)),
        };
        if let Some(word) = word {
            *word |= bit(index);
        }
    }

    /// The members of a word that were there, and those that were `null`.
    fn word(&self, word: usize, room: &[u64]) -> (u64, u64) {
        match word {
            0 => (self.first, self.nulls),
            _ => {
                let at = self.more.wrapping_add(word).wrapping_sub(1);
                let get = |at: usize| room.get(at).copied().unwrap_or_default();
                (get(at), get(at.wrapping_add(self.words)))
            }
        }
    }

    /// Whether every one of these was there.
    #[inline]
    fn all(&self, needed: &[u64], room: &[u64]) -> bool {
        match needed {
            [needed] => needed & !self.first == 0,
            _ => needed.iter().enumerate().all(|(word, needed)| needed & !self.word(word, room).0 == 0),
        }
    }
}

fn bit(index: usize) -> u64 {
    1_u64.wrapping_shl(u32::try_from(index % WORD).unwrap_or_default())
}

impl<'p: 'a, 'a, S: Scan> Quick<'p, '_, 'a, S> {
    /// Reads an entity.
    pub(super) fn entity(&mut self, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let Kind::Object(object) = self.plan.kind(ty) else { return None };
        let object = self.plan.object_at(object)?;
        let Type::Entity { name, id, fields, ancestors } = self.decoder.ty(ty).ok()? else { return None };
        let mut seen = [false; 3];
        let mut first = true;
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            let member = if self.reader.token(TYPE) {
                0
            } else if self.reader.token(ID) {
                1
            } else if self.reader.token(PROPERTIES) {
                2
            } else {
                match self.reader.name()? {
                    "type" => 0,
                    "id" => 1,
                    "properties" => 2,
                    _ => return None,
                }
            };
            if std::mem::replace(seen.get_mut(member)?, true) {
                return None;
            }
            self.reader.next()?;
            match member {
                0 if self.reader.token(object.token) => {}
                0 => self.string(|_, text, _| (text == name).then_some(()))?,
                1 => self.id(*id, reads)?,
                _ if object.elsewhere => self.empty()?,
                _ => {
                    let here = path.member("properties");
                    self.fields(object, (fields, false), ancestors, reads, &here)?;
                }
            }
        }
        match seen {
            [true, true, true] => Some(()),
            [true, true, false] => self.no_properties(ty, reads, &path.member("properties")),
            _ => None,
        }
    }

    /// Sees that the properties of an entity may be left out.
    pub(super) fn no_properties(&mut self, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let Kind::Object(object) = self.plan.kind(ty) else { return None };
        let object = self.plan.object_at(object)?;
        let Type::Entity { fields, .. } = self.decoder.ty(ty).ok()? else { return None };
        if object.elsewhere { Some(()) } else { self.nothing(object, fields, reads, path) }
    }

    /// Reads the id of an entity, which may have to be of a type.
    pub(super) fn id(&mut self, of: Option<TypeId>, reads: &Reads) -> Option<()> {
        let ty = of.map(|ty| self.decoder.ty(ty)).transpose().ok()?;
        self.string(|quick, id, escaped| {
            if id.is_empty() || id.len() > ID_BYTES || (escaped && id.contains('\0')) {
                return None;
            }
            match ty {
                None => {}
                Some(Type::Text { ident, max, patterns }) => quick.fits(id, *ident, *max, patterns, escaped)?,
                Some(_) => return None,
            }
            if reads.value.is_some() {
                let id = quick.decoder.intern(id).ok()?;
                quick.decoder.frame.store(reads.value, id);
            }
            Some(())
        })
    }

    /// Reads the members of a record, or the properties of an entity, above which may be what is named.
    pub(super) fn fields(
        &mut self,
        object: &'p Object,
        (fields, open): (&'p [Field], bool),
        above: &'p [TypeId],
        reads: &Reads,
        path: &Path<'_>,
    ) -> Option<()> {
        self.reader.open(b'{')?;
        let more = self.room.names.len();
        let mut seen = Seen::new(object.members.len(), &mut self.room.seen);
        let (mut expected, mut read, mut first, mut seen_above) = (0_usize, 0_usize, true, false);
        while self.reader.more(&mut first, b'}')? {
            let next = object.members.get(expected).filter(|member| self.reader.token(member.token));
            let (index, member) = match next {
                Some(member) => {
                    self.reader.next()?;
                    (expected, member)
                }
                None => {
                    let name = self.reader.name()?;
                    if !above.is_empty() && name == ANCESTORS {
                        if std::mem::replace(&mut seen_above, true) {
                            return None;
                        }
                        self.ancestors(above, reads)?;
                        continue;
                    }
                    match object.names.find(name, |index| fields.get(index).map(|field| field.name.as_str())) {
                        Some(index) => (index, object.members.get(index)?),
                        None if open => {
                            self.note(name)?;
                            self.json()?;
                            continue;
                        }
                        None => return None,
                    }
                }
            };
            if index != expected {
                read = reads.fields.partition_point(|(at, _)| usize::try_from(*at).is_ok_and(|at| at < index));
            }
            expected = index.wrapping_add(1);
            if !seen.insert(index, &mut self.room.seen) {
                return None;
            }
            // What is read stands in the order of the members, and usually what is sent does.
            let inner = match reads.fields.get(read) {
                Some((at, inner)) if usize::try_from(*at) == Ok(index) => {
                    read = read.wrapping_add(1);
                    inner
                }
                _ => &NOTHING,
            };
            if member.lacks && self.reader.null() {
                seen.lacks(index, &mut self.room.seen);
                if self.decoder.forwarded {
                    let here = path.member(&fields.get(index)?.name);
                    self.decoder.frame.push_absent(|place| here.write_exactly(place));
                }
                continue;
            }
            self.of_member(member, &fields.get(index)?.name, inner, path)?;
        }
        self.distinct(more)?;
        self.ended(object, fields, &seen, reads, path)?;
        if seen.words > 0 {
            self.room.seen.truncate(seen.more);
        }
        Some(())
    }

    /// Reads the value of a member.
    #[inline]
    fn of_member(&mut self, member: &Member, name: &str, reads: &Reads, path: &Path<'_>) -> Option<()> {
        match &member.kind {
            Kind::Object(_) | Kind::Other => self.value(member.kind, member.ty, reads, &path.member(name))?,
            kind => {
                let read = reads.value.is_some();
                let value = self.single(kind, member.ty, if read { Keep::Interned } else { Keep::No })?;
                if read {
                    self.decoder.frame.store(reads.value, value);
                }
            }
        }
        if reads.present.is_some() {
            self.decoder.frame.store(reads.present, 1);
        }
        Some(())
    }

    /// Sees that members that were left out may be, and applies their defaults.
    fn ended(
        &mut self,
        object: &'p Object,
        fields: &'p [Field],
        seen: &Seen,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Option<()> {
        if !seen.all(&object.needed, &self.room.seen) {
            return None;
        }
        if !object.defaults {
            return Some(());
        }
        for (index, field) in fields.iter().enumerate() {
            let Some(default) = &field.default else { continue };
            let (given, nulls) = seen.word(index / WORD, &self.room.seen);
            if given & !nulls & bit(index) != 0 {
                continue;
            }
            let here = path.member(&field.name);
            let request = std::mem::replace(&mut self.reader, Reader::new(default));
            self.reader.next()?;
            self.value(self.plan.kind(field.ty), field.ty, read_at(reads, index), &here)?;
            self.reader.end()?;
            self.reader = request;
            if self.decoder.forwarded {
                self.decoder.frame.push_default(|place| here.write_exactly(place), default);
            }
        }
        Some(())
    }

    /// Sees that an object may be left out, and applies the defaults of its members.
    pub(super) fn nothing(
        &mut self,
        object: &'p Object,
        fields: &'p [Field],
        reads: &Reads,
        path: &Path<'_>,
    ) -> Option<()> {
        let seen = Seen::new(object.members.len(), &mut self.room.seen);
        self.ended(object, fields, &seen, reads, path)?;
        self.room.seen.truncate(seen.more);
        Some(())
    }

    /// Reads a value that must be there, before which no blank stands. Recursion is bounded by the depth of the request.
    pub(super) fn value(&mut self, kind: Kind, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Option<()> {
        match kind {
            Kind::Object(place) => match self.decoder.ty(ty).ok()? {
                Type::Record { fields, open } => {
                    self.fields(self.plan.object_at(place)?, (fields, *open), &[], reads, path)
                }
                _ => self.entity(ty, reads, path),
            },
            Kind::Other => match self.decoder.ty(ty).ok()? {
                Type::Choice { variants, tag } => self.choice(variants, tag.as_ref(), reads, path),
                Type::Null => self.reader.null().then_some(()),
                Type::Map { key, value, max } => self.map((*key, *value), *max, reads, path),
                // It is whatever it is, but it must be there.
                Type::Json if self.reader.shape()? != Shape::Null => self.json(),
                Type::Set { element, max } => self.set(*element, *max, reads),
                Type::List { element, max } => self.list(*element, *max, reads, path),
                _ => self.alone(kind, ty, reads),
            },
            _ => self.alone(kind, ty, reads),
        }
    }

    /// Reads a single value, and keeps what is read of it.
    fn alone(&mut self, kind: Kind, ty: TypeId, reads: &Reads) -> Option<()> {
        let read = reads.value.is_some() || !reads.parts.is_empty();
        let value = self.single(&kind, ty, if read { Keep::Interned } else { Keep::No })?;
        self.decoder.keep(value, reads).ok()
    }

    /// Reads a value of one of several types.
    fn choice(&mut self, variants: &[TypeId], tag: Option<&Tag>, reads: &Reads, path: &Path<'_>) -> Option<()> {
        let shape = self.reader.shape()?;
        let index = match (shape, tag) {
            (Shape::Object, Some(tag)) => {
                let start = self.reader.place();
                let said = self.said(tag)?;
                self.reader.go(start);
                tag.says.iter().position(|says| says.iter().any(|known| known == said))?
            }
            _ => {
                let fits = |id: &TypeId| self.decoder.ty(*id).is_ok_and(|ty| ty.shape() == Some(shape));
                variants.iter().position(fits)?
            }
        };
        let ty = *variants.get(index)?;
        let inner = read_at(reads, index);
        self.value(self.plan.kind(ty), ty, inner, path)?;
        self.decoder.frame.store(inner.present, 1);
        Some(())
    }

    /// What an object says of its type.
    fn said(&mut self, tag: &Tag) -> Option<&'a str> {
        let mut first = true;
        self.reader.open(b'{')?;
        while self.reader.more(&mut first, b'}')? {
            if self.reader.name()? == tag.member {
                return self.reader.plain();
            }
            self.reader.pass()?;
        }
        None
    }
}
