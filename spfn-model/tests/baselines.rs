//! Baselines give probabilities, fit every structure of a menu, and know more than the prior.

use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Derivation, Grammar, Outcome, Schema};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use spfn_model::baselines::{
    Baseline, BaselineError, BicMenu, DecisionForest, ForestOptions, MenuOptions, Posterior, Prior, StructureForest,
    structure_of, structures,
};
use std::ops::RangeInclusive;
use std::sync::Arc;

fn grammar(name: &str) -> Arc<Grammar> {
    Arc::new(Grammar::shipped(name).unwrap_or_else(|error| panic!("{error}")))
}

fn pairs(
    grammar: &Grammar,
    numbers: std::ops::Range<u64>,
    rows: RangeInclusive<usize>,
    schema: Option<Schema>,
) -> Vec<(Table, Derivation)> {
    let design = DesignOptions { rows, ..DesignOptions::default() };
    let options = PairOptions { design, tables: 1, schema };
    let made = numbers.filter_map(|number| pair(grammar, &options, 5, number).ok());
    made.flat_map(|pair| pair.samples.into_iter().map(move |sample| (sample.table, pair.derivation.clone()))).collect()
}

fn language<'g>(grammar: &'g Grammar, schema: &Schema) -> Language<'g> {
    Language::new(grammar, schema).unwrap_or_else(|| panic!("a language"))
}

/// Over all structures of the schema, probabilities add up to 1.
fn check_total(grammar: &Grammar, schema: &Schema, posterior: &Posterior) {
    let language = language(grammar, schema);
    let log = |(structure, _): (Derivation, f64)| posterior.log_probability(&language, &structure).exp();
    let total: f64 = structures(&language).map(log).sum();
    assert!((total - 1.0).abs() < 1e-6, "{total}");
    assert!(posterior.listed.windows(2).all(|w| w[0].1 >= w[1].1));
}

