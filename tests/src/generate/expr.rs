//! Expressions: conditions and values of a type, as text, with what each proves about presence.
//!
//! A condition is made with an aim: that it be true, false or failed in most requests, or whatever comes.

mod values;
mod atoms;
mod meanings;
mod collections;
mod tables;
mod shapes;
mod single;

use super::scope::{Facts, Scope};
use super::source::Source;
use super::world::{Bounds, Ty, World, number};

/// What a condition should mostly be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Anything.
    Any,
    /// True.
    True,
    /// False.
    False,
    /// Failed.
    Failed,
}

impl Aim {
    fn not(self) -> Aim {
        match self {
            Aim::True => Aim::False,
            Aim::False => Aim::True,
            other => other,
        }
    }
}

/// How tightly a text is bound: the levels of the grammar.
mod level {
    pub(super) const OR: u8 = 0;
    pub(super) const AND: u8 = 1;
    pub(super) const NOT: u8 = 2;
    pub(super) const COMPARE: u8 = 3;
    pub(super) const ELSE: u8 = 4;
    pub(super) const ADD: u8 = 5;
    pub(super) const MUL: u8 = 6;
    pub(super) const UNARY: u8 = 7;
    pub(super) const PRIMARY: u8 = 8;
}

/// A condition.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    level: u8,
    /// What is known if it is true.
    pub plus: Facts,
    /// What is known if it is false.
    pub minus: Facts,
}

impl Condition {
    fn new(text: String, level: u8) -> Self {
        Condition { text, level, plus: Facts::default(), minus: Facts::default() }
    }

    fn of(value: Value) -> Self {
        Condition::new(value.text, value.level)
    }

    fn at(&self, level: u8) -> String {
        brackets(&self.text, self.level, level)
    }

    /// As it is written where any condition may stand.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it is written beside `and`.
    #[must_use]
    pub fn operand(&self) -> String {
        self.at(level::NOT)
    }
}

/// A value that is no condition.
#[derive(Debug, Clone)]
pub struct Value {
    text: String,
    level: u8,
    /// What its declared type refuses, if it is a path: then a literal beside it must be one that fits.
    bounds: Option<Bounds>,
}

impl Value {
    fn new(text: impl Into<String>, level: u8) -> Self {
        Value { text: text.into(), level, bounds: None }
    }

    fn literal(text: String) -> Self {
        let level = if text.starts_with('-') { level::UNARY } else { level::PRIMARY };
        Value { text, level, bounds: None }
    }

    fn at(&self, level: u8) -> String {
        brackets(&self.text, self.level, level)
    }

    /// As it is written where any value may stand.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn brackets(text: &str, own: u8, wanted: u8) -> String {
    if own < wanted { format!("({text})") } else { text.to_owned() }
}

/// Makes expressions in one scope.
pub struct Maker<'a> {
    /// Where choices come from.
    pub source: &'a mut Source,
    /// The declarations.
    pub world: &'a World,
    /// What may be read.
    pub scope: &'a Scope,
    /// How many conditions and definitions the current clause may still take; so it comes to an end.
    pub fuel: usize,
    /// What the definitions weigh that were used so far.
    pub weight: usize,
    /// How many applications of definitions stand around this place.
    open: usize,
}

/// The fuel of a clause.
pub const FUEL: usize = 60;
/// How heavy a definition may be that others use; twice written out it must stay within what a rule may cost.
const HEAVIEST: usize = 400;
/// How deep definitions are applied to each other.
const NESTED: usize = 2;

impl<'a> Maker<'a> {
    /// A maker for one scope.
    pub fn new(source: &'a mut Source, world: &'a World, scope: &'a Scope) -> Self {
        Maker { source, world, scope, fuel: FUEL, weight: 0, open: 0 }
    }

    /// A condition, nested at most so deep.
    pub fn condition(&mut self, facts: &Facts, depth: usize, aim: Aim) -> Condition {
        if self.fuel == 0 {
            return self.settled(facts, aim != Aim::False);
        }
        self.fuel -= 1;
        let made = self.unbracketed(facts, depth, aim);
        if self.source.chance(4) {
            return Condition { text: format!("({})", made.text), level: level::PRIMARY, ..made };
        }
        made
    }

