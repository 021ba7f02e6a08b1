//! A grammar is a distribution: what is sampled, enumerated and scored agrees, and every program is canonical.

use ppl_canonical::{Level, Options, canonicalise};
use ppl_corpus::choices::{Choices, Language};
use ppl_corpus::{
    Derivation, Deriver, Grammar, Node, Outcome, Outside, Part, Schema, best_first, derive, derive_structure,
    is_regression, program,
};
use ppl_grammar::source::SourceMap;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::{HashMap, HashSet};

/// Small enough to be searched through: no terms of several columns.
const SMALL: &str = "
grammar small;
start Model;
type Predictor: vector;
type Term: vector;
role slope = 0.5 @ 1, 1 @ 3;
set Terms of Term mean 1;

rule Model normal @ 2 for real { model { y ~ normal($Predictor, 1); } }
rule Model student_t @ 1 for real { model { y ~ student_t(4, $Predictor, 1); } }
rule Predictor linear @ 1 {
  parameters { real alpha; }
  model { alpha ~ normal(0, 1); return alpha + $Terms; }
}
rule Term slope(x: real) @ 1 {
  parameters { real beta; }
  model { beta ~ normal(0, $slope); return beta * x; }
}
";

fn small() -> Grammar {
    Grammar::new(SourceMap::from_text("small.grammar", SMALL)).unwrap_or_else(|error| panic!("{error}"))
}

/// All derivations with their probabilities, by trying every choice.
fn exhaust<'l>(choices: &Choices<'l>, p: f64, out: &mut Vec<(Derivation, f64)>) {
    if choices.is_done() {
        out.push((choices.finish().expect("a whole derivation"), p));
        return;
    }
    let legal: Vec<_> = choices.legal().collect();
    let total: f64 = legal.iter().map(|(_, p)| p).sum();
    assert!((total - 1.0).abs() < 1e-12, "{legal:?}");
    for (action, q) in legal {
        let mut next = choices.clone();
        next.take(action);
        exhaust(&next, p * q, out);
    }
}

#[test]
fn enumeration_is_exhaustive_search_in_order() {
    let grammar = small();
    let schema = Schema::new(Outcome::Real, 3, 0, false);
    let language = Language::new(&grammar, &schema).expect("a language");
    let mut all = Vec::new();
    exhaust(&Choices::new(&language), 1.0, &mut all);
    let total: f64 = all.iter().map(|(_, p)| p).sum();
    assert!((total - 1.0).abs() < 1e-12, "{total}");
    // two families; each of three slopes absent or with one of two scales
    assert_eq!(all.len(), 2 * 27);
    let found: Vec<(Derivation, f64)> = best_first(&language).collect();
    assert_eq!(found.len(), all.len());
    assert!(found.windows(2).all(|pair| pair[0].1 >= pair[1].1 - 1e-12));
    let by: HashMap<&Derivation, f64> = all.iter().map(|(d, p)| (d, *p)).collect();
    for (derivation, log) in &found {
        assert!((log.exp() - by[derivation]).abs() < 1e-12);
        let own = derivation.log_probability(&language).expect("a derivation of the language");
        assert!((own.total() - log).abs() < 1e-12);
    }
    assert_eq!(found.iter().map(|(d, _)| d).collect::<HashSet<_>>().len(), found.len());
}

