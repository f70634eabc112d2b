//! What is said of the values of a type, as policies write it.

use zt_values::format_decimal;
use zt_values::quantity::{format_duration_quantity, format_size_quantity};
use zt_values::time::{format_date, format_instant, format_time};

use crate::check::types::unbounded;
use crate::hir::{Bounds, Package, Ty};

/// What is said of the values of a type beside its name.
#[must_use]
pub fn limits_of(package: &Package, ty: &Ty, bounds: &Bounds) -> Vec<(&'static str, String)> {
    let mut out = vec![];
    let base = ty.base();
    let nothing = unbounded(base);
    if (bounds.min, bounds.max) != (nothing.min, nothing.max) {
        if bounds.min != nothing.min {
            out.push(("from", number(base, bounds.min, bounds.places)));
        }
        if bounds.max != nothing.max {
            out.push(("to", number(base, bounds.max, bounds.places)));
        }
    }
    match base {
        Ty::Decimal => out.push(("places", bounds.places.to_string())),
        Ty::String | Ty::Ident | Ty::Syntax(_) => out.push(("max", format!("{} bytes", bounds.length))),
        Ty::Set(_) | Ty::List(_) => out.push(("max", format!("{} elements", bounds.length))),
        Ty::Map(_) => out.push(("max", format!("{} members", bounds.length))),
        Ty::Enum(name) => {
            let members = package.enums.get(name).map(|e| &e.members);
            let names: Vec<&str> = members.into_iter().flatten().map(|m| &*m.wire).collect();
            out.push(("one of", names.join(", ")));
        }
        _ => {}
    }
    out.extend(bounds.patterns.iter().map(|p| ("matching", p.source.to_string())));
    out
}

/// A number of a type without its name, as policies write it.
#[must_use]
pub fn number(ty: &Ty, value: i64, places: u8) -> String {
    match ty {
        Ty::Decimal => format_decimal(value, places),
        Ty::Instant => format_instant(value),
        Ty::Date => format_date(value),
        Ty::Time => format_time(value),
        Ty::Duration => format_duration_quantity(value),
        Ty::Size => format_size_quantity(value),
        _ => value.to_string(),
    }
}
