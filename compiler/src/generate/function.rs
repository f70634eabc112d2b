//! One function: up to 64 rules of an entry, case by case, those of a case one after the other.
//!
//! `extern "C" fn(ctx, frame, out, case)` stores the bits of the rules that held to `out[0]` and of those that
//! failed to `out[1]`. The frame, its elements and the helper table do not change while it runs.

use std::collections::BTreeMap;
use std::ops::Range;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, MemFlagsData, SigRef, Signature, Type, Value, types::I64};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch, Variable};
use zt_runtime::abi;
use zt_runtime::helpers::Helper;
use zt_runtime::index::Group;
use zt_runtime::ir::{Entry, EntryRule, Expr, VarId};
use zt_runtime::schema::Slot;

use super::Target;
use crate::Bug;

/// Compiles functions one by one, reusing its memory.
pub(super) struct Compiler<'t> {
    isa: &'t dyn TargetIsa,
    context: Context,
    builder: FunctionBuilderContext,
}

impl<'t> Compiler<'t> {
    /// Hastily where there is much to compile.
    pub(super) fn new(target: &'t Target, is_hasty: bool) -> Self {
        Compiler { isa: target.isa(is_hasty), context: Context::new(), builder: FunctionBuilderContext::new() }
    }

    /// The code of a group of rules.
    pub(super) fn compile(&mut self, entry: &Entry, group: &Group) -> Result<&[u8], Bug> {
        let isa = self.isa;
        self.context.clear();
        self.context.func.signature = signature(isa.default_call_conv(), 4, None);
        let mut emitter = Emitter::new(FunctionBuilder::new(&mut self.context.func, &mut self.builder));
        emitter.group(entry, group);
        emitter.builder.seal_all_blocks();
        emitter.builder.finalize(isa.frontend_config());

        let compiled = self
            .context
            .compile(isa, &mut ControlPlane::default())
            .map_err(|error| Bug::new(format!("the code generator refused a function: {:?}", error.inner)))?;
        let buffer = &compiled.buffer;
        if !buffer.relocs().is_empty() {
            return Err(Bug::new("a function needs a relocation"));
        }
        if !buffer.traps().is_empty() {
            return Err(Bug::new("a function may trap"));
        }
        if buffer.alignment as usize > abi::FUNCTION_ALIGN {
            return Err(Bug::new("a function needs a wider alignment"));
        }
        Ok(buffer.data())
    }
}

/// So many words in.
fn signature(call_conv: cranelift_codegen::isa::CallConv, params: usize, result: Option<Type>) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params.extend(std::iter::repeat_n(AbiParam::new(I64), params));
    signature.returns.extend(result.map(AbiParam::new));
    signature
}

/// Writes the body of one function.
pub(super) struct Emitter<'f> {
    pub(super) builder: FunctionBuilder<'f>,
    ctx: Value,
    frame: Value,
    out: Value,
    /// The case that is asked for.
    case: Value,
    helper: SigRef,
    /// What the names around stand for. Those of other parts are left over: no expression has them.
    pub(super) names: BTreeMap<VarId, Named>,
    /// What several rules of the case at hand ask the runtime: the answer, or [`UNKNOWN`] as long as none did.
    asked: BTreeMap<Question, Variable>,
}

/// What the runtime is asked that depends on nothing but words of the frame and constants.
type Question = (u32, u64, u64);

/// What is no answer to a [`Question`] that is remembered: those are true or false.
const UNKNOWN: i64 = 2;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// A value.
    Value(Value),
    /// A row.
    Row {
        /// Address of the first column.
        start: Value,
        /// How many rows there are.
        count: Value,
        /// Which row it is.
        index: Variable,
    },
}

/// Where a condition goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exits {
    /// It is true.
    pub(super) yes: Block,
    /// It is false.
    pub(super) no: Block,
    /// It failed.
    pub(super) failed: Block,
}

impl<'f> Emitter<'f> {
    fn new(mut builder: FunctionBuilder<'f>) -> Self {
        let start = builder.create_block();
        builder.append_block_params_for_function_params(start);
        builder.switch_to_block(start);
        let (ctx, frame, out, case) = match *builder.block_params(start) {
            [ctx, frame, out, case] => (ctx, frame, out, case),
            _ => unreachable!("the signature has four parameters"),
        };
        let call_conv = builder.func.signature.call_conv;
        let helper = builder.import_signature(signature(call_conv, 3, Some(I64)));
        Emitter { builder, ctx, frame, out, case, helper, names: BTreeMap::new(), asked: BTreeMap::new() }
    }

    fn group(&mut self, entry: &Entry, group: &Group) {
        let zero = self.constant(0);
        let bits = [self.builder.declare_var(I64), self.builder.declare_var(I64)];
        bits.iter().for_each(|bits| self.builder.def_var(*bits, zero));
        let rules = |case: Range<u32>| case.map(|place| (place, &entry.rules[group.rules[place as usize] as usize]));
        let end = self.builder.create_block();
        if let [only] = group.cases[..] {
            self.rules(rules(0..only), bits);
            self.builder.ins().jump(end, &[]);
        } else {
            let (cases, none): (Vec<Block>, Block) =
                (group.cases.iter().map(|_| self.builder.create_block()).collect(), self.builder.create_block());
            let mut switch = Switch::new();
            (0..).zip(&cases).for_each(|(case, block)| switch.set_entry(case, *block));
            switch.emit(&mut self.builder, self.case, none);
            for (case, block) in (0..).zip(cases) {
                self.builder.switch_to_block(block);
                self.rules(rules(group.case(case)), bits);
                self.builder.ins().jump(end, &[]);
            }
            // Rules that both hold and failed: nobody takes that for an answer.
            self.builder.switch_to_block(none);
            let all = self.constant(-1);
            bits.iter().for_each(|bits| self.builder.def_var(*bits, all));
            self.builder.ins().jump(end, &[]);
        }
        self.builder.switch_to_block(end);
        for (bits, offset) in bits.into_iter().zip([abi::OUT_HELD, abi::OUT_FAILED]) {
            let bits = self.builder.use_var(bits);
            self.builder.ins().store(MemFlagsData::trusted(), bits, self.out, offset);
        }
        self.builder.ins().return_(&[]);
    }

