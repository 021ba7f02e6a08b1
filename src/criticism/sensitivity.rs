//! How much the posterior of a fit answers to its prior and to its likelihood.

use super::{BoundCriticism, CriticismError, Pointwise};
use crate::Draws;
use ppl_sampler::input::InputError;
use ppl_sampler::sensitivity::{PowerScaling, Settings, power_scaling};

/// The sensitivity of the parameters of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSensitivity {
    /// Of the numbers that [`PowerScaling::rows`] are about, in Stan's CSV spelling. Numbers that are the same in all draws are left out.
    pub names: Vec<String>,
    pub scaling: PowerScaling,
    /// Parameters whose densities were scaled, and those whose were not because they are lower levels of a hierarchy, or not
    /// asked for.
    pub scaled: Vec<String>,
    pub unscaled: Vec<String>,
}

impl BoundCriticism {
    /// Scales the prior and the likelihood by powers. The prior is the densities of the parameters in `priors`; if that is empty, all of `target` that is no
    /// likelihood, but for densities that other parameters enter: of a hierarchy only the top is scaled, since scaling more than one level moves
    /// them against each other.
    ///
    /// # Errors
    /// [`CriticismError::Input`]: a name in `priors` that has no density; draws in which a density is not finite.
    pub fn sensitivity(
        &self,
        draws: &Draws,
        pointwise: &Pointwise,
        priors: &[String],
        settings: &Settings,
    ) -> Result<ModelSensitivity, CriticismError> {
        if let Some(name) = priors.iter().find(|name| !pointwise.priors.iter().any(|p| p.parameter == **name)) {
            return Err(CriticismError::Input(InputError::Other(format!(
                "no parameter `{name}` has a density of its own"
            ))));
        }
        let wanted = |parameter: &str, top: bool| match priors {
            [] => top,
            names => names.iter().any(|name| name == parameter),
        };
        let mut log_prior = match priors {
            [] => pointwise.log_prior.clone(),
            _ => vec![0.0; pointwise.log_prior.len()],
        };
        let (mut scaled, mut unscaled) = (Vec::new(), Vec::new());
        for prior in &pointwise.priors {
            let wanted = wanted(&prior.parameter, prior.top);
            if wanted { &mut scaled } else { &mut unscaled }.push(prior.parameter.clone());
            // The whole contains all of them.
            let sign = match (priors.is_empty(), wanted) {
                (true, false) => -1.0,
                (false, true) => 1.0,
                _ => continue,
            };
            log_prior.iter_mut().zip(&prior.values).for_each(|(sum, value)| *sum += sign * value);
        }
        // What is left of a difference of equal terms is rounding.
        let (least, most) =
            log_prior.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
        let size = pointwise.log_prior.iter().fold(1.0f64, |size, x| size.max(x.abs()));
        if most - least < 1e-10 * size {
            log_prior.fill(0.0);
        }
        let units = 0..pointwise.log_likelihood.units();
        let mut log_likelihood = vec![0.0; log_prior.len()];
        for unit in units {
            log_likelihood.iter_mut().zip(pointwise.log_likelihood.unit(unit)).for_each(|(sum, value)| *sum += value);
        }
        let parameters = self.bound.interpreter.program().parameters.len();
        let numbers = self.bound.environment.quantities()[..parameters].iter().map(|q| q.shape.count()).sum();
        let mut names = Vec::new();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for name in &self.bound.names()[..numbers] {
            let at = draws.names.iter().position(|n| n == name);
            let values: Vec<f64> = at.map(|at| draws.column(at).concat()).unwrap_or_default();
            if values.iter().any(|x| *x != values[0]) {
                names.push(name.clone());
                columns.push(values);
            }
        }
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let chains = pointwise.log_likelihood.chains();
        let scaling = power_scaling(chains, &columns, &log_prior, &log_likelihood, settings)?;
        Ok(ModelSensitivity { names, scaling, scaled, unscaled })
    }
}
