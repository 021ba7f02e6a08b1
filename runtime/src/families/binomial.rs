//! The binomial distribution: `log(N choose n) + n log(theta) + (N - n) log(1 - theta)`.
//! Its distribution function is `I_{1 - theta}(N - n, n + 1)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::incomplete_beta::log_inc_beta_split;
use crate::num::Num;
use rand::Rng;

pub struct Binomial;

impl Scalar<2> for Binomial {
    const DECLARATION: Declaration = Declaration {
        name: "binomial",
        kind: Kind::Discrete,
        signature: "ints | ints, reals",
        rng: "ints, numbers",
        cdf: Cumulative::All,
        summary: "Successes among trials, by number of trials and chance.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 3",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("population size", Check::NonNegative), argument("probability of success", Check::Unit)];

    fn check_together(y: Option<f64>, [trials, _]: [f64; 2]) -> Result<(), String> {
        match y {
            Some(n) if n > trials => Err(format!("outcome is {n}, but must not exceed the population size {trials}")),
            _ => Ok(()),
        }
    }

    #[inline]
    fn log_density<T: Num>(y: T, [trials, theta]: [T; 2], keep: Keep) -> T {
        let failures = trials - y;
        let mut lp = math::multiply_log(y, theta) + math::multiply_log1p(failures, -theta);
        if keep.all {
            lp += math::lchoose(trials, y);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [trials, theta]: [T; 2], tail: Tail) -> T {
        let one = T::from(1.0);
        if y.value() < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        if y.value() >= trials.value() {
            return log_zero_or_one(tail == Tail::Lower);
        }
        log_inc_beta_split(trials - y, y + one, one - theta, theta.value(), tail == Tail::Upper)
    }

    fn rng<R: Rng + ?Sized>([trials, theta]: [f64; 2], rng: &mut R) -> f64 {
        random::binomial(trials, theta, rng)
    }
}
