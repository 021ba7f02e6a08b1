//! The pointwise log-likelihood of draws.

use crate::diagnostics::ess_mean;
use crate::input::{InputError, expect_at_least, expect_size};
use ppl_runtime::math::log_sum_exp_of;

/// `log p(y_i | theta_s)` of every unit i (an observation, or a group of them that is left out together) in every draw s.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLikelihood {
    /// Draws of each chain.
    chains: Vec<usize>,
    units: usize,
    /// Unit by unit; within a unit draw by draw, the chains one after another.
    values: Vec<f64>,
}

impl LogLikelihood {
    /// `values` holds `units` rows of as many values as `chains` has draws in sum, chains one after another.
    ///
    /// # Errors
    /// Sizes that do not fit; no unit or no draw; a value that is not finite (a posterior draw under which the data are
    /// impossible, or a density without bound).
    pub fn new(chains: Vec<usize>, units: usize, values: Vec<f64>) -> Result<Self, InputError> {
        let draws: usize = chains.iter().sum();
        expect_at_least("units", 1, units)?;
        expect_at_least("draws", 1, draws)?;
        expect_size("values of the log-likelihood", draws * units, values.len())?;
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(LogLikelihood { chains, units, values }),
            Some(i) => Err(InputError::LogLikelihood { unit: i / draws, draw: i % draws, value: values[i] }),
        }
    }

    /// From draws in rows: `values` holds one row of `units` values for each draw, chains one after another.
    ///
    /// # Errors
    /// As [`new`](LogLikelihood::new).
    pub fn from_rows(chains: Vec<usize>, units: usize, values: &[f64]) -> Result<Self, InputError> {
        let draws: usize = chains.iter().sum();
        expect_size("values of the log-likelihood", draws * units, values.len())?;
        let mut turned = Vec::with_capacity(values.len());
        for unit in 0..units {
            turned.extend(values.iter().skip(unit).step_by(units));
        }
        Self::new(chains, units, turned)
    }

    pub fn units(&self) -> usize {
        self.units
    }

    /// Draws of all chains together.
    pub fn draws(&self) -> usize {
        self.values.len() / self.units
    }

    /// Draws of each chain.
    pub fn chains(&self) -> &[usize] {
        &self.chains
    }

    /// The values of one unit, chains one after another.
    pub fn unit(&self, unit: usize) -> &[f64] {
        let draws = self.draws();
        &self.values[unit * draws..(unit + 1) * draws]
    }

    /// Log pointwise predictive density of a unit under the posterior of all data: log of the mean likelihood.
    pub fn lpd(&self, unit: usize) -> f64 {
        log_mean_exp(self.unit(unit))
    }

    /// New units, each the sum of some of these (observations that are left out together: a group, a person, a day).
    ///
    /// # Errors
    /// A group that is empty or names a unit that does not exist; a unit in two groups or in none.
    pub fn regroup(&self, groups: &[Vec<usize>]) -> Result<Self, InputError> {
        let mut seen = vec![false; self.units];
        let mut values = Vec::with_capacity(groups.len() * self.draws());
        for group in groups {
            expect_at_least("units in a group", 1, group.len())?;
            let mut sum = vec![0.0; self.draws()];
            for &unit in group {
                match seen.get_mut(unit) {
                    Some(s) if !*s => *s = true,
                    Some(_) => return Err(InputError::Other(format!("unit {unit} is in two groups"))),
                    None => {
                        return Err(InputError::Other(format!("there is no unit {unit}: there are {}", self.units)));
                    }
                }
                sum.iter_mut().zip(self.unit(unit)).for_each(|(s, v)| *s += v);
            }
            values.extend(sum);
        }
        match seen.iter().position(|s| !s) {
            Some(unit) => Err(InputError::Other(format!("unit {unit} is in no group"))),
            None => Self::new(self.chains.clone(), groups.len(), values),
        }
    }

    /// Relative efficiency (effective sample size per draw) of the mean likelihood of a unit, as `loo::relative_eff(exp(log_lik))`; 1 where it is not
    /// defined. The likelihood is scaled to have maximum 1 first, so that it does not underflow (`loo` takes likelihoods
    /// that vary by less than 2e-16 for constants and falls back to 1).
    pub fn relative_efficiency(&self, unit: usize) -> f64 {
        relative_efficiency(&self.chains, self.unit(unit))
    }
}

