//! The inverse chi-square distribution: `-nu log(2)/2 - log Gamma(nu/2) - (nu/2 + 1) log(y) - 1/(2y)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::LN_2;

pub struct InvChiSquare;

impl Scalar<1> for InvChiSquare {
    const DECLARATION: Declaration = Declaration {
        name: "inv_chi_square",
        kind: Kind::Continuous,
        signature: "reals | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "The inverse of a chi-square variable, by degrees of freedom.",
        citation: "Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, appendix A",
    };
    const OUTCOME: Check = Check::NotNan;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("degrees of freedom", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [nu]: [T; 1], keep: Keep) -> T {
        if y.value() <= 0.0 {
            return T::from(f64::NEG_INFINITY);
        }
        let half_nu = T::from(0.5) * nu;
        let mut lp = -(half_nu + T::from(1.0)) * y.ln();
        if keep.term(A) {
            lp -= half_nu * T::from(LN_2) + math::lgamma(half_nu);
        }
        if keep.term(Y) {
            lp -= T::from(0.5) / y;
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [nu]: [T; 1], tail: Tail) -> T {
        if y.value() == 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let half = T::from(0.5);
        match tail {
            Tail::Lower => math::log_gamma_q(half * nu, half / y),
            Tail::Upper => math::log_gamma_p(half * nu, half / y),
        }
    }

    fn rng<R: Rng + ?Sized>([nu]: [f64; 1], rng: &mut R) -> f64 {
        1.0 / random::chi_square(nu, rng)
    }
}
