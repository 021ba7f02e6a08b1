//! Initial values by Stan's rules.

use crate::nuts::Place;
use crate::run::SampleError;
use crate::settings::{InitialValues, Settings};
use ppl_runtime::density::{Density, EvalError};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Stan's number of attempts.
const ATTEMPTS: usize = 100;
/// Stan's radius for coordinates that no value was given for.
const RADIUS: f64 = 2.0;

/// A point with finite density and gradient.
///
/// # Errors
/// [`SampleError::Initial`] after the last attempt; evaluation errors that end a run at once.
pub(crate) fn initial_point<D: Density>(
    density: &D,
    workspace: &mut D::Workspace,
    settings: &Settings,
    chain: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<f64>, SampleError> {
    let dim = density.dim();
    let mut theta = vec![0.0; dim];
    let mut gradient = vec![0.0; dim];
    let (given, radius) = match &settings.initial {
        InitialValues::Uniform { radius } => (None, *radius),
        InitialValues::Given(points) => {
            // One point serves all chains; `validate` has checked the number.
            let point = &points[if points.len() == 1 { 0 } else { chain }];
            if point.len() != dim {
                return Err(SampleError::InitialLength { expected: dim, found: point.len() });
            }
            (Some(point), RADIUS)
        }
    };
    // Where nothing is drawn at random, a second attempt would be the same as the first.
    let random = dim > 0 && radius > 0.0 && given.is_none_or(|point| point.iter().any(Option::is_none));
    let attempts = if random { ATTEMPTS } else { 1 };
    let mut reason = String::new();
    for _ in 0..attempts {
        for (i, x) in theta.iter_mut().enumerate() {
            *x = match given.and_then(|point| point[i]) {
                Some(value) => value,
                None if radius > 0.0 => rng.random_range(-radius..radius),
                None => 0.0,
            };
        }
        match density.log_density_gradient(workspace, &theta, &mut gradient) {
            Ok(lp) if !lp.is_finite() => reason = format!("the log density is {lp}"),
            Ok(_) => match gradient.iter().position(|g| !g.is_finite()) {
                Some(i) => {
                    reason = format!("the gradient is {} for unconstrained parameter {}", gradient[i], i + 1);
                }
                None => return Ok(theta),
            },
            Err(EvalError::Reject(message)) => reason = message,
            Err(error) => {
                let place = Place { point: theta, stream: None };
                return Err(SampleError::Evaluation { chain, iteration: 0, error, place });
            }
        }
    }
    Err(SampleError::Initial { chain, attempts, reason, point: theta })
}
