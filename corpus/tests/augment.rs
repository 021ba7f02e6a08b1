//! Augmentations give valid programs whose relation to the first is what they say.

use ppl_canonical::{Level, Options as Form, canonicalise};
use ppl_corpus::augment::supply::{Simulator, data_of_chain, draws};
use ppl_corpus::augment::{self, Augmented, irrelevant_variable, mix, perturb_constants, swap_family};
use ppl_corpus::choices::Language;
use ppl_corpus::{Grammar, Outcome, Schema, program};
use ppl_grammar::ast;
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Options};
use ppl_program::typed::Program;
use ppl_runtime::data::RawData;
use ppl_runtime::value::Value;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

const FIRST: &str = "
data { int<lower=0> N; vector[N] x; vector[N] y; }
parameters { real alpha; real beta; real<lower=0> sigma; }
model {
  alpha ~ normal(0, 2);
  beta ~ normal(0, 0.5);
  sigma ~ exponential(1);
  y ~ normal(alpha + beta * x, sigma);
}";

const Y: [f64; 4] = [0.4, -1.1, 2.3, 0.9];
const X: [f64; 4] = [-1.0, 0.5, 0.2, 1.5];
/// alpha, beta, sigma
const THETA: [f64; 3] = [0.3, -0.4, 0.8];

fn read(text: &str) -> Program {
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("first.stan", text.to_string()));
    ppl_program::check(&parsed.program).expect("a valid program").program
}

fn checked(program: &ast::Program) -> Program {
    ppl_program::check(program).expect("a valid program").program
}

fn data() -> RawData {
    RawData::new().int("N", 4).reals("x", &X).reals("y", &Y)
}

/// The log density at values of the parameters, with all constants.
fn density(program: &Program, data: &RawData, theta: &[Value<f64>]) -> f64 {
    let interpreter = Interpreter::new(Arc::new(program.clone()));
    let environment = interpreter.bind(data).unwrap_or_else(|error| panic!("{error}"));
    let free = interpreter.unconstrain(&environment, theta).expect("values within bounds");
    interpreter.value(&environment, &free, Options::NORMALISED).expect("a density")
}

fn reals(values: &[f64]) -> Vec<Value<f64>> {
    values.iter().map(|x| Value::Real(*x)).collect()
}

fn normal(y: f64, mu: f64, sigma: f64) -> f64 {
    let z = (y - mu) / sigma;
    -0.5 * z * z - sigma.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

fn mean(row: usize) -> f64 {
    THETA[0] + THETA[1] * X[row]
}

fn prior() -> f64 {
    normal(THETA[0], 0.0, 2.0) + normal(THETA[1], 0.0, 0.5) - THETA[2]
}

/// What an augmentation makes of a program, by seed.
fn made(name: &str, first: &Program, seed: u64) -> Augmented {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let augmentation = augment::find(name).expect("an augmentation");
    augmentation.apply(first, &mut rng).unwrap_or_else(|| panic!("{name} does not apply"))
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-8 * (1.0 + b.abs()), "{a} is not {b}");
}

/// The integral of `exp(f)` by the trapezoid rule.
fn integral(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let n = 4000;
    let h = (to - from) / f64::from(n);
    (0..=n).map(|k| f(from + h * f64::from(k)).exp() * if k == 0 || k == n { 0.5 * h } else { h }).sum()
}

#[test]
fn constants_move_by_a_factor_of_two_at_most() {
    let first = read(FIRST);
    let constants = perturb_constants::constants(&first);
    assert_eq!(constants.iter().map(|c| c.value).collect::<Vec<_>>(), [2.0, 0.5, 1.0]);
    let draft = perturb_constants::with(&first, &constants[0], 3.0).expect("a program");
    let second = checked(&draft.syntax);
    let old = density(&first, &data(), &reals(&THETA)) - normal(THETA[0], 0.0, 2.0);
    close(density(&second, &data(), &reals(&THETA)), old + normal(THETA[0], 0.0, 3.0));
    for seed in 0..20 {
        let second = checked(&made("perturb_constants", &first, seed).program);
        let values = perturb_constants::constants(&second);
        let ratios: Vec<f64> = values.iter().zip(&constants).map(|(new, old)| new.value / old.value).collect();
        assert_eq!(ratios.iter().filter(|r| **r != 1.0).count(), 1);
        assert!(ratios.iter().all(|r| (0.5..=2.0).contains(r)), "{ratios:?}");
    }
}

