//! What two thousand programs cover, and that a seed names one program.

use ppl_generate::{Feature, generate};
use std::collections::BTreeMap;

const PROGRAMS: u64 = 2000;

#[test]
fn every_feature_is_common() {
    let mut counts: BTreeMap<Feature, u64> = BTreeMap::new();
    for seed in 0..PROGRAMS {
        for f in generate(seed).features {
            *counts.entry(f).or_default() += 1;
        }
    }
    for f in Feature::ALL {
        let n = counts.get(&f).copied().unwrap_or(0);
        println!("{f:?}: {n} of {PROGRAMS}");
    }
    use Feature::*;
    for f in [OverwrittenElement, LoopCarriedState, ParameterBranch, While, Recursion, SliceAssignment, UserDensity] {
        assert!(counts[&f] * 10 >= PROGRAMS, "{f:?} in {} of {PROGRAMS} programs", counts[&f]);
    }
    for f in Feature::ALL {
        assert!(counts[&f] * 50 >= PROGRAMS, "{f:?} in {} of {PROGRAMS} programs", counts[&f]);
    }
}

#[test]
fn a_seed_names_one_program() {
    for seed in 0..50 {
        assert_eq!(generate(seed), generate(seed));
        assert_ne!(generate(seed).program, generate(seed + 1).program);
    }
}

/// A feature is claimed only where its syntax is in the text.
#[test]
fn features_are_in_the_text() {
    for seed in 0..500 {
        let p = generate(seed);
        let has = |f| p.features.contains(&f);
        if has(Feature::While) {
            assert!(p.program.contains("while ("), "seed {seed}");
        }
        if has(Feature::UserDensity) {
            assert!(p.program.contains("_lpdf(") || p.program.contains("_lpmf("), "seed {seed}");
        }
        if has(Feature::Recursion) {
            assert!(p.program.contains("rec") || p.program.contains("even"), "seed {seed}");
        }
        if has(Feature::Truncation) {
            assert!(p.program.contains(") T["), "seed {seed}");
        }
        if has(Feature::Ternary) {
            assert!(p.program.contains(" ? "), "seed {seed}");
        }
        if has(Feature::LoopCarriedState) || has(Feature::ForEach) {
            assert!(p.program.contains("for ("), "seed {seed}");
        }
    }
}
