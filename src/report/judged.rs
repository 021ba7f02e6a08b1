//! The likelihood of a fit taken apart: cross-validation, and how prior and likelihood move the posterior.

use super::Fit;
use super::interest::{Block, Quantity};
use crate::loo::{self, Loo, moment_match};
use crate::{BoundCriticism, ChainDraws, Draws, LooSettings, Pointwise};
use ppl_sampler::sensitivity::{self, PowerScaling, power_scaling};

/// Values of a pointwise log-likelihood that are held at once; with more, draws are thinned.
const MOST: usize = 24_000_000;
/// Units whose draws are moved, at most: it takes time.
const MATCHED: usize = 10;
/// Quantities whose sensitivity is computed.
const SENSITIVITIES: usize = 200;

pub struct Judged {
    pub pointwise: Pointwise,
    pub loo: Result<Loo, String>,
    /// Whether only some of the draws are used.
    pub thinned: bool,
    pub sensitivity: Result<PowerScaling, String>,
    /// The quantities of the rows of `sensitivity`, by index.
    pub of: Vec<usize>,
}

impl Judged {
    /// # Errors
    /// Why the likelihood of this model has no parts, in words.
    pub fn of(fit: &Fit<'_>, quantities: &[Quantity<'_>]) -> Result<Judged, String> {
        let criticism = fit.model.criticism().map_err(|error| error.to_string())?;
        let bound = criticism.bind(fit.data).map_err(|error| error.to_string())?;
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
        let of: Vec<usize> = (0..quantities.len())
            .filter(|&i| quantities[i].block == Block::Parameters && !quantities[i].row.is_constant())
            .take(SENSITIVITIES)
            .collect();
        let sensitivity =
            sensitivity_of(&draws, &pointwise, &of.iter().map(|&i| quantities[i].column).collect::<Vec<_>>());
        Ok(Judged { pointwise, loo, thinned: every > 1, sensitivity, of })
    }

    /// How a quantity (by index) answers to the scaling of prior and likelihood.
    pub fn sensitivity(&self, quantity: usize) -> Option<&sensitivity::Row> {
        let row = self.of.iter().position(|&i| i == quantity)?;
        self.sensitivity.as_ref().ok()?.rows.get(row)
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

fn sensitivity_of(draws: &Draws, pointwise: &Pointwise, columns: &[usize]) -> Result<PowerScaling, String> {
    let chains: Vec<usize> = draws.chains.iter().map(|c| c.draws.rows()).collect();
    let mut likelihood = vec![0.0; draws.total()];
    for unit in 0..pointwise.log_likelihood.units() {
        likelihood.iter_mut().zip(pointwise.log_likelihood.unit(unit)).for_each(|(sum, l)| *sum += l);
    }
    let values: Vec<Vec<f64>> = columns.iter().map(|&c| draws.column(c).concat()).collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    power_scaling(&chains, &slices, &pointwise.log_prior, &likelihood, &sensitivity::Settings::default())
        .map_err(|error| error.to_string())
        .and_then(|scaling| match scaling.prior_k.max(scaling.likelihood_k) {
            k if k <= scaling.k_threshold => Ok(scaling),
            k => Err(format!("the importance weights of the scaled densities are unreliable (Pareto k {k:.2})")),
        })
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
