//! Hidden Markov models with finitely many states, by the forward and backward algorithms.
//!
//! Arguments: `log_omega` (state x time) log densities of the observations, `gamma` (from x to) transition probabilities, `rho`
//! the distribution of the first state.

use super::dense;
use super::error::{FunctionError, Result};
use super::scalar::{arity, matrix, same_size, sequence, square_matrix};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    hmm_marginal => marginal,
    hmm_hidden_state_prob => hidden_state_prob,
}

/// How far from 1 probabilities may sum (Stan's constraint tolerance).
const TOLERANCE: f64 = 1e-8;

pub(super) struct Hmm<T> {
    pub log_omega: Matrix<T>,
    pub gamma: Matrix<T>,
    pub rho: Vec<T>,
}

fn check_simplex<T: Num>(name: &str, what: &str, p: &[T]) -> Result<()> {
    let total: f64 = p.iter().map(|x| x.value()).sum();
    if p.iter().any(|x| x.value().is_nan() || x.value() < 0.0) || (total - 1.0).abs() > TOLERANCE || total.is_nan() {
        return Err(FunctionError::domain(name, format!("{what} is not a simplex (its sum is {total})")));
    }
    Ok(())
}

pub(super) fn model<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Hmm<T>> {
    arity(name, args, 3..=3)?;
    let log_omega = matrix::<T>(name, args, 0)?.into_matrix();
    let gamma = square_matrix::<T>(name, args, 1)?.into_matrix();
    let rho = sequence::<T>(name, args, 2)?.data.into_owned();
    same_size(name, log_omega.rows, gamma.rows)?;
    same_size(name, log_omega.rows, rho.len())?;
    check_simplex(name, "the initial distribution", &rho)?;
    for i in 0..gamma.rows {
        let line: Vec<T> = (0..gamma.cols).map(|j| gamma.at(i, j)).collect();
        check_simplex(name, &format!("row {} of the transition matrix", i + 1), &line)?;
    }
    Ok(Hmm { log_omega, gamma, rho })
}

/// The filtered distributions of the state (one column a time, each summing to 1) and the log marginal density.
pub(super) fn forward<T: Num>(hmm: &Hmm<T>) -> (Matrix<T>, T) {
    let (states, times) = (hmm.log_omega.rows, hmm.log_omega.cols);
    let mut alphas = Matrix::filled(states, times, T::from(0.0));
    let mut log_marginal = T::from(0.0);
    let gamma_t = hmm.gamma.transpose();
    let mut predicted = hmm.rho.clone();
    for t in 0..times {
        // A constant shift for scale: it cancels, and carries no derivative.
        let column = &hmm.log_omega.data[t * states..(t + 1) * states];
        let shift = column.iter().map(|x| x.value()).fold(f64::NEG_INFINITY, f64::max);
        let shift = if shift.is_finite() { shift } else { 0.0 };
        let joint: Vec<T> = predicted.iter().zip(column).map(|(&p, &l)| p * (l - T::from(shift)).exp()).collect();
        let total: T = super::scalar::Scalar::sum(joint.iter().copied());
        log_marginal += total.ln() + T::from(shift);
        let filtered = Matrix { rows: states, cols: 1, data: joint.into_iter().map(|x| x / total).collect() };
        alphas.data[t * states..(t + 1) * states].copy_from_slice(&filtered.data);
        if t + 1 < times {
            predicted = dense::product(&gamma_t, &filtered).data;
        }
    }
    (alphas, log_marginal)
}

fn marginal<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let hmm = model(name, args)?;
    Ok(Value::Real(forward(&hmm).1))
}

/// The distribution of each state given all observations, one column a time.
fn hidden_state_prob<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let hmm = model(name, args)?;
    let (states, times) = (hmm.log_omega.rows, hmm.log_omega.cols);
    let (alphas, _) = forward(&hmm);
    let mut probs = alphas.clone();
    let mut beta = Matrix::filled(states, 1, T::from(1.0));
    for t in (0..times.saturating_sub(1)).rev() {
        let column = &hmm.log_omega.data[(t + 1) * states..(t + 2) * states];
        let shift = column.iter().map(|x| x.value()).fold(f64::NEG_INFINITY, f64::max);
        let shift = if shift.is_finite() { shift } else { 0.0 };
        let weighted = Matrix {
            rows: states,
            cols: 1,
            data: beta.data.iter().zip(column).map(|(&b, &l)| b * (l - T::from(shift)).exp()).collect(),
        };
        beta = dense::product(&hmm.gamma, &weighted);
        let total: T = super::scalar::Scalar::sum(beta.data.iter().copied());
        beta.data.iter_mut().for_each(|b| *b /= total);
        let joint: Vec<T> = (0..states).map(|i| alphas.at(i, t) * beta.data[i]).collect();
        let total: T = super::scalar::Scalar::sum(joint.iter().copied());
        for (i, x) in joint.into_iter().enumerate() {
            probs.set(i, t, x / total);
        }
    }
    Ok(Value::Matrix(probs))
}

/// A path of hidden states drawn given all observations: the last from its filtered distribution, each earlier one given its
/// successor. `uniform` gives numbers in [0, 1). States are counted from 1.
///
/// # Errors
/// As `hmm_marginal`.
pub fn hmm_latent_rng(args: &[&Value<f64>], mut uniform: impl FnMut() -> f64) -> Result<Value<f64>> {
    let name = "hmm_latent_rng";
    let hmm = model(name, args)?;
    let (states, times) = (hmm.log_omega.rows, hmm.log_omega.cols);
    let (alphas, _) = forward(&hmm);
    let mut draw = |weights: &[f64]| {
        let mut rest = uniform() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            if rest < *w {
                return i;
            }
            rest -= w;
        }
        // Rounding may leave a rest: the last state that is possible.
        weights.iter().rposition(|&w| w > 0.0).unwrap_or(0)
    };
    let mut path = vec![0_usize; times];
    for t in (0..times).rev() {
        let weights: Vec<f64> = (0..states)
            .map(|i| alphas.at(i, t) * if t + 1 < times { hmm.gamma.at(i, path[t + 1]) } else { 1.0 })
            .collect();
        path[t] = draw(&weights);
    }
    Ok(Value::Array(path.into_iter().map(|s| Value::Int(s as i32 + 1)).collect()))
}
