//! The binomial distribution by log odds: `log(N choose n) + n log(inv_logit(alpha)) + (N - n) log(1 - inv_logit(alpha))`.

use super::{Argument, Check, Keep, Scalar, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;

pub struct BinomialLogit;

impl Scalar<2> for BinomialLogit {
    const DECLARATION: Declaration = Declaration {
        name: "binomial_logit",
        kind: Kind::Discrete,
        signature: "ints | ints, reals",
        rng: "",
        cdf: Cumulative::None,
        summary: "Successes among trials, by number of trials and log odds.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 3",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("population size", Check::NonNegative), argument("log odds", Check::Finite)];

    fn check_together(y: Option<f64>, [trials, _]: [f64; 2]) -> Result<(), String> {
        match y {
            Some(n) if n > trials => Err(format!("outcome is {n}, but must not exceed the population size {trials}")),
            _ => Ok(()),
        }
    }

    #[inline]
    fn log_density<T: Num>(y: T, [trials, alpha]: [T; 2], keep: Keep) -> T {
        let mut lp = y * math::log_inv_logit(alpha) + (trials - y) * math::log1m_inv_logit(alpha);
        if keep.all {
            lp += math::lchoose(trials, y);
        }
        lp
    }
}
