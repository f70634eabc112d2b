//! JSON text: checked as a whole first, then read in place.
//!
//! Numbers stay text: no float ever stands between a request and its decision.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use zt_values::limits::{REQUEST_BYTES, REQUEST_DEPTH};

use crate::refusal::{Refusal, RefusalCode};
use crate::schema::Shape;

/// Checks that a request is one JSON value within the limits, and gives it for reading.
pub(crate) fn check(request: &[u8]) -> Result<Cursor<'_>, RefusalCode> {
    if request.len() > REQUEST_BYTES {
        return Err(RefusalCode::TooLarge);
    }
    let text = str::from_utf8(request).map_err(|_| RefusalCode::BadJson)?;
    // This checks the grammar without building anything and without recursion.
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| RefusalCode::BadJson)?;
    let depth = depth(text.as_bytes()).ok_or(RefusalCode::BadJson)?;
    if depth > REQUEST_DEPTH {
        return Err(RefusalCode::TooDeep);
    }
    Ok(Cursor { rest: text })
}

/// How deep a JSON text is nested; nothing if some string has half a surrogate pair, which the grammar
/// allows and Unicode does not.
fn depth(mut rest: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'[' | b'{' => {
                depth = depth.checked_add(1)?;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b'"' => rest = after_string(rest)?,
            _ => {}
        }
    }
    Some(deepest)
}

/// What follows a string, from behind its opening quote; nothing if it has half a surrogate pair.
fn after_string(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let special = rest.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        rest = match rest.get(special..)? {
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'u', after @ ..] => {
                let (unit, after) = hex4(after)?;
                match unit {
                    0xd800..=0xdbff => {
                        let (second, after) = hex4(after.strip_prefix(b"\\u")?)?;
                        matches!(second, 0xdc00..=0xdfff).then_some(after)?
                    }
                    0xdc00..=0xdfff => return None,
                    _ => after,
                }
            }
            [b'\\', _, after @ ..] => after,
            _ => return None,
        };
    }
}

