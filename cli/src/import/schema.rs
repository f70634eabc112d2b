//! JSON Schemas as they are meant: references followed, `allOf` merged, what a schema is about.

use std::borrow::Cow;
use std::collections::HashMap;

use zt_lang::diagnostic::Code;

use super::json::{Json, Object, step};
use super::model::{Model, Ty};
use super::number::compare;
use super::pattern::Pattern;
use super::report::{Findings, Mark};

/// What an import has made up so far.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) findings: Findings,
    pub(crate) model: Model,
    /// Where each type stands.
    pub(crate) places: Vec<String>,
    pub(crate) patterns: HashMap<String, Result<Pattern, String>>,
}

/// Reads schemas that refer to each other within one document.
pub(crate) struct Reader<'d, 'w> {
    pub(crate) world: &'w mut World,
    /// What references lead into.
    pub(crate) root: &'d Json,
    /// Where that stands in the file.
    pub(crate) base: String,
    /// What names of types that are referred to begin with.
    pub(crate) scope: String,
    /// What references led to.
    pub(crate) refs: HashMap<String, Known>,
    /// The reference whose target is read next.
    pub(crate) owner: Option<String>,
    /// How many schemas are being read, one within another.
    pub(crate) depth: usize,
    /// How many schemas may still be read.
    pub(crate) budget: usize,
}

/// What a reference led to.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// It is being read; a record that it is has a place already.
    Open(Option<usize>),
    /// A type, and what was found while it was read.
    Done(Ty, Mark),
}

/// How deep types are read. A request is nested 32 deep, so nothing deeper could be sent.
const MAX_DEPTH: usize = 64;

/// A schema that only says what is true of any value.
pub(crate) const SAYS_NOTHING: &str = "the schema says nothing of the value";

/// The kinds of values that JSON Schema knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Number,
    Text,
    Array,
    Object,
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        Some(match name {
            "null" => Kind::Null,
            "boolean" => Kind::Bool,
            "integer" => Kind::Int,
            "number" => Kind::Number,
            "string" => Kind::Text,
            "array" => Kind::Array,
            "object" => Kind::Object,
            _ => return None,
        })
    }
}

/// Words that say nothing of which values are taken.
const REMARKS: &[&str] = &[
    "title",
    "description",
    "default",
    "examples",
    "example",
    "$comment",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$schema",
    "$id",
    "id",
    "$anchor",
    "$defs",
    "definitions",
    "externalDocs",
    "xml",
];

/// Whether a member of a schema says nothing of which values are taken.
pub(crate) fn is_remark(keyword: &str) -> bool {
    REMARKS.contains(&keyword) || keyword.starts_with("x-")
}

/// What points to each kind of value where a schema does not name one.
const SIGNS: &[(&str, Kind)] = &[
    ("properties", Kind::Object),
    ("required", Kind::Object),
    ("additionalProperties", Kind::Object),
    ("patternProperties", Kind::Object),
    ("propertyNames", Kind::Object),
    ("minProperties", Kind::Object),
    ("maxProperties", Kind::Object),
    ("items", Kind::Array),
    ("prefixItems", Kind::Array),
    ("minItems", Kind::Array),
    ("maxItems", Kind::Array),
    ("uniqueItems", Kind::Array),
    ("pattern", Kind::Text),
    ("minLength", Kind::Text),
    ("maxLength", Kind::Text),
    ("format", Kind::Text),
    ("minimum", Kind::Number),
    ("maximum", Kind::Number),
    ("exclusiveMinimum", Kind::Number),
    ("exclusiveMaximum", Kind::Number),
    ("multipleOf", Kind::Number),
];

impl<'d, 'w> Reader<'d, 'w> {
    /// A reader of the schemas in a document that stands somewhere in the file.
    pub(crate) fn new(world: &'w mut World, root: &'d Json, base: &str, scope: &str, budget: usize) -> Self {
        let (base, scope) = (base.to_owned(), scope.to_owned());
        Reader { world, root, base, scope, refs: HashMap::new(), owner: None, depth: 0, budget }
    }

    /// Tells of something in a member of a schema.
    pub(crate) fn tell(&mut self, code: Code, at: &str, keyword: &str, message: impl Into<String>) {
        let at = if keyword.is_empty() { at.to_owned() } else { step(at, keyword) };
        self.world.findings.tell(code, &at, message);
    }

    /// One schema more is read; `false` where it would be too many, or too deep.
    pub(crate) fn enter(&mut self, at: &str) -> bool {
        let why = if self.budget == 0 {
            "the schemas refer to each other so often that they would never be read to the end"
        } else if self.depth >= MAX_DEPTH {
            "it is nested deeper than any request may be"
        } else {
            self.budget -= 1;
            self.depth += 1;
            return true;
        };
        self.world.findings.tell(Code::ImportUntyped, at, format!("{why}; it is `Json`"));
        false
    }

