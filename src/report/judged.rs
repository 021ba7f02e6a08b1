//! The likelihood of a fit taken apart: cross-validation, and how prior and likelihood move the posterior.

use super::Fit;
use super::interest::Quantity;
use crate::loo::{self, Loo, moment_match};
use crate::{BoundCriticism, ChainDraws, Draws, LooSettings, ModelSensitivity, Pointwise};
use ppl_sampler::sensitivity;

/// Values of a pointwise log-likelihood that are held at once; with more, draws are thinned.
const MOST: usize = 24_000_000;
/// Units whose draws are moved, at most: it takes time.
const MATCHED: usize = 10;
/// Draws of all parameters whose sensitivity is computed, at most.
const SENSITIVITIES: usize = 20_000_000;

pub struct Judged {
    pub pointwise: Pointwise,
    pub loo: Result<Loo, String>,
    /// Whether only some of the draws are used.
    pub thinned: bool,
    pub sensitivity: Result<ModelSensitivity, String>,
}

impl Judged {
    /// # Errors
    /// Why the likelihood of this model has no parts, in words.
    pub fn of(fit: &Fit<'_>) -> Result<Judged, String> {
        let criticism = fit.model.criticism().map_err(|error| error.to_string())?;
        let bound = criticism.bind_seeded(fit.data, fit.settings.seed).map_err(|error| error.to_string())?;
        let keep = (MOST / bound.width().max(1)).max(100);
        let every = fit.draws.total().div_ceil(keep).max(1);
        let draws = thinned(fit.draws, every);
        let pointwise = bound.pointwise(&draws).map_err(|error| error.to_string())?;
        let loo = match pointwise.names.len() {
            1 => {
                let remarks = criticism.remarks().iter().map(|r| format!("\nline {}: {}", r.line, r.text));
                Err(format!("the likelihood does not split into observations{}", remarks.collect::<String>()))
            }
            _ => leave_one_out(fit, &bound, &pointwise),
        };
        let sensitivity = sensitivity_of(&bound, &draws, &pointwise);
        Ok(Judged { pointwise, loo, thinned: every > 1, sensitivity })
    }

    /// How a quantity answers to the scaling of prior and likelihood.
    pub fn sensitivity(&self, quantity: &Quantity<'_>) -> Option<&sensitivity::Row> {
        let sensitivity = self.sensitivity.as_ref().ok()?;
        let row = sensitivity.names.iter().position(|name| *name == quantity.row.name)?;
        sensitivity.scaling.rows.get(row)
    }
}

fn leave_one_out(fit: &Fit<'_>, bound: &BoundCriticism, pointwise: &Pointwise) -> Result<Loo, String> {
    let mut settings = LooSettings { fit: fit.settings.clone(), ..LooSettings::default() };
    let plain = loo::loo(&pointwise.log_likelihood, &settings.loo).map_err(|error| error.to_string())?;
    if !(1..=MATCHED).contains(&plain.bad().len()) {
        return Ok(plain);
    }
    settings.moment_match = Some(moment_match::Settings::default());
    // Where moving fails, the plain values stand.
    Ok(bound.leave_one_out(pointwise, &settings).map_or(plain, |out| out.loo))
}

fn sensitivity_of(bound: &BoundCriticism, draws: &Draws, pointwise: &Pointwise) -> Result<ModelSensitivity, String> {
    if bound.bound().dim() * draws.total() > SENSITIVITIES {
        return Err("there are too many parameters".into());
    }
    let sensitivity = bound
        .sensitivity(draws, pointwise, &[], &sensitivity::Settings::default())
        .map_err(|error| error.to_string())?;
    let scaling = &sensitivity.scaling;
    match scaling.prior_k.max(scaling.likelihood_k) {
        k if k <= scaling.k_threshold => Ok(sensitivity),
        k => Err(format!("the importance weights of the scaled densities are unreliable (Pareto k {k:.2})")),
    }
}

/// Every so-many-th draw of each chain.
pub fn thinned(draws: &Draws, every: usize) -> Draws {
    if every <= 1 {
        return draws.clone();
    }
    let width = draws.names.len();
    let chain = |c: &ChainDraws| {
        let mut out = ChainDraws { chain: c.chain, ..ChainDraws::default() };
        out.draws.statistics = c.draws.statistics.iter().step_by(every).copied().collect();
        out.draws.values = c.draws.values.chunks(width.max(1)).step_by(every).flatten().copied().collect();
        out
    };
    Draws { chains: draws.chains.iter().map(chain).collect(), ..draws.clone() }
}
