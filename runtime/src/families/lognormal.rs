//! The lognormal distribution: `-log(y) - log(sigma) - log(2 pi)/2 - ((log(y) - mu)/sigma)^2 / 2`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::random::Variate;

pub struct Lognormal;

impl Scalar<2> for Lognormal {
    const DECLARATION: Declaration = Declaration {
        name: "lognormal",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A positive number whose logarithm is normal, by location and scale of the logarithm.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 14",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma]: [T; 2], keep: Keep) -> T {
        if y.value() == 0.0 || y.value() == f64::INFINITY {
            return T::from(f64::NEG_INFINITY);
        }
        let log_y = y.ln();
        let z = (log_y - mu) / sigma;
        let mut lp = T::from(-0.5) * z * z;
        if keep.term(B) {
            lp -= sigma.ln();
        }
        if keep.term(Y) {
            lp -= log_y;
        }
        // Stan keeps this constant in the unnormalised form.
        lp -= T::from(math::HALF_LN_2PI);
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma]: [T; 2], tail: Tail) -> T {
        if y.value() == 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let z = (y.ln() - mu) / sigma;
        match tail {
            Tail::Lower => math::std_normal_lcdf(z),
            Tail::Upper => math::std_normal_lccdf(z),
        }
    }

    fn draw([mu, sigma]: [f64; 2], variate: &mut Variate) -> f64 {
        (mu + sigma * random::normal_of_pair(variate)).exp()
    }

    fn quantile(probability: f64, [mu, sigma]: [f64; 2]) -> Option<f64> {
        Some((mu + sigma * math::inv_Phi(probability)).exp())
    }
}
