//! Sensitivity to the prior and to the likelihood by power scaling: Kallioinen, Paananen, Bürkner and Vehtari (2024), "Detecting and
//! diagnosing prior and likelihood sensitivity with power-scaling", Statistics and Computing 34(57), with the measure and the threshold of
//! R's `priorsense`.
//!
//! The prior (or the likelihood) is raised to a power a little below and above 1; importance weights tell how much the posterior
//! of a quantity moves, as a cumulative Jensen-Shannon distance for each doubling of the power.

use crate::diagnostics::ess_tail;
use crate::input::{InputError, expect_at_least, expect_size, expect_values};
use crate::psis::{Convention, Smoothed, k_threshold, smooth};

/// How to scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Power below 1.
    pub lower: f64,
    /// Power above 1.
    pub upper: f64,
    /// Distances at or above it count as sensitive.
    pub threshold: f64,
    pub convention: Convention,
    /// Relative efficiency for the smoothing of the weights; that of the tails of the log ratios if `None`.
    pub r_eff: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { lower: 0.99, upper: 1.01, threshold: 0.05, convention: Convention::Loo, r_eff: None }
    }
}

/// How a quantity answers to the scaling of one component, for each doubling of its power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// Cumulative Jensen-Shannon distance of the posterior from the scaled posterior; from 0.
    pub distance: f64,
    /// Change of the posterior mean.
    pub mean: f64,
    /// Change of the posterior standard deviation.
    pub sd: f64,
}

/// What the two sensitivities together suggest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// The prior has little influence.
    None,
    /// Both prior and likelihood move the posterior: they may pull in different directions.
    Conflict,
    /// The prior moves the posterior and the likelihood does not.
    StrongPrior,
}

impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Diagnosis::None => "-",
            Diagnosis::Conflict => "potential prior-data conflict",
            Diagnosis::StrongPrior => "potential strong prior / weak likelihood",
        })
    }
}

/// One quantity. All numbers are NaN where a draw of it is not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub prior: Sensitivity,
    pub likelihood: Sensitivity,
    pub diagnosis: Diagnosis,
}

/// The sensitivity of a posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerScaling {
    /// In the order of the quantities.
    pub rows: Vec<Row>,
    /// Larger k of the weights to either side; `-inf` for a component that is constant over the posterior, which scaling does not change.
    pub prior_k: f64,
    pub likelihood_k: f64,
    /// Above it the weights are unreliable.
    pub k_threshold: f64,
}

/// Scales prior and likelihood. `chains` holds the draws of each chain; every other argument one value a draw, chains one after another: the
/// quantities, the log prior density and the log-likelihood (each up to a constant; parts of either may be left out to scale
/// only the rest).
///
/// # Errors
/// Sizes that do not fit, a log density that is not finite, powers on the wrong side of 1.
pub fn power_scaling(
    chains: &[usize],
    quantities: &[&[f64]],
    log_prior: &[f64],
    log_likelihood: &[f64],
    settings: &Settings,
) -> Result<PowerScaling, InputError> {
    let draws: usize = chains.iter().sum();
    expect_at_least("draws", 2, draws)?;
    quantities.iter().try_for_each(|q| expect_size("draws of a quantity", draws, q.len()))?;
    if !(settings.lower > 0.0 && settings.lower < 1.0 && settings.upper > 1.0 && settings.upper.is_finite()) {
        let problem = format!("powers {} and {} do not enclose 1", settings.lower, settings.upper);
        return Err(InputError::Other(problem));
    }
    let prior = Component::new("log prior", chains, log_prior, settings)?;
    let likelihood = Component::new("log-likelihood", chains, log_likelihood, settings)?;
    let rows = quantities
        .iter()
        .map(|draws| {
            let mut order: Vec<usize> = (0..draws.len()).collect();
            order.sort_by(|a, b| draws[*a].total_cmp(&draws[*b]));
            let (prior, likelihood) = (prior.of(draws, &order, settings), likelihood.of(draws, &order, settings));
            let diagnosis = match (prior.distance >= settings.threshold, likelihood.distance >= settings.threshold) {
                (true, true) => Diagnosis::Conflict,
                (true, false) => Diagnosis::StrongPrior,
                (false, _) => Diagnosis::None,
            };
            Row { prior, likelihood, diagnosis }
        })
        .collect();
    Ok(PowerScaling { rows, prior_k: prior.k(), likelihood_k: likelihood.k(), k_threshold: k_threshold(draws) })
}

