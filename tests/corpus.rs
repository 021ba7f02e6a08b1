//! `ppl corpus`: killed, interrupted and on a full disk it loses nothing that was committed.

#![cfg(all(feature = "cli", unix))]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that is removed at the end of a test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("ppl-corpus-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    /// A new corpus, 10 pairs a shard.
    fn corpus(&self, name: &str) -> String {
        let path = self.0.join(name).display().to_string();
        let (code, out, err) = ppl(&["new", &path, "--rows", "5..30", "--seed", "3", "--shard-size", "10"]);
        assert!(code == 0 && out.contains("grammar bounded"), "{out}{err}");
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ppl"));
    command.arg("corpus").args(arguments).stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
fn ppl(arguments: &[&str]) -> (i32, String, String) {
    text_of(command(arguments).output().unwrap())
}

fn text_of(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("ended by a signal"), text(output.stdout), text(output.stderr))
}

/// Names and bytes of the committed files of all shards.
fn files(corpus: &str) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(Path::new(corpus).join("shards")).unwrap().map(|file| file.unwrap().path());
    let named = files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), fs::read(path).unwrap()));
    named.filter(|(name, _)| !name.starts_with('.')).collect()
}

/// Starts to append, sends a signal once the second shard is committed, and waits.
fn stopped_by(signal: &str, corpus: &str) -> Output {
    let mut child = command(&["append", corpus, "--n", "1000000", "--threads", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("shard 2:")), "nothing was committed");
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    lines.by_ref().for_each(drop);
    child.wait_with_output().unwrap()
}

