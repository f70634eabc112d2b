//! The types and patterns that entries share, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zt_lang::check::types::unbounded;
use zt_lang::hir::{self, ExprKind, Name, Ty};
use zt_runtime::Cause;
use zt_runtime::ir::{Channel, DetectorId, Kind};
use zt_runtime::schema::{Field, PatternId, Quantity, Syntax, Tag, Type, TypeId};
use zt_values::quantity::format_duration;
use zt_values::time::{format_date, format_instant, format_time};

use super::number;

/// What makes a type the same as another. A record or an entity is its name, so that it may hold itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool,
    Json,
    Int {
        min: i64,
        max: i64,
    },
    Decimal {
        places: u8,
        min: i64,
        max: i64,
    },
    Text {
        ident: bool,
        max: u32,
        patterns: Vec<PatternId>,
    },
    Quantity {
        kind: Quantity,
        min: i64,
        max: i64,
    },
    Syntax {
        syntax: Syntax,
        max: u32,
        patterns: Vec<PatternId>,
    },
    Enum(Name),
    Set {
        element: TypeId,
        max: u32,
    },
    List {
        element: TypeId,
        max: u32,
    },
    Map {
        key: TypeId,
        value: TypeId,
        max: u32,
    },
    Choice(Vec<TypeId>),
    Null,
    Record(Name),
    Entity(Name),
    /// The arguments of the action of this name.
    Input(Name),
    /// What the event of this name tells.
    Event(Name),
    /// What the action of this name gives back.
    Output(Name),
}

/// Types and patterns in the order in which they were first asked for.
pub(super) struct Types<'a> {
    package: &'a hir::Package,
    types: Vec<Type>,
    ids: BTreeMap<Key, TypeId>,
    patterns: Vec<&'a hir::Pattern>,
    /// By source.
    pattern_ids: BTreeMap<&'a str, PatternId>,
    /// Tables of patterns.
    detectors: Vec<&'a hir::Detector>,
    /// The sources of attributes, in order.
    sources: Vec<&'a str>,
}

/// What [`Types`] leaves behind.
pub(super) struct Tables<'a> {
    pub(super) types: Vec<Type>,
    pub(super) patterns: Vec<&'a hir::Pattern>,
    pub(super) detectors: Vec<&'a hir::Detector>,
    pub(super) sources: Vec<String>,
    pub(super) channels: BTreeMap<TypeId, Channel>,
}

impl<'a> Types<'a> {
    pub(super) fn new(package: &'a hir::Package) -> Self {
        let sources = package.entities.values().filter_map(|entity| match &entity.channel {
            hir::Channel::Source { name, .. } => Some(&**name),
            _ => None,
        });
        let of_tables = package.tables.values().filter_map(|table| table.source.as_ref()).map(|source| &*source.name);
        let sources: BTreeSet<&str> = sources.chain(of_tables).collect();
        Types {
            package,
            types: Vec::new(),
            ids: BTreeMap::new(),
            patterns: Vec::new(),
            pattern_ids: BTreeMap::new(),
            detectors: Vec::new(),
            sources: sources.into_iter().collect(),
        }
    }

