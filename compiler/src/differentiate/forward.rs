//! The forward sweep: what it keeps for the reverse sweep, and its operations with the saves.

use super::analysis::Origin;
use super::plain::{density_forward, draw_forward, kernel_forward, opaque_forward};
use super::{Differentiator, Node, definitions};
use crate::ir::*;
use crate::kernel::{Call, KernelCall, Operand, Slot};

impl Differentiator {
    pub(super) fn forward(&mut self, region: &Region, frame: LoopId, outermost: Option<LoopId>) -> Vec<Node> {
        let outer_region = std::mem::replace(&mut self.region, self.next_region);
        self.next_region += 1;
        let mut nodes = Vec::new();
        for op in &region.ops {
            self.position += 1;
            match op {
                Op::Call(call) => match &**call {
                    Call::Kernel(call) => {
                        let call = self.keep_inputs(call, frame, outermost, &mut nodes);
                        nodes.push(Node::Kernel(call));
                    }
                    Call::Density(call) => {
                        let partials = call.operands.iter().map(|x| self.partial(x, frame)).collect();
                        nodes.push(Node::Density(call.clone(), partials));
                    }
                    Call::Opaque(call) => {
                        let mut call = call.clone();
                        let originals = call.inputs.clone();
                        if originals.iter().any(|x| self.analysis.is_active(x)) {
                            for input in &mut call.inputs {
                                self.keep_view(input, frame, outermost, &mut nodes);
                            }
                        }
                        nodes.push(Node::Opaque(call, originals));
                    }
                    // There are none in densities.
                    Call::Draw(call) => nodes.push(Node::Op(draw_forward(call))),
                },
                Op::For(l) => {
                    let region = self.next_region;
                    let body = self.forward(&l.body, l.id, outermost.or(Some(l.id)));
                    let (id, index, lower, upper) = (l.id, l.index, l.lower, l.upper);
                    nodes.push(Node::For { id, region, index, lower, upper, body, keep: false });
                }
                Op::While(l) => {
                    let region = self.next_region;
                    let body = self.forward(&l.body, l.id, outermost.or(Some(l.id)));
                    let trips = self.fresh(Ty::I64, frame);
                    let (id, go, count, site) = (l.id, l.go, l.count, l.site);
                    nodes.push(Node::While { id, region, go, body, count, trips, keep: false, site });
                }
                Op::If(i) => {
                    let first = self.next_region;
                    let then = self.forward(&i.then, frame, outermost);
                    let second = self.next_region;
                    let otherwise = self.forward(&i.otherwise, frame, outermost);
                    nodes.push(Node::If {
                        condition: i.condition,
                        then: (first, then),
                        otherwise: (second, otherwise),
                    });
                }
                op => nodes.push(Node::Op(op.clone())),
            }
        }
        self.region = outer_region;
        nodes
    }

    /// A value of the forward sweep that the source does not have. It never escapes and is never active.
    fn fresh(&mut self, ty: Ty, frame: LoopId) -> V {
        let v = self.out.value(ty);
        self.analysis.active_value.push(false);
        self.analysis.defined_in.push((self.region, frame));
        self.analysis.escapes.push(false);
        self.analysis.origin.push(Origin::Other);
        v
    }

    pub(super) fn fresh_buffer(&mut self, elem: Elem, len: usize, home: Home) -> BufferId {
        self.analysis.active_buffer.push(false);
        self.out.buffer(elem, len, home)
    }

    /// Copies the inputs that the derivative reads and that would be overwritten before.
    fn keep_inputs(
        &mut self,
        call: &KernelCall,
        frame: LoopId,
        outermost: Option<LoopId>,
        nodes: &mut Vec<Node>,
    ) -> KernelCall {
        let mut call = call.clone();
        call.adjoint_of = call.inputs.clone();
        if !call.inputs.iter().any(|x| self.analysis.is_active(x)) {
            return call;
        }
        for i in 0..call.inputs.len() {
            if call.rule.backward_slots.contains(&Slot::In(i)) {
                let mut input = call.inputs[i].clone();
                self.keep_view(&mut input, frame, outermost, nodes);
                call.inputs[i] = input;
            }
        }
        call
    }

