//! Every observation beside its predictions: in the order of the data, or in that of the predictions.

use super::{Kind, Outcome, quantiles};
use crate::report::html::figure;
use crate::report::plot::{Axis, Plot, Scale, Shape, WIDE};

/// With at most so many observations, each has an interval of its own.
const SINGLE: usize = 40;
/// Observations that are drawn, at most.
const MOST: usize = 800;

/// Replications that are drawn themselves, where they are paths.
const PATHS: usize = 2;

/// An observation with quantiles of its predictions.
struct Place {
    /// Where it is drawn.
    x: f64,
    observed: f64,
    /// At 5, 25, 50, 75 and 95%.
    predicted: [f64; 5],
}

/// `None` where all predictions are about the same, so that their order says nothing.
pub fn render(outcome: &Outcome, kind: Kind) -> Option<String> {
    let n = outcome.observed.len();
    let series = outcome.is_series();
    let predicted = |i: usize| quantiles(&outcome.sorted(i), [0.05, 0.25, 0.5, 0.75, 0.95]);
    let place = |i: usize, x: f64| Place { x, observed: outcome.observed[i], predicted: predicted(i) };
    let every = n.div_ceil(MOST).max(1);
    let intervals = "with the 50% and 90% intervals of its predictions";
    if n <= SINGLE {
        let places: Vec<Place> = (0..n).map(|i| place(i, i as f64 + 1.0)).collect();
        let ticks = (0..n).map(|i| (i as f64 + 1.0, outcome.index(i))).collect();
        let x = Axis::new(Scale::linear(0.4, n as f64 + 0.6), "observation").with_ticks(ticks);
        let mut plot = plot(outcome, kind, x, &places);
        for Place { x, predicted: q, .. } in &places {
            plot.line([(*x, q[0]), (*x, q[4])], "post");
            plot.line([(*x, q[1]), (*x, q[3])], "post wide");
        }
        plot.points(places.iter().map(|p| (p.x, p.predicted[2])), "paper");
        plot.points(places.iter().map(|p| (p.x, p.observed)), "data big");
        return Some(figure(&format!("Each observation <small>{intervals}</small>"), &plot.finish()));
    }
    let (title, x, places) = if series {
        let at = |i: usize| outcome.places[i] as f64 + 1.0;
        let x = Axis::new(Scale::linear(at(0), at(n - 1)).padded(0.01), "place in the data");
        ("In the order of the data", x, (0..n).step_by(every).map(|i| place(i, at(i))).collect::<Vec<_>>())
    } else {
        let mut places: Vec<Place> = (0..n).map(|i| place(i, 0.0)).collect();
        places.sort_by(|a, b| a.predicted[2].total_cmp(&b.predicted[2]));
        let middle = places[n / 2].predicted;
        if places[n - 1].predicted[2] - places[0].predicted[2] < 0.25 * (middle[3] - middle[1]) {
            return None;
        }
        places.iter_mut().enumerate().for_each(|(k, p)| p.x = k as f64 + 1.0);
        let x = Axis::new(Scale::linear(1.0, n as f64).padded(0.01), "observations, by predicted median");
        ("Ordered by prediction", x, places.into_iter().step_by(every).collect())
    };
    let mut plot = plot(outcome, kind, x, &places);
    for (low, high) in [(0, 4), (1, 3)] {
        plot.area(&places.iter().map(|p| (p.x, p.predicted[low], p.predicted[high])).collect::<Vec<_>>(), "soft post");
    }
    plot.line(places.iter().map(|p| (p.x, p.predicted[2])), "post thin");
    let observed = || places.iter().map(|p| (p.x, p.observed));
    if outcome.path && series {
        for row in outcome.rows().take(PATHS) {
            plot.line((0..n).step_by(every).map(|i| (outcome.places[i] as f64 + 1.0, row[i])), "post thin faint");
        }
    }
    if series {
        plot.line(observed(), "data hair");
    }
    plot.points(observed(), "data");
    Some(figure(&format!("{title} <small>each observation {intervals}</small>"), &plot.finish()))
}

fn plot(outcome: &Outcome, kind: Kind, x: Axis, places: &[Place]) -> Plot {
    let (shape, name) = match kind {
        Kind::Counts => (Shape::Root, format!("{} (root scale)", outcome.name)),
        _ => (Shape::Linear, outcome.name.clone()),
    };
    // A few very wide intervals must not hide the others.
    let ends = |end: usize, p: f64| {
        let mut values: Vec<f64> = places.iter().map(|place| place.predicted[end]).collect();
        values.sort_unstable_by(f64::total_cmp);
        quantiles(&values, [p])[0]
    };
    let paths = outcome.replicated.iter().take(if outcome.path { PATHS * outcome.observed.len() } else { 0 });
    let seen = places.iter().map(|p| p.observed).chain([ends(0, 0.05), ends(4, 0.95)]).chain(paths.copied());
    let y = match kind {
        // With room for the dots at zero.
        Kind::Counts => {
            let scale = Scale::from_zero(seen);
            Scale { low: -0.0015 * scale.high, ..scale }
        }
        _ => Scale::over(seen).padded(0.08),
    };
    Plot::new(WIDE, x, Axis::new(y.shaped(shape), &name), "Observations beside their predictions")
}
