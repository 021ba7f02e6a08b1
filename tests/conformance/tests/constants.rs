//! Which terms `~` drops: every family, with its outcome and arguments at every level a term can depend on: a literal, data
//! that only the run tells (indexed by a loop), a local variable (which counts as a parameter, though its value is known when
//! the code is made), a parameter. Machine code and interpreter must drop the same.

use ppl_compiler::Compiled;
use ppl_conformance::{Referee, distance};
use ppl_interpreter::Options;

/// Family; whether the outcome is an integer; values of outcome and arguments.
const FAMILIES: &[(&str, bool, &[f64])] = &[
    ("bernoulli", true, &[1.0, 0.3]),
    ("bernoulli_logit", true, &[0.0, 0.7]),
    ("bernoulli_logit", true, &[1.0, 27.5]),
    ("bernoulli_logit", true, &[0.0, 27.5]),
    ("beta", false, &[0.3, 1.7, 2.4]),
    ("beta_proportion", false, &[0.3, 0.6, 2.4]),
    ("binomial", true, &[2.0, 5.0, 0.3]),
    ("binomial_logit", true, &[2.0, 5.0, 0.3]),
    ("cauchy", false, &[0.4, 0.7, 1.9]),
    ("chi_square", false, &[1.4, 2.7]),
    ("double_exponential", false, &[0.4, 0.7, 1.9]),
    ("exp_mod_normal", false, &[0.4, 0.7, 1.9, 0.8]),
    ("exponential", false, &[0.4, 1.7]),
    ("frechet", false, &[1.4, 0.7, 1.9]),
    ("gamma", false, &[1.4, 1.7, 2.4]),
    ("gumbel", false, &[0.4, 0.7, 1.9]),
    ("inv_chi_square", false, &[1.4, 2.7]),
    ("inv_gamma", false, &[1.4, 1.7, 2.4]),
    ("logistic", false, &[0.4, 0.7, 1.9]),
    ("loglogistic", false, &[1.4, 0.7, 1.9]),
    ("lognormal", false, &[1.4, 0.7, 1.9]),
    ("neg_binomial", true, &[3.0, 1.7, 0.6]),
    ("neg_binomial_2", true, &[3.0, 1.7, 0.6]),
    ("neg_binomial_2_log", true, &[3.0, 0.4, 0.6]),
    ("normal", false, &[0.4, 0.7, 1.9]),
    ("pareto", false, &[1.4, 0.7, 1.9]),
    ("pareto_type_2", false, &[1.4, 0.7, 1.9, 0.8]),
    ("poisson", true, &[3.0, 1.7]),
    ("poisson_log", true, &[3.0, 0.4]),
    ("rayleigh", false, &[1.4, 0.7]),
    ("scaled_inv_chi_square", false, &[1.4, 0.7, 1.9]),
    ("skew_double_exponential", false, &[1.4, 0.7, 1.9, 0.3]),
    ("skew_normal", false, &[1.4, 0.7, 1.9, 0.3]),
    ("std_normal", false, &[0.4]),
    ("student_t", false, &[0.4, 2.7, 0.3, 1.9]),
    ("uniform", false, &[0.4, 0.1, 1.9]),
    ("von_mises", false, &[0.4, 0.7, 1.9]),
    ("weibull", false, &[1.4, 0.7, 1.9]),
];

/// The program in which `levels` gives 0 (literal), 1 (data), 2 (local) or 3 (parameter) for outcome and arguments.
fn program(family: &str, integers: &[bool], values: &[f64], levels: &[usize]) -> String {
    let mut locals = String::new();
    let spell = |(k, (&level, &x)): (usize, (&usize, &f64))| match (integers[k], level) {
        (true, 1) => format!("count[i, {}]", k + 1),
        (true, _) => format!("{x}"),
        (false, 0) => format!("{x:?}"),
        (false, 1) => format!("number[i, {}]", k + 1),
        (false, 2) => {
            locals += &format!("  real local{k} = {x:?};\n");
            format!("local{k}")
        }
        (false, _) => format!("exp(theta[{}])", k + 1),
    };
    let spelt: Vec<String> = levels.iter().zip(values).enumerate().map(spell).collect();
    let (y, arguments) = (&spelt[0], spelt[1..].join(", "));
    format!(
        "data {{ array[2, 4] int count; array[2, 4] real number; }}\nparameters {{ vector[4] theta; }}\n\
         model {{\n{locals}  for (i in 1 : 2) {y} ~ {family}({arguments});\n}}\n"
    )
}

/// How machine code and interpreter differ in value or gradient.
fn difference(text: &str, data: &str, theta: &[f64]) -> Option<String> {
    let referee = Referee::new("constants", text, data).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let compiled = Compiled::new(&referee.interpreter, &referee.environment).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mut gradient = vec![0.0; theta.len()];
    let value = compiled
        .log_density_gradient(&mut compiled.workspace(), theta, &mut gradient)
        .unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    let (expected, slopes) = referee
        .interpreter
        .gradient_forward::<8>(&referee.environment, theta, Options::SAMPLER)
        .unwrap_or_else(|e| panic!("{e}\n{text}"));
    let off = gradient.iter().zip(&slopes).any(|(a, b)| distance(*a, *b) > 1e-11);
    (distance(value, expected) > 1e-12 || off)
        .then(|| format!("{value} {gradient:?}, interpreter {expected} {slopes:?}"))
}

