//! How values are shown: to people in messages and traces, to programs as JSON.

use zt_values::limits::MESSAGE_ELEMENTS;
use zt_values::quantity::{format_duration, format_duration_quantity, format_size_quantity};
use zt_values::time::{format_date, format_instant, format_time};
use zt_values::{enumerate, format_decimal, quote};

use super::value::Value;
use crate::hir::{Member, Package};

impl Value {
    /// As a message shows it: enum members by their names in requests, entities by their ids.
    pub(super) fn message(&self, package: &Package, places: u8) -> String {
        match self {
            Value::Member(ty, index) => match member(package, ty, *index) {
                Some(member) => member.wire.to_string(),
                None => "?".to_owned(),
            },
            Value::Set(_) | Value::List(_) => self.listed(|element| element.message(package, places)),
            other => other.show(package, places),
        }
    }

    /// As a trace shows it: the way one would write it in a policy.
    pub(super) fn show(&self, package: &Package, places: u8) -> String {
        match self {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Decimal(value) => format_decimal(*value, places),
            Value::Instant(value) => format_instant(*value),
            Value::Duration(value) => format_duration_quantity(*value),
            Value::Date(value) => format_date(*value),
            Value::Time(value) => format_time(*value),
            Value::Size(value) => format_size_quantity(*value),
            Value::Text(text) | Value::Syntax(_, text) => quote(text),
            Value::Member(ty, index) => match member(package, ty, *index) {
                Some(member) => member.name.to_string(),
                None => "?".to_owned(),
            },
            Value::Set(_) | Value::List(_) => self.listed(|element| element.show(package, places)),
            Value::Record(_) | Value::Opaque => "{…}".to_owned(),
            Value::Entity(entity) => quote(&entity.id),
        }
    }

    /// Enough of a collection to recognise it; it may hold thousands.
    fn listed(&self, show: impl Fn(&Value) -> String) -> String {
        let elements = self.elements().unwrap_or_default();
        let shown: Vec<String> = elements.iter().take(MESSAGE_ELEMENTS).map(|element| show(element)).collect();
        enumerate(&shown, elements.len())
    }

    /// As JSON, spelled as requests spell it; a `Decimal` without zeros at its end, a set in its order.
    pub(super) fn json(&self, package: &Package) -> String {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) | Value::Size(value) => value.to_string(),
            Value::Decimal(value) => format_decimal(*value, 0),
            Value::Instant(value) => string(&format_instant(*value)),
            Value::Duration(value) => string(&format_duration(*value)),
            Value::Date(value) => string(&format_date(*value)),
            Value::Time(value) => string(&format_time(*value)),
            Value::Text(text) | Value::Syntax(_, text) => string(text),
            Value::Member(ty, index) => string(member(package, ty, *index).map_or("?", |member| &member.wire)),
            Value::Set(_) | Value::List(_) => {
                let elements = self.elements().unwrap_or_default();
                let elements: Vec<String> = elements.iter().map(|element| element.json(package)).collect();
                format!("[{}]", elements.join(","))
            }
            // Nothing that a decision says is one of these.
            Value::Record(_) | Value::Opaque => "{}".to_owned(),
            Value::Entity(entity) => string(&entity.id),
        }
    }
}

/// A member of an enum by its index.
fn member<'p>(package: &'p Package, ty: &str, index: u32) -> Option<&'p Member> {
    package.enums.get(ty)?.members.get(usize::try_from(index).ok()?)
}