#[test]
fn frequencies_are_the_probabilities() {
    let grammar = Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"));
    let schema = Schema::new(Outcome::Count, 2, 1, true);
    let language = Language::new(&grammar, &schema).expect("a language");
    let top: Vec<(Derivation, f64)> = best_first(&language).take(300).collect();
    let mut counts: HashMap<Derivation, u64> = HashMap::new();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let n = 40_000_u64;
    for _ in 0..n {
        *counts.entry(language.sample(&mut rng)).or_default() += 1;
    }
    // the likely ones apart, the others together
    let (mut statistic, mut cells, mut p_left, mut n_left) = (0.0, 0_u64, 1.0, n);
    for (derivation, log) in &top {
        let expected = n as f64 * log.exp();
        if expected < 10.0 {
            break;
        }
        let observed = counts.get(derivation).copied().unwrap_or(0);
        statistic += (observed as f64 - expected).powi(2) / expected;
        cells += 1;
        p_left -= log.exp();
        n_left -= observed;
    }
    let expected = n as f64 * p_left;
    statistic += (n_left as f64 - expected).powi(2) / expected;
    let p = 1.0 - ChiSquared::new(cells as f64).expect("degrees of freedom").cdf(statistic);
    assert!(cells > 50 && p > 1e-4, "{cells} cells: p = {p}");
}

#[test]
fn every_program_is_canonical_and_has_one_derivation() {
    for name in ["bounded", "wide", "exact"] {
        let grammar = Grammar::shipped(name).unwrap_or_else(|error| panic!("{error}"));
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut texts: HashMap<(Schema, String), Derivation> = HashMap::new();
        for _ in 0..150 {
            let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
            let language = Language::new(&grammar, &schema).expect("a language");
            let derivation = language.sample(&mut rng);
            let made = program(&grammar, &schema, &derivation).unwrap_or_else(|error| panic!("{error}"));
            let checked = ppl_program::check(&made.program).expect("a valid program");
            let options = Options { level: Level::Law, data_names: true };
            let again = canonicalise(&checked.program, options).expect("a canonical form");
            assert_eq!(again.text, made.text);
            let other = texts.entry((schema, made.text.clone())).or_insert_with(|| derivation.clone());
            assert_eq!(*other, derivation, "two derivations of\n{}", made.text);
        }
    }
}

/// Rules, names of columns, and scales of a derivation.
fn spelled(grammar: &Grammar, schema: &Schema, node: &Node, out: &mut Vec<String>) {
    let columns: Vec<&str> = node.columns.iter().map(|&c| schema.columns[c].name.as_str()).collect();
    out.push(format!("{} {}", grammar.rules[node.rule].name, columns.join(" ")));
    for part in &node.parts {
        match part {
            Part::Node(inner) => spelled(grammar, schema, inner, out),
            Part::Set(nodes) => nodes.iter().for_each(|inner| spelled(grammar, schema, inner, out)),
            Part::Grade(grade) => out.push(grade.to_string()),
        }
    }
}

fn checked(text: &str) -> ppl_program::typed::Program {
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("program.stan", text));
    ppl_program::check(&parsed.program).expect("a valid program").program
}

#[test]
fn programs_have_their_derivations() {
    for (name, count) in [("bounded", 40), ("wide", 80)] {
        let grammar = Grammar::shipped(name).unwrap_or_else(|error| panic!("{error}"));
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        // one for all: what it has seen must not mislead it
        let deriver = Deriver::new(&grammar);
        for _ in 0..count {
            let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
            let language = Language::new(&grammar, &schema).expect("a language");
            let derivation = language.sample(&mut rng);
            let made = program(&grammar, &schema, &derivation).unwrap_or_else(|error| panic!("{error}"));
            let program = ppl_program::check(&made.program).expect("a valid program").program;
            // columns that a program does not use leave no trace in it
            match deriver.derive(&program) {
                Ok((own, back)) => {
                    let (mut first, mut second) = (Vec::new(), Vec::new());
                    spelled(&grammar, &schema, &derivation.root, &mut first);
                    spelled(&grammar, &own, &back.root, &mut second);
                    assert_eq!(first, second, "{}", made.text);
                }
                Err(why) => panic!("{name}: {why}\n{}", made.text),
            }
        }
    }
}

