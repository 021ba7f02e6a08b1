//! The command, from its arguments to its output and exit code.

#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory that is removed at the end of a test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ppl-command-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ppl"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
fn ppl(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().expect("ended by a signal"), text(stdout), text(stderr))
}

/// Runs and expects this exit code and all of these texts on standard error.
#[track_caller]
fn fails(code: i32, arguments: &[&str], texts: &[&str]) {
    let (found, out, err) = ppl(arguments);
    assert_eq!(found, code, "{out}\n{err}");
    assert!(out.is_empty(), "{out}");
    for text in texts {
        assert!(err.contains(text), "expected {text:?} in:\n{err}");
    }
    assert!(!err.contains("panicked"), "{err}");
}

const EIGHT_SCHOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stdlib/models/education/eight_schools.stan");
const REGRESSION: &str = "
data { int<lower=0> N; int<lower=1> K; vector[N] x; array[N] int<lower=0, upper=1> y; }
parameters { real a; vector[K] b; }
model { a ~ normal(0, 1); b ~ normal(0, 1); y ~ bernoulli_logit(a + b[1] * x); }
";
const MEAN: &str = "data { int N; vector[N] y; } parameters { real mu; } model { y ~ normal(mu, 1); }";

#[test]
fn run_prints_a_table() {
    let (code, out, err) = ppl(&["run", EIGHT_SCHOOLS, "--seed", "1", "--draws", "500"]);
    assert_eq!(code, 0, "{err}");
    for text in ["ess_bulk", "r_hat", "\nmu ", "\ntheta[8] ", "2000 draws of 4 chains (seed 1)"] {
        assert!(out.contains(text), "{text}:\n{out}");
    }
    assert!(err.contains("chain 4: 1000 of 1000 (finished)"), "{err}");
    let (_, _, err) = ppl(&["run", EIGHT_SCHOOLS, "--seed", "1", "--draws", "100", "--quiet"]);
    assert_eq!(err, "");
}

#[test]
fn the_seed_fixes_the_output_at_any_number_of_threads() {
    let table = |seed, threads| {
        let (code, out, err) =
            ppl(&["run", EIGHT_SCHOOLS, "--seed", seed, "--threads", threads, "--warmup", "200", "--draws", "200"]);
        assert_eq!(code, 0, "{err}");
        out.lines().take_while(|line| !line.contains("draws of")).collect::<Vec<_>>().join("\n")
    };
    let one = table("7", "1");
    assert_eq!(one, table("7", "4"));
    assert_ne!(one, table("8", "4"));
}

#[test]
fn files_of_a_run() {
    let dir = Directory::new("out");
    let out = dir.path("deep/fit");
    let (code, text, err) = ppl(&[
        "run",
        EIGHT_SCHOOLS,
        "--seed",
        "3",
        "--chains",
        "2",
        "--warmup",
        "200",
        "--draws",
        "150",
        "--out",
        &out,
        "--save-warmup",
    ]);
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("3 files in"), "{text}");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["eight_schools-1.csv", "eight_schools-2.csv", "eight_schools-summary.json"]);
    let csv = fs::read_to_string(format!("{out}/eight_schools-2.csv")).unwrap();
    assert!(csv.contains("# id = 2\n") && csv.contains("#   seed = 3\n") && csv.contains("# Adaptation terminated\n"));
    let rows: Vec<&str> = csv.lines().filter(|l| !l.starts_with('#')).collect();
    assert!(rows[0].starts_with("lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,mu,tau,"));
    assert_eq!(rows.len(), 1 + 350);
    let columns = rows[0].split(',').count();
    assert!(rows.iter().all(|r| r.split(',').count() == columns));
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(format!("{out}/eight_schools-summary.json")).unwrap()).unwrap();
    assert_eq!(summary["settings"]["seed"], 3);
    assert_eq!(summary["summary"][1]["name"], "mu");
    assert!(summary["summary"][1]["mean"].is_number());
}

#[test]
fn a_directory_that_cannot_be_made_is_found_before_sampling() {
    let dir = Directory::new("no-directory");
    let file = dir.file("file", "");
    fails(2, &["run", EIGHT_SCHOOLS, "--out", &format!("{file}/fit")], &["--out", "/file/fit"]);
}

