//! What holds for a network of any weights: q is a distribution over programs, and what a table is called does not matter.

mod common;

use common::{Random, tiny};
use ppl_corpus::pair::table::{Table, Values};
use ppl_corpus::{ColumnKind, Derivation, Node, Part, best_first};
use ppl_exact::Posterior;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spfn_model::batch::Batch;
use spfn_model::example::Example;

#[test]
fn q_adds_up_to_one_and_is_not_the_prior() {
    let random = Random::new(tiny());
    for number in 0..4 {
        let (table, _) = random.pair(number, 12);
        random.with(&table, |decoding, language| {
            let all: Vec<(Derivation, f64)> = best_first(language).collect();
            let programs: Vec<Derivation> = all.iter().map(|(derivation, _)| derivation.clone()).collect();
            let logs: Vec<f64> = decoding.score(&[programs]).concat().into_iter().map(|log| log.unwrap()).collect();
            let total: f64 = logs.iter().map(|log| log.exp()).sum();
            assert!((total - 1.0).abs() < 1e-4, "{total}");
            let far = all.iter().zip(&logs).map(|((_, prior), log)| (prior - log).abs()).fold(0.0, f64::max);
            assert!(far > 0.1, "{far}");
        });
    }
}

#[test]
fn a_wide_beam_finds_the_likeliest_program() {
    let random = Random::new(tiny());
    for number in 0..4 {
        let (table, _) = random.pair(number, 12);
        random.with(&table, |decoding, language| {
            let programs: Vec<Derivation> = best_first(language).map(|(derivation, _)| derivation).collect();
            let logs = decoding.score(std::slice::from_ref(&programs)).concat();
            let best = logs.iter().map(|log| log.unwrap()).fold(f64::NEG_INFINITY, f64::max);
            let beam = decoding.beam(200).concat();
            assert!((beam[0].1 - best).abs() < 1e-4, "{} {best}", beam[0].1);
            assert!(beam.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            let narrow = decoding.beam(1).concat();
            assert_eq!(narrow.len(), 1);
        });
    }
}

#[test]
fn samples_are_programs_and_come_as_often_as_q_says() {
    let random = Random::new(tiny());
    let (table, _) = random.pair(1, 20);
    random.with(&table, |decoding, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let drawn = decoding.sample(2000, &mut rng).concat();
        assert_eq!(drawn.len(), 2000);
        let programs: Vec<Derivation> = drawn.iter().map(|(derivation, _)| derivation.clone()).collect();
        let scored = decoding.score(&[programs]).concat();
        for ((_, own), scored) in drawn.iter().zip(&scored) {
            assert!((own - scored.unwrap()).abs() < 1e-3, "{own} {scored:?}");
        }
        let (first, log) = &decoding.beam(64).concat()[0];
        let (p, n) = (log.exp(), 2000.0);
        let share = drawn.iter().filter(|(derivation, _)| derivation == first).count() as f64 / n;
        assert!((share - p).abs() < 4.0 * (p * (1.0 - p) / n).sqrt() + 1e-3, "{share} {p}");
    });
}

fn permuted<T: Clone>(x: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|&place| x[place].clone()).collect()
}

fn rows_permuted(table: &Table, order: &[usize]) -> Table {
    let cells = |values: &Values| match values {
        Values::Real(x) => Values::Real(permuted(x, order)),
        Values::Int(x) => Values::Int(permuted(x, order)),
    };
    Table { outcome: cells(&table.outcome), columns: table.columns.iter().map(cells).collect(), ..table.clone() }
}

fn shuffled(n: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}

/// Tables at the sizes where rows are chosen, and where all are looked at.
fn tables(random: &Random) -> Vec<(Table, Derivation)> {
    (0..12).flat_map(|number| [random.pair(number, 23), random.pair(number, 150)]).collect()
}

