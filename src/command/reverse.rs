//! `ppl reverse`

use super::{CommandError, Result, input, print};
use ppl::{Report, ReverseOptions, Verdict};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan program
    model: PathBuf,
    /// Directory to look for included files in, before that of the model
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    #[command(flatten)]
    priors: Priors,
    /// Print the verdict as JSON instead of the simulator
    #[arg(long)]
    json: bool,
    /// Print the program that draws the observed data again, given the parameters (posterior predictive draws)
    #[arg(long, conflicts_with_all = ["json", "range", "default_priors"])]
    replicate: bool,
}

/// What to do about parameters without a proper density.
#[derive(clap::Args)]
pub struct Priors {
    /// A uniform distribution for a parameter that has no proper one, as in --range beta=-10,10
    #[arg(long, value_name = "NAME=LOW,HIGH", allow_hyphen_values = true)]
    range: Vec<String>,
    /// Weakly informative priors, which are printed, for parameters that have no proper one
    #[arg(long)]
    default_priors: bool,
}

impl Priors {
    pub fn options(&self) -> Result<ReverseOptions> {
        let mut options = ReverseOptions { default_priors: self.default_priors, ..ReverseOptions::default() };
        for text in &self.range {
            let range = text.split_once('=').and_then(|(name, ends)| {
                let (low, high) = ends.split_once(',')?;
                Some((name.trim().to_string(), low.trim().parse::<f64>().ok()?, high.trim().parse::<f64>().ok()?))
            });
            match range {
                Some((name, low, high)) if low.is_finite() && high.is_finite() && low < high => {
                    options.ranges.insert(name, (low, high));
                }
                _ => {
                    let text = format!("error: --range {text}: expected NAME=LOW,HIGH with LOW below HIGH");
                    return Err(CommandError::User(text));
                }
            }
        }
        Ok(options)
    }
}

pub fn run(arguments: &Arguments) -> Result {
    let model = input::load(&arguments.model, &arguments.include)?;
    if arguments.replicate {
        let replicating = model.replicating().map_err(|error| super::fit::refusal(&arguments.model, &error))?;
        return print(replicating.text());
    }
    let reversal = model.reverse(&arguments.priors.options()?);
    if arguments.json {
        let text = serde_json::to_string_pretty(&reversal.report)
            .map_err(|error| CommandError::Run(format!("error: {error}")))?;
        return print(&format!("{text}\n"));
    }
    match &reversal.simulator {
        Some(simulator) => {
            let comments: String = remarks(&reversal.report).iter().map(|line| format!("// {line}\n")).collect();
            print(&format!("{comments}{}", simulator.text()))
        }
        None => Err(CommandError::User(refusal(&arguments.model.display().to_string(), &reversal.report))),
    }
}

/// The verdict in lines of text.
pub fn remarks(report: &Report) -> Vec<String> {
    let mut out = vec![match report.verdict {
        Verdict::Exact => "exact: everything is drawn from the density that the program gives it".to_string(),
        Verdict::ExactAfterRewrites => format!("exact, after rewrites: {}", report.rewrites.join(", ")),
        Verdict::PriorByMcmc => "parameters by NUTS on the prior density, observations forwards".to_string(),
        Verdict::NeedsRange => format!("no proper density: {}", report.improper.join(", ")),
        Verdict::NoDensity => "the program has no density".to_string(),
        Verdict::Unsupported => "the observations cannot be drawn".to_string(),
    }];
    out.extend(report.conditions.iter().map(|c| format!("if {c}")));
    out.extend(report.reasons.iter().map(|r| format!("line {}: {}", r.line, r.text)));
    out
}

/// Why there is no simulator, and what to do.
pub fn refusal(file: &str, report: &Report) -> String {
    let mut text = match report.verdict {
        Verdict::NeedsRange => format!("error: {file} cannot be simulated: some parameters have no proper density"),
        Verdict::NoDensity => format!("error: {file} has no density"),
        _ => format!("error: {file} cannot be simulated"),
    };
    for reason in &report.reasons {
        text.push_str(&format!("\n  {file}:{}:{}: {}", reason.line, reason.column, reason.text));
    }
    if report.verdict == Verdict::NeedsRange {
        let name = report.improper.first().map_or("beta", String::as_str);
        text.push_str(&format!(
            "\nhint: give a prior in the program, a range with --range {name}=-10,10, or --default-priors"
        ));
    }
    text
}
