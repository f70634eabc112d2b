//! Constants and comparisons as one says them.

use zt_lang::hir::{Cmp, Expr, ExprKind, Package, Ty};
use zt_lang::needs::number;

/// How a comparison is said.
pub(super) fn compared(cmp: Cmp, ty: &Ty, negated: bool) -> &'static str {
    let cmp = match (cmp, negated) {
        (cmp, false) => cmp,
        (Cmp::Eq, true) => Cmp::Ne,
        (Cmp::Ne, true) => Cmp::Eq,
        (Cmp::Lt, true) => Cmp::Ge,
        (Cmp::Le, true) => Cmp::Gt,
        (Cmp::Gt, true) => Cmp::Le,
        (Cmp::Ge, true) => Cmp::Lt,
    };
    let time = matches!(ty, Ty::Instant | Ty::Date | Ty::Time);
    let order = matches!(ty, Ty::Enum(_));
    match cmp {
        Cmp::Eq => " is ",
        Cmp::Ne => " is not ",
        Cmp::Lt if time => " is before ",
        Cmp::Lt if order => " is below ",
        Cmp::Lt => " is less than ",
        Cmp::Le if time => " is not after ",
        Cmp::Le => " is at most ",
        Cmp::Gt if time => " is after ",
        Cmp::Gt if order => " is above ",
        Cmp::Gt => " is more than ",
        Cmp::Ge if time => " is not before ",
        Cmp::Ge => " is at least ",
    }
}

/// A constant as policies write it; none of what is computed.
pub(super) fn literal(hir: &Package, e: &Expr) -> Option<String> {
    Some(match &e.kind {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => number(e.ty.base(), *value, 0),
        ExprKind::Decimal(value) => number(e.ty.base(), *value, 2),
        ExprKind::Text(text) => quoted(text),
        ExprKind::Entity(id) => match e.ty.base() {
            Ty::Entity(name) => format!("{name}({})", quoted(id)),
            _ => quoted(id),
        },
        ExprKind::Member(index) => match e.ty.base() {
            Ty::Enum(name) => hir.enums.get(name)?.members.get(*index as usize)?.name.to_string(),
            _ => return None,
        },
        ExprKind::List(all) => {
            let all: Option<Vec<String>> = all.iter().map(|x| literal(hir, x)).collect();
            format!("[{}]", all?.join(", "))
        }
        _ => return None,
    })
}

/// A text in quotes, whole.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Days of the week; bit 0 is Monday.
pub(super) fn days(bits: u8) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let open: Vec<usize> = (0..7).filter(|day| bits & (1 << day) != 0).collect();
    let name = |day: usize| NAMES.get(day).copied().unwrap_or_default();
    match (open.first(), open.last()) {
        (Some(0), Some(6)) if open.len() == 7 => "every day".to_owned(),
        (Some(first), Some(last)) if open.len() > 2 && last - first + 1 == open.len() => {
            format!("{} to {}", name(*first), name(*last))
        }
        _ => open.into_iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// A time of day, given in microseconds since midnight.
pub(super) fn clock(micros: i64) -> String {
    let minutes = micros.div_euclid(60_000_000);
    format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
}
