//! The inverse gamma distribution: `alpha log(beta) - log Gamma(alpha) - (alpha + 1) log(y) - beta / y`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct InvGamma;

impl Scalar<2> for InvGamma {
    const DECLARATION: Declaration = Declaration {
        name: "inv_gamma",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "The inverse of a gamma variable, by shape and scale.",
        citation: "Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, appendix A",
    };
    const OUTCOME: Check = Check::NotNan;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("shape", Check::PositiveFinite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        if y.value() <= 0.0 {
            return T::from(f64::NEG_INFINITY);
        }
        let mut lp = T::from(0.0);
        if keep.term(A) {
            lp -= math::lgamma(alpha);
        }
        if keep.term(A | B) {
            lp += alpha * beta.ln();
        }
        if keep.term(Y | A) {
            lp -= (alpha + T::from(1.0)) * y.ln();
        }
        if keep.term(Y | B) {
            lp -= beta / y;
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        if y.value() == 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        match tail {
            Tail::Lower => math::log_gamma_q(alpha, beta / y),
            Tail::Upper => math::log_gamma_p(alpha, beta / y),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        beta / random::gamma(alpha, rng)
    }
}
