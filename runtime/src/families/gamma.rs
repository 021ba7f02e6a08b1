//! The gamma distribution by shape and rate: `alpha log(beta) - log Gamma(alpha) + (alpha - 1) log(y) - beta y`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Gamma;

impl Scalar<2> for Gamma {
    const DECLARATION: Declaration = Declaration {
        name: "gamma",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A positive number, by shape and rate.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 17",
    };
    const OUTCOME: Check = Check::PositiveFinite;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("shape", Check::PositiveFinite), argument("inverse scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        let mut lp = T::from(0.0);
        if keep.term(A) {
            lp -= math::lgamma(alpha);
        }
        if keep.term(A | B) {
            lp += alpha * beta.ln();
        }
        if keep.term(Y | A) {
            lp += math::multiply_log(alpha - T::from(1.0), y);
        }
        if keep.term(Y | B) {
            lp -= beta * y;
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        match tail {
            Tail::Lower => math::log_gamma_p(alpha, beta * y),
            Tail::Upper => math::log_gamma_q(alpha, beta * y),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        random::gamma(alpha, rng) / beta
    }
}
