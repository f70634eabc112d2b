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
pub mod json;
pub mod step;
pub mod request;
pub mod sequence;

use proptest::prelude::*;

use self::source::Source;

/// The name of every generated package.
pub const PACKAGE: &str = "example";

/// A package as text.
#[must_use]
pub fn package(source: &mut Source) -> String {
    let mut world = world::World::new(source);
    world.add_windows(source);
    world.add_notices(source);
    let mut items = world.items();
    items.extend(policy::policies(source, &mut world));
    if source.chance(50) {
        source.shuffle(&mut items);
    }
    let mut text = format!("package {PACKAGE}\n");
    for (index, item) in items.into_iter().enumerate() {
        text.push_str(if index % 4 == 3 { "\n// and then\n" } else { "\n" });
        text.push_str(&item);
        text.push('\n');
    }
    // Whoever checks the text finds its data files there.
    for (name, content) in &world.data {
        text.push_str(&format!("\n{}{name} {}\n", crate::front::DATA, serde_json::Value::from(content.as_str())));
    }
    text
}

/// Choices for one case. A shorter list and smaller numbers give a simpler case, so it shrinks well.
pub fn choices() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 0..3000)
}
