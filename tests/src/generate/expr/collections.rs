//! Collections: what is made of them, and what is asked of them and of their elements.

use super::super::scope::{Facts, Path};
use super::super::world::{Bounds, Ty, World, unbounded};
use super::{Aim, Condition, Maker, Value, level};

/// How deep quantifiers stand in each other.
const LOOPS: usize = 2;

/// A collection, as it is written.
#[derive(Debug, Clone)]
pub(super) struct Collection {
    value: Value,
    element: Ty,
    bounds: Bounds,
    set: bool,
    /// The most elements that it can have.
    length: usize,
}

/// The most elements of which something is asked one by one.
const WALKED: usize = 130;

impl Maker<'_> {
    /// A collection; of elements of this type, if one is wanted.
    pub(super) fn collection(&mut self, facts: &Facts, wanted: Option<&Ty>, depth: usize) -> Option<Collection> {
        let fits = |world: &World, ty: &Ty| {
            world.element(ty).is_some_and(|element| wanted.is_none_or(|wanted| wanted == element))
        };
        let one = match self.source.below(10) {
            0 => self.window_set(wanted),
            1 => self.maybe_collection(facts, wanted),
            _ => None,
        };
        let one = match one {
            Some(one) => one,
            None => {
                let path = self.path(facts, fits)?;
                let (ty, bounds) = path.value.clone()?;
                let element = self.world.element(&ty)?.clone();
                let length = bounds.length;
                let bounds = bounds.element.map_or_else(|| unbounded(self.world.base(&element)), |b| *b);
                let set = matches!(self.world.base(&ty), Ty::Set(_));
                let value = Value::new(self.alias(facts, &path), level::PRIMARY);
                Collection { value, element, bounds, set, length }
            }
        };
        if depth == 0 || self.source.chance(55) {
            return Some(one);
        }
        // What is written out takes its type from what stands before it.
        let listed = self.source.chance(40);
        let other = if listed {
            self.listed(facts, &one)
        } else {
            self.collection(facts, Some(&one.element), depth - 1).filter(|other| other.set == one.set)
        };
        let Some(other) = other else { return Some(one) };
        let op = if one.set { *self.source.pick(&["+", "-", "&"]) } else { "+" };
        let (a, b) = if !listed && self.source.chance(30) { (&other, &one) } else { (&one, &other) };
        let value = Value::new(format!("{} {op} {}", a.value.at(level::ADD), b.value.at(level::MUL)), level::ADD);
        Some(Collection { value, length: one.length + other.length, ..one })
    }

    /// What a window holds that remembers values.
    fn window_set(&mut self, wanted: Option<&Ty>) -> Option<Collection> {
        let world = self.world;
        let fits = |(index, _): &(usize, bool)| match &world.windows[*index].ty {
            Ty::Set(element) => wanted.is_none_or(|wanted| wanted == &**element),
            _ => false,
        };
        let all: Vec<(usize, bool)> = self.scope.windows.iter().copied().filter(fits).collect();
        if all.is_empty() {
            return None;
        }
        let (index, _) = *self.source.pick(&all);
        let window = &self.world.windows[index];
        let Ty::Set(element) = &window.ty else { return None };
        let bounds = unbounded(self.world.base(element));
        let value = Value::new(window.name.clone(), level::PRIMARY);
        Some(Collection { value, element: (**element).clone(), bounds, set: true, length: 10_000 })
    }

    /// `path ?? []`
    fn maybe_collection(&mut self, facts: &Facts, wanted: Option<&Ty>) -> Option<Collection> {
        let fits = |path: &&Path| {
            let element = path.value.as_ref().and_then(|(ty, _)| self.world.element(ty));
            element.is_some_and(|element| wanted.is_none_or(|wanted| wanted == element))
        };
        let all: Vec<&Path> = self.scope.askable(facts).filter(fits).collect();
        if all.is_empty() {
            return None;
        }
        let path = (*self.source.pick(&all)).clone();
        let (ty, bounds) = path.value.clone()?;
        let element = self.world.element(&ty)?.clone();
        let length = bounds.length;
        let bounds = bounds.element.map_or_else(|| unbounded(self.world.base(&element)), |b| *b);
        let set = matches!(self.world.base(&ty), Ty::Set(_));
        let value = Value::new(format!("{} ?? []", self.alias(facts, &path)), level::ELSE);
        Some(Collection { value, element, bounds, set, length })
    }

    /// A list that is written out, of the same elements as another collection.
    fn listed(&mut self, facts: &Facts, beside: &Collection) -> Option<Collection> {
        if !self.world.is_scalar(&beside.element) {
            return None;
        }
        let mut elements = vec![];
        for _ in 0..self.source.between(1, 3) {
            let element = if self.source.chance(70) && *self.world.base(&beside.element) != Ty::Bool {
                Value::literal(self.literal(&beside.element, &beside.bounds))
            } else {
                self.value(facts, &beside.element, 1)?
            };
            elements.push(element.at(level::OR));
        }
        let value = Value::new(format!("[{}]", elements.join(", ")), level::PRIMARY);
        Some(Collection { value, length: 3, ..beside.clone() })
    }

    /// `count(xs)`, `count(x in xs: c)`
    pub(super) fn counted(&mut self, facts: &Facts) -> Option<Value> {
        if self.source.chance(50) {
            let of = self.collection(facts, None, 1)?;
            return Some(Value::new(format!("count({})", of.value.text), level::PRIMARY));
        }
        self.each(facts, "count", Aim::Any).map(|text| Value::new(text, level::PRIMARY))
    }

    /// `any(x in xs: c)`, `all(x in xs: c)`
    pub(super) fn quantified(&mut self, facts: &Facts, aim: Aim) -> Option<Condition> {
        let word = if self.source.chance(50) { "any" } else { "all" };
        self.each(facts, word, aim).map(|text| Condition::new(text, level::PRIMARY))
    }

    fn each(&mut self, facts: &Facts, word: &str, aim: Aim) -> Option<String> {
        if self.scope.loops == LOOPS || self.fuel < 6 {
            return None;
        }
        let over = self.collection(facts, None, 1)?;
        if over.length > WALKED {
            return None;
        }
        let name = format!("e{}", self.scope.loops);
        let scope = self.scope.with_element(self.world, &name, &over.element, over.bounds);
        let mut inner = Maker {
            source: &mut *self.source,
            world: self.world,
            scope: &scope,
            fuel: self.fuel.min(12),
            weight: 0,
            open: self.open,
        };
        // Something should be asked of the element itself.
        let first = inner.about(facts, &name);
        let body = match first {
            Some(first) if inner.source.chance(60) => first,
            _ => inner.condition(facts, 1, aim),
        };
        let (fuel, weight) = (inner.fuel, inner.weight);
        self.fuel = self.fuel.saturating_sub(12_usize.min(self.fuel).saturating_sub(fuel) + 3);
        self.weight += weight * 8;
        Some(format!("{word}({name} in {}: {})", over.value.at(level::ELSE), body.text))
    }

    /// A condition about what has this name.
    pub(super) fn about(&mut self, facts: &Facts, name: &str) -> Option<Condition> {
        let own = |path: &&Path| {
            let rest = path.text.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                && path.value.as_ref().is_some_and(|(ty, _)| self.world.is_scalar(ty))
        };
        let all: Vec<&Path> = self.scope.readable(facts).filter(own).collect();
        if all.is_empty() {
            return None;
        }
        let path = (*self.source.pick(&all)).clone();
        let (ty, bounds) = path.value.clone()?;
        let left = self.read_path(facts, &path);
        if *self.world.base(&ty) == Ty::Bool {
            return (ty == Ty::Bool).then(|| Condition::of(left));
        }
        let right = if self.source.chance(75) {
            Value::literal(self.literal(&ty, &bounds))
        } else if self.source.chance(30) && self.world.is_counted(&ty) {
            self.arithmetic(facts, &ty, 1)?
        } else {
            self.value(facts, &ty, 1)?
        };
        let op = if self.world.is_ordered(&ty) && self.source.chance(60) {
            *self.source.pick(&["<", "<=", ">", ">="])
        } else {
            *self.source.pick(&["==", "!="])
        };
        Some(Condition::new(format!("{} {op} {}", left.at(level::ELSE), right.at(level::ELSE)), level::COMPARE))
    }

    /// `x in xs`
    pub(super) fn in_collection(&mut self, facts: &Facts) -> Option<Condition> {
        let of = self.collection(facts, None, 1)?;
        let element = of.element.clone();
        let value = match self.world.base(&element) {
            Ty::Record(_) => return None,
            Ty::Entity(_) | Ty::Bool => self.value(facts, &element, 1)?,
            _ if self.source.chance(60) => Value::literal(self.literal(&element, &of.bounds)),
            base if self.source.chance(30)
                && matches!(base, Ty::Int | Ty::Decimal)
                && self.readable(facts, &element).is_some() =>
            {
                self.value(facts, &element, 2)?
            }
            _ => self.value(facts, &element, 1)?,
        };
        Some(Condition::new(format!("{} in {}", value.at(level::ELSE), of.value.at(level::ELSE)), level::COMPARE))
    }
}
