//! Simulation-based calibration: Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference
//! algorithms with simulation-based calibration", arXiv:1804.06788; the ECDF test of Säilynoja, Bürkner and Vehtari
//! (2022), Statistics and Computing 32.
//!
//! Draw parameters from the prior and data given them; sample the posterior of these data. The rank of the true value
//! among (nearly independent) posterior draws is then uniform, if the sampler and the density are right.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// Ranks of true values among posterior draws, over many simulated data sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// Draws a true value was compared with: ranks go from 0 to this number.
    pub draws: usize,
    names: Vec<String>,
    /// One vector a quantity, one entry a simulation.
    ranks: Vec<Vec<usize>>,
}

/// What the test of one quantity said.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub name: String,
    /// Of the chi-square test on equally filled bins.
    pub p_chi_square: f64,
    /// Of the largest deviation of the empirical distribution function (bound by Bonferroni over its points).
    pub p_ecdf: f64,
    /// Whether the smaller of the two, corrected for both tests and all quantities, is at or above the level.
    pub uniform: bool,
}

impl Ranks {
    pub fn new(names: Vec<String>, draws: usize) -> Self {
        Ranks { draws, ranks: vec![Vec::new(); names.len()], names }
    }

    /// Adds one simulation: for each quantity, the true value and `draws` posterior draws, thinned to be nearly independent.
    /// Ties (discrete quantities) are broken by `tie`, a number in [0, 1) that the caller draws at random.
    ///
    /// # Errors
    /// A message if the numbers of quantities or draws are not those of [`new`](Ranks::new), or a value is NaN.
    pub fn add(&mut self, truth: &[f64], posterior: &[Vec<f64>], tie: f64) -> Result<(), String> {
        if truth.len() != self.names.len() || posterior.len() != self.names.len() {
            return Err(format!(
                "expected {} quantities, found {} true values and {} of draws",
                self.names.len(),
                truth.len(),
                posterior.len()
            ));
        }
        let mut new = Vec::with_capacity(truth.len());
        for ((x, draws), name) in truth.iter().zip(posterior).zip(&self.names) {
            if draws.len() != self.draws {
                return Err(format!("{name}: expected {} draws, found {}", self.draws, draws.len()));
            }
            if x.is_nan() || draws.iter().any(|d| d.is_nan()) {
                return Err(format!("{name}: a value is NaN"));
            }
            let below = draws.iter().filter(|d| *d < x).count();
            let equal = draws.iter().filter(|d| *d == x).count();
            new.push(below + ((equal + 1) as f64 * tie.clamp(0.0, 1.0 - f64::EPSILON)) as usize);
        }
        for (ranks, rank) in self.ranks.iter_mut().zip(new) {
            ranks.push(rank);
        }
        Ok(())
    }

    /// Number of simulations.
    pub fn simulations(&self) -> usize {
        self.ranks.first().map_or(0, Vec::len)
    }

    /// The ranks of one quantity.
    pub fn of(&self, quantity: usize) -> &[usize] {
        &self.ranks[quantity]
    }

    /// Tests all quantities for uniformity. `level` (say 0.001) is the chance that a right sampler fails at all: it is divided by
    /// the number of tests (Bonferroni).
    pub fn test(&self, level: f64) -> Vec<Verdict> {
        let tests = 2.0 * self.names.len() as f64;
        self.names
            .iter()
            .zip(&self.ranks)
            .map(|(name, ranks)| {
                let p_chi_square = chi_square(ranks, self.draws);
                let p_ecdf = ecdf(ranks, self.draws);
                let uniform = p_chi_square.min(p_ecdf) * tests >= level;
                Verdict { name: name.clone(), p_chi_square, p_ecdf, uniform }
            })
            .collect()
    }
}

