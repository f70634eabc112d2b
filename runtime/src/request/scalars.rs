//! Scalars: single values as a request spells them.

use std::borrow::Cow;

use zt_values::command::Command;
use zt_values::quantity::parse_duration;
use zt_values::time::{TimeError, parse_date, parse_instant, parse_time};
use zt_values::{NumberError, email, host, ip, is_ident, parse_decimal, parse_int, path as paths, url};

use super::json::Cursor;
use super::path::Path;
use super::values::{Decoder, string};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema::{PatternId, Quantity, Shape, Syntax, Type};

/// What becomes of a text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing.
    No,
    /// It is copied.
    Copied,
    /// It becomes the constant that it is, if it is one and has no parts. Else it is copied.
    Interned,
}

impl Decoder<'_, '_> {
    /// Reads a value that fits a slot by itself.
    pub(super) fn scalar(
        &mut self,
        cursor: &mut Cursor<'_>,
        ty: &Type,
        keep: Keep,
        path: &Path<'_>,
    ) -> Result<u64, Refusal> {
        match ty {
            Type::Bool => match cursor.shape() {
                Shape::Bool => Ok(u64::from(cursor.bool()?)),
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
                match keep {
                    Keep::No => Ok(0),
                    Keep::Copied => self.keep_text(&text),
                    Keep::Interned => self.intern(&text),
                }
            }
            Type::Quantity { kind: Quantity::Size, min, max } => {
                // Fewer bytes than none are no number of bytes, whatever the declaration says.
                within(parse_int(number(cursor, path)?), (*min).max(0), *max, path)
            }
            Type::Quantity { kind, min, max } => {
                let value = parse_quantity(*kind, &string(cursor, path)?);
                match value {
                    Ok(value) => within(Ok(value), *min, *max, path),
                    Err(code) => Err(path.refuse(code)),
                }
            }
            Type::Syntax { syntax, max, patterns } => {
                let sent = string(cursor, path)?;
                let text = canonical(*syntax, &sent).map_err(|code| path.refuse(code))?;
                // Whoever gets the request gets the text as it was sent.
                if usize::try_from(*max).is_ok_and(|max| sent.len() > max) {
                    return Err(path.refuse(RefusalCode::TooLong));
                }
                if let Some(code) = self.wrong_text(&text, false, *max, patterns) {
                    return Err(path.refuse(code));
                }
                if keep == Keep::No { Ok(0) } else { self.keep_text(&text) }
            }
            Type::Enum { members } => {
                let text = string(cursor, path)?;
                members
                    .iter()
                    .position(|member| *member == text)
                    .and_then(|index| u64::try_from(index).ok())
                    .ok_or_else(|| path.refuse(RefusalCode::UnknownMember))
            }
            Type::Set { .. }
            | Type::List { .. }
            | Type::Map { .. }
            | Type::Choice { .. }
            | Type::Null
            | Type::Record { .. }
            | Type::Entity { .. }
            | Type::Json => Err(path.refuse(RefusalCode::WrongType)),
        }
    }

    pub(super) fn wrong_text(&self, text: &str, ident: bool, max: u32, patterns: &[PatternId]) -> Option<RefusalCode> {
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
        let matches = |id: &PatternId| self.patterns.text(id.0)?.matches(text);
        let all = patterns.iter().all(|pattern| matches(pattern) == Some(true));
        (!all).then_some(RefusalCode::NoMatch)
    }
}

/// A time or duration, as its syntax has it.
pub(super) fn parse_quantity(kind: Quantity, text: &str) -> Result<i64, RefusalCode> {
    let (value, malformed) = match kind {
        Quantity::Instant => (parse_instant(text), RefusalCode::NotAnInstant),
        Quantity::Duration => (parse_duration(text), RefusalCode::NotADuration),
        Quantity::Date => (parse_date(text), RefusalCode::NotADate),
        Quantity::Time => (parse_time(text), RefusalCode::NotATime),
        // A size is no text.
        Quantity::Size => return Err(RefusalCode::WrongType),
    };
    value.map_err(|error| match error {
        TimeError::OutOfRange => RefusalCode::OutOfRange,
        _ => malformed,
    })
}

/// The one text of what a text says.
pub(crate) fn canonical(syntax: Syntax, text: &str) -> Result<Cow<'_, str>, RefusalCode> {
    match syntax {
        Syntax::Path => paths::canonical(text).map_err(|_| RefusalCode::NotAPath),
        Syntax::Url => url::canonical(text).map_err(|_| RefusalCode::NotAUrl),
        Syntax::Host => host::canonical(text).map_err(|_| RefusalCode::NotAHost),
        Syntax::Email => email::canonical(text).map_err(|_| RefusalCode::NotAnEmail),
        Syntax::IpAddr => ip::canonical_addr(text).map_err(|_| RefusalCode::NotAnAddress),
        Syntax::Command => match Command::parse(text) {
            Ok(_) => Ok(Cow::Borrowed(text)),
            Err(_) => Err(RefusalCode::NotACommand),
        },
        Syntax::IpNet => ip::canonical_net(text).map_err(|_| RefusalCode::NotANet),
    }
}

fn number<'j>(cursor: &mut Cursor<'j>, path: &Path<'_>) -> Result<&'j str, Refusal> {
    match cursor.shape() {
        Shape::Number => Ok(cursor.number()?),
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
