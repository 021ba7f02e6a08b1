//! Forward mode with `K` directions at once: a value and its `K` directional derivatives.

// The product and quotient rules.
#![allow(clippy::suspicious_arithmetic_impl)]

use super::Num;
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// `value + sum_k d[k] eps_k` with `eps_i eps_j = 0`.
#[derive(Clone, Copy, Debug)]
pub struct Dual<const K: usize = 1> {
    pub value: f64,
    pub d: [f64; K],
}

impl<const K: usize> Dual<K> {
    pub fn constant(value: f64) -> Self {
        Dual { value, d: [0.0; K] }
    }

    /// The `k`-th input: derivative 1 in direction `k`.
    pub fn input(value: f64, k: usize) -> Self {
        let mut d = [0.0; K];
        d[k] = 1.0;
        Dual { value, d }
    }

    #[inline(always)]
    fn map(self, value: f64, f: impl Fn(f64) -> f64) -> Self {
        Dual { value, d: std::array::from_fn(|k| f(self.d[k])) }
    }

    #[inline(always)]
    fn zip(self, other: Self, value: f64, f: impl Fn(f64, f64) -> f64) -> Self {
        Dual { value, d: std::array::from_fn(|k| f(self.d[k], other.d[k])) }
    }
}

impl<const K: usize> From<f64> for Dual<K> {
    fn from(value: f64) -> Self {
        Dual::constant(value)
    }
}

impl<const K: usize> PartialEq for Dual<K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<const K: usize> PartialOrd for Dual<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<const K: usize> Add for Dual<K> {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        self.zip(o, self.value + o.value, |a, b| a + b)
    }
}

impl<const K: usize> Sub for Dual<K> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        self.zip(o, self.value - o.value, |a, b| a - b)
    }
}

impl<const K: usize> Mul for Dual<K> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        self.zip(o, self.value * o.value, |a, b| a * o.value + b * self.value)
    }
}

impl<const K: usize> Div for Dual<K> {
    type Output = Self;
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        let y = self.value / o.value;
        self.zip(o, y, |a, b| (a - b * y) / o.value)
    }
}

impl<const K: usize> Neg for Dual<K> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(-self.value, |a| -a)
    }
}

impl<const K: usize> AddAssign for Dual<K> {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}
impl<const K: usize> SubAssign for Dual<K> {
    fn sub_assign(&mut self, o: Self) {
        *self = *self - o;
    }
}
impl<const K: usize> MulAssign for Dual<K> {
    fn mul_assign(&mut self, o: Self) {
        *self = *self * o;
    }
}
impl<const K: usize> DivAssign for Dual<K> {
    fn div_assign(&mut self, o: Self) {
        *self = *self / o;
    }
}

impl<const K: usize> Num for Dual<K> {
    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }
    #[inline(always)]
    fn is_constant(self) -> bool {
        self.d.iter().all(|&d| d == 0.0)
    }
    #[inline(always)]
    fn apply(self, value: f64, derivative: impl FnOnce() -> f64) -> Self {
        if self.is_constant() {
            return Dual::constant(value);
        }
        let d = derivative();
        // A direction that is not taken stays zero even where the derivative is infinite.
        self.map(value, |a| if a == 0.0 { 0.0 } else { a * d })
    }
    #[inline(always)]
    fn apply2(self, other: Self, value: f64, d_self: impl FnOnce() -> f64, d_other: impl FnOnce() -> f64) -> Self {
        let mut out = Dual::constant(value);
        if !self.is_constant() {
            let d = d_self();
            for k in 0..K {
                if self.d[k] != 0.0 {
                    out.d[k] += d * self.d[k];
                }
            }
        }
        if !other.is_constant() {
            let d = d_other();
            for k in 0..K {
                if other.d[k] != 0.0 {
                    out.d[k] += d * other.d[k];
                }
            }
        }
        out
    }
    fn compose(value: f64, inputs: &[(Self, f64)]) -> Self {
        let mut out = Dual::constant(value);
        for (x, partial) in inputs {
            for k in 0..K {
                if x.d[k] != 0.0 {
                    out.d[k] += partial * x.d[k];
                }
            }
        }
        out
    }
}
