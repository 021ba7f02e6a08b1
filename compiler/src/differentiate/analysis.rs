//! What reverse mode must know of a function before it transforms it: which values depend on the parameters,
//! where each value is defined, and which arrays are written when.

use crate::ir::*;
use crate::kernel::{Call, Operand};

/// Facts about one function.
pub struct Analysis {
    pub active_value: Vec<bool>,
    pub active_cell: Vec<bool>,
    pub active_buffer: Vec<bool>,
    /// Region (numbered in pre-order, 0 is the function's body) and loop that define each value.
    pub defined_in: Vec<(u32, LoopId)>,
    /// Whether some use lies in another region than the definition.
    pub escapes: Vec<bool>,
    /// How to compute a value again in the reverse sweep, where that is cheap.
    pub origin: Vec<Origin>,
    /// Positions (in program order) of the writes to each static buffer, with the outermost loop around them.
    writes: Vec<Vec<(u32, Option<LoopId>)>>,
}

/// A definition that can be repeated instead of saved.
#[derive(Clone, Debug)]
pub enum Origin {
    Other,
    Real(f64),
    Int(i64),
    Load(BufferId, At),
    IntBinary(IntOp, V, V, Site),
    IntToReal(V),
}

impl Analysis {
    pub fn of(f: &Function) -> Analysis {
        let n = f.values.len();
        let mut a = Analysis {
            active_value: vec![false; n],
            active_cell: vec![false; f.cells.len()],
            active_buffer: f.buffers.iter().map(|b| b.home == Home::Theta).collect(),
            defined_in: vec![(0, ROOT); n],
            escapes: vec![false; n],
            origin: vec![Origin::Other; n],
            writes: vec![Vec::new(); f.buffers.len()],
        };
        let mut walk = Walk { f, a: &mut a, next_region: 0, position: 0 };
        walk.region(&f.body, ROOT, None);
        while a.spread(&f.body) {}
        let useful = Useful::of(f);
        a.active_value.iter_mut().zip(useful.value).for_each(|(active, useful)| *active &= useful);
        a.active_cell.iter_mut().zip(useful.cell).for_each(|(active, useful)| *active &= useful);
        a.active_buffer.iter_mut().zip(useful.buffer).for_each(|(active, useful)| *active &= useful);
        a
    }

    /// Whether a static buffer may change between `position` and the reverse sweep of what stands there.
    pub fn overwritten_after(&self, buffer: BufferId, position: u32, outermost: Option<LoopId>) -> bool {
        self.writes[buffer.0 as usize]
            .iter()
            .any(|&(write, loop_)| write > position || (loop_.is_some() && loop_ == outermost))
    }

    pub fn is_active(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Scalar(v) => self.active_value[v.0 as usize],
            Operand::View(view) => self.active_buffer[view.buffer.0 as usize],
        }
    }

    /// One pass of activity through the region; whether anything changed.
    fn spread(&mut self, region: &Region) -> bool {
        let mut changed = false;
        for op in &region.ops {
            changed |= self.spread_op(op);
        }
        changed
    }

    fn spread_op(&mut self, op: &Op) -> bool {
        match op {
            Op::Unary(out, _, x) => self.mark_value(*out, self.value(*x)),
            Op::Binary(out, _, x, y) => self.mark_value(*out, self.value(*x) || self.value(*y)),
            Op::Load { out, buffer, .. } => self.mark_value(*out, self.active_buffer[buffer.0 as usize]),
            Op::Store { buffer, value, .. } => self.mark_buffer(*buffer, self.value(*value)),
            Op::Get(out, cell) => self.mark_value(*out, self.active_cell[cell.0 as usize]),
            Op::Set(cell, v) => {
                let on = self.value(*v);
                set(&mut self.active_cell[cell.0 as usize], on)
            }
            Op::Copy { to, from } => self.mark_buffer(to.buffer, self.active_buffer[from.buffer.0 as usize]),
            Op::Fill { to, value } => self.mark_buffer(to.buffer, self.value(*value)),
            Op::For(l) => self.spread(&l.body),
            Op::While(l) => self.spread(&l.body),
            Op::If(i) => self.spread(&i.then) | self.spread(&i.otherwise),
            Op::Call(call) => {
                let differentiable = !matches!(&**call, Call::Kernel(k) if k.rule.backward.is_none());
                let on = differentiable && call.inputs().iter().any(|x| self.is_active(x));
                let mut changed = false;
                for out in call.outputs() {
                    changed |= match out {
                        Operand::Scalar(v) => self.mark_value(v, on),
                        Operand::View(view) => self.mark_buffer(view.buffer, on),
                    };
                }
                changed
            }
            _ => false,
        }
    }

    fn value(&self, v: V) -> bool {
        self.active_value[v.0 as usize]
    }

    fn mark_value(&mut self, v: V, on: bool) -> bool {
        set(&mut self.active_value[v.0 as usize], on)
    }

    fn mark_buffer(&mut self, b: BufferId, on: bool) -> bool {
        set(&mut self.active_buffer[b.0 as usize], on)
    }
}

