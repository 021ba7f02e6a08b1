//! Chains in parallel.

use crate::draws::{ChainDraws, DrawStatistics, Draws};
use crate::initial::initial_point;
use crate::nuts::{Job, Place, Stop, run_chain};
use crate::settings::{Settings, SettingsError};
use ppl_runtime::density::{Density, EvalError, Stream};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why a run gave no draws.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SampleError {
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("initial values: expected {expected} unconstrained values, found {found}")]
    InitialLength { expected: usize, found: usize },
    /// No starting point was found. `point` is the last that was tried (unconstrained).
    #[error(
        "chain {}: no starting point with a finite log density and gradient in {attempts} attempt{}; at the last one: {reason}",
        chain + 1,
        if *attempts == 1 { "" } else { "s" }
    )]
    Initial { chain: usize, attempts: usize, reason: String, point: Vec<f64> },
    /// An evaluation failed in a way that rejecting the point does not mend. Iteration 0 is initialisation.
    #[error("chain {}, iteration {iteration}: {error}", chain + 1)]
    Evaluation { chain: usize, iteration: usize, error: EvalError, place: Place },
    #[error("chain {}: {message}", chain + 1)]
    Sampler { chain: usize, message: String },
    #[error("not enough memory for the draws")]
    Memory,
}

/// Where a chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Warmup,
    Sampling,
    /// Done or stopped.
    Finished,
}

/// A report on one chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// From 0.
    pub chain: usize,
    /// Iterations done, warm-up included.
    pub iterations: usize,
    /// Iterations to do, warm-up included.
    pub total: usize,
    pub phase: Phase,
    /// Divergences after warm-up.
    pub divergences: usize,
    pub step_size: f64,
    /// Gradients so far.
    pub gradients: u64,
}

/// How a caller follows and ends a run.
#[derive(Default)]
pub struct Control<'a> {
    /// Raise it to end the run; the draws so far are kept.
    pub stop: Option<&'a AtomicBool>,
    /// Called from the chains' threads, a chain at most every 50 ms and when its phase changes.
    pub progress: Option<&'a (dyn Fn(&Progress) + Sync)>,
}

const REPORT_EVERY: Duration = Duration::from_millis(50);

/// Draws from `density`. See [`sample_with`].
///
/// # Errors
/// [`SampleError`]. Points where the density rejects are no errors.
pub fn sample<D: Density>(density: &D, settings: &Settings) -> Result<Draws, SampleError> {
    sample_with(density, settings, &Control::default())
}

