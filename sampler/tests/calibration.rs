//! Simulation-based calibration of the sampler, and that it finds broken ones.

mod common;

use common::plain;
use ppl_runtime::density::Density;
use ppl_sampler::sbc::Ranks;
use ppl_sampler::{Adaptation, Settings, sample};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Data in each replication.
const N: usize = 5;
const REPLICATIONS: usize = 200;
/// Posterior draws that a true value is ranked among.
const DRAWS: usize = 99;
/// Draws taken for each that is kept, so that the kept ones are nearly independent.
const THIN: usize = 8;

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    // Box and Muller.
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

/// mu ~ N(0, 1), log sigma ~ N(0, 0.5), y_i ~ N(mu, sigma); to the power `power`.
fn posterior(y: Vec<f64>, power: f64) -> impl Density {
    plain(2, move |x: &[f64], g: &mut [f64]| {
        let (mu, log_sigma) = (x[0], x[1]);
        let precision = (-2.0 * log_sigma).exp();
        let mut lp = -0.5 * mu * mu - 2.0 * log_sigma * log_sigma;
        g[0] = -mu;
        g[1] = -4.0 * log_sigma;
        for y in &y {
            let r = y - mu;
            lp -= 0.5 * r * r * precision + log_sigma;
            g[0] += r * precision;
            g[1] += r * r * precision - 1.0;
        }
        g.iter_mut().for_each(|g| *g *= power);
        Ok(power * lp)
    })
}

/// Ranks over all replications; `distort` gets the draws of one replication.
fn calibrate(power: f64, adaptation: Adaptation, distort: impl Fn(&mut Vec<f64>)) -> Ranks {
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    let mut ranks = Ranks::new(vec!["mu".into(), "log_sigma".into()], DRAWS);
    for replication in 0..REPLICATIONS {
        let truth = [normal(&mut rng), 0.5 * normal(&mut rng)];
        let y = (0..N).map(|_| truth[0] + truth[1].exp() * normal(&mut rng)).collect();
        let settings = Settings {
            chains: 1,
            warmup: 300,
            draws: DRAWS * THIN,
            seed: replication as u64,
            adaptation,
            ..Settings::default()
        };
        let draws = sample(&posterior(y, power), &settings).unwrap();
        let mut thinned: Vec<Vec<f64>> =
            (0..2).map(|i| draws.column(i)[0].iter().copied().step_by(THIN).collect()).collect();
        thinned.iter_mut().for_each(&distort);
        ranks.add(&truth, &thinned, rng.random()).unwrap();
    }
    ranks
}

#[test]
fn the_sampler_is_calibrated() {
    for adaptation in [Adaptation::Diagonal, Adaptation::LowRank] {
        let verdicts = calibrate(1.0, adaptation, |_| {}).test(0.001);
        println!("{adaptation:?} {verdicts:?}");
        assert!(verdicts.iter().all(|v| v.uniform), "{verdicts:?}");
    }
}

#[test]
fn broken_samplers_are_found() {
    // Half the variance: a posterior that is too sure of itself.
    let verdicts = calibrate(2.0, Adaptation::Diagonal, |_| {}).test(0.001);
    assert!(verdicts.iter().any(|v| !v.uniform), "{verdicts:?}");
    // Draws that are shifted by 0.3.
    let verdicts = calibrate(1.0, Adaptation::Diagonal, |draws| draws.iter_mut().for_each(|x| *x += 0.3)).test(0.001);
    assert!(verdicts.iter().any(|v| !v.uniform), "{verdicts:?}");
    // A chain that often stays where it is.
    let stuck = |draws: &mut Vec<f64>| (0..draws.len()).for_each(|i| draws[i] = draws[i / 50 * 50]);
    let verdicts = calibrate(1.0, Adaptation::Diagonal, stuck).test(0.001);
    assert!(verdicts.iter().any(|v| !v.uniform), "{verdicts:?}");
}
