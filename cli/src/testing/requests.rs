//! Requests made up from the types of an action: values at the edges first, those that the policies name, any others.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use zt_lang::hir::{
    Action, Bounds, Channel, Cmp, Entity, Expr, ExprKind, Field, Name, Package, Path, Root, Syntax, Ty, Type,
};
use zt_values::format_decimal;
use zt_values::limits::DECIMAL_PLACES;
use zt_values::quantity::format_duration;
use zt_values::time::{format_date, format_instant, format_time};

/// A value that was made up; numbers as they will be written.
#[derive(Debug, Clone)]
enum Made {
    Plain(String),
    Text(String),
    List(Vec<Made>),
    Object(Vec<(Name, Made)>),
    /// An entity: its type, id and what is known of it.
    Entity(Name, String, Vec<(Name, Made)>),
}

/// A request, and what sources answer about the entities in it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The action that it is made up for, by its zt name.
    pub action: Name,
    /// AuthZEN JSON.
    pub request: String,
    /// `[{"source", "type", "id", "properties"}]`
    pub answers: String,
}

/// What policies name, by type: values at which something may change.
#[derive(Default)]
struct Named {
    numbers: BTreeMap<String, BTreeSet<i64>>,
    texts: BTreeMap<String, BTreeSet<String>>,
    patterns: BTreeMap<String, BTreeSet<String>>,
}

/// Records by name and depth, as far as they can be made up.
type Records = BTreeMap<(Name, usize), Option<BoxedStrategy<Made>>>;

/// What is made up from a package.
struct Maker<'a> {
    package: &'a Package,
    named: Named,
    /// Records that are made up already, by name and depth: a type may stand in many places.
    records: RefCell<Records>,
}

/// What some arguments are, by their names in requests, or that they are absent.
type Way = Vec<(Name, Option<Made>)>;

/// The most ways that are looked at in which calls are calls of a part.
const MAX_WAYS: usize = 256;

/// How deep values lie in each other before what may be absent is.
const DEEP: usize = 6;

/// Requests of some actions by any of their principals. `None` if no request can be made up.
#[must_use]
pub fn requests(package: &Package, actions: &[&Action], condition: Option<&Expr>) -> Option<BoxedStrategy<Request>> {
    let mut named = Named::default();
    for policy in &package.policies {
        let rules = policy.rules.iter().map(|r| &r.condition);
        policy.guard.iter().chain(rules).for_each(|e| named.add(e));
    }
    package.defines.values().for_each(|d| named.add(&d.body));
    package.windows.values().flat_map(|w| &w.condition).for_each(|e| named.add(e));
    condition.into_iter().for_each(|e| named.add(e));
    let maker = Maker { package, named, records: RefCell::default() };
    let all: Vec<_> = actions.iter().filter_map(|action| maker.requests(action)).collect();
    (!all.is_empty()).then(|| proptest::strategy::Union::new(all).boxed())
}

