//! `ppl criticise`

use super::fit::{Fit, draws, refusal, seed};
use super::input::Input;
use super::{CommandError, Result, print};
use ppl::predictive::Check;
use ppl::sensitivity::{self, Diagnosis};
use ppl::{
    Bound, CriticismError, Draws, Model, ModelSensitivity, ReplicationSettings, Replications, Statistic, VariableChecks,
};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    fit: Fit,
    /// Criticise the draws of `ppl run --out DIR` instead of sampling
    #[arg(long = "fit", value_name = "DIR", conflicts_with_all = ["chains", "warmup", "draws_per_chain", "target_accept"])]
    directory: Option<PathBuf>,
    /// Quantities that data and replications are compared by [default: those that say something about a variable]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = statistic)]
    stat: Vec<Statistic>,
    /// Two-sided p-values below it are reported as out of line
    #[arg(long, default_value_t = 0.05, value_name = "P")]
    level: f64,
    /// Data sets from the posterior, at most: one a draw of the fit
    #[arg(long, default_value_t = 4000, value_name = "N")]
    replications: usize,
    /// Data sets from the prior; 0 leaves the prior out
    #[arg(long, default_value_t = 4000, value_name = "N")]
    prior_replications: usize,
    /// Parameters whose prior is scaled [default: the top of the hierarchy]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    prior: Vec<String>,
    /// Distances for a doubling of the power from which on a parameter is sensitive
    #[arg(long, default_value_t = sensitivity::Settings::default().threshold, value_name = "D")]
    threshold: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn statistic(text: &str) -> std::result::Result<Statistic, String> {
    Statistic::ALL.into_iter().find(|s| s.key() == text).ok_or_else(|| {
        let keys: Vec<&str> = Statistic::ALL.iter().map(|s| s.key()).collect();
        format!("expected one of {}", keys.join(", "))
    })
}

/// Parameters that the table of sensitivities shows.
const SHOWN: usize = 40;

/// A part of the criticism, or why there is none.
type Part<T> = std::result::Result<T, String>;

pub fn run(arguments: &Arguments) -> Result {
    if !(arguments.level > 0.0 && arguments.level < 1.0) {
        return Err(CommandError::User("error: --level must lie between 0 and 1".into()));
    }
    if !(arguments.threshold > 0.0 && arguments.threshold.is_finite()) {
        return Err(CommandError::User("error: --threshold must be positive".into()));
    }
    if arguments.replications == 0 {
        return Err(CommandError::User("error: --replications must be at least 1".into()));
    }
    let model = arguments.input.load()?;
    let directory = arguments.directory.as_ref();
    let seed = seed(&arguments.input, &arguments.fit, directory)?;
    let data = arguments.input.data()?;
    let bound = arguments.input.bind_to(&model, &data, seed)?;
    let draws = draws(&bound, &arguments.input, &arguments.fit, directory)?;
    let posterior = part(arguments, posterior(arguments, &bound, &draws))?;
    let prior = match arguments.prior_replications {
        0 => Err("left out".to_string()),
        _ => part(arguments, prior(arguments, &bound))?,
    };
    let sensitivity = part(arguments, sensitivity(arguments, &model, &data, seed, &draws))?;
    if let (Err(one), Err(other)) = (&posterior, &sensitivity) {
        let text = format!("error: {}: {one}\n{other}", arguments.input.model.display());
        return Err(CommandError::User(text));
    }
    if arguments.json {
        let out = json!({"draws": draws.total(), "level": arguments.level,
            "posterior_predictive": checks_json(&posterior), "prior_predictive": checks_json(&prior),
            "sensitivity": sensitivity_json(&sensitivity)});
        return print(&format!("{out}\n"));
    }
    let mut text = checks_text("posterior predictive checks", &posterior, arguments.level);
    text.push_str(&checks_text("\nprior predictive checks", &prior, arguments.level));
    text.push_str(&sensitivity_text(&sensitivity, arguments.threshold));
    print(&text)
}

/// What the program does not allow is said; what fails otherwise is an error of the command.
fn part<T>(arguments: &Arguments, result: std::result::Result<T, CriticismError>) -> Result<Part<T>> {
    match result {
        Ok(part) => Ok(Ok(part)),
        Err(error @ (CriticismError::NotReplicated(_) | CriticismError::NotApart(_) | CriticismError::Improper(_))) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(refusal(&arguments.input.model, &error)),
    }
}

type Checked = (Replications, Vec<VariableChecks>);

fn posterior(arguments: &Arguments, bound: &Bound, draws: &Draws) -> std::result::Result<Checked, CriticismError> {
    let settings = ReplicationSettings { draws: arguments.replications, seed: arguments.fit.seed, threads: 0 };
    checked(arguments, bound.replicate(draws, &settings)?)
}