/// Draws from `density`, with progress and cancellation.
///
/// Each chain runs on one thread with random numbers of its own, so the result does not depend on the number of
/// threads. A density without coordinates is expanded `draws` times a chain, without sampling.
///
/// # Errors
/// [`SampleError`] of the chain with the lowest number that failed; the others are stopped.
pub fn sample_with<D: Density>(density: &D, settings: &Settings, control: &Control<'_>) -> Result<Draws, SampleError> {
    settings.validate()?;
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Mutex<Vec<Option<Result<ChainDraws, SampleError>>>> =
        Mutex::new((0..settings.chains).map(|_| None).collect());
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = settings.threads.unwrap_or(available).min(settings.chains);
    // One flag for the evaluations to look at: raised by the caller's, or by a chain that failed.
    let stop = AtomicBool::new(false);
    let running = AtomicUsize::new(threads);
    let work = || {
        loop {
            let chain = next.fetch_add(1, Ordering::Relaxed);
            if chain >= settings.chains {
                break;
            }
            let result = catch_unwind(AssertUnwindSafe(|| sample_chain(density, settings, chain, &stop, control)))
                .unwrap_or_else(|payload| {
                    let message = payload
                        .downcast_ref::<String>()
                        .cloned()
                        .or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_string()))
                        .unwrap_or_else(|| "unknown".into());
                    Err(SampleError::Sampler { chain, message: format!("internal error: {message}") })
                });
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
                stop.store(true, Ordering::Relaxed);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner)[chain] = Some(result);
        }
        running.fetch_sub(1, Ordering::Release);
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
        // The caller's flag is watched here, so that evaluations look at one flag only.
        if let Some(flag) = control.stop {
            while running.load(Ordering::Acquire) > 0 {
                if flag.load(Ordering::Relaxed) {
                    stop.store(true, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut chains = Vec::with_capacity(settings.chains);
    let mut error = None;
    for result in results.into_iter().flatten() {
        match result {
            Ok(chain) => chains.push(chain),
            Err(e) => error = error.or(Some(e)),
        }
    }
    match error {
        Some(error) => Err(error),
        None => Ok(Draws {
            names: density.names().to_vec(),
            cancelled: chains.iter().any(|c| c.draws.rows() < settings.draws),
            chains,
            max_depth: settings.max_depth,
        }),
    }
}

/// Which random numbers of a chain.
#[derive(Clone, Copy)]
enum Purpose {
    Initial = 1,
    Sampling = 2,
}

/// The generator of (seed, chain, purpose). Generated quantities have their own, named by a [`Stream`].
fn generator(seed: u64, chain: usize, purpose: Purpose) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(chain as u64).to_le_bytes());
    key[16] = purpose as u8;
    ChaCha8Rng::from_seed(key)
}

fn sample_chain<D: Density>(
    density: &D,
    settings: &Settings,
    chain: usize,
    stop: &AtomicBool,
    control: &Control<'_>,
) -> Result<ChainDraws, SampleError> {
    let mut recorder = Recorder::new(density, settings, chain, control);
    if stop.load(Ordering::Relaxed) {
        return Ok(recorder.finish());
    }
    let mut rng = generator(settings.seed, chain, Purpose::Initial);
    let initial = initial_point(density, &mut recorder.workspace, settings, chain, &mut rng)?;
    recorder.out.initial.clone_from(&initial);
    let outcome = if density.dim() == 0 {
        recorder.forward(stop)
    } else {
        let mut rng = generator(settings.seed, chain, Purpose::Sampling);
        let job = Job { dim: density.dim(), settings, chain, initial: &initial, stop };
        let mut workspace = density.workspace();
        let mut evaluate =
            |theta: &[f64], gradient: &mut [f64]| density.log_density_gradient(&mut workspace, theta, gradient);
        run_chain(&job, &mut evaluate, &mut rng, &mut |iteration| {
            if let Some(scales) = iteration.scales {
                recorder.out.inverse_metric = scales.iter().map(|s| s * s).collect();
            }
            recorder.record(iteration.theta, iteration.statistics)
        })
    };
    match outcome {
        Ok(()) | Err(Stop::Cancelled) if recorder.out_of_memory => Err(SampleError::Memory),
        Ok(()) | Err(Stop::Cancelled) => Ok(recorder.finish()),
        Err(Stop::Evaluation(error, place)) => {
            Err(SampleError::Evaluation { chain, iteration: recorder.iterations + 1, error, place })
        }
        Err(Stop::Sampler(message)) => Err(SampleError::Sampler { chain, message }),
    }
}

/// Collects the iterations of one chain.
struct Recorder<'a, D: Density> {
    density: &'a D,
    workspace: D::Workspace,
    settings: &'a Settings,
    control: &'a Control<'a>,
    out: ChainDraws,
    row: Vec<f64>,
    iterations: usize,
    gradients: u64,
    divergences: usize,
    out_of_memory: bool,
    started: Instant,
    sampling_started: Option<Instant>,
    reported: Option<(Instant, Phase)>,
}

impl<'a, D: Density> Recorder<'a, D> {
    fn new(density: &'a D, settings: &'a Settings, chain: usize, control: &'a Control<'a>) -> Self {
        Recorder {
            density,
            workspace: density.workspace(),
            settings,
            control,
            out: ChainDraws { chain, ..ChainDraws::default() },
            row: vec![f64::NAN; density.names().len()],
            iterations: 0,
            gradients: 0,
            divergences: 0,
            out_of_memory: false,
            started: Instant::now(),
            sampling_started: None,
            reported: None,
        }
    }

