//! Schemas as types: the type that takes what the schema takes, or the nearest that takes more, which is told.

use zt_lang::diagnostic::Code;
use zt_values::limits::{MAX_ITEMS, MAX_TEXT};

use super::json::{Json, Object, step};
use super::model::{Decl, Item, Ty};
use super::name::{below, can_be_wire, distinct, word};
use super::number::{bounds, count, scaled};
use super::pattern::{self, COUNTED};
use super::schema::{Kind, Known, Reader, SAYS_NOTHING, is_remark};

/// Formats of texts with a type, and what that type refuses of what the format takes.
const FORMATS: &[(&str, &str, &str)] = &[
    ("email", "Email", "`format: email`: an `Email` has no quotes, comments or addresses for a domain"),
    ("uri", "Url", "`format: uri`: a `Url` is one of http, https, ws or wss, without user and fragment"),
    ("url", "Url", "`format: url`: a `Url` is one of http, https, ws or wss, without user and fragment"),
    (
        "date-time",
        "Instant",
        "`format: date-time`: an `Instant` has at most six digits after the point and no leap second",
    ),
    ("date", "Date", ""),
    ("duration", "Duration", "`format: duration`: a `Duration` has no weeks, months or years"),
    ("hostname", "Host", "`format: hostname`: a `Host` has no `_`, and no number for a last part"),
    ("ipv4", "IpAddr", ""),
    ("ipv6", "IpAddr", "`format: ipv6`: an `IpAddr` has no zone"),
];

/// Formats that say nothing of which texts are taken.
const FORMATS_OF_ANY: &[&str] = &["password", "binary", "int32", "int64", "float", "double"];

/// What a UUID looks like (RFC 9562).
const UUID: &str = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
/// Base64 (RFC 4648, section 4).
const BASE64: &str = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";

/// Keywords that no type says, each with what it means that they are left out.
const UNSAID: &[(&str, &str)] = &[
    ("not", "`not` has no type: what it excludes is taken"),
    ("if", "`if` has no type: whatever follows from it is not asked for"),
    ("dependentSchemas", "`dependentSchemas` has no type: what a member demands of others is not asked for"),
    ("dependentRequired", "`dependentRequired` has no type: members that others demand may be absent"),
    ("dependencies", "`dependencies` has no type: what a member demands of others is not asked for"),
    ("contains", "`contains` has no type: lists without such an element are taken"),
    ("unevaluatedItems", "`unevaluatedItems` has no type: what it excludes is taken"),
    ("additionalItems", "`additionalItems` has no type: what it says of further elements is not asked for"),
    ("$dynamicRef", "`$dynamicRef` is not followed: what it says is not asked for"),
    ("$recursiveRef", "`$recursiveRef` is not followed: what it says is not asked for"),
];

const NO_BOUND_TEXT: &str =
    "a text without `maxLength` has at most the bytes that the package's `[limits]` allow, 4096 unless they say more";
const NO_BOUND_LIST: &str =
    "a list without `maxItems` has at most the elements that the package's `[limits]` allow, 1024 unless they say more";
const NO_BOUND_MAP: &str =
    "an object of any members has at most as many as the package's `[limits]` allow, 1024 unless they say more";
const DECIMALS: &str = "a number has at most four digits after the point, and 64 bits in all";

impl Reader<'_, '_> {
    /// The type of what a schema takes. Recursion is bounded by [`Reader::enter`].
    pub(crate) fn ty(&mut self, schema: &Json, at: &str, hint: &str) -> Ty {
        let owner = self.owner.take();
        if !self.enter(at) {
            return Ty::Json;
        }
        let ty = match schema {
            Json::Object(object) => {
                let at = object.at.clone().map_or_else(|| at.to_owned(), |at| at.to_string());
                self.of_object(object, &at, hint, owner)
            }
            Json::Bool(true) => self.untyped(at, "", SAYS_NOTHING),
            Json::Bool(false) => self.untyped(at, "", "the schema takes no value at all"),
            Json::Deep => self.untyped(at, "", "the schema is nested too deep to be read"),
            _ => {
                self.tell(Code::ImportSchema, at, "", "this is no schema; it is `Json`");
                Ty::Json
            }
        };
        self.leave();
        ty
    }

