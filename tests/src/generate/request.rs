//! Requests for a checked package: mostly well formed and close to what its policies compare with, or spoilt.

mod hints;
mod spoil;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use regex::Regex;
use zt_lang::hir::{Action, Bounds, Channel, ExprKind, Field, Name, Package, Record, Root, Syntax, Table, Ty};
use zt_values::format_decimal;

use self::hints::{ANYWHERE, Hints};
use self::spoil::{Spoil, broken};
use super::json::Json;
use super::samples;
use super::source::Source;
use super::step::Call;
use super::words;

/// How deep entities are put into each other at most.
const DEPTH: usize = 4;

/// Makes requests for one package.
pub struct Requests<'p> {
    package: &'p Package,
    hints: Hints,
    /// For each type that is a text, the texts it takes.
    texts: RefCell<HashMap<String, Vec<String>>>,
    /// What sources answer about the entities of the request at hand.
    answers: RefCell<BTreeMap<(Name, Name, String), Option<String>>>,
}

impl<'p> Requests<'p> {
    /// Requests for this package.
    #[must_use]
    pub fn new(package: &'p Package) -> Self {
        let mut hints = Hints::of(package);
        for policy in &package.policies {
            policy.guard.iter().for_each(|guard| hints.collect(guard));
            policy.rules.iter().for_each(|rule| hints.collect(&rule.condition));
        }
        package.defines.values().for_each(|define| hints.collect(&define.body));
        for window in package.windows.values() {
            window.condition.iter().chain(&window.value).for_each(|e| hints.collect(e));
        }
        Requests { package, hints, texts: RefCell::default(), answers: RefCell::default() }
    }

    /// A request that fits the package, with what sources answer about it.
    #[must_use]
    pub fn call(&self, source: &mut Source) -> Call {
        let request = self.well_formed(source);
        Call { tables: self.tables(source), ..self.with_answers(request) }
    }

    /// A request with something wrong in it, as a rule.
    #[must_use]
    pub fn wrong(&self, source: &mut Source) -> Call {
        let request = self.spoilt(source);
        Call { tables: self.tables(source), ..self.with_answers(request) }
    }

    fn with_answers(&self, request: Vec<u8>) -> Call {
        Call { request, answers: self.answers.take().into_values().flatten().collect(), ..Call::default() }
    }

    /// What sources answer about tables.
    fn tables(&self, source: &mut Source) -> Vec<String> {
        let mut out = vec![];
        for table in self.package.tables.values() {
            let Some(asked) = table.source.as_ref().map(|source| &source.name) else { continue };
            if source.chance(8) {
                continue;
            }
            let text = |text: &str| Json::text(text);
            let mut members = vec![("source".to_owned(), text(asked)), ("table".to_owned(), text(&table.name))];
            if source.chance(6) {
                members.push(("failure".to_owned(), text("timeout")));
            } else {
                let mut spoil = Spoil(source.chance(6).then(|| source.below(6)));
                let rows = (0..source.below(6)).map(|_| self.row(source, table, &mut spoil)).collect();
                members.push(("rows".to_owned(), Json::Array(rows)));
                if source.chance(75) {
                    members.push(("whole".to_owned(), Json::Bool(true)));
                }
            }
            if source.chance(30) {
                let age = *source.pick(&["0", "1", "2", "300", "301"]);
                members.push(("age_seconds".to_owned(), Json::Number(age.to_owned())));
            }
            let mut json = String::new();
            Json::Object(members).write(source, false, &mut json);
            out.push(json);
        }
        out
    }

    /// A row of a table.
    fn row(&self, source: &mut Source, table: &Table, spoil: &mut Spoil) -> Json {
        let key = table.keys.iter().map(|key| {
            let ty = source.pick(&key.types);
            match &ty.ty {
                Ty::Entity(name) => {
                    let id = Json::String(self.id(source));
                    Json::Object(vec![("type".to_owned(), Json::text(name)), ("id".to_owned(), id)])
                }
                _ => self.value(source, &ty.ty, &ty.bounds, &key.name, 0, spoil),
            }
        });
        let key = key.collect();
        let value = match &table.value {
            _ if source.chance(15) => Json::Null,
            Some(ty) => self.value(source, &ty.ty, &ty.bounds, "value", 0, spoil),
            None => Json::Bool(true),
        };
        Json::Object(vec![("key".to_owned(), Json::Array(key)), ("value".to_owned(), value)])
    }

