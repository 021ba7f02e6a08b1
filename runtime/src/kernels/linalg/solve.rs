//! Factorisations and solves as functions of matrices, with vector-Jacobian products.

use super::core::Core;
use crate::kernels::scratch::Scratch;
use crate::kernels::{OK, REJECT};

/// The lower triangle of `a` and zeros above.
#[inline(always)]
pub(in crate::kernels) unsafe fn copy_lower(n: usize, a: *const f64, l: *mut f64) {
    unsafe {
        for j in 0..n {
            std::ptr::write_bytes(l.add(j * n), 0, j);
            std::ptr::copy_nonoverlapping(a.add(j + j * n), l.add(j + j * n), n - j);
        }
    }
}

#[inline(always)]
unsafe fn symmetric(n: usize, a: *const f64) -> bool {
    let mut good = true;
    for j in 0..n {
        for i in j + 1..n {
            // False for NaN.
            good &= unsafe { (*a.add(i + j * n) - *a.add(j + i * n)).abs() <= 1e-8 };
        }
    }
    good
}

/// The Cholesky factor of a checked matrix, zeros above.
#[inline(always)]
pub(in crate::kernels) unsafe fn cholesky<V: Core>(n: usize, a: *const f64, l: *mut f64) -> u32 {
    unsafe {
        if !symmetric(n, a) {
            return REJECT;
        }
        copy_lower(n, a, l);
        let status = V::factor_lower(n, l, n);
        for j in 1..n {
            std::ptr::write_bytes(l.add(j * n), 0, j);
        }
        status
    }
}

