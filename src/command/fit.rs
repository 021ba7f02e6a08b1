//! Fits for commands that judge them.

use super::input::Input;
use super::{CommandError, Result, complain, run};
use ppl::{Bound, BoundCriticism, Control, CriticismError, Draws, Model, Settings, Summary};
use std::path::{Path, PathBuf};

/// How to sample.
#[derive(clap::Args)]
pub struct Fit {
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of chains
    #[arg(long, default_value_t = 4)]
    pub chains: usize,
    /// Warm-up iterations of each chain
    #[arg(long, default_value_t = Settings::default().warmup)]
    pub warmup: usize,
    /// Draws of each chain
    #[arg(long = "draws-per-chain", default_value_t = 1000, value_name = "N")]
    pub draws_per_chain: usize,
    /// Acceptance statistic to tune the step size for
    #[arg(long, default_value_t = 0.8, value_name = "P")]
    pub target_accept: f64,
}

impl Fit {
    pub fn settings(&self) -> Settings {
        Settings {
            seed: self.seed,
            chains: self.chains,
            warmup: self.warmup,
            draws: self.draws_per_chain,
            target_accept: self.target_accept,
            ..Settings::default()
        }
    }
}

/// The seed of what is judged, for random numbers in transformed data: that of the run where its draws are read.
pub fn seed(input: &Input, fit: &Fit, directory: Option<&PathBuf>) -> Result<u64> {
    let Some(directory) = directory else { return Ok(fit.seed) };
    let recorded = ppl::read_seed(directory, &input.name()).map_err(|error| refusal(&input.model, &error))?;
    Ok(recorded.unwrap_or(fit.seed))
}

/// The model taken apart, with its data.
pub fn criticism(input: &Input, model: &Model, seed: u64) -> Result<BoundCriticism> {
    let data = input.data()?;
    // Binding the model first says what is wrong with the data in the usual words.
    input.bind_to(model, &data, seed)?;
    let criticism = model.criticism().map_err(|error| refusal(&input.model, &error))?;
    for remark in criticism.remarks() {
        complain(&format!("note: {}:{}:{}: {}", input.model.display(), remark.line, remark.column, remark.text));
    }
    criticism.bind_seeded(&data, seed).map_err(|error| refusal(&input.model, &error))
}

/// Draws of the posterior: from the files of a run, or sampled.
pub fn draws(bound: &Bound, input: &Input, fit: &Fit, directory: Option<&PathBuf>) -> Result<Draws> {
    if let Some(directory) = directory {
        return ppl::read_draws(directory, &input.name()).map_err(|error| refusal(&input.model, &error));
    }
    let stop = run::stop_on_interrupt();
    let control = Control { stop: Some(&stop), progress: None };
    let draws = bound.sample_with(&fit.settings(), &control).map_err(|error| run::describe(bound, &error))?;
    for warning in Summary::of(&draws).warnings {
        complain(&format!("warning: {warning}"));
    }
    match draws.total() {
        0 => Err(CommandError::Run("error: stopped before the first draw".into())),
        _ => Ok(draws),
    }
}

/// An error of the criticism as one of the command.
pub fn refusal(model: &Path, error: &CriticismError) -> CommandError {
    let text = format!("error: {}: {error}", model.display());
    match error {
        CriticismError::Evaluation { .. } | CriticismError::Sample(_) | CriticismError::Computation(_) => {
            CommandError::Run(text)
        }
        _ => CommandError::User(text),
    }
}
