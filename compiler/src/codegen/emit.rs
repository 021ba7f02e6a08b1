//! Writes the Cranelift function, operation by operation.

use super::layout::Layout;
use super::strided::{self, Shape};
use super::{Context, ObjectCell, Objects};
use crate::differentiate::{call1, call2};
use crate::ir::*;
use crate::opaque::Opaque;
use crate::scalar::{Binary, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, SigRef, Signature, StackSlotData, StackSlotKind, Type, Value,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, Variable};
use std::collections::HashMap;
use std::mem::offset_of;
use std::sync::Arc;

/// Dense runs up to this length are copied, filled and added inline.
const INLINE: usize = 8;

pub(super) struct Emitter<'a, 'b> {
    f: &'a Function,
    layout: &'a Layout,
    b: FunctionBuilder<'b>,
    config: TargetFrontendConfig,
    objects: &'a mut Objects,
    values: Vec<Option<Value>>,
    cells: Vec<Variable>,
    signatures: HashMap<(Vec<Type>, Option<Type>), SigRef>,
    base: Bases,
    /// Frame of the running iteration of each loop.
    frames: Vec<Option<Value>>,
    /// Whether iterations of a loop end with a link to their frame.
    linked: Vec<bool>,
    stack_top: Variable,
    fuel: Variable,
    target: Variable,
    jacobian: Variable,
    exit: Block,
}

/// Pointers read once at entry.
struct Bases {
    context: Value,
    theta: Value,
    given: Value,
    gradient: Value,
    output: Value,
    sequence: Value,
    reals: Value,
    ints: Value,
    statics: Value,
    tape_end: Value,
}

