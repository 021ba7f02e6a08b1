//! Stan programs as a library: compile a program, bind data, evaluate the log density with its gradient, sample.
//!
//! ```
//! use ppl::{Data, Model, Settings};
//!
//! let model = Model::compile(
//!     "data { int<lower=0> N; array[N] int<lower=0, upper=1> y; }
//!      parameters { real<lower=0, upper=1> theta; }
//!      model { theta ~ beta(1, 1); y ~ bernoulli(theta); }",
//! )?;
//! let bound = model.bind(&Data::new().int("N", 5).ints("y", &[0, 1, 0, 0, 1]))?;
//!
//! // The sampler's view: unconstrained coordinates (here the logit of theta), Jacobian included.
//! let mut gradient = vec![0.0; bound.dim()];
//! let lp = bound.log_density_gradient(&[0.0], &mut gradient)?;
//! assert!((gradient[0] + 0.5).abs() < 1e-12);
//! # assert!(lp.is_finite());
//!
//! let draws = bound.sample(&Settings { seed: 1, ..Settings::default() })?;
//! let summary = ppl::Summary::of(&draws);
//! // The posterior is beta(3, 4).
//! assert!((summary.rows[1].mean - 3.0 / 7.0).abs() < 0.02);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Model`] and [`Bound`] are immutable, cheap to clone and can be shared between threads. There is no global state: what
//! `print` statements write goes where [`Model::with_printer`] says. Nothing in here panics on bad programs or data; every
//! failure is a value of one of the error types, and what a program does at run time is bounded in time, memory and recursion.
//!
//! The command `ppl` is the feature `cli` (on by default); a library that embeds this crate switches it off with
//! `default-features = false`.

// An error of binding is made once and read by a person; its size does not matter.
#![allow(clippy::result_large_err)]

mod bound;
mod calibration;
mod canonical;
mod criticism;
mod design;
mod error;
mod info;
#[cfg(feature = "spfn")]
pub mod learning;
mod model;
pub mod report;
mod reversal;
mod simulate;

pub use bound::{Bound, Engine, FailedRow, Normalisation, Quantity, RowsWorkspace, Workspace};
pub use calibration::{Calibration, CalibrationError, CalibrationSettings, Sampler};
pub use canonical::{
    Canonical, CanonicalError, CanonicalOptions, Level, Renaming, Sameness, VERSION as CANONICAL_VERSION,
};
pub use criticism::{
    BoundCriticism, Criticism, CriticismError, LeaveOneOut, LooSettings, ModelEvidence, ModelSensitivity, Pointwise,
    PriorDensity, Replicated, Replicating, ReplicationSettings, Replications, Statistic, VariableChecks, read_draws,
    read_seed,
};
pub use design::design;
pub use error::{BindError, Diagnostics, Failure, LoadError, Location};
pub use info::{Info, Variable};
pub use model::{CompileError, Model};
pub use reversal::{BoundSimulator, Column, Reason, Report, Reversal, ReverseOptions, Role, Simulator, Verdict};

pub use simulate::{Chunk, Rejection, SimulationError, SimulationSettings};

pub use ppl_grammar::diagnostic::{Diagnostic, Severity};
pub use ppl_grammar::render::Record;
pub use ppl_grammar::source::SourceMap;
pub use ppl_interpreter::Problem;
pub use ppl_program::with_room;
pub use ppl_runtime::data::{DataError, Datum, RawData as Data};
pub use ppl_runtime::density::{Density, EvalError, Stream};
pub use ppl_sampler::input::InputError;
pub use ppl_sampler::{
    Adaptation, ChainDraws, Control, DrawStatistics, Draws, InitialValues, Phase, Place, Progress, Row, SampleError,
    Settings, SettingsError, Summary, Warning, compare, diagnostics, evidence, loo, predictive, psis, sbc, sensitivity,
    stan_csv,
};
