//! Integrals of densities over a few coordinates: by the trapezoidal rule in up to two, else by importance sampling on quasi-random points.
//!
//! The proposal is a multivariate t about the bulk, which a coarse lattice about the mode finds; four scramblings of a Sobol' sequence give four
//! estimates, whose spread is the error (randomised quasi-Monte Carlo, L'Ecuyer and Lemieux 2002). Points are doubled until the error is small
//! enough; where the proposal fits badly, it is moved to another mode or to the moments of the weighted points.

use crate::laplace::{Laplace, cholesky, laplace};
use crate::lattice;
use crate::quasi::{DEGREES, t_variates};
use crate::target::Target;
use crate::trapezoid::{Integral, integrate};
use ppl_runtime::math::{LN_PI, lgamma};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub const SCRAMBLINGS: usize = 4;

/// Points of each scrambling at first.
const FIRST: u32 = 32;

/// Integrals in up to so many coordinates are computed by quadrature.
const FEW: usize = 2;

/// The share of a density that the lattice may leave out.
const LEFT_OUT: f64 = 0.05;

/// An integral in the making.
pub struct Integrator {
    target: Target,
    proposal: Laplace,
    /// Log weights of the points so far, of each scrambling.
    weights: [Vec<f64>; SCRAMBLINGS],
    /// How often the proposal may still be moved.
    moves: usize,
    /// The largest log weight so far, and its point.
    heaviest: (f64, Vec<f64>),
}

/// Why an integral is not good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// The density is zero or no number where the prior has its middle.
    Nowhere,
    NotConverged {
        error: f64,
        points: usize,
    },
}

impl Integrator {
    /// Finds the mode. An integral over few coordinates is there at once, and exact up to what is stated.
    ///
    /// # Errors
    /// [`Failure::Nowhere`]
    pub fn new(mut target: Target) -> Result<Integrator, Failure> {
        let start = target.start();
        let proposal = laplace(&mut target, start).ok_or(Failure::Nowhere)?;
        let mut integrator = Integrator {
            target,
            proposal,
            weights: Default::default(),
            moves: 4,
            heaviest: (f64::NEG_INFINITY, Vec::new()),
        };
        integrator.move_to_bulk();
        Ok(integrator)
    }

    /// The log of the integral with an error of at most `tolerance`.
    ///
    /// # Errors
    /// [`Failure::NotConverged`]: that would take more than `most` points.
    pub fn integrate(&mut self, tolerance: f64, most: usize) -> Result<Integral, Failure> {
        if self.target.dims() <= FEW {
            return Ok(self.quadrature());
        }
        self.integrate_by_sampling(tolerance, most)
    }

    /// Moves the proposal to the mean and covariance of what a coarse lattice about the mode finds.
    fn move_to_bulk(&mut self) {
        let dims = self.proposal.mode.len();
        if !lattice::DIMS.contains(&dims) {
            return;
        }
        let Integrator { target, proposal, .. } = self;
        let mut x = proposal.mode.clone();
        let sum = lattice::sum(dims, lattice::COARSE, LEFT_OUT, |z| {
            place_in(proposal, z, &mut x);
            target.log_density(&x)
        });
        // where the bulk is out of reach, the mode must do until there are points
        if let Some(sum) = sum {
            self.transform(&sum);
        }
    }

    /// Moves the proposal to the mean and covariance of a sum; where it has none, nothing happens.
    fn transform(&mut self, sum: &lattice::Sum) {
        let dims = sum.mean.len();
        let mut covariance = sum.second.clone();
        for (row, mean) in covariance.iter_mut().zip(&sum.mean) {
            row.iter_mut().zip(&sum.mean).for_each(|(own, other)| *own -= mean * other);
        }
        let Some(factor) = cholesky(&covariance) else { return };
        let mode = place(&self.proposal, &sum.mean);
        let product = |row: &Vec<f64>, j: usize| (0..dims).map(|k| row[k] * factor[k][j]).sum::<f64>();
        let scale: Vec<Vec<f64>> =
            self.proposal.scale.iter().map(|row| (0..dims).map(|j| product(row, j)).collect()).collect();
        // any square root of the covariance serves; a triangular one has its determinant on the diagonal
        let square = |i: usize, j: usize| (0..dims).map(|k| scale[i][k] * scale[j][k]).sum::<f64>();
        let covariance: Vec<Vec<f64>> = (0..dims).map(|i| (0..dims).map(|j| square(i, j)).collect()).collect();
        let Some(scale) = cholesky(&covariance) else { return };
        self.proposal.mode = mode;
        self.proposal.scale = scale;
    }

