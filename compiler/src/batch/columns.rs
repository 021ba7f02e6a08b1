//! Operations that kernels do on whole columns.

use super::Batcher;
use super::varying::{Varying, each, written};
use crate::ir::*;
use crate::kernel::{Address, Call, DrawCall, KernelCall, OpaqueCall, Operand};
use crate::opaque::{self, Lanes};
use crate::scalar::{self, Unary};
use ppl_runtime::kernels::{self, table};
use ppl_runtime::random::Sequence;
use std::collections::HashMap;
use std::sync::Arc;

/// The kernel of a function of one argument; of a negation, any.
pub(super) fn unary(function: Unary) -> Option<kernels::UnaryKernel> {
    kernels::unary(if matches!(function, Unary::Negate) { "abs" } else { function.name() })
}

pub(super) fn binary(function: scalar::Binary) -> Option<kernels::BinaryKernel> {
    use scalar::Binary;
    kernels::binary(match function {
        Binary::Mul => "elt_multiply",
        Binary::Div => "elt_divide",
        Binary::DivOrZero => return None,
        function => function.name(),
    })
}

/// Whether a call is done on columns.
pub(super) fn has_columns(call: &Call, varying: &Varying) -> bool {
    let moves = |x: &Operand| x.view().is_some_and(|view| varying.at(&view.at));
    if call.inputs().iter().chain(&call.outputs()).any(moves) {
        // Of draws only the arguments could, and those are gathered.
        return super::varying::is_draw(call);
    }
    match call {
        Call::Draw(_) => true,
        Call::Opaque(call) => call.random,
        Call::Density(_) => false,
        Call::Kernel(call) => {
            let varies = |i: usize| varying.operand(&call.inputs[i]);
            match call.rule.name {
                "unary" | "binary" => call.outputs.iter().all(|x| x.view().is_some()),
                "sum" => true,
                "multiply" => !varies(0),
                "dot_product" => varies(0) != varies(1),
                _ => false,
            }
        }
    }
}

impl Batcher {
    /// Does an operation; true where the next one, a store of its result, is done with it.
    pub(super) fn by_columns(&mut self, source: &Region, i: usize, last: &HashMap<V, usize>) -> bool {
        let lanes = Argument::Word(self.lanes as i64);
        match &source.ops[i] {
            Op::Load { out, buffer, at } => {
                let from = self.element(*buffer, at);
                let steady = !writes_before(source, i + 1, last_use(last, *out, i), &|op| written(op).contains(buffer));
                self.read(*out, from, steady);
                false
            }
            Op::Get(v, cell) => {
                let from = self.cell_column(*cell);
                let steady = !writes_before(source, i + 1, last_use(last, *v, i), &|op| sets(op, *cell));
                self.read(*v, from, steady);
                false
            }
            Op::Set(cell, v) => {
                let to = self.cell_column(*cell);
                self.write(to, *v);
                // Loops over lanes may look at the cell itself, but set it first.
                false
            }
            Op::Store { buffer, at, value } => {
                let to = self.element(*buffer, at);
                self.write(to, *value);
                false
            }
            Op::Copy { to, from } => {
                let (to, from) = (self.extended(to), self.extended(from));
                self.emit(Op::Copy { to, from });
                false
            }
            Op::Fill { to, value } => {
                let to = self.extended(to);
                if self.varying.value[value.0 as usize] {
                    let column = self.column(*value);
                    let mut from = View { dims: to.dims.clone(), strides: vec![0; to.dims.len()], ..column };
                    if let Some(lane) = from.strides.last_mut() {
                        *lane = 1;
                    }
                    self.emit(Op::Copy { to, from });
                } else {
                    self.emit(Op::Fill { to, value: *value });
                }
                false
            }
            Op::Unary(v, function, x) => {
                let Some(kernel) = unary(*function) else { return false };
                let x = self.column(*x);
                let (out, stored) = self.result(source, i, *v, last);
                if matches!(function, Unary::Negate) {
                    let scale = table().elementwise.scale as *const u8;
                    self.raw(scale, vec![lanes, Argument::Seed(-1.0), Argument::Pointer(x), Argument::Pointer(out)]);
                } else {
                    let arguments = vec![lanes, Argument::Pointer(x), Argument::Pointer(out)];
                    self.raw(kernel.forward as *const u8, arguments);
                }
                stored
            }
            Op::Binary(v, function, x, y) => {
                let Some(kernel) = binary(*function) else { return false };
                let ((x, x_stride), (y, y_stride)) = (self.argument(*x), self.argument(*y));
                let (out, stored) = self.result(source, i, *v, last);
                let out = Argument::Pointer(out);
                self.raw(kernel.forward as *const u8, vec![lanes, x, x_stride, y, y_stride, out]);
                stored
            }
            Op::Call(call) => match &self.gathered(call) {
                Call::Draw(call) => self.draw(source, i, call, last),
                Call::Opaque(call) => {
                    self.opaque_draw(call);
                    false
                }
                Call::Kernel(call) => {
                    self.kernel(call);
                    false
                }
                Call::Density(_) => false,
            },
            _ => false,
        }
    }

