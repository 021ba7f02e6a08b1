//! Kernels of every instruction set this processor has, against plain code and finite differences.

// Element by element, as the formulas are written.
#![allow(clippy::needless_range_loop, clippy::type_complexity, clippy::cloned_ref_to_slice_refs)]

mod density;
mod elementwise;
mod joint;
mod linalg;
mod random;
mod reduce;

use super::simd::level;
use super::{Kernels, Level};

/// The lengths every kernel is tried with: none, less than a vector, a vector, vectors and a rest.
const LENGTHS: [usize; 9] = [0, 1, 2, 3, 5, 8, 11, 37, 1000];

/// The instruction sets to test.
fn levels() -> Vec<Level> {
    [Level::Portable, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= level()).collect()
}

fn each_table() -> impl Iterator<Item = (Level, Kernels)> {
    levels().into_iter().map(|l| (l, Kernels::at(l)))
}

/// Uniform numbers in (0, 1): splitmix64.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
    fn vector(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| self.between(low, high)).collect()
    }
}

#[track_caller]
fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    let same = a == b || (a.is_nan() && b.is_nan());
    assert!(same || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0), "{what}: {a} and {b}");
}

/// Distance in units in the last place.
fn ulps(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0.0;
    }
    if !a.is_finite() || !b.is_finite() {
        return f64::INFINITY;
    }
    let unit = (f64::from_bits(b.abs().to_bits() + 1) - b.abs()).max(5e-324);
    (a - b).abs() / unit
}

/// The derivative of `f` at 0 by Richardson's extrapolation of central differences.
fn slope(f: impl Fn(f64) -> f64, h: f64) -> f64 {
    let d = |h: f64| (f(h) - f(-h)) / (2.0 * h);
    (4.0 * d(h / 2.0) - d(h)) / 3.0
}
