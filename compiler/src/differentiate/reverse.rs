//! The reverse sweep: regions and operations, last one first.

use super::adjoint::{CELL_KEY, cell_key};
use super::analysis::Origin;
use super::{Differentiator, Node};
use crate::ir::*;
use std::collections::HashMap;

impl Differentiator {
    pub(super) fn reverse(&mut self, nodes: &mut [Node], region: u32, body_of: LoopId) -> Vec<Op> {
        self.reverse_in(nodes, region, Some(body_of), HashMap::new())
    }

    /// The reverse of a region; empty where nothing in it has an adjoint. `frame` is the loop whose body this is, where
    /// the region is one (or the root).
    fn reverse_in(
        &mut self,
        nodes: &mut [Node],
        region: u32,
        body_of: Option<LoopId>,
        scope: HashMap<V, V>,
    ) -> Vec<Op> {
        let ops = self.reverse_nodes(nodes, scope);
        if ops.is_empty() {
            return ops;
        }
        let mut start = self.zeroed(region, body_of);
        start.extend(ops);
        start
    }

    pub(super) fn reverse_nodes(&mut self, nodes: &mut [Node], scope: HashMap<V, V>) -> Vec<Op> {
        self.scopes.push(scope);
        self.emitted.push(Vec::new());
        for node in nodes.iter_mut().rev() {
            self.reverse_node(node);
        }
        self.scopes.pop();
        self.emitted.pop().unwrap_or_default()
    }

    /// What the reverse of a region starts from: adjoints of its own values and temporaries are zero.
    pub(super) fn zeroed(&mut self, region: u32, body_of: Option<LoopId>) -> Vec<Op> {
        let mut ops = Vec::new();
        let zero = self.out.value(Ty::F64);
        ops.push(Op::Real(zero, 0.0));
        let mut cells: Vec<Cell> = Vec::new();
        for (v, cell) in self.adjoint_cells.iter().filter(|(v, _)| v.0 < CELL_KEY) {
            if self.analysis.defined_in[v.0 as usize].0 == region {
                cells.push(*cell);
            }
        }
        cells.sort();
        ops.extend(cells.into_iter().map(|cell| Op::Set(cell, zero)));
        if let Some(id) = body_of {
            let mut buffers: Vec<BufferId> = Vec::new();
            for (&primal, &adjoint) in &self.adjoint_buffers {
                let here = match self.out.buf(primal).home {
                    Home::Frame(frame) => frame == id,
                    _ => id == ROOT,
                };
                if here {
                    buffers.push(adjoint);
                }
            }
            buffers.sort();
            for buffer in buffers {
                let len = self.out.buf(buffer).len;
                ops.push(Op::Fill { to: View::vector(buffer, At::default(), len), value: zero });
            }
            if id == ROOT {
                let cells: Vec<Cell> = self.program_cells();
                ops.extend(cells.into_iter().map(|cell| Op::Set(cell, zero)));
            }
        }
        ops
    }

