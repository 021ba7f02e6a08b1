//! Machine code against the interpreter: on the model library and on generated programs, values agree to 1e-11 scaled and
//! gradients with forward-mode dual numbers to 1e-9 scaled; where the interpreter stops, so does the machine code.
//!
//! A program may amplify rounding beyond that (iterated maps do): what the interpreter itself gives then changes when the
//! coordinates move by some units in the last place. A difference of at most [`AMPLIFIED`] times that change is counted apart
//! and is no disagreement; at most one program in 1,000 may need this.
//!
//! `PPL_PROGRAMS` (default 200) programs from seed `PPL_FIRST` (default 0) on; the full count of a release is 2,000.

use ppl_compiler::Compiled;
use ppl_compiler::ir::Status;
use ppl_conformance::{Referee, distance, point, setting};
use ppl_generate::Feature;
use ppl_interpreter::Options;
use std::collections::BTreeMap;

const VALUE: f64 = 1e-11;
const GRADIENT: f64 = 1e-9;
const AMPLIFIED: f64 = 4.0;

/// What comparing one program gave.
#[derive(Default)]
struct Outcome {
    /// Points at which both gave finite numbers.
    finite: usize,
    /// Points at which both stopped, or gave the same infinity.
    stopped: usize,
    /// Points whose difference is rounding that the program amplifies.
    amplified: usize,
    /// Disagreements, in words.
    wrong: Vec<String>,
}

/// By how much (scaled) value and gradient of the interpreter change when every coordinate moves by up to 32 units in the
/// last place: the largest of eight such moves.
fn sensitivity(referee: &Referee, theta: &[f64], value: f64, gradient: &[f64]) -> (f64, Vec<f64>) {
    let mut spread = (0.0, vec![0.0; theta.len()]);
    for k in 1..=8u64 {
        let near: Vec<f64> = point(k, 0, theta.len())
            .iter()
            .zip(theta)
            .map(|(u, x)| x + (32.0 * u).round() * f64::EPSILON * x.abs())
            .collect();
        let result = referee.interpreter.gradient_forward::<8>(&referee.environment, &near, Options::SAMPLER);
        if let Ok((v, g)) = result {
            spread.0 = distance(v, value).max(spread.0);
            spread.1.iter_mut().zip(g).zip(gradient).for_each(|((s, a), b)| *s = distance(a, *b).max(*s));
        }
    }
    spread
}

fn compare(referee: &Referee, compiled: &Compiled, points: &[Vec<f64>]) -> Outcome {
    let mut out = Outcome::default();
    let mut workspace = compiled.workspace();
    for (k, theta) in points.iter().enumerate() {
        let mut gradient = vec![0.0; theta.len()];
        let ours = compiled.log_density_gradient(&mut workspace, theta, &mut gradient);
        let reference = referee.interpreter.gradient_forward::<8>(&referee.environment, theta, Options::SAMPLER);
        match (ours, reference) {
            (Err(_), Err(_)) => out.stopped += 1,
            (Ok(a), Ok((b, duals))) => {
                let mut off: Vec<(f64, Option<usize>, String)> = Vec::new();
                if distance(a, b) > VALUE {
                    off.push((distance(a, b), None, format!("point {k}: value {a:e}, interpreter {b:e}")));
                } else if b.is_finite() {
                    for (i, (x, y)) in gradient.iter().zip(&duals).enumerate() {
                        let d = distance(*x, *y);
                        if d > GRADIENT {
                            let text = format!("point {k}: gradient [{i}] {x:e}, dual numbers {y:e}, off by {d:.1e}");
                            off.push((d, Some(i), text));
                        }
                    }
                }
                if off.is_empty() {
                    *(if b.is_finite() { &mut out.finite } else { &mut out.stopped }) += 1;
                    continue;
                }
                let (value, slopes) = sensitivity(referee, theta, b, &duals);
                let own = |i: &Option<usize>| i.map_or(value, |i| slopes[i]);
                match off.into_iter().find(|(d, i, _)| !d.is_finite() || *d > AMPLIFIED * own(i)) {
                    Some((_, _, text)) => out.wrong.push(text),
                    None => out.amplified += 1,
                }
            }
            (Ok(a), Err(e)) => out.wrong.push(format!("point {k}: value {a:e}, the interpreter stops: {e}")),
            // A density of zero: machine code stops at the statement that makes it so.
            (Err(stop), Ok((b, _))) if stop.status == Status::Reject && b == f64::NEG_INFINITY => out.stopped += 1,
            (Err(stop), Ok((b, _))) => out.wrong.push(format!("point {k}: stops ({stop:?}), interpreter {b:e}")),
        }
    }
    out
}

