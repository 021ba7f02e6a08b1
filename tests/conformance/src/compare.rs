//! Machine code against the interpreter: values agree to [`VALUE`] scaled, gradients with forward-mode dual numbers to
//! [`GRADIENT`] scaled; where the interpreter stops, so does the machine code.
//!
//! A program may amplify rounding beyond that (iterated maps do): what the interpreter itself gives then changes when the
//! coordinates move by some units in the last place. A difference of at most [`AMPLIFIED`] times that change is counted
//! apart and is no disagreement.

use crate::{Referee, distance, point};
use ppl_compiler::Compiled;
use ppl_compiler::ir::Status;
use ppl_interpreter::Options;

pub const VALUE: f64 = 1e-11;
pub const GRADIENT: f64 = 1e-9;
pub const AMPLIFIED: f64 = 4.0;

/// A bound program with what the interpreter says of it.
pub struct Subject {
    pub name: String,
    pub referee: Referee,
    points: Vec<Vec<f64>>,
    /// Value and gradient at each point, or why there is none.
    references: Vec<Result<(f64, Vec<f64>), String>>,
}

/// What comparing one program gave.
#[derive(Default)]
pub struct Outcome {
    /// Points at which both gave finite numbers.
    pub finite: usize,
    /// Points at which both stopped, or gave the same infinity.
    pub stopped: usize,
    /// Points whose difference is rounding that the program amplifies.
    pub amplified: usize,
    /// Disagreements, in words.
    pub wrong: Vec<String>,
}

impl Subject {
    pub fn new(name: String, referee: Referee, points: Vec<Vec<f64>>) -> Subject {
        let gradient = |theta: &Vec<f64>| {
            let all = referee.interpreter.gradient_forward::<8>(&referee.environment, theta, Options::SAMPLER);
            all.map_err(|e| e.to_string())
        };
        let references = points.iter().map(gradient).collect();
        Subject { name, referee, points, references }
    }

    /// The model of the library, at the points at which Stan's values stand beside it; of those that have such points.
    ///
    /// # Errors
    /// What is wrong with the model or its files.
    pub fn of_library(model: &ppl_stdlib::Entry) -> Option<Result<Subject, String>> {
        let (data, expected) = (model.data?, model.expected()?);
        let subject = |expected: ppl_stdlib::Expected| {
            let referee = Referee::new(model.name, model.program, data)?;
            let points = expected.points.into_iter().map(|p| p.q).collect();
            Ok(Subject::new(model.name.to_string(), referee, points))
        };
        Some(expected.map_err(|e| e.to_string()).and_then(subject))
    }

    /// The generated program, at two points.
    ///
    /// # Errors
    /// What is wrong with the program or its data: a fault of the generator, the checker or the interpreter.
    pub fn generated(p: &ppl_generate::Program) -> Result<Subject, String> {
        let name = format!("seed {}", p.seed);
        let referee = Referee::new("generated", &p.program, &p.data).map_err(|e| format!("{name}: {e}"))?;
        let dim = referee.environment.dim();
        Ok(Subject::new(name, referee, (0..2).map(|k| point(p.seed, k, dim)).collect()))
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// Compares machine code of this program with the interpreter, at all points.
    pub fn compare(&self, compiled: &Compiled) -> Outcome {
        let mut out = Outcome::default();
        let mut workspace = compiled.workspace();
        for (k, (theta, reference)) in self.points.iter().zip(&self.references).enumerate() {
            let mut gradient = vec![0.0; theta.len()];
            let ours = compiled.log_density_gradient(&mut workspace, theta, &mut gradient);
            match (ours, reference) {
                (Err(_), Err(_)) => out.stopped += 1,
                (Ok(a), Ok((b, duals))) => {
                    let (b, off) = (*b, differences(k, a, &gradient, *b, duals));
                    if off.is_empty() {
                        *(if b.is_finite() { &mut out.finite } else { &mut out.stopped }) += 1;
                        continue;
                    }
                    let (value, slopes) = self.sensitivity(theta, b, duals);
                    let own = |i: &Option<usize>| i.map_or(value, |i| slopes[i]);
                    match off.into_iter().find(|d| !d.by.is_finite() || d.by > AMPLIFIED * own(&d.coordinate)) {
                        Some(d) => out.wrong.push(d.text),
                        None => out.amplified += 1,
                    }
                }
                (Ok(a), Err(e)) => out.wrong.push(format!("point {k}: value {a:e}, the interpreter stops: {e}")),
                // A density of zero: machine code stops at the statement that makes it so.
                (Err(stop), Ok((b, _))) if stop.status == Status::Reject && *b == f64::NEG_INFINITY => out.stopped += 1,
                (Err(stop), Ok((b, _))) => out.wrong.push(format!("point {k}: stops ({stop:?}), interpreter {b:e}")),
            }
        }
        out
    }

    /// By how much (scaled) value and gradient of the interpreter change when every coordinate moves by up to 32 units in the
    /// last place: the largest of eight such moves.
    fn sensitivity(&self, theta: &[f64], value: f64, gradient: &[f64]) -> (f64, Vec<f64>) {
        let Referee { interpreter, environment } = &self.referee;
        let mut spread = (0.0, vec![0.0; theta.len()]);
        for k in 1..=8u64 {
            let near: Vec<f64> = point(k, 0, theta.len())
                .iter()
                .zip(theta)
                .map(|(u, x)| x + (32.0 * u).round() * f64::EPSILON * x.abs())
                .collect();
            if let Ok((v, g)) = interpreter.gradient_forward::<8>(environment, &near, Options::SAMPLER) {
                spread.0 = distance(v, value).max(spread.0);
                spread.1.iter_mut().zip(g).zip(gradient).for_each(|((s, a), b)| *s = distance(a, *b).max(*s));
            }
        }
        spread
    }
}

/// A difference beyond the tolerance: of the value, or of a coordinate of the gradient.
struct Difference {
    by: f64,
    coordinate: Option<usize>,
    text: String,
}

fn differences(k: usize, a: f64, gradient: &[f64], b: f64, duals: &[f64]) -> Vec<Difference> {
    let by = distance(a, b);
    if by > VALUE {
        return vec![Difference { by, coordinate: None, text: format!("point {k}: value {a:e}, interpreter {b:e}") }];
    }
    if !b.is_finite() {
        return Vec::new();
    }
    let coordinates = gradient.iter().zip(duals).enumerate();
    let off = coordinates.filter_map(|(i, (x, y))| {
        let by = distance(*x, *y);
        let text = || format!("point {k}: gradient [{i}] {x:e}, dual numbers {y:e}, off by {by:.1e}");
        (by > GRADIENT).then(|| Difference { by, coordinate: Some(i), text: text() })
    });
    off.collect()
}
