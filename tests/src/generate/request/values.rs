//! Times, sizes and texts of a syntax, as requests spell them.

use zt_lang::hir::{Bounds, Syntax, Ty};
use zt_values::quantity::{format_duration, parse_duration_quantity, parse_size_quantity};
use zt_values::time::{format_date, format_instant, format_time, parse_date, parse_instant, parse_time};

use super::super::json::Json;
use super::super::samples;
use super::super::source::Source;
use super::Requests;

impl Requests<'_> {
    /// A value that is a time, a size or a text of a syntax.
    pub(super) fn meaning(&self, source: &mut Source, ty: &Ty, bounds: &Bounds, name: &str) -> Json {
        if let Ty::Syntax(syntax) = ty.base() {
            return Json::String(self.of_syntax(source, *syntax, bounds, name));
        }
        if *ty.base() == Ty::Instant && source.chance(20) {
            return Json::text(source.pick::<&str>(samples::MORE_INSTANTS));
        }
        let near = |source: &mut Source, hints: &[i64]| {
            let off = [0, 0, 0, 1, -1, 1_000_000][source.below(6)];
            source.pick(hints).saturating_add(off)
        };
        let hinted = self.hints.numbers.get(name).filter(|hints| !hints.is_empty());
        let value = match source.below(10) {
            0..5 if hinted.is_some() => hinted.map(|hints| near(source, hints)),
            5 => Some([bounds.min, bounds.max][source.below(2)]),
            _ => None,
        };
        let sample = |source: &mut Source, all: &[&str]| (*source.pick(all)).to_owned();
        let value = value.unwrap_or_else(|| match ty.base() {
            Ty::Instant => parse_instant(&sample(source, samples::INSTANTS)).unwrap_or(0),
            Ty::Duration => parse_duration_quantity(&sample(source, samples::DURATIONS)).unwrap_or(0),
            Ty::Date => parse_date(&sample(source, samples::DATES)).unwrap_or(0),
            Ty::Time => parse_time(&sample(source, samples::TIMES)).unwrap_or(0),
            _ => parse_size_quantity(&sample(source, samples::SIZES)).unwrap_or(0),
        });
        let value = value.clamp(bounds.min, bounds.max);
        match ty.base() {
            Ty::Instant => Json::String(format_instant(value)),
            Ty::Duration => Json::String(format_duration(value)),
            Ty::Date => Json::String(format_date(value)),
            Ty::Time => Json::String(format_time(value)),
            _ => Json::Number(value.to_string()),
        }
    }

    fn of_syntax(&self, source: &mut Source, syntax: Syntax, bounds: &Bounds, name: &str) -> String {
        let hinted = self.hints.texts.get(name).filter(|_| source.chance(40));
        let most = usize::try_from(bounds.length).unwrap_or(usize::MAX);
        let texts = samples::texts(syntax);
        if let Some(hint) = hinted.map(|hints| source.pick(hints).clone()).filter(|hint| texts.contains(&hint.as_str()))
        {
            return hint;
        }
        let from = if source.chance(15) { samples::spellings(syntax) } else { texts };
        let fitting: Vec<&str> = from.iter().copied().filter(|text| text.len() <= most).collect();
        (*source.pick(if fitting.is_empty() { texts } else { &fitting })).to_owned()
    }

    /// A value that such a type refuses, or nearly does.
    pub(super) fn meaningless(&self, source: &mut Source, ty: &Ty, bounds: &Bounds) -> Json {
        let beyond = |source: &mut Source| {
            let end = [bounds.max.saturating_add(1), bounds.min.saturating_sub(1)];
            *source.pick(&end)
        };
        let text = |source: &mut Source, all: &[&str]| Json::text(*source.pick::<&str>(all));
        match ty.base() {
            Ty::Syntax(syntax) => match source.below(6) {
                0 | 1 => Json::String(longer(*syntax, usize::try_from(bounds.length).unwrap_or(0))),
                _ => text(source, samples::refused(*syntax)),
            },
            Ty::Instant => text(
                source,
                &["2026-03-27", "2026-03-27T14:00:00", "2026-02-30T00:00:00Z", "2026-03-27T23:59:60Z", "now", ""],
            ),
            Ty::Duration => match source.below(3) {
                0 => Json::String(format_duration(beyond(source))),
                _ => text(source, &["5min", "P1M", "PT", "-PT0S", "P1W", "PT1.0000001S", ""]),
            },
            Ty::Date => text(source, &["2026-02-29", "2026-3-1", "2026-03-27T00:00:00Z", "0000-00-00", "20260327"]),
            Ty::Time => text(source, &["24:00", "9:00", "09:00:60", "09:00Z", "noon"]),
            _ => match source.below(3) {
                0 => Json::Number(beyond(source).to_string()),
                1 => Json::Number("-1".into()),
                _ => text(source, &["10MiB", "1"]),
            },
        }
    }
}

/// A text of a syntax that is one byte longer than allowed.
fn longer(syntax: Syntax, most: usize) -> String {
    let (before, after) = match syntax {
        Syntax::Path | Syntax::IpAddr | Syntax::IpNet => ("/", ""),
        Syntax::Url => ("https://example.com/", ""),
        Syntax::Host => ("", ".example.com"),
        Syntax::Email => ("", "@example.com"),
        Syntax::Command => ("git ", ""),
    };
    let filled = (most + 1).saturating_sub(before.len() + after.len()).max(1);
    format!("{before}{}{after}", "a".repeat(filled))
}