#[test]
fn missing_data() {
    let dir = Directory::new("missing");
    let model = dir.file("m.stan", REGRESSION);
    fails(2, &["run", &model], &["needs data: give --data FILE, or put", "m.data.json beside it", "N: "]);
    let data = dir.file("d.json", r#"{"N": 2, "x": [1, 2]}"#);
    fails(2, &["run", &model, "--data", &data], &["d.json do not fit", "  K: ", "  y: "]);
    fails(2, &["run", &model, "--data", &dir.path("none.json")], &["none.json", "cannot read"]);
}

#[test]
fn wrong_data_are_named_by_their_path() {
    let dir = Directory::new("wrong");
    let model = dir.file("m.stan", "data { int N; array[N, 2] int<lower=0> y; } parameters { real a; } model { }");
    let run = |text: &str, expected: &[&str]| {
        let data = dir.file("d.json", text);
        fails(2, &["run", &model, "--data", &data], expected);
    };
    run(r#"{"N": 3, "y": [[1, 2], [3, 4], [5, 2.5]]}"#, &["y[3,2]: expected an integer, found 2.5"]);
    run(r#"{"N": 2, "y": [[1, 2], [3, -4]]}"#, &["y[2,2]", "-4"]);
    run(r#"{"N": 2, "y": [[1, 2], [3]]}"#, &["y[2]"]);
    run(r#"{"N": 3, "y": [[1, 2], [3, 4]]}"#, &["y: "]);
    run(r#"{"N": "two", "y": []}"#, &["N: "]);
    run(r#"{"N": 2, "y": [[1, 2], [3, 4]]"#, &["d.json: line 1, column"]);
    run(r#"{"N": 2, "N": 2, "y": []}"#, &["`N` is given twice"]);
    run("[1]", &["d.json: "]);
}

#[test]
fn data_that_the_program_does_not_declare_are_mentioned() {
    let dir = Directory::new("extra");
    let model = dir.file("m.stan", MEAN);
    let data = dir.file("m.data.json", r#"{"N": 2, "y": [1, 2], "z": 3}"#);
    let (code, _, err) = ppl(&["run", &model, "--data", &data, "--warmup", "100", "--draws", "50"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("not declared by the program: z"), "{err}");
}

#[test]
fn tables_as_data() {
    let dir = Directory::new("csv");
    let model = dir.file("m.stan", REGRESSION);
    let data = dir.file("d.csv", "x,y,note\n0.5,1,a\n-0.5,0,b\n1.5,1,c\n-1,0,d\n");
    let (code, out, err) =
        ppl(&["run", &model, "--data", &data, "--set", "K=1", "--seed", "1", "--warmup", "200", "--draws", "100"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\nb[1] "), "{out}");
    // The number of rows gives N, but nothing gives K.
    fails(2, &["run", &model, "--data", &data], &["K: "]);
    fails(2, &["run", &model, "--data", &data, "--set", "K"], &["--set `K`: expected NAME=VALUE"]);
    let empty = dir.file("e.csv", "x,y\n0.5,1\n,0\n");
    fails(2, &["run", &model, "--data", &empty, "--set", "K=1"], &["x", "row 2", "empty"]);
    let ragged = dir.file("r.csv", "x,y\n0.5,1\n0.5\n");
    fails(2, &["run", &model, "--data", &ragged, "--set", "K=1"], &["r.csv: row 2"]);
}

#[test]
fn programs_with_errors() {
    let dir = Directory::new("errors");
    let model =
        dir.file("m.stan", "parameters { real mu; }\nmodel {\n  mu ~ normal(0, sigma);\n  mu ~ nomal(0, 1);\n}\n");
    fails(2, &["run", &model], &["m.stan:3:", "sigma", "nomal", "2 errors"]);
    fails(2, &["log-prob", &model, "--points", "p.json"], &["sigma"]);
    fails(2, &["info", &model], &["sigma"]);
    fails(2, &["run", &dir.path("none.stan")], &["none.stan"]);
    let binary = dir.file("b.stan", b"parameters {\n  real \xff;\n}");
    fails(2, &["run", &binary], &["b.stan is not UTF-8 text: bad byte at line 2"]);
    fails(2, &["check", &binary], &["not UTF-8"]);
}

#[test]
fn mistakes_on_the_command_line() {
    fails(2, &["run", EIGHT_SCHOOLS, "--drawz", "10"], &["--drawz", "--draws"]);
    fails(2, &["run", EIGHT_SCHOOLS, "--draws", "ten"], &["invalid value 'ten'"]);
    fails(2, &["run"], &["MODEL"]);
    fails(2, &["frobnicate"], &["frobnicate"]);
    fails(2, &["run", EIGHT_SCHOOLS, "--chains", "0"], &["chains: must be between 1 and 10000, got 0"]);
    fails(2, &["run", EIGHT_SCHOOLS, "--target-accept", "1.5"], &["target_accept: must be strictly between 0 and 1"]);
    fails(2, &["run", EIGHT_SCHOOLS, "--max-depth", "0"], &["max_depth"]);
    fails(2, &["run", EIGHT_SCHOOLS, "--init", "-1"], &["initial: the radius must be finite and not negative, got -1"]);
    let (code, out, _) = ppl(&["--version"]);
    assert!(code == 0 && out.starts_with("ppl "), "{out}");
}

#[test]
fn a_density_that_is_nan_everywhere() {
    let dir = Directory::new("nan");
    let model = dir.file(
        "m.stan",
        "parameters {\n  real mu;\n}\nmodel {\n  mu ~ normal(0, 1);\n  target += sqrt(-1 - mu^2);\n}\n",
    );
    fails(1, &["run", &model, "--quiet"], &["m.stan:6:", "NaN", "100 attempts"]);
    let model = dir.file("r.stan", "parameters { real mu; }\nmodel {\n  reject(\"mu is \", 7);\n}\n");
    fails(1, &["run", &model, "--quiet"], &["r.stan:3:", "mu is 7", "100 attempts"]);
    let model = dir.file("s.stan", "parameters { real s; }\nmodel {\n  1.5 ~ normal(0, -s^2 - 1);\n}\n");
    fails(1, &["run", &model, "--quiet"], &["s.stan:3:", "100 attempts"]);
}

#[test]
fn errors_at_run_time_name_the_line() {
    let dir = Directory::new("run-time");
    let run = |body: &str, expected: &[&str]| {
        let text = format!("data {{ int N; vector[N] y; }}\nparameters {{ real mu; }}\nmodel {{\n  {body}\n}}\n");
        let model = dir.file("m.stan", text);
        let data = dir.file("m.data.json", r#"{"N": 2, "y": [1, 2]}"#);
        fails(1, &["run", &model, "--data", &data, "--quiet"], expected);
    };
    run("mu ~ normal(y[N + 1], 1);", &["m.stan:4:", "3"]);
    run("target += dot_product(y, rep_vector(mu, N + 1));", &["m.stan:4:"]);
    run("fatal_error(\"never mind\");", &["m.stan:4:", "never mind"]);
}

#[test]
fn unbounded_recursion_is_an_error() {
    let dir = Directory::new("recursion");
    let model = dir.file(
        "m.stan",
        "functions { real f(real x) { return f(x + 1) + 1; } }\nparameters { real mu; }\nmodel { target += f(mu); }\n",
    );
    fails(1, &["run", &model, "--quiet"], &["m.stan:1:"]);
}

#[test]
fn transformed_data_run_before_sampling() {
    let dir = Directory::new("transformed");
    let model = dir.file(
        "m.stan",
        "data { int N; }\ntransformed data {\n  if (N < 3) reject(\"N is too small: \", N);\n}\nparameters { real a; }\nmodel { a ~ normal(0, 1); }\n",
    );
    fails(2, &["run", &model, "--set", "N=2"], &["m.stan:3:", "N is too small: 2"]);
    let (code, _, err) = ppl(&["run", &model, "--set", "N=3", "--warmup", "100", "--draws", "50"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn print_statements() {
    let dir = Directory::new("print");
    let model = dir.file(
        "m.stan",
        "transformed data { print(\"bound \", 42); }\nparameters { real a; }\nmodel { a ~ normal(0, 1); }\ngenerated quantities { print(\"drawn\"); }\n",
    );
    let (code, out, err) = ppl(&["run", &model, "--chains", "1", "--warmup", "100", "--draws", "10", "--quiet"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("bound 42"), "{err}");
    assert_eq!(err.matches("drawn").count(), 10, "{err}");
    assert!(!out.contains("drawn"), "{out}");
}

#[test]
fn generated_quantities_alone() {
    let dir = Directory::new("forward");
    let model = dir.file("m.stan", "generated quantities { real y = normal_rng(3, 1); }");
    let (code, out, err) = ppl(&["run", &model, "--seed", "1", "--quiet"]);
    assert_eq!(code, 0, "{err}");
    let row: Vec<f64> = out
        .lines()
        .find(|l| l.starts_with('y'))
        .unwrap()
        .split_whitespace()
        .skip(1)
        .map(|x| x.parse().unwrap())
        .collect();
    // Mean and standard deviation of 4000 draws, within 5 standard errors.
    assert!((row[0] - 3.0).abs() < 0.08 && (row[2] - 1.0).abs() < 0.06, "{out}");
}

#[test]
fn initial_values() {
    let dir = Directory::new("init");
    let model = dir.file(
        "m.stan",
        "parameters { real<lower=100, upper=101> a; real b; }\nmodel { if (b < 50) reject(\"b\"); b ~ normal(60, 1); }\n",
    );
    fails(1, &["run", &model, "--quiet"], &["100 attempts", "--init"]);
    let init = dir.file("i.json", r#"{"b": 60, "a": 100.5}"#);
    let settings = ["--seed", "1", "--warmup", "200", "--draws", "100", "--quiet"];
    let run = |init: &[&str]| {
        let mut arguments = vec!["run", model.as_str()];
        init.iter().for_each(|i| arguments.extend(["--init", i]));
        arguments.extend(settings);
        ppl(&arguments)
    };
    assert_eq!(run(&[&init]).0, 0);
    let partial = dir.file("p.json", r#"{"b": 60}"#);
    let (code, out, err) = run(&[&partial, &init, &partial, &partial]);
    assert!(code == 0 && out.contains("\nb "), "{err}");
    let (code, _, err) = run(&[&partial, &init]);
    assert!(code == 2 && err.contains("2 points for 4 chains"), "{err}");
    let outside = dir.file("o.json", r#"{"a": 200, "b": 60}"#);
    let (code, _, err) = run(&[&outside]);
    assert!(code == 2 && err.contains("o.json") && err.contains('a'), "{err}");
    assert_eq!(run(&["0"]).0, 1);
}

/// Starts a run that would take hours, and interrupts it once it samples.
#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_draws() {
    let dir = Directory::new("interrupt");
    let out = dir.path("fit");
    let mut child = command(&["run", EIGHT_SCHOOLS, "--seed", "1", "--draws", "1000000000", "--out", &out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let sampling = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|l| l.contains("(sampling)"));
    assert!(lines.by_ref().any(|line| sampling(&line)), "never sampled");
    // The line comes when warm-up ends; give the chain time for its first draws.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    lines.by_ref().for_each(drop);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("\nmu ") && text.contains("warning: stopped before the end"), "{text}");
    let files: Vec<String> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(files.contains(&"eight_schools-1.csv".to_string()), "{files:?}");
    assert!(files.iter().all(|f| !f.ends_with(".partial")), "{files:?}");
    let csv = fs::read_to_string(Path::new(&out).join("eight_schools-1.csv")).unwrap();
    assert!(csv.ends_with("# \n"), "whole");
}

#[test]
fn log_density_at_points() {
    let dir = Directory::new("log-prob");
    let model = dir
        .file("m.stan", "parameters { real<lower=0> s; real x; }\nmodel { s ~ exponential(1); x ~ normal(0, s); }\n");
    let points = dir.file("p.json", "[[0, 0], [0.5, -1]]");
    let (code, out, err) = ppl(&["log-prob", &model, "--points", &points, "--json", "--time"]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["unconstrained"], serde_json::json!(["s", "x"]));
    let number = |v: &Value| v.as_f64().unwrap();
    // At s = 1, x = 0: -1 - log(2 pi) / 2; the sampler's drops the constant and adds log s = 0.
    let first = &json["points"][0];
    assert!((number(&first["lp"]) - (-1.0 - 0.918938533204673)).abs() < 1e-12, "{out}");
    assert!((number(&first["lp_propto_jacobian"]) - -1.0).abs() < 1e-12, "{out}");
    // d/du of -e^u - u + u - x^2 exp(-2 u) / 2 and d/dx.
    let u: f64 = 0.5;
    let second = &json["points"][1]["grad"];
    assert!((number(&second[0]) - (-u.exp() + (-2.0 * u).exp())).abs() < 1e-12, "{out}");
    assert!((number(&second[1]) - (-2.0 * u).exp()).abs() < 1e-12, "{out}");
    assert!(number(&json["ns_per_gradient"]) > 0.0);
    let (code, out, _) = ppl(&["log-prob", &model, "--points", &points]);
    assert!(code == 0 && out.contains("point 2: lp") && out.contains("d/d s"), "{out}");
    for (text, expected) in [
        ("[[1]]", "point 1: expected 2 unconstrained values, found 1"),
        ("[[1, \"a\"]]", "point 1[2]: expected a number, found \"a\""),
        ("{}", "expected a list"),
        ("[[1, 2]", "p.json"),
    ] {
        fails(2, &["log-prob", &model, "--points", &dir.file("p.json", text), "--json"], &[expected]);
    }
}

#[test]
fn rejected_points_are_reported_one_by_one() {
    let dir = Directory::new("rejected");
    let model =
        dir.file("m.stan", "parameters { real x; }\nmodel { if (x > 1) reject(\"too large\"); x ~ normal(0, 1); }\n");
    let points = dir.file("p.json", "[[2], [0]]");
    let (code, out, err) = ppl(&["log-prob", &model, "--points", &points, "--json"]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert!(json["points"][0]["lp"].is_null());
    assert!(json["points"][0]["error"].as_str().unwrap().contains("too large"), "{out}");
    assert_eq!(json["points"][1]["grad"][0].as_f64(), Some(0.0), "{out}");
}

#[test]
fn check_reports_every_file() {
    let dir = Directory::new("check");
    let good = dir.file("good.stan", MEAN);
    let bad = dir.file("bad.stan", "parameters {\n  real x\n}\nmodel { x ~ normal(0, 1); y = 2; }\n");
    assert_eq!(ppl(&["check", &good]), (0, String::new(), String::new()));
    let (code, out, err) = ppl(&["check", &good, &bad]);
    assert!(code == 2 && out.is_empty() && err.contains("bad.stan:"), "{err}");
    let (code, out, _) = ppl(&["check", "--json", &bad, &good, &dir.path("none.stan")]);
    assert_eq!(code, 2);
    let records: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(records.len() >= 2, "{out}");
    for key in ["file", "line", "column", "end_line", "end_column", "code", "severity", "message", "hint"] {
        assert!(records[0].get(key).is_some(), "{key} in {out}");
    }
    assert!(records[0]["file"].as_str().unwrap().ends_with("bad.stan"));
    assert!(records.last().unwrap()["file"].as_str().unwrap().ends_with("none.stan"));
}

#[test]
fn fmt_changes_files_and_keeps_comments() {
    let dir = Directory::new("fmt");
    let ugly = "parameters{real   mu;// the mean\n}model{mu~normal(0,1);}";
    let file = dir.file("m.stan", ugly);
    fails(2, &["fmt", "--check", &file], &["m.stan is not formatted"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), ugly);
    assert_eq!(ppl(&["fmt", &file]), (0, String::new(), String::new()));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("// the mean") && text.contains("mu ~ normal(0, 1);"), "{text}");
    assert_eq!(ppl(&["fmt", "--check", &file]), (0, String::new(), String::new()));
    let mut child = command(&["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(ugly.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), text);
    let broken = dir.file("b.stan", "parameters {");
    fails(2, &["fmt", &broken], &["b.stan"]);
    assert_eq!(fs::read_to_string(&broken).unwrap(), "parameters {");
}

#[test]
fn info_is_json() {
    let dir = Directory::new("info");
    let model = dir.file(
        "m.stan",
        "data { int<lower=0> N; array[N] vector[3] x; }\nparameters { simplex[3] p; tuple(real, vector[2]) t; }\ngenerated quantities { complex z = 1; }\n",
    );
    let (code, out, err) = ppl(&["info", &model]);
    assert_eq!(code, 0, "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["inputs"]["N"]["type"], "int");
    assert_eq!(json["inputs"]["N"]["constraint"], "lower");
    assert_eq!(json["inputs"]["x"]["dimensions"], 2);
    assert_eq!(json["inputs"]["x"]["declared"], "array[] vector");
    assert_eq!(json["parameters"]["p"]["constraint"], "simplex");
    assert_eq!(json["parameters"]["t"]["type"], "tuple(real, vector)");
    assert_eq!(json["generated quantities"]["z"]["type"], "complex");
    assert_eq!(json["transformed parameters"], serde_json::json!({}));
}

#[test]
fn included_files() {
    let dir = Directory::new("include");
    let model = dir.file(
        "m.stan",
        "functions {\n#include f.stanfunctions\n}\nparameters { real a; }\nmodel { a ~ normal(0, f(1)); }\n",
    );
    fails(2, &["check", &model], &["f.stanfunctions"]);
    fs::create_dir_all(dir.path("inc")).unwrap();
    dir.file("inc/f.stanfunctions", "real f(real x) { return x; }");
    assert_eq!(ppl(&["check", "-I", &dir.path("inc"), &model]).0, 0);
    let (code, _, err) = ppl(&["run", "-I", &dir.path("inc"), &model, "--warmup", "100", "--draws", "50"]);
    assert_eq!(code, 0, "{err}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let binary = env!("CARGO_BIN_EXE_ppl");
    let script = format!("set -o pipefail; '{binary}' run '{EIGHT_SCHOOLS}' --quiet --warmup 100 --draws 50 | true");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !err.contains("panicked"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    // The table goes to a device that is always full.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["run", EIGHT_SCHOOLS, "--quiet", "--warmup", "100", "--draws", "50"])
        .stdout(Stdio::from(full))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && err.contains("cannot write to standard output"), "{err}");
}

#[test]
fn reverse_prints_the_simulator() {
    let (code, out, err) = ppl(&["reverse", EIGHT_SCHOOLS]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("// exact, after rewrites: half_prior\n"), "{out}");
    assert!(out.contains("tau = abs(cauchy_rng(0, 5));"), "{out}");
    let directory = Directory::new("reverse");
    let simulator = directory.file("simulator.stan", &out);
    assert_eq!(ppl(&["check", &simulator]).0, 0);
}

#[test]
fn reverse_as_json() {
    let (code, out, err) = ppl(&["reverse", "--json", EIGHT_SCHOOLS]);
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["verdict"], "exact_after_rewrites");
    assert_eq!(report["observed"], serde_json::json!(["y"]));
    assert_eq!(report["given"], serde_json::json!(["J", "sigma"]));
}

#[test]
fn improper_priors_are_refused_with_a_way_out() {
    let directory = Directory::new("improper");
    let model = directory.file("mean.stan", MEAN);
    fails(2, &["reverse", &model], &["`mu` has no density", "--range mu=-10,10", "--default-priors", "mean.stan:1:"]);
    fails(2, &["simulate", &model, "--set", "N=3"], &["`mu` has no density"]);
    fails(2, &["reverse", &model, "--range", "mu=3"], &["--range mu=3: expected NAME=LOW,HIGH"]);
    let (code, out, err) = ppl(&["reverse", &model, "--range", "mu=-1,1"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("mu = uniform_rng(-1.0, 1.0);"), "{out}");
    let (code, out, _) = ppl(&["reverse", &model, "--default-priors"]);
    assert_eq!(code, 0);
    assert!(out.contains("mu = normal_rng(0, 2.5);"), "{out}");
}

#[test]
fn simulated_data_sets_do_not_depend_on_threads() {
    let directory = Directory::new("simulate");
    let run = |name: &str, threads: &str| {
        let path = directory.path(name);
        let (code, _, err) =
            ppl(&["simulate", EIGHT_SCHOOLS, "--n", "10000", "--seed", "7", "--threads", threads, "--out", &path]);
        assert_eq!(code, 0, "{err}");
        fs::read(&path).unwrap()
    };
    let one = run("one.csv", "1");
    assert_eq!(one, run("two.csv", "2"));
    assert_eq!(one.iter().filter(|b| **b == b'\n').count(), 10_001);
    assert!(one.starts_with(b"mu,tau,theta.1,"));
    assert!(!Path::new(&directory.path("one.csv.part")).exists());
    let lines = String::from_utf8(run("three.jsonl", "1")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let row: Vec<f64> =
        String::from_utf8(one).unwrap().lines().nth(1).unwrap().split(',').map(|x| x.parse().unwrap()).collect();
    assert_eq!(first["mu"].as_f64(), Some(row[0]));
    assert_eq!(first["y"][7].as_f64(), row.last().copied());
    assert!(run("four.parquet", "1").starts_with(b"PAR1"));
}

#[test]
fn simulation_without_data_has_a_design() {
    let directory = Directory::new("design");
    let model = directory.file("regression.stan", REGRESSION);
    let (code, out, err) = ppl(&["simulate", &model, "--n", "20", "--seed", "1"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("no data given; simulating for N = 20"), "{err}");
    assert!(out.contains("y[1]") && out.contains("and 1 more"), "{out}");
}

/// Programs whose declarations do not say what their data must be.
const UNDECLARED: [(&str, &str); 6] = [
    (
        "index",
        "data { int N; array[N] int g; int J; vector[N] y; } parameters { vector[J] a; }
         model { a ~ normal(0, 1); for (n in 1:N) y[n] ~ normal(a[g[n]], 1); }",
    ),
    (
        "from_zero",
        "data { int N; array[N] int g; vector[N] y; } transformed data { int M = N - 1; array[N] int at = g; }
         parameters { vector[M] a; } model { a ~ normal(0, 1); for (n in 1:N) y[n] ~ normal(a[at[n] + 1], 1); }",
    ),
    (
        "argument",
        "functions { real of(vector a, int k) { return a[k]; } }
         data { int N; array[N] int g; vector[N] y; } parameters { vector[4] a; }
         model { a ~ normal(0, 1); for (n in 1:N) y[n] ~ normal(of(a, g[n]), 1); }",
    ),
    (
        "edges",
        "data { int N; int E; array[E] int<lower=1, upper=N> from; array[E] int<lower=1, upper=N> to; vector[N] y; }
         transformed data { for (e in 1:E) if (from[e] == to[e]) reject(\"an edge from a place to itself\"); }
         parameters { vector[N] a; } model { a ~ normal(0, 1); y ~ normal(a, 1); }",
    ),
    (
        "times",
        "data { int T; real start; array[T] real time; vector[T] y; }
         transformed data {
           if (time[1] <= start) reject(\"before the start\");
           for (t in 2:T) if (time[t] <= time[t - 1]) reject(\"not in order\");
         }
         parameters { real b; } model { b ~ normal(0, 1); for (t in 1:T) y[t] ~ normal(b * log(time[t]), 1); }",
    ),
    (
        "equal_sizes",
        "data { int N; int J; array[N] int<lower=1, upper=J> g; vector[J] x; vector[N] y; }
         parameters { vector[J] a; real b; } model { a ~ normal(0, 1); b ~ normal(0, 1); y ~ normal(a[g] + b * x, 1); }",
    ),
];

#[test]
fn designs_fit_what_the_program_does_with_its_data() {
    let directory = Directory::new("undeclared");
    for (name, text) in UNDECLARED {
        let model = directory.file(&format!("{name}.stan"), text);
        let out = directory.path(&format!("{name}.csv"));
        let (code, table, err) = ppl(&["simulate", &model, "--n", "20", "--seed", "1", "--out", &out]);
        assert!(code == 0 && !table.contains("warning"), "{name}: {err}{table}");
        assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 21, "{name}");
    }
}

#[test]
fn a_design_beside_the_model_is_simulated_for() {
    let directory = Directory::new("design-file");
    let model = directory.file("regression.stan", REGRESSION);
    let design = directory.file("regression.design.json", r#"{"N": 4}"#);
    let rows = |arguments: &[&str]| {
        let out = directory.path("draws.csv");
        let all = [&["simulate", &model, "--n", "3", "--seed", "1", "--out", &out], arguments].concat();
        let (code, _, err) = ppl(&all);
        (code, err, fs::read_to_string(&out).unwrap_or_default())
    };
    let (code, err, beside) = rows(&[]);
    assert_eq!(code, 0, "{err}");
    assert!(beside.lines().next().unwrap().ends_with("y.4"), "{beside}");
    let (_, _, named) = rows(&["--data", &design]);
    assert_eq!(beside, named);
    let (_, _, set) = rows(&["--set", "N=6"]);
    assert!(set.lines().next().unwrap().ends_with("y.6"), "{set}");
    // What is no design must be complete.
    let data = directory.file("some.json", r#"{"N": 4}"#);
    let (code, err, _) = rows(&["--data", &data]);
    assert_eq!(code, 2);
    assert!(err.contains("what the simulator of"), "{err}");
    // Data come first.
    directory.file("regression.data.json", r#"{"N": 2, "K": 1, "x": [1, 2], "y": [0, 1]}"#);
    let (_, _, first) = rows(&[]);
    assert!(first.lines().next().unwrap().ends_with("y.2"), "{first}");
    // `sbc` simulates too; `run` needs data.
    fs::remove_file(directory.path("regression.data.json")).unwrap();
    assert_eq!(ppl(&["sbc", &model, "-n", "2"]).0, 0);
    fails(2, &["run", &model], &["needs data: give --data FILE"]);
}

#[test]
fn simulate_refuses_what_it_cannot_write() {
    fails(2, &["simulate", EIGHT_SCHOOLS, "--out", "draws.txt"], &["must end with .parquet, .jsonl or .csv"]);
    fails(2, &["simulate", EIGHT_SCHOOLS, "--out", "/no/such/place/draws.csv"], &["/no/such/place/draws.csv"]);
    fails(2, &["simulate", EIGHT_SCHOOLS, "--n", "0"], &["--n"]);
}

#[test]
fn data_sets_that_are_not_finite_are_counted() {
    let directory = Directory::new("hygiene");
    let model = directory.file(
        "wild.stan",
        "data { int N; } transformed data { vector[N] x; }
         parameters { real a; vector[N] y; }
         model { a ~ normal(0, 1); for (n in 1 : N) y[n] ~ normal(a > 0 ? exp(1000 * a) : a, 1); }",
    );
    let (code, out, err) = ppl(&["simulate", &model, "--set", "N=2", "--n", "500", "--seed", "1"]);
    // An infinite location is refused by the generator: such data sets are rejected, and counted.
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("data sets were rejected") || out.contains("overflows in"), "{out}");
}

#[test]
fn calibration_prints_a_table() {
    let (code, out, err) = ppl(&["sbc", EIGHT_SCHOOLS, "-n", "40", "--seed", "3"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("40 fits in") && out.contains("passed: all ranks are uniform"), "{out}");
}

#[test]
fn what_binding_decides_is_checked() {
    let directory = Directory::new("conditions");
    let model = directory.file(
        "indexed.stan",
        "data { int N; array[N] int<lower=1, upper=N> k; vector[N] y; }
         parameters { real m; }
         model { m ~ normal(0, 1); for (n in 1 : N) y[k[n]] ~ normal(m, 1); }",
    );
    let good = directory.file("good.json", r#"{"N": 3, "k": [2, 3, 1], "y": [0, 0, 0]}"#);
    assert_eq!(ppl(&["simulate", &model, "--data", &good, "--n", "3"]).0, 0);
    // y[2] has two densities, y[3] none.
    let bad = directory.file("bad.json", r#"{"N": 3, "k": [2, 2, 1], "y": [0, 0, 0]}"#);
    let (_, out, err) = ppl(&["simulate", &model, "--data", &bad, "--n", "3"]);
    assert!(format!("{out}{err}").contains("an element of y has two densities"), "{out}{err}");
}

#[test]
fn fmt_updates_old_syntax() {
    let directory = Directory::new("update");
    let old = directory
        .file("old.stan", "data { int N; real x[N]; }\nparameters { real m; }\nmodel { x ~ normal(m, 1); } # end\n");
    assert_eq!(ppl(&["fmt", &old]).0, 2);
    let (code, _, err) = ppl(&["fmt", "--update", &old]);
    assert_eq!(code, 0, "{err}");
    let text = fs::read_to_string(&old).unwrap();
    assert!(text.contains("array[N] real x;") && text.contains("// end"), "{text}");
}
