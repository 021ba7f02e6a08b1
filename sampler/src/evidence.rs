//! The evidence (marginal likelihood) by bridge sampling: Meng and Wong (1996), "Simulating ratios of normalizing constants via a simple
//! identity", Statistica Sinica 6; the proposals of Gronau et al. (2017), "A tutorial on bridge sampling", Journal of Mathematical
//! Psychology 81, and of Meng and Schilling (2002) ("warp-III"), as R's `bridgesampling` has them; the error of Frühwirth-Schnatter (2004),
//! "Estimating marginal likelihoods for mixture and Markov switching models using bridge sampling techniques", Econometrics Journal 7.
//!
//! The first half of each chain fits a normal distribution to the posterior; the second half and as many draws from that
//! distribution estimate the constant that lies between the two densities.

use crate::diagnostics::{ess_mean, quantile};
use crate::gaussian::{Moments, cholesky, lower_inverse};
use crate::input::{InputError, expect_at_least, expect_size, expect_values};
use faer::Mat;
use ppl_runtime::density::{Density, EvalError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// What is compared with the normal distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The posterior: matches mean and covariance.
    #[default]
    Normal,
    /// The posterior averaged with its reflection through the mean: matches skewness as well, at twice the evaluations.
    Warp3,
}

/// How to compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub method: Method,
    pub seed: u64,
    /// Draws from the normal distribution; as many as posterior draws in the second halves if `None`.
    pub proposals: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { method: Method::Normal, seed: 1, proposals: None }
    }
}

/// An estimate of the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Log of the integral of the density that was given: of the evidence, if that is the normalised joint of parameters and data.
    pub log_evidence: f64,
    /// Standard error of the evidence relative to its value. Above about 0.1 the estimate is a guess.
    pub relative_error: f64,
    /// Standard error of `log_evidence`: that of a log-normal variable with this relative error.
    pub log_error: f64,
    /// Effective number of the posterior draws used (median over the coordinates).
    pub effective_draws: f64,
    /// Posterior draws and draws from the normal distribution that were used.
    pub draws: (usize, usize),
}

#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error(transparent)]
    Input(#[from] InputError),
    /// The density failed for good; rejected points have density zero.
    #[error("evaluating the density: {0}")]
    Density(#[from] EvalError),
    #[error(
        "no draw from the normal distribution fitted to the posterior has positive density: the posterior is far from normal"
    )]
    NoOverlap,
}

/// Estimates the log of the integral of `density` over the unconstrained space. `chains` holds posterior draws in that space, one row of
/// [`dim`](Density::dim) values a draw. For the evidence the density must be the normalised joint of parameters and data, with nothing dropped.
///
/// # Errors
/// Chains too short for the dimension (fewer draws in the first halves than `dim + 2`), draws that are not finite, do not vary or have no density.
pub fn evidence<D: Density>(density: &D, chains: &[&[f64]], settings: &Settings) -> Result<Evidence, EvidenceError> {
    let dim = density.dim();
    expect_at_least("parameters", 1, dim)?;
    for chain in chains {
        expect_size("values of a chain beyond whole draws", 0, chain.len() % dim)?;
        expect_values("unconstrained draws", chain, f64::is_finite)?;
    }
    let (fit, rest): (Vec<&[f64]>, Vec<&[f64]>) =
        chains.iter().map(|chain| chain.split_at(chain.len() / dim / 2 * dim)).unzip();
    let proposal = Proposal::fit(&fit, dim)?;

    let posterior: Vec<&[f64]> = rest.iter().flat_map(|chain| chain.chunks_exact(dim)).collect();
    let evaluate = Bridge { density, proposal: &proposal, method: settings.method };
    let on_posterior: Vec<f64> = evaluate.log_ratios(posterior.iter().map(|theta| proposal.whiten(theta)).collect())?;
    expect_values("log density of the posterior draws, relative to the normal's", &on_posterior, f64::is_finite)?;

    let count = settings.proposals.unwrap_or(posterior.len());
    expect_at_least("draws from the normal distribution", 2, count)?;
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let normal: Vec<Vec<f64>> =
        (0..count).map(|_| (0..dim).map(|_| StandardNormal.sample(&mut rng)).collect()).collect();
    let on_normal = evaluate.log_ratios(normal)?;
    if on_normal.iter().all(|l| *l == f64::NEG_INFINITY) {
        return Err(EvidenceError::NoOverlap);
    }

    let lengths: Vec<usize> = rest.iter().map(|chain| chain.len() / dim).collect();
    let effective_draws = effective(&rest, dim, posterior.len());
    let s1 = effective_draws / (effective_draws + count as f64);
    let log_evidence = bridge(&on_posterior, &on_normal, s1);

    // Frühwirth-Schnatter (2004), equation 20: both terms relative to the mean, the second over draws of a chain.
    let weight = |l: f64| 1.0 / (s1 + (1.0 - s1) * (log_evidence - l).exp());
    let f_normal: Vec<f64> = on_normal.iter().map(|l| weight(*l)).collect();
    let f_posterior: Vec<f64> = on_posterior.iter().map(|l| 1.0 / (s1 * (l - log_evidence).exp() + 1.0 - s1)).collect();
    let mut start = 0;
    let by_chain: Vec<Vec<f64>> = lengths
        .iter()
        .map(|n| {
            start += n;
            f_posterior[start - n..start].to_vec()
        })
        .collect();
    let independent = ess(&by_chain).unwrap_or(posterior.len() as f64);
    let squared = squared_variation(&f_normal) / count as f64 + squared_variation(&f_posterior) / independent;
    Ok(Evidence {
        log_evidence,
        relative_error: squared.sqrt(),
        log_error: squared.ln_1p().sqrt(),
        effective_draws,
        draws: (posterior.len(), count),
    })
}