    fn unbracketed(&mut self, facts: &Facts, depth: usize, aim: Aim) -> Condition {
        if depth == 0 {
            return self.atom(facts, aim);
        }
        match (self.source.below(10), aim) {
            (0..4, _) => self.atom(facts, aim),
            (4, _) => {
                let inner = self.condition(facts, depth - 1, aim.not());
                Condition {
                    text: format!("not {}", inner.at(level::NOT)),
                    level: level::NOT,
                    plus: inner.minus.unnamed(),
                    minus: inner.plus.unnamed(),
                }
            }
            (5..8, _) => self.chain(facts, depth, true, aim),
            _ => self.chain(facts, depth, false, aim),
        }
    }

    /// `and` or `or` of two or more.
    fn chain(&mut self, facts: &Facts, depth: usize, and: bool, aim: Aim) -> Condition {
        let most = if self.source.chance(25) { 4 } else { 3 };
        let count = self.source.between(2, most);
        // One operand settles some aims; which one is left to chance.
        let settling = self.source.below(count);
        let mut known = facts.clone();
        let mut operands: Vec<String> = vec![];
        let (mut plus, mut minus): (Option<Facts>, Option<Facts>) = (None, None);
        for index in 0..count {
            let own = match (and, aim) {
                (true, Aim::True) => Aim::True,
                (false, Aim::False) => Aim::False,
                (true, Aim::False) if index == settling => Aim::False,
                (false, Aim::True) if index == settling => Aim::True,
                (_, Aim::Failed) if index == settling => Aim::Failed,
                (true, Aim::Failed) => Aim::True,
                (false, Aim::Failed) => Aim::False,
                _ => Aim::Any,
            };
            let operand = if and && index + 1 < count && self.source.chance(25) { self.presence(&known) } else { None };
            let operand = match operand {
                Some(operand) => operand,
                None => self.condition(&known, depth - 1, own),
            };
            known = known.and(if and { &operand.plus } else { &operand.minus });
            operands.push(operand.at(level::NOT));
            let join = |before: Option<Facts>, now: &Facts, both: bool| match before {
                None => now.clone(),
                Some(before) if both => before.and(now),
                Some(before) => before.or(now),
            };
            plus = Some(join(plus, &operand.plus, and));
            minus = Some(join(minus, &operand.minus, !and));
        }
        if self.source.chance(12) {
            let said = self.said_again(&operands);
            operands.extend(said);
        }
        let (plus, minus) = (plus.unwrap_or_default(), minus.unwrap_or_default().unnamed());
        let plus = if and { plus } else { plus.unnamed() };
        let word = if and { "and" } else { "or" };
        let gap = if self.source.chance(10) { "\n     " } else { " " };
        let text = operands.join(&format!("{gap}{word} "));
        Condition { text, level: if and { level::AND } else { level::OR }, plus, minus }
    }

    /// An operand that stands among others already. Of a short one; names are given once.
    fn said_again(&mut self, operands: &[String]) -> Option<String> {
        let short: Vec<&String> = operands.iter().filter(|text| text.len() < 60 && !text.contains(" as ")).collect();
        if short.is_empty() { None } else { Some((*self.source.pick(&short)).clone()) }
    }

    fn atom(&mut self, facts: &Facts, aim: Aim) -> Condition {
        match aim {
            Aim::Any => {}
            Aim::Failed => return self.failing(facts),
            Aim::True | Aim::False => {
                if self.source.chance(75) {
                    return self.settled(facts, aim == Aim::True);
                }
            }
        }
        for _ in 0..4 {
            let made = match self.source.weighted(&[30, 10, 10, 10, 10, 8, 8, 6, 4, 2, 14, 12, 10, 5, 7, 5, 8]) {
                0 => self.comparison(facts),
                1 => self.in_list(facts),
                2 => self.in_collection(facts),
                3 => self.presence(facts),
                4 => self.pattern(facts),
                5 => self.value(facts, &Ty::Bool, 1).map(Condition::of),
                6 => self.call(facts, &Ty::Bool).map(Condition::of),
                7 => self.entities(facts),
                8 => Some(self.failing(facts)),
                10 => self.meaning(facts),
                11 => self.quantified(facts, aim),
                12 => self.remembered(facts),
                13 => self.is_apart(facts),
                14 => self.of_table(facts),
                15 => self.shaped_apart(facts),
                16 => self.detected(facts),
                _ => Some(Condition::new(if self.source.chance(50) { "true" } else { "false" }.into(), level::PRIMARY)),
            };
            if let Some(made) = made {
                return made;
            }
        }
        self.settled(facts, aim != Aim::False)
    }

    /// A condition that is nearly always true.
    pub fn sure(&mut self, facts: &Facts) -> Condition {
        self.settled(facts, true)
    }

