//! The uniform distribution on the integers of a range: `-log(upper - lower + 1)`.

use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use rand::Rng;
use rand::RngExt;

pub struct DiscreteRange;

impl Scalar<2> for DiscreteRange {
    const DECLARATION: Declaration = Declaration {
        name: "discrete_range",
        kind: Kind::Discrete,
        signature: "ints | ints, ints",
        rng: "ints, ints",
        cdf: Cumulative::All,
        summary: "An integer between two bounds, each with the same chance.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 6",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("lower bound", Check::NotNan), argument("upper bound", Check::NotNan)];

    fn check_together(_y: Option<f64>, [lower, upper]: [f64; 2]) -> Result<(), String> {
        if upper >= lower {
            Ok(())
        } else {
            Err(format!("upper bound is {upper}, but must not be below the lower bound {lower}"))
        }
    }

    fn log_density<T: Num>(y: T, [lower, upper]: [T; 2], keep: Keep) -> T {
        if y < lower || y > upper {
            return T::from(f64::NEG_INFINITY);
        }
        if keep.all { -(upper - lower + T::from(1.0)).ln() } else { T::from(0.0) }
    }

    fn log_cdf<T: Num>(y: T, [lower, upper]: [T; 2], tail: Tail) -> T {
        if y < lower {
            return log_zero_or_one(tail == Tail::Upper);
        }
        if y >= upper {
            return log_zero_or_one(tail == Tail::Lower);
        }
        let one = T::from(1.0);
        let part = if tail == Tail::Lower { y - lower + one } else { upper - y };
        (part / (upper - lower + one)).ln()
    }

    fn rng<R: Rng + ?Sized>([lower, upper]: [f64; 2], rng: &mut R) -> f64 {
        rng.random_range(lower as i64..=upper as i64) as f64
    }
}
