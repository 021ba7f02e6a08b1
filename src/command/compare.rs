//! `ppl compare`

use super::fit::{Fit, criticism, draws, refusal};
use super::input::Input;
use super::{CommandError, Result, print};
use ppl::LooSettings;
use ppl::compare::{compare, pseudo_bma_plus, stacking};
use ppl::loo::moment_match;
use ppl::psis::Convention;
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
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result {
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
        let criticism = criticism(&input, &model)?;
        let draws = draws(&criticism, &input, &arguments.fit, None)?;
        let wrong = |error: &ppl::CriticismError| refusal(path, error);
        let pointwise = criticism.pointwise(&draws).map_err(|e| wrong(&e))?;
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
        let matching = Some(moment_match::Settings::default());
        let settings = LooSettings { moment_match: matching, ..LooSettings::default() };
        let out = criticism.leave_one_out(&pointwise, &settings).map_err(|e| wrong(&e))?;
        bad.push(out.loo.bad().len());
        elpds.push(out.loo.pointwise());
    }
    let models: Vec<&[f64]> = elpds.iter().map(Vec::as_slice).collect();
    let failed = |error: ppl::InputError| CommandError::Run(format!("error: {error}"));
    let rows = compare(&models, Convention::Loo).map_err(failed)?;
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