#[test]
fn the_order_of_rows_does_not_matter_where_there_is_no_time() {
    let random = Random::new(tiny());
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut tried = 0;
    for (table, derivation) in tables(&random) {
        if table.schema.has(ColumnKind::Time) {
            continue;
        }
        tried += 1;
        let other = rows_permuted(&table, &shuffled(table.rows(), &mut rng));
        let (a, b) = (random.log_q(&table, &derivation), random.log_q(&other, &derivation));
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    assert!(tried > 5);
}

#[test]
fn names_of_groups_do_not_matter() {
    let random = Random::new(tiny());
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut tried = 0;
    for (mut table, derivation) in tables(&random) {
        let before = random.log_q(&table, &derivation);
        for place in table.schema.of_kind(ColumnKind::Group).collect::<Vec<_>>() {
            tried += 1;
            let names = shuffled(table.levels[place], &mut rng);
            let Values::Int(members) = &mut table.columns[place] else { panic!("groups are whole numbers") };
            members.iter_mut().for_each(|g| *g = names[(*g - 1) as usize] as i32 + 1);
        }
        let after = random.log_q(&table, &derivation);
        assert!((before - after).abs() < 1e-4, "{before} {after}");
    }
    assert!(tried > 5);
}

#[test]
fn columns_that_change_places_change_places_in_the_answer() {
    let random = Random::new(tiny());
    let mut tried = 0;
    for (table, derivation) in tables(&random) {
        let reals: Vec<usize> = table.schema.of_kind(ColumnKind::Real).collect();
        if reals.len() < 2 {
            continue;
        }
        tried += 1;
        let (a, b) = (reals[0], reals[1]);
        let mut other = table.clone();
        other.columns.swap(a, b);
        let swapped = swapped(&derivation.root, a, b);
        let (own, there) = (random.log_q(&table, &derivation), random.log_q(&other, &Derivation { root: swapped }));
        assert!((own - there).abs() < 1e-4, "{own} {there}");
    }
    assert!(tried > 5);
}

/// The program with two columns exchanged; columns of a term, and terms of a set, in their order again.
fn swapped(node: &Node, a: usize, b: usize) -> Node {
    let to = |column: usize| {
        if column == a {
            b
        } else if column == b {
            a
        } else {
            column
        }
    };
    let mut columns: Vec<usize> = node.columns.iter().map(|&column| to(column)).collect();
    if columns.len() == 2 && node.columns.is_sorted() {
        columns.sort_unstable();
    }
    let part = |part: &Part| match part {
        Part::Node(inner) => Part::Node(Box::new(swapped(inner, a, b))),
        Part::Set(nodes) => {
            let mut nodes: Vec<Node> = nodes.iter().map(|inner| swapped(inner, a, b)).collect();
            nodes.sort();
            Part::Set(nodes)
        }
        Part::Grade(grade) => Part::Grade(*grade),
    };
    Node { rule: node.rule, columns, parts: node.parts.iter().map(part).collect() }
}

#[test]
fn a_soft_target_costs_the_mean_of_its_programs() {
    let random = Random::new(tiny());
    for number in 0..4 {
        let (table, derivation) = random.pair(number, 12);
        let example = Example::of(&random.grammar, &random.vocabulary, &random.size, &[&table], &derivation, None)
            .unwrap()
            .unwrap();
        let loss = |example: &Example| {
            let batch = Batch::new(&[example], random.vocabulary.places(), &Default::default());
            f64::from(random.network.loss(&batch).into_scalar())
        };
        assert!((loss(&example) + random.log_q(&table, &derivation)).abs() < 1e-4);
        let target: Vec<(Derivation, f64)> = Posterior::of(&random.grammar, &table)
            .unwrap()
            .entries
            .into_iter()
            .filter(|entry| entry.probability >= 1e-5)
            .map(|entry| (entry.derivation, entry.probability))
            .collect();
        let total: f64 = target.iter().map(|(_, p)| p).sum();
        let expected: f64 = target.iter().map(|(d, p)| -p / total * random.log_q(&table, d)).sum();
        let soft = example.softened(&random.grammar, &random.vocabulary, &table.schema, &target);
        let steps: usize = target.iter().map(|(d, _)| random.steps(&table, d)).sum();
        assert!(soft.program.steps.len() < steps, "what programs share is there once");
        assert!((loss(&soft) - expected).abs() < 1e-3, "{} {expected}", loss(&soft));
    }
}
