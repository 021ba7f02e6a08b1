//! `ppl evidence` on conjugate models, whose evidence is known in closed form.

#![cfg(feature = "cli")]

mod common;

use common::{Directory, ppl};
use ppl_runtime::math::lgamma;

/// Runs the command on a program and its data.
fn evidence(name: &str, program: &str, data: &str) -> (i32, String, String) {
    let directory = Directory::new(name);
    let model = directory.file(&format!("{name}.stan"), program);
    directory.file(&format!("{name}.data.json"), data);
    ppl(&["evidence", &model, "--json", "--seed", "7", "--warmup", "500", "--draws-per-chain", "2000"])
}

/// Bridge sampling lies within four of its stated standard errors, which are small, of the exact figure.
fn agrees(name: &str, program: &str, data: &str, exact: f64) {
    let (code, out, err) = evidence(name, program, data);
    assert_eq!(code, 0, "{name}: {err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let (found, error) = (json["log_evidence"].as_f64().unwrap(), json["log_error"].as_f64().unwrap());
    println!("{name}: {found:.5} +- {error:.5}, exact {exact:.5}, {:.2} errors away", (found - exact).abs() / error);
    assert!(error < 0.02, "{name}: error {error}");
    assert!((found - exact).abs() < 4.0 * error, "{name}: {found} and {exact}, error {error}");
}

fn ln_choose(n: f64, k: f64) -> f64 {
    lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)
}

fn ln_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

