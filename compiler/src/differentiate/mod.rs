//! Reverse mode by source transformation: a function that computes `target` becomes one that also writes its gradient.
//!
//! The result is the forward sweep followed by the reverse sweep, in one body. The general rule is a vector-Jacobian
//! product; the seed of `target` is 1. What the reverse sweep reads of the forward sweep is found in one of five ways:
//! values of the outermost level are simply still there; constants, loads of immutable data and index arithmetic are
//! repeated; a loop's index is the reverse loop's index; any other value of a loop body is saved in the frame of its
//! iteration ([`Op::Save`], [`Op::Restore`]); arrays are either temporaries in frames, which nothing overwrites, or are copied to
//! one when an assigned array that a kernel's derivative reads is overwritten later.

mod analysis;
mod jacobian;
mod scalar;

pub use analysis::{Analysis, definitions, uses};
pub use jacobian::jacobian;
pub use scalar::{call1, call2};

use crate::ir::*;
use crate::kernel::{Address, Call, DensityCall, DrawCall, KernelCall, OpaqueCall, Operand, ResultKind, Sizes, Slot};
use crate::opaque;
use analysis::Origin;
use std::collections::HashMap;

/// The function with its reverse sweep appended; the gradient with respect to the buffer at [`Home::Theta`] goes to
/// [`Home::Gradient`].
pub fn differentiate(f: &Function) -> Function {
    let mut d = Differentiator::new(f, Home::Gradient);
    let mut nodes = d.forward(&f.body, ROOT, None);
    d.assigned_adjoints(f);
    let reverse = d.reverse(&mut nodes, 0, ROOT);
    let mut ops = d.finish(nodes);
    ops.push(Op::Reverse);
    ops.extend(reverse);
    d.out.slots = d.slot_counts;
    d.out.body = Region { ops };
    d.out
}

/// The function without derivatives: calls become plain calls.
pub fn primal(f: &Function) -> Function {
    fn region(source: &Region) -> Region {
        let mut ops = Vec::new();
        for op in &source.ops {
            match op {
                Op::Call(call) => match &**call {
                    Call::Kernel(call) => ops.push(kernel_forward(call)),
                    Call::Opaque(call) => ops.push(opaque_forward(call)),
                    Call::Draw(call) => ops.push(draw_forward(call)),
                    Call::Density(call) => ops.push(density_forward(call, &vec![Argument::Null; call.operands.len()])),
                },
                Op::For(l) => {
                    let body = region(&l.body);
                    ops.push(Op::For(Box::new(For { body, ..(**l).clone() })));
                }
                Op::While(l) => {
                    let body = region(&l.body);
                    ops.push(Op::While(Box::new(While { body, ..(**l).clone() })));
                }
                Op::If(i) => {
                    let then = region(&i.then);
                    let otherwise = region(&i.otherwise);
                    ops.push(Op::If(Box::new(If { condition: i.condition, then, otherwise })));
                }
                op => ops.push(op.clone()),
            }
        }
        Region { ops }
    }
    let mut out = f.clone();
    out.slots = vec![0; f.loops as usize];
    out.body = region(&f.body);
    out
}

/// The forward sweep as a tree that both sweeps are made from.
enum Node {
    Op(Op),
    Kernel(KernelCall),
    /// With where the partial of each operand goes.
    Density(DensityCall, Vec<Option<Operand>>),
    /// With the inputs before any were copied: where the adjoints go.
    Opaque(OpaqueCall, Vec<Operand>),
    For {
        id: LoopId,
        region: u32,
        index: V,
        lower: V,
        upper: V,
        body: Vec<Node>,
        keep: bool,
    },
    While {
        id: LoopId,
        region: u32,
        go: Cell,
        body: Vec<Node>,
        count: Cell,
        trips: V,
        keep: bool,
        site: Site,
    },
    If {
        condition: V,
        then: (u32, Vec<Node>),
        otherwise: (u32, Vec<Node>),
    },
}

