//! Features are finite and bounded for every table, do not depend on what means nothing, and move with what they are named after.

use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::table::{MISSING, Table, Values};
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Column, ColumnKind, Grammar, Outcome, Schema};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal, StudentT};
use spfn_model::features::{COLUMN, COLUMN_NAMES, Features, LIMIT, OUTCOME, OUTCOME_NAMES, PAIR, PAIR_NAMES, squash};

/// Tables of the wide grammar with 5 to `most` rows.
fn drawn(count: u64, most: usize, missing: f64) -> Vec<Table> {
    let grammar = Grammar::shipped("wide").unwrap_or_else(|error| panic!("{error}"));
    let options = PairOptions {
        design: DesignOptions { rows: 5..=most, missing, ..DesignOptions::default() },
        tables: 1,
        schema: None,
    };
    let pairs = (0..count).filter_map(|number| pair(&grammar, &options, 11, number).ok());
    pairs.flat_map(|pair| pair.samples.into_iter().map(|sample| sample.table)).collect()
}

fn all(features: &Features) -> impl Iterator<Item = f32> + '_ {
    let rest = features.columns.iter().flatten().chain(features.pairs.iter().flatten());
    features.outcome.iter().chain(rest).copied()
}

fn check_bounds(table: &Table) {
    let features = Features::of(table);
    assert_eq!((features.columns.len(), features.pairs.len()), (table.columns.len(), table.columns.len()));
    for (place, x) in all(&features).enumerate() {
        assert!(x.is_finite() && x.abs() <= LIMIT as f32, "number {place} is {x}: {table:?}");
    }
}

fn assert_close(a: &[f32], b: &[f32], names: &[&str], what: &str) {
    for ((a, b), name) in a.iter().zip(b).zip(names) {
        assert!((a - b).abs() < 1e-4, "{what}: {name} is {a} and {b}");
    }
}

/// `columns[place]` of `b` is column `place` of `a`.
fn assert_same(a: &Features, b: &Features, columns: &[usize], what: &str) {
    assert_close(&a.outcome, &b.outcome, &OUTCOME_NAMES, what);
    for (place, other) in columns.iter().enumerate() {
        assert_close(&a.columns[place], &b.columns[*other], &COLUMN_NAMES, what);
        assert_close(&a.pairs[place], &b.pairs[*other], &PAIR_NAMES, what);
    }
}

fn shuffled<R: Rng>(count: usize, rng: &mut R) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}

fn taken(values: &Values, order: &[usize]) -> Values {
    match values {
        Values::Real(x) => Values::Real(order.iter().map(|row| x[*row]).collect()),
        Values::Int(x) => Values::Int(order.iter().map(|row| x[*row]).collect()),
    }
}

#[test]
fn numbers_of_drawn_tables_are_finite_and_bounded() {
    let tables = drawn(250, 100, 0.9).into_iter().chain(drawn(6, 2000, 0.2));
    let mut outcomes = std::collections::BTreeSet::new();
    for table in tables {
        check_bounds(&table);
        outcomes.insert(table.schema.outcome);
    }
    assert_eq!(outcomes.len(), Outcome::ALL.len(), "{outcomes:?}");
}

/// An outcome of a kind that does what it likes.
fn outcome_of(kind: Outcome, rows: usize, rng: &mut ChaCha8Rng) -> Values {
    match kind {
        Outcome::Real | Outcome::Angle => Values::Real((0..rows).map(|_| rng.random_range(-3.0..3.0)).collect()),
        Outcome::Positive => Values::Real((0..rows).map(|_| rng.random_range(0.01..30.0)).collect()),
        Outcome::Bounded => Values::Real((0..rows).map(|_| rng.random_range(0.001..0.999)).collect()),
        Outcome::Count => Values::Int((0..rows).map(|_| rng.random_range(0..4)).collect()),
        Outcome::Binary | Outcome::Successes => Values::Int((0..rows).map(|_| rng.random_range(0..2)).collect()),
        _ => Values::Int((0..rows).map(|_| rng.random_range(1..=3)).collect()),
    }
}

