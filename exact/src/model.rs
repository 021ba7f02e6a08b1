//! What a derivation says about the outcome: a family, a sum of terms with normal coefficients, at most one other effect, and priors.

use crate::data::Data;
use crate::error::ExactError;
use ppl_runtime::math::{lbeta, lgamma};
use std::f64::consts::PI;

/// log(2 pi) / 2
pub const HALF_LN_2PI: f64 = 0.918_938_533_204_672_7;

/// The prior of one number, normalised over its support.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prior {
    Normal { mean: f64, sd: f64 },
    Gamma { shape: f64, rate: f64 },
    Beta { a: f64, b: f64 },
    Uniform { low: f64, high: f64 },
}

impl Prior {
    /// Log density, with all constants. The value lies inside the support.
    pub fn log_density(self, x: f64) -> f64 {
        match self {
            Prior::Normal { mean, sd } => log_normal(x, mean, sd),
            Prior::Gamma { shape, rate } => shape * rate.ln() - lgamma(shape) + (shape - 1.0) * x.ln() - rate * x,
            Prior::Beta { a, b } => (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - lbeta(a, b),
            Prior::Uniform { low, high } => -(high - low).ln(),
        }
    }

    /// The number at an unconstrained coordinate, and the log of the derivative.
    pub fn constrain(self, z: f64) -> (f64, f64) {
        let between = |low: f64, high: f64| {
            let p = 1.0 / (1.0 + (-z).exp());
            let log_slope = -z.abs() - 2.0 * (-z.abs()).exp().ln_1p();
            (low + (high - low) * p, (high - low).ln() + log_slope)
        };
        match self {
            Prior::Normal { mean, sd } => (mean + sd * z, sd.ln()),
            Prior::Gamma { .. } => (z.exp(), z),
            Prior::Beta { .. } => between(0.0, 1.0),
            Prior::Uniform { low, high } => between(low, high),
        }
    }

    /// Log density of an unconstrained coordinate, and the number that it stands for.
    pub fn log_density_free(self, z: f64) -> (f64, f64) {
        let (x, log_slope) = self.constrain(z);
        (self.log_density(x) + log_slope, x)
    }

    /// An unconstrained coordinate in the middle of the distribution.
    pub fn middle(self) -> f64 {
        match self {
            Prior::Gamma { shape, rate } => (shape / rate).ln(),
            Prior::Beta { a, b } => (a / b).ln(),
            Prior::Normal { .. } | Prior::Uniform { .. } => 0.0,
        }
    }
}

pub fn log_normal(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * z * z - sd.ln() - HALF_LN_2PI
}

/// From a linear predictor to a probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Logit,
    Probit,
    Cloglog,
}

/// The distribution of an outcome given its linear predictor, and a dispersion where it has one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// Dispersion sigma.
    Normal,
    /// Dispersion sigma.
    Lognormal,
    /// Dispersion sigma.
    StudentT {
        nu: f64,
    },
    /// `y[1] ~ normal(mean, sd)`, `y[i] ~ normal(phi y[i - 1], sigma)`; no linear predictor.
    Autoregression {
        mean: f64,
        sd: f64,
    },
    /// `y[i] ~ normal(eta[i] + phi (y[i - 1] - eta[i - 1]), sigma)`
    AutoregressiveErrors,
    Poisson,
    /// Dispersion phi: the variance is mu + mu^2 / phi.
    NegBinomial,
    /// Dispersion theta: the share of zeros that are no counts.
    ZeroInflatedPoisson,
    /// Dispersion theta: the share of zeros.
    HurdlePoisson,
    Bernoulli(Link),
    Binomial(Link),
    /// Dispersion kappa: a logit link, the probability is beta(kappa p, kappa (1 - p)).
    BetaBinomial,
    /// Dispersion shape; the mean is exp(eta).
    Gamma,
    /// Dispersion shape; the scale is exp(eta).
    Weibull,
    /// The mean is exp(eta).
    Exponential,
}

impl Family {
    /// Whether the outcome, or its log, is normal given the dispersion and what correlates it.
    pub fn is_gaussian(self) -> bool {
        matches!(
            self,
            Family::Normal | Family::Lognormal | Family::Autoregression { .. } | Family::AutoregressiveErrors
        )
    }
}