/// The optimal bridge estimate from the logs of the ratios of the density to the proposal's, on draws from either: the root of
/// `mean_normal 1 / (s1 + s2 r / l) = mean_posterior 1 / (s1 l / r + s2)`, to which Meng and Wong's iteration converges. The left side falls and the
/// right side rises with r, so that bisection finds it always.
fn bridge(on_posterior: &[f64], on_normal: &[f64], s1: f64) -> f64 {
    let s2 = 1.0 - s1;
    let mean = |values: &[f64], f: &dyn Fn(f64) -> f64| values.iter().map(|l| f(*l)).sum::<f64>() / values.len() as f64;
    let excess = |log_r: f64| {
        mean(on_normal, &|l| 1.0 / (s1 + s2 * (log_r - l).exp()))
            - mean(on_posterior, &|l| 1.0 / (s1 * (l - log_r).exp() + s2))
    };
    let all = || on_posterior.iter().chain(on_normal).copied().filter(|l| l.is_finite());
    // Wide enough for the share of the proposals that have no density at all.
    let margin = 40.0 + (on_normal.len() as f64).ln();
    let mut low = all().fold(f64::INFINITY, f64::min) - margin;
    let mut high = all().fold(f64::NEG_INFINITY, f64::max) + margin;
    while high - low > 1e-13 * (1.0 + low.abs().max(high.abs())) {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Variance over squared mean.
fn squared_variation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0) / (mean * mean)
}

/// Effective sample size of the mean, chains cut to the shortest; `None` where it is not defined.
fn ess(chains: &[Vec<f64>]) -> Option<f64> {
    Some(ess_mean(&crate::diagnostics::equal_lengths(chains))).filter(|e| *e > 0.0)
}

/// Median of the effective sample sizes of the coordinates; the number of draws where none is defined.
fn effective(chains: &[&[f64]], dim: usize, draws: usize) -> f64 {
    let sizes: Vec<f64> = (0..dim)
        .filter_map(|j| {
            let column: Vec<Vec<f64>> =
                chains.iter().map(|c| c.iter().skip(j).step_by(dim).copied().collect()).collect();
            ess(&column)
        })
        .collect();
    if sizes.is_empty() { draws as f64 } else { quantile(&[&sizes], 0.5) }
}

/// A normal distribution with the mean and the covariance of draws.
struct Proposal {
    mean: Vec<f64>,
    factor: Mat<f64>,
    inverse: Mat<f64>,
    log_determinant: f64,
}

impl Proposal {
    fn fit(chains: &[&[f64]], dim: usize) -> Result<Proposal, InputError> {
        let rows: Vec<&[f64]> = chains.iter().flat_map(|c| c.chunks_exact(dim)).collect();
        let count = rows.len();
        expect_at_least("draws in the first halves of the chains", dim + 2, count)?;
        let points = Mat::from_fn(count, dim, |s, j| rows[s][j]);
        let moments = Moments::of(&points, &vec![1.0 / count as f64; count]);
        let covariance = moments.covariance();
        if let Some(index) = (0..dim).position(|j| rows.iter().all(|r| r[j] == rows[0][j])) {
            return Err(InputError::Other(format!("the draws of unconstrained coordinate {index} do not vary")));
        }
        // Any proposal is valid: one whose covariance is singular to rounding is drawn towards its diagonal.
        let factor = [0.0, 1e-10, 1e-6, 1e-3, 0.1, 1.0].into_iter().find_map(|share| {
            let keep = |i: usize, j: usize| if i == j { 1.0 } else { 1.0 - share };
            cholesky(&Mat::from_fn(dim, dim, |i, j| keep(i, j) * covariance[(i, j)]))
        });
        let Some(factor) = factor else {
            return Err(InputError::Other("the covariance of the draws has no Cholesky factor".into()));
        };
        let log_determinant = (0..dim).map(|j| factor[(j, j)].ln()).sum();
        Ok(Proposal { mean: moments.mean, inverse: lower_inverse(&factor), factor, log_determinant })
    }

    /// The standard normal coordinates of a point.
    fn whiten(&self, theta: &[f64]) -> Vec<f64> {
        let dim = theta.len();
        (0..dim).map(|i| (0..=i).map(|j| self.inverse[(i, j)] * (theta[j] - self.mean[j])).sum()).collect()
    }

