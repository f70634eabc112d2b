//! Random packages and random requests for them, all of them from one stream of choices.
//!
//! A package is made as text, so that the whole front end takes part. Every package is meant to be free of
//! mistakes; a request mostly fits its package, and is spoilt in one of many ways where that is asked for.

pub mod source;
pub mod words;
pub mod samples;
pub mod world;
pub mod scope;
pub mod expr;
pub mod windows;
pub mod policy;
pub mod spread;
pub mod json;
pub mod step;
pub mod request;
pub mod sequence;

use std::collections::BTreeMap;

use proptest::prelude::*;

use self::source::Source;
use self::spread::Bundle;

/// The name of every generated package.
pub const PACKAGE: &str = "example";

/// Of so many packages in a hundred some items stand in others that they use.
const SPREAD: usize = 35;

/// A package as text, with those that it uses.
#[must_use]
pub fn package(source: &mut Source) -> String {
    bundle(source).text
}

/// A package with those that it uses, and the one package that they mean together.
#[must_use]
pub fn bundle(source: &mut Source) -> Bundle {
    let mut world = world::World::new(source);
    world.add_windows(source);
    world.add_notices(source);
    let mut items = world.items();
    items.extend(policy::policies(source, &mut world));
    if source.chance(50) {
        source.shuffle(&mut items);
    }
    if source.chance(SPREAD) {
        return spread::spread(source, items, &world.data);
    }
    let text = spread::written(PACKAGE, &items, &world.data);
    Bundle { whole: text.clone(), text, policies: BTreeMap::new(), names: BTreeMap::new() }
}

/// Choices for one case. A shorter list and smaller numbers give a simpler case, so it shrinks well.
pub fn choices() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 0..3000)
}
