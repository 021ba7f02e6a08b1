//! Draws of the data of a program, and whether those of two programs have one distribution.

use crate::statistics::{columns, statistics};
use crate::two_sample::p_value;
use ppl::{Data, Model, ReverseOptions, Role, SimulationSettings};
use std::sync::atomic::AtomicBool;

/// Draws of each program: so many that the tests of this crate find each of its mistakes.
pub const DRAWS: u64 = 1 << 14;

/// The most numbers that the outcomes of a program have.
const LARGEST: usize = 600;

/// The observed variables of a program, of many draws. A draw that the program rejected is of NaNs.
pub struct Sample {
    /// Name, and numbers of each draw one after the other.
    pub outcomes: Vec<(String, Vec<f64>)>,
    pub draws: usize,
}

/// Draws parameters and data of a program: its simulator is compiled for the data, of which the outcomes may be left out.
///
/// # Errors
/// The program cannot be simulated, the data do not fit, or there are too many outcomes.
pub fn sample(text: &str, data: &Data, draws: u64, seed: u64) -> Result<Sample, String> {
    let model = Model::compile(text).map_err(|error| error.to_string())?;
    let reversal = model.reverse(&ReverseOptions::default());
    let simulator = reversal.simulator.filter(|simulator| !simulator.by_mcmc()).ok_or("it has no simulator")?;
    let bound = simulator.bind(data).map_err(|error| error.to_string())?;
    let observed: Vec<_> = bound.columns().iter().filter(|c| c.role == Role::Observed).collect();
    if observed.is_empty() || observed.iter().map(|c| c.count()).sum::<usize>() > LARGEST {
        return Err("it has no outcome, or too many".into());
    }
    let mut outcomes: Vec<(String, Vec<f64>)> = observed.iter().map(|c| (c.name.clone(), Vec::new())).collect();
    let settings = SimulationSettings { draws, seed, threads: 1 };
    let width = bound.width();
    let simulated = bound.simulate(&settings, &AtomicBool::new(false), &mut |chunk| {
        for draw in chunk.values.chunks_exact(width) {
            for (column, (_, numbers)) in observed.iter().zip(&mut outcomes) {
                numbers.extend(column.of(draw));
            }
        }
        Ok(())
    });
    simulated.map_err(|error| error.to_string())?;
    Ok(Sample { outcomes, draws: draws as usize })
}

/// The p-value of the hypothesis that two programs have one law of the data, given sizes and covariates: the smallest p-value over all
/// statistics of all outcomes, times their number.
///
/// # Errors
/// One of them cannot be simulated, or they have other outcomes.
pub fn compare(first: &str, second: &str, data: &Data, seed: u64) -> Result<f64, String> {
    let [a, b] = [(first, 2 * seed), (second, 2 * seed + 1)].map(|(text, seed)| sample(text, data, DRAWS, seed));
    let (a, b) = (a?, b?);
    let names: Vec<String> = a.outcomes.iter().map(|(name, _)| name.clone()).collect();
    let (mut smallest, mut count) = (1.0_f64, 0_usize);
    for (name, numbers) in &a.outcomes {
        let other = b.outcomes.iter().find(|(own, _)| own == name).map(|(_, numbers)| numbers);
        let other = other.filter(|other| other.len() == numbers.len()).ok_or(format!("no common outcome {name}"))?;
        let size = numbers.len() / a.draws;
        if size == 0 {
            continue;
        }
        let columns = columns(data, &names, size);
        let of = |numbers: &[f64]| -> Vec<Vec<f64>> {
            let draws: Vec<Vec<f64>> = numbers.chunks_exact(size).map(|y| statistics(y, &columns)).collect();
            (0..draws[0].len()).map(|k| draws.iter().map(|draw| draw[k]).collect()).collect()
        };
        for (own, other) in of(numbers).iter().zip(&of(other)) {
            smallest = smallest.min(p_value(own, other));
            count += 1;
        }
    }
    Ok((smallest * count as f64).min(1.0))
}
