//! Predictive checks: data that the model generates beside the data it was given (Gelman, Meng and Stern 1996, "Posterior predictive
//! assessment of model fitness via realized discrepancies", Statistica Sinica 6), and the place of each observation among its predictions
//! (Gelfand, Dey and Chang 1992; with leave-one-out weights as in Vehtari, Gelman and Gabry 2017).

use crate::diagnostics::quantile;
use crate::input::{InputError, expect_at_least, expect_size, expect_values};
use crate::loo::{self, LogLikelihood};
use crate::sbc::uniformity::ecdf_p_value;

/// What is asked of a data set: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    Mean,
    /// With divisor n - 1.
    Sd,
    Min,
    Max,
    Median,
    /// Share of values that are exactly 0.
    Zeros,
    /// Autocorrelation of neighbours, in the order of the data.
    Autocorrelation,
}

impl Quantity {
    pub const ALL: [Quantity; 7] = [
        Quantity::Mean,
        Quantity::Sd,
        Quantity::Min,
        Quantity::Max,
        Quantity::Median,
        Quantity::Zeros,
        Quantity::Autocorrelation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Quantity::Mean => "mean",
            Quantity::Sd => "sd",
            Quantity::Min => "min",
            Quantity::Max => "max",
            Quantity::Median => "median",
            Quantity::Zeros => "share of zeros",
            Quantity::Autocorrelation => "lag-1 autocorrelation",
        }
    }

    /// NaN where it is not defined: no values, one value for `Sd`, constant values for `Autocorrelation`, a value that is NaN.
    pub fn of(self, y: &[f64]) -> f64 {
        let n = y.len() as f64;
        if y.is_empty() || y.iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        let mean = y.iter().sum::<f64>() / n;
        let squares = || y.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        match self {
            Quantity::Mean => mean,
            Quantity::Sd => (squares() / (n - 1.0)).sqrt(),
            Quantity::Min => y.iter().copied().fold(f64::INFINITY, f64::min),
            Quantity::Max => y.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Quantity::Median => quantile(&[y], 0.5),
            Quantity::Zeros => y.iter().filter(|v| **v == 0.0).count() as f64 / n,
            Quantity::Autocorrelation if y.iter().all(|v| *v == y[0]) => f64::NAN,
            Quantity::Autocorrelation => y.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum::<f64>() / squares(),
        }
    }
}

/// A quantity of the data among that of replicated data sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub name: String,
    /// Of the data.
    pub observed: f64,
    /// Of each replication in which it is defined.
    pub replicated: Vec<f64>,
    /// Replications in which it is not defined (NaN); they are left out.
    pub undefined: usize,
}

impl Check {
    /// Share of the replications that are at least as large as the data: the predictive p-value as it is usually defined.
    pub fn p_at_least(&self) -> f64 {
        self.share(|r| r >= self.observed)
    }

    /// The same with half the ties: near 0 or 1 where the model does not generate data like these, 1/2 where all are the same.
    pub fn p(&self) -> f64 {
        self.share(|r| r > self.observed) + 0.5 * self.share(|r| r == self.observed)
    }

    /// Twice the smaller tail of [`p`](Check::p), at most 1.
    pub fn two_sided(&self) -> f64 {
        2.0 * self.p().min(1.0 - self.p())
    }

    fn share(&self, of: impl Fn(f64) -> bool) -> f64 {
        if self.observed.is_nan() || self.replicated.is_empty() {
            return f64::NAN;
        }
        self.replicated.iter().filter(|r| of(**r)).count() as f64 / self.replicated.len() as f64
    }
}

type Function<'a> = Box<dyn Fn(&[f64]) -> f64 + 'a>;

/// Checks of one data set, fed one replication at a time, from the prior or from the posterior.
pub struct Checks<'a> {
    y: &'a [f64],
    quantities: Vec<Function<'a>>,
    checks: Vec<Check>,
}

impl<'a> Checks<'a> {
    /// Of the data `y`.
    pub fn new(y: &'a [f64], quantities: &[Quantity]) -> Self {
        let mut checks = Checks { y, quantities: Vec::new(), checks: Vec::new() };
        for quantity in quantities.iter().copied() {
            checks.also(quantity.name(), move |y| quantity.of(y));
        }
        checks
    }

    /// Adds a quantity of one's own. Replications that were added before are not looked at again.
    pub fn also(&mut self, name: &str, quantity: impl Fn(&[f64]) -> f64 + 'a) {
        let observed = quantity(self.y);
        self.checks.push(Check { name: name.to_string(), observed, replicated: Vec::new(), undefined: 0 });
        self.quantities.push(Box::new(quantity));
    }

    /// Adds a replicated data set, in the order of the data.
    ///
    /// # Errors
    /// Another number of values than the data.
    pub fn add(&mut self, replication: &[f64]) -> Result<(), InputError> {
        expect_size("values of a replicated data set", self.y.len(), replication.len())?;
        for (check, quantity) in self.checks.iter_mut().zip(&self.quantities) {
            match quantity(replication) {
                value if value.is_nan() => check.undefined += 1,
                value => check.replicated.push(value),
            }
        }
        Ok(())
    }

