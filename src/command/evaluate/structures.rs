//! `ppl evaluate` of networks whose grammar has too many programs to list: structures by a beam, and exact posteriors over what the grammar shares
//! with the exact one.

use super::{Arguments, bar, failed, go_on};
use crate::command::run::stop_on_interrupt;
use crate::command::{CommandError, Result, complain, print};
use ppl_corpus::store::Split;
use ppl_exact::calibration::reliability;
use serde_json::{Value, json};
use spfn_model::Spfn;
use spfn_model::baselines::{ForestOptions, StructureForest};
use spfn_model::evaluate::Labels;
use spfn_model::evaluate::restricted::{Found as Shared, Restricted};
use spfn_model::evaluate::structures::{Composition, Found, compositions, rival, run as judge};
use spfn_model::evaluate::summary::Summary;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub fn run(a: &Arguments, spfn: &Spfn) -> Result {
    if a.menu > 0 || a.cache.is_some() || a.report.is_some() {
        let text = "error: --menu, --cache and --report are for grammars whose programs can all be listed, as `exact`";
        return Err(CommandError::User(text.to_string()));
    }
    let labels = Labels::new(&spfn.header().config, spfn.grammar());
    let stop = stop_on_interrupt();
    let progress = bar(a.quiet, a.exact, "exact posteriors");
    let shared = match a.exact {
        0 => Vec::new(),
        count => {
            let restricted = Restricted::new(spfn);
            let found =
                restricted.run(count as usize, &mut |done| progress.set_position(done as u64)).map_err(failed)?;
            if restricted.unknown() > 0 {
                complain(&format!(
                    "note: {} tables are left out, whose exact posterior has an evidence that cannot be computed precisely",
                    restricted.unknown()
                ));
            }
            found
        }
    };
    progress.finish_and_clear();
    let progress = bar(a.quiet, a.tables, "tables");
    let found = judge(spfn, &labels, 0..a.tables, &mut |done| {
        progress.set_position(done);
        go_on(&stop)
    });
    progress.finish_and_clear();
    let found = found.map_err(failed)?;
    if stop.load(Ordering::Relaxed) {
        complain("note: stopped; the figures are of the tables that were done");
    }
    let forest = match a.forest {
        0 => None,
        _ if stop.load(Ordering::Relaxed) => None,
        pairs => {
            let grammar = Arc::new(spfn.grammar().clone());
            let pairs = labels.training_pairs(pairs).map_err(failed)?;
            let forest = StructureForest::fit(Arc::clone(&grammar), &pairs, &ForestOptions::default());
            let forest = forest.map_err(|error| CommandError::Run(format!("error: {error}")))?;
            Some(rival(&forest, &grammar, &labels, 0..a.tables.min(FOREST_TABLES)).map_err(failed)?)
        }
    };
    let figures = Figures::of(&shared, &found, forest.as_deref());
    print(&if a.json { figures.in_json() } else { figures.in_words() })
}

/// Tables that a forest, which is slow, is judged on at most.
const FOREST_TABLES: u64 = 5000;

