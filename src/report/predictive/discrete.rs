//! Outcomes that are integers.

use super::{Outcome, quantiles};
use crate::report::html::figure;
use crate::report::plot::{Axis, Plot, SMALL, Scale, Shape, label};

/// How often each value occurs.
pub fn bars(outcome: &Outcome) -> String {
    let all = || outcome.observed.iter().chain(&outcome.replicated).copied();
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let bins: Vec<(f64, f64)> = (0..=(high - low) as usize).map(|i| (low + i as f64, low + i as f64)).collect();
    let svg = frequencies(outcome, &bins, Shape::Linear, "How often each value occurs in the data and in replications");
    figure("Frequencies <small>bars: data; dots: replications, with 90% intervals</small>", &svg)
}

/// How often each count occurs, on a scale of square roots (Tukey's rootogram; Kleiber and Zeileis 2016, "Visualizing count data
/// regressions using rootograms", The American Statistician 70).
pub fn rootogram(outcome: &Outcome) -> String {
    let mut values = outcome.replicated.clone();
    values.sort_unstable_by(f64::total_cmp);
    let [typical] = quantiles(&values, [0.995]);
    let top = outcome.observed.iter().copied().fold(typical, f64::max);
    // Single values, or where there are many, bins that grow.
    let mut bins = Vec::new();
    let mut low = 0.0f64;
    while low <= top && bins.len() < 60 {
        let width = if top <= 30.0 { 1.0 } else { (0.35 * low).floor().max(1.0) };
        bins.push((low, low + width - 1.0));
        low += width;
    }
    let svg = frequencies(outcome, &bins, Shape::Root, "Rootogram of the data and of replications");
    let scale = if top <= 30.0 { "" } else { ", bins that grow" };
    figure(&format!("Rootogram <small>bars: data; dots: replications, with 90% intervals{scale}</small>"), &svg)
}

fn frequencies(outcome: &Outcome, bins: &[(f64, f64)], shape: Shape, description: &str) -> String {
    let counted = |values: &[f64]| -> Vec<f64> {
        let mut counts = vec![0.0; bins.len()];
        for x in values {
            let at = bins.partition_point(|b| b.1 < *x);
            if let Some(count) = counts.get_mut(at) {
                *count += 1.0;
            }
        }
        counts
    };
    let observed = counted(&outcome.observed);
    let replicated: Vec<Vec<f64>> = outcome.rows().map(counted).collect();
    let intervals: Vec<[f64; 3]> = (0..bins.len())
        .map(|b| {
            let mut column: Vec<f64> = replicated.iter().map(|row| row[b]).collect();
            column.sort_unstable_by(f64::total_cmp);
            quantiles(&column, [0.05, 0.5, 0.95])
        })
        .collect();
    let y = Scale::from_zero(observed.iter().copied().chain(intervals.iter().map(|i| i[2]))).shaped(shape);
    let ticks = bins.iter().enumerate().map(|(i, b)| (i as f64, label(b.0, 0))).collect();
    let x = Axis::new(Scale::linear(-0.6, bins.len() as f64 - 0.4), "value").with_ticks(ticks);
    let mut plot = Plot::new(SMALL, x, Axis::new(y, "frequency"), description);
    plot.bars(observed.iter().enumerate().map(|(i, count)| (i as f64 - 0.4, i as f64 + 0.4, 0.0, *count)), "bar data");
    for (i, [low, _, high]) in intervals.iter().enumerate() {
        plot.line([(i as f64, *low), (i as f64, *high)], "post strong");
    }
    plot.points(intervals.iter().enumerate().map(|(i, interval)| (i as f64, interval[1])), "post big");
    plot.finish()
}

/// Predicted probabilities against observed frequencies: the isotonic regression of the data on the predictions (Dimitriadis, Gneiting and Jordan 2021,
/// "Stable reliability diagrams for probabilistic classifiers", PNAS 118), with the band of replications. `None` where all
/// predictions are the same.
pub fn reliability(outcome: &Outcome) -> Option<String> {
    /// Replications behind the band.
    const BAND: usize = 200;
    const GRID: usize = 80;
    let n = outcome.observed.len();
    let rows = outcome.rows().len() as f64;
    let mut predicted = vec![0.0; n];
    outcome.rows().for_each(|row| predicted.iter_mut().zip(row).for_each(|(p, x)| *p += x / rows));
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| predicted[*a].total_cmp(&predicted[*b]));
    let sorted: Vec<f64> = order.iter().map(|&i| predicted[i]).collect();
    let [low, high] = quantiles(&sorted, [0.0, 1.0]);
    if n < 20 || high - low < 0.05 {
        return None;
    }
    let fitted = |y: &[f64]| isotonic(&order.iter().map(|&i| y[i]).collect::<Vec<_>>());
    let grid: Vec<f64> = (0..=GRID).map(|k| low + (high - low) * k as f64 / GRID as f64).collect();
    let nearest: Vec<usize> = grid.iter().map(|x| sorted.partition_point(|p| p < x).min(n - 1)).collect();
    let curves: Vec<Vec<f64>> = outcome
        .rows()
        .take(BAND)
        .map(|row| {
            let f = fitted(row);
            nearest.iter().map(|&i| f[i]).collect()
        })
        .collect();
    let band: Vec<(f64, f64, f64)> = grid
        .iter()
        .enumerate()
        .map(|(k, x)| {
            let mut column: Vec<f64> = curves.iter().map(|c| c[k]).collect();
            column.sort_unstable_by(f64::total_cmp);
            let [low, high] = quantiles(&column, [0.05, 0.95]);
            (*x, low, high)
        })
        .collect();
    let observed = fitted(&outcome.observed);
    let unit = || Scale::linear(0.0, 1.0);
    let y = Axis::new(unit(), "observed frequency");
    let mut plot = Plot::new(SMALL, Axis::new(unit(), "predicted probability"), y, "Reliability diagram");
    // Where the predictions are, along the bottom.
    const BINS: usize = 40;
    let mut counts = [0.0f64; BINS];
    sorted.iter().for_each(|p| counts[((p * BINS as f64) as usize).min(BINS - 1)] += 1.0);
    let tallest = counts.iter().copied().fold(1.0, f64::max);
    plot.bars(
        (0..BINS).map(|b| (b as f64 / BINS as f64, (b + 1) as f64 / BINS as f64, 0.0, 0.12 * counts[b] / tallest)),
        "band",
    );
    plot.area(&band, "soft post");
    plot.line([(0.0, 0.0), (1.0, 1.0)], "expected");
    plot.line(nearest.iter().zip(&grid).map(|(&i, x)| (*x, observed[i])), "data");
    Some(figure(
        "Calibration <small>with the 90% band of replications; below, where the predictions are</small>",
        &plot.finish(),
    ))
}

/// The increasing sequence nearest to `y` in squares: neighbours that violate the order are pooled.
fn isotonic(y: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in y {
        let mut block = (*value, 1);
        while let Some((mean, size)) = blocks.last().copied()
            && mean >= block.0
        {
            blocks.pop();
            let total = size + block.1;
            block = ((mean * size as f64 + block.0 * block.1 as f64) / total as f64, total);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(mean, size)| std::iter::repeat_n(mean, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        assert_eq!(isotonic(&[]), Vec::<f64>::new());
    }
}