    /// A request that fits the package.
    #[must_use]
    pub fn well_formed(&self, source: &mut Source) -> Vec<u8> {
        let json = self.request(source, &mut Spoil(None));
        let mut out = String::new();
        let playful = source.chance(15);
        json.write(source, playful, &mut out);
        out.into_bytes()
    }

    /// A request with something wrong in it, as a rule.
    #[must_use]
    pub fn spoilt(&self, source: &mut Source) -> Vec<u8> {
        let way = source.weighted(&[55, 35, 10]);
        let mut spoil = Spoil((way == 0).then(|| source.below(14)));
        let mut json = self.request(source, &mut spoil);
        let mut out = String::new();
        if way == 1 || spoil.0.is_some() {
            self.restructure(source, &mut json);
            if source.chance(10) {
                self.restructure(source, &mut json);
            }
        }
        json.write(source, way != 0, &mut out);
        if way == 2 { broken(source, out) } else { out.into_bytes() }
    }

    fn request(&self, source: &mut Source, spoil: &mut Spoil) -> Json {
        self.answers.take();
        let all: Vec<_> = self.package.actions.values().collect();
        let action = *source.pick(&all);
        let principal = source.pick(&action.principals);

        let mut inside = vec![("name".to_owned(), Json::text(&action.wire))];
        let input = match &action.part_of {
            // What only the whole takes, or another part.
            Some(part) if source.chance(25) => &part.whole.input,
            _ => &action.input,
        };
        let arguments = self.fields(source, input, 0, spoil);
        let named = self.computed(action, &arguments);
        self.unless_empty(source, &mut inside, "properties", arguments);
        source.shuffle(&mut inside);

        let mut members = vec![
            ("subject".to_owned(), self.entity(source, principal, 0, spoil, None)),
            ("action".to_owned(), Json::Object(inside)),
        ];
        if let Some(resource) = &action.resource {
            let mut entity = self.entity(source, resource, 0, spoil, named.clone());
            if named.is_some() && source.chance(6) {
                // Another one than the arguments name.
                entity = self.entity(source, resource, 0, spoil, None);
            }
            // Where the arguments name it, it need not be said.
            if named.is_none() || source.chance(75) {
                members.push(("resource".to_owned(), entity));
            }
        }
        match action.context.as_ref().and_then(|name| self.package.records.get(name)) {
            Some(record) => {
                let context = self.record(source, record, 0, spoil);
                self.unless_empty(source, &mut members, "context", context);
            }
            None if source.chance(20) => members.push(("context".to_owned(), Json::Object(vec![]))),
            None => {}
        }
        source.shuffle(&mut members);
        Json::Object(members)
    }

    fn unless_empty(
        &self,
        source: &mut Source,
        members: &mut Vec<(String, Json)>,
        name: &str,
        fields: Vec<(String, Json)>,
    ) {
        if !fields.is_empty() || source.chance(40) {
            members.push((name.to_owned(), Json::Object(fields)));
        }
    }

    fn fields(&self, source: &mut Source, fields: &[Field], depth: usize, spoil: &mut Spoil) -> Vec<(String, Json)> {
        let mut members = vec![];
        for field in fields {
            let deep = depth > DEPTH;
            if (field.optional || field.default.is_some()) && (deep || source.chance(35)) {
                if source.chance(35) {
                    members.push((field.wire.to_string(), Json::Null));
                }
                continue;
            }
            let value = self.value(source, &field.ty.ty, &field.ty.bounds, &field.name, depth, spoil);
            if field.wire != field.name && spoil.now() {
                members.push((field.name.to_string(), value.clone()));
                if source.chance(50) {
                    continue;
                }
            }
            members.push((field.wire.to_string(), value));
        }
        source.shuffle(&mut members);
        members
    }

    /// The fields of a record and, where it may hold more, others.
    fn record(&self, source: &mut Source, record: &Record, depth: usize, spoil: &mut Spoil) -> Vec<(String, Json)> {
        let mut members = self.fields(source, &record.fields, depth, spoil);
        let names = ["extra", "x-trace", "more", ""];
        let declared = |name: &str| record.fields.iter().any(|field| &*field.wire == name);
        for name in names.into_iter().filter(|name| !declared(name)) {
            if record.open && source.chance(25) {
                members.push((name.to_owned(), opaque(source, 2, spoil)));
                if spoil.now() {
                    members.push((name.to_owned(), Json::Null));
                }
            }
        }
        members
    }

