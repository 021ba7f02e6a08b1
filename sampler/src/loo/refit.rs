//! Cross-validation by fitting again: exact values for single units, and K folds.

use super::{Estimate, LogLikelihood, Loo, Method, Unit};
use crate::input::{InputError, expect_at_least, expect_size};
use crate::psis::{Convention, Smoothed};

/// Something that can fit the model without some units.
pub trait Refit {
    type Error;

    /// Fits without the units of `left_out` and returns the log-likelihood of those of `evaluated` (in this order) in the draws. Where units depend on
    /// earlier ones (series), it is that of a unit given all units before it.
    ///
    /// # Errors
    /// Whatever keeps the fit from being made.
    fn fit_without(&mut self, left_out: &[usize], evaluated: &[usize]) -> Result<LogLikelihood, Self::Error>;
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum RefitError<E> {
    #[error(transparent)]
    Input(InputError),
    /// Of the [`Refit`].
    #[error("fitting without unit {}: {error}", first_of(.left_out))]
    Fit { left_out: Vec<usize>, error: E },
}

fn first_of(units: &[usize]) -> String {
    match units {
        [one] => one.to_string(),
        [first, ..] => format!("{first} and {} more", units.len() - 1),
        [] => "(none)".into(),
    }
}

/// Fits, and checks that what comes back has the right number of units.
pub(super) fn fit<R: Refit>(
    refit: &mut R,
    left_out: &[usize],
    evaluated: &[usize],
) -> Result<LogLikelihood, RefitError<R::Error>> {
    let values = refit
        .fit_without(left_out, evaluated)
        .map_err(|error| RefitError::Fit { left_out: left_out.to_vec(), error })?;
    expect_size("units evaluated by a refit", evaluated.len(), values.units()).map_err(RefitError::Input)?;
    Ok(values)
}

impl Unit {
    /// From a fit without the unit; `lpd` is the log density given all units.
    fn exact(values: &LogLikelihood, unit: usize, lpd: f64) -> Unit {
        let draws = values.draws();
        let uniform = Smoothed { log_weights: vec![-(draws as f64).ln(); draws], k: 0.0, tail: 0 };
        Unit::weighted(values.unit(unit), &uniform, values.relative_efficiency(unit), lpd, Method::Refit)
    }
}

/// Replaces the values of `units` (say [`Loo::bad`]) by those of fits without them, one fit a unit. `log_likelihood` is that of the posterior.
/// Units done before an error keep their new values.
///
/// # Errors
/// [`RefitError`].
pub fn exact<R: Refit>(
    loo: &mut Loo,
    log_likelihood: &LogLikelihood,
    units: &[usize],
    refit: &mut R,
) -> Result<(), RefitError<R::Error>> {
    expect_size("units", log_likelihood.units(), loo.units.len()).map_err(RefitError::Input)?;
    for &unit in units {
        let Some(place) = loo.units.get_mut(unit) else {
            return Err(RefitError::Input(InputError::Other(format!("there is no unit {unit}"))));
        };
        let values = fit(refit, &[unit], &[unit])?;
        *place = Unit::exact(&values, 0, log_likelihood.lpd(unit));
    }
    Ok(())
}

/// Cross-validation with K folds.
#[derive(Clone, Debug, PartialEq)]
pub struct KFold {
    /// By unit. `p` is NaN if the posterior's log-likelihood was not given.
    pub units: Vec<Unit>,
    pub folds: usize,
    pub convention: Convention,
}

impl KFold {
    /// Expected log predictive density.
    pub fn elpd(&self) -> Estimate {
        self.sum(|u| u.elpd)
    }

    /// Effective number of parameters.
    pub fn p(&self) -> Estimate {
        self.sum(|u| u.p)
    }

    /// `-2 elpd`.
    pub fn kfoldic(&self) -> Estimate {
        self.sum(|u| -2.0 * u.elpd)
    }

    /// Monte Carlo standard error of the elpd.
    pub fn mcse(&self) -> f64 {
        self.units.iter().map(|u| u.mcse * u.mcse).sum::<f64>().sqrt()
    }

    /// The elpd of each unit.
    pub fn pointwise(&self) -> Vec<f64> {
        self.units.iter().map(|u| u.elpd).collect()
    }

    fn sum(&self, of: impl Fn(&Unit) -> f64) -> Estimate {
        Estimate::of(&self.units.iter().map(of).collect::<Vec<_>>(), self.convention)
    }
}

/// Fits once a fold, without its units. `fold_of[i]` is the fold of unit i, from 0 ([`folds`](super::folds) makes them);
/// `log_likelihood` is that of the posterior of all data, for the effective number of parameters.
///
/// # Errors
/// A fold without units, sizes that do not fit, or a fit that fails.
pub fn k_fold<R: Refit>(
    fold_of: &[usize],
    log_likelihood: Option<&LogLikelihood>,
    convention: Convention,
    refit: &mut R,
) -> Result<KFold, RefitError<R::Error>> {
    expect_at_least("units", 2, fold_of.len()).map_err(RefitError::Input)?;
    if let Some(ll) = log_likelihood {
        expect_size("units", fold_of.len(), ll.units()).map_err(RefitError::Input)?;
    }
    let folds = fold_of.iter().max().map_or(0, |f| f.saturating_add(1));
    expect_at_least("folds", 2, folds).map_err(RefitError::Input)?;
    if folds > fold_of.len() {
        let problem = format!("{folds} folds for {} units: a fold is empty", fold_of.len());
        return Err(RefitError::Input(InputError::Other(problem)));
    }
    let mut units = vec![None; fold_of.len()];
    for fold in 0..folds {
        let members: Vec<usize> = (0..fold_of.len()).filter(|i| fold_of[*i] == fold).collect();
        if members.is_empty() {
            return Err(RefitError::Input(InputError::Other(format!("fold {fold} has no units"))));
        }
        let values = fit(refit, &members, &members)?;
        for (position, unit) in members.into_iter().enumerate() {
            let lpd = log_likelihood.map_or(f64::NAN, |ll| ll.lpd(unit));
            units[unit] = Some(Unit::exact(&values, position, lpd));
        }
    }
    Ok(KFold { units: units.into_iter().flatten().collect(), folds, convention })
}
