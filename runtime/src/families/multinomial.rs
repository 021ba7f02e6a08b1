//! The multinomial distribution: `log(N!) - sum log(n_k!) + sum n_k log(theta_k)`.

use super::arguments::{check_all, count, integer, integers, numbers, same_size};
use super::random;
use super::simplex::check_simplex;
use super::{Check, DomainError, Joint, Keep, bit::A};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct Multinomial;

const NAME: &str = "multinomial";

impl Joint for Multinomial {
    const DECLARATION: Declaration = Declaration {
        name: "multinomial",
        kind: Kind::Discrete,
        signature: "array[] int | vector",
        rng: "vector, int => array[] int",
        cdf: Cumulative::None,
        summary: "Counts of categories, by the probabilities.",
        citation: "Johnson, Kotz & Balakrishnan, Discrete Multivariate Distributions, 1997, ch. 35",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let counts = check_counts(NAME, &args[0])?;
        let theta = numbers(NAME, "probabilities", &args[1])?;
        same_size(NAME, "outcome", counts.len(), "probabilities", theta.len())?;
        check_simplex(NAME, "probabilities", &theta)?;
        let mut lp = T::from(if keep.all { log_multinomial_coefficient(&counts) } else { 0.0 });
        if keep.term(A) {
            for (n, t) in counts.iter().zip(theta.iter()) {
                lp += math::multiply_log(T::from(*n), *t);
            }
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let theta = numbers(NAME, "probabilities", &args[0])?;
        check_simplex(NAME, "probabilities", &theta)?;
        let trials = check_trials(NAME, &args[1])?;
        Ok(draw(&theta, trials, rng))
    }
}

/// Counts of categories.
///
/// # Errors
/// A count is negative.
pub(super) fn check_counts<T: Num>(family: &str, value: &Value<T>) -> Result<Vec<f64>, DomainError> {
    let (counts, _) = integers(family, "outcome", value)?;
    let counts: Vec<f64> = counts.into_iter().map(|n| n as f64).collect();
    check_all(family, "outcome", Check::NonNegative, &counts)?;
    Ok(counts)
}

/// # Errors
/// The number of trials is negative.
pub(super) fn check_trials(family: &str, value: &Value<f64>) -> Result<i64, DomainError> {
    let trials = integer(family, "number of trials", value)?;
    Check::NonNegative.test(family, "number of trials", 0, trials as f64)?;
    Ok(trials)
}

pub(super) fn log_multinomial_coefficient(counts: &[f64]) -> f64 {
    math::lgamma(counts.iter().sum::<f64>() + 1.0) - counts.iter().map(|n| math::lgamma(n + 1.0)).sum::<f64>()
}

/// Counts drawn one category after the other: binomial given the trials that are left.
pub(super) fn draw<R: Rng + ?Sized>(theta: &[f64], trials: i64, rng: &mut R) -> Value<f64> {
    let mut left = trials as f64;
    let mut mass: f64 = theta.iter().sum();
    let mut counts = Vec::with_capacity(theta.len());
    for (k, t) in theta.iter().enumerate() {
        let n = if k + 1 == theta.len() || *t >= mass {
            left
        } else if *t <= 0.0 || left == 0.0 {
            0.0
        } else {
            random::binomial(left, t / mass, rng)
        };
        counts.push(Value::Int(n as i32));
        left -= n;
        mass -= t;
    }
    Value::Array(counts)
}
