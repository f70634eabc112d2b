//! Arguments with what they leave out filled in: what is judged is what is forwarded.

use zt_values::pointer_push_exactly;

use super::json::{self, Json};
use super::read::variant;
use super::value::Value;
use crate::hir::{Channel, Field, Package, Ty};

/// Arguments, filled in.
pub(super) struct Filled {
    /// The arguments with every default written out.
    pub(super) json: Json,
    /// The defaults that were applied: where they stand in the request, and their JSON; by place.
    pub(super) applied: Vec<(String, String)>,
}

/// How deep defaults can nest: they hold lists of single values.
const DEPTH: usize = 2;

/// Fills in arguments that were read and found right.
pub(super) fn fill(package: &Package, declared: &[Field], sent: Option<&Json>, at: &str) -> Filled {
    let mut filler = Filler { package, applied: vec![] };
    let nothing = Json::Object(vec![]);
    let json = filler.members(declared, sent.unwrap_or(&nothing), at);
    filler.applied.sort();
    Filled { json, applied: filler.applied }
}

/// The place of a member or element, by which it is found again.
fn below(at: &str, member: &str) -> String {
    let mut path = at.to_owned();
    pointer_push_exactly(&mut path, member);
    path
}

struct Filler<'p> {
    package: &'p Package,
    applied: Vec<(String, String)>,
}

impl Filler<'_> {
    fn members(&mut self, declared: &[Field], json: &Json, at: &str) -> Json {
        let Json::Object(members) = json else { return json.clone() };
        let mut out = vec![];
        for (name, value) in members {
            let field = declared.iter().find(|field| *field.wire == **name);
            match field {
                Some(field)
                    if *value == Json::Null
                        && (field.optional || field.default.is_some())
                        && !field.ty.ty.means_null() => {}
                Some(field) => out.push((name.clone(), self.value(&field.ty.ty, value, &below(at, name)))),
                None => out.push((name.clone(), value.clone())),
            }
        }
        for field in declared {
            if out.iter().any(|(name, _)| **name == *field.wire) {
                continue;
            }
            if let Some(value) = field.default.as_ref().and_then(Value::written) {
                let text = value.json(self.package);
                let tree = json::read(&text, DEPTH).unwrap_or(Json::Null);
                self.applied.push((below(at, &field.wire), text));
                out.push((field.wire.to_string(), tree));
            }
        }
        Json::Object(out)
    }

    fn value(&mut self, ty: &Ty, json: &Json, at: &str) -> Json {
        match (ty.base(), json) {
            (Ty::Record(name), _) => match self.package.records.get(name) {
                Some(record) => self.members(&record.fields, json, at),
                None => json.clone(),
            },
            (Ty::Choice(variants), _) => {
                let found = variant(self.package, variants, json, at).ok().and_then(|index| variants.get(index));
                found.map_or_else(|| json.clone(), |variant| self.value(&variant.ty.ty, json, at))
            }
            (Ty::Map(entry), Json::Object(members)) => {
                let Ty::Entry(fields) = &**entry else { return json.clone() };
                let Some(of) = fields.get(1) else { return json.clone() };
                let member =
                    |(name, value): &(String, Json)| (name.clone(), self.value(&of.ty.ty, value, &below(at, name)));
                Json::Object(members.iter().map(member).collect())
            }
            (Ty::Entity(name), Json::Object(members)) => {
                let own = self.package.entities.get(name).filter(|entity| entity.channel == Channel::Pep);
                let Some(entity) = own else { return json.clone() };
                let inside = |(name, value): &(String, Json)| {
                    let properties = name == "properties";
                    let value =
                        if properties { self.members(&entity.fields, value, &below(at, name)) } else { value.clone() };
                    (name.clone(), value)
                };
                Json::Object(members.iter().map(inside).collect())
            }
            (Ty::List(element), Json::Array(elements)) => {
                let elements = elements.iter().enumerate();
                Json::Array(elements.map(|(i, e)| self.value(element, e, &below(at, &i.to_string()))).collect())
            }
            _ => json.clone(),
        }
    }
}
