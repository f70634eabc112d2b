//! Declarations: the types, entities, actions and definitions' types that a random policy speaks of.

mod text;

use std::fmt::Write as _;

pub use self::text::number;
use super::source::Source;
use super::words;

/// A type, as far as its identity goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are those of the language; indices are into the world's lists")]
pub enum Ty {
    Bool,
    Int,
    Decimal,
    String,
    Ident,
    Enum(usize),
    Named(usize),
    Set(Box<Ty>),
    Record(usize),
    Entity(usize),
}

/// What a declared type refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Least number, in ten-thousandths for a `Decimal`.
    pub min: i64,
    /// Greatest number.
    pub max: i64,
    /// Digits after the point.
    pub places: u8,
    /// Bytes or elements.
    pub length: usize,
    /// Indices of [`words::PATTERNS`].
    pub patterns: Vec<usize>,
    /// Of a set: those of its elements.
    pub element: Option<Box<Bounds>>,
}

/// A type where it is used, with its refinements.
#[derive(Debug, Clone)]
pub struct Use {
    /// The type.
    pub ty: Ty,
    /// What it refuses in all.
    pub bounds: Bounds,
    /// As it is written.
    pub text: String,
}

/// A field, an attribute or an argument.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its spelling in requests, where it has one of its own.
    pub wire: Option<String>,
    /// Its type.
    pub used: Use,
    /// Whether it may be absent.
    pub optional: bool,
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its spelling in requests, where it has one of its own.
    pub wire: Option<String>,
    /// Entities that may ask for it.
    pub principals: Vec<usize>,
    /// The entity that it acts on.
    pub resource: Option<usize>,
    /// The record of its context.
    pub context: Option<usize>,
    /// Its tier by index; the outer option is whether it names one.
    pub tier: Option<usize>,
    /// Its arguments.
    pub input: Vec<Field>,
}

/// An enum.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Whether its members have an order.
    pub ordered: bool,
    /// Names and, where they differ, spellings in requests.
    pub members: Vec<(String, Option<String>)>,
}

/// A definition that rules can use.
#[derive(Debug, Clone)]
pub struct Define {
    /// Its name.
    pub name: String,
    /// Types of its parameters.
    pub params: Vec<Ty>,
    /// What it gives.
    pub ty: Ty,
    /// The whole item.
    pub text: String,
    /// Its length with the definitions in it written out, roughly.
    pub weight: usize,
}

/// All declarations of a package.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Names of the tiers.
    pub tiers: Vec<String>,
    /// Groups of approvers; at least one.
    pub approvers: Vec<String>,
    /// Enums, named by [`words::ENUMS`].
    pub enums: Vec<Enum>,
    /// Named types with what stands under them, named by [`words::TYPES`].
    pub types: Vec<Use>,
    /// Records, named by [`words::RECORDS`].
    pub records: Vec<Vec<Field>>,
    /// Entities, named by [`words::ENTITIES`].
    pub entities: Vec<Vec<Field>>,
    /// Actions.
    pub actions: Vec<Action>,
    /// Definitions in the order in which they may use each other.
    pub defines: Vec<Define>,
}

/// What a type refuses without refinements.
#[must_use]
pub fn unbounded(base: &Ty) -> Bounds {
    let length = match base {
        Ty::Ident => 128,
        Ty::Set(_) => 1024,
        _ => 4096,
    };
    Bounds { min: i64::MIN, max: i64::MAX, places: 4, length, patterns: vec![], element: None }
}

impl World {
    /// A random world.
    pub fn new(source: &mut Source) -> World {
        let mut world = World::default();
        if source.chance(70) {
            let names = ["T0", "T1", "T2", "T3"];
            world.tiers = names[..source.between(1, 4)].iter().map(ToString::to_string).collect();
        }
        world.approvers = ["leads", "owners"][..source.between(1, 2)].iter().map(ToString::to_string).collect();
        for _ in 0..source.between(1, 2) {
            let e = enumeration(source);
            world.enums.push(e);
        }
        for index in 0..source.below(words::TYPES.len() + 1) {
            let used = world.named(source, index);
            world.types.push(used);
        }
        for _ in 0..source.below(3) {
            let size = source.between(1, 4);
            let fields = world.fields(source, size, Around::Record);
            world.records.push(fields);
        }
        let entities = source.between(1, 3);
        for index in 0..entities {
            let size = if source.chance(10) { 0 } else { source.between(1, 5) };
            let fields = world.fields(source, size, Around::Entity(index, entities));
            world.entities.push(fields);
        }
        let mut names = words::ACTIONS.to_vec();
        source.shuffle(&mut names);
        for (index, name) in names.into_iter().take(source.between(1, 3)).enumerate() {
            let action = world.action(source, name, index);
            world.actions.push(action);
        }
        world
    }

