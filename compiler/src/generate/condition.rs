//! Conditions: control flow with three ways out.
//!
//! In `and` a false operand wins over a failed one, so after a failure the other operands still count: only
//! the ways out change. One flag remembers the failure, instead of a second copy of the operands; where two
//! of the three ways out are the same block, not even that is needed. `or` is the same with true.

use cranelift_codegen::ir::{Block, InstBuilder, types::I8};
use zt_runtime::ir::{Expr, Fold};

use super::function::{Emitter, Exits, marked};
use crate::failure::can_fail;

/// Which operator a chain of operands belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    And,
    Or,
}

impl Chain {
    /// The ways out of an operand: on to the next one, at once to the end, failed.
    pub(super) fn exits(self, on: Block, end: Block, failed: Block) -> Exits {
        match self {
            Chain::And => Exits { yes: on, no: end, failed },
            Chain::Or => Exits { yes: end, no: on, failed },
        }
    }

    /// The ways out of the whole: where all operands were passed, and where one of them decided.
    pub(super) fn ends(self, exits: Exits) -> (Block, Block) {
        match self {
            Chain::And => (exits.yes, exits.no),
            Chain::Or => (exits.no, exits.yes),
        }
    }
}

impl Emitter<'_> {
    /// Leaves the current block by one of the ways out.
    pub(super) fn condition(&mut self, expr: &Expr, exits: Exits) {
        match expr {
            Expr::Const(value) => {
                let exit = if *value == 0 { exits.no } else { exits.yes };
                self.builder.ins().jump(exit, &[]);
            }
            Expr::Not(inner) => {
                self.condition(inner, Exits { yes: exits.no, no: exits.yes, failed: exits.failed });
            }
            Expr::And(operands) => self.chain(Chain::And, operands, exits),
            Expr::Or(operands) => self.chain(Chain::Or, operands, exits),
            Expr::Compare(cmp, left, right) => {
                let holds = self.compare(*cmp, left, right, exits.failed);
                self.builder.ins().brif(holds, exits.yes, &[], exits.no, &[]);
            }
            Expr::If(condition, then, otherwise) => {
                let (chosen, other) = (self.builder.create_block(), self.builder.create_block());
                self.condition(condition, Exits { yes: chosen, no: other, failed: exits.failed });
                self.builder.switch_to_block(chosen);
                self.condition(then, exits);
                self.builder.switch_to_block(other);
                self.condition(otherwise, exits);
            }
            Expr::Let { first, values, body } => {
                self.bind(*first, values, exits.failed);
                self.condition(body, exits);
            }
            Expr::Failing { failed, value } => {
                self.unless(failed, exits.failed);
                self.condition(value, exits);
            }
            Expr::Fold { kind: Fold::Any, row, list, body } => {
                self.any_or_all(Chain::Or, *row, list, body, exits);
            }
            Expr::Fold { kind: Fold::All, row, list, body } => {
                self.any_or_all(Chain::And, *row, list, body, exits);
            }
            Expr::Literal(_)
            | Expr::Load(_)
            | Expr::Present(_)
            | Expr::Row { .. }
            | Expr::Var(_)
            | Expr::TextEq(..)
            | Expr::Arith { .. }
            | Expr::Contains { .. }
            | Expr::Fold { kind: Fold::Count, .. }
            | Expr::Length(_)
            | Expr::Matches { .. }
            | Expr::Detect { .. }
            | Expr::Under { .. }
            | Expr::Part { .. }
            | Expr::Runs { .. }
            | Expr::Hours { .. }
            | Expr::Local { .. }
            | Expr::Find { .. }
            | Expr::Cell { .. } => {
                let holds = self.value(expr, exits.failed);
                self.builder.ins().brif(holds, exits.yes, &[], exits.no, &[]);
            }
        }
    }

    fn chain(&mut self, chain: Chain, operands: &[Expr], exits: Exits) {
        let (passed, decided) = chain.ends(exits);
        // What costs next to nothing comes first. Nothing of it relies on what stands before it, and which of the
        // operands decides makes no difference.
        let (mut operands, others): (Vec<&Expr>, Vec<&Expr>) = operands.iter().partition(|operand| is_plain(operand));
        operands.extend(others);
        let Some((last, others)) = operands.split_last() else {
            // Never made; the neutral element all the same.
            self.builder.ins().jump(passed, &[]);
            return;
        };
        if exits.failed == decided || exits.failed == passed || !others.iter().any(|operand| can_fail(operand)) {
            for operand in others {
                let next = self.builder.create_block();
                // A failure that ends like a pass is passed over.
                let failed = if exits.failed == passed { next } else { exits.failed };
                self.condition(operand, chain.exits(next, decided, failed));
                self.builder.switch_to_block(next);
            }
            self.condition(last, exits);
            return;
        }

        let tainted = self.builder.declare_var(I8);
        let clean = self.builder.ins().iconst(I8, 0);
        self.builder.def_var(tainted, clean);
        for operand in others {
            let next = self.builder.create_block();
            if can_fail(operand) {
                let failed = self.builder.create_block();
                self.condition(operand, chain.exits(next, decided, failed));
                self.builder.switch_to_block(failed);
                let taint = self.builder.ins().iconst(I8, 1);
                self.builder.def_var(tainted, taint);
                self.builder.ins().jump(next, &[]);
            } else {
                self.condition(operand, chain.exits(next, decided, exits.failed));
            }
            self.builder.switch_to_block(next);
        }
        let end = self.builder.create_block();
        self.condition(last, chain.exits(end, decided, exits.failed));
        self.builder.switch_to_block(end);
        let taint = self.builder.use_var(tainted);
        self.builder.ins().brif(taint, exits.failed, &[], passed, &[]);
    }
}

/// Whether it is made of words of the frame, comparisons of them, and bits behind sets alone.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Const(_) | Expr::Literal(_) | Expr::Load(_) | Expr::Present(_) => true,
        Expr::Contains { set, text, element } => marked(*text, element).is_some() && is_plain(set),
        Expr::Not(_) | Expr::And(_) | Expr::Or(_) | Expr::Compare(..) => expr.operands().all(is_plain),
        _ => false,
    }
}
