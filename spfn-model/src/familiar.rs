//! Whether a table is like those that a network was trained on: the Mahalanobis distance of its statistics from those of simulated tables.
//!
//! Statistics ([`crate::features`]) are standardised by what they are in simulated tables of the same kind of outcome and about as many rows;
//! one covariance matrix for each kind of outcome, with a small ridge, tells which combinations are strange. A table is called
//! out of distribution where its distance is beyond that of 95 of 100 simulated tables of its kind and rows.

use crate::checkpoint::Numbers;
use crate::evaluate::{EvaluateError, Labels};
use crate::features::{Features, OUTCOME, OUTCOME_NAMES, PAIR_NAMES};
use ppl_corpus::Outcome;
use ppl_corpus::pair::table::Table;
use rayon::prelude::*;

/// How unlike the tables of a training a table is.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// Squared distance by the number of statistics: about 1 for tables as they are simulated.
    pub score: f64,
    /// 95 of 100 simulated tables are below.
    pub threshold: f64,
    /// The statistics that are farthest out, with how many standard deviations.
    pub strange: Vec<(String, f64)>,
}

impl Surprise {
    pub fn is_out_of_distribution(&self) -> bool {
        self.score > self.threshold
    }
}

/// What tables of a training look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Familiar {
    /// In the order of [`Outcome::ALL`]; `None` where there are no programs, or too few tables.
    kinds: Vec<Option<Kind>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kind {
    bands: Vec<Band>,
    /// A lower triangle L, row by row, with `L L'` the covariance of standardised statistics.
    factor: Vec<f32>,
}

/// Tables of about so many rows.
#[derive(Clone, Debug, PartialEq)]
struct Band {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    threshold: f32,
}

/// Of columns, the largest of these is looked at: what is left along a number that no term of a sum explains. More of them would hide what is
/// strange among what varies anyway.
const OF_COLUMNS: [&str; 2] = ["gain_seasonal", "roughness"];
/// Statistics of the outcome, then those of columns.
const WIDTH: usize = OUTCOME + OF_COLUMNS.len();
/// Rows from which the second, third, ... band is.
const BANDS: [usize; 3] = [15, 40, 120];
/// Tables of a kind that are needed at least.
const FEWEST: usize = 4 * WIDTH;
/// Share of the diagonal that is added to a covariance.
const SHRINKAGE: f64 = 0.005;
/// A statistic that hardly varies counts as one that varies so much.
const LEAST: f64 = 0.02;
/// Share of the simulated tables that are beyond the threshold.
const ALARMS: f64 = 0.05;
/// Names of the numbers in a file begin so.
pub const PREFIX: &str = "familiar.";

impl Familiar {
    /// From the tables of these numbers of labels, for which the thresholds are right; the first two thirds make means and covariances, the rest
    /// thresholds.
    ///
    /// # Errors
    /// A fault of the grammar.
    pub fn of(labels: &Labels<'_>, numbers: std::ops::Range<u64>) -> Result<Familiar, EvaluateError> {
        let made = numbers.into_par_iter().map(|number| {
            let label = labels.get(number)?;
            Ok(label.map(|label| (label.table.schema.outcome, band(&label.table), vector(&label.table))))
        });
        let all: Vec<(Outcome, usize, Vec<f64>)> =
            made.filter_map(Result::transpose).collect::<Result<_, EvaluateError>>()?;
        let kind = |outcome: &Outcome| {
            let own: Vec<(usize, &[f64])> =
                all.iter().filter(|(kind, ..)| kind == outcome).map(|(_, band, x)| (*band, x.as_slice())).collect();
            (own.len() >= FEWEST).then(|| Kind::of(&own))
        };
        Ok(Familiar { kinds: Outcome::ALL.iter().map(kind).collect() })
    }

    /// `None` where no such table was simulated.
    pub fn surprise(&self, table: &Table) -> Option<Surprise> {
        let place = Outcome::ALL.iter().position(|outcome| *outcome == table.schema.outcome)?;
        let kind = self.kinds.get(place)?.as_ref()?;
        let own = Some(&kind.bands[band(table)]).filter(|own| own.threshold.is_finite())?;
        let mut z = own.standardised(&vector(table));
        let mut strange: Vec<(usize, f64)> = z.iter().copied().enumerate().collect();
        strange.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let strange = strange.into_iter().take(3).map(|(place, z)| (name(place), z)).collect();
        Some(Surprise { score: kind.distance(&mut z), threshold: f64::from(own.threshold), strange })
    }

