//! On y_i ~ N(mu, 1) with a flat prior, where everything is known exactly.

use super::moment_match::{PointwiseDensity, Settings as MatchSettings, moment_match};
use super::refit::{Refit, RefitError, exact, k_fold};
use super::*;
use ppl_runtime::density::{Density, EvalError, Stream};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const DRAWS: usize = 4000;

fn normal_lpdf(y: f64, mean: f64, variance: f64) -> f64 {
    -0.5 * ((2.0 * std::f64::consts::PI * variance).ln() + (y - mean).powi(2) / variance)
}

struct Mean {
    y: Vec<f64>,
    rng: ChaCha8Rng,
    fits: usize,
}

impl Mean {
    fn new(y: &[f64]) -> Self {
        Mean { y: y.to_vec(), rng: ChaCha8Rng::seed_from_u64(4), fits: 0 }
    }

    /// Posterior draws given the units in `known`.
    fn posterior(&mut self, known: &[usize]) -> Vec<f64> {
        let n = known.len() as f64;
        let mean = known.iter().map(|i| self.y[*i]).sum::<f64>() / n;
        (0..DRAWS)
            .map(|_| {
                let z: f64 = StandardNormal.sample(&mut self.rng);
                mean + z / n.sqrt()
            })
            .collect()
    }

    fn log_likelihood(&self, draws: &[f64], units: &[usize]) -> LogLikelihood {
        let values = units.iter().flat_map(|i| draws.iter().map(|mu| normal_lpdf(self.y[*i], *mu, 1.0))).collect();
        LogLikelihood::new(vec![DRAWS / 4; 4], units.len(), values).unwrap()
    }

    /// Log density of unit i given `known`.
    fn predictive(&self, i: usize, known: &[usize]) -> f64 {
        let n = known.len() as f64;
        normal_lpdf(self.y[i], known.iter().map(|i| self.y[*i]).sum::<f64>() / n, 1.0 + 1.0 / n)
    }
}

impl Density for Mean {
    type Workspace = ();

    fn dim(&self) -> usize {
        1
    }

    fn workspace(&self) {}

    fn log_density_gradient(&self, _: &mut (), theta: &[f64], gradient: &mut [f64]) -> Result<f64, EvalError> {
        gradient[0] = self.y.iter().map(|y| y - theta[0]).sum();
        Ok(self.y.iter().map(|y| normal_lpdf(*y, theta[0], 1.0)).sum::<f64>() + 12.0)
    }

    fn names(&self) -> &[String] {
        &[]
    }

    fn expand(&self, _: &mut (), _: &[f64], _: Stream, _: &mut [f64]) -> Result<(), EvalError> {
        Ok(())
    }
}

impl PointwiseDensity for Mean {
    fn log_likelihood(&self, _: &mut (), theta: &[f64], unit: usize) -> Result<f64, EvalError> {
        Ok(normal_lpdf(self.y[unit], theta[0], 1.0))
    }
}

impl Refit for Mean {
    type Error = String;

    fn fit_without(&mut self, left_out: &[usize], evaluated: &[usize]) -> Result<LogLikelihood, String> {
        let known: Vec<usize> = (0..self.y.len()).filter(|i| !left_out.contains(i)).collect();
        if known.is_empty() {
            return Err("nothing left".into());
        }
        self.fits += 1;
        let draws = self.posterior(&known);
        Ok(Mean::log_likelihood(self, &draws, evaluated))
    }
}

fn others(n: usize, i: usize) -> Vec<usize> {
    (0..n).filter(|j| *j != i).collect()
}

const PLAIN: [f64; 10] = [0.3, -1.1, 0.8, 1.9, -0.4, 0.1, -2.0, 1.2, 0.6, -0.7];
/// The last unit is far out.
const OUTLIER: [f64; 6] = [0.3, -1.1, 0.8, 1.0, -0.4, 11.0];

#[test]
fn importance_sampling_finds_the_exact_values() {
    let mut model = Mean::new(&PLAIN);
    let all: Vec<usize> = (0..10).collect();
    let draws = model.posterior(&all);
    let ll = model.log_likelihood(&draws, &all);
    for convention in [Convention::Loo, Convention::Arviz] {
        let loo = loo(&ll, &Settings { convention, ..Settings::default() }).unwrap();
        assert!(loo.bad().is_empty());
        assert!(loo.mcse().unwrap() < 0.05);
        let mut total = 0.0;
        for (i, unit) in loo.units.iter().enumerate() {
            let exact = model.predictive(i, &others(10, i));
            total += exact;
            assert!((unit.elpd - exact).abs() < 5.0 * unit.mcse + 1e-3, "{i}: {unit:?} {exact}");
            assert!((0.5..1.5).contains(&unit.r_eff) && unit.effective_draws < 1.5 * DRAWS as f64);
        }
        assert!((loo.elpd().value - total).abs() < 5.0 * loo.mcse().unwrap());
        assert!((loo.looic().value + 2.0 * loo.elpd().value).abs() < 1e-12);
        // About one parameter: the exact sum is p = sum lpd - sum elpd.
        assert!((0.5..1.5).contains(&loo.p().value), "{:?}", loo.p());
    }
}

