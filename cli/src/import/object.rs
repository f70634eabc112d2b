//! Objects: records with their fields, maps, and defaults.

use zt_lang::diagnostic::Code;
use zt_values::{email, host, url};

use super::json::{Json, Object, step};
use super::model::{Decl, Field, Item, Ty};
use super::name::{below, can_be_wire, distinct, field};
use super::number::{decimal, grouped, scaled};
use super::schema::{Known, Reader};
use super::words;

/// The most values that one record may require, those of the records within it included.
const MAX_VALUES: u64 = 4_096;

impl Reader<'_, '_> {
    /// An object: a record where its members have names, else a map.
    pub(crate) fn object(&mut self, schema: &Object, at: &str, hint: &str, owner: Option<&str>) -> Ty {
        let named = schema.get("properties").and_then(Json::object).is_some_and(|p| p.len() > 0);
        let demanded = schema.get("required").and_then(Json::array).is_some_and(|r| !r.is_empty());
        let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
        let patterned = schema.get("patternProperties").and_then(Json::object).is_some_and(|p| p.len() > 0);
        if !named && !demanded && (!closed || patterned) {
            return self.members(schema, at, hint);
        }
        for keyword in ["minProperties", "maxProperties"] {
            if schema.get(keyword).is_some() {
                let why = format!("`{keyword}` of an object whose members are named has no type: it is not counted");
                self.tell(Code::ImportWider, at, keyword, why);
            }
        }
        if schema.get("propertyNames").is_some() {
            let why = "`propertyNames` of an object whose members are named has no type";
            self.tell(Code::ImportWider, at, "propertyNames", why);
        }
        let open = self.is_open(schema, at);
        let doc = words::remark(self.world, schema, at);
        let place = self.world.model.types.len();
        let name = hint.to_owned();
        self.world.model.types.push(Decl::Record { name, open, fields: vec![], doc, least: 0 });
        self.world.places.push(at.to_owned());
        if let Some(owner) = owner {
            self.refs.insert(owner.to_owned(), Known::Open(Some(place)));
        }
        let mut all = self.fields(schema, at, hint);
        let least = self.endless(&mut all, at);
        if let Some(Decl::Record { fields, least: slot, .. }) = self.world.model.types.get_mut(place) {
            *fields = all;
            *slot = least;
        }
        // What it is made of stands before it.
        self.world.model.items.push(Item::Type(place));
        Ty::Named(place)
    }

    /// Whether an object may have members that nobody named; tells of what is said of these.
    fn is_open(&mut self, schema: &Object, at: &str) -> bool {
        if schema.get("patternProperties").is_some() {
            let why = "`patternProperties` beside named members has no type: any other members are taken";
            self.tell(Code::ImportWider, at, "patternProperties", why);
            return true;
        }
        let unevaluated = schema.get("unevaluatedProperties") == Some(&Json::Bool(false));
        match schema.get("additionalProperties") {
            None => !unevaluated,
            Some(Json::Bool(any)) => *any,
            Some(Json::Object(says)) if says.iter().all(|(k, _)| super::schema::is_remark(k)) => true,
            Some(_) => {
                let why = "`additionalProperties` beside named members has no type: any other members are taken";
                self.tell(Code::ImportWider, at, "additionalProperties", why);
                true
            }
        }
    }