    /// As numbers of a file.
    pub fn numbers(&self) -> Vec<Numbers> {
        let mut all = Vec::new();
        for (outcome, kind) in Outcome::ALL.iter().zip(&self.kinds) {
            let Some(kind) = kind else { continue };
            let mut add = |what: &str, values: Vec<f32>| {
                all.push(Numbers { name: format!("{PREFIX}{}.{what}", outcome.word()), values });
            };
            add("factor", kind.factor.clone());
            add("mean", kind.bands.iter().flat_map(|band| band.mean.clone()).collect());
            add("deviation", kind.bands.iter().flat_map(|band| band.deviation.clone()).collect());
            add("threshold", kind.bands.iter().map(|band| band.threshold).collect());
        }
        all
    }

    /// From the numbers of a file; `None` where it has none of this shape.
    pub fn read(numbers: &[Numbers]) -> Option<Familiar> {
        let kind = |outcome: &Outcome| {
            let get = |what: &str| {
                let name = format!("{PREFIX}{}.{what}", outcome.word());
                numbers.iter().find(|own| own.name == name).map(|own| own.values.clone())
            };
            let (factor, mean, deviation, threshold) =
                (get("factor")?, get("mean")?, get("deviation")?, get("threshold")?);
            let bands = BANDS.len() + 1;
            let shaped = factor.len() == WIDTH * (WIDTH + 1) / 2
                && mean.len() == bands * WIDTH
                && deviation.len() == bands * WIDTH
                && threshold.len() == bands;
            let band = |place: usize| Band {
                mean: mean[place * WIDTH..(place + 1) * WIDTH].to_vec(),
                deviation: deviation[place * WIDTH..(place + 1) * WIDTH].to_vec(),
                threshold: threshold[place],
            };
            shaped.then(|| Kind { bands: (0..bands).map(band).collect(), factor })
        };
        let kinds: Vec<Option<Kind>> = Outcome::ALL.iter().map(kind).collect();
        kinds.iter().any(Option::is_some).then_some(Familiar { kinds })
    }
}

impl Kind {
    fn of(all: &[(usize, &[f64])]) -> Kind {
        let (learnt, held) = all.split_at(all.len() * 2 / 3);
        let bands: Vec<Band> = (0..=BANDS.len())
            .map(|band| {
                let own: Vec<&[f64]> = learnt.iter().filter(|(at, _)| *at == band).map(|(_, x)| *x).collect();
                Band::of(if own.is_empty() { learnt.iter().map(|(_, x)| *x).collect() } else { own })
            })
            .collect();
        let mut covariance = vec![0.0; WIDTH * WIDTH];
        for (band, x) in learnt {
            let z = bands[*band].standardised(x);
            for i in 0..WIDTH {
                for j in 0..=i {
                    covariance[i * WIDTH + j] += z[i] * z[j] / learnt.len() as f64;
                }
            }
        }
        (0..WIDTH).for_each(|i| covariance[i * WIDTH + i] += SHRINKAGE);
        let mut kind = Kind { bands, factor: cholesky(covariance) };
        let thresholds: Vec<f32> = (0..kind.bands.len())
            .map(|band| {
                let own = held.iter().filter(|(at, _)| *at == band);
                let mut scores: Vec<f64> =
                    own.map(|(_, x)| kind.distance(&mut kind.bands[band].standardised(x))).collect();
                scores.sort_unstable_by(f64::total_cmp);
                let place = ((1.0 - ALARMS) * scores.len() as f64).ceil() as usize;
                scores.get(place.saturating_sub(1)).map_or(f32::INFINITY, |score| *score as f32)
            })
            .collect();
        kind.bands.iter_mut().zip(thresholds).for_each(|(band, threshold)| band.threshold = threshold);
        kind
    }

