//! Alternatives: `anyOf` and `oneOf` as choices that JSON tells apart, or as the nearest type that takes them all.

use zt_lang::diagnostic::Code;

use super::json::{Json, Object, step};
use super::model::Ty;
use super::name::{below, can_be_wire};
use super::schema::{Kind, Reader, SAYS_NOTHING, is_remark, standing_at};

/// One of the alternatives.
#[derive(Debug, Clone)]
struct Variant {
    /// As it is written, so that what it refers to keeps its name.
    schema: Json,
    /// Where it stands.
    at: String,
    /// What it says, references followed.
    flat: Object,
}

/// The alternatives by the kinds of their values.
#[derive(Debug, Default)]
struct Kinds {
    null: bool,
    bools: Vec<Variant>,
    numbers: Vec<Variant>,
    texts: Vec<Variant>,
    arrays: Vec<Variant>,
    objects: Vec<Variant>,
    /// Where one stands that says nothing of its kind.
    any: Option<String>,
}

/// What alternatives demand that are no types of their own.
const DEMANDS: &[&str] = &["required", "not", "dependentRequired", "minProperties", "maxProperties"];

impl Reader<'_, '_> {
    /// The type of what one of several schemas takes.
    pub(crate) fn alternatives(&mut self, schema: &Object, at: &str, hint: &str, owner: Option<&str>) -> Ty {
        let keyword = if schema.get("anyOf").is_some() { "anyOf" } else { "oneOf" };
        if keyword == "anyOf" && schema.get("oneOf").is_some() {
            self.tell(Code::ImportWider, at, "oneOf", "`oneOf` beside `anyOf` has no type: it is not asked for");
        }
        let mut base = schema.clone();
        base.remove("anyOf");
        base.remove("oneOf");
        base.remove("discriminator");
        let given = schema.get(keyword).and_then(Json::array).unwrap_or_default();
        if given.is_empty() {
            self.tell(Code::ImportSchema, at, keyword, "there are no alternatives; they are left out");
            return self.ty(&Json::Object(base), at, hint);
        }
        let speaks = base.iter().any(|(k, _)| !is_remark(k) && k != "nullable");
        let mut all: Vec<Variant> = vec![];
        let mut seen = vec![];
        self.collect(given, &step(at, keyword), &mut seen, &mut all);
        let demanding = |v: &Variant| v.flat.iter().all(|(k, _)| is_remark(k) || DEMANDS.contains(&k));
        if speaks && all.iter().all(demanding) {
            let why = "alternatives that only demand or exclude members have no type: they are not asked for";
            self.tell(Code::ImportWider, at, keyword, why);
            self.owner = owner.map(str::to_owned);
            return self.ty(&Json::Object(base), at, hint);
        }
        if speaks {
            for variant in &mut all {
                let mut both = Object::standing(&variant.at);
                let whole = standing_at(&Json::Object(base.clone()), at);
                both.set("allOf", Json::Array(vec![whole, standing_at(&variant.schema, &variant.at)]));
                variant.flat = self.flat(&both, at).into_owned();
                variant.schema = Json::Object(both);
            }
        }
        let mut kinds = Kinds::default();
        for variant in all {
            self.sort(variant, &mut kinds);
        }
        kinds.null |= schema.get("nullable") == Some(&Json::Bool(true));
        if let Some(place) = &kinds.any {
            return self.untyped(place, "", SAYS_NOTHING);
        }
        let null = kinds.null;
        let mut types: Vec<Ty> = vec![];
        if !kinds.bools.is_empty() {
            types.push(Ty::Bool);
        }
        if !kinds.numbers.is_empty() {
            types.push(self.numbers(&kinds.numbers, at, keyword, hint));
        }
        if !kinds.texts.is_empty() {
            types.push(self.texts(&kinds.texts, at, keyword, hint));
        }
        if !kinds.arrays.is_empty() {
            types.push(self.arrays(&kinds.arrays, at, keyword, hint));
        }
        if !kinds.objects.is_empty() {
            let objects = self.objects(&kinds.objects, at, keyword, hint, owner);
            types.extend(objects);
        }
        if types.contains(&Ty::Json) {
            return Ty::Json;
        }
        let ty = match (types.pop(), types.is_empty()) {
            (Some(one), true) => one,
            (Some(last), false) => {
                types.push(last);
                Ty::Choice(types)
            }
            (None, _) => return self.untyped(at, keyword, "nothing but `null` is no type"),
        };
        if null { ty.or_null() } else { ty }
    }

