//! What an approval is bound to: one digest of who does what to which resource, with which arguments, by which bundle.
//!
//! The digest is SHA-256 (FIPS 180-4) in lower-case hexadecimal, of this JSON in UTF-8, in one spelling:
//!
//! `{"action":…,"bundle":…,"input":{…},"principal":{"id":…,"type":…},"resource":{"id":…,"type":…}}`
//!
//! Members are sorted by the bytes of their names, nothing stands between tokens, strings escape only `"`, `\` and
//! controls (the short way where JSON has one), numbers have no zeros after their last digit behind the point. Declared
//! members of the input that are `null` are left out, since absence is all that they mean, and defaults are written out:
//! see [`with_members`]. Without a resource, `resource` is `null`. Everything else is as the request spells it: two spellings that one type reads alike are two inputs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::limits::REQUEST_DEPTH;
use crate::pointer_push_exactly;

/// An entity as an approval knows it: its type and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef<'a> {
    /// Its type.
    pub ty: &'a str,
    /// Its id.
    pub id: &'a str,
}

/// The digest that an approval of this call must carry. `action` is the name in requests, `input` the text of the
/// arguments' JSON object as it is judged (`{}` where there is none).
///
/// `None` if `input` is no JSON object that an accepted request could hold: not well-formed, a member twice, nested
/// too deep, a number with an exponent or minus zero.
#[must_use]
pub fn binding(
    bundle: &str,
    action: &str,
    principal: EntityRef<'_>,
    resource: Option<EntityRef<'_>>,
    input: &str,
) -> Option<String> {
    let text = bound(bundle, action, principal, resource, input)?;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        for digit in [byte >> 4, byte & 0xf] {
            hex.push(char::from_digit(u32::from(digit), 16)?);
        }
    }
    Some(hex)
}

/// The text that is digested.
fn bound(
    bundle: &str,
    action: &str,
    principal: EntityRef<'_>,
    resource: Option<EntityRef<'_>>,
    input: &str,
) -> Option<String> {
    let mut out = String::from("{\"action\":");
    push_string(&mut out, action)?;
    out.push_str(",\"bundle\":");
    push_string(&mut out, bundle)?;
    out.push_str(",\"input\":");
    let input = canonical_json(input)?;
    if !input.starts_with('{') {
        return None;
    }
    out.push_str(&input);
    out.push_str(",\"principal\":");
    push_entity(&mut out, principal)?;
    out.push_str(",\"resource\":");
    match resource {
        Some(resource) => push_entity(&mut out, resource)?,
        None => out.push_str("null"),
    }
    out.push('}');
    Some(out)
}

/// The one spelling of a JSON value: see the module.
///
/// `None` as for [`binding`].
#[must_use]
pub fn canonical_json(text: &str) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    let mut out = String::with_capacity(text.len());
    push_value(&mut out, raw, REQUEST_DEPTH)?;
    Some(out)
}

/// A JSON value at a place of some text, with some of its members left out and others added, each by its JSON Pointer
/// from that text.
///
/// `None` as for [`binding`].
#[must_use]
pub fn with_members(text: &str, at: &str, absent: &[String], added: &[(String, String)]) -> Option<String> {
    if added.is_empty() && absent.is_empty() {
        return Some(text.to_owned());
    }
    let mut by_place: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (pointer, value) in added {
        let (place, name) = pointer.rsplit_once('/')?;
        by_place.entry(place).or_default().push((name, value));
    }
    let absent: BTreeSet<&str> = absent.iter().map(String::as_str).collect();
    let mut out = String::with_capacity(text.len());
    push_with(&mut out, serde_json::from_str(text).ok()?, at, &absent, &by_place, REQUEST_DEPTH)?;
    Some(out)
}

