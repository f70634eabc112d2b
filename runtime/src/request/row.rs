//! Rows of tables, as sources answer them: read as strictly as requests.

use super::json::{Cursor, check};
use super::path::Path;
use super::scalars::Keep;
use super::values::{Decoder, object, string};
use crate::frame::Frame;
use crate::ir::{Asked, KeyPart, Program};
use crate::pattern::Patterns;
use crate::rows::Word;
use crate::schema::{Shape, Type, TypeId};

/// Reads a key, and what the row says: nothing where there is no such row. Gives nothing at all where something does not
/// fit the table.
pub(crate) fn row(
    program: &Program,
    patterns: &Patterns,
    asked: &Asked,
    (key, value): (&str, &str),
    frame: &mut Frame,
) -> Option<(Vec<Word>, Option<Word>)> {
    let mut decoder = Decoder { program, patterns, frame, forwarded: false };
    let mut cursor = check(key.as_bytes()).ok()?;
    if cursor.shape() != Shape::Array {
        return None;
    }
    cursor.open().ok()?;
    let mut words = Vec::new();
    for part in &asked.key {
        if !cursor.element().ok()? {
            return None;
        }
        match part {
            KeyPart::Value(ty) => words.push(decoder.word(&mut cursor, *ty)?),
            KeyPart::Entity(types) => decoder.entity(&mut cursor, types, &mut words)?,
        }
    }
    if cursor.element().ok()? {
        return None;
    }
    let mut cursor = check(value.as_bytes()).ok()?;
    let says = match (cursor.shape(), asked.says) {
        (Shape::Null, _) => None,
        (_, Some(ty)) => Some(decoder.word(&mut cursor, ty)?),
        // Of a relation a row says no more than that it is there.
        (Shape::Bool, None) if cursor.bool().ok()? => Some(Word::Number(1)),
        (_, None) => return None,
    };
    Some((words, says))
}

impl Decoder<'_, '_> {
    /// Reads a single value.
    fn word(&mut self, cursor: &mut Cursor<'_>, ty: TypeId) -> Option<Word> {
        let ty = self.program.types.get(usize::try_from(ty.0).ok()?)?;
        if cursor.shape() == Shape::Null {
            return None;
        }
        let value = self.scalar(cursor, ty, Keep::Copied, &Path::Root).ok()?;
        if !ty.is_text() {
            return Some(Word::Number(value.cast_signed()));
        }
        self.kept(value).map(|text| Word::Text(text.to_owned()))
    }

    /// Reads an entity as its type and its id: of several types the number of its own comes first.
    fn entity(&self, cursor: &mut Cursor<'_>, types: &[TypeId], words: &mut Vec<Word>) -> Option<()> {
        let [ty, id] = object(cursor, ["type", "id"], &Path::Root).ok()?;
        let (mut ty, mut id) = (ty?, id?);
        let name = string(&mut ty, &Path::Root).ok()?;
        let id = string(&mut id, &Path::Root).ok()?;
        let is_it = |ty: &TypeId| {
            let known = usize::try_from(ty.0).ok().and_then(|index| self.program.types.get(index));
            matches!(known, Some(Type::Entity { name: known, .. }) if *known == name)
        };
        let number = types.iter().position(is_it)?;
        if self.wrong_id(&id, *types.get(number)?).is_some() {
            return None;
        }
        if types.len() > 1 {
            words.push(Word::Number(i64::try_from(number).ok()?));
        }
        words.push(Word::Text(id.into_owned()));
        Some(())
    }
}
