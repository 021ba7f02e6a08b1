//! Multivariate normal densities.

use crate::kernels::density::{Operand, Terms};
use crate::kernels::linalg::{Core, cholesky};
use crate::kernels::scratch::Scratch;
use crate::kernels::{OK, REJECT, blocks};
use crate::math::HALF_LN_2PI;

/// What both parametrisations share, for a Cholesky factor L: with `Z = L^-1 (Y - mu)` (k x n) and `W = L^-T Z` in scratch, adds the
/// adjoints of y and mu and returns `sum |z|^2`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn residuals<V: Core>(
    n: usize,
    k: usize,
    y: &Operand,
    mu: &Operand,
    l: *const f64,
    seed: f64,
    z: *mut f64,
    w: *mut f64,
) -> f64 {
    unsafe {
        for c in 0..n {
            let (y, mu, z) = (y.values.add(c * k * y.stride), mu.values.add(c * k * mu.stride), z.add(c * k));
            blocks!(V, k, |i, lanes| {
                (V::get(y.add(i), lanes, 0.0) - V::get(mu.add(i), lanes, 0.0)).put(z.add(i), lanes)
            });
        }
        V::solve_left(k, n, l, k, z, k);
        let mut squares = V::splat(0.0);
        blocks!(V, n * k, |i, lanes| {
            let x = V::get(z.add(i), lanes, 0.0);
            squares = x.fma(x, squares);
        });
        std::ptr::copy_nonoverlapping(z, w, n * k);
        V::solve_left_t(k, n, l, k, w, k);
        for (operand, seed) in [(y, -seed), (mu, seed)] {
            if operand.adjoint.is_null() {
                continue;
            }
            let seed = V::splat(seed);
            for c in 0..n {
                let (w, d) = (w.add(c * k), operand.adjoint.add(c * k * operand.stride));
                blocks!(V, k, |i, lanes| {
                    seed.fma(V::get(w.add(i), lanes, 0.0), V::get(d.add(i), lanes, 0.0)).put(d.add(i), lanes)
                });
            }
        }
        squares.sum()
    }
}

/// Outcomes are numbers and means finite.
#[inline(always)]
unsafe fn arguments_are_good<V: Core>(n: usize, k: usize, y: &Operand, mu: &Operand) -> bool {
    let count = |o: &Operand| if o.stride == 0 { k } else { n * k };
    unsafe { super::none_nan(count(y), y.values) && super::all_finite::<V>(count(mu), mu.values) }
}

#[inline(always)]
pub(super) unsafe fn multi_normal_cholesky<V: Core>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, k) = (*sizes, *sizes.add(1));
        let [y, mu, factor] = *operands.cast::<[Operand; 3]>();
        let terms = Terms(terms);
        *value = 0.0;
        let l = factor.values;
        let mut log = 0.0;
        for i in 0..k {
            let d = *l.add(i + i * k);
            if !(d > 0.0) {
                return REJECT;
            }
            if terms.on(0b100) {
                log += d.ln();
            }
        }
        if n == 0 || k == 0 {
            return OK;
        }
        if !arguments_are_good::<V>(n, k, &y, &mu) {
            return REJECT;
        }
        let mut scratch = Scratch::new(2 * n * k);
        let z = scratch.pointer();
        let w = z.add(n * k);
        let squares = residuals::<V>(n, k, &y, &mu, l, seed, z, w);
        if !factor.adjoint.is_null() {
            // lower(sum w z') - n diag(1/L_ii)
            for j in 0..k {
                V::gemm(k - j, 1, n, seed, w.add(j), k, z.add(j), k, 1, factor.adjoint.add(j + j * k), k);
                *factor.adjoint.add(j + j * k) -= seed * n as f64 / *l.add(j + j * k);
            }
        }
        if terms.on(0b111) {
            let constant = if terms.constants() { k as f64 * HALF_LN_2PI } else { 0.0 };
            *value = -0.5 * squares - n as f64 * (log + constant);
        }
        OK
    }
}

#[inline(always)]
pub(super) unsafe fn multi_normal<V: Core>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, k) = (*sizes, *sizes.add(1));
        let [y, mu, sigma] = *operands.cast::<[Operand; 3]>();
        let terms = Terms(terms);
        *value = 0.0;
        let mut scratch = Scratch::new(2 * n * k + 2 * k * k);
        let z = scratch.pointer();
        let w = z.add(n * k);
        let l = w.add(n * k);
        let inverse = l.add(k * k);
        if cholesky::<V>(k, sigma.values, l) != OK {
            return REJECT;
        }
        if n == 0 || k == 0 {
            return OK;
        }
        if !arguments_are_good::<V>(n, k, &y, &mu) {
            return REJECT;
        }
        let squares = residuals::<V>(n, k, &y, &mu, l, seed, z, w);
        if !sigma.adjoint.is_null() {
            // (sum w w' - n Sigma^-1) / 2
            V::gemm(k, k, n, 0.5 * seed, w, k, w, k, 1, sigma.adjoint, k);
            std::ptr::write_bytes(inverse, 0, k * k);
            for i in 0..k {
                *inverse.add(i + i * k) = 1.0;
            }
            V::solve_left(k, k, l, k, inverse, k);
            V::gemm_tn(k, k, k, -0.5 * seed * n as f64, inverse, k, inverse, k, sigma.adjoint, k);
        }
        if terms.on(0b111) {
            let mut norm = if terms.constants() { k as f64 * HALF_LN_2PI } else { 0.0 };
            if terms.on(0b100) {
                for i in 0..k {
                    norm += (*l.add(i + i * k)).ln();
                }
            }
            *value = -0.5 * squares - n as f64 * norm;
        }
        OK
    }
}