impl Maker<'_> {
    fn requests(&self, action: &Action) -> Option<BoxedStrategy<Request>> {
        let (maker, package) = (self, self.package);
        let principals: Vec<_> = action.principals.iter().filter_map(|p| maker.entity(p, 0)).collect();
        let principal = proptest::strategy::Union::new((!principals.is_empty()).then_some(principals)?);
        let input = maker.fields(&action.input, 0)?;
        let resource = match &action.resource {
            Some(name) => Some(maker.entity(name, 0)?),
            None => None,
        };
        let context = match &action.context {
            Some(name) => Some(maker.fields(&package.records.get(name)?.fields, 0)?),
            None => None,
        };
        let ways = self.ways(action);
        let name = action.name.clone();
        let written = written_by(action);
        let wire = action.wire.clone();
        let channels: BTreeMap<Name, Channel> =
            package.entities.values().map(|e| (e.name.clone(), e.channel.clone())).collect();
        let optional = |s: Option<BoxedStrategy<_>>| match s {
            Some(s) => s.prop_map(Some).boxed(),
            None => Just(None).boxed(),
        };
        let context = optional(context.map(|c| c.prop_map(Made::Object).boxed()));
        let whole = (principal, input, optional(resource), context, select(ways));
        let whole = whole.prop_map(move |(principal, mut input, mut resource, context, way)| {
            // What makes the call the part that it is made up for.
            for (name, value) in way {
                input.retain(|(known, _)| *known != name);
                input.extend(value.map(|value| (name, value)));
            }
            // The arguments say which resource it is.
            if let (Some(field), Some(Made::Entity(_, id, _))) = (&written, &mut resource)
                && let Some((_, Made::Text(value))) = input.iter().find(|(name, _)| name == field)
            {
                id.clone_from(value);
            }
            let mut out = Writer { channels: &channels, answers: BTreeMap::new(), text: String::new() };
            out.text.push_str("{\"subject\":");
            out.value(&principal);
            let _ = write!(out.text, ",\"action\":{{\"name\":{},\"properties\":", quoted(&wire));
            out.value(&Made::Object(input));
            out.text.push('}');
            for (name, value) in [("resource", resource), ("context", context)] {
                if let Some(value) = value {
                    let _ = write!(out.text, ",\"{name}\":");
                    out.value(&value);
                }
            }
            out.text.push('}');
            Request { action: name.clone(), answers: out.answers(), request: out.text }
        });
        Some(whole.boxed())
    }

    /// Ways in which calls of the whole are calls of this part: what some arguments are, or that they are absent. What
    /// is not said so simply is left to chance.
    fn ways(&self, action: &Action) -> Vec<Way> {
        let Some(part) = &action.part_of else { return vec![vec![]] };
        let wire = |path: &Path| {
            let field = action.input.iter().find(|field| path.fields.first() == Some(&field.name));
            field.map(|field| field.wire.clone())
        };
        self.ways_of(&part.when, &wire)
    }

    fn ways_of(&self, when: &Expr, wire: &dyn Fn(&Path) -> Option<Name>) -> Vec<Way> {
        let is = |path: &Expr, value: Option<Made>| match &path.kind {
            ExprKind::Path(path) => wire(path).map(|name| vec![(name, value)]),
            _ => None,
        };
        let one = |way: Option<Way>| vec![way.unwrap_or_default()];
        match &when.kind {
            ExprKind::And(all) => all.iter().fold(vec![vec![]], |before, part| {
                let part = self.ways_of(part, wire);
                let both = before.iter().flat_map(|one| part.iter().map(|other| [&one[..], other].concat()));
                both.take(MAX_WAYS).collect()
            }),
            ExprKind::Or(any) => any.iter().flat_map(|part| self.ways_of(part, wire)).take(MAX_WAYS).collect(),
            ExprKind::Compare(Cmp::Eq, a, b) => one(match (self.constant(a), self.constant(b)) {
                (None, Some(value)) => is(a, Some(value)),
                (Some(value), None) => is(b, Some(value)),
                _ => None,
            }),
            ExprKind::InList(x, all) => {
                all.iter().map(|value| self.constant(value).and_then(|v| is(x, Some(v))).unwrap_or_default()).collect()
            }
            ExprKind::Path(_) => one(is(when, Some(Made::Plain("true".into())))),
            ExprKind::Not(inner) => one(match &inner.kind {
                ExprKind::Path(_) => is(inner, Some(Made::Plain("false".into()))),
                ExprKind::Has(path) => wire(path).map(|name| vec![(name, None)]),
                _ => None,
            }),
            _ => one(None),
        }
    }

    /// A constant as requests write it.
    fn constant(&self, e: &Expr) -> Option<Made> {
        Some(match (&e.kind, e.ty.base()) {
            (ExprKind::Bool(value), _) => Made::Plain(value.to_string()),
            (ExprKind::Text(text), _) => Made::Text(text.to_string()),
            (ExprKind::Member(index), Ty::Enum(name)) => {
                let members = &self.package.enums.get(name)?.members;
                Made::Text(members.get(usize::try_from(*index).ok()?)?.wire.to_string())
            }
            (ExprKind::Int(n) | ExprKind::Decimal(n), ty) => match ty {
                Ty::Decimal => Made::Plain(format_decimal(*n, 0)),
                Ty::Instant => Made::Text(format_instant(*n)),
                Ty::Duration => Made::Text(format_duration(*n)),
                Ty::Date => Made::Text(format_date(*n)),
                Ty::Time => Made::Text(format_time(*n)),
                _ => Made::Plain(n.to_string()),
            },
            _ => return None,
        })
    }
}

/// The argument that the resource's id is, by its name in requests.
fn written_by(action: &Action) -> Option<Name> {
    let ExprKind::Path(path) = &action.resource_id.as_ref()?.kind else { return None };
    match (path.root, path.fields.as_slice()) {
        (Root::Input, [field]) => action.input.iter().find(|f| f.name == *field).map(|f| f.wire.clone()),
        _ => None,
    }
}

