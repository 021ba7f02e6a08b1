//! The table of a posterior, and what is wrong with the draws in plain words.

use crate::diagnostics::{e_bfmi, equal_lengths, ess_bulk, ess_tail, mcse_mean, quantile_sorted, rhat};
use crate::draws::{Draws, bracketed};
use std::fmt;

/// One quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// In Stan's CSV spelling (`theta.1`).
    pub name: String,
    pub mean: f64,
    /// Monte Carlo standard error of the mean.
    pub mcse: f64,
    pub sd: f64,
    pub q5: f64,
    pub median: f64,
    pub q95: f64,
    pub ess_bulk: f64,
    pub ess_tail: f64,
    /// NaN with a single chain, and for constants.
    pub rhat: f64,
}

impl Row {
    /// Summarises one quantity, a vector a chain.
    pub fn of(name: &str, chains: &[Vec<f64>]) -> Row {
        let cut = equal_lengths(chains);
        let mut all: Vec<f64> = chains.iter().flatten().copied().collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        let sd = (all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        // A NaN among the draws makes every figure NaN rather than one of the rest.
        let defined = !all.iter().any(|x| x.is_nan());
        all.sort_unstable_by(f64::total_cmp);
        let quantile = |p| if defined { quantile_sorted(&all, p) } else { f64::NAN };
        Row {
            name: name.to_string(),
            mean,
            mcse: mcse_mean(&cut),
            sd,
            q5: quantile(0.05),
            median: quantile(0.5),
            q95: quantile(0.95),
            ess_bulk: ess_bulk(&cut),
            ess_tail: ess_tail(&cut),
            rhat: rhat(&cut),
        }
    }

    /// Whether the quantity is the same in every draw, which is no failure of the sampler (a generated constant).
    pub fn is_constant(&self) -> bool {
        self.sd == 0.0 || (self.q5 == self.q95 && self.mean == self.median)
    }
}

/// Something the user should know before trusting the draws.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The run was stopped; the fewest and the asked number of draws a chain.
    Cancelled {
        shortest: usize,
        chains: usize,
    },
    Divergences {
        count: usize,
        total: usize,
    },
    MaxDepth {
        count: usize,
        total: usize,
        max_depth: u32,
    },
    /// Chains (from 0) with E-BFMI below 0.3.
    LowEnergy {
        chains: Vec<(usize, f64)>,
    },
    /// Quantities with R-hat above 1.01: the worst first.
    Rhat {
        worst: Vec<(String, f64)>,
        count: usize,
    },
    /// Quantities with fewer than 100 effective draws a chain: the worst first.
    Ess {
        worst: Vec<(String, f64)>,
        count: usize,
        needed: f64,
    },
    /// Quantities that are NaN in some draw.
    NotANumber {
        names: Vec<String>,
        count: usize,
    },
    /// Generated quantities rejected.
    Rejected {
        count: usize,
        total: usize,
        first: String,
    },
    /// R-hat needs two chains.
    OneChain,
}

