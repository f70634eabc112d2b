//! Types of arguments that are of several types, and maps.

use zt_lang::hir::Syntax;

use super::{Bounds, Field, Ty, Use, World, unbounded};
use crate::generate::source::Source;

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

    /// A choice or a map as the type of a field, if there is one.
    pub(super) fn shape(&self, source: &mut Source) -> Option<Use> {
        let of = source.below(self.choices.len() + self.maps.len());
        if let Some(variants) = self.choices.get(of) {
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
