//! The joint density of an outcome and a model's few numbers, effects of groups integrated out.

use crate::data::Data;
use crate::error::ExactError;
use crate::family::{Likelihood, Scratch};
use crate::hermite::{self, Rule};
use crate::model::{Effect, Family, HALF_LN_2PI, Model, Prior};
use ppl_runtime::math::lbeta;

/// Nodes for the effect of a group: adaptive Gauss-Hermite quadrature about its mode (Naylor and Smith 1982).
pub const NODES: usize = 11;

/// A density over the coordinates: standardised coefficients, then the dispersion and the scale of effects, unconstrained.
pub struct Target {
    /// Columns times the prior standard deviations of their coefficients.
    columns: Vec<Vec<f64>>,
    likelihood: Likelihood,
    dispersion: Option<Prior>,
    groups: Option<Groups>,
    constant: f64,
    eta: Vec<f64>,
    out: Vec<f64>,
    scratch: Scratch,
}

/// Effects of groups; rows are in the order of groups.
struct Groups {
    tau: Prior,
    /// Where each group with rows ends.
    ends: Vec<usize>,
    rule: Rule,
    /// Where the search for modes begins: effects divided by their scale.
    start: Vec<f64>,
    modes: Vec<f64>,
    scales: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    shifted: Vec<f64>,
    tiles: Vec<f64>,
}

impl Target {
    /// The target of a model whose family is not Gaussian, with a rule of so many nodes for effects of groups.
    ///
    /// # Errors
    /// Effects of other kinds.
    pub fn new(model: &Model, data: &Data, nodes: usize) -> Result<Target, ExactError> {
        let y = data.outcome();
        let mut order: Vec<usize> = (0..data.rows()).collect();
        let (mut constant, mut dispersion) = (0.0, model.dispersion);
        if let (Family::HurdlePoisson, Some(Prior::Beta { a, b })) = (model.family, model.dispersion) {
            // zeros tell of the share of zeros only, and nothing else does
            order.retain(|row| y[*row] > 0.0);
            let zeros = (data.rows() - order.len()) as f64;
            constant += lbeta(a + zeros, b + order.len() as f64) - lbeta(a, b);
            dispersion = None;
        }
        let groups = match model.effect {
            None => None,
            Some(Effect::VaryingIntercept { group, tau }) => {
                let group = data.group(group)?;
                order.sort_by_key(|row| group[*row]);
                let own: Vec<usize> = order.iter().map(|row| group[*row]).collect();
                Some(Groups::new(tau, &own, nodes))
            }
            Some(other) => {
                return Err(ExactError::Combination(format!("{other:?} beside {:?}", model.family)));
            }
        };
        let ordered = |x: &[f64]| order.iter().map(|row| x[*row]).collect::<Vec<f64>>();
        let mut columns = Vec::new();
        for term in &model.terms {
            let mut column = ordered(&data.feature(term.feature)?);
            column.iter_mut().for_each(|x| *x *= term.sd);
            columns.push(column);
        }
        let trials = match model.trials {
            Some(column) => ordered(data.column(column)?),
            None => vec![1.0; order.len()],
        };
        let likelihood = Likelihood::new(model.family, ordered(y), trials)?;
        let rows = order.len();
        Ok(Target {
            columns,
            likelihood,
            dispersion,
            groups,
            constant,
            eta: vec![0.0; rows],
            out: vec![0.0; rows],
            scratch: Scratch::default(),
        })
    }

    /// Number of coordinates.
    pub fn dims(&self) -> usize {
        self.columns.len() + usize::from(self.dispersion.is_some()) + usize::from(self.groups.is_some())
    }

    /// A point in the middle of the prior.
    pub fn start(&self) -> Vec<f64> {
        let mut point = vec![0.0; self.columns.len()];
        point.extend(self.dispersion.map(Prior::middle));
        point.extend(self.groups.as_ref().map(|groups| groups.tau.middle()));
        point
    }

    /// The search for modes of effects begins where they are at this point, from now on.
    pub fn centre(&mut self, point: &[f64]) {
        self.log_density(point);
        if let Some(groups) = &mut self.groups {
            groups.start.clone_from(&groups.modes);
        }
    }

