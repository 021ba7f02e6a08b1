//! Compares log density gradients with the referee's and with reference values.
//!
//! `lpgrad DATA_DIR MODEL_DIR FILE.json...`: for each reference file, the program and data it names.

// `!(d <= bound)` is meant: it is true for NaN too.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

use ppl_compiler::Compiled;
use ppl_grammar::{parse::parse, source::SourceMap};
use ppl_interpreter::{Interpreter, Options};
use ppl_runtime::data::RawData;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let listing = std::env::var_os("LISTING").is_some();
    let quiet = std::env::var_os("QUIET").is_some();
    let (mut good, mut bad, mut refused) = (0, 0, 0);
    for file in &args[2..] {
        let name = Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
        let (data_name, model_name) = name.split_once('-').unwrap();
        let reference: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let text = std::fs::read_to_string(format!("{}/{model_name}.stan", args[1]));
        let data = RawData::read(Path::new(&format!("{}/{data_name}.json", args[0])));
        let (Ok(text), Ok(data)) = (text, data) else {
            println!("{name}: no file");
            continue;
        };
        let source = SourceMap::from_text(model_name, text);
        let parsed = parse(&source);
        let checked = match ppl_program::check(&parsed.program) {
            Ok(checked) => checked,
            Err(e) => {
                println!("{name}: CHECK {:?}", e.first().map(|d| &d.message));
                bad += 1;
                continue;
            }
        };
        let interpreter = Interpreter::new(Arc::new(checked.program));
        let environment = match interpreter.bind(&data) {
            Ok(environment) => environment,
            Err(e) => {
                println!("{name}: BIND {e}");
                bad += 1;
                continue;
            }
        };
        let start = Instant::now();
        if listing {
            println!("{}", Compiled::listing(&interpreter, &environment, true).unwrap_or_default());
        }
        let compiled = match Compiled::new(&interpreter, &environment) {
            Ok(compiled) => compiled,
            Err(e) => {
                let place = e.span().map(|s| source.describe(s)).unwrap_or_default();
                println!("{name}: REFUSED {e} {place}");
                refused += 1;
                continue;
            }
        };
        let compile = start.elapsed();
        let mut workspace = compiled.workspace();
        let mut worst: f64 = 0.0;
        let mut wrong = String::new();
        let mut time = 0.0;
        for (p, point) in reference["points"].as_array().unwrap().iter().enumerate() {
            let numbers = |key: &str| -> Vec<f64> {
                point[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
            };
            let (q, expected) = (numbers("q"), numbers("grad"));
            let mut gradient = vec![0.0; q.len()];
            let value = match compiled.log_density_gradient(&mut workspace, &q, &mut gradient) {
                Ok(value) => value,
                Err(stop) => {
                    let replay = interpreter.log_density(&environment, &q, Options::SAMPLER);
                    wrong = format!("point {p}: {stop:?}; the interpreter says {replay:?}");
                    break;
                }
            };
            let scaled = |a: f64, b: f64| (a - b).abs() / 1f64.max(a.abs()).max(b.abs());
            let lp = point["lp_propto_jac"].as_f64().unwrap_or(f64::NAN);
            let d = scaled(value, lp);
            if !(d <= 1e-8) {
                wrong = format!("point {p}: lp {value} expected {lp}");
            }
            for (i, (a, b)) in gradient.iter().zip(&expected).enumerate() {
                let d = scaled(*a, *b);
                worst = worst.max(d);
                if !(d <= 1e-8) && wrong.is_empty() {
                    wrong = format!("point {p}: gradient[{i}] {a} expected {b}");
                }
            }
            if p == 2 {
                let mut best = f64::INFINITY;
                for _ in 0..5 {
                    let start = Instant::now();
                    let mut n = 0;
                    while start.elapsed().as_micros() < 3000 {
                        for _ in 0..4 {
                            let _ = compiled.log_density_gradient(&mut workspace, &q, &mut gradient);
                        }
                        n += 4;
                    }
                    best = f64::min(best, start.elapsed().as_nanos() as f64 / n as f64);
                }
                time = best;
            }
        }
        if wrong.is_empty() {
            good += 1;
            if !quiet {
                let t = compiled.timings();
                println!(
                    "{name}: ok worst {worst:.1e}  {time:.0} ns  compile {compile:.1?} (lower {:.1?}, ad {:.1?}, code {:.1?})",
                    t.lower, t.differentiate, t.codegen
                );
            }
        } else {
            bad += 1;
            println!("{name}: WRONG {wrong}");
            let point = &reference["points"][0];
            let q: Vec<f64> = point["q"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect();
            let theirs = interpreter.gradient(&environment, &q, Options::SAMPLER);
            println!("  interpreter at point 0: {:?}", theirs.map(|(v, g)| (v, g[..3.min(g.len())].to_vec())));
        }
    }
    println!("{good} agree, {bad} wrong, {refused} refused");
}
