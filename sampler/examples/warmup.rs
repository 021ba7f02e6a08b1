//! How much warm-up is needed: smallest bulk ESS and gradients for several lengths, on posteriors of different shape. The default of
//! `Settings::warmup` rests on this table.
//!
//!     cargo run --release -p ppl-sampler --example warmup

#[path = "../tests/common/mod.rs"]
mod common;

use common::{normals, plain};
use ppl_runtime::density::Density;
use ppl_sampler::diagnostics::{equal_lengths, ess_bulk, rhat};
use ppl_sampler::{Adaptation, Settings, sample};

/// Eight schools, non-centred, flat on mu and half-Cauchy(0, 5) on tau.
fn eight_schools() -> impl Density {
    const Y: [f64; 8] = [28., 8., -3., 7., -1., 1., 18., 12.];
    const SIGMA: [f64; 8] = [15., 10., 16., 11., 9., 11., 10., 18.];
    plain(10, |x: &[f64], g: &mut [f64]| {
        let (mu, tau) = (x[0], x[1].exp());
        g.fill(0.0);
        let mut lp = x[1] - (1.0 + tau * tau / 25.0).ln() - mu * mu / 50.0;
        g[0] = -mu / 25.0;
        g[1] = 1.0 - 2.0 * tau * tau / 25.0 / (1.0 + tau * tau / 25.0);
        for j in 0..8 {
            let z = x[2 + j];
            let r = (Y[j] - mu - tau * z) / SIGMA[j];
            lp -= 0.5 * (z * z + r * r);
            let d = r / SIGMA[j];
            g[0] += d;
            g[1] += d * tau * z;
            g[2 + j] = -z + d * tau;
        }
        Ok(lp)
    })
}

/// AR(1) correlations of 0.95 in `n` dimensions with scales from 0.01 to 100.
fn correlated(n: usize) -> impl Density {
    const RHO: f64 = 0.95;
    plain(n, move |x: &[f64], g: &mut [f64]| {
        let scale = |i: usize| 10f64.powf(4.0 * i as f64 / (n - 1) as f64 - 2.0);
        g.fill(0.0);
        let k = 1.0 / (1.0 - RHO * RHO);
        let mut lp = -0.5 * (x[0] / scale(0)).powi(2);
        g[0] = -x[0] / scale(0).powi(2);
        for i in 1..n {
            let r = x[i] / scale(i) - RHO * x[i - 1] / scale(i - 1);
            lp -= 0.5 * k * r * r;
            g[i] -= k * r / scale(i);
            g[i - 1] += k * r * RHO / scale(i - 1);
        }
        Ok(lp)
    })
}

fn funnel() -> impl Density {
    plain(6, |x: &[f64], g: &mut [f64]| {
        let v = x[0];
        let mut lp = -v * v / 2.0;
        g[0] = -v;
        for i in 1..6 {
            let square = x[i] * x[i] * (-v).exp();
            lp -= 0.5 * square + 0.5 * v;
            g[0] += 0.5 * square - 0.5;
            g[i] = -x[i] * (-v).exp();
        }
        Ok(lp)
    })
}

fn measure<D: Density>(name: &str, density: &D) {
    for adaptation in [Adaptation::Diagonal, Adaptation::LowRank] {
        for warmup in [200, 300, 400, 500, 700, 1000] {
            // Geometric mean over seeds of the smallest ESS a chain of 1000 draws, and of gradients.
            let (mut ess, mut gradients, mut warm, mut worst_rhat, mut divergences) = (0.0, 0.0, 0.0, 1.0f64, 0);
            let seeds = 8;
            for seed in 0..seeds {
                let settings = Settings { warmup, seed, adaptation, save_warmup: true, ..Settings::default() };
                let draws = match sample(density, &settings) {
                    Ok(draws) => draws,
                    Err(error) => return println!("{name}: {error}"),
                };
                let mut smallest = f64::INFINITY;
                for i in 0..density.dim() {
                    let column = draws.column(i);
                    smallest = smallest.min(ess_bulk(&equal_lengths(&column)));
                    worst_rhat = worst_rhat.max(rhat(&equal_lengths(&column)));
                }
                let steps = |kept: bool| -> u64 {
                    let block = |c: &ppl_sampler::ChainDraws| if kept { c.draws.clone() } else { c.warmup.clone() };
                    draws.chains.iter().flat_map(|c| block(c).statistics).map(|s| s.leapfrog_steps).sum()
                };
                ess += smallest.ln() / seeds as f64;
                gradients += (steps(true) as f64).ln() / seeds as f64;
                warm += (steps(false) as f64).ln() / seeds as f64;
                divergences +=
                    draws.statistic(|s| f64::from(u8::from(s.divergent))).concat().iter().filter(|d| **d > 0.0).count();
            }
            let (ess, gradients, warm): (f64, f64, f64) = (ess.exp(), gradients.exp(), warm.exp());
            println!(
                "{name:14} {adaptation:?} warm-up {warmup:4}: min ESS {ess:6.0}, gradients {warm:8.0} + {gradients:8.0}, \
                 ESS per 1000 gradients {:6.2} (all {:6.2}), worst R-hat {worst_rhat:.3}, {divergences} divergences",
                1000.0 * ess / gradients,
                1000.0 * ess / (gradients + warm),
            );
        }
    }
}

fn main() {
    measure("eight schools", &eight_schools());
    measure("scales 50", &normals(vec![1.0; 50], (0..50).map(|i| 10f64.powf(i as f64 / 10.0 - 2.5)).collect()));
    measure("correlated 20", &correlated(20));
    measure("correlated 100", &correlated(100));
    measure("funnel", &funnel());
}
