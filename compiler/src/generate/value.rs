//! Values: words in registers, with one way out for a failure.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Value, types::I64};
use zt_runtime::abi;
use zt_runtime::helpers::Helper;
use zt_runtime::ir::{Arith, Cmp, Expr, Fold, LocalPart, Search, TableId, Under, VarId};

use super::function::{Emitter, Exits, Named, marked};

impl Emitter<'_> {
    /// The value of an expression. Where it failed the current block is left for `failed`.
    pub(super) fn value(&mut self, expr: &Expr, failed: Block) -> Value {
        match expr {
            Expr::Const(value) => self.constant(*value),
            Expr::Literal(id) => self.constant(abi::literal(*id).cast_signed()),
            Expr::Load(slot) | Expr::Present(slot) => self.slot(*slot),
            Expr::Not(inner) => {
                let inner = self.value(inner, failed);
                self.builder.ins().bxor_imm_s(inner, 1)
            }
            Expr::And(_) | Expr::Or(_) | Expr::Fold { kind: Fold::Any | Fold::All, .. } => self.bool(expr, failed),
            Expr::Compare(cmp, left, right) => {
                let holds = self.compare(*cmp, left, right, failed);
                self.builder.ins().uextend(I64, holds)
            }
            Expr::TextEq(left, right) => {
                let left = self.value(left, failed);
                let right = self.value(right, failed);
                self.ask(expr, Helper::TextEq, left, right)
            }
            Expr::Arith { op, checked, left, right } => {
                let left = self.value(left, failed);
                let right = self.value(right, failed);
                if *checked { self.checked(*op, left, right, failed) } else { self.wrapping(*op, left, right) }
            }
            Expr::Row { row, word } => self.word(*row, *word),
            Expr::Var(name) => self.named(*name),
            Expr::Let { first, values, body } => {
                self.bind(*first, values, failed);
                self.value(body, failed)
            }
            Expr::Contains { set, text, element } if let Some(mark) = marked(*text, element) => {
                let set = self.value(set, failed);
                self.has(set, mark)
            }
            Expr::Contains { set, text, element } => {
                let element = self.value(element, failed);
                let set = self.value(set, failed);
                let helper = if *text { Helper::ContainsText } else { Helper::ContainsInt };
                self.ask(expr, helper, set, element)
            }
            Expr::Matches { pattern, text } => {
                let text = self.value(text, failed);
                let pattern = self.constant(pattern.0.into());
                self.ask(expr, Helper::Matches, text, pattern)
            }
            Expr::Detect { detector, whole, text } => {
                let text = self.value(text, failed);
                let detection = self.constant(abi::detection(*detector, *whole).cast_signed());
                self.call(Helper::Detect, text, detection)
            }
            Expr::If(condition, then, otherwise) => self.choice(condition, then, otherwise, failed),
            Expr::Fold { kind: Fold::Count, row, list, body } => self.count(*row, list, body, failed),
            Expr::Length(list) => {
                let list = self.value(list, failed);
                self.rows_of(list)
            }
            Expr::Under { kind, left, right } => {
                let left = self.value(left, failed);
                let right = self.value(right, failed);
                let helper = match kind {
                    Under::Path => Helper::UnderPath,
                    Under::Host => Helper::UnderHost,
                    Under::Net => Helper::UnderNet,
                };
                self.ask(expr, helper, left, right)
            }
            Expr::Part { part, text } => {
                let text = self.value(text, failed);
                let part = self.constant(part.index().into());
                self.call(Helper::Part, text, part)
            }
            Expr::Runs { only, patterns, command } => {
                let command = self.value(command, failed);
                let patterns = self.constant(patterns.0.into());
                self.ask(expr, if *only { Helper::RunsOnly } else { Helper::RunsAny }, command, patterns)
            }
            Expr::Hours { hours, instant } => {
                let instant = self.value(instant, failed);
                let hours = self.constant(hours.0.into());
                self.attempt(Helper::WithinHours, instant, hours, failed)
            }
            Expr::Local { part, zone, instant } => {
                let instant = self.value(instant, failed);
                let zone = self.constant(zone.0.into());
                let helper = match part {
                    LocalPart::Date => Helper::LocalDate,
                    LocalPart::Time => Helper::LocalTime,
                    LocalPart::Weekday => Helper::LocalWeekday,
                };
                self.attempt(helper, instant, zone, failed)
            }
            Expr::Find { table, key } => self.find(*table, key, failed),
            Expr::Cell { table, row } => {
                let row = self.value(row, failed);
                let table = self.constant(table.0.into());
                self.call(Helper::TableCell, row, table)
            }
            Expr::Failing { failed: reason, value } => {
                self.unless(reason, failed);
                self.value(value, failed)
            }
        }
    }

    /// The number of a table's row under a key.
    #[inline(never)] // What it keeps on the stack is not to be kept at every level of an expression.
    fn find(&mut self, table: TableId, key: &[Expr], failed: Block) -> Value {
        // All of the key first: what follows cannot fail.
        let key: Vec<Value> = key.iter().map(|part| self.value(part, failed)).collect();
        let start = self.constant(Search::of(table).pack().cast_signed());
        key.into_iter().fold(start, |search, part| self.call(Helper::TableFind, search, part))
    }

    /// Compares two values; a byte, 0 or 1.
    pub(super) fn compare(&mut self, cmp: Cmp, left: &Expr, right: &Expr, failed: Block) -> Value {
        let left = self.value(left, failed);
        let right = self.value(right, failed);
        let condition = match cmp {
            Cmp::Eq => IntCC::Equal,
            Cmp::Ne => IntCC::NotEqual,
            Cmp::Lt => IntCC::SignedLessThan,
            Cmp::Le => IntCC::SignedLessThanOrEqual,
            Cmp::Gt => IntCC::SignedGreaterThan,
            Cmp::Ge => IntCC::SignedGreaterThanOrEqual,
        };
        self.builder.ins().icmp(condition, left, right)
    }

    fn checked(&mut self, op: Arith, left: Value, right: Value, failed: Block) -> Value {
        let ins = self.builder.ins();
        let (result, overflow) = match op {
            Arith::Add => ins.sadd_overflow(left, right),
            Arith::Sub => ins.ssub_overflow(left, right),
            Arith::Mul => ins.smul_overflow(left, right),
        };
        let next = self.builder.create_block();
        self.builder.ins().brif(overflow, failed, &[], next, &[]);
        self.builder.switch_to_block(next);
        result
    }

    fn wrapping(&mut self, op: Arith, left: Value, right: Value) -> Value {
        let ins = self.builder.ins();
        match op {
            Arith::Add => ins.iadd(left, right),
            Arith::Sub => ins.isub(left, right),
            Arith::Mul => ins.imul(left, right),
        }
    }

    /// A condition where a value is asked for.
    fn bool(&mut self, expr: &Expr, failed: Block) -> Value {
        let (yes, no) = (self.builder.create_block(), self.builder.create_block());
        let join = self.builder.create_block();
        let result = self.builder.append_block_param(join, I64);
        self.condition(expr, Exits { yes, no, failed });
        for (block, value) in [(yes, 1), (no, 0)] {
            self.builder.switch_to_block(block);
            let value = self.constant(value);
            self.builder.ins().jump(join, &[BlockArg::Value(value)]);
        }
        self.builder.switch_to_block(join);
        result
    }

    fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, failed: Block) -> Value {
        let (yes, no) = (self.builder.create_block(), self.builder.create_block());
        let join = self.builder.create_block();
        let result = self.builder.append_block_param(join, I64);
        self.condition(condition, Exits { yes, no, failed });
        for (block, expr) in [(yes, then), (no, otherwise)] {
            self.builder.switch_to_block(block);
            let value = self.value(expr, failed);
            self.builder.ins().jump(join, &[BlockArg::Value(value)]);
        }
        self.builder.switch_to_block(join);
        result
    }

    /// Whether a set has the literal of a mark: 0 or 1.
    fn has(&mut self, set: Value, mark: u32) -> Value {
        let count = self.rows_of(set);
        let first = self.builder.ins().ushr_imm_u(set, 32);
        // Words are few enough for the sum to stay far below 64 bits.
        let at = self.builder.ins().iadd(first, count);
        let (elements, known) = self.elements();
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThan, at, known);
        let [sound, broken, join] = [(); 3].map(|()| self.builder.create_block());
        let result = self.builder.append_block_param(join, I64);
        self.builder.ins().brif(inside, sound, &[], broken, &[]);

        self.builder.switch_to_block(broken);
        let nothing = self.constant(0);
        self.call(Helper::NoRows, set, nothing);
        self.builder.ins().jump(join, &[BlockArg::Value(nothing)]);

        self.builder.switch_to_block(sound);
        let offset = self.builder.ins().imul_imm_u(at, 8);
        let address = self.builder.ins().iadd(elements, offset);
        // It may be read only because the bound has been checked, so it is not said that it can move.
        let marks = self.builder.ins().load(I64, MemFlagsData::trusted(), address, 0);
        let shifted = self.builder.ins().ushr_imm_u(marks, i64::from(mark));
        let held = self.builder.ins().band_imm_u(shifted, 1);
        self.builder.ins().jump(join, &[BlockArg::Value(held)]);
        self.builder.switch_to_block(join);
        result
    }

    /// Gives names to values.
    pub(super) fn bind(&mut self, first: VarId, values: &[Expr], failed: Block) {
        for (value, index) in values.iter().zip(0..) {
            let value = self.value(value, failed);
            self.names.insert(first.after(index), Named::Value(value));
        }
    }

    fn named(&mut self, name: VarId) -> Value {
        match self.names.get(&name) {
            Some(Named::Value(value)) => *value,
            _ => unreachable!("a name stands for something: {name}"),
        }
    }

    /// Leaves the block for `failed` unless an expression is 0.
    pub(super) fn unless(&mut self, reason: &Expr, failed: Block) {
        let reason = self.value(reason, failed);
        let next = self.builder.create_block();
        self.builder.ins().brif(reason, failed, &[], next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Calls a helper that can fail.
    fn attempt(&mut self, helper: Helper, first: Value, second: Value, failed: Block) -> Value {
        let answer = self.call(helper, first, second);
        let failure = self.constant(abi::FAILED.cast_signed());
        let is_failure = self.builder.ins().icmp(IntCC::Equal, answer, failure);
        let next = self.builder.create_block();
        self.builder.ins().brif(is_failure, failed, &[], next, &[]);
        self.builder.switch_to_block(next);
        answer
    }
}
