//! `ppl compare`

use super::fit::{Fit, criticism, draws, refusal, seed};
use super::input::Input;
use super::smoothing::Smoothing;
use super::{CommandError, Result, print};
use ppl::LooSettings;
use ppl::compare::{compare, pseudo_bma_plus, stacking};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The Stan programs, two or more
    #[arg(required = true, num_args = 2..)]
    models: Vec<PathBuf>,
    /// The data of all models: CmdStan JSON or CSV [default: MODEL.data.json beside each]
    #[arg(long, short, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Set one variable of the data
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Directory to look for included files in
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    #[command(flatten)]
    fit: Fit,
    /// Use the draws of `ppl run --out DIR`, of all models, instead of sampling
    #[arg(long = "fit", value_name = "DIR", conflicts_with_all = ["chains", "warmup", "draws_per_chain", "target_accept"])]
    directory: Option<PathBuf>,
    /// Leave out together all units for which this variable of the data, an array of integers with one value a row, is the same
    #[arg(long, value_name = "VARIABLE")]
    unit: Option<String>,
    #[command(flatten)]
    smoothing: Smoothing,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result {
    if arguments.directory.is_some() {
        distinct(&arguments.models)?;
    }
    let mut elpds = Vec::new();
    let mut bad = Vec::new();
    let mut units: Option<Vec<String>> = None;
    for path in &arguments.models {
        let input = Input {
            model: path.clone(),
            data: arguments.data.clone(),
            set: arguments.set.clone(),
            include: arguments.include.clone(),
        };
        let model = input.load()?;
        let directory = arguments.directory.as_ref();
        let criticism = criticism(&input, &model, seed(&input, &arguments.fit, directory)?)?;
        let draws = draws(criticism.bound(), &input, &arguments.fit, directory)?;
        let wrong = |error: &ppl::CriticismError| refusal(path, error);
        let mut pointwise = criticism.pointwise(&draws).map_err(|e| wrong(&e))?;
        if let Some(by) = &arguments.unit {
            pointwise = criticism.regroup(&pointwise, by).map_err(|e| wrong(&e))?;
        }
        let first = units.get_or_insert_with(|| pointwise.names.clone());
        if *first != pointwise.names {
            return Err(CommandError::User(format!(
                "error: {} and {} do not predict the same units ({} and {} of them): they cannot be compared",
                arguments.models[0].display(),
                path.display(),
                first.len(),
                pointwise.names.len()
            )));
        }
        let settings = LooSettings {
            loo: arguments.smoothing.settings()?,
            moment_match: arguments.smoothing.moment_match(),
            ..LooSettings::default()
        };
        let out = criticism.leave_one_out(&pointwise, &settings).map_err(|e| wrong(&e))?;
        bad.push(out.loo.bad().len());
        elpds.push(out.loo.pointwise());
    }
    let models: Vec<&[f64]> = elpds.iter().map(Vec::as_slice).collect();
    let failed = |error: ppl::InputError| CommandError::Run(format!("error: {error}"));
    let rows = compare(&models, arguments.smoothing.convention()).map_err(failed)?;
    let stacked = stacking(&models).map_err(failed)?.weights;
    let bma = pseudo_bma_plus(&models, 1.0, 1000, arguments.fit.seed).map_err(failed)?;
    let name = |model: usize| arguments.models[model].display().to_string();
    if arguments.json {
        let row = |r: &ppl::compare::Row| {
            json!({"model": name(r.model), "elpd": super::loo::estimate(r.elpd), "difference": super::loo::estimate(r.difference),
                "stacking": stacked[r.model], "pseudo_bma_plus": bma[r.model], "bad_k": bad[r.model]})
        };
        return print(&format!("{}\n", Value::Array(rows.iter().map(row).collect())));
    }
    let mut text = format!(
        "{:<32} {:>10} {:>8} {:>10} {:>8} {:>9} {:>9}\n",
        "", "elpd", "se", "difference", "se", "stacking", "bma+"
    );
    for r in &rows {
        text.push_str(&format!(
            "{:<32} {:>10.2} {:>8.2} {:>10.2} {:>8.2} {:>9.3} {:>9.3}\n",
            name(r.model),
            r.elpd.value,
            r.elpd.se,
            r.difference.value,
            r.difference.se,
            stacked[r.model],
            bma[r.model]
        ));
    }
    for (model, count) in bad.iter().enumerate().filter(|(_, count)| **count > 0) {
        text.push_str(&format!("warning: {}: {count} units with a high k; see `ppl loo`\n", name(model)));
    }
    print(&text)
}

/// The files of a run are called by the name of the model.
fn distinct(models: &[PathBuf]) -> Result {
    for (i, model) in models.iter().enumerate() {
        if let Some(other) = models[..i].iter().find(|other| other.file_stem() == model.file_stem()) {
            return Err(CommandError::User(format!(
                "error: --fit: the draws of {} and {} have the same name",
                other.display(),
                model.display()
            )));
        }
    }
    Ok(())
}