    /// All alternatives, those within alternatives included, each target of a reference once.
    fn collect(&mut self, given: &[Json], at: &str, seen: &mut Vec<String>, out: &mut Vec<Variant>) {
        for (n, one) in given.iter().enumerate() {
            let place = step(at, &n.to_string());
            if !self.enter(&place) {
                continue;
            }
            let Json::Object(object) = one else {
                let what = if *one == Json::Bool(false) { None } else { Some(one.clone()) };
                out.extend(what.map(|schema| Variant { schema, at: place, flat: Object::default() }));
                self.leave();
                continue;
            };
            let place = object.at.as_ref().map_or(place, |at| at.to_string());
            let reference = object.get("$ref").and_then(Json::text).map(str::to_owned);
            if reference.as_ref().is_some_and(|r| seen.contains(r)) {
                self.leave();
                continue;
            }
            seen.extend(reference);
            let flat = self.flat(object, &place).into_owned();
            let inner = ["anyOf", "oneOf"].into_iter().find(|k| flat.get(k).is_some());
            let only = |k: &str| flat.iter().all(|(name, _)| name == k || is_remark(name) || name == "discriminator");
            match inner {
                Some(keyword) if only(keyword) => {
                    let within = flat.get(keyword).and_then(Json::array).unwrap_or_default().to_vec();
                    self.collect(&within, &step(&place, keyword), seen, out);
                }
                _ if !out.iter().any(|v| v.schema == *one) => {
                    out.push(Variant { schema: one.clone(), at: place, flat });
                }
                _ => {}
            }
            self.leave();
        }
    }

    /// Puts an alternative to those of its kind; one of several kinds to each of them.
    fn sort(&mut self, variant: Variant, out: &mut Kinds) {
        if variant.flat.get("anyOf").or(variant.flat.get("oneOf")).is_some() {
            out.any = Some(variant.at);
            return;
        }
        let (mut kinds, _) = self.kinds(&variant.flat, &variant.at);
        let constant = variant.flat.get("const").map(std::slice::from_ref);
        if let Some(values) = constant.or_else(|| variant.flat.get("enum").and_then(Json::array)) {
            let of = |value: &Json| match value {
                Json::Null => Kind::Null,
                Json::Bool(_) => Kind::Bool,
                Json::Number(_) => Kind::Number,
                Json::Text(_) => Kind::Text,
                Json::Array(_) | Json::Deep => Kind::Array,
                Json::Object(_) => Kind::Object,
            };
            kinds = values.iter().map(of).collect();
            kinds.sort_unstable();
            kinds.dedup();
        }
        if kinds.is_empty() {
            out.any.get_or_insert(variant.at.clone());
        }
        let several = kinds.len() > 1;
        for kind in kinds {
            let mut one = variant.clone();
            if several {
                let name = match kind {
                    Kind::Null => "null",
                    Kind::Bool => "boolean",
                    Kind::Int => "integer",
                    Kind::Number => "number",
                    Kind::Text => "string",
                    Kind::Array => "array",
                    Kind::Object => "object",
                };
                one.flat.set("type", Json::Text(name.to_owned()));
                one.flat.at = Some(one.at.as_str().into());
                one.schema = Json::Object(one.flat.clone());
            }
            match kind {
                Kind::Null => out.null = true,
                Kind::Bool => out.bools.push(one),
                Kind::Int | Kind::Number => out.numbers.push(one),
                Kind::Text => out.texts.push(one),
                Kind::Array => out.arrays.push(one),
                Kind::Object => out.objects.push(one),
            }
        }
    }

    /// The values that all of some alternatives list, if all do.
    fn listed(all: &[Variant]) -> Option<Vec<Json>> {
        let mut values: Vec<Json> = vec![];
        for one in all {
            match (one.flat.get("const"), one.flat.get("enum").and_then(Json::array)) {
                (Some(value), _) => values.push(value.clone()),
                (None, Some(more)) => values.extend(more.iter().cloned()),
                (None, None) => return None,
            }
        }
        Some(values)
    }

