//! Figures of many tables.

use super::Judged;
use ppl_corpus::store::Split;
use serde::Serialize;
use std::collections::BTreeMap;

/// Of some tables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub tables: usize,
    /// Mean log probability of the true program under q, the prior and, where it is known, the exact posterior; nats.
    pub log_q: f64,
    pub log_prior: f64,
    /// Share of tables whose true program is the likeliest under q, or among the five, or the ten.
    pub top_1: f64,
    pub top_5: f64,
    pub top_10: f64,
    /// Mean structural distance of the likeliest program from the true one.
    pub distance: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<ExactSummary>,
}

/// Against exact posteriors p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExactSummary {
    pub tables: usize,
    /// KL(p || q): mean, its standard error, median, 95th percentile; nats.
    pub divergence: f64,
    pub standard_error: f64,
    pub median: f64,
    pub percentile_95: f64,
    /// Mean KL(p || prior).
    pub of_prior: f64,
    /// 1 - KL(p || q) / KL(p || prior), of the means.
    pub learnt: f64,
    /// Mean p(argmax q) over mean max p.
    pub ceiling_ratio: f64,
    /// Mean max p: how often the best guess that there is would be right.
    pub ceiling: f64,
    pub log_p: f64,
    /// Mean entropy of p, nats.
    pub entropy: f64,
    /// Mean number of programs that compete.
    pub programs: f64,
}

/// Bounds of the slices by rows, each up to the next.
pub const ROWS: [usize; 5] = [5, 20, 80, 300, 2001];

impl Summary {
    /// `None` of no tables.
    pub fn of<'j>(judged: impl IntoIterator<Item = &'j Judged>) -> Option<Summary> {
        let all: Vec<&Judged> = judged.into_iter().collect();
        if all.is_empty() {
            return None;
        }
        let mean = |value: &dyn Fn(&Judged) -> f64| all.iter().map(|j| value(j)).sum::<f64>() / all.len() as f64;
        Some(Summary {
            tables: all.len(),
            log_q: mean(&|j| j.log_q),
            log_prior: mean(&|j| j.log_prior),
            top_1: mean(&|j| f64::from(j.rank < 1)),
            top_5: mean(&|j| f64::from(j.rank < 5)),
            top_10: mean(&|j| f64::from(j.rank < 10)),
            distance: mean(&|j| j.distance as f64),
            exact: ExactSummary::of(&all),
        })
    }

    /// By rows: slices that have tables, with their bounds, the upper one not included.
    pub fn by_rows(judged: &[Judged]) -> Vec<([usize; 2], Summary)> {
        let slice = |bounds: &[usize]| {
            let own = judged.iter().filter(|j| (bounds[0]..bounds[1]).contains(&j.rows));
            Summary::of(own).map(|summary| ([bounds[0], bounds[1]], summary))
        };
        ROWS.windows(2).filter_map(slice).collect()
    }

    /// By the splits of the training's selection, the training first; none where there is only that.
    pub fn by_split<'j>(judged: impl IntoIterator<Item = &'j Judged>) -> Vec<(String, Summary)> {
        let mut slices: BTreeMap<(bool, &str), Vec<&Judged>> = BTreeMap::new();
        for own in judged {
            slices.entry((own.split != Split::Training, own.split.name())).or_default().push(own);
        }
        let slice = |((_, name), own): ((bool, &str), Vec<&Judged>)| Some((name.to_string(), Summary::of(own)?));
        if slices.len() < 2 { Vec::new() } else { slices.into_iter().filter_map(slice).collect() }
    }

    /// By outcome, as far as there are tables.
    pub fn by_outcome(judged: &[Judged]) -> Vec<(&'static str, Summary)> {
        let slice = |outcome: ppl_corpus::Outcome| {
            let own = judged.iter().filter(|j| j.outcome == outcome);
            Summary::of(own).map(|summary| (outcome.word(), summary))
        };
        ppl_corpus::Outcome::ALL.into_iter().filter_map(slice).collect()
    }
}

impl ExactSummary {
    fn of(judged: &[&Judged]) -> Option<ExactSummary> {
        let all: Vec<_> = judged.iter().filter_map(|j| Some((j, j.exact?))).collect();
        if all.is_empty() {
            return None;
        }
        let n = all.len() as f64;
        let mean = |value: &dyn Fn(&super::AgainstExact) -> f64| all.iter().map(|(_, e)| value(e)).sum::<f64>() / n;
        let mut sorted: Vec<f64> = all.iter().map(|(_, e)| e.divergence).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| sorted[((share * n) as usize).min(sorted.len() - 1)];
        let (divergence, of_prior) = (mean(&|e| e.divergence), mean(&|e| e.of_prior));
        let square = mean(&|e| (e.divergence - divergence).powi(2));
        let (of_best, most) = (mean(&|e| e.of_best), mean(&|e| e.most));
        Some(ExactSummary {
            tables: all.len(),
            divergence,
            standard_error: (square / n).sqrt(),
            median: at(0.5),
            percentile_95: at(0.95),
            of_prior,
            learnt: 1.0 - divergence / of_prior,
            ceiling_ratio: of_best / most,
            ceiling: most,
            log_p: mean(&|e| e.log_p),
            entropy: mean(&|e| e.entropy),
            programs: all.iter().map(|(j, _)| j.programs as f64).sum::<f64>() / n,
        })
    }
}
