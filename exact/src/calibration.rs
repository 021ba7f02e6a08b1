//! Whether probabilities of programs are those with which programs come true.
//!
//! If a program is drawn from the prior and a table from the program, then the program is a draw from the posterior given the table. So
//! the likeliest program is right as often as its probability says (expected calibration error, Naeini et al. 2015); the probability of what comes
//! before the true program in any fixed order, with a uniform share of its own, is uniform (simulation-based calibration, Talts et al. 2018);
//! and each production is there as often as its posterior probability says.

use crate::posterior::Posterior;
use ppl_corpus::Derivation;
use ppl_corpus::pair::rules_of;
use ppl_runtime::math::{Phi, gamma_q};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Bins of equally many labels for the calibration error.
const BINS: usize = 15;
/// Cells of the unit interval for tests of uniformity.
const CELLS: usize = 20;
/// Replications under calibration.
const REPLICATIONS: usize = 400;

/// What labels say about probabilities.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    /// The probability of the likeliest program, and whether it was the true one.
    best: Vec<(f64, bool)>,
    by_prior: [u64; CELLS],
    by_posterior: [u64; CELLS],
    log_score: f64,
    /// For each rule: labels that have it, and sums of its probability and of its variance.
    productions: BTreeMap<usize, (u64, f64, f64)>,
}

impl Calibration {
    /// Takes a label: the probabilities given a table, and the program that made it.
    pub fn add<R: Rng + ?Sized>(&mut self, posterior: &Posterior, truth: &Derivation, rng: &mut R) {
        let Some(best) = posterior.best() else { return };
        let own = posterior.probability(truth);
        self.best.push((best.probability, best.derivation == *truth));
        self.log_score += own.ln();
        let share = own * rng.random::<f64>();
        let (mut before, mut likelier, mut passed) = (0.0, 0.0, false);
        for entry in &posterior.entries {
            passed |= entry.derivation == *truth;
            if !passed {
                before += entry.probability;
            }
            if entry.probability > own {
                likelier += entry.probability;
            }
        }
        let cell = |u: f64| ((u * CELLS as f64) as usize).min(CELLS - 1);
        self.by_prior[cell(before + share)] += 1;
        self.by_posterior[cell(likelier + share)] += 1;
        let mut true_rules = Vec::new();
        rules_of(&truth.root, &mut true_rules);
        let mut expected: BTreeMap<usize, f64> = BTreeMap::new();
        let mut rules = Vec::new();
        for entry in &posterior.entries {
            rules.clear();
            rules_of(&entry.derivation.root, &mut rules);
            rules.iter().for_each(|rule| *expected.entry(*rule).or_default() += entry.probability);
        }
        for (rule, p) in expected {
            let sums = self.productions.entry(rule).or_default();
            sums.0 += u64::from(true_rules.contains(&rule));
            sums.1 += p;
            sums.2 += (p * (1.0 - p)).max(0.0);
        }
    }

    pub fn labels(&self) -> usize {
        self.best.len()
    }

    /// The figures, with tests of the hypothesis that the probabilities are right. `seed` is that of the replications.
    pub fn report(&self, seed: u64) -> Report {
        let count = self.best.len().max(1) as f64;
        let best = reliability(&self.best, seed);
        let production = |(rule, (present, expected, variance)): (&usize, &(u64, f64, f64))| Production {
            rule: *rule,
            frequency: *present as f64 / count,
            probability: expected / count,
            score: if *variance > 1e-9 { (*present as f64 - expected) / variance.sqrt() } else { 0.0 },
        };
        Report {
            labels: self.best.len(),
            accuracy: best.accuracy,
            confidence: best.confidence,
            log_score: self.log_score / count,
            error: best.error,
            error_if_calibrated: best.error_if_calibrated,
            error_p: best.error_p,
            by_prior_p: uniformity(&self.by_prior),
            by_posterior_p: uniformity(&self.by_posterior),
            productions: self.productions.iter().map(production).collect(),
        }
    }
}