#[test]
fn programs_outside_say_why() {
    let grammar = Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"));
    let matrix = "data { int N; matrix[N, 2] X; vector[N] y; } parameters { vector[2] b; }
        model { b ~ normal(0, 1); y ~ normal(X * b, 1); }";
    assert!(matches!(derive(&grammar, &checked(matrix)), Err(Outside::Table(_))));
    let family = "data { int N; vector[N] y; } parameters { real a; } model { a ~ normal(0, 1); y ~ cauchy(a, 1); }";
    assert_eq!(derive(&grammar, &checked(family)), Err(Outside::Families("student_t".into())));
}

#[test]
fn structures_are_found_under_other_priors() {
    let grammar = Grammar::shipped("wide").unwrap_or_else(|error| panic!("{error}"));
    // a matrix of predictors, a non-centred intercept, a logarithm and half-normal scales
    let text = "data { int N; int J; int P; array[N] int<lower=1, upper=J> school; matrix[N, P] X; vector<lower=0>[N] age; vector[N] score; }
        parameters { real mu; vector[P] b; real c; vector[J] z; real<lower=0> tau; real<lower=0> s; }
        model {
          mu ~ normal(50, 10); b ~ normal(0, 3); c ~ normal(0, 5); z ~ std_normal(); tau ~ normal(0, 5); s ~ exponential(0.1);
          score ~ normal(mu + X * b + c * log(age) + tau * z[school], s);
        }";
    let source = checked(text);
    assert!(derive(&grammar, &source).is_err() && is_regression(&source));
    let (schema, found) = derive_structure(&grammar, &source).unwrap_or_else(|why| panic!("{why}"));
    let mut rules = Vec::new();
    ppl_corpus::pair::rules_of(&found.root, &mut rules);
    let rules: Vec<&str> = rules.iter().map(|&rule| grammar.rules[rule].name.as_str()).collect();
    assert_eq!(
        (schema.outcome, rules),
        (Outcome::Real, vec!["normal", "linear", "slope", "varying_intercept", "same_scale"])
    );
}

/// The message of a grammar that is wrong, and what it stands at.
fn error(text: &str) -> (String, String) {
    let source = SourceMap::from_text("wrong.grammar", text);
    let error = Grammar::new(source).expect_err("a mistake");
    let first = &error.diagnostics[0];
    let place = text[first.span.start as usize..first.span.end as usize].to_string();
    (first.message.clone(), place)
}

#[test]
fn mistakes_have_places() {
    let with = |from: &str, to: &str| error(&SMALL.replacen(from, to, 1));
    let (message, place) = with("$Terms", "$Trems");
    assert!(message.contains("`Trems`") && place == "$Trems", "{message} at {place}");
    let (message, place) = with("@ 2 for real", "@ -2 for real");
    assert!(message.contains("positive") && place == "-2", "{message} at {place}");
    let (message, place) = with("return beta * x;", "return beta;");
    assert!(place == "beta" || message.contains("vector"), "{message} at {place}");
    let (message, place) = with("x: real", "x: real | colour");
    assert!(message.contains("kind of column") && place == "colour", "{message} at {place}");
    let (message, place) = with("x: real", "x: real | group");
    assert!(place.contains("beta") || message.contains('*'), "{message} at {place}");
    let (message, _) = with("x: real", "x: colour");
    assert!(message.contains("kind of column"), "{message}");
    let (message, _) = with(
        "rule Predictor linear @ 1 {",
        "rule Predictor more @ 3 { model { return $Predictor + $Predictor_2; } }\nrule Predictor linear @ 1 {",
    );
    assert!(message.contains("ends with probability 0.3"), "{message}");
    let (message, _) = with("start Model;", "start Modell;");
    assert!(message.contains("`Modell`"), "{message}");
    let (message, place) = with("grammar small;", "grammar small");
    assert!(message.contains("not expected") && place == "start", "{message} at {place}");
    let (message, _) = with("rule Term slope(x: real) @ 1 {", "rule Term slope(x: real) @ 1 { {");
    assert!(message.contains("never closed"), "{message}");
}