    pub(super) fn finish(self) -> Tables<'a> {
        let known = |(name, entity): (&Name, &'a Arc<hir::Entity>)| {
            let ty = *self.ids.get(&Key::Entity(name.clone()))?;
            Some((ty, self.channel(&entity.channel)?))
        };
        let channels = self.package.entities.iter().filter_map(known).collect();
        let sources = self.sources.iter().map(|&source| source.to_owned()).collect();
        Tables { channels, sources, types: self.types, patterns: self.patterns, detectors: self.detectors }
    }

    /// Who vouches for attributes, if not the enforcement point.
    fn channel(&self, channel: &hir::Channel) -> Option<Channel> {
        Some(match channel {
            hir::Channel::Pep => return None,
            hir::Channel::Source { name, fresh } => Channel::Source { source: self.source(name), fresh: *fresh },
            hir::Channel::File(rows) => {
                Channel::File(rows.iter().map(|(id, row)| (id.to_string(), row.to_string())).collect())
            }
        })
    }

    /// The number of a source.
    pub(super) fn source(&self, name: &str) -> u32 {
        number(self.sources.binary_search(&name).expect("the sources of all entities and tables are known"))
    }

    /// Why the attributes of an entity are not known of which there is only the id.
    pub(super) fn cause(&self, entity: &hir::Entity) -> Cause {
        match &entity.channel {
            hir::Channel::Source { name, .. } => Cause::Source(self.source(name)),
            hir::Channel::Pep | hir::Channel::File(_) => Cause::File,
        }
    }

    pub(super) fn entity(&mut self, name: &Name) -> TypeId {
        let key = Key::Entity(name.clone());
        if let Some(&known) = self.ids.get(&key) {
            return known;
        }
        let fields = &self.package.entities[name].fields;
        let empty = Type::Entity { id: None, name: name.to_string(), fields: Vec::new(), ancestors: Vec::new() };
        let id = self.fields(key, empty, fields);
        let above = self.ancestors(name);
        let of = self.package.entities[name].id.as_ref().map(|ty| self.declared(&ty.ty, &ty.bounds));
        if let Type::Entity { ancestors, id, .. } = &mut self.types[id.0 as usize] {
            (*ancestors, *id) = (above, of);
        }
        id
    }

    /// The entities that can be above one, directly or not.
    pub(super) fn ancestors(&mut self, name: &Name) -> Vec<TypeId> {
        let package = self.package;
        let mut found: Vec<&Name> = Vec::new();
        let mut next: Vec<&Name> = package.entities[name].parents.iter().collect();
        while let Some(parent) = next.pop() {
            if !found.contains(&parent) {
                found.push(parent);
                next.extend(&package.entities[parent].parents);
            }
        }
        found.sort();
        found.into_iter().map(|parent| self.entity(parent)).collect()
    }

    pub(super) fn record(&mut self, name: &Name) -> TypeId {
        let record = &self.package.records[name];
        self.fields(Key::Record(name.clone()), Type::Record { fields: Vec::new(), open: record.open }, &record.fields)
    }

    /// The record of an action's arguments.
    pub(super) fn input(&mut self, action: &'a hir::Action) -> TypeId {
        self.fields(Key::Input(action.name.clone()), Type::Record { open: false, fields: Vec::new() }, &action.input)
    }

    /// The record of what an action gives back.
    pub(super) fn output(&mut self, action: &'a hir::Action) -> Option<TypeId> {
        let empty = Type::Record { open: false, fields: Vec::new() };
        Some(self.fields(Key::Output(action.name.clone()), empty, action.output.as_ref()?))
    }

    /// The record of what an event tells.
    pub(super) fn event(&mut self, event: &'a hir::Event) -> TypeId {
        self.fields(Key::Event(event.name.clone()), Type::Record { fields: Vec::new(), open: false }, &event.fields)
    }

    pub(super) fn enumeration(&mut self, name: &Name) -> TypeId {
        let members = self.package.enums[name].members.iter().map(|member| member.wire.to_string()).collect();
        self.add(Key::Enum(name.clone()), Type::Enum { members })
    }

    pub(super) fn pattern(&mut self, pattern: &'a hir::Pattern) -> PatternId {
        let next = PatternId(number(self.patterns.len()));
        let id = *self.pattern_ids.entry(&pattern.source).or_insert(next);
        if id == next {
            self.patterns.push(pattern);
        }
        id
    }

    /// A table of patterns.
    pub(super) fn detector(&mut self, name: &Name) -> DetectorId {
        let known = self.detectors.iter().position(|known| known.name == *name);
        DetectorId(number(known.unwrap_or_else(|| {
            self.detectors.push(&self.package.detectors[name]);
            self.detectors.len() - 1
        })))
    }

    /// A type with what it refuses.
    pub(super) fn declared(&mut self, ty: &'a Ty, bounds: &'a hir::Bounds) -> TypeId {
        let hir::Bounds { min, max, places, length, .. } = *bounds;
        match ty.base() {
            Ty::Bool => self.add(Key::Bool, Type::Bool),
            Ty::Json => self.add(Key::Json, Type::Json),
            Ty::Int => self.add(Key::Int { min, max }, Type::Int { min, max }),
            Ty::Decimal => self.add(Key::Decimal { places, min, max }, Type::Decimal { places, min, max }),
            Ty::String => self.text(false, bounds),
            Ty::Ident => self.text(true, bounds),
            Ty::Enum(name) => self.enumeration(name),
            Ty::Record(name) => self.record(name),
            Ty::Entity(name) => self.entity(name),
            Ty::Set(element) => {
                let inner = bounds.element.as_deref().expect("the bounds of a set hold those of its elements");
                let element = self.declared(element, inner);
                self.add(Key::Set { element, max: length }, Type::Set { element, max: length })
            }
            Ty::List(element) => {
                let inner = bounds.element.as_deref().expect("the bounds of a list hold those of its elements");
                let element = self.declared(element, inner);
                self.add(Key::List { element, max: length }, Type::List { element, max: length })
            }
            Ty::Map(entry) => {
                let Ty::Entry(fields) = &**entry else { unreachable!("no entry of a map: {entry:?}") };
                let [key, value] = &fields[..] else { unreachable!("an entry is a name and a value") };
                let (key, value) = (self.field(key), self.field(value));
                self.add(Key::Map { key, value, max: length }, Type::Map { key, value, max: length })
            }
            Ty::Choice(fields) => {
                let variants: Vec<TypeId> = fields.iter().map(|field| self.field(field)).collect();
                let strings = |says: Vec<Name>| says.iter().map(ToString::to_string).collect();
                let tag = self.package.distinction(fields).map(|told| Tag {
                    member: told.member.to_string(),
                    says: told.says.into_iter().map(strings).collect(),
                });
                self.add(Key::Choice(variants.clone()), Type::Choice { variants, tag })
            }
            Ty::Null => self.add(Key::Null, Type::Null),
            Ty::Entry(_) => unreachable!("an entry stands in a map"),
            Ty::Instant => self.quantity(Quantity::Instant, bounds),
            Ty::Duration => self.quantity(Quantity::Duration, bounds),
            Ty::Date => self.quantity(Quantity::Date, bounds),
            Ty::Time => self.quantity(Quantity::Time, bounds),
            Ty::Size => self.quantity(Quantity::Size, bounds),
            Ty::Syntax(syntax) => {
                let syntax = lower_syntax(*syntax);
                let patterns = self.patterns_of(bounds);
                let key = Key::Syntax { syntax, max: length, patterns: patterns.clone() };
                self.add(key, Type::Syntax { syntax, max: length, patterns })
            }
            Ty::Named(..) => unreachable!("`base` never returns a named type"),
        }
    }

    fn field(&mut self, field: &'a hir::Field) -> TypeId {
        self.declared(&field.ty.ty, &field.ty.bounds)
    }

    /// A type of single values, with nothing that it refuses beside its kind.
    pub(super) fn unbounded(&mut self, ty: &Ty) -> TypeId {
        let hir::Bounds { min, max, places, length, .. } = unbounded(ty);
        let mut quantity = |kind| self.add(Key::Quantity { kind, min, max }, Type::Quantity { kind, min, max });
        match ty.base() {
            Ty::Bool => self.add(Key::Bool, Type::Bool),
            Ty::Int => self.add(Key::Int { min, max }, Type::Int { min, max }),
            Ty::Decimal => self.add(Key::Decimal { places, min, max }, Type::Decimal { places, min, max }),
            Ty::Enum(name) => self.enumeration(name),
            Ty::Instant => quantity(Quantity::Instant),
            Ty::Duration => quantity(Quantity::Duration),
            Ty::Date => quantity(Quantity::Date),
            Ty::Time => quantity(Quantity::Time),
            Ty::Size => quantity(Quantity::Size),
            Ty::String | Ty::Ident => {
                let (ident, max, patterns) = (matches!(ty.base(), Ty::Ident), length, vec![]);
                self.add(Key::Text { ident, max, patterns: vec![] }, Type::Text { ident, max, patterns })
            }
            Ty::Syntax(syntax) => {
                let (syntax, max, patterns) = (lower_syntax(*syntax), length, vec![]);
                self.add(Key::Syntax { syntax, max, patterns: vec![] }, Type::Syntax { syntax, max, patterns })
            }
            other => unreachable!("no key is made of {other:?}"),
        }
    }

    fn quantity(&mut self, kind: Quantity, bounds: &hir::Bounds) -> TypeId {
        let hir::Bounds { min, max, .. } = *bounds;
        self.add(Key::Quantity { kind, min, max }, Type::Quantity { kind, min, max })
    }

    fn patterns_of(&mut self, bounds: &'a hir::Bounds) -> Vec<PatternId> {
        bounds.patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn text(&mut self, ident: bool, bounds: &'a hir::Bounds) -> TypeId {
        let patterns = self.patterns_of(bounds);
        let max = bounds.length;
        self.add(Key::Text { ident, max, patterns: patterns.clone() }, Type::Text { ident, max, patterns })
    }

    fn add(&mut self, key: Key, ty: Type) -> TypeId {
        let next = TypeId(number(self.types.len()));
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.types.push(ty);
        }
        id
    }

    /// A constant as a request would have it.
    fn json(&self, value: &hir::Expr) -> String {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        match (&value.kind, value.ty.base()) {
            (ExprKind::Bool(value), _) => value.to_string(),
            (ExprKind::Text(text), _) => string(text),
            (ExprKind::Member(index), Ty::Enum(name)) => {
                string(&self.package.enums[name].members[*index as usize].wire)
            }
            // A set is told in the order of its values, each of them once.
            (ExprKind::List(all), Ty::Set(_)) => {
                let mut all: Vec<&hir::Expr> = all.iter().collect();
                all.sort_by_key(|value| order(value));
                all.dedup_by(|a, b| order(a) == order(b));
                let all: Vec<String> = all.into_iter().map(|value| self.json(value)).collect();
                format!("[{}]", all.join(","))
            }
            (ExprKind::List(all), _) => {
                let all: Vec<String> = all.iter().map(|value| self.json(value)).collect();
                format!("[{}]", all.join(","))
            }
            (ExprKind::Int(number) | ExprKind::Decimal(number), ty) => match ty {
                Ty::Decimal => zt_values::format_decimal(*number, 0),
                Ty::Instant => string(&format_instant(*number)),
                Ty::Duration => string(&format_duration(*number)),
                Ty::Date => string(&format_date(*number)),
                Ty::Time => string(&format_time(*number)),
                _ => number.to_string(),
            },
            _ => unreachable!("a default is a constant of its type"),
        }
    }

    /// Adds a type with fields. Its number is taken before its fields are looked at: one of them may
    /// lead back to it.
    fn fields(&mut self, key: Key, empty: Type, declared: &'a [hir::Field]) -> TypeId {
        if let Some(&known) = self.ids.get(&key) {
            return known;
        }
        let id = self.add(key, empty);
        let lowered: Vec<Field> = declared
            .iter()
            .map(|field| Field {
                name: field.wire.to_string(),
                ty: self.declared(&field.ty.ty, &field.ty.bounds),
                optional: field.optional,
                default: field.default.as_ref().map(|value| self.json(value)),
            })
            .collect();
        if let Type::Record { fields, .. } | Type::Entity { fields, .. } = &mut self.types[id.0 as usize] {
            *fields = lowered;
        }
        id
    }
}

