//! Values: read and checked by their declared types, stored where some rule reads them.

use std::borrow::Cow;

use zt_values::limits::ID_BYTES;
use zt_values::{NumberError, is_ident, parse_decimal, parse_int};

use super::json::{Cursor, Kind, NotJson};
use super::path::Path;
use crate::frame::Frame;
use crate::ir::Program;
use crate::pattern::Pattern;
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{Field, PatternId, Reads, Type, TypeId};

/// Reads values into a frame.
pub(crate) struct Decoder<'p, 'f> {
    pub(crate) program: &'p Program,
    pub(crate) patterns: &'p [Pattern],
    pub(crate) frame: &'f mut Frame,
}

/// The head of an entity: everything but its properties.
pub(crate) struct Head<'j> {
    pub(crate) ty: Cow<'j, str>,
    pub(crate) id: Cursor<'j>,
    pub(crate) properties: Option<Cursor<'j>>,
}

static NOTHING: Reads = Reads { present: None, value: None, fields: Vec::new() };

impl<'p> Decoder<'p, '_> {
    /// Reads the members of a record, or the properties of an entity; if they are left out, there are none.
    pub(crate) fn fields(
        &mut self,
        object: Option<&mut Cursor<'_>>,
        fields: &'p [Field],
        reads: &Reads,
        path: &Path<'_>,
    ) -> Result<(), Refusal> {
        let mut seen = Seen::default();
        if let Some(cursor) = object {
            match cursor.kind() {
                Kind::Object => cursor.open()?,
                Kind::Null => return Err(path.refuse(RefusalCode::NullValue)),
                _ => return Err(path.refuse(RefusalCode::WrongType)),
            }
            while let Some(name) = cursor.member()? {
                let here = path.member(&name);
                let (index, field) = fields
                    .iter()
                    .enumerate()
                    .find(|(_, field)| field.name == name)
                    .ok_or_else(|| here.refuse(RefusalCode::UnknownField))?;
                if !seen.insert(index) {
                    return Err(here.refuse(RefusalCode::DuplicateField));
                }
                if field.optional && cursor.kind() == Kind::Null {
                    cursor.skip()?;
                    continue;
                }
                let inner = reads
                    .fields
                    .iter()
                    .find(|(read, _)| usize::try_from(*read) == Ok(index))
                    .map_or(&NOTHING, |(_, inner)| inner);
                self.value(cursor, field.ty, inner, &here)?;
                self.frame.store(inner.present, 1);
            }
        }
        match fields.iter().enumerate().find(|(i, field)| !field.optional && !seen.contains(*i)) {
            Some((_, missing)) => Err(path.member(&missing.name).refuse(RefusalCode::MissingField)),
            None => Ok(()),
        }
    }

    /// Reads a value that must be there. Recursion is bounded by the depth of the request.
    fn value(&mut self, cursor: &mut Cursor<'_>, ty: TypeId, reads: &Reads, path: &Path<'_>) -> Result<(), Refusal> {
        if cursor.kind() == Kind::Null {
            return Err(path.refuse(RefusalCode::NullValue));
        }
        match self.ty(ty)? {
            Type::Record { fields } => self.fields(Some(cursor), fields, reads, path),
            Type::Entity { name, fields } => {
                let mut head = head(cursor, path)?;
                if head.ty != name.as_str() {
                    return Err(path.member("type").refuse(RefusalCode::UnexpectedType));
                }
                self.id(&mut head.id, reads, path)?;
                let inside = path.member("properties");
                self.fields(head.properties.as_mut(), fields, reads, &inside)
            }
            Type::Set { element, max } => {
                let keep = reads.value.is_some();
                let set = self.set(cursor, *element, *max, keep, path)?;
                self.frame.store(reads.value, set);
                Ok(())
            }
            scalar => {
                let value = self.scalar(cursor, scalar, reads.value.is_some(), path)?;
                self.frame.store(reads.value, value);
                Ok(())
            }
        }
    }

    /// Reads an entity's id.
    pub(crate) fn id(&mut self, cursor: &mut Cursor<'_>, reads: &Reads, entity: &Path<'_>) -> Result<(), Refusal> {
        let path = entity.member("id");
        let id = string(cursor, &path)?;
        if id.len() > ID_BYTES {
            return Err(path.refuse(RefusalCode::TooLong));
        }
        if id.is_empty() {
            return Err(path.refuse(RefusalCode::Empty));
        }
        if id.contains('\0') {
            return Err(path.refuse(RefusalCode::BadCharacter));
        }
        if reads.value.is_some() {
            let id = self.keep_text(&id)?;
            self.frame.store(reads.value, id);
        }
        Ok(())
    }

    fn set(
        &mut self,
        cursor: &mut Cursor<'_>,
        element: TypeId,
        max: u32,
        keep: bool,
        path: &Path<'_>,
    ) -> Result<u64, Refusal> {
        if cursor.kind() != Kind::Array {
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
            if cursor.kind() == Kind::Null {
                return Err(here.refuse(RefusalCode::NullValue));
            }
            let value = self.scalar(cursor, ty, keep, &here)?;
            if keep {
                self.frame.push_element(value);
            }
            index = index.saturating_add(1);
        }
        let texts = matches!(ty, Type::Text { .. });
        self.frame.finish_set(texts).ok_or_else(too_large)
    }

    /// Reads a value that fits a slot by itself. A text is kept only if told so.
    fn scalar(&mut self, cursor: &mut Cursor<'_>, ty: &Type, keep: bool, path: &Path<'_>) -> Result<u64, Refusal> {
        match ty {
            Type::Bool => match cursor.kind() {
                Kind::Bool => Ok(u64::from(cursor.bool()?)),
                _ => Err(path.refuse(RefusalCode::WrongType)),
            },
            Type::Int { min, max } => {
                let value = parse_int(number(cursor, path)?);
                within(value, *min, *max, path)
            }
            Type::Decimal { places, min, max } => {
                let value = parse_decimal(number(cursor, path)?, *places);
                within(value, *min, *max, path)
            }
            Type::Text { ident, max, patterns } => {
                let text = string(cursor, path)?;
                if let Some(code) = self.wrong_text(&text, *ident, *max, patterns) {
                    return Err(path.refuse(code));
                }
                if keep { self.keep_text(&text) } else { Ok(0) }
            }
            Type::Enum { members } => {
                let text = string(cursor, path)?;
                members
                    .iter()
                    .position(|member| *member == text)
                    .and_then(|index| u64::try_from(index).ok())
                    .ok_or_else(|| path.refuse(RefusalCode::UnknownMember))
            }
            Type::Set { .. } | Type::Record { .. } | Type::Entity { .. } => Err(path.refuse(RefusalCode::WrongType)),
        }
    }

    fn wrong_text(&self, text: &str, ident: bool, max: u32, patterns: &[PatternId]) -> Option<RefusalCode> {
        if usize::try_from(max).is_ok_and(|max| text.len() > max) {
            return Some(RefusalCode::TooLong);
        }
        if ident && !is_ident(text) {
            return Some(RefusalCode::BadIdent);
        }
        if text.contains('\0') {
            return Some(RefusalCode::BadCharacter);
        }
        // A pattern that cannot say yes says no.
        let matches = |id: &PatternId| {
            let index = usize::try_from(id.0).ok()?;
            self.patterns.get(index)?.matches(text)
        };
        let all = patterns.iter().all(|pattern| matches(pattern) == Some(true));
        (!all).then_some(RefusalCode::NoMatch)
    }

    fn keep_text(&mut self, text: &str) -> Result<u64, Refusal> {
        self.frame.push_text(text).ok_or_else(too_large)
    }

    fn ty(&self, id: TypeId) -> Result<&'p Type, Refusal> {
        let index = usize::try_from(id.0).ok();
        // The program was checked when it was loaded: the type is there.
        index.and_then(|index| self.program.types.get(index)).ok_or_else(|| NotJson.into())
    }
}

