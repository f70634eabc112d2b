//! Values as the evaluator holds them, and what an expression comes to.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zt_values::{email, url::Url};

use crate::hir::{Constant, Expr, ExprKind, Name, Syntax, Ty};

/// A value. Those of one expression's operands have the same type, so equality is that of the type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// `Bool`
    Bool(bool),
    /// `Int`
    Int(i64),
    /// `Decimal`, in ten-thousandths
    Decimal(i64),
    /// `Instant`, in microseconds since 1970
    Instant(i64),
    /// `Duration`, in microseconds
    Duration(i64),
    /// `Date`, in days since 1970-01-01
    Date(i64),
    /// `Time`, in microseconds since midnight
    Time(i64),
    /// `Size`, in bytes
    Size(i64),
    /// `String` or `Ident`
    Text(Name),
    /// A text of a syntax, in its canonical form.
    Syntax(Syntax, Name),
    /// A member of the enum of this name: its index.
    Member(Name, u32),
    /// A set.
    Set(BTreeSet<Value>),
    /// A list.
    List(Vec<Value>),
    /// A record.
    Record(Fields),
    /// An entity.
    Entity(Entity),
    /// `Json`, which nobody reads.
    Opaque,
}

/// An entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entity {
    /// Its type.
    pub(super) ty: Name,
    /// Its id.
    pub(super) id: Name,
    /// What is said of it.
    pub(super) said: Said,
}

/// What is said of an entity where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    /// Nothing but its id, as of one that a policy names, a window remembers or a set holds. Nobody is asked about it.
    Nothing,
    /// Its id: its source or file is asked when more is read.
    Id,
    /// What the enforcement point says.
    Sent(Known),
}

/// What is known of an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Known {
    /// Its attributes.
    pub(super) fields: Fields,
    /// Types and ids of the entities above it.
    pub(super) above: BTreeSet<(Name, Name)>,
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

impl Entity {
    /// The entity of this type and id, of which nothing else is known.
    pub(super) fn bare(ty: &Name, id: &Name) -> Self {
        Entity { ty: ty.clone(), id: id.clone(), said: Said::Nothing }
    }

    /// Whether they are one and the same.
    pub(super) fn is(&self, other: &Entity) -> bool {
        self.ty == other.ty && self.id == other.id
    }
}

impl Value {
    /// Of an entity only what makes it the same one.
    pub(super) fn bare(self) -> Value {
        match self {
            Value::Entity(entity) => Value::Entity(Entity::bare(&entity.ty, &entity.id)),
            other => other,
        }
    }

    /// The value of a constant, if it is one.
    pub(super) fn written(expr: &Expr) -> Option<Value> {
        Some(match (&expr.kind, expr.ty.base()) {
            (ExprKind::Bool(value), _) => Value::Bool(*value),
            (ExprKind::Int(number) | ExprKind::Decimal(number), ty) => Value::number(ty, *number)?,
            (ExprKind::Text(text), Ty::Syntax(syntax)) => Value::Syntax(*syntax, text.clone()),
            (ExprKind::Text(text), _) => Value::Text(text.clone()),
            (ExprKind::Member(index), Ty::Enum(name)) => Value::Member(name.clone(), *index),
            (ExprKind::Entity(id), Ty::Entity(ty)) => Value::Entity(Entity::bare(ty, id)),
            (ExprKind::List(all), Ty::Set(_)) => Value::Set(all.iter().map(Value::written).collect::<Option<_>>()?),
            (ExprKind::List(all), Ty::List(_)) => Value::List(all.iter().map(Value::written).collect::<Option<_>>()?),
            _ => return None,
        })
    }

    /// A number of the type, if the type is one of numbers.
    pub(super) fn number(ty: &Ty, number: i64) -> Option<Value> {
        Some(match ty.base() {
            Ty::Int => Value::Int(number),
            Ty::Decimal => Value::Decimal(number),
            Ty::Instant => Value::Instant(number),
            Ty::Duration => Value::Duration(number),
            Ty::Date => Value::Date(number),
            Ty::Time => Value::Time(number),
            Ty::Size => Value::Size(number),
            _ => return None,
        })
    }

