//! Pairs are functions of seed and number, tables are those that the filter keeps, and programs in units are programs of raw tables.

use ppl_corpus::pair::design::{Design, DesignOptions};
use ppl_corpus::pair::filter::{Rejection, accept};
use ppl_corpus::pair::raw::{TableUnits, on_raw_table};
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::pair::units::Units;
use ppl_corpus::pair::{Pair, PairOptions, pair};
use ppl_corpus::text::levels;
use ppl_corpus::{ColumnKind, Grammar, Outcome, Schema};
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Options};
use ppl_runtime::data::RawData;
use ppl_runtime::value::Value;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn bounded() -> Grammar {
    Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"))
}

fn options(rows: usize, tables: usize, missing: f64) -> PairOptions {
    PairOptions {
        design: DesignOptions { rows: rows..=rows, missing, ..DesignOptions::default() },
        tables,
        schema: None,
    }
}

fn made(grammar: &Grammar, options: &PairOptions, number: u64) -> Pair {
    pair(grammar, options, 7, number).unwrap_or_else(|fault| panic!("{number}: {fault}"))
}

#[test]
fn a_pair_is_a_function_of_seed_and_number() {
    let (grammar, options) = (bounded(), options(30, 3, 0.2));
    let first: Vec<Pair> = (0..20).map(|number| made(&grammar, &options, number)).collect();
    for number in (0..20).rev() {
        let again = made(&grammar, &options, number);
        let before = &first[number as usize];
        assert_eq!(again.canonical.text, before.canonical.text);
        assert_eq!(format!("{:?}", again.samples), format!("{:?}", before.samples));
    }
}

#[test]
fn every_table_is_kept_or_counted() {
    let (grammar, options) = (bounded(), options(40, 4, 0.2));
    let mut kept = 0;
    for number in 0..150 {
        let pair = made(&grammar, &options, number);
        assert_eq!(pair.samples.len() + pair.rejected.len(), 4);
        kept += pair.samples.len();
        for sample in &pair.samples {
            assert_eq!(accept(&sample.table), Ok(()));
            let units = TableUnits::of(&sample.table);
            assert!(units.outcome.is_none(), "{:?}", units.outcome);
            let lost = sample.design.missing.iter().filter(|(column, _)| column.is_none()).count();
            assert_eq!(sample.table.outcome.present().len() + lost, 40);
        }
    }
    assert!(kept > 400, "{kept}");
}

/// A real column of a design is standardised, groups are all there, time increases.
#[test]
fn designs_are_as_programs_want_them() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for rows in [5, 6, 17, 200] {
        for _ in 0..50 {
            let schema = Schema::random(&mut rng, |_| true);
            let design = Design::with_rows(&schema, rows, 0.2, &mut rng);
            for (place, column) in schema.columns.iter().enumerate() {
                let values = &design.columns[place];
                assert_eq!(values.len(), rows);
                let x = values.present();
                match column.kind {
                    ColumnKind::Real | ColumnKind::Time => {
                        let units = Units::of_column(column.kind, values);
                        assert!(units.origin.abs() < 1e-9 && (units.unit - 1.0).abs() < 1e-9, "{units:?}");
                        assert!(column.kind == ColumnKind::Real || x.is_sorted());
                    }
                    ColumnKind::Binary => assert!(x.iter().all(|x| *x == 0.0 || *x == 1.0)),
                    ColumnKind::Group => {
                        let mut seen = vec![false; design.levels[place]];
                        x.iter().for_each(|g| seen[*g as usize - 1] = true);
                        assert!(seen.iter().all(|seen| *seen), "{x:?}");
                    }
                    ColumnKind::Ordinal => {
                        assert!(x.iter().all(|o| (1.0..=design.levels[place] as f64).contains(o)))
                    }
                    ColumnKind::Trials => assert!(x.iter().all(|n| *n >= 1.0)),
                }
            }
            // causes come before their effects
            assert!(design.causes.iter().all(|(cause, effect)| cause < effect));
        }
    }
}

#[test]
fn the_filter_rejects_what_it_should() {
    let schema = |outcome| Schema::new(outcome, 0, 0, false);
    let table = |outcome: Outcome, outcomes: Values| Table {
        schema: schema(outcome),
        outcome: outcomes,
        columns: Vec::new(),
        levels: Vec::new(),
        categories: 0,
    };
    let real = |y: &[f64]| accept(&table(Outcome::Real, Values::Real(y.to_vec())));
    let count = |y: &[i32]| accept(&table(Outcome::Count, Values::Int(y.to_vec())));
    assert_eq!(real(&[-1.0, 0.0, 0.5, 2.0]), Ok(()));
    assert_eq!(real(&[-1.0, 0.0, f64::INFINITY, 2.0]), Err(Rejection::NotFinite));
    assert_eq!(real(&[-1.0, 0.0, 0.5, 2.0, 1e9]), Err(Rejection::Spread));
    assert_eq!(real(&[1.0, 1.0, 1.0]), Err(Rejection::Degenerate));
    assert_eq!(real(&[-10.0, 0.0, 5.0, 20.0]), Err(Rejection::Units));
    assert_eq!(real(&[19.0, 20.0, 21.5]), Err(Rejection::Units));
    assert_eq!(count(&[0, 3, 4]), Ok(()));
    assert_eq!(count(&[0, 0, 0, 0]), Err(Rejection::Degenerate));
    assert_eq!(count(&[0, 1, 2_000_000]), Err(Rejection::Spread));
}

