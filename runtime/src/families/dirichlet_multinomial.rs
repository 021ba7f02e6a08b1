//! The Dirichlet-multinomial distribution:
//! `log(N) + log B(sum alpha, N) - sum_{n_k > 0} [log(n_k) + log B(alpha_k, n_k)]`.

use super::arguments::{check_all, count, numbers, same_size};
use super::multinomial::{check_counts, check_trials, draw};
use super::random;
use super::{Check, DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::math;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct DirichletMultinomial;

const NAME: &str = "dirichlet_multinomial";

impl Joint for DirichletMultinomial {
    const DECLARATION: Declaration = Declaration {
        name: "dirichlet_multinomial",
        kind: Kind::Discrete,
        signature: "array[] int | vector",
        rng: "vector, int => array[] int",
        cdf: Cumulative::None,
        summary: "Counts of categories whose probabilities are Dirichlet distributed, by concentrations.",
        citation: "Johnson, Kotz & Balakrishnan, Discrete Multivariate Distributions, 1997, ch. 35",
    };

    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError> {
        count(NAME, args, 2)?;
        let counts = check_counts(NAME, &args[0])?;
        let alpha = numbers(NAME, "concentrations", &args[1])?;
        same_size(NAME, "outcome", counts.len(), "concentrations", alpha.len())?;
        check_all(NAME, "concentrations", Check::PositiveFinite, &alpha)?;
        let total: f64 = counts.iter().sum();
        if keep.nothing() || total == 0.0 {
            return Ok(T::from(0.0));
        }
        let mut lp = math::lbeta(math::sum(alpha.iter().copied()), T::from(total));
        for (n, a) in counts.iter().zip(alpha.iter()).filter(|(n, _)| **n > 0.0) {
            lp -= math::lbeta(*a, T::from(*n));
        }
        if keep.all {
            let logs: f64 = counts.iter().filter(|n| **n > 0.0).map(|n| n.ln()).sum();
            lp += T::from(total.ln() - logs);
        }
        Ok(lp)
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 2)?;
        let alpha = numbers(NAME, "concentrations", &args[0])?;
        check_all(NAME, "concentrations", Check::PositiveFinite, &alpha)?;
        let trials = check_trials(NAME, &args[1])?;
        let logs: Vec<f64> = alpha.iter().map(|a| random::log_gamma(*a, rng)).collect();
        Ok(draw(&random::softmax(&logs), trials, rng))
    }
}
