//! Obligations: their arguments' values, and how several of a kind become one.

use std::collections::BTreeSet;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use zt_values::format_decimal;
use zt_values::quantity::format_duration;
use zt_values::time::{format_date, format_instant, format_time};

use crate::interpret;
use crate::ir::{self, Arg, Due, Merge, Program};
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
    /// A number by which it is compared, such as the index of a member of an enum, and its spelling on the wire.
    Spelled(i64, String),
    Set(BTreeSet<Value>),
}

/// An obligation of a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obligation {
    name: String,
    args: Vec<(String, Value)>,
}

impl Obligation {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Decimal(value) => exact(*value).map_err(serde::ser::Error::custom)?.serialize(serializer),
            Self::Text(text) | Self::Spelled(_, text) => serializer.serialize_str(text),
            Self::Set(elements) => serializer.collect_seq(elements),
        }
    }
}

impl Serialize for Obligation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Args<'a>(&'a [(String, Value)]);
        impl Serialize for Args<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("args", &Args(&self.args))?;
        map.end()
    }
}

/// A decimal as a JSON number: no more places than it needs, and no float on the way.
pub(crate) fn exact(units: i64) -> Result<Box<serde_json::value::RawValue>, serde_json::Error> {
    serde_json::value::RawValue::from_string(trimmed(units))
}

/// A decimal with no more places than it needs.
pub(crate) fn trimmed(units: i64) -> String {
    let text = format_decimal(units, zt_values::limits::DECIMAL_PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Adds what rules and tiers oblige to, merged: of a kind, those that agree in every parameter without a merge become one.
/// They come sorted by name, then by the JSON of those parameters. The order of `dues` does not matter. Memory of those
/// that are spare is used again. Nothing if an argument fails.
pub(crate) fn due<'p>(
    program: &'p Program,
    dues: impl Iterator<Item = &'p Due>,
    operands: &Operands<'_>,
    obligations: &mut Vec<Obligation>,
    spare: &mut Vec<Obligation>,
) -> Option<()> {
    for due in dues {
        let kind = kind(program, due.obligation)?;
        let mut obligation = spare.pop().unwrap_or_default();
        let made = obligation.make(program, kind, due, operands);
        let known = obligations.iter_mut().find(|known| known.agrees(&obligation, kind));
        match known {
            _ if made.is_none() => {
                spare.push(obligation);
                return None;
            }
            Some(known) => {
                known.merge(&mut obligation, kind);
                spare.push(obligation);
            }
            None => obligations.push(obligation),
        }
    }
    sort(program, obligations);
    Some(())
}

fn sort(program: &Program, obligations: &mut [Obligation]) {
    if !obligations.is_sorted_by(|a, b| a.name < b.name) {
        obligations.sort_by_cached_key(|obligation| (obligation.name.clone(), own(program, obligation)));
    }
}

/// The JSON of the arguments by which those of a kind are told apart.
fn own(program: &Program, obligation: &Obligation) -> String {
    let kind = program.obligations.iter().find(|kind| kind.name == obligation.name);
    let params = kind.map_or(&[][..], |kind| &kind.params);
    let own: Vec<&Value> =
        params.iter().zip(&obligation.args).filter(|(param, _)| param.merge.is_none()).map(|(_, (_, v))| v).collect();
    serde_json::to_string(&own).unwrap_or_default()
}

impl Obligation {
    /// Becomes what is due; nothing if an argument fails.
    fn make(&mut self, program: &Program, kind: &ir::Obligation, due: &Due, operands: &Operands<'_>) -> Option<()> {
        self.name.clone_from(&kind.name);
        self.args.resize(kind.params.len(), (String::new(), Value::Bool(false)));
        for ((param, arg), (name, value)) in kind.params.iter().zip(&due.args).zip(&mut self.args) {
            name.clone_from(&param.name);
            match arg {
                Arg::Value(expr) => {
                    let word = interpret::value(expr, operands)?;
                    match (ty(program, param.ty)?, &mut *value) {
                        // The memory of the text before is used again.
                        (Type::Text { .. } | Type::Syntax { .. } | Type::Entity { .. }, Value::Text(text)) => {
                            operands.text(word)?.clone_into(text);
                        }
                        (Type::Enum { members }, Value::Spelled(number, text)) => {
                            *number = word.cast_signed();
                            text.clone_from(members.get(usize::try_from(word).ok()?)?);
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

    /// Whether another one of this kind is the same but for what is merged.
    fn agrees(&self, other: &Self, kind: &ir::Obligation) -> bool {
        let same = |((param, (_, a)), (_, b)): ((&ir::Param, &(String, Value)), &(String, Value))| {
            param.merge.is_some() || a == b
        };
        self.name == other.name && kind.params.iter().zip(&self.args).zip(&other.args).all(same)
    }

    /// Takes another one in.
    fn merge(&mut self, other: &mut Self, kind: &ir::Obligation) {
        for (((_, known), (_, value)), param) in self.args.iter_mut().zip(&mut other.args).zip(&kind.params) {
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
        Type::Enum { members } => Value::Spelled(number, members.get(usize::try_from(word).ok()?)?.clone()),
        Type::Quantity { kind, .. } => match kind {
            Quantity::Instant => Value::Spelled(number, format_instant(number)),
            Quantity::Duration => Value::Spelled(number, format_duration(number)),
            Quantity::Date => Value::Spelled(number, format_date(number)),
            Quantity::Time => Value::Spelled(number, format_time(number)),
            Quantity::Size => Value::Int(number),
        },
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

    fn merged(dues: Vec<(usize, Vec<Value>)>) -> Vec<Obligation> {
        let program = program();
        let mut obligations: Vec<Obligation> = Vec::new();
        for (kind, values) in dues {
            let kind = &program.obligations[kind];
            let args = kind.params.iter().map(|param| param.name.clone()).zip(values).collect();
            let mut obligation = Obligation { name: kind.name.clone(), args };
            match obligations.iter_mut().find(|known| known.agrees(&obligation, kind)) {
                Some(known) => known.merge(&mut obligation, kind),
                None => obligations.push(obligation),
            }
        }
        sort(&program, &mut obligations);
        obligations
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
            assert_eq!(serde_json::to_string(&merged(dues)).unwrap(), expected);
        }
    }

    #[test]
    fn members_and_truth_compare_by_their_order() {
        let mut known = Value::Spelled(0, "z".into());
        fold(Merge::Max, &mut known, Value::Spelled(1, "a".into()));
        assert_eq!(known.to_string(), r#""a""#);
        fold(Merge::Min, &mut known, Value::Spelled(0, "z".into()));
        assert_eq!(known.to_string(), r#""z""#);
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
            assert_eq!(Value::Decimal(units).to_string(), text);
        }
        assert_eq!(Value::Decimal(i64::MAX).to_string(), "922337203685477.5807");
    }
}