/// p-value of Pearson's test that ranks are uniform on 0..=draws, in bins that expect at least 10.
fn chi_square(ranks: &[usize], draws: usize) -> f64 {
    let n = ranks.len();
    let values = draws + 1;
    let bins = (n / 10).min(20).min(values);
    if bins < 2 {
        return 1.0;
    }
    // Bin b holds the values v with v * bins / values == b: their numbers differ by at most one.
    let bin = |value: usize| value * bins / values;
    let mut observed = vec![0usize; bins];
    for rank in ranks {
        observed[bin((*rank).min(draws))] += 1;
    }
    let mut width = vec![0usize; bins];
    for value in 0..values {
        width[bin(value)] += 1;
    }
    let statistic: f64 = observed
        .iter()
        .zip(&width)
        .map(|(o, w)| {
            let expected = n as f64 * *w as f64 / values as f64;
            (*o as f64 - expected).powi(2) / expected
        })
        .sum();
    ChiSquared::new(bins as f64 - 1.0).map_or(1.0, |d| d.sf(statistic))
}

/// p-value of the empirical distribution function: the smallest two-sided binomial p-value over up to 50 points, times their number.
fn ecdf(ranks: &[usize], draws: usize) -> f64 {
    let n = ranks.len() as u64;
    if n == 0 || draws == 0 {
        return 1.0;
    }
    let points = draws.min(50);
    let smallest = (1..=points)
        .filter_map(|i| {
            let below = i * (draws + 1) / (points + 1);
            let below = below.max(1);
            let count = ranks.iter().filter(|r| **r < below).count() as u64;
            let binomial = Binomial::new(below as f64 / (draws + 1) as f64, n).ok()?;
            let lower = binomial.cdf(count);
            let upper = if count == 0 { 1.0 } else { binomial.sf(count - 1) };
            Some(2.0 * lower.min(upper))
        })
        .fold(1.0, f64::min);
    (smallest * points as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn ranks(n: usize, draws: usize, mut f: impl FnMut(&mut ChaCha8Rng) -> f64) -> Ranks {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut ranks = Ranks::new(vec!["x".into()], draws);
        for _ in 0..n {
            let truth = rng.random::<f64>();
            let posterior = (0..draws).map(|_| f(&mut rng)).collect();
            ranks.add(&[truth], &[posterior], rng.random()).unwrap();
        }
        ranks
    }

    #[test]
    fn uniform_ranks_pass_and_p_values_are_spread() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut chi, mut ecdf_small) = (0, 0);
        for _ in 0..300 {
            let sample: Vec<usize> = (0..200).map(|_| rng.random_range(0..=99)).collect();
            chi += usize::from(chi_square(&sample, 99) < 0.1);
            ecdf_small += usize::from(ecdf(&sample, 99) < 0.1);
        }
        // 10% expected of an exact test (30 of 300, sd 5.2); the Bonferroni bound is conservative.
        assert!((15..=45).contains(&chi), "{chi}");
        assert!(ecdf_small <= 30, "{ecdf_small}");
        assert!(ranks(300, 99, |rng| rng.random()).test(0.001)[0].uniform);
    }

    #[test]
    fn biased_and_overconfident_posteriors_fail() {
        assert!(!ranks(300, 99, |rng| rng.random::<f64>() + 0.15).test(0.001)[0].uniform);
        assert!(!ranks(300, 99, |rng| 0.5 + 0.6 * (rng.random::<f64>() - 0.5)).test(0.001)[0].uniform);
    }

    #[test]
    fn ties_are_broken_evenly_and_bad_input_refused() {
        let mut ranks = Ranks::new(vec!["x".into()], 3);
        ranks.add(&[1.0], &[vec![1.0, 1.0, 1.0]], 0.0).unwrap();
        ranks.add(&[1.0], &[vec![1.0, 1.0, 1.0]], 0.999).unwrap();
        assert_eq!(ranks.of(0), [0, 3]);
        assert!(ranks.add(&[1.0], &[vec![1.0]], 0.0).unwrap_err().contains("expected 3 draws"));
        assert!(ranks.add(&[f64::NAN], &[vec![1.0; 3]], 0.0).is_err());
        assert!(ranks.add(&[], &[], 0.0).is_err());
        assert_eq!(ranks.simulations(), 2);
    }
}
