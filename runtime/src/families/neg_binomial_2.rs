//! The negative binomial distribution by mean and precision:
//! `log((n + phi - 1) choose n) + n log(mu / (mu + phi)) + phi log(phi / (mu + phi))`.
//! Its distribution function is `I_{phi / (mu + phi)}(phi, n + 1)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::incomplete_beta::log_inc_beta_split;
use crate::num::Num;
use rand::Rng;

pub struct NegBinomial2;

impl Scalar<2> for NegBinomial2 {
    const DECLARATION: Declaration = Declaration {
        name: "neg_binomial_2",
        kind: Kind::Discrete,
        signature: "ints | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A count, by mean and precision.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 5",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("location", Check::PositiveFinite), argument("precision", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, phi]: [T; 2], keep: Keep) -> T {
        let mut lp = -phi * (mu / phi).ln_1p() - y * (mu + phi).ln();
        if keep.term(B) {
            lp += log_coefficient(y, phi);
        }
        if keep.term(A) {
            lp += y * mu.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, phi]: [T; 2], tail: Tail) -> T {
        if y.value() < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let total = mu + phi;
        log_inc_beta_split(phi, y + T::from(1.0), phi / total, (mu / total).value(), tail == Tail::Upper)
    }

    fn rng<R: Rng + ?Sized>([mu, phi]: [f64; 2], rng: &mut R) -> f64 {
        random::poisson(random::gamma(phi, rng) * mu / phi, rng)
    }
}

/// Log of `(n + phi - 1) choose n`.
pub(super) fn log_coefficient<T: Num>(n: T, phi: T) -> T {
    if n.value() == 0.0 { T::from(0.0) } else { -math::lbeta(phi, n) - n.ln() }
}
