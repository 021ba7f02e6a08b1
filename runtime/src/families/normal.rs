//! The normal distribution: `-log(sigma) - log(2 pi)/2 - ((y - mu)/sigma)^2 / 2`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::random::Variate;

pub struct Normal;

impl Scalar<2> for Normal {
    const DECLARATION: Declaration = Declaration {
        name: "normal",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A real number, by mean and standard deviation.",
        citation: "Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, appendix A",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::Positive)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma]: [T; 2], keep: Keep) -> T {
        let z = (y - mu) / sigma;
        let mut lp = T::from(-0.5) * z * z;
        if keep.term(B) {
            lp -= sigma.ln();
        }
        if keep.all {
            lp -= T::from(math::HALF_LN_2PI);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma]: [T; 2], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        match tail {
            Tail::Lower => math::std_normal_lcdf(z),
            Tail::Upper => math::std_normal_lccdf(z),
        }
    }

    fn draw([mu, sigma]: [f64; 2], variate: &mut Variate) -> f64 {
        mu + sigma * random::normal_of_pair(variate)
    }

    fn quantile(probability: f64, [mu, sigma]: [f64; 2]) -> Option<f64> {
        Some(mu + sigma * math::inv_Phi(probability))
    }
}