    fn keep_view(&mut self, x: &mut Operand, frame: LoopId, outermost: Option<LoopId>, nodes: &mut Vec<Node>) {
        let Operand::View(view) = x else { return };
        let buffer = self.out.buf(view.buffer).clone();
        if buffer.home != Home::Static || !self.analysis.overwritten_after(view.buffer, self.position, outermost) {
            return;
        }
        let copy = self.fresh_buffer(buffer.elem, view.len(), Home::Frame(frame));
        let to = View { buffer: copy, at: At::default(), dims: view.dims.clone(), strides: view.strides.clone() };
        nodes.push(Node::Op(Op::Copy { to: to.clone(), from: view.clone() }));
        *x = Operand::View(to);
    }

    /// Where a density kernel writes the partial of an operand.
    fn partial(&mut self, operand: &Operand, frame: LoopId) -> Option<Operand> {
        if !self.analysis.is_active(operand) {
            return None;
        }
        Some(match operand {
            Operand::Scalar(_) => Operand::Scalar(self.fresh(Ty::F64, frame)),
            Operand::View(view) => {
                let buffer = self.fresh_buffer(Elem::F64, view.len(), Home::Frame(frame));
                Operand::View(View::vector(buffer, At::default(), view.len()))
            }
        })
    }

    /// The forward sweep as operations, with saves after the definitions that need them.
    pub(super) fn finish(&mut self, nodes: Vec<Node>) -> Vec<Op> {
        let mut ops = Vec::new();
        for node in nodes {
            let op = match node {
                Node::Op(op) => op,
                Node::Kernel(call) => kernel_forward(&call),
                Node::Opaque(call, _) => opaque_forward(&call),
                Node::Density(call, partials) => {
                    let adjoints: Vec<Argument> = partials
                        .iter()
                        .map(|p| match p {
                            None => Argument::Null,
                            Some(Operand::Scalar(v)) => Argument::Out(*v),
                            Some(Operand::View(view)) => Argument::Pointer(view.clone()),
                        })
                        .collect();
                    for view in partials.iter().flatten().filter_map(Operand::view) {
                        let value = self.fresh(Ty::F64, ROOT);
                        ops.push(Op::Real(value, 0.0));
                        ops.push(Op::Fill { to: view.clone(), value });
                    }
                    density_forward(&call, &adjoints)
                }
                Node::For { id, index, lower, upper, body, keep, .. } => {
                    let mut inner = Vec::new();
                    self.save(index, &mut inner);
                    inner.extend(self.finish(body));
                    let frame = if keep { FrameUse::Keep } else { FrameUse::Drop };
                    Op::For(Box::new(For { id, index, lower, upper, body: Region { ops: inner }, frame, failed: None }))
                }
                Node::While { id, go, body, count, trips, keep, site, .. } => {
                    let body = Region { ops: self.finish(body) };
                    let frame = if keep { FrameUse::Keep } else { FrameUse::Drop };
                    ops.push(Op::While(Box::new(While { id, go, body, count, frame, site })));
                    Op::Get(trips, count)
                }
                Node::If { condition, then, otherwise } => {
                    let then = Region { ops: self.finish(then.1) };
                    let otherwise = Region { ops: self.finish(otherwise.1) };
                    Op::If(Box::new(If { condition, then, otherwise }))
                }
            };
            let defined = definitions(&op);
            ops.push(op);
            for v in defined {
                self.save(v, &mut ops);
            }
        }
        ops
    }

    fn save(&self, v: V, ops: &mut Vec<Op>) {
        if let Some(&(frame, slot)) = self.slots.get(&v) {
            ops.push(Op::Save { frame, slot, value: v });
        }
    }
}
