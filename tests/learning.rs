//! `ppl train` and `ppl evaluate`: killed and taken up again, on a full disk, and what bad input gets.

#![cfg(all(feature = "spfn", unix))]

mod common;

use common::{Directory, ppl};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A configuration of so many steps, with more keys.
fn config(dir: &Directory, steps: usize, more: &str) -> String {
    let network = "rows = 64\ncolumns = 6\ncell_width = 8\ninducing = 2\ncell_layers = 0\npooled = 2\nwidth = 16\nheads = 2\n\
                   column_layers = 1\ndecoder_layers = 1";
    let data = "grammar = \"exact\"\ndesign = \"strata\"\nrows = [5, 12]\nexamples = 2";
    let training = "batch = 8\nmicro_batch = 4\nwarm_up = 2\ncheckpoint = 5\nvalidation = 8";
    let text = format!("[network]\n{network}\n[data]\n{data}\n[training]\nsteps = {steps}\n{training}\n{more}\n");
    dir.file("config.toml", &text)
}

/// Steps and losses of a training.
fn log(folder: &str) -> Vec<(u64, f64)> {
    let text = fs::read_to_string(Path::new(folder).join("log.jsonl")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.map(|line| (line["step"].as_u64().unwrap(), line["loss"].as_f64().unwrap())).collect()
}

#[test]
fn a_training_that_is_killed_goes_on_along_the_same_curve() {
    let dir = Directory::new("killed");
    let options = config(&dir, 40, "");
    let (whole, killed) = (dir.path("whole"), dir.path("killed"));
    let (code, out, err) = ppl(&["train", &whole, "--config", &options]);
    assert!(code == 0 && out.contains("weights.safetensors") && out.contains("training.html"), "{out}{err}");
    assert!(err.contains("step 40 of 40"), "{err}");

    let mut child = Command::new(env!("CARGO_BIN_EXE_ppl"));
    let mut child = child.args(["train", &killed, "--config", &options, "-q"]).stdin(Stdio::null()).spawn().unwrap();
    while log(&killed).len() < 12 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!Path::new(&killed).join("weights.safetensors").exists());
    // the configuration is that of the folder
    let (code, out, err) = ppl(&["train", &killed]);
    assert!(code == 0 && !err.contains(" 0 of 40 steps"), "{out}{err}");
    assert_eq!(log(&whole), log(&killed));
    let weights = |folder: &str| fs::read(Path::new(folder).join("weights.safetensors")).unwrap();
    assert!(weights(&whole) == weights(&killed), "the weights differ");
}