/// See [`LogLikelihood::relative_efficiency`].
pub(super) fn relative_efficiency(chains: &[usize], log_likelihood: &[f64]) -> f64 {
    let largest = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let likelihood: Vec<f64> = log_likelihood.iter().map(|l| (l - largest).exp()).collect();
    // Chains are cut to the shortest, as for every diagnostic.
    let shortest = chains.iter().copied().filter(|n| *n > 0).min().unwrap_or(0);
    let mut start = 0;
    let mut slices = Vec::with_capacity(chains.len());
    for n in chains.iter().filter(|n| **n > 0) {
        slices.push(&likelihood[start..start + shortest]);
        start += n;
    }
    let efficiency = ess_mean(&slices) / (shortest * slices.len()) as f64;
    if efficiency > 0.0 { efficiency } else { 1.0 }
}

/// The relative efficiency that ArviZ uses for all units: the mean over `columns` (the posterior's variables; each one slice a chain)
/// of the effective sample sizes for the mean, per draw; 1 with a single chain.
pub fn mean_relative_efficiency(columns: &[Vec<&[f64]>]) -> f64 {
    let Some(first) = columns.first() else { return 1.0 };
    if first.len() == 1 {
        return 1.0;
    }
    let draws: usize = first.iter().map(|c| c.len()).sum();
    columns.iter().map(|c| ess_mean(c)).sum::<f64>() / columns.len() as f64 / draws as f64
}

/// Log of the mean of exponentials.
pub fn log_mean_exp(values: &[f64]) -> f64 {
    log_sum_exp_of(values) - (values.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_units_agree() {
        let ll = LogLikelihood::from_rows(vec![2, 1], 2, &[1., 2., 3., 4., 5., 6.]).unwrap();
        assert_eq!((ll.units(), ll.draws()), (2, 3));
        assert_eq!((ll.unit(0), ll.unit(1)), (&[1., 3., 5.][..], &[2., 4., 6.][..]));
        let both = ll.regroup(&[vec![1, 0]]).unwrap();
        assert_eq!(both.unit(0), [3., 7., 11.]);
        for bad in [vec![vec![0]], vec![vec![0, 0], vec![1]], vec![vec![0, 1, 2]], vec![vec![0, 1], vec![]]] {
            assert!(ll.regroup(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn impossible_values_are_named() {
        let e = LogLikelihood::new(vec![2], 2, vec![0., 0., 0., f64::NEG_INFINITY]).unwrap_err();
        assert_eq!(e, InputError::LogLikelihood { unit: 1, draw: 1, value: f64::NEG_INFINITY });
        assert!(e.to_string().contains("unit 1"), "{e}");
        assert!(LogLikelihood::new(vec![2], 2, vec![0.; 3]).is_err());
        assert!(LogLikelihood::new(vec![], 2, vec![]).is_err());
        assert!(LogLikelihood::new(vec![1], 0, vec![]).is_err());
    }

    #[test]
    fn efficiency_does_not_depend_on_the_scale_of_the_likelihood() {
        let values: Vec<f64> = (0..40).map(|i| ((i * 7919) % 41) as f64 / 10.0).collect();
        let low: Vec<f64> = values.iter().map(|v| v - 700.0).collect();
        let a = relative_efficiency(&[20, 20], &values);
        let b = relative_efficiency(&[20, 20], &low);
        assert!((a - b).abs() < 1e-9 && a != 1.0, "{a} {b}");
        assert_eq!(relative_efficiency(&[20, 20], &[3.0; 40]), 1.0);
        assert_eq!(relative_efficiency(&[2, 1], &[1.0, 2.0, 3.0]), 1.0);
    }
}