    fn numbers(&mut self, all: &[Variant], at: &str, keyword: &str, hint: &str) -> Ty {
        if let [one] = all {
            return self.ty(&one.schema, &one.at, hint);
        }
        if let Some(mut values) = Self::listed(all) {
            values.retain(|value| matches!(value, Json::Number(_)));
            return self.values(&values, at, keyword, hint);
        }
        let types: Vec<Ty> = all.iter().map(|one| self.ty(&one.schema, &one.at, hint)).collect();
        let first = types.first().cloned().unwrap_or(Ty::Json);
        if types.iter().all(|ty| *ty == first) {
            return first;
        }
        let whole = types.iter().all(|ty| matches!(ty, Ty::Int { .. }));
        let ends = types.iter().map(|ty| match ty {
            Ty::Int { min, max } if whole => (*min, *max),
            Ty::Int { min, max } => (min.and_then(|n| n.checked_mul(10_000)), max.and_then(|n| n.checked_mul(10_000))),
            Ty::Decimal { min, max, .. } => (*min, *max),
            _ => (None, None),
        });
        let (mins, maxs): (Vec<Option<i64>>, Vec<Option<i64>>) = ends.unzip();
        let min = mins.into_iter().collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().min());
        let max = maxs.into_iter().collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max());
        self.tell(
            Code::ImportWider,
            at,
            keyword,
            "numbers of several types look alike in JSON: all that lie between are taken",
        );
        if whole { Ty::Int { min, max } } else { Ty::Decimal { places: 4, min, max } }
    }

    fn texts(&mut self, all: &[Variant], at: &str, keyword: &str, hint: &str) -> Ty {
        if let [one] = all {
            return self.ty(&one.schema, &one.at, hint);
        }
        if let Some(mut values) = Self::listed(all) {
            values.retain(|value| matches!(value, Json::Text(_)));
            return self.values(&values, at, keyword, hint);
        }
        let same = |a: &Variant, b: &Variant| {
            let of = |v: &Variant| {
                let mut says: Vec<(String, Json)> = vec![];
                says.extend(v.flat.iter().filter(|(k, _)| !is_remark(k)).map(|(k, v)| (k.to_owned(), v.clone())));
                says
            };
            of(a) == of(b)
        };
        if let [first, rest @ ..] = all
            && rest.iter().all(|other| same(first, other))
        {
            return self.ty(&first.schema, &first.at, hint);
        }
        let any = |v: &Variant| v.flat.iter().all(|(k, _)| is_remark(k) || k == "type");
        // Where any text is taken, the others add nothing.
        if keyword != "anyOf" || !all.iter().any(any) {
            let why = "texts of several types look alike in JSON: any text is taken";
            self.tell(Code::ImportWider, at, keyword, why);
        }
        Ty::string()
    }

    fn arrays(&mut self, all: &[Variant], at: &str, keyword: &str, hint: &str) -> Ty {
        if let [one] = all {
            return self.ty(&one.schema, &one.at, hint);
        }
        self.tell(
            Code::ImportWider,
            at,
            keyword,
            "lists of several types look alike in JSON: a list of what any holds is taken",
        );
        let mut items: Vec<Json> = vec![];
        for one in all {
            match one.flat.get("items") {
                Some(of) => items.push(standing_at(of, &step(&one.at, "items"))),
                None => return self.untyped(&one.at, "items", "the schema says nothing of the elements"),
            }
        }
        items.dedup();
        let mut each = Object::standing(at);
        each.set("anyOf", Json::Array(items));
        let most: Option<Vec<u64>> = all.iter().map(|one| self.count(&one.flat, &one.at, "maxItems")).collect();
        let of = self.ty(&Json::Object(each), at, hint);
        let of = self.element(of, at, "a list");
        let max = self.most(most.and_then(|most| most.into_iter().max()), at, "maxItems");
        Ty::List { set: false, of: Box::new(of), max }
    }

    /// What tells objects apart: a member that each must have, which says something else in each.
    fn tag(&mut self, all: &[Variant]) -> Option<(String, Vec<String>)> {
        let mut told: Vec<Vec<(String, Vec<String>)>> = vec![];
        for one in all {
            let mut says = vec![];
            let required: Vec<&str> = one
                .flat
                .get("required")
                .and_then(Json::array)
                .unwrap_or_default()
                .iter()
                .filter_map(Json::text)
                .collect();
            let none = Object::default();
            let properties = one.flat.get("properties").and_then(Json::object).unwrap_or(&none);
            for (name, of) in properties.iter().filter(|(name, _)| required.contains(name)) {
                let Json::Object(of) = of else { continue };
                let of = self.flat(of, &one.at);
                let values = match (of.get("const"), of.get("enum").and_then(Json::array)) {
                    (Some(value), _) => vec![value.clone()],
                    (None, Some(all)) => all.to_vec(),
                    (None, None) => continue,
                };
                let plain = ["anyOf", "oneOf", "nullable", "readOnly"].iter().all(|k| of.get(k).is_none());
                let texts: Option<Vec<String>> = values.iter().map(|v| v.text().map(str::to_owned)).collect();
                let texts = texts.filter(|t| plain && !t.is_empty() && t.iter().all(|t| can_be_wire(t)));
                says.extend(texts.map(|texts| (name.to_owned(), texts)));
            }
            told.push(says);
        }
        let [first, rest @ ..] = told.as_slice() else { return None };
        first.iter().find_map(|(name, own)| {
            let mut all: Vec<&String> = own.iter().collect();
            let mut firsts: Vec<String> = own.first().cloned().into_iter().collect();
            for other in rest {
                let (_, says) = other.iter().find(|(n, _)| n == name)?;
                all.extend(says);
                firsts.extend(says.first().cloned());
            }
            let before = all.len();
            all.sort_unstable();
            all.dedup();
            (all.len() == before).then(|| (name.clone(), firsts))
        })
    }

    fn objects(&mut self, all: &[Variant], at: &str, keyword: &str, hint: &str, owner: Option<&str>) -> Vec<Ty> {
        if let [one] = all {
            return vec![self.ty(&one.schema, &one.at, hint)];
        }
        if let Some((_, says)) = self.tag(all) {
            let each = all.iter().zip(says);
            let types: Vec<Ty> = each.map(|(one, says)| self.ty(&one.schema, &one.at, &below(hint, &says))).collect();
            if types.iter().all(|ty| self.is_record(ty)) {
                return types;
            }
            return vec![self.untyped(at, keyword, "objects of these types cannot be told apart")];
        }
        let named = |v: &Variant| v.flat.get("properties").and_then(Json::object).is_some_and(|p| p.len() > 0);
        if !all.iter().all(named) {
            return vec![self.untyped(at, keyword, "nothing tells objects of these types apart")];
        }
        let why = "nothing tells objects of these types apart: one record has the members of all, and what not all demand may be absent";
        self.tell(Code::ImportWider, at, keyword, why);
        let one = self.together(all, at);
        self.owner = owner.map(str::to_owned);
        vec![self.ty(&Json::Object(one), at, hint)]
    }

    /// A schema for objects that takes those of any of some schemas.
    fn together(&mut self, all: &[Variant], at: &str) -> Object {
        let mut properties = Object::default();
        let mut required: Option<Vec<Json>> = None;
        for one in all {
            let under = step(&one.at, "properties");
            for (name, of) in one.flat.get("properties").and_then(Json::object).into_iter().flat_map(Object::iter) {
                let of = standing_at(of, &step(&under, name));
                let either = match properties.get(name) {
                    Some(before) if *before != of => {
                        let mut either = Object::standing(&step(&under, name));
                        either.set("anyOf", Json::Array(vec![before.clone(), of]));
                        Json::Object(either)
                    }
                    _ => of,
                };
                properties.set(name, either);
            }
            let own = one.flat.get("required").and_then(Json::array).unwrap_or_default();
            required = Some(match required {
                None => own.to_vec(),
                Some(before) => before.into_iter().filter(|name| own.contains(name)).collect(),
            });
        }
        let mut out = Object::standing(at);
        out.set("type", Json::Text("object".into()));
        out.set("properties", Json::Object(properties));
        out.set("required", Json::Array(required.unwrap_or_default()));
        let closed = |v: &Variant| v.flat.get("additionalProperties") == Some(&Json::Bool(false));
        if all.iter().all(closed) {
            out.set("additionalProperties", Json::Bool(false));
        }
        out
    }
}

