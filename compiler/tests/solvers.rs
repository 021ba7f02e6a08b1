//! Calls that pass functions to solvers: machine code against the interpreter and against differences, and how they stop.

use ppl_compiler::ir::Status;
use ppl_compiler::{Compiled, Generator, Stop};
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::{Environment, Interpreter, Options};
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

struct Bound {
    interpreter: Interpreter,
    environment: Environment,
    compiled: Compiled,
}

fn bind(text: &str, data: &str) -> Bound {
    let parsed = parse(&SourceMap::from_text("test.stan", text));
    assert!(parsed.is_ok(), "{:?}\n{text}", parsed.diagnostics);
    let checked = ppl_program::check(&parsed.program).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(&RawData::from_json(data).unwrap()).unwrap();
    let compiled = Compiled::new(&interpreter, &environment).unwrap_or_else(|e| panic!("{e}\n{text}"));
    Bound { interpreter, environment, compiled }
}

impl Bound {
    fn gradient(&self, theta: &[f64]) -> Result<(f64, Vec<f64>), Stop> {
        let mut gradient = vec![f64::NAN; theta.len()];
        let value = self.compiled.log_density_gradient(&mut self.compiled.workspace(), theta, &mut gradient)?;
        Ok((value, gradient))
    }

    /// Number of calls whose function is machine code.
    fn machine_code(&self) -> usize {
        let listing = Compiled::listing(&self.interpreter, &self.environment, false).unwrap();
        listing.matches("code of").count()
    }

    /// The interpreter's value and gradient are the same, and central differences are near them.
    fn agrees(&self, theta: &[f64]) {
        let (value, gradient) = self.gradient(theta).unwrap();
        let close = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
        let (expected, slopes) = self.interpreter.gradient(&self.environment, theta, Options::SAMPLER).unwrap();
        assert!(close(value, expected, 1e-11), "{value} not {expected}");
        for (k, (a, b)) in gradient.iter().zip(&slopes).enumerate() {
            assert!(close(*a, *b, 1e-9), "direction {k}: {gradient:?} not {slopes:?}");
            let h = 1e-4 * theta[k].abs().max(1.0);
            let moved = |by: f64| {
                let mut theta = theta.to_vec();
                theta[k] += by;
                self.gradient(&theta).unwrap().0
            };
            let difference = (moved(h) - moved(-h)) / (2.0 * h);
            assert!(close(*a, difference, 2e-5), "direction {k}: {a}, by differences {difference}");
        }
    }
}

/// A program of two states, three parameters and the times 0.5, 1 and 2, whose `solution` is an array of vectors.
fn vectors(call: &str) -> Bound {
    let text = format!(
        "functions {{
           vector rates(real t, vector y, vector k, data vector c, data int n) {{
             vector[2] dy;
             real s = 0;
             for (i in 1:n) s += c[i] * y[1] / (1 + y[2]^2 / i);
             dy[1] = -k[1] * y[1] + exp(-t) * s;
             if (k[2] > 0.5) dy[2] = k[2] * y[1] - k[1] * y[2];
             else dy[2] = 0.1 * k[2] * y[1] - k[1] * y[2] * y[2];
             return dy;
           }}
         }}
         data {{ vector[2] c; }}
         transformed data {{ array[3] real times = {{0.5, 1, 2}}; }}
         parameters {{ vector<lower=0>[2] k; vector[2] start; real late; }}
         model {{
           array[3] vector[2] solution = {call};
           for (i in 1:3) target += sin(solution[i, 1] * i) + solution[i, 2]^2;
           target += -late^2;
         }}"
    );
    bind(&text, r#"{"c": [0.3, 0.2]}"#)
}

const POINT: [f64; 5] = [0.2, -0.4, 1.1, 0.7, 0.05];

#[test]
fn every_method() {
    for call in [
        "ode_rk45_tol(rates, start, 0, times, 1e-9, 1e-9, 1000, k, c, 2)",
        "ode_ckrk_tol(rates, start, 0, times, 1e-9, 1e-9, 1000, k, c, 2)",
        "ode_bdf_tol(rates, start, 0, times, 1e-9, 1e-9, 10000, k, c, 2)",
        "ode_adams(rates, start, 0, times, k, c, 2)",
        "ode_adjoint_tol_ctl(rates, start, 0, times, 1e-9, [1e-9, 1e-9]', 1e-9, [1e-9, 1e-9]', 1e-9, 1e-9, 10000, 100, 1, 2, 1, k, c, 2)",
    ] {
        let bound = vectors(call);
        assert_eq!(bound.machine_code(), 1, "{call}");
        bound.agrees(&POINT);
    }
}

