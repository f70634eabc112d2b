//! Values: read and checked by their declared types, stored where some rule reads them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use zt_values::limits::ID_BYTES;

use super::json::{Cursor, NotJson, check};
use super::path::Path;
use super::scalars::Keep;
use crate::abi::{Text, literal};
use crate::frame::Frame;
use crate::ir::{LiteralId, Program};
use crate::parts::{self, Found};
use crate::pattern::Patterns;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, Part, Reads, Shape, Tag, Type, TypeId};

/// Reads values into a frame.
pub(crate) struct Decoder<'p, 'f> {
    pub(crate) program: &'p Program,
    pub(crate) patterns: &'p Patterns,
    pub(crate) frame: &'f mut Frame,
    /// Whether what is read is forwarded, and with it the defaults that are applied.
    pub(crate) forwarded: bool,
}

/// The head of an entity: everything but its properties.
pub(crate) struct Head<'j> {
    pub(crate) ty: Cow<'j, str>,
    pub(crate) id: Cursor<'j>,
    pub(crate) properties: Option<Cursor<'j>>,
}

/// What stores nothing.
pub(super) static NOTHING: Reads = Reads {
    present: None,
    value: None,
    parts: Vec::new(),
    fields: Vec::new(),
    members: Vec::new(),
    rows: None,
    ancestors: None,
};

/// The property that lists what is above an entity.
pub(super) const ANCESTORS: &str = "in";

