//! JSON as a plain tree that loses nothing: numbers as they are spelled, members in order, repetitions kept.

use serde_json::value::RawValue;

use crate::members::Members;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as it is spelled.
    Number(String),
    /// A string, its escapes resolved.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; a name may stand there twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Every text in it: strings and names of members.
    pub(super) fn texts<'j>(&'j self, out: &mut Vec<&'j str>) {
        match self {
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
            Json::String(text) => out.push(text),
            Json::Array(elements) => elements.iter().for_each(|element| element.texts(out)),
            Json::Object(members) => {
                for (name, value) in members {
                    out.push(name);
                    value.texts(out);
                }
            }
        }
    }

    /// The value as a text, on one line.
    pub(super) fn text(&self) -> String {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Json::Null => "null".to_owned(),
            Json::Bool(value) => value.to_string(),
            Json::Number(text) => text.clone(),
            Json::String(text) => string(text),
            Json::Array(elements) => {
                let elements: Vec<String> = elements.iter().map(Json::text).collect();
                format!("[{}]", elements.join(","))
            }
            Json::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{}:{}", string(name), value.text())).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }
}

/// Why a text gives no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not exactly one JSON value.
    Syntax,
    /// It nests deeper than allowed.
    TooDeep,
}

impl From<serde_json::Error> for Unreadable {
    fn from(_: serde_json::Error) -> Self {
        Unreadable::Syntax
    }
}

/// Reads a text that holds one JSON value, nested at most `max_depth` deep.
///
/// Syntax comes first: a text that is both wrong and too deep is wrong.
pub(super) fn read(text: &str, max_depth: usize) -> Result<Json, Unreadable> {
    // Checks everything but the escapes inside of strings, without recursion.
    let raw: &RawValue = serde_json::from_str(text)?;
    if depth(raw.get())? > max_depth {
        return Err(Unreadable::TooDeep);
    }
    tree(raw)
}

/// How deep a well-formed text nests; on the way, every string in it must decode.
fn depth(text: &str) -> Result<usize, Unreadable> {
    let mut open = 0_usize;
    let mut deepest = 0;
    let mut bytes = text.bytes().enumerate();
    while let Some((start, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                open = open.saturating_add(1);
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            b'"' => {
                let mut end = start;
                while let Some((at, byte)) = bytes.next() {
                    end = at;
                    match byte {
                        // Whatever is escaped does not end the string.
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
                let literal = text.get(start..=end).ok_or(Unreadable::Syntax)?;
                serde_json::from_str::<String>(literal)?;
            }
            _ => {}
        }
    }
    Ok(deepest)
}

/// Builds the tree of a text whose depth is known to be small.
fn tree(raw: &RawValue) -> Result<Json, Unreadable> {
    let text = raw.get();
    match text.bytes().next() {
        Some(b'n') => Ok(Json::Null),
        Some(b't' | b'f') => Ok(Json::Bool(serde_json::from_str(text)?)),
        Some(b'"') => Ok(Json::String(serde_json::from_str(text)?)),
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            Ok(Json::Array(elements.into_iter().map(tree).collect::<Result<_, _>>()?))
        }
        Some(b'{') => {
            let Members(members): Members<String, &RawValue> = serde_json::from_str(text)?;
            let members = members.into_iter().map(|(name, value)| Ok((name, tree(value)?)));
            Ok(Json::Object(members.collect::<Result<_, Unreadable>>()?))
        }
        Some(_) => Ok(Json::Number(text.to_owned())),
        None => Err(Unreadable::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_spelling_order_and_repetition() {
        let json = read(r#" {"b": 1.50, "\u0061": [1E400, -0, "\u0000"], "b": null} "#, 32).unwrap();
        let expected = Json::Object(vec![
            ("b".into(), Json::Number("1.50".into())),
            (
                "a".into(),
                Json::Array(vec![Json::Number("1E400".into()), Json::Number("-0".into()), Json::String("\0".into())]),
            ),
            ("b".into(), Json::Null),
        ]);
        assert_eq!(json, expected);
        assert_eq!(json.text(), r#"{"b":1.50,"a":[1E400,-0,"\u0000"],"b":null}"#);
        assert_eq!(read(&json.text(), 32), Ok(expected));
    }

    #[test]
    fn refuses_what_is_not_one_value() {
        for text in [
            "",
            " ",
            "{} {}",
            "{},",
            "\u{feff}{}",
            "{a:1}",
            "[1,]",
            "[01]",
            "[.5]",
            "[1.]",
            "[+1]",
            "[NaN]",
            "[\"\t\"]",
            "nul",
            "// x\n{}",
            "\"\\ud800\"",
            "{\"\\udc00\":1}",
            "[\"\\ud800x\"]",
            "\"\\x\"",
            "[1 2]",
            "{\"a\":\"\\ud800\\ud800\"}",
            "[\"a",
            "{\"a\"}",
            "'a'",
            "[1}",
            "[-]",
            "[1e]",
        ] {
            assert_eq!(read(text, 32), Err(Unreadable::Syntax), "{text:?}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(read(&nested(32), 32).is_ok());
        assert_eq!(read(&nested(33), 32), Err(Unreadable::TooDeep));
        assert_eq!(read(&nested(400_000), 32), Err(Unreadable::TooDeep));
        assert_eq!(read(&format!("{}x", nested(400_000)), 32), Err(Unreadable::Syntax));
        assert_eq!(read(&format!("[{},\"\\ud800\"]", nested(33)), 32), Err(Unreadable::Syntax));
        assert!(read(r#"["\"[[[[[[[[[[\\", "[[[[\\\""]"#, 1).is_ok());
    }
}
