//! Bridge sampling against models whose evidence is known.

mod common;

use common::plain;
use ppl_runtime::density::{Density, EvalError};
use ppl_runtime::math::{lbeta, lgamma};
use ppl_sampler::evidence::{Evidence, EvidenceError, Method, Settings, evidence};
use ppl_sampler::input::InputError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma, StandardNormal};

const LOG_2PI: f64 = 1.8378770664093453;
const METHODS: [Method; 2] = [Method::Normal, Method::Warp3];

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Four chains of independent posterior draws.
fn chains(draws: usize, rng: &mut ChaCha8Rng, mut draw: impl FnMut(&mut ChaCha8Rng) -> Vec<f64>) -> Vec<Vec<f64>> {
    (0..4).map(|_| (0..draws).flat_map(|_| draw(rng)).collect()).collect()
}

fn run<D: Density>(density: &D, chains: &[Vec<f64>], settings: Settings) -> Evidence {
    let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
    evidence(density, &chains, &settings).unwrap()
}

/// A value is within its error, and the error is small.
fn check<D: Density>(name: &str, density: &D, chains: &[Vec<f64>], exact: f64) {
    for method in METHODS {
        let e = run(density, chains, Settings { method, ..Settings::default() });
        println!("{name} {method:?}: {:.5} +- {:.5}, exact {exact:.5}", e.log_evidence, e.log_error);
        assert!((e.log_evidence - exact).abs() < 4.0 * e.log_error, "{name}: {e:?} {exact}");
        assert!(e.log_error < 0.03, "{name}: {e:?}");
    }
}

/// k of n successes, theta ~ beta(a, b), on the logit scale.
fn binomial() -> (impl Density, f64, Beta<f64>) {
    let (n, k, a, b) = (20.0, 3.0, 2.0, 5.0);
    let choose = -lbeta(k + 1.0, n - k + 1.0) - (n + 1f64).ln();
    let density = plain(1, move |x: &[f64], g: &mut [f64]| {
        let theta = 1.0 / (1.0 + (-x[0]).exp());
        g[0] = (a + k) * (1.0 - theta) - (b + n - k) * theta;
        Ok(choose - lbeta(a, b) + (a + k) * theta.ln() + (b + n - k) * (-theta).ln_1p())
    });
    (density, choose + lbeta(a + k, b + n - k) - lbeta(a, b), Beta::new(a + k, b + n - k).unwrap())
}

/// y_i ~ poisson(lambda), lambda ~ gamma(a, b), on the log scale.
fn poisson() -> (impl Density, f64, Gamma<f64>) {
    let y = [3.0, 1.0, 4.0, 1.0, 5.0];
    let (a, b, n) = (1.5, 0.5, y.len() as f64);
    let sum: f64 = y.iter().sum();
    let factorials: f64 = y.iter().map(|y| lgamma(y + 1.0)).sum();
    let prior = a * f64::ln(b) - lgamma(a);
    let density = plain(1, move |x: &[f64], g: &mut [f64]| {
        let lambda = x[0].exp();
        g[0] = a + sum - (b + n) * lambda;
        Ok(prior - factorials + (a + sum) * x[0] - (b + n) * lambda)
    });
    let exact = prior - factorials + lgamma(a + sum) - (a + sum) * (b + n).ln();
    (density, exact, Gamma::new(a + sum, 1.0 / (b + n)).unwrap())
}

