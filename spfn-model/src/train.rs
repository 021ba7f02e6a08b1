//! Training: steps down the cross-entropy of programs given their tables.
//!
//! Every step is a function of the configuration and its number, so a training that was killed goes on along the same curve from its last checkpoint.
//! Micro-batches are computed by threads, each with a replica of its own, and summed in their order, so neither does the number of threads show.

use crate::actions::Vocabulary;
use crate::batch::Batch;
use crate::checkpoint::{self, CheckpointError, Header, Stored};
use crate::config::Config;
use crate::example::Example;
use crate::network::Network;
use crate::optimiser::{Optimiser, State, StepOptions};
use crate::parameters::{Flat, Layout};
use crate::reward::Rewards;
use crate::source::{Source, SourceError};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{ElementConversion, Tensor};
use ppl_corpus::Grammar;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Why a training ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{path}: {message}")]
    Io { path: PathBuf, message: String },
    #[error(
        "the loss of step {step} is {loss}: the last good checkpoint is of step {kept}; try a smaller training.learning_rate"
    )]
    NotFinite { step: usize, loss: f64, kept: usize },
    #[error("{folder} has a training of another configuration ({key}): use another folder, or that configuration")]
    OtherConfiguration { folder: PathBuf, key: String },
    #[error("no table of step {0} was kept by the filter: more rows or a larger batch are needed")]
    NoExamples(usize),
}

/// A line of the log: a step, or where `validation` is there also the loss of the average on other examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub step: usize,
    pub steps: usize,
    /// Cross-entropy of a program given its tables, in nats; in fine-tuning by reward, what its gradient is taken of.
    pub loss: f64,
    /// The same of the grammar's own distribution.
    pub prior: f64,
    /// In fine-tuning by reward, the mean predictive score of a row under the programs that were drawn, in nats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    pub rate: f64,
    /// Norm of the gradient.
    pub gradient: f64,
    pub examples: usize,
    /// Seconds: of the step; of it, waiting for examples; in forward and backward passes.
    pub seconds: f64,
    pub waiting: f64,
    pub passes: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub examples: usize,
    pub loss: f64,
    pub prior: f64,
}

/// What became of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    pub steps: usize,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    pub validation: Option<Validation>,
    /// The file of the weights, once all steps are made.
    pub weights: Option<PathBuf>,
}

/// The checkpoint that a training goes on from.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The checkpoint before the learning rate fell: more steps are added to it.
pub const STABLE: &str = "stable.safetensors";
/// The weights that are used.
pub const WEIGHTS: &str = "weights.safetensors";
pub const LOG: &str = "log.jsonl";

/// A training in a folder.
pub struct Training<B: AutodiffBackend> {
    config: Config,
    grammar: Arc<Grammar>,
    folder: PathBuf,
    device: B::Device,
    threads: usize,
    layout: Layout,
    network: Network<B>,
    /// The weights that fine-tuning begins with.
    base: Option<Flat<B::InnerBackend>>,
    optimiser: Optimiser<B::InnerBackend>,
    places: usize,
    kept: usize,
}

/// Where the examples of steps come from.
enum Feed<B: Backend> {
    Given(Source),
    Rewarded(Box<Rewards<B>>),
}

