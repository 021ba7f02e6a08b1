//! Operations done lane by lane, in a loop over the lanes.

use super::Batcher;
use super::varying::each;
use crate::differentiate::{definitions, uses};
use crate::ir::*;
use crate::kernel::{Call, Operand};
use std::collections::{HashMap, HashSet};

impl Batcher {
    /// Writes the waiting operations as one loop.
    pub(super) fn flush(&mut self, source: &Region, pending: &mut Vec<usize>, last: &HashMap<V, usize>) {
        let group: Vec<usize> = std::mem::take(pending);
        let Some(&end) = group.last() else { return };
        let mut defined = HashSet::new();
        let mut used = Vec::new();
        for &i in &group {
            each(&source.ops[i], &mut |op| {
                used.extend(uses(op));
                defined.extend(definitions(op));
                if let Op::For(l) = op {
                    defined.insert(l.index);
                }
            });
        }
        used.sort();
        used.dedup();
        let inputs: Vec<V> =
            used.into_iter().filter(|v| !defined.contains(v) && self.varying.value[v.0 as usize]).collect();
        let outputs: Vec<V> = group
            .iter()
            .flat_map(|&i| definitions(&source.ops[i]))
            .filter(|v| self.varying.value[v.0 as usize] && last.get(v).is_some_and(|&i| i > end))
            .collect();

        self.each_lane(inputs, |b, lane| {
            for &i in &group {
                b.lane_op(&source.ops[i], lane);
            }
            for v in outputs {
                let column = b.own_column(v);
                b.emit(Op::Store { buffer: column.buffer, at: column.at.plus(lane, 1).offset(-1), value: v });
            }
        });
        self.release(last, end);
    }

    /// A copy of what lies in a different place for each draw, in one place.
    pub(super) fn gather(&mut self, view: &View) -> View {
        let elem = self.f.buf(view.buffer).elem;
        let buffer = self.f.buffer(elem, view.len() * self.lanes, Home::Static);
        self.varying.buffer.resize(buffer.0 as usize + 1, false);
        self.varying.buffer[buffer.0 as usize] = true;
        let to = View { buffer, at: At::default(), dims: view.dims.clone(), strides: view.strides.clone() };
        let places = view.at.terms.iter().map(|(v, _)| *v).filter(|v| self.varying.value[v.0 as usize]).collect();
        self.each_lane(places, |b, lane| {
            let (to, from) = (b.lane_view(&to, lane), b.lane_view(view, lane));
            b.emit(Op::Copy { to, from });
        });
        to
    }

    /// Writes a loop over the lanes of draws that have not failed; `inputs` have their values of the lane in it.
    fn each_lane(&mut self, inputs: Vec<V>, body: impl FnOnce(&mut Self, V)) {
        let lane = self.f.value(Ty::I64);
        self.ops.push(Vec::new());
        // A draw that has failed is over; its numbers may be anything.
        let failed = self.failed.clone();
        let [mark, zero] = [(); 2].map(|()| self.f.value(Ty::F64));
        let over = self.f.value(Ty::I64);
        self.emit(Op::Load { out: mark, buffer: failed.buffer, at: failed.at.plus(lane, 1).offset(-1) });
        self.emit(Op::Real(zero, 0.0));
        self.emit(Op::Compare { out: over, op: Compare::Ne, ty: Ty::F64, left: mark, right: zero });
        self.emit(Op::Exit { condition: over, status: Status::Reject, site: Site(0) });
        for v in inputs {
            let column = self.column(v);
            self.emit(Op::Load { out: v, buffer: column.buffer, at: column.at.plus(lane, 1).offset(-1) });
        }
        body(self, lane);
        let body = Region { ops: self.ops.pop().unwrap_or_default() };
        let id = self.f.new_loop();
        let (lower, upper) = (self.f.value(Ty::I64), self.f.value(Ty::I64));
        self.emit(Op::Int(lower, 1));
        self.emit(Op::Int(upper, self.lanes as i64));
        self.emit(Op::For(Box::new(For {
            id,
            index: lane,
            lower,
            upper,
            body,
            frame: FrameUse::Drop,
            failed: Some(failed),
        })));
    }

    fn lane_region(&mut self, region: &Region, lane: V) -> Region {
        self.ops.push(Vec::new());
        for op in &region.ops {
            self.lane_op(op, lane);
        }
        Region { ops: self.ops.pop().unwrap_or_default() }
    }

