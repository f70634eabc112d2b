//! Faults in what stands beside the conditions: rules, types, reads, messages.

use std::sync::Arc;

use zt_lang::hir::{self, ExprKind};
use zt_runtime::ir::{Effect, Piece, Program, Show};
use zt_runtime::schema::{Reads, Type, TypeId};

// ---- the checked package ------------------------------------------------------------

pub(super) fn guard_of_second_rule(package: &mut hir::Package) -> bool {
    let mut changed = false;
    for policy in &mut package.policies {
        let Some(guard) = policy.guard.clone() else { continue };
        if policy.rules.len() < 2 {
            continue;
        }
        let policy = Arc::make_mut(policy);
        policy.guard = None;
        for (_, rule) in policy.rules.iter_mut().enumerate().filter(|(index, _)| *index != 1) {
            let span = rule.condition.span;
            let own = std::mem::replace(&mut rule.condition, guard.clone());
            rule.condition = hir::Expr { kind: ExprKind::And(vec![guard.clone(), own]), ty: hir::Ty::Bool, span };
        }
        changed = true;
    }
    changed
}

pub(super) fn unless_of_allow(package: &mut hir::Package) -> bool {
    fn arithmetic(expr: &hir::Expr) -> bool {
        matches!(expr.kind, ExprKind::Arith(..) | ExprKind::Neg(_)) || expr.parts().into_iter().any(arithmetic)
    }
    let mut changed = false;
    for policy in &mut package.policies {
        for rule in &mut Arc::make_mut(policy).rules {
            let ExprKind::And(parts) = &mut rule.condition.kind else { continue };
            let negative = |e: &hir::Expr| matches!(e.kind, ExprKind::Not(_)) && arithmetic(e);
            if rule.effect == hir::Effect::Allow && parts.len() > 1 && parts.last().is_some_and(negative) {
                parts.pop();
                changed = true;
            }
        }
    }
    changed
}

pub(super) fn own_name_beside_wire(package: &mut hir::Package) -> bool {
    fn widen(fields: &mut Vec<hir::Field>) -> bool {
        let more: Vec<hir::Field> = fields
            .iter()
            .filter(|f| f.optional && f.wire != f.name && !fields.iter().any(|other| other.wire == f.name))
            .map(|f| hir::Field { name: format!("{} again", f.name).into(), wire: f.name.clone(), ..f.clone() })
            .collect();
        let changed = !more.is_empty();
        fields.extend(more);
        changed
    }
    let mut changed = false;
    for record in package.records.values_mut() {
        changed |= widen(&mut Arc::make_mut(record).fields);
    }
    for entity in package.entities.values_mut() {
        changed |= widen(&mut Arc::make_mut(entity).fields);
    }
    for action in package.actions.values_mut() {
        changed |= widen(&mut Arc::make_mut(action).input);
    }
    changed
}

// ---- rules --------------------------------------------------------------------------

pub(super) fn second_shadow_deny(program: &mut Program) -> bool {
    let second = program.rules.iter_mut().filter(|rule| rule.shadow && rule.effect == Effect::Deny).nth(1);
    second.is_some_and(|rule| std::mem::replace(&mut rule.shadow, false))
}

pub(super) fn rule_after_64(program: &mut Program) -> bool {
    let mut changed = false;
    for entry in program.entries.iter_mut().filter(|entry| entry.rules.len() > 64) {
        changed |= entry.rules.pop().is_some();
    }
    changed
}

pub(super) fn quorum_less_one(program: &mut Program) -> bool {
    let mut changed = false;
    for ask in program.rules.iter_mut().filter_map(|rule| rule.ask.as_mut()).filter(|ask| ask.quorum >= 3) {
        ask.quorum -= 1;
        changed = true;
    }
    changed
}

pub(super) fn days_are_hours(program: &mut Program) -> bool {
    let mut changed = false;
    for ask in program.rules.iter_mut().filter_map(|rule| rule.ask.as_mut()) {
        if ask.expires >= 86_400 {
            ask.expires /= 24;
            changed = true;
        }
    }
    changed
}

pub(super) fn tier_of_second_principal(program: &mut Program) -> bool {
    let mut changed = false;
    for index in 1..program.entries.len() {
        let [before, entry, ..] = &mut program.entries[index - 1..] else { continue };
        if before.action == entry.action
            && let Some(tier) = entry.tier.as_mut().filter(|tier| **tier > 0)
        {
            *tier -= 1;
            changed = true;
        }
    }
    changed
}

// ---- messages -----------------------------------------------------------------------

fn messages(program: &mut Program, mut change: impl FnMut(&mut Vec<Piece>) -> bool) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        let notice = entry.notice.iter_mut().map(|(_, pieces)| pieces);
        for pieces in entry.rules.iter_mut().filter_map(|rule| rule.because.as_mut()).chain(notice) {
            changed |= change(pieces);
        }
    }
    changed
}

