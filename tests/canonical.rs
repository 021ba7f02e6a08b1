//! `ppl canon`, `ppl same`, `ppl generate`, `ppl enumerate`, and that canonical forms have the density of their programs.

mod common;

use common::{Directory, ppl};
use ppl::{CanonicalOptions, Data, Level, Model, Normalisation};
use std::collections::BTreeMap;

const NON_CENTRED: &str = "data { int<lower=0> J; vector[J] y; vector<lower=0>[J] sigma; }
parameters { real mu; real<lower=0> tau; vector[J] eta; }
transformed parameters { vector[J] theta = mu + tau * eta; }
model { mu ~ normal(0, 5); tau ~ cauchy(0, 5); eta ~ std_normal(); y ~ normal(theta, sigma); }";

/// The same schools, centred, with other names, in loops, and in another order.
const CENTRED: &str = "data { int<lower=0> n; array[n] real effect; array[n] real<lower=0> se; }
parameters { real<lower=0> t; real m; array[n] real th; }
model {
  for (i in 1:n) { th[i] ~ normal(m, t); effect[i] ~ normal(th[i], se[i]); }
  target += student_t_lpdf(t | 1, 0, 5);
  m ~ normal(0, 5);
}";

#[test]
fn same_says_at_which_level() {
    let dir = Directory::new("same");
    let centred = dir.file("centred.stan", CENTRED);
    let respelt = dir.file("respelt.stan", &CENTRED.replace("student_t_lpdf(t | 1, 0, 5)", "cauchy_lupdf(t | 0, 5)"));
    let non_centred = dir.file("non_centred.stan", NON_CENTRED);
    let other = dir.file("other.stan", &CENTRED.replace("normal(th[i], se[i])", "student_t(4, th[i], se[i])"));
    let (code, out, _) = ppl(&["same", &centred, &respelt]);
    assert_eq!((code, out.contains("the same density")), (0, true), "{out}");
    let (code, out, _) = ppl(&["same", &centred, &non_centred]);
    assert_eq!((code, out.contains("the same distribution of the data")), (0, true), "{out}");
    let (code, _, err) = ppl(&["same", &centred, &other]);
    assert_eq!(code, 1);
    assert!(err.contains("student_t(4, alpha + b, x)"), "{err}");
}

#[test]
fn canon_prints_one_spelling() {
    let dir = Directory::new("canon");
    let file = dir.file("m.stan", NON_CENTRED);
    let (code, text, err) = ppl(&["canon", &file, "--level", "law"]);
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("y ~ normal(alpha + b, x);") && text.contains("b ~ normal(0, sigma);"), "{text}");
    let (_, json, _) = ppl(&["canon", &file, "--level", "law", "--keep-data-names", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["renamed"]["tau"], "sigma2");
    assert!(json["text"].as_str().unwrap().contains("vector[J] y;"));
    // canonical text is canonical
    let again = dir.file("again.stan", &text);
    assert_eq!(ppl(&["canon", &again, "--level", "law"]).1, text);
    let broken = dir.file("broken.stan", "model { x ~ normal(0, 1); }");
    let (code, out, err) = ppl(&["canon", &broken]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("`x`"), "{err}");
}

#[test]
fn generated_programs_are_valid_and_do_not_depend_on_how_many() {
    let dir = Directory::new("generate");
    let folder = dir.path("out");
    let (code, _, err) = ppl(&["generate", "--n", "5", "--seed", "3", "--out", &folder]);
    assert_eq!(code, 0, "{err}");
    let third = std::fs::read_to_string(format!("{folder}/000003.stan")).unwrap();
    let (_, text, _) = ppl(&["generate", "--n", "3", "--seed", "3"]);
    assert!(text.trim_end().ends_with(third.trim_end()), "{text}");
    let files: Vec<String> = (1..=5).map(|i| format!("{folder}/00000{i}.stan")).collect();
    let arguments: Vec<&str> = std::iter::once("check").chain(files.iter().map(String::as_str)).collect();
    assert_eq!(ppl(&arguments).0, 0);
    let (code, _, err) = ppl(&["generate", "--outcome", "colour"]);
    assert_eq!(code, 2);
    assert!(err.contains("real, positive, bounded, angle, count"), "{err}");
    let (code, _, err) = ppl(&["generate", "--grammar", "no-such.grammar"]);
    assert_eq!(code, 2);
    assert!(err.contains("bounded, exact and wide"), "{err}");
    let grammar =
        dir.file("mine.grammar", "grammar mine;\nrule Model normal @ 1 for real { model { y ~ normal($Mean, 1); } }\n");
    let (code, _, err) = ppl(&["generate", "--grammar", &grammar, "--outcome", "real"]);
    assert_eq!(code, 2);
    assert!(err.contains("`Mean`") && err.contains(":2:"), "{err}");
}

