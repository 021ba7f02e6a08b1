//! The Rayleigh distribution: `log(y) - 2 log(sigma) - y^2 / (2 sigma^2)`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Rayleigh;

impl Scalar<1> for Rayleigh {
    const DECLARATION: Declaration = Declaration {
        name: "rayleigh",
        kind: Kind::Continuous,
        signature: "reals | reals",
        rng: "numbers",
        cdf: Cumulative::All,
        summary: "The length of a normal vector in the plane, by scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 18",
    };
    const OUTCOME: Check = Check::Positive;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 1] = [argument("scale", Check::Positive)];

    #[inline]
    fn log_density<T: Num>(y: T, [sigma]: [T; 1], keep: Keep) -> T {
        let z = y / sigma;
        let mut lp = T::from(-0.5) * z * z;
        if keep.term(A) {
            lp -= T::from(2.0) * sigma.ln();
        }
        if keep.term(Y) {
            lp += y.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [sigma]: [T; 1], tail: Tail) -> T {
        let z = y / sigma;
        let upper = T::from(-0.5) * z * z;
        match tail {
            Tail::Lower => math::log1m_exp(upper),
            Tail::Upper => upper,
        }
    }

    fn rng<R: Rng + ?Sized>([sigma]: [f64; 1], rng: &mut R) -> f64 {
        sigma * (2.0 * random::exponential(rng)).sqrt()
    }

    fn quantile(probability: f64, [sigma]: [f64; 1]) -> Option<f64> {
        Some(sigma * (-2.0 * (-probability).ln_1p()).sqrt())
    }
}
