//! Structures, for grammars whose programs are too many to list: what a beam finds, against the structure that made the table.

use super::{EvaluateError, Judged, Label, Labels, distance, in_groups};
use crate::baselines::{Baseline, structure_of};
use crate::example::TableInput;
use crate::spfn::Spfn;
use crate::terms::changes;
use burn::tensor::backend::Backend;
use ppl_corpus::choices::Language;
use ppl_corpus::store::Split;
use ppl_corpus::{Derivation, Grammar};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

/// Structures that are followed side by side.
const WIDTH: usize = 16;

/// What was found of a table.
#[derive(Clone, Debug)]
pub struct Found {
    /// `rank` is a place in the beam, or its width for what is not in it; log probabilities are those of the structure.
    pub judged: Judged,
    /// Rules of the true program.
    pub size: usize,
    /// The likeliest of the programs of one term less that the training may have seen, where this one is held out: log q, and its place in the
    /// beam.
    pub nearest: Option<(f64, usize)>,
}

/// Judges the tables of these numbers. `observe` is told how many numbers are done and may stop, which leaves what was found.
///
/// # Errors
/// A fault of the grammar, or a table that the network cannot read.
pub fn run<B: Backend>(
    spfn: &Spfn<B>,
    from: &Labels<'_>,
    numbers: Range<u64>,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Vec<Found>, EvaluateError> {
    let mut found = Vec::new();
    in_groups(numbers, |numbers| group(spfn, from, numbers), |own| found.push(own), observe)?;
    Ok(found)
}

fn group<B: Backend>(spfn: &Spfn<B>, from: &Labels<'_>, numbers: Range<u64>) -> Result<Vec<Found>, EvaluateError> {
    let mut labels = Vec::new();
    for number in numbers {
        labels.extend(from.get(number)?);
    }
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let inputs: Vec<TableInput> =
        labels.iter().map(|label| TableInput::of(&[&label.table], spfn.size())).collect::<Result<_, _>>()?;
    let languages: Vec<Language<'_>> =
        labels.iter().filter_map(|label| Language::new(spfn.grammar(), &label.table.schema)).collect();
    let cases: Vec<(&Language<'_>, &TableInput)> = languages.iter().zip(&inputs).collect();
    let decoding = spfn.decoding(&cases);
    let beams = decoding.bare_structures(WIDTH);
    // the true structure first, then those of one term less
    let asked: Vec<Vec<Derivation>> =
        labels.iter().zip(&languages).map(|(label, language)| asked(spfn, label, language)).collect();
    let scores = decoding.score_structures(&asked);
    let all = labels.iter().zip(&languages).zip(&beams).zip(asked.iter().zip(&scores));
    Ok(all
        .map(|(((label, language), beam), (asked, scores))| Found::of(label, language, beam, asked, scores))
        .collect())
}

fn asked<B: Backend>(spfn: &Spfn<B>, label: &Label, language: &Language<'_>) -> Vec<Derivation> {
    let mut all = vec![label.truth.clone()];
    if label.split != Split::Training {
        let seen = |own: &Derivation| !spfn.holds_out(own);
        let less = changes(language, &label.truth).into_iter().filter(|change| change.included);
        all.extend(less.map(|change| change.without).filter(seen));
    }
    all
}

impl Found {
    fn of(
        label: &Label,
        language: &Language<'_>,
        beam: &[(Derivation, f64)],
        asked: &[Derivation],
        scores: &[Option<f64>],
    ) -> Found {
        let place = |derivation: &Derivation| {
            let structure = structure_of(derivation);
            beam.iter().position(|(own, _)| *own == structure).unwrap_or(WIDTH)
        };
        let log = |at: usize| scores[at].unwrap_or(f64::NEG_INFINITY);
        let nearest = (1..asked.len()).max_by(|a, b| log(*a).total_cmp(&log(*b)));
        let best = beam.first();
        Found {
            judged: Judged {
                split: label.split.clone(),
                rows: label.table.rows(),
                outcome: label.table.schema.outcome,
                programs: beam.len(),
                log_q: log(0).max(f64::MIN_POSITIVE.ln()),
                log_prior: label.truth.log_probability(language).map_or(f64::NAN, |own| own.structure),
                rank: place(&label.truth),
                confidence: best.map_or(0.0, |(_, log)| log.exp()),
                distance: best.map_or(0, |(own, _)| distance(own, &label.truth)),
                exact: None,
            },
            size: label.truth.size(),
            nearest: nearest.map(|at| (log(at), place(&asked[at]))),
        }
    }
}

/// What a held-out split says of composition.
#[derive(Clone, Debug, PartialEq)]
pub struct Composition {
    pub split: String,
    pub tables: usize,
    /// Share of tables whose true structure is among the ten likeliest, and of seen structures of the same sizes, rows and outcomes.
    pub top_10: f64,
    pub of_seen: f64,
    /// Share of tables for which the true structure is likelier than every structure of one term less that was seen, and share of those that are
    /// among the ten likeliest.
    pub above_nearest: f64,
    pub nearest_top_10: f64,
}

/// Held-out splits beside seen structures that are like them.
pub fn compositions(all: &[Found]) -> Vec<Composition> {
    // rows in steps of doubling
    let cell = |own: &Found| (own.size, own.judged.rows.ilog2(), own.judged.outcome);
    let mut seen: BTreeMap<_, (f64, f64)> = BTreeMap::new();
    for own in all.iter().filter(|own| own.judged.split == Split::Training) {
        let sums = seen.entry(cell(own)).or_default();
        sums.0 += f64::from(own.judged.rank < 10);
        sums.1 += 1.0;
    }
    let mut splits: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for own in all.iter().filter(|own| own.judged.split != Split::Training) {
        splits.entry(own.judged.split.name()).or_default().push(own);
    }
    let one = |(name, own): (&str, Vec<&Found>)| {
        // those without a like one are left out on both sides
        let like: Vec<(&Found, f64)> =
            own.iter().filter_map(|own| seen.get(&cell(own)).map(|(hits, count)| (*own, hits / count))).collect();
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let all: Vec<f64> = values.collect();
            all.iter().sum::<f64>() / all.len().max(1) as f64
        };
        let near: Vec<(&Found, (f64, usize))> = own.iter().filter_map(|own| Some((*own, own.nearest?))).collect();
        Composition {
            split: name.to_string(),
            tables: like.len(),
            top_10: mean(&mut like.iter().map(|(own, _)| f64::from(own.judged.rank < 10))),
            of_seen: mean(&mut like.iter().map(|(_, seen)| *seen)),
            above_nearest: mean(&mut near.iter().map(|(own, near)| f64::from(own.judged.log_q > near.0))),
            nearest_top_10: mean(&mut near.iter().map(|(_, near)| f64::from(near.1 < 10))),
        }
    };
    splits.into_iter().map(one).collect()
}

/// A baseline on the first tables of these numbers, as many as are kept: log probabilities of structures, and seconds a table.
///
/// # Errors
/// As [`run`]; or the baseline has no answer.
pub fn rival(
    baseline: &(dyn Baseline + Sync),
    grammar: &Grammar,
    from: &Labels<'_>,
    numbers: Range<u64>,
) -> Result<Vec<f64>, EvaluateError> {
    let one = |number: u64| {
        let Some(label) = from.get(number)?.filter(|label| label.split == Split::Training) else { return Ok(None) };
        let Some(language) = Language::new(grammar, &label.table.schema) else { return Ok(None) };
        let posterior = baseline.posterior(&label.table)?;
        Ok(Some(posterior.log_probability(&language, &label.truth).max(f64::MIN_POSITIVE.ln())))
    };
    numbers.into_par_iter().map(one).filter_map(Result::transpose).collect()
}
