//! The chi-square distribution: `-nu log(2)/2 - log Gamma(nu/2) + (nu/2 - 1) log(y) - y/2`.

use super::random;
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

pub struct ChiSquare;

impl Scalar<1> for ChiSquare {
    const DECLARATION: Declaration = Declaration {
        name: "chi_square",
        kind: Kind::Continuous,
        signature: "reals | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "A sum of squared standard normals, by degrees of freedom.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 18",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("degrees of freedom", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [nu]: [T; 1], keep: Keep) -> T {
        let half_nu = T::from(0.5) * nu;
        let mut lp = math::multiply_log(half_nu - T::from(1.0), y);
        if keep.term(A) {
            lp -= half_nu * T::from(LN_2) + math::lgamma(half_nu);
        }
        if keep.term(Y) {
            lp -= T::from(0.5) * y;
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [nu]: [T; 1], tail: Tail) -> T {
        let half = T::from(0.5);
        match tail {
            Tail::Lower => math::log_gamma_p(half * nu, half * y),
            Tail::Upper => math::log_gamma_q(half * nu, half * y),
        }
    }

    fn rng<R: Rng + ?Sized>([nu]: [f64; 1], rng: &mut R) -> f64 {
        random::chi_square(nu, rng)
    }
}