fn hex4(rest: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = rest.split_at_checked(4)?;
    let digits = str::from_utf8(digits).ok()?;
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

/// The text is not what [`check`] lets through. It does not happen; if it did, the request is refused.
#[derive(Debug)]
pub(crate) struct NotJson;

impl From<NotJson> for Refusal {
    fn from(_: NotJson) -> Self {
        Self::whole(RefusalCode::BadJson)
    }
}

/// A place in a checked JSON text: before a value, or inside an object or array after a value.
///
/// It relies on the check for finding its way, never for safety.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// The shape of the next value.
    pub(crate) fn shape(&mut self) -> Shape {
        match self.next_byte() {
            Some(b'{') => Shape::Object,
            Some(b'[') => Shape::Array,
            Some(b'"') => Shape::String,
            Some(b't' | b'f') => Shape::Bool,
            Some(b'n') => Shape::Null,
            _ => Shape::Number,
        }
    }

    /// Reads `true` or `false`.
    pub(crate) fn bool(&mut self) -> Result<bool, NotJson> {
        match self.scalar()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(NotJson),
        }
    }

    /// Reads a number, as it is written.
    pub(crate) fn number(&mut self) -> Result<&'a str, NotJson> {
        self.scalar()
    }

    /// Reads a string, without its quotes and escapes.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        let raw = self.raw_string()?;
        match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(plain) if !raw.contains('\\') => Ok(Cow::Borrowed(plain)),
            _ => serde_json::from_str(raw).map(Cow::Owned).map_err(|_| NotJson),
        }
    }

    /// Enters an object or array.
    pub(crate) fn open(&mut self) -> Result<(), NotJson> {
        match self.next_byte() {
            Some(b'{' | b'[') => self.take(1).map(|_| ()),
            _ => Err(NotJson),
        }
    }

    /// In an object: goes to the next member's value and gives its name, or leaves the object.
    pub(crate) fn member(&mut self) -> Result<Option<Cow<'a, str>>, NotJson> {
        if !self.element()? {
            return Ok(None);
        }
        let name = self.string()?;
        match self.next_byte() {
            Some(b':') => self.take(1).map(|_| Some(name)),
            _ => Err(NotJson),
        }
    }

    /// In an array: goes to the next element, or leaves the array. Tells whether there is one.
    pub(crate) fn element(&mut self) -> Result<bool, NotJson> {
        if self.next_byte() == Some(b',') {
            self.take(1)?;
        }
        if matches!(self.next_byte(), Some(b'}' | b']')) {
            return self.take(1).map(|_| false);
        }
        Ok(true)
    }

    /// The next value as it is written; goes behind it.
    pub(crate) fn raw(&mut self) -> Result<&'a str, NotJson> {
        self.next_byte();
        let start = self.rest;
        self.skip()?;
        let length = start.len().checked_sub(self.rest.len()).ok_or(NotJson)?;
        start.get(..length).ok_or(NotJson)
    }

    /// Goes behind the next value.
    pub(crate) fn skip(&mut self) -> Result<(), NotJson> {
        let mut depth = 0_usize;
        loop {
            match self.next_byte().ok_or(NotJson)? {
                b'{' | b'[' => {
                    depth = depth.checked_add(1).ok_or(NotJson)?;
                    self.take(1)?;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(NotJson)?;
                    self.take(1)?;
                }
                b',' | b':' => {
                    self.take(1)?;
                    continue;
                }
                b'"' => {
                    self.raw_string()?;
                }
                _ => {
                    self.scalar()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// The next byte that is not blank.
    fn next_byte(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.as_bytes().first().copied()
    }

    fn take(&mut self, length: usize) -> Result<&'a str, NotJson> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NotJson)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<&'a str, NotJson> {
        self.next_byte();
        let ends = |b: u8| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        let end = self.rest.bytes().position(ends).unwrap_or(self.rest.len());
        if end == 0 { Err(NotJson) } else { self.take(end) }
    }

    /// A string with its quotes and escapes.
    fn raw_string(&mut self) -> Result<&'a str, NotJson> {
        self.next_byte();
        let inside = self.rest.strip_prefix('"').ok_or(NotJson)?;
        let after = after_string(inside.as_bytes()).ok_or(NotJson)?;
        self.take(self.rest.len().checked_sub(after.len()).ok_or(NotJson)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Reads any value, as another reader would.
    fn read(cursor: &mut Cursor<'_>) -> Value {
        match cursor.shape() {
            Shape::Null => {
                cursor.skip().unwrap();
                Value::Null
            }
            Shape::Bool => Value::Bool(cursor.bool().unwrap()),
            Shape::Number => serde_json::from_str(cursor.number().unwrap()).unwrap(),
            Shape::String => Value::String(cursor.string().unwrap().into_owned()),
            Shape::Array => {
                cursor.open().unwrap();
                let mut elements = vec![];
                while cursor.element().unwrap() {
                    elements.push(read(cursor));
                }
                Value::Array(elements)
            }
            Shape::Object => {
                cursor.open().unwrap();
                let mut members = serde_json::Map::new();
                while let Some(name) = cursor.member().unwrap() {
                    members.insert(name.into_owned(), read(cursor));
                }
                Value::Object(members)
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_reads_as_another_reader_reads_it(value in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let mut cursor = check(text.as_bytes()).unwrap();
            let mut skipped = cursor;
            prop_assert_eq!(read(&mut cursor), value);
            prop_assert_eq!(cursor.rest, "");
            skipped.skip().unwrap();
            prop_assert_eq!(skipped.rest, "");
        }

        #[test]
        fn what_is_json_agrees_with_another_reader(
            text in "[\\[\\]{}\",:\\\\ud8cfDC0123.eE+ a-]{0,12}|\"(\\\\u[dD][89c-fC-F][0-9a-f]{2}|[a\\\\]){0,4}\"",
        ) {
            let other = serde_json::from_str::<Value>(&text);
            // The other reader turns numbers into floats, and gives up on those that do not fit.
            prop_assume!(!other.as_ref().is_err_and(|e| e.to_string().contains("number out of range")));
            prop_assert_eq!(check(text.as_bytes()).is_ok(), other.is_ok(), "{}", text);
        }

        #[test]
        fn a_cursor_on_any_text_finds_its_way_or_says_so(text in "[\\[\\]{}\",:\\\\ut0 1]{0,20}|\\PC*") {
            let mut cursor = Cursor { rest: &text };
            let _ = cursor.skip();
            while cursor.element().unwrap_or(false) && cursor.string().is_ok() {}
            let _ = (cursor.bool(), cursor.number(), cursor.open(), cursor.member());
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_json() {
        for text in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\ud800""#,
            r#""\ud800x\udc00""#,
            r#""\udc00\ud800""#,
            r#"{"\ud800":1}"#,
            r#""\uDBFF\u0041""#,
        ] {
            assert_eq!(check(text.as_bytes()).err(), Some(RefusalCode::BadJson), "{text}");
        }
        for text in [r#""\ud83d\ude00""#, r#""\\ud800""#, r#""\uD7FF\uE000""#] {
            assert!(check(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_mebibyte_of_brackets_is_refused_quietly() {
        let open = vec![b'['; REQUEST_BYTES];
        assert_eq!(check(&open).err(), Some(RefusalCode::BadJson));
        let half = REQUEST_BYTES / 2;
        let closed = ["[".repeat(half), "]".repeat(half)].concat();
        assert_eq!(check(closed.as_bytes()).err(), Some(RefusalCode::TooDeep));
        let longer = [closed, " ".into()].concat();
        assert_eq!(check(longer.as_bytes()).err(), Some(RefusalCode::TooLarge));
        let nest = |depth| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(check(nest(32).as_bytes()).is_ok());
        assert_eq!(check(nest(33).as_bytes()).err(), Some(RefusalCode::TooDeep));
        // Half a surrogate pair is looked for first.
        let both = [nest(33).replace("[]", r#"["\ud800"]"#)].concat();
        assert_eq!(check(both.as_bytes()).err(), Some(RefusalCode::BadJson));
    }
}
