//! The refund policy as other engines take it.

use std::sync::LazyLock;

use cedar_policy::RestrictedExpression;
use regex::Regex;
use serde_json::Value;

use super::NOW;
use crate::others::Others;
use crate::others::cedar::{Cedar, Shape};
use crate::others::cel::{Cel, around};
use crate::others::rego::Rego;
use crate::outcome::Effect::{Allow, Ask, Deny};

static PATTERNS: [(&str, LazyLock<Regex>); 2] = [
    ("is_ticket", LazyLock::new(|| Regex::new("^[A-Z]{2,5}-[0-9]{1,6}$").expect("a pattern"))),
    ("is_pretended", LazyLock::new(|| Regex::new("^(?:x+|qa_.*)$").expect("a pattern"))),
];

/// Requests with the instant of the decision, in nanoseconds since 1970.
pub(crate) fn with_now(requests: &[String]) -> Vec<String> {
    let one = |request: &String| {
        let open = request.strip_suffix('}').expect("a request is an object");
        format!("{open},\"now\":{}}}", NOW * 1_000)
    };
    requests.iter().map(one).collect()
}

pub(crate) fn others() -> Others {
    Others { cedar: cedar(), rego: rego(), cel: cel(false), cel_cached: cel(true), cel_around: cel_around() }
}

fn rego() -> Rego {
    Rego::new(concat!(include_str!("refunds.rego"), include_str!("../others/decision.rego")), None)
}

fn cel_around() -> cel::Context<'static, 'static> {
    around(&PATTERNS)
}

/// By its own `matches`, or by functions of the host.
fn cel(is_cached: bool) -> Cel {
    let (ticket, pretended) = if is_cached {
        ("is_ticket(args.ticket)", "is_pretended(args.reason)")
    } else {
        ("args.ticket.matches('^[A-Z]{2,5}-[0-9]{1,6}$')", "args.reason.matches('^(?:x+|qa_.*)$')")
    };
    let granted = format!("'refund' in principal.permissions && principal.role in ['support', 'billing'] && {ticket}");
    let pretended = format!("args.reason in ['test', 'debug', 'todo'] || {pretended}");
    let high = "resource.tier in ['gold', 'platinum'] && principal.clearance in ['trainee', 'regular']";
    Cel::new(&[
        ("granted", Allow, &granted, Some("audit(level=detailed)")),
        ("supervisor", Allow, "principal.role == 'supervisor'", Some("audit(level=standard)")),
        ("large", Ask, "args.amount > 5000", None),
        ("after_hours", Ask, "!(weekday < 5 && hour >= 6 && hour < 22)", None),
        ("excessive", Deny, "args.amount > resource.amount", None),
        ("pretended", Deny, &pretended, None),
        ("above_clearance", Deny, high, None),
    ])
}

/// The hour of the instant of all decisions, and its day of the week, from Monday.
const HOUR: i64 = NOW / 3_600_000_000 % 24;
const WEEKDAY: i64 = (NOW / 86_400_000_000 + 3) % 7;

fn cedar() -> Cedar {
    let shape = Shape {
        ranks: &[
            ("clearance", &["trainee", "regular", "senior", "lead"]),
            ("tier", &["bronze", "silver", "gold", "platinum"]),
        ],
        read: &["permissions", "role", "clearance", "amount", "reason", "tier"],
        computed,
        types: &["Agent", "Order"],
        actions: vec!["orders.refund".to_owned()],
    };
    Cedar::new(include_str!("refunds.cedar"), Some(include_str!("asks.cedar")), shape)
}

fn computed(request: &Value) -> Vec<(&'static str, RestrictedExpression)> {
    static CROSSED_OUT: LazyLock<Regex> = LazyLock::new(|| Regex::new("^x+$").expect("a pattern"));
    let input = &request["action"]["properties"];
    let matches = |name: &str, pattern: &Regex| {
        RestrictedExpression::new_bool(pattern.is_match(input[name].as_str().unwrap_or_default()))
    };
    vec![
        ("ticket_is_one", matches("ticket", &PATTERNS[0].1)),
        ("reason_is_crossed_out", matches("reason", &CROSSED_OUT)),
        ("hour", RestrictedExpression::new_long(HOUR)),
        ("weekday", RestrictedExpression::new_long(WEEKDAY)),
    ]
}