    /// What a gateway reports of an event, in the context of a call if there is one.
    #[must_use]
    pub fn report(&self, source: &mut Source, beside: &[u8], spoilt: usize) -> Option<Vec<u8>> {
        let all: Vec<_> = self.package.events.values().collect();
        if all.is_empty() {
            return None;
        }
        let event = *source.pick(&all);
        let wrong = source.chance(spoilt);
        let mut spoil = Spoil((wrong && source.chance(60)).then(|| source.below(6)));
        let mut fields = self.fields(source, &event.fields, 0, &mut spoil);
        // A text names several things, as a message does.
        for (name, value) in &mut fields {
            let text = |field: &&Field| *field.wire == **name && *field.ty.ty.base() == Ty::String;
            let Some(field) = event.fields.iter().find(text) else { continue };
            if field.ty.bounds.patterns.is_empty() && source.chance(70) {
                let said = said(source);
                if said.len() <= usize::try_from(field.ty.bounds.length).unwrap_or(0) {
                    *value = Json::String(said);
                }
            }
        }
        let mut members = vec![("event".to_owned(), Json::text(&event.name))];
        self.unless_empty(source, &mut members, "fields", fields);
        if let Some(record) = event.context.as_ref().and_then(|name| self.package.records.get(name)) {
            let of_call = |bytes: &[u8]| {
                let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
                let action = self.package.actions.values().find(|a| value["action"]["name"] == *a.wire)?;
                (action.context == event.context).then(|| value.get("context").cloned()).flatten()
            };
            let context = match of_call(beside).filter(|_| source.chance(75)) {
                Some(value) => Json::of(&value),
                None => Json::Object(self.record(source, record, 0, &mut spoil)),
            };
            members.push(("context".to_owned(), context));
        }
        source.shuffle(&mut members);
        let mut json = Json::Object(members);
        if wrong && spoil.0.is_some() {
            self.restructure(source, &mut json);
        }
        let mut out = String::new();
        json.write(source, wrong, &mut out);
        Some(out.into_bytes())
    }

    /// What a call gave back, if its action says that it gives something back.
    #[must_use]
    pub fn output(&self, source: &mut Source, request: &[u8]) -> Option<String> {
        let value: serde_json::Value = serde_json::from_slice(request).ok()?;
        let action = self.package.actions.values().find(|a| value["action"]["name"] == *a.wire)?;
        let output = action.output.as_ref()?;
        if source.chance(6) {
            return None;
        }
        let mut spoil = Spoil(source.chance(12).then(|| source.below(5)));
        let mut fields = self.fields(source, output, 0, &mut spoil);
        for (name, value) in &mut fields {
            if name == "found" && source.chance(70) {
                *value = Json::String(said(source));
            }
        }
        let mut json = Json::Object(fields);
        if source.chance(4) {
            self.restructure(source, &mut json);
        }
        let mut out = String::new();
        json.write(source, false, &mut out);
        Some(out)
    }

    /// The id that the arguments name the resource by, if they do.
    fn computed(&self, action: &Action, arguments: &[(String, Json)]) -> Option<String> {
        let ExprKind::Path(path) = &action.resource_id.as_ref()?.kind else { return None };
        let [name] = path.fields.as_slice() else { return None };
        let field = action.input.iter().find(|field| path.root == Root::Input && field.name == *name)?;
        arguments.iter().find_map(|(wire, value)| match value {
            Json::String(text) if **wire == *field.wire => Some(text.clone()),
            _ => None,
        })
    }