/// y_i ~ normal(mu_i, 1), mu_i ~ normal(0, tau), correlated through a shift s ~ normal(0, 2) of all y: dimension 6.
/// Posterior draws by solving for them: s given y, then mu given s and y.
fn hierarchical(seed: u64, draws: usize) -> (impl Density<Workspace = ()>, f64, Vec<Vec<f64>>) {
    let y = [1.2, -0.3, 2.8, 0.4, 1.9];
    let (tau2, shift2) = (1.5f64, 4.0f64);
    let density = plain(6, move |x: &[f64], g: &mut [f64]| {
        let s = x[5];
        let mut lp = -0.5 * (LOG_2PI + shift2.ln() + s * s / shift2);
        g[5] = -s / shift2;
        for i in 0..5 {
            let r = y[i] - x[i] - s;
            lp -= 0.5 * (2.0 * LOG_2PI + r * r + tau2.ln() + x[i] * x[i] / tau2);
            g[i] = r - x[i] / tau2;
            g[5] += r;
        }
        Ok(lp)
    });
    // y ~ normal(0, c I + shift2 1 1'), c = 1 + tau2.
    let (c, n) = (1.0 + tau2, 5.0);
    let (sum, squares): (f64, f64) = (y.iter().sum(), y.iter().map(|y| y * y).sum());
    let log_det = (n - 1.0) * c.ln() + (c + n * shift2).ln();
    let exact = -0.5 * (n * LOG_2PI + log_det + (squares - shift2 * sum * sum / (c + n * shift2)) / c);
    let s_variance = 1.0 / (1.0 / shift2 + n / c);
    let mu_variance = tau2 / c;
    let posterior = chains(draws, &mut ChaCha8Rng::seed_from_u64(seed), |rng| {
        let s = s_variance * sum / c + s_variance.sqrt() * normal(rng);
        let mut x: Vec<f64> = y.iter().map(|y| mu_variance * (y - s) + mu_variance.sqrt() * normal(rng)).collect();
        x.push(s);
        x
    });
    (density, exact, posterior)
}

/// y_i ~ normal(mu, sigma), 1 / sigma^2 ~ gamma(a, b), mu ~ normal(0, sigma / sqrt(k)); coordinates mu and log sigma.
fn location_scale(seed: u64, draws: usize) -> (impl Density<Workspace = ()>, f64, Vec<Vec<f64>>) {
    let y = [0.4, 2.1, -0.7, 1.3, 0.9, 3.2, 0.1];
    let (n, k, a, b) = (7.0, 0.5f64, 2.0f64, 1.5f64);
    let density = plain(2, move |x: &[f64], g: &mut [f64]| {
        let (mu, precision) = (x[0], (-2.0 * x[1]).exp());
        let squares: f64 = y.iter().map(|y| (y - mu) * (y - mu)).sum::<f64>() + k * mu * mu;
        // Density of log sigma: that of the precision times 2 precision.
        let lp = a * b.ln() - lgamma(a) - 2.0 * a * x[1] - b * precision + 2f64.ln();
        g[0] = precision * (y.iter().map(|y| y - mu).sum::<f64>() - k * mu);
        g[1] = -2.0 * a + 2.0 * b * precision - (n + 1.0) + squares * precision;
        Ok(lp - 0.5 * ((n + 1.0) * (LOG_2PI + 2.0 * x[1]) - k.ln() + squares * precision))
    });
    let mean = y.iter().sum::<f64>() / (n + k);
    let (shape, rate) = (a + n / 2.0, b + 0.5 * (y.iter().map(|y| y * y).sum::<f64>() - (n + k) * mean * mean));
    let exact =
        lgamma(shape) - lgamma(a) + a * b.ln() - shape * rate.ln() + 0.5 * (k / (n + k)).ln() - n / 2.0 * LOG_2PI;
    let gamma = Gamma::new(shape, 1.0 / rate).unwrap();
    let posterior = chains(draws, &mut ChaCha8Rng::seed_from_u64(seed), |rng| {
        let sigma = 1.0 / gamma.sample(rng).sqrt();
        vec![mean + sigma / (n + k).sqrt() * normal(rng), sigma.ln()]
    });
    (density, exact, posterior)
}

