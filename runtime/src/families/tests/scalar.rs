use super::*;
use crate::families::check_scalar;
use crate::families::normal::Normal;
use crate::math::normal::integrate;

#[test]
fn agree_with_scipy() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (name, form, x) in figures() {
        let Some(family) = crate::families::scalar_family(name) else { continue };
        let (want, args) = x.split_last().unwrap();
        let got = match form {
            "density" => (family.log_density)(args, Keep::ALL),
            "lcdf" => (family.log_cdf_partials)(args, Tail::Lower, &mut [0.0; 4]),
            _ => (family.log_cdf_partials)(args, Tail::Upper, &mut [0.0; 4]),
        };
        // scipy's own accuracy is the limit for these.
        let tolerance = match (name, form) {
            ("skew_normal" | "exp_mod_normal" | "von_mises", "lcdf" | "lccdf") => 1e-8,
            (_, "density") => 1e-12,
            _ => 1e-10,
        };
        if !close(got, *want, tolerance) {
            failures.push(format!("{name} {form} {args:?}: got {got:?}, want {want:?}"));
        }
        count += 1;
    }
    assert!(count > 500, "only {count} figures");
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn derivatives_agree_with_differences() {
    let mut failures = Vec::new();
    let mut count = 0;
    for case in cases() {
        let real = case.is_real();
        for &y in &case.outcomes {
            let args = case.args(y);
            for form in ["density", "lower", "upper"] {
                if form != "density" && !case.has_cdf() {
                    continue;
                }
                let f = |args: &[f64], d: &mut [f64; 4]| match form {
                    "density" => (case.family.log_density_partials)(args, Keep::ALL, d),
                    "lower" => (case.family.log_cdf_partials)(args, Tail::Lower, d),
                    _ => (case.family.log_cdf_partials)(args, Tail::Upper, d),
                };
                let mut d = [0.0; 4];
                let value = f(&args, &mut d);
                if !value.is_finite() {
                    continue;
                }
                for i in (0..args.len()).filter(|i| real[*i]) {
                    let at = |x: f64| {
                        let mut moved = args.clone();
                        moved[i] = x;
                        f(&moved, &mut [0.0; 4])
                    };
                    // Steps stay inside the support (0 or 1 may be a bound).
                    let h = 1e-4 * args[i].abs().min(1.0 - args[i]).abs().clamp(1e-3, 1.0);
                    let want = difference(at, args[i], h);
                    // Relative to the rounding of the value.
                    let error = (d[i] - want).abs();
                    if error.is_nan() || error > 3e-7 * want.abs().max(1.0) {
                        failures.push(format!("{} {form} at {y}, argument {i}: {} against {want}", case.name(), d[i]));
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(count > 900, "only {count} derivatives");
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn distribution_functions_are_sums_of_the_density() {
    for case in cases().iter().filter(|c| c.has_cdf()) {
        let name = case.name();
        let mut outcomes = case.outcomes.clone();
        outcomes.sort_by(f64::total_cmp);
        for pair in outcomes.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let mass = if case.is_discrete() {
                (a as i64 + 1..=b as i64).map(|n| case.log_density(n as f64).exp()).sum()
            } else {
                // Split at the location, where some densities have a corner.
                let corner = if case.arguments.is_empty() { 0.0 } else { case.arguments[0] };
                let inside = corner.clamp(a, b);
                integrate(a, inside, 60, |y| case.log_density(y).exp())
                    + integrate(inside, b, 60, |y| case.log_density(y).exp())
            };
            let lower = case.log_cdf(b, Tail::Lower).exp() - case.log_cdf(a, Tail::Lower).exp();
            let upper = case.log_cdf(a, Tail::Upper).exp() - case.log_cdf(b, Tail::Upper).exp();
            assert!((lower - mass).abs() < 1e-9, "{name}: P({a} < Y <= {b}) is {lower}, the density has {mass}");
            assert!((upper - mass).abs() < 1e-9, "{name}: P({a} < Y <= {b}) is {upper} above, the density has {mass}");
        }
        for &y in &outcomes {
            let total = case.log_cdf(y, Tail::Lower).exp() + case.log_cdf(y, Tail::Upper).exp();
            assert!((total - 1.0).abs() < 1e-12, "{name} at {y}: the tails sum to {total}");
        }
    }
}

#[test]
fn unnormalised_forms_keep_what_depends_on_active_arguments() {
    for case in cases() {
        let real = case.is_real();
        let n = real.len();
        let reals: u32 = (0..n).filter(|i| real[*i]).map(|i| 1 << i).sum();
        for active in (1..1u32 << n).filter(|a| a & !reals == 0) {
            let keep = Keep::unnormalised(active);
            let dropped: Vec<f64> = case
                .outcomes
                .iter()
                .map(|&y| {
                    let args = case.args(y);
                    let (mut full, mut part) = ([0.0; 4], [0.0; 4]);
                    let a = (case.family.log_density_partials)(&args, Keep::ALL, &mut full);
                    let b = (case.family.log_density_partials)(&args, keep, &mut part);
                    for i in (0..n).filter(|i| active & (1 << i) != 0) {
                        assert!(
                            close(part[i], full[i], 1e-9),
                            "{} at {y}, active {active:b}, partial {i}: {} against {}",
                            case.name(),
                            part[i],
                            full[i]
                        );
                    }
                    a - b
                })
                .collect();
            // An active outcome keeps everything that changes with it.
            if active & 1 != 0 && !case.is_discrete() {
                for d in &dropped {
                    assert!(close(*d, dropped[0], 1e-9), "{}, active {active:b}: dropped {dropped:?}", case.name());
                }
            }
        }
    }
}

/// What Stan's templates drop, term by term, for a few families (`include_summand` in Stan's math library).
#[test]
fn unnormalised_forms_drop_what_stan_drops() {
    let f = |name: &str, args: &[f64], active: u32| {
        (crate::families::scalar_family(name).unwrap().log_density)(args, Keep::unnormalised(active))
    };
    let z: f64 = (1.3 - 0.5) / 2.0;
    assert!(close(f("normal", &[1.3, 0.5, 2.0], 0b010), -0.5 * z * z, 1e-14));
    assert!(close(f("normal", &[1.3, 0.5, 2.0], 0b100), -0.5 * z * z - 2f64.ln(), 1e-14));
    assert!(close(f("gamma", &[1.3, 2.0, 3.0], 0b001), 1.3f64.ln() - 3.9, 1e-14));
    assert!(close(f("gamma", &[1.3, 2.0, 3.0], 0b100), 2.0 * 3f64.ln() - 3.9, 1e-14));
    assert!(close(f("beta", &[0.3, 2.0, 3.0], 0b001), 0.3f64.ln() + 2.0 * 0.7f64.ln(), 1e-14));
    assert!(close(f("poisson", &[4.0, 3.0], 0b10), 4.0 * 3f64.ln() - 3.0, 1e-14));
    assert!(close(f("binomial", &[4.0, 10.0, 0.3], 0b100), 4.0 * 0.3f64.ln() + 6.0 * 0.7f64.ln(), 1e-14));
    let mu_phi = (2.5f64 + 0.4).ln();
    let mean = 4.0 * 2.5f64.ln() - 0.4 * (2.5f64 / 0.4).ln_1p() - 4.0 * mu_phi;
    assert!(close(f("neg_binomial_2", &[4.0, 2.5, 0.4], 0b010), mean, 1e-14));
    assert!(close(f("uniform", &[0.3, 0.0, 2.0], 0b001), 0.0, 0.0));
    assert!(close(f("exponential", &[1.3, 2.0], 0b01), -2.6, 1e-14));
    assert!(close(f("student_t", &[1.3, 3.0, 0.5, 2.0], 0b0001), -2.0 * (z * z / 3.0).ln_1p(), 1e-14));
}

#[test]
fn quantiles_invert_the_distribution_function() {
    let mut count = 0;
    for case in cases().iter().filter(|c| c.has_cdf()) {
        for p in [0.01, 0.3, 0.5, 0.95] {
            let name = case.family.declaration.name;
            if let Some(q) = crate::families::quantile(name, p, &case.arguments) {
                let back = case.log_cdf(q, Tail::Lower).exp();
                assert!((back - p).abs() < 1e-13, "{}: the quantile at {p} is {q}, where P is {back}", case.name());
                count += 1;
            }
        }
    }
    assert!(count > 50);
}

#[test]
fn messages_name_the_argument() {
    let message = |y, p| check_scalar::<Normal, 2>(Some(y), p).unwrap_err().message;
    assert_eq!(message(0.0, [0.0, -1.0]), "normal: scale is -1, but must be positive");
    assert_eq!(message(f64::NAN, [0.0, 1.0]), "normal: outcome is NaN, but must be a number");
    assert_eq!(message(0.0, [f64::INFINITY, 1.0]), "normal: location is inf, but must be finite");
}

/// Far in the tails, where probabilities underflow, the logs keep their digits.
#[test]
fn tails_keep_their_digits() {
    let lower = |name: &str, args: &[f64]| {
        (crate::families::scalar_family(name).unwrap().log_cdf_partials)(args, Tail::Lower, &mut [0.0; 4])
    };
    let upper = |name: &str, args: &[f64]| {
        (crate::families::scalar_family(name).unwrap().log_cdf_partials)(args, Tail::Upper, &mut [0.0; 4])
    };
    // mpmath: log(erfc(50/sqrt(2))/2), and so on.
    assert!(close(lower("normal", &[-50.0, 0.0, 1.0]), -1254.8313611394194, 1e-14));
    assert!(close(upper("normal", &[50.0, 0.0, 1.0]), -1254.8313611394194, 1e-14));
    // log(Q(30, 2000)), log(P(30, 0.001))
    assert!(close(upper("gamma", &[2000.0, 30.0, 1.0]), -1850.8162689452693, 1e-13));
    assert!(close(lower("gamma", &[0.001, 30.0, 1.0]), -281.89186245974196, 1e-13));
    assert!(close(lower("logistic", &[-800.0, 0.0, 1.0]), -800.0, 1e-15));
    assert!(close(upper("cauchy", &[1e20, 0.0, 1.0]), -(std::f64::consts::PI * 1e20).ln(), 1e-14));
    assert!(close(upper("student_t", &[1e30, 2.0, 0.0, 1.0]), -138.84825276020268, 1e-13));
    assert!(close(lower("student_t", &[-1e30, 2.0, 0.0, 1.0]), -138.84825276020268, 1e-13));
    assert!(close(lower("skew_normal", &[-8.0, 0.0, 1.0, 3.0]), -328.70964414342046, 1e-12));
    assert!(close(lower("exp_mod_normal", &[-20.0, 0.0, 1.0, 0.5]), -207.63549990822534, 1e-12));
    assert!(close(upper("binomial", &[90.0, 100.0, 0.01]), -390.88590248604214, 1e-13));
    assert!(close(upper("beta_binomial", &[95.0, 100.0, 1.0, 300.0]), -202.185_228_523_918_5, 1e-12));
}