/// Values of the outlier's unit before and after what `improve` does.
fn improved(improve: impl Fn(&mut Mean, &[f64], &LogLikelihood, &mut Loo)) -> (Unit, Unit, f64) {
    let mut model = Mean::new(&OUTLIER);
    let all: Vec<usize> = (0..6).collect();
    let draws = model.posterior(&all);
    let ll = model.log_likelihood(&draws, &all);
    let mut result = loo(&ll, &Settings::default()).unwrap();
    assert_eq!(result.bad(), [5], "{result:?}");
    assert_eq!(result.mcse(), None);
    let before = result.units[5];
    improve(&mut model, &draws, &ll, &mut result);
    assert!(result.bad().is_empty(), "{result:?}");
    (before, result.units[5], model.predictive(5, &others(6, 5)))
}

#[test]
fn moment_matching_repairs_an_outlier() {
    let (before, after, exact) = improved(|model, draws, ll, loo| {
        let matched = moment_match(model, draws, ll, loo, &MatchSettings::default()).unwrap();
        assert_eq!(matched.len(), 1);
        assert!(matched[0].iterations >= 1 && matched[0].k_after < matched[0].k_before);
    });
    assert!((before.elpd - exact).abs() > 0.3, "{before:?} {exact}");
    assert!((after.elpd - exact).abs() < 5.0 * after.mcse && after.mcse < 0.1, "{after:?} {exact}");
    assert_eq!(after.method, Method::MomentMatched);
    assert!((after.elpd + after.p - before.elpd - before.p).abs() < 1e-9);
}

#[test]
fn a_refit_repairs_an_outlier() {
    let (_, after, exact_value) = improved(|model, _, ll, loo| exact(loo, ll, &[5], model).unwrap());
    assert!((after.elpd - exact_value).abs() < 5.0 * after.mcse && after.mcse < 1.0, "{after:?} {exact_value}");
    assert_eq!((after.method, after.k), (Method::Refit, 0.0));
}

#[test]
fn folds_are_predicted_from_the_others() {
    let mut model = Mean::new(&PLAIN);
    let fold_of = folds::random(10, 3, 1).unwrap();
    let result = k_fold(&fold_of, None, Convention::Loo, &mut model).unwrap();
    assert_eq!(model.fits, 3);
    for (i, unit) in result.units.iter().enumerate() {
        let known: Vec<usize> = (0..10).filter(|j| fold_of[*j] != fold_of[i]).collect();
        let exact = model.predictive(i, &known);
        assert!((unit.elpd - exact).abs() < 5.0 * unit.mcse, "{i}: {unit:?} {exact}");
    }
    assert!(result.p().value.is_nan());
    assert!((result.elpd().value - result.pointwise().iter().sum::<f64>()).abs() < 1e-12);
}

#[test]
fn refits_that_fail_say_for_what() {
    let mut model = Mean::new(&PLAIN[..2]);
    let e = k_fold(&[0, 0], None, Convention::Loo, &mut model).unwrap_err();
    assert!(matches!(e, RefitError::Input(_)), "{e}");
    assert!(k_fold(&[0, 2], None, Convention::Loo, &mut model).is_err());
    assert!(k_fold(&[0, usize::MAX], None, Convention::Loo, &mut model).is_err());
    let mut nothing = Mean::new(&PLAIN[..1]);
    let all = LogLikelihood::new(vec![1], 1, vec![0.0]).unwrap();
    let mut result = loo(&all, &Settings::default()).unwrap();
    let e = exact(&mut result, &all, &[0], &mut nothing).unwrap_err();
    assert_eq!(e.to_string(), "fitting without unit 0: nothing left");
    assert!(exact(&mut result, &all, &[3], &mut nothing).is_err());
}

