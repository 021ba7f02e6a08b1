//! The bulk of a density in three to six coordinates: the trapezoidal rule on a body-centred cubic lattice.
//!
//! Where a density is about normal, sums over a lattice converge exponentially with its spacing, so a few hundred points give moments to a few
//! per cent. The lattice is two cubic ones, each moved to the middle of the other's cells. Points are taken from the inside outwards, until
//! what they add is little. A bulk elsewhere, or one with long tails, is not seen: the sum is where to look, not the result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Distances between neighbours of one cubic lattice, in standard deviations.
pub const SPACINGS: [f64; 2] = [2.4, 1.6];
/// The first one: for a normal density in six coordinates the sum is off by 6 %.
pub const COARSE: usize = 0;

/// Radius of the lattice in standard deviations: what has something further out is not integrated here.
const RADIUS: f64 = 7.5;
/// Shells in which points are taken.
const SHELL: f64 = 0.5;

/// Coordinates of lattice sums.
pub const DIMS: std::ops::RangeInclusive<usize> = 3..=6;

/// Points by their distance from the origin.
struct Lattice {
    /// Coordinates in units of half a spacing: even in one cubic lattice, odd in the other.
    points: Vec<i8>,
    /// Where the shells end.
    ends: Vec<usize>,
}

/// What a sum over a lattice says.
#[derive(Clone, Debug)]
pub struct Sum {
    /// Log of the integral.
    pub log: f64,
    /// How far the two cubic lattices are from each other, relative to the sum.
    pub difference: f64,
    pub points: usize,
    /// Mean of the coordinates, and products of their deviations from 0.
    pub mean: Vec<f64>,
    pub second: Vec<Vec<f64>>,
}

/// The integral of exp(f) over `dims` coordinates in which f is about the log density of a standard normal, up to a constant, with
/// spacing number `spacing`. The sum ends where a share of `negligible` is outside, which is extrapolated from the last shells. `None`
/// where the lattice is too small.
pub fn sum(dims: usize, spacing: usize, negligible: f64, mut f: impl FnMut(&[f64]) -> f64) -> Option<Sum> {
    let lattice = lattice(dims, spacing);
    let half = 0.5 * SPACINGS[spacing];
    let (mut most, mut total, mut odd) = (f64::NEG_INFINITY, 0.0, 0.0);
    // of the three shells before
    let mut before = [0.0; 3];
    let mut mean = vec![0.0; dims];
    let mut second = vec![vec![0.0; dims]; dims];
    let mut z = vec![0.0; dims];
    let mut begin = 0;
    // the bulk of a normal distribution is inside
    let least = (((dims as f64).sqrt() + 1.0) / SHELL) as usize;
    for (shell, &end) in lattice.ends.iter().enumerate() {
        let mut own = 0.0;
        for point in lattice.points[begin * dims..end * dims].chunks_exact(dims) {
            z.iter_mut().zip(point).for_each(|(z, p)| *z = half * f64::from(*p));
            let value = f(&z);
            if value > most {
                let scale = (most - value).exp();
                most = value;
                [&mut total, &mut odd, &mut own].into_iter().chain(&mut before).for_each(|sum| *sum *= scale);
                mean.iter_mut().chain(second.iter_mut().flatten()).for_each(|sum| *sum *= scale);
            }
            let weight = (value - most).exp();
            if weight.is_nan() {
                continue;
            }
            own += weight;
            if point[0] % 2 != 0 {
                odd += weight;
            }
            if weight > 1e-12 {
                for i in 0..dims {
                    mean[i] += weight * z[i];
                    (0..=i).for_each(|j| second[i][j] += weight * z[i] * z[j]);
                }
            }
        }
        total += own;
        begin = end;
        // shells get smaller by about the same factor from here on; single ones may have few points
        let ratio = (own + before[0]) / (before[1] + before[2]);
        let outside = (own + before[0]) * ratio / (1.0 - ratio);
        if shell >= least && ratio < 0.8 && outside < negligible * total {
            mean.iter_mut().chain(second.iter_mut().flatten()).for_each(|sum| *sum /= total);
            let log = most + (total + outside).ln() + dims as f64 * SPACINGS[spacing].ln() - std::f64::consts::LN_2;
            let difference = 2.0 * (2.0 * odd / total - 1.0).abs();
            return Some(Sum { log, difference, points: end, mean, second });
        }
        before = [own, before[0], before[1]];
    }
    None
}

