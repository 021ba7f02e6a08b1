//! The evidence of a model.

use super::{BoundCriticism, CriticismError};
use crate::{Draws, ReverseOptions, Settings, Summary, Verdict};
use ppl_sampler::evidence::{self, Evidence, EvidenceError};

/// The log of the probability (density) of the data under a model.
#[derive(Clone, Debug)]
pub struct ModelEvidence {
    pub log_evidence: f64,
    /// Standard error of `log_evidence`.
    pub log_error: f64,
    /// The integral of prior times likelihood.
    pub joint: Evidence,
    /// The integral of the prior as it is written, where that is not known to be 1: bounds cut priors off (`real<lower=0> tau; tau ~ normal(0, 1)`
    /// integrates to 1/2), or the prior is no product of densities. The evidence is the ratio of the two.
    pub prior: Option<Evidence>,
}

impl BoundCriticism {
    /// The evidence by bridge sampling. `fit` says how posterior (and prior, where its integral is needed) are sampled.
    ///
    /// # Errors
    /// [`CriticismError::Improper`] where the prior has no finite integral, or chains on it do not come together; failures of sampling.
    pub fn evidence(&self, fit: &Settings, settings: &evidence::Settings) -> Result<ModelEvidence, CriticismError> {
        let report = self.of.model.reverse(&ReverseOptions::default()).report;
        if let Some(name) = report.improper.first() {
            let text = format!("the evidence is not defined: `{name}` has no proper prior");
            return Err(CriticismError::Improper(text));
        }
        let prior = match report.verdict {
            Verdict::Exact => None,
            _ => Some(self.integral(Distribution::Prior, fit, settings)?),
        };
        let joint = self.integral(Distribution::Posterior, fit, settings)?;
        let (mut log_evidence, mut log_error) = (joint.log_evidence, joint.log_error);
        if let Some(prior) = &prior {
            log_evidence -= prior.log_evidence;
            log_error = log_error.hypot(prior.log_error);
        }
        Ok(ModelEvidence { log_evidence, log_error, joint, prior })
    }

    fn integral(
        &self,
        of: Distribution,
        fit: &Settings,
        settings: &evidence::Settings,
    ) -> Result<Evidence, CriticismError> {
        let weight = if of == Distribution::Prior { 0.0 } else { 1.0 };
        let bound = self.weighted(&|_, _| weight)?;
        let draws = bound.sample(fit)?;
        if let Some((name, rhat)) = apart(&draws) {
            return Err(match of {
                Distribution::Prior => CriticismError::Improper(format!(
                    "the evidence is not defined unless the prior has a finite integral, and chains on the prior alone do not come together \
                     (R-hat of `{name}` {rhat:.2})"
                )),
                Distribution::Posterior => CriticismError::Computation(format!(
                    "the chains do not come together (R-hat of `{name}` {rhat:.2}): no evidence can be estimated from them"
                )),
            });
        }
        let theta = bound.points(&draws)?;
        let mut rest = theta.as_slice();
        let mut chains = Vec::new();
        for chain in &draws.chains {
            let (one, others) = rest.split_at(chain.draws.rows() * bound.dim());
            chains.push(one);
            rest = others;
        }
        evidence::evidence(&bound, &chains, settings).map_err(|error| match error {
            EvidenceError::Input(error) => CriticismError::Input(error),
            other => CriticismError::Computation(other.to_string()),
        })
    }
}

/// What is integrated.
#[derive(Clone, Copy, PartialEq)]
enum Distribution {
    Prior,
    Posterior,
}

/// The quantity on which chains differ most, if they differ too much to be draws of one distribution.
fn apart(draws: &Draws) -> Option<(String, f64)> {
    const MAX_RHAT: f64 = 1.1;
    let rows = Summary::of(draws).rows.into_iter().filter(|row| !row.is_constant());
    // Infinite draws have no R-hat.
    let worst = rows.map(|row| (row.name, if row.rhat.is_nan() { f64::INFINITY } else { row.rhat }));
    worst.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, rhat)| *rhat > MAX_RHAT)
}