#[test]
fn the_future_is_predicted_from_the_past() {
    // One shock in the middle, where the posterior jumps.
    let mut y: Vec<f64> = PLAIN.iter().chain(&PLAIN).copied().collect();
    y[12] = 14.0;
    let settings = forward::Settings { first: 5, ahead: 2, threshold: None, convention: Convention::Loo };
    let mut fits = Vec::new();
    for threshold in [None, Some(-1.0)] {
        let mut model = Mean::new(&y);
        let settings = forward::Settings { threshold, ..settings };
        let result = forward::leave_future_out(20, &settings, &mut model).unwrap();
        assert_eq!(result.steps.len(), 14);
        assert_eq!(result.fits(), model.fits);
        fits.push(model.fits);
        for step in &result.steps {
            // The joint density of two units: the second given the first as well.
            let known: Vec<usize> = (0..step.known).collect();
            let and_next: Vec<usize> = (0..=step.known).collect();
            let exact = model.predictive(step.known, &known) + model.predictive(step.known + 1, &and_next);
            // The shock itself lies far out in the tail of what draws can tell.
            if !(11..=12).contains(&step.known) {
                assert!((step.elpd - exact).abs() < 0.15, "{step:?} {exact}");
            }
            assert!(step.refitted || step.k <= threshold.unwrap_or(0.7), "{step:?}");
        }
    }
    // The stricter threshold fits again, after the shock among others.
    assert!(fits[0] < fits[1] && fits[1] < 14, "{fits:?}");
    let mut model = Mean::new(&y);
    // Exact: a fit in every step.
    let always = forward::Settings { threshold: Some(f64::NEG_INFINITY), ..settings };
    assert_eq!(forward::leave_future_out(20, &always, &mut model).unwrap().fits(), 14);
    for (first, ahead) in [(19, 2), (0, 0), (usize::MAX, 1)] {
        let wrong = forward::Settings { first, ahead, ..settings };
        assert!(forward::leave_future_out(20, &wrong, &mut model).is_err());
    }
}

#[test]
fn a_shift_of_the_log_likelihood_moves_only_the_elpd() {
    let mut model = Mean::new(&PLAIN);
    let all: Vec<usize> = (0..10).collect();
    let draws = model.posterior(&all);
    let ll = model.log_likelihood(&draws, &all);
    let shifted = LogLikelihood::new(
        ll.chains().to_vec(),
        10,
        (0..10).flat_map(|i| ll.unit(i).iter().map(move |l| l - 300.0 * i as f64)).collect(),
    )
    .unwrap();
    let (a, b) = (loo(&ll, &Settings::default()).unwrap(), loo(&shifted, &Settings::default()).unwrap());
    for (i, (a, b)) in a.units.iter().zip(&b.units).enumerate() {
        assert!((a.elpd - 300.0 * i as f64 - b.elpd).abs() < 1e-9);
        assert!((a.k - b.k).abs() < 1e-8 && (a.p - b.p).abs() < 1e-9 && (a.mcse - b.mcse).abs() < 1e-9);
    }
}

#[test]
fn efficiencies_must_fit() {
    let ll = LogLikelihood::new(vec![2], 2, vec![0.0; 4]).unwrap();
    for r_eff in [
        RelativeEfficiency::Common(0.0),
        RelativeEfficiency::Given(vec![1.0]),
        RelativeEfficiency::Given(vec![1.0, -1.0]),
    ] {
        let settings = Settings { r_eff, ..Settings::default() };
        assert!(loo(&ll, &settings).is_err(), "{settings:?}");
        assert!(weights(&ll, &settings, 0).is_err());
    }
}

