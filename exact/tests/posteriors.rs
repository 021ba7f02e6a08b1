//! Posteriors are those of their own labels; mistakes that are made on purpose show.

mod common;

use common::grammar;
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::{Fault, Pair, pair};
use ppl_corpus::{ColumnKind, Derivation, Grammar, Outcome, Schema};
use ppl_exact::calibration::{Calibration, Report};
use ppl_exact::{Cache, Exact, ExactError, Posterior, Settings, Stratum};
use ppl_grammar::source::SourceMap;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Labels: programs, and tables that they made.
fn labels(make: impl Fn(u64) -> Result<Pair, Fault>, count: usize) -> Vec<(Derivation, Table)> {
    let mut all = Vec::new();
    for number in 0.. {
        let made = make(number).unwrap_or_else(|error| panic!("{error}"));
        all.extend(made.samples.into_iter().map(|sample| (made.derivation.clone(), sample.table)));
        if all.len() >= count {
            break;
        }
    }
    all
}

fn report(labels: &[(Derivation, Table)], rng: &mut impl Rng, posterior: impl Fn(&Table) -> Posterior) -> Report {
    let mut calibration = Calibration::default();
    labels.iter().for_each(|(truth, table)| calibration.add(&posterior(table), truth, rng));
    calibration.report(1)
}

#[test]
fn posteriors_are_calibrated_and_mutants_are_not() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // a schema of few programs, a quarter of them autoregressions
    let schema = Schema::with(Outcome::Real, &[(ColumnKind::Real, 1), (ColumnKind::Time, 1)]);
    let labels = labels(|number| pair(&grammar, &Stratum::options(schema.clone()), 12, number), 800);
    let of = |table: &Table| exact.posterior(table).unwrap_or_else(|error| panic!("{error}"));
    let own = report(&labels, &mut rng, of);
    println!("exact: {own}");
    assert!(own.passes(0.01), "{own}");
    // one scale of a prior is wrong
    let text = include_str!("../../grammar/models/exact.grammar").replace("role slope = 0.5", "role slope = 2");
    let wrong = Grammar::new(SourceMap::from_text("wrong.grammar", text)).unwrap_or_else(|error| panic!("{error}"));
    let mutant = Exact::new(&wrong);
    let of = |table: &Table| mutant.posterior(table).unwrap_or_else(|error| panic!("{error}"));
    let own = report(&labels, &mut rng, of);
    println!("wrong grade: {own}");
    assert!(!own.passes(0.01), "{own}");
    // a uniform prior on (-1, 1) without its 1/2
    let of = |table: &Table| {
        let own = exact.posterior(table).unwrap_or_else(|error| panic!("{error}"));
        let models = exact.models(&table.schema, table.rows()).unwrap();
        own.reweighted(|place| if models[place].correlation.is_some() { 2f64.ln() } else { 0.0 })
    };
    let own = report(&labels, &mut rng, of);
    println!("missing log 2: {own}");
    assert!(!own.passes(0.01), "{own}");
}

#[test]
fn each_stratum_has_a_posterior() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    for stratum in Stratum::ALL {
        for (truth, table) in labels(|number| stratum.pair(&grammar, 3, number), 2) {
            let posterior = exact.posterior(&table).unwrap_or_else(|error| panic!("{error}"));
            let total: f64 = posterior.entries.iter().map(|entry| entry.probability).sum();
            assert!((total - 1.0).abs() < 1e-9 && posterior.probability(&truth) > 0.0);
            assert!(posterior.entries.len() >= 10 && posterior.entropy() >= 0.0);
        }
    }
}

#[test]
fn kept_posteriors_are_those_that_were_computed() {
    let grammar = grammar();
    let folder = std::env::temp_dir().join(format!("ppl-exact-{}", std::process::id()));
    let (_, table) = labels(|number| Stratum::Real.pair(&grammar, 4, number), 1).remove(0);
    let first = Cache::new(Exact::new(&grammar), &folder).unwrap().posterior(&table).unwrap();
    let files = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let file = files().remove(0);
    let cache = Cache::new(Exact::new(&grammar), &folder).unwrap();
    assert_eq!(cache.posterior(&table).unwrap(), first);
    assert_eq!(files().len(), 1);
    // other settings, another file
    let settings = Settings { tolerance: 0.1, ..Settings::default() };
    Cache::new(Exact::new(&grammar).with_settings(settings), &folder).unwrap().posterior(&table).unwrap();
    assert_eq!(files().len(), 2);
    // what is damaged is named
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let error = cache.posterior(&table).unwrap_err();
    assert!(matches!(&error, ExactError::Cache { path, .. } if *path == file), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn bad_tables_are_errors() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let table = |outcome: Outcome, y: Values, x: Vec<f64>| Table {
        schema: Schema::with(outcome, &[(ColumnKind::Real, 1)]),
        outcome: y,
        columns: vec![Values::Real(x)],
        levels: vec![0],
        categories: 0,
    };
    let zeros = || vec![0.0; 3];
    let cases = [
        (table(Outcome::Real, Values::Real(vec![]), vec![]), "no rows"),
        (table(Outcome::Real, Values::Real(vec![0.0, f64::NAN, 1.0]), zeros()), "missing"),
        (table(Outcome::Real, Values::Real(zeros()), vec![0.0; 2]), "2 rows"),
        (table(Outcome::Real, Values::Real(vec![0.0, f64::INFINITY, 1.0]), zeros()), "inf"),
        (table(Outcome::Count, Values::Int(vec![0, -1, 1]), zeros()), "count outcome"),
        (table(Outcome::Positive, Values::Real(zeros()), zeros()), "positive outcome"),
        (table(Outcome::Bounded, Values::Real(vec![0.5; 3]), zeros()), "no program"),
    ];
    for (table, expected) in cases {
        let error = exact.posterior(&table).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    // extreme, but a table
    for outcome in [Values::Real(vec![1e6, -1e6, 3.0]), Values::Real(zeros())] {
        exact.posterior(&table(Outcome::Real, outcome, zeros())).unwrap_or_else(|error| panic!("{error}"));
    }
    let counts = table(Outcome::Count, Values::Int(vec![1_000_000, 0, 0]), zeros());
    match exact.posterior(&counts) {
        Ok(posterior) => assert!(posterior.log_evidence.is_finite()),
        Err(error) => {
            assert!(matches!(error, ExactError::NotConverged { .. } | ExactError::Numerical { .. }), "{error}")
        }
    }
}
