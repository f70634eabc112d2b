//! Actions of parts: the calls of one are told apart by an argument.

use std::fmt::Write as _;

use super::{Action, Field, Ty, World};
use crate::generate::source::Source;

impl World {
    /// Makes an action one that is judged as its parts, and adds these.
    pub(super) fn split(&mut self, source: &mut Source, mut whole: Action) {
        let of = source.below(self.enums.len());
        whole.input.retain(|field| field.name != "method");
        whole.input.push(Field::plain("method", self.plain(Ty::Enum(of)), false));
        let mut members: Vec<String> = self.enums[of].members.iter().map(|(name, _)| name.clone()).collect();
        source.shuffle(&mut members);
        let number = self.wholes.len();
        let mut conditions = vec![];
        let mut left = members.as_slice();
        while !left.is_empty() && conditions.len() < 3 {
            let (some, rest) = left.split_at(source.between(1, left.len().min(2)));
            left = rest;
            let condition = match some {
                [one] => format!("input.method == {one}"),
                several => format!("input.method in [{}]", several.join(", ")),
            };
            conditions.extend(self.told_apart(source, &whole.input, condition));
            // What is no part is refused.
            if source.chance(15) {
                break;
            }
        }
        for (index, condition) in conditions.into_iter().enumerate() {
            let mut part = Action {
                name: format!("{}_p{index}", whole.name),
                wire: None,
                part_of: Some((number, condition)),
                extended: vec![],
                ..whole.clone()
            };
            if part.tier.is_none() && !self.tiers.is_empty() && source.chance(50) {
                let tier = source.below(self.tiers.len());
                part.tier = Some(tier);
                part.own.push(format!("tier {}", self.tiers[tier].name));
            }
            for tag in 0..self.tags.len() {
                let bare = self.tags[tag].fields.is_empty() && self.tags[tag].parent.is_none();
                let carried = |(other, _): &(usize, String)| *other == tag || self.tags[*other].parent == Some(tag);
                if bare && source.chance(50) && !part.tags.iter().any(carried) {
                    part.tags.push((tag, String::new()));
                    part.own.push(format!("tags [{}]", self.tags[tag].name));
                    break;
                }
            }
            if source.chance(50) {
                part.own.extend(self.stricter(&mut part.input));
            }
            self.actions.push(part);
        }
        self.wholes.push(whole);
    }

    /// One part, or two that another argument tells apart.
    fn told_apart(&self, source: &mut Source, input: &[Field], condition: String) -> Vec<String> {
        let fits = |field: &&Field| field.default.is_none() && field.name != "method" && in_two(self, field);
        let all: Vec<&Field> = input.iter().filter(fits).collect();
        if all.is_empty() || source.chance(60) {
            return vec![condition];
        }
        let field = *source.pick(&all);
        let name = &field.name;
        let own = if field.used.ty == Ty::Bool {
            format!("input.{name}")
        } else {
            format!("input.{name} == {}", self.literal(source, &field.used.ty, &field.used.bounds))
        };
        if field.optional {
            let with = format!("{condition} and input has {name} and {own}");
            let without = format!("{condition} and not (input has {name} and {own})");
            return vec![with, without];
        }
        vec![format!("{condition} and {own}"), format!("{condition} and not ({own})")]
    }

    /// A stricter type of one argument, as an input of its own.
    fn stricter(&self, input: &mut [Field]) -> Option<String> {
        let fits = |field: &&mut Field| {
            field.used.ty == Ty::Int
                && field.default.is_none()
                && field.used.bounds.min <= 0
                && field.used.bounds.max >= 50
        };
        let field = input.iter_mut().find(fits)?;
        (field.used.bounds.min, field.used.bounds.max) = (0, 50);
        field.used.text = "Int in 0 .. 50".to_owned();
        let mark = if field.optional { "?" } else { "" };
        let mut text = String::from("input { ");
        let _ = write!(text, "{} : Int{mark} in 0 .. 50 }}", field.name);
        Some(text)
    }
}

/// Whether calls can be told apart by an argument.
fn in_two(world: &World, field: &Field) -> bool {
    let bounds = &field.used.bounds;
    let wide = bounds.min < bounds.max && bounds.length > 5;
    matches!(field.used.ty, Ty::Bool | Ty::Ident | Ty::String | Ty::Int) && world.is_scalar(&field.used.ty) && wide
}
