//! The beta-binomial distribution: `log(N choose n) + log B(n + alpha, N - n + beta) - log B(alpha, beta)`.

use super::random;
use super::scalar::log_zero_or_one;
use super::{Argument, Check, Keep, Scalar, Tail, check::argument};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use rand::Rng;

pub struct BetaBinomial;

impl Scalar<3> for BetaBinomial {
    const DECLARATION: Declaration = Declaration {
        name: "beta_binomial",
        kind: Kind::Discrete,
        signature: "ints | ints, reals, reals",
        rng: "ints, numbers, numbers",
        cdf: Cumulative::All,
        summary: "Successes among trials whose chance is beta distributed: trials, two shapes.",
        citation: "Johnson, Kemp & Kotz, Univariate Discrete Distributions, 3rd ed., 2005, ch. 6",
    };
    const OUTCOME: Check = Check::NotNan;
    const ARGUMENTS: [Argument; 3] = [
        argument("population size", Check::NonNegative),
        argument("first shape", Check::PositiveFinite),
        argument("second shape", Check::PositiveFinite),
    ];

    #[inline]
    fn log_density<T: Num>(y: T, [trials, alpha, beta]: [T; 3], keep: Keep) -> T {
        if y.value() < 0.0 || y > trials {
            return T::from(f64::NEG_INFINITY);
        }
        let lp = math::lbeta(y + alpha, trials - y + beta) - math::lbeta(alpha, beta);
        if keep.all { lp + math::lchoose(trials, y) } else { lp }
    }

    /// The sum of the masses on that side, term by term.
    fn log_cdf<T: Num>(y: T, [trials, alpha, beta]: [T; 3], tail: Tail) -> T {
        let (n, trials_value) = (y.value().floor(), trials.value());
        if n < 0.0 {
            return log_zero_or_one(tail == Tail::Upper);
        }
        if n >= trials_value {
            return log_zero_or_one(tail == Tail::Lower);
        }
        let start = if tail == Tail::Lower { n } else { n + 1.0 };
        let first = Self::log_density(T::from(start), [trials, alpha, beta], Keep::ALL);
        let num = |x: f64| T::from(x);
        if tail == Tail::Lower {
            log_sum_by_ratios(first, n as u64, |i| {
                let k = n - i as f64;
                num(k) * (num(trials_value - k) + beta) / (num(trials_value - k + 1.0) * (num(k - 1.0) + alpha))
            })
        } else {
            log_sum_by_ratios(first, (trials_value - start) as u64, |i| {
                let k = start + i as f64;
                num(trials_value - k) * (num(k) + alpha) / (num(k + 1.0) * (num(trials_value - k - 1.0) + beta))
            })
        }
    }

    fn rng<R: Rng + ?Sized>([trials, alpha, beta]: [f64; 3], rng: &mut R) -> f64 {
        random::binomial(trials, random::beta(alpha, beta, rng), rng)
    }
}

/// Log of a sum of `1 + count` positive terms, of which the first is `exp(first)` and term `i + 1` is `ratio(i)` times term `i`.
pub(super) fn log_sum_by_ratios<T: Num>(first: T, count: u64, ratio: impl Fn(u64) -> T) -> T {
    let (mut term, mut total, mut offset) = (T::from(1.0), T::from(1.0), 0.0);
    for i in 0..count {
        let r = ratio(i);
        term *= r;
        total += term;
        if total.value() > 1e280 {
            total *= T::from(1e-280);
            term *= T::from(1e-280);
            offset += 280.0 * std::f64::consts::LN_10;
        }
        // Unimodal: once the terms fall and are small, the rest is below rounding.
        if r.value() < 0.5 && term.value() < 1e-20 * total.value() {
            break;
        }
    }
    first + total.ln() + T::from(offset)
}