    fn entity(&self, source: &mut Source, name: &str, depth: usize, spoil: &mut Spoil, id: Option<String>) -> Json {
        let (mut ty, mut id) = (name.to_owned(), id.unwrap_or_else(|| self.id(source)));
        if spoil.now() {
            match source.below(5) {
                0 => id = String::new(),
                1 => id = "i".repeat(256 + source.below(2)),
                2 => id = "caf\u{e9}".repeat(52),
                3 => id = "a\0b".to_owned(),
                _ => {
                    let others: Vec<_> = self.package.entities.keys().collect();
                    ty = source.pick(&others).to_string();
                    if ty == name {
                        ty = name.to_lowercase();
                    }
                }
            }
        }
        let mut members = vec![("type".to_owned(), Json::String(ty)), ("id".to_owned(), Json::String(id.clone()))];
        let channel = self.package.entities.get(name).map(|entity| &entity.channel);
        let mut fields = vec![];
        if let Some(Channel::Source { name: asked, .. }) = channel {
            self.answer(source, asked, name, &id, depth);
            if spoil.now() {
                fields = self.properties(source, name, depth, spoil);
            }
        } else {
            fields = self.properties(source, name, depth, spoil);
        }
        self.unless_empty(source, &mut members, "properties", fields);
        source.shuffle(&mut members);
        Json::Object(members)
    }

    /// The attributes of an entity, and what is above it.
    fn properties(&self, source: &mut Source, name: &str, depth: usize, spoil: &mut Spoil) -> Vec<(String, Json)> {
        let Some(entity) = self.package.entities.get(name) else { return vec![] };
        let mut fields = self.fields(source, &entity.fields, depth + 1, spoil);
        let above = self.above(name);
        if !above.is_empty() && source.chance(75) {
            let one = |source: &mut Source| {
                let ty: &Name = source.pick(&above);
                Json::Object(vec![("type".into(), Json::text(ty)), ("id".into(), Json::String(self.id(source)))])
            };
            let all = (0..source.below(4)).map(|_| one(source)).collect();
            let value = if spoil.now() { self::spoil::other(source) } else { Json::Array(all) };
            fields.push(("in".to_owned(), value));
            source.shuffle(&mut fields);
        }
        fields
    }

    /// The entities that can be above one.
    fn above(&self, name: &str) -> Vec<Name> {
        let parents = |name: &str| self.package.entities.get(name).map_or(&[][..], |entity| &entity.parents);
        let mut out: BTreeSet<Name> = BTreeSet::new();
        let mut ahead: Vec<Name> = parents(name).to_vec();
        while let Some(next) = ahead.pop() {
            if out.insert(next.clone()) {
                ahead.extend(parents(&next).iter().cloned());
            }
        }
        out.into_iter().collect()
    }

    /// What a source answers about an entity, if nothing was answered yet.
    fn answer(&self, source: &mut Source, asked: &Name, name: &str, id: &str, depth: usize) {
        let about = (asked.clone(), Name::from(name), id.to_owned());
        if depth > DEPTH || self.answers.borrow().contains_key(&about) {
            return;
        }
        self.answers.borrow_mut().insert(about.clone(), None);
        let text = |text: &str| Json::text(text);
        let mut members = vec![("source", text(asked)), ("type", text(name)), ("id", text(id))];
        match source.below(100) {
            0..5 => return,
            5..12 => members.push(("failure", text("timeout"))),
            way => {
                let spoilt = (12..17).contains(&way).then(|| source.below(6));
                let properties = self.properties(source, name, depth + 1, &mut Spoil(spoilt));
                let mut properties = Json::Object(properties);
                if way == 17 {
                    self.restructure(source, &mut properties);
                }
                if !matches!(properties, Json::Object(_)) {
                    properties = Json::Object(vec![]);
                }
                members.push(("properties", properties));
            }
        }
        if source.chance(40) {
            let age = *source.pick(&["0", "1", "2", "299", "300", "301", "3600", "3601"]);
            members.push(("age_seconds", Json::Number(age.to_owned())));
        }
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut out = String::new();
        Json::Object(members).write(source, false, &mut out);
        self.answers.borrow_mut().insert(about, Some(out));
    }

    fn id(&self, source: &mut Source) -> String {
        let hinted = self.hints.texts.get("id");
        if let Some(hinted) = hinted.filter(|_| source.chance(45)) {
            let id = source.pick(hinted);
            if !id.is_empty() && id.len() <= 256 && !id.contains('\0') {
                return id.clone();
            }
        }
        // Few, so that one entity is often another.
        ["u1", "u2", "ann@example.com", "\u{5317}\u{4eac}", "two words"][source.below(5)].to_owned()
    }

