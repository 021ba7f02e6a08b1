//! Broadcasting, sizes and errors at the level of values.

use super::*;
use crate::density::Stream;
use crate::families::{cdf, lccdf, lcdf, log_density, rng};
use crate::random::Sequence;
use crate::value::Value;

fn sequence(seed: u64) -> Sequence {
    Sequence::new(Stream { seed, chain: 1, draw: 1 })
}

fn real(x: f64) -> Value<f64> {
    Value::Real(x)
}

fn reals(x: &[f64]) -> Value<f64> {
    Value::Vector(x.to_vec())
}

fn array(x: &[i32]) -> Value<f64> {
    Value::Array(x.iter().map(|i| Value::Int(*i)).collect())
}

#[test]
fn containers_are_broadcast_and_summed() {
    let y = [0.3, -1.0, 2.0];
    let sigma = [1.0, 2.0, 0.5];
    let want: f64 =
        (0..3).map(|i| log_density("normal", &[real(y[i]), real(0.2), real(sigma[i])], Keep::ALL).unwrap()).sum();
    let row = Value::RowVector(y.to_vec());
    let list = Value::Array(y.iter().map(|v| Value::Real(*v)).collect());
    for outcome in [reals(&y), row, list] {
        let got = log_density("normal", &[outcome.clone(), real(0.2), reals(&sigma)], Keep::ALL).unwrap();
        assert!(close(got, want, 1e-15));
        let lower = lcdf("normal", &[outcome.clone(), real(0.2), reals(&sigma)]).unwrap();
        let product = cdf("normal", &[outcome, real(0.2), reals(&sigma)]).unwrap();
        assert!(close(lower.exp(), product, 1e-15));
    }
    let scalar_outcome = log_density("normal", &[Value::Int(1), real(0.2), reals(&sigma)], Keep::ALL).unwrap();
    let each: f64 =
        sigma.iter().map(|s| log_density("normal", &[real(1.0), real(0.2), real(*s)], Keep::ALL).unwrap()).sum();
    assert!(close(scalar_outcome, each, 1e-15));
    assert_eq!(log_density("normal", &[reals(&[]), real(0.0), real(1.0)], Keep::ALL), Ok(0.0));
    assert_eq!(lccdf("normal", &[reals(&[]), real(0.0), real(1.0)]), Ok(0.0));
    let counts = log_density("poisson", &[array(&[1, 4]), real(2.0)], Keep::ALL).unwrap();
    let one = |n| log_density("poisson", &[Value::Int(n), real(2.0)], Keep::ALL).unwrap();
    assert!(close(counts, one(1) + one(4), 1e-15));
}

#[test]
fn errors_say_what_is_wrong() {
    let message = |name: &str, args: &[Value<f64>]| log_density(name, args, Keep::ALL).unwrap_err().message;
    assert_eq!(
        message("normal", &[reals(&[1.0, 2.0, 3.0]), real(0.0), reals(&[1.0, 1.0])]),
        "normal: scale has 2 elements, but outcome has 3"
    );
    assert_eq!(
        message("normal", &[real(1.0), real(0.0), reals(&[1.0, -1.0])]),
        "normal: scale[2] is -1, but must be positive"
    );
    assert_eq!(message("normal", &[real(1.0), real(0.0)]), "normal: 1 arguments given, but it has 2");
    let fatal = |name: &str, args: &[Value<f64>]| log_density(name, args, Keep::ALL).unwrap_err().fatal;
    assert!(fatal("normal", &[reals(&[1.0, 2.0, 3.0]), real(0.0), reals(&[1.0, 1.0])]));
    assert!(!fatal("normal", &[real(1.0), real(0.0), reals(&[1.0, -1.0])]));
    assert_eq!(message("nurmal", &[real(1.0)]), "nurmal: there is no density of that name");
    assert_eq!(
        message("binomial", &[Value::Int(5), Value::Int(3), real(0.5)]),
        "binomial: outcome is 5, but must not exceed the population size 3"
    );
    assert_eq!(
        message("categorical", &[Value::Int(4), reals(&[0.5, 0.5])]),
        "categorical: outcome is 4, but must be between 1 and 2"
    );
    assert_eq!(
        message("categorical", &[Value::Int(1), reals(&[0.5, 0.4])]),
        "categorical: the sum of probabilities is 0.9, but must be 1"
    );
    assert_eq!(
        message("ordered_logistic", &[Value::Int(1), real(0.0), reals(&[0.5, 0.4])]),
        "ordered_logistic: cut points must increase, but cut points[1] is 0.5 and cut points[2] is 0.4"
    );
    let matrix = Value::Matrix(crate::value::Matrix { rows: 2, cols: 2, data: vec![1.0, 2.0, 2.0, 1.0] });
    assert_eq!(
        message("multi_normal", &[reals(&[0.0, 0.0]), reals(&[0.0, 0.0]), matrix]),
        "multi_normal: covariance is not positive definite"
    );
    let mut generator = sequence(1);
    assert!(rng("binomial_logit", &[Value::Int(1), real(0.0)], &mut generator).is_err());
    assert!(rng("poisson", &[real(1e12)], &mut generator).unwrap_err().message.contains("32 bits"));
}

