//! The beta distribution: `(alpha - 1) log(y) + (beta - 1) log(1 - y) - log B(alpha, beta)`.

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

pub struct Beta;

impl Scalar<2> for Beta {
    const DECLARATION: Declaration = Declaration {
        name: "beta",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A proportion, by the two shapes.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 25",
    };
    const OUTCOME: Check = Check::Unit;
    const ARGUMENTS: [Argument; 2] =
        [argument("first shape", Check::PositiveFinite), argument("second shape", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        let one = T::from(1.0);
        let mut lp = T::from(0.0);
        if keep.term(A) && keep.term(B) {
            lp -= math::lbeta(alpha, beta);
        } else if keep.term(A) {
            lp += math::lgamma(alpha + beta) - math::lgamma(alpha);
        } else if keep.term(B) {
            lp += math::lgamma(alpha + beta) - math::lgamma(beta);
        }
        if keep.term(Y | A) {
            lp += math::multiply_log(alpha - one, y);
        }
        if keep.term(Y | B) {
            lp += math::multiply_log1p(beta - one, -y);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        match tail {
            Tail::Lower => math::log_inc_beta(alpha, beta, y),
            Tail::Upper => math::log_inc_beta_complement(alpha, beta, y),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        random::beta(alpha, beta, rng)
    }
}