impl<'a, 'b> Emitter<'a, 'b> {
    pub fn new(
        f: &'a Function,
        layout: &'a Layout,
        mut b: FunctionBuilder<'b>,
        config: TargetFrontendConfig,
        objects: &'a mut Objects,
    ) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let context = b.block_params(entry)[0];
        let mut field = |offset: usize, ty| b.ins().load(ty, MemFlagsData::trusted(), context, offset as i32);
        let base = Bases {
            context,
            theta: field(offset_of!(Context, theta), I64),
            given: field(offset_of!(Context, given), I64),
            gradient: field(offset_of!(Context, gradient), I64),
            output: field(offset_of!(Context, output), I64),
            sequence: field(offset_of!(Context, sequence), I64),
            reals: field(offset_of!(Context, reals), I64),
            ints: field(offset_of!(Context, ints), I64),
            statics: field(offset_of!(Context, statics), I64),
            tape_end: field(offset_of!(Context, tape_end), I64),
        };
        let tape = field(offset_of!(Context, tape), I64);
        let fuel_now = field(offset_of!(Context, fuel), I64);
        let stack_top = b.declare_var(I64);
        b.def_var(stack_top, tape);
        let fuel = b.declare_var(I64);
        b.def_var(fuel, fuel_now);
        let zero = b.ins().f64const(0.0);
        let target = b.declare_var(F64);
        let jacobian = b.declare_var(F64);
        b.def_var(target, zero);
        b.def_var(jacobian, zero);
        let mut cells = Vec::new();
        for ty in &f.cells {
            let cell = b.declare_var(ty_of(*ty));
            let initial = match ty {
                Ty::F64 => b.ins().f64const(0.0),
                Ty::I64 => b.ins().iconst(I64, 0),
            };
            b.def_var(cell, initial);
            cells.push(cell);
        }
        let exit = b.create_block();
        b.append_block_param(exit, I32);
        b.append_block_param(exit, I32);
        b.set_cold_block(exit);
        Emitter {
            f,
            layout,
            config,
            objects,
            values: vec![None; f.values.len()],
            cells,
            signatures: HashMap::new(),
            base,
            frames: vec![None; f.loops as usize],
            linked: vec![false; f.loops as usize],
            stack_top,
            fuel,
            target,
            jacobian,
            exit,
            b,
        }
    }

    pub fn emit(mut self) {
        self.region(&self.f.body);
        let (target, jacobian) = (self.b.use_var(self.target), self.b.use_var(self.jacobian));
        let context = self.base.context;
        self.b.ins().store(MemFlagsData::trusted(), target, context, offset_of!(Context, target) as i32);
        self.b.ins().store(MemFlagsData::trusted(), jacobian, context, offset_of!(Context, jacobian) as i32);
        self.store_fuel();
        let ok = self.b.ins().iconst(I32, Status::Ok as i64);
        self.b.ins().return_(&[ok]);
        self.b.switch_to_block(self.exit);
        let (status, site) = (self.b.block_params(self.exit)[0], self.b.block_params(self.exit)[1]);
        self.b.ins().store(MemFlagsData::trusted(), site, context, offset_of!(Context, site) as i32);
        self.b.ins().return_(&[status]);
        self.b.seal_all_blocks();
        self.b.finalize(self.config);
    }

    fn region(&mut self, region: &Region) {
        for op in &region.ops {
            self.op(op);
        }
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Real(v, x) => {
                let value = self.b.ins().f64const(*x);
                self.define(*v, value);
            }
            Op::Int(v, x) => {
                let value = self.b.ins().iconst(I64, *x);
                self.define(*v, value);
            }
            Op::Unary(v, function, x) => {
                let x = self.get(*x);
                let value = self.unary(*function, x);
                self.define(*v, value);
            }
            Op::Binary(v, function, x, y) => {
                let (x, y) = (self.get(*x), self.get(*y));
                let value = self.binary(*function, x, y);
                self.define(*v, value);
            }
            Op::IntBinary { out, op, left, right, site } => self.int_binary(*out, *op, *left, *right, *site),
            Op::Compare { out, op, ty, left, right } => {
                let (x, y) = (self.get(*left), self.get(*right));
                let flag = match ty {
                    Ty::F64 => self.b.ins().fcmp(float_cc(*op), x, y),
                    Ty::I64 => self.b.ins().icmp(int_cc(*op), x, y),
                };
                let value = self.b.ins().uextend(I64, flag);
                self.define(*out, value);
            }
            Op::IntToReal(v, x) => {
                let x = self.get(*x);
                let value = self.b.ins().fcvt_from_sint(F64, x);
                self.define(*v, value);
            }
            Op::RealToInt(v, x, site) => {
                let x = self.get(*x);
                let value = self.b.ins().fcvt_to_sint_sat(I64, x);
                let nan = self.b.ins().fcmp(FloatCC::Unordered, x, x);
                self.exit_if(nan, Status::Error, *site);
                self.check_int(value, *site);
                self.define(*v, value);
            }
            Op::Load { out, buffer, at } => {
                let (address, offset) = self.element(*buffer, at);
                let value = match self.f.buf(*buffer).elem {
                    Elem::F64 => self.b.ins().load(F64, MemFlagsData::trusted(), address, offset),
                    Elem::I32 => self.b.ins().sload32(MemFlagsData::trusted(), address, offset),
                };
                self.define(*out, value);
            }
            Op::Store { buffer, at, value } => {
                let value = self.get(*value);
                let (address, offset) = self.element(*buffer, at);
                match self.f.buf(*buffer).elem {
                    Elem::F64 => self.b.ins().store(MemFlagsData::trusted(), value, address, offset),
                    Elem::I32 => self.b.ins().istore32(MemFlagsData::trusted(), value, address, offset),
                };
            }
            Op::Get(v, cell) => {
                let value = self.b.use_var(self.cells[cell.0 as usize]);
                self.define(*v, value);
            }
            Op::Set(cell, v) => {
                let value = self.get(*v);
                self.b.def_var(self.cells[cell.0 as usize], value);
            }
            Op::CheckIndex { index, limit, site } => {
                let index = self.get(*index);
                let zero_based = self.b.ins().iadd_imm_s(index, -1);
                let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, zero_based, *limit);
                self.exit_if(bad, Status::Error, *site);
            }
            Op::Exit { condition, status, site } => {
                let condition = self.get(*condition);
                self.exit_if(condition, *status, *site);
            }
            Op::AddTarget(v) => self.add_to(self.target, *v),
            Op::AddJacobian(v) => self.add_to(self.jacobian, *v),
            Op::For(l) => self.for_loop(l),
            Op::While(l) => self.while_loop(l),
            Op::If(i) => self.if_else(i),
            Op::Copy { to, from } => self.copy(to, from),
            Op::Fill { to, value } => self.fill(to, *value),
            Op::Accumulate { to, from, scale } => self.accumulate(to, from, *scale),
            Op::Sum { out, from } => self.sum(*out, from),
            // `differentiate` and `primal` leave none.
            Op::Call(_) => {}
            Op::Raw(raw) => self.raw(raw),
            Op::Save { frame, slot, value } => {
                let value = self.get(*value);
                let (address, offset) = self.slot(*frame, *slot);
                self.b.ins().store(MemFlagsData::trusted(), value, address, offset);
            }
            Op::Restore { out, frame, slot } => {
                let (address, offset) = self.slot(*frame, *slot);
                let ty = ty_of(self.f.ty(*out));
                let value = self.b.ins().load(ty, MemFlagsData::trusted(), address, offset);
                self.define(*out, value);
            }
            Op::Reverse => {}
        }
    }

    fn define(&mut self, v: V, value: Value) {
        self.values[v.0 as usize] = Some(value);
    }

    fn get(&mut self, v: V) -> Value {
        match self.values[v.0 as usize] {
            Some(value) => value,
            // Only a bug in an earlier pass gets here; a zero keeps the code valid and the tests red.
            None => match self.f.ty(v) {
                Ty::F64 => self.b.ins().f64const(f64::NAN),
                Ty::I64 => self.b.ins().iconst(I64, 0),
            },
        }
    }

    fn add_to(&mut self, sum: Variable, v: V) {
        let value = self.get(v);
        let old = self.b.use_var(sum);
        let new = self.b.ins().fadd(old, value);
        self.b.def_var(sum, new);
    }

    // ---- scalars -------------------------------------------------------------------------------------------------

    fn unary(&mut self, function: Unary, x: Value) -> Value {
        match function {
            Unary::Negate => self.b.ins().fneg(x),
            Unary::Abs => self.b.ins().fabs(x),
            Unary::Sqrt => self.b.ins().sqrt(x),
            Unary::Square => self.b.ins().fmul(x, x),
            Unary::Inv => {
                let one = self.b.ins().f64const(1.0);
                self.b.ins().fdiv(one, x)
            }
            Unary::Exp => self.call_real(exp as *const u8, &[x]),
            Unary::Log => self.call_real(ln as *const u8, &[x]),
            Unary::Log1p => self.call_real(ln_1p as *const u8, &[x]),
            Unary::Expm1 => self.call_real(exp_m1 as *const u8, &[x]),
            Unary::InvLogit => self.call_real(inv_logit as *const u8, &[x]),
            Unary::Log1pExp => self.call_real(log1p_exp as *const u8, &[x]),
            Unary::Tanh => self.call_real(tanh as *const u8, &[x]),
            Unary::Library(f) => {
                let pointer = self.b.ins().iconst(I64, f.value as usize as i64);
                self.call_real(call1 as *const u8, &[pointer, x])
            }
        }
    }

    fn binary(&mut self, function: Binary, x: Value, y: Value) -> Value {
        match function {
            Binary::Add => self.b.ins().fadd(x, y),
            Binary::Sub => self.b.ins().fsub(x, y),
            Binary::Mul => self.b.ins().fmul(x, y),
            Binary::Div => self.b.ins().fdiv(x, y),
            Binary::DivOrZero => {
                let zero = self.b.ins().f64const(0.0);
                let none = self.b.ins().fcmp(FloatCC::Equal, y, zero);
                let quotient = self.b.ins().fdiv(x, y);
                self.b.ins().select(none, zero, quotient)
            }
            Binary::Pow => self.call_real(pow as *const u8, &[x, y]),
            Binary::Library(f) => {
                let pointer = self.b.ins().iconst(I64, f.value as usize as i64);
                self.call_real(call2 as *const u8, &[pointer, x, y])
            }
        }
    }

    fn int_binary(&mut self, out: V, op: IntOp, left: V, right: V, site: Site) {
        let (x, y) = (self.get(left), self.get(right));
        let value = match op {
            IntOp::Add => self.b.ins().iadd(x, y),
            IntOp::Sub => self.b.ins().isub(x, y),
            IntOp::Mul => self.b.ins().imul(x, y),
            IntOp::Div | IntOp::Mod => {
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, y, 0);
                self.exit_if(zero, Status::Error, site);
                if op == IntOp::Div { self.b.ins().sdiv(x, y) } else { self.b.ins().srem(x, y) }
            }
            IntOp::Min => self.b.ins().smin(x, y),
            IntOp::Max => self.b.ins().smax(x, y),
        };
        if !matches!(op, IntOp::Min | IntOp::Max | IntOp::Mod) {
            self.check_int(value, site);
        }
        self.define(out, value);
    }

    /// Exits with an error where the value is no 32-bit integer.
    fn check_int(&mut self, value: Value, site: Site) {
        let low = self.b.ins().ireduce(I32, value);
        let again = self.b.ins().sextend(I64, low);
        let overflow = self.b.ins().icmp(IntCC::NotEqual, again, value);
        self.exit_if(overflow, Status::Error, site);
    }

    fn exit_if(&mut self, condition: Value, status: Status, site: Site) {
        let next = self.b.create_block();
        let status = self.b.ins().iconst(I32, status as i64);
        let site = self.b.ins().iconst(I32, site.0 as i64);
        let arguments = [BlockArg::from(status), BlockArg::from(site)];
        self.b.ins().brif(condition, self.exit, &arguments, next, &[]);
        self.b.switch_to_block(next);
    }

    // ---- addresses -----------------------------------------------------------------------------------------------

    /// Base and constant offset of a buffer.
    fn buffer(&mut self, buffer: BufferId) -> (Value, i64) {
        let offset = self.layout.offsets[buffer.0 as usize] as i64;
        let base = match self.f.buf(buffer).home {
            Home::Theta => self.base.theta,
            Home::Given => self.base.given,
            Home::Gradient => self.base.gradient,
            Home::Output => self.base.output,
            Home::Reals(_) => self.base.reals,
            Home::Ints(_) => self.base.ints,
            Home::Static | Home::Frame(ROOT) => self.base.statics,
            Home::Frame(id) => self.frame(id),
        };
        (base, offset)
    }

    fn frame(&mut self, id: LoopId) -> Value {
        match self.frames[id.0 as usize] {
            Some(frame) => frame,
            None => self.base.statics,
        }
    }

    fn slot(&mut self, frame: LoopId, slot: u32) -> (Value, i32) {
        let offset = 8 * slot as i32;
        if frame == ROOT {
            (self.base.statics, offset + self.layout.root_slots as i32)
        } else {
            (self.frame(frame), offset)
        }
    }

    /// Address and offset of one element.
    fn element(&mut self, buffer: BufferId, at: &At) -> (Value, i32) {
        let bytes = self.f.buf(buffer).elem.bytes() as i64;
        let (mut base, offset) = self.buffer(buffer);
        for &(v, factor) in &at.terms {
            let v = self.get(v);
            let step = factor * bytes;
            let scaled = if step > 0 && (step as u64).is_power_of_two() {
                self.b.ins().ishl_imm_u(v, step.trailing_zeros() as i64)
            } else {
                self.b.ins().imul_imm_s(v, step)
            };
            base = self.b.ins().iadd(base, scaled);
        }
        let offset = offset + at.constant * bytes;
        match i32::try_from(offset) {
            Ok(small) => (base, small),
            Err(_) => (self.b.ins().iadd_imm_s(base, offset), 0),
        }
    }

    fn pointer(&mut self, view: &View) -> Value {
        let (base, offset) = self.element(view.buffer, &view.at);
        if offset == 0 { base } else { self.b.ins().iadd_imm_s(base, offset as i64) }
    }

    // ---- control -------------------------------------------------------------------------------------------------

    fn for_loop(&mut self, l: &For) {
        let (lower, upper) = (self.get(l.lower), self.get(l.upper));
        if l.frame != FrameUse::Pop {
            self.charge(lower, upper);
        }
        let pop = l.frame == FrameUse::Pop;
        let (head, body, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.append_block_param(head, I64);
        let (first, end, test, step) = if pop {
            (upper, lower, IntCC::SignedGreaterThanOrEqual, -1)
        } else {
            (lower, upper, IntCC::SignedLessThanOrEqual, 1)
        };
        self.b.ins().jump(head, &[BlockArg::from(first)]);
        self.b.switch_to_block(head);
        let index = self.b.block_params(head)[0];
        let more = self.b.ins().icmp(test, index, end);
        self.b.ins().brif(more, body, &[], done, &[]);
        self.b.switch_to_block(body);
        self.define(l.index, index);
        match &l.failed {
            Some(failed) => self.lane(l, failed, index),
            None => self.iteration(l.id, &l.body, l.frame),
        }
        let next = self.b.ins().iadd_imm_s(index, step);
        self.b.ins().jump(head, &[BlockArg::from(next)]);
        self.b.switch_to_block(done);
    }

    /// An iteration of a loop over lanes: where it exits, the lane is marked and the next one goes on.
    fn lane(&mut self, l: &For, failed: &View, index: Value) {
        let top = self.b.use_var(self.stack_top);
        let (stopped, mark, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.append_block_param(stopped, I32);
        self.b.append_block_param(stopped, I32);
        self.b.set_cold_block(stopped);
        self.b.set_cold_block(mark);
        let outer = std::mem::replace(&mut self.exit, stopped);
        self.iteration(l.id, &l.body, l.frame);
        self.b.ins().jump(done, &[]);
        self.exit = outer;
        self.b.switch_to_block(stopped);
        let (status, site) = (self.b.block_params(stopped)[0], self.b.block_params(stopped)[1]);
        // The caller has to give more memory first.
        let tape = self.b.ins().icmp_imm_s(IntCC::Equal, status, Status::Tape as i64);
        let arguments = [BlockArg::from(status), BlockArg::from(site)];
        self.b.ins().brif(tape, outer, &arguments, mark, &[]);
        self.b.switch_to_block(mark);
        let (address, offset) = self.element(failed.buffer, &failed.at);
        let place = self.b.ins().ishl_imm_u(index, 3);
        let address = self.b.ins().iadd(address, place);
        let one = self.b.ins().f64const(1.0);
        // Lanes are counted from 1.
        self.b.ins().store(MemFlagsData::trusted(), one, address, offset - 8);
        self.b.def_var(self.stack_top, top);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn while_loop(&mut self, l: &While) {
        let (head, body, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let count = self.cells[l.count.0 as usize];
        let zero = self.b.ins().iconst(I64, 0);
        self.b.def_var(count, zero);
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(head);
        let go = self.b.use_var(self.cells[l.go.0 as usize]);
        self.b.ins().brif(go, body, &[], done, &[]);
        self.b.switch_to_block(body);
        let one = self.b.ins().iconst(I64, 1);
        self.charge(one, one);
        self.iteration(l.id, &l.body, l.frame);
        let n = self.b.use_var(count);
        let n = self.b.ins().iadd_imm_s(n, 1);
        self.b.def_var(count, n);
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(done);
    }

    /// Takes the iterations of a loop from the fuel.
    fn charge(&mut self, lower: Value, upper: Value) {
        let fuel = self.b.use_var(self.fuel);
        let trips = self.b.ins().isub(upper, lower);
        let trips = self.b.ins().iadd_imm_s(trips, 1);
        let zero = self.b.ins().iconst(I64, 0);
        let trips = self.b.ins().smax(trips, zero);
        let left = self.b.ins().isub(fuel, trips);
        self.b.def_var(self.fuel, left);
        let empty = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
        self.exit_if(empty, Status::Limit, Site(0));
    }

    /// One iteration with its frame.
    fn iteration(&mut self, id: LoopId, body: &Region, frame: FrameUse) {
        let bytes = self.layout.frame_bytes[id.0 as usize] as i64;
        let top = self.b.use_var(self.stack_top);
        let outer = self.frames[id.0 as usize];
        match frame {
            FrameUse::Keep | FrameUse::Drop => {
                self.frames[id.0 as usize] = Some(top);
                let linked = frame == FrameUse::Keep && has_kept_loop(body);
                self.linked[id.0 as usize] = linked;
                let needed = bytes + if linked { 8 } else { 0 };
                if needed > 0 {
                    let after = self.b.ins().iadd_imm_s(top, bytes);
                    self.b.def_var(self.stack_top, after);
                    let end = self.b.ins().iadd_imm_s(top, needed);
                    let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, end, self.base.tape_end);
                    self.exit_if(full, Status::Tape, Site(0));
                }
                self.region(body);
                if frame == FrameUse::Drop {
                    self.b.def_var(self.stack_top, top);
                } else if linked {
                    let now = self.b.use_var(self.stack_top);
                    let after = self.b.ins().iadd_imm_s(now, 8);
                    let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, after, self.base.tape_end);
                    self.exit_if(full, Status::Tape, Site(0));
                    self.b.ins().store(MemFlagsData::trusted(), top, now, 0);
                    self.b.def_var(self.stack_top, after);
                }
            }
            FrameUse::Pop => {
                let start = if self.linked[id.0 as usize] {
                    let link = self.b.ins().iadd_imm_s(top, -8);
                    self.b.def_var(self.stack_top, link);
                    self.b.ins().load(I64, MemFlagsData::trusted(), link, 0)
                } else {
                    self.b.ins().iadd_imm_s(top, -bytes)
                };
                self.frames[id.0 as usize] = Some(start);
                self.region(body);
                self.b.def_var(self.stack_top, start);
            }
        }
        self.frames[id.0 as usize] = outer;
    }

    fn if_else(&mut self, i: &If) {
        let condition = self.get(i.condition);
        let (then, otherwise, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.ins().brif(condition, then, &[], otherwise, &[]);
        self.b.switch_to_block(then);
        self.region(&i.then);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(otherwise);
        self.region(&i.otherwise);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    // ---- arrays --------------------------------------------------------------------------------------------------

    fn copy(&mut self, to: &View, from: &View) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let elem = self.f.buf(to.buffer).elem;
        if let Some(step) = common_run(to, from) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (source, offset) = self.element(from.buffer, &from.at.offset(i * step.1));
                    let ty = if elem == Elem::F64 { F64 } else { I32 };
                    let value = self.b.ins().load(ty, MemFlagsData::trusted(), source, offset);
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    self.b.ins().store(MemFlagsData::trusted(), value, target, offset);
                }
                return;
            }
            if step == (1, 1) {
                let bytes = self.b.ins().iconst(I64, (n * elem.bytes()) as i64);
                let (target, source) = (self.pointer(to), self.pointer(from));
                self.call(strided::dense_copy as *const u8, &[bytes, target, source], None);
                return;
            }
        }
        let shape = self.shape(to, from);
        let (target, source) = (self.pointer(to), self.pointer(from));
        let function = if elem == Elem::F64 { strided::copy_f64 as *const u8 } else { strided::copy_i32 as *const u8 };
        self.call(function, &[shape, target, source], None);
    }

    fn fill(&mut self, to: &View, value: V) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let elem = self.f.buf(to.buffer).elem;
        let value = self.get(value);
        if let Some(step) = common_run(to, to) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    match elem {
                        Elem::F64 => self.b.ins().store(MemFlagsData::trusted(), value, target, offset),
                        Elem::I32 => self.b.ins().istore32(MemFlagsData::trusted(), value, target, offset),
                    };
                }
                return;
            }
            if step.0 == 1 && elem == Elem::F64 {
                let count = self.b.ins().iconst(I64, n as i64);
                let target = self.pointer(to);
                self.call(strided::dense_fill as *const u8, &[count, target, value], None);
                return;
            }
        }
        let shape = self.shape(to, to);
        let target = self.pointer(to);
        let function = if elem == Elem::F64 { strided::fill_f64 as *const u8 } else { strided::fill_i32 as *const u8 };
        self.call(function, &[shape, target, value], None);
    }

    fn accumulate(&mut self, to: &View, from: &View, scale: Option<V>) {
        let n = to.len();
        if n == 0 {
            return;
        }
        let scale_value = match scale {
            Some(v) => self.get(v),
            None => self.b.ins().f64const(1.0),
        };
        if let Some(step) = common_run(to, from) {
            if n <= INLINE {
                for i in 0..n as i64 {
                    let (source, offset) = self.element(from.buffer, &from.at.offset(i * step.1));
                    let mut value = self.b.ins().load(F64, MemFlagsData::trusted(), source, offset);
                    if scale.is_some() {
                        value = self.b.ins().fmul(value, scale_value);
                    }
                    let (target, offset) = self.element(to.buffer, &to.at.offset(i * step.0));
                    let old = self.b.ins().load(F64, MemFlagsData::trusted(), target, offset);
                    let sum = self.b.ins().fadd(old, value);
                    self.b.ins().store(MemFlagsData::trusted(), sum, target, offset);
                }
                return;
            }
            if step == (1, 1) {
                let count = self.b.ins().iconst(I64, n as i64);
                let (target, source) = (self.pointer(to), self.pointer(from));
                let table = &ppl_runtime::kernels::table().elementwise;
                if scale.is_some() {
                    self.call(table.scale_add as *const u8, &[count, scale_value, source, target], None);
                } else {
                    self.call(table.add_assign as *const u8, &[count, source, target], None);
                }
                return;
            }
        }
        let shape = self.shape(to, from);
        let (target, source) = (self.pointer(to), self.pointer(from));
        self.call(strided::accumulate as *const u8, &[shape, target, source, scale_value], None);
    }

    fn sum(&mut self, out: V, from: &View) {
        let source = self.pointer(from);
        let value = if common_run(from, from).is_some_and(|step| step.0 == 1) {
            let count = self.b.ins().iconst(I64, from.len() as i64);
            self.call_real(strided::dense_sum as *const u8, &[count, source])
        } else {
            let shape = self.shape(from, from);
            self.call_real(strided::sum as *const u8, &[shape, source])
        };
        self.define(out, value);
    }

    fn shape(&mut self, to: &View, from: &View) -> Value {
        let shape = Box::new(Shape { dims: to.dims.clone(), to: to.strides.clone(), from: from.strides.clone() });
        let address = &*shape as *const Shape as i64;
        self.objects.shapes.push(shape);
        self.b.ins().iconst(I64, address)
    }

    // ---- calls ---------------------------------------------------------------------------------------------------

    fn raw(&mut self, raw: &Raw) {
        let mut outs: Vec<(V, Value)> = Vec::new();
        let takes_fuel = raw.arguments.iter().any(|a| matches!(a, Argument::Fuel));
        if takes_fuel {
            self.store_fuel();
        }
        let arguments: Vec<Value> = raw.arguments.iter().map(|a| self.argument(a, &mut outs)).collect();
        let result = match raw.result {
            RawResult::None => None,
            RawResult::Real(_) => Some(F64),
            RawResult::Int(_) => Some(I64),
            RawResult::Status(_) => Some(I32),
        };
        let value = self.call(raw.function.0, &arguments, result);
        if takes_fuel {
            let (context, offset) = (self.base.context, offset_of!(Context, fuel) as i32);
            let left = self.b.ins().load(I64, MemFlagsData::trusted(), context, offset);
            self.b.def_var(self.fuel, left);
        }
        match (raw.result, value) {
            (RawResult::Real(v) | RawResult::Int(v), Some(value)) => self.define(v, value),
            (RawResult::Status(site), Some(status)) => {
                let next = self.b.create_block();
                let site = self.b.ins().iconst(I32, site.0 as i64);
                let arguments = [BlockArg::from(status), BlockArg::from(site)];
                self.b.ins().brif(status, self.exit, &arguments, next, &[]);
                self.b.switch_to_block(next);
            }
            _ => {}
        }
        for (v, address) in outs {
            let value = self.b.ins().load(F64, MemFlagsData::trusted(), address, 0);
            self.define(v, value);
        }
    }

    fn argument(&mut self, argument: &Argument, outs: &mut Vec<(V, Value)>) -> Value {
        match argument {
            Argument::Word(x) => self.b.ins().iconst(I64, *x),
            Argument::Word32(x) => self.b.ins().iconst(I32, *x as i64),
            Argument::Seed(x) => self.b.ins().f64const(*x),
            Argument::Value(v) => self.get(*v),
            Argument::Pointer(view) => self.pointer(view),
            Argument::Null => self.b.ins().iconst(I64, 0),
            Argument::Sequence => self.base.sequence,
            Argument::Fuel => {
                let context = self.base.context;
                self.b.ins().iadd_imm_s(context, offset_of!(Context, fuel) as i64)
            }
            Argument::Opaque(object) => self.object(object),
            Argument::Spilled(v) => {
                let value = self.get(*v);
                let address = self.stack(8);
                // Integer operands are read as `int`: the low half on a little-endian machine.
                self.b.ins().store(MemFlagsData::trusted(), value, address, 0);
                address
            }
            Argument::Out(v) => {
                let address = self.stack(8);
                let zero = self.b.ins().iconst(I64, 0);
                self.b.ins().store(MemFlagsData::trusted(), zero, address, 0);
                outs.push((*v, address));
                address
            }
            Argument::Operands(operands) => {
                let table = self.stack(24 * operands.len() as u32);
                for (i, operand) in operands.iter().enumerate() {
                    let values = self.argument(&operand.values, outs);
                    let stride = self.b.ins().iconst(I64, operand.stride as i64);
                    let adjoint = self.argument(&operand.adjoint, outs);
                    for (k, part) in [values, stride, adjoint].into_iter().enumerate() {
                        self.b.ins().store(MemFlagsData::trusted(), part, table, (24 * i + 8 * k) as i32);
                    }
                }
                table
            }
            Argument::Table(words) => {
                let table: Box<[usize]> = words.clone().into();
                let address = table.as_ptr() as i64;
                self.objects.tables.push(table);
                self.b.ins().iconst(I64, address)
            }
            Argument::Pointers(pointers) => {
                let table = self.stack(8 * pointers.len().max(1) as u32);
                for (i, pointer) in pointers.iter().enumerate() {
                    let value = self.argument(pointer, outs);
                    self.b.ins().store(MemFlagsData::trusted(), value, table, 8 * i as i32);
                }
                table
            }
        }
    }

    fn store_fuel(&mut self) {
        let left = self.b.use_var(self.fuel);
        let (context, offset) = (self.base.context, offset_of!(Context, fuel) as i32);
        self.b.ins().store(MemFlagsData::trusted(), left, context, offset);
    }

    fn stack(&mut self, bytes: u32) -> Value {
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3));
        self.b.ins().stack_addr(I64, slot, 0)
    }

    fn object(&mut self, object: &Arc<dyn Opaque>) -> Value {
        let cell = Box::new(ObjectCell { _pointer: Arc::as_ptr(object), _owner: object.clone() });
        let address = &cell._pointer as *const *const dyn Opaque as i64;
        self.objects.opaque.push(cell);
        self.b.ins().iconst(I64, address)
    }

    fn call_real(&mut self, function: *const u8, arguments: &[Value]) -> Value {
        match self.call(function, arguments, Some(F64)) {
            Some(value) => value,
            None => self.b.ins().f64const(f64::NAN),
        }
    }

    fn call(&mut self, function: *const u8, arguments: &[Value], result: Option<Type>) -> Option<Value> {
        let types: Vec<Type> = arguments.iter().map(|v| self.b.func.dfg.value_type(*v)).collect();
        let signature = match self.signatures.get(&(types.clone(), result)) {
            Some(&signature) => signature,
            None => {
                let mut signature = Signature::new(self.config.default_call_conv);
                signature.params.extend(types.iter().map(|ty| AbiParam::new(*ty)));
                signature.returns.extend(result.map(AbiParam::new));
                let reference = self.b.import_signature(signature);
                self.signatures.insert((types, result), reference);
                reference
            }
        };
        let address = self.b.ins().iconst(I64, function as i64);
        let call = self.b.ins().call_indirect(signature, address, arguments);
        self.b.inst_results(call).first().copied()
    }
}