fn set(flag: &mut bool, on: bool) -> bool {
    let changed = on && !*flag;
    *flag |= on;
    changed
}

/// Records definitions, uses and writes in program order. `position` counts operations exactly as `differentiate` does.
struct Walk<'a> {
    f: &'a Function,
    a: &'a mut Analysis,
    next_region: u32,
    position: u32,
}

impl Walk<'_> {
    fn region(&mut self, region: &Region, frame: LoopId, outermost: Option<LoopId>) {
        let id = self.next_region;
        self.next_region += 1;
        for op in &region.ops {
            self.position += 1;
            for v in uses(op) {
                if self.a.defined_in[v.0 as usize].0 != id {
                    self.a.escapes[v.0 as usize] = true;
                }
            }
            for v in definitions(op) {
                self.a.defined_in[v.0 as usize] = (id, frame);
            }
            self.origin(op);
            for buffer in written(op) {
                if self.f.buf(buffer).home == Home::Static {
                    self.a.writes[buffer.0 as usize].push((self.position, outermost));
                }
            }
            match op {
                Op::For(l) => {
                    self.a.defined_in[l.index.0 as usize] = (self.next_region, l.id);
                    self.region(&l.body, l.id, outermost.or(Some(l.id)));
                }
                Op::While(l) => self.region(&l.body, l.id, outermost.or(Some(l.id))),
                Op::If(i) => {
                    self.region(&i.then, frame, outermost);
                    self.region(&i.otherwise, frame, outermost);
                }
                _ => {}
            }
        }
    }

    fn origin(&mut self, op: &Op) {
        let (v, origin) = match op {
            Op::Real(v, x) => (v, Origin::Real(*x)),
            Op::Int(v, x) => (v, Origin::Int(*x)),
            Op::IntToReal(v, x) => (v, Origin::IntToReal(*x)),
            Op::IntBinary { out, op: op @ (IntOp::Add | IntOp::Sub | IntOp::Mul), left, right, site } => {
                (out, Origin::IntBinary(*op, *left, *right, *site))
            }
            Op::Load { out, buffer, at } => match self.f.buf(*buffer).home {
                Home::Reals(_) | Home::Ints(_) | Home::Theta | Home::Given => (out, Origin::Load(*buffer, at.clone())),
                _ => return,
            },
            _ => return,
        };
        self.a.origin[v.0 as usize] = origin;
    }
}

/// Values that an operation defines (not those inside its regions).
pub fn definitions(op: &Op) -> Vec<V> {
    match op {
        Op::Real(v, _)
        | Op::Int(v, _)
        | Op::Unary(v, ..)
        | Op::Binary(v, ..)
        | Op::IntBinary { out: v, .. }
        | Op::Compare { out: v, .. }
        | Op::IntToReal(v, _)
        | Op::RealToInt(v, ..)
        | Op::Load { out: v, .. }
        | Op::Get(v, _)
        | Op::Sum { out: v, .. }
        | Op::Restore { out: v, .. } => vec![*v],
        Op::Call(call) => call
            .outputs()
            .into_iter()
            .filter_map(|o| match o {
                Operand::Scalar(v) => Some(v),
                Operand::View(_) => None,
            })
            .collect(),
        Op::Raw(raw) => raw_definitions(raw),
        _ => Vec::new(),
    }
}

fn raw_definitions(raw: &Raw) -> Vec<V> {
    let mut out = Vec::new();
    fn argument(a: &Argument, out: &mut Vec<V>) {
        match a {
            Argument::Out(v) => out.push(*v),
            Argument::Operands(list) => {
                for o in list {
                    argument(&o.values, out);
                    argument(&o.adjoint, out);
                }
            }
            Argument::Pointers(list) => list.iter().for_each(|a| argument(a, out)),
            _ => {}
        }
    }
    raw.arguments.iter().for_each(|a| argument(a, &mut out));
    if let RawResult::Real(v) | RawResult::Int(v) = raw.result {
        out.push(v);
    }
    out
}

fn at_uses(at: &At, out: &mut Vec<V>) {
    out.extend(at.terms.iter().map(|t| t.0));
}

