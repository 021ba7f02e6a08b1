//! Simulation by the library: ordinary models, many and few draws, threads, what is rejected.

use ppl::{Chunk, Data, Model, ReverseOptions, SimulationSettings};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

fn simulate(model: &str, data: &Data, draws: u64, threads: usize) -> Result<Vec<Chunk>, String> {
    let model = Model::compile(model).map_err(|error| error.to_string())?;
    let reversal = model.reverse(&ReverseOptions::default());
    let simulator = reversal.simulator.ok_or_else(|| format!("{:?}", reversal.report.reasons))?;
    let bound = simulator.bind(data).map_err(|error| error.to_string())?;
    let mut chunks = Vec::new();
    let settings = SimulationSettings { draws, seed: 4, threads };
    let mut sink = |chunk| {
        chunks.push(chunk);
        Ok(())
    };
    bound.simulate(&settings, &AtomicBool::new(false), &mut sink).map_err(|error| error.to_string())?;
    Ok(chunks)
}

fn bits(chunks: &[Chunk]) -> Vec<u64> {
    chunks.iter().flat_map(|c| &c.values).map(|x| x.to_bits()).collect()
}

/// The first draws of many, which are made in long blocks of optimised code, are those of few, bit for bit, at any number of threads.
#[test]
fn ordinary_models_draw_the_same_in_any_number() {
    ppl::with_room(|| {
        for seed in 0..24 {
            let model = ppl_generate::model(seed);
            let given = Data::from_json(&model.given).unwrap();
            let few = simulate(&model.program, &given, 5, 1)
                .unwrap_or_else(|message| panic!("{seed}: {message}\n{}", model.program));
            let few = bits(&few);
            let many = bits(&simulate(&model.program, &given, 1_100, 2).unwrap());
            assert!(few.len() > 5 && many.len() / 1_100 == few.len() / 5);
            assert_eq!(few, many[..few.len()], "{seed}\n{}", model.program);
        }
    });
    let kinds: BTreeSet<String> = (0..24).map(|seed| ppl_generate::model(seed).kind).collect();
    assert!(kinds.len() > 9, "{kinds:?}");
}

/// Where a draw decides whether another is made there are no blocks.
#[test]
fn threads_change_nothing_without_blocks_either() {
    let single = "parameters { real<lower=0, upper=1> p; } model { p ~ beta(2, 2); }";
    let counted = "data { int N; array[N] int<lower=0> y; } parameters { real a; }
                   model { a ~ normal(0, 1); for (n in 1 : N) { if (y[n] == 0) { target += log_mix(0.3, 0, poisson_log_lpmf(0 | a)); }
                   else { target += log(0.7) + poisson_log_lpmf(y[n] | a); } } }";
    for (program, data) in [(single, Data::new()), (counted, Data::new().int("N", 3))] {
        let one = bits(&simulate(program, &data, 9_000, 1).unwrap());
        assert_eq!(one, bits(&simulate(program, &data, 9_000, 3).unwrap()));
    }
}

#[test]
fn rejections_name_their_statements() {
    let model = "data { int N; vector[N] y; array[N] int<lower=0> k; } parameters { real a; real s; }
                 model { a ~ normal(18, 6); s ~ normal(0, 1); y ~ normal(a, s); k ~ poisson_log(a); }";
    let chunks = simulate(model, &Data::new().int("N", 2), 2_000, 2).unwrap();
    let mut counts = [0; 2];
    for rejection in chunks.iter().flat_map(|c| &c.rejections) {
        let which = usize::from(rejection.message.contains("poisson_log"));
        counts[which] += rejection.count;
        assert!(rejection.location.is_some(), "{rejection:?}");
    }
    let rejected: usize = chunks.iter().map(|c| c.rejected.len()).sum();
    assert_eq!(counts[0] + counts[1], rejected as u64);
    // Half of the scales are negative; of the others' rates, a third is too large for an integer.
    assert!((900..1_100).contains(&counts[0]) && counts[1] > 200, "{counts:?}");
}

#[test]
fn a_stop_leaves_whole_chunks() {
    let model =
        Model::compile("data { vector[100] y; } parameters { real m; } model { m ~ normal(0, 1); y ~ normal(m, 1); }");
    let simulator = model.unwrap().reverse(&ReverseOptions::default()).simulator.unwrap();
    let bound = simulator.bind(&Data::new()).unwrap();
    for threads in [1, 2] {
        let stop = AtomicBool::new(false);
        let mut rows = 0;
        let settings = SimulationSettings { draws: 1_000_000_000, seed: 1, threads };
        let mut sink = |chunk: Chunk| {
            assert_eq!(chunk.first, rows);
            rows += chunk.values.len() as u64 / bound.width() as u64;
            stop.store(rows > 5_000, Ordering::Relaxed);
            Ok(())
        };
        let done = bound.simulate(&settings, &stop, &mut sink).unwrap();
        assert!(done == rows && (5_000..100_000).contains(&done), "{done} {rows}");
        // What takes the draws may fail.
        let failed = bound.simulate(&settings, &AtomicBool::new(false), &mut |_| Err("full".into()));
        assert!(failed.unwrap_err().to_string().contains("full"));
    }
}
