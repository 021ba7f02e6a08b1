//! Tests whether the simulator of a program draws from its joint distribution, and prints the outcome as a line of JSON.
//!
//! A size is that of an integer of the data, and cuts the lists that it sizes; `--most` cuts all that are larger. Data that cannot be cut so (they do
//! not fit the program then, or no draw could be tested) are used as they are.
//!
//! joint MODEL DATA [--draws N] [--steps N] [--seed N] [--seconds S] [--shown N] [--size NAME=N ...] [--most N] [--within NAME=A,B ...]

use ppl::Data;
use ppl_joint::{Effort, Subject, Untestable};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, data, options @ ..] = arguments.as_slice() else {
        return Err(
            "joint MODEL DATA [--draws N] [--steps N] [--seed N] [--seconds S] [--shown N] [--size NAME=N ...] [--most N] [--within NAME=A,B ...]".into(),
        );
    };
    let mut effort = Effort::default();
    let mut shown = 3;
    let mut sizes = Vec::new();
    let mut most = None;
    for pair in options.chunks(2) {
        let [name, value] = pair else { return Err(format!("{}: no value", pair[0])) };
        if name == "--size" {
            let size = value.split_once('=').and_then(|(name, n)| Some((name.to_string(), n.parse::<i64>().ok()?)));
            sizes.push(size.ok_or(format!("--size {value}: not NAME=N"))?);
            continue;
        }
        if name == "--within" {
            let range = value.split_once('=').and_then(|(name, range)| {
                let (a, b) = range.split_once(',')?;
                Some((name.to_string(), a.parse::<f64>().ok()?, b.parse::<f64>().ok()?))
            });
            effort.within.push(range.ok_or(format!("--within {value}: not NAME=A,B"))?);
            continue;
        }
        let number: f64 = value.parse().map_err(|_| format!("{name} {value}: not a number"))?;
        match name.as_str() {
            "--draws" => effort.draws = number as usize,
            "--steps" => effort.steps = number as usize,
            "--seed" => effort.seed = number as u64,
            "--seconds" => effort.limit = Duration::from_secs_f64(number),
            "--most" => most = Some(number as i64),
            "--shown" => shown = number as usize,
            _ => return Err(format!("{name}: unknown")),
        }
    }
    let text = std::fs::read_to_string(model).map_err(|e| format!("{model}: {e}"))?;
    let data = Data::read(Path::new(data)).map_err(|e| e.to_string())?;
    let start = Instant::now();
    let test = |most: Option<i64>| {
        let (data, sizes) = ppl_joint::cut(model, &text, &data, &sizes, most)?;
        let subject = Subject::new(model, &text, &data, &|text| text)?;
        Ok((subject.by_mcmc(), sizes, subject.test(&effort)?))
    };
    let mut tested = test(most);
    if matches!(&tested, Err(Untestable::Data(_) | Untestable::Simulator(_)))
        || matches!(&tested, Ok((_, sizes, o)) if o.draws == 0 && !sizes.is_empty())
    {
        tested = test(None);
    }
    let report = match tested {
        Err(Untestable::Verdict(verdict)) => json!({ "verdict": verdict }),
        Err(error) => json!({ "error": error.to_string() }),
        Ok((by_mcmc, sizes, o)) => json!({
            "sizes": sizes.iter().map(|(name, n)| format!("{name} = {n}")).collect::<Vec<_>>().join(", "),
            "by_mcmc": by_mcmc,
            "p": o.p,
            "passes": o.passes(0.0),
            "draws": o.draws,
            "left_out": o.left_out,
            "why_left_out": o.why_left_out,
            "outside": o.outside,
            "why_outside": o.why_outside,
            "acceptance": o.acceptance,
            "coordinates": [o.coordinates.0, o.coordinates.1],
            "functions": o.statistics.len(),
            "largest": o.statistics.iter().take(shown)
                .map(|s| json!([s.name, s.z, s.p])).collect::<Vec<_>>(),
            "seconds": start.elapsed().as_secs_f64(),
        }),
    };
    println!("{report}");
    Ok(())
}