/// Values that an operation reads (not those read inside its regions).
pub fn uses(op: &Op) -> Vec<V> {
    let mut out = Vec::new();
    match op {
        Op::Unary(_, _, x) | Op::IntToReal(_, x) | Op::RealToInt(_, x, _) => out.push(*x),
        Op::Binary(_, _, x, y) | Op::IntBinary { left: x, right: y, .. } | Op::Compare { left: x, right: y, .. } => {
            out.extend([*x, *y])
        }
        Op::Load { at, .. } => at_uses(at, &mut out),
        Op::Store { at, value, .. } => {
            at_uses(at, &mut out);
            out.push(*value);
        }
        Op::Set(_, v) | Op::AddTarget(v) | Op::AddJacobian(v) | Op::CheckIndex { index: v, .. } => out.push(*v),
        Op::Exit { condition, .. } => out.push(*condition),
        Op::Fill { to, value } => {
            at_uses(&to.at, &mut out);
            out.push(*value);
        }
        Op::Copy { to, from } => {
            at_uses(&to.at, &mut out);
            at_uses(&from.at, &mut out);
        }
        Op::For(l) => out.extend([l.lower, l.upper]),
        Op::If(i) => out.push(i.condition),
        Op::Call(call) => {
            for operand in call.inputs().iter().chain(&call.outputs()) {
                match operand {
                    Operand::Scalar(v) => out.push(*v),
                    Operand::View(view) => at_uses(&view.at, &mut out),
                }
            }
            let defined = definitions(op);
            out.retain(|v| !defined.contains(v));
        }
        _ => {}
    }
    out
}

fn written(op: &Op) -> Vec<BufferId> {
    match op {
        Op::Store { buffer, .. } => vec![*buffer],
        Op::Fill { to, .. } | Op::Copy { to, .. } => vec![to.buffer],
        Op::Call(call) => call.outputs().iter().filter_map(|o| o.view().map(|v| v.buffer)).collect(),
        _ => Vec::new(),
    }
}

/// What the target, or the output, depends on.
struct Useful {
    value: Vec<bool>,
    cell: Vec<bool>,
    buffer: Vec<bool>,
}

impl Useful {
    fn of(f: &Function) -> Useful {
        let mut useful = Useful {
            value: vec![false; f.values.len()],
            cell: vec![false; f.cells.len()],
            buffer: f.buffers.iter().map(|b| b.home == Home::Output).collect(),
        };
        while useful.spread(&f.body) {}
        useful
    }

    fn spread(&mut self, region: &Region) -> bool {
        let mut changed = false;
        for op in region.ops.iter().rev() {
            changed |= self.spread_op(op);
        }
        changed
    }

    fn spread_op(&mut self, op: &Op) -> bool {
        match op {
            Op::AddTarget(v) | Op::AddJacobian(v) => set(&mut self.value[v.0 as usize], true),
            Op::Unary(out, _, x) => {
                let on = self.value[out.0 as usize];
                set(&mut self.value[x.0 as usize], on)
            }
            Op::Binary(out, _, x, y) => {
                let on = self.value[out.0 as usize];
                set(&mut self.value[x.0 as usize], on) | set(&mut self.value[y.0 as usize], on)
            }
            Op::Load { out, buffer, .. } => {
                let on = self.value[out.0 as usize];
                set(&mut self.buffer[buffer.0 as usize], on)
            }
            Op::Store { buffer, value, .. } => {
                let on = self.buffer[buffer.0 as usize];
                set(&mut self.value[value.0 as usize], on)
            }
            Op::Get(out, cell) => {
                let on = self.value[out.0 as usize];
                set(&mut self.cell[cell.0 as usize], on)
            }
            Op::Set(cell, v) => {
                let on = self.cell[cell.0 as usize];
                set(&mut self.value[v.0 as usize], on)
            }
            Op::Copy { to, from } => {
                let on = self.buffer[to.buffer.0 as usize];
                set(&mut self.buffer[from.buffer.0 as usize], on)
            }
            Op::Fill { to, value } => {
                let on = self.buffer[to.buffer.0 as usize];
                set(&mut self.value[value.0 as usize], on)
            }
            Op::For(l) => self.spread(&l.body),
            Op::While(l) => self.spread(&l.body),
            Op::If(i) => self.spread(&i.then) | self.spread(&i.otherwise),
            Op::Call(call) => {
                let on = call.outputs().iter().any(|out| match out {
                    Operand::Scalar(v) => self.value[v.0 as usize],
                    Operand::View(view) => self.buffer[view.buffer.0 as usize],
                });
                let mut changed = false;
                for input in call.inputs() {
                    changed |= match input {
                        Operand::Scalar(v) => set(&mut self.value[v.0 as usize], on),
                        Operand::View(view) => set(&mut self.buffer[view.buffer.0 as usize], on),
                    };
                }
                changed
            }
            _ => false,
        }
    }
}
