//! The negative binomial distribution by log mean and precision:
//! `log((n + phi - 1) choose n) + n eta - n log(exp(eta) + phi) - phi log(1 + exp(eta) / phi)`.

use super::neg_binomial_2::log_coefficient;
use super::random;
use super::{
    Argument, Check, Keep, Scalar,
    bit::{A, B},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct NegBinomial2Log;

impl Scalar<2> for NegBinomial2Log {
    const DECLARATION: Declaration = Declaration {
        name: "neg_binomial_2_log",
        kind: Kind::Discrete,
        signature: "ints | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::None,
        summary: "A count, by log mean and precision.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 5",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("log location", Check::Finite), argument("precision", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [eta, phi]: [T; 2], keep: Keep) -> T {
        let log_phi = phi.ln();
        let excess = math::log1p_exp(eta - log_phi);
        let mut lp = -phi * excess - y * (log_phi + excess);
        if keep.term(B) {
            lp += log_coefficient(y, phi);
        }
        if keep.term(A) {
            lp += y * eta;
        }
        lp
    }

    fn rng<R: Rng + ?Sized>([eta, phi]: [f64; 2], rng: &mut R) -> f64 {
        random::poisson(random::gamma(phi, rng) / phi * eta.exp(), rng)
    }
}
