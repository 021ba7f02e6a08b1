//! Many draws of a simulator: in parallel, in order, in bounded memory.

use crate::reversal::BoundSimulator;
use crate::{Control, Draws, EvalError, SampleError, Settings, Stream};
use std::sync::atomic::{AtomicBool, Ordering};

/// How much to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulationSettings {
    /// Data sets.
    pub draws: u64,
    /// The same seed gives the same draws at any number of threads.
    pub seed: u64,
    /// Threads; 0 is one a processor.
    pub threads: usize,
}

/// Draws in order, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Number of the first data set.
    pub first: u64,
    /// `rows * width` numbers. What a rejected data set left undrawn is NaN.
    pub values: Vec<f64>,
    /// Rows that the simulator rejected, from 0.
    pub rejected: Vec<usize>,
    /// The first rejection's message.
    pub message: Option<String>,
}

/// Why a simulation stopped.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A statement failed in a way that another draw will not mend.
    #[error("data set {index}: {error}")]
    Failed { index: u64, error: EvalError },
    /// What takes the draws failed.
    #[error("{0}")]
    Sink(String),
    #[error("{0}")]
    Sample(#[from] SampleError),
}

/// Rows of a chunk, so that a chunk is about a megabyte.
fn rows(width: usize) -> u64 {
    (131_072 / width.max(1)).clamp(16, 4_096) as u64
}

impl BoundSimulator {
    /// Draws from the joint distribution and hands them to `sink` in order, in chunks. `stop` ends it early; what was handed over
    /// is complete. Returns the number of data sets.
    ///
    /// # Errors
    /// [`SimulationError`].
    pub fn simulate(
        &self,
        settings: &SimulationSettings,
        stop: &AtomicBool,
        sink: &mut dyn FnMut(Chunk) -> Result<(), String>,
    ) -> Result<u64, SimulationError> {
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let rows = rows(self.width());
        let mut next = 0;
        while next < settings.draws && !stop.load(Ordering::Relaxed) {
            // A wave: one chunk a thread.
            let firsts: Vec<u64> =
                (0..threads as u64).map(|t| next + t * rows).take_while(|first| *first < settings.draws).collect();
            let one = |first: u64| self.chunk(settings.seed, first, (first + rows).min(settings.draws));
            let chunks: Vec<Result<Chunk, SimulationError>> = match firsts.as_slice() {
                [only] => vec![one(*only)],
                _ => std::thread::scope(|scope| {
                    let workers: Vec<_> = firsts.iter().map(|&first| scope.spawn(move || one(first))).collect();
                    let join = |w: std::thread::ScopedJoinHandle<_>| {
                        w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    };
                    workers.into_iter().map(join).collect()
                }),
            };
            for chunk in chunks {
                let chunk = chunk?;
                next = chunk.first + (chunk.values.len() / self.width().max(1)) as u64;
                sink(chunk).map_err(SimulationError::Sink)?;
            }
            if self.width() == 0 {
                next = settings.draws;
            }
        }
        Ok(next)
    }

    fn chunk(&self, seed: u64, first: u64, last: u64) -> Result<Chunk, SimulationError> {
        let width = self.width();
        let mut chunk = Chunk { first, values: vec![f64::NAN; (last - first) as usize * width], ..Chunk::default() };
        let theta = vec![0.0; self.bound().dim()];
        let stream = Stream { seed, chain: 0, draw: first };
        let mut workspace = self.bound().rows_workspace();
        for (row, error) in self.bound().expand_rows(&mut workspace, &theta, stream, &mut chunk.values) {
            if !error.is_recoverable() {
                return Err(SimulationError::Failed { index: first + row as u64, error });
            }
            chunk.rejected.push(row);
            chunk.message.get_or_insert_with(|| error.to_string());
        }
        Ok(chunk)
    }

    /// Draws where parameters need NUTS: `settings` says how; the draws of all chains are as many data sets (not independent:
    /// see the diagnostics of the draws).
    ///
    /// # Errors
    /// As [`Bound::sample`](crate::Bound::sample).
    pub fn sample_prior(&self, settings: &Settings, control: &Control<'_>) -> Result<Draws, SampleError> {
        self.bound().sample_with(settings, control)
    }
}
