//! The interpreter against Stan's log densities and gradients: `lpgrad POSTERIORS.csv LPGRAD_DIR [NAME ...]`.
//!
//! POSTERIORS.csv has the columns posterior, model and data (paths); LPGRAD_DIR one JSON file per posterior with the
//! points `q`, `lp_full_nojac` and `grad`. Agreement is |a - b| <= 1e-8 max(1, |a|, |b|).

use ppl_conformance::{Referee, distance};
use ppl_interpreter::Options;
use serde::Deserialize;
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

#[derive(Deserialize)]
struct File {
    unconstrained: Vec<String>,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    q: Vec<f64>,
    lp_full_nojac: Option<f64>,
    grad: Option<Vec<f64>>,
}

/// The largest scaled difference and where it is.
fn compare(model: &str, data: &str, file: &File) -> Result<(f64, String), String> {
    let program = std::fs::read_to_string(model).map_err(|e| e.to_string())?;
    let data = std::fs::read_to_string(data).map_err(|e| e.to_string())?;
    let referee = Referee::new(model, &program, &data)?;
    let names = referee.environment.unconstrained_names();
    if names != file.unconstrained {
        return Err(format!("names: {:?} against Stan's {:?}", names.first(), file.unconstrained.first()));
    }
    let (mut worst, mut place) = (0.0, String::new());
    for (i, p) in file.points.iter().enumerate() {
        let (Some(lp), Some(grad)) = (p.lp_full_nojac, &p.grad) else { continue };
        let fail = |e: Box<ppl_interpreter::RunError>| format!("point {}: {e}", i + 1);
        let run = &referee.interpreter;
        let value: f64 = run.log_density(&referee.environment, &p.q, Options::NORMALISED).map_err(fail)?;
        let (_, ours) = run.gradient(&referee.environment, &p.q, Options::SAMPLER).map_err(fail)?;
        let pairs = std::iter::once((lp, value)).chain(grad.iter().copied().zip(ours));
        for (j, (stan, ours)) in pairs.enumerate() {
            let d = distance(stan, ours);
            if d > worst {
                worst = d;
                let what = if j == 0 { "lp".to_owned() } else { format!("grad {}", file.unconstrained[j - 1]) };
                place = format!("point {} {what}: Stan {stan:e}, ours {ours:e}", i + 1);
            }
        }
    }
    Ok((worst, place))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [posteriors, folder, only @ ..] = &arguments[..] else {
        return Err("usage: lpgrad POSTERIORS.csv LPGRAD_DIR [NAME ...]".into());
    };
    let table = std::fs::read_to_string(posteriors)?;
    let paths: HashMap<&str, (&str, &str)> = table
        .lines()
        .skip(1)
        .filter_map(|l| {
            let mut columns = l.split(',');
            Some((columns.next()?, (columns.next()?, columns.next()?)))
        })
        .collect();
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(|f| f.file_name());
    let (mut agree, mut total, mut largest) = (0, 0, 0.0f64);
    for file in files {
        let path = file.path();
        let Some(name) = Path::new(&path).file_stem().and_then(|s| s.to_str()) else { continue };
        if !only.is_empty() && !only.iter().any(|n| n == name) {
            continue;
        }
        total += 1;
        let start = std::time::Instant::now();
        let points: File = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        let Some((model, data)) = paths.get(name) else {
            println!("no data  {name}");
            continue;
        };
        match compare(model, data, &points) {
            Ok((d, _)) if d <= 1e-8 => {
                agree += 1;
                largest = largest.max(d);
                println!("ok       {name}: {d:.1e}, {:.2?}", start.elapsed());
            }
            Ok((d, place)) => println!("DIFFERS  {name}: {d:.1e} {place}"),
            Err(e) => println!("FAILS    {name}: {}", e.lines().take(2).collect::<Vec<_>>().join(" / ")),
        }
    }
    println!("{agree} of {total} agree, largest difference among them {largest:.1e}");
    Ok(())
}
