//! From the text of a program to cross-validation and evidence, against closed forms.

use ppl::{CriticismError, Data, LooSettings, Model, ReplicationSettings, Settings, evidence};

const NORMAL: &str =
    "data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(1, 2); y ~ normal(mu, 1.5); }";
const Y: [f64; 6] = [0.3, 2.1, -0.7, 1.4, 3.0, 0.9];

fn data(y: &[f64]) -> Data {
    Data::new().int("N", y.len() as i32).reals("y", y)
}

fn fit() -> Settings {
    Settings { seed: 3, chains: 4, warmup: 500, draws: 2000, ..Settings::default() }
}

fn log_normal(y: f64, mean: f64, variance: f64) -> f64 {
    -0.5 * (y - mean).powi(2) / variance - 0.5 * (2.0 * std::f64::consts::PI * variance).ln()
}

/// Posterior mean and variance of mu, and the log evidence, one observation after the other.
fn conjugate(y: &[f64]) -> (f64, f64, f64) {
    let (mut mean, mut variance, mut log_evidence) = (1.0, 4.0, 0.0);
    for &y in y {
        log_evidence += log_normal(y, mean, variance + 2.25);
        let posterior = 1.0 / (1.0 / variance + 1.0 / 2.25);
        mean = posterior * (mean / variance + y / 2.25);
        variance = posterior;
    }
    (mean, variance, log_evidence)
}

#[test]
fn leaving_one_out_of_a_conjugate_model() {
    let criticism = Model::compile(NORMAL).unwrap().criticism().unwrap().bind(&data(&Y)).unwrap();
    let draws = criticism.bound().sample(&fit()).unwrap();
    let pointwise = criticism.pointwise(&draws).unwrap();
    assert_eq!(pointwise.names[2], "y[3]");
    let out = criticism.leave_one_out(&pointwise, &LooSettings::default()).unwrap();
    assert!(out.loo.bad().is_empty());
    let folds: Vec<usize> = (0..6).collect();
    let k_fold = criticism.k_fold(&pointwise, &folds, &fit()).unwrap();
    for (left_out, y) in Y.into_iter().enumerate() {
        let others: Vec<f64> = (0..6).filter(|i| *i != left_out).map(|i| Y[i]).collect();
        let (mean, variance, _) = conjugate(&others);
        let exact = log_normal(y, mean, variance + 2.25);
        let (loo, fold) = (out.loo.units[left_out].elpd, k_fold.units[left_out].elpd);
        assert!((loo - exact).abs() < 0.02, "{left_out}: {loo} and {exact}");
        assert!((fold - exact).abs() < 0.02, "{left_out}: {fold} and {exact}");
    }
}

#[test]
fn the_evidence_of_conjugate_models() {
    let ln = f64::ln;
    // Poisson counts 2, 0, 3 with rate ~ gamma(2, 1.5): Gamma(7) 1.5^2 / (Gamma(2) 4.5^7 2! 0! 3!).
    let gamma = ln(720.0) + 2.0 * ln(1.5) - 7.0 * ln(4.5) - ln(12.0);
    // 3 of 5 with a uniform chance: 1 / 6.
    let uniform = -ln(6.0);
    let programs = [
        (NORMAL, data(&Y), conjugate(&Y).2),
        (
            "data { array[3] int k; } parameters { real<lower=0> r; } model { r ~ gamma(2, 1.5); k ~ poisson(r); }",
            Data::new().ints("k", &[2, 0, 3]),
            gamma,
        ),
        (
            "data { int k; } parameters { real<lower=0, upper=1> p; } model { k ~ binomial(5, p); }",
            Data::new().int("k", 3),
            uniform,
        ),
        // Half of a normal density: y = 1 given s in (0, infinity), with y ~ normal(s, 1): 2 normal(1 | 0, 2) Phi(1 / sqrt 2).
        (
            "data { real y; } parameters { real<lower=0> s; } model { s ~ normal(0, 1); y ~ normal(s, 1); }",
            Data::new().real("y", 1.0),
            ln(2.0) + log_normal(1.0, 0.0, 2.0) + ln(0.760_249_938_906_523_3),
        ),
    ];
    for (text, data, exact) in programs {
        let criticism = Model::compile(text).unwrap().criticism().unwrap().bind(&data).unwrap();
        let found = criticism.evidence(&fit(), &evidence::Settings::default()).unwrap();
        assert!(found.log_error < 0.05, "{text}: {}", found.log_error);
        let difference = (found.log_evidence - exact).abs();
        assert!(difference < 4.0 * found.log_error, "{text}: {} and {exact}, {}", found.log_evidence, found.log_error);
    }
}

#[test]
fn what_has_no_evidence_or_no_likelihood_is_refused() {
    let improper = "data { real y; } parameters { real mu; } model { y ~ normal(mu, 1); }";
    let criticism = Model::compile(improper).unwrap().criticism().unwrap().bind(&Data::new().real("y", 1.0)).unwrap();
    let error = criticism.evidence(&fit(), &evidence::Settings::default()).unwrap_err();
    assert!(matches!(&error, CriticismError::Improper(text) if text.contains("`mu`")), "{error}");
    let nothing = Model::compile("parameters { real mu; } model { mu ~ normal(0, 1); }").unwrap();
    assert!(matches!(nothing.criticism().unwrap_err(), CriticismError::NotApart(_)));
}

