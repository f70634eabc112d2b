//! Requests: AuthZEN JSON, read strictly. Whatever is not declared is refused, with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use zt_values::limits::{ID_BYTES, REQUEST_BYTES, REQUEST_DEPTH};
use zt_values::{NumberError, is_ident, parse_decimal, parse_int, pointer_push};

use super::json::{self, Json, Unreadable};
use super::patterns::Patterns;
use super::value::{Fields, Reading, Value};
use crate::hir::{Action, Bounds, Field, Name, Package, Ty};

/// Why a request was refused before any rule was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub code: &'static str,
    /// Where: a JSON Pointer into the request.
    pub path: String,
}

/// A request that is all that its action declares.
#[derive(Debug)]
pub(super) struct Request {
    /// What is asked for.
    pub(super) action: Arc<Action>,
    /// The principal's entity type.
    pub(super) principal_type: Name,
    /// The principal.
    pub(super) principal: Reading,
    /// The resource, if the action has one.
    pub(super) resource: Option<Reading>,
    /// The context, if the action has one.
    pub(super) context: Option<Reading>,
    /// The arguments.
    pub(super) input: Reading,
}

/// Reads a request. What is wrong first is what is refused.
pub(super) fn read(package: &Package, patterns: &Patterns, bytes: &[u8]) -> Result<Request, Refusal> {
    if bytes.len() > REQUEST_BYTES {
        return refuse("too_large", "");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse("bad_json", "");
    };
    match json::read(text, REQUEST_DEPTH) {
        Ok(json) => Reader { package, patterns }.request(&json),
        Err(Unreadable::Syntax) => refuse("bad_json", ""),
        Err(Unreadable::TooDeep) => refuse("too_deep", ""),
    }
}

fn refuse<T>(code: &'static str, path: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, path: path.into() })
}

/// The place of a member or element.
fn below(at: &str, member: &str) -> String {
    let mut path = at.to_owned();
    pointer_push(&mut path, member);
    path
}

/// The members of an object that has these names and no others, each at most once.
fn members<'j, const N: usize>(json: &'j Json, at: &str, known: [&str; N]) -> Result<[Option<&'j Json>; N], Refusal> {
    let Json::Object(object) = json else {
        return refuse("wrong_type", at);
    };
    let mut found = [None; N];
    for (name, value) in object {
        let place = known.iter().position(|known| known == name).and_then(|index| found.get_mut(index));
        match place {
            None => return refuse("unknown_field", below(at, name)),
            Some(Some(_)) => return refuse("duplicate_field", below(at, name)),
            Some(place) => *place = Some(value),
        }
    }
    Ok(found)
}

/// A member that must be there.
fn required<'j>(member: Option<&'j Json>, at: &str, name: &str) -> Result<&'j Json, Refusal> {
    member.map_or_else(|| refuse("missing_field", below(at, name)), Ok)
}

/// A value that must be a string.
fn string<'j>(json: &'j Json, at: &str) -> Result<&'j str, Refusal> {
    match json {
        Json::String(text) => Ok(text),
        _ => refuse("wrong_type", at),
    }
}

/// The id of an entity.
fn entity_id(json: &Json, at: &str) -> Result<Name, Refusal> {
    let id = string(json, at)?;
    if id.len() > ID_BYTES {
        return refuse("too_long", at);
    }
    if id.is_empty() {
        return refuse("empty", at);
    }
    if id.contains('\0') {
        return refuse("bad_character", at);
    }
    Ok(id.into())
}

/// An entity of which the type and id are read, but not yet the properties.
struct Identity<'j> {
    ty: Name,
    id: Name,
    properties: Option<&'j Json>,
}

/// Reads the members of an entity up to its properties. `accepted` are the types it may have.
fn identity<'j>(json: &'j Json, at: &str, accepted: &[Name]) -> Result<Identity<'j>, Refusal> {
    let [ty, id, properties] = members(json, at, ["type", "id", "properties"])?;
    let ty = required(ty, at, "type")?;
    let id = required(id, at, "id")?;
    let type_path = below(at, "type");
    let ty = string(ty, &type_path)?;
    let Some(ty) = accepted.iter().find(|accepted| &***accepted == ty) else {
        return refuse("unexpected_type", type_path);
    };
    Ok(Identity { ty: ty.clone(), id: entity_id(id, &below(at, "id"))?, properties })
}