    pub fn finish(self) -> Vec<Check> {
        self.checks
    }
}

/// Where an observation lies in its predictive distribution (the probability integral transform).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pit {
    /// Probability of a smaller value.
    pub below: f64,
    /// Probability of a value at most as large. The two differ for discrete outcomes.
    pub at_most: f64,
}

impl Pit {
    /// Uniform for a right model if `u` is, also for discrete outcomes.
    pub fn randomized(&self, u: f64) -> f64 {
        self.below + u * (self.at_most - self.below)
    }

    /// The middle between the two.
    pub fn mid(&self) -> f64 {
        0.5 * (self.below + self.at_most)
    }

    /// From predictions and their weights.
    fn of(y: f64, predictions: impl Iterator<Item = (f64, f64)>) -> Pit {
        let (mut below, mut equal, mut total) = (0.0, 0.0, 0.0);
        for (prediction, weight) in predictions {
            total += weight;
            if prediction < y {
                below += weight;
            } else if prediction == y {
                equal += weight;
            }
        }
        Pit { below: (below / total).min(1.0), at_most: ((below + equal) / total).min(1.0) }
    }
}

/// The place of each observation of `y` among its predictions. `replications` holds one row of `y.len()` values a draw.
///
/// # Errors
/// Rows that are not whole, no rows, values that are NaN.
pub fn pit(y: &[f64], replications: &[f64]) -> Result<Vec<Pit>, InputError> {
    check_replications(y, replications)?;
    let n = y.len();
    Ok((0..n).map(|i| Pit::of(y[i], replications.iter().skip(i).step_by(n).map(|r| (*r, 1.0)))).collect())
}

/// The same with each observation left out by smoothed importance weights: uniform for a right model, where [`pit`] uses the data twice. Units of
/// `log_likelihood` are the observations, its draws the rows of `replications`.
///
/// # Errors
/// As [`pit`], and other numbers of units or draws in the log-likelihood.
pub fn loo_pit(
    y: &[f64],
    replications: &[f64],
    log_likelihood: &LogLikelihood,
    settings: &loo::Settings,
) -> Result<Vec<Pit>, InputError> {
    check_replications(y, replications)?;
    let n = y.len();
    expect_size("units of the log-likelihood", n, log_likelihood.units())?;
    expect_size("draws of the log-likelihood", replications.len() / n, log_likelihood.draws())?;
    (0..n)
        .map(|i| {
            let weights = loo::weights(log_likelihood, settings, i)?;
            let predictions = replications.iter().skip(i).step_by(n).copied();
            Ok(Pit::of(y[i], predictions.zip(weights.log_weights.iter().map(|w| w.exp()))))
        })
        .collect()
}

/// p-value of the hypothesis that values in [0, 1] are uniform and independent, by the test of the empirical distribution function. Leave-one-out
/// values depend on each other a little: their p-value is approximate.
pub fn uniformity(values: &[f64]) -> f64 {
    const STEPS: usize = 1000;
    let steps: Vec<usize> =
        values.iter().map(|v| ((v.clamp(0.0, 1.0) * STEPS as f64) as usize).min(STEPS - 1)).collect();
    ecdf_p_value(&steps, STEPS - 1)
}

