//! Broken programs must give errors, never a panic: words of programs that are right are dropped, doubled, swapped and
//! replaced by others, and whatever still parses is checked.

use ppl_grammar::parse::parse;
use ppl_grammar::source::SourceMap;
use ppl_program::check;

const PROGRAMS: &[&str] = &[
    "functions { vector rhs(real t, vector y, real a, data int n) { return -a * y; } \
     real part_lpdf(array[] real s, int a, int b, real m) { return normal_lupdf(s | m, 1); } \
     tuple(real, int) two(real x) { if (x > 0) { return (x, 1); } else { return (-x, 0); } } \
     void add_lp(real x) { target += x; } real tr_jacobian(real x) { jacobian += x; return exp(x); } \
     real draw_rng(real m) { return normal_rng(m, 1); } } \
     data { int<lower=0> N; array[N] int<lower=0, upper=1> k; vector[N] y; matrix[N, 2] X; array[3] real ts; } \
     transformed data { vector[N] z = (y - mean(y)) / sd(y); int M = N * 2 - 1; } \
     parameters { real<lower=0> sigma; vector[2] beta; simplex[3] p; cholesky_factor_corr[2] L; \
     array[2] vector<lower=-1, upper=1>[2] w; tuple(real, vector[2]) pair; } \
     transformed parameters { real s = tr_jacobian(sigma); array[3] vector[2] out = ode_rk45(rhs, beta, 0, ts, s, N); } \
     model { real a; int b; (a, b) = two(beta[1]); y ~ normal(X * beta, sigma) T[0, ]; k ~ bernoulli_logit(X * beta); \
     target += reduce_sum(part_lpdf, ts, 1, sigma); add_lp(a); for (i in 1:N) { if (k[i] == 1) continue; \
     target += log_mix(0.3, a, pair.1); } for (e in y) { print(e, \"x\"); } while (1) { break; } a += b ? 1 : s; } \
     generated quantities { vector[N] r; for (i in 1:N) r[i] = draw_rng(X[i] * beta); r[1:2] = rep_vector(0, 2); \
     complex c = 2i + to_complex(1, s); matrix[2, 2] O = L * L'; real q = O[1, 2]; array[2, 2] int g = {{1, 2}, {3, 4}}; }",
    "functions { vector f(vector y, vector theta, data array[] real x, data array[] int n) { return y - theta; } \
     real fold(array[] int n) { real total = 0; for (i in 1:size(n)) { total += n[i]; } return total; } \
     real ll(vector t, array[] int c) { return poisson_log_lpmf(c | t); } \
     matrix cov(array[] real x, real s) { return gp_exp_quad_cov(x, s, 1.0); } } \
     data { int n; array[n] int c; array[n] real x; array[2, 3] vector[4] a; } \
     parameters { real<lower=0> s; vector<offset=1, multiplier=s>[n] t; ordered[3] cut; cov_matrix[2] S; } \
     model { vector[2] v = algebra_solver(f, t[1:2], t[{1, 2}], x, c); target += laplace_marginal(ll, (c, ), 1, cov, (x, s)); \
     c ~ poisson_log(t); target += ordered_logistic_lpmf(c[1] | v[1], cut) + fold(c); profile(\"p\") { S ~ wishart(3, \
     identity_matrix(2)); } { real u = a[1, 2][3]; u = a[1][2, 3] ^ 2 .^ 2 + 5 % 2; } }",
];

/// A small generator (PCG, O'Neill 2014), so that failures can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let x = ((self.0 >> 18) ^ self.0) >> 27;
        (x as u32).rotate_right((self.0 >> 59) as u32) as usize % n
    }
}

/// Names, numbers, texts and operators.
fn words(text: &str) -> Vec<String> {
    const LONG: &[&str] = &["+=", "==", "&&", "||", "<=", ">=", "!=", ".*", "./", ".^", "%/%"];
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if let Some(long) = LONG.iter().find(|long| rest.starts_with(**long)) {
            long.len()
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if first.is_alphanumeric() {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        words.push(rest[..length].to_string());
        rest = rest[length..].trim_start();
    }
    words
}

#[test]
fn broken_programs_give_errors() {
    let count = std::env::var("PPL_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    let (mut parsed_count, mut refused) = (0, 0);
    let mut random = Random(20261121);
    let vocabulary: Vec<Vec<String>> = PROGRAMS.iter().map(|text| words(text)).collect();
    for round in 0..count {
        let mut program = vocabulary[round % PROGRAMS.len()].clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(program.len());
            match random.below(8) {
                0 => drop(program.remove(at)),
                1 => program.insert(at, program[at].clone()),
                2 => {
                    let other = random.below(program.len());
                    program.swap(at, other);
                }
                _ => {
                    // Names and numbers for their like, so that most of the results parse.
                    let like = |a: &str, b: &str| {
                        let kind = |word: &str| word.chars().next().map(|c| (c.is_alphabetic(), c.is_numeric()));
                        kind(a) == kind(b) && kind(a) != Some((false, false))
                    };
                    let source = &vocabulary[random.below(PROGRAMS.len())];
                    let word = source[random.below(source.len())].clone();
                    if like(&word, &program[at]) {
                        program[at] = word;
                    }
                }
            }
        }
        let source = SourceMap::from_text("mutation.stan", program.join(" "));
        let parsed = parse(&source);
        if parsed.is_ok() {
            parsed_count += 1;
        }
        // The tree of a program with syntax errors must do no harm either.
        match check(&parsed.program) {
            Ok(_) => {}
            Err(diagnostics) => {
                refused += 1;
                assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error()));
                for diagnostic in diagnostics {
                    assert!(diagnostic.span.range().end <= source.text().len(), "{diagnostic:?}");
                }
            }
        }
    }
    println!("{count} programs, {parsed_count} parsed, {refused} refused by the checker");
    assert!(parsed_count * 10 > count, "too few mutations parse to show anything");
    assert!(refused > 0);
}

#[test]
fn the_programs_themselves_are_right() {
    for text in PROGRAMS {
        let source = SourceMap::from_text("right.stan", *text);
        let parsed = parse(&source);
        assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
        if let Err(diagnostics) = check(&parsed.program) {
            panic!("{diagnostics:#?}");
        }
    }
}
