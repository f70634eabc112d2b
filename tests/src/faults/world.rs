//! Faults in what was before a call and in what a decision asks for: windows, limits, approvals, tiers, obligations.

use zt_runtime::ir::{Ask, Cmp, EntryWindow, Expr, From, Merge, Over, Program, Recorded, Window};
use zt_runtime::store::Aggregate;
use zt_values::civil::Unit;

use super::walk::{conditions, each};

/// Changes windows of the program. Tells whether any was changed.
fn windows(program: &mut Program, change: impl Fn(&mut Window) -> bool) -> bool {
    let mut changed = false;
    for window in &mut program.windows {
        changed |= change(window);
    }
    changed
}

/// Changes what entries do with windows.
fn entry_windows(program: &mut Program, change: impl Fn(&Window, &mut EntryWindow) -> bool) -> bool {
    let Program { windows, entries, .. } = program;
    let mut changed = false;
    for of in entries.iter_mut().flat_map(|entry| &mut entry.windows) {
        if let Some(window) = windows.get(of.window as usize) {
            changed |= change(window, of);
        }
    }
    changed
}

fn spans(program: &mut Program, by: i64) -> bool {
    windows(program, |window| match &mut window.over {
        Over::Sliding(span) if *span > 1 => {
            *span += by;
            true
        }
        _ => false,
    })
}

pub(super) fn window_longer(program: &mut Program) -> bool {
    spans(program, 1)
}

pub(super) fn window_shorter(program: &mut Program) -> bool {
    spans(program, -1)
}

pub(super) fn calendar_unit_beside(program: &mut Program) -> bool {
    windows(program, |window| match &mut window.over {
        Over::Calendar(unit, _) => {
            *unit = match unit {
                Unit::Day => Unit::Week,
                Unit::Week | Unit::Month => Unit::Day,
            };
            true
        }
        Over::Sliding(_) => false,
    })
}

fn outcome(program: &mut Program, from: Recorded, to: Recorded) -> bool {
    windows(program, |window| {
        let wrong = window.of == from && !window.limit;
        if wrong {
            window.of = to;
        }
        wrong
    })
}

pub(super) fn admitted_is_attempted(program: &mut Program) -> bool {
    outcome(program, Recorded::Admitted, Recorded::Attempted)
}

pub(super) fn denied_is_attempted(program: &mut Program) -> bool {
    outcome(program, Recorded::Denied, Recorded::Attempted)
}

pub(super) fn attempted_is_admitted(program: &mut Program) -> bool {
    outcome(program, Recorded::Attempted, Recorded::Admitted)
}

pub(super) fn failed_is_succeeded(program: &mut Program) -> bool {
    outcome(program, Recorded::Failed, Recorded::Succeeded)
}

pub(super) fn succeeded_is_admitted(program: &mut Program) -> bool {
    outcome(program, Recorded::Succeeded, Recorded::Admitted)
}

pub(super) fn bound_of_one_more(program: &mut Program) -> bool {
    windows(program, |window| {
        window.bound += 1;
        window.bound < 100
    })
}

pub(super) fn enforced_window_as_shadow(program: &mut Program) -> bool {
    windows(program, |window| {
        let wrong = window.enforced;
        (window.enforced, window.shadow) = (false, window.shadow || wrong);
        wrong
    })
}

pub(super) fn key_part_dropped(program: &mut Program) -> bool {
    entry_windows(program, |_, of| of.key.len() >= 2 && of.key.pop().is_some())
}

pub(super) fn key_forgotten(program: &mut Program) -> bool {
    entry_windows(program, |_, of| of.key.len() == 1 && of.key.pop().is_some())
}

pub(super) fn where_forgotten(program: &mut Program) -> bool {
    entry_windows(program, |window, of| {
        let Some(recording) = &mut of.records else { return false };
        let wrong = !window.limit && recording.condition != Expr::Const(1);
        if wrong {
            recording.condition = Expr::Const(1);
        }
        wrong
    })
}

pub(super) fn limit_counts_what_it_is_not_for(program: &mut Program) -> bool {
    entry_windows(program, |window, of| {
        let Some(recording) = &mut of.records else { return false };
        let wrong = window.limit && recording.condition != Expr::Const(1);
        if wrong {
            recording.condition = Expr::Const(1);
        }
        wrong
    })
}

pub(super) fn counting_looks_back(program: &mut Program) -> bool {
    entry_windows(program, |window, of| {
        let wrong = !window.limit && of.past.is_none() && of.counting.is_some();
        if wrong {
            of.past = of.counting.take();
        }
        wrong
    })
}

pub(super) fn looking_back_counts(program: &mut Program) -> bool {
    entry_windows(program, |window, of| {
        let wrong = !window.limit && of.counting.is_none() && of.past.is_some() && of.records.is_some();
        if wrong {
            of.counting = of.past.take();
        }
        wrong
    })
}

pub(super) fn limit_one_early(program: &mut Program) -> bool {
    entry_windows_of_limits(program, Cmp::Ge)
}

/// Changes how a limit compares what it counts with what it leaves room for.
fn entry_windows_of_limits(program: &mut Program, with: Cmp) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        let readings: Vec<_> =
            entry.windows.iter().filter(|of| of.max.is_some()).filter_map(|of| of.counting).collect();
        for rule in &mut entry.rules {
            changed |= each(&mut rule.condition, &mut |expr| match expr {
                Expr::Compare(cmp @ Cmp::Gt, left, _) => {
                    let Expr::Failing { value, .. } = &**left else { return false };
                    let limit = readings.iter().any(|reading| **value == Expr::Load(reading.value));
                    if limit {
                        *cmp = with;
                    }
                    limit
                }
                _ => false,
            });
        }
    }
    changed
}

