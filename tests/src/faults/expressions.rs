//! Faults in conditions.

use zt_runtime::ir::{Arith, Cmp, Effect, Expr, Program, VarId};
use zt_runtime::schema::{PatternId, Type};

use super::walk::{Around, can_fail, conditions, uncheck};

/// Takes the check off an operation.
fn unchecked(program: &mut Program, wanted: impl Fn(Arith, &Expr) -> bool) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Arith { op, checked: checked @ true, left, .. } if wanted(*op, left) => {
            *checked = false;
            true
        }
        _ => false,
    })
}

pub(super) fn sum_unchecked(program: &mut Program) -> bool {
    unchecked(program, |op, _| op == Arith::Add)
}

pub(super) fn difference_unchecked(program: &mut Program) -> bool {
    unchecked(program, |op, left| op == Arith::Sub && *left != Expr::Const(0))
}

pub(super) fn product_unchecked(program: &mut Program) -> bool {
    unchecked(program, |op, _| op == Arith::Mul)
}

pub(super) fn negation_unchecked(program: &mut Program) -> bool {
    unchecked(program, |op, left| op == Arith::Sub && *left == Expr::Const(0))
}

pub(super) fn difference_swapped(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Arith { op: Arith::Sub, left, right, .. } if matches!((&**left, &**right), (Expr::Load(a), Expr::Load(b)) if a != b) =>
        {
            std::mem::swap(left, right);
            true
        }
        _ => false,
    })
}

pub(super) fn at_most_of_members(program: &mut Program) -> bool {
    conditions(program, |around, expr| match expr {
        Expr::Compare(cmp @ Cmp::Le, left, right)
            if matches!(around.loaded(left), Some(Type::Enum { .. }))
                && matches!(around.loaded(right), Some(Type::Enum { .. })) =>
        {
            *cmp = Cmp::Lt;
            true
        }
        _ => false,
    })
}

pub(super) fn at_least_negative(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Compare(cmp @ Cmp::Ge, _, right) if matches!(**right, Expr::Const(value) if value < 0) => {
            *cmp = Cmp::Gt;
            true
        }
        _ => false,
    })
}

/// Changes the constant on one side of a comparison with an attribute.
fn constant(expr: &mut Expr, fits: impl Fn(&Expr) -> bool, change: impl Fn(i64) -> i64) -> bool {
    let Expr::Compare(_, left, right) = expr else { return false };
    let (value, other) = match (&mut **left, &mut **right) {
        (Expr::Const(value), other) | (other, Expr::Const(value)) => (value, other),
        _ => return false,
    };
    let changed = change(*value);
    if !fits(other) || changed == *value {
        return false;
    }
    *value = changed;
    true
}

pub(super) fn large_number(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        constant(expr, |_| true, |value| if value >= 1_000_000 { value.saturating_add(1) } else { value })
    })
}

pub(super) fn decimal_scaled(program: &mut Program) -> bool {
    conditions(program, |around, expr| {
        let decimal = |other: &Expr| matches!(around.loaded(other), Some(Type::Decimal { .. }));
        constant(expr, decimal, |value| value.saturating_mul(10))
    })
}

pub(super) fn last_member(program: &mut Program) -> bool {
    conditions(program, |around, expr| {
        let last = |expr: &Expr| match around.loaded(expr) {
            Some(Type::Enum { members }) => i64::try_from(members.len()).ok().map(|n| n - 1).filter(|n| *n >= 2),
            _ => None,
        };
        let Expr::Compare(_, left, right) = &*expr else { return false };
        let Some(last) = last(left).or_else(|| last(right)) else { return false };
        constant(expr, |_| true, |value| if value == last { value - 1 } else { value })
    })
}

pub(super) fn presence_under_or(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        let Expr::Or(operands) = expr else { return false };
        let mut changed = false;
        for operand in operands {
            if matches!(operand, Expr::Present(_)) {
                *operand = Expr::Const(1);
                changed = true;
            }
        }
        changed
    })
}

pub(super) fn presence_inside(program: &mut Program) -> bool {
    conditions(program, |around, expr| match expr {
        Expr::Present(slot) if around.slots.get(slot).is_some_and(|held| held.depth >= 2) => {
            *expr = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn absent_is_zero(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::If(_, then, otherwise) if then != otherwise && matches!(**then, Expr::Load(_)) => {
            *expr = std::mem::replace(then, Expr::Const(0));
            true
        }
        _ => false,
    })
}

pub(super) fn or_drops_failing(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        let Expr::Or(operands) = expr else { return false };
        let Some(at) = operands.iter().position(can_fail).filter(|_| operands.len() >= 3) else { return false };
        operands.remove(at);
        true
    })
}

/// The two operands of a chain of two of which one can fail.
fn two(operands: &mut Vec<Expr>) -> Option<(Box<Expr>, Box<Expr>)> {
    if operands.len() != 2 || !operands.iter().any(can_fail) {
        return None;
    }
    let right = operands.pop()?;
    let left = operands.pop()?;
    Some((Box::new(left), Box::new(right)))
}

pub(super) fn or_strict(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        let Expr::Or(operands) = expr else { return false };
        let Some((left, right)) = two(operands) else { return false };
        // Both are asked for: it is false only where the left one is less than the opposite of the right one.
        let neither = Expr::Compare(Cmp::Lt, left, Box::new(Expr::Not(right)));
        *expr = Expr::Not(Box::new(neither));
        true
    })
}

