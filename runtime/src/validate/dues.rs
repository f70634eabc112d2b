//! Tiers, approvals and obligations: what they refer to is there.

use super::expr::{self, Shape};
use super::slots::{Slots, held};
use super::{Problem, distinct, type_of};
use crate::ir::{Arg, Ask, Due, Effect, Expr, From, Merge, Param, Program};
use crate::schema::{Type, TypeId};

/// Checks what does not depend on an entry.
pub(super) fn check(program: &Program) -> Result<(), Problem> {
    distinct(program.obligations.iter().map(|kind| kind.name.as_str()))?;
    for kind in &program.obligations {
        distinct(kind.params.iter().map(|param| param.name.as_str()))?;
        kind.params.iter().try_for_each(|param| check_param(program, param))?;
    }
    let constants = Slots::new(0);
    for tier in &program.tiers {
        tier.ask.iter().try_for_each(|ask| check_ask(program, ask))?;
        tier.obligations.iter().try_for_each(|due| check_due(program, &constants, due))?;
    }
    for rule in &program.rules {
        let may_ask = matches!(rule.effect, Effect::Allow | Effect::RequireApproval);
        if rule.ask.is_none() && rule.effect == Effect::RequireApproval || rule.ask.is_some() && !may_ask {
            return Err(format!("rule {}: whether it asks does not go with what it does", rule.name));
        }
        rule.ask.iter().try_for_each(|ask| check_ask(program, ask))?;
        let tier = rule.raise.and_then(|tier| program.tiers.get(usize::try_from(tier).ok()?));
        if tier.is_some() != (rule.effect == Effect::Raise) {
            return Err(format!("rule {}: there is no tier to raise to", rule.name));
        }
    }
    Ok(())
}

fn check_ask(program: &Program, ask: &Ask) -> Result<(), Problem> {
    let known = match &ask.from {
        From::ActsFor(_) => true,
        From::Group(index) => usize::try_from(*index).is_ok_and(|index| index < program.approvers.len()),
    };
    if known && ask.quorum > 0 { Ok(()) } else { Err("what is asked for cannot be given".to_owned()) }
}

fn check_param(program: &Program, param: &Param) -> Result<(), Problem> {
    let set = matches!(type_of(program, param.ty)?, Type::Set { .. });
    match (param.merge, type_of(program, param.ty)?) {
        (_, ty) if !ty.is_scalar() && !matches!(ty, Type::Set { .. } | Type::List { .. }) => {
            Err(format!("parameter {} is no value", param.name))
        }
        (Some(Merge::Union | Merge::Intersect), _) if !set => Err(format!("parameter {} is no set", param.name)),
        (Some(Merge::Min | Merge::Max), _) if set => Err(format!("parameter {} is a set", param.name)),
        _ => Ok(()),
    }
}

/// Checks an obligation with its arguments.
pub(super) fn check_due(program: &Program, slots: &Slots, due: &Due) -> Result<(), Problem> {
    let kind = usize::try_from(due.obligation).ok().and_then(|index| program.obligations.get(index));
    let kind = kind.ok_or("there is no such obligation")?;
    if kind.params.len() != due.args.len() {
        return Err(format!("obligation {} has not one argument for each parameter", kind.name));
    }
    kind.params.iter().zip(&due.args).try_for_each(|(param, arg)| match (arg, type_of(program, param.ty)?) {
        (Arg::Elements(elements), Type::Set { element, .. }) => {
            let element = Shape::of(held(program, type_of(program, *element)?)?);
            elements.iter().try_for_each(|of| expr::check_gather(program, slots, of, &element))
        }
        (Arg::Elements(_), _) => Err("a set is given for what is none".to_owned()),
        (Arg::Value(expr), _) => check_value(program, slots, expr, param.ty),
    })
}

fn check_value(program: &Program, slots: &Slots, expr: &Expr, id: TypeId) -> Result<(), Problem> {
    match type_of(program, id)? {
        Type::Set { .. } => Err("a set is more than a value".to_owned()),
        ty => expr::check(program, slots, expr, Shape::of(held(program, ty)?)),
    }
}
