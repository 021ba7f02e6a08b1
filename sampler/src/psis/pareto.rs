//! The generalised Pareto distribution: fit and quantiles.

/// Shape and scale of a generalised Pareto distribution with location 0: density
/// `(1 + k x / sigma)^(-1/k - 1) / sigma` for positive x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    /// Shape; moments of order 1/k and higher do not exist.
    pub k: f64,
    /// Scale.
    pub sigma: f64,
}

/// Grid points of the profile likelihood, at least.
const MIN_GRID_POINTS: usize = 30;
/// Of the prior on the grid, in quartiles (Zhang and Stephens 2009).
const PRIOR_SCALE: f64 = 3.0;
/// The prior on k is worth this many observations at [`PRIOR_K`] (Vehtari et al. 2024, appendix G).
const PRIOR_OBSERVATIONS: f64 = 10.0;
const PRIOR_K: f64 = 0.5;

impl Pareto {
    /// Fits positive `values` in ascending order: the posterior mean of Zhang and Stephens (2009), "A new and efficient estimation
    /// method for the generalized Pareto distribution", Technometrics 51(3), with the shape drawn towards 1/2 as R's `loo` does. `None` where
    /// the values (too equal, too small) determine no fit.
    pub fn fit(values: &[f64]) -> Option<Pareto> {
        let (n, largest) = (values.len(), *values.last()?);
        let count = n as f64;
        let quartile = values[((count / 4.0 + 0.5).floor() as usize).max(1) - 1];
        let points = MIN_GRID_POINTS + count.sqrt().floor() as usize;
        let shape = |theta: f64| values.iter().map(|x| (-theta * x).ln_1p()).sum::<f64>() / count;
        let grid: Vec<f64> = (1..=points)
            .map(|j| 1.0 / largest + (1.0 - (points as f64 / (j as f64 - 0.5)).sqrt()) / PRIOR_SCALE / quartile)
            .collect();
        let profile: Vec<f64> = grid
            .iter()
            .map(|theta| {
                let k = shape(*theta);
                count * ((-theta / k).ln() - k - 1.0)
            })
            .collect();
        let highest = profile.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = profile.iter().map(|l| (l - highest).exp()).collect();
        let theta = grid.iter().zip(&weights).map(|(t, w)| t * w).sum::<f64>() / weights.iter().sum::<f64>();
        let raw = shape(theta);
        let sigma = -raw / theta;
        let k = (raw * count + PRIOR_K * PRIOR_OBSERVATIONS) / (count + PRIOR_OBSERVATIONS);
        (k.is_finite() && sigma > 0.0).then_some(Pareto { k, sigma })
    }

    /// The quantile at `p` in (0, 1).
    pub fn quantile(&self, p: f64) -> f64 {
        let exponential = -(-p).ln_1p();
        if self.k.abs() < f64::EPSILON {
            self.sigma * exponential
        } else {
            self.sigma * (self.k * exponential).exp_m1() / self.k
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of the distribution itself as a sample.
    fn sample(k: f64, sigma: f64, n: usize) -> Vec<f64> {
        let pareto = Pareto { k, sigma };
        (0..n).map(|i| pareto.quantile((i as f64 + 0.5) / n as f64)).collect()
    }

    #[test]
    fn the_fit_finds_shape_and_scale() {
        for k in [-0.3, 0.0, 0.3, 0.7, 1.2] {
            for sigma in [1e-6, 1.0, 300.0] {
                let n = 20_000;
                let fit = Pareto::fit(&sample(k, sigma, n)).unwrap();
                let drawn = (k * n as f64 + 5.0) / (n as f64 + 10.0);
                assert!((fit.k - drawn).abs() < 5e-3, "{k}: {fit:?}");
                assert!((fit.sigma / sigma - 1.0).abs() < 5e-3, "{sigma}: {fit:?}");
            }
        }
    }

    #[test]
    fn quantiles_invert_the_distribution_function() {
        for k in [-0.5, 1e-17, 0.4] {
            let pareto = Pareto { k, sigma: 2.0 };
            for p in [0.01, 0.5, 0.99] {
                let x = pareto.quantile(p);
                let below =
                    if k.abs() < 1e-15 { 1.0 - (-x / 2.0).exp() } else { 1.0 - (1.0 + k * x / 2.0).powf(-1.0 / k) };
                assert!((below - p).abs() < 1e-12, "{k} {p}");
            }
        }
    }

    #[test]
    fn no_fit_where_there_is_nothing_to_fit() {
        assert_eq!(Pareto::fit(&[]), None);
        assert_eq!(Pareto::fit(&[0.0; 20]), None);
    }
}