    /// An object whose members nobody named.
    fn members(&mut self, schema: &Object, at: &str, hint: &str) -> Ty {
        if self.count(schema, at, "minProperties").is_some_and(|min| min > 0) {
            self.tell(
                Code::ImportWider,
                at,
                "minProperties",
                "`minProperties` has no type: objects with fewer are taken",
            );
        }
        let most = self.count(schema, at, "maxProperties");
        let mut key = Ty::string();
        if let Some(names) = schema.get("propertyNames") {
            let place = step(at, "propertyNames");
            let mut names = names.clone();
            if let Json::Object(names) = &mut names
                && names.get("type").is_none()
                && names.get("$ref").is_none()
            {
                names.set("type", Json::Text("string".into()));
            }
            let told = self.ty(&names, &place, &below(hint, "key"));
            let enumerated = matches!(&told, Ty::Named(_)) && !self.is_record(&told);
            if matches!(told, Ty::Text { .. }) || enumerated {
                key = told;
            } else {
                self.tell(Code::ImportWider, &place, "", "names of members are texts or of an enum: any are taken");
            }
        }
        let mut value = schema.get("additionalProperties").map(|v| (v.clone(), step(at, "additionalProperties")));
        if let Some(patterned) = schema.get("patternProperties").and_then(Json::object) {
            let mut all = patterned.iter();
            match (all.next(), all.next(), &value) {
                (Some((pattern, of)), None, Some((Json::Bool(false), _))) => {
                    let mut names = Object::default();
                    names.set("type", Json::Text("string".into()));
                    names.set("pattern", Json::Text(pattern.to_owned()));
                    let place = step(at, "patternProperties");
                    key = self.ty(&Json::Object(names), &place, hint);
                    value = Some((of.clone(), step(&place, pattern)));
                }
                _ => {
                    let why = "several `patternProperties`, or others beside them, have no type: any members are taken";
                    self.tell(Code::ImportWider, at, "patternProperties", why);
                    value = None;
                }
            }
        }
        let of = match &value {
            None | Some((Json::Bool(_), _)) => self.untyped(at, "", "the schema says nothing of the members"),
            Some((of, place)) => {
                let of = self.ty(of, place, hint);
                self.element(of, place, "an object of any members")
            }
        };
        self.map(key, of, most, at)
    }

    /// The fields that an object declares, in its order.
    pub(crate) fn fields(&mut self, schema: &Object, at: &str, hint: &str) -> Vec<Field> {
        let none = Object::default();
        let properties = match schema.get("properties") {
            Some(Json::Object(properties)) => properties,
            Some(_) => {
                self.tell(Code::ImportSchema, at, "properties", "the members are no object; none is declared");
                &none
            }
            None => &none,
        };
        let mut required: Vec<&str> = vec![];
        match schema.get("required") {
            Some(Json::Array(all)) => required.extend(all.iter().filter_map(Json::text)),
            // As the first edition of JSON Schema said it of a property itself.
            None | Some(Json::Bool(_)) => {}
            Some(_) => {
                self.tell(Code::ImportSchema, at, "required", "the required members are no list; none is required")
            }
        }
        let under = step(at, "properties");
        let any = Json::Bool(true);
        let mut all: Vec<(&str, &Json, String)> = vec![];
        for (name, of) in properties.iter() {
            let place = step(&under, name);
            if *of == Json::Bool(false) {
                continue;
            }
            if !can_be_wire(name) {
                let why = "the name of a member is empty or holds what nobody sees; it is left out";
                self.tell(Code::ImportLeftOut, &place, "", why);
                continue;
            }
            all.push((name, of, place));
        }
        let mut demanded = std::collections::HashSet::new();
        for name in &required {
            if demanded.insert(*name) && properties.get(name).is_none() && can_be_wire(name) {
                all.push((name, &any, step(at, "required")));
            }
        }
        let wires: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
        let (names, numbered) = distinct(&wires, field);
        for place in numbered.iter().filter_map(|n| all.get(*n)) {
            self.tell(Code::ImportRenamed, &place.2, "", "members would have one name; they are numbered");
        }
        let mut out = vec![];
        for ((wire, of, place), name) in all.into_iter().zip(names) {
            self.world.findings.open();
            let read_only = of.get("readOnly") == Some(&Json::Bool(true));
            let given = demanded.contains(wire) && !read_only;
            let one = self.one_field(name, wire, of, &place, given, &below(hint, wire));
            let json = one.ty.has_json();
            self.world.findings.close(json);
            out.push(one);
        }
        out
    }

    /// A field of a name.
    pub(crate) fn one_field(
        &mut self,
        name: String,
        wire: &str,
        schema: &Json,
        at: &str,
        required: bool,
        hint: &str,
    ) -> Field {
        let doc = schema.object().and_then(|o| words::remark(self.world, o, at));
        let mut ty = self.ty(schema, at, hint);
        let given = schema.get("default").cloned();
        // Where absence is said to be `null`, `null` is absence.
        if !required && given == Some(Json::Null) {
            (ty, _) = ty.without_null();
        }
        let mut default = None;
        if let Some(value) = given.filter(|value| !required && *value != Json::Null) {
            default = self.default(&value, &ty);
            if default.is_none() {
                let why = "the default is no value of the type that can be written; where it is absent, it is absent";
                self.tell(Code::ImportDefault, at, "default", why);
            }
        }
        Field { name, wire: wire.to_owned(), ty, optional: !required && default.is_none(), default, doc }
    }

