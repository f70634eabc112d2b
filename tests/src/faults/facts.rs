//! Faults in what stands beside the request: events, tables, sources, files, parts of actions, defaults, outputs.

use zt_lang::hir;
use zt_runtime::ir::{Brought, Cells, Channel, EntryWindow, Expr, Program, Sought};
use zt_runtime::schema::{Syntax, Type};

use super::walk::conditions;

/// Changes what events do with windows.
fn event_windows(program: &mut Program, change: impl Fn(&mut EntryWindow) -> bool) -> bool {
    let mut changed = false;
    for of in program.events.iter_mut().flat_map(|event| &mut event.windows) {
        changed |= change(of);
    }
    changed
}

pub(super) fn events_unrecorded(program: &mut Program) -> bool {
    let mut changed = false;
    for event in &mut program.events {
        changed |= !std::mem::take(&mut event.windows).is_empty();
    }
    changed
}

pub(super) fn event_where_forgotten(program: &mut Program) -> bool {
    event_windows(program, |of| match &mut of.records {
        Some(recording) if recording.condition != Expr::Const(1) => {
            recording.condition = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn event_key_forgotten(program: &mut Program) -> bool {
    event_windows(program, |of| of.key.pop().is_some())
}

pub(super) fn parts_of_another_syntax(program: &mut Program) -> bool {
    let mut changed = false;
    let of_events = program.events.iter_mut().flat_map(|event| &mut event.windows);
    let of_entries = program.entries.iter_mut().flat_map(|entry| &mut entry.windows);
    for recording in of_events.chain(of_entries).filter_map(|of| of.records.as_mut()) {
        if let Brought::Parts { sought, .. } = &mut recording.brought {
            *sought = match sought {
                Sought::Ident => Sought::Syntax(Syntax::Email),
                Sought::Syntax(_) => Sought::Ident,
            };
            changed = true;
        }
    }
    changed
}

pub(super) fn rows_exchanged(program: &mut Program) -> bool {
    let mut changed = false;
    for table in &mut program.tables {
        changed |= match &mut table.says {
            Some(Cells::Truths(all)) => first_two(all),
            Some(Cells::Numbers(all)) => first_two(all),
            Some(Cells::Texts(all)) => first_two(all),
            None => false,
        };
    }
    changed
}

/// Exchanges the first two if they differ.
fn first_two<T: PartialEq>(all: &mut [T]) -> bool {
    let differ = matches!(all, [a, b, ..] if a != b);
    if differ {
        all.swap(0, 1);
    }
    differ
}

pub(super) fn row_found_in_any_case(program: &mut Program) -> bool {
    let filled: Vec<bool> = program.tables.iter().map(|table| table.rows() > 0).collect();
    conditions(program, |_, expr| match expr {
        Expr::Find { table, .. } if filled.get(table.0 as usize) == Some(&true) => {
            *expr = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn no_row_is_found(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Compare(_, left, _) if matches!(**left, Expr::Find { .. }) => {
            **left = Expr::Const(0);
            true
        }
        _ => false,
    })
}

fn cell(expr: &Expr) -> bool {
    matches!(expr, Expr::Cell { .. }) || expr.operands().any(cell)
}

pub(super) fn without_a_row_it_is_zero(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::If(_, then, otherwise) if cell(then) && matches!(**otherwise, Expr::Const(n) if n != 0) => {
            **otherwise = Expr::Const(0);
            true
        }
        _ => false,
    })
}

/// Changes the fields of records.
fn records(program: &mut Program, change: impl Fn(&mut zt_runtime::schema::Field) -> bool) -> bool {
    let mut changed = false;
    for ty in &mut program.types {
        if let Type::Record { fields, .. } = ty {
            for field in fields {
                changed |= change(field);
            }
        }
    }
    changed
}

pub(super) fn default_forgotten(program: &mut Program) -> bool {
    records(program, |field| {
        let wrong = field.default.take().is_some();
        field.optional |= wrong;
        wrong
    })
}

pub(super) fn default_of_one_more(program: &mut Program) -> bool {
    records(program, |field| {
        let more = field.default.as_ref().and_then(|text| text.parse::<i64>().ok()).and_then(|n| n.checked_add(1));
        field.default = more.map(|n| n.to_string()).or_else(|| field.default.take());
        more.is_some()
    })
}

pub(super) fn defaults_are_empty_lists(program: &mut Program) -> bool {
    records(program, |field| {
        let wrong = field.default.as_ref().is_some_and(|text| text.starts_with('[') && text != "[]");
        if wrong {
            field.default = Some("[]".to_owned());
        }
        wrong
    })
}

/// Changes whether records may hold more than is declared.
fn opened(program: &mut Program, from: bool) -> bool {
    let mut changed = false;
    for ty in &mut program.types {
        if let Type::Record { open, .. } = ty
            && *open == from
        {
            *open = !from;
            changed = true;
        }
    }
    changed
}

pub(super) fn open_records_are_closed(program: &mut Program) -> bool {
    opened(program, true)
}

pub(super) fn every_record_is_open(program: &mut Program) -> bool {
    opened(program, false)
}

pub(super) fn parts_exchanged(program: &mut Program) -> bool {
    let mut changed = false;
    for split in &mut program.splits {
        if let [(_, first), (_, second), ..] = split.parts.as_mut_slice() {
            std::mem::swap(first, second);
            changed = true;
        }
    }
    changed
}

pub(super) fn what_is_no_part_is_the_last(program: &mut Program) -> bool {
    let mut changed = false;
    for split in &mut program.splits {
        let names: Vec<String> = split.parts.iter().map(|(name, _)| name.clone()).collect();
        if let Some((_, last)) = split.parts.last_mut().filter(|_| names.len() > 1) {
            *last = Expr::Const(1);
            changed = true;
        }
    }
    changed
}

/// Changes how old an answer may be.
fn ages(program: &mut Program, change: impl Fn(&mut Option<i64>) -> bool) -> bool {
    let mut changed = false;
    for channel in program.channels.values_mut() {
        if let Channel::Source { fresh, .. } = channel {
            changed |= change(fresh);
        }
    }
    changed
}

pub(super) fn any_age_is_fresh(program: &mut Program) -> bool {
    ages(program, |fresh| fresh.take().is_some())
}

pub(super) fn as_old_as_may_be_is_too_old(program: &mut Program) -> bool {
    ages(program, |fresh| match fresh {
        Some(most) => {
            *most -= 1;
            true
        }
        None => false,
    })
}

pub(super) fn another_source_is_asked(program: &mut Program) -> bool {
    let count = u32::try_from(program.sources.len()).unwrap_or(0);
    let mut changed = false;
    for channel in program.channels.values_mut().filter(|_| count > 1) {
        if let Channel::Source { source, .. } = channel {
            *source = (*source + 1) % count;
            changed = true;
        }
    }
    changed
}

pub(super) fn last_row_of_a_file_is_lost(program: &mut Program) -> bool {
    let mut changed = false;
    for channel in program.channels.values_mut() {
        if let Channel::File(rows) = channel {
            changed |= rows.pop_last().is_some();
        }
    }
    changed
}

pub(super) fn whoever_approves_is_in_the_group(program: &mut Program) -> bool {
    let mut changed = false;
    for group in &mut program.approvers {
        changed |= std::mem::take(&mut group.asked);
    }
    changed
}

pub(super) fn outputs_are_not_looked_at(program: &mut Program) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        changed |= entry.output.take().is_some();
    }
    changed
}

pub(super) fn last_part_is_not_shown(program: &mut Program) -> bool {
    let mut changed = false;
    for entry in &mut program.entries {
        changed |= entry.notice.len() > 1 && entry.notice.pop().is_some();
    }
    changed
}

pub(super) fn rows_of_any_age(program: &mut Program) -> bool {
    let mut changed = false;
    for asked in program.tables.iter_mut().filter_map(|table| table.asked.as_mut()) {
        changed |= asked.fresh.take().is_some();
    }
    changed
}

/// Changes rules on their way into the compiler.
fn rules(package: &mut hir::Package, change: impl Fn(&mut hir::Rule) -> bool) -> bool {
    let mut changed = false;
    for policy in &mut package.policies {
        for rule in &mut std::sync::Arc::make_mut(policy).rules {
            changed |= change(rule);
        }
    }
    changed
}

pub(super) fn rule_for_the_first_of_its_actions(package: &mut hir::Package) -> bool {
    rules(package, |rule| match &mut rule.scope {
        Some(scope) if scope.len() > 1 => {
            scope.truncate(1);
            true
        }
        _ => false,
    })
}

pub(super) fn principal_is_never_what_is_asked(package: &mut hir::Package) -> bool {
    rules(package, |rule| never(&mut rule.condition))
}

fn never(expr: &mut hir::Expr) -> bool {
    if let hir::ExprKind::Is(..) = expr.kind {
        expr.kind = hir::ExprKind::Bool(false);
        return true;
    }
    parts(expr).into_iter().fold(false, |changed, part| changed | never(part))
}

/// The conditions within a condition.
fn parts(expr: &mut hir::Expr) -> Vec<&mut hir::Expr> {
    match &mut expr.kind {
        hir::ExprKind::Not(x) | hir::ExprKind::Else(_, x) => vec![x],
        hir::ExprKind::And(xs) | hir::ExprKind::Or(xs) => xs.iter_mut().collect(),
        hir::ExprKind::Compare(_, a, b) => vec![a, b],
        hir::ExprKind::If(a, b, c) => vec![a, b, c],
        hir::ExprKind::Quantifier { body, .. } => vec![body],
        _ => vec![],
    }
}

pub(super) fn star_crosses_segments(package: &mut hir::Package) -> bool {
    rules(package, |rule| crossing(&mut rule.condition))
}

fn crossing(expr: &mut hir::Expr) -> bool {
    if let hir::ExprKind::Glob(_, pattern) = &mut expr.kind {
        let loose = pattern.source.replace("[^/]*", ".*").replace("[^/]+", ".+");
        let Some(other) = zt_lang::pattern::compile(&loose).ok().filter(|_| *loose != *pattern.source) else {
            return false;
        };
        *pattern = other;
        return true;
    }
    parts(expr).into_iter().fold(false, |changed, part| changed | crossing(part))
}
