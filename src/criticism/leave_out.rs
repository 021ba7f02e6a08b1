//! Cross-validation of a fit.

use super::{BoundCriticism, CriticismError, Pointwise};
use crate::bound::{Bound, Workspace};
use crate::{Density, Draws, EvalError, Settings, Stream};
use ppl_sampler::loo::forward::{self, Forward, leave_future_out};
use ppl_sampler::loo::moment_match::{self, MatchError, Matched, PointwiseDensity};
use ppl_sampler::loo::refit::{KFold, Refit, RefitError, exact, k_fold};
use ppl_sampler::loo::{self, LogLikelihood, Loo};

/// How to leave one out.
#[derive(Clone, Debug, Default)]
pub struct LooSettings {
    pub loo: loo::Settings,
    /// Move the draws of units whose k is high.
    pub moment_match: Option<moment_match::Settings>,
    /// Fit without the units whose k is still high, at most so many.
    pub refits: usize,
    /// How to fit.
    pub fit: Settings,
}

/// What leaving one out gives.
#[derive(Clone, Debug)]
pub struct LeaveOneOut {
    pub loo: Loo,
    pub matched: Vec<Matched>,
    /// Units that were fitted without.
    pub refitted: Vec<usize>,
}

impl BoundCriticism {
    /// Leaves each unit out in turn, by smoothed importance sampling, and where that fails as `settings` say.
    ///
    /// # Errors
    /// [`CriticismError`].
    pub fn leave_one_out(&self, pointwise: &Pointwise, settings: &LooSettings) -> Result<LeaveOneOut, CriticismError> {
        pointwise.expect_several()?;
        let mut loo = loo::loo(&pointwise.log_likelihood, &settings.loo)?;
        let mut matched = Vec::new();
        if let Some(matching) = &settings.moment_match {
            let density = WithUnits { criticism: self, pointwise };
            let (theta, values) = (&pointwise.unconstrained, &pointwise.log_likelihood);
            matched = moment_match::moment_match(&density, theta, values, &mut loo, matching).map_err(|e| match e {
                MatchError::Input(error) => CriticismError::Input(error),
                MatchError::Density(error) => CriticismError::Computation(format!("moment matching: {error}")),
            })?;
        }
        let refitted: Vec<usize> = loo.bad().into_iter().take(settings.refits).collect();
        let mut refit = Fitter { criticism: self, pointwise, settings: &settings.fit };
        exact(&mut loo, &pointwise.log_likelihood, &refitted, &mut refit).map_err(refit_error)?;
        Ok(LeaveOneOut { loo, matched, refitted })
    }

    /// Leaves out fold after fold; `fold_of` holds the fold of each unit, from 0.
    ///
    /// # Errors
    /// [`CriticismError`].
    pub fn k_fold(&self, pointwise: &Pointwise, fold_of: &[usize], fit: &Settings) -> Result<KFold, CriticismError> {
        pointwise.expect_several()?;
        let mut refit = Fitter { criticism: self, pointwise, settings: fit };
        let convention = ppl_sampler::psis::Convention::Loo;
        k_fold(fold_of, Some(&pointwise.log_likelihood), convention, &mut refit).map_err(refit_error)
    }

    /// Predicts units from those before them, in the order of the units.
    ///
    /// # Errors
    /// [`CriticismError`].
    pub fn leave_future_out(
        &self,
        pointwise: &Pointwise,
        settings: &forward::Settings,
        fit: &Settings,
    ) -> Result<Forward, CriticismError> {
        pointwise.expect_several()?;
        let mut refit = Fitter { criticism: self, pointwise, settings: fit };
        leave_future_out(pointwise.log_likelihood.units(), settings, &mut refit).map_err(refit_error)
    }
}

fn refit_error(error: RefitError<CriticismError>) -> CriticismError {
    match error {
        RefitError::Input(error) => CriticismError::Input(error),
        RefitError::Fit { error, .. } => error,
    }
}

/// Fits the model without some units.
struct Fitter<'a> {
    criticism: &'a BoundCriticism,
    pointwise: &'a Pointwise,
    settings: &'a Settings,
}

impl Refit for Fitter<'_> {
    type Error = CriticismError;

    fn fit_without(&mut self, left_out: &[usize], evaluated: &[usize]) -> Result<LogLikelihood, CriticismError> {
        let out: Vec<(usize, usize)> =
            left_out.iter().flat_map(|&unit| &self.pointwise.places[unit]).copied().collect();
        let bound = self.criticism.weighted(&|g, at| if out.contains(&(g, at)) { 0.0 } else { 1.0 })?;
        let draws: Draws = bound.sample(self.settings)?;
        let theta = bound.points(&draws)?;
        let rows = self.criticism.evaluate(&theta)?;
        let places: Vec<_> = evaluated.iter().map(|&unit| self.pointwise.places[unit].clone()).collect();
        let chains = draws.chains.iter().map(|c| c.draws.rows()).collect();
        Ok(LogLikelihood::new(chains, places.len(), self.criticism.of_units(&rows, &places))?)
    }
}

/// The model's density, with the log-likelihood of its units.
struct WithUnits<'a> {
    criticism: &'a BoundCriticism,
    pointwise: &'a Pointwise,
}

impl WithUnits<'_> {
    fn bound(&self) -> &Bound {
        &self.criticism.bound
    }
}

impl Density for WithUnits<'_> {
    type Workspace = Workspace;

    fn dim(&self) -> usize {
        self.bound().dim()
    }

    fn workspace(&self) -> Workspace {
        Density::workspace(self.bound())
    }

    fn log_density_gradient(&self, w: &mut Workspace, theta: &[f64], gradient: &mut [f64]) -> Result<f64, EvalError> {
        Density::log_density_gradient(self.bound(), w, theta, gradient)
    }

    fn names(&self) -> &[String] {
        self.bound().names()
    }

    fn expand(&self, w: &mut Workspace, theta: &[f64], stream: Stream, out: &mut [f64]) -> Result<(), EvalError> {
        Density::expand(self.bound(), w, theta, stream, out)
    }
}

impl PointwiseDensity for WithUnits<'_> {
    fn log_likelihood(&self, _: &mut Workspace, theta: &[f64], unit: usize) -> Result<f64, EvalError> {
        let mut out = vec![f64::NAN; self.criticism.values.names().len()];
        self.criticism.parts(theta, &mut out)?;
        Ok(self.criticism.of_unit(&out, &self.pointwise.places[unit]))
    }
}
