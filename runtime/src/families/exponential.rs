//! The exponential distribution by rate: `log(beta) - beta y`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::A, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Exponential;

impl Scalar<1> for Exponential {
    const DECLARATION: Declaration = Declaration {
        name: "exponential",
        kind: Kind::Continuous,
        signature: "reals | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "A waiting time, by rate.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 19",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("inverse scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [beta]: [T; 1], keep: Keep) -> T {
        let lp = -beta * y;
        if keep.term(A) { lp + beta.ln() } else { lp }
    }

    fn log_cdf<T: Num>(y: T, [beta]: [T; 1], tail: Tail) -> T {
        match tail {
            Tail::Lower => math::log1m_exp(-beta * y),
            Tail::Upper => -beta * y,
        }
    }

    fn rng<R: Rng + ?Sized>([beta]: [f64; 1], rng: &mut R) -> f64 {
        random::exponential(rng) / beta
    }

    fn quantile(probability: f64, [beta]: [f64; 1]) -> Option<f64> {
        Some(-(-probability).ln_1p() / beta)
    }
}