/// A type by what its values are: named types share them.
fn key(ty: &Ty) -> String {
    match ty.base() {
        Ty::Ident => "String".to_owned(),
        Ty::Syntax(syntax) => syntax.as_str().to_owned(),
        base => format!("{base:?}"),
    }
}

impl Named {
    fn add(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Int(n) | ExprKind::Decimal(n) => drop(self.numbers.entry(key(&e.ty)).or_default().insert(*n)),
            ExprKind::Text(t) | ExprKind::Entity(t) => {
                self.texts.entry(key(&e.ty)).or_default().insert(t.to_string());
            }
            ExprKind::Under(x, base) => {
                // What lies below, and what only seems to.
                if let (ExprKind::Text(t), Ty::Syntax(syntax)) = (&base.kind, x.ty.base()) {
                    let (below, beside) = match syntax {
                        Syntax::Path => (format!("{t}/x"), format!("{t}x")),
                        _ => (format!("x.{t}"), format!("x{t}")),
                    };
                    self.texts.entry(key(&x.ty)).or_default().extend([t.to_string(), below, beside]);
                }
            }
            ExprKind::Matches(x, p) | ExprKind::Glob(x, p) => {
                self.patterns.entry(key(&x.ty)).or_default().insert(p.source.to_string());
            }
            ExprKind::Runs(x, _, patterns) => {
                let commands = patterns.iter().map(|p| p.replace('*', "x").replace(['[', ']'], ""));
                self.texts.entry(key(&x.ty)).or_default().extend(commands);
            }
            _ => {}
        }
        e.parts().into_iter().for_each(|part| self.add(part));
    }
}

