//! Requests in one pass: from bytes to frame, each token looked at once and nothing allocated.
//!
//! This reader takes only what the other one takes ([`super::envelope`]), and leaves the same in the frame. Where
//! anything is wrong, or spelled as hardly anybody does, it gives up: the other one then finds out what it is, in the order
//! that is the contract. So nothing here says why.

mod objects;
mod collections;
mod whole;

use zt_values::is_ident;

pub(crate) use self::whole::read;
use super::plan::{Kind, Plan};
use super::reader::{Quoted, Reader};
use super::scalars::{Keep, canonical, parse_quantity};
use super::scan::Scan;
use super::values::Decoder;
use crate::frame::Room;
use crate::schema::{PatternId, Type, TypeId};

/// Reads values in one pass.
struct Quick<'p, 'f, 'a, S> {
    decoder: Decoder<'p, 'f>,
    plan: &'p Plan,
    reader: Reader<'a, S>,
    room: Room,
}

impl<'p: 'a, 'a, S: Scan> Quick<'p, '_, 'a, S> {
    /// Reads a string, and hands over its text and whether it had escapes.
    #[inline]
    fn string<T>(&mut self, then: impl FnOnce(&mut Self, &str, bool) -> Option<T>) -> Option<T> {
        match self.reader.quoted()? {
            Quoted::Plain(start, end) => {
                let text = self.reader.between(start, end)?;
                then(self, text, false)
            }
            Quoted::Escaped(start) => self.escaped(start, |quick, text| then(quick, text, true)),
        }
    }

    /// Reads a string from its first escape on, and hands over its text.
    fn escaped<T>(&mut self, start: usize, then: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        let mut text = std::mem::take(&mut self.room.text);
        text.clear();
        let read = self.reader.unescape(start, &mut text).and_then(|()| then(self, &text));
        self.room.text = text;
        read
    }

    /// Whether a text is what its type takes. Only an escape can be a zero.
    fn fits(&self, text: &str, ident: bool, max: u32, patterns: &[PatternId], escaped: bool) -> Option<()> {
        let long = usize::try_from(max).is_ok_and(|max| text.len() > max);
        if long || (ident && !is_ident(text)) || (escaped && text.contains('\0')) {
            return None;
        }
        let all =
            patterns.iter().all(|id| self.decoder.patterns.text(id.0).and_then(|p| p.matches(text)) == Some(true));
        all.then_some(())
    }

    /// Reads a single value, before which no blank stands. What becomes of a text is said by `keep`.
    #[inline]
    fn single(&mut self, kind: &Kind, ty: TypeId, keep: Keep) -> Option<u64> {
        match *kind {
            Kind::Bool => self.reader.bool().map(u64::from),
            Kind::Int { min, max } => {
                let value = self.reader.int()?;
                (min..=max).contains(&value).then_some(value.cast_unsigned())
            }
            Kind::Decimal { places, min, max } => {
                let value = self.reader.decimal(places)?;
                (min..=max).contains(&value).then_some(value.cast_unsigned())
            }
            Kind::Text { max } => self.text(max, keep),
            Kind::Ident { max } => self.string(|quick, text, _| {
                let long = usize::try_from(max).is_ok_and(|max| text.len() > max);
                if long || !is_ident(text) { None } else { quick.kept(text, keep) }
            }),
            Kind::Quantity { kind, min, max } => self.string(|_, text, _| {
                let value = parse_quantity(kind, text).ok()?;
                (min..=max).contains(&value).then_some(value.cast_unsigned())
            }),
            Kind::Enum(place) => self.member(place, ty),
            Kind::Object(_) => None,
            Kind::Other => self.other(ty, keep),
        }
    }

    #[inline]
    fn text(&mut self, max: u32, keep: Keep) -> Option<u64> {
        let long = |length: usize| usize::try_from(max).is_ok_and(|max| length > max);
        match self.reader.quoted()? {
            Quoted::Plain(start, end) => {
                if long(end.wrapping_sub(start)) {
                    return None;
                }
                if keep == Keep::No { Some(0) } else { self.kept(self.reader.between(start, end)?, keep) }
            }
            Quoted::Escaped(start) => self.escaped(start, |quick, text| {
                if long(text.len()) || text.contains('\0') {
                    return None;
                }
                quick.kept(text, keep)
            }),
        }
    }

    /// Keeps a text that has no parts, if it is to be kept.
    fn kept(&mut self, text: &str, keep: Keep) -> Option<u64> {
        match keep {
            Keep::No => Some(0),
            Keep::Copied => self.decoder.keep_text(text).ok(),
            Keep::Interned => self.decoder.intern(text).ok(),
        }
    }

    #[inline]
    fn member(&mut self, place: u32, ty: TypeId) -> Option<u64> {
        let of = self.plan.enum_at(place)?;
        for (index, token) in (0..).zip(&of.tokens) {
            if self.reader.token(*token) {
                return Some(index);
            }
        }
        let Type::Enum { members } = self.decoder.ty(ty).ok()? else { return None };
        self.string(|_, text, _| of.names.find(text, |index| members.get(index).map(String::as_str)))
            .and_then(|index| u64::try_from(index).ok())
    }

    fn other(&mut self, ty: TypeId, keep: Keep) -> Option<u64> {
        match self.decoder.ty(ty).ok()? {
            Type::Text { ident, max, patterns } => self.string(|quick, text, escaped| {
                quick.fits(text, *ident, *max, patterns, escaped)?;
                quick.kept(text, keep)
            }),
            Type::Syntax { syntax, max, patterns } => self.string(|quick, sent, escaped| {
                let text = canonical(*syntax, sent).ok()?;
                if usize::try_from(*max).is_ok_and(|max| sent.len() > max) {
                    return None;
                }
                quick.fits(&text, false, *max, patterns, escaped)?;
                if keep == Keep::No { Some(0) } else { quick.decoder.keep_text(&text).ok() }
            }),
            _ => None,
        }
    }
}
