//! What requests can leave out or add, what calls give back, and what gateways report: defaults, open records, `Json`,
//! outputs, events.

use super::make::Around;
use super::{Event, Field, Ty, Use, World, unbounded};
use crate::generate::source::Source;
use crate::generate::words;

impl World {
    /// A value that nobody reads.
    pub(super) fn opaque(&self, source: &mut Source, around: Around) -> Use {
        let free = matches!(around, Around::Input(_)) && source.chance(40);
        let text = if free { "Json free" } else { "Json" };
        Use { bounds: unbounded(&Ty::Json), text: text.to_owned(), ty: Ty::Json }
    }

    /// What an argument or a field of a record is where it is absent.
    pub(super) fn default_of(&self, source: &mut Source, used: &Use) -> Option<String> {
        let (ty, base) = (&used.ty, self.base(&used.ty).clone());
        // A named `Bool` has no literals.
        if base == Ty::Bool && *ty != Ty::Bool {
            return None;
        }
        match base {
            Ty::Set(element) | Ty::List(element) => {
                if !self.is_scalar(&element) || *self.base(&element) == Ty::Bool {
                    return None;
                }
                let inner = used.bounds.element.as_deref()?;
                let count = source.below(used.bounds.length.min(2) + 1);
                let mut all: Vec<String> = (0..count).map(|_| self.literal(source, &element, inner)).collect();
                all.dedup();
                Some(format!("[{}]", all.join(", ")))
            }
            Ty::Choice(of) => {
                let one = source.pick(&self.choices[of]);
                self.default_of(source, one)
            }
            _ if self.is_scalar(ty) => Some(self.literal(source, ty, &used.bounds)),
            _ => None,
        }
    }

    /// What a call gives back.
    pub(super) fn output(&self, source: &mut Source) -> Option<Vec<Field>> {
        if !source.chance(35) {
            return None;
        }
        let size = source.between(1, 3);
        let mut fields = self.fields(source, size, Around::Event);
        if source.chance(50) {
            let used = self.plain(Ty::String);
            fields.push(Field::plain("found", used, false));
        }
        Some(fields)
    }

    /// Events that a gateway may report.
    pub(super) fn tell_events(&mut self, source: &mut Source) {
        if !source.chance(45) {
            return;
        }
        for name in &["user.message", "alarm"][..source.between(1, 2)] {
            let size = source.below(3);
            let mut fields = self.fields(source, size, Around::Event);
            if source.chance(70) {
                let text = Use { text: "String max 200".to_owned(), ..self.plain(Ty::String) };
                let bounds = super::Bounds { length: 200, ..text.bounds.clone() };
                fields.push(Field::plain("text", Use { bounds, ..text }, source.chance(15)));
            }
            // Whom it is about, so that there is something to ask a source for.
            if source.chance(40) {
                let sourced = (0..self.entities.len()).filter(|of| self.channels[*of].is_some());
                let of = sourced.chain([0]).next().unwrap_or(0);
                fields.push(Field::plain("who", self.plain(Ty::Entity(of)), source.chance(15)));
            }
            let context = (!self.records.is_empty() && source.chance(65)).then(|| source.below(self.records.len()));
            self.events.push(Event { name: (*name).to_owned(), context, fields });
        }
    }

    /// What approvers of an action are shown.
    pub fn notice(&self, source: &mut Source, shown: &[String]) -> Vec<(&'static str, String)> {
        if !source.chance(35) {
            return vec![];
        }
        let mut out = vec![];
        for part in ["summary", "blast_radius", "rollback", "confidence"] {
            if !source.chance(45) {
                continue;
            }
            let mut text = (*source.pick(&["do it", "caf\u{e9} \"quoted\"", "", "{{}} of"])).to_owned();
            for _ in 0..source.below(3) {
                if !shown.is_empty() {
                    text.push_str(&format!(" {{{}}}", source.pick(shown)));
                }
            }
            out.push((part, words::literal(&text)));
        }
        out
    }
}
