//! The Weibull distribution: `log(alpha) - alpha log(sigma) + (alpha - 1) log(y) - (y / sigma)^alpha`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Weibull;

impl Scalar<2> for Weibull {
    const DECLARATION: Declaration = Declaration {
        name: "weibull",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A lifetime, by shape and scale.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 21",
    };
    const OUTCOME: Check = Check::Finite;
    const CDF_OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 2] =
        [argument("shape", Check::PositiveFinite), argument("scale", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [alpha, sigma]: [T; 2], keep: Keep) -> T {
        if y.value() < 0.0 {
            return T::from(f64::NEG_INFINITY);
        }
        let mut lp = -scaled_power(y, alpha, sigma);
        if keep.term(A) {
            lp += alpha.ln();
        }
        if keep.term(Y | A) {
            lp += math::multiply_log(alpha - T::from(1.0), y);
        }
        if keep.term(A | B) {
            lp -= alpha * sigma.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [alpha, sigma]: [T; 2], tail: Tail) -> T {
        let power = scaled_power(y, alpha, sigma);
        match tail {
            Tail::Lower => math::log1m_exp(-power),
            Tail::Upper => -power,
        }
    }

    fn rng<R: Rng + ?Sized>([alpha, sigma]: [f64; 2], rng: &mut R) -> f64 {
        sigma * random::exponential(rng).powf(1.0 / alpha)
    }

    fn quantile(probability: f64, [alpha, sigma]: [f64; 2]) -> Option<f64> {
        Some(sigma * (-(-probability).ln_1p()).powf(1.0 / alpha))
    }
}

/// `(y / sigma)^alpha`
fn scaled_power<T: Num>(y: T, alpha: T, sigma: T) -> T {
    if y.value() == 0.0 { T::from(0.0) } else { (alpha * (y / sigma).ln()).exp() }
}
