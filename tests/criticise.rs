//! `ppl criticise`, and units of `ppl loo` that are put together.

#![cfg(feature = "cli")]

mod common;

use common::{Directory, ppl, ppl_with_input};
use serde_json::Value;

const STDLIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stdlib/models/");
const SHORT: [&str; 6] = ["--seed", "2", "--warmup", "300", "--draws-per-chain", "500"];
const COUNTS: &str = "data { int N; array[N] int y; } parameters { real<lower=0> rate; }
    model { rate ~ gamma(2, 0.5); y ~ poisson(rate); }";

fn criticise(model: &str, more: &[&str]) -> (i32, String, String) {
    ppl(&[&["criticise", model][..], &SHORT, more].concat())
}

#[track_caller]
fn json(model: &str, more: &[&str]) -> Value {
    let (code, out, err) = criticise(model, &[&["--json"][..], more].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// The p-value of a statistic of the first variable.
fn p(checks: &Value, statistic: &str) -> f64 {
    let checks = checks["variables"][0]["checks"].as_array().unwrap();
    checks.iter().find(|c| c["statistic"] == statistic).unwrap()["p"].as_f64().unwrap()
}

#[test]
fn a_model_that_fits_is_in_line() {
    let directory = Directory::new("in-line");
    let model = directory.file("counts.stan", COUNTS);
    directory.file("counts.data.json", r#"{"N": 12, "y": [3, 4, 6, 5, 2, 1, 4, 3, 2, 5, 7, 3]}"#);
    let out = json(&model, &[]);
    for part in ["posterior_predictive", "prior_predictive"] {
        for statistic in ["mean", "sd", "min", "max", "median", "zeros", "lag1", "chi2"] {
            let p = p(&out[part], statistic);
            assert!((0.025..0.975).contains(&p), "{part} {statistic} {p}");
        }
    }
    // The mean of a posterior predictive distribution is that of the data, nearly.
    assert!((p(&out["posterior_predictive"], "mean") - 0.5).abs() < 0.1);
    let rate = &out["sensitivity"]["parameters"][0];
    assert_eq!((rate["name"].as_str(), &rate["diagnosis"]), (Some("rate"), &Value::Null));
    assert!(rate["likelihood"]["distance"].as_f64() > Some(0.05), "{rate}");
    let (code, text, err) = criticise(&model, &["--stat", "mean,zeros"]);
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("y: share of zeros") && !text.contains("y: sd") && !text.contains('*'), "{text}");
    assert!(text.contains("scaled: rate"), "{text}");
}

#[test]
fn what_is_out_of_line_is_said_in_words() {
    let directory = Directory::new("out-of-line");
    let model = directory.file("zeros.stan", COUNTS);
    directory.file("zeros.data.json", r#"{"N": 16, "y": [0, 0, 0, 0, 0, 0, 0, 0, 8, 9, 7, 12, 9, 8, 10, 9]}"#);
    let (code, text, err) = criticise(&model, &[]);
    assert_eq!(code, 0, "{err}");
    for words in
        ["there are more zeros than the model makes", "spread more than the model", "neighbours are more alike"]
    {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_prior_against_the_data_is_a_conflict() {
    let directory = Directory::new("conflict");
    let text = "data { int N; vector[N] y; } parameters { real mu; } model { mu ~ normal(0, 0.5); y ~ normal(mu, 1); }";
    let model = directory.file("conflict.stan", text);
    directory.file("conflict.data.json", r#"{"N": 4, "y": [4.1, 5.2, 4.6, 5.4]}"#);
    let (code, text, err) = criticise(&model, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("potential prior-data conflict"), "{text}");
    assert!(text.contains("the data lie higher than the model puts them"), "{text}");
}

#[test]
fn of_a_hierarchy_the_top_is_scaled() {
    let model = format!("{STDLIB}education/eight_schools.stan");
    let out = json(&model, &["--prior-replications", "0"]);
    assert_eq!(out["sensitivity"]["scaled"], serde_json::json!(["mu", "tau"]));
    assert_eq!(out["sensitivity"]["not_scaled"], serde_json::json!(["theta"]));
    assert_eq!(out["prior_predictive"]["none"], "left out");
    let only = json(&model, &["--prior", "tau"]);
    assert_eq!(only["sensitivity"]["scaled"], serde_json::json!(["tau"]));
    let (code, _, err) = criticise(&model, &["--prior", "nu"]);
    assert!(code == 2 && err.contains("no parameter `nu`"), "{code} {err}");
}

#[test]
fn improper_priors_leave_the_posterior_checks() {
    let directory = Directory::new("improper");
    let text = "data { int N; vector[N] y; } parameters { real mu; } model { y ~ normal(mu, 1); }";
    let model = directory.file("flat.stan", text);
    directory.file("flat.data.json", r#"{"N": 3, "y": [1, 2, 0]}"#);
    let (code, text, err) = criticise(&model, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("posterior predictive checks: 2000 data sets"), "{text}");
    assert!(text.contains("prior predictive checks: none") && text.contains("no proper prior: mu"), "{text}");
}

#[test]
fn draws_of_a_run_are_read_and_those_of_another_refused() {
    let directory = Directory::new("fit");
    let model = directory.file("counts.stan", COUNTS);
    let data = directory.file("counts.data.json", r#"{"N": 6, "y": [3, 5, 2, 4, 6, 1]}"#);
    let fit = directory.path("fit");
    let run = ["run", &model, "--seed", "1", "--warmup", "200", "--draws", "200", "--quiet", "--out", &fit];
    assert_eq!(ppl(&run).0, 0);
    let (code, text, err) = ppl(&["criticise", &model, "--fit", &fit]);
    assert!(code == 0 && text.contains("800 data sets"), "{text}{err}");
    assert_eq!(ppl(&["criticise", &model, "--fit", &fit]).1, text);
    let other = directory.file("other.json", r#"{"N": 6, "y": [9, 9, 9, 9, 9, 9]}"#);
    let refused = |arguments: &[&str], texts: &[&str]| {
        let (code, out, err) = ppl(arguments);
        assert!(code == 2 && out.is_empty(), "{code} {out}");
        texts.iter().for_each(|text| assert!(err.contains(text), "{text}: {err}"));
    };
    let wrong_data = ["criticise", &model, "--data", &other, "--fit", &fit];
    refused(&wrong_data, &["do not belong to this model and these data", "`lp__`"]);
    directory.file("counts.stan", &COUNTS.replace("rate", "lambda"));
    refused(&["criticise", &model, "--data", &data, "--fit", &fit], &["do not belong", "`lambda`"]);
    refused(&["criticise", &model, "--fit", &directory.path("none")], &["no draws there"]);
    refused(&["criticise", &model, "--fit", &fit, "--chains", "2"], &["--chains"]);
    refused(&["criticise", &model, "--stat", "range"], &["range", "mean, sd, min"]);
    refused(&["criticise", &model, "--level", "2"], &["--level"]);
}

const SHIFTED: &str = "data { int N; vector[N] y; } transformed data { real shift = normal_rng(0, 10); }
    parameters { real mu; } model { mu ~ normal(0, 10); y ~ normal(mu + shift, 1); }";

#[test]
fn random_numbers_in_the_data_are_those_of_the_run() {
    let directory = Directory::new("seeded");
    let model = directory.file("shifted.stan", SHIFTED);
    let other = directory.file("other.stan", &SHIFTED.replace("0, 10); y", "0, 20); y"));
    let data = directory.file("shifted.data.json", r#"{"N": 6, "y": [3, 5, 2, 4, 6, 1]}"#);
    let fit = directory.path("fit");
    for model in [&model, &other] {
        let (code, _, err) = ppl(&["run", model, "--data", &data, "--seed", "77", "--quiet", "--out", &fit]);
        assert_eq!(code, 0, "{err}");
    }
    for command in [vec!["loo", &model], vec!["criticise", &model], vec!["compare", &model, &other]] {
        let (code, out, err) = ppl(&[command.as_slice(), &["--data", &data, "--fit", &fit]].concat());
        assert_eq!(code, 0, "{command:?}: {out}{err}");
    }
}

#[test]
fn data_from_a_pipe_are_read_once() {
    let directory = Directory::new("pipe");
    let model = directory.file("counts.stan", COUNTS);
    for command in ["loo", "criticise"] {
        let arguments = [&[command, &model, "--data", "/dev/stdin"][..], &SHORT].concat();
        let (code, _, err) = ppl_with_input(&arguments, r#"{"N": 6, "y": [3, 5, 2, 4, 6, 1]}"#);
        assert!(code == 0 && !err.contains("not shown"), "{command}: {err}");
    }
}

const SUBJECTS: &str =
    "data { int N; int J; array[N] int<lower=1, upper=J> subject; array[2] int few; vector[N] y; array[N] int k; }
    parameters { vector[J] a; real<lower=0> tau; }
    model { a ~ normal(0, tau); tau ~ normal(0, 1); y ~ normal(a[subject], 1); k ~ poisson_log(a[subject]); }";

#[test]
fn units_are_put_together_by_subject() {
    let directory = Directory::new("unit");
    let model = directory.file("subjects.stan", SUBJECTS);
    let data = r#"{"N": 6, "J": 3, "subject": [1, 1, 2, 3, 3, 3], "few": [1, 2],
        "y": [0.3, -0.4, 1.2, 0.1, 0.5, -0.2], "k": [1, 0, 3, 1, 2, 0]}"#;
    directory.file("subjects.data.json", data);
    let loo = |more: &[&str]| ppl(&[&["loo", &model, "--json", "--no-moment-match"][..], &SHORT, more].concat());
    let units = |more: &[&str]| -> Vec<String> {
        let (code, out, err) = loo(more);
        assert_eq!(code, 0, "{err}");
        let out: Value = serde_json::from_str(&out).unwrap();
        out["units"].as_array().unwrap().iter().map(|u| u["unit"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(units(&[]).len(), 12);
    // Both factors have a value a row: a subject's measurements and counts are left out together.
    assert_eq!(units(&["--unit", "subject"]), ["subject 1", "subject 2", "subject 3"]);
    assert_eq!(units(&["--unit", "subject", "--only", "k"]).len(), 3);
    let refused = |more: &[&str], texts: &[&str]| {
        let (code, out, err) = loo(more);
        assert!(code == 2 && out.is_empty(), "{code} {out}");
        texts.iter().for_each(|text| assert!(err.contains(text), "{text}: {err}"));
    };
    refused(&["--unit", "few"], &["`few` has 2 values, but the units of `y` are 6"]);
    refused(&["--unit", "a"], &["`a` is no variable of the data"]);
    refused(&["--unit", "y"], &["`y` is no array of integers"]);
    refused(&["--unit", "N"], &["`N` is no array of integers"]);
}

#[test]
fn the_log_likelihood_of_a_subject_is_the_sum() {
    let directory = Directory::new("sums");
    let model = directory.file("subjects.stan", SUBJECTS);
    let data =
        r#"{"N": 4, "J": 2, "subject": [1, 2, 1, 2], "few": [1, 2], "y": [0.3, -0.4, 1.2, 0.1], "k": [1, 0, 3, 1]}"#;
    directory.file("subjects.data.json", data);
    let matrix = |name: &str, more: &[&str]| -> Vec<Vec<f64>> {
        let file = directory.path(name);
        let loo = [&["loo", &model, "--no-moment-match", "--pointwise", &file][..], &SHORT, more].concat();
        let (code, _, err) = ppl(&loo);
        assert_eq!(code, 0, "{err}");
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().unwrap()).collect()).collect()
    };
    let (single, joint) = (matrix("single.csv", &[]), matrix("joint.csv", &["--unit", "subject"]));
    assert_eq!((single.len(), joint.len()), (2000, 2000));
    for (single, joint) in single.iter().zip(&joint) {
        // chain, then y[1..4] and k[1..4].
        let sums = [single[1] + single[3] + single[5] + single[7], single[2] + single[4] + single[6] + single[8]];
        assert!((sums[0] - joint[1]).abs() < 1e-12 && (sums[1] - joint[2]).abs() < 1e-12);
    }
}

#[test]
fn one_unit_cannot_be_left_out() {
    let model = format!("{STDLIB}history/coal_disasters.stan");
    let alone = "the likelihood is one unit";
    for (more, why) in
        [(&[][..], alone), (&["--k-fold", "2"], "2 folds for 1 unit"), (&["--leave-future-out", "1"], alone)]
    {
        let (code, out, err) = ppl(&[&["loo", &model][..], &SHORT, more].concat());
        assert!(code == 2 && out.is_empty(), "{code} {out}");
        assert!(err.contains(why), "{why}: {err}");
    }
}
