//! The standard normal distribution: `-log(2 pi)/2 - y^2 / 2`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::random::Variate;

pub struct StdNormal;

impl Scalar<0> for StdNormal {
    const DECLARATION: Declaration = Declaration {
        name: "std_normal",
        kind: Kind::Continuous,
        signature: "reals |",
        rng: "() => real",
        cdf: Cumulative::All,
        summary: "A real number with mean zero and standard deviation one.",
        citation: "Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, appendix A",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 0] = [];

    #[inline]
    fn log_density<T: Num>(y: T, []: [T; 0], keep: Keep) -> T {
        let lp = T::from(-0.5) * y * y;
        if keep.all { lp - T::from(math::HALF_LN_2PI) } else { lp }
    }

    fn log_cdf<T: Num>(y: T, []: [T; 0], tail: Tail) -> T {
        match tail {
            Tail::Lower => math::std_normal_lcdf(y),
            Tail::Upper => math::std_normal_lccdf(y),
        }
    }

    fn draw([]: [f64; 0], variate: &mut Variate) -> f64 {
        random::normal_of_pair(variate)
    }

    fn quantile(probability: f64, []: [f64; 0]) -> Option<f64> {
        Some(math::inv_Phi(probability))
    }
}
