//! Trainings that are killed, that go wrong, and that go on.

mod common;

use burn::backend::{Autodiff, Flex};
use common::config;
use ppl_corpus::Grammar;
use ppl_corpus::pair::PairOptions;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::store::{Corpus, Job, Selection};
use ppl_grammar::models::SHIPPED;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use spfn_model::Spfn;
use spfn_model::checkpoint::{CheckpointError, Stored};
use spfn_model::config::{Columns, Config, Reward};
use spfn_model::evaluate::Labels;
use spfn_model::source::Source;
use spfn_model::train::{CHECKPOINT, LOG, Progress, STABLE, TrainError, Trained, Training, WEIGHTS};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

type A = Autodiff<Flex>;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("spfn-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

fn grammar() -> Grammar {
    Grammar::shipped("exact").unwrap()
}

/// Trains, and stops after some step.
fn train(config: &Config, folder: &Path, threads: usize, stop: usize) -> Result<(Vec<Progress>, Trained), TrainError> {
    let mut training = Training::<A>::open(config.clone(), grammar(), folder, Default::default(), threads)?;
    let mut seen = Vec::new();
    let trained = training.run(&mut |progress| {
        seen.push(progress.clone());
        if progress.step == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok((seen, trained))
}

fn losses(seen: &[Progress]) -> Vec<f64> {
    seen.iter().map(|progress| progress.loss).collect()
}

#[test]
fn a_killed_training_goes_on_along_the_same_curve() {
    let config = config(9);
    let (whole, parts) = (folder("whole"), folder("parts"));
    let (all, trained) = train(&config, &whole, 1, 0).unwrap();
    assert!(!trained.stopped && trained.weights.is_some());
    // stopped at 4: a checkpoint there; then one that is killed at 8: back to the checkpoint of 6
    let (first, stopped) = train(&config, &parts, 2, 4).unwrap();
    assert!(stopped.stopped && stopped.steps == 4);
    let before = fs::read(parts.join(CHECKPOINT)).unwrap();
    let (second, _) = train(&config, &parts, 1, 8).unwrap();
    assert_eq!(second[0].step, 5);
    fs::write(parts.join(CHECKPOINT), before).unwrap();
    let (third, _) = train(&config, &parts, 2, 0).unwrap();
    assert_eq!(third[0].step, 5);
    // the number of threads changes nothing, to the bit
    assert_eq!(losses(&all), [losses(&first), losses(&third)].concat());
    assert_eq!(fs::read(whole.join(WEIGHTS)).unwrap(), fs::read(parts.join(WEIGHTS)).unwrap());
    let log = fs::read_to_string(parts.join(LOG)).unwrap();
    let steps: Vec<usize> = log.lines().map(|line| serde_json::from_str::<Progress>(line).unwrap().step).collect();
    assert_eq!(steps, (1..=9).collect::<Vec<_>>());
}

#[test]
fn more_steps_go_on_from_before_the_learning_rate_fell() {
    let mut config = config(6);
    config.training.decay = 0.5;
    let dir = folder("longer");
    train(&config, &dir, 1, 0).unwrap();
    assert!(dir.join(STABLE).exists());
    config.training.steps = 10;
    let (seen, _) = train(&config, &dir, 1, 0).unwrap();
    assert_eq!((seen[0].step, seen.last().unwrap().step), (4, 10));
    assert_eq!(seen[0].rate, config.training.learning_rate);
}

#[test]
fn the_loss_falls() {
    let mut config = config(400);
    config.data.rows = [20, 40];
    config.training.batch = 48;
    config.training.micro_batch = 24;
    config.training.learning_rate = 4e-3;
    config.training.average = 0.98;
    config.training.checkpoint = 400;
    config.training.validation = 300;
    let dir = folder("falls");
    let (_, trained) = train(&config, &dir, 2, 0).unwrap();
    let v = trained.validation.unwrap();
    assert!(v.loss < v.prior - 0.05, "{} of {}", v.loss, v.prior);
    // what was written is what was validated
    let spfn = Spfn::load(&dir.join(WEIGHTS)).unwrap();
    assert_eq!(spfn.header().steps, 400);
}

#[test]
fn a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint() {
    let mut config = config(30);
    config.training.learning_rate = 1e30;
    config.training.warm_up = 1;
    config.training.clip = 1e30;
    let dir = folder("explodes");
    let error = train(&config, &dir, 1, 0).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { .. }), "{error}");
    if dir.join(CHECKPOINT).exists() {
        assert!(Stored::read(&dir.join(CHECKPOINT)).is_ok());
    }
    assert!(!dir.join(WEIGHTS).exists());
}

#[test]
fn validation_may_be_longer_than_the_training() {
    // of a grammar whose posteriors are not computed
    let mut config = config(1);
    config.data.grammar = "wide".to_string();
    config.data.design = Columns::General;
    let grammar = Arc::new(Grammar::shipped("wide").unwrap());
    let mut source = Source::validation(&config, &grammar, 1).unwrap();
    assert!((0..4).map(|_| source.step().unwrap().len()).sum::<usize>() > 0);
}

#[test]
fn exact_posteriors_are_a_target_too() {
    let (hard, _) = train(&config(4), &folder("hard"), 2, 0).unwrap();
    for (share, same) in [(1.0, 0), (0.5, 2)] {
        let mut config = config(4);
        config.training.posterior = share;
        let (seen, trained) = train(&config, &folder(&format!("soft{same}")), 2, 0).unwrap();
        assert!(seen.iter().all(|progress| progress.loss.is_finite()));
        // at first the network is the prior, and the cross-entropy is that of the prior
        assert!((seen[0].loss - seen[0].prior).abs() < 1e-3, "{seen:?}");
        assert!(trained.weights.is_some());
        assert_eq!(losses(&seen)[..same], losses(&hard)[..same]);
        assert_ne!(losses(&seen)[same], losses(&hard)[same]);
    }
}

#[test]
fn rewards_change_what_is_proposed() {
    let dir = folder("reward");
    let mut config = config(4);
    config.data.examples = 4;
    train(&config, &dir.join("base"), 1, 0).unwrap();
    let base = Spfn::load(&dir.join("base").join(WEIGHTS)).unwrap();
    assert!(!base.header().is_proposal());
    // a high price of length
    let from = dir.join("base").join(WEIGHTS);
    config.reward = Some(Reward { from, samples: 6, length: 3.0, stay: 0.0 });
    (config.training.steps, config.training.batch, config.training.learning_rate) = (60, 16, 1e-2);
    config.training.checkpoint = 60;
    train(&config, &dir.join("a"), 0, 0).unwrap();
    let tuned = Spfn::load(&dir.join("a").join(WEIGHTS)).unwrap();
    assert!(tuned.header().is_proposal());
    let labels = Labels::new(&config, base.grammar());
    let tables: Vec<_> = (0..20).filter_map(|number| labels.get(number).unwrap()).collect();
    let size = |spfn: &Spfn| {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let drawn = tables.iter().flat_map(|label| spfn.sample(&[&label.table], 20, &mut rng).unwrap());
        let sizes: Vec<f64> = drawn.map(|(derivation, _)| derivation.size() as f64).collect();
        sizes.iter().sum::<f64>() / sizes.len() as f64
    };
    let (before, after) = (size(&base), size(&tuned));
    assert!(after < before - 0.5, "{before} {after}");
    // a training that is taken up again goes on along the same curve
    config.training.steps = 6;
    config.training.checkpoint = 2;
    let (whole, _) = train(&config, &dir.join("b"), 1, 0).unwrap();
    train(&config, &dir.join("c"), 1, 4).unwrap();
    let (rest, _) = train(&config, &dir.join("c"), 1, 0).unwrap();
    assert_eq!(losses(&whole)[4..], losses(&rest));
    config.reward = Some(Reward { from: dir.join("nothing"), samples: 6, length: 0.2, stay: 0.0 });
    assert!(train(&config, &dir.join("d"), 1, 0).is_err());
}

#[test]
fn what_is_held_out_is_not_trained_on() {
    let mut config = config(4);
    config.data.selection = Some(
        Selection::parse(
            "[[held_out]]\nsplit = \"odd\"\nproduction = \"student_t\"\n[[curriculum]]\nuntil = 0.5\nrows = [5, 8]",
            false,
        )
        .unwrap(),
    );
    assert_eq!(Config::parse(&config.to_toml()).unwrap(), config);
    let grammar = Arc::new(Grammar::shipped("exact").unwrap());
    let mut source = Source::training(&config, &grammar, 0, 1).unwrap();
    let mut rows = Vec::new();
    for _ in 0..4 {
        rows.push(source.step().unwrap().iter().map(|example| example.input.rows()).collect::<Vec<_>>());
    }
    // the curriculum ends half-way
    assert!(rows[..2].concat().iter().all(|rows| *rows <= 8), "{rows:?}");
    assert!(rows[2..].concat().iter().any(|rows| *rows > 8), "{rows:?}");
    let labels = Labels::new(&config, &grammar);
    let all: Vec<_> = (0..200).filter_map(|number| labels.get(number).unwrap()).collect();
    let rule = grammar.rules.iter().position(|rule| rule.name == "student_t").unwrap();
    let odd = all.iter().filter(|label| label.split.name() == "odd").count();
    assert!(odd > 0 && odd < all.len());
    assert!(all.iter().all(|label| (label.truth.root.rule == rule) == (label.split.name() == "odd")));
    let pairs = labels.training_pairs(200).unwrap();
    assert!(!pairs.is_empty() && pairs.iter().all(|(_, truth)| truth.root.rule != rule));
    config.data.selection =
        Some(Selection::parse("[[held_out]]\nsplit = \"odd\"\nproduction = \"odd\"", false).unwrap());
    assert!(Source::training(&config, &grammar, 0, 1).is_err());
}

#[test]
fn a_corpus_is_read_again_and_again() {
    let mut config = config(6);
    config.data.design = Columns::General;
    let dir = folder("corpus");
    let corpus = dir.join("corpus");
    let (name, text) = SHIPPED.iter().find(|(name, _)| *name == "exact").unwrap();
    let options =
        PairOptions { design: DesignOptions { rows: 5..=12, columns: 6, missing: 0.0 }, tables: 2, schema: None };
    let made = Corpus::create(&corpus, (name, text), &options, 1, 20).unwrap();
    let job = Job { from: 0, count: 20, share: None, threads: 1 };
    made.append(&job, &AtomicBool::new(false), &mut |_| {}).unwrap();
    config.data.corpus = Some(corpus);
    let (a, _) = train(&config, &dir.join("a"), 1, 0).unwrap();
    assert_eq!(a.len(), 6);
    // a training that is taken up again reads on where it was
    train(&config, &dir.join("b"), 1, 2).unwrap();
    let (b, _) = train(&config, &dir.join("b"), 1, 0).unwrap();
    assert_eq!(losses(&a)[2..], losses(&b));
}

#[test]
fn another_configuration_is_refused() {
    let config = config(3);
    let dir = folder("other");
    train(&config, &dir, 1, 0).unwrap();
    let mut other = config.clone();
    other.data.seed = 99;
    let error = train(&other, &dir, 1, 0).unwrap_err();
    assert!(matches!(&error, TrainError::OtherConfiguration { key, .. } if key == "data"), "{error}");
}

#[test]
fn files_that_are_none_are_refused() {
    let config = config(3);
    let dir = folder("files");
    train(&config, &dir, 1, 0).unwrap();
    let weights = dir.join(WEIGHTS);
    let stored = Stored::read(&weights).unwrap();
    let other = Grammar::shipped("bounded").unwrap();
    assert!(matches!(stored.check(&other), Err(CheckpointError::Grammar { .. })));
    assert!(stored.check(&grammar()).is_ok());
    let bytes = fs::read(&weights).unwrap();
    let cut = dir.join("cut.safetensors");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(Stored::read(&cut), Err(CheckpointError::Damaged { .. })));
    let version = br#"\"version\":1"#;
    let at = bytes.windows(version.len()).position(|part| part == version).expect("a version in the header");
    let mut newer = bytes.clone();
    newer[at + version.len() - 1] = b'7';
    let path = dir.join("newer.safetensors");
    fs::write(&path, newer).unwrap();
    assert!(matches!(Stored::read(&path), Err(CheckpointError::Version { .. })));
    assert!(matches!(Stored::read(&dir.join("none")), Err(CheckpointError::Io { .. })));
    assert!(matches!(Spfn::load(&cut), Err(spfn_model::SpfnError::Checkpoint(_))));
}

#[test]
fn configurations_are_checked() {
    let good = Config::exact().to_toml();
    assert_eq!(Config::parse(&good).unwrap(), Config::exact());
    assert_eq!(Config::parse("network = \"small\"").unwrap().network, Config::named("small").unwrap().network);
    for (text, says) in [
        ("network = \"huge\"", "nano, small or base"),
        ("network = \"nano\"\n[training]\nstep = 3", "unknown field"),
        ("network = \"nano\"\n[training]\nbatch = 0", "training.batch"),
        ("network = \"nano\"\n[training]\nlearning_rate = -1.0", "learning_rate"),
        ("network = \"nano\"\n[training]\ndecay = 1.5", "decay"),
        ("network = \"nano\"\n[data]\nrows = [9, 3]", "data.rows"),
        ("network = \"nano\"\n[data]\ntables = 9", "data.tables"),
        ("network = \"nano\"\n[data]\nselection = \"a.toml\"", "a.toml"),
        ("network = \"nano\"\n[[data.selection.held_out]]\nsplit = \"a\"", "one of `production`"),
        ("network = 3", "network"),
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}
