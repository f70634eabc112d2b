//! Conditions that hold no others: comparisons, membership, presence, patterns.

use super::super::scope::{Facts, Path};
use super::super::words;
use super::super::world::{Ty, unbounded};
use super::{Aim, Condition, Maker, Value, level};

impl Maker<'_> {
    pub(super) fn comparison(&mut self, facts: &Facts) -> Option<Condition> {
        // These are few among all that there is.
        let rare = match self.source.below(12) {
            0 => self.scalar_path(facts, |_, ty| *ty == Ty::Bool),
            1 => self.scalar_path(facts, |world, ty| matches!(ty, Ty::Enum(e) if world.enums[*e].ordered)),
            _ => None,
        };
        let path = match rare {
            Some(path) => path,
            None => self.scalar_path(facts, |_, _| true)?,
        };
        let (ty, _) = path.value.clone()?;
        let ordered = self.world.is_ordered(&ty);
        let equality = !ordered || self.source.chance(30);
        let left = if self.source.chance(60) { self.read_path(facts, &path) } else { self.value(facts, &ty, 2)? };
        let right = if *self.world.base(&ty) == Ty::Bool {
            match (ty == Ty::Bool, self.source.below(3)) {
                (true, 0) => Value::literal("true".into()),
                (true, 1) => {
                    let inner = self.condition(facts, 1, Aim::Any);
                    Value::new(inner.text, inner.level)
                }
                _ => self.value(facts, &ty, 1)?,
            }
        } else if self.source.chance(55) {
            // A literal compared for equality must be one that a request can hold.
            let bounds = left.bounds.clone().filter(|_| equality);
            Value::literal(self.literal(&ty, &bounds.unwrap_or_else(|| unbounded(self.world.base(&ty)))))
        } else {
            self.value(facts, &ty, 2)?
        };
        let op = if equality { *self.source.pick(&["==", "!="]) } else { *self.source.pick(&["<", "<=", ">", ">="]) };
        // A literal takes its type from what stands before it, or from an attribute behind it.
        let swapped = self.source.chance(25) && !left.text.starts_with("(if ");
        let (left, right) = if swapped { (right, left) } else { (left, right) };
        Some(Condition::new(format!("{} {op} {}", left.at(level::ELSE), right.at(level::ELSE)), level::COMPARE))
    }

    pub(super) fn in_list(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.scalar_path(facts, |world, ty| *world.base(ty) != Ty::Bool || *ty == Ty::Bool)?;
        let (ty, _) = path.value.clone()?;
        let value = if self.source.chance(65) { self.read_path(facts, &path) } else { self.value(facts, &ty, 1)? };
        let bounds = value.bounds.clone().unwrap_or_else(|| unbounded(self.world.base(&ty)));
        let count = self.source.between(1, 4);
        let list: Vec<String> = (0..count).map(|_| self.literal(&ty, &bounds)).collect();
        Some(Condition::new(format!("{} in [{}]", value.at(level::ELSE), list.join(", ")), level::COMPARE))
    }

    /// A name that means nothing here yet.
    pub(super) fn free_name(&self, facts: &Facts) -> Option<&'static str> {
        let taken = |name: &str| {
            facts.names.contains_key(name)
                || self.scope.paths.iter().any(|path| path.text.split('.').next() == Some(name))
        };
        ["n0", "n1", "n2", "n3"].into_iter().find(|name| !taken(name))
    }

    pub(super) fn presence(&mut self, facts: &Facts) -> Option<Condition> {
        let all: Vec<&Path> = self.scope.askable(facts).collect();
        if all.is_empty() {
            return None;
        }
        let path = (*self.source.pick(&all)).clone();
        let (before, last) = path.text.rsplit_once('.')?;
        let before = self.alias_text(facts, before);
        let mut plus = Facts::default();
        plus.present.insert(path.text.clone());
        let mut text = format!("{before} has {last}");
        if self.source.chance(40) {
            let name = self.free_name(facts);
            if let Some(name) = name {
                text.push_str(&format!(" as {name}"));
                plus.names.insert(name.to_owned(), path.text.clone());
            }
        }
        Some(Condition { plus, ..Condition::new(text, level::COMPARE) })
    }

    pub(super) fn pattern(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.scalar_path(facts, |world, ty| world.is_text(ty))?;
        let (ty, _) = path.value.clone()?;
        let value = match self.source.below(10) {
            0..6 => self.read_path(facts, &path),
            6 | 7 => self.value(facts, &ty, 1)?,
            _ => match self.call(facts, &ty) {
                Some(value) => value,
                None => self.read_path(facts, &path),
            },
        };
        let pattern = self.source.pick(words::PATTERNS);
        Some(Condition::new(format!("{} matches re\"{pattern}\"", value.at(level::ELSE)), level::COMPARE))
    }

    pub(super) fn entities(&mut self, facts: &Facts) -> Option<Condition> {
        let left = self.path(facts, |_, ty| matches!(ty, Ty::Entity(_)))?;
        let (wanted, _) = left.value.clone()?;
        let right = self.path(facts, |_, ty| *ty == wanted)?;
        let op = *self.source.pick(&["==", "!="]);
        let (left, right) = (self.alias(facts, &left), self.alias(facts, &right));
        Some(Condition::new(format!("{left} {op} {right}"), level::COMPARE))
    }
}
