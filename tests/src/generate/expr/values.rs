//! Values of a type: attributes, arithmetic, `??`, definitions, literals.

use super::super::scope::{Facts, Path};
use super::super::world::{Bounds, Define, Ty, World, number, unbounded};
use super::{Aim, HEAVIEST, Maker, NESTED, Value, level};

impl Maker<'_> {
    /// A value of a type that is more than literals, if there is one.
    pub fn value(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        for _ in 0..3 {
            let made = match self.source.weighted(&[50, 20, 20, 10, 6, 8, 6, 8, 6]) {
                1 if depth > 0 => self.arithmetic(facts, ty, depth),
                2 => self.or_else(facts, ty, depth),
                3 if depth > 0 => self.call(facts, ty),
                4 if depth > 0 && self.world.is_scalar(ty) && self.fuel > 4 => self.either(facts, ty),
                5 => self.reading(ty),
                8 if self.fuel > 2 => self.indexed(facts, ty, depth),
                7 if self.fuel > 2 => self.looked_up(facts, ty, depth),
                6 if depth > 0 && *ty == Ty::Int && self.fuel > 4 => match self.source.below(3) {
                    0 => self.local(facts, ty),
                    _ => self.counted(facts),
                },
                6 if depth > 0 => self.local(facts, ty),
                _ => self.read(facts, ty),
            };
            if made.is_some() {
                return made;
            }
        }
        self.read(facts, ty)
    }

    pub(super) fn read(&mut self, facts: &Facts, ty: &Ty) -> Option<Value> {
        let path = self.readable(facts, ty)?;
        Some(self.read_path(facts, &path))
    }

    pub(super) fn read_path(&mut self, facts: &Facts, path: &Path) -> Value {
        let bounds = path.value.as_ref().map(|(_, bounds)| bounds.clone());
        Value { bounds, ..Value::new(self.alias(facts, path), level::PRIMARY) }
    }

    pub(super) fn readable(&mut self, facts: &Facts, ty: &Ty) -> Option<Path> {
        self.path(facts, |_, other| other == ty)
    }

    /// A value of a type, whatever it is made of.
    pub(super) fn operand(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        if self.source.chance(60)
            && let Some(value) = self.value(facts, ty, depth)
        {
            return Some(value);
        }
        self.any_literal(ty).map(Value::literal)
    }

    pub(super) fn any_literal(&mut self, ty: &Ty) -> Option<String> {
        // A named `Bool` has no literals.
        if *self.world.base(ty) == Ty::Bool && *ty != Ty::Bool {
            return None;
        }
        let bounds = unbounded(self.world.base(ty));
        Some(self.literal(ty, &bounds))
    }

    pub(super) fn arithmetic(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        if *ty == Ty::Instant || *ty == Ty::Duration && self.source.chance(40) {
            return self.elapsed(facts, ty, depth);
        }
        if !self.world.is_counted(ty) {
            return None;
        }
        let signed = self.world.is_number(ty);
        let one = self.value(facts, ty, depth - 1)?;
        match self.source.below(8) {
            0..5 => {
                let other = self.operand(facts, ty, depth - 1)?;
                let (left, right) = if self.source.chance(35) { (other, one) } else { (one, other) };
                let op = *self.source.pick(&["+", "-"]);
                Some(Value::new(format!("{} {op} {}", left.at(level::ADD), right.at(level::MUL)), level::ADD))
            }
            5 => {
                let factor = *self.source.pick(&[
                    "2",
                    "-1",
                    "3",
                    "0",
                    "1",
                    "-2",
                    "100",
                    "4611686018427387904",
                    "-9223372036854775808",
                    "1_000",
                ]);
                Some(if self.source.chance(50) {
                    Value::new(format!("{} * {factor}", one.at(level::MUL)), level::MUL)
                } else {
                    Value::new(format!("{factor} * {}", one.at(level::UNARY)), level::MUL)
                })
            }
            // The least number has no opposite.
            6 if signed => {
                let least = number(i64::MIN, *self.world.base(ty) == Ty::Decimal, 0);
                Some(Value::new(format!("-({} + {least})", one.at(level::ADD)), level::UNARY))
            }
            // There is no negative size.
            _ if *self.world.base(ty) == Ty::Size => Some(one),
            _ => Some(Value::new(format!("-{}", one.at(level::UNARY)), level::UNARY)),
        }
    }

    /// What instants and durations give together.
    fn elapsed(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        let instant = self.read(facts, &Ty::Instant)?;
        let (op, other) = if *ty == Ty::Duration {
            ("-", self.operand(facts, &Ty::Instant, depth - 1)?)
        } else {
            (*self.source.pick(&["+", "-"]), self.operand(facts, &Ty::Duration, depth - 1)?)
        };
        Some(Value::new(format!("{} {op} {}", instant.at(level::ADD), other.at(level::MUL)), level::ADD))
    }

    pub(super) fn or_else(&mut self, facts: &Facts, ty: &Ty, depth: usize) -> Option<Value> {
        if !self.world.is_scalar(ty) {
            return None;
        }
        let all: Vec<&Path> =
            self.scope.askable(facts).filter(|p| p.value.as_ref().is_some_and(|(t, _)| t == ty)).collect();
        if all.is_empty() {
            return None;
        }
        let path = (*self.source.pick(&all)).clone();
        let text = self.alias(facts, &path);
        let other = if *ty == Ty::Bool && self.source.chance(40) {
            let inner = self.condition(facts, 1, Aim::Any);
            Value::new(inner.text, inner.level)
        } else if self.world.is_number(ty) && self.source.chance(15) {
            let decimal = *self.world.base(ty) == Ty::Decimal;
            let (a, b) = (number(i64::MAX, decimal, 0), number(1, decimal, 0));
            Value::new(format!("{a} + {b}"), level::ADD)
        } else {
            self.operand(facts, ty, depth.saturating_sub(1))?
        };
        Some(Value::new(format!("{text} ?? {}", other.at(level::ELSE)), level::ELSE))
    }

    /// A definition that gives this type, applied.
    pub(super) fn call(&mut self, facts: &Facts, ty: &Ty) -> Option<Value> {
        let fits = |define: &Define| define.ty == *ty && define.weight <= HEAVIEST;
        let all: Vec<usize> = (0..self.scope.defines).filter(|i| fits(&self.world.defines[*i])).collect();
        if all.is_empty() || self.fuel < 4 || self.open == NESTED {
            return None;
        }
        self.fuel -= 4;
        let define = &self.world.defines[*self.source.pick(&all)];
        self.weight += define.weight;
        self.open += 1;
        let arguments: Option<Vec<String>> = define.params.iter().map(|param| self.argument(facts, param)).collect();
        self.open -= 1;
        let arguments = arguments?;
        let text = if arguments.is_empty() && self.source.chance(70) {
            define.name.clone()
        } else {
            format!("{}({})", define.name, arguments.join(", "))
        };
        Some(Value::new(text, level::PRIMARY))
    }

    pub(super) fn argument(&mut self, facts: &Facts, ty: &Ty) -> Option<String> {
        if !self.world.is_scalar(ty) {
            return self.read(facts, ty).map(|v| v.text);
        }
        if *ty == Ty::Bool && self.source.chance(50) {
            return Some(self.condition(facts, 1, Aim::Any).text);
        }
        if *ty == Ty::Int && self.source.chance(20) {
            return Some("9223372036854775807 + 1".to_owned());
        }
        self.operand(facts, ty, 1).map(|v| v.text)
    }

    /// An argument of an obligation.
    pub fn due(&mut self, facts: &Facts, ty: &Ty) -> Option<String> {
        let Some(element) = self.world.element(ty).cloned() else {
            return self.given(facts, ty).map(|value| value.text);
        };
        if self.source.chance(40)
            && let Some(value) = self.read(facts, ty)
        {
            return Some(value.text);
        }
        let all: Option<Vec<String>> =
            (0..self.source.below(3)).map(|_| Some(self.given(facts, &element)?.at(level::OR))).collect();
        Some(format!("[{}]", all?.join(", ")))
    }

    /// A value of a type, within its bounds where it is a literal.
    fn given(&mut self, facts: &Facts, ty: &Ty) -> Option<Value> {
        if self.source.chance(50)
            && let Some(value) = self.value(facts, ty, 1)
        {
            return Some(value);
        }
        if *self.world.base(ty) == Ty::Bool && *ty != Ty::Bool {
            return None;
        }
        let bounds = self.world.own_bounds(ty);
        Some(Value::literal(self.literal(ty, &bounds)))
    }

    pub(super) fn scalar_path(&mut self, facts: &Facts, fits: impl Fn(&World, &Ty) -> bool) -> Option<Path> {
        self.path(facts, |world, ty| world.is_scalar(ty) && fits(world, ty))
    }

    /// A path that may be read and whose type fits; what was tested for presence comes first.
    pub(super) fn path(&mut self, facts: &Facts, fits: impl Fn(&World, &Ty) -> bool) -> Option<Path> {
        let all: Vec<&Path> = self
            .scope
            .readable(facts)
            .filter(|path| path.value.as_ref().is_some_and(|(ty, _)| fits(self.world, ty)))
            .collect();
        let tested: Vec<&Path> = all.iter().copied().filter(|path| !path.needs.is_empty()).collect();
        let from = if !tested.is_empty() && self.source.chance(55) { &tested } else { &all };
        if from.is_empty() { None } else { Some((*self.source.pick(from)).clone()) }
    }

    /// A path as it is written, by a name that was given to a part of it or in full.
    pub(super) fn alias(&mut self, facts: &Facts, path: &Path) -> String {
        self.alias_text(facts, &path.text)
    }

    pub(super) fn alias_text(&mut self, facts: &Facts, text: &str) -> String {
        let short: Vec<String> = facts
            .names
            .iter()
            .filter_map(|(name, whole)| {
                let rest = text.strip_prefix(whole.as_str())?;
                (rest.is_empty() || rest.starts_with('.')).then(|| format!("{name}{rest}"))
            })
            .collect();
        if !short.is_empty() && self.source.chance(60) { self.source.pick(&short).clone() } else { text.to_owned() }
    }

    /// A literal of a type, one that a request can hold.
    pub fn literal(&mut self, ty: &Ty, bounds: &Bounds) -> String {
        self.world.literal(self.source, ty, bounds)
    }
}