/// The log density of a program at values of its parameters, in the text's own names.
fn log_density(program: &ppl_grammar::ast::Program, data: &RawData, latents: &[(String, Value<f64>)]) -> f64 {
    let text = print_program(program, Parentheses::Minimal);
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("raw.stan", text.clone()));
    let checked = ppl_program::check(&parsed.program).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let environment = interpreter.bind(data).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let program = interpreter.program();
    let values: Vec<Value<f64>> = program
        .parameters
        .iter()
        .map(|declaration| {
            let name = &program.variable(declaration.variable).name;
            latents.iter().find(|(own, _)| own == name).expect("a value of each parameter").1.clone()
        })
        .collect();
    let theta = interpreter.unconstrain(&environment, &values).expect("values that keep their bounds");
    interpreter.value(&environment, &theta, Options::NORMALISED).expect("a density")
}

/// A table as a CSV file, and the numbers of levels that stand beside it.
fn csv(table: &Table) -> RawData {
    let names: Vec<&str> = table.schema.columns.iter().map(|column| column.name.as_str()).chain(["y"]).collect();
    let columns: Vec<&Values> = table.columns.iter().chain([&table.outcome]).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..table.rows() {
        let cells = columns.iter().map(|column| match column {
            Values::Real(x) => format!("{:?}", x[row]),
            Values::Int(x) => x[row].to_string(),
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    let mut data = RawData::from_csv(&text).expect("a table");
    for (column, count) in table.schema.columns.iter().zip(&table.levels).filter(|(column, _)| column.kind.has_levels())
    {
        data = data.int(&levels(&column.name), *count as i32);
    }
    if table.categories > 0 {
        data = data.int("K", table.categories as i32);
    }
    data
}

/// A raw table as CSV, the program with the table's units in it, and the log density in raw units.
#[test]
fn raw_tables_have_the_density_of_their_units() {
    let (grammar, options) = (bounded(), options(25, 1, 0.0));
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut compared = 0;
    for number in 0..60 {
        let pair = made(&grammar, &options, number);
        let Some(sample) = pair.samples.first() else { continue };
        let raw = TableUnits::random(&pair.schema, &mut rng).to_raw(&sample.table);
        let units = TableUnits::of(&raw);
        let text = on_raw_table(&pair.canonical.program, &pair.schema, &units);
        let in_units = log_density(&pair.canonical.program, &csv(&units.of_raw(&raw)), &sample.latents);
        let on_raw = log_density(&text, &csv(&raw), &sample.latents);
        assert!((in_units - on_raw).abs() < 1e-8 * (1.0 + in_units.abs()), "{number}: {in_units} {on_raw}");
        // and the units are those that the table was simulated in
        let simulated = log_density(&pair.canonical.program, &csv(&sample.table), &sample.latents);
        assert!((simulated - on_raw).abs() < 1e-6 * (1.0 + simulated.abs()), "{number}: {simulated} {on_raw}");
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}

/// Against the normal density of the raw outcomes themselves.
#[test]
fn the_jacobian_makes_it_the_density_of_raw_outcomes() {
    let text =
        "data { int N; vector[N] y; } parameters { real mu; real<lower=0> sigma; } model { y ~ normal(mu, sigma); }";
    let parsed = ppl_grammar::parse::parse(&SourceMap::from_text("normal.stan", text));
    let schema = Schema::new(Outcome::Real, 0, 0, false);
    let y = vec![1030.0, 1042.0, 990.0, 1100.0, 1062.5];
    let table = Table { schema, outcome: Values::Real(y.clone()), columns: vec![], levels: vec![], categories: 0 };
    let units = TableUnits::of(&table);
    assert_eq!(units.outcome, Units { origin: 1000.0, unit: 10.0 });
    let program = on_raw_table(&parsed.program, &table.schema, &units);
    let printed = print_program(&program, Parentheses::Minimal);
    assert!(printed.contains("vector[N] y_std = (y - 1000) / 10;"), "{printed}");
    let latents = [("mu".to_string(), Value::Real(4.0)), ("sigma".to_string(), Value::Real(3.0))];
    let density = log_density(&program, &csv(&table), &latents) - units.outcome.log_jacobian(y.len());
    // mu = 1000 + 10 * 4, sigma = 10 * 3
    let normal =
        |y: f64| -0.5 * ((y - 1040.0) / 30.0_f64).powi(2) - 30.0_f64.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let expected: f64 = y.iter().map(|y| normal(*y)).sum();
    assert!((density - expected).abs() < 1e-10, "{density} {expected}");
}