    /// `Json`, which is told.
    pub(crate) fn untyped(&mut self, at: &str, keyword: &str, why: &str) -> Ty {
        self.tell(Code::ImportUntyped, at, keyword, format!("{why}; it is `Json`"));
        self.world.findings.limit(at, "a `Json` that is nothing but `null` is refused, or absent where it may be");
        Ty::Json
    }

    /// Tells of what no type says.
    pub(crate) fn leave_out(&mut self, schema: &Object, at: &str) {
        for (keyword, why) in UNSAID {
            if schema.get(keyword).is_some() {
                self.tell(Code::ImportWider, at, keyword, *why);
            }
        }
    }

    fn of_object(&mut self, schema: &Object, at: &str, hint: &str, owner: Option<String>) -> Ty {
        // What stands beside a reference may describe it.
        let reference = schema.get("$ref").and_then(Json::text);
        if let Some(reference) = reference
            && schema.iter().all(|(k, _)| k == "$ref" || is_remark(k) || k == "nullable")
        {
            let reference = reference.to_owned();
            let ty = self.referred(&reference, at);
            let null = schema.get("nullable") == Some(&Json::Bool(true));
            return if null { ty.or_null() } else { ty };
        }
        let flat = self.flat(schema, at);
        self.leave_out(&flat, at);
        if flat.get("anyOf").is_some() || flat.get("oneOf").is_some() {
            return self.alternatives(&flat, at, hint, owner.as_deref());
        }
        let (kinds, named) = self.kinds(&flat, at);
        let constant = flat.get("const").map(|c| ("const", vec![c.clone()]));
        let listed = || flat.get("enum").and_then(Json::array).map(|all| ("enum", all.to_vec()));
        if let Some((keyword, values)) = constant.or_else(listed) {
            let mut values = values;
            if kinds.contains(&Kind::Null) && flat.get("nullable") == Some(&Json::Bool(true)) && !values.is_empty() {
                values.push(Json::Null);
            }
            return self.values(&values, at, keyword, hint);
        }
        let (null, mut kinds): (Vec<Kind>, Vec<Kind>) = kinds.into_iter().partition(|k| *k == Kind::Null);
        if !named && kinds.len() > 1 {
            // What is about objects and texts alike says nothing of numbers.
            kinds.sort_unstable();
        }
        if !named && !kinds.is_empty() {
            self.world.findings.limit(at, "a schema without `type` is taken to be of the kind that it speaks of");
        }
        let mut all: Vec<Ty> = vec![];
        for kind in &kinds {
            let ty = match kind {
                Kind::Null => Ty::Null,
                Kind::Bool => Ty::Bool,
                Kind::Int => self.integer(&flat, at),
                Kind::Number => self.number(&flat, at),
                Kind::Text => self.text(&flat, at),
                Kind::Array => self.list(&flat, at, hint),
                Kind::Object => self.object(&flat, at, hint, owner.as_deref()),
            };
            all.push(ty);
        }
        let null = !null.is_empty();
        let ty = if all.contains(&Ty::Json) {
            Ty::Json
        } else {
            match (all.pop(), all.is_empty()) {
                (Some(one), true) => one,
                (Some(last), false) => {
                    all.push(last);
                    Ty::Choice(all)
                }
                (None, _) if null => return self.untyped(at, "type", "nothing but `null` is no type"),
                (None, _) if named => return self.untyped(at, "type", "the schema takes no value at all"),
                (None, _) => return self.untyped(at, "", SAYS_NOTHING),
            }
        };
        if null { ty.or_null() } else { ty }
    }

    /// What a reference leads to. A record that leads back to itself is one all the same.
    fn referred(&mut self, reference: &str, at: &str) -> Ty {
        match self.refs.get(reference).cloned() {
            Some(Known::Done(ty, found)) => {
                self.world.findings.apply(found);
                return ty;
            }
            Some(Known::Open(Some(record))) => {
                self.world.findings.limit(
                    &step(at, "$ref"),
                    "a record that holds itself is nested as deep as a request may be, 32 levels in all",
                );
                return Ty::Named(record);
            }
            Some(Known::Open(None)) => {
                self.tell(Code::ImportReference, at, "$ref", "the reference leads back to itself; it is `Json`");
                return Ty::Json;
            }
            None => {}
        }
        let Some((target, place)) = self.target(reference, at) else { return Ty::Json };
        self.refs.insert(reference.to_owned(), Known::Open(None));
        self.owner = Some(reference.to_owned());
        self.world.findings.open();
        let scope = self.scope.clone();
        let last = reference.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let ty = self.ty(target, &place, &below(&scope, &last));
        self.owner = None;
        let found = self.world.findings.take();
        self.world.findings.apply(found);
        self.refs.insert(reference.to_owned(), Known::Done(ty.clone(), found));
        ty
    }