/// A component of the joint density with the weights of its scaling; none if it is constant.
struct Component<'a> {
    log_density: &'a [f64],
    weights: Option<[Smoothed; 2]>,
}

impl<'a> Component<'a> {
    fn new(
        what: &'static str,
        chains: &[usize],
        log_density: &'a [f64],
        settings: &Settings,
    ) -> Result<Self, InputError> {
        expect_size(what, chains.iter().sum(), log_density.len())?;
        expect_values(what, log_density, f64::is_finite)?;
        if log_density.iter().all(|l| *l == log_density[0]) {
            return Ok(Component { log_density, weights: None });
        }
        let weights = |power: f64| {
            let ratios: Vec<f64> = log_density.iter().map(|l| (power - 1.0) * l).collect();
            let r_eff = settings.r_eff.unwrap_or_else(|| tail_efficiency(chains, &ratios));
            smooth(&ratios, r_eff, settings.convention)
        };
        Ok(Component { log_density, weights: Some([weights(settings.lower)?, weights(settings.upper)?]) })
    }

    fn k(&self) -> f64 {
        self.weights.as_ref().map_or(f64::NEG_INFINITY, |[lower, upper]| lower.k.max(upper.k))
    }

    /// `order` sorts the draws.
    fn of(&self, draws: &[f64], order: &[usize], settings: &Settings) -> Sensitivity {
        if draws.iter().any(|x| !x.is_finite()) {
            return Sensitivity { distance: f64::NAN, mean: f64::NAN, sd: f64::NAN };
        }
        let Some([lower, upper]) = &self.weights else {
            return Sensitivity { distance: 0.0, mean: 0.0, sd: 0.0 };
        };
        let sorted: Vec<f64> = order.iter().map(|i| draws[*i]).collect();
        let distance = |weights: &Smoothed| {
            let weights: Vec<f64> = order.iter().map(|i| weights.log_weights[*i].exp()).collect();
            cjs_distance(&sorted, &weights)
        };
        let slopes = [distance(upper) / settings.upper.log2(), -distance(lower) / settings.lower.log2()];
        let (mean, sd) = derivatives(draws, self.log_density);
        Sensitivity { distance: 0.5 * (slopes[0] + slopes[1]), mean, sd }
    }
}

/// Effective sample size of the tails per draw; 1 where it is not defined.
fn tail_efficiency(chains: &[usize], values: &[f64]) -> f64 {
    let mut rest = values;
    let columns: Vec<Vec<f64>> = chains
        .iter()
        .map(|n| {
            let (head, tail) = rest.split_at(*n);
            rest = tail;
            head.to_vec()
        })
        .collect();
    let cut = crate::diagnostics::equal_lengths(&columns);
    let efficiency = ess_tail(&cut) / cut.iter().map(|c| c.len()).sum::<usize>() as f64;
    if efficiency > 0.0 { efficiency } else { 1.0 }
}

/// Cumulative Jensen-Shannon distance (Nguyen and Vreeken 2015) of draws in ascending order from the same draws with weights, normalised
/// by its bound: the larger of that of the distribution functions and of their mirror images.
fn cjs_distance(sorted: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let n = sorted.len() as f64;
    // `steps` gives the width between neighbours and the weight that is passed.
    let one_sided = |steps: &mut dyn Iterator<Item = (f64, f64)>| {
        let (mut divergence, mut bound, mut q) = (0.0, 0.0, 0.0);
        for (i, (width, weight)) in steps.enumerate() {
            let p = (i as f64 + 1.0) / n;
            q += weight / total;
            // The sum of both directions, in which the linear terms cancel.
            let middle = 0.5 * (p + q);
            let term = |x: f64| if x > 0.0 { x * (x / middle).log2() } else { 0.0 };
            divergence += width * (term(p) + term(q));
            bound += width * (p + q);
        }
        if bound > 0.0 { (divergence / bound).max(0.0).sqrt() } else { 0.0 }
    };
    let widths = || sorted.windows(2).map(|w| w[1] - w[0]);
    let up = one_sided(&mut widths().zip(weights.iter().copied()));
    let down = one_sided(&mut widths().rev().zip(weights.iter().rev().copied()));
    up.max(down)
}