    /// Adjoints of the program's own cells.
    fn program_cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> =
            self.adjoint_cells.iter().filter(|(v, _)| v.0 >= CELL_KEY).map(|(_, c)| *c).collect();
        cells.sort();
        cells
    }

    fn reverse_node(&mut self, node: &mut Node) {
        match node {
            Node::Op(op) => self.reverse_op(op),
            Node::Kernel(call) => self.reverse_kernel(call),
            Node::Density(call, partials) => self.reverse_density(call, partials),
            Node::Opaque(call, originals) => self.reverse_opaque(call, originals),
            Node::For { id, region, index, lower, upper, body, keep } => {
                let reverse_index = self.out.value(Ty::I64);
                let scope = HashMap::from([(*index, reverse_index)]);
                let ops = self.reverse_in(body, *region, Some(*id), scope);
                if ops.is_empty() {
                    return;
                }
                *keep = true;
                let (lower, upper) = (self.primal(*lower), self.primal(*upper));
                self.emit(Op::For(Box::new(For {
                    id: *id,
                    index: reverse_index,
                    lower,
                    upper,
                    body: Region { ops },
                    frame: FrameUse::Pop,
                    failed: None,
                })));
            }
            Node::While { id, region, body, trips, keep, .. } => {
                let ops = self.reverse_in(body, *region, Some(*id), HashMap::new());
                if ops.is_empty() {
                    return;
                }
                *keep = true;
                let upper = self.primal(*trips);
                let lower = self.out.value(Ty::I64);
                self.emit(Op::Int(lower, 1));
                let index = self.out.value(Ty::I64);
                self.emit(Op::For(Box::new(For {
                    id: *id,
                    index,
                    lower,
                    upper,
                    body: Region { ops },
                    frame: FrameUse::Pop,
                    failed: None,
                })));
            }
            Node::If { condition, then, otherwise } => {
                let then = self.reverse_in(&mut then.1, then.0, None, HashMap::new());
                let otherwise = self.reverse_in(&mut otherwise.1, otherwise.0, None, HashMap::new());
                if then.is_empty() && otherwise.is_empty() {
                    return;
                }
                let condition = self.primal(*condition);
                let (then, otherwise) = (Region { ops: then }, Region { ops: otherwise });
                self.emit(Op::If(Box::new(If { condition, then, otherwise })));
            }
        }
    }

    fn reverse_op(&mut self, op: &Op) {
        match op {
            Op::AddTarget(v) | Op::AddJacobian(v) if self.active(*v) => {
                let one = self.constant(1.0);
                self.add_adjoint(*v, one);
            }
            Op::Unary(out, function, x) => {
                if let Some(g) = self.take_adjoint(*out) {
                    self.reverse_unary(*out, *function, *x, g);
                }
            }
            Op::Binary(out, function, x, y) => {
                if let Some(g) = self.take_adjoint(*out) {
                    self.reverse_binary(*out, *function, *x, *y, g);
                }
            }
            Op::Load { out, buffer, at } => {
                if let Some(g) = self.take_adjoint(*out) {
                    let adjoint = self.adjoint_buffer(*buffer);
                    let at = self.primal_at(at);
                    let old = self.out.value(Ty::F64);
                    self.emit(Op::Load { out: old, buffer: adjoint, at: at.clone() });
                    let value = self.add(old, g);
                    self.emit(Op::Store { buffer: adjoint, at, value });
                }
            }
            Op::Store { buffer, at, value } => {
                let Some(&adjoint) = self.adjoint_buffers.get(buffer) else { return };
                let at = self.primal_at(at);
                let g = self.out.value(Ty::F64);
                self.emit(Op::Load { out: g, buffer: adjoint, at: at.clone() });
                if self.out.buf(*buffer).home == Home::Static {
                    let zero = self.constant(0.0);
                    self.emit(Op::Store { buffer: adjoint, at, value: zero });
                }
                self.add_adjoint(*value, g);
            }
            Op::Get(out, cell) => {
                if let Some(g) = self.take_adjoint(*out) {
                    let adjoint = self.cell_adjoint(*cell);
                    let old = self.out.value(Ty::F64);
                    self.emit(Op::Get(old, adjoint));
                    let sum = self.add(old, g);
                    self.emit(Op::Set(adjoint, sum));
                }
            }
            Op::Set(cell, v) => {
                let Some(&adjoint) = self.adjoint_cells.get(&cell_key(*cell)) else { return };
                let g = self.out.value(Ty::F64);
                self.emit(Op::Get(g, adjoint));
                let zero = self.constant(0.0);
                self.emit(Op::Set(adjoint, zero));
                self.add_adjoint(*v, g);
            }
            Op::Copy { to, from } => {
                let Some(&adjoint) = self.adjoint_buffers.get(&to.buffer) else { return };
                let adjoint_to = self.primal_view(to).in_buffer(adjoint);
                if self.analysis.active_buffer[from.buffer.0 as usize] {
                    let into = self.adjoint_view(from);
                    self.emit(Op::Accumulate { to: into, from: adjoint_to.clone(), scale: None });
                }
                if self.out.buf(to.buffer).home == Home::Static {
                    let value = self.constant(0.0);
                    self.emit(Op::Fill { to: adjoint_to, value });
                }
            }
            Op::Fill { to, value } => {
                let Some(&adjoint) = self.adjoint_buffers.get(&to.buffer) else { return };
                // The NaN of a declaration: what was read of it is NaN anyway.
                if matches!(self.analysis.origin[value.0 as usize], Origin::Real(x) if x.is_nan()) {
                    return;
                }
                let adjoint_to = self.primal_view(to).in_buffer(adjoint);
                if self.active(*value) {
                    let sum = self.sum(&adjoint_to);
                    self.add_adjoint(*value, sum);
                }
                if self.out.buf(to.buffer).home == Home::Static {
                    let value = self.constant(0.0);
                    self.emit(Op::Fill { to: adjoint_to, value });
                }
            }
            _ => {}
        }
    }
}
