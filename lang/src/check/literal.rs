//! Literals: values held exactly, and whether a literal can be a value of a type at all.

use zt_values::command::Command;
use zt_values::quantity::{self, DURATION_UNITS, SIZE_UNITS};
use zt_values::time::{self, TimeError};
use zt_values::{NumberError, email, host, ip, is_ident, parse_decimal, parse_int, path, url};

use super::types::show;
use crate::diagnostic::{Code, Diagnostic, article};
use crate::hir::{Bounds, Pattern, Syntax, Ty};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Number};

/// A literal number as an `Int` or, in ten-thousandths, a `Decimal`.
pub(crate) fn number(e: &Expr, base: &Ty) -> Result<i64, Box<Diagnostic>> {
    let other = || Err(Box::new(wrong_kind(e, base)));
    let (digits, negative) = match &e.kind {
        ExprKind::Int(n) | ExprKind::Decimal(n) => (n, false),
        ExprKind::Neg(inner) => match &inner.kind {
            ExprKind::Int(n) | ExprKind::Decimal(n) => (n, true),
            _ => return other(),
        },
        _ => return other(),
    };
    // Zero has no sign.
    let trimmed = unaligned(&digits.text);
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

/// A number without zeros in front: they are how people align columns.
fn unaligned(digits: &str) -> String {
    let trimmed = digits.trim_start_matches('0');
    let digit = trimmed.starts_with(|c: char| c.is_ascii_digit());
    if digit { trimmed.to_owned() } else { format!("0{trimmed}") }
}

/// Whether the type has values that are counted: they have an order, and ranges.
pub(crate) fn is_counted(ty: &Ty) -> bool {
    matches!(ty.base(), Ty::Int | Ty::Decimal | Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size)
}

/// A literal of a counted type, as the number that it is held as.
pub(crate) fn counted(e: &Expr, base: &Ty) -> Result<i64, Box<Diagnostic>> {
    match measured(e) {
        Some(Ok((ty, value))) if ty == *base => Ok(value),
        Some(Err(d)) => Err(d),
        Some(Ok(_)) => Err(Box::new(wrong_kind(e, base))),
        None if matches!(base, Ty::Int | Ty::Decimal) => number(e, base),
        None => Err(Box::new(wrong_kind(e, base))),
    }
}

/// A quantity, an instant, a date or a time of day: its own type, and the number that it is held as.
pub(crate) fn measured(e: &Expr) -> Option<Result<(Ty, i64), Box<Diagnostic>>> {
    let told = |n: &Number, ty: Ty, parsed: Result<i64, TimeError>| {
        parsed.map(|value| (ty.clone(), value)).map_err(|why| Box::new(misspelt(e.span, n, &ty, why)))
    };
    Some(match &e.kind {
        ExprKind::Quantity(n) => amount(e.span, n, false),
        ExprKind::Neg(inner) => match &inner.kind {
            ExprKind::Quantity(n) => amount(e.span, n, true),
            _ => return None,
        },
        ExprKind::Instant(n) => told(n, Ty::Instant, time::parse_instant(&n.text)),
        ExprKind::Date(n) => told(n, Ty::Date, time::parse_date(&n.text)),
        ExprKind::Time(n) => told(n, Ty::Time, time::parse_time(&n.text)),
        _ => return None,
    })
}

/// A number with a unit: a duration or a size.
fn amount(span: Span, n: &Number, negative: bool) -> Result<(Ty, i64), Box<Diagnostic>> {
    let text = unaligned(&n.text);
    let text = if negative { format!("-{text}") } else { text };
    let unit = text.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
    let known = |units: &[(&str, i64)]| units.iter().any(|(name, _)| *name == unit);
    let (ty, parsed) = if known(SIZE_UNITS) {
        if negative {
            return Err(Box::new(
                Diagnostic::new(Code::BadMeasure, span, "a size is never negative")
                    .label("less than nothing")
                    .help("take it off with `-` after another size, as in `input.size - 1KiB`"),
            ));
        }
        (Ty::Size, quantity::parse_size_quantity(&text))
    } else if known(DURATION_UNITS) {
        (Ty::Duration, quantity::parse_duration_quantity(&text))
    } else {
        return Err(Box::new(unknown_unit(span, &text, unit)));
    };
    parsed.map(|value| (ty.clone(), value)).map_err(|why| Box::new(misspelt(span, n, &ty, why)))
}

/// Units of other languages, and what zt writes.
const UNITS: &[(&str, &str)] = &[
    ("m", "min"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("D", "d"),
    ("day", "d"),
    ("days", "d"),
    ("week", "w"),
    ("weeks", "w"),
    ("b", "B"),
    ("bytes", "B"),
    ("kb", "kB"),
    ("KB", "kB"),
    ("kib", "KiB"),
    ("mb", "MB"),
    ("mib", "MiB"),
    ("gb", "GB"),
    ("gib", "GiB"),
];

fn unknown_unit(span: Span, text: &str, unit: &str) -> Diagnostic {
    let shown: String = unit.chars().take(20).collect();
    let d = Diagnostic::new(Code::BadMeasure, span, format!("no unit is called `{shown}`"))
        .label("a number and a unit")
        .help("the units are `us`, `ms`, `s`, `min`, `h`, `d`, `w`, and `B`, `kB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`, `TB`, `TiB`");
    if ["y", "yr", "year", "years", "mo", "month", "months"].contains(&unit) {
        return d.help("months and years have no length of their own; count days: `30d`");
    }
    let exponent = unit.strip_prefix(['e', 'E']).is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
    if exponent || ["k", "K", "M", "G"].contains(&unit) {
        return d
            .help("a number is written with all its digits, as in `10_000`; a size has a unit such as `kB` or `KiB`");
    }
    match UNITS.iter().find(|(theirs, _)| *theirs == unit) {
        Some((_, ours)) => {
            let right = format!("{}{ours}", text.strip_suffix(unit).unwrap_or_default());
            d.help(format!("did you mean `{right}`?")).fix(format!("write `{right}`"), span, right)
        }
        None => d,
    }
}

fn misspelt(span: Span, n: &Number, ty: &Ty, why: TimeError) -> Diagnostic {
    let shown: String = n.text.chars().take(40).collect();
    let name = show(ty);
    let d = Diagnostic::new(Code::BadMeasure, span, format!("`{shown}` is no `{name}`")).label(why.to_string());
    let spelling = match ty {
        Ty::Instant => "an instant is written in full, with its offset from UTC: `2026-03-27T14:00:00Z`",
        Ty::Date => "a date is written `2026-03-27`",
        Ty::Time => "a time of day is written `09:00` or `09:00:30`, from `00:00` on",
        _ => "a duration is written `30min`, a size `10MiB`",
    };
    match why {
        TimeError::NotTime if n.text.len() == 4 => {
            let right = format!("0{}", n.text);
            d.help(spelling).fix(format!("write `{right}`"), span, right)
        }
        TimeError::NoSuchTime if n.text.starts_with("24:") => d.help("`24:00` stands only as the end of a range"),
        TimeError::NoSuchDay => d.help("the calendar has no such day; count the days of the month"),
        TimeError::OutOfRange => d.help(match ty {
            Ty::Instant => "instants reach from 1970 to 9999",
            Ty::Date => "dates reach from the year 1 to 9999",
            _ => "it is more than can be counted in 64 bits",
        }),
        _ => d.help(spelling),
    }
}

/// A literal of one kind where another belongs.
pub(crate) fn wrong_kind(e: &Expr, base: &Ty) -> Diagnostic {
    let (what, help) = match base {
        Ty::Int | Ty::Decimal => ("a number", "write a number, without quotes or a unit"),
        Ty::Instant => ("an instant", "write an instant: `2026-03-27T14:00:00Z`"),
        Ty::Duration => ("a duration", "write a duration: `90s`, `30min`, `8h` or `7d`"),
        Ty::Date => ("a date", "write a date: `2026-03-27`"),
        Ty::Time => ("a time of day", "write a time of day: `09:00`"),
        Ty::Size => ("a size", "write a size: `512B`, `10MiB`"),
        Ty::Bool => ("a Bool", "write `true` or `false`"),
        _ => ("a text", "write a text in double quotes"),
    };
    Diagnostic::new(Code::TypeMismatch, e.span, format!("{what} should stand here")).label("not that").help(help)
}

/// A value of a counted type, as policies write it.
pub(crate) fn show_counted(value: i64, base: &Ty, places: u8) -> String {
    match base {
        Ty::Decimal => zt_values::format_decimal(value, places),
        Ty::Instant => time::format_instant(value),
        Ty::Duration => quantity::format_duration_quantity(value),
        Ty::Date => time::format_date(value),
        Ty::Time => time::format_time(value),
        Ty::Size => quantity::format_size_quantity(value),
        _ => value.to_string(),
    }
}

/// What is counted, as it stands in a request.
pub(crate) fn wire(value: i64, base: &Ty, places: u8) -> String {
    match base {
        Ty::Decimal => zt_values::format_decimal(value, places),
        Ty::Duration => quoted(&zt_values::quantity::format_duration(value)),
        Ty::Instant => quoted(&zt_values::time::format_instant(value)),
        Ty::Date => quoted(&zt_values::time::format_date(value)),
        Ty::Time => quoted(&zt_values::time::format_time(value)),
        _ => value.to_string(),
    }
}

/// A text as it stands in JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The one text of a value of a syntax, or why the text is none.
pub(crate) fn canonical(syntax: Syntax, text: &str) -> Result<String, String> {
    let read = match syntax {
        Syntax::Path => path::canonical(text),
        Syntax::Url => url::canonical(text),
        Syntax::Host => host::canonical(text),
        Syntax::Email => email::canonical(text),
        Syntax::IpAddr => ip::canonical_addr(text),
        Syntax::IpNet => ip::canonical_net(text),
        // A command is judged in parts; as a whole it is what was sent.
        Syntax::Command => Command::parse(text).map(|_| text.into()),
    };
    read.map(std::borrow::Cow::into_owned).map_err(|reason| format!("it {}", reason.as_str()))
}

/// Why a text can never be a value of a type.
pub(crate) fn impossible_text(text: &str, ty: &Ty, bounds: &Bounds) -> Option<String> {
    impossible_text_by(text, ty, bounds, &mut matches)
}

/// The same for who asks often, and keeps compiled patterns.
pub(crate) fn impossible_text_by(
    text: &str,
    ty: &Ty,
    bounds: &Bounds,
    matches: &mut dyn FnMut(&Pattern, &str) -> bool,
) -> Option<String> {
    let canonical = match ty.base() {
        Ty::Syntax(syntax) => match canonical(*syntax, text) {
            Ok(canonical) => canonical,
            Err(why) => return Some(why),
        },
        _ => text.to_owned(),
    };
    if canonical.len() > bounds.length as usize {
        return Some(format!("it has {} bytes, `{}` has at most {}", canonical.len(), show(ty), bounds.length));
    }
    if text.contains('\0') {
        return Some("no text holds the character U+0000".to_owned());
    }
    if *ty.base() == Ty::Ident && !is_ident(text) {
        return Some("an `Ident` is made of letters, digits and `_ . : / @ + -`".to_owned());
    }
    bounds.patterns.iter().find(|p| !matches(p, &canonical)).map(|p| format!("it does not match `re\"{}\"`", p.source))
}

/// Whether a whole text matches; only for literals, so compiling each time does no harm.
fn matches(p: &Pattern, text: &str) -> bool {
    regex::Regex::new(&p.anchored).is_ok_and(|r| r.is_match(text))
}

/// Why a number can never be a value of a type.
pub(crate) fn impossible_number(value: i64, bounds: &Bounds, decimal: bool) -> Option<String> {
    impossible_counted(value, bounds, if decimal { &Ty::Decimal } else { &Ty::Int })
}

/// Why the number that a value is held as can never be a value of a type.
pub(crate) fn impossible_counted(value: i64, bounds: &Bounds, base: &Ty) -> Option<String> {
    let shown = |v: i64| show_counted(v, base, bounds.places);
    let step = 10_i64.pow(u32::from(4 - bounds.places.min(4)));
    if *base == Ty::Decimal && value % step != 0 {
        return Some(format!("values have {} places after the point", bounds.places));
    }
    let (least, greatest) = match base {
        Ty::Instant | Ty::Date | Ty::Time => ("earliest", "latest"),
        Ty::Duration => ("shortest", "longest"),
        _ => ("least", "greatest"),
    };
    if value < bounds.min {
        return Some(format!("the {least} value is {}", shown(bounds.min)));
    }
    if value > bounds.max {
        return Some(format!("the {greatest} value is {}", shown(bounds.max)));
    }
    None
}

/// The message of a literal that can never be a value.
pub(crate) fn impossible(span: Span, shown: &str, ty: &Ty, why: String) -> Diagnostic {
    let help = match ty.base() {
        Ty::Syntax(s) => format!(
            "{} `{}` has one spelling, and what could be read in two ways is refused in requests too",
            article(s.as_str()),
            s.as_str()
        ),
        _ => "write a value that a request can hold, or widen the type".to_owned(),
    };
    Diagnostic::new(Code::ImpossibleLiteral, span, format!("{shown} can never be a value of this `{}`", show(ty)))
        .label(why)
        .help(help)
}

/// How a value of a type is written.
pub(crate) fn help_to_write(ty: &Ty) -> &'static str {
    match ty.base() {
        Ty::Bool => "write `true` or `false`",
        Ty::Int | Ty::Decimal => "write a number",
        Ty::String | Ty::Ident | Ty::Syntax(_) => "write a string in double quotes",
        Ty::Enum(_) => "write one of its members, without quotes",
        Ty::Set(_) | Ty::List(_) => "write its elements in brackets: `[…]`",
        Ty::Map(_) => "write its members in braces: `{ name: value, … }`",
        Ty::Choice(_) => "write a value of one of its types",
        Ty::Null => "write `null`",
        Ty::Record(_) | Ty::Entry(_) => "write its fields in braces: `{ name: value, … }`",
        Ty::Entity(_) => "write it out, with its `id`, or use a fixture",
        Ty::Instant => "write an instant: `2026-03-27T14:00:00Z`",
        Ty::Duration => "write a duration: `30min`",
        Ty::Date => "write a date: `2026-03-27`",
        Ty::Time => "write a time of day: `09:00`",
        Ty::Size => "write a size: `10MiB`",
        Ty::Json => "write texts, numbers, `true`, `false`, `null`, lists and records of them",
        Ty::Named(..) => "write a value of its type",
    }
}