impl<B: AutodiffBackend> Training<B> {
    /// Begins a training in a folder, or goes on with the one that is there. `threads` replicas, one for each core where that is 0.
    ///
    /// # Errors
    /// The folder cannot be written, or has a training of another configuration or grammar. The number of steps may be larger: what was trained
    /// before its learning rate fell is trained on.
    pub fn open(
        config: Config,
        grammar: Grammar,
        folder: &Path,
        device: B::Device,
        threads: usize,
    ) -> Result<Training<B>, TrainError> {
        let io = |error: std::io::Error| TrainError::Io { path: folder.to_path_buf(), message: error.to_string() };
        fs::create_dir_all(folder).map_err(io)?;
        let vocabulary = Vocabulary::new(&grammar);
        B::seed(&device, config.training.seed);
        let network = Network::<B>::new(&config.network, &vocabulary, &device);
        let layout = Layout::of::<B, _>(&network);
        let inner = Flat(layout.gather::<B, _>(&network).0.map(|group| group.inner()));
        let base = config.reward.as_ref().map(|reward| begun(&reward.from, &grammar, &layout, &device)).transpose()?;
        let state = match (stored(&config, &grammar, folder)?, &base) {
            (Some(stored), _) => checkpoint::read_training(&stored, &layout, &device)?,
            (None, Some(base)) => State::new(&layout, base.clone(), &device),
            (None, None) => State::new(&layout, inner, &device),
        };
        let options = StepOptions {
            weight_decay: config.training.weight_decay,
            clip: config.training.clip,
            average: config.training.average,
        };
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Ok(Training {
            places: vocabulary.places(),
            kept: state.steps,
            optimiser: Optimiser::new(options, state),
            config,
            grammar: Arc::new(grammar),
            folder: folder.to_path_buf(),
            device,
            threads,
            layout,
            network,
            base,
        })
    }

    /// How many weights the network has.
    pub fn weights(&self) -> usize {
        self.layout.len()
    }

    /// Steps that were made.
    pub fn steps(&self) -> usize {
        self.optimiser.state.steps
    }

    /// Makes the steps that are left. `observe` is told of each, and may stop the training, which then writes a checkpoint.
    ///
    /// # Errors
    /// A loss that is no number, a fault of the grammar, a file that cannot be written. Checkpoints stay.
    pub fn run(&mut self, observe: &mut dyn FnMut(&Progress) -> ControlFlow<()>) -> Result<Trained, TrainError> {
        let (from, steps) = (self.steps(), self.config.training.steps);
        let mut log = self.log(from)?;
        let mut feed = self.feed(from)?;
        let mut last = None;
        for step in from..steps {
            if step > 0 && step == self.config.training.decay_from() {
                self.write(STABLE)?;
            }
            let begin = Instant::now();
            let (examples, score) = self.examples(step, &mut feed)?;
            let waiting = begin.elapsed().as_secs_f64();
            let mut progress = self.learn(&examples)?;
            (progress.score, progress.waiting) = (score, waiting);
            progress.seconds += waiting;
            let due = (step + 1) % self.config.training.checkpoint == 0 || step + 1 == steps;
            if due {
                progress.validation = Some(self.validate()?);
                last = progress.validation;
            }
            // before the checkpoint: what is logged beyond it is made again
            let line = serde_json::to_string(&progress).expect("numbers");
            writeln!(log, "{line}").map_err(|error| self.io(LOG, &error))?;
            let stopped = observe(&progress).is_break() && step + 1 < steps;
            if due || stopped {
                self.write(CHECKPOINT)?;
            }
            if stopped {
                return Ok(Trained { steps: step + 1, stopped: true, validation: last, weights: None });
            }
        }
        let path = self.folder.join(WEIGHTS);
        checkpoint::write_weights(&path, &self.header(), &self.layout, &self.optimiser.state.average)?;
        Ok(Trained { steps, stopped: false, validation: last, weights: Some(path) })
    }

    fn feed(&self, from: usize) -> Result<Feed<B::InnerBackend>, TrainError> {
        let Config { reward: Some(reward), .. } = &self.config else {
            return Ok(Feed::Given(Source::training(&self.config, &self.grammar, from, self.threads)?));
        };
        let base = self.base.as_ref().map(|weights| self.inner(weights)).expect("fine-tuning begins with weights");
        let rewards = Rewards::new(&self.config, reward.clone(), &self.grammar, base, from, self.threads);
        Ok(Feed::Rewarded(Box::new(rewards)))
    }

    /// The network with these weights, without a graph of gradients.
    fn inner(&self, weights: &Flat<B::InnerBackend>) -> Network<B::InnerBackend> {
        let vocabulary = Vocabulary::new(&self.grammar);
        let network = Network::<B::InnerBackend>::new(&self.config.network, &vocabulary, &self.device);
        self.layout.scatter(network, weights)
    }