#[test]
fn probabilities_of_all_structures_add_up_to_one() {
    let grammar = grammar("bounded");
    let schema = Schema::new(Outcome::Count, 2, 1, false);
    let pairs = pairs(&grammar, 0..80, 5..=40, Some(schema.clone()));
    let forest = StructureForest::fit(Arc::clone(&grammar), &pairs, &ForestOptions { trees: 20, ..Default::default() });
    let forest = forest.unwrap_or_else(|error| panic!("{error}"));
    let decisions =
        DecisionForest::fit(Arc::clone(&grammar), &pairs, &ForestOptions { trees: 20, ..Default::default() });
    let menu = BicMenu { grammar: Arc::clone(&grammar), options: MenuOptions { programs: 6, ..Default::default() } };
    let prior = Prior { grammar: Arc::clone(&grammar), listed: 10 };
    let decisions = decisions.unwrap_or_else(|error| panic!("{error}"));
    let all: [&dyn Baseline; 4] = [&forest, &decisions, &menu, &prior];
    for baseline in all {
        let posterior = baseline.posterior(&pairs[0].0).unwrap_or_else(|error| panic!("{error}"));
        check_total(&grammar, &schema, &posterior);
    }
    let families = forest.families(&pairs[0].0).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(families.len(), 3);
    assert!((families.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-6);
}

#[test]
fn every_structure_of_a_menu_is_fitted() {
    let grammar = grammar("wide");
    let options = MenuOptions { programs: 5, evaluations: 60, ..MenuOptions::default() };
    let menu = BicMenu { grammar: Arc::clone(&grammar), options };
    let mut outcomes = std::collections::BTreeSet::new();
    for (table, _) in pairs(&grammar, 0..25, 5..=30, None) {
        let (fits, failed) = menu.fits(&table).unwrap_or_else(|error| panic!("{error}"));
        assert!(failed.is_empty(), "{:?}", failed[0].reason);
        assert_eq!(fits.len(), structures(&language(&grammar, &table.schema)).take(5).count());
        outcomes.insert(table.schema.outcome);
    }
    assert!(outcomes.len() >= 6, "{outcomes:?}");
}

#[test]
fn the_criterion_is_that_of_the_program() {
    // y ~ normal(alpha, sigma) with wide priors: the mode is near the mean and the deviation
    let grammar = grammar("bounded");
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let y: Vec<f64> = (0..400).map(|_| 0.3 + 0.9 * rng.sample::<f64, _>(StandardNormal)).collect();
    let x: Vec<f64> = (0..400).map(|_| rng.sample(StandardNormal)).collect();
    let schema = Schema::new(Outcome::Real, 1, 0, false);
    let mut table = Table {
        schema: schema.clone(),
        outcome: Values::Real(y.clone()),
        columns: vec![Values::Real(x.clone())],
        levels: vec![0],
        categories: 0,
    };
    let menu = BicMenu { grammar: Arc::clone(&grammar), options: MenuOptions::default() };
    let (fits, failed) = menu.fits(&table).unwrap_or_else(|error| panic!("{error}"));
    assert!(failed.is_empty());
    let family = |fit: &spfn_model::baselines::Fit| grammar.rules[fit.structure.root.rule].name.clone();
    let plain = fits.iter().filter(|fit| family(fit) == "normal").min_by_key(|fit| fit.parameters);
    let plain = plain.unwrap_or_else(|| panic!("a normal model"));
    assert_eq!((plain.parameters, plain.rows), (2, 400));
    let mean = y.iter().sum::<f64>() / 400.0;
    let variance = y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / 400.0;
    let expected = -200.0 * ((2.0 * std::f64::consts::PI * variance).ln() + 1.0);
    assert!((plain.log_likelihood - expected).abs() < 0.2, "{} {expected}", plain.log_likelihood);
    assert!((plain.bic() - (-2.0 * plain.log_likelihood + 2.0 * 400.0_f64.ln())).abs() < 1e-9);
    // a slope is found once there is one
    let size = |table: &Table| {
        let posterior = menu.posterior(table).unwrap_or_else(|error| panic!("{error}"));
        posterior.listed[0].0.size()
    };
    assert_eq!(size(&table), 2);
    table.outcome = Values::Real(y.iter().zip(&x).map(|(y, x)| y + 0.8 * x).collect());
    assert_eq!(size(&table), 3);
}

#[test]
fn forests_know_more_than_the_prior() {
    let grammar = grammar("bounded");
    let all = pairs(&grammar, 0..900, 60..=200, Some(Schema::new(Outcome::Count, 1, 1, false)));
    let (train, test) = all.split_at(all.len() - 150);
    let options = ForestOptions { trees: 60, ..ForestOptions::default() };
    let forest = StructureForest::fit(Arc::clone(&grammar), train, &options).unwrap_or_else(|error| panic!("{error}"));
    let prior = Prior { grammar: Arc::clone(&grammar), listed: 1 };
    let mean = |baseline: &dyn Baseline| {
        let log = |(table, derivation): &(Table, Derivation)| {
            let posterior = baseline.posterior(table).unwrap_or_else(|error| panic!("{error}"));
            posterior.log_probability(&language(&grammar, &table.schema), derivation)
        };
        test.iter().map(log).sum::<f64>() / test.len() as f64
    };
    let decisions = DecisionForest::fit(Arc::clone(&grammar), train, &options);
    let decisions = decisions.unwrap_or_else(|error| panic!("{error}"));
    let (of_forest, of_prior, of_decisions) = (mean(&forest), mean(&prior), mean(&decisions));
    assert!(of_decisions > of_prior + 0.15, "{of_decisions} {of_prior}");
    assert!(of_forest > of_prior + 0.1, "{of_forest} {of_prior}");
    assert!((0.001..0.5).contains(&forest.prior_weight()), "{}", forest.prior_weight());
}

#[test]
fn what_cannot_be_answered_is_said() {
    let grammar = grammar("bounded");
    let table = Table {
        schema: Schema::new(Outcome::Angle, 0, 0, false),
        outcome: Values::Real(vec![0.1, 0.2, -1.0]),
        columns: Vec::new(),
        levels: Vec::new(),
        categories: 0,
    };
    let prior = Prior { grammar: Arc::clone(&grammar), listed: 1 };
    assert_eq!(prior.posterior(&table), Err(BaselineError::NoProgram("angle")));
    let none = StructureForest::fit(Arc::clone(&grammar), &[], &ForestOptions::default());
    assert_eq!(none.err(), Some(BaselineError::TooFewPairs));
    // no rows are too few for a mode, but not for an answer
    let mut empty = Table { schema: Schema::new(Outcome::Real, 0, 0, false), ..table };
    empty.outcome = Values::Real(vec![f64::NAN; 3]);
    let menu = BicMenu { grammar: Arc::clone(&grammar), options: MenuOptions::default() };
    let posterior = menu.posterior(&empty).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        !posterior
            .log_probability(
                &language(&grammar, &empty.schema),
                &structure_of(
                    &structures(&language(&grammar, &empty.schema)).next().unwrap_or_else(|| panic!("a structure")).0
                )
            )
            .is_nan()
    );
}