impl Maker<'_> {
    /// Fields by their names in requests.
    fn fields(&self, fields: &[Field], depth: usize) -> Option<BoxedStrategy<Vec<(Name, Made)>>> {
        let mut all: BoxedStrategy<Vec<(Name, Made)>> = Just(vec![]).boxed();
        // Deep within, about one of those that may be absent is there: else requests would grow without end.
        let optional = fields.iter().filter(|field| field.optional).count();
        let likely = if depth < 2 || optional < 2 { 0.5 } else { 1.0 / optional as f64 };
        for field in fields {
            let wire = field.wire.clone();
            // What cannot be made up, or lies too deep, is absent where it may be.
            let value = match (field.optional, depth < DEEP) {
                (true, false) => None,
                _ => self.value(&field.ty, depth + 1),
            };
            let value = match value {
                Some(value) if field.optional => proptest::option::weighted(likely, value).boxed(),
                None if field.optional => Just(None).boxed(),
                Some(value) => value.prop_map(Some).boxed(),
                None => return None,
            };
            all = (all, value)
                .prop_map(move |(mut all, value)| {
                    all.extend(value.map(|v| (wire.clone(), v)));
                    all
                })
                .boxed();
        }
        Some(all)
    }

    fn entity(&self, name: &Name, depth: usize) -> Option<BoxedStrategy<Made>> {
        let entity = self.package.entities.get(name)?;
        let ty = name.clone();
        if let Channel::File(rows) = &entity.channel {
            let ids: Vec<String> = rows.keys().map(|id| id.to_string()).collect();
            let ids = if ids.is_empty() { vec!["a".to_owned()] } else { ids };
            return Some(select(ids).prop_map(move |id| Made::Entity(ty.clone(), id, vec![])).boxed());
        }
        let fields = if depth < DEEP {
            self.fields(&entity.fields, depth)?
        } else {
            let needed: Vec<Field> = entity.fields.iter().filter(|f| !f.optional).cloned().collect();
            if depth > 2 * DEEP {
                return None;
            }
            self.fields(&needed, depth)?
        };
        let above: Vec<(Name, String)> = self.above(entity);
        let above = if above.is_empty() {
            Just(vec![]).boxed()
        } else {
            proptest::sample::subsequence(above.clone(), 0..=above.len().min(4)).boxed()
        };
        let made = (self.ids(name), fields, above).prop_map(move |(id, mut fields, above)| {
            if !above.is_empty() {
                let above = above.into_iter().map(|(ty, id)| {
                    Made::Object(vec![("type".into(), Made::Text(ty.to_string())), ("id".into(), Made::Text(id))])
                });
                fields.push(("in".into(), Made::List(above.collect())));
            }
            Made::Entity(ty.clone(), id, fields)
        });
        Some(made.boxed())
    }

    /// Ids of an entity: those that policies name, and few others, so that some are the same.
    fn ids(&self, name: &Name) -> BoxedStrategy<String> {
        select(self.known_ids(name)).boxed()
    }

    fn known_ids(&self, name: &Name) -> Vec<String> {
        let mut ids: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        ids.extend(self.named.texts.get(&key(&Ty::Entity(name.clone()))).into_iter().flatten().cloned());
        ids
    }

    /// What may stand above an entity.
    fn above(&self, entity: &Entity) -> Vec<(Name, String)> {
        let mut types: Vec<&Name> = vec![];
        let mut next: Vec<&Name> = entity.parents.iter().collect();
        while let Some(ty) = next.pop() {
            if !types.contains(&ty) {
                types.push(ty);
                next.extend(self.package.entities.get(ty).into_iter().flat_map(|e| &e.parents));
            }
        }
        types.sort();
        types.into_iter().flat_map(|ty| self.known_ids(ty).into_iter().map(move |id| (ty.clone(), id))).collect()
    }

    fn value(&self, ty: &Type, depth: usize) -> Option<BoxedStrategy<Made>> {
        let plain =
            |n: BoxedStrategy<i64>, write: fn(i64) -> String| n.prop_map(move |n| Made::Plain(write(n))).boxed();
        let text = |n: BoxedStrategy<i64>, write: fn(i64) -> String| n.prop_map(move |n| Made::Text(write(n))).boxed();
        let bounds = &ty.bounds;
        // No request is so deep.
        if depth > 3 * DEEP {
            return None;
        }
        Some(match ty.ty.base() {
            Ty::Bool => any::<bool>().prop_map(|b| Made::Plain(b.to_string())).boxed(),
            Ty::Int | Ty::Size => plain(self.number(ty, 1), |n| n.to_string()),
            Ty::Decimal => {
                let unit = 10_i64.pow(u32::from(DECIMAL_PLACES.saturating_sub(bounds.places)));
                let places = bounds.places;
                self.number(ty, unit).prop_map(move |n| Made::Plain(format_decimal(n, places))).boxed()
            }
            Ty::Instant => text(self.number(ty, 1), format_instant),
            Ty::Duration => text(self.number(ty, 1), format_duration),
            Ty::Date => text(self.number(ty, 1), format_date),
            Ty::Time => text(self.number(ty, 1), format_time),
            Ty::String | Ty::Ident | Ty::Syntax(_) => self.text(&ty.ty, bounds),
            Ty::Enum(name) => {
                let wires = self.package.enums.get(name)?.members.iter().map(|m| m.wire.to_string());
                select(wires.collect::<Vec<_>>()).prop_map(Made::Text).boxed()
            }
            Ty::Record(name) => {
                let place = (name.clone(), depth);
                if let Some(known) = self.records.borrow().get(&place) {
                    return known.clone();
                }
                let fields = self.fields(&self.package.records.get(name)?.fields, depth);
                let made = fields.map(|fields| fields.prop_map(Made::Object).boxed());
                self.records.borrow_mut().insert(place, made.clone());
                made?
            }
            Ty::Set(_) | Ty::List(_) if depth > DEEP => Just(Made::List(vec![])).boxed(),
            Ty::Map(_) if depth > DEEP => Just(Made::Object(vec![])).boxed(),
            Ty::Entity(name) => self.entity(name, depth)?,
            Ty::Set(of) | Ty::List(of) => {
                let bounds = bounds.element.as_deref().cloned().unwrap_or_else(|| bounds.clone());
                let element = self.value(&Type { ty: (**of).clone(), bounds }, depth + 1);
                let most = usize::try_from(ty.bounds.length).unwrap_or(usize::MAX);
                match element {
                    Some(element) => {
                        if depth > 2 {
                            return Some(vec(element, 0..=most.min(1)).prop_map(Made::List).boxed());
                        }
                        let few = vec(element.clone(), 0..=most.min(4));
                        let many = vec(element, most.min(64)..=most.min(64));
                        prop_oneof![9 => few, 1 => many].prop_map(Made::List).boxed()
                    }
                    None => Just(Made::List(vec![])).boxed(),
                }
            }
            Ty::Map(entry) => {
                let Ty::Entry(fields) = &**entry else { return None };
                let [key, member] = &fields[..] else { return None };
                let most = usize::try_from(bounds.length).unwrap_or(usize::MAX).min(if depth > 2 { 1 } else { 4 });
                match (self.value(&key.ty, depth + 1), self.value(&member.ty, depth + 1)) {
                    (Some(key), Some(member)) => vec((key, member), 0..=most).prop_map(named).boxed(),
                    _ => Just(Made::Object(vec![])).boxed(),
                }
            }
            Ty::Choice(variants) => {
                let flat = |ty: &Ty| !matches!(ty.base(), Ty::Record(_) | Ty::Entity(_) | Ty::Map(_));
                let any_flat = variants.iter().any(|variant| flat(&variant.ty.ty));
                let kept = variants.iter().filter(|v| depth <= DEEP || !any_flat || flat(&v.ty.ty));
                let all: Vec<_> = kept.filter_map(|variant| self.value(&variant.ty, depth + 1)).collect();
                if all.is_empty() {
                    return None;
                }
                proptest::strategy::Union::new(all).boxed()
            }
            Ty::Null => Just(Made::Plain("null".into())).boxed(),
            Ty::Entry(_) => return None,
            // Nobody reads it: what it is makes no difference.
            Ty::Json => {
                select(vec!["1", "\"x\"", "[]", "{\"a\":null}"]).prop_map(|json| Made::Plain(json.into())).boxed()
            }
            Ty::Named(..) => return None,
        })
    }

    /// Numbers: the ends of the range, what policies compare with and the numbers beside it, any.
    fn number(&self, ty: &Type, unit: i64) -> BoxedStrategy<i64> {
        let Bounds { min, max, .. } = ty.bounds;
        let up = (unit - min.rem_euclid(unit)) % unit;
        let (min, max) = (min.saturating_add(up), max.saturating_sub(max.rem_euclid(unit)));
        let mut edges: BTreeSet<i64> = [0, 1, -1, 100].map(|n| n * unit).into();
        edges.extend([min, min.saturating_add(unit), max.saturating_sub(unit), max]);
        for n in self.named.numbers.get(&key(&ty.ty)).into_iter().flatten() {
            edges.extend([n.saturating_sub(unit), *n, n.saturating_add(unit)]);
        }
        let mut edges: Vec<i64> = edges.into_iter().filter(|n| (min..=max).contains(n) && n % unit == 0).collect();
        // The first is what others are made smaller to.
        edges.sort_by_key(|n| (n.unsigned_abs(), *n < 0));
        let any = (min..=max).prop_map(move |n| n - n.rem_euclid(unit));
        let small =
            (min.max(0)..=max.min(min.max(0).saturating_add(1_000 * unit))).prop_map(move |n| n - n.rem_euclid(unit));
        let small = small.prop_filter("in range", move |n| *n >= min);
        match (edges.is_empty(), min.max(0) <= max) {
            (true, _) => any.boxed(),
            (false, true) => prop_oneof![4 => select(edges), 2 => small, 1 => any].boxed(),
            (false, false) => prop_oneof![4 => select(edges), 1 => any].boxed(),
        }
    }

    /// Texts of a type that policies name.
    fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.named.texts.get(key).into_iter().flatten().map(String::as_str)
    }

    /// Texts: those that policies name, some that their patterns take, a few others.
    fn text(&self, ty: &Ty, bounds: &Bounds) -> BoxedStrategy<Made> {
        let fits = |t: &&str| t.len() <= bounds.length as usize;
        let own: &[&str] = match ty.base() {
            Ty::Ident => &["a", "b", "x-1"],
            Ty::Syntax(Syntax::Path) => &["/", "/a", "/a/b.txt"],
            Ty::Syntax(Syntax::Url) => &["https://example.com/", "http://example.org/a?b=c"],
            Ty::Syntax(Syntax::Host) => &["example.com", "a.example.org", "10.0.0.1"],
            Ty::Syntax(Syntax::Email) => &["a@example.com", "b@example.org"],
            Ty::Syntax(Syntax::IpAddr) => &["10.0.0.1", "192.0.2.7", "2001:db8::1"],
            Ty::Syntax(Syntax::IpNet) => &["10.0.0.0/8", "192.0.2.0/24"],
            Ty::Syntax(Syntax::Command) => &["ls", "ls -l /tmp", "sudo ls", "cat a | sh"],
            _ => &["", "a", "b", "some text"],
        };
        let hosts = ["example.com"].into_iter().chain(self.texts(Syntax::Host.as_str()));
        let on_hosts: Vec<String> = match ty.base() {
            Ty::Syntax(Syntax::Url) => hosts
                .flat_map(|h| [format!("https://{h}/"), format!("http://{h}/"), format!("https://{h}:8443/a?b=c")])
                .collect(),
            Ty::Syntax(Syntax::Email) => hosts.flat_map(|h| [format!("a@{h}"), format!("b@{h}")]).collect(),
            _ => vec![],
        };
        let key = key(ty);
        let named = self.texts(&key).chain(on_hosts.iter().map(String::as_str));
        let known: Vec<String> = own.iter().copied().chain(named).filter(fits).map(str::to_owned).collect();
        let patterns = self.named.patterns.get(&key).into_iter().flatten().map(String::as_str);
        let declared: Vec<_> =
            bounds.patterns.iter().filter_map(|p| string_regex(&p.source).ok()).map(Strategy::boxed).collect();
        let others: Vec<_> = patterns.filter_map(|p| string_regex(p).ok()).map(Strategy::boxed).collect();
        // What a declared pattern refuses would be refused as a request.
        let mut all: Vec<(u32, BoxedStrategy<String>)> = declared.into_iter().map(|s| (4, s)).collect();
        if !known.is_empty() {
            all.push((if all.is_empty() { 4 } else { 1 }, select(known).boxed()));
        }
        all.extend(others.into_iter().map(|s| (1, s)));
        if all.is_empty() {
            return Just(Made::Text(String::new())).boxed();
        }
        proptest::strategy::Union::new_weighted(all).prop_map(Made::Text).boxed()
    }
}

