//! Categories and their probabilities: categorical, ordered logistic, Dirichlet.

use crate::kernels::density::{Operand, Terms};
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::{Lanes, math};
use crate::kernels::{OK, REJECT, blocks, blocks_once};

#[inline(always)]
unsafe fn is_simplex(k: usize, x: *const f64) -> bool {
    let mut total = 0.0;
    let mut good = k > 0;
    for i in 0..k {
        let v = unsafe { *x.add(i) };
        good &= v >= 0.0;
        total += v;
    }
    good && (total - 1.0).abs() <= 1e-8
}

#[inline(always)]
unsafe fn categories_are_good(n: usize, y: &Operand, k: usize) -> bool {
    let y_values = y.values.cast::<i32>();
    let mut top = 0u32;
    for i in 0..if y.stride == 0 { 1 } else { n } {
        top = top.max(unsafe { *y_values.add(i) }.wrapping_sub(1) as u32);
    }
    n == 0 || (top as usize) < k
}

#[inline(always)]
pub(super) unsafe fn categorical<V: Lanes>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, k) = (*sizes, *sizes.add(1));
        let [y, theta] = *operands.cast::<[Operand; 2]>();
        *value = 0.0;
        if !is_simplex(k, theta.values) || !categories_are_good(n, &y, k) {
            return REJECT;
        }
        if !Terms(terms).on(0b10) {
            return OK;
        }
        let outcomes = y.values.cast::<i32>();
        let mut total = 0.0;
        for i in 0..n {
            let at = *outcomes.add(i * y.stride) as usize - 1;
            let p = *theta.values.add(at);
            total += p.ln();
            if !theta.adjoint.is_null() {
                *theta.adjoint.add(at) += seed / p;
            }
        }
        *value = total;
        OK
    }
}

#[inline(always)]
pub(super) unsafe fn categorical_logit<V: Lanes>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, k) = (*sizes, *sizes.add(1));
        let [y, beta] = *operands.cast::<[Operand; 2]>();
        *value = 0.0;
        if !super::all_finite::<V>(k, beta.values) || !categories_are_good(n, &y, k) {
            return REJECT;
        }
        if !Terms(terms).on(0b10) || n == 0 {
            return OK;
        }
        let outcomes = y.values.cast::<i32>();
        let mut total = 0.0;
        for i in 0..n {
            let at = *outcomes.add(i * y.stride) as usize - 1;
            total += *beta.values.add(at);
            if !beta.adjoint.is_null() {
                *beta.adjoint.add(at) += seed;
            }
        }
        let mut top = f64::NEG_INFINITY;
        for i in 0..k {
            let b = *beta.values.add(i);
            top = if b > top { b } else { top };
        }
        let shift = V::splat(top);
        let mut sum = V::splat(0.0);
        blocks!(V, k, |i, c| { sum = sum + math::exp(V::get(beta.values.add(i), c, 0.0) - shift).head(c) });
        let norm = top + sum.sum().ln();
        if !beta.adjoint.is_null() {
            let (norm, weight) = (V::splat(norm), V::splat(-seed * n as f64));
            blocks!(V, k, |i, c| {
                let p = math::exp(V::get(beta.values.add(i), c, 0.0) - norm);
                weight.fma(p, V::get(beta.adjoint.add(i), c, 0.0)).put(beta.adjoint.add(i), c)
            });
        }
        *value = total - n as f64 * norm;
        OK
    }
}

