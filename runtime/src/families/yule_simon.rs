//! The Yule-Simon distribution: `log(alpha) + log B(n, alpha + 1)`, with `P(Y > n) = n B(n, alpha + 1)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct YuleSimon;

impl Scalar<1> for YuleSimon {
    const DECLARATION: Declaration = Declaration {
        name: "yule_simon",
        kind: Kind::Discrete,
        signature: "ints | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "A count with a power tail, by shape.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 6",
    };
    const OUTCOME: Check = Check::AtLeastOne;
    const ARGUMENTS: [Argument; 1] = [argument("shape", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha]: [T; 1], keep: Keep) -> T {
        let lp = alpha.ln() + math::lbeta(y, alpha + T::from(1.0));
        if keep.all { lp } else { lp - math::lgamma(y) }
    }

    fn log_cdf<T: Num>(y: T, [alpha]: [T; 1], tail: Tail) -> T {
        if y.value() < 1.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let upper = y.ln() + math::lbeta(y, alpha + T::from(1.0));
        match tail {
            Tail::Lower => math::log1m_exp(upper),
            Tail::Upper => upper,
        }
    }

    /// A geometric variable whose chance of success is `exp(-W)` with W exponential.
    fn rng<R: Rng + ?Sized>([alpha]: [f64; 1], rng: &mut R) -> f64 {
        let log_failure = math::log1m_exp(-random::exponential(rng) / alpha);
        1.0 + (-random::exponential(rng) / log_failure).floor()
    }
}