    /// As [`integrate`](Integrator::integrate), by importance sampling whatever the number of coordinates.
    ///
    /// # Errors
    /// [`Failure::NotConverged`]
    pub fn integrate_by_sampling(&mut self, tolerance: f64, most: usize) -> Result<Integral, Failure> {
        loop {
            if self.weights[0].is_empty() {
                self.extend(FIRST);
            }
            let (integral, spread) = self.estimate();
            let points = SCRAMBLINGS * self.weights[0].len();
            // four estimates may agree by chance, so points are trusted to be twice as good as random ones, and no more
            let random = spread / (points as f64).sqrt();
            if integral.error <= tolerance && random <= 2.0 * tolerance {
                return Ok(integral);
            }
            // many points say where the bulk is; a few that weigh all the same are near a mode that was not seen
            if self.moves > 0 && (spread > 3.0 && self.move_to_heaviest() || spread > 1.0 && self.move_proposal()) {
                self.moves -= 1;
                let count = self.weights[0].len() as u32;
                self.weights = Default::default();
                self.extend(count);
                continue;
            }
            if 2 * points > most {
                return Err(Failure::NotConverged { error: integral.error, points });
            }
            self.extend(2 * self.weights[0].len() as u32);
        }
    }

    /// By the trapezoidal rule along the axes of the normal approximation.
    fn quadrature(&mut self) -> Integral {
        let Integrator { target, proposal, .. } = self;
        let log_volume = log_volume(proposal);
        const RANGE: (f64, f64) = (-4.2, 4.2);
        const STEP: f64 = 1.4;
        let mut at = |z: &[f64]| target.log_density(&place(proposal, z));
        let mut integral = match proposal.mode.len() {
            0 => Integral { log: at(&[]), error: 0.0 },
            1 => integrate(RANGE, STEP, |z| at(&[z])),
            _ => {
                let mut error: f64 = 0.0;
                let mut outer = integrate(RANGE, STEP, |first| {
                    let inner = integrate(RANGE, STEP, |second| at(&[first, second]));
                    error = error.max(inner.error);
                    inner.log
                });
                outer.error += error;
                outer
            }
        };
        integral.log += log_volume;
        integral
    }

    /// Evaluates points up to `count` of each scrambling.
    fn extend(&mut self, count: u32) {
        let dims = self.proposal.mode.len();
        for scrambling in 0..SCRAMBLINGS {
            let mut done = self.weights[scrambling].len() as u32;
            while done < count {
                let end = if done == 0 { FIRST } else { 2 * done }.min(count);
                for t in variates(dims, done..end, scrambling as u32).chunks_exact(dims) {
                    let x = place(&self.proposal, t);
                    let weight = self.target.log_density(&x) - log_t(t);
                    self.weights[scrambling].push(weight);
                    if weight > self.heaviest.0 {
                        self.heaviest = (weight, x);
                    }
                }
                done = end;
            }
        }
    }

    /// The integral, and the standard deviation of weights relative to their mean.
    fn estimate(&self) -> (Integral, f64) {
        let most = self.weights.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let count = (SCRAMBLINGS * self.weights[0].len()) as f64;
        let sums = self.weights.each_ref().map(|own| own.iter().map(|w| (w - most).exp()).sum::<f64>());
        let squares: f64 = self.weights.iter().flatten().map(|w| (2.0 * (w - most)).exp()).sum();
        let mean = sums.iter().sum::<f64>() / count;
        let means = sums.map(|sum| sum / self.weights[0].len() as f64);
        let variance = means.iter().map(|own| (own - mean) * (own - mean)).sum::<f64>();
        let error = (variance / (SCRAMBLINGS * (SCRAMBLINGS - 1)) as f64).sqrt() / mean;
        let spread = (squares / count / (mean * mean) - 1.0).max(0.0).sqrt();
        (Integral { log: most + mean.ln() + log_volume(&self.proposal), error }, spread)
    }

