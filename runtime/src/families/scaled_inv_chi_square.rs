//! The scaled inverse chi-square distribution:
//! `(nu/2) log(nu/2) - log Gamma(nu/2) + nu log(s) - (nu/2 + 1) log(y) - nu s^2 / (2y)`.

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

pub struct ScaledInvChiSquare;

impl Scalar<2> for ScaledInvChiSquare {
    const DECLARATION: Declaration = Declaration {
        name: "scaled_inv_chi_square",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A variance, by degrees of freedom and scale.",
        citation: "Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, appendix A",
    };
    const OUTCOME: Check = Check::NotNan;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("degrees of freedom", Check::PositiveFinite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [nu, s]: [T; 2], keep: Keep) -> T {
        if y.value() <= 0.0 {
            return T::from(f64::NEG_INFINITY);
        }
        let half_nu = T::from(0.5) * nu;
        let mut lp = -half_nu * s * s / y;
        if keep.term(A) {
            lp += half_nu * half_nu.ln() - math::lgamma(half_nu);
        }
        if keep.term(A | B) {
            lp += nu * s.ln();
        }
        if keep.term(Y | A) {
            lp -= (half_nu + T::from(1.0)) * y.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [nu, s]: [T; 2], tail: Tail) -> T {
        if y.value() == 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let half_nu = T::from(0.5) * nu;
        match tail {
            Tail::Lower => math::log_gamma_q(half_nu, half_nu * s * s / y),
            Tail::Upper => math::log_gamma_p(half_nu, half_nu * s * s / y),
        }
    }

    fn rng<R: Rng + ?Sized>([nu, s]: [f64; 2], rng: &mut R) -> f64 {
        nu * s * s / random::chi_square(nu, rng)
    }
}