pub(super) fn and_strict(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        let Expr::And(operands) = expr else { return false };
        let Some((left, right)) = two(operands) else { return false };
        *expr = Expr::Compare(Cmp::Gt, left, Box::new(Expr::Not(right)));
        true
    })
}

pub(super) fn not_of_and(program: &mut Program) -> bool {
    conditions(program, |_, expr| {
        let Expr::Not(inner) = expr else { return false };
        let Expr::And(operands) = &mut **inner else { return false };
        let each = std::mem::take(operands).into_iter().map(|operand| Expr::Not(Box::new(operand)));
        *expr = Expr::And(each.collect());
        true
    })
}

pub(super) fn not_in_set(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Not(inner) if matches!(**inner, Expr::Contains { .. }) => {
            *expr = std::mem::replace(inner, Expr::Const(0));
            true
        }
        _ => false,
    })
}

pub(super) fn and_of_four(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::And(operands) if operands.len() >= 4 => operands.pop().is_some(),
        _ => false,
    })
}

pub(super) fn or_of_four(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Or(operands) if operands.len() >= 4 => operands.pop().is_some(),
        _ => false,
    })
}

pub(super) fn texts_of_two_attributes(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::TextEq(left, right) if matches!((&**left, &**right), (Expr::Load(a), Expr::Load(b)) if a != b) => {
            *expr = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn long_texts(program: &mut Program) -> bool {
    conditions(program, |around, expr| {
        let Expr::TextEq(left, right) = &*expr else { return false };
        let long = |side: &Expr| match side {
            Expr::Literal(id) => around.literals.get(id.0 as usize).is_some_and(|text| text.len() > 20),
            _ => false,
        };
        if !long(left) && !long(right) {
            return false;
        }
        *expr = Expr::Const(0);
        true
    })
}

pub(super) fn pattern_beside(program: &mut Program) -> bool {
    conditions(program, |around, expr| match expr {
        Expr::Matches { pattern, .. } if around.patterns > 1 => {
            *pattern = PatternId((pattern.0 + 1) % around.patterns);
            true
        }
        _ => false,
    })
}

pub(super) fn nothing_is_detected(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Detect { .. } => {
            *expr = Expr::Const(0);
            true
        }
        _ => false,
    })
}

pub(super) fn detector_beside(program: &mut Program) -> bool {
    let truths: Vec<bool> = program.detectors.iter().map(|detector| detector.truth).collect();
    conditions(program, |_, expr| match expr {
        Expr::Detect { detector, .. } => {
            let own = truths.get(detector.0 as usize).copied();
            let other = (0_u32..).zip(&truths).find(|(id, truth)| *id != detector.0 && Some(**truth) == own);
            let Some((other, _)) = other else { return false };
            detector.0 = other;
            true
        }
        _ => false,
    })
}

pub(super) fn pattern_of_computed_text(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Matches { text, .. } if !matches!(**text, Expr::Load(_)) => {
            *expr = Expr::Const(1);
            true
        }
        _ => false,
    })
}

pub(super) fn set_beside(program: &mut Program) -> bool {
    conditions(program, |around, expr| {
        let Expr::Contains { set, text, .. } = expr else { return false };
        let texts = |around: &Around<'_>, ty: &Type| match ty {
            Type::Set { element, .. } => around.types.get(element.0 as usize).map(Type::is_text),
            _ => None,
        };
        let other = around.slots.iter().find(|(slot, held)| {
            let ty = around.types.get(held.ty.0 as usize);
            **set != Expr::Load(**slot) && !held.presence && ty.and_then(|ty| texts(around, ty)) == Some(*text)
        });
        let Some((other, _)) = other else { return false };
        **set = Expr::Load(*other);
        true
    })
}

pub(super) fn conditions_compared(program: &mut Program) -> bool {
    let condition = |expr: &Expr| {
        matches!(
            expr,
            Expr::Not(_) | Expr::And(_) | Expr::Or(_) | Expr::Compare(..) | Expr::TextEq(..) | Expr::Matches { .. }
        )
    };
    conditions(program, |_, expr| match expr {
        Expr::Compare(cmp @ Cmp::Eq, left, right) if condition(left) || condition(right) => {
            *cmp = Cmp::Ne;
            true
        }
        _ => false,
    })
}

/// Whether an expression reads a value that has this name.
fn reads(expr: &Expr, name: VarId) -> bool {
    *expr == Expr::Var(name) || expr.operands().any(|operand| reads(operand, name))
}

pub(super) fn argument_forgotten(program: &mut Program) -> bool {
    conditions(program, |_, expr| match expr {
        Expr::Let { first, values, body }
            if values.iter().any(can_fail)
                && !values.iter().zip(0..).any(|(_, index)| reads(body, first.after(index))) =>
        {
            *expr = std::mem::replace(body, Expr::Const(0));
            true
        }
        _ => false,
    })
}

pub(super) fn unchecked_in_requests_for_approval(program: &mut Program) -> bool {
    conditions(program, |around, expr| around.rule.effect == Effect::RequireApproval && uncheck(expr))
}

pub(super) fn unchecked_under_or_in_deny(program: &mut Program) -> bool {
    conditions(program, |around, expr| {
        around.rule.effect == Effect::Deny && matches!(expr, Expr::Or(_)) && uncheck(expr)
    })
}

pub(super) fn unchecked_in_shadow(program: &mut Program) -> bool {
    conditions(program, |around, expr| around.rule.shadow && uncheck(expr))
}