/// Below: the sampler does not reach the tails (Betancourt 2016).
const MIN_E_BFMI: f64 = 0.3;
/// Vehtari et al. 2021.
const MAX_RHAT: f64 = 1.01;
/// Effective draws a chain, Vehtari et al. 2021.
const MIN_ESS_PER_CHAIN: f64 = 100.0;
/// As many names as a warning lists.
const LISTED: usize = 5;

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |count: usize, total: usize| 100.0 * count as f64 / total.max(1) as f64;
        let list = |worst: &[(String, f64)], digits: usize| {
            worst.iter().map(|(n, x)| format!("{} ({x:.digits$})", bracketed(n))).collect::<Vec<_>>().join(", ")
        };
        let more = |count: usize, listed: usize| {
            if count > listed { format!(" and {} more", count - listed) } else { String::new() }
        };
        match self {
            Warning::Cancelled { shortest, chains } => {
                write!(f, "stopped before the end: the shortest of {chains} chains has {shortest} draws")
            }
            Warning::Divergences { count, total } => write!(
                f,
                "{count} of {total} draws ({:.1}%) ended in a divergence: part of the posterior is too curved for the \
                 step size, and the results may be biased. Reparameterise (a non-centred hierarchy often helps), or try \
                 a larger target acceptance such as 0.95",
                percent(*count, *total)
            ),
            Warning::MaxDepth { count, total, max_depth } => write!(
                f,
                "{count} of {total} draws ({:.1}%) reached the largest tree depth ({max_depth}): the draws are valid but \
                 costly. Put parameters on similar scales, reparameterise strong correlations, or raise the depth",
                percent(*count, *total)
            ),
            Warning::LowEnergy { chains } => {
                let list = chains.iter().map(|(c, x)| format!("{} ({x:.2})", c + 1)).collect::<Vec<_>>().join(", ");
                write!(
                    f,
                    "low E-BFMI in chain {list}, below {MIN_E_BFMI}: the sampler has trouble with heavy tails. \
                     Reparameterise, or use priors with lighter tails"
                )
            }
            Warning::Rhat { worst, count } => write!(
                f,
                "R-hat above {MAX_RHAT}: {}{}. The chains disagree, so do not use the results yet: run longer, or look \
                 for several modes and parameters that the data do not identify",
                list(worst, 2),
                more(*count, worst.len())
            ),
            Warning::Ess { worst, count, needed } => write!(
                f,
                "fewer than {needed} effective draws: {}{}. Means and quantiles of these are rough: take more draws, or \
                 reparameterise",
                list(worst, 0),
                more(*count, worst.len())
            ),
            Warning::NotANumber { names, count } => write!(
                f,
                "not a number (NaN) in some draws: {}{}. Look at the statement that computes it",
                names.iter().map(|n| bracketed(n)).collect::<Vec<_>>().join(", "),
                more(*count, names.len())
            ),
            Warning::Rejected { count, total, first } => write!(
                f,
                "generated quantities were rejected in {count} of {total} draws, and what was not computed is NaN. The \
                 first message: {first}"
            ),
            Warning::OneChain => {
                f.write_str("a single chain cannot show whether the sampler has converged: run at least 2, better 4")
            }
        }
    }
}

/// A summary of all quantities.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// `lp__` first, then the density's columns in their order.
    pub rows: Vec<Row>,
    pub warnings: Vec<Warning>,
    pub chains: usize,
    /// Draws of all chains.
    pub draws: usize,
    /// E-BFMI, one a chain.
    pub e_bfmi: Vec<f64>,
    pub divergences: usize,
    pub max_depth_reached: usize,
    /// Gradients after warm-up.
    pub gradients: u64,
    /// Wall-clock seconds of the slowest chain.
    pub warmup_seconds: f64,
    pub sampling_seconds: f64,
}

impl Summary {
    pub fn of(draws: &Draws) -> Summary {
        let mut rows = vec![Row::of("lp__", &draws.statistic(|s| s.lp))];
        rows.extend(draws.names.iter().enumerate().map(|(i, name)| Row::of(name, &draws.column(i))));
        let statistics = || draws.chains.iter().flat_map(|c| &c.draws.statistics);
        let divergences = statistics().filter(|s| s.divergent).count();
        let max_depth_reached = statistics().filter(|s| s.tree_depth >= draws.max_depth).count();
        let e_bfmi: Vec<f64> = draws.statistic(|s| s.energy).iter().map(|c| e_bfmi(c)).collect();
        let longest = |seconds: fn(&crate::ChainDraws) -> f64| draws.chains.iter().map(seconds).fold(0.0, f64::max);
        let mut summary = Summary {
            chains: draws.chains.len(),
            draws: draws.total(),
            divergences,
            max_depth_reached,
            gradients: statistics().map(|s| s.leapfrog_steps).sum(),
            warmup_seconds: longest(|c| c.warmup_seconds),
            sampling_seconds: longest(|c| c.sampling_seconds),
            warnings: Vec::new(),
            e_bfmi,
            rows,
        };
        summary.warnings = summary.warn(draws);
        summary
    }