    /// The examples of a step; in fine-tuning by reward, with the mean predictive score of a row.
    fn examples(
        &self,
        step: usize,
        feed: &mut Feed<B::InnerBackend>,
    ) -> Result<(Vec<Example>, Option<f64>), TrainError> {
        Ok(match feed {
            Feed::Given(source) => (source.step()?, None),
            Feed::Rewarded(rewards) => {
                let network = self.inner(&self.optimiser.state.weights);
                let (examples, score) = rewards.step(step, &network, &self.device)?;
                (examples, Some(score))
            }
        })
    }

    /// One step, down the gradient of these examples.
    ///
    /// # Errors
    /// There is no example, or a loss or gradient that is no number.
    pub fn learn(&mut self, examples: &[Example]) -> Result<Progress, TrainError> {
        let (begin, step) = (Instant::now(), self.steps());
        if examples.is_empty() {
            return Err(TrainError::NoExamples(step));
        }
        let (loss, gradient) = self.gradient(examples);
        let passes = begin.elapsed().as_secs_f64();
        if !loss.is_finite() {
            return Err(TrainError::NotFinite { step, loss, kept: self.kept });
        }
        let rate = self.config.training.rate(step);
        let norm = self.optimiser.step(rate, gradient);
        if !norm.is_finite() {
            return Err(TrainError::NotFinite { step, loss: norm, kept: self.kept });
        }
        Ok(Progress {
            step: step + 1,
            steps: self.config.training.steps,
            loss,
            prior: prior(examples),
            score: None,
            rate,
            gradient: norm,
            examples: examples.len(),
            seconds: begin.elapsed().as_secs_f64(),
            waiting: 0.0,
            passes,
            validation: None,
        })
    }

    /// The mean loss of examples and its gradient.
    fn gradient(&self, examples: &[Example]) -> (f64, Flat<B::InnerBackend>) {
        let total = examples.len() as f64;
        // a replica for each pass has leaves of its own: graphs that share some wait for each other, and burn 0.21 loses gradients of leaves that
        // have been through a pass before while another thread has one (tracel-ai/burn#5573)
        let replica = || {
            let weights = self.optimiser.state.weights.0.each_ref();
            let leaves = Flat(weights.map(|group| Tensor::<B, 1>::from_inner(group.clone())));
            self.layout.scatter(self.network.clone(), &leaves)
        };
        let one = |network: &Network<B>, part: &[&Example]| {
            let loss = network.loss(&Batch::new(part, self.places, &self.device));
            let value: f64 = loss.clone().into_scalar().elem();
            (value / total, self.layout.gradients::<B, _>(network, loss.backward()).times(1.0 / total))
        };
        let parts = self.each_part(examples, replica, one);
        let sum = parts.into_iter().reduce(|(a, f), (b, g)| (a + b, f.plus(g)));
        sum.expect("an example")
    }

