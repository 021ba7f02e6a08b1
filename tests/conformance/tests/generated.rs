//! Generated programs through checker and interpreter: accepted without warning, mostly finite, and reverse mode agrees
//! with forward mode.

use ppl_conformance::{Referee, check, distance, point, setting};
use ppl_interpreter::Options;
use std::collections::BTreeMap;

/// Seeds PPL_FIRST (default 0) and on, PPL_PROGRAMS (default 200) of them.
fn seeds() -> std::ops::Range<u64> {
    let first = setting("PPL_FIRST", 0);
    first..first + setting("PPL_PROGRAMS", 200)
}

#[test]
fn programs_are_accepted() {
    let mut refused = Vec::new();
    for seed in seeds() {
        let p = ppl_generate::generate(seed);
        match check(&format!("{seed}.stan"), &p.program) {
            Err(e) => refused.push(e),
            // W0... of the catalogue: known to the language, not implemented
            Ok(a) => refused.extend(a.warnings.into_iter().filter(|w| w.contains("not implemented"))),
        }
    }
    assert!(
        refused.is_empty(),
        "{} diagnostics, first:\n{}",
        refused.len(),
        refused[..refused.len().min(10)].join("\n")
    );
}

#[test]
fn densities_are_mostly_finite_and_both_modes_agree() {
    let (mut finite, mut total, mut infinite) = (0, 0, 0);
    let mut failures: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut differ = Vec::new();
    for seed in seeds() {
        total += 1;
        let p = ppl_generate::generate(seed);
        let referee = match Referee::new(&format!("{seed}.stan"), &p.program, &p.data) {
            Ok(r) => r,
            Err(e) => panic!("seed {seed}: {e}"),
        };
        let theta = point(seed, 0, referee.environment.dim());
        let run = &referee.interpreter;
        let reverse = run.gradient(&referee.environment, &theta, Options::SAMPLER);
        let forward = run.gradient_forward::<8>(&referee.environment, &theta, Options::SAMPLER);
        match (reverse, forward) {
            (Ok((a, g)), Ok((b, h))) => {
                if a.is_finite() && g.iter().all(|x| x.is_finite()) {
                    finite += 1;
                } else {
                    infinite += 1;
                }
                let d = distance(a, b) * 100.0;
                let d = g.iter().zip(&h).map(|(x, y)| distance(*x, *y)).fold(d, f64::max);
                if d > 1e-9 {
                    differ.push(format!("seed {seed}: {d:.1e}, value {a:e} {b:e}"));
                }
            }
            (Err(e), _) | (_, Err(e)) => failures.entry(e.to_string()).or_default().push(seed),
        }
    }
    println!("{finite} finite, {infinite} infinite, of {total}");
    for (message, seeds) in &failures {
        println!("{} times, first seed {}: {message}", seeds.len(), seeds[0]);
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert!(finite * 10 >= total * 9, "{finite} of {total} are finite");
}
