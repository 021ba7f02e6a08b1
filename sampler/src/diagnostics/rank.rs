//! Ranks, normal scores and quantiles.

use statrs::distribution::{ContinuousCDF, Normal};

/// Ranks from 1, ties given their average.
fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        // `==` rather than equal bits: -0 and 0 tie.
        let ties = order[start..].iter().take_while(|i| values[**i as usize] == value).count();
        let rank = start as f64 + (ties as f64 + 1.0) / 2.0;
        for i in &order[start..start + ties] {
            ranks[*i as usize] = rank;
        }
        start += ties;
    }
    ranks
}

/// Normal scores of the pooled ranks: the standard normal quantile of `(rank - 3/8) / (n + 1/4)` (Blom 1958).
pub(super) fn normal_scores(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let pooled: Vec<f64> = chains.iter().flatten().copied().collect();
    let n = pooled.len() as f64;
    let normal = Normal::standard();
    let scores: Vec<f64> =
        average_ranks(&pooled).into_iter().map(|r| normal.inverse_cdf((r - 0.375) / (n + 0.25))).collect();
    let mut rest = scores.as_slice();
    chains
        .iter()
        .map(|c| {
            let (head, tail) = rest.split_at(c.len());
            rest = tail;
            head.to_vec()
        })
        .collect()
}

/// Quantile of type 7 (R's default: linear between order statistics) of `values` in ascending order. NaN if empty.
pub fn quantile_sorted(values: &[f64], probability: f64) -> f64 {
    match values {
        [] => f64::NAN,
        [x] => *x,
        _ => {
            let n = values.len();
            // In the arithmetic of scipy's mquantiles: a draw that equals the quantile must compare equal to it.
            let position = n as f64 * probability + (1.0 - probability);
            let k = position.clamp(1.0, n as f64 - 1.0).floor() as usize;
            let weight = (position - k as f64).clamp(0.0, 1.0);
            (1.0 - weight) * values[k - 1] + weight * values[k]
        }
    }
}

/// Quantile of type 7 of all chains together. NaN if a draw is NaN.
pub fn quantile(chains: &[&[f64]], probability: f64) -> f64 {
    quantile_sorted(&sorted(chains), probability)
}

/// All draws in ascending order; empty if one is NaN.
pub(super) fn sorted(chains: &[&[f64]]) -> Vec<f64> {
    let mut all: Vec<f64> = chains.iter().flat_map(|c| c.iter().copied()).collect();
    if all.iter().any(|x| x.is_nan()) {
        return Vec::new();
    }
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// The middle draw, or the mean of the two.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_rank() {
        assert_eq!(average_ranks(&[2.0, 1.0, 2.0, 0.0, -0.0]), [4.5, 3.0, 4.5, 1.5, 1.5]);
    }

    #[test]
    fn quantiles_of_type_7() {
        // R: quantile(c(1, 2, 4, 8), c(0, .1, .5, .95, 1))
        let x = [1.0, 2.0, 4.0, 8.0];
        for (p, q) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.95, 7.4), (1.0, 8.0)] {
            assert!((quantile_sorted(&x, p) - q).abs() < 1e-14, "{p}");
        }
        assert!(quantile_sorted(&[], 0.5).is_nan());
        assert_eq!(quantile_sorted(&[3.0], 0.9), 3.0);
    }
}
