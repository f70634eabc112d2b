//! Cells of data files: values of the types that they should have, or what is wrong with them where they stand.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use zt_values::limits::ID_BYTES;
use zt_values::{NumberError, parse_decimal, parse_int, quantity, quote, time};

use super::Cx;
use super::declare::{find_entity, members};
use super::literal::{canonical, impossible_counted, impossible_text_by, quoted, wire};
use super::types::show;
use crate::data::{Datum, Member, Row, Spot};
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Bounds, Channel, Constant, Enum, Field, Name, Pattern, Shape, Ty, Type};
use crate::span::Span;

/// What stands between the elements of a collection in one cell of CSV.
const BETWEEN: char = ';';

/// Reads the cells of one data file.
pub(crate) struct Cells<'c, 'db> {
    pub(crate) cx: &'c Cx<'db>,
    /// What is wrong with them, counted from the start of the file.
    pub(crate) mistakes: Vec<Diagnostic>,
    patterns: BTreeMap<Name, Option<Regex>>,
}

impl<'c, 'db> Cells<'c, 'db> {
    pub(crate) fn new(cx: &'c Cx<'db>) -> Self {
        Cells { cx, mistakes: vec![], patterns: BTreeMap::new() }
    }

    /// Says what is wrong with a value.
    pub(crate) fn wrong<T>(
        &mut self,
        spot: &Spot,
        ty: &Ty,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        let message = match &spot.datum {
            Datum::Nothing => format!("a `{}` is missing", show(ty)),
            datum => format!("{} is no `{}`", shown(datum), show(ty)),
        };
        self.mistakes.push(Diagnostic::new(Code::DataCell, spot.span, message).label(why).help(help));
        None
    }

    /// A single value.
    pub(crate) fn scalar(&mut self, ty: &Ty, bounds: &Bounds, spot: &Spot) -> Option<Constant> {
        let base = ty.base();
        match (base, &spot.datum) {
            (_, Datum::Nothing) => self.wrong(
                spot,
                ty,
                "nothing stands here",
                "give it a value: only what is declared with `?` may be absent",
            ),
            (Ty::Bool, Datum::Bool(value)) => Some(Constant::Bool(*value)),
            (Ty::Bool, Datum::Cell(text)) if text == "true" || text == "false" => Some(Constant::Bool(text == "true")),
            (Ty::Bool, _) => self.wrong(spot, ty, "not a truth value", "write `true` or `false`"),
            (Ty::Enum(name), Datum::Cell(text) | Datum::Text(text)) => self.member(ty, name, text, spot),
            (Ty::Enum(name), _) => {
                let members = self.cx.enumeration(name).map(|e| wires(&e)).unwrap_or_default();
                self.wrong(spot, ty, "not a member", format!("its members are {members}"))
            }
            (Ty::String | Ty::Ident | Ty::Syntax(_), Datum::Cell(text) | Datum::Text(text)) => {
                let patterns = &mut self.patterns;
                let mut matches = |pattern: &Pattern, text: &str| {
                    let known = patterns.entry(pattern.anchored.clone());
                    known
                        .or_insert_with(|| Regex::new(&pattern.anchored).ok())
                        .as_ref()
                        .is_some_and(|r| r.is_match(text))
                };
                if let Some(why) = impossible_text_by(text, ty, bounds, &mut matches) {
                    return self.wrong(spot, ty, why, "the same is asked of a value in a request");
                }
                Some(Constant::Text(match base {
                    Ty::Syntax(syntax) => canonical(*syntax, text).ok()?.into(),
                    _ => text.as_str().into(),
                }))
            }
            (Ty::Entity(name), Datum::Cell(text)) => {
                let id = self.id(text, spot)?;
                Some(Constant::Entity(name.clone(), id))
            }
            (_, Datum::Cell(text) | Datum::Number(text) | Datum::Text(text)) => self.counted(ty, bounds, text, spot),
            _ => self.wrong(spot, ty, "something else", spelling(base, bounds.places)),
        }
    }

