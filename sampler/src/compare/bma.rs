//! Pseudo-Bayesian model averaging: Yao, Vehtari, Simpson and Gelman (2018), section 3.4.

use super::{check, position};
use crate::input::InputError;
use ppl_runtime::math::log_sum_exp_of;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma};

/// Weights proportional to `exp(elpd)`. They take the elpd as known: [`pseudo_bma_plus`] does not.
///
/// # Errors
/// Fewer than two models, models with different numbers of units, a value that is not finite.
pub fn pseudo_bma(models: &[&[f64]]) -> Result<Vec<f64>, InputError> {
    check_finite(models)?;
    Ok(softmax(&models.iter().map(|m| m.iter().sum()).collect::<Vec<_>>()))
}

/// The same, averaged over `samples` Bayesian bootstrap draws of the elpd: units weighted by Dirichlet(`alpha`, ..., `alpha`). Usual are 1 and 1000.
///
/// # Errors
/// As [`pseudo_bma`]; `alpha` not positive, or no samples.
pub fn pseudo_bma_plus(models: &[&[f64]], alpha: f64, samples: usize, seed: u64) -> Result<Vec<f64>, InputError> {
    let units = check_finite(models)?;
    let gamma = Gamma::new(alpha, 1.0).ok().filter(|_| alpha.is_finite() && samples > 0).ok_or_else(|| {
        InputError::Other(format!("a Bayesian bootstrap of {samples} samples with alpha {alpha} is not possible"))
    })?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = vec![0.0; models.len()];
    let mut share = vec![0.0; units];
    for _ in 0..samples {
        share.iter_mut().for_each(|s| *s = gamma.sample(&mut rng));
        let total: f64 = share.iter().sum();
        // A tiny alpha can draw nothing but zeros.
        share.iter_mut().for_each(|s| *s = if total > 0.0 { *s / total } else { 1.0 / units as f64 });
        let elpd: Vec<f64> =
            models.iter().map(|m| units as f64 * m.iter().zip(&share).map(|(v, s)| v * s).sum::<f64>()).collect();
        weights.iter_mut().zip(softmax(&elpd)).for_each(|(w, s)| *w += s / samples as f64);
    }
    Ok(weights)
}

fn check_finite(models: &[&[f64]]) -> Result<usize, InputError> {
    let units = check(models)?;
    match position(models, |v| !v.is_finite()) {
        None => Ok(units),
        Some((model, unit)) => {
            Err(InputError::Other(format!("the elpd of unit {unit} in model {model} is {}", models[model][unit])))
        }
    }
}

fn softmax(values: &[f64]) -> Vec<f64> {
    let total = log_sum_exp_of(values);
    values.iter().map(|v| (v - total).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_sums() {
        let w = pseudo_bma(&[&[-1.0, -1.0], &[-1.0, -1.0 - 3f64.ln()]]).unwrap();
        assert!((w[0] - 0.75).abs() < 1e-14, "{w:?}");
        assert!(pseudo_bma(&[&[-1.0], &[f64::NEG_INFINITY]]).is_err());
    }

    #[test]
    fn the_bootstrap_is_less_sure() {
        let one: Vec<f64> = (0..50).map(|i| f64::from(i % 5) * 0.5).collect();
        let two: Vec<f64> = (0..50).map(|i| f64::from(i % 7) * 0.3).collect();
        let sure = pseudo_bma(&[&one, &two]).unwrap();
        let plus = pseudo_bma_plus(&[&one, &two], 1.0, 2000, 3).unwrap();
        assert!((plus.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(plus[0] < sure[0] - 0.01 && plus[0] > 0.5, "{sure:?} {plus:?}");
        assert_eq!(plus, pseudo_bma_plus(&[&one, &two], 1.0, 2000, 3).unwrap());
        assert!(pseudo_bma_plus(&[&one, &two], 0.0, 10, 3).is_err());
        assert!(pseudo_bma_plus(&[&one, &two], 1.0, 0, 3).is_err());
    }

    #[test]
    fn two_units_have_the_weights_of_the_integral() {
        // Difference of the elpd is 2 (2b - 1), b uniform: the mean of 1 / (1 + exp(-2 (2b - 1))) is 1/2; shifted by 1, by quadrature.
        let w = pseudo_bma_plus(&[&[1.5, -0.5], &[0.0, 0.0]], 1.0, 200_000, 9).unwrap();
        let n = 10_000;
        let exact: f64 = (0..n)
            .map(|i| (f64::from(i) + 0.5) / f64::from(n))
            .map(|b| 1.0 / (1.0 + (-2.0 * (1.5 * b - 0.5 * (1.0 - b))).exp()) / f64::from(n))
            .sum();
        assert!((w[0] - exact).abs() < 2e-3, "{} {exact}", w[0]);
    }
}
