//! What is wrong with a request: values, shapes, bytes.

use regex::Regex;
use zt_lang::hir::{Bounds, Ty};

use super::super::json::Json;
use super::super::source::Source;
use super::super::words;
use super::Requests;
use super::scalars::fits;

/// Counts values until the one that is spoilt.
pub(super) struct Spoil(pub(super) Option<usize>);

impl Spoil {
    pub(super) fn now(&mut self) -> bool {
        match &mut self.0 {
            Some(0) => {
                self.0 = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}

impl Requests<'_> {
    /// A value that its type refuses, or nearly does.
    pub(super) fn spoilt_scalar(&self, source: &mut Source, ty: &Ty, bounds: &Bounds) -> Json {
        if source.chance(15) {
            return other(source);
        }
        let number = |text: String| Json::Number(text);
        match ty.base() {
            Ty::Bool => [number("1".into()), Json::text("true"), Json::Array(vec![])][source.below(3)].clone(),
            Ty::Int => number(match source.below(8) {
                0 | 1 => (i128::from(bounds.max) + 1).to_string(),
                2 | 3 => (i128::from(bounds.min) - 1).to_string(),
                4 => "1.0".into(),
                5 => "1e2".into(),
                6 => "-0".into(),
                _ => "9".repeat(25),
            }),
            Ty::Decimal => {
                let places = usize::from(bounds.places);
                let step = 10_i128.pow(4 - u32::from(bounds.places.min(4)));
                let beyond = |units: i128| {
                    let (sign, units) =
                        if units < 0 { ("-", units.unsigned_abs()) } else { ("", units.unsigned_abs()) };
                    let text = format!("{sign}{}.{:04}", units / 10_000, units % 10_000);
                    text[..text.len() - (4 - places)].trim_end_matches('.').to_owned()
                };
                number(match source.below(8) {
                    0 | 1 => beyond(i128::from(bounds.max) / step * step + step),
                    2 | 3 => beyond(i128::from(bounds.min) / step * step - step),
                    4 => format!("1.{:0>width$}", 1, width = places + 1),
                    5 => "1.5e1".into(),
                    6 => ["-0", "-0.0", "-0.00"][source.below(3)].into(),
                    _ => format!("{}.{}", "9".repeat(20), "9"),
                })
            }
            Ty::String | Ty::Ident => {
                let ident = *ty.base() == Ty::Ident;
                let most = usize::try_from(bounds.length).unwrap_or(0);
                if !bounds.patterns.is_empty() && source.chance(50) {
                    return Json::String(unmatched(source, bounds, ident));
                }
                Json::String(match source.below(8) {
                    0 | 1 => "a".repeat(most + 1),
                    2 => "a".repeat(most),
                    3 => format!("{}\u{e9}", "a".repeat(most - most.min(1))),
                    4 => "a\0".into(),
                    5 if ident => String::new(),
                    6 if ident => ["two words", "caf\u{e9}", "a,b", "a\n"][source.below(4)].into(),
                    _ => words::TEXTS[source.below(words::TEXTS.len())].into(),
                })
            }
            Ty::Enum(of) => {
                let members = self.package.enums.get(of).map_or(&[][..], |e| &e.members);
                let member = source.pick(members);
                Json::String(match source.below(4) {
                    0 => member.name.to_string(),
                    1 => member.wire.to_uppercase(),
                    2 => format!("{} ", member.wire),
                    _ => "unheard_of".into(),
                })
            }
            Ty::Instant | Ty::Duration | Ty::Date | Ty::Time | Ty::Size | Ty::Syntax(_) => {
                self.meaningless(source, ty, bounds)
            }
            _ => other(source),
        }
    }

    /// Changes the shape of a request somewhere.
    pub(super) fn restructure(&self, source: &mut Source, json: &mut Json) {
        let size = json.size();
        // Half of the time something near the outside, where there is most to get wrong.
        let at = if source.chance(40) { source.below(size.min(6)) } else { source.below(size) };
        let names = self.names();
        let Some(node) = json.nth(at) else { return };
        if let Json::Object(members) = node
            && source.chance(85)
        {
            let place = source.below(members.len() + 1);
            match source.below(7) {
                0 | 1 => {
                    let name = match source.below(5) {
                        0 | 1 if !names.is_empty() => source.pick(&names).clone(),
                        2 => "x".repeat(63 + source.below(4)),
                        3 => "a/b~c\u{e9}".to_owned(),
                        _ => ["extra", "id", "type", "properties", "name", "", "context", "resource"][source.below(8)]
                            .to_owned(),
                    };
                    let value = other(source);
                    members.insert(place, (name, value));
                }
                2 | 3 if !members.is_empty() => {
                    let (name, mut value) = source.pick(members).clone();
                    if source.chance(50) {
                        value = other(source);
                    }
                    members.insert(place, (name, value));
                }
                4 if !members.is_empty() => {
                    let member = source.below(members.len());
                    members[member].1 = Json::Null;
                }
                _ if !members.is_empty() => {
                    members.remove(place.min(members.len() - 1));
                }
                _ => members.push(("extra".to_owned(), Json::Null)),
            }
        } else {
            *node = other(source);
        }
    }

    /// Names and spellings that some object of the package knows, and others may not.
    pub(super) fn names(&self) -> Vec<String> {
        let records = self.package.records.values().flat_map(|r| &r.fields);
        let entities = self.package.entities.values().flat_map(|e| &e.fields);
        let inputs = self.package.actions.values().flat_map(|a| &a.input);
        let mut names: Vec<String> =
            records.chain(entities).chain(inputs).flat_map(|f| [f.name.to_string(), f.wire.to_string()]).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// A text that one pattern of a type refuses and, where there is such a one, all others take.
fn unmatched(source: &mut Source, bounds: &Bounds, ident: bool) -> String {
    let refused = source.below(bounds.patterns.len());
    let mut fitting: Vec<&str> = words::TEXTS.iter().copied().filter(|text| fits(bounds, ident, text)).collect();
    for (index, pattern) in bounds.patterns.iter().enumerate() {
        let Ok(regex) = Regex::new(&pattern.anchored) else { continue };
        let narrower: Vec<&str> =
            fitting.iter().copied().filter(|text| regex.is_match(text) != (index == refused)).collect();
        if !narrower.is_empty() {
            fitting = narrower;
        }
    }
    if fitting.is_empty() { "a".to_owned() } else { (*source.pick(&fitting)).to_owned() }
}

/// Some value, of any type.
pub(super) fn other(source: &mut Source) -> Json {
    match source.below(9) {
        0 => Json::Null,
        1 => Json::Bool(true),
        2 => Json::Number("7".into()),
        3 => Json::Number("-1.5e300".into()),
        4 => Json::text("a"),
        5 => Json::text(""),
        6 => Json::Array(vec![Json::Null]),
        7 => Json::Object(vec![]),
        _ => Json::Object(vec![("type".into(), Json::text("Agent")), ("id".into(), Json::text("u1"))]),
    }
}

/// Bytes that are mostly not JSON any more, or too much of it.
pub(super) fn broken(source: &mut Source, text: String) -> Vec<u8> {
    let mut bytes = text.clone().into_bytes();
    let at = source.below(bytes.len());
    match source.below(13) {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_slice([" {}", ",", "\0", "x"][source.below(4)].as_bytes()),
        2 => return [&[0xef, 0xbb, 0xbf][..], &bytes].concat(),
        3 => bytes.insert(at, 0xff),
        4 => bytes[at] = b"{}[]\",:0-\\"[source.below(10)],
        5 => drop(bytes.remove(at)),
        6 => return text.replacen('"', "\"\\ud800", 1).into_bytes(),
        7 => return text.replacen(':', ":\"\\udc00\",\"x\":", 1).into_bytes(),
        8 => {
            let deep = 29 + source.below(5);
            let nested = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
            return text.replacen(':', &format!(":{nested},\"x\":"), 1).into_bytes();
        }
        9 => return text.replacen('}', ",}", 1).into_bytes(),
        10 if source.chance(4) => {
            let blanks = 1_048_576 - bytes.len() + source.below(2);
            bytes.extend(std::iter::repeat_n(b' ', blanks));
        }
        11 => return ["", " ", "null", "[]", "\"a\"", "{}", "1"][source.below(7)].as_bytes().to_vec(),
        _ => return text.replacen('1', "01", 1).into_bytes(),
    }
    bytes
}
