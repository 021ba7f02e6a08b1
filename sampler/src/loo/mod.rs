//! Leave-one-out cross-validation: Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
//! cross-validation and WAIC", Statistics and Computing 27, with the smoothing and the diagnostics of R's `loo` (2.7 and later) or of
//! ArviZ.
//!
//! | module | what it holds |
//! |---|---|
//! | this | [`loo`] from a pointwise log-likelihood |
//! | [`moment_match`] | better weights for units whose k is high |
//! | [`refit`] | exact values by fitting again: [`refit::exact`] for single units, K folds |
//! | [`forward`] | leave-future-out for series |
//! | [`folds`] | how units are divided |

pub mod folds;
pub mod forward;
mod log_likelihood;
pub mod moment_match;
pub mod refit;

pub use log_likelihood::{LogLikelihood, log_mean_exp, mean_relative_efficiency};

use crate::input::{InputError, expect_size, expect_values};
use crate::psis::{Convention, Smoothed, k_threshold, smooth};
use rayon::prelude::*;

/// Effective sample size per draw, on which the length of the smoothed tail depends.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RelativeEfficiency {
    /// Of each unit's likelihood, as `loo(log_lik, r_eff = relative_eff(exp(log_lik)))` in R.
    #[default]
    PerUnit,
    /// One number for all units: 1 as in `loo(log_lik)`, or [`mean_relative_efficiency`] as in ArviZ.
    Common(f64),
    /// One number a unit.
    Given(Vec<f64>),
}

/// How to compute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub convention: Convention,
    pub r_eff: RelativeEfficiency,
}

impl Settings {
    /// What `arviz.loo` computes; `columns` are the posterior's variables, each one slice a chain.
    pub fn arviz(columns: &[Vec<&[f64]>]) -> Self {
        Settings { convention: Convention::Arviz, r_eff: RelativeEfficiency::Common(mean_relative_efficiency(columns)) }
    }

    fn efficiency(&self, log_likelihood: &LogLikelihood, unit: usize) -> f64 {
        match &self.r_eff {
            RelativeEfficiency::PerUnit => log_likelihood.relative_efficiency(unit),
            RelativeEfficiency::Common(r_eff) => *r_eff,
            RelativeEfficiency::Given(r_eff) => r_eff[unit],
        }
    }

    fn check(&self, log_likelihood: &LogLikelihood) -> Result<(), InputError> {
        match &self.r_eff {
            RelativeEfficiency::PerUnit => Ok(()),
            RelativeEfficiency::Common(r_eff) => {
                expect_values("relative efficiency", &[*r_eff], |r| r.is_nan() || r > 0.0)
            }
            RelativeEfficiency::Given(r_eff) => {
                expect_size("relative efficiencies", log_likelihood.units(), r_eff.len())?;
                expect_values("relative efficiencies", r_eff, |r| r.is_nan() || r > 0.0)
            }
        }
    }
}

/// Where a unit's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Smoothed importance weights on the posterior draws.
    Psis,
    /// The same on draws that were moved ([`moment_match`]).
    MomentMatched,
    /// A fit without the unit.
    Refit,
}

/// What leaving one unit out gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Expected log predictive density: the log density of the unit given all others.
    pub elpd: f64,
    /// Monte Carlo standard error of `elpd`.
    pub mcse: f64,
    /// Log density given all units less `elpd`: the unit's share of the effective number of parameters.
    pub p: f64,
    /// Shape of the tail of the importance ratios; 0 after a refit.
    pub k: f64,
    /// Effective draws of the weighted mean.
    pub effective_draws: f64,
    pub r_eff: f64,
    pub method: Method,
}

/// A sum over units and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub se: f64,
}

/// Leave-one-out cross-validation of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Loo {
    pub units: Vec<Unit>,
    /// Posterior draws.
    pub draws: usize,
    /// Units with k above it have unreliable values.
    pub k_threshold: f64,
    pub convention: Convention,
}

impl Loo {
    /// Expected log predictive density of new data.
    pub fn elpd(&self) -> Estimate {
        self.sum(|u| u.elpd)
    }

    /// Effective number of parameters.
    pub fn p(&self) -> Estimate {
        self.sum(|u| u.p)
    }

