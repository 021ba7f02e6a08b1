//! Densities of vectors, matrices and regressions.

use super::*;
use crate::families::log_density;
use crate::math::normal::integrate;
use crate::num::{Num, Tape, Var};
use crate::value::{Matrix, Value};

fn num<T: Num>(x: f64) -> T {
    T::from(x)
}

fn constants<T: Num>(x: &[f64]) -> Vec<T> {
    x.iter().map(|v| num(*v)).collect()
}

fn ints<T>(x: &[i32]) -> Value<T> {
    Value::Array(x.iter().map(|i| Value::Int(*i)).collect())
}

/// A matrix from its rows.
fn rows<T: Num>(n: usize, x: &[T]) -> Matrix<T> {
    let cols = x.len() / n;
    Matrix::from_fn(n, cols, |i, j| x[i * cols + j])
}

/// The symmetric matrix with this lower triangle, by rows.
fn symmetric<T: Num>(n: usize, lower: &[T]) -> Value<T> {
    Value::Matrix(Matrix::from_fn(n, n, |i, j| {
        let (i, j) = (i.max(j), i.min(j));
        lower[i * (i + 1) / 2 + j]
    }))
}

fn triangular<T: Num>(n: usize, lower: &[T]) -> Value<T> {
    Value::Matrix(Matrix::from_fn(n, n, |i, j| if i < j { num(0.0) } else { lower[i * (i + 1) / 2 + j] }))
}

/// Positive numbers scaled to sum to one.
fn simplex<T: Num>(x: &[T]) -> Value<T> {
    let total = crate::math::sum(x.iter().copied());
    Value::Vector(x.iter().map(|v| *v / total).collect())
}

const Y: [f64; 3] = [0.3, -1.2, 0.8];
const MU: [f64; 3] = [0.1, 0.2, -0.3];
const S: [f64; 6] = [2.0, 0.3, 1.5, -0.4, 0.2, 1.1];
const W: [f64; 6] = [3.0, 0.5, 2.0, 0.1, -0.6, 1.7];

fn factor(lower: &[f64]) -> Vec<f64> {
    let Value::Matrix(m) = symmetric(3, lower) else { unreachable!() };
    let l = crate::families::linear::cholesky("test", "m", &m).unwrap();
    (0..3).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| l.at(i, j)).collect()
}

/// A density as a function of free numbers: family, point, arguments.
macro_rules! cases {
    ($($name:ident $family:literal at $point:expr, |$x:ident| $args:expr;)*) => {
        $(
            #[test]
            fn $name() {
                fn arguments<T: Num>($x: &[T]) -> Vec<Value<T>> { $args }
                let point: Vec<f64> = $point;
                let value = |p: &[f64], keep| log_density::<f64>($family, &arguments(p), keep).unwrap();
                let tape = Tape::new();
                let inputs: Vec<Var<'_>> = point.iter().map(|v| tape.input(*v)).collect();
                let arguments_of_inputs = arguments(&inputs);
                let active = arguments_of_inputs
                    .iter()
                    .enumerate()
                    .map(|(i, v)| if is_active(v) { 1 << i } else { 0 })
                    .sum();
                for keep in [Keep::ALL, Keep::unnormalised(active)] {
                    let lp = log_density($family, &arguments_of_inputs, keep).unwrap();
                    assert!(close(lp.value(), value(&point, keep), 1e-14));
                    let adjoints = tape.reverse(&[(lp, 1.0)]);
                    for (i, input) in inputs.iter().enumerate() {
                        let got = adjoints.of(*input);
                        let want = difference(|v| {
                            let mut moved = point.clone();
                            moved[i] = v;
                            value(&moved, Keep::ALL)
                        }, point[i], 1e-3 * point[i].abs().max(0.05));
                        assert!(close(got, want, 2e-8), "{}: partial {i} is {got}, differences give {want}", $family);
                    }
                }
                assert_eq!(value(&point, Keep::unnormalised(0)), 0.0);
            }
        )*
    };
}

fn is_active(v: &Value<Var<'_>>) -> bool {
    match v {
        Value::Real(x) => !x.is_constant(),
        Value::Vector(x) | Value::RowVector(x) => x.iter().any(|x| !x.is_constant()),
        Value::Matrix(m) => m.data.iter().any(|x| !x.is_constant()),
        Value::Array(items) => items.iter().any(is_active),
        _ => false,
    }
}