pub(super) fn message_slots(program: &mut Program) -> bool {
    messages(program, |pieces| {
        let mut values: Vec<_> = pieces
            .iter_mut()
            .filter_map(|piece| match piece {
                Piece::Value { slot, present, show, .. } => Some((slot, present, show)),
                _ => None,
            })
            .collect();
        let Some((first, rest)) = values.split_first_mut() else { return false };
        let Some(second) = rest.iter_mut().find(|(slot, _, show)| *show == first.2 && *slot != first.0) else {
            return false;
        };
        std::mem::swap(first.0, second.0);
        std::mem::swap(first.1, second.1);
        true
    })
}

pub(super) fn message_presence(program: &mut Program) -> bool {
    messages(program, |pieces| {
        let mut changed = false;
        for piece in pieces {
            // A text that is not there could not even be shown as empty.
            if let Piece::Value { present, .. } = piece {
                changed |= !present.is_empty();
                present.clear();
            }
        }
        changed
    })
}

pub(super) fn message_places(program: &mut Program) -> bool {
    messages(program, |pieces| {
        let mut changed = false;
        for piece in pieces {
            if let Piece::Value { show: Show::Decimal(places @ 0..4), .. } = piece {
                *places += 1;
                changed = true;
            }
        }
        changed
    })
}

// ---- reads --------------------------------------------------------------------------

fn reads(reads: &mut Reads, change: &mut dyn FnMut(&mut Reads) -> bool) -> bool {
    let mut changed = change(reads);
    for (_, inner) in &mut reads.fields {
        changed |= self::reads(inner, change);
    }
    changed
}

pub(super) fn presence_of_sibling(program: &mut Program) -> bool {
    let mut swap = |here: &mut Reads| {
        let mut told: Vec<_> = here.fields.iter_mut().filter_map(|(_, inner)| inner.present.as_mut()).collect();
        let [first, second, ..] = told.as_mut_slice() else { return false };
        std::mem::swap(*first, *second);
        true
    };
    let mut changed = false;
    for entry in &mut program.entries {
        for root in
            [&mut entry.reads_principal, &mut entry.reads_resource, &mut entry.reads_input, &mut entry.reads_context]
        {
            changed |= reads(root, &mut swap);
        }
    }
    changed
}

pub(super) fn values_of_siblings(program: &mut Program) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        let Some(Type::Record { fields, .. }) = program.types.get(entry.input.0 as usize) else { continue };
        let ty = |index: u32| fields.get(index as usize).map(|field| field.ty);
        let mut read: Vec<_> = entry
            .reads_input
            .fields
            .iter_mut()
            .filter_map(|(index, inner)| Some((ty(*index)?, inner.value.as_mut()?)))
            .collect();
        for at in 1..read.len() {
            let [(one, a), (other, b), ..] = &mut read[at - 1..] else { continue };
            if one == other {
                std::mem::swap(*a, *b);
                changed = true;
                break;
            }
        }
    }
    changed
}

// ---- types --------------------------------------------------------------------------

fn types(program: &mut Program, mut change: impl FnMut(&mut Type) -> bool) -> bool {
    let mut changed = false;
    for ty in &mut program.types {
        changed |= change(ty);
    }
    changed
}

pub(super) fn int_above_max(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Int { max, .. } if *max < i64::MAX => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn decimal_below_min(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Decimal { min, places, .. } if *min > i64::MIN / 2 => {
            *min -= 10_i64.pow(4 - u32::from(*places));
            true
        }
        _ => false,
    })
}

pub(super) fn one_place_more(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Decimal { places: places @ 0..4, .. } => {
            *places += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn string_too_long(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Text { ident: false, max, .. } => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn set_too_large(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Set { max, .. } => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn any_text_in_ident_set(program: &mut Program) -> bool {
    let mut changed = false;
    for index in 0..program.types.len() {
        let Type::Set { element, .. } = program.types[index] else { continue };
        let Some(Type::Text { ident: true, max, patterns }) = program.types.get(element.0 as usize).cloned() else {
            continue;
        };
        let loose = TypeId(u32::try_from(program.types.len()).unwrap_or(u32::MAX));
        program.types.push(Type::Text { ident: false, max, patterns });
        if let Type::Set { element, .. } = &mut program.types[index] {
            *element = loose;
            changed = true;
        }
    }
    changed
}

pub(super) fn second_pattern(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Text { patterns, .. } if patterns.len() > 1 => patterns.pop().is_some(),
        _ => false,
    })
}

pub(super) fn missing_in_context(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Record { fields, .. } => {
            fields.last_mut().is_some_and(|field| !std::mem::replace(&mut field.optional, true))
        }
        _ => false,
    })
}

pub(super) fn last_members_exchanged(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Enum { members } if members.len() >= 4 => {
            let last = members.len() - 1;
            members.swap(last - 1, last);
            true
        }
        _ => false,
    })
}
