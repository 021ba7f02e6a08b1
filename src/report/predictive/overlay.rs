//! Densities of data and replications, and where observations lie among their predictions.

use super::{Kind, Outcome, quantiles};
use crate::loo::LogLikelihood;
use crate::report::density::{Bounds, density};
use crate::report::html::{figure, p_value};
use crate::report::judged::Judged;
use crate::report::plot::{Axis, Plot, SMALL, Scale};
use ppl_sampler::predictive::{Pit, loo_pit, uniformity};
use ppl_sampler::sbc::uniformity::ecdf;

/// Replications whose densities are drawn.
const CURVES: usize = 40;
/// Observations whose places are looked at.
const PLACES: usize = 5000;

pub fn densities(outcome: &Outcome) -> Option<String> {
    let mut values = outcome.replicated.clone();
    values.sort_unstable_by(f64::total_cmp);
    let [low, high] = quantiles(&values, [0.002, 0.998]);
    let data = Scale::over(outcome.observed.iter().copied()).padded(0.08);
    // Replications with very heavy tails must not hide the data.
    let width = data.high - data.low;
    let (low, high) = (data.low.min(low.max(data.low - width)), data.high.max(high.min(data.high + width)));
    // Numbers that cannot be negative, as far as anyone can see.
    let positive = values.first().is_some_and(|x| *x >= 0.0) && outcome.observed.iter().all(|x| *x >= 0.0);
    let bounds = Bounds { lower: positive.then_some(0.0), upper: None };
    let low = if positive { low.max(0.0) } else { low };
    let every = outcome.rows().len().div_ceil(CURVES).max(1);
    let curves: Vec<Vec<(f64, f64)>> =
        outcome.rows().step_by(every).map(|row| density(row, row.len() as f64, (low, high), bounds, 100)).collect();
    let observed = density(&outcome.observed, outcome.observed.len() as f64, (low, high), bounds, 160);
    if observed.is_empty() {
        return None;
    }
    let y = Scale::from_zero(observed.iter().chain(curves.iter().flatten()).map(|p| p.1));
    let axis = Axis::new(Scale::linear(low, high), &outcome.name);
    let mut plot = Plot::new(SMALL, axis, Axis::bare(y), "Densities of the data and of replications");
    for curve in curves {
        plot.line(curve, "post thin faint");
    }
    plot.line(observed, "data strong");
    Some(figure("Densities <small>of the data, and of 40 replications</small>", &plot.finish()))
}

/// The distribution function of the places of the observations among their predictions, less that of uniform ones. Each observation is left out of
/// its prediction; `None` where that cannot be done: with the data used twice, not even a right model's places are uniform.
pub fn places(outcome: &Outcome, draws: &[usize], judged: &Result<Judged, String>) -> Option<String> {
    let places = left_out(outcome, draws, judged.as_ref().ok()?)?;
    // Ties are broken by a sequence that fills the unit interval evenly (the golden ratio's), so that the page is the same every time.
    let u = |i: usize| (i as f64 * 0.618_033_988_749_894_9).fract();
    let values: Vec<f64> = places.iter().enumerate().take(PLACES).map(|(i, p)| p.randomized(u(i))).collect();
    const STEPS: usize = 1000;
    let ranks: Vec<usize> =
        values.iter().map(|v| ((v.clamp(0.0, 1.0) * STEPS as f64) as usize).min(STEPS - 1)).collect();
    let ecdf = ecdf(&ranks, STEPS - 1, 0.05);
    let ends = |x: &[f64]| -> Vec<(f64, f64)> {
        let inner = ecdf.expected.iter().zip(x).map(|(e, o)| (*e, o - e));
        std::iter::once((0.0, 0.0)).chain(inner).chain([(1.0, 0.0)]).collect()
    };
    let (low, high, observed) = (ends(&ecdf.low), ends(&ecdf.high), ends(&ecdf.observed));
    let reach = low.iter().chain(&high).chain(&observed).map(|p| p.1.abs()).fold(0.02, f64::max) * 1.1;
    let x = Axis::new(Scale::linear(0.0, 1.0), "place among predictions (PIT)");
    let mut plot = Plot::new(
        SMALL,
        x,
        Axis::new(Scale::linear(-reach, reach), "ECDF difference"),
        "Places of observations among predictions",
    );
    let band: Vec<(f64, f64, f64)> = low.iter().zip(&high).map(|(l, h)| (l.0, l.1, h.1)).collect();
    plot.area(&band, "soft post");
    plot.horizontal(0.0, "expected");
    plot.line(observed, "data");
    let p = p_value(uniformity(&values));
    Some(figure(&format!("Calibration <small>95% band; leave-one-out; p {p}</small>"), &plot.finish()))
}

/// With each observation left out; `None` where the units of the likelihood are not the elements of the outcome.
fn left_out(outcome: &Outcome, draws: &[usize], judged: &Judged) -> Option<Vec<Pit>> {
    judged.loo.as_ref().ok()?;
    let (units, likelihood) = (&judged.pointwise.names, &judged.pointwise.log_likelihood);
    if outcome.path || judged.thinned || draws.len() != outcome.rows().len() || outcome.kind() == Kind::Binary {
        return None;
    }
    let by_name: std::collections::HashMap<&str, usize> =
        units.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let n = outcome.observed.len();
    let mut values = Vec::with_capacity(n * draws.len());
    for element in 0..n {
        let unit = *by_name.get(outcome.element(element).as_str())?;
        let of_unit = likelihood.unit(unit);
        for draw in draws {
            values.push(*of_unit.get(*draw)?);
        }
    }
    let likelihood = LogLikelihood::new(vec![draws.len()], n, values).ok()?;
    loo_pit(&outcome.observed, &outcome.replicated, &likelihood, &crate::loo::Settings::default()).ok()
}