fn join(parts: &[&[f64]]) -> Vec<f64> {
    parts.concat()
}

const X: [f64; 8] = [0.5, -1.0, 1.5, 0.2, -0.7, 0.9, 2.0, -0.3];

cases! {
    multi_normal "multi_normal" at join(&[&Y, &MU, &S]), |x| vec![
        Value::Vector(x[..3].to_vec()), Value::Vector(x[3..6].to_vec()), symmetric(3, &x[6..])];
    multi_normal_array "multi_normal" at join(&[&Y, &MU, &S]), |x| vec![
        Value::Array(vec![Value::Vector(x[..3].to_vec()), Value::RowVector(constants(&[1.0, 2.0, 3.0]))]),
        Value::Vector(x[3..6].to_vec()), symmetric(3, &x[6..])];
    multi_normal_cholesky "multi_normal_cholesky" at join(&[&Y, &MU, &factor(&S)]), |x| vec![
        Value::Vector(constants(&Y)),
        Value::Array(vec![Value::Vector(x[..3].to_vec()), Value::Vector(x[3..6].to_vec())]), triangular(3, &x[6..])];
    multi_normal_prec "multi_normal_prec" at join(&[&Y, &MU, &S]), |x| vec![
        Value::Vector(x[..3].to_vec()), Value::Vector(x[3..6].to_vec()), symmetric(3, &x[6..])];
    multi_student_t "multi_student_t" at join(&[&Y, &MU, &S, &[4.5]]), |x| vec![
        Value::Vector(x[..3].to_vec()), Value::Real(x[12]), Value::Vector(x[3..6].to_vec()), symmetric(3, &x[6..12])];
    multi_student_t_cholesky "multi_student_t_cholesky" at join(&[&Y, &MU, &factor(&S), &[4.5]]), |x| vec![
        Value::Array(vec![Value::Vector(x[..3].to_vec()), Value::Vector(constants(&MU))]),
        Value::Real(x[12]), Value::Vector(x[3..6].to_vec()), triangular(3, &x[6..12])];
    wishart "wishart" at join(&[&W, &S, &[5.5]]), |x| vec![
        symmetric(3, &x[..6]), Value::Real(x[12]), symmetric(3, &x[6..12])];
    inv_wishart "inv_wishart" at join(&[&W, &S, &[5.5]]), |x| vec![
        symmetric(3, &x[..6]), Value::Real(x[12]), symmetric(3, &x[6..12])];
    wishart_cholesky "wishart_cholesky" at join(&[&factor(&W), &factor(&S), &[5.5]]), |x| vec![
        triangular(3, &x[..6]), Value::Real(x[12]), triangular(3, &x[6..12])];
    inv_wishart_cholesky "inv_wishart_cholesky" at join(&[&factor(&W), &factor(&S), &[5.5]]), |x| vec![
        triangular(3, &x[..6]), Value::Real(x[12]), triangular(3, &x[6..12])];
    lkj_corr "lkj_corr" at vec![0.3, -0.4, 0.2, 1.7], |x| {
        let one = num(1.0);
        vec![symmetric(3, &[one, x[0], one, x[1], x[2], one]), Value::Real(x[3])] };
    lkj_corr_cholesky "lkj_corr_cholesky" at vec![1.0, 0.3, 0.9, -0.4, 0.2, 0.8, 1.7], |x| vec![
        triangular(3, &x[..6]), Value::Real(x[6])];
    lkj_cov "lkj_cov" at join(&[&S, &[0.1, 0.2, 0.3], &[0.5, 1.0, 1.5], &[1.7]]), |x| vec![
        symmetric(3, &x[..6]), Value::Vector(x[6..9].to_vec()), Value::Vector(x[9..12].to_vec()), Value::Real(x[12])];
    multi_gp "multi_gp" at join(&[&Y, &MU, &S, &[0.5, 2.0]]), |x| vec![
        Value::Matrix(rows(2, &x[..6])), symmetric(3, &x[6..12]), Value::Vector(x[12..].to_vec())];
    multi_gp_cholesky "multi_gp_cholesky" at join(&[&Y, &MU, &factor(&S), &[0.5, 2.0]]), |x| vec![
        Value::Matrix(rows(2, &x[..6])), triangular(3, &x[6..12]), Value::Vector(x[12..].to_vec())];
    wiener "wiener" at vec![1.4, 0.8, 1.5, 0.2, 0.4, 0.7], |x| vec![
        Value::Vector(x[..2].to_vec()), Value::Real(x[2]), Value::Real(x[3]), Value::Real(x[4]), Value::Real(x[5])];
    wiener_variabilities "wiener" at vec![1.4, 0.8, 1.5, 0.2, 0.4, 0.7, 0.5, 0.2, 0.3], |x| vec![
        Value::Vector(x[..2].to_vec()), Value::Real(x[2]), Value::Real(x[3]), Value::Real(x[4]), Value::Real(x[5]),
        Value::Real(x[6]), Value::Real(x[7]), Value::Real(x[8])];
    gaussian_dlm_obs "gaussian_dlm_obs" at join(&[&X, &[0.9, 0.1, -0.2, 0.8], &[0.5, 0.1, 0.7], &[0.3, -0.1, 0.4], &[0.2, -0.3], &[1.0, 0.2, 1.5], &[1.0, 0.5, -0.3, 0.8]]), |x| vec![
        Value::Matrix(rows(2, &x[..8])), Value::Matrix(rows(2, &x[23..27])), Value::Matrix(rows(2, &x[8..12])),
        symmetric(2, &x[12..15]), symmetric(2, &x[15..18]), Value::Vector(x[18..20].to_vec()), symmetric(2, &x[20..23])];
    gaussian_dlm_obs_variances "gaussian_dlm_obs" at join(&[&X, &[0.9, 0.1, -0.2, 0.8], &[0.5, 0.7], &[0.3, -0.1, 0.4], &[0.2, -0.3], &[1.0, 0.2, 1.5], &[1.0, 0.5, -0.3, 0.8]]), |x| vec![
        Value::Matrix(rows(2, &x[..8])), Value::Matrix(rows(2, &x[22..26])), Value::Matrix(rows(2, &x[8..12])),
        Value::Vector(x[12..14].to_vec()), symmetric(2, &x[14..17]), Value::Vector(x[17..19].to_vec()), symmetric(2, &x[19..22])];
    categorical "categorical" at vec![0.2, 0.5, 0.3], |x| vec![ints(&[1, 3, 3]), simplex(x)];
    categorical_logit "categorical_logit" at vec![0.2, -0.5, 0.3], |x| vec![ints(&[1, 3, 3]), Value::Vector(x.to_vec())];
    dirichlet "dirichlet" at vec![0.2, 0.5, 0.3, 0.7, 2.5, 4.0], |x| vec![
        Value::Array(vec![simplex(&x[..3]), simplex(&constants::<T>(&[1.0, 2.0, 3.0]))]), Value::Vector(x[3..].to_vec())];
    multinomial "multinomial" at vec![0.2, 0.5, 0.3], |x| vec![ints(&[2, 0, 7]), simplex(x)];
    multinomial_logit "multinomial_logit" at vec![0.2, -0.5, 0.3], |x| vec![ints(&[2, 0, 7]), Value::Vector(x.to_vec())];
    dirichlet_multinomial "dirichlet_multinomial" at vec![0.7, 2.5, 4.0], |x| vec![
        ints(&[2, 0, 7]), Value::Vector(x.to_vec())];
    ordered_logistic "ordered_logistic" at vec![-0.5, 0.4, 1.3, 0.3, 0.9, -0.4, 2.0], |x| vec![
        ints(&[1, 2, 3, 4]), Value::Vector(x[3..].to_vec()), Value::Vector(x[..3].to_vec())];
    ordered_logistic_cuts "ordered_logistic" at vec![-0.5, 0.4, -1.0, 1.3, 0.3, 0.9], |x| vec![
        ints(&[1, 2]), Value::Vector(x[4..].to_vec()),
        Value::Array(vec![Value::Vector(x[..2].to_vec()), Value::Vector(x[2..4].to_vec())])];
    ordered_probit "ordered_probit" at vec![-0.5, 0.4, 1.3, 0.3, 0.9, -0.4, 2.0], |x| vec![
        ints(&[1, 2, 3, 4]), Value::Vector(x[3..].to_vec()), Value::Vector(x[..3].to_vec())];
    ordered_probit_scalar "ordered_probit" at vec![-0.5, 0.4, 1.3, 0.3], |x| vec![
        ints(&[1, 2, 3, 4]), Value::Real(x[3]), Value::Vector(x[..3].to_vec())];
    bernoulli_logit_glm "bernoulli_logit_glm" at join(&[&X, &[0.3, 0.7, -0.4]]), |x| vec![
        ints(&[1, 0, 1, 1]), Value::Matrix(rows(4, &x[..8])), Value::Real(x[8]), Value::Vector(x[9..].to_vec())];
    poisson_log_glm "poisson_log_glm" at join(&[&X[..2], &[0.3, 0.1, -0.2], &[0.7, -0.4]]), |x| vec![
        ints(&[1, 0, 4]), Value::RowVector(x[..2].to_vec()), Value::Vector(x[2..5].to_vec()), Value::Vector(x[5..].to_vec())];
    normal_id_glm "normal_id_glm" at join(&[&X, &[0.3, 0.7, -0.4], &[0.5, 1.0, 1.5, 2.0], &[1.0, 0.2, -0.3, 2.0]]), |x| vec![
        Value::Vector(x[15..].to_vec()), Value::Matrix(rows(4, &x[..8])), Value::Real(x[8]), Value::Vector(x[9..11].to_vec()),
        Value::Vector(x[11..15].to_vec())];
    neg_binomial_2_log_glm "neg_binomial_2_log_glm" at join(&[&X, &[0.3, 0.7, -0.4, 1.5]]), |x| vec![
        ints(&[1, 0, 5, 2]), Value::Matrix(rows(4, &x[..8])), Value::Real(x[8]), Value::Vector(x[9..11].to_vec()), Value::Real(x[11])];
    neg_binomial_2_log_glm_fixed "neg_binomial_2_log_glm" at join(&[&X, &[0.3, 0.7, -0.4]]), |x| vec![
        ints(&[1, 0, 5, 2]), Value::Matrix(rows(4, &x[..8])), Value::Real(x[8]), Value::Vector(x[9..11].to_vec()), Value::Real(num(1.5))];
    binomial_logit_glm "binomial_logit_glm" at join(&[&X, &[0.3, 0.7, -0.4]]), |x| vec![
        ints(&[1, 0, 5, 2]), ints(&[3, 4, 5, 6]), Value::Matrix(rows(4, &x[..8])), Value::Real(x[8]), Value::Vector(x[9..].to_vec())];
    categorical_logit_glm "categorical_logit_glm" at join(&[&X, &[0.3, 0.7, -0.4], &[0.1, 0.2, 0.3, -0.5, 0.6, 0.4]]), |x| vec![
        ints(&[1, 3, 2, 2]), Value::Matrix(rows(4, &x[..8])), Value::Vector(x[8..11].to_vec()), Value::Matrix(rows(2, &x[11..]))];
    ordered_logistic_glm "ordered_logistic_glm" at join(&[&X, &[0.3, 0.7], &[-0.5, 0.4]]), |x| vec![
        ints(&[1, 3, 2, 2]), Value::Matrix(rows(4, &x[..8])), Value::Vector(x[8..10].to_vec()), Value::Vector(x[10..].to_vec())];
}

