//! One chain of `nuts-rs` over a density. Nothing here is generic, so that `nuts-rs` and its linear algebra are compiled
//! once, with this crate, and not with every crate that samples.

use crate::draws::DrawStatistics;
use crate::settings::{Adaptation, Settings};
use nuts_rs::{
    Chain, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, LowRankNutsSettings, SamplerStats,
    Settings as NutsSettings,
};
use ppl_runtime::density::{EvalError, Stream};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a chain ended before its last iteration.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The flag was raised.
    Cancelled,
    /// An evaluation failed beyond recovery.
    Evaluation(EvalError, Place),
    /// The sampler itself gave up.
    Sampler(String),
}

/// What was evaluated where.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Unconstrained coordinates.
    pub point: Vec<f64>,
    /// `None`: the log density. Else generated quantities, with these random numbers.
    pub stream: Option<Stream>,
}

/// One iteration.
pub(crate) struct Iteration<'a> {
    pub theta: &'a [f64],
    pub statistics: DrawStatistics,
    /// Standard deviations of the mass matrix, where this iteration changed it.
    pub scales: Option<Vec<f64>>,
}

/// Log density and gradient at a point of the unconstrained space; the gradient is overwritten.
pub(crate) type Evaluate<'a> = &'a mut dyn FnMut(&[f64], &mut [f64]) -> Result<f64, EvalError>;

/// What a chain needs.
pub(crate) struct Job<'a> {
    /// Number of coordinates.
    pub dim: usize,
    pub settings: &'a Settings,
    pub chain: usize,
    /// A point with finite density and gradient.
    pub initial: &'a [f64],
    pub stop: &'a AtomicBool,
}

/// Runs warm-up and sampling and hands each iteration to `each`, until that returns an error.
pub(crate) fn run_chain(
    job: &Job<'_>,
    evaluate: Evaluate<'_>,
    rng: &mut ChaCha8Rng,
    each: &mut dyn FnMut(Iteration<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    // The two kinds of settings and statistics have the same fields, but no common type or trait.
    macro_rules! sampler {
        ($settings:ty, $scales:ident) => {{
            let mut nuts = <$settings>::default();
            nuts.num_tune = job.settings.warmup as u64;
            nuts.num_draws = job.settings.draws as u64;
            nuts.maxdepth = u64::from(job.settings.max_depth);
            nuts.num_chains = job.settings.chains;
            nuts.adapt_options.step_size_settings.target_accept = job.settings.target_accept;
            nuts.adapt_options.mass_matrix_options.store_mass_matrix = true;
            drive(job, evaluate, nuts, rng, each, |stats| {
                let statistics = DrawStatistics {
                    lp: stats.point.logp,
                    accept_stat: stats.adapt.step_size.mean_tree_accept,
                    step_size: stats.hamiltonian.step_size,
                    tree_depth: stats.depth as u32,
                    leapfrog_steps: stats.adapt.step_size.n_steps,
                    divergent: stats.divergence.diverging,
                    // nuts-rs's energy holds the determinant of the mass matrix, Stan's does not.
                    energy: stats.point.kinetic_energy - stats.point.logp,
                };
                (statistics, stats.hamiltonian.transformation.$scales.take())
            })
        }};
    }
    match job.settings.adaptation {
        Adaptation::Diagonal => sampler!(DiagNutsSettings, mass_matrix_inv),
        Adaptation::LowRank => sampler!(LowRankNutsSettings, mass_matrix_stds),
    }
}

type Math<'a> = CpuMath<Target<'a>>;
type Stats<'a, S> = <<S as NutsSettings>::Chain<Math<'a>> as SamplerStats<Math<'a>>>::Stats;

fn drive<'a, S: NutsSettings>(
    job: &Job<'a>,
    evaluate: Evaluate<'a>,
    nuts: S,
    rng: &mut ChaCha8Rng,
    each: &mut dyn FnMut(Iteration<'_>) -> Result<(), Stop>,
    read: impl Fn(&mut Stats<'a, S>) -> (DrawStatistics, Option<Vec<f64>>),
) -> Result<(), Stop> {
    let failure = Rc::new(Cell::new(None));
    let explain = |error: anyhow::Error| failure.take().unwrap_or_else(|| Stop::Sampler(error.to_string()));
    let target = Target { dim: job.dim, evaluate, stop: job.stop, failure: Rc::clone(&failure), evaluations: 0 };
    let mut chain = nuts.new_chain(job.chain as u64, CpuMath::new(target), rng).map_err(explain)?;
    chain.set_position(job.initial).map_err(explain)?;
    let mut step_size = None;
    for _ in 0..job.settings.warmup + job.settings.draws {
        if job.stop.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        let (theta, _, mut stats, _) = chain.expanded_draw().map_err(explain)?;
        let (mut statistics, scales) = read(&mut stats);
        // nuts-rs reports the step of the next trajectory.
        let next = statistics.step_size;
        statistics.step_size = step_size.unwrap_or(next);
        step_size = Some(next);
        each(Iteration { theta: &theta, statistics, scales })?;
    }
    Ok(())
}

/// The density as `nuts-rs` sees it.
struct Target<'a> {
    dim: usize,
    evaluate: Evaluate<'a>,
    stop: &'a AtomicBool,
    /// What ended the chain: errors pass through `nuts-rs` as text only.
    failure: Rc<Cell<Option<Stop>>>,
    evaluations: u64,
}

/// Gradients smaller than this tell nothing of a coordinate's scale.
const FLAT: f64 = 1e-8;
/// Stands for a gradient of zero: too small to move anything.
const TINY: f64 = 1e-250;

impl Target<'_> {
    fn stop(&self, stop: Stop) -> TargetError {
        self.failure.set(Some(stop));
        TargetError { recoverable: false }
    }
}

impl CpuLogpFunc for Target<'_> {
    type LogpError = TargetError;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.dim
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(self.stop(Stop::Cancelled));
        }
        let lp = match (self.evaluate)(position, gradient) {
            Ok(lp) => lp,
            Err(error) if error.is_recoverable() => return Err(TargetError { recoverable: true }),
            Err(error) => {
                let place = Place { point: position.to_vec(), stream: None };
                return Err(self.stop(Stop::Evaluation(error, place)));
            }
        };
        // `nuts-rs` refuses to start where a component of the gradient is exactly zero (a symmetric density at its
        // centre, a parameter nothing depends on), and takes 1/|gradient| of the first evaluation for the variance.
        for g in gradient.iter_mut() {
            if self.evaluations == 0 && g.abs() < FLAT {
                *g = 1.0;
            } else if *g == 0.0 {
                *g = TINY;
            }
        }
        self.evaluations += 1;
        Ok(lp)
    }

    fn expand_vector<R: rand::Rng + ?Sized>(&mut self, _: &mut R, _: &[f64]) -> Result<Vec<f64>, CpuMathError> {
        // Done by the caller, with random numbers of its own.
        Ok(Vec::new())
    }
}

impl HasDims for Target<'_> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".into(), self.dim as u64)])
    }
}

#[derive(Debug)]
struct TargetError {
    recoverable: bool,
}

impl std::fmt::Display for TargetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.recoverable { "point rejected" } else { "evaluation failed" })
    }
}

impl std::error::Error for TargetError {}

impl LogpError for TargetError {
    fn is_recoverable(&self) -> bool {
        self.recoverable
    }
}
