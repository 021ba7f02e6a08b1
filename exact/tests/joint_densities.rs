//! Models say what their programs say.

mod common;

use common::{Bound, grammar, label};
use ppl_corpus::{ColumnKind, Grammar, Outcome, Schema};
use ppl_exact::model::{Model, Prior, Role};
use ppl_exact::{Data, Exact, ExactError, Reader};
use ppl_grammar::source::SourceMap;
use ppl_runtime::value::Value;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Each stratum with all that its tables may have.
fn schemas() -> Vec<Schema> {
    let kinds = [(ColumnKind::Real, 2), (ColumnKind::Binary, 1), (ColumnKind::Group, 1), (ColumnKind::Time, 1)];
    [Outcome::Real, Outcome::Count, Outcome::Binary, Outcome::Successes, Outcome::Positive]
        .map(|outcome| Schema::with(outcome, &kinds))
        .to_vec()
}

/// Values of a parameter: of a kind that its prior could have drawn.
fn values(model: &Model, role: Role, size: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut normal = || -> f64 { StandardNormal.sample(rng) };
    match role {
        Role::Coefficient(_) | Role::Effect | Role::Location => (0..size).map(|_| 0.7 * normal()).collect(),
        Role::EffectScale => vec![(0.5 * normal() - 1.0).exp()],
        Role::Correlation => vec![0.9 * normal().tanh()],
        Role::Dispersion => match model.dispersion {
            Some(Prior::Beta { .. }) => vec![1.0 / (1.0 + normal().exp())],
            _ => vec![(0.5 * normal()).exp()],
        },
    }
}

#[test]
fn joint_densities_are_those_of_the_programs() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let reader = Reader::new(&grammar);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for schema in schemas() {
        let (_, table) = label(&grammar, &schema, 6..=20, 5);
        let data = Data::new(&table).unwrap();
        for (derivation, _) in exact.programs(&schema).unwrap().iter() {
            // a few of the many
            if rng.random::<f64>() < 0.6 {
                continue;
            }
            let model = reader.model(derivation, table.rows()).unwrap();
            let bound = Bound::of_rules(&grammar, derivation, &table);
            // names end in numbers that count the declarations of rules from the root on
            let names = bound.parameters();
            let number = |name: &String| name.rsplit('_').next().and_then(|n| n.parse::<usize>().ok()).unwrap();
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by_key(|place| number(&names[*place]));
            assert_eq!(names.len(), model.parameters.len(), "{names:?} {model:?}");
            for _ in 0..3 {
                let own: Vec<Vec<f64>> = model
                    .parameters
                    .iter()
                    .map(|role| values(&model, *role, model.size(*role, &data), &mut rng))
                    .collect();
                let mut theirs = vec![Value::Real(0.0); names.len()];
                for ((place, values), role) in order.iter().zip(&own).zip(&model.parameters) {
                    let is_vector = names[*place].starts_with('u');
                    assert!(!is_vector || *role == Role::Effect);
                    theirs[*place] = if is_vector { Value::Vector(values.clone()) } else { Value::Real(values[0]) };
                }
                let program = bound.log_density(&theirs) + bound.log_uniform_priors();
                let model_says = model.log_joint(&data, &own).unwrap();
                let scale = 1.0 + program.abs();
                assert!((program - model_says).abs() < 1e-8 * scale, "{names:?}\n{model:?}\n{program} {model_says}");
            }
        }
    }
}

#[test]
fn there_are_enough_structures_and_none_is_rare() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let mut all = 0;
    for schema in schemas() {
        let programs = exact.programs(&schema).unwrap();
        let total: f64 = programs.iter().map(|own| own.1.exp()).sum();
        let least = programs.last().unwrap().1.exp() * programs.len() as f64;
        println!("{}: {} programs, the rarest has {least:.3} of an equal share", schema.outcome.word(), programs.len());
        assert!((total - 1.0).abs() < 1e-9 && programs.len() >= 10 && least > 0.01);
        all += programs.len();
    }
    assert!(all >= 40);
}

#[test]
fn other_rules_are_refused() {
    let wide = Grammar::shipped("wide").unwrap();
    let schema = Schema::with(Outcome::Count, &[]);
    let error = Exact::new(&wide).models(&schema, 10).unwrap_err();
    assert!(matches!(&error, ExactError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("model {"), "{error}");
    let error = Exact::new(&wide).programs(&Schema::with(Outcome::Real, &[(ColumnKind::Real, 3)])).unwrap_err();
    assert!(matches!(error, ExactError::TooMany(_)), "{error}");
    let text = "grammar g; start Model; rule Model normal @ 1 for real { parameters { real<lower=0> sigma; }
        model { sigma ~ gamma(2, exp(1)); y ~ normal($P, sigma); } }
        type P: vector; rule P linear @ 1 { parameters { real alpha; } model { alpha ~ normal(0, 1); return alpha + $Ts; } }
        type T: vector; set Ts of T mean 1;
        rule T slope(x: real) @ 1 { parameters { real beta; } model { beta ~ normal(0, 1); return beta * x; } }";
    let odd = Grammar::new(SourceMap::from_text("g.grammar", text)).unwrap_or_else(|error| panic!("{error}"));
    let error = Exact::new(&odd).models(&Schema::with(Outcome::Real, &[]), 10).unwrap_err();
    assert!(matches!(&error, ExactError::Constant { text, .. } if text == "exp ( 1 )"), "{error}");
}