    fn raw(&mut self, function: *const u8, arguments: Vec<Argument>) {
        let function = Address(function);
        self.emit(Op::Raw(Box::new(Raw { function, arguments, result: RawResult::None })));
    }

    /// A value as the argument of a kernel: pointer and stride.
    fn argument(&mut self, v: V) -> (Argument, Argument) {
        if self.varying.value[v.0 as usize] {
            (Argument::Pointer(self.column(v)), Argument::Word(1))
        } else {
            (Argument::Spilled(v), Argument::Word(0))
        }
    }

    /// Defines a value as what a place holds now; it stays there while it is used where the place is steady.
    fn read(&mut self, v: V, from: View, steady: bool) {
        if steady {
            self.columns[v.0 as usize] = Some(from);
        } else {
            let to = self.own_column(v);
            self.emit(Op::Copy { to, from });
        }
    }

    fn write(&mut self, to: View, v: V) {
        if self.varying.value[v.0 as usize] {
            let from = self.column(v);
            self.emit(Op::Copy { to, from });
        } else {
            self.emit(Op::Fill { to, value: v });
        }
    }

    /// Where the result of an operation goes: at once to where the next one would store it, if it can stay there.
    fn result(&mut self, source: &Region, i: usize, v: V, last: &HashMap<V, usize>) -> (View, bool) {
        let end = last_use(last, v, i);
        let place = match source.ops.get(i + 1) {
            Some(Op::Store { buffer, at, value }) if *value == v && !self.varying.at(at) => {
                let steady = !writes_before(source, i + 2, end, &|op| written(op).contains(buffer));
                let varies = self.varying.buffer[buffer.0 as usize] && self.f.buf(*buffer).elem == Elem::F64;
                (steady && varies).then(|| self.element(*buffer, at))
            }
            Some(Op::Set(cell, value)) if *value == v && self.varying.cell[cell.0 as usize] => {
                let steady = !writes_before(source, i + 2, end, &|op| sets(op, *cell));
                steady.then(|| self.cell_column(*cell))
            }
            _ => None,
        };
        match place {
            Some(view) => {
                self.columns[v.0 as usize] = Some(view.clone());
                (view, true)
            }
            None => (self.own_column(v), false),
        }
    }

    /// A view's element as the argument of a kernel on lanes.
    fn element_argument(&self, view: &View, index: Option<V>) -> (Argument, Argument) {
        let element = match index {
            Some(index) => view.fix(0, index),
            None => view.clone(),
        };
        if self.varying.buffer[view.buffer.0 as usize] {
            (Argument::Pointer(self.element(view.buffer, &element.at)), Argument::Word(1))
        } else {
            (Argument::Pointer(element), Argument::Word(0))
        }
    }

    fn operand(&mut self, x: &Operand, index: V) -> (Argument, Argument) {
        match x {
            Operand::Scalar(v) => self.argument(*v),
            Operand::View(view) => self.element_argument(view, Some(index)),
        }
    }

    /// Writes `body` as a loop over `1..=n`.
    fn each_element(&mut self, n: usize, body: impl FnOnce(&mut Self, V)) {
        let id = self.f.new_loop();
        let [index, lower, upper] = [(); 3].map(|()| self.f.value(Ty::I64));
        self.emit(Op::Int(lower, 1));
        self.emit(Op::Int(upper, n as i64));
        self.ops.push(Vec::new());
        body(self, index);
        let body = Region { ops: self.ops.pop().unwrap_or_default() };
        self.emit(Op::For(Box::new(For { id, index, lower, upper, body, frame: FrameUse::Drop, failed: None })));
    }

