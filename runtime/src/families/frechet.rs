//! The Frechet distribution: `log(alpha) + alpha log(sigma) - (alpha + 1) log(y) - (sigma / y)^alpha`.

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

pub struct Frechet;

impl Scalar<2> for Frechet {
    const DECLARATION: Declaration = Declaration {
        name: "frechet",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "An extreme value above zero, by shape and scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 22",
    };
    const OUTCOME: Check = Check::Positive;
    const ARGUMENTS: [Argument; 2] =
        [argument("shape", Check::PositiveFinite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, sigma]: [T; 2], keep: Keep) -> T {
        let mut lp = -(alpha * (sigma / y).ln()).exp();
        if keep.term(A) {
            lp += alpha.ln();
        }
        if keep.term(Y | A) {
            lp -= (alpha + T::from(1.0)) * y.ln();
        }
        if keep.term(A | B) {
            lp += alpha * sigma.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, sigma]: [T; 2], tail: Tail) -> T {
        let lower = -(alpha * (sigma / y).ln()).exp();
        match tail {
            Tail::Lower => lower,
            Tail::Upper => math::log1m_exp(lower),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, sigma]: [f64; 2], rng: &mut R) -> f64 {
        sigma * random::exponential(rng).powf(-1.0 / alpha)
    }

    fn quantile(probability: f64, [alpha, sigma]: [f64; 2]) -> Option<f64> {
        Some(sigma * (-probability.ln()).powf(-1.0 / alpha))
    }
}
