//! Energy diagnostics.

use super::variance;

/// Estimated Bayesian fraction of missing information of one chain (Betancourt 2016): mean square of the steps of the
/// energy over its variance. Below 0.3, momentum resampling does not reach the tails.
pub fn e_bfmi(energy: &[f64]) -> f64 {
    if energy.len() < 2 {
        return f64::NAN;
    }
    let steps = energy.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum::<f64>() / (energy.len() as f64 - 1.0);
    steps / variance(energy)
}
