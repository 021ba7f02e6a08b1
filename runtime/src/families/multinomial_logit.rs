//! The multinomial distribution by log odds: `log(N!) - sum log(n_k!) + sum n_k (gamma_k - log_sum_exp(gamma))`.

use super::arguments::{check_all, count, numbers, same_size};
use super::multinomial::{check_counts, check_trials, draw, log_multinomial_coefficient};
use super::random;
use super::{Check, DomainError, Joint, Keep, bit::A};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct MultinomialLogit;

const NAME: &str = "multinomial_logit";

impl Joint for MultinomialLogit {
    const DECLARATION: Declaration = Declaration {
        name: "multinomial_logit",
        kind: Kind::Discrete,
        signature: "array[] int | vector",
        rng: "vector, int => array[] int",
        cdf: Cumulative::None,
        summary: "Counts of categories, by log odds.",
        citation: "Johnson, Kotz & Balakrishnan, Discrete Multivariate Distributions, 1997, ch. 35",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let counts = check_counts(NAME, &args[0])?;
        let gamma = numbers(NAME, "log odds", &args[1])?;
        same_size(NAME, "outcome", counts.len(), "log odds", gamma.len())?;
        check_all(NAME, "log odds", Check::Finite, &gamma)?;
        let mut lp = T::from(if keep.all { log_multinomial_coefficient(&counts) } else { 0.0 });
        if keep.term(A) {
            for (n, g) in counts.iter().zip(gamma.iter()) {
                lp += T::from(*n) * *g;
            }
            lp -= T::from(counts.iter().sum()) * math::log_sum_exp_of(&gamma);
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let gamma = numbers(NAME, "log odds", &args[0])?;
        check_all(NAME, "log odds", Check::Finite, &gamma)?;
        let trials = check_trials(NAME, &args[1])?;
        Ok(draw(&random::softmax(&gamma), trials, rng))
    }
}
