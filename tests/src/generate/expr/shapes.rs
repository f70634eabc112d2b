//! What may be of several types, members of maps by name, elements by place.

use std::fmt::Write as _;

use super::super::scope::{Facts, Path, Scope};
use super::super::world::{Bounds, Ty, unbounded};
use super::{Aim, Condition, Maker, Value, level};

impl Maker<'_> {
    /// A condition about something of several types, or with members of any names.
    pub(super) fn shaped(&mut self, facts: &Facts) -> Option<Condition> {
        match self.source.below(4) {
            0 | 1 => self.is_of(facts),
            2 => self.entries(facts),
            _ => self.member_of(facts),
        }
    }

    /// The same where nothing beside it knows what it says of types.
    pub(super) fn shaped_apart(&mut self, facts: &Facts) -> Option<Condition> {
        let made = self.shaped(facts)?;
        if made.level == level::PRIMARY {
            return Some(made);
        }
        let beside = self.source.pick(&["== true", "!= true", "== false"]);
        Some(Condition::new(format!("({}) {beside}", made.text), level::COMPARE))
    }

    /// `input.to is Email as x and …`
    fn is_of(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.path(facts, |_, ty| matches!(ty, Ty::Choice(_)))?;
        let (Ty::Choice(of), _) = path.value.clone()? else { return None };
        let variants = &self.world.choices[of];
        let one = self.source.below(variants.len() + usize::from(variants.len() == 1));
        let read = self.alias(facts, &path);
        // A choice of one type is one of it and `null`.
        let Some(used) = variants.get(one) else {
            return Some(Condition::new(format!("{read} is null"), level::COMPARE));
        };
        let word = match &used.ty {
            Ty::List(_) => "List".to_owned(),
            other => self.world.show(other),
        };
        let mut text = format!("{read} is {word}");
        let name = self.free_name(facts);
        let Some(name) = name.filter(|_| self.source.chance(75) && self.fuel > 4) else {
            return Some(Condition::new(text, level::COMPARE));
        };
        let _ = write!(text, " as {name}");
        let scope = self.scope.with_name(self.world, name, &used.ty, used.bounds.clone());
        let condition = self.within(&scope, facts, name)?;
        Some(Condition::new(format!("{text} and {}", condition.at(level::NOT)), level::AND))
    }

    /// A condition about what has this name.
    fn within(&mut self, scope: &Scope, facts: &Facts, name: &str) -> Option<Condition> {
        let mut inner = Maker {
            source: &mut *self.source,
            world: self.world,
            scope,
            fuel: self.fuel.min(8),
            weight: 0,
            open: self.open,
        };
        let own = |path: &&Path| path.text == name || path.text.starts_with(&format!("{name}."));
        let own: Vec<Path> = scope.paths.iter().filter(own).cloned().collect();
        let mut narrow = scope.clone();
        narrow.paths = own;
        let made = match inner.source.below(3) {
            0 => inner.about(facts, name),
            1 => {
                let mut near = Maker { scope: &narrow, source: &mut *inner.source, ..inner };
                let made = near
                    .comparison(facts)
                    .or_else(|| near.in_collection(facts))
                    .or_else(|| near.quantified(facts, Aim::Any));
                let weight = near.weight;
                self.weight += weight;
                return made.or_else(|| Some(Condition::new("true".to_owned(), level::PRIMARY)));
            }
            _ => Some(inner.condition(facts, 1, Aim::Any)),
        };
        let weight = inner.weight;
        self.weight += weight;
        self.fuel = self.fuel.saturating_sub(4);
        made.or_else(|| Some(Condition::new("true".to_owned(), level::PRIMARY)))
    }

    /// `any(e in m: e.key == … and e.value …)`
    fn entries(&mut self, facts: &Facts) -> Option<Condition> {
        if self.scope.loops >= 2 || self.fuel < 6 {
            return None;
        }
        let path = self.path(facts, |_, ty| matches!(ty, Ty::Map(_)))?;
        let (Ty::Map(of), _) = path.value.clone()? else { return None };
        let read = self.alias(facts, &path);
        let name = format!("e{}", self.scope.loops);
        let entry = Ty::Entry(of);
        let scope = self.scope.with_element(self.world, &name, &entry, unbounded(&entry));
        let body = self.within(&scope, facts, &name)?;
        let word = *self.source.pick(&["any", "all", "count"]);
        let text = format!("{word}({name} in {read}: {})", body.text);
        if word == "count" {
            let op = *self.source.pick(&["==", "<", ">="]);
            return Some(Condition::new(format!("{text} {op} {}", self.source.below(3)), level::COMPARE));
        }
        Some(Condition::new(text, level::PRIMARY))
    }

    /// `"a" in m`, `count(m) > 1`
    fn member_of(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.path(facts, |_, ty| matches!(ty, Ty::Map(_)))?;
        let (Ty::Map(of), _) = path.value.clone()? else { return None };
        let read = self.alias(facts, &path);
        if self.source.chance(35) {
            let op = *self.source.pick(&["==", "!=", "<", "<=", ">", ">="]);
            return Some(Condition::new(format!("count({read}) {op} {}", self.source.below(4)), level::COMPARE));
        }
        let key = &self.world.maps[of][0].used;
        let (ty, bounds) = (key.ty.clone(), key.bounds.clone());
        let key = match self.readable(facts, &ty).filter(|_| self.source.chance(40)) {
            Some(path) => self.alias(facts, &path),
            None => self.literal(&ty, &bounds),
        };
        Some(Condition::new(format!("{key} in {read}"), level::COMPARE))
    }

    /// `m["a"] ?? other`, `xs[0] ?? other`
    pub(super) fn indexed(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        if !self.world.is_scalar(ty) {
            return None;
        }
        let world = self.world;
        let fits = |of: &Ty| match of {
            Ty::Map(map) => world.maps[*map][1].used.ty == *ty,
            Ty::List(element) => **element == *ty,
            _ => false,
        };
        let path = self.path(facts, |_, of| fits(of))?;
        if world.tags.iter().any(|tag| path.text.starts_with(&format!("{}.", tag.name))) {
            return None;
        }
        let (of, _): (Ty, Bounds) = path.value.clone()?;
        // A list that is handed to a definition may be computed.
        let parameter = path.text.strip_prefix('p').is_some_and(|n| n.parse::<u32>().is_ok());
        if parameter && matches!(of, Ty::List(_)) {
            return None;
        }
        let read = self.alias(facts, &path);
        let place = match of {
            Ty::Map(map) => {
                let key = &self.world.maps[map][0].used;
                let (ty, bounds) = (key.ty.clone(), key.bounds.clone());
                self.literal(&ty, &bounds)
            }
            _ => self.source.below(3).to_string(),
        };
        let other = self.operand(facts, ty, depth.saturating_sub(1))?;
        Some(Value::new(format!("{read}[{place}] ?? {}", other.at(level::ELSE)), level::ELSE))
    }
}