/// Murray, Differentiation of the Cholesky decomposition, 2016: with `P = phi(L' dL)` (lower half, diagonal halved) and `S = L^-T P L^-1`,
/// the adjoint of the lower triangle is `S + S'` with the diagonal of S.
#[inline(always)]
pub(in crate::kernels) unsafe fn cholesky_backward<V: Core>(n: usize, l: *const f64, dl: *const f64, da: *mut f64) {
    const STRIP: usize = 8;
    unsafe {
        let mut scratch = Scratch::new(n * n);
        let p = scratch.pointer();
        std::ptr::write_bytes(p, 0, n * n);
        // Rows of L' dL in strips; below the diagonal only.
        let mut first = 0;
        while first < n {
            let rows = if n - first < STRIP { n - first } else { STRIP };
            let column = l.add(first + first * n);
            V::gemm_tn(rows, first + rows, n - first, 1.0, column, n, dl.add(first), n, p.add(first), n);
            first += rows;
        }
        for j in 0..n {
            std::ptr::write_bytes(p.add(j * n), 0, j);
            *p.add(j + j * n) *= 0.5;
        }
        V::solve_left_t(n, n, l, n, p, n);
        V::solve_right(n, n, l, n, p, n);
        for j in 0..n {
            *da.add(j + j * n) += *p.add(j + j * n);
            for i in j + 1..n {
                *da.add(i + j * n) += *p.add(i + j * n) + *p.add(j + i * n);
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_left_tri_low<V: Core>(n: usize, m: usize, l: *const f64, b: *const f64, x: *mut f64) {
    unsafe {
        std::ptr::copy_nonoverlapping(b, x, n * m);
        V::solve_left(n, m, l, n, x, n)
    }
}

/// `lower(C) += alpha A B'` with A, B of n x m.
#[inline(always)]
unsafe fn outer_lower<V: Core>(n: usize, m: usize, alpha: f64, a: *const f64, b: *const f64, c: *mut f64) {
    const STRIP: usize = 8;
    unsafe {
        let mut first = 0;
        while first < n {
            let columns = if n - first < STRIP { n - first } else { STRIP };
            // The square on the diagonal column by column, then what lies below it.
            for j in first..first + columns {
                V::gemm(first + columns - j, 1, m, alpha, a.add(j), n, b.add(j), n, 1, c.add(j + j * n), n);
            }
            let below = first + columns;
            if below < n {
                V::gemm(n - below, columns, m, alpha, a.add(below), n, b.add(first), n, 1, c.add(below + first * n), n);
            }
            first = below;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_left_tri_low_backward<V: Core>(
    n: usize,
    m: usize,
    l: *const f64,
    x: *const f64,
    dx: *const f64,
    dl: *mut f64,
    db: *mut f64,
) {
    unsafe {
        let mut scratch = Scratch::new(n * m);
        let g = scratch.pointer();
        std::ptr::copy_nonoverlapping(dx, g, n * m);
        V::solve_left_t(n, m, l, n, g, n);
        if !dl.is_null() {
            outer_lower::<V>(n, m, -1.0, g, x, dl);
        }
        add(n * m, g, db);
    }
}

/// `y += x` unless `y` is null.
#[inline(always)]
unsafe fn add(n: usize, x: *const f64, y: *mut f64) {
    if !y.is_null() {
        for i in 0..n {
            unsafe { *y.add(i) += *x.add(i) }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_right_tri_low<V: Core>(m: usize, n: usize, b: *const f64, l: *const f64, x: *mut f64) {
    unsafe {
        std::ptr::copy_nonoverlapping(b, x, n * m);
        V::solve_right(m, n, l, n, x, m)
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_right_tri_low_backward<V: Core>(
    m: usize,
    n: usize,
    l: *const f64,
    x: *const f64,
    dx: *const f64,
    db: *mut f64,
    dl: *mut f64,
) {
    unsafe {
        let mut scratch = Scratch::new(n * m);
        let g = scratch.pointer();
        std::ptr::copy_nonoverlapping(dx, g, n * m);
        V::solve_right_t(m, n, l, n, g, m);
        if !dl.is_null() {
            // lower(dL) -= X' G, column by column
            for j in 0..n {
                V::gemm_tn(n - j, 1, m, -1.0, x.add(j * m), m, g.add(j * m), m, dl.add(j + j * n), n);
            }
        }
        add(n * m, g, db);
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_left<V: Core>(n: usize, m: usize, a: *const f64, b: *const f64, x: *mut f64) -> u32 {
    unsafe {
        let mut scratch = Scratch::new(n * n + n);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        std::ptr::copy_nonoverlapping(a, lu, n * n);
        std::ptr::copy_nonoverlapping(b, x, n * m);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return REJECT;
        }
        V::solve_lu(n, m, lu, rows, x);
        OK
    }
}

/// `t = a'` for n x n.
#[inline(always)]
unsafe fn transposed(n: usize, m: usize, a: *const f64, t: *mut f64) {
    for j in 0..m {
        for i in 0..n {
            unsafe { *t.add(j + i * m) = *a.add(i + j * n) }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_left_backward<V: Core>(
    n: usize,
    m: usize,
    a: *const f64,
    x: *const f64,
    dx: *const f64,
    da: *mut f64,
    db: *mut f64,
) {
    unsafe {
        let mut scratch = Scratch::new(n * n + n + n * m);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        let g = rows.add(n);
        // G = A^-T dX
        transposed(n, n, a, lu);
        std::ptr::copy_nonoverlapping(dx, g, n * m);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return;
        }
        V::solve_lu(n, m, lu, rows, g);
        if !da.is_null() {
            V::gemm(n, n, m, -1.0, g, n, x, n, 1, da, n);
        }
        add(n * m, g, db);
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_left_spd<V: Core>(n: usize, m: usize, a: *const f64, b: *const f64, x: *mut f64) -> u32 {
    unsafe {
        let mut scratch = Scratch::new(n * n);
        let l = scratch.pointer();
        let status = cholesky::<V>(n, a, l);
        if status == OK {
            std::ptr::copy_nonoverlapping(b, x, n * m);
            V::solve_left(n, m, l, n, x, n);
            V::solve_left_t(n, m, l, n, x, n);
        }
        status
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_right<V: Core>(m: usize, n: usize, b: *const f64, a: *const f64, x: *mut f64) -> u32 {
    unsafe {
        // X' = A^-T B'
        let mut scratch = Scratch::new(n * n + n + n * m);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        let t = rows.add(n);
        transposed(n, n, a, lu);
        transposed(m, n, b, t);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return REJECT;
        }
        V::solve_lu(n, m, lu, rows, t);
        transposed(n, m, t, x);
        OK
    }
}

#[inline(always)]
pub(super) unsafe fn mdivide_right_backward<V: Core>(
    m: usize,
    n: usize,
    a: *const f64,
    x: *const f64,
    dx: *const f64,
    db: *mut f64,
    da: *mut f64,
) {
    unsafe {
        // G = dX A^-T, dA -= X' G
        let mut scratch = Scratch::new(n * n + n + 2 * n * m);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        let t = rows.add(n);
        let g = t.add(n * m);
        std::ptr::copy_nonoverlapping(a, lu, n * n);
        transposed(m, n, dx, t);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return;
        }
        V::solve_lu(n, m, lu, rows, t);
        transposed(n, m, t, g);
        if !da.is_null() {
            V::gemm_tn(n, n, m, -1.0, x, m, g, m, da, n);
        }
        add(n * m, g, db);
    }
}

#[inline(always)]
unsafe fn identity(n: usize, y: *mut f64) {
    unsafe {
        std::ptr::write_bytes(y, 0, n * n);
        for i in 0..n {
            *y.add(i + i * n) = 1.0;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn inverse<V: Core>(n: usize, a: *const f64, y: *mut f64) -> u32 {
    unsafe {
        let mut scratch = Scratch::new(n * n + n);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        std::ptr::copy_nonoverlapping(a, lu, n * n);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return REJECT;
        }
        identity(n, y);
        V::solve_lu(n, n, lu, rows, y);
        OK
    }
}

#[inline(always)]
pub(super) unsafe fn inverse_spd<V: Core>(n: usize, a: *const f64, y: *mut f64) -> u32 {
    unsafe {
        let mut scratch = Scratch::new(n * n);
        let l = scratch.pointer();
        let status = cholesky::<V>(n, a, l);
        if status == OK {
            identity(n, y);
            V::solve_left(n, n, l, n, y, n);
            V::solve_left_t(n, n, l, n, y, n);
        }
        status
    }
}

#[inline(always)]
pub(super) unsafe fn inverse_backward<V: Core>(n: usize, y: *const f64, dy: *const f64, da: *mut f64) {
    unsafe {
        // dA -= Y' dY Y'
        let mut scratch = Scratch::new(n * n);
        let t = scratch.pointer();
        std::ptr::write_bytes(t, 0, n * n);
        V::gemm_tn(n, n, n, 1.0, y, n, dy, n, t, n);
        V::gemm(n, n, n, -1.0, t, n, y, n, 1, da, n);
    }
}

#[inline(always)]
pub(super) unsafe fn log_determinant<V: Core>(n: usize, a: *const f64) -> f64 {
    unsafe {
        let mut scratch = Scratch::new(n * n + n);
        let lu = scratch.pointer();
        std::ptr::copy_nonoverlapping(a, lu, n * n);
        if V::factor_lu(n, lu, lu.add(n * n)) == 0.0 {
            return f64::NEG_INFINITY;
        }
        let mut total = 0.0;
        for i in 0..n {
            total += (*lu.add(i + i * n)).abs().ln();
        }
        total
    }
}

#[inline(always)]
pub(super) unsafe fn log_determinant_backward<V: Core>(n: usize, a: *const f64, d: f64, da: *mut f64) {
    unsafe {
        // dA += d A^-T
        let mut scratch = Scratch::new(2 * n * n + n);
        let lu = scratch.pointer();
        let rows = lu.add(n * n);
        let y = rows.add(n);
        transposed(n, n, a, lu);
        if V::factor_lu(n, lu, rows) == 0.0 {
            return;
        }
        identity(n, y);
        V::solve_lu(n, n, lu, rows, y);
        for i in 0..n * n {
            *da.add(i) += d * *y.add(i);
        }
    }
}

#[inline(always)]
pub(super) unsafe fn log_determinant_spd<V: Core>(n: usize, a: *const f64, y: *mut f64) -> u32 {
    unsafe {
        let mut scratch = Scratch::new(n * n);
        let l = scratch.pointer();
        let status = cholesky::<V>(n, a, l);
        let mut total = 0.0;
        if status == OK {
            for i in 0..n {
                total += (*l.add(i + i * n)).ln();
            }
        }
        *y = 2.0 * total;
        status
    }
}
