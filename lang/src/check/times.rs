//! Times of the week and local times: an instant as clocks somewhere show it.

use std::sync::Arc;

use zt_values::civil::Weekday;
use zt_values::ranges::{Weekdays, is_range};
use zt_values::time::{DAY, parse_end_time, parse_time};

use super::Cx;
use super::declare::kind_of;
use super::expr::{Typed, strip};
use super::path::Env;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Hours, LocalPart, Ty, Zone};
use crate::span::Span;
use crate::syntax::ast::{self, Ident, Number, Text};
use crate::zone;

/// Other names of days.
const DAYS: &[(&str, &str)] = &[
    ("monday", "mon"),
    ("tuesday", "tue"),
    ("tues", "tue"),
    ("wednesday", "wed"),
    ("thursday", "thu"),
    ("thur", "thu"),
    ("thurs", "thu"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
];

/// Zones that people mean by a short name; which place is meant only they know, so none is put in for them.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("EDT", "America/New_York"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("MDT", "America/Denver"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("BST", "Europe/London"),
    ("CEST", "Europe/Paris"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
];

impl Cx<'_> {
    /// A zone by its name.
    pub(crate) fn zone(&mut self, name: &Text) -> Option<Arc<Zone>> {
        match zone::load(&name.value) {
            Ok(rules) => Some(Arc::new(Zone { name: name.value.clone(), rules: Arc::new(rules) })),
            Err(_) => {
                let d = unknown_zone(name);
                self.report(d);
                None
            }
        }
    }

    /// `t at "Zone"` without anything that is asked of it.
    pub(crate) fn bare_at(&mut self, span: Span) -> Typed {
        self.fail(
            Diagnostic::new(Code::NotInstant, span, "what is asked of the time there is missing")
                .label("a clock, not a value")
                .help("write `… in mon..fri 09:00..17:00` after it, or `.date`, `.time` or `.weekday` after brackets"),
        )
    }

    /// `mon..fri 09:00..17:00` after anything but `t at "Zone"`.
    pub(crate) fn bare_hours(&mut self, span: Span) -> Typed {
        self.fail(
            Diagnostic::new(Code::NotInstant, span, "days and times are asked of a clock somewhere")
                .label("whose clock?")
                .help("say where: `now at \"Europe/Paris\" in mon..fri 09:00..17:00`"),
        )
    }

    fn instant(&mut self, env: &Env, e: &ast::Expr) -> Option<Expr> {
        let x = self.expr(env, e, None).expr?;
        if *x.ty.base() == Ty::Instant {
            return Some(x);
        }
        let d = Diagnostic::new(Code::NotInstant, x.span, format!("`at` needs an instant, this is {}", kind_of(&x.ty)))
            .label(kind_of(&x.ty))
            .help("the instant of the decision is `now`");
        self.report(d);
        None
    }

    /// `t at "Zone" in mon..fri 09:00..17:00`: days, times, or both.
    pub(crate) fn hours(&mut self, env: &Env, instant: &ast::Expr, zone: &Text, when: &ast::Expr, span: Span) -> Typed {
        let instant = self.instant(env, instant);
        let zone = self.zone(zone);
        let (days, times) = match &when.kind {
            ast::ExprKind::Hours(days, from, to) => {
                let at = Span::new(from.span.start, to.span.end);
                (self.days(days), self.times(from, to, at))
            }
            ast::ExprKind::Range(from, to) => match (&strip(from).kind, &strip(to).kind) {
                (ast::ExprKind::Time(from), ast::ExprKind::Time(to)) => {
                    (Some(Weekdays::ALL), self.times(from, to, when.span))
                }
                _ => (self.days(when), Some((0, DAY))),
            },
            _ => (self.days(when), Some((0, DAY))),
        };
        let (Some(instant), Some(zone), Some(days), Some((start, end))) = (instant, zone, days, times) else {
            return Typed::default();
        };
        let hours = Hours { zone, days: days.bits(), start, end };
        Typed::of(ExprKind::Hours(Box::new(instant), Arc::new(hours)), Ty::Bool, span)
    }

    /// `(t at "Zone").date`
    pub(crate) fn local(&mut self, env: &Env, at: &ast::Expr, part: &Ident, span: Span) -> Typed {
        let ast::ExprKind::At(instant, zone) = &at.kind else { return Typed::default() };
        let instant = self.instant(env, instant);
        let zone = self.zone(zone);
        let (local, ty) = match &*part.text {
            "date" => (LocalPart::Date, Ty::Date),
            "time" => (LocalPart::Time, Ty::Time),
            "weekday" => (LocalPart::Weekday, Ty::Int),
            name => {
                let d = Diagnostic::new(Code::UnknownAttribute, part.span, format!("a local time has no `{name}`"))
                    .label("nothing of this name")
                    .help("it has `date`, `time` and `weekday`")
                    .did_you_mean(part.span, name, ["date", "time", "weekday"]);
                return self.fail(d);
            }
        };
        let (Some(instant), Some(zone)) = (instant, zone) else { return Typed::default() };
        Typed::of(ExprKind::Local(Box::new(instant), zone, local), ty, span)
    }

    /// Days of the week: `sat`, `mon..fri`, `[mon, wed]`.
    fn days(&mut self, e: &ast::Expr) -> Option<Weekdays> {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.days(inner),
            ast::ExprKind::Name(name) => self.day(name).map(|day| Weekdays::NONE.with(day)),
            ast::ExprKind::Range(from, to) => match (&strip(from).kind, &strip(to).kind) {
                (ast::ExprKind::Name(from), ast::ExprKind::Name(to)) => {
                    let (from, to) = (self.day(from), self.day(to));
                    Some(Weekdays::range(from?, to?))
                }
                _ => self.no_days(e.span),
            },
            ast::ExprKind::List(all) if !all.is_empty() => {
                let days: Vec<Option<Weekdays>> = all.iter().map(|e| self.days(e)).collect();
                days.into_iter().try_fold(Weekdays::NONE, |sum, days| Some(sum.union(days?)))
            }
            _ => self.no_days(e.span),
        }
    }

    fn no_days(&mut self, span: Span) -> Option<Weekdays> {
        let d = Diagnostic::new(Code::NotInstant, span, "days of the week or times of day should stand here")
            .label("neither")
            .help("write `mon..fri`, `[mon, wed]`, `09:00..17:00` or `mon..fri 09:00..17:00`");
        self.report(d);
        None
    }

    fn day(&mut self, name: &Ident) -> Option<Weekday> {
        let day = Weekday::parse(&name.text);
        if day.is_none() {
            let all = Weekday::ALL.map(Weekday::name);
            let d =
                Diagnostic::new(Code::UnknownName, name.span, format!("no day of the week is called `{}`", name.text))
                    .label("not a day")
                    .help(format!("the days are {}", all.map(|n| format!("`{n}`")).join(", ")));
            let lower = name.text.to_lowercase();
            let usual = DAYS.iter().find(|(theirs, _)| *theirs == lower).map(|(_, ours)| *ours);
            let d = match usual.or_else(|| all.into_iter().find(|n| *n == lower)) {
                Some(ours) => d.help(format!("did you mean `{ours}`?")).fix(format!("write `{ours}`"), name.span, ours),
                None => d.did_you_mean(name.span, &name.text, all),
            };
            self.report(d);
        }
        day
    }

    /// A time of day, or the end of the day.
    pub(crate) fn end_of_day(&mut self, n: &Number, span: Span, ty: &Ty) -> Option<Expr> {
        let value = match parse_end_time(&n.text) {
            Ok(value) => value,
            Err(_) => self.time_of_day(n)?,
        };
        Some(Expr { kind: ExprKind::Int(value), ty: ty.clone(), span })
    }

    /// A time of day; anything else is reported.
    fn time_of_day(&mut self, n: &Number) -> Option<i64> {
        let e = ast::Expr { kind: ast::ExprKind::Time(n.clone()), span: n.span, depth: 1 };
        match super::literal::counted(&e, &Ty::Time) {
            Ok(value) => Some(value),
            Err(d) => {
                self.report(*d);
                None
            }
        }
    }

    /// From a time of day to another, the last of which is out.
    fn times(&mut self, from: &Number, to: &Number, at: Span) -> Option<(i64, i64)> {
        let start = match parse_time(&from.text) {
            Ok(start) => Some(start),
            Err(_) => self.time_of_day(from),
        };
        let end = match parse_end_time(&to.text) {
            Ok(end) => Some(end),
            Err(_) => self.time_of_day(to),
        };
        let (start, end) = (start?, end?);
        if is_range(start, end) {
            return Some((start, end));
        }
        let d = Diagnostic::new(Code::EmptyRange, at, "no time lies in this range")
            .label("it ends where it starts")
            .help("a whole day is `00:00..24:00`, or no times at all");
        self.report(d);
        None
    }
}

