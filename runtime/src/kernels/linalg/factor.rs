//! Triangular solves, Cholesky and LU factors, in blocks of columns around matrix products.

use super::core::Core;
use crate::kernels::simd::Lanes;
use crate::kernels::{OK, REJECT, blocks};

/// Columns of a block.
const BLOCK: usize = 16;

/// `y *= alpha`
#[inline(always)]
unsafe fn scale<V: Lanes>(n: usize, alpha: f64, y: *mut f64) {
    let alpha = V::splat(alpha);
    unsafe { blocks!(V, n, |i, c| { (alpha * V::get(y.add(i), c, 0.0)).put(y.add(i), c) }) }
}

/// [`factor_lower`] for few rows, one number after the other: vectors of a few lanes would wait for each other's stores.
#[inline(always)]
unsafe fn factor_small(n: usize, l: *mut f64, ld: usize) -> u32 {
    unsafe {
        for j in 0..n {
            let mut d = *l.add(j + j * ld);
            for k in 0..j {
                let x = *l.add(j + k * ld);
                d -= x * x;
            }
            if !(d > 0.0 && d < f64::INFINITY) {
                return REJECT;
            }
            let root = d.sqrt();
            *l.add(j + j * ld) = root;
            let inverse = 1.0 / root;
            for i in j + 1..n {
                let mut x = *l.add(i + j * ld);
                for k in 0..j {
                    x -= *l.add(i + k * ld) * *l.add(j + k * ld);
                }
                *l.add(i + j * ld) = x * inverse;
            }
        }
        OK
    }
}

