//! Faults in what is told apart: variants of choices, ids, members of maps; and in which package something stands.

use zt_lang::hir;
use zt_runtime::ir::Program;
use zt_runtime::schema::Type;

fn types(program: &mut Program, change: impl Fn(&mut Type) -> bool) -> bool {
    program.types.iter_mut().fold(false, |changed, ty| change(ty) || changed)
}

pub(super) fn objects_exchanged(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Choice { tag: Some(tag), .. } => {
            let mut objects = tag.says.iter_mut().filter(|says| !says.is_empty());
            match (objects.next(), objects.next()) {
                (Some(first), Some(second)) => {
                    std::mem::swap(first, second);
                    true
                }
                _ => false,
            }
        }
        _ => false,
    })
}

pub(super) fn objects_of_one_word(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Choice { tag: Some(tag), .. } => {
            tag.says.iter_mut().fold(false, |changed, says| says.len() > 1 && says.pop().is_some() || changed)
        }
        _ => false,
    })
}

pub(super) fn ids_of_any_kind(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Entity { id, .. } => id.take().is_some(),
        _ => false,
    })
}

pub(super) fn map_too_large(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Map { max, .. } => {
            *max += 1;
            true
        }
        _ => false,
    })
}

/// The policies of other packages.
fn elsewhere(package: &mut hir::Package) -> impl Iterator<Item = &mut hir::Policy> {
    let own = format!("{}/", package.name);
    let foreign = move |policy: &hir::Policy| policy.rules.iter().any(|rule| !rule.full_name.starts_with(&own));
    package.policies.iter_mut().filter(move |policy| foreign(policy)).map(std::sync::Arc::make_mut)
}

pub(super) fn enforced_elsewhere_forgotten(package: &mut hir::Package) -> bool {
    elsewhere(package).fold(false, |_, policy| {
        policy.rules.clear();
        true
    })
}

pub(super) fn grants_elsewhere_forgotten(package: &mut hir::Package) -> bool {
    elsewhere(package).fold(false, |changed, policy| {
        let before = policy.rules.len();
        policy.rules.retain(|rule| rule.effect != hir::Effect::Allow);
        changed || policy.rules.len() < before
    })
}