pub(super) fn retry_with_room_for_one_more(program: &mut Program) -> bool {
    entry_windows(program, |_, of| {
        let Some(max) = &mut of.max else { return false };
        *max += 1;
        true
    })
}

pub(super) fn readings_untold(program: &mut Program) -> bool {
    entry_windows(program, |window, of| {
        let wrong = of.shown && window.aggregate != Aggregate::Count;
        of.shown &= !wrong;
        wrong
    })
}

/// Changes every ask.
fn asks(program: &mut Program, change: impl Fn(&mut Ask) -> bool) -> bool {
    let mut changed = false;
    let of_tiers = program.tiers.iter_mut().filter_map(|tier| tier.ask.as_mut());
    for ask in program.rules.iter_mut().filter_map(|rule| rule.ask.as_mut()).chain(of_tiers) {
        changed |= change(ask);
    }
    changed
}

pub(super) fn expiry_ignored(program: &mut Program) -> bool {
    asks(program, |ask| std::mem::replace(&mut ask.expires, u64::MAX) != u64::MAX)
}

pub(super) fn expiry_of_tiers_ignored(program: &mut Program) -> bool {
    let mut changed = false;
    for ask in program.tiers.iter_mut().filter_map(|tier| tier.ask.as_mut()) {
        changed |= std::mem::replace(&mut ask.expires, u64::MAX) != u64::MAX;
    }
    changed
}

pub(super) fn one_is_enough(program: &mut Program) -> bool {
    asks(program, |ask| std::mem::replace(&mut ask.quorum, 1) == 2)
}

pub(super) fn group_beside(program: &mut Program) -> bool {
    let groups = u32::try_from(program.approvers.len()).unwrap_or(0);
    groups > 1
        && asks(program, |ask| match &mut ask.from {
            From::Group(group) => {
                *group = (*group + 1) % groups;
                true
            }
            From::ActsFor(_) => false,
        })
}

pub(super) fn approved_by_whom_it_is_for(program: &mut Program) -> bool {
    let mut changed = false;
    for evidence in program.entries.iter_mut().filter_map(|entry| entry.evidence.as_mut()) {
        changed |= evidence.acts_for.take().is_some();
    }
    changed
}

pub(super) fn grant_without_its_approval(program: &mut Program) -> bool {
    let mut changed = false;
    for rule in &mut program.rules {
        changed |= rule.effect == zt_runtime::ir::Effect::Allow && rule.ask.take().is_some();
    }
    changed
}

pub(super) fn raise_one_lower(program: &mut Program) -> bool {
    let mut changed = false;
    for tier in program.rules.iter_mut().filter_map(|rule| rule.raise.as_mut()).filter(|tier| **tier > 0) {
        *tier -= 1;
        changed = true;
    }
    changed
}

pub(super) fn lower_tiers_do_not_ask(program: &mut Program) -> bool {
    let Some((_, lower)) = program.tiers.split_last_mut() else { return false };
    let mut changed = false;
    for tier in lower {
        changed |= tier.ask.take().is_some();
    }
    changed
}

pub(super) fn tiers_oblige_to_nothing(program: &mut Program) -> bool {
    let mut changed = false;
    for tier in &mut program.tiers {
        changed |= !std::mem::take(&mut tier.obligations).is_empty();
    }
    changed
}

fn merges(program: &mut Program, change: impl Fn(Merge) -> Option<Merge>) -> bool {
    let mut changed = false;
    for merge in program.obligations.iter_mut().flat_map(|o| &mut o.params).filter_map(|p| p.merge.as_mut()) {
        if let Some(other) = change(*merge) {
            *merge = other;
            changed = true;
        }
    }
    changed
}

pub(super) fn least_is_greatest(program: &mut Program) -> bool {
    merges(program, |merge| (merge == Merge::Min).then_some(Merge::Max))
}

pub(super) fn greatest_is_least(program: &mut Program) -> bool {
    merges(program, |merge| (merge == Merge::Max).then_some(Merge::Min))
}

pub(super) fn union_is_intersection(program: &mut Program) -> bool {
    merges(program, |merge| (merge == Merge::Union).then_some(Merge::Intersect))
}

pub(super) fn second_obligation_dropped(program: &mut Program) -> bool {
    let mut changed = false;
    for rule in program.entries.iter_mut().flat_map(|entry| &mut entry.rules) {
        changed |= rule.obligations.len() > 1 && rule.obligations.pop().is_some();
    }
    changed
}

pub(super) fn messages_exchanged(program: &mut Program) -> bool {
    let mut changed = false;
    for rule in program.entries.iter_mut().flat_map(|entry| &mut entry.rules) {
        let wrong = rule.because.is_some() && rule.tell.is_some() && rule.because != rule.tell;
        if wrong {
            std::mem::swap(&mut rule.because, &mut rule.tell);
        }
        changed |= wrong;
    }
    changed
}

pub(super) fn any_resource_taken(program: &mut Program) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        changed |= entry.resource_id.take().is_some();
    }
    changed
}

pub(super) fn reading_failed_is_nothing(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Failing { failed, .. } if !matches!(**failed, Expr::Const(0)) => {
            **failed = Expr::Const(0);
            true
        }
        _ => false,
    })
}
