//! Types of arguments that are of several types, and maps.

use zt_lang::hir::Syntax;

use super::make::Around;
use super::{Bounds, Enum, Field, Ty, Use, World, unbounded};
use crate::generate::source::Source;
use crate::generate::words;

impl World {
    /// Adds choices of types and maps that fields may have.
    pub(super) fn tell_shapes(&mut self, source: &mut Source) {
        for _ in 0..source.below(3) {
            let choice = self.choice(source);
            self.choices.push(choice);
        }
        for _ in 0..source.below(3) {
            let key = match source.below(4) {
                0 if !self.enums.is_empty() => Ty::Enum(source.below(self.enums.len())),
                1 => Ty::Syntax(Syntax::Email),
                2 => Ty::String,
                _ => Ty::Ident,
            };
            let value = self.scalar(source, usize::MAX);
            self.maps.push([Field::plain("key", self.plain(key), false), Field::plain("value", value, false)]);
        }
    }

    /// Types that JSON tells apart. Of one alone the other is `null`.
    fn choice(&self, source: &mut Source) -> Vec<Use> {
        let list = |element: Ty| {
            let ty = Ty::List(Box::new(element.clone()));
            let inner = Bounds { ..self.own_bounds(&element) };
            let bounds = Bounds { element: Some(Box::new(inner)), length: 3, ..unbounded(&ty) };
            Use { text: format!("List<{}> max 3", self.show(&element)), bounds, ty }
        };
        match source.below(6) {
            0 => vec![self.plain(Ty::Syntax(Syntax::Email)), list(Ty::Syntax(Syntax::Email))],
            1 => vec![self.plain(Ty::Int), self.plain(Ty::String)],
            2 => vec![self.plain(Ty::Bool), list(Ty::Int), self.plain(Ty::Ident)],
            3 => vec![list(Ty::Ident), self.plain(Ty::Decimal)],
            _ => {
                let ty = [Ty::Int, Ty::String, Ty::Bool, Ty::Syntax(Syntax::Path)][source.below(4)].clone();
                vec![self.plain(ty)]
            }
        }
    }

    /// Adds choices of objects: records that a member of an enum of its own tells apart, and entities.
    pub(super) fn tell_choices(&mut self, source: &mut Source, entities: usize) {
        if source.chance(30)
            && self.enums.len() + 2 <= words::ENUMS.len()
            && self.records.len() + 2 <= words::RECORDS.len()
        {
            let mut variants = vec![];
            for members in [["card", "wallet"], ["cash", "coin"]] {
                let told = Ty::Enum(self.enums.len());
                let members =
                    members.iter().map(|name| ((*name).to_owned(), source.chance(20).then(|| format!("{name}!"))));
                let members = members.collect();
                self.enums.push(Enum { ordered: source.chance(50), members });
                let size = source.between(0, 2);
                let mut fields = self.fields(source, size, Around::Record);
                fields.retain(|field| field.name != "kind" && field.wire.as_deref() != Some("kind"));
                fields.push(Field::plain("kind", self.plain(told), false));
                variants.push(self.plain(Ty::Record(self.records.len())));
                self.records.push(fields);
                self.open.push(source.chance(20));
            }
            if source.chance(30) {
                variants.push(self.plain([Ty::String, Ty::Int][source.below(2)].clone()));
            }
            self.choices.push(variants);
        }
        if entities > 1 && source.chance(25) {
            let mut variants = vec![self.plain(Ty::Entity(0)), self.plain(Ty::Entity(1))];
            if source.chance(40) {
                variants.push(self.plain(Ty::Ident));
            }
            self.choices.push(variants);
        }
    }

    /// A choice or a map as the type of a field, if there is one.
    pub(super) fn shape(&self, source: &mut Source, around: Around) -> Option<Use> {
        let of = source.below(self.choices.len() + self.maps.len());
        if let Some(variants) = self.choices.get(of) {
            // Whatever is within a record or an entity must end.
            let held = variants.iter().any(|used| matches!(used.ty, Ty::Entity(_)));
            if held && !matches!(around, Around::Input(_)) {
                return None;
            }
            let mut text: Vec<&str> = variants.iter().map(|used| used.text.as_str()).collect();
            if text.len() == 1 {
                text.push("null");
            }
            let ty = Ty::Choice(of);
            return Some(Use { bounds: unbounded(&ty), text: text.join(" or "), ty });
        }
        let of = of - self.choices.len();
        let [key, value] = self.maps.get(of)?;
        let max = source.between(1, 4);
        let ty = Ty::Map(of);
        let text = format!("Map<{}, {}> max {max}", key.used.text, value.used.text);
        Some(Use { bounds: Bounds { length: max, ..unbounded(&ty) }, text, ty })
    }
}