    /// A value as policies write it, if it is one of the type.
    fn default(&self, value: &Json, ty: &Ty) -> Option<String> {
        match (value, ty) {
            (_, Ty::Choice(all)) => {
                let fits = |one: &&Ty| match (value, one) {
                    (Json::Bool(_), Ty::Bool)
                    | (Json::Number(_), Ty::Int { .. } | Ty::Decimal { .. })
                    | (Json::Text(_), Ty::Text { .. } | Ty::Plain(_))
                    | (Json::Array(_), Ty::List { .. }) => true,
                    (Json::Text(_), one) => matches!(one, Ty::Named(_)) && !self.is_record(one),
                    _ => false,
                };
                self.default(value, all.iter().find(fits)?)
            }
            (Json::Bool(b), Ty::Bool) => Some(b.to_string()),
            (Json::Number(n), Ty::Int { min, max }) => {
                let (units, exact) = scaled(n);
                let n = (exact && units % 10_000 == 0).then(|| i64::try_from(units / 10_000).ok())??;
                (min.is_none_or(|min| min <= n) && max.is_none_or(|max| n <= max)).then(|| grouped(n))
            }
            (Json::Number(n), Ty::Decimal { places, min, max }) => {
                let (units, exact) = scaled(n);
                let units = i64::try_from(units).ok().filter(|_| exact)?;
                let finest = 10_i64.pow(4_u32.saturating_sub(u32::from(*places)));
                let fits =
                    units % finest == 0 && min.is_none_or(|min| min <= units) && max.is_none_or(|max| units <= max);
                fits.then(|| decimal(units))
            }
            (Json::Text(text), Ty::Text { base, max, patterns }) => {
                let long = text.len() > max.unwrap_or(zt_values::limits::STRING_BYTES) as usize;
                let read = match *base {
                    "String" => true,
                    "Url" => url::canonical(text).is_ok(),
                    "Email" => email::canonical(text).is_ok(),
                    "Host" => host::canonical(text).is_ok(),
                    _ => false,
                };
                let plain = patterns.is_empty() && read && !long;
                (plain && !text.contains('\0')).then(|| words::quoted(text))
            }
            (Json::Text(text), Ty::Named(place)) => match self.world.model.types.get(*place)? {
                Decl::Enum { members, .. } => {
                    members.iter().find(|(_, wire)| wire == text).map(|(name, _)| name.clone())
                }
                Decl::Record { .. } => None,
            },
            (Json::Array(all), Ty::List { of, max, .. }) => {
                let fits = all.len() <= max.unwrap_or(zt_values::limits::SET_ELEMENTS) as usize;
                let scalar = !matches!(**of, Ty::Choice(_) | Ty::Json) && !self.is_record(of);
                let all: Option<Vec<String>> = all.iter().map(|one| self.default(one, of)).collect();
                all.filter(|all| fits && (scalar || all.is_empty())).map(|all| format!("[{}]", all.join(", ")))
            }
            _ => None,
        }
    }

    /// Makes members optional that could never end, or would be more than a request holds; gives how many values the
    /// record requires.
    fn endless(&mut self, fields: &mut [Field], at: &str) -> u64 {
        let mut least = 0_u64;
        for field in fields.iter_mut().filter(|f| !f.optional && f.default.is_none()) {
            let within = match &field.ty {
                Ty::Named(place) => match self.world.model.types.get(*place) {
                    // One that is still being read leads back to itself.
                    Some(Decl::Record { least: 0, .. }) => None,
                    Some(Decl::Record { least, .. }) => Some(*least),
                    _ => Some(1),
                },
                _ => Some(1),
            };
            match within.filter(|within| least.saturating_add(*within) <= MAX_VALUES) {
                Some(within) => least = least.saturating_add(within),
                None => {
                    field.optional = true;
                    let why = "a value that must hold another of its kind, or too many others, would never end: one may be absent";
                    self.tell(Code::ImportWider, at, "required", why);
                }
            }
        }
        least.max(1)
    }
}
