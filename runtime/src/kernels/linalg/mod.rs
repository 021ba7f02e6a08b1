//! Dense linear algebra of column-major matrices, with vector-Jacobian products.
//!
//! A vector is a matrix of one column, a row vector one of one row. Backward kernels add to adjoints; null adjoints are skipped.

mod core;
mod factor;
mod product;
mod solve;
mod special;

pub(super) use self::core::Core;
use super::kernel_table;
use super::simd::Lanes;
pub(super) use solve::cholesky;
use solve::*;
use special::*;

kernel_table! {
    /// Matrix products, factorisations and solves. Statuses: 0, or 1 for a matrix that is not what the function needs (symmetric,
    /// positive definite, regular).
    Linalg {
        /// `C = A B` of m x k and k x n.
        fn multiply(m: usize, n: usize, k: usize, a: *const f64, b: *const f64, c: *mut f64) = multiply;
        /// `(m, n, k, A, B, dC, dA, dB)`
        fn multiply_backward(m: usize, n: usize, k: usize, a: *const f64, b: *const f64, dc: *const f64, da: *mut f64, db: *mut f64) = multiply_backward;
        /// `y = A x`, A of m x k.
        fn gemv(m: usize, k: usize, a: *const f64, x: *const f64, y: *mut f64) = gemv;
        /// `y = A' x`, A of m x k, x of m.
        fn gemv_t(m: usize, k: usize, a: *const f64, x: *const f64, y: *mut f64) = gemv_t;
        /// `A += alpha x y'`, A of m x n.
        fn ger(m: usize, n: usize, alpha: f64, x: *const f64, y: *const f64, a: *mut f64) = ger;
        /// `B = A'`, A of m x n.
        fn transpose(m: usize, n: usize, a: *const f64, b: *mut f64) = transpose;
        /// `(m, n, dB, dA)`
        fn transpose_backward(m: usize, n: usize, db: *const f64, da: *mut f64) = transpose_backward;
        /// `C = A A'`, A of m x k.
        fn tcrossprod(m: usize, k: usize, a: *const f64, c: *mut f64) = tcrossprod;
        /// `(m, k, A, dC, dA)`
        fn tcrossprod_backward(m: usize, k: usize, a: *const f64, dc: *const f64, da: *mut f64) = tcrossprod_backward;
        /// `C = A' A`, A of m x k.
        fn crossprod(m: usize, k: usize, a: *const f64, c: *mut f64) = crossprod;
        /// `(m, k, A, dC, dA)`
        fn crossprod_backward(m: usize, k: usize, a: *const f64, dc: *const f64, da: *mut f64) = crossprod_backward;
        /// `C = tril(L) tril(L)'`, L of n x n.
        fn multiply_lower_tri_self_transpose(n: usize, l: *const f64, c: *mut f64) = lower_self_transpose;
        /// `(n, L, dC, dL)`
        fn multiply_lower_tri_self_transpose_backward(n: usize, l: *const f64, dc: *const f64, dl: *mut f64) = lower_self_transpose_backward;
        /// `C = diag(v) A`, A of m x n.
        fn diag_pre_multiply(m: usize, n: usize, v: *const f64, a: *const f64, c: *mut f64) = diag_pre_multiply;
        /// `(m, n, v, A, dC, dv, dA)`
        fn diag_pre_multiply_backward(m: usize, n: usize, v: *const f64, a: *const f64, dc: *const f64, dv: *mut f64, da: *mut f64) = diag_pre_multiply_backward;
        /// `C = A diag(v)`, A of m x n.
        fn diag_post_multiply(m: usize, n: usize, a: *const f64, v: *const f64, c: *mut f64) = diag_post_multiply;
        /// `(m, n, A, v, dC, dA, dv)`
        fn diag_post_multiply_backward(m: usize, n: usize, a: *const f64, v: *const f64, dc: *const f64, da: *mut f64, dv: *mut f64) = diag_post_multiply_backward;
        /// `C = diag(v) A diag(v)`, A of n x n.
        fn quad_form_diag(n: usize, a: *const f64, v: *const f64, c: *mut f64) = quad_form_diag;
        /// `(n, A, v, dC, dA, dv)`
        fn quad_form_diag_backward(n: usize, a: *const f64, v: *const f64, dc: *const f64, da: *mut f64, dv: *mut f64) = quad_form_diag_backward;
        /// `C = B' A B`, A of n x n, B of n x m.
        fn quad_form(n: usize, m: usize, a: *const f64, b: *const f64, c: *mut f64) = quad_form;
        /// `(n, m, A, B, dC, dA, dB)`
        fn quad_form_backward(n: usize, m: usize, a: *const f64, b: *const f64, dc: *const f64, da: *mut f64, db: *mut f64) = quad_form_backward;
        /// The lower Cholesky factor, zeros above. Status 1 where A is not symmetric (to 1e-8) or not positive definite.
        fn cholesky(n: usize, a: *const f64, l: *mut f64) -> u32 = cholesky;
        /// `(n, L, dL, dA)`: only the lower triangle of dA, which `cholesky` reads, gets anything.
        fn cholesky_backward(n: usize, l: *const f64, dl: *const f64, da: *mut f64) = cholesky_backward;
        /// `X = tril(L)^-1 B`, B of n x m.
        fn mdivide_left_tri_low(n: usize, m: usize, l: *const f64, b: *const f64, x: *mut f64) = mdivide_left_tri_low;
        /// `(n, m, L, X, dX, dL, dB)`
        fn mdivide_left_tri_low_backward(n: usize, m: usize, l: *const f64, x: *const f64, dx: *const f64, dl: *mut f64, db: *mut f64) = mdivide_left_tri_low_backward;
        /// `X = B tril(L)^-1`, B of m x n.
        fn mdivide_right_tri_low(m: usize, n: usize, b: *const f64, l: *const f64, x: *mut f64) = mdivide_right_tri_low;
        /// `(m, n, L, X, dX, dB, dL)`
        fn mdivide_right_tri_low_backward(m: usize, n: usize, l: *const f64, x: *const f64, dx: *const f64, db: *mut f64, dl: *mut f64) = mdivide_right_tri_low_backward;
        /// `X = A^-1 B`, B of n x m. A singular A gives infinities or NaN and status 1.
        fn mdivide_left(n: usize, m: usize, a: *const f64, b: *const f64, x: *mut f64) -> u32 = mdivide_left;
        /// `(n, m, A, X, dX, dA, dB)`
        fn mdivide_left_backward(n: usize, m: usize, a: *const f64, x: *const f64, dx: *const f64, da: *mut f64, db: *mut f64) = mdivide_left_backward;
        /// `X = A^-1 B` for a symmetric positive definite A; status 1 where it is not.
        fn mdivide_left_spd(n: usize, m: usize, a: *const f64, b: *const f64, x: *mut f64) -> u32 = mdivide_left_spd;
        /// `X = B A^-1`, B of m x n.
        fn mdivide_right(m: usize, n: usize, b: *const f64, a: *const f64, x: *mut f64) -> u32 = mdivide_right;
        /// `(m, n, A, X, dX, dB, dA)`
        fn mdivide_right_backward(m: usize, n: usize, a: *const f64, x: *const f64, dx: *const f64, db: *mut f64, da: *mut f64) = mdivide_right_backward;
        /// `Y = A^-1`
        fn inverse(n: usize, a: *const f64, y: *mut f64) -> u32 = inverse;
        /// `Y = A^-1` for a symmetric positive definite A; status 1 where it is not.
        fn inverse_spd(n: usize, a: *const f64, y: *mut f64) -> u32 = inverse_spd;
        /// `(n, Y, dY, dA)`: of `inverse` and `inverse_spd`.
        fn inverse_backward(n: usize, y: *const f64, dy: *const f64, da: *mut f64) = inverse_backward;
        /// `ln |det A|`; -inf for a singular A.
        fn log_determinant(n: usize, a: *const f64) -> f64 = log_determinant;
        /// `(n, A, d, dA)`
        fn log_determinant_backward(n: usize, a: *const f64, d: f64, da: *mut f64) = log_determinant_backward;
        /// `ln det A` to `*y` for a symmetric positive definite A; status 1 where it is not. Its backward is that of `log_determinant`.
        fn log_determinant_spd(n: usize, a: *const f64, y: *mut f64) -> u32 = log_determinant_spd;
        /// Squared exponential covariance of n points of d coordinates (point after point): `K_ij = alpha^2 exp(-|x_i - x_j|^2 / (2 rho^2))`. Status 1 where alpha or
        /// rho is not positive and finite, or a coordinate is NaN.
        fn gp_exp_quad_cov(n: usize, d: usize, x: *const f64, alpha: f64, rho: f64, k: *mut f64) -> u32 = gp_exp_quad_cov;
        /// `(n, d, x, alpha, rho, K, dK, dx, d_alpha, d_rho)`
        fn gp_exp_quad_cov_backward(n: usize, d: usize, x: *const f64, alpha: f64, rho: f64, k: *const f64, dk: *const f64, dx: *mut f64, d_alpha: *mut f64, d_rho: *mut f64) = gp_exp_quad_cov_backward;
        /// Covariance between n points x and m points y, of d coordinates: K of n x m.
        fn gp_exp_quad_cross(n: usize, m: usize, d: usize, x: *const f64, y: *const f64, alpha: f64, rho: f64, k: *mut f64) -> u32 = gp_exp_quad_cross;
        /// `(n, m, d, x, y, alpha, rho, K, dK, dx, dy, d_alpha, d_rho)`
        fn gp_exp_quad_cross_backward(n: usize, m: usize, d: usize, x: *const f64, y: *const f64, alpha: f64, rho: f64, k: *const f64, dk: *const f64, dx: *mut f64, dy: *mut f64, d_alpha: *mut f64, d_rho: *mut f64) = gp_exp_quad_cross_backward;
    }
}

