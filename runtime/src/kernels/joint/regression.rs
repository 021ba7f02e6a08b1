//! Generalised linear models: the linear predictor `alpha + X beta`, the density of the outcome given it, and back through the predictor.

use crate::kernels::density::{
    KEEP_CONSTANTS, Operand, bernoulli_logit, neg_binomial_2_log_glm as neg_binomial_2_log, normal, poisson_log,
};
use crate::kernels::linalg::Core;
use crate::kernels::scratch::Scratch;
use crate::kernels::{OK, REJECT, blocks};

/// The operands of a regression.
struct Regression {
    n: usize,
    p: usize,
    x: Operand,
    alpha: Operand,
    beta: Operand,
}

/// `eta` and `d_eta = 0` in scratch of 2 n numbers. False where an argument is not finite (Stan checks alpha and beta at once, and X once the predictor
/// is not finite).
#[inline(always)]
unsafe fn predict<V: Core>(r: &Regression, eta: *mut f64) -> bool {
    unsafe {
        let (n, p) = (r.n, r.p);
        let alphas = if r.alpha.stride == 0 { 1 } else { n };
        if !super::all_finite::<V>(alphas, r.alpha.values) || !super::all_finite::<V>(p, r.beta.values) {
            return false;
        }
        if r.alpha.stride == 0 {
            let alpha = V::splat(*r.alpha.values);
            blocks!(V, n, |i, c| { alpha.put(eta.add(i), c) });
        } else {
            std::ptr::copy_nonoverlapping(r.alpha.values, eta, n);
        }
        V::gemm(n, 1, p, 1.0, r.x.values, n, r.beta.values, 1, p, eta, n);
        std::ptr::write_bytes(eta.add(n), 0, n);
        super::all_finite::<V>(n, eta)
    }
}

/// Hands the adjoint of the predictor on. `d_eta` has the seed in it.
#[inline(always)]
unsafe fn propagate<V: Core>(r: &Regression, d_eta: *const f64) {
    unsafe {
        let (n, p) = (r.n, r.p);
        if !r.alpha.adjoint.is_null() {
            let mut total = V::splat(0.0);
            blocks!(V, n, |i, c| {
                let d = V::get(d_eta.add(i), c, 0.0);
                if r.alpha.stride == 0 {
                    total = total + d;
                } else {
                    d.accumulate(r.alpha.adjoint.add(i), c);
                }
            });
            if r.alpha.stride == 0 {
                *r.alpha.adjoint += total.sum();
            }
        }
        if !r.beta.adjoint.is_null() {
            V::gemm_tn(p, 1, n, 1.0, r.x.values, n, d_eta, n, r.beta.adjoint, p);
        }
        if !r.x.adjoint.is_null() {
            V::gemm(n, p, 1, 1.0, d_eta, n, r.beta.values, 1, 1, r.x.adjoint, n);
        }
    }
}

/// Declares a regression on the density `density(y | eta, further)`: operands y, X, alpha, beta, and at most one further.
macro_rules! regression {
    ($name:ident, $density:ident, $further:literal) => {
        #[inline(always)]
        pub(super) unsafe fn $name<V: Core>(
            sizes: *const usize,
            operands: *const Operand,
            terms: u32,
            seed: f64,
            value: *mut f64,
        ) -> u32 {
            unsafe {
                let (n, p) = (*sizes, *sizes.add(1));
                let [y, x, alpha, beta] = *operands.cast::<[Operand; 4]>();
                let r = Regression { n, p, x, alpha, beta };
                *value = 0.0;
                if n == 0 {
                    return OK;
                }
                let mut scratch = Scratch::new(2 * n);
                let eta = scratch.pointer();
                if !predict::<V>(&r, eta) {
                    return REJECT;
                }
                let wanted = !x.adjoint.is_null() || !alpha.adjoint.is_null() || !beta.adjoint.is_null();
                let predictor =
                    Operand { values: eta, stride: 1, adjoint: if wanted { eta.add(n) } else { std::ptr::null_mut() } };
                // The predictor depends on parameters where X, alpha or beta does.
                let active = (terms & 1) | if terms & 0b1110 != 0 { 0b10 } else { 0 } | (terms >> 4 & 1) << 2;
                let inner = [y, predictor, if $further { *operands.add(4) } else { predictor }];
                let status = $density::<V>(n, inner.as_ptr(), terms & KEEP_CONSTANTS | active, seed, value);
                if status == OK && wanted {
                    propagate::<V>(&r, eta.add(n));
                }
                status
            }
        }
    };
}

regression!(bernoulli_logit_glm, bernoulli_logit, false);
regression!(poisson_log_glm, poisson_log, false);
regression!(neg_binomial_2_log_glm, neg_binomial_2_log, true);
regression!(normal_id_glm, normal, true);
