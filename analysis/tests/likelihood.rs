//! The parts that the pointwise program writes down add up to `target`, on every model of the standard library and on programs
//! that show one way of writing a likelihood each.

use ppl_analysis::likelihood::{Pointwise, Units, pointwise};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Options};
use ppl_program::check;
use ppl_program::typed::Program;
use ppl_runtime::data::{Datum, RawData};
use ppl_runtime::density::Stream;
use std::sync::Arc;

fn compiled(text: &str) -> Program {
    let source = SourceMap::from_text("program", text.to_string());
    let parsed = ppl_grammar::parse::parse(&source);
    assert!(parsed.is_ok(), "{:?}\n{text}", parsed.diagnostics);
    match check(&parsed.program) {
        Ok(checked) => checked.program,
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

/// The program taken apart, and its text.
fn taken_apart(text: &str) -> (Pointwise, String) {
    let source = SourceMap::from_text("program", text.to_string());
    let locate = |span| (source.start(span).line, source.start(span).column);
    let out = pointwise(&compiled(text), &locate).unwrap_or_else(|reasons| panic!("{reasons:?}\n{text}"));
    let written = print_program(&out.program, Parentheses::Minimal);
    (out, written)
}

/// Log-likelihoods of the units that were observed, and the log prior, at a point.
fn parts(text: &str, data: &str, theta: &[f64]) -> (Vec<f64>, f64) {
    let (out, written) = taken_apart(text);
    let interpreter = Interpreter::new(Arc::new(compiled(&written)));
    let data = RawData::from_json(data).expect("data");
    let environment = interpreter.bind(&data).unwrap_or_else(|e| panic!("{e:?}\n{written}"));
    let values = interpreter
        .write_array(&environment, theta, Stream { seed: 1, chain: 0, draw: 0 })
        .unwrap_or_else(|e| panic!("{e:?}\n{written}"));
    let of = |name: &str| -> Vec<f64> {
        let at = |(n, _): &(&String, &f64)| n.split('.').next() == Some(name);
        environment.names().iter().zip(&values).filter(at).map(|(_, v)| *v).collect()
    };
    let mut units = Vec::new();
    for group in &out.groups {
        for (value, count) in of(&group.values).into_iter().zip(of(&group.counts)) {
            match count > 0.0 {
                true => units.push(value),
                false => assert_eq!(value, 0.0, "{written}"),
            }
        }
    }
    (units, of(&out.log_prior)[0])
}

fn target(text: &str, data: &str, theta: &[f64]) -> Option<f64> {
    let interpreter = Interpreter::new(Arc::new(compiled(text)));
    let environment = interpreter.bind(&RawData::from_json(data).expect("data")).expect("data that fit");
    interpreter.log_density::<f64>(&environment, theta, Options::NORMALISED).ok()
}

fn dim(text: &str, data: &str) -> usize {
    let interpreter = Interpreter::new(Arc::new(compiled(text)));
    interpreter.bind(&RawData::from_json(data).expect("data")).unwrap_or_else(|e| panic!("{e:?}")).dim()
}

/// The density of the weighted program with these weights.
fn weighted(text: &str, data: &str, theta: &[f64], weight: f64) -> f64 {
    let (out, written) = taken_apart(text);
    let mut data = RawData::from_json(data).expect("data");
    let interpreter = Interpreter::new(Arc::new(compiled(&written)));
    let environment = interpreter.bind(&data).expect("data that fit");
    fn nested(dims: &[usize], weight: f64) -> Datum {
        match dims.split_first() {
            None => Datum::Real(weight),
            Some((&n, rest)) => Datum::List(vec![nested(rest, weight); n]),
        }
    }
    for group in &out.groups {
        let quantity = environment.quantities().iter().find(|q| q.name == group.values).expect("the values");
        let dims = quantity.shape.dims();
        data.set(group.weights.clone(), nested(&dims, weight));
        if let Some(sizes) = &group.sizes {
            data.set(sizes.clone(), Datum::List(dims.iter().map(|d| Datum::Int(*d as i64)).collect()));
        }
    }
    let text = print_program(&out.weighted, Parentheses::Minimal);
    let interpreter = Interpreter::new(Arc::new(compiled(&text)));
    let environment = interpreter.bind(&data).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    interpreter.log_density::<f64>(&environment, theta, Options::NORMALISED).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

/// Checks the sum at some points, and returns the number of units.
fn adds_up(name: &str, text: &str, data: &str) -> usize {
    let dim = dim(text, data);
    let mut units = 0;
    let mut compared = 0;
    for point in 0..5 {
        let theta: Vec<f64> = (0..dim).map(|i| 0.7 * f64::sin((1 + point * 31 + i * 17) as f64)).collect();
        let Some(expected) = target(text, data, &theta).filter(|t| t.is_finite()) else { continue };
        let (log_lik, log_prior) = parts(text, data, &theta);
        let sum = log_lik.iter().sum::<f64>() + log_prior;
        let size = log_lik.iter().map(|l| l.abs()).sum::<f64>() + log_prior.abs();
        assert!((sum - expected).abs() <= 1e-11 * (1.0 + size), "{name}: {sum} and {expected}");
        let tolerance = 1e-11 * (1.0 + size);
        assert!((weighted(text, data, &theta, 1.0) - expected).abs() <= tolerance, "{name}");
        assert!((weighted(text, data, &theta, 0.0) - log_prior).abs() <= tolerance, "{name}");
        units = log_lik.len();
        compared += 1;
    }
    assert!(compared > 0, "{name}: no point has a density");
    units
}

#[test]
fn the_parts_of_the_library_add_up() {
    for model in ppl_stdlib::MODELS {
        let Some(data) = model.data else { continue };
        let units = adds_up(model.name, model.program, data);
        assert!(units > 0, "{}", model.name);
        println!("{} {units}", model.name);
    }
}

#[test]
fn zeros_of_inflated_counts_are_units_of_the_counts() {
    let head = "data { int N; array[N] int y; } parameters { real<lower=0, upper=1> p; real eta; } model { p ~ beta(1, 3); eta ~ normal(0, 1); ";
    let data = r#"{"N": 5, "y": [0, 3, 0, 1, 7]}"#;
    let inflated = [
        "for (n in 1:N) { if (y[n] == 0) target += log_mix(p, 0, poisson_log_lpmf(0 | eta)); \
         else target += log1m(p) + poisson_log_lpmf(y[n] | eta); }",
        "for (n in 1:N) { if (0 == y[n]) target += log_mix(p, 0, poisson_log_lpmf(0 | eta)); \
         else { target += log1p(-p); y[n] ~ poisson_log(eta); } }",
        "for (n in 1:N) { if (y[n] > 0) { target += log1m(p); y[n] ~ poisson_log(eta); } \
         else target += log_sum_exp(log(p), log1m(p) - exp(eta)); }",
    ];
    let hurdles = [
        "for (n in 1:N) { if (y[n] == 0) target += log(p); \
         else target += log1m(p) + poisson_log_lpmf(y[n] | eta) - log1m_exp(-exp(eta)); }",
        "for (n in 1:N) { if (0 == y[n]) target += log(p); \
         else { target += log1m(p) - log1m_exp(-exp(eta)); y[n] ~ poisson_log(eta); } }",
    ];
    let theta = [-0.4, 0.3];
    for ways in [&inflated[..], &hurdles[..]] {
        let mut first: Option<(Vec<f64>, f64)> = None;
        for way in ways {
            let text = format!("{head}{way} }}");
            assert_eq!(adds_up(way, &text, data), 5, "{way}");
            let found = parts(&text, data, &theta);
            let (units, prior) = first.get_or_insert(found.clone());
            assert!(units.iter().zip(&found.0).all(|(a, b)| (a - b).abs() < 1e-12), "{way}: {units:?} {found:?}");
            assert!((*prior - found.1).abs() < 1e-12, "{way}");
        }
    }
}

#[test]
fn the_jacobian_of_a_transformed_outcome_is_of_the_outcome() {
    let head =
        "data { int N; vector<lower=0>[N] y; } parameters { real mu; real<lower=0> s; } model { mu ~ normal(0, 1); ";
    let data = r#"{"N": 4, "y": [0.5, 1.5, 2.0, 0.1]}"#;
    let ways = [
        "for (n in 1:N) target += normal_lpdf(log(y[n]) | mu, s) - log(y[n]);",
        "for (n in 1:N) { target += normal_lpdf(log(y[n]) | mu, s); target += -log(y[n]); }",
    ];
    let theta = [0.3, -0.2];
    let (units, prior) = parts(&format!("{head} y ~ lognormal(mu, s); }}"), data, &theta);
    for way in ways {
        let text = format!("{head}{way} }}");
        assert_eq!(adds_up(way, &text, data), 4, "{way}");
        let found = parts(&text, data, &theta);
        assert!(units.iter().zip(&found.0).all(|(a, b)| (a - b).abs() < 1e-12), "{way}: {units:?} {found:?}");
        assert!((prior - found.1).abs() < 1e-12, "{way}");
    }
}

#[test]
fn an_element_is_a_unit_however_it_is_written() {
    let head = "data { int N; vector[N] y; } parameters { real mu; real<lower=0> s; } model { mu ~ normal(0, 1); ";
    let data = r#"{"N": 4, "y": [0.5, 1.5, 2.0, 0.1]}"#;
    let ways = [
        "y ~ normal(mu, s);",
        "for (n in 1:N) y[n] ~ normal(mu, s);",
        "target += normal_lupdf(y | mu, s);",
        "for (n in 1:N) target += normal_lpdf(y[n] | mu, s);",
        "y ~ normal(rep_vector(mu, N), s);",
        "to_array_1d(y) ~ normal(mu, s);",
        "head(y, 2) ~ normal(mu, s); y[3:N] ~ normal(mu, s);",
        "(y - mu) ~ normal(0, s);",
    ];
    let theta = [0.3, -0.2];
    let mut first: Option<(Vec<f64>, f64)> = None;
    for way in ways {
        let text = format!("{head}{way} }}");
        assert_eq!(adds_up(way, &text, data), 4, "{way}");
        let found = parts(&text, data, &theta);
        let (units, prior) = first.get_or_insert(found.clone());
        assert!(units.iter().zip(&found.0).all(|(a, b)| (a - b).abs() < 1e-12), "{way}: {units:?} {found:?}");
        assert!((*prior - found.1).abs() < 1e-12, "{way}");
    }
    let (units, prior) = first.unwrap();
    let normal =
        |y: f64, m: f64, s: f64| -0.5 * ((y - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    assert!((units[1] - normal(1.5, 0.3, f64::exp(-0.2))).abs() < 1e-13);
    assert!((prior - normal(0.3, 0.0, 1.0)).abs() < 1e-13);
}

#[test]
fn truncated_and_given_values() {
    let text = "data { int N; array[N] int k; vector[N] y; } parameters { real<lower=0> m; vector[2] b; }
        model { m ~ normal(1, 1) T[0, ]; b ~ normal([0, 1]', 1) T[-9, 9];
          for (n in 2:N) { k[n] ~ poisson(m) T[1, 20]; y[n] ~ normal(0.5 * y[n - 1], m) T[, 9]; } }";
    let data = r#"{"N": 4, "k": [0, 1, 3, 2], "y": [1, 2, 0.5, -1]}"#;
    assert_eq!(adds_up("truncated", text, data), 6);
}

#[test]
fn vectors_of_multivariate_families_are_units() {
    let text = "data { int N; array[N] vector[2] y; matrix[N, 2] z; array[N, 3] int c; }
        parameters { vector[2] mu; cholesky_factor_corr[2] L; simplex[3] p; }
        model { mu ~ normal(0, 1); L ~ lkj_corr_cholesky(2); y ~ multi_normal_cholesky(mu, L);
          to_vector(z) ~ normal(mu[1], 1);
          for (n in 1:N) c[n] ~ multinomial(p); }";
    let data = r#"{"N": 3, "y": [[1, 2], [0, 1], [-1, 0.3]], "z": [[1, 2], [3, 4], [5, 6]],
        "c": [[1, 2, 3], [0, 0, 1], [4, 0, 2]]}"#;
    assert_eq!(adds_up("multivariate", text, data), 3 + 6 + 3);
}

#[test]
fn regressions_split_by_rows() {
    let text = "data { int N; matrix[N, 2] X; vector[N] y; array[N] int k; array[N] int b; array[N] int t; array[N] int c; }
        parameters { real a; vector[N] av; vector[2] beta; real<lower=0> s; matrix[2, 3] B; vector[3] u; ordered[2] cut; }
        model { y ~ normal_id_glm(X, a, beta, s); y ~ normal_id_glm(X, av, beta, rep_vector(s, N));
          k ~ poisson_log_glm(X, av, beta); k ~ neg_binomial_2_log_glm(X, a, beta, s);
          b ~ bernoulli_logit_glm(X, a, beta); k ~ binomial_logit_glm(t, X, a, beta);
          c ~ categorical_logit_glm(X, u, B); c ~ ordered_logistic_glm(X, beta, cut); c ~ ordered_logistic(av, cut);
          c ~ categorical_logit(u); }";
    let data = r#"{"N": 3, "X": [[1, 0.5], [-1, 2], [0.3, 0.1]], "y": [1, 2, 3], "k": [0, 3, 1], "b": [0, 1, 1], "t": [4, 5, 6],
        "c": [1, 3, 2]}"#;
    assert_eq!(adds_up("regressions", text, data), 12);
}

#[test]
fn mixtures_and_statements_are_units_when_they_are_executed() {
    let text = "functions { real f_lpdf(vector y, real m) { for (i in 1:2) { if (m > 99 * i) { return 0; } } real s = 1; return normal_lupdf(y | m, s); }
          real g(real y, real m) { return -square(y - m); } }
        data { int N; vector[N] y; array[N] int on; }
        parameters { real<lower=0, upper=1> w; real m; vector[2] h; }
        model { m ~ normal(0, 1); target += -dot_self(h);
          for (n in 1:N) target += log_mix(w, normal_lpdf(y[n] | m, 1), normal_lpdf(y[n] | -m, 2));
          for (n in 1:N) { if (on[n] == 1) target += log_sum_exp(log(w) + g(y[n], m), log1m(w) + g(y[n], -m)); }
          y ~ f(m); }";
    let data = r#"{"N": 4, "y": [1, 2, -1, 0.3], "on": [1, 0, 1, 0]}"#;
    let units = adds_up("mixtures", text, data);
    // The user's density makes all of `y` one unit; the other statement is executed twice.
    assert_eq!(units, 1 + 2);
    let (out, _) = taken_apart(text);
    assert!(out.remarks.iter().any(|r| r.text.contains("`y` does not split")), "{:?}", out.remarks);
    assert_eq!(out.groups[0].units, Units::Elements("y".into()));
    assert_eq!(out.groups[1].units, Units::Executions { line: 7 });
}

#[test]
fn a_recursion_is_one_unit_and_so_is_what_parameters_decide() {
    let text = "data { int T; vector[T] y; } parameters { simplex[2] p; real m; }
        model { vector[2] g = log(p); m ~ normal(0, 1);
          for (t in 1:T) { vector[2] next; for (k in 1:2) next[k] = log_sum_exp(g) + normal_lpdf(y[t] | k * m, 1); g = next; }
          target += log_sum_exp(g);
          if (m > 0) target += -m * sum(y) * normal_lpdf(y[1] | 0, 1); }";
    let data = r#"{"T": 3, "y": [1, 2, -1]}"#;
    let (out, _) = taken_apart(text);
    assert_eq!(out.groups.len(), 2);
    assert_eq!(out.remarks.len(), 1, "{:?}", out.remarks);
    assert!(adds_up("recursion", text, data) >= 1);
}

#[test]
fn what_cannot_be_taken_apart_is_refused() {
    let locate = |_| (1, 1);
    for text in [
        "functions { void f_lp(real m) { for (i in 1:2) { if (m > i) { return; } target += -m; } } } data { real y; } parameters { real m; } model { f_lp(m); y ~ normal(m, 1); }",
        "data { real y; } parameters { real m; } model { y ~ normal(m, 1); target += 0.1 * target(); }",
        "parameters { real m; } model { m ~ normal(0, 1); }",
    ] {
        assert!(pointwise(&compiled(text), &locate).is_err(), "{text}");
    }
}

#[test]
fn the_prior_of_each_parameter_is_known() {
    let (out, written) = taken_apart(
        "data { int N; vector[N] y; } parameters { real m; real<lower=0> s; vector[N] a; }
         model { m ~ normal(0, 2); s ~ exponential(1); a ~ normal(m, s); y ~ normal(a, 1); target += -s; }",
    );
    let priors: Vec<(&str, bool)> = out.priors.iter().map(|p| (p.parameter.as_str(), p.top)).collect();
    assert_eq!(priors, [("m", true), ("s", true), ("a", false)]);
    // All of them are in the whole, once.
    for prior in &out.priors {
        assert_eq!(written.matches(&format!("log_prior += {};", prior.quantity)).count(), 1, "{written}");
    }
}

#[test]
fn a_censored_number_is_a_unit() {
    let text =
        "data { int N; vector[N] t; array[N] int seen; vector[N] x; array[N] int low; real U; int M; vector[M] late; }
        parameters { real m; real<lower=0> s; }
        model { m ~ normal(0, 1);
          for (n in 1:N) if (seen[n]) t[n] ~ weibull(2, s); else target += weibull_lccdf(t[n] | 2, s);
          for (n in 1:N) target += low[n] == 1 ? normal_lcdf(U | m, s) : normal_lpdf(x[n] | m, s);
          target += weibull_lccdf(late | 2, s); }";
    let data = r#"{"N": 3, "t": [1, 2, 0.5], "seen": [1, 0, 1], "x": [0.1, 0, 2], "low": [0, 1, 0], "U": -1, "M": 2, "late": [3, 4]}"#;
    assert_eq!(adds_up("censored", text, data), 3 + 3 + 2);
    let (out, _) = taken_apart(text);
    let units: Vec<&Units> = out.groups.iter().map(|g| &g.units).collect();
    let element = |name: &str| Units::Elements(name.into());
    assert_eq!(units, [&element("t"), &element("x"), &element("late")]);
}

#[test]
fn terms_that_are_collected_first_are_units() {
    let text = "data { int N; vector[N] y; array[N] int k; }
        parameters { real m; real<lower=0> s; }
        transformed parameters { real lprior = normal_lpdf(m | 0, 1); vector[N] ll; for (n in 1:N) ll[n] = normal_lpdf(y[n] | m, s); }
        model { real lp = 0; for (n in 1:N) { lp += poisson_log_lpmf(k[n] | m); lp += poisson_log_lpmf(k[n] | 2 * m); }
          target += lprior + sum(ll); target += lp; target += normal_lpdf(y | m, s) - N * normal_lccdf(-1 | m, s); }";
    let data = r#"{"N": 3, "y": [1, 2, 0.5], "k": [1, 0, 4]}"#;
    assert_eq!(adds_up("collected", text, data), 3 + 3);
    assert!(taken_apart(text).0.remarks.is_empty());
}

#[test]
fn censored_values_are_units() {
    let text = "data { int N; vector[N] y; array[2] int seen; array[3] int late; real limit; }
        parameters { real m; vector[N] a; }
        model { m ~ normal(0, 1); a ~ normal(m, 1); y[seen] ~ normal(a[seen], 1);
          target += normal_lccdf(y[late] | a[late], 1);
          for (n in 1:2) target += normal_lcdf(limit | m + n, 1); }";
    let data = r#"{"N": 5, "y": [0.5, 1.5, 2.0, 0.1, 3.0], "seen": [1, 4], "late": [2, 3, 5], "limit": 0.3}"#;
    // A value each, and the two executions with the limit.
    assert_eq!(adds_up("censored", text, data), 7);
}

#[test]
fn outcomes_that_are_predicted_from_themselves() {
    let fed_back = |statement: &str| {
        let text = format!("data {{ int N; vector[N] y; }} parameters {{ real mu; }} model {{ {statement} }}");
        ppl_analysis::feedback::fed_back(&compiled(&text)).contains("y")
    };
    assert!(!fed_back("y ~ normal(mu, 1);"));
    assert!(!fed_back("for (n in 1:N) target += log_mix(0.5, normal_lpdf(y[n] | mu, 1), normal_lpdf(y[n] | 0, 1));"));
    assert!(!fed_back("vector[num_elements(y)] m = rep_vector(mu, size(y)); for (n in 1:N) y[n] ~ normal(m[n], 1);"));
    assert!(fed_back("for (n in 2:N) y[n] ~ normal(mu * y[n - 1], 1);"));
    assert!(fed_back("y[2:N] ~ normal(mu * y[1:(N - 1)], 1);"));
    assert!(fed_back("real m = 0; for (n in 1:N) { target += normal_lpdf(y[n] | m, 1); m += mu * (y[n] - m); }"));
    let nile = std::fs::read_to_string("../stdlib/models/hydrology/nile.stan").expect("nile");
    assert!(ppl_analysis::feedback::fed_back(&compiled(&nile)).contains("flow"));
    assert!(taken_apart(&nile).0.remarks.iter().any(|r| r.text.contains("is given other values of it")));
}
