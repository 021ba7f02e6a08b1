//! Numbers of the data among those of the replications.

use super::{Kind, Outcome};
use crate::report::html::{escape, number, p_value, remark, short, table};
use crate::report::plot::{Axis, Plot, Scale, Size};
use ppl_sampler::predictive::{Check, Checks, Quantity};

pub fn checks(outcome: &Outcome) -> Vec<Check> {
    let mut wanted = match outcome.kind() {
        Kind::Binary => vec![Quantity::Mean],
        Kind::Categories => vec![Quantity::Mean, Quantity::Sd],
        Kind::Counts => vec![Quantity::Mean, Quantity::Sd, Quantity::Max, Quantity::Zeros],
        Kind::Continuous => vec![Quantity::Mean, Quantity::Sd, Quantity::Min, Quantity::Median, Quantity::Max],
    };
    if outcome.observed.len() < 3 {
        wanted.truncate(1);
    }
    if outcome.is_series() {
        wanted.push(Quantity::Autocorrelation);
    }
    let mut checks = Checks::new(&outcome.observed, &wanted);
    for row in outcome.rows() {
        // Rows have as many values as the data by construction.
        let _ = checks.add(row);
    }
    // What is the same in all replications and the data is fixed by design, as a total.
    let fixed = |c: &Check| c.replicated.iter().all(|r| (r - c.observed).abs() <= 1e-9 * c.observed.abs());
    checks.finish().into_iter().filter(|c| c.observed.is_finite() && !c.replicated.is_empty() && !fixed(c)).collect()
}

pub fn render(checks: &[Check]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let mut sorted = check.replicated.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let [low, middle, high] = super::quantiles(&sorted, [0.05, 0.5, 0.95]);
            let p = p_value(check.p()).trim_start_matches("= ").to_string();
            let p = if check.two_sided() < 0.01 { format!("<b class=\"bad\">{p}</b>") } else { p };
            // As many decimals as the spread of the replications makes worth while.
            let decimals = (2.3 - (high - low).log10()).floor().clamp(0.0, 7.0) as usize;
            let value = |x: f64| if high > low { number(x, decimals) } else { short(x) };
            vec![
                escape(&check.name),
                value(check.observed),
                value(middle),
                format!("{} to {}", value(low), value(high)),
                p,
                strip(check, &sorted),
            ]
        })
        .collect();
    let mut out = table(&["", "data", "replicated", "90% interval", "p-value", ""], &rows);
    out.push_str(&remark(
        "The p-value is the share of replications above the data (half of those equal): near 0 or 1, the model does not reproduce this feature. \
         For features that the parameters fit directly, such as a mean, it is near 1/2 for any model.",
    ));
    out
}

/// The histogram of the replications with the place of the data.
fn strip(check: &Check, sorted: &[f64]) -> String {
    const BINS: usize = 30;
    let [low, high] = super::quantiles(sorted, [0.001, 0.999]);
    let scale = Scale::over([low, high, check.observed]).padded(0.02);
    let width = (scale.high - scale.low) / BINS as f64;
    let mut counts = [0.0f64; BINS];
    for x in sorted.iter().filter(|x| **x >= scale.low && **x <= scale.high) {
        counts[(((x - scale.low) / width) as usize).min(BINS - 1)] += 1.0;
    }
    let none = || Axis::bare(scale);
    let y = Scale::from_zero(counts);
    let mut plot = Plot::new(
        Size { width: 170.0, height: 34.0 },
        none(),
        Axis::bare(y),
        &format!("Replications of the {}", check.name),
    );
    plot.bars(
        (0..BINS).map(|b| (scale.low + b as f64 * width, scale.low + (b + 1) as f64 * width, 0.0, counts[b])),
        "bar post",
    );
    plot.vertical(check.observed, "data strong");
    plot.finish_as("plot strip")
}
