//! Log densities of vectors, matrices and regressions, with their gradients in one pass.

// `!(x > 0.0)` is true for NaN, which is what a check of a domain needs.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

mod categories;
mod correlation;
mod normal;
mod regression;

use super::density::Operand;
use super::simd::Lanes;
use super::{Level, level, multiversion};

/// `(sizes, operands, terms, seed, value) -> status`: as [`DensityKernel`](super::DensityKernel), with the sizes that a family needs:
///
/// | family | sizes | operands (outcome first) |
/// |---|---|---|
/// | `multi_normal`, `multi_normal_cholesky` | n, k | y and mu: n vectors of k, or one (stride 0); matrix k x k |
/// | `dirichlet` | n, k | theta and alpha: n vectors of k, or one (stride 0) |
/// | `categorical`, `categorical_logit` | n, k | y: n integers; a vector of k |
/// | `ordered_logistic` | n, c | y: integers; eta; c cut points: n vectors, or one (stride 0) |
/// | `lkj_corr_cholesky` | k | L of k x k; eta |
/// | `bernoulli_logit_glm`, `poisson_log_glm` | n, p | y: integers; X of n x p; alpha; beta of p |
/// | `neg_binomial_2_log_glm` | n, p | the same, and phi |
/// | `normal_id_glm` | n, p | y; X of n x p; alpha; beta of p; sigma |
///
/// Vectors of an array stand one after the other. Where no shape is given an operand has stride 0 or 1 as in densities of numbers.
/// Strides of matrices and of the vectors of coefficients are not looked at. The adjoint of a Cholesky factor gets its lower triangle only.
pub type JointKernel = unsafe extern "C" fn(*const usize, *const Operand, u32, f64, *mut f64) -> u32;

/// The kernel of the log density of a family of [`JointKernel`]'s table, by Stan's name without suffix.
pub fn joint(family: &str) -> Option<JointKernel> {
    joint_at(family, level())
}

macro_rules! joint_kernels {
    ($($name:literal => $body:path,)*) => {
        pub(super) fn joint_at(family: &str, level: Level) -> Option<JointKernel> {
            $(if family == $name {
                use $body as body;
                return Some(multiversion!(
                    level,
                    fn(sizes: *const usize, operands: *const Operand, terms: u32, seed: f64, value: *mut f64) -> u32,
                    body
                ));
            })*
            None
        }
    };
}

joint_kernels! {
    "multi_normal" => normal::multi_normal,
    "multi_normal_cholesky" => normal::multi_normal_cholesky,
    "dirichlet" => categories::dirichlet,
    "categorical" => categories::categorical,
    "categorical_logit" => categories::categorical_logit,
    "ordered_logistic" => categories::ordered_logistic,
    "lkj_corr_cholesky" => correlation::lkj_corr_cholesky,
    "bernoulli_logit_glm" => regression::bernoulli_logit_glm,
    "poisson_log_glm" => regression::poisson_log_glm,
    "neg_binomial_2_log_glm" => regression::neg_binomial_2_log_glm,
    "normal_id_glm" => regression::normal_id_glm,
}

/// Whether all are finite.
#[inline(always)]
unsafe fn all_finite<V: Lanes>(n: usize, x: *const f64) -> bool {
    // 0 x is NaN for infinities and NaN.
    let mut total = V::splat(0.0);
    unsafe {
        super::blocks!(V, n, |i, c| { total = total + V::splat(0.0) * V::get(x.add(i), c, 0.0) });
    }
    total.sum() == 0.0
}

/// Whether none is NaN.
#[inline(always)]
unsafe fn none_nan(n: usize, x: *const f64) -> bool {
    let mut good = true;
    for i in 0..n {
        good &= unsafe { !(*x.add(i)).is_nan() };
    }
    good
}
