//! Times, sizes, texts that mean something, and hierarchies.

use zt_lang::hir::Syntax;

use super::super::samples;
use super::super::scope::Facts;
use super::super::words;
use super::super::world::{Ty, World};
use super::{Aim, Condition, Maker, Value, level};

/// Ids in policies; requests have them too.
const IDS: &[&str] = &["u1", "u2", "ann@example.com"];

impl Maker<'_> {
    /// A condition that only times, texts of a syntax or hierarchies know.
    pub(super) fn meaning(&mut self, facts: &Facts) -> Option<Condition> {
        match self.source.below(10) {
            0 | 1 => self.range(facts),
            2 | 3 => self.hours(facts),
            4..7 => self.under(facts),
            7 => self.glob(facts),
            _ => self.runs(facts),
        }
    }

    /// `x in a .. b`
    fn range(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.scalar_path(facts, |world, ty| world.is_ordered(ty))?;
        let (ty, _) = path.value.clone()?;
        let left = if self.source.chance(70) { self.read_path(facts, &path) } else { self.value(facts, &ty, 1)? };
        let range = match self.world.base(&ty).clone() {
            Ty::Time => {
                (*self.source.pick(&["09:00 .. 17:00", "22:00 .. 06:00", "00:00 .. 24:00", "06:00 .. 17:00:30"]))
                    .to_owned()
            }
            // Only literals are seen to be in the right order.
            _ if self.source.chance(30) => {
                let (a, b) = (self.value(facts, &ty, 1)?, self.value(facts, &ty, 1)?);
                format!("{} .. {}", a.at(level::ADD), b.at(level::ADD))
            }
            Ty::Enum(index) => {
                let members = &self.world.enums[index].members;
                let low = self.source.below(members.len());
                let high = self.source.between(low, members.len() - 1);
                format!("{} .. {}", members[low].0, members[high].0)
            }
            base => {
                let all: &[&str] = match base {
                    Ty::Int => &["0 .. 10", "-5 .. 5", "50 .. 100", "-9223372036854775807 .. 0"],
                    Ty::Decimal => &["0.5 .. 100.00", "-1 .. 50.00", "10.00 .. 10.00"],
                    Ty::Duration => &["5min .. 1h", "0s .. 90min", "1d .. 30d"],
                    Ty::Size => &["1KiB .. 5MB", "5MB .. 10MiB"],
                    Ty::Instant => &[
                        "2026-03-27T14:00:00Z .. 2026-03-29T01:00:00Z",
                        "1970-01-01T00:00:00Z .. 2026-03-28T23:00:00Z",
                    ],
                    Ty::Date => &["2026-03-27 .. 2026-04-01", "1970-01-01 .. 2026-03-27"],
                    _ => return None,
                };
                (*self.source.pick(all)).to_owned()
            }
        };
        Some(Condition::new(format!("{} in {range}", left.at(level::ELSE)), level::COMPARE))
    }

    fn instant(&mut self, facts: &Facts) -> Option<Value> {
        if self.scope.now && self.source.chance(40) {
            return Some(Value::new("now", level::PRIMARY));
        }
        self.value(facts, &Ty::Instant, 1)
    }

    /// `t at "Zone" in mon..fri 09:00..17:00`
    fn hours(&mut self, facts: &Facts) -> Option<Condition> {
        let instant = self.instant(facts)?;
        let (zone, mut hours) = (*self.source.pick(samples::ZONES), *self.source.pick(samples::HOURS));
        if self.source.chance(30) {
            // Its end is among the instants.
            hours = "mon..fri 09:00..17:00";
        }
        if self.source.chance(25) {
            let days = *self.source.pick(&["in mon .. fri", "== sun", "!= wed", ">= sat", "in [mon, sun]"]);
            return Some(Condition::new(
                format!("({} at \"{zone}\").weekday {days}", instant.at(level::ADD)),
                level::COMPARE,
            ));
        }
        Some(Condition::new(format!("{} at \"{zone}\" in {hours}", instant.at(level::ADD)), level::COMPARE))
    }

    /// A part of a local time.
    pub(super) fn local(&mut self, facts: &Facts, ty: &Ty) -> Option<Value> {
        let part = match ty {
            Ty::Date => "date",
            Ty::Time => "time",
            Ty::Int => "weekday",
            _ => return None,
        };
        let instant = self.instant(facts)?;
        let zone = *self.source.pick(samples::ZONES);
        Some(Value::new(format!("({} at \"{zone}\").{part}", instant.at(level::ADD)), level::PRIMARY))
    }

    /// `a under b`
    pub(super) fn under(&mut self, facts: &Facts) -> Option<Condition> {
        let fits = |_: &World, ty: &Ty| {
            matches!(ty, Ty::Entity(_) | Ty::Syntax(Syntax::Path | Syntax::Host | Syntax::IpAddr | Syntax::IpNet))
        };
        let of_text = |_: &World, ty: &Ty| matches!(ty, Ty::Syntax(Syntax::Path | Syntax::Host));
        let text = if self.source.chance(50) { self.path(facts, of_text) } else { None };
        let path = match text {
            Some(path) => path,
            None => self.path(facts, fits)?,
        };
        let (ty, _) = path.value.clone()?;
        let left = self.alias(facts, &path);
        let right = match &ty {
            Ty::Entity(below) => {
                let mut above = self.world.above(*below);
                above.push(*below);
                let other = self.path(facts, |_, ty| matches!(ty, Ty::Entity(e) if above.contains(e)));
                match other.filter(|_| self.source.chance(30)) {
                    Some(other) => self.alias(facts, &other),
                    None => {
                        let entity = words::ENTITIES[*self.source.pick(&above)];
                        format!("{entity}(\"{}\")", self.source.pick(IDS))
                    }
                }
            }
            Ty::Syntax(syntax) => {
                let above = if *syntax == Syntax::IpAddr { Syntax::IpNet } else { *syntax };
                let other = self.path(facts, |_, ty| *ty == Ty::Syntax(above));
                match other.filter(|_| self.source.chance(35)) {
                    Some(other) => self.alias(facts, &other),
                    None => {
                        let text: &&str = self.source.pick(samples::texts(above));
                        words::literal(text)
                    }
                }
            }
            _ => return None,
        };
        Some(Condition::new(format!("{left} under {right}"), level::COMPARE))
    }

    pub(super) fn glob(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.scalar_path(facts, |world, ty| *world.base(ty) == Ty::Syntax(Syntax::Path))?;
        let glob = *self.source.pick(samples::GLOBS);
        Some(Condition::new(format!("{} matches glob\"{glob}\"", self.alias(facts, &path)), level::COMPARE))
    }

    pub(super) fn runs(&mut self, facts: &Facts) -> Option<Condition> {
        let path = self.scalar_path(facts, |world, ty| *world.base(ty) == Ty::Syntax(Syntax::Command))?;
        let (word, all) =
            if self.source.chance(50) { ("only", samples::RUNS_ONLY) } else { ("any", samples::RUNS_ANY) };
        let mut some: Vec<String> = all.iter().map(|pattern| words::literal(pattern)).collect();
        self.source.shuffle(&mut some);
        some.truncate(self.source.between(1, 3));
        Some(Condition::new(format!("{} runs {word} [{}]", self.alias(facts, &path), some.join(", ")), level::COMPARE))
    }

    /// `(if c then a else b)`
    pub(super) fn either(&mut self, facts: &Facts, ty: &Ty) -> Option<Value> {
        let condition = self.condition(facts, 1, Aim::Any);
        let then = self.value(&facts.clone().and(&condition.plus), ty, 1)?;
        let other = self.operand(&facts.clone().and(&condition.minus.clone().unnamed()), ty, 1)?;
        Some(Value::new(format!("(if {} then {} else {})", condition.text, then.text, other.text), level::PRIMARY))
    }

    /// What a window says, if one says something of this type.
    pub(super) fn reading(&mut self, ty: &Ty) -> Option<Value> {
        let all: Vec<(usize, bool)> =
            self.scope.windows.iter().copied().filter(|(index, _)| self.world.windows[*index].ty == *ty).collect();
        if all.is_empty() {
            return None;
        }
        let (index, counting) = *self.source.pick(&all);
        let name = &self.world.windows[index].name;
        Some(if counting && self.source.chance(55) {
            Value::new(format!("{name} counting this"), level::UNARY)
        } else {
            Value::new(name.clone(), level::PRIMARY)
        })
    }

    /// A small number beside what a window says.
    pub(super) fn remembered(&mut self, _facts: &Facts) -> Option<Condition> {
        let all: Vec<usize> = self
            .scope
            .windows
            .iter()
            .map(|(index, _)| *index)
            .filter(|i| self.world.is_scalar(&self.world.windows[*i].ty))
            .collect();
        if all.is_empty() {
            return None;
        }
        let ty = self.world.windows[*self.source.pick(&all)].ty.clone();
        let reading = self.reading(&ty)?;
        let most = match self.world.base(&ty) {
            Ty::Int => self.source.below(5).to_string(),
            Ty::Decimal => format!("{}.00", self.source.below(200)),
            Ty::Duration | Ty::Size => {
                let bounds = self.world.own_bounds(&ty);
                self.literal(&ty, &bounds)
            }
            _ => return None,
        };
        let op = *self.source.pick(&[">", ">=", "<", "<=", "==", "!="]);
        Some(Condition::new(format!("{} {op} {most}", reading.at(level::ELSE)), level::COMPARE))
    }
}