    /// The type without its name.
    #[must_use]
    pub fn base<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        match ty {
            Ty::Named(index) => &self.types[*index].ty,
            other => other,
        }
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_number(&self, ty: &Ty) -> bool {
        matches!(self.base(ty), Ty::Int | Ty::Decimal)
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(&self, ty: &Ty) -> bool {
        matches!(self.base(ty), Ty::String | Ty::Ident)
    }

    /// Whether it is neither a set nor made of fields.
    #[must_use]
    pub fn is_scalar(&self, ty: &Ty) -> bool {
        !matches!(self.base(ty), Ty::Set(_) | Ty::Record(_) | Ty::Entity(_))
    }

    /// How a type is written, without refinements.
    #[must_use]
    pub fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "Bool".into(),
            Ty::Int => "Int".into(),
            Ty::Decimal => "Decimal".into(),
            Ty::String => "String".into(),
            Ty::Ident => "Ident".into(),
            Ty::Enum(i) => words::ENUMS[*i].into(),
            Ty::Named(i) => words::TYPES[*i].into(),
            Ty::Set(element) => format!("Set<{}>", self.show(element)),
            Ty::Record(i) => words::RECORDS[*i].into(),
            Ty::Entity(i) => words::ENTITIES[*i].into(),
        }
    }

    /// What a type refuses by its name alone.
    #[must_use]
    pub fn own_bounds(&self, ty: &Ty) -> Bounds {
        match ty {
            Ty::Named(index) => self.types[*index].bounds.clone(),
            Ty::Set(element) => Bounds { element: Some(Box::new(self.own_bounds(element))), ..unbounded(ty) },
            other => unbounded(other),
        }
    }

    fn plain(&self, ty: Ty) -> Use {
        Use { bounds: self.own_bounds(&ty), text: self.show(&ty), ty }
    }

    /// A type with a name: a built-in one with refinements.
    fn named(&self, source: &mut Source, index: usize) -> Use {
        let ty = match source.below(12) {
            0..4 => Ty::Decimal,
            4..7 => Ty::Int,
            7 => Ty::Ident,
            8 | 9 => Ty::String,
            10 => Ty::Bool,
            _ => {
                let element = self.scalar(source, index);
                let mut used = self.set_of(element);
                self.refine(source, &mut used, 60);
                return used;
            }
        };
        let mut used = self.plain(ty);
        self.refine(source, &mut used, 80);
        used
    }

    /// A type that fits one slot; of the named ones only the first so many.
    fn scalar(&self, source: &mut Source, named: usize) -> Use {
        let candidates: Vec<usize> =
            (0..named.min(self.types.len())).filter(|i| self.is_scalar(&Ty::Named(*i))).collect();
        let ty = match source.below(16) {
            0..3 => Ty::Int,
            3 | 4 => Ty::Decimal,
            5 => Ty::Bool,
            6 | 7 => Ty::Ident,
            8 => Ty::String,
            9 | 10 if !self.enums.is_empty() => Ty::Enum(source.below(self.enums.len())),
            _ if !candidates.is_empty() => Ty::Named(*source.pick(&candidates)),
            _ => Ty::Int,
        };
        let mut used = self.plain(ty);
        self.refine(source, &mut used, 40);
        used
    }

    fn set_of(&self, element: Use) -> Use {
        let ty = Ty::Set(Box::new(element.ty));
        let bounds = Bounds { element: Some(Box::new(element.bounds)), ..unbounded(&ty) };
        Use { ty, bounds, text: format!("Set<{}>", element.text) }
    }

    /// Adds refinements, so many times in a hundred.
    fn refine(&self, source: &mut Source, used: &mut Use, percent: usize) {
        if !source.chance(percent) {
            return;
        }
        let base = self.base(&used.ty).clone();
        let own = matches!(used.ty, Ty::Named(_));
        let bounds = &mut used.bounds;
        match base {
            Ty::Int | Ty::Decimal => {
                let decimal = base == Ty::Decimal;
                if decimal && source.chance(70) {
                    let places = source.between(0, 4);
                    let _ = write!(used.text, " places {places}");
                    bounds.places = bounds.places.min(u8::try_from(places).unwrap_or(4));
                }
                if source.chance(70) {
                    let unit = if decimal { 10_000 } else { 1 };
                    let (low, high) = *source.pick(&[
                        (Some(0), None),
                        (Some(1), Some(366)),
                        (Some(0), Some(100)),
                        (Some(-5), Some(5)),
                        (None, Some(1000)),
                        (Some(i64::MIN / 10_000), Some(i64::MAX / 10_000)),
                        (Some(50), None),
                        (Some(7), Some(7)),
                    ]);
                    let (low, high) = (low.map(|n| n * unit), high.map(|n| n * unit));
                    let (min, max) =
                        (low.unwrap_or(i64::MIN).max(bounds.min), high.unwrap_or(i64::MAX).min(bounds.max));
                    if min <= max {
                        let shown = |end: Option<i64>| end.map_or(String::new(), |n| number(n, decimal, 2));
                        let _ = write!(used.text, " in {} .. {}", shown(low), shown(high));
                        (bounds.min, bounds.max) = (min, max);
                    }
                }
            }
            Ty::String | Ty::Ident => {
                if source.chance(60) {
                    // A use may widen the `max` of its named type within the language's own; the tests stay
                    // with narrower ones.
                    let max = *source.pick(&[24, 100, 12, 5]);
                    let narrowed = Bounds { length: max, ..bounds.clone() };
                    if (!own || max <= bounds.length) && texts(&narrowed, base == Ty::Ident).len() >= 2 {
                        let _ = write!(used.text, " max {max}");
                        *bounds = narrowed;
                    }
                }
                for percent in [35, 40] {
                    if !source.chance(percent) {
                        break;
                    }
                    let pattern = source.below(words::PATTERNS.len());
                    let mut patterns = bounds.patterns.clone();
                    patterns.push(pattern);
                    let narrowed = Bounds { patterns, ..bounds.clone() };
                    if texts(&narrowed, base == Ty::Ident).len() >= 2 {
                        let _ = write!(used.text, " matching re\"{}\"", words::PATTERNS[pattern]);
                        *bounds = narrowed;
                    }
                }
            }
            Ty::Set(_) => {
                let max = source.between(1, 6);
                let _ = write!(used.text, " max {max}");
                bounds.length = max;
            }
            _ => {}
        }
    }

    fn any_type(&self, source: &mut Source, around: Around) -> (Use, bool) {
        let optional = source.chance(35);
        let used = match source.below(20) {
            0..12 => self.scalar(source, usize::MAX),
            12..15 => {
                let element = self.scalar(source, usize::MAX);
                let mut used = self.set_of(element);
                self.refine(source, &mut used, 70);
                used
            }
            15 => {
                let sets: Vec<usize> =
                    (0..self.types.len()).filter(|i| matches!(self.types[*i].ty, Ty::Set(_))).collect();
                match sets.first() {
                    Some(set) => self.plain(Ty::Named(*set)),
                    None => self.scalar(source, usize::MAX),
                }
            }
            16 | 17 if !self.records.is_empty() => self.plain(Ty::Record(source.below(self.records.len()))),
            _ => match around {
                // What a value requires must end: only entities declared before may be required.
                Around::Entity(index, all) => {
                    let which = source.below(all);
                    return (self.plain(Ty::Entity(which)), which >= index || source.chance(60));
                }
                Around::Input(all) => self.plain(Ty::Entity(source.below(all))),
                Around::Record => self.scalar(source, usize::MAX),
            },
        };
        (used, optional)
    }

    fn fields(&self, source: &mut Source, size: usize, around: Around) -> Vec<Field> {
        let mut names = words::FIELDS.to_vec();
        source.shuffle(&mut names);
        let mut wires = words::WIRES.to_vec();
        source.shuffle(&mut wires);
        (0..size)
            .zip(names)
            .zip(wires.into_iter().cycle())
            .map(|((index, name), wire)| {
                let (used, optional) = self.any_type(source, around);
                let wire = (index < words::WIRES.len() && source.chance(12)).then(|| wire.to_owned());
                Field { name: name.to_owned(), wire, used, optional }
            })
            .collect()
    }

    fn action(&self, source: &mut Source, name: &str, index: usize) -> Action {
        let mut principals: Vec<usize> = (0..self.entities.len()).collect();
        source.shuffle(&mut principals);
        principals.truncate(source.between(1, 2));
        let size = if source.chance(8) { 0 } else { source.between(1, 5) };
        let mut input = self.fields(source, size, Around::Input(self.entities.len()));
        // Somewhere there has to be a number without bounds, or nothing could ever fail.
        if source.chance(75) && !input.iter().any(|f| f.name == "amount" || f.wire.as_deref() == Some("amount")) {
            let ty = if source.chance(40) { Ty::Decimal } else { Ty::Int };
            input.push(Field { name: "amount".into(), wire: None, used: self.plain(ty), optional: source.chance(25) });
        }
        Action {
            name: name.to_owned(),
            wire: source.chance(20).then(|| format!("{} {index}", words::WIRES[index])),
            principals,
            resource: source.chance(60).then(|| source.below(self.entities.len())),
            context: (!self.records.is_empty() && source.chance(60)).then(|| source.below(self.records.len())),
            tier: (!self.tiers.is_empty() && source.chance(70)).then(|| source.below(self.tiers.len())),
            input,
        }
    }
}

/// Around what a field stands.
#[derive(Debug, Clone, Copy)]
enum Around {
    Record,
    /// The entity of this index, of so many.
    Entity(usize, usize),
    /// An action; there are so many entities.
    Input(usize),
}

fn enumeration(source: &mut Source) -> Enum {
    let mut names = words::MEMBERS.to_vec();
    source.shuffle(&mut names);
    let members = names
        .into_iter()
        .take(source.between(2, 5))
        .enumerate()
        .map(|(index, name)| (name.to_owned(), source.chance(20).then(|| words::WIRES[index].to_owned())))
        .collect();
    Enum { ordered: source.chance(65), members }
}

/// The texts of the list that a type takes.
#[must_use]
pub fn texts(bounds: &Bounds, ident: bool) -> Vec<&'static str> {
    let fits = |text: &&&str| {
        text.len() <= bounds.length
            && (!ident || words::is_ident(text))
            && bounds.patterns.iter().all(|pattern| words::matches(*pattern, text))
    };
    words::TEXTS.iter().filter(fits).copied().collect()
}
