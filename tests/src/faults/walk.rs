//! Walking a program: its conditions with what is known of slots and rules.

use std::collections::BTreeMap;

use zt_runtime::ir::{Entry, Expr, Program, Rule};
use zt_runtime::schema::{Reads, Slot, Type, TypeId};

/// What a slot holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// The type of the value, or of the value whose presence it is.
    pub(super) ty: TypeId,
    /// Whether it is a presence.
    pub(super) presence: bool,
    /// How many attributes lead to it.
    pub(super) depth: usize,
}

/// What is known around a condition.
pub(super) struct Around<'a> {
    /// Every type.
    pub(super) types: &'a [Type],
    /// How many patterns there are.
    pub(super) patterns: u32,
    /// Text constants.
    pub(super) literals: &'a [String],
    /// The slots of the entry.
    pub(super) slots: &'a BTreeMap<Slot, Held>,
    /// The rule.
    pub(super) rule: &'a Rule,
}

impl Around<'_> {
    /// The type of the value in a slot that an expression loads.
    pub(super) fn loaded(&self, expr: &Expr) -> Option<&Type> {
        let Expr::Load(slot) = expr else { return None };
        let held = self.slots.get(slot)?;
        if held.presence {
            return None;
        }
        self.types.get(held.ty.0 as usize)
    }
}

/// Every node of an expression, the inner ones first. Tells whether anything changed.
pub(super) fn each(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr) -> bool) -> bool {
    let mut changed = false;
    for operand in expr.operands_mut() {
        changed |= each(operand, change);
    }
    changed | change(expr)
}

/// Every node of every condition.
pub(super) fn conditions(program: &mut Program, mut change: impl FnMut(&Around<'_>, &mut Expr) -> bool) -> bool {
    let Program { types, rules, entries, patterns, literals, .. } = program;
    let mut changed = false;
    for entry in entries {
        let slots = slots(types, entry);
        for rule in &mut entry.rules {
            let Some(about) = rules.get(rule.rule.0 as usize) else { continue };
            let patterns = u32::try_from(patterns.len()).unwrap_or(0);
            let around = Around { types, patterns, literals, slots: &slots, rule: about };
            changed |= each(&mut rule.condition, &mut |expr| change(&around, expr));
        }
    }
    changed
}

/// What the slots of an entry hold.
fn slots(types: &[Type], entry: &Entry) -> BTreeMap<Slot, Held> {
    let mut out = BTreeMap::new();
    visit(types, entry.principal, &entry.reads_principal, 0, &mut out);
    visit(types, entry.input, &entry.reads_input, 0, &mut out);
    for (ty, reads) in [(entry.resource, &entry.reads_resource), (entry.context, &entry.reads_context)] {
        if let Some(ty) = ty {
            visit(types, ty, reads, 0, &mut out);
        }
    }
    out
}

fn visit(types: &[Type], ty: TypeId, reads: &Reads, depth: usize, out: &mut BTreeMap<Slot, Held>) {
    out.extend(reads.present.map(|slot| (slot, Held { ty, presence: true, depth })));
    out.extend(reads.value.map(|slot| (slot, Held { ty, presence: false, depth })));
    let fields = match types.get(ty.0 as usize) {
        Some(Type::Record { fields, .. } | Type::Entity { fields, .. }) => fields.as_slice(),
        _ => &[],
    };
    for (index, inner) in &reads.fields {
        if let Some(field) = fields.get(*index as usize) {
            visit(types, field.ty, inner, depth + 1, out);
        }
    }
}

/// Whether arithmetic in an expression can fail.
pub(super) fn can_fail(expr: &Expr) -> bool {
    matches!(expr, Expr::Arith { checked: true, .. }) || expr.operands().any(can_fail)
}

/// Takes the checks out of an expression.
pub(super) fn uncheck(expr: &mut Expr) -> bool {
    each(expr, &mut |inner| match inner {
        Expr::Arith { checked: checked @ true, .. } => {
            *checked = false;
            true
        }
        _ => false,
    })
}
