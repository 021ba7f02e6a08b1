//! Many draws of a simulator: in parallel, in order, in bounded memory.

use crate::bound::{FailedRow, RowsWorkspace};
use crate::error::Location;
use crate::reversal::{BoundSimulator, Role};
use crate::{Control, Draws, EvalError, SampleError, Settings, Stream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

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
    /// `rows * width` numbers. Those of a rejected data set are NaN.
    pub values: Vec<f64>,
    /// Rows that the simulator rejected, from 0.
    pub rejected: Vec<usize>,
    /// The statements that rejected them.
    pub rejections: Vec<Rejection>,
}

/// Data sets that one statement rejected.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// In the simulator.
    pub location: Option<Location>,
    pub count: u64,
    /// Of the first of them.
    pub message: String,
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

/// Chunks that a thread may be ahead of what takes them.
const AHEAD: usize = 2;

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
        self.simulate_with(settings, stop, &|_| (), &mut |chunk, ()| sink(chunk))
    }

    /// As [`simulate`](BoundSimulator::simulate); `digest` looks at each chunk on the thread that drew it, and what it says comes with
    /// the chunk.
    ///
    /// # Errors
    /// [`SimulationError`].
    pub fn simulate_with<D: Send>(
        &self,
        settings: &SimulationSettings,
        stop: &AtomicBool,
        digest: &(dyn Fn(&Chunk) -> D + Sync),
        sink: &mut dyn FnMut(Chunk, D) -> Result<(), String>,
    ) -> Result<u64, SimulationError> {
        if self.width() == 0 {
            return Ok(settings.draws);
        }
        let rows = rows(self.width());
        let chunks = settings.draws.div_ceil(rows);
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let threads = (threads as u64).min(chunks);
        let stopped = || stop.load(Ordering::Relaxed);
        let mut next = 0;
        let mut take = |made: Result<(Chunk, D), SimulationError>| {
            let (chunk, digested) = made?;
            let end = chunk.first + (chunk.values.len() / self.width()) as u64;
            sink(chunk, digested).map_err(SimulationError::Sink).map(|()| end)
        };
        let make = |worker: &mut Worker, k: u64| {
            worker.chunk(k * rows, rows).map(|chunk| {
                let digested = digest(&chunk);
                (chunk, digested)
            })
        };
        if threads <= 1 {
            let mut worker = Worker::new(self, settings);
            for k in (0..chunks).take_while(|_| !stopped()) {
                next = take(make(&mut worker, k))?;
            }
            return Ok(next);
        }
        // Each thread makes every so many-th chunk, into a channel of its own: they are taken in order, and none runs far ahead.
        std::thread::scope(|scope| {
            let start = |thread: u64| {
                let (send, receive) = mpsc::sync_channel(AHEAD);
                scope.spawn(move || {
                    let mut worker = Worker::new(self, settings);
                    let own = (thread..chunks).step_by(threads as usize);
                    // Nobody listens any more after an error or a stop.
                    let _ = own.take_while(|_| !stopped()).try_for_each(|k| send.send(make(&mut worker, k)));
                });
                receive
            };
            let channels: Vec<mpsc::Receiver<_>> = (0..threads).map(start).collect();
            for k in 0..chunks {
                // A thread that stops sends nothing more.
                let Ok(chunk) = channels[(k % threads) as usize].recv() else { break };
                next = take(chunk)?;
            }
            Ok(next)
        })
    }

    /// A parameter or observation that no draw gives a value, by name (`y.3`): what the conditions of the verdict leave to binding. The
    /// simulator is then wrong for these data.
    ///
    /// # Errors
    /// As [`simulate`](BoundSimulator::simulate).
    pub fn undrawn(&self, seed: u64) -> Result<Option<String>, SimulationError> {
        const TRIES: u64 = 4;
        let quantities = self.columns().iter().filter(|c| c.role != Role::Transformed);
        let mut never: Vec<usize> = quantities.flat_map(|c| c.first..c.first + c.count()).collect();
        let mut drawn = 0;
        let settings = SimulationSettings { draws: TRIES, seed, threads: 1 };
        self.simulate(&settings, &AtomicBool::new(false), &mut |chunk| {
            for (row, draw) in chunk.values.chunks_exact(self.width()).enumerate() {
                if !chunk.rejected.contains(&row) {
                    drawn += 1;
                    // Unassigned reals are NaN, unassigned integers the least.
                    never.retain(|&at| draw[at].is_nan() || draw[at] == f64::from(i32::MIN));
                }
            }
            Ok(())
        })?;
        Ok(never.first().filter(|_| drawn > 0).map(|&at| self.bound().names()[at].clone()))
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

/// What makes chunks; one a thread.
struct Worker<'a> {
    simulator: &'a BoundSimulator,
    settings: &'a SimulationSettings,
    theta: Vec<f64>,
    workspace: RowsWorkspace,
}

impl Worker<'_> {
    fn new<'a>(simulator: &'a BoundSimulator, settings: &'a SimulationSettings) -> Worker<'a> {
        let bound = simulator.bound();
        let workspace = bound.rows_workspace(settings.draws);
        Worker { simulator, settings, theta: vec![0.0; bound.dim()], workspace }
    }

    /// At most `rows` data sets from `first` on.
    fn chunk(&mut self, first: u64, rows: u64) -> Result<Chunk, SimulationError> {
        let count = rows.min(self.settings.draws - first) as usize;
        let mut chunk = Chunk { first, values: vec![0.0; count * self.simulator.width()], ..Chunk::default() };
        let stream = Stream { seed: self.settings.seed, chain: 0, draw: first };
        let bound = self.simulator.bound();
        for failed in bound.expand_rows(&mut self.workspace, &self.theta, stream, &mut chunk.values) {
            let FailedRow { row, error, location } = failed;
            if !error.is_recoverable() {
                return Err(SimulationError::Failed { index: first + row as u64, error });
            }
            chunk.rejected.push(row);
            match chunk.rejections.iter_mut().find(|r| r.location == location) {
                Some(rejection) => rejection.count += 1,
                None => chunk.rejections.push(Rejection { location, count: 1, message: error.to_string() }),
            }
        }
        Ok(chunk)
    }
}