    /// The number that it is, in the units of its type.
    pub(super) fn as_number(&self) -> Option<i64> {
        match self {
            Value::Int(number)
            | Value::Decimal(number)
            | Value::Instant(number)
            | Value::Duration(number)
            | Value::Date(number)
            | Value::Time(number)
            | Value::Size(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as tables hold it, if they do.
    pub(super) fn constant(&self) -> Option<Constant> {
        Some(match self {
            Value::Bool(value) => Constant::Bool(*value),
            Value::Text(text) | Value::Syntax(_, text) => Constant::Text(text.clone()),
            Value::Member(_, index) => Constant::Member(*index),
            Value::Entity(entity) => Constant::Entity(entity.ty.clone(), entity.id.clone()),
            Value::Set(_) | Value::List(_) | Value::Record(_) => return None,
            number => Constant::Number(number.as_number()?),
        })
    }

    /// Equality in the language: entities are equal if type and id are, whatever else is known of them.
    pub(super) fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Entity(entity), Value::Entity(other)) => entity.is(other),
            _ => self == other,
        }
    }

    /// The elements of a collection, in its order.
    pub(super) fn elements(&self) -> Option<Vec<&Value>> {
        match self {
            Value::Set(set) => Some(set.iter().collect()),
            Value::List(list) => Some(list.iter().collect()),
            _ => None,
        }
    }

    /// A part that a text of a syntax has by itself.
    pub(super) fn part(&self, name: &str) -> Option<Value> {
        let host = |text: &str| Value::Syntax(Syntax::Host, text.into());
        match self {
            Value::Syntax(Syntax::Email, text) => match name {
                "local" => Some(Value::Text(email::local(text).into())),
                "domain" => Some(host(email::domain(text))),
                _ => None,
            },
            Value::Syntax(Syntax::Url, text) => {
                let url = Url::parse(text).ok()?;
                match name {
                    "scheme" => Some(Value::Text(url.scheme().into())),
                    "host" => Some(host(url.host())),
                    "port" => Some(Value::Int(i64::from(url.port()))),
                    "path" => Some(Value::Syntax(Syntax::Path, url.path().into())),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Arithmetic left the 64 bits.
    Overflow,
    /// The source of this name did not answer, or not with something that counts.
    Source(Name),
    /// A file has no row for an entity.
    File,
    /// The window of this name cannot be read.
    Window(Name),
    /// An instant outside of the years for which zones are known.
    Zone,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Overflow => f.write_str("overflow"),
            Cause::Source(name) => write!(f, "source {name}"),
            Cause::File => f.write_str("file"),
            Cause::Window(name) => write!(f, "window {name}"),
            Cause::Zone => f.write_str("zone"),
        }
    }
}

/// What stands at a path: absent, or a value; or why nobody can tell.
pub(super) type Found<'a> = Result<Option<Cow<'a, Reading>>, Cause>;

/// What an expression gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A value.
    Is(Reading),
    /// It failed.
    Failed(Cause),
    /// It would read something absent; the condition that guards it is false, so nobody asks.
    Skipped,
}

impl From<Result<Reading, Cause>> for Outcome {
    fn from(result: Result<Reading, Cause>) -> Self {
        match result {
            Ok(reading) => Outcome::Is(reading),
            Err(cause) => Outcome::Failed(cause),
        }
    }
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

/// The values, if every operand has one; otherwise what is in the way: of failures the first.
pub(super) fn strict(outcomes: &[Outcome]) -> Result<Vec<&Reading>, Outcome> {
    if outcomes.contains(&Outcome::Skipped) {
        return Err(Outcome::Skipped);
    }
    let readings = outcomes.iter().map(|outcome| match outcome {
        Outcome::Is(reading) => Ok(reading),
        obstacle => Err(obstacle.clone()),
    });
    readings.collect()
}
