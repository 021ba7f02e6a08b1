//! The page of a training: the loss, step by step.

use crate::report::document;
use crate::report::html::{code, escape, figure, legend, number, paragraph, section, thousands, wide};
use crate::report::plot::{Axis, Plot, Scale, WIDE};
use spfn_model::config::Config;
use spfn_model::train::Progress;

/// The page, from the lines of the log.
pub fn training_page(config: &Config, log: &[Progress]) -> String {
    let mut body = String::from("<main>\n<h1>Training</h1>\n");
    if let Some(last) = log.last() {
        body += &paragraph(&format!(
            "Grammar {}: {} of {} steps, {} programs with tables, {} s.",
            code(&config.data.grammar),
            thousands(last.step),
            thousands(last.steps),
            thousands(log.iter().map(|p| p.examples).sum()),
            thousands(log.iter().map(|p| p.seconds).sum::<f64>() as usize),
        ));
        let share = |part: fn(&Progress) -> f64| {
            let whole: f64 = log.iter().map(|p| p.seconds).sum();
            number(100.0 * log.iter().map(part).sum::<f64>() / whole, 0)
        };
        body += &paragraph(&format!(
            "{} % of the time went into forward and backward passes, {} % into waiting for examples.",
            share(|p| p.passes),
            share(|p| p.waiting)
        ));
    }
    if let Some(v) = log.iter().rev().find_map(|p| p.validation) {
        body += &paragraph(&format!(
            "On {} other examples the average of the weights has a cross-entropy of {} nats a program; the grammar alone has {}.",
            thousands(v.examples),
            number(v.loss, 4),
            number(v.prior, 4)
        ));
    }
    let entries = [("c1 faint", "batch, smoothed"), ("c2", "other examples"), ("prior", "the grammar alone")];
    let picture = figure("Cross-entropy <small>nats a program</small>", &loss(log));
    body += &section("loss", "Loss", &(legend(&entries) + &wide(&picture)));
    let text = format!("<pre>{}</pre>\n", escape(&config.to_toml()));
    body += &section("configuration", "Configuration", &text);
    body += "</main>\n";
    document("Training", &body)
}

/// Loss against step; the prior's own loss is what nothing learnt costs.
fn loss(log: &[Progress]) -> String {
    let smooth = smoothed(log, |p| p.loss);
    let prior = smoothed(log, |p| p.prior);
    let other: Vec<(f64, f64)> = log.iter().filter_map(|p| Some((p.step as f64, p.validation?.loss))).collect();
    let values = smooth.iter().chain(&prior).chain(&other).map(|point| point.1);
    let steps = Scale::linear(0.0, log.last().map_or(1.0, |p| p.step as f64));
    let axes = (Axis::new(steps, "step"), Axis::new(Scale::over(values), ""));
    let mut plot = Plot::new(WIDE, axes.0, axes.1, "cross-entropy against steps");
    plot.line(prior, "prior thin");
    plot.line(smooth, "c1 thin");
    plot.line(other.iter().copied(), "c2");
    plot.points(other, "c2");
    plot.finish()
}

/// Means of neighbouring steps: about three hundred points.
fn smoothed(log: &[Progress], value: fn(&Progress) -> f64) -> Vec<(f64, f64)> {
    let each = log.len().div_ceil(300).max(1);
    let point = |part: &[Progress]| {
        let mean = |value: &dyn Fn(&Progress) -> f64| part.iter().map(value).sum::<f64>() / part.len() as f64;
        (mean(&|p| p.step as f64), mean(&value))
    };
    log.chunks(each).map(point).collect()
}
