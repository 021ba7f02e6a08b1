//! The double exponential (Laplace) distribution: `-log(2) - log(sigma) - |y - mu| / sigma`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::LN_2;

pub struct DoubleExponential;

impl Scalar<2> for DoubleExponential {
    const DECLARATION: Declaration = Declaration {
        name: "double_exponential",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A real number, by location and scale (Laplace).",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 24",
    };
    const OUTCOME: Check = Check::Finite;
    const CDF_OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma]: [T; 2], keep: Keep) -> T {
        let mut lp = -(y - mu).abs() / sigma;
        if keep.term(B) {
            lp -= sigma.ln();
        }
        if keep.all {
            lp -= T::from(LN_2);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma]: [T; 2], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        let z = if tail == Tail::Lower { z } else { -z };
        if z.value() < 0.0 { z - T::from(LN_2) } else { math::log1m(T::from(0.5) * (-z).exp()) }
    }

    fn rng<R: Rng + ?Sized>([mu, sigma]: [f64; 2], rng: &mut R) -> f64 {
        mu + sigma * random::double_exponential(rng)
    }

    fn quantile(probability: f64, [mu, sigma]: [f64; 2]) -> Option<f64> {
        let z = if probability < 0.5 { (2.0 * probability).ln() } else { -(2.0 * (1.0 - probability)).ln() };
        Some(mu + sigma * z)
    }
}
