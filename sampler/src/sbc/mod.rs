//! Simulation-based calibration: Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference
//! algorithms with simulation-based calibration", arXiv:1804.06788; the ECDF test of Säilynoja, Bürkner and Vehtari
//! (2022), Statistics and Computing 32.
//!
//! Draw parameters from the prior and data given them; sample the posterior of these data. The rank of the true value
//! among (nearly independent) posterior draws is then uniform, if the sampler and the density are right.
//!
//! | module | what it holds |
//! |---|---|
//! | this | [`Ranks`]: collecting ranks, testing them with multiplicity control, data for plots |
//! | [`uniformity`] | the tests and the bands |
//! | [`thin`](mod@thin) | nearly independent draws from chains |

pub mod thin;
pub mod uniformity;

pub use thin::{Thinned, thin};
pub use uniformity::{Ecdf, Histogram};

/// Ranks of true values among posterior draws, over many simulated data sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// Draws a true value was compared with: ranks go from 0 to this number.
    pub draws: usize,
    names: Vec<String>,
    /// One vector a quantity, one entry a simulation.
    ranks: Vec<Vec<usize>>,
}

/// What the tests of one quantity said.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub name: String,
    /// Of the chi-square test on equally filled bins.
    pub p_chi_square: f64,
    /// Of the largest deviation of the empirical distribution function.
    pub p_ecdf: f64,
    /// Of both tests and all quantities together: twice the smaller of the two, adjusted by Holm's procedure over the quantities.
    pub p_adjusted: f64,
    /// Whether `p_adjusted` is at or above the level.
    pub uniform: bool,
    /// Mean rank in standard deviations from that of uniform ranks. Positive: true values lie above the draws, which are too low.
    pub bias: f64,
    /// Mean squared distance of the ranks from the middle, likewise. Positive: true values lie outside the draws, which are too narrow.
    pub dispersion: f64,
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

    /// The names of the quantities.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Tests all quantities for uniformity. `level` (say 0.001) is the chance that a right sampler fails at all.
    pub fn test(&self, level: f64) -> Vec<Verdict> {
        let p: Vec<[f64; 2]> = self
            .ranks
            .iter()
            .map(|r| [uniformity::chi_square(r, self.draws), uniformity::ecdf_p_value(r, self.draws)])
            .collect();
        let adjusted = holm(&p.iter().map(|[a, b]| (2.0 * a.min(*b)).min(1.0)).collect::<Vec<_>>());
        self.names
            .iter()
            .zip(&self.ranks)
            .zip(p)
            .zip(adjusted)
            .map(|(((name, ranks), [p_chi_square, p_ecdf]), p_adjusted)| {
                let (bias, dispersion) = moments(ranks, self.draws);
                let uniform = p_adjusted >= level;
                Verdict { name: name.clone(), p_chi_square, p_ecdf, p_adjusted, uniform, bias, dispersion }
            })
            .collect()
    }

    /// The ranks of a quantity counted in bins.
    pub fn histogram(&self, quantity: usize, bins: usize) -> Histogram {
        Histogram::of(&self.ranks[quantity], self.draws, bins)
    }

    /// The empirical distribution function of a quantity's ranks, with a band that holds all of it with probability `1 - level` if they are uniform.
    pub fn ecdf(&self, quantity: usize, level: f64) -> Ecdf {
        uniformity::ecdf(&self.ranks[quantity], self.draws, level)
    }
}

/// p-values adjusted so that rejecting those below a level keeps the chance of any wrong rejection at that level: Holm (1979), "A simple
/// sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6. In the order of `p`.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut highest = 0.0f64;
    for (place, i) in order.into_iter().enumerate() {
        highest = highest.max((p[i] * (p.len() - place) as f64).min(1.0));
        adjusted[i] = highest;
    }
    adjusted
}

/// Standardised mean and mean squared distance from the middle.
fn moments(ranks: &[usize], draws: usize) -> (f64, f64) {
    let (n, m, middle) = (ranks.len() as f64, draws as f64 + 1.0, draws as f64 / 2.0);
    let mean = |f: &dyn Fn(f64) -> f64| ranks.iter().map(|r| f(*r as f64 - middle)).sum::<f64>() / n;
    let second = (m * m - 1.0) / 12.0;
    let fourth = (m * m - 1.0) * (3.0 * m * m - 7.0) / 240.0;
    let standardised = |difference: f64, variance: f64| difference / (variance / n).sqrt();
    (standardised(mean(&|x| x), second), standardised(mean(&|x| x * x) - second, fourth - second * second))
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
    fn uniform_ranks_pass() {
        let verdict = &ranks(300, 99, |rng| rng.random()).test(0.001)[0];
        assert!(verdict.uniform && verdict.bias.abs() < 3.5 && verdict.dispersion.abs() < 3.5, "{verdict:?}");
    }

    #[test]
    fn biased_and_overconfident_posteriors_fail() {
        let high = &ranks(300, 99, |rng| rng.random::<f64>() + 0.15).test(0.001)[0];
        assert!(!high.uniform && high.bias < -5.0, "{high:?}");
        let narrow = &ranks(300, 99, |rng| 0.5 + 0.6 * (rng.random::<f64>() - 0.5)).test(0.001)[0];
        assert!(!narrow.uniform && narrow.dispersion > 5.0, "{narrow:?}");
        let wide = &ranks(300, 99, |rng| 0.5 + 1.8 * (rng.random::<f64>() - 0.5)).test(0.001)[0];
        assert!(!wide.uniform && wide.dispersion < -5.0, "{wide:?}");
    }

    #[test]
    fn moments_are_standardised() {
        // Every rank once: exactly uniform.
        let (bias, dispersion) = moments(&(0..=9).collect::<Vec<_>>(), 9);
        assert!(bias.abs() < 1e-12 && dispersion.abs() < 1e-12);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let squares: Vec<(f64, f64)> = (0..2000)
            .map(|_| moments(&(0..40).map(|_| rng.random_range(0..=4)).collect::<Vec<_>>(), 4))
            .map(|(b, d)| (b * b / 2000.0, d * d / 2000.0))
            .collect();
        for mean in [squares.iter().map(|s| s.0).sum::<f64>(), squares.iter().map(|s| s.1).sum::<f64>()] {
            assert!((mean - 1.0).abs() < 0.12, "{mean}");
        }
    }

    #[test]
    fn holm_multiplies_by_what_is_left() {
        let adjusted = holm(&[0.04, 0.01, 0.03, 0.5]);
        for (a, b) in adjusted.iter().zip([0.09, 0.04, 0.09, 0.5]) {
            assert!((a - b).abs() < 1e-15, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
        // Many quantities at once: a right sampler fails in at most a tenth of the runs.
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let failed = (0..200)
            .filter(|_| {
                let mut ranks = Ranks::new((0..10).map(|i| i.to_string()).collect(), 19);
                for _ in 0..100 {
                    let truth: Vec<f64> = (0..10).map(|_| rng.random()).collect();
                    let draws: Vec<Vec<f64>> = (0..10).map(|_| (0..19).map(|_| rng.random()).collect()).collect();
                    ranks.add(&truth, &draws, 0.5).unwrap();
                }
                ranks.test(0.1).iter().any(|v| !v.uniform)
            })
            .count();
        assert!((5..=33).contains(&failed), "{failed}");
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