    fn draw(&mut self, source: &Region, i: usize, call: &DrawCall, last: &HashMap<V, usize>) -> bool {
        let lanes = Argument::Word(self.lanes as i64);
        let failed = self.failed.clone();
        let raw = |parameters: Vec<Argument>, out: Argument| {
            let arguments = vec![
                Argument::Word(call.kernel.0 as i64),
                Argument::Pointer(failed.clone()),
                Argument::Sequence,
                lanes.clone(),
                Argument::Pointers(parameters),
                out,
            ];
            let function = Address(draw_lanes as *const u8);
            Op::Raw(Box::new(Raw { function, arguments, result: RawResult::None }))
        };
        match &call.out {
            Operand::Scalar(v) => {
                let mut parameters = Vec::new();
                for x in &call.operands {
                    if let Operand::Scalar(x) = x {
                        let (pointer, stride) = self.argument(*x);
                        parameters.extend([pointer, stride]);
                    }
                }
                let (out, stored) = self.result(source, i, *v, last);
                self.emit(raw(parameters, Argument::Pointer(out)));
                stored
            }
            Operand::View(view) => {
                self.each_element(call.n, |b, index| {
                    let mut parameters = Vec::new();
                    for x in &call.operands {
                        let (pointer, stride) = b.operand(x, index);
                        parameters.extend([pointer, stride]);
                    }
                    let (out, _) = b.element_argument(view, Some(index));
                    b.emit(raw(parameters, out));
                });
                false
            }
        }
    }

    /// A call with copies of the arguments that lie in a different place for each draw, as `theta[z]` of a drawn `z`.
    fn gathered(&mut self, call: &Call) -> Call {
        let mut call = call.clone();
        let operands = match &mut call {
            Call::Draw(call) => &mut call.operands,
            Call::Opaque(call) => &mut call.inputs,
            Call::Kernel(_) | Call::Density(_) => return call,
        };
        for operand in operands {
            if let Operand::View(view) = operand
                && self.varying.at(&view.at)
            {
                *operand = Operand::View(self.gather(view));
            }
        }
        call
    }

