//! JSON as it is sent: numbers as spelled, members in order, with the freedoms that JSON leaves.

use super::source::Source;

/// A JSON value.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the variants are those of JSON")]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string.
    #[must_use]
    pub fn text(text: &str) -> Json {
        Json::String(text.to_owned())
    }

    /// What was read before, as it could be sent.
    #[must_use]
    pub fn of(value: &serde_json::Value) -> Json {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(value) => Json::Bool(*value),
            serde_json::Value::Number(number) => Json::Number(number.to_string()),
            serde_json::Value::String(text) => Json::String(text.clone()),
            serde_json::Value::Array(values) => Json::Array(values.iter().map(Json::of).collect()),
            serde_json::Value::Object(members) => {
                Json::Object(members.iter().map(|(name, value)| (name.clone(), Json::of(value))).collect())
            }
        }
    }

    /// As bytes. With `playful`, blanks and escapes stand where JSON allows them.
    pub fn write(&self, source: &mut Source, playful: bool, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => string(text, source, playful, out),
            Json::Array(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    comma(index, source, playful, out);
                    value.write(source, playful, out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    comma(index, source, playful, out);
                    string(name, source, playful, out);
                    out.push(':');
                    blank(source, playful, out);
                    value.write(source, playful, out);
                }
                blank(source, playful, out);
                out.push('}');
            }
        }
    }

    /// How many values it is made of.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + match self {
            Json::Array(values) => values.iter().map(Json::size).sum(),
            Json::Object(members) => members.iter().map(|(_, value)| value.size()).sum(),
            _ => 0,
        }
    }

    /// The value of this number, counted from the outside in.
    pub fn nth(&mut self, number: usize) -> Option<&mut Json> {
        if number == 0 {
            return Some(self);
        }
        let mut left = number - 1;
        let inner: Vec<&mut Json> = match self {
            Json::Array(values) => values.iter_mut().collect(),
            Json::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
            _ => vec![],
        };
        for value in inner {
            let size = value.size();
            if left < size {
                return value.nth(left);
            }
            left -= size;
        }
        None
    }
}

fn comma(index: usize, source: &mut Source, playful: bool, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    blank(source, playful, out);
}

fn blank(source: &mut Source, playful: bool, out: &mut String) {
    if playful && source.chance(15) {
        out.push_str(["\n", "  ", "\t", "\r\n"][source.below(4)]);
    }
}

fn string(text: &str, source: &mut Source, playful: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if u32::from(c) < 0x20 || (playful && source.chance(4)) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            '/' if playful && source.chance(50) => out.push_str("\\/"),
            c => out.push(c),
        }
    }
    out.push('"');
}
