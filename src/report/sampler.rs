//! How the sampler fared: chain by chain, its energy, and where it diverged.

use super::divergence::Divergences;
use super::html::{code, count, figure, gallery, legend, number, paragraph, section, table};
use super::interest::Quantity;
use super::plot::{Axis, Plot, SMALL, Scale, Shape};
use crate::{Draws, Summary};

use super::density::{Bounds, density};

/// Points of the pair plot, at most.
const POINTS: usize = 2000;

pub fn render(draws: &Draws, summary: &Summary, quantities: &[Quantity<'_>], divergences: &Divergences) -> String {
    let mut body = chains(draws, summary);
    let mut figures = Vec::new();
    if let Some(svg) = energy(draws) {
        figures.push(figure("Energy <small>centred, and its change from draw to draw</small>", &svg));
    }
    if let Some((x, y)) = divergences.pair {
        let (x, y) = (&quantities[x], &quantities[y]);
        let caption = format!("{} against {} <small>divergent draws in red</small>", code(&y.label), code(&x.label));
        figures.push(figure(&caption, &pair(draws, x, y)));
    }
    if !figures.is_empty() {
        body.push_str(&paragraph(
            "Where the energy is much wider than its changes, the sampler explores the tails slowly (E-BFMI below 0.3).",
        ));
        body.push_str(&legend(&[("c1", "energy"), ("c2", "change of energy")]));
        body.push_str(&gallery(&figures));
    }
    section("sampler", "Sampler", &body)
}

fn chains(draws: &Draws, summary: &Summary) -> String {
    /// Rows at most.
    const ROWS: usize = 32;
    let headings = [
        "chain",
        "draws",
        "step size",
        "acceptance",
        "steps a draw",
        "divergent",
        "at largest depth",
        "E-BFMI",
        "warm-up",
        "sampling",
    ];
    let rows: Vec<Vec<String>> = draws
        .chains
        .iter()
        .zip(&summary.e_bfmi)
        .take(ROWS)
        .map(|(chain, e_bfmi)| {
            let statistics = &chain.draws.statistics;
            let n = statistics.len();
            let mean = |of: fn(&crate::DrawStatistics) -> f64| statistics.iter().map(of).sum::<f64>() / n as f64;
            let marked = |text: String, bad: bool| if bad { format!("<b class=\"bad\">{text}</b>") } else { text };
            let divergent = statistics.iter().filter(|s| s.divergent).count();
            let deepest = statistics.iter().filter(|s| s.tree_depth >= draws.max_depth).count();
            vec![
                (chain.chain + 1).to_string(),
                n.to_string(),
                number(chain.step_size, 3),
                number(mean(|s| s.accept_stat), 2),
                number(mean(|s| s.leapfrog_steps as f64), 1),
                marked(divergent.to_string(), divergent > 0),
                marked(deepest.to_string(), deepest > 0),
                marked(number(*e_bfmi, 2), *e_bfmi < 0.3),
                format!("{:.2} s", chain.warmup_seconds),
                format!("{:.2} s", chain.sampling_seconds),
            ]
        })
        .collect();
    let mut out = table(&headings, &rows);
    if draws.chains.len() > ROWS {
        out.push_str(&paragraph(&format!("The first {ROWS} of {}.", count(draws.chains.len(), "chain"))));
    }
    out
}

/// Densities of the energy and of its changes, all chains together. `None` where the energies are unknown.
fn energy(draws: &Draws) -> Option<String> {
    let (mut levels, mut changes) = (Vec::new(), Vec::new());
    for chain in draws.statistic(|s| s.energy) {
        let mean = chain.iter().sum::<f64>() / chain.len().max(1) as f64;
        levels.extend(chain.iter().map(|e| e - mean));
        changes.extend(chain.windows(2).map(|w| w[1] - w[0]));
    }
    levels.retain(|e| e.is_finite());
    changes.retain(|e| e.is_finite());
    let x = Scale::over(levels.iter().chain(&changes).copied());
    let curves =
        [&levels, &changes].map(|values| density(values, values.len() as f64, (x.low, x.high), Bounds::default(), 160));
    if curves.iter().any(Vec::is_empty) {
        return None;
    }
    let y = Scale::from_zero(curves.iter().flatten().map(|p| p.1));
    let mut plot = Plot::new(SMALL, Axis::new(x, "energy"), Axis::bare(y), "Density of the energy and of its changes");
    for (curve, class) in curves.iter().zip(["c1", "c2"]) {
        plot.area(&curve.iter().map(|(x, y)| (*x, 0.0, *y)).collect::<Vec<_>>(), &format!("soft {class}"));
        plot.line(curve.iter().copied(), class);
    }
    Some(plot.finish())
}

fn pair(draws: &Draws, x: &Quantity<'_>, y: &Quantity<'_>) -> String {
    let (xs, ys) = (x.pooled(draws), y.pooled(draws));
    let divergent: Vec<bool> =
        draws.chains.iter().flat_map(|c| c.draws.statistics.iter().map(|s| s.divergent)).collect();
    let axis = |q: &Quantity<'_>, values: &[f64]| {
        let positive = q.bounded.0 && values.iter().all(|v| *v > 0.0);
        let shape = if positive && !q.bounded.1 { Shape::Log } else { Shape::Linear };
        let label = if shape == Shape::Log { format!("{} (log scale)", q.label) } else { q.label.clone() };
        let scale = Scale::over(values.iter().copied());
        Axis::new(if shape == Shape::Linear { scale.padded(0.03) } else { scale }.shaped(shape), &label)
    };
    let description = format!("{} against {} with divergent draws", y.label, x.label);
    let mut plot = Plot::new(SMALL, axis(x, &xs), axis(y, &ys), &description);
    let every = xs.len().div_ceil(POINTS).max(1);
    let place = |i: &usize| (xs[*i], ys[*i]);
    plot.points((0..xs.len()).filter(|i| !divergent[*i]).step_by(every).map(|i| place(&i)), "c1 faint");
    let bad: Vec<usize> = (0..xs.len()).filter(|i| divergent[*i]).collect();
    plot.points(bad.iter().step_by(bad.len().div_ceil(POINTS).max(1)).map(place), "bad");
    plot.finish()
}