#[test]
fn draws_of_other_data_or_models_are_refused() {
    let model = Model::compile(NORMAL).unwrap();
    let criticism = model.criticism().unwrap();
    let bound = criticism.bind(&data(&Y)).unwrap();
    let settings = Settings { draws: 50, warmup: 100, ..fit() };
    let draws = bound.bound().sample(&settings).unwrap();
    assert!(bound.pointwise(&draws).is_ok());
    let other = criticism.bind(&data(&[5.0, 2.0])).unwrap();
    assert!(matches!(other.pointwise(&draws).unwrap_err(), CriticismError::Draws(_)));
    let renamed = Model::compile(&NORMAL.replace("mu", "nu")).unwrap();
    let renamed = renamed.criticism().unwrap().bind(&data(&Y)).unwrap();
    let error = renamed.pointwise(&draws).unwrap_err();
    assert!(error.to_string().contains("`nu`"), "{error}");
}

#[test]
fn replications_have_the_predictive_distribution() {
    let criticism = Model::compile(NORMAL).unwrap().bind(&data(&Y)).unwrap();
    let draws = criticism.sample(&fit()).unwrap();
    let settings = ReplicationSettings { threads: 1, ..ReplicationSettings::default() };
    let out = criticism.replicate(&draws, &settings).unwrap();
    let y = &out.variables[0];
    assert_eq!((y.name.as_str(), y.dims.as_slice(), y.observed.as_slice()), ("y", &[6][..], &Y[..]));
    assert_eq!((out.draws.len(), out.rejected, y.values.len()), (8000, 0, 48_000));
    let (mean, variance, _) = conjugate(&Y);
    let of = |f: &dyn Fn(f64) -> f64| y.values.iter().map(|v| f(*v)).sum::<f64>() / y.values.len() as f64;
    let found = of(&|v| v);
    assert!((found - mean).abs() < 0.05, "{found} and {mean}");
    let spread = of(&|v| (v - mean).powi(2));
    assert!((spread - variance - 2.25).abs() < 0.1, "{spread} and {}", variance + 2.25);
    // The draw of the fit is the draw of the data set: values of one data set share it.
    let both = (0..8000).map(|k| (y.row(k)[0] - mean) * (y.row(k)[1] - mean)).sum::<f64>() / 8000.0;
    assert!((both - variance).abs() < 0.1, "{both} and {variance}");
    // Any number of threads.
    assert_eq!(criticism.replicate(&draws, &ReplicationSettings { threads: 3, ..settings.clone() }).unwrap(), out);
    let fewer = criticism.replicate(&draws, &ReplicationSettings { draws: 10, ..settings }).unwrap();
    assert_eq!(fewer.draws, (0..10).map(|k| 800 * k).collect::<Vec<_>>());
}

#[test]
fn replications_of_series_with_improper_priors() {
    // What is computed from the series, and its given first value, follow the replication.
    let text = "data { int T; vector[T] y; }
         parameters { real mu; real<lower=-1, upper=1> phi; real<lower=0> sigma; }
         transformed parameters { vector[T] m; m[1] = mu; for (t in 2:T) m[t] = mu + phi * (y[t - 1] - mu); }
         model { for (t in 2:T) y[t] ~ normal(m[t], sigma); }";
    let model = Model::compile(text).unwrap();
    let program = model.replicating().unwrap();
    assert!(program.text().contains("y_rep[t - 1]"), "{}", program.text());
    let y = [10.0, 10.4, 10.1, 10.5, 10.2, 10.6, 10.1, 10.3];
    let bound = model.bind(&Data::new().int("T", 8).reals("y", &y)).unwrap();
    let draws = bound.sample(&Settings { draws: 500, ..fit() }).unwrap();
    let out = bound.replicate(&draws, &ReplicationSettings::default()).unwrap();
    for k in 0..out.draws.len() {
        let row = out.variables[0].row(k);
        assert_eq!(row[0], 10.0);
        assert!(row[1..].iter().all(|v| v.is_finite() && !y.contains(v)), "{row:?}");
    }
}

#[test]
fn what_cannot_be_replicated_is_refused() {
    let nothing = Model::compile("parameters { real mu; } model { mu ~ normal(0, 1); }").unwrap();
    assert!(matches!(nothing.replicating().unwrap_err(), CriticismError::NotReplicated(_)));
    let joint = "data { int N; vector[N] y; } parameters { real mu; }
         model { target += log_mix(0.3, normal_lpdf(mu | 0, 1) + normal_lpdf(y | mu, 1), normal_lpdf(mu | 9, 1) + normal_lpdf(y | mu, 2)); }";
    let error = Model::compile(joint).unwrap().replicating().unwrap_err().to_string();
    assert!(error.contains("together"), "{error}");
}