/// Derivatives of mean and standard deviation of the draws with respect to the binary logarithm of the power of the component, from the
/// covariances of the draws with its log density.
fn derivatives(draws: &[f64], log_density: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = |f: &dyn Fn(usize) -> f64| (0..draws.len()).map(f).sum::<f64>() / n;
    let (x, l) = (mean(&|i| draws[i]), mean(&|i| log_density[i]));
    let first = mean(&|i| (draws[i] - x) * (log_density[i] - l));
    let variance = mean(&|i| (draws[i] - x).powi(2));
    let second = mean(&|i| ((draws[i] - x).powi(2) - variance) * (log_density[i] - l));
    let sd = if variance > 0.0 { 0.5 * second / variance.sqrt() } else { 0.0 };
    (std::f64::consts::LN_2 * first, std::f64::consts::LN_2 * sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    const DRAWS: usize = 20_000;

    /// Posterior of a mean with `n` observations of standard deviation 1 and mean `y`, prior normal(`mu`, 1), its power `prior`, that of the
    /// likelihood `likelihood`.
    fn posterior(mu: f64, n: f64, y: f64, prior: f64, likelihood: f64) -> (f64, f64) {
        let precision = prior + likelihood * n;
        ((prior * mu + likelihood * n * y) / precision, precision.sqrt().recip())
    }

    fn run(mu: f64, n: f64, y: f64, settings: &Settings) -> PowerScaling {
        let (mean, sd) = posterior(mu, n, y, 1.0, 1.0);
        let normal = Normal::new(mean, sd).unwrap();
        // Quantiles, in an order that has nothing to do with their size.
        let draws: Vec<f64> = (0..DRAWS)
            .map(|i| ((i * 7919) % DRAWS) as f64)
            .map(|i| normal.inverse_cdf((i + 0.5) / DRAWS as f64))
            .collect();
        let prior: Vec<f64> = draws.iter().map(|x| -0.5 * (x - mu) * (x - mu)).collect();
        let likelihood: Vec<f64> = draws.iter().map(|x| -0.5 * n * (x - y) * (x - y)).collect();
        power_scaling(&[DRAWS / 4; 4], &[&draws], &prior, &likelihood, settings).unwrap()
    }

    /// The distance by quadrature over the range of the draws.
    fn exact(from: (f64, f64), to: (f64, f64)) -> f64 {
        let (p, q) = (Normal::new(from.0, from.1).unwrap(), Normal::new(to.0, to.1).unwrap());
        let (low, high) = (p.inverse_cdf(0.5 / DRAWS as f64), p.inverse_cdf(1.0 - 0.5 / DRAWS as f64));
        let side = |sign: f64| {
            let (mut divergence, mut bound) = (0.0, 0.0);
            for i in 0..100_000 {
                let x = low + (high - low) * (f64::from(i) + 0.5) / 1e5;
                let (a, b) = if sign > 0.0 { (p.cdf(x), q.cdf(x)) } else { (p.sf(x), q.sf(x)) };
                divergence += a * (2.0 * a / (a + b)).log2() + b * (2.0 * b / (a + b)).log2();
                bound += a + b;
            }
            (divergence / bound).sqrt()
        };
        side(1.0).max(side(-1.0))
    }

    #[test]
    fn conjugate_models_have_the_exact_sensitivity() {
        let settings = Settings::default();
        for (mu, n, y) in [(0.0, 50.0, 0.1), (5.0, 50.0, 0.1), (0.0, 1.0, 0.5)] {
            let result = run(mu, n, y, &settings);
            let base = posterior(mu, n, y, 1.0, 1.0);
            let slope = |f: &dyn Fn(f64) -> (f64, f64)| {
                0.5 * (exact(base, f(1.01)) / 1.01f64.log2() - exact(base, f(0.99)) / 0.99f64.log2())
            };
            let prior = slope(&|a| posterior(mu, n, y, a, 1.0));
            let likelihood = slope(&|a| posterior(mu, n, y, 1.0, a));
            let row = result.rows[0];
            println!("{mu} {n}: {row:?}, exact {prior} {likelihood}");
            assert!((row.prior.distance / prior - 1.0).abs() < 0.03, "{row:?} {prior}");
            assert!((row.likelihood.distance / likelihood - 1.0).abs() < 0.03, "{row:?} {likelihood}");
            // Derivatives of (a mu + n y) / (a + n) and (a + n)^(-1/2) by the binary logarithm of a.
            let ln2 = std::f64::consts::LN_2;
            let mean = ln2 * n * (mu - y) / (1.0 + n).powi(2);
            let sd = -0.5 * ln2 * (1.0 + n).powf(-1.5);
            assert!((row.prior.mean - mean).abs() < 0.02 * mean.abs().max(sd.abs()), "{row:?} {mean}");
            assert!((row.prior.sd / sd - 1.0).abs() < 0.05, "{row:?} {sd}");
            assert!(result.prior_k < result.k_threshold && result.likelihood_k < result.k_threshold);
        }
    }

    #[test]
    fn conflict_and_strong_priors_are_told_apart() {
        let diagnosis = |mu, n, y| run(mu, n, y, &Settings::default()).rows[0].diagnosis;
        assert_eq!(diagnosis(0.0, 50.0, 0.1), Diagnosis::None);
        assert_eq!(diagnosis(5.0, 50.0, 0.1), Diagnosis::Conflict);
        assert_eq!(diagnosis(0.0, 0.05, 0.0), Diagnosis::StrongPrior);
        assert_eq!(Diagnosis::Conflict.to_string(), "potential prior-data conflict");
        let strict = Settings { threshold: 1e-4, ..Settings::default() };
        assert_eq!(run(0.0, 50.0, 0.1, &strict).rows[0].diagnosis, Diagnosis::Conflict);
    }

    #[test]
    fn units_and_constants_do_not_matter() {
        let draws: Vec<f64> = (0..500).map(|i| ((i * 37) % 499) as f64 / 100.0).collect();
        let scaled: Vec<f64> = draws.iter().map(|x| 1000.0 - 3.0 * x).collect();
        let prior: Vec<f64> = draws.iter().map(|x| -0.5 * x * x).collect();
        let shifted: Vec<f64> = prior.iter().map(|l| l - 1e3).collect();
        let run = |prior: &[f64]| {
            power_scaling(&[250, 250], &[&draws, &scaled], prior, &[3.0; 500], &Settings::default()).unwrap()
        };
        let (a, b) = (run(&prior), run(&shifted));
        assert!((a.rows[0].prior.distance - b.rows[0].prior.distance).abs() < 1e-7);
        assert!((a.rows[0].prior.distance - a.rows[1].prior.distance).abs() < 1e-9, "mirrored and stretched");
        assert!((a.rows[1].prior.mean + 3.0 * a.rows[0].prior.mean).abs() < 1e-9);
        // A constant component has no influence.
        assert_eq!(a.rows[0].likelihood, Sensitivity { distance: 0.0, mean: 0.0, sd: 0.0 });
        assert_eq!(a.likelihood_k, f64::NEG_INFINITY);
    }

    #[test]
    fn bad_input_is_refused_or_marked() {
        let l = [0.0, -1.0, -2.0, -0.5];
        let run = |q: &[f64], l: &[f64], settings: &Settings| power_scaling(&[2, 2], &[q], l, l, settings);
        assert!(run(&[1.0, f64::NAN, 2.0, 3.0], &l, &Settings::default()).unwrap().rows[0].prior.distance.is_nan());
        assert_eq!(run(&[1.0; 4], &l, &Settings::default()).unwrap().rows[0].prior.distance, 0.0);
        assert!(run(&[1.0; 3], &l, &Settings::default()).is_err());
        assert!(run(&[1.0; 4], &[0.0, f64::NEG_INFINITY, 1.0, 2.0], &Settings::default()).is_err());
        assert!(run(&[1.0; 4], &l, &Settings { lower: 1.1, ..Settings::default() }).is_err());
        assert!(power_scaling(&[1], &[], &[0.0], &[0.0], &Settings::default()).is_err());
    }
}
