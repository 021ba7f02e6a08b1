//! The Pareto distribution of type 2 (Lomax): `log(alpha) - log(lambda) - (alpha + 1) log(1 + (y - mu) / lambda)` for `y >= mu`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{B, C},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct ParetoType2;

impl Scalar<3> for ParetoType2 {
    const DECLARATION: Declaration = Declaration {
        name: "pareto_type_2",
        kind: Kind::Continuous,
        signature: "reals | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "A number above a location, with a power tail: location, scale, shape.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 20",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("location", Check::Finite),
        argument("scale", Check::PositiveFinite),
        argument("shape", Check::PositiveFinite),
    ];

    fn check_together(y: Option<f64>, [mu, ..]: [f64; 3]) -> Result<(), String> {
        match y {
            Some(y) if y < mu => Err(format!("outcome is {y}, but must be at least the location {mu}")),
            _ => Ok(()),
        }
    }

    #[inline]
    fn log_density<T: Num>(y: T, [mu, lambda, alpha]: [T; 3], keep: Keep) -> T {
        let mut lp = -(alpha + T::from(1.0)) * ((y - mu) / lambda).ln_1p();
        if keep.term(C) {
            lp += alpha.ln();
        }
        if keep.term(B) {
            lp -= lambda.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, lambda, alpha]: [T; 3], tail: Tail) -> T {
        if y < mu {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let upper = -alpha * ((y - mu) / lambda).ln_1p();
        match tail {
            Tail::Lower => math::log1m_exp(upper),
            Tail::Upper => upper,
        }
    }

    fn rng<R: Rng + ?Sized>([mu, lambda, alpha]: [f64; 3], rng: &mut R) -> f64 {
        mu + lambda * (random::exponential(rng) / alpha).exp_m1()
    }

    fn quantile(probability: f64, [mu, lambda, alpha]: [f64; 3]) -> Option<f64> {
        Some(mu + lambda * (-(-probability).ln_1p() / alpha).exp_m1())
    }
}