#[test]
fn numbers_of_strange_tables_are_finite_and_bounded() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let constant = |x: f64, rows: usize| Values::Real(vec![x; rows]);
    let kinds = [
        (ColumnKind::Real, 4),
        (ColumnKind::Binary, 2),
        (ColumnKind::Group, 3),
        (ColumnKind::Ordinal, 2),
        (ColumnKind::Time, 1),
    ];
    for kind in Outcome::ALL {
        for rows in [0, 1, 2, 3, 5, 40] {
            let schema = Schema::with(kind, &kinds);
            let normal: Vec<f64> = (0..rows).map(|_| rng.sample(StandardNormal)).collect();
            let mut columns = vec![
                Values::Real(normal.clone()),
                Values::Real(normal),
                constant(f64::NAN, rows),
                Values::Real((0..rows).map(|row| if row == 1 { 1e300 } else { -1e-300 }).collect()),
                constant(1.0, rows),
                Values::Real((0..rows).map(|row| if row == 0 { f64::INFINITY } else { (row % 2) as f64 }).collect()),
                // a level for every row, one level, and none
                Values::Int((0..rows as i32).collect()),
                Values::Int(vec![-7; rows]),
                Values::Int(vec![MISSING; rows]),
                Values::Int((0..rows).map(|row| if row % 3 == 0 { MISSING } else { (row % 4) as i32 }).collect()),
                Values::Int(vec![2; rows]),
                constant(0.0, rows),
            ];
            if kind == Outcome::Successes {
                columns.push(Values::Int(vec![0; rows]));
            }
            let mut table = Table {
                levels: vec![0; columns.len()],
                outcome: outcome_of(kind, rows, &mut rng),
                categories: if kind.has_categories() { 3 } else { 0 },
                columns,
                schema,
            };
            check_bounds(&table);
            // all outcomes alike, and enormous
            table.outcome = match table.outcome {
                Values::Real(x) if kind == Outcome::Real => Values::Real(x.iter().map(|x| 1e200 * x).collect()),
                Values::Real(x) => Values::Real(vec![0.5; x.len()]),
                Values::Int(x) if kind == Outcome::Count => Values::Int(x.iter().map(|x| 300_000 * x).collect()),
                Values::Int(x) => Values::Int(vec![1; x.len()]),
            };
            check_bounds(&table);
            (0..rows).for_each(|row| table.outcome.remove(row));
            check_bounds(&table);
        }
    }
}

#[test]
fn rows_have_no_order_where_there_is_no_time() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let tables = drawn(120, 150, 0.2).into_iter().filter(|table| !table.schema.has(ColumnKind::Time));
    for table in tables {
        let order = shuffled(table.rows(), &mut rng);
        let mut other = table.clone();
        other.outcome = taken(&table.outcome, &order);
        other.columns = table.columns.iter().map(|values| taken(values, &order)).collect();
        let places: Vec<usize> = (0..table.columns.len()).collect();
        assert_same(&Features::of(&table), &Features::of(&other), &places, "rows");
    }
}

#[test]
fn groups_have_no_names() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let tables = drawn(120, 150, 0.2).into_iter().filter(|table| table.schema.has(ColumnKind::Group));
    for table in tables {
        let mut other = table.clone();
        for place in table.schema.of_kind(ColumnKind::Group) {
            let names = shuffled(table.levels[place], &mut rng);
            if let Values::Int(x) = &mut other.columns[place] {
                x.iter_mut().for_each(|level| *level = names[*level as usize - 1] as i32 + 1);
            }
        }
        let places: Vec<usize> = (0..table.columns.len()).collect();
        let own = Features::of(&table);
        assert_same(&own, &Features::of(&other), &places, "groups");
        // names that are far apart, too
        for place in table.schema.of_kind(ColumnKind::Group) {
            if let Values::Int(x) = &mut other.columns[place] {
                x.iter_mut().for_each(|level| *level = 1_000_003 * *level - 500);
            }
        }
        assert_same(&own, &Features::of(&other), &places, "far groups");
    }
}