/// Lattices are the same for every density, so they are kept.
fn lattice(dims: usize, spacing: usize) -> Arc<Lattice> {
    type Kept = HashMap<(usize, usize), Arc<Lattice>>;
    static KEPT: Mutex<Option<Kept>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let made = kept.get_or_insert_default().entry((dims, spacing)).or_insert_with(|| Arc::new(make(dims, spacing)));
    Arc::clone(made)
}

fn make(dims: usize, spacing: usize) -> Lattice {
    let half = 0.5 * SPACINGS[spacing];
    let square = ((RADIUS / half) * (RADIUS / half)) as i32;
    let end = f64::from(square).sqrt() as i8;
    let mut found: Vec<(i32, Vec<i8>)> = Vec::new();
    let mut point = Vec::with_capacity(dims);
    for parity in 0..2 {
        extend(&mut point, dims, (parity, end), square, &mut found);
    }
    found.sort_by_key(|own| own.0);
    let radius = |square: i32| half * f64::from(square).sqrt();
    let shells = (RADIUS / SHELL).ceil() as usize;
    let ends = (1..=shells).map(|shell| found.partition_point(|own| radius(own.0) <= shell as f64 * SHELL)).collect();
    Lattice { points: found.into_iter().flat_map(|own| own.1).collect(), ends }
}

/// All points of a parity within a sphere, coordinate by coordinate.
fn extend(point: &mut Vec<i8>, dims: usize, grid: (i8, i8), left: i32, found: &mut Vec<(i32, Vec<i8>)>) {
    if point.len() == dims {
        let square = point.iter().map(|p| i32::from(*p) * i32::from(*p)).sum();
        found.push((square, point.clone()));
        return;
    }
    let (parity, end) = grid;
    for p in (-end..=end).filter(|p| p.rem_euclid(2) == parity) {
        let rest = left - i32::from(p) * i32::from(p);
        if rest >= 0 {
            point.push(p);
            extend(point, dims, grid, rest, found);
            point.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_densities() {
        for dims in DIMS {
            for (spacing, error) in [(COARSE, 0.08), (1, 0.004)] {
                let density = |z: &[f64]| -0.5 * z.iter().map(|z| z * z).sum::<f64>();
                let found = sum(dims, spacing, 1e-3, density).expect("a sum");
                let exact = dims as f64 * crate::model::HALF_LN_2PI;
                assert!((found.log - exact).abs() < error, "{dims} {spacing}: {} {exact}", found.log);
                assert!((found.second[1][1] - 1.0).abs() < 2.0 * error && found.mean[0].abs() < 1e-9);
            }
        }
    }

    #[test]
    fn skewed_densities() {
        use ppl_runtime::math::lgamma;
        // logs of gamma variables, standardised at their modes
        let shape = 4.0_f64;
        let density =
            |z: &[f64]| z.iter().map(|z| shape.ln() + z / shape.sqrt()).map(|u| shape * u - u.exp()).sum::<f64>();
        for dims in 3..=5 {
            let found = sum(dims, 1, 1e-3, density).expect("a sum");
            let exact = dims as f64 * (lgamma(shape) + 0.5 * shape.ln());
            assert!((found.log - exact).abs() < 0.01, "{dims}: {} {exact}", found.log);
        }
        // too wide
        assert!(sum(3, 0, 1e-3, |z| -0.001 * z.iter().map(|z| z * z).sum::<f64>()).is_none());
    }
}
