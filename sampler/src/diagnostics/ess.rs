//! Effective sample sizes.

use super::autocovariance::Autocovariance;
use super::rank::{normal_scores, quantile_sorted, sorted};
use super::{grand_mean, mean, split, valid, variance};

/// Effective sample size of chains as they are: `MN / tau`, tau from Geyer's initial monotone sequence over the autocorrelations
/// of all chains combined. The upper bound `MN log10(MN)` holds for antithetic chains; constant draws count in full.
fn ess(chains: &[Vec<f64>]) -> f64 {
    let (m, n) = (chains.len(), chains.first().map_or(0, Vec::len));
    let size = (m * n) as f64;
    if n < 2 || chains.iter().flatten().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for x in chains.iter().flatten() {
        low = low.min(*x);
        high = high.max(*x);
    }
    if high - low < 1e-15 {
        return size;
    }
    let mut covariances: Vec<Autocovariance> = chains.iter().map(|c| Autocovariance::new(c)).collect();
    let mut average = |lag: usize| covariances.iter_mut().map(|c| c.at(lag)).sum::<f64>() / m as f64;
    let draws = n as f64;
    let within = average(0) * draws / (draws - 1.0);
    let mut total = within * (draws - 1.0) / draws;
    if m > 1 {
        total += variance(&chains.iter().map(|c| mean(c)).collect::<Vec<_>>());
    }
    let mut correlation = |lag: usize| 1.0 - (within - average(lag)) / total;

    // rho[t] for t = 0..n; what the truncation leaves out is zero.
    let mut rho = vec![0.0; n];
    let (mut even, mut odd) = (1.0, correlation(1));
    rho[0] = even;
    rho[1] = odd;
    let mut undefined = odd.is_nan();
    // Initial positive sequence: pairs of neighbours while their sums are positive.
    let mut t = 1;
    while t + 3 < n && even + odd > 0.0 {
        even = correlation(t + 1);
        odd = correlation(t + 2);
        undefined |= even.is_nan() || odd.is_nan();
        if even + odd >= 0.0 {
            rho[t + 1] = even;
            rho[t + 2] = odd;
        }
        t += 2;
    }
    // `kept` is max_t + 1 of ArviZ, whose max_t may be -1.
    let kept = t - 1;
    if even > 0.0 {
        rho[kept] = even;
    }
    // Initial monotone sequence.
    let mut t = 1;
    while t + 3 <= kept {
        if rho[t + 1] + rho[t + 2] > rho[t - 1] + rho[t] {
            rho[t + 1] = (rho[t - 1] + rho[t]) / 2.0;
            rho[t + 2] = rho[t + 1];
        }
        t += 2;
    }
    let tau = -1.0 + 2.0 * rho[..kept].iter().sum::<f64>() + rho[kept];
    if undefined || tau.is_nan() {
        return f64::NAN;
    }
    size / tau.max(1.0 / size.log10())
}

/// Of the rank-normalised draws: how well the bulk is known.
pub fn ess_bulk(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    ess(&normal_scores(&split(chains)))
}

/// The smaller of those of the 5% and the 95% quantile.
pub fn ess_tail(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    let sorted = sorted(chains);
    let low = ess_below(chains, quantile_sorted(&sorted, 0.05));
    let high = ess_below(chains, quantile_sorted(&sorted, 0.95));
    if high < low { high } else { low }
}

/// For the mean.
pub fn ess_mean(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    ess(&split(chains))
}

/// For the standard deviation: that of the squared deviations from the mean.
pub fn ess_sd(chains: &[&[f64]]) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    let squares = squared_deviations(chains);
    ess(&split(&squares.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

/// For the quantile at `probability`: that of the indicator of being at or below it.
pub fn ess_quantile(chains: &[&[f64]], probability: f64) -> f64 {
    if !valid(chains) {
        return f64::NAN;
    }
    ess_below(chains, quantile_sorted(&sorted(chains), probability))
}

fn ess_below(chains: &[&[f64]], bound: f64) -> f64 {
    let below: Vec<Vec<f64>> =
        chains.iter().map(|c| c.iter().map(|x| f64::from(u8::from(*x <= bound))).collect()).collect();
    ess(&split(&below.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

pub(super) fn squared_deviations(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let m = grand_mean(chains);
    chains.iter().map(|c| c.iter().map(|x| (x - m) * (x - m)).collect()).collect()
}