#[test]
fn columns_of_a_kind_have_no_order() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for table in drawn(150, 150, 0.2) {
        let mut places: Vec<usize> = (0..table.columns.len()).collect();
        for kind in ColumnKind::ALL {
            let own: Vec<usize> = table.schema.of_kind(kind).collect();
            let order = shuffled(own.len(), &mut rng);
            own.iter().zip(&order).for_each(|(place, other)| places[*place] = own[*other]);
        }
        let mut other = table.clone();
        for (place, new) in places.iter().enumerate() {
            other.columns[*new] = table.columns[place].clone();
            other.levels[*new] = table.levels[place];
        }
        assert_same(&Features::of(&table), &Features::of(&other), &places, "columns");
    }
}

#[test]
fn real_columns_have_no_units() {
    for table in drawn(60, 100, 0.2) {
        let mut other = table.clone();
        for place in table.schema.of_kind(ColumnKind::Real) {
            if let Values::Real(x) = &mut other.columns[place] {
                x.iter_mut().for_each(|x| *x = 40.0 + 8.0 * *x);
            }
        }
        let (a, b) = (Features::of(&table), Features::of(&other));
        assert_close(&a.outcome, &b.outcome, &OUTCOME_NAMES, "units");
        a.pairs.iter().zip(&b.pairs).for_each(|(a, b)| assert_close(a, b, &PAIR_NAMES, "units"));
    }
}

#[test]
fn names_are_all_different() {
    for names in [&OUTCOME_NAMES[..], &COLUMN_NAMES, &PAIR_NAMES] {
        let different: std::collections::BTreeSet<&&str> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }
    assert_eq!((OUTCOME, COLUMN, PAIR), (OUTCOME_NAMES.len(), COLUMN_NAMES.len(), PAIR_NAMES.len()));
    assert_eq!([0.0, 3.0, -9.0, f64::INFINITY, f64::NAN].map(squash), [0.0, 1.5, -2.25, 3.0, 0.0]);
}

/// Means of a number over 40 tables of a kind, without and with an effect.
struct Planted {
    schema: Schema,
    rows: usize,
}

impl Planted {
    fn real(reals: usize, groups: usize, time: bool) -> Planted {
        Planted { schema: Schema::new(Outcome::Real, reals, groups, time), rows: 120 }
    }

    /// Mean features of tables whose outcome `make` gives, from columns (in schema order, as numbers), and random numbers.
    fn mean(&self, make: impl Fn(&[Vec<f64>], &mut ChaCha8Rng) -> Values) -> Features {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let (tables, rows) = (40, self.rows);
        let mut sum: Option<Features> = None;
        for _ in 0..tables {
            let columns: Vec<Vec<f64>> =
                self.schema.columns.iter().map(|column| cells(column, rows, &mut rng)).collect();
            let outcome = make(&columns, &mut rng);
            let values = self.schema.columns.iter().zip(&columns).map(|(column, x)| match column.kind {
                ColumnKind::Group | ColumnKind::Ordinal => Values::Int(x.iter().map(|x| *x as i32).collect()),
                _ => Values::Real(x.clone()),
            });
            let columns: Vec<Values> = values.collect();
            let levels =
                self.schema.columns.iter().map(|column| if column.kind.has_levels() { 6 } else { 0 }).collect();
            let own = Features::of(&Table { schema: self.schema.clone(), outcome, columns, levels, categories: 0 });
            let add = |a: &mut [f32], b: &[f32]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b / tables as f32);
            let sum = sum.get_or_insert_with(|| Features {
                outcome: [0.0; OUTCOME],
                columns: vec![[0.0; COLUMN]; own.columns.len()],
                pairs: vec![[0.0; PAIR]; own.pairs.len()],
            });
            add(&mut sum.outcome, &own.outcome);
            sum.pairs.iter_mut().zip(&own.pairs).for_each(|(a, b)| add(a, b));
            sum.columns.iter_mut().zip(&own.columns).for_each(|(a, b)| add(a, b));
        }
        sum.unwrap_or_else(|| panic!("no tables"))
    }
}