/// What a coefficient multiplies; columns are places in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    One,
    Column(usize),
    Square(usize),
    Product(usize, usize),
}

/// A feature times a coefficient that is `normal(0, sd)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    pub feature: Feature,
    pub sd: f64,
}

/// A term that is not linear in a few coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// `u[g]`, `u ~ normal(0, tau)`.
    VaryingIntercept { group: usize, tau: Prior },
    /// `beta inv_logit(rate (x - c))`, `beta ~ normal(0, sd)`.
    ChangePoint { column: usize, rate: f64, sd: f64, location: Prior },
    /// `u[1] ~ normal(0, first)`, `u[i] ~ normal(u[i - 1], tau)`, in the order of the rows.
    LocalLevel { tau: Prior, first: f64 },
}

/// What a parameter of the program is in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The coefficient of a term, by its place.
    Coefficient(usize),
    Dispersion,
    /// What correlates successive outcomes.
    Correlation,
    /// The scale of the effect.
    EffectScale,
    /// The numbers of the effect: one a group, one a row, or the height of a step.
    Effect,
    /// The place of a change point.
    Location,
}

/// A model of an outcome, for tables of a certain number of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub family: Family,
    pub dispersion: Option<Prior>,
    /// Of autoregressions: uniform over what their parameter may be.
    pub correlation: Option<Prior>,
    pub terms: Vec<Term>,
    pub effect: Option<Effect>,
    /// The column of trials.
    pub trials: Option<usize>,
    /// What the program declares, rule by rule from the root on.
    pub parameters: Vec<Role>,
}

impl Model {
    /// Numbers that a parameter has.
    pub fn size(&self, role: Role, data: &Data) -> usize {
        match (role, self.effect) {
            (Role::Effect, Some(Effect::VaryingIntercept { group, .. })) => data.levels(group),
            (Role::Effect, Some(Effect::LocalLevel { .. })) => data.rows(),
            _ => 1,
        }
    }

    /// Log p(y, parameters | X), with all constants; one list of numbers for each of `parameters`. This is what a program of the model
    /// says, nothing is integrated out.
    ///
    /// # Errors
    /// The table has no such columns, or an outcome that the family cannot have.
    pub fn log_joint(&self, data: &Data, values: &[Vec<f64>]) -> Result<f64, ExactError> {
        let find = |role: Role| self.parameters.iter().position(|own| *own == role).map(|place| &values[place]);
        let one = |role: Role| find(role).map_or(f64::NAN, |values| values[0]);
        let mut log = 0.0;
        let mut eta = vec![0.0; data.rows()];
        for (place, term) in self.terms.iter().enumerate() {
            let coefficient = one(Role::Coefficient(place));
            log += log_normal(coefficient, 0.0, term.sd);
            eta.iter_mut().zip(data.feature(term.feature)?).for_each(|(eta, x)| *eta += coefficient * x);
        }
        match self.effect {
            Some(Effect::VaryingIntercept { group, tau: prior }) => {
                let (tau, u) = (one(Role::EffectScale), find(Role::Effect).map_or(&[][..], Vec::as_slice));
                log += prior.log_density(tau) + u.iter().map(|u| log_normal(*u, 0.0, tau)).sum::<f64>();
                eta.iter_mut().zip(data.group(group)?).for_each(|(eta, g)| *eta += u[*g]);
            }
            Some(Effect::ChangePoint { column, rate, sd, location }) => {
                let (beta, c) = (one(Role::Effect), one(Role::Location));
                log += log_normal(beta, 0.0, sd) + location.log_density(c);
                let step = data.step(column, rate, c)?;
                eta.iter_mut().zip(step).for_each(|(eta, x)| *eta += beta * x);
            }
            Some(Effect::LocalLevel { tau: prior, first }) => {
                let (tau, u) = (one(Role::EffectScale), find(Role::Effect).map_or(&[][..], Vec::as_slice));
                log += prior.log_density(tau) + log_normal(u[0], 0.0, first);
                log += u.windows(2).map(|u| log_normal(u[1], u[0], tau)).sum::<f64>();
                eta.iter_mut().zip(u).for_each(|(eta, u)| *eta += u);
            }
            None => {}
        }
        let dispersion = one(Role::Dispersion);
        if let Some(prior) = self.dispersion {
            log += prior.log_density(dispersion);
        }
        let phi = one(Role::Correlation);
        if let Some(prior) = self.correlation {
            log += prior.log_density(phi);
        }
        let y = data.outcome();
        log += match self.family {
            Family::Autoregression { mean, sd } => {
                log_normal(y[0], mean, sd) + y.windows(2).map(|y| log_normal(y[1], phi * y[0], dispersion)).sum::<f64>()
            }
            Family::AutoregressiveErrors => {
                let next = |i: usize| log_normal(y[i], eta[i] + phi * (y[i - 1] - eta[i - 1]), dispersion);
                log_normal(y[0], eta[0], dispersion) + (1..y.len()).map(next).sum::<f64>()
            }
            _ => {
                let trials = self.trials.map(|column| data.column(column)).transpose()?;
                (0..y.len()).map(|i| self.row(y[i], trials.map_or(1.0, |n| n[i]), eta[i], dispersion)).sum()
            }
        };
        Ok(log)
    }

