//! Machine code against the interpreter, on the model library and on generated programs: [`ppl_conformance::compare`] says how
//! close they have to be. At most one program in 1,000 may amplify rounding beyond that.
//!
//! `PPL_PROGRAMS` (default 200) programs from seed `PPL_FIRST` (default 0) on; the full count of a release is 2,000.

use ppl_compiler::Compiled;
use ppl_conformance::compare::Subject;
use ppl_conformance::setting;
use ppl_generate::Feature;
use std::collections::BTreeMap;

#[test]
fn model_library() {
    let mut wrong = Vec::new();
    for m in ppl_stdlib::MODELS {
        let Some(subject) = Subject::of_library(m) else { continue };
        let subject = subject.unwrap_or_else(|e| panic!("{}: {e}", m.name));
        match Compiled::new(&subject.referee.interpreter, &subject.referee.environment) {
            Err(e) => wrong.push(format!("{}: {e}", m.name)),
            Ok(compiled) => {
                let outcome = subject.compare(&compiled);
                wrong.extend(outcome.wrong.iter().map(|w| format!("{} {w}", m.name)));
                assert!(
                    outcome.finite + outcome.wrong.len() + outcome.amplified >= subject.points(),
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
        let subject = Subject::generated(&p).unwrap_or_else(|e| panic!("{e}"));
        let compiled = match Compiled::new(&subject.referee.interpreter, &subject.referee.environment) {
            Ok(c) => c,
            Err(e) => {
                refused.entry(e.to_string()).or_default().push(seed);
                continue;
            }
        };
        let outcome = subject.compare(&compiled);
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