    /// A value that a row is looked up by. Of several entity types it says which: in CSV `Type:id`.
    pub(crate) fn key(&mut self, types: &[Type], spot: &Spot) -> Option<Constant> {
        let entity = |ty: &str| types.iter().find(|t| matches!(&t.ty, Ty::Entity(name) if **name == *ty));
        match (types, &spot.datum) {
            ([ty], Datum::Object(_)) if !matches!(ty.ty, Ty::Entity(_)) => self.scalar(&ty.ty, &ty.bounds, spot),
            (_, Datum::Object(_)) => match type_and_id(spot).filter(|(ty, _)| entity(ty).is_some()) {
                Some((ty, id)) => Some(Constant::Entity(ty.as_str().into(), self.id(&id, spot)?)),
                None => self.one_of(types, spot),
            },
            ([ty], _) => self.scalar(&ty.ty, &ty.bounds, spot),
            (_, Datum::Cell(text)) => match text.split_once(':').filter(|(ty, _)| entity(ty).is_some()) {
                Some((ty, id)) => Some(Constant::Entity(ty.into(), self.id(id, spot)?)),
                None => self.one_of(types, spot),
            },
            _ => self.one_of(types, spot),
        }
    }

    fn one_of<T>(&mut self, types: &[Type], spot: &Spot) -> Option<T> {
        let names: Vec<String> = types.iter().map(|t| format!("`{}`", show(&t.ty))).collect();
        let d =
            Diagnostic::new(Code::DataCell, spot.span, format!("{} is no {}", shown(&spot.datum), names.join(" or ")))
                .label("a type and an id are meant")
                .help("write `Type:id` in CSV, and an object with `type` and `id` in JSON");
        self.mistakes.push(d);
        None
    }

    fn member(&mut self, ty: &Ty, name: &Name, text: &str, spot: &Spot) -> Option<Constant> {
        let e = self.cx.enumeration(name)?;
        match e.members.iter().position(|m| *m.wire == *text) {
            Some(index) => Some(Constant::Member(u32::try_from(index).ok()?)),
            None => {
                let d = Diagnostic::new(Code::DataCell, spot.span, format!("{} is no `{}`", quote(text), show(ty)))
                    .label("not a member")
                    .help(format!("its members are {}", wires(&e)))
                    .did_you_mean(spot.span, text, e.members.iter().map(|m| &*m.wire));
                self.mistakes.push(d);
                None
            }
        }
    }

    /// A number, a time, a size: in CSV by its type, in JSON as it stands in requests.
    fn counted(&mut self, ty: &Ty, bounds: &Bounds, text: &str, spot: &Spot) -> Option<Constant> {
        let base = ty.base();
        let number = matches!(base, Ty::Int | Ty::Decimal | Ty::Size);
        let fits = match &spot.datum {
            Datum::Number(_) => number,
            Datum::Text(_) => !number,
            _ => true,
        };
        let parsed = match base {
            _ if !fits => Err("something else".to_owned()),
            Ty::Int | Ty::Size => parse_int(text).map_err(|e| e.to_string()),
            Ty::Decimal => parse_decimal(text, bounds.places).map_err(|e| match e {
                NumberError::TooPrecise => format!("values have {} places after the point", bounds.places),
                e => e.to_string(),
            }),
            Ty::Instant => time::parse_instant(text).map_err(|e| e.to_string()),
            Ty::Date => time::parse_date(text).map_err(|e| e.to_string()),
            Ty::Time => time::parse_time(text).map_err(|e| e.to_string()),
            Ty::Duration => quantity::parse_duration(text).map_err(|e| e.to_string()),
            _ => Err("something else".to_owned()),
        };
        let help = spelling(base, bounds.places);
        match parsed {
            Ok(value) => match impossible_counted(value, bounds, base) {
                None => Some(Constant::Number(value)),
                Some(why) => self.wrong(spot, ty, why, "the same is asked of a value in a request"),
            },
            Err(why) => self.wrong(spot, ty, why, help),
        }
    }