impl Reader<'_, '_> {
    /// The object that holds the arguments of a call: its alternatives, if it has some, as one.
    pub(crate) fn arguments(&mut self, schema: &Object, at: &str) -> Object {
        let mut base = self.flat(schema, at).into_owned();
        for keyword in ["anyOf", "oneOf"] {
            let Some(Json::Array(given)) = base.remove(keyword) else { continue };
            let mut all: Vec<Variant> = vec![];
            self.collect(&given, &step(at, keyword), &mut vec![], &mut all);
            all.retain(|v| v.flat.get("type") != Some(&Json::Text("null".into())));
            let demanding =
                |v: &Variant| v.flat.iter().all(|(k, _)| is_remark(k) || DEMANDS.contains(&k) || k == "type");
            if all.iter().all(demanding) {
                let why = "alternatives that only demand or exclude members have no type: they are not asked for";
                self.tell(Code::ImportWider, at, keyword, why);
                continue;
            }
            for variant in &mut all {
                let mut both = Object::standing(&variant.at);
                let whole = standing_at(&Json::Object(base.clone()), at);
                both.set("allOf", Json::Array(vec![whole, standing_at(&variant.schema, &variant.at)]));
                variant.flat = self.flat(&both, at).into_owned();
            }
            let why = "arguments are one object: those of all alternatives are declared, and what not all demand may be absent";
            self.tell(Code::ImportWider, at, keyword, why);
            base = self.together(&all, at);
        }
        base
    }
}
