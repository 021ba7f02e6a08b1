//! Every model of the standard library reads forwards: it is checked, reversed, and draws data sets that it accepts as data.

use ppl::{Chunk, Data, Model, ReverseOptions, Role, SimulationSettings, Verdict};
use ppl_stdlib::{Entry, MODELS};
use std::sync::atomic::AtomicBool;

const DRAWS: u64 = 20;

/// Models that are no product of draws, and why.
const EXCEPTIONS: &[(&str, Verdict, &str)] = &[
    ("bird_nmixture", Verdict::PriorByMcmc, "the Poisson distribution of birds is cut at K and does not add up to one"),
    ("coal_disasters", Verdict::Unsupported, "the likelihood is written out by sufficient statistics"),
    ("dax_garch", Verdict::PriorByMcmc, "a parameter is flat between bounds that depend on another"),
    (
        "graded_response",
        Verdict::PriorByMcmc,
        "ordered vectors of an array, whose densities stand in a loop, are not sorted",
    ),
    ("leukemia_remission", Verdict::PriorByMcmc, "times of censoring are given, and rows of them are not drawn"),
    ("old_faithful", Verdict::PriorByMcmc, "elements of an ordered vector have different densities"),
];

/// The first thing that is wrong with a model.
fn fault(entry: &Entry) -> Result<(), String> {
    let model = Model::compile(entry.program).map_err(|e| e.to_string())?;
    let reversal = model.reverse(&ReverseOptions::default());
    let verdict = reversal.report.verdict;
    if let Some((_, expected, why)) = EXCEPTIONS.iter().find(|(name, ..)| *name == entry.name) {
        return match verdict == *expected {
            true => Ok(()),
            false => Err(format!("{verdict:?}, an exception no more: {why}")),
        };
    }
    if !matches!(verdict, Verdict::Exact | Verdict::ExactAfterRewrites) {
        return Err(format!("{verdict:?} {:?}", reversal.report.reasons));
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
    let of = |entry: &Entry| fault(entry).err().map(|why| format!("{}/{}: {why}", entry.field, entry.name));
    let faults: Vec<String> = ppl::with_room(|| MODELS.iter().filter_map(of).collect());
    assert!(faults.is_empty(), "{} models:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn exceptions_are_models() {
    for (name, ..) in EXCEPTIONS {
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