/// y ~ multinomial(theta), theta ~ dirichlet(alpha) of three parts, as log ratios to the third.
fn multinomial(seed: u64, draws: usize) -> (impl Density<Workspace = ()>, f64, Vec<Vec<f64>>) {
    let (y, alpha) = ([4.0, 0.0, 9.0], [0.8, 1.2, 2.0]);
    let n: f64 = y.iter().sum();
    let total: f64 = alpha.iter().sum();
    let ways = lgamma(n + 1.0) - y.iter().map(|y| lgamma(y + 1.0)).sum::<f64>();
    let prior = lgamma(total) - alpha.iter().map(|a| lgamma(*a)).sum::<f64>();
    let shape = [y[0] + alpha[0], y[1] + alpha[1], y[2] + alpha[2]];
    let density = plain(2, move |x: &[f64], g: &mut [f64]| {
        let log_sum = (x[0].exp() + x[1].exp()).ln_1p();
        // The Jacobian is the product of the parts.
        for i in 0..2 {
            g[i] = shape[i] - (n + total) * (x[i] - log_sum).exp();
        }
        Ok(ways + prior + shape[0] * x[0] + shape[1] * x[1] - (n + total) * log_sum)
    });
    let exact = ways + prior + shape.iter().map(|s| lgamma(*s)).sum::<f64>() - lgamma(n + total);
    let gammas = shape.map(|s| Gamma::new(s, 1.0).unwrap());
    let posterior = chains(draws, &mut ChaCha8Rng::seed_from_u64(seed), |rng| {
        let parts = gammas.map(|g| g.sample(rng).ln());
        vec![parts[0] - parts[2], parts[1] - parts[2]]
    });
    (density, exact, posterior)
}

#[test]
fn conjugate_models_are_within_their_error() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (density, exact, theta) = binomial();
    let draws = chains(1000, &mut rng, |rng| {
        let theta = theta.sample(rng);
        vec![(theta / (1.0 - theta)).ln()]
    });
    check("binomial", &density, &draws, exact);
    let (density, exact, lambda) = poisson();
    let draws = chains(1000, &mut rng, |rng| vec![lambda.sample(rng).ln()]);
    check("poisson", &density, &draws, exact);
    let (density, exact, draws) = hierarchical(12, 1000);
    check("hierarchical normal", &density, &draws, exact);
    let (density, exact, draws) = location_scale(13, 1000);
    check("location and scale", &density, &draws, exact);
    let (density, exact, draws) = multinomial(14, 1000);
    check("multinomial", &density, &draws, exact);
}

#[test]
fn draws_of_the_sampler_do_as_well() {
    let (density, exact, _) = location_scale(3, 1);
    let settings = ppl_sampler::Settings { seed: 5, ..ppl_sampler::Settings::default() };
    let draws = ppl_sampler::sample(&density, &settings).unwrap();
    let unconstrained: Vec<Vec<f64>> = draws.chains.iter().map(|c| c.draws.values.clone()).collect();
    check("location and scale by NUTS", &density, &unconstrained, exact);
}

/// Mean squared distance from the exact value in standard errors, over many runs; 1 if the error is right.
fn calibration(phi: f64, method: Method, error: impl Fn(&Evidence) -> f64) -> f64 {
    // Standard normal in three dimensions times a constant, with a cubic term in the first that both methods have to bridge.
    let density = plain(3, |x: &[f64], g: &mut [f64]| {
        let r = (x[0] / 2.0).tanh();
        g[0] = -x[0] + 0.8 * 0.5 * (1.0 - r * r) / (1.0 + 0.8 * r);
        (g[1], g[2]) = (-x[1], -x[2]);
        // 1 + 0.8 r is skew about 1: the integral is that of the normal.
        Ok(7.0 - 0.5 * x.iter().map(|x| x * x).sum::<f64>() - 1.5 * LOG_2PI + (0.8 * r).ln_1p())
    });
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let runs = 300;
    let total: f64 = (0..runs)
        .map(|seed| {
            // An autoregression whose stationary law is normal; the sign of the first coordinate chosen with the right odds leaves that of the
            // skew density.
            let chains: Vec<Vec<f64>> = (0..4)
                .map(|_| {
                    let mut x = [normal(&mut rng), normal(&mut rng), normal(&mut rng)];
                    (0..200)
                        .flat_map(|_| {
                            for x in &mut x {
                                *x = phi * *x + (1.0 - phi * phi).sqrt() * normal(&mut rng);
                            }
                            let up = 0.5 * (1.0 + 0.8 * (x[0].abs() / 2.0).tanh());
                            let u: f64 = rand::RngExt::random(&mut rng);
                            vec![if u < up { x[0].abs() } else { -x[0].abs() }, x[1], x[2]]
                        })
                        .collect()
                })
                .collect();
            let e = run(&density, &chains, Settings { method, seed, ..Settings::default() });
            ((e.log_evidence - 7.0) / error(&e)).powi(2)
        })
        .sum();
    total / f64::from(runs as u32)
}