#[test]
fn a_killed_append_goes_on_as_if_nothing_had_happened() {
    let dir = Directory::new("kill");
    let (killed, whole) = (dir.corpus("killed"), dir.corpus("whole"));
    assert_eq!(stopped_by("-KILL", &killed).status.code(), None);
    let there = files(&killed).keys().filter(|name| name.ends_with(".json")).count();
    assert!(there >= 2);
    let pairs = (10 * (there + 3)).to_string();
    let (code, out, err) = ppl(&["append", &killed, "--n", &pairs, "--quiet"]);
    assert!(code == 0 && out.contains(&format!("{} pairs were there", 10 * there)), "{out}{err}");
    assert_eq!(ppl(&["append", &whole, "--n", &pairs, "--quiet"]).0, 0);
    assert_eq!(files(&killed), files(&whole));
    let contents = |corpus: &str| {
        let (code, out, err) = ppl(&["verify", corpus, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Value>(&out).unwrap()["contents"].clone()
    };
    assert_eq!(contents(&killed), contents(&whole));
    let (_, out, _) = ppl(&["append", &whole, "--n", &pairs, "--quiet"]);
    assert!(out.contains("nothing is left to do"), "{out}");
}

#[test]
fn an_interrupt_completes_the_shard() {
    let dir = Directory::new("interrupt");
    let corpus = dir.corpus("a");
    let (code, out, _) = text_of(stopped_by("-INT", &corpus));
    assert!(code == 0 && out.contains("the same command goes on"), "{out}");
    let (code, out, err) = ppl(&["verify", &corpus]);
    assert!(code == 0 && !out.contains("uncommitted"), "{out}{err}");
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let dir = Directory::new("full");
    let corpus = dir.corpus("a");
    assert_eq!(ppl(&["append", &corpus, "--n", "10", "--quiet"]).0, 0);
    let before = files(&corpus);
    // files of at most 1 KiB (2 blocks), and an error instead of the signal: what a full disk looks like
    let script =
        format!("trap '' XFSZ; ulimit -f 2; exec {} corpus append {corpus} --n 30 --quiet", env!("CARGO_BIN_EXE_ppl"));
    let (code, out, err) = text_of(Command::new("sh").args(["-c", &script]).output().unwrap());
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("error: cannot write") && err.contains("grammar-000000000010-000000000020"), "{err}");
    assert!(err.contains("the same command goes on"), "{err}");
    assert_eq!(files(&corpus), before);
    assert_eq!(fs::read_dir(Path::new(&corpus).join("shards")).unwrap().count(), before.len(), "no remains");
    assert_eq!(ppl(&["append", &corpus, "--n", "30", "--quiet"]).0, 0);
}

#[test]
fn what_the_commands_say() {
    let dir = Directory::new("commands");
    let corpus = dir.corpus("a");
    assert_eq!(ppl(&["append", &corpus, "--n", "40", "--shard", "0/1", "--quiet"]).0, 0);
    let (code, out, err) = ppl(&["stat", &corpus]);
    assert!(code == 0 && out.contains("4 shards, 40 pairs") && out.contains("outcome:"), "{out}{err}");
    let selection = dir.0.join("selection.toml");
    fs::write(&selection, "[[held_out]]\nsplit = \"test\"\nshare = 0.3\n").unwrap();
    let selection = selection.display().to_string();
    let (code, out, err) = ppl(&["stat", &corpus, "--select", &selection, "--json"]);
    assert_eq!(code, 0, "{err}");
    let stat: Value = serde_json::from_str(&out).unwrap();
    let programs = |split: &str| stat["splits"][split]["programs"].as_u64().unwrap();
    assert_eq!(programs("training") + programs("test"), stat["programs"].as_u64().unwrap());
    let (code, out, err) = ppl(&["show", &corpus, "--select", &selection, "--split", "test"]);
    assert!(code == 0 && out.contains("model {") && out.contains("// table 0"), "{out}{err}");
    let number = out.split_whitespace().nth(2).unwrap();
    let (code, out, _) = ppl(&["show", &corpus, "--number", number, "--json"]);
    let record: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && record["number"].as_u64() == number.parse().ok() && record["tables"][0]["outcome"].is_array());
    let (code, out, err) = ppl(&["verify", &corpus, "--redraw", "5"]);
    assert!(code == 0 && out.contains("pairs grammar 0..40") && out.contains("drawn again"), "{out}{err}");
    // mistakes
    for (arguments, code, expected) in [
        (vec!["append", &corpus, "--n", "1", "--shard", "4/4"], 2, "I is 0 to N - 1"),
        (vec!["stat", "/nowhere"], 2, "not a corpus"),
        (vec!["new", &corpus], 2, "not empty"),
        (vec!["new", "/tmp/ppl-none", "--rows", "9..5"], 2, "rows"),
        (vec!["show", &corpus, "--number", "99999"], 2, "no program 99999"),
        (vec!["show", &corpus, "--select", &selection, "--split", "dev"], 2, "dev"),
    ] {
        let (found, out, err) = ppl(&arguments);
        assert!(found == code && err.contains(expected), "{arguments:?}: {out}{err}");
    }
    // damage
    let shard = Path::new(&corpus).join("shards/grammar-000000000020-000000000030.parquet");
    fs::write(&shard, "damaged").unwrap();
    let (code, _, err) = ppl(&["verify", &corpus]);
    assert!(code == 1 && err.contains("grammar-000000000020-000000000030.parquet: damaged"), "{err}");
    let (code, out, err) = ppl(&["verify", &corpus, "--skip-damaged"]);
    assert!(code == 0 && out.contains("3 of 4 shards are whole") && err.contains("warning"), "{out}{err}");
    assert!(ppl(&["append", &corpus, "--n", "40", "--quiet"]).1.contains("10 pairs in 1 shards"));
    assert_eq!(ppl(&["verify", &corpus]).0, 0);
}