    /// The id of an entity.
    pub(crate) fn id(&mut self, text: &str, spot: &Spot) -> Option<Name> {
        if text.is_empty() || text.len() > ID_BYTES {
            self.mistakes.push(
                Diagnostic::new(Code::DataCell, spot.span, format!("an id is a text of 1 to {ID_BYTES} bytes"))
                    .label("not an id")
                    .help("give every entity its id"),
            );
            return None;
        }
        Some(text.into())
    }

    /// A value as it would stand in a request.
    fn json(&mut self, ty: &Ty, bounds: &Bounds, spot: &Spot) -> Option<String> {
        match (ty.base(), &spot.datum) {
            (Ty::Choice(variants), _) => self.choice(ty, variants, spot),
            (Ty::Null, Datum::Nothing) => Some("null".to_owned()),
            (Ty::Map(entry), Datum::Object(given)) => {
                let Ty::Entry(fields) = &**entry else { return None };
                self.map(ty, bounds, fields, given, spot)
            }
            (Ty::Map(_), _) => self.wrong(spot, ty, "no object", "a map has no place in CSV; keep such rows in JSON"),
            (Ty::Set(element) | Ty::List(element), datum) => {
                let split;
                let elements = match datum {
                    Datum::List(elements) => elements,
                    Datum::Nothing | Datum::Cell(_) => {
                        split = self.split(spot)?;
                        &split
                    }
                    _ => return self.wrong(spot, ty, "no array", "write `[ … ]`"),
                };
                if elements.len() > bounds.length as usize {
                    let why =
                        format!("it has {} elements, `{}` has at most {}", elements.len(), show(ty), bounds.length);
                    return self.wrong(spot, ty, why, "the same is asked of a value in a request");
                }
                let inner = bounds.element.as_deref().unwrap_or(bounds);
                let all: Vec<Option<String>> = elements.iter().map(|e| self.json(element, inner, e)).collect();
                let all: Option<Vec<String>> = all.into_iter().collect();
                Some(format!("[{}]", all?.join(",")))
            }
            (Ty::Record(_), Datum::Object(given)) => {
                let declared = members(self.cx.db, self.cx.package, ty)?;
                self.object(&declared, given, spot.span, ty)
            }
            (Ty::Record(_), _) => {
                self.wrong(spot, ty, "no object", "a record has no place in CSV; keep such rows in JSON")
            }
            (Ty::Entity(name), Datum::Object(given)) => self.entity(name, given, spot),
            (Ty::Entity(name), Datum::Cell(_)) => {
                let Constant::Entity(_, id) = self.scalar(ty, bounds, spot)? else { return None };
                let declared = find_entity(self.cx.db, self.cx.package, name)?;
                if declared.channel == Channel::Pep && declared.fields.iter().any(|f| !f.optional) {
                    let why = "its attributes stand beside its id";
                    return self.wrong(spot, ty, why, "they have no place in CSV; keep such rows in JSON");
                }
                Some(format!("{{\"type\":{},\"id\":{}}}", quoted(name), quoted(&id)))
            }
            (Ty::Entity(_), Datum::Text(_) | Datum::Number(_) | Datum::Bool(_) | Datum::List(_)) => {
                self.wrong(spot, ty, "no object", "write `{ \"type\": …, \"id\": … }`")
            }
            _ => Some(self.constant_json(ty, bounds, spot)?),
        }
    }

    fn constant_json(&mut self, ty: &Ty, bounds: &Bounds, spot: &Spot) -> Option<String> {
        Some(match self.scalar(ty, bounds, spot)? {
            Constant::Bool(value) => value.to_string(),
            Constant::Number(value) => wire(value, ty.base(), bounds.places),
            Constant::Text(text) => quoted(&text),
            Constant::Member(index) => {
                let Ty::Enum(name) = ty.base() else { return None };
                quoted(&self.cx.enumeration(name)?.members.get(index as usize)?.wire)
            }
            Constant::Entity(..) => return None,
        })
    }