impl<'p> Decoder<'p, '_> {
    /// Reads the members of a record, or the properties of an entity, above which may be what is named; if they are left
    /// out, there are none.
    pub(crate) fn fields(
        &mut self,
        object: Option<&mut Cursor<'_>>,
        fields: &'p [Field],
        open: bool,
        above: Option<&'p [TypeId]>,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        let (mut seen, mut given) = (Seen::default(), Seen::default());
        let mut more: BTreeSet<String> = BTreeSet::new();
        let mut seen_above = false;
        if let Some(cursor) = object {
            match cursor.shape() {
                Shape::Object => cursor.open()?,
                Shape::Null => return Err(path.refuse(RefusalCode::NullValue)),
                _ => return Err(path.refuse(RefusalCode::WrongType)),
            }
            while let Some(name) = cursor.member()? {
                let here = path.member(&name);
                if let Some(above) = above.filter(|above| !above.is_empty() && name == ANCESTORS) {
                    if seen_above {
                        return Err(here.refuse(RefusalCode::DuplicateField));
                    }
                    seen_above = true;
                    self.ancestors(cursor, above, reads, &here)?;
                    continue;
                }
                let declared = fields.iter().enumerate().find(|(_, field)| field.name == name);
                if open && declared.is_none() {
                    if !more.insert(name.to_string()) {
                        return Err(here.refuse(RefusalCode::DuplicateField));
                    }
                    opaque(cursor, &here)?;
                    continue;
                }
                let (index, field) = declared.ok_or_else(|| here.refuse(RefusalCode::UnknownField))?;
                if !seen.insert(index) {
                    return Err(here.refuse(RefusalCode::DuplicateField));
                }
                let may_lack = field.optional || field.default.is_some();
                if may_lack && cursor.shape() == Shape::Null && !self.means_null(field.ty) {
                    cursor.skip()?;
                    if self.forwarded {
                        self.frame.push_absent(|place| here.write_exactly(place));
                    }
                    continue;
                }
                given.insert(index);
                let inner = read_at(reads, index);
                self.value(cursor, field.ty, inner, &here)?;
                self.frame.store(inner.present, 1);
            }
        }
        let needed = |(i, field): &(usize, &Field)| !field.optional && field.default.is_none() && !seen.contains(*i);
        if let Some((_, missing)) = fields.iter().enumerate().find(needed) {
            return Err(path.member(&missing.name).refuse(RefusalCode::MissingField));
        }
        for (index, field) in fields.iter().enumerate() {
            let Some(default) = field.default.as_ref().filter(|_| !given.contains(index)) else { continue };
            let here = path.member(&field.name);
            let mut cursor = check(default.as_bytes()).map_err(Refusal::whole)?;
            self.value(&mut cursor, field.ty, read_at(reads, index), &here)?;
            if self.forwarded {
                self.frame.push_default(|place| here.write_exactly(place), default);
            }
        }
        Ok(())
    }

    /// Reads the properties of an entity, or sees that there are none where somebody else vouches for them.
    pub(crate) fn properties(
        &mut self,
        ty: TypeId,
        properties: Option<&mut Cursor<'_>>,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        if !self.program.channels.contains_key(&ty) {
            return self.known(ty, properties, reads, path);
        }
        let Some(cursor) = properties else { return Ok(()) };
        match cursor.shape() {
            Shape::Object => cursor.open()?,
            Shape::Null => return Err(path.refuse(RefusalCode::NullValue)),
            _ => return Err(path.refuse(RefusalCode::WrongType)),
        }
        match cursor.member()? {
            Some(_) => Err(path.refuse(RefusalCode::WrongChannel)),
            None => Ok(()),
        }
    }

    /// Reads the properties of an entity, whoever vouches for them.
    pub(crate) fn known(
        &mut self,
        ty: TypeId,
        properties: Option<&mut Cursor<'_>>,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        match self.ty(ty)? {
            Type::Entity { fields, ancestors, .. } => {
                self.fields(properties, fields, false, Some(ancestors), reads, path)
            }
            // The program was checked when it was loaded: it is an entity.
            _ => Err(NotJson.into()),
        }
    }

    /// Reads a value that must be there. Recursion is bounded by the depth of the request.
    pub(super) fn value(
        &mut self,
        cursor: &mut Cursor<'_>,
        ty: TypeId,
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        if cursor.shape() == Shape::Null && !self.means_null(ty) {
            return Err(path.refuse(RefusalCode::NullValue));
        }
        match self.ty(ty)? {
            Type::Choice { variants, tag } => {
                let index = self.variant(*cursor, variants, tag.as_ref(), path)?;
                let variant = variants.get(index).ok_or(NotJson)?;
                let inner = read_at(reads, index);
                self.value(cursor, *variant, inner, path)?;
                self.frame.store(inner.present, 1);
                Ok(())
            }
            Type::Null => match cursor.shape() {
                Shape::Null => Ok(cursor.skip()?),
                _ => Err(path.refuse(RefusalCode::WrongType)),
            },
            Type::Map { key, value, max } => {
                let again = *cursor;
                let map = self.map(cursor, (*key, *value), *max, reads.rows.as_deref(), path)?;
                self.frame.store(reads.value, map);
                self.named(again, (*key, *value), reads, path)
            }
            Type::Record { fields, open } => self.fields(Some(cursor), fields, *open, None, reads, path),
            Type::Json => opaque(cursor, path),
            Type::Entity { name, .. } => {
                let mut head = head(cursor, path)?;
                if head.ty != name.as_str() {
                    return Err(path.member("type").refuse(RefusalCode::UnexpectedType));
                }
                self.id(&mut head.id, ty, reads, path)?;
                let inside = path.member("properties");
                self.properties(ty, head.properties.as_mut(), reads, &inside)
            }
            Type::Set { element, max } => {
                let keep = reads.value.is_some();
                let set = self.set(cursor, *element, *max, keep, path)?;
                self.frame.store(reads.value, set);
                Ok(())
            }
            Type::List { element, max } => {
                let again = *cursor;
                let list = self.list(cursor, *element, *max, reads, path)?;
                self.frame.store(reads.value, list);
                self.placed(again, *element, reads, path)
            }
            scalar => {
                let keep = if reads.value.is_some() || !reads.parts.is_empty() { Keep::Interned } else { Keep::No };
                let value = self.scalar(cursor, scalar, keep, path)?;
                self.keep(value, reads)
            }
        }
    }

    /// Stores a single value and its parts.
    pub(super) fn keep(&mut self, value: u64, reads: &Reads) -> Result<(), Refusal> {
        self.frame.store(reads.value, value);
        for (part, slot) in &reads.parts {
            let part = self.part(value, *part).ok_or(NotJson)?;
            self.frame.store(Some(*slot), part);
        }
        Ok(())
    }

    /// Whether `null` is a value of a type.
    fn means_null(&self, ty: TypeId) -> bool {
        match self.ty(ty) {
            Ok(Type::Null) => true,
            Ok(Type::Choice { variants, .. }) => variants.iter().any(|id| matches!(self.ty(*id), Ok(Type::Null))),
            _ => false,
        }
    }

    /// Which of the types of a choice the next value has.
    fn variant(
        &self,
        mut cursor: Cursor<'_>,
        variants: &[TypeId],
        tag: Option<&Tag>,
        path: &Path<'_>,
    ) -> Result<usize, Refusal> {
        let shape = cursor.shape();
        if let (Shape::Object, Some(tag)) = (shape, tag) {
            let at = path.member(&tag.member);
            cursor.open()?;
            while let Some(name) = cursor.member()? {
                if name != tag.member.as_str() {
                    cursor.skip()?;
                    continue;
                }
                if cursor.shape() == Shape::Null {
                    return Err(at.refuse(RefusalCode::NullValue));
                }
                let said = string(&mut cursor, &at)?;
                let says = |says: &Vec<String>| says.iter().any(|known| *known == said);
                return tag.says.iter().position(says).ok_or_else(|| at.refuse(RefusalCode::UnknownMember));
            }
            return Err(at.refuse(RefusalCode::MissingField));
        }
        let fits = |id: &TypeId| self.ty(*id).is_ok_and(|ty| ty.shape() == Some(shape));
        variants.iter().position(fits).ok_or_else(|| path.refuse(RefusalCode::WrongType))
    }

    /// Reads an entity's id.
    pub(crate) fn id(
        &mut self,
        cursor: &mut Cursor<'_>,
        ty: TypeId,
        reads: &Reads,
        entity: &Path<'_>,
    ) -> Result<(), Refusal> {
        let path = entity.member("id");
        let id = string(cursor, &path)?;
        if let Some(code) = self.wrong_id(&id, ty) {
            return Err(path.refuse(code));
        }
        if reads.value.is_some() {
            let id = self.intern(&id)?;
            self.frame.store(reads.value, id);
        }
        Ok(())
    }

    /// What is wrong with the id of an entity of a type.
    pub(crate) fn wrong_id(&self, id: &str, ty: TypeId) -> Option<RefusalCode> {
        if id.len() > ID_BYTES {
            return Some(RefusalCode::TooLong);
        }
        if id.is_empty() {
            return Some(RefusalCode::Empty);
        }
        if id.contains('\0') {
            return Some(RefusalCode::BadCharacter);
        }
        let Ok(Type::Entity { id: Some(of), .. }) = self.ty(ty) else { return None };
        match self.ty(*of) {
            Ok(Type::Text { ident, max, patterns }) => self.wrong_text(id, *ident, *max, patterns),
            // The program was checked when it was loaded: it is a text.
            _ => Some(RefusalCode::WrongType),
        }
    }

    /// A part of a text in the arena, which is of its kind.
    fn part(&self, text: u64, part: Part) -> Option<u64> {
        let Text::Arena { start, length } = Text::unpack(text) else { return None };
        Some(match parts::find(self.frame.text(start, length)?, part)? {
            Found::Number(number) => number,
            Found::Text(range) => Text::Arena { start, length }.within(&range)?.pack(),
        })
    }

    /// Keeps a text that has no parts: as the constant that it is, or else as it is.
    pub(crate) fn intern(&mut self, text: &str) -> Result<u64, Refusal> {
        match self.patterns.literal(self.program, text) {
            Some(constant) => Ok(literal(constant)),
            None => self.keep_text(text),
        }
    }

    /// Ends the set that is being read.
    pub(super) fn finish_set(&mut self, texts: bool) -> Option<u64> {
        let (program, patterns) = (self.program, self.patterns);
        let literal = |text: &str| patterns.literal(program, text);
        self.frame.finish_set(if texts { Some(&literal) } else { None })
    }

    /// A text that was kept.
    pub(super) fn kept(&self, word: u64) -> Option<&str> {
        match Text::unpack(word) {
            Text::Arena { start, length } => self.frame.text(start, length),
            Text::Literal(LiteralId(id)) => self.program.literals.get(usize::try_from(id).ok()?).map(String::as_str),
        }
    }

    /// Keeps a text, and gives what a slot holds of it.
    pub(crate) fn keep_text(&mut self, text: &str) -> Result<u64, Refusal> {
        self.frame.push_text(text).ok_or_else(too_large)
    }

    pub(super) fn ty(&self, id: TypeId) -> Result<&'p Type, Refusal> {
        let index = usize::try_from(id.0).ok();
        // The program was checked when it was loaded: the type is there.
        index.and_then(|index| self.program.types.get(index)).ok_or_else(|| NotJson.into())
    }
}