    fn warn(&self, draws: &Draws) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let total = self.draws;
        if draws.cancelled {
            warnings.push(Warning::Cancelled { shortest: draws.shortest(), chains: self.chains });
        }
        if total == 0 {
            return warnings;
        }
        if self.divergences > 0 {
            warnings.push(Warning::Divergences { count: self.divergences, total });
        }
        if self.max_depth_reached > 0 {
            warnings.push(Warning::MaxDepth { count: self.max_depth_reached, total, max_depth: draws.max_depth });
        }
        let low: Vec<(usize, f64)> = self.e_bfmi.iter().copied().enumerate().filter(|(_, x)| *x < MIN_E_BFMI).collect();
        if !low.is_empty() {
            warnings.push(Warning::LowEnergy { chains: low });
        }
        let varying = || self.rows.iter().filter(|r| !r.is_constant());
        let mut bad: Vec<(String, f64)> =
            varying().filter(|r| r.rhat > MAX_RHAT).map(|r| (r.name.clone(), r.rhat)).collect();
        if !bad.is_empty() {
            bad.sort_by(|a, b| b.1.total_cmp(&a.1));
            warnings.push(Warning::Rhat { count: bad.len(), worst: bad.into_iter().take(LISTED).collect() });
        }
        let needed = MIN_ESS_PER_CHAIN * self.chains as f64;
        let mut few: Vec<(String, f64)> =
            varying().map(|r| (r.name.clone(), r.ess_bulk.min(r.ess_tail))).filter(|(_, ess)| *ess < needed).collect();
        if !few.is_empty() {
            few.sort_by(|a, b| a.1.total_cmp(&b.1));
            warnings.push(Warning::Ess { count: few.len(), worst: few.into_iter().take(LISTED).collect(), needed });
        }
        let nan: Vec<String> = self.rows.iter().filter(|r| r.mean.is_nan()).map(|r| r.name.clone()).collect();
        if !nan.is_empty() {
            warnings.push(Warning::NotANumber { count: nan.len(), names: nan.into_iter().take(LISTED).collect() });
        }
        let rejected: usize = draws.chains.iter().map(|c| c.rejected).sum();
        if let Some(first) = draws.chains.iter().find_map(|c| c.first_rejection.clone()) {
            warnings.push(Warning::Rejected { count: rejected, total, first });
        }
        if self.chains == 1 {
            warnings.push(Warning::OneChain);
        }
        warnings
    }

    /// The table as text, at most `limit` quantities (all if `None`).
    pub fn table(&self, limit: Option<usize>) -> String {
        let header = ["", "mean", "mcse", "sd", "5%", "50%", "95%", "ess_bulk", "ess_tail", "r_hat"];
        let shown = limit.unwrap_or(usize::MAX).min(self.rows.len());
        let mut cells: Vec<Vec<String>> = vec![header.iter().map(|s| (*s).to_string()).collect()];
        for row in &self.rows[..shown] {
            // One number of decimals a row, from the standard error: digits beyond it say nothing.
            let decimals = decimals(row);
            let value = |x: f64| number(x, decimals);
            cells.push(vec![
                bracketed(&row.name),
                value(row.mean),
                value(row.mcse),
                value(row.sd),
                value(row.q5),
                value(row.median),
                value(row.q95),
                number(row.ess_bulk, 0),
                number(row.ess_tail, 0),
                number(row.rhat, 3),
            ]);
        }
        let widths: Vec<usize> =
            (0..header.len()).map(|c| cells.iter().map(|r| r[c].chars().count()).max().unwrap_or(0)).collect();
        let mut text = String::new();
        for row in &cells {
            let mut line = format!("{:<w$}", row[0], w = widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                line.push_str(&format!("  {cell:>width$}"));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if shown < self.rows.len() {
            text.push_str(&format!("... and {} more quantities\n", self.rows.len() - shown));
        }
        text
    }
}

/// Decimals that show two digits of the standard error (of the sd, where there is none).
pub fn decimals(row: &Row) -> usize {
    let scale = [row.mcse, row.sd / 30.0, row.mean.abs() / 1000.0].into_iter().find(|x| x.is_finite() && *x > 0.0);
    match scale {
        Some(scale) => (1.0 - scale.log10().floor()).clamp(0.0, 12.0) as usize,
        None => 2,
    }
}

/// With fixed decimals where that is readable, else with an exponent; a dash for NaN.
pub fn number(x: f64, decimals: usize) -> String {
    if x.is_nan() {
        "-".into()
    } else if x.is_infinite() {
        (if x > 0.0 { "inf" } else { "-inf" }).into()
    } else if x.abs() >= 1e9 || (decimals >= 8 && x != 0.0) {
        format!("{x:.3e}")
    } else {
        format!("{x:.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{Block, ChainDraws, DrawStatistics};

    fn statistics(i: usize) -> DrawStatistics {
        DrawStatistics {
            lp: -(i as f64 * 0.7).sin(),
            accept_stat: 0.9,
            step_size: 0.5,
            tree_depth: 2,
            leapfrog_steps: 3,
            divergent: false,
            energy: (i as f64 * 1.3).sin(),
        }
    }

    /// Two chains of two quantities: pseudo-random and constant.
    fn draws(n: usize) -> Draws {
        let chain = |c: usize| {
            let mut block = Block::default();
            for i in 0..n {
                let x = ((i * 7919 + c * 104_729) as f64).sin() * 1000.0;
                block.values.extend([x.fract(), 2.0]);
                block.statistics.push(statistics(i * 31 + c));
            }
            ChainDraws { chain: c, draws: block, ..ChainDraws::default() }
        };
        Draws {
            names: vec!["x.1".into(), "k".into()],
            chains: vec![chain(0), chain(1)],
            cancelled: false,
            max_depth: 10,
        }
    }

    #[test]
    fn good_draws_give_no_warning() {
        let summary = Summary::of(&draws(1000));
        assert_eq!(summary.warnings, vec![], "{}", summary.table(None));
        assert_eq!(summary.rows.len(), 3);
        assert!(summary.rows[2].is_constant());
        let table = summary.table(None);
        assert!(table.contains("x[1]") && table.contains("ess_bulk"), "{table}");
        assert!(summary.table(Some(1)).contains("2 more quantities"));
    }

    #[test]
    fn each_problem_is_named() {
        let mut bad = draws(300);
        bad.cancelled = true;
        bad.chains[0].draws.statistics[3].divergent = true;
        bad.chains[0].draws.statistics[4].tree_depth = 10;
        bad.chains[1].rejected = 2;
        bad.chains[1].first_rejection = Some("because".into());
        for i in 0..300 {
            // Chain 2 elsewhere, and an energy that hardly moves.
            bad.chains[1].draws.values[2 * i] += 10.0;
            bad.chains[1].draws.statistics[i].energy = (i as f64 * 0.01).sin();
        }
        let text: Vec<String> = Summary::of(&bad).warnings.iter().map(Warning::to_string).collect();
        let all = text.join("\n");
        for part in [
            "stopped before the end",
            "1 of 600 draws (0.2%) ended in a divergence",
            "largest tree depth (10)",
            "low E-BFMI in chain 2",
            "R-hat above 1.01: x[1]",
            "fewer than 200 effective draws: x[1]",
            "The first message: because",
        ] {
            assert!(all.contains(part), "{part}\n{all}");
        }
        bad.chains[0].draws.values[0] = f64::NAN;
        bad.chains.truncate(1);
        let all = Summary::of(&bad).warnings.iter().map(Warning::to_string).collect::<Vec<_>>().join("\n");
        assert!(all.contains("not a number (NaN) in some draws: x[1]") && all.contains("a single chain"), "{all}");
    }

    #[test]
    fn an_empty_run_has_a_summary() {
        let mut empty = draws(0);
        empty.cancelled = true;
        let summary = Summary::of(&empty);
        assert_eq!(summary.warnings, vec![Warning::Cancelled { shortest: 0, chains: 2 }]);
        assert!(summary.table(None).contains('-'));
    }
}
