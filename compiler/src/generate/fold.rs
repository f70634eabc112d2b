//! Loops over the rows of lists and sets.
//!
//! Rows lie column by column (see [`abi::Set`]). Before a loop begins, all columns that its body reads are held
//! against the number of elements that the function is told; a row's words are loaded at no index beyond. Such a
//! load is never moved in front of that.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Type, Value, types::I8, types::I64};
use cranelift_frontend::Variable;
use zt_runtime::helpers::Helper;
use zt_runtime::ir::{Expr, VarId};

use super::condition::Chain;
use super::function::{Emitter, Exits, Named};
use crate::failure::can_fail;

/// Bytes of an element.
const ELEMENT: i64 = 8;

/// A loop while it is written.
struct Loop {
    /// Asks whether there is one more row.
    head: Block,
    /// After all rows.
    done: Block,
    index: Variable,
}

impl Emitter<'_> {
    /// How many rows a list has.
    pub(super) fn rows_of(&mut self, list: Value) -> Value {
        self.builder.ins().band_imm_u(list, i64::from(u32::MAX))
    }

    /// A word of the row at hand.
    pub(super) fn word(&mut self, row: VarId, word: u32) -> Value {
        let Some(Named::Row { start, count, index }) = self.names.get(&row).copied() else {
            unreachable!("a name stands for a row: {row}");
        };
        let index = self.builder.use_var(index);
        let column = self.builder.ins().imul_imm_u(count, i64::from(word));
        let element = self.builder.ins().iadd(column, index);
        let offset = self.builder.ins().imul_imm_u(element, ELEMENT);
        let address = self.builder.ins().iadd(start, offset);
        // It may be read only because the bounds have been checked, so it is not said that it can move.
        self.builder.ins().load(I64, MemFlagsData::trusted(), address, 0)
    }

    /// Whether the body is true of any row, or of all: an `or` or `and` over them.
    pub(super) fn any_or_all(&mut self, chain: Chain, row: VarId, list: &Expr, body: &Expr, exits: Exits) {
        let (passed, decided) = chain.ends(exits);
        // As in a chain, a failure is remembered only where it makes a difference in the end.
        let remembered = can_fail(body) && exits.failed != decided && exits.failed != passed;
        let tainted = remembered.then(|| self.variable(I8));
        let rows = self.begin(row, list, body, exits.failed);
        let next = self.builder.create_block();
        let failed = match tainted {
            Some(_) => self.builder.create_block(),
            None if exits.failed == passed => next,
            None => exits.failed,
        };
        self.condition(body, chain.exits(next, decided, failed));
        if let Some(tainted) = tainted {
            self.builder.switch_to_block(failed);
            let taint = self.builder.ins().iconst(I8, 1);
            self.builder.def_var(tainted, taint);
            self.builder.ins().jump(next, &[]);
        }
        self.builder.switch_to_block(next);
        self.end(&rows);
        match tainted {
            Some(tainted) => {
                let taint = self.builder.use_var(tainted);
                self.builder.ins().brif(taint, exits.failed, &[], passed, &[]);
            }
            None => {
                self.builder.ins().jump(passed, &[]);
            }
        }
    }

    /// Of how many rows the body is true.
    pub(super) fn count(&mut self, row: VarId, list: &Expr, body: &Expr, failed: Block) -> Value {
        let counted = self.variable(I64);
        let rows = self.begin(row, list, body, failed);
        let (yes, next) = (self.builder.create_block(), self.builder.create_block());
        self.condition(body, Exits { yes, no: next, failed });
        self.builder.switch_to_block(yes);
        let before = self.builder.use_var(counted);
        let after = self.builder.ins().iadd_imm_u(before, 1);
        self.builder.def_var(counted, after);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
        self.end(&rows);
        self.builder.use_var(counted)
    }

    /// Begins a loop: what is written next is done for each row.
    fn begin(&mut self, row: VarId, list: &Expr, body: &Expr, failed: Block) -> Loop {
        let list = self.value(list, failed);
        let count = self.rows_of(list);
        let first = self.builder.ins().ushr_imm_u(list, 32);
        let (elements, known) = self.elements();
        // Words are few enough for the sum to stay far below 64 bits.
        let words = self.builder.ins().imul_imm_u(count, i64::from(columns(row, body)));
        let end = self.builder.ins().iadd(first, words);
        let beyond = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, known);
        let (broken, sound) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(beyond, broken, &[], sound, &[]);

        self.builder.switch_to_block(broken);
        let nothing = self.constant(0);
        self.call(Helper::NoRows, list, nothing);
        self.builder.ins().jump(failed, &[]);

        self.builder.switch_to_block(sound);
        let offset = self.builder.ins().imul_imm_u(first, ELEMENT);
        let start = self.builder.ins().iadd(elements, offset);
        let index = self.variable(I64);
        self.names.insert(row, Named::Row { start, count, index });
        let [head, inside, done] = [(); 3].map(|()| self.builder.create_block());
        self.builder.ins().jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(index);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, at, count);
        self.builder.ins().brif(more, inside, &[], done, &[]);
        self.builder.switch_to_block(inside);
        Loop { head, done, index }
    }

    /// Ends what is done for each row: goes on to the next one. What is written next comes after the last one.
    fn end(&mut self, rows: &Loop) {
        let at = self.builder.use_var(rows.index);
        let next = self.builder.ins().iadd_imm_u(at, 1);
        self.builder.def_var(rows.index, next);
        self.builder.ins().jump(rows.head, &[]);
        self.builder.switch_to_block(rows.done);
    }

    /// A variable that is 0.
    fn variable(&mut self, ty: Type) -> Variable {
        let variable = self.builder.declare_var(ty);
        let zero = self.builder.ins().iconst(ty, 0);
        self.builder.def_var(variable, zero);
        variable
    }
}

/// How many columns an expression reads of a row.
fn columns(row: VarId, expr: &Expr) -> u32 {
    let here = match expr {
        Expr::Row { row: read, word } if *read == row => word.saturating_add(1),
        _ => 0,
    };
    expr.operands().map(|operand| columns(row, operand)).fold(here, u32::max)
}