/// y_i ~ normal(a + b x_i, sigma), flat prior on a, b and log sigma shifted far from 0; the last point has a lot of leverage.
struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Line {
    /// Residual of a unit and the scale.
    fn residual(&self, theta: &[f64], unit: usize) -> (f64, f64) {
        (self.y[unit] - theta[0] - theta[1] * self.x[unit], (theta[2] - 50.0).exp())
    }

    /// Posterior draws given the units in `known`: least squares, and the scale from a chi-square distribution.
    fn posterior(&self, known: &[usize], draws: usize, seed: u64) -> Vec<f64> {
        let (beta, inverse, squares) = self.least_squares(known);
        let degrees = known.len() as f64 - 2.0;
        let chi = rand_distr::ChiSquared::new(degrees).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (l11, l21) = (inverse[0].sqrt(), inverse[1] / inverse[0].sqrt());
        let l22 = (inverse[2] - l21 * l21).sqrt();
        (0..draws)
            .flat_map(|_| {
                let sigma = (squares / chi.sample(&mut rng)).sqrt();
                let (u, v): (f64, f64) = (StandardNormal.sample(&mut rng), StandardNormal.sample(&mut rng));
                [beta[0] + sigma * l11 * u, beta[1] + sigma * (l21 * u + l22 * v), sigma.ln() + 50.0]
            })
            .collect()
    }

    /// Coefficients, inverse of X'X as (11, 21, 22), residual sum of squares.
    fn least_squares(&self, known: &[usize]) -> ([f64; 2], [f64; 3], f64) {
        let sum = |f: &dyn Fn(f64, f64) -> f64| known.iter().map(|i| f(self.x[*i], self.y[*i])).sum::<f64>();
        let (n, x, xx) = (known.len() as f64, sum(&|x, _| x), sum(&|x, _| x * x));
        let (y, xy) = (sum(&|_, y| y), sum(&|x, y| x * y));
        let det = n * xx - x * x;
        let beta = [(xx * y - x * xy) / det, (n * xy - x * y) / det];
        let squares = sum(&|x, y| (y - beta[0] - beta[1] * x).powi(2));
        (beta, [xx / det, -x / det, n / det], squares)
    }

    /// Log predictive density of a unit given the others: Student's t.
    fn predictive(&self, unit: usize) -> f64 {
        let known = others(self.y.len(), unit);
        let (beta, inverse, squares) = self.least_squares(&known);
        let (x, degrees) = (self.x[unit], known.len() as f64 - 2.0);
        let scale = (squares / degrees * (1.0 + inverse[0] + 2.0 * x * inverse[1] + x * x * inverse[2])).sqrt();
        let t = statrs::distribution::StudentsT::new(beta[0] + beta[1] * x, scale, degrees).unwrap();
        statrs::distribution::Continuous::ln_pdf(&t, self.y[unit])
    }
}

impl Density for Line {
    type Workspace = ();

    fn dim(&self) -> usize {
        3
    }

    fn workspace(&self) {}

    fn log_density_gradient(&self, _: &mut (), theta: &[f64], _: &mut [f64]) -> Result<f64, EvalError> {
        (0..self.y.len()).map(|i| self.log_likelihood(&mut (), theta, i)).sum()
    }

    fn names(&self) -> &[String] {
        &[]
    }

    fn expand(&self, _: &mut (), _: &[f64], _: Stream, _: &mut [f64]) -> Result<(), EvalError> {
        Ok(())
    }
}

impl PointwiseDensity for Line {
    fn log_likelihood(&self, _: &mut (), theta: &[f64], unit: usize) -> Result<f64, EvalError> {
        let (residual, sigma) = self.residual(theta, unit);
        if sigma > 0.0 && sigma.is_finite() {
            Ok(normal_lpdf(residual, 0.0, sigma * sigma))
        } else {
            Err(EvalError::Reject("the scale is not positive and finite".into()))
        }
    }
}

#[test]
fn moment_matching_moves_variances_and_covariances_too() {
    let x = vec![-1.0, -0.6, -0.2, 0.1, 0.5, 0.9, 1.2, 1.5, 8.0];
    let y = vec![-0.9, -0.9, 0.1, 0.2, 0.3, 1.2, 0.9, 1.8, 11.5];
    let line = Line { x, y };
    let all: Vec<usize> = (0..9).collect();
    let count = 40_000;
    let draws = line.posterior(&all, count, 3);
    let values = all
        .iter()
        .flat_map(|i| draws.chunks(3).map(|theta| line.log_likelihood(&mut (), theta, *i).unwrap()))
        .collect();
    let ll = LogLikelihood::new(vec![count / 4; 4], 9, values).unwrap();
    let before = loo(&ll, &Settings::default()).unwrap();
    assert_eq!(before.bad(), [8], "{before:?}");
    let exact = line.predictive(8);
    let mut after = before.clone();
    let matched = moment_match(&line, &draws, &ll, &mut after, &MatchSettings::default()).unwrap();
    println!("{matched:?}\nexact {exact}\nbefore {:?}\nafter {:?}", before.units[8], after.units[8]);
    assert!(matched[0].iterations > 1 && after.bad().is_empty(), "{matched:?}");
    let unit = after.units[8];
    assert!((unit.elpd - exact).abs() < 5.0 * unit.mcse && unit.mcse < 0.05, "{unit:?} {exact}");
    assert!((before.units[8].elpd - exact).abs() > 2.0 * (unit.elpd - exact).abs());
    // Other units are left as they were.
    assert_eq!(before.units[..8], after.units[..8]);
    // Nothing is done when nothing is bad, and sizes are checked.
    assert!(moment_match(&line, &draws, &ll, &mut after, &MatchSettings::default()).unwrap().is_empty());
    assert!(moment_match(&line, &draws[3..], &ll, &mut after, &MatchSettings::default()).is_err());
}