    /// A draw by library code, for each lane by itself.
    fn opaque_draw(&mut self, call: &OpaqueCall) {
        let mut sides = [Vec::new(), Vec::new()];
        let mut varies = Vec::new();
        for (side, operands) in [&call.inputs, &call.outputs].into_iter().enumerate() {
            for x in operands {
                let varying = self.varying.operand(x);
                if side == 0 {
                    varies.push(varying);
                }
                sides[side].push(match x {
                    Operand::Scalar(v) if varying => Argument::Pointer(self.column(*v)),
                    Operand::Scalar(v) => Argument::Spilled(*v),
                    Operand::View(view) if varying => Argument::Pointer(self.extended(view)),
                    Operand::View(view) => Argument::Pointer(view.clone()),
                });
            }
        }
        let [inputs, mut outputs] = sides;
        outputs.push(Argument::Pointer(self.failed.clone()));
        let function = Arc::new(Lanes::new(call.function.clone(), self.lanes, varies));
        let arguments = vec![
            Argument::Opaque(function),
            Argument::Sequence,
            Argument::Pointers(inputs),
            Argument::Pointers(outputs),
        ];
        let function = Address(opaque::call_draw as *const u8);
        self.emit(Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Status(call.site) })));
    }

    fn kernel(&mut self, call: &KernelCall) {
        let n = self.lanes as i64;
        let varying = |b: &Self, x: &Operand| b.varying.operand(x);
        match (call.rule.name, &call.inputs[..], &call.outputs[..]) {
            ("unary", [Operand::View(x)], [Operand::View(y)]) => {
                let (x, y) = (self.extended(x), self.extended(y));
                let arguments = vec![Argument::Word(call.words[0] * n), Argument::Pointer(x), Argument::Pointer(y)];
                self.raw(call.rule.forward.0, arguments);
            }
            ("binary", [a, b], [Operand::View(y)]) => {
                // All numbers of all lanes at once, where each argument has one for each of them or one for all.
                let whole = |b: &Self, x: &Operand| match x {
                    Operand::Scalar(_) => !varying(b, x),
                    Operand::View(_) => varying(b, x),
                };
                let count = call.words[0];
                if whole(self, a) && whole(self, b) {
                    let mut arguments = vec![Argument::Word(count * n)];
                    for x in [a, b] {
                        arguments.extend(match x {
                            Operand::Scalar(v) => [Argument::Spilled(*v), Argument::Word(0)],
                            Operand::View(view) => [Argument::Pointer(self.extended(view)), Argument::Word(1)],
                        });
                    }
                    arguments.push(Argument::Pointer(self.extended(y)));
                    self.raw(call.rule.forward.0, arguments);
                } else {
                    self.each_element(count as usize, |this, index| {
                        let ((a, a_stride), (b, b_stride)) = (this.operand(a, index), this.operand(b, index));
                        let (y, _) = this.element_argument(y, Some(index));
                        this.raw(call.rule.forward.0, vec![Argument::Word(n), a, a_stride, b, b_stride, y]);
                    });
                }
            }
            ("sum", [Operand::View(x)], [Operand::Scalar(v)]) => {
                let out = self.own_column(*v);
                let zero = self.f.value(Ty::F64);
                self.emit(Op::Real(zero, 0.0));
                self.emit(Op::Fill { to: out.clone(), value: zero });
                let add = table().elementwise.add_assign as *const u8;
                self.each_element(x.len(), |b, index| {
                    let (x, _) = b.element_argument(x, Some(index));
                    b.raw(add, vec![Argument::Word(n), x, Argument::Pointer(out)]);
                });
            }
            // The columns of `k` numbers are a matrix of lanes and `k`, so that A x becomes X A'.
            ("multiply", [Operand::View(a), Operand::View(x)], [Operand::View(y)]) => {
                let [rows, columns, inner] = [0, 1, 2].map(|i| call.words[i] as usize);
                let buffer = self.f.buffer(Elem::F64, rows * inner, Home::Static);
                let transposed = View::dense(buffer, &[inner, rows], true);
                let rotated = View { dims: vec![inner, rows], strides: vec![rows, 1], ..a.clone() };
                self.emit(Op::Copy { to: transposed.clone(), from: rotated });
                let multiply = table().linalg.multiply as *const u8;
                for j in 0..columns {
                    let (x, y) = (x.cut(0, (j * inner + 1) as i64, inner), y.cut(0, (j * rows + 1) as i64, rows));
                    let arguments = vec![
                        Argument::Word(n),
                        Argument::Word(rows as i64),
                        Argument::Word(inner as i64),
                        Argument::Pointer(self.extended(&x)),
                        Argument::Pointer(transposed.clone()),
                        Argument::Pointer(self.extended(&y)),
                    ];
                    self.raw(multiply, arguments);
                }
            }
            ("dot_product", [Operand::View(a), Operand::View(b)], [Operand::Scalar(v)]) => {
                let (x, weights) = if self.varying.operand(&call.inputs[0]) { (a, b) } else { (b, a) };
                let out = self.own_column(*v);
                let gemv = table().linalg.gemv as *const u8;
                let arguments = vec![
                    Argument::Word(n),
                    Argument::Word(x.len() as i64),
                    Argument::Pointer(self.extended(x)),
                    Argument::Pointer(weights.clone()),
                    Argument::Pointer(out),
                ];
                self.raw(gemv, arguments);
            }
            _ => {}
        }
    }
}

/// Draws for all lanes, and marks those that were refused.
///
/// # Safety
/// As for [`kernels::DrawKernel`]; `failed` has `n` elements.
unsafe extern "C" fn draw_lanes(
    kernel: kernels::DrawKernel,
    failed: *mut f64,
    sequence: *mut Sequence,
    n: usize,
    parameters: *const kernels::Parameter,
    out: *mut f64,
) {
    unsafe {
        if kernel(sequence, n, parameters, out) == kernels::OK {
            return;
        }
        let (failed, out) = (std::slice::from_raw_parts_mut(failed, n), std::slice::from_raw_parts(out, n));
        for (mark, x) in failed.iter_mut().zip(out) {
            if x.is_nan() {
                *mark = 1.0;
            }
        }
    }
}

fn last_use(last: &HashMap<V, usize>, v: V, now: usize) -> usize {
    last.get(&v).copied().unwrap_or(now)
}

fn sets(op: &Op, cell: Cell) -> bool {
    match op {
        Op::Set(c, _) => *c == cell,
        Op::While(l) => l.count == cell,
        _ => false,
    }
}

/// Whether one of the operations from `first` to `last` may write before the last one has read. Operations that go through the lanes
/// in step write no lane before they read it.
fn writes_before(source: &Region, first: usize, last: usize, writes: &dyn Fn(&Op) -> bool) -> bool {
    (first..=last).any(|j| {
        let Some(op) = source.ops.get(j) else { return false };
        let in_step = matches!(op, Op::Store { .. } | Op::Set(..) | Op::Unary(..) | Op::Binary(..));
        let mut found = false;
        if !(j == last && in_step) {
            each(op, &mut |op| found |= writes(op));
        }
        found
    })
}
