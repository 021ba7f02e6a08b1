//! Small functions of the intermediate representation, written by hand and run.

#![allow(dead_code)]

use ppl_compiler::codegen::{Code, Context, Effort};
use ppl_compiler::differentiate::differentiate;
use ppl_compiler::ir::*;
use ppl_compiler::scalar::{Binary, Unary};
use ppl_grammar::span::Span;
use ppl_runtime::num::{Dual, Num};

/// Writes a function, region by region.
pub struct Build {
    pub f: Function,
    open: Vec<Vec<Op>>,
    theta: BufferId,
}

impl Build {
    /// A function of `dim` parameters.
    pub fn new(dim: usize) -> Build {
        let mut f = Function::new();
        let theta = f.buffer(Elem::F64, dim, Home::Theta);
        f.site(Span::default());
        Build { f, open: vec![Vec::new()], theta }
    }

    pub fn finish(mut self) -> Function {
        self.f.body = Region { ops: self.open.pop().unwrap() };
        self.f
    }

    pub fn op(&mut self, op: Op) {
        self.open.last_mut().unwrap().push(op);
    }

    /// Parameter `i`, from 0.
    pub fn parameter(&mut self, i: i64) -> V {
        self.load(self.theta, At::constant(i))
    }

    pub fn real(&mut self, x: f64) -> V {
        let out = self.f.value(Ty::F64);
        self.op(Op::Real(out, x));
        out
    }

    pub fn int(&mut self, x: i64) -> V {
        let out = self.f.value(Ty::I64);
        self.op(Op::Int(out, x));
        out
    }

    pub fn unary(&mut self, function: Unary, x: V) -> V {
        let out = self.f.value(Ty::F64);
        self.op(Op::Unary(out, function, x));
        out
    }

    pub fn binary(&mut self, function: Binary, x: V, y: V) -> V {
        let out = self.f.value(Ty::F64);
        self.op(Op::Binary(out, function, x, y));
        out
    }

    pub fn add(&mut self, x: V, y: V) -> V {
        self.binary(Binary::Add, x, y)
    }

    pub fn mul(&mut self, x: V, y: V) -> V {
        self.binary(Binary::Mul, x, y)
    }

    pub fn real_of(&mut self, x: V) -> V {
        let out = self.f.value(Ty::F64);
        self.op(Op::IntToReal(out, x));
        out
    }

    pub fn compare(&mut self, op: Compare, left: V, right: V) -> V {
        let ty = self.f.ty(left);
        let out = self.f.value(Ty::I64);
        self.op(Op::Compare { out, op, ty, left, right });
        out
    }

    pub fn cell(&mut self, initial: V) -> Cell {
        let cell = self.f.cell(self.f.ty(initial));
        self.set(cell, initial);
        cell
    }

    pub fn get(&mut self, cell: Cell) -> V {
        let out = self.f.value(self.f.cells[cell.0 as usize]);
        self.op(Op::Get(out, cell));
        out
    }

    pub fn set(&mut self, cell: Cell, v: V) {
        self.op(Op::Set(cell, v));
    }

    /// An array of the program.
    pub fn array(&mut self, len: usize) -> BufferId {
        self.f.buffer(Elem::F64, len, Home::Static)
    }

    pub fn load(&mut self, buffer: BufferId, at: At) -> V {
        let out = self.f.value(Ty::F64);
        self.op(Op::Load { out, buffer, at });
        out
    }

    pub fn store(&mut self, buffer: BufferId, at: At, value: V) {
        self.op(Op::Store { buffer, at, value });
    }

    pub fn target(&mut self, v: V) {
        self.op(Op::AddTarget(v));
    }

    pub fn region(&mut self, body: impl FnOnce(&mut Build)) -> Region {
        self.open.push(Vec::new());
        body(self);
        Region { ops: self.open.pop().unwrap() }
    }

    /// `for (i in lower:upper)`
    pub fn for_loop(&mut self, lower: V, upper: V, body: impl FnOnce(&mut Build, V)) {
        let (id, index) = (self.f.new_loop(), self.f.value(Ty::I64));
        let body = self.region(|b| body(b, index));
        self.op(Op::For(Box::new(For { id, index, lower, upper, body, frame: FrameUse::Drop, failed: None })));
    }

    /// Repeats while the cell is not 0.
    pub fn while_loop(&mut self, go: Cell, site: Site, body: impl FnOnce(&mut Build)) {
        let (id, count) = (self.f.new_loop(), self.f.cell(Ty::I64));
        let body = self.region(body);
        self.op(Op::While(Box::new(While { id, go, body, count, frame: FrameUse::Drop, site })));
    }

    pub fn if_else(&mut self, condition: V, then: impl FnOnce(&mut Build), otherwise: impl FnOnce(&mut Build)) {
        let then = self.region(then);
        let otherwise = self.region(otherwise);
        self.op(Op::If(Box::new(If { condition, then, otherwise })));
    }
}

/// What an evaluation left.
#[derive(Debug)]
pub struct Run {
    pub status: u32,
    pub site: u32,
    pub value: f64,
    pub gradient: Vec<f64>,
}

/// Runs a gradient function, with this much fuel and this many words of frames.
pub fn run(gradient_function: &Function, theta: &[f64], fuel: i64, frames: usize) -> Run {
    let code = Code::compile(gradient_function, Effort::Full).unwrap();
    let mut statics = vec![0u64; code.static_bytes / 8 + 16];
    let mut tape = vec![0u64; frames];
    let mut gradient = vec![f64::NAN; theta.len()];
    let statics = statics.as_mut_ptr().cast::<u8>();
    let tape = tape.as_mut_ptr_range();
    // Null pointers and zeros: the function reads no data.
    let mut context: Context = unsafe { std::mem::zeroed() };
    context.theta = theta.as_ptr();
    context.gradient = gradient.as_mut_ptr();
    context.statics = statics.wrapping_add(statics.align_offset(64));
    context.tape = tape.start.cast();
    context.tape_end = tape.end.cast();
    context.fuel = fuel;
    // It has as many parameters as `theta`.
    let status = unsafe { code.run(&mut context) };
    Run { status, site: context.site, value: context.target + context.jacobian, gradient }
}

/// A function of three parameters in Rust.
pub trait Reference {
    fn value<T: Num>(x: [T; 3]) -> T;
}

/// The function's value and gradient are those of the reference at each point.
pub fn agrees<R: Reference>(f: &Function, points: &[[f64; 3]]) {
    let gradient_function = differentiate(f);
    for theta in points {
        let run = run(&gradient_function, theta, 1 << 20, 1 << 16);
        let expected = R::value(std::array::from_fn(|k| Dual::<3>::input(theta[k], k)));
        assert_eq!(run.status, Status::Ok as u32, "at {theta:?}\n{gradient_function}");
        let numbers = std::iter::once((run.value, expected.value)).chain(run.gradient.into_iter().zip(expected.d));
        for (i, (a, b)) in numbers.enumerate() {
            assert!(
                (a - b).abs() <= 1e-13 * b.abs().max(1.0),
                "number {i}: {a:e}, {b:e} at {theta:?}\n{gradient_function}"
            );
        }
    }
}