    /// The type that has these values and no others.
    pub(crate) fn values(&mut self, values: &[Json], at: &str, keyword: &str, hint: &str) -> Ty {
        let null = values.contains(&Json::Null);
        let mut texts: Vec<&str> = vec![];
        let (mut numbers, mut bools): (Vec<&str>, Vec<bool>) = (vec![], vec![]);
        for value in values {
            match value {
                Json::Null => {}
                Json::Bool(b) if !bools.contains(b) => bools.push(*b),
                Json::Bool(_) => {}
                Json::Number(n) => numbers.push(n),
                Json::Text(t) => texts.push(t),
                Json::Array(_) | Json::Object(_) | Json::Deep => {
                    return self.untyped(at, keyword, "a list or an object that is written out has no type");
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text| seen.insert(*text));
        let mut all = vec![];
        if !bools.is_empty() {
            if bools.len() == 1 {
                self.tell(Code::ImportWider, at, keyword, "one of `true` and `false` is no type: both are taken");
            }
            all.push(Ty::Bool);
        }
        if !numbers.is_empty() {
            all.push(self.listed_numbers(&numbers, at, keyword));
        }
        if !texts.is_empty() {
            all.push(self.listed_texts(&texts, at, keyword, hint));
        }
        let ty = match (all.pop(), all.is_empty()) {
            (Some(one), true) => one,
            (Some(last), false) => {
                all.push(last);
                Ty::Choice(all)
            }
            (None, _) if null => return self.untyped(at, keyword, "nothing but `null` is no type"),
            (None, _) => return self.untyped(at, keyword, "the schema takes no value at all"),
        };
        if null { ty.or_null() } else { ty }
    }

    fn listed_numbers(&mut self, numbers: &[&str], at: &str, keyword: &str) -> Ty {
        let mut units: Vec<i128> = numbers.iter().map(|n| scaled(n).0).collect();
        units.sort_unstable();
        units.dedup();
        let whole = units.iter().all(|n| n % 10_000 == 0);
        let next = if whole { 10_000 } else { 1 };
        if units.windows(2).any(|pair| matches!(pair, [a, b] if b - a != next)) {
            self.tell(Code::ImportWider, at, keyword, "a choice of numbers is no type: all between them are taken");
        }
        let clamp = |n: Option<&i128>| {
            let n = n.copied().unwrap_or_default().div_euclid(next);
            i64::try_from(n.clamp(i128::from(i64::MIN) + 1, i128::from(i64::MAX) - 1)).ok()
        };
        let (min, max) = (clamp(units.first()), clamp(units.last()));
        if whole { Ty::Int { min, max } } else { Ty::Decimal { places: 4, min, max } }
    }

    /// An enum; texts that cannot be named are told apart by a pattern instead.
    fn listed_texts(&mut self, texts: &[&str], at: &str, keyword: &str, hint: &str) -> Ty {
        if !texts.iter().all(|text| can_be_wire(text)) {
            let mut source: Vec<String> = vec![];
            for text in texts {
                let mut one = String::new();
                for c in regex_syntax::escape(text).chars() {
                    if zt_values::is_hidden(c) {
                        one.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
                    } else {
                        one.push(c);
                    }
                }
                source.push(one);
            }
            let source = source.join("|");
            if zt_lang::pattern::compile(&source).is_ok() {
                return Ty::Text { base: "String", max: None, patterns: vec![source] };
            }
            self.tell(Code::ImportWider, at, keyword, "a text of an enum cannot be named: any text is taken");
            return Ty::string();
        }
        let (names, numbered) = distinct(texts, word);
        if !numbered.is_empty() {
            self.tell(Code::ImportRenamed, at, keyword, "members of an enum would have one name; they are numbered");
        }
        let members = names.into_iter().zip(texts.iter().map(|t| (*t).to_owned())).collect();
        self.declare(Decl::Enum { name: hint.to_owned(), members }, at)
    }

    /// Declares a type, called by the way to it.
    fn declare(&mut self, decl: Decl, at: &str) -> Ty {
        let place = self.world.model.types.len();
        self.world.model.types.push(decl);
        self.world.places.push(at.to_owned());
        self.world.model.items.push(Item::Type(place));
        Ty::Named(place)
    }

    /// A bound and whether it is excluded, as all editions of JSON Schema write it.
    fn bound<'s>(schema: &'s Object, inclusive: &str, exclusive: &str) -> Option<(&'s str, bool)> {
        let number = |name: &str| match schema.get(name) {
            Some(Json::Number(n)) => Some(&**n),
            _ => None,
        };
        let excluded = schema.get(exclusive) == Some(&Json::Bool(true));
        match (number(inclusive), number(exclusive)) {
            (Some(a), Some(b)) => {
                let stricter = if inclusive == "minimum" { scaled(b) >= scaled(a) } else { scaled(b) <= scaled(a) };
                Some(if stricter { (b, true) } else { (a, false) })
            }
            (Some(a), None) => Some((a, excluded)),
            (None, Some(b)) => Some((b, true)),
            (None, None) => None,
        }
    }

    fn numeric_keywords(&mut self, schema: &Object, at: &str) {
        for keyword in ["minimum", "maximum", "multipleOf"] {
            if schema.get(keyword).is_some_and(|v| !matches!(v, Json::Number(_))) {
                self.tell(Code::ImportSchema, at, keyword, "a bound of a number is no number; it is left out");
            }
        }
    }

    fn integer(&mut self, schema: &Object, at: &str) -> Ty {
        self.numeric_keywords(schema, at);
        let least = Self::bound(schema, "minimum", "exclusiveMinimum");
        let greatest = Self::bound(schema, "maximum", "exclusiveMaximum");
        let (mut min, mut max) = bounds(least, greatest, 10_000);
        if let Some(Json::Number(n)) = schema.get("multipleOf")
            && scaled(n) != (10_000, true)
            // A divisor of one is no demand on whole numbers.
            && !(scaled(n).1 && scaled(n).0 > 0 && 10_000 % scaled(n).0 == 0)
        {
            self.tell(Code::ImportWider, at, "multipleOf", "`multipleOf` has no type: numbers between are taken");
        }
        match schema.get("format").and_then(Json::text) {
            Some("int32") => {
                let why = "an integer of `format: int32` has 32 bits, as OpenAPI says";
                self.world.findings.limit(&step(at, "format"), why);
                min = Some(min.unwrap_or(i64::MIN).max(i64::from(i32::MIN)));
                max = Some(max.unwrap_or(i64::MAX).min(i64::from(i32::MAX)));
            }
            Some("int64") | None => {}
            Some(_) => {
                self.tell(Code::ImportWider, at, "format", "a format of a number that has no type is not checked")
            }
        }
        if min.is_some_and(|min| max.is_some_and(|max| min > max)) {
            return self.untyped(at, "", "no number lies within the bounds");
        }
        if least.is_none() || greatest.is_none() {
            self.world.findings.limit(at, "an integer without bounds has 64 bits");
        }
        Ty::Int { min, max }
    }

    fn number(&mut self, schema: &Object, at: &str) -> Ty {
        self.numeric_keywords(schema, at);
        let mut places = 4;
        let mut unit = 1;
        if let Some(Json::Number(n)) = schema.get("multipleOf") {
            match scaled(n) {
                (10_000, true) => return self.integer(schema, at),
                (1_000, true) => (places, unit) = (1, 1_000),
                (100, true) => (places, unit) = (2, 100),
                (10, true) => (places, unit) = (3, 10),
                (1, true) => {}
                _ => {
                    let why = "`multipleOf` has no type: numbers between are taken";
                    self.tell(Code::ImportWider, at, "multipleOf", why);
                }
            }
        }
        match schema.get("format").and_then(Json::text) {
            Some("float" | "double") | None => {}
            Some("int32" | "int64") => return self.integer(schema, at),
            Some(_) => {
                self.tell(Code::ImportWider, at, "format", "a format of a number that has no type is not checked")
            }
        }
        if places == 4 {
            self.world.findings.limit(at, DECIMALS);
        }
        let least = Self::bound(schema, "minimum", "exclusiveMinimum");
        let (min, max) = bounds(least, Self::bound(schema, "maximum", "exclusiveMaximum"), unit);
        let whole = i64::try_from(unit).unwrap_or(1);
        let (min, max) = (min.and_then(|n| n.checked_mul(whole)), max.and_then(|n| n.checked_mul(whole)));
        if min.is_some_and(|min| max.is_some_and(|max| min > max)) {
            return self.untyped(at, "", "no number lies within the bounds");
        }
        Ty::Decimal { places, min, max }
    }

    /// A count that a schema gives.
    pub(crate) fn count(&mut self, schema: &Object, at: &str, keyword: &str) -> Option<u64> {
        let value = schema.get(keyword)?;
        let counted = if let Json::Number(n) = value { count(n) } else { None };
        if counted.is_none() {
            self.tell(Code::ImportSchema, at, keyword, "a count is no natural number; it is left out");
        }
        counted
    }

    fn text(&mut self, schema: &Object, at: &str) -> Ty {
        let mut patterns: Vec<String> = vec![];
        let mut base = "String";
        let mut ascii = false;
        match schema.get("format").and_then(Json::text) {
            None => {}
            Some("uuid") => {
                patterns.push(UUID.to_owned());
                ascii = true;
            }
            Some("byte") => {
                patterns.push(BASE64.to_owned());
                ascii = true;
            }
            Some(format) => match FORMATS.iter().find(|(name, ..)| *name == format) {
                Some((name, ty, refuses)) => {
                    base = ty;
                    if !refuses.is_empty() {
                        self.tell(Code::ImportNarrower, at, "format", *refuses);
                    }
                    if *name == "ipv4" {
                        self.tell(
                            Code::ImportWider,
                            at,
                            "format",
                            "`format: ipv4`: an `IpAddr` may be one of IPv6 too",
                        );
                    }
                }
                None if FORMATS_OF_ANY.contains(&format) => {}
                None => {
                    let why = "a format of a text that has no type is not checked";
                    self.tell(Code::ImportWider, at, "format", why);
                }
            },
        }
        let given: Vec<&str> = match schema.get("pattern") {
            None => vec![],
            Some(Json::Text(one)) => vec![one],
            Some(Json::Array(all)) => all.iter().filter_map(Json::text).collect(),
            Some(_) => {
                self.tell(Code::ImportSchema, at, "pattern", "a pattern is no text; it is left out");
                vec![]
            }
        };
        for ecma in given {
            let known = self.world.patterns.get(ecma).cloned();
            let translated = known.unwrap_or_else(|| pattern::translate(ecma));
            self.world.patterns.insert(ecma.to_owned(), translated.clone());
            match translated {
                Ok(pattern) if !patterns.contains(&pattern.source) => {
                    ascii |= pattern.ascii;
                    patterns.push(pattern.source);
                }
                Ok(_) => {}
                Err(why) => {
                    let why = format!("a pattern has no counterpart, {}; texts are not held against it", quiet(&why));
                    self.tell(Code::ImportWider, at, "pattern", why);
                }
            }
        }
        let min = self.count(schema, at, "minLength").unwrap_or(0);
        let max = self.count(schema, at, "maxLength");
        if max.is_some_and(|max| max < min) {
            return self.untyped(at, "maxLength", "no text is that short and that long");
        }
        if matches!(base, "Instant" | "Date" | "Duration") {
            // What is counted has no length of its own.
            for keyword in ["pattern", "minLength", "maxLength"] {
                if schema.get(keyword).is_some() {
                    let why = format!("`{keyword}` of a time is not checked");
                    self.tell(Code::ImportWider, at, keyword, why);
                }
            }
            return Ty::Plain(base);
        }
        let ascii = ascii || matches!(base, "Url" | "Host" | "IpAddr");
        let bytes = self.length(at, (min, max), base, ascii, &mut patterns);
        if max.is_none() {
            self.world.findings.limit(at, NO_BOUND_TEXT);
        }
        Ty::Text { base, max: bytes, patterns }
    }

    /// The most bytes of a text, given its characters, with patterns that count these where bytes do not.
    fn length(
        &mut self,
        at: &str,
        (min, max): (u64, Option<u64>),
        base: &str,
        ascii: bool,
        patterns: &mut Vec<String>,
    ) -> Option<u32> {
        // A text of a syntax is never empty.
        let min = if base != "String" && min <= 1 { 0 } else { min };
        let least = if min > COUNTED {
            self.tell(Code::ImportWider, at, "minLength", "a text is not counted that far: shorter ones are taken");
            0
        } else {
            min
        };
        // A character has at most four bytes.
        let bytes = max.map(|max| if ascii { max } else { max.saturating_mul(4) });
        let counted = max.filter(|max| !ascii && *max <= COUNTED);
        if max.is_some() && counted.is_none() && !ascii {
            let why = "`maxLength` counts characters, `max` bytes: as many bytes are taken as these may have";
            self.tell(Code::ImportWider, at, "maxLength", why);
        }
        patterns.extend(pattern::length(least, counted));
        bytes.map(|bytes| u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, MAX_TEXT))
    }