#[test]
fn a_network_is_judged() {
    let dir = Directory::new("judged");
    let options = config(&dir, 10, "[[data.selection.held_out]]\nsplit = \"tails\"\nproduction = \"student_t\"");
    let (folder, page) = (dir.path("a"), dir.path("page.html"));
    let (code, _, err) = ppl(&["train", &folder, "--config", &options, "-q"]);
    assert!(code == 0, "{err}");
    let weights = format!("{folder}/weights.safetensors");
    let counts = ["--exact", "12", "--tables", "150"];
    let (code, out, err) = ppl(&[&["evaluate", &weights, "--json", "--report", &page][..], &counts].concat());
    assert!(code == 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert!(found["exact"]["exact"]["divergence"].as_f64().unwrap() > 0.0, "{out}");
    let splits: Vec<&str> =
        found["by_split"].as_array().unwrap().iter().map(|own| own["split"].as_str().unwrap()).collect();
    assert_eq!(splits, ["training", "tails"]);
    assert!(fs::read_to_string(&page).unwrap().contains("network: tails"));
    let (code, out, err) = ppl(&[&["evaluate", &weights][..], &counts].concat());
    assert!(code == 0 && out.contains("against exact") && out.contains("tails"), "{out}{err}");
}

#[test]
fn a_proposal_is_no_probability() {
    let dir = Directory::new("proposal");
    let folder = dir.path("base");
    let (code, _, err) = ppl(&["train", &folder, "--config", &config(&dir, 3, ""), "-q"]);
    assert!(code == 0, "{err}");
    let (base, tuned) = (format!("{folder}/weights.safetensors"), dir.path("tuned"));
    let options = config(&dir, 3, &format!("[reward]\nfrom = {base:?}\nsamples = 3"));
    let (code, out, err) = ppl(&["train", &tuned, "--config", &options]);
    assert!(code == 0 && out.contains("no probabilities") && err.contains("nats a row"), "{out}{err}");
    let (code, _, err) = ppl(&["evaluate", &format!("{tuned}/weights.safetensors")]);
    assert!(code == 2 && err.contains("is a proposal"), "{code} {err}");
}

#[test]
fn bad_input_gets_an_error() {
    let dir = Directory::new("bad");
    let folder = dir.path("a");
    let fails = |arguments: &[&str], wanted: i32, says: &str| {
        let (code, _, err) = ppl(arguments);
        assert!(code == wanted && err.contains(says) && !err.contains("panicked"), "{arguments:?}: {code} {err}");
    };
    let options = config(&dir, 5, "rate = 1");
    fails(&["train", &folder, "--config", &options], 2, "unknown field `rate`");
    let options = config(&dir, 5, "learning_rate = 1e30\nclip = 1e30");
    fails(&["train", &folder, "--config", &options], 1, "try a smaller training.learning_rate");
    fails(&["train", &folder, "--config", &dir.path("none.toml")], 2, "none.toml");
    #[cfg(not(feature = "cuda"))]
    fails(&["train", &folder, "--device", "cuda"], 2, "cuda");
    fails(&["train", &folder, "--device", "abacus"], 2, "abacus");

    let folder = dir.path("b");
    let options = config(&dir, 5, "");
    let (code, _, err) = ppl(&["train", &folder, "--config", &options, "-q"]);
    assert!(code == 0, "{err}");
    let other = config(&dir, 5, "seed = 2");
    fails(&["train", &folder, "--config", &other], 2, "another configuration");
    // a part of a file
    let bytes = fs::read(Path::new(&folder).join("weights.safetensors")).unwrap();
    fs::write(dir.path("half.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    fails(&["evaluate", &dir.path("half.safetensors")], 2, "damaged");
    fails(&["evaluate", &dir.path("none.safetensors")], 2, "none.safetensors");
    // where nothing can be written
    if Path::new("/dev/full").exists() {
        fails(&["train", "/dev/full/a", "--config", &options], 1, "/dev/full/a");
    }
}

/// Plants in plots, with a column of words and missing cells.
fn plants() -> String {
    let mut text = "plot,treated,height,label,seeds\n".to_string();
    for row in 0..24_u32 {
        let treated = if row % 2 == 0 { "yes" } else { "no" };
        let height = if row == 5 { "NA".to_string() } else { format!("{:.1}", 10.0 + f64::from(row * 7 % 11)) };
        text += &format!("p{},{treated},{height},plant {row},{}\n", row % 4, row * 5 % 9 + row % 2 * 6);
    }
    text
}

#[test]
fn programs_are_proposed_for_a_table() {
    let dir = Directory::new("infer");
    let folder = dir.path("a");
    let (code, _, err) = ppl(&["train", &folder, "--config", &config(&dir, 3, ""), "-q"]);
    assert!(code == 0, "{err}");
    let (weights, table) = (format!("{folder}/weights.safetensors"), dir.file("plants.csv", &plants()));
    let infer = |more: &[&str]| ppl(&[&["infer", &table, "--weights", &weights][..], more].concat());
    let (code, out, err) = infer(&[]);
    assert!(
        code == 0 && out.contains("seeds") && out.contains("outcome, count") && out.contains("not read"),
        "{out}{err}"
    );
    assert!(out.contains("1 cells of height are missing"), "{out}");

    let programs = dir.path("programs");
    let (code, out, err) = infer(&["--json", "--top", "5", "--out", &programs, "--group", "plot"]);
    assert!(code == 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    let all = found["programs"].as_array().unwrap();
    assert_eq!(all.len(), 5);
    let q: Vec<f64> = all.iter().map(|own| own["probability"].as_f64().unwrap()).collect();
    assert!(q.windows(2).all(|two| two[0] >= two[1]) && q.iter().sum::<f64>() <= 1.0 + 1e-6, "{q:?}");
    assert_eq!(found["levels"]["plot"][0], "p0");
    // what was written runs on the data beside it
    for number in 1..=5 {
        let program = format!("{programs}/0{number}.stan");
        let data = format!("{programs}/data.json");
        let (code, out, err) =
            ppl(&["run", &program, "--data", &data, "--warmup", "20", "--draws", "20", "--chains", "1"]);
        assert!(code == 0, "{out}{err}");
    }
    let (code, out, _) = infer(&["--show", "2", "--group", "plot"]);
    assert!(code == 0 && out == all[1]["program"].as_str().unwrap());
    let (code, out, err) = infer(&["--sample", "3", "--outcome", "height"]);
    assert!(code == 0 && out.contains("drawn"), "{out}{err}");

    for (more, says) in [
        (&["--outcome", "label"][..], "neither numbers nor a few categories"),
        (&["--outcome", "weight"], "no column `weight`"),
        (&["--kind", "plot=blue"], "blue is no kind"),
        (&["--kind", "plot"], "no `=`"),
        (&["--show", "400"], "not in 1..=256"),
        (&["--check", "--seconds", "nan"], "from 0 to a million"),
        (&["--show", "1", "--json"], "cannot be used with"),
    ] {
        let (code, out, err) = infer(more);
        assert!(code == 2 && err.contains(says), "{more:?}: {code} {out}{err}");
    }
    let (code, _, err) = ppl(&["infer", &dir.file("ragged.csv", "a,b\n1,2\n3\n"), "--weights", &weights]);
    assert!(code == 2 && err.contains("line 3"), "{err}");
    let (code, _, err) = ppl(&["infer", &table, "--weights", &dir.path("none")]);
    assert!(code == 2 && err.contains("none"), "{err}");
}

/// Heights of 60 plants in plots, times a factor.
fn heights(factor: f64) -> String {
    let mut text = "plot,light,height\n".to_string();
    for row in 0..60_u32 {
        let (plot, light) = (row % 6, f64::from(row * 37 % 60) / 10.0);
        // noise without a pattern: digits of a square
        let noise = f64::from((row * row * 7919 + 31 * row) % 997) / 997.0 - 0.5;
        let height = 20.0 + 3.0 * light + 4.0 * f64::from(plot * plot % 5) + 6.0 * noise;
        text += &format!("p{plot},{light},{:.4}\n", factor * height);
    }
    text
}

#[test]
fn the_network_that_ships_answers_and_is_checked() {
    let dir = Directory::new("shipped");
    let page = dir.path("page.html");
    let checked = |factor: f64, more: &[&str]| -> Value {
        let table = dir.file("heights.csv", &heights(factor));
        let always = ["infer", &table, "--kind", "height=real", "--check", "--top", "3", "--json"];
        let (code, out, err) = ppl(&[&always[..], more].concat());
        assert!(code == 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let found = checked(1.0, &["--report", &page, "--menu", "1"]);
    let first = found["programs"][0]["summary"].as_str().unwrap();
    assert!(first.contains("slope(light)") && first.contains("varying_intercept(plot)"), "{first}");
    let terms = found["terms"].as_array().unwrap();
    let light = terms.iter().find(|term| term["term"] == "slope(light)").unwrap();
    assert!(light["included"] == true && light["log_factor"].as_f64().unwrap() > 2.0, "{light}");
    assert_eq!(found["out_of_distribution"]["flag"], false, "{}", found["out_of_distribution"]);
    let elpd = |found: &Value| found["checks"]["stacked_elpd"]["value"].as_f64().unwrap();
    assert!(found["checks"]["menu"]["value"].as_f64().unwrap().is_finite());
    assert!(fs::read_to_string(&page).unwrap().contains("What the network believed"));
    // a density of what is written down: in units a thousand times smaller it is that much larger
    let scaled = checked(1000.0, &[]);
    let difference = elpd(&found) - elpd(&scaled) - 60.0 * 1000.0_f64.ln();
    assert!(difference.abs() < 3.0, "{difference}");

    // every value four times over, with too many digits to be rounded
    let own = heights(1.0);
    let rows: Vec<(&str, &str)> = own.lines().skip(1).map(|line| line.rsplit_once(',').unwrap()).collect();
    let mut copies = "plot,light,height\n".to_string();
    for (row, (kept, _)) in rows.iter().enumerate() {
        copies += &format!("{kept},{}1234567\n", rows[row / 4 * 4].1);
    }
    let table = dir.file("copies.csv", &copies);
    let (code, out, err) = ppl(&["infer", &table, "--kind", "height=real"]);
    assert!(code == 0 && out.contains("out of distribution"), "{out}{err}");

    let mut long = "x,y\n".to_string();
    (0..10_100_u32).for_each(|row| long += &format!("{row},{}\n", row * row % 1013));
    let table = dir.file("long.csv", &long);
    let (code, _, err) = ppl(&["infer", &table]);
    assert!(code == 2 && err.contains("--rows"), "{err}");
    let (code, out, err) = ppl(&["infer", &table, "--rows", "100"]);
    assert!(code == 0 && out.contains("100 of 10100 rows"), "{out}{err}");
}
