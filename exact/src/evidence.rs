//! The evidence of a model.

use crate::data::Data;
use crate::error::ExactError;
use crate::gaussian;
use crate::importance::{Failure, Integrator};
use crate::model::Model;
use crate::quasi::MOST_DIMS;
use crate::target::{NODES, Target};
use crate::trapezoid::Integral;

/// How precisely evidences are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Largest Monte-Carlo error (a standard error) of a log evidence, in nats.
    pub tolerance: f64,
    /// Points of importance sampling at most.
    pub points: usize,
    /// Nodes for the effect of each group.
    pub nodes: usize,
}

impl Settings {
    pub const DEFAULT: Settings = Settings { tolerance: 0.02, points: 1 << 18, nodes: NODES };
}

impl Default for Settings {
    fn default() -> Self {
        Settings::DEFAULT
    }
}

/// Log p(y | X, model), every constant counted, with an estimate of its error.
///
/// # Errors
/// A combination of family and terms that is not supported, or an integral that does not converge.
pub fn evidence(model: &Model, data: &Data, settings: &Settings) -> Result<Integral, ExactError> {
    Computation::new(model, data, settings)?.result(settings.tolerance, settings.points)
}

/// An evidence in the making: a rough figure first, more precisely on demand.
pub(crate) enum Computation {
    Done(Integral),
    Open { integrator: Box<Integrator>, name: String },
}

impl Computation {
    pub(crate) fn new(model: &Model, data: &Data, settings: &Settings) -> Result<Computation, ExactError> {
        if model.family.is_gaussian() {
            return Ok(Computation::Done(gaussian::evidence(model, data)?));
        }
        let target = Target::new(model, data, settings.nodes)?;
        let dims = target.dims();
        if dims >= MOST_DIMS {
            return Err(ExactError::Combination(format!(
                "it has {dims} numbers to integrate over, and {} are supported",
                MOST_DIMS - 1
            )));
        }
        let name = describe(model);
        let integrator = Box::new(Integrator::new(target).map_err(|failure| failed(&name, failure))?);
        Ok(Computation::Open { integrator, name })
    }

    /// The result with an error of at most `tolerance`.
    pub(crate) fn result(&mut self, tolerance: f64, points: usize) -> Result<Integral, ExactError> {
        let integral = match self {
            Computation::Done(integral) => *integral,
            Computation::Open { integrator, name } => {
                integrator.integrate(tolerance, points).map_err(|failure| failed(name, failure))?
            }
        };
        match integral.log.is_finite() {
            true => Ok(integral),
            false => Err(ExactError::Numerical {
                program: match self {
                    Computation::Done(_) => "Gaussian".to_string(),
                    Computation::Open { name, .. } => name.clone(),
                },
                message: format!("the log evidence is {}", integral.log),
            }),
        }
    }
}

fn failed(name: &str, failure: Failure) -> ExactError {
    let program = name.to_string();
    match failure {
        Failure::Nowhere => ExactError::Numerical {
            program,
            message: "the density is zero in the middle of the prior: the outcome is far from anything that the program makes".into(),
        },
        Failure::NotConverged { error, points } => ExactError::NotConverged { program, error, points },
    }
}

fn describe(model: &Model) -> String {
    let terms: Vec<String> = model.terms.iter().map(|term| format!("{:?}", term.feature)).collect();
    let effect = model.effect.map_or(String::new(), |effect| format!(" + {effect:?}"));
    format!("{:?}: {}{effect}", model.family, terms.join(" + "))
}
