//! Programs with data to simulate for: of the wide grammar, and of the library of models.

use ppl::{Data, Model, ReverseOptions};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::Design;
use ppl_corpus::{Grammar, Schema};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A program with sizes and covariates.
pub struct Case {
    pub name: String,
    pub text: String,
    pub data: Data,
}

/// Rows of a generated table.
const ROWS: usize = 24;

/// A program of a grammar with a table of its own; `None` where the grammar has none for the table.
pub fn generated(grammar: &Grammar, seed: u64) -> Option<Case> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
    let derivation = Language::new(grammar, &schema)?.sample(&mut rng);
    let text = ppl_corpus::program(grammar, &schema, &derivation).ok()?.text;
    let design = Design::with_rows(&schema, ROWS, 0.0, &mut rng);
    let data = design.data(&schema);
    Some(Case { name: format!("generated {seed}"), text, data })
}

/// What takes long to draw.
const SOLVERS: [&str; 5] = ["ode_", "dae", "integrate_1d", "algebra_solver", "solve_"];

/// The models of the library that are simulated quickly, each with its data or its design.
pub fn library() -> Vec<Case> {
    let models = ppl_stdlib::MODELS.iter().filter(|m| !SOLVERS.iter().any(|word| m.program.contains(word)));
    models
        .filter_map(|model| {
            let data = Data::from_json(model.data.or(model.design)?).ok()?;
            let simulator = Model::compile(model.program).ok()?.reverse(&ReverseOptions::default()).simulator?;
            let data = match model.data {
                Some(_) => data,
                None => ppl::design(simulator.model(), &data, 1).ok()?.0,
            };
            Some(Case { name: model.name.to_string(), text: model.program.to_string(), data })
        })
        .collect()
}
