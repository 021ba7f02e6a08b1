//! The Pareto distribution: `log(alpha) + alpha log(m) - (alpha + 1) log(y)` for `y >= m`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B, Y},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct Pareto;

impl Scalar<2> for Pareto {
    const DECLARATION: Declaration = Declaration {
        name: "pareto",
        kind: Kind::Continuous,
        signature: "reals | reals, reals",
        rng: "numbers, numbers",
        cdf: Cumulative::All,
        summary: "A number above a minimum, with a power tail: minimum, shape.",
        citation: "Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., 1994-95, ch. 20",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 2] =
        [argument("minimum", Check::PositiveFinite), argument("shape", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [minimum, alpha]: [T; 2], keep: Keep) -> T {
        if y < minimum {
            return T::from(f64::NEG_INFINITY);
        }
        let mut lp = T::from(0.0);
        if keep.term(B) {
            lp += alpha.ln();
        }
        if keep.term(A | B) {
            lp += alpha * minimum.ln();
        }
        if keep.term(Y | B) {
            lp -= (alpha + T::from(1.0)) * y.ln();
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [minimum, alpha]: [T; 2], tail: Tail) -> T {
        if y < minimum {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let upper = alpha * (minimum / y).ln();
        match tail {
            Tail::Lower => math::log1m_exp(upper),
            Tail::Upper => upper,
        }
    }

    fn rng<R: Rng + ?Sized>([minimum, alpha]: [f64; 2], rng: &mut R) -> f64 {
        minimum * (random::exponential(rng) / alpha).exp()
    }

    fn quantile(probability: f64, [minimum, alpha]: [f64; 2]) -> Option<f64> {
        Some(minimum * (-(-probability).ln_1p() / alpha).exp())
    }
}
