//! Importance weighted moment matching: Paananen, Piironen, Bürkner and Vehtari (2021), "Implicitly adaptive importance sampling",
//! Statistics and Computing 31, as `loo_moment_match` of R's `loo` does it.
//!
//! For a unit whose k is high, the draws are moved so that their mean, then their variances, then their covariance are those of the weighted draws,
//! as long as that lowers k. The value of the unit then comes from draws of which half are moved (the split proposal), which is safe when
//! the weighted moments are poor. Unlike `loo`, the moved half is undone with the exact inverse of the whole transformation.

use super::log_likelihood::relative_efficiency;
use super::{LogLikelihood, Loo, Method, Unit};
use crate::gaussian::{Moments, lower_inverse};
use crate::input::{InputError, expect_size, expect_values};
use crate::psis::{Convention, Smoothed, smooth};
use faer::Mat;
use ppl_runtime::density::{Density, EvalError};
use rayon::prelude::*;

/// A posterior density that knows the likelihood of its units.
pub trait PointwiseDensity: Density {
    /// `log p(y_unit | theta)` at a point of the unconstrained space, on the same scale in every point.
    ///
    /// # Errors
    /// As [`Density::log_density_gradient`].
    fn log_likelihood(&self, workspace: &mut Self::Workspace, theta: &[f64], unit: usize) -> Result<f64, EvalError>;
}

/// How to match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Transformations of one unit, at most.
    pub max_iterations: usize,
    /// Whether to match covariances as well (only with at least 10 draws a dimension).
    pub covariance: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { max_iterations: 30, covariance: true }
    }
}

/// What became of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matched {
    pub unit: usize,
    pub k_before: f64,
    /// Of the ratios after the last transformation.
    pub k_after: f64,
    /// Transformations applied.
    pub iterations: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    #[error(transparent)]
    Input(#[from] InputError),
    /// The density failed for good; rejected points only get no weight.
    #[error("evaluating the density: {0}")]
    Density(#[from] EvalError),
}

/// Replaces the values of the [`bad`](Loo::bad) units of `loo` where moment matching lowers their k. `draws` holds the unconstrained draws, one row of
/// [`dim`](Density::dim) values each, in the order of `log_likelihood`. Units that are still bad afterwards need a refit.
///
/// # Errors
/// Sizes that do not fit, or a density that fails for good.
pub fn moment_match<D: PointwiseDensity>(
    density: &D,
    draws: &[f64],
    log_likelihood: &LogLikelihood,
    loo: &mut Loo,
    settings: &Settings,
) -> Result<Vec<Matched>, MatchError> {
    let (count, dim) = (log_likelihood.draws(), density.dim());
    expect_size("values of the unconstrained draws", count * dim, draws.len())?;
    expect_values("unconstrained draws", draws, f64::is_finite)?;
    expect_size("units", log_likelihood.units(), loo.units.len())?;
    let bad = loo.bad();
    if bad.is_empty() || dim == 0 {
        return Ok(Vec::new());
    }
    let points = Mat::from_fn(count, dim, |s, j| draws[s * dim + j]);
    let matcher = Matcher {
        density,
        log_density: log_densities(density, &points)?,
        moments: Moments::of(&points, &vec![1.0 / count as f64; count]),
        points,
        covariance: settings.covariance && count >= 10 * dim,
        max_iterations: settings.max_iterations,
        threshold: loo.k_threshold,
        convention: loo.convention,
    };
    let results: Vec<(Matched, Option<Unit>)> = bad
        .into_par_iter()
        .map(|unit| matcher.unit(unit, log_likelihood, &loo.units[unit]))
        .collect::<Result<_, MatchError>>()?;
    Ok(results
        .into_iter()
        .map(|(matched, value)| {
            if let Some(value) = value {
                loo.units[matched.unit] = value;
            }
            matched
        })
        .collect())
}

/// What all units share.
struct Matcher<'a, D> {
    density: &'a D,
    /// A row a draw.
    points: Mat<f64>,
    log_density: Vec<f64>,
    moments: Moments,
    covariance: bool,
    max_iterations: usize,
    threshold: f64,
    convention: Convention,
}

/// Draws after `x -> linear (x - original mean) + mean`.
struct State {
    points: Mat<f64>,
    mean: Vec<f64>,
    linear: Mat<f64>,
    log_determinant: f64,
    weights: Smoothed,
}

