//! Building blocks that other kernels call. They are compiled once an instruction set and not inlined, which keeps the code small.

use super::{factor, product};
#[cfg(target_arch = "x86_64")]
use crate::kernels::simd::{Avx2, Avx512};
use crate::kernels::simd::{Lanes, Portable};

macro_rules! core_functions {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? = $body:path;)*) => {
        /// Functions of matrices for the instruction set of these lanes.
        pub(in crate::kernels) trait Core: Lanes {
            $($(#[$meta])* #[allow(clippy::too_many_arguments)] unsafe fn $name($($arg: $ty),*) $(-> $ret)?;)*
        }
        core_functions!(@impl Portable, #[inline(never)], $($name($($arg: $ty),*) $(-> $ret)? = $body;)*);
        #[cfg(target_arch = "x86_64")]
        core_functions!(@impl Avx2, #[target_feature(enable = "avx2,fma")],
            $($name($($arg: $ty),*) $(-> $ret)? = $body;)*);
        #[cfg(target_arch = "x86_64")]
        core_functions!(@impl Avx512, #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")],
            $($name($($arg: $ty),*) $(-> $ret)? = $body;)*);
    };
    (@impl $lanes:ident, #[$feature:meta], $($name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? = $body:path;)*) => {
        impl Core for $lanes {
            $(
                #[inline(always)]
                unsafe fn $name($($arg: $ty),*) $(-> $ret)? {
                    #[$feature]
                    #[allow(clippy::too_many_arguments)]
                    unsafe fn compiled($($arg: $ty),*) $(-> $ret)? {
                        use $body as body;
                        unsafe { body::<$lanes>($($arg),*) }
                    }
                    unsafe { compiled($($arg),*) }
                }
            )*
        }
    };
}

core_functions! {
    /// `C += alpha A B`, A of m x k with leading dimension `lda`, `B[l, j] = b[l b_row + j b_column]` of k x n, C of m x n.
    fn gemm(m: usize, n: usize, k: usize, alpha: f64, a: *const f64, lda: usize, b: *const f64, b_row: usize, b_column: usize, c: *mut f64, ldc: usize)
        = product::gemm;
    /// `C += alpha A' B`, A of k x m, B of k x n, C of m x n.
    fn gemm_tn(m: usize, n: usize, k: usize, alpha: f64, a: *const f64, lda: usize, b: *const f64, ldb: usize, c: *mut f64, ldc: usize)
        = product::gemm_tn;
    /// Replaces the lower triangle by its Cholesky factor; the upper one is unspecified. Status 1: not positive definite.
    fn factor_lower(n: usize, l: *mut f64, ld: usize) -> u32 = factor::factor_lower;
    /// `X := L^-1 X`, L of n x n, X of n x m
    fn solve_left(n: usize, m: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) = factor::solve_left;
    /// `X := L^-T X`
    fn solve_left_t(n: usize, m: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) = factor::solve_left_t;
    /// `X := X L^-1`, X of m x n
    fn solve_right(m: usize, n: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) = factor::solve_right;
    /// `X := X L^-T`
    fn solve_right_t(m: usize, n: usize, l: *const f64, ldl: usize, x: *mut f64, ldx: usize) = factor::solve_right_t;
    /// LU factors with row exchanges in place; `rows[k]` is the row that was exchanged with row k. Returns the sign of the permutation, 0 if singular.
    fn factor_lu(n: usize, a: *mut f64, rows: *mut f64) -> f64 = factor::factor_lu;
    /// `X := A^-1 X` from the factors; X of n x m.
    fn solve_lu(n: usize, m: usize, lu: *const f64, rows: *const f64, x: *mut f64) = factor::solve_lu;
}
