//! The Gumbel distribution: `-log(beta) - z - exp(-z)` with `z = (y - mu) / beta`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Gumbel;

impl Scalar<2> for Gumbel {
    const DECLARATION: Declaration = Declaration {
        name: "gumbel",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A maximum, by location and scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 22",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, beta]: [T; 2], keep: Keep) -> T {
        let z = (y - mu) / beta;
        let lp = -z - (-z).exp();
        if keep.term(B) { lp - beta.ln() } else { lp }
    }

    fn log_cdf<T: Num>(y: T, [mu, beta]: [T; 2], tail: Tail) -> T {
        let lower = -(-(y - mu) / beta).exp();
        match tail {
            Tail::Lower => lower,
            Tail::Upper => math::log1m_exp(lower),
        }
    }

    fn rng<R: Rng + ?Sized>([mu, beta]: [f64; 2], rng: &mut R) -> f64 {
        mu - beta * random::exponential(rng).ln()
    }

    fn quantile(probability: f64, [mu, beta]: [f64; 2]) -> Option<f64> {
        Some(mu - beta * (-probability.ln()).ln())
    }
}