fn cells(column: &Column, rows: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    match column.kind {
        ColumnKind::Group | ColumnKind::Ordinal => (0..rows).map(|row| (row % 6 + 1) as f64).collect(),
        ColumnKind::Time => (0..rows).map(|row| (row as f64 - rows as f64 / 2.0) / (0.29 * rows as f64)).collect(),
        _ => (0..rows).map(|_| rng.sample(StandardNormal)).collect(),
    }
}

fn outcome(features: &Features, name: &str) -> f32 {
    let place = OUTCOME_NAMES.iter().position(|own| *own == name);
    features.outcome[place.unwrap_or_else(|| panic!("no {name}"))]
}

fn of_pair(features: &Features, column: usize, name: &str) -> f32 {
    let place = PAIR_NAMES.iter().position(|own| *own == name);
    features.pairs[column][place.unwrap_or_else(|| panic!("no {name}"))]
}

fn noise(rows: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..rows).map(|_| rng.sample(StandardNormal)).collect()
}

fn real(mean: impl Fn(&[Vec<f64>], usize) -> f64) -> impl Fn(&[Vec<f64>], &mut ChaCha8Rng) -> Values {
    move |columns, rng| {
        let rows = columns.first().map_or(0, Vec::len);
        Values::Real(noise(rows, rng).iter().enumerate().map(|(row, e)| e + mean(columns, row)).collect())
    }
}

#[track_caller]
fn assert_moves(none: &Features, with: &Features, column: usize, names: &[&str], least: f32) {
    for name in names {
        let (a, b) = (of_pair(none, column, name), of_pair(with, column, name));
        assert!(b - a > least, "{name}: {a} without, {b} with");
    }
}

#[test]
fn lines_curves_and_interactions_move_their_numbers() {
    let plain = Planted::real(3, 0, false);
    let none = plain.mean(real(|_, _| 0.0));
    let line = plain.mean(real(|x, row| 0.5 * x[1][row]));
    assert_moves(&none, &line, 1, &["pearson", "spearman", "t", "t_alone", "gain", "gain_alone", "coefficient"], 0.4);
    // and nobody else's
    for name in ["t", "gain", "gain_square", "gain_interaction"] {
        let (a, b) = (of_pair(&none, 0, name), of_pair(&line, 0, name));
        assert!((a - b).abs() < 0.3, "{name}: {a} {b}");
    }
    let square = plain.mean(real(|x, row| 0.4 * x[0][row].powi(2)));
    assert_moves(&none, &square, 0, &["t_square", "gain_square", "gain_bend", "roughness"], 0.5);
    let product = plain.mean(real(|x, row| 0.5 * x[0][row] * x[2][row]));
    assert_moves(&none, &product, 0, &["t_interaction", "gain_interaction"], 0.7);
    assert_moves(&none, &product, 2, &["t_interaction", "gain_interaction"], 0.7);
    let step = plain.mean(real(|x, row| 1.5 * f64::from(x[0][row] > 0.5)));
    assert_moves(&none, &step, 0, &["gain_step"], 0.7);
    assert!((of_pair(&step, 0, "place_of_step") - squash(0.5)).abs() < 0.1);
    let wave = plain.mean(real(|x, row| (8.0 * x[1][row]).sin()));
    assert_moves(&none, &wave, 1, &["gain_seasonal", "frequency"], 0.7);
    assert!((of_pair(&wave, 1, "frequency") - squash(1.0)).abs() < 0.05);
}

