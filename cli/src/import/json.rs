//! JSON as it stands in descriptions from elsewhere: members in their order, names that stand twice, numbers as they
//! are spelled, and nothing that nests without end.

use std::collections::HashMap;
use std::sync::Arc;

/// How deep arrays and objects may be nested. A request nests 32 deep, and a schema needs three or four levels to say
/// one of them.
pub(crate) const MAX_DEPTH: usize = 160;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is spelled.
    Number(String),
    /// A string, its escapes resolved.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
    /// What was nested too deep to be read.
    Deep,
}

/// An object: its members in order, each name once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    members: Vec<(String, Json)>,
    /// Where each name stands, of objects with many.
    index: HashMap<String, usize>,
    /// Where the object stood, if it has been put elsewhere since.
    pub(crate) at: Option<Arc<str>>,
}

/// From how many members on an object has an index.
const INDEXED: usize = 16;

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        // Where it stood says nothing of what it is.
        self.members == other.members
    }
}

impl Eq for Object {}

impl Object {
    /// An empty one that stands somewhere.
    pub(crate) fn standing(at: &str) -> Object {
        Object { at: Some(at.into()), ..Object::default() }
    }

    /// The member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.place(name).and_then(|at| self.members.get(at)).map(|(_, value)| value)
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.members.len() <= INDEXED {
            return self.members.iter().position(|(n, _)| n == name);
        }
        self.index.get(name).copied()
    }

    /// Puts a member in the place of one of the same name, or at the end. Tells whether there was one.
    pub(crate) fn set(&mut self, name: &str, value: Json) -> bool {
        if let Some(slot) = self.place(name).and_then(|at| self.members.get_mut(at)) {
            slot.1 = value;
            return true;
        }
        self.members.push((name.to_owned(), value));
        if self.members.len() == INDEXED + 1 {
            self.index = self.members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        } else if self.members.len() > INDEXED {
            self.index.insert(name.to_owned(), self.members.len() - 1);
        }
        false
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.place(name)?;
        let (_, value) = self.members.remove(at);
        if self.members.len() >= INDEXED {
            self.index = self.members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        }
        Some(value)
    }

    /// All members.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Json)> {
        self.members.iter().map(|(name, value)| (&**name, value))
    }

    /// How many members there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }
}

impl Json {
    /// The members, of an object.
    pub(crate) fn object(&self) -> Option<&Object> {
        if let Json::Object(object) = self { Some(object) } else { None }
    }

    /// The elements, of an array.
    pub(crate) fn array(&self) -> Option<&[Json]> {
        if let Json::Array(elements) = self { Some(elements) } else { None }
    }

    /// The characters, of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// A member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.object()?.get(name)
    }
}

/// A text read as JSON.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The value, or where (line and column, from 1) and why it is none.
    pub(crate) value: Option<Result<Json, (usize, usize, String)>>,
    /// Where a name stands once more, as JSON Pointers.
    pub(crate) repeated: Vec<String>,
    /// Where it is nested too deep.
    pub(crate) deep: Vec<String>,
}

/// How many places of one kind are kept.
pub(crate) const MAX_PLACES: usize = 1_000;

/// Reads a whole text.
pub(crate) fn read(text: &str) -> Read {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, pointer: String::new(), out: Read::default() };
    let value = reader.whole();
    let mut out = reader.out;
    out.value = Some(value.map_err(|(at, why)| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(1, |l| l.chars().count() + 1);
        (line, column, why)
    }));
    out
}

/// Appends a member's name or a place to a JSON Pointer (RFC 6901). What cannot be seen is written out.
pub(crate) fn push(pointer: &mut String, member: &str) {
    pointer.push('/');
    for c in member.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => zt_values::push_visibly(pointer, c),
        }
    }
}

/// A JSON Pointer with one step more.
pub(crate) fn step(pointer: &str, member: &str) -> String {
    let mut out = pointer.to_owned();
    push(&mut out, member);
    out
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    pointer: String,
    out: Read,
}

type Wrong = (usize, String);

impl<'t> Reader<'t> {
    fn whole(&mut self) -> Result<Json, Wrong> {
        let value = self.value(0)?;
        self.blanks();
        if self.at < self.text.len() {
            return self.wrong("something follows the value");
        }
        Ok(value)
    }