    /// The elements in one cell of CSV.
    fn split(&mut self, spot: &Spot) -> Option<Vec<Spot>> {
        let Datum::Cell(text) = &spot.datum else { return Some(vec![]) };
        if text.is_empty() {
            return Some(vec![]);
        }
        let mut out = vec![];
        for part in text.split(BETWEEN) {
            let part = part.trim_matches(' ');
            if part.is_empty() {
                self.mistakes.push(
                    Diagnostic::new(Code::DataCell, spot.span, "an element is empty")
                        .label(format!("elements are divided by `{BETWEEN}`"))
                        .help("leave no gaps; a text that holds the sign itself has its place in a JSON file"),
                );
                return None;
            }
            out.push(Spot { span: spot.span, datum: Datum::Cell(part.to_owned()) });
        }
        Some(out)
    }

    /// An entity within a row, as it stands in requests: only those of the enforcement point have attributes there.
    fn entity(&mut self, name: &Name, given: &[Member], spot: &Spot) -> Option<String> {
        let mut parts: BTreeMap<&str, &Spot> = BTreeMap::new();
        for member in given {
            if !["type", "id", "properties"].contains(&&*member.name)
                || parts.insert(&member.name, &member.value).is_some()
            {
                self.unknown(member, "an entity has `type`, `id` and `properties`, each once");
                return None;
            }
        }
        let ty = Ty::Entity(name.clone());
        match (parts.get("type").map(|s| &s.datum), parts.get("id").map(|s| &s.datum)) {
            (Some(Datum::Text(told)), Some(Datum::Text(id))) if **told == **name => {
                let id = self.id(id, spot)?;
                let declared = find_entity(self.cx.db, self.cx.package, name)?;
                let properties = match (parts.get("properties"), &declared.channel) {
                    (None, Channel::Pep) => self.object(&declared.fields, &[], spot.span, &ty)?,
                    (Some(Spot { datum: Datum::Object(given), span }), Channel::Pep) => {
                        self.object(&declared.fields, given, *span, &ty)?
                    }
                    (None, _) => return Some(format!("{{\"type\":{},\"id\":{}}}", quoted(name), quoted(&id))),
                    (Some(properties), _) => {
                        let help = "leave them out: they are asked of another channel";
                        return self.wrong(properties, &ty, "attributes of another channel", help);
                    }
                };
                Some(format!("{{\"type\":{},\"id\":{},\"properties\":{properties}}}", quoted(name), quoted(&id)))
            }
            _ => self.wrong(spot, &ty, "not this entity", format!("write `{{ \"type\": \"{name}\", \"id\": … }}`")),
        }
    }

    /// An object with these fields.
    /// A value of one of several types, which its looks tell.
    fn choice(&mut self, ty: &Ty, variants: &[Field], spot: &Spot) -> Option<String> {
        let shape = match &spot.datum {
            Datum::Nothing => Shape::Null,
            Datum::Bool(_) => Shape::Bool,
            Datum::Number(_) => Shape::Number,
            Datum::Text(_) => Shape::String,
            Datum::List(_) => Shape::Array,
            Datum::Object(_) => Shape::Object,
            Datum::Cell(_) => {
                return self.wrong(spot, ty, "a cell of CSV, which does not show its type", "keep such rows in JSON");
            }
        };
        let variant = match (&spot.datum, self.cx.distinction(variants)) {
            (Datum::Object(members), Some(told)) => {
                let said = members.iter().find(|m| m.name == told.member).map(|m| &m.value.datum);
                let says =
                    |says: &Vec<Name>| matches!(said, Some(Datum::Text(text)) if says.iter().any(|s| **s == **text));
                told.says.iter().position(says).and_then(|index| variants.get(index))
            }
            _ => variants.iter().find(|variant| variant.ty.ty.shape() == Some(shape)),
        };
        match variant {
            Some(variant) => self.json(&variant.ty.ty, &variant.ty.bounds, spot),
            None => self.wrong(spot, ty, "of none of these types", "write a value of one of them"),
        }
    }