#[test]
fn tables_have_columns_of_all_kinds() {
    let (code, text, err) =
        ppl(&["generate", "--grammar", "wide", "--n", "40", "--trials", "--binaries", "2", "--ordinals", "1"]);
    assert_eq!(code, 0, "{err}");
    for declared in
        ["array[N] int<lower=0> n;", "[N] b1;", "[N] b2;", "[N] x1;", "[N] int<lower=1, upper=J_o1> o1;", "binomial"]
    {
        assert!(text.contains(declared), "no {declared} in\n{text}");
    }
    let (code, _, err) = ppl(&["generate", "--trials", "--outcome", "count"]);
    assert!(code == 2 && err.contains("a count outcome has none") && err.contains("--outcome successes"), "{err}");
    let (code, _, err) = ppl(&["generate", "--reals", "7", "--binaries", "6"]);
    assert!(code == 2 && err.contains("at most 12 columns"), "{err}");
}

#[test]
fn augmented_programs_say_what_was_done() {
    let dir = Directory::new("augment");
    let model = dir.file(
        "weights.stan",
        "data { int N; vector[N] x; vector[N] y; } parameters { real a; real b; real<lower=0> s; }
         model { a ~ normal(0, 2); b ~ normal(0, 1); s ~ exponential(1); y ~ normal(a + b * x, s); }",
    );
    let (code, text, err) = ppl(&["augment", &model, "--with", "swap_family", "--with", "round", "--n", "2"]);
    assert_eq!(code, 0, "{err}");
    assert!(text.starts_with("// weights 1: swap_family, round\n//\n// swap_family: "), "{text}");
    assert!(text.contains("// weights 2: ") && text.contains("//   relation: the outcome is a function of"), "{text}");
    assert!(text.contains("//   new data: `y_unit`: `y` is a multiple of it"), "{text}");
    // programs are files that can be checked, the same as are printed; a number is a number whatever else is made
    let folder = dir.path("out");
    let (code, _, err) = ppl(&["augment", &model, "--length", "2", "--n", "4", "--seed", "9", "--out", &folder]);
    assert_eq!(code, 0, "{err}");
    let files: Vec<String> = (1..=4).map(|i| format!("{folder}/weights-00{i}.stan")).collect();
    let arguments: Vec<&str> = std::iter::once("check").chain(files.iter().map(String::as_str)).collect();
    assert_eq!(ppl(&arguments).0, 0);
    let (_, text, _) = ppl(&["augment", &model, "--length", "2", "--n", "1", "--seed", "9"]);
    assert_eq!(text.trim_end(), std::fs::read_to_string(&files[0]).unwrap().trim_end());
    let (code, text, _) = ppl(&["augment", "--list"]);
    assert!(code == 0 && text.lines().count() == 22 && text.contains("drop_observations"), "{text}");
    // mistakes
    for (arguments, expected) in [
        (vec!["augment", &model, "--with", "rounding"], "there are perturb_constants, hyperparameter, "),
        (
            vec!["augment", &model, "--with", "round", "--with", "round"],
            "round does not apply as change 2: an outcome is rounded",
        ),
        (vec!["augment", &model, "--length", "0"], "--length is one or more"),
        (vec!["augment", "no-such.stan"], "no-such.stan"),
        (vec!["augment"], "<MODEL>"),
    ] {
        let (code, out, err) = ppl(&arguments);
        assert!(code == 2 && out.is_empty() && err.contains(expected), "{arguments:?}: {err}");
    }
    let empty = dir.file("empty.stan", "parameters { real<lower=0, upper=1> p; }");
    let (code, _, err) = ppl(&["augment", &empty, "--with", "censor"]);
    assert!(code == 2 && err.contains("censor does not apply"), "{err}");
}