    fn value(
        &self,
        source: &mut Source,
        ty: &Ty,
        bounds: &Bounds,
        name: &str,
        depth: usize,
        spoil: &mut Spoil,
    ) -> Json {
        let scalar = !ty.is_composite() && !matches!(ty.base(), Ty::Entity(_) | Ty::Set(_) | Ty::List(_));
        if (scalar || *ty.base() == Ty::Null) && spoil.now() {
            return self.spoilt_scalar(source, ty, bounds);
        }
        match ty.base() {
            Ty::Bool => Json::Bool(source.chance(50)),
            Ty::Int => Json::Number(self.number(source, bounds, name, 1).to_string()),
            Ty::Decimal => {
                let step = 10_i64.pow(4 - u32::from(bounds.places.min(4)));
                let value = self.number(source, bounds, name, step);
                Json::Number(spelled(source, value, bounds.places))
            }
            Ty::String | Ty::Ident => Json::String(self.text(source, ty, bounds, name)),
            Ty::Enum(of) => {
                let members = self.package.enums.get(of).map_or(&[][..], |e| &e.members);
                Json::text(&source.pick(members).wire)
            }
            Ty::Record(of) => {
                let Some(record) = self.package.records.get(of) else { return Json::Null };
                Json::Object(self.record(source, record, depth + 1, spoil))
            }
            Ty::Json => opaque(source, 2, spoil),
            Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size | Ty::Syntax(_) => {
                self.meaning(source, ty, bounds, name)
            }
            Ty::Entity(of) => self.entity(source, of, depth + 1, spoil, None),
            Ty::Set(element) | Ty::List(element) => {
                let most = usize::try_from(bounds.length).unwrap_or(usize::MAX);
                let mut count = source.below(most.min(if depth > 1 { 2 } else { 5 }) + 1);
                let spoilt = spoil.now();
                if spoilt {
                    count = if most <= 64 || source.chance(3) { most + source.below(2) } else { count.max(1) };
                }
                let inner = bounds.element.as_deref();
                let mut elements: Vec<Json> = (0..count)
                    .map(|_| self.value(source, element, inner.unwrap_or(bounds), name, depth, spoil))
                    .collect();
                if spoilt && count <= most && !elements.is_empty() {
                    let at = source.below(elements.len());
                    let simple = !element.is_composite() && !matches!(element.base(), Ty::Entity(_));
                    elements[at] = if !simple || source.chance(30) {
                        Json::Null
                    } else {
                        self.spoilt_scalar(source, element, inner.unwrap_or(bounds))
                    };
                }
                Json::Array(elements)
            }
            Ty::Choice(variants) => {
                let one = source.pick(variants);
                self.value(source, &one.ty.ty, &one.ty.bounds, name, depth, spoil)
            }
            Ty::Map(entry) => {
                let Ty::Entry(fields) = &**entry else { return Json::Null };
                let most = usize::try_from(bounds.length).unwrap_or(usize::MAX);
                let mut count = source.below(most.min(4) + 1);
                if most <= 8 && spoil.now() {
                    count = most + 1;
                }
                let mut members: Vec<(String, Json)> = vec![];
                // Names may be alike; then more of them are made.
                for _ in 0..count * 3 {
                    if members.len() == count {
                        break;
                    }
                    let key = self.value(source, &fields[0].ty.ty, &fields[0].ty.bounds, "key", depth, spoil);
                    let value = self.value(source, &fields[1].ty.ty, &fields[1].ty.bounds, "value", depth + 1, spoil);
                    if let Json::String(key) = key
                        && (members.iter().all(|(known, _)| *known != key) || spoil.now())
                    {
                        members.push((key, value));
                    }
                }
                Json::Object(members)
            }
            Ty::Null | Ty::Entry(_) | Ty::Named(..) => Json::Null,
        }
    }

    fn number(&self, source: &mut Source, bounds: &Bounds, name: &str, step: i64) -> i64 {
        let near = |source: &mut Source, hints: Option<&Vec<i64>>| {
            let hint = *source.pick(hints.filter(|h| !h.is_empty())?);
            let off = [0, 0, step, -step][source.below(4)];
            Some(hint.saturating_add(off))
        };
        let value = match source.below(20) {
            0..8 => near(source, self.hints.numbers.get(name)),
            8..10 => near(source, self.hints.numbers.get(ANYWHERE)),
            10..12 => Some([bounds.min, bounds.max][source.below(2)]),
            12 => Some(*source.pick(&[i64::MAX, i64::MIN, i64::MAX - 1, i64::MAX / 2 + 1, i64::MIN / 2, -step])),
            _ => None,
        };
        let small = i64::try_from(source.below(120)).unwrap_or(0).saturating_mul(step);
        let value = value.unwrap_or(small).clamp(bounds.min, bounds.max);
        // To what the type can hold; the ends of its range may be finer than it is.
        let value = value / step * step;
        if value < bounds.min {
            value.saturating_add(step)
        } else if value > bounds.max {
            value.saturating_sub(step)
        } else {
            value
        }
    }