    /// Members of any names.
    fn map(&mut self, ty: &Ty, bounds: &Bounds, fields: &[Field], given: &[Member], spot: &Spot) -> Option<String> {
        let [key, value] = fields else { return None };
        if given.len() > bounds.length as usize {
            let why = format!("it has {} members, `{}` has at most {}", given.len(), show(ty), bounds.length);
            return self.wrong(spot, ty, why, "the same is asked of a value in a request");
        }
        let mut seen = BTreeMap::new();
        let mut names = BTreeSet::new();
        let mut all = vec![];
        for member in given {
            if !self.once(&mut seen, member) {
                continue;
            }
            let name = Spot { span: member.at, datum: Datum::Text(member.name.to_string()) };
            let name = self.json(&key.ty.ty, &key.ty.bounds, &name)?;
            if !names.insert(name.clone()) {
                return self.wrong(spot, ty, format!("two of its names are {name}"), "remove one of them");
            }
            all.push(format!("{name}:{}", self.json(&value.ty.ty, &value.ty.bounds, &member.value)?));
        }
        Some(format!("{{{}}}", all.join(",")))
    }

    fn object(&mut self, declared: &[Field], given: &[Member], at: Span, ty: &Ty) -> Option<String> {
        let before = self.mistakes.len();
        let given: Vec<&Member> = given.iter().collect();
        let fields = self.fields(declared, &given, at, &format!("{} `{}`", article(&show(ty)), show(ty)));
        (self.mistakes.len() == before).then(|| format!("{{{}}}", fields.join(",")))
    }

    /// Fields by their names in requests, each once. Those with mistakes are left out.
    pub(crate) fn fields(&mut self, declared: &[Field], given: &[&Member], at: Span, what: &str) -> Vec<String> {
        let mut out = vec![];
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for member in given {
            if !self.once(&mut seen, member) {
                continue;
            }
            let Some(field) = declared.iter().find(|f| f.wire == member.name) else {
                let known: Vec<String> = declared.iter().map(|f| format!("`{}`", f.wire)).collect();
                let help =
                    if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
                self.unknown(member, help);
                continue;
            };
            let nothing = member.value.datum == Datum::Nothing && !field.ty.ty.means_null();
            if (field.optional || field.default.is_some()) && nothing {
                continue;
            }
            if let Some(json) = self.json(&field.ty.ty, &field.ty.bounds, &member.value) {
                out.push(format!("{}:{json}", quoted(&field.wire)));
            }
        }
        for field in declared.iter().filter(|f| !f.optional && f.default.is_none() && !seen.contains_key(&*f.wire)) {
            self.mistakes.push(
                Diagnostic::new(Code::DataColumn, at, format!("{what} lacks `{}`", field.wire))
                    .label("incomplete")
                    .help("add it, or declare it with `?`"),
            );
        }
        out
    }

