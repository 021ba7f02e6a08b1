//! Monte Carlo standard errors.

use super::ess::squared_deviations;
use super::rank::sorted;
use super::{ess_mean, ess_quantile, grand_mean, valid};
use statrs::function::beta::beta_reg;

/// Of the mean: the standard deviation over the root of the effective sample size.
pub fn mcse_mean(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    let squares = squared_deviations(chains);
    let n: usize = squares.iter().map(Vec::len).sum();
    let variance = squares.iter().flatten().sum::<f64>() / (n as f64 - 1.0);
    (variance / ess_mean(chains)).sqrt()
}

/// Of the standard deviation, by the delta method from the variance of the squared deviations.
pub fn mcse_sd(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    let squares = squared_deviations(chains);
    let slices: Vec<&[f64]> = squares.iter().map(Vec::as_slice).collect();
    let expected = grand_mean(&slices);
    let n: usize = squares.iter().map(Vec::len).sum();
    let fourth = squares.iter().flatten().map(|x| x * x).sum::<f64>() / n as f64;
    let variance_of_variance = (fourth - expected * expected) / ess_mean(&slices);
    (variance_of_variance / expected / 4.0).sqrt()
}

/// Of the quantile at `probability`: half the distance between the draws at the 16% and the 84% point of the beta
/// distribution that the effective sample size gives for the probability below the estimate.
pub fn mcse_quantile(chains: &[&[f64]], probability: f64) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    let ess = ess_quantile(chains, probability);
    let draws = sorted(chains);
    let last = draws.len() as f64 - 1.0;
    let position =
        |p: f64| beta_quantile(p, ess * probability + 1.0, ess * (1.0 - probability) + 1.0) * draws.len() as f64 - 1.0;
    // `max` and `min` pass over a NaN, as numpy's nanmax and nanmin do.
    let low = position(0.1586553).max(0.0).floor();
    let high = position(0.8413447).min(last).ceil();
    (draws[high.max(0.0) as usize] - draws[low.min(last) as usize]) / 2.0
}

/// Quantile of the beta distribution by bisection of its distribution function, to the last digit. NaN parameters give NaN.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if !(a.is_finite() && b.is_finite()) {
        return f64::NAN;
    }
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if beta_reg(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}