    /// Squared distance by the number of statistics; leaves the whitened statistics.
    fn distance(&self, z: &mut [f64]) -> f64 {
        let mut start = 0;
        for i in 0..WIDTH {
            let row = &self.factor[start..start + i + 1];
            let known: f64 = row[..i].iter().zip(z.iter()).map(|(l, z)| f64::from(*l) * z).sum();
            z[i] = (z[i] - known) / f64::from(row[i]);
            start += i + 1;
        }
        z.iter().map(|z| z * z).sum::<f64>() / WIDTH as f64
    }
}

impl Band {
    fn of(all: Vec<&[f64]>) -> Band {
        let n = all.len() as f64;
        let mean: Vec<f64> = (0..WIDTH).map(|i| all.iter().map(|x| x[i]).sum::<f64>() / n).collect();
        let deviation = (0..WIDTH).map(|i| {
            let square = all.iter().map(|x| (x[i] - mean[i]) * (x[i] - mean[i])).sum::<f64>() / n;
            square.sqrt().max(LEAST) as f32
        });
        Band { deviation: deviation.collect(), mean: mean.iter().map(|x| *x as f32).collect(), threshold: 0.0 }
    }

    fn standardised(&self, x: &[f64]) -> Vec<f64> {
        let own = x.iter().zip(&self.mean).zip(&self.deviation);
        own.map(|((x, mean), deviation)| (x - f64::from(*mean)) / f64::from(*deviation)).collect()
    }
}

/// The lower triangle, row by row.
fn cholesky(mut a: Vec<f64>) -> Vec<f32> {
    let mut out = Vec::with_capacity(WIDTH * (WIDTH + 1) / 2);
    for i in 0..WIDTH {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i * WIDTH + k] * a[j * WIDTH + k]).sum();
            let own = a[i * WIDTH + j] - known;
            a[i * WIDTH + j] = if i == j { own.max(1e-9).sqrt() } else { own / a[j * WIDTH + j] };
            out.push(a[i * WIDTH + j] as f32);
        }
    }
    out
}

fn band(table: &Table) -> usize {
    BANDS.iter().filter(|from| table.outcome.present().len() >= **from).count()
}

fn vector(table: &Table) -> Vec<f64> {
    let features = Features::of(table);
    let mut all: Vec<f64> = features.outcome.iter().map(|x| f64::from(*x)).collect();
    for name in OF_COLUMNS {
        let place = PAIR_NAMES.iter().position(|own| *own == name).expect("a statistic of pairs");
        all.push(f64::from(features.pairs.iter().map(|pair| pair[place]).fold(0.0, f32::max)));
    }
    all
}

fn name(place: usize) -> String {
    match place.checked_sub(OUTCOME) {
        None => OUTCOME_NAMES[place].to_string(),
        Some(place) => format!("{} along a column", OF_COLUMNS[place]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use ppl_corpus::Grammar;
    use ppl_corpus::pair::table::Values;

    #[test]
    fn strange_tables_are_told_from_those_that_are_simulated() {
        let config = Config::exact();
        let grammar = Grammar::shipped("exact").unwrap();
        let labels = Labels::new(&config, &grammar);
        let familiar = Familiar::of(&labels, 0..4000).unwrap();
        assert_eq!(Familiar::read(&familiar.numbers()), Some(familiar.clone()));
        let (mut tables, mut alarms, mut copies) = (0, 0, 0);
        for number in 10_000..10_800 {
            let Some(label) = labels.get(number).unwrap() else { continue };
            let mut table = label.table;
            let (Outcome::Real, Values::Real(y)) = (table.schema.outcome, &mut table.outcome) else { continue };
            if y.len() < 30 {
                continue;
            }
            let copied: Vec<f64> = (0..y.len()).map(|row| y[row / 4 * 4]).collect();
            let own = familiar.surprise(&table).unwrap();
            table.outcome = Values::Real(copied);
            tables += 1;
            alarms += usize::from(own.is_out_of_distribution());
            copies += usize::from(familiar.surprise(&table).unwrap().is_out_of_distribution());
        }
        assert!(tables > 60 && 10 * alarms < 2 * tables, "{alarms} of {tables}");
        assert!(10 * copies > 9 * tables, "{copies} of {tables}");
    }
}
