//! Generators against the distribution functions: Kolmogorov-Smirnov and chi-square at level 1e-4, with a fixed seed.

use super::*;
use crate::density::Stream;
use crate::families::{Form, is_implemented, rng};
use crate::math::gamma_q;
use crate::random::Sequence;
use crate::value::{Matrix, Value};

fn sequence(seed: u64) -> Sequence {
    Sequence::new(Stream { seed, chain: 1, draw: 1 })
}

const DRAWS: usize = 20_000;

fn draws(name: &str, args: &[f64], seed: u64) -> Vec<f64> {
    let signature_ints: Vec<bool> = crate::families::scalar_family(name)
        .map(|f| f.declaration.rng.split(',').map(|a| a.trim() == "ints" || a.trim() == "int").collect())
        .unwrap();
    let values: Vec<Value<f64>> = args
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let integer = signature_ints.get(i).copied().unwrap_or(false);
            if integer { Value::Int(*a as i32) } else { Value::Real(*a) }
        })
        .collect();
    let mut generator = sequence(seed);
    (0..DRAWS)
        .map(|_| match rng(name, &values, &mut generator).unwrap() {
            Value::Int(i) => i as f64,
            Value::Real(x) => x,
            other => panic!("{name}: {other:?}"),
        })
        .collect()
}

#[test]
fn scalar_generators_fit_their_distributions() {
    let mut tested = 0;
    for case in cases() {
        let name = case.family.declaration.name;
        if !is_implemented(name, Form::Rng) {
            continue;
        }
        let mut x = draws(name, &case.arguments, 20_261_121);
        x.sort_by(f64::total_cmp);
        assert!(x.iter().all(|v| !v.is_nan()), "{}: a draw is NaN", case.name());
        if case.is_discrete() {
            // Bins of expected count 20 and more.
            let (mut statistic, mut bins) = (0.0, 0);
            let (mut expected, mut seen, mut used, mut total) = (0.0, 0.0, 0.0, 0.0);
            let mut n = if (case.family.check)(&case.args(0.0)).is_ok() { 0.0 } else { 1.0 };
            let left = |used: f64, total: f64| (DRAWS as f64 - used, DRAWS as f64 - total);
            while total < DRAWS as f64 - 20.0 && n < 1e4 {
                if (case.family.check)(&case.args(n)).is_ok() {
                    expected += case.log_density(n).exp() * DRAWS as f64;
                }
                // The draws are sorted.
                seen += (x.partition_point(|v| *v <= n) - x.partition_point(|v| *v < n)) as f64;
                if expected >= 20.0 {
                    statistic += (seen - expected) * (seen - expected) / expected;
                    bins += 1;
                    total += expected;
                    used += seen;
                    (expected, seen) = (0.0, 0.0);
                }
                n += 1.0;
            }
            let (rest_seen, rest_expected) = left(used, total);
            if rest_expected > 5.0 {
                statistic += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
                bins += 1;
            } else {
                assert!(rest_seen < 40.0, "{}: {rest_seen} draws in a tail of {rest_expected}", case.name());
            }
            let p = gamma_q(0.5 * (bins - 1).max(1) as f64, 0.5 * statistic);
            assert!(p > 1e-4, "{}: chi-square {statistic} in {bins} bins, p = {p}", case.name());
        } else {
            let n = DRAWS as f64;
            let d = x
                .iter()
                .enumerate()
                .map(|(i, v)| {
                    let f = case.log_cdf(*v, Tail::Lower).exp();
                    (f - i as f64 / n).abs().max((f - (i + 1) as f64 / n).abs())
                })
                .fold(0.0, f64::max);
            assert!(d * n.sqrt() < 2.225, "{}: Kolmogorov-Smirnov {}", case.name(), d * n.sqrt());
        }
        tested += 1;
    }
    assert!(tested > 50, "only {tested}");
}

