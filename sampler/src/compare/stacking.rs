//! Stacking of predictive distributions: Yao, Vehtari, Simpson and Gelman (2018), "Using stacking to average Bayesian predictive
//! distributions", Bayesian Analysis 13(3).

use super::{check, position};
use crate::gaussian::cholesky;
use crate::input::InputError;
use faer::Mat;

/// Weights of the mixture that predicts best, and how well.
#[derive(Clone, Debug, PartialEq)]
pub struct Stacking {
    /// One a model; they sum to 1. Models that predict the same share their weight.
    pub weights: Vec<f64>,
    /// Sum over units of the log of the mixed predictive density.
    pub log_score: f64,
    /// The log score is at most this far below the maximum.
    pub gap: f64,
}

/// Bound on the gap, per unit, at which the search ends.
const GAP: f64 = 1e-15;
const MAX_ITERATIONS: usize = 500;

/// Maximises `sum_i log sum_k w_k exp(elpd_ki)` over the simplex. The problem is concave; it is solved by Newton's method on the objective
/// with a logarithmic barrier that is taken away step by step. `-inf` is allowed where another model predicts the unit.
///
/// # Errors
/// Fewer than two models, models with different numbers of units, a value that is NaN or `+inf`, a unit that is impossible under all models.
pub fn stacking(models: &[&[f64]]) -> Result<Stacking, InputError> {
    let units = check(models)?;
    if let Some((model, unit)) = position(models, |v| v.is_nan() || v == f64::INFINITY) {
        return Err(InputError::Other(format!("the elpd of unit {unit} in model {model} is {}", models[model][unit])));
    }
    let count = models.len();
    // Densities relative to the best model of the unit.
    let best: Vec<f64> = (0..units).map(|i| models.iter().map(|m| m[i]).fold(f64::NEG_INFINITY, f64::max)).collect();
    if let Some(unit) = best.iter().position(|b| *b == f64::NEG_INFINITY) {
        return Err(InputError::Other(format!("unit {unit} is impossible under every model")));
    }
    let densities = Mat::from_fn(units, count, |i, k| (models[k][i] - best[i]).exp());
    let problem = Problem { densities };

    // The minimum of -mean log(P w) + sum w over positive w lies on the simplex (Koenker and Mizera 2014).
    let mut w = vec![1.0 / count as f64; count];
    let mut barrier = 0.1 / count as f64;
    for _ in 0..MAX_ITERATIONS {
        let decrement = problem.newton(&mut w, barrier);
        if decrement < 1e-3 * barrier {
            if problem.gap(&w) < GAP || barrier < 1e-18 {
                break;
            }
            barrier *= 0.2;
        }
    }
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    let log_score = problem.mixture(&w).iter().zip(&best).map(|(p, b)| p.ln() + b).sum();
    Ok(Stacking { log_score, gap: units as f64 * problem.gap(&w), weights: w })
}

struct Problem {
    /// Units by models.
    densities: Mat<f64>,
}

impl Problem {
    fn mixture(&self, w: &[f64]) -> Vec<f64> {
        let mut mixture = vec![0.0; self.densities.nrows()];
        for (k, w) in w.iter().enumerate() {
            mixture.iter_mut().zip(self.densities.col(k).iter()).for_each(|(m, d)| *m += w * d);
        }
        mixture
    }

    /// Mean over units of each model's density relative to the mixture's: at most 1 at the optimum, and 1 where the weight is positive.
    fn ratios(&self, mixture: &[f64]) -> Vec<f64> {
        let units = mixture.len() as f64;
        (0..self.densities.ncols())
            .map(|k| self.densities.col(k).iter().zip(mixture).map(|(d, m)| d / m).sum::<f64>() / units)
            .collect()
    }

    /// Bound on what the mean log score can still gain, for weights scaled to the simplex: by Jensen, the log of the largest ratio.
    fn gap(&self, w: &[f64]) -> f64 {
        let total: f64 = w.iter().sum();
        let largest = self.ratios(&self.mixture(w)).into_iter().fold(0.0, f64::max);
        (largest * total).ln().max(0.0)
    }

    fn objective(&self, w: &[f64], barrier: f64) -> f64 {
        let mixture = self.mixture(w);
        let score = mixture.iter().map(|m| m.ln()).sum::<f64>() / mixture.len() as f64;
        w.iter().map(|w| w - barrier * w.ln()).sum::<f64>() - score
    }

