//! Values of declared types, read strictly from JSON. Whatever is not declared is refused, with its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use zt_values::command::Command;
use zt_values::limits::{ID_BYTES, SET_ELEMENTS};
use zt_values::quantity::parse_duration;
use zt_values::time::{TimeError, parse_date, parse_instant, parse_time};
use zt_values::{NumberError, email, host, ip, is_ident, parse_decimal, parse_int, path, pointer_push, url};

use super::json::Json;
use super::patterns::Patterns;
use super::value::{Entity, Fields, Known, Reading, Said, Value};
use crate::hir::{self, Bounds, Channel, Expr, Field, Name, Package, Shape, Syntax, Ty};

/// Why a request was refused before any rule was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub code: &'static str,
    /// Where: a JSON Pointer into the request.
    pub path: String,
}

pub(super) fn refuse<T>(code: &'static str, path: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, path: path.into() })
}

/// The place of a member or element.
pub(super) fn below(at: &str, member: &str) -> String {
    let mut path = at.to_owned();
    pointer_push(&mut path, member);
    path
}

/// The members of an object that has these names and no others, each at most once.
pub(super) fn members<'j, const N: usize>(
    json: &'j Json,
    at: &str,
    known: [&str; N],
) -> Result<[Option<&'j Json>; N], Refusal> {
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
pub(super) fn required<'j>(member: Option<&'j Json>, at: &str, name: &str) -> Result<&'j Json, Refusal> {
    member.map_or_else(|| refuse("missing_field", below(at, name)), Ok)
}

/// A value that must be a string.
pub(super) fn string<'j>(json: &'j Json, at: &str) -> Result<&'j str, Refusal> {
    match json {
        Json::String(text) => Ok(text),
        _ => refuse("wrong_type", at),
    }
}

/// A text that is to be an id.
pub(super) fn id(id: &str, at: &str) -> Result<Name, Refusal> {
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
pub(super) struct Identity<'j> {
    pub(super) ty: Name,
    pub(super) id: Name,
    pub(super) properties: Option<&'j Json>,
}

/// The name under which the ancestors of an entity stand among its properties.
const ABOVE: &str = "in";

/// Reads values of one package's types.
#[derive(Clone, Copy)]
pub(super) struct Reader<'p> {
    pub(super) package: &'p Package,
    pub(super) patterns: &'p Patterns,
}

