//! The model library in the interpreter, against Stan's values at the points of the expected files.

use ppl_conformance::{Referee, check, distance};
use ppl_interpreter::Options;

#[test]
fn accepted_without_warnings() {
    for m in ppl_stdlib::MODELS {
        let accepted = check(m.name, m.program).unwrap_or_else(|e| panic!("{}: {e}", m.name));
        assert!(accepted.warnings.is_empty(), "{}: {}", m.name, accepted.warnings.join("\n"));
    }
}

#[test]
fn log_densities_and_gradients_are_stans() {
    let mut wrong = Vec::new();
    for m in ppl_stdlib::MODELS {
        let (Some(data), Some(expected)) = (m.data, m.expected()) else { continue };
        let referee = match Referee::new(m.name, m.program, data) {
            Ok(r) => r,
            Err(e) => {
                wrong.push(format!("{}: {e}", m.name));
                continue;
            }
        };
        let expected = expected.unwrap_or_else(|e| panic!("{}: {e}", m.name));
        for (i, p) in expected.points.iter().enumerate() {
            let (run, environment) = (&referee.interpreter, &referee.environment);
            let lp = run.log_density::<f64>(environment, &p.q, Options::NORMALISED);
            match (lp, run.gradient(environment, &p.q, Options::SAMPLER)) {
                (Ok(lp), Ok((propto, grad))) => {
                    let pairs = [(p.lp, lp), (p.lp_propto_jacobian, propto)];
                    let pairs = pairs.into_iter().chain(p.grad.iter().copied().zip(grad));
                    let worst = pairs.map(|(a, b)| (distance(a, b), a, b)).max_by(|x, y| x.0.total_cmp(&y.0));
                    if let Some((d, stan, ours)) = worst
                        && d > 1e-8
                    {
                        wrong.push(format!("{} point {}: {d:.1e}, Stan {stan:e}, ours {ours:e}", m.name, i + 1));
                    }
                }
                (Err(e), _) | (_, Err(e)) => wrong.push(format!("{} point {}: {e}", m.name, i + 1)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
