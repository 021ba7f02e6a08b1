//! Products with diagonal and triangular matrices, quadratic forms, and the squared exponential covariance.

use super::core::Core;
use super::solve::copy_lower;
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::{Lanes, math};
use crate::kernels::{OK, REJECT, blocks};

#[inline(always)]
pub(super) unsafe fn lower_self_transpose<V: Core>(n: usize, l: *const f64, c: *mut f64) {
    unsafe {
        let mut scratch = Scratch::new(n * n);
        let t = scratch.pointer();
        copy_lower(n, l, t);
        std::ptr::write_bytes(c, 0, n * n);
        V::gemm(n, n, n, 1.0, t, n, t, n, 1, c, n)
    }
}

#[inline(always)]
pub(super) unsafe fn lower_self_transpose_backward<V: Core>(n: usize, l: *const f64, dc: *const f64, dl: *mut f64) {
    unsafe {
        let mut scratch = Scratch::new(2 * n * n);
        let t = scratch.pointer();
        let g = t.add(n * n);
        copy_lower(n, l, t);
        std::ptr::write_bytes(g, 0, n * n);
        V::gemm(n, n, n, 1.0, dc, n, t, 1, n, g, n);
        V::gemm_tn(n, n, n, 1.0, dc, n, t, n, g, n);
        for j in 0..n {
            for i in j..n {
                *dl.add(i + j * n) += *g.add(i + j * n);
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn diag_pre_multiply<V: Lanes>(m: usize, n: usize, v: *const f64, a: *const f64, c: *mut f64) {
    unsafe {
        for j in 0..n {
            blocks!(V, m, |i, l| {
                let at = j * m + i;
                (V::get(v.add(i), l, 0.0) * V::get(a.add(at), l, 0.0)).put(c.add(at), l)
            })
        }
    }
}

#[inline(always)]
pub(super) unsafe fn diag_pre_multiply_backward<V: Lanes>(
    m: usize,
    n: usize,
    v: *const f64,
    a: *const f64,
    dc: *const f64,
    dv: *mut f64,
    da: *mut f64,
) {
    unsafe {
        for j in 0..n {
            blocks!(V, m, |i, l| {
                let at = j * m + i;
                let d = V::get(dc.add(at), l, 0.0);
                if !dv.is_null() {
                    d.fma(V::get(a.add(at), l, 0.0), V::get(dv.add(i), l, 0.0)).put(dv.add(i), l);
                }
                if !da.is_null() {
                    d.fma(V::get(v.add(i), l, 0.0), V::get(da.add(at), l, 0.0)).put(da.add(at), l);
                }
            })
        }
    }
}

#[inline(always)]
pub(super) unsafe fn diag_post_multiply<V: Lanes>(m: usize, n: usize, a: *const f64, v: *const f64, c: *mut f64) {
    unsafe {
        for j in 0..n {
            let x = V::splat(*v.add(j));
            blocks!(V, m, |i, l| { (x * V::get(a.add(j * m + i), l, 0.0)).put(c.add(j * m + i), l) })
        }
    }
}

#[inline(always)]
pub(super) unsafe fn diag_post_multiply_backward<V: Lanes>(
    m: usize,
    n: usize,
    a: *const f64,
    v: *const f64,
    dc: *const f64,
    da: *mut f64,
    dv: *mut f64,
) {
    unsafe {
        for j in 0..n {
            let x = V::splat(*v.add(j));
            let mut total = V::splat(0.0);
            blocks!(V, m, |i, l| {
                let at = j * m + i;
                let d = V::get(dc.add(at), l, 0.0);
                total = d.fma(V::get(a.add(at), l, 0.0), total);
                if !da.is_null() {
                    d.fma(x, V::get(da.add(at), l, 0.0)).put(da.add(at), l);
                }
            });
            if !dv.is_null() {
                *dv.add(j) += total.sum();
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn quad_form_diag<V: Lanes>(n: usize, a: *const f64, v: *const f64, c: *mut f64) {
    unsafe {
        for j in 0..n {
            let x = V::splat(*v.add(j));
            blocks!(V, n, |i, l| {
                let at = j * n + i;
                (x * V::get(v.add(i), l, 0.0) * V::get(a.add(at), l, 0.0)).put(c.add(at), l)
            })
        }
    }
}

#[inline(always)]
pub(super) unsafe fn quad_form_diag_backward<V: Lanes>(
    n: usize,
    a: *const f64,
    v: *const f64,
    dc: *const f64,
    da: *mut f64,
    dv: *mut f64,
) {
    unsafe {
        for j in 0..n {
            let x = V::splat(*v.add(j));
            let mut total = V::splat(0.0);
            blocks!(V, n, |i, l| {
                let at = j * n + i;
                let (d, w) = (V::get(dc.add(at), l, 0.0), V::get(v.add(i), l, 0.0));
                if !da.is_null() {
                    (d * x).fma(w, V::get(da.add(at), l, 0.0)).put(da.add(at), l);
                }
                let da = d * V::get(a.add(at), l, 0.0);
                total = da.fma(w, total);
                if !dv.is_null() {
                    da.fma(x, V::get(dv.add(i), l, 0.0)).put(dv.add(i), l);
                }
            });
            if !dv.is_null() {
                *dv.add(j) += total.sum();
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn quad_form<V: Core>(n: usize, m: usize, a: *const f64, b: *const f64, c: *mut f64) {
    unsafe {
        let mut scratch = Scratch::new(n * m);
        let t = scratch.pointer();
        std::ptr::write_bytes(t, 0, n * m);
        std::ptr::write_bytes(c, 0, m * m);
        V::gemm(n, m, n, 1.0, a, n, b, 1, n, t, n);
        V::gemm_tn(m, m, n, 1.0, b, n, t, n, c, m)
    }
}

#[inline(always)]
pub(super) unsafe fn quad_form_backward<V: Core>(
    n: usize,
    m: usize,
    a: *const f64,
    b: *const f64,
    dc: *const f64,
    da: *mut f64,
    db: *mut f64,
) {
    unsafe {
        let mut scratch = Scratch::new(2 * n * m);
        let t = scratch.pointer();
        let u = t.add(n * m);
        std::ptr::write_bytes(t, 0, 2 * n * m);
        // t = B dC, u = B dC'
        V::gemm(n, m, m, 1.0, b, n, dc, 1, m, t, n);
        V::gemm(n, m, m, 1.0, b, n, dc, m, 1, u, n);
        if !da.is_null() {
            V::gemm(n, n, m, 1.0, t, n, b, n, 1, da, n);
        }
        if !db.is_null() {
            V::gemm(n, m, n, 1.0, a, n, u, 1, n, db, n);
            V::gemm_tn(n, m, n, 1.0, a, n, t, n, db, n);
        }
    }
}

fn scales_are_good(alpha: f64, rho: f64) -> bool {
    alpha > 0.0 && alpha < f64::INFINITY && rho > 0.0 && rho < f64::INFINITY
}

/// Column `j` of a covariance between points: `out[i] = alpha^2 exp(-|x_i - y|^2 / (2 rho^2))` for `i < n`.
#[inline(always)]
unsafe fn covariances<V: Lanes>(n: usize, d: usize, x: *const f64, y: *const f64, alpha: f64, rho: f64, out: *mut f64) {
    unsafe {
        let square = V::splat(alpha * alpha);
        let factor = V::splat(-0.5 / (rho * rho));
        if d == 1 {
            let y = V::splat(*y);
            blocks!(V, n, |i, c| {
                let r = V::get(x.add(i), c, 0.0) - y;
                (square * math::exp(factor * r * r)).put(out.add(i), c)
            });
            return;
        }
        for i in 0..n {
            let mut total = 0.0;
            for k in 0..d {
                let r = *x.add(i * d + k) - *y.add(k);
                total += r * r;
            }
            *out.add(i) = total;
        }
        blocks!(V, n, |i, c| { (square * math::exp(factor * V::get(out.add(i), c, 0.0))).put(out.add(i), c) })
    }
}

#[inline(always)]
unsafe fn has_nan(n: usize, x: *const f64) -> bool {
    let mut bad = false;
    for i in 0..n {
        bad |= unsafe { (*x.add(i)).is_nan() };
    }
    bad
}

#[inline(always)]
pub(super) unsafe fn gp_exp_quad_cov<V: Lanes>(
    n: usize,
    d: usize,
    x: *const f64,
    alpha: f64,
    rho: f64,
    k: *mut f64,
) -> u32 {
    unsafe {
        if !scales_are_good(alpha, rho) || has_nan(n * d, x) {
            return REJECT;
        }
        for j in 0..n {
            let below = n - j;
            covariances::<V>(below, d, x.add(j * d), x.add(j * d), alpha, rho, k.add(j + j * n));
            // Exactly alpha^2 on the diagonal, and the same numbers above as below.
            *k.add(j + j * n) = alpha * alpha;
            for i in j + 1..n {
                *k.add(j + i * n) = *k.add(i + j * n);
            }
        }
        OK
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn gp_exp_quad_cross<V: Lanes>(
    n: usize,
    m: usize,
    d: usize,
    x: *const f64,
    y: *const f64,
    alpha: f64,
    rho: f64,
    k: *mut f64,
) -> u32 {
    unsafe {
        if !scales_are_good(alpha, rho) || has_nan(n * d, x) || has_nan(m * d, y) {
            return REJECT;
        }
        for j in 0..m {
            covariances::<V>(n, d, x, y.add(j * d), alpha, rho, k.add(j * n));
        }
        OK
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn gp_exp_quad_cross_backward<V: Lanes>(
    n: usize,
    m: usize,
    d: usize,
    x: *const f64,
    y: *const f64,
    alpha: f64,
    rho: f64,
    k: *const f64,
    dk: *const f64,
    dx: *mut f64,
    dy: *mut f64,
    d_alpha: *mut f64,
    d_rho: *mut f64,
) {
    unsafe {
        // With g = dK K: d alpha = 2/alpha sum g, d rho = sum g r^2 / rho^3, dx_i = -g (x_i - y_j) / rho^2.
        let mut amount = V::splat(0.0);
        let mut squares = V::splat(0.0);
        let precision = 1.0 / (rho * rho);
        for j in 0..m {
            let (column, adjoint) = (k.add(j * n), dk.add(j * n));
            if d == 1 {
                let at = V::splat(*y.add(j));
                blocks!(V, n, |i, c| {
                    let g = V::get(column.add(i), c, 0.0) * V::get(adjoint.add(i), c, 0.0);
                    let r = V::get(x.add(i), c, 0.0) - at;
                    amount = amount + g;
                    // Lanes past the end have g = 0.
                    squares = (g * r).fma(r, squares);
                });
            } else {
                for i in 0..n {
                    let g = *column.add(i) * *adjoint.add(i);
                    let mut total = 0.0;
                    for l in 0..d {
                        let r = *x.add(i * d + l) - *y.add(j * d + l);
                        total += r * r;
                    }
                    amount = amount + V::splat(g).head(1);
                    squares = squares + V::splat(g * total).head(1);
                }
            }
            if !dx.is_null() || !dy.is_null() {
                for i in 0..n {
                    let g = *column.add(i) * *adjoint.add(i) * precision;
                    for l in 0..d {
                        let step = g * (*x.add(i * d + l) - *y.add(j * d + l));
                        if !dx.is_null() {
                            *dx.add(i * d + l) -= step;
                        }
                        if !dy.is_null() {
                            *dy.add(j * d + l) += step;
                        }
                    }
                }
            }
        }
        if !d_alpha.is_null() {
            *d_alpha += 2.0 / alpha * amount.sum();
        }
        if !d_rho.is_null() {
            *d_rho += squares.sum() * precision / rho;
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn gp_exp_quad_cov_backward<V: Lanes>(
    n: usize,
    d: usize,
    x: *const f64,
    alpha: f64,
    rho: f64,
    k: *const f64,
    dk: *const f64,
    dx: *mut f64,
    d_alpha: *mut f64,
    d_rho: *mut f64,
) {
    unsafe { gp_exp_quad_cross_backward::<V>(n, n, d, x, x, alpha, rho, k, dk, dx, dx, d_alpha, d_rho) }
}