/// The arena has room for any request within the limits; this does not happen.
fn too_large() -> Refusal {
    Refusal::whole(RefusalCode::TooLarge)
}

/// Reads an object that has some of these members, each at most once: where their values are.
pub(crate) fn object<'j, const N: usize>(
    cursor: &mut Cursor<'j>,
    names: [&str; N],
    path: &Path<'_>,
) -> Result<[Option<Cursor<'j>>; N], Refusal> {
    if cursor.kind() != Kind::Object {
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
    match cursor.kind() {
        Kind::String => Ok(cursor.string()?),
        _ => Err(path.refuse(RefusalCode::WrongType)),
    }
}

fn number<'j>(cursor: &mut Cursor<'j>, path: &Path<'_>) -> Result<&'j str, Refusal> {
    match cursor.kind() {
        Kind::Number => Ok(cursor.number()?),
        _ => Err(path.refuse(RefusalCode::WrongType)),
    }
}

fn within(value: Result<i64, NumberError>, min: i64, max: i64, path: &Path<'_>) -> Result<u64, Refusal> {
    let code = match value {
        Ok(value) if (min..=max).contains(&value) => return Ok(value.cast_unsigned()),
        Ok(_) | Err(NumberError::OutOfRange) => RefusalCode::OutOfRange,
        Err(NumberError::NotInteger) => RefusalCode::NotAnInteger,
        Err(NumberError::NotDecimal) => RefusalCode::NotADecimal,
        Err(NumberError::TooPrecise) => RefusalCode::TooPrecise,
    };
    Err(path.refuse(code))
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
