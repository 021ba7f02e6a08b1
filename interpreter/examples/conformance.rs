//! Compares log densities and gradients with figures that Stan made.
//!
//! `cargo run --release -p ppl-interpreter --example conformance -- LPGRAD_DIR POSTERIORDB [NAME...]`, where `LPGRAD_DIR` holds
//! one JSON file a posterior (`unconstrained`, `points` of `q`, `lp_full_nojac`, `lp_propto_jac`, `grad`) and `POSTERIORDB`
//! is its `posterior_database` folder. Data are unpacked with `unzip`. Ends with 1 where a figure differs.

use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Options};
use ppl_runtime::data::{Datum, RawData};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [figures, database, names @ ..] = &args[..] else {
        eprintln!("usage: conformance LPGRAD_DIR POSTERIORDB [NAME...]");
        return ExitCode::from(2);
    };
    let mut files: Vec<PathBuf> = match std::fs::read_dir(figures) {
        Ok(entries) => entries.filter_map(|e| e.ok().map(|e| e.path())).collect(),
        Err(e) => {
            eprintln!("{figures}: {e}");
            return ExitCode::from(2);
        }
    };
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    files.sort();
    let (mut agree, mut failed) = (0, 0);
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let start = Instant::now();
        match compare(&file, Path::new(database), &name) {
            Ok(worst) => {
                agree += 1;
                println!("ok    {name}: worst difference {worst:.1e}, {:.2} s", start.elapsed().as_secs_f64());
            }
            Err(message) => {
                failed += 1;
                println!("FAIL  {name}: {message} ({:.2} s)", start.elapsed().as_secs_f64());
            }
        }
    }
    println!("{agree} agree, {failed} fail");
    ExitCode::from(u8::from(failed > 0))
}

fn compare(figures: &Path, database: &Path, name: &str) -> Result<f64, String> {
    let (model, data) = names(database, name)?;
    let source =
        SourceMap::load(&database.join(format!("models/stan/{model}.stan")), &[]).map_err(|e| e.to_string())?;
    let parsed = ppl_grammar::parse::parse(&source);
    if let Some(d) = parsed.diagnostics.iter().find(|d| d.is_error()) {
        return Err(format!("parse: {}: {}", source.describe(d.span), d.message));
    }
    let checked = ppl_program::check(&parsed.program).map_err(|errors| {
        errors
            .iter()
            .find(|d| d.is_error())
            .map_or_else(|| "check".to_string(), |d| format!("check: {}: {}", source.describe(d.span), d.message))
    })?;
    let interpreter = Interpreter::new(Arc::new(checked.program));
    let unpacked = unzip(&database.join(format!("data/data/{data}.json.zip")))?;
    let raw = RawData::from_json(&unpacked).map_err(|e| format!("data: {e}"))?;
    let place = |error: &ppl_interpreter::RunError| match error.span {
        Some(span) => format!("{}: {error}", source.describe(span)),
        None => error.to_string(),
    };
    let environment = interpreter.bind(&raw).map_err(|e| match e {
        ppl_interpreter::BindError::Run(error) => format!("bind: {}", place(&error)),
        other => format!("bind: {other}"),
    })?;

    let text = std::fs::read_to_string(figures).map_err(|e| e.to_string())?;
    let expected = json(&text)?;
    let unconstrained = strings(&text);
    if environment.dim() != unconstrained.len() {
        return Err(format!("{} coordinates, Stan has {}", environment.dim(), unconstrained.len()));
    }
    if environment.unconstrained_names() != unconstrained {
        let ours = environment.unconstrained_names();
        let first = ours.iter().zip(&unconstrained).find(|(a, b)| a != b);
        return Err(format!("names of coordinates: {first:?}"));
    }
    let points = match expected.get("points") {
        Some(Datum::List(points)) => points,
        _ => return Err("no points".into()),
    };
    let mut worst: f64 = 0.0;
    for (i, point) in points.iter().enumerate() {
        let q = reals(field(point, "q")?)?;
        if matches!(field(point, "lp_full_nojac")?, Datum::Invalid(_)) {
            // Not finite in Stan, which JSON cannot say.
            match interpreter.value(&environment, &q, Options::NORMALISED) {
                Ok(x) if x.is_finite() => return Err(format!("point {i}: lp is {x}, Stan has none")),
                _ => continue,
            }
        }
        let normalised = interpreter.value(&environment, &q, Options::NORMALISED).map_err(|e| place(&e))?;
        let (lp, gradient) = interpreter.gradient(&environment, &q, Options::SAMPLER).map_err(|e| place(&e))?;
        let mut check = |what: String, ours: f64, stan: f64| {
            let difference = (ours - stan).abs() / 1f64.max(ours.abs()).max(stan.abs());
            worst = worst.max(difference);
            if difference <= 1e-8 { Ok(()) } else { Err(format!("point {i}: {what} is {ours}, Stan has {stan}")) }
        };
        check("lp".into(), normalised, real(field(point, "lp_full_nojac")?)?)?;
        check("lp_propto_jac".into(), lp, real(field(point, "lp_propto_jac")?)?)?;
        for (k, (ours, stan)) in gradient.iter().zip(reals(field(point, "grad")?)?).enumerate() {
            check(format!("d/d{}", unconstrained[k]), *ours, stan).map_err(|message| {
                // Whose derivative is that of the value, on which both agree?
                let step = 1e-5 * q[k].abs().max(1.0);
                let at = |x: f64| {
                    let mut q = q.clone();
                    q[k] = x;
                    interpreter.value(&environment, &q, Options::SAMPLER).unwrap_or(f64::NAN)
                };
                let slope = (at(q[k] + step) - at(q[k] - step)) / (2.0 * step);
                format!("{message}; the central difference of our value is {slope}")
            })?;
        }
    }
    let stream = ppl_runtime::density::Stream { seed: 1, chain: 0, draw: 0 };
    let q = reals(field(&points[0], "q")?)?;
    let numbers =
        interpreter.write_array(&environment, &q, stream).map_err(|e| format!("quantities: {}", place(&e)))?;
    if numbers.len() != environment.names().len() {
        return Err(format!("{} numbers, {} names", numbers.len(), environment.names().len()));
    }
    let values = interpreter.constrain(&environment, &q).map_err(|e| place(&e))?;
    let back = interpreter.unconstrain(&environment, &values).map_err(|e| format!("unconstrain: {}", place(&e)))?;
    for (k, (a, b)) in q.iter().zip(&back).enumerate() {
        if (a - b).abs() > 1e-6 * a.abs().max(1.0) {
            return Err(format!("unconstrain: {} is {b}, was {a}", unconstrained[k]));
        }
    }
    Ok(worst)
}

