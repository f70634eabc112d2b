//! Obligations: their arguments' values, and how several of a kind become one.

use std::collections::BTreeSet;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use zt_values::format_decimal;
use zt_values::quantity::format_duration;
use zt_values::time::{format_date, format_instant, format_time};

use crate::interpret;
use crate::ir::{self, Arg, Due, Merge, Program};
use crate::made::Made;
use crate::operands::Operands;
use crate::schema::{Quantity, Type, TypeId};

/// A value of an argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Bool(bool),
    Int(i64),
    /// In ten-thousandths.
    Decimal(i64),
    Text(String),
    /// A member of an enum, by its index.
    Member(TypeId, i64),
    Quantity(Quantity, i64),
    Set(BTreeSet<Value>),
}

/// An obligation of a decision. What it is called, and its parameters, the program says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Which: index into [`Program::obligations`].
    kind: u32,
    /// One for each parameter.
    args: Vec<Value>,
    /// What it was made from, if it is still what that makes.
    made: Remembered,
}

/// What something was made from. It says nothing of what was made.
#[derive(Debug, Clone, Copy, Default)]
struct Remembered(Option<Made>);

impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Remembered {}

/// An obligation of a decision, in the words of its package. It serialises to the decision's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obligation<'a> {
    program: &'a Program,
    kind: &'a ir::Obligation,
    args: &'a [Value],
}

impl<'a> Obligation<'a> {
    /// What a decision carries, spelled out; nothing if it is of another program.
    pub(crate) fn of(program: &'a Program, carried: &'a Carried) -> Option<Self> {
        Some(Self { program, kind: kind(program, carried.kind)?, args: &carried.args })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.kind.name
    }
}

impl Serialize for Obligation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Args<'a>(Obligation<'a>);
        impl Serialize for Args<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Obligation { program, kind, args } = self.0;
                let shown = kind.params.iter().zip(args).map(|(param, value)| (&param.name, Shown { program, value }));
                serializer.collect_map(shown)
            }
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", self.name())?;
        map.serialize_entry("args", &Args(*self))?;
        map.end()
    }
}

/// A value as JSON has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) program: &'a Program,
    pub(crate) value: &'a Value,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let program = self.program;
        match self.value {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) | Value::Quantity(Quantity::Size, value) => serializer.serialize_i64(*value),
            Value::Decimal(value) => exact(*value).map_err(serde::ser::Error::custom)?.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Member(id, index) => match (ty(program, *id), usize::try_from(*index)) {
                (Some(Type::Enum { members }), Ok(index)) => members.get(index).serialize(serializer),
                _ => serializer.serialize_none(),
            },
            Value::Quantity(Quantity::Instant, value) => serializer.serialize_str(&format_instant(*value)),
            Value::Quantity(Quantity::Duration, value) => serializer.serialize_str(&format_duration(*value)),
            Value::Quantity(Quantity::Date, value) => serializer.serialize_str(&format_date(*value)),
            Value::Quantity(Quantity::Time, value) => serializer.serialize_str(&format_time(*value)),
            Value::Set(elements) => serializer.collect_seq(elements.iter().map(|value| Shown { program, value })),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// A decimal as a JSON number: no more places than it needs, and no float on the way.
fn exact(units: i64) -> Result<Box<serde_json::value::RawValue>, serde_json::Error> {
    serde_json::value::RawValue::from_string(trimmed(units))
}

