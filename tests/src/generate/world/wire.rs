//! Values as files hold them: rows of entities in JSON, cells of tables in CSV.

use zt_values::quantity::{format_duration, parse_duration_quantity, parse_size_quantity};

use super::{Bounds, Field, Ty, World, meanings, texts};
use crate::generate::source::Source;
use crate::generate::words;

/// Ids of entities that requests name, too.
pub(super) const IDS: &[&str] = &["u1", "u2", "ann@example.com", "\u{5317}\u{4eac}", "two words"];

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a cell of CSV can hold a text.
fn plain(text: &str) -> bool {
    let odd = |c: char| c.is_control() || zt_values::is_hidden(c) || "\",;\n".contains(c);
    !text.is_empty() && text.trim() == text && !text.contains(odd)
}

impl World {
    /// A single value as a cell of CSV, if there is one.
    pub(super) fn cell(&self, source: &mut Source, ty: &Ty, bounds: &Bounds) -> Option<String> {
        let json = self.json(source, ty, bounds)?;
        let text = serde_json::from_str::<String>(&json).unwrap_or(json);
        plain(&text).then_some(text)
    }

    /// A value as JSON, if a file can hold one of this type.
    pub(super) fn json(&self, source: &mut Source, ty: &Ty, bounds: &Bounds) -> Option<String> {
        Some(match self.base(ty).clone() {
            Ty::Bool => (*source.pick(&["true", "false"])).to_owned(),
            Ty::Int => self.literal(source, ty, bounds),
            Ty::Decimal => {
                let units = zt_values::parse_decimal(&self.literal(source, ty, bounds), 4).ok()?;
                zt_values::format_decimal(units, 0)
            }
            base @ (Ty::String | Ty::Ident) => {
                let mut all = texts(bounds, base == Ty::Ident);
                all.retain(|text| !text.chars().any(|c| c.is_control() || zt_values::is_hidden(c)));
                if all.is_empty() {
                    return None;
                }
                quoted(source.pick::<&str>(&all))
            }
            Ty::Syntax(syntax) => quoted(source.pick::<&str>(&meanings(bounds, syntax))),
            Ty::Instant | Ty::Date | Ty::Time => quoted(&self.literal(source, ty, bounds)),
            Ty::Duration => quoted(&format_duration(parse_duration_quantity(&self.literal(source, ty, bounds)).ok()?)),
            Ty::Size => parse_size_quantity(&self.literal(source, ty, bounds)).ok()?.to_string(),
            Ty::Enum(of) => {
                let (name, wire) = source.pick(&self.enums[of].members);
                quoted(wire.as_ref().unwrap_or(name))
            }
            Ty::Set(element) | Ty::List(element) => {
                let inner = bounds.element.as_deref()?;
                let count = source.below(bounds.length.min(2) + 1);
                let all: Option<Vec<String>> = (0..count).map(|_| self.json(source, &element, inner)).collect();
                format!("[{}]", all?.join(","))
            }
            Ty::Record(of) => {
                let fields = self.records[of].clone();
                format!("{{{}}}", self.members(source, &fields)?.join(","))
            }
            _ => return None,
        })
    }

    /// The members of a row.
    fn members(&self, source: &mut Source, fields: &[Field]) -> Option<Vec<String>> {
        let mut out = vec![];
        for field in fields {
            if field.optional && source.chance(40) {
                continue;
            }
            let value = self.json(source, &field.used.ty, &field.used.bounds)?;
            out.push(format!("{}:{value}", quoted(field.wire.as_ref().unwrap_or(&field.name))));
        }
        Some(out)
    }

    /// The rows of an entity, if a file can hold what it has.
    pub(super) fn rows(&self, source: &mut Source, entity: usize) -> Option<String> {
        let above = self.above(entity);
        let mut rows = vec![];
        for id in IDS {
            if source.chance(25) {
                continue;
            }
            let mut members = vec![format!("\"id\":{}", quoted(id))];
            members.extend(self.members(source, &self.entities[entity])?);
            if !above.is_empty() && source.chance(70) {
                let one = |source: &mut Source| {
                    let (ty, id) = (words::ENTITIES[*source.pick(&above)], *source.pick::<&str>(IDS));
                    format!("{{\"type\":{},\"id\":{}}}", quoted(ty), quoted(id))
                };
                let all: Vec<String> = (0..source.below(3)).map(|_| one(source)).collect();
                members.push(format!("\"in\":[{}]", all.join(",")));
            }
            rows.push(format!("{{{}}}", members.join(",")));
        }
        Some(format!("[{}]", rows.join(",")))
    }
}