#[test]
fn a_program_is_scored_whatever_its_spelling() {
    let dir = Directory::new("score");
    let text = "data { int n; array[n] real age; array[n] int deaths; }
parameters { real b; real a; }
model { a ~ normal(0, 1); for (i in 1:n) { real eta = a + age[i] * b; deaths[i] ~ poisson(exp(eta)); } target += normal_lpdf(b | 0, 0.5); }";
    let (code, out, err) = ppl(&["score", &dir.file("m.stan", text)]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("a count outcome and columns x1 (real)") && out.contains("3 rules"), "{out}");
    let other = dir.file("other.stan", &text.replace("normal_lpdf(b | 0, 0.5)", "student_t_lpdf(b | 3, 0, 0.5)"));
    let (code, _, err) = ppl(&["score", &other]);
    assert_eq!(code, 1);
    assert!(err.contains("outside the grammar"), "{err}");
}

#[test]
fn enumeration_is_in_order() {
    let (code, out, err) = ppl(&["enumerate", "--top", "50", "--quiet", "--outcome", "count", "--max-size", "3"]);
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Vec<f64>> =
        out.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), 50);
    assert!(rows.windows(2).all(|pair| pair[0][1] >= pair[1][1]));
    assert!(rows.iter().all(|row| row[2] <= 3.0));
}

/// The spread of the differences of two log densities over points, relative to the size of the first.
fn spread(model: &Model, data: &Data) -> Option<f64> {
    let canonical = model.canonical(CanonicalOptions { level: Level::Density, data_names: true }).expect("a form");
    let other = Model::compile(&canonical.text).unwrap_or_else(|error| panic!("{error}\n{}", canonical.text));
    let (a, b) = (model.bind(data).expect("data"), other.bind(data).expect("the same data"));
    let names: BTreeMap<&str, &str> = canonical.renamings.iter().map(|r| (r.from.as_str(), r.to.as_str())).collect();
    let (mut differences, mut size) = (Vec::new(), 1.0_f64);
    for point in 0..3_u64 {
        let coordinate = |i: u64| ((i * 2_654_435_761 + point * 40_503 + 12_345) % 10_007) as f64 / 10_007.0 - 0.5;
        let theta: Vec<f64> = (0..a.dim() as u64).map(coordinate).collect();
        let Ok(first) = a.log_density(&theta, Normalisation::Normalised) else { continue };
        let mut values = Data::new();
        for (name, datum) in a.parameters(&theta).expect("parameters").iter() {
            values.set(names.get(name).copied().unwrap_or(name).to_string(), datum.clone());
        }
        let theirs = b.unconstrain(&values).expect("the same parameters");
        let second = b.log_density(&theirs, Normalisation::Normalised).expect("a density");
        size = size.max(first.abs());
        differences.push(first - second);
    }
    let reference = *differences.first()?;
    Some(differences.iter().map(|d| (d - reference).abs() / size).fold(0.0, f64::max))
}

#[test]
fn canonical_forms_of_the_library_have_its_densities() {
    let mut tested = 0;
    for entry in ppl_stdlib::MODELS {
        let Some(data) = entry.data else { continue };
        let model = Model::compile(entry.program).expect("a valid program");
        let data = Data::from_json(data).expect("data");
        let Some(worst) = spread(&model, &data) else { continue };
        assert!(worst < 1e-10, "{}: {worst:e}", entry.name);
        tested += 1;
    }
    assert!(tested > 30, "{tested}");
}
