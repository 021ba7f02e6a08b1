//! Traces and rank plots of the chains.

use super::html::{code, figure, gallery, number, paragraph, remark, section};
use super::interest::Quantity;
use super::plot::{Axis, FLAT, Plot, Scale};
use crate::Draws;

/// Chains that have a colour of their own; the others are not drawn.
pub const COLOURS: usize = 8;
/// Points of a trace, about.
const POINTS: usize = 400;
/// Bins of a rank histogram.
const BINS: usize = 20;

pub fn render(draws: &Draws, shown: &[&Quantity<'_>], of: usize) -> String {
    let mut body = paragraph(
        "Above, the draws of each chain in order: chains that mix look alike and have no trend. Below, how often the ranks of \
         each chain\u{2019}s draws among all draws fall in each of 20 bins: for chains that agree, the bars stay in the grey band \
         (95% of bars, for independent draws).",
    );
    let mut figures = Vec::new();
    for quantity in shown {
        let mut chains = quantity.chains(draws);
        chains.truncate(COLOURS);
        let caption = format!(
            "{} <small>R\u{302} {}, ESS bulk {}, tail {}</small>",
            code(&quantity.label),
            number(quantity.row.rhat, 3),
            number(quantity.row.ess_bulk, 0),
            number(quantity.row.ess_tail, 0)
        );
        let pictures = trace(&chains, draws, &quantity.label) + &ranks(&chains, &quantity.label);
        figures.push(figure(&caption, &pictures));
    }
    body.push_str(&gallery(&figures));
    if shown.len() < of {
        body.push_str(&remark(&format!(
            "{} of {of} parameters and transformed parameters: those with the worst diagnostics, then single numbers in the order of \
             the program, then some elements of each vector.",
            shown.len()
        )));
    }
    if draws.chains.len() > COLOURS {
        body.push_str(&remark(&format!("The first {COLOURS} of {} chains.", draws.chains.len())));
    }
    section("chains", "Traces and ranks", &body)
}

fn trace(chains: &[Vec<f64>], draws: &Draws, name: &str) -> String {
    let longest = chains.iter().map(Vec::len).max().unwrap_or(0);
    let y = Scale::over(chains.iter().flatten().copied()).padded(0.03);
    let x = Scale::linear(0.0, longest.max(2) as f64);
    let mut plot = Plot::new(FLAT, Axis::new(x, "draw"), Axis::new(y, ""), &format!("Trace of {name}"));
    for (c, chain) in chains.iter().enumerate() {
        plot.line(thinned(chain), &format!("thin c{}", c + 1));
    }
    // Where trajectories diverged, along the bottom.
    let diverged = draws
        .chains
        .iter()
        .take(COLOURS)
        .flat_map(|c| c.draws.statistics.iter().enumerate().filter(|(_, s)| s.divergent));
    let height = 0.035 * (y.high - y.low);
    for (i, _) in diverged.take(POINTS) {
        plot.line([(i as f64, y.low), (i as f64, y.low + height)], "bad thin");
    }
    plot.finish()
}

/// The draws, or where there are many, the lowest and the highest of each stretch in the order in which they came.
fn thinned(chain: &[f64]) -> Vec<(f64, f64)> {
    if chain.len() <= POINTS {
        return chain.iter().enumerate().map(|(i, x)| (i as f64, *x)).collect();
    }
    let stretch = (2 * chain.len()).div_ceil(POINTS);
    let mut points = Vec::with_capacity(POINTS + 2);
    for (k, part) in chain.chunks(stretch).enumerate() {
        let place = |better: &dyn Fn(f64, f64) -> bool| {
            (0..part.len()).fold(0, |best, i| if better(part[i], part[best]) { i } else { best })
        };
        let (low, high) = (place(&|a, b| a < b), place(&|a, b| a > b));
        for i in [low.min(high), low.max(high)] {
            points.push(((k * stretch + i) as f64, part[i]));
        }
    }
    points
}

/// Histograms of the ranks, one row a chain, the first on top.
fn ranks(chains: &[Vec<f64>], name: &str) -> String {
    let total: usize = chains.iter().map(Vec::len).sum();
    let mut order: Vec<(f64, usize)> =
        chains.iter().enumerate().flat_map(|(c, chain)| chain.iter().map(move |x| (*x, c))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = BINS.min(total.max(1));
    let mut counts = vec![vec![0.0f64; bins]; chains.len()];
    // Ties are spread over their ranks in turn, so that a chain does not get them all.
    for (rank, chain) in spread(order).into_iter().enumerate() {
        counts[chain][rank * bins / total] += 1.0;
    }
    let rows = chains.len() as f64;
    let tallest = counts
        .iter()
        .zip(chains)
        .flat_map(|(row, chain)| row.iter().map(|c| c * bins as f64 / chain.len().max(1) as f64))
        .fold(1.0, f64::max);
    let unit = 0.86 / tallest.max(1.6);
    let base = |c: usize| rows - 1.0 - c as f64;
    let labels = (0..chains.len()).map(|c| (base(c) + 0.35, (c + 1).to_string())).collect();
    let x = Axis::new(Scale::linear(0.0, total.max(1) as f64), "rank among all draws");
    let y = Axis::new(Scale::linear(0.0, rows), "chain").with_ticks(labels);
    let mut plot = Plot::new(FLAT, x, y, &format!("Rank plot of {name}"));
    for (c, row) in counts.iter().enumerate() {
        let expected = (chains[c].len() as f64 / bins as f64).max(1e-9);
        let spread = 1.96 * (expected * (1.0 - 1.0 / bins as f64)).sqrt() / expected;
        let height = |count: f64| base(c) + unit * count;
        plot.bars(
            row.iter().enumerate().map(|(b, count)| {
                let edge = |b: usize| total as f64 * b as f64 / bins as f64;
                let gap = 0.08 * total as f64 / bins as f64;
                (edge(b) + gap, edge(b + 1) - gap, base(c), height(count / expected))
            }),
            &format!("bar c{}", c + 1),
        );
        plot.bars([(0.0, total as f64, height((1.0 - spread).max(0.0)), height(1.0 + spread))], "band");
        plot.horizontal(height(1.0), "expected");
    }
    plot.finish()
}

/// Chains in the order of their draws, where equal draws come in turns.
fn spread(order: Vec<(f64, usize)>) -> Vec<usize> {
    let mut out = Vec::with_capacity(order.len());
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let n = tied.len();
        // A stride without a common divisor visits every place once.
        let stride = [7919, 104_729, 1].into_iter().find(|s| n % s != 0 || *s == 1).unwrap_or(1);
        out.extend((0..n).map(|i| tied[i * stride % n].1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_spikes() {
        let mut chain: Vec<f64> = (0..10_000).map(|i| f64::from(i % 7)).collect();
        chain[5003] = 100.0;
        chain[7001] = -50.0;
        let points = thinned(&chain);
        assert!(points.len() <= POINTS + 2);
        assert!(points.contains(&(5003.0, 100.0)) && points.contains(&(7001.0, -50.0)));
        assert!(points.windows(2).all(|w| w[0].0 <= w[1].0));
    }

    #[test]
    fn ties_are_shared() {
        let order: Vec<(f64, usize)> = (0..400).map(|i| (1.0, i / 100)).collect();
        let out = spread(order);
        for chain in 0..4 {
            assert_eq!(out.iter().filter(|c| **c == chain).count(), 100);
            let first = out[..200].iter().filter(|c| **c == chain).count();
            assert!((35..=65).contains(&first), "{first}");
        }
        assert!(!ranks(&[vec![], vec![]], "x").contains("NaN"));
    }
}