#[test]
fn draws_are_a_function_of_the_generator() {
    assert_eq!(draws("gamma", &[0.7, 2.0], 1), draws("gamma", &[0.7, 2.0], 1));
    assert_ne!(draws("gamma", &[0.7, 2.0], 1), draws("gamma", &[0.7, 2.0], 2));
}

/// The mean of numbers read off draws, with its standard error.
fn mean_of(name: &str, args: &[Value<f64>], f: impl Fn(&Value<f64>) -> f64) -> (f64, f64) {
    let mut generator = sequence(7);
    let n = 6_000.0;
    let x: Vec<f64> = (0..n as usize).map(|_| f(&rng(name, args, &mut generator).unwrap())).collect();
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn expect(name: &str, args: &[Value<f64>], want: f64, f: impl Fn(&Value<f64>) -> f64) {
    let (mean, error) = mean_of(name, args, f);
    assert!((mean - want).abs() < 4.5 * error + 1e-12, "{name}: mean {mean} (se {error}), expected {want}");
}

fn vector(v: &Value<f64>, i: usize) -> f64 {
    match v {
        Value::Vector(x) => x[i],
        Value::Array(items) => match &items[i] {
            Value::Int(n) => *n as f64,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn entry(v: &Value<f64>, i: usize, j: usize) -> f64 {
    match v {
        Value::Matrix(m) => m.at(i, j),
        other => panic!("{other:?}"),
    }
}

fn is(v: &Value<f64>, n: i32) -> f64 {
    f64::from(u8::from(*v == Value::Int(n)))
}

#[test]
fn vector_generators_have_the_right_moments() {
    let s = Matrix { rows: 3, cols: 3, data: vec![2.0, 0.3, -0.4, 0.3, 1.5, 0.2, -0.4, 0.2, 1.1] };
    let l = crate::families::linear::cholesky("test", "s", &s).unwrap();
    let mu = Value::Vector(vec![0.1, 0.2, -0.3]);
    let (sv, lv) = (Value::Matrix(s.clone()), Value::Matrix(l));
    for (name, scale) in [("multi_normal", &sv), ("multi_normal_cholesky", &lv)] {
        let args = [mu.clone(), scale.clone()];
        for i in 0..3 {
            expect(name, &args, [0.1, 0.2, -0.3][i], |v| vector(v, i));
            for j in 0..=i {
                let centre = [0.1, 0.2, -0.3];
                expect(name, &args, s.at(i, j), |v| (vector(v, i) - centre[i]) * (vector(v, j) - centre[j]));
            }
        }
    }
    let nu = 9.0;
    for (name, scale) in [("multi_student_t", &sv), ("multi_student_t_cholesky", &lv)] {
        let args = [Value::Real(nu), mu.clone(), scale.clone()];
        expect(name, &args, -0.4 * nu / (nu - 2.0), |v| (vector(v, 0) - 0.1) * (vector(v, 2) + 0.3));
        expect(name, &args, 1.5 * nu / (nu - 2.0), |v| (vector(v, 1) - 0.2).powi(2));
    }
    for (i, j) in [(0, 0), (1, 0), (2, 1)] {
        expect("wishart", &[Value::Real(6.5), sv.clone()], 6.5 * s.at(i, j), |v| entry(v, i, j));
        expect("inv_wishart", &[Value::Real(9.5), sv.clone()], s.at(i, j) / 5.5, |v| entry(v, i, j));
        let square = |v: &Value<f64>| (0..3).map(|k| entry(v, i, k) * entry(v, j, k)).sum();
        expect("wishart_cholesky", &[Value::Real(6.5), lv.clone()], 6.5 * s.at(i, j), square);
        expect("inv_wishart_cholesky", &[Value::Real(9.5), lv.clone()], s.at(i, j) / 5.5, square);
    }
    for i in 0..3 {
        let alpha = [0.2, 0.5, 4.0];
        expect("dirichlet", &[Value::Vector(alpha.to_vec())], alpha[i] / 4.7, |v| vector(v, i));
        let mean = alpha[i] / 4.7;
        expect("dirichlet", &[Value::Vector(alpha.to_vec())], mean * (1.0 - mean) / 5.7, |v| {
            (vector(v, i) - mean).powi(2)
        });
        let trials = [Value::Vector(vec![0.2, 0.5, 0.3]), Value::Int(12)];
        expect("multinomial", &trials, 12.0 * [0.2, 0.5, 0.3][i], |v| vector(v, i));
        let trials = [Value::Vector(alpha.to_vec()), Value::Int(12)];
        expect("dirichlet_multinomial", &trials, 12.0 * alpha[i] / 4.7, |v| vector(v, i));
    }
    // LKJ: a correlation r has (r + 1) / 2 ~ Beta(eta + (K - 2) / 2, the same), so variance 1 / (2 eta + K - 1).
    let args = [Value::Int(4), Value::Real(1.5)];
    for (i, j) in [(1, 0), (3, 0), (3, 2)] {
        expect("lkj_corr", &args, 1.0 / 6.0, |v| entry(v, i, j).powi(2));
        expect("lkj_corr", &args, 0.0, |v| entry(v, i, j));
        expect("lkj_corr_cholesky", &args, 1.0 / 6.0, |v| {
            (0..4).map(|k| entry(v, i, k) * entry(v, j, k)).sum::<f64>().powi(2)
        });
    }
}

#[test]
fn category_generators_have_the_right_frequencies() {
    let cuts = Value::Vector(vec![-0.5, 0.4, 1.3]);
    for n in 1..=4 {
        for name in ["ordered_logistic", "ordered_probit"] {
            let args = [Value::Int(n), Value::Real(0.3), cuts.clone()];
            let p = crate::families::log_density::<f64>(name, &args, Keep::ALL).unwrap().exp();
            expect(name, &args[1..], p, |v| is(v, n));
        }
        let theta = [0.1, 0.4, 0.0, 0.5];
        expect("categorical", &[Value::Vector(theta.to_vec())], theta[n as usize - 1], |v| is(v, n));
        let args = [Value::Int(n), Value::Vector(vec![0.1, -0.4, 1.0, 0.5])];
        let p = crate::families::log_density::<f64>("categorical_logit", &args, Keep::ALL).unwrap().exp();
        expect("categorical_logit", &args[1..], p, |v| is(v, n));
    }
    let x = Matrix { rows: 2, cols: 1, data: vec![1.0, -2.0] };
    let args = [Value::Matrix(x), Value::Vector(vec![0.2, 0.1]), Value::Vector(vec![0.5])];
    expect("bernoulli_logit_glm", &args, crate::math::inv_logit(0.7), |v| vector(v, 0));
    expect("bernoulli_logit_glm", &args, crate::math::inv_logit(-0.9), |v| vector(v, 1));
    // Two states that each observation betrays with odds 9 to 1, and a chain that rarely moves.
    let log_omega = Matrix { rows: 2, cols: 2, data: vec![0.9f64.ln(), 0.1f64.ln(), 0.1f64.ln(), 0.9f64.ln()] };
    let gamma = Matrix { rows: 2, cols: 2, data: vec![0.8, 0.3, 0.2, 0.7] };
    let args = [Value::Matrix(log_omega), Value::Matrix(gamma), Value::Vector(vec![0.5, 0.5])];
    // P(z1, z2 | y) is proportional to 0.5 omega(z1) gamma(z1, z2) omega(z2).
    let w = [[0.9 * 0.8 * 0.1, 0.9 * 0.2 * 0.9], [0.1 * 0.3 * 0.1, 0.1 * 0.7 * 0.9]];
    let total: f64 = w.iter().flatten().sum();
    expect("hmm_latent", &args, (w[0][0] + w[0][1]) / total, |v| f64::from(u8::from(vector(v, 0) == 1.0)));
    expect("hmm_latent", &args, w[0][1] / total, |v| f64::from(u8::from(vector(v, 0) == 1.0 && vector(v, 1) == 2.0)));
}