#[test]
fn beta_binomial() {
    let (n, k): ([f64; 4], [f64; 4]) = ([12.0, 7.0, 30.0, 9.0], [3.0, 2.0, 11.0, 0.0]);
    let (a, b) = (2.0, 3.5);
    let (successes, trials) = (k.iter().sum::<f64>(), n.iter().sum::<f64>());
    let exact = n.iter().zip(&k).map(|(n, k)| ln_choose(*n, *k)).sum::<f64>()
        + ln_beta(a + successes, b + trials - successes)
        - ln_beta(a, b);
    let program = "data { int J; array[J] int n; array[J] int k; } parameters { real<lower=0, upper=1> p; }
        model { p ~ beta(2, 3.5); k ~ binomial(n, p); }";
    agrees("beta_binomial", program, r#"{"J": 4, "n": [12, 7, 30, 9], "k": [3, 2, 11, 0]}"#, exact);
}

#[test]
fn gamma_poisson() {
    let k: [f64; 6] = [4.0, 0.0, 7.0, 3.0, 2.0, 5.0];
    let (a, b, sum, n) = (2.5, 0.8, k.iter().sum::<f64>(), k.len() as f64);
    let exact = a * f64::ln(b) - lgamma(a) + lgamma(a + sum)
        - (a + sum) * (b + n).ln()
        - k.iter().map(|k| lgamma(k + 1.0)).sum::<f64>();
    let program = "data { int N; array[N] int k; } parameters { real<lower=0> rate; }
        model { rate ~ gamma(2.5, 0.8); for (n in 1:N) target += poisson_lpmf(k[n] | rate); }";
    agrees("gamma_poisson", program, r#"{"N": 6, "k": [4, 0, 7, 3, 2, 5]}"#, exact);
}

#[test]
fn normal_normal() {
    let y: [f64; 5] = [1.3, -0.4, 2.2, 0.7, 1.9];
    // One observation given those before it.
    let (mut mean, mut variance, noise) = (0.5, 9.0, 1.44);
    let mut exact = 0.0;
    for y in y {
        let total: f64 = variance + noise;
        exact += -0.5 * (y - mean) * (y - mean) / total - 0.5 * (2.0 * std::f64::consts::PI * total).ln();
        let gain = variance / total;
        mean += gain * (y - mean);
        variance *= 1.0 - gain;
    }
    let program =
        "data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(0.5, 3); y ~ normal(mu, 1.2); }";
    agrees("normal_normal", program, r#"{"N": 5, "y": [1.3, -0.4, 2.2, 0.7, 1.9]}"#, exact);
}

#[test]
fn normal_inverse_gamma_regression() {
    let (x, y): ([f64; 6], [f64; 6]) = ([-1.5, -0.7, 0.1, 0.4, 1.1, 1.8], [0.2, 0.9, 1.1, 1.9, 2.0, 3.3]);
    // beta ~ normal(0, 2 sigma) for intercept and slope, sigma^2 ~ inv_gamma(3, 2).
    let (a, b, precision, n) = (3.0, 2.0, 0.25, x.len() as f64);
    let sum = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(f).sum::<f64>();
    let (p11, p12, p22) = (n + precision, sum(&|i| x[i]), sum(&|i| x[i] * x[i]) + precision);
    let determinant = p11 * p22 - p12 * p12;
    let (r1, r2) = (sum(&|i| y[i]), sum(&|i| x[i] * y[i]));
    let explained = (p22 * r1 * r1 - 2.0 * p12 * r1 * r2 + p11 * r2 * r2) / determinant;
    let (a_n, b_n) = (a + 0.5 * n, b + 0.5 * (sum(&|i| y[i] * y[i]) - explained));
    let exact = -0.5 * n * (2.0 * std::f64::consts::PI).ln()
        + 0.5 * (precision * precision / determinant).ln()
        + a * f64::ln(b)
        - a_n * f64::ln(b_n)
        + lgamma(a_n)
        - lgamma(a);
    let program = "data { int N; vector[N] x; vector[N] y; }
        parameters { vector[2] beta; real<lower=0> variance; }
        transformed parameters { real sigma = sqrt(variance); }
        model { variance ~ inv_gamma(3, 2); beta ~ normal(0, 2 * sigma); y ~ normal(beta[1] + beta[2] * x, sigma); }";
    let data = r#"{"N": 6, "x": [-1.5, -0.7, 0.1, 0.4, 1.1, 1.8], "y": [0.2, 0.9, 1.1, 1.9, 2.0, 3.3]}"#;
    agrees("normal_inverse_gamma", program, data, exact);
}

#[test]
fn dirichlet_multinomial() {
    let (alpha, k): ([f64; 4], [f64; 4]) = ([1.5, 1.0, 2.0, 0.7], [8.0, 3.0, 0.0, 5.0]);
    let (total, count) = (alpha.iter().sum::<f64>(), k.iter().sum::<f64>());
    let exact = lgamma(count + 1.0) - k.iter().map(|k| lgamma(k + 1.0)).sum::<f64>() + lgamma(total)
        - lgamma(total + count)
        + alpha.iter().zip(&k).map(|(a, k)| lgamma(a + k) - lgamma(*a)).sum::<f64>();
    let program = "data { int K; vector[K] alpha; array[K] int k; } parameters { simplex[K] p; }
        model { p ~ dirichlet(alpha); k ~ multinomial(p); }";
    agrees("dirichlet_multinomial", program, r#"{"K": 4, "alpha": [1.5, 1, 2, 0.7], "k": [8, 3, 0, 5]}"#, exact);
}

#[test]
fn what_has_no_evidence_is_refused() {
    let data = r#"{"y": [1.0, 2.0, 0.5]}"#;
    let flat = "data { array[3] real y; } parameters { real mu; real<lower=0> sigma; } model { sigma ~ exponential(1); y ~ normal(mu, sigma); }";
    let (code, out, err) = evidence("flat", flat, data);
    assert!(code == 2 && out.is_empty() && err.contains("`mu` has no proper prior"), "{code} {err}");
    // A factor without a finite integral, which no rule tells.
    let factor = "data { array[3] real y; } parameters { real mu; real<lower=0> sigma; }
        model { mu ~ normal(0, 1); target += -log(sigma); y ~ normal(mu, sigma); }";
    let (code, out, err) = evidence("factor", factor, data);
    assert!(
        code == 2 && out.is_empty() && err.contains("chains on the prior alone do not come together"),
        "{code} {err}"
    );
}
