//! The Cauchy distribution: `-log(pi) - log(sigma) - log(1 + ((y - mu)/sigma)^2)`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::B, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::{FRAC_1_PI, PI};

pub struct Cauchy;

impl Scalar<2> for Cauchy {
    const DECLARATION: Declaration = Declaration {
        name: "cauchy",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A real number, by location and scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 16",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] = [argument("location", Check::Finite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma]: [T; 2], keep: Keep) -> T {
        let z = (y - mu) / sigma;
        let mut lp = -(z * z).ln_1p();
        if keep.term(B) {
            lp -= sigma.ln();
        }
        if keep.all {
            lp -= T::from(math::LN_PI);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma]: [T; 2], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        // P(Z <= x)
        let x = if tail == Tail::Lower { z } else { -z };
        if x.value() < -1.0 {
            (-x.recip().atan() * T::from(FRAC_1_PI)).ln()
        } else if x.value() > 1.0 {
            (-x.recip().atan() * T::from(FRAC_1_PI)).ln_1p()
        } else {
            (T::from(0.5) + x.atan() * T::from(FRAC_1_PI)).ln()
        }
    }

    fn rng<R: Rng + ?Sized>([mu, sigma]: [f64; 2], rng: &mut R) -> f64 {
        mu + sigma * random::cauchy(rng)
    }

    fn quantile(probability: f64, [mu, sigma]: [f64; 2]) -> Option<f64> {
        Some(mu + sigma * (PI * (probability - 0.5)).tan())
    }
}