    /// A condition that is nearly always what it should be.
    fn settled(&mut self, facts: &Facts, truth: bool) -> Condition {
        let Some(path) = self.scalar_path(facts, |world, ty| *world.base(ty) != Ty::Bool) else {
            return Condition::new(truth.to_string(), level::PRIMARY);
        };
        let Some((ty, bounds)) = path.value.clone() else { return Condition::new(truth.to_string(), level::PRIMARY) };
        let text = self.alias(facts, &path);
        let compared = |op: &str, other: String| Condition::new(format!("{text} {op} {other}"), level::COMPARE);
        match self.world.base(&ty).clone() {
            base @ (Ty::Int | Ty::Decimal) => {
                let decimal = base == Ty::Decimal;
                let (low, high) = (bounds.min.max(i64::MIN / 4), bounds.max.min(i64::MAX / 4));
                match (truth, self.source.below(3)) {
                    (true, 0) => compared(">=", number(low, decimal, 0)),
                    (true, 1) => compared("<=", number(high, decimal, 0)),
                    (true, _) => compared(if self.source.chance(50) { "!=" } else { "<=" }, self.literal(&ty, &bounds)),
                    (false, 0) => compared("<", number(low, decimal, 0)),
                    (false, 1) => compared(">", number(high, decimal, 0)),
                    (false, _) => compared("==", self.literal(&ty, &bounds)),
                }
            }
            Ty::Enum(index) => {
                let members: Vec<String> =
                    self.world.enums[index].members.iter().map(|(name, _)| name.clone()).collect();
                if self.source.chance(40) {
                    return compared(if truth { "!=" } else { "==" }, self.source.pick(&members).clone());
                }
                let mut some = members;
                self.source.shuffle(&mut some);
                if some.len() > 2 {
                    some.pop();
                }
                let listed = format!("{text} in [{}]", some.join(", "));
                if truth {
                    Condition::new(listed, level::COMPARE)
                } else {
                    Condition::new(format!("not {listed}"), level::NOT)
                }
            }
            Ty::String | Ty::Ident => match self.source.below(4) {
                0 if truth => compared("matches", format!("re\"{}\"", ["(?:.|\\n)*", ".*"][self.source.below(2)])),
                0 => compared("matches", "re\"zzz+\"".to_owned()),
                _ => {
                    let literal = self.literal(&ty, &bounds);
                    compared(if truth { "!=" } else { "==" }, literal)
                }
            },
            Ty::Bool | Ty::Set(_) | Ty::List(_) | Ty::Record(_) | Ty::Entity(_) | Ty::Named(_) => {
                Condition::new(truth.to_string(), level::PRIMARY)
            }
            _ => {
                let literal = self.literal(&ty, &bounds);
                compared(if truth { "!=" } else { "==" }, literal)
            }
        }
    }

    /// A condition that fails in most requests.
    fn failing(&mut self, facts: &Facts) -> Condition {
        let value = self.overflow(facts);
        let op = *self.source.pick(&[">", "<", "<=", ">=", "==", "!="]);
        Condition::new(format!("{} {op} 0", value.at(level::ELSE)), level::COMPARE)
    }

    /// A number that mostly overflows.
    fn overflow(&mut self, facts: &Facts) -> Value {
        let path = self.scalar_path(facts, |world, ty| world.is_number(ty));
        let Some((path, (ty, _))) = path.and_then(|p| p.value.clone().map(|v| (p, v))) else {
            return Value::new("(9223372036854775807 + 1)", level::PRIMARY);
        };
        let decimal = *self.world.base(&ty) == Ty::Decimal;
        let text = self.alias(facts, &path);
        let max = number(i64::MAX - i64::try_from(self.source.below(3)).unwrap_or(0), decimal, 0);
        let min = number(i64::MIN + i64::try_from(self.source.below(3)).unwrap_or(0), decimal, 0);
        match self.source.below(7) {
            0 | 1 => Value::new(format!("{text} + {max}"), level::ADD),
            2 => Value::new(format!("{text} * 9223372036854775807"), level::MUL),
            3 => Value::new(format!("{min} - {text}"), level::ADD),
            4 => Value::new(format!("({text} + {min}) - {max}"), level::ADD),
            5 => Value::new(format!("4611686018427387905 * {text} * 2"), level::MUL),
            _ => Value::new(format!("-({text} + 1) * 4611686018427387905"), level::MUL),
        }
    }
}