#[test]
fn what_derivatives_are_asked_for() {
    for call in [
        // the start, the parameters, the initial time, the times, and all at once
        "ode_rk45_tol(rates, start, 0, times, 1e-10, 1e-10, 1000, [1, 0.7]', c, 2)",
        "ode_rk45_tol(rates, c, 0, times, 1e-10, 1e-10, 1000, k, c, 2)",
        "ode_rk45_tol(rates, c, late, times, 1e-10, 1e-10, 1000, k, c, 2)",
        "ode_rk45_tol(rates, c, 0, {1 + late, 1.5, 2 + late}, 1e-10, 1e-10, 1000, [1, 0.7]', c, 2)",
        "ode_bdf_tol(rates, start, late, {1 + late, 1.5, 2 + late}, 1e-10, 1e-10, 10000, k, c, 2)",
    ] {
        let bound = vectors(call);
        assert_eq!(bound.machine_code(), 1, "{call}");
        bound.agrees(&POINT);
    }
}

/// The older interface, with arguments that depend on the index of a loop, reals and integers.
#[test]
fn loops_over_subjects() {
    let bound = bind(
        "functions {
           array[] real decay(real t, array[] real y, array[] real theta, array[] real x_r, array[] int x_i) {
             array[2] real dy;
             int n = x_i[1];
             real rate = theta[1] * x_r[1];
             int i = 1;
             while (i <= n) { rate *= 0.9; i += 1; }
             dy[1] = -rate * y[1];
             dy[2] = rate * y[1] - theta[2] * y[2];
             return dy;
           }
         }
         data { int N; array[N, 1] real dose; array[N, 1] int kind; array[N] real t; }
         parameters { array[2] real<lower=0> theta; real<lower=0> start; }
         model {
           for (i in 1:N) {
             array[1, 2] real y = integrate_ode_rk45(decay, {start, 0.0}, 0, {t[i]}, theta, dose[i], kind[i], 1e-9, 1e-9, 1e4);
             target += normal_lpdf(y[1, 2] | 0.5, 0.3);
           }
         }",
        r#"{"N": 5, "dose": [[1], [0.5], [2], [1.5], [0.7]], "kind": [[0], [1], [2], [1], [3]], "t": [0.5, 1, 1.5, 2, 3]}"#,
    );
    assert_eq!(bound.machine_code(), 1);
    bound.agrees(&[0.1, -0.5, 0.3]);
}

/// A right-hand side that calls other functions, and takes a matrix, a tuple and an array of vectors.
#[test]
fn structured_arguments() {
    let bound = bind(
        "functions {
           vector outer(vector y, matrix a) { return a * y; }
           vector rates(real t, vector y, matrix a, tuple(real, array[] vector) more) {
             vector[rows(y)] dy = outer(y, a) * more.1;
             for (v in more.2) dy -= 0.1 * v .* y;
             return dy + softmax(y);
           }
         }
         parameters { matrix[3, 3] a; array[2] vector[3] v; real s; }
         model {
           array[2] vector[3] y = ode_rk45_tol(rates, [1, 0.5, -0.2]', 0, {0.4, 1.1}, 1e-10, 1e-10, 10000, a, (s, v));
           target += dot_self(y[1]) + sum(y[2]) - 0.5 * s^2;
         }",
        "{}",
    );
    assert_eq!(bound.machine_code(), 1);
    let theta: Vec<f64> = (0..16).map(|i| 0.3 * (1.7 * i as f64).sin()).collect();
    bound.agrees(&theta);
}