fn check_replications(y: &[f64], replications: &[f64]) -> Result<(), InputError> {
    expect_at_least("observations", 1, y.len())?;
    expect_at_least("values of replications", y.len(), replications.len())?;
    expect_size("values of replications beyond whole data sets", 0, replications.len() % y.len())?;
    expect_values("observations", y, |v| !v.is_nan())?;
    expect_values("values of replications", replications, |v| !v.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Poisson, StandardNormal};

    #[test]
    fn quantities_of_data() {
        let y = [2.0, 0.0, 4.0, 0.0, 1.0];
        let expected = [1.4, 2.8f64.sqrt(), 0.0, 4.0, 1.0, 0.4];
        for (quantity, expected) in Quantity::ALL.into_iter().zip(expected) {
            assert!((quantity.of(&y) - expected).abs() < 1e-14, "{}", quantity.name());
        }
        // Deviations 0.6, -1.4, 2.6, -1.4, -0.4.
        assert!((Quantity::Autocorrelation.of(&y) - (-0.84 - 3.64 - 3.64 + 0.56) / 11.2).abs() < 1e-14);
        for quantity in Quantity::ALL {
            assert!(quantity.of(&[]).is_nan() && quantity.of(&[1.0, f64::NAN]).is_nan());
        }
        assert!(Quantity::Sd.of(&[1.0]).is_nan() && Quantity::Autocorrelation.of(&[3.0, 3.0]).is_nan());
    }

    #[test]
    fn checks_count_ties_and_undefined_replications() {
        let y = [0.0, 1.0, 2.0];
        let mut checks = Checks::new(&y, &[Quantity::Zeros, Quantity::Autocorrelation]);
        checks.also("range", |y| Quantity::Max.of(y) - Quantity::Min.of(y));
        for replication in [[0.0, 0.0, 1.0], [0.0, 5.0, 6.0], [1.0, 1.0, 1.0], [0.0, 2.0, 1.0]] {
            checks.add(&replication).unwrap();
        }
        assert!(checks.add(&[1.0]).is_err());
        let checks = checks.finish();
        // Shares 2/3, 1/3, 0, 1/3 beside 1/3.
        assert_eq!((checks[0].p_at_least(), checks[0].p()), (0.75, 0.5));
        assert_eq!((checks[1].undefined, checks[1].replicated.len()), (1, 3));
        assert_eq!((checks[2].name.as_str(), checks[2].observed), ("range", 2.0));
        assert_eq!((checks[2].p_at_least(), checks[2].p(), checks[2].two_sided()), (0.5, 0.375, 0.75));
        assert!(Checks::new(&[1.0], &[Quantity::Sd]).finish()[0].p().is_nan());
    }

    #[test]
    fn prior_predictive_p_values_are_uniform_and_a_wrong_model_is_seen() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let data = |rng: &mut ChaCha8Rng, slope: f64| -> Vec<f64> {
            let mu: f64 = StandardNormal.sample(rng);
            let mut last = 0.0;
            (0..30)
                .map(|_| {
                    let z: f64 = StandardNormal.sample(rng);
                    last = slope * last + z;
                    mu + last
                })
                .collect()
        };
        let p: Vec<f64> = (0..300)
            .map(|_| {
                let y = data(&mut rng, 0.0);
                let mut checks = Checks::new(&y, &[Quantity::Mean]);
                (0..199).for_each(|_| checks.add(&data(&mut rng, 0.0)).unwrap());
                checks.finish()[0].p()
            })
            .collect();
        assert!(uniformity(&p) > 0.001, "{}", uniformity(&p));
        let y = data(&mut rng, 0.9);
        let mut checks = Checks::new(&y, &[Quantity::Autocorrelation]);
        (0..500).for_each(|_| checks.add(&data(&mut rng, 0.0)).unwrap());
        assert!(checks.finish()[0].p() < 0.01);
    }

    #[test]
    fn places_of_discrete_observations_are_randomized() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let poisson = Poisson::new(1.5).unwrap();
        let y: Vec<f64> = (0..200).map(|_| poisson.sample(&mut rng)).collect();
        let rows: Vec<f64> = (0..500 * 200).map(|_| poisson.sample(&mut rng)).collect();
        let places = pit(&y, &rows).unwrap();
        let values: Vec<f64> = places.iter().map(|p| p.randomized(rng.random())).collect();
        assert!(uniformity(&values) > 0.001);
        // Without that, the steps show.
        let steps: Vec<f64> = places.iter().map(|p| p.at_most).collect();
        assert!(uniformity(&steps) < 1e-6);
        assert!(places.iter().all(|p| p.below < p.mid() && p.mid() < p.at_most));
    }

    #[test]
    fn left_out_places_are_uniform_where_plain_ones_are_not() {
        // As many parameters as observations: y_i ~ normal(mu_i, 1), mu_i ~ normal(0, 1).
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let (n, draws) = (200, 2000);
        let y: Vec<f64> = (0..n).map(|_| normal() + normal()).collect();
        let (mut replications, mut ll) = (Vec::new(), Vec::new());
        for _ in 0..draws {
            for y in &y {
                let mu = 0.5 * y + 0.5f64.sqrt() * normal();
                replications.push(mu + normal());
                ll.push(-0.5 * (y - mu) * (y - mu));
            }
        }
        let ll = LogLikelihood::from_rows(vec![draws / 2; 2], n, &ll).unwrap();
        let left_out = loo_pit(&y, &replications, &ll, &loo::Settings::default()).unwrap();
        let p = uniformity(&left_out.iter().map(Pit::mid).collect::<Vec<_>>());
        let plain = uniformity(&pit(&y, &replications).unwrap().iter().map(Pit::mid).collect::<Vec<_>>());
        assert!(p > 0.01 && plain < 1e-6, "{p} {plain}");
    }

    #[test]
    fn sizes_must_fit() {
        assert!(pit(&[], &[]).is_err());
        assert!(pit(&[1.0, 2.0], &[1.0, 2.0, 3.0]).is_err());
        assert!(pit(&[1.0], &[f64::NAN]).is_err());
        let ll = LogLikelihood::new(vec![2], 2, vec![0.0; 4]).unwrap();
        assert!(loo_pit(&[1.0], &[1.0, 2.0], &ll, &loo::Settings::default()).is_err());
        assert!(loo_pit(&[1.0, 2.0], &[1.0, 2.0], &ll, &loo::Settings::default()).is_err());
    }
}
