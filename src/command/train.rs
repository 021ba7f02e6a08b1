//! `ppl train`

use super::run::stop_on_interrupt;
use super::{CommandError, Result, complain, print};
use indicatif::{ProgressBar, ProgressStyle};
use ppl::learning::training_page;
use ppl_corpus::Grammar;
use spfn_model::checkpoint::CheckpointError;
use spfn_model::config::Config;
use spfn_model::device::{Device, Visitor};
use spfn_model::train::{LOG, Progress, TrainError, Trained, Training};
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the training; where one was begun, it goes on
    dir: PathBuf,
    /// Configuration, TOML; without one, that of the training in the folder, or a nano network on the exact grammar
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Steps altogether, instead of those of the configuration
    #[arg(long, value_name = "COUNT")]
    steps: Option<usize>,
    /// Where to compute: cpu or cuda
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: String,
    /// Threads on the CPU; 0 for one a core
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// No progress
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(a: &Arguments) -> Result {
    let config = config(a)?;
    let grammar = Grammar::load(&config.data.grammar).map_err(|error| CommandError::User(error.to_string()))?;
    let device = Device::open(&a.device).map_err(|error| CommandError::User(format!("error: {error}")))?;
    let trained = device.visit(Train { arguments: a, config: config.clone(), grammar })?;
    let mut text = String::new();
    if let Some(v) = trained.validation {
        text += &format!(
            "cross-entropy {:.4} nats a program on {} other examples, {:.4} of the grammar alone\n",
            v.loss, v.examples, v.prior
        );
    }
    match &trained.weights {
        Some(weights) if config.reward.is_some() => {
            text += &format!("{}: a proposal, whose numbers are no probabilities\n", weights.display());
        }
        Some(weights) => text += &format!("{}\n", weights.display()),
        None => {
            text += &format!("stopped after {} steps; the same command goes on\n", trained.steps);
        }
    }
    let page = a.dir.join(PAGE);
    std::fs::write(&page, training_page(&config, &read_log(&a.dir.join(LOG))))
        .map_err(|error| CommandError::Run(format!("error: {}: {error}", page.display())))?;
    text += &format!("{}\n", page.display());
    print(&text)
}

const PAGE: &str = "training.html";

/// Lines that can be read; the last may have been cut off.
fn read_log(path: &std::path::Path) -> Vec<Progress> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What is asked for, and what the folder has.
fn config(a: &Arguments) -> Result<Config> {
    let user = |error: &dyn std::fmt::Display| CommandError::User(format!("error: {error}"));
    let mut config = match &a.config {
        Some(path) => Config::read(path).map_err(|error| user(&error))?,
        None => {
            match spfn_model::train::configuration(&a.dir).map_err(|error| failed(TrainError::Checkpoint(error)))? {
                Some(config) => config,
                None => Config::exact(),
            }
        }
    };
    if let Some(steps) = a.steps {
        config.training.steps = steps;
    }
    config.check().map_err(|error| user(&error))?;
    Ok(config)
}

fn failed(error: TrainError) -> CommandError {
    let text = format!("error: {error}");
    let mistake = matches!(
        error,
        TrainError::OtherConfiguration { .. }
            | TrainError::Checkpoint(
                CheckpointError::Grammar { .. }
                    | CheckpointError::Version { .. }
                    | CheckpointError::Damaged { .. }
                    | CheckpointError::Sizes { .. }
            )
    );
    if mistake { CommandError::User(text) } else { CommandError::Run(text) }
}

struct Train<'a> {
    arguments: &'a Arguments,
    config: Config,
    grammar: Grammar,
}

impl Visitor for Train<'_> {
    type Output = Result<Trained>;

    fn visit<B: burn::tensor::backend::AutodiffBackend>(
        self,
        device: B::Device,
        most_threads: usize,
    ) -> Result<Trained> {
        let a = self.arguments;
        let threads = if most_threads == 0 { a.threads } else { most_threads };
        let steps = self.config.training.steps;
        let mut training = Training::<B>::open(self.config, self.grammar, &a.dir, device, threads).map_err(failed)?;
        let reporter = Reporter::new(a.quiet, steps, training.steps());
        reporter.say(&format!(
            "{} weights, {} of {steps} steps are made; the log is {}",
            training.weights(),
            training.steps(),
            a.dir.join(LOG).display()
        ));
        let stop = stop_on_interrupt();
        let trained = training.run(&mut |progress| {
            reporter.report(progress);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        reporter.end();
        trained.map_err(failed)
    }
}

/// A bar on a terminal, lines at checkpoints elsewhere.
struct Reporter {
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Reporter {
    fn new(quiet: bool, steps: usize, made: usize) -> Reporter {
        let terminal = io::stderr().is_terminal();
        let bar = (!quiet && terminal).then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos:>6}/{len} {elapsed}, {eta} left: {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(steps as u64).with_style(style).with_position(made as u64)
        });
        Reporter { quiet, bar }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| complain(text)),
            None if !self.quiet => complain(text),
            None => {}
        }
    }

    fn report(&self, p: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_position(p.step as u64);
            let rate = p.examples as f64 / p.seconds;
            let loss = match p.score {
                Some(score) => format!("score {score:.4} a row"),
                None => format!("loss {:.3} of {:.3}", p.loss, p.prior),
            };
            bar.set_message(format!("{loss}, {rate:.0} examples/s"));
        }
        if let Some(v) = p.validation {
            let rate = p.examples as f64 / p.seconds;
            let score = p.score.map_or(String::new(), |score| format!("score {score:.4} nats a row, "));
            self.say(&format!(
                "step {} of {}: {score}cross-entropy {:.4} of {:.4} nats, {rate:.0} examples/s",
                p.step, p.steps, v.loss, v.prior
            ));
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
