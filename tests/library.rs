//! Every model of the standard library reads forwards: it is checked, reversed, and draws data sets that it accepts as data.

use ppl::{Chunk, Data, Model, ReverseOptions, Role, SimulationSettings, Verdict};
use ppl_stdlib::{Entry, MODELS};
use std::sync::atomic::AtomicBool;

const DRAWS: u64 = 20;

/// Models whose simulators need NUTS for the parameters, and why.
const BY_MCMC: &[(&str, &str)] = &[
    ("bird_nmixture", "the Poisson distribution of birds is cut at K and does not add up to one"),
    ("graded_response", "an array of ordered vectors has a density over the loop that the reversal does not sort"),
];

/// The first thing that is wrong with a model.
fn fault(entry: &Entry) -> Result<(), String> {
    let model = Model::compile(entry.program).map_err(|e| e.to_string())?;
    let reversal = model.reverse(&ReverseOptions::default());
    let by_mcmc = BY_MCMC.iter().any(|(name, _)| *name == entry.name);
    match reversal.report.verdict {
        Verdict::Exact | Verdict::ExactAfterRewrites if !by_mcmc => {}
        Verdict::PriorByMcmc if by_mcmc => return Ok(()),
        other => return Err(format!("{other:?} {:?}", reversal.report.reasons)),
    }
    let simulator = reversal.simulator.ok_or("no simulator")?;
    let data = match (entry.data, entry.design) {
        (Some(data), _) => Data::from_json(data).map_err(|e| e.to_string())?,
        (None, Some(design)) => {
            let design = Data::from_json(design).map_err(|e| e.to_string())?;
            ppl::design(simulator.model(), &design, 1)?.0
        }
        (None, None) => return Err("neither data nor a design".into()),
    };
    let bound = simulator.bind(&data).map_err(|e| e.to_string())?;
    if let Some(name) = bound.undrawn(1).map_err(|e| e.to_string())?.filter(|_| entry.design.is_some()) {
        return Err(format!("{name} is neither drawn nor given"));
    }
    if !bound.columns().iter().any(|c| c.role == Role::Observed) {
        return Err("nothing is observed".into());
    }
    let mut last = None;
    let mut take = |chunk: Chunk| {
        if !chunk.rejected.is_empty() {
            return Err(format!("rejected: {:?}", chunk.rejections));
        }
        for draw in chunk.values.chunks_exact(bound.width()) {
            for column in bound.columns() {
                let unassigned = |x: &f64| !x.is_finite() || (column.is_int && *x == f64::from(i32::MIN));
                if column.of(draw).iter().any(unassigned) {
                    return Err(format!("{} is {:?}", column.name, column.of(draw)));
                }
            }
            last = Some(draw.to_vec());
        }
        Ok(())
    };
    let settings = SimulationSettings { draws: DRAWS, seed: 1, threads: 1 };
    bound.simulate(&settings, &AtomicBool::new(false), &mut take).map_err(|e| e.to_string())?;
    // A simulated data set is data of the model.
    let drawn = bound.data_set(&last.ok_or("no draw")?);
    model.bind(&drawn).map(|_| ()).map_err(|e| format!("simulated data: {e}"))
}

#[test]
fn every_model_reads_forwards() {
    let mut faults = Vec::new();
    ppl::with_room(|| {
        for entry in MODELS {
            if let Err(why) = fault(entry) {
                faults.push(format!("{}/{}: {why}", entry.field, entry.name));
            }
        }
    });
    assert!(faults.is_empty(), "{} models:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn exceptions_are_models() {
    for (name, _) in BY_MCMC {
        assert!(ppl_stdlib::find(name).is_some(), "{name}");
    }
}

/// Families in the tags are distributions of the language, not functions of the program.
#[test]
fn families_are_stans() {
    for entry in MODELS {
        for family in entry.tags().expect("sound tags").families {
            assert!(ppl_runtime::catalogue::family(&family).is_some(), "{}: {family}", entry.name);
        }
    }
}

#[test]
fn every_program_is_formatted() {
    for entry in MODELS {
        let source = ppl::SourceMap::from_text(entry.name, entry.program);
        let formatted = ppl_grammar::format::format(&source).expect("a valid program");
        assert!(formatted == entry.program, "{}: run `ppl fmt` on it", entry.name);
    }
}
