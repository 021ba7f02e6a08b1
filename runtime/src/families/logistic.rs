//! The logistic distribution: `-log(sigma) - z - 2 log(1 + exp(-z))` with `z = (y - mu) / sigma`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Logistic;

impl Scalar<2> for Logistic {
    const DECLARATION: Declaration = Declaration {
        name: "logistic",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A real number, by location and scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 23",
    };
    const OUTCOME: Check = Check::Finite;
    const CDF_OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma]: [T; 2], keep: Keep) -> T {
        // Even in z: with |z| the exponential does not overflow.
        let z = ((y - mu) / sigma).abs();
        let lp = -z - T::from(2.0) * math::log1p_exp(-z);
        if keep.term(B) { lp - sigma.ln() } else { lp }
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma]: [T; 2], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        match tail {
            Tail::Lower => math::log_inv_logit(z),
            Tail::Upper => math::log1m_inv_logit(z),
        }
    }

    fn rng<R: Rng + ?Sized>([mu, sigma]: [f64; 2], rng: &mut R) -> f64 {
        mu + sigma * random::logistic(rng)
    }

    fn quantile(probability: f64, [mu, sigma]: [f64; 2]) -> Option<f64> {
        Some(mu + sigma * math::logit(probability))
    }
}