#[test]
fn a_hyperparameter_with_the_old_value_gives_the_first_program() {
    // as gamma(2, 2 / c) mixes exponential rates, the margin is that of Lomax
    let first = read("parameters { real<lower=0> s; } model { s ~ exponential(3); }");
    let second = checked(&made("hyperparameter", &first, 1).program);
    let log_gamma = |tau: f64, rate: f64| 2.0 * f64::ln(rate) + tau.ln() - rate * tau;
    let none = RawData::new();
    let at = |s: f64, tau: f64| density(&second, &none, &reals(&[s, tau]));
    let rate = 2.0 / 3.0;
    close(at(0.7, 3.0), density(&first, &none, &reals(&[0.7])) + log_gamma(3.0, rate));
    let margin = integral(1e-9, 60.0, |tau| at(0.7, tau));
    assert!((margin - 2.0 * rate * rate / (rate + 0.7_f64).powi(3)).abs() < 1e-4);
}

#[test]
fn dropped_rows_leave_the_factors_of_the_others() {
    let loops = FIRST
        .replace("y ~ normal(alpha + beta * x, sigma);", "for (n in 1:N) y[n] ~ normal(alpha + beta * x[n], sigma);");
    for text in [FIRST, &loops] {
        let first = read(text);
        for seed in 0..4 {
            let augmented = made("drop_observations", &first, seed);
            let share: usize = augmented.what.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
            let kept = 4 - 4 / share;
            let rows: f64 = (0..kept).map(|row| normal(Y[row], mean(row), THETA[2])).sum();
            close(density(&checked(&augmented.program), &data(), &reals(&THETA)), prior() + rows);
        }
    }
}

#[test]
fn what_is_irrelevant_does_not_change_the_law() {
    let first = read(FIRST);
    let form = Form { level: Level::Law, data_names: true };
    let text = |p: &Program| canonicalise(p, form).expect("a canonical form").text;
    let mut columns = 0;
    for seed in 0..12 {
        let augmented = made("irrelevant_variable", &first, seed);
        let second = checked(&augmented.program);
        if augmented.inputs.is_empty() {
            // the factor of the parameter is its prior, whatever the others are
            let at = |alpha: f64, extra: f64| {
                density(&second, &data(), &reals(&[alpha, THETA[1], THETA[2], extra]))
                    - density(&first, &data(), &reals(&[alpha, THETA[1], THETA[2]]))
            };
            close(at(0.1, 0.6), at(-2.0, 0.6));
            let text =
                ppl_grammar::format::print_program(&augmented.program, ppl_grammar::format::Parentheses::Minimal);
            let from = if text.contains("real<lower=0> extra") { 1e-9 } else { -30.0 };
            assert!((integral(from, 30.0, |x| at(0.1, x)) - 1.0).abs() < 1e-4);
        } else {
            columns += 1;
            assert_eq!(text(&second), text(&first));
        }
    }
    assert!(columns > 0);
}

#[test]
fn neighbours_have_the_support_and_the_centre() {
    let first = read(FIRST);
    let verdict = augment::verdict(&first);
    let base = density(&first, &data(), &reals(&THETA));
    for (site, neighbour) in swap_family::swaps(&first) {
        let Some(augmented) = swap_family::with(&first, &site, &neighbour, verdict) else {
            panic!("{neighbour:?} is not valid")
        };
        let second = density(&checked(&augmented.program), &data(), &reals(&THETA));
        assert!(second.is_finite() && second != base, "{neighbour:?}");
        if neighbour.family == "logistic" && site.family == "normal" && site.is_observed() {
            let logistic = |z: f64| -z - 2.0 * (-z).exp().ln_1p();
            let rows: f64 = (0..4).map(|i| logistic((Y[i] - mean(i)) / THETA[2]) - THETA[2].ln()).sum();
            close(second, prior() + rows);
        }
    }
}

