//! What is compared of an outcome: numbers that tell one law of lists from another.

use crate::dice::Dice;
use ppl_runtime::data::{Datum, RawData};
use std::collections::BTreeMap;

/// What is known of the rows of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    Numbers(Vec<f64>),
    /// Numbers of groups from 0 on.
    Groups(Vec<usize>),
}

/// Sums of rows with random weights that are looked at.
const PROJECTIONS: u64 = 4;

/// The columns of a table of so many rows: lists of numbers among the data, but for the outcomes themselves.
pub fn columns(data: &RawData, outcomes: &[String], rows: usize) -> Vec<Column> {
    let list = |(name, datum): (&str, &Datum)| match datum {
        Datum::List(items) if items.len() == rows && !outcomes.iter().any(|own| own == name) => column(items),
        _ => None,
    };
    data.iter().filter_map(list).collect()
}

fn column(items: &[Datum]) -> Option<Column> {
    let whole: Option<Vec<i64>> = items.iter().map(|d| if let Datum::Int(i) = d { Some(*i) } else { None }).collect();
    if let Some(whole) = whole {
        let mut places: BTreeMap<i64, usize> = whole.iter().map(|i| (*i, 0)).collect();
        places.values_mut().enumerate().for_each(|(place, own)| *own = place);
        if places.len() * 2 <= items.len() {
            return Some(Column::Groups(whole.iter().map(|i| places[i]).collect()));
        }
    }
    let number = |d: &Datum| match d {
        Datum::Int(i) => Some(*i as f64),
        Datum::Real(x) => Some(*x),
        _ => None,
    };
    items.iter().map(number).collect::<Option<Vec<f64>>>().map(Column::Numbers)
}

/// Statistics of an outcome `y` (rows in the order of the table): single rows, moments, quantiles, the share of zeros, autocorrelation, sums with
/// random weights, and for each column the slope and the curvature, or the means of the first groups and the variance between them.
pub fn statistics(y: &[f64], columns: &[Column]) -> Vec<f64> {
    let n = y.len() as f64;
    let mut sorted = y.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let quantile = |p: f64| sorted[(p * (n - 1.0)).round() as usize];
    let mean = y.iter().sum::<f64>() / n;
    let central = |k: i32| y.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
    let (variance, last) = (central(2), y.len() - 1);
    let mut out = vec![y[0], y[last / 2], y[last], mean, variance.sqrt()];
    if y.len() < 3 {
        return out;
    }
    let neighbours = y.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum::<f64>() / n;
    out.extend([central(3) / variance.powf(1.5), central(4) / variance.powi(2), neighbours / variance]);
    out.extend([quantile(0.0), quantile(0.25), quantile(0.5), quantile(0.75), quantile(1.0)]);
    out.extend([y[0] * y[last], y[1] - y[0], y.iter().filter(|y| **y == 0.0).count() as f64]);
    for seed in 0..PROJECTIONS {
        let mut dice = Dice::new(seed);
        out.push(y.iter().map(|y| y * dice.between(-1.0, 1.0)).sum());
    }
    for column in columns {
        match column {
            Column::Numbers(x) => {
                let centre = x.iter().sum::<f64>() / n;
                let with = |f: &dyn Fn(f64) -> f64| x.iter().zip(y).map(|(x, y)| f(x - centre) * y).sum::<f64>();
                out.push(with(&|x| x));
                out.push(with(&|x| x * x) - mean * x.iter().map(|x| (x - centre).powi(2)).sum::<f64>());
            }
            Column::Groups(g) => {
                let groups = g.iter().max().map_or(1, |most| most + 1);
                let (mut sums, mut counts) = (vec![0.0; groups], vec![0.0; groups]);
                for (g, y) in g.iter().zip(y) {
                    sums[*g] += y;
                    counts[*g] += 1.0;
                }
                let means: Vec<f64> = sums.iter().zip(&counts).map(|(s, n)| s / n).collect();
                out.push(means.iter().map(|m| (m - mean).powi(2)).sum::<f64>().sqrt());
                out.push(means[0] - means[groups - 1]);
            }
        }
    }
    out
}
