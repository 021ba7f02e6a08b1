//! Loops with their frames and fuel, and branches.

use super::Emitter;
use crate::ir::*;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Value};

impl Emitter<'_, '_> {
    pub(super) fn for_loop(&mut self, l: &For) {
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

    pub(super) fn while_loop(&mut self, l: &While) {
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

    pub(super) fn if_else(&mut self, i: &If) {
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
