//! Making a random world: types, records, entities, actions.

use std::fmt::Write as _;

use zt_lang::hir::Syntax;

use super::{Action, Bounds, Channel, Enum, Field, Tag, Ty, Use, World, number, texts, unbounded};
use crate::generate::samples;
use crate::generate::source::Source;
use crate::generate::words;

/// Of so many entities in a hundred a source is asked.
const SOURCED: usize = 30;
/// Of so many a file.
const FILED: usize = 12;
/// Names of sources.
const SOURCES: &[&str] = &["directory", "orders"];

/// Around what a field stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Around {
    Record,
    /// What an event tells, or a call gives back.
    Event,
    /// The entity of this index, of so many.
    Entity(usize, usize),
    /// An action; there are so many entities.
    Input(usize),
}

impl World {
    /// A random world.
    pub fn new(source: &mut Source) -> World {
        let mut world = World::default();
        world.approvers = ["leads", "owners"][..source.between(1, 2)].iter().map(ToString::to_string).collect();
        for _ in 0..source.between(1, 2) {
            let e = enumeration(source);
            world.enums.push(e);
        }
        for index in 0..source.below(words::TYPES.len() + 1) {
            let used = world.named(source, index);
            world.types.push(used);
        }
        world.tell_shapes(source);
        for _ in 0..source.below(4) {
            let size = source.between(1, 4);
            let fields = world.fields(source, size, Around::Record);
            world.records.push(fields);
            world.open.push(source.chance(25));
        }
        let entities = source.between(1, 3);
        world.tell_choices(source, entities);
        for index in 0..entities {
            let parents = (0..=index).filter(|_| source.chance(25)).collect();
            world.parents.push(parents);
            let channel = match source.below(100) {
                at if at >= 100 - SOURCED => Some(Channel::Source {
                    name: (*source.pick(SOURCES)).to_owned(),
                    fresh: source.chance(60).then(|| (*source.pick(&["5min", "1s", "1h"])).to_owned()),
                    by: if source.chance(35) { Some(world.key_of_ids(source)) } else { None },
                }),
                at if at >= 100 - SOURCED - FILED => Some(Channel::File(format!("e{index}.json"))),
                _ => None,
            };
            world.channels.push(channel);
        }
        for index in 0..entities {
            let size = if source.chance(10) { 0 } else { source.between(1, 5) };
            let mut fields = world.fields(source, size, Around::Entity(index, entities));
            if !world.parents[index].is_empty() {
                // Requests list those above it under that name.
                fields.retain(|field| field.name != "in" && field.wire.as_deref() != Some("in"));
            }
            if source.chance(30) {
                let used = world.plain(Ty::Entity(source.below(entities)));
                fields.push(Field::plain("acts_for", used, true));
            }
            if matches!(world.channels[index], Some(Channel::File(_))) {
                fields.retain(|field| world.filed(&field.used.ty, 3));
            }
            if fields.is_empty() && world.parents[index].is_empty() {
                // There is nothing that a source could be asked for.
                world.channels[index] = None;
            }
            world.entities.push(fields);
            if let Some(Channel::File(name)) = world.channels[index].clone() {
                match world.rows(source, index) {
                    Some(rows) => world.data.push((name, rows)),
                    None => world.channels[index] = None,
                }
            }
        }
        world.tell_tables(source);
        world.vouched = world.approvers.iter().map(|_| source.chance(35)).collect();
        world.tell_events(source);
        world.obligations(source);
        world.tiers(source);
        world.tags(source);
        let mut names = words::ACTIONS.to_vec();
        source.shuffle(&mut names);
        for (index, name) in names.into_iter().take(source.between(1, 3)).enumerate() {
            let action = world.action(source, name, index);
            if source.chance(20) {
                world.split(source, action);
            } else {
                world.actions.push(action);
            }
        }
        world
    }