#[test]
fn spread_and_tails_move_their_numbers() {
    let plain = Planted::real(2, 1, false);
    let none = plain.mean(real(|_, _| 0.0));
    let spread = plain
        .mean(|x, rng| Values::Real(noise(120, rng).iter().zip(&x[0]).map(|(e, x)| e * (0.5 * x).exp()).collect()));
    assert_moves(&none, &spread, 0, &["t_absolute_residual", "t_squared_residual"], 1.0);
    let by_group = plain.mean(|x, rng| {
        Values::Real(noise(120, rng).iter().zip(&x[2]).map(|(e, g)| e * if *g > 3.0 { 2.0 } else { 0.5 }).collect())
    });
    assert_moves(&none, &by_group, 2, &["f_absolute_residual"], 1.0);
    let heavy = plain.mean(|_, rng| {
        let t = StudentT::new(3.0).unwrap_or_else(|error| panic!("{error}"));
        Values::Real((0..120).map(|_| t.sample(rng)).collect())
    });
    for name in ["student_t_ratio", "residual_excess_kurtosis", "outliers"] {
        assert!(outcome(&heavy, name) > outcome(&none, name) + 0.1, "{name}");
    }
    assert!(outcome(&heavy, "student_t_ratio") > 0.3 && outcome(&none, "student_t_ratio") < 0.0);
}

#[test]
fn groups_and_slopes_by_group_move_their_numbers() {
    let plain = Planted::real(2, 1, false);
    let none = plain.mean(real(|_, _| 0.0));
    let effect = [0.9, -0.8, 0.1, 1.1, -0.9, -0.4];
    let shifted = plain.mean(real(|x, row| effect[x[2][row] as usize - 1]));
    let names = [
        "eta_squared",
        "intraclass_correlation",
        "f_statistic",
        "gain_levels_alone",
        "gain_levels",
        "log_spread_of_levels",
    ];
    assert_moves(&none, &shifted, 2, &names, 0.5);
    let slopes = plain.mean(real(|x, row| effect[x[2][row] as usize - 1] * x[1][row]));
    assert_moves(&none, &slopes, 2, &["gain_varying_slope"], 1.0);
    assert_moves(&none, &slopes, 1, &["gain_varying_slope"], 1.0);
    assert!((of_pair(&none, 0, "gain_varying_slope") - of_pair(&slopes, 0, "gain_varying_slope")).abs() < 0.5);
    // two columns of the same groups: either explains, neither is needed beside the other
    let twice = Planted::real(1, 2, false);
    let planted = twice.mean(real(|x, row| effect[x[1][row] as usize - 1]));
    for column in [1, 2] {
        assert!(of_pair(&planted, column, "gain_levels_among_numbers") > 1.0);
        let (beside, alone) =
            (of_pair(&planted, column, "gain_levels"), of_pair(&planted, column, "gain_levels_alone"));
        assert!(beside < alone - 1.0, "{beside} {alone}");
        let nested = COLUMN_NAMES.iter().position(|name| *name == "nested").unwrap_or_default();
        assert!((planted.columns[column][nested] - squash(3.0)).abs() < 1e-4);
    }
}

#[test]
fn time_moves_its_numbers() {
    let plain = Planted::real(1, 0, true);
    let none = plain.mean(real(|_, _| 0.0));
    let auto = plain.mean(|_, rng| {
        let mut last = 0.0;
        Values::Real(
            noise(120, rng)
                .iter()
                .map(|e| {
                    last = 0.7 * last + e;
                    last
                })
                .collect(),
        )
    });
    for name in ["autocorrelation_1", "residual_autocorrelation_1"] {
        assert!(outcome(&auto, name) > outcome(&none, name) + 0.8, "{name}");
    }
    assert!(outcome(&auto, "residual_partial_2").abs() < 0.7);
    assert_moves(&none, &auto, 1, &["von_neumann", "cusum"], 0.25);
    let broken = plain.mean(|_, rng| {
        Values::Real(
            noise(120, rng).iter().enumerate().map(|(row, e)| if row < 60 { 0.4 * e } else { 1.6 * e }).collect(),
        )
    });
    assert_moves(&none, &broken, 1, &["cusum_of_squares"], 0.5);
    let shifted = plain.mean(real(|x, row| 1.5 * f64::from(x[1][row] > -0.5)));
    assert_moves(&none, &shifted, 1, &["gain_step"], 0.7);
    assert!((of_pair(&shifted, 1, "place_of_step") - squash(-0.5)).abs() < 0.1);
    let arch = plain.mean(|_, rng| {
        let mut last = 0.0_f64;
        Values::Real(
            noise(120, rng)
                .iter()
                .map(|e| {
                    last = e * (0.3 + 0.7 * last * last).sqrt();
                    last
                })
                .collect(),
        )
    });
    assert!(outcome(&arch, "volatility") > outcome(&none, "volatility") + 0.5);
}