pub(super) fn lower_syntax(syntax: hir::Syntax) -> Syntax {
    match syntax {
        hir::Syntax::Path => Syntax::Path,
        hir::Syntax::Url => Syntax::Url,
        hir::Syntax::Host => Syntax::Host,
        hir::Syntax::Email => Syntax::Email,
        hir::Syntax::IpAddr => Syntax::IpAddr,
        hir::Syntax::IpNet => Syntax::IpNet,
        hir::Syntax::Command => Syntax::Command,
    }
}

/// The type of a collection's elements, or the type itself.
pub(super) fn elements(ty: &Ty) -> &Ty {
    match ty.base() {
        Ty::Set(element) | Ty::List(element) | Ty::Map(element) => element,
        _ => ty,
    }
}

/// What values of a type stand for; of a collection, its elements.
pub(super) fn kind(ty: &Ty, types: &mut Types<'_>) -> Kind {
    match elements(ty).base() {
        Ty::Bool => Kind::Bool,
        Ty::Decimal => Kind::Decimal,
        Ty::Instant => Kind::Instant,
        Ty::Duration => Kind::Duration,
        Ty::Size => Kind::Size,
        Ty::Enum(name) => Kind::Member(types.enumeration(name)),
        Ty::Entity(name) => Kind::Entity(name.to_string()),
        Ty::String | Ty::Ident | Ty::Syntax(_) => Kind::Text,
        _ => Kind::Int,
    }
}

/// By what constants of one type are ordered.
fn order(value: &hir::Expr) -> (i64, &str) {
    match &value.kind {
        ExprKind::Bool(value) => (i64::from(*value), ""),
        ExprKind::Int(number) | ExprKind::Decimal(number) => (*number, ""),
        ExprKind::Member(index) => (i64::from(*index), ""),
        ExprKind::Text(text) => (0, text),
        _ => unreachable!("a default is a constant of its type"),
    }
}
