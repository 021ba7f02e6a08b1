//! The meaning of programs: figures worked out by hand from the language's definition.

mod common;

use common::{bound, generated, generated_with};
use ppl_interpreter::Options;
use ppl_runtime::data::RawData;

#[test]
fn uninitialised_variables() {
    assert!(generated("real x; vector[2] v;")[0].is_nan());
    assert_eq!(generated("int x;"), [f64::from(i32::MIN)]);
    assert!(generated("array[2] vector[2] x;").iter().all(|x| x.is_nan()));
}

#[test]
fn reading_by_every_index() {
    let m = "matrix[2,3] m = [[1,2,3],[4,5,6]];";
    let read = |e: &str, ty: &str| generated(&format!("{m} array[2] int k = {{2,1}}; {ty} x = {e};"));
    assert_eq!(read("m[2,3]", "real"), [6.0]);
    assert_eq!(read("m[2]", "row_vector[3]"), [4.0, 5.0, 6.0]);
    assert_eq!(read("m[,2]", "vector[2]"), [2.0, 5.0]);
    assert_eq!(read("m[k,2]", "vector[2]"), [5.0, 2.0]);
    assert_eq!(read("m[k]", "matrix[2,3]"), [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]);
    assert_eq!(read("m[1,2:]", "row_vector[2]"), [2.0, 3.0]);
    assert_eq!(read("m[:1,:2]", "matrix[1,2]"), [1.0, 2.0]);
    assert_eq!(read("m[2:2,2:3]", "matrix[1,2]"), [5.0, 6.0]);
    assert_eq!(read("m[2][3]", "real"), [6.0]);
    assert_eq!(read("m[1:2][2,1]", "real"), [4.0]);
    assert_eq!(read("m[1,2:1]", "row_vector[0]"), [] as [f64; 0]);
    let a = "array[2,2] vector[2] a = {{[1,2]',[3,4]'},{[5,6]',[7,8]'}};";
    let read = |e: &str, ty: &str| generated(&format!("{a} {ty} x = {e};"));
    assert_eq!(read("a[2,1,2]", "real"), [6.0]);
    assert_eq!(read("a[2,1][2]", "real"), [6.0]);
    assert_eq!(read("a[:,2,1]", "array[2] real"), [3.0, 7.0]);
    // Numbers are written with the first index fastest.
    assert_eq!(read("a[2]", "array[2] vector[2]"), [5.0, 7.0, 6.0, 8.0]);
    assert_eq!(read("a[{2,2},1]", "array[2] vector[2]"), [5.0, 5.0, 6.0, 6.0]);
}

