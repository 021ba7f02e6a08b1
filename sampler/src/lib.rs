//! Draws from a [`Density`](ppl_runtime::density::Density), and what to think of them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | how to sample: chains, iterations, seed, initial values |
//! | [`run`] | chains in parallel, progress, cancellation |
//! | [`draws`] | the draws and the sampler's statistics |
//! | [`diagnostics`] | R-hat, effective sample sizes, Monte Carlo standard errors, E-BFMI |
//! | [`summary`] | the table and the warnings in plain words |
//! | [`stan_csv`] | Stan CSV files and a JSON summary, written atomically |
//! | [`psis`] | Pareto smoothed importance sampling |
//! | [`loo`] | leave-one-out, K-fold and leave-future-out cross-validation |
//! | [`compare`] | differences between models, stacking, pseudo-BMA |
//! | [`evidence`] | bridge sampling |
//! | [`sensitivity`] | power scaling of prior and likelihood |
//! | [`predictive`] | predictive p-values, places of observations among their predictions |
//! | [`sbc`] | simulation-based calibration |
//! | [`input`] | what is wrong with the numbers a computation was given |
//!
//! The sampler is the no-U-turn sampler (Hoffman and Gelman 2014; multinomial variant of Betancourt 2017) of the crate
//! `nuts-rs`, whose mass matrix is learnt from draws and gradients (Seyboldt, Carlson and Carpenter 2026, "Preconditioning
//! Hamiltonian Monte Carlo by minimizing Fisher divergence").

pub mod compare;
pub mod diagnostics;
pub mod draws;
pub mod evidence;
mod gaussian;
mod initial;
pub mod input;
pub mod loo;
mod nuts;
pub mod predictive;
pub mod psis;
pub mod run;
pub mod sbc;
pub mod sensitivity;
pub mod settings;
pub mod stan_csv;
pub mod summary;

pub use draws::{ChainDraws, DrawStatistics, Draws};
pub use nuts::Place;
pub use run::{Control, Phase, Progress, SampleError, sample, sample_with};
pub use settings::{Adaptation, InitialValues, Settings, SettingsError};
pub use summary::{Row, Summary, Warning};
