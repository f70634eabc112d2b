//! Literals: numbers held exactly, and whether a literal can be a value of a type at all.

use zt_values::{NumberError, is_ident, parse_decimal, parse_int};

use super::types::show;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Bounds, Ty};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind};

/// A literal number as an `Int` or, in ten-thousandths, a `Decimal`.
pub(crate) fn number(e: &Expr, base: &Ty) -> Result<i64, Box<Diagnostic>> {
    let (digits, negative) = match &e.kind {
        ExprKind::Int(n) | ExprKind::Decimal(n) => (n, false),
        ExprKind::Neg(inner) => match &inner.kind {
            ExprKind::Int(n) | ExprKind::Decimal(n) => (n, true),
            _ => return Err(Box::new(Diagnostic::new(Code::WrongOperand, e.span, "this is not a number"))),
        },
        _ => return Err(Box::new(Diagnostic::new(Code::WrongOperand, e.span, "this is not a number"))),
    };
    // Leading zeros are how people align columns; zero has no sign.
    let trimmed = digits.text.trim_start_matches('0');
    let trimmed =
        if trimmed.is_empty() || trimmed.starts_with('.') { format!("0{trimmed}") } else { trimmed.to_owned() };
    let zero = trimmed.chars().all(|c| matches!(c, '0' | '.'));
    let text = if negative && !zero { format!("-{trimmed}") } else { trimmed };
    let parsed = if *base == Ty::Decimal { parse_decimal(&text, 4) } else { parse_int(&text) };
    parsed.map_err(|error| {
        Box::new(match error {
            NumberError::TooPrecise => {
                Diagnostic::new(Code::BadNumber, e.span, format!("`{text}` has more than four places"))
                    .label("too fine")
                    .help("`Decimal` is exact to four places after the point; round it")
            }
            NumberError::OutOfRange => Diagnostic::new(Code::BadNumber, e.span, format!("`{text}` is out of range"))
                .label("too large")
                .help(if *base == Ty::Decimal {
                    "a `Decimal` reaches from -922337203685477.5808 to 922337203685477.5807"
                } else {
                    "an `Int` reaches from -9223372036854775808 to 9223372036854775807"
                }),
            _ => Diagnostic::new(Code::TypeMismatch, e.span, format!("`{text}` is not a whole number"))
                .label("`Int` has no places after the point")
                .help("use a whole number, or declare the attribute as `Decimal`"),
        })
    })
}

/// Why a text can never be a value of a type.
pub(crate) fn impossible_text(text: &str, ty: &Ty, bounds: &Bounds) -> Option<String> {
    if text.len() > bounds.length as usize {
        return Some(format!("it has {} bytes, `{}` has at most {}", text.len(), show(ty), bounds.length));
    }
    if text.contains('\0') {
        return Some("no text holds the character U+0000".to_owned());
    }
    if *ty.base() == Ty::Ident && !is_ident(text) {
        return Some("an `Ident` is made of letters, digits and `_ . : / @ + -`".to_owned());
    }
    bounds.patterns.iter().find(|p| !matches(p, text)).map(|p| format!("it does not match `re\"{}\"`", p.source))
}

/// Whether a whole text matches; only for literals, so compiling each time does no harm.
fn matches(p: &crate::hir::Pattern, text: &str) -> bool {
    regex::Regex::new(&p.anchored).is_ok_and(|r| r.is_match(text))
}

/// Why a number can never be a value of a type.
pub(crate) fn impossible_number(value: i64, bounds: &Bounds, decimal: bool) -> Option<String> {
    let shown = |v: i64| if decimal { zt_values::format_decimal(v, bounds.places) } else { v.to_string() };
    let step = 10_i64.pow(u32::from(4 - bounds.places.min(4)));
    if decimal && value % step != 0 {
        return Some(format!("values have {} places after the point", bounds.places));
    }
    if value < bounds.min {
        return Some(format!("the least value is {}", shown(bounds.min)));
    }
    if value > bounds.max {
        return Some(format!("the greatest value is {}", shown(bounds.max)));
    }
    None
}

/// The message of a literal that can never be a value.
pub(crate) fn impossible(span: Span, shown: &str, ty: &Ty, why: String) -> Diagnostic {
    Diagnostic::new(Code::ImpossibleLiteral, span, format!("{shown} can never be a value of this `{}`", show(ty)))
        .label(why)
        .help("compare with a value that a request can hold, or widen the type")
}
