//! Simulation-based calibration of the sampler on a model: parameters from the prior, data from the parameters, a fit, and the rank of the
//! parameters among the draws of the fit, which is uniform if all of it is right (Talts, Betancourt, Simpson, Vehtari and Gelman, 2018,
//! "Validating Bayesian inference algorithms with simulation-based calibration"; Cook, Gelman and Rubin, 2006).

use crate::model::Model;
use crate::reversal::{BoundSimulator, Role};
use crate::{BindError, Bound, Data, Draws, EvalError, ReverseOptions, SampleError, Settings, sbc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How to calibrate.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationSettings {
    /// Fits.
    pub replications: u64,
    /// How each fit is sampled; its seed is that of the replication.
    pub fit: Settings,
    /// Draws that the true values are ranked among, thinned from those of the fit.
    pub ranked: usize,
    /// Effective draws that each fit must have (the least over the quantities): one with fewer is sampled anew with twice the warm-up and twice the
    /// draws, up to [`LONGEST`](CalibrationSettings::LONGEST) times as many as `fit` says.
    pub min_effective: f64,
    pub seed: u64,
    /// Fits at once; 0 is one a processor.
    pub threads: usize,
}

impl CalibrationSettings {
    /// How many times as many draws a fit may take as was asked for, to have enough effective ones.
    pub const LONGEST: usize = 16;
}

impl Default for CalibrationSettings {
    fn default() -> Self {
        let fit = Settings { chains: 1, warmup: 300, draws: 600, threads: Some(1), ..Settings::default() };
        CalibrationSettings { replications: 200, fit, ranked: 99, min_effective: 100.0, seed: 1, threads: 0 }
    }
}

/// What the fits came to.
#[derive(Clone, Debug)]
pub struct Calibration {
    pub ranks: sbc::Ranks,
    /// Effective sample size of each fit (the least over the quantities), before thinning.
    pub effective: Vec<f64>,
    /// Fits that were made longer for the sake of their effective draws.
    pub extended: usize,
    /// Divergent transitions over all fits.
    pub divergences: usize,
    /// Replications whose data set could not be drawn or fitted, and the first message. They are left out, which biases the ranks if there
    /// are many.
    pub failed: u64,
    pub message: Option<String>,
}

/// Why there is no calibration.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The program has no simulator that draws everything.
    #[error("{0}")]
    NoSimulator(String),
    #[error("{0}")]
    Bind(BindError),
    #[error("replication {index}: {message}")]
    Replication { index: u64, message: String },
}

/// What draws from a posterior.
pub type Sampler<'a> = dyn Fn(&Bound, &Settings) -> Result<Draws, SampleError> + Sync + 'a;

/// One fit.
struct Fit {
    truth: Vec<f64>,
    draws: Vec<Vec<f64>>,
    effective: f64,
    extended: bool,
    divergences: usize,
    tie: f64,
}

