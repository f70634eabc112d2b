//! Numbers, texts and what nobody reads, close to what policies compare with.

use regex::Regex;
use zt_lang::hir::{Bounds, Ty};
use zt_values::format_decimal;

use super::super::json::Json;
use super::super::source::Source;
use super::super::words;
use super::Requests;
use super::hints::ANYWHERE;
use super::spoil::Spoil;

impl Requests<'_> {
    pub(super) fn number(&self, source: &mut Source, bounds: &Bounds, name: &str, step: i64) -> i64 {
        let near = |source: &mut Source, hints: Option<&Vec<i64>>| {
            let hint = *source.pick(hints.filter(|h| !h.is_empty())?);
            let off = [0, 0, step, -step][source.below(4)];
            Some(hint.saturating_add(off))
        };
        let value = match source.below(20) {
            0..8 => near(source, self.hints.numbers.get(name)),
            8..10 => near(source, self.hints.numbers.get(ANYWHERE)),
            10..12 => Some([bounds.min, bounds.max][source.below(2)]),
            12 => Some(*source.pick(&[i64::MAX, i64::MIN, i64::MAX - 1, i64::MAX / 2 + 1, i64::MIN / 2, -step])),
            _ => None,
        };
        let small = i64::try_from(source.below(120)).unwrap_or(0).saturating_mul(step);
        let value = value.unwrap_or(small).clamp(bounds.min, bounds.max);
        // To what the type can hold; the ends of its range may be finer than it is.
        let value = value / step * step;
        if value < bounds.min {
            value.saturating_add(step)
        } else if value > bounds.max {
            value.saturating_sub(step)
        } else {
            value
        }
    }

    pub(super) fn text(&self, source: &mut Source, ty: &Ty, bounds: &Bounds, name: &str) -> String {
        let ident = *ty.base() == Ty::Ident;
        let hinted = self.hints.texts.get(name);
        if let Some(hinted) = hinted.filter(|_| source.chance(50)) {
            let text = source.pick(hinted);
            if takes(bounds, ident, text) {
                return text.clone();
            }
        }
        let key = format!("{ident} {} {:?}", bounds.length, bounds.patterns);
        let mut known = self.texts.borrow_mut();
        let texts = known.entry(key).or_insert_with(|| {
            let hinted = self.hints.texts.values().flatten().map(String::as_str);
            let mut all: Vec<String> = words::TEXTS.iter().copied().chain(hinted).map(str::to_owned).collect();
            all.sort();
            all.dedup();
            let patterns: Vec<Regex> = bounds.patterns.iter().filter_map(|p| Regex::new(&p.anchored).ok()).collect();
            all.retain(|text| fits(bounds, ident, text) && patterns.iter().all(|p| p.is_match(text)));
            all
        });
        if texts.is_empty() { "a".to_owned() } else { source.pick(texts).clone() }
    }
}

/// A value that nobody reads.
pub(super) fn opaque(source: &mut Source, depth: usize, spoil: &mut Spoil) -> Json {
    if spoil.now() {
        return match source.below(4) {
            0 => Json::Number("1e3".to_owned()),
            1 => Json::Number("-0".to_owned()),
            2 => Json::Array(vec![Json::Number("-0.00".to_owned())]),
            _ => Json::Object(vec![("a".to_owned(), Json::Null), ("a".to_owned(), Json::Null)]),
        };
    }
    let inside = if depth == 0 { 0 } else { source.below(4) };
    match source.below(9) {
        0 => Json::Null,
        1 => Json::Bool(true),
        2 | 3 => Json::Number((*source.pick(&["0", "1.50", "-3", "1.5", "12345678901234567890.5"])).to_owned()),
        4 | 5 => Json::text(*source.pick::<&str>(words::TEXTS)),
        6 => Json::Array((0..inside).map(|_| opaque(source, depth - 1, spoil)).collect()),
        _ => {
            let names = ["a", "b", "amount", "b\"c"];
            let members = names.into_iter().take(inside);
            Json::Object(members.map(|name| (name.to_owned(), opaque(source, depth - 1, spoil))).collect())
        }
    }
}

/// Whether a type takes a text.
pub(super) fn takes(bounds: &Bounds, ident: bool, text: &str) -> bool {
    fits(bounds, ident, text)
        && bounds.patterns.iter().all(|p| Regex::new(&p.anchored).is_ok_and(|regex| regex.is_match(text)))
}

pub(super) fn fits(bounds: &Bounds, ident: bool, text: &str) -> bool {
    text.len() <= usize::try_from(bounds.length).unwrap_or(usize::MAX)
        && !text.contains('\0')
        && (!ident || zt_values::is_ident(text))
}

/// A decimal in one of its spellings.
pub(super) fn spelled(source: &mut Source, value: i64, places: u8) -> String {
    let mut text = format_decimal(value, places);
    if text.contains('.') && source.chance(40) {
        while text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
    text
}
