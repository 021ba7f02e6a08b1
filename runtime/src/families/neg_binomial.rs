//! The negative binomial distribution by shape and inverse scale:
//! `log((n + alpha - 1) choose n) + alpha log(beta / (1 + beta)) - n log(1 + beta)`.
//! Its distribution function is `I_{beta / (1 + beta)}(alpha, n + 1)`.

use super::neg_binomial_2::log_coefficient;
use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, bit::A, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math::incomplete_beta::log_inc_beta_split;
use crate::num::Num;
use rand::Rng;

pub struct NegBinomial;

impl Scalar<2> for NegBinomial {
    const DECLARATION: Declaration = Declaration {
        name: "neg_binomial",
        kind: Kind::Discrete,
        signature: "ints | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A count, by shape and inverse scale of the gamma it is mixed over.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 5",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("shape", Check::PositiveFinite), argument("inverse scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        let mut lp = -alpha * beta.recip().ln_1p() - y * beta.ln_1p();
        if keep.term(A) {
            lp += log_coefficient(y, alpha);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        if y.value() < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let one = T::from(1.0);
        log_inc_beta_split(alpha, y + one, beta / (one + beta), 1.0 / (1.0 + beta.value()), tail == Tail::Upper)
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        random::poisson(random::gamma(alpha, rng) / beta, rng)
    }
}