struct Differentiator {
    analysis: Analysis,
    out: Function,
    /// Where the adjoint of the parameters lies.
    gradient: Home,
    /// Frame slots of the values that the reverse sweep restores.
    slots: HashMap<V, (LoopId, u32)>,
    slot_counts: Vec<u32>,
    /// Adjoints of values used in inner regions, with the region that zeroes them.
    adjoint_cells: HashMap<V, Cell>,
    /// Adjoints of the others so far.
    adjoint_values: HashMap<V, V>,
    adjoint_buffers: HashMap<BufferId, BufferId>,
    /// Primal values available in the reverse sweep, innermost region last.
    scopes: Vec<HashMap<V, V>>,
    /// Reverse regions being written, innermost last.
    emitted: Vec<Vec<Op>>,
    /// Values of the reverse sweep that are known constants.
    constants: HashMap<V, f64>,
    /// Of the forward sweep: operations passed, the current region, the number of the next one.
    position: u32,
    region: u32,
    next_region: u32,
}

impl Differentiator {
    fn new(f: &Function, gradient: Home) -> Differentiator {
        Differentiator {
            analysis: Analysis::of(f),
            out: Function { body: Region::default(), ..f.clone() },
            gradient,
            slots: HashMap::new(),
            slot_counts: vec![0; f.loops as usize],
            adjoint_cells: HashMap::new(),
            adjoint_values: HashMap::new(),
            adjoint_buffers: HashMap::new(),
            scopes: Vec::new(),
            emitted: Vec::new(),
            constants: HashMap::new(),
            position: 0,
            region: 0,
            next_region: 0,
        }
    }

    // ---- forward sweep -------------------------------------------------------------------------------------------

