//! Potential scale reduction.

use super::rank::{median, normal_scores, sorted};
use super::{mean, split, valid, variance};

/// Rank-normalised split R-hat: the larger of that of the bulk and that of the distances from the median. Near 1 if the
/// chains agree in location and scale; NaN with one chain.
pub fn rhat(chains: &[&[f64]]) -> f64 {
    if !valid(chains) || chains.len() < 2 {
        return f64::NAN;
    }
    let halves = split(chains);
    let bulk = basic(&normal_scores(&halves));
    let slices: Vec<&[f64]> = halves.iter().map(Vec::as_slice).collect();
    let centre = median(&sorted(&slices));
    let folded: Vec<Vec<f64>> = halves.iter().map(|c| c.iter().map(|x| (x - centre).abs()).collect()).collect();
    if folded.iter().flatten().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let tail = basic(&normal_scores(&folded));
    // In the order of Python's `max`: a NaN in the first stays, one in the second is passed over.
    if tail > bulk { tail } else { bulk }
}

/// Square root of the pooled over the mean within-chain variance.
fn basic(chains: &[Vec<f64>]) -> f64 {
    let n = chains[0].len() as f64;
    let between = n * variance(&chains.iter().map(|c| mean(c)).collect::<Vec<_>>());
    let within = chains.iter().map(|c| variance(c)).sum::<f64>() / chains.len() as f64;
    ((between / within + n - 1.0) / n).sqrt()
}
