//! `ppl log-prob`

use super::input::Input;
use super::{CommandError, Result, print};
use ppl::{Bound, Density, EvalError, Normalisation};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Unconstrained points: JSON, [[...], ...]
    #[arg(long, value_name = "FILE")]
    points: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Measure the time of a gradient at the first point
    #[arg(long)]
    time: bool,
    /// Seed of random numbers in the transformed data block
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// What is known at one point.
struct Point {
    lp: f64,
    lp_propto_jacobian: f64,
    gradient: Vec<f64>,
}

pub fn run(arguments: &Arguments) -> Result {
    let model = arguments.input.load()?.with_printer(super::complain);
    let bound = arguments.input.bind(&model, arguments.seed)?;
    let points = read_points(arguments, bound.dim())?;
    let results: Vec<std::result::Result<Point, EvalError>> = points.iter().map(|p| evaluate(&bound, p)).collect();
    let nanoseconds = match points.first() {
        Some(point) if arguments.time => {
            Some(time(&bound, point).map_err(|e| CommandError::Run(format!("error: {e}")))?)
        }
        None if arguments.time => return Err(CommandError::User("error: --time needs a point".into())),
        _ => None,
    };
    if arguments.json {
        print(&format!("{}\n", as_json(&bound, &results, nanoseconds)))?;
    } else {
        print(&as_text(&bound, &results, nanoseconds))?;
    }
    // A rejected point has density zero, which is an answer; the rest are failures.
    match results.into_iter().find_map(|r| r.err().filter(|e| !e.is_recoverable())) {
        Some(error) => Err(CommandError::Run(format!("error: {error}"))),
        None => Ok(()),
    }
}

fn read_points(arguments: &Arguments, dim: usize) -> Result<Vec<Vec<f64>>> {
    let path = arguments.points.display();
    let user = |message: String| CommandError::User(format!("error: {path}: {message}"));
    let text = std::fs::read_to_string(&arguments.points).map_err(|error| user(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| user(error.to_string()))?;
    let list = |value: &Value, what: &str| match value {
        Value::Array(items) => Ok(items.clone()),
        other => Err(user(format!("{what}: expected a list, found {}", short(other)))),
    };
    let mut points = Vec::new();
    for (i, point) in list(&value, "points")?.iter().enumerate() {
        let what = format!("point {}", i + 1);
        let items = list(point, &what)?;
        if items.len() != dim {
            return Err(user(format!("{what}: expected {dim} unconstrained values, found {}", items.len())));
        }
        let number = |(j, x): (usize, &Value)| {
            x.as_f64().ok_or_else(|| user(format!("{what}[{}]: expected a number, found {}", j + 1, short(x))))
        };
        points.push(items.iter().enumerate().map(number).collect::<Result<Vec<f64>>>()?);
    }
    Ok(points)
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { format!("{}...", text.chars().take(40).collect::<String>()) } else { text }
}

fn evaluate(bound: &Bound, theta: &[f64]) -> std::result::Result<Point, EvalError> {
    let mut gradient = vec![0.0; theta.len()];
    let lp_propto_jacobian = bound.log_density_gradient(theta, &mut gradient)?;
    let lp = bound.log_density(theta, Normalisation::Normalised)?;
    Ok(Point { lp, lp_propto_jacobian, gradient })
}

/// Nanoseconds of one evaluation with gradient: the fastest of several batches of at least 20 ms.
fn time(bound: &Bound, theta: &[f64]) -> std::result::Result<f64, EvalError> {
    let mut workspace = Density::workspace(bound);
    let mut gradient = vec![0.0; theta.len()];
    let mut batch = |n: u64| -> std::result::Result<Duration, EvalError> {
        let start = Instant::now();
        for _ in 0..n {
            std::hint::black_box(Density::log_density_gradient(
                bound,
                &mut workspace,
                std::hint::black_box(theta),
                &mut gradient,
            )?);
        }
        Ok(start.elapsed())
    };
    let mut n = 1;
    while batch(n)? < Duration::from_millis(20) && n < 1 << 30 {
        n *= 2;
    }
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        best = best.min(batch(n)?.as_nanos() as f64 / n as f64);
    }
    Ok(best)
}

fn as_json(bound: &Bound, results: &[std::result::Result<Point, EvalError>], nanoseconds: Option<f64>) -> Value {
    let points: Vec<Value> = results
        .iter()
        .map(|result| match result {
            Ok(p) => json!({"lp": p.lp, "lp_propto_jacobian": p.lp_propto_jacobian, "grad": p.gradient}),
            Err(error) => {
                json!({"lp": null, "lp_propto_jacobian": null, "grad": null, "error": error.to_string()})
            }
        })
        .collect();
    let mut out = json!({"unconstrained": bound.unconstrained_names(), "points": points});
    if let Some(ns) = nanoseconds {
        out["ns_per_gradient"] = json!(ns);
    }
    out
}

fn as_text(bound: &Bound, results: &[std::result::Result<Point, EvalError>], nanoseconds: Option<f64>) -> String {
    let mut text = String::new();
    for (i, result) in results.iter().enumerate() {
        match result {
            Ok(p) => {
                text.push_str(&format!("point {}: lp {:?}, sampler's {:?}\n", i + 1, p.lp, p.lp_propto_jacobian));
                for (name, g) in bound.unconstrained_names().iter().zip(&p.gradient) {
                    text.push_str(&format!("  d/d {name} {g:?}\n"));
                }
            }
            Err(error) => text.push_str(&format!("point {}: {error}\n", i + 1)),
        }
    }
    if let Some(ns) = nanoseconds {
        text.push_str(&format!("{ns:.0} ns per gradient\n"));
    }
    text
}
