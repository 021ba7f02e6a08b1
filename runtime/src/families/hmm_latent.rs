//! The hidden states of a Markov model given its observations, drawn by forward filtering and backward sampling.

use super::arguments::{count, matrix, numbers, same_size, square_matrix};
use super::random;
use super::simplex::check_simplex;
use super::{DomainError, Joint, Keep};
use crate::catalogue::{Cumulative, Declaration, Kind};
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

pub struct HmmLatent;

const NAME: &str = "hmm_latent";

impl Joint for HmmLatent {
    const DECLARATION: Declaration = Declaration {
        name: "hmm_latent",
        kind: Kind::Discrete,
        signature: "",
        rng: "matrix, matrix, vector => array[] int",
        cdf: Cumulative::None,
        summary: "The hidden states of a Markov model given its observations: log densities, transitions, initial probabilities.",
        citation: "Cappe, Moulines & Ryden, Inference in Hidden Markov Models, 2005, sec. 3.2",
    };

    fn log_density<T: Num>(_args: &[Value<T>], _keep: Keep) -> Result<T, DomainError> {
        Err(DomainError::fatal(format!("{NAME} has no density")))
    }

    fn rng<R: Rng + ?Sized>(args: &[Value<f64>], rng: &mut R) -> Result<Value<f64>, DomainError> {
        count(NAME, args, 3)?;
        let log_omega = matrix(NAME, "log densities", &args[0])?;
        let gamma = square_matrix(NAME, "transition", &args[1])?;
        let rho = numbers(NAME, "initial probabilities", &args[2])?;
        let (k, n) = (log_omega.rows, log_omega.cols);
        same_size(NAME, "the transition", gamma.rows, "the rows of the log densities", k)?;
        same_size(NAME, "the initial probabilities", rho.len(), "the rows of the log densities", k)?;
        check_simplex(NAME, "initial probabilities", &rho)?;
        for i in 0..k {
            let row: Vec<f64> = (0..k).map(|j| gamma.at(i, j)).collect();
            check_simplex(NAME, "a row of the transition", &row)?;
        }
        // Filtered probabilities, normalised at every step.
        let mut filtered: Vec<Vec<f64>> = Vec::with_capacity(n);
        for t in 0..n {
            let prior: Vec<f64> = match filtered.last() {
                None => rho.to_vec(),
                Some(last) => (0..k).map(|j| (0..k).map(|i| last[i] * gamma.at(i, j)).sum()).collect(),
            };
            let logs: Vec<f64> = prior.iter().enumerate().map(|(j, p)| p.ln() + log_omega.at(j, t)).collect();
            let alpha = random::softmax(&logs);
            if alpha.iter().any(|a| a.is_nan()) {
                return Err(DomainError::new(format!("{NAME}: observation {} has density zero in every state", t + 1)));
            }
            filtered.push(alpha);
        }
        let mut states = vec![0usize; n];
        for t in (0..n).rev() {
            let weights: Vec<f64> = if t + 1 == n {
                filtered[t].clone()
            } else {
                (0..k).map(|i| filtered[t][i] * gamma.at(i, states[t + 1])).collect()
            };
            states[t] = random::index(&weights, rng);
        }
        Ok(Value::Array(states.into_iter().map(|s| Value::Int(s as i32 + 1)).collect()))
    }
}