#[test]
fn agree_with_scipy() {
    let y = Value::Vector(Y.to_vec());
    let mu = Value::Vector(MU.to_vec());
    let (s, w) = (symmetric(3, &S), symmetric(3, &W));
    let (ls, lw) = (triangular(3, &factor(&S)), triangular(3, &factor(&W)));
    let nu = Value::Real(4.5);
    let dof = Value::Real(5.5);
    let alpha = Value::Vector(vec![0.7, 2.5, 4.0]);
    let theta = Value::Vector(vec![0.2, 0.3, 0.5]);
    let mut count = 0;
    for (name, form, x) in figures() {
        if form != "joint" {
            continue;
        }
        let args = match name {
            "multi_normal" => vec![y.clone(), mu.clone(), s.clone()],
            "multi_normal_cholesky" => vec![y.clone(), mu.clone(), ls.clone()],
            "multi_normal_prec" => vec![y.clone(), mu.clone(), s.clone()],
            "multi_student_t" => vec![y.clone(), nu.clone(), mu.clone(), s.clone()],
            "multi_student_t_cholesky" => vec![y.clone(), nu.clone(), mu.clone(), ls.clone()],
            "wishart" | "inv_wishart" => vec![w.clone(), dof.clone(), s.clone()],
            "wishart_cholesky" | "inv_wishart_cholesky" => vec![lw.clone(), dof.clone(), ls.clone()],
            "dirichlet" => vec![theta.clone(), alpha.clone()],
            "multinomial" => vec![ints(&[2, 0, 7]), theta.clone()],
            "dirichlet_multinomial" => vec![ints(&[2, 0, 7]), alpha.clone()],
            "multi_gp" => {
                vec![Value::Matrix(rows(2, &[Y, MU].concat())), s.clone(), Value::Vector(vec![0.5, 2.0])]
            }
            _ => panic!("{name}"),
        };
        let got = log_density::<f64>(name, &args, Keep::ALL).unwrap();
        assert!(close(got, x[0], 1e-12), "{name}: {got} against {}", x[0]);
        count += 1;
    }
    assert_eq!(count, 13);
}

