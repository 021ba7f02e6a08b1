//! `ppl run`

use super::input::{Input, read};
use super::progress::Reporter;
use super::{CommandError, Result, colour, complain, print};
use clap::ValueEnum;
use ppl::stan_csv::{RunInfo, write_atomic, write_run};
use ppl::{Adaptation, Bound, Control, Draws, EvalError, InitialValues, SampleError, Settings, Summary, report};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Seed of all random numbers: the same seed gives the same draws [default: from the clock]
    #[arg(long)]
    seed: Option<u64>,
    /// Number of chains
    #[arg(long, default_value_t = 4)]
    chains: usize,
    /// Warm-up iterations of each chain
    #[arg(long, default_value_t = Settings::default().warmup)]
    warmup: usize,
    /// Draws of each chain
    #[arg(long, default_value_t = 1000)]
    draws: usize,
    /// Write Stan CSV files and a JSON summary into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a page about the fit: HTML that any browser shows without a network
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Chains at once [default: the number of processors]
    #[arg(long)]
    threads: Option<usize>,
    /// Acceptance statistic to tune the step size for; larger takes smaller steps
    #[arg(long, default_value_t = 0.8, value_name = "P")]
    target_accept: f64,
    /// Largest tree depth of a trajectory
    #[arg(long, default_value_t = 10, value_name = "N")]
    max_depth: u32,
    /// Mass matrix
    #[arg(long, value_enum, default_value_t = Metric::Diagonal)]
    metric: Metric,
    /// Initial values: a radius around the origin of the unconstrained space, or a JSON file of parameter values; a file for
    /// all chains, or one a chain [default: 2]
    #[arg(long, value_name = "RADIUS|FILE", allow_negative_numbers = true)]
    init: Vec<String>,
    /// Write the warm-up iterations to the CSV files too
    #[arg(long)]
    save_warmup: bool,
    /// Show all quantities, not only the first 100
    #[arg(long)]
    all: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Metric {
    /// Scales
    Diagonal,
    /// Scales and the strongest correlations
    LowRank,
}

const ROWS: usize = 100;

pub fn run(arguments: &Arguments) -> Result {
    let seed = arguments.seed.unwrap_or_else(clock_seed);
    let total = arguments.warmup.saturating_add(arguments.draws);
    let reporter = Arc::new(Reporter::new(arguments.quiet, arguments.chains.min(10_000), total));
    let printer = Arc::clone(&reporter);
    let silent = arguments.input.load()?;
    let model = silent.clone().with_printer(move |text| printer.print(text));
    if !model.warnings().is_empty() {
        complain(&model.warnings().render(colour()));
    }
    let data = arguments.input.data()?;
    let bound = arguments.input.bind_to(&model, &data, seed)?;
    let settings = Settings {
        chains: arguments.chains,
        warmup: arguments.warmup,
        draws: arguments.draws,
        seed,
        threads: arguments.threads,
        target_accept: arguments.target_accept,
        max_depth: arguments.max_depth,
        adaptation: match arguments.metric {
            Metric::Diagonal => Adaptation::Diagonal,
            Metric::LowRank => Adaptation::LowRank,
        },
        initial: initial_values(&arguments.init, &bound)?,
        save_warmup: arguments.save_warmup,
    };
    if let Some(directory) = &arguments.out {
        // Before hours of sampling rather than after.
        std::fs::create_dir_all(directory)
            .map_err(|error| CommandError::User(format!("error: --out {}: {error}", directory.display())))?;
    }
    if let Some(path) = &arguments.report {
        writable(path)?;
    }
    let draws = sample(&bound, &settings, &reporter)?;
    let summary = Summary::of(&draws);
    // The files first: a table that cannot be printed must not lose them.
    let written = match &arguments.out {
        Some(directory) => write(arguments, directory, &settings, &draws, &summary)?,
        None => Vec::new(),
    };
    if let Some(path) = arguments.report.as_ref().filter(|_| summary.draws > 0) {
        let data_name = data_name(&arguments.input);
        let page = report::page(&report::Fit {
            name: &arguments.input.name(),
            data_name: data_name.as_deref(),
            // What the program prints has been seen.
            model: &silent,
            data: &data,
            settings: &settings,
            dim: bound.dim(),
            draws: &draws,
            summary: &summary,
            finished: SystemTime::now(),
        });
        write_atomic(path, |file| file.write_all(page.as_bytes()))
            .map_err(|error| CommandError::Run(format!("error: cannot write {error}")))?;
    }
    let mut text = summary.table(if arguments.all { None } else { Some(ROWS) });
    text.push_str(&footer(&settings, &summary));
    for warning in &summary.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    if let (Some(directory), false) = (&arguments.out, written.is_empty()) {
        text.push_str(&format!("{} files in {}\n", written.len(), directory.display()));
    }
    if let Some(path) = arguments.report.as_ref().filter(|_| summary.draws > 0) {
        text.push_str(&format!("report in {}\n", path.display()));
    }
    print(&text)?;
    if summary.draws == 0 {
        return Err(CommandError::Run("error: stopped before the first draw".into()));
    }
    Ok(())
}

