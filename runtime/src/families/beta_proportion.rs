//! The beta distribution by mean and precision:
//! `log Gamma(kappa) - log Gamma(mu kappa) - log Gamma((1 - mu) kappa) + (mu kappa - 1) log(y) + ((1 - mu) kappa - 1) log(1 - y)`.

use super::random;
use super::{
    Argument, Check, Keep, Scalar, Tail,
    bit::{A, B},
    check::argument,
};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct BetaProportion;

impl Scalar<2> for BetaProportion {
    const DECLARATION: Declaration = Declaration {
        name: "beta_proportion",
        kind: Kind::Continuous,
        signature: "reals | reals, numbers",
        rng: "reals, numbers",
        cdf: Cumulative::LogOnly,
        summary: "A proportion, by mean and precision.",
        citation: "Ferrari & Cribari-Neto, Journal of Applied Statistics 31, 2004",
    };
    const OUTCOME: Check = Check::Unit;
    const ARGUMENTS: [Argument; 2] = [argument("mean", Check::OpenUnit), argument("precision", Check::PositiveFinite)];

    #[inline]
    fn log_density<T: Num>(y: T, [mu, kappa]: [T; 2], keep: Keep) -> T {
        let one = T::from(1.0);
        let (a, b) = (mu * kappa, (one - mu) * kappa);
        let mut lp = math::multiply_log(a - one, y) + math::multiply_log1p(b - one, -y);
        if keep.term(B) {
            lp -= math::lbeta(a, b);
        } else if keep.term(A) {
            lp -= math::lgamma(a) + math::lgamma(b);
        }
        lp
    }

    fn log_cdf<T: Num>(y: T, [mu, kappa]: [T; 2], tail: Tail) -> T {
        let (a, b) = (mu * kappa, (T::from(1.0) - mu) * kappa);
        match tail {
            Tail::Lower => math::log_inc_beta(a, b, y),
            Tail::Upper => math::log_inc_beta_complement(a, b, y),
        }
    }

    fn rng<R: Rng + ?Sized>([mu, kappa]: [f64; 2], rng: &mut R) -> f64 {
        random::beta(mu * kappa, (1.0 - mu) * kappa, rng)
    }
}