    /// Moves the proposal to the mode that is found from the point of the largest weight, if there is more about it than about the last one.
    fn move_to_heaviest(&mut self) -> bool {
        let (weight, start) = std::mem::replace(&mut self.heaviest, (f64::NEG_INFINITY, Vec::new()));
        if !weight.is_finite() {
            return false;
        }
        let size = |own: &Laplace| own.log_density + log_volume(own);
        match laplace(&mut self.target, start) {
            Some(found) if size(&found) > size(&self.proposal) + 0.5 => {
                self.proposal = found;
                self.move_to_bulk();
                true
            }
            _ => {
                let mode = self.proposal.mode.clone();
                self.target.centre(&mode);
                false
            }
        }
    }

    /// Moves the proposal to the mean and covariance of the weighted points; false where they say nothing.
    fn move_proposal(&mut self) -> bool {
        let dims = self.proposal.mode.len();
        let most = self.weights.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut squares) = (0.0, 0.0);
        let mut mean = vec![0.0; dims];
        let mut second = vec![vec![0.0; dims]; dims];
        for (scrambling, own) in self.weights.iter().enumerate() {
            let mut done = 0;
            while done < own.len() {
                let end = if done == 0 { FIRST as usize } else { 2 * done };
                let t = variates(dims, done as u32..end as u32, scrambling as u32);
                for (t, log) in t.chunks_exact(dims).zip(&own[done..end]) {
                    let weight = (log - most).exp();
                    total += weight;
                    squares += weight * weight;
                    let x = place(&self.proposal, t);
                    for i in 0..dims {
                        mean[i] += weight * (x[i] - self.proposal.mode[i]);
                        for j in 0..=i {
                            second[i][j] += weight * (x[i] - self.proposal.mode[i]) * (x[j] - self.proposal.mode[j]);
                        }
                    }
                }
                done = end;
            }
        }
        if total * total / squares < 4.0 * dims as f64 {
            return false;
        }
        mean.iter_mut().for_each(|m| *m /= total);
        for i in 0..dims {
            for j in 0..=i {
                second[i][j] = second[i][j] / total - mean[i] * mean[j];
            }
        }
        let Some(scale) = cholesky(&second) else { return false };
        self.proposal.scale = scale;
        self.proposal.mode.iter_mut().zip(&mean).for_each(|(x, m)| *x += m);
        true
    }
}

/// Log of the determinant of L.
fn log_volume(proposal: &Laplace) -> f64 {
    (0..proposal.mode.len()).map(|i| proposal.scale[i][i].ln()).sum()
}

/// `mode + L z`
fn place(proposal: &Laplace, z: &[f64]) -> Vec<f64> {
    let mut x = proposal.mode.clone();
    place_in(proposal, z, &mut x);
    x
}

fn place_in(proposal: &Laplace, z: &[f64], x: &mut [f64]) {
    for ((x, mode), scale) in x.iter_mut().zip(&proposal.mode).zip(&proposal.scale) {
        *x = mode + scale.iter().zip(z).map(|(l, z)| l * z).sum::<f64>();
    }
}

/// The log density of the t distribution of points.
fn log_t(t: &[f64]) -> f64 {
    let dims = t.len() as f64;
    let square: f64 = t.iter().map(|t| t * t).sum();
    lgamma(0.5 * (DEGREES + dims))
        - lgamma(0.5 * DEGREES)
        - 0.5 * dims * (DEGREES.ln() + LN_PI)
        - 0.5 * (DEGREES + dims) * (square / DEGREES).ln_1p()
}

/// Points are the same for every density, so they are kept.
fn variates(dims: usize, range: std::ops::Range<u32>, scrambling: u32) -> Arc<Vec<f64>> {
    type Kept = HashMap<(usize, u32, u32), Arc<Vec<f64>>>;
    static KEPT: Mutex<Option<Kept>> = Mutex::new(None);
    let key = (dims, range.start, scrambling);
    let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get_or_insert_default().get(&key) {
        return Arc::clone(found);
    }
    let made = Arc::new(t_variates(dims, range, scrambling));
    Arc::clone(lock().get_or_insert_default().entry(key).or_insert(made))
}
