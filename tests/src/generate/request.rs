//! Requests for a checked package: mostly well formed and close to what its policies compare with, or spoilt.

mod hints;
mod spoil;
mod scalars;
mod values;
mod facts;
mod reports;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use zt_lang::hir::{Action, Bounds, Channel, ExprKind, Field, Name, Package, Record, Root, Ty};

use self::hints::Hints;
use self::scalars::{opaque, spelled, takes};
use self::spoil::{Spoil, broken};
use super::json::Json;
use super::source::Source;
use super::step::Call;

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
        let (mut ty, mut id) = (name.to_owned(), id.unwrap_or_else(|| self.id_of(source, name)));
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
        }
        // What others vouch for no request may say.
        if matches!(channel, Some(Channel::Pep) | None) || spoil.now() {
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
                Json::Object(vec![("type".into(), Json::text(ty)), ("id".into(), Json::String(self.id_of(source, ty)))])
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

    /// An id of an entity: mostly one of the type that its source is asked by.
    fn id_of(&self, source: &mut Source, name: &str) -> String {
        let id = self.id(source);
        let wanted = self.package.entities.get(name).and_then(|entity| entity.id.as_ref());
        let fits = |id: &str| wanted.is_none_or(|ty| takes(&ty.bounds, *ty.ty.base() == Ty::Ident, id));
        if fits(&id) || source.chance(10) { id } else { ["u1", "u2"][source.below(2)].to_owned() }
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
}