const V: &str = "[0.3, -0.4, 0.9]'";
const POSITIVE: &str = "[1.4, 2.5, 0.8]'";
const SIMPLEX: &str = "[0.2, 0.5, 0.3]'";
const COVARIANCE: &str = "[[2, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.1]]";
const FACTOR: &str = "[[1.4, 0, 0], [0.2, 1.2, 0], [0.1, 0.2, 1]]";
const CORRELATION: &str = "[[1, 0.3, 0.1], [0.3, 1, 0.2], [0.1, 0.2, 1]]";
const CUTS: &str = "[-0.5, 0.6]'";
const X: &str = "[[0.3, 1.2], [0.4, -0.5], [1, 0.7]]";
const BETA: &str = "[0.4, -0.3]'";

/// Families of vectors, matrices and regressions, with outcome and arguments; those that begin with `#` are integers.
const JOINT: &[(&str, &[&str])] = &[
    ("multi_normal", &[V, POSITIVE, COVARIANCE]),
    ("multi_normal_cholesky", &[V, POSITIVE, FACTOR]),
    ("multi_normal_prec", &[V, POSITIVE, COVARIANCE]),
    ("multi_student_t", &[V, "2.5", POSITIVE, COVARIANCE]),
    ("multi_student_t_cholesky", &[V, "2.5", POSITIVE, FACTOR]),
    ("multi_gp", &[COVARIANCE, COVARIANCE, POSITIVE]),
    ("multi_gp_cholesky", &[COVARIANCE, FACTOR, POSITIVE]),
    ("dirichlet", &[SIMPLEX, POSITIVE]),
    ("categorical", &["#2", SIMPLEX]),
    ("categorical", &["#{2, 1, 3}", SIMPLEX]),
    ("categorical_logit", &["#2", V]),
    ("lkj_corr", &[CORRELATION, "1.7"]),
    ("lkj_corr_cholesky", &["cholesky_decompose([[1, 0.3, 0.1], [0.3, 1, 0.2], [0.1, 0.2, 1]])", "1.7"]),
    ("ordered_logistic", &["#2", "0.3", CUTS]),
    ("ordered_probit", &["#2", "0.3", CUTS]),
    ("wishart", &[COVARIANCE, "4.5", COVARIANCE]),
    ("inv_wishart", &[COVARIANCE, "4.5", COVARIANCE]),
    ("wishart_cholesky", &[FACTOR, "4.5", FACTOR]),
    ("inv_wishart_cholesky", &[FACTOR, "4.5", FACTOR]),
    ("multinomial", &["#{2, 1, 3}", SIMPLEX]),
    ("multinomial_logit", &["#{2, 1, 3}", V]),
    ("dirichlet_multinomial", &["#{2, 1, 3}", POSITIVE]),
    ("bernoulli_logit_glm", &["#{1, 0, 1}", X, "0.3", BETA]),
    ("poisson_log_glm", &["#{1, 0, 4}", X, "0.3", BETA]),
    ("neg_binomial_2_log_glm", &["#{1, 0, 4}", X, "0.3", BETA, "1.7"]),
    ("normal_id_glm", &[V, X, "0.3", BETA, "1.7"]),
    ("binomial_logit_glm", &["#{1, 0, 4}", "#{3, 2, 5}", X, "0.3", BETA]),
    ("categorical_logit_glm", &["#{1, 2, 2}", X, BETA, "[[0.4, -0.3], [0.2, 0.1]]"]),
    ("ordered_logistic_glm", &["#{1, 2, 3}", X, BETA, CUTS]),
    ("normal", &[V, POSITIVE, POSITIVE]),
    ("gamma", &[POSITIVE, POSITIVE, POSITIVE]),
    ("lognormal", &[POSITIVE, V, "1.9"]),
];

#[test]
fn joint_families() {
    let mut wrong = Vec::new();
    // Nothing, a local variable whose value is known, or a parameter.
    let factors = ["", " * one", " * exp(theta)"];
    for &(family, arguments) in JOINT {
        for code in 0..3usize.pow(arguments.len() as u32) {
            let levels: Vec<usize> = (0..arguments.len()).map(|k| code / 3usize.pow(k as u32) % 3).collect();
            if levels.iter().zip(arguments).any(|(level, text)| *level > 0 && text.starts_with('#')) {
                continue;
            }
            let spell = |(level, text): (&usize, &&str)| format!("{}{}", text.trim_start_matches('#'), factors[*level]);
            let spelt: Vec<String> = levels.iter().zip(arguments).map(spell).collect();
            let text = format!(
                "parameters {{ real theta; }} model {{ real one = 1; ({}) ~ {family}({}); }}",
                spelt[0],
                spelt[1..].join(", ")
            );
            wrong.extend(difference(&text, "{}", &[0.0]).map(|d| format!("{family} {levels:?}: {d}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn families_of_numbers() {
    let mut wrong = Vec::new();
    for &(family, count, values) in FAMILIES {
        let integers: Vec<bool> =
            (0..4).map(|k| (count && k == 0) || (family.starts_with("binomial") && k == 1)).collect();
        let numbers: Vec<f64> = values.iter().copied().chain(std::iter::repeat(1.0)).take(4).collect();
        let counts: Vec<i32> = numbers.iter().map(|x| *x as i32).collect();
        let data = format!("{{\"count\": [{counts:?}, {counts:?}], \"number\": [{numbers:?}, {numbers:?}]}}");
        let theta: Vec<f64> = numbers.iter().map(|x| x.ln()).collect();
        for code in 0..4usize.pow(values.len() as u32) {
            let levels: Vec<usize> = (0..values.len()).map(|k| code / 4usize.pow(k as u32) % 4).collect();
            if levels.iter().zip(&integers).any(|(level, integer)| *integer && *level > 1) {
                continue;
            }
            let text = program(family, &integers, values, &levels);
            wrong.extend(difference(&text, &data, &theta).map(|d| format!("{family} {levels:?}: {d}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