#[test]
fn errors_are_of_the_right_size() {
    for method in METHODS {
        for phi in [0.0, 0.7] {
            let z2 = calibration(phi, method, |e| e.log_error);
            println!("{method:?} phi {phi}: mean squared z {z2:.2}");
            // Of 300 runs: standard deviation about 0.08 if normal.
            assert!((0.6..1.5).contains(&z2), "{method:?} {phi}: {z2}");
        }
    }
    // Half the error is found out.
    assert!(calibration(0.0, Method::Normal, |e| 0.5 * e.log_error) > 2.0);
}

#[test]
fn constants_carry_over_and_seeds_repeat() {
    let (density, _, draws) = multinomial(4, 200);
    let a = run(&density, &draws, Settings::default());
    assert_eq!(a, run(&density, &draws, Settings::default()));
    let shifted = plain(2, |x: &[f64], g: &mut [f64]| Ok(density.log_density_gradient(&mut (), x, g)? - 900.0));
    let b = run(&shifted, &draws, Settings::default());
    assert!((a.log_evidence - b.log_evidence - 900.0).abs() < 1e-9 && (a.log_error - b.log_error).abs() < 1e-9);
    let more = run(&density, &draws, Settings { proposals: Some(20_000), ..Settings::default() });
    assert!(more.log_error < a.log_error && more.draws == (400, 20_000));
}

#[test]
fn what_cannot_be_bridged_is_refused() {
    let (density, _, draws) = multinomial(4, 50);
    let fails = |chains: &[&[f64]]| evidence(&density, chains, &Settings::default()).unwrap_err().to_string();
    assert!(fails(&[]).contains("at least"));
    assert!(fails(&[&draws[0][..6]]).contains("first halves"));
    assert!(fails(&[&draws[0][..31]]).contains("whole draws"));
    assert!(fails(&[&[1.0; 80]]).contains("do not vary"));
    let mut broken = draws[0].clone();
    broken[7] = f64::NAN;
    assert!(fails(&[&broken]).contains("NaN"));

    let chains: Vec<&[f64]> = draws.iter().map(Vec::as_slice).collect();
    let impossible = plain(2, |_: &[f64], _: &mut [f64]| Err(EvalError::Reject("no".into())));
    let e = evidence(&impossible, &chains, &Settings::default()).unwrap_err();
    assert!(matches!(e, EvidenceError::Input(InputError::Value { .. })), "{e}");
    let broken = plain(2, |_: &[f64], _: &mut [f64]| Err(EvalError::Fatal("out of range".into())));
    let e = evidence(&broken, &chains, &Settings::default()).unwrap_err();
    assert!(e.to_string().contains("out of range"), "{e}");
    // Draws on a line of which the density knows nothing else.
    let points = std::sync::atomic::AtomicUsize::new(0);
    let only_draws = plain(2, move |_: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        if points.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 100 {
            Ok(0.0)
        } else {
            Err(EvalError::Reject("no".into()))
        }
    });
    assert!(matches!(evidence(&only_draws, &chains, &Settings::default()), Err(EvidenceError::NoOverlap)));
}