    /// A function of micro-batches of examples of about one size, in order, computed by threads.
    fn each_part<N, T: Send>(
        &self,
        examples: &[Example],
        replica: impl Fn() -> N + Sync,
        function: impl Fn(&N, &[&Example]) -> T + Sync,
    ) -> Vec<T> {
        let order = by_cost(examples);
        let parts: Vec<&[&Example]> = order.chunks(self.config.training.micro_batch).collect();
        if self.threads == 1 || parts.len() == 1 {
            return parts.iter().map(|part| function(&replica(), part)).collect();
        }
        let next = AtomicUsize::new(0);
        let made: Vec<Mutex<Option<T>>> = parts.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(parts.len()) {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(part) = parts.get(place) else { return };
                        let value = function(&replica(), part);
                        *made[place].lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                    }
                });
            }
        });
        let take = |value: Mutex<Option<T>>| value.into_inner().unwrap_or_else(PoisonError::into_inner);
        made.into_iter().map(|value| take(value).expect("every part was computed")).collect()
    }

    /// The loss of the average of the weights on examples that are not trained on.
    fn validate(&self) -> Result<Validation, TrainError> {
        let mut source = Source::validation(&self.config, &self.grammar, self.threads)?;
        let network = self.inner(&self.optimiser.state.average);
        let mut all = Vec::new();
        while all.len() < self.config.training.validation {
            all.extend(source.step()?);
        }
        all.truncate(self.config.training.validation.max(1));
        let one = |network: &Network<B::InnerBackend>, part: &[&Example]| -> f64 {
            network.loss(&Batch::new(part, self.places, &self.device)).into_scalar().elem()
        };
        let loss = self.each_part(&all, || network.clone(), one).iter().sum::<f64>() / all.len() as f64;
        Ok(Validation { examples: all.len(), loss, prior: prior(&all) })
    }

    fn header(&self) -> Header {
        Header { config: self.config.clone(), grammar: checkpoint::digest(&self.grammar), steps: self.steps() }
    }

    fn write(&mut self, name: &str) -> Result<(), TrainError> {
        let path = self.folder.join(name);
        checkpoint::write_training(&path, &self.header(), &self.layout, &self.optimiser.state)?;
        self.kept = self.steps();
        Ok(())
    }

    fn io(&self, name: &str, error: &std::io::Error) -> TrainError {
        TrainError::Io { path: self.folder.join(name), message: error.to_string() }
    }

    /// The log, without what was logged after the checkpoint.
    fn log(&self, steps: usize) -> Result<fs::File, TrainError> {
        let path = self.folder.join(LOG);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.io(LOG, &error)),
        };
        let made = |line: &&str| {
            line.ends_with('\n') && serde_json::from_str::<Progress>(line).is_ok_and(|progress| progress.step <= steps)
        };
        let kept: String = text.split_inclusive('\n').filter(made).collect();
        fs::write(&path, kept).map_err(|error| self.io(LOG, &error))?;
        OpenOptions::new().append(true).open(&path).map_err(|error| self.io(LOG, &error))
    }
}

/// The configuration of the training in a folder; `None` where there is none.
///
/// # Errors
/// Its checkpoint is damaged or of another version.
pub fn configuration(folder: &Path) -> Result<Option<Config>, CheckpointError> {
    let path = folder.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    Stored::read(&path).map(|stored| Some(stored.header.config))
}

/// Examples in the order in which micro-batches are cut from them, so that those side by side are of about one size.
pub fn by_cost(examples: &[Example]) -> Vec<&Example> {
    let mut order: Vec<&Example> = examples.iter().collect();
    order.sort_by_key(|example| std::cmp::Reverse(example.cost()));
    order
}

fn prior(examples: &[Example]) -> f64 {
    -examples.iter().map(|example| example.program.log_prior()).sum::<f64>() / examples.len() as f64
}

/// The weights of a file to begin with.
fn begun<B: Backend>(
    path: &Path,
    grammar: &Grammar,
    layout: &Layout,
    device: &B::Device,
) -> Result<Flat<B>, CheckpointError> {
    let stored = Stored::read(path)?;
    stored.check(grammar)?;
    checkpoint::read_weights(&stored, layout, device)
}

/// What a folder has of this training.
fn stored(config: &Config, grammar: &Grammar, folder: &Path) -> Result<Option<Stored>, TrainError> {
    let path = folder.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    let stored = Stored::read(&path)?;
    stored.check(grammar)?;
    let own = &stored.header.config;
    if own == config {
        return Ok(Some(stored));
    }
    let other = |key: &str| TrainError::OtherConfiguration { folder: folder.to_path_buf(), key: key.to_string() };
    let mut longer = own.clone();
    longer.training.steps = config.training.steps;
    if longer != *config {
        let key = if own.network != config.network {
            "network"
        } else if own.data != config.data {
            "data"
        } else {
            "training"
        };
        return Err(other(key));
    }
    // with more steps the learning rate falls later: on from where it had not fallen
    let reached = stored.header.steps;
    if reached <= own.training.decay_from().min(config.training.decay_from()) {
        return Ok(Some(stored));
    }
    let stable = folder.join(STABLE);
    if config.training.steps < own.training.steps || !stable.exists() {
        return Err(other("training.steps"));
    }
    let stable = Stored::read(&stable)?;
    stable.check(grammar)?;
    Ok(Some(stable))
}
