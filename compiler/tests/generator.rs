//! Draws by machine code are those of the interpreter, from the same random numbers.

use ppl_compiler::Generator;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::{Environment, Interpreter};
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

fn bound(name: &str, text: &str, data: &RawData) -> (Interpreter, Environment) {
    let source = SourceMap::from_text(name, text.to_owned());
    let parsed = parse(&source);
    assert!(parsed.is_ok(), "{name}: {:?}", parsed.diagnostics);
    let checked = ppl_program::check(&parsed.program).unwrap_or_else(|e| panic!("{name}: {}", e[0].message));
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(data).unwrap_or_else(|e| panic!("{name}: {e}"));
    (interpreter, environment)
}

/// Points in (-1, 1).
fn points(dim: usize, count: usize) -> Vec<Vec<f64>> {
    let mut state = 88172645463325252u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    };
    (0..count).map(|_| (0..dim).map(|_| next()).collect()).collect()
}

fn same(name: &str, names: &[String], ours: &[f64], theirs: &[f64]) {
    for ((a, b), number) in ours.iter().zip(theirs).zip(names) {
        let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * b.abs().max(1e-300);
        assert!(close, "{name}: {number} is {a}, but the interpreter says {b}");
    }
}

/// Compares some draws; gives how many of them succeeded.
fn compare(name: &str, interpreter: &Interpreter, environment: &Environment, draws: u64) -> usize {
    let generator =
        Generator::new(interpreter, environment, |_| true).unwrap_or_else(|e| panic!("{name}: {e} at {:?}", e.span()));
    assert_eq!(generator.width(), environment.names().len(), "{name}");
    let mut workspace = generator.workspace();
    let mut out = vec![0.0; generator.width()];
    let mut succeeded = 0;
    for (draw, theta) in points(generator.dim(), draws as usize).iter().enumerate() {
        let stream = Stream { seed: 5, chain: 2, draw: draw as u64 };
        let ours = generator.generate(&mut workspace, theta, stream, &mut out);
        let theirs = interpreter.write_array(environment, theta, stream);
        match (ours, theirs) {
            (Ok(()), Ok(theirs)) => {
                same(name, environment.names(), &out, &theirs);
                succeeded += 1;
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => panic!("{name}: {ours:?}, but the interpreter says {theirs:?}"),
        }
    }
    succeeded
}

fn program(text: &str) -> (Interpreter, Environment) {
    bound("program", text, &RawData::new())
}

/// Compares draws that all succeed; gives whether batches are made in blocks.
fn check(text: &str, draws: u64) -> bool {
    let (interpreter, environment) = program(text);
    assert_eq!(compare(text, &interpreter, &environment, draws), draws as usize);
    compare_batch(text, &interpreter, &environment)
}

#[test]
fn library_models() {
    let mut compiled = 0;
    for model in ppl_stdlib::MODELS {
        let Some(data) = model.data else { continue };
        let data = RawData::from_json(data).unwrap();
        let (interpreter, environment) = bound(model.name, model.program, &data);
        compare(model.name, &interpreter, &environment, 4);
        compare_batch(model.name, &interpreter, &environment);
        compiled += 1;
    }
    assert!(compiled > 20);
}

#[test]
fn every_generator() {
    let scalar = [
        ("bernoulli", "0.3", true),
        ("bernoulli_logit", "a", true),
        ("beta", "b, 0.7", false),
        ("beta_binomial", "12, b, 2.0", true),
        ("beta_neg_binomial", "3, b + 2, 2.0", true),
        ("beta_proportion", "0.4, b", false),
        ("binomial", "20, 0.3", true),
        ("cauchy", "a, b", false),
        ("chi_square", "b", false),
        ("discrete_range", "-3, 12", true),
        ("double_exponential", "a, b", false),
        ("exp_mod_normal", "a, b, 1.5", false),
        ("exponential", "b", false),
        ("frechet", "b, 1.5", false),
        ("gamma", "b / 2, 1.5", false),
        ("gumbel", "a, b", false),
        ("hypergeometric", "5, 7, 9", true),
        ("inv_chi_square", "b", false),
        ("inv_gamma", "b, 1.5", false),
        ("logistic", "a, b", false),
        ("loglogistic", "b, 1.5", false),
        ("lognormal", "a, b", false),
        ("neg_binomial", "b, 1.5", true),
        ("neg_binomial_2", "b, 1.5", true),
        ("neg_binomial_2_log", "a, 1.5", true),
        ("normal", "a, b", false),
        ("pareto", "b, 1.5", false),
        ("pareto_type_2", "a, b, 1.5", false),
        ("poisson", "b", true),
        ("poisson_log", "a", true),
        ("rayleigh", "b", false),
        ("scaled_inv_chi_square", "b, 1.5", false),
        ("skew_double_exponential", "a, b, 0.3", false),
        ("skew_normal", "a, b, 1.5", false),
        ("std_normal", "", false),
        ("student_t", "b, a, 1.5", false),
        ("uniform", "a, a + b", false),
        ("von_mises", "a, b", false),
        ("weibull", "b, 1.5", false),
        ("yule_simon", "b", true),
    ];
    for family in ppl_runtime::families::scalar_families() {
        let declaration = family.declaration;
        let tested = scalar.iter().any(|(name, ..)| *name == declaration.name);
        assert!(tested || declaration.rng.is_empty(), "{}", declaration.name);
    }
    for (name, arguments, discrete) in scalar {
        let ty = if discrete { "int" } else { "real" };
        let one = format!("{ty} x = {name}_rng({arguments}); {ty} y = {name}_rng({arguments});");
        // With the first argument as a container, long enough for whole vectors and a rest.
        let many = match arguments.split_once(", ") {
            _ if name == "std_normal" || name == "hypergeometric" => String::new(),
            first => {
                let (first, rest) = first.map_or((arguments, String::new()), |(a, b)| (a, format!(", {b}")));
                format!("array[19] {ty} z = {name}_rng(rep_array({first}, 19){rest});")
            }
        };
        let in_blocks = check(
            &format!(
                "generated quantities {{ real a = normal_rng(0, 1); real b = 1 + exponential_rng(1); {one} {many} }}"
            ),
            50,
        );
        assert!(in_blocks, "{name}");
    }
}

#[test]
fn generators_of_vectors_and_matrices() {
    let in_blocks = check(
        "transformed data {
           matrix[3, 3] S = [[2, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 1.1]];
         }
         generated quantities {
           vector[3] mu = [normal_rng(0, 1), 0.5, 1]';
           real nu = 5 + exponential_rng(1);
           vector[3] alpha = [exponential_rng(1), 0.5, 4]';
           matrix[3, 3] L = cholesky_decompose(S);
           vector[3] a = multi_normal_rng(mu, S);
           vector[3] b = multi_normal_cholesky_rng(mu, L);
           array[2] vector[3] c = multi_normal_cholesky_rng({mu, a}, L);
           vector[3] d = multi_student_t_rng(nu, mu, S);
           vector[3] e = multi_student_t_cholesky_rng(nu, mu, L);
           simplex[3] f = dirichlet_rng(alpha);
           array[3] int g = multinomial_rng(f, 12);
           array[3] int h = multinomial_logit_rng(a, 12);
           array[3] int i = dirichlet_multinomial_rng(alpha, 12);
           int j = categorical_rng(f);
           int k = categorical_logit_rng(a);
           int l = ordered_logistic_rng(mu[1], [-1, 0, 1.5]');
           int m = ordered_probit_rng(mu[1], [-1, 0, 1.5]');
           cov_matrix[3] n = wishart_rng(nu, S);
           cov_matrix[3] o = inv_wishart_rng(nu, S);
           cholesky_factor_cov[3] p = wishart_cholesky_rng(nu, L);
           cholesky_factor_cov[3] q = inv_wishart_cholesky_rng(nu, L);
           corr_matrix[4] r = lkj_corr_rng(4, nu);
           cholesky_factor_corr[4] s = lkj_corr_cholesky_rng(4, nu);
           array[2] int t = bernoulli_logit_glm_rng([[1, 2, 3], [-1, 0, 1]], rep_vector(mu[1], 2), a);
           array[2] int u = hmm_latent_rng(log([[0.9, 0.1], [0.1, 0.9]]), [[0.8, 0.2], [0.3, 0.7]], [0.5, 0.5]');
           int last = poisson_rng(nu);
         }",
        30,
    );
    assert!(in_blocks);
}

#[test]
fn draws_decide_where_the_program_goes() {
    let in_blocks = check(
        "functions {
           real truncated_rng(real low) {
             real x = normal_rng(0, 1);
             while (x < low) x = normal_rng(0, 1);
             return x;
           }
           vector walk_rng(int n, real start) {
             vector[n] x;
             x[1] = start;
             for (i in 2:n) x[i] = x[i - 1] + student_t_rng(3, 0, 1);
             return x;
           }
           int count_rng(real p) {
             for (i in 1:100) if (bernoulli_rng(p)) return i;
             return 0;
           }
         }
         generated quantities {
           real<lower=0.5> x = truncated_rng(0.5);
           int n = poisson_rng(4);
           array[10] real z = rep_array(0.0, 10);
           for (i in 1:min(n, 10)) z[i] = gamma_rng(i, 2);
           real y = n > 3 ? uniform_rng(0, 1) : cauchy_rng(0, 1);
           vector[7] w = walk_rng(7, y);
           int k = categorical_rng(rep_vector(0.25, 4));
           real v = w[k];
           int c = count_rng(0.2);
           array[3, 2] int grid;
           array[2] matrix[2, 3] cube;
           for (i in 1:3) {
             for (j in 1:2) {
               if (i == 2) continue;
               grid[i, j] = binomial_rng(10, inv_logit(z[i]));
               cube[j, 1, i] = i + 10 * j + normal_rng(0, 0.1);
             }
           }
           tuple(real, array[2] int) pair = (x, {n, k});
         }",
        200,
    );
    assert!(!in_blocks);
}

#[test]
fn declared_constraints_are_checked() {
    let (interpreter, environment) = program(
        "parameters { real m; simplex[3] p; cholesky_factor_corr[3] L; array[2] ordered[3] c; }
         transformed parameters { real<lower=-0.5> t = m; }
         generated quantities { real<upper=1> u = normal_rng(t, exp(m)); vector[2] r = [p[1], L[3, 3]]'; }",
    );
    let succeeded = compare("checks", &interpreter, &environment, 200);
    assert!((20..180).contains(&succeeded), "{succeeded}");
}

#[test]
fn arguments_outside_their_domain_stop_a_draw() {
    let (interpreter, environment) = program(
        "generated quantities {
           real s = normal_rng(0, 1);
           array[3] real x = normal_rng(rep_vector(0, 3), s);
           int n = poisson_rng(s);
           real u = uniform_rng(-0.5, s);
         }",
    );
    let succeeded = compare("domains", &interpreter, &environment, 200);
    assert!((50..150).contains(&succeeded), "{succeeded}");
}

#[test]
fn a_selection_leaves_the_draws_alone() {
    let (interpreter, environment) = program(
        "generated quantities { real a = normal_rng(0, 1); array[2, 3] real b; vector[2] c;
           for (i in 1:2) { c[i] = normal_rng(a, 1); for (j in 1:3) b[i, j] = exponential_rng(1); } }",
    );
    let generator = Generator::new(&interpreter, &environment, |q| q.name != "a").unwrap();
    let stream = Stream { seed: 1, chain: 1, draw: 9 };
    let mut out = vec![0.0; 8];
    generator.generate(&mut generator.workspace(), &[], stream, &mut out).unwrap();
    assert_eq!(out, interpreter.write_array(&environment, &[], stream).unwrap()[1..]);
}

/// Compares a batch with single draws; gives whether it was made in blocks.
fn compare_batch(name: &str, interpreter: &Interpreter, environment: &Environment) -> bool {
    let generator = Generator::new(interpreter, environment, |_| true).unwrap();
    let (first, count) = (37, 300);
    let thetas = points(generator.dim(), count).concat();
    let mut workspace = generator.batch_workspace();
    let mut out = vec![0.0; generator.width() * count];
    let failed =
        generator.generate_batch(&mut workspace, &thetas, 5, 2, first..first + count as u64, &mut out).unwrap();
    let mut single = generator.workspace();
    let mut row = vec![0.0; generator.width()];
    for i in 0..count {
        let draw = first + i as u64;
        let theta = &thetas[i * generator.dim()..(i + 1) * generator.dim()];
        let stream = Stream { seed: 5, chain: 2, draw };
        let one = generator.generate(&mut single, theta, stream, &mut row);
        assert_eq!(one.err(), failed.iter().find(|f| f.draw == draw).map(|f| f.stop), "{name}");
        let batch: Vec<f64> = (0..generator.width()).map(|k| out[k * count + i]).collect();
        if one.is_ok() {
            for ((a, b), number) in batch.iter().zip(&row).zip(environment.names()) {
                let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-10 * b.abs().max(1e-3);
                assert!(close, "{name}: {number} is {a} in a batch, {b} alone");
            }
        } else {
            assert!(batch.iter().all(|x| x.is_nan()), "{name}");
        }
    }
    // The same numbers in other batches, bit for bit.
    let mut parts = vec![0.0; generator.width() * count];
    for (from, to) in [(0, 1), (1, 150), (150, 300)] {
        let mut part = vec![0.0; generator.width() * (to - from)];
        let thetas = &thetas[from * generator.dim()..to * generator.dim()];
        let draws = first + from as u64..first + to as u64;
        generator.generate_batch(&mut workspace, thetas, 5, 2, draws, &mut part).unwrap();
        for k in 0..generator.width() {
            let n = to - from;
            parts[k * count + from..k * count + to].copy_from_slice(&part[k * n..(k + 1) * n]);
        }
    }
    let same = |other: &[f64]| other.iter().zip(&out).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(same(&parts), "{name}: batches differ");
    // And by code that is made quickly, for short blocks.
    let quick = Generator::new(interpreter, environment, |_| true).unwrap().expecting(9);
    let draws = first..first + count as u64;
    let mut short = vec![0.0; generator.width() * count];
    quick.generate_batch(&mut quick.batch_workspace(), &thetas, 5, 2, draws, &mut short).unwrap();
    assert!(same(&short), "{name}: short blocks differ");
    generator.in_blocks()
}

#[test]
fn blocks_of_draws() {
    let in_blocks = check(
        "functions {
           real step_rng(real x, real s) { return 0.9 * x + normal_rng(0, s); }
           real larger(real x, real y) { if (x > y) return x; return y; }
         }
         transformed data {
           matrix[5, 3] X = [[1, 2, 3], [0, 1, 0], [0.5, -1, 2], [1, 1, 1], [-1, 0, 2]];
           array[5] int group = {1, 2, 2, 1, 3};
         }
         generated quantities {
           vector[3] beta;
           for (k in 1:3) beta[k] = normal_rng(0, 1);
           real<lower=0> sigma = abs(cauchy_rng(0, 5));
           vector[5] eta = 0.5 + X * beta;
           vector[5] y;
           for (n in 1:5) y[n] = normal_rng(eta[n], sigma);
           array[5] real z = normal_rng(eta + beta[group], 2);
           vector[12] walk;
           walk[1] = normal_rng(0, 1);
           for (i in 2:12) walk[i] = step_rng(walk[i - 1], sigma);
           real total = 0;
           for (i in 1:12) total += walk[i];
           real most = walk[1];
           for (i in 2:12) most = larger(walk[i], most);
           int k = categorical_rng(softmax(beta));
           real chosen = beta[k];
           array[3] int counts = rep_array(0, 3);
           for (i in 1:10) {
             int c = categorical_rng([0.2, 0.5, 0.3]');
             counts[c] += 1;
           }
           int n = poisson_rng(exp(0.1 * beta[1]));
           real s = 0;
           for (i in 1:n) s += i * beta[2];
           int halvings = 0;
           real left = sigma;
           while (left > 1) { left /= 2; halvings += 1; }
           array[2] matrix[2, 3] cube;
           for (i in 1:2) for (j in 1:3) { cube[1, i, j] = X[i, j] * sigma; cube[2, i] = beta'; }
           real lp = normal_lpdf(y | eta, sigma) + dot_product(X[2], beta) + sum(eta) + dot_self(y);
           vector[3] p = softmax(beta);
           matrix[3, 3] S = beta * beta' + diag_matrix(rep_vector(1, 3));
           vector[3] m = multi_normal_rng(beta, S);
           int flag = m[1] > 0 && m[2] > 0;
           real negative = -sigma;
           real ratio = m[1] / sigma;
           ratio += negative * 2 - 1;
         }",
        60,
    );
    assert!(in_blocks);
}

/// Arguments of a draw that lie elsewhere in each draw.
#[test]
fn blocks_of_draws_from_what_a_draw_chose() {
    let in_blocks = check(
        "transformed data {
           array[3] vector[2] P = {[0.2, 0.8]', [0.5, 0.5]', [0.9, 0.1]'};
           matrix[2, 2] S = [[1, 0.3], [0.3, 2]];
         }
         generated quantities {
           array[3] simplex[3] theta;
           array[3] vector[2] mu;
           for (k in 1:3) {
             theta[k] = dirichlet_rng([0.5, 1, 2]');
             mu[k] = multi_normal_rng([10 * k, -k]', S);
           }
           matrix[3, 2] rows;
           for (k in 1:3) rows[k] = mu[k]';
           array[6] int z;
           z[1] = 1;
           for (t in 2:6) z[t] = categorical_rng(theta[z[t - 1]]);
           array[6] int w;
           for (t in 1:6) w[t] = categorical_rng(P[z[t]]);
           vector[2] x = multi_normal_rng(mu[z[2]], S);
           array[2] real y = normal_rng(mu[z[3]], 1);
           array[2] real u = normal_rng(rows[z[4]], 1);
           vector[2] v = multi_normal_rng(rows[z[5]], S);
         }",
        60,
    );
    assert!(in_blocks);
}

#[test]
fn blocks_with_draws_that_fail() {
    for text in [
        "generated quantities { real s = normal_rng(2, 1); real x = normal_rng(0, s); vector<upper=5>[2] v = [x, s]'; }",
        "generated quantities { array[2] vector[2] p = rep_array([0.5, 0.5]', 2);
           int k = poisson_rng(1); int j = categorical_rng(p[k]); int i = categorical_rng(p[j]); }",
        "parameters { real m; } generated quantities { int n = poisson_rng(exp(m) - 0.5); array[3] int a = {1, 2, 3}; int b = a[n + 1]; }",
    ] {
        let (interpreter, environment) = program(text);
        assert!(compare_batch(text, &interpreter, &environment));
    }
}