/// What only the interpreter can run is run by it.
#[test]
fn without_machine_code() {
    let bound = bind(
        "functions {
           real power(real x, int n) { return n == 0 ? 1 : x * power(x, n - 1); }
           vector rates(real t, vector y, real k) { print(\"\"); return -k * y; }
         }
         parameters { real<lower=0> k; }
         model { target += ode_rk45(rates, [2]', 0, {1.5}, k)[1, 1] + power(k, 3); }",
        "{}",
    );
    assert_eq!(bound.machine_code(), 0);
    let k = 0.4f64.exp();
    let (value, gradient) = bound.gradient(&[0.4]).unwrap();
    assert!((value - (2.0 * (-1.5 * k).exp() + k.powi(3) + 0.4)).abs() < 1e-5, "{value}");
    let slope = -3.0 * (-1.5 * k).exp() * k + 3.0 * k.powi(3) + 1.0;
    assert!((gradient[0] - slope).abs() < 1e-5, "{gradient:?}");
}

/// In generated quantities the solution is that of the states alone, as in Stan and in the interpreter.
#[test]
fn generated_quantities() {
    for method in ["ode_rk45", "ode_ckrk", "ode_bdf", "ode_adams"] {
        generated_by(method);
    }
}

fn generated_by(method: &str) {
    let text = format!(
        "functions {{ vector rates(real t, vector y, vector k) {{ return [-k[1] * y[1], k[1] * y[1] - k[2] * y[2]]'; }} }}
         parameters {{ vector<lower=0>[2] k; }}
         model {{ k ~ std_normal(); }}
         generated quantities {{ array[2] vector[2] y = {method}(rates, [1, 0]', 0, {{0.5, 2}}, k); }}"
    );
    let bound = bind(&text, "{}");
    let generator = Generator::new(&bound.interpreter, &bound.environment, |_| true).unwrap();
    let stream = Stream { seed: 1, chain: 0, draw: 0 };
    let theta = [0.3, -0.2];
    let mut numbers = vec![f64::NAN; generator.width()];
    generator.generate(&mut generator.workspace(), &theta, stream, &mut numbers).unwrap();
    let expected = bound.interpreter.write_array(&bound.environment, &theta, stream).unwrap();
    for (a, b) in numbers.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-13, "{numbers:?} {expected:?}");
    }
}

/// A program whose right-hand side misbehaves where `k` is positive.
fn misbehaving(statement: &str, method: &str) -> (Bound, String) {
    let text = format!(
        "functions {{ vector rates(real t, vector y, real k) {{
           vector[1] dy = -y;
           {statement}
           return dy;
         }} }}
         parameters {{ real k; }}
         model {{
           target += {method}(rates, [1]', 0, {{1.0}}, k)[1, 1];
         }}"
    );
    let bound = bind(&text, "{}");
    assert_eq!(bound.machine_code(), 1, "{text}");
    assert!(bound.gradient(&[-0.5]).is_ok());
    (bound, text)
}

#[test]
fn errors_in_the_function() {
    for (statement, status, message) in [
        ("{ int i = k > 0 ? 2 : 1; dy[i] = k; }", Status::Error, "index 2"),
        ("if (k > 0) reject(\"k is positive\");", Status::Reject, "k is positive"),
        ("{ int i = k > 0 ? 0 : 1; dy[1] *= 2 %/% i; }", Status::Error, "denominator is 0"),
    ] {
        for method in ["ode_rk45", "ode_bdf"] {
            let (bound, text) = misbehaving(statement, method);
            let stop = bound.gradient(&[0.5]).unwrap_err();
            assert_eq!(stop.status, status, "{statement}");
            let call = &text[stop.span.unwrap().range()];
            assert!(call.contains("target +="), "{call}");
            // The interpreter, which writes the message, names the line of the function.
            let error = bound.interpreter.gradient(&bound.environment, &[0.5], Options::SAMPLER).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            let place = error.span.unwrap();
            assert_eq!(text[..place.start as usize].lines().count(), 3, "{error}");
        }
    }
}

#[test]
fn nothing_runs_for_ever() {
    for method in ["ode_rk45", "ode_bdf"] {
        let (bound, _) = misbehaving("{ real s = k; while (s > 0) s += 1; dy[1] += s - k; }", method);
        let compiled = bound.compiled.with_fuel(100_000);
        let mut workspace = compiled.workspace();
        assert!(compiled.log_density_gradient(&mut workspace, &[-0.5], &mut [0.0]).is_ok());
        let stop = compiled.log_density_gradient(&mut workspace, &[0.5], &mut [0.0]).unwrap_err();
        assert_eq!(stop.status, Status::Limit);
        // And again: what was borrowed for the call was given back.
        let stop = compiled.log_density_gradient(&mut workspace, &[0.5], &mut [0.0]).unwrap_err();
        assert_eq!(stop.status, Status::Limit);
    }
    // A solver that takes very many steps, each of them cheap.
    let (bound, _) = misbehaving("if (k > 0) dy[1] = 1e4 * cos(1e6 * t);", "ode_adams");
    let compiled = bound.compiled.with_fuel(20_000);
    let stop = compiled.log_density_gradient(&mut compiled.workspace(), &[0.5], &mut [0.0]).unwrap_err();
    assert_eq!(stop.status, Status::Limit);
}

#[test]
fn equations_without_solution() {
    let (bound, _) = misbehaving("if (k > 0) dy[1] = 1e3 * y[1]^2;", "ode_rk45");
    assert_eq!(bound.gradient(&[0.5]).unwrap_err().status, Status::Reject);
}

#[test]
fn roots() {
    for call in [
        "solve_newton(system, guess, a, c)",
        "solve_powell(system, guess, a, c)",
        "solve_newton_tol(system, guess, 1e-3, 1e-10, 200, a, c)",
        "algebra_solver(old, guess, to_vector(a), {c}, {1}, 1e-12, 1e-10, 200)",
        "algebra_solver_newton(old, guess, to_vector(a), {c}, {1})",
    ] {
        let bound = bind(
            &format!(
                "functions {{
                   vector system(vector x, array[] real a, real c) {{
                     return [x[1]^2 + x[2]^2 - a[1]^2 - c, x[2] - a[2] * x[1]]';
                   }}
                   vector old(vector x, vector a, data array[] real c, data array[] int n) {{
                     return [x[1]^2 + x[2]^2 - a[1]^2 - c[n[1]], x[2] - a[2] * x[1]]';
                   }}
                 }}
                 data {{ real c; }}
                 transformed data {{ vector[2] guess = [1, 1]'; }}
                 parameters {{ array[2] real<lower=0> a; }}
                 model {{ vector[2] x = {call}; target += sin(x[1]) + x[2]^2; }}"
            ),
            r#"{"c": 0.3}"#,
        );
        assert_eq!(bound.machine_code(), 1, "{call}");
        bound.agrees(&[0.3, -0.4]);
    }
}

#[test]
fn integrals() {
    for (bounds, tolerance) in [("0, 1", ""), ("-1, b", ", 1e-9"), ("b, positive_infinity()", "")] {
        let bound = bind(
            &format!(
                "functions {{
                   real f(real x, real xc, array[] real theta, data array[] real c, data array[] int n) {{
                     return exp(-theta[1] * x^2) * (c[n[1]] + theta[2] * x);
                   }}
                 }}
                 parameters {{ array[2] real<lower=0> theta; real b; }}
                 model {{ target += integrate_1d(f, {bounds}, theta, {{0.7}}, {{1}}{tolerance}) - b^2; }}"
            ),
            "{}",
        );
        assert_eq!(bound.machine_code(), 1, "{bounds}");
        bound.agrees(&[0.2, -0.3, 0.8]);
    }
}

