//! Which rows of tables expressions ask sources for.
//!
//! What decides by itself spares what stands beside it, as in an evaluation: behind a path that is not there nothing is
//! asked. What is not known yet spares nothing; where a call has still to give something back, nothing spares anything.

use super::{Evaluation, Named};
use crate::abi::Set;
use crate::ir::{Expr, Gather, TableId};
use crate::operands::Operands;

/// The tables and keys that an expression may have to be told about, in the order in which they are met.
pub(crate) fn asked(expr: &Expr, operands: &Operands<'_>, spares: bool) -> Vec<(TableId, Vec<u64>)> {
    let mut walk = Walk { evaluation: Evaluation::new(operands), found: Vec::new(), spares };
    walk.expr(expr);
    walk.found
}

/// The same of some elements of a collection.
pub(crate) fn asked_by_gather(gather: &Gather, operands: &Operands<'_>, spares: bool) -> Vec<(TableId, Vec<u64>)> {
    let mut walk = Walk { evaluation: Evaluation::new(operands), found: Vec::new(), spares };
    gather.needs.iter().for_each(|need| walk.expr(need));
    let mut element = |walk: &mut Walk<'_, '_>| {
        walk.expr(&gather.when);
        if walk.decided(&gather.when) != Some(false) {
            walk.expr(&gather.value);
        }
    };
    match &gather.rows {
        None => element(&mut walk),
        Some((row, list)) => {
            walk.expr(list);
            walk.rows(*row, list, &mut element);
        }
    }
    walk.found
}

struct Walk<'e, 'a> {
    evaluation: Evaluation<'e, 'a>,
    found: Vec<(TableId, Vec<u64>)>,
    /// Whether what decides spares what stands beside it.
    spares: bool,
}

impl Walk<'_, '_> {
    /// What a condition says, if that decides anything.
    fn decided(&mut self, condition: &Expr) -> Option<bool> {
        if self.spares { self.evaluation.holds(condition) } else { None }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                let decisive = matches!(expr, Expr::Or(_));
                for part in parts {
                    self.expr(part);
                    if self.decided(part) == Some(decisive) {
                        break;
                    }
                }
            }
            Expr::If(condition, then, otherwise) => {
                self.expr(condition);
                let holds = self.decided(condition);
                if holds != Some(false) {
                    self.expr(then);
                }
                if holds != Some(true) {
                    self.expr(otherwise);
                }
            }
            Expr::Let { first, values, body } => {
                values.iter().for_each(|value| self.expr(value));
                let around = self.evaluation.names.0.len();
                for (value, index) in values.iter().zip(0..) {
                    let named = self.evaluation.word(value).map_or(Named::Nothing, Named::Value);
                    self.evaluation.names.0.push((first.after(index), named));
                }
                self.expr(body);
                self.evaluation.names.0.truncate(around);
            }
            Expr::Fold { row, list, body, .. } => {
                self.expr(list);
                self.rows(*row, list, &mut |walk| walk.expr(body));
            }
            // What cannot be had leads to no key.
            Expr::Failing { failed, value } => {
                self.expr(failed);
                if self.evaluation.word(failed) == Some(0) {
                    self.expr(value);
                }
            }
            Expr::Find { table, key } => {
                key.iter().for_each(|part| self.expr(part));
                if self.evaluation.operands.is_asked(*table) {
                    let words: Option<Vec<u64>> = key.iter().map(|part| self.evaluation.word(part)).collect();
                    self.found.extend(words.map(|words| (*table, words)));
                }
            }
            other => other.operands().for_each(|operand| self.expr(operand)),
        }
    }

    /// Does something for each row of a list, if that is known.
    fn rows(&mut self, row: crate::ir::VarId, list: &Expr, each: &mut dyn FnMut(&mut Self)) {
        let Some(list) = self.evaluation.word(list).map(Set::unpack) else { return };
        for index in 0..list.count {
            if self.evaluation.operands.is_faulty() {
                return;
            }
            let around = self.evaluation.names.0.len();
            self.evaluation.names.0.push((row, Named::Row(list, index)));
            each(self);
            self.evaluation.names.0.truncate(around);
        }
    }
}
