//! Convergence diagnostics: Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021), "Rank-normalization, folding, and
//! localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2), in the details as ArviZ
//! computes them (`tests/arviz.rs` compares).
//!
//! Every function takes one slice a chain, all of the same length ([`equal_lengths`] cuts them). A result is NaN where
//! there are fewer than 4 draws a chain or a draw is NaN.

mod autocovariance;
mod energy;
mod ess;
mod mcse;
mod rank;
mod rhat;

pub use energy::e_bfmi;
pub use ess::{ess_bulk, ess_mean, ess_quantile, ess_sd, ess_tail};
pub use mcse::{mcse_mean, mcse_quantile, mcse_sd};
pub use rank::{quantile, quantile_sorted};
pub use rhat::rhat;

/// Fewest draws a chain that say anything.
const MIN_DRAWS: usize = 4;

/// The chains cut to the length of the shortest that is not empty; empty ones are left out. What a cancelled run leaves.
pub fn equal_lengths(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    let shortest = chains.iter().map(Vec::len).filter(|n| *n > 0).min().unwrap_or(0);
    chains.iter().filter(|c| !c.is_empty()).map(|c| &c[..shortest]).collect()
}

/// Whether the diagnostics are defined.
fn valid(chains: &[&[f64]]) -> bool {
    let Some(first) = chains.first() else { return false };
    first.len() >= MIN_DRAWS
        && chains.iter().all(|c| c.len() == first.len())
        && chains.iter().all(|c| c.iter().all(|x| !x.is_nan()))
}

/// Each chain as its first and its last half (the middle draw of an odd number is left out), in ArviZ's order: first
/// halves, then last halves.
fn split(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let half = chains.first().map_or(0, |c| c.len() / 2);
    let first = chains.iter().map(|c| c[..half].to_vec());
    let last = chains.iter().map(|c| c[c.len() - half..].to_vec());
    first.chain(last).collect()
}

fn mean(xs: &[f64]) -> f64 {
    xs.iter().sum::<f64>() / xs.len() as f64
}

/// Mean over all chains.
fn grand_mean(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    chains.iter().flat_map(|c| c.iter()).sum::<f64>() / n as f64
}

/// Sample variance (divisor n - 1); exactly zero if all values are equal.
fn variance(xs: &[f64]) -> f64 {
    let Some(first) = xs.first() else { return f64::NAN };
    // Relative to the first value, so that rounding of the mean leaves nothing of a constant.
    let m = xs.iter().map(|x| x - first).sum::<f64>() / xs.len() as f64;
    xs.iter().map(|x| (x - first - m) * (x - first - m)).sum::<f64>() / (xs.len() as f64 - 1.0)
}