    /// A schema has been read.
    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Where a reference leads: the schema and where that stands in the file.
    pub(crate) fn target(&mut self, reference: &str, at: &str) -> Option<(&'d Json, String)> {
        let found = reference.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let Some(pointer) = found else {
            let why = if reference.starts_with('#') {
                "the reference names an anchor, which is not followed; it is `Json`"
            } else {
                "the reference leads out of the file, which is not followed; it is `Json`"
            };
            self.tell(Code::ImportReference, at, "$ref", why);
            return None;
        };
        let mut here = self.root;
        for part in pointer.split('/').skip(1) {
            let name = percent_decoded(part).replace("~1", "/").replace("~0", "~");
            let next = match here {
                Json::Object(object) => object.get(&name),
                Json::Array(elements) => name.parse::<usize>().ok().and_then(|n| elements.get(n)),
                _ => None,
            };
            let Some(next) = next else {
                self.tell(Code::ImportReference, at, "$ref", "the reference leads nowhere; it is `Json`");
                return None;
            };
            here = next;
        }
        Some((here, format!("{}{pointer}", self.base)))
    }

    /// The schema with its references followed and its `allOf` merged. What is not merged is told.
    pub(crate) fn flat<'s>(&mut self, schema: &'s Object, at: &str) -> Cow<'s, Object> {
        if schema.get("$ref").is_none() && schema.get("allOf").is_none() {
            return Cow::Borrowed(schema);
        }
        let mut out = Object::default();
        let mut seen = vec![];
        self.gather(schema, at, &mut out, &mut seen);
        Cow::Owned(out)
    }

    /// Merges a schema with all that it refers to and all of `allOf`.
    fn gather(&mut self, schema: &Object, at: &str, out: &mut Object, seen: &mut Vec<String>) {
        if !self.enter(at) {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Json::text) {
            let target = self.target(reference, at);
            if seen.iter().any(|s| s == reference) {
                self.tell(Code::ImportReference, at, "$ref", "the reference leads back to itself; it says nothing");
            } else if let Some((target, place)) = target {
                seen.push(reference.to_owned());
                match target {
                    Json::Object(target) => self.gather(target, &place, out, seen),
                    Json::Bool(true) => {}
                    _ => self.tell(Code::ImportSchema, at, "$ref", "the reference leads to no schema"),
                }
                seen.pop();
            }
        }
        for (n, part) in schema.get("allOf").and_then(Json::array).unwrap_or_default().iter().enumerate() {
            let place = step(&step(at, "allOf"), &n.to_string());
            match part {
                Json::Object(part) => self.gather(part, &place, out, seen),
                Json::Bool(true) => {}
                _ => self.tell(Code::ImportSchema, &place, "", "this is no schema"),
            }
        }
        for (keyword, value) in schema.iter().filter(|(k, _)| *k != "$ref" && *k != "allOf") {
            self.merge(out, keyword, value, at);
        }
        self.leave();
    }

    /// Takes one member of a schema into another schema that must hold as well.
    pub(crate) fn merge(&mut self, out: &mut Object, keyword: &str, value: &Json, at: &str) {
        let place = step(at, keyword);
        let Some(before) = out.get(keyword).filter(|before| *before != value) else {
            out.set(keyword, standing_at(value, &place));
            return;
        };
        let merged = match (keyword, before, value) {
            // What is nearest to where the schema is used describes it best.
            (k, ..) if is_remark(k) => Some(value.clone()),
            ("properties" | "patternProperties", Json::Object(a), Json::Object(b)) => {
                let mut all = a.clone();
                for (name, property) in b.iter() {
                    let property = standing_at(property, &step(&place, name));
                    let both = match all.get(name) {
                        Some(before) if *before != property => {
                            let mut both = Object::standing(&place);
                            both.set("allOf", Json::Array(vec![before.clone(), property]));
                            Json::Object(both)
                        }
                        _ => property,
                    };
                    all.set(name, both);
                }
                Some(Json::Object(all))
            }
            ("required", Json::Array(a), Json::Array(b)) => {
                let more = b.iter().filter(|name| !a.contains(name)).cloned();
                Some(Json::Array(a.iter().cloned().chain(more).collect()))
            }
            ("enum", Json::Array(a), Json::Array(b)) => {
                Some(Json::Array(a.iter().filter(|v| b.contains(v)).cloned().collect()))
            }
            ("type", a, b) => Some(both_types(a, b)),
            ("pattern", a, b) => {
                let of = |v: &Json| v.array().map_or_else(|| vec![v.clone()], <[Json]>::to_vec);
                Some(Json::Array(of(a).into_iter().chain(of(b)).collect()))
            }
            ("nullable" | "uniqueItems", Json::Bool(a), Json::Bool(b)) => {
                Some(Json::Bool(if keyword == "nullable" { *a && *b } else { *a || *b }))
            }
            ("minimum" | "minLength" | "minItems" | "minProperties", Json::Number(a), Json::Number(b)) => {
                Some(Json::Number(if compare(a, b).is_lt() { b.clone() } else { a.clone() }))
            }
            ("maximum" | "maxLength" | "maxItems" | "maxProperties", Json::Number(a), Json::Number(b)) => {
                Some(Json::Number(if compare(a, b).is_gt() { b.clone() } else { a.clone() }))
            }
            ("additionalProperties", a, b) => {
                let closed = [a, b].contains(&&Json::Bool(false));
                // Each part of an `allOf` closes itself, so that together they would take nothing.
                self.world.findings.tell(
                    Code::ImportWider,
                    &place,
                    "parts of an `allOf` say different things of other members; those of all parts are taken",
                );
                Some(if closed { Json::Bool(false) } else { b.clone() })
            }
            ("items", a, b) => {
                let mut both = Object::standing(&place);
                both.set("allOf", Json::Array(vec![a.clone(), standing_at(b, &place)]));
                Some(Json::Object(both))
            }
            _ => {
                self.world.findings.tell(
                    Code::ImportWider,
                    &place,
                    format!("parts of an `allOf` say different things by `{}`; the first stands", known(keyword)),
                );
                None
            }
        };
        if let Some(merged) = merged {
            out.set(keyword, merged);
        }
    }

    /// The kinds of values that a schema is about, and whether it names them; none where it says nothing.
    pub(crate) fn kinds(&mut self, schema: &Object, at: &str) -> (Vec<Kind>, bool) {
        let named: Vec<&Json> = match schema.get("type") {
            None => vec![],
            Some(Json::Array(all)) => all.iter().collect(),
            Some(one) => vec![one],
        };
        let mut kinds: Vec<Kind> = vec![];
        for one in &named {
            match one.text().and_then(Kind::of) {
                Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
                Some(_) => {}
                None => self.tell(Code::ImportSchema, at, "type", "the type is none that JSON Schema knows"),
            }
        }
        if !named.is_empty() {
            // OpenAPI 3.0 says so.
            if schema.get("nullable") == Some(&Json::Bool(true)) && !kinds.contains(&Kind::Null) {
                kinds.push(Kind::Null);
            }
            if kinds.contains(&Kind::Number) {
                kinds.retain(|kind| *kind != Kind::Int);
            }
            return (kinds, true);
        }
        for (keyword, kind) in SIGNS {
            if schema.get(keyword).is_some() && !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        (kinds, false)
    }
}

