//! Comparing models by what they predict of the same units.
//!
//! Every function takes the pointwise elpd of each model: one slice a model, one entry a unit, units in the same order.

mod bma;
mod stacking;

pub use bma::{pseudo_bma, pseudo_bma_plus};
pub use stacking::{Stacking, stacking};

use crate::input::{InputError, expect_at_least, expect_size};
use crate::loo::Estimate;
use crate::psis::Convention;
use ppl_runtime::math::Phi;

/// One model beside the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Place in the input, from 0.
    pub model: usize,
    pub elpd: Estimate,
    /// Of this model less the best: 0 for the best, else negative. The standard error is that of the paired differences.
    pub difference: Estimate,
    /// Probability that the model predicts worse than the best, by the normal approximation of Sivula, Magnusson, Matamoros and Vehtari (2025,
    /// "Uncertainty in Bayesian leave-one-out cross-validation based model comparison", Bayesian Analysis); NaN for the best.
    pub p_worse: f64,
    /// The difference is less than 4, or there are fewer than 100 units: the normal approximation is then poor (same source).
    pub uncertain: bool,
}

/// Models from the best to the worst elpd (Vehtari, Gelman and Gabry 2017, section 5.2).
///
/// # Errors
/// Fewer than two models, models with different numbers of units, a value that is NaN or infinite.
pub fn compare(models: &[&[f64]], convention: Convention) -> Result<Vec<Row>, InputError> {
    let units = check(models)?;
    if let Some((model, unit)) = position(models, |v| !v.is_finite()) {
        return Err(InputError::Other(format!("the elpd of unit {unit} in model {model} is {}", models[model][unit])));
    }
    let elpd: Vec<Estimate> = models.iter().map(|m| Estimate::of(m, convention)).collect();
    let mut order: Vec<usize> = (0..models.len()).collect();
    order.sort_by(|a, b| elpd[*b].value.total_cmp(&elpd[*a].value));
    let best = models[order[0]];
    Ok(order
        .into_iter()
        .map(|model| {
            let paired: Vec<f64> = models[model].iter().zip(best).map(|(m, b)| m - b).collect();
            let difference = Estimate::of(&paired, convention);
            let same = difference.value == 0.0;
            Row {
                model,
                elpd: elpd[model],
                difference,
                p_worse: if same { f64::NAN } else { Phi(-difference.value / difference.se) },
                uncertain: !same && (units < 100 || difference.value > -4.0),
            }
        })
        .collect())
}

/// Sizes; returns the number of units.
fn check(models: &[&[f64]]) -> Result<usize, InputError> {
    expect_at_least("models", 2, models.len())?;
    let units = models[0].len();
    expect_at_least("units", 1, units)?;
    models.iter().try_for_each(|m| expect_size("units of a model", units, m.len()))?;
    Ok(units)
}

/// Model and unit of the first value that is `bad`.
fn position(models: &[&[f64]], bad: impl Fn(f64) -> bool) -> Option<(usize, usize)> {
    models.iter().enumerate().find_map(|(m, values)| Some((m, values.iter().position(|v| bad(*v))?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_paired() {
        let a = [-1.0, -2.0, -3.0, -4.0];
        let b = [-1.5, -2.5, -3.5, -4.5];
        let c = [-1.0, -3.0, -3.0, -6.0];
        let rows = compare(&[&b, &a, &c], Convention::Loo).unwrap();
        assert_eq!(rows.iter().map(|r| r.model).collect::<Vec<_>>(), [1, 0, 2]);
        // The same difference in every unit: known without error, though either elpd is not.
        assert_eq!(rows[1].difference, Estimate { value: -2.0, se: 0.0 });
        assert!((rows[1].elpd.se - (4.0f64 * 5.0 / 3.0).sqrt()).abs() < 1e-14);
        assert_eq!(rows[1].p_worse, 1.0);
        // 0, -1, 0, -2: mean -3/4, squares 2.75.
        assert!((rows[2].difference.se - (4.0f64 * 2.75 / 3.0).sqrt()).abs() < 1e-14);
        assert!(rows[0].p_worse.is_nan() && !rows[0].uncertain && rows[1].uncertain);
        let divisor_n = compare(&[&a, &c], Convention::Arviz).unwrap();
        assert!((divisor_n[1].difference.se - 2.75f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn models_that_cannot_be_compared_are_refused() {
        assert!(compare(&[&[1.0]], Convention::Loo).is_err());
        assert!(compare(&[&[1.0], &[1.0, 2.0]], Convention::Loo).is_err());
        assert!(compare(&[&[], &[]], Convention::Loo).is_err());
        let e = compare(&[&[1.0], &[f64::NAN]], Convention::Loo).unwrap_err();
        assert!(e.to_string().contains("unit 0 in model 1"), "{e}");
    }
}