    fn text(&self, source: &mut Source, ty: &Ty, bounds: &Bounds, name: &str) -> String {
        let ident = *ty.base() == Ty::Ident;
        let hinted = self.hints.texts.get(name);
        if let Some(hinted) = hinted.filter(|_| source.chance(50)) {
            let text = source.pick(hinted);
            if takes(bounds, ident, text) {
                return text.clone();
            }
        }
        let key = format!("{ident} {} {:?}", bounds.length, bounds.patterns);
        let mut known = self.texts.borrow_mut();
        let texts = known.entry(key).or_insert_with(|| {
            let hinted = self.hints.texts.values().flatten().map(String::as_str);
            let mut all: Vec<String> = words::TEXTS.iter().copied().chain(hinted).map(str::to_owned).collect();
            all.sort();
            all.dedup();
            let patterns: Vec<Regex> = bounds.patterns.iter().filter_map(|p| Regex::new(&p.anchored).ok()).collect();
            all.retain(|text| fits(bounds, ident, text) && patterns.iter().all(|p| p.is_match(text)));
            all
        });
        if texts.is_empty() { "a".to_owned() } else { source.pick(texts).clone() }
    }
}

/// A value that nobody reads.
fn opaque(source: &mut Source, depth: usize, spoil: &mut Spoil) -> Json {
    if spoil.now() {
        return match source.below(4) {
            0 => Json::Number("1e3".to_owned()),
            1 => Json::Number("-0".to_owned()),
            2 => Json::Array(vec![Json::Number("-0.00".to_owned())]),
            _ => Json::Object(vec![("a".to_owned(), Json::Null), ("a".to_owned(), Json::Null)]),
        };
    }
    let inside = if depth == 0 { 0 } else { source.below(4) };
    match source.below(9) {
        0 => Json::Null,
        1 => Json::Bool(true),
        2 | 3 => Json::Number((*source.pick(&["0", "1.50", "-3", "1.5", "12345678901234567890.5"])).to_owned()),
        4 | 5 => Json::text(*source.pick::<&str>(words::TEXTS)),
        6 => Json::Array((0..inside).map(|_| opaque(source, depth - 1, spoil)).collect()),
        _ => {
            let names = ["a", "b", "amount", "b\"c"];
            let members = names.into_iter().take(inside);
            Json::Object(members.map(|name| (name.to_owned(), opaque(source, depth - 1, spoil))).collect())
        }
    }
}

/// A text that names several things.
fn said(source: &mut Source) -> String {
    let mut out = String::new();
    for _ in 0..source.between(1, 4) {
        let from = match source.below(4) {
            0 | 1 => samples::texts(*source.pick(&[Syntax::Email, Syntax::Host, Syntax::Url, Syntax::Path])),
            2 => words::TEXTS,
            _ => samples::spellings(Syntax::Email),
        };
        out.push_str(source.pick::<&str>(from));
        out.push_str(*source.pick::<&str>(&[" ", ", ", ". ", "> <", "\n", "", "\" ", ")("]));
    }
    out
}

/// Whether a type takes a text.
fn takes(bounds: &Bounds, ident: bool, text: &str) -> bool {
    fits(bounds, ident, text)
        && bounds.patterns.iter().all(|p| Regex::new(&p.anchored).is_ok_and(|regex| regex.is_match(text)))
}

fn fits(bounds: &Bounds, ident: bool, text: &str) -> bool {
    text.len() <= usize::try_from(bounds.length).unwrap_or(usize::MAX)
        && !text.contains('\0')
        && (!ident || zt_values::is_ident(text))
}

/// A decimal in one of its spellings.
fn spelled(source: &mut Source, value: i64, places: u8) -> String {
    let mut text = format_decimal(value, places);
    if text.contains('.') && source.chance(40) {
        while text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
    text
}