/// What is read of a field, or of a variant.
pub(super) fn read_at(reads: &Reads, index: usize) -> &Reads {
    let inner = reads.fields.iter().find(|(read, _)| usize::try_from(*read) == Ok(index));
    inner.map_or(&NOTHING, |(_, inner)| inner)
}

/// Goes behind any JSON that every reader takes for the same. Recursion is bounded by the depth of the request.
fn opaque(cursor: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Refusal> {
    match cursor.shape() {
        Shape::Object => {
            cursor.open()?;
            let mut seen = BTreeSet::new();
            while let Some(name) = cursor.member()? {
                let here = path.member(&name);
                if seen.contains(name.as_ref()) {
                    return Err(here.refuse(RefusalCode::DuplicateField));
                }
                opaque(cursor, &here)?;
                seen.insert(name.into_owned());
            }
            Ok(())
        }
        Shape::Array => {
            cursor.open()?;
            let mut index = 0_usize;
            while cursor.element()? {
                opaque(cursor, &path.element(index))?;
                index = index.saturating_add(1);
            }
            Ok(())
        }
        Shape::Number => {
            let number = cursor.number()?;
            let zero = number.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
            let spelt = number.contains(['e', 'E']) || (zero && number.starts_with('-'));
            if spelt { Err(path.refuse(RefusalCode::NotADecimal)) } else { Ok(()) }
        }
        Shape::Null | Shape::Bool | Shape::String => Ok(cursor.skip()?),
    }
}

/// The arena has room for any request within the limits; this does not happen.
pub(super) fn too_large() -> Refusal {
    Refusal::whole(RefusalCode::TooLarge)
}

/// Reads an object that has some of these members, each at most once: where their values are.
pub(crate) fn object<'j, const N: usize>(
    cursor: &mut Cursor<'j>,
    names: [&str; N],
    path: &Path<'_>,
) -> Result<[Option<Cursor<'j>>; N], Refusal> {
    if cursor.shape() != Shape::Object {
        return Err(path.refuse(RefusalCode::WrongType));
    }
    cursor.open()?;
    let mut values = [None; N];
    while let Some(name) = cursor.member()? {
        let value = names.iter().position(|known| *known == name).and_then(|i| values.get_mut(i));
        match value {
            None => return Err(path.member(&name).refuse(RefusalCode::UnknownField)),
            Some(Some(_)) => return Err(path.member(&name).refuse(RefusalCode::DuplicateField)),
            Some(place) => *place = Some(*cursor),
        }
        cursor.skip()?;
    }
    Ok(values)
}