/// Where one side is a weekday, the days on the other as the numbers that they are.
pub(crate) fn days_beside(one: &ast::Expr, other: &ast::Expr) -> Option<ast::Expr> {
    fn numbered(e: &ast::Expr) -> ast::Expr {
        let kind = match &e.kind {
            ast::ExprKind::Name(n) => match Weekday::parse(&n.text) {
                Some(day) => ast::ExprKind::Int(Number { text: day.iso().to_string().into(), span: n.span }),
                None => return e.clone(),
            },
            ast::ExprKind::Paren(x) => ast::ExprKind::Paren(Box::new(numbered(x))),
            ast::ExprKind::List(xs) => ast::ExprKind::List(xs.iter().map(numbered).collect()),
            ast::ExprKind::Range(a, b) => ast::ExprKind::Range(Box::new(numbered(a)), Box::new(numbered(b))),
            _ => return e.clone(),
        };
        ast::Expr { kind, span: e.span, depth: e.depth }
    }
    match &strip(one).kind {
        ast::ExprKind::Member(at, part)
            if &*part.text == "weekday" && matches!(strip(at).kind, ast::ExprKind::At(..)) =>
        {
            Some(numbered(other))
        }
        _ => None,
    }
}

fn unknown_zone(name: &Text) -> Diagnostic {
    let d = Diagnostic::new(Code::UnknownZone, name.span, format!("no time zone is called `{}`", name.value))
        .label("not in the database of zones")
        .help("zones are named after places, as in `America/New_York`; `UTC` is one too");
    let quoted = |d: Diagnostic, zone: &str| {
        d.help(format!("did you mean `{zone}`?")).fix(format!("write `\"{zone}\"`"), name.span, format!("\"{zone}\""))
    };
    let offset = name.value.starts_with(['+', '-']) || name.value.contains(|c: char| c.is_ascii_digit());
    if offset {
        return d.help("an offset does not follow the clocks in summer and winter; name a place, as in `Europe/Paris`");
    }
    if let Some((_, place)) = ABBREVIATIONS.iter().find(|(short, _)| *short == &*name.value) {
        return d.help(format!("short names mean several zones; name a place, as in `{place}`"));
    }
    let squeezed: String = name.value.trim().replace(' ', "_").to_lowercase();
    let city = |zone: &&String| {
        let zone = zone.to_lowercase();
        zone == squeezed || zone.rsplit('/').next() == Some(&*squeezed)
    };
    match zone::names().iter().find(city) {
        Some(zone) => quoted(d, zone),
        None => match crate::diagnostic::nearest(&name.value, zone::names().iter().map(|n| &**n)) {
            Some(zone) => quoted(d, zone),
            None => d,
        },
    }
}
