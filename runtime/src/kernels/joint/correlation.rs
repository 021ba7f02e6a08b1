//! The LKJ density of Cholesky factors of correlation matrices.

use crate::kernels::density::{Operand, Terms};
use crate::kernels::simd::Lanes;
use crate::kernels::{OK, REJECT};
use crate::math::{HALF_LN_PI, digamma, lgamma};

/// `c(eta) + sum_{i=2}^k (k - i + 2 eta - 2) ln L_ii`; the constant is that of Lewandowski, Kurowicka & Joe, 2009, theorem 5.
#[inline(always)]
pub(super) unsafe fn lkj_corr_cholesky<V: Lanes>(
    sizes: *const usize,
    operands: *const Operand,
    terms: u32,
    seed: f64,
    value: *mut f64,
) -> u32 {
    unsafe {
        let k = *sizes;
        let [l, shape] = *operands.cast::<[Operand; 2]>();
        let terms = Terms(terms);
        *value = 0.0;
        let eta: f64 = *shape.values;
        if !(eta > 0.0) {
            return REJECT;
        }
        for i in 0..k {
            if !(*l.values.add(i + i * k) > 0.0) {
                return REJECT;
            }
        }
        let mut total = 0.0;
        let mut slope = 0.0;
        if terms.on(0b10) && k > 0 {
            let m = k as f64 - 1.0;
            total += m * lgamma(eta + 0.5 * m);
            slope += m * digamma(eta + 0.5 * m);
            for i in 1..k {
                let at = eta + 0.5 * (m - i as f64);
                total -= i as f64 * HALF_LN_PI + lgamma(at);
                slope -= digamma(at);
            }
        }
        if terms.on(0b11) {
            for i in 1..k {
                let d = *l.values.add(i + i * k);
                let log = d.ln();
                let weight = (k - 1 - i) as f64 + 2.0 * eta - 2.0;
                total += weight * log;
                slope += 2.0 * log;
                if !l.adjoint.is_null() {
                    *l.adjoint.add(i + i * k) += seed * weight / d;
                }
            }
        }
        if !shape.adjoint.is_null() {
            *shape.adjoint += seed * slope;
        }
        *value = total;
        OK
    }
}
