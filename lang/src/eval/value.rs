//! Values as the evaluator holds them, and how they are shown.

use std::collections::{BTreeMap, BTreeSet};

use zt_values::{format_decimal, quote};

use crate::hir::{Name, Package};

/// A value. Those of one expression's operands have the same type, so equality is that of the type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// `Bool`
    Bool(bool),
    /// `Int`
    Int(i64),
    /// `Decimal`, in ten-thousandths
    Decimal(i64),
    /// `String` or `Ident`
    Text(Name),
    /// A member of the enum of this name: its index.
    Member(Name, u32),
    /// A set.
    Set(BTreeSet<Value>),
    /// A record.
    Record(Fields),
    /// An entity.
    Entity {
        /// Its type.
        ty: Name,
        /// Its id.
        id: Name,
        /// Its attributes, and its id as `id`.
        fields: Fields,
    },
}

/// The fields that are there, by their zt names.
pub(super) type Fields = BTreeMap<Name, Reading>;

/// A value where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reading {
    /// The value.
    pub(super) value: Value,
    /// Digits after the point with which a `Decimal` is shown. No result depends on them.
    pub(super) places: u8,
}

impl From<Value> for Reading {
    fn from(value: Value) -> Self {
        Reading { value, places: 0 }
    }
}

impl Value {
    /// Equality in the language: entities are equal if type and id are, whatever else is known of them.
    pub(super) fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Entity { ty, id, .. }, Value::Entity { ty: other_ty, id: other_id, .. }) => {
                ty == other_ty && id == other_id
            }
            _ => self == other,
        }
    }

    /// A field of a record or entity, if it is there.
    pub(super) fn field(&self, name: &str) -> Option<&Reading> {
        match self {
            Value::Record(fields) | Value::Entity { fields, .. } => fields.get(name),
            _ => None,
        }
    }

    /// As a message shows it: enum members by their names in requests, entities by their ids.
    pub(super) fn message(&self, package: &Package, places: u8) -> String {
        match self {
            Value::Member(ty, index) => match member(package, ty, *index) {
                Some(member) => member.wire.to_string(),
                None => "?".to_owned(),
            },
            other => other.show(package, places),
        }
    }

    /// As a trace shows it: the way one would write it in a policy.
    pub(super) fn show(&self, package: &Package, places: u8) -> String {
        match self {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Decimal(value) => format_decimal(*value, places),
            Value::Text(text) => quote(text),
            Value::Member(ty, index) => match member(package, ty, *index) {
                Some(member) => member.name.to_string(),
                None => "?".to_owned(),
            },
            Value::Set(elements) => {
                // Enough to recognise it; a set may hold thousands.
                let mut shown: Vec<String> =
                    elements.iter().take(SHOWN_ELEMENTS).map(|element| element.show(package, places)).collect();
                if elements.len() > SHOWN_ELEMENTS {
                    shown.push("…".to_owned());
                }
                format!("[{}]", shown.join(", "))
            }
            Value::Record(_) => "{…}".to_owned(),
            Value::Entity { id, .. } => quote(id),
        }
    }
}

/// How many elements of a set are shown.
const SHOWN_ELEMENTS: usize = 8;

/// A member of an enum by its index.
fn member<'p>(package: &'p Package, ty: &str, index: u32) -> Option<&'p crate::hir::Member> {
    package.enums.get(ty)?.members.get(usize::try_from(index).ok()?)
}

/// What an expression gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A value.
    Is(Reading),
    /// Arithmetic left the 64 bits.
    Failed,
    /// It would read something absent; the condition that guards it is false, so nobody asks.
    Skipped,
}

impl Outcome {
    /// A truth value.
    pub(super) fn truth(truth: bool) -> Self {
        Outcome::Is(Value::Bool(truth).into())
    }

    /// Whether it is this truth value.
    pub(super) fn is(&self, truth: bool) -> bool {
        matches!(self, Outcome::Is(Reading { value: Value::Bool(value), .. }) if *value == truth)
    }

    /// False if any is false; otherwise true if all are true; otherwise what is in the way.
    pub(super) fn all(outcomes: &[Outcome]) -> Outcome {
        if outcomes.iter().any(|outcome| outcome.is(false)) {
            return Outcome::truth(false);
        }
        match strict(outcomes) {
            Ok(_) => Outcome::truth(true),
            Err(obstacle) => obstacle,
        }
    }

    /// True if any is true; otherwise false if all are false; otherwise what is in the way.
    pub(super) fn any(outcomes: &[Outcome]) -> Outcome {
        if outcomes.iter().any(|outcome| outcome.is(true)) {
            return Outcome::truth(true);
        }
        match strict(outcomes) {
            Ok(_) => Outcome::truth(false),
            Err(obstacle) => obstacle,
        }
    }
}

/// The values, if every operand has one; otherwise what is in the way.
pub(super) fn strict(outcomes: &[Outcome]) -> Result<Vec<&Reading>, Outcome> {
    if outcomes.contains(&Outcome::Skipped) {
        return Err(Outcome::Skipped);
    }
    let readings = outcomes.iter().map(|outcome| match outcome {
        Outcome::Is(reading) => Ok(reading),
        _ => Err(Outcome::Failed),
    });
    readings.collect()
}
