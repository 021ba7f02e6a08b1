//! `ppl loo`

use super::fit::{Fit, criticism, draws, refusal, seed};
use super::smoothing::Smoothing;
use super::{CommandError, Result, input, print};
use ppl::loo::{Estimate, Loo, Method, folds, forward};
use ppl::{LooSettings, Pointwise};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: input::Input,
    #[command(flatten)]
    fit: Fit,
    /// Use the draws of `ppl run --out DIR` instead of sampling
    #[arg(long = "fit", value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Only these units, by the name of their variable (`y`), of one of them (`y[3]`), or of their statement (`line 12`)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Leave out together all units for which this variable of the data, an array of integers with one value a row, is the same
    #[arg(long, value_name = "VARIABLE")]
    unit: Option<String>,
    /// Write the log-likelihood of each unit in each draw into this CSV file: a column a unit
    #[arg(long, value_name = "FILE")]
    pointwise: Option<PathBuf>,
    /// Fit without each unit whose k stays high, at most so many
    #[arg(long, default_value_t = 0, value_name = "N")]
    refit: usize,
    #[command(flatten)]
    smoothing: Smoothing,
    /// K-fold cross-validation instead: K fits
    #[arg(long, value_name = "K", conflicts_with_all = ["refit", "leave_future_out", "directory"])]
    k_fold: Option<usize>,
    /// Predict each unit from those before it instead, after the first N
    #[arg(long, value_name = "N", conflicts_with_all = ["refit", "directory"])]
    leave_future_out: Option<usize>,
    /// Units predicted together by --leave-future-out
    #[arg(long, default_value_t = 1, requires = "leave_future_out", value_name = "M")]
    ahead: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Rows of the table of units.
const SHOWN: usize = 20;

pub fn run(arguments: &Arguments) -> Result {
    let model = arguments.input.load()?;
    let wrong = |error: &ppl::CriticismError| refusal(&arguments.input.model, error);
    let directory = arguments.directory.as_ref();
    let seed = seed(&arguments.input, &arguments.fit, directory)?;
    let criticism = criticism(&arguments.input, &model, seed)?;
    let draws = draws(criticism.bound(), &arguments.input, &arguments.fit, directory)?;
    let mut pointwise = criticism.pointwise(&draws).map_err(|e| wrong(&e))?;
    if !arguments.only.is_empty() {
        pointwise = pointwise.only(&arguments.only).map_err(|e| wrong(&e))?;
    }
    if let Some(by) = &arguments.unit {
        pointwise = criticism.regroup(&pointwise, by).map_err(|e| wrong(&e))?;
    }
    if let Some(file) = &arguments.pointwise {
        write_pointwise(file, &pointwise)?;
    }
    let units = pointwise.names.len();
    let fit = arguments.fit.settings();
    if let Some(folds) = arguments.k_fold {
        let fold_of = folds::random(units, folds, arguments.fit.seed)
            .map_err(|error| CommandError::User(format!("error: --k-fold: {error}")))?;
        let k_fold = criticism.k_fold(&pointwise, &fold_of, &fit).map_err(|e| wrong(&e))?;
        let (elpd, p) = (k_fold.elpd(), k_fold.p());
        if arguments.json {
            let elpds: Vec<f64> = k_fold.units.iter().map(|u| u.elpd).collect();
            let out = json!({"folds": folds, "elpd": estimate(elpd), "p": estimate(p), "units": pointwise.names,
                "elpd_by_unit": elpds, "fold": fold_of});
            return print(&format!("{out}\n"));
        }
        return print(&format!(
            "{folds}-fold cross-validation of {units} units\n{}",
            table(&[("elpd", elpd), ("p", p)])
        ));
    }
    if let Some(first) = arguments.leave_future_out {
        let settings = forward::Settings {
            first,
            ahead: arguments.ahead,
            threshold: None,
            convention: arguments.smoothing.convention(),
        };
        let out = criticism.leave_future_out(&pointwise, &settings, &fit).map_err(|e| wrong(&e))?;
        if arguments.json {
            let steps: Vec<Value> = out
                .steps
                .iter()
                .map(|s| json!({"known": s.known, "elpd": s.elpd, "k": s.k, "refitted": s.refitted}))
                .collect();
            return print(&format!("{}\n", json!({"elpd": estimate(out.elpd()), "steps": steps})));
        }
        return print(&format!(
            "{} predictions of {} ahead, {} fits\n{}",
            out.steps.len(),
            arguments.ahead,
            out.fits(),
            table(&[("elpd", out.elpd())])
        ));
    }
    let settings = LooSettings {
        loo: arguments.smoothing.settings()?,
        moment_match: arguments.smoothing.moment_match(),
        refits: arguments.refit,
        fit,
    };
    let out = criticism.leave_one_out(&pointwise, &settings).map_err(|e| wrong(&e))?;
    if arguments.json {
        print(&format!("{}\n", as_json(&out.loo, &pointwise)))
    } else {
        print(&as_text(&out.loo, &pointwise))
    }
}

