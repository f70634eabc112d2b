//! Operators on values. `None` stands for a result that has no place in 64 bits.

use std::sync::Arc;

use zt_values::command::{self, Command};
use zt_values::{host, ip, path};

use super::value::{Reading, Value};
use crate::hir::{Arith, Cmp, Collect, Name, Syntax, Ty};

fn truth(truth: bool) -> Option<Reading> {
    Some(Value::Bool(truth).into())
}

/// Compares two values of one type.
pub(super) fn compare(cmp: Cmp, readings: &[&Reading]) -> Option<Reading> {
    let [left, right] = readings else { return None };
    let order = match (&left.value, &right.value) {
        (Value::Member(_, left), Value::Member(_, right)) => Some(left.cmp(right)),
        // Everything else but numbers is equal or different, nothing more.
        (left, right) => left.as_number().zip(right.as_number()).map(|(left, right)| left.cmp(&right)),
    };
    truth(match cmp {
        Cmp::Eq => left.value.same(&right.value),
        Cmp::Ne => !left.value.same(&right.value),
        Cmp::Lt => order?.is_lt(),
        Cmp::Le => order?.is_le(),
        Cmp::Gt => order?.is_gt(),
        Cmp::Ge => order?.is_ge(),
    })
}

/// Whether the first is among the others.
pub(super) fn listed(readings: &[&Reading]) -> Option<Reading> {
    let (element, list) = readings.split_first()?;
    truth(list.iter().any(|other| element.value.same(&other.value)))
}

/// Whether the first is an element of the second.
pub(super) fn within(readings: &[&Reading]) -> Option<Reading> {
    let [element, collection] = readings else { return None };
    truth(collection.value.elements()?.into_iter().any(|other| element.value.same(other)))
}

/// Exact arithmetic, in the units of the operands. Of a product one side is a whole number.
pub(super) fn arith(op: Arith, ty: &Ty, readings: &[&Reading]) -> Option<Reading> {
    let [left, right] = readings else { return None };
    let (a, b) = (left.value.as_number()?, right.value.as_number()?);
    let number = match op {
        Arith::Add => a.checked_add(b),
        Arith::Sub => a.checked_sub(b),
        Arith::Mul => a.checked_mul(b),
    };
    Some(Reading { value: Value::number(ty, number?)?, places: left.places.max(right.places) })
}

pub(super) fn neg(ty: &Ty, readings: &[&Reading]) -> Option<Reading> {
    let [inner] = readings else { return None };
    let number = inner.value.as_number()?.checked_neg()?;
    Some(Reading { value: Value::number(ty, number)?, places: inner.places })
}

/// How many elements.
pub(super) fn count(readings: &[&Reading]) -> Option<Reading> {
    let [collection] = readings else { return None };
    Some(Value::Int(i64::try_from(collection.value.elements()?.len()).ok()?).into())
}

/// One collection of two. Of lists there is only one after the other.
pub(super) fn collect(how: Collect, readings: &[&Reading]) -> Option<Reading> {
    let [left, right] = readings else { return None };
    let places = left.places.max(right.places);
    let value = match (&left.value, &right.value, how) {
        (Value::Set(left), Value::Set(right), Collect::Join) => Value::Set(left | right),
        (Value::Set(left), Value::Set(right), Collect::Without) => Value::Set(left - right),
        (Value::Set(left), Value::Set(right), Collect::Common) => Value::Set(left & right),
        (Value::List(left), Value::List(right), Collect::Join) => Value::List([&left[..], right].concat()),
        _ => return None,
    };
    Some(Reading { value, places })
}

/// A literal of these elements.
pub(super) fn collection(ty: &Ty, readings: &[&Reading]) -> Option<Reading> {
    let elements = readings.iter().map(|reading| reading.value.clone());
    let value = match ty.base() {
        Ty::Set(_) => Value::Set(elements.map(Value::bare).collect()),
        Ty::List(_) => Value::List(elements.collect()),
        _ => return None,
    };
    Some(Reading { value, places: readings.iter().map(|reading| reading.places).max().unwrap_or(0) })
}

/// At or below, of texts.
pub(super) fn under(left: &Value, right: &Value) -> Option<bool> {
    let (Value::Syntax(kind, left), Value::Syntax(of, right)) = (left, right) else { return None };
    match (kind, of) {
        (Syntax::Path, Syntax::Path) => Some(path::under(left, right)),
        (Syntax::Host, Syntax::Host) => Some(host::under(left, right)),
        (Syntax::IpAddr | Syntax::IpNet, Syntax::IpNet) => Some(ip::under(left, right)),
        _ => None,
    }
}

/// `runs only`, `runs any`.
pub(super) fn runs(only: bool, patterns: &Arc<[Name]>, readings: &[&Reading]) -> Option<Reading> {
    let [Reading { value: Value::Syntax(Syntax::Command, text), .. }] = readings else { return None };
    let command = Command::parse(text).ok()?;
    let patterns: Vec<command::Pattern> =
        patterns.iter().map(|pattern| command::Pattern::parse(pattern).ok()).collect::<Option<_>>()?;
    truth(if only { command::runs_only(&command, &patterns) } else { command::runs_any(&command, &patterns) })
}
