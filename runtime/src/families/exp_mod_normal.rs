//! The exponentially modified normal distribution:
//! `log(lambda) + lambda (mu - y) + (lambda sigma)^2 / 2 + log Phi(z - lambda sigma)` with `z = (y - mu) / sigma`.

use super::random;
use super::{Argument, Check, Keep, Scalar, Tail, bit::C, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::math::normal::std_normal_log_mills;
use crate::num::Num;
use rand::Rng;
use std::f64::consts::LN_2;

pub struct ExpModNormal;

impl Scalar<3> for ExpModNormal {
    const DECLARATION: Declaration = Declaration {
        name: "exp_mod_normal",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "A normal plus an exponential: mean and scale of the normal, rate of the exponential.",
        citation: "Grushka, Analytical Chemistry 44, 1972",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("location", Check::Finite),
        argument("scale", Check::PositiveFinite),
        argument("inverse scale", Check::PositiveFinite),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, sigma, lambda]: [T; 3], keep: Keep) -> T {
        let z = (y - mu) / sigma;
        let mut lp = log_tilted(z, lambda * sigma);
        if keep.term(C) {
            lp += lambda.ln();
        }
        // Stan keeps log(2), which belongs to erfc, where it drops -log(2).
        if keep.all { lp } else { lp + T::from(LN_2) }
    }

    fn log_cdf<T: Num>(y: T, [mu, sigma, lambda]: [T; 3], tail: Tail) -> T {
        let z = (y - mu) / sigma;
        let tilted = log_tilted(z, lambda * sigma);
        match tail {
            Tail::Lower => math::log_diff_exp(math::std_normal_lcdf(z), tilted),
            Tail::Upper => math::log_sum_exp(math::std_normal_lccdf(z), tilted),
        }
    }

    fn rng<R: Rng + ?Sized>([mu, sigma, lambda]: [f64; 3], rng: &mut R) -> f64 {
        mu + sigma * random::std_normal(rng) + random::exponential(rng) / lambda
    }
}

/// `log(exp(-r z + r^2 / 2) Phi(z - r))`
fn log_tilted<T: Num>(z: T, r: T) -> T {
    let v = z - r;
    let half = T::from(0.5);
    if v.value() < -1.0 {
        // -r z + r^2/2 - v^2/2 = -z^2/2, without the cancellation.
        -half * z * z + std_normal_log_mills(v)
    } else {
        r * (half * r - z) + math::std_normal_lcdf(v)
    }
}