    /// `mean + sign factor z`
    fn colour(&self, z: &[f64], sign: f64, theta: &mut [f64]) {
        for (i, x) in theta.iter_mut().enumerate() {
            let sum: f64 = (0..=i).map(|j| self.factor[(i, j)] * z[j]).sum();
            *x = self.mean[i] + sign * sum;
        }
    }
}

struct Bridge<'a, D> {
    density: &'a D,
    proposal: &'a Proposal,
    method: Method,
}

impl<D: Density> Bridge<'_, D> {
    /// Log ratios of the density (in standardised coordinates) to the standard normal's at `points`; `-inf` where the density rejects.
    fn log_ratios(&self, points: Vec<Vec<f64>>) -> Result<Vec<f64>, EvalError> {
        let dim = self.density.dim();
        let constant = self.proposal.log_determinant + 0.5 * dim as f64 * (2.0 * std::f64::consts::PI).ln();
        points
            .par_chunks(64)
            .map(|chunk| {
                let (mut workspace, mut gradient, mut theta) =
                    (self.density.workspace(), vec![0.0; dim], vec![0.0; dim]);
                let mut at = |z: &[f64], sign: f64| {
                    self.proposal.colour(z, sign, &mut theta);
                    match self.density.log_density_gradient(&mut workspace, &theta, &mut gradient) {
                        Err(e) if e.is_recoverable() => Ok(f64::NEG_INFINITY),
                        Ok(lp) if lp.is_nan() => Ok(f64::NEG_INFINITY),
                        value => value,
                    }
                };
                chunk
                    .iter()
                    .map(|z| {
                        let here = at(z, 1.0)?;
                        let target = match self.method {
                            Method::Normal => here,
                            Method::Warp3 => {
                                let there = at(z, -1.0)?;
                                let high = here.max(there);
                                if high == f64::NEG_INFINITY {
                                    high
                                } else {
                                    high + (0.5 * (here - high).exp() + 0.5 * (there - high).exp()).ln()
                                }
                            }
                        };
                        Ok(target + constant + 0.5 * z.iter().map(|z| z * z).sum::<f64>())
                    })
                    .collect::<Result<Vec<f64>, EvalError>>()
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|chunks| chunks.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meng and Wong's iteration, as it is published.
    fn iterate(on_posterior: &[f64], on_normal: &[f64], s1: f64) -> f64 {
        let s2 = 1.0 - s1;
        let mut r = 1.0;
        for _ in 0..1000 {
            let top: f64 =
                on_normal.iter().map(|l| l.exp() / (s1 * l.exp() + s2 * r)).sum::<f64>() / on_normal.len() as f64;
            let bottom: f64 =
                on_posterior.iter().map(|l| 1.0 / (s1 * l.exp() + s2 * r)).sum::<f64>() / on_posterior.len() as f64;
            r = top / bottom;
        }
        r.ln()
    }

    #[test]
    fn the_root_is_the_limit_of_the_iteration() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for s1 in [0.2, 0.5, 0.7] {
            let draw = |rng: &mut ChaCha8Rng, mean: f64| -> Vec<f64> {
                (0..200).map(|_| mean + Distribution::<f64>::sample(&StandardNormal, rng)).collect()
            };
            let (a, b) = (draw(&mut rng, 2.5), draw(&mut rng, 1.5));
            assert!((bridge(&a, &b, s1) - iterate(&a, &b, s1)).abs() < 1e-10);
            // Shifts carry over, also where exponentials overflow.
            for shift in [-5000.0, 5000.0] {
                let shifted = |v: &[f64]| v.iter().map(|l| l + shift).collect::<Vec<_>>();
                assert!((bridge(&shifted(&a), &shifted(&b), s1) - shift - bridge(&a, &b, s1)).abs() < 1e-9);
            }
        }
        let sparse = [f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0];
        assert!((bridge(&[0.0; 4], &sparse, 0.5) - iterate(&[0.0; 4], &sparse, 0.5)).abs() < 1e-10);
    }

    #[test]
    fn whitening_and_colouring_are_inverse() {
        let draws: Vec<f64> = (0..60).map(|i| ((i * 37) % 23) as f64).collect();
        let proposal = Proposal::fit(&[&draws], 3).unwrap();
        let mut theta = [0.0; 3];
        proposal.colour(&proposal.whiten(&draws[3..6]), 1.0, &mut theta);
        for (a, b) in theta.iter().zip(&draws[3..6]) {
            assert!((a - b).abs() < 1e-10);
        }
        // Coordinates that are the same still have a proposal; one that stands still has none.
        let same: Vec<f64> = (0..20).flat_map(|i| [f64::from(i), f64::from(i)]).collect();
        assert!(Proposal::fit(&[&same], 2).is_ok());
        assert!(Proposal::fit(&[&[1.0; 20]], 2).is_err());
        assert!(Proposal::fit(&[&[1.0, 2.0, 3.0]], 3).is_err());
    }
}
