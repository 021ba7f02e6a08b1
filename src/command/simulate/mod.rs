//! `ppl simulate`

mod hygiene;
mod parquet;
mod sink;
mod text;

use super::reverse::{Priors, refusal, remarks};
use super::{CommandError, Result, complain, input, print, run};
use hygiene::{Hygiene, Inspector};
use indicatif::{ProgressBar, ProgressStyle};
use ppl::{BindError, BoundSimulator, Chunk, Control, Draws, Settings, SimulationError, SimulationSettings, Summary};
use sink::Sink;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: input::Input,
    #[command(flatten)]
    priors: Priors,
    /// Number of data sets
    #[arg(long, short, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    n: u64,
    /// Seed of all random numbers: the same seed gives the same data sets at any number of threads [default: from the clock]
    #[arg(long)]
    seed: Option<u64>,
    /// Write the data sets: .parquet, .jsonl or .csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Threads [default: the number of processors]
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Parameters that need NUTS: warm-up iterations of each of the 4 chains
    #[arg(long, default_value_t = 1000)]
    warmup: usize,
    /// Print what is wrong with the data sets, and which statement is to blame, as JSON in place of the table
    #[arg(long)]
    json: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(arguments: &Arguments) -> Result {
    let seed = arguments.seed.unwrap_or_else(run::clock_seed);
    let file = arguments.input.model.display().to_string();
    let model = arguments.input.load()?;
    let reversal = model.reverse(&arguments.priors.options()?);
    let Some(simulator) = &reversal.simulator else {
        return Err(CommandError::User(refusal(&file, &reversal.report)));
    };
    for line in remarks(&reversal.report) {
        complain(&format!("note: {line}"));
    }
    let data = arguments.input.design(simulator.model(), seed)?;
    let bound = simulator.bind(&data).map_err(|error| match error {
        BindError::Data(_) => CommandError::User(format!("error: what the simulator of {file} is given: {error}")),
        BindError::Program(failure) => CommandError::User(failure.render(super::colour())),
        BindError::Unsupported(message) => CommandError::User(format!("error: {message}")),
    })?;
    if !bound.by_mcmc() && !reversal.report.conditions.is_empty() {
        let undrawn = bound.undrawn(seed).map_err(|error| CommandError::Run(format!("error: {error}")))?;
        if let Some(name) = undrawn {
            return Err(CommandError::User(format!(
                "error: with these data {name} is neither drawn nor given\nhint: the simulator holds if {}",
                reversal.report.conditions.join(", and if ")
            )));
        }
    }
    let mut sink = match &arguments.out {
        Some(path) => Some(Sink::create(path, bound.columns())?),
        None => None,
    };
    let stop = run::stop_on_interrupt();
    let inspector = Inspector::new(bound.columns(), simulator.text());
    let mut hygiene = Hygiene::new(&inspector);
    let outcome = match bound.by_mcmc() {
        true => by_mcmc(arguments, &bound, seed, &stop, &mut sink, &mut hygiene),
        false => forwards(arguments, &bound, seed, &stop, &mut sink, &mut hygiene),
    };
    // What was drawn before an interruption or a failure is complete, and kept; not what could not be written.
    let failed_to_write = matches!(outcome, Err(Stopped::Writing(_)));
    let written = match sink {
        Some(sink) if !failed_to_write && (hygiene.rows() > 0 || outcome.is_ok()) => Some(sink.finish()?),
        _ => None,
    };
    outcome.map_err(|stopped| match stopped {
        Stopped::Writing(message) => CommandError::Run(format!("error: {message}")),
        Stopped::Drawing(error) => error,
    })?;
    if arguments.json {
        let mut report = hygiene.json(simulator.text());
        report["asked"] = arguments.n.into();
        report["seed"] = seed.into();
        report["out"] = written.map(|path| path.display().to_string()).into();
        return print(&format!("{report:#}\n"));
    }
    let mut report = hygiene.report();
    if hygiene.rows() < arguments.n {
        report.push_str(&format!("stopped: {} of {} data sets\n", hygiene.rows(), arguments.n));
    }
    if let Some(path) = written {
        report.push_str(&format!("{} data sets in {}\n", hygiene.rows(), path.display()));
    }
    report.push_str(&format!("seed {seed}\n"));
    print(&report)
}

/// Why a simulation ended early.
enum Stopped {
    Writing(String),
    Drawing(CommandError),
}

/// Everything drawn, independent data sets.
fn forwards(
    arguments: &Arguments,
    bound: &BoundSimulator,
    seed: u64,
    stop: &std::sync::atomic::AtomicBool,
    sink: &mut Option<Sink>,
    hygiene: &mut Hygiene<'_>,
) -> std::result::Result<(), Stopped> {
    let bar = progress(arguments);
    let settings = SimulationSettings { draws: arguments.n, seed, threads: arguments.threads };
    let width = bound.width();
    let inspector = hygiene.inspector();
    let done = bound.simulate_with(&settings, stop, &|chunk| inspector.inspect(chunk), &mut |chunk, figures| {
        hygiene.add(figures);
        if let Some(sink) = sink {
            sink.write(&chunk, width)?;
        }
        bar.set_position(hygiene.rows());
        Ok(())
    });
    bar.finish_and_clear();
    match done {
        Ok(_) => Ok(()),
        Err(SimulationError::Sink(message)) => Err(Stopped::Writing(message)),
        Err(error) => Err(Stopped::Drawing(CommandError::Run(format!("error: {error}")))),
    }
}

fn progress(arguments: &Arguments) -> ProgressBar {
    if arguments.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} data sets, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(arguments.n).with_style(style)
}

/// Parameters by NUTS on the prior, then the data forwards: the draws of four chains, as many as were asked for.
fn by_mcmc(
    arguments: &Arguments,
    bound: &BoundSimulator,
    seed: u64,
    stop: &std::sync::atomic::AtomicBool,
    sink: &mut Option<Sink>,
    hygiene: &mut Hygiene<'_>,
) -> std::result::Result<(), Stopped> {
    const CHAINS: usize = 4;
    let draws = usize::try_from(arguments.n.div_ceil(CHAINS as u64)).unwrap_or(usize::MAX);
    let threads = (arguments.threads > 0).then_some(arguments.threads);
    let settings = Settings { chains: CHAINS, warmup: arguments.warmup, draws, seed, threads, ..Settings::default() };
    let reporter = super::progress::Reporter::new(arguments.quiet, CHAINS, settings.warmup + settings.draws);
    let report = |p: &ppl::Progress| reporter.report(p);
    let control = Control { stop: Some(stop), progress: Some(&report) };
    let draws: Draws = bound
        .sample_prior(&settings, &control)
        .map_err(|error| Stopped::Drawing(run::describe(bound.bound(), &error)))?;
    for warning in &Summary::of(&draws).warnings {
        complain(&format!("warning: the prior, as NUTS samples it: {warning}"));
    }
    let width = bound.width();
    let mut left = usize::try_from(arguments.n).unwrap_or(usize::MAX);
    for chain in &draws.chains {
        let rows = chain.draws.rows().min(left);
        left -= rows;
        let values = chain.draws.values[..rows * width].to_vec();
        let chunk = Chunk { first: hygiene.rows(), values, ..Chunk::default() };
        hygiene.add(hygiene.inspector().inspect(&chunk));
        if let Some(sink) = sink {
            sink.write(&chunk, width).map_err(Stopped::Writing)?;
        }
    }
    Ok(())
}
