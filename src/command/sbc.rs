//! `ppl sbc`

use super::reverse::Priors;
use super::{CommandError, Result, input, print, run};
use indicatif::{ProgressBar, ProgressStyle};
use ppl::{CalibrationError, CalibrationSettings, Settings};
use std::io::{self, IsTerminal};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: input::Input,
    #[command(flatten)]
    priors: Priors,
    /// Number of data sets that are simulated and fitted
    #[arg(long, short, default_value_t = 200)]
    n: u64,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Chains of each fit
    #[arg(long, default_value_t = 1)]
    chains: usize,
    /// Warm-up iterations of each chain
    #[arg(long, default_value_t = 300)]
    warmup: usize,
    /// Draws of each chain
    #[arg(long, default_value_t = 600)]
    draws: usize,
    /// Draws that the true values are ranked among, thinned from those of a fit
    #[arg(long, default_value_t = 99)]
    ranked: usize,
    /// Effective draws that each fit must have: one with fewer is sampled anew with twice the iterations; 0 takes fits as they are
    #[arg(long, default_value_t = 100.0, value_name = "N")]
    min_ess: f64,
    /// Chance that a right sampler fails at all
    #[arg(long, default_value_t = 0.001)]
    level: f64,
    /// Fits at once [default: the number of processors]
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// Rows of the table.
const SHOWN: usize = 40;

pub fn run(arguments: &Arguments) -> Result {
    if !(0.0..1.0).contains(&arguments.level) || arguments.level == 0.0 {
        return Err(CommandError::User("error: --level must lie between 0 and 1".into()));
    }
    if !(arguments.min_ess >= 0.0 && arguments.min_ess.is_finite()) {
        return Err(CommandError::User("error: --min-ess must be 0 or more".into()));
    }
    let model = arguments.input.load()?;
    let options = arguments.priors.options()?;
    let data = match model.reverse(&options).simulator {
        Some(simulator) => arguments.input.design(simulator.model(), arguments.seed)?,
        // The calibration says why there is none.
        None => arguments.input.data()?,
    };
    let fit = Settings {
        chains: arguments.chains,
        warmup: arguments.warmup,
        draws: arguments.draws,
        threads: Some(1),
        ..Settings::default()
    };
    let settings = CalibrationSettings {
        replications: arguments.n,
        fit,
        ranked: arguments.ranked,
        min_effective: arguments.min_ess,
        seed: arguments.seed,
        threads: arguments.threads,
    };
    let bar = match arguments.quiet || !io::stderr().is_terminal() {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(arguments.n).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} fits, {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        ),
    };
    let stop = run::stop_on_interrupt();
    let start = std::time::Instant::now();
    let progress = |done: u64| bar.set_position(done);
    let calibration = model.calibrate(&data, &options, &settings, &stop, &progress).map_err(|error| match error {
        CalibrationError::Replication { .. } => CommandError::Run(format!("error: {error}")),
        _ => CommandError::User(format!("error: {}: {error}", arguments.input.model.display())),
    })?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    let fits = calibration.ranks.simulations();
    if fits == 0 {
        let why = calibration.message.unwrap_or_else(|| "stopped before the first fit".into());
        return Err(CommandError::Run(format!("error: no fit succeeded: {why}")));
    }
    let verdicts = calibration.ranks.test(arguments.level);
    let mut text = format!(
        "{:<24} {:>10} {:>10} {:>10} {:>8} {:>10}\n",
        "", "chi-square", "ecdf", "adjusted", "bias", "dispersion"
    );
    for verdict in verdicts.iter().take(SHOWN) {
        text.push_str(&format!(
            "{:<24} {:>10.4} {:>10.4} {:>10.4} {:>8.2} {:>10.2}{}\n",
            verdict.name,
            verdict.p_chi_square,
            verdict.p_ecdf,
            verdict.p_adjusted,
            verdict.bias,
            verdict.dispersion,
            if verdict.uniform { "" } else { "  not uniform" }
        ));
    }
    if verdicts.len() > SHOWN {
        text.push_str(&format!("... and {} more\n", verdicts.len() - SHOWN));
    }
    let mut effective = calibration.effective.clone();
    effective.sort_by(f64::total_cmp);
    text.push_str(&format!(
        "{fits} fits in {seconds:.1} s, each {} chain{} of {} warm-up iterations and {} draws{}; {} ranked\n",
        arguments.chains,
        if arguments.chains == 1 { "" } else { "s" },
        arguments.warmup,
        arguments.draws,
        match calibration.extended {
            0 => String::new(),
            n => format!(", {n} of them longer to have {} effective draws", arguments.min_ess),
        },
        arguments.ranked
    ));
    text.push_str(&format!(
        "effective draws: least {:.0}, median {:.0}; {} divergences\n",
        effective[0],
        effective[effective.len() / 2],
        calibration.divergences
    ));
    let short = effective.iter().filter(|n| **n < arguments.min_ess).count();
    if short > 0 {
        text.push_str(&format!("warning: {short} fits have fewer than {} effective draws\n", arguments.min_ess));
    }
    if calibration.failed > 0 {
        let why = calibration.message.map_or_else(String::new, |m| format!(": {m}"));
        text.push_str(&format!("warning: {} replications failed and are left out{why}\n", calibration.failed));
    }
    if effective[0] < arguments.ranked as f64 {
        text.push_str("warning: some fits have fewer effective draws than are ranked; use more --draws\n");
    }
    let failures = verdicts.iter().filter(|v| !v.uniform).count();
    text.push_str(&match failures {
        0 => format!("passed: all ranks are uniform (level {})\n", arguments.level),
        n => format!("failed: {n} of {} quantities are not uniform (level {})\n", verdicts.len(), arguments.level),
    });
    print(&text)?;
    match failures {
        0 => Ok(()),
        _ => Err(CommandError::Run("error: the ranks are not uniform".into())),
    }
}
