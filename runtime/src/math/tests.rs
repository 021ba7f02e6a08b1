//! The functions against the figures of `figures.csv`, which `figures.py` made with mpmath.

use super::*;
use crate::num::Dual;

/// Relative error, absolute below `floor`.
fn error(got: f64, want: f64, floor: f64) -> f64 {
    if got == want {
        return 0.0;
    }
    let e = (got - want).abs() / want.abs().max(floor);
    if e.is_nan() { f64::INFINITY } else { e }
}

/// `(value, derivatives)` tolerances of functions that are harder than the rest.
fn tolerances(name: &str) -> (f64, f64) {
    match name {
        "gamma_p" | "gamma_q" | "inc_beta" | "log_inc_beta_complement" => (2e-13, 2e-11),
        "bessel_first_kind" | "bessel_second_kind" => (1e-14, 1e-13),
        "log_modified_bessel_first_kind" | "modified_bessel_first_kind" | "modified_bessel_second_kind" => {
            (5e-14, 1e-11)
        }
        "log_falling_factorial" | "log_rising_factorial" | "lchoose" | "owens_t" => (1e-13, 1e-12),
        "std_normal_lcdf" | "std_normal_lccdf" => (3e-15, 3e-13),
        "inv_Phi" | "inv_erfc" | "std_normal_log_qf" => (3e-15, 1e-12),
        "lbeta" => (4e-15, 4e-14),
        // the derivative is that of the rounded value: 1e-16 absolute
        "inv_logit" => (4e-15, 1.2e-4),
        _ => (4e-15, 2e-14),
    }
}

#[test]
fn agrees_with_mpmath() {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in include_str!("figures.csv").lines() {
        let (name, rest) = line.split_once(',').unwrap();
        let x: Vec<f64> = rest.split(',').map(|v| v.parse().unwrap()).collect();
        let (got, want): (Vec<f64>, &[f64]) = if let Some(f) = unary(name) {
            let y = (f.value)(x[0]);
            (vec![y, (f.derivative)(x[0], y)], &x[1..])
        } else if let Some(f) = binary(name) {
            let y = (f.value)(x[0], x[1]);
            (vec![y, (f.d_left)(x[0], x[1], y), (f.d_right)(x[0], x[1], y)], &x[2..])
        } else {
            let d = |i: usize| Dual::<3>::input(x[i], i);
            let y = match name {
                "inc_beta" => inc_beta(d(0), d(1), d(2)),
                "log_inc_beta_complement" => log_inc_beta_complement(d(0), d(1), d(2)),
                _ => panic!("no function {name}"),
            };
            (vec![y.value, y.d[0], y.d[1], y.d[2]], &x[3..])
        };
        let (value_tolerance, derivative_tolerance) = tolerances(name);
        for (i, (g, w)) in got.iter().zip(want).enumerate() {
            let (tolerance, floor) = if i == 0 { (value_tolerance, 1e-300) } else { (derivative_tolerance, 1e-12) };
            let e = error(*g, *w, floor);
            if e > tolerance {
                failures.push(format!("{line}\n    figure {i}: got {g:e}, want {w:e}, error {e:.1e}"));
            }
            count += 1;
        }
    }
    assert!(count > 400, "only {count} figures");
    assert!(failures.is_empty(), "{} of {count} figures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn registry_and_generic_functions_are_the_same() {
    let x = 0.3;
    for f in unary_table() {
        assert!(unary(f.name).is_some_and(|g| std::ptr::eq(f, g)), "{} is declared twice", f.name);
    }
    for f in binary_table() {
        assert!(binary(f.name).is_some_and(|g| std::ptr::eq(f, g)), "{} is declared twice", f.name);
    }
    let d = lgamma(Dual::<1>::input(x, 0));
    let f = unary("lgamma").unwrap();
    assert_eq!((d.value, d.d[0]), ((f.value)(x), (f.derivative)(x, d.value)));
}

#[test]
fn edges_follow_stan() {
    assert_eq!(multiply_log(0.0, 0.0), 0.0);
    assert_eq!(lmultiply(0.0, 0.0), 0.0);
    assert_eq!(log_sum_exp(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
    assert_eq!(log_sum_exp_of(&[1.0, f64::INFINITY]), f64::INFINITY);
    assert!(log_sum_exp_of(&[1.0, f64::NAN]).is_nan());
    assert_eq!(log_sum_exp_of::<f64>(&[]), f64::NEG_INFINITY);
    assert_eq!(log_diff_exp(1.0, 1.0), f64::NEG_INFINITY);
    assert!(log_diff_exp(1.0, 2.0).is_nan());
    assert_eq!(lchoose(5.0, 0.0), 0.0);
    assert_eq!(lchoose(5.0, 7.0), f64::NEG_INFINITY);
    assert_eq!(choose(52.0, 5.0), 2_598_960.0);
    assert_eq!(choose(3.0, 5.0), 0.0);
    assert_eq!(inv_Phi(0.0), f64::NEG_INFINITY);
    assert_eq!(Phi(f64::INFINITY), 1.0);
    assert_eq!(Phi(f64::NEG_INFINITY), 0.0);
    assert_eq!(std_normal_lcdf(f64::NEG_INFINITY), f64::NEG_INFINITY);
    assert_eq!(std_normal_lcdf(f64::INFINITY), 0.0);
    assert_eq!(gamma_p(2.0, 0.0), 0.0);
    assert_eq!(gamma_q(2.0, f64::INFINITY), 0.0);
    assert_eq!(inc_beta(2.0, 3.0, 1.0), 1.0);
    assert_eq!(falling_factorial(2.0, 4.0), 0.0);
    assert_eq!(log_mix(0.0, 3.0, 2.0), 2.0);
    assert_eq!(round(-2.5), -3.0);
    assert_eq!(step(-0.0), 1.0);
    for f in unary_table() {
        let y = (f.value)(f64::NAN);
        assert!(y.is_nan() || f.name == "step", "{} of NaN is {y}", f.name);
    }
}

#[test]
fn inv_inc_beta_inverts() {
    for (a, b, p) in [(0.5, 0.7, 0.3), (2.0, 30.0, 1e-9), (100.0, 3.0, 0.999), (1e-2, 5.0, 0.2)] {
        let x = inv_inc_beta(a, b, p);
        assert!(error(inc_beta(a, b, x), p, 0.0) < 1e-11, "{a} {b} {p}: {x}");
        let d = inv_inc_beta(Dual::<3>::input(a, 0), Dual::input(b, 1), Dual::input(p, 2));
        let h = 1e-6;
        let difference = (inv_inc_beta(a, b * (1.0 + h), p) - inv_inc_beta(a, b * (1.0 - h), p)) / (2.0 * h * b);
        assert!(error(d.d[1], difference, 1e-9) < 1e-5, "{a} {b} {p}: {} {difference}", d.d[1]);
    }
}