impl<D: PointwiseDensity> Matcher<'_, D> {
    fn unit(
        &self,
        unit: usize,
        log_likelihood: &LogLikelihood,
        before: &Unit,
    ) -> Result<(Matched, Option<Unit>), MatchError> {
        let values = log_likelihood.unit(unit);
        let (count, dim) = (self.points.nrows(), self.points.ncols());
        let ratios: Vec<f64> = values.iter().map(|l| -l).collect();
        let mut state = State {
            points: self.points.clone(),
            mean: self.moments.mean.clone(),
            linear: Mat::identity(dim, dim),
            log_determinant: 0.0,
            weights: smooth(&ratios, before.r_eff, self.convention)?,
        };
        let mut matched = Matched { unit, k_before: before.k, k_after: state.weights.k, iterations: 0 };
        'improve: while matched.iterations < self.max_iterations && state.weights.k > self.threshold {
            for step in [Step::Mean, Step::Variances, Step::Covariance] {
                if step == Step::Covariance && !self.covariance {
                    continue;
                }
                let Some(next) = self.step(step, &state, unit, before.r_eff)? else { continue };
                if next.weights.k < state.weights.k {
                    state = next;
                    matched.iterations += 1;
                    continue 'improve;
                }
            }
            break;
        }
        // What is reported where the transformation leads nowhere: it may be singular, or leave no weight.
        let unchanged = Matched { unit, k_before: before.k, k_after: before.k, iterations: 0 };
        matched.k_after = state.weights.k;
        if matched.iterations == 0 {
            return Ok((unchanged, None));
        }

        // The split proposal: the first half of the draws moved, the second as it is.
        let Some(inverse) = state.linear_inverse() else { return Ok((unchanged, None)) };
        let half = count / 2;
        let moved = affine(&self.points, &self.moments.mean, &state.linear, &state.mean);
        let undo = |points: &Mat<f64>| affine(points, &state.mean, &inverse, &self.moments.mean);
        if !same(&undo(&moved), &self.points) {
            return Ok((unchanged, None));
        }
        let undone = undo(&self.points);
        let split = Mat::from_fn(count, dim, |s, j| if s < half { moved[(s, j)] } else { self.points[(s, j)] });
        let back = Mat::from_fn(count, dim, |s, j| if s < half { self.points[(s, j)] } else { undone[(s, j)] });
        let (here, there) = (log_densities(self.density, &split)?, log_densities(self.density, &back)?);
        let likelihood = self.log_likelihoods(&split, unit)?;
        let ratios: Vec<f64> = (0..count)
            .map(|s| {
                let mixture = log_add(here[s], there[s] - state.log_determinant);
                nothing_if_nan(here[s] - likelihood[s] - mixture)
            })
            .collect();
        let full: Vec<f64> = ratios.iter().zip(&likelihood).map(|(r, l)| nothing_if_nan(r + l)).collect();
        let r_eff = relative_efficiency(&[half], &likelihood[..half])
            .min(relative_efficiency(&[count - half], &likelihood[half..]));
        let (Ok(weights), Ok(full)) = (smooth(&ratios, r_eff, self.convention), smooth(&full, r_eff, self.convention))
        else {
            return Ok((unchanged, None));
        };
        // Where the unit has no likelihood it has no weight either.
        let likelihood: Vec<f64> = likelihood.into_iter().map(|l| if l.is_finite() { l } else { f64::MIN }).collect();
        let mut value = Unit::weighted(&likelihood, &weights, r_eff, log_likelihood.lpd(unit), Method::MomentMatched);
        value.k = state.weights.k;
        value.effective_draws = value.effective_draws.min(full.effective_draws(r_eff));
        Ok(if value.elpd.is_finite() { (matched, Some(value)) } else { (unchanged, None) })
    }

    /// The draws after one more transformation. `None` where it is not defined or leaves no weight.
    fn step(&self, step: Step, state: &State, unit: usize, r_eff: f64) -> Result<Option<State>, MatchError> {
        let count = state.points.nrows() as f64;
        let weights: Vec<f64> = state.weights.log_weights.iter().map(|w| w.exp()).collect();
        let now = Moments::of(&state.points, &vec![1.0 / count; weights.len()]);
        let goal = Moments::of(&state.points, &weights);
        let dim = now.mean.len();
        let map = match step {
            Step::Mean => Some((Mat::identity(dim, dim), 0.0)),
            // Variances of the weighted draws with divisor 1, scaled by n / (n - 1) as `loo` does.
            Step::Variances => {
                let scale: Vec<f64> = (0..dim)
                    .map(|j| (goal.second_moment[(j, j)] * count / (count - 1.0) / now.covariance()[(j, j)]).sqrt())
                    .collect();
                scale.iter().all(|s| s.is_finite() && *s > 0.0).then(|| {
                    let log_determinant = scale.iter().map(|s| s.ln()).sum();
                    (Mat::from_fn(dim, dim, |i, j| if i == j { scale[i] } else { 0.0 }), log_determinant)
                })
            }
            Step::Covariance => (|| {
                let (from, to) = (now.cholesky()?, goal.cholesky()?);
                let log_determinant = (0..dim).map(|j| (to[(j, j)] / from[(j, j)]).ln()).sum();
                Some((&to * lower_inverse(&from), log_determinant))
            })(),
        };
        let Some((map, log_determinant)) = map else { return Ok(None) };
        let points = affine(&state.points, &now.mean, &map, &goal.mean);
        let log_density = log_densities(self.density, &points)?;
        let likelihood = self.log_likelihoods(&points, unit)?;
        let ratios: Vec<f64> =
            (0..weights.len()).map(|s| nothing_if_nan(log_density[s] - likelihood[s] - self.log_density[s])).collect();
        Ok(smooth(&ratios, r_eff, self.convention).ok().map(|weights| State {
            points,
            mean: goal.mean,
            linear: &map * &state.linear,
            log_determinant: state.log_determinant + log_determinant,
            weights,
        }))
    }

    fn log_likelihoods(&self, points: &Mat<f64>, unit: usize) -> Result<Vec<f64>, EvalError> {
        let mut workspace = self.density.workspace();
        each_row(points, |theta| self.density.log_likelihood(&mut workspace, theta, unit))
    }
}