impl Reader<'_> {
    /// Reads the members of an entity up to its properties. `accepted` are the types it may have.
    pub(super) fn identity<'j>(&self, json: &'j Json, at: &str, accepted: &[Name]) -> Result<Identity<'j>, Refusal> {
        let [ty, id, properties] = members(json, at, ["type", "id", "properties"])?;
        let ty = required(ty, at, "type")?;
        let id = required(id, at, "id")?;
        let type_path = below(at, "type");
        let ty = string(ty, &type_path)?;
        let Some(ty) = accepted.iter().find(|accepted| &***accepted == ty) else {
            return refuse("unexpected_type", type_path);
        };
        Ok(Identity {
            ty: ty.clone(),
            id: self.entity_id(ty, string(id, &below(at, "id"))?, &below(at, "id"))?,
            properties,
        })
    }

    /// The id of an entity, of the type that its ids have.
    pub(super) fn entity_id(&self, entity: &Name, text: &str, at: &str) -> Result<Name, Refusal> {
        let id = id(text, at)?;
        if let Some(ty) = self.package.entities.get(entity).and_then(|entity| entity.id.as_ref()) {
            self.value(&ty.ty, &ty.bounds, &Json::String(text.to_owned()), at)?;
        }
        Ok(id)
    }

    /// Any JSON, as long as every reader takes it for the same.
    fn opaque(&self, json: &Json, at: &str) -> Result<(), Refusal> {
        match json {
            Json::Null | Json::Bool(_) | Json::String(_) => Ok(()),
            Json::Number(text) => {
                let zero = text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.'));
                if text.contains(['e', 'E']) || text.starts_with('-') && zero {
                    return refuse("not_a_decimal", at);
                }
                Ok(())
            }
            Json::Array(elements) => {
                let mut elements = elements.iter().enumerate();
                elements.try_for_each(|(index, element)| self.opaque(element, &below(at, &index.to_string())))
            }
            Json::Object(members) => {
                let mut seen = BTreeSet::new();
                for (name, value) in members {
                    let here = below(at, name);
                    if !seen.insert(name) {
                        return refuse("duplicate_field", here);
                    }
                    self.opaque(value, &here)?;
                }
                Ok(())
            }
        }
    }

    /// An entity. Only the enforcement point's own have properties.
    pub(super) fn entity(&self, identity: Identity<'_>, at: &str) -> Result<Entity, Refusal> {
        let Identity { ty, id, properties } = identity;
        let at = below(at, "properties");
        let Some(declared) = self.package.entities.get(&ty) else {
            return refuse("unexpected_type", at);
        };
        let said = match declared.channel {
            Channel::Pep => Said::Sent(self.known(declared, properties, &at)?),
            Channel::Source { .. } | Channel::File(_) => {
                match properties {
                    None => {}
                    Some(Json::Object(members)) if members.is_empty() => {}
                    Some(Json::Object(_)) => return refuse("wrong_channel", at),
                    Some(Json::Null) => return refuse("null_value", at),
                    Some(_) => return refuse("wrong_type", at),
                }
                Said::Id
            }
        };
        Ok(Entity { ty, id, said })
    }

    /// What the properties of an entity say, whoever vouches for them.
    pub(super) fn known(&self, entity: &hir::Entity, json: Option<&Json>, at: &str) -> Result<Known, Refusal> {
        let members = object(json, at)?;
        let mut above = None;
        let mut fields = FieldReader::new(self, &entity.fields, at);
        for (name, json) in members {
            if name != ABOVE || entity.parents.is_empty() {
                fields.member(name, json)?;
            } else if above.is_some() {
                return refuse("duplicate_field", below(at, name));
            } else {
                above = Some(self.above(entity, json, &below(at, name))?);
            }
        }
        Ok(Known { fields: fields.finish()?, above: above.unwrap_or_default() })
    }

    /// The entities above another: a list of types and ids. `null` is none, as of everything optional.
    fn above(&self, entity: &hir::Entity, json: &Json, at: &str) -> Result<BTreeSet<(Name, Name)>, Refusal> {
        let elements = match json {
            Json::Null => return Ok(BTreeSet::new()),
            Json::Array(elements) => elements,
            _ => return refuse("wrong_type", at),
        };
        let possible = self.possible_above(entity);
        let mut above = BTreeSet::new();
        for (index, element) in elements.iter().enumerate() {
            if u32::try_from(index).is_ok_and(|index| index >= SET_ELEMENTS) {
                return refuse("too_many", at);
            }
            let at = below(at, &index.to_string());
            let [ty, id] = members(element, &at, ["type", "id"])?;
            let (ty, id) = (required(ty, &at, "type")?, required(id, &at, "id")?);
            let type_path = below(&at, "type");
            let ty = string(ty, &type_path)?;
            let Some(ty) = possible.get(ty) else {
                return refuse("wrong_type", type_path);
            };
            let id_path = below(&at, "id");
            above.insert((ty.clone(), self.entity_id(ty, string(id, &id_path)?, &id_path)?));
        }
        Ok(above)
    }

    /// The types that entities above one can have: its parents, their parents, and so on.
    fn possible_above(&self, entity: &hir::Entity) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let mut ahead = entity.parents.clone();
        while let Some(name) = ahead.pop() {
            if let Some(parent) = self.package.entities.get(&name)
                && found.insert(name)
            {
                ahead.extend(parent.parents.iter().cloned());
            }
        }
        found
    }

    /// An object with these fields. None at all is an empty object.
    pub(super) fn fields(&self, declared: &[Field], json: Option<&Json>, at: &str) -> Result<Fields, Refusal> {
        let mut fields = FieldReader::new(self, declared, at);
        for (name, json) in object(json, at)? {
            fields.member(name, json)?;
        }
        fields.finish()
    }

    /// A record. None at all is an empty object.
    pub(super) fn record(&self, record: &hir::Record, json: Option<&Json>, at: &str) -> Result<Fields, Refusal> {
        let mut fields = FieldReader::new(self, &record.fields, at);
        fields.open = record.open;
        for (name, json) in object(json, at)? {
            fields.member(name, json)?;
        }
        fields.finish()
    }

    /// One value of a declared type.
    pub(super) fn value(&self, ty: &Ty, bounds: &Bounds, json: &Json, at: &str) -> Result<Value, Refusal> {
        if *json == Json::Null && !ty.means_null() {
            return refuse("null_value", at);
        }
        match (ty.base(), json) {
            (Ty::Choice(variants), json) => {
                let Some(variant) = variants.get(variant(self.package, variants, json, at)?) else {
                    return refuse("wrong_type", at);
                };
                let value = self.nonnull(&variant.ty.ty, &variant.ty.bounds, json, at)?;
                Ok(chosen(variant, value))
            }
            (Ty::Json, json) => self.opaque(json, at).map(|()| Value::Opaque),
            (Ty::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
            (Ty::Int, Json::Number(text)) => in_bounds(parse_int(text), bounds, at).map(Value::Int),
            (Ty::Size, Json::Number(text)) => {
                let bytes = in_bounds(parse_int(text), bounds, at)?;
                if bytes < 0 { refuse("out_of_range", at) } else { Ok(Value::Size(bytes)) }
            }
            (Ty::Decimal, Json::Number(text)) => {
                in_bounds(parse_decimal(text, bounds.places), bounds, at).map(Value::Decimal)
            }
            (Ty::Instant, Json::String(text)) => {
                timed(parse_instant(text), "not_an_instant", bounds, at).map(Value::Instant)
            }
            (Ty::Duration, Json::String(text)) => {
                timed(parse_duration(text), "not_a_duration", bounds, at).map(Value::Duration)
            }
            (Ty::Date, Json::String(text)) => timed(parse_date(text), "not_a_date", bounds, at).map(Value::Date),
            (Ty::Time, Json::String(text)) => timed(parse_time(text), "not_a_time", bounds, at).map(Value::Time),
            (Ty::String, Json::String(text)) => {
                length(text.len(), bounds, "too_long", at)?;
                if text.contains('\0') {
                    return refuse("bad_character", at);
                }
                self.matching(text, bounds, at)?;
                Ok(Value::Text(text.as_str().into()))
            }
            (Ty::Ident, Json::String(text)) => {
                length(text.len(), bounds, "too_long", at)?;
                if !is_ident(text) {
                    return refuse("bad_ident", at);
                }
                self.matching(text, bounds, at)?;
                Ok(Value::Text(text.as_str().into()))
            }
            (Ty::Syntax(syntax), Json::String(text)) => {
                let Some(canonical) = canonical(*syntax, text) else {
                    return refuse(not_a(*syntax), at);
                };
                // Whoever gets the request gets the text as it was sent.
                length(canonical.len().max(text.len()), bounds, "too_long", at)?;
                self.matching(&canonical, bounds, at)?;
                Ok(Value::Syntax(*syntax, canonical))
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
                Ok(Value::Set(self.elements(element, bounds, elements, at)?.into_iter().collect()))
            }
            (Ty::List(element), Json::Array(elements)) => {
                Ok(Value::List(self.elements(element, bounds, elements, at)?))
            }
            (Ty::Map(entry), Json::Object(members)) => {
                let Ty::Entry(fields) = &**entry else { return refuse("wrong_type", at) };
                self.map(fields, bounds, members, at)
            }
            (Ty::Record(name), Json::Object(_)) => {
                let declared = self.package.records.get(name);
                Ok(Value::Record(match declared {
                    Some(record) => self.record(record, Some(json), at)?,
                    None => self.fields(&[], Some(json), at)?,
                }))
            }
            (Ty::Entity(name), Json::Object(_)) => {
                Ok(Value::Entity(self.entity(self.identity(json, at, std::slice::from_ref(name))?, at)?))
            }
            _ => refuse("wrong_type", at),
        }
    }

    /// A value of a type that is no choice; `null` too, where that is the type.
    fn nonnull(&self, ty: &Ty, bounds: &Bounds, json: &Json, at: &str) -> Result<Value, Refusal> {
        match (ty, json) {
            (Ty::Null, Json::Null) => Ok(Value::Opaque),
            (ty, json) => self.value(ty, bounds, json, at),
        }
    }

    /// A map: its entries, in their order.
    fn map(&self, entry: &[Field], bounds: &Bounds, members: &[(String, Json)], at: &str) -> Result<Value, Refusal> {
        let [key, value] = entry else { return refuse("wrong_type", at) };
        let mut names = BTreeSet::new();
        let mut entries = vec![];
        for (index, (name, json)) in members.iter().enumerate() {
            length(index.saturating_add(1), bounds, "too_many", at)?;
            let here = below(at, name);
            let own = self.value(&key.ty.ty, &key.ty.bounds, &Json::String(name.clone()), &here)?;
            if !names.insert(own.clone()) {
                return refuse("duplicate_field", here);
            }
            let held = self.value(&value.ty.ty, &value.ty.bounds, json, &here)?;
            let reading = |field: &Field, value| (field.name.clone(), read_as(field, value));
            entries.push(Value::Record([reading(key, own), reading(value, held)].into()));
        }
        Ok(Value::List(entries))
    }

    fn elements(&self, element: &Ty, bounds: &Bounds, elements: &[Json], at: &str) -> Result<Vec<Value>, Refusal> {
        let mut values = Vec::new();
        for (index, json) in elements.iter().enumerate() {
            // The element that is one too many is not looked at any more.
            length(index.saturating_add(1), bounds, "too_many", at)?;
            let element_bounds = bounds.element.as_deref().unwrap_or(bounds);
            values.push(self.value(element, element_bounds, json, &below(at, &index.to_string()))?);
        }
        Ok(values)
    }

    /// The patterns of a text whose length and characters are right.
    fn matching(&self, text: &str, bounds: &Bounds, at: &str) -> Result<(), Refusal> {
        match bounds.patterns.iter().all(|pattern| self.patterns.matches(pattern, text) == Some(true)) {
            true => Ok(()),
            false => refuse("no_match", at),
        }
    }
}