    /// Log density of a point; minus infinity where it is not a number.
    pub fn log_density(&mut self, point: &[f64]) -> f64 {
        let p = self.columns.len();
        let mut log = self.constant - HALF_LN_2PI * p as f64 - 0.5 * point[..p].iter().map(|z| z * z).sum::<f64>();
        self.eta.fill(0.0);
        for (column, z) in self.columns.iter().zip(point) {
            self.eta.iter_mut().zip(column).for_each(|(eta, x)| *eta += z * x);
        }
        let mut dispersion = f64::NAN;
        if let Some(prior) = self.dispersion {
            let (own, value) = prior.log_density_free(point[p]);
            log += own;
            dispersion = value;
        }
        log += self.likelihood.constant(dispersion);
        log += match &mut self.groups {
            None => {
                self.likelihood.log_densities(dispersion, &self.eta, &mut self.scratch, &mut self.out);
                self.out.iter().sum::<f64>()
            }
            Some(groups) => {
                let (own, tau) = groups.tau.log_density_free(point[point.len() - 1]);
                own + groups.log_integral(
                    &self.likelihood,
                    dispersion,
                    tau,
                    &self.eta,
                    &mut self.scratch,
                    &mut self.out,
                )
            }
        };
        if log.is_nan() { f64::NEG_INFINITY } else { log }
    }
}

impl Groups {
    /// `group` is the group of each row, ascending.
    fn new(tau: Prior, group: &[usize], nodes: usize) -> Groups {
        let ends: Vec<usize> = (1..=group.len()).filter(|&i| i == group.len() || group[i] != group[i - 1]).collect();
        let (count, rows) = (ends.len(), group.len());
        Groups {
            tau,
            rule: hermite::rule(nodes),
            start: vec![0.0; count],
            modes: vec![0.0; count],
            scales: vec![1.0; count],
            first: vec![0.0; rows],
            second: vec![0.0; rows],
            shifted: vec![0.0; rows],
            tiles: vec![0.0; rows * nodes],
            ends,
        }
    }

    /// Modes and scales of the effects, in units of tau.
    fn find_modes(&mut self, likelihood: &Likelihood, dispersion: f64, tau: f64, eta: &[f64]) {
        self.modes.clone_from(&self.start);
        for _ in 0..12 {
            let mut begin = 0;
            for (g, end) in self.ends.iter().enumerate() {
                (begin..*end).for_each(|i| self.shifted[i] = eta[i] + tau * self.modes[g]);
                begin = *end;
            }
            likelihood.derivatives(dispersion, &self.shifted, &mut self.first, &mut self.second);
            let (mut begin, mut farthest) = (0, 0.0_f64);
            for (g, end) in self.ends.iter().enumerate() {
                let slope = tau * self.first[begin..*end].iter().sum::<f64>() - self.modes[g];
                // log densities that are not concave may bend upwards by a little
                let bend = (1.0 - tau * tau * self.second[begin..*end].iter().sum::<f64>()).max(0.5);
                let step = (slope / bend).clamp(-1.5, 1.5);
                self.modes[g] += step;
                self.scales[g] = 1.0 / bend.sqrt();
                farthest = farthest.max(step.abs() / self.scales[g]);
                begin = *end;
            }
            if farthest < 0.05 {
                break;
            }
        }
    }

    /// The log of the integral of the likelihood over all effects, with their normal prior; without the likelihood's constant.
    fn log_integral(
        &mut self,
        likelihood: &Likelihood,
        dispersion: f64,
        tau: f64,
        eta: &[f64],
        scratch: &mut Scratch,
        out: &mut Vec<f64>,
    ) -> f64 {
        self.find_modes(likelihood, dispersion, tau, eta);
        let rows = eta.len();
        if rows == 0 {
            return 0.0;
        }
        let rule = &self.rule;
        for ((node, _), tile) in rule.iter().zip(self.tiles.chunks_mut(rows)) {
            let mut begin = 0;
            for (g, end) in self.ends.iter().enumerate() {
                let shift = tau * (self.modes[g] + self.scales[g] * node);
                tile[begin..*end].iter_mut().zip(&eta[begin..*end]).for_each(|(t, eta)| *t = eta + shift);
                begin = *end;
            }
        }
        out.resize(self.tiles.len(), 0.0);
        likelihood.log_densities(dispersion, &self.tiles, scratch, out);
        let (mut log, mut begin) = (0.0, 0);
        for (g, end) in self.ends.iter().enumerate() {
            let (mut most, mut sum) = (f64::NEG_INFINITY, 0.0);
            for ((node, log_weight), tile) in rule.iter().zip(out.chunks(rows)) {
                let z = self.modes[g] + self.scales[g] * node;
                let value = log_weight - 0.5 * z * z + tile[begin..*end].iter().sum::<f64>();
                if value > most {
                    sum = sum * (most - value).exp() + 1.0;
                    most = value;
                } else {
                    sum += (value - most).exp();
                }
            }
            log += most + sum.ln() + self.scales[g].ln() - HALF_LN_2PI;
            begin = *end;
        }
        log
    }
}
