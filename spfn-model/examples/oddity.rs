//! How well tables that no program of the grammar makes are told from those that one does: `oddity [WEIGHTS] [TABLES]`.
//!
//! Fresh tables with real, positive and count outcomes, and the same tables corrupted in eight ways; for each the share that is called out of
//! distribution, and the area under the ROC curve of the score by its threshold.

use ppl_corpus::Outcome;
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::units::quantile;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use spfn_model::Spfn;
use spfn_model::evaluate::Labels;

/// No evaluation, and no release, uses these numbers.
const FROM: u64 = 1 << 41;

type Corruption = fn(&mut [f64], &mut ChaCha8Rng, &Table);

const CORRUPTIONS: [(&str, Corruption); 8] = [
    ("outliers: 1 in 20 rows is 30 quartile ranges away", |y, rng, _| {
        let (_, range) = spread(y);
        let count = y.len().div_ceil(20);
        for _ in 0..count {
            let row = rng.random_range(0..y.len());
            y[row] += 30.0 * range;
        }
    }),
    ("copies: every value stands in four rows", |y, _, _| {
        for row in 0..y.len() {
            y[row] = y[row / 4 * 4];
        }
    }),
    ("heaping: three values only, at the quartiles", |y, _, _| {
        let sorted = sorted(y);
        let marks =
            [0.25, 0.5, 0.75].map(|p| quantile(&sorted, p).round().max(if sorted[0] > 0.0 { 1.0 } else { f64::MIN }));
        let nearest = |x: f64| marks.into_iter().min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs())).unwrap_or(x);
        y.iter_mut().for_each(|y| *y = nearest(*y));
    }),
    ("two humps: half of the rows is 12 quartile ranges higher", |y, rng, _| {
        let (_, range) = spread(y);
        y.iter_mut().for_each(|y| *y += if rng.random::<bool>() { 12.0 * range } else { 0.0 });
    }),
    ("ceiling: nothing is above the median", |y, _, _| {
        let (median, _) = spread(y);
        y.iter_mut().for_each(|y| *y = y.min(median.ceil()));
    }),
    ("spike: half of the rows has one value", |y, rng, _| {
        let most = sorted(y)[y.len() * 9 / 10].ceil();
        y.iter_mut().for_each(|y| *y = if rng.random::<bool>() { most } else { *y });
    }),
    ("multiples: whole multiples of a fixed large number", |y, _, _| {
        let step = spread(y).1.ceil().max(1.0);
        y.iter_mut().for_each(|y| *y = step * (4.0 * *y / step).round().max(if *y > 0.0 { 1.0 } else { f64::MIN }));
    }),
    ("wave: a sine of the first column without noise", |y, _, table| {
        let column = table.columns.iter().find_map(|values| match values {
            Values::Real(x) if x.iter().any(|x| x.fract() != 0.0) => Some(x.clone()),
            _ => None,
        });
        let (median, range) = spread(y);
        let x = column.unwrap_or_else(|| (0..y.len()).map(|row| row as f64 / 5.0).collect());
        let (low, whole) = (sorted(y)[0], y.iter().all(|y| y.fract() == 0.0));
        for (y, x) in y.iter_mut().zip(x) {
            let x = if x.is_finite() { x } else { 0.0 };
            *y = (median + 2.0 * range.max(1.0) * (3.0 * x).sin()).max(low);
            *y = if whole { y.round() } else { *y };
        }
    }),
];

fn sorted(y: &[f64]) -> Vec<f64> {
    let mut y: Vec<f64> = y.iter().copied().filter(|y| y.is_finite()).collect();
    y.sort_unstable_by(f64::total_cmp);
    y
}

fn spread(y: &[f64]) -> (f64, f64) {
    let sorted = sorted(y);
    let range = quantile(&sorted, 0.75) - quantile(&sorted, 0.25);
    (quantile(&sorted, 0.5), if range > 0.0 { range } else { 1.0 })
}

fn corrupted(table: &Table, how: Corruption, rng: &mut ChaCha8Rng) -> Table {
    let mut table = table.clone();
    let own = table.clone();
    match &mut table.outcome {
        Values::Real(y) => how(y, rng, &own),
        Values::Int(y) => {
            let mut numbers: Vec<f64> = y.iter().map(|y| f64::from(*y)).collect();
            how(&mut numbers, rng, &own);
            y.iter_mut().zip(numbers).for_each(|(y, x)| *y = x.round().clamp(0.0, 1e9) as i32);
        }
    }
    // as `ppl infer` would read it
    let units = ppl_corpus::pair::raw::TableUnits::of(&table);
    units.of_raw(&table)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let spfn = match arguments.first().filter(|own| own.parse::<u64>().is_err()) {
        Some(path) => Spfn::load(path.as_ref()).unwrap(),
        None => Spfn::shipped().unwrap(),
    };
    let tables: u64 = arguments.last().and_then(|count| count.parse().ok()).unwrap_or(6000);
    let familiar = spfn.familiar().expect("weights that ship");
    let labels = Labels::new(&spfn.header().config, spfn.grammar());
    let wanted = [Outcome::Real, Outcome::Positive, Outcome::Count];
    let own: Vec<Table> = (0..tables)
        .into_par_iter()
        .filter_map(|number| labels.get(FROM + number).unwrap())
        .map(|label| label.table)
        .filter(|table| wanted.contains(&table.schema.outcome) && table.outcome.present().len() == table.rows())
        .collect();
    let relative =
        |table: &Table| familiar.surprise(table).map(|own| own.score / own.threshold).filter(|x| x.is_finite());
    let plain: Vec<f64> = own.par_iter().filter_map(relative).collect();
    let alarms = |scores: &[f64]| 100.0 * scores.iter().filter(|x| **x > 1.0).count() as f64 / scores.len() as f64;
    println!("{} tables as simulated: {:.2} % alarms", plain.len(), alarms(&plain));
    for (name, how) in CORRUPTIONS {
        let made = own.par_iter().enumerate().filter_map(|(place, table)| {
            let mut rng = ChaCha8Rng::seed_from_u64(place as u64);
            relative(&corrupted(table, how, &mut rng))
        });
        let scores: Vec<f64> = made.collect();
        println!("{:60} AUROC {:.4}, {:5.1} % alarms", name, area(&plain, &scores), alarms(&scores));
    }
}

/// The share of pairs in which the corrupted table has the larger score.
fn area(plain: &[f64], corrupted: &[f64]) -> f64 {
    let mut sorted = plain.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let below = |x: f64| sorted.partition_point(|own| *own < x) as f64 / sorted.len() as f64;
    corrupted.iter().map(|x| below(*x)).sum::<f64>() / corrupted.len() as f64
}