/// Programs that people wrote are rows beside pairs of the grammar: the same at any number of threads, and however often the command runs.
#[test]
fn human_programs_are_rows_too() {
    let dir = Directory::new("human");
    let models = dir.0.join("models/zoology");
    fs::create_dir_all(&models).unwrap();
    let line = "data { int N; vector[N] mass; vector[N] length; } parameters { real a; real b; real<lower=0> s; }
        model { a ~ normal(100, 20); b ~ normal(0, 5); s ~ exponential(0.1); mass ~ normal(a + b * length, s); }";
    let counts = "data { int n; int S; array[n] int<lower=1, upper=S> site; array[n] int<lower=0> seen; }
        parameters { vector[S] u; real<lower=0> t; } model { t ~ exponential(1); u ~ normal(1, t); seen ~ poisson_log(u[site]); }";
    let no_table = "parameters { real x; } model { x ~ normal(0, 1); }";
    for (name, text) in [("line.stan", line), ("counts.stan", counts), ("none.stan", no_table)] {
        fs::write(models.join(name), text).unwrap();
    }
    fs::write(models.join("line.design.json"), r#"{"N": 6, "length": [1, 2, 3, 4, 5.5, 9]}"#).unwrap();
    let models = dir.0.join("models").display().to_string();
    let (corpus, other) = (dir.corpus("a"), dir.corpus("b"));
    assert_eq!(ppl(&["append", &corpus, "--n", "10", "--quiet"]).0, 0);
    // counts, line, none, in this order
    let (code, out, err) = ppl(&["append", &corpus, "--models", &models, "--threads", "1", "--quiet"]);
    assert!(code == 0 && out.contains("3 pairs in 1 shards: 2 programs, 2 tables"), "{out}{err}");
    let (_, out, _) = ppl(&["append", &corpus, "--models", &models, "--quiet"]);
    assert!(out.contains("3 pairs were there") && out.contains("nothing is left to do"), "{out}");
    let record = |corpus: &str, number: &str| -> Value {
        let (code, out, err) = ppl(&["show", corpus, "--source", "human", "--number", number, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let line = record(&corpus, "1");
    assert_eq!((&line["source"], &line["model"], &line["field"]), (&"human".into(), &"line".into(), &"zoology".into()));
    assert_eq!((&line["outcome"], &line["derivation"]), (&"real".into(), &Value::Null));
    assert_eq!(line["tables"][0]["columns"][0]["cells"], serde_json::json!([1.0, 2.0, 3.0, 4.0, 5.5, 9.0]));
    let masses: Vec<f64> =
        line["tables"][0]["outcome"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    assert!(masses.len() == 6 && masses.iter().all(|mass| mass.abs() < 400.0), "{masses:?}");
    let counts = record(&corpus, "0");
    assert_eq!((&counts["outcome"], &counts["columns"][0]["kind"]), (&"count".into(), &"group".into()));
    // with changes, in another corpus; row 4 is of model 1 again
    let arguments =
        ["append", &other, "--models", &models, "--n", "6", "--augment", "swap_family", "--augment", "round"];
    let (code, out, err) = ppl(&[&arguments[..], &["--threads", "2", "--quiet"]].concat());
    assert!(code == 0 && out.contains("6 pairs in 1 shards"), "{out}{err}");
    let changed = record(&other, "4");
    assert_eq!(changed["augmentations"], serde_json::json!(["swap_family", "round"]));
    let text = changed["text"].as_str().unwrap();
    assert!(!text.contains("y_unit") && text.contains("log_diff_exp"), "{text}");
    let again = dir.corpus("c");
    ppl(&[
        "append",
        &again,
        "--models",
        &models,
        "--n",
        "6",
        "--augment",
        "swap_family",
        "--augment",
        "round",
        "--threads",
        "1",
        "--quiet",
    ]);
    assert_eq!(files(&other), files(&again));
    let (code, out, err) = ppl(&["verify", &corpus]);
    assert!(code == 0 && out.contains("pairs grammar 0..10, human 0..3"), "{out}{err}");
    // mistakes
    let empty = dir.0.join("empty");
    fs::create_dir_all(&empty).unwrap();
    let empty = empty.display().to_string();
    for (arguments, expected) in [
        (vec!["append", &corpus, "--models", &models, "--augment", "round"], "are of other models"),
        (vec!["append", &corpus, "--models", &models, "--augment", "drop_observations"], "has no place in a corpus"),
        (vec!["append", &corpus, "--models", &models, "--augment", "rounding"], "there are perturb_constants"),
        (vec!["append", &corpus, "--models", &empty], "there is no file *.stan in it"),
        (vec!["append", &corpus, "--models", "/nowhere"], "/nowhere"),
        (vec!["append", &corpus], "--n"),
        (vec!["show", &corpus, "--source", "alien", "--number", "1"], "the sources are grammar, human"),
    ] {
        let (code, out, err) = ppl(&arguments);
        assert!(code == 2 && err.contains(expected), "{arguments:?}: {out}{err}");
    }
}

/// The library of models: most of its regressions are tables.
#[test]
fn the_library_is_a_source() {
    let dir = Directory::new("library");
    let corpus = dir.corpus("a");
    let (code, out, err) =
        ppl(&["append", &corpus, "--models", "stdlib", "--n", "40", "--augment-at-random", "1", "--quiet"]);
    assert_eq!(code, 0, "{out}{err}");
    let programs: u64 = out.split("shards: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap();
    assert!(programs >= 8, "{out}");
    let (code, out, err) = ppl(&["stat", &corpus]);
    assert!(code == 0 && out.contains("structure:"), "{out}{err}");
}