    /// Whether a file can hold values of a type: entities are written there in other ways.
    fn filed(&self, ty: &Ty, depth: usize) -> bool {
        match self.base(ty) {
            Ty::Entity(_) | Ty::Json | Ty::Choice(_) | Ty::Map(_) | Ty::Entry(_) => false,
            Ty::Set(element) | Ty::List(element) => self.filed(element, depth),
            Ty::Record(of) => depth > 0 && self.records[*of].iter().all(|field| self.filed(&field.used.ty, depth - 1)),
            _ => true,
        }
    }

    pub(super) fn plain(&self, ty: Ty) -> Use {
        Use { bounds: self.own_bounds(&ty), text: self.show(&ty), ty }
    }

    /// A type with a name: a built-in one with refinements.
    fn named(&self, source: &mut Source, index: usize) -> Use {
        let ty = match source.below(15) {
            0..4 => Ty::Decimal,
            4..7 => Ty::Int,
            7 => Ty::Ident,
            8 | 9 => Ty::String,
            10 => Ty::Bool,
            11 => Ty::Duration,
            12 => Ty::Syntax(*source.pick(&[Syntax::Email, Syntax::Path, Syntax::Host])),
            13 => Ty::Instant,
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
    pub(super) fn scalar(&self, source: &mut Source, named: usize) -> Use {
        let candidates: Vec<usize> =
            (0..named.min(self.types.len())).filter(|i| self.is_scalar(&Ty::Named(*i))).collect();
        let ty = match source.below(24) {
            0..3 => Ty::Int,
            3 | 4 => Ty::Decimal,
            5 => Ty::Bool,
            6 | 7 => Ty::Ident,
            8 => Ty::String,
            9 | 10 if !self.enums.is_empty() => Ty::Enum(source.below(self.enums.len())),
            11 => Ty::Instant,
            12 => Ty::Duration,
            13 => [Ty::Date, Ty::Time][source.below(2)].clone(),
            14 => Ty::Size,
            15..19 => Ty::Syntax(source.pick(Syntax::ALL).1),
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

    /// A list, small enough that lists of it may be joined and walked within each other.
    fn list_of(&self, source: &mut Source, element: Use) -> Use {
        let ty = Ty::List(Box::new(element.ty));
        let max = source.between(1, 8);
        let bounds = Bounds { element: Some(Box::new(element.bounds)), length: max, ..unbounded(&ty) };
        Use { ty, bounds, text: format!("List<{}> max {max}", element.text) }
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
            Ty::Int | Ty::Decimal => refine_number(source, used, base == Ty::Decimal),
            Ty::Duration | Ty::Size if !own => {
                let (text, min, max) = match (base == Ty::Size, source.below(2)) {
                    (false, 0) => (" in 0s .. 8h", 0, 28_800_000_000),
                    (false, _) => (" in -1h .. 30d", -3_600_000_000, 2_592_000_000_000),
                    (true, 0) => (" in 1KiB .. 10MiB", 1024, 10_485_760),
                    (true, _) => (" in .. 5MB", 0, 5_000_000),
                };
                used.text.push_str(text);
                (bounds.min, bounds.max) = (min, max);
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
            Ty::Syntax(syntax) if !own => {
                let max = *source.pick(&[40, 24]);
                if samples::texts(syntax).iter().filter(|text| text.len() <= max).count() >= 2 {
                    let _ = write!(used.text, " max {max}");
                    bounds.length = max;
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
        if source.chance(9)
            && let Some(used) = self.shape(source, around)
        {
            return (used, optional);
        }
        let used = match source.below(25) {
            24 if !matches!(around, Around::Entity(..)) => self.opaque(source, around),
            0..12 => self.scalar(source, usize::MAX),
            12..15 => {
                let element = self.scalar(source, usize::MAX);
                let mut used = self.set_of(element);
                // A set whose size nobody bounds makes what is asked of its elements costly.
                self.refine(source, &mut used, 90);
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
            18..22 => {
                let element = match (around, source.below(6)) {
                    (_, 0 | 1) if !self.records.is_empty() => self.plain(Ty::Record(source.below(self.records.len()))),
                    (Around::Input(all), 2) => self.plain(Ty::Entity(source.below(all))),
                    (Around::Entity(index, _), 2) if index > 0 => self.plain(Ty::Entity(source.below(index))),
                    _ => self.scalar(source, usize::MAX),
                };
                self.list_of(source, element)
            }
            _ => match around {
                // What a value requires must end: only entities declared before may be required.
                Around::Entity(index, all) => {
                    let which = source.below(all);
                    return (self.plain(Ty::Entity(which)), which >= index || source.chance(60));
                }
                Around::Input(all) => self.plain(Ty::Entity(source.below(all))),
                // Entities are there by then.
                Around::Event if !self.entities.is_empty() => self.plain(Ty::Entity(source.below(self.entities.len()))),
                Around::Record | Around::Event => self.scalar(source, usize::MAX),
            },
        };
        (used, optional)
    }

    pub(super) fn fields(&self, source: &mut Source, size: usize, around: Around) -> Vec<Field> {
        let mut names = words::FIELDS.to_vec();
        source.shuffle(&mut names);
        let mut wires = words::WIRES.to_vec();
        source.shuffle(&mut wires);
        (0..size)
            .zip(names)
            .zip(wires.into_iter().cycle())
            .map(|((index, name), wire)| {
                let (used, mut optional) = self.any_type(source, around);
                let mut default = None;
                if matches!(around, Around::Record | Around::Input(_)) && source.chance(14) {
                    default = self.default_of(source, &used);
                    optional &= default.is_none();
                }
                let wire = (index < words::WIRES.len() && source.chance(12)).then(|| wire.to_owned());
                Field { name: name.to_owned(), wire, used, optional, default, wider: None }
            })
            .collect()
    }

    /// The type of ids by which a source is asked; it takes those that policies name.
    fn key_of_ids(&self, source: &mut Source) -> Use {
        let takes = |used: &Use| {
            let bounds = &used.bounds;
            super::wire::IDS[..3].iter().all(|id| {
                id.len() <= bounds.length && bounds.patterns.iter().all(|pattern| words::matches(*pattern, id))
            })
        };
        let named = (0..self.types.len()).filter(|i| self.is_text(&Ty::Named(*i)) && takes(&self.types[*i]));
        let mut all: Vec<Use> = named.map(|i| self.plain(Ty::Named(i))).collect();
        let written = |ty: Ty, more: &str| Use { text: format!("{}{more}", self.show(&ty)), ..self.plain(ty) };
        all.push(written(Ty::Ident, ""));
        all.push(written(Ty::String, " max 15"));
        all.push(written(Ty::String, " matching re\"[a-z][a-z0-9@.]*\""));
        source.pick(&all).clone()
    }

    fn tags(&mut self, source: &mut Source) {
        if source.chance(40) {
            self.demanding_tags(source);
        }
        if source.chance(25) {
            let outer = self.tags.len();
            self.tags.push(Tag { name: "effect".to_owned(), parent: None, required: true, fields: vec![] });
            for name in ["reads", "changes"] {
                self.tags.push(Tag { name: name.to_owned(), parent: Some(outer), required: false, fields: vec![] });
            }
        }
    }

    fn demanding_tags(&mut self, source: &mut Source) {
        for index in 0..source.between(1, 2) {
            let names = ["send", "touches"];
            let fields = (0..source.below(3))
                .map(|field| {
                    let element = if source.chance(20) {
                        self.plain(Ty::Entity(source.below(self.entities.len())))
                    } else {
                        self.scalar(source, usize::MAX)
                    };
                    let used = if source.chance(50) {
                        let ty = Ty::List(Box::new(element.ty.clone()));
                        let bounds = Bounds { element: Some(Box::new(element.bounds)), length: 60, ..unbounded(&ty) };
                        Use { bounds, text: format!("List<{}> max 60", element.text), ty }
                    } else {
                        element
                    };
                    (["what", "whom"][field].to_owned() + ["", "2"][index], used)
                })
                .collect();
            let parent = (index > 0 && source.chance(50)).then_some(0);
            self.tags.push(Tag { name: names[index].to_owned(), parent, required: false, fields });
        }
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
            input.push(Field::plain("amount", self.plain(ty), source.chance(25)));
        }
        // And one that is never negative, to be summed up.
        if source.chance(40) && !input.iter().any(|f| f.name == "paid" || f.wire.as_deref() == Some("paid")) {
            let (ty, text, max) = match source.below(3) {
                0 => (Ty::Int, "Int in 0 .. 100", 100),
                1 => (Ty::Decimal, "Decimal places 2 in 0.00 ..", i64::MAX),
                _ => (Ty::Int, "Int in 0 ..", i64::MAX),
            };
            let places = if ty == Ty::Decimal { 2 } else { 4 };
            let used = Use { bounds: Bounds { min: 0, max, places, ..unbounded(&ty) }, text: text.into(), ty };
            input.push(Field::plain("paid", used, false));
        }
        // Texts of which something else can be asked than of others.
        for (name, syntax) in [("doc", Syntax::Path), ("run", Syntax::Command), ("site", Syntax::Host)] {
            if source.chance(30) {
                let used = self.plain(Ty::Syntax(syntax));
                input.push(Field::plain(name, used, source.chance(20)));
            }
        }
        // Two that can be compared with each other.
        let ordered: Vec<usize> = (0..self.enums.len()).filter(|e| self.enums[*e].ordered).collect();
        if !ordered.is_empty() && source.chance(30) {
            let of = *source.pick(&ordered);
            for name in ["lowest", "highest"] {
                let used = self.plain(Ty::Enum(of));
                input.push(Field::plain(name, used, source.chance(10)));
            }
        }
        // An entity that a tag demands.
        let demanded = self.tags.iter().flat_map(|tag| &tag.fields).find_map(|(_, used)| match &used.ty {
            Ty::Entity(of) => Some(*of),
            Ty::List(element) => match **element {
                Ty::Entity(of) => Some(of),
                _ => None,
            },
            _ => None,
        });
        if let Some(of) = demanded.filter(|_| source.chance(70)) {
            input.push(Field::plain("who", self.plain(Ty::Entity(of)), false));
        }
        // A text that must be of two patterns.
        if source.chance(20) {
            let used = self.of_two_patterns(source);
            input.push(Field::plain("code", used, false));
        }
        let mut action = Action {
            name: name.to_owned(),
            wire: source.chance(20).then(|| format!("{} {index}", words::WIRES[index])),
            principals,
            resource: source.chance(60).then(|| source.below(self.entities.len())),
            context: (!self.records.is_empty() && source.chance(60)).then(|| source.below(self.records.len())),
            tier: (!self.tiers.is_empty() && source.chance(70)).then(|| source.below(self.tiers.len())),
            input,
            resource_id: None,
            tags: vec![],
            output: self.output(source),
            ask: vec![],
            part_of: None,
            own: vec![],
            extended: vec![],
        };
        if action.resource.is_some() && source.chance(25) {
            // Long enough for an id, and never absent.
            let by = match action.resource.and_then(|of| self.channels[of].as_ref()) {
                Some(Channel::Source { by, .. }) => by.as_ref().map(|by| &by.ty),
                _ => None,
            };
            let named = action.input.iter().find(|field| {
                let ty = &field.used.ty;
                let text = matches!(self.base(ty), Ty::String | Ty::Ident | Ty::Syntax(_));
                // A named type is no other.
                let same = by.is_none_or(|by| by == ty || !matches!(ty, Ty::Named(_)));
                text && same && !field.optional
            });
            action.resource_id = named.map(|field| format!("input.{}", field.name));
        }
        let required = self.tags.iter().position(|tag| tag.required);
        for tag in 0..self.tags.len() {
            let parent = self.tags[tag].parent;
            if self.tags[tag].required || parent.is_some() && parent == required || !source.chance(60) {
                continue;
            }
            let fields = [parent, Some(tag)].into_iter().flatten().flat_map(|tag| &self.tags[tag].fields);
            let said: Option<Vec<String>> = fields
                .map(|(name, used)| Some(format!("{name}: {}", self.tag_field(source, &action.input, used)?)))
                .collect();
            let Some(said) = said else { continue };
            // Who carries the inner one carries the outer one, whose fields are said once.
            if let Some(parent) = parent {
                action.tags.retain(|(other, _)| *other != parent);
            }
            let fields = if said.is_empty() { String::new() } else { format!(" {{ {} }}", said.join(", ")) };
            action.tags.push((tag, format!("{}{fields}", self.tags[tag].name)));
        }
        if let Some(outer) = required {
            // It, or what is in it.
            let one = outer + source.below(3);
            action.tags.push((one, self.tags[one].name.clone()));
            if one == outer + 1 && source.chance(30) {
                action.tags.push((one + 1, self.tags[one + 1].name.clone()));
            }
        }
        if source.chance(20) {
            action.extended =
                ["by", "tier", "tags", "context", "ask"].into_iter().filter(|_| source.chance(40)).collect();
        }
        if source.chance(20) {
            for field in action.input.iter_mut().filter(|field| field.default.is_none()) {
                field.wider = source.chance(40).then(|| self.wider(source, &field.used)).flatten();
            }
        }
        action
    }

    /// A type that takes whatever another one takes, and is written the same way in requests.
    fn wider(&self, source: &mut Source, used: &Use) -> Option<&'static str> {
        const WHOLE: i64 = i64::MAX / 10_000;
        let fits = -WHOLE <= used.bounds.min && used.bounds.max <= WHOLE;
        let usual = match &used.ty {
            Ty::String | Ty::Ident | Ty::Syntax(_) | Ty::Enum(_) => Some("String max 1_048_576"),
            Ty::Instant | Ty::Date | Ty::Time | Ty::Duration => Some("String"),
            Ty::Int | Ty::Size if fits => Some("Decimal"),
            Ty::Size => Some("Int"),
            Ty::Json => return None,
            _ => None,
        };
        if source.chance(25) { Some("Json") } else { usual.or(Some("Json")) }
    }

    /// A text with two patterns, each of which refuses something that the other takes.
    fn of_two_patterns(&self, source: &mut Source) -> Use {
        let (first, second) = *source.pick(&[(0, 7), (8, 0), (6, 2), (8, 2)]);
        let ty = if source.chance(50) { Ty::Ident } else { Ty::String };
        let both = [first, second].map(|pattern| format!(" matching re\"{}\"", words::PATTERNS[pattern]));
        let bounds = Bounds { patterns: vec![first, second], ..unbounded(&ty) };
        Use { text: format!("{}{}", self.show(&ty), both.concat()), ty, bounds }
    }

    /// What a field of a tag is for an action with these arguments.
    fn tag_field(&self, source: &mut Source, input: &[Field], used: &Use) -> Option<String> {
        let fits = |ty: &Ty| *ty == used.ty;
        let all: Vec<&Field> = input.iter().filter(|field| fits(&field.used.ty)).collect();
        let read = |field: &Field| {
            if !field.optional {
                return Some(format!("input.{}", field.name));
            }
            matches!(field.used.ty, Ty::List(_)).then(|| format!("(input.{} ?? [])", field.name))
        };
        let mut parts: Vec<String> = all.into_iter().filter_map(read).collect();
        source.shuffle(&mut parts);
        if let Ty::List(element) = &used.ty {
            let one = input.iter().find(|f| f.used.ty == **element && !f.optional);
            parts.extend(one.map(|field| format!("[input.{}]", field.name)));
            parts.truncate(source.between(1, 3));
            return (!parts.is_empty()).then(|| parts.join(" + "));
        }
        parts.into_iter().next()
    }
}

fn refine_number(source: &mut Source, used: &mut Use, decimal: bool) {
    let bounds = &mut used.bounds;
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
        let (min, max) = (low.unwrap_or(i64::MIN).max(bounds.min), high.unwrap_or(i64::MAX).min(bounds.max));
        if min <= max {
            let shown = |end: Option<i64>| end.map_or(String::new(), |n| number(n, decimal, 2));
            let _ = write!(used.text, " in {} .. {}", shown(low), shown(high));
            (bounds.min, bounds.max) = (min, max);
        }
    }
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