/// Sums and maps of functions are inlined.
#[test]
fn sums_and_maps() {
    let bound = bind(
        "functions {
           real partial_lpdf(array[] real y, int first, int last, vector mu, real sigma) {
             return normal_lpdf(y | mu[first:last], sigma);
           }
           vector job(vector shared, vector own, data array[] real x, data array[] int n) {
             vector[n[1]] out;
             for (i in 1:n[1]) out[i] = shared[1] * x[i] + own[1]^2;
             return out;
           }
         }
         data { array[4] real y; array[2, 3] real x; array[2, 1] int n; }
         parameters { vector[4] mu; real<lower=0> sigma; array[2] vector[1] own; }
         model {
           target += reduce_sum(partial_lpdf, y, 1, mu, sigma);
           target += -dot_self(map_rect(job, head(mu, 1), own, x, n));
         }",
        r#"{"y": [0.1, 0.2, -0.4, 1], "x": [[1, 2, 3], [0.5, 1, 1.5]], "n": [[3], [2]]}"#,
    );
    let listing = Compiled::listing(&bound.interpreter, &bound.environment, false).unwrap();
    assert!(!listing.contains("expression of"), "{listing}");
    bound.agrees(&[0.3, -0.4, 0.1, 0.2, -0.1, 0.5, -0.6]);
}
