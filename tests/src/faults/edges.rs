//! Faults at edges: ranges, lengths, ages, the days at which something begins, names in another case.

use zt_runtime::ir::{Ask, Channel, Expr, Over, Program};
use zt_runtime::schema::{Part, Reads, Type};

use super::walk::conditions;

// ---- types --------------------------------------------------------------------------

fn types(program: &mut Program, change: impl Fn(&mut Type) -> bool) -> bool {
    program.types.iter_mut().fold(false, |changed, ty| change(ty) || changed)
}

pub(super) fn int_below_min(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Int { min, .. } if *min > i64::MIN => {
            *min -= 1;
            true
        }
        _ => false,
    })
}

pub(super) fn decimal_above_max(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Decimal { max, places, .. } if *max < i64::MAX / 2 => {
            *max += 10_i64.pow(4 - u32::from(*places));
            true
        }
        _ => false,
    })
}

pub(super) fn ident_too_long(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Text { ident: true, max, .. } => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn meaning_of_any_length(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Syntax { max, .. } => {
            // What a text may have at all.
            let wrong = *max < 4_096;
            *max = (*max).max(4_096);
            wrong
        }
        _ => false,
    })
}

pub(super) fn default_is_the_first_member(program: &mut Program) -> bool {
    let first = |ty: &Type| match ty {
        Type::Enum { members } => members.first().map(|member| format!("\"{member}\"")),
        _ => None,
    };
    let firsts: Vec<Option<String>> = program.types.iter().map(first).collect();
    types(program, |ty| {
        let Type::Record { fields, .. } = ty else { return false };
        fields.iter_mut().fold(false, |changed, field| {
            let first = firsts.get(field.ty.0 as usize).cloned().flatten();
            let wrong = field.default.is_some() && first.is_some() && field.default != first;
            if wrong {
                field.default = first;
            }
            changed || wrong
        })
    })
}

pub(super) fn furthest_above_is_refused(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Entity { ancestors, .. } => ancestors.len() > 1 && ancestors.pop().is_some(),
        _ => false,
    })
}

// ---- reads --------------------------------------------------------------------------

fn reads(reads: &mut Reads, change: &mut dyn FnMut(&mut Reads) -> bool) -> bool {
    let mut changed = change(reads);
    let rows = reads.rows.iter_mut().map(|rows| &mut rows.element);
    let inner = reads.fields.iter_mut().map(|(_, inner)| inner);
    for inner in inner.chain(reads.members.iter_mut().map(|(_, inner)| inner)).chain(rows) {
        changed |= self::reads(inner, change);
    }
    changed
}

fn entry_reads(program: &mut Program, mut change: impl FnMut(&mut Reads) -> bool) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        for root in
            [&mut entry.reads_principal, &mut entry.reads_resource, &mut entry.reads_input, &mut entry.reads_context]
        {
            changed |= reads(root, &mut change);
        }
    }
    changed
}

pub(super) fn members_in_another_case(program: &mut Program) -> bool {
    entry_reads(program, |reads| {
        reads.members.iter_mut().fold(false, |changed, (name, _)| {
            let upper = name.to_ascii_uppercase();
            let other = if *name == upper { name.to_ascii_lowercase() } else { upper };
            std::mem::replace(name, other.clone()) != other || changed
        })
    })
}

pub(super) fn domain_is_local(program: &mut Program) -> bool {
    let read = entry_reads(program, |reads| {
        let [(part @ Part::EmailDomain, _)] = reads.parts.as_mut_slice() else { return false };
        *part = Part::EmailLocal;
        true
    });
    conditions(program, |_, expr| match expr {
        Expr::Part { part: part @ Part::EmailDomain, .. } => {
            *part = Part::EmailLocal;
            true
        }
        _ => false,
    }) || read
}

// ---- ages, and when something begins ------------------------------------------------

pub(super) fn any_age_that_is_told(program: &mut Program) -> bool {
    let mut changed = false;
    for channel in program.channels.values_mut() {
        if let Channel::Source { fresh: Some(most), .. } = channel {
            *most = i64::MAX;
            changed = true;
        }
    }
    changed
}

pub(super) fn groups_of_any_age(program: &mut Program) -> bool {
    program.approvers.iter_mut().fold(false, |changed, group| group.fresh.take().is_some() || changed)
}

/// Changes every ask.
fn asks(program: &mut Program, change: impl Fn(&mut Ask) -> bool) -> bool {
    let of_tiers = program.tiers.iter_mut().filter_map(|tier| tier.ask.as_mut());
    let all = program.rules.iter_mut().filter_map(|rule| rule.ask.as_mut()).chain(of_tiers);
    all.fold(false, |changed, ask| change(ask) || changed)
}

pub(super) fn approvals_last_one_second_more(program: &mut Program) -> bool {
    asks(program, |ask| {
        ask.expires += 1;
        true
    })
}

pub(super) fn warrants_forgotten(program: &mut Program) -> bool {
    program.tiers.iter_mut().fold(false, |changed, tier| tier.warrant.take().is_some() || changed)
}

pub(super) fn days_begin_elsewhere(program: &mut Program) -> bool {
    let Program { windows, zones, .. } = program;
    windows.iter_mut().fold(false, |changed, window| match &mut window.over {
        Over::Calendar(_, zone) => match zones.iter().find(|other| other.name() != zone.name()) {
            Some(other) => {
                *zone = other.clone();
                true
            }
            None => changed,
        },
        Over::Sliding(_) => changed,
    })
}

// ---- what is looked up and searched --------------------------------------------------

pub(super) fn attributes_of_what_failed_are_asked_for(program: &mut Program) -> bool {
    let lookups = program.entries.iter_mut().flat_map(|entry| &mut entry.lookups);
    lookups.fold(false, |changed, lookup| lookup.outer.take().is_some() || changed)
}

pub(super) fn arguments_are_searched_as_they_are_written(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Detect { whole: whole @ true, .. } => {
            *whole = false;
            true
        }
        _ => false,
    })
}
