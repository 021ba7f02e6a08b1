//! Many tables, computed side by side.

use super::{EvaluateError, Judge, Judged, Label, Labels, in_groups};
use crate::baselines::Baseline;
use burn::tensor::backend::Backend;
use ppl_corpus::store::Split;
use ppl_exact::Posterior;
use ppl_exact::calibration::Calibration;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};
use std::time::Instant;

/// What was found of the tables of some numbers.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub judged: Vec<Judged>,
    /// Of the network, and of the exact posterior where it was computed.
    pub network: Calibration,
    pub exact: Calibration,
}

/// What is judged beside the network.
pub struct Rival<'b> {
    pub baseline: &'b (dyn Baseline + Sync),
    /// On so many tables.
    pub tables: usize,
}

/// What was found of a rival.
#[derive(Clone, Debug, Default)]
pub struct RivalFound {
    pub name: String,
    pub judged: Vec<Judged>,
    /// A table.
    pub seconds: f64,
}

/// The rivals of a network on the first of these numbers, one table at a time, with exact posteriors.
///
/// # Errors
/// As [`Labels::get`], [`Judge::beliefs_of`] and [`Judge::truth`].
pub fn judge_rivals<B: Backend>(
    judge: &Judge<'_, B>,
    from: &Labels<'_>,
    rivals: &[Rival<'_>],
    numbers: Range<u64>,
) -> Result<Vec<RivalFound>, EvaluateError> {
    let most = rivals.iter().map(|rival| rival.tables).max().unwrap_or(0);
    let mut labels = Vec::new();
    for number in numbers {
        if labels.len() == most {
            break;
        }
        labels.extend(from.get(number)?);
    }
    let truths = labels.par_iter().map(|label| judge.truth(&label.table)).collect::<Result<Vec<_>, _>>()?;
    let one = |rival: &Rival<'_>| {
        let own = &labels[..rival.tables.min(labels.len())];
        let begin = Instant::now();
        let answers = own.iter().map(|label| judge.beliefs_of(rival.baseline, &label.table));
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        let seconds = begin.elapsed().as_secs_f64() / own.len().max(1) as f64;
        let judged = own.iter().zip(&answers).zip(&truths).map(|((label, q), p)| Judged::new(label, q, Some(p)));
        Ok(RivalFound { name: rival.baseline.name().to_string(), judged: judged.collect(), seconds })
    };
    rivals.iter().map(one).collect()
}

/// Judges the tables of these numbers, with exact posteriors where asked for. `observe` is told how many numbers are done and may stop, which
/// leaves what was found.
///
/// # Errors
/// As [`Labels::get`], [`Judge::beliefs`] and [`Judge::truth`].
pub fn run<B: Backend>(
    judge: &Judge<'_, B>,
    from: &Labels<'_>,
    numbers: Range<u64>,
    exact: bool,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Found, EvaluateError> {
    let mut found = Found::default();
    // breaks ties of ranks
    let mut rng = ChaCha8Rng::seed_from_u64(numbers.start);
    let take = |(label, q, p): Read| {
        // what is held out is rarer in training than its probability says
        if label.split == Split::Training {
            found.network.add(&q, &label.truth, &mut rng);
            if let Some(p) = &p {
                found.exact.add(p, &label.truth, &mut rng);
            }
        }
        found.judged.push(Judged::new(&label, &q, p.as_ref()));
    };
    in_groups(numbers, |numbers| group(judge, from, numbers, exact), take, observe)?;
    Ok(found)
}

type Read = (Label, Posterior, Option<Posterior>);

fn group<B: Backend>(
    judge: &Judge<'_, B>,
    from: &Labels<'_>,
    numbers: Range<u64>,
    exact: bool,
) -> Result<Vec<Read>, EvaluateError> {
    let mut labels = Vec::new();
    for number in numbers {
        labels.extend(from.get(number)?);
    }
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let beliefs = judge.beliefs(&labels.iter().map(|label| &label.table).collect::<Vec<_>>())?;
    let with_truth = |(label, q): (Label, Posterior)| {
        let p = exact.then(|| judge.truth(&label.table)).transpose()?;
        Ok((label, q, p))
    };
    labels.into_iter().zip(beliefs).map(with_truth).collect()
}
