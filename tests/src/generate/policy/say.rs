//! Messages: for those who approve and audit, and for the agent.

use std::fmt::Write as _;

use super::super::expr::Maker;
use super::super::scope::Facts;
use super::super::words;
use super::super::world::{Ty, World};

/// A message with paths and readings in it.
pub(super) fn message(maker: &mut Maker<'_>, known: &Facts) -> String {
    let single = |world: &World, ty: &Ty| world.is_scalar(ty) || matches!(ty, Ty::Entity(_));
    said(maker, known, |world, ty| single(world, element(world, ty)))
}

/// The same for the agent: without any text from a request.
pub(super) fn told(maker: &mut Maker<'_>, known: &Facts) -> String {
    let shown = |world: &World, ty: &Ty| {
        let ty = element(world, ty);
        world.is_scalar(ty) && !matches!(world.base(ty), Ty::String | Ty::Ident | Ty::Syntax(_))
    };
    said(maker, known, shown)
}

/// The type of the elements of a list or set, or the type itself.
fn element<'t>(world: &'t World, ty: &'t Ty) -> &'t Ty {
    match world.base(ty) {
        Ty::Set(element) | Ty::List(element) => element,
        _ => ty,
    }
}

fn said(maker: &mut Maker<'_>, known: &Facts, shown: impl Fn(&World, &Ty) -> bool) -> String {
    let mut all: Vec<String> = maker
        .scope
        .paths
        .iter()
        .filter(|path| path.value.as_ref().is_some_and(|(ty, _)| shown(maker.world, ty)))
        .map(|path| path.text.clone())
        .chain(known.names.iter().filter_map(|(name, whole)| {
            let path = maker.scope.paths.iter().find(|path| path.text == *whole)?;
            let (ty, _) = path.value.as_ref()?;
            (maker.world.is_scalar(ty) && shown(maker.world, ty)).then(|| name.clone())
        }))
        .collect();
    let windows = maker.scope.windows.iter().map(|(index, _)| &maker.world.windows[*index]);
    let readings: Vec<String> =
        windows.filter(|window| shown(maker.world, &window.ty)).map(|window| window.name.clone()).collect();
    if !readings.is_empty() && maker.source.chance(50) {
        all.extend(readings.iter().cycle().take(8).cloned());
    }
    let mut text = String::new();
    for _ in 0..maker.source.between(1, 4) {
        if all.is_empty() || maker.source.chance(30) {
            let fixed = *maker.source.pick(&["of", "amount {braces}", "caf\u{e9} \"quoted\" \\", ":", "line\nbreak"]);
            text.push_str(&fixed.replace('{', "{{").replace('}', "}}"));
        } else {
            let _ = write!(text, "{{{}}}", maker.source.pick(&all));
        }
        text.push(' ');
    }
    words::literal(&text)
}
