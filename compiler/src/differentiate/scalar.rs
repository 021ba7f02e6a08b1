//! Derivatives of scalar functions, and the arithmetic of the reverse sweep.

// Catalogue functions are Rust functions; machine code hands their addresses through, and only these thunks call them.
#![allow(improper_ctypes_definitions)]

use super::Differentiator;
use crate::ir::*;
use crate::kernel::Address;
use crate::scalar::{Binary, Unary};

impl Differentiator {
    pub(super) fn constant(&mut self, x: f64) -> V {
        let out = self.out.value(Ty::F64);
        self.emit(Op::Real(out, x));
        self.constants.insert(out, x);
        out
    }

    pub(super) fn binary(&mut self, function: Binary, x: V, y: V) -> V {
        let out = self.out.value(Ty::F64);
        self.emit(Op::Binary(out, function, x, y));
        out
    }

    pub(super) fn unary(&mut self, function: Unary, x: V) -> V {
        let out = self.out.value(Ty::F64);
        self.emit(Op::Unary(out, function, x));
        out
    }

    pub(super) fn add(&mut self, x: V, y: V) -> V {
        self.binary(Binary::Add, x, y)
    }

    pub(super) fn mul(&mut self, x: V, y: V) -> V {
        match (self.constants.get(&x), self.constants.get(&y)) {
            (Some(&1.0), _) => y,
            (_, Some(&1.0)) => x,
            _ => self.binary(Binary::Mul, x, y),
        }
    }

    pub(super) fn div(&mut self, x: V, y: V) -> V {
        self.binary(Binary::Div, x, y)
    }

    pub(super) fn negate(&mut self, x: V) -> V {
        self.unary(Unary::Negate, x)
    }

    /// The sum of the elements of a view.
    pub(super) fn sum(&mut self, view: &View) -> V {
        let out = self.out.value(Ty::F64);
        self.emit(Op::Sum { out, from: view.clone() });
        out
    }

    fn call(&mut self, function: *const u8, arguments: Vec<Argument>) -> V {
        let out = self.out.value(Ty::F64);
        let function = Address(function);
        self.emit(Op::Raw(Box::new(Raw { function, arguments, result: RawResult::Real(out) })));
        out
    }

    /// `adjoint(x) += g * f'(x)`
    pub(super) fn reverse_unary(&mut self, out: V, function: Unary, x: V, g: V) {
        if !self.active(x) {
            return;
        }
        let contribution = match function {
            Unary::Negate => self.negate(g),
            Unary::Abs => {
                let x = self.primal(x);
                let sign = self.call(sign as *const u8, vec![Argument::Value(x)]);
                self.mul(g, sign)
            }
            Unary::Sqrt => {
                let y = self.primal(out);
                let half = self.constant(0.5);
                let half_g = self.mul(half, g);
                // As in Stan, no derivative at 0.
                self.binary(Binary::DivOrZero, half_g, y)
            }
            Unary::Square => {
                let x = self.primal(x);
                let twice = self.add(x, x);
                self.mul(g, twice)
            }
            Unary::Inv => {
                let y = self.primal(out);
                let y2 = self.mul(y, y);
                let product = self.mul(g, y2);
                self.negate(product)
            }
            Unary::Exp => {
                let y = self.primal(out);
                self.mul(g, y)
            }
            Unary::Log => {
                let x = self.primal(x);
                self.div(g, x)
            }
            Unary::Log1p => {
                let x = self.primal(x);
                let one = self.constant(1.0);
                let x1 = self.add(one, x);
                self.div(g, x1)
            }
            Unary::Expm1 => {
                let y = self.primal(out);
                let one = self.constant(1.0);
                let y1 = self.add(one, y);
                self.mul(g, y1)
            }
            Unary::InvLogit => {
                let y = self.primal(out);
                let one = self.constant(1.0);
                let rest = self.binary(Binary::Sub, one, y);
                let slope = self.binary(Binary::Mul, y, rest);
                self.mul(g, slope)
            }
            Unary::Log1pExp => {
                let x = self.primal(x);
                let slope = self.unary(Unary::InvLogit, x);
                self.mul(g, slope)
            }
            Unary::Tanh => {
                // Not 1 - y^2, which is rounding error where tanh saturates.
                let x = self.primal(x);
                let slope = self.call(sech_squared as *const u8, vec![Argument::Value(x)]);
                self.mul(g, slope)
            }
            Unary::Library(f) => {
                let (x, y) = (self.primal(x), self.primal(out));
                let pointer = Argument::Word(f.derivative as usize as i64);
                let slope = self.call(call2 as *const u8, vec![pointer, Argument::Value(x), Argument::Value(y)]);
                self.mul(g, slope)
            }
        };
        self.add_adjoint(x, contribution);
    }