#[test]
fn model_library() {
    let mut wrong = Vec::new();
    for m in ppl_stdlib::MODELS {
        let referee = Referee::new(m.name, m.program, m.data).unwrap_or_else(|e| panic!("{}: {e}", m.name));
        match Compiled::new(&referee.interpreter, &referee.environment) {
            Err(e) => wrong.push(format!("{}: {e}", m.name)),
            Ok(compiled) => {
                let expected = m.expected().unwrap_or_else(|e| panic!("{}: {e}", m.name));
                let points: Vec<_> = expected.points.into_iter().map(|p| p.q).collect();
                let outcome = compare(&referee, &compiled, &points);
                wrong.extend(outcome.wrong.iter().map(|w| format!("{} {w}", m.name)));
                assert!(
                    outcome.finite + outcome.wrong.len() + outcome.amplified >= points.len(),
                    "{}: Stan has a value here",
                    m.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn generated_programs() {
    let (first, count) = (setting("PPL_FIRST", 0), setting("PPL_PROGRAMS", 200));
    let mut features: BTreeMap<Feature, u64> = BTreeMap::new();
    let (mut compared, mut finite, mut stopped) = (0u64, 0, 0);
    let mut amplified = Vec::new();
    let mut refused: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in first..first + count {
        let p = ppl_generate::generate(seed);
        let referee = Referee::new("generated", &p.program, &p.data).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let compiled = match Compiled::new(&referee.interpreter, &referee.environment) {
            Ok(c) => c,
            Err(e) => {
                refused.entry(e.to_string()).or_default().push(seed);
                continue;
            }
        };
        let points: Vec<_> = (0..2).map(|k| point(seed, k, compiled.dim())).collect();
        let outcome = compare(&referee, &compiled, &points);
        wrong.extend(outcome.wrong.into_iter().map(|w| format!("seed {seed} {w}")));
        finite += outcome.finite;
        stopped += outcome.stopped;
        if outcome.amplified > 0 {
            amplified.push(seed);
        }
        if outcome.finite > 0 {
            compared += 1;
            for f in p.features {
                *features.entry(f).or_default() += 1;
            }
        }
    }
    println!("{compared} of {count} programs compared at {finite} points with a density; {stopped} points without one");
    println!("rounding amplified in {} programs: {amplified:?}", amplified.len());
    for f in Feature::ALL {
        println!("{f:?}: {}", features.get(&f).copied().unwrap_or(0));
    }
    for (what, seeds) in &refused {
        println!("refused {}, first seed {}: {what}", seeds.len(), seeds[0]);
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(amplified.len() as u64 <= count.div_ceil(1000), "{} programs amplify rounding", amplified.len());
    assert!(refused.is_empty(), "{} programs have no machine code", refused.values().map(Vec::len).sum::<usize>());
    assert!(compared * 10 >= count * 9, "only {compared} of {count} have a density");
    use Feature::*;
    for f in [OverwrittenElement, LoopCarriedState, ParameterBranch, While, Recursion, SliceAssignment, UserDensity] {
        assert!(features[&f] * 10 >= count, "{f:?} in only {} of {count} programs", features[&f]);
    }
}
