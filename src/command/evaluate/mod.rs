//! `ppl evaluate`

mod structures;

use super::run::stop_on_interrupt;
use super::{CommandError, Result, complain, print};
use burn::tensor::backend::Backend;
use indicatif::{ProgressBar, ProgressStyle};
use ppl::learning::{Evaluation, evaluation_page};
use serde_json::json;
use spfn_model::Spfn;
use spfn_model::baselines::{Baseline, BicMenu, ForestOptions, MenuOptions, StructureForest};
use spfn_model::config::Columns;
use spfn_model::evaluate::run::{Found, Rival, RivalFound, judge_rivals, run as judge_all};
use spfn_model::evaluate::summary::Summary;
use spfn_model::evaluate::{EvaluateError, Judge, Labels};
use std::io::{self, IsTerminal};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(clap::Args)]
pub struct Arguments {
    /// Weights of a network, as `ppl train` writes them
    weights: PathBuf,
    /// Tables for which the exact posterior is computed; of a grammar that is not `exact`, over the programs that it shares with it
    #[arg(long, default_value_t = 400, value_name = "COUNT")]
    exact: u64,
    /// Further tables, for calibration
    #[arg(long, default_value_t = 2000, value_name = "COUNT")]
    tables: u64,
    /// Pairs that a random forest learns from, to be judged beside the network; 0 for none
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    forest: u64,
    /// Tables on which a menu of 50 programs is fitted and compared by BIC; 0 for none
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    menu: usize,
    /// Keep exact posteriors in this folder, and use those that are there
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Write a page
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// No progress
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(a: &Arguments) -> Result {
    let user = |error: &dyn std::fmt::Display| CommandError::User(format!("error: {error}"));
    let spfn = Spfn::load(&a.weights).map_err(|error| user(&error))?;
    if spfn.header().is_proposal() {
        return Err(CommandError::User(format!(
            "error: {} is a proposal: it was fine-tuned by reward, so that its numbers are no probabilities, and there is nothing to be judged; \
             evaluate the weights that it began with",
            a.weights.display()
        )));
    }
    let config = &spfn.header().config;
    if config.data.design == Columns::General {
        return structures::run(a, &spfn);
    }
    let labels_of = Labels::new(config, spfn.grammar());
    let mut judge = Judge::new(&spfn);
    if let Some(folder) = &a.cache {
        judge = judge.cached(folder).map_err(failed)?;
    }
    let stop = stop_on_interrupt();
    let part = |numbers: Range<u64>, exact: bool, what: &str| -> Result<Found> {
        let bar = bar(a.quiet, numbers.end - numbers.start, what);
        let found = judge_all(&judge, &labels_of, numbers, exact, &mut |done| {
            bar.set_position(done);
            go_on(&stop)
        });
        bar.finish_and_clear();
        found.map_err(failed)
    };
    let exact = part(0..a.exact, true, "exact posteriors")?;
    let labels = match stop.load(Ordering::Relaxed) {
        true => Found::default(),
        false => part(a.exact..a.exact + a.tables, false, "tables")?,
    };
    if stop.load(Ordering::Relaxed) {
        complain("note: stopped; the figures are of the tables that were done");
    }
    let baselines = match stop.load(Ordering::Relaxed) {
        true => Vec::new(),
        false => rivals(a, &judge, &labels_of).map_err(failed)?,
    };
    // calibration of the larger part
    let network = if labels.judged.len() > exact.judged.len() { &labels.network } else { &exact.network };
    let evaluation = Evaluation {
        name: a.weights.display().to_string(),
        grammar: config.data.grammar.clone(),
        calibration: network.report(1),
        exact_calibration: (!exact.judged.is_empty()).then(|| exact.exact.report(1)),
        exact: exact.judged,
        labels: labels.judged,
        rules: spfn.grammar().rules.iter().map(|rule| rule.name.clone()).collect(),
        baselines,
    };
    if let Some(path) = &a.report {
        std::fs::write(path, evaluation_page(&evaluation))
            .map_err(|error| CommandError::Run(format!("error: {}: {error}", path.display())))?;
    }
    print(&if a.json { in_json(&evaluation) } else { in_words(&evaluation) })
}

/// The rivals that were asked for, on the tables with exact posteriors.
fn rivals<B: Backend>(
    a: &Arguments,
    judge: &Judge<'_, B>,
    labels: &Labels<'_>,
) -> std::result::Result<Vec<RivalFound>, EvaluateError> {
    let grammar = Arc::new(judge.grammar().clone());
    let mut all: Vec<(Box<dyn Baseline + Sync>, usize)> = Vec::new();
    if a.forest > 0 {
        // from where training begins, which no evaluation uses
        let pairs = labels.training_pairs(a.forest)?;
        let forest = StructureForest::fit(Arc::clone(&grammar), &pairs, &ForestOptions::default())?;
        all.push((Box::new(forest), a.exact as usize));
    }
    if a.menu > 0 {
        let menu = BicMenu { grammar: Arc::clone(&grammar), options: MenuOptions::default() };
        all.push((Box::new(menu), a.menu));
    }
    let rivals: Vec<Rival<'_>> =
        all.iter().map(|(baseline, tables)| Rival { baseline: baseline.as_ref(), tables: *tables }).collect();
    judge_rivals(judge, labels, &rivals, 0..a.exact)
}

fn failed(error: EvaluateError) -> CommandError {
    CommandError::Run(format!("error: {error}"))
}

fn go_on(stop: &AtomicBool) -> ControlFlow<()> {
    if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn bar(quiet: bool, count: u64, what: &str) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() || count == 0 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}, {eta} left");
    ProgressBar::new(count)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what.to_string())
}