    fn forward(&mut self, region: &Region, frame: LoopId, outermost: Option<LoopId>) -> Vec<Node> {
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

    fn fresh_buffer(&mut self, elem: Elem, len: usize, home: Home) -> BufferId {
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
    fn finish(&mut self, nodes: Vec<Node>) -> Vec<Op> {
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

    // ---- reverse sweep -------------------------------------------------------------------------------------------

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

    fn reverse_nodes(&mut self, nodes: &mut [Node], scope: HashMap<V, V>) -> Vec<Op> {
        self.scopes.push(scope);
        self.emitted.push(Vec::new());
        for node in nodes.iter_mut().rev() {
            self.reverse_node(node);
        }
        self.scopes.pop();
        self.emitted.pop().unwrap_or_default()
    }

    fn reverse(&mut self, nodes: &mut [Node], region: u32, body_of: LoopId) -> Vec<Op> {
        self.reverse_in(nodes, region, Some(body_of), HashMap::new())
    }

    /// What the reverse of a region starts from: adjoints of its own values and temporaries are zero.
    fn zeroed(&mut self, region: u32, body_of: Option<LoopId>) -> Vec<Op> {
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

    fn reverse_kernel(&mut self, call: &KernelCall) {
        let Some(backward) = call.rule.backward else { return };
        if !call.adjoint_of.iter().any(|x| self.analysis.is_active(x)) {
            return;
        }
        let mut seeds: Vec<Option<Argument>> = Vec::new();
        for output in &call.outputs {
            seeds.push(match output {
                Operand::Scalar(v) => self.take_adjoint(*v).map(Argument::Value),
                Operand::View(view) => self.adjoint_buffers.get(&view.buffer).copied().map(|b| {
                    let view = self.primal_view(view).in_buffer(b);
                    Argument::Pointer(view)
                }),
            });
        }
        if seeds.iter().all(Option::is_none) {
            return;
        }
        let mut arguments = Vec::new();
        let mut after: Vec<(V, V)> = Vec::new();
        for slot in call.rule.backward_slots {
            arguments.push(match *slot {
                Slot::Word(i) => Argument::Word(call.words[i]),
                Slot::Stride(i) => Argument::Word(stride(&call.inputs[i])),
                Slot::In(i) => self.primal_pointer(&call.inputs[i]),
                Slot::InValue(i) => self.primal_scalar(&call.inputs[i]),
                Slot::Out(i) => self.primal_pointer(&call.outputs[i]),
                Slot::OutValue(i) => self.primal_scalar(&call.outputs[i]),
                Slot::AdjointOut(i) => match &seeds[i] {
                    Some(Argument::Value(v)) => Argument::Spilled(*v),
                    Some(pointer) => pointer.clone(),
                    None => Argument::Null,
                },
                Slot::AdjointOutValue(i) => match &seeds[i] {
                    Some(seed) => seed.clone(),
                    None => Argument::Value(self.constant(0.0)),
                },
                Slot::AdjointIn(i) => {
                    if !self.analysis.is_active(&call.adjoint_of[i]) {
                        Argument::Null
                    } else {
                        match &call.adjoint_of[i] {
                            Operand::Scalar(v) => {
                                let out = self.out.value(Ty::F64);
                                after.push((*v, out));
                                Argument::Out(out)
                            }
                            Operand::View(view) => Argument::Pointer(self.adjoint_view(view)),
                        }
                    }
                }
            });
        }
        self.emit(Op::Raw(Box::new(Raw { function: backward, arguments, result: RawResult::None })));
        for (v, g) in after {
            self.add_adjoint(v, g);
        }
    }

    fn reverse_density(&mut self, call: &DensityCall, partials: &[Option<Operand>]) {
        let Some(seed) = self.take_adjoint(call.out) else { return };
        for (operand, partial) in call.operands.iter().zip(partials) {
            match (operand, partial) {
                (Operand::Scalar(v), Some(Operand::Scalar(p))) => {
                    let p = self.primal(*p);
                    let g = self.mul(seed, p);
                    self.add_adjoint(*v, g);
                }
                (Operand::View(view), Some(Operand::View(p))) => {
                    let to = self.adjoint_view(view).flat();
                    let scale = if self.constants.get(&seed) == Some(&1.0) { None } else { Some(seed) };
                    self.emit(Op::Accumulate { to, from: p.clone(), scale });
                }
                _ => {}
            }
        }
    }

    fn reverse_opaque(&mut self, call: &OpaqueCall, originals: &[Operand]) {
        if !originals.iter().any(|x| self.analysis.is_active(x)) {
            return;
        }
        let mut any = false;
        let mut seeds = Vec::new();
        for output in &call.outputs {
            seeds.push(match output {
                Operand::Scalar(v) => match self.take_adjoint(*v) {
                    Some(g) => {
                        any = true;
                        Argument::Spilled(g)
                    }
                    None => Argument::Spilled(self.constant(0.0)),
                },
                Operand::View(view) => {
                    any |= self.adjoint_buffers.contains_key(&view.buffer);
                    Argument::Pointer(self.adjoint_view(view))
                }
            });
        }
        if !any {
            return;
        }
        let inputs: Vec<Argument> = call.inputs.iter().map(|x| self.primal_pointer(x)).collect();
        let mut after = Vec::new();
        let mut adjoints = Vec::new();
        for input in originals {
            adjoints.push(if !self.analysis.is_active(input) {
                Argument::Null
            } else {
                match input {
                    Operand::Scalar(v) => {
                        let out = self.out.value(Ty::F64);
                        after.push((*v, out));
                        Argument::Out(out)
                    }
                    Operand::View(view) => Argument::Pointer(self.adjoint_view(view)),
                }
            });
        }
        let arguments = vec![
            opaque_word(call),
            Argument::Pointers(inputs),
            call.saved.as_ref().map_or(Argument::Null, |view| Argument::Pointer(self.primal_view(view))),
            Argument::Pointers(seeds),
            Argument::Pointers(adjoints),
        ];
        let function = Address(opaque::call_pullback as *const u8);
        self.emit(Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Status(call.site) })));
        for (v, g) in after {
            self.add_adjoint(v, g);
        }
    }

    /// Adjoints of everything that is assigned to exist from the start: in a loop, the reverse of an assignment is
    /// written before that of the read that follows it.
    fn assigned_adjoints(&mut self, f: &Function) {
        for cell in 0..f.cells.len() {
            if self.analysis.active_cell[cell] {
                self.cell_adjoint(Cell(cell as u32));
            }
        }
        for buffer in 0..f.buffers.len() {
            if self.analysis.active_buffer[buffer] && f.buffers[buffer].home == Home::Static {
                self.adjoint_buffer(BufferId(buffer as u32));
            }
        }
        let theta = f.buffers.iter().position(|b| b.home == Home::Theta);
        if let Some(theta) = theta {
            self.adjoint_buffer(BufferId(theta as u32));
        }
    }

    // ---- adjoints ------------------------------------------------------------------------------------------------

    fn emit(&mut self, op: Op) {
        if let Some(region) = self.emitted.last_mut() {
            region.push(op);
        }
    }

    fn active(&self, v: V) -> bool {
        self.analysis.active_value[v.0 as usize]
    }

    /// `adjoint(v) += g`
    fn add_adjoint(&mut self, v: V, g: V) {
        if !self.active(v) {
            return;
        }
        if self.analysis.escapes[v.0 as usize] {
            let cell = match self.adjoint_cells.get(&v) {
                Some(cell) => *cell,
                None => {
                    let cell = self.out.cell(Ty::F64);
                    self.adjoint_cells.insert(v, cell);
                    cell
                }
            };
            let old = self.out.value(Ty::F64);
            self.emit(Op::Get(old, cell));
            let sum = self.add(old, g);
            self.emit(Op::Set(cell, sum));
        } else {
            let sum = match self.adjoint_values.get(&v) {
                Some(&old) => self.add(old, g),
                None => g,
            };
            self.adjoint_values.insert(v, sum);
        }
    }

    /// The complete adjoint of `v`, at its definition; `None` where nothing contributed.
    fn take_adjoint(&mut self, v: V) -> Option<V> {
        if let Some(g) = self.adjoint_values.remove(&v) {
            return Some(g);
        }
        let cell = *self.adjoint_cells.get(&v)?;
        let g = self.out.value(Ty::F64);
        self.emit(Op::Get(g, cell));
        Some(g)
    }

    fn cell_adjoint(&mut self, cell: Cell) -> Cell {
        if let Some(&adjoint) = self.adjoint_cells.get(&cell_key(cell)) {
            return adjoint;
        }
        let adjoint = self.out.cell(Ty::F64);
        self.adjoint_cells.insert(cell_key(cell), adjoint);
        adjoint
    }

    fn adjoint_buffer(&mut self, primal: BufferId) -> BufferId {
        if let Some(&adjoint) = self.adjoint_buffers.get(&primal) {
            return adjoint;
        }
        let Buffer { len, home, .. } = *self.out.buf(primal);
        let home = if home == Home::Theta { self.gradient } else { Home::Static };
        let adjoint = self.fresh_buffer(Elem::F64, len, home);
        self.adjoint_buffers.insert(primal, adjoint);
        adjoint
    }

    fn adjoint_view(&mut self, view: &View) -> View {
        let buffer = self.adjoint_buffer(view.buffer);
        self.primal_view(view).in_buffer(buffer)
    }

    // ---- primal values in the reverse sweep ----------------------------------------------------------------------

    /// A value of the forward sweep, as the reverse sweep sees it.
    fn primal(&mut self, v: V) -> V {
        for scope in self.scopes.iter().rev() {
            if let Some(&known) = scope.get(&v) {
                return known;
            }
        }
        let (region, frame) = self.analysis.defined_in[v.0 as usize];
        if region == 0 {
            return v;
        }
        let ty = self.out.ty(v);
        let known = match self.analysis.origin[v.0 as usize].clone() {
            Origin::Real(x) => return self.constant(x),
            Origin::Int(x) => {
                let out = self.out.value(Ty::I64);
                self.emit(Op::Int(out, x));
                out
            }
            Origin::Load(buffer, at) => {
                let at = self.primal_at(&at);
                let out = self.out.value(ty);
                self.emit(Op::Load { out, buffer, at });
                out
            }
            Origin::IntBinary(op, left, right, site) => {
                let (left, right) = (self.primal(left), self.primal(right));
                let out = self.out.value(Ty::I64);
                self.emit(Op::IntBinary { out, op, left, right, site });
                out
            }
            Origin::IntToReal(x) => {
                let x = self.primal(x);
                let out = self.out.value(Ty::F64);
                self.emit(Op::IntToReal(out, x));
                out
            }
            Origin::Other => {
                let next = &mut self.slot_counts[frame.0 as usize];
                let slot = match self.slots.get(&v) {
                    Some(&(_, slot)) => slot,
                    None => {
                        let slot = *next;
                        *next += 1;
                        self.slots.insert(v, (frame, slot));
                        slot
                    }
                };
                let out = self.out.value(ty);
                self.emit(Op::Restore { out, frame, slot });
                out
            }
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(v, known);
        }
        known
    }

    fn primal_at(&mut self, at: &At) -> At {
        At { constant: at.constant, terms: at.terms.iter().map(|&(v, f)| (self.primal(v), f)).collect() }
    }

    fn primal_view(&mut self, view: &View) -> View {
        View { at: self.primal_at(&view.at), ..view.clone() }
    }

    fn primal_pointer(&mut self, x: &Operand) -> Argument {
        match x {
            Operand::Scalar(v) => Argument::Spilled(self.primal(*v)),
            Operand::View(view) => Argument::Pointer(self.primal_view(view)),
        }
    }

    fn primal_scalar(&mut self, x: &Operand) -> Argument {
        match x {
            Operand::Scalar(v) => Argument::Value(self.primal(*v)),
            Operand::View(view) => Argument::Pointer(self.primal_view(view)),
        }
    }
}

/// Cells of the program share the map of adjoint cells with values; their keys lie above all values.
const CELL_KEY: u32 = 1 << 31;

fn cell_key(cell: Cell) -> V {
    V(CELL_KEY + cell.0)
}

fn stride(x: &Operand) -> i64 {
    match x {
        Operand::Scalar(_) => 0,
        Operand::View(_) => 1,
    }
}

fn pointer(x: &Operand) -> Argument {
    match x {
        Operand::Scalar(v) => Argument::Spilled(*v),
        Operand::View(view) => Argument::Pointer(view.clone()),
    }
}

fn kernel_forward(call: &KernelCall) -> Op {
    let arguments = call
        .rule
        .forward_slots
        .iter()
        .map(|slot| match *slot {
            Slot::Word(i) => Argument::Word(call.words[i]),
            Slot::Stride(i) => Argument::Word(stride(&call.inputs[i])),
            Slot::In(i) => pointer(&call.inputs[i]),
            Slot::InValue(i) => match &call.inputs[i] {
                Operand::Scalar(v) => Argument::Value(*v),
                Operand::View(view) => Argument::Pointer(view.clone()),
            },
            Slot::Out(i) => match &call.outputs[i] {
                Operand::Scalar(v) => Argument::Out(*v),
                Operand::View(view) => Argument::Pointer(view.clone()),
            },
            Slot::OutValue(_) | Slot::AdjointOut(_) | Slot::AdjointOutValue(_) | Slot::AdjointIn(_) => Argument::Null,
        })
        .collect();
    let result = match call.rule.result {
        ResultKind::None => RawResult::None,
        ResultKind::Status => RawResult::Status(call.site),
        ResultKind::Output => match &call.outputs[0] {
            Operand::Scalar(v) => RawResult::Real(*v),
            Operand::View(_) => RawResult::None,
        },
    };
    Op::Raw(Box::new(Raw { function: call.rule.forward, arguments, result }))
}

fn density_forward(call: &DensityCall, adjoints: &[Argument]) -> Op {
    let operands = call
        .operands
        .iter()
        .zip(adjoints)
        .zip(&call.strides)
        .map(|((x, adjoint), &stride)| DensityOperand { values: pointer(x), stride, adjoint: adjoint.clone() })
        .collect();
    let arguments = vec![
        match &call.sizes {
            Sizes::Count(n) => Argument::Word(*n as i64),
            Sizes::Table(sizes) => Argument::Table(sizes.clone()),
        },
        Argument::Operands(operands),
        Argument::Word32(call.terms),
        Argument::Seed(1.0),
        Argument::Out(call.out),
    ];
    Op::Raw(Box::new(Raw { function: call.kernel, arguments, result: RawResult::Status(call.site) }))
}

fn opaque_word(call: &OpaqueCall) -> Argument {
    Argument::Opaque(call.function.clone())
}

fn opaque_forward(call: &OpaqueCall) -> Op {
    let inputs = call.inputs.iter().map(pointer).collect();
    let outputs = call
        .outputs
        .iter()
        .map(|o| match o {
            Operand::Scalar(v) => Argument::Out(*v),
            Operand::View(view) => Argument::Pointer(view.clone()),
        })
        .collect();
    let (inputs, outputs) = (Argument::Pointers(inputs), Argument::Pointers(outputs));
    let (function, arguments) = if call.random {
        (opaque::call_draw as *const u8, vec![opaque_word(call), Argument::Sequence, inputs, outputs])
    } else {
        let saved = call.saved.clone().map_or(Argument::Null, Argument::Pointer);
        (opaque::call_value as *const u8, vec![opaque_word(call), Argument::Fuel, inputs, outputs, saved])
    };
    let function = Address(function);
    Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Status(call.site) }))
}

fn draw_forward(call: &DrawCall) -> Op {
    let parameters = call.operands.iter().flat_map(|x| [pointer(x), Argument::Word(stride(x))]).collect();
    let out = match &call.out {
        Operand::Scalar(v) => Argument::Out(*v),
        Operand::View(view) => Argument::Pointer(view.clone()),
    };
    let n = Argument::Word(call.n as i64);
    let arguments = vec![Argument::Sequence, n, Argument::Pointers(parameters), out];
    Op::Raw(Box::new(Raw { function: call.kernel, arguments, result: RawResult::Status(call.site) }))
}
