//! Solvers against closed forms, and their derivatives.

use super::*;
use crate::functions::FunctionError;
use crate::num::{Dual, Num, Tape, Var};

struct Exponential;

/// `y' = -k y + c t`
impl RightHandSide for Exponential {
    type Error = FunctionError;
    fn call<T: Num>(&mut self, t: T, y: &[T], theta: &[T]) -> Result<Vec<T>, FunctionError> {
        Ok(vec![-theta[0] * y[0] + theta[1] * t])
    }
}

/// The solution of [`Exponential`] and its derivatives, by duals over (y0, t0, t, k, c).
fn closed_form<T: Num>(y0: T, t0: T, t: T, k: T, c: T) -> T {
    let particular = |t: T| c * (t / k - T::from(1.0) / k.square());
    (y0 - particular(t0)) * (-k * (t - t0)).exp() + particular(t)
}

#[test]
fn linear_equation() {
    let control = OdeControl { relative_tolerance: 1e-10, absolute_tolerance: 1e-10, max_steps: 10_000 };
    for method in [OdeMethod::Rk45, OdeMethod::CashKarp, OdeMethod::Bdf, OdeMethod::Adams] {
        let tape = Tape::new();
        let inputs = [2.0, 0.5, 3.0, 0.7, 0.3].map(|v| tape.input(v));
        let [y0, t0, t, k, c] = inputs;
        let times = [Var::from(0.8), Var::from(1.7), t];
        let solution = ode(method, &mut Exponential, &[y0], t0, &times, &[k, c], &control).unwrap();
        assert_eq!(solution.len(), 3);
        let adjoints = tape.reverse(&[(solution[2][0], 1.0)]);
        let exact: Vec<Dual<5>> = inputs.iter().enumerate().map(|(i, v)| Dual::input(v.value(), i)).collect();
        let exact = closed_form(exact[0], exact[1], exact[2], exact[3], exact[4]);
        assert!((solution[2][0].value() - exact.value).abs() < 1e-8, "{method:?}");
        for (i, input) in inputs.into_iter().enumerate() {
            let (got, expected) = (adjoints.of(input), exact.d[i]);
            assert!((got - expected).abs() < 1e-7, "{method:?}, input {i}: {got} not {expected}");
        }
        let early = closed_form(2.0, 0.5, 0.8, 0.7, 0.3);
        assert!((solution[0][0].value() - early).abs() < 1e-8, "{method:?}");
    }
}

#[test]
fn errors_of_equations() {
    struct Blowup;
    impl RightHandSide for Blowup {
        type Error = FunctionError;
        fn call<T: Num>(&mut self, _: T, y: &[T], _: &[T]) -> Result<Vec<T>, FunctionError> {
            Ok(y.iter().map(|y| y.square()).collect())
        }
    }
    let control = OdeControl { max_steps: 1000, ..OdeControl::default() };
    let run = |times: &[f64]| ode(OdeMethod::Rk45, &mut Blowup, &[1.0], 0.0, times, &[], &control);
    // y = 1 / (1 - t)
    assert!((run(&[0.5]).unwrap()[0][0] - 2.0).abs() < 1e-4);
    assert!(run(&[2.0]).unwrap_err().is_recoverable());
    assert_eq!(run(&[0.0]).unwrap_err().message, "ode_rk45: initial time 0 must be before the first output time 0");
    assert!(run(&[0.5, 0.2]).is_err());
    assert!(run(&[]).is_err());
}

/// `x^2 + y^2 = r^2`, `y = s x`
struct Circle;

impl Equations for Circle {
    type Error = FunctionError;
    fn call<T: Num>(&mut self, x: &[T], theta: &[T]) -> Result<Vec<T>, FunctionError> {
        Ok(vec![x[0].square() + x[1].square() - theta[0].square(), x[1] - theta[1] * x[0]])
    }
}

#[test]
fn roots() {
    for method in [AlgebraMethod::Powell, AlgebraMethod::Newton] {
        let theta = [Dual::<2>::input(2.0, 0), Dual::input(0.5, 1)];
        let guess = [Dual::constant(10.0), Dual::constant(-3.0)];
        let root = solve(method, &mut Circle, &guess, &theta, &method.default_control()).unwrap();
        let x = theta[0] / (theta[1].square() + Dual::constant(1.0)).sqrt();
        let y = theta[1] * x;
        for (got, expected) in root.iter().zip([x, y]) {
            assert!((got.value - expected.value).abs() < 1e-9, "{method:?}: {root:?}");
            for k in 0..2 {
                assert!((got.d[k] - expected.d[k]).abs() < 1e-8, "{method:?}: {root:?}");
            }
        }
    }
    struct None;
    impl Equations for None {
        type Error = FunctionError;
        fn call<T: Num>(&mut self, x: &[T], _: &[T]) -> Result<Vec<T>, FunctionError> {
            Ok(vec![x[0].square() + T::from(1.0)])
        }
    }
    for method in [AlgebraMethod::Powell, AlgebraMethod::Newton] {
        let error = solve(method, &mut None, &[1.0], &[], &method.default_control()).unwrap_err();
        assert!(error.is_recoverable(), "{error}");
    }
}

#[test]
fn integrals() {
    struct Gaussian;
    impl Integrand for Gaussian {
        type Error = FunctionError;
        fn call<T: Num>(&mut self, x: T, _: T, theta: &[T]) -> Result<T, FunctionError> {
            let z = (x - theta[0]) / theta[1];
            Ok((T::from(-0.5) * z.square()).exp())
        }
    }
    let root = (2.0 * std::f64::consts::PI).sqrt();
    let run = |a: f64, b: f64| {
        let theta = [Dual::<3>::input(0.3, 0), Dual::input(1.5, 1)];
        integrate_1d(&mut Gaussian, Dual::constant(a), Dual::input(b, 2), &theta, 1e-8).unwrap()
    };
    let inf = f64::INFINITY;
    let all = run(-inf, inf);
    assert!(
        (all.value - 1.5 * root).abs() < 1e-10 && all.d[0].abs() < 1e-10 && (all.d[1] - root).abs() < 1e-9,
        "{all:?}"
    );
    let upper = run(0.3, inf);
    assert!((upper.value - 0.75 * root).abs() < 1e-10 && (upper.d[0] - 1.0).abs() < 1e-9, "{upper:?}");
    let part = run(-1.0, 2.0);
    let cdf = |x: f64| 0.5 * libm::erfc(-(x - 0.3) / 1.5 / std::f64::consts::SQRT_2);
    assert!((part.value - 1.5 * root * (cdf(2.0) - cdf(-1.0))).abs() < 1e-10, "{part:?}");
    assert!((part.d[2] - (-0.5 * (1.7_f64 / 1.5).powi(2)).exp()).abs() < 1e-14, "{part:?}");

    /// A singularity at the bound, which needs the distance to it.
    struct Beta;
    impl Integrand for Beta {
        type Error = FunctionError;
        fn call<T: Num>(&mut self, x: T, xc: T, _: &[T]) -> Result<T, FunctionError> {
            let rest = if x.value() > 0.5 { xc } else { T::from(1.0) - x };
            Ok((x * rest).sqrt().recip())
        }
    }
    let value = integrate_1d(&mut Beta, 0.0, 1.0, &[], 1e-8).unwrap();
    assert!((value - std::f64::consts::PI).abs() < 1e-7, "{value}");
    assert!(integrate_1d(&mut Gaussian, 1.0, 0.0, &[0.0, 1.0], 1e-8).is_err());
}