    /// `adjoint(x) += g * df/dx`, `adjoint(y) += g * df/dy`
    pub(super) fn reverse_binary(&mut self, out: V, function: Binary, x: V, y: V, g: V) {
        let (x_active, y_active) = (self.active(x), self.active(y));
        match function {
            Binary::Add => {
                self.add_adjoint(x, g);
                self.add_adjoint(y, g);
            }
            Binary::Sub => {
                self.add_adjoint(x, g);
                if y_active {
                    let minus = self.negate(g);
                    self.add_adjoint(y, minus);
                }
            }
            Binary::Mul => {
                if x_active {
                    let other = self.primal(y);
                    let gx = self.mul(g, other);
                    self.add_adjoint(x, gx);
                }
                if y_active {
                    let other = self.primal(x);
                    let gy = self.mul(g, other);
                    self.add_adjoint(y, gy);
                }
            }
            Binary::Div => {
                let divisor = self.primal(y);
                let gx = self.div(g, divisor);
                self.add_adjoint(x, gx);
                if y_active {
                    let quotient = self.primal(out);
                    let product = self.mul(gx, quotient);
                    let gy = self.negate(product);
                    self.add_adjoint(y, gy);
                }
            }
            // Only the reverse sweep has these, and it is not differentiated again.
            Binary::DivOrZero => {}
            Binary::Pow => {
                let (px, py) = (self.primal(x), self.primal(y));
                if x_active {
                    let arguments = vec![Argument::Value(px), Argument::Value(py)];
                    let slope = self.call(pow_by_base as *const u8, arguments);
                    let gx = self.mul(g, slope);
                    self.add_adjoint(x, gx);
                }
                if y_active {
                    let arguments = vec![Argument::Value(px), Argument::Value(py)];
                    let slope = self.call(pow_by_exponent as *const u8, arguments);
                    let gy = self.mul(g, slope);
                    self.add_adjoint(y, gy);
                }
            }
            Binary::Library(f) => {
                let (px, py, pout) = (self.primal(x), self.primal(y), self.primal(out));
                for (v, on, derivative) in [(x, x_active, f.d_left), (y, y_active, f.d_right)] {
                    if on {
                        let pointer = Argument::Word(derivative as usize as i64);
                        let values = [px, py, pout].map(Argument::Value);
                        let arguments = std::iter::once(pointer).chain(values).collect();
                        let slope = self.call(call3 as *const u8, arguments);
                        let contribution = self.mul(g, slope);
                        self.add_adjoint(v, contribution);
                    }
                }
            }
        }
    }
}

/// Calls a catalogue function of one argument from machine code.
pub extern "C" fn call1(f: fn(f64) -> f64, x: f64) -> f64 {
    f(x)
}

/// Calls a catalogue function of two arguments from machine code.
pub extern "C" fn call2(f: fn(f64, f64) -> f64, x: f64, y: f64) -> f64 {
    f(x, y)
}

/// Calls the partial of a catalogue function of two arguments from machine code.
extern "C" fn call3(f: fn(f64, f64, f64) -> f64, x: f64, y: f64, out: f64) -> f64 {
    f(x, y, out)
}

extern "C" fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// The derivative of tanh.
extern "C" fn sech_squared(x: f64) -> f64 {
    let c = 1.0 / x.cosh();
    c * c
}

extern "C" fn pow_by_base(x: f64, y: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * x.powf(y - 1.0) }
}

extern "C" fn pow_by_exponent(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.powf(y) * x.ln() }
}