/// Reads an entity but for its properties, which come after everything else in it.
pub(crate) fn head<'j>(cursor: &mut Cursor<'j>, path: &Path<'_>) -> Result<Head<'j>, Refusal> {
    let [ty, id, properties] = object(cursor, ["type", "id", "properties"], path)?;
    let missing = |name| path.member(name).refuse(RefusalCode::MissingField);
    let mut ty = ty.ok_or_else(|| missing("type"))?;
    let id = id.ok_or_else(|| missing("id"))?;
    let ty = string(&mut ty, &path.member("type"))?;
    Ok(Head { ty, id, properties })
}

/// Reads a string.
pub(crate) fn string<'j>(cursor: &mut Cursor<'j>, path: &Path<'_>) -> Result<Cow<'j, str>, Refusal> {
    match cursor.shape() {
        Shape::String => Ok(cursor.string()?),
        _ => Err(path.refuse(RefusalCode::WrongType)),
    }
}

/// Which fields were there: most records need no more than the first word.
#[derive(Default)]
struct Seen {
    first: u64,
    more: Vec<usize>,
}

impl Seen {
    fn bit(index: usize) -> Option<u64> {
        u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index))
    }

    /// Tells whether it is new.
    fn insert(&mut self, index: usize) -> bool {
        let new = !self.contains(index);
        match Self::bit(index) {
            Some(bit) => self.first |= bit,
            None if new => self.more.push(index),
            None => {}
        }
        new
    }

    fn contains(&self, index: usize) -> bool {
        match Self::bit(index) {
            Some(bit) => self.first & bit != 0,
            None => self.more.contains(&index),
        }
    }
}