    /// Log density of one outcome, by the textbook.
    fn row(&self, y: f64, trials: f64, eta: f64, dispersion: f64) -> f64 {
        let log1p_exp = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let log_choose = |n: f64, k: f64| lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
        let log_poisson = |mu: f64| y * mu.ln() - mu - lgamma(y + 1.0);
        match self.family {
            Family::Normal | Family::Autoregression { .. } | Family::AutoregressiveErrors => {
                log_normal(y, eta, dispersion)
            }
            Family::Lognormal => log_normal(y.ln(), eta, dispersion) - y.ln(),
            Family::StudentT { nu } => {
                let z = (y - eta) / dispersion;
                lgamma(0.5 * (nu + 1.0))
                    - lgamma(0.5 * nu)
                    - 0.5 * (nu * PI).ln()
                    - dispersion.ln()
                    - 0.5 * (nu + 1.0) * (z * z / nu).ln_1p()
            }
            Family::Poisson => log_poisson(eta.exp()),
            Family::NegBinomial => {
                let phi = dispersion;
                let log_total = phi.ln() + log1p_exp(eta - phi.ln());
                log_choose(y + phi - 1.0, y) + y * (eta - log_total) + phi * (phi.ln() - log_total)
            }
            Family::ZeroInflatedPoisson if y == 0.0 => (dispersion + (1.0 - dispersion) * (-eta.exp()).exp()).ln(),
            Family::ZeroInflatedPoisson => (-dispersion).ln_1p() + log_poisson(eta.exp()),
            Family::HurdlePoisson if y == 0.0 => dispersion.ln(),
            Family::HurdlePoisson => (-dispersion).ln_1p() + log_poisson(eta.exp()) - (-(-eta.exp()).exp_m1()).ln(),
            Family::Bernoulli(link) | Family::Binomial(link) => {
                let (yes, no) = match link {
                    Link::Logit => (-log1p_exp(-eta), -log1p_exp(eta)),
                    Link::Probit => (ppl_runtime::math::std_normal_lcdf(eta), ppl_runtime::math::std_normal_lcdf(-eta)),
                    Link::Cloglog => ((-(-eta.exp()).exp_m1()).ln(), -eta.exp()),
                };
                log_choose(trials, y) + y * yes + (trials - y) * no
            }
            Family::BetaBinomial => {
                let p = 1.0 / (1.0 + (-eta).exp());
                let (a, b) = (p * dispersion, (1.0 - p) * dispersion);
                log_choose(trials, y) + lbeta(y + a, trials - y + b) - lbeta(a, b)
            }
            Family::Gamma => {
                let shape = dispersion;
                let rate = shape * (-eta).exp();
                shape * rate.ln() - lgamma(shape) + (shape - 1.0) * y.ln() - rate * y
            }
            Family::Weibull => {
                let t = dispersion * (y.ln() - eta);
                dispersion.ln() - y.ln() + t - t.exp()
            }
            Family::Exponential => -eta - y * (-eta).exp(),
        }
    }
}