#[inline(always)]
unsafe fn multiply<V: Core>(m: usize, n: usize, k: usize, a: *const f64, b: *const f64, c: *mut f64) {
    unsafe {
        std::ptr::write_bytes(c, 0, m * n);
        if m == 1 {
            V::gemm_tn(n, 1, k, 1.0, b, k, a, k, c, n);
        } else {
            V::gemm(m, n, k, 1.0, a, m, b, 1, k, c, m);
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn multiply_backward<V: Core>(
    m: usize,
    n: usize,
    k: usize,
    a: *const f64,
    b: *const f64,
    dc: *const f64,
    da: *mut f64,
    db: *mut f64,
) {
    unsafe {
        if !da.is_null() {
            if m == 1 {
                V::gemm(k, 1, n, 1.0, b, k, dc, 1, n, da, k);
            } else {
                V::gemm(m, k, n, 1.0, dc, m, b, k, 1, da, m);
            }
        }
        if !db.is_null() {
            if m == 1 {
                V::gemm(k, n, 1, 1.0, a, k, dc, 1, 1, db, k);
            } else {
                V::gemm_tn(k, n, m, 1.0, a, m, dc, m, db, k);
            }
        }
    }
}

#[inline(always)]
unsafe fn gemv<V: Core>(m: usize, k: usize, a: *const f64, x: *const f64, y: *mut f64) {
    unsafe { multiply::<V>(m, 1, k, a, x, y) }
}

#[inline(always)]
unsafe fn gemv_t<V: Core>(m: usize, k: usize, a: *const f64, x: *const f64, y: *mut f64) {
    unsafe {
        std::ptr::write_bytes(y, 0, k);
        V::gemm_tn(k, 1, m, 1.0, a, m, x, m, y, k)
    }
}

#[inline(always)]
unsafe fn ger<V: Core>(m: usize, n: usize, alpha: f64, x: *const f64, y: *const f64, a: *mut f64) {
    unsafe { V::gemm(m, n, 1, alpha, x, m, y, 1, 1, a, m) }
}

#[inline(always)]
unsafe fn transpose<V: Lanes>(m: usize, n: usize, a: *const f64, b: *mut f64) {
    for j in 0..n {
        for i in 0..m {
            unsafe { *b.add(j + i * n) = *a.add(i + j * m) }
        }
    }
}

#[inline(always)]
unsafe fn transpose_backward<V: Lanes>(m: usize, n: usize, db: *const f64, da: *mut f64) {
    for j in 0..n {
        for i in 0..m {
            unsafe { *da.add(i + j * m) += *db.add(j + i * n) }
        }
    }
}

#[inline(always)]
unsafe fn tcrossprod<V: Core>(m: usize, k: usize, a: *const f64, c: *mut f64) {
    unsafe {
        std::ptr::write_bytes(c, 0, m * m);
        V::gemm(m, m, k, 1.0, a, m, a, m, 1, c, m)
    }
}

#[inline(always)]
unsafe fn tcrossprod_backward<V: Core>(m: usize, k: usize, a: *const f64, dc: *const f64, da: *mut f64) {
    unsafe {
        V::gemm(m, k, m, 1.0, dc, m, a, 1, m, da, m);
        V::gemm_tn(m, k, m, 1.0, dc, m, a, m, da, m)
    }
}

#[inline(always)]
unsafe fn crossprod<V: Core>(m: usize, k: usize, a: *const f64, c: *mut f64) {
    unsafe {
        std::ptr::write_bytes(c, 0, k * k);
        V::gemm_tn(k, k, m, 1.0, a, m, a, m, c, k)
    }
}

#[inline(always)]
unsafe fn crossprod_backward<V: Core>(m: usize, k: usize, a: *const f64, dc: *const f64, da: *mut f64) {
    unsafe {
        // dA += A (dC + dC')
        V::gemm(m, k, k, 1.0, a, m, dc, 1, k, da, m);
        V::gemm(m, k, k, 1.0, a, m, dc, k, 1, da, m)
    }
}