#[test]
fn outside_the_support_the_density_is_zero() {
    let lp = |name: &str, args: &[Value<f64>]| log_density(name, args, Keep::ALL).unwrap();
    assert_eq!(lp("uniform", &[real(3.0), real(0.0), real(1.0)]), f64::NEG_INFINITY);
    assert_eq!(lp("inv_gamma", &[real(-1.0), real(1.0), real(1.0)]), f64::NEG_INFINITY);
    assert_eq!(lp("pareto", &[real(0.5), real(1.0), real(1.0)]), f64::NEG_INFINITY);
    assert_eq!(lp("lognormal", &[real(0.0), real(1.0), real(1.0)]), f64::NEG_INFINITY);
    assert_eq!(lp("poisson", &[Value::Int(2), real(0.0)]), f64::NEG_INFINITY);
    assert_eq!(lp("poisson", &[Value::Int(0), real(0.0)]), 0.0);
    assert_eq!(lp("binomial", &[Value::Int(0), Value::Int(5), real(0.0)]), 0.0);
    assert_eq!(lp("discrete_range", &[Value::Int(7), Value::Int(1), Value::Int(6)]), f64::NEG_INFINITY);
    assert_eq!(lcdf("poisson", &[Value::Int(-1), real(2.0)]), Ok(f64::NEG_INFINITY));
    assert_eq!(lccdf("binomial", &[Value::Int(5), Value::Int(5), real(0.5)]), Ok(f64::NEG_INFINITY));
    assert_eq!(cdf("uniform", &[real(3.0), real(0.0), real(1.0)]), Ok(1.0));
}

#[test]
fn generators_take_containers() {
    let mut generator = sequence(1);
    let Value::Array(x) = rng("normal", &[reals(&[1.0, 2.0]), real(1.0)], &mut generator).unwrap() else { panic!() };
    assert!(x.len() == 2 && x.iter().all(|v| matches!(v, Value::Real(_))));
    let Value::Array(n) = rng("poisson", &[reals(&[1.0, 2.0, 3.0])], &mut generator).unwrap() else { panic!() };
    assert!(n.len() == 3 && n.iter().all(|v| matches!(v, Value::Int(_))));
    assert!(matches!(rng("std_normal", &[], &mut generator), Ok(Value::Real(_))));
    let matrix = Value::Matrix(crate::value::Matrix { rows: 2, cols: 2, data: vec![1.0, 0.0, 0.0, 1.0] });
    let means = Value::Array(vec![reals(&[0.0, 0.0]), reals(&[1.0, 0.0]), reals(&[2.0, 0.0])]);
    let Value::Array(v) = rng("multi_normal", &[means, matrix], &mut generator).unwrap() else { panic!() };
    assert!(v.len() == 3 && v.iter().all(|v| matches!(v, Value::Vector(x) if x.len() == 2)));
}
