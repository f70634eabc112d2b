//! Probes: shadow rules of one construct each. Such a rule shows by itself whether it holds or fails, so that nothing
//! else in a package hides what an evaluator makes of a construct that is rare elsewhere.

use std::fmt::Write as _;

use super::super::expr::Maker;
use super::super::scope::{Facts, Scope};
use super::super::source::Source;
use super::super::words;
use super::super::world::World;

/// A policy of probes over one action, by one type of principal where there are several.
pub(super) fn probes(source: &mut Source, world: &World) -> Option<String> {
    let action = source.below(world.actions.len());
    let declared = &world.actions[action];
    let principal = *source.pick(&declared.principals);
    let several = declared.principals.len() > 1 && source.chance(40);
    let alone = several || declared.principals.len() == 1;
    let by = if alone { String::new() } else { format!(" by {}", words::ENTITIES[principal]) };
    let principals = if several { declared.principals.clone() } else { vec![principal] };
    let pairs: Vec<(usize, usize)> = principals.into_iter().map(|principal| (action, principal)).collect();
    let tag = declared.tags.first().map(|(tag, _)| *tag).filter(|tag| world.tagged(*tag) == [action]);
    let selector = tag.map_or_else(|| declared.name.clone(), |tag| format!("#{}", world.tags[tag].name));
    let scope = Scope::of_policy(world, &pairs, tag.as_slice());
    let mut maker = Maker::new(source, world, &scope);
    let mut text = format!("policy probes for {selector}{by}\n{{");
    let mut count = 0;
    for _ in 0..maker.source.between(3, 7) {
        if let Some(condition) = probe(&mut maker) {
            let _ = write!(text, "\n  shadow deny p{count} when {condition}\n");
            count += 1;
        }
    }
    text.push('}');
    (count > 0).then_some(text)
}

/// One construct, behind tests for presence if need be.
fn probe(maker: &mut Maker<'_>) -> Option<String> {
    maker.fuel = 20;
    let mut known = Facts::default();
    let mut prefix = String::new();
    for _ in 0..maker.source.weighted(&[55, 30, 15]) {
        if let Some(made) = maker.tested(&known) {
            let _ = write!(prefix, "{} and ", made.operand());
            known = known.and(&made.plus);
        }
    }
    let condition = (0..4).find_map(|_| maker.construct(&known))?;
    Some(format!("{prefix}{}", if prefix.is_empty() { condition.text().to_owned() } else { condition.operand() }))
}
