//! Generalised linear models: the linear predictor `alpha + X beta`, the density of the outcome given it, and back through the predictor.

use crate::kernels::density::{
    KEEP_CONSTANTS, Operand, bernoulli_logit, neg_binomial_2_log_glm as neg_binomial_2_log, normal, poisson_log,
};
use crate::kernels::linalg::Core;
use crate::kernels::scratch::Scratch;
use crate::kernels::{OK, REJECT, blocks};

/// The rows of a regression from `first` on.
#[derive(Clone, Copy)]
struct Regression {
    /// Rows of this block, and of all of X: the leading dimension.
    rows: usize,
    n: usize,
    p: usize,
    x: Operand,
    alpha: Operand,
    beta: Operand,
}

/// Numbers of X in a block of rows: forwards and back again they stay in the nearest cache.
const BLOCK: usize = 3072;

/// `eta` and `d_eta = 0` in scratch of 2 `rows` numbers. False where the predictor is not finite (Stan checks alpha and beta at once, and X once
/// the predictor is not finite).
#[inline(always)]
unsafe fn predict<V: Core>(r: &Regression, eta: *mut f64) -> bool {
    unsafe {
        let rows = r.rows;
        if r.alpha.stride == 0 {
            let alpha = V::splat(*r.alpha.values);
            blocks!(V, rows, |i, c| { alpha.put(eta.add(i), c) });
        } else {
            std::ptr::copy_nonoverlapping(r.alpha.values, eta, rows);
        }
        V::gemm(rows, 1, r.p, 1.0, r.x.values, r.n, r.beta.values, 1, r.p, eta, rows);
        std::ptr::write_bytes(eta.add(rows), 0, rows);
        super::all_finite::<V>(rows, eta)
    }
}

/// Hands the adjoint of the predictor on. `d_eta` has the seed in it.
#[inline(always)]
unsafe fn propagate<V: Core>(r: &Regression, d_eta: *const f64) {
    unsafe {
        let (rows, p) = (r.rows, r.p);
        if !r.alpha.adjoint.is_null() {
            let mut total = V::splat(0.0);
            blocks!(V, rows, |i, c| {
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
            V::gemm_tn(p, 1, rows, 1.0, r.x.values, r.n, d_eta, rows, r.beta.adjoint, p);
        }
        if !r.x.adjoint.is_null() {
            V::gemm(rows, p, 1, 1.0, d_eta, rows, r.beta.values, 1, 1, r.x.adjoint, r.n);
        }
    }
}

/// The operand from element `first` on; an element has `size` bytes.
#[inline(always)]
unsafe fn from(operand: Operand, first: usize, size: usize) -> Operand {
    unsafe {
        let offset = first * operand.stride;
        let adjoint = if operand.adjoint.is_null() { operand.adjoint } else { operand.adjoint.add(offset) };
        Operand { values: operand.values.byte_add(offset * size), adjoint, ..operand }
    }
}

/// Declares a regression on the density `density(y | eta, further)` of outcomes of a type: operands y, X, alpha, beta, and at most one further.
macro_rules! regression {
    ($name:ident, $density:ident, $outcome:ty, $further:literal) => {
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
                *value = 0.0;
                if n == 0 {
                    return OK;
                }
                let alphas = if alpha.stride == 0 { 1 } else { n };
                if !super::all_finite::<V>(alphas, alpha.values) || !super::all_finite::<V>(p, beta.values) {
                    return REJECT;
                }
                // Whole tiles of the matrix product.
                let tile = 4 * V::N;
                let block = (BLOCK / p.max(1)).max(1).next_multiple_of(tile).min(n);
                let mut scratch = Scratch::new(2 * block);
                let eta = scratch.pointer();
                let wanted = !x.adjoint.is_null() || !alpha.adjoint.is_null() || !beta.adjoint.is_null();
                // The predictor depends on parameters where X, alpha or beta does.
                let active = (terms & 1) | if terms & 0b1110 != 0 { 0b10 } else { 0 } | (terms >> 4 & 1) << 2;
                let mut first = 0;
                while first < n {
                    let rows = block.min(n - first);
                    let rows_of_x = Operand { stride: 1, ..x };
                    let r = Regression { rows, n, p, x: from(rows_of_x, first, 8), alpha: from(alpha, first, 8), beta };
                    if !predict::<V>(&r, eta) {
                        return REJECT;
                    }
                    let adjoint = if wanted { eta.add(rows) } else { std::ptr::null_mut() };
                    let predictor = Operand { values: eta, stride: 1, adjoint };
                    let further = if $further { from(*operands.add(4), first, 8) } else { predictor };
                    let inner = [from(y, first, size_of::<$outcome>()), predictor, further];
                    let mut part = 0.0;
                    let status = $density::<V>(rows, inner.as_ptr(), terms & KEEP_CONSTANTS | active, seed, &mut part);
                    if status != OK {
                        return status;
                    }
                    *value += part;
                    if wanted {
                        propagate::<V>(&r, eta.add(rows));
                    }
                    first += rows;
                }
                OK
            }
        }
    };
}

regression!(bernoulli_logit_glm, bernoulli_logit, i32, false);
regression!(poisson_log_glm, poisson_log, i32, false);
regression!(neg_binomial_2_log_glm, neg_binomial_2_log, i32, true);
regression!(normal_id_glm, normal, f64, true);