    /// One damped Newton step; returns the decrement (twice the gain that the quadratic model expects).
    fn newton(&self, w: &mut [f64], barrier: f64) -> f64 {
        let (units, count) = (self.densities.nrows(), w.len());
        let mixture = self.mixture(w);
        let gradient: Vec<f64> =
            self.ratios(&mixture).iter().zip(w.iter()).map(|(r, w)| 1.0 - r - barrier / w).collect();
        // In units of w: direction d = w * u, Hessian W H W, which is well scaled for weights near 0.
        let scaled =
            Mat::from_fn(units, count, |i, k| w[k] * self.densities[(i, k)] / mixture[i] / (units as f64).sqrt());
        let mut hessian = scaled.transpose() * &scaled;
        for k in 0..count {
            hessian[(k, k)] += barrier;
        }
        let slope: Vec<f64> = gradient.iter().zip(w.iter()).map(|(g, w)| g * w).collect();
        let Some(u) = solve(&hessian, &slope) else { return 0.0 };
        let decrement: f64 = u.iter().zip(&slope).map(|(u, s)| u * s).sum();
        // Stay inside, then go back until the objective falls.
        let outermost = u.iter().copied().fold(0.0, f64::max);
        let mut step = if outermost > 0.0 { (0.95 / outermost).min(1.0) } else { 1.0 };
        let before = self.objective(w, barrier);
        for _ in 0..40 {
            let next: Vec<f64> = w.iter().zip(&u).map(|(w, u)| w * (1.0 - step * u)).collect();
            if self.objective(&next, barrier) <= before - 1e-4 * step * decrement {
                w.copy_from_slice(&next);
                return decrement;
            }
            step *= 0.5;
        }
        // No descent that the arithmetic can see: as good as it gets for this barrier.
        0.0
    }
}

/// `a^-1 b` for a positive definite matrix.
fn solve(a: &Mat<f64>, b: &[f64]) -> Option<Vec<f64>> {
    let l = cholesky(a)?;
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        let sum: f64 = (0..i).map(|j| l[(i, j)] * x[j]).sum();
        x[i] = (x[i] - sum) / l[(i, i)];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|j| l[(j, i)] * x[j]).sum();
        x[i] = (x[i] - sum) / l[(i, i)];
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_models_have_the_weights_of_calculus() {
        // Model 1 predicts `a` of 10 units three times as well, model 2 the others: densities 3 and 1.
        for a in 1..10usize {
            let one: Vec<f64> = (0..10).map(|i| if i < a { 3f64.ln() } else { 0.0 }).collect();
            let two: Vec<f64> = (0..10).map(|i| if i < a { 0.0 } else { 3f64.ln() }).collect();
            let s = stacking(&[&one, &two]).unwrap();
            // Maximum of a log(1 + 2w) + (10 - a) log(3 - 2w).
            let share = a as f64 / 10.0;
            let expected = (2.0 * share - 0.5).clamp(0.0, 1.0);
            assert!((s.weights[0] - expected).abs() < 1e-7, "{a}: {s:?}");
            assert!(s.gap < 1e-12, "{s:?}");
        }
    }

    #[test]
    fn equal_models_share_and_bad_models_get_nothing() {
        let good = [-1.0, -2.0, -1.5];
        let bad = [-1001.0, -900.0, -1200.0];
        let s = stacking(&[&good, &bad, &good]).unwrap();
        assert!(
            (s.weights[0] - 0.5).abs() < 1e-6 && (s.weights[2] - 0.5).abs() < 1e-6 && s.weights[1] < 1e-12,
            "{s:?}"
        );
        assert!((s.log_score + 4.5).abs() < 1e-12);
    }

    #[test]
    fn a_shift_of_a_unit_changes_nothing() {
        let one: Vec<f64> = (0..30).map(|i| -((i * 7) % 11) as f64 / 4.0).collect();
        let two: Vec<f64> = (0..30).map(|i| -((i * 5) % 13) as f64 / 4.0).collect();
        let three: Vec<f64> = (0..30).map(|i| -((i * 3) % 7) as f64 / 4.0).collect();
        let plain = stacking(&[&one, &two, &three]).unwrap();
        let shift = |m: &[f64]| m.iter().enumerate().map(|(i, v)| v + 100.0 * (i as f64 - 15.0)).collect::<Vec<_>>();
        let shifted = stacking(&[&shift(&three), &shift(&one), &shift(&two)]).unwrap();
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            assert!((plain.weights[a] - shifted.weights[b]).abs() < 1e-8);
        }
        assert!(plain.gap < 1e-12);
    }

    #[test]
    fn impossible_units_need_another_model() {
        let inf = f64::NEG_INFINITY;
        let s = stacking(&[&[inf, 0.0], &[0.0, inf]]).unwrap();
        assert!((s.weights[0] - 0.5).abs() < 1e-9, "{s:?}");
        assert!(stacking(&[&[inf, 0.0], &[inf, 0.0]]).unwrap_err().to_string().contains("unit 0"));
        assert!(stacking(&[&[f64::NAN], &[0.0]]).is_err());
    }
}