    fn record(&mut self, theta: &[f64], statistics: DrawStatistics) -> Result<(), Stop> {
        let sampling = self.iterations >= self.settings.warmup;
        if sampling && self.sampling_started.is_none() {
            // The iteration that has just ended is the first draw; its time is counted as warm-up's.
            self.out.warmup_seconds = self.started.elapsed().as_secs_f64();
            self.sampling_started = Some(Instant::now());
        }
        if sampling || self.settings.save_warmup {
            self.expand(theta)?;
            let block = if sampling { &mut self.out.draws } else { &mut self.out.warmup };
            if block.values.try_reserve(self.row.len()).is_err() || block.statistics.try_reserve(1).is_err() {
                self.out_of_memory = true;
                return Err(Stop::Cancelled);
            }
            block.values.extend_from_slice(&self.row);
            block.statistics.push(statistics);
        }
        self.iterations += 1;
        self.gradients += statistics.leapfrog_steps;
        self.out.step_size = statistics.step_size;
        if sampling {
            self.divergences += usize::from(statistics.divergent);
        } else {
            self.out.warmup_done += 1;
        }
        self.report(if self.iterations < self.settings.warmup { Phase::Warmup } else { Phase::Sampling });
        Ok(())
    }

    fn expand(&mut self, theta: &[f64]) -> Result<(), Stop> {
        // What a rejection leaves unwritten is NaN.
        self.row.fill(f64::NAN);
        let stream = Stream { seed: self.settings.seed, chain: self.out.chain as u64, draw: self.iterations as u64 };
        match self.density.expand(&mut self.workspace, theta, stream, &mut self.row) {
            Ok(()) => Ok(()),
            Err(EvalError::Reject(message)) => {
                self.out.rejected += 1;
                self.out.first_rejection.get_or_insert(message);
                Ok(())
            }
            Err(error) => Err(Stop::Evaluation(error, Place { point: theta.to_vec(), stream: Some(stream) })),
        }
    }

    /// Draws of a density without coordinates: nothing to sample, everything is generated.
    fn forward(&mut self, stop: &AtomicBool) -> Result<(), Stop> {
        let lp = self
            .density
            .log_density_gradient(&mut self.workspace, &[], &mut [])
            .map_err(|error| Stop::Evaluation(error, Place { point: Vec::new(), stream: None }))?;
        self.iterations = self.settings.warmup;
        self.out.warmup_done = self.settings.warmup;
        for _ in 0..self.settings.draws {
            if stop.load(Ordering::Relaxed) {
                return Err(Stop::Cancelled);
            }
            let statistics = DrawStatistics {
                lp,
                accept_stat: 1.0,
                step_size: 1.0,
                tree_depth: 0,
                leapfrog_steps: 0,
                divergent: false,
                energy: -lp,
            };
            self.record(&[], statistics)?;
        }
        Ok(())
    }

    fn report(&mut self, phase: Phase) {
        let Some(progress) = self.control.progress else { return };
        let now = Instant::now();
        if let Some((at, last)) = self.reported
            && last == phase
            && now.duration_since(at) < REPORT_EVERY
        {
            return;
        }
        self.reported = Some((now, phase));
        progress(&Progress {
            chain: self.out.chain,
            iterations: self.iterations,
            total: self.settings.warmup + self.settings.draws,
            phase,
            divergences: self.divergences,
            step_size: self.out.step_size,
            gradients: self.gradients,
        });
    }

    fn finish(mut self) -> ChainDraws {
        match self.sampling_started {
            Some(at) => self.out.sampling_seconds = at.elapsed().as_secs_f64(),
            None => self.out.warmup_seconds = self.started.elapsed().as_secs_f64(),
        }
        self.report(Phase::Finished);
        self.out
    }
}
