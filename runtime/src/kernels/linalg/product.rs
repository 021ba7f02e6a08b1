//! Matrix products: register tiles without packing, for matrices up to a few hundred rows.

use crate::kernels::blocks;
use crate::kernels::simd::Lanes;

/// A tile of `R` vectors of rows (the last of `c` lanes) by `J` columns: `C += alpha A B`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn tile<V: Lanes, const R: usize, const J: usize>(
    k: usize,
    alpha: f64,
    a: *const f64,
    lda: usize,
    b: *const f64,
    b_row: usize,
    b_column: usize,
    c: *mut f64,
    ldc: usize,
    lanes: usize,
) {
    unsafe {
        let mut acc = [[V::splat(0.0); J]; R];
        for l in 0..k {
            let mut rows = [V::splat(0.0); R];
            let mut r = 0;
            while r < R {
                rows[r] = V::get(a.add(l * lda + r * V::N), if r + 1 == R { lanes } else { V::N }, 0.0);
                r += 1;
            }
            let mut j = 0;
            while j < J {
                let x = V::splat(*b.add(l * b_row + j * b_column));
                let mut r = 0;
                while r < R {
                    acc[r][j] = rows[r].fma(x, acc[r][j]);
                    r += 1;
                }
                j += 1;
            }
        }
        let alpha = V::splat(alpha);
        let mut j = 0;
        while j < J {
            let mut r = 0;
            while r < R {
                let n = if r + 1 == R { lanes } else { V::N };
                let cell = c.add(j * ldc + r * V::N);
                alpha.fma(acc[r][j], V::get(cell, n, 0.0)).put(cell, n);
                r += 1;
            }
            j += 1;
        }
    }
}

/// `C += alpha A B` with A of m x k (leading dimension `lda`), `B[l, j] = b[l b_row + j b_column]` of k x n, C of m x n.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn gemm<V: Lanes>(
    m: usize,
    n: usize,
    k: usize,
    alpha: f64,
    a: *const f64,
    lda: usize,
    b: *const f64,
    b_row: usize,
    b_column: usize,
    c: *mut f64,
    ldc: usize,
) {
    unsafe {
        let mut j = 0;
        while j + 4 <= n {
            let (b, c) = (b.add(j * b_column), c.add(j * ldc));
            let mut i = 0;
            while i + 2 * V::N <= m {
                tile::<V, 2, 4>(k, alpha, a.add(i), lda, b, b_row, b_column, c.add(i), ldc, V::N);
                i += 2 * V::N;
            }
            while i < m {
                let lanes = if m - i < V::N { m - i } else { V::N };
                tile::<V, 1, 4>(k, alpha, a.add(i), lda, b, b_row, b_column, c.add(i), ldc, lanes);
                i += V::N;
            }
            j += 4;
        }
        while j < n {
            let (b, c) = (b.add(j * b_column), c.add(j * ldc));
            let mut i = 0;
            while i + 4 * V::N <= m {
                tile::<V, 4, 1>(k, alpha, a.add(i), lda, b, b_row, b_column, c.add(i), ldc, V::N);
                i += 4 * V::N;
            }
            while i < m {
                let lanes = if m - i < V::N { m - i } else { V::N };
                tile::<V, 1, 1>(k, alpha, a.add(i), lda, b, b_row, b_column, c.add(i), ldc, lanes);
                i += V::N;
            }
            j += 1;
        }
    }
}

/// A tile of I x J dot products: `C += alpha A' B`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn dots<V: Lanes, const I: usize, const J: usize>(
    k: usize,
    alpha: f64,
    a: *const f64,
    lda: usize,
    b: *const f64,
    ldb: usize,
    c: *mut f64,
    ldc: usize,
) {
    unsafe {
        let mut acc = [[V::splat(0.0); J]; I];
        blocks!(V, k, |l, lanes| {
            let mut left = [V::splat(0.0); I];
            let mut i = 0;
            while i < I {
                left[i] = V::get(a.add(i * lda + l), lanes, 0.0);
                i += 1;
            }
            let mut j = 0;
            while j < J {
                let right = V::get(b.add(j * ldb + l), lanes, 0.0);
                let mut i = 0;
                while i < I {
                    acc[i][j] = left[i].fma(right, acc[i][j]);
                    i += 1;
                }
                j += 1;
            }
        });
        let mut j = 0;
        while j < J {
            let mut i = 0;
            while i < I {
                *c.add(j * ldc + i) += alpha * acc[i][j].sum();
                i += 1;
            }
            j += 1;
        }
    }
}

/// `C += alpha A' B` with A of k x m, B of k x n, C of m x n.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn gemm_tn<V: Lanes>(
    m: usize,
    n: usize,
    k: usize,
    alpha: f64,
    a: *const f64,
    lda: usize,
    b: *const f64,
    ldb: usize,
    c: *mut f64,
    ldc: usize,
) {
    unsafe {
        let mut j = 0;
        while j + 2 <= n {
            let (b, c) = (b.add(j * ldb), c.add(j * ldc));
            let mut i = 0;
            while i + 4 <= m {
                dots::<V, 4, 2>(k, alpha, a.add(i * lda), lda, b, ldb, c.add(i), ldc);
                i += 4;
            }
            while i < m {
                dots::<V, 1, 2>(k, alpha, a.add(i * lda), lda, b, ldb, c.add(i), ldc);
                i += 1;
            }
            j += 2;
        }
        if j < n {
            let (b, c) = (b.add(j * ldb), c.add(j * ldc));
            let mut i = 0;
            while i + 4 <= m {
                dots::<V, 4, 1>(k, alpha, a.add(i * lda), lda, b, ldb, c.add(i), ldc);
                i += 4;
            }
            while i < m {
                dots::<V, 1, 1>(k, alpha, a.add(i * lda), lda, b, ldb, c.add(i), ldc);
                i += 1;
            }
        }
    }
}
