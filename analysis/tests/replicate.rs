//! The program that draws the observed data again, given the parameters: its text, and the law of what it draws.

use ppl_analysis::reverse::{Replicating, replicating};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::Interpreter;
use ppl_program::check;
use ppl_program::typed::Program;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

fn compiled(text: &str) -> Program {
    let source = SourceMap::from_text("program.stan", text.to_string());
    let parsed = ppl_grammar::parse::parse(&source);
    assert!(parsed.is_ok(), "{:?}\n{text}", parsed.diagnostics);
    check(&parsed.program).unwrap_or_else(|errors| panic!("{errors:?}\n{text}")).program
}

fn of(text: &str) -> Result<Replicating, String> {
    let source = SourceMap::from_text("program.stan", text.to_string());
    let locate = |span| (source.start(span).line, source.start(span).column);
    replicating(&compiled(text), &locate).map_err(|reasons| reasons[0].text.clone())
}

/// Means, with standard errors, of the numbers of the replications at a point of the unconstrained space.
fn means(text: &str, data: &str, theta: &[f64]) -> Vec<(f64, f64)> {
    const DRAWS: u64 = 4000;
    let replicating = of(text).unwrap();
    let printed = print_program(&replicating.program, Parentheses::Minimal);
    let interpreter = Interpreter::new(Arc::new(compiled(&printed)));
    let environment =
        interpreter.bind(&RawData::from_json(data).unwrap()).unwrap_or_else(|e| panic!("{e:?}\n{printed}"));
    let row = |draw| {
        let stream = Stream { seed: 5, chain: 0, draw };
        interpreter.write_array(&environment, theta, stream).unwrap_or_else(|e| panic!("{}\n{printed}", e.message))
    };
    let rows: Vec<Vec<f64>> = (0..DRAWS).map(row).collect();
    let drawn = |name: &String| replicating.observed.iter().any(|(_, rep)| name.split('.').next() == Some(rep));
    let at: Vec<usize> = (0..rows[0].len()).filter(|&k| drawn(&environment.names()[k])).collect();
    at.into_iter()
        .map(|k| {
            let n = DRAWS as f64;
            let mean = rows.iter().map(|row| row[k]).sum::<f64>() / n;
            let variance = rows.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
            (mean, (variance / n).sqrt())
        })
        .collect()
}

#[track_caller]
fn draws(text: &str, data: &str, theta: &[f64], expected: &[f64]) {
    let found = means(text, data, theta);
    assert_eq!(found.len(), expected.len());
    for ((mean, error), expected) in found.iter().zip(expected) {
        assert!((mean - expected).abs() < 4.5 * error + 1e-12, "{found:?}, not {expected}");
    }
}

#[test]
fn the_program_has_the_parameters_and_no_model() {
    let text = "data { int N; vector[N] x; vector[N] y; real unused; }
        parameters { real a; real b; real<lower=0> s; }
        transformed parameters { vector[N] mu = a + b * x; real ratio = a / b; }
        model { a ~ normal(0, 1); y ~ normal(mu, s); }
        generated quantities { real z = normal_rng(a, 1); }";
    let replicating = of(text).unwrap();
    assert_eq!(replicating.observed, [("y".to_string(), "y_rep".to_string())]);
    let expected = "data {\n  int N;\n  vector[N] x;\n}\nparameters {\n  real a;\n  real b;\n  real<lower=0> s;\n}\n\
        transformed parameters {\n  vector[N] mu = a + b * x;\n}\ngenerated quantities {\n  vector[N] y_rep;\n  \
        y_rep = to_vector(normal_rng(mu, s));\n}\n";
    assert_eq!(print_program(&replicating.program, Parentheses::Minimal), expected);
}

#[test]
fn priors_that_cannot_be_drawn_are_no_obstacle() {
    // Improper, by a factor, and with two densities.
    let text = "data { int N; array[N] real y; } parameters { real m; real<lower=0> s; real t; }
        model { target += -2 * log(s); t ~ normal(0, 1); t ~ normal(m, s); for (n in 1:N) y[n] ~ normal(m + t, s); }";
    draws(text, r#"{"N": 2, "y": [0, 0]}"#, &[1.5, 0.0, -0.5], &[1.0, 1.0]);
}

#[test]
fn outcomes_follow_the_replication_of_those_before() {
    let text = "data { int T; vector[T] y; } parameters { real phi; }
        transformed parameters { vector[T] m; m[1] = 2; for (t in 2:T) m[t] = phi * y[t - 1]; }
        model { for (t in 1:T) y[t] ~ normal(m[t], 0.5); }";
    draws(text, r#"{"T": 3, "y": [100, 100, 100]}"#, &[0.5], &[2.0, 1.0, 0.5]);
    let given = "data { int T; vector[T] y; } parameters { real phi; }
        model { for (t in 2:T) y[t] ~ normal(phi * y[t - 1], 0.5); }";
    draws(given, r#"{"T": 3, "y": [100, 0, 0]}"#, &[0.5], &[100.0, 50.0, 25.0]);
}

#[test]
fn rewrites_hold_given_the_parameters() {
    let mixture = "data { int N; vector[N] y; } parameters { real<lower=0, upper=1> w; }
        model { for (n in 1:N) target += log_mix(w, normal_lpdf(y[n] | 4, 1), normal_lpdf(y[n] | 0, 1)); }";
    draws(mixture, r#"{"N": 2, "y": [0, 0]}"#, &[0.0], &[2.0, 2.0]);
    let inflated = "data { int N; array[N] int<lower=0> y; } parameters { real<lower=0, upper=1> w; real<lower=0> r; }
        model { for (n in 1:N) { if (y[n] == 0) target += log_sum_exp(log(w), log1m(w) + poisson_lpmf(0 | r));
            else target += log1m(w) + poisson_lpmf(y[n] | r); } }";
    draws(inflated, r#"{"N": 2, "y": [0, 3]}"#, &[0.0, f64::ln(6.0)], &[3.0, 3.0]);
    let truncated = "data { int N; array[N] real y; } parameters { real m; }
        model { for (n in 1:N) y[n] ~ normal(m, 1) T[m, ]; }";
    draws(truncated, r#"{"N": 1, "y": [1]}"#, &[3.0], &[3.0 + (2.0 / std::f64::consts::PI).sqrt()]);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = [
        ("parameters { real m; } model { m ~ normal(0, 1); }", "no data a density"),
        (
            "data { real y; } parameters { real m; } model { target += -square(y - m); }",
            "nothing in the program is recognised as observed",
        ),
        (
            "data { real y; } parameters { real m; } model { target += log_mix(0.3, normal_lpdf(m | 0, 1) + normal_lpdf(y | m, 1),
                normal_lpdf(m | 9, 1) + normal_lpdf(y | m, 2)); }",
            "parameters and to observations together",
        ),
    ];
    for (text, why) in refused {
        let found = of(text).map(|r| print_program(&r.program, Parentheses::Minimal)).unwrap_err();
        assert!(found.contains(why), "{found}");
    }
}