    fn list(&mut self, schema: &Object, at: &str, hint: &str) -> Ty {
        if self.count(schema, at, "minItems").is_some_and(|min| min > 0) {
            self.tell(Code::ImportWider, at, "minItems", "`minItems` has no type: shorter lists are taken");
        }
        let given = self.count(schema, at, "maxItems");
        if given.is_none() {
            self.world.findings.limit(at, NO_BOUND_LIST);
        }
        let max = self.most(given, at, "maxItems");
        let place = step(at, "items");
        let of = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Json::Array(all)), _) | (None, Some(Json::Array(all))) => {
                self.tell(
                    Code::ImportWider,
                    at,
                    "prefixItems",
                    "places of a list have no types of their own: any element may stand at any",
                );
                let mut each = Object::default();
                let from = step(at, if schema.get("prefixItems").is_some() { "prefixItems" } else { "items" });
                let all = all.iter().enumerate();
                let all = all.map(|(n, one)| super::schema::standing_at(one, &step(&from, &n.to_string())));
                let rest = schema.get("items").filter(|i| matches!(i, Json::Object(_)));
                let all: Vec<Json> = all.chain(rest.cloned()).collect();
                if all.is_empty() {
                    self.untyped(at, "items", "the schema says nothing of the elements")
                } else {
                    each.set("anyOf", Json::Array(all));
                    self.ty(&Json::Object(each), &place, hint)
                }
            }
            (_, None) => self.untyped(at, "", "the schema says nothing of the elements"),
            (_, Some(items)) => self.ty(items, &place, hint),
        };
        let of = self.element(of, &place, "a list");
        let unique = schema.get("uniqueItems") == Some(&Json::Bool(true));
        let scalar = !matches!(of, Ty::Json | Ty::Choice(_) | Ty::Null) && !self.is_record(&of);
        if unique && scalar {
            self.world
                .findings
                .limit(&step(at, "uniqueItems"), "a `Set` takes an element that is repeated: it is the same set");
        } else if unique {
            self.tell(
                Code::ImportWider,
                at,
                "uniqueItems",
                "only single values are in sets: a list takes repeated ones",
            );
        }
        Ty::List { set: unique && scalar, of: Box::new(of), max }
    }

    /// The most elements or members, as the language allows it.
    pub(crate) fn most(&mut self, given: Option<u64>, at: &str, keyword: &str) -> Option<u32> {
        let given = given?;
        if given == 0 {
            self.tell(Code::ImportWider, at, keyword, "a collection may always hold something: one element is taken");
        }
        if given > u64::from(MAX_ITEMS) {
            self.world.findings.limit(&step(at, keyword), "a collection has at most 65,536 elements");
        }
        Some(u32::try_from(given).unwrap_or(u32::MAX).clamp(1, MAX_ITEMS))
    }

    pub(crate) fn is_record(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Named(place) if matches!(self.world.model.types.get(*place), Some(Decl::Record { .. })))
    }

    /// What a collection holds, which is no collection.
    pub(crate) fn element(&mut self, of: Ty, at: &str, what: &str) -> Ty {
        match of {
            Ty::Null => self.untyped(at, "", "nothing but `null` is no type"),
            of if of.is_collection() => {
                self.untyped(at, "", &format!("{what} does not hold lists or objects of any members"))
            }
            of => of,
        }
    }

    /// An object of any members.
    pub(crate) fn map(&mut self, key: Ty, of: Ty, given: Option<u64>, at: &str) -> Ty {
        if given.is_none() {
            self.world.findings.limit(at, NO_BOUND_MAP);
        }
        let max = self.most(given, at, "maxProperties");
        Ty::Map { key: Box::new(key), of: Box::new(of), max }
    }
}

/// What is said of a pattern, without the pattern.
fn quiet(why: &str) -> String {
    let text: String = why.chars().filter(|c| !zt_values::is_hidden(*c)).take(80).collect();
    text
}