    fn wrong<T>(&self, why: &str) -> Result<T, Wrong> {
        Err((self.at, why.to_owned()))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Recursion is bounded by [`MAX_DEPTH`].
    fn value(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.blanks();
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => self.skip(),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
                    if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                self.wrong("a value was expected")
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.at += 1;
        let mut out = Object::default();
        if self.take(b'}') {
            return Ok(Json::Object(out));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return self.wrong("the name of a member was expected");
            }
            let name = self.string()?;
            if !self.take(b':') {
                return self.wrong("`:` was expected");
            }
            let before = self.pointer.len();
            push(&mut self.pointer, &name);
            let value = self.value(depth + 1)?;
            // The last one stands, as with most readers.
            if out.set(&name, value) && self.out.repeated.len() < MAX_PLACES {
                self.out.repeated.push(self.pointer.clone());
            }
            self.pointer.truncate(before);
            if self.take(b'}') {
                return Ok(Json::Object(out));
            }
            if !self.take(b',') {
                return self.wrong("`,` or `}` was expected");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.at += 1;
        let mut out = vec![];
        if self.take(b']') {
            return Ok(Json::Array(out));
        }
        loop {
            let before = self.pointer.len();
            push(&mut self.pointer, &out.len().to_string());
            out.push(self.value(depth + 1)?);
            self.pointer.truncate(before);
            if self.take(b']') {
                return Ok(Json::Array(out));
            }
            if !self.take(b',') {
                return self.wrong("`,` or `]` was expected");
            }
        }
    }

    /// Goes behind what is nested too deep, without recursion.
    fn skip(&mut self) -> Result<Json, Wrong> {
        if self.out.deep.len() < MAX_PLACES {
            self.out.deep.push(self.pointer.clone());
        }
        let mut open = 0_usize;
        loop {
            match self.peek() {
                None => return self.wrong("the text ends within a value"),
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
            }
            self.at += 1;
            if open == 0 {
                return Ok(Json::Deep);
            }
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        let mut at = start + 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(at) {
                None => return self.wrong("a string has no end"),
                Some(b'\\') => at += 2,
                Some(b'"') => break,
                Some(_) => at += 1,
            }
        }
        let literal = self.text.get(start..=at).unwrap_or_default();
        // Escapes, and control characters that stand as they are, are its business.
        match serde_json::from_str(literal) {
            Ok(text) => {
                self.at = at + 1;
                Ok(text)
            }
            Err(_) => self.wrong("a string with an escape or a character that JSON does not have"),
        }
    }

    fn number(&mut self) -> Result<Json, Wrong> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let before = reader.at;
            while matches!(reader.peek(), Some(b'0'..=b'9')) {
                reader.at += 1;
            }
            reader.at > before
        };
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        let first = self.at;
        let mut good = digits(self) && !(zero && self.at > first + 1);
        if self.peek() == Some(b'.') {
            self.at += 1;
            good &= digits(self);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            good &= digits(self);
        }
        if !good {
            return Err((start, "a number is not spelled as JSON spells them".to_owned()));
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Json, (usize, usize, String)> {
        read(text).value.expect("it was read")
    }

    #[test]
    fn it_reads_what_another_reader_reads() {
        for text in [
            "null",
            " {\"a\" : [1, -2.5e3, true, \"\\u00e9\\n\"], \"b\":{}} ",
            "[]",
            "[0,-0,10,0.1]",
            "\"\\ud83d\\ude00\"",
        ] {
            let ours = value(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            let theirs: serde_json::Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(format!("{}", plain(&ours)), format!("{theirs}"), "{text}");
        }
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "-",
            "nul",
            "{a:1}",
            "\"\\ud800\"",
            "\"\n\"",
            "1 2",
            "'a'",
            "[\"a",
        ] {
            assert!(value(text).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }

    fn plain(json: &Json) -> serde_json::Value {
        match json {
            Json::Null | Json::Deep => serde_json::Value::Null,
            Json::Bool(b) => (*b).into(),
            Json::Number(n) => serde_json::from_str(n).expect("a number"),
            Json::Text(t) => t.as_str().into(),
            Json::Array(all) => all.iter().map(plain).collect(),
            Json::Object(o) => {
                o.iter().map(|(n, v)| (n.to_owned(), plain(v))).collect::<serde_json::Map<_, _>>().into()
            }
        }
    }

    #[test]
    fn names_that_stand_twice_and_what_nests_too_deep_is_told() {
        let out = read(r#"{"a":1,"b":{"x/y":1,"x\u002fy":2},"a":3}"#);
        assert_eq!(out.repeated, ["/b/x~1y", "/a"]);
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let out = read(&deep);
        assert_eq!(out.deep.len(), 1);
        assert!(matches!(out.value, Some(Ok(_))));
    }

    #[test]
    fn a_mistake_has_its_place() {
        assert_eq!(value("{\n \"a\": x}").expect_err("no JSON").0, 2);
        assert_eq!(value("{\n \"a\": x}").expect_err("no JSON").1, 7);
    }

    #[test]
    fn objects_with_many_members_find_each() {
        let text: Vec<String> = (0..100).map(|n| format!("\"m{n}\":{n}")).collect();
        let Ok(Json::Object(mut object)) = value(&format!("{{{}}}", text.join(","))) else { panic!("an object") };
        assert_eq!(object.get("m77"), Some(&Json::Number("77".into())));
        assert_eq!(object.remove("m5"), Some(Json::Number("5".into())));
        assert_eq!(object.get("m5"), None);
        assert_eq!(object.get("m77"), Some(&Json::Number("77".into())));
        assert!(!object.set("m5", Json::Null));
        assert_eq!(object.len(), 100);
    }
}