fn push_with(
    out: &mut String,
    raw: &RawValue,
    at: &str,
    absent: &BTreeSet<&str>,
    added: &BTreeMap<&str, Vec<(&str, &str)>>,
    left: usize,
) -> Option<()> {
    let text = raw.get();
    match text.bytes().next()? {
        b'[' => {
            let left = left.checked_sub(1)?;
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            out.push('[');
            for (index, element) in elements.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_with(out, element, &format!("{at}/{index}"), absent, added, left)?;
            }
            out.push(']');
        }
        b'{' => {
            let left = left.checked_sub(1)?;
            let Members(members) = serde_json::from_str(text).ok()?;
            let added_here = added.get(at).map_or(&[][..], Vec::as_slice);
            out.push('{');
            let mut first = true;
            for (name, value) in members {
                let mut place = at.to_owned();
                pointer_push_exactly(&mut place, &name);
                if absent.contains(place.as_str()) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                push_string(out, &name)?;
                out.push(':');
                push_with(out, value, &place, absent, added, left)?;
            }
            for (name, value) in added_here {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                push_string(out, &name.replace("~1", "/").replace("~0", "~"))?;
                out.push(':');
                out.push_str(value);
            }
            out.push('}');
        }
        _ => out.push_str(text),
    }
    Some(())
}

fn push_entity(out: &mut String, entity: EntityRef<'_>) -> Option<()> {
    out.push_str("{\"id\":");
    push_string(out, entity.id)?;
    out.push_str(",\"type\":");
    push_string(out, entity.ty)?;
    out.push('}');
    Some(())
}

fn push_string(out: &mut String, text: &str) -> Option<()> {
    out.push_str(&serde_json::to_string(text).ok()?);
    Some(())
}

/// `left` is how many levels of nesting may still follow.
fn push_value(out: &mut String, raw: &RawValue, left: usize) -> Option<()> {
    let text = raw.get();
    match text.bytes().next()? {
        b'n' | b't' | b'f' => out.push_str(text),
        b'"' => push_string(out, &serde_json::from_str::<String>(text).ok()?)?,
        b'[' => {
            let left = left.checked_sub(1)?;
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            out.push('[');
            for (index, element) in elements.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_value(out, element, left)?;
            }
            out.push(']');
        }
        b'{' => {
            let left = left.checked_sub(1)?;
            let Members(members) = serde_json::from_str(text).ok()?;
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_string(out, &name)?;
                out.push(':');
                push_value(out, value, left)?;
            }
            out.push('}');
        }
        _ => push_number(out, text)?,
    }
    Some(())
}

fn push_number(out: &mut String, text: &str) -> Option<()> {
    let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    if text.contains(['e', 'E']) || (zero && text.starts_with('-')) {
        return None;
    }
    out.push_str(match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    });
    Some(())
}

