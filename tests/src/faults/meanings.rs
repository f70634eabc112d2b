//! Faults in loops, times, and texts that mean something.

use zt_runtime::ir::{Arith, Expr, Fold, HoursId, LocalPart, Program, Under, ZoneId};
use zt_runtime::schema::Type;
use zt_values::ranges::Weekdays;

use super::walk::conditions;

fn folds(program: &mut Program, from: Fold, to: Fold) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Fold { kind, .. } if *kind == from => {
            *kind = to;
            true
        }
        _ => false,
    })
}

pub(super) fn any_is_all(program: &mut Program) -> bool {
    folds(program, Fold::Any, Fold::All)
}

pub(super) fn all_is_any(program: &mut Program) -> bool {
    folds(program, Fold::All, Fold::Any)
}

pub(super) fn count_of_all_rows(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Fold { kind: Fold::Count, body, .. } if **body != Expr::Const(1) => {
            **body = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn length_of_one_less(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Length(_) => {
            let length = Box::new(std::mem::replace(expr, Expr::Const(0)));
            *expr = Expr::Arith { op: Arith::Sub, checked: false, left: length, right: Box::new(Expr::Const(1)) };
            true
        }
        _ => false,
    })
}

pub(super) fn texts_of_elements(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::TextEq(left, right) => match (&mut **left, &mut **right) {
            (Expr::Row { .. }, Expr::Literal(_)) | (Expr::Literal(_), Expr::Row { .. }) => {
                *expr = Expr::Const(0);
                true
            }
            _ => false,
        },
        _ => false,
    })
}

pub(super) fn branches_exchanged(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::If(condition, then, otherwise) if !matches!(**condition, Expr::Present(_)) && then != otherwise => {
            std::mem::swap(then, otherwise);
            true
        }
        _ => false,
    })
}

pub(super) fn weekdays_shifted(program: &mut Program) -> bool {
    let mut changed = false;
    for hours in &mut program.hours {
        let bits = hours.days.bits();
        let shifted = Weekdays::from_bits(bits << 1 & 0x7f | bits >> 6).unwrap_or(Weekdays::ALL);
        changed |= shifted != hours.days;
        hours.days = shifted;
    }
    changed
}

pub(super) fn end_of_times_is_in(program: &mut Program) -> bool {
    let mut changed = false;
    for hours in program.hours.iter_mut().filter(|hours| hours.end < 86_000_000_000 && hours.end != hours.start - 1) {
        hours.end += 1;
        changed = true;
    }
    changed
}

pub(super) fn times_beside(program: &mut Program) -> bool {
    let count = u32::try_from(program.hours.len()).unwrap_or(0);
    conditions(program, |_, expr| match expr {
        Expr::Hours { hours, .. } if count > 1 => {
            *hours = HoursId((hours.0 + 1) % count);
            true
        }
        _ => false,
    })
}

pub(super) fn zone_beside(program: &mut Program) -> bool {
    let count = u32::try_from(program.zones.len()).unwrap_or(0);
    conditions(program, |_, expr| match expr {
        Expr::Local { zone, .. } if count > 1 => {
            *zone = ZoneId((zone.0 + 1) % count);
            true
        }
        _ => false,
    })
}

pub(super) fn sunday_first(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Local { part: LocalPart::Weekday, .. } => {
            let day = Box::new(std::mem::replace(expr, Expr::Const(0)));
            *expr = Expr::Arith { op: Arith::Add, checked: false, left: day, right: Box::new(Expr::Const(1)) };
            true
        }
        _ => false,
    })
}

fn under(program: &mut Program, from: Under, to: Under) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Under { kind, .. } if *kind == from => {
            *kind = to;
            true
        }
        _ => false,
    })
}

pub(super) fn paths_by_their_ends(program: &mut Program) -> bool {
    under(program, Under::Path, Under::Host)
}

pub(super) fn hosts_by_their_starts(program: &mut Program) -> bool {
    under(program, Under::Host, Under::Path)
}

pub(super) fn address_in_every_net(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Under { kind: Under::Net, .. } => {
            *expr = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn only_is_any(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Runs { only: only @ true, .. } => {
            *only = false;
            true
        }
        _ => false,
    })
}

pub(super) fn nothing_is_suspected(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Runs { only: false, .. } => {
            *expr = Expr::Const(0);
            true
        }
        _ => false,
    })
}

fn types(program: &mut Program, change: impl Fn(&mut Type) -> bool) -> bool {
    let mut changed = false;
    for ty in &mut program.types {
        changed |= change(ty);
    }
    changed
}

pub(super) fn list_too_long(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::List { max, .. } => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn quantity_above_max(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Quantity { max, .. } if *max < 10_000_000_000_000_000 => {
            *max += 1;
            true
        }
        _ => false,
    })
}

pub(super) fn meaning_too_long(program: &mut Program) -> bool {
    types(program, |ty| match ty {
        Type::Syntax { max, .. } if *max < 100 => {
            *max += 1;
            true
        }
        _ => false,
    })
}
