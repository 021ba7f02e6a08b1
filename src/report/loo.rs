//! Leave-one-out cross-validation: the estimates and the shapes of the importance weights.

use super::html::{
    code, codes, count, figure, number, paragraph, refusal, remark, section, short, table, thousands, wide,
};
use super::judged::Judged;
use super::plot::{Axis, Plot, Scale, WIDE};
use crate::loo::Method;
use crate::{Summary, Warning};

/// Points of the plot, at most: the largest are kept.
const POINTS: usize = 3000;
/// Units whose names are given.
const LISTED: usize = 10;

/// `series`: whether an outcome is predicted from its own past.
pub fn render(judged: &Result<Judged, String>, summary: &Summary, series: bool) -> String {
    let body = match judged {
        Ok(judged) => match &judged.loo {
            Ok(_) => caveat(summary) + &estimates(judged) + future(series),
            Err(why) => refusal("Not defined for this fit", why),
        },
        Err(why) => refusal("Not defined for this model", why),
    };
    section("loo", "Leave-one-out cross-validation", &body)
}

fn future(series: bool) -> &'static str {
    match series {
        true => {
            "<p class=\"remark\">Each value of a series is predicted here with those after it; for forecasts, use <code>ppl loo --leave-future-out</code>.</p>\n"
        }
        false => "",
    }
}

/// Estimates are as good as the draws.
fn caveat(summary: &Summary) -> String {
    let bad = summary.warnings.iter().any(|w| matches!(w, Warning::Rhat { .. } | Warning::Divergences { .. }));
    if !bad {
        return String::new();
    }
    remark("These estimates rest on draws with warnings: see <a href=\"#verdict\">In short</a>.")
}

fn estimates(judged: &Judged) -> String {
    let Ok(loo) = &judged.loo else { return String::new() };
    let units = &judged.pointwise.names;
    let mut body = paragraph(&format!(
        "How well the model predicts each of {} from all the others, by smoothed importance sampling{}.",
        count(units.len(), "unit"),
        if judged.thinned { format!(" of {} of the draws", thousands(loo.draws)) } else { String::new() }
    ));
    let row = |name: &str, e: crate::loo::Estimate, meaning: &str| {
        vec![name.to_string(), number(e.value, 1), number(e.se, 1), meaning.to_string()]
    };
    body.push_str(&table(
        &["", "estimate", "SE", ""],
        &[
            row("elpd", loo.elpd(), "expected log predictive density; larger is better"),
            row("p_loo", loo.p(), "effective number of parameters"),
            row("looic", loo.looic(), "\u{2212}2 elpd"),
        ],
    ));
    let bad = loo.bad();
    let threshold = loo.k_threshold;
    match loo.mcse() {
        Some(mcse) => body.push_str(&paragraph(&format!(
            "All Pareto k are below {threshold:.2}: the estimates can be relied on. Monte Carlo standard error of the elpd: {}.",
            short(mcse)
        ))),
        None => {
            let mut worst = bad.clone();
            worst.sort_by(|a, b| loo.units[*b].k.total_cmp(&loo.units[*a].k));
            let list: Vec<String> =
                worst.iter().take(LISTED).map(|&i| format!("{} ({})", code(&units[i]), number(loo.units[i].k, 2))).collect();
            body.push_str(&paragraph(&format!(
                "<b class=\"bad\">{}</b> above {threshold:.2}: {}{}. Without these observations the posterior would be so different that \
                 importance sampling fails, and the estimates above are not to be relied on.",
                match bad.len() {
                    1 => "One Pareto k is".to_string(),
                    n => format!("{n} Pareto k are"),
                },
                list.join(", "),
                if bad.len() > LISTED { format!(" and {} more", bad.len() - LISTED) } else { String::new() }
            )));
        }
    }
    let moved: Vec<&str> = loo
        .units
        .iter()
        .zip(units)
        .filter(|(u, _)| u.method == Method::MomentMatched)
        .map(|(_, n)| n.as_str())
        .collect();
    if !moved.is_empty() {
        body.push_str(&remark(&format!("By moment matching, which moved the draws: {}.", codes(moved))));
    }
    let caption = "Pareto k <small>of each unit, in the order of the data</small>".to_string();
    body.push_str(&wide(&figure(&caption, &plot(judged))));
    if units.len() > POINTS {
        body.push_str(&remark(&format!("The {POINTS} largest of {}.", units.len())));
    }
    body
}

fn plot(judged: &Judged) -> String {
    let Ok(loo) = &judged.loo else { return String::new() };
    let threshold = loo.k_threshold;
    let mut order: Vec<usize> = (0..loo.units.len()).filter(|&i| loo.units[i].k.is_finite()).collect();
    order.sort_by(|a, b| loo.units[*b].k.total_cmp(&loo.units[*a].k));
    order.truncate(POINTS);
    let ks = || order.iter().map(|&i| loo.units[i].k);
    let y = Scale::linear(ks().fold(0.0, f64::min).max(-1.0), ks().fold(threshold, f64::max).min(3.0)).padded(0.07);
    let x = Scale::linear(0.5, loo.units.len() as f64 + 0.5).padded(0.01);
    let mut plot = Plot::new(WIDE, Axis::counting(x, "unit"), Axis::new(y, "k"), "Pareto k of each unit");
    let class = |k: f64| match k {
        k if k <= threshold => 0,
        k if k <= 1.0 => 1,
        _ => 2,
    };
    for (c, style) in ["c1", "caution", "bad"].into_iter().enumerate() {
        // What would lie above the picture is drawn at its edge.
        let points =
            order.iter().filter(|&&i| class(loo.units[i].k) == c).map(|&i| (i as f64 + 1.0, loo.units[i].k.min(3.0)));
        plot.points(points, style);
    }
    plot.horizontal(threshold, "expected");
    plot.note(
        x.low + 0.01 * (x.high - x.low),
        threshold + 0.015 * (y.high - y.low),
        "start",
        &format!("threshold {threshold:.2}"),
    );
    // The worst by name, as far as names do not cover each other.
    let mut placed: Vec<f64> = Vec::new();
    for &i in order.iter().filter(|&&i| loo.units[i].k > threshold).take(5) {
        let (at, width) = (i as f64 + 1.0, x.high - x.low);
        if placed.iter().all(|p| (p - at).abs() > 0.09 * width) {
            placed.push(at);
            let (anchor, side) = if at > x.low + 0.85 * width { ("end", -1.0) } else { ("start", 1.0) };
            plot.note(
                at + side * 0.008 * width,
                loo.units[i].k.min(3.0) - 0.01 * (y.high - y.low),
                anchor,
                &judged.pointwise.names[i],
            );
        }
    }
    plot.finish()
}