impl State {
    fn linear_inverse(&self) -> Option<Mat<f64>> {
        use faer::linalg::solvers::DenseSolveCore;
        let inverse = self.linear.partial_piv_lu().inverse();
        (0..inverse.nrows()).all(|i| (0..inverse.ncols()).all(|j| inverse[(i, j)].is_finite())).then_some(inverse)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Mean,
    Variances,
    Covariance,
}

/// Whether matrices are equal up to rounding of their largest entry.
fn same(a: &Mat<f64>, b: &Mat<f64>) -> bool {
    (a - b).norm_max() <= 1e-6 * b.norm_max()
}

/// `linear (x - from) + to` of every row x.
fn affine(points: &Mat<f64>, from: &[f64], linear: &Mat<f64>, to: &[f64]) -> Mat<f64> {
    let centred = Mat::from_fn(points.nrows(), points.ncols(), |s, j| points[(s, j)] - from[j]);
    let mut moved = centred * linear.transpose();
    for (j, shift) in to.iter().enumerate() {
        moved.col_mut(j).iter_mut().for_each(|x| *x += shift);
    }
    moved
}

fn log_densities<D: Density>(density: &D, points: &Mat<f64>) -> Result<Vec<f64>, EvalError> {
    let mut workspace = density.workspace();
    let mut gradient = vec![0.0; density.dim()];
    each_row(points, |theta| density.log_density_gradient(&mut workspace, theta, &mut gradient))
}

/// `f` of every row; `-inf` where it rejects.
fn each_row(points: &Mat<f64>, mut f: impl FnMut(&[f64]) -> Result<f64, EvalError>) -> Result<Vec<f64>, EvalError> {
    let mut row = vec![0.0; points.ncols()];
    (0..points.nrows())
        .map(|s| {
            row.iter_mut().enumerate().for_each(|(j, x)| *x = points[(s, j)]);
            match f(&row) {
                Err(e) if e.is_recoverable() => Ok(f64::NEG_INFINITY),
                value => value,
            }
        })
        .collect()
}

/// A ratio of nothing to nothing gets no weight.
fn nothing_if_nan(ratio: f64) -> f64 {
    if ratio.is_nan() { f64::NEG_INFINITY } else { ratio }
}

fn log_add(a: f64, b: f64) -> f64 {
    let high = a.max(b);
    if high == f64::NEG_INFINITY { high } else { high + (a.min(b) - high).exp().ln_1p() }
}