    /// `-2 elpd`, on the scale of a deviance.
    pub fn looic(&self) -> Estimate {
        self.sum(|u| -2.0 * u.elpd)
    }

    /// Monte Carlo standard error of the elpd; `None` while a unit is [`bad`](Loo::bad), since it would be too small.
    pub fn mcse(&self) -> Option<f64> {
        self.bad().is_empty().then(|| self.units.iter().map(|u| u.mcse * u.mcse).sum::<f64>().sqrt())
    }

    /// Units whose k is above the threshold; those of a refit are never.
    pub fn bad(&self) -> Vec<usize> {
        let bad = |u: &Unit| u.method != Method::Refit && u.k > self.k_threshold;
        (0..self.units.len()).filter(|i| bad(&self.units[*i])).collect()
    }

    /// The elpd of each unit.
    pub fn pointwise(&self) -> Vec<f64> {
        self.units.iter().map(|u| u.elpd).collect()
    }

    fn sum(&self, of: impl Fn(&Unit) -> f64) -> Estimate {
        Estimate::of(&self.units.iter().map(of).collect::<Vec<_>>(), self.convention)
    }
}

impl Estimate {
    /// The sum of values that are taken to be independent. The standard error is `sqrt(n)` times their standard deviation, with the divisor of
    /// `convention`.
    pub fn of(values: &[f64], convention: Convention) -> Estimate {
        let n = values.len() as f64;
        let value = values.iter().sum::<f64>();
        let mean = value / n;
        let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        let divisor = match convention {
            Convention::Loo => n - 1.0,
            Convention::Arviz => n,
        };
        Estimate { value, se: (n * squares / divisor).sqrt() }
    }
}

/// Leaves every unit out in turn by smoothed importance sampling.
///
/// # Errors
/// Relative efficiencies that are not positive or do not fit in number.
pub fn loo(log_likelihood: &LogLikelihood, settings: &Settings) -> Result<Loo, InputError> {
    settings.check(log_likelihood)?;
    let units = (0..log_likelihood.units())
        .into_par_iter()
        .map(|i| {
            let r_eff = settings.efficiency(log_likelihood, i);
            let values = log_likelihood.unit(i);
            let weights = leave_out(values, r_eff, settings.convention)?;
            Ok(Unit::weighted(values, &weights, r_eff, log_likelihood.lpd(i), Method::Psis))
        })
        .collect::<Result<_, InputError>>()?;
    let draws = log_likelihood.draws();
    Ok(Loo { units, draws, k_threshold: k_threshold(draws), convention: settings.convention })
}

/// The smoothed weights that leave `unit` out.
///
/// # Errors
/// As [`loo`].
///
/// # Panics
/// If there is no such unit.
pub fn weights(log_likelihood: &LogLikelihood, settings: &Settings, unit: usize) -> Result<Smoothed, InputError> {
    settings.check(log_likelihood)?;
    leave_out(log_likelihood.unit(unit), settings.efficiency(log_likelihood, unit), settings.convention)
}

fn leave_out(log_likelihood: &[f64], r_eff: f64, convention: Convention) -> Result<Smoothed, InputError> {
    smooth(&log_likelihood.iter().map(|l| -l).collect::<Vec<_>>(), r_eff, convention)
}

impl Unit {
    /// From the log-likelihood of the unit in draws and their weights; `lpd` is the log density given all units.
    fn weighted(log_likelihood: &[f64], weights: &Smoothed, r_eff: f64, lpd: f64, method: Method) -> Unit {
        let elpd = weights.log_mean_exp(log_likelihood);
        // Vehtari et al. (2024), equation 6, relative to the density; then to the log scale as for a log-normal.
        let variance: f64 =
            weights.log_weights.iter().zip(log_likelihood).map(|(w, l)| (w.exp() * (l - elpd).exp_m1()).powi(2)).sum();
        Unit {
            elpd,
            mcse: (variance / r_eff).ln_1p().sqrt(),
            p: lpd - elpd,
            k: weights.k,
            effective_draws: weights.effective_draws(r_eff),
            r_eff,
            method,
        }
    }
}

#[cfg(test)]
mod tests;
