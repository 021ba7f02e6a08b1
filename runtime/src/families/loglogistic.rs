//! The log-logistic distribution: `log(beta) - beta log(alpha) + (beta - 1) log(y) - 2 log(1 + (y / alpha)^beta)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Loglogistic;

impl Scalar<2> for Loglogistic {
    const DECLARATION: Declaration = Declaration {
        name: "loglogistic",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::CdfOnly,
        summary: "A positive number whose logarithm is logistic, by scale and shape.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 23",
    };
    const OUTCOME: Check = Check::PositiveFinite;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("scale", Check::PositiveFinite), argument("shape", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        let (log_y, log_alpha) = (y.ln(), alpha.ln());
        let mut lp = (beta - T::from(1.0)) * log_y - T::from(2.0) * math::log1p_exp(beta * (log_y - log_alpha));
        if keep.term(A | B) {
            lp += beta.ln() - beta * log_alpha;
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        if y.value() == 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let z = beta * (y.ln() - alpha.ln());
        match tail {
            Tail::Lower => math::log_inv_logit(z),
            Tail::Upper => math::log1m_inv_logit(z),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        alpha * (random::logistic(rng) / beta).exp()
    }

    fn quantile(probability: f64, [alpha, beta]: [f64; 2]) -> Option<f64> {
        Some(alpha * (math::logit(probability) / beta).exp())
    }
}