/// Priors with whole numbers for arguments: `1 / 2` would be 0.
#[test]
fn neighbours_of_whole_numbers_have_the_mean() {
    for (prior, mean) in [("gamma(2, 4)", 0.5), ("exponential(3)", 1.0 / 3.0)] {
        let first = read(&format!("parameters {{ real<lower=0> s; }} model {{ s ~ {prior}; }}"));
        let verdict = augment::verdict(&first);
        for (site, neighbour) in swap_family::swaps(&first) {
            let Some(made) = swap_family::with(&first, &site, &neighbour, verdict) else { panic!("{neighbour:?}") };
            let second = checked(&made.program);
            let at = |s: f64| density(&second, &RawData::new(), &reals(&[s]));
            let found = integral(1e-6, 60.0, |log| at(log) + log.ln());
            assert!((found - mean).abs() < 2e-3, "{neighbour:?}: {found}, not {mean}");
        }
    }
}

/// Which density a censored row has is decided by data: no row is dropped from one of them only.
#[test]
fn rows_with_several_densities_are_left_alone() {
    let first = read(&FIRST.replace(
        "y ~ normal(alpha + beta * x, sigma);",
        "for (n in 1:N) { if (y[n] < 1) y[n] ~ normal(alpha, sigma); else target += normal_lccdf(1 | alpha, sigma); }",
    ));
    let error = chained(&first, &["drop_observations"], 1).expect_err("no place");
    assert_eq!(error.place, 1);
    // nor from the counts of one density
    let first = read("data { array[3] int y; } parameters { simplex[3] p; } model { y ~ multinomial(p); }");
    assert!(chained(&first, &["drop_observations"], 1).is_err());
}

#[test]
fn rows_of_a_mixture_are_of_one_of_two_programs() {
    let first = read(FIRST);
    let other = read(&FIRST.replace("normal(alpha + beta * x, sigma)", "logistic(alpha, sigma)"));
    let draft = mix::mixed(&first, &other).expect("a mixture");
    let second = checked(&draft.syntax);
    let (b, weight) = ([-0.2, 0.1, 1.7], 0.3_f64);
    let theta: Vec<f64> = THETA.into_iter().chain(b).chain([weight]).collect();
    let logistic = |z: f64| -z - 2.0 * (-z).exp().ln_1p();
    let rows: f64 = (0..4)
        .map(|i| {
            let g = logistic((Y[i] - b[0]) / b[2]) - f64::ln(b[2]);
            (weight * normal(Y[i], mean(i), THETA[2]).exp() + (1.0 - weight) * g.exp()).ln()
        })
        .sum();
    let other_prior = normal(b[0], 0.0, 2.0) + normal(b[1], 0.0, 0.5) - b[2];
    close(
        density(&second, &data(), &reals(&theta)),
        prior() + other_prior + (6.0 * weight * (1.0 - weight)).ln() + rows,
    );
}

