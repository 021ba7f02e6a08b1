//! Leave-future-out cross-validation of series: Bürkner, Gabry and Vehtari (2020), "Approximate leave-future-out cross-validation for
//! Bayesian time series models", Journal of Statistical Computation and Simulation 90(14).
//!
//! The model is fitted to the first units only; as the window of known units grows, the draws are reweighted, and the model is
//! fitted again when the k of the weights passes the threshold.

use super::refit::{Refit, RefitError, fit};
use super::{Estimate, log_mean_exp};
use crate::input::InputError;
use crate::psis::{Convention, k_threshold, smooth};

/// What to predict from what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Units that are always known: predictions start after them.
    pub first: usize,
    /// Units predicted together in each step.
    pub ahead: usize,
    /// Weights with a higher k are not used; [`k_threshold`] of the draws if `None`. Negative infinity fits in every step (exact).
    pub threshold: Option<f64>,
    pub convention: Convention,
}

/// The prediction of units `known..known + ahead` from units `0..known`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub known: usize,
    /// Log predictive density of the predicted units together.
    pub elpd: f64,
    /// Of the weights; 0 right after a fit.
    pub k: f64,
    /// Whether the model was fitted for this step.
    pub refitted: bool,
}

/// Leave-future-out cross-validation of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    pub steps: Vec<Step>,
    pub convention: Convention,
}

impl Forward {
    /// Sum over the steps. The standard error takes steps for independent, which those that predict the same units are not.
    pub fn elpd(&self) -> Estimate {
        Estimate::of(&self.steps.iter().map(|s| s.elpd).collect::<Vec<_>>(), self.convention)
    }

    pub fn fits(&self) -> usize {
        self.steps.iter().filter(|s| s.refitted).count()
    }
}

/// Predicts each stretch of `ahead` units of a series of `units` from those before it.
///
/// # Errors
/// No step to predict, or a fit that fails.
pub fn leave_future_out<R: Refit>(
    units: usize,
    settings: &Settings,
    refit: &mut R,
) -> Result<Forward, RefitError<R::Error>> {
    let Settings { first, ahead, threshold, convention } = *settings;
    if ahead == 0 || first.checked_add(ahead).is_none_or(|end| end > units) {
        let problem = format!("cannot predict {ahead} units ahead after the first {first} of {units}");
        return Err(RefitError::Input(InputError::Other(problem)));
    }
    let mut steps = Vec::new();
    // Log-likelihood of the units from `fitted` on, in draws given the units before, and the log ratios since.
    let mut current = None;
    for known in first..=units - ahead {
        if let Some((fitted, values, ratios)) = &mut current {
            // The unit before `known` has become known.
            let values: &super::LogLikelihood = values;
            let ratios: &mut Vec<f64> = ratios;
            ratios.iter_mut().zip(values.unit(known - 1 - *fitted)).for_each(|(r, l)| *r += l);
            let limit = threshold.unwrap_or_else(|| k_threshold(values.draws()));
            let weights = smooth(ratios, efficiency(values, ratios), convention).map_err(RefitError::Input)?;
            if weights.k <= limit {
                let elpd = weights.log_mean_exp(&joint(values, known - *fitted, ahead));
                steps.push(Step { known, elpd, k: weights.k, refitted: false });
                continue;
            }
        }
        let future: Vec<usize> = (known..units).collect();
        let values = fit(refit, &future, &future)?;
        steps.push(Step { known, elpd: log_mean_exp(&joint(&values, 0, ahead)), k: 0.0, refitted: true });
        let ratios = vec![0.0; values.draws()];
        current = Some((known, values, ratios));
    }
    Ok(Forward { steps, convention })
}

/// Log-likelihood of `ahead` units together, from the one at `start`.
fn joint(values: &super::LogLikelihood, start: usize, ahead: usize) -> Vec<f64> {
    let mut sum = vec![0.0; values.draws()];
    for unit in start..start + ahead {
        sum.iter_mut().zip(values.unit(unit)).for_each(|(s, l)| *s += l);
    }
    sum
}

/// Relative efficiency of the ratios.
fn efficiency(values: &super::LogLikelihood, ratios: &[f64]) -> f64 {
    super::log_likelihood::relative_efficiency(values.chains(), ratios)
}