/// Members by their names, each once.
fn named(members: Vec<(Made, Made)>) -> Made {
    let mut names = BTreeSet::new();
    let mut all = vec![];
    for (name, value) in members {
        if let Made::Text(name) = name
            && names.insert(name.clone())
        {
            all.push((name.into(), value));
        }
    }
    Made::Object(all)
}

/// Writes JSON; attributes for which sources vouch go into answers.
struct Writer<'a> {
    channels: &'a BTreeMap<Name, Channel>,
    /// By source, type and id: the first that was made up is the one.
    answers: BTreeMap<(Name, Name, String), String>,
    text: String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Made) {
        match value {
            Made::Plain(text) => self.text.push_str(text),
            Made::Text(text) => self.text.push_str(&quoted(text)),
            Made::List(all) => {
                for (i, value) in all.iter().enumerate() {
                    self.text.push_str(if i == 0 { "[" } else { "," });
                    self.value(value);
                }
                self.text.push_str(if all.is_empty() { "[]" } else { "]" });
            }
            Made::Object(members) => {
                self.text.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    let _ = write!(self.text, "{comma}{}:", quoted(name));
                    self.value(value);
                }
                self.text.push('}');
            }
            Made::Entity(ty, id, properties) => {
                let _ = write!(self.text, "{{\"type\":{},\"id\":{}", quoted(ty), quoted(id));
                match self.channels.get(ty) {
                    Some(Channel::Source { name, .. }) => {
                        let about = (name.clone(), ty.clone(), id.clone());
                        if !self.answers.contains_key(&about) {
                            // What it names in turn may be named in a circle.
                            self.answers.insert(about.clone(), "{}".to_owned());
                            let before = std::mem::take(&mut self.text);
                            self.value(&Made::Object(properties.clone()));
                            let properties = std::mem::replace(&mut self.text, before);
                            self.answers.insert(about, properties);
                        }
                    }
                    Some(Channel::File(_)) => {}
                    Some(Channel::Pep) | None => {
                        self.text.push_str(",\"properties\":");
                        self.value(&Made::Object(properties.clone()));
                    }
                }
                self.text.push('}');
            }
        }
    }

    fn answers(&self) -> String {
        let answer = |((source, ty, id), properties): (&(Name, Name, String), &String)| {
            let (source, ty, id) = (quoted(source), quoted(ty), quoted(id));
            format!("{{\"source\":{source},\"type\":{ty},\"id\":{id},\"properties\":{properties}}}")
        };
        format!("[{}]", self.answers.iter().map(answer).collect::<Vec<_>>().join(","))
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
