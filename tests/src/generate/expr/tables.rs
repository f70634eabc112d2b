//! What tables say.

use super::super::scope::Facts;
use super::super::words;
use super::super::world::{Table, Ty};
use super::{Condition, Maker, Value, level};

/// Ids in policies; requests have them too.
const IDS: &[&str] = &["u1", "u2", "ann@example.com"];

impl Maker<'_> {
    /// What a table says, if one says something of this type.
    pub(super) fn looked_up(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        let all: Vec<&Table> = self.world.tables.iter().filter(|table| table.value.as_ref() == Some(ty)).collect();
        if all.is_empty() {
            return None;
        }
        let table = (*self.source.pick(&all)).clone();
        let key = self.key(facts, &table)?.join(", ");
        if table.total {
            let value = Value::new(format!("{}({key})", table.name), level::PRIMARY);
            return Some(Value { bounds: Some(self.world.own_bounds(ty)), ..value });
        }
        let other = self.operand(facts, ty, depth.saturating_sub(1))?;
        Some(Value::new(format!("{}({key}) ?? {}", table.name, other.at(level::ELSE)), level::ELSE))
    }

    /// `(a, b) in t`
    pub(super) fn in_table(&mut self, facts: &Facts) -> Option<Condition> {
        let all: Vec<&Table> = self.world.tables.iter().filter(|table| !table.total).collect();
        if all.is_empty() {
            return None;
        }
        let table = (*self.source.pick(&all)).clone();
        let key = self.key(facts, &table)?;
        let key = if let [one] = key.as_slice() { one.clone() } else { format!("({})", key.join(", ")) };
        Some(Condition::new(format!("{key} in {}", table.name), level::COMPARE))
    }

    /// What a table says beside something else.
    pub(super) fn of_table(&mut self, facts: &Facts) -> Option<Condition> {
        let all: Vec<Ty> = self.world.tables.iter().filter_map(|table| table.value.clone()).collect();
        if all.is_empty() || self.source.chance(40) {
            return self.in_table(facts);
        }
        let ty = self.source.pick(&all).clone();
        let left = self.looked_up(facts, &ty, 1)?;
        if ty == Ty::Bool {
            return Some(Condition::of(left));
        }
        let right = match &left.bounds {
            Some(bounds) if self.source.chance(70) => Value::literal(self.literal(&ty, bounds)),
            Some(_) => self.value(facts, &ty, 1)?,
            None => self.operand(facts, &ty, 1)?,
        };
        let ops: &[&str] = if self.world.is_ordered(&ty) { &["<", "<=", ">", ">=", "=="] } else { &["==", "!="] };
        let op = *self.source.pick(ops);
        Some(Condition::new(format!("{} {op} {}", left.at(level::ELSE), right.at(level::ELSE)), level::COMPARE))
    }

    /// What a table of patterns finds.
    pub(super) fn detected(&mut self, facts: &Facts) -> Option<Condition> {
        if self.world.detectors.is_empty() {
            return None;
        }
        let detector = self.source.pick(&self.world.detectors).clone();
        // All arguments are there where calls are judged.
        let of_calls = !self.scope.principals.is_empty() && self.scope.event.is_none();
        let searched = if of_calls && self.source.chance(40) {
            "input".to_owned()
        } else {
            let path = self.scalar_path(facts, |world, ty| world.is_text(ty))?;
            let text = self.read_path(facts, &path);
            // A text fails only where somebody else has to say it, or where what chooses it does.
            if self.source.chance(25) {
                format!("if {} then {} else {}", self.failing(facts).at(level::OR), text.text, text.text)
            } else {
                text.at(level::ELSE)
            }
        };
        let found = format!("{}({searched})", detector.name);
        let Ty::Enum(of) = detector.ty else { return Some(Condition::new(found, level::PRIMARY)) };
        let members: Vec<String> = self.world.enums[of].members.iter().map(|(name, _)| name.clone()).collect();
        let op = *self.source.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let member = self.source.pick(&members).clone();
        Some(Condition::new(format!("{found} {op} {member}"), level::COMPARE))
    }

    /// A path or a constant for each column.
    fn key(&mut self, facts: &Facts, table: &Table) -> Option<Vec<String>> {
        // A source is asked by what is known before windows are read, and of a definition nobody knows what it is given.
        if table.asked && self.scope.principals.is_empty() && self.scope.event.is_none() {
            return None;
        }
        table.keys.iter().map(|types| self.column(facts, types, table.asked)).collect()
    }

    fn column(&mut self, facts: &Facts, types: &[Ty], early: bool) -> Option<String> {
        let whole = self.scope.principals.iter().all(|p| types.contains(&Ty::Entity(*p)));
        if !self.scope.principals.is_empty() && whole && self.source.chance(40) {
            return Some("principal".to_owned());
        }
        if self.source.chance(80)
            && let Some(path) = self.path(facts, |_, ty| types.contains(ty))
        {
            let root = path.text.split('.').next().unwrap_or_default();
            let told = self.scope.event.as_ref().is_some_and(|event| path.text.starts_with(&format!("{event}.")));
            if !early || told || ["input", "principal", "resource", "context"].contains(&root) {
                return Some(self.alias(facts, &path));
            }
        }
        Some(match self.source.pick(types).clone() {
            Ty::Entity(of) => format!("{}(\"{}\")", words::ENTITIES[of], self.source.pick::<&str>(IDS)),
            ty => {
                let bounds = self.world.own_bounds(&ty);
                self.literal(&ty, &bounds)
            }
        })
    }
}