/// `x := L^-1 x` (or `L^-T x`) for `n <= BLOCK`, one number after the other. Divisions do not wait for each other.
#[inline(always)]
unsafe fn substitute(n: usize, l: *const f64, ldl: usize, transposed: bool, x: *mut f64) {
    unsafe {
        let mut inverse = [0.0; BLOCK];
        let mut y = [0.0; BLOCK];
        for k in 0..n {
            inverse[k] = 1.0 / *l.add(k + k * ldl);
            y[k] = *x.add(k);
        }
        if transposed {
            for k in (0..n).rev() {
                let v = y[k] * inverse[k];
                *x.add(k) = v;
                for (i, y) in y.iter_mut().enumerate().take(k) {
                    *y -= *l.add(k + i * ldl) * v;
                }
            }
        } else {
            for k in 0..n {
                let v = y[k] * inverse[k];
                *x.add(k) = v;
                let column = l.add(k * ldl);
                for (i, y) in y.iter_mut().enumerate().take(n).skip(k + 1) {
                    *y -= *column.add(i) * v;
                }
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn factor_lower<V: Core>(n: usize, l: *mut f64, ld: usize) -> u32 {
    unsafe {
        if n <= 12 {
            return factor_small(n, l, ld);
        }
        let mut first = 0;
        while first < n {
            let end = if n - first < BLOCK { n } else { first + BLOCK };
            if first > 0 {
                // What the columns before contribute to this block of columns.
                V::gemm(
                    n - first,
                    end - first,
                    first,
                    -1.0,
                    l.add(first),
                    ld,
                    l.add(first),
                    ld,
                    1,
                    l.add(first + first * ld),
                    ld,
                );
            }
            for j in first..end {
                let column = l.add(j + j * ld);
                if j > first {
                    let row = l.add(j + first * ld);
                    V::gemm(n - j, 1, j - first, -1.0, row, ld, row, ld, 1, column, ld);
                }
                let d = *column;
                if !(d > 0.0 && d < f64::INFINITY) {
                    return REJECT;
                }
                let root = d.sqrt();
                *column = root;
                scale::<V>(n - j - 1, 1.0 / root, column.add(1));
            }
            first = end;
        }
        OK
    }
}

/// From how many right-hand sides on it pays to invert the blocks on the diagonal.
const MANY: usize = 8;

/// A block on the diagonal, with leading dimension [`BLOCK`].
type Square = [f64; BLOCK * BLOCK];

/// The inverse of a lower triangle of `n <= BLOCK` rows, zeros above; transposed if asked.
#[inline(always)]
unsafe fn invert_block(n: usize, l: *const f64, ldl: usize, transposed: bool) -> Square {
    let mut inverse = [0.0; BLOCK * BLOCK];
    unsafe {
        for j in 0..n {
            inverse[j + j * BLOCK] = 1.0 / *l.add(j + j * ldl);
            for i in j + 1..n {
                let mut x = 0.0;
                for k in j..i {
                    x -= *l.add(i + k * ldl) * inverse[k + j * BLOCK];
                }
                inverse[i + j * BLOCK] = x / *l.add(i + i * ldl);
            }
        }
    }
    if transposed {
        for j in 0..n {
            for i in j + 1..n {
                inverse.swap(i + j * BLOCK, j + i * BLOCK);
            }
        }
    }
    inverse
}

/// `X := A X` for A of n x n, X of n x m, n <= BLOCK.
#[inline(always)]
unsafe fn apply_left<V: Core>(n: usize, m: usize, a: &Square, x: *mut f64, ldx: usize) {
    unsafe {
        let mut c = 0;
        while c < m {
            let columns = if m - c < 4 { m - c } else { 4 };
            let mut product = [0.0; 4 * BLOCK];
            V::gemm(n, columns, n, 1.0, a.as_ptr(), BLOCK, x.add(c * ldx), 1, ldx, product.as_mut_ptr(), BLOCK);
            for j in 0..columns {
                std::ptr::copy_nonoverlapping(product.as_ptr().add(j * BLOCK), x.add((c + j) * ldx), n);
            }
            c += 4;
        }
    }
}

/// `X := X A` for A of n x n, X of m x n, n <= BLOCK.
#[inline(always)]
unsafe fn apply_right<V: Core>(m: usize, n: usize, a: &Square, x: *mut f64, ldx: usize) {
    unsafe {
        let mut r = 0;
        while r < m {
            let rows = if m - r < BLOCK { m - r } else { BLOCK };
            let mut product = [0.0; BLOCK * BLOCK];
            V::gemm(rows, n, n, 1.0, x.add(r), ldx, a.as_ptr(), 1, BLOCK, product.as_mut_ptr(), BLOCK);
            for j in 0..n {
                std::ptr::copy_nonoverlapping(product.as_ptr().add(j * BLOCK), x.add(r + j * ldx), rows);
            }
            r += BLOCK;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn solve_left<V: Core>(n: usize, m: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) {
    unsafe {
        let mut first = 0;
        while first < n {
            let end = if n - first < BLOCK { n } else { first + BLOCK };
            if m >= MANY {
                apply_left::<V>(
                    end - first,
                    m,
                    &invert_block(end - first, l.add(first + first * ldl), ldl, false),
                    x.add(first),
                    ldx,
                );
            } else {
                for c in 0..m {
                    substitute(end - first, l.add(first + first * ldl), ldl, false, x.add(first + c * ldx));
                }
            }
            if end < n {
                V::gemm(
                    n - end,
                    m,
                    end - first,
                    -1.0,
                    l.add(end + first * ldl),
                    ldl,
                    x.add(first),
                    1,
                    ldx,
                    x.add(end),
                    ldx,
                );
            }
            first = end;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn solve_left_t<V: Core>(n: usize, m: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) {
    unsafe {
        let mut end = n;
        while end > 0 {
            let first = end.saturating_sub(BLOCK);
            if end < n {
                V::gemm_tn(
                    end - first,
                    m,
                    n - end,
                    -1.0,
                    l.add(end + first * ldl),
                    ldl,
                    x.add(end),
                    ldx,
                    x.add(first),
                    ldx,
                );
            }
            if m >= MANY {
                apply_left::<V>(
                    end - first,
                    m,
                    &invert_block(end - first, l.add(first + first * ldl), ldl, true),
                    x.add(first),
                    ldx,
                );
            } else {
                for c in 0..m {
                    substitute(end - first, l.add(first + first * ldl), ldl, true, x.add(first + c * ldx));
                }
            }
            end = first;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn solve_right<V: Core>(m: usize, n: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) {
    unsafe {
        let mut end = n;
        while end > 0 {
            let first = end.saturating_sub(BLOCK);
            if end < n {
                let block = l.add(end + first * ldl);
                V::gemm(m, end - first, n - end, -1.0, x.add(end * ldx), ldx, block, 1, ldl, x.add(first * ldx), ldx);
            }
            if m >= MANY {
                apply_right::<V>(
                    m,
                    end - first,
                    &invert_block(end - first, l.add(first + first * ldl), ldl, false),
                    x.add(first * ldx),
                    ldx,
                );
            } else {
                for j in (first..end).rev() {
                    let column = x.add(j * ldx);
                    if j + 1 < end {
                        V::gemm(
                            m,
                            1,
                            end - j - 1,
                            -1.0,
                            x.add((j + 1) * ldx),
                            ldx,
                            l.add(j + 1 + j * ldl),
                            1,
                            ldl,
                            column,
                            ldx,
                        );
                    }
                    scale::<V>(m, 1.0 / *l.add(j + j * ldl), column);
                }
            }
            end = first;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn solve_right_t<V: Core>(m: usize, n: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) {
    unsafe {
        let mut first = 0;
        while first < n {
            let end = if n - first < BLOCK { n } else { first + BLOCK };
            if first > 0 {
                V::gemm(m, end - first, first, -1.0, x, ldx, l.add(first), ldl, 1, x.add(first * ldx), ldx);
            }
            if m >= MANY {
                apply_right::<V>(
                    m,
                    end - first,
                    &invert_block(end - first, l.add(first + first * ldl), ldl, true),
                    x.add(first * ldx),
                    ldx,
                );
            } else {
                for j in first..end {
                    let column = x.add(j * ldx);
                    if j > first {
                        V::gemm(
                            m,
                            1,
                            j - first,
                            -1.0,
                            x.add(first * ldx),
                            ldx,
                            l.add(j + first * ldl),
                            ldl,
                            1,
                            column,
                            ldx,
                        );
                    }
                    scale::<V>(m, 1.0 / *l.add(j + j * ldl), column);
                }
            }
            first = end;
        }
    }
}

#[inline(always)]
pub(super) unsafe fn factor_lu<V: Core>(n: usize, a: *mut f64, rows: *mut f64) -> f64 {
    unsafe {
        let mut sign = 1.0;
        for k in 0..n {
            let column = a.add(k * n);
            let mut best = k;
            for i in k + 1..n {
                if (*column.add(i)).abs() > (*column.add(best)).abs() {
                    best = i;
                }
            }
            *rows.add(k) = best as f64;
            if best != k {
                sign = -sign;
                for j in 0..n {
                    std::ptr::swap(a.add(k + j * n), a.add(best + j * n));
                }
            }
            let pivot = *column.add(k);
            if pivot == 0.0 || pivot.is_nan() {
                return 0.0;
            }
            let rest = n - k - 1;
            scale::<V>(rest, 1.0 / pivot, column.add(k + 1));
            if rest > 0 {
                let next = a.add((k + 1) * n);
                V::gemm(rest, rest, 1, -1.0, column.add(k + 1), n, next.add(k), 1, n, next.add(k + 1), n);
            }
        }
        sign
    }
}

#[inline(always)]
pub(super) unsafe fn solve_lu<V: Core>(n: usize, m: usize, lu: *const f64, rows: *const f64, x: *mut f64) {
    unsafe {
        for c in 0..m {
            let x = x.add(c * n);
            for k in 0..n {
                std::ptr::swap(x.add(k), x.add(*rows.add(k) as usize));
            }
            for k in 0..n {
                let v = V::splat(-*x.add(k));
                blocks!(V, n - k - 1, |i, c| {
                    let at = x.add(k + 1 + i);
                    v.fma(V::get(lu.add(k * n + k + 1 + i), c, 0.0), V::get(at, c, 0.0)).put(at, c)
                });
            }
            for k in (0..n).rev() {
                let v = *x.add(k) / *lu.add(k + k * n);
                *x.add(k) = v;
                let v = V::splat(-v);
                blocks!(V, k, |i, c| {
                    v.fma(V::get(lu.add(k * n + i), c, 0.0), V::get(x.add(i), c, 0.0)).put(x.add(i), c)
                });
            }
        }
    }
}
