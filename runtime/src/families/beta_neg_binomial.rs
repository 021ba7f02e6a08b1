//! The beta negative binomial distribution:
//! `log B(n + r, alpha + beta) - log B(r, alpha) + log Gamma(n + beta) - log Gamma(beta) - log(n!)`.

use super::beta_binomial::log_sum_by_ratios;
use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct BetaNegBinomial;

impl Scalar<3> for BetaNegBinomial {
    const DECLARATION: Declaration = Declaration {
        name: "beta_neg_binomial",
        kind: Kind::Discrete,
        signature: "ints | reals, reals, reals",
        rng: "numbers, numbers, numbers",
        cdf: Cumulative::All,
        summary: "Failures before a number of successes whose chance is beta distributed: successes, two shapes.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 6",
    };
    const OUTCOME: Check = Check::NonNegative;
    const ARGUMENTS: [Argument; 3] = [
        argument("number of successes", Check::PositiveFinite),
        argument("prior successes", Check::PositiveFinite),
        argument("prior failures", Check::PositiveFinite),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [r, alpha, beta]: [T; 3], keep: Keep) -> T {
        let lp = math::lbeta(y + r, alpha + beta) - math::lbeta(r, alpha) + math::log_rising_factorial(beta, y);
        if keep.all { lp - math::lgamma(y + T::from(1.0)) } else { lp }
    }

    /// The sum of the masses up to `y`, term by term; the upper tail is one minus it.
    fn log_cdf<T: Num>(y: T, [r, alpha, beta]: [T; 3], tail: Tail) -> T {
        let n = y.value().floor();
        if n < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        let first = Self::log_density(T::from(n), [r, alpha, beta], Keep::ALL);
        let num = |x: f64| T::from(x);
        let lower = log_sum_by_ratios(first, n as u64, |i| {
            let k = n - i as f64;
            num(k) * (r + alpha + beta + num(k - 1.0)) / ((r + num(k - 1.0)) * (beta + num(k - 1.0)))
        });
        let lower = if lower.value() > 0.0 { T::from(0.0) } else { lower };
        match tail {
            Tail::Lower => lower,
            Tail::Upper => math::log1m_exp(lower),
        }
    }

    fn rng<R: Rng + ?Sized>([r, alpha, beta]: [f64; 3], rng: &mut R) -> f64 {
        // The odds of failure on the log scale, so that small shapes do not divide by zero.
        let log_odds = random::log_gamma(beta, rng) - random::log_gamma(alpha, rng);
        random::poisson((random::log_gamma(r, rng) + log_odds).exp(), rng)
    }
}