/// A seed for who gave none.
pub fn clock_seed() -> u64 {
    // Short enough to type again.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos() as u64 / 1000 % 1_000_000_000)
}

/// A flag that the first Ctrl-C raises; a second one ends the program.
pub fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let handled = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = handled {
        complain(&format!("note: Ctrl-C will lose the draws: {error}"));
    }
    stop
}

fn sample(bound: &Bound, settings: &Settings, reporter: &Reporter) -> Result<Draws> {
    let stop = stop_on_interrupt();
    let report = |p: &ppl::Progress| reporter.report(p);
    let control = Control { stop: Some(&stop), progress: Some(&report) };
    bound.sample_with(settings, &control).map_err(|error| describe(bound, &error))
}

/// The statement that failed, where it can be found, and what the user can do.
pub fn describe(bound: &Bound, error: &SampleError) -> CommandError {
    let failure = match error {
        SampleError::Initial { point, .. } => bound.explain(&ppl::Place { point: point.clone(), stream: None }),
        SampleError::Evaluation { place, error: EvalError::Limit(_), .. } => bound.explain_limit(place),
        SampleError::Evaluation { place, .. } => bound.explain(place),
        _ => None,
    };
    let statement = failure.map(|failure| failure.render(colour()));
    let text = format!("{}error: {error}", statement.unwrap_or_default());
    match error {
        SampleError::Settings(_) | SampleError::InitialLength { .. } => CommandError::User(text),
        SampleError::Initial { .. } => CommandError::Run(format!(
            "{text}\nhint: check the constraints of the parameters against the priors, or give initial values with --init"
        )),
        _ => CommandError::Run(text),
    }
}

fn initial_values(init: &[String], bound: &Bound) -> Result<InitialValues> {
    match init {
        [] => Ok(InitialValues::default()),
        [one] if one.parse::<f64>().is_ok() => Ok(InitialValues::Uniform { radius: one.parse().unwrap_or_default() }),
        files => {
            let point = |file: &String| {
                let values = read(Path::new(file))?;
                bound
                    .initial_values(&values)
                    .map_err(|error| CommandError::User(format!("error: initial values in {file}: {error}")))
            };
            Ok(InitialValues::Given(files.iter().map(point).collect::<Result<_>>()?))
        }
    }
}

fn write(
    arguments: &Arguments,
    directory: &Path,
    settings: &Settings,
    draws: &Draws,
    summary: &Summary,
) -> Result<Vec<PathBuf>> {
    let name = arguments.input.name();
    let data = arguments.input.data_file().map(|path| path.display().to_string());
    let info = RunInfo { model: &name, data: data.as_deref(), settings };
    write_run(directory, &info, draws, summary)
        .map_err(|error| CommandError::Run(format!("error: cannot write {error}")))
}

/// Whether a file can be written there, before hours of sampling rather than after.
fn writable(path: &Path) -> Result {
    let fail =
        |why: &dyn std::fmt::Display| Err(CommandError::User(format!("error: --report {}: {why}", path.display())));
    if path.is_dir() {
        return fail(&"is a directory");
    }
    // A device would be replaced by the file.
    if path.exists() && !path.is_file() {
        return fail(&"is no regular file");
    }
    let Some(name) = path.file_name() else { return fail(&"names no file") };
    let mut probe = std::ffi::OsString::from(".");
    probe.push(name);
    probe.push(format!(".{}.probe", std::process::id()));
    let probe = path.with_file_name(probe);
    match std::fs::File::create(&probe).and_then(|_| std::fs::remove_file(&probe)) {
        Ok(()) => Ok(()),
        Err(error) => fail(&error),
    }
}

/// Where the data come from.
fn data_name(input: &Input) -> Option<String> {
    let file = input.data_file().map(|path| path.display().to_string());
    let set = (!input.set.is_empty()).then(|| input.set.join(", "));
    match (file, set) {
        (Some(file), Some(set)) => Some(format!("{file}, with {set}")),
        (file, set) => file.or(set),
    }
}

fn footer(settings: &Settings, summary: &Summary) -> String {
    format!(
        "{} draws of {} chain{} (seed {}); warm-up {:.2} s, sampling {:.2} s, {} divergences\n",
        summary.draws,
        summary.chains,
        if summary.chains == 1 { "" } else { "s" },
        settings.seed,
        summary.warmup_seconds,
        summary.sampling_seconds,
        summary.divergences
    )
}
