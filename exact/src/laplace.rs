//! The mode of a density and its curvature there.

use crate::target::Target;

/// A mode, and a matrix L (triangular, row by row) such that `mode + L z` has about the density of a standard normal z.
#[derive(Clone, Debug)]
pub struct Laplace {
    pub mode: Vec<f64>,
    pub log_density: f64,
    pub scale: Vec<Vec<f64>>,
}

const ITERATIONS: usize = 60;

/// Finds the mode by a quasi-Newton method (BFGS) on central differences, then the curvature by differences over distances of about a standard
/// deviation: a proposal has to fit the bulk, not the tip. `None` where the density is not finite at the start.
pub fn laplace(target: &mut Target, start: Vec<f64>) -> Option<Laplace> {
    let dims = target.dims();
    let mut point = start;
    let mut value = target.log_density(&point);
    if !value.is_finite() {
        return None;
    }
    let mut widths = vec![0.3; dims];
    let mut slopes = Slopes::at(target, &point, value, &widths);
    let mut inverse = slopes.inverse_diagonal();
    for _ in 0..ITERATIONS {
        let direction: Vec<f64> = inverse.iter().map(|row| dot(row, &slopes.first)).collect();
        let rise = dot(&direction, &slopes.first);
        if rise < 1e-4 {
            break;
        }
        // half of a step at a time, until the density rises
        let longest = direction.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
        let mut length = (3.0 / longest).min(1.0);
        let mut next = None;
        while length > 1e-4 {
            let there: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let own = target.log_density(&there);
            if own > value + 1e-4 * length * rise {
                next = Some((there, own));
                break;
            }
            length *= 0.4;
        }
        let Some((there, own)) = next else { break };
        widths = slopes.widths();
        let before = std::mem::replace(&mut slopes, Slopes::at(target, &there, own, &widths));
        let step: Vec<f64> = there.iter().zip(&point).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = before.first.iter().zip(&slopes.first).map(|(a, b)| a - b).collect();
        update(&mut inverse, &step, &change);
        (point, value) = (there, own);
    }
    target.centre(&point);
    value = target.log_density(&point);
    let widths: Vec<f64> = slopes.widths().iter().map(|width| 2.0 * width).collect();
    let scale = curvature(target, &point, value, &widths);
    Some(Laplace { mode: point, log_density: value, scale })
}

/// First and second derivatives along the axes.
struct Slopes {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Slopes {
    fn at(target: &mut Target, point: &[f64], value: f64, widths: &[f64]) -> Slopes {
        let mut there = point.to_vec();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (i, &h) in widths.iter().enumerate() {
            there[i] = point[i] + h;
            let above = target.log_density(&there);
            there[i] = point[i] - h;
            let below = target.log_density(&there);
            there[i] = point[i];
            first.push(if (above - below).is_finite() { (above - below) / (2.0 * h) } else { 0.0 });
            second.push((above - 2.0 * value + below) / (h * h));
        }
        Slopes { first, second }
    }

    /// A third of the standard deviations that second derivatives tell of, within limits.
    fn widths(&self) -> Vec<f64> {
        let width = |second: &f64| if *second < -1e-3 { 0.35 / (-second).sqrt() } else { 0.5 };
        self.second.iter().map(|second| width(second).clamp(1e-3, 0.6)).collect()
    }

    fn inverse_diagonal(&self) -> Vec<Vec<f64>> {
        let dims = self.second.len();
        let entry = |i: usize, j: usize| match i == j {
            true if self.second[i] < -0.1 => -1.0 / self.second[i],
            true => 1.0,
            false => 0.0,
        };
        (0..dims).map(|i| (0..dims).map(|j| entry(i, j)).collect()).collect()
    }
}

/// The BFGS update of the inverse of minus the Hessian.
fn update(inverse: &mut [Vec<f64>], step: &[f64], change: &[f64]) {
    let along = dot(step, change);
    if along < 1e-9 {
        return;
    }
    let moved: Vec<f64> = inverse.iter().map(|row| dot(row, change)).collect();
    let factor = (along + dot(change, &moved)) / (along * along);
    for i in 0..step.len() {
        for j in 0..step.len() {
            inverse[i][j] += factor * step[i] * step[j] - (moved[i] * step[j] + step[i] * moved[j]) / along;
        }
    }
}

/// L with `L L' = (minus Hessian)^-1`.
fn curvature(target: &mut Target, point: &[f64], value: f64, widths: &[f64]) -> Vec<Vec<f64>> {
    let dims = point.len();
    let mut shift = |moves: &[(usize, f64)]| {
        let mut there = point.to_vec();
        moves.iter().for_each(|(i, h)| there[*i] += h);
        target.log_density(&there)
    };
    let ends: Vec<(f64, f64)> =
        widths.iter().enumerate().map(|(i, h)| (shift(&[(i, *h)]), shift(&[(i, -h)]))).collect();
    let mut precision = vec![vec![0.0; dims]; dims];
    for i in 0..dims {
        let own = (2.0 * value - ends[i].0 - ends[i].1) / (widths[i] * widths[i]);
        precision[i][i] = if own.is_finite() && own > 0.05 { own } else { 0.05 };
        for j in 0..i {
            let (above, below) = (shift(&[(i, widths[i]), (j, widths[j])]), shift(&[(i, -widths[i]), (j, -widths[j])]));
            let mixed = ends[i].0 + ends[j].0 + ends[i].1 + ends[j].1 - 2.0 * value - above - below;
            let own = 0.5 * mixed / (widths[i] * widths[j]);
            precision[i][j] = if own.is_finite() { own } else { 0.0 };
        }
    }
    // what is not positive definite is made so by shrinking what is beside the diagonal
    loop {
        if let Some(factor) = cholesky(&precision) {
            return inverse_transposed(&factor);
        }
        (0..dims).for_each(|i| (0..i).for_each(|j| precision[i][j] *= 0.7));
    }
}

/// The lower Cholesky factor of a matrix of which the lower half is given.
pub fn cholesky(a: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut l = a.to_vec();
    for i in 0..a.len() {
        for j in 0..=i {
            let own = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            if i == j {
                if own.is_nan() || own <= 1e-10 * a[i][i] {
                    return None;
                }
                l[i][i] = own.sqrt();
            } else {
                l[i][j] = own / l[j][j];
            }
        }
        (i + 1..a.len()).for_each(|j| l[i][j] = 0.0);
    }
    Some(l)
}

/// A square root of the inverse of `l l'`: `l'^-1`, upper triangular.
fn inverse_transposed(l: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = l.len();
    let mut rows = vec![vec![0.0; n]; n];
    // a row is a column of the inverse of l
    for (column, own) in rows.iter_mut().enumerate() {
        for i in column..n {
            let known: f64 = (column..i).map(|k| l[i][k] * own[k]).sum();
            own[i] = (f64::from(u8::from(i == column)) - known) / l[i][i];
        }
    }
    rows
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