/// The members of an object; none at all is an empty one.
fn object<'j>(json: Option<&'j Json>, at: &str) -> Result<&'j [(String, Json)], Refusal> {
    match json {
        None => Ok(&[]),
        Some(Json::Object(members)) => Ok(members),
        Some(Json::Null) => refuse("null_value", at),
        Some(_) => refuse("wrong_type", at),
    }
}

/// Reads the members of one object, in the order in which they stand.
struct FieldReader<'r> {
    reader: &'r Reader<'r>,
    declared: &'r [Field],
    at: &'r str,
    /// Whether there may be more than what is declared.
    open: bool,
    seen: BTreeSet<&'r str>,
    fields: Fields,
}

impl<'r> FieldReader<'r> {
    fn new(reader: &'r Reader<'r>, declared: &'r [Field], at: &'r str) -> Self {
        FieldReader { reader, declared, at, open: false, seen: BTreeSet::new(), fields: BTreeMap::new() }
    }

    fn member(&mut self, name: &'r str, json: &Json) -> Result<(), Refusal> {
        let path = below(self.at, name);
        if !self.seen.insert(name) {
            return refuse("duplicate_field", path);
        }
        let Some(field) = self.declared.iter().find(|field| &*field.wire == name) else {
            return if self.open { self.reader.opaque(json, &path) } else { refuse("unknown_field", path) };
        };
        if (field.optional || field.default.is_some()) && *json == Json::Null && !field.ty.ty.means_null() {
            return Ok(());
        }
        let value = self.reader.value(&field.ty.ty, &field.ty.bounds, json, &path)?;
        self.fields.insert(field.name.clone(), read_as(field, value));
        Ok(())
    }