struct Figures {
    shared: Option<(Summary, f64)>,
    shared_by_outcome: Vec<(&'static str, Summary)>,
    all: Option<Summary>,
    by_outcome: Vec<(&'static str, Summary)>,
    by_rows: Vec<([usize; 2], Summary)>,
    reliability: ppl_exact::calibration::Reliability,
    compositions: Vec<Composition>,
    /// Tables, log score of the forest, of the network, and of the prior on the same tables.
    forest: Option<(usize, f64, f64, f64)>,
}

impl Figures {
    fn of(shared: &[Shared], found: &[Found], forest: Option<&[f64]>) -> Figures {
        let judged: Vec<_> =
            found.iter().map(|own| own.judged.clone()).filter(|own| own.split == Split::Training).collect();
        let of_shared: Vec<_> = shared.iter().map(|own| own.judged.clone()).collect();
        let answers: Vec<(f64, bool)> = judged.iter().map(|own| (own.confidence, own.rank == 0)).collect();
        let outside = shared.iter().map(|own| own.outside).sum::<f64>() / shared.len().max(1) as f64;
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let values: Vec<f64> = values.collect();
            values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        Figures {
            shared: Summary::of(&of_shared).map(|summary| (summary, outside)),
            shared_by_outcome: Summary::by_outcome(&of_shared),
            all: Summary::of(&judged),
            by_outcome: Summary::by_outcome(&judged),
            by_rows: Summary::by_rows(&judged),
            reliability: reliability(&answers, 1),
            compositions: compositions(found),
            forest: forest.map(|scores| {
                let own = &judged[..scores.len().min(judged.len())];
                (
                    own.len(),
                    mean(&mut scores.iter().copied()),
                    mean(&mut own.iter().map(|own| own.log_q)),
                    mean(&mut own.iter().map(|own| own.log_prior)),
                )
            }),
        }
    }

    fn in_words(&self) -> String {
        let mut text = String::new();
        if let Some((summary, outside)) = &self.shared
            && let Some(x) = &summary.exact
        {
            text += &format!(
                "against exact posteriors of the programs that are also in `exact`, {} tables: KL {:.4} ± {:.4} (median {:.4}, 95 % {:.3}) of {:.3}, \
                 learnt {:.1} %, ceiling ratio {:.2} % of {:.3}, entropy {:.2}, {:.0} programs; q of all other programs {:.3}\n",
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
                x.programs,
                outside
            );
        }
        for (name, own) in &self.shared_by_outcome {
            if let Some(x) = &own.exact {
                text += &format!(
                    "  {name:10} {:6} tables: KL {:.4} of {:.3}, ceiling ratio {:.2} %, {:.0} programs\n",
                    x.tables,
                    x.divergence,
                    x.of_prior,
                    100.0 * x.ceiling_ratio,
                    x.programs
                );
            }
        }
        let mut line = |name: &str, own: &Summary| {
            text += &format!(
                "{name:12} {:7} tables: log score {:.4} (prior {:.4}), top-1 {:.2} %, top-5 {:.2} %, top-10 {:.2} %, distance {:.2}\n",
                own.tables,
                own.log_q,
                own.log_prior,
                100.0 * own.top_1,
                100.0 * own.top_5,
                100.0 * own.top_10,
                own.distance
            );
        };
        if let Some(all) = &self.all {
            line("structures", all);
        }
        self.by_outcome.iter().for_each(|(name, own)| line(&format!("  {name}"), own));
        self.by_rows.iter().for_each(|(rows, own)| line(&format!("  {}-{} rows", rows[0], rows[1] - 1), own));
        let r = &self.reliability;
        text += &format!(
            "likeliest structure: right {:.4}, probability {:.4}; calibration error {:.4} ({:.4} if calibrated, p = {:.3})\n",
            r.accuracy, r.confidence, r.error, r.error_if_calibrated, r.error_p
        );
        for own in &self.compositions {
            text += &format!(
                "held out {:?}, {} tables: top-10 {:.1} %, seen structures of the same sizes, rows and outcomes {:.1} % (ratio {:.3}); likelier than every \
                 structure of one term less {:.1} %, those in the top 10 {:.1} %\n",
                own.split,
                own.tables,
                100.0 * own.top_10,
                100.0 * own.of_seen,
                own.top_10 / own.of_seen,
                100.0 * own.above_nearest,
                100.0 * own.nearest_top_10
            );
        }
        if let Some((tables, forest, network, prior)) = self.forest {
            text += &format!(
                "log score on {tables} tables: network {network:.4}, random forest {forest:.4}, prior {prior:.4}\n"
            );
        }
        text
    }

    fn in_json(&self) -> String {
        let r = &self.reliability;
        let compositions: Vec<Value> = self
            .compositions
            .iter()
            .map(|own| {
                json!({"split": own.split, "tables": own.tables, "top_10": own.top_10, "top_10_of_seen": own.of_seen,
                    "above_nearest": own.above_nearest, "nearest_top_10": own.nearest_top_10})
            })
            .collect();
        let by_outcome: Vec<Value> =
            self.by_outcome.iter().map(|(name, own)| json!({"outcome": name, "summary": own})).collect();
        let by_rows: Vec<Value> =
            self.by_rows.iter().map(|(rows, own)| json!({"rows": rows, "summary": own})).collect();
        let value = json!({
            "exact": self.shared.as_ref().map(|(own, outside)| json!({"summary": own, "outside": outside})),
            "structures": self.all,
            "by_outcome": by_outcome,
            "by_rows": by_rows,
            "calibration": {"accuracy": r.accuracy, "confidence": r.confidence, "error": r.error,
                "error_if_calibrated": r.error_if_calibrated, "p": r.error_p},
            "compositions": compositions,
            "forest": self.forest.map(|(tables, forest, network, prior)| json!({"tables": tables, "forest": forest, "network": network, "prior": prior})),
        });
        format!("{value:#}\n")
    }
}
