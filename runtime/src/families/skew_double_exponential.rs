//! The skewed double exponential distribution:
//! `log(2) - log(sigma) + log(tau) + log(1 - tau) - 2 [(1 - tau) (mu - y)^+ + tau (y - mu)^+] / sigma`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{B, C},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::LN_2;

pub struct SkewDoubleExponential;

impl Scalar<3> for SkewDoubleExponential {
    const DECLARATION: Declaration = Declaration {
        name: "skew_double_exponential",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "A skewed Laplace variable: location, scale, skewness.",
        citation: "Kozubowski & Nadarajah, Statistical Papers 51, 2010",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("location", Check::Finite),
        argument("scale", Check::PositiveFinite),
        argument("skewness", Check::Unit),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma, tau]: [T; 3], keep: Keep) -> T {
        let z = (y - mu) / sigma;
        let mut lp = if z.value() < 0.0 { T::from(2.0) * (T::from(1.0) - tau) * z } else { T::from(-2.0) * tau * z };
        if keep.term(B) {
            lp -= sigma.ln();
        }
        if keep.term(C) {
            lp += tau.ln() + math::log1m(tau);
        }
        if keep.all {
            lp += T::from(LN_2);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma, tau]: [T; 3], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        let two = T::from(2.0);
        if z.value() < 0.0 {
            let lower = tau.ln() + two * (T::from(1.0) - tau) * z;
            if tail == Tail::Lower { lower } else { math::log1m_exp(lower) }
        } else {
            let upper = math::log1m(tau) - two * tau * z;
            if tail == Tail::Lower { math::log1m_exp(upper) } else { upper }
        }
    }

    fn rng<R: Rng + ?Sized>([mu, sigma, tau]: [f64; 3], rng: &mut R) -> f64 {
        let magnitude = 0.5 * sigma * random::exponential(rng);
        if random::unit(rng) < tau { mu - magnitude / (1.0 - tau) } else { mu + magnitude / tau }
    }
}