fn names(database: &Path, name: &str) -> Result<(String, String), String> {
    let path = database.join(format!("posteriors/{name}.json"));
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let get = |key: &str| {
        let at = text.find(&format!("\"{key}\"")).ok_or_else(|| format!("{key} is missing"))?;
        text[at..].split('"').nth(3).map(str::to_string).ok_or_else(|| format!("{key} is missing"))
    };
    Ok((get("model_name")?, get("data_name")?))
}

fn unzip(path: &Path) -> Result<String, String> {
    let output = Command::new("unzip").arg("-p").arg(path).output().map_err(|e| format!("unzip: {e}"))?;
    if !output.status.success() {
        return Err(format!("unzip {}: {}", path.display(), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

fn json(text: &str) -> Result<RawData, String> {
    RawData::from_json(text).map_err(|e| e.to_string())
}

/// The names of the coordinates: the strings of the list `unconstrained`.
fn strings(text: &str) -> Vec<String> {
    let Some(at) = text.find("\"unconstrained\"") else { return Vec::new() };
    let list = text[at + 15..].split_once('[').map_or("", |(_, rest)| rest.split(']').next().unwrap_or(""));
    list.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

fn field<'d>(object: &'d Datum, name: &str) -> Result<&'d Datum, String> {
    match object {
        Datum::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
        _ => None,
    }
    .ok_or_else(|| format!("no `{name}`"))
}

fn real(datum: &Datum) -> Result<f64, String> {
    match datum {
        Datum::Int(i) => Ok(*i as f64),
        Datum::Real(x) => Ok(*x),
        other => Err(format!("expected a number, found {}", other.describe())),
    }
}

fn reals(datum: &Datum) -> Result<Vec<f64>, String> {
    match datum {
        Datum::List(items) => items.iter().map(real).collect(),
        other => Err(format!("expected numbers, found {}", other.describe())),
    }
}