#[test]
fn counts_move_their_numbers() {
    let plain = Planted { schema: Schema::new(Outcome::Count, 2, 0, false), rows: 120 };
    let poisson = |mean: f64, rng: &mut ChaCha8Rng| {
        Poisson::new(mean).unwrap_or_else(|error| panic!("{error}")).sample(rng) as i32
    };
    let none = plain.mean(|x, rng| Values::Int(x[0].iter().map(|x| poisson((1.0 + 0.3 * x).exp(), rng)).collect()));
    let inflated = plain.mean(|x, rng| {
        let draw = |x: &f64, rng: &mut ChaCha8Rng| {
            if rng.random::<f64>() < 0.3 { 0 } else { poisson((1.0 + 0.3 * x).exp(), rng) }
        };
        Values::Int(x[0].iter().map(|x| draw(x, rng)).collect())
    });
    let spread = plain.mean(|x, rng| {
        let mut draw = |x: &f64| {
            let extra: f64 = rng.sample(StandardNormal);
            poisson((1.0 + 0.3 * x + 0.8 * extra).exp(), rng)
        };
        Values::Int(x[0].iter().map(&mut draw).collect())
    });
    for name in [
        "excess_zeros",
        "excess_zeros_given_columns",
        "log_dispersion",
        "overdispersion",
        "log_alpha",
        "zeros_of_negative_binomial",
    ] {
        assert!(outcome(&inflated, name) > outcome(&none, name) + 0.2, "{name}");
    }
    for name in ["log_dispersion", "overdispersion", "log_alpha", "log_pearson"] {
        assert!(outcome(&spread, name) > outcome(&none, name) + 0.2, "{name}");
    }
    assert!(outcome(&none, "excess_zeros_given_columns").abs() < 0.3);
    assert!(outcome(&none, "log_pearson").abs() < 0.1);
    assert!(of_pair(&none, 0, "gain") > 1.0 && of_pair(&none, 1, "gain") < 0.0);
    // zeros that depend on a column
    let where_zero = plain.mean(|x, rng| {
        let draw = |x: &f64, rng: &mut ChaCha8Rng| if *x > 0.6 && rng.random::<bool>() { 0 } else { poisson(3.0, rng) };
        Values::Int(x[1].iter().map(|x| draw(x, rng)).collect())
    });
    assert_moves(&none, &where_zero, 1, &["t_zeros"], 0.7);
}

#[test]
fn correlations_are_those_of_the_cells_that_are_there() {
    // ranks of x and y without the third row: 1 2 3 4 and 2 1 4 3, so 0.6; cells: 0.6 as well
    let table = Table {
        schema: Schema::new(Outcome::Real, 1, 0, false),
        outcome: Values::Real(vec![2.0, 1.0, 2.5, 4.0, 3.0]),
        columns: vec![Values::Real(vec![1.0, 2.0, f64::NAN, 3.0, 4.0])],
        levels: vec![0],
        categories: 0,
    };
    let features = Features::of(&table);
    assert!((of_pair(&features, 0, "pearson") - squash(1.8)).abs() < 1e-6);
    let missing = COLUMN_NAMES.iter().position(|name| *name == "missing").unwrap_or_default();
    assert!((features.columns[0][missing] - squash(1.0)).abs() < 1e-6);
    // ranks of y are those among all rows: 2 1 5 4 of 1 2 3 4
    assert!((of_pair(&features, 0, "spearman") - squash(3.0 * 5.0 / 50.0_f64.sqrt())).abs() < 1e-6);
    let mut whole = table.clone();
    whole.columns[0] = Values::Real(vec![1.0, 2.0, 2.5, 30.0, 400.0]);
    // 2 1 3 5 4: 1 - 6 (1 + 1 + 1 + 1) / 120
    assert!((of_pair(&Features::of(&whole), 0, "spearman") - squash(2.4)).abs() < 1e-6);
}