fn prior(arguments: &Arguments, bound: &Bound) -> std::result::Result<Checked, CriticismError> {
    let fit = arguments.fit.settings();
    checked(arguments, bound.replicate_prior(arguments.prior_replications, arguments.fit.seed, &fit)?)
}

fn checked(arguments: &Arguments, replications: Replications) -> std::result::Result<Checked, CriticismError> {
    let statistics = (!arguments.stat.is_empty()).then_some(arguments.stat.as_slice());
    let checks = replications.checks(statistics)?;
    Ok((replications, checks))
}

fn sensitivity(
    arguments: &Arguments,
    model: &Model,
    data: &ppl::Data,
    seed: u64,
    draws: &Draws,
) -> std::result::Result<ModelSensitivity, CriticismError> {
    let criticism = model.criticism()?.bind_seeded(data, seed)?;
    let pointwise = criticism.pointwise(draws)?;
    let settings = sensitivity::Settings { threshold: arguments.threshold, ..sensitivity::Settings::default() };
    criticism.sensitivity(draws, &pointwise, &arguments.prior, &settings)
}

fn checks_text(title: &str, part: &Part<Checked>, level: f64) -> String {
    let (replications, variables) = match part {
        Ok(checked) => checked,
        Err(why) => return format!("{title}: none\n  {}\n", why.replace('\n', "\n  ")),
    };
    let mut text = format!("{title}: {} data sets", replications.draws.len());
    if replications.rejected > 0 {
        let why = replications.message.as_deref().unwrap_or_default();
        text.push_str(&format!(" ({} rejected and left out: {why})", replications.rejected));
    }
    text.push_str(&format!("\n{:<34} {:>12} {:>12} {:>12} {:>12} {:>7}\n", "", "data", "5%", "median", "95%", "p"));
    let mut words = Vec::new();
    for VariableChecks { variable, checks, .. } in variables {
        for (statistic, check) in checks {
            let out_of_line = check.two_sided() < level;
            let [low, middle, high] = [0.05, 0.5, 0.95].map(|p| quantile(check, p));
            text.push_str(&format!(
                "{:<34} {:>12} {:>12} {:>12} {:>12} {:>7.4}{}\n",
                format!("{variable}: {}", check.name),
                number(check.observed),
                number(low),
                number(middle),
                number(high),
                check.p(),
                if out_of_line { "  *" } else { "" }
            ));
            if out_of_line {
                words.push(in_words(variable, *statistic, check));
            }
            if check.undefined > 0 {
                words.push(format!(
                    "{}: not defined in {} of the data sets, which are left out",
                    check.name, check.undefined
                ));
            }
        }
    }
    words.iter().for_each(|line| text.push_str(&format!("* {line}\n")));
    text
}

/// What a p-value near 0 or 1 says.
fn in_words(variable: &str, statistic: Statistic, check: &Check) -> String {
    use ppl::predictive::Quantity::{Autocorrelation, Max, Mean, Median, Min, Sd, Zeros};
    let larger = check.p() < 0.5;
    let share = 100.0 * if larger { 1.0 - check.p() } else { check.p() };
    let what = match (statistic, larger) {
        (Statistic::Of(Mean | Median), true) => "the data lie higher than the model puts them",
        (Statistic::Of(Mean | Median), false) => "the data lie lower than the model puts them",
        (Statistic::Of(Sd), true) => "the data spread more than the model does: something varies that is not in it",
        (Statistic::Of(Sd), false) => "the data spread less than the model does",
        (Statistic::Of(Max), true) => "the model makes no values as large as the largest: its upper tail is too light",
        (Statistic::Of(Max), false) => "the model makes larger values than there are: its upper tail is too heavy",
        (Statistic::Of(Min), true) => "the model makes smaller values than there are: its lower tail is too heavy",
        (Statistic::Of(Min), false) => {
            "the model makes no values as small as the smallest: its lower tail is too light"
        }
        (Statistic::Of(Zeros), true) => "there are more zeros than the model makes",
        (Statistic::Of(Zeros), false) => "there are fewer zeros than the model makes",
        (Statistic::Of(Autocorrelation), true) => "neighbours are more alike than in the model: the order matters",
        (Statistic::Of(Autocorrelation), false) => "neighbours are less alike than in the model: the order matters",
        (Statistic::ChiSquared, true) => "the data are farther from their predictions than the model's own data",
        (Statistic::ChiSquared, false) => "the data are closer to their predictions than the model's own data",
    };
    let side = if larger { "larger" } else { "smaller" };
    format!("{variable}: {what} ({} {side} than in {share:.1}% of the data sets)", check.name)
}

fn quantile(check: &Check, p: f64) -> f64 {
    match check.replicated.is_empty() {
        true => f64::NAN,
        false => ppl::diagnostics::quantile(&[check.replicated.as_slice()], p),
    }
}