    /// Adds the bits of some rules that hold, and of those that failed.
    fn rules<'r>(&mut self, rules: impl Iterator<Item = (u32, &'r EntryRule)> + Clone, [held, failed]: [Variable; 2]) {
        self.asked.clear();
        let mut counts = BTreeMap::new();
        rules.clone().for_each(|(_, rule)| questions(&rule.condition, &mut counts));
        for (question, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
            let answer = self.builder.declare_var(I64);
            let unknown = self.constant(UNKNOWN);
            self.builder.def_var(answer, unknown);
            self.asked.insert(question, answer);
        }
        for (bit, rule) in rules {
            let next = self.builder.create_block();
            let exits = Exits { yes: self.builder.create_block(), no: next, failed: self.builder.create_block() };
            self.condition(&rule.condition, exits);
            for (block, bits) in [(exits.yes, held), (exits.failed, failed)] {
                self.builder.switch_to_block(block);
                let before = self.builder.use_var(bits);
                let mask = self.constant(1 << bit);
                let after = self.builder.ins().bor(before, mask);
                self.builder.def_var(bits, after);
                self.builder.ins().jump(next, &[]);
            }
            self.builder.switch_to_block(next);
        }
    }

    pub(super) fn constant(&mut self, value: i64) -> Value {
        self.builder.ins().iconst(I64, value)
    }

    /// A slot of the frame.
    pub(super) fn slot(&mut self, slot: Slot) -> Value {
        self.load(self.frame, abi::slot_offset(slot))
    }

    /// Where the frame's elements are, and how many.
    pub(super) fn elements(&mut self) -> (Value, Value) {
        (self.load(self.ctx, abi::ELEMENTS), self.load(self.ctx, abi::ELEMENT_COUNT))
    }

    /// The answer to what a helper is asked by an expression over two words, which is true or false.
    pub(super) fn ask(&mut self, expr: &Expr, helper: Helper, first: Value, second: Value) -> Value {
        let Some(answer) = question(expr).and_then(|question| self.asked.get(&question).copied()) else {
            return self.call(helper, first, second);
        };
        let (ask, known) = (self.builder.create_block(), self.builder.create_block());
        let before = self.builder.use_var(answer);
        let is_unknown = self.builder.ins().icmp_imm_s(IntCC::Equal, before, UNKNOWN);
        self.builder.ins().brif(is_unknown, ask, &[], known, &[]);
        self.builder.switch_to_block(ask);
        let now = self.call(helper, first, second);
        self.builder.def_var(answer, now);
        self.builder.ins().jump(known, &[]);
        self.builder.switch_to_block(known);
        self.builder.use_var(answer)
    }

    /// Calls a helper.
    pub(super) fn call(&mut self, helper: Helper, first: Value, second: Value) -> Value {
        let table = self.load(self.ctx, abi::HELPER_TABLE);
        let callee = self.load(table, helper.offset());
        let call = self.builder.ins().call_indirect(self.helper, callee, &[self.ctx, first, second]);
        self.builder.inst_results(call)[0]
    }

    /// The word at an address and offset. Nothing that a function reads changes while it runs, and all of it
    /// can be read at any time, so equal loads are one load.
    fn load(&mut self, address: Value, offset: i32) -> Value {
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        self.builder.ins().load(I64, flags, address, offset)
    }
}

/// What an expression asks the runtime, if that depends on nothing but words of the frame and constants.
fn question(expr: &Expr) -> Option<Question> {
    // A word of the frame, or a constant text.
    let word = |expr: &Expr| match expr {
        Expr::Load(slot) => Some(u64::from(slot.0)),
        Expr::Literal(id) => Some(abi::literal(*id)),
        _ => None,
    };
    Some(match expr {
        Expr::TextEq(left, right) => (0, word(left)?, word(right)?),
        Expr::Contains { text, element, .. } if marked(*text, element).is_some() => return None,
        Expr::Contains { set, text, element } => (1 + u32::from(*text), word(set)?, word(element)?),
        Expr::Matches { pattern, text } => (3, word(text)?, pattern.0.into()),
        Expr::Under { kind, left, right } => (4 + *kind as u32, word(left)?, word(right)?),
        Expr::Runs { only, patterns, command } => (8 + u32::from(*only), word(command)?, patterns.0.into()),
        _ => return None,
    })
}

/// Counts what an expression asks the runtime.
fn questions(expr: &Expr, counts: &mut BTreeMap<Question, usize>) {
    if let Some(question) = question(expr) {
        *counts.entry(question).or_default() += 1;
    }
    expr.operands().for_each(|operand| questions(operand, counts));
}

/// Which bit behind a set tells whether the set has an element, if one does.
pub(super) fn marked(text: bool, element: &Expr) -> Option<u32> {
    match element {
        Expr::Literal(id) if text => abi::mark(*id).map(u64::trailing_zeros),
        _ => None,
    }
}
