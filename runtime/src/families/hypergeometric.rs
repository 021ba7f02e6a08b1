//! The hypergeometric distribution: `log(a choose n) + log(b choose N - n) - log(a + b choose N)`.

use super::{Argument, Check, Keep, Scalar, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;
use rand_distr::Distribution;

pub struct Hypergeometric;

impl Scalar<3> for Hypergeometric {
    const DECLARATION: Declaration = Declaration {
        name: "hypergeometric",
        kind: Kind::Discrete,
        signature: "int | int, int, int",
        rng: "int, int, int => int",
        cdf: Cumulative::None,
        summary: "Successes among draws without replacement: draws, successes and failures in the urn.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 6",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 3] = [
        argument("draws", Check::NonNegative),
        argument("successes", Check::NonNegative),
        argument("failures", Check::NonNegative),
    ];

    fn check_together(y: Option<f64>, [draws, a, b]: [f64; 3]) -> Result<(), String> {
        if draws > a + b {
            return Err(format!("draws is {draws}, but must not exceed the urn's {}", a + b));
        }
        match y {
            Some(n) if n > a || n > draws || draws - n > b => {
                Err(format!("outcome is {n}, but must be between {} and {}", (draws - b).max(0.0), draws.min(a)))
            }
            _ => Ok(()),
        }
    }

    fn log_density<T: Num>(y: T, [draws, a, b]: [T; 3], keep: Keep) -> T {
        if !keep.all {
            return T::from(0.0);
        }
        math::lchoose(a, y) + math::lchoose(b, draws - y) - math::lchoose(a + b, draws)
    }

    fn rng<R: Rng + ?Sized>([draws, a, b]: [f64; 3], rng: &mut R) -> f64 {
        match rand_distr::Hypergeometric::new((a + b) as u64, a as u64, draws as u64) {
            Ok(distribution) => distribution.sample(rng) as f64,
            Err(_) => f64::NAN,
        }
    }
}
