//! The uniform distribution: `-log(beta - alpha)` between `alpha` and `beta`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use rand::Rng;

pub struct Uniform;

impl Scalar<2> for Uniform {
    const DECLARATION: Declaration = Declaration {
        name: "uniform",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A number between two bounds, with constant density.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 26",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("lower bound", Check::Finite), argument("upper bound", Check::Finite)];

    fn check_together(_y: Option<f64>, [alpha, beta]: [f64; 2]) -> Result<(), String> {
        if beta > alpha {
            Ok(())
        } else {
            Err(format!("upper bound is {beta}, but must be greater than the lower bound {alpha}"))
        }
    }

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, beta]: [T; 2], keep: Keep) -> T {
        if y < alpha || y > beta {
            return T::from(f64::NEG_INFINITY);
        }
        if keep.term(A | B) { -(beta - alpha).ln() } else { T::from(0.0) }
    }

    fn log_cdf<T: Num>(y: T, [alpha, beta]: [T; 2], tail: Tail) -> T {
        if y < alpha {
            return log_zero_or_one(tail == Tail::Upper);
        }
        if y > beta {
            return log_zero_or_one(tail == Tail::Lower);
        }
        match tail {
            Tail::Lower => ((y - alpha) / (beta - alpha)).ln(),
            Tail::Upper => ((beta - y) / (beta - alpha)).ln(),
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, beta]: [f64; 2], rng: &mut R) -> f64 {
        alpha + (beta - alpha) * random::unit(rng)
    }

    fn quantile(probability: f64, [alpha, beta]: [f64; 2]) -> Option<f64> {
        Some(alpha + (beta - alpha) * probability)
    }
}
