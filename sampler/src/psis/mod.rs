//! Pareto smoothed importance sampling: Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling",
//! Journal of Machine Learning Research 25(72), in the details of R's `loo` or of ArviZ ([`Convention`]).
//!
//! The largest importance ratios are replaced by quantiles of a generalised Pareto distribution fitted to them; its shape k tells
//! how far the weighted means can be trusted ([`k_threshold`]).

mod pareto;

pub use pareto::Pareto;

use crate::input::{InputError, expect_at_least, expect_values};
use ppl_runtime::math::log_sum_exp_of;

/// Whose details are followed where R's `loo` (2.7 and later) and ArviZ (0.23) differ. On draws without ties the smoothed weights are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// The tail is the M largest ratios, ties in the order of the draws; no fit if its first quartile equals its smallest. Standard errors
    /// have divisor n - 1.
    #[default]
    Loo,
    /// The tail is what exceeds the ratio that comes after the M largest. Standard errors have divisor n.
    Arviz,
}

/// Fewest values in the tail for a fit.
const MIN_TAIL: usize = 5;

/// Smoothed importance weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// One a draw; their exponentials sum to 1.
    pub log_weights: Vec<f64>,
    /// Shape of the tail; infinite where it could not be fitted (weights are then as they came).
    pub k: f64,
    /// Draws in the tail that were asked for.
    pub tail: usize,
}

impl Smoothed {
    /// Effective number of draws: that of the weights times the relative efficiency `r_eff` of the draws.
    pub fn effective_draws(&self, r_eff: f64) -> f64 {
        r_eff / self.log_weights.iter().map(|w| (2.0 * w).exp()).sum::<f64>()
    }

    /// Log of the weighted mean of the exponentials of `values` (one a draw).
    pub fn log_mean_exp(&self, values: &[f64]) -> f64 {
        let terms: Vec<f64> = self.log_weights.iter().zip(values).map(|(w, v)| w + v).collect();
        log_sum_exp_of(&terms)
    }
}

/// Values of k up to which estimates from `draws` draws are reliable: `min(1 - 1 / log10(draws), 0.7)`.
pub fn k_threshold(draws: usize) -> f64 {
    (1.0 - 1.0 / (draws as f64).log10()).min(0.7)
}

/// Length of the tail that is smoothed: `ceil(min(draws / 5, 3 sqrt(draws / r_eff)))`. `r_eff` is the effective sample size per draw; one that is
/// NaN counts as 1 in R's `loo`, and leaves a fifth of the draws in ArviZ.
pub fn tail_length(draws: usize, r_eff: f64, convention: Convention) -> usize {
    let s = draws as f64;
    let (share, r_eff) = match convention {
        Convention::Loo => (0.2 * s, if r_eff.is_nan() { 1.0 } else { r_eff }),
        Convention::Arviz => (s / 5.0, r_eff),
    };
    // `min` passes over a NaN.
    share.min(3.0 * (s / r_eff).sqrt()).ceil() as usize
}

/// Smooths log importance ratios, one a draw, known up to a constant.
///
/// # Errors
/// A ratio that is NaN or `+inf`, or none above `-inf`.
pub fn smooth(log_ratios: &[f64], r_eff: f64, convention: Convention) -> Result<Smoothed, InputError> {
    expect_at_least("draws", 1, log_ratios.len())?;
    expect_values("log importance ratios", log_ratios, |r| r < f64::INFINITY)?;
    let largest = log_ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return Err(InputError::Other("every importance ratio is zero".into()));
    }
    let mut weights: Vec<f64> = log_ratios.iter().map(|r| r - largest).collect();
    let tail = tail_length(weights.len(), r_eff, convention);
    let k = smooth_tail(&mut weights, tail, convention).unwrap_or(f64::INFINITY);
    let total = log_sum_exp_of(&weights);
    weights.iter_mut().for_each(|w| *w -= total);
    Ok(Smoothed { log_weights: weights, k, tail })
}

