//! Hours over midnight for a range of days over a weekend: each day opens a night of its own.
//!
//! `fri..mon 16:00..08:00` reads like the time from Friday to Monday, and is four nights. Whoever means these writes the days
//! one by one. A range that does not pass from Sunday to Monday, as in `fri..sun 18:00..02:00`, and one of weeknights, as in
//! `sun..thu 22:00..06:00`, is read as it is meant.

use zt_values::civil::Weekday;
use zt_values::ranges::Weekdays;
use zt_values::time::{parse_end_time, parse_time};

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, ItemKind, Number, PolicyClauseKind, RuleClauseKind, WindowClauseKind,
};

/// The most days of a weekend that somebody may mean as a whole: with five it is a week with a day off.
const MOST: u32 = 4;

/// Finds such hours in what an item asks.
pub(super) fn separate(item: &ItemKind, out: &mut Vec<Diagnostic>) {
    let mut ahead: Vec<&Expr> = vec![];
    match item {
        ItemKind::Policy(policy) => {
            ahead.extend(policy.clauses.iter().filter_map(|c| match &c.kind {
                PolicyClauseKind::When(e) | PolicyClauseKind::Unless(e) => Some(e),
                PolicyClauseKind::For(_) | PolicyClauseKind::By(_) => None,
            }));
            ahead.extend(policy.rules.iter().flat_map(|rule| &rule.clauses).filter_map(|c| match &c.kind {
                RuleClauseKind::When(e) | RuleClauseKind::Unless(e) => Some(e),
                _ => None,
            }));
        }
        ItemKind::Define(define) => ahead.push(&define.body),
        ItemKind::Window(window) => ahead.extend(window.clauses.iter().filter_map(|c| match &c.kind {
            WindowClauseKind::Where(e) => Some(e),
            _ => None,
        })),
        _ => {}
    }
    while let Some(e) = ahead.pop() {
        if let ExprKind::Binary(BinaryOp::In, _, _, hours) = &e.kind
            && let ExprKind::Hours(days, from, to) = &bare(hours).kind
        {
            out.extend(said(hours, days, from, to));
        }
        ahead.extend(e.parts());
    }
}

/// What there is to say of `fri..mon 16:00..08:00`.
fn said(hours: &Expr, days: &Expr, from: &Number, to: &Number) -> Option<Diagnostic> {
    let ExprKind::Range(first, last) = &bare(days).kind else { return None };
    let (first, last) = (day(first)?, day(last)?);
    let all = Weekdays::range(first, last);
    let weekend = all.contains(Weekday::Sat) && all.contains(Weekday::Sun) && last < first;
    if !weekend || all.bits().count_ones() > MOST {
        return None;
    }
    let (start, end) = (parse_time(&from.text).ok()?, parse_end_time(&to.text).ok()?);
    if start < end {
        return None;
    }
    let (first, last, from, to) = (first.name(), last.name(), &from.text, &to.text);
    let each: Vec<&str> = in_order(all, first);
    let between = match each.get(1..each.len().saturating_sub(1)).unwrap_or_default() {
        [] => String::new(),
        [one] => format!(", `{one}`"),
        [one, .., other] => format!(", `{one}..{other}`"),
    };
    let list = format!("[{}]", each.join(", "));
    let message =
        format!("`{first}..{last} {from}..{to}` is {} nights, not the time from `{first}` to `{last}`", each.len());
    let d = Diagnostic::new(Code::SeparateNights, hours.span, message)
        .label(format!("each from {from} to {to} of the next day"))
        .help(format!(
            "the whole time is `{first} {from}..24:00`{between} or `{last} 00:00..{to}`, joined by `or`; the nights are `{list} {from}..{to}`"
        ))
        .fix(format!("write `{list}`"), days.span, list.clone());
    Some(d)
}

/// The names of days, from one of them on.
fn in_order(days: Weekdays, first: &str) -> Vec<&'static str> {
    let at = Weekday::ALL.iter().position(|day| day.name() == first).unwrap_or_default();
    let week = Weekday::ALL.iter().cycle().skip(at).take(Weekday::ALL.len());
    week.filter(|day| days.contains(**day)).map(|day| day.name()).collect()
}

fn day(e: &Expr) -> Option<Weekday> {
    match &bare(e).kind {
        ExprKind::Name(name) => Weekday::parse(&name.text),
        _ => None,
    }
}

/// An expression without brackets around it.
fn bare(mut e: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}