/// Five digits, with an exponent where the number is very large or small.
fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_string(),
        size if (1e-3..1e7).contains(&size) => {
            let digits = 4 - size.log10().floor() as i32;
            format!("{x:.*}", digits.max(0) as usize)
        }
        _ => format!("{x:.3e}"),
    }
}

fn sensitivity_text(part: &Part<ModelSensitivity>, threshold: f64) -> String {
    let title = "\nsensitivity to prior and likelihood (power scaling)";
    let found = match part {
        Ok(found) => found,
        Err(why) => return format!("{title}: none\n  {}\n", why.replace('\n', "\n  ")),
    };
    let mut text = format!("{title}\n{:<34} {:>10} {:>10}\n", "", "prior", "likelihood");
    let rows = || found.names.iter().zip(&found.scaling.rows);
    let is_sensitive = |row: &sensitivity::Row| row.diagnosis != Diagnosis::None;
    // Those that need a look, and the first of the others.
    let quiet = rows().filter(|(_, row)| !is_sensitive(row)).count();
    let mut left = SHOWN.saturating_sub(found.names.len() - quiet);
    let mut hidden = 0;
    for (name, row) in rows() {
        if !is_sensitive(row) {
            if left == 0 {
                hidden += 1;
                continue;
            }
            left -= 1;
        }
        let diagnosis = if is_sensitive(row) { format!("  {}", row.diagnosis) } else { String::new() };
        let (prior, likelihood) = (row.prior.distance, row.likelihood.distance);
        text.push_str(&format!("{name:<34} {prior:>10.3} {likelihood:>10.3}{diagnosis}\n"));
    }
    if hidden > 0 {
        text.push_str(&format!("... and {hidden} more that are not sensitive to the prior\n"));
    }
    text.push_str(&format!(
        "distances for a doubling of the power; {threshold} and more is sensitive\nscaled: {}{}\n",
        if found.scaled.is_empty() { "no prior density of a parameter".to_string() } else { found.scaled.join(", ") },
        match found.unscaled.as_slice() {
            [] => String::new(),
            names => format!("; not scaled: {}", names.join(", ")),
        }
    ));
    for (what, k) in [("prior", found.scaling.prior_k), ("likelihood", found.scaling.likelihood_k)] {
        if k > found.scaling.k_threshold {
            text.push_str(&format!("warning: the weights of the scaled {what} are unreliable (k {k:.2})\n"));
        }
    }
    if rows().any(|(_, row)| row.diagnosis == Diagnosis::Conflict) {
        text.push_str("* prior and likelihood both move the posterior: see whether the prior says what you know\n");
    }
    if rows().any(|(_, row)| row.diagnosis == Diagnosis::StrongPrior) {
        text.push_str("* the posterior follows the prior where the data say little: be sure of that prior\n");
    }
    text
}

fn checks_json(part: &Part<Checked>) -> Value {
    let (replications, variables) = match part {
        Ok(checked) => checked,
        Err(why) => return json!({"none": why}),
    };
    let check = |(statistic, c): &(Statistic, Check)| {
        json!({"statistic": statistic.key(), "data": c.observed, "q5": quantile(c, 0.05), "median": quantile(c, 0.5),
            "q95": quantile(c, 0.95), "p": c.p(), "p_at_least": c.p_at_least(), "two_sided": c.two_sided(),
            "undefined": c.undefined})
    };
    let variable = |v: &VariableChecks| {
        let checks: Vec<Value> = v.checks.iter().map(check).collect();
        json!({"variable": v.variable, "drawn": v.drawn, "checks": checks})
    };
    let variables: Vec<Value> = variables.iter().map(variable).collect();
    json!({"data_sets": replications.draws.len(), "rejected": replications.rejected, "variables": variables})
}

fn sensitivity_json(part: &Part<ModelSensitivity>) -> Value {
    let found = match part {
        Ok(found) => found,
        Err(why) => return json!({"none": why}),
    };
    let one = |s: &sensitivity::Sensitivity| json!({"distance": s.distance, "mean": s.mean, "sd": s.sd});
    let row = |(name, row): (&String, &sensitivity::Row)| {
        let diagnosis = match row.diagnosis {
            Diagnosis::None => Value::Null,
            other => Value::String(other.to_string()),
        };
        json!({"name": name, "prior": one(&row.prior), "likelihood": one(&row.likelihood), "diagnosis": diagnosis})
    };
    let rows: Vec<Value> = found.names.iter().zip(&found.scaling.rows).map(row).collect();
    json!({"scaled": found.scaled, "not_scaled": found.unscaled, "prior_k": found.scaling.prior_k,
        "likelihood_k": found.scaling.likelihood_k, "k_threshold": found.scaling.k_threshold, "parameters": rows})
}