struct Reader<'p> {
    package: &'p Package,
    patterns: &'p Patterns,
}

impl Reader<'_> {
    fn request(&self, json: &Json) -> Result<Request, Refusal> {
        let [subject, action, resource, context] = members(json, "", ["subject", "action", "resource", "context"])?;
        let subject = required(subject, "", "subject")?;
        let action = required(action, "", "action")?;

        let [name, arguments] = members(action, "/action", ["name", "properties"])?;
        let name = string(required(name, "/action", "name")?, "/action/name")?;
        let Some(action) = self.package.actions.values().find(|action| &*action.wire == name) else {
            return refuse("unknown_action", "/action/name");
        };

        let subject = identity(subject, "/subject", &action.principals)?;

        let resource = match (&action.resource, resource) {
            (Some(ty), Some(resource)) => Some(identity(resource, "/resource", std::slice::from_ref(ty))?),
            (Some(_), None) => return refuse("missing_field", "/resource"),
            (None, Some(_)) => return refuse("unknown_field", "/resource"),
            (None, None) => None,
        };

        let record = action.context.as_ref().and_then(|name| self.package.records.get(name));
        if record.is_none() {
            match context {
                None => {}
                Some(Json::Object(object)) => {
                    if let Some((first, _)) = object.first() {
                        return refuse("unknown_field", below("/context", first));
                    }
                }
                Some(_) => return refuse("wrong_type", "/context"),
            }
        }

        // Only now, with everything around them known to be right, the values.
        let input = self.fields(&action.input, arguments, "/action/properties")?;
        let principal_type = subject.ty.clone();
        let principal = self.entity(subject, "/subject")?;
        let resource = resource.map(|resource| self.entity(resource, "/resource")).transpose()?;
        let context = record.map(|record| self.fields(&record.fields, context, "/context")).transpose()?;

        Ok(Request {
            action: action.clone(),
            principal_type,
            principal: principal.into(),
            resource: resource.map(Reading::from),
            context: context.map(|fields| Value::Record(fields).into()),
            input: Value::Record(input).into(),
        })
    }

    /// An entity's properties, and all of it together.
    fn entity(&self, identity: Identity<'_>, at: &str) -> Result<Value, Refusal> {
        let Identity { ty, id, properties } = identity;
        let declared = self.package.entities.get(&ty).map_or(&[][..], |entity| &entity.fields);
        let mut fields = self.fields(declared, properties, &below(at, "properties"))?;
        fields.insert("id".into(), Value::Text(id.clone()).into());
        Ok(Value::Entity { ty, id, fields })
    }

    /// An object with these fields. None at all is an empty object.
    fn fields(&self, declared: &[Field], json: Option<&Json>, at: &str) -> Result<Fields, Refusal> {
        let empty = Vec::new();
        let members = match json {
            None => &empty,
            Some(Json::Object(members)) => members,
            Some(Json::Null) => return refuse("null_value", at),
            Some(_) => return refuse("wrong_type", at),
        };
        let mut seen = BTreeSet::new();
        let mut fields = BTreeMap::new();
        for (name, json) in members {
            let path = below(at, name);
            if !seen.insert(name.as_str()) {
                return refuse("duplicate_field", path);
            }
            let Some(field) = declared.iter().find(|field| &*field.wire == name.as_str()) else {
                return refuse("unknown_field", path);
            };
            if field.optional && *json == Json::Null {
                continue;
            }
            let value = self.value(&field.ty.ty, &field.ty.bounds, json, &path)?;
            let places = shown_places(&field.ty.bounds);
            fields.insert(field.name.clone(), Reading { value, places });
        }
        match declared.iter().find(|field| !field.optional && !seen.contains(&*field.wire)) {
            Some(missing) => refuse("missing_field", below(at, &missing.wire)),
            None => Ok(fields),
        }
    }

    /// One value of a declared type.
    fn value(&self, ty: &Ty, bounds: &Bounds, json: &Json, at: &str) -> Result<Value, Refusal> {
        if *json == Json::Null {
            return refuse("null_value", at);
        }
        match (ty.base(), json) {
            (Ty::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
            (Ty::Int, Json::Number(text)) => in_bounds(parse_int(text), bounds, at).map(Value::Int),
            (Ty::Decimal, Json::Number(text)) => {
                in_bounds(parse_decimal(text, bounds.places), bounds, at).map(Value::Decimal)
            }
            (Ty::String, Json::String(text)) => {
                length(text.len(), bounds, "too_long", at)?;
                if text.contains('\0') {
                    return refuse("bad_character", at);
                }
                self.text(text, bounds, at)
            }
            (Ty::Ident, Json::String(text)) => {
                length(text.len(), bounds, "too_long", at)?;
                if !is_ident(text) {
                    return refuse("bad_ident", at);
                }
                self.text(text, bounds, at)
            }
            (Ty::Enum(name), Json::String(text)) => {
                let members = self.package.enums.get(name).map_or(&[][..], |declared| &declared.members);
                let index = members.iter().position(|member| &*member.wire == text.as_str());
                match index.and_then(|index| u32::try_from(index).ok()) {
                    Some(index) => Ok(Value::Member(name.clone(), index)),
                    None => refuse("unknown_member", at),
                }
            }
            (Ty::Set(element), Json::Array(elements)) => {
                let mut set = BTreeSet::new();
                for (index, json) in elements.iter().enumerate() {
                    // The element that is one too many is not looked at any more.
                    length(index.saturating_add(1), bounds, "too_many", at)?;
                    let element_bounds = bounds.element.as_deref().unwrap_or(bounds);
                    set.insert(self.value(element, element_bounds, json, &below(at, &index.to_string()))?);
                }
                Ok(Value::Set(set))
            }
            (Ty::Record(name), Json::Object(_)) => {
                let declared = self.package.records.get(name).map_or(&[][..], |record| &record.fields);
                Ok(Value::Record(self.fields(declared, Some(json), at)?))
            }
            (Ty::Entity(name), Json::Object(_)) => self.entity(identity(json, at, std::slice::from_ref(name))?, at),
            _ => refuse("wrong_type", at),
        }
    }

    /// A text whose length and characters are right: its patterns.
    fn text(&self, text: &str, bounds: &Bounds, at: &str) -> Result<Value, Refusal> {
        if bounds.patterns.iter().all(|pattern| self.patterns.matches(pattern, text)) {
            Ok(Value::Text(text.into()))
        } else {
            refuse("no_match", at)
        }
    }
}

/// A number as it was parsed, if its type accepts it.
fn in_bounds(parsed: Result<i64, NumberError>, bounds: &Bounds, at: &str) -> Result<i64, Refusal> {
    match parsed {
        Ok(value) if value < bounds.min || value > bounds.max => refuse("out_of_range", at),
        Ok(value) => Ok(value),
        Err(NumberError::NotInteger) => refuse("not_an_integer", at),
        Err(NumberError::NotDecimal) => refuse("not_a_decimal", at),
        Err(NumberError::TooPrecise) => refuse("too_precise", at),
        Err(NumberError::OutOfRange) => refuse("out_of_range", at),
    }
}

/// Refuses more bytes or elements than the type accepts.
fn length(length: usize, bounds: &Bounds, code: &'static str, at: &str) -> Result<(), Refusal> {
    if u32::try_from(length).is_ok_and(|length| length <= bounds.length) { Ok(()) } else { refuse(code, at) }
}

/// Digits with which a field is shown: of a set, those of its elements.
fn shown_places(bounds: &Bounds) -> u8 {
    bounds.element.as_deref().map_or(bounds.places, |element| element.places)
}
