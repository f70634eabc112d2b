//! Declarations as text.

use std::fmt::Write as _;

use super::super::words;
use super::{Action, Field, World};

impl World {
    /// The declarations as items of text, definitions among them.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let mut out = vec![];
        if !self.tiers.is_empty() {
            let tiers: Vec<String> = self.tiers.iter().map(|t| format!("{t} {{}}")).collect();
            out.push(format!("tiers risk {{ {} }}", tiers.join(" ")));
        }
        out.extend(self.approvers.iter().map(|a| format!("approvers {a}")));
        for (e, name) in self.enums.iter().zip(words::ENUMS) {
            let members: Vec<String> =
                e.members.iter().map(|(name, wire)| format!("{name}{}", as_wire(wire))).collect();
            let ordered = if e.ordered { " ordered" } else { "" };
            out.push(format!("enum {name}{ordered} {{ {} }}", members.join(", ")));
        }
        for (used, name) in self.types.iter().zip(words::TYPES) {
            out.push(format!("type {name} = {}", used.text));
        }
        for (fields, name) in self.records.iter().zip(words::RECORDS) {
            out.push(format!("record {name} {{\n{}}}", lines(fields, "  ")));
        }
        for (fields, name) in self.entities.iter().zip(words::ENTITIES) {
            out.push(if fields.is_empty() {
                format!("entity {name}")
            } else {
                format!("entity {name} from pep {{\n{}}}", lines(fields, "  "))
            });
        }
        for action in &self.actions {
            out.push(self.action_text(action));
        }
        out
    }

    fn action_text(&self, action: &Action) -> String {
        let by: Vec<&str> = action.principals.iter().map(|p| words::ENTITIES[*p]).collect();
        let mut text = format!("action {}{} {{\n  by {}\n", action.name, as_wire(&action.wire), by.join(" or "));
        if let Some(resource) = action.resource {
            let _ = writeln!(text, "  on {}", words::ENTITIES[resource]);
        }
        if let Some(tier) = action.tier {
            let _ = writeln!(text, "  tier {}", self.tiers[tier]);
        }
        if let Some(context) = action.context {
            let _ = writeln!(text, "  context {}", words::RECORDS[context]);
        }
        if !action.input.is_empty() {
            let _ = writeln!(text, "  input {{\n{}  }}", lines(&action.input, "    "));
        }
        text.push('}');
        text
    }
}

fn as_wire(wire: &Option<String>) -> String {
    wire.as_ref().map_or_else(String::new, |wire| format!(" as {}", words::literal(wire)))
}

fn lines(fields: &[Field], indent: &str) -> String {
    let mut text = String::new();
    for (index, field) in fields.iter().enumerate() {
        // A line end separates as well as a comma.
        let comma = if index % 3 == 1 { "," } else { "" };
        // The question mark stands before the refinements.
        let (name, rest) = split_type(&field.used.text);
        let mark = if field.optional { "?" } else { "" };
        let _ = writeln!(text, "{indent}{}{} : {name}{mark}{rest}{comma}", field.name, as_wire(&field.wire));
    }
    text
}

/// A written type and its refinements.
fn split_type(text: &str) -> (&str, &str) {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => open += 1,
            '>' => open -= 1,
            ' ' if open == 0 => return text.split_at(at),
            _ => {}
        }
    }
    (text, "")
}

/// A number as a literal. A decimal has at least so many places.
#[must_use]
pub fn number(value: i64, decimal: bool, places: u8) -> String {
    if !decimal {
        return value.to_string();
    }
    let (sign, rest) = if value < 0 { ("-", value.unsigned_abs()) } else { ("", value.unsigned_abs()) };
    let mut fraction = format!("{:04}", rest % 10_000);
    while fraction.len() > usize::from(places.max(1)) && fraction.ends_with('0') {
        fraction.pop();
    }
    format!("{sign}{}.{fraction}", rest / 10_000)
}