/// One row a draw, chains one after another.
fn write_pointwise(file: &Path, pointwise: &Pointwise) -> Result {
    let values = &pointwise.log_likelihood;
    let chains = values.chains().iter().enumerate().flat_map(|(chain, draws)| std::iter::repeat_n(chain + 1, *draws));
    let write = |w: &mut io::BufWriter<std::fs::File>| {
        let mut csv = csv::Writer::from_writer(w);
        let names = pointwise.names.iter().map(String::as_str);
        csv.write_record(std::iter::once("chain").chain(names))?;
        for (draw, chain) in chains.enumerate() {
            let row = (0..values.units()).map(|unit| format!("{:?}", values.unit(unit)[draw]));
            csv.write_record(std::iter::once(chain.to_string()).chain(row))?;
        }
        csv.flush()
    };
    ppl::stan_csv::write_atomic(file, write).map_err(|error| CommandError::Run(format!("error: cannot write {error}")))
}

pub fn estimate(e: Estimate) -> Value {
    json!({"value": e.value, "se": e.se})
}

fn table(rows: &[(&str, Estimate)]) -> String {
    let mut text = format!("{:<8} {:>12} {:>10}\n", "", "estimate", "se");
    for (name, e) in rows {
        text.push_str(&format!("{name:<8} {:>12.2} {:>10.2}\n", e.value, e.se));
    }
    text
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Psis => "psis",
        Method::MomentMatched => "moment matched",
        Method::Refit => "refit",
    }
}

pub fn as_json(loo: &Loo, pointwise: &Pointwise) -> Value {
    let unit = |(name, u): (&String, &ppl::loo::Unit)| {
        json!({"unit": name, "elpd": u.elpd, "p": u.p, "k": u.k, "mcse": u.mcse, "effective_draws": u.effective_draws,
            "r_eff": u.r_eff, "method": word(u.method)})
    };
    let units: Vec<Value> = pointwise.names.iter().zip(&loo.units).map(unit).collect();
    json!({"elpd": estimate(loo.elpd()), "p": estimate(loo.p()), "looic": estimate(loo.looic()), "mcse": loo.mcse(),
        "draws": loo.draws, "k_threshold": loo.k_threshold, "bad": loo.bad().len(), "units": units})
}

fn as_text(loo: &Loo, pointwise: &Pointwise) -> String {
    let mut text = format!("leave-one-out of {} units from {} draws\n", loo.units.len(), loo.draws);
    text.push_str(&table(&[("elpd", loo.elpd()), ("p", loo.p()), ("looic", loo.looic())]));
    let bad = loo.bad();
    match loo.mcse() {
        Some(mcse) => text.push_str(&format!(
            "Monte Carlo standard error of the elpd: {mcse:.2}; all k below {:.2}\n",
            loo.k_threshold
        )),
        None => {
            text.push_str(&format!(
                "\n{} of the units have k above {:.2}: their values cannot be relied on\n",
                bad.len(),
                loo.k_threshold
            ));
            for &i in bad.iter().take(SHOWN) {
                text.push_str(&format!(
                    "  {:<24} k {:.2}  elpd {:.2}\n",
                    pointwise.names[i], loo.units[i].k, loo.units[i].elpd
                ));
            }
            if bad.len() > SHOWN {
                text.push_str(&format!("  and {} more\n", bad.len() - SHOWN));
            }
            text.push_str("hint: fit without them with --refit N, or use --k-fold 10\n");
        }
    }
    let moved = loo.units.iter().filter(|u| u.method == Method::MomentMatched).count();
    if moved > 0 {
        text.push_str(&format!("{moved} units by moment matching\n"));
    }
    text
}
