//! Conditions of one construct, each as likely as any other.

use std::fmt::Write as _;

use super::super::scope::{Facts, Path};
use super::super::words;
use super::super::world::Ty;
use super::{Aim, Condition, Maker, Value, level};

impl Maker<'_> {
    /// A test for presence.
    pub fn tested(&mut self, facts: &Facts) -> Option<Condition> {
        self.presence(facts)
    }

    /// A condition of one construct, if the one that was chosen can be had here.
    pub fn construct(&mut self, facts: &Facts) -> Option<Condition> {
        match self.source.below(31) {
            0 => self.comparison(facts),
            1 => self.in_list(facts),
            2 => self.in_collection(facts),
            3 => self.presence(facts),
            4 => self.pattern(facts),
            5 => self.value(facts, &Ty::Bool, 1).map(Condition::of),
            6 => self.entities(facts),
            7 => Some(self.failing(facts)),
            8 => self.meaning(facts),
            9 | 17 => self.under(facts),
            18 => self.runs(facts),
            19 => self.glob(facts),
            20 => self.pair(facts),
            21 | 22 => self.is(facts),
            23..26 => self.of_table(facts),
            26..29 => self.shaped(facts),
            10 => self.quantified(facts, Aim::Any),
            11 | 12 => self.remembered(facts),
            13 => self.pair(facts),
            14 => self.conditions(facts),
            15 => self.how_many(facts),
            16 => self.call(facts, &Ty::Bool).map(Condition::of),
            29 => self.detected(facts),
            _ => {
                let inner = self.condition(facts, 1, Aim::Any);
                Some(inner)
            }
        }
    }

    /// `principal is N as x and …`
    pub(super) fn is(&mut self, facts: &Facts) -> Option<Condition> {
        if self.scope.principals.len() < 2 || self.fuel < 4 {
            return None;
        }
        let entity = *self.source.pick(&self.scope.principals);
        let mut known = facts.clone();
        let mut text = format!("principal is {}", words::ENTITIES[entity]);
        let name = self.free_name(facts);
        if let Some(name) = name.filter(|_| self.source.chance(50)) {
            let _ = write!(text, " as {name}");
            known.names.insert(name.to_owned(), "principal".to_owned());
        }
        if self.source.chance(25) {
            return Some(Condition::new(text, level::COMPARE));
        }
        let scope = self.scope.narrowed(self.world, entity);
        let mut inner = Maker {
            source: &mut *self.source,
            world: self.world,
            scope: &scope,
            fuel: self.fuel.min(8),
            weight: 0,
            open: self.open,
        };
        let of_own = |path: &&Path| path.text.starts_with("principal.") && path.optional;
        let has: Vec<Path> = scope.askable(&known).filter(of_own).cloned().collect();
        let made = if !has.is_empty() && inner.source.chance(30) {
            inner.presence(&known)?
        } else {
            inner.condition(&known, 1, Aim::Any)
        };
        self.weight += inner.weight;
        self.fuel -= 4;
        Some(Condition::new(format!("{text} and {}", made.at(level::NOT)), level::AND))
    }

    /// The same where nothing beside it knows what it says of the principal.
    pub(super) fn is_apart(&mut self, facts: &Facts) -> Option<Condition> {
        let made = self.is(facts)?;
        let beside = self.source.pick(&["== true", "!= true", "== false"]);
        Some(Condition::new(format!("({}) {beside}", made.text), level::COMPARE))
    }

    /// Two attributes of one type beside each other, members of an enum as a rule.
    fn pair(&mut self, facts: &Facts) -> Option<Condition> {
        let members = self.source.chance(60);
        let fits = |path: &&Path| {
            let ty = path.value.as_ref().map(|(ty, _)| ty);
            ty.is_some_and(|ty| self.world.is_scalar(ty) && (!members || matches!(ty, Ty::Enum(_))))
        };
        let all: Vec<&Path> = self.scope.readable(facts).filter(fits).collect();
        let pairs: Vec<(&Path, &Path)> = all
            .iter()
            .enumerate()
            .flat_map(|(at, a)| all[at + 1..].iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a.value.as_ref().map(|(ty, _)| ty) == b.value.as_ref().map(|(ty, _)| ty))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let (a, b) = *self.source.pick(&pairs);
        let (a, b) = (a.clone(), b.clone());
        let (ty, _) = a.value.as_ref()?;
        let ops: &[&str] =
            if self.world.is_ordered(ty) { &["<=", "<", ">", ">=", "<=", "==", "!="] } else { &["==", "!="] };
        let op = *self.source.pick(ops);
        let counted = self.world.is_counted(ty);
        let ty = ty.clone();
        let (a, b) = if self.source.chance(50) { (b, a) } else { (a, b) };
        if counted && self.source.chance(35) {
            let difference = self.any_literal(&ty)?;
            return Some(Condition::new(format!("{} - {} {op} {difference}", a.text, b.text), level::COMPARE));
        }
        Some(Condition::new(format!("{} {op} {}", a.text, b.text), level::COMPARE))
    }

    /// `(a < b) == (c in d)`
    fn conditions(&mut self, facts: &Facts) -> Option<Condition> {
        let made = [self.condition(facts, 1, Aim::Any), self.condition(facts, 0, Aim::Any)];
        let [a, b] = made.map(|made| Value::new(made.text, made.level).at(level::PRIMARY));
        // What both sides say in any case says nothing.
        let constant = |text: &str| ["true", "false", "(true)", "(false)"].contains(&text);
        if constant(&a) && constant(&b) {
            return None;
        }
        let op = *self.source.pick(&["==", "!="]);
        Some(Condition::new(format!("{a} {op} {b}"), level::COMPARE))
    }

    /// How many there are of something, beside a small number.
    fn how_many(&mut self, facts: &Facts) -> Option<Condition> {
        let counted = if self.source.chance(60) {
            let path = self.path(facts, |world, ty| world.element(ty).is_some())?;
            Value::new(format!("count({})", self.alias(facts, &path)), level::PRIMARY)
        } else {
            self.counted(facts)?
        };
        let op = *self.source.pick(&["==", "!=", "<", "<=", ">", ">="]);
        Some(Condition::new(format!("{} {op} {}", counted.at(level::ELSE), self.source.below(4)), level::COMPARE))
    }
}