    fn finish(self) -> Result<Fields, Refusal> {
        let needed = |field: &&Field| !field.optional && field.default.is_none();
        if let Some(missing) = self.declared.iter().filter(needed).find(|field| !self.seen.contains(&*field.wire)) {
            return refuse("missing_field", below(self.at, &missing.wire));
        }
        let mut fields = self.fields;
        for field in self.declared {
            if let Some(value) = field.default.as_ref().and_then(|written| default(field, written))
                && !fields.contains_key(&field.name)
            {
                fields.insert(field.name.clone(), read_as(field, value));
            }
        }
        Ok(fields)
    }
}

/// Which of the types of a choice a value has.
pub(super) fn variant(package: &Package, variants: &[Field], json: &Json, at: &str) -> Result<usize, Refusal> {
    let shape = shape(json);
    if let (Json::Object(members), Some(told)) = (json, package.distinction(variants)) {
        let at = below(at, &told.member);
        let Some((_, said)) = members.iter().find(|(name, _)| **name == *told.member) else {
            return refuse("missing_field", at);
        };
        if *said == Json::Null {
            return refuse("null_value", at);
        }
        let said = string(said, &at)?;
        let found = told.says.iter().position(|says| says.iter().any(|known| **known == *said));
        return found.map_or_else(|| refuse("unknown_member", at), Ok);
    }
    let found = variants.iter().position(|variant| variant.ty.ty.shape() == Some(shape));
    found.map_or_else(|| refuse("wrong_type", at), Ok)
}