/// Whether answers are right as often as their probabilities say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reliability {
    pub accuracy: f64,
    /// The mean probability.
    pub confidence: f64,
    /// The expected calibration error, what it would be on the same bins if the probabilities were right, and the p-value of that.
    pub error: f64,
    pub error_if_calibrated: f64,
    pub error_p: f64,
}

/// Of answers with their probabilities. `seed` is that of the replications.
pub fn reliability(answers: &[(f64, bool)], seed: u64) -> Reliability {
    let count = answers.len().max(1) as f64;
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let error = calibration_error(&sorted);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let replicated: Vec<f64> = (0..REPLICATIONS)
        .map(|_| {
            let drawn: Vec<(f64, bool)> = sorted.iter().map(|(p, _)| (*p, rng.random::<f64>() < *p)).collect();
            calibration_error(&drawn)
        })
        .collect();
    let above = replicated.iter().filter(|own| **own >= error).count();
    Reliability {
        accuracy: sorted.iter().filter(|own| own.1).count() as f64 / count,
        confidence: sorted.iter().map(|own| own.0).sum::<f64>() / count,
        error,
        error_if_calibrated: replicated.iter().sum::<f64>() / REPLICATIONS as f64,
        error_p: (1 + above) as f64 / (1 + REPLICATIONS) as f64,
    }
}

/// The mean over bins of |frequency - confidence|; sorted by confidence.
fn calibration_error(sorted: &[(f64, bool)]) -> f64 {
    let count = sorted.len();
    let bin = |i: usize| {
        let own = &sorted[i * count / BINS..(i + 1) * count / BINS];
        own.iter().map(|(p, hit)| f64::from(u8::from(*hit)) - p).sum::<f64>().abs()
    };
    (0..BINS).map(bin).sum::<f64>() / count.max(1) as f64
}

/// The p-value of Pearson's test of equal cells.
fn uniformity(cells: &[u64; CELLS]) -> f64 {
    let expected = cells.iter().sum::<u64>() as f64 / CELLS as f64;
    let statistic: f64 = cells.iter().map(|own| (*own as f64 - expected).powi(2) / expected).sum();
    gamma_q(0.5 * (CELLS - 1) as f64, 0.5 * statistic)
}

/// A rule: how often true programs have it, and how often they should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Production {
    pub rule: usize,
    pub frequency: f64,
    pub probability: f64,
    /// The difference in standard errors.
    pub score: f64,
}

/// Figures of calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub labels: usize,
    /// How often the likeliest program is the true one.
    pub accuracy: f64,
    /// The mean probability of the likeliest program.
    pub confidence: f64,
    /// The mean log probability of the true program.
    pub log_score: f64,
    /// The expected calibration error of the likeliest program, and what it would be on the same bins if the probabilities were right.
    pub error: f64,
    pub error_if_calibrated: f64,
    /// p-values: of the calibration error, and of uniformity in the order of the prior and of the posterior.
    pub error_p: f64,
    pub by_prior_p: f64,
    pub by_posterior_p: f64,
    pub productions: Vec<Production>,
}

impl Report {
    /// The p-value of the largest score of a production, for as many as there are (Bonferroni).
    pub fn productions_p(&self) -> f64 {
        let most = self.productions.iter().map(|own| own.score.abs()).fold(0.0, f64::max);
        (self.productions.len() as f64 * 2.0 * Phi(-most)).min(1.0)
    }

    /// Whether none of the four tests rejects at this level.
    pub fn passes(&self, level: f64) -> bool {
        [self.error_p, self.by_prior_p, self.by_posterior_p, self.productions_p()].iter().all(|p| *p > level / 4.0)
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} labels: accuracy {:.4}, confidence {:.4}, log score {:.4}; calibration error {:.4} ({:.4} if calibrated, p = {:.3}); \
             uniform by prior p = {:.3}, by posterior p = {:.3}; productions p = {:.3}",
            self.labels,
            self.accuracy,
            self.confidence,
            self.log_score,
            self.error,
            self.error_if_calibrated,
            self.error_p,
            self.by_prior_p,
            self.by_posterior_p,
            self.productions_p()
        )
    }
}