    /// An operation for one lane: what varies is read from the lane's place.
    fn lane_op(&mut self, op: &Op, lane: V) {
        let op = match op {
            Op::AddTarget(_) | Op::AddJacobian(_) => return,
            Op::Load { out, buffer, at } => {
                Op::Load { out: *out, buffer: *buffer, at: self.lane_at(*buffer, at, lane) }
            }
            Op::Store { buffer, at, value } => {
                Op::Store { buffer: *buffer, at: self.lane_at(*buffer, at, lane), value: *value }
            }
            Op::Get(v, cell) if self.varying.cell[cell.0 as usize] => {
                let column = self.cell_column(*cell);
                Op::Load { out: *v, buffer: column.buffer, at: At::default().plus(lane, 1).offset(-1) }
            }
            Op::Set(cell, v) if self.varying.cell[cell.0 as usize] => {
                let column = self.cell_column(*cell);
                // Loops look at the cell itself.
                self.emit(Op::Set(*cell, *v));
                Op::Store { buffer: column.buffer, at: At::default().plus(lane, 1).offset(-1), value: *v }
            }
            Op::Copy { to, from } => Op::Copy { to: self.lane_view(to, lane), from: self.lane_view(from, lane) },
            Op::Fill { to, value } => Op::Fill { to: self.lane_view(to, lane), value: *value },
            Op::Call(call) => return self.lane_call(call, lane),
            Op::For(l) => {
                let body = self.lane_region(&l.body, lane);
                Op::For(Box::new(For { body, ..(**l).clone() }))
            }
            Op::While(l) => {
                if self.varying.cell[l.go.0 as usize] {
                    let column = self.cell_column(l.go);
                    let go = self.f.value(Ty::I64);
                    let at = At::default().plus(lane, 1).offset(-1);
                    self.emit(Op::Load { out: go, buffer: column.buffer, at });
                    self.emit(Op::Set(l.go, go));
                }
                let body = self.lane_region(&l.body, lane);
                Op::While(Box::new(While { body, ..(**l).clone() }))
            }
            Op::If(i) => {
                let then = self.lane_region(&i.then, lane);
                let otherwise = self.lane_region(&i.otherwise, lane);
                Op::If(Box::new(If { condition: i.condition, then, otherwise }))
            }
            op => op.clone(),
        };
        self.emit(op);
    }

    fn lane_at(&self, buffer: BufferId, at: &At, lane: V) -> At {
        if self.varying.buffer[buffer.0 as usize] { self.scaled(at).plus(lane, 1).offset(-1) } else { at.clone() }
    }

    fn lane_view(&self, view: &View, lane: V) -> View {
        let mut out = view.clone();
        out.at = self.lane_at(view.buffer, &view.at, lane);
        if self.varying.buffer[view.buffer.0 as usize] {
            out.strides.iter_mut().for_each(|s| *s *= self.lanes);
        }
        out
    }

    /// A call for one lane, whose arrays are gathered and scattered: kernels want them dense.
    fn lane_call(&mut self, call: &Call, lane: V) {
        let mut after = Vec::new();
        let mut call = call.clone();
        let (inputs, outputs): (Vec<&mut Operand>, Vec<&mut Operand>) = match &mut call {
            Call::Kernel(c) => (c.inputs.iter_mut().collect(), c.outputs.iter_mut().collect()),
            Call::Density(c) => (c.operands.iter_mut().collect(), Vec::new()),
            Call::Opaque(c) => (c.inputs.iter_mut().collect(), c.outputs.iter_mut().collect()),
            Call::Draw(c) => (c.operands.iter_mut().collect(), vec![&mut c.out]),
        };
        for (operands, read) in [(inputs, true), (outputs, false)] {
            for operand in operands {
                let Operand::View(view) = operand else { continue };
                if !self.varying.buffer[view.buffer.0 as usize] {
                    continue;
                }
                let place = self.lane_view(view, lane);
                let elem = self.f.buf(view.buffer).elem;
                let buffer = self.f.buffer(elem, view.len(), Home::Static);
                let dense = View { buffer, at: At::default(), dims: view.dims.clone(), strides: view.strides.clone() };
                if read {
                    self.emit(Op::Copy { to: dense.clone(), from: place });
                } else {
                    after.push(Op::Copy { to: place, from: dense.clone() });
                }
                *operand = Operand::View(dense);
            }
        }
        self.emit(Op::Call(Box::new(call)));
        after.into_iter().for_each(|op| self.emit(op));
    }
}