/// A value that remembers where it stood.
pub(crate) fn standing_at(value: &Json, at: &str) -> Json {
    match value {
        Json::Object(object) if object.at.is_none() => {
            let mut object = object.clone();
            object.at = Some(at.into());
            Json::Object(object)
        }
        Json::Array(all) if at.ends_with("Of") => {
            Json::Array(all.iter().enumerate().map(|(n, v)| standing_at(v, &step(at, &n.to_string()))).collect())
        }
        other => other.clone(),
    }
}

/// A word of JSON Schema as a message shows it; what is none is not repeated.
fn known(keyword: &str) -> String {
    keyword.chars().filter(char::is_ascii_alphanumeric).take(30).collect()
}

/// The types that two schemas both take.
fn both_types(a: &Json, b: &Json) -> Json {
    let of = |v: &Json| v.array().map_or_else(|| vec![v.clone()], <[Json]>::to_vec);
    let (a, b) = (of(a), of(b));
    let text = |t: &str| Json::Text(t.to_owned());
    let has = |all: &[Json], one: &Json| all.contains(one) || *one == text("integer") && all.contains(&text("number"));
    let mut both: Vec<Json> = a.iter().filter(|t| has(&b, t)).cloned().collect();
    both.extend(b.iter().filter(|t| has(&a, t) && !a.contains(t)).cloned());
    match (both.pop(), both.is_empty()) {
        (Some(one), true) => one,
        (Some(one), false) => {
            both.push(one);
            Json::Array(both)
        }
        (None, _) => Json::Array(vec![]),
    }
}

/// A part of a reference with its `%41` undone.
fn percent_decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out: Vec<u8> = vec![];
    while let Some(byte) = bytes.next() {
        let rest = bytes.clone();
        let digits: Option<u8> = (byte == b'%').then(|| rest.take(2).collect::<Vec<u8>>()).and_then(|two| {
            let two = std::str::from_utf8(&two).ok().filter(|two| two.len() == 2)?;
            u8::from_str_radix(two, 16).ok()
        });
        match digits {
            Some(decoded) => {
                out.push(decoded);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