/// A value of a field.
fn read_as(field: &Field, value: Value) -> Reading {
    Reading { value, places: shown_places(&field.ty.bounds) }
}

/// A value of a choice: a record of the variant alone.
fn chosen(variant: &Field, value: Value) -> Value {
    Value::Record([(variant.name.clone(), read_as(variant, value))].into())
}

/// The default of a field.
fn default(field: &Field, written: &Expr) -> Option<Value> {
    let value = Value::written(written)?;
    match field.ty.ty.base() {
        Ty::Choice(variants) => {
            let variant = variants.iter().find(|variant| variant.ty.ty == written.ty)?;
            Some(chosen(variant, value))
        }
        _ => Some(value),
    }
}

/// The shape of a JSON value.
fn shape(json: &Json) -> Shape {
    match json {
        Json::Null => Shape::Null,
        Json::Bool(_) => Shape::Bool,
        Json::Number(_) => Shape::Number,
        Json::String(_) => Shape::String,
        Json::Array(_) => Shape::Array,
        Json::Object(_) => Shape::Object,
    }
}

/// The one text of a syntax, if the text is one at all.
pub(super) fn canonical(syntax: Syntax, text: &str) -> Option<Name> {
    let canonical = match syntax {
        Syntax::Path => path::canonical(text),
        Syntax::Url => url::canonical(text),
        Syntax::Host => host::canonical(text),
        Syntax::Email => email::canonical(text),
        Syntax::IpAddr => ip::canonical_addr(text),
        Syntax::IpNet => ip::canonical_net(text),
        // A command is kept as it is written, if it can be split.
        Syntax::Command => Command::parse(text).map(|_| Cow::Borrowed(text)),
    };
    canonical.ok().map(|text| text.as_ref().into())
}

fn not_a(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Path => "not_a_path",
        Syntax::Url => "not_a_url",
        Syntax::Host => "not_a_host",
        Syntax::Email => "not_an_email",
        Syntax::IpAddr => "not_an_address",
        Syntax::IpNet => "not_a_net",
        Syntax::Command => "not_a_command",
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

/// The same of a time.
fn timed(parsed: Result<i64, TimeError>, code: &'static str, bounds: &Bounds, at: &str) -> Result<i64, Refusal> {
    match parsed {
        Ok(value) => in_bounds(Ok(value), bounds, at),
        Err(TimeError::OutOfRange) => refuse("out_of_range", at),
        Err(_) => refuse(code, at),
    }
}

/// Refuses more bytes or elements than the type accepts.
fn length(length: usize, bounds: &Bounds, code: &'static str, at: &str) -> Result<(), Refusal> {
    if u32::try_from(length).is_ok_and(|length| length <= bounds.length) { Ok(()) } else { refuse(code, at) }
}

/// Digits with which a field is shown: of a collection, those of its elements.
pub(super) fn shown_places(bounds: &Bounds) -> u8 {
    bounds.element.as_deref().map_or(bounds.places, |element| element.places)
}
