//! The Poisson distribution by log rate: `n alpha - exp(alpha) - log(n!)`.

use super::random;
use super::{Argument, Check, Keep, Scalar, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct PoissonLog;

impl Scalar<1> for PoissonLog {
    const DECLARATION: Declaration = Declaration {
        name: "poisson_log",
        kind: Kind::Discrete,
        signature: "ints | reals",
        rng: "numbers",
        cdf: Cumulative::None,
        summary: "A count, by log rate.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 4",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("log rate", Check::NotNan)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha]: [T; 1], keep: Keep) -> T {
        if alpha.value() == f64::INFINITY {
            return T::from(f64::NEG_INFINITY);
        }
        let mut lp = -alpha.exp();
        if y.value() != 0.0 {
            lp += y * alpha;
        }
        if keep.all { lp - math::lgamma(y + T::from(1.0)) } else { lp }
    }

    fn rng<R: Rng + ?Sized>([alpha]: [f64; 1], rng: &mut R) -> f64 {
        random::poisson(alpha.exp(), rng)
    }
}