    /// Refuses a name that stands twice in one row.
    pub(crate) fn once<'m>(&mut self, seen: &mut BTreeMap<&'m str, Span>, member: &'m Member) -> bool {
        let Some(first) = seen.insert(&member.name, member.at) else { return true };
        self.mistakes.push(
            Diagnostic::new(Code::DataSyntax, member.at, format!("{} stands here twice", quote(&member.name)))
                .label("the second")
                .related(None, first, "the first")
                .help("remove one of them"),
        );
        false
    }

    /// Says that nothing is declared for a name.
    pub(crate) fn unknown(&mut self, member: &Member, help: impl Into<String>) {
        self.mistakes.push(
            Diagnostic::new(Code::DataColumn, member.at, format!("nothing is declared for {}", quote(&member.name)))
                .label("unknown")
                .help(help),
        );
    }

    /// What is above an entity, as it stands among its properties: in CSV `Team:a; Team:b`.
    pub(crate) fn above(&mut self, possible: &[Name], spot: &Spot) -> Option<String> {
        let split;
        let elements = match &spot.datum {
            Datum::Nothing => return Some("[]".to_owned()),
            Datum::List(elements) => elements,
            _ => {
                split = self.split(spot)?;
                &split
            }
        };
        let most = zt_values::limits::SET_ELEMENTS as usize;
        let mut out = vec![];
        for element in elements {
            let named = match &element.datum {
                Datum::Cell(text) => text.split_once(':').map(|(ty, id)| (ty.to_owned(), id.to_owned())),
                _ => type_and_id(element),
            };
            let known = possible.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ");
            match named {
                Some((ty, id)) if possible.iter().any(|p| **p == *ty) && out.len() < most => {
                    let id = self.id(&id, element)?;
                    out.push(format!("{{\"type\":{},\"id\":{}}}", quoted(&ty), quoted(&id)));
                }
                _ => {
                    self.mistakes.push(
                        Diagnostic::new(Code::DataCell, element.span, "this cannot be above the entity")
                            .label("a type and an id are meant")
                            .help(format!(
                                "in CSV write `Type:id`, divided by `{BETWEEN}`, in JSON objects with `type` and `id`; above it can be {known}"
                            )),
                    );
                    return None;
                }
            }
        }
        Some(format!("[{}]", out.join(",")))
    }
}

/// The type and id of an object that has these and nothing else.
fn type_and_id(spot: &Spot) -> Option<(String, String)> {
    let Datum::Object(given) = &spot.datum else { return None };
    let text = |name: &str| {
        let mut all = given.iter().filter(|m| &*m.name == name);
        match (all.next().map(|m| &m.value.datum), all.next()) {
            (Some(Datum::Text(text)), None) if given.len() == 2 => Some(text.clone()),
            _ => None,
        }
    };
    text("type").zip(text("id"))
}

/// Whether a row has a value under a name.
pub(crate) fn member<'r>(row: &'r Row, name: &str) -> Option<&'r Member> {
    row.members.iter().find(|m| &*m.name == name)
}

/// Whether fields have one of this name, in requests.
pub(crate) fn has_wire(fields: &[Field], wire: &str) -> bool {
    fields.iter().any(|f| &*f.wire == wire)
}

/// The members of an enum, as requests spell them.
fn wires(e: &Enum) -> String {
    e.members.iter().map(|m| format!("`{}`", m.wire)).collect::<Vec<_>>().join(", ")
}

/// A value as it may be repeated in a message.
fn shown(datum: &Datum) -> String {
    match datum {
        Datum::Cell(text) | Datum::Text(text) => quote(text),
        Datum::Number(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
        Datum::Bool(value) => format!("`{value}`"),
        Datum::Nothing => "`null`".to_owned(),
        Datum::List(_) => "an array".to_owned(),
        Datum::Object(_) => "an object".to_owned(),
    }
}

/// How a value of a type is written in a data file.
fn spelling(base: &Ty, places: u8) -> String {
    match base {
        Ty::Int => "a whole number is written with digits alone, as in `1200`".to_owned(),
        Ty::Size => "a size is a number of bytes, with digits alone".to_owned(),
        Ty::Decimal => {
            format!("a number is written with digits and up to {places} places after a point, as in `1200.5`")
        }
        Ty::Instant => "an instant is written `2026-03-27T14:00:00Z`, in JSON as a string".to_owned(),
        Ty::Date => "a date is written `2026-03-27`, in JSON as a string".to_owned(),
        Ty::Time => "a time of day is written `09:00`, in JSON as a string".to_owned(),
        Ty::Duration => "a duration is written `PT30M`, in JSON as a string".to_owned(),
        Ty::Entity(_) => "an entity is its id in CSV, and an object with `type` and `id` in JSON".to_owned(),
        _ => "a text stands in double quotes in JSON".to_owned(),
    }
}