/// The members of an object by name, each once.
struct Members<'t>(BTreeMap<String, &'t RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    match members.entry(name) {
                        Entry::Vacant(place) => drop(place.insert(value)),
                        Entry::Occupied(_) => return Err(A::Error::custom("a member twice")),
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Once)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANN: EntityRef<'_> = EntityRef { ty: "Agent", id: "a\"1" };
    const ORDER: EntityRef<'_> = EntityRef { ty: "Order", id: "pi_1" };

    fn bind(input: &str) -> Option<String> {
        binding("p", "pay", ANN, Some(ORDER), input)
    }

    #[test]
    fn the_text_is_this_and_no_other() {
        let input = r#" { "b" : 1.50 , "\u0061":[ 1, "\u00e9\n\u0001" , {"z":null,"y":0.0}] } "#;
        assert_eq!(
            bound("p", "pay", ANN, Some(ORDER), input).as_deref(),
            Some(concat!(
                r#"{"action":"pay","bundle":"p","input":{"a":[1,"é\n\u0001",{"y":0,"z":null}],"b":1.5},"#,
                r#""principal":{"id":"a\"1","type":"Agent"},"resource":{"id":"pi_1","type":"Order"}}"#
            ))
        );
        assert_eq!(
            bound("p", "pay", ANN, None, "{}").as_deref(),
            Some(
                r#"{"action":"pay","bundle":"p","input":{},"principal":{"id":"a\"1","type":"Agent"},"resource":null}"#
            )
        );
    }

    /// The digest of a known text: printf '%s' TEXT | sha256sum
    #[test]
    fn the_digest_is_sha_256() {
        let user = EntityRef { ty: "User", id: "u" };
        let text = r#"{"action":"a","bundle":"b","input":{},"principal":{"id":"u","type":"User"},"resource":null}"#;
        assert_eq!(bound("b", "a", user, None, "{}").as_deref(), Some(text));
        assert_eq!(
            binding("b", "a", user, None, "{}").as_deref(),
            Some("a2855f0cb19af7c008ab9bea00b0efdec2427288b3f628b064c19f4481a4ba45")
        );
    }

    #[test]
    fn spellings_that_mean_the_same_are_bound_alike() {
        let whole = bind(r#"{"a":1.5,"b":"x/é"}"#);
        assert!(whole.is_some());
        for same in [r#"{"b":"x\/\u00e9", "a":1.50}"#, r#" {"a":1.5000,"b":"x/é"}"#] {
            assert_eq!(bind(same), whole, "{same}");
        }
        for other in [
            r#"{"c":null,"a":1.5,"b":"x/é"}"#,
            r#"{"a":1.51,"b":"x/é"}"#,
            r#"{"a":15,"b":"x/é"}"#,
            r#"{"a":"1.5","b":"x/é"}"#,
            "{}",
        ] {
            assert_ne!(bind(other), whole, "{other}");
        }
        assert_eq!(canonical_json("[100, 100.0, -1.10]").as_deref(), Some("[100,100,-1.1]"));
    }

    #[test]
    fn members_are_left_out_and_added_where_they_stand() {
        let text = r#"{"a":null,"b":[{"c":null,"d/":1},{}],"e":{"a":null}}"#;
        let absent = ["/in/a", "/in/b/0/c", "/in/b/0/d~1", "/in/x"].map(String::from);
        let added = [("/in/f~0~1", "[1]"), ("/in/b/1/c", "\"x\""), ("/in/b/0/c", "2")];
        let added = added.map(|(place, value)| (place.to_owned(), value.to_owned()));
        let whole = r#"{"b":[{"c":2},{"c":"x"}],"e":{"a":null},"f~/":[1]}"#;
        assert_eq!(with_members(text, "/in", &absent, &added).as_deref(), Some(whole));
        assert_eq!(with_members(text, "/in", &[], &[]).as_deref(), Some(text));
        // What begins alike is not the same.
        let long = "n".repeat(70);
        let added = [(format!("/in/{long}1"), "1".to_owned())];
        let absent = [format!("/in/{long}2")];
        let with = |members: &str| format!("{{{}}}", members.replace('z', &long));
        let text = with(r#""z2":null,"z3":0"#);
        assert_eq!(with_members(&text, "/in", &absent, &added), Some(with(r#""z3":0,"z1":1"#)));
        assert_eq!(with_members("{", "", &absent, &added), None);
    }

    #[test]
    fn every_part_is_bound() {
        let whole = bind("{}");
        let bob = EntityRef { ty: "User", id: "a\"1" };
        for other in [
            binding("q", "pay", ANN, Some(ORDER), "{}"),
            binding("p", "p", ANN, Some(ORDER), "{}"),
            binding("p", "pay", ORDER, Some(ORDER), "{}"),
            binding("p", "pay", bob, Some(ORDER), "{}"),
            binding("p", "pay", ANN, Some(ANN), "{}"),
            binding("p", "pay", ANN, None, "{}"),
        ] {
            assert!(other.is_some() && other != whole);
        }
    }

    #[test]
    fn what_no_accepted_request_holds_has_no_binding() {
        for input in ["", "[]", "null", "1", "{", "{} {}", r#"{"a":1,"\u0061":1}"#, r#"{"a":1e2}"#, r#"{"a":-0.0}"#] {
            assert_eq!(bind(input), None, "{input}");
        }
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(canonical_json(&nested(REQUEST_DEPTH)).is_some());
        assert_eq!(canonical_json(&nested(REQUEST_DEPTH + 1)), None);
        assert_eq!(canonical_json(&nested(100_000)), None);
    }

    proptest! {
        #[test]
        fn one_spelling_is_a_fixed_point(text in "[\\[\\]{}:,\"a\\\\u0019.e-]{0,24}", name: String, value: String) {
            let member = serde_json::json!({ name: [value] }).to_string();
            for text in [text, member] {
                if let Some(once) = canonical_json(&text) {
                    prop_assert_eq!(canonical_json(&once), Some(once));
                }
            }
        }
    }
}