#[test]
fn lkj_is_normalised() {
    for eta in [0.6, 1.0, 3.5] {
        let density = |r: f64| {
            let l = triangular(2, &[1.0, r, (1.0 - r * r).sqrt()]);
            log_density::<f64>("lkj_corr_cholesky", &[l, Value::Real(eta)], Keep::ALL).unwrap().exp()
        };
        // In the angle, where the ends are smooth.
        let half_pi = std::f64::consts::FRAC_PI_2;
        let total = integrate(-half_pi, half_pi, 400, |t| density(t.sin()) * t.cos());
        assert!((total - 1.0).abs() < 1e-3 * (1.0 - eta).max(1e-6), "eta {eta}: {total}");
    }
    // The volume of the 3 x 3 correlation matrices is pi^2 / 2.
    let identity = symmetric(3, &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let lp = log_density::<f64>("lkj_corr", &[identity, Value::Real(1.0)], Keep::ALL).unwrap();
    assert!(close(lp, -(std::f64::consts::PI.powi(2) / 2.0).ln(), 1e-14));
    // The density of the factor is that of the matrix times the Jacobian prod L_kk^(K - k).
    let l = [1.0, 0.3, (1.0f64 - 0.09).sqrt(), -0.4, 0.2, (1.0f64 - 0.2).sqrt()];
    let Value::Matrix(m) = triangular(3, &l) else { unreachable!() };
    let omega = crate::families::linear::product(&m, &m.transpose());
    let corr = log_density::<f64>("lkj_corr", &[Value::Matrix(omega), Value::Real(2.5)], Keep::ALL).unwrap();
    let chol = log_density::<f64>("lkj_corr_cholesky", &[triangular(3, &l), Value::Real(2.5)], Keep::ALL).unwrap();
    assert!(close(chol, corr + l[2].ln(), 1e-13));
}

/// A regression family is its scalar family at the linear predictor.
#[test]
fn regressions_are_scalar_families_at_the_predictor() {
    let x = rows(4, &X);
    let (alpha, beta) = (0.3, [0.7, -0.4]);
    let eta: Vec<f64> = (0..4).map(|i| alpha + x.at(i, 0) * beta[0] + x.at(i, 1) * beta[1]).collect();
    let regression = [Value::Matrix(x), Value::Real(alpha), Value::Vector(beta.to_vec())];
    let counts = ints(&[1, 0, 1, 1]);
    let sizes = ints(&[3, 4, 5, 6]);
    let y = Value::Vector(vec![1.0, 0.2, -0.3, 2.0]);
    let eta = Value::Vector(eta);
    for (glm, scalar, outcome, before, after) in [
        ("bernoulli_logit_glm", "bernoulli_logit", &counts, None, None),
        ("poisson_log_glm", "poisson_log", &counts, None, None),
        ("normal_id_glm", "normal", &y, None, Some(Value::Real(1.5))),
        ("neg_binomial_2_log_glm", "neg_binomial_2_log", &counts, None, Some(Value::Real(1.5))),
        ("binomial_logit_glm", "binomial_logit", &counts, Some(sizes), None),
    ] {
        let mut args = vec![outcome.clone()];
        args.extend(before.clone());
        args.extend(regression.iter().cloned());
        args.extend(after.clone());
        let mut plain = vec![outcome.clone()];
        plain.extend(before);
        plain.push(eta.clone());
        plain.extend(after);
        let got = log_density::<f64>(glm, &args, Keep::ALL).unwrap();
        let want = log_density::<f64>(scalar, &plain, Keep::ALL).unwrap();
        assert!(close(got, want, 1e-13), "{glm}: {got} against {want}");
    }
}

/// The filter against the joint normal density of all observations.
#[test]
fn gaussian_dlm_obs_is_jointly_normal() {
    // A random walk seen with noise: y_t = theta_t + e_t, covariance C0 + min(s, t) W, plus V on the diagonal.
    let (v, w, c0, m0) = (0.5, 0.3, 2.0, 0.4);
    let y = [0.3, 1.2, -0.7];
    let one = |x: f64| Value::Matrix(rows(1, &[x]));
    let args = [Value::Matrix(rows(1, &y)), one(1.0), one(1.0), one(v), one(w), Value::Vector(vec![m0]), one(c0)];
    let got = log_density::<f64>("gaussian_dlm_obs", &args, Keep::ALL).unwrap();
    let sigma = Matrix::from_fn(3, 3, |i, j| c0 + (i.min(j) + 1) as f64 * w + if i == j { v } else { 0.0 });
    let joint = [Value::Vector(y.to_vec()), Value::Vector(vec![m0; 3]), Value::Matrix(sigma)];
    let want = log_density::<f64>("multi_normal", &joint, Keep::ALL).unwrap();
    assert!(close(got, want, 1e-13), "{got} against {want}");
}

#[test]
fn wiener_is_normalised_and_its_expansions_meet() {
    let density = |t: f64, alpha: f64, beta: f64, delta: f64, more: &[f64]| {
        let mut args: Vec<Value<f64>> = [t, alpha, 0.0, beta, delta].iter().map(|x| Value::Real(*x)).collect();
        args.extend(more.iter().map(|x| Value::Real(*x)));
        log_density("wiener", &args, Keep::ALL).unwrap().exp()
    };
    // The chance of the upper boundary: (1 - exp(-2 delta alpha beta)) / (1 - exp(-2 delta alpha)).
    for (alpha, beta, delta) in [(1.5f64, 0.4, 0.7f64), (0.8, 0.7, -1.1), (2.5, 0.2, 2.0)] {
        let want = (-2.0 * delta * alpha * beta).exp_m1() / (-2.0 * delta * alpha).exp_m1();
        let got = integrate(-15.0, 60f64.ln(), 100, |s| s.exp() * density(s.exp(), alpha, beta, delta, &[]));
        assert!((got - want).abs() < 1e-9, "{alpha} {beta} {delta}: {got} against {want}");
    }
    // A normal drift by integrating over it; the other variabilities by integrating over theirs.
    let normal = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let got = density(0.9, 1.5, 0.4, 0.7, &[0.6]);
    let want = integrate(-9.0, 9.0, 20, |z| normal(z) * density(0.9, 1.5, 0.4, 0.7 + 0.6 * z, &[]));
    assert!(close(got, want, 1e-12), "{got} against {want}");
    let got = density(0.9, 1.5, 0.4, 0.7, &[0.6, 0.3, 0.5]);
    let want =
        integrate(0.25, 0.55, 1, |b| integrate(0.0, 0.5, 1, |s| density(0.9 - s, 1.5, b, 0.7, &[0.6]) / (0.3 * 0.5)));
    assert!(close(got, want, 1e-12), "{got} against {want}");
    // Both sides of the switch at x = 0.4.
    let (below, above) = (density(0.4 - 1e-13, 1.0, 0.3, 0.5, &[]), density(0.4 + 1e-13, 1.0, 0.3, 0.5, &[]));
    assert!(close(below, above, 1e-11), "{below} {above}");
    let args = [1.0, 1.5, 1.2, 0.4, 0.0].map(Value::Real);
    let message = log_density::<f64>("wiener", &args, Keep::ALL).unwrap_err().message;
    assert_eq!(message, "wiener: outcome is 1, but must be greater than the non-decision time 1.2");
}
