//! The Bernoulli distribution: `log(theta)` for 1, `log(1 - theta)` for 0.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Bernoulli;

impl Scalar<1> for Bernoulli {
    const DECLARATION: Declaration = Declaration {
        name: "bernoulli",
        kind: Kind::Discrete,
        signature: "ints | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "Success or failure, by the chance of success.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005",
    };
    const OUTCOME: Check = Check::Unit;
    const ARGUMENTS: [Argument; 1] = [argument("probability of success", Check::Unit)];

    #[inline]
    fn log_density<T: Num>(y: T, [theta]: [T; 1], _keep: Keep) -> T {
        if y.value() == 1.0 { theta.ln() } else { math::log1m(theta) }
    }

    fn log_cdf<T: Num>(y: T, [theta]: [T; 1], tail: Tail) -> T {
        let n = y.value();
        match tail {
            Tail::Lower if n < 0.0 => T::from(f64::NEG_INFINITY),
            Tail::Lower if n >= 1.0 => T::from(0.0),
            Tail::Lower => math::log1m(theta),
            Tail::Upper if n < 0.0 => T::from(0.0),
            Tail::Upper if n >= 1.0 => T::from(f64::NEG_INFINITY),
            Tail::Upper => theta.ln(),
        }
    }

    fn rng<R: Rng + ?Sized>([theta]: [f64; 1], rng: &mut R) -> f64 {
        random::bernoulli(theta, rng)
    }
}