impl Model {
    /// Calibrates the sampler on this model for these sizes and covariates. `progress` is told the number of fits done; `stop` ends it
    /// early.
    ///
    /// # Errors
    /// [`CalibrationError`].
    pub fn calibrate(
        &self,
        data: &Data,
        options: &ReverseOptions,
        settings: &CalibrationSettings,
        stop: &AtomicBool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Calibration, CalibrationError> {
        self.calibrate_with(&|bound, settings| bound.sample(settings), data, options, settings, stop, progress)
    }

    /// As [`calibrate`](Model::calibrate), for a sampler of one's own.
    ///
    /// # Errors
    /// [`CalibrationError`].
    pub fn calibrate_with(
        &self,
        sampler: &Sampler<'_>,
        data: &Data,
        options: &ReverseOptions,
        settings: &CalibrationSettings,
        stop: &AtomicBool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Calibration, CalibrationError> {
        let reversal = self.reverse(options);
        let simulator = reversal.simulator.filter(|s| !s.by_mcmc()).ok_or_else(|| {
            let reason =
                reversal.report.reasons.first().map_or(String::new(), |r| format!(" (line {}: {})", r.line, r.text));
            CalibrationError::NoSimulator(format!("the parameters of this program cannot be drawn one by one{reason}"))
        })?;
        let simulator = simulator.bind(data).map_err(CalibrationError::Bind)?;
        let declared: Vec<String> = self.info().inputs.iter().map(|v| v.name.clone()).collect();
        for column in simulator.columns().iter().filter(|c| c.role == Role::Observed) {
            if !declared.contains(&column.name) {
                let text = format!("`{}` is computed from data, which cannot be computed back", column.name);
                return Err(CalibrationError::NoSimulator(text));
            }
        }
        let wanted: Vec<usize> = simulator
            .columns()
            .iter()
            .filter(|c| c.role == Role::Parameter)
            .flat_map(|c| c.first..c.first + c.count())
            .collect();
        let names: Vec<String> = wanted.iter().map(|&at| simulator.bound().names()[at].clone()).collect();
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let next = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let worker = || {
            let mut fits = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= settings.replications || stop.load(Ordering::Relaxed) {
                    return fits;
                }
                fits.push((index, self.replicate(sampler, &simulator, (&wanted, &names), settings, index)));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        let mut fits: Vec<(u64, Result<Option<Fit>, String>)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            let join =
                |w: std::thread::ScopedJoinHandle<_>| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            workers.into_iter().flat_map(join).collect()
        });
        fits.sort_by_key(|(index, _)| *index);
        let constant = constants(&fits, wanted.len());
        let kept = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&constant).filter(|(_, c)| !**c).map(|(v, _)| *v).collect()
        };
        let names = names.iter().zip(&constant).filter(|(_, c)| !**c).map(|(n, _)| n.clone()).collect();
        let mut out = Calibration {
            ranks: sbc::Ranks::new(names, settings.ranked),
            effective: Vec::new(),
            extended: 0,
            divergences: 0,
            failed: 0,
            message: None,
        };
        for (index, fit) in fits {
            match fit {
                Ok(Some(fit)) => {
                    let draws: Vec<Vec<f64>> =
                        fit.draws.iter().zip(&constant).filter(|(_, c)| !**c).map(|(d, _)| d.clone()).collect();
                    out.ranks
                        .add(&kept(&fit.truth), &draws, fit.tie)
                        .map_err(|message| CalibrationError::Replication { index, message })?;
                    out.effective.push(fit.effective);
                    out.extended += usize::from(fit.extended);
                    out.divergences += fit.divergences;
                }
                Ok(None) => out.failed += 1,
                Err(message) => {
                    out.failed += 1;
                    out.message.get_or_insert(message);
                }
            }
        }
        Ok(out)
    }

    /// Draws a data set, fits it, and thins the draws. `None` where the data set was rejected.
    fn replicate(
        &self,
        sampler: &Sampler<'_>,
        simulator: &BoundSimulator,
        (wanted, names): (&[usize], &[String]),
        settings: &CalibrationSettings,
        index: u64,
    ) -> Result<Option<Fit>, String> {
        let draw = match simulator.draw(settings.seed, index) {
            Ok(draw) => draw,
            Err(EvalError::Reject(_)) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let bound = self.bind(&simulator.data_set(&draw)).map_err(|error| error.to_string())?;
        let seed = settings.seed.wrapping_add(1 + index);
        let mut fit = Settings { seed, ..settings.fit.clone() };
        let (draws, thinned) = loop {
            let draws = sampler(&bound, &fit).map_err(|error: SampleError| error.to_string())?;
            let thinned = sbc::thin(&quantities(&draws, names)?, settings.ranked).map_err(|error| error.to_string())?;
            let longest = settings.fit.draws.saturating_mul(CalibrationSettings::LONGEST);
            if thinned.effective >= settings.min_effective || fit.draws >= longest {
                break (draws, thinned);
            }
            fit.draws = fit.draws.saturating_mul(2).min(longest);
            fit.warmup = fit.warmup.saturating_mul(2);
        };
        let extended = fit.draws > settings.fit.draws;
        let divergences = draws.chains.iter().flat_map(|c| &c.draws.statistics).filter(|s| s.divergent).count();
        // Ties (parameters that are constant, as the diagonal of a correlation matrix) are broken at random.
        let tie = ChaCha8Rng::seed_from_u64(seed).random::<f64>();
        let truth = wanted.iter().map(|&at| draw[at]).collect();
        Ok(Some(Fit { truth, draws: thinned.draws, effective: thinned.effective, extended, divergences, tie }))
    }
}

/// The draws of the quantities of these names, one vector a chain.
fn quantities(draws: &Draws, names: &[String]) -> Result<Vec<Vec<Vec<f64>>>, String> {
    let column = |name: &String| {
        let at = draws.names.iter().position(|n| n == name).ok_or(format!("`{name}` is not in the draws"))?;
        Ok(draws.column(at))
    };
    names.iter().map(column).collect()
}

/// Which quantities are the same number in all fits and truths: they have no rank.
fn constants(fits: &[(u64, Result<Option<Fit>, String>)], count: usize) -> Vec<bool> {
    let mut constant = vec![true; count];
    let mut first: Option<&[f64]> = None;
    for fit in fits.iter().filter_map(|(_, fit)| fit.as_ref().ok()?.as_ref()) {
        let reference = *first.get_or_insert(&fit.truth);
        for (at, flag) in constant.iter_mut().enumerate() {
            *flag &= fit.truth[at] == reference[at] && fit.draws[at].iter().all(|x| *x == reference[at]);
        }
    }
    constant
}
