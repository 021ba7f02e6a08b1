//! The density of the data with the parameters integrated out.
//!
//! Of programs in which the unbounded parameters have a normal distribution given the positive ones and the data: their log density is then a
//! quadratic function, whose integral is known, and the positive parameters are integrated by the trapezoid rule on the log scale.

use crate::density::Bound;
use ppl_runtime::data::RawData;

/// Ends and step of the rule, on the log scale: what lies outside weighs less than `e^-14`.
const FIRST: f64 = -14.0;
const LAST: f64 = 4.5;
const STEP: f64 = 0.25;

/// `log p(y)`, with the constants that the program has. `positive` says of each unconstrained coordinate whether it is the logarithm of a
/// positive parameter (at most two are).
///
/// # Errors
/// The program has no density somewhere, or it does not vanish far away.
pub fn log_marginal(text: &str, data: &RawData, positive: &[bool]) -> Result<f64, String> {
    let program = Bound::new(text, data)?;
    if program.dim() != positive.len() {
        return Err(format!("{} coordinates\n{text}", program.dim()));
    }
    let scales: Vec<usize> = (0..positive.len()).filter(|&k| positive[k]).collect();
    let rest: Vec<usize> = (0..positive.len()).filter(|&k| !positive[k]).collect();
    let steps = ((LAST - FIRST) / STEP) as usize;
    let mut logs = Vec::new();
    let mut theta = vec![0.0; positive.len()];
    for node in 0..(steps + 1).pow(scales.len() as u32) {
        let mut digits = node;
        let mut weight = 0.0;
        for &place in &scales {
            let log = FIRST + STEP * (digits % (steps + 1)) as f64;
            digits /= steps + 1;
            theta[place] = log;
            // the derivative of the exponential, and the length of a step
            weight += log + STEP.ln();
        }
        logs.push(weight + log_gaussian_integral(&program, &mut theta, &rest)?);
    }
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(largest + logs.iter().map(|l| (l - largest).exp()).sum::<f64>().ln())
}

/// The log of the integral over some coordinates, in which the log density is quadratic.
fn log_gaussian_integral(program: &Bound, theta: &mut [f64], over: &[usize]) -> Result<f64, String> {
    let n = over.len();
    let mut f = |moves: &[(usize, f64)]| {
        over.iter().for_each(|&k| theta[k] = 0.0);
        moves.iter().for_each(|&(k, by)| theta[over[k]] += by);
        program.log_density(theta)
    };
    let centre = f(&[])?;
    let (mut gradient, mut precision) = (vec![0.0; n], vec![vec![0.0; n]; n]);
    for i in 0..n {
        let (up, down) = (f(&[(i, 1.0)])?, f(&[(i, -1.0)])?);
        gradient[i] = (up - down) / 2.0;
        precision[i][i] = 2.0 * centre - up - down;
    }
    for i in 0..n {
        for j in 0..i {
            let both = f(&[(i, 1.0), (j, 1.0)])?;
            let (up_i, up_j) = (gradient[i] - precision[i][i] / 2.0, gradient[j] - precision[j][j] / 2.0);
            precision[i][j] = up_i + up_j + centre - both;
            precision[j][i] = precision[i][j];
        }
    }
    let (half_log_determinant, quadratic) = solve(precision, gradient).ok_or("the density does not vanish far away")?;
    Ok(centre + 0.5 * n as f64 * std::f64::consts::TAU.ln() - half_log_determinant + 0.5 * quadratic)
}

/// Half the log determinant of a positive definite matrix and `g' A^-1 g`, by Cholesky's method.
fn solve(mut a: Vec<Vec<f64>>, mut g: Vec<f64>) -> Option<(f64, f64)> {
    let n = g.len();
    let (mut half, mut quadratic) = (0.0, 0.0);
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            match i == j {
                true => {
                    let square = a[i][i] - dot;
                    if square <= 0.0 || !square.is_finite() {
                        return None;
                    }
                    a[i][i] = square.sqrt();
                }
                false => a[i][j] = (a[i][j] - dot) / a[j][j],
            }
        }
        let dot: f64 = (0..i).map(|k| a[i][k] * g[k]).sum();
        g[i] = (g[i] - dot) / a[i][i];
        half += a[i][i].ln();
        quadratic += g[i] * g[i];
    }
    Some((half, quadratic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y ~ N(0, s^2 + 1)` once the mean is integrated out.
    #[test]
    fn a_normal_mean_is_integrated_out() {
        let text = "data { real y; } parameters { real m; } model { m ~ normal(0, 2); y ~ normal(m, 1); }";
        let data = RawData::new().real("y", 0.7);
        let expected = -0.5 * (std::f64::consts::TAU * 5.0).ln() - 0.49 / 10.0;
        assert!((log_marginal(text, &data, &[false]).unwrap() - expected).abs() < 1e-12);
    }

    /// A normal variate whose variance is `1 / gamma(nu / 2, nu / 2)` is a Student variate.
    #[test]
    fn a_scale_is_integrated_out() {
        let text =
            "data { real y; } parameters { real<lower=0> w; } model { w ~ gamma(2, 2); y ~ normal(0, inv_sqrt(w)); }";
        let student = |y: f64| -2.5 * (1.0 + y * y / 4.0).ln();
        let log = |y: f64| log_marginal(text, &RawData::new().real("y", y), &[true]).unwrap();
        let (near, far) = (log(0.3), log(1.7));
        assert!((near - far - (student(0.3) - student(1.7))).abs() < 1e-6, "{near} {far}");
    }
}