#[test]
fn writing_by_every_index() {
    let write = |s: &str| generated(&format!("matrix[2,3] x = rep_matrix(0, 2, 3); array[2] int k = {{2,1}}; {s}"));
    assert_eq!(write("x[2,3] = 9;"), [0.0, 0.0, 0.0, 0.0, 0.0, 9.0]);
    assert_eq!(write("x[2] = [1,2,3];"), [0.0, 1.0, 0.0, 2.0, 0.0, 3.0]);
    assert_eq!(write("x[,1] = [1,2]';"), [1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(write("x[k,1] = [1,2]';"), [2.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(write("x[1,2:3] = [1,2];"), [0.0, 0.0, 1.0, 0.0, 2.0, 0.0]);
    assert_eq!(write("x[:1,:2] = [[1,2]];"), [1.0, 0.0, 2.0, 0.0, 0.0, 0.0]);
    assert_eq!(write("x[2][3] = 9;"), [0.0, 0.0, 0.0, 0.0, 0.0, 9.0]);
    let write = |s: &str| generated(&format!("array[3] vector[2] x = rep_array([0,0]', 3); {s}"));
    assert_eq!(write("x[2] = [1,2]';"), [0.0, 1.0, 0.0, 0.0, 2.0, 0.0]);
    assert_eq!(write("x[2:3] = {[1,2]',[3,4]'};"), [0.0, 1.0, 3.0, 0.0, 2.0, 4.0]);
    assert_eq!(write("x[{3,1}, 2] = {1,2};"), [0.0, 0.0, 0.0, 2.0, 0.0, 1.0]);
    // The last of equal indices stays.
    assert_eq!(write("x[{1,1}, 1] = {1,2};"), [2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(generated("array[0] real x; x[1:0] = x;"), [] as [f64; 0]);
}

#[test]
fn assignment_copies() {
    assert_eq!(generated("vector[3] x = [1,2,3]'; x[2:3] = x[1:2];"), [1.0, 1.0, 2.0]);
    assert_eq!(generated("vector[3] x = [1,2,3]'; x[{2,1}] = x[1:2];"), [2.0, 1.0, 3.0]);
    assert_eq!(generated("vector[2] y = [1,2]'; vector[2] x = y; y[1] = 9;"), [1.0, 2.0]);
    assert_eq!(generated("real x = 1; real y = 2; (x, y) = (y, x); x = 10 * x + y;"), [21.0]);
    assert_eq!(generated("real x = 3; x += 2; x *= 2; x -= 1; x /= 3;"), [3.0]);
    let change = "real f(vector v) { vector[2] w = v; w[1] = 9; return w[1]; }";
    assert_eq!(generated_with(change, "vector[2] x = [1,2]'; real y = f(x);"), [1.0, 2.0]);
}

#[test]
fn control_flow() {
    assert_eq!(generated("int x = 0; for (i in 1:4) { if (i == 2) continue; if (i == 4) break; x += i; }"), [4.0]);
    assert_eq!(generated("int x = 0; for (i in 3:2) x += 1;"), [0.0]);
    assert_eq!(generated("int x = 0; while (x < 5) x += 2;"), [6.0]);
    assert_eq!(generated("int x = 0; while (1) { x += 1; if (x > 6) break; }"), [7.0]);
    assert_eq!(generated("real x = 0; for (e in [1,2.5]) x += e;"), [3.5]);
    assert_eq!(generated("real x = 0; for (e in [[1,2],[3,4]]) x = 10 * x + e;"), [1324.0]);
    assert_eq!(generated("int x = 0; for (r in {{1,2},{3}[{1}]}) x += 1;"), [2.0]);
    assert_eq!(generated("int x = 0; for (i in 1:3) { for (j in 1:3) { if (j == 2) break; x += 1; } }"), [3.0]);
    assert_eq!(generated("int x = 1 ? 2 : 3;"), [2.0]);
    assert_eq!(generated("real x = 0 ? 2 : 3.5;"), [3.5]);
    // The right operand is not looked at: its index is out of range.
    assert_eq!(generated("array[0] int a; int x = 0 && a[1];"), [0.0]);
    assert_eq!(generated("array[0] int a; int x = 2 || a[1];"), [1.0]);
}

#[test]
fn integers() {
    assert_eq!(generated("int x = 7 %/% 2;"), [3.0]);
    assert_eq!(generated("int x = -7 %/% 2;"), [-3.0]);
    assert_eq!(generated("int x = -7 % 4;"), [-3.0]);
    assert_eq!(generated("int x = (1 < 2) + (2 >= 3) + !0;"), [2.0]);
}

#[test]
fn user_functions() {
    let factorial = "int fac(int n) { return n <= 1 ? 1 : n * fac(n - 1); }";
    assert_eq!(generated_with(factorial, "int x = fac(6);"), [720.0]);
    let locals = "int fib(int n) { if (n < 2) return n; int a = fib(n - 1); int b = fib(n - 2); return a + b; }";
    assert_eq!(generated_with(locals, "int x = fib(10);"), [55.0]);
    let overloads = "real f(real a) { return 1; } real f(int a) { return 2; } real f(vector a) { return 3; }";
    assert_eq!(generated_with(overloads, "array[3] real x = {f(1), f(1.0), f([1]')};"), [2.0, 1.0, 3.0]);
    let mutual = "int odd(int n); int even(int n) { return n == 0 ? 1 : odd(n - 1); } int odd(int n) { return n == 0 ? 0 : even(n - 1); }";
    assert_eq!(generated_with(mutual, "int x = even(10);"), [1.0]);
}

#[test]
fn tuples_and_complex_numbers() {
    assert_eq!(generated("tuple(int, vector[2]) x = (1, [2,3]');"), [1.0, 2.0, 3.0]);
    assert_eq!(generated("tuple(real, vector[2]) t = (1, [2,3]'); t.2[1] = 9; real x = t.2[1] + t.1;"), [10.0]);
    assert_eq!(
        generated("array[2] tuple(real, real) t = {(1,2),(3,4)}; t[2].1 = 9; real x = t[2].1 + t[1].2;"),
        [11.0]
    );
    assert_eq!(generated("complex x = (1 + 2i) * (3 - 1i);"), [5.0, 5.0]);
    assert_eq!(generated("complex_vector[2] x = [1 + 1i, 2]';"), [1.0, 1.0, 2.0, 0.0]);
}

#[test]
fn names_are_stans() {
    let text =
        "generated quantities { array[2] vector[2] a; matrix[1,2] m; complex z; tuple(real, vector[2]) t; int n; }";
    let (_, environment) = bound(text, &RawData::new());
    let expected = "a.1.1 a.2.1 a.1.2 a.2.2 m.1.1 m.1.2 z.real z.imag t:1 t:2.1 t:2.2 n";
    assert_eq!(environment.names().join(" "), expected);
    let text = "parameters { array[2] simplex[3] s; cov_matrix[2] c; cholesky_factor_corr[3] l; unit_vector[2] u; }";
    let (_, environment) = bound(text, &RawData::new());
    let expected = "s.1.1 s.2.1 s.1.2 s.2.2 c.1 c.2 c.3 l.1 l.2 l.3 u.1 u.2";
    assert_eq!(environment.unconstrained_names().join(" "), expected);
    assert_eq!(environment.dim(), 12);
}

const LOG_2PI: f64 = 1.8378770664093453;

/// log densities at theta: (normalised without Jacobian, unnormalised with Jacobian).
fn densities(text: &str, theta: &[f64]) -> (f64, f64) {
    let (interpreter, environment) = bound(text, &RawData::new());
    let of = |options| interpreter.value(&environment, theta, options).unwrap_or_else(|e| panic!("{e}\n{text}"));
    (of(Options::NORMALISED), of(Options::SAMPLER))
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} against {b}");
}

#[test]
fn constants_are_dropped_by_declared_level() {
    let theta = [0.7];
    let square = -0.5 * 0.7 * 0.7;
    // `~` drops what no parameter enters; `_lpdf` drops nothing, `_lupdf` what `~` does.
    let (full, dropped) = densities("parameters { real t; } model { t ~ normal(0, 1); }", &theta);
    near(full, square - 0.5 * LOG_2PI);
    near(dropped, square);
    let (full, dropped) = densities("parameters { real t; } model { target += normal_lpdf(t | 0, 1); }", &theta);
    near(full, square - 0.5 * LOG_2PI);
    near(dropped, full);
    let (_, dropped) = densities("parameters { real t; } model { target += normal_lupdf(t | 0, 1); }", &theta);
    near(dropped, square);
    // Data only: everything is dropped.
    let (full, dropped) = densities("parameters { real t; } model { 0.5 ~ normal(0, 1); }", &theta);
    near(full, -0.125 - 0.5 * LOG_2PI);
    near(dropped, 0.0);
    // A local variable is a parameter to the density, whatever was assigned to it; an integer never is.
    let (_, dropped) = densities("parameters { real t; } model { real s = 2; 0.5 ~ normal(0, s); }", &theta);
    near(dropped, -0.5 * 0.0625 - 2f64.ln());
    let (_, dropped) = densities("parameters { real t; } model { int s = 2; 0.5 ~ normal(0, s); }", &theta);
    near(dropped, 0.0);
}

#[test]
fn user_densities_pass_the_form_on() {
    let define = |body: &str| {
        format!(
            "functions {{ real f_lpdf(real y, real m) {{ return normal_lupdf(y | m, 1); }}
               real g_lpdf(real y, real m) {{ return f_lupdf(y | m); }}
               real h_lpdf(real y, real m) {{ return f_lpdf(y | m); }}
               void i_lp(real y) {{ y ~ normal(0, 1); }} }}
             parameters {{ real t; }} model {{ {body} }}"
        )
    };
    let theta = [0.7];
    let square = -0.5 * 0.7 * 0.7;
    let kept = square - 0.5 * LOG_2PI;
    for (body, expected) in [
        ("t ~ f(0);", square),
        ("target += f_lupdf(t | 0);", square),
        ("target += f_lpdf(t | 0);", kept),
        ("t ~ g(0);", square),
        ("target += g_lpdf(t | 0);", kept),
        ("t ~ h(0);", kept),
        ("i_lp(t);", square),
    ] {
        let (full, dropped) = densities(&define(body), &theta);
        near(full, kept);
        near(dropped, expected);
    }
    // Called with data only, a user density drops all: levels are those of the call.
    let (full, dropped) = densities(&define("0.5 ~ f(0);"), &theta);
    near(full, -0.125 - 0.5 * LOG_2PI);
    near(dropped, 0.0);
}

#[test]
fn target_and_jacobian() {
    let text = "functions { void add_jacobian(real a) { jacobian += a; } }
        parameters { real<lower=0> t; } transformed parameters { add_jacobian(t); } model { target += 1; target += target(); }";
    let t = 0.3f64.exp();
    let (full, sampled) = densities(text, &[0.3]);
    near(full, 2.0);
    near(sampled, 2.0 * (0.3 + t + 1.0));
}

#[test]
fn truncation() {
    let phi = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
    let density = |y: f64| -0.5 * y * y - 0.5 * LOG_2PI;
    let of = |statement: &str| densities(&format!("parameters {{ real t; }} model {{ {statement} }}"), &[0.7]).0;
    near(of("t ~ normal(0, 1) T[0, ];"), density(0.7) - 0.5f64.ln());
    near(of("t ~ normal(0, 1) T[, 1];"), density(0.7) - phi(1.0).ln());
    near(of("t ~ normal(0, 1) T[0, 1];"), density(0.7) - (phi(1.0) - 0.5).ln());
    assert_eq!(of("t ~ normal(0, 1) T[1, ];"), f64::NEG_INFINITY);
    assert_eq!(of("t ~ normal(0, 1) T[, 0.5];"), f64::NEG_INFINITY);
    // Outcomes in a container count each; with container arguments each has its own probability.
    near(of("[0.7, 0.2] ~ normal(0, 1) T[0, ];"), density(0.7) + density(0.2) - 2.0 * 0.5f64.ln());
    near(of("[0.7, 0.2] ~ normal(0, 1) T[0, 1];"), density(0.7) + density(0.2) - 2.0 * (phi(1.0) - 0.5).ln());
    let each = density(0.7) - (phi(1.0) - 0.5).ln() + density(0.1) - (phi(0.9) - phi(-0.1)).ln();
    near(of("[0.7, 0.2]' ~ normal([0, 0.1]', 1) T[0, 1];"), each);
    // Of a discrete distribution the lower bound belongs to the interval.
    let poisson = |n: i32| -2.0 + f64::from(n) * 2f64.ln() - libm::lgamma(f64::from(n) + 1.0);
    let mass = (poisson(1).exp() + poisson(2).exp() + poisson(3).exp()).ln();
    near(of("2 ~ poisson(2) T[1, 3];"), poisson(2) - mass);
    near(of("1 ~ poisson(2) T[1, ];"), poisson(1) - (1.0 - poisson(0).exp()).ln());
}

#[test]
fn gradients_by_two_roads_agree() {
    let text = "functions { real f_lpdf(vector y, real m, real s) { return normal_lpdf(y | m, s); } }
        data { int N; vector[N] y; }
        parameters { real m; real<lower=0> s; simplex[3] p; cov_matrix[2] c; ordered[2] o; real<lower=m, upper=m+2> b; }
        transformed parameters { vector[2] w; w[1] = m * s; w[2] = w[1]^2 + exp(o[1]); }
        model { y ~ f(m, s); target += log(p[2]) + sum(c) - w[2] + o[2] * b; while (0) {} 
                real a = 1; for (i in 1:3) { a = a * m + s; if (a > 2) a /= 2; } target += a; }";
    let raw = RawData::new().int("N", 3).reals("y", &[0.1, -0.4, 1.2]);
    let (interpreter, environment) = bound(text, &raw);
    let theta = [0.3, -0.2, 0.5, -0.1, 0.2, 0.7, -0.4, 0.1, 0.6, 0.9];
    let (value, reverse) = interpreter.gradient(&environment, &theta, Options::SAMPLER).unwrap();
    let (again, forward) = interpreter.gradient_forward::<4>(&environment, &theta, Options::SAMPLER).unwrap();
    near(value, again);
    let plain = |theta: &[f64]| interpreter.value(&environment, theta, Options::SAMPLER).unwrap();
    near(value, plain(&theta));
    for k in 0..theta.len() {
        near(reverse[k], forward[k]);
        let mut shifted = theta;
        shifted[k] += 1e-6;
        let up = plain(&shifted);
        shifted[k] -= 2e-6;
        let slope = (up - plain(&shifted)) / 2e-6;
        assert!((slope - reverse[k]).abs() < 1e-6 * slope.abs().max(1.0), "{k}: {} against {slope}", reverse[k]);
    }
}

#[test]
fn parameters_go_both_ways() {
    let text =
        "parameters { real<lower=1> a; vector<offset=[1,2]', multiplier=3>[2] v; array[2] real<lower={0.0,1.0}, upper=5> b;
        simplex[3] p; corr_matrix[3] r; cov_matrix[2] c; cholesky_factor_corr[2] lr; cholesky_factor_cov[3,2] lc;
        unit_vector[2] u; positive_ordered[2] o; array[2] ordered[2] oo; complex z; sum_to_zero_vector[3] s;
        tuple(real<upper=0>, matrix<lower=0>[1,2]) t; }";
    let (interpreter, environment) = bound(text, &RawData::new());
    let n = environment.dim();
    let theta: Vec<f64> = (0..n).map(|k| ((k * 37 + 11) % 19) as f64 / 10.0 - 0.9).collect();
    let values = interpreter.constrain(&environment, &theta).unwrap();
    let back = interpreter.unconstrain(&environment, &values).unwrap();
    for (k, name) in environment.unconstrained_names().iter().enumerate() {
        if !name.starts_with("u.") {
            assert!((theta[k] - back[k]).abs() < 1e-9, "{name}: {} came back as {}", theta[k], back[k]);
        }
    }
    assert_eq!(
        interpreter.constrain(&environment, &theta[1..]).unwrap_err().to_string(),
        "`t`: there are fewer unconstrained coordinates than the parameters need"
    );
}

#[test]
fn random_draws_are_functions_of_the_stream() {
    let (interpreter, environment) =
        bound("generated quantities { array[3] real x = normal_rng(rep_vector(0, 3), 1); }", &RawData::new());
    let draw =
        |draw| interpreter.write_array(&environment, &[], ppl_runtime::density::Stream { draw, ..common::STREAM });
    assert_eq!(draw(0).unwrap(), draw(0).unwrap());
    assert_ne!(draw(0).unwrap(), draw(1).unwrap());
}

#[test]
fn reduce_sum_and_map_rect() {
    let f = "real part(array[] real slice, int start, int end, real m) { return normal_lpdf(slice | m, 1) + 0 * (end - start); }
        vector job(vector phi, vector theta, data array[] real xr, data array[] int xi) { return phi * theta[1] + xr[1] + xi[1]; }";
    let direct = generated("real x = normal_lpdf({1.0, 2, 3} | 0.5, 1);");
    assert_eq!(generated_with(f, "real x = reduce_sum(part, {1.0, 2, 3}, 1, 0.5);"), direct);
    assert_eq!(generated_with(f, "array[0] real e; real x = reduce_sum(part, e, 1, 0.5);"), [0.0]);
    let jobs = "vector[4] x = map_rect(job, [1,2]', {[10]', [100]'}, {{1.0}, {2.0}}, {{3}, {4}});";
    assert_eq!(generated_with(f, jobs), [14.0, 24.0, 106.0, 206.0]);
}

#[test]
fn printing() {
    let interpreter = common::program(
        "generated quantities { print(\"a \", 1, \" \", 2.5, \" \", [1, 0.1]', {1e10, 1e-7}, [[1,2],[3,4]], (1, 2.0)); }",
    );
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = lines.clone();
    let interpreter = interpreter.with_printer(move |line| sink.lock().unwrap().push(line.to_string()));
    let environment = interpreter.bind(&RawData::new()).unwrap();
    interpreter.write_array(&environment, &[], common::STREAM).unwrap();
    assert_eq!(*lines.lock().unwrap(), ["a 1 2.5 [1,0.1][1e+10,1e-07][[1,2],[3,4]](1,2)"]);
}

#[test]
fn solvers() {
    let f = "vector decay(real t, vector y, real k) { return -k * y; }
        array[] real old(real t, array[] real y, array[] real th, data array[] real xr, data array[] int xi) { return {-th[1] * y[1]}; }
        vector root(vector x, real a) { return [x[1]^2 - a]'; }
        vector old_root(vector x, vector th, data array[] real xr, data array[] int xi) { return [x[1]^2 - th[1]]'; }
        real bell(real x, real xc, array[] real th, data array[] real xr, data array[] int xi) { return exp(-th[1] * x^2); }";
    let close = |body: &str, expected: f64| {
        let x = generated_with(f, body)[0];
        assert!((x - expected).abs() < 1e-5, "{body}: {x} against {expected}");
    };
    let exact = 2.0 * (-0.9f64).exp();
    for name in ["ode_rk45", "ode_ckrk", "ode_bdf", "ode_adams"] {
        close(&format!("real x = {name}(decay, [2]', 0, {{1.0, 3.0}}, 0.3)[2, 1];"), exact);
        close(&format!("real x = {name}_tol(decay, [2]', 0, {{1.0, 3.0}}, 1e-8, 1e-8, 1000, 0.3)[2, 1];"), exact);
    }
    close("real x = integrate_ode_rk45(old, {2}, 0, {3.0}, {0.3}, {0.0}, {0})[1, 1];", exact);
    close("real x = integrate_ode_bdf(old, {2}, 0, {3.0}, {0.3}, {0.0}, {0}, 1e-8, 1e-8, 1e4)[1, 1];", exact);
    for solver in 1..=2 {
        close(
            &format!(
                "real x = ode_adjoint_tol_ctl(decay, [2]', 0, {{1.0, 3.0}}, 1e-8, [1e-8]', 1e-8, [1e-8]', 1e-8, 1e-8, 10000, 150, 1, {solver}, 2, 0.3)[2, 1];"
            ),
            exact,
        );
    }
    for name in ["solve_powell", "solve_newton"] {
        close(&format!("real x = {name}(root, [1]', 2.0)[1];"), 2f64.sqrt());
        close(&format!("real x = {name}_tol(root, [1]', 1e-9, 1e-9, 100, 2.0)[1];"), 2f64.sqrt());
    }
    close("real x = algebra_solver(old_root, [1]', [2]', {0.0}, {0})[1];", 2f64.sqrt());
    close(
        "real x = integrate_1d(bell, negative_infinity(), positive_infinity(), {2.0}, {0.0}, {0});",
        (std::f64::consts::PI / 2.0).sqrt(),
    );
    // Derivatives: d/dk of exp(-3 k) and d/da of sqrt(a).
    let text = format!(
        "functions {{ {f} }} parameters {{ real k; real a; }} model {{
           target += ode_rk45_tol(decay, [2]', 0, {{3.0}}, 1e-10, 1e-10, 100000, k)[1, 1] + solve_newton(root, [1]', a)[1]
             + integrate_1d(bell, 0, 1, {{k}}, {{0.0}}, {{0}}); }}"
    );
    let (interpreter, environment) = bound(&text, &RawData::new());
    let (_, gradient) = interpreter.gradient(&environment, &[0.3, 2.0], Options::SAMPLER).unwrap();
    let by_k = -3.0 * exact - simpson(|x| x * x * (-0.3 * x * x).exp());
    assert!((gradient[0] - by_k).abs() < 1e-7, "{} against {by_k}", gradient[0]);
    assert!((gradient[1] - 0.5 / 2f64.sqrt()).abs() < 1e-7, "{}", gradient[1]);
}

/// The integral from 0 to 1.
fn simpson(f: impl Fn(f64) -> f64) -> f64 {
    let n = 1000;
    let weight = |i: usize| {
        if i == 0 || i == n {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    (0..=n).map(|i| weight(i) * f(i as f64 / n as f64)).sum::<f64>() / (3 * n) as f64
}
