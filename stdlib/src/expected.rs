//! Reference results: the contents of `NAME.expected.json`.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Mean and standard deviation of one scalar over the posterior, with Monte Carlo standard errors.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Figures {
    pub mean: f64,
    pub mcse_mean: f64,
    pub sd: f64,
    pub mcse_sd: f64,
}

/// How the reference chains behaved.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Diagnostics {
    pub max_rhat: f64,
    pub min_ess_bulk: u64,
    pub min_ess_tail: u64,
    pub divergences: u64,
    pub max_treedepth_hits: u64,
}

/// The log density at one point of the unconstrained space.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Point {
    /// Unconstrained parameters in Stan's order.
    pub q: Vec<f64>,
    /// All constants, no Jacobian.
    pub lp: f64,
    /// Constants dropped, Jacobian added: what the sampler sees.
    pub lp_propto_jacobian: f64,
    /// Gradient of `lp_propto_jacobian` with respect to `q`.
    pub grad: Vec<f64>,
}

/// Reference results of one model with its data.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Expected {
    pub model: String,
    /// Program and version that made the figures.
    pub reference: String,
    /// The command that makes them again.
    pub command: String,
    /// Model with the same posterior whose run gave `parameters`, where it is not this one.
    pub figures_of: Option<String>,
    pub chains: u32,
    pub warmup: u32,
    pub draws: u32,
    pub seed: u64,
    /// Target acceptance statistic.
    pub adapt_delta: f64,
    pub diagnostics: Diagnostics,
    /// Scalars of parameters and transformed parameters by name, as in `theta[2]` or `L[2,1]`. Entries that are
    /// constant by construction are left out.
    pub parameters: BTreeMap<String, Figures>,
    pub points: Vec<Point>,
}