#[test]
fn probabilities_of_what_is_seen_are_those_of_what_is_not() {
    let first = read(FIRST);
    let mass = |from: f64, to: f64, row: usize| integral(from, to, |y| normal(y, mean(row), THETA[2])).ln();
    let rows = |f: &dyn Fn(usize) -> f64| prior() + (0..4).map(f).sum::<f64>();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{a} is not {b}");

    let rounded = made("round", &first, 1);
    let y = [0.5, -1.0, 2.5, 1.0];
    let with = data().reals("y", &y).real(&rounded.inputs[0].name, 0.5);
    let found = density(&checked(&rounded.program), &with, &reals(&THETA));
    near(found, rows(&|i| mass(y[i] - 0.25, y[i] + 0.25, i)));

    let censored = made("censor", &first, 1);
    let with = data().reals("y", &[0.4, -1.1, 1.0, 0.9]).real(&censored.inputs[0].name, 1.0);
    let found = density(&checked(&censored.program), &with, &reals(&THETA));
    near(found, rows(&|i| if i == 2 { mass(1.0, 15.0, i) } else { normal(Y[i], mean(i), THETA[2]) }));

    for seed in 0..4 {
        let truncated = made("truncate", &first, seed);
        let lower = truncated.inputs[0].meaning == augment::Meaning::LowerLimit;
        let limit = if lower { -1.5 } else { 2.5 };
        let with = data().real(&truncated.inputs[0].name, limit);
        let found = density(&checked(&truncated.program), &with, &reals(&THETA));
        let (from, to) = if lower { (limit, 15.0) } else { (-15.0, limit) };
        near(found, rows(&|i| normal(Y[i], mean(i), THETA[2]) - mass(from, to, i)));
    }

    let classes = made("discretise", &first, 1);
    let augment::Meaning::Cuts(count) = classes.inputs[0].meaning else { panic!("cuts") };
    let cuts: Vec<f64> = (0..count).map(|k| k as f64 * 0.7 - 0.5).collect();
    let class = |k: usize| if k == 0 { -15.0 } else { cuts[k - 1] };
    let seen = [0, 1.min(count), count, 0];
    let values: Vec<i32> = seen.iter().map(|k| *k as i32 + 1).collect();
    let with = data().ints("y", &values).reals(&classes.inputs[0].name, &cuts);
    let found = density(&checked(&classes.program), &with, &reals(&THETA));
    near(found, rows(&|i| mass(class(seen[i]), cuts.get(seen[i]).copied().unwrap_or(15.0), i)));
}

#[test]
fn a_nested_outcome_has_the_density_that_it_had() {
    let first = read(FIRST);
    let second = checked(&made("nest", &first, 1).program);
    let (measured, noise) = ([0.1, -1.0, 2.0, 1.4], 0.6);
    let mut theta = reals(&THETA);
    theta.extend([Value::Vector(Y.to_vec()), Value::Real(noise)]);
    let measurement: f64 = measured.iter().zip(Y).map(|(x, y)| normal(*x, y, noise)).sum();
    let of_noise = 2.0 * 4.0_f64.ln() + noise.ln() - 4.0 * noise;
    let component = density(&first, &data(), &reals(&THETA));
    close(density(&second, &data().reals("y", &measured), &theta), component + of_noise + measurement);
}

#[test]
fn chains_are_valid_and_stay_exact() {
    let first = read(FIRST);
    for seed in 0..10 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let chained = augment::random_chain(&first, 3, &mut rng);
        assert_eq!(chained.stages.len(), 3);
        let second = checked(chained.program().expect("a program"));
        assert!(Simulator::new(&second).is_ok(), "{:?}", chained.names().collect::<Vec<_>>());
    }
    let chained = chained(&first, &["swap_family", "round"], 1).expect("a chain");
    assert_eq!(chained.names().collect::<Vec<_>>(), ["swap_family", "round"]);
    // rounded outcomes are seen in no plain density, which a second rounding would need
    let error = self::chained(&first, &["round", "round"], 1).expect_err("no chain");
    assert_eq!((error.change, error.place), ("round", 2));
    assert!(error.to_string().starts_with("round does not apply as change 2: "), "{error}");
}

