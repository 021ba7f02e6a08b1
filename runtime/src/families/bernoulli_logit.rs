//! The Bernoulli distribution by log odds: `-log(1 + exp(-alpha))` for 1, `-log(1 + exp(alpha))` for 0.

use super::random;
use super::{Argument, Check, Keep, Scalar, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct BernoulliLogit;

impl Scalar<1> for BernoulliLogit {
    const DECLARATION: Declaration = Declaration {
        name: "bernoulli_logit",
        kind: Kind::Discrete,
        signature: "ints | reals",
        rng: "numbers",
        cdf: Cumulative::None,
        summary: "Success or failure, by the log odds of success.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005",
    };
    const OUTCOME: Check = Check::Unit;
    const ARGUMENTS: [Argument; 1] = [argument("log odds", Check::NotNan)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha]: [T; 1], _keep: Keep) -> T {
        if y.value() == 1.0 { math::log_inv_logit(alpha) } else { math::log1m_inv_logit(alpha) }
    }

    fn rng<R: Rng + ?Sized>([alpha]: [f64; 1], rng: &mut R) -> f64 {
        random::bernoulli(math::inv_logit(alpha), rng)
    }
}