/// Replaces the tail of `weights` (logs, the largest 0) and returns its shape. `None` where there is no fit; nothing is changed then.
fn smooth_tail(weights: &mut [f64], tail: usize, convention: Convention) -> Option<f64> {
    let draws = weights.len();
    if tail < MIN_TAIL || tail >= draws {
        return None;
    }
    let mut order: Vec<usize> = (0..draws).collect();
    let ascending = |a: &usize, b: &usize| weights[*a].total_cmp(&weights[*b]).then(a.cmp(b));
    order.select_nth_unstable_by(draws - tail - 1, ascending);
    let mut members = order.split_off(draws - tail);
    let mut cutoff = weights[order[draws - tail - 1]];
    members.sort_unstable_by(ascending);
    if convention == Convention::Arviz {
        cutoff = cutoff.max(f64::MIN_POSITIVE.ln());
        members.retain(|i| weights[*i] > cutoff);
    }
    if members.len() < MIN_TAIL {
        return None;
    }
    let base = cutoff.exp();
    let excess: Vec<f64> = members.iter().map(|i| weights[*i].exp() - base).collect();
    if convention == Convention::Loo {
        let spread = (weights[*members.last()?] - weights[members[0]]).abs();
        let quartile = excess[((excess.len() as f64 / 4.0 + 0.5).floor() as usize).max(1) - 1];
        if spread < f64::EPSILON / 100.0 || quartile <= excess[0] {
            return None;
        }
    }
    let fit = Pareto::fit(&excess)?;
    let n = members.len() as f64;
    for (rank, i) in members.into_iter().enumerate() {
        // No weight above the largest raw one.
        weights[i] = (fit.quantile((rank as f64 + 0.5) / n) + base).ln().min(0.0);
    }
    Some(fit.k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const CONVENTIONS: [Convention; 2] = [Convention::Loo, Convention::Arviz];

    fn ratios(draws: usize, scale: f64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        (0..draws).map(|_| -scale * (1.0 - rng.random::<f64>()).ln()).collect()
    }

    #[test]
    fn a_constant_shift_changes_nothing() {
        for convention in CONVENTIONS {
            let raw = ratios(1000, 0.4);
            let plain = smooth(&raw, 0.7, convention).unwrap();
            for shift in [-1e4, 3.0, 1e4] {
                let shifted = smooth(&raw.iter().map(|r| r + shift).collect::<Vec<_>>(), 0.7, convention).unwrap();
                assert!((plain.k - shifted.k).abs() < 1e-9);
                for (a, b) in plain.log_weights.iter().zip(&shifted.log_weights) {
                    assert!((a - b).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_draws_does_not_matter() {
        for convention in CONVENTIONS {
            let raw = ratios(500, 0.6);
            let plain = smooth(&raw, 1.0, convention).unwrap();
            let reversed = smooth(&raw.iter().rev().copied().collect::<Vec<_>>(), 1.0, convention).unwrap();
            assert_eq!(plain.k, reversed.k);
            for (a, b) in plain.log_weights.iter().zip(reversed.log_weights.iter().rev()) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_shape_is_that_of_the_ratios() {
        // exp(scale * exponential) is Pareto: its tail has shape k = scale.
        for scale in [0.2, 0.5, 0.9] {
            let smoothed = smooth(&ratios(100_000, scale), 1.0, Convention::Loo).unwrap();
            assert_eq!(smoothed.tail, 949);
            assert!((smoothed.k - scale).abs() < 0.1, "{scale}: {}", smoothed.k);
            let sum: f64 = smoothed.log_weights.iter().map(|w| w.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn smoothing_keeps_order_and_is_truncated() {
        let raw = ratios(2000, 1.5);
        let largest = raw.iter().copied().fold(f64::MIN, f64::max);
        let smoothed = smooth(&raw, 1.0, Convention::Loo).unwrap();
        let mut order: Vec<usize> = (0..raw.len()).collect();
        order.sort_by(|a, b| raw[*a].total_cmp(&raw[*b]));
        assert!(order.windows(2).all(|w| smoothed.log_weights[w[0]] <= smoothed.log_weights[w[1]]));
        // Weights of the body are untouched: the shift is the same for all, and the largest is at most the raw one.
        let shift = smoothed.log_weights[order[0]] - raw[order[0]];
        assert!(smoothed.log_weights[order[1999]] - shift <= largest + 1e-9);
    }

    #[test]
    fn tails_and_thresholds() {
        assert_eq!(tail_length(4000, 1.0, Convention::Loo), 190);
        assert_eq!(tail_length(4000, 0.25, Convention::Loo), 380);
        assert_eq!(tail_length(100, 1.0, Convention::Arviz), 20);
        assert_eq!(tail_length(4000, f64::NAN, Convention::Loo), 190);
        assert_eq!(tail_length(4000, f64::NAN, Convention::Arviz), 800);
        assert!((k_threshold(100) - 0.5).abs() < 1e-15);
        assert_eq!(k_threshold(4000), 0.7);
    }

    #[test]
    fn ties_and_short_tails_are_left_alone() {
        for convention in CONVENTIONS {
            let constant = smooth(&[2.0; 100], 1.0, convention).unwrap();
            assert_eq!(constant.k, f64::INFINITY);
            assert!(constant.log_weights.iter().all(|w| (w + 100f64.ln()).abs() < 1e-14));
            assert_eq!(smooth(&ratios(20, 1.0), 1.0, convention).unwrap().k, f64::INFINITY);
            assert_eq!(smooth(&[1.0], 1.0, convention).unwrap().log_weights, [0.0]);
        }
    }

    #[test]
    fn bad_ratios_are_refused() {
        for bad in [f64::NAN, f64::INFINITY] {
            let e = smooth(&[0.0, bad], 1.0, Convention::Loo).unwrap_err();
            assert!(matches!(e, InputError::Value { index: 1, .. }), "{e}");
        }
        assert!(smooth(&[], 1.0, Convention::Loo).is_err());
        assert!(smooth(&[f64::NEG_INFINITY; 3], 1.0, Convention::Loo).is_err());
        let some = smooth(&[0.0, f64::NEG_INFINITY], 1.0, Convention::Loo).unwrap();
        assert_eq!(some.log_weights, [0.0, f64::NEG_INFINITY]);
    }
}