fn in_words(e: &Evaluation) -> String {
    let mut text = String::new();
    let exact = Summary::of(&e.exact);
    let mut line = |name: &str, s: &Summary| {
        let Some(x) = &s.exact else { return };
        text += &format!(
            "{name:18} {:6} tables  KL {:.4} ± {:.4} (median {:.4}, 95 % {:.3}) of {:.3}, learnt {:.1} %, ceiling ratio {:.2} % of {:.3}, entropy {:.2}, {:.0} programs\n",
            x.tables,
            x.divergence,
            x.standard_error,
            x.median,
            x.percentile_95,
            x.of_prior,
            100.0 * x.learnt,
            100.0 * x.ceiling_ratio,
            x.ceiling,
            x.entropy,
            x.programs
        );
    };
    if let Some(all) = &exact {
        line("against exact", all);
        Summary::by_rows(&e.exact).iter().for_each(|(rows, s)| line(&format!("  {}-{} rows", rows[0], rows[1] - 1), s));
        Summary::by_outcome(&e.exact).iter().for_each(|(name, s)| line(&format!("  {name}"), s));
    }
    if let Some(all) = Summary::of(e.exact.iter().chain(&e.labels)) {
        for rival in &e.baselines {
            if let Some(own) = Summary::of(&rival.judged) {
                let divergence = own.exact.as_ref().map_or(f64::NAN, |x| x.divergence);
                text += &format!(
                    "{:18} {:6} tables  KL {divergence:.4}, log score {:.4}, top-1 {:.2} %, top-5 {:.2} %, {:.2} ms a table\n",
                    rival.name,
                    own.tables,
                    own.log_q,
                    100.0 * own.top_1,
                    100.0 * own.top_5,
                    1e3 * rival.seconds
                );
            }
        }
        text += &format!(
            "{} tables: log score {:.4} (prior {:.4}), top-1 {:.2} %, top-5 {:.2} %, distance {:.2}\n",
            all.tables,
            all.log_q,
            all.log_prior,
            100.0 * all.top_1,
            100.0 * all.top_5,
            all.distance
        );
    }
    for (name, own) in Summary::by_split(e.exact.iter().chain(&e.labels)) {
        text += &format!(
            "  {name:16} {:6} tables: log score {:.4} (prior {:.4}), top-1 {:.2} %, top-5 {:.2} %, distance {:.2}\n",
            own.tables,
            own.log_q,
            own.log_prior,
            100.0 * own.top_1,
            100.0 * own.top_5,
            own.distance
        );
    }
    text += &format!("network: {}\n", e.calibration);
    if let Some(own) = &e.exact_calibration {
        text += &format!("exact:   {own}\n");
    }
    let mut worst: Vec<_> = e.calibration.productions.iter().collect();
    worst.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
    for p in worst.iter().take(5) {
        text += &format!(
            "  {}: probability {:.4}, frequency {:.4}, {:+.1} standard errors\n",
            e.rules[p.rule], p.probability, p.frequency, p.score
        );
    }
    text
}

fn in_json(e: &Evaluation) -> String {
    let c = &e.calibration;
    let productions: Vec<_> = c
        .productions
        .iter()
        .map(|p| json!({"production": e.rules[p.rule], "probability": p.probability, "frequency": p.frequency, "score": p.score}))
        .collect();
    let by_rows: Vec<_> =
        Summary::by_rows(&e.exact).into_iter().map(|(rows, s)| json!({"rows": rows, "summary": s})).collect();
    let by_outcome: Vec<_> =
        Summary::by_outcome(&e.exact).into_iter().map(|(name, s)| json!({"outcome": name, "summary": s})).collect();
    let by_split = Summary::by_split(e.exact.iter().chain(&e.labels));
    let by_split: Vec<_> = by_split.into_iter().map(|(name, s)| json!({"split": name, "summary": s})).collect();
    let value = json!({
        "weights": e.name,
        "grammar": e.grammar,
        "all": Summary::of(e.exact.iter().chain(&e.labels)),
        "exact": Summary::of(&e.exact),
        "by_rows": by_rows,
        "by_outcome": by_outcome,
        "by_split": by_split,
        "calibration": {"tables": c.labels, "error": c.error, "error_if_calibrated": c.error_if_calibrated, "productions": productions},
    });
    format!("{value:#}\n")
}
