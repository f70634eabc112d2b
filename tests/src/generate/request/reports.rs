//! What gateways report: events, and what calls gave back.

use zt_lang::hir::{Field, Syntax, Ty};

use super::super::json::Json;
use super::super::samples;
use super::super::source::Source;
use super::super::step::Call;
use super::super::words;
use super::Requests;
use super::spoil::Spoil;

impl Requests<'_> {
    /// What a gateway reports of an event, in the context of a call if there is one, and what sources answer about it.
    #[must_use]
    pub fn report(&self, source: &mut Source, beside: &[u8], spoilt: usize) -> Option<Call> {
        self.answers.take();
        let all: Vec<_> = self.package.events.values().collect();
        if all.is_empty() {
            return None;
        }
        let event = *source.pick(&all);
        let wrong = source.chance(spoilt);
        let mut spoil = Spoil((wrong && source.chance(60)).then(|| source.below(6)));
        let mut fields = self.fields(source, &event.fields, 0, &mut spoil);
        // A text names several things, as a message does.
        for (name, value) in &mut fields {
            let text = |field: &&Field| *field.wire == **name && *field.ty.ty.base() == Ty::String;
            let Some(field) = event.fields.iter().find(text) else { continue };
            if field.ty.bounds.patterns.is_empty() && source.chance(70) {
                let said = said(source);
                if said.len() <= usize::try_from(field.ty.bounds.length).unwrap_or(0) {
                    *value = Json::String(said);
                }
            }
        }
        let mut members = vec![("event".to_owned(), Json::text(&event.name))];
        self.unless_empty(source, &mut members, "fields", fields);
        if let Some(record) = event.context.as_ref().and_then(|name| self.package.records.get(name)) {
            let of_call = |bytes: &[u8]| {
                let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
                let action = self.package.actions.values().find(|a| value["action"]["name"] == *a.wire)?;
                (action.context == event.context).then(|| value.get("context").cloned()).flatten()
            };
            let context = match of_call(beside).filter(|_| source.chance(75)) {
                Some(value) => Json::of(&value),
                None => Json::Object(self.record(source, record, 0, &mut spoil)),
            };
            members.push(("context".to_owned(), context));
        }
        source.shuffle(&mut members);
        let mut json = Json::Object(members);
        if wrong && spoil.0.is_some() {
            self.restructure(source, &mut json);
        }
        let mut out = String::new();
        json.write(source, wrong, &mut out);
        Some(Call { tables: self.tables(source), ..self.with_answers(out.into_bytes()) })
    }

    /// What a call gave back, if its action says that it gives something back.
    #[must_use]
    pub fn output(&self, source: &mut Source, request: &[u8]) -> Option<String> {
        let value: serde_json::Value = serde_json::from_slice(request).ok()?;
        let action = self.package.actions.values().find(|a| value["action"]["name"] == *a.wire)?;
        let output = action.output.as_ref()?;
        if source.chance(6) {
            return None;
        }
        let mut spoil = Spoil(source.chance(12).then(|| source.below(5)));
        let mut fields = self.fields(source, output, 0, &mut spoil);
        for (name, value) in &mut fields {
            if name == "found" && source.chance(70) {
                *value = Json::String(said(source));
            }
        }
        let mut json = Json::Object(fields);
        if source.chance(4) {
            self.restructure(source, &mut json);
        }
        let mut out = String::new();
        json.write(source, false, &mut out);
        Some(out)
    }
}

/// A text that names several things.
fn said(source: &mut Source) -> String {
    let mut out = String::new();
    for _ in 0..source.between(1, 4) {
        let from = match source.below(4) {
            0 | 1 => samples::texts(*source.pick(&[Syntax::Email, Syntax::Host, Syntax::Url, Syntax::Path])),
            2 => words::TEXTS,
            _ => samples::spellings(Syntax::Email),
        };
        out.push_str(source.pick::<&str>(from));
        out.push_str(*source.pick::<&str>(&[" ", ", ", ". ", "> <", "\n", "", "\" ", ")("]));
    }
    out
}