fn chained(first: &Program, names: &[&str], seed: u64) -> Result<augment::Chained, augment::NotApplied> {
    let changes: Vec<_> = names.iter().map(|name| augment::find(name).expect("an augmentation")).collect();
    augment::chain(first, &changes, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// Outcomes of two dimensions: rows that are not observed are given as data in the shape that they have.
#[test]
fn tables_of_outcomes_lose_rows() {
    let shapes = [
        ("array[N] vector[3] y;", "for (i in 1:N) y[i] ~ normal(mu, 1);"),
        ("array[N] vector[3] y;", "y ~ multi_normal_cholesky(rep_vector(mu, 3), identity_matrix(3));"),
        ("array[N, 3] real y;", "for (i in 1:N) for (j in 1:3) y[i, j] ~ normal(mu, 1);"),
        ("array[N, 3] int y;", "for (i in 1:N) y[i] ~ poisson_log(mu);"),
        ("matrix[N, 3] y;", "for (j in 1:3) y[ : , j] ~ normal(mu, 1);"),
    ];
    for (data, model) in shapes {
        let first =
            read(&format!("data {{ int N; {data} }} parameters {{ real mu; }} model {{ mu ~ normal(0, 1); {model} }}"));
        let Ok(chained) = chained(&first, &["drop_observations"], 1) else { panic!("not applied: {model}") };
        let given = RawData::new().int("N", 6);
        let all = data_of_chain(&first, &given, &chained, 1).unwrap_or_else(|error| panic!("{model}: {error}"));
        let second = Simulator::new(&chained.stages[0].typed).unwrap_or_else(|error| panic!("{model}: {error}"));
        let environment = second.bind(&all).unwrap_or_else(|error| panic!("{model}: {error}"));
        draws(&second, &environment, 3, 1).unwrap_or_else(|error| panic!("{model}: {error}"));
    }
}

/// A chain gives each program data that fit.
#[test]
fn data_follow_the_changes_of_a_chain() {
    let first = read(FIRST);
    for names in [["swap_family", "drop_observations"], ["discretise", "irrelevant_variable"], ["nest", "round"]] {
        let chained = chained(&first, &names, 2).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        let all = data_of_chain(&first, &data(), &chained, 1).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        let last = Simulator::new(&chained.stages[1].typed).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert!(last.bind(&all).is_ok(), "{names:?}");
    }
}

/// A stiff equation ends in an error, not in minutes.
#[test]
fn draws_that_take_too_long_are_named() {
    let first = read(
        "functions { vector f(real t, vector x, real k) { return -k * x; } }
         data { real y; }
         parameters { real<lower=0> k; }
         model { array[3] vector[1] x = ode_rk45(f, [1]', 0, {1, 2, 3}, k); k ~ lognormal(25, 0.1); y ~ normal(x[3, 1], 1); }",
    );
    let simulator = Simulator::new(&first).unwrap_or_else(|error| panic!("{error}")).with_steps(1 << 16);
    let environment = simulator.bind(&RawData::new()).unwrap_or_else(|error| panic!("{error}"));
    let why = draws(&simulator, &environment, 3, 1).expect_err("a limit");
    assert_eq!(why.word(), "limit", "{why}");
}

#[test]
fn changes_of_derivations_are_changes_of_texts() {
    let grammar = Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"));
    let schema = Schema::new(Outcome::Real, 2, 1, false);
    let language = Language::new(&grammar, &schema).expect("a language");
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let form = Form { level: Level::Law, data_names: true };
    let law = |p: &ast::Program| canonicalise(&checked(p), form).expect("a canonical form").text;
    let mut found = [0; 3];
    for _ in 0..6 {
        let derivation = language.sample(&mut rng);
        let first = checked(&program(&grammar, &schema, &derivation).unwrap_or_else(|error| panic!("{error}")).program);
        let maps = [perturb_constants::AUGMENTATION, swap_family::AUGMENTATION, irrelevant_variable::AUGMENTATION];
        for (k, augmentation) in maps.iter().enumerate() {
            let map = augmentation.derivation.expect("a map of derivations");
            let Some((other, changed)) = map(&grammar, &schema, &derivation, &mut rng) else { continue };
            let target = program(&grammar, &other, &changed).unwrap_or_else(|error| panic!("{error}")).text;
            let verdict = augment::verdict(&first);
            let is_there = match k {
                // a scale s may stand there as a rate 1 / s, and a change is a factor of the same size
                0 => perturb_constants::constants(&first).iter().any(|constant| {
                    [0.5, 2.0, 0.4, 2.5, 1.5, 2.0 / 3.0].iter().any(|factor| {
                        let draft = perturb_constants::with(&first, constant, constant.value * factor);
                        draft.is_some_and(|draft| law(&draft.syntax) == target)
                    })
                }),
                1 => swap_family::swaps(&first).iter().any(|(site, neighbour)| {
                    swap_family::with(&first, site, neighbour, verdict).is_some_and(|made| law(&made.program) == target)
                }),
                _ => (0..8).any(|seed| law(&made("irrelevant_variable", &first, seed).program) == target),
            };
            assert!(is_there, "{}:\n{target}", augmentation.name);
            found[k] += 1;
        }
    }
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
}