/// With `a = eta - c[y-1]` and `b = eta - c[y]` (c[0] = -inf, c[K] = inf): `inv_logit(a) - inv_logit(b) = inv_logit(a) inv_logit(-b) (1 - e^(b-a))`,
/// whose last factor depends on the category alone.
#[inline(always)]
pub(super) unsafe fn ordered_logistic<V: Lanes>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, c) = (*sizes, *sizes.add(1));
        let [y, eta, cuts] = *operands.cast::<[Operand; 3]>();
        let terms = Terms(terms);
        *value = 0.0;
        if n == 0 {
            return OK;
        }
        let k = c + 1;
        let etas = if eta.stride == 0 { 1 } else { n };
        if !super::all_finite::<V>(etas, eta.values) || !categories_are_good(n, &y, k) {
            return REJECT;
        }
        // Tables by category: lower cut, upper cut, ln(1 - e^(b-a)), its slope; then what the cuts get, lower and upper, one table a lane so that
        // additions do not wait for each other.
        let mut scratch = Scratch::new((4 + 2 * V::N) * k);
        let low = scratch.pointer();
        let (high, log_gap, slope) = (low.add(k), low.add(2 * k), low.add(3 * k));
        let (d_low, d_high) = (low.add(4 * k), low.add((4 + V::N) * k));
        let (zero, seeds) = (V::splat(0.0), V::splat(seed));
        let outcomes = y.values.cast::<i32>();
        let (mut total, mut d_eta) = (zero, zero);
        let mut first = 0;
        while first < n {
            // All elements share one vector of cuts, or each has its own.
            let count = if cuts.stride == 0 { n } else { 1 };
            let cut = cuts.values.add(first * c * cuts.stride);
            for j in 0..c {
                let x = *cut.add(j);
                let increases = j == 0 || x > *cut.add(j - 1);
                if !increases || ((j == 0 || j + 1 == c) && !x.is_finite()) {
                    return REJECT;
                }
            }
            for j in 0..k {
                *low.add(j) = if j == 0 { f64::NEG_INFINITY } else { *cut.add(j - 1) };
                *high.add(j) = if j == c { f64::INFINITY } else { *cut.add(j) };
                let gap = *high.add(j) - *low.add(j);
                *log_gap.add(j) = if gap < f64::INFINITY { crate::math::log1m_exp(-gap) } else { 0.0 };
                *slope.add(j) = if gap < f64::INFINITY { 1.0 / gap.exp_m1() } else { 0.0 };
            }
            std::ptr::write_bytes(d_low, 0, 2 * V::N * k);
            if terms.on(0b110) {
                blocks_once!(V, count, |i, lanes| {
                    let i = first + i;
                    // Whole vectors of outcomes are read where they stand; the tables are then addressed from 1.
                    let direct = y.stride != 0 && lanes == V::N;
                    let mut category = [1i32; 8];
                    if !direct {
                        for (lane, cell) in category.iter_mut().enumerate().take(lanes) {
                            *cell = *outcomes.add((i + lane) * y.stride);
                        }
                    }
                    let at = if direct { outcomes.add(i) } else { category.as_ptr() };
                    let table = |p: *mut f64| p.cast_const().wrapping_sub(1);
                    let x = if eta.stride == 0 { V::splat(*eta.values) } else { V::get(eta.values.add(i), lanes, 0.0) };
                    let (p, log_p) = math::logistic_complement(x - V::gather(table(low), at));
                    let (q, log_q) = math::logistic_complement(V::gather(table(high), at) - x);
                    total = total + (log_p + log_q + V::gather(table(log_gap), at)).head(lanes);
                    // p = inv_logit(-a), q = inv_logit(b)
                    let d = (p - q).head(lanes);
                    if !eta.adjoint.is_null() {
                        if eta.stride == 0 {
                            d_eta = d_eta + d;
                        } else {
                            let cell = eta.adjoint.add(i);
                            seeds.fma(d, V::get(cell, lanes, 0.0)).put(cell, lanes);
                        }
                    }
                    if !cuts.adjoint.is_null() {
                        let gap = V::gather(table(slope), at);
                        let (mut below, mut above) = ([0.0; 8], [0.0; 8]);
                        (p + gap).store(below.as_mut_ptr());
                        (q + gap).store(above.as_mut_ptr());
                        for lane in 0..lanes {
                            let cell = lane * k + *at.add(lane) as usize - 1;
                            *d_low.add(cell) -= below[lane];
                            *d_high.add(cell) += above[lane];
                        }
                    }
                });
                if !cuts.adjoint.is_null() {
                    let d = cuts.adjoint.add(first * c * cuts.stride);
                    for j in 0..c {
                        let mut total = 0.0;
                        for lane in 0..V::N {
                            total += *d_high.add(lane * k + j) + *d_low.add(lane * k + j + 1);
                        }
                        *d.add(j) += seed * total;
                    }
                }
            }
            first += count;
        }
        if !eta.adjoint.is_null() && eta.stride == 0 {
            *eta.adjoint += seed * d_eta.sum();
        }
        *value = total.sum();
        OK
    }
}

#[inline(always)]
pub(super) unsafe fn dirichlet<V: Lanes>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let (n, k) = (*sizes, *sizes.add(1));
        let [theta, alpha] = *operands.cast::<[Operand; 2]>();
        let terms = Terms(terms);
        *value = 0.0;
        let zero = V::splat(0.0);
        let one = V::splat(1.0);
        let mut total = zero;
        // ln gamma(sum alpha) - sum ln gamma(alpha), kept while alpha stays the same; digamma(alpha) in scratch.
        let mut scratch = Scratch::new(k);
        let digammas = scratch.pointer();
        let (mut norm, mut psi) = (0.0, zero);
        for i in 0..n {
            let t = theta.values.add(i * k * theta.stride);
            let a = alpha.values.add(i * k * alpha.stride);
            if !is_simplex(k, t) {
                return REJECT;
            }
            if i == 0 || alpha.stride != 0 {
                let (mut sum, mut gammas) = (zero, zero);
                let mut good = zero.eq(zero);
                blocks_once!(V, k, |j, c| {
                    let x = V::get(a.add(j), c, 1.0);
                    good = V::and(good, zero.lt(x));
                    sum = sum + x.head(c);
                    if terms.on(0b10) {
                        let (value, slope) = math::lgamma_digamma(x);
                        gammas = gammas + value.head(c);
                        slope.put(digammas.add(j), c);
                    }
                });
                if !V::all(good) {
                    return REJECT;
                }
                if terms.on(0b10) {
                    let (value, slope) = math::lgamma_digamma(V::splat(sum.sum()));
                    norm = value.head(1).sum() - gammas.sum();
                    psi = slope;
                }
            }
            if !terms.on(0b11) {
                continue;
            }
            total = total + V::splat(norm).head(1);
            blocks_once!(V, k, |j, c| {
                let (x, weight) = (V::get(t.add(j), c, 0.5), V::get(a.add(j), c, 1.0) - one);
                let log = math::ln(x);
                total = total + V::select(weight.eq(zero), zero, weight * log).head(c);
                if !theta.adjoint.is_null() {
                    let cell = theta.adjoint.add(i * k * theta.stride + j);
                    let d = V::select(weight.eq(zero), zero, weight / x);
                    V::splat(seed).fma(d, V::get(cell, c, 0.0)).put(cell, c);
                }
                if !alpha.adjoint.is_null() {
                    let cell = alpha.adjoint.add(i * k * alpha.stride + j);
                    let d = log + psi - V::get(digammas.add(j), c, 0.0);
                    V::splat(seed).fma(d, V::get(cell, c, 0.0)).put(cell, c);
                }
            });
        }
        *value = total.sum();
        OK
    }
}
