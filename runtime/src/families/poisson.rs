//! The Poisson distribution: `n log(lambda) - lambda - log(n!)`. Its distribution function is `Q(n + 1, lambda)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Poisson;

impl Scalar<1> for Poisson {
    const DECLARATION: Declaration = Declaration {
        name: "poisson",
        kind: Kind::Discrete,
        signature: "ints | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "A count, by rate.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 4",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("rate", Check::NonNegative)];

    #[inline]
    fn log_density<T: Num>(y: T, [lambda]: [T; 1], keep: Keep) -> T {
        if lambda.value() == f64::INFINITY {
            return T::from(f64::NEG_INFINITY);
        }
        let lp = math::multiply_log(y, lambda) - lambda;
        if keep.all { lp - math::lgamma(y + T::from(1.0)) } else { lp }
    }

    fn log_cdf<T: Num>(y: T, [lambda]: [T; 1], tail: Tail) -> T {
        if y.value() < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        match tail {
            Tail::Lower => math::log_gamma_q(y + T::from(1.0), lambda),
            Tail::Upper => math::log_gamma_p(y + T::from(1.0), lambda),
        }
    }

    fn rng<R: Rng + ?Sized>([lambda]: [f64; 1], rng: &mut R) -> f64 {
        random::poisson(lambda, rng)
    }
}
