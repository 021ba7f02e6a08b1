//! Numbers a program can be run over: plain `f64`, forward-mode [`Dual`]s and reverse-mode [`Var`]s.
//!
//! Densities and functions are written once, over [`Num`]; what a derivative is stands next to the function it
//! belongs to (in [`math`](crate::math)), as the closure handed to [`Num::apply`].

mod dual;
mod tape;

pub use dual::Dual;
pub use tape::{Tape, Var};

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real number that may carry derivatives.
///
/// Comparison (`PartialOrd`) is by value. `Copy` so that formulas read like formulas.
pub trait Num:
    Copy
    + Debug
    + PartialEq
    + PartialOrd
    + From<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// The value without derivatives.
    fn value(self) -> f64;

    /// Whether no derivative depends on this number (always so for `f64`).
    fn is_constant(self) -> bool;

    /// `f(self)` where `value = f(self.value())`; `derivative` (f' at self) is evaluated only where it is needed.
    fn apply(self, value: f64, derivative: impl FnOnce() -> f64) -> Self;

    /// `f(self, other)` with both partials, evaluated only where they are needed.
    fn apply2(self, other: Self, value: f64, d_self: impl FnOnce() -> f64, d_other: impl FnOnce() -> f64) -> Self;

    /// `f(inputs)` with one partial an input: the general rule, for solvers and matrix functions.
    fn compose(value: f64, inputs: &[(Self, f64)]) -> Self;

    fn exp(self) -> Self {
        let y = self.value().exp();
        self.apply(y, || y)
    }
    fn ln(self) -> Self {
        let x = self.value();
        self.apply(x.ln(), || 1.0 / x)
    }
    fn ln_1p(self) -> Self {
        let x = self.value();
        self.apply(x.ln_1p(), || 1.0 / (1.0 + x))
    }
    fn exp_m1(self) -> Self {
        let x = self.value();
        self.apply(x.exp_m1(), || x.exp())
    }
    fn sqrt(self) -> Self {
        let y = self.value().sqrt();
        // At 0 Stan lets no derivative through.
        self.apply(y, || if y == 0.0 { 0.0 } else { 0.5 / y })
    }
    fn square(self) -> Self {
        let x = self.value();
        self.apply(x * x, || 2.0 * x)
    }
    fn recip(self) -> Self {
        let y = 1.0 / self.value();
        self.apply(y, || -y * y)
    }
    fn abs(self) -> Self {
        let x = self.value();
        self.apply(x.abs(), || {
            if x < 0.0 {
                -1.0
            } else if x > 0.0 {
                1.0
            } else {
                0.0
            }
        })
    }
    fn sin(self) -> Self {
        let x = self.value();
        self.apply(x.sin(), || x.cos())
    }
    fn cos(self) -> Self {
        let x = self.value();
        self.apply(x.cos(), || -x.sin())
    }
    fn tanh(self) -> Self {
        let x = self.value();
        self.apply(x.tanh(), || x.cosh().powi(-2))
    }
    fn atan(self) -> Self {
        let x = self.value();
        self.apply(x.atan(), || 1.0 / (1.0 + x * x))
    }
    /// `self^n` for an integer exponent.
    fn powi(self, n: i32) -> Self {
        let x = self.value();
        self.apply(x.powi(n), || if n == 0 { 0.0 } else { n as f64 * x.powi(n - 1) })
    }
    /// `self^p`. A constant exponent contributes no logarithm, so negative bases work there.
    fn pow(self, p: Self) -> Self {
        let (x, e) = (self.value(), p.value());
        let y = x.powf(e);
        self.apply2(
            p,
            y,
            || if e == 0.0 { 0.0 } else { e * x.powf(e - 1.0) },
            || if x == 0.0 { 0.0 } else { y * x.ln() },
        )
    }
}

impl Num for f64 {
    #[inline(always)]
    fn value(self) -> f64 {
        self
    }
    #[inline(always)]
    fn is_constant(self) -> bool {
        true
    }
    #[inline(always)]
    fn apply(self, value: f64, _: impl FnOnce() -> f64) -> f64 {
        value
    }
    #[inline(always)]
    fn apply2(self, _: f64, value: f64, _: impl FnOnce() -> f64, _: impl FnOnce() -> f64) -> f64 {
        value
    }
    fn compose(value: f64, _: &[(f64, f64)]) -> f64 {
        value
    }
}