fn ty_of(ty: Ty) -> Type {
    match ty {
        Ty::F64 => F64,
        Ty::I64 => I64,
    }
}

fn float_cc(op: Compare) -> FloatCC {
    match op {
        Compare::Eq => FloatCC::Equal,
        Compare::Ne => FloatCC::NotEqual,
        Compare::Lt => FloatCC::LessThan,
        Compare::Le => FloatCC::LessThanOrEqual,
        Compare::Gt => FloatCC::GreaterThan,
        Compare::Ge => FloatCC::GreaterThanOrEqual,
    }
}

fn int_cc(op: Compare) -> IntCC {
    match op {
        Compare::Eq => IntCC::Equal,
        Compare::Ne => IntCC::NotEqual,
        Compare::Lt => IntCC::SignedLessThan,
        Compare::Le => IntCC::SignedLessThanOrEqual,
        Compare::Gt => IntCC::SignedGreaterThan,
        Compare::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

/// Steps of both views where each is one run of equally spaced elements.
fn common_run(to: &View, from: &View) -> Option<(i64, i64)> {
    let axes: Vec<usize> = (0..to.dims.len()).filter(|&a| to.dims[a] != 1).collect();
    match axes[..] {
        [] => Some((1, 1)),
        [axis] => Some((to.strides[axis] as i64, from.strides[axis] as i64)),
        _ => {
            let same = axes.iter().all(|&a| to.strides[a] == from.strides[a]);
            let mut by_stride: Vec<(usize, usize)> = axes.iter().map(|&a| (to.strides[a], to.dims[a])).collect();
            by_stride.sort();
            let mut expected = 1;
            let packed = by_stride.iter().all(|&(stride, dim)| {
                let fits = stride == expected;
                expected = stride * dim;
                fits
            });
            (same && packed).then_some((1, 1))
        }
    }
}

/// Whether a region runs loops whose frames stay on the stack.
fn has_kept_loop(region: &Region) -> bool {
    region.ops.iter().any(|op| match op {
        Op::For(l) => l.frame == FrameUse::Keep,
        Op::While(l) => l.frame == FrameUse::Keep,
        Op::If(i) => has_kept_loop(&i.then) || has_kept_loop(&i.otherwise),
        _ => false,
    })
}

extern "C" fn exp(x: f64) -> f64 {
    x.exp()
}
extern "C" fn ln(x: f64) -> f64 {
    x.ln()
}
extern "C" fn ln_1p(x: f64) -> f64 {
    x.ln_1p()
}
extern "C" fn exp_m1(x: f64) -> f64 {
    x.exp_m1()
}
extern "C" fn tanh(x: f64) -> f64 {
    x.tanh()
}
extern "C" fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}
extern "C" fn inv_logit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
extern "C" fn log1p_exp(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}
