//! Every observation beside its predictions: in the order of the data, or in that of the predictions.

use super::{Kind, Outcome, quantiles};
use crate::report::html::figure;
use crate::report::plot::{Axis, Plot, Scale, Shape, WIDE};

/// With at most so many observations, each has an interval of its own.
const SINGLE: usize = 40;
/// Observations that are drawn, at most.
const MOST: usize = 800;

pub fn render(outcome: &Outcome, kind: Kind) -> String {
    let n = outcome.observed.len();
    let every = n.div_ceil(MOST).max(1);
    let mut elements: Vec<(usize, [f64; 5])> = (0..n)
        .step_by(if outcome.is_series() { every } else { 1 })
        .map(|i| (i, quantiles(&outcome.sorted(i), [0.05, 0.25, 0.5, 0.75, 0.95])))
        .collect();
    let series = outcome.is_series();
    if n > SINGLE && !series {
        elements.sort_by(|a, b| a.1[2].total_cmp(&b.1[2]));
        elements = elements.into_iter().step_by(every).collect();
    }
    let shape = if kind == Kind::Counts { Shape::Root } else { Shape::Linear };
    let extremes = elements.iter().flat_map(|(i, q)| [q[0], q[4], outcome.observed[*i]]);
    let y = match kind {
        Kind::Counts => Scale::from_zero(extremes),
        _ => Scale::over(extremes).padded(0.05),
    };
    let name = match shape {
        Shape::Root => format!("{} (root scale)", outcome.name),
        _ => outcome.name.clone(),
    };
    let (caption, x) = match (n <= SINGLE, series) {
        (true, _) => {
            let index = |i: usize| {
                outcome
                    .element(i)
                    .split_once('[')
                    .map_or("1".to_string(), |(_, rest)| rest.trim_end_matches(']').to_string())
            };
            let ticks = (0..n).map(|i| (i as f64 + 1.0, index(i))).collect();
            (
                "Each observation <small>with the 50% and 90% intervals of its predictions</small>",
                Axis::new(Scale::linear(0.4, n as f64 + 0.6), "observation").with_ticks(ticks),
            )
        }
        (_, true) => {
            let first = outcome.places.first().map_or(0, |p| *p) as f64 + 1.0;
            let last = outcome.places.last().map_or(0, |p| *p) as f64 + 1.0;
            (
                "In the order of the data <small>with the 50% and 90% intervals of the predictions</small>",
                Axis::new(Scale::linear(first, last).padded(0.01), "place in the data"),
            )
        }
        _ => (
            "Ordered by prediction <small>with the 50% and 90% intervals of the predictions</small>",
            Axis::new(Scale::linear(1.0, n as f64).padded(0.01), "observations, by predicted median"),
        ),
    };
    let at = |k: usize, i: usize| match (n <= SINGLE, series) {
        (true, _) => i as f64 + 1.0,
        (_, true) => outcome.places[i] as f64 + 1.0,
        _ => (k * every) as f64 + 1.0,
    };
    let mut plot = Plot::new(WIDE, x, Axis::new(y.shaped(shape), &name), "Observations beside their predictions");
    let placed = || elements.iter().enumerate().map(|(k, (i, q))| (at(k, *i), *i, q));
    if n <= SINGLE {
        for (x, _, q) in placed() {
            plot.line([(x, q[0]), (x, q[4])], "post");
            plot.line([(x, q[1]), (x, q[3])], "post wide");
        }
        plot.points(placed().map(|(x, _, q)| (x, q[2])), "paper big");
    } else {
        plot.area(&placed().map(|(x, _, q)| (x, q[0], q[4])).collect::<Vec<_>>(), "soft post");
        plot.area(&placed().map(|(x, _, q)| (x, q[1], q[3])).collect::<Vec<_>>(), "soft post");
        plot.line(placed().map(|(x, _, q)| (x, q[2])), "post thin");
    }
    let big = if n <= SINGLE { "data big" } else { "data" };
    if series && n > SINGLE {
        plot.line(placed().map(|(x, i, _)| (x, outcome.observed[i])), "data hair");
    }
    plot.points(placed().map(|(x, i, _)| (x, outcome.observed[i])), big);
    figure(caption, &plot.finish())
}