/// A decimal with no more places than it needs.
pub(crate) fn trimmed(units: i64) -> String {
    let text = format_decimal(units, zt_values::limits::DECIMAL_PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// So many obligations that no decision carries are kept, to be carried again.
const REMEMBERED: usize = 8;

/// Adds what rules and tiers oblige to, merged: of a kind, those that agree in every parameter without a merge become one.
/// They come sorted by name, then by the JSON of those parameters. The order of `dues` does not matter. Memory of those
/// that are spare is used again. Nothing if an argument fails.
pub(crate) fn due<'p>(
    program: &'p Program,
    dues: impl Iterator<Item = &'p Due>,
    operands: &Operands<'_>,
    obligations: &mut Vec<Carried>,
    spare: &mut Vec<Carried>,
) -> Option<()> {
    for due in dues {
        add(program, (due, None), operands, obligations, spare)?;
    }
    if obligations.len() > 1 {
        sort(program, obligations);
    }
    Some(())
}

/// Adds one of them; they are left unsorted.
pub(crate) fn add(
    program: &Program,
    (due, made): (&Due, Option<Made>),
    operands: &Operands<'_>,
    obligations: &mut Vec<Carried>,
    spare: &mut Vec<Carried>,
) -> Option<()> {
    let before = made.and_then(|_| spare.iter().rposition(|known| known.made.0 == made));
    let mut obligation = match before {
        Some(before) => spare.swap_remove(before),
        None => {
            let kind = kind(program, due.obligation)?;
            // Those that may come again are kept, as far as there are few.
            let mut obligation = if spare.len() < REMEMBERED { Carried::default() } else { spare.pop()? };
            obligation.made = Remembered(None);
            if obligation.make(program, kind, due, operands).is_none() {
                spare.push(obligation);
                return None;
            }
            obligation.made = Remembered(made);
            obligation
        }
    };
    if !obligations.is_empty() {
        let kind = kind(program, due.obligation)?;
        if let Some(known) = obligations.iter_mut().find(|known| known.agrees(&obligation, kind)) {
            known.merge(&mut obligation, kind);
            (known.made, obligation.made) = (Remembered(None), Remembered(None));
            spare.push(obligation);
            return Some(());
        }
    }
    obligations.push(obligation);
    Some(())
}

/// Sorts them by name, then by the JSON of what tells those of a kind apart.
pub(crate) fn sort(program: &Program, obligations: &mut [Carried]) {
    let name = |of: &Carried| kind(program, of.kind).map(|kind| kind.name.as_str()).unwrap_or_default();
    if !obligations.is_sorted_by(|a, b| name(a) < name(b)) {
        obligations.sort_by_cached_key(|of| (name(of).to_owned(), own(program, of)));
    }
}

/// The JSON of the arguments by which those of a kind are told apart.
fn own(program: &Program, obligation: &Carried) -> String {
    let params = kind(program, obligation.kind).map_or(&[][..], |kind| &kind.params);
    let own = params.iter().zip(&obligation.args).filter(|(param, _)| param.merge.is_none());
    let own: Vec<Shown<'_>> = own.map(|(_, value)| Shown { program, value }).collect();
    serde_json::to_string(&own).unwrap_or_default()
}

impl Carried {
    /// Whether the same rules always make the same of it.
    pub(crate) const fn is_constant(&self) -> bool {
        self.made.0.is_some()
    }

    /// Becomes what is due; nothing if an argument fails.
    fn make(&mut self, program: &Program, kind: &ir::Obligation, due: &Due, operands: &Operands<'_>) -> Option<()> {
        self.kind = due.obligation;
        self.args.resize(kind.params.len(), Value::Bool(false));
        for ((param, arg), value) in kind.params.iter().zip(&due.args).zip(&mut self.args) {
            match arg {
                Arg::Value(expr) => {
                    let word = interpret::value(expr, operands)?;
                    let ty = ty(program, param.ty)?;
                    match (ty, &mut *value) {
                        // The memory of the text before is used again.
                        (Type::Text { .. } | Type::Syntax { .. } | Type::Entity { .. }, Value::Text(text)) => {
                            operands.text(word)?.clone_into(text);
                        }
                        (Type::Enum { members }, Value::Member(of, index))
                            if usize::try_from(word).is_ok_and(|word| word < members.len()) =>
                        {
                            (*of, *index) = (param.ty, word.cast_signed());
                        }
                        _ => *value = read(program, param.ty, word, operands)?,
                    }
                }
                Arg::Elements(elements) => {
                    let Type::Set { element, .. } = ty(program, param.ty)? else { return None };
                    let mut values = Vec::new();
                    for of in elements {
                        for word in interpret::gather(of, operands)? {
                            values.push(read(program, *element, word, operands)?);
                        }
                    }
                    *value = Value::Set(values.into_iter().collect());
                }
            }
        }
        // Whoever validated the program saw to it that there are as many.
        (due.args.len() == kind.params.len()).then_some(())
    }

    /// Whether another one is of the same kind and the same but for what is merged.
    fn agrees(&self, other: &Self, kind: &ir::Obligation) -> bool {
        let same = |((param, a), b): ((&ir::Param, &Value), &Value)| param.merge.is_some() || a == b;
        self.kind == other.kind && kind.params.iter().zip(&self.args).zip(&other.args).all(same)
    }

    /// Takes another one in.
    fn merge(&mut self, other: &mut Self, kind: &ir::Obligation) {
        for ((known, value), param) in self.args.iter_mut().zip(&mut other.args).zip(&kind.params) {
            if let Some(merge) = param.merge {
                fold(merge, known, std::mem::replace(value, Value::Bool(false)));
            }
        }
    }
}

/// A word as a value of a type.
pub(crate) fn read(program: &Program, id: TypeId, word: u64, operands: &Operands<'_>) -> Option<Value> {
    let number = word.cast_signed();
    Some(match ty(program, id)? {
        Type::Bool => Value::Bool(word != 0),
        Type::Decimal { .. } => Value::Decimal(number),
        Type::Text { .. } | Type::Syntax { .. } | Type::Entity { .. } => Value::Text(operands.text(word)?.to_owned()),
        Type::Enum { members } => {
            members.get(usize::try_from(word).ok()?)?;
            Value::Member(id, number)
        }
        Type::Quantity { kind, .. } => Value::Quantity(*kind, number),
        // Sets are read element by element.
        Type::Set { .. }
        | Type::List { .. }
        | Type::Map { .. }
        | Type::Choice { .. }
        | Type::Null
        | Type::Record { .. }
        | Type::Json => return None,
        Type::Int { .. } => Value::Int(number),
    })
}

fn fold(merge: Merge, known: &mut Value, value: Value) {
    match (merge, known, value) {
        (Merge::Union, Value::Set(known), Value::Set(value)) => known.extend(value),
        (Merge::Intersect, Value::Set(known), Value::Set(value)) => known.retain(|element| value.contains(element)),
        (Merge::Min, known, value) if value < *known => *known = value,
        (Merge::Max, known, value) if value > *known => *known = value,
        _ => {}
    }
}

/// A kind of obligation by its index.
pub(crate) fn kind(program: &Program, id: u32) -> Option<&ir::Obligation> {
    program.obligations.get(usize::try_from(id).ok()?)
}

fn ty(program: &Program, id: TypeId) -> Option<&Type> {
    program.types.get(usize::try_from(id.0).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Param;

    fn program() -> Program {
        let param = |name: &str, merge| Param { name: name.into(), ty: TypeId(0), merge };
        Program {
            obligations: vec![
                ir::Obligation {
                    name: "audit".into(),
                    params: vec![param("to", None), param("level", Some(Merge::Max)), param("least", Some(Merge::Min))],
                },
                ir::Obligation {
                    name: "alert".into(),
                    params: vec![param("all", Some(Merge::Union)), param("common", Some(Merge::Intersect))],
                },
            ],
            ..Program::default()
        }
    }

    fn set(elements: &[i64]) -> Value {
        Value::Set(elements.iter().copied().map(Value::Int).collect())
    }

    fn merged(dues: Vec<(u32, Vec<Value>)>) -> String {
        let program = program();
        let mut obligations: Vec<Carried> = Vec::new();
        for (index, args) in dues {
            let kind = kind(&program, index).unwrap();
            let mut obligation = Carried { kind: index, args, ..Carried::default() };
            match obligations.iter_mut().find(|known| known.agrees(&obligation, kind)) {
                Some(known) => known.merge(&mut obligation, kind),
                None => obligations.push(obligation),
            }
        }
        sort(&program, &mut obligations);
        let shown: Vec<_> = obligations.iter().map(|carried| Obligation::of(&program, carried).unwrap()).collect();
        serde_json::to_string(&shown).unwrap()
    }

    #[test]
    fn those_that_agree_become_one_in_any_order() {
        let audit =
            |to: &str, level, least| (0, vec![Value::Text(to.into()), Value::Int(level), Value::Decimal(least)]);
        let alert = |all: &[i64], common: &[i64]| (1, vec![set(all), set(common)]);
        let dues = vec![
            audit("b", 1, 5000),
            alert(&[2, 1], &[1, 2]),
            audit("a", 1, 10_000),
            audit("b", 3, -12_500),
            alert(&[3], &[2, 9]),
            audit("b", 2, 0),
        ];
        let expected = r#"[{"name":"alert","args":{"all":[1,2,3],"common":[2]}},{"name":"audit","args":{"to":"a","level":1,"least":1}},{"name":"audit","args":{"to":"b","level":3,"least":-1.25}}]"#;
        let mut reversed = dues.clone();
        reversed.reverse();
        for dues in [dues, reversed] {
            assert_eq!(merged(dues), expected);
        }
    }

    #[test]
    fn members_and_truth_compare_by_their_order() {
        let program = Program { types: vec![Type::Enum { members: vec!["z".into(), "a".into()] }], ..program() };
        let mut known = Value::Member(TypeId(0), 0);
        fold(Merge::Max, &mut known, Value::Member(TypeId(0), 1));
        assert_eq!(Shown { program: &program, value: &known }.to_string(), r#""a""#);
        fold(Merge::Min, &mut known, Value::Member(TypeId(0), 0));
        assert_eq!(Shown { program: &program, value: &known }.to_string(), r#""z""#);
        let mut truth = Value::Bool(true);
        fold(Merge::Max, &mut truth, Value::Bool(false));
        assert_eq!(truth, Value::Bool(true));
        fold(Merge::Min, &mut truth, Value::Bool(false));
        assert_eq!(truth, Value::Bool(false));
    }

    #[test]
    fn decimals_need_no_float() {
        for (units, text) in [(0, "0"), (250_000, "25"), (1, "0.0001"), (-12_500, "-1.25"), (100_000, "10")] {
            assert_eq!(trimmed(units), text);
        }
        let (program, value) = (Program::default(), Value::Decimal(i64::MAX));
        assert_eq!(Shown { program: &program, value: &value }.to_string(), "922337203685477.5807");
    }
}
