//! Declarations as text.

use std::fmt::Write as _;

use super::super::words;
use super::{Action, Channel, Field, Param, Use, World};

impl World {
    /// The declarations as items of text, definitions among them.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let mut out = vec![];
        if !self.tiers.is_empty() {
            let tiers: Vec<String> =
                self.tiers.iter().map(|t| format!("{} {{ {} }}", t.name, t.clauses.join("  "))).collect();
            out.push(format!("tiers risk {{\n  {}\n}}", tiers.join("\n  ")));
        }
        for obligation in &self.obligations {
            let param = |p: &Param| {
                format!("{} : {}{}", p.name, p.used.text, p.merge.map_or_else(String::new, |m| format!(" merge {m}")))
            };
            let params: Vec<String> = obligation.params.iter().map(param).collect();
            out.push(format!("obligation {} {{ {} }}", obligation.name, params.join(", ")));
        }
        for tag in &self.tags {
            let parent = tag.parent.map_or_else(String::new, |parent| format!(" in {}", self.tags[parent].name));
            let fields: Vec<String> = tag.fields.iter().map(|(name, used)| format!("{name} : {}", used.text)).collect();
            let fields = if fields.is_empty() { String::new() } else { format!(" {{ {} }}", fields.join(", ")) };
            let required = if tag.required { " required" } else { "" };
            out.push(format!("tag {}{parent}{required}{fields}", tag.name));
        }
        out.extend(self.windows.iter().map(|window| window.text.clone()));
        for (group, vouched) in self.approvers.iter().zip(&self.vouched) {
            out.push(format!("approvers {group}{}", if *vouched { " from source directory fresh 1min" } else { "" }));
        }
        for event in &self.events {
            let context = event.context.map_or_else(String::new, |of| format!(" context {}", words::RECORDS[of]));
            out.push(format!("event {}{context} {{\n{}}}", event.name, lines(&event.fields, "  ")));
        }
        for (e, name) in self.enums.iter().zip(words::ENUMS) {
            let members: Vec<String> =
                e.members.iter().map(|(name, wire)| format!("{name}{}", as_wire(wire))).collect();
            let ordered = if e.ordered { " ordered" } else { "" };
            out.push(format!("enum {name}{ordered} {{ {} }}", members.join(", ")));
        }
        for (used, name) in self.types.iter().zip(words::TYPES) {
            out.push(format!("type {name} = {}", used.text));
        }
        for ((fields, open), name) in self.records.iter().zip(&self.open).zip(words::RECORDS) {
            let open = if *open { " open" } else { "" };
            out.push(format!("record {name}{open} {{\n{}}}", lines(fields, "  ")));
        }
        for (index, (fields, name)) in self.entities.iter().zip(words::ENTITIES).enumerate() {
            let above: Vec<&str> = self.parents[index].iter().map(|p| words::ENTITIES[*p]).collect();
            let above = if above.is_empty() { String::new() } else { format!(" in {}", above.join(" or ")) };
            let from = match &self.channels[index] {
                Some(Channel::Source { name, fresh, by }) => {
                    let by = by.as_ref().map_or_else(String::new, |by| format!(" by {}", by.text));
                    let fresh = fresh.as_ref().map_or_else(String::new, |fresh| format!(" fresh {fresh}"));
                    format!(" from source {name}{by}{fresh}")
                }
                Some(Channel::File(name)) => format!(" from file \"{name}\""),
                None if fields.is_empty() => String::new(),
                None => " from pep".to_owned(),
            };
            out.push(if fields.is_empty() {
                format!("entity {name}{above}{from}")
            } else {
                format!("entity {name}{above}{from} {{\n{}}}", lines(fields, "  "))
            });
        }
        out.extend(self.tables.iter().map(|table| table.text.clone()));
        out.extend(self.detectors.iter().map(|detector| detector.text.clone()));
        for action in self.wholes.iter().chain(&self.actions) {
            match &action.part_of {
                Some((whole, condition)) => {
                    let mut own = action.own.clone();
                    own.extend(ask(action));
                    let whole = &self.wholes[*whole].name;
                    out.push(format!("action {} = {whole} when {condition} {{ {} }}", action.name, own.join(" ")));
                }
                None => self.action_text(action, &mut out),
            }
        }
        out
    }

    fn action_text(&self, action: &Action, out: &mut Vec<String>) {
        let by: Vec<&str> = action.principals.iter().map(|p| words::ENTITIES[*p]).collect();
        let mut clauses = vec![("by", format!("by {}", by.join(" or ")))];
        let mut text = format!("action {}{} {{\n", action.name, as_wire(&action.wire));
        if let Some(resource) = action.resource {
            let id = action.resource_id.as_ref().map_or_else(String::new, |id| format!("({id})"));
            let _ = writeln!(text, "  on {}{id}", words::ENTITIES[resource]);
        }
        if let Some(tier) = action.tier {
            clauses.push(("tier", format!("tier {}", self.tiers[tier].name)));
        }
        if !action.tags.is_empty() {
            let tags: Vec<&str> = action.tags.iter().map(|(_, text)| text.as_str()).collect();
            clauses.push(("tags", format!("tags [{}]", tags.join(", "))));
        }
        if let Some(context) = action.context {
            clauses.push(("context", format!("context {}", words::RECORDS[context])));
        }
        clauses.extend(ask(action).map(|ask| ("ask", ask)));
        let extended = |clause: &(&str, String)| action.extended.contains(&clause.0);
        let (added, said): (Vec<_>, Vec<_>) = clauses.into_iter().partition(extended);
        for (_, clause) in said {
            let _ = writeln!(text, "  {clause}");
        }
        if !action.input.is_empty() {
            let declared = |field: &Field| match field.wider {
                Some(wider) => Field { used: Use { text: wider.to_owned(), ..field.used.clone() }, ..field.clone() },
                None => field.clone(),
            };
            let declared: Vec<Field> = action.input.iter().map(declared).collect();
            let _ = writeln!(text, "  input {{\n{}  }}", lines(&declared, "    "));
        }
        if let Some(output) = &action.output {
            let _ = writeln!(text, "  output {{\n{}  }}", lines(output, "    "));
        }
        text.push('}');
        out.push(text);
        if !added.is_empty() {
            let added: Vec<String> = added.into_iter().map(|(_, clause)| clause).collect();
            out.push(format!("extend {} {{ {} }}", action.name, added.join("  ")));
        }
        let own = |field: &&Field| field.wider.is_some();
        let own = action.input.iter().filter(own).map(|field| Field { wire: None, ..field.clone() });
        let own: Vec<Field> = own.collect();
        if !own.is_empty() {
            out.push(format!("extend {} {{\n  input {{\n{}  }}\n}}", action.name, lines(&own, "    ")));
        }
    }
}

/// What approvers are shown.
fn ask(action: &Action) -> Option<String> {
    let parts: Vec<String> = action.ask.iter().map(|(part, text)| format!("{part} {text}")).collect();
    (!parts.is_empty()).then(|| format!("ask {{ {} }}", parts.join(" ")))
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
        // Of several types after the last one.
        let (first, last) = match field.used.text.rsplit_once(" or ") {
            Some((first, last)) => (format!("{first} or "), last),
            None => (String::new(), field.used.text.as_str()),
        };
        let (name, rest) = split_type(last);
        let mark = if field.optional { "?" } else { "" };
        let default = field.default.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let _ = writeln!(
            text,
            "{indent}{}{} : {first}{name}{mark}{rest}{default}{comma}",
            field.name,
            as_wire(&field.wire)
        );
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
